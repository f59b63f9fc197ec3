//! What a device and a collector say to one another, version 1.
//!
//! A device enrols once (`POST /v1/enroll`, [`Enroll`] as JSON) and then sends batches of records (`POST /v1/logs`, OTLP,
//! see [`otlp`]). Both requests carry four headers ([`DEVICE`], [`TIME`], [`NONCE`], [`SIGNATURE`]); every answer is an
//! [`Answer`] as JSON with its signature in [`SIGNATURE`].
//!
//! ```text
//! request signature = Ed25519("taffrail-request/1" ‖ 0 ‖ text), by the device's key, in hex
//! text    = method LF path LF collector's key LF content encoding LF SHA-256 of the body LF time LF nonce
//! answer signature  = Ed25519("taffrail-answer/1" ‖ 0 ‖ body), by the collector's key, in hex
//! token   = "taffrail-1." collector's key "." secret
//! ```
//!
//! Keys and digests are lower-case hex, the nonce is 32 hex characters, the time milliseconds since 1970. The body's
//! digest is of the bytes as sent, still compressed; the encoding is `identity` where the request names none. The token
//! holds the collector's public key, so that a device knows from the first answer on whom it speaks with; a signature
//! that names its collector is worth nothing at another. An answer repeats the request's nonce: it cannot stand for the
//! answer to another request. `tests/compat/wire-1.json` holds texts and signatures of this version.

pub mod otlp;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use thiserror::Error;
use uuid::Uuid;

/// The version that this program speaks.
pub const VERSION: u32 = 1;

pub const ENROLL: &str = "/v1/enroll";
pub const LOGS: &str = "/v1/logs";

/// The device's public key.
pub const DEVICE: &str = "taffrail-device";
pub const TIME: &str = "taffrail-time";
pub const NONCE: &str = "taffrail-nonce";
pub const SIGNATURE: &str = "taffrail-signature";

/// What the signature of a request covers, so that no other signature of the key can stand for one.
pub const REQUEST_DOMAIN: &str = "taffrail-request/1";
pub const ANSWER_DOMAIN: &str = "taffrail-answer/1";

/// A request's time may be off by so much, to either side.
pub const TIME_WINDOW_MS: u64 = 5 * 60 * 1000;
/// Records in one batch, at most.
pub const MAX_RECORDS: usize = 1000;
/// Bytes of a request's body, as sent.
pub const MAX_BODY: usize = 4 << 20;
/// Bytes of a batch once it is decompressed.
pub const MAX_BATCH: usize = 16 << 20;

/// All that the signature of a request covers.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// The public key of the collector that is meant.
    pub collector: &'a str,
    pub encoding: &'a str,
    /// Hex of SHA-256 over the body as sent.
    pub digest: &'a str,
    pub time_ms: u64,
    pub nonce: &'a str,
}

impl Signed<'_> {
    /// The text that is signed, under [`REQUEST_DOMAIN`].
    pub fn text(&self) -> String {
        let Self { method, path, collector, encoding, digest, time_ms, nonce } = self;
        let mut text = String::with_capacity(320);
        // Writing to a string does not fail.
        write!(text, "{method}\n{path}\n{collector}\n{encoding}\n{digest}\n{time_ms}\n{nonce}").ok();
        text
    }
}

/// Is this 32 lower-case hex characters?
pub fn is_nonce(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What lets a device in: shown once, kept by the collector as a digest alone. Its `Debug` hides the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The collector's public key.
    pub collector: String,
    pub secret: String,
}

/// Text that is no enrolment token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an enrolment token: taffrail-1.KEY.SECRET was expected")]
pub struct NoToken;

impl Token {
    /// # Errors
    ///
    /// [`NoToken`].
    pub fn parse(text: &str) -> Result<Self, NoToken> {
        let (collector, secret) =
            text.trim().strip_prefix("taffrail-1.").and_then(|rest| rest.split_once('.')).ok_or(NoToken)?;
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if collector.len() == 64 && secret.len() == 64 && is_hex(collector) && is_hex(secret) {
            Ok(Self { collector: collector.to_owned(), secret: secret.to_owned() })
        } else {
            Err(NoToken)
        }
    }

    /// The text that a person carries to the device.
    pub fn text(&self) -> String {
        format!("taffrail-1.{}.{}", self.collector, self.secret)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({}, [redacted])", self.collector)
    }
}

/// A device asks to be let in. That it holds the key is shown by the request's signature.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enroll {
    pub v: u32,
    /// The token's secret.
    pub secret: String,
    /// What people call the machine; nothing is decided by it.
    pub name: String,
    /// Of the daemon.
    pub program: String,
}

impl std::fmt::Debug for Enroll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Enroll({:?}, {:?}, [redacted])", self.name, self.program)
    }
}

/// Where a device stands with its collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Known, and nothing is taken from it yet.
    Pending,
    Approved,
    Revoked,
}

/// What a collector answers; signed as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub v: u32,
    /// The request's.
    pub nonce: String,
    /// The collector's clock, in milliseconds since 1970.
    pub time_ms: u64,
    #[serde(flatten)]
    pub says: Says,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Says {
    Enrolled {
        device: Uuid,
        standing: Standing,
    },
    /// Everything up to `seq` with this hash is on the collector's disk.
    Stored {
        chain: Uuid,
        seq: u64,
        hash: String,
        /// Records of the batch that were not there before.
        new: u64,
        /// There are two histories of this chain.
        forked: bool,
    },
    /// Nothing was taken: the batch does not follow what is there. `seq` is the last record that is, 0 for none.
    Gap {
        chain: Uuid,
        seq: u64,
        hash: String,
    },
    Refused {
        why: Refusal,
        /// For people.
        text: String,
    },
}

/// Names are stable: programs read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Refusal {
    /// No headers, or none that can be read.
    Unsigned,
    Signature,
    /// The time is outside of the window; the answer has the right one.
    Stale,
    /// The nonce was used before.
    Replayed,
    Token,
    Unknown,
    Pending,
    Revoked,
    /// The chain belongs to another device.
    Chain,
    Malformed,
    TooLarge,
    Busy,
    /// One of a newer version.
    #[serde(other)]
    Other,
}
