//! Records whose fields have no labels: the patient of HL7's messages, and the lines that machines read in passports.

use super::Found;
use crate::content::bytes::{self, DIGITS};
use memchr::memmem::Finder;
use protocol::Severity;
use protocol::finding::Confidence;
use std::sync::LazyLock;

static PATIENT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("PID|"));
static FILLER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("<<<<"));

/// A segment is looked at as far as this.
const SEGMENT: usize = 512;
/// The lines of passports, visas and cards, by their length.
const LINES: [usize; 3] = [44, 36, 30];

pub(super) fn find(text: &[u8], found: &mut Vec<Found>) {
    for at in PATIENT.find_iter(text) {
        patient(text, at, found);
    }
    let mut done = 0;
    for at in FILLER.find_iter(text) {
        if at >= done
            && let Some((start, end)) = zone(text, at)
        {
            done = end;
            found.push(one("passport", start, end, Severity::High));
        }
    }
}

fn one(name: &'static str, start: usize, end: usize, severity: Severity) -> Found {
    Found { name, start, end, severity, confidence: Confidence::High }
}

/// `PID|1||4715793571^^^NHS^NH||HOLLINS^VERA||19970407|F`: the third field is a number, the seventh a day.
fn patient(text: &[u8], at: usize, found: &mut Vec<Found>) {
    if at.checked_sub(1).is_some_and(|before| text[before].is_ascii_alphanumeric()) {
        return;
    }
    let segment = text.get(at..text.len().min(at + SEGMENT)).unwrap_or_default();
    let segment = segment.get(..memchr::memchr2(b'\n', b'\r', segment).unwrap_or(segment.len())).unwrap_or_default();
    let mut start = at;
    for (field, value) in segment.split(|b| *b == b'|').take(9).enumerate() {
        match field {
            2..=4 => {
                let length = value.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'-').unwrap_or(value.len());
                let number = value.get(..length).unwrap_or_default();
                if (4..=20).contains(&length) && number.iter().filter(|b| b.is_ascii_digit()).count() >= 4 {
                    found.push(one("medical-record", start, start + length, Severity::High));
                }
            }
            7 if value.len() >= 8 && bytes::end_of(value, 0, DIGITS) >= 8 => {
                found.push(one("date-of-birth", start, start + 8, Severity::Medium));
            }
            _ => {}
        }
        start += value.len() + 1;
    }
}

/// The two or three lines of a machine readable zone, one of which has its filler at `at`.
fn zone(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let is_zone = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'<';
    let before = text.get(at.saturating_sub(LINES[0])..at)?;
    let start = at - before.iter().rev().take_while(|b| is_zone(b)).count();
    let line = |from: usize| {
        let rest = text.get(from..text.len().min(from + LINES[0] + 1)).unwrap_or_default();
        rest.iter().take_while(|b| is_zone(b)).count()
    };
    let length = line(start);
    if !LINES.contains(&length) || !matches!(text.get(start), Some(b'P' | b'V' | b'I' | b'A' | b'C')) {
        return None;
    }
    let mut end = start + length;
    let mut digits = 0;
    for _ in 0..2 {
        // An escape may stand for the line's end.
        let gap =
            text.get(end..end + 2)?.iter().take_while(|b| matches!(b, b'\n' | b'\r' | b' ' | b'\\' | b'n')).count();
        let gap = gap.min(2);
        if gap == 0 || line(end + gap) != length {
            break;
        }
        let next = text.get(end + gap..end + gap + length)?;
        digits += next.iter().filter(|b| b.is_ascii_digit()).count();
        end += gap + length;
        if end + 2 > text.len() {
            break;
        }
    }
    (digits >= 8).then_some((start, end))
}
