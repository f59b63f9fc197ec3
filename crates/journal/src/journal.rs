//! The journal as its callers see it.

use crate::draft::Draft;
use crate::error::{Error, NotRecorded, Unfit};
use crate::evict;
use crate::keys::Keys;
use crate::mark::sync_dir;
use crate::open::{self, What};
use crate::own::Clock;
use crate::place::Place;
use crate::queue::Queue;
use crate::read::{Reader, Replayed, Rows, Stored};
use crate::seal::{LARGEST, Squeezer};
use crate::sync::{self, Life, Progress};
use crate::writer::{Placed, Work, Writer, refusal, start_chain, unfit};
use chain::Digest;
use protocol::Code;
use protocol::record::Record;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use uuid::Uuid;

/// How a journal is kept.
#[derive(Clone)]
pub struct Options {
    /// Most bytes that the database and its log take together; the log may exceed its eighth for a moment, by one large
    /// record or by what eviction itself writes. What was set aside is not counted.
    pub max_bytes: u64,
    /// The folder of the keys, where the mark is kept too. `None`: the journal's own folder.
    pub marks: Option<PathBuf>,
    /// Microseconds since 1970, UTC.
    pub clock: Clock,
    /// The longest time that a committed record waits for the sync.
    pub sync_every: Duration,
    /// How long an append that waits for the sync does so before it answers `synced: false`.
    pub sync_deadline: Duration,
}

impl Options {
    /// 1 GiB; synced every 100 ms; no append waits longer than 2 s for that.
    pub fn new(clock: Clock) -> Self {
        Self {
            max_bytes: 1 << 30,
            marks: None,
            clock,
            sync_every: Duration::from_millis(100),
            sync_deadline: Duration::from_secs(2),
        }
    }
}

impl Options {
    /// The log's part of the bound. It is copied when a quarter of this was written, started anew when half of it is in
    /// use, and callers are held back when the copying cannot follow.
    pub(crate) fn log_bytes(&self) -> u64 {
        (self.max_bytes / 8).min(64 << 20)
    }

    /// So much is written to the log before it is copied.
    pub(crate) fn copy_bytes(&self) -> u64 {
        (self.log_bytes() / 4).min(4 << 20)
    }

    /// The bound of the database without its log; never so small that it cannot hold a chain.
    pub(crate) fn database_bytes(&self) -> u64 {
        self.max_bytes.saturating_sub(self.log_bytes()).max(256 << 10)
    }

    /// Above this the background starts to evict.
    pub(crate) fn high_water(&self) -> u64 {
        self.database_bytes() / 10 * 9
    }

    /// Down to this.
    pub(crate) fn low_water(&self) -> u64 {
        self.database_bytes() / 20 * 17
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("max_bytes", &self.max_bytes)
            .field("marks", &self.marks)
            .field("sync_every", &self.sync_every)
            .field("sync_deadline", &self.sync_deadline)
            .finish_non_exhaustive()
    }
}

/// An open journal, and what was found when it was opened.
#[derive(Debug)]
pub struct Opened {
    pub journal: Journal,
    pub what: What,
}

/// Where a record stands. Given after the commit: it survives the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub chain: Uuid,
    pub seq: u64,
    pub hash: Digest,
    /// It also survives a power cut. Only ever true where the append waited for it.
    pub synced: bool,
}

/// The journal's own health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    pub chain: Uuid,
    /// Records in the chain, evicted ones included.
    pub rows: u64,
    /// Of the database and its log, on disk.
    pub bytes: u64,
    /// Up to here the chain is known to be on disk.
    pub synced: u64,
    /// Callers that wait to be written.
    pub queue: usize,
    /// Records that were refused and that no record tells of yet.
    pub lost: u64,
    /// Syncs that failed since the journal was opened.
    pub sync_failures: u64,
}

/// The log: appended to from any thread, read from any thread.
///
/// Closed by [`Journal::close`], or when dropped.
#[derive(Debug)]
pub struct Journal {
    inner: Arc<Inner>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    queue: Queue<Work, Placed>,
    /// `None` once closed. Locked by whoever leads, and by the sync thread for what must not run beside a commit.
    pub(crate) writer: Mutex<Option<Writer>>,
    reader: Mutex<Option<Reader>>,
    pub(crate) place: Mutex<Place>,
    pub(crate) progress: Mutex<Progress>,
    /// There is something for the sync thread.
    pub(crate) work: Condvar,
    /// The sync thread got further.
    pub(crate) synced: Condvar,
    pub(crate) keys: Keys,
    pub(crate) squeezer: Squeezer,
    pub(crate) options: Options,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the locks guard is changed last, after all that can panic; it is whole whatever happened.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal {
    /// Opens the journal in `dir`, or starts one: the folder is made (0700) where it is missing. A journal that cannot be
    /// continued is set aside, never deleted, and a new chain starts with a record that says why.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] when another process has it open; anything else that keeps this one from reading or writing it.
    pub fn open(dir: &Path, keys: Keys, options: Options) -> Result<Opened, Error> {
        let marks = options.marks.clone().unwrap_or_else(|| dir.to_owned());
        let (mut place, mark) = Place::take(dir, &marks)?;
        let squeezer = Squeezer::default();
        let (writer, what) = open::find(&mut place, mark, &keys, &options.clock, &squeezer)?;
        writer.bound(options.database_bytes())?;
        sync_dir(dir)?;
        let reader = Reader::open(&place.database, Arc::clone(&writer.sealer))?;
        let inner = Arc::new(Inner {
            queue: Queue::new(),
            progress: Mutex::new(Progress::new(writer.head.clone(), writer.lost.count)),
            writer: Mutex::new(Some(writer)),
            reader: Mutex::new(Some(reader)),
            place: Mutex::new(place),
            work: Condvar::new(),
            synced: Condvar::new(),
            keys,
            squeezer,
            options,
        });
        let thread = {
            let inner = Arc::clone(&inner);
            std::thread::Builder::new()
                .name("journal-sync".to_owned())
                .stack_size(512 << 10)
                .spawn(move || sync::run(&inner))
                .map_err(Error::Thread)?
        };
        Ok(Opened { journal: Self { inner, thread: Mutex::new(Some(thread)) }, what })
    }

    /// Writes a record. When this returns, it is committed and survives the process; with `wait` it is also on disk,
    /// unless the receipt says otherwise.
    ///
    /// # Errors
    ///
    /// Why it is not recorded. It is counted, and a `lost` record tells of it once writing works again.
    pub fn append(&self, draft: Draft, wait: bool) -> Result<Receipt, NotRecorded> {
        let inner = &*self.inner;
        if draft.envelope.len().max(draft.content.as_ref().map_or(0, Vec::len)) > LARGEST {
            inner.lose(1, NotRecorded::TooLarge);
            return Err(NotRecorded::TooLarge);
        }
        let work = Work::new(draft, &inner.squeezer);
        inner.hold_back();
        let placed = inner.queue.run(work, |batch| inner.commit(&batch))?;
        let synced = wait && inner.wait_for_sync(&placed);
        Ok(Receipt { chain: placed.chain, seq: placed.seq, hash: placed.hash, synced })
    }

    /// Waits until all that is committed now is on disk. `false`: it is not, after [`Options::sync_deadline`].
    pub fn sync(&self) -> bool {
        let head = lock(&self.inner.progress).head.clone();
        self.inner.wait_for_sync(&Placed { chain: head.chain, seq: head.seq, hash: head.hash })
    }

    /// The newest record with this code.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or was changed.
    pub fn by_code(&self, code: Code) -> Result<Option<Stored>, Error> {
        self.inner.read(|reader, squeezer| reader.by_code(code, squeezer))
    }

    /// The first record of a call: the one that was made before it ran.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or was changed.
    pub fn by_call(&self, session: &str, call: &str) -> Result<Option<Stored>, Error> {
        self.inner.read(|reader, squeezer| reader.by_call(session, call, squeezer))
    }

    /// # Errors
    ///
    /// When it cannot be read, or was changed.
    pub fn by_seq(&self, seq: u64) -> Result<Option<Stored>, Error> {
        self.inner.read(|reader, squeezer| reader.by_seq(seq, squeezer))
    }

    /// Hands on all records since `at_ms` (milliseconds since 1970), oldest first.
    ///
    /// # Errors
    ///
    /// When the database cannot be read. Single records that cannot are counted and passed over.
    pub fn records_since(&self, at_ms: i64, take: &mut dyn FnMut(Record)) -> Result<Replayed, Error> {
        self.inner.own_reader()?.records_since(at_ms, &self.inner.squeezer, take)
    }

    /// Every row from the first on, in order, for `verify`.
    ///
    /// # Errors
    ///
    /// When the database cannot be read; each row can also be an error. What is wrong with single rows is in their faults.
    pub fn rows(&self) -> Result<Rows, Error> {
        Ok(Rows::new(self.inner.own_reader()?))
    }

    /// The last record of the chain.
    pub fn last(&self) -> (Uuid, u64, Digest) {
        let head = lock(&self.inner.progress).head.clone();
        (head.chain, head.seq, head.hash)
    }

    pub fn status(&self) -> Status {
        let bytes = lock(&self.inner.place).bytes();
        let progress = lock(&self.inner.progress);
        Status {
            chain: progress.head.chain,
            rows: progress.head.seq,
            bytes,
            synced: progress.synced,
            queue: self.inner.queue.len(),
            lost: progress.lost,
            sync_failures: progress.failures,
        }
    }

    /// Signs the end of the chain, brings everything onto the disk and lets go of the files. Appends that come later are
    /// refused. Safe to call twice.
    pub fn close(&self) {
        let Some(thread) = lock(&self.thread).take() else { return };
        lock(&self.inner.progress).life = Life::Stopping;
        self.inner.work.notify_one();
        if thread.join().is_err() {
            tracing::error!("the journal's sync thread panicked");
        }
        *lock(&self.inner.reader) = None;
        *lock(&self.inner.writer) = None;
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

impl Inner {
    /// Commits a batch for all its callers.
    fn commit(&self, batch: &[Work]) -> Vec<Result<Placed, NotRecorded>> {
        let mut guard = lock(&self.writer);
        let Some(writer) = guard.as_mut() else {
            return batch.iter().map(|_| Err(NotRecorded::Closed)).collect();
        };
        match self.try_commit(writer, batch) {
            Ok(placed) => placed.into_iter().map(Ok).collect(),
            Err(why) => batch.iter().map(|_| Err(why)).collect(),
        }
    }

    pub(crate) fn try_commit(&self, writer: &mut Writer, batch: &[Work]) -> Result<Vec<Placed>, NotRecorded> {
        let mut result = writer.commit(batch, &self.options.clock, &self.squeezer);
        if let Err(error) = &result {
            let again = match (unfit(error), refusal(error)) {
                (Some(unfit), _) => {
                    tracing::error!(%error, "the journal's file is damaged");
                    self.start_over(writer, unfit).map(|()| true)
                }
                // The background could not keep up: room is made here and now.
                (None, NotRecorded::Full) => self.make_room(writer),
                (None, _) => Ok(false),
            };
            match again {
                Ok(true) => result = writer.commit(batch, &self.options.clock, &self.squeezer),
                Ok(false) => {}
                Err(error) => result = Err(error),
            }
        }
        match result {
            Ok(placed) => {
                let bytes = batch.iter().map(Work::log_len).sum();
                self.publish(writer, bytes);
                Ok(placed)
            }
            Err(error) => {
                let why = refusal(&error);
                if writer.lost.count == 0 {
                    tracing::error!(%error, "records are being lost");
                }
                writer.lost.add(batch.len() as u64, why);
                lock(&self.progress).lost = writer.lost.count;
                Err(why)
            }
        }
    }

    /// Commits a record of the journal's own, alone. Not counted as lost where that fails.
    pub(crate) fn write_own(&self, writer: &mut Writer, work: &Work) -> Result<(), Error> {
        writer.transact(|writer, head| writer.insert(head, work))?;
        self.publish(writer, work.log_len());
        Ok(())
    }

    /// What of the chain was signed when it was opened: all of it, where its last record is a signature.
    pub(crate) fn signed_at_start(&self) -> u64 {
        lock(&self.writer).as_ref().map_or(0, |writer| if writer.ends_signed() { writer.head.seq } else { 0 })
    }

    /// Lets the sync thread catch up where the log has grown faster than it can be copied. Not for long: a bound that is
    /// exceeded for a moment is better than a call that is not answered.
    fn hold_back(&self) {
        let limit = self.options.log_bytes() / 4 + self.options.copy_bytes();
        let progress = lock(&self.progress);
        if progress.bytes <= limit {
            return;
        }
        let behind = |p: &mut Progress| p.bytes > limit && p.life == Life::Running;
        let waited = self.synced.wait_timeout_while(progress, Duration::from_millis(250), behind);
        if waited.is_ok_and(|(_, timeout)| timeout.timed_out()) {
            tracing::warn!("the journal's log grows faster than it can be copied");
        }
    }

    /// Counts records that never reached the writer.
    fn lose(&self, count: u64, why: NotRecorded) {
        if let Some(writer) = lock(&self.writer).as_mut() {
            writer.lost.add(count, why);
            lock(&self.progress).lost = writer.lost.count;
            self.work.notify_one();
        }
    }

    /// Tells the sync thread and those who ask how far the chain has got.
    pub(crate) fn publish(&self, writer: &Writer, bytes: u64) {
        let mut progress = lock(&self.progress);
        progress.lost = writer.lost.count;
        if progress.advance(&writer.head, bytes, &self.options) {
            drop(progress);
            self.work.notify_one();
        }
    }

    /// Sets a file aside that turned out to be damaged while it was in use, and starts a new chain in its place.
    fn start_over(&self, writer: &mut Writer, why: Unfit) -> Result<(), Error> {
        let mut place = lock(&self.place);
        let mut reader = lock(&self.reader);
        *reader = None;
        let path = place.set_aside(why)?;
        tracing::error!(path = %path.display(), reason = why.word(), "the journal was set aside; a new chain starts");
        let lost = std::mem::take(&mut writer.lost);
        match start_chain(&mut place, &self.keys, why.reason(), &self.options.clock, &self.squeezer, lost.clone()) {
            Ok(new) => {
                new.bound(self.options.database_bytes())?;
                *writer = new;
                *reader = Some(Reader::open(&place.database, Arc::clone(&writer.sealer))?);
                Ok(())
            }
            Err(error) => {
                writer.lost = lost;
                Err(error)
            }
        }
    }

    /// Evicts with the writer kept in hand. `false`: it was not the journal's own bound that was reached, or nothing is
    /// left to evict.
    fn make_room(&self, writer: &mut Writer) -> Result<bool, Error> {
        if writer.used()? <= self.options.low_water() {
            return Ok(false);
        }
        // Little: the caller waits, and the background goes on.
        let need = self.options.database_bytes() / 50;
        let mut gone = 0;
        for batch in evict::plan(&self.own_reader()?, need)? {
            let rows = evict::apply(writer, &batch, &self.options.clock, &self.squeezer)?;
            self.publish(writer, evict::log_len(rows));
            gone += rows;
        }
        Ok(gone > 0)
    }

    fn read<T>(&self, read: impl FnOnce(&Reader, &Squeezer) -> Result<T, Error>) -> Result<T, Error> {
        match &*lock(&self.reader) {
            Some(reader) => read(reader, &self.squeezer),
            None => Err(NotRecorded::Closed.into()),
        }
    }

    /// A connection for a reading that takes long, so that the short ones need not wait for it.
    pub(crate) fn own_reader(&self) -> Result<Reader, Error> {
        self.read(|reader, _| reader.another())
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        lock(&self.place).wal()
    }

    fn wait_for_sync(&self, placed: &Placed) -> bool {
        let mut progress = lock(&self.progress);
        progress.urgent = true;
        self.work.notify_one();
        let behind = |p: &mut Progress| p.head.chain == placed.chain && p.synced < placed.seq && p.life != Life::Ended;
        progress = self
            .synced
            .wait_timeout_while(progress, self.options.sync_deadline, behind)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        progress.head.chain != placed.chain || progress.synced >= placed.seq
    }
}
