//! Claude Code's files, and what their keys mean.

use crate::watched::{Items, Read, Subject, Unread, WatchedFile, hooks, names, notes, servers, setting};
use protocol::settings::{FileKind, Scope};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

macro_rules! files {
    ($($scope:ident $path:literal $kind:ident $read:expr;)+) => {
        &[$(WatchedFile { scope: Scope::$scope, path: $path, kind: FileKind::$kind, read: $read }),+]
    };
}

/// Managed files are those of Linux. Cursor reads some of these as well; a change of them is told once.
#[rustfmt::skip]
pub(crate) const WATCHED: &[WatchedFile] = files! {
    User    ".claude/settings.json"                      Settings     Read::Object(settings);
    User    ".claude/remote-settings.json"               Settings     Read::Object(settings);
    User    ".claude.json"                               State        Read::Notes(state);
    User    ".claude/plugins/installed_plugins.json"     Plugins      Read::Object(plugins);
    User    ".claude/plugins/known_marketplaces.json"    Plugins      Read::Object(marketplaces);
    User    ".claude/CLAUDE.md"                          Instructions Read::Whole;
    User    ".claude/rules/*.md"                         Instructions Read::Whole;
    User    ".claude/skills/*/SKILL.md"                  Skill        Read::Whole;
    User    ".claude/agents/*.md"                        Skill        Read::Whole;
    User    ".claude/commands/*.md"                      Skill        Read::Whole;
    Project ".claude/settings.json"                      Settings     Read::Object(settings);
    Project ".claude/settings.local.json"                Settings     Read::Object(settings);
    Project ".mcp.json"                                  McpServers   Read::Object(mcp);
    Project "CLAUDE.md"                                  Instructions Read::Whole;
    Project "CLAUDE.local.md"                            Instructions Read::Whole;
    Project ".claude/CLAUDE.md"                          Instructions Read::Whole;
    Project "AGENTS.md"                                  Instructions Read::Whole;
    Project ".claude/rules/*.md"                         Instructions Read::Whole;
    Project ".claude/skills/*/SKILL.md"                  Skill        Read::Whole;
    Project ".claude/agents/*.md"                        Skill        Read::Whole;
    Project ".claude/commands/*.md"                      Skill        Read::Whole;
    Managed "etc/claude-code/managed-settings.json"      Settings     Read::Object(settings);
    Managed "etc/claude-code/managed-settings.d/*.json"  Settings     Read::Object(settings);
    Managed "etc/claude-code/managed-mcp.json"           McpServers   Read::Object(mcp);
    Managed "etc/claude-code/CLAUDE.md"                  Instructions Read::Whole;
};

/// A settings file of any scope.
fn settings(top: &Value, items: &mut Items) {
    for (key, value) in top.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("hooks", value) => hooks(value, items),
            ("disableAllHooks" | "allowManagedHooksOnly", Value::Bool(on)) => {
                if *on {
                    items.add(Subject::HooksOff, key, value, None);
                }
            }
            ("permissions", Value::Object(_)) => permissions(value, items),
            ("enableAllProjectMcpServers" | "skipDangerousModePermissionPrompt", Value::Bool(on)) => {
                if *on {
                    items.add(Subject::AutoApprove, key, value, None);
                }
            }
            ("enabledMcpjsonServers", value) => names(value, Subject::Allow, "MCP server ", items),
            ("disabledMcpjsonServers", value) => names(value, Subject::Limit, "MCP server ", items),
            ("env", Value::Object(variables)) => {
                for (name, value) in variables {
                    items.add(Subject::Setting, format!("env.{name}"), value, None);
                }
            }
            ("enabledPlugins", Value::Object(plugins)) => {
                for (name, on) in plugins.iter().filter(|(_, on)| **on != Value::Bool(false)) {
                    items.add(Subject::Plugin, name, on, None);
                }
            }
            (key, value) => setting(key, value, items),
        }
    }
}

/// Modes in which calls run that would be asked about otherwise.
const UNASKED: [&str; 3] = ["bypassPermissions", "acceptEdits", "auto"];

fn permissions(permissions: &Value, items: &mut Items) {
    for (key, value) in permissions.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("allow", value) => names(value, Subject::Allow, "", items),
            ("additionalDirectories", value) => names(value, Subject::Allow, "folder ", items),
            ("ask", value) => names(value, Subject::Limit, "ask: ", items),
            ("deny", value) => names(value, Subject::Limit, "deny: ", items),
            ("defaultMode", Value::String(mode)) if UNASKED.contains(&mode.as_str()) => {
                items.add(Subject::AutoApprove, "defaultMode", value, Some(mode.clone()));
            }
            ("disableBypassPermissionsMode" | "disableAutoMode", value) => {
                items.add(Subject::Limit, key, value, None);
            }
            (key, value) => setting(&format!("permissions.{key}"), value, items),
        }
    }
}

/// Of what the agent notes for itself, what adds servers or approvals: the rest changes all the time.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Notes {
    mcp_servers: Value,
    bypass_permissions_mode_accepted: Value,
    projects: BTreeMap<String, ProjectNotes>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ProjectNotes {
    mcp_servers: Value,
    allowed_tools: Value,
    enabled_mcpjson_servers: Value,
    disabled_mcpjson_servers: Value,
    has_trust_dialog_accepted: Value,
}

fn state(text: &str, items: &mut Items) -> Result<(), Unread> {
    let all: Notes = if text.trim().is_empty() { Notes::default() } else { notes(text)? };
    servers(&all.mcp_servers, "", items);
    if all.bypass_permissions_mode_accepted == Value::Bool(true) {
        items.add(Subject::AutoApprove, "bypassPermissionsModeAccepted", &Value::Bool(true), None);
    }
    for (project, notes) in &all.projects {
        servers(&notes.mcp_servers, &format!(" in {project}"), items);
        names(&notes.allowed_tools, Subject::Allow, &format!("in {project}: "), items);
        names(&notes.enabled_mcpjson_servers, Subject::Allow, &format!("in {project}: MCP server "), items);
        names(&notes.disabled_mcpjson_servers, Subject::Limit, &format!("in {project}: MCP server "), items);
        if notes.has_trust_dialog_accepted == Value::Bool(true) {
            items.add(Subject::Allow, format!("trust in {project}"), &Value::Null, None);
        }
    }
    Ok(())
}

fn mcp(top: &Value, items: &mut Items) {
    if let Some(list) = top.get("mcpServers") {
        servers(list, "", items);
    }
}

fn plugins(top: &Value, items: &mut Items) {
    let list = top.get("plugins").and_then(Value::as_object);
    for (name, entry) in list.into_iter().flatten() {
        items.add(Subject::Plugin, name, entry, None);
    }
}

fn marketplaces(top: &Value, items: &mut Items) {
    for (name, entry) in top.as_object().into_iter().flatten() {
        // The agent notes here when it last looked.
        let source = entry.get("source").unwrap_or(&Value::Null);
        items.add(Subject::Plugin, format!("marketplace {name}"), source, None);
    }
}
