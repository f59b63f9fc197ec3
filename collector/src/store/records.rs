//! [`Records`] in `SQLite`: envelope and content apart, so that content can go away by itself.

mod questions;

use super::calls::Entry;
use super::{Batch, Claim, Error, Receipt, Records, Row};
use chain::Digest;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior};
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// `PRAGMA application_id`: `TafR`.
const APPLICATION: i64 = 0x5461_6652;

const VERSION_1: &str = "
CREATE TABLE batches (digest BLOB PRIMARY KEY, chain BLOB NOT NULL, branch INTEGER NOT NULL, parent INTEGER NOT NULL,
    device BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, hash BLOB NOT NULL, sum BLOB NOT NULL,
    received INTEGER NOT NULL, signature BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX batches_by_branch ON batches (chain, branch, first);
CREATE TABLE records (id INTEGER PRIMARY KEY, chain BLOB NOT NULL, branch INTEGER NOT NULL, seq INTEGER NOT NULL,
    previous BLOB NOT NULL, digest BLOB NOT NULL, hash BLOB NOT NULL, stub TEXT);
CREATE UNIQUE INDEX records_by_place ON records (chain, seq, branch);
CREATE TABLE envelopes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE contents (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
";

/// What calls are found by, and when something of each device came last.
const VERSION_2: &str = "
CREATE TABLE calls (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, device BLOB NOT NULL, fate INTEGER NOT NULL,
    session TEXT, agent TEXT, person TEXT, tool TEXT, effects TEXT NOT NULL, rule TEXT);
CREATE INDEX calls_by_time ON calls (at);
CREATE INDEX calls_by_fate ON calls (fate, at);
CREATE INDEX calls_by_device ON calls (device, at);
CREATE INDEX calls_by_session ON calls (session, at);
CREATE TABLE arrivals (device BLOB PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
";

const VERSIONS: &[Version] = &[
    |db| Ok(db.execute_batch(VERSION_1)?),
    |db| {
        db.execute_batch(VERSION_2)?;
        index_all(db)
    },
];

#[derive(Debug)]
pub(crate) struct SqliteRecords(Connection);

/// Makes a database of one version from one of the version before; the first from an empty one.
pub(super) type Version = fn(&Connection) -> Result<(), Error>;

/// Opens a database of ours, brings it up to the last version, or lays out a new one.
pub(super) fn connect(path: &Path, application: i64, versions: &[Version]) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    db.busy_timeout(Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(32);
    db.pragma_update(None, "journal_mode", "WAL")?;
    // What is acknowledged must survive a power cut.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "mmap_size", 0)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let whose: i64 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let empty: bool = transaction.query_row("SELECT count(*) = 0 FROM sqlite_master", [], |row| row.get(0))?;
    let known = usize::try_from(found).unwrap_or(usize::MAX);
    let missing = match (whose, found) {
        (0, 0) if empty => versions,
        (whose, 1..) if whose == application => {
            versions.get(known..).ok_or_else(|| Error::Newer { path: path.to_owned(), found })?
        }
        _ => return Err(Error::Foreign(path.to_owned())),
    };
    for version in missing {
        version(&transaction)?;
    }
    if !missing.is_empty() {
        transaction.pragma_update(None, "application_id", application)?;
        transaction.pragma_update(None, "user_version", number(versions.len() as u64))?;
    }
    transaction.commit()?;
    Ok(db)
}

/// `SQLite`'s integers are signed; sequence numbers and times stay far below.
pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn sequence(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

/// A stored row, whose columns begin at this one.
fn row_at(row: &rusqlite::Row<'_>, from: usize) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: sequence(row.get(from)?),
        previous: digest(row, from + 1)?,
        digest: digest(row, from + 2)?,
        hash: digest(row, from + 3)?,
        stub: row.get(from + 4)?,
        envelope: row.get(from + 5)?,
        content: row.get(from + 6)?,
    })
}

pub(super) fn id(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Uuid> {
    Ok(Uuid::from_bytes(row.get(at)?))
}

/// A claim, as both `claims` and `batches` begin: their first column is the batch's digest.
pub(super) fn claim(row: &rusqlite::Row<'_>) -> rusqlite::Result<Claim> {
    Ok(Claim {
        chain: id(row, 1)?,
        branch: row.get(2)?,
        parent: row.get(3)?,
        device: id(row, 4)?,
        first: sequence(row.get(5)?),
        last: sequence(row.get(6)?),
        hash: digest(row, 7)?,
        sum: digest(row, 8)?,
        received_ms: sequence(row.get(9)?),
    })
}

pub(super) fn digest(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Digest> {
    Ok(Digest(row.get(at)?))
}

impl SqliteRecords {
    /// Opens the file, or lays it out.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written, or is of a newer version.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self(connect(path, APPLICATION, VERSIONS)?))
    }

    /// The same, to read alone.
    ///
    /// # Errors
    ///
    /// As [`SqliteRecords::open`].
    pub(crate) fn open_to_read(path: &Path) -> Result<Self, Error> {
        let records = Self::open(path)?;
        records.0.pragma_update(None, "query_only", true)?;
        Ok(records)
    }
}

fn index(db: &Connection, id: i64, row: &Row, claim: &Claim) -> Result<(), Error> {
    let Some(entry) = Entry::of(row, claim) else { return Ok(()) };
    db.prepare_cached("INSERT INTO calls VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?.execute((
        id,
        number(entry.at_ms),
        entry.device.as_bytes(),
        entry.fate.number(),
        entry.session,
        entry.agent,
        entry.person,
        entry.tool,
        entry.effects,
        entry.rule,
    ))?;
    Ok(())
}

fn arrived(db: &Connection, claim: &Claim) -> Result<(), Error> {
    db.prepare_cached(
        "INSERT INTO arrivals VALUES (?1, ?2) ON CONFLICT (device) DO UPDATE SET last = max(last, excluded.last)",
    )?
    .execute((claim.device.as_bytes(), number(claim.received_ms)))?;
    Ok(())
}

/// Makes the index of what is there.
fn index_all(db: &Connection) -> Result<(), Error> {
    let mut batches = db.prepare("SELECT * FROM batches")?;
    let mut rows = db.prepare(
        "SELECT r.id, r.seq, e.text FROM records r JOIN envelopes e ON e.id = r.id \
         WHERE r.chain = ?1 AND r.branch = ?2 AND r.seq BETWEEN ?3 AND ?4",
    )?;
    for claim in batches.query_map([], claim)? {
        let claim = claim?;
        arrived(db, &claim)?;
        let place = (claim.chain.as_bytes(), claim.branch, number(claim.first), number(claim.last));
        let mut found = rows.query(place)?;
        while let Some(row) = found.next()? {
            let (seq, envelope) = (sequence(row.get(1)?), Some(row.get(2)?));
            let (previous, digest, hash) = (Digest::ZERO, Digest::ZERO, Digest::ZERO);
            let whole = Row { seq, previous, digest, hash, envelope, content: None, stub: None };
            index(db, row.get(0)?, &whole, &claim)?;
        }
    }
    Ok(())
}

impl Records for SqliteRecords {
    fn append(&mut self, batches: &[Batch]) -> Result<(), Error> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for Batch { claim, rows, receipt } in batches {
            let written = transaction
                .prepare_cached("INSERT OR IGNORE INTO batches VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?
                .execute((
                    claim.digest().0,
                    claim.chain.as_bytes(),
                    claim.branch,
                    claim.parent,
                    claim.device.as_bytes(),
                    number(claim.first),
                    number(claim.last),
                    claim.hash.0,
                    claim.sum.0,
                    number(claim.received_ms),
                    receipt,
                ))?;
            if written == 0 {
                continue;
            }
            arrived(&transaction, claim)?;
            for row in rows {
                transaction
                    .prepare_cached(
                        "INSERT INTO records (chain, branch, seq, previous, digest, hash, stub) \
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    )?
                    .execute((
                        claim.chain.as_bytes(),
                        claim.branch,
                        number(row.seq),
                        row.previous.0,
                        row.digest.0,
                        row.hash.0,
                        &row.stub,
                    ))?;
                let id = transaction.last_insert_rowid();
                index(&transaction, id, row, claim)?;
                if let Some(text) = &row.envelope {
                    transaction.prepare_cached("INSERT INTO envelopes VALUES (?1, ?2)")?.execute((id, text))?;
                }
                if let Some(text) = &row.content {
                    transaction.prepare_cached("INSERT INTO contents VALUES (?1, ?2)")?.execute((id, text))?;
                }
            }
        }
        Ok(transaction.commit()?)
    }

    fn holds(&self, batch: &Digest) -> Result<bool, Error> {
        Ok(self.0.prepare_cached("SELECT 1 FROM batches WHERE digest = ?1")?.exists([batch.0])?)
    }

    fn find(&self, chain: Uuid, seq: u64, hash: &Digest) -> Result<Option<u32>, Error> {
        let mut statement =
            self.0.prepare_cached("SELECT branch FROM records WHERE chain = ?1 AND seq = ?2 AND hash = ?3")?;
        Ok(statement.query_row((chain.as_bytes(), number(seq), hash.0), |row| row.get(0)).optional()?)
    }

    fn rows(&self, chain: Uuid, branch: u32, from: i64, most: u32) -> Result<Vec<Row>, Error> {
        let mut statement = self.0.prepare_cached(
            "SELECT r.seq, r.previous, r.digest, r.hash, r.stub, e.text, c.text FROM records r \
             LEFT JOIN envelopes e ON e.id = r.id LEFT JOIN contents c ON c.id = r.id \
             WHERE r.chain = ?1 AND r.branch = ?2 AND r.seq >= ?3 ORDER BY r.seq LIMIT ?4",
        )?;
        let found = statement.query_map((chain.as_bytes(), branch, from, most), |row| row_at(row, 0))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    fn receipts(&self, chain: Uuid, branch: u32) -> Result<Vec<Receipt>, Error> {
        let mut statement =
            self.0.prepare_cached("SELECT * FROM batches WHERE chain = ?1 AND branch = ?2 ORDER BY first, digest")?;
        let receipt = |row: &rusqlite::Row<'_>| Ok(Receipt { claim: claim(row)?, signature: row.get(10)? });
        Ok(statement.query_map((chain.as_bytes(), branch), receipt)?.collect::<rusqlite::Result<_>>()?)
    }

    fn held(&self) -> Result<Vec<(Uuid, u32, u64)>, Error> {
        let mut statement =
            self.0.prepare_cached("SELECT chain, branch, count(*) FROM records GROUP BY chain, branch")?;
        let held = |row: &rusqlite::Row<'_>| Ok((id(row, 0)?, row.get(1)?, sequence(row.get(2)?)));
        Ok(statement.query_map([], held)?.collect::<rusqlite::Result<_>>()?)
    }
}
