//! The words of a command, and texts in quotes.

use super::super::ast::{Expr, Redirect, Word};
use super::Parser;

/// Bytes that end a word.
fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b';' | b'|' | b'&' | b')' | b'}' | b',' | b'<' | b'>')
}

impl Parser<'_> {
    /// The words of a command as far as what ends it.
    pub(super) fn words(&mut self) -> (Vec<Word>, Vec<Redirect>) {
        let (mut words, mut redirects) = (Vec::new(), Vec::new());
        loop {
            self.skip(false);
            if self.redirect(&mut redirects) {
                continue;
            }
            match self.peek() {
                None | Some(b'\n' | b'\r' | b';' | b'|' | b')' | b'}' | b'&') => break,
                Some(b'<' | b',') => self.at += 1,
                Some(b'-') if self.rest().starts_with(b"--%") => {
                    self.at += 3;
                    for word in self.take_while(|b| !matches!(b, b'\n' | b'\r' | b'|')).split(u8::is_ascii_whitespace) {
                        if !word.is_empty() {
                            let word =
                                word.strip_prefix(b"\"").and_then(|word| word.strip_suffix(b"\"")).unwrap_or(word);
                            words.push(Word::Value(Expr::Text(word.to_vec())));
                        }
                    }
                }
                Some(b'-')
                    if !words.is_empty() && self.ahead(1).is_some_and(|b| b.is_ascii_alphabetic() || b == b'?') =>
                {
                    words.push(self.parameter());
                }
                Some(_) => {
                    let before = self.at;
                    let name = words.is_empty();
                    let value =
                        if name { self.deeper(|parser| Some(parser.argument())) } else { Some(self.list_argument()) };
                    words.extend(value.map(Word::Value));
                    if self.at == before {
                        break;
                    }
                }
            }
        }
        (words, redirects)
    }

    /// `-Name`, `-Name:value`. A name with other signs in it is a plain word.
    fn parameter(&mut self) -> Word {
        let start = self.at;
        self.at += 1;
        let name = self.take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'?'));
        let name = [b"-", name].concat();
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                self.skip(false);
                let value = self.list_argument();
                Word::Parameter(name.to_ascii_lowercase(), Some(value))
            }
            Some(byte) if !ends_word(byte) && !matches!(byte, b'(' | b'{' | b'#') => {
                self.at = start;
                Word::Value(self.list_argument())
            }
            // As written: a program's own options have their case.
            _ => Word::Parameter(name, None),
        }
    }

    /// One argument, or several with commas between them.
    fn list_argument(&mut self) -> Expr {
        let first = self.deeper(|parser| Some(parser.argument())).unwrap_or(Expr::Bare(Vec::new()));
        self.skip(false);
        if self.peek() != Some(b',') {
            return first;
        }
        let mut list = vec![first];
        while self.peek() == Some(b',') {
            self.at += 1;
            self.skip(true);
            if self.peek().is_none_or(|b| matches!(b, b';' | b'|' | b')' | b'}')) {
                break;
            }
            let before = self.at;
            list.extend(self.deeper(|parser| Some(parser.argument())));
            if self.at == before {
                break;
            }
            self.skip(false);
        }
        Expr::List(list)
    }

    /// One argument: parts without a blank between them.
    pub(super) fn argument(&mut self) -> Expr {
        let mut parts: Vec<Expr> = Vec::new();
        let mut text = Vec::new();
        while let Some(byte) = self.peek() {
            let part = match byte {
                b'\'' => self.single(),
                b'"' => self.double(),
                b'$' => {
                    let variable = self.variable();
                    if text.is_empty() && parts.is_empty() {
                        // Members of a lone variable; behind a text a dot is a dot.
                        self.suffixes(variable, true)
                    } else {
                        variable
                    }
                }
                b'(' if text.is_empty() => {
                    let primary = self.primary();
                    if parts.is_empty() { self.suffixes(primary, true) } else { primary }
                }
                b'@' if text.is_empty() && parts.is_empty() => match self.ahead(1) {
                    Some(b'(' | b'{' | b'\'' | b'"') => self.primary(),
                    Some(b) if b.is_ascii_alphabetic() || b == b'_' => {
                        self.at += 1;
                        let name = self.take_while(|b| b.is_ascii_alphanumeric() || b == b'_');
                        Expr::Splat(name.to_ascii_lowercase())
                    }
                    _ => {
                        text.push(byte);
                        self.at += 1;
                        continue;
                    }
                },
                b'{' if text.is_empty() && parts.is_empty() => self.primary(),
                b'`' => {
                    self.at += 1;
                    match self.peek() {
                        Some(escaped) => {
                            self.at += 1;
                            text.push(unescaped(escaped));
                        }
                        None => break,
                    }
                    continue;
                }
                // `iex(…)`, `New-Object Kind(…)`: an argument of its own.
                b'(' | b'}' | b')' => break,
                b if ends_word(b) => break,
                // `%{ … }`: a block begins without a blank before it.
                b'{' if !text.last().is_some_and(|b| matches!(b, b'@' | b'^' | b'=' | b'/' | b'.' | b'-' | b'\\')) => {
                    break;
                }
                b'{' => {
                    // `HEAD@{1}` within a word: as it stands.
                    text.push(byte);
                    self.at += 1;
                    text.extend_from_slice(self.take_while(|b| !ends_word(b)));
                    if self.eat(b"}") {
                        text.push(b'}');
                    }
                    continue;
                }
                _ => {
                    let taken = self
                        .take_while(|b| !ends_word(b) && !matches!(b, b'\'' | b'"' | b'$' | b'(' | b'`' | b'{' | b'@'));
                    if taken.is_empty() {
                        text.push(byte);
                        self.at += 1;
                    } else {
                        text.extend_from_slice(taken);
                    }
                    continue;
                }
            };
            if !text.is_empty() {
                parts.push(Expr::Bare(std::mem::take(&mut text)));
            }
            parts.push(part);
        }
        if parts.is_empty() {
            return Expr::Bare(text);
        }
        if !text.is_empty() {
            parts.push(Expr::Bare(text));
        }
        if parts.len() == 1
            && let Some(one) = parts.pop()
        {
            return one;
        }
        Expr::Joined(parts)
    }

    /// Reads a redirection, if one stands here. One that leads into another stream goes nowhere new.
    pub(super) fn redirect(&mut self, out: &mut Vec<Redirect>) -> bool {
        let digit = matches!(self.peek(), Some(b'1'..=b'6' | b'*')) && self.ahead(1) == Some(b'>');
        if !digit && self.peek() != Some(b'>') {
            return false;
        }
        let output = !digit || matches!(self.peek(), Some(b'1' | b'*'));
        if digit {
            self.at += 1;
        }
        self.at += 1;
        let append = self.eat(b">");
        if self.peek() == Some(b'&') && self.ahead(1).is_some_and(|b| b.is_ascii_digit()) {
            self.at += 2;
            return true;
        }
        self.skip(false);
        let to = self.deeper(|parser| Some(parser.argument()));
        out.extend(to.map(|to| Redirect { append, output, to }));
        true
    }

    /// A text in single quotes, from its quote.
    pub(super) fn single(&mut self) -> Expr {
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let cut = memchr::memchr(b'\'', self.rest());
            text.extend_from_slice(self.rest().get(..cut.unwrap_or(self.rest().len())).unwrap_or_default());
            match cut {
                None => {
                    self.at = self.text.len();
                    self.gap.get_or_insert(protocol::Why::Syntax);
                    break;
                }
                Some(cut) => {
                    self.at += cut + 1;
                    if self.peek() != Some(b'\'') {
                        break;
                    }
                    text.push(b'\'');
                    self.at += 1;
                }
            }
        }
        Expr::Text(text)
    }

    /// A text in double quotes, from its quote.
    pub(super) fn double(&mut self) -> Expr {
        self.at += 1;
        self.deeper(|parser| Some(parser.quoted(false))).unwrap_or(Expr::Text(Vec::new()))
    }

    /// `@'…'@` and `@"…"@`, from the sign; its text begins on the next line.
    pub(super) fn here_text(&mut self) -> Expr {
        let quote = self.ahead(1).unwrap_or(b'"');
        self.at += 2;
        self.take_while(|b| matches!(b, b' ' | b'\t' | b'\r'));
        self.eat(b"\n");
        if quote == b'"' {
            return self.deeper(|parser| Some(parser.quoted(true))).unwrap_or(Expr::Text(Vec::new()));
        }
        if self.eat(b"'@") {
            return Expr::Text(Vec::new());
        }
        let end = memchr::memmem::find(self.rest(), b"\n'@");
        let text = self.rest().get(..end.unwrap_or(self.rest().len())).unwrap_or_default().to_vec();
        self.at += end.map_or(self.rest().len(), |end| end + 3);
        if end.is_none() {
            self.gap.get_or_insert(protocol::Why::Syntax);
        }
        Expr::Text(text)
    }

    /// A text with values in it, behind its opening; `here`: it ends with a line of its own.
    fn quoted(&mut self, here: bool) -> Expr {
        let mut parts = Vec::new();
        let mut text = Vec::new();
        if here && self.eat(b"\"@") {
            return Expr::Text(text);
        }
        loop {
            let Some(byte) = self.peek() else {
                self.gap.get_or_insert(protocol::Why::Syntax);
                break;
            };
            match byte {
                b'"' if !here => {
                    self.at += 1;
                    if self.peek() != Some(b'"') {
                        break;
                    }
                    text.push(b'"');
                    self.at += 1;
                }
                b'\n' if here && self.rest().starts_with(b"\n\"@") => {
                    self.at += 3;
                    break;
                }
                b'`' => {
                    self.at += 1;
                    if let Some(escaped) = self.peek() {
                        self.at += 1;
                        text.push(unescaped(escaped));
                    }
                }
                b'$' if self
                    .ahead(1)
                    .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'{' | b'(' | b'?' | b'$')) =>
                {
                    if !text.is_empty() {
                        parts.push(Expr::Text(std::mem::take(&mut text)));
                    }
                    parts.push(self.variable());
                }
                _ => {
                    let taken = self.take_while(|b| !matches!(b, b'"' | b'`' | b'$' | b'\n'));
                    if taken.is_empty() {
                        text.push(byte);
                        self.at += 1;
                    } else {
                        text.extend_from_slice(taken);
                    }
                }
            }
        }
        if parts.is_empty() {
            return Expr::Text(text);
        }
        if !text.is_empty() {
            parts.push(Expr::Text(text));
        }
        Expr::Joined(parts)
    }
}

/// The byte that stands behind a backtick.
fn unescaped(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'0' => 0,
        other => other,
    }
}
