//! Orders in base64, in hexadecimal and in ROT13.

use super::Order;
use super::lexicon::Role;
use super::phrases::{self, Signal};
use super::words::Words;
use crate::content::bytes;
use crate::content::check;
use protocol::Severity;

/// Shorter runs hold no order.
const LEAST: usize = 40;
/// So much of one run is decoded, and so much of one text.
const RUN: usize = 4096;
const BUDGET: usize = 256 * 1024;

pub(super) fn find(text: &[u8], signals: &mut Vec<Signal>, orders: &mut Vec<Order>) {
    base64(text, orders);
    rot13(text, signals);
}

fn base64(text: &[u8], orders: &mut Vec<Order>) {
    let mut budget = BUDGET;
    for (at, end) in bytes::BASE64S.runs(text, LEAST) {
        let run = text.get(at..end.min(at + RUN)).unwrap_or_default();
        if run.len() <= budget
            && let Some(plain) = plain(run)
        {
            budget -= run.len();
            if speaks(&plain) {
                orders.push(Order {
                    name: "hidden-instruction",
                    start: at,
                    end,
                    severity: Severity::High,
                    lead: (at, end),
                    bears: 4,
                });
            }
        }
    }
}

/// What a run of base64 or of hexadecimal says, if that may be text.
fn plain(run: &[u8]) -> Option<Vec<u8>> {
    if let Some(plain) = hex(run) {
        return Some(plain);
    }
    may_be_text(run).then(|| check::base64(run, RUN))
}

fn hex(run: &[u8]) -> Option<Vec<u8>> {
    let pairs = run.chunks_exact(2);
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut plain = Vec::with_capacity(run.len() / 2);
    for pair in pairs {
        let byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
        if !(b' '..0x7f).contains(&byte) && !matches!(byte, b'\n' | b'\r' | b'\t') {
            return None;
        }
        plain.push(byte);
    }
    Some(plain)
}

/// Text in base64 has letters of both cases, and text decodes to bytes below 0x80.
fn may_be_text(run: &[u8]) -> bool {
    let head = check::base64(run.get(..24.min(run.len())).unwrap_or_default(), 18);
    head.len() >= 16 && head.iter().all(|b| (b' '..0x7f).contains(b) || matches!(b, b'\n' | b'\r' | b'\t'))
}

/// Is there an order's beginning in the decoded text? That it was encoded is the second signal.
fn speaks(plain: &[u8]) -> bool {
    let mut signals = Vec::new();
    phrases::find(&Words::read(plain, 0, plain.len()), &mut signals);
    signals.iter().any(|signal| matches!(signal.role, Role::Override | Role::Conceal) || signal.weight == 4)
        || signals.iter().filter(|signal| matches!(signal.role, Role::Address | Role::Harm | Role::Steer)).count() >= 2
}

fn rot13(text: &[u8], signals: &mut Vec<Signal>) {
    // `ignore`, `disregard`, `instructions` and `system prompt`.
    const ANCHORS: [&[u8]; 3] = [b"vtaber", b"qvfertneq", b"vafgehpgvbaf"];
    let mut done = 0;
    for anchor in ANCHORS {
        for at in memchr::memmem::find_iter(text, anchor) {
            if at < done {
                continue;
            }
            let (from, to) = (at.saturating_sub(100), text.len().min(at + 200));
            done = to;
            let turned: Vec<u8> = text.get(from..to).unwrap_or_default().iter().map(|b| turn(*b)).collect();
            let known = signals.len();
            phrases::find(&Words::read(&turned, 0, turned.len()), signals);
            for signal in signals.iter_mut().skip(known) {
                signal.start += from;
                signal.end += from;
                signal.disguised = true;
            }
        }
    }
}

fn turn(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
        b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
        other => other,
    }
}
