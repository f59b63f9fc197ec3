//! The content engine: secrets, personal data and prompt injection in any bytes, found without a regex.
//!
//! A leaked token is a long run of token characters. So the engine finds long runs first (`runs`) and then asks what
//! each one is: a table of forms (`forms`) says for every kind how it begins, which characters it has, how long it
//! usually is and which `check` its structure allows. What has no form of its own is found by its context
//! (`context`): assignments whose name says secret, credentials in URLs, `Authorization` headers, password arguments.
//! Private keys in PEM have markers of their own (`pem`), and what is encoded once or twice is decoded and looked at
//! again (`decode`). Personal data is found by its check digits and by the words near it (`personal`); orders to the
//! agent by two signals near each other (`injection`).
//!
//! Four things follow from what the engine is for:
//!
//! - A token ends at any byte outside its own alphabet, and begins also behind a JSON or percent escape: content comes
//!   as JSON in JSON, logs, URLs and shell.
//! - A wrong checksum or an unusual length lowers a finding and never hides it; masking covers it all the same.
//! - A reference to a secret (`$TOKEN`, `process.env.X`, `op://…`), a placeholder, a hash or a UUID is no finding.
//! - Work is linear in the input, whatever the input is.
//!
//! ```
//! use protocol::Direction;
//! let text = b"password = \"kT7#vQ2!mZx9\"";
//! use taffrail_guardrails::content;
//! let findings = content::scan(text, Direction::Incoming);
//! let masked = content::mask(text, &findings, &mut |finding, _| format!("‹{}·0000›", finding.name));
//! assert_eq!(masked, "password = \"‹password·0000›\"");
//! ```

mod bytes;
mod check;
mod context;
mod decode;
mod forms;
mod injection;
mod mask;
mod partner;
mod pem;
mod personal;
mod runs;
mod values;

/// Decodes base64, at most `limit` bytes of it.
pub(crate) fn base64(text: &[u8], limit: usize) -> Vec<u8> {
    check::base64(text, limit)
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "tokens made by the tests are ASCII")]
mod tests;

pub use mask::{hides, mask};

use protocol::finding::Confidence;
use protocol::{Direction, Finding, FindingKind, Severity};

/// Something found by one of the detectors, before overlaps are resolved.
#[derive(Clone, Copy, Debug)]
struct Hit {
    kind: &'static str,
    start: usize,
    end: usize,
    severity: Severity,
    confidence: Confidence,
}

impl Hit {
    /// What decides between overlapping hits: the surer, then the graver, then the longer.
    fn strength(&self) -> (Confidence, Severity, usize) {
        (self.confidence, self.severity, self.end - self.start)
    }
}

/// Finds secrets, personal data and, in what comes in, instructions to the agent: sorted by position, spans in bytes of
/// `text`. Secrets and personal data do not overlap; an injection may hold both.
///
/// Where detectors overlap the strongest names the finding, and its span is the union: what any of them took for a
/// part of the value is masked.
pub fn scan(text: &[u8], direction: Direction) -> Vec<Finding> {
    let mut findings: Vec<Finding> = secrets(text).into_iter().map(|hit| finding(text, hit, direction)).collect();
    personal::find(text, direction, &mut findings);
    injection::find(text, direction, &mut findings);
    findings
}

/// One part of a scan, for measurements: its name, and what does it, which gives how much it found.
pub type Stage = (&'static str, fn(&[u8]) -> usize);

/// The parts of a scan of text that comes in, one by one, so that a measurement can say which of them costs most.
pub fn stages() -> impl Iterator<Item = Stage> {
    fn hits(find: fn(&[u8], &mut Vec<Hit>), text: &[u8]) -> usize {
        let mut hits = Vec::new();
        find(text, &mut hits);
        hits.len()
    }
    let secrets: [Stage; 4] = [
        ("keys in PEM", |text| hits(pem::find, text)),
        ("token forms", |text| hits(runs::find, text)),
        ("context", |text| hits(context::find, text)),
        ("encoded", |text| hits(decode::find, text)),
    ];
    secrets.into_iter().chain(personal::STAGES).chain(injection::STAGES)
}

fn secrets(text: &[u8]) -> Vec<Hit> {
    if is_plain(text) {
        return Vec::new();
    }
    let mut keys = Vec::new();
    pem::find(text, &mut keys);
    let keys = resolve(keys);
    // A key ends what stands before it, as its chip will: its dashes belong to no token.
    let mut hits = Vec::new();
    let mut from = 0;
    for key in &keys {
        part(text, from, key.start, &mut hits);
        from = key.end;
    }
    part(text, from, text.len(), &mut hits);
    hits.extend(keys);
    partner::find(text, &mut hits);
    resolve(hits)
}

/// Small letters and what joins them in paths and simple commands: `git status` and most paths end here. A secret has a
/// digit, a capital or a mark in it or before it.
fn is_plain(text: &[u8]) -> bool {
    let mut last = b'/';
    text.iter().all(|byte| {
        let option = *byte == b'-' && last == b' ';
        last = *byte;
        matches!(byte, b'a'..=b'z' | b'/' | b'.' | b'_' | b'-' | b' ') && !option
    })
}

/// Looks at the bytes from `from` to `end` as if there were no others.
fn part(text: &[u8], from: usize, end: usize, hits: &mut Vec<Hit>) {
    let Some(bytes) = text.get(from..end) else { return };
    let known = hits.len();
    runs::find(bytes, hits);
    context::find(bytes, hits);
    decode::find(bytes, hits);
    for hit in hits.iter_mut().skip(known) {
        hit.start += from;
        hit.end += from;
    }
}

fn resolve(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_unstable_by_key(|hit| (hit.start, hit.end));
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits {
        match kept.last_mut() {
            Some(last) if hit.start < last.end => {
                let end = last.end.max(hit.end);
                let start = last.start;
                if hit.strength() > last.strength() {
                    *last = hit;
                }
                last.start = start;
                last.end = end;
            }
            _ => kept.push(hit),
        }
    }
    kept
}

fn finding(text: &[u8], hit: Hit, direction: Direction) -> Finding {
    let value = text.get(hit.start..hit.end).unwrap_or_default();
    Finding {
        kind: FindingKind::Secret,
        name: hit.kind.to_owned(),
        start: hit.start,
        end: hit.end,
        severity: hit.severity,
        confidence: hit.confidence,
        direction,
        random: values::Shape::of(value).is_random(),
        fingerprint: None,
    }
}
