//! Passwords on a command line: `--password value`, `mysql -pvalue`, `curl -u user:value`.

use super::literal;
use super::names::{self, Promise};
use super::{judge, urls};
use crate::content::Hit;
use crate::content::bytes::{self, WORD};
use crate::content::values::{self, Shape};
use memchr::memmem::Finder;
use protocol::Severity;
use protocol::finding::Confidence;
use std::sync::LazyLock;

static LONG: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(" --"));
static SHORT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(" -"));

/// How far back the program of a short option is looked for.
const COMMAND: usize = 160;

/// Options that take a password, and the programs that have them: with the value attached, or behind a space.
const SHORT_OPTIONS: &[(u8, bool, &[&str])] = &[
    (b'p', true, &["mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump", "sshpass"]),
    (b'p', false, &["sshpass", "docker", "podman", "helm", "az", "mongo", "mongosh", "mongodump", "mongorestore"]),
    (b'w', false, &["ldapsearch", "ldapmodify", "ldapadd"]),
    (b'a', false, &["redis-cli"]),
    (b'P', false, &["sqlcmd", "bcp"]),
];

/// Programs whose `-u` takes `user:password`.
const USER_OPTIONS: &[&str] = &["curl", "http", "https", "wget"];

pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>) {
    for at in LONG.find_iter(text) {
        if let Some(hit) = long(text, at + 3) {
            hits.push(hit);
        }
    }
    for at in SHORT.find_iter(text) {
        let hit = match text.get(at + 2) {
            Some(b'u') => user(text, at, at + 3),
            Some(option) => short(text, at, *option),
            None => None,
        };
        if let Some(hit) = hit {
            hits.push(hit);
        }
    }
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
    judge::judge(text, &name, super::Value { environment: true, ..value })
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
            let name = names::Name { promise: Promise::Password, kind: "password", alone: true, uuid: false };
            return judge::judge(text, &name, super::Value { environment: true, ..value });
        }
    }
    None
}

/// `user:password` behind `-u`.
fn user(text: &[u8], at: usize, from: usize) -> Option<Hit> {
    let start = from + usize::from(matches!(text.get(from), Some(b' ' | b'=')));
    let value = literal(text, start, false)?;
    let pair = value.bytes(text);
    let colon = memchr::memchr(b':', pair)?;
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
