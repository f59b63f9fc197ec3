//! One session of calls, judged as a batch without a daemon judges them: no look-ups, what was allowed was done.

use policy::{Judgement, Memory, MemoryKey, Noted, Policy, apply};
use protocol::call::{Dialect, Tool, ToolInput};
use protocol::facts::{Base, Blind};
use protocol::path::drive_path;
use protocol::verdict::{Ability, Action, Mode};
use protocol::{AbsPath, Agent, Code, Facts, Phase, RawText, ToolCall};
use taffrail_engine::Engine;

pub(crate) const HOME: &str = "/home/ana";

/// What one call is judged to be.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) judgement: Judgement,
    /// The same call where nothing of the session is remembered, as without a daemon.
    pub(crate) without_memory: Judgement,
}

impl Said {
    /// What is answered in enforce.
    pub(crate) fn action(&self) -> Action {
        self.judgement.acting.action
    }

    /// The verdict and the rules that it rests on, to be read by people.
    pub(crate) fn shown(&self) -> String {
        let rules: Vec<&str> = self
            .judgement
            .matches
            .iter()
            .filter(|found| !found.trial && found.verdict.action == self.action())
            .map(|found| &*found.rule)
            .collect();
        format!("{} by [{}]", word(self.action()), rules.join(", "))
    }
}

pub(crate) fn word(action: Action) -> &'static str {
    match action {
        Action::Allow => "allow",
        Action::Ask => "ask",
        Action::Block => "block",
    }
}

/// What is built once for many sessions.
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) policy: Policy,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { engine: Engine::default(), policy: Policy::builtin() }
    }

    /// A session of an agent in this folder, with this workspace.
    pub(crate) fn session(&self, cwd: &str, home: &str, workspace: &[&str]) -> Session<'_> {
        let absolute = |path: &str| drive_path(path.as_bytes()).unwrap_or_else(|| AbsPath::normal(path.as_bytes()));
        let base = Base {
            cwd: absolute(cwd),
            home: Some(absolute(home)),
            workspace: workspace.iter().map(|path| absolute(path)).collect(),
            user: None,
            temporary: Vec::new(),
            own_files: Vec::new(),
            case_sensitive: cwd.starts_with('/'),
        };
        let key = MemoryKey { uid: 1000, session: Some("one".into()), instance: None };
        Session { bench: self, base, memory: Memory::assuming_success(), key }
    }
}

pub(crate) struct Session<'b> {
    bench: &'b Bench,
    base: Base,
    memory: Memory,
    key: MemoryKey,
}

impl Session<'_> {
    pub(crate) fn judge(&mut self, input: ToolInput) -> Said {
        let call = call(input);
        let facts = Facts { base: &self.base, look: &Blind };
        let judged = self.bench.engine.judge(&call, facts, &self.bench.policy, Some(&self.memory), &self.key, 0);
        let engine = &self.bench.engine;
        let without_memory = engine.judge(&call, facts, &self.bench.policy, None, &self.key, 0).judgement;
        let ability = Ability { stop: true, ask: true, mask: true };
        let decision = apply(judged.judgement.clone(), Mode::Enforce, ability, Code::of(&[7; 16]));
        self.memory.note(
            &self.key,
            &Noted {
                phase: Phase::Before,
                call: Some("call"),
                succeeded: None,
                effects: &judged.effects,
                decision: Some(&decision),
                at: 0,
            },
        );
        Said { judgement: judged.judgement, without_memory }
    }

    pub(crate) fn command(&mut self, command: &str) -> Said {
        self.judge(shell(command))
    }
}

pub(crate) fn shell(command: &str) -> ToolInput {
    spoken(command, None)
}

/// A command of one of the shells: bash's, where none is named.
pub(crate) fn spoken(command: &str, shell: Option<&str>) -> ToolInput {
    let dialect = match shell {
        None => Dialect::Posix,
        Some("powershell") => Dialect::PowerShell,
        Some("cmd") => Dialect::Cmd,
        Some(other) => panic!("no shell is called {other}"),
    };
    ToolInput::Shell { command: RawText::from(command), dialect, background: false }
}

pub(crate) fn call(input: ToolInput) -> ToolCall {
    let name = match &input {
        ToolInput::Shell { .. } => "Bash".to_owned(),
        ToolInput::Read { .. } => "Read".to_owned(),
        ToolInput::Write { .. } => "Write".to_owned(),
        ToolInput::Edit { .. } => "Edit".to_owned(),
        ToolInput::Fetch { .. } => "WebFetch".to_owned(),
        ToolInput::Mcp { server, tool, .. } => format!("mcp__{server}__{tool}"),
        other => panic!("no case calls {other:?}"),
    };
    ToolCall {
        session: Some("one".to_owned()),
        call: Some("call".to_owned()),
        ..ToolCall::about_to_run(Agent::ClaudeCode, Tool { name, input })
    }
}
