//! What is missing, and the records that account for it.
//!
//! A record says: of the rows from `first` to `last`, `count` lost their content (or their envelope). It does not name
//! them, and ranges may overlap, so rows are given to records in order, each to the record whose range ends first. That
//! finds an assignment wherever there is one; what is left over was taken away without a record.

use crate::report::{State, Stretch};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// So many separate stretches, and so many records of removals, are followed: 48 MiB of memory at the most.
const LIMIT: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    Content,
    Envelope,
}

/// A record that accounts for missing rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Removal {
    pub(super) by: u64,
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) count: u64,
    pub(super) what: Absence,
}

#[derive(Debug, Default)]
pub(super) struct Removals {
    /// Stretches of rows in ascending order, as first and last seq.
    content: Vec<(u64, u64)>,
    envelope: Vec<(u64, u64)>,
    records: Vec<Removal>,
}

#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) stretches: Vec<Stretch>,
    /// The first seq of each stretch that no record accounts for.
    pub(super) unaccounted: Vec<u64>,
    pub(super) content_removed: u64,
    pub(super) evicted: u64,
    pub(super) missing: u64,
}

impl Removals {
    /// Notes that the row `seq` lacks something. `false`: there are too many stretches to follow.
    pub(super) fn absent(&mut self, seq: u64, what: Absence) -> bool {
        let stretches = match what {
            Absence::Content => &mut self.content,
            Absence::Envelope => &mut self.envelope,
        };
        let full = stretches.len() >= LIMIT;
        match stretches.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(seq) => *last = seq,
            // A row out of order: it is a problem already, and is counted once.
            Some((_, last)) if seq <= *last => {}
            _ if full => return false,
            _ => stretches.push((seq, seq)),
        }
        true
    }

    /// Notes a record of a removal. `false`: there are too many.
    pub(super) fn record(&mut self, removal: Removal) -> bool {
        let room = self.records.len() < LIMIT;
        if room {
            self.records.push(removal);
        }
        room
    }

    pub(super) fn resolve(self) -> Outcome {
        let mut outcome = Outcome::default();
        for (what, stretches) in [(Absence::Content, &self.content), (Absence::Envelope, &self.envelope)] {
            let mut records: Vec<Removal> = self.records.iter().copied().filter(|r| r.what == what).collect();
            records.sort_unstable_by_key(|record| (record.first, record.last));
            assign(what, stretches, &records, &mut outcome);
        }
        outcome.stretches.sort_unstable_by_key(|stretch| stretch.first);
        outcome
    }
}

/// Gives the rows of `stretches` to `records`, which are sorted by their first row.
fn assign(what: Absence, stretches: &[(u64, u64)], records: &[Removal], outcome: &mut Outcome) {
    let mut waiting = records.iter().peekable();
    // Those whose range has begun: the one that ends first on top, with what is left of its count.
    let mut open: BinaryHeap<Reverse<(u64, u64, u64)>> = BinaryHeap::new();
    for (first, last) in stretches {
        let mut at = *first;
        loop {
            while let Some(record) = waiting.next_if(|record| record.first <= at) {
                open.push(Reverse((record.last, record.by, record.count)));
            }
            while open.peek().is_some_and(|Reverse((end, _, left))| *end < at || *left == 0) {
                open.pop();
            }
            // Up to where nothing changes: the stretch's end, or the row before the next range begins.
            let until = waiting.peek().map_or(*last, |next| (*last).min(next.first - 1));
            let (end, by) = match open.pop() {
                Some(Reverse((range_end, by, left))) => {
                    let end = until.min(range_end).min(at.saturating_add(left - 1));
                    open.push(Reverse((range_end, by, left - (end - at + 1))));
                    (end, Some(by))
                }
                None => (until, None),
            };
            note(what, at, end, by, outcome);
            if end >= *last {
                break;
            }
            at = end + 1;
        }
    }
}

fn note(what: Absence, first: u64, last: u64, by: Option<u64>, outcome: &mut Outcome) {
    let rows = last - first + 1;
    let state = match (what, by) {
        (Absence::Content, Some(by)) => {
            outcome.content_removed += rows;
            State::ContentRemoved { by }
        }
        (Absence::Envelope, Some(by)) => {
            outcome.evicted += rows;
            State::Evicted { by }
        }
        (Absence::Content, None) => State::ContentMissing,
        (Absence::Envelope, None) => State::EnvelopeMissing,
    };
    if by.is_none() {
        outcome.missing += rows;
        outcome.unaccounted.push(first);
    }
    match outcome.stretches.last_mut() {
        Some(stretch) if stretch.state == state && stretch.last.checked_add(1) == Some(first) => stretch.last = last,
        _ => outcome.stretches.push(Stretch { first, last, state }),
    }
}
