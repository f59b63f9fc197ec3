//! Reading: one record by its names, the last day for the memory, every row for `verify`.

use crate::draft::{Index, Weight, code_number};
use crate::error::Error;
use crate::intake::{self, Taken};
use crate::keys::Keys;
use crate::schema::{self, Found, Role};
use crate::seal::{Part, Sealer, Squeezer};
use crate::writer::{Head, number, part_id, sequence};
use chain::Digest;
use protocol::Code;
use protocol::record::{Envelope, Kind, Record};
use rusqlite::{Connection, OptionalExtension as _, Row};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// Rows that are read in one go, so that no reading transaction lasts long enough to hold up a checkpoint.
const STEP: i64 = 256;

/// Looking back for a point in time stops after this many records in a row that are older: more than one, because the
/// clock may have been wrong for a while.
const OLDER_IN_A_ROW: u64 = 4096;

/// A record as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub chain: Uuid,
    pub seq: u64,
    /// `SHA-256(envelope)`.
    pub digest: Digest,
    pub hash: Digest,
    /// The envelope's exact JSON; `None` once it was evicted.
    pub envelope: Option<Vec<u8>>,
    /// The content's JSON; `None` where there never was any, or it was removed.
    pub content: Option<Vec<u8>>,
}

impl Stored {
    /// The envelope as data; `None` once it was evicted.
    ///
    /// # Errors
    ///
    /// When the bytes are not an envelope.
    pub fn record(&self) -> Result<Option<Record>, Error> {
        let Some(bytes) = &self.envelope else { return Ok(None) };
        let envelope: Envelope =
            serde_json::from_slice(bytes).map_err(|source| Error::Envelope { seq: self.seq, source })?;
        Ok(Some(Record { chain: self.chain, seq: self.seq, envelope }))
    }
}

/// A row on its way to `verify`: what it holds, and what is wrong with it that only the journal can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub stored: Stored,
    /// The hash of the row before, as that row states it.
    pub previous: Digest,
    pub faults: Vec<Fault>,
}

impl Checked {
    /// The row as [`chain::verify`] takes it.
    pub fn row(self) -> chain::Row {
        let Stored { seq, digest, hash, envelope, content, .. } = self.stored;
        chain::Row { seq, envelope, envelope_digest: digest, content, previous: self.previous, hash }
    }
}

/// Something about one row that its hash does not cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The sealed envelope does not open: changed, or not of this row.
    EnvelopeSeal,
    /// The sealed content does not open.
    ContentSeal,
    /// The searched columns are not those of the envelope.
    Index,
    /// A part is there that the row says was removed, or the other way round.
    Parts,
    /// A digest or hash that is not 32 bytes, a part that is no blob, a number that is none.
    Shape,
}

/// What [`crate::Journal::records_since`] came across.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    pub records: u64,
    /// Their envelopes were evicted.
    pub evicted: u64,
    /// They do not open, or are no records.
    pub damaged: u64,
}

#[derive(Debug)]
pub(crate) struct Reader {
    path: PathBuf,
    db: Connection,
    sealer: Arc<Sealer>,
}

impl Reader {
    pub(crate) fn open(path: &Path, sealer: Arc<Sealer>) -> Result<Self, Error> {
        Ok(Self { path: path.to_owned(), db: schema::connect(path, Role::Reader, false)?, sealer })
    }

    /// A second one for the same file.
    pub(crate) fn another(&self) -> Result<Self, Error> {
        Self::open(&self.path, Arc::clone(&self.sealer))
    }

    pub(crate) fn chain(&self) -> Uuid {
        self.sealer.chain()
    }

    /// The newest record with this code. Looked for from the end: at once for a recent one, some 100 ms per million rows
    /// for one that is not there.
    pub(crate) fn by_code(&self, code: Code, squeezer: &Squeezer) -> Result<Option<Stored>, Error> {
        self.one(
            "SELECT seq, digest, hash FROM records WHERE code = ?1 ORDER BY seq DESC LIMIT 1",
            code_number(code),
            squeezer,
        )
    }

    /// The first record of a call: the one made before it ran.
    pub(crate) fn by_call(&self, session: &str, call: &str, squeezer: &Squeezer) -> Result<Option<Stored>, Error> {
        let key = self.sealer.lookup(session, Some(call));
        self.one("SELECT seq, digest, hash FROM records WHERE call = ?1 ORDER BY seq LIMIT 1", key, squeezer)
    }

    pub(crate) fn by_seq(&self, seq: u64, squeezer: &Squeezer) -> Result<Option<Stored>, Error> {
        self.one("SELECT seq, digest, hash FROM records WHERE seq = ?1", number(seq), squeezer)
    }

    fn one(&self, sql: &str, key: i64, squeezer: &Squeezer) -> Result<Option<Stored>, Error> {
        let found = self
            .db
            .prepare_cached(sql)?
            .query_row([key], |row| Ok((sequence(row.get(0)?), Digest(row.get(1)?), Digest(row.get(2)?))))
            .optional()?;
        let Some((seq, digest, hash)) = found else { return Ok(None) };
        let envelope = self.part(seq, Part::Envelope, squeezer)?;
        let content = self.part(seq, Part::Content, squeezer)?;
        Ok(Some(Stored { chain: self.chain(), seq, digest, hash, envelope, content }))
    }

    fn part(&self, seq: u64, part: Part, squeezer: &Squeezer) -> Result<Option<Vec<u8>>, Error> {
        let sealed = self.sealed(seq, part)?;
        sealed.map(|sealed| self.sealer.open(seq, part, &sealed, squeezer)).transpose()
    }

    fn sealed(&self, seq: u64, part: Part) -> Result<Option<Vec<u8>>, Error> {
        let mut statement = self.db.prepare_cached("SELECT sealed FROM parts WHERE id = ?1")?;
        Ok(statement.query_row([part_id(seq, part)], |row| row.get(0)).optional()?)
    }

    /// The envelopes of all records since `at_ms`, oldest first. Records that cannot be read are counted and passed over.
    pub(crate) fn records_since(
        &self,
        at_ms: i64,
        squeezer: &Squeezer,
        take: &mut dyn FnMut(Record),
    ) -> Result<Replayed, Error> {
        let mut replayed = Replayed::default();
        let Some(mut next) = self.first_since(at_ms)? else { return Ok(replayed) };
        loop {
            let step: Vec<(i64, i64, i64)> = self
                .db
                .prepare_cached("SELECT seq, at, envelope FROM records WHERE seq >= ?1 ORDER BY seq LIMIT ?2")?
                .query_map((next, STEP), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let Some((last, ..)) = step.last() else { return Ok(replayed) };
            next = last + 1;
            for (seq, at, sealed) in step {
                let seq = sequence(seq);
                if at < at_ms {
                    continue;
                }
                if sealed == 0 {
                    replayed.evicted += 1;
                    continue;
                }
                let envelope = match self.part(seq, Part::Envelope, squeezer) {
                    Ok(Some(bytes)) => serde_json::from_slice(&bytes).ok(),
                    Ok(None) | Err(Error::Seal { .. }) => None,
                    Err(error) => return Err(error),
                };
                match envelope {
                    Some(envelope) => {
                        replayed.records += 1;
                        take(Record { chain: self.chain(), seq, envelope });
                    }
                    None => replayed.damaged += 1,
                }
            }
        }
    }

    /// The first record of the last stretch that is not older than `at_ms`, looking back from the end.
    fn first_since(&self, at_ms: i64) -> Result<Option<i64>, Error> {
        let mut statement = self.db.prepare_cached("SELECT seq, at FROM records ORDER BY seq DESC")?;
        let mut rows = statement.query([])?;
        let (mut first, mut older) = (None, 0);
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(1)? >= at_ms {
                first = Some(row.get(0)?);
                older = 0;
            } else {
                older += 1;
                if older >= OLDER_IN_A_ROW {
                    break;
                }
            }
        }
        Ok(first)
    }

    /// Hands on what eviction needs to know of each row, oldest first, until `take` says no. Our own records are left out.
    pub(crate) fn sizes(&self, take: &mut dyn FnMut(&Sized) -> bool) -> Result<(), Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT seq, verdict, uid, session, envelope, content FROM records \
             WHERE kind NOT IN (7, 8, 9) AND envelope + content > 0 ORDER BY seq",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let size = |at| row.get::<_, i64>(at).map(|bytes| u64::try_from(bytes).unwrap_or_default());
            let sized = Sized {
                seq: row.get(0)?,
                kept: row.get::<_, i64>(1)? != Weight::Allow as i64,
                uid: row.get(2)?,
                session: row.get(3)?,
                envelope: size(4)?,
                content: size(5)?,
            };
            if !take(&sized) {
                break;
            }
        }
        Ok(())
    }

    fn check(&self, seq: u64, columns: &Columns, previous: Digest, squeezer: &Squeezer) -> Result<Checked, Error> {
        let mut faults = Vec::new();
        let mut open = |part, fault| -> Result<(Option<Vec<u8>>, i64), Error> {
            let sealed = match self.sealed(seq, part) {
                Ok(sealed) => sealed,
                Err(Error::Database(rusqlite::Error::InvalidColumnType(..))) => {
                    faults.push(Fault::Shape);
                    None
                }
                Err(error) => return Err(error),
            };
            let Some(sealed) = sealed else { return Ok((None, 0)) };
            let length = i64::try_from(sealed.len()).unwrap_or(i64::MAX);
            let opened = self.sealer.open(seq, part, &sealed, squeezer).ok();
            if opened.is_none() {
                faults.push(fault);
            }
            Ok((opened, length))
        };
        let (envelope, envelope_len) = open(Part::Envelope, Fault::EnvelopeSeal)?;
        let (content, content_len) = open(Part::Content, Fault::ContentSeal)?;
        if !columns.shaped {
            faults.push(Fault::Shape);
        }
        if (columns.envelope, columns.content) != (envelope_len, content_len) {
            faults.push(Fault::Parts);
        }
        if let Some(bytes) = &envelope
            && let Ok(envelope) = serde_json::from_slice::<Envelope>(bytes)
            && envelope.kind != Kind::Newer
            && columns.index != self.index(&Index::of(&envelope))
        {
            faults.push(Fault::Index);
        }
        let stored = Stored {
            chain: self.chain(),
            seq,
            digest: columns.digest.unwrap_or(Digest::ZERO),
            hash: columns.hash.unwrap_or(Digest::ZERO),
            envelope,
            content,
        };
        Ok(Checked { stored, previous, faults })
    }

    fn index(&self, index: &Index) -> [Option<i64>; 7] {
        let lookup = |call| index.session().map(|session| self.sealer.lookup(session, call));
        [
            Some(index.at_ms()),
            Some(index.kind()),
            Some(index.weight() as i64),
            index.uid().map(i64::from),
            lookup(None),
            index.call().and_then(|call| lookup(Some(call))),
            index.code().map(code_number),
        ]
    }
}

/// The rows of a chain, read in steps: a long reading holds up no checkpoint. What is appended meanwhile comes too.
#[derive(Debug)]
pub struct Rows {
    reader: Reader,
    squeezer: Squeezer,
    step: VecDeque<(i64, Columns)>,
    /// The lowest number that can come next; `None` when there is no more, or after an error.
    next: Option<i64>,
    /// The number and the hash of the row before.
    last: i64,
    previous: Digest,
    /// What a process that has ended took in and did not store: it comes after the rows.
    taken: VecDeque<Taken>,
}

impl Rows {
    pub(crate) fn new(reader: Reader, taken: Vec<Taken>) -> Self {
        // From the very lowest: rows are included that have no business to be there.
        let (next, last) = (Some(i64::MIN), 0);
        let (squeezer, step, taken) = (Squeezer::default(), VecDeque::new(), taken.into());
        Self { reader, squeezer, step, next, last, previous: Digest::ZERO, taken }
    }

    /// The rows of a file that no journal of this process has open: one that was set aside, or a copy.
    ///
    /// # Errors
    ///
    /// When it cannot be read or is no journal of this version.
    pub fn of_file(path: &Path, keys: &Keys) -> Result<Self, Error> {
        let db = schema::connect(path, Role::Reader, false)?;
        let Found::Ours { chain, .. } = schema::examine(&db)? else {
            return Err(Error::NotAJournal { path: path.to_owned() });
        };
        let sealer = Arc::new(Sealer::new(keys.sealing(), chain));
        // Read before the rows: what is stored meanwhile is met there.
        let mut taken = path.parent().map_or_else(Vec::new, |folder| intake::read(folder, &sealer).taken);
        // Only what goes on where the rows end: the files are read one after the other, while a daemon may be at work.
        let mut head = db
            .query_row("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1", [], |row| {
                Ok(Head { chain, seq: sequence(row.get(0)?), hash: Digest(row.get(1)?) })
            })
            .ok();
        taken.retain(|taken| {
            let next =
                head.as_ref().filter(|head| taken.seq > head.seq).map(|head| head.then(Digest::of(&taken.envelope)));
            let goes_on = next.as_ref().is_some_and(|next| (next.seq, next.hash) == (taken.seq, taken.hash));
            if goes_on {
                head = next;
            }
            goes_on
        });
        Ok(Self::new(Reader { path: path.to_owned(), db, sealer }, taken))
    }

    /// The same, but of rows from number `from` on, to be read and not to be proved.
    ///
    /// # Errors
    ///
    /// Those of [`Rows::of_file`].
    pub fn of_file_from(path: &Path, keys: &Keys, from: u64) -> Result<Self, Error> {
        let mut rows = Self::of_file(path, keys)?;
        rows.next = Some(number(from));
        rows.last = number(from.saturating_sub(1));
        Ok(rows)
    }

    /// Begins behind the record `seq`, whose hash is `hash`.
    pub(crate) fn behind(mut self, seq: u64, hash: Digest) -> Self {
        self.next = number(seq).checked_add(1);
        self.last = number(seq);
        self.previous = hash;
        self
    }

    /// The number of the last record.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn newest(&self) -> Result<u64, Error> {
        let last = self.reader.db.query_row("SELECT max(seq) FROM records", [], |row| row.get::<_, Option<i64>>(0))?;
        Ok(sequence(last.unwrap_or_default()).max(self.taken.back().map_or(0, |taken| taken.seq)))
    }

    pub fn chain_id(&self) -> Uuid {
        self.reader.chain()
    }

    fn advance(&mut self) -> Result<Option<Checked>, Error> {
        if self.step.is_empty()
            && let Some(next) = self.next.take()
        {
            let mut statement =
                self.reader.db.prepare_cached("SELECT * FROM records WHERE seq >= ?1 ORDER BY seq LIMIT ?2")?;
            for row in statement.query_map((next, STEP), |row| Ok((row.get(0)?, Columns::read(row))))? {
                match row {
                    Ok(row) => self.step.push_back(row),
                    // Those before it come first, and it again after them.
                    Err(_) if !self.step.is_empty() => break,
                    Err(error) => return Err(error.into()),
                }
            }
            self.next = self.step.back().and_then(|(last, _)| last.checked_add(1));
        }
        let Some((seq, columns)) = self.step.pop_front() else { return Ok(self.next_taken()) };
        self.last = seq;
        let checked = self.reader.check(sequence(seq), &columns, self.previous, &self.squeezer)?;
        self.previous = checked.stored.hash;
        Ok(Some(checked))
    }
}

impl Rows {
    fn next_taken(&mut self) -> Option<Checked> {
        let last = sequence(self.last);
        while self.taken.front().is_some_and(|taken| taken.seq <= last) {
            self.taken.pop_front();
        }
        let Taken { seq, hash, envelope, content } = self.taken.pop_front()?;
        self.last = number(seq);
        let previous = std::mem::replace(&mut self.previous, hash);
        let (chain, digest) = (self.reader.chain(), Digest::of(&envelope));
        let stored = Stored { chain, seq, digest, hash, envelope: Some(envelope), content };
        Some(Checked { stored, previous, faults: Vec::new() })
    }
}

impl Iterator for Rows {
    type Item = Result<Checked, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.advance();
        if item.is_err() {
            self.step.clear();
            self.next = None;
        }
        item.transpose()
    }
}

/// A row as eviction sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sized {
    pub(crate) seq: i64,
    /// Not routine.
    pub(crate) kept: bool,
    pub(crate) uid: Option<i64>,
    pub(crate) session: Option<i64>,
    /// Sealed bytes; 0 where there is nothing (any more).
    pub(crate) envelope: u64,
    pub(crate) content: u64,
}

/// The columns of a row, read without trusting their types.
#[derive(Debug)]
struct Columns {
    digest: Option<Digest>,
    hash: Option<Digest>,
    index: [Option<i64>; 7],
    envelope: i64,
    content: i64,
    shaped: bool,
}

impl Columns {
    fn read(row: &Row<'_>) -> Self {
        let mut shaped = true;
        let mut number = |at: usize| {
            let value = row.get::<_, Option<i64>>(at);
            shaped &= value.is_ok();
            value.ok().flatten()
        };
        let index = [number(3), number(4), number(5), number(6), number(7), number(8), number(9)];
        let (envelope, content) = (number(10).unwrap_or(-1), number(11).unwrap_or(-1));
        let (digest, hash) = (row.get(1).ok().map(Digest), row.get(2).ok().map(Digest));
        shaped &= digest.is_some() && hash.is_some();
        Self { digest, hash, index, envelope, content, shaped }
    }
}
