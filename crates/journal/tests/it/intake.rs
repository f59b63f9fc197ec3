//! What was answered and is not in the database yet: a copy of the folder in that moment is what a kill leaves.

use crate::setup::{Time, assert_whole, call, detail, draft, keys, rows};
use protocol::record::Detail;
use std::fs;
use std::path::Path;
use std::time::Duration;
use taffrail_journal::{Checked, Journal, Rows, What, database};
use tempfile::TempDir;

/// A journal that stores nothing by itself.
pub(crate) fn slow(dir: &Path) -> Journal {
    let mut options = Time::new().options();
    options.sync_every = Duration::from_hours(1);
    Journal::open(dir, keys(), options).unwrap().journal
}

/// What a process that is killed now leaves behind.
pub(crate) fn left(from: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    fs::create_dir(to.path().join("current")).unwrap();
    for name in fs::read_dir(from.join("current")).unwrap().map(|entry| entry.unwrap().file_name()) {
        fs::copy(from.join("current").join(&name), to.path().join("current").join(&name)).unwrap();
    }
    fs::copy(from.join("journal.mark"), to.path().join("journal.mark")).unwrap();
    to
}

pub(crate) fn of_file(dir: &Path) -> Vec<Checked> {
    Rows::of_file(&database(dir), &keys()).unwrap().map(Result::unwrap).collect()
}

pub(crate) fn append(journal: &Journal, numbers: std::ops::Range<u64>) -> Vec<(u64, String)> {
    let content = |number| (number % 3 != 0).then(|| format!("{{\"number\":{number}}}"));
    numbers
        .map(|number| {
            let receipt = journal.append(draft(&call(number), content(number).as_deref()), false).unwrap();
            (receipt.seq, receipt.hash.to_hex())
        })
        .collect()
}

pub(crate) fn hold(rows: &[Checked], receipts: &[(u64, String)]) {
    assert_whole(rows);
    for (seq, hash) in receipts {
        let row = rows.get(usize::try_from(*seq).unwrap() - 1);
        assert_eq!(row.map(|row| row.stored.hash.to_hex()).as_ref(), Some(hash), "receipt {seq} is lost");
    }
}

#[test]
fn what_was_answered_and_not_stored_is_in_the_file_and_goes_on_after_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let journal = slow(dir.path());
    let mut receipts = append(&journal, 0..20);
    assert_eq!(journal.status().queue, 20);
    let left = left(dir.path());
    hold(&of_file(left.path()), &receipts);
    let opened = Journal::open(left.path(), keys(), Time::new().options()).unwrap();
    assert_eq!(opened.what, What::Existing { seq: 22 });
    assert_eq!(opened.journal.status().queue, 0);
    receipts.extend(append(&opened.journal, 20..25));
    hold(&rows(&opened.journal), &receipts);
    opened.journal.close();
    hold(&of_file(left.path()), &receipts);
}

#[test]
fn both_files_are_read_in_the_order_of_the_chain() {
    let dir = tempfile::tempdir().unwrap();
    let journal = slow(dir.path());
    let mut receipts = append(&journal, 0..5);
    // Stored: the intake turns to its other file, over what the first one holds of earlier.
    hold(&rows(&journal), &receipts);
    receipts.extend(append(&journal, 5..9));
    hold(&of_file(left(dir.path()).path()), &receipts);
    hold(&rows(&journal), &receipts);
    receipts.extend(append(&journal, 9..10));
    let left = left(dir.path());
    hold(&of_file(left.path()), &receipts);
    let opened = Journal::open(left.path(), keys(), Time::new().options()).unwrap();
    hold(&rows(&opened.journal), &receipts);
}

#[test]
fn records_are_found_before_they_are_stored() {
    let dir = tempfile::tempdir().unwrap();
    let journal = slow(dir.path());
    append(&journal, 0..3);
    let [by_call, by_seq] =
        [journal.by_call("session", "call-1"), journal.by_seq(4)].map(|found| found.unwrap().unwrap());
    assert_eq!(by_call, by_seq);
    let code = call(1).decision.unwrap().code;
    assert_eq!(journal.by_code(code).unwrap().as_ref(), Some(&by_call));
    assert_eq!(journal.status().queue, 3);
    assert_eq!(rows(&journal)[3].stored, by_call);
    assert_eq!(journal.by_call("session", "call-1").unwrap(), Some(by_call));
}

#[test]
fn a_long_record_goes_straight_to_the_database_after_those_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let journal = slow(dir.path());
    let mut receipts = append(&journal, 0..3);
    let long = draft(&call(3), Some(&"x".repeat(100_000)));
    let receipt = journal.append(long, false).unwrap();
    receipts.push((receipt.seq, receipt.hash.to_hex()));
    assert_eq!(journal.status().queue, 0);
    receipts.extend(append(&journal, 4..6));
    hold(&of_file(left(dir.path()).path()), &receipts);
}

#[test]
fn more_than_the_intake_holds_is_stored_in_between() {
    let dir = tempfile::tempdir().unwrap();
    let journal = slow(dir.path());
    let receipts = append(&journal, 0..3000);
    assert!(journal.status().queue < 2000, "{:?}", journal.status());
    hold(&of_file(left(dir.path()).path()), &receipts);
}

#[test]
fn a_changed_byte_in_the_intake_ends_it_there_and_the_chain_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let journal = slow(dir.path());
    let receipts = append(&journal, 0..4);
    let left = left(dir.path());
    let path = left.path().join("current/intake-0");
    let whole = fs::read(&path).unwrap();
    let end = whole.iter().rposition(|byte| *byte != 0).unwrap();
    for at in (0..end).step_by(41).chain([0, 16, 17, 18, 19, 20, 27, 28, end]) {
        for change in [1, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            fs::write(&path, &bytes).unwrap();
            let found = of_file(left.path());
            assert_whole(&found);
            assert!(found.len() < 6, "a changed byte at {at} went unseen");
            hold(&found, &receipts[..found.len() - 2]);
        }
    }
    for length in [0, 10, 16, 19, 25, 100, end] {
        fs::write(&path, &whole[..length]).unwrap();
        assert_whole(&of_file(left.path()));
    }
    // The last state: the fourth record is cut, and that is told.
    let opened = Journal::open(left.path(), keys(), Time::new().options()).unwrap();
    assert_eq!(opened.what, What::Existing { seq: 5 });
    append(&opened.journal, 9..12);
    let rows = rows(&opened.journal);
    assert_whole(&rows);
    assert!(matches!(detail(&rows[5]), Some(Detail::Lost { count: 1, .. })), "{:?}", detail(&rows[5]));
}

#[test]
fn an_intake_of_another_chain_or_of_anything_else_is_passed_over() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (journal, foreign) = (slow(dir.path()), slow(other.path()));
    append(&journal, 0..3);
    append(&foreign, 0..9);
    for bytes in [fs::read(other.path().join("current/intake-0")).unwrap(), vec![0xff; 3000], Vec::new()] {
        let left = left(dir.path());
        fs::write(left.path().join("current/intake-0"), bytes).unwrap();
        let opened = Journal::open(left.path(), keys(), Time::new().options()).unwrap();
        assert_eq!(opened.what, What::Existing { seq: 2 });
        append(&opened.journal, 0..3);
        assert_whole(&rows(&opened.journal));
    }
}
