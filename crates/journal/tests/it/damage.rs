//! Files that were cut, changed, exchanged or not ours: set aside or reported, never a panic, never deleted.

use crate::setup::{Time, assert_whole, call, detail, draft, keys, open, rows};
use protocol::record::{ChainReason, Detail};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use taffrail_journal::{Checked, Fault, Journal, Keys, Opened, What};
use tempfile::TempDir;

/// A closed journal of 100 calls in a folder of its own.
fn filled() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).journal;
    for number in 0..100 {
        journal.append(draft(&call(number), Some(&format!("{{\"content\":{number}}}"))), false).unwrap();
    }
    journal.close();
    dir
}

fn database(dir: &Path) -> PathBuf {
    dir.join("current").join("journal.db")
}

fn copy(from: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    fs::create_dir(to.path().join("current")).unwrap();
    for name in ["journal.mark", "current/journal.db", "current/journal.db-wal"] {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.path().join(name)).unwrap();
        }
    }
    to
}

fn assert_set_aside(opened: &Opened, expected: ChainReason) -> PathBuf {
    let What::SetAside { reason, path } = &opened.what else { panic!("{:?}", opened.what) };
    assert_eq!(*reason, expected);
    assert!(path.exists());
    let rows = rows(&opened.journal);
    assert_whole(&rows);
    assert!(matches!(detail(&rows[0]), Some(Detail::ChainStarted { reason, .. }) if reason == expected));
    opened.journal.append(draft(&call(1), None), false).unwrap();
    path.clone()
}

#[test]
fn a_file_that_is_cut_anywhere_is_set_aside_untouched_and_a_new_chain_says_so() {
    let dir = filled();
    let whole = fs::read(database(dir.path())).unwrap();
    let lengths = (0..whole.len()).step_by(whole.len() / 23).chain([0, 1, 99, 100, 2047, 2048, whole.len() - 1]);
    for length in lengths {
        let dir = copy(dir.path());
        fs::write(database(dir.path()), &whole[..length]).unwrap();
        let opened = open(dir.path());
        let aside = assert_set_aside(&opened, ChainReason::Corrupt);
        assert_eq!(fs::read(aside).unwrap(), whole[..length], "cut at {length}");
    }
}

#[test]
fn bytes_changed_anywhere_in_the_file_are_set_aside_or_reported_and_never_a_panic() {
    let dir = filled();
    let whole = fs::read(database(dir.path())).unwrap();
    let whole_rows = rows(&open(copy(dir.path()).path()).journal).len();
    let mut found = 0;
    for round in 0..120usize {
        let dir = copy(dir.path());
        let at = round * 7_919 % whole.len();
        let mut changed = whole.clone();
        for byte in changed.iter_mut().skip(at).take(1 + round % 40) {
            *byte ^= 0x5a;
        }
        fs::write(database(dir.path()), &changed).unwrap();
        let opened = open(dir.path());
        let read: Result<Vec<_>, _> = opened.journal.rows().and_then(Iterator::collect);
        let sound = read
            .is_ok_and(|rows: Vec<Checked>| rows.len() == whole_rows && rows.iter().all(|row| row.faults.is_empty()));
        let noticed = matches!(opened.what, What::SetAside { .. }) || !sound;
        found += usize::from(noticed);
        // Whatever it was: the journal takes records, if need be in a new chain.
        opened.journal.append(draft(&call(1), None), false).unwrap();
    }
    // The rest lay in bytes that hold nothing: free space within pages.
    assert!(found > 70, "only {found} of 120 changes were noticed");
}

#[test]
fn a_changed_bit_in_a_sealed_part_is_reported_for_its_row_alone() {
    for (part, fault) in [(0, Fault::EnvelopeSeal), (1, Fault::ContentSeal)] {
        let dir = filled();
        let db = Connection::open(database(dir.path())).unwrap();
        let id = 30 * 2 + part;
        let mut sealed: Vec<u8> = db.query_row("SELECT sealed FROM parts WHERE id = ?1", [id], |r| r.get(0)).unwrap();
        sealed[40] ^= 1;
        db.execute("UPDATE parts SET sealed = ?1 WHERE id = ?2", (sealed, id)).unwrap();
        drop(db);
        let journal = open(dir.path()).journal;
        for row in rows(&journal) {
            let expected: &[Fault] = if row.stored.seq == 30 { &[fault] } else { &[] };
            assert_eq!(row.faults, expected, "row {}", row.stored.seq);
        }
        assert!(journal.by_seq(30).unwrap_err().to_string().starts_with("row 30: its "));
        assert!(journal.by_seq(31).unwrap().is_some());
        let replayed = journal.records_since(0, &mut |_| ()).unwrap();
        assert_eq!((replayed.records, replayed.damaged), if part == 0 { (102, 1) } else { (103, 0) });
    }
}

#[test]
fn a_searched_column_or_a_size_that_was_changed_is_reported_for_its_row() {
    let edits = [
        ("at = at + 1", Fault::Index),
        ("kind = 5", Fault::Index),
        ("verdict = 3", Fault::Index),
        ("uid = NULL", Fault::Index),
        ("session = session + 1", Fault::Index),
        ("call = call - 1", Fault::Index),
        ("code = 'text'", Fault::Shape),
        ("content = 0", Fault::Parts),
        ("envelope = envelope + 1", Fault::Parts),
        ("digest = x'00'", Fault::Shape),
    ];
    for (edit, fault) in edits {
        let dir = filled();
        let db = Connection::open(database(dir.path())).unwrap();
        db.execute(&format!("UPDATE records SET {edit} WHERE seq = 20"), []).unwrap();
        drop(db);
        let row = rows(&open(dir.path()).journal).into_iter().find(|row| row.stored.seq == 20).unwrap();
        assert!(row.faults.contains(&fault), "{edit}: {:?}", row.faults);
    }
}

#[test]
fn a_tail_that_was_cut_and_an_older_copy_put_back_are_told_by_the_mark() {
    // Cut by deleting rows.
    let dir = filled();
    let db = Connection::open(database(dir.path())).unwrap();
    db.execute_batch("DELETE FROM records WHERE seq > 90; DELETE FROM parts WHERE id > 181").unwrap();
    drop(db);
    assert_set_aside(&open(dir.path()), ChainReason::Corrupt);
    // An older copy.
    let dir = filled();
    let old = fs::read(database(dir.path())).unwrap();
    let journal = open(dir.path()).journal;
    journal.append(draft(&call(99), None), true).unwrap();
    journal.close();
    drop(journal);
    fs::write(database(dir.path()), &old).unwrap();
    let aside = assert_set_aside(&open(dir.path()), ChainReason::Corrupt);
    assert!(aside.parent().unwrap().ends_with("rolled-back-1"));
    let mark = taffrail_journal::mark::read(&aside.with_file_name("journal.mark")).unwrap().unwrap();
    assert!(mark.seq > 103, "the mark as it was lies beside it");
    // Another device's, or another chain of ours.
    let (dir, other) = (filled(), filled());
    fs::copy(database(other.path()), database(dir.path())).unwrap();
    assert_set_aside(&open(dir.path()), ChainReason::Corrupt);
}

#[test]
fn another_key_starts_a_new_chain_and_the_old_file_opens_again_with_the_old_key() {
    let dir = filled();
    let opened = Journal::open(dir.path(), Keys::new([0x33; 32], [0x22; 32]), Time::new().options()).unwrap();
    let aside = assert_set_aside(&opened, ChainReason::KeyRotated);
    let again = tempfile::tempdir().unwrap();
    fs::create_dir(again.path().join("current")).unwrap();
    fs::copy(aside, database(again.path())).unwrap();
    let opened = open(again.path());
    assert_eq!(opened.what, What::Existing { seq: 103 });
    assert_whole(&rows(&opened.journal));
}

#[test]
fn a_journal_of_a_newer_version_stays_where_it_is_and_a_chain_beside_it_goes_on() {
    let dir = filled();
    let db = Connection::open(database(dir.path())).unwrap();
    db.execute_batch("PRAGMA user_version = 2; CREATE TABLE later (x)").unwrap();
    drop(db);
    let newer = fs::read(database(dir.path())).unwrap();
    for round in 0..2 {
        let opened = open(dir.path());
        let expected = match round {
            0 => What::Fresh(ChainReason::NewerJournal),
            _ => What::Existing { seq: 4 },
        };
        assert_eq!(opened.what, expected);
        if round == 0 {
            opened.journal.append(draft(&call(1), None), false).unwrap();
        }
        opened.journal.close();
        assert_eq!(fs::read(database(dir.path())).unwrap(), newer);
    }
    assert!(dir.path().join("v1").join("journal.db").exists());
}

#[test]
fn a_journal_that_is_gone_although_there_is_a_mark_says_reinstall() {
    let dir = filled();
    fs::remove_dir_all(dir.path().join("current")).unwrap();
    assert_eq!(open(dir.path()).what, What::Fresh(ChainReason::Reinstall));
}

#[test]
fn a_file_with_a_trigger_slipped_in_is_set_aside_before_it_runs() {
    let dir = filled();
    let db = Connection::open(database(dir.path())).unwrap();
    db.execute_batch("CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM records WHERE seq < new.seq; END")
        .unwrap();
    drop(db);
    assert_set_aside(&open(dir.path()), ChainReason::Corrupt);
}

#[test]
fn files_of_anything_else_are_set_aside() {
    for bytes in [b"not a database".to_vec(), vec![0; 100_000], b"SQLite format 3\0".to_vec()] {
        let dir = filled();
        fs::write(database(dir.path()), &bytes).unwrap();
        assert_set_aside(&open(dir.path()), ChainReason::Corrupt);
    }
    let dir = filled();
    fs::remove_file(database(dir.path())).unwrap();
    let db = Connection::open(database(dir.path())).unwrap();
    db.execute_batch("CREATE TABLE records (seq INTEGER PRIMARY KEY)").unwrap();
    drop(db);
    assert_set_aside(&open(dir.path()), ChainReason::Corrupt);
}

/// Garbage over the whole database file, behind the journal's back, with nothing left in the log or in its cache.
fn ruin(dir: &Path) {
    let db = Connection::open(database(dir)).unwrap();
    db.execute("UPDATE records SET at = at WHERE seq = 1", []).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let length = fs::metadata(database(dir)).unwrap().len();
    let file = fs::File::options().write(true).open(database(dir)).unwrap();
    std::io::Write::write_all(&mut &file, &vec![0xee; usize::try_from(length).unwrap()]).unwrap();
}

/// The clock is asked while the new chain is made: in that moment its folder goes away, so that the start fails.
#[test]
fn a_start_that_fails_after_a_file_was_set_aside_is_tried_again_by_the_next_call() {
    let dir = filled();
    let time = Time::new();
    let (folder, broken) = (dir.path().to_owned(), Arc::new(AtomicUsize::new(0)));
    let mut options = time.options();
    let count = Arc::clone(&broken);
    options.clock = Arc::new(move || {
        if folder.join("corrupt-1").exists() && count.fetch_add(1, Ordering::SeqCst) < 3 {
            let taken = folder.join(format!("taken-{}", count.load(Ordering::SeqCst)));
            fs::rename(folder.join("current"), taken).ok();
        }
        time.0.load(Ordering::SeqCst)
    });
    let journal = Journal::open(dir.path(), keys(), options).unwrap().journal;
    journal.append(draft(&call(100), None), true).unwrap();
    ruin(dir.path());
    let begun = Instant::now();
    let (mut refused, mut taken) = (0, 0);
    for number in 0.. {
        match journal.append(draft(&call(200 + number), Some("{}")), false) {
            Ok(_) => taken += 1,
            Err(_) => refused += 1,
        }
        let over = refused > 0 && journal.status().lost == 0;
        if over && taken > 10 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{refused} refused, {taken} taken: it never started again");
        // Refused at once for a moment, so that a broken disk is not asked at each call.
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(broken.load(Ordering::SeqCst) > 1);
    let all = rows(&journal);
    assert_whole(&all);
    // The new chain says what was lost, and the old file lies where it was put.
    let lost: u64 =
        all.iter().filter_map(detail).map(|d| if let Detail::Lost { count, .. } = d { count } else { 0 }).sum();
    assert_eq!(lost, refused);
    assert!(dir.path().join("corrupt-1").join("journal.db").exists());
}

#[test]
fn damage_that_shows_while_in_use_starts_a_new_chain_and_loses_no_record() {
    let dir = filled();
    let opened = open(dir.path());
    let journal = &opened.journal;
    let before = journal.append(draft(&call(100), None), true).unwrap();
    ruin(dir.path());
    let mut chains = std::collections::BTreeSet::new();
    for number in 0..2000 {
        chains.insert(journal.append(draft(&call(200 + number), Some("{}")), false).unwrap().chain);
    }
    assert!(chains.iter().any(|chain| *chain != before.chain), "it never noticed");
    assert!(dir.path().join("corrupt-1").join("journal.db").exists());
    assert_whole(&rows(journal));
    assert_eq!(journal.last().0, *chains.iter().find(|chain| **chain != before.chain).unwrap());
}
