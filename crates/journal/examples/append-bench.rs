//! What one append costs: `cargo run --release --example append-bench -p taffrail-journal [-- SECONDS]`.
//!
//! Prints p50, p99 and p99.9 of `Journal::append` in microseconds: one caller at full speed, eight callers at full speed,
//! and eight callers that together append 500 records a second, while syncs and checkpoints go on. The records are of the
//! size that calls have: an envelope of about 1.4 kB and 600 bytes of content. At the end, the processor time of one
//! append without any waiting, which says more than the clock does on a machine that has other things to do.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]
#![expect(clippy::disallowed_methods, reason = "a program of its own: no clock is handed to it")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use taffrail_journal::{Draft, Journal, Keys, Options};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seconds = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(5);
    let length = Duration::from_secs(seconds);
    let dir = tempfile::tempdir_in(".")?;
    println!("microseconds        appends      p50      p99    p99.9      max");
    for (name, threads, per_second) in [("1 caller", 1, None), ("8 callers", 8, None), ("8 at 500/s", 8, Some(500))] {
        let mut times = measure(&dir.path().join(name), threads, per_second, length)?;
        times.sort_unstable();
        let at = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a rank"
            )]
            let rank = (times.len() as f64 * share) as usize;
            times.get(rank.min(times.len().saturating_sub(1))).map_or(0.0, |t| t.as_secs_f64() * 1e6)
        };
        println!(
            "{name:<16} {:>10} {:>8.1} {:>8.1} {:>8.1} {:>8.1}",
            times.len(),
            at(0.5),
            at(0.99),
            at(0.999),
            at(1.0)
        );
    }
    println!("processor time   {:>10} {:>8.1}", "", processor_time(&dir.path().join("processor"))?);
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        for line in status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("RssAnon")) {
            println!("{line}");
        }
    }
    Ok(())
}

/// Microseconds on a processor per append, of one caller; `/proc/thread-self/schedstat` begins with nanoseconds.
fn processor_time(dir: &Path) -> Result<f64, Box<dyn std::error::Error>> {
    const COUNT: u32 = 5000;
    let journal = open(dir)?;
    let drafts: Vec<Draft> = (0..u64::from(COUNT)).map(|turn| draft(9, turn)).collect::<Result<_, _>>()?;
    let spent = || -> Result<f64, Box<dyn std::error::Error>> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
        Ok(text.split(' ').next().unwrap_or_default().parse::<f64>()? / 1000.0)
    };
    let begun = spent()?;
    for draft in drafts {
        journal.append(draft, false)?;
    }
    Ok((spent()? - begun) / f64::from(COUNT))
}

fn open(dir: &Path) -> Result<Journal, taffrail_journal::Error> {
    let clock = Arc::new(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    });
    Ok(Journal::open(dir, Keys::new([1; 32], [2; 32]), Options::new(clock))?.journal)
}

fn measure(
    dir: &Path,
    threads: u64,
    per_second: Option<u64>,
    length: Duration,
) -> Result<Vec<Duration>, Box<dyn std::error::Error>> {
    let journal = open(dir)?;
    let end = Instant::now() + length;
    let times = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn({
                    let journal = &journal;
                    move || caller(journal, thread, threads, per_second, end)
                })
            })
            .collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap_or_default()).collect()
    });
    Ok(times)
}

fn caller(journal: &Journal, thread: u64, threads: u64, per_second: Option<u64>, end: Instant) -> Vec<Duration> {
    let pause = per_second.map(|rate| Duration::from_micros(1_000_000 * threads / rate));
    let mut next = Instant::now()
        + pause.unwrap_or_default() / u32::try_from(threads).unwrap_or(1) * u32::try_from(thread).unwrap_or(0);
    let mut times = Vec::new();
    let mut turn = 0;
    while Instant::now() < end {
        if let Some(pause) = pause {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            next += pause;
        }
        let draft = match draft(thread, turn) {
            Ok(draft) => draft,
            Err(error) => {
                println!("{error}");
                break;
            }
        };
        turn += 1;
        let begun = Instant::now();
        let done = journal.append(draft, false);
        times.push(begun.elapsed());
        if let Err(error) = done {
            println!("{error}");
            break;
        }
    }
    times
}

/// A call's record as the engine makes them, with numbers that differ from record to record.
fn draft(thread: u64, turn: u64) -> Result<Draft, serde_json::Error> {
    let unlike = turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ thread.wrapping_mul(0xd134_2543_de82_ef95);
    let id = format!(
        "0192f0c1-{:04x}-7{:03x}-8{:03x}-{:012x}",
        thread,
        turn & 0xfff,
        (unlike >> 48) & 0xfff,
        unlike & 0xffff_ffff_ffff
    );
    let envelope = serde_json::json!({
        "v": 1, "id": id, "at": "2026-11-24T06:15:02.381000Z", "kind": "call", "origin": "hook", "event": "PreToolUse", "phase": "before",
        "agent": {"product": "claude-code", "version": "2.0.1", "instance": {"pid": 40_000 + thread, "started": unlike >> 40},
            "ancestry": [{"pid": 4000, "name": "node"}, {"pid": 3000, "name": "zsh"}, {"pid": 2000, "name": "tmux"}]},
        "trigger": {"uid": 1000, "user": "dana", "kind": "human", "asserted": true},
        "step": {"tool": "Bash", "input": "input"},
        "credential": {"missing": "the command uses none"},
        "correlation": {"workflow": format!("s-{thread:x}"), "session": format!("5f1c7d9e-0000-4000-8000-{thread:012x}"), "call": format!("toolu_{unlike:016x}")},
        "rationale": {"missing": "the event has none"},
        "effects": [{"at": {"known": "here"}, "as": {"known": "caller"}, "certain": "will", "span": {"start": 0, "end": 24},
            "effect": "delete", "target": {"path": {"known": format!("/home/dana/project/build/{unlike:x}")}, "class": ["workspace"], "exists": {"known": true}}, "recursive": true, "forced": true, "filtered": false}],
        "parts": [{"name": "input", "level": "redacted", "length": 24, "digest": format!("{unlike:064x}")}],
        "policy": "baseline 1", "decided_us": 41
    });
    let content = format!(
        r#"{{"v":1,"parts":[{{"name":"input","salt":"{unlike:032x}","text":"{}"}}]}}"#,
        "rm -rf build/out && make all # ".repeat(16)
    );
    let envelope = serde_json::from_value(envelope)?;
    Draft::new(&envelope, Some(content.into_bytes()))
}
