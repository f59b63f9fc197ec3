//! The journal as its callers see it.

use crate::draft::{Draft, Index};
use crate::error::{Error, NotRecorded};
use crate::front::Front;
use crate::intake::Taken;
use crate::keys::Keys;
use crate::mark::sync_dir;
use crate::open::{self, What};
use crate::own::Clock;
use crate::place::Place;
use crate::read::{Reader, Replayed, Rows, Stored};
use crate::seal::{LARGEST, Squeezer};
use crate::sync::{self, Life, Progress};
use crate::writer::{Placed, Work, Writer};
use chain::Digest;
use protocol::Code;
use protocol::record::{Envelope, Record};
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

    /// What may be taken in and not be in the database yet; this much comes on top of the bound for a moment.
    pub(crate) fn intake_bytes(&self) -> u64 {
        (self.max_bytes / 64).min(1 << 20)
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
    /// Records that are taken in and not in the database yet.
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
    pub(crate) front: Mutex<Front>,
    /// `None` once closed.
    pub(crate) writer: Mutex<Option<Writer>>,
    pub(crate) reader: Mutex<Option<Reader>>,
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
        let (mut writer, what) = open::find(&mut place, mark, &keys, &options.clock, &squeezer)?;
        writer.bound(options.database_bytes())?;
        sync_dir(dir)?;
        let reader = Reader::open(&place.database, Arc::clone(&writer.sealer))?;
        let (front, adrift) = Front::of(&mut writer, place.folder(), &options);
        let what = match what {
            What::Existing { .. } => What::Existing { seq: front.head.seq },
            other => other,
        };
        let inner = Arc::new(Inner {
            progress: Mutex::new(Progress::new(front.head.clone(), writer.lost.count)),
            front: Mutex::new(front),
            writer: Mutex::new(Some(writer)),
            reader: Mutex::new(Some(reader)),
            place: Mutex::new(place),
            work: Condvar::new(),
            synced: Condvar::new(),
            keys,
            squeezer,
            options,
        });
        // What a process before this one took in and did not store. If that fails now, the thread goes on trying.
        inner.hold(|held| held.commit(&adrift).ok());
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
        inner.hold_back();
        let placed = match inner.take_in(Work::new(draft)) {
            Ok(placed) => placed,
            Err(work) => inner.commit(*work)?,
        };
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
        let pending = lock(&self.inner.front).find(|_, index| index.code() == Some(code));
        if pending.is_some() {
            return Ok(pending);
        }
        self.inner.read(|reader, squeezer| reader.by_code(code, squeezer))
    }

    /// The first record of a call: the one that was made before it ran.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or was changed.
    pub fn by_call(&self, session: &str, call: &str) -> Result<Option<Stored>, Error> {
        // Asked first: what is stored meanwhile is found in the database.
        let pending =
            lock(&self.inner.front).first(|index| index.session() == Some(session) && index.call() == Some(call));
        let stored = self.inner.read(|reader, squeezer| reader.by_call(session, call, squeezer))?;
        Ok(stored.or(pending))
    }

    /// # Errors
    ///
    /// When it cannot be read, or was changed.
    pub fn by_seq(&self, seq: u64) -> Result<Option<Stored>, Error> {
        let pending = lock(&self.inner.front).find(|placed, _| placed.seq == seq);
        if pending.is_some() {
            return Ok(pending);
        }
        self.inner.read(|reader, squeezer| reader.by_seq(seq, squeezer))
    }

    /// Hands on all records since `at_ms` (milliseconds since 1970), oldest first.
    ///
    /// # Errors
    ///
    /// When the database cannot be read. Single records that cannot are counted and passed over.
    pub fn records_since(&self, at_ms: i64, take: &mut dyn FnMut(Record)) -> Result<Replayed, Error> {
        let reader = self.inner.own_reader()?;
        let taken = self.inner.flush(reader.chain())?;
        let mut last = 0;
        let mut replayed = reader.records_since(at_ms, &self.inner.squeezer, &mut |record| {
            last = record.seq;
            take(record);
        })?;
        for Taken { seq, envelope, .. } in taken.into_iter().filter(|taken| taken.seq > last) {
            match serde_json::from_slice::<Envelope>(&envelope) {
                Ok(envelope) if Index::of(&envelope).at_ms() < at_ms => {}
                Ok(envelope) => {
                    replayed.records += 1;
                    take(Record { chain: reader.chain(), seq, envelope });
                }
                Err(_) => replayed.damaged += 1,
            }
        }
        Ok(replayed)
    }

    /// Every row from the first on, in order, for `verify`.
    ///
    /// # Errors
    ///
    /// When the database cannot be read; each row can also be an error. What is wrong with single rows is in their faults.
    pub fn rows(&self) -> Result<Rows, Error> {
        let reader = self.inner.own_reader()?;
        let taken = self.inner.flush(reader.chain())?;
        Ok(Rows::new(reader, taken))
    }

    /// The rows behind the record `seq`, whose hash is `hash`, in order, to be sent on: of `seq` 0 the whole chain, behind
    /// [`Digest::ZERO`]. The first of them states `hash` as the hash before it, whatever the journal holds there.
    ///
    /// # Errors
    ///
    /// As [`Self::rows`].
    pub fn rows_behind(&self, seq: u64, hash: Digest) -> Result<Rows, Error> {
        Ok(self.rows()?.behind(seq, hash))
    }

    /// The last record of the chain.
    pub fn last(&self) -> (Uuid, u64, Digest) {
        let head = lock(&self.inner.progress).head.clone();
        (head.chain, head.seq, head.hash)
    }

    pub fn status(&self) -> Status {
        let bytes = lock(&self.inner.place).bytes();
        let queue = lock(&self.inner.front).waiting();
        let progress = lock(&self.inner.progress);
        Status {
            chain: progress.head.chain,
            rows: progress.head.seq,
            bytes,
            synced: progress.synced,
            queue,
            lost: progress.lost,
            sync_failures: progress.failures,
        }
    }

    /// Signs the end of the chain, brings everything onto the disk and lets go of the files. Appends that come later are
    /// refused. Safe to call twice.
    pub fn close(&self) {
        let Some(thread) = lock(&self.thread).take() else { return };
        lock(&self.inner.front).close();
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
    /// Brings what has come in into the database, for one who reads this chain. Returns what is not there: reading goes on
    /// where nothing can be stored.
    fn flush(&self, chain: Uuid) -> Result<Vec<Taken>, Error> {
        match lock(&self.writer).as_mut().map(|writer| self.store(writer)) {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::warn!(%error, "what came in is read, and not stored yet"),
            None => return Err(NotRecorded::Closed.into()),
        }
        Ok(lock(&self.front).taken(chain))
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
            lock(&self.front).shut();
            self.count_lost(writer.lost.count);
        }
    }

    /// Says how many records no record tells of yet. The sync thread, asleep where there was nothing else to do, looks from
    /// here on whether they can be told of.
    pub(crate) fn count_lost(&self, count: u64) {
        let mut progress = lock(&self.progress);
        progress.lost = count;
        if progress.wake() {
            drop(progress);
            self.work.notify_one();
        }
    }

    /// Tells the sync thread and those who ask how far the chain has got.
    pub(crate) fn publish(&self, writer: &Writer) {
        let mut progress = lock(&self.progress);
        progress.lost = writer.lost.count;
        if progress.advance(&writer.head, writer.take_logged(), &self.options) {
            drop(progress);
            self.work.notify_one();
        }
    }

    /// Tells the sync thread what was written of places that are known already.
    pub(crate) fn logged(&self, writer: &Writer) {
        let mut progress = lock(&self.progress);
        let head = progress.head.clone();
        if progress.advance(&head, writer.take_logged(), &self.options) {
            drop(progress);
            self.work.notify_one();
        }
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
        progress.head.chain == placed.chain && progress.synced >= placed.seq
    }
}
