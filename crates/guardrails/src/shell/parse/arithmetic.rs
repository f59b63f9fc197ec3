//! Arithmetic: only what runs or reads something inside it is kept.

use super::Parser;
use crate::shell::ast::{Node, Part};
use memchr::memchr;
use protocol::Why;

impl Parser<'_, '_> {
    /// `(( … ))` when the cursor is between the two opening parentheses and the closing ones stand together; `None`, and
    /// the cursor where it was, when it is a subshell.
    pub(super) fn arithmetic_command(&mut self) -> Option<Node> {
        self.double_parentheses().map(Node::Arithmetic)
    }

    /// The header of `for (( … ))`, the cursor being at the first parenthesis; it stays there when there is none.
    pub(super) fn for_header(&mut self) -> Option<Vec<Part>> {
        let here = self.pos;
        self.pos += 1;
        let parts = self.double_parentheses();
        if parts.is_none() {
            self.pos = here;
        }
        parts
    }

    /// What is between the second opening parenthesis, which is next, and `))`, which is consumed.
    pub(super) fn double_parentheses(&mut self) -> Option<Vec<Part>> {
        if self.peek() != Some(b'(') {
            return None;
        }
        let inside = self.pos + 1;
        let end = self.arithmetic_end(inside, b"))")?;
        let parts = self.arithmetic_parts(inside, end);
        self.take(b')');
        self.take(b')');
        Some(parts)
    }

    /// The parts that run or read something between two places; the cursor ends at the second.
    pub(super) fn arithmetic_parts(&mut self, start: usize, end: usize) -> Vec<Part> {
        self.bounded(start, end, |parser| {
            let mut parts = Vec::new();
            while let Some(byte) = parser.peek() {
                match byte {
                    b'$' => parts.extend(parser.dollar(true)),
                    b'`' => parts.push(parser.backquoted(false)),
                    b'\\' => parser.pos = (parser.pos + 2).min(parser.end),
                    _ => parser.pos += 1,
                }
            }
            parts
        })
    }

    /// Where `closing` (`))` or `]`) ends the arithmetic that begins at `from`, its parentheses being balanced; `None` when
    /// it does not. Bytes looked at are taken from a budget, as the same ones may be looked at again as commands.
    pub(super) fn arithmetic_end(&mut self, from: usize, closing: &[u8]) -> Option<usize> {
        let (open, close) = if closing == b"]" { (b'[', b']') } else { (b'(', b')') };
        let mut stack: Vec<u8> = Vec::new();
        let mut at = from;
        let end = loop {
            if at >= self.end {
                break None;
            }
            if at - from > self.lookahead {
                self.gap(Why::WorkLimit, from, at);
                break None;
            }
            let byte = self.src[at];
            match byte {
                b'\\' => at += 2,
                b'\'' if closing != b"]" => at = self.past_quote(at),
                b'"' => at = self.past_escaped(at, b'"'),
                b'`' => at = self.past_escaped(at, b'`'),
                b'$' if at + 1 < self.end && self.src[at + 1] == b'{' => {
                    stack.push(b'}');
                    at += 2;
                }
                _ if stack.last() == Some(&byte) => {
                    stack.pop();
                    at += 1;
                }
                _ if byte == open => {
                    stack.push(close);
                    at += 1;
                }
                _ if byte == close && stack.is_empty() => {
                    if closing.len() == 1 {
                        break Some(at);
                    }
                    let here = std::mem::replace(&mut self.pos, at + 1);
                    let second = self.peek();
                    self.pos = here;
                    break (second == Some(close)).then_some(at);
                }
                _ => at += 1,
            }
        };
        let looked = at.min(self.end) - from.min(self.end);
        self.limits.steps += looked as u64;
        self.lookahead = self.lookahead.saturating_sub(looked);
        end
    }

    /// Behind the single quote that closes the one at `at`.
    fn past_quote(&self, at: usize) -> usize {
        let rest = &self.src[(at + 1).min(self.end)..self.end];
        memchr(b'\'', rest).map_or(self.end, |length| at + length + 2)
    }

    /// Behind the quote that closes the one at `at`, escaped ones passed over.
    pub(super) fn past_escaped(&self, at: usize, quote: u8) -> usize {
        let mut at = at + 1;
        while at < self.end {
            match self.src[at] {
                b'\\' => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        self.end
    }

    /// Steps behind `closing` without reading what is before it, for what is nested too deep.
    pub(super) fn skip_to_closing(&mut self, closing: u8) {
        let mut stack = vec![closing];
        let from = self.pos;
        while self.pos < self.end
            && let Some(&top) = stack.last()
        {
            let byte = self.src[self.pos];
            self.pos += 1;
            match byte {
                b'\\' => self.pos += 1,
                _ if byte == top => {
                    stack.pop();
                }
                b'\'' if top != b'"' => self.pos = self.past_quote(self.pos - 1),
                b'"' => stack.push(b'"'),
                b'`' => self.pos = self.past_escaped(self.pos - 1, b'`'),
                b'(' if top != b'"' => stack.push(b')'),
                b'$' if self.raw(0) == Some(b'(') => {
                    stack.push(b')');
                    self.pos += 1;
                }
                b'$' if self.raw(0) == Some(b'{') => {
                    stack.push(b'}');
                    self.pos += 1;
                }
                _ => {}
            }
        }
        self.pos = self.pos.min(self.end);
        self.limits.steps += (self.pos - from) as u64;
    }
}
