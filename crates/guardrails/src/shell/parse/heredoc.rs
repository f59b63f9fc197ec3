//! Here-documents: delimiters, bodies, and their way into the tree.
//!
//! A body stands behind the line that announces it, often when the command is already in the tree. So the redirection
//! gets an empty body that holds a number, and the bodies are put in place when the text has been read.

use super::Parser;
use super::bytes::{self, META};
use super::quote::Stop;
use crate::shell::ast::{
    Command, Node, Operation, Part, Redirect, RedirectKind, RedirectTarget, Script, Value, Variable, Word,
};
use memchr::memchr;
use protocol::Why;
use protocol::effect::Span;

/// The end of a span that is not one but marks an empty body; the start is its number.
const UNFILLED: u32 = u32::MAX;

#[derive(Debug, Default)]
pub(super) struct Heredocs {
    /// Announced, in order; their bodies begin at the next line end.
    pub(super) pending: Vec<Pending>,
    bodies: Vec<Word>,
    /// How many `$(…)` and `<(…)` are open: there bash also ends a body at the delimiter and `)`.
    pub(super) substitutions: u16,
}

#[derive(Debug)]
pub(super) struct Pending {
    number: usize,
    delimiter: Vec<u8>,
    quoted: bool,
    /// `<<-`: leading tabs do not count.
    strip: bool,
}

impl Parser<'_, '_> {
    /// The rest of `<<` or `<<-`, the cursor being behind the second `<`.
    pub(super) fn heredoc(&mut self, start: usize, fd: Option<u32>) -> Redirect {
        let strip = self.take(b'-');
        self.blanks();
        let from = self.pos;
        let (delimiter, quoted) = self.delimiter();
        if self.pos == from {
            self.gap(Why::Syntax, start, from);
            let word = Self::unread(Why::Syntax, self.span(start, from));
            let target = RedirectTarget::Body(word);
            return Redirect { fd, kind: RedirectKind::HereDocument, target, span: self.span(start, from) };
        }
        let number = self.heredocs.bodies.len();
        self.heredocs.bodies.push(Word::default());
        self.heredocs.pending.push(Pending { number, delimiter, quoted, strip });
        let mark = Span { start: u32::try_from(number).unwrap_or(u32::MAX), end: UNFILLED };
        let target = RedirectTarget::Body(Word { parts: Vec::new(), span: mark });
        Redirect { fd, kind: RedirectKind::HereDocument, target, span: self.span(start, self.pos) }
    }

    /// The delimiter with its quotes taken off, and whether it had any. Nothing in it is expanded.
    fn delimiter(&mut self) -> (Vec<u8>, bool) {
        let mut text = Vec::new();
        let mut quoted = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => {
                    quoted = true;
                    self.pos += 1;
                    text.extend(self.raw(0));
                    self.pos = (self.pos + 1).min(self.end);
                }
                b'\'' => {
                    quoted = true;
                    text.extend(self.single_quoted());
                }
                b'"' => {
                    quoted = true;
                    self.pos += 1;
                    self.delimiter_in_double(&mut text);
                }
                b'$' if self.peek_second() == Some(b'\'') => {
                    quoted = true;
                    self.peek_past();
                    text.extend(self.ansi_quoted());
                }
                b'$' if self.peek_second() == Some(b'"') => {
                    quoted = true;
                    self.peek_past();
                    self.pos += 1;
                    self.delimiter_in_double(&mut text);
                }
                b'$' if matches!(self.peek_second(), Some(b'(' | b'{')) => {
                    let from = self.pos;
                    self.peek_past();
                    let closing = if self.src[self.pos] == b'(' { b')' } else { b'}' };
                    self.pos += 1;
                    self.skip_to_closing(closing);
                    text.extend_from_slice(&self.src[from..self.pos]);
                }
                _ if bytes::is(byte, META) => break,
                _ => {
                    text.push(byte);
                    self.pos += 1;
                }
            }
        }
        (text, quoted)
    }

    fn delimiter_in_double(&mut self, text: &mut Vec<u8>) {
        while let Some(byte) = self.peek() {
            self.pos += 1;
            match byte {
                b'"' => return,
                b'\\' if matches!(self.raw(0), Some(b'"' | b'\\' | b'$' | b'`')) => {
                    text.extend(self.raw(0));
                    self.pos += 1;
                }
                _ => text.push(byte),
            }
        }
        self.gap(Why::Syntax, self.pos, self.pos);
    }

    /// Reads the bodies that begin at the cursor, which is behind a line end.
    #[inline]
    pub(super) fn read_heredocs(&mut self) {
        if !self.heredocs.pending.is_empty() {
            self.read_pending();
        }
    }

    #[cold]
    fn read_pending(&mut self) {
        for pending in std::mem::take(&mut self.heredocs.pending) {
            let start = self.pos;
            let (end, after) = self.find_end(&pending);
            let parts = if pending.quoted {
                vec![Part::Quoted(self.quoted_body(start, end, pending.strip))]
            } else {
                let stop = Stop::Body { strip: pending.strip };
                self.bounded(start, end, |parser| {
                    if pending.strip {
                        parser.tabs();
                    }
                    parser.quoted(stop)
                })
            };
            let word = Word { parts, span: self.span(start, end) };
            if let Some(body) = self.heredocs.bodies.get_mut(pending.number) {
                *body = word;
            }
            if !self.stopped {
                self.pos = after;
            }
        }
    }

    /// The text ends: what is still announced has an empty body.
    pub(super) fn close_heredocs(&mut self) {
        self.read_heredocs();
    }

    fn tabs(&mut self) {
        while self.raw(0) == Some(b'\t') {
            self.pos += 1;
        }
    }

    fn quoted_body(&mut self, start: usize, end: usize, strip: bool) -> Vec<u8> {
        let body = self.src.get(start..end).unwrap_or_default();
        self.limits.steps += body.len() as u64;
        if !strip {
            return body.to_vec();
        }
        let mut text = Vec::with_capacity(body.len());
        for line in body.split_inclusive(|&byte| byte == b'\n') {
            let tabs = line.iter().take_while(|&&byte| byte == b'\t').count();
            text.extend_from_slice(&line[tabs..]);
        }
        text
    }

    /// Where the body that begins at the cursor ends, and where reading goes on.
    fn find_end(&mut self, pending: &Pending) -> (usize, usize) {
        let mut at = self.pos;
        while at < self.end {
            let line_start = at;
            if pending.strip {
                while at < self.end && self.src[at] == b'\t' {
                    at += 1;
                }
            }
            let (matches, after) = self.delimiter_line(at, pending);
            self.limits.steps += (after.max(at) - line_start) as u64 + 1;
            if matches {
                return (line_start, after);
            }
            at = after;
        }
        (self.end, self.end)
    }

    /// Whether the line at `from` is the delimiter, and where the next one begins.
    fn delimiter_line(&self, from: usize, pending: &Pending) -> (bool, usize) {
        let rest = &self.src[from..self.end];
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..length];
        let after = (from + length + 1).min(self.end);
        if line == pending.delimiter {
            return (true, after);
        }
        if self.heredocs.substitutions > 0
            && line.starts_with(&pending.delimiter)
            && line.get(pending.delimiter.len()) == Some(&b')')
        {
            return (true, from + pending.delimiter.len());
        }
        if pending.quoted || !continues(line) {
            return (false, after);
        }
        // The shell joins continued lines before it compares them.
        let mut joined = Vec::new();
        let mut at = from;
        loop {
            let rest = &self.src[at..self.end];
            let length = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..length];
            at = (at + length + 1).min(self.end);
            let more = continues(line);
            let kept = if more { &line[..line.len() - 1] } else { line };
            joined.extend_from_slice(kept);
            if !more || at >= self.end {
                return (joined == pending.delimiter, at);
            }
        }
    }

    /// Puts the bodies where they belong.
    pub(super) fn fill_heredocs(&mut self, script: &mut Script) {
        if !self.heredocs.bodies.is_empty() {
            let mut bodies = std::mem::take(&mut self.heredocs.bodies);
            fill_script(script, &mut bodies);
        }
    }
}

/// The line ends in a backslash that is not itself escaped.
fn continues(line: &[u8]) -> bool {
    line.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

fn fill_script(script: &mut Script, bodies: &mut [Word]) {
    for command in &mut script.commands {
        fill_command(command, bodies);
    }
}

fn fill_command(command: &mut Command, bodies: &mut [Word]) {
    for redirect in &mut command.redirects {
        match &mut redirect.target {
            RedirectTarget::Word(word) => fill_word(word, bodies),
            RedirectTarget::Body(body) => {
                if body.span.end == UNFILLED
                    && let Some(filled) = bodies.get_mut(body.span.start as usize)
                {
                    *body = std::mem::take(filled);
                }
                fill_word(body, bodies);
            }
        }
    }
    match &mut command.node {
        Node::Simple { assignments, words } => {
            for assignment in assignments {
                if let Some(subscript) = &mut assignment.subscript {
                    fill_word(subscript, bodies);
                }
                match &mut assignment.value {
                    Value::Word(word) => fill_word(word, bodies),
                    Value::Array(words) => fill_words(words, bodies),
                }
            }
            fill_words(words, bodies);
        }
        Node::Pipeline { parts, .. } => {
            for part in parts {
                fill_command(part, bodies);
            }
        }
        Node::Group(script) | Node::Subshell(script) => fill_script(script, bodies),
        Node::If { branches, otherwise } => {
            for (condition, body) in branches {
                fill_script(condition, bodies);
                fill_script(body, bodies);
            }
            if let Some(script) = otherwise {
                fill_script(script, bodies);
            }
        }
        Node::While { condition, body } => {
            fill_script(condition, bodies);
            fill_script(body, bodies);
        }
        Node::For { items, body, .. } => {
            fill_words(items.as_deref_mut().unwrap_or_default(), bodies);
            fill_script(body, bodies);
        }
        Node::ForArithmetic { header, body } => {
            fill_parts(header, bodies);
            fill_script(body, bodies);
        }
        Node::Case { subject, arms } => {
            fill_word(subject, bodies);
            for (patterns, script) in arms {
                fill_words(patterns, bodies);
                fill_script(script, bodies);
            }
        }
        Node::Function { body, .. } | Node::Coprocess { body, .. } => fill_command(body, bodies),
        Node::Test(words) => fill_words(words, bodies),
        Node::Arithmetic(parts) => fill_parts(parts, bodies),
    }
}

fn fill_words(words: &mut [Word], bodies: &mut [Word]) {
    for word in words {
        fill_word(word, bodies);
    }
}

fn fill_word(word: &mut Word, bodies: &mut [Word]) {
    fill_parts(&mut word.parts, bodies);
}

fn fill_parts(parts: &mut [Part], bodies: &mut [Word]) {
    for part in parts {
        match part {
            Part::Plain(_) | Part::Quoted(_) | Part::Tilde(_) | Part::Unread(_) => {}
            Part::Double(parts) | Part::Arithmetic(parts) => fill_parts(parts, bodies),
            Part::Variable(variable) => fill_variable(variable, bodies),
            Part::Command(script) | Part::Process { script, .. } => fill_script(script, bodies),
            Part::Brace(words) => fill_words(words, bodies),
        }
    }
}

fn fill_variable(variable: &mut Variable, bodies: &mut [Word]) {
    if let Some(subscript) = &mut variable.subscript {
        fill_word(subscript, bodies);
    }
    match &mut variable.operation {
        Operation::Default { word, .. }
        | Operation::Assign { word, .. }
        | Operation::Alternative { word, .. }
        | Operation::Error { word, .. }
        | Operation::Strip { pattern: word, .. }
        | Operation::Slice { text: word } => fill_word(word, bodies),
        Operation::Replace { pattern, with, .. } => {
            fill_word(pattern, bodies);
            fill_word(with, bodies);
        }
        Operation::Plain | Operation::Length | Operation::Indirect | Operation::Transform(_) => {}
    }
}
