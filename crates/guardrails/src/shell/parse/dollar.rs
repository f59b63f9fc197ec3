//! What `$`, a backquote, `<(` and `>(` begin.

use super::bytes::{self, NAME};
use super::quote::Stop;
use super::reserved::Stops;
use super::word::{Builder, Until};
use super::{Origin, Parser};
use crate::shell::ast::{Operation, Part, Script, Variable, Word};
use protocol::Why;

impl Parser<'_, '_> {
    /// What the `$` at the cursor begins; `None` when it is itself, and then it is stepped over.
    pub(super) fn dollar(&mut self, in_double: bool) -> Option<Part> {
        let start = self.pos;
        self.pos += 1;
        match self.peek()? {
            b'(' => Some(self.substitution(start)),
            b'{' => Some(self.parameter(start, in_double)),
            b'[' => self.old_arithmetic(start),
            b'\'' if !in_double => Some(Part::Quoted(self.ansi_quoted())),
            b'"' if !in_double => Some(self.double_quoted()),
            byte if bytes::begins_name(byte) => Some(plain(self.name())),
            byte @ (b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => {
                self.pos += 1;
                Some(plain(vec![byte]))
            }
            // zsh: `$=name` splits, `$~name` globs, `$^name` spreads, `$+name` tests.
            byte @ (b'=' | b'~' | b'^' | b'+') if self.peek_second().is_some_and(bytes::begins_name) => {
                self.pos += 1;
                let name = self.name();
                let operation = Operation::Transform(vec![byte]);
                Some(Part::Variable(Box::new(Variable { name, subscript: None, operation })))
            }
            _ => None,
        }
    }

    /// `$( … )` and `$(( … ))`, the cursor being at the first parenthesis.
    fn substitution(&mut self, start: usize) -> Part {
        let opened = self.pos;
        self.pos += 1;
        if !self.descend(start) {
            self.skip_to_closing(b')');
            return Part::Unread(Why::TooDeep);
        }
        let part = match self.double_parentheses() {
            Some(parts) => Part::Arithmetic(parts),
            None => Part::Command(self.script_in_parentheses(opened)),
        };
        self.ascend();
        part
    }

    /// The commands up to `)`. Here-documents of the line around wait; those left open inside begin behind it.
    fn script_in_parentheses(&mut self, opened: usize) -> Script {
        let mut waiting = std::mem::take(&mut self.heredocs.pending);
        self.heredocs.substitutions = self.heredocs.substitutions.saturating_add(1);
        let script = self.list_in_parentheses(opened);
        self.heredocs.substitutions = self.heredocs.substitutions.saturating_sub(1);
        waiting.append(&mut self.heredocs.pending);
        self.heredocs.pending = waiting;
        script
    }

    /// `<( … )` and `>( … )`, the cursor being at the first byte.
    pub(super) fn process(&mut self, write: bool) -> Part {
        let start = self.pos;
        self.peek_past();
        self.process_at_parenthesis(start, write)
    }

    pub(super) fn process_at_parenthesis(&mut self, start: usize, write: bool) -> Part {
        let opened = self.pos;
        self.pos += 1;
        if !self.descend(start) {
            self.skip_to_closing(b')');
            return Part::Unread(Why::TooDeep);
        }
        let script = self.script_in_parentheses(opened);
        self.ascend();
        Part::Process { write, script }
    }

    /// `$[ … ]`; `None` when it does not end, for then the bracket is text.
    fn old_arithmetic(&mut self, start: usize) -> Option<Part> {
        let end = self.arithmetic_end(self.pos + 1, b"]")?;
        if !self.descend(start) {
            self.pos = (end + 1).min(self.end);
            return Some(Part::Unread(Why::TooDeep));
        }
        let parts = self.arithmetic_parts(self.pos + 1, end);
        self.take(b']');
        self.ascend();
        Some(Part::Arithmetic(parts))
    }

    /// Backquotes, the cursor being at the first. Their text loses one level of backslashes and is then read by itself.
    pub(super) fn backquoted(&mut self, in_double: bool) -> Part {
        let start = self.pos;
        let mut at = start + 1;
        let mut escaped = false;
        let end = loop {
            if at >= self.end {
                break None;
            }
            match self.src[at] {
                b'\\' => {
                    escaped = true;
                    at += 2;
                }
                b'`' => break Some(at),
                _ => at += 1,
            }
        };
        let closed = end.is_some();
        let end = end.unwrap_or(self.end);
        let after = if closed { end + 1 } else { end };
        self.limits.steps += (end - start) as u64;
        if !closed {
            self.gap(Why::Syntax, start, end);
        }
        if !self.descend(start) {
            self.pos = after;
            return Part::Unread(Why::TooDeep);
        }
        let script = if escaped {
            let text = unescape(&self.src[start + 1..end], in_double);
            let origin = Origin::Within(self.span(start, after));
            let mut parser = Parser::new(&text, origin, self.limits);
            parser.script()
        } else {
            self.bounded(start + 1, end, |parser| {
                let around = std::mem::replace(&mut parser.enclosing, Stops::NONE);
                let substitutions = std::mem::take(&mut parser.heredocs.substitutions);
                let script = parser.list(Stops::NONE);
                parser.heredocs.substitutions = substitutions;
                parser.enclosing = around;
                script
            })
        };
        self.ascend();
        self.pos = if self.stopped { self.end } else { after };
        Part::Command(script)
    }

    /// Reads the piece from `start` to `end` by itself; the cursor is at `end` afterwards.
    pub(super) fn bounded<T>(&mut self, start: usize, end: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.end;
        self.end = end.min(outer);
        let waiting = std::mem::take(&mut self.heredocs.pending);
        self.pos = start.min(self.end);
        let result = read(self);
        self.pos = self.end;
        self.close_heredocs();
        self.heredocs.pending = waiting;
        self.end = outer;
        if self.stopped {
            self.pos = outer;
        }
        result
    }

    /// `${ … }`, the cursor being at the brace.
    fn parameter(&mut self, start: usize, in_double: bool) -> Part {
        self.pos += 1;
        if !self.descend(start) {
            self.skip_to_closing(b'}');
            return Part::Unread(Why::TooDeep);
        }
        // bash 5.3, mksh: `${ commands; }` and `${| commands; }` run.
        let part = if matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'|')) {
            self.take(b'|');
            let around = std::mem::replace(&mut self.enclosing, Stops::NONE);
            let script = self.list(Stops::BRACE);
            self.enclosing = around;
            if !self.take(b'}') {
                self.gap(Why::Syntax, start, self.pos);
            }
            Part::Command(script)
        } else {
            let mut variable = self.variable(in_double);
            if self.peek() != Some(b'}') && self.peek().is_some() {
                // Not a form of any shell that we know; what it runs is kept.
                variable.operation = Operation::Slice { text: self.operand(in_double) };
            }
            if !self.take(b'}') {
                self.gap(Why::Syntax, start, self.pos);
                self.resume(start);
            }
            Part::Variable(Box::new(variable))
        };
        self.ascend();
        part
    }

    fn variable(&mut self, in_double: bool) -> Variable {
        let mut prefix = self.zsh_flags();
        let second = self.peek_second_or_end();
        match (self.peek(), second) {
            (Some(b'#'), Some(byte)) if self.is_length(byte) => {
                self.pos += 1;
                let (name, subscript) = self.name_and_subscript();
                return Variable { name, subscript, operation: Operation::Length };
            }
            (Some(b'!'), Some(byte)) if bytes::is(byte, NAME) || matches!(byte, b'@' | b'*' | b'#') => {
                self.pos += 1;
                let (mut name, subscript) = self.name_and_subscript();
                // `${!prefix*}`, `${!prefix@}`.
                if matches!(self.peek(), Some(b'*' | b'@')) && self.peek_second() == Some(b'}') {
                    self.pos += 1;
                }
                let operation = match self.operation(in_double) {
                    Operation::Plain => Operation::Indirect,
                    operation => {
                        name.insert(0, b'!');
                        operation
                    }
                };
                return Variable { name, subscript, operation };
            }
            _ => {}
        }
        let (name, subscript) = self.name_and_subscript();
        let mut operation = self.operation(in_double);
        if !prefix.is_empty() && operation == Operation::Plain {
            operation = Operation::Transform(std::mem::take(&mut prefix));
        }
        Variable { name, subscript, operation }
    }

    fn peek_second_or_end(&mut self) -> Option<u8> {
        self.peek()?;
        self.peek_second()
    }

    /// `#` and this byte begin a length, not an operator on `$#`.
    fn is_length(&mut self, second: u8) -> bool {
        match second {
            b'@' | b'*' | b'$' | b'!' => true,
            b'-' | b'?' | b'#' => self.raw(2) == Some(b'}'),
            _ => bytes::is(second, NAME),
        }
    }

    /// zsh: `(flags)`, then `^`, `=`, `~` or `+` before the name.
    fn zsh_flags(&mut self) -> Vec<u8> {
        let mut flags = Vec::new();
        if self.peek() == Some(b'(') {
            let start = self.pos;
            while let Some(byte) = self.peek() {
                if matches!(byte, b'}' | b'\n') {
                    // Not flags after all.
                    self.pos = start;
                    return Vec::new();
                }
                flags.push(byte);
                self.pos += 1;
                if byte == b')' {
                    break;
                }
            }
        }
        while let Some(byte @ (b'^' | b'=' | b'~' | b'+')) = self.peek() {
            let follows = self.peek_second();
            if !follows.is_some_and(|next| bytes::begins_name(next) || matches!(next, b'^' | b'=' | b'~' | b'$' | b'@'))
            {
                break;
            }
            flags.push(byte);
            self.pos += 1;
        }
        flags
    }

    fn name_and_subscript(&mut self) -> (Vec<u8>, Option<Word>) {
        let from = self.pos;
        let name = match self.peek() {
            Some(byte) if bytes::begins_name(byte) => self.name(),
            Some(b'0'..=b'9') => {
                let mut digits = Vec::new();
                while let Some(byte @ b'0'..=b'9') = self.peek() {
                    digits.push(byte);
                    self.pos += 1;
                }
                digits
            }
            // zsh: an expansion in place of a name.
            Some(b'$') if matches!(self.peek_second(), Some(b'(' | b'{')) => {
                let parts: Vec<Part> = self.dollar(false).into_iter().collect();
                return (Vec::new(), Some(Word { parts, span: self.span(from, self.pos) }));
            }
            Some(b'"') => {
                let parts = vec![self.double_quoted()];
                return (Vec::new(), Some(Word { parts, span: self.span(from, self.pos) }));
            }
            Some(b'`') => {
                let parts = vec![self.backquoted(false)];
                return (Vec::new(), Some(Word { parts, span: self.span(from, self.pos) }));
            }
            Some(byte @ (b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-')) => {
                self.pos += 1;
                vec![byte]
            }
            _ => Vec::new(),
        };
        let mut subscript = None;
        if !name.is_empty() && self.take(b'[') {
            let inside = self.pos;
            let parts = self.unquoted(Until::Bracket, Builder::default());
            subscript = Some(Word { parts, span: self.span(inside, self.pos) });
            self.take(b']');
        }
        (name, subscript)
    }

    /// The operator behind a name, with its operands.
    fn operation(&mut self, in_double: bool) -> Operation {
        let Some(byte) = self.peek() else { return Operation::Plain };
        match byte {
            b':' => {
                self.pos += 1;
                match self.peek() {
                    Some(kind @ (b'-' | b'=' | b'+' | b'?')) => self.alternative(kind, true, in_double),
                    _ => Operation::Slice { text: self.operand(in_double) },
                }
            }
            b'-' | b'=' | b'+' | b'?' => self.alternative(byte, false, in_double),
            b'#' | b'%' => {
                self.pos += 1;
                let longest = self.take(byte);
                let pattern = self.pattern(Until::Brace);
                Operation::Strip { pattern, back: byte == b'%', longest }
            }
            b'/' => {
                self.pos += 1;
                let all = self.take(b'/');
                let pattern = self.pattern(Until::Slash);
                let with = if self.take(b'/') { self.pattern(Until::Brace) } else { Word::default() };
                Operation::Replace { pattern, with, all }
            }
            b'^' | b',' | b'~' | b'@' => {
                let from = self.pos;
                let text = self.pattern(Until::Brace);
                // Only text is kept as written; what runs something stays a word.
                if text.parts.iter().all(|part| matches!(part, Part::Plain(_) | Part::Quoted(_))) {
                    Operation::Transform(self.src.get(from..self.pos).unwrap_or_default().to_vec())
                } else {
                    Operation::Slice { text }
                }
            }
            _ => Operation::Plain,
        }
    }

    fn alternative(&mut self, kind: u8, empty_too: bool, in_double: bool) -> Operation {
        self.pos += 1;
        let word = self.operand(in_double);
        match kind {
            b'-' => Operation::Default { word, empty_too },
            b'=' => Operation::Assign { word, empty_too },
            b'+' => Operation::Alternative { word, empty_too },
            _ => Operation::Error { word, empty_too },
        }
    }

    /// A word up to `}`, quoted as what is around it.
    fn operand(&mut self, in_double: bool) -> Word {
        if !in_double {
            return self.pattern(Until::Brace);
        }
        let from = self.pos;
        let parts = self.quoted(Stop::Brace);
        Word { parts, span: self.span(from, self.pos) }
    }

    /// A pattern: quotes mean something in it, even inside double quotes.
    fn pattern(&mut self, until: Until) -> Word {
        let from = self.pos;
        let parts = self.unquoted(until, Builder::default());
        Word { parts, span: self.span(from, self.pos) }
    }
}

fn plain(name: Vec<u8>) -> Part {
    Part::Variable(Box::new(Variable { name, subscript: None, operation: Operation::Plain }))
}

/// Backquoted text with one level of backslashes taken off.
fn unescape(text: &[u8], in_double: bool) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        match bytes.next() {
            Some(next @ (b'$' | b'`' | b'\\')) => plain.push(next),
            Some(b'"') if in_double => plain.push(b'"'),
            Some(next) => plain.extend_from_slice(&[b'\\', next]),
            None => plain.push(b'\\'),
        }
    }
    plain
}
