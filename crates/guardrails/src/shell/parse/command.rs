//! One command: simple ones, assignments, function definitions.

use super::Parser;
use super::bytes::{self, NAME};
use super::reserved::Reserved;
use super::word::{Builder, Until, push};
use crate::shell::ast::{Assignment, Command, Join, Node, Part, Redirect, Value, Word};
use protocol::Why;
use protocol::effect::Span;

impl Parser<'_, '_> {
    /// The command at the cursor, which is past blanks; `None` when there is none or it was too deep to be kept.
    pub(super) fn command(&mut self, reserved: Option<(Reserved, usize)>) -> Option<Command> {
        let start = self.pos;
        if self.peek()? == b'(' {
            let node = self.parenthesised()?;
            return Some(self.finished(start, node, Vec::new()));
        }
        match reserved {
            Some((word, after)) if word.opens() => {
                let node = self.compound(word, after)?;
                Some(self.finished(start, node, Vec::new()))
            }
            Some((word @ (Reserved::Foreach | Reserved::Repeat), after)) => match self.zsh_loop(word, after) {
                Some(node) => Some(self.finished(start, node, Vec::new())),
                None => self.simple(start),
            },
            _ => self.simple(start),
        }
    }

    /// A compound command with the redirections that follow it.
    fn finished(&mut self, start: usize, node: Node, mut redirects: Vec<Redirect>) -> Command {
        if !matches!(node, Node::Function { .. } | Node::Coprocess { .. }) {
            loop {
                self.spaces();
                match self.redirect() {
                    Some(redirect) => push(&mut redirects, redirect),
                    None => break,
                }
            }
        }
        Command { join: Join::Then, background: false, node, redirects, span: self.span(start, self.pos) }
    }

    /// Assignments, words and redirections in any order, up to an operator.
    fn simple(&mut self, start: usize) -> Option<Command> {
        let mut assignments = Vec::new();
        let mut words: Vec<Word> = Vec::new();
        let mut redirects = Vec::new();
        let mut end = self.pos;
        loop {
            self.blanks();
            let before = self.pos;
            match self.peek() {
                None | Some(b'\n' | b';' | b'|' | b')') => break,
                Some(b'\r') if self.at_line_feed() => break,
                Some(b'&') => {
                    let Some(redirect) = self.redirect() else { break };
                    push(&mut redirects, redirect);
                }
                Some(b'(') => {
                    if words.len() == 1 && assignments.is_empty() && self.empty_parentheses() {
                        let name = self.literal(&words.swap_remove(0), start, end);
                        let node = self.function_body(start, name)?;
                        return Some(self.finished(start, node, redirects));
                    }
                    if words.is_empty() && assignments.is_empty() && !redirects.is_empty() {
                        let node = self.parenthesised()?;
                        return Some(self.finished(start, node, redirects));
                    }
                    break;
                }
                Some(b'<' | b'>' | b'0'..=b'9' | b'{') => {
                    if let Some(redirect) = self.redirect() {
                        push(&mut redirects, redirect);
                    } else if words.is_empty()
                        && assignments.is_empty()
                        && !redirects.is_empty()
                        && let Some((word, after)) = self.reserved()
                        && word.opens()
                    {
                        let node = self.compound(word, after)?;
                        return Some(self.finished(start, node, redirects));
                    } else {
                        self.argument(&mut assignments, &mut words);
                    }
                }
                Some(_) => self.argument(&mut assignments, &mut words),
            }
            words.extend(self.beside.take());
            if self.pos == before {
                // A byte that no rule took; the list notes it.
                break;
            }
            end = self.pos;
        }
        if words.is_empty() && assignments.is_empty() && redirects.is_empty() {
            return None;
        }
        let node = Node::Simple { assignments, words };
        Some(Command { join: Join::Then, background: false, node, redirects, span: self.span(start, end) })
    }

    /// The assignment or word at the cursor.
    fn argument(&mut self, assignments: &mut Vec<Assignment>, words: &mut Vec<Word>) {
        if words.is_empty() || self.array_follows(words) {
            match self.assignment() {
                Some(Assigned::Assignment(assignment)) => return assignments.push(assignment),
                Some(Assigned::Word(word)) => return words.push(word),
                None => {}
            }
        }
        words.push(self.word());
    }

    /// `( )` at the cursor, stepped over if it is there.
    fn empty_parentheses(&mut self) -> bool {
        let here = self.pos;
        self.pos += 1;
        self.spaces();
        if self.take(b')') {
            return true;
        }
        self.pos = here;
        false
    }

    /// The body of a function, which is the command that follows.
    pub(super) fn function_body(&mut self, start: usize, name: Vec<u8>) -> Option<Node> {
        self.newlines();
        if !self.descend(start) {
            return None;
        }
        let reserved = self.reserved();
        let body = match reserved {
            Some((word, _)) if word.closes().is_some() => None,
            _ => self.command(reserved),
        };
        self.ascend();
        if let Some(body) = body {
            return Some(Node::Function { name, body: Box::new(body) });
        }
        self.gap(Why::Syntax, start, self.pos);
        None
    }

    /// What a word says when nothing in it expands; else its text as written.
    pub(super) fn literal(&self, word: &Word, start: usize, end: usize) -> Vec<u8> {
        fn append(parts: &[Part], text: &mut Vec<u8>) -> bool {
            parts.iter().all(|part| match part {
                Part::Plain(bytes) | Part::Quoted(bytes) => {
                    text.extend_from_slice(bytes);
                    true
                }
                Part::Double(parts) => append(parts, text),
                _ => false,
            })
        }
        let mut text = Vec::new();
        if append(&word.parts, &mut text) {
            return text;
        }
        self.src.get(start..end).unwrap_or_default().to_vec()
    }

    /// An argument `name=(…)` of a command that declares variables.
    fn array_follows(&mut self, words: &[Word]) -> bool {
        let mut at = self.pos;
        while at < self.end && bytes::is(self.src[at], NAME) {
            at += 1;
        }
        self.limits.steps += (at - self.pos) as u64;
        if at == self.pos {
            return false;
        }
        if at < self.end && self.src[at] == b'+' {
            at += 1;
        }
        if at + 1 >= self.end || self.src[at] != b'=' || self.src[at + 1] != b'(' {
            return false;
        }
        words.iter().any(|word| match word.parts.as_slice() {
            [Part::Plain(text)] => {
                matches!(
                    text.as_slice(),
                    b"declare" | b"typeset" | b"local" | b"export" | b"readonly" | b"integer" | b"float"
                )
            }
            _ => false,
        })
    }

    /// The assignment at the cursor. A word that only began like one (`a[1]`) is given as the word that it is.
    fn assignment(&mut self) -> Option<Assigned> {
        let start = self.pos;
        let mut at = start;
        while at < self.end && bytes::is(self.src[at], NAME) {
            at += 1;
        }
        self.limits.steps += (at - start) as u64;
        if at == start || at >= self.end || !bytes::begins_name(self.src[start]) {
            return None;
        }
        if !matches!(self.src[at], b'=' | b'+' | b'[' | b'\\') {
            return None;
        }
        let name = self.name();
        let mut subscript = None;
        if self.take(b'[') {
            let inside = self.pos;
            let parts = self.unquoted(Until::Bracket, Builder::default());
            let word = Word { parts, span: self.span(inside, self.pos) };
            let closed = self.take(b']');
            if !closed || !self.equals_next() {
                let mut text = name;
                text.push(b'[');
                let mut builder = Builder::with_text(text);
                builder.extend(word.parts);
                if closed {
                    builder.text.push(b']');
                }
                let parts = self.unquoted(Until::Meta, builder);
                return Some(Assigned::Word(Word { parts, span: self.span(start, self.pos) }));
            }
            subscript = Some(word);
        }
        if !self.equals_next() {
            self.pos = start;
            return None;
        }
        let append = self.take(b'+');
        self.take(b'=');
        let value = if self.peek() == Some(b'(') {
            Value::Array(self.array())
        } else {
            let from = self.pos;
            let parts = self.unquoted(Until::Meta, Builder::assigned());
            Value::Word(Word { parts, span: self.span(from, self.pos) })
        };
        Some(Assigned::Assignment(Assignment { name, subscript, append, value, span: self.span(start, self.pos) }))
    }

    /// `=` or `+=` is next.
    fn equals_next(&mut self) -> bool {
        match self.peek() {
            Some(b'=') => true,
            Some(b'+') => self.peek_second() == Some(b'='),
            _ => false,
        }
    }

    /// The elements of `( … )`.
    fn array(&mut self) -> Vec<Word> {
        let opened = self.pos;
        let mut words = Vec::new();
        self.pos += 1;
        if !self.descend(opened) {
            self.skip_to_closing(b')');
            return words;
        }
        loop {
            self.newlines();
            let before = self.pos;
            match self.peek() {
                None => {
                    self.gap(Why::Syntax, opened, self.pos);
                    self.resume(opened);
                    break;
                }
                Some(b')') => {
                    self.pos += 1;
                    break;
                }
                Some(_) => words.push(self.word()),
            }
            if self.pos == before {
                words.pop();
                self.pos += 1;
                self.gap(Why::Syntax, before, self.pos);
            }
        }
        self.ascend();
        words
    }

    /// A word that could not be read.
    pub(super) fn unread(why: Why, span: Span) -> Word {
        Word { parts: vec![Part::Unread(why)], span }
    }
}

enum Assigned {
    Assignment(Assignment),
    Word(Word),
}
