//! Where a journal lies, who may open it, and how it is set aside.
//!
//! ```text
//! DIR/lock                     locked by the one process that writes
//! DIR/current/journal.db       the database, with its -wal and -shm
//! DIR/current/intake-0, -1     see the module `intake`
//! DIR/v1/journal.db            the same, beside a `current` that a newer version wrote
//! DIR/corrupt-1/journal.db     set aside, with a copy of the mark as it was
//! MARKS/journal.mark           see the module `mark`; `journal.v1.mark` for `v1`
//! ```
//!
//! A database has a folder of its own so that it can be set aside in one step: renamed one by one, a crash could part
//! it from its log.

use crate::error::{Error, Unfit};
use crate::mark::{Mark, MarkFile, sync_dir};
use crate::writer::Head;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The folder of a journal, locked for this process.
#[derive(Debug)]
pub(crate) struct Place {
    dir: PathBuf,
    marks: PathBuf,
    /// `DIR/current`, or `DIR/v1` beside a newer one.
    home: PathBuf,
    pub(crate) database: PathBuf,
    mark: MarkFile,
    /// The chain that the mark speaks of.
    chain: Option<Uuid>,
    /// Held for as long as this lives.
    _lock: File,
}

impl Place {
    /// Creates the folder where it is missing, and takes its lock.
    pub(crate) fn take(dir: &Path, marks: &Path) -> Result<(Self, Option<Mark>), Error> {
        make_dir(dir)?;
        make_dir(marks)?;
        let path = dir.join("lock");
        let lock = private().open(&path).map_err(Error::io(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse { path: dir.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(Error::io(&path)(source)),
        }
        let (mark, found) = MarkFile::open(&marks.join(MARK))?;
        let home = dir.join("current");
        let database = home.join(FILE);
        let chain = found.map(|mark| mark.chain);
        let (dir, marks) = (dir.to_owned(), marks.to_owned());
        Ok((Self { dir, marks, home, database, mark, chain, _lock: lock }, found))
    }

    /// Leaves `current` to the newer version that wrote it, and turns to a folder of our own beside it.
    pub(crate) fn step_beside(&mut self) -> Result<Option<Mark>, Error> {
        self.home = self.dir.join("v1");
        self.database = self.home.join(FILE);
        let (mark, found) = MarkFile::open(&self.marks.join("journal.v1.mark"))?;
        self.mark = mark;
        self.chain = found.map(|mark| mark.chain);
        Ok(found)
    }

    pub(crate) fn is_beside(&self) -> bool {
        self.home.ends_with("v1")
    }

    /// Creates the database file, readable by its owner alone; `SQLite` gives its companions the same mode.
    pub(crate) fn make_file(&self) -> Result<(), Error> {
        make_dir(&self.home)?;
        private().open(&self.database).map(drop).map_err(Error::io(&self.database))
    }

    /// The database's folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.home.clone()
    }

    pub(crate) fn wal(&self) -> PathBuf {
        self.home.join(format!("{FILE}-wal"))
    }

    /// Writes the mark; it is on disk when this returns. From here on the mark speaks of this head's chain.
    pub(crate) fn mark(&mut self, head: &Head, lost: u64) -> Result<(), Error> {
        self.chain = Some(head.chain);
        self.mark.write(&Mark { chain: head.chain, seq: head.seq, hash: head.hash, lost })
    }

    /// The same, unless another chain has been started meanwhile.
    pub(crate) fn mark_on(&mut self, head: &Head, lost: u64) -> Result<(), Error> {
        if self.chain.is_some_and(|chain| chain != head.chain) {
            return Ok(());
        }
        self.mark(head, lost)
    }

    /// Bytes of the database and its log.
    pub(crate) fn bytes(&self) -> u64 {
        [&self.database, &self.wal()].iter().filter_map(|path| fs::metadata(path).ok()).map(|meta| meta.len()).sum()
    }

    /// Makes the names in the folder durable.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        sync_dir(&self.home)?;
        sync_dir(&self.dir)
    }

    /// Sets the database aside, with a copy of the mark as it is now. No connection of this process may still write to
    /// it. Returns the new path of the database. Nothing is ever deleted.
    pub(crate) fn set_aside(&self, why: Unfit) -> Result<PathBuf, Error> {
        self.mark.copy_to(&self.home.join(MARK))?;
        let mut count = 1u32;
        let aside = loop {
            let path = self.dir.join(format!("{}-{count}", why.word()));
            if !path.exists() {
                break path;
            }
            count += 1;
        };
        fs::rename(&self.home, &aside).map_err(Error::io(&self.home))?;
        sync_dir(&self.dir)?;
        Ok(aside.join(FILE))
    }
}

const FILE: &str = "journal.db";

/// The file of the mark, in the folder of the keys.
pub const MARK: &str = "journal.mark";

/// The database of the chain that is written now, in a journal's folder.
pub fn database(dir: &Path) -> PathBuf {
    dir.join("current").join(FILE)
}

pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_dir(dir: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(Error::io(dir))
}
