//! Expansion: words to values.

use crate::shell::ast::{Operation, Part, Script, Variable, Word};
use crate::value::{Flow, Value, glob_match, plain_glob};
use crate::walker::Walker;
use protocol::{AbsPath, Why};

/// Words that braces may make of one.
const MAX_WORDS: usize = 512;
/// Parts of all the words that the braces of one word may make.
const MAX_PARTS: usize = 16 * MAX_WORDS;
/// The longest value that is kept exactly.
const MAX_VALUE: usize = 64 * 1024;

/// The fields that a word becomes.
#[derive(Default)]
struct Fields {
    done: Vec<Value>,
    current: Option<Value>,
}

impl Fields {
    fn add(&mut self, value: &Value) {
        match &mut self.current {
            Some(current) => {
                current.append(value);
                if let Value::Known(text) | Value::Pattern { glob: text, .. } = current
                    && text.len() > MAX_VALUE
                {
                    *current = Value::Unknown(Why::TooBig);
                }
            }
            None => self.current = Some(value.clone()),
        }
    }

    fn end(&mut self) {
        self.done.extend(self.current.take());
    }
}

impl Walker<'_> {
    pub(crate) fn words(&mut self, words: &[Word]) -> Vec<Value> {
        let mut out = Vec::with_capacity(words.len());
        for word in words {
            if !self.step() {
                break;
            }
            self.word(word, &mut out);
        }
        out
    }

    fn word(&mut self, word: &Word, out: &mut Vec<Value>) {
        if let [Part::Plain(text)] = word.parts.as_slice() {
            out.push(plain(text));
            return;
        }
        if word.parts.iter().any(|part| matches!(part, Part::Brace(_))) {
            let mut lists: Vec<Vec<&Part>> = vec![Vec::new()];
            let mut left = MAX_PARTS;
            let whole = alternatives(&word.parts, &mut lists, &mut left);
            self.spend(MAX_PARTS - left);
            if !whole {
                self.unknown(Why::WorkLimit, None);
            }
            for parts in lists {
                self.fields(parts.into_iter(), out);
            }
            return;
        }
        self.fields(word.parts.iter(), out);
    }

    fn fields<'p>(&mut self, parts: impl Iterator<Item = &'p Part>, out: &mut Vec<Value>) {
        let mut fields = Fields::default();
        for part in parts {
            self.part(part, &mut fields);
        }
        fields.end();
        out.append(&mut fields.done);
    }

    fn part(&mut self, part: &Part, fields: &mut Fields) {
        match part {
            Part::Plain(text) => fields.add(&plain(text)),
            Part::Quoted(text) => fields.add(&Value::text(text)),
            Part::Double(parts) => {
                if let [Part::Variable(variable)] = parts.as_slice()
                    && let Some(many) = self.all_of(variable)
                {
                    for (at, value) in many.iter().enumerate() {
                        if at > 0 {
                            fields.end();
                        }
                        fields.add(value);
                    }
                    return;
                }
                let value = self.joined(parts.iter());
                fields.add(&value);
            }
            Part::Tilde(user) => {
                let value = self.tilde(user);
                fields.add(&value);
            }
            Part::Variable(variable) => {
                if let Some(many) = self.all_of(variable) {
                    for (at, value) in many.iter().enumerate() {
                        if at > 0 {
                            fields.end();
                        }
                        fields.add(value);
                    }
                    return;
                }
                let value = self.variable(variable);
                self.split(&value, fields);
            }
            Part::Command(script) => match self.substitution(script) {
                Flow::Paths { names, .. } => {
                    for (at, name) in names.iter().enumerate() {
                        if at > 0 {
                            fields.end();
                        }
                        fields.add(name);
                    }
                }
                flow => self.split(&flow.word(), fields),
            },
            Part::Process { write, script } => {
                let value = self.process(*write, script);
                fields.add(&value);
            }
            Part::Arithmetic(parts) => {
                self.parts_inside(parts);
                fields.add(&Value::Unknown(Why::Variable));
            }
            Part::Brace(words) => {
                // Reached only within a default value and the like: one of them.
                let mut inner = Vec::new();
                for word in words {
                    self.word(word, &mut inner);
                }
                fields.add(inner.first().unwrap_or(&Value::Unknown(Why::Syntax)));
            }
            Part::Unread(why) => fields.add(&Value::Unknown(*why)),
        }
    }

    /// Unquoted text from an expansion: split at `$IFS`, its wildcards alive.
    fn split(&mut self, value: &Value, fields: &mut Fields) {
        let Value::Known(text) = value else {
            fields.add(value);
            return;
        };
        let separators = match self.shell.get(b"IFS") {
            Some(Value::Known(separators)) => separators,
            _ => b" \t\n".to_vec(),
        };
        let mut pieces = text.split(|b| separators.contains(b));
        if let Some(first) = pieces.next()
            && !first.is_empty()
        {
            fields.add(&plain(first));
        }
        for piece in pieces {
            fields.end();
            if !piece.is_empty() {
                fields.add(&plain(piece));
            }
        }
    }

    /// One value, without splitting: assignments, redirections, here-documents.
    pub(crate) fn single(&mut self, word: &Word) -> Value {
        match word.parts.as_slice() {
            [] => Value::Known(Vec::new()),
            [Part::Plain(text)] => plain(text),
            parts => self.joined(parts.iter()),
        }
    }

    fn joined<'p>(&mut self, parts: impl Iterator<Item = &'p Part>) -> Value {
        let mut value = Value::Known(Vec::new());
        for part in parts {
            match part {
                Part::Variable(variable) => {
                    let more = match self.all_of(variable) {
                        Some(many) => join(&many),
                        None => self.variable(variable),
                    };
                    value.append(&more);
                }
                Part::Command(script) => {
                    let more = self.substitution(script).word();
                    value.append(&more);
                }
                Part::Double(parts) => {
                    let more = self.joined(parts.iter());
                    value.append(&more);
                }
                other => {
                    let mut fields = Fields::default();
                    self.part(other, &mut fields);
                    fields.end();
                    value.append(&join(&fields.done));
                }
            }
            if let Value::Known(text) | Value::Pattern { glob: text, .. } = &value
                && text.len() > MAX_VALUE
            {
                return Value::Unknown(Why::TooBig);
            }
        }
        value
    }

    /// `$(…)`: walked in a shell of its own, with the effects that it has.
    fn substitution(&mut self, script: &Script) -> Flow {
        let span = self.span;
        let flow = self.subshell(script, &Flow::Inherit);
        self.span = span;
        self.substituted.push(matches!(flow, Flow::SetUp));
        flow
    }

    fn process(&mut self, write: bool, script: &Script) -> Value {
        let span = self.span;
        let input = if write { Flow::Output } else { Flow::Inherit };
        let flow = self.subshell(script, &input);
        self.span = span;
        if write {
            return Value::text(b"/dev/null");
        }
        self.descriptors.push(flow);
        Value::Known(format!("/dev/fd/{}", 62 + self.descriptors.len()).into_bytes())
    }

    /// What runs or reads inside of arithmetic.
    pub(crate) fn parts_inside(&mut self, parts: &[Part]) {
        for part in parts {
            let mut fields = Fields::default();
            self.part(part, &mut fields);
        }
    }

    fn tilde(&self, user: &[u8]) -> Value {
        match user {
            b"" => self.shell.get(b"HOME").unwrap_or(Value::Unknown(Why::NoFacts)),
            b"+" => self.shell.cwd.clone(),
            b"-" => self.shell.previous.clone(),
            b"root" => Value::text(b"/root"),
            name => {
                let base = self.facts.base;
                if base.user.as_deref().map(str::as_bytes) == Some(name) {
                    return self.shell.get(b"HOME").unwrap_or(Value::Unknown(Why::NoFacts));
                }
                let beside = base.home.as_ref().and_then(AbsPath::parent).unwrap_or_else(|| AbsPath::normal(b"/home"));
                Value::text(AbsPath::resolve(&beside, name).bytes())
            }
        }
    }

    /// `$@`, `$*` and `${name[@]}`: all values.
    fn all_of(&self, variable: &Variable) -> Option<Vec<Value>> {
        if !matches!(variable.operation, Operation::Plain) {
            return None;
        }
        if matches!(variable.name.as_slice(), b"@" | b"*") {
            return Some(self.shell.positional.clone());
        }
        let subscript = variable.subscript.as_ref()?;
        let all = matches!(subscript.parts.as_slice(), [Part::Plain(text) | Part::Quoted(text)] if matches!(text.as_slice(), b"@" | b"*"));
        if !all {
            return None;
        }
        Some(self.shell.variables.get(&variable.name).cloned().unwrap_or_else(|| vec![Value::Unknown(Why::Variable)]))
    }

    fn variable(&mut self, variable: &Variable) -> Value {
        let value = match &variable.subscript {
            None => self.shell.get(&variable.name),
            Some(subscript) => {
                let index = self.single(subscript);
                let at = index
                    .known()
                    .and_then(|text| std::str::from_utf8(text).ok())
                    .and_then(|text| text.parse::<usize>().ok());
                match (self.shell.variables.get(&variable.name), at) {
                    (Some(values), Some(at)) => values.get(at).cloned(),
                    (Some(values), None) if values.len() == 1 => values.first().cloned(),
                    _ => None,
                }
            }
        };
        let unset = Value::Unknown(Why::Variable);
        if let Some(Value::Known(text) | Value::Pattern { glob: text, .. }) = &value {
            self.spend(text.len() / 32);
        }
        if value.is_none() {
            self.hint_of_variable(&variable.name);
        }
        match &variable.operation {
            Operation::Plain | Operation::Error { .. } => value.unwrap_or(unset),
            Operation::Length => match value {
                Some(Value::Known(text)) => Value::Known(text.len().to_string().into_bytes()),
                _ => unset,
            },
            Operation::Indirect => match value {
                Some(Value::Known(name)) => self.shell.get(&name).unwrap_or(unset),
                _ => unset,
            },
            Operation::Default { word, empty_too } | Operation::Assign { word, empty_too } => match value {
                Some(value) if !(*empty_too && value.is("")) => value,
                _ => {
                    let value = self.single(word);
                    if matches!(variable.operation, Operation::Assign { .. }) {
                        self.shell.set(&variable.name, value.clone());
                    }
                    value
                }
            },
            Operation::Alternative { word, empty_too } => match value {
                Some(value) if *empty_too && value.is("") => value,
                Some(_) => self.single(word),
                None => {
                    self.single(word);
                    unset
                }
            },
            Operation::Strip { pattern, back, longest } => {
                let pattern = self.single(pattern);
                match (value, pattern.written()) {
                    (Some(Value::Known(text)), Some(glob)) => {
                        Value::Known(strip(&text, &plain_glob(glob), *back, *longest))
                    }
                    _ => unset,
                }
            }
            Operation::Replace { pattern, with, all } => {
                let (pattern, with) = (self.single(pattern), self.single(with));
                match (value, pattern, with) {
                    (Some(Value::Known(text)), Value::Known(pattern), Value::Known(with)) if !pattern.is_empty() => {
                        Value::Known(replace(&text, &pattern, &with, *all))
                    }
                    _ => unset,
                }
            }
            Operation::Slice { text } => {
                let range = self.single(text);
                match (value, range.known()) {
                    (Some(Value::Known(text)), Some(range)) => slice(&text, range).map_or(unset, Value::Known),
                    _ => unset,
                }
            }
            Operation::Transform(operation) => match (value, operation.as_slice()) {
                (Some(Value::Known(text)), b",," | b"@L") => Value::Known(text.to_ascii_lowercase()),
                (Some(Value::Known(text)), b"^^" | b"@U") => Value::Known(text.to_ascii_uppercase()),
                (Some(Value::Known(mut text)), b"^" | b",") => {
                    if let Some(first) = text.first_mut() {
                        *first =
                            if operation == b"^" { first.to_ascii_uppercase() } else { first.to_ascii_lowercase() };
                    }
                    Value::Known(text)
                }
                (Some(value), b"@Q" | b"@E" | b"@P") => value,
                _ => unset,
            },
        }
    }
}

fn join(values: &[Value]) -> Value {
    let mut out = Value::Known(Vec::new());
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.append(&Value::text(b" "));
        }
        out.append(value);
    }
    out
}

/// Unquoted text: a pattern when it has wildcards.
fn plain(text: &[u8]) -> Value {
    let wild = text.iter().any(|b| matches!(b, b'*' | b'?'))
        || text.iter().position(|b| *b == b'[').is_some_and(|at| text.iter().skip(at + 2).any(|b| *b == b']'));
    if wild { Value::Pattern { glob: text.to_vec(), floating: false } } else { Value::text(text) }
}

/// All words that braces make: each list of parts is one. `false`: not all of them, because there are too many or
/// because they are made of more parts than are `left`.
fn alternatives<'w>(parts: &'w [Part], lists: &mut Vec<Vec<&'w Part>>, left: &mut usize) -> bool {
    let mut whole = true;
    for part in parts {
        // Each list gets a part, or is copied for each alternative: this many at least.
        let cost: usize = match part {
            Part::Brace(words) => lists.iter().map(|list| (list.len() + 1) * words.len()).sum(),
            _ => lists.len(),
        };
        let Some(rest) = left.checked_sub(cost) else { return false };
        *left = rest;
        let Part::Brace(words) = part else {
            for list in lists.iter_mut() {
                list.push(part);
            }
            continue;
        };
        let mut next = Vec::new();
        'all: for list in lists.iter() {
            for word in words {
                if next.len() >= MAX_WORDS {
                    whole = false;
                    break 'all;
                }
                let mut inner = vec![list.clone()];
                whole &= alternatives(&word.parts, &mut inner, left);
                next.append(&mut inner);
            }
        }
        whole &= next.len() <= MAX_WORDS;
        next.truncate(MAX_WORDS);
        *lists = next;
    }
    whole
}

fn strip(text: &[u8], glob: &[u8], back: bool, longest: bool) -> Vec<u8> {
    // Bounded: the longer the text, the fewer the cuts that are tried.
    if text.len() > 4096 {
        return text.to_vec();
    }
    let cuts: Vec<usize> = if back == longest { (0..=text.len()).collect() } else { (0..=text.len()).rev().collect() };
    for cut in cuts {
        let (head, tail) = text.split_at(cut);
        if back && glob_match(glob, tail) {
            return head.to_vec();
        }
        if !back && glob_match(glob, head) {
            return tail.to_vec();
        }
    }
    text.to_vec()
}

fn replace(text: &[u8], pattern: &[u8], with: &[u8], all: bool) -> Vec<u8> {
    let (pattern, anchor) = match pattern.first() {
        Some(b'#' | b'%') if pattern.len() > 1 => (pattern.get(1..).unwrap_or_default(), pattern.first().copied()),
        _ => (pattern, None),
    };
    match anchor {
        Some(b'#') => {
            return text.strip_prefix(pattern).map_or_else(|| text.to_vec(), |rest| [with, rest].concat());
        }
        Some(b'%') => {
            return text.strip_suffix(pattern).map_or_else(|| text.to_vec(), |rest| [rest, with].concat());
        }
        _ => {}
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, pattern) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend_from_slice(with);
        rest = rest.get(at + pattern.len()..).unwrap_or_default();
        if !all || out.len() > MAX_VALUE {
            break;
        }
    }
    out.extend_from_slice(rest);
    out
}

/// `offset` or `offset:length`.
fn slice(text: &[u8], range: &[u8]) -> Option<Vec<u8>> {
    let range = std::str::from_utf8(range).ok()?;
    let mut numbers = range.split(':').map(|number| number.trim().parse::<i64>());
    let offset = numbers.next()?.ok()?;
    let length = i64::try_from(text.len()).ok()?;
    let start = if offset < 0 { (length + offset).max(0) } else { offset.min(length) };
    let end = match numbers.next() {
        None => length,
        Some(count) => {
            let count = count.ok()?;
            if count < 0 { (length + count).max(start) } else { (start.saturating_add(count)).min(length) }
        }
    };
    text.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?).map(<[u8]>::to_vec)
}
