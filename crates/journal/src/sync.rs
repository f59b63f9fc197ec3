//! The second thread: brings commits onto the disk, keeps the log short, signs the chain from time to time.
//!
//! A commit is in the operating system's hands and survives the process. This thread makes it survive a power cut:
//! 100 ms after the first record that is not on disk yet, or at once after 256 of them or when a caller waits, it syncs
//! the log and then writes the mark. It also copies the log into the database (a checkpoint in `SQLite`'s words) through a
//! connection of its own, which does not hold up the writer. Only when the log has grown past its limit under a load that
//! leaves no pause is the writer kept out, while the last few pages are copied.

use crate::error::{Error, NotRecorded};
use crate::evict;
use crate::front::AGAIN;
use crate::journal::{Inner, Options, lock};
use crate::own;
use crate::schema::{self, PAGE, Role};
use crate::writer::{Head, Work};
use protocol::record::Kind;
use rusqlite::Connection;
use std::fs::File;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Records that may wait for the sync.
const SYNC_RECORDS: u64 = 256;
/// After this long without a record the log is copied whatever its size, so that the next one starts it anew.
const IDLE: Duration = Duration::from_secs(1);

/// The chain is signed after so many records, or so long after the first that is not signed.
const SIGN_RECORDS: u64 = 1000;
const SIGN_EVERY: Duration = Duration::from_mins(10);

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
    /// Records since the last sync.
    dirty: u64,
    /// About how much of the log was written since it was last copied.
    pub(crate) bytes: u64,
    /// The sync thread sleeps until it is called.
    asleep: bool,
}

impl Progress {
    pub(crate) fn new(head: Head, lost: u64) -> Self {
        let synced = 0;
        // What was found in the file is synced once more: it may have been committed just before a crash.
        let dirty = 1;
        Self { head, synced, lost, failures: 0, urgent: false, life: Life::Running, dirty, bytes: 1, asleep: false }
    }

    /// Is there enough to do at once?
    fn due(&self, options: &Options) -> bool {
        self.urgent || self.dirty >= SYNC_RECORDS || self.bytes >= options.copy_bytes()
    }

    /// Takes note of a commit. Must the sync thread be woken?
    pub(crate) fn advance(&mut self, head: &Head, bytes: u64, options: &Options) -> bool {
        let records = if self.head.chain == head.chain {
            head.seq - self.head.seq
        } else {
            self.synced = 0;
            head.seq
        };
        self.head = head.clone();
        let due = self.due(options);
        self.dirty += records;
        self.bytes += bytes;
        self.wake() || (!due && self.due(options))
    }

    /// Is the sync thread asleep, and must be woken? Asked once: it is taken to be awake from here on.
    pub(crate) fn wake(&mut self) -> bool {
        std::mem::take(&mut self.asleep)
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
    /// The end of the chain when it was last signed.
    signed: u64,
    signed_at: Instant,
    /// The last try to store or to sync failed.
    failed: bool,
}

/// The thread's whole life: until the journal is closed.
pub(crate) fn run(inner: &Inner) {
    let (head, lost) = {
        let progress = lock(&inner.progress);
        (progress.head.clone(), progress.lost)
    };
    let (signed, signed_at) = (inner.signed_at_start(), Instant::now());
    let mut thread = Thread { inner, disk: None, marked: (head, lost), signed, signed_at, failed: false };
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
        // What failed is not tried again at once, however much there is to do.
        let every = if self.failed { every.clamp(AGAIN, IDLE) } else { every };
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
                if (progress.due(&self.inner.options) && !self.failed) || waited >= every {
                    return Some(false);
                }
                let left = every.saturating_sub(waited);
                progress = self.inner.work.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            if progress.due(&self.inner.options) {
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
            } else if progress.head.seq > self.signed {
                let left = SIGN_EVERY.saturating_sub(self.signed_at.elapsed());
                if left.is_zero() {
                    return Some(true);
                }
                (left, true)
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
        let unsigned = lock(&self.inner.progress).head.seq.saturating_sub(self.signed);
        if unsigned >= SIGN_RECORDS || (unsigned > 0 && self.signed_at.elapsed() >= SIGN_EVERY) {
            self.sign();
        }
        if idle || lock(&self.inner.progress).bytes >= self.inner.options.copy_bytes() {
            self.copy();
            if let Err(error) = self.make_room() {
                tracing::error!(%error, "no room could be made in the journal");
            }
        }
    }

    fn finish(&mut self) {
        self.tell_lost();
        if lock(&self.inner.progress).head.seq > self.signed {
            self.sign();
        }
        self.sync();
        let chain = lock(&self.inner.progress).head.chain;
        if let Err(error) = self.disk(chain).and_then(|disk| checkpoint(&disk.copier, "TRUNCATE")) {
            tracing::warn!(%error, "the journal's log could not be copied at the end; the next start reads it");
        }
    }

    /// Brings all commits so far onto the disk, then says so in the mark and to those who wait.
    fn sync(&mut self) {
        // Before anything is stored: whoever asks for it from here on gets a sync of their own.
        lock(&self.inner.progress).urgent = false;
        let Some(head) = self.store() else { return };
        let (lost, dirty) = {
            let mut progress = lock(&self.inner.progress);
            let behind = if progress.head.chain == head.chain { progress.head.seq.saturating_sub(head.seq) } else { 1 };
            (progress.lost, std::mem::replace(&mut progress.dirty, behind))
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
                self.failed = true;
                progress.failures += 1;
                // Not forgotten: tried again after the next wait.
                progress.dirty += dirty;
                drop(progress);
                tracing::error!(%error, "the journal could not be synced");
            }
        }
        self.inner.synced.notify_all();
    }

    /// Brings what has come in into the database; returns where the chain ends there. `None`: the journal is closed.
    fn store(&mut self) -> Option<Head> {
        let mut guard = lock(&self.inner.writer);
        let writer = guard.as_mut()?;
        self.failed = false;
        if self.inner.store(writer).is_ok() {
            return Some(writer.head.clone());
        }
        drop(guard);
        // Makes room, or starts over where the file is damaged. What fails still is tried again with the next sync.
        let (failed, head) = self.inner.hold(|held| (held.commit(&[]).is_err(), held.writer.head.clone()))?;
        self.failed = failed;
        Some(head)
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
        // Still failing is no news: the count stands.
        self.inner.hold(|held| held.commit(&[]).ok());
    }

    /// Signs the chain as it is now, with a record.
    fn sign(&mut self) {
        let inner = self.inner;
        // Also when it fails: not again at once.
        self.signed_at = Instant::now();
        let signed = inner.hold(|held| {
            held.settle()?;
            let signature = own::draft((inner.options.clock)(), Kind::Checkpoint, inner.keys.sign(&held.writer.head))?;
            held.write_own(&Work::new(signature))?;
            Ok::<_, Error>(held.writer.head.seq)
        });
        match signed {
            Some(Ok(seq)) => self.signed = seq,
            // A checkpoint that cannot be written is no lost event: the next one says the same and more.
            Some(Err(error)) => tracing::warn!(%error, "the chain could not be signed"),
            None => {}
        }
    }

    /// Copies the log into the database. A log that is too long although all was copied is started anew.
    fn copy(&mut self) {
        let (chain, bytes) = {
            let progress = lock(&self.inner.progress);
            (progress.head.chain, progress.bytes)
        };
        let limit = self.inner.options.log_bytes() / 2;
        let copied = self.disk(chain).and_then(|disk| checkpoint(&disk.copier, "PASSIVE"));
        let result = match copied {
            Ok(log) if log > limit => self.restart_log(chain),
            other => other.map(drop),
        };
        if let Err(error) = result {
            tracing::error!(%error, "the journal's log could not be copied into its database");
        }
        // Also after a failure: it is tried again when as much has been written once more, or when it is quiet.
        let mut progress = lock(&self.inner.progress);
        progress.bytes = progress.bytes.saturating_sub(bytes);
        drop(progress);
        self.inner.synced.notify_all();
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

    /// Evicts where the journal is nearly full. The plan is made beside the writer; it is let in between any two batches.
    fn make_room(&mut self) -> Result<(), Error> {
        let inner = self.inner;
        let used = match lock(&inner.writer).as_ref() {
            Some(writer) => writer.used()?,
            None => return Ok(()),
        };
        if used <= inner.options.high_water() {
            return Ok(());
        }
        let plan = evict::plan(&inner.own_reader()?, used.saturating_sub(inner.options.low_water()))?;
        tracing::info!(used, batches = plan.len(), "the journal is nearly full; old parts are evicted");
        for batch in plan {
            inner.hold(|held| held.evict(&batch)).transpose()?;
            if lock(&inner.progress).bytes >= inner.options.copy_bytes() {
                self.copy();
            }
        }
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
