//! Passwords on a command line: `--password value`, `mysql -pvalue`, `curl -u user:value`.

use super::literal::{Value, literal};
use super::marks::{Mark, every, mark};
use super::names;
use super::{judge, urls};
use crate::content::Hit;
use crate::content::bytes::{self, WORD};
use crate::content::values::{self, Shape};
use protocol::Severity;
use protocol::finding::Confidence;

/// How far back the program of a short option is looked for.
const COMMAND: usize = 160;

/// Options that take a password, and the programs that have them: with the value attached, or behind a space.
const SHORT_OPTIONS: &[(u8, bool, &[&str])] = &[
    (
        b'p',
        true,
        &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mysqlimport",
            "mariadb",
            "mariadb-dump",
            "sshpass",
            "7z",
            "7za",
            "rar",
            "unrar",
        ],
    ),
    // `docker login -p`, `az login -p`; without the word it is a project or a port.
    (b'p', false, &["sshpass", "login", "mongo", "mongosh", "mongodump", "mongorestore"]),
    (b'w', false, &["ldapsearch", "ldapmodify", "ldapadd"]),
    (b'a', false, &["redis-cli"]),
    (b'P', false, &["sqlcmd", "bcp", "zip", "unzip", "mosquitto_pub", "mosquitto_sub", "ipmitool"]),
    (b'N', false, &["ssh-keygen"]),
    (b'k', false, &["openssl"]),
];

/// Programs whose arguments without an option end in a user and a password.
pub(super) const MARKS: &[Mark] = &[
    mark("htpasswd -", |text, _, end, hits| every(hits, positional(text, end, 3))),
    mark("net use ", |text, _, end, hits| every(hits, positional(text, end, 3))),
    mark("net user ", |text, _, end, hits| every(hits, positional(text, end, 1))),
    mark("wpa_passphrase ", |text, _, end, hits| every(hits, positional(text, end, 1))),
    mark("add_user ", |text, _, end, hits| every(hits, positional(text, end, 1))),
    mark("sqlplus ", |text, _, end, hits| every(hits, sqlplus(text, end))),
    mark(" pass:", |text, start, end, hits| every(hits, pass(text, start, end))),
];

/// Programs whose `-u` takes `user:password`.
const USER_OPTIONS: &[&str] = &["curl", "http", "https", "wget", "smbclient", "rpcclient", "skopeo", "lftp"];

/// The password of the option that begins at `at`, with a space before its dash.
pub(super) fn option(text: &[u8], at: usize) -> Option<Hit> {
    let letter = *text.get(at + 2)?;
    if letter == b'-' {
        return long(text, at + 3);
    }
    let user = if matches!(letter, b'u' | b'U' | b'a') { user(text, at, at + 3) } else { None };
    user.or_else(|| short(text, at, letter)).or_else(|| {
        // `-storepass value`, `-Password value`
        let word = text.get(at + 2..at + 4)?;
        if word.iter().all(u8::is_ascii_alphabetic) { long(text, at + 2) } else { None }
    })
}

/// `-passin pass:value` of openssl.
fn pass(text: &[u8], at: usize, from: usize) -> Option<Hit> {
    if !is_command(text, at, &["openssl"]) {
        return None;
    }
    let value = literal(text, from, false)?;
    judge::judge(text, &names::PASSWORD, Value { environment: true, ..value })
}

/// The password behind `skip` words, on the same line.
fn positional(text: &[u8], from: usize, skip: usize) -> Option<Hit> {
    let near = text.get(from..text.len().min(from + 256))?;
    let line = near.get(..memchr::memchr3(b'\n', b'|', b';', near).unwrap_or(near.len()))?;
    let mut at = 0;
    for _ in 0..skip {
        at += memchr::memchr(b' ', line.get(at..)?)? + 1;
    }
    if matches!(line.get(at)?, b'/' | b'-') {
        return None;
    }
    let value = literal(text, from + at, false)?;
    judge::judge(text, &names::PASSWORD, Value { environment: true, ..value })
}

/// `user/password@place`
fn sqlplus(text: &[u8], from: usize) -> Option<Hit> {
    let near = text.get(from..text.len().min(from + 160))?;
    let word = near.get(..near.iter().position(u8::is_ascii_whitespace).unwrap_or(near.len()))?;
    let slash = memchr::memchr(b'/', word)?;
    let end = memchr::memrchr(b'@', word).unwrap_or(word.len());
    let value = Value {
        start: from + slash + 1,
        end: from + end,
        quoted: false,
        environment: true,
        line: false,
        listed: false,
    };
    if end <= slash + 1 { None } else { judge::judge(text, &names::PASSWORD, value) }
}

/// `--name value`; `--name=value` is an assignment. `--user user:password`.
fn long(text: &[u8], from: usize) -> Option<Hit> {
    let near = text.get(from..text.len().min(from + 48))?;
    let length = near.iter().position(|b| !bytes::is(*b, WORD))?;
    let name = near.get(..length)?;
    if name == b"user" || name == b"proxy-user" {
        return user(text, from, from + length);
    }
    if near.get(length) != Some(&b' ') {
        return None;
    }
    let name = names::classify(name, true)?;
    let value = literal(text, from + length + 1, false)?;
    // Nothing that begins like the next option; and a shell's word is a literal, as in an assignment.
    if value.bytes(text).first() == Some(&b'-') {
        return None;
    }
    judge::judge(text, &name, Value { environment: true, ..value })
}

/// `-pvalue`, `-p value` of a program that is known to take a password there.
fn short(text: &[u8], at: usize, option: u8) -> Option<Hit> {
    let known = SHORT_OPTIONS.iter().filter(|(letter, _, _)| *letter == option);
    for (_, attached, programs) in known {
        let start = match (attached, text.get(at + 3)) {
            (true, Some(b' ')) | (false, Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9')) | (_, None) => continue,
            (true, Some(_)) => at + 3,
            (false, Some(b' ')) => at + 4,
            (false, Some(_)) => continue,
        };
        let Some(value) = literal(text, start, false) else { continue };
        if text.get(value.start) != Some(&b'-') && is_command(text, at, programs) {
            let name = names::PASSWORD;
            return judge::judge(text, &name, Value { environment: true, ..value });
        }
    }
    None
}

/// `user:password` behind `-u`.
fn user(text: &[u8], at: usize, from: usize) -> Option<Hit> {
    let start = from + usize::from(matches!(text.get(from), Some(b' ' | b'=')));
    let value = literal(text, start, false)?;
    let pair = value.bytes(text);
    let colon = memchr::memchr2(b':', b'%', pair)?;
    let stored = String::from_utf8_lossy(pair.get(colon + 1..)?);
    let password = stored.as_bytes();
    if password.len() < 4
        || values::has_chip(pair)
        || values::is_reference(password, value.quoted)
        || values::is_placeholder(password)
        || urls::is_default(password)
    {
        return None;
    }
    if !is_command(text, at, USER_OPTIONS) {
        return None;
    }
    let firm = password.len() >= 8 && Shape::of(password).classes() >= 2;
    Some(Hit {
        kind: "password",
        start: value.start + colon + 1,
        end: value.end,
        severity: if firm { Severity::High } else { Severity::Medium },
        confidence: Confidence::Medium,
    })
}

/// Is one of `programs` a word of the command that the option at `at` belongs to?
fn is_command(text: &[u8], at: usize, programs: &[&str]) -> bool {
    let near = text.get(at.saturating_sub(COMMAND)..at).unwrap_or_default();
    let start = near.iter().rposition(|b| matches!(b, b';' | b'|' | b'&' | b'\n')).map_or(0, |last| last + 1);
    let command = near.get(start..).unwrap_or_default();
    // Beyond a chip, what was once too far away may have come near.
    if values::has_chip(command) {
        return false;
    }
    command
        .split(|b| matches!(b, b' ' | b'\t' | b'/' | b'"' | b'\'' | b'(' | b'`' | b'$'))
        .any(|word| programs.iter().any(|program| program.as_bytes() == word))
}
