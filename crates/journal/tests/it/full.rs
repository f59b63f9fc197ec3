//! A disk that is full: refused, counted, told of, and over as soon as there is room.

use crate::setup::{Time, assert_whole, call, detail, draft, keys, noise, rows};
use protocol::record::Detail;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use taffrail_journal::{Checked, Journal, NotRecorded, Rows, What, mark};

const CHILD: &str = "JOURNAL_FULL_CHILD";

/// Runs in a mount namespace of its own, as root of it, on a file system of 8 MiB.
#[test]
fn a_full_disk_refuses_counts_and_recovers() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return on_a_small_disk(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let me = std::env::current_exe().unwrap();
    let script = "mount -t tmpfs -o size=8m none \"$0\" && exec \"$1\" --exact full::a_full_disk_refuses_counts_and_recovers --nocapture";
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", script])
        .arg(dir.path())
        .arg(me)
        .env(CHILD, dir.path())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
}

fn on_a_small_disk(dir: &Path) {
    let home = dir.join("journal");
    let journal = Journal::open(&home, keys(), Time::new().options()).unwrap().journal;
    let (mut written, mut refused) = (0u64, 0u64);
    // Something else fills half of the disk, the journal the rest.
    let ballast = dir.join("ballast");
    std::fs::write(&ballast, vec![1; 4 << 20]).unwrap();
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
    std::fs::remove_file(&ballast).unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    while journal.status().lost > 0 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(journal.status().lost, 0, "not told within 5 s");
    journal.append(draft(&call(1), None), true).unwrap();
    let all = rows(&journal);
    assert_whole(&all);
    let lost = |rows: &[Checked]| -> u64 {
        rows.iter()
            .filter_map(detail)
            .filter_map(|d| if let Detail::Lost { count, .. } = d { Some(count) } else { None })
            .sum()
    };
    assert_eq!(lost(&all), refused);
    // Full again, and then the process goes away before there is room: the mark has kept the count.
    std::fs::write(&ballast, vec![1; 8 << 20]).unwrap_err();
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
