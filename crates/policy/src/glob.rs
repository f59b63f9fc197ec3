//! Globs: over paths, by component, and over other text.
//!
//! A rule's glob meets two kinds of value: a text, and a *set* of texts that is itself a glob
//! ([`protocol::Pattern`]). Both are one walk over the same state machine, so work is bounded by the product of the two
//! lengths, whatever the glob looks like.

use protocol::{AbsPath, ByteSet, Truth};

/// The longest glob that a bundle may hold, in bytes.
pub(crate) const MAX_GLOB: usize = 1024;
/// The most wildcards in one glob.
pub(crate) const MAX_WILDCARDS: usize = 32;
/// A pattern times a glob may cost so many steps; beyond it the answer is unknown.
const MAX_WORK: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Byte(u8),
    /// One byte; with `slash`, also `/`.
    One {
        slash: bool,
    },
    /// Any run of bytes; with `slash`, over `/`.
    Run {
        slash: bool,
    },
    /// The next two tokens may be left out.
    Optional,
}

/// A set of token positions.
#[derive(Clone, Copy)]
struct States([u64; 18]);

impl States {
    const EMPTY: Self = Self([0; 18]);

    fn add(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

/// A compiled glob. `fixed` is its literal beginning; `tokens` is what follows.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    /// Every text that matches has these.
    needed: ByteSet,
    fixed: Box<[u8]>,
    tokens: Box<[Token]>,
    /// Every text that matches ends in this.
    tail: Box<[u8]>,
    fold_case: bool,
    /// Where every wildcard is a run of any bytes: the literals behind each run. Empty behind a run at the end.
    between: Option<Box<[Box<[u8]>]>>,
}

/// Why a glob is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadGlob {
    Empty,
    TooLong,
    TooManyWildcards,
    Nul,
}

impl Glob {
    /// A glob over text that is no path: `*` is any run of bytes, `?` one byte.
    pub(crate) fn text(glob: &str, fold_case: bool) -> Result<Self, BadGlob> {
        check(glob)?;
        let tokens: Vec<Token> = glob
            .bytes()
            .map(|byte| match byte {
                b'*' => Token::Run { slash: true },
                b'?' => Token::One { slash: true },
                other if fold_case => Token::Byte(other.to_ascii_lowercase()),
                other => Token::Byte(other),
            })
            .collect();
        Ok(Self::compiled(&tokens, fold_case))
    }

    /// A glob over paths that begins with `/`: `*` and `?` stay within a component, `/**/` is any number of folders,
    /// a `/**` at the end is the folder itself and everything below.
    fn path(glob: &str) -> Result<Self, BadGlob> {
        check(glob)?;
        let mut tokens = Vec::with_capacity(glob.len());
        let mut rest = glob.as_bytes();
        while let Some((&byte, tail)) = rest.split_first() {
            if rest == b"/**" {
                tokens.extend([Token::Optional, Token::Byte(b'/'), Token::Run { slash: true }]);
                break;
            }
            if let Some(tail) = rest.strip_prefix(b"/**/") {
                tokens.extend([Token::Byte(b'/'), Token::Optional, Token::Run { slash: true }, Token::Byte(b'/')]);
                rest = tail;
                continue;
            }
            tokens.push(match byte {
                b'*' if tail.first() == Some(&b'*') => {
                    rest = tail.get(1..).unwrap_or_default();
                    tokens.push(Token::Run { slash: true });
                    continue;
                }
                b'*' => Token::Run { slash: false },
                b'?' => Token::One { slash: false },
                other => Token::Byte(other),
            });
            rest = tail;
        }
        Ok(Self::compiled(&tokens, false))
    }

    /// What every text that matches begins with, and whether that is all of it. `None` where case has no meaning or
    /// nothing is fixed.
    pub(crate) fn beginning(&self) -> Option<(&[u8], bool)> {
        (!self.fold_case && !self.fixed.is_empty()).then_some((&*self.fixed, self.tokens.is_empty()))
    }

    fn compiled(tokens: &[Token], fold_case: bool) -> Self {
        let fixed: Box<[u8]> = tokens
            .iter()
            .map_while(|token| match token {
                Token::Byte(byte) => Some(*byte),
                _ => None,
            })
            .collect();
        let tokens: Box<[Token]> = tokens.get(fixed.len()..).unwrap_or_default().into();
        let between = between(&tokens);
        let mut needed = ByteSet::of(&fixed);
        let mut tail = if tokens.is_empty() { fixed.to_vec() } else { Vec::new() };
        let mut left_out = 0_u8;
        for token in &tokens {
            match token {
                Token::Byte(byte) if left_out == 0 => {
                    needed = needed.with(*byte);
                    tail.push(*byte);
                    continue;
                }
                Token::Optional => left_out = 2,
                _ => left_out = left_out.saturating_sub(1),
            }
            tail.clear();
        }
        Self { needed, fixed, tokens, tail: tail.into(), fold_case, between }
    }

    /// Can a text with these bytes match at all?
    pub(crate) fn can_match(&self, bytes: ByteSet) -> bool {
        bytes.may_hold(self.needed)
    }

    /// Does the glob match exactly this text?
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let Some(head) = text.get(..self.fixed.len()) else { return false };
        let same = if self.fold_case { head.eq_ignore_ascii_case(&self.fixed) } else { *head == *self.fixed };
        if !same {
            return false;
        }
        let rest = text.get(self.fixed.len()..).unwrap_or_default();
        match (&*self.tokens, &self.between) {
            ([], _) => rest.is_empty(),
            ([Token::Run { slash: true }], _) => true,
            (_, Some(between)) if self.fold_case => in_order(between, &rest.to_ascii_lowercase()),
            (_, Some(between)) => in_order(between, rest),
            _ => self.walk(rest),
        }
    }

    fn walk(&self, text: &[u8]) -> bool {
        let mut states = self.start();
        for byte in text {
            let byte = if self.fold_case { byte.to_ascii_lowercase() } else { *byte };
            states = self.step(&states, Some(byte));
            if states.is_empty() {
                return false;
            }
        }
        states.has(self.tokens.len())
    }

    fn start(&self) -> States {
        let mut states = States::EMPTY;
        states.add(0);
        self.close(&mut states);
        states
    }

    /// Adds what is reached without reading a byte. Such steps only go forward, so one pass does.
    fn close(&self, states: &mut States) {
        for (at, token) in self.tokens.iter().enumerate() {
            if states.has(at) {
                match token {
                    Token::Run { .. } => states.add(at + 1),
                    Token::Optional => {
                        states.add(at + 1);
                        states.add(at + 3);
                    }
                    Token::Byte(_) | Token::One { .. } => {}
                }
            }
        }
    }

    /// One byte further; `None` stands for every byte at once.
    fn step(&self, states: &States, byte: Option<u8>) -> States {
        let mut next = States::EMPTY;
        for (at, token) in self.tokens.iter().enumerate() {
            if !states.has(at) {
                continue;
            }
            match *token {
                Token::Byte(own) if byte.is_none_or(|b| b == own) => next.add(at + 1),
                Token::One { slash } if slash || byte != Some(b'/') => next.add(at + 1),
                Token::Run { slash } if slash || byte != Some(b'/') => next.add(at),
                _ => {}
            }
        }
        self.close(&mut next);
        next
    }

    /// Is there a text that both this glob and `pattern` match? In `pattern`, `*` is any run of bytes and `?` one byte.
    /// Unknown where the answer would cost too much.
    pub(crate) fn meets(&self, prefix: &[u8], pattern: &[u8]) -> Truth {
        if !self.begins_like(prefix, pattern) || !self.ends_like(pattern) {
            return Truth::No;
        }
        let all = self.fixed.len() + self.tokens.len() + prefix.len();
        if all >= 64 * 18 || all.saturating_mul(pattern.len().max(1)) > MAX_WORK {
            return Truth::Unknown;
        }
        let mut tokens: Vec<Token> = Vec::with_capacity(all);
        tokens.extend(prefix.iter().chain(self.fixed.iter()).map(|byte| Token::Byte(*byte)));
        tokens.extend(self.tokens.iter().copied());
        let whole = Self {
            needed: self.needed,
            fixed: Box::default(),
            tokens: tokens.into(),
            tail: Box::default(),
            fold_case: self.fold_case,
            between: None,
        };
        let mut states = whole.start();
        for byte in pattern {
            match byte {
                b'*' => {
                    // Every later position can be reached by some text.
                    let first = (0..=all).find(|at| states.has(*at)).unwrap_or(all + 1);
                    for at in first..=all {
                        states.add(at);
                    }
                }
                b'?' => states = whole.step(&states, None),
                other => {
                    let other = if self.fold_case { other.to_ascii_lowercase() } else { *other };
                    states = whole.step(&states, Some(other));
                }
            }
            if states.is_empty() {
                return Truth::No;
            }
        }
        Truth::of(states.has(all))
    }

    /// Can a text begin as both this glob behind `prefix` and `pattern` say? Most pairs differ here or at the end.
    fn begins_like(&self, prefix: &[u8], pattern: &[u8]) -> bool {
        let own = prefix.iter().chain(self.fixed.iter());
        pattern.iter().take_while(|b| !is_wild(**b)).zip(own).all(|(a, b)| self.same(*a, *b))
    }

    fn ends_like(&self, pattern: &[u8]) -> bool {
        let own = self.tail.iter().rev();
        pattern.iter().rev().take_while(|b| !is_wild(**b)).zip(own).all(|(a, b)| self.same(*a, *b))
    }

    fn same(&self, a: u8, b: u8) -> bool {
        a == b || (self.fold_case && a.eq_ignore_ascii_case(&b))
    }

    /// Does it end in `/**`?
    fn ends_in_subtree(&self) -> bool {
        self.tokens.ends_with(&[Token::Optional, Token::Byte(b'/'), Token::Run { slash: true }])
    }

    /// The folder that every match lies in or is: the literal components before the first wildcard.
    fn folder(&self) -> &[u8] {
        if self.tokens.is_empty() || self.tokens.first() == Some(&Token::Optional) {
            return &self.fixed;
        }
        let end = self.fixed.iter().rposition(|b| *b == b'/').unwrap_or(0);
        self.fixed.get(..end).unwrap_or_default()
    }
}

/// Of a pattern: does this byte stand for others?
fn is_wild(byte: u8) -> bool {
    matches!(byte, b'*' | b'?')
}

/// See [`Glob::between`].
fn between(tokens: &[Token]) -> Option<Box<[Box<[u8]>]>> {
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for token in tokens {
        match token {
            Token::Run { slash: true } => parts.push(Vec::new()),
            Token::Byte(byte) => parts.last_mut()?.push(*byte),
            _ => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.into_iter().map(Vec::into_boxed_slice).collect())
}

/// Do these literals stand in the text in this order, the last one at its end? Most rules' globs are of this kind, and
/// looking for literals costs a fraction of the walk: the first place of each is as good as any later one.
fn in_order(parts: &[Box<[u8]>], mut text: &[u8]) -> bool {
    let Some((last, others)) = parts.split_last() else { return text.is_empty() };
    for part in others {
        let Some(at) = memchr::memmem::find(text, part) else { return false };
        text = text.get(at + part.len()..).unwrap_or_default();
    }
    text.ends_with(last)
}

fn check(glob: &str) -> Result<(), BadGlob> {
    if glob.is_empty() {
        return Err(BadGlob::Empty);
    }
    if glob.len() > MAX_GLOB {
        return Err(BadGlob::TooLong);
    }
    if glob.bytes().any(|b| b == 0) {
        return Err(BadGlob::Nul);
    }
    if glob.bytes().filter(|b| matches!(b, b'*' | b'?')).count() > MAX_WILDCARDS {
        return Err(BadGlob::TooManyWildcards);
    }
    Ok(())
}

/// Does `pattern` (`*` any run of bytes, `?` one byte) match `text`? Linear but for the last star.
pub(crate) fn wild(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || Some(byte) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((after, from)) = retry else { return false };
                p = after;
                t = from + 1;
                retry = Some((after, t));
            }
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|b| *b == b'*')
}

/// Where a path glob begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    /// `/…`: at the root.
    Root,
    /// `~/…`: in the caller's home.
    Home,
    /// `./…`: in a folder of the workspace.
    Workspace,
    /// Anything else: at any depth.
    Anywhere,
}

/// The folders that `~` and `.` in a rule's globs stand for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Places<'a> {
    /// The caller's home. Globs that begin with `~` are unknown without it.
    pub home: Option<&'a AbsPath>,
    /// The folders of the workspace. Globs that begin with `./` match in each; with none, they are unknown.
    pub workspace: &'a [AbsPath],
}

/// A glob over paths, with the place where it begins.
#[derive(Clone, Debug)]
pub(crate) struct PathGlob {
    anchor: Anchor,
    glob: Glob,
}

/// A path that is put to many globs.
#[derive(Clone, Copy)]
pub(crate) struct Path<'p> {
    path: &'p [u8],
    bytes: ByteSet,
}

impl<'p> Path<'p> {
    pub(crate) fn of(path: &'p [u8]) -> Self {
        Self { path, bytes: ByteSet::of(path) }
    }
}

impl PathGlob {
    pub(crate) fn parse(text: &str) -> Result<Self, BadGlob> {
        check(text)?;
        let (anchor, glob) = if text == "~" {
            (Anchor::Home, Glob::compiled(&[], false))
        } else if let Some(rest) = text.strip_prefix("~/") {
            (Anchor::Home, Glob::path(&format!("/{rest}"))?)
        } else if text == "." {
            (Anchor::Workspace, Glob::compiled(&[], false))
        } else if let Some(rest) = text.strip_prefix("./") {
            (Anchor::Workspace, Glob::path(&format!("/{rest}"))?)
        } else if text.starts_with('/') {
            (Anchor::Root, Glob::path(text)?)
        } else {
            (Anchor::Anywhere, Glob::path(&format!("/**/{text}"))?)
        };
        Ok(Self { anchor, glob })
    }

    /// Does the glob match this path or, when `recursive`, something that must lie under it?
    pub(crate) fn matches(&self, path: Path<'_>, recursive: bool, places: &Places<'_>) -> Truth {
        match self.anchor {
            Anchor::Root | Anchor::Anywhere => Truth::of(self.matches_under(b"", path, recursive)),
            Anchor::Home => {
                places.home.map_or(Truth::Unknown, |home| Truth::of(self.matches_under(home.bytes(), path, recursive)))
            }
            Anchor::Workspace if places.workspace.is_empty() => Truth::Unknown,
            Anchor::Workspace => {
                Truth::of(places.workspace.iter().any(|top| self.matches_under(top.bytes(), path, recursive)))
            }
        }
    }

    fn matches_under(&self, top: &[u8], Path { path, bytes }: Path<'_>, recursive: bool) -> bool {
        let top = if top == b"/" { b"" } else { top };
        if self.glob.can_match(bytes)
            && let Some(below) = path.strip_prefix(top)
            && (below.is_empty() || below.first() == Some(&b'/'))
            && self.glob.matches(below)
        {
            return true;
        }
        recursive && self.anchor != Anchor::Anywhere && self.lies_under(top, path)
    }

    /// Does the folder that holds every match lie in `path`?
    fn lies_under(&self, top: &[u8], path: &[u8]) -> bool {
        let folder = self.glob.folder();
        if path == b"/" {
            return true;
        }
        // `top` and `folder` are one path in two pieces.
        let whole = top.iter().chain(folder);
        let length = top.len() + folder.len();
        path.len() <= length
            && whole.clone().zip(path).all(|(a, b)| a == b)
            && (path.len() == length || whole.clone().nth(path.len()) == Some(&b'/'))
    }

    /// Does the glob match everything below this folder?
    pub(crate) fn covers(&self, folder: &[u8], places: &Places<'_>) -> Truth {
        if self.glob.ends_in_subtree() { self.matches(Path::of(folder), false, places) } else { Truth::No }
    }

    /// The same of a set of paths.
    pub(crate) fn meets(&self, pattern: &[u8], recursive: bool, places: &Places<'_>) -> Truth {
        let under = |top: &[u8]| {
            let top = if top == b"/" { b"" } else { top };
            let direct = self.glob.meets(top, pattern);
            if direct == Truth::Yes || !recursive || self.anchor == Anchor::Anywhere {
                return direct;
            }
            // Does the pattern match a folder at or above the one that holds every match?
            let mut folder = [top, self.glob.folder()].concat();
            loop {
                if wild(pattern, if folder.is_empty() { b"/" } else { &folder }) {
                    return Truth::Yes;
                }
                let Some(cut) = folder.iter().rposition(|b| *b == b'/') else { return direct };
                folder.truncate(cut);
            }
        };
        match self.anchor {
            Anchor::Root | Anchor::Anywhere => under(b""),
            Anchor::Home => places.home.map_or(Truth::Unknown, |home| under(home.bytes())),
            Anchor::Workspace if places.workspace.is_empty() => Truth::Unknown,
            Anchor::Workspace => places.workspace.iter().fold(Truth::No, |truth, top| truth.or(under(top.bytes()))),
        }
    }
}

#[cfg(test)]
#[path = "glob/tests.rs"]
mod tests;
