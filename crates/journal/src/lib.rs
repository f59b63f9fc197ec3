//! The journal: a bounded, encrypted, hash-chained log in `SQLite`.
//!
//! It knows bytes and where they stand: a record's envelope and content come in as JSON that is never written anew, get
//! their place in the chain, are sealed, and are in the operating system's hands before [`Journal::append`] returns. It knows nothing of agents,
//! policies, sockets or the wall clock; time and keys are handed to it.
//!
//! | module | is |
//! |---|---|
//! | `front` | a record's place in the chain: quickly, or with the chain held |
//! | `intake` | where a record lies until the database has it |
//! | `writer` | the connection that writes; a record's place, a new chain |
//! | `seal` | compress and seal; the format of a sealed part |
//! | `schema` | the tables; the check that a file is ours |
//! | [`mark`] | how far the chain is on disk, kept beside the keys |
//! | `place`, `open` | where it lies; continue, start anew, or set aside |
//! | `sync` | the second thread: onto the disk, a short log, signatures |
//! | `evict` | what goes when there is no room, and the records that say so |
//! | `read` | by code, by call, the last day, every row |
//!
//! **Invariants.** A receipt is given once the record is in the intake or the database. `seq` starts at 1, grows by one, and no number is given twice. A file
//! that cannot be continued is renamed, never deleted or written to. What the mark says is on disk before the mark is.
//!
//! ```
//! use std::sync::Arc;
//! use taffrail_journal::{Journal, Keys, Options};
//!
//! let dir = tempfile::tempdir()?;
//! let clock = Arc::new(|| 1_795_500_000_000_000);
//! let opened = Journal::open(dir.path(), Keys::new([1; 32], [2; 32]), Options::new(clock))?;
//! let (_chain, seq, _hash) = opened.journal.last();
//! assert_eq!(seq, 2); // the record that starts the chain, and its signature
//! opened.journal.close();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod draft;
mod error;
mod evict;
mod front;
mod intake;
mod journal;
mod keys;
pub mod mark;
mod open;
mod own;
mod place;
mod read;
mod schema;
mod seal;
mod sync;
mod writer;

pub use draft::{Draft, Index, Weight};
pub use error::{Error, NotRecorded};
pub use journal::{Journal, Opened, Options, Receipt, Status};
pub use keys::Keys;
pub use open::What;
pub use own::Clock;
pub use place::{MARK, database};
pub use read::{Checked, Fault, Replayed, Rows, Stored};
