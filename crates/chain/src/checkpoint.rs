//! Checkpoints: the device's signature over everything up to a record.

use crate::digest::{ChainId, Digest, fixed};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use protocol::record::Detail;
use thiserror::Error;

/// What a checkpoint's signature covers, so that no other signature of the key can stand for one.
const DOMAIN: &[u8] = b"taffrail-checkpoint/1";

fn message(chain: ChainId, seq: u64, hash: &Digest) -> [u8; DOMAIN.len() + 16 + 8 + 32] {
    let mut bytes = [0; DOMAIN.len() + 16 + 8 + 32];
    let parts = [DOMAIN, &chain.0, &seq.to_be_bytes(), &hash.0];
    for (slot, byte) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
        *slot = *byte;
    }
    bytes
}

/// A device's public key. Written as the hex of its 32 bytes, which is also its name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// # Errors
    ///
    /// [`CheckpointError::Key`] when `text` is not the hex of a point on the curve, or one of small order.
    pub fn from_hex(text: &str) -> Result<Self, CheckpointError> {
        Self::from_bytes(&fixed(text).map_err(|_| CheckpointError::Key)?)
    }

    /// # Errors
    ///
    /// [`CheckpointError::Key`], as [`Self::from_hex`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, CheckpointError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| CheckpointError::Key)?;
        if key.is_weak() { Err(CheckpointError::Key) } else { Ok(Self(key)) }
    }

    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    pub fn to_hex(&self) -> String {
        hex::encode(self.0.as_bytes())
    }

    /// Checks a signature of [`DeviceKey::sign`], strictly.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Signature`].
    pub fn verify(&self, domain: &str, body: &[u8], signature: &[u8; 64]) -> Result<(), CheckpointError> {
        let signature = Signature::from_bytes(signature);
        self.0.verify_strict(&of_domain(domain, body), &signature).map_err(|_| CheckpointError::Signature)
    }
}

/// What a signature over something that is no checkpoint covers: the domain says what it is, and cannot run into it.
fn of_domain(domain: &str, body: &[u8]) -> Vec<u8> {
    [domain.as_bytes(), &[0], body].concat()
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// The key that a device signs with. Wiped from memory when dropped; its `Debug` shows the public half.
pub struct DeviceKey(SigningKey);

impl DeviceKey {
    /// The key of these 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs something that is no record. `domain` says what, with its version: `taffrail-snapshot/1`.
    pub fn sign(&self, domain: &str, body: &[u8]) -> [u8; 64] {
        self.0.sign(&of_domain(domain, body)).to_bytes()
    }

    /// Signs everything up to `seq`, whose hash is `hash`.
    pub fn checkpoint(&self, chain: ChainId, seq: u64, hash: Digest) -> Checkpoint {
        let signature = self.0.sign(&message(chain, seq, &hash));
        Checkpoint { seq, hash, key: self.public().to_hex(), signature: hex::encode(signature.to_bytes()) }
    }
}

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceKey({:?})", self.public())
    }
}

/// A checkpoint as a record holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub seq: u64,
    pub hash: Digest,
    /// Hex of the public key.
    pub key: String,
    /// Hex of the 64 bytes of the signature.
    pub signature: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    #[error("not a public key")]
    Key,
    #[error("signed by another key")]
    OtherKey,
    #[error("the signature does not fit")]
    Signature,
}

impl Checkpoint {
    /// The record's detail.
    pub fn detail(&self) -> Detail {
        Detail::Checkpoint {
            seq: self.seq,
            hash: self.hash.to_hex(),
            key: self.key.clone(),
            signature: self.signature.clone(),
        }
    }

    /// Checks the signature, strictly: no malleable signature and no weak key passes.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::OtherKey`] or [`CheckpointError::Signature`].
    pub fn verify(&self, chain: ChainId, key: &PublicKey) -> Result<(), CheckpointError> {
        if self.key != key.to_hex() {
            return Err(CheckpointError::OtherKey);
        }
        let bytes: [u8; 64] = fixed(&self.signature).map_err(|_| CheckpointError::Signature)?;
        let message = message(chain, self.seq, &self.hash);
        key.0.verify_strict(&message, &Signature::from_bytes(&bytes)).map_err(|_| CheckpointError::Signature)
    }
}
