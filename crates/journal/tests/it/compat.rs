//! A journal that an earlier version wrote: `tests/compat/journal-1/`, made once, with keys that guard nothing.

use crate::setup::{Time, assert_whole, call, detail, draft, keys, rows};
use protocol::record::{ChainReason, Detail};
use std::fs;
use std::path::{Path, PathBuf};
use taffrail_journal::{Journal, What};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compat/journal-1")
}

#[test]
#[ignore = "made the files once; it refuses to make them again"]
fn write_the_files_of_version_1() {
    assert!(!fixture().exists(), "never regenerated");
    let journal = Journal::open(&fixture(), keys(), Time::new().options()).unwrap().journal;
    for number in 0..5 {
        journal.append(draft(&call(number), Some("{\"v\":1,\"parts\":[]}")), false).unwrap();
    }
    journal.close();
    drop(journal);
    for name in ["lock", "current/journal.db-wal", "current/journal.db-shm"] {
        if let Err(error) = fs::remove_file(fixture().join(name)) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
    }
}

#[test]
fn a_journal_of_version_1_is_read_and_continued() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("current")).unwrap();
    for name in ["journal.mark", "current/journal.db"] {
        fs::copy(fixture().join(name), dir.path().join(name)).unwrap();
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
    let hash = "09a0c0f8897bd008e10137ec763ecd034ed24d6e1cfdecadcfc94fcf78b6fcbb";
    assert_eq!(read[7].stored.hash.to_hex(), hash);
    let receipt = opened.journal.append(draft(&call(9), None), true).unwrap();
    assert_eq!(receipt.seq, 9);
    assert_whole(&rows(&opened.journal));
}
