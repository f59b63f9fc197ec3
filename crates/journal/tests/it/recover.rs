//! What the intake's files can be when a journal is opened: cut, changed, of different moments, no files at all.

use crate::intake::{append, hold, left, of_file, slow};
use crate::setup::{Time, assert_whole, call, draft, keys, rows};
use protocol::record::Detail;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use taffrail_journal::{Checked, Draft, Index, Journal, Opened, What};
use tempfile::TempDir;

fn open(dir: &Path) -> Opened {
    Journal::open(dir, keys(), Time::new().options()).unwrap()
}

/// The calls in these rows, by number, and how many records are told as lost.
fn calls(rows: &[Checked]) -> (Vec<u64>, u64) {
    let (mut numbers, mut lost) = (Vec::new(), 0);
    for row in rows {
        let envelope = row.stored.record().unwrap().unwrap().envelope;
        if let Some(call) = envelope.correlation.present().and_then(|of| of.call.as_deref()) {
            numbers.push(call.strip_prefix("call-").unwrap().parse().unwrap());
        }
        if let Some(Detail::Lost { count, .. }) = envelope.detail {
            lost += count;
        }
    }
    (numbers, lost)
}

/// Where each frame's sealed bytes begin, and where the last one ends.
fn frames(bytes: &[u8]) -> Vec<usize> {
    let mut at = 16;
    let mut found = Vec::new();
    loop {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        if length == 0 {
            return found;
        }
        found.push(at + 12);
        at += 4 + usize::try_from(length).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_a_link_or_a_folder_in_place_of_the_intake_neither_holds_up_nor_leads_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let journal = slow(dir.path());
    append(&journal, 0..3);
    let victim = dir.path().join("victim");
    fs::write(&victim, b"precious bytes of somebody else").unwrap();
    for kind in ["pipe", "link", "dangling", "folder"] {
        let left = left(dir.path());
        let path = left.path().join("current/intake-0");
        fs::remove_file(&path).unwrap();
        match kind {
            "pipe" => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
            "link" => std::os::unix::fs::symlink(&victim, &path).unwrap(),
            "dangling" => std::os::unix::fs::symlink(dir.path().join("made"), &path).unwrap(),
            _ => fs::create_dir(&path).unwrap(),
        }
        assert_whole(&of_file(left.path()));
        let opened = open(left.path());
        assert_eq!(opened.what, What::Existing { seq: 2 });
        append(&opened.journal, 5..7);
        let all = rows(&opened.journal);
        assert_whole(&all);
        assert_eq!(calls(&all), (vec![5, 6], 1), "{kind}");
        opened.journal.close();
        drop(opened);
        // Told once, and there is an intake again.
        assert!(path.symlink_metadata().unwrap().is_file(), "{kind}");
        assert_eq!(calls(&rows(&open(left.path()).journal)).1, 1, "{kind}");
    }
    assert_eq!(fs::read(&victim).unwrap(), b"precious bytes of somebody else");
    assert!(!dir.path().join("made").exists());
}

#[test]
fn a_record_that_is_damaged_in_the_intake_takes_no_other_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let journal = slow(dir.path());
    let receipts = append(&journal, 0..6);
    for (damaged, kept) in [(vec![0], 0), (vec![2], 2), (vec![1, 2], 1), (vec![5], 5), (vec![0, 3, 5], 0)] {
        let left = left(dir.path());
        let path = left.path().join("current/intake-0");
        let mut bytes = fs::read(&path).unwrap();
        let at = frames(&bytes);
        assert_eq!(at.len(), 6);
        for frame in &damaged {
            bytes[at[*frame] + 60] ^= 1;
        }
        fs::write(&path, &bytes).unwrap();
        let found = of_file(left.path());
        assert_eq!(found.len(), 2 + kept, "{damaged:?}");
        hold(&found, &receipts[..kept]);
        let opened = open(left.path());
        for all in [rows(&opened.journal), {
            opened.journal.close();
            rows(&open_again(left.path(), opened))
        }] {
            assert_whole(&all);
            let expected: Vec<u64> =
                (0..6).filter(|number| !damaged.contains(&usize::try_from(*number).unwrap())).collect();
            assert_eq!(calls(&all), (expected, damaged.len() as u64), "{damaged:?}");
        }
    }
}

fn open_again(dir: &Path, opened: Opened) -> Journal {
    drop(opened);
    open(dir).journal
}

/// The first file as it was some records ago, the second as it is now: how a reader may meet them while a daemon is at
/// work, and how a power cut may leave them.
#[test]
fn two_files_of_different_moments_are_read_up_to_the_gap_and_what_comes_after_it_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let journal = slow(dir.path());
    let receipts = append(&journal, 0..3);
    let left = left(dir.path());
    append(&journal, 3..5);
    rows(&journal);
    append(&journal, 5..8);
    fs::copy(dir.path().join("current/intake-1"), left.path().join("current/intake-1")).unwrap();
    let found = of_file(left.path());
    assert_eq!(found.len(), 5);
    hold(&found, &receipts);
    let opened = open(left.path());
    let all = rows(&opened.journal);
    hold(&all, &receipts);
    assert_eq!(calls(&all), (vec![0, 1, 2, 5, 6, 7], 2));
}

#[test]
fn a_record_that_is_no_envelope_survives_the_process_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    let journal = slow(dir.path());
    let mut receipts = append(&journal, 0..2);
    let odd = Draft { envelope: b"\"of a later version\"".to_vec(), content: None, index: Index::of(&call(2)) };
    let receipt = journal.append(odd, false).unwrap();
    receipts.push((receipt.seq, receipt.hash.to_hex()));
    receipts.extend(append(&journal, 3..5));
    let left = left(dir.path());
    hold(&of_file(left.path()), &receipts);
    hold(&rows(&open(left.path()).journal), &receipts);
}

#[test]
fn a_record_can_be_asked_for_at_any_moment_also_while_it_is_being_stored() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Time::new().options();
    options.sync_every = Duration::from_millis(1);
    let journal = Journal::open(dir.path(), keys(), options).unwrap().journal;
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let journal = &journal;
            scope.spawn(move || {
                for number in thread * 10_000..thread * 10_000 + 1000 {
                    let envelope = call(number);
                    let seq = journal.append(draft(&envelope, None), false).unwrap().seq;
                    for _ in 0..3 {
                        assert_eq!(journal.by_seq(seq).unwrap().map(|found| found.seq), Some(seq));
                        let found = journal.by_call("session", &format!("call-{number}")).unwrap();
                        assert_eq!(found.map(|found| found.seq), Some(seq));
                    }
                    assert!(journal.by_code(envelope.decision.unwrap().code).unwrap().is_some());
                }
            });
        }
    });
}

/// A power cut may leave the database, its log and the two files of the intake as they were at any moment each.
#[test]
fn files_of_any_moments_make_a_whole_chain_that_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let journal = slow(dir.path());
    let mut moments: Vec<(TempDir, Vec<(u64, String)>)> = Vec::new();
    let (mut receipts, mut stored, mut number) = (Vec::new(), Vec::new(), 0);
    for (count, flush) in [(3, false), (2, true), (4, false), (3, true), (2, false)] {
        receipts.extend(append(&journal, number..number + count));
        number += count;
        if flush {
            rows(&journal);
            stored.clone_from(&receipts);
        }
        moments.push((left(dir.path()), stored.clone()));
    }
    let file = |moment: usize, name: &str| moments[moment].0.path().join(name);
    let check = |dir: &Path, stored: &[(u64, String)], what: &str| {
        hold(&of_file(dir), stored);
        let opened = open(dir);
        assert!(matches!(opened.what, What::Existing { .. }), "{what}: {:?}", opened.what);
        let all = rows(&opened.journal);
        hold(&all, stored);
        let (mut kept, _) = calls(&all);
        kept.sort_unstable();
        let count = kept.len();
        kept.dedup();
        assert_eq!(kept.len(), count, "{what}: a record is there twice");
        let more = append(&opened.journal, 1000..1002);
        opened.journal.close();
        drop(opened);
        hold(&rows(&open(dir).journal), &more);
    };
    for database in [0, 1, 3] {
        for (first, second) in (0..5).flat_map(|first| (0..5).map(move |second| (first, second))) {
            let to = tempfile::tempdir().unwrap();
            fs::create_dir(to.path().join("current")).unwrap();
            for (moment, name) in [
                (0, "journal.mark"),
                (database, "current/journal.db"),
                (database, "current/journal.db-wal"),
                (first, "current/intake-0"),
                (second, "current/intake-1"),
            ] {
                fs::copy(file(moment, name), to.path().join(name)).unwrap();
            }
            check(to.path(), &moments[database].1, &format!("{database} {first} {second}"));
        }
    }
    // The log cut anywhere, the intake as it is at the end.
    let log = fs::read(file(4, "current/journal.db-wal")).unwrap();
    for length in (0..log.len()).step_by(log.len() / 7) {
        let to = left(moments[4].0.path());
        fs::copy(file(0, "journal.mark"), to.path().join("journal.mark")).unwrap();
        fs::write(to.path().join("current/journal.db-wal"), &log[..length]).unwrap();
        check(to.path(), &[], &format!("log cut at {length}"));
    }
}
