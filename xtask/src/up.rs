//! `cargo xtask up` and `down`: a daemon for this user, watching only.
//!
//! What was started is written down in the state folder as process id and start time, and only that is ever ended.

mod canary;
mod screen;

use crate::cargo::Cargo;
use crate::process::Process;
use crate::run::say;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

/// What `up` started: `up.json` in the state folder.
#[derive(Debug, Serialize, Deserialize)]
struct Started {
    version: u32,
    process: Process,
    /// The `taffrail` beside it.
    taffrail: PathBuf,
}

/// The folders of this user's daemon.
struct Place {
    state: PathBuf,
}

impl Place {
    fn of_user() -> Result<Self> {
        let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = match (set("XDG_STATE_HOME"), set("HOME")) {
            (Some(state), _) => state,
            (None, Some(home)) => home.join(".local/state"),
            (None, None) => bail!("neither XDG_STATE_HOME nor HOME is set: there is no place for the daemon's files"),
        };
        Ok(Self { state: state.join("taffrail") })
    }

    fn note(&self) -> PathBuf {
        self.state.join("up.json")
    }

    fn log(&self) -> PathBuf {
        self.state.join("taffraild.log")
    }

    fn started(&self) -> Result<Option<Started>> {
        match fs::read(self.note()) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("read {}", self.note().display())),
        }
    }
}

pub(crate) fn up() -> Result<ExitCode> {
    let place = Place::of_user()?;
    if let Some(started) = place.started()?.filter(|started| started.process.alive()) {
        let status = status(&started.taffrail).with_context(|| {
            format!("the daemon that runs (process {}) does not answer: cargo xtask down", started.process.pid)
        })?;
        say(&screen::already(&status));
        return Ok(ExitCode::SUCCESS);
    }
    let begin = Instant::now();
    let folder = Cargo::here()?.programs()?;
    let (taffrail, taffraild) = (folder.join("taffrail"), folder.join("taffraild"));
    let built = begin.elapsed();
    // Not ours: a service, or one started by hand.
    if let Ok(status) = status(&taffrail) {
        say(&screen::already(&status));
        return Ok(ExitCode::SUCCESS);
    }
    let process = start(&place, &taffraild)?;
    let started = Started { version: 1, process, taffrail };
    fs::write(place.note(), serde_json::to_vec_pretty(&started)?).context("write down what was started")?;
    let status = wait(&place, &started)?;
    let canary = canary::send(&started.taffrail)
        .with_context(|| format!("the daemon runs (process {}), but its canary failed", process.pid))?;
    say(&screen::up(built, &status, &canary, &place.state));
    Ok(ExitCode::SUCCESS)
}

/// Starts the daemon in a session of its own, so that it outlives the terminal.
fn start(place: &Place, taffraild: &Path) -> Result<Process> {
    DirBuilder::new().recursive(true).mode(0o700).create(&place.state).context("make the state folder")?;
    let log = File::options().create(true).append(true).mode(0o600).open(place.log()).context("open the log")?;
    // setsid does not fork here: we are no process group's leader in a child of ours, so the id stays.
    let child = Command::new("setsid")
        .arg(taffraild)
        .arg("run")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("start setsid (package util-linux)")?;
    Process::of(child.id()).context("the daemon ended at once").with_context(|| tail(&place.log()))
}

fn wait(place: &Place, started: &Started) -> Result<Value> {
    let answered = test_support::until("the daemon to answer", PATIENCE, || {
        if !started.process.alive() {
            bail!("the daemon ended at once");
        }
        Ok(status(&started.taffrail).ok())
    });
    answered.with_context(|| tail(&place.log()))
}

/// `taffrail status --json` of a daemon that runs.
fn status(taffrail: &Path) -> Result<Value> {
    let output = Command::new(taffrail)
        .args(["status", "--json"])
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("start {}", taffrail.display()))?;
    // Exit 3 is "not running"; 1 and 2 come from a daemon that answers.
    if matches!(output.status.code(), Some(0..=2))
        && let Ok(status) = serde_json::from_slice::<Value>(&output.stdout)
        && status["pid"].is_u64()
    {
        return Ok(status);
    }
    bail!("no daemon answers: {}", String::from_utf8_lossy(&output.stderr).trim_end())
}

/// The last lines of the log.
fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    format!("{}:\n{}", log.display(), lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n"))
}

pub(crate) fn down(purge: bool) -> Result<ExitCode> {
    let place = Place::of_user()?;
    match place.started()?.filter(|started| started.process.alive()) {
        Some(started) => {
            let killed = started.process.end(PATIENCE)?;
            let how = if killed { "It did not end when asked and was killed." } else { "Stopped." };
            say(&format!("{how} (process {})", started.process.pid));
        }
        None => say("Nothing runs that cargo xtask up started."),
    }
    if place.note().exists() {
        fs::remove_file(place.note())?;
    }
    if purge {
        purge_state(&place)?;
    } else if place.state.exists() {
        say(&format!("Kept: records and keys in {}. Remove them: cargo xtask down --purge", place.state.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn purge_state(place: &Place) -> Result<()> {
    let taffrail = Cargo::here()?.target.join("ci/taffrail");
    if taffrail.exists()
        && let Ok(status) = status(&taffrail)
    {
        bail!("a daemon that cargo xtask up did not start runs here (process {}); nothing was removed", status["pid"]);
    }
    if place.state.exists() {
        fs::remove_dir_all(&place.state).with_context(|| format!("remove {}", place.state.display()))?;
        say(&format!("Removed {}.", place.state.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
