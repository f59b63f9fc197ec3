//! Credentials in HTTP headers: `Bearer …`, `Basic …`, session cookies.

use super::literal::LONGEST;
use super::marks::{Mark, mark};
use super::urls;
use crate::content::Hit;
use crate::content::bytes::{self, ALNUM, BEARER};
use crate::content::{check, values};
use protocol::Severity;
use protocol::finding::Confidence;

/// `AUTH PLAIN …` is SMTP's, `AUTHENTICATE PLAIN …` IMAP's.
pub(super) const MARKS: &[Mark] = &[
    mark("ookie: ", cookies),
    mark(" -b '", cookies),
    mark(" -b \"", cookies),
    mark("--cookie '", cookies),
    mark("--cookie \"", cookies),
    mark("earer ", bearer),
    mark(" PLAIN ", sasl),
    mark("asic ", basic),
];

/// Parts of the names of cookies that stand for a person's session.
const SESSIONS: [&[u8]; 9] = [b"sess", b"sid", b"auth", b"token", b"jwt", b"remember", b"login", b"sso", b"credential"];

/// Session cookies in the values of `Cookie:` and `Set-Cookie:`.
fn cookies(text: &[u8], _: usize, from: usize, hits: &mut Vec<Hit>) -> usize {
    let near = text.get(from..text.len().min(from + 4 * LONGEST)).unwrap_or_default();
    let end = near.iter().position(|b| matches!(b, b'\n' | b'\r' | b'"' | b'\'' | b'\\' | b'`')).unwrap_or(near.len());
    let mut start = from;
    for pair in near.get(..end).unwrap_or_default().split(|b| *b == b';') {
        if let Some(sign) = memchr::memchr(b'=', pair) {
            let (name, value) = (pair.get(..sign).unwrap_or_default(), pair.get(sign + 1..).unwrap_or_default());
            let value = value.trim_ascii_end();
            let csrf = [&b"csrf"[..], b"xsrf"].iter().any(|word| bytes::contains_any_case(name, word));
            if !csrf
                && SESSIONS.iter().any(|word| bytes::contains_any_case(name, word))
                && values::Shape::of(value).is_random()
                && !values::is_placeholder(value)
                && !values::is_reference(value, true)
            {
                let start = start + sign + 1;
                hits.push(Hit {
                    kind: "session-cookie",
                    start,
                    end: start + value.len(),
                    severity: Severity::High,
                    confidence: Confidence::Medium,
                });
            }
        }
        start += pair.len() + 1;
    }
    from + end
}

/// `Bearer …` wherever it stands.
fn bearer(text: &[u8], word: usize, start: usize, hits: &mut Vec<Hit>) -> usize {
    if !starts_word(text, word, b'b') {
        return 0;
    }
    let end = bytes::end_of(text.get(..text.len().min(start + 8192)).unwrap_or_default(), start, BEARER);
    let token = trim_dots(text.get(start..end).unwrap_or_default());
    let shape = values::Shape::of(token);
    if token.len() >= 16 && shape.is_random() && !values::is_placeholder(token) && !values::is_reference(token, false) {
        hits.push(Hit {
            kind: "bearer-token",
            start,
            end: start + token.len(),
            severity: Severity::High,
            confidence: Confidence::Medium,
        });
    }
    end
}

/// `PLAIN …`: SASL's, or a user and a password.
fn sasl(text: &[u8], _: usize, start: usize, hits: &mut Vec<Hit>) -> usize {
    let end = bytes::end_of(text.get(..text.len().min(start + LONGEST)).unwrap_or_default(), start, bytes::BASE64);
    let encoded = text.get(start..end).unwrap_or_default();
    if is_sasl(encoded) || is_basic(encoded) {
        hits.push(Hit { kind: "basic-auth", start, end, severity: Severity::High, confidence: Confidence::High });
    }
    end
}

/// `Basic …` wherever it stands.
fn basic(text: &[u8], word: usize, start: usize, hits: &mut Vec<Hit>) -> usize {
    if !starts_word(text, word, b'b') {
        return 0;
    }
    let end = bytes::end_of(text.get(..text.len().min(start + LONGEST)).unwrap_or_default(), start, bytes::BASE64);
    if is_basic(text.get(start..end).unwrap_or_default()) {
        hits.push(Hit { kind: "basic-auth", start, end, severity: Severity::High, confidence: Confidence::High });
    }
    end
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

/// Is this SASL's `PLAIN`: who, as whom, and a password that is one, between NUL bytes?
fn is_sasl(encoded: &[u8]) -> bool {
    let plain = check::base64(encoded, LONGEST);
    let mut parts = plain.split(|b| *b == 0);
    let (Some(_), Some(user), Some(password), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    !user.is_empty()
        && password.len() >= 4
        && user.iter().chain(password).all(|b| (b' '..=b'~').contains(b))
        && !urls::is_default(password)
        && !values::is_placeholder(password)
}

/// Is this `user:password` in base64, with a password that is one?
pub(super) fn is_basic(encoded: &[u8]) -> bool {
    pair(encoded) == Some(true)
}

/// Is this `user:password` in base64, with a password that manuals have?
pub(super) fn is_default_pair(encoded: &[u8]) -> bool {
    pair(encoded) == Some(false)
}

/// Where this is `user:password` in base64: is the password one?
fn pair(encoded: &[u8]) -> Option<bool> {
    if encoded.len() < 8 {
        return None;
    }
    let plain = check::base64(encoded, LONGEST);
    let colon = plain.iter().position(|b| *b == b':')?;
    let (user, password) = (plain.get(..colon)?, plain.get(colon + 1..)?);
    // A JSON web token's header has a colon, too.
    if plain.len() < 5
        || user.iter().any(|b| matches!(b, b'{' | b'"' | b' '))
        || !plain.iter().all(|b| (b' '..=b'~').contains(b))
    {
        return None;
    }
    Some(
        !password.is_empty()
            && !urls::is_default(password)
            && !values::is_placeholder(password)
            && !values::is_reference(password, false),
    )
}
