//! `taffrail support-bundle`: what somebody needs who helps from afar, as a folder of plain text that can be read before
//! it is sent. Says what is in it before it writes.
//!
//! No keys, no payloads, no texts of calls or policies: of records their numbers, times, kinds and verdicts alone. Every
//! text in it was masked with a key that nobody keeps, and the home folder is `~`.

use super::print;
use crate::boot::{Installation, journal_keys};
use anyhow::{Context, bail};
use config::{Loader, Sources};
use engine::seal::{Keys, masked};
use journal::Rows;
use platform::clock::{Clock as _, SystemClock};
use platform::files;
use platform::keys::{FileKeys, KeyStore};
use platform::names::{SYSTEM, User};
use serde_json::{Value, json};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const NEEDS_YOU: u8 = 1;
/// Records that are listed, the newest.
const LISTED: u64 = 500;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder to make; it must not be there yet.
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Go on without a question.
    #[arg(long, short)]
    yes: bool,
}

/// A file of the bundle: its name, what is in it, and how it comes about.
type Part = (&'static str, &'static str, fn(&Bundle) -> anyhow::Result<Value>);

const PARTS: &[Part] = &[
    ("versions.json", "versions of Taffrail and of this system", |_| Ok(versions())),
    ("status.json", "what the daemon says of itself: counters, delays, queue, watch", status),
    ("doctor.json", "what doctor finds", doctor),
    ("configuration.json", "each key, its value, and the file it comes from", |bundle| Ok(configuration(bundle))),
    ("policy.json", "the rules in force by name, without their texts", policy),
    ("journal.json", "size of the journal, and whether its chain is whole", verified),
    ("records.json", "the newest 500 records: number, time, kind, verdict, rules", records),
];

struct Bundle {
    installation: Installation,
    home: Option<PathBuf>,
    keys: Keys,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let user = User::of_process();
    let bundle = Bundle {
        installation: Installation::find(SYSTEM.installed())?,
        home: platform::account::home(user.uid, user.home),
        keys: Keys { device: platform::keys::random()?.0, tenant: None },
    };
    let micros = i64::try_from(SystemClock::new().micros()).unwrap_or(i64::MAX);
    let now = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    let now = now.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y%m%d-%H%M%S").to_string();
    let folder = arguments.output.clone().unwrap_or_else(|| PathBuf::from(format!("taffrail-support-{now}")));
    print(&agents::words::bundle_contents(&folder.display().to_string(), PARTS.iter().map(|part| (part.0, part.1))));
    if !agreed(arguments.yes)? {
        return Ok(ExitCode::from(NEEDS_YOU));
    }
    if std::fs::symlink_metadata(&folder).is_ok() {
        bail!("{} is there already; name another folder: --output", folder.display());
    }
    files::private_folder(&folder)?;
    for (name, _, make) in PARTS {
        // What cannot be had is a finding, and no reason to write nothing.
        let part = make(&bundle).unwrap_or_else(|error| json!({ "missing": format!("{error:#}") }));
        let text = format!("{:#}\n", bundle.masked(part));
        files::write_atomic(&folder.join(name), text.as_bytes(), 0o600)?;
    }
    print(&format!("\nWrote {}. Look at it before you send it.", folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// Asks, where there is somebody to ask.
fn agreed(yes: bool) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        print("\nNothing was written. Without a terminal to ask at, say --yes.");
        return Ok(false);
    }
    write!(io::stdout(), "\nWrite it? [y/N] ")?;
    io::stdout().flush()?;
    let mut said = String::new();
    io::stdin().lock().read_line(&mut said)?;
    let yes = matches!(said.trim(), "y" | "Y" | "yes");
    if !yes {
        print("Nothing was written.");
    }
    Ok(yes)
}

impl Bundle {
    /// Each text in it masked, names as well, without the name of the home folder, and without the lines of a person's file
    /// that a message shows.
    fn masked(&self, value: Value) -> Value {
        let text = |text: &str| {
            let told = text.split(['\n', '│']).next().unwrap_or_default();
            let sealed = masked(told.as_bytes(), &self.keys).as_str().to_owned();
            let home = self.home.as_deref().and_then(Path::to_str).filter(|home| home.len() > 1);
            home.map_or_else(|| sealed.clone(), |home| sealed.replace(home, "~"))
        };
        match value {
            Value::String(found) => Value::String(text(&found)),
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.masked(item)).collect()),
            Value::Object(fields) => {
                Value::Object(fields.into_iter().map(|(name, item)| (text(&name), self.masked(item))).collect())
            }
            other => other,
        }
    }
}

/// What one of our programs says to `--json`, whatever code it ends with.
fn said(program: &Path, arguments: &[&str]) -> anyhow::Result<Value> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let output = output.with_context(|| format!("start {}", program.display()))?;
    let said: Value = serde_json::from_slice(&output.stdout).context("read what it says")?;
    Ok(json!({ "exit": output.status.code(), "said": said }))
}

fn versions() -> Value {
    let system = rustix::system::uname();
    let release = files::read_linked(Path::new("/etc/os-release"), 1 << 16, None).unwrap_or_default();
    let release = String::from_utf8_lossy(&release).into_owned();
    let named = |key: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        Some(line.trim_matches('"').to_owned())
    };
    json!({
        "taffrail": env!("CARGO_PKG_VERSION"),
        "system": system.sysname().to_string_lossy(),
        "kernel": system.release().to_string_lossy(),
        "machine": system.machine().to_string_lossy(),
        "distribution": named("PRETTY_NAME"),
        "scope": if SYSTEM.installed() { "system" } else { "user" },
        "stood_down": SYSTEM.stood_down(),
    })
}

fn status(_: &Bundle) -> anyhow::Result<Value> {
    said(&super::install::hook_program()?, &["status", "--json"])
}

fn doctor(_: &Bundle) -> anyhow::Result<Value> {
    said(&std::env::current_exe()?, &["doctor", "--json"])
}

fn configuration(bundle: &Bundle) -> Value {
    let sources = Sources::of(&bundle.installation.places, User::of_process().uid);
    let loaded = Loader::new(sources, None).load();
    let keys: Vec<Value> = loaded
        .origins
        .iter()
        .map(|origin| {
            let layer = format!("{:?}", origin.layer).to_lowercase();
            json!({ "key": origin.key, "value": origin.value, "layer": layer, "file": origin.file })
        })
        .collect();
    let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    json!({ "keys": keys, "problems": problems })
}

fn policy(bundle: &Bundle) -> anyhow::Result<Value> {
    let settings = super::settings(&bundle.installation)?;
    let rules: Vec<Value> =
        settings.policy.rules().iter().map(|rule| json!({ "id": rule.id(), "layer": rule.layer() })).collect();
    let left_out: Vec<Value> =
        settings.policy.left_out().iter().map(|left| json!({ "rule": left.rule, "requires": left.requires })).collect();
    Ok(json!({ "label": settings.policy.label(), "mode": settings.mode, "rules": rules, "left_out": left_out }))
}

fn verified(bundle: &Bundle) -> anyhow::Result<Value> {
    let folder = bundle.installation.places.journal();
    let sizes: Vec<Value> = std::fs::read_dir(&folder)
        .context("look into the journal's folder")?
        .flatten()
        .take(64)
        .map(|entry| {
            let size = entry.metadata().map(|meta| meta.len()).ok();
            json!({ "file": entry.file_name().to_string_lossy(), "bytes": size })
        })
        .collect();
    let verify = said(&std::env::current_exe()?, &["verify", "--json"])?;
    Ok(json!({ "files": sizes, "verify": verify }))
}

/// Of the newest records what they are, and nothing of what is in them.
fn records(bundle: &Bundle) -> anyhow::Result<Value> {
    let store = FileKeys::open(bundle.installation.places.keys()).context("open the key folder")?;
    anyhow::ensure!(store.get("journal")?.is_some(), "nothing has been recorded");
    let keys = journal_keys(&store)?;
    let file = journal::database(&bundle.installation.places.journal());
    let newest = Rows::of_file_from(&file, &keys, 0)?.newest()?;
    let mut listed = Vec::new();
    for row in Rows::of_file_from(&file, &keys, newest.saturating_sub(LISTED - 1).max(1))? {
        let stored = row.context("read the journal")?.stored;
        if stored.seq > newest {
            break;
        }
        let Ok(Some(record)) = stored.record() else {
            listed.push(json!({ "seq": stored.seq, "envelope": null }));
            continue;
        };
        let envelope = &record.envelope;
        let decision = envelope.decision.as_ref();
        let rules: Vec<&str> = decision.iter().flat_map(|decision| &decision.matches).map(|m| &*m.rule).collect();
        listed.push(json!({
            "seq": record.seq, "at": envelope.at, "kind": envelope.kind, "phase": envelope.phase,
            "agent": envelope.agent.present().map(|agent| agent.product),
            "raw": decision.map(|d| d.raw.word()), "applied": decision.map(|d| d.applied.word()), "rules": rules,
        }));
    }
    Ok(Value::Array(listed))
}
