//! The journal's rows under `chain::verify`: sound ones pass, every change is found and names its row.

use crate::setup::{Time, call, draft, keys, noise, open};
use chain::{ChainId, Digest, Expect, Report};
use protocol::record::{Content, Level, Part, PartHead};
use protocol::{Envelope, SealedText};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use taffrail_journal::{Checked, Draft, Error, Journal, Rows, mark};
use tempfile::TempDir;

/// A call with content whose digest is in the envelope.
fn kept(number: u64, text: &str) -> Draft {
    let mut envelope: Envelope = call(number);
    let salt = format!("{number:032x}");
    let digest = chain::part_digest(&salt, text).unwrap().to_hex();
    envelope.parts.push(PartHead {
        name: "input".to_owned(),
        level: Level::Redacted,
        length: text.len() as u64,
        digest: Some(digest),
        keyed: None,
    });
    let part = Part { name: "input".to_owned(), salt, text: SealedText::from_masked(text) };
    let content = serde_json::to_string(&Content { v: 1, parts: vec![part] }).unwrap();
    draft(&envelope, Some(&content))
}

fn filled() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).journal;
    for number in 0..60 {
        journal.append(kept(number, &format!("make test-{number}")), false).unwrap();
    }
    journal.close();
    dir
}

fn database(dir: &Path) -> PathBuf {
    dir.join("current").join("journal.db")
}

/// What `verify` does: the rows of the file, the mark beside the keys, and the faults that only the journal sees.
fn verify(dir: &Path) -> Result<(Report, Option<u64>), Error> {
    let rows = Rows::of_file(&database(dir), &keys())?;
    let mark = mark::read(&dir.join("journal.mark"))?.unwrap();
    let chain = ChainId(rows.chain_id().into_bytes());
    let expect = Expect { chain, keys: &[], after: None, tail: Some((mark.seq, mark.hash)), without_content: false };
    let mut faulty = None;
    let rows = rows.map(|row| {
        row.map(|checked: Checked| {
            if !checked.faults.is_empty() && faulty.is_none() {
                faulty = Some(checked.stored.seq);
            }
            checked.row()
        })
    });
    let report = chain::verify(rows, &expect)?;
    Ok((report, faulty))
}

/// The first row that is wrong, by the chain or by the journal.
fn first_wrong(dir: &Path) -> Option<u64> {
    let (report, faulty) = verify(dir).unwrap();
    report.first_problem.map(|problem| problem.seq).into_iter().chain(faulty).min()
}

#[test]
fn a_sound_journal_passes_and_is_signed_to_its_end() {
    let dir = filled();
    let (report, faulty) = verify(dir.path()).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.rows, report.whole, report.signed, faulty), (63, 63, Some(62), None));
}

#[test]
fn rows_that_were_removed_swapped_doubled_or_cut_are_named() {
    let edits = [
        ("DELETE FROM records WHERE seq = 20", 21),
        (
            "UPDATE records SET seq = 0 WHERE seq = 20; UPDATE records SET seq = 20 WHERE seq = 21; UPDATE records SET seq = 21 WHERE seq = 0",
            20,
        ),
        (
            "INSERT INTO records SELECT 64, digest, hash, at, kind, verdict, uid, session, call, code, envelope, content FROM records WHERE seq = 30",
            64,
        ),
        (
            "INSERT INTO records SELECT -5, digest, hash, at, kind, verdict, uid, session, call, code, envelope, content FROM records WHERE seq = 30",
            1,
        ),
        ("DELETE FROM records WHERE seq > 40", 41),
        ("DELETE FROM parts WHERE id = 40; UPDATE records SET envelope = 0 WHERE seq = 20", 20),
        ("DELETE FROM parts WHERE id = 41; UPDATE records SET content = 0 WHERE seq = 20", 20),
        ("DELETE FROM parts WHERE id = 41", 20),
        ("UPDATE parts SET sealed = (SELECT sealed FROM parts WHERE id = 44) WHERE id = 42", 21),
    ];
    for (edit, row) in edits {
        let dir = filled();
        Connection::open(database(dir.path())).unwrap().execute_batch(edit).unwrap();
        assert_eq!(first_wrong(dir.path()), Some(row), "{edit}");
    }
}

#[test]
fn a_thousand_changed_bytes_of_stored_rows_are_all_found_and_named() {
    let dir = filled();
    let whole = fs::read(database(dir.path())).unwrap();
    let mut random = 0x5eed_u64;
    let mut below = |bound: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap() % bound
    };
    for round in 0..1000 {
        fs::write(database(dir.path()), &whole).unwrap();
        let db = Connection::open(database(dir.path())).unwrap();
        db.pragma_update(None, "synchronous", "OFF").unwrap();
        let seq = i64::try_from(1 + below(63)).unwrap();
        let places: [(&str, &str, i64); 4] = [
            ("records", "digest", seq),
            ("records", "hash", seq),
            ("parts", "sealed", 2 * seq),
            ("parts", "sealed", 2 * seq + 1),
        ];
        let (table, column, mut id) = places[below(4)];
        let key = if table == "parts" { "id" } else { "seq" };
        let get = |id: i64| db.query_row(&format!("SELECT {column} FROM {table} WHERE {key} = ?1"), [id], |r| r.get(0));
        // The journal's own records have no content: then it is their envelope.
        let mut bytes: Vec<u8> = get(id).unwrap_or_else(|_| {
            id -= 1;
            get(id).unwrap()
        });
        let at = below(bytes.len());
        bytes[at] ^= u8::try_from(1 + below(255)).unwrap();
        db.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE {key} = ?2"), (bytes, id)).unwrap();
        drop(db);
        let named = first_wrong(dir.path());
        assert_eq!(named, Some(seq.cast_unsigned()), "round {round}: {column} byte {at}");
    }
}

#[test]
fn after_evictions_it_passes_and_with_one_row_more_removed_by_hand_it_names_that_row() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Time::new().options();
    options.max_bytes = 1 << 20;
    let journal = Journal::open(dir.path(), keys(), options).unwrap().journal;
    for number in 0..3000 {
        journal.append(kept(number, &noise(number, 1000)), false).unwrap();
    }
    journal.close();
    let (report, faulty) = verify(dir.path()).unwrap();
    assert!(report.is_sound(), "{:?}", report.first_problem);
    assert_eq!((faulty, report.missing), (None, 0));
    assert!(report.evicted > 500 && report.content_removed > 0, "{} {}", report.evicted, report.content_removed);
    let db = Connection::open(database(dir.path())).unwrap();
    let last: i64 = db.query_row("SELECT max(seq) FROM records WHERE kind = 1", [], |row| row.get(0)).unwrap();
    db.execute("UPDATE records SET envelope = 0 WHERE seq = ?1", [last]).unwrap();
    db.execute("DELETE FROM parts WHERE id = ?1", [2 * last]).unwrap();
    drop(db);
    assert_eq!(first_wrong(dir.path()), Some(last.cast_unsigned()));
}

#[test]
fn the_tail_of_the_chain_is_what_the_mark_says() {
    let dir = filled();
    let mark = mark::read(&dir.path().join("journal.mark")).unwrap().unwrap();
    let rows: Vec<_> = Rows::of_file(&database(dir.path()), &keys()).unwrap().map(Result::unwrap).collect();
    let last = &rows.last().unwrap().stored;
    assert_eq!((mark.seq, mark.hash, mark.chain), (last.seq, last.hash, last.chain));
    assert_eq!(rows.first().unwrap().previous, Digest::ZERO);
}
