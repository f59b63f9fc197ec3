//! Whether an agent calls our hooks at all: what in its settings files narrows an entry, and what switches whole files off.

use crate::entries::{self, Start};
use crate::watched::{Read, WatchedFile};
use crate::{Event, Register, events};
use protocol::Agent;
use protocol::settings::{FileKind, Scope};
use serde_json::Value;

/// An entry of ours, as it stands in a settings file.
#[derive(Clone, Debug)]
pub struct Own {
    pub event: &'static Event,
    pub start: Start,
    /// Seconds that the agent waits; its own default where none is named.
    pub timeout: Option<f64>,
    /// It is called for some of the event's calls alone.
    pub narrowed: bool,
    /// The agent goes on before we have answered, where we need it to wait.
    pub unwaited: bool,
    /// A hook that fails stops the call.
    pub closed: bool,
}

impl Own {
    /// Shorter than our answer may take.
    pub fn is_short(&self) -> bool {
        self.timeout.is_some_and(|seconds| seconds < f64::from(self.event.timeout))
    }
}

/// Our entries for events that are known. `settings`: of [`entries::own_entries`] or [`crate::settings`].
pub fn own(agent: Agent, settings: &Value) -> Vec<Own> {
    let mut found = Vec::new();
    for (name, list) in settings.get("hooks").and_then(Value::as_object).into_iter().flatten() {
        let Some(event) = events(agent).iter().find(|event| event.name == name) else { continue };
        for element in list.as_array().into_iter().flatten() {
            match element.get("hooks").and_then(Value::as_array) {
                Some(group) => found.extend(group.iter().filter_map(|entry| one(agent, event, Some(element), entry))),
                None => found.extend(one(agent, event, None, element)),
            }
        }
    }
    found
}

fn one(agent: Agent, event: &'static Event, group: Option<&Value>, entry: &Value) -> Option<Own> {
    let start = entries::start(agent, entry)?;
    let on = |key: &str| entry.get(key).is_some_and(|value| *value == Value::Bool(true));
    let (narrowed, closed) = if agent == Agent::Cursor {
        (!matches_all(agent, event, entry.get("matcher")), on("failClosed"))
    } else {
        // Events without a matcher are called whatever stands there.
        let matcher = group.and_then(|group| group.get("matcher"));
        let some = event.matcher && !matches_all(agent, event, matcher);
        (some || on("once") || entry.get("if").is_some(), entry.get("onFailure").is_some_and(|v| v == "block"))
    };
    Some(Own {
        event,
        start,
        timeout: entry.get("timeout").and_then(Value::as_f64),
        narrowed,
        unwaited: event.register == Register::Sync && (on("async") || on("asyncRewake")),
        closed,
    })
}

/// Is it one of the ways to say all, or the very matcher that we write?
fn matches_all(agent: Agent, event: &Event, matcher: Option<&Value>) -> bool {
    let own = match agent {
        Agent::Cursor if event.matcher => crate::cursor::OTHER_TOOLS,
        _ => "*",
    };
    match matcher {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => [own, "", "*", ".*", "^.*$"].contains(&text.as_str()),
        Some(_) => false,
    }
}

/// Where a settings file stands among those that an agent reads: a later one has the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    User,
    Project,
    /// A project's file that is one person's.
    Local,
    /// On this machine, by an administrator.
    Managed,
    /// Fetched by the agent from its maker's service, for an organisation.
    Remote,
}

/// `None`: the file holds no hooks, and nothing about them.
pub fn layer(file: &WatchedFile) -> Option<Layer> {
    if !matches!(file.kind, FileKind::Settings | FileKind::Hooks) || matches!(file.read, Read::Whole) {
        return None;
    }
    Some(match file.scope {
        _ if file.path.ends_with("/remote-settings.json") => Layer::Remote,
        _ if file.path.ends_with(".local.json") => Layer::Local,
        Scope::User => Layer::User,
        Scope::Project => Layer::Project,
        Scope::Managed => Layer::Managed,
    })
}

/// Why hooks of a file are not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// A switch turns hooks off.
    Off,
    /// Only those of an administrator are called.
    ManagedOnly,
    /// Another managed source has taken the place of this one.
    Outranked,
}

/// What keeps the hooks of a file from being called, and the file in which that stands (its place in the list).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hindrance {
    pub why: Unheard,
    pub by: usize,
    /// The key that says so there.
    pub key: &'static str,
}

/// Of each settings file what keeps its hooks from being called; `None`: they are called. Files of one layer stand in the
/// order in which the agent reads them.
pub fn unheard(agent: Agent, files: &[(Layer, Value)]) -> Vec<Option<Hindrance>> {
    match agent {
        Agent::ClaudeCode => crate::claude_code::unheard(files),
        // No setting of Cursor's switches hooks off.
        _ => vec![None; files.len()],
    }
}

/// What makes the agent take nothing of a settings file that is whole JSON. A sentence without its full stop.
pub fn void(agent: Agent, settings: &Value) -> Option<String> {
    match agent {
        Agent::Cursor => crate::cursor::void(settings),
        _ => None,
    }
}

/// The program by which a person starts the agent, and the first version of it that stops a call when a hook fails, where
/// older ones do not. `<program> --version` begins with its version.
pub fn closes_since(agent: Agent) -> Option<(&'static str, [u32; 3])> {
    (agent == Agent::ClaudeCode).then_some(("claude", [2, 1, 295]))
}

/// A version of three numbers at the beginning of a text.
pub fn version(text: &str) -> Option<[u32; 3]> {
    let word = text.split_whitespace().next()?;
    let numbers = word.split(['-', '+']).next()?;
    let numbers: Vec<u32> = numbers.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests;
