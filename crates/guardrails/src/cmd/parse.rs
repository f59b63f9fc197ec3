//! The parser of cmd: total and bounded. Variables stay in the words; they are put in when a command is gone through.

use protocol::Why;

/// Bytes of one text that are read.
const MAX_TEXT: usize = 64 * 1024;
/// Groups within groups.
const MAX_DEPTH: u32 = 48;
/// Commands whose name a dot, a backslash or a colon ends.
const ENDED_BY_A_SIGN: [&[u8]; 6] = [b"cd", b"echo", b"chdir", b"md", b"rd", b"dir"];

#[derive(Debug)]
pub(super) struct Script {
    pub(super) nodes: Vec<Node>,
    pub(super) gap: Option<Why>,
}

#[derive(Debug)]
pub(super) enum Node {
    Command {
        words: Vec<Word>,
        redirects: Vec<Redirect>,
    },
    Group {
        nodes: Vec<Node>,
        redirects: Vec<Redirect>,
    },
    Pipe(Vec<Node>),
    /// `if`: its body, and what runs otherwise.
    Branch(Vec<Node>),
    For {
        kind: For,
        variable: Vec<u8>,
        set: Vec<u8>,
        body: Box<Node>,
    },
}

/// What a `for` goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum For {
    Files,
    Folders,
    /// Below this folder.
    Tree(Vec<u8>),
    Numbers,
    /// Lines of files, or of what a command prints.
    Lines,
}

#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: Vec<u8>,
    /// As it stands there, with its quotes.
    pub(super) raw: Vec<u8>,
    pub(super) quoted: bool,
}

#[derive(Debug)]
pub(super) struct Redirect {
    pub(super) input: bool,
    pub(super) append: bool,
    /// Of the output itself, and not of errors.
    pub(super) output: bool,
    pub(super) to: Vec<u8>,
}

pub(super) fn parse(text: &[u8]) -> Script {
    let mut parser = Parser {
        text: text.get(..MAX_TEXT).unwrap_or(text),
        at: 0,
        depth: 0,
        groups: 0,
        gap: (text.len() > MAX_TEXT).then_some(Why::TooBig),
        lookahead: text.len().min(MAX_TEXT) * 4 + 64,
    };
    let mut nodes = parser.list(false);
    while parser.at < parser.text.len() {
        // A bracket that nothing has opened.
        parser.at += 1;
        nodes.append(&mut parser.list(false));
    }
    Script { nodes, gap: parser.gap }
}

struct Parser<'t> {
    text: &'t [u8],
    at: usize,
    depth: u32,
    /// Groups that are open: only within one does a bracket end a word.
    groups: u32,
    gap: Option<Why>,
    /// Bytes that may still be looked at for the bracket that closes a set, since what has none is read again.
    lookahead: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn ahead(&self, by: usize) -> Option<u8> {
        self.text.get(self.at + by).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b',' | b';' | b'=' | 0x0b | 0x0c | 0) => self.at += 1,
                Some(b'^') if matches!(self.ahead(1), Some(b'\n')) => self.at += 2,
                Some(b'^') if self.rest().starts_with(b"^\r\n") => self.at += 3,
                _ => return,
            }
        }
    }

    fn line(&mut self) {
        self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
    }

    /// Commands one after the other; `group`: as far as the closing bracket, which is eaten.
    fn list(&mut self, group: bool) -> Vec<Node> {
        let mut out = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                None => return out,
                Some(b'\n' | b'&' | b'|') => self.at += 1,
                Some(b')') => {
                    if group {
                        self.at += 1;
                    }
                    return out;
                }
                Some(_) => {
                    let before = self.at;
                    out.extend(self.pipe());
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
    }

    fn pipe(&mut self) -> Option<Node> {
        let mut parts = Vec::new();
        loop {
            parts.extend(self.command());
            self.blanks();
            if self.peek() == Some(b'|') && self.ahead(1) != Some(b'|') {
                self.at += 1;
                self.blanks();
                continue;
            }
            break;
        }
        if parts.len() > 1 { Some(Node::Pipe(parts)) } else { parts.pop() }
    }

    fn command(&mut self) -> Option<Node> {
        if self.depth >= MAX_DEPTH {
            self.gap = Some(Why::TooDeep);
            self.at = self.text.len();
            return None;
        }
        self.depth += 1;
        let node = self.command_inside();
        self.depth -= 1;
        node
    }

    fn command_inside(&mut self) -> Option<Node> {
        self.blanks();
        while self.peek() == Some(b'@') {
            self.at += 1;
            self.blanks();
        }
        match self.peek()? {
            // A label, or a comment.
            b':' => {
                self.line();
                return None;
            }
            b'(' => {
                self.at += 1;
                self.groups += 1;
                let nodes = self.list(true);
                self.groups -= 1;
                let mut redirects = Vec::new();
                self.redirects(&mut redirects);
                return Some(Node::Group { nodes, redirects });
            }
            _ => {}
        }
        let start = self.at;
        let name: Vec<u8> =
            self.rest().iter().take(8).take_while(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect();
        let ends = self
            .ahead(name.len())
            .is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'(' | b';' | b',' | b'&' | b'|' | b')'));
        if ends {
            match name.as_slice() {
                b"rem" => {
                    self.line();
                    return None;
                }
                b"if" => {
                    self.at += 2;
                    return Some(self.branch());
                }
                b"for" => {
                    self.at += 3;
                    if let Some(node) = self.for_loop() {
                        return Some(node);
                    }
                    self.at = start;
                }
                _ => {}
            }
        }
        let (mut words, mut redirects) = (Vec::new(), Vec::new());
        loop {
            self.redirects(&mut redirects);
            match self.peek() {
                None | Some(b'\n' | b'&' | b'|') => break,
                Some(b')') if self.groups > 0 => break,
                Some(_) => {
                    let before = self.at;
                    words.extend(self.word(words.is_empty()));
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
        (!words.is_empty() || !redirects.is_empty()).then_some(Node::Command { words, redirects })
    }

    /// Blanks and redirections.
    fn redirects(&mut self, out: &mut Vec<Redirect>) {
        loop {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
                self.at += 1;
            }
            if self.rest().starts_with(b"^\n") || self.rest().starts_with(b"^\r\n") {
                self.at += if self.ahead(1) == Some(b'\n') { 2 } else { 3 };
                continue;
            }
            let digit = self.peek().is_some_and(|b| b.is_ascii_digit()) && matches!(self.ahead(1), Some(b'>' | b'<'));
            if !digit && !matches!(self.peek(), Some(b'>' | b'<')) {
                return;
            }
            let output = !digit || self.peek() == Some(b'1');
            if digit {
                self.at += 1;
            }
            let input = self.peek() == Some(b'<');
            self.at += 1;
            let append = !input && self.peek() == Some(b'>');
            if append {
                self.at += 1;
            }
            if self.peek() == Some(b'&') {
                self.at += 2;
                continue;
            }
            while matches!(self.peek(), Some(b' ' | b'\t')) {
                self.at += 1;
            }
            if let Some(word) = self.word(false) {
                out.push(Redirect { input, append, output, to: word.text });
            }
        }
    }

    /// One word. `name`: the command's own, which a slash or a bracket ends.
    fn word(&mut self, name: bool) -> Option<Word> {
        let mut text = Vec::new();
        let mut raw = Vec::new();
        let (mut quoted, mut was_quoted) = (false, false);
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    quoted = !quoted;
                    was_quoted = true;
                    raw.push(byte);
                }
                b'\n' => break,
                _ if quoted => {
                    text.push(byte);
                    raw.push(byte);
                }
                b'^' => {
                    self.at += 1;
                    match self.peek() {
                        Some(b'\r') if self.ahead(1) == Some(b'\n') => self.at += 1,
                        Some(b'\n') | None => {}
                        Some(escaped) => {
                            text.push(escaped);
                            raw.push(escaped);
                        }
                    }
                    self.at += usize::from(self.peek().is_some());
                    continue;
                }
                b' ' | b'\t' | b'\r' | b'&' | b'|' | b'<' | b'>' => break,
                b')' if self.groups > 0 => break,
                b'(' if name => break,
                // `del/s`, `cd..`, `echo.`: what follows is an argument.
                b'/' if name && text.iter().all(u8::is_ascii_alphabetic) && !text.is_empty() => break,
                b'.' | b'\\' | b':' if name && ENDED_BY_A_SIGN.iter().any(|known| text.eq_ignore_ascii_case(known)) => {
                    break;
                }
                _ => {
                    text.push(byte);
                    raw.push(byte);
                }
            }
            self.at += 1;
        }
        (!text.is_empty() || was_quoted).then_some(Word { text, raw, quoted: was_quoted })
    }

    /// Behind `if`: its condition is passed over.
    fn branch(&mut self) -> Node {
        let word = |parser: &mut Self| {
            parser.redirect_free_blanks();
            parser.word(false).map(|word| word.text.to_ascii_lowercase())
        };
        let mut first = word(self);
        while matches!(first.as_deref(), Some(b"/i" | b"not")) {
            first = word(self);
        }
        match first.as_deref() {
            Some(b"exist" | b"defined" | b"errorlevel" | b"cmdextversion") => {
                word(self);
            }
            Some(text) => {
                let compares = memchr::memmem::find(text, b"==");
                match compares {
                    Some(at) if at + 2 < text.len() => {}
                    Some(_) => {
                        word(self);
                    }
                    None => {
                        // `a == b`, `a equ b`
                        let sign = word(self);
                        if sign.is_none_or(|sign| sign == b"==" || !sign.starts_with(b"==")) {
                            word(self);
                        }
                    }
                }
            }
            None => {}
        }
        let mut nodes: Vec<Node> = self.command().into_iter().collect();
        let before = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        if self.rest().get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"else")) {
            self.at += 4;
            nodes.extend(self.command());
        } else {
            self.at = before;
        }
        Node::Branch(nodes)
    }

    fn redirect_free_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// Behind `for`.
    fn for_loop(&mut self) -> Option<Node> {
        let mut kind = For::Files;
        let variable = loop {
            self.redirect_free_blanks();
            let word = self.word(false)?;
            let lower = word.text.to_ascii_lowercase();
            match lower.as_slice() {
                b"/d" => kind = For::Folders,
                b"/l" => kind = For::Numbers,
                b"/f" => kind = For::Lines,
                b"/r" => kind = For::Tree(b".".to_vec()),
                text if text.first() == Some(&b'%') && text.len() <= 3 => {
                    break word.text.iter().copied().filter(|b| *b != b'%').collect::<Vec<u8>>();
                }
                _ => {
                    if let For::Tree(folder) = &mut kind {
                        *folder = word.text;
                    }
                }
            }
        };
        self.redirect_free_blanks();
        if !self.rest().get(..2)?.eq_ignore_ascii_case(b"in") {
            return None;
        }
        self.at += 2;
        self.redirect_free_blanks();
        if self.peek() != Some(b'(') {
            return None;
        }
        self.at += 1;
        // To the bracket that closes it.
        let start = self.at;
        let (mut open, mut quote) = (1_u32, None);
        while let Some(byte) = self.peek() {
            let Some(left) = self.lookahead.checked_sub(1) else {
                self.gap = Some(Why::WorkLimit);
                return None;
            };
            self.lookahead = left;
            match byte {
                b'"' => quote = if quote == Some(b'"') { None } else { Some(b'"') },
                b'\'' if kind == For::Lines => quote = if quote == Some(b'\'') { None } else { Some(b'\'') },
                b'(' if quote.is_none() => open += 1,
                b')' if quote.is_none() => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        let set = self.text.get(start..self.at).unwrap_or_default().to_vec();
        self.at += usize::from(self.at < self.text.len());
        self.redirect_free_blanks();
        if !self.rest().get(..2).is_some_and(|word| word.eq_ignore_ascii_case(b"do")) {
            return None;
        }
        self.at += 2;
        let body = self.pipe().unwrap_or(Node::Branch(Vec::new()));
        Some(Node::For { kind, variable, set, body: Box::new(body) })
    }
}
