//! Compound commands.

use super::Parser;
use super::reserved::{Reserved, Stops};
use crate::shell::ast::{Command, Gap, Join, Node, Script, Word};
use protocol::Why;

impl Parser<'_, '_> {
    /// `( … )` and `(( … ))`. At the depth limit the parenthesis is stepped over and what is inside is read flat.
    pub(super) fn parenthesised(&mut self) -> Option<Node> {
        let opened = self.pos;
        self.pos += 1;
        if !self.descend(opened) {
            return None;
        }
        let node = match self.arithmetic_command() {
            Some(node) => node,
            None => Node::Subshell(self.list_in_parentheses(opened)),
        };
        self.ascend();
        Some(node)
    }

    /// The compound command that `word` begins; the cursor is set behind the word first.
    pub(super) fn compound(&mut self, word: Reserved, after: usize) -> Option<Node> {
        let opened = self.pos;
        self.pos = after;
        if !self.descend(opened) {
            return None;
        }
        let node = match word {
            Reserved::If => Some(self.if_command(opened)),
            Reserved::While | Reserved::Until => Some(self.while_command(opened)),
            Reserved::For | Reserved::Select => Some(self.for_command(opened)),
            Reserved::Case => Some(self.case_command(opened)),
            Reserved::Function => self.function_command(opened),
            Reserved::Coproc => self.coprocess(opened),
            Reserved::Test => Some(Node::Test(self.test_words(opened))),
            _ => Some(self.group(opened)),
        };
        self.ascend();
        node
    }

    /// The terminator, or a gap over the construct that lacks it.
    fn expect(&mut self, word: Reserved, opened: usize) {
        if !self.take_reserved(word) {
            self.gap(Why::Syntax, opened, self.pos);
        }
    }

    fn group(&mut self, opened: usize) -> Node {
        let script = self.list(Stops::BRACE);
        self.expect(Reserved::CloseBrace, opened);
        // zsh: `{ … } always { … }` runs both.
        let here = self.pos;
        self.spaces();
        if self.name() == b"always" {
            self.spaces();
            let second = self.pos;
            if self.take_reserved(Reserved::OpenBrace) {
                let always = self.list(Stops::BRACE);
                self.expect(Reserved::CloseBrace, second);
                let commands = vec![self.wrapped(script, opened, here), self.wrapped(always, second, self.pos)];
                return Node::Group(Script { commands, gaps: Vec::new() });
            }
        }
        self.pos = here;
        Node::Group(script)
    }

    fn wrapped(&self, script: Script, start: usize, end: usize) -> Command {
        Command {
            join: Join::Then,
            background: false,
            node: Node::Group(script),
            redirects: Vec::new(),
            span: self.span(start, end),
        }
    }

    fn if_command(&mut self, opened: usize) -> Node {
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.list(Stops::THEN.and(Stops::ELSE).and(Stops::FI));
            let body = if self.take_reserved(Reserved::Then) {
                self.list(Stops::ELSE.and(Stops::FI))
            } else {
                self.gap(Why::Syntax, opened, self.pos);
                Script::default()
            };
            branches.push((condition, body));
            if self.take_reserved(Reserved::Elif) {
                continue;
            }
            while self.take_reserved(Reserved::Else) {
                let script = self.list(Stops::ELSE.and(Stops::FI));
                match &mut otherwise {
                    None => otherwise = Some(script),
                    Some(first) => {
                        self.gap(Why::Syntax, opened, self.pos);
                        append(first, script);
                    }
                }
            }
            if self.take_reserved(Reserved::Elif) {
                self.gap(Why::Syntax, opened, self.pos);
                continue;
            }
            self.expect(Reserved::Fi, opened);
            return Node::If { branches, otherwise };
        }
    }

    fn while_command(&mut self, opened: usize) -> Node {
        let condition = self.list(Stops::DO.and(Stops::DONE));
        let body = if self.take_reserved(Reserved::Do) {
            self.list(Stops::DONE)
        } else {
            self.gap(Why::Syntax, opened, self.pos);
            Script::default()
        };
        self.expect(Reserved::Done, opened);
        Node::While { condition, body }
    }

    fn for_command(&mut self, opened: usize) -> Node {
        self.spaces();
        if self.peek() == Some(b'(')
            && self.peek_second() == Some(b'(')
            && let Some(header) = self.for_header()
        {
            self.spaces();
            self.take(b';');
            let body = self.loop_body(opened);
            return Node::ForArithmetic { header, body };
        }
        let start = self.pos;
        let mut variable = Vec::new();
        // zsh allows several names; the last one counts here, as all of them are filled from the same words.
        while !self.at_word_end() {
            if let Some((Reserved::In | Reserved::Do | Reserved::OpenBrace, _)) = self.reserved()
                && self.pos > start
            {
                break;
            }
            let from = self.pos;
            let word = self.word();
            if self.pos == from {
                break;
            }
            variable = self.literal(&word, from, self.pos);
            self.spaces();
        }
        if variable.is_empty() {
            self.gap(Why::Syntax, opened, self.pos);
        }
        self.newlines();
        let mut items = None;
        if self.take_reserved(Reserved::In) {
            items = Some(self.items());
        } else if self.peek() == Some(b'(') {
            items = Some(self.items_in_parentheses());
        }
        self.spaces();
        self.take(b';');
        let body = self.loop_body(opened);
        Node::For { variable, items, body }
    }

    /// The words after `in`, up to the end of the line or `;`.
    fn items(&mut self) -> Vec<Word> {
        let mut items = Vec::new();
        loop {
            self.blanks();
            let before = self.pos;
            if self.at_word_end() && !self.process_follows() {
                return items;
            }
            items.push(self.word());
            if self.pos == before {
                items.pop();
                return items;
            }
        }
    }

    /// zsh: `( … )` in place of `in …`.
    fn items_in_parentheses(&mut self) -> Vec<Word> {
        let opened = self.pos;
        self.pos += 1;
        let mut items = Vec::new();
        loop {
            self.newlines();
            let before = self.pos;
            if self.take(b')') {
                return items;
            }
            let word = self.word();
            if self.pos == before {
                self.gap(Why::Syntax, opened, self.pos);
                return items;
            }
            items.push(word);
        }
    }

    /// `do … done`, `{ … }`, or in zsh one command.
    fn loop_body(&mut self, opened: usize) -> Script {
        self.newlines();
        if self.take_reserved(Reserved::Do) {
            let body = self.list(Stops::DONE);
            self.expect(Reserved::Done, opened);
            return body;
        }
        if self.take_reserved(Reserved::OpenBrace) {
            let body = self.list(Stops::BRACE);
            self.expect(Reserved::CloseBrace, opened);
            return body;
        }
        self.single(opened)
    }

    /// One command as a body; a gap when there is none.
    fn single(&mut self, opened: usize) -> Script {
        let reserved = self.reserved();
        let closes = reserved.is_some_and(|(word, _)| word.closes().is_some());
        let command = if closes { None } else { self.command(reserved) };
        let gap = Gap { why: Why::Syntax, span: self.span(opened, self.pos) };
        let gaps = if command.is_none() { vec![gap] } else { Vec::new() };
        Script { commands: command.into_iter().collect(), gaps }
    }

    /// zsh's `foreach name (…) … end` and `repeat count …`; `None`, and the cursor where it was, when it is not one.
    pub(super) fn zsh_loop(&mut self, word: Reserved, after: usize) -> Option<Node> {
        let opened = self.pos;
        self.pos = after;
        self.spaces();
        if self.at_word_end() || !self.descend(opened) {
            self.pos = opened;
            return None;
        }
        let node = if word == Reserved::Repeat {
            let count = self.word();
            self.spaces();
            self.take(b';');
            let body = self.loop_body(opened);
            Some(Node::For { variable: Vec::new(), items: Some(vec![count]), body })
        } else {
            // Only a plain name is looked at ahead: what may be read twice must not nest.
            let variable = self.name();
            self.spaces();
            if !variable.is_empty() && self.peek() == Some(b'(') {
                let items = Some(self.items_in_parentheses());
                self.spaces();
                self.take(b';');
                let body = self.list(Stops::END);
                self.expect(Reserved::End, opened);
                Some(Node::For { variable, items, body })
            } else {
                self.pos = opened;
                None
            }
        };
        self.ascend();
        node
    }

    fn case_command(&mut self, opened: usize) -> Node {
        self.spaces();
        let subject = self.word_without_braces();
        self.newlines();
        let braces = !self.take_reserved(Reserved::In) && self.take_reserved(Reserved::OpenBrace);
        let mut arms = Vec::new();
        loop {
            self.newlines();
            let before = self.pos;
            match self.reserved() {
                Some((Reserved::Esac, after)) => {
                    self.pos = after;
                    break;
                }
                Some((Reserved::CloseBrace, after)) if braces => {
                    self.pos = after;
                    break;
                }
                _ => {}
            }
            if self.peek().is_none() {
                self.gap(Why::Syntax, opened, self.pos);
                break;
            }
            let patterns = self.patterns();
            let stops = Stops::ARM.and(Stops::ESAC);
            let script = self.list(if braces { stops.and(Stops::BRACE) } else { stops });
            arms.push((patterns, script));
            if self.take(b';') {
                self.take(b';');
                if !self.take(b'&') {
                    self.take(b'|');
                }
            }
            if self.pos == before {
                // A terminator of something around it.
                self.gap(Why::Syntax, opened, self.pos);
                break;
            }
        }
        Node::Case { subject, arms }
    }

    /// `( pattern | pattern )`, the first parenthesis optional.
    fn patterns(&mut self) -> Vec<Word> {
        let opened = self.pos;
        let mut patterns = Vec::new();
        self.take(b'(');
        loop {
            self.spaces();
            let before = self.pos;
            let word = self.word_without_braces();
            if self.pos > before {
                patterns.push(word);
            }
            self.spaces();
            if self.take(b'|') {
                continue;
            }
            if self.take(b')') {
                return patterns;
            }
            if self.pos == before || self.at_word_end() {
                self.gap(Why::Syntax, opened, self.pos);
                return patterns;
            }
        }
    }

    fn function_command(&mut self, opened: usize) -> Option<Node> {
        self.spaces();
        let from = self.pos;
        let mut name = Vec::new();
        let anonymous = matches!(self.reserved(), Some((Reserved::OpenBrace, _)));
        if !anonymous && !self.at_word_end() {
            let word = self.word_without_braces();
            name = self.literal(&word, from, self.pos);
        }
        self.spaces();
        if self.peek() == Some(b'(') && self.peek_second() != Some(b'(') {
            let here = self.pos;
            self.pos += 1;
            self.spaces();
            if !self.take(b')') {
                self.pos = here;
            }
        }
        let node = self.function_body(opened, name)?;
        match node {
            // zsh: a function without a name is called at once.
            Node::Function { name, body } if name.is_empty() => {
                Some(Node::Group(Script { commands: vec![*body], gaps: Vec::new() }))
            }
            node => Some(node),
        }
    }

    fn coprocess(&mut self, opened: usize) -> Option<Node> {
        self.spaces();
        let start = self.pos;
        let mut name = None;
        let opens = self.reserved().is_some_and(|(word, _)| word.opens()) || self.peek() == Some(b'(');
        if !opens {
            // Only a plain name is looked at ahead: what may be read twice must not nest.
            let text = self.name();
            let ends = self.at_word_end();
            self.spaces();
            let compound = self.reserved().is_some_and(|(word, _)| word.opens()) || self.peek() == Some(b'(');
            if ends && compound && !text.is_empty() && !self.function_parentheses() {
                name = Some(text);
            } else {
                self.pos = start;
            }
        }
        let reserved = self.reserved();
        if let Some(body) = self.command(reserved) {
            return Some(Node::Coprocess { name, body: Box::new(body) });
        }
        self.gap(Why::Syntax, opened, self.pos);
        None
    }

    /// `( )` at the cursor; it stays.
    fn function_parentheses(&mut self) -> bool {
        if self.peek() != Some(b'(') {
            return false;
        }
        let here = self.pos;
        self.pos += 1;
        self.spaces();
        let empty = self.peek() == Some(b')');
        self.pos = here;
        empty
    }
}

fn append(first: &mut Script, second: Script) {
    first.commands.extend(second.commands);
    first.gaps.extend(second.gaps);
}
