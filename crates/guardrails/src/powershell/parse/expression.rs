//! Expressions.

use super::super::ast::{Expr, Operator, Suffix};
use super::{MAX_OPERANDS, Parser};
use protocol::Why;
use std::rc::Rc;

/// Ranks of operators, the weakest first.
const LOGIC: u32 = 0;
const COMPARISON: u32 = 1;
const SUM: u32 = 2;
const PRODUCT: u32 = 3;
const FORMAT: u32 = 4;
const RANGE: u32 = 5;
/// Above all operators: values with commas between them.
const LIST: u32 = 6;

/// The operator of this name, with its rank.
fn named(name: &[u8]) -> Option<(u32, Operator)> {
    Some(match name {
        b"and" | b"or" | b"xor" => (LOGIC, Operator::Other),
        b"f" => (FORMAT, Operator::Format),
        b"replace" | b"creplace" | b"ireplace" => (COMPARISON, Operator::Replace),
        b"join" => (COMPARISON, Operator::Join),
        b"split" | b"csplit" | b"isplit" => (COMPARISON, Operator::Split),
        b"is" | b"isnot" => (COMPARISON, Operator::Is),
        b"bxor" => (COMPARISON, Operator::Xor),
        b"eq" | b"ne" | b"gt" | b"ge" | b"lt" | b"le" | b"like" | b"notlike" | b"match" | b"notmatch" | b"contains"
        | b"notcontains" | b"in" | b"notin" | b"as" | b"band" | b"bor" | b"shl" | b"shr" | b"ieq" | b"ine" | b"ceq"
        | b"cne" | b"igt" | b"ilt" | b"cmatch" | b"imatch" | b"clike" | b"ilike" | b"cnotlike" | b"inotlike"
        | b"cnotmatch" | b"inotmatch" | b"ccontains" | b"icontains" | b"cin" | b"iin" => (COMPARISON, Operator::Other),
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Expr {
        self.rank(LOGIC)
    }

    /// The operator of this rank that stands here, eaten.
    fn operator(&mut self, rank: u32) -> Option<Operator> {
        self.skip(false);
        let (length, operator) = match self.peek()? {
            b'-' if self.ahead(1).is_some_and(|b| b.is_ascii_alphabetic()) => {
                let letters = self.rest().iter().skip(1).take(16).take_while(|b| b.is_ascii_alphabetic());
                let name: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
                let (its, operator) = named(&name)?;
                if its != rank {
                    return None;
                }
                (name.len() + 1, operator)
            }
            b'+' if rank == SUM && self.ahead(1) != Some(b'=') => (1, Operator::Add),
            b'-' if rank == SUM && self.ahead(1) != Some(b'=') => (1, Operator::Other),
            b'*' if rank == PRODUCT && self.ahead(1) != Some(b'=') => (1, Operator::Times),
            b'/' | b'%' if rank == PRODUCT && self.ahead(1) != Some(b'=') => (1, Operator::Other),
            b'.' if rank == RANGE && self.ahead(1) == Some(b'.') => (2, Operator::Range),
            b'?' if rank == LOGIC && self.ahead(1) == Some(b'?') && self.ahead(2) != Some(b'=') => (2, Operator::Other),
            _ => return None,
        };
        self.at += length;
        self.skip(true);
        Some(operator)
    }

    fn rank(&mut self, rank: u32) -> Expr {
        if rank == LIST {
            return self.list();
        }
        let first = self.rank(rank + 1);
        let mut more = Vec::new();
        while let Some(operator) = self.operator(rank) {
            let before = self.at;
            let operand = self.deeper(|parser| Some(parser.rank(rank + 1)));
            more.extend(operand.map(|operand| (operator, operand)));
            if self.at == before {
                break;
            }
        }
        // `condition ? this : that`
        if rank == LOGIC && self.peek() == Some(b'?') && self.ahead(1).is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
            self.skip(true);
            let this = self.deeper(|parser| Some(parser.rank(COMPARISON)));
            self.skip(true);
            if self.eat(b":") {
                self.skip(true);
            }
            let that = self.deeper(|parser| Some(parser.rank(COMPARISON)));
            more.extend(this.into_iter().chain(that).map(|value| (Operator::Other, value)));
        }
        if more.is_empty() { first } else { Expr::Binary(Box::new(first), more) }
    }

    fn list(&mut self) -> Expr {
        // `,1` is a list of one.
        if self.peek() == Some(b',') {
            self.at += 1;
            self.skip(true);
        }
        let first = self.unary();
        self.skip(false);
        if self.in_call || self.peek() != Some(b',') {
            return first;
        }
        let mut list = vec![first];
        while self.peek() == Some(b',') {
            self.at += 1;
            self.skip(true);
            let before = self.at;
            list.extend(self.deeper(|parser| Some(parser.unary())));
            if self.at == before {
                break;
            }
            self.skip(false);
        }
        Expr::List(list)
    }

    fn unary(&mut self) -> Expr {
        self.operands += 1;
        if self.operands > MAX_OPERANDS {
            self.gap = Some(Why::WorkLimit);
            self.at = self.text.len();
        }
        let mut casts: Vec<Vec<u8>> = Vec::new();
        let mut operator = None;
        let mut negated = false;
        loop {
            self.skip(false);
            match self.peek() {
                Some(b'!') => {
                    self.at += 1;
                    negated = true;
                }
                Some(b'-') if self.ahead(1).is_some_and(|b| b.is_ascii_alphabetic()) => {
                    let letters = self.rest().iter().skip(1).take(16).take_while(|b| b.is_ascii_alphabetic());
                    let name: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
                    operator = match name.as_slice() {
                        b"join" => Some(Operator::Join),
                        b"split" | b"isplit" | b"csplit" => Some(Operator::Split),
                        b"not" | b"bnot" => {
                            negated = true;
                            None
                        }
                        _ => break,
                    };
                    self.at += name.len() + 1;
                }
                Some(b'+' | b'-') if self.ahead(1).is_some_and(|b| matches!(b, b'$' | b'(' | b'+' | b'-')) => {
                    self.at += 1;
                }
                Some(b'[') => {
                    let name = self.bracketed();
                    // A type on its own, or one whose member follows.
                    let next = {
                        let before = self.at;
                        self.skip(false);
                        let next = self.peek();
                        if !matches!(
                            next,
                            Some(b'$' | b'(' | b'"' | b'\'' | b'@' | b'[' | b'{' | b'0'..=b'9' | b'-' | b',')
                        ) {
                            self.at = before;
                        }
                        next
                    };
                    if self.rest().starts_with(b"::") || self.peek() == Some(b'.') {
                        let value = self.suffixes(Expr::Type(name), false);
                        return wrapped(value, casts, operator, negated);
                    }
                    if !matches!(
                        next,
                        Some(b'$' | b'(' | b'"' | b'\'' | b'@' | b'[' | b'{' | b'0'..=b'9' | b'-' | b',')
                    ) {
                        return wrapped(Expr::Type(name), casts, operator, negated);
                    }
                    casts.push(name);
                }
                _ => break,
            }
        }
        let primary = self.primary();
        let value = self.suffixes(primary, false);
        if self.rest().starts_with(b"++") || self.rest().starts_with(b"--") {
            self.at += 2;
        }
        wrapped(value, casts, operator, negated)
    }

    /// `[System.Text.Encoding]`, `[char[]]`: the name in lower case, without `system.`. Also an attribute.
    pub(super) fn bracketed(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut open = 1_u32;
        let mut name = Vec::new();
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'[' => open += 1,
                b']' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                b'\'' => {
                    self.at -= 1;
                    self.single();
                    continue;
                }
                _ => {}
            }
            if name.len() < 256 && !byte.is_ascii_whitespace() {
                name.push(byte.to_ascii_lowercase());
            }
        }
        name.strip_prefix(b"system.").map(<[u8]>::to_vec).unwrap_or(name)
    }

    /// `$name`, `${name}`, `$env:NAME`, `$( … )`: a name in lower case, without a scope.
    pub(super) fn variable(&mut self) -> Expr {
        self.at += 1;
        match self.peek() {
            Some(b'(') => {
                self.at += 1;
                Expr::Group(Rc::new(self.deeper(|parser| parser.statements(Some(b')')))))
            }
            Some(b'{') => {
                self.at += 1;
                let name = self.take_while(|b| b != b'}').to_vec();
                self.eat(b"}");
                Expr::Variable(scoped(&name))
            }
            Some(b'$' | b'?' | b'^') => {
                self.at += 1;
                Expr::Variable(b"?".to_vec())
            }
            _ => {
                let start = self.at;
                self.take_while(|b| b.is_ascii_alphanumeric() || b == b'_');
                if self.peek() == Some(b':')
                    && self.ahead(1).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_'))
                {
                    self.at += 1;
                    self.take_while(|b| b.is_ascii_alphanumeric() || b == b'_');
                }
                if self.at == start {
                    return Expr::Bare(b"$".to_vec());
                }
                let name = self.text.get(start..self.at).unwrap_or_default();
                Expr::Variable(scoped(name))
            }
        }
    }

    pub(super) fn primary(&mut self) -> Expr {
        self.skip(false);
        match self.peek() {
            Some(b'$') => self.variable(),
            Some(b'\'') => self.single(),
            Some(b'"') => self.double(),
            Some(b'(') => {
                self.at += 1;
                Expr::Group(Rc::new(self.deeper(|parser| parser.statements(Some(b')')))))
            }
            Some(b'{') => {
                self.at += 1;
                Expr::Code(Rc::new(self.deeper(|parser| parser.statements(Some(b'}')))))
            }
            Some(b'@') => match self.ahead(1) {
                Some(b'(') => {
                    self.at += 2;
                    Expr::Group(Rc::new(self.deeper(|parser| parser.statements(Some(b')')))))
                }
                Some(b'{') => {
                    self.at += 2;
                    Expr::Table(self.deeper(Self::pairs))
                }
                Some(b'\'' | b'"') => self.here_text(),
                _ => {
                    self.at += 1;
                    let name = self.take_while(|b| b.is_ascii_alphanumeric() || b == b'_');
                    Expr::Splat(name.to_ascii_lowercase())
                }
            },
            Some(b'[') => Expr::Type(self.bracketed()),
            Some(_) => {
                let negative = self.eat(b"-");
                let word = self.take_while(|b| b.is_ascii_alphanumeric() || b == b'_');
                // A number may have a fraction; two dots are a range.
                let mut word = word.to_vec();
                if word.first().is_some_and(u8::is_ascii_digit)
                    && self.peek() == Some(b'.')
                    && self.ahead(1).is_some_and(|b| b.is_ascii_digit())
                {
                    self.at += 1;
                    word.push(b'.');
                    word.extend_from_slice(self.take_while(|b| b.is_ascii_alphanumeric()));
                }
                if negative {
                    word.insert(0, b'-');
                }
                Expr::Bare(word)
            }
            None => Expr::Bare(Vec::new()),
        }
    }

    /// `name = value` pairs behind `@{`.
    fn pairs(&mut self) -> Vec<(Expr, super::Statement)> {
        let mut out = Vec::new();
        loop {
            self.skip(true);
            match self.peek() {
                None => return out,
                Some(b'}') => {
                    self.at += 1;
                    return out;
                }
                Some(b';' | b',') => {
                    self.at += 1;
                    continue;
                }
                Some(_) => {}
            }
            let before = self.at;
            let name = match self.peek() {
                Some(b'\'' | b'"' | b'$' | b'(' | b'[') => self.unary(),
                _ => Expr::Bare(
                    self.take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'}' | b';')).to_vec(),
                ),
            };
            self.skip(true);
            if self.eat(b"=") {
                self.skip(true);
                let outer = std::mem::replace(&mut self.in_call, false);
                let value = self.deeper(Self::statement);
                self.in_call = outer;
                if let Some(value) = value {
                    out.push((name, value));
                }
            }
            if self.at == before {
                self.at += 1;
            }
        }
    }

    /// Members, calls and indexes behind a value. `word`: within a command's word, where a blank ends it.
    pub(super) fn suffixes(&mut self, value: Expr, word: bool) -> Expr {
        let mut out = Vec::new();
        loop {
            let before = self.at;
            let member = if self.eat(b"::") || self.eat(b"?.") {
                true
            } else if self.peek() == Some(b'.') {
                let next = self.ahead(1);
                let named =
                    next.is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'$' | b'"' | b'\'' | b'('));
                // `$x./y` in a word is a path.
                if named {
                    self.at += 1;
                }
                named
            } else {
                false
            };
            if member {
                let name = match self.peek() {
                    Some(b'$') => self.variable(),
                    Some(b'"') => self.double(),
                    Some(b'\'') => self.single(),
                    Some(b'(') => self.primary(),
                    _ => Expr::Bare(self.take_while(|b| b.is_ascii_alphanumeric() || b == b'_').to_vec()),
                };
                if self.peek() == Some(b'(') {
                    self.at += 1;
                    let arguments = self.deeper(Self::arguments);
                    out.push(Suffix::Call(name, arguments));
                } else {
                    // `.ForEach{ … }`: a block without brackets.
                    let block = !word && self.peek() == Some(b'{');
                    if block {
                        let argument = self.primary();
                        out.push(Suffix::Call(name, vec![argument]));
                    } else {
                        out.push(Suffix::Member(name));
                    }
                }
            } else if self.peek() == Some(b'[')
                && (!word
                    || self
                        .ahead(1)
                        .is_some_and(|b| b.is_ascii_digit() || matches!(b, b'-' | b'$' | b'\'' | b'"' | b'(')))
            {
                self.at += 1;
                self.skip(true);
                let outer = std::mem::replace(&mut self.in_call, false);
                let index = self.deeper(|parser| {
                    let index = parser.expression();
                    parser.skip(true);
                    Some(index)
                });
                self.in_call = outer;
                // Whatever else stands there.
                if !self.eat(b"]") {
                    self.take_while(|b| !matches!(b, b']' | b'\n' | b';' | b')' | b'}'));
                    self.eat(b"]");
                }
                out.extend(index.map(Suffix::Index));
            }
            if self.at == before {
                break;
            }
        }
        if out.is_empty() { value } else { Expr::Suffixed(Box::new(value), out) }
    }

    /// Arguments of a call behind the bracket.
    fn arguments(&mut self) -> Vec<Expr> {
        let mut out = Vec::new();
        loop {
            self.skip(true);
            match self.peek() {
                None => return out,
                Some(b')') => {
                    self.at += 1;
                    return out;
                }
                Some(b',' | b';') => {
                    self.at += 1;
                    continue;
                }
                Some(_) => {}
            }
            let before = self.at;
            let outer = std::mem::replace(&mut self.in_call, true);
            out.push(self.expression());
            self.in_call = outer;
            if self.at == before {
                self.at += 1;
                self.gap.get_or_insert(protocol::Why::Syntax);
            }
        }
    }
}

fn wrapped(value: Expr, casts: Vec<Vec<u8>>, operator: Option<Operator>, negated: bool) -> Expr {
    let value = if casts.is_empty() { value } else { Expr::Cast(casts, Box::new(value)) };
    let value = match operator {
        Some(operator) => Expr::Unary(operator, Box::new(value)),
        None => value,
    };
    if negated { Expr::Not(Box::new(value)) } else { value }
}

/// The name of a variable in lower case, without what says whose it is.
fn scoped(name: &[u8]) -> Vec<u8> {
    let name = name.to_ascii_lowercase();
    for scope in [&b"global:"[..], b"script:", b"local:", b"private:", b"using:", b"variable:"] {
        if let Some(rest) = name.strip_prefix(scope) {
            return rest.to_vec();
        }
    }
    name
}
