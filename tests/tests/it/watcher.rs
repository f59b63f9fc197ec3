//! The watcher of agents' settings, in the real daemon: each change is one record with its meaning, soon.

mod edits;
mod hostile;
mod repairs;
mod unwatched;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use test_support::{Daemon, Home, Hook, until};

/// A change is on record within this time.
const SOON: Duration = Duration::from_secs(2);

/// A home with both agents, a project that an agent was seen at work in, and the daemon.
struct Watched {
    home: Home,
    daemon: Daemon,
}

impl Watched {
    fn start(prepare: impl FnOnce(&Home) -> Result<()>) -> Result<Self> {
        let home = Home::new()?;
        home.write(".claude/settings.json", "{}")?;
        home.write(".cursor/mcp.json", "{}")?;
        prepare(&home)?;
        let daemon = Daemon::start(&home)?;
        let payload = json!({
            "hook_event_name": "sessionStart", "session_id": "s", "conversation_id": "s", "cursor_version": "3.0.0",
            "workspace_roots": [home.work()],
        });
        Hook::raw(&home, "cursor", "sessionStart", payload.to_string()).run()?;
        let watched = Self { home, daemon };
        watched.settled(3)?;
        Ok(watched)
    }

    /// Waits until so many places have been looked at.
    fn settled(&self, places: u64) -> Result<()> {
        until("the places to be watched", Duration::from_secs(10), || {
            let status = self.status()?;
            Ok((status["settings"]["places"].as_u64() >= Some(places)).then_some(()))
        })
    }

    fn status(&self) -> Result<Value> {
        self.home.taffrail(["status", "--json"])?.json()
    }

    fn project(&self) -> PathBuf {
        self.home.work()
    }

    /// What the records say of changed settings, in order.
    fn details(&self) -> Result<Vec<Value>> {
        let said = self.home.taffrail(["log", "--as-sent", "-n", "5000"])?;
        ensure!(said.exit == Some(0), "{}", said.errors());
        let records = said.text();
        let records = records.lines().map(|line| Ok(serde_json::from_str::<Value>(line)?));
        let records: Vec<Value> = records.collect::<Result<_>>()?;
        let details = records.into_iter().map(|mut record| record["envelope"]["detail"].take());
        Ok(details.filter(|d| d["what"].as_str().is_some_and(|what| what.starts_with("settings-"))).collect())
    }

    /// The records that come after the first `known`, once there are `count`; soon.
    fn next(&self, known: usize, count: usize) -> Result<Vec<Value>> {
        let found = until("the records of a change", SOON, || {
            let details = self.details()?;
            Ok((details.len() >= known + count).then_some(details))
        });
        let found = found.with_context(|| format!("{:?}", self.details()))?;
        Ok(found.get(known..).unwrap_or_default().to_vec())
    }

    fn quiet(&self, known: usize) -> Result<()> {
        std::thread::sleep(Duration::from_millis(400));
        let details = self.details()?;
        ensure!(details.len() == known, "more than one record: {:?}", details.get(known..));
        Ok(())
    }
}

fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

/// As editors do that keep the old file whole until the new one is.
fn rename_in(path: &Path, text: impl AsRef<[u8]>) -> Result<()> {
    let beside = path.with_extension("new~");
    write(&beside, text)?;
    Ok(std::fs::rename(beside, path)?)
}
