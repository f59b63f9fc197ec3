//! The daemon is killed over and over while calls go on: what was answered must be on record, and the chain whole.

use super::Scale;
use super::record::{Bound, Figures};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use test_support::{Daemon, Home, Wire};

pub(super) const BOUNDS: &[(&str, Bound)] = &[
    ("lost", Bound::exactly(0.0)),
    ("verify_exit", Bound::exactly(0.0)),
    ("kills", Bound::at_least(500.0)),
    ("answered", Bound::at_least(5_000.0)),
    ("slowest_start_ms", Bound::at_most(2_000.0)),
];

const CALLERS: usize = 8;

pub(super) fn run(home: &Home, scale: Scale) -> Result<Figures> {
    let kills: u32 = if scale == Scale::Whole { 500 } else { 10 };
    let over = AtomicBool::new(false);
    let mut slowest = Duration::ZERO;
    let answered = std::thread::scope(|scope| -> Result<Vec<String>> {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn({
                    let over = &over;
                    move || call(home, caller, over)
                })
            })
            .collect();
        let killed = (0..kills).try_for_each(|number| -> Result<()> {
            let begin = Instant::now();
            let daemon = Daemon::start(home)?;
            slowest = slowest.max(begin.elapsed());
            // 5 to 104 ms, spread by a step that has no divisor with 100: early, late, in the middle of a commit.
            std::thread::sleep(Duration::from_millis(5 + u64::from(number) * 37 % 100));
            daemon.kill()
        });
        over.store(true, Ordering::Relaxed);
        let mut answered = Vec::new();
        for caller in callers {
            match caller.join() {
                Ok(calls) => answered.extend(calls?),
                Err(_) => bail!("a caller panicked"),
            }
        }
        killed.map(|()| answered)
    })?;
    let daemon = Daemon::start(home)?;
    let recorded = recorded(home)?;
    let verify = home.taffrail(["verify"])?;
    daemon.stop()?;
    let lost = answered.iter().filter(|call| !recorded.contains(*call)).count();
    let number = |count: usize| -> Result<f64> { Ok(f64::from(u32::try_from(count)?)) };
    Ok(Figures::from([
        ("kills".into(), f64::from(kills)),
        ("answered".into(), number(answered.len())?),
        ("lost".into(), number(lost)?),
        ("verify_exit".into(), f64::from(verify.exit.unwrap_or(-1))),
        ("slowest_start_ms".into(), slowest.as_secs_f64() * 1000.0),
    ]))
}

/// Calls until it is over, and gives the ids of the calls that were answered whole.
fn call(home: &Home, caller: usize, over: &AtomicBool) -> Result<Vec<String>> {
    let mut answered = Vec::new();
    for number in 0u64.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("soak-{caller}-{number}");
        let payload = json!({
            "session_id": format!("soak-{caller}"), "cwd": home.work(), "permission_mode": "default",
            "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": { "command": format!("echo {id}") },
            "tool_use_id": id,
        });
        match Wire::call(home, "claude-code", "PreToolUse", payload.to_string().as_bytes()) {
            Ok(answer) if answer.exit == Some(0) => answered.push(id),
            Ok(answer) => bail!("a call was answered with {:?}: {}", answer.exit, answer.errors()),
            // Killed under the call, or not up again yet: it was not answered.
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    Ok(answered)
}

/// The ids of all calls on record.
fn recorded(home: &Home) -> Result<HashSet<String>> {
    let log = home.taffrail(["log", "--json"])?;
    if log.exit != Some(0) {
        bail!("taffrail log: exit {:?}: {}", log.exit, log.errors());
    }
    let mut calls = HashSet::new();
    for line in log.text().lines() {
        let record: Value = serde_json::from_str(line).with_context(|| format!("read a record: {line}"))?;
        if let Some(call) = record.pointer("/correlation/call").and_then(Value::as_str) {
            calls.insert(call.to_owned());
        }
    }
    Ok(calls)
}
