//! The cursor: bytes with continued lines joined, blanks, comments, line ends.

use super::Parser;
use super::bytes::{self, META};
use memchr::memchr;

impl Parser<'_, '_> {
    /// The byte at the cursor; a backslash before a line end is stepped over together with it.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        self.limits.steps += 1;
        loop {
            if self.pos >= self.end {
                return None;
            }
            let byte = self.src[self.pos];
            if byte == b'\\' && self.pos + 1 < self.end && self.src[self.pos + 1] == b'\n' {
                self.pos += 2;
                self.limits.steps += 2;
                continue;
            }
            return Some(byte);
        }
    }

    /// The byte after the one at the cursor, which must exist; continued lines are joined, the cursor stays.
    pub(super) fn peek_second(&mut self) -> Option<u8> {
        let here = self.pos;
        self.pos += 1;
        let byte = self.peek();
        self.pos = here;
        byte
    }

    /// The byte `ahead` of the cursor, as it stands.
    #[inline]
    pub(super) fn raw(&self, ahead: usize) -> Option<u8> {
        let at = self.pos + ahead;
        if at < self.end { Some(self.src[at]) } else { None }
    }

    /// Steps over `byte` when it is next.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        if self.peek() == Some(byte) {
            self.pos += 1;
            return true;
        }
        false
    }

    /// A carriage return that belongs to a line end.
    #[inline]
    pub(super) fn at_line_feed(&self) -> bool {
        self.pos + 1 >= self.end || self.src[self.pos + 1] == b'\n'
    }

    /// The end of the text, a line end, a blank or an operator is next: a word ends here.
    pub(super) fn at_word_end(&mut self) -> bool {
        match self.peek() {
            None => true,
            Some(b'\r') => self.at_line_feed(),
            Some(byte) => bytes::is(byte, META),
        }
    }

    /// Steps over spaces and tabs.
    #[inline]
    pub(super) fn spaces(&mut self) {
        while let Some(b' ' | b'\t') = self.peek() {
            self.pos += 1;
        }
    }

    /// Steps over blanks and a comment. Only called where a word may begin, so that `#` opens a comment.
    #[inline]
    pub(super) fn blanks(&mut self) {
        self.spaces();
        if self.pos < self.end && self.src[self.pos] == b'#' {
            self.pos = self.line_end(self.pos);
        }
    }

    /// Where the line that holds `from` ends: at its line feed, or at the end of the text.
    pub(super) fn line_end(&mut self, from: usize) -> usize {
        let rest = &self.src[from.min(self.end)..self.end];
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        self.limits.steps += length as u64;
        from.min(self.end) + length
    }

    /// Steps over one line end if it is next, and reads the bodies of here-documents that were waiting for it.
    pub(super) fn line_feed(&mut self) -> bool {
        match self.peek() {
            Some(b'\n') => self.pos += 1,
            Some(b'\r') if self.at_line_feed() => self.pos = (self.pos + 2).min(self.end),
            _ => return false,
        }
        self.read_heredocs();
        true
    }

    /// Steps over blanks, comments and line ends.
    pub(super) fn newlines(&mut self) {
        loop {
            self.blanks();
            if !self.line_feed() {
                return;
            }
        }
    }

    /// Steps over name bytes and gives them; empty when there are none.
    pub(super) fn name(&mut self) -> Vec<u8> {
        let mut name = Vec::new();
        while let Some(byte) = self.peek() {
            if !bytes::is(byte, bytes::NAME) {
                break;
            }
            name.push(byte);
            self.pos += 1;
        }
        name
    }
}
