//! Quotes.

use super::Parser;
use super::bytes::{self, IN_DOUBLE};
use super::word::push;
use crate::shell::ast::Part;
use memchr::memchr;
use protocol::Why;

/// What ends quoted text; it is not consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// `"`.
    Quote,
    /// `}` of a `${…}` inside double quotes.
    Brace,
    /// The end of the piece that is read; tabs behind line ends are dropped for `<<-`.
    Body { strip: bool },
}

impl Parser<'_, '_> {
    /// Reads on at the end of the line where something began that never ended. It is done only a few times, so that the
    /// text is looked at a bounded number of times.
    pub(super) fn resume(&mut self, opened: usize) {
        if self.resumes == 0 || self.stopped {
            return;
        }
        let (from, to) = self.one_line;
        let known = from <= self.pos && self.pos <= to;
        let until = if known { from.max(opened) } else { self.pos };
        let Some(text) = self.src.get(opened..until) else { return };
        self.limits.steps += text.len() as u64;
        match memchr(b'\n', text) {
            Some(length) => {
                self.resumes -= 1;
                self.pos = opened + length;
            }
            None => self.one_line = (opened, self.pos),
        }
    }

    /// The text of `'…'`, the cursor being at the first quote.
    pub(super) fn single_quoted(&mut self) -> Vec<u8> {
        let opened = self.pos;
        let from = opened + 1;
        let rest = &self.src[from.min(self.end)..self.end];
        let length = memchr(b'\'', rest);
        self.limits.steps += length.unwrap_or(rest.len()) as u64;
        if let Some(length) = length {
            self.pos = from + length + 1;
            return rest[..length].to_vec();
        }
        self.pos = self.end;
        self.gap(Why::Syntax, opened, self.end);
        self.resume(opened);
        self.src[from.min(self.pos)..self.pos].to_vec()
    }

    /// `"…"`, the cursor being at the first quote.
    pub(super) fn double_quoted(&mut self) -> Part {
        let opened = self.pos;
        self.pos += 1;
        if !self.descend(opened) {
            self.skip_to_closing(b'"');
            return Part::Unread(Why::TooDeep);
        }
        let parts = self.quoted(Stop::Quote);
        self.ascend();
        if !self.take(b'"') {
            self.gap(Why::Syntax, opened, self.pos);
            self.resume(opened);
        }
        Part::Double(parts)
    }

    /// Text in which only `$`, a backquote and a backslash mean something, up to `stop`.
    pub(super) fn quoted(&mut self, stop: Stop) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut text = Vec::new();
        loop {
            let from = self.pos;
            let mut at = from;
            while at < self.end {
                let byte = self.src[at];
                if bytes::is(byte, IN_DOUBLE)
                    || (byte == b'}' && stop == Stop::Brace)
                    || (byte == b'\n' && stop == Stop::Body { strip: true })
                {
                    break;
                }
                at += 1;
            }
            self.limits.steps += (at - from) as u64 + 1;
            text.extend_from_slice(&self.src[from..at]);
            self.pos = at;
            let Some(byte) = self.raw(0) else { break };
            match byte {
                b'"' if stop == Stop::Quote => break,
                b'"' if stop == Stop::Brace => {
                    flush(&mut text, &mut parts);
                    parts.push(self.double_quoted());
                }
                b'}' if stop == Stop::Brace => break,
                b'\\' => self.escaped_in_double(stop, &mut text),
                b'$' => match self.dollar(true) {
                    Some(part) => {
                        flush(&mut text, &mut parts);
                        push(&mut parts, part);
                    }
                    None => text.push(b'$'),
                },
                b'`' => {
                    flush(&mut text, &mut parts);
                    parts.push(self.backquoted(stop == Stop::Quote));
                }
                b'\n' if stop == Stop::Body { strip: true } => {
                    text.push(b'\n');
                    self.pos += 1;
                    while self.raw(0) == Some(b'\t') {
                        self.pos += 1;
                    }
                }
                _ => {
                    text.push(byte);
                    self.pos += 1;
                }
            }
        }
        flush(&mut text, &mut parts);
        parts
    }

    fn escaped_in_double(&mut self, stop: Stop, text: &mut Vec<u8>) {
        match self.raw(1) {
            Some(b'\n') => {
                self.pos += 2;
                if stop == (Stop::Body { strip: true }) {
                    while self.raw(0) == Some(b'\t') {
                        self.pos += 1;
                    }
                }
            }
            Some(byte @ (b'$' | b'`' | b'\\')) => {
                text.push(byte);
                self.pos += 2;
            }
            Some(b'"') if !matches!(stop, Stop::Body { .. }) => {
                text.push(b'"');
                self.pos += 2;
            }
            Some(b'}') if stop == Stop::Brace => {
                text.push(b'}');
                self.pos += 2;
            }
            _ => {
                text.push(b'\\');
                self.pos += 1;
            }
        }
    }

    /// The text of `$'…'`, the cursor being at the quote.
    pub(super) fn ansi_quoted(&mut self) -> Vec<u8> {
        let opened = self.pos;
        self.pos += 1;
        let mut text = Vec::new();
        // bash keeps nothing behind a NUL.
        let mut cut = None;
        loop {
            self.limits.steps += 1;
            let Some(byte) = self.raw(0) else {
                self.gap(Why::Syntax, opened, self.pos);
                self.resume(opened);
                break;
            };
            self.pos += 1;
            match byte {
                b'\'' => break,
                b'\\' => {
                    let before = text.len();
                    self.ansi_escape(&mut text);
                    if cut.is_none() && text.get(before) == Some(&0) {
                        cut = Some(before);
                    }
                }
                _ => text.push(byte),
            }
        }
        if let Some(length) = cut {
            text.truncate(length);
        }
        text
    }

    /// One escape behind its backslash.
    fn ansi_escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.raw(0) else {
            text.push(b'\\');
            return;
        };
        self.pos += 1;
        match byte {
            b'a' => text.push(7),
            b'b' => text.push(8),
            b'e' | b'E' => text.push(27),
            b'f' => text.push(12),
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'v' => text.push(11),
            b'\\' | b'\'' | b'"' | b'?' => text.push(byte),
            b'0'..=b'7' => {
                self.pos -= 1;
                let value = self.digits(8, 3).unwrap_or(0);
                text.push(low_byte(value));
            }
            b'x' => {
                let braced = self.raw(0) == Some(b'{');
                if braced {
                    self.pos += 1;
                }
                let value = self.digits(16, if braced { 8 } else { 2 });
                if braced && self.raw(0) == Some(b'}') {
                    self.pos += 1;
                }
                match value {
                    Some(value) => text.push(low_byte(value)),
                    None => text.extend_from_slice(if braced { b"" } else { b"\\x" }),
                }
            }
            b'u' | b'U' => match self.digits(16, if byte == b'u' { 4 } else { 8 }) {
                Some(value) => {
                    let character = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                None => text.extend_from_slice(&[b'\\', byte]),
            },
            b'c' => match self.raw(0) {
                Some(control) => {
                    self.pos += 1;
                    if control == b'\\' && self.raw(0) == Some(b'\\') {
                        self.pos += 1;
                    }
                    text.push(if control == b'?' { 127 } else { control & 0x1f });
                }
                None => text.extend_from_slice(b"\\c"),
            },
            _ => text.extend_from_slice(&[b'\\', byte]),
        }
    }

    /// Up to `most` digits of a base; `None` when there is not one.
    fn digits(&mut self, base: u32, most: usize) -> Option<u32> {
        let mut value = None;
        for _ in 0..most {
            let Some(digit) = self.raw(0).and_then(|byte| char::from(byte).to_digit(base)) else { break };
            value = Some(value.unwrap_or(0_u32).wrapping_mul(base).wrapping_add(digit));
            self.pos += 1;
        }
        value
    }
}

fn low_byte(value: u32) -> u8 {
    value.to_le_bytes()[0]
}

fn flush(text: &mut Vec<u8>, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        push(parts, Part::Quoted(std::mem::take(text)));
    }
}
