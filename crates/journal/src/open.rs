//! Opening: is there a journal that can be continued, and if not, what happens to it.

use crate::error::{Error, NotRecorded, Unfit, meaning};
use crate::keys::Keys;
use crate::mark::Mark;
use crate::own::Clock;
use crate::place::Place;
use crate::schema::{self, Found, PAGE, Role};
use crate::seal::{Part, Sealer, Squeezer};
use crate::writer::{Head, KEY_WORD, Lost, Writer, link, number, part_id, sequence, start_chain};
use chain::Digest;
use protocol::record::ChainReason;
use rusqlite::{Connection, OptionalExtension as _};
use std::path::PathBuf;
use std::sync::Arc;

/// Rows at the end whose links are checked when a journal is opened; the rest is `verify`'s.
const TAIL: i64 = 64;

/// What was found where the journal should be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// There was none. `Reinstall`: but there was a mark, so there had been one.
    Fresh(ChainReason),
    /// It goes on after record `seq`.
    Existing { seq: u64 },
    /// It could not be continued and lies untouched at `path`; a new chain was started.
    SetAside { reason: ChainReason, path: PathBuf },
}

enum Probe {
    Nothing,
    Whole(Box<Writer>),
    Unfit(Unfit),
}

/// Finds the journal of `place`, or starts one.
pub(crate) fn find(
    place: &mut Place,
    mut mark: Option<Mark>,
    keys: &Keys,
    clock: &Clock,
    squeezer: &Squeezer,
) -> Result<(Writer, What), Error> {
    let mut probe = look(place, mark.as_ref(), keys, squeezer)?;
    if matches!(probe, Probe::Unfit(Unfit::Newer)) {
        mark = place.step_beside()?;
        probe = look(place, mark.as_ref(), keys, squeezer)?;
    }
    let mut lost = Lost::default();
    if let Some(Mark { lost: count, .. }) = mark
        && count > 0
    {
        lost = Lost { count, reason: "refused before a restart".to_owned() };
    }
    let start = |place: &mut Place, reason, lost| start_chain(place, keys, reason, clock, squeezer, lost);
    match probe {
        Probe::Whole(mut writer) => {
            writer.lost = lost;
            let seq = writer.head.seq;
            Ok((*writer, What::Existing { seq }))
        }
        Probe::Nothing => {
            let reason = match mark {
                _ if place.is_beside() => ChainReason::NewerJournal,
                Some(_) => ChainReason::Reinstall,
                None => ChainReason::First,
            };
            Ok((start(place, reason, lost)?, What::Fresh(reason)))
        }
        Probe::Unfit(unfit) => {
            let path = place.set_aside(unfit)?;
            let reason = unfit.reason();
            tracing::error!(path = %path.display(), reason = unfit.word(), "the journal was set aside; a new chain starts");
            Ok((start(place, reason, lost)?, What::SetAside { reason, path }))
        }
    }
}

fn look(place: &Place, mark: Option<&Mark>, keys: &Keys, squeezer: &Squeezer) -> Result<Probe, Error> {
    let size = match std::fs::symlink_metadata(&place.database) {
        Ok(meta) if meta.is_file() => meta.len(),
        Ok(_) => return Ok(Probe::Unfit(Unfit::Damaged)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Probe::Nothing),
        Err(source) => return Err(Error::io(&place.database)(source)),
    };
    let begun = mark.is_some_and(|mark| mark.seq > 0);
    if size == 0 {
        // SQLite would throw away the log of an empty file, which may hold all there is.
        let log = std::fs::metadata(place.wal()).is_ok_and(|meta| meta.len() > 0);
        return Ok(if begun || log { Probe::Unfit(Unfit::Damaged) } else { Probe::Nothing });
    }
    match examine(place, mark, keys, squeezer) {
        Ok(Probe::Nothing) if begun => Ok(Probe::Unfit(Unfit::RolledBack)),
        Err(Error::Database(error)) if says_damaged(&error) => Ok(Probe::Unfit(Unfit::Damaged)),
        other => other,
    }
}

/// Damage is an answer; what says nothing about the file (rights, a failing disk) stays an error.
fn says_damaged(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    meaning(error) == NotRecorded::Damaged
        || matches!(
            error,
            E::InvalidColumnType(..)
                | E::FromSqlConversionFailure(..)
                | E::IntegralValueOutOfRange(..)
                | E::QueryReturnedNoRows
                | E::SqlInputError { .. }
        )
        || matches!(error, E::SqliteFailure(failure, _) if failure.code == rusqlite::ErrorCode::Unknown)
}

fn examine(place: &Place, mark: Option<&Mark>, keys: &Keys, squeezer: &Squeezer) -> Result<Probe, Error> {
    let db = schema::connect(&place.database, Role::Writer, false)?;
    let (chain, word) = match schema::examine(&db)? {
        Found::Empty => return Ok(Probe::Nothing),
        Found::Unfit(unfit) => return Ok(Probe::Unfit(unfit)),
        Found::Ours { chain, word } => (chain, word),
    };
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Ok(Probe::Unfit(Unfit::Damaged));
    }
    // With nothing in the log, the file is as long as it says. With something, its end may still be on the way.
    if std::fs::metadata(place.wal()).map_or(0, |meta| meta.len()) == 0 {
        let pages: i64 = db.pragma_query_value(None, "page_count", |row| row.get(0))?;
        let length = std::fs::metadata(&place.database).map_err(Error::io(&place.database))?.len();
        if sequence(pages).checked_mul(u64::from(PAGE)) != Some(length) {
            return Ok(Probe::Unfit(Unfit::Damaged));
        }
    }
    let sealer = Sealer::new(keys.sealing(), chain);
    if sealer.open(0, Part::Envelope, &word, squeezer).ok().as_deref() != Some(KEY_WORD) {
        return Ok(Probe::Unfit(Unfit::OtherKey));
    }
    let Some(head) = tail(&db, &sealer, squeezer)? else { return Ok(Probe::Unfit(Unfit::Damaged)) };
    if let Some(mark) = mark {
        let same = mark.chain == chain && mark.seq <= head.seq && {
            let at: Option<[u8; 32]> = db
                .query_row("SELECT hash FROM records WHERE seq = ?1", [number(mark.seq)], |row| row.get(0))
                .optional()?;
            mark.seq == 0 || at == Some(mark.hash.0)
        };
        if !same {
            return Ok(Probe::Unfit(Unfit::RolledBack));
        }
    } else {
        tracing::warn!("the journal has no mark: whether its tail is whole cannot be told");
    }
    Ok(Probe::Whole(Box::new(Writer::new(db, Arc::new(sealer), head, Lost::default()))))
}

/// Checks the last rows and returns the end of the chain; `None` where they do not hang together.
fn tail(db: &Connection, sealer: &Sealer, squeezer: &Squeezer) -> Result<Option<Head>, Error> {
    let rows: Vec<(u64, Digest, Digest, i64)> = db
        .prepare("SELECT seq, digest, hash, envelope FROM records ORDER BY seq DESC LIMIT ?1")?
        .query_map([TAIL + 1], |row| {
            Ok((sequence(row.get(0)?), Digest(row.get(1)?), Digest(row.get(2)?), row.get(3)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let Some(&(seq, last_digest, hash, sealed)) = rows.first() else { return Ok(None) };
    let chain = sealer.chain();
    for pair in rows.windows(2) {
        let [(seq, digest, hash, _), (before, _, previous, _)] = pair else { continue };
        if before.checked_add(1) != Some(*seq) || link(chain, *seq, *previous, *digest) != *hash {
            return Ok(None);
        }
    }
    if let Some((1, digest, hash, _)) = rows.last()
        && link(chain, 1, Digest::ZERO, *digest) != *hash
    {
        return Ok(None);
    }
    if sealed > 0 {
        let bytes: Option<Vec<u8>> = db
            .query_row("SELECT sealed FROM parts WHERE id = ?1", [part_id(seq, Part::Envelope)], |row| row.get(0))
            .optional()?;
        let opened = bytes.and_then(|bytes| sealer.open(seq, Part::Envelope, &bytes, squeezer).ok());
        if opened.is_none_or(|envelope| Digest::of(&envelope) != last_digest) {
            return Ok(None);
        }
    }
    Ok(Some(Head { chain, seq, hash }))
}
