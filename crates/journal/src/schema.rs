//! The database file: its tables, its settings, and the check that a file is one of ours.
//!
//! | table | holds |
//! |---|---|
//! | `chain` | one row: the chain's id, and a sealed word that tells a wrong key from a damaged file |
//! | `records` | one narrow row per record, for ever: `seq`, envelope digest, hash, and the columns that are searched |
//! | `parts` | the sealed bytes; `id = 2 · seq + part`. A part that was evicted has no row |
//!
//! `records.envelope` and `records.content` are the sealed sizes in bytes; 0 says that there is no such part (any more).
//! `session` and `call` are keyed hashes (see [`crate::seal::Sealer::lookup`]), `code` is the code's four letters as a
//! number, `at` is milliseconds since 1970. Nothing else of a record is readable without the key.
//!
//! Calls are looked up with each answer that comes back, so they have an index. Codes are typed by people, and mostly of
//! what has just happened: they are looked for from the newest row backwards, and each commit is spared a page.
//!
//! Pages are 2 KiB: each commit writes the pages it touched whole, and a record is about as long.

use crate::error::Unfit;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use std::path::Path;
use uuid::Uuid;

/// The version of the tables above.
pub(crate) const VERSION: i64 = 1;

/// `PRAGMA application_id`: "Tafr".
const APPLICATION: i64 = 0x5461_6672;

pub(crate) const PAGE: u32 = 2048;

/// Name and definition of everything in the file, as `SQLite` keeps them. A file with anything more or less is not ours:
/// a trigger that was slipped in must never run.
const TABLES: [(&str, &str); 4] = [
    ("chain", "CREATE TABLE chain (one INTEGER PRIMARY KEY CHECK (one = 1), id BLOB NOT NULL, word BLOB NOT NULL)"),
    (
        "records",
        "CREATE TABLE records (seq INTEGER PRIMARY KEY, digest BLOB NOT NULL, hash BLOB NOT NULL, at INTEGER NOT NULL, \
         kind INTEGER NOT NULL, verdict INTEGER NOT NULL, uid INTEGER, session INTEGER, call INTEGER, code INTEGER, \
         envelope INTEGER NOT NULL, content INTEGER NOT NULL)",
    ),
    ("by_call", "CREATE INDEX by_call ON records (call) WHERE call IS NOT NULL"),
    ("parts", "CREATE TABLE parts (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL)"),
];

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Writer,
    Reader,
    Checkpoint,
}

/// Opens a connection with the settings of its role. Creates the file only as a writer and only where `create` says so.
pub(crate) fn connect(path: &Path, role: Role, create: bool) -> rusqlite::Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let db = Connection::open_with_flags(path, flags)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    // What is set aside stays as it was found; a journal that is closed in good order is checkpointed by us.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(24);
    db.pragma_update(None, "cell_size_check", true)?;
    db.pragma_update(None, "mmap_size", 0)?;
    // In KiB where negative. The operating system keeps the pages as well; this only saves system calls.
    db.pragma_update(None, "cache_size", if role == Role::Writer { -1024 } else { -256 })?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    if role == Role::Reader {
        db.pragma_update(None, "query_only", true)?;
    }
    Ok(db)
}

/// Lays out an empty file. The chain's row comes with the first record, in one transaction.
pub(crate) fn create(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "page_size", PAGE)?;
    db.pragma_update(None, "journal_mode", "WAL")
}

/// Within a transaction: the tables, the marks of our file, and the chain's row.
pub(crate) fn lay_out(db: &Connection, chain: Uuid, word: &[u8]) -> rusqlite::Result<()> {
    for (_, definition) in TABLES {
        db.execute(definition, [])?;
    }
    db.pragma_update(None, "application_id", APPLICATION)?;
    db.pragma_update(None, "user_version", VERSION)?;
    db.execute("INSERT INTO chain VALUES (1, ?1, ?2)", (chain.as_bytes().as_slice(), word))?;
    Ok(())
}

/// What a file says of itself.
#[derive(Debug)]
pub(crate) enum Found {
    /// A database in which nothing was ever committed: creation was cut short.
    Empty,
    Ours {
        chain: Uuid,
        word: Vec<u8>,
    },
    Unfit(Unfit),
}

/// Looks at an open file.
pub(crate) fn examine(db: &Connection) -> rusqlite::Result<Found> {
    let application: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let mut statement = db.prepare("SELECT name, sql FROM sqlite_master")?;
    let mut found = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        found.push((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default()));
        if found.len() > 64 {
            return Ok(Found::Unfit(if version > VERSION { Unfit::Newer } else { Unfit::Damaged }));
        }
    }
    if application == 0 && version == 0 && found.is_empty() {
        return Ok(Found::Empty);
    }
    if application == APPLICATION && version > VERSION {
        return Ok(Found::Unfit(Unfit::Newer));
    }
    let expected = |(name, sql): &(String, String)| TABLES.iter().any(|(n, s)| n == name && s == sql);
    if application != APPLICATION || version != VERSION || found.len() != TABLES.len() || !found.iter().all(expected) {
        return Ok(Found::Unfit(Unfit::Damaged));
    }
    let row = db
        .query_row("SELECT id, word FROM chain WHERE one = 1", [], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .optional()?;
    Ok(match row {
        Some((id, word)) => match Uuid::from_slice(&id) {
            Ok(chain) => Found::Ours { chain, word },
            Err(_) => Found::Unfit(Unfit::Damaged),
        },
        None => Found::Unfit(Unfit::Damaged),
    })
}
