//! The second thread: brings commits onto the disk, keeps the log short, signs the chain from time to time.
//!
//! A commit is in the operating system's hands and survives the process. This thread makes it survive a power cut:
//! 100 ms after the first record that is not on disk yet, or at once after 256 of them or when a caller waits, it syncs
//! the log and then writes the mark. It also copies the log into the database (a checkpoint in `SQLite`'s words) through a
//! connection of its own, which does not hold up the writer. Only when the log has grown past its limit under a load that
//! leaves no pause is the writer kept out, while the last few pages are copied.

use crate::error::{Error, NotRecorded};
use crate::journal::{Inner, lock};
use crate::schema::{self, PAGE, Role};
use crate::writer::Head;
use rusqlite::Connection;
use std::fs::File;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Records that may wait for the sync.
const SYNC_RECORDS: u64 = 256;
/// Sealed bytes after which the log is copied into the database.
const COPY_BYTES: u64 = 2 << 20;
/// After this long without a record the log is copied whatever its size, so that the next one starts it anew.
const IDLE: Duration = Duration::from_secs(1);

/// Where the sync thread stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Running,
    /// Asked to finish.
    Stopping,
    Ended,
}

/// How far the journal has got. Shared by the writer, the sync thread and those who wait for it.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) head: Head,
    /// The last record that is known to be on disk.
    pub(crate) synced: u64,
    pub(crate) lost: u64,
    pub(crate) failures: u64,
    /// Somebody waits for the sync.
    pub(crate) urgent: bool,
    pub(crate) life: Life,
    /// Records and bytes since the last sync.
    dirty: u64,
    bytes: u64,
    /// The sync thread sleeps until it is called.
    asleep: bool,
}

impl Progress {
    pub(crate) fn new(head: Head, lost: u64) -> Self {
        let synced = 0;
        // What was found in the file is synced once more: it may have been committed just before a crash.
        let dirty = 1;
        Self {
            head,
            synced,
            lost,
            failures: 0,
            urgent: false,
            life: Life::Running,
            dirty,
            bytes: COPY_BYTES,
            asleep: false,
        }
    }

    /// Takes note of a commit. Must the sync thread be woken?
    pub(crate) fn advance(&mut self, head: &Head, bytes: u64) -> bool {
        let records = if self.head.chain == head.chain {
            head.seq - self.head.seq
        } else {
            self.synced = 0;
            head.seq
        };
        self.head = head.clone();
        let before = self.dirty;
        self.dirty += records;
        self.bytes += bytes;
        std::mem::take(&mut self.asleep) || (before < SYNC_RECORDS && self.dirty >= SYNC_RECORDS)
    }
}

/// What the thread keeps open, for one chain.
struct Disk {
    chain: Uuid,
    log: Option<File>,
    copier: Connection,
}

struct Thread<'a> {
    inner: &'a Inner,
    disk: Option<Disk>,
    /// What the mark says.
    marked: (Head, u64),
}

/// The thread's whole life: until the journal is closed.
pub(crate) fn run(inner: &Inner) {
    let (head, lost) = {
        let progress = lock(&inner.progress);
        (progress.head.clone(), progress.lost)
    };
    let mut thread = Thread { inner, disk: None, marked: (head, lost) };
    let ended = Ended(inner);
    while let Some(idle) = thread.wait() {
        thread.step(idle);
    }
    thread.finish();
    drop(ended);
}

/// Lets go those who wait for a sync, however the thread ends.
struct Ended<'a>(&'a Inner);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        lock(&self.0.progress).life = Life::Ended;
        self.0.synced.notify_all();
    }
}

impl Thread<'_> {
    /// Waits for something to do: `Some(idle)`, or `None` when it is time to stop.
    fn wait(&self) -> Option<bool> {
        let every = self.inner.options.sync_every;
        let (mut first, mut quiet) = (None::<Instant>, Instant::now());
        let mut progress = lock(&self.inner.progress);
        loop {
            if progress.life != Life::Running {
                return None;
            }
            let now = Instant::now();
            if progress.dirty > 0 {
                quiet = now;
                let waited = now.duration_since(*first.get_or_insert(now));
                if progress.urgent || progress.dirty >= SYNC_RECORDS || waited >= every {
                    return Some(false);
                }
                let left = every.saturating_sub(waited);
                progress = self.inner.work.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            if progress.urgent {
                return Some(false);
            }
            // Nothing to sync. For a moment it looks again by itself, so that a steady load wakes nobody; then it sleeps
            // until it is called, so that a quiet machine is left alone.
            let calm = now.duration_since(quiet);
            let (left, asleep) = if progress.bytes > 0 || progress.lost > 0 {
                if calm >= IDLE {
                    return Some(true);
                }
                (every, false)
            } else {
                (Duration::from_hours(1), true)
            };
            progress.asleep = asleep;
            progress = self.inner.work.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner).0;
            progress.asleep = false;
        }
    }

    fn step(&mut self, idle: bool) {
        self.sync();
        self.tell_lost();
        if idle || lock(&self.inner.progress).bytes >= COPY_BYTES {
            self.copy();
        }
    }

    fn finish(&mut self) {
        self.tell_lost();
        self.sync();
        let chain = lock(&self.inner.progress).head.chain;
        if let Err(error) = self.disk(chain).and_then(|disk| checkpoint(&disk.copier, "TRUNCATE")) {
            tracing::warn!(%error, "the journal's log could not be copied at the end; the next start reads it");
        }
    }

    /// Brings all commits so far onto the disk, then says so in the mark and to those who wait.
    fn sync(&mut self) {
        let (head, lost, dirty) = {
            let mut progress = lock(&self.inner.progress);
            progress.urgent = false;
            (progress.head.clone(), progress.lost, std::mem::take(&mut progress.dirty))
        };
        let done = if dirty > 0 {
            self.sync_log(&head).and_then(|()| self.mark(&head, lost))
        } else if self.marked.1 == lost {
            Ok(())
        } else {
            self.mark(&self.marked.0.clone(), lost)
        };
        let mut progress = lock(&self.inner.progress);
        match done {
            Ok(()) if progress.head.chain == head.chain && dirty > 0 => progress.synced = head.seq,
            Ok(()) => {}
            Err(error) => {
                progress.failures += 1;
                // Not forgotten: tried again after the next wait.
                progress.dirty += dirty;
                drop(progress);
                tracing::error!(%error, "the journal could not be synced");
            }
        }
        self.inner.synced.notify_all();
    }

    fn sync_log(&mut self, head: &Head) -> Result<(), Error> {
        let log = self.inner.log_path();
        match &self.disk(head.chain)?.log {
            Some(file) => file.sync_data().map_err(Error::io(&log)),
            // All of it is in the database, which was synced when it was copied there.
            None => Ok(()),
        }
    }

    fn mark(&mut self, head: &Head, lost: u64) -> Result<(), Error> {
        lock(&self.inner.place).mark_on(head, lost)?;
        self.marked = (head.clone(), lost);
        Ok(())
    }

    /// Writes down what was lost, once writing works again.
    fn tell_lost(&self) {
        if lock(&self.inner.progress).lost == 0 {
            return;
        }
        if let Some(writer) = lock(&self.inner.writer).as_mut() {
            // Still failing is no news: the count stands.
            drop(self.inner.try_commit(writer, &[]));
        }
    }

    /// Copies the log into the database. A log that is too long although all was copied is started anew.
    fn copy(&mut self) {
        lock(&self.inner.progress).bytes = 0;
        let chain = lock(&self.inner.progress).head.chain;
        let limit = self.inner.options.log_bytes();
        let copied = self.disk(chain).and_then(|disk| checkpoint(&disk.copier, "PASSIVE"));
        let result = match copied {
            Ok(log) if log > limit => self.restart_log(chain),
            other => other.map(drop),
        };
        if let Err(error) = result {
            tracing::error!(%error, "the journal's log could not be copied into its database");
        }
    }

    /// With the writer kept out, so that nothing is added while the last pages are copied.
    fn restart_log(&mut self, chain: Uuid) -> Result<(), Error> {
        let inner = self.inner;
        let disk = self.disk(chain)?;
        let _writer = lock(&inner.writer);
        let begun = Instant::now();
        checkpoint(&disk.copier, "RESTART")?;
        tracing::debug!(micros = begun.elapsed().as_micros(), "the journal's log was started anew under load");
        Ok(())
    }

    /// The files of `chain`, opened again where another chain has begun.
    fn disk(&mut self, chain: Uuid) -> Result<&Disk, Error> {
        if self.disk.as_ref().is_none_or(|disk| disk.chain != chain) {
            self.disk = None;
            let log = self.inner.log_path();
            let log = match File::options().write(true).open(&log) {
                Ok(file) => Some(file),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(source) => return Err(Error::io(&log)(source)),
            };
            let copier = schema::connect(&lock(&self.inner.place).database, Role::Checkpoint, false)?;
            copier.busy_timeout(Duration::ZERO)?;
            self.disk = Some(Disk { chain, log, copier });
        }
        self.disk.as_ref().ok_or(Error::NotRecorded(NotRecorded::Failed))
    }
}

/// Runs a checkpoint; returns the bytes of the log that is in use. One that had to leave some pages because of a reader
/// is no error: they are copied next time.
fn checkpoint(db: &Connection, mode: &str) -> Result<u64, Error> {
    let pages: i64 = db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(1))?;
    Ok(u64::try_from(pages).unwrap_or_default() * u64::from(PAGE + 24))
}
