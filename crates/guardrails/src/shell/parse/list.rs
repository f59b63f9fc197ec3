//! Lists and pipelines.

use super::Parser;
use super::reserved::{Reserved, Stops};
use super::word::push;
use crate::shell::ast::{Command, Gap, Join, Node, Part, Redirect, RedirectKind, RedirectTarget, Script, Word};
use protocol::Why;

impl Parser<'_, '_> {
    /// Commands up to a terminator that this list or a construct around it waits for; the terminator is not consumed.
    pub(super) fn list(&mut self, stops: Stops) -> Script {
        let around = self.enclosing;
        self.enclosing = around.and(stops);
        let gap_base = std::mem::replace(&mut self.gap_base, self.gaps.len());
        let mut commands = Vec::new();
        self.commands(&mut commands);
        let gaps: Vec<Gap> =
            if self.gaps.len() > self.gap_base { self.gaps.split_off(self.gap_base) } else { Vec::new() };
        self.gap_base = gap_base;
        self.enclosing = around;
        Script { commands, gaps }
    }

    /// A list between parentheses: nothing outside them can end it. The closing one is consumed.
    pub(super) fn list_in_parentheses(&mut self, opened: usize) -> Script {
        let around = std::mem::replace(&mut self.enclosing, Stops::NONE);
        let mut script = self.list(Stops::PAREN);
        self.enclosing = around;
        if !self.take(b')') {
            script.gaps.push(Gap { why: Why::Syntax, span: self.span(opened, self.pos) });
        }
        script
    }

    fn commands(&mut self, commands: &mut Vec<Command>) {
        let mut join = Join::Then;
        loop {
            if self.limits.spent() {
                self.stop();
            }
            self.blanks();
            let start = self.pos;
            let Some(byte) = self.peek() else { return };
            match byte {
                b'\n' | b'\r' if self.line_feed() => continue,
                b')' => {
                    if self.enclosing.has(Stops::PAREN) {
                        return;
                    }
                    self.pos += 1;
                    self.gap(Why::Syntax, start, self.pos);
                    join = Join::Then;
                    continue;
                }
                b';' => {
                    if matches!(self.peek_second(), Some(b';' | b'&' | b'|')) && self.enclosing.has(Stops::ARM) {
                        return;
                    }
                    self.pos += 1;
                    self.gap(Why::Syntax, start, self.pos);
                    join = Join::Then;
                    continue;
                }
                b'|' => {
                    self.pos += 1;
                    self.gap(Why::Syntax, start, self.pos);
                    join = Join::Then;
                    continue;
                }
                b'&' if self.peek_second() != Some(b'>') => {
                    self.pos += 1;
                    self.gap(Why::Syntax, start, self.pos);
                    join = Join::Then;
                    continue;
                }
                _ => {}
            }
            let reserved = self.reserved();
            if let Some((word, after)) = reserved
                && let Some(stop) = word.closes()
            {
                if self.enclosing.has(stop) {
                    return;
                }
                if word != Reserved::End {
                    self.pos = after;
                    self.gap(Why::Syntax, start, after);
                    join = Join::Then;
                    continue;
                }
            }
            let Some(mut command) = self.pipeline(reserved) else {
                if self.pos == start {
                    self.pos += 1;
                    self.gap(Why::Syntax, start, self.pos);
                }
                continue;
            };
            command.join = join;
            push(commands, command);
            join = self.separator(commands);
        }
    }

    /// What stands between two commands; it says how the next one is joined.
    fn separator(&mut self, commands: &mut [Command]) -> Join {
        self.blanks();
        let start = self.pos;
        match self.peek() {
            Some(b'&') => {
                self.pos += 1;
                match self.peek() {
                    Some(b'&') => {
                        self.pos += 1;
                        return Join::And;
                    }
                    // zsh: in the background and disowned.
                    Some(b'|') => self.pos += 1,
                    _ => {}
                }
                in_background(commands);
            }
            Some(b'|') if self.peek_second() == Some(b'|') => {
                self.peek_past();
                self.pos += 1;
                return Join::Or;
            }
            Some(b';') => {
                if !matches!(self.peek_second(), Some(b';' | b'&' | b'|')) {
                    self.pos += 1;
                }
            }
            Some(b'\n' | b'\r') if self.line_feed() => {}
            None | Some(b')') => {}
            Some(_) => {
                // `(a)then` needs nothing between them.
                let awaited = self.reserved().and_then(|(word, _)| word.closes());
                if !awaited.is_some_and(|stop| self.enclosing.has(stop)) {
                    self.gap(Why::Syntax, start, start + 1);
                }
            }
        }
        Join::Then
    }

    /// Steps over the byte at the cursor and any continued line behind it.
    pub(super) fn peek_past(&mut self) {
        self.pos += 1;
        self.peek();
    }

    /// `!` and `time`, then commands joined by `|`.
    fn pipeline(&mut self, mut reserved: Option<(Reserved, usize)>) -> Option<Command> {
        let start = self.pos;
        let mut negated = false;
        loop {
            match reserved {
                Some((Reserved::Not, after)) => {
                    self.pos = after;
                    negated = !negated;
                }
                Some((Reserved::Time, after)) => {
                    self.pos = after;
                    self.time_options();
                }
                _ => break,
            }
            self.spaces();
            reserved = self.reserved();
        }
        let first = self.command(reserved);
        self.blanks();
        let piped = self.peek() == Some(b'|') && self.peek_second() != Some(b'|');
        if !piped && !negated {
            return first;
        }
        let mut parts: Vec<Command> = first.into_iter().collect();
        while self.peek() == Some(b'|') && self.peek_second() != Some(b'|') {
            let bar = self.pos;
            self.pos += 1;
            if self.take(b'&')
                && let Some(left) = parts.last_mut()
            {
                left.redirects.push(errors_to_output(self.span(bar, self.pos)));
            }
            self.newlines();
            // bash: `a | ! b`; harmless elsewhere.
            let mut reserved = self.reserved();
            while let Some((Reserved::Not | Reserved::Time, after)) = reserved {
                self.pos = after;
                self.spaces();
                reserved = self.reserved();
            }
            if let Some((word, after)) = reserved
                && word.closes().is_some()
                && word != Reserved::End
            {
                // `a | done`: the terminator is left to whoever waits for it.
                self.gap(Why::Syntax, bar, after);
                break;
            }
            let Some(command) = self.command(reserved) else {
                self.gap(Why::Syntax, bar, self.pos.max(bar + 1));
                break;
            };
            parts.push(command);
            self.blanks();
        }
        let span = self.span(start, self.pos);
        if parts.len() < 2 && !negated {
            return parts.pop();
        }
        if parts.is_empty() {
            return None;
        }
        Some(Command {
            join: Join::Then,
            background: false,
            node: Node::Pipeline { parts, negated },
            redirects: Vec::new(),
            span,
        })
    }

    /// `-p` and `--` of the reserved word `time`.
    fn time_options(&mut self) {
        loop {
            self.spaces();
            let start = self.pos;
            if self.take(b'-') && matches!(self.peek(), Some(b'p' | b'-')) {
                self.pos += 1;
                if self.at_word_end() {
                    continue;
                }
            }
            self.pos = start;
            return;
        }
    }
}

/// The last and-or list runs in the background.
fn in_background(commands: &mut [Command]) {
    for command in commands.iter_mut().rev() {
        command.background = true;
        if command.join == Join::Then {
            return;
        }
    }
}

/// `2>&1`, which `|&` stands for.
fn errors_to_output(span: protocol::effect::Span) -> Redirect {
    let target = Word { parts: vec![Part::Plain(b"1".to_vec())], span };
    Redirect { fd: Some(2), kind: RedirectKind::Duplicate, target: RedirectTarget::Word(target), span }
}
