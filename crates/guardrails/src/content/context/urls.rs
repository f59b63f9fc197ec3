//! Credentials in URLs: `scheme://user:password@host`, `https://token@host`.

use crate::content::Hit;
use crate::content::bytes::{self, ALNUM};
use crate::content::values::{self, Shape};
use protocol::Severity;
use protocol::finding::Confidence;

/// User, password and host together are at most so long.
const AUTHORITY: usize = 1024;

/// A password is at least so long.
const SHORTEST: usize = 4;

/// Passwords that a fresh installation or a manual has.
const DEFAULTS: &[&str] = &[
    "pass",
    "passw",
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "user",
    "username",
    "root",
    "admin",
    "guest",
    "test",
    "postgres",
    "mysql",
    "redis",
    "mongo",
    "rabbitmq",
    "key",
    "apikey",
    "api_key",
    "pw",
    "foo",
    "bar",
    "baz",
    "none",
    "null",
    "nil",
    "true",
    "false",
    "undefined",
    "string",
    "demo",
    "default",
    "oauth2",
    "x-oauth-basic",
    "dev",
    "local",
    "hunter2",
    "mypass",
    "my-password",
    "p@ssw0rd",
    "passw0rd",
    "letmein",
    "abc123",
    "test123",
    "admin123",
    "password1",
    "password123",
    "pass123",
    "secret123",
    "s3cret",
    "s3cr3t",
    "minioadmin",
    "changeme123",
];

/// Is this what manuals and fresh installations have for a password?
pub(super) fn is_default(password: &[u8]) -> bool {
    DEFAULTS.iter().any(|known| password.eq_ignore_ascii_case(known.as_bytes()))
}

/// The credentials of the URL whose `://` begins at `colon`.
pub(super) fn credentials(text: &[u8], colon: usize) -> Option<Hit> {
    let from = colon + 3;
    let rest = text.get(from..text.len().min(from + AUTHORITY))?;
    let end =
        |marks: &[u8]| rest.iter().position(|b| b.is_ascii_whitespace() || marks.contains(b)).unwrap_or(rest.len());
    let mut authority = rest.get(..end(b"/?#\"'`<>\\"))?;
    // A password that was not escaped may hold `#` and `?`: then its `@` follows before the path.
    if matches!(rest.get(authority.len()), Some(b'#' | b'?')) && authority.contains(&b':') && !authority.contains(&b'@')
    {
        authority = rest.get(..end(b"/\"'`<>\\"))?;
    }
    let sign = memchr::memrchr(b'@', authority)?;
    // `redis://[[user][:password]@]host`: a manual's grammar.
    if values::has_chip(authority) || authority.starts_with(b"[[") {
        return None;
    }
    let (user_info, host) = (authority.get(..sign)?, authority.get(sign + 1..)?);
    let split = memchr::memchr(b':', user_info);
    let user = user_info.get(..split.unwrap_or(sign))?;
    let password = split.map(|at| user_info.get(at + 1..).unwrap_or_default());
    match password {
        Some(password) if !password.is_empty() && !password.eq_ignore_ascii_case(b"x-oauth-basic") => {
            let start = from + user.len() + 1;
            password_hit(text, colon, user, password, host, start)
        }
        _ => user_token(user, host, from),
    }
}

fn password_hit(text: &[u8], colon: usize, user: &[u8], raw: &[u8], host: &[u8], start: usize) -> Option<Hit> {
    // As it will be stored, so that raw and stored text are judged alike.
    let stored = String::from_utf8_lossy(raw);
    let password = stored.as_bytes();
    if password.len() < SHORTEST {
        return None;
    }
    let percent = password.first() == Some(&b'%') && password.last() != Some(&b'%');
    if (values::is_reference(password, false) && !percent) || values::is_placeholder(password) || is_default(password) {
        return None;
    }
    let shape = Shape::of(password);
    let firm = password.len() >= 8 && shape.classes() >= 2;
    let here = is_here(host);
    if !firm && (here || password == user || bytes::contains_any_case(host, b"example")) {
        return None;
    }
    if here && (password == user || password.starts_with(user)) {
        return None;
    }
    Some(Hit {
        kind: if is_web(text, colon) { "url-password" } else { "connection-string" },
        start,
        end: start + raw.len(),
        severity: if firm && !here { Severity::High } else { Severity::Medium },
        confidence: if firm { Confidence::High } else { Confidence::Medium },
    })
}

/// A token in the place of the user; a Sentry DSN has that form and is public.
fn user_token(user: &[u8], host: &[u8], start: usize) -> Option<Hit> {
    let shape = Shape::of(user);
    if user.len() < 20 || !shape.is_random() || !user.iter().all(|b| bytes::is(*b, bytes::WORD)) {
        return None;
    }
    if bytes::contains_any_case(host, b"sentry") || bytes::contains_any_case(host, b"ingest") {
        return None;
    }
    if values::is_placeholder(user) {
        return None;
    }
    Some(Hit {
        kind: "url-token",
        start,
        end: start + user.len(),
        severity: Severity::Medium,
        confidence: Confidence::Medium,
    })
}

/// `host:5432:database:user:password`, a line of `.pgpass`; `at` is the first colon.
pub(super) fn pgpass(text: &[u8], at: usize) -> Option<Hit> {
    let rest = text.get(at + 1..text.len().min(at + 256))?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit() || **b == b'*').count();
    if digits > 5 || rest.get(digits) != Some(&b':') {
        return None;
    }
    let line = rest
        .get(..rest.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\\')).unwrap_or(rest.len()))?;
    let mut fields = line.splitn(4, |b| *b == b':');
    let (port, database, user, password) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let is_port = port == b"*" || ((4..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit));
    let named = |field: &[u8]| {
        !field.is_empty()
            && field.iter().all(|b| bytes::is(*b, bytes::WORD_DOT) || *b == b'*')
            && !field.iter().all(u8::is_ascii_digit)
    };
    if !is_port || !named(database) || !named(user) || password.len() < 6 {
        return None;
    }
    // The host begins its line.
    let near = text.get(at.saturating_sub(80)..at)?;
    let host = near.rsplit(|b| !bytes::is(*b, bytes::WORD_DOT) && *b != b'*').next()?;
    let before = near.len().checked_sub(host.len() + 1).and_then(|before| near.get(before));
    if host.is_empty() || !matches!(before, None | Some(b'\n' | b'\r' | b'"' | b'\'' | b'\\')) {
        return None;
    }
    let shape = Shape::of(password);
    if shape.classes() < 2
        || values::is_placeholder(password)
        || values::is_reference(password, false)
        || is_default(password)
    {
        return None;
    }
    let end = at + 1 + line.len();
    Some(Hit {
        kind: "password",
        start: end - password.len(),
        end,
        severity: Severity::High,
        confidence: Confidence::Medium,
    })
}

/// This machine, or a name without a dot, as containers have among themselves.
fn is_here(host: &[u8]) -> bool {
    let name = host.split(|b| *b == b':').next().unwrap_or_default();
    name.is_empty()
        || name.starts_with(b"127.")
        || name.starts_with(b"[")
        || !name.contains(&b'.')
        || name.ends_with(b".local")
        || name.ends_with(b".internal")
}

fn is_web(text: &[u8], colon: usize) -> bool {
    let before = text.get(colon.saturating_sub(12)..colon).unwrap_or_default();
    let scheme = before.rsplit(|b| !bytes::is(*b, ALNUM)).next().unwrap_or_default();
    [&b"http"[..], b"https", b"ws", b"wss", b"ftp", b"ftps", b"git", b"ssh"]
        .iter()
        .any(|s| scheme.eq_ignore_ascii_case(s))
}
