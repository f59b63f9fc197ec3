//! Killed while appending: what was answered is there.

use crate::setup::{Time, assert_whole, call, draft, keys, rows};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use taffrail_journal::{Journal, What};

/// Where the child finds its journal. Without it, the child's test is an ordinary one.
const CHILD: &str = "JOURNAL_CRASH_CHILD";

/// The child: eight threads that append and print each receipt after they got it.
#[test]
fn a_child_that_appends_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD) else {
        // Not started as a child: one round of the same work, that ends.
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(append_and_print(dir.path(), 10), 80);
        return;
    };
    append_and_print(Path::new(&dir), u64::MAX);
}

fn append_and_print(dir: &Path, turns: u64) -> usize {
    let journal = Journal::open(dir, keys(), Time::new().options()).unwrap().journal;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let journal = &journal;
                scope.spawn(move || {
                    let mut done = 0;
                    for turn in 0..turns {
                        let envelope = call(thread << 32 | turn);
                        let receipt = journal.append(draft(&envelope, Some("{\"some\":\"content\"}")), turn % 50 == 7);
                        let receipt = receipt.unwrap();
                        let mut out = std::io::stdout().lock();
                        let line = format!("receipt {} {} {}\n", receipt.seq, receipt.hash, receipt.synced);
                        out.write_all(line.as_bytes()).and_then(|()| out.flush()).unwrap();
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

#[test]
fn ten_kills_in_the_middle_of_appends_lose_no_receipt() {
    let count = 10;
    let dir = tempfile::tempdir().unwrap();
    let mut receipts: BTreeMap<u64, String> = BTreeMap::new();
    for kill in 0..count {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::a_child_that_appends_until_it_is_killed", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        // Kill at another moment each time: after some receipts and some microseconds.
        while let Some(Ok(line)) = lines.next() {
            seen += note(&line, &mut receipts);
            if seen > kill % 7 * 20 {
                break;
            }
        }
        assert!(seen > 0, "the child never got a receipt");
        std::thread::sleep(Duration::from_micros(kill * 7919 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it printed before it died, the last line perhaps torn.
        for line in lines.map_while(Result::ok) {
            note(&line, &mut receipts);
        }
        let opened = Journal::open(dir.path(), keys(), Time::new().options()).unwrap();
        assert!(matches!(opened.what, What::Existing { .. }), "{:?}", opened.what);
        if (kill + 1) % (count / 5) == 0 {
            let rows = rows(&opened.journal);
            assert_whole(&rows);
            for (seq, hash) in &receipts {
                let row = rows.get(usize::try_from(*seq).unwrap() - 1);
                assert_eq!(row.map(|row| row.stored.hash.to_hex()).as_ref(), Some(hash), "receipt {seq} is lost");
            }
        }
    }
    assert!(receipts.len() as u64 > count * 20, "only {} receipts", receipts.len());
}

/// Takes note of a whole receipt line.
fn note(line: &str, receipts: &mut BTreeMap<u64, String>) -> u64 {
    let words: Vec<&str> = line.split(' ').collect();
    let ["receipt", seq, hash, "true" | "false"] = words.as_slice() else { return 0 };
    if hash.len() != 64 {
        return 0;
    }
    let before = receipts.insert(seq.parse().unwrap(), (*hash).to_owned());
    assert_eq!(before, None, "seq {seq} was given twice");
    1
}
