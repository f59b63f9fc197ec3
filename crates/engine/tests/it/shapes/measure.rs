//! What one verdict costs: processor time of this thread, which other work on the machine hardly moves.

use super::kind::Kind;
use policy::{Input, Judgement, Memory, MemoryKey, Places, Policy};
use protocol::call::{Tool, ToolInput};
use protocol::facts::{Base, Blind};
use protocol::{AbsPath, Agent, Facts, ToolCall};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::time::Duration;
use taffrail_engine::Engine;

/// A judge with the built-in rules and nothing looked up.
#[derive(Debug)]
pub(crate) struct Judge {
    engine: Engine,
    knowledge: guardrails::Knowledge,
    policy: Policy,
    memory: Memory,
    key: MemoryKey,
    base: Base,
    windows: Base,
}

/// Time for one call, beside the search for secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost {
    pub(crate) effects: Duration,
    pub(crate) policy: Duration,
}

impl Judge {
    pub(crate) fn new() -> Self {
        let base = |cwd: &str, home: &str, case_sensitive| Base {
            cwd: AbsPath::normal(cwd.as_bytes()),
            home: Some(AbsPath::normal(home.as_bytes())),
            workspace: vec![AbsPath::normal(cwd.as_bytes())],
            user: Some("ana".to_owned()),
            temporary: Vec::new(),
            own_files: Vec::new(),
            case_sensitive,
        };
        Self {
            engine: Engine::default(),
            knowledge: guardrails::Knowledge::builtin(),
            policy: Policy::builtin(),
            memory: Memory::new(),
            key: MemoryKey { uid: 1000, session: Some("one".into()), instance: None },
            base: base("/home/ana/shop", "/home/ana", true),
            windows: base("/c:/Users/ana/shop", "/c:/Users/ana", false),
        }
    }

    fn facts(&self, kind: Kind) -> Facts<'_> {
        let windows = matches!(kind, Kind::PowerShell | Kind::Cmd);
        Facts { base: if windows { &self.windows } else { &self.base }, look: &Blind }
    }

    /// The whole verdict on a text, with the search for secrets in it.
    pub(crate) fn judge(&self, kind: Kind, text: &str) -> Judgement {
        let call = call(kind.input(text));
        let judged = self.engine.judge(&call, self.facts(kind), &self.policy, Some(&self.memory), &self.key, 0);
        judged.judgement
    }

    /// The least that effects and rules of a call cost, in as many trials as it takes to be at most this.
    pub(crate) fn judged(&self, kind: Kind, text: &str, trials: usize, at_most: Duration) -> Duration {
        let mut least = Duration::MAX;
        for _ in 0..trials.max(1) {
            let steps = self.steps(kind, text);
            least = least.min(steps.effects + steps.policy);
            if least <= at_most {
                break;
            }
        }
        least
    }

    /// What effects and rules cost.
    pub(crate) fn steps(&self, kind: Kind, text: &str) -> Cost {
        let call = call(kind.input(text));
        let facts = self.facts(kind);
        let start = now();
        let effects = guardrails::effects(&call, facts, &self.knowledge).effects;
        let of_effects = since(start);
        let start = now();
        let judgement = self.policy.judge(&Input {
            effects: &effects,
            findings: &[],
            memory: Some(self.memory.view(&self.key, 0)),
            agent: Some(Agent::ClaudeCode),
            tool: Some("Bash"),
            places: Places { home: facts.base.home.as_ref(), workspace: &facts.base.workspace },
        });
        let policy = since(start);
        black_box(judgement);
        Cost { effects: of_effects, policy }
    }
}

/// This thread's processor time.
pub(crate) fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// What of it has gone by since.
pub(crate) fn since(start: Duration) -> Duration {
    now().saturating_sub(start)
}

fn call(input: ToolInput) -> ToolCall {
    ToolCall {
        session: Some("one".to_owned()),
        call: Some("call".to_owned()),
        ..ToolCall::about_to_run(Agent::ClaudeCode, Tool { name: "mcp__db__run_things".to_owned(), input })
    }
}
