//! Our entries in Cursor's `hooks.json`.

use super::events::{EVENTS, named};
use crate::{ConfigFile, Event, OnFailure, Register, Scope};
use protocol::Agent;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Where Cursor reads hooks from. The hooks of all files run, at the same time, and the strictest answer counts; no
/// setting of a company switches those of a person or a project off. Where Cursor loads the hooks of Claude Code as well,
/// from `.claude/settings.json` and its like, it runs their `command` without its `args`.
pub(crate) const CONFIG_FILES: &[ConfigFile] = &[
    ConfigFile { scope: Scope::User, path: "~/.cursor/hooks.json", note: "one unknown event voids the whole file" },
    ConfigFile { scope: Scope::Project, path: ".cursor/hooks.json", note: "read only where the workspace is trusted" },
    ConfigFile {
        scope: Scope::Managed,
        path: "/etc/cursor/hooks.json",
        note: "Linux and WSL; the file is the company's, shared with its other hooks",
    },
    ConfigFile {
        scope: Scope::Managed,
        path: "/Library/Application Support/Cursor/hooks.json",
        note: "macOS; the file is the company's, shared with its other hooks",
    },
    ConfigFile {
        scope: Scope::Managed,
        path: r"C:\ProgramData\Cursor\hooks.json",
        note: "Windows; the file is the company's, shared with its other hooks",
    },
];

/// A regular expression of JavaScript, for a tool's name: all but the tools that have a gate of their own.
pub(crate) const OTHER_TOOLS: &str = "^(?!Shell$|Read$|MCP:)";

/// See [`crate::hook_entry`].
pub(crate) fn hook_entry(command: &Path, event: &str, on_failure: OnFailure) -> Option<Value> {
    entry(&quoted(command.to_str()?)?, named(event)?, on_failure)
}

fn entry(program: &str, event: &Event, on_failure: OnFailure) -> Option<Value> {
    if event.register == Register::No {
        return None;
    }
    let mut entry = json!({
        "command": format!("{program} hook {} {}", Agent::Cursor.name(), event.name),
        "timeout": event.timeout,
    });
    let fields = entry.as_object_mut()?;
    if event.matcher {
        fields.insert("matcher".to_owned(), Value::from(OTHER_TOOLS));
    }
    if on_failure == OnFailure::Block && event.ability.stop {
        fields.insert("failClosed".to_owned(), Value::Bool(true));
    }
    Some(entry)
}

/// The program as a word of the shell that Cursor runs it by: `$SHELL -lc`, or `PowerShell` for a path of Windows, where
/// Cursor puts a `&` before a command that begins with a quote. `None` for a path that is not absolute, and for one that
/// Cursor would cut: it takes `//` and `/*` for comments, in strings as well.
fn quoted(path: &str) -> Option<String> {
    if path.contains("//") || path.contains("/*") || path.contains('\0') {
        return None;
    }
    let windows =
        matches!(path.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic()) || path.starts_with(r"\\");
    if !windows && !path.starts_with('/') {
        return None;
    }
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-') || (windows && matches!(c, '\\' | ':'))
    };
    if path.chars().all(plain) {
        return Some(path.to_owned());
    }
    Some(format!("'{}'", path.replace('\'', if windows { "''" } else { r"'\''" })))
}

/// See [`crate::settings`].
pub(crate) fn settings(command: &Path, on_failure: OnFailure) -> Option<Value> {
    let program = quoted(command.to_str()?)?;
    let mut hooks = Map::new();
    for event in EVENTS {
        let Some(entry) = entry(&program, event, on_failure) else { continue };
        hooks.insert(event.name.to_owned(), Value::Array(vec![entry]));
    }
    Some(json!({ "version": 1, "hooks": hooks }))
}
