//! The chain: why a log that was changed cannot say that it was not.
//!
//! # Format, version 1
//!
//! ```text
//! hash      = SHA-256("taffrail/1" ‖ chain id, 16 ‖ seq, u64 ‖ previous hash, 32 ‖ SHA-256(envelope bytes), 32)
//! part      = SHA-256(salt, 16 ‖ text)                                     hex, in the envelope's `parts`
//! signature = Ed25519("taffrail-checkpoint/1" ‖ chain id, 16 ‖ seq, u64 ‖ hash, 32)
//! ```
//!
//! Integers are big-endian. The first record has `seq` 1, 32 zero bytes as its previous hash, and the detail
//! [`ChainStarted`](protocol::record::Detail::ChainStarted) with the key that signs the chain's checkpoints. `seq` grows
//! by one. A row whose envelope or content went away on purpose keeps its digests, and a later record says so; these
//! records, the checkpoints and the first record are themselves never evicted. A checkpoint speaks of one of the
//! [`WINDOW`] rows before it. `tests/compat/chain-1.json` holds records and a signature of this version.
//!
//! The crate knows no file and no clock. It must not know how rows are kept: [`verify`] takes them one by one.
//!
//! ```
//! use taffrail_chain::{ChainId, Digest, Link};
//! let link = Link { chain: ChainId([7; 16]), seq: 1, previous: Digest::ZERO, envelope: Digest::of(b"{}") };
//! let next = Link { chain: link.chain, seq: 2, previous: link.hash(), envelope: Digest::of(b"{}") };
//! assert_ne!(link.hash(), next.hash());
//! ```

mod checkpoint;
mod content;
mod digest;
mod report;
mod verify;

pub use checkpoint::{Checkpoint, CheckpointError, DeviceKey, PublicKey};
pub use content::{ContentError, check_content, part_digest};
pub use digest::{ChainId, Digest, Link, NotHex};
pub use report::{Problem, Report, State, Stretch, What};
pub use verify::{Expect, Row, WINDOW, verify};
