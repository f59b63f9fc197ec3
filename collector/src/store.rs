//! What the collector keeps, behind two traits.
//!
//! [`Control`] is small and transactional: tokens, devices, which chain belongs to whom and how far it has come.
//! [`Records`] is large and only grows: the records themselves. They may lie in different engines, so a batch goes
//! **claim → write → confirm**: `Control` notes what is about to be written, `Records` writes it whole under the batch's
//! digest, `Control` moves the chain's head. A crash in between leaves an open claim; what `Records` then holds of it
//! decides whether it is confirmed or released. Only confirmed records are acknowledged.
//!
//! **A chain can have two histories**: a copied device key or a machine that was set back writes a second record with a
//! number that is taken. Both are kept. A chain is a tree of *branches*: branch 0 came first; another one begins where it
//! parts from its parent. Within a branch `seq` grows by one, so (chain, branch, seq) names one record.

pub(crate) mod calls;
#[cfg(test)]
pub(crate) mod conformance;
pub(crate) mod control;
pub(crate) mod people;
pub(crate) mod records;

use chain::{Digest, PublicKey};
use protocol::wire::Standing;
use std::path::PathBuf;
use thiserror::Error;
use uuid::Uuid;

#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum Error {
    #[error("the store: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("{} is of version {found}, which is newer than this program", path.display())]
    Newer { path: PathBuf, found: i64 },
    #[error("{} is no file of this collector", .0.display())]
    Foreign(PathBuf),
    #[error("the store holds {0} that cannot be read")]
    Damaged(&'static str),
}

/// What a token lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Admission {
    /// SHA-256 of the secret.
    pub(crate) secret: Digest,
    /// So many devices more.
    pub(crate) devices: u32,
    pub(crate) until_ms: u64,
    /// Devices that come with it need no approval.
    pub(crate) approve: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) id: Uuid,
    pub(crate) key: PublicKey,
    pub(crate) name: String,
    pub(crate) program: String,
    pub(crate) standing: Standing,
    pub(crate) enrolled_ms: u64,
}

/// A device that asks to be let in.
#[derive(Clone, Debug)]
pub(crate) struct Applicant {
    pub(crate) key: PublicKey,
    pub(crate) name: String,
    pub(crate) program: String,
    /// SHA-256 of the secret that it brings.
    pub(crate) secret: Digest,
}

/// One history of a chain, as far as it is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Branch {
    pub(crate) chain: Uuid,
    pub(crate) number: u32,
    pub(crate) device: Uuid,
    /// The branch that it parts from; its own number where it begins with the chain.
    pub(crate) parent: u32,
    pub(crate) first: u64,
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
}

/// Rows that are about to be written, or were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) chain: Uuid,
    pub(crate) branch: u32,
    pub(crate) parent: u32,
    pub(crate) device: Uuid,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Of the last row.
    pub(crate) hash: Digest,
    /// Over what of each row its hash does not cover.
    pub(crate) sum: Digest,
    pub(crate) received_ms: u64,
}

impl Claim {
    /// All of it in a fixed form, which the collector signs.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        [
            self.chain.as_bytes().as_slice(),
            &self.branch.to_be_bytes(),
            &self.parent.to_be_bytes(),
            self.device.as_bytes(),
            &self.first.to_be_bytes(),
            &self.last.to_be_bytes(),
            &self.hash.0,
            &self.sum.0,
            &self.received_ms.to_be_bytes(),
        ]
        .concat()
    }

    /// The name under which it is written: the same write has the same name.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.bytes())
    }
}

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) seq: u64,
    pub(crate) previous: Digest,
    /// Of the envelope.
    pub(crate) digest: Digest,
    pub(crate) hash: Digest,
    /// The envelope's exact text; `None` in a stub.
    pub(crate) envelope: Option<String>,
    pub(crate) content: Option<String>,
    /// Why there is no envelope.
    pub(crate) stub: Option<String>,
}

/// What of these rows their hashes do not cover: which of them came with content, and why others are stubs.
pub(crate) fn sum<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Digest {
    let mut bytes = Vec::new();
    for row in rows {
        bytes.extend_from_slice(&row.hash.0);
        bytes.push(u8::from(row.content.is_some()));
        let stub = row.stub.as_deref().unwrap_or_default();
        bytes.extend_from_slice(&(stub.len() as u64).to_be_bytes());
        bytes.extend_from_slice(stub.as_bytes());
    }
    Digest::of(&bytes)
}

/// A batch: what is claimed, its rows, and the collector's signature over the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) claim: Claim,
    pub(crate) rows: Vec<Row>,
    pub(crate) receipt: [u8; 64],
}

/// A written batch without its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) claim: Claim,
    pub(crate) signature: [u8; 64],
}

/// The domain of [`Receipt::signature`].
pub(crate) const RECEIPT_DOMAIN: &str = "taffrail-receipt/1";

/// What must be exact, in transactions. Each method is one; it is on disk when it returns. Who may look and change is
/// with [`people::People`].
pub(crate) trait Control {
    fn admit(&mut self, admission: &Admission) -> Result<(), Error>;
    /// Lets a device in by a token that is known, not used up and not over at `now_ms`; `None` otherwise. A device that is
    /// known already keeps its id and standing and takes nothing of the token.
    fn enroll(&mut self, applicant: &Applicant, now_ms: u64) -> Result<Option<Device>, Error>;
    fn device(&self, key: &PublicKey) -> Result<Option<Device>, Error>;
    /// In the order of their enrolment.
    fn devices(&self) -> Result<Vec<Device>, Error>;
    /// `false`: there is no such device.
    fn set_standing(&mut self, device: Uuid, standing: Standing) -> Result<bool, Error>;
    /// The branches of a chain, by number.
    fn chain(&self, chain: Uuid) -> Result<Vec<Branch>, Error>;
    /// Of every chain.
    fn branches(&self) -> Result<Vec<Branch>, Error>;
    fn claim(&mut self, claims: &[Claim]) -> Result<(), Error>;
    /// Moves the heads and closes the claims.
    fn confirm(&mut self, claims: &[Claim]) -> Result<(), Error>;
    /// Closes claims of which nothing was written.
    fn release(&mut self, claims: &[Claim]) -> Result<(), Error>;
    fn open_claims(&self) -> Result<Vec<Claim>, Error>;
}

/// The records.
pub(crate) trait Records {
    /// Writes whole batches; on disk when it returns. One that was written before changes nothing.
    fn append(&mut self, batches: &[Batch]) -> Result<(), Error>;
    /// Was this batch written, whole?
    fn holds(&self, batch: &Digest) -> Result<bool, Error>;
    /// The branch in which this record stands.
    fn find(&self, chain: Uuid, seq: u64, hash: &Digest) -> Result<Option<u32>, Error>;
    /// Up to `most` rows of a branch from `from` on, in the order of their numbers, as they lie there.
    fn rows(&self, chain: Uuid, branch: u32, from: i64, most: u32) -> Result<Vec<Row>, Error>;
    /// The batches of a branch, by their first row.
    fn receipts(&self, chain: Uuid, branch: u32) -> Result<Vec<Receipt>, Error>;
    /// Every branch of which there is a row, and how many.
    fn held(&self) -> Result<Vec<(Uuid, u32, u64)>, Error>;
}
