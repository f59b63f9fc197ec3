//! Private keys between their markers, and those whose end is missing.

use super::Hit;
use super::bytes::{self, BASE64};
use super::values;
use memchr::memmem::Finder;
use protocol::Severity;
use protocol::finding::Confidence;
use std::sync::LazyLock;

static BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("-----BEGIN "));
static PUTTY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("PuTTY-User-Key-File-"));

/// A label is at most so long: `OPENSSH PRIVATE KEY`, `PGP PRIVATE KEY BLOCK`.
const LABEL: usize = 48;
/// So many base64 characters make a key: the shortest, Ed25519 in PKCS #8, has 64.
const SHORTEST_KEY: usize = 60;
/// The private half of Ed25519 alone.
const SHORTEST_PUTTY: usize = 44;
/// The headers before the first line, and what may stand between two lines.
const BEFORE_FIRST_LINE: usize = 512;
const BETWEEN_LINES: usize = 64;
/// Of a key without an end at most so much is taken.
const LONGEST_KEY: usize = 64 * 1024;

pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>) {
    let mut from = 0;
    while let Some(begin) = text.get(from..).and_then(|rest| BEGIN.find(rest)).map(|at| from + at) {
        from = begin + BEGIN.needle().len();
        let Some(body) = label_end(text, from) else { continue };
        if let Some(end) = key_end(text, body, SHORTEST_KEY) {
            hits.push(Hit {
                kind: "private-key",
                start: begin,
                end,
                severity: Severity::Critical,
                confidence: Confidence::High,
            });
            from = end;
        }
    }
    putty(text, hits);
}

/// Where the body begins, behind `…PRIVATE KEY-----`.
fn label_end(text: &[u8], from: usize) -> Option<usize> {
    let label = text.get(from..text.len().min(from + LABEL))?;
    let length = memchr::memmem::find(label, b"-----")?;
    let name = label.get(..length)?;
    let kinds = [&b"PRIVATE KEY"[..], b"PRIVATE KEY BLOCK", b"OpenVPN Static key V1"];
    kinds.iter().any(|kind| name.ends_with(kind)).then_some(from + length + 5)
}

/// The end of the key whose body begins at `from`; `None` where there is no key.
///
/// Lines may be quoted, escaped, prefixed or joined in any way, so what is followed is the base64 stretches: they are
/// equally long but for the last. Each byte is seen once, since the walk ends before the next marker.
fn key_end(text: &[u8], from: usize, least: usize) -> Option<usize> {
    let limit = text.len().min(from + LONGEST_KEY);
    let mut at = from;
    let mut total = 0;
    let mut line = 0;
    let mut end = from;
    while at < limit && at - end <= if line == 0 { BEFORE_FIRST_LINE } else { BETWEEN_LINES } {
        let rest = text.get(at..limit)?;
        if let Some(after) = end_marker(rest) {
            return (total >= least).then_some(at + after);
        }
        if rest.starts_with(b"-----") || values::chip_length(rest) > 0 {
            break;
        }
        if !bytes::is(rest[0], BASE64) {
            at += 1;
            continue;
        }
        let length = bytes::end_of(rest, 0, BASE64);
        if line == 0 && length < 32 {
            // `Proc-Type: 4,ENCRYPTED`, `DEK-Info: …`, `Version: …`: what stands before the first line.
            at += length;
            continue;
        }
        at += length;
        total += length;
        end = at;
        // An escape's letter, such as the n of `\n`, joins the line that it stands before.
        if length + 2 < line {
            // The last line: only an end marker or the checksum of OpenPGP can follow.
            return (total >= least).then(|| end_behind(text, end, limit));
        }
        line = line.max(length);
    }
    (total >= least).then_some(end)
}

/// Behind the end marker where one follows within a line or two, else `end`.
fn end_behind(text: &[u8], end: usize, limit: usize) -> usize {
    let near = text.get(end..limit.min(end + 64)).unwrap_or_default();
    let marker = memchr::memmem::find(near, b"-----END ")
        .and_then(|at| end_marker(text.get(end + at..limit.min(end + at + 128))?).map(|after| end + at + after));
    marker.unwrap_or(end)
}

fn end_marker(text: &[u8]) -> Option<usize> {
    let label = text.strip_prefix(b"-----END ")?;
    let label = label.get(..label.len().min(LABEL))?;
    Some(9 + memchr::memmem::find(label, b"-----")? + 5)
}

/// The format of `PuTTY`: from `Private-Lines` on, as long as there are base64 lines.
fn putty(text: &[u8], hits: &mut Vec<Hit>) {
    let mut from = 0;
    while let Some(begin) = text.get(from..).and_then(|rest| PUTTY.find(rest)).map(|at| from + at) {
        from = begin + PUTTY.needle().len();
        let Some(near) = text.get(begin..text.len().min(begin + 16 * 1024)) else { return };
        let Some(lines) = memchr::memmem::find(near, b"Private-Lines:") else { continue };
        let Some(end) = key_end(text, begin + lines + 14, SHORTEST_PUTTY) else { continue };
        hits.push(Hit {
            kind: "private-key",
            start: begin,
            end,
            severity: Severity::Critical,
            confidence: Confidence::High,
        });
        from = end;
    }
}
