//! The agents: an agent's payload becomes a [`ToolCall`], and a verdict that agent's exact answer.
//!
//! One file per agent. What an agent calls its events and tools, what its events can do, where its settings lie and how
//! a hook entry looks there is known here and nowhere else; [`words`] holds the sentences that agents and people read.
//! The crate reads no file, no clock and no environment.
//!
//! ```
//! use protocol::{Agent, ToolInput, Text};
//!
//! let payload = br#"{"session_id":"s","cwd":"/w","hook_event_name":"PreToolUse",
//!                    "tool_name":"Bash","tool_input":{"command":"git status"}}"#;
//! let call = taffrail_agents::decode(Agent::ClaudeCode, "PreToolUse", payload).unwrap();
//! let Some(ToolInput::Shell { command, .. }) = call.tool.map(|tool| tool.input) else { panic!() };
//! assert_eq!(command.bytes(), b"git status");
//! ```

mod arguments;
mod claude_code;
pub mod coverage;
mod cursor;
pub mod entries;
mod fallback;
mod fields;
mod output;
mod payload;
mod table;
#[cfg(test)]
mod testing;
pub mod watched;
pub mod words;

use protocol::fallback::{Answer, Row};
pub use protocol::settings::Scope;
use protocol::verdict::{Ability, Decision, Mode};
use protocol::{Agent, Phase, ToolCall};
use serde_json::Value;
use std::path::Path;
use thiserror::Error;
pub use words::Said;

/// A payload that is no event at all; the answer comes from the fallback rows.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformed {
    #[error("{0} has no adapter in this version")]
    NoAdapter(&'static str),
    #[error("the payload is empty")]
    Empty,
    #[error("the payload is not one JSON object (line {line}, column {column})")]
    NotAnObject { line: usize, column: usize },
}

impl Malformed {
    pub(crate) fn not_an_object(error: &serde_json::Error) -> Self {
        Self::NotAnObject { line: error.line(), column: error.column() }
    }
}

/// Is an event in our hook entries, and does the agent wait for the answer?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// The agent waits for our answer.
    Sync,
    /// Recorded only; the agent goes on at once.
    Async,
    No,
}

/// What an agent's event is, and what we make of it.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// The agent's own name.
    pub name: &'static str,
    pub phase: Phase,
    pub register: Register,
    /// Seconds, written into the hook entry; what the agent allows at most.
    pub timeout: u32,
    /// Does its hook entry have a matcher?
    pub matcher: bool,
    /// What its answer can do, in the forms that we speak, when the agent waits for it.
    pub ability: Ability,
    /// Why it is registered, or why not.
    pub why: &'static str,
}

/// A file in which an agent looks for hooks.
#[derive(Clone, Copy, Debug)]
pub struct ConfigFile {
    pub scope: Scope,
    /// As people write it: `~/.claude/settings.json`.
    pub path: &'static str,
    pub note: &'static str,
}

/// What the agent does when the hook itself fails: cannot be started, times out, ends with another code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// The call runs: a hook that is missing locks nobody out.
    Continue,
    /// The call is stopped. For managed settings alone, after the canary has passed on this machine.
    Block,
}

/// Decodes one event. `event` is the name on the hook's command line; it decides the form of the answer, and a payload
/// that names another is a gap.
///
/// # Errors
///
/// [`Malformed`] when the payload is not one JSON object. Anything less is a gap in the call.
pub fn decode(agent: Agent, event: &str, payload: &[u8]) -> Result<ToolCall, Malformed> {
    match agent {
        Agent::ClaudeCode => claude_code::decode(event, payload),
        Agent::Cursor => cursor::decode(event, payload),
        other => Err(Malformed::NoAdapter(other.name())),
    }
}

/// The agent's events that this version knows.
pub fn events(agent: Agent) -> &'static [Event] {
    match agent {
        Agent::ClaudeCode => claude_code::EVENTS,
        Agent::Cursor => cursor::EVENTS,
        _ => &[],
    }
}

/// What the answer to this event can do, in this permission mode and with or without a person there (`None`: not known).
/// An event that the agent does not wait for can do nothing.
pub fn ability(agent: Agent, event: &str, permission_mode: Option<&str>, attended: Option<bool>) -> Ability {
    match agent {
        Agent::ClaudeCode => claude_code::ability(event, permission_mode, attended),
        Agent::Cursor => cursor::ability(event, permission_mode, attended),
        _ => table::NOTHING,
    }
}

/// The answer, in the agent's exact form: at most one JSON object and nothing around it.
pub fn encode(call: &ToolCall, decision: &Decision, said: &Said) -> Answer {
    match call.agent {
        Agent::ClaudeCode => claude_code::encode(call, decision, said),
        Agent::Cursor => cursor::encode(call, decision, said),
        _ => Answer::default(),
    }
}

/// Does the person see what the answer to this event says to them ([`Said::person`])? Where not, it is kept and said
/// with the next answer of the same session that does: an allow may carry it.
pub fn reaches_person(call: &ToolCall) -> bool {
    match call.agent {
        Agent::ClaudeCode => claude_code::reaches_person(call),
        Agent::Cursor => cursor::reaches_person(call),
        _ => false,
    }
}

/// What a tool gave back, in its own shape, with each text in it passed through `mask` (`None`: nothing to hide there).
/// The result goes into [`Said::output`]; it is `None` when nothing changed.
///
/// # Errors
///
/// [`Malformed`] when the payload has no output that can be read: then nothing can be masked.
pub fn mask_output(
    agent: Agent,
    payload: &[u8],
    mask: &mut dyn FnMut(&str) -> Option<String>,
) -> Result<Option<String>, Malformed> {
    match agent {
        Agent::ClaudeCode => claude_code::mask_output(payload, mask),
        Agent::Cursor => cursor::mask_output(payload, mask),
        other => Err(Malformed::NoAdapter(other.name())),
    }
}

/// The finished answers for the time when no daemon gives one. `help`: whom to ask, from the policy.
pub fn fallback_rows(agent: Agent, mode: Mode, help: Option<&str>) -> Vec<Row> {
    match agent {
        Agent::ClaudeCode => claude_code::fallback_rows(mode, help),
        Agent::Cursor => cursor::fallback_rows(mode, help),
        _ => Vec::new(),
    }
}

/// The entry that makes the agent call `command` (the hook program's absolute path) at this event. `None` when the event
/// is not registered, or the path is no text that the agent's settings can hold.
pub fn hook_entry(agent: Agent, command: &Path, event: &str, on_failure: OnFailure) -> Option<Value> {
    match agent {
        Agent::ClaudeCode => claude_code::hook_entry(command, event, on_failure),
        Agent::Cursor => cursor::hook_entry(command, event, on_failure),
        _ => None,
    }
}

/// The block of the agent's settings that holds all our hook entries, ready to be merged into its file.
pub fn settings(agent: Agent, command: &Path, on_failure: OnFailure) -> Option<Value> {
    match agent {
        Agent::ClaudeCode => claude_code::settings(command, on_failure),
        Agent::Cursor => cursor::settings(command, on_failure),
        _ => None,
    }
}

/// Where the agent looks for hooks.
pub fn config_files(agent: Agent) -> &'static [ConfigFile] {
    match agent {
        Agent::ClaudeCode => claude_code::CONFIG_FILES,
        Agent::Cursor => cursor::CONFIG_FILES,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_agent_has_an_adapter() {
        for agent in Agent::ALL {
            assert!(!events(*agent).is_empty(), "{agent:?}");
            assert!(!config_files(*agent).is_empty(), "{agent:?}");
            assert_eq!(decode(*agent, "x", b"").unwrap_err(), Malformed::Empty);
        }
    }
}
