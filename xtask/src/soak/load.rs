//! A steady load while syncs and checkpoints go on: how long an answer takes, and what the daemon holds.

use super::Scale;
use super::record::{Bound, Figures};
use crate::bench::spread::Spread;
use anyhow::{Context, Result, bail};
use protocol::frame::Kind;
use serde_json::json;
use std::time::{Duration, Instant};
use test_support::{Daemon, Home, Wire};

pub(super) const BOUNDS: &[(&str, Bound)] = &[
    ("errors", Bound::exactly(0.0)),
    ("calls", Bound::at_least(30_000.0)),
    ("daemon_p50_us", Bound::at_most(100.0)),
    ("daemon_p99_us", Bound::at_most(300.0)),
    ("daemon_p999_us", Bound::at_most(2_000.0)),
    ("rested_rss_kib", Bound::at_most(25.0 * 1024.0)),
];

const CALLERS: u32 = 8;
const PER_SECOND: u32 = 500;

/// What developers' agents ask for, most of it harmless.
const COMMANDS: [&str; 8] = [
    "git status",
    "cargo test -p shop",
    "ls -la src && cat Cargo.toml",
    "rm -rf ./target",
    "rm -rf ~/other-project",
    "git push --force origin main",
    "find . -name '*.rs' | xargs grep -n TODO",
    "python3 - <<'EOF'\nprint('hello')\nEOF",
];

pub(super) fn run(home: &Home, scale: Scale) -> Result<Figures> {
    let (seconds, rest) = if scale == Scale::Whole { (60, 60) } else { (2, 0) };
    let daemon = Daemon::start(home)?;
    let begin = Instant::now();
    let each = PER_SECOND * seconds / CALLERS;
    let (mut times, mut errors) = (Vec::new(), 0u32);
    std::thread::scope(|scope| -> Result<()> {
        let callers: Vec<_> = (0..CALLERS).map(|caller| scope.spawn(move || call(home, begin, caller, each))).collect();
        for caller in callers {
            let Ok((took, failed)) = caller.join() else { bail!("a caller panicked") };
            times.extend(took);
            errors += failed;
        }
        Ok(())
    })?;
    std::thread::sleep(Duration::from_secs(rest));
    let rss = daemon.rss_kib()?;
    // Receive to answer as the daemon counts it: without the time in which this very program waits for a processor.
    let status = home.taffrail(["status", "--json"])?.json()?;
    let own = |key: &str| status["latency"]["answer"][key].as_f64().with_context(|| format!("status has no {key}"));
    let (p50, p99, p999) = (own("p50_us")?, own("p99_us")?, own("p999_us")?);
    daemon.stop()?;
    let calls = u32::try_from(times.len())?;
    let spread = Spread::of(times)?;
    Ok(Figures::from([
        ("calls".into(), f64::from(calls)),
        ("errors".into(), f64::from(errors)),
        ("daemon_p50_us".into(), p50),
        ("daemon_p99_us".into(), p99),
        ("daemon_p999_us".into(), p999),
        ("caller_p50_us".into(), spread.micros(500)),
        ("caller_p99_us".into(), spread.micros(990)),
        ("caller_p999_us".into(), spread.micros(999)),
        ("rested_rss_kib".into(), f64::from(u32::try_from(rss)?)),
    ]))
}

/// Calls at its own moments, whether the call before was quick or slow: a slow daemon does not slow the load.
fn call(home: &Home, begin: Instant, caller: u32, calls: u32) -> (Vec<Duration>, u32) {
    let step = Duration::from_secs(1) / PER_SECOND;
    let (mut times, mut errors) = (Vec::new(), 0);
    for number in 0..calls {
        let due = begin + step * (number * CALLERS + caller);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        match once(home, caller, number) {
            Ok(took) => times.push(took),
            Err(error) => {
                crate::run::complain(&format!("{error:#}"));
                errors += 1;
            }
        }
    }
    (times, errors)
}

/// From the payload's last byte to the answer's.
fn once(home: &Home, caller: u32, number: u32) -> Result<Duration> {
    let at = usize::try_from(number)? % COMMANDS.len();
    let payload = json!({
        "session_id": format!("load-{caller}"), "cwd": home.work(), "permission_mode": "default",
        "hook_event_name": "PreToolUse", "tool_name": "Bash",
        "tool_input": { "command": COMMANDS.get(at).copied().unwrap_or_default() },
        "tool_use_id": format!("load-{caller}-{number}"),
    });
    let mut wire = Wire::connect(home)?;
    wire.hello("claude-code", "PreToolUse")?;
    wire.frame(Kind::Data, payload.to_string().as_bytes())?;
    let sent = Instant::now();
    wire.frame(Kind::End, b"")?;
    let answer = wire.answer()?;
    if answer.exit != Some(0) {
        bail!("exit {:?}: {}", answer.exit, answer.errors());
    }
    Ok(sent.elapsed())
}
