//! One call through the real hook, by the very command that a hook entry would hold.

use anyhow::{Context, Result, bail};
use serde_json::json;
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
    let status = super::status(taffrail)?;
    let last = &status["last"];
    if last["session"] != session.as_str() {
        bail!("the canary is not on record; the newest record is {last}");
    }
    let text =
        |key: &str| last[key].as_str().map(str::to_owned).with_context(|| format!("the newest record has no {key}"));
    let (code, rule, raw) = (text("code")?, text("rule")?, text("raw")?);
    if raw != "block" && raw != "ask" {
        bail!("{COMMAND:?} went through as {raw}: the policy that is loaded stops nothing");
    }
    run(taffrail, &["explain", &code]).with_context(|| format!("explain the canary's record {code}"))?;
    let proof = run(taffrail, &["verify"])?.lines().next().unwrap_or_default().to_owned();
    Ok(Canary { code, rule, raw, took, proof })
}

fn run(taffrail: &Path, arguments: &[&str]) -> Result<String> {
    crate::run::read(Command::new(taffrail).args(arguments))
}
