//! Append, read back, open again.

use crate::setup::{START, Time, assert_whole, at, call, detail, draft, fresh, keys, open, rows};
use protocol::record::{ChainReason, Detail};
use protocol::{Code, Record};
use sha2::{Digest as _, Sha256};
use taffrail_journal::{Error, Journal, What};

#[test]
fn a_new_journal_starts_with_the_record_of_its_chain() {
    let dir = tempfile::tempdir().unwrap();
    let opened = open(dir.path());
    assert_eq!(opened.what, What::Fresh(ChainReason::First));
    let rows = rows(&opened.journal);
    assert_whole(&rows);
    assert!(
        matches!(detail(&rows[0]), Some(Detail::ChainStarted { reason: ChainReason::First, device_key }) if device_key.len() == 64)
    );
}

#[test]
fn what_was_appended_is_read_back_byte_for_byte_by_code_call_and_seq() {
    let (_dir, journal) = fresh();
    let envelope = call(7);
    let receipt = journal.append(draft(&envelope, Some("{\"v\":1}")), false).unwrap();
    journal.append(draft(&call(8), None), false).unwrap();
    let code = envelope.decision.as_ref().unwrap().code;
    for found in [journal.by_code(code), journal.by_call("session", "call-7"), journal.by_seq(receipt.seq)] {
        let stored = found.unwrap().unwrap();
        assert_eq!((stored.chain, stored.seq, stored.hash), (receipt.chain, receipt.seq, receipt.hash));
        assert_eq!(stored.envelope.as_deref(), Some(serde_json::to_vec(&envelope).unwrap().as_slice()));
        assert_eq!(stored.content.as_deref(), Some(b"{\"v\":1}".as_slice()));
        assert_eq!(stored.record().unwrap().unwrap().envelope, envelope);
    }
    assert_eq!(journal.by_code(Code::parse("ZZZZ").unwrap()).unwrap(), None);
    assert_eq!(journal.by_call("session", "call-9").unwrap(), None);
    assert_eq!(journal.by_call("other", "call-7").unwrap(), None);
    assert_eq!(journal.by_seq(99).unwrap(), None);
}

#[test]
fn a_code_means_the_newest_record_and_a_call_its_first() {
    let (_dir, journal) = fresh();
    let envelope = call(7);
    let first = journal.append(draft(&envelope, None), false).unwrap();
    let second = journal.append(draft(&envelope, None), false).unwrap();
    assert_eq!(journal.by_code(envelope.decision.unwrap().code).unwrap().unwrap().seq, second.seq);
    assert_eq!(journal.by_call("session", "call-7").unwrap().unwrap().seq, first.seq);
}

#[test]
fn a_journal_that_is_opened_again_goes_on_with_its_chain() {
    let dir = tempfile::tempdir().unwrap();
    let mut last = 0;
    for turn in 0..3 {
        let opened = open(dir.path());
        if turn > 0 {
            assert_eq!(opened.what, What::Existing { seq: last });
        }
        for number in 0..10 {
            opened.journal.append(draft(&call(number), Some("{}")), false).unwrap();
        }
        opened.journal.close();
        assert!(opened.journal.append(draft(&call(0), None), false).is_err(), "closed");
        last = opened.journal.last().1;
    }
    assert_whole(&rows(&open(dir.path()).journal));
}

#[test]
fn a_second_opener_is_told_that_the_journal_is_in_use() {
    let (dir, journal) = fresh();
    let second = Journal::open(dir.path(), keys(), Time::new().options());
    assert!(matches!(second, Err(Error::InUse { .. })), "{second:?}");
    assert!(second.unwrap_err().to_string().contains("another process has this journal open"));
    drop(journal);
    assert!(Journal::open(dir.path(), keys(), Time::new().options()).is_ok());
}

#[test]
fn eight_threads_make_one_chain_without_a_gap() {
    let (_dir, journal) = fresh();
    let mut receipts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let journal = &journal;
                scope.spawn(move || {
                    (0..100)
                        .map(|turn| journal.append(draft(&call(thread * 1000 + turn), Some("{}")), false).unwrap())
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    receipts.sort_by_key(|receipt| receipt.seq);
    let rows = rows(&journal);
    assert_whole(&rows);
    for receipt in &receipts {
        let row = &rows[usize::try_from(receipt.seq).unwrap() - 1].stored;
        assert_eq!((row.seq, row.hash), (receipt.seq, receipt.hash));
    }
    receipts.dedup_by_key(|receipt| receipt.seq);
    assert_eq!(receipts.len(), 800);
}

#[test]
fn an_append_that_waits_is_on_disk_when_it_returns() {
    let (_dir, journal) = fresh();
    let receipt = journal.append(draft(&call(1), None), true).unwrap();
    assert!(receipt.synced);
    assert!(journal.status().synced >= receipt.seq);
    let receipt = journal.append(draft(&call(2), None), false).unwrap();
    assert!(!receipt.synced);
    assert!(journal.sync());
    assert!(journal.status().synced >= receipt.seq);
}

#[test]
fn the_memory_gets_the_records_since_a_time_oldest_first_whatever_the_clock_did_in_between() {
    let (_dir, journal) = fresh();
    let now = START / 1000;
    // Old, old, then a stretch in which the clock was a day ahead, then a day behind, then right.
    let minutes = [-2000, -1900, -100, 1440, 1441, -50, -1440, -1439, -20, 0];
    for (number, minute) in (0..).zip(minutes) {
        let mut envelope = call(number);
        envelope.at = at(now + minute * 60_000);
        journal.append(draft(&envelope, None), false).unwrap();
    }
    let mut seen: Vec<Record> = Vec::new();
    let replayed = journal.records_since(now - 120 * 60_000, &mut |record| seen.push(record)).unwrap();
    let calls: Vec<_> = seen.iter().filter_map(|record| record.envelope.correlation.present()?.call.clone()).collect();
    assert_eq!(calls, ["call-2", "call-3", "call-4", "call-5", "call-8", "call-9"]);
    assert_eq!(replayed.records, seen.len() as u64);
    assert_eq!((replayed.evicted, replayed.damaged), (0, 0));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_what_is_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("journal");
    let journal = open(&dir).journal;
    journal.append(draft(&call(1), None), true).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("current")), 0o700);
    let mut files = 0;
    for folder in [dir.clone(), dir.join("current")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files += 1;
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        }
    }
    assert!(files >= 5, "lock, mark, database, log and its index");
}

#[test]
fn nothing_of_a_record_can_be_read_in_the_files() {
    let (dir, journal) = fresh();
    let mut envelope = call(1);
    envelope.event = Some("needle-in-the-envelope".to_owned());
    journal.append(draft(&envelope, Some("needle-in-the-content")), true).unwrap();
    journal.close();
    for entry in std::fs::read_dir(dir.path().join("current")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for needle in ["needle", "call-1", "PreToolUse"] {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle.as_bytes()), "{needle}");
        }
    }
}

#[test]
fn what_was_refused_before_a_restart_is_told_after_it_from_the_mark() {
    let (dir, journal) = fresh();
    journal.close();
    drop(journal);
    // The mark by the letter of its format, with seven lost records.
    let path = dir.path().join("journal.mark");
    let mark = taffrail_journal::mark::read(&path).unwrap().unwrap();
    let line =
        format!("taffrail-mark 1 {} {:020} {} {:020} {:020}", mark.chain.simple(), mark.seq, mark.hash.to_hex(), 7, 99);
    let check = hex::encode(&Sha256::digest(&line)[..8]);
    std::fs::write(&path, format!("{:<1024}", format!("{line} {check}\n"))).unwrap();
    let journal = open(dir.path()).journal;
    journal.append(draft(&call(1), None), true).unwrap();
    let told: Vec<_> =
        rows(&journal).iter().filter_map(detail).filter(|detail| matches!(detail, Detail::Lost { .. })).collect();
    assert_eq!(told, [Detail::Lost { count: 7, reason: "refused before a restart".to_owned() }]);
    assert_eq!(journal.status().lost, 0);
    journal.close();
    assert_eq!(taffrail_journal::mark::read(&path).unwrap().unwrap().lost, 0);
}

#[test]
fn the_rows_behind_a_record_go_on_from_its_hash() {
    let (_dir, journal) = fresh();
    for number in 0..600 {
        journal.append(draft(&call(number), None), false).unwrap();
    }
    let all = rows(&journal);
    for behind in [0, 1, 2, 255, 256, 257, all.len() - 1, all.len()] {
        let known = behind.checked_sub(1).map(|at| &all[at].stored);
        let (seq, hash) = known.map_or((0, chain::Digest::ZERO), |stored| (stored.seq, stored.hash));
        let read: Vec<_> = journal.rows_behind(seq, hash).unwrap().map(Result::unwrap).collect();
        assert_eq!(read, all[behind..], "behind {behind}");
    }
    assert_eq!(journal.rows_behind(u64::MAX, chain::Digest::ZERO).unwrap().count(), 0);
}
