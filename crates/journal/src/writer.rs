//! The one connection that writes: places records in the chain and commits them.

use crate::draft::{Draft, code_number, kind_number};
use crate::error::{Error, NotRecorded, Unfit, meaning};
use crate::keys::Keys;
use crate::own::{self, Clock};
use crate::place::Place;
use crate::schema::{self, PAGE, Role};
use crate::seal::{Part, Sealer, Squeezer};
use chain::{ChainId, Digest, Link};
use protocol::record::{ChainReason, Detail, Kind};
use rusqlite::Connection;
use std::cell::Cell;
use std::sync::Arc;
use uuid::Uuid;

/// A draft with its envelope's digest.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) draft: Draft,
    pub(crate) digest: Digest,
}

impl Work {
    pub(crate) fn new(draft: Draft) -> Self {
        let digest = Digest::of(&draft.envelope);
        Self { draft, digest }
    }
}

/// The end of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) chain: Uuid,
    /// 0 before the first record.
    pub(crate) seq: u64,
    /// All zero before the first record.
    pub(crate) hash: Digest,
}

impl Head {
    /// The end of the chain once a record with this digest was added.
    pub(crate) fn then(&self, envelope: Digest) -> Self {
        let seq = self.seq.saturating_add(1);
        Self { chain: self.chain, seq, hash: link(self.chain, seq, self.hash, envelope) }
    }

    pub(crate) fn placed(&self) -> Placed {
        Placed { chain: self.chain, seq: self.seq, hash: self.hash }
    }
}

/// A record's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) chain: Uuid,
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
}

/// Records that were refused, until a record tells of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) count: u64,
    /// Why the first of them was.
    pub(crate) reason: String,
}

impl Lost {
    pub(crate) fn add(&mut self, count: u64, why: NotRecorded) {
        if self.count == 0 {
            self.reason = why.to_string();
        }
        self.count = self.count.saturating_add(count);
    }
}

#[derive(Debug)]
pub(crate) struct Writer {
    db: Connection,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) head: Head,
    pub(crate) lost: Lost,
    /// See [`Writer::take_logged`].
    logged: Cell<u64>,
}

impl Writer {
    pub(crate) fn new(db: Connection, sealer: Arc<Sealer>, head: Head, lost: Lost) -> Self {
        Self { db, sealer, head, lost, logged: Cell::new(0) }
    }

    pub(crate) fn db(&self) -> &Connection {
        &self.db
    }

    /// Sets the most bytes that the database may have; beyond, commits fail as full.
    pub(crate) fn bound(&self, bytes: u64) -> Result<(), Error> {
        let pages = number(bytes / u64::from(PAGE));
        self.db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        Ok(())
    }

    /// Bytes of the database that hold something.
    pub(crate) fn used(&self) -> Result<u64, Error> {
        let pragma = |sql| self.db.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0));
        let pages = pragma("PRAGMA page_count")? - pragma("PRAGMA freelist_count")?;
        Ok(u64::try_from(pages).unwrap_or_default() * u64::from(PAGE))
    }

    /// Is the last record a checkpoint?
    pub(crate) fn ends_signed(&self) -> bool {
        let last = number(self.head.seq);
        let kind = self.db.query_row("SELECT kind FROM records WHERE seq = ?1", [last], |row| row.get::<_, i64>(0));
        kind.is_ok_and(|kind| kind == kind_number(Kind::Checkpoint))
    }

    /// Commits a batch in one transaction: all of it or nothing. What was lost before is told first.
    pub(crate) fn commit(&mut self, batch: &[Work], clock: &Clock, squeezer: &Squeezer) -> Result<Vec<Placed>, Error> {
        let told = if self.lost.count > 0 {
            let detail = Detail::Lost { count: self.lost.count, reason: self.lost.reason.clone() };
            Some(Work::new(own::draft(clock(), Kind::Gap, detail)?))
        } else {
            None
        };
        let placed = self.transact(|writer, head| {
            if let Some(work) = &told {
                writer.insert(head, work, squeezer)?;
            }
            batch.iter().map(|work| writer.insert(head, work, squeezer)).collect()
        })?;
        self.lost = Lost::default();
        Ok(placed)
    }

    /// Commits records that have their places already, in one transaction: all of them or none.
    pub(crate) fn store(&mut self, batch: &[(Placed, Arc<Work>)], squeezer: &Squeezer) -> Result<(), Error> {
        self.transact(|writer, head| {
            for (placed, work) in batch {
                if writer.insert(head, work, squeezer)? != *placed {
                    return Err(NotRecorded::Failed.into());
                }
            }
            Ok(())
        })
    }

    /// About how many bytes of log were written since this was last asked.
    pub(crate) fn take_logged(&self) -> u64 {
        self.logged.take()
    }

    /// So many bytes, and the page around them that is written whole.
    pub(crate) fn log(&self, bytes: u64) {
        self.logged.set(self.logged.get() + bytes + u64::from(PAGE));
    }

    /// Runs `write` as one transaction. The head moves only with the commit.
    pub(crate) fn transact<T>(&mut self, write: impl FnOnce(&Self, &mut Head) -> Result<T, Error>) -> Result<T, Error> {
        if !self.db.is_autocommit() {
            // One before it panicked.
            self.db.execute_batch("ROLLBACK")?;
        }
        let mut head = self.head.clone();
        let result = (|| {
            self.db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            let done = write(self, &mut head)?;
            self.db.prepare_cached("COMMIT")?.execute([])?;
            Ok(done)
        })();
        if result.is_ok() {
            self.head = head;
            // Pages of the tables and of the index.
            self.log(3 * u64::from(PAGE));
        } else if !self.db.is_autocommit()
            && let Err(error) = self.db.execute_batch("ROLLBACK")
        {
            // The database ends some failed transactions itself; this one it did not.
            tracing::error!(%error, "the journal's transaction could not be rolled back");
        }
        result
    }

    /// Within a transaction: the next record of the chain.
    pub(crate) fn insert(&self, head: &mut Head, work: &Work, squeezer: &Squeezer) -> Result<Placed, Error> {
        let next = head.then(work.digest);
        let Head { seq, hash, .. } = next;
        let index = &work.draft.index;
        let lookup = |call| index.session().map(|session| self.sealer.lookup(session, call));
        let sealed = |part, bytes: &[u8]| self.sealer.seal(seq, part, &squeezer.squeeze(bytes));
        let envelope = sealed(Part::Envelope, &work.draft.envelope)?;
        let content = work.draft.content.as_deref().map(|bytes| sealed(Part::Content, bytes)).transpose()?;
        self.log((envelope.len() + content.as_ref().map_or(0, Vec::len)) as u64);
        self.db
            .prepare_cached("INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")?
            .execute((
                number(seq),
                work.digest.0.as_slice(),
                hash.0.as_slice(),
                index.at_ms(),
                index.kind(),
                index.weight() as u8,
                index.uid(),
                lookup(None),
                index.call().and_then(|call| lookup(Some(call))),
                index.code().map(code_number),
                size(&envelope),
                content.as_deref().map_or(0, size),
            ))?;
        let mut part = self.db.prepare_cached("INSERT INTO parts VALUES (?1, ?2)")?;
        part.execute((part_id(seq, Part::Envelope), envelope))?;
        if let Some(content) = content {
            part.execute((part_id(seq, Part::Content), content))?;
        }
        let placed = next.placed();
        *head = next;
        Ok(placed)
    }
}

/// A record's hash.
pub(crate) fn link(chain: Uuid, seq: u64, previous: Digest, envelope: Digest) -> Digest {
    Link { chain: ChainId(chain.into_bytes()), seq, previous, envelope }.hash()
}

/// A `seq` as `SQLite` keeps integers. It never gets near 2⁶².
pub(crate) fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// The other way round. What no writer of ours wrote (a negative number) becomes one that is in no chain.
pub(crate) fn sequence(number: i64) -> u64 {
    number.cast_unsigned()
}

fn size(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}

pub(crate) fn part_id(seq: u64, part: Part) -> i64 {
    number(seq).saturating_mul(2).saturating_add(part as i64)
}

/// Starts a new chain in a file that is not there yet, or in which nothing was ever committed.
///
/// The mark is written before and after: between the two, a crash leaves a mark at 0 and a file that is whole or empty.
pub(crate) fn start_chain(
    place: &mut Place,
    keys: &Keys,
    reason: ChainReason,
    clock: &Clock,
    squeezer: &Squeezer,
    lost: Lost,
) -> Result<Writer, Error> {
    let chain = own::chain_id()?;
    let head = Head { chain, seq: 0, hash: Digest::ZERO };
    place.mark(&head, lost.count)?;
    place.make_file()?;
    let db = schema::connect(&place.database, Role::Writer, true)?;
    schema::create(&db)?;
    let sealer = Arc::new(Sealer::new(keys.sealing(), chain));
    let mut writer = Writer::new(db, sealer, head, lost);
    let word = writer.sealer.seal(0, Part::Envelope, &squeezer.squeeze(KEY_WORD))?;
    let started = own::draft(clock(), Kind::Chain, Detail::ChainStarted { reason, device_key: keys.device_key() })?;
    let work = Work::new(started);
    writer.transact(|writer, head| {
        schema::lay_out(&writer.db, chain, &word)?;
        writer.insert(head, &work, squeezer)?;
        let signature = own::draft(clock(), Kind::Checkpoint, keys.sign(head))?;
        writer.insert(head, &Work::new(signature), squeezer)
    })?;
    // Onto the disk, names included, before anybody is told that there is a chain.
    writer.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    place.sync()?;
    place.mark(&writer.head, writer.lost.count)?;
    Ok(writer)
}

/// Sealed as part of row 0: opens with the right key only.
pub(crate) const KEY_WORD: &[u8] = b"taffrail journal";

/// What an append's error says of the file and of the record.
pub(crate) fn refusal(error: &Error) -> NotRecorded {
    match error {
        Error::Database(error) => meaning(error),
        Error::Io { .. } => NotRecorded::Disk,
        Error::NotRecorded(why) => *why,
        _ => NotRecorded::Failed,
    }
}

/// Does the error say that the file can not be continued?
pub(crate) fn unfit(error: &Error) -> Option<Unfit> {
    (refusal(error) == NotRecorded::Damaged).then_some(Unfit::Damaged)
}
