//! `taffrail judge --jsonl`: one line of JSON in, one line out, in order. Records nothing; needs no daemon.
//!
//! ```text
//! {"id":1,"command":"rm -rf ~","cwd":"/home/ana/shop","home":"/home/ana","session":"s"}
//! {"id":2,"agent":"claude-code","event":"PreToolUse","payload":{…},"cwd":"/home/ana/shop","home":"/home/ana"}
//! → {"id":1,"verdict":"block","rules":[…],"effects":[…],"findings":[…],"reason":"…","elapsed_us":9}
//! → {"id":2,"error":"…"}
//! ```
//!
//! Facts are made of `cwd` and `home` alone: no file of this machine is looked at, so a line is judged alike everywhere.
//! The verdict is the raw one. Lines of one `session` share its memory, as if each call had run and succeeded.

use crate::jsonl;
use engine::parts::Levels;
use engine::seal::Keys;
use engine::{Engine, World};
use policy::{Memory, MemoryKey, Noted, Policy};
use protocol::call::{Dialect, Tool};
use protocol::facts::{Base, Blind};
use protocol::path::drive_path;
use protocol::record::Level;
use protocol::verdict::{Mode, Verdict};
use protocol::{AbsPath, Agent, Facts, RawText, Text, ToolCall, ToolInput};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// Sessions whose memory is kept; the one used longest ago goes first.
const SESSIONS: usize = 256;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    command: Option<Cow<'a, str>>,
    #[serde(borrow)]
    cwd: Option<Cow<'a, str>>,
    #[serde(borrow)]
    home: Option<Cow<'a, str>>,
    #[serde(borrow)]
    shell: Option<Cow<'a, str>>,
    #[serde(borrow)]
    session: Option<Cow<'a, str>>,
    #[serde(borrow)]
    agent: Option<Cow<'a, str>>,
    #[serde(borrow)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Judgement<'a> {
    id: &'a RawValue,
    verdict: &'static str,
    rules: Vec<&'a str>,
    effects: &'a [protocol::EffectRecord],
    findings: Vec<Found<'a>>,
    reason: &'a str,
    elapsed_us: u64,
}

#[derive(Serialize)]
struct Found<'a> {
    kind: protocol::FindingKind,
    #[serde(rename = "type")]
    name: &'a str,
    start: usize,
    end: usize,
    severity: protocol::verdict::Severity,
}

/// Judges lines until the input ends.
#[derive(Debug)]
pub(crate) struct Batch {
    engine: Engine,
    policy: Policy,
    keys: Keys,
    /// Where lines that name no folder are judged.
    folder: AbsPath,
    home: Option<AbsPath>,
    sessions: Sessions,
}

#[derive(Debug, Default)]
struct Sessions {
    memories: HashMap<String, (u64, Memory)>,
    used: u64,
}

impl Sessions {
    /// The memory of a session; a new one takes the place of the one used longest ago.
    fn of(&mut self, name: &str) -> &mut Memory {
        self.used += 1;
        if self.memories.len() >= SESSIONS
            && !self.memories.contains_key(name)
            && let Some(oldest) = self.memories.iter().min_by_key(|(_, (used, _))| *used).map(|(name, _)| name.clone())
        {
            self.memories.remove(&oldest);
        }
        let (used, memory) = self.memories.entry(name.to_owned()).or_insert_with(|| (0, Memory::assuming_success()));
        *used = self.used;
        memory
    }
}

impl Batch {
    pub(crate) fn new(policy: Policy, keys: Keys, folder: AbsPath, home: Option<AbsPath>) -> Self {
        Self { engine: Engine::default(), policy, keys, folder, home, sessions: Sessions::default() }
    }

    /// # Errors
    ///
    /// Those of the reader and the writer; a line that cannot be judged is an answer, not an error.
    pub(crate) fn run(&mut self, input: impl BufRead, mut output: impl Write) -> io::Result<()> {
        jsonl::each_line(input, &mut output, |line, output| self.line(line, output))
    }

    fn line(&mut self, line: &[u8], output: &mut impl Write) -> io::Result<()> {
        let began = Instant::now();
        let text = String::from_utf8_lossy(line);
        let parsed: Line<'_> = match serde_json::from_str(&text) {
            Ok(parsed) => parsed,
            Err(error) => return jsonl::refuse(output, RawValue::NULL, format!("not a line of JSON: {error}")),
        };
        let id = parsed.id.unwrap_or(RawValue::NULL);
        let call = match self.call(&parsed) {
            Ok(call) => call,
            Err(error) => return jsonl::refuse(output, id, error),
        };
        let base = self.base(&parsed, &call);
        let facts = Facts { base: &base, look: &Blind };
        let key = MemoryKey { uid: 0, session: parsed.session.as_deref().map(Arc::from), instance: None };
        let mut fresh = Memory::assuming_success();
        let memory = match parsed.session.as_deref() {
            Some(session) => self.sessions.of(session),
            None => &mut fresh,
        };
        let world = World {
            facts,
            policy: &self.policy,
            mode: Mode::Enforce,
            memory: Some(memory),
            key: &key,
            levels: &NOTHING_STORED,
            keys: &self.keys,
            unheard: None,
            id: Uuid::nil(),
            at: String::new(),
            at_us: 0,
            salts: &mut || [0; 16],
        };
        let assessed = self.engine.assess(&call, Some(true), &world);
        let decision = &assessed.decision;
        let findings = assessed
            .findings
            .iter()
            .map(|placed| Found {
                kind: placed.finding.kind,
                name: &placed.finding.name,
                start: placed.finding.start,
                end: placed.finding.end,
                severity: placed.finding.severity,
            })
            .collect();
        // Rules on trial are recorded of live calls; here they would only look like stops.
        let mut verdict = Verdict::default();
        let mut rules: Vec<&str> = Vec::new();
        for found in decision.matches.iter().filter(|found| !found.trial) {
            verdict.join(&found.verdict);
            if !rules.contains(&&*found.rule) {
                rules.push(&found.rule);
            }
        }
        let deciding =
            decision.matches.iter().find(|found| !found.trial).and_then(|first| self.policy.rule(&first.rule));
        let reason = deciding.map(policy::Rule::say).unwrap_or_default();
        let elapsed_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let judgement =
            Judgement { id, verdict: verdict.word(), rules, effects: &assessed.effects, findings, reason, elapsed_us };
        serde_json::to_writer(output, &judgement)?;
        if let Some(session) = parsed.session.as_deref() {
            let noted = Noted {
                phase: call.phase,
                call: call.call.as_deref(),
                succeeded: None,
                effects: &assessed.effects,
                decision: Some(decision),
                at: 0,
            };
            self.sessions.of(session).note(&key, &noted);
        }
        Ok(())
    }

    /// The call that a line describes.
    fn call(&self, line: &Line<'_>) -> Result<ToolCall, String> {
        let agent = match line.agent.as_deref() {
            None => Agent::ClaudeCode,
            Some(name) => Agent::named(name).ok_or_else(|| format!("no agent is called {name:?}"))?,
        };
        if let Some(payload) = line.payload {
            let event = line.event.as_deref().ok_or("a payload needs an \"event\"")?;
            return self.engine.decode(agent, event, payload.get().as_bytes()).map_err(|error| error.to_string());
        }
        let command = line.command.as_deref().ok_or("neither \"command\" nor \"payload\"")?;
        let dialect = match line.shell.as_deref() {
            None | Some("bash" | "sh" | "zsh" | "dash" | "ksh" | "posix") => Dialect::Posix,
            Some("powershell" | "pwsh") => Dialect::PowerShell,
            Some("cmd" | "cmd.exe") => Dialect::Cmd,
            Some(other) => return Err(format!("no shell is called {other:?}; known: bash, zsh, sh, powershell, cmd")),
        };
        Ok(ToolCall { session: line.session.as_deref().map(str::to_owned), ..shell_call(agent, command, dialect) })
    }

    fn base(&self, line: &Line<'_>, call: &ToolCall) -> Base {
        let absolute = |text: &str| {
            if text.starts_with('/') { Some(AbsPath::normal(text.as_bytes())) } else { drive_path(text.as_bytes()) }
        };
        let home = line.home.as_deref().and_then(absolute).or_else(|| self.home.clone());
        let said = call.cwd.as_ref().map(Text::lossy);
        let cwd = line.cwd.as_deref().or(said.as_deref()).and_then(absolute).unwrap_or_else(|| self.folder.clone());
        // A home folder, or what holds it, is nobody's project.
        let holds_home = home.as_ref().is_some_and(|home| home.is_within(&cwd));
        let workspace = if holds_home || cwd.is_root() { Vec::new() } else { vec![cwd.clone()] };
        // On a drive of Windows a name is the same in capitals.
        let case_sensitive = cwd.bytes().get(2) != Some(&b':');
        Base { cwd, home, workspace, user: None, temporary: Vec::new(), own_files: Vec::new(), case_sensitive }
    }
}

const NOTHING_STORED: Levels =
    Levels { input: Level::None, output: Level::None, prompt: Level::None, rationale: Level::None };

/// A shell command as a call that is about to run.
pub(crate) fn shell_call(agent: Agent, command: &str, dialect: Dialect) -> ToolCall {
    let input = ToolInput::Shell { command: RawText::from(command), dialect, background: false };
    ToolCall::about_to_run(agent, Tool { name: "Bash".to_owned(), input })
}
