//! Names and values without a sign between them: SQL, `.netrc`, `config set`, and sentences that tell a password.

use super::judge;
use super::literal::{self, Value};
use super::marks::{Mark, every, mark};
use super::names;
use crate::content::Hit;
use crate::content::bytes::{self, WORD};
use crate::content::values::{self, Shape};
use protocol::Severity;
use protocol::finding::Confidence;

/// How far before ` is ` the word may stand that says what is told.
const SENTENCE: usize = 64;

pub(super) const MARKS: &[Mark] = &[
    mark(" is ", |text, start, end, hits| every(hits, sentence(text, start, end))),
    mark(" set ", |text, _, end, hits| every(hits, set(text, end))),
    mark("ENV ", |text, _, end, hits| every(hits, set(text, end))),
    mark("setenv ", |text, _, end, hits| every(hits, set(text, end))),
    mark("ogin is ", |text, _, end, hits| every(hits, pair(text, end))),
    mark("reds are ", |text, _, end, hits| every(hits, pair(text, end))),
    // Programs that read a password from a pipe.
    mark("sudo -S", |text, start, _, hits| every(hits, piped(text, start))),
    mark("-stdin", |text, start, _, hits| every(hits, piped(text, start))),
    mark("chpasswd", |text, start, _, hits| every(hits, piped(text, start))),
    mark("assword ", |text, _, end, hits| every(hits, stem(text, end))),
    mark("ASSWORD ", |text, _, end, hits| every(hits, stem(text, end))),
    mark("DENTIFIED BY ", |text, _, end, hits| every(hits, stem(text, end))),
    mark("dentified by ", |text, _, end, hits| every(hits, stem(text, end))),
    mark("SecureString ", |text, _, end, hits| every(hits, stem(text, end))),
    mark("asswort f", |text, _, end, hits| every(hits, introduced(text, end))),
    mark("ot de passe ", |text, _, end, hits| every(hits, introduced(text, end))),
    mark("(token ", |text, _, end, hits| every(hits, bracketed(text, end))),
    mark("-us1", |text, start, end, hits| every(hits, mailchimp(text, start, end))),
    mark("-us2", |text, start, end, hits| every(hits, mailchimp(text, start, end))),
    mark("nseal Key ", |text, _, end, hits| every(hits, unseal(text, end))),
    mark("requirepass ", |text, _, end, hits| every(hits, stem(text, end))),
];

/// `the password is X`, `API key for staging is: X`.
fn sentence(text: &[u8], at: usize, mut start: usize) -> Option<Hit> {
    for filler in [&b"now "[..], b"still ", b"set to ", b": ", b":"] {
        if text.get(start..)?.starts_with(filler) {
            start += filler.len();
        }
    }
    // Most words that follow have no digit, and what stands before need not be looked at.
    let word = text.get(start..text.len().min(start + 64))?;
    let word = word.get(..word.iter().position(|b| *b <= b' ').unwrap_or(word.len()))?;
    if !word.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let near = text.get(at.saturating_sub(SENTENCE)..at)?;
    let from = near.iter().rposition(|b| matches!(b, b'.' | b'\n' | b'!' | b'?' | b';')).map_or(0, |end| end + 1);
    let before = near.get(from..)?;
    let says = [
        &b"password"[..],
        b"passphrase",
        b"passwd",
        b"secret",
        b"token",
        b"api key",
        b"apikey",
        b"passcode",
        b"credential",
    ];
    // A seed for one-time passwords is base32: capitals and digits.
    let seed = word.trim_ascii_end();
    if (16..=64).contains(&seed.len())
        && seed.iter().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'))
        && Shape::of(seed).distinct >= 8
        && seed.iter().any(u8::is_ascii_digit)
        && [&b"seed"[..], b"2fa", b"totp", b"mfa", b"authenticator"]
            .iter()
            .any(|one| bytes::contains_any_case(before, one))
    {
        let end = start + seed.len();
        return Some(Hit { kind: "totp-seed", start, end, severity: Severity::High, confidence: Confidence::Medium });
    }
    if says.iter().any(|word| bytes::contains_any_case(before, word)) { told(text, start) } else { None }
}

/// A value in a sentence: in quotes, or a word that is none of a language.
fn told(text: &[u8], start: usize) -> Option<Hit> {
    let stars = literal::count(text, start, |b| b == b'*', 2);
    let marks = if text.get(start..)?.starts_with("« ".as_bytes()) { "« ".len() } else { 0 };
    let start = start + marks;
    let value = literal::literal(text, start + stars, false)?;
    let (start, mut end) = (value.start, value.end);
    if !value.quoted {
        // The sentence's own marks do not belong to the value.
        let set_apart = matches!(text.get(end..end + 2), Some(b" ," | b" ." | b" ?" | b" )"));
        while end > start && !set_apart && matches!(text[end - 1], b'.' | b',' | b'?' | b'*' | b':') {
            end -= 1;
        }
    }
    let stored = String::from_utf8_lossy(text.get(start..end)?);
    let word = stored.as_bytes();
    let shape = Shape::of(word);
    let marks = shape.others;
    let strong = shape.digits >= 1 && shape.letters() >= 2 && (shape.classes() >= 3 || shape.digits >= 2);
    if !(6..=256).contains(&word.len())
        || word.contains(&b' ')
        || !strong
        || judge::is_words(word)
        // `RFC8725`, `CVE-2024-1234`
        || (!value.quoted && shape.lowers == 0 && marks <= 2)
        || marks * 2 > word.len()
        || values::is_reference(word, true)
        || values::is_placeholder(word)
        || values::is_digest(word)
        || super::urls::is_default(word)
        || word.contains(&b'(')
        || word.ends_with(b"-bit")
    {
        return None;
    }
    Some(Hit { kind: "password", start, end, severity: Severity::Medium, confidence: Confidence::Low })
}

/// `password for the staging server: value`, `Passwort für … lautet value`, `mot de passe de la base est value`.
fn introduced(text: &[u8], from: usize) -> Option<Hit> {
    let near = text.get(from..text.len().min(from + SENTENCE))?;
    let line = near.get(..memchr::memchr2(b'\n', b'"', near).unwrap_or(near.len()))?;
    let signs = [&b": "[..], b" est ", b" ist ", b" lautet ", b" = "];
    let (at, length) = signs.iter().filter_map(|sign| Some((memchr::memmem::find(line, sign)?, sign.len()))).min()?;
    told(text, from + at + length)
}

/// `(token value)`
fn bracketed(text: &[u8], from: usize) -> Option<Hit> {
    let end = bytes::end_of(text.get(..text.len().min(from + 200))?, from, WORD);
    let word = text.get(from..end)?;
    let made = word.len() >= 20 && values::is_noisy(word) && !values::is_placeholder(word);
    (made && matches!(text.get(end), Some(b')' | b',' | b' '))).then_some(Hit {
        kind: "token",
        start: from,
        end,
        severity: Severity::High,
        confidence: Confidence::Medium,
    })
}

/// `8a5d…-us14`: Mailchimp's keys end in the name of a data centre.
fn mailchimp(text: &[u8], dash: usize, digit: usize) -> Option<Hit> {
    let start = dash.checked_sub(32)?;
    let end = bytes::end_of(text.get(..text.len().min(digit + 2))?, digit, bytes::DIGITS);
    let key = text.get(start..dash)?;
    let apart = !start.checked_sub(1).is_some_and(|before| bytes::is(text[before], bytes::ALNUM))
        && !text.get(end).is_some_and(|b| bytes::is(*b, WORD));
    (apart && key.iter().all(|b| bytes::is(*b, bytes::HEX)) && Shape::of(key).is_random()).then_some(Hit {
        kind: "mailchimp-key",
        start,
        end,
        severity: Severity::High,
        confidence: Confidence::High,
    })
}

/// `Unseal Key 1: value`
fn unseal(text: &[u8], from: usize) -> Option<Hit> {
    let near = text.get(from..text.len().min(from + 8))?;
    let start = from + memchr::memmem::find(near, b": ")? + 2;
    let end = bytes::end_of(text.get(..text.len().min(start + 100))?, start, bytes::BASE64);
    let key = text.get(start..end)?;
    ((40..=90).contains(&key.len()) && Shape::of(key).is_random()).then_some(Hit {
        kind: "vault-unseal-key",
        start,
        end,
        severity: Severity::Critical,
        confidence: Confidence::High,
    })
}

/// `ana / value`, `ana:value`
fn pair(text: &[u8], from: usize) -> Option<Hit> {
    let near = text.get(from..text.len().min(from + 64))?;
    let user = near.iter().take_while(|b| bytes::is(**b, bytes::WORD_DOT) || **b == b'@').count();
    let between = near.get(user..)?.iter().take_while(|b| matches!(b, b' ' | b'/' | b':')).count();
    if user == 0 || between == 0 { None } else { told(text, from + user + between) }
}

/// `echo 'value' | sudo -S …`: what is printed into the program at `at`.
fn piped(text: &[u8], at: usize) -> Option<Hit> {
    let near = text.get(at.saturating_sub(200)..at)?;
    let pipe = memchr::memrchr(b'|', near)?;
    let echo = memchr::memmem::rfind(near.get(..pipe)?, b"echo ")?;
    let mut start = at - near.len() + echo + 5;
    while matches!(text.get(start..start + 3), Some(b"-n " | b"-e ")) {
        start += 3;
    }
    let mut value = literal::literal(text, start, false)?;
    // `user:password` for chpasswd.
    if text.get(at..)?.starts_with(b"chpasswd") {
        value.start += memchr::memchr(b':', value.bytes(text))? + 1;
    }
    judge::judge(text, &names::PASSWORD, Value { environment: true, ..value })
}

/// `config set NAME value`, `ENV NAME value`.
fn set(text: &[u8], from: usize) -> Option<Hit> {
    let near = text.get(from..text.len().min(from + 160))?;
    let length = near.iter().position(|b| !bytes::is(*b, WORD | bytes::DOT | bytes::COLON | bytes::BASE64))?;
    if near.get(length) != Some(&b' ') {
        return None;
    }
    let last = near.get(..length)?.rsplit(|b| matches!(b, b'.' | b':' | b'/')).next()?;
    let name = names::classify(last, true)?;
    let value = literal::literal(text, from + length + 1, false)?;
    judge::judge(text, &name, Value { environment: true, ..value })
}

/// What follows `password ` or `identified by `: a literal in quotes, or a word of `.netrc`.
fn stem(text: &[u8], start: usize) -> Option<Hit> {
    if text.get(start..)?.starts_with(b"for ") {
        return introduced(text, start);
    }
    let mut from = start + literal::count(text, start, |b| b == b' ', 8);
    for filler in [&b"-String "[..], b"| "] {
        if text.get(from..)?.starts_with(filler) {
            from += filler.len();
        }
    }
    let table = text.get(from.checked_sub(2)?..from)? == b"| ";
    let value = literal::literal(text, from, false)?;
    if value.quoted {
        return judge::judge(text, &names::PASSWORD, value);
    }
    let near = text.get(start.saturating_sub(200)..start)?;
    if table {
        return told(text, from);
    }
    let netrc = memchr::memmem::find(near, b"login ").is_some() && memchr::memmem::find(near, b"machine ").is_some();
    if netrc {
        return judge::judge(text, &names::NETRC, Value { environment: true, ..value });
    }
    if near.ends_with(b"requirepass ") || memchr::memmem::find(near, b"nmcli ").is_some() {
        return judge::judge(text, &names::PASSWORD, Value { environment: true, ..value });
    }
    let words = [&b"with "[..], b"use ", b"using ", b"the ", b"and ", b"new ", b"old ", b"temporary ", b"default "];
    let before = near.get(..near.len().saturating_sub(9))?;
    let spoken = words.iter().any(|word| before.len() >= word.len() && before.to_ascii_lowercase().ends_with(word));
    if spoken && text.get(value.start..).is_some_and(|rest| !rest.starts_with(b"is ")) {
        told(text, value.start)
    } else {
        None
    }
}
