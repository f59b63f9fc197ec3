//! Is the value of a name that says secret really one?

use super::Value;
use super::names::{Name, Promise};
use crate::content::values::{self, Shape};
use crate::content::{Hit, bytes, check};
use protocol::Severity;
use protocol::finding::Confidence;

/// Judges one value; `None` for references, placeholders, digests and plain words.
pub(super) fn judge(text: &[u8], name: &Name, value: Value) -> Option<Hit> {
    // As it will be stored, so that raw and stored text are judged alike.
    let stored = String::from_utf8_lossy(value.bytes(text));
    let literal = stored.as_bytes();
    let shortest = match name.promise {
        Promise::Password => 6,
        Promise::Secret => 8,
        Promise::Token => 16,
    };
    if literal.len() < shortest || values::is_reference(literal, value.quoted) || values::is_placeholder(literal) {
        return None;
    }
    if values::is_digest(literal) && !(name.uuid && check::is_uuid(literal)) {
        return None;
    }
    let shape = Shape::of(literal);
    let code = !value.quoted && !value.environment;
    if (code && is_expression(literal)) || (!value.quoted && is_call(literal)) {
        return None;
    }
    let (severity, confidence) = match name.promise {
        Promise::Password => password(literal, &shape, value)?,
        Promise::Secret => secret(literal, &shape)?,
        Promise::Token if name.uuid && check::is_uuid(literal) => (Severity::High, Confidence::Medium),
        Promise::Token => token(literal, &shape)?,
    };
    let kind = match name.kind {
        // Forty characters of base64, or it is someone else's secret access key.
        "aws-secret-key" if literal.len() != 40 => "secret-key",
        kind => kind,
    };
    let (severity, confidence) =
        if kind == "aws-secret-key" { (Severity::Critical, Confidence::High) } else { (severity, confidence) };
    Some(Hit { kind, start: value.start, end: value.end, severity, confidence })
}

/// `getpass()`, `Secret(x`: a call, also where a shell's assignment could stand.
fn is_call(literal: &[u8]) -> bool {
    let Some(open) = memchr::memchr(b'(', literal) else { return false };
    open > 0
        && literal.get(..open).is_some_and(|name| {
            name.iter().all(|b| bytes::is(*b, bytes::ALNUM | bytes::UNDERSCORE | bytes::DOT | bytes::COLON))
                && !looks_made(name)
        })
}

/// `user.token`, `hash(pw)`, `list[0]`, `self->key1`: code that names a value.
fn is_expression(literal: &[u8]) -> bool {
    if literal.iter().any(|b| matches!(b, b'(' | b'[' | b'{')) || memchr::memmem::find(literal, b"->").is_some() {
        return true;
    }
    let word = bytes::ALNUM | bytes::UNDERSCORE | bytes::DOT;
    let identifiers = || literal.split(|b| *b == b'.').all(|part| part.first().is_some_and(|b| !b.is_ascii_digit()));
    literal.iter().all(|b| bytes::is(*b, word)) && identifiers() && !looks_made(literal)
}

/// Made by a machine, not by a person naming things: letters and digits, or letters of both cases, change places often,
/// or a number stands between letters of both cases.
fn looks_made(literal: &[u8]) -> bool {
    let class = |b: &u8| match b {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    };
    let changes = literal.windows(2).filter(|pair| class(&pair[0]) != class(&pair[1])).count();
    let digit_changes = literal.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    let shape = Shape::of(literal);
    let often = digit_changes >= 3 && changes * 8 >= literal.len();
    let both_cases = literal.len() >= 20 && changes * 5 >= literal.len() * 2;
    let number_inside =
        literal.len() >= 10 && shape.digits >= 3 && digit_changes >= 2 && shape.lowers > 0 && shape.uppers > 0;
    often || both_cases || number_inside
}

/// Words joined by separators, each all letters or all digits: `my-app-secret-2`, `projects/12/secrets/db`.
fn is_words(literal: &[u8]) -> bool {
    literal.split(|b| matches!(b, b'-' | b'_' | b'.' | b'/' | b':' | b' ' | b'@')).all(|part| {
        (part.iter().all(u8::is_ascii_alphabetic) && !looks_made(part))
            || part.iter().all(u8::is_ascii_digit)
            || (part.len() <= 3 && part.iter().all(u8::is_ascii_alphanumeric))
    })
}

/// What people call the thing instead of giving it.
fn names_itself(literal: &[u8]) -> bool {
    [&b"password"[..], b"passwd", b"secret", b"token", b"apikey", b"credential", b"passphrase"]
        .iter()
        .any(|word| bytes::contains_any_case(literal, word))
}

fn password(literal: &[u8], shape: &Shape, value: Value) -> Option<(Severity, Confidence)> {
    let spaces = memchr::memchr_iter(b' ', literal).count();
    let marks = shape.others - spaces.min(shape.others);
    // A sentence on a form, or an object's text.
    if spaces > 0 && (shape.digits < 2 || marks == 0 || spaces > 6) {
        return None;
    }
    if shape.letters() == 0 || literal.iter().any(|b| *b < b' ') {
        return None;
    }
    let known = super::urls::is_default(literal);
    if known {
        return None;
    }
    let firm = (Severity::High, Confidence::Medium);
    let weak = (Severity::Low, Confidence::Low);
    if names_itself(literal) {
        return (shape.digits > 0 && shape.classes() >= 3 && (value.quoted || value.environment)).then_some(weak);
    }
    match (shape.digits > 0, marks > 0) {
        // Letters and digits: an identifier with a number has both, too.
        (true, _) if literal.len() >= 8 && (looks_made(literal) || shape.classes() >= 3) => Some(firm),
        (true, _) if value.quoted || value.environment => Some(weak),
        (false, true) if is_words(literal) => None,
        (false, true) if literal.len() >= 8 && shape.classes() >= 3 => Some(firm),
        (true, _) | (false, true) => None,
        // Letters alone: a word, unless an environment file says that it is the password.
        (false, false) => (value.environment && literal.len() >= 8 && shape.lowers > 0).then_some(weak),
    }
}

fn secret(literal: &[u8], shape: &Shape) -> Option<(Severity, Confidence)> {
    if shape.letters() == 0 || literal.contains(&b' ') || is_words(literal) {
        return None;
    }
    if names_itself(literal) && !shape.is_random() {
        return None;
    }
    if shape.is_random() && looks_made(literal) {
        return Some((Severity::High, Confidence::Medium));
    }
    let mixed = shape.digits > 0 && (looks_made(literal) || shape.classes() >= 3);
    mixed.then_some((Severity::Medium, Confidence::Low))
}

fn token(literal: &[u8], shape: &Shape) -> Option<(Severity, Confidence)> {
    let alphabet = bytes::BEARER | bytes::COLON;
    if is_words(literal) {
        return None;
    }
    if !literal.iter().all(|b| bytes::is(*b, alphabet) || *b == b'%') || names_itself(literal) {
        return None;
    }
    (shape.is_random() && looks_made(literal)).then_some((Severity::High, Confidence::Medium))
}
