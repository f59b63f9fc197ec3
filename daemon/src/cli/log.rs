//! `taffrail log` and `taffrail tail`: what was recorded, one line each. Reads the journal beside a daemon at work.

use crate::boot::{Installation, journal_keys};
use agents::words::{quoted, settings_change};
use anyhow::Context;
use clap::Args;
use journal::{Keys, Rows, Stored};
use platform::keys::{FileKeys, KeyStore};
use protocol::Agent;
use protocol::record::{Content, Detail, Kind, Record};
use protocol::settings::Writer;
use protocol::verdict::{Action, Mode};
use serde_json::json;
use serde_json::value::RawValue;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// So many records at most.
    #[arg(short = 'n', long, default_value_t = 50, value_name = "COUNT")]
    last: usize,
    /// Only those of this session.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Only calls that enforce mode would have stopped or asked about.
    #[arg(long)]
    would: bool,
    /// Each record whole, exactly as it is kept and would be sent: secrets are hidden in it.
    #[arg(long)]
    as_sent: bool,
    /// One JSON object a line, for programs.
    #[arg(long)]
    json: bool,
}

/// How often `tail` looks for more.
const LOOK: Duration = Duration::from_millis(500);

/// Records that are read at a time when looking back for those that fit.
const STEP: u64 = 2048;

pub(super) fn run(arguments: &Arguments, follow: bool) -> anyhow::Result<ExitCode> {
    let journal = Journal::find()?;
    let (mut shown, mut next) = journal.last(arguments)?;
    let mut out = io::stdout().lock();
    loop {
        for stored in shown {
            // A reader that has gone away has had enough.
            if writeln!(out, "{}", line(&stored, arguments)).and_then(|()| out.flush()).is_err() {
                return Ok(ExitCode::SUCCESS);
            }
        }
        if !follow {
            return Ok(ExitCode::SUCCESS);
        }
        std::thread::sleep(LOOK);
        (shown, next) = journal.since(next, arguments)?;
    }
}

/// This user's journal.
struct Journal {
    file: PathBuf,
    keys: Keys,
}

impl Journal {
    fn find() -> anyhow::Result<Self> {
        let installation = Installation::find(platform::names::SYSTEM.installed())?;
        let store = FileKeys::open(installation.places.keys()).context("open the key folder")?;
        anyhow::ensure!(store.get("journal")?.is_some(), "There is no journal here yet: nothing has been recorded.");
        Ok(Self { file: journal::database(&installation.places.journal()), keys: journal_keys(&store)? })
    }

    /// The newest records that fit, oldest first, and the number of the one that comes next.
    fn last(&self, arguments: &Arguments) -> anyhow::Result<(Vec<Stored>, u64)> {
        let newest = rows(&self.file, &self.keys, 0)?.newest()?;
        let (mut found, mut upto) = (Vec::new(), newest);
        while upto > 0 && found.len() < arguments.last {
            let from = upto.saturating_sub(STEP - 1).max(1);
            let mut step = self.range(from, upto, arguments)?;
            step.append(&mut found);
            found = step;
            upto = from - 1;
        }
        found.drain(..found.len().saturating_sub(arguments.last));
        Ok((found, newest + 1))
    }

    fn since(&self, next: u64, arguments: &Arguments) -> anyhow::Result<(Vec<Stored>, u64)> {
        let newest = rows(&self.file, &self.keys, next)?.newest()?;
        // After a new chain was started, its records are all new.
        let from = if newest + 1 < next { 1 } else { next };
        Ok((self.range(from, newest, arguments)?, newest + 1))
    }

    fn range(&self, from: u64, upto: u64, arguments: &Arguments) -> anyhow::Result<Vec<Stored>> {
        let mut found = Vec::new();
        for row in rows(&self.file, &self.keys, from)? {
            let stored = row.context("read the journal")?.stored;
            if stored.seq > upto {
                break;
            }
            if fits(&stored, arguments) {
                found.push(stored);
            }
        }
        Ok(found)
    }
}

fn rows(file: &Path, keys: &Keys, from: u64) -> anyhow::Result<Rows> {
    Rows::of_file_from(file, keys, from).context("open the journal")
}

fn fits(stored: &Stored, arguments: &Arguments) -> bool {
    if arguments.session.is_none() && !arguments.would {
        return true;
    }
    let Ok(Some(Record { envelope, .. })) = stored.record() else { return false };
    let session = envelope.correlation.present().map(|correlation| correlation.session.as_str());
    let would = || {
        envelope.decision.as_ref().is_some_and(|decision| {
            decision.mode == Mode::Detect && decision.raw.action > Action::Allow
                || decision.applied.action > Action::Allow
        })
    };
    arguments.session.as_deref().is_none_or(|wanted| session == Some(wanted)) && (!arguments.would || would())
}

fn line(stored: &Stored, arguments: &Arguments) -> String {
    if arguments.as_sent {
        return as_sent(stored);
    }
    let record = match stored.record() {
        Ok(Some(record)) => record,
        Ok(None) => return format!("{:>7}  its details were removed to make room; its proof is kept", stored.seq),
        Err(error) => return format!("{:>7}  {error}", stored.seq),
    };
    let row = Row::of(&record, stored.content.as_deref());
    if arguments.json { row.json(&record) } else { row.text() }
}

/// The exact bytes of both parts, and the place in the chain.
pub(super) fn as_sent(stored: &Stored) -> String {
    let raw = |bytes: &Option<Vec<u8>>| -> Option<Box<RawValue>> { serde_json::from_slice(bytes.as_deref()?).ok() };
    json!({
        "v": 1, "chain": stored.chain, "seq": stored.seq, "hash": stored.hash.to_hex(),
        "envelope": raw(&stored.envelope), "content": raw(&stored.content),
    })
    .to_string()
}

/// What happened, in words where there are some.
fn told(detail: &Detail) -> Option<String> {
    match detail {
        Detail::SettingsChanged(changed) => {
            let meanings: Vec<&str> = changed.meanings.iter().map(|meaning| settings_change(*meaning)).collect();
            let by = match &changed.by {
                Writer::Call { code: Some(code), .. } => format!("  (by the call {code})"),
                Writer::Call { .. } => "  (by a call)".to_owned(),
                Writer::Unknown => String::new(),
            };
            let when = if changed.unwatched { "  (while it was not watched)" } else { "" };
            Some(format!("{}: {}{by}{when}", changed.file.as_str(), meanings.join(", ")))
        }
        Detail::SettingsRepaired { file, .. } => Some(format!("{}: our entries put back", file.as_str())),
        Detail::SettingsNotRepaired { file, reason, .. } => {
            Some(format!("{}: our entries are missing and were not put back: {reason}", file.as_str()))
        }
        other => serde_json::to_string(other).ok(),
    }
}

/// Whose settings changed.
fn whose(detail: &Detail) -> Option<Agent> {
    match detail {
        Detail::SettingsChanged(changed) => changed.agents.first().copied(),
        Detail::SettingsRepaired { agent, .. } | Detail::SettingsNotRepaired { agent, .. } => Some(*agent),
        _ => None,
    }
}

/// What a line says.
struct Row {
    at: jiff::Timestamp,
    agent: &'static str,
    said: String,
    code: Option<String>,
    tool: String,
    input: String,
}

impl Row {
    fn of(record: &Record, content: Option<&[u8]>) -> Self {
        let envelope = &record.envelope;
        let decision = envelope.decision.as_ref();
        let content: Option<Content> = content.and_then(|bytes| serde_json::from_slice(bytes).ok());
        let part = |name| content.iter().flat_map(|content| &content.parts).find(move |part| part.name == name);
        let input = part(engine::parts::INPUT).map_or("", |part| part.text.as_str()).to_owned();
        let detail = || envelope.detail.as_ref().and_then(told);
        let input = if input.is_empty() { detail().unwrap_or_default() } else { input };
        let said = match decision {
            Some(decision) => {
                let applied = match decision.applied.action {
                    Action::Block => "stopped",
                    Action::Ask => "asked",
                    Action::Allow => "ran",
                };
                match decision.raw.action {
                    Action::Block if decision.applied.action < Action::Block => format!("{applied} (would stop)"),
                    Action::Ask if decision.applied.action < Action::Ask => format!("{applied} (would ask)"),
                    _ => applied.to_owned(),
                }
            }
            None => match envelope.kind {
                Kind::Chain => "chain started",
                Kind::Checkpoint => "signed",
                Kind::Gap => "removed or lost",
                Kind::Daemon => "daemon",
                Kind::Policy => "policy",
                Kind::Configuration => "configuration",
                Kind::Session => "session",
                Kind::Prompt => "prompt",
                _ => "record",
            }
            .to_owned(),
        };
        let of = envelope.detail.as_ref().and_then(whose);
        Self {
            at: envelope.at.parse().unwrap_or_default(),
            agent: envelope.agent.present().map(|agent| agent.product).or(of).map_or("taffrail", Agent::name),
            said,
            // Of a call that ran there is nothing to explain.
            code: decision.filter(|decision| decision.raw.action > Action::Allow).map(|d| d.code.as_str().to_owned()),
            tool: envelope
                .step
                .present()
                .map(|step| step.tool.clone())
                .or_else(|| envelope.event.clone())
                .unwrap_or_default(),
            input,
        }
    }

    fn text(&self) -> String {
        let at = self.at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S");
        let code = self.code.as_deref().unwrap_or("    ");
        let (tool, input) = (quoted(&self.tool), quoted(&self.input));
        let text = format!("{at}  {:11}  {:18}  {code}  {tool}  {input}", self.agent, self.said);
        text.trim_end().to_owned()
    }

    fn json(&self, record: &Record) -> String {
        let envelope = &record.envelope;
        let decision = envelope.decision.as_ref();
        let rules: Vec<&str> = decision.iter().flat_map(|decision| &decision.matches).map(|m| &*m.rule).collect();
        json!({
            "v": 1, "seq": record.seq, "at": envelope.at, "kind": envelope.kind, "agent": self.agent,
            "event": envelope.event, "session": envelope.correlation.present().map(|c| c.session.as_str()),
            "tool": envelope.step.present().map(|step| step.tool.as_str()), "input": self.input,
            "verdict": decision.map(|d| d.raw.word()), "applied": decision.map(|d| d.applied.word()),
            "code": decision.map(|d| d.code.as_str()), "rules": rules,
        })
        .to_string()
    }
}
