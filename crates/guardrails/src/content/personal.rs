//! Personal data: e-mail addresses, telephone, card and account numbers, the identity numbers of states, and what a
//! label makes personal (dates of birth, passports, licences, addresses, health records).
//!
//! Three rules keep it quiet where there is nothing:
//!
//! - A number counts by its check digit and shape, or by a word near it that names it. A bare number with a weak check
//!   needs the word; what the nearest word calls an order, a build or a time is one.
//! - The word may stand before the value, behind it in parentheses, or over it as the header of a table's column.
//! - Published examples and test numbers, desks (`info@…`) and authors in packages and commits are notes: they are
//!   told, and never act.
//!
//! IP addresses are no findings: whether they are personal is for a policy to say.

mod checks;
mod columns;
mod context;
mod email;
mod ids;
mod labels;
mod numbers;
mod phone;
mod segments;

#[cfg(test)]
mod tests;

use protocol::finding::Confidence;
use protocol::{Direction, Finding, FindingKind, Severity};

/// Something found, before it becomes a finding.
#[derive(Clone, Copy, Debug)]
struct Found {
    name: &'static str,
    start: usize,
    end: usize,
    severity: Severity,
    confidence: Confidence,
}

/// The parts, for measurements.
pub(super) const STAGES: [super::Stage; 3] = [
    ("e-mail", |text| count(email::find, text)),
    ("numbers", |text| count(numbers::find, text)),
    ("segments", |text| count(segments::find, text)),
];

fn count(find: fn(&[u8], &mut Vec<Found>), text: &[u8]) -> usize {
    let mut found = Vec::new();
    find(text, &mut found);
    found.len()
}

/// Adds what is personal in `text` to the findings of secrets, sorted by position. What lies in a secret is the secret's.
pub(super) fn find(text: &[u8], direction: Direction, findings: &mut Vec<Finding>) {
    let mut found = Vec::new();
    email::find(text, &mut found);
    numbers::find(text, &mut found);
    segments::find(text, &mut found);
    if found.is_empty() {
        return;
    }
    found.sort_by_key(|one| (one.start, std::cmp::Reverse(one.end)));
    let secrets = findings.len();
    let (mut secret, mut last) = (0, 0);
    for one in found {
        while secret < secrets && findings[secret].end <= one.start {
            secret += 1;
        }
        let in_secret = secret < secrets && findings[secret].start < one.end;
        if in_secret || one.start < last {
            continue;
        }
        last = one.end;
        findings.push(Finding {
            kind: FindingKind::Pii,
            name: one.name.to_owned(),
            start: one.start,
            end: one.end,
            severity: one.severity,
            confidence: one.confidence,
            direction,
            random: false,
            fingerprint: None,
        });
    }
    findings.sort_by_key(|finding| finding.start);
}
