//! What the names of a script stand for, as far as it is plain to see: paths, texts, and where a value came from.

use super::super::Lang;
use super::words::{DECODES, FETCHES, SAME, SAME_METHODS};
use super::{literal, literals};
use crate::paths::Follow;
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::effect::{Outgoing, Target};
use protocol::{RawText, Why};
use std::cell::Cell;
use std::collections::HashMap;

/// Expressions within expressions.
const MAX_DEPTH: u32 = 8;
/// Longer expressions are looked through for where they come from, not evaluated.
const MAX_SOURCE: usize = 4_096;
/// Bytes of expressions that are looked at in one script.
const MAX_SPENT: usize = 64 * 1024;
/// Names that one script may have.
const MAX_NAMES: usize = 200;
/// Files that one value may come from.
const MAX_FILES: usize = 8;

/// A value of a script.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub value: Value,
    pub from: From,
    /// A request that is not sent yet: where to.
    pub request: Option<Value>,
    /// A file that is open for writing.
    pub open: Option<Value>,
    /// The members of a list that is gone through: it is each of them in turn.
    pub each: Vec<Value>,
}

/// Where a value came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct From {
    pub files: Vec<Target<RawText>>,
    pub download: Option<Value>,
    pub environment: bool,
    pub decoded: bool,
}

/// The names of the script at hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    known: HashMap<Vec<u8>, Known>,
    /// The host that a socket was connected with.
    pub socket: Option<Value>,
    /// The libraries that the script uses, and what it says about where it works.
    pub sdks: Vec<usize>,
    pub context: Vec<u8>,
    /// It goes through all that there is.
    pub everything: bool,
    /// Bytes of expressions that were looked at so far.
    spent: Cell<usize>,
}

impl Names {
    /// Counts work; false when there may be no more.
    pub(super) fn afford(&self, bytes: usize) -> bool {
        self.spent.set(self.spent.get().saturating_add(bytes.max(16)));
        self.spent.get() <= MAX_SPENT
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<&Known> {
        let name = name.strip_prefix(b"$").unwrap_or(name);
        self.known.get(name)
    }

    pub(super) fn is_each(&self, name: &[u8]) -> bool {
        self.get(name).is_some_and(|known| !known.each.is_empty())
    }

    pub(super) fn set(&mut self, name: &[u8], known: Known) {
        let name = name.strip_prefix(b"$").unwrap_or(name);
        if self.known.len() < MAX_NAMES || self.known.contains_key(name) {
            self.known.insert(name.to_vec(), known);
        }
    }

    pub(super) fn get_mut(&mut self, name: &[u8]) -> Option<&mut Known> {
        let name = name.strip_prefix(b"$").unwrap_or(name);
        self.known.get_mut(name)
    }
}

impl Known {
    pub(super) fn of(value: Value) -> Self {
        Self { value, from: From::default(), request: None, open: None, each: Vec::new() }
    }

    pub(super) fn unknown() -> Self {
        Self::of(Value::Unknown(Why::Variable))
    }
}

impl From {
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.download.is_none() && !self.environment && !self.decoded
    }

    /// Neither code from elsewhere nor a secret.
    pub(super) fn is_harmless(&self) -> bool {
        let secret = self.files.iter().any(|file| file.class.contains(protocol::PathClass::CREDENTIAL));
        self.download.is_none() && !self.environment && !self.decoded && !secret
    }

    pub(super) fn add(&mut self, other: &Self) {
        for file in &other.files {
            if self.files.len() < MAX_FILES && !self.files.contains(file) {
                self.files.push(file.clone());
            }
        }
        if self.download.is_none() {
            self.download.clone_from(&other.download);
        }
        self.environment |= other.environment;
        self.decoded |= other.decoded;
    }

    /// What leaves when the value does.
    pub(super) fn outgoing(&self, walker: &Walker<'_>) -> Vec<Outgoing<RawText>> {
        let mut out: Vec<_> = self.files.iter().cloned().map(Outgoing::File).collect();
        if self.environment {
            out.extend(super::super::leaves::environment(walker).outgoing());
        }
        out
    }

    /// What a file holds that the value is written into.
    pub(super) fn flow(&self, walker: &Walker<'_>) -> Flow {
        if let Some(url) = &self.download {
            Flow::Download(url.clone())
        } else if self.decoded {
            Flow::Decoded
        } else if self.environment {
            super::super::leaves::environment(walker)
        } else if self.files.is_empty() {
            Flow::Output
        } else {
            Flow::Files(self.files.clone())
        }
    }
}

fn has(text: &[u8], word: &str) -> bool {
    memchr::memmem::find(text, word.as_bytes()).is_some()
}

/// Evaluates an expression as far as that is plain.
pub(super) fn evaluate(walker: &Walker<'_>, lang: Lang, source: &[u8], depth: u32) -> Known {
    let source = bare(source);
    if !walker.names.afford(source.len()) {
        return Known::unknown();
    }
    let mut known = if depth < MAX_DEPTH && source.len() <= MAX_SOURCE {
        value(walker, lang, source, depth)
    } else {
        Known::unknown()
    };
    let from = origin(walker, lang, source, depth);
    known.from.add(&from);
    known
}

/// Without `await`, `new` and parentheses around the whole.
fn bare(source: &[u8]) -> &[u8] {
    let mut source = source.trim_ascii();
    loop {
        let cut = [&b"await "[..], b"new ", b"return ", b"str(", b"my ", b"let ", b"const "]
            .iter()
            .take(3)
            .find_map(|word| source.strip_prefix(*word));
        if let Some(rest) = cut {
            source = rest.trim_ascii();
            continue;
        }
        if source.first() == Some(&b'(') && closing(source, 0) == Some(source.len() - 1) {
            source = source.get(1..source.len() - 1).unwrap_or_default().trim_ascii();
            continue;
        }
        return source;
    }
}

/// Where the bracket at `at` closes.
pub(super) fn closing(source: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_u32;
    let mut here = at;
    while let Some(&byte) = source.get(here) {
        match byte {
            b'"' | b'\'' | b'`' => {
                here = literal(source, here, Lang::Other).1;
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(here);
                }
            }
            _ => {}
        }
        here += 1;
    }
    None
}

/// The parts between an operator that stands outside of brackets and texts.
pub(super) fn split(source: &[u8], is: impl Fn(&[u8], usize) -> bool) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut from = 0;
    let mut here = 0;
    while let Some(&byte) = source.get(here) {
        match byte {
            b'"' | b'\'' | b'`' => {
                here = literal(source, here, Lang::Other).1.max(here + 1);
                continue;
            }
            b'(' | b'[' | b'{' => {
                here = closing(source, here).map_or(source.len(), |end| end + 1);
                continue;
            }
            _ if is(source, here) => {
                out.push(source.get(from..here).unwrap_or_default());
                from = here + 1;
            }
            _ => {}
        }
        here += 1;
    }
    out.push(source.get(from..).unwrap_or_default());
    out
}

fn value(walker: &Walker<'_>, lang: Lang, source: &[u8], depth: u32) -> Known {
    let plus = split(source, |source, at| {
        source.get(at) == Some(&b'+')
            || (matches!(lang, Lang::Perl | Lang::Php)
                && source.get(at) == Some(&b'.')
                && !source.get(at + 1).is_some_and(u8::is_ascii_digit))
    });
    if plus.len() > 1 && !plus.iter().any(|part| part.is_empty()) {
        let mut out = Value::Known(Vec::new());
        for part in plus.iter().take(32) {
            out.append(&evaluate(walker, lang, part, depth + 1).value);
        }
        return Known::of(out);
    }
    if matches!(lang, Lang::Python | Lang::Ruby) {
        let slashes = split(source, |source, at| source.get(at) == Some(&b'/'));
        if slashes.len() > 1 && !slashes.iter().any(|part| part.is_empty()) {
            let parts: Vec<Value> =
                slashes.iter().take(32).map(|part| evaluate(walker, lang, part, depth + 1).value).collect();
            return Known::of(joined(parts));
        }
    }
    if let Some(text) = whole_literal(walker, lang, source) {
        return Known::of(text);
    }
    if let Some(value) = variable(walker, source) {
        return Known::of(value);
    }
    if let Some(known) = walker.names.get(source) {
        return known.clone();
    }
    if let Some(value) = literals::temporary(walker, source) {
        return Known::of(value);
    }
    call_value(walker, lang, source, depth)
}

/// The expression is one text.
fn whole_literal(walker: &Walker<'_>, lang: Lang, source: &[u8]) -> Option<Value> {
    let prefix = source.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let quote = *source.get(prefix)?;
    if prefix > 2 || !matches!(quote, b'"' | b'\'' | b'`') {
        return None;
    }
    let (text, end) = literal(source, prefix, lang);
    if end != source.len() {
        return None;
    }
    let marks = source.get(..prefix).unwrap_or_default();
    let fills: Option<&[u8]> = match lang {
        Lang::Python if marks.contains(&b'f') || marks.contains(&b'F') => Some(b"{"),
        Lang::Node if quote == b'`' => Some(b"${"),
        Lang::Ruby if quote != b'\'' => Some(b"#{"),
        Lang::Perl | Lang::Php if quote == b'"' => Some(b"$"),
        _ => None,
    };
    Some(match fills {
        Some(mark) => interpolated(walker, &text, mark),
        None => Value::Known(text),
    })
}

/// `{name}`, `${name}`, `#{name}`, `$name`, `$ENV{NAME}` within a text.
fn interpolated(walker: &Walker<'_>, text: &[u8], mark: &[u8]) -> Value {
    let mut out = Value::Known(Vec::new());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, mark) {
        out.append(&Value::text(rest.get(..at).unwrap_or_default()));
        let behind = rest.get(at + mark.len()..).unwrap_or_default();
        if mark == b"$" && !behind.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'{' | b'_')) {
            out.append(&Value::text(mark));
            rest = behind;
            continue;
        }
        let (inner, tail) = if mark == b"$" {
            let braced = behind.first() == Some(&b'{');
            let from = usize::from(braced);
            let mut length =
                behind.iter().skip(from).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count() + from;
            if behind.get(length) == Some(&b'{') || braced {
                length = behind.iter().position(|b| *b == b'}').map_or(behind.len(), |end| end + 1);
            }
            let (name, tail) = behind.split_at(length);
            (if braced { name.get(1..name.len().saturating_sub(1)).unwrap_or_default() } else { name }, tail)
        } else {
            let end = behind.iter().position(|b| *b == b'}').unwrap_or(behind.len());
            (behind.get(..end).unwrap_or_default(), behind.get(end + 1..).unwrap_or_default())
        };
        let value = variable(walker, inner)
            .or_else(|| walker.names.get(inner).map(|known| known.value.clone()))
            .unwrap_or(Value::Unknown(Why::Variable));
        out.append(&value);
        rest = tail;
    }
    out.append(&Value::text(rest));
    out
}

/// `os.environ["HOME"]`, `process.env.HOME`, `$ENV{HOME}`, `ENV['HOME']`, `Path.home()`.
fn variable(walker: &Walker<'_>, source: &[u8]) -> Option<Value> {
    let home = || walker.shell.get(b"HOME").unwrap_or(Value::Unknown(Why::NoFacts));
    if [
        "Path.home()",
        "pathlib.Path.home()",
        "os.homedir()",
        "homedir()",
        "Dir.home",
        "require('os').homedir()",
        "require(\"os\").homedir()",
    ]
    .iter()
    .any(|known| source == known.as_bytes())
    {
        return Some(home());
    }
    if source.ends_with(b"getusersitepackages()") || source.ends_with(b"getsitepackages()[0]") {
        let mut out = home();
        out.append(&Value::text(b"/.local/lib/python3/site-packages"));
        return Some(out);
    }
    if matches!(source, b"os.getcwd()" | b"process.cwd()" | b"Path.cwd()" | b"Dir.pwd" | b"__dirname") {
        return Some(walker.shell.cwd.clone());
    }
    let rest = [
        &b"os.environ.get("[..],
        b"os.environ[",
        b"os.getenv(",
        b"environ[",
        b"process.env.",
        b"process.env[",
        b"$ENV{",
        b"ENV{",
        b"ENV[",
        b"ENV.fetch(",
        b"getenv(",
        b"$_ENV[",
        b"$_SERVER[",
    ]
    .iter()
    .find_map(|start| source.strip_prefix(*start))?;
    let name: Vec<u8> = rest
        .iter()
        .skip_while(|b| matches!(b, b'"' | b'\''))
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
        .copied()
        .collect();
    let length = rest
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'"' | b'\'' | b']' | b')' | b'}'))
        .count();
    if length != rest.len() || name.is_empty() {
        return None;
    }
    Some(walker.shell.get(&name).unwrap_or(Value::Unknown(Why::Variable)))
}

fn joined(parts: Vec<Value>) -> Value {
    let mut out = Value::Known(Vec::new());
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            // An absolute part begins anew.
            if part.written().is_some_and(|text| text.first() == Some(&b'/')) {
                out = part;
                continue;
            }
            out.append(&Value::text(b"/"));
        }
        out.append(&part);
    }
    out
}

/// `~` as `expanduser` reads it.
fn at_home(walker: &Walker<'_>, path: Value) -> Value {
    match path.written() {
        Some(text) if text == b"~" || text.starts_with(b"~/") => {
            let mut out = walker.shell.get(b"HOME").unwrap_or(Value::Unknown(Why::NoFacts));
            let below = text.get(1..).unwrap_or_default().to_vec();
            out.append(&if path.known().is_some() {
                Value::Known(below)
            } else {
                Value::Pattern { glob: below, floating: false }
            });
            out
        }
        _ => path,
    }
}

/// `name(arguments)` with methods behind it.
fn call_value(walker: &Walker<'_>, lang: Lang, source: &[u8], depth: u32) -> Known {
    let Some(open) = source.iter().position(|b| *b == b'(') else { return attribute(walker, source) };
    let name = String::from_utf8_lossy(source.get(..open).unwrap_or_default());
    let name = name.trim();
    let Some(close) = closing(source, open) else { return Known::unknown() };
    let inside = source.get(open + 1..close).unwrap_or_default();
    let mut tail = source.get(close + 1..).unwrap_or_default().trim_ascii_start();
    let arguments = || split(inside, |source, at| source.get(at) == Some(&b','));
    let evaluated = |part: &[u8]| evaluate(walker, lang, part, depth + 1);
    let mut known = if SAME.iter().any(|known| name == *known || name.ends_with(&format!(".{known}"))) {
        let parts: Vec<Value> = arguments().into_iter().take(16).map(|part| evaluated(part).value).collect();
        Known::of(at_home(walker, joined(parts)))
    } else if name.ends_with("Request") || name.ends_with("Request.new") {
        let parts = arguments();
        let url = parts.first().map_or(Value::Unknown(Why::Variable), |part| evaluated(part).value);
        Known { request: Some(url), ..Known::unknown() }
    } else if matches!(
        name,
        "open" | "io.open" | "File.open" | "fopen" | "File.new" | "tempfile.NamedTemporaryFile" | "NamedTemporaryFile"
    ) {
        let path =
            arguments().first().map_or(Value::Unknown(Why::Variable), |part| at_home(walker, evaluated(part).value));
        let path = if name.ends_with("NamedTemporaryFile") { Value::Unknown(Why::Variable) } else { path };
        Known { open: Some(path), ..Known::unknown() }
    } else if let Some(text) = literals::decoded(name, lang, inside) {
        Known::of(text)
    } else if let Some((receiver, "open")) = name.rsplit_once('.')
        && let known = evaluated(receiver.as_bytes())
        && known.value.written().is_some()
    {
        Known { open: Some(at_home(walker, known.value)), ..Known::unknown() }
    } else if let Some((receiver, method)) = name.rsplit_once('.')
        && SAME_METHODS.contains(&method)
    {
        let mut known = evaluated(receiver.as_bytes());
        if method == "joinpath" {
            let mut parts = vec![known.value];
            parts.extend(arguments().into_iter().map(|part| evaluated(part).value));
            known.value = joined(parts);
        }
        known
    } else {
        Known::unknown()
    };
    // What stands behind the call.
    while let Some(rest) = tail.strip_prefix(b".") {
        let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let method = String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).into_owned();
        let Some(end) = rest.get(length).filter(|b| **b == b'(').and_then(|_| closing(rest, length)) else {
            known.value = Value::Unknown(Why::Variable);
            break;
        };
        if method == "joinpath" {
            let inner = rest.get(length + 1..end).unwrap_or_default();
            known.value = joined(vec![known.value, evaluated(inner).value]);
        } else if method == "expanduser" {
            known.value = at_home(walker, known.value);
        } else if !SAME_METHODS.contains(&method.as_str()) {
            known.value = Value::Unknown(Why::Variable);
            break;
        }
        tail = rest.get(end + 1..).unwrap_or_default();
    }
    known
}

/// `file.name`, `path.parent`.
fn attribute(walker: &Walker<'_>, source: &[u8]) -> Known {
    let Some(at) = source.iter().rposition(|b| *b == b'.') else { return Known::unknown() };
    let (name, field) = source.split_at(at);
    match (walker.names.get(name), field) {
        (Some(known), b".name" | b".path") if known.open.is_some() => {
            let value = known.open.clone().unwrap_or(Value::Unknown(Why::Variable));
            Known { from: known.from.clone(), ..Known::of(value) }
        }
        _ => Known::unknown(),
    }
}

/// Where the value of an expression comes from: the names in it, and what it reads, fetches or decodes.
fn origin(walker: &Walker<'_>, lang: Lang, source: &[u8], depth: u32) -> From {
    let mut from = From::default();
    let mut here = 0;
    while let Some(&byte) = source.get(here) {
        if byte.is_ascii_alphabetic() || byte == b'_' {
            let length = source.iter().skip(here).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            if let Some(known) = walker.names.get(source.get(here..here + length).unwrap_or_default())
                && !known.from.is_empty()
            {
                from.add(&known.from.clone());
            }
            here += length.max(1);
        } else if matches!(byte, b'"' | b'\'') {
            here = literal(source, here, lang).1.max(here + 1);
        } else {
            here += 1;
        }
    }
    if depth >= MAX_DEPTH || !source.contains(&b'(') && !has(source, "env") && !has(source, "ENV") {
        return from;
    }
    if FETCHES.iter().any(|call| has(source, call)) || (has(source, "file_get_contents(") && has(source, "http")) {
        from.download = from.download.or_else(|| Some(first_url(source, lang)));
    }
    from.decoded |= DECODES.iter().any(|call| has(source, call));
    from.environment |= whole_environment(source);
    let reads = ["read_bytes(", "read_text(", "open("].iter().any(|call| has(source, call));
    let list = if reads { literals::gone_through(source) } else { None };
    for member in list.map(|list| literals::members(walker, lang, list)).into_iter().flatten() {
        if member.written().is_some() && from.files.len() < MAX_FILES {
            from.files.push(walker.found(&at_home(walker, member), Follow::Links).target);
        }
    }
    for start in [
        "open(",
        "readFileSync(",
        "readFile(",
        "File.read(",
        "IO.read(",
        "file_get_contents(",
        "read_text(",
        "read_bytes(",
        "readTextFile(",
        "Bun.file(",
    ] {
        let Some(at) = memchr::memmem::find(source, start.as_bytes()) else { continue };
        let path = if start.starts_with("read_") {
            // The receiver is the path.
            let before = source.get(..at.saturating_sub(1)).unwrap_or_default();
            evaluate(walker, lang, before, depth + 1).value
        } else {
            let open = at + start.len() - 1;
            let inside = closing(source, open).and_then(|end| source.get(open + 1..end)).unwrap_or_default();
            let parts = split(inside, |source, at| source.get(at) == Some(&b','));
            let writes =
                parts.get(1).is_some_and(|mode| matches!(mode.trim_ascii(), [b'"' | b'\'', b'w' | b'a' | b'x', ..]));
            if writes {
                continue;
            }
            parts.first().map_or(Value::Unknown(Why::Variable), |part| {
                at_home(walker, evaluate(walker, lang, part, depth + 1).value)
            })
        };
        if path.written().is_some_and(|text| !text.is_empty() && !text.starts_with(b"http"))
            && from.files.len() < MAX_FILES
        {
            from.files.push(walker.found(&path, Follow::Links).target);
        }
    }
    from
}

fn first_url(source: &[u8], lang: Lang) -> Value {
    let mut here = 0;
    while let Some(at) = source.get(here..).and_then(|rest| rest.iter().position(|b| matches!(b, b'"' | b'\'' | b'`')))
    {
        let (text, end) = literal(source, here + at, lang);
        if text.starts_with(b"http") {
            return Value::Known(text);
        }
        here = end.max(here + at + 1);
    }
    Value::Unknown(Why::Variable)
}

/// All variables, and not one of them.
pub(super) fn whole_environment(source: &[u8]) -> bool {
    [
        "process.env",
        "os.environ",
        "ENV.to_h",
        "ENV.to_a",
        "ENV.inspect",
        "%ENV",
        "getenv()",
        "$_ENV",
        "Deno.env.toObject()",
    ]
    .iter()
    .any(|word| {
        let mut rest = source;
        while let Some(at) = memchr::memmem::find(rest, word.as_bytes()) {
            rest = rest.get(at + word.len()..).unwrap_or_default();
            let whole = !matches!(*word, "process.env" | "os.environ" | "%ENV");
            let one = !whole && rest.first().is_some_and(|b| *b == b'[' || b.is_ascii_alphanumeric() || *b == b'_')
                || (!whole
                    && rest.starts_with(b".")
                    && !rest.starts_with(b".items()")
                    && !rest.starts_with(b".copy()"));
            if !one {
                return true;
            }
        }
        false
    })
}

/// The address that a script fetches from, when it fetches at all.
pub(super) fn fetched(source: &[u8], lang: Lang) -> Option<Value> {
    let fetches =
        FETCHES.iter().any(|call| has(source, call)) || (has(source, "file_get_contents(") && has(source, "http"));
    fetches.then(|| first_url(source, lang))
}
