//! One pass over the rows of a chain.
//!
//! A row's state can depend on a record that comes much later, so what is missing is kept as stretches of rows, and the
//! records that account for it as ranges with a count; both are matched when the rows have ended ([`removals`]). Memory
//! depends on their number alone, and that is bounded.

mod removals;
#[cfg(test)]
mod tests;

use crate::checkpoint::{Checkpoint, CheckpointError, PublicKey};
use crate::content::check_content;
use crate::digest::{ChainId, Digest, Link};
use crate::report::{Problem, Report, What};
use protocol::record::{Detail, PartHead};
use removals::{Absence, Removal, Removals};
use serde::Deserialize;
use std::collections::VecDeque;

/// A checkpoint speaks of one of so many rows before it.
pub const WINDOW: usize = 1024;

/// One row, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub seq: u64,
    /// The envelope's exact bytes; `None` when evicted.
    pub envelope: Option<Vec<u8>>,
    /// Stays when the envelope goes.
    pub envelope_digest: Digest,
    /// The content's bytes; `None` when there is none, or no longer.
    pub content: Option<Vec<u8>>,
    pub previous: Digest,
    pub hash: Digest,
}

/// What is known beforehand.
#[derive(Clone, Debug)]
pub struct Expect<'a> {
    pub chain: ChainId,
    /// The device's keys. Empty: the key that the chain's first record names is believed, so that only consistency is
    /// shown, not whose chain it is.
    pub keys: &'a [PublicKey],
    /// The rows begin behind this row, which was verified before. `None`: they begin with the chain.
    pub after: Option<(u64, Digest)>,
    /// A row that is known to have been written: the last one synced, or the last one that a collector has.
    pub tail: Option<(u64, Digest)>,
    /// This copy was never given the contents.
    pub without_content: bool,
}

/// What `verify` reads of an envelope.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    parts: Vec<PartHead>,
    #[serde(default)]
    detail: Option<Detail>,
}

/// Verifies a chain from its rows, in the order in which they are kept. Reads all of them, also behind a problem.
///
/// # Errors
///
/// Only those of the rows themselves. What is wrong with the chain is in the report.
pub fn verify<E>(rows: impl IntoIterator<Item = Result<Row, E>>, expect: &Expect<'_>) -> Result<Report, E> {
    let mut pass = Pass::new(expect);
    for row in rows {
        pass.row(&row?);
    }
    Ok(pass.end())
}

struct Pass<'a> {
    expect: &'a Expect<'a>,
    /// Seq and hash of the row before, as stated in it.
    before: Option<(u64, Digest)>,
    /// The newest rows' seq and hash, for checkpoints.
    window: VecDeque<(u64, Digest)>,
    /// The key that the chain's first record names.
    own_key: Option<PublicKey>,
    tail_seen: bool,
    removals: Removals,
    rows: u64,
    problems: u64,
    first_problem: Option<Problem>,
    signed: Option<u64>,
}

impl<'a> Pass<'a> {
    fn new(expect: &'a Expect<'a>) -> Self {
        Self {
            expect,
            before: expect.after,
            window: expect.after.into_iter().collect(),
            own_key: None,
            tail_seen: expect.tail.is_some() && expect.tail == expect.after,
            removals: Removals::default(),
            rows: 0,
            problems: 0,
            first_problem: None,
            signed: None,
        }
    }

    fn problem(&mut self, seq: u64, what: What) {
        self.problems += 1;
        if self.first_problem.is_none_or(|first| seq < first.seq) {
            self.first_problem = Some(Problem { seq, what });
        }
    }

    fn row(&mut self, row: &Row) {
        let first = self.before.is_none();
        self.rows += 1;
        self.order(row);
        let link =
            Link { chain: self.expect.chain, seq: row.seq, previous: row.previous, envelope: row.envelope_digest };
        if link.hash() != row.hash {
            self.problem(row.seq, What::Hash);
        }
        self.tail(row);
        if let Some(bytes) = &row.envelope {
            self.envelope(row, bytes, first);
        } else {
            if first {
                self.problem(row.seq, What::NoStart);
            }
            self.absent(row.seq, Absence::Envelope);
        }
        self.before = Some((row.seq, row.hash));
        if self.window.len() == WINDOW {
            self.window.pop_front();
        }
        self.window.push_back((row.seq, row.hash));
    }

    /// Does the row follow the one before?
    fn order(&mut self, row: &Row) {
        let Some((seq, hash)) = self.before else {
            if row.seq != 1 || row.previous != Digest::ZERO {
                self.problem(row.seq, What::NoStart);
            }
            return;
        };
        let what = match row.seq.cmp(&seq) {
            std::cmp::Ordering::Equal => Some(What::Duplicate),
            std::cmp::Ordering::Less => Some(What::Order),
            std::cmp::Ordering::Greater if row.seq - seq > 1 => Some(What::Gap),
            std::cmp::Ordering::Greater if row.previous != hash => Some(What::Previous),
            std::cmp::Ordering::Greater => None,
        };
        if let Some(what) = what {
            self.problem(row.seq, what);
        }
    }

    fn tail(&mut self, row: &Row) {
        if let Some((seq, hash)) = self.expect.tail
            && seq == row.seq
        {
            self.tail_seen = true;
            if hash != row.hash {
                self.problem(seq, What::TailDisagrees);
            }
        }
    }

    fn envelope(&mut self, row: &Row, bytes: &[u8], first: bool) {
        if Digest::of(bytes) != row.envelope_digest {
            // Nothing that it says can be believed.
            self.problem(row.seq, What::EnvelopeDigest);
            return;
        }
        let Ok(head) = serde_json::from_slice::<Head>(bytes) else {
            self.problem(row.seq, What::EnvelopeUnreadable);
            return;
        };
        self.content(row, &head.parts);
        let starts = matches!(head.detail, Some(Detail::ChainStarted { .. }));
        if first && !starts {
            self.problem(row.seq, What::NoStart);
        } else if starts && !first {
            self.problem(row.seq, What::SecondStart);
        }
        if let Some(detail) = head.detail {
            self.detail(row.seq, detail, first);
        }
    }

    fn content(&mut self, row: &Row, parts: &[PartHead]) {
        if let Some(content) = &row.content {
            if check_content(parts, content).is_err() {
                self.problem(row.seq, What::Content);
            }
        } else if !self.expect.without_content && parts.iter().any(|part| part.digest.is_some()) {
            self.absent(row.seq, Absence::Content);
        }
    }

    fn absent(&mut self, seq: u64, what: Absence) {
        if !self.removals.absent(seq, what) {
            self.problem(seq, What::TooScattered);
        }
    }

    fn detail(&mut self, seq: u64, detail: Detail, first: bool) {
        match detail {
            Detail::ChainStarted { device_key, .. } if first => match PublicKey::from_hex(&device_key) {
                Ok(key) if self.expect.keys.is_empty() || self.expect.keys.contains(&key) => self.own_key = Some(key),
                _ => self.problem(seq, What::UnknownKey),
            },
            Detail::Checkpoint { seq: at, hash, key, signature } => match Digest::from_hex(&hash) {
                Ok(hash) => self.checkpoint(seq, &Checkpoint { seq: at, hash, key, signature }),
                Err(_) => self.problem(seq, What::CheckpointDisagrees),
            },
            Detail::ContentRemoved { first, last, count, .. } => {
                self.removal(seq, (first, last), count, Absence::Content);
            }
            Detail::Evicted { first, last, count, .. } => {
                self.removal(seq, (first, last), count, Absence::Envelope);
            }
            _ => {}
        }
    }

    fn checkpoint(&mut self, seq: u64, checkpoint: &Checkpoint) {
        // The chain's own key where its start was seen; behind a known row any of the device's keys.
        let known = self.own_key.as_ref().map_or(self.expect.keys, std::slice::from_ref);
        let Some(key) = known.iter().find(|key| key.to_hex() == checkpoint.key) else {
            self.problem(seq, What::UnknownKey);
            return;
        };
        match checkpoint.verify(self.expect.chain, key) {
            Ok(()) => {}
            Err(CheckpointError::OtherKey | CheckpointError::Key) => return self.problem(seq, What::UnknownKey),
            Err(CheckpointError::Signature) => return self.problem(seq, What::CheckpointSignature),
        }
        if self.window.iter().rev().any(|row| *row == (checkpoint.seq, checkpoint.hash)) {
            self.signed = self.signed.max(Some(checkpoint.seq));
        } else {
            self.problem(seq, What::CheckpointDisagrees);
        }
    }

    fn removal(&mut self, by: u64, (first, last): (u64, u64), count: u64, what: Absence) {
        if first == 0 || first > last || last >= by || count == 0 || count > last - first + 1 {
            self.problem(by, What::RemovalRange);
        } else if !self.removals.record(Removal { by, first, last, count, what }) {
            self.problem(by, What::TooScattered);
        }
    }

    fn end(mut self) -> Report {
        match (self.before, self.expect.tail) {
            _ if self.rows == 0 && self.expect.after.is_none() => self.problem(1, What::Empty),
            (before, Some((seq, _))) if !self.tail_seen && before.is_none_or(|(last, _)| last < seq) => {
                self.problem(before.map_or(1, |(last, _)| last + 1), What::TailCut);
            }
            _ => {}
        }
        let outcome = std::mem::take(&mut self.removals).resolve();
        for seq in &outcome.unaccounted {
            self.problem(*seq, What::RemovedWithoutRecord);
        }
        let absent = outcome.content_removed + outcome.evicted + outcome.missing;
        Report {
            rows: self.rows,
            whole: self.rows.saturating_sub(absent),
            content_removed: outcome.content_removed,
            evicted: outcome.evicted,
            missing: outcome.missing,
            stretches: outcome.stretches,
            problems: self.problems,
            first_problem: self.first_problem,
            signed: self.signed,
            last: if self.rows == 0 { None } else { self.before },
        }
    }
}
