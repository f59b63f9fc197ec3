//! Is the value of a name that says secret really one?

use super::headers;
use super::literal::Value;
use super::names::{Name, Promise};
use crate::content::values::{self, Shape};
use crate::content::{Hit, bytes, check};
use protocol::Severity;
use protocol::finding::Confidence;
use std::borrow::Cow;

/// Judges one value; `None` for references, placeholders, digests and plain words.
pub(super) fn judge(text: &[u8], name: &Name, value: Value) -> Option<Hit> {
    // As it will be stored, so that raw and stored text are judged alike.
    let stored = String::from_utf8_lossy(value.bytes(text));
    let whole = if value.quoted { unjoined(stored.as_bytes()) } else { Cow::Borrowed(stored.as_bytes()) };
    let literal = &*whole;
    let shortest = match name.promise {
        Promise::Password => 6,
        Promise::Secret => 8,
        Promise::Token => 16,
        Promise::Phrase => 40,
    };
    if literal.len() < shortest || values::is_reference(literal, value.quoted) || values::is_placeholder(literal) {
        return None;
    }
    if values::is_publishable(literal) || values::is_sealed(literal) || values::is_file(literal) {
        return None;
    }
    if stands_apart(text, name, &value, literal) {
        return None;
    }
    let uuid = name.vendor.is_some_and(|vendor| vendor.uuid) && check::is_uuid(literal);
    if values::is_digest(literal) && !uuid {
        return None;
    }
    let shape = Shape::of(literal);
    let code = !value.quoted && !value.environment && !value.line;
    if (code && is_expression(literal)) || (!value.quoted && (is_call(literal) || is_statement(literal))) {
        return None;
    }
    // A type or the next name, not a value; in a URL nothing stands before it.
    let spaced = value.start.checked_sub(1).is_some_and(|before| text[before] == b' ');
    if (value.listed || (code && spaced)) && values::is_camel(literal) {
        return None;
    }
    let (severity, confidence) = match name.promise {
        Promise::Password | Promise::Secret if value.line && is_manifest_value(text, value.start, literal) => {
            (Severity::High, Confidence::High)
        }
        _ if uuid => (Severity::High, Confidence::Medium),
        // Of a list's items only what is surely a password: `'mysql_native_password', 'latin1'`.
        Promise::Password => {
            password(literal, &shape, value).filter(|(severity, _)| !value.listed || *severity > Severity::Low)?
        }
        Promise::Secret => secret(literal, &shape)?,
        Promise::Token if headers::is_default_pair(literal) => return None,
        Promise::Token if headers::is_basic(literal) || is_encoded_key(literal) => (Severity::High, Confidence::High),
        Promise::Token => token(literal, &shape, value)?,
        Promise::Phrase => phrase(literal)?,
    };
    let kind = match (name.kind, name.vendor) {
        ("api-key" | "token", _) if headers::is_basic(literal) => "basic-auth",
        // Forty characters of base64, or it is someone else's secret access key.
        ("aws-secret-key", _) if literal.len() != 40 => "secret-key",
        ("api-key" | "token" | "secret" | "client-secret" | "secret-key", Some(vendor)) => vendor.kind,
        (kind, _) => kind,
    };
    let (severity, confidence) =
        if kind == "aws-secret-key" { (Severity::Critical, Confidence::High) } else { (severity, confidence) };
    Some(Hit { kind, start: value.start, end: value.end, severity, confidence })
}

/// What stands around the value says that it is public, sealed or only the number of a key.
fn stands_apart(text: &[u8], name: &Name, value: &Value, literal: &[u8]) -> bool {
    let line = |before: usize, behind: usize| {
        text.get(value.start.saturating_sub(before)..text.len().min(value.end + behind)).unwrap_or_default()
    };
    let hex = literal.iter().all(u8::is_ascii_hexdigit);
    // git's `signingkey = A001…` is OpenPGP's number of a public key.
    (name.kind == "secret-key" && hex && matches!(literal.len(), 8 | 16 | 40) && line(24, 0).to_ascii_lowercase().windows(10).any(|word| word == b"signingkey"))
        // Everybody who searches a documentation has this one.
        || (name.kind == "api-key" && [&b"docsearch"[..], b"search-only", b"searchonly"].iter().any(|word| bytes::contains_any_case(line(80, 80), word)))
        || (literal.len() >= 100 && memchr::memmem::find(line(400, 0), b"encryptedData").is_some())
}

/// A value of a Kubernetes secret, in base64.
fn is_manifest_value(text: &[u8], start: usize, literal: &[u8]) -> bool {
    let near = text.get(start.saturating_sub(600)..start).unwrap_or_default();
    if memchr::memmem::find(near, b"kind: Secret\n").is_none() {
        return false;
    }
    let plain = check::base64(literal, 256);
    plain.len() >= 6
        && plain.iter().all(|b| (b' '..=b'~').contains(b))
        && !super::urls::is_default(&plain)
        && !values::is_placeholder(&plain)
        && !is_words(&plain)
}

/// Without the quotes and signs between the pieces of a literal that is written in several.
fn unjoined(literal: &[u8]) -> Cow<'_, [u8]> {
    let Some(quote) = literal.iter().find(|b| super::literal::is_quote(**b)) else { return Cow::Borrowed(literal) };
    let mut out = Vec::with_capacity(literal.len());
    let mut pieces = literal.split(|b| b == quote);
    while let Some(piece) = pieces.next() {
        out.extend_from_slice(piece);
        let Some(between) = pieces.next() else { return Cow::Owned(out) };
        if !between.iter().all(|b| b.is_ascii_whitespace() || matches!(b, b'+' | b'.' | b'&' | b'\\')) {
            return Cow::Borrowed(literal);
        }
    }
    Cow::Owned(out)
}

/// A key in PEM, in base64 once more, as in the files of Kubernetes.
fn is_encoded_key(literal: &[u8]) -> bool {
    literal.starts_with(b"LS0tLS1CRUdJTi")
}

/// Twelve or more words of a list, as wallets show them.
fn phrase(literal: &[u8]) -> Option<(Severity, Confidence)> {
    let mut words = 0;
    for word in literal.split(|b| *b == b' ') {
        if !(3..=8).contains(&word.len()) || !word.iter().all(u8::is_ascii_lowercase) {
            return None;
        }
        words += 1;
    }
    matches!(words, 12 | 15 | 18 | 21 | 24).then_some((Severity::Critical, Confidence::Medium))
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

/// `other=!0;next`: a name, and then what goes on behind it.
fn is_statement(literal: &[u8]) -> bool {
    let Some(end) = literal.iter().position(|b| matches!(b, b'=' | b';' | b'{' | b'}' | b',')) else { return false };
    let name = literal.get(..end).unwrap_or_default();
    end + 2 < literal.len()
        && name.len() >= 3
        && name.iter().all(|b| bytes::is(*b, bytes::UPPER | bytes::LOWER | bytes::UNDERSCORE | bytes::DOT))
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
pub(super) fn is_words(literal: &[u8]) -> bool {
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
    if literal.iter().any(|b| *b < b' ') || super::urls::is_default(literal) {
        return None;
    }
    let firm = (Severity::High, Confidence::Medium);
    let weak = (Severity::Low, Confidence::Low);
    let plain = value.quoted || value.environment || value.line;
    if shape.letters() == 0 {
        // A number of some digits, with or without marks: a PIN, or a date.
        let pin =
            shape.digits >= 6 && literal.len() <= 16 && (value.quoted || value.environment) && shape.distinct >= 4;
        return (pin && (marks == 0 || shape.distinct >= 7)).then_some(weak);
    }
    if names_itself(literal) {
        return (shape.digits > 0 && shape.classes() >= 3 && plain).then_some(weak);
    }
    match (shape.digits > 0, marks > 0) {
        // Letters and digits: an identifier with a number has both, too.
        (true, _) if literal.len() >= 8 && (looks_made(literal) || shape.classes() >= 3) => Some(firm),
        (true, _) if plain && !is_words(literal) => Some(weak),
        (true, true) if plain && marks >= 2 => Some(weak),
        (false, true) if is_words(literal) => None,
        (false, true) if literal.len() >= 8 && shape.classes() >= 3 => Some(firm),
        (true, _) | (false, true) => None,
        // Letters that change their case all the time are no word.
        (false, false)
            if plain
                && literal.len() >= 10
                && shape.uppers >= 3
                && shape.lowers >= 3
                && case_changes(literal) * 5 >= literal.len() * 2 =>
        {
            Some(firm)
        }
        // Letters alone: a word, unless an environment file says that it is the password.
        (false, false) => (value.environment && literal.len() >= 8 && shape.lowers > 0).then_some(weak),
    }
}

fn case_changes(literal: &[u8]) -> usize {
    literal.windows(2).filter(|pair| pair[0].is_ascii_uppercase() != pair[1].is_ascii_uppercase()).count()
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

fn token(literal: &[u8], shape: &Shape, value: Value) -> Option<(Severity, Confidence)> {
    let alphabet = bytes::BEARER | bytes::COLON | bytes::PERCENT;
    if is_words(literal) || names_itself(literal) || literal.contains(&b' ') {
        return None;
    }
    let plain = literal.iter().all(|b| bytes::is(*b, alphabet));
    // Keys made of any characters stand in quotes or alone in their line.
    if !plain && !((value.quoted || value.environment) && literal.len() >= 24 && shape.classes() == 4) {
        return None;
    }
    (shape.is_random() && looks_made(literal)).then_some((Severity::High, Confidence::Medium))
}
