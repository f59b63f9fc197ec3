//! A batch by itself: read, and each record held against its hash and the one before.

use crate::store::Row;
use chain::{ChainId, Digest, Link, PublicKey};
use protocol::record::Detail;
use protocol::wire::MAX_RECORDS;
use protocol::wire::otlp::{self, Body};
use serde::Deserialize;
use thiserror::Error;
use uuid::Uuid;

/// Records of one chain, each following the one before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) chain: Uuid,
    pub(crate) device: Uuid,
    /// At least one.
    pub(crate) rows: Vec<Row>,
}

/// Why a batch is refused whatever the store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub(crate) enum Unfit {
    #[error("the batch cannot be read: {0}")]
    Otlp(#[from] otlp::Error),
    #[error("the batch is empty")]
    Empty,
    #[error("the batch holds records of two chains")]
    Chains,
    #[error("record {0} has a number that no record has")]
    Number(u64),
    #[error("record {0} does not follow the one before it")]
    Order(u64),
    #[error("record {0} is not the one that was hashed")]
    Hash(u64),
    #[error("the chain begins with another device's key, or none")]
    Start,
}

/// What is read of a chain's first envelope.
#[derive(Deserialize)]
struct Head {
    detail: Option<Detail>,
}

impl Delivery {
    /// # Errors
    ///
    /// [`Unfit`].
    pub(crate) fn read(bytes: &[u8], device: Uuid, key: &PublicKey) -> Result<Self, Unfit> {
        let read = otlp::decode(bytes, MAX_RECORDS)?;
        let chain = read.first().ok_or(Unfit::Empty)?.chain;
        let mut rows: Vec<Row> = Vec::with_capacity(read.len());
        for record in read {
            if record.chain != chain {
                return Err(Unfit::Chains);
            }
            let seq = record.seq;
            if seq == 0 || i64::try_from(seq).is_err() {
                return Err(Unfit::Number(seq));
            }
            let (digest, envelope, content, stub) = match record.body {
                Body::Whole { envelope, content } => (Digest::of(envelope.as_bytes()), Some(envelope), content, None),
                Body::Stub { digest, why } => (Digest(digest), None, None, Some(why)),
            };
            let previous = Digest(record.previous);
            let follows = match rows.last() {
                Some(before) => seq == before.seq + 1 && previous == before.hash,
                None => (seq == 1) == (previous == Digest::ZERO),
            };
            if !follows {
                return Err(Unfit::Order(seq));
            }
            let link = Link { chain: ChainId(chain.into_bytes()), seq, previous, envelope: digest };
            let hash = Digest(record.hash);
            if link.hash() != hash {
                return Err(Unfit::Hash(seq));
            }
            if seq == 1 && !starts(envelope, key) {
                return Err(Unfit::Start);
            }
            let [envelope, content, stub] = [envelope, content, stub].map(|text| text.map(str::to_owned));
            rows.push(Row { seq, previous, digest, hash, envelope, content, stub });
        }
        Ok(Self { chain, device, rows })
    }
}

/// Does a chain of this device begin with this envelope?
fn starts(envelope: Option<&str>, key: &PublicKey) -> bool {
    let head = envelope.and_then(|text| serde_json::from_str::<Head>(text).ok());
    matches!(head.and_then(|head| head.detail), Some(Detail::ChainStarted { device_key, .. }) if device_key == key.to_hex())
}
