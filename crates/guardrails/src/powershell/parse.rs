//! The parser: total, tolerant, bounded. Whatever it is given it returns a tree; what it could not read is a gap.

mod expression;
mod words;

use super::ast::{Block, Call, Element, Expr, Pipeline, Redirect, Script, Statement};
use protocol::Why;
use protocol::effect::Span;
use std::rc::Rc;

/// Bytes of one text that are read.
const MAX_TEXT: usize = 64 * 1024;
/// Brackets, blocks and expressions within each other.
const MAX_DEPTH: u32 = 64;
/// Operands of one text that are read.
const MAX_OPERANDS: u32 = 10_000;

pub(crate) fn parse(text: &[u8]) -> Script {
    let gap = (text.len() > MAX_TEXT).then_some(Why::TooBig);
    let text = plain(text.get(..MAX_TEXT).unwrap_or(text));
    let mut parser = Parser { text: &text, at: 0, depth: 0, operands: 0, gap, in_call: false };
    let mut statements = parser.statements(None);
    // A closing bracket without its opening one ends nothing.
    while parser.at < parser.text.len() {
        parser.at += 1;
        parser.gap.get_or_insert(Why::Syntax);
        statements.append(&mut parser.statements(None));
    }
    Script { statements: Rc::new(statements), gap: parser.gap }
}

/// Typographic quotes and dashes are the plain ones to PowerShell.
fn plain(text: &[u8]) -> Vec<u8> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if memchr::memchr(0xe2, text).is_none() {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let sign = match rest.get(..3) {
            Some([0xe2, 0x80, 0x98..=0x9b]) => Some(b'\''),
            Some([0xe2, 0x80, 0x9c..=0x9e]) => Some(b'"'),
            Some([0xe2, 0x80, 0x93..=0x95]) => Some(b'-'),
            _ => None,
        };
        if let Some(sign) = sign {
            out.push(sign);
            rest = rest.get(3..).unwrap_or_default();
        } else {
            out.push(byte);
            rest = tail;
        }
    }
    out
}

struct Parser<'t> {
    text: &'t [u8],
    at: usize,
    depth: u32,
    operands: u32,
    gap: Option<Why>,
    /// Among the arguments of a call, where a comma ends an expression.
    in_call: bool,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn ahead(&self, by: usize) -> Option<u8> {
        self.text.get(self.at + by).copied()
    }

    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, text: &[u8]) -> bool {
        let here = self.rest().starts_with(text);
        if here {
            self.at += text.len();
        }
        here
    }

    fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'t [u8] {
        let length = self.rest().iter().take_while(|b| keep(**b)).count();
        let taken = self.rest().get(..length).unwrap_or_default();
        self.at += length;
        taken
    }

    /// Goes one level deeper; where that is too deep what remains is left unread.
    fn deeper<R: Default>(&mut self, inside: impl FnOnce(&mut Self) -> R) -> R {
        if self.depth >= MAX_DEPTH {
            self.gap = Some(Why::TooDeep);
            self.at = self.text.len();
            return R::default();
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    /// Blanks, comments and continued lines; `lines`: line ends as well.
    fn skip(&mut self, lines: bool) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | 0x0b | 0x0c | 0) => self.at += 1,
                Some(b'\r' | b'\n') if lines => self.at += 1,
                Some(b'`') if matches!(self.ahead(1), Some(b'\n')) => self.at += 2,
                Some(b'`') if self.rest().starts_with(b"`\r\n") => self.at += 3,
                Some(b'`') if self.ahead(1).is_none() => self.at += 1,
                Some(b'#') => {
                    self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
                }
                Some(b'<') if self.ahead(1) == Some(b'#') => {
                    let end = memchr::memmem::find(self.rest(), b"#>").map(|at| at + 2);
                    self.at += end.unwrap_or(self.rest().len());
                }
                // A no-break space is a blank as well.
                Some(0xc2) if self.ahead(1) == Some(0xa0) => self.at += 2,
                _ => return,
            }
        }
    }

    /// A word of letters that stands here, without reading it.
    fn word_here(&self) -> Vec<u8> {
        let letters = self.rest().iter().take(24).take_while(|b| b.is_ascii_alphabetic());
        letters.map(u8::to_ascii_lowercase).collect()
    }

    /// Statements as far as the end of the text or `close`, which is eaten.
    fn statements(&mut self, close: Option<u8>) -> Vec<Statement> {
        let outer = std::mem::replace(&mut self.in_call, false);
        let out = self.statements_inside(close);
        self.in_call = outer;
        out
    }

    fn statements_inside(&mut self, close: Option<u8>) -> Vec<Statement> {
        let mut out = Vec::new();
        loop {
            self.skip(true);
            match self.peek() {
                None => return out,
                Some(b';') => self.at += 1,
                Some(byte) if Some(byte) == close => {
                    self.at += 1;
                    return out;
                }
                Some(b')' | b'}' | b']') => {
                    if close.is_none() {
                        return out;
                    }
                    self.at += 1;
                    self.gap.get_or_insert(Why::Syntax);
                }
                Some(_) => {
                    let before = self.at;
                    if let Some(statement) = self.statement() {
                        out.push(statement);
                    }
                    if self.at == before {
                        self.at += 1;
                        self.gap.get_or_insert(Why::Syntax);
                    }
                }
            }
        }
    }

    /// `{ … }`, behind blanks. Nothing where no block stands.
    fn block(&mut self) -> Block {
        self.skip(true);
        if !self.eat(b"{") {
            return Rc::default();
        }
        Rc::new(self.deeper(|parser| parser.statements(Some(b'}'))))
    }

    /// `( … )` of a keyword.
    fn condition(&mut self) -> Vec<Statement> {
        self.skip(true);
        if !self.eat(b"(") {
            return Vec::new();
        }
        self.deeper(|parser| parser.statements(Some(b')')))
    }

    fn statement(&mut self) -> Option<Statement> {
        // A label: `:outer foreach …`.
        if self.peek() == Some(b':') && self.ahead(1).is_some_and(|b| b.is_ascii_alphabetic()) {
            self.at += 1;
            self.take_while(|b| b.is_ascii_alphanumeric() || b == b'_');
            self.skip(true);
        }
        let word = self.word_here();
        let ends = self
            .ahead(word.len())
            .is_none_or(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'\\' | b':')));
        if !word.is_empty() && ends {
            let start = self.at;
            self.at += word.len();
            if let Some(statement) = self.keyword(&word) {
                return Some(statement);
            }
            self.at = start;
        }
        self.chain()
    }

    fn keyword(&mut self, word: &[u8]) -> Option<Statement> {
        Some(match word {
            b"if" | b"elseif" => {
                let mut conditions = self.condition();
                let mut bodies = vec![self.block()];
                loop {
                    let before = self.at;
                    self.skip(true);
                    match self.word_here().as_slice() {
                        b"elseif" => {
                            self.at += 6;
                            conditions.append(&mut self.condition());
                            bodies.push(self.block());
                        }
                        b"else" => {
                            self.at += 4;
                            bodies.push(self.block());
                        }
                        _ => {
                            self.at = before;
                            break;
                        }
                    }
                }
                Statement::Branch { conditions, bodies }
            }
            b"switch" => {
                self.skip(true);
                // `-regex`, `-file`: how it compares.
                while self.peek() == Some(b'-') {
                    self.take_while(|b| !b.is_ascii_whitespace() && b != b'(');
                    self.skip(true);
                }
                let conditions = self.condition();
                self.skip(true);
                let mut bodies = Vec::new();
                if self.eat(b"{") {
                    bodies = self.deeper(Self::cases);
                }
                Statement::Branch { conditions, bodies }
            }
            b"foreach" => {
                self.skip(true);
                while self.peek() == Some(b'-') {
                    self.take_while(|b| !b.is_ascii_whitespace() && b != b'(');
                    self.skip(true);
                }
                // Without a bracket it is the alias of ForEach-Object.
                if !self.eat(b"(") {
                    return None;
                }
                self.skip(true);
                let variable = match self.deeper(|parser| Some(parser.variable())) {
                    Some(Expr::Variable(name)) => name,
                    _ => Vec::new(),
                };
                self.skip(true);
                if self.word_here() == b"in" {
                    self.at += 2;
                }
                let items = self.deeper(|parser| parser.statements(Some(b')')));
                let items = Box::new(grouped(items));
                Statement::Each { variable, items, body: self.block() }
            }
            b"while" | b"for" | b"until" => {
                let conditions = self.condition();
                Statement::Loop { conditions, body: self.block() }
            }
            b"do" => {
                let body = self.block();
                self.skip(true);
                let mut conditions = Vec::new();
                if matches!(self.word_here().as_slice(), b"while" | b"until") {
                    self.at += 5;
                    conditions = self.condition();
                }
                Statement::Loop { conditions, body }
            }
            b"function" | b"filter" | b"workflow" => {
                self.skip(true);
                let name = self.take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'(' | b'{' | b';')).to_vec();
                self.skip(true);
                let parameters = if self.eat(b"(") { self.deeper(Self::parameters) } else { Vec::new() };
                let mut body = vec![Statement::Parameters(parameters)];
                self.skip(true);
                if self.eat(b"{") {
                    body.append(&mut self.deeper(|parser| parser.statements(Some(b'}'))));
                }
                let name = name.to_ascii_lowercase();
                let name = match name.iter().position(|b| *b == b':') {
                    Some(at) => name.get(at + 1..).unwrap_or_default().to_vec(),
                    None => name,
                };
                Statement::Function { name, body: Rc::new(body) }
            }
            b"param" => {
                self.skip(true);
                if !self.eat(b"(") {
                    return None;
                }
                Statement::Parameters(self.deeper(Self::parameters))
            }
            b"try" => {
                let body = self.block();
                let (mut catches, mut last) = (Vec::new(), None);
                loop {
                    let before = self.at;
                    self.skip(true);
                    match self.word_here().as_slice() {
                        b"catch" => {
                            self.at += 5;
                            self.skip(true);
                            while self.peek() == Some(b'[') {
                                self.take_while(|b| b != b']' && b != b'{');
                                self.eat(b"]");
                                self.skip(true);
                                self.eat(b",");
                                self.skip(true);
                            }
                            catches.push(self.block());
                        }
                        b"finally" => {
                            self.at += 7;
                            last = Some(self.block());
                        }
                        _ => {
                            self.at = before;
                            break;
                        }
                    }
                }
                Statement::Try { body, catches, last }
            }
            b"begin" | b"process" | b"end" | b"dynamicparam" | b"trap" | b"parallel" | b"sequence" | b"data" => {
                self.skip(true);
                if self.peek() != Some(b'{') {
                    return None;
                }
                Statement::Try { body: self.block(), catches: Vec::new(), last: None }
            }
            b"return" | b"throw" | b"exit" => {
                self.skip(false);
                let value = match self.peek() {
                    None | Some(b';' | b'\n' | b'\r' | b'}' | b')') => Statement::Chain(Vec::new()),
                    Some(_) => self.deeper(Self::statement).unwrap_or(Statement::Chain(Vec::new())),
                };
                Statement::Leave(Box::new(value))
            }
            b"using" | b"break" | b"continue" => {
                self.take_while(|b| !matches!(b, b'\n' | b';' | b'}'));
                Statement::Chain(Vec::new())
            }
            _ => return None,
        })
    }

    /// The cases of a `switch`, behind its bracket.
    fn cases(&mut self) -> Vec<Block> {
        let mut out = Vec::new();
        loop {
            self.skip(true);
            match self.peek() {
                None => return out,
                Some(b'}') => {
                    self.at += 1;
                    return out;
                }
                Some(b';' | b')' | b']') => self.at += 1,
                Some(b'{') => out.push(self.block()),
                Some(_) => {
                    let before = self.at;
                    // What is compared with; its block is the next.
                    self.deeper(|parser| Some(parser.argument()));
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
    }

    /// `[type]$name = default, …` behind the bracket.
    fn parameters(&mut self) -> Vec<(Vec<u8>, Option<Expr>)> {
        let mut out = Vec::new();
        loop {
            self.skip(true);
            match self.peek() {
                None => return out,
                Some(b')') => {
                    self.at += 1;
                    return out;
                }
                Some(b'[') => {
                    self.bracketed();
                }
                Some(b'$') => {
                    let name = match self.variable() {
                        Expr::Variable(name) => name,
                        _ => Vec::new(),
                    };
                    self.skip(true);
                    let default = if self.eat(b"=") { self.deeper(|parser| Some(parser.expression())) } else { None };
                    out.push((name, default));
                }
                Some(_) => self.at += 1,
            }
        }
    }

    /// Pipelines joined by `&&` and `||`, or an assignment.
    fn chain(&mut self) -> Option<Statement> {
        let mut pipelines = Vec::new();
        loop {
            let start = self.at;
            let mut elements = Vec::new();
            loop {
                self.skip(!elements.is_empty());
                let element = self.element()?;
                if elements.is_empty()
                    && pipelines.is_empty()
                    && let Element::Value(..) = &element
                {
                    self.skip(false);
                    if let Some(adds) = self.assignment() {
                        let Element::Value(target, _) = element else { return None };
                        self.skip(true);
                        let value = self.deeper(Self::statement).unwrap_or(Statement::Chain(Vec::new()));
                        return Some(Statement::Assign { target, adds, value: Box::new(value) });
                    }
                }
                elements.push(element);
                self.skip(false);
                let before = self.at;
                // The pipe may stand at the beginning of the next line.
                self.skip(true);
                if self.peek() == Some(b'|') && self.ahead(1) != Some(b'|') {
                    self.at += 1;
                    self.skip(true);
                    continue;
                }
                self.at = before;
                break;
            }
            let span = Span { start: short(start), end: short(self.at) };
            pipelines.push(Pipeline { elements, span });
            if self.eat(b"&&") || self.eat(b"||") {
                self.skip(true);
                continue;
            }
            if self.peek() == Some(b'&') {
                self.at += 1;
            }
            return Some(Statement::Chain(pipelines));
        }
    }

    /// Is an assignment here? Whether it adds to what was there.
    fn assignment(&mut self) -> Option<bool> {
        if self.peek() == Some(b'=') {
            self.at += 1;
            return Some(false);
        }
        for operator in [&b"+="[..], b"-=", b"*=", b"/=", b"%="] {
            if self.eat(operator) {
                return Some(operator == b"+=");
            }
        }
        if self.eat(b"??=") {
            return Some(false);
        }
        None
    }

    fn element(&mut self) -> Option<Element> {
        let call = match self.peek()? {
            b'&' if self.ahead(1) != Some(b'&') => Call::Run,
            b'.' if self
                .ahead(1)
                .is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'$' | b'"' | b'\'' | b'(' | b'{')) =>
            {
                Call::Dot
            }
            _ => Call::Plain,
        };
        if call == Call::Plain {
            if self.begins_expression() {
                let value = self.deeper(|parser| Some(parser.expression()))?;
                let redirects = self.redirects();
                return Some(Element::Value(value, redirects));
            }
        } else {
            self.at += 1;
            self.skip(false);
        }
        let (words, redirects) = self.words();
        if words.is_empty() && redirects.is_empty() {
            return None;
        }
        Some(Element::Command { call, words, redirects })
    }

    fn begins_expression(&self) -> bool {
        match self.peek() {
            Some(b'$' | b'(' | b'"' | b'\'' | b'[' | b'{' | b',' | b'!') => true,
            Some(b'@') => matches!(self.ahead(1), Some(b'(' | b'{' | b'"' | b'\'')),
            Some(b'-' | b'+') => self.ahead(1).is_some_and(|b| {
                b.is_ascii_digit() || matches!(b, b'$' | b'(' | b'j' | b'J' | b's' | b'S' | b'n' | b'N' | b'-' | b'+')
            }),
            // `7zip` is a program, `7 + 1` a number.
            Some(b) if b.is_ascii_digit() => {
                let digits = self.rest().iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b'x')).count();
                self.ahead(digits).is_none_or(|b| {
                    b.is_ascii_whitespace() || matches!(b, b'.' | b',' | b';' | b')' | b'|' | b'+' | b'*')
                })
            }
            _ => false,
        }
    }

    /// `> file`, `2>&1` and their like, behind an expression.
    fn redirects(&mut self) -> Vec<Redirect> {
        let mut out = Vec::new();
        loop {
            self.skip(false);
            if !self.redirect(&mut out) {
                return out;
            }
        }
    }
}

fn short(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Statements as one.
fn grouped(mut statements: Vec<Statement>) -> Statement {
    if statements.len() == 1
        && let Some(one) = statements.pop()
    {
        return one;
    }
    let group = Element::Value(Expr::Group(Rc::new(statements)), Vec::new());
    Statement::Chain(vec![Pipeline { elements: vec![group], span: Span::default() }])
}

#[cfg(test)]
mod tests;
