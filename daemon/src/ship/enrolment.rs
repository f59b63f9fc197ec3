//! What is kept of a collector: who it is, and how far it has signed. Two small files in the state folder.

use chain::Digest;
use platform::files;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;
use uuid::Uuid;

/// Such a file is a few hundred bytes.
const MAX_BYTES: u64 = 64 << 10;

const VERSION: u32 = 1;

#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum Error {
    #[error(transparent)]
    File(#[from] files::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("it is of version {0}, which this program does not read")]
    Version(u32),
}

/// The collector that this machine is enrolled with: `collector.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Enrolment {
    pub(crate) v: u32,
    pub(crate) url: String,
    /// Hex of its public key.
    pub(crate) collector: String,
    /// What it calls this machine.
    pub(crate) device: Uuid,
    /// Certificates that are trusted beside the system's, unless `collector.ca_file` names others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
}

impl Enrolment {
    pub(crate) fn new(url: String, collector: String, device: Uuid, ca: Option<PathBuf>) -> Self {
        Self { v: VERSION, url, collector, device, ca }
    }

    /// `None`: this machine is not enrolled.
    ///
    /// # Errors
    ///
    /// When there is something that cannot be read.
    pub(crate) fn load(path: &Path) -> Result<Option<Self>, Error> {
        let read: Option<Self> = read(path)?;
        match read {
            Some(other) if other.v != VERSION => Err(Error::Version(other.v)),
            other => Ok(other),
        }
    }

    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn save(&self, path: &Path) -> Result<(), Error> {
        write(path, self)
    }
}

/// How far a collector has signed for a chain, with its own words: `shipped.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) chain: Uuid,
    /// 0: for nothing.
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
    pub(crate) collector: String,
    /// The answer's exact text, and its signature.
    pub(crate) answer: String,
    pub(crate) signature: String,
}

impl Position {
    pub(crate) fn start(chain: Uuid, collector: &str) -> Self {
        let (answer, signature) = (String::new(), String::new());
        Self { chain, seq: 0, hash: Digest::ZERO, collector: collector.to_owned(), answer, signature }
    }

    pub(crate) fn is_of(&self, chain: Uuid, collector: &str) -> bool {
        self.chain == chain && self.collector == collector
    }

    /// What cannot be read counts for nothing: the collector knows what it has.
    pub(crate) fn load(path: &Path) -> Option<Self> {
        read(path).unwrap_or_else(|error| {
            tracing::warn!(%error, "how far the collector has signed cannot be read; it will be asked");
            None
        })
    }

    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn save(&self, path: &Path) -> Result<(), Error> {
        write(path, self)
    }
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Option<T>, Error> {
    let me = rustix::process::geteuid().as_raw();
    match files::read_owned(path, MAX_BYTES, &[me, 0]) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn write(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(files::write_atomic(path, &bytes, 0o600)?)
}
