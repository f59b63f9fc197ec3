//! Digests, and the link that joins a record to the one before it.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// A SHA-256. Written as 64 lower-case hex characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

/// Text that is not the hex of so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected {0} hexadecimal characters")]
pub struct NotHex(pub usize);

impl Digest {
    /// What stands before the first record.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest of an envelope's bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// # Errors
    ///
    /// [`NotHex`] for anything but 64 hex characters, of either case.
    pub fn from_hex(text: &str) -> Result<Self, NotHex> {
        fixed(text).map(Self)
    }

    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

/// Decodes exactly `N` bytes.
pub(crate) fn fixed<const N: usize>(text: &str) -> Result<[u8; N], NotHex> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| NotHex(2 * N))?;
    Ok(bytes)
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_hex()
    }
}

impl TryFrom<String> for Digest {
    type Error = NotHex;

    fn try_from(text: String) -> Result<Self, NotHex> {
        Self::from_hex(&text)
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// The chain's id: a UUID's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChainId(pub [u8; 16]);

impl From<[u8; 16]> for ChainId {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

/// A record's place: all that its hash covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    pub chain: ChainId,
    /// 1 for the first record.
    pub seq: u64,
    /// The hash of the record before; [`Digest::ZERO`] for the first.
    pub previous: Digest,
    /// Of the envelope's exact bytes.
    pub envelope: Digest,
}

impl Link {
    pub fn hash(&self) -> Digest {
        let mut hasher = Sha256::new_with_prefix(b"taffrail/1");
        hasher.update(self.chain.0);
        hasher.update(self.seq.to_be_bytes());
        hasher.update(self.previous.0);
        hasher.update(self.envelope.0);
        Digest(hasher.finalize().into())
    }
}
