//! Words: unquoted text and what stands in it.

use super::Parser;
use super::brace::Frame;
use super::bytes::{self, META, ORDINARY};
use crate::shell::ast::{Part, Word};
use protocol::Why;

/// What ends a run of unquoted text; it is not consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// A blank, a line end or an operator.
    Meta,
    /// The same, but `(`, `)` and `|` belong to the word.
    Regex,
    /// `}` of `${…}`.
    Brace,
    /// `/` or `}` in `${name/…}`.
    Slash,
    /// `]` of a subscript.
    Bracket,
}

/// The parts of a word as they come in.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub(super) parts: Vec<Part>,
    /// Plain text that is not yet a part.
    pub(super) text: Vec<u8>,
    /// Braces that are open, innermost last.
    pub(super) frames: Vec<Frame>,
    /// A marker of a brace was put among the parts, so that plain parts may have to be joined at the end.
    pub(super) marked: bool,
    pub(super) braces: bool,
    /// `~` is expanded after `=` and `:` as well.
    assigned: bool,
}

impl Builder {
    fn expanding_braces() -> Self {
        Self { braces: true, ..Self::default() }
    }

    /// For the value of an assignment.
    pub(super) fn assigned() -> Self {
        Self { assigned: true, ..Self::default() }
    }

    pub(super) fn with_text(text: Vec<u8>) -> Self {
        Self { text, ..Self::default() }
    }

    pub(super) fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            push(&mut self.parts, Part::Plain(text));
        }
    }

    pub(super) fn push(&mut self, part: Part) {
        self.flush();
        push(&mut self.parts, part);
    }

    pub(super) fn extend(&mut self, parts: Vec<Part>) {
        self.flush();
        self.parts.extend(parts);
    }

    fn push_quoted(&mut self, byte: u8) {
        self.flush();
        if let Some(Part::Quoted(text)) = self.parts.last_mut() {
            text.push(byte);
        } else {
            push(&mut self.parts, Part::Quoted(vec![byte]));
        }
    }

    fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.text.is_empty()
    }

    fn finish(mut self) -> Vec<Part> {
        self.flush();
        if self.marked { super::brace::join_plain(self.parts) } else { self.parts }
    }
}

/// Most lists have one item, and a vector's first growth makes room for four.
#[inline]
pub(super) fn push<T>(list: &mut Vec<T>, item: T) {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    list.push(item);
}

impl Parser<'_, '_> {
    /// The word at the cursor. Empty, and the cursor where it was, when an operator or the end is next.
    pub(super) fn word(&mut self) -> Word {
        self.word_from(Builder::expanding_braces())
    }

    /// A word in a place where the shell does not expand braces.
    pub(super) fn word_without_braces(&mut self) -> Word {
        self.word_from(Builder::default())
    }

    fn word_from(&mut self, builder: Builder) -> Word {
        let start = self.pos;
        let mut at = start;
        while at < self.end && bytes::is(self.src[at], ORDINARY) {
            at += 1;
        }
        self.limits.steps += (at - start) as u64;
        let simple =
            at > start && (at >= self.end || matches!(self.src[at], b' ' | b'\t' | b'\n' | b';' | b'|' | b'&' | b')'));
        if simple {
            self.pos = at;
            let parts = vec![Part::Plain(self.src[start..at].to_vec())];
            return Word { parts, span: self.span(start, at) };
        }
        let parts = self.unquoted(Until::Meta, builder);
        Word { parts, span: self.span(start, self.pos) }
    }

    /// `<(` or `>(` is next.
    pub(super) fn process_follows(&mut self) -> bool {
        matches!(self.peek(), Some(b'<' | b'>')) && self.peek_second() == Some(b'(')
    }

    /// Unquoted text up to `until`.
    pub(super) fn unquoted(&mut self, until: Until, mut builder: Builder) -> Vec<Part> {
        let start = self.pos;
        let mut groups = 0_usize;
        let mut brackets = 0_usize;
        let mut tilde = builder.is_empty();
        while let Some(byte) = self.peek() {
            let tilde_here = std::mem::replace(&mut tilde, false);
            match byte {
                b'\\' => {
                    self.pos += 1;
                    match self.raw(0) {
                        Some(byte) => {
                            builder.push_quoted(byte);
                            self.pos += 1;
                        }
                        None => builder.text.push(b'\\'),
                    }
                }
                b'\'' => {
                    let text = self.single_quoted();
                    builder.push(Part::Quoted(text));
                }
                b'"' => {
                    let part = self.double_quoted();
                    builder.push(part);
                }
                b'`' => {
                    let part = self.backquoted(false);
                    builder.push(part);
                }
                b'$' => match self.dollar(false) {
                    Some(part) => builder.push(part),
                    None => builder.text.push(b'$'),
                },
                b'~' if tilde_here => {
                    if !self.tilde(&mut builder, until) {
                        builder.text.push(b'~');
                        self.pos += 1;
                    }
                }
                b'<' | b'>' if !matches!(until, Until::Regex) && self.peek_second() == Some(b'(') && groups == 0 => {
                    let part = self.process(byte == b'>');
                    builder.push(part);
                }
                b'(' if groups > 0 || (matches!(until, Until::Regex)) || self.group_follows(&builder, until) => {
                    groups += 1;
                    builder.text.push(b'(');
                    self.pos += 1;
                }
                // zsh: the output of a command as a file.
                b'(' if until == Until::Meta && builder.parts.is_empty() && builder.text == b"=" => {
                    builder.text.clear();
                    let part = self.process_at_parenthesis(self.pos, false);
                    builder.push(part);
                }
                b')' if groups > 0 => {
                    groups -= 1;
                    builder.text.push(b')');
                    self.pos += 1;
                }
                _ if groups == 0 && self.ends(byte, until, brackets) => break,
                b'[' if until == Until::Bracket => {
                    brackets += 1;
                    builder.text.push(b'[');
                    self.pos += 1;
                }
                b']' if until == Until::Bracket => {
                    brackets -= 1;
                    builder.text.push(b']');
                    self.pos += 1;
                }
                b'{' if builder.braces && groups == 0 => self.open_brace(&mut builder),
                b',' if !builder.frames.is_empty() && groups == 0 => self.comma(&mut builder),
                b'}' if !builder.frames.is_empty() && groups == 0 => self.close_brace(&mut builder),
                b'=' => {
                    tilde = builder.assigned
                        || (until == Until::Meta && builder.parts.is_empty() && bytes::is_name(&builder.text));
                    builder.text.push(b'=');
                    self.pos += 1;
                }
                b':' => {
                    tilde = builder.assigned;
                    builder.text.push(b':');
                    self.pos += 1;
                }
                _ => {
                    let from = self.pos;
                    let mut at = from + 1;
                    while at < self.end && bytes::is(self.src[at], ORDINARY) {
                        at += 1;
                    }
                    self.limits.steps += (at - from) as u64;
                    builder.text.extend_from_slice(&self.src[from..at]);
                    self.pos = at;
                }
            }
        }
        if groups > 0 {
            // A pattern that never ends would hide the lines below it.
            self.gap(Why::Syntax, start, self.pos);
            if until == Until::Meta {
                self.resume(start);
            }
        }
        builder.finish()
    }

    fn ends(&self, byte: u8, until: Until, brackets: usize) -> bool {
        match until {
            Until::Meta => bytes::is(byte, META) || (byte == b'\r' && self.at_line_feed()),
            Until::Regex => {
                (bytes::is(byte, META) && !matches!(byte, b'|' | b')' | b'<' | b'>'))
                    || (byte == b'\r' && self.at_line_feed())
            }
            Until::Brace => byte == b'}',
            Until::Slash => matches!(byte, b'}' | b'/'),
            Until::Bracket => (byte == b']' && brackets == 0) || byte == b'\n',
        }
    }

    /// The parenthesis at the cursor opens a group of an extended pattern: `@(`, `!(`, `?(`, `*(`, `+(`. An empty group is
    /// none, since `name+()` defines a function.
    fn group_follows(&mut self, builder: &Builder, until: Until) -> bool {
        let before = self.pos.checked_sub(1).map(|at| self.src[at]);
        !builder.text.is_empty()
            && builder.text.last().copied() == before
            && matches!(before, Some(b'@' | b'!' | b'?' | b'*' | b'+'))
            && (until != Until::Meta || self.peek_second() != Some(b')'))
    }

    /// `~` and the name behind it, when that is where the word, a `/` or (in a value) a `:` follows.
    fn tilde(&mut self, builder: &mut Builder, until: Until) -> bool {
        let start = self.pos;
        self.pos += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek() {
            if !(bytes::is(byte, bytes::NAME) || matches!(byte, b'.' | b'-' | b'+')) {
                break;
            }
            name.push(byte);
            self.pos += 1;
        }
        let ends = match self.peek() {
            None | Some(b'/') => true,
            Some(b':') => builder.assigned || until != Until::Meta,
            Some(byte) => self.ends(byte, until, 0),
        };
        if ends {
            builder.push(Part::Tilde(name));
        } else {
            self.pos = start;
        }
        ends
    }
}
