//! The secret that belongs to a key's public half: it follows without a name of its own, as in `AKIA… / …`.

use super::bytes::{self, BASE64, WORD};
use super::values;
use super::{Hit, check};
use protocol::Severity;
use protocol::finding::Confidence;

/// The secret stands at most so far behind the key's id.
const NEAR: usize = 96;

/// Adds the secrets that belong to the ids among `hits`.
pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>) {
    let known = hits.len();
    for at in 0..known {
        let id = hits[at];
        let found = match id.kind {
            "aws-key-id" => run(text, id.end, BASE64, 40).map(|(start, end)| ("aws-secret-key", start, end)),
            "razorpay-key" => run(text, id.end, WORD, 24).map(|(start, end)| ("razorpay-secret", start, end)),
            "scaleway-key-id" => secret_uuid(text, id.end).map(|(start, end)| ("scaleway-key", start, end)),
            _ => None,
        };
        if let Some((kind, start, end)) = found {
            hits.push(Hit { kind, start, end, severity: Severity::Critical, confidence: Confidence::High });
        }
    }
}

/// The first run of these characters that is so long, and made by a machine.
fn run(text: &[u8], from: usize, class: u16, length: usize) -> Option<(usize, usize)> {
    let limit = text.len().min(from + NEAR);
    let mut at = from;
    while at < limit {
        let end = bytes::end_of(text.get(..text.len().min(at + 200))?, at, class);
        if end - at == length {
            let value = text.get(at..end)?;
            if values::is_noisy(value) && !values::is_placeholder(value) {
                return Some((at, end));
            }
        }
        at = end.max(at) + 1;
    }
    None
}

/// `secret_key: 8a205f4e-…`
fn secret_uuid(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let near = text.get(from..text.len().min(from + NEAR))?;
    let name = memchr::memmem::find(near, b"secret")?;
    let mut at = name;
    while let Some(candidate) = near.get(at..at + 36) {
        if check::is_uuid(candidate) {
            return Some((from + at, from + at + 36));
        }
        at += 1;
    }
    None
}
