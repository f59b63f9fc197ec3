//! What the command line asks the daemon for: its own health, and what became of a call.

use crate::state::{Problem, State};
use crate::watching::Told;
use agents::words;
use platform::names::Scope;
use platform::peer::Peer;
use protocol::fallback::Answer;
use protocol::record::Content;
use protocol::verdict::Mode;
use protocol::{Code, Phase, Record};
use serde::Deserialize;
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// A request as it comes in.
#[derive(Debug, Deserialize)]
struct Request {
    command: String,
    #[serde(default)]
    json: bool,
    #[serde(default)]
    arguments: Vec<String>,
}

/// Exit codes; those of `status` are fixed: 0 healthy, 1 needs you, 2 a collector is configured and this machine is not
/// enrolled.
const DONE: u8 = 0;
const NEEDS_YOU: u8 = 1;
const NOT_ENROLLED: u8 = 2;
const WRONG_USAGE: u8 = 2;

#[derive(Debug)]
pub(crate) struct Requests {
    pub(crate) state: Arc<State>,
    pub(crate) socket: PathBuf,
}

impl Requests {
    pub(crate) fn answer(&self, peer: &Peer, body: &[u8]) -> Answer {
        let request: Request = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return said(WRONG_USAGE, &format!("The request is not understood: {error}.")),
        };
        match (request.command.as_str(), request.arguments.as_slice()) {
            ("status", []) => self.status(peer, request.json),
            ("explain", [code]) => self.explain(peer, code),
            (other, _) => {
                said(WRONG_USAGE, &format!("This daemon has no command {other:?}; is it older than taffrail?"))
            }
        }
    }

    fn status(&self, peer: &Peer, as_json: bool) -> Answer {
        let state = &self.state;
        let settings = state.settings();
        let journal = state.journal.status();
        let counts = state.health.counts();
        let watch = state.watching.told();
        let collector = state.shipping(|known| known.clone());
        let enrolled = collector.url.is_none() || collector.enrolled;
        let ours = counts.unrecorded == 0 && counts.panics == 0;
        let ours = ours && settings.problems.is_empty();
        let healthy = ours && watch.missing.is_empty() && !collector.unproved && !collector.forked;
        let exit = if !enrolled {
            NOT_ENROLLED
        } else if healthy {
            DONE
        } else {
            NEEDS_YOU
        };
        if as_json {
            let text = json!({
                "version": 1,
                "program": env!("CARGO_PKG_VERSION"),
                "pid": std::process::id(),
                "started": time(state.started_ms, "%Y-%m-%dT%H:%M:%S%:z"),
                "socket": self.socket.to_string_lossy(),
                "mode": settings.mode,
                "configuration": {
                    "keys": settings.origins,
                    "problems": self.shown(peer, &settings.problems),
                    "overruled": self.shown(peer, &settings.overruled),
                },
                "policy": { "name": settings.policy.label(), "left_out": settings.policy.left_out().len() },
                "journal": {
                    "chain": journal.chain.to_string(),
                    "records": journal.rows,
                    "bytes": journal.bytes,
                    "synced": journal.synced,
                    "lost": journal.lost,
                },
                "collector": collector.url.as_ref().map(|url| json!({
                    "url": url,
                    "enrolled": collector.enrolled,
                    "acknowledged": collector.acknowledged,
                    "waiting": journal.rows.saturating_sub(collector.acknowledged),
                    "trouble": collector.trouble,
                    "unproved": collector.unproved,
                    "forked": collector.forked,
                })),
                "last": state.newest(peer.uid),
                "counts": counts,
                "settings": watch,
                "latency": {
                    "decide": state.health.decide.summary(),
                    "commit": state.health.commit.summary(),
                    "answer": state.health.answer.summary(),
                },
                "healthy": healthy,
            });
            return told(exit, &format!("{text:#}"));
        }
        let mode = match settings.mode {
            Mode::Detect => "Watching only. Nothing is stopped.",
            Mode::Enforce => "Stopping what the policy stops.",
        };
        let delay = state.health.answer.summary();
        let mut text = format!("{mode}\n\n");
        let mut row = |name: &str, value: String| {
            // Writing to a string does not fail.
            writeln!(text, "  {name:<9} {value}").ok();
        };
        row("Daemon", format!("{}, since {}", env!("CARGO_PKG_VERSION"), time(state.started_ms, "%H:%M")));
        row("Socket", self.socket.to_string_lossy().into_owned());
        row("Policy", settings.policy.label());
        let would = match settings.mode {
            Mode::Detect => format!("{} would have been stopped or asked", counts.would_have_stopped),
            Mode::Enforce => format!("{} stopped, {} asked", counts.stopped, counts.asked),
        };
        row("Calls", format!("{} since then: {would}", counts.calls));
        if delay.count > 0 {
            row("Delay", format!("{} µs a call here (p50), {} µs (p99)", delay.p50_us, delay.p99_us));
        }
        row("Recorded", format!("{} records, {} kB, secrets hidden", journal.rows, journal.bytes.div_ceil(1000)));
        row("Settings", watched(&watch));
        if let Some(url) = &collector.url {
            let waiting = journal.rows.saturating_sub(collector.acknowledged);
            row("Collector", format!("{url}, has signed for {} records, {waiting} wait", collector.acknowledged));
        }
        if let Some(trouble) = &collector.trouble {
            writeln!(text, "  {:<9} {trouble}", "").ok();
        }
        if !healthy || !enrolled {
            text.push_str("\nSomething needs you:\n");
            if !enrolled {
                text.push_str("  This machine is not enrolled with its collector: taffraild enroll\n");
            }
            if collector.unproved {
                text.push_str("  What answers at the collector's address is not the collector: is there a proxy?\n");
            }
            if collector.forked {
                text.push_str("  The collector has two histories of this machine: was it copied or set back?\n");
            }
            if counts.unrecorded > 0 {
                writeln!(text, "  {} calls were answered without a record: is the disk full?", counts.unrecorded).ok();
            }
            if counts.panics > 0 {
                writeln!(text, "  {} calls could not be judged: a fault of ours, please report it", counts.panics).ok();
            }
            for problem in self.shown(peer, &settings.problems) {
                text.push_str("  A setting is not in use:\n");
                for line in problem.lines() {
                    writeln!(text, "    {line}").ok();
                }
            }
            for (file, why) in &watch.missing {
                let file = words::quoted(&file.to_string_lossy());
                writeln!(
                    text,
                    "  {file} does not hold our entries as they were put in,\n  and they were not put back: {why}"
                )
                .ok();
            }
        }
        told(exit, text.trim_end())
    }

    /// Problems as this user may see them: a line of root's files only root.
    fn shown<'p>(&self, peer: &Peer, problems: &'p [Problem]) -> Vec<&'p str> {
        let all = self.state.places.scope == Scope::User || peer.uid == 0;
        problems.iter().map(|problem| if all { problem.text.as_str() } else { problem.place.as_str() }).collect()
    }

    fn explain(&self, peer: &Peer, code: &str) -> Answer {
        let unknown = || said(NEEDS_YOU, &format!("No record of yours has the code {code:?}."));
        let Some(code) = Code::parse(code) else { return unknown() };
        let stored = match self.state.journal.by_code(code) {
            Ok(Some(stored)) => stored,
            Ok(None) => return unknown(),
            Err(error) => return said(NEEDS_YOU, &format!("The journal cannot be read: {error}.")),
        };
        let record = match stored.record() {
            Ok(Some(record)) => record,
            Ok(None) => return said(NEEDS_YOU, "That record's details were removed to make room; its proof is kept."),
            Err(error) => return said(NEEDS_YOU, &format!("The record cannot be read: {error}.")),
        };
        // Whose call it was is the kernel's word; another user's is as good as not there.
        let own = record.envelope.trigger.present().is_some_and(|trigger| trigger.uid == peer.uid);
        if !own && peer.uid != 0 {
            return unknown();
        }
        match self.page(&record, stored.content.as_deref()) {
            Some(page) => told(DONE, &page),
            None => unknown(),
        }
    }

    /// The page of one recorded call.
    fn page(&self, record: &Record, content: Option<&[u8]>) -> Option<String> {
        let envelope = &record.envelope;
        let decision = envelope.decision.as_ref()?;
        let content: Option<Content> = content.and_then(|bytes| serde_json::from_slice(bytes).ok());
        let input = content.iter().flat_map(|content| &content.parts).find(|part| part.name == engine::parts::INPUT);
        let tool = envelope.step.present().map_or("", |step| step.tool.as_str());
        let input = input.map_or(tool, |part| part.text.as_str());
        let settings = self.state.settings();
        let mut rules: Vec<words::Rule<'_>> = Vec::new();
        for found in &decision.matches {
            if let Some(rule) = engine::rule_words(&settings.policy, &found.rule)
                && !rules.iter().any(|known| known.id == rule.id)
            {
                rules.push(rule);
            }
        }
        let uid = envelope.trigger.present().map(|trigger| trigger.uid);
        let home = uid.and_then(|uid| platform::account::home(uid, None));
        let home = home.as_ref().map(|home| home.to_string_lossy());
        let at = envelope.at.parse::<jiff::Timestamp>().unwrap_or_default();
        let page = words::Page {
            time: &time(at.as_millisecond(), "%H:%M"),
            cwd: envelope.cwd.as_ref().map(protocol::SealedText::as_str),
            policy: envelope.policy.as_deref(),
            mode: decision.mode,
            rules: &rules,
        };
        let subject = words::Subject {
            agent: envelope.agent.present().map_or(protocol::Agent::ClaudeCode, |agent| agent.product),
            phase: envelope.phase.unwrap_or(Phase::Other),
            label: "Command",
            input,
            effects: &envelope.effects,
            home: home.as_deref(),
        };
        Some(words::explain_code(&page, &subject, decision))
    }
}

/// How the settings of agents are watched.
fn watched(watch: &Told) -> String {
    let mut text = format!("{} files of agents watched, in {} places", watch.files, watch.places);
    if let Some(why) = &watch.polling {
        write!(text, "; looked at every few seconds ({why})").ok();
    }
    if watch.left_out > 0 {
        write!(text, "; {} not watched, over our limits", watch.left_out).ok();
    }
    text
}

/// A moment in local time.
fn time(at_ms: i64, format: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime(format).to_string()
}

fn told(exit: u8, text: &str) -> Answer {
    Answer { exit, stdout: format!("{text}\n").into_bytes(), stderr: Vec::new() }
}

fn said(exit: u8, text: &str) -> Answer {
    Answer { exit, stdout: Vec::new(), stderr: format!("{text}\n").into_bytes() }
}
