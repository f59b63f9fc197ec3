//! Journals that earlier versions wrote, in `tests/compat/`, each made once, with keys that guard nothing.

use crate::setup::{Time, assert_whole, call, detail, draft, keys, rows};
use protocol::record::{ChainReason, Detail};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use taffrail_journal::{Journal, What};

/// Each folder, what it adds, and the hash of its last record.
const FIXTURES: [(&str, &str); 2] = [
    // Parts as they are and as plain frames.
    ("journal-1", "09a0c0f8897bd008e10137ec763ecd034ed24d6e1cfdecadcfc94fcf78b6fcbb"),
    // Frames made with the first dictionary.
    ("journal-1-dictionary", "09fc56f0aa36bba1b367c5cfafbdc1cfec72a78976ae1dbc39bd1d27efbcdb9c"),
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compat").join(name)
}

/// How the folders in `tests/compat` were made: with `WRITE_JOURNAL` set to one that is not there yet.
#[test]
fn a_folder_for_later_versions_can_be_written() {
    let held = tempfile::tempdir().unwrap();
    let fixture = std::env::var_os("WRITE_JOURNAL").map_or_else(|| held.path().join("journal"), PathBuf::from);
    assert!(!fixture.exists(), "never regenerated");
    let journal = Journal::open(&fixture, keys(), Time::new().options()).unwrap().journal;
    for number in 0..5 {
        journal.append(draft(&call(number), Some("{\"v\":1,\"parts\":[]}")), false).unwrap();
    }
    journal.close();
    drop(journal);
    for name in ["lock", "current/journal.db-wal", "current/journal.db-shm"] {
        if let Err(error) = fs::remove_file(fixture.join(name)) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
    }
}

/// The same with three calls that are taken in and not stored: how `journal-1-intake` was made, with `WRITE_INTAKE`.
#[test]
fn a_folder_with_an_intake_for_later_versions_can_be_written() {
    let held = tempfile::tempdir().unwrap();
    let fixture = std::env::var_os("WRITE_INTAKE").map_or_else(|| held.path().join("journal"), PathBuf::from);
    assert!(!fixture.exists(), "never regenerated");
    let dir = tempfile::tempdir().unwrap();
    let mut options = Time::new().options();
    options.sync_every = Duration::from_hours(1);
    let append = |journal: &Journal, numbers: std::ops::Range<u64>| {
        for number in numbers {
            journal.append(draft(&call(number), (number != 4).then_some("{\"v\":1,\"parts\":[]}")), false).unwrap();
        }
    };
    let journal = Journal::open(dir.path(), keys(), options.clone()).unwrap().journal;
    append(&journal, 0..2);
    drop(journal);
    let journal = Journal::open(dir.path(), keys(), options).unwrap().journal;
    append(&journal, 2..5);
    fs::create_dir_all(fixture.join("current")).unwrap();
    for name in ["journal.mark", "current/journal.db", "current/intake-0", "current/intake-1"] {
        fs::copy(dir.path().join(name), fixture.join(name)).unwrap();
    }
}

#[test]
fn an_intake_of_an_earlier_version_is_taken_up() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("current")).unwrap();
    for name in ["journal.mark", "current/journal.db", "current/intake-0", "current/intake-1"] {
        fs::copy(fixture("journal-1-intake").join(name), dir.path().join(name)).unwrap();
    }
    let opened = Journal::open(dir.path(), keys(), Time::new().options()).unwrap();
    assert_eq!(opened.what, What::Existing { seq: 8 });
    let read = rows(&opened.journal);
    assert_whole(&read);
    for (number, row) in (2..5).zip(&read[5..8]) {
        assert_eq!(row.stored.record().unwrap().unwrap().envelope, call(number));
        assert_eq!(row.stored.content.is_some(), number != 4);
    }
    assert_eq!(read[7].stored.hash.to_hex(), "704d32c3765c0dff74c734129e855424e0257492cc0ace8d6bbdeb20b73d02d2");
}

#[test]
fn journals_of_earlier_versions_are_read_and_continued() {
    for (name, hash) in FIXTURES {
        read_and_continue(name, hash);
    }
}

fn read_and_continue(fixture_name: &str, hash: &str) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("current")).unwrap();
    for name in ["journal.mark", "current/journal.db"] {
        fs::copy(fixture(fixture_name).join(name), dir.path().join(name)).unwrap();
    }
    let opened = Journal::open(dir.path(), keys(), Time::new().options()).unwrap();
    // The chain's start and its signature, five calls, and the signature at the end.
    assert_eq!(opened.what, What::Existing { seq: 8 });
    let read = rows(&opened.journal);
    assert_whole(&read);
    assert!(matches!(detail(&read[0]), Some(Detail::ChainStarted { reason: ChainReason::First, .. })));
    for (number, row) in (0..5).zip(&read[2..7]) {
        assert_eq!(row.stored.record().unwrap().unwrap().envelope, call(number));
        assert_eq!(row.stored.content.as_deref(), Some(b"{\"v\":1,\"parts\":[]}".as_slice()));
        assert_eq!(opened.journal.by_call("session", &format!("call-{number}")).unwrap().unwrap().seq, 3 + number);
    }
    assert_eq!(read[7].stored.hash.to_hex(), hash);
    let receipt = opened.journal.append(draft(&call(9), None), true).unwrap();
    assert_eq!(receipt.seq, 9);
    assert_whole(&rows(&opened.journal));
}
