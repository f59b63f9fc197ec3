//! Cursor's files, and what their keys mean. The names of the folders for skills, commands and sub-agents are not in its
//! documentation; they are those that were seen.

use crate::watched::{Items, Read, Subject, WatchedFile, hooks as all_hooks, names, servers, setting};
use protocol::settings::{FileKind, Scope};
use serde_json::Value;

macro_rules! files {
    ($($scope:ident $path:literal $kind:ident $read:expr;)+) => {
        &[$(WatchedFile { scope: Scope::$scope, path: $path, kind: FileKind::$kind, read: $read }),+]
    };
}

/// Managed files are those of Linux.
#[rustfmt::skip]
pub(crate) const WATCHED: &[WatchedFile] = files! {
    User    ".cursor/hooks.json"            Hooks        Read::Object(hooks);
    User    ".cursor/mcp.json"              McpServers   Read::Object(mcp);
    User    ".cursor/permissions.json"      Permissions  Read::Object(permissions);
    User    ".cursor/cli-config.json"       Permissions  Read::Object(command_line);
    User    ".cursor/rules/*.mdc"           Instructions Read::Whole;
    User    ".cursor/skills/*/SKILL.md"     Skill        Read::Whole;
    User    ".cursor/agents/*.md"           Skill        Read::Whole;
    User    ".cursor/commands/*.md"         Skill        Read::Whole;
    Project ".cursor/hooks.json"            Hooks        Read::Object(hooks);
    Project ".cursor/mcp.json"              McpServers   Read::Object(mcp);
    Project ".cursor/permissions.json"      Permissions  Read::Object(permissions);
    Project ".cursor/cli.json"              Permissions  Read::Object(command_line);
    Project ".cursor/environment.json"      Settings     Read::Object(environment);
    Project ".cursor/rules/*.mdc"           Instructions Read::Whole;
    Project ".cursor/rules/*/*.mdc"         Instructions Read::Whole;
    Project ".cursor/skills/*/SKILL.md"     Skill        Read::Whole;
    Project ".cursor/agents/*.md"           Skill        Read::Whole;
    Project ".cursor/commands/*.md"         Skill        Read::Whole;
    Project ".cursorrules"                  Instructions Read::Whole;
    Project ".cursorignore"                 Settings     Read::Whole;
    Project "AGENTS.md"                     Instructions Read::Whole;
    Managed "etc/cursor/hooks.json"         Hooks        Read::Object(hooks);
};

fn hooks(top: &Value, items: &mut Items) {
    for (key, value) in top.as_object().into_iter().flatten() {
        match key.as_str() {
            "hooks" => all_hooks(value, items),
            key => setting(key, value, items),
        }
    }
}

fn mcp(top: &Value, items: &mut Items) {
    if let Some(list) = top.get("mcpServers") {
        servers(list, "", items);
    }
}

fn permissions(top: &Value, items: &mut Items) {
    for (key, value) in top.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("mcpAllowlist", value) => names(value, Subject::Allow, "MCP ", items),
            ("terminalAllowlist", value) => names(value, Subject::Allow, "command ", items),
            ("autoRun", value) => auto_run(value, items),
            (key, value) => setting(key, value, items),
        }
    }
}

/// Whatever is set in `autoRun` lets something run unasked.
fn auto_run(value: &Value, items: &mut Items) {
    let on = |value: &Value| !matches!(value, Value::Null | Value::Bool(false));
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(_, value)| on(value)) {
                items.add(Subject::AutoApprove, format!("autoRun.{key}"), value, Some(value.to_string()));
            }
        }
        value if on(value) => items.add(Subject::AutoApprove, "autoRun", value, Some(value.to_string())),
        _ => {}
    }
}

/// `cursor-agent` keeps its own notes in the same file: only what permits or forbids counts.
fn command_line(top: &Value, items: &mut Items) {
    if let Some(permissions) = top.get("permissions") {
        names(permissions.get("allow").unwrap_or(&Value::Null), Subject::Allow, "", items);
        names(permissions.get("deny").unwrap_or(&Value::Null), Subject::Limit, "deny: ", items);
    }
    for key in ["approvalMode", "sandbox"] {
        if let Some(value) = top.get(key) {
            setting(key, value, items);
        }
    }
}

fn environment(top: &Value, items: &mut Items) {
    for (key, value) in top.as_object().into_iter().flatten() {
        setting(key, value, items);
    }
}
