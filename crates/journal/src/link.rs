//! The one place that knows how a record is hashed into its chain.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub(crate) type Hash = [u8; 32];

/// SHA-256 of an envelope.
pub(crate) fn digest(envelope: &[u8]) -> Hash {
    Sha256::digest(envelope).into()
}

/// The hash of a record: `SHA-256("taffrail/1" ‖ chain ‖ seq ‖ previous ‖ SHA-256(envelope))`.
pub(crate) fn link(chain: Uuid, seq: u64, previous: &Hash, digest: &Hash) -> Hash {
    Sha256::new_with_prefix(b"taffrail/1")
        .chain_update(chain.as_bytes())
        .chain_update(seq.to_be_bytes())
        .chain_update(previous)
        .chain_update(digest)
        .finalize()
        .into()
}
