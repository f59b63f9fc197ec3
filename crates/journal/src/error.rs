//! What can go wrong, and what it means for the caller.

use protocol::record::ChainReason;
use std::io;
use std::path::{Path, PathBuf};

/// Why a journal could not be opened, read or closed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{}: another process has this journal open", path.display())]
    InUse { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("the journal's database: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("{}: not a journal of this version", path.display())]
    NotAJournal { path: PathBuf },
    #[error("row {seq}: its {part} does not open: changed, or sealed with another key")]
    Seal { seq: u64, part: &'static str },
    #[error("row {seq}: its envelope is not a record: {source}")]
    Envelope { seq: u64, source: serde_json::Error },
    #[error("not recorded: {0}")]
    NotRecorded(#[from] NotRecorded),
    #[error("no random numbers from the system: {0}")]
    Random(getrandom::Error),
    #[error("the sync thread could not be started: {0}")]
    Thread(io::Error),
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Why one record is not in the journal. It is counted, and a `lost` record says so once writing works again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NotRecorded {
    #[error("the disk or the journal is full")]
    Full,
    #[error("the disk reports an error")]
    Disk,
    #[error("the journal's file is damaged")]
    Damaged,
    #[error("the record is larger than the journal takes")]
    TooLarge,
    #[error("the journal is closed")]
    Closed,
    #[error("the journal's writer failed")]
    Failed,
}

/// Why a file that is there cannot be continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// No database, another program's, damaged pages, a broken tail.
    Damaged,
    /// Whole, but it ends before what was synced, or is another chain than the one that was synced: cut, or an older
    /// or foreign copy put in its place.
    RolledBack,
    /// Sealed with another key.
    OtherKey,
    /// Written by a newer version: stays where it is.
    Newer,
}

impl Unfit {
    pub(crate) fn reason(self) -> ChainReason {
        match self {
            Self::Damaged | Self::RolledBack => ChainReason::Corrupt,
            Self::OtherKey => ChainReason::KeyRotated,
            Self::Newer => ChainReason::NewerJournal,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Damaged => "corrupt",
            Self::RolledBack => "rolled-back",
            Self::OtherKey => "other-key",
            Self::Newer => "newer",
        }
    }
}

/// What an error of the database says about the file.
pub(crate) fn meaning(error: &rusqlite::Error) -> NotRecorded {
    use rusqlite::ErrorCode as Code;
    match error.sqlite_error_code() {
        Some(Code::DiskFull) => NotRecorded::Full,
        Some(Code::DatabaseCorrupt | Code::NotADatabase | Code::SchemaChanged | Code::ConstraintViolation) => {
            NotRecorded::Damaged
        }
        Some(Code::SystemIoFailure | Code::CannotOpen | Code::ReadOnly | Code::PermissionDenied) => NotRecorded::Disk,
        Some(Code::TooBig) => NotRecorded::TooLarge,
        _ => NotRecorded::Failed,
    }
}
