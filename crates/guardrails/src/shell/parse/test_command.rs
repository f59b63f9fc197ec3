//! `[[ … ]]`.

use super::Parser;
use super::bytes::{self, META};
use super::word::{Builder, Until};
use crate::shell::ast::{Part, Word};
use protocol::Why;

impl Parser<'_, '_> {
    /// The words up to `]]`, operators and parentheses included. Where the shell would refuse the line, the rest of it is
    /// left to be read as commands.
    pub(super) fn test_words(&mut self, opened: usize) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let mut open = 0_usize;
        let mut regex = false;
        loop {
            self.blanks();
            let start = self.pos;
            let operator = match self.peek() {
                None => {
                    self.gap(Why::Syntax, opened, self.pos);
                    return words;
                }
                Some(b'\n' | b'\r') if self.may_continue(&words) => {
                    self.line_feed();
                    continue;
                }
                Some(b'&' | b'|') if self.peek() == self.peek_second() => 2,
                Some(b'(') if !regex => {
                    open += 1;
                    1
                }
                Some(b')') if open > 0 => {
                    open -= 1;
                    1
                }
                Some(b'<' | b'>') if self.peek_second() != Some(b'(') => 1,
                Some(b'(' | b'<' | b'>') => 0,
                Some(b'\r') if !self.at_line_feed() => 0,
                Some(byte) if byte == b'\n' || byte == b'\r' || bytes::is(byte, META) => {
                    self.gap(Why::Syntax, opened, self.pos);
                    return words;
                }
                Some(_) => 0,
            };
            if operator > 0 {
                let mut text = Vec::with_capacity(operator);
                for _ in 0..operator {
                    text.extend(self.peek());
                    self.pos += 1;
                }
                words.push(Word { parts: vec![Part::Plain(text)], span: self.span(start, self.pos) });
                continue;
            }
            let until = if regex { Until::Regex } else { Until::Meta };
            let parts = self.unquoted(until, Builder::default());
            if self.pos == start {
                self.gap(Why::Syntax, opened, self.pos);
                return words;
            }
            regex = false;
            if let [Part::Plain(text)] = parts.as_slice() {
                if text == b"]]" {
                    return words;
                }
                regex = text == b"=~";
            }
            words.push(Word { parts, span: self.span(start, self.pos) });
        }
    }

    /// The line end at the cursor may stand there: behind an operator, or before one or the end of the test.
    fn may_continue(&mut self, words: &[Word]) -> bool {
        let behind = match words.last().map(|word| word.parts.as_slice()) {
            None => true,
            Some([Part::Plain(text)]) => matches!(text.as_slice(), b"&&" | b"||" | b"(" | b"!"),
            Some(_) => false,
        };
        if behind {
            return true;
        }
        let rest = &self.src[self.pos..self.end];
        let Some(at) = rest.iter().position(|byte| !byte.is_ascii_whitespace()) else { return false };
        self.limits.steps += at as u64;
        let rest = &rest[at..];
        rest.starts_with(b"]]") || rest.starts_with(b"&&") || rest.starts_with(b"||") || rest.starts_with(b")")
    }
}
