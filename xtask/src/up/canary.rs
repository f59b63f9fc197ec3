//! One call through the real hook, by the very command that a hook entry would hold.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// What the canary carried: never run, only asked about.
pub(super) const COMMAND: &str = "rm -rf ~";

/// What became of it, read back from the record.
#[derive(Debug)]
pub(super) struct Canary {
    pub(super) code: String,
    pub(super) rule: String,
    /// `block` or `ask`: what the rules say.
    pub(super) raw: String,
    /// The whole hook, its start included.
    pub(super) took: Duration,
    /// The first line of `taffrail verify`.
    pub(super) proof: String,
}

/// The command of a hook entry for this event.
pub(super) fn entry(taffrail: &Path, event: &str) -> String {
    format!("'{}' hook claude-code {event}", taffrail.display().to_string().replace('\'', r"'\''"))
}

pub(super) fn send(taffrail: &Path) -> Result<Canary> {
    let cwd = std::env::current_dir().context("the current folder")?;
    let session = format!("canary-{}", std::process::id());
    let payload = json!({
        "session_id": session, "cwd": cwd, "permission_mode": "default", "hook_event_name": "PreToolUse",
        "tool_name": "Bash", "tool_input": { "command": COMMAND }, "tool_use_id": session,
    });
    // Claude Code starts a hook's command through a shell.
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(entry(taffrail, "PreToolUse"));
    let begin = Instant::now();
    let answer = test_support::hook::run(command, payload.to_string().as_bytes(), Duration::from_secs(10))?;
    let took = begin.elapsed();
    if answer.exit != Some(0) {
        bail!("the canary's hook ended with {:?}: {}", answer.exit, answer.errors());
    }
    if let Some(permission) = answer.permission().filter(|permission| permission != "deny" && permission != "ask") {
        bail!("the hook answered {permission} to {COMMAND:?}");
    }
    let record = last_record(taffrail, &session)?;
    let code = text(&record, "/decision/code")?;
    run(taffrail, &["explain", &code]).with_context(|| format!("explain the canary's record {code}"))?;
    let proof = run(taffrail, &["verify"])?.lines().next().unwrap_or_default().to_owned();
    let (rule, raw) = (text(&record, "/decision/matches/0/rule")?, text(&record, "/decision/raw/action")?);
    if raw == "allow" {
        bail!("{COMMAND:?} went through as harmless: the policy that is loaded stops nothing");
    }
    Ok(Canary { code, rule, raw, took, proof })
}

/// The envelope of the canary's call, as the journal has it.
fn last_record(taffrail: &Path, session: &str) -> Result<Value> {
    let log = run(taffrail, &["log", "--session", session, "--json"])?;
    let last = log.lines().last().context("the canary is not on record")?;
    serde_json::from_str(last).context("read the canary's record")
}

fn run(taffrail: &Path, arguments: &[&str]) -> Result<String> {
    crate::run::read(Command::new(taffrail).args(arguments))
}

fn text(record: &Value, pointer: &str) -> Result<String> {
    record
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .with_context(|| format!("the record has no {pointer}"))
}
