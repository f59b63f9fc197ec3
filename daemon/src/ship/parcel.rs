//! One batch: read from the journal, bounded, written as OTLP and compressed.

use super::enrolment::Position;
use chain::Digest;
use journal::{Checked, Journal};
use protocol::record::{Detail, Envelope};
use protocol::verdict::Action;
use protocol::wire::otlp::{self, Body, Severity};
use thiserror::Error;
use uuid::Uuid;

/// Records in one batch, at most.
pub(super) const RECORDS: usize = 500;
/// Bytes of their texts; a record that is longer by itself travels alone.
const BYTES: usize = 512 << 10;
/// The tables of a higher level take a megabyte more, which the daemon would keep.
const LEVEL: i32 = 1;

#[derive(Debug, Error)]
#[non_exhaustive]
pub(super) enum Error {
    #[error(transparent)]
    Journal(#[from] journal::Error),
    #[error("it is not on the disk yet")]
    NotSynced,
    #[error("the batch cannot be compressed: {0}")]
    Compress(#[from] std::io::Error),
    #[error("a new chain has begun")]
    Chain,
    #[error("the last record that the collector signed for is not the journal's")]
    Position,
}

/// A batch that is ready to go.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) chain: Uuid,
    /// The last record in it.
    pub(super) seq: u64,
    pub(super) hash: Digest,
    pub(super) records: usize,
    /// The last record is the journal's own signature.
    pub(super) ends_signed: bool,
    /// OTLP, compressed with zstd.
    pub(super) body: Vec<u8>,
}

/// How much goes into a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    records: usize,
    bytes: usize,
    /// Of this record less is sent, because all of it is refused.
    less: Option<(u64, Less)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Less {
    /// The envelope alone.
    NoContent,
    /// A stub.
    Stub,
}

impl Default for Limit {
    fn default() -> Self {
        Self { records: RECORDS, bytes: BYTES, less: None }
    }
}

impl Limit {
    /// Has the next parcel hold half as much. `false`: this one held a single record.
    pub(super) fn split(&mut self, parcel: &Parcel) -> bool {
        self.records = (parcel.records / 2).max(1);
        parcel.records > 1
    }

    /// Has less sent than this parcel, which cannot be taken for the reason given. `false`: less there is not.
    pub(super) fn lessen(&mut self, parcel: &Parcel, why: &str) -> bool {
        if self.split(parcel) {
            return true;
        }
        let withheld = self.withhold(parcel);
        if withheld {
            tracing::error!(seq = parcel.seq, why, "a record is refused; less of it is sent in its place");
        }
        withheld
    }

    /// Has less of a single record sent. `false`: it was a stub already.
    pub(super) fn withhold(&mut self, parcel: &Parcel) -> bool {
        let less = match self.less {
            Some((seq, Less::Stub)) if seq == parcel.seq => return false,
            Some((seq, Less::NoContent)) if seq == parcel.seq => Less::Stub,
            _ => Less::NoContent,
        };
        self.less = Some((parcel.seq, less));
        true
    }

    /// After a parcel that was taken.
    pub(super) fn grow(&mut self) {
        self.records = (self.records * 2).min(RECORDS);
    }

    fn less(&self, seq: u64) -> Option<Less> {
        self.less.filter(|(of, _)| *of == seq).map(|(_, less)| less)
    }
}

/// Reads what comes behind `position`; `None` where there is nothing. Works on the disk.
pub(super) fn read(journal: &Journal, position: &Position, limit: Limit) -> Result<Option<Parcel>, Error> {
    let (chain, last, _) = journal.last();
    if chain != position.chain {
        return Err(Error::Chain);
    }
    // How far the collector has signed is kept in a file, and the journal may have been set back since. What was evicted
    // is still counted, and cannot be compared.
    let differs = |own: Option<journal::Stored>| own.is_some_and(|own| own.hash != position.hash);
    if position.seq > last || (position.seq > 0 && differs(journal.by_seq(position.seq)?)) {
        return Err(Error::Position);
    }
    if last == position.seq {
        return Ok(None);
    }
    if !journal.sync() {
        return Err(Error::NotSynced);
    }
    let rows = journal.rows_behind(position.seq, position.hash)?;
    if rows.chain_id() != chain {
        return Err(Error::Chain);
    }
    let mut taken: Vec<Taken> = Vec::new();
    let mut bytes = 0;
    for row in rows {
        let row = Taken::of(row?, &limit);
        // What was appended meanwhile is not known to be on the disk.
        let full = !taken.is_empty() && bytes + row.len() > limit.bytes;
        if row.seq > last || full || taken.len() == limit.records {
            break;
        }
        bytes += row.len();
        taken.push(row);
    }
    let Some((seq, hash, ends_signed)) = taken.last().map(|row| (row.seq, row.hash, row.signs)) else {
        return Ok(None);
    };
    let rows: Vec<otlp::Row<'_>> = taken.iter().map(|row| row.wire(chain)).collect();
    let body = zstd::bulk::compress(&otlp::encode(&rows), LEVEL)?;
    Ok(Some(Parcel { chain, seq, hash, records: taken.len(), ends_signed, body }))
}

/// A row as it is sent.
struct Taken {
    seq: u64,
    previous: Digest,
    digest: Digest,
    hash: Digest,
    envelope: Option<String>,
    content: Option<String>,
    /// Why there is no envelope.
    why: &'static str,
    time_ns: u64,
    severity: Severity,
    signs: bool,
}

impl Taken {
    fn of(checked: Checked, limit: &Limit) -> Self {
        let journal::Stored { seq, digest, hash, envelope, content, .. } = checked.stored;
        let less = limit.less(seq);
        let found = envelope.is_some();
        let parsed: Option<Envelope> = envelope.as_ref().and_then(|bytes| serde_json::from_slice(bytes).ok());
        let envelope = envelope
            .filter(|bytes| less != Some(Less::Stub) && Digest::of(bytes) == digest)
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let content = content.filter(|_| less.is_none() && envelope.is_some());
        let why = match (found, less) {
            (_, Some(Less::Stub)) => "parked",
            (false, _) if checked.faults.is_empty() => "evicted",
            _ => "unreadable",
        };
        let at = parsed.as_ref().and_then(|envelope| envelope.at.parse::<jiff::Timestamp>().ok());
        let stops = parsed.as_ref().and_then(|envelope| envelope.decision.as_ref());
        let stops = stops.is_some_and(|decision| decision.raw.action > Action::Allow);
        Self {
            seq,
            previous: checked.previous,
            digest,
            hash,
            envelope,
            content: content.and_then(|bytes| String::from_utf8(bytes).ok()),
            why,
            time_ns: at.and_then(|at| u64::try_from(at.as_nanosecond()).ok()).unwrap_or_default(),
            severity: if stops { Severity::WARN } else { Severity::INFO },
            signs: matches!(parsed.and_then(|envelope| envelope.detail), Some(Detail::Checkpoint { .. })),
        }
    }

    fn len(&self) -> usize {
        self.envelope.as_ref().map_or(0, String::len) + self.content.as_ref().map_or(0, String::len)
    }

    fn wire(&self, chain: Uuid) -> otlp::Row<'_> {
        let body = match &self.envelope {
            Some(envelope) => Body::Whole { envelope, content: self.content.as_deref() },
            None => Body::Stub { digest: self.digest.0, why: self.why },
        };
        let (previous, hash) = (self.previous.0, self.hash.0);
        let (seq, time_ns, severity) = (self.seq, self.time_ns, self.severity);
        otlp::Row { chain, seq, previous, hash, time_ns, severity, body }
    }
}
