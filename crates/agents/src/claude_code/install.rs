//! Our entries in Claude Code's settings.

use super::events::{EVENTS, named};
use crate::{ConfigFile, Event, OnFailure, Register, Scope};
use protocol::Agent;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Where Claude Code reads hooks from. Hooks of all files run; of the managed sources only the highest one counts,
/// unless it says `managedSourcesBehavior: "merge"`.
pub(crate) const CONFIG_FILES: &[ConfigFile] = &[
    ConfigFile {
        scope: Scope::User,
        path: "~/.claude/settings.json",
        note: "in CLAUDE_CONFIG_DIR instead, where that is set",
    },
    ConfigFile { scope: Scope::Project, path: ".claude/settings.json", note: "shared by everyone in the repository" },
    ConfigFile { scope: Scope::Project, path: ".claude/settings.local.json", note: "this checkout alone" },
    ConfigFile {
        scope: Scope::Managed,
        path: "/etc/claude-code/managed-settings.d/50-taffrail.json",
        note: "Linux and WSL; ignored where the organisation's settings come from claude.ai",
    },
    ConfigFile {
        scope: Scope::Managed,
        path: "/Library/Application Support/ClaudeCode/managed-settings.d/50-taffrail.json",
        note: "macOS; ignored where a profile or claude.ai brings the settings",
    },
    ConfigFile {
        scope: Scope::Managed,
        path: r"C:\Program Files\ClaudeCode\managed-settings.d\50-taffrail.json",
        note: "Windows; ignored where the registry or claude.ai brings the settings",
    },
];

/// See [`crate::hook_entry`]. In exec form: with `args` the agent starts the program itself, no shell in between, so
/// that no start-up file can print before our answer, and a path may have spaces.
pub(crate) fn hook_entry(command: &Path, event: &str, on_failure: OnFailure) -> Option<Value> {
    entry(command.to_str()?, named(event)?, on_failure)
}

fn entry(command: &str, event: &Event, on_failure: OnFailure) -> Option<Value> {
    let mut entry = json!({
        "type": "command",
        "command": command,
        "args": ["hook", Agent::ClaudeCode.name(), event.name],
        "timeout": event.timeout,
    });
    let fields = entry.as_object_mut()?;
    match event.register {
        Register::No => return None,
        Register::Async => {
            fields.insert("async".to_owned(), Value::Bool(true));
        }
        Register::Sync if on_failure == OnFailure::Block && event.ability.stop => {
            fields.insert("onFailure".to_owned(), Value::from("block"));
        }
        Register::Sync => {}
    }
    Some(entry)
}

/// See [`crate::settings`].
pub(crate) fn settings(command: &Path, on_failure: OnFailure) -> Option<Value> {
    let command = command.to_str()?;
    let mut hooks = Map::new();
    for event in EVENTS {
        let Some(entry) = entry(command, event, on_failure) else { continue };
        let mut group = Map::new();
        if event.matcher {
            group.insert("matcher".to_owned(), Value::from("*"));
        }
        group.insert("hooks".to_owned(), Value::Array(vec![entry]));
        hooks.insert(event.name.to_owned(), Value::Array(vec![Value::Object(group)]));
    }
    Some(json!({ "hooks": hooks }))
}
