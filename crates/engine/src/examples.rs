//! The examples that rules carry, run as calls of a session that nobody has: what a bundle's author expects, held to what
//! the policy says.

use crate::Engine;
use policy::{Example, ExampleCall, Memory, MemoryKey, Noted, Policy, Rule, Word, apply};
use protocol::call::{Dialect, Tool, ToolInput};
use protocol::facts::{Base, Blind};
use protocol::verdict::{Ability, Action, Mode};
use protocol::{AbsPath, Agent, Code, Facts, RawText, ToolCall};

/// Where examples are at home.
pub const HOME: &str = "/home/ana";
/// Their workspace, and the folder of those that name none.
pub const WORKSPACE: &str = "/home/ana/src/shop";

/// An example that does not hold.
#[derive(Debug)]
pub struct Failed<'p> {
    pub rule: &'p Rule,
    pub example: &'p Example,
    /// What the policy says of the call, in one word, rules on trial included.
    pub said: &'static str,
    /// The rules that it rests on.
    pub by: Vec<String>,
}

/// Runs the examples of the rules that `of` picks; returns how many there were, and those that do not hold.
///
/// An example with a verdict other than allow is to be hit: its rule matches, and the call as a whole is at least that.
/// One with allow is a look-alike: its rule does not match, and the call is neither asked about nor stopped.
pub fn run<'p>(engine: &Engine, policy: &'p Policy, of: impl Fn(&Rule) -> bool) -> (usize, Vec<Failed<'p>>) {
    let (mut count, mut failed) = (0, Vec::new());
    for (rule, example) in policy.examples().filter(|(rule, _)| of(rule)) {
        count += 1;
        failed.extend(hold(engine, policy, rule, example));
    }
    (count, failed)
}

fn hold<'p>(engine: &Engine, policy: &'p Policy, rule: &'p Rule, example: &'p Example) -> Option<Failed<'p>> {
    let base = Base {
        cwd: AbsPath::normal(example.cwd.as_deref().unwrap_or(WORKSPACE).as_bytes()),
        home: Some(AbsPath::normal(HOME.as_bytes())),
        workspace: vec![AbsPath::normal(WORKSPACE.as_bytes())],
        user: None,
        temporary: Vec::new(),
        own_files: Vec::new(),
        case_sensitive: true,
    };
    let key = MemoryKey { uid: 0, session: Some("example".into()), instance: None };
    let mut memory = Memory::assuming_success();
    let facts = Facts { base: &base, look: &Blind };
    for earlier in &example.earlier {
        let call = call(&ExampleCall::Command(earlier.clone()));
        let judged = engine.judge(&call, facts, policy, Some(&memory), &key, 0);
        let ability = Ability { stop: true, ask: true, mask: true };
        let decision = apply(judged.judgement, Mode::Enforce, ability, Code::of(&[0; 16]));
        let noted = Noted {
            phase: call.phase,
            call: None,
            succeeded: None,
            effects: &judged.effects,
            decision: Some(&decision),
            at: 0,
        };
        memory.note(&key, &noted);
    }
    let judgement = engine.judge(&call(&example.call), facts, policy, Some(&memory), &key, 0).judgement;
    let named = judgement.matches.iter().any(|found| *found.rule == *rule.id());
    let holds = match example.verdict {
        Word::Allow => !named && judgement.acting.action == Action::Allow,
        word => named && at_least(&judgement.raw, word),
    };
    let by = judgement.matches.iter().map(|found| found.rule.to_string()).collect();
    (!holds).then(|| Failed { rule, example, said: judgement.raw.word(), by })
}

/// A rule on trial is held to what it would have said.
fn at_least(verdict: &protocol::Verdict, word: Word) -> bool {
    match word {
        Word::Allow => true,
        Word::Flag => verdict.word() != "allow",
        Word::Alert => !matches!(verdict.word(), "allow" | "flag"),
        Word::Mask => !verdict.masks.is_empty() || verdict.action > Action::Allow,
        Word::Ask => verdict.action >= Action::Ask,
        Word::Block => verdict.action == Action::Block,
    }
}

/// An example as Claude Code would call it.
fn call(example: &ExampleCall) -> ToolCall {
    let raw = |text: &String| RawText::from(text.as_str());
    let (name, input) = match example {
        ExampleCall::Command(command) => {
            ("Bash", ToolInput::Shell { command: raw(command), dialect: Dialect::Posix, background: false })
        }
        ExampleCall::Read { path } => ("Read", ToolInput::Read { path: raw(path) }),
        ExampleCall::Write { path, content } => ("Write", ToolInput::Write { path: raw(path), content: raw(content) }),
        ExampleCall::Edit { path, old, new } => {
            ("Edit", ToolInput::Edit { path: raw(path), edits: vec![(raw(old), raw(new))] })
        }
        ExampleCall::Fetch { url } => ("WebFetch", ToolInput::Fetch { url: raw(url) }),
        ExampleCall::Mcp { server, tool, arguments } => {
            ("mcp", ToolInput::Mcp { server: server.clone(), tool: tool.clone(), arguments: raw(arguments) })
        }
    };
    let name = match &input {
        ToolInput::Mcp { server, tool, .. } => format!("mcp__{server}__{tool}"),
        _ => name.to_owned(),
    };
    ToolCall::about_to_run(Agent::ClaudeCode, Tool { name, input })
}
