//! Redirections.

use super::Parser;
use super::bytes::{self, NAME};
use crate::shell::ast::{Part, Redirect, RedirectKind, RedirectTarget, Word};
use protocol::Why;

impl Parser<'_, '_> {
    /// The redirection at the cursor; `None`, and the cursor where it was, when there is none.
    pub(super) fn redirect(&mut self) -> Option<Redirect> {
        let start = self.pos;
        let redirect = self.redirect_at(start);
        if redirect.is_none() {
            self.pos = start;
        }
        redirect
    }

    fn redirect_at(&mut self, start: usize) -> Option<Redirect> {
        let mut fd = None;
        let mut named = false;
        match self.peek()? {
            b'0'..=b'9' => {
                let mut number = 0_u32;
                while let Some(byte @ b'0'..=b'9') = self.peek() {
                    number = number.saturating_mul(10).saturating_add(u32::from(byte - b'0'));
                    self.pos += 1;
                }
                fd = Some(number);
            }
            b'{' => {
                self.pos += 1;
                let name = self.name();
                if name.is_empty() {
                    return None;
                }
                // `{fd[0]}>`
                if self.peek() == Some(b'[') {
                    while self.raw(0).is_some_and(|byte| bytes::is(byte, NAME) || matches!(byte, b'[' | b']')) {
                        self.pos += 1;
                    }
                }
                if !self.take(b'}') {
                    return None;
                }
                named = true;
            }
            _ => {}
        }
        let prefixed = named || fd.is_some();
        let first = self.peek()?;
        let second = self.peek_second();
        let kind = match (first, second) {
            (b'<' | b'>', Some(b'(')) => return None,
            (b'&', Some(b'>')) if !prefixed => {
                self.peek_past();
                self.pos += 1;
                let kind = if self.take(b'>') { RedirectKind::AppendBoth } else { RedirectKind::WriteBoth };
                return Some(self.output(start, fd, kind));
            }
            (b'<', Some(b'<')) => {
                self.peek_past();
                self.pos += 1;
                if self.take(b'<') {
                    RedirectKind::HereString
                } else {
                    return Some(self.heredoc(start, fd));
                }
            }
            (b'<', Some(b'>')) => {
                self.peek_past();
                self.pos += 1;
                RedirectKind::ReadWrite
            }
            (b'<' | b'>', Some(b'&')) => {
                self.peek_past();
                self.pos += 1;
                return Some(self.duplicate(start, fd, first == b'>' && !named));
            }
            (b'<', _) => {
                self.pos += 1;
                RedirectKind::Read
            }
            (b'>', Some(b'>')) => {
                self.peek_past();
                self.pos += 1;
                return Some(self.output(start, fd, RedirectKind::Append));
            }
            (b'>', _) => {
                self.pos += 1;
                return Some(self.output(start, fd, RedirectKind::Write));
            }
            _ => return None,
        };
        let target = RedirectTarget::Word(self.redirect_word(start));
        Some(Redirect { fd, kind, target, span: self.span(start, self.pos) })
    }

    /// The file behind `>` and its kin, past a `|` that overwrites. In zsh a `!` there does the same; elsewhere the `!` is
    /// the file and the word behind it an argument. So that word is both: target here, argument by way of `beside`.
    fn output(&mut self, start: usize, fd: Option<u32>, kind: RedirectKind) -> Redirect {
        let mut word = None;
        if !self.take(b'|') && self.peek() == Some(b'!') && matches!(self.peek_second(), Some(b' ' | b'\t')) {
            let exclamation = self.pos;
            self.pos += 1;
            self.spaces();
            if self.at_word_end() {
                self.pos = exclamation;
            } else {
                let target = self.word();
                // Only what cannot nest is copied: copies of copies would double at each level.
                let flat =
                    target.parts.iter().all(|part| matches!(part, Part::Plain(_) | Part::Quoted(_) | Part::Tilde(_)));
                word = Some(if flat { target.clone() } else { Self::unread(Why::Syntax, target.span) });
                self.beside = Some(target);
            }
        }
        let word = word.unwrap_or_else(|| self.redirect_word(start));
        Redirect { fd, kind, target: RedirectTarget::Word(word), span: self.span(start, self.pos) }
    }

    fn redirect_word(&mut self, start: usize) -> Word {
        self.spaces();
        let from = self.pos;
        let word = self.word();
        if self.pos == from {
            self.gap(Why::Syntax, start, from);
            return Self::unread(Why::Syntax, self.span(start, from));
        }
        word
    }

    /// Behind `<&` or `>&`: a descriptor, `-`, or for output a file that takes both streams.
    fn duplicate(&mut self, start: usize, fd: Option<u32>, output: bool) -> Redirect {
        let word = self.redirect_word(start);
        let descriptor = match word.parts.as_slice() {
            [Part::Plain(text)] => {
                let digits = text.strip_suffix(b"-").unwrap_or(text);
                digits.iter().all(u8::is_ascii_digit)
            }
            _ => false,
        };
        let both = output && !descriptor && matches!(fd, None | Some(1));
        let kind = if both { RedirectKind::WriteBoth } else { RedirectKind::Duplicate };
        Redirect { fd, kind, target: RedirectTarget::Word(word), span: self.span(start, self.pos) }
    }
}
