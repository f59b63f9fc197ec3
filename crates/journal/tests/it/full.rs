//! A disk that is full: refused, counted, told of, and over as soon as there is room.

use crate::setup::{Time, assert_whole, call, detail, draft, keys, noise, rows};
use protocol::record::Detail;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use taffrail_journal::{Checked, Journal, NotRecorded, Rows, What, mark};

const CHILD: &str = "JOURNAL_FULL_CHILD";

#[test]
fn a_full_disk_refuses_counts_and_recovers() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return on_a_small_disk(Path::new(&dir));
    }
    again_on_a_small_disk("full::a_full_disk_refuses_counts_and_recovers");
}

#[test]
fn what_is_pending_on_a_full_disk_is_read_costs_nothing_and_goes_on_after_a_restart() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return pending_on_a_small_disk(Path::new(&dir));
    }
    again_on_a_small_disk("full::what_is_pending_on_a_full_disk_is_read_costs_nothing_and_goes_on_after_a_restart");
}

/// Runs a test in a mount namespace of its own, as root of it, on a file system of 16 MiB.
fn again_on_a_small_disk(test: &str) {
    let dir = tempfile::tempdir().unwrap();
    let me = std::env::current_exe().unwrap();
    let script = "mount -t tmpfs -o size=16m none \"$0\" && exec \"$1\" --exact \"$2\" --nocapture";
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", script])
        .arg(dir.path())
        .arg(me)
        .arg(test)
        .env(CHILD, dir.path())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
}

/// Clock ticks (10 ms) that this process has used.
fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum()
}

fn pending_on_a_small_disk(dir: &Path) {
    let home = dir.join("journal");
    let mut options = Time::new().options();
    options.sync_every = Duration::from_hours(1);
    let journal = Journal::open(&home, keys(), options.clone()).unwrap().journal;
    let mut receipts = Vec::new();
    let append = |journal: &Journal, number| journal.append(draft(&call(number), None), false);
    // The intake has its blocks, in both files, and the second thread is through with all of it.
    for number in 0..2000 {
        receipts.push(append(&journal, number).unwrap());
    }
    assert!(journal.sync());
    rows(&journal);
    let ballast = dir.join("ballast");
    let (mut number, mut refused) = (2000, 0);
    // Where the second thread just stored all of it when the disk filled up, nothing is pending: once more.
    for _ in 0..20 {
        let mut file = std::fs::File::create(&ballast).unwrap();
        while std::io::Write::write(&mut file, &[1; 4096]).is_ok_and(|written| written > 0) {}
        let enough = refused + 20;
        while refused < enough && number < 100_000 {
            match append(&journal, number) {
                Ok(receipt) => receipts.push(receipt),
                Err(_) => refused += 1,
            }
            number += 1;
        }
        if journal.status().queue > 0 {
            break;
        }
        std::fs::remove_file(&ballast).unwrap();
        assert!(journal.sync());
    }
    assert!(journal.status().queue > 0, "{:?}", journal.status());
    let before = ticks();
    std::thread::sleep(Duration::from_secs(1));
    let used = ticks() - before;
    assert!(used < 30, "{used} ticks in a second in which there was nothing to do");
    let hold = |rows: &[Checked]| {
        assert_whole(rows);
        for receipt in &receipts {
            let row = rows.get(usize::try_from(receipt.seq).unwrap() - 1);
            assert_eq!(row.map(|row| row.stored.hash), Some(receipt.hash), "receipt {} is lost", receipt.seq);
        }
    };
    let replayed = |journal: &Journal| journal.records_since(0, &mut |_| ()).unwrap();
    hold(&rows(&journal));
    assert_eq!(replayed(&journal).records, rows(&journal).len() as u64);
    // A daemon that starts now reads its memory.
    drop(journal);
    let opened = Journal::open(&home, keys(), options).unwrap();
    assert!(matches!(opened.what, What::Existing { .. }), "{:?}", opened.what);
    hold(&rows(&opened.journal));
    assert!(replayed(&opened.journal).records >= receipts.len() as u64);
    std::fs::remove_file(&ballast).unwrap();
    // Whoever asks right after an attempt that failed is still refused at once, and not for long.
    let begun = Instant::now();
    while opened.journal.append(draft(&call(1), None), true).is_err() {
        refused += 1;
        assert!(begun.elapsed() < Duration::from_secs(1), "there is room, and it is still refused");
        std::thread::sleep(Duration::from_millis(5));
    }
    let all = rows(&opened.journal);
    hold(&all);
    assert_eq!(lost(&all), refused);
}

fn lost(rows: &[Checked]) -> u64 {
    rows.iter()
        .filter_map(detail)
        .filter_map(|d| if let Detail::Lost { count, .. } = d { Some(count) } else { None })
        .sum()
}

fn on_a_small_disk(dir: &Path) {
    let home = dir.join("journal");
    let journal = Journal::open(&home, keys(), Time::new().options()).unwrap().journal;
    let (mut written, mut refused) = (0u64, 0u64);
    // Something else fills most of the disk, the journal the rest. What it frees is more than the journal has pending.
    let ballast = dir.join("ballast");
    std::fs::write(&ballast, vec![1; 12 << 20]).unwrap();
    let mut slowest = Duration::ZERO;
    for number in 0..50_000 {
        let draft = draft(&call(number), Some(&noise(number, 400)));
        let begun = Instant::now();
        match journal.append(draft, false) {
            Ok(_) => written += 1,
            Err(why) => {
                assert!(matches!(why, NotRecorded::Full | NotRecorded::Disk), "{why}");
                refused += 1;
            }
        }
        slowest = slowest.max(begun.elapsed());
        if refused == 500 {
            break;
        }
    }
    assert!(written > 100, "only {written} records fitted");
    assert_eq!(refused, 500);
    assert!(slowest < Duration::from_secs(1), "an append took {slowest:?}");
    // There is room again: it is noticed and told without anybody appending.
    let room = || {
        std::fs::remove_file(&ballast).unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        while journal.status().lost > 0 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(journal.status().lost, 0, "not told within 5 s");
    };
    room();
    journal.append(draft(&call(1), None), true).unwrap();
    let all = rows(&journal);
    assert_whole(&all);
    assert_eq!(lost(&all), refused);
    // Also where the second thread had nothing left to do and was asleep when the disk filled up.
    std::thread::sleep(Duration::from_millis(2500));
    std::fs::write(&ballast, vec![1; 16 << 20]).unwrap_err();
    while refused < 501 {
        refused += u64::from(journal.append(draft(&call(2), Some(&"x".repeat(100))), false).is_err());
    }
    room();
    assert_eq!(lost(&rows(&journal)), refused);
    // Full again, and then the process goes away before there is room: the mark has kept the count.
    std::fs::write(&ballast, vec![1; 16 << 20]).unwrap_err();
    while refused < 510 {
        refused += u64::from(journal.append(draft(&call(2), Some(&"x".repeat(100))), false).is_err());
    }
    drop(journal);
    // At the end, each is told of in a record or still counted in the mark.
    let told: Vec<_> =
        Rows::of_file(&home.join("current").join("journal.db"), &keys()).unwrap().map(Result::unwrap).collect();
    let marked = mark::read(&home.join("journal.mark")).unwrap().unwrap().lost;
    assert_eq!(lost(&told) + marked, refused);
    std::fs::remove_file(&ballast).unwrap();
    let opened = Journal::open(&home, keys(), Time::new().options()).unwrap();
    assert!(matches!(opened.what, What::Existing { .. }), "{:?}", opened.what);
    opened.journal.append(draft(&call(3), None), false).unwrap();
    let all = rows(&opened.journal);
    assert_whole(&all);
    assert_eq!(lost(&all), refused);
}
