//! Secrets inside of encodings: base64, hexadecimal, percent escapes, JSON's `\u003d`, HTML's `&quot;`.
//!
//! What decodes to text is looked at like any text, two levels deep and as far as a budget goes. A finding in base64 or
//! hexadecimal covers the whole run; one in an escaped text covers exactly the bytes that it was decoded from.

use super::bytes::{self, HEX_ANY};
use super::{Hit, check, context, pem, runs};
use protocol::Severity;
use protocol::finding::Confidence;

/// Levels of encoding that are taken off.
const LEVELS: u32 = 2;

/// Decoded bytes that are looked at, for one text.
const BUDGET: usize = 256 * 1024;

/// A run shorter than this holds no secret worth the name.
const SHORTEST: usize = 24;

/// How many characters are decoded before the rest is worth it.
const SAMPLE: usize = 24;

/// An escaped text is decoded from so far before its first escape to so far behind it, within its line.
const BEFORE: usize = 512;
const BEHIND: usize = 4096;

pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>) {
    let mut budget = BUDGET;
    level(text, LEVELS, &mut budget, hits);
}

fn level(text: &[u8], levels: u32, budget: &mut usize, hits: &mut Vec<Hit>) {
    if levels == 0 || text.len() < 12 {
        return;
    }
    runs_of(text, levels, budget, hits);
    escapes(text, levels, budget, hits);
}

/// Everything in a decoded text.
fn look(decoded: &[u8], levels: u32, budget: &mut usize) -> Vec<Hit> {
    let mut hits = Vec::new();
    pem::find(decoded, &mut hits);
    runs::find(decoded, &mut hits);
    context::find(decoded, &mut hits);
    level(decoded, levels - 1, budget, &mut hits);
    hits
}

fn runs_of(text: &[u8], levels: u32, budget: &mut usize, hits: &mut Vec<Hit>) {
    for (start, end) in bytes::ENCODED.runs(text, SHORTEST) {
        if let Some(hit) = encoded(text.get(start..end).unwrap_or_default(), levels, budget) {
            hits.push(Hit { start, end, ..hit });
        }
    }
}

/// The gravest secret in what a run decodes to.
fn encoded(run: &[u8], levels: u32, budget: &mut usize) -> Option<Hit> {
    let sample = run.get(..SAMPLE)?;
    let decoded = if run.len().is_multiple_of(2) && sample.iter().all(|b| bytes::is(*b, HEX_ANY)) {
        if !is_text(&hex(sample)) {
            return None;
        }
        hex(run.get(..run.len().min(*budget * 2))?)
    } else {
        if !is_text(&check::base64(sample, SAMPLE)) {
            return None;
        }
        check::base64(run, *budget)
    };
    *budget = budget.saturating_sub(decoded.len());
    if !is_text(&decoded) {
        return None;
    }
    let hits = look(&decoded, levels, budget);
    let sure = hits.into_iter().filter(|hit| hit.severity > Severity::Low && hit.confidence > Confidence::Low);
    sure.max_by_key(Hit::strength)
}

fn hex(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.chunks_exact(2).map_while(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// Nine bytes of ten are printable.
fn is_text(bytes: &[u8]) -> bool {
    let printable = bytes.iter().filter(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t')).count();
    !bytes.is_empty() && printable * 10 >= bytes.len() * 9
}

/// Looks at the lines that have escapes of the signs that names and values stand between.
fn escapes(text: &[u8], levels: u32, budget: &mut usize, hits: &mut Vec<Hit>) {
    let mut done = 0;
    for at in memchr::memchr3_iter(b'%', b'&', b'\\', text) {
        if at < done || !is_sign(text, at) {
            continue;
        }
        if *budget == 0 {
            return;
        }
        let before = text.get(done.max(at.saturating_sub(BEFORE))..at).unwrap_or_default();
        let start = at - before.iter().rev().take_while(|b| **b != b'\n').count();
        let behind = text.get(at..text.len().min(at + BEHIND.min(*budget))).unwrap_or_default();
        let end = at + memchr::memchr(b'\n', behind).unwrap_or(behind.len());
        done = end;
        let (decoded, origins) = unescaped(text, start, end);
        *budget = budget.saturating_sub(decoded.len());
        for hit in look(&decoded, levels, budget) {
            if let (Some(start), Some(end)) = (origins.get(hit.start), origins.get(hit.end)) {
                hits.push(Hit { start: *start, end: *end, ..hit });
            }
        }
    }
}

/// Does an escape of `"`, `'`, `:`, `=`, `&`, `/` or `@` begin here?
fn is_sign(text: &[u8], at: usize) -> bool {
    let Some((byte, length)) = escape(text, at) else { return false };
    length > 2 && matches!(byte, b'"' | b'\'' | b':' | b'=' | b'&' | b'/' | b'@')
}

/// The text from `start` to `end` with its escapes taken off, and where each byte, and its end, comes from.
fn unescaped(text: &[u8], start: usize, end: usize) -> (Vec<u8>, Vec<usize>) {
    let mut decoded = Vec::with_capacity(end - start);
    let mut origins = Vec::with_capacity(end - start + 1);
    let mut at = start;
    while at < end {
        origins.push(at);
        let (byte, length) = escape(text, at).filter(|(_, length)| at + length <= end).unwrap_or((text[at], 1));
        decoded.push(byte);
        at += length;
    }
    origins.push(end);
    (decoded, origins)
}

/// Names of characters in HTML.
const ENTITIES: [(&[u8], u8); 8] = [
    (b"&quot;", b'"'),
    (b"&apos;", b'\''),
    (b"&#34;", b'"'),
    (b"&#39;", b'\''),
    (b"&#x27;", b'\''),
    (b"&#61;", b'='),
    (b"&#x3D;", b'='),
    (b"&amp;", b'&'),
];

/// The byte that is escaped at `at`, and the length of the escape.
fn escape(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = text.get(at..text.len().min(at + 8))?;
    let number = |from: usize| {
        let digits = rest.get(from..from + 2)?;
        u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(u8::is_ascii)
    };
    match rest {
        [b'%', ..] => Some((number(1)?, 3)),
        [b'&', ..] => ENTITIES.iter().find(|(name, _)| rest.starts_with(name)).map(|(name, byte)| (*byte, name.len())),
        [b'\\', b'u', b'0', b'0', ..] => Some((number(4)?, 6)),
        [b'\\', b'x', ..] => Some((number(2)?, 4)),
        [b'\\', quote @ (b'"' | b'\'' | b'/'), ..] => Some((*quote, 2)),
        [b'\\', b'n', ..] => Some((b'\n', 2)),
        [b'\\', b't', ..] => Some((b'\t', 2)),
        [b'\\', b'r', ..] => Some((b'\r', 2)),
        _ => None,
    }
}
