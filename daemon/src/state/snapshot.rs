//! The snapshot: policy, mode and levels as they are in force, for judging a call when no daemon answers.
//!
//! # Format, version 1
//!
//! ```text
//! "TAFS"  u8 version (1)  u64 serial  u32 length, body (JSON)
//! 64 bytes, Ed25519("taffrail-snapshot/1" ‖ 0 ‖ everything before)
//! ```
//!
//! Integers are big-endian. It is written together with the fallback table, which has the serial and the device's public
//! key ([`Publication`]). A snapshot is used only with its table: whole, signed with that key, and not older.
//!
//! What protects the two is who may write them: root alone beside a system installation, the user alone in user mode.
//! Whoever may write both can make both anew; the signature keeps one of them from being changed, put back or copied
//! from another machine without the other.

use chain::{CheckpointError, DeviceKey, PublicKey};
use protocol::fallback::Publication;
use protocol::record::Level;
use protocol::verdict::{Layer, Mode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

const MAGIC: [u8; 4] = *b"TAFS";
const VERSION: u8 = 1;
const DOMAIN: &str = "taffrail-snapshot/1";

/// Policies are a few kilobytes; more than this is no snapshot.
pub(crate) const MAX_BYTES: u64 = 32 << 20;

/// What a call is judged by.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) mode: Mode,
    pub(crate) input: Level,
    pub(crate) output: Level,
    pub(crate) prompt: Level,
    pub(crate) rationale: Level,
    pub(crate) policies: Vec<File>,
}

/// A policy file as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) layer: Layer,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Why a snapshot is not used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum Error {
    #[error("not a snapshot")]
    Magic,
    #[error("a snapshot of version {0}, which this program does not read")]
    Version(u8),
    #[error("the snapshot is cut short or damaged")]
    Damaged,
    #[error("the snapshot has serial {found}, older than {newest}")]
    Old { found: u64, newest: u64 },
    #[error("the snapshot is not signed by this device: {0}")]
    Forged(#[from] CheckpointError),
    #[error("the snapshot is not understood: {0}")]
    Body(#[from] serde_json::Error),
}

impl Snapshot {
    /// # Errors
    ///
    /// [`Error::Body`], and [`Error::Damaged`] where the policies are too long for the format.
    pub(crate) fn encode(&self, serial: u64, key: &DeviceKey) -> Result<Vec<u8>, Error> {
        let body = serde_json::to_vec(self)?;
        let mut out = Vec::with_capacity(body.len() + 128);
        out.extend_from_slice(&MAGIC);
        out.push(VERSION);
        out.extend_from_slice(&serial.to_be_bytes());
        out.extend_from_slice(&u32::try_from(body.len()).map_err(|_| Error::Damaged)?.to_be_bytes());
        out.extend_from_slice(&body);
        out.extend_from_slice(&key.sign(DOMAIN, &out));
        Ok(out)
    }

    /// # Errors
    ///
    /// Any [`enum@Error`]: the bytes are no whole snapshot that belongs to this publication or a later one.
    pub(crate) fn decode(bytes: &[u8], published: &Publication) -> Result<Self, Error> {
        let (magic, rest) = bytes.split_first_chunk::<4>().ok_or(Error::Damaged)?;
        if *magic != MAGIC {
            return Err(Error::Magic);
        }
        let ([version], rest) = rest.split_first_chunk::<1>().ok_or(Error::Damaged)?;
        if *version != VERSION {
            return Err(Error::Version(*version));
        }
        let (signed, signature) = bytes.split_last_chunk::<64>().ok_or(Error::Damaged)?;
        let (serial, rest) = rest.split_first_chunk::<8>().ok_or(Error::Damaged)?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(Error::Damaged)?;
        let body = rest.split_last_chunk::<64>().ok_or(Error::Damaged)?.0;
        if u32::try_from(body.len()) != Ok(u32::from_be_bytes(*length)) {
            return Err(Error::Damaged);
        }
        PublicKey::from_bytes(&published.key)?.verify(DOMAIN, signed, signature)?;
        // Published first, so that it may be newer than its table for a moment.
        let found = u64::from_be_bytes(*serial);
        if found < published.serial {
            return Err(Error::Old { found, newest: published.serial });
        }
        Ok(serde_json::from_slice(body)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot {
            mode: Mode::Enforce,
            input: Level::Redacted,
            output: Level::Redacted,
            prompt: Level::Metadata,
            rationale: Level::None,
            policies: vec![File { layer: Layer::User, name: "policy.toml".into(), text: "# none".into() }],
        }
    }

    fn key() -> DeviceKey {
        DeviceKey::from_seed(&[7; 32])
    }

    fn published(serial: u64) -> Publication {
        Publication { serial, key: key().public().to_bytes() }
    }

    #[test]
    fn a_snapshot_reads_back_and_any_cut_or_flip_is_refused() {
        let bytes = snapshot().encode(3, &key()).unwrap();
        assert_eq!(Snapshot::decode(&bytes, &published(3)).unwrap(), snapshot());
        assert_eq!(Snapshot::decode(&bytes, &published(2)).unwrap(), snapshot(), "newer than its table, for a moment");
        for cut in 0..bytes.len() {
            assert!(Snapshot::decode(&bytes[..cut], &published(3)).is_err(), "cut at {cut}");
        }
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1;
            assert!(Snapshot::decode(&bad, &published(3)).is_err(), "flip at {at}");
        }
        assert!(Snapshot::decode(&[bytes, vec![0]].concat(), &published(3)).is_err());
    }

    #[test]
    fn an_older_one_another_devices_and_another_versions_are_refused() {
        let bytes = snapshot().encode(3, &key()).unwrap();
        assert!(matches!(Snapshot::decode(&bytes, &published(4)), Err(Error::Old { found: 3, newest: 4 })));
        let other = Publication { serial: 3, key: DeviceKey::from_seed(&[8; 32]).public().to_bytes() };
        assert!(matches!(Snapshot::decode(&bytes, &other), Err(Error::Forged(_))));
        assert!(Snapshot::decode(&bytes, &Publication::default()).is_err(), "a table without a snapshot");
        let mut newer = bytes;
        newer[4] = 2;
        assert!(matches!(Snapshot::decode(&newer, &published(3)), Err(Error::Version(2))));
    }

    /// Made once. A program of this version writes and reads exactly these bytes.
    #[test]
    fn a_snapshot_of_version_1_is_read_and_written_as_it_was() {
        let stored = include_bytes!("../../../tests/compat/snapshot-1.bin");
        assert_eq!(Snapshot::decode(stored, &published(42)).unwrap(), snapshot());
        assert_eq!(snapshot().encode(42, &key()).unwrap(), stored);
    }
}
