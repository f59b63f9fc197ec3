//! Replacing what was found by chips.

use protocol::text::lossy;
use protocol::{Finding, FindingKind, Severity};

/// Does this finding's value have to go? Secrets always; personal data unless it is only noted: a published address or
/// test number. What an injection says is needed to judge it.
pub fn hides(finding: &Finding) -> bool {
    match finding.kind {
        FindingKind::Secret => true,
        FindingKind::Pii => finding.severity > Severity::Note,
        FindingKind::Injection => false,
    }
}

/// Replaces each secret and each piece of personal data by the chip that `chip` makes from the finding and its bytes.
///
/// The result is UTF-8: what was not is replaced by U+FFFD. Findings may come in any order and may overlap; where they
/// do, their union is replaced by the chip of the surer one. Findings outside of `text` are cut to it. Text that holds
/// only chips comes back as it is.
pub fn mask(text: &[u8], findings: &[Finding], chip: &mut dyn FnMut(&Finding, &[u8]) -> String) -> String {
    let mut spans: Vec<(usize, usize, &Finding)> = findings
        .iter()
        .filter(|finding| hides(finding))
        .map(|finding| (finding.start.min(text.len()), finding.end.min(text.len()), finding))
        .filter(|(start, end, _)| start < end)
        .collect();
    spans.sort_by_key(|(start, end, _)| (*start, *end));
    let mut merged: Vec<(usize, usize, &Finding)> = Vec::with_capacity(spans.len());
    for (start, end, finding) in spans {
        match merged.last_mut() {
            Some((_, last_end, last)) if start < *last_end => {
                *last_end = end.max(*last_end);
                if (finding.confidence, finding.severity) > (last.confidence, last.severity) {
                    *last = finding;
                }
            }
            _ => merged.push((start, end, finding)),
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end, finding) in merged {
        out.push_str(&lossy(text.get(at..start).unwrap_or_default()));
        out.push_str(&chip(finding, text.get(start..end).unwrap_or_default()));
        at = end;
    }
    out.push_str(&lossy(text.get(at..).unwrap_or_default()));
    out
}
