//! The daemon is killed over and over while calls go on: what was answered must be on record, and the chain whole.

use super::Scale;
use super::record::{Bound, Figures};
use anyhow::{Context, Result, bail};
use protocol::Code;
use serde_json::json;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use test_support::{Daemon, Home, Wire};

pub(super) const BOUNDS: &[(&str, Bound)] = &[
    ("lost", Bound::exactly(0.0)),
    ("verify_exit", Bound::exactly(0.0)),
    ("kills", Bound::at_least(500.0)),
    ("answered", Bound::at_least(2_000.0)),
    ("slowest_start_ms", Bound::at_most(2_000.0)),
];

const CALLERS: usize = 8;

pub(super) fn run(home: &Home, scale: Scale) -> Result<Figures> {
    let kills: u32 = if scale == Scale::Whole { 500 } else { 10 };
    let over = AtomicBool::new(false);
    let mut slowest = Duration::ZERO;
    let answered = std::thread::scope(|scope| -> Result<Vec<Answered>> {
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
    let lost = lost(home, &answered)?;
    let verify = home.taffrail(["verify"])?;
    daemon.stop()?;
    let number = |count: usize| -> Result<f64> { Ok(f64::from(u32::try_from(count)?)) };
    Ok(Figures::from([
        ("kills".into(), f64::from(kills)),
        ("answered".into(), number(answered.len())?),
        ("lost".into(), f64::from(lost)),
        ("verify_exit".into(), f64::from(verify.exit.unwrap_or(-1))),
        ("slowest_start_ms".into(), slowest.as_secs_f64() * 1000.0),
    ]))
}

/// A call that was answered whole: what it asked for, and the code of its record.
struct Answered {
    target: String,
    code: Code,
}

/// Calls until it is over. Each would delete something else under another session, so that each is stopped with a code
/// of its own.
fn call(home: &Home, caller: usize, over: &AtomicBool) -> Result<Vec<Answered>> {
    let mut answered = Vec::new();
    for number in 0u64.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let target = format!("soak-{caller}-{number}");
        let payload = json!({
            "session_id": target, "cwd": home.work(), "permission_mode": "default", "hook_event_name": "PreToolUse",
            "tool_name": "Bash", "tool_input": { "command": format!("rm -rf ~/{target}") }, "tool_use_id": target,
        });
        match Wire::call(home, "claude-code", "PreToolUse", payload.to_string().as_bytes()) {
            Ok(answer) if answer.exit == Some(0) => {
                let code = answer
                    .reason()
                    .as_deref()
                    .and_then(code)
                    .with_context(|| format!("no code in {:?}", answer.text()))?;
                answered.push(Answered { target, code });
            }
            Ok(answer) => bail!("a call was answered with {:?}: {}", answer.exit, answer.errors()),
            // Killed under the call, or not up again yet: it was not answered.
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    Ok(answered)
}

/// The code at the end of what an agent is told: "… (7QK4)".
fn code(reason: &str) -> Option<Code> {
    Code::parse(reason.trim_end_matches('.').rsplit_once('(')?.1.strip_suffix(')')?)
}

/// How many of these calls are not on record. A code that two calls share stands for the newer one, so it is enough
/// that it explains either.
fn lost(home: &Home, answered: &[Answered]) -> Result<u32> {
    let mut targets: HashMap<Code, Vec<&str>> = HashMap::new();
    for call in answered {
        targets.entry(call.code).or_default().push(&call.target);
    }
    let mut lost = 0;
    for (code, targets) in targets {
        let text = Wire::request(home, "explain", &[code.as_str()])?.text();
        // Followed by no digit: soak-1-2 is not soak-1-23.
        let told = |target: &&str| {
            text.match_indices(*target)
                .any(|(at, found)| text.as_bytes().get(at + found.len()).is_none_or(|next| !next.is_ascii_digit()))
        };
        if !targets.iter().any(told) {
            lost += 1;
            crate::run::complain(&format!("{code} ({}) was answered and is not on record", targets.join(", ")));
        }
    }
    Ok(lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_one_in_the_last_brackets() {
        assert_eq!(code("Stopped (see above). Tell the person (7QK4)"), Code::parse("7QK4"));
        assert_eq!(code("Still stopped, same reason as 7QK4."), None);
    }
}
