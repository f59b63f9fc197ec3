//! Secrets without a form of their own, found by what stands around them.

mod arguments;
mod calls;
mod headers;
mod judge;
mod literal;
mod marks;
mod markup;
mod names;
mod phrases;
mod urls;
mod vendors;
mod webhooks;

use super::values::Shape;
use super::{Hit, bytes};
use literal::{LONGEST, Value, bare_end, count, literal};

/// Values inside of values are looked at so many times; then only the innermost is.
const NESTED: usize = 4;

pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>) {
    // What lies before this has been looked at.
    let mut done = 0;
    // Where the last value that was none ends, and how many began inside of another.
    let (mut refused, mut nested) = (0, 0);
    for at in memchr::memchr3_iter(b':', b'=', b',', text) {
        if at < done {
            continue;
        }
        let found = match (text[at], text.get(at + 1)) {
            (b',', _) => listed(text, at),
            (b':', Some(b'/')) if text.get(at + 2) == Some(&b'/') => {
                if let Some(hit) = webhooks::find(text, at).or_else(|| urls::credentials(text, at)) {
                    done = hit.end;
                    hits.push(hit);
                }
                continue;
            }
            (b':', Some(b'0'..=b'9' | b'*')) if let Some(hit) = urls::pgpass(text, at) => {
                done = hit.end;
                hits.push(hit);
                continue;
            }
            (b':', _) if is_private_member(text, at) => {
                Some((names::PRIVATE_MEMBER, at + 1)).and_then(|(name, from)| {
                    Some((name, literal(text, from + count(text, from, |b| b == b' ', 4), false)?))
                })
            }
            _ if !names::may_stand_before(text, at) => continue,
            _ => assignment(text, at),
        };
        let Some((name, value)) = found else { continue };
        // What is none as a whole line may be one up to a mark: `Authorization: X&y`.
        let hit = judge::judge(text, &name, value).or_else(|| {
            let part = if value.line { literal(text, value.start, false)? } else { return None };
            judge::judge(text, &name, part)
        });
        nested = if at < refused { nested + 1 } else { 0 };
        refused = value.end;
        match hit {
            Some(hit) => {
                done = hit.end;
                hits.push(hit);
            }
            None if nested >= NESTED => done = at + 1 + last_delimiter(text, at + 1, value.end),
            None => {}
        }
    }
    marks::find(text, hits);
}

/// `"d":` and `"k":` of a JSON web key: its private half, or the key itself.
fn is_private_member(text: &[u8], at: usize) -> bool {
    let Some(b"\"d\"" | b"\"k\"") = at.checked_sub(3).and_then(|from| text.get(from..at)) else { return false };
    let near = text.get(at.saturating_sub(1024)..text.len().min(at + 1024)).unwrap_or_default();
    memchr::memmem::find(near, b"\"kty\"").is_some()
}

/// `"name", "value"`: the arguments of a call, the items of a list.
fn listed(text: &[u8], at: usize) -> Option<(names::Name, Value)> {
    if !at.checked_sub(1).is_some_and(|before| literal::is_quote(text[before])) {
        return None;
    }
    let start = at + 1 + count(text, at + 1, |b| b == b' ', 24);
    if !text.get(start).is_some_and(|b| literal::is_quote(*b) || *b == b'\\') {
        return None;
    }
    let name = names::before(text, at)?;
    Some((name, Value { listed: true, ..literal(text, start, false)? }))
}

/// Where the last `:` or `=` stands from `from` to `end`, counted from `from`; 0 where there is none.
fn last_delimiter(text: &[u8], from: usize, end: usize) -> usize {
    text.get(from..end).and_then(|value| memchr::memrchr2(b':', b'=', value)).unwrap_or_default()
}

/// `name = value`, `"name": "value"`, `NAME=value`, `name := value`, where the name says secret.
fn assignment(text: &[u8], at: usize) -> Option<(names::Name, Value)> {
    let name = names::before(text, at).or_else(|| markup::named_value(text, at))?;
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
    // `**Password:** x`, `("a" "b")`
    let marks = count(text, start, |b| b == b'*', 2);
    if marks == 2 {
        start += 2 + count(text, start + 2, |b| b == b' ', 2);
    } else if text.get(start) == Some(&b'(') && text.get(start + 1).is_some_and(|b| literal::is_quote(*b)) {
        start += 1;
    }
    if name.promise == names::Promise::Password
        && let Some(value) = braced(text, start)
    {
        return Some(value);
    }
    let environment = spaces == 0 && text[at] == b'=' && name.alone;
    let whole = if name.line && !environment { literal::line(text, start) } else { None };
    let value = match whole {
        Some(value) => value,
        None => joined(text, literal(text, start, environment)?),
    };
    // `?user=ana&password=…`: no code, though nothing quotes it.
    let value = Value { environment: value.environment || is_parameter(text, at), ..value };
    Some(skip_scheme(text, value))
}

/// `Pwd={k7%x…}`: the braces of a driver's settings.
fn braced(text: &[u8], start: usize) -> Option<Value> {
    let near = text.get(start..text.len().min(start + 80))?.strip_prefix(b"{")?;
    let inner = near.get(..memchr::memchr(b'}', near)?)?;
    let made = inner.len() >= 10
        && Shape::of(inner).classes() == 4
        && !inner.iter().any(|b| b.is_ascii_whitespace() || literal::is_quote(*b) || matches!(b, b':' | b'{' | b'('));
    let start = start + 1;
    let end = start + inner.len();
    made.then_some(Value { start, end, quoted: true, environment: false, line: false, listed: false })
}

/// Does the name before the `=` at `at` follow the `?` or `&` of an address?
fn is_parameter(text: &[u8], at: usize) -> bool {
    let near = text.get(at.saturating_sub(240)..at).unwrap_or_default();
    let word = near.rsplit(|b| b.is_ascii_whitespace() || literal::is_quote(*b)).next().unwrap_or_default();
    text[at] == b'='
        && word.iter().rfind(|b| !bytes::is(**b, bytes::WORD_DOT)).is_some_and(|b| matches!(b, b'?' | b'&'))
        && memchr::memmem::find(word, b"://").is_some()
}

/// `"ab" + "cd"`, `"ab" "cd"`, `'ab' . 'cd'`: the value goes on in the next literal.
fn joined(text: &[u8], mut value: Value) -> Value {
    if !value.quoted {
        return value;
    }
    for _ in 0..8 {
        let quote = text.get(value.end).copied().filter(|b| literal::is_quote(*b));
        let Some(quote) = quote else { return value };
        let mut at = value.end + 1;
        let blank = |b: u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'\\');
        let before = count(text, at, blank, 40);
        at += before;
        let sign = usize::from(matches!(text.get(at), Some(b'+' | b'.' | b'&')));
        at += sign;
        at += count(text, at, blank, 40);
        if (before == 0 && sign == 0) || text.get(at) != Some(&quote) {
            return value;
        }
        let Some(next) = literal(text, at, value.environment) else { return value };
        value.end = next.end;
    }
    value
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
    Value { start, end, quoted: true, environment: false, line: false, listed: false }
}
