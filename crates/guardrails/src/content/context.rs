//! Secrets without a form of their own, found by what stands around them.

mod arguments;
mod judge;
mod names;
mod urls;

use super::Hit;
use super::bytes::{self, ALNUM, BEARER};
use super::{check, values};
use memchr::memmem::Finder;
use protocol::Severity;
use protocol::finding::Confidence;
use std::sync::LazyLock;

/// A value is looked at as far as this; what is longer and has no form of its own is no password.
const LONGEST: usize = 1024;

/// Values inside of values are looked at so many times; then only the innermost is.
const NESTED: usize = 4;

pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>) {
    // What lies before this has been looked at.
    let mut done = 0;
    // Where the last value that was none ends, and how many began inside of another.
    let (mut refused, mut nested) = (0, 0);
    for at in memchr::memchr2_iter(b':', b'=', text) {
        if at < done {
            continue;
        }
        let hit = if text[at] == b':' && text.get(at + 1..at + 3) == Some(b"//") {
            urls::credentials(text, at)
        } else if let Some((name, value)) = assignment(text, at) {
            let hit = judge::judge(text, &name, value);
            nested = if at < refused { nested + 1 } else { 0 };
            refused = value.end;
            if hit.is_none() && nested >= NESTED {
                done = at + 1 + last_delimiter(text, at + 1, value.end);
            }
            hit
        } else {
            None
        };
        if let Some(hit) = hit {
            done = hit.end;
            hits.push(hit);
        }
    }
    bearer(text, hits);
    arguments::find(text, hits);
}

/// Where the last `:` or `=` stands from `from` to `end`, counted from `from`; 0 where there is none.
fn last_delimiter(text: &[u8], from: usize, end: usize) -> usize {
    text.get(from..end).and_then(|value| memchr::memrchr2(b':', b'=', value)).unwrap_or_default()
}

/// A value and how it stands in the text.
#[derive(Clone, Copy, Debug)]
struct Value {
    start: usize,
    end: usize,
    /// In quotes: a literal, not an expression.
    quoted: bool,
    /// `NAME=value` at the beginning of a line or word, without spaces: an environment file or a shell's assignment.
    environment: bool,
}

impl Value {
    fn bytes<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// `name = value`, `"name": "value"`, `NAME=value`, `name := value`, where the name says secret.
fn assignment(text: &[u8], at: usize) -> Option<(names::Name, Value)> {
    let name = names::before(text, at)?;
    let value = value(text, at, &name)?;
    Some((name, value))
}

/// The value behind the `:` or `=` at `at`.
fn value(text: &[u8], at: usize, name: &names::Name) -> Option<Value> {
    let mut start = at + 1;
    match (text[at], text.get(start)) {
        // Comparisons, paths in code.
        (b'=', Some(b'=' | b'~')) | (b':', Some(b':')) => return None,
        (b'=', Some(b'>')) | (b':', Some(b'=')) => start += 1,
        _ => {}
    }
    if text[at] == b'=' && at.checked_sub(1).is_some_and(|b| matches!(text[b], b'!' | b'=' | b'<' | b'>' | b'~')) {
        return None;
    }
    let spaces = count(text, start, |b| matches!(b, b' ' | b'\t'), 16);
    start += spaces;
    let environment = spaces == 0 && text[at] == b'=' && name.alone;
    let value = literal(text, start, environment)?;
    Some(skip_scheme(text, value))
}

/// The literal that begins at `start`, without its quotes.
fn literal(text: &[u8], start: usize, environment: bool) -> Option<Value> {
    // `b"…"`, `r'…'`, `@"…"`, `$'…'`; an f-string's braces make it a reference later.
    let mark = usize::from(
        text.get(start).is_some_and(|b| matches!(b, b'b' | b'r' | b'f' | b'u' | b'L' | b'@' | b'$'))
            && text.get(start + 1).is_some_and(|b| is_quote(*b)),
    );
    let start = start + mark;
    let escapes = count(text, start, |b| b == b'\\', 8);
    match text.get(start + escapes) {
        Some(quote) if is_quote(*quote) => {
            let inner = start + escapes + 1;
            let end = closing(text, inner, *quote, escapes);
            (end > inner).then_some(Value { start: inner, end, quoted: true, environment })
        }
        Some(_) if escapes == 0 => {
            let end = bare_end(text, start, environment);
            (end > start).then_some(Value { start, end, quoted: false, environment })
        }
        _ => None,
    }
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// The closing quote that fits the opening one behind `escapes` backslashes, or the end of the line or of the text.
fn closing(text: &[u8], from: usize, quote: u8, escapes: usize) -> usize {
    let limit = text.len().min(from + LONGEST);
    let mut at = from;
    while at < limit {
        match text[at] {
            b'\n' => return at,
            b'\\' if escapes == 0 => at += 1,
            byte if byte == quote => {
                let back = text[from..at].iter().rev().take_while(|b| **b == b'\\').count();
                return at - back.min(escapes);
            }
            _ => {}
        }
        at += 1;
    }
    limit
}

/// The end of a value without quotes.
fn bare_end(text: &[u8], start: usize, environment: bool) -> usize {
    let limit = text.len().min(start + LONGEST);
    let mut at = start;
    let mut escaped = None;
    while at < limit {
        match text[at] {
            // `t%3Dtoken:value%26x`: the separators of a text that is escaped as a whole.
            b'%' if matches!(text.get(at + 1..at + 3), Some(b"26" | b"22" | b"27" | b"3B" | b"3b" | b"20" | b"0A"))
                && *escaped.get_or_insert_with(|| is_escaped(text, start)) =>
            {
                break;
            }
            byte if byte.is_ascii_whitespace() || byte < b' ' => break,
            b'"' | b'\'' | b'`' => break,
            b'\\' if matches!(text.get(at + 1), None | Some(b'n' | b'r' | b't' | b'u' | b'\\' | b'"' | b'\'')) => break,
            b',' | b';' | b'&' | b'|' | b'<' | b'>' | b')' | b'}' | b']' if !environment => break,
            _ => at += 1,
        }
    }
    while at > start && matches!(text[at - 1], b';' | b',' | b'&' | b'|' | b')') {
        at -= 1;
    }
    at
}

/// Does an escaped `=`, `:` or `"` stand shortly before, in the same word?
fn is_escaped(text: &[u8], start: usize) -> bool {
    let before = text.get(start.saturating_sub(64)..start).unwrap_or_default();
    let word = before.rsplit(|b| b.is_ascii_whitespace() || *b == b'"').next().unwrap_or_default();
    memchr::memchr_iter(b'%', word)
        .any(|at| matches!(word.get(at + 1..at + 3), Some(b"3D" | b"3d" | b"3A" | b"3a" | b"22" | b"3F" | b"3f")))
}

/// The words that stand before the credential in an `Authorization` header.
const SCHEMES: [&[u8]; 9] =
    [b"bearer ", b"basic ", b"token ", b"apikey ", b"api-key ", b"bot ", b"splunk ", b"ssws ", b"geniekey "];

/// Steps over a scheme's name, and with it to the value behind the space.
fn skip_scheme(text: &[u8], value: Value) -> Value {
    let rest = text.get(value.start..text.len().min(value.start + LONGEST)).unwrap_or_default();
    let Some(scheme) = SCHEMES.iter().find(|s| rest.get(..s.len()).is_some_and(|head| head.eq_ignore_ascii_case(s)))
    else {
        return value;
    };
    let start = value.start + scheme.len();
    let end = if value.quoted { value.end.max(start) } else { bare_end(text, start, false) };
    Value { start, end, quoted: true, environment: false }
}

static BEARER_WORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("earer "));
static BASIC_WORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("asic "));

/// `Bearer …` and `Basic …` wherever they stand.
fn bearer(text: &[u8], hits: &mut Vec<Hit>) {
    let mut done = 0;
    for word in BEARER_WORD.find_iter(text) {
        let start = word + BEARER_WORD.needle().len();
        if word < done || !starts_word(text, word, b'b') {
            continue;
        }
        let end =
            text.len().min(bytes::end_of(text.get(..text.len().min(start + 8192)).unwrap_or_default(), start, BEARER));
        let token = trim_dots(text.get(start..end).unwrap_or_default());
        done = end;
        let shape = values::Shape::of(token);
        if token.len() >= 16
            && shape.is_random()
            && !values::is_placeholder(token)
            && !values::is_reference(token, false)
        {
            hits.push(Hit {
                kind: "bearer-token",
                start,
                end: start + token.len(),
                severity: Severity::High,
                confidence: Confidence::Medium,
            });
        }
    }
    let mut done = 0;
    for word in BASIC_WORD.find_iter(text) {
        let start = word + BASIC_WORD.needle().len();
        if word < done || !starts_word(text, word, b'b') {
            continue;
        }
        let end = bytes::end_of(text.get(..text.len().min(start + LONGEST)).unwrap_or_default(), start, bytes::BASE64);
        done = end;
        if basic_password(text.get(start..end).unwrap_or_default()) {
            hits.push(Hit { kind: "basic-auth", start, end, severity: Severity::High, confidence: Confidence::High });
        }
    }
}

fn starts_word(text: &[u8], rest: usize, first: u8) -> bool {
    let Some(at) = rest.checked_sub(1) else { return false };
    text[at].eq_ignore_ascii_case(&first)
        && !at.checked_sub(1).is_some_and(|before| bytes::is(text[before], ALNUM) && text[before] != b'n')
}

fn trim_dots(token: &[u8]) -> &[u8] {
    let end = token.iter().rposition(|b| *b != b'.').map_or(0, |last| last + 1);
    token.get(..end).unwrap_or_default()
}

/// Is this `user:password` in base64, with a password that is one?
fn basic_password(encoded: &[u8]) -> bool {
    if encoded.len() < 8 {
        return false;
    }
    let plain = check::base64(encoded, LONGEST);
    let Some(colon) = plain.iter().position(|b| *b == b':') else { return false };
    let password = plain.get(colon + 1..).unwrap_or_default();
    plain.len() >= 5
        && plain.iter().all(|b| (b' '..=b'~').contains(b))
        && !password.is_empty()
        && !urls::is_default(password)
        && !values::is_placeholder(password)
        && !values::is_reference(password, false)
}

/// How many bytes from `from` on satisfy `holds`, at most `limit`.
fn count(text: &[u8], from: usize, holds: impl Fn(u8) -> bool, limit: usize) -> usize {
    text.get(from..).unwrap_or_default().iter().take(limit).take_while(|b| holds(**b)).count()
}
