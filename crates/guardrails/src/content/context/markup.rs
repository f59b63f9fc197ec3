//! Names and values in markup: `<password>…</password>`, `name="password" value="…"`, `name: PASSWORD` over `value: …`.

use super::judge;
use super::literal::Value;
use super::names::{self, Name};
use crate::content::Hit;
use crate::content::bytes::{self, WORD_DOT};

/// An element's text is looked at as far as this.
const LONGEST: usize = 512;

/// How far before `value` the name that it belongs to may stand.
const NAME_BEFORE: usize = 160;

/// The text of the element that closes at `at`, where its name says secret, or of the one that follows it.
pub(super) fn element(text: &[u8], at: usize) -> Option<Hit> {
    let end = bytes::end_of(text.get(..text.len().min(at + 66))?, at + 2, WORD_DOT | bytes::COLON);
    if text.get(end) != Some(&b'>') {
        return None;
    }
    let tag = text.get(at + 2..end)?;
    let near = text.get(at.saturating_sub(LONGEST)..at)?;
    let start = at - (near.len() - memchr::memrchr(b'>', near)? - 1);
    let local = tag.rsplit(|b| *b == b':').next()?;
    if let Some(name) = names::classify(local, true) {
        return judge::judge(text, &name, value(text, start, at));
    }
    // `<key>password</key><string>…</string>`, `<name>password</name> <value>…</value>`
    if !matches!(tag, b"key" | b"name" | b"Name" | b"Key") {
        return None;
    }
    let label = text.get(start..at)?.trim_ascii();
    let name = names::classify(label, true)?;
    let rest = text.get(end + 1..text.len().min(end + 1 + LONGEST))?;
    let open = rest.iter().position(|b| !b.is_ascii_whitespace())?;
    let element = rest.get(open..)?;
    if element.first() != Some(&b'<') || element.get(1) == Some(&b'/') {
        return None;
    }
    let from = end + 1 + open + memchr::memchr(b'>', element)? + 1;
    let length = memchr::memchr(b'<', text.get(from..text.len().min(from + LONGEST))?)?;
    judge::judge(text, &name, value(text, from, from + length))
}

fn value(text: &[u8], start: usize, end: usize) -> Value {
    let raw = text.get(start..end).unwrap_or_default();
    let before = raw.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let behind = raw.iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
    let (start, end) = if before == raw.len() { (start, start) } else { (start + before, end - behind) };
    Value { start, end, quoted: true, environment: false, line: false, listed: false }
}

/// The name that a `value` before the delimiter at `at` belongs to: an attribute, a member or a key before it.
pub(super) fn named_value(text: &[u8], at: usize) -> Option<Name> {
    let near = text.get(at.saturating_sub(NAME_BEFORE)..at)?;
    let word = near.trim_ascii_end();
    let word = word.strip_suffix(b"\"").or_else(|| word.strip_suffix(b"'")).unwrap_or(word);
    let word = word.strip_suffix(b"\\").unwrap_or(word);
    if word.ends_with(b"default") {
        // `variable "db_password" { default = …`
        let found = memchr::memmem::rfind(word, b"variable \"")?;
        return label(word.get(found + 10..word.len() - 7)?);
    }
    let before = word.strip_suffix(b"alue")?;
    if !matches!(before.last(), Some(b'v' | b'V')) {
        return None;
    }
    let before = before.get(..before.len() - 1)?;
    // The last `name` or `key` before it, and what stands behind that.
    [&b"ame"[..], b"key", b"Key"].iter().find_map(|word| {
        let rest = before.get(memchr::memmem::rfind(before, word)? + 3..)?;
        let skipped = rest.iter().take_while(|b| matches!(b, b'"' | b'\'' | b'\\' | b':' | b'=' | b' ')).count();
        if skipped == 0 { None } else { label(rest.get(skipped..)?) }
    })
}

/// The name that `rest` begins with, where nothing but separators follows.
fn label(rest: &[u8]) -> Option<Name> {
    let length = rest.iter().position(|b| !bytes::is(*b, WORD_DOT | bytes::COLON)).unwrap_or(rest.len());
    let (label, behind) = (rest.get(..length)?, rest.get(length..)?);
    let between = behind.iter().filter(|b| bytes::is(**b, bytes::ALNUM));
    // An escaped line end has a letter.
    let escaped = memchr::memmem::find(behind, b"\\n").is_some();
    let words = between.filter(|b| !escaped || **b != b'n').count();
    if words > 0 && !is_type(behind) {
        return None;
    }
    names::classify(label.rsplit(|b| *b == b':').next()?, true).map(|name| Name { line: true, ..name })
}

/// `type = string` and `description = "…"` may stand between a variable's name and its default.
fn is_type(behind: &[u8]) -> bool {
    memchr::memmem::find(behind, b"type").is_some() && behind.len() < 120
}
