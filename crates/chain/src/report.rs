//! What `verify` says of a chain.

use crate::digest::Digest;
use serde::Serialize;

/// The result of one pass over a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub rows: u64,
    /// Rows with all that was ever written of them, or whose content this copy was never given.
    pub whole: u64,
    /// Rows whose content was taken away by a later record.
    pub content_removed: u64,
    /// Rows whose envelope was evicted by a later record.
    pub evicted: u64,
    /// Rows that lack something and no record says so: tampering.
    pub missing: u64,
    /// Rows that are not whole, in order; all others are.
    pub stretches: Vec<Stretch>,
    /// How many problems there are.
    pub problems: u64,
    /// The one with the lowest seq.
    pub first_problem: Option<Problem>,
    /// Everything up to this row is under a signature that holds.
    pub signed: Option<u64>,
    /// The last row's seq and hash, as stated in it.
    pub last: Option<(u64, Digest)>,
}

impl Report {
    pub fn is_sound(&self) -> bool {
        self.problems == 0
    }
}

/// Rows in a row that share a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    pub first: u64,
    pub last: u64,
    pub state: State,
}

/// The state of a row that is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// Its content was taken away by the record `by`.
    ContentRemoved { by: u64 },
    /// Its envelope was evicted by the record `by`.
    Evicted { by: u64 },
    /// Its content is gone and no record says so.
    ContentMissing,
    /// Its envelope is gone and no record says so.
    EnvelopeMissing,
}

/// Something that is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The row at which it shows.
    pub seq: u64,
    pub what: What,
}

/// Names are stable: programs read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum What {
    /// There is no row at all.
    Empty,
    /// The first row is not the start of a chain.
    NoStart,
    /// A later row says that it starts the chain.
    SecondStart,
    /// Rows between the one before and this are not there.
    Gap,
    /// The same seq again.
    Duplicate,
    /// A lower seq than the one before.
    Order,
    /// Not joined to the row before.
    Previous,
    /// The hash is not that of the row.
    Hash,
    /// The envelope is not the one that was hashed.
    EnvelopeDigest,
    /// The envelope is the one that was hashed, and cannot be read.
    EnvelopeUnreadable,
    /// The content is not the one that the envelope describes.
    Content,
    /// Something was taken away and no later record says so.
    RemovedWithoutRecord,
    /// A record of a removal that speaks of itself, of later rows or of nothing.
    RemovalRange,
    /// A checkpoint, or the start of the chain, names a key that is not known.
    UnknownKey,
    /// A checkpoint whose signature does not fit.
    CheckpointSignature,
    /// A checkpoint that says another hash than the row has, or speaks of a row out of reach.
    CheckpointDisagrees,
    /// The chain ends before the row that is known to have been written.
    TailCut,
    /// The row that is known to have been written has another hash.
    TailDisagrees,
    /// More separate stretches of removed rows than are followed.
    TooScattered,
}
