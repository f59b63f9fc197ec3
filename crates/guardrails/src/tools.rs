//! Tools that are not a shell: the same effects.

use crate::paths::Follow;
use crate::value::{Flow, Value};
use crate::walker::{Made, Walker};
use protocol::call::{Dialect, Tool, ToolInput};
use protocol::effect::{Action, Code, McpClass, Outgoing, PersistKind, ResourceAction, ResourceKind, WriteMode};
use protocol::{Field, RawText, Text, Why};

/// Values within MCP arguments that are looked at.
const MAX_VALUES: usize = 200;

/// Names of arguments that hold a path, a command, a statement, a URL.
const PATH_KEYS: &[&str] = &[
    "path",
    "file",
    "filename",
    "file_path",
    "filepath",
    "paths",
    "source",
    "destination",
    "target",
    "target_file",
    "dir",
    "directory",
    "folder",
    "uri",
    "from",
    "to",
    "old_path",
    "new_path",
    "relative_path",
    "notebook_path",
];
const COMMAND_KEYS: &[&str] =
    &["command", "cmd", "script", "shell_command", "bash", "commands", "input_command", "cli_command"];
const SQL_KEYS: &[&str] = &["sql", "query", "statement", "queries"];
const URL_KEYS: &[&str] = &["url", "urls", "endpoint", "href", "link"];

/// Words of tool names by what they say.
const DESTRUCTIVE: &[&str] = &[
    "delete",
    "drop",
    "remove",
    "destroy",
    "purge",
    "truncate",
    "wipe",
    "terminate",
    "uninstall",
    "clear",
    "erase",
    "kill",
    "reset",
    "revoke",
    "rm",
    "unlink",
    "deprovision",
    "archive",
];
const WRITING: &[&str] = &[
    "write",
    "create",
    "update",
    "edit",
    "insert",
    "add",
    "set",
    "put",
    "post",
    "send",
    "push",
    "merge",
    "move",
    "rename",
    "upload",
    "append",
    "modify",
    "patch",
    "apply",
    "execute",
    "exec",
    "run",
    "publish",
    "deploy",
    "start",
    "stop",
    "restart",
    "assign",
    "comment",
    "reply",
    "save",
    "copy",
    "invite",
    "approve",
    "click",
    "type",
    "fill",
    "navigate",
    "import",
    "enable",
    "disable",
    "transition",
    "upsert",
    "fork",
    "grant",
    "invoke",
    "call",
    "trigger",
    "submit",
    "close",
    "reopen",
    "cancel",
    "schedule",
    "rollout",
    "scale",
    "rollback",
    "release",
    "promote",
];
const READING: &[&str] = &[
    "read",
    "get",
    "list",
    "search",
    "find",
    "fetch",
    "query",
    "describe",
    "show",
    "view",
    "lookup",
    "count",
    "check",
    "status",
    "diff",
    "log",
    "logs",
    "info",
    "inspect",
    "browse",
    "resolve",
    "ping",
    "tree",
    "stat",
    "help",
    "explain",
    "select",
    "retrieve",
    "download",
    "snapshot",
    "screenshot",
    "docs",
    "validate",
    "analyze",
    "preview",
    "whoami",
    "history",
];

pub(crate) fn tool(walker: &mut Walker<'_>, tool: &Tool) {
    match &tool.input {
        ToolInput::Shell { command, dialect, .. } => match dialect {
            Dialect::Posix => crate::shell_text(walker, command.bytes()),
            Dialect::PowerShell => walker.powershell_input(command.bytes()),
            Dialect::Cmd => walker.cmd_input(command.bytes()),
        },
        ToolInput::Read { path } => walker.read(&word(walker, path), false),
        ToolInput::Write { path, content } => {
            let path = word(walker, path);
            walker.write(&path, WriteMode::Replace, &Flow::Text(content.bytes().to_vec()));
        }
        ToolInput::Edit { path, edits } => {
            let path = word(walker, path);
            let mut text = Vec::new();
            for (old, new) in edits {
                text.extend_from_slice(new.bytes());
                text.push(b'\n');
                walker.replaced.extend_from_slice(old.bytes());
                walker.replaced.push(b'\n');
            }
            walker.write_field(&path, WriteMode::Edit, Field::Known(RawText::new(text)), Made::Unseen);
            walker.replaced.clear();
        }
        ToolInput::Delete { path } => {
            let path = word(walker, path);
            walker.delete(&path, false, true, false);
        }
        ToolInput::Search { path, .. } => {
            let path = path.as_ref().map_or_else(|| walker.shell.cwd.clone(), |path| word(walker, path));
            walker.read(&path, true);
        }
        ToolInput::Fetch { url } => crate::readers::net::fetch(walker, &Value::text(url.bytes()), "GET", None),
        ToolInput::WebSearch { query } => walker.push(Action::Send {
            host: Field::Unknown(Why::Unstated),
            url: Field::Unknown(Why::Unstated),
            method: Field::Known(RawText::from("search")),
            what: vec![Outgoing::Text(query.clone())],
        }),
        ToolInput::Mcp { server, tool, arguments } => mcp(walker, server, tool, arguments.bytes()),
        // A sub-agent's own calls come to us one by one.
        ToolInput::Subagent { .. } | ToolInput::Inert => {}
        ToolInput::Deferred { .. } => {
            walker.push(Action::Persist { kind: PersistKind::Other, target: None });
            walker.push(Action::Run {
                program: Field::Unknown(Why::Unseen),
                arguments: Vec::new(),
                code: Code::Unseen(Why::Unseen),
            });
        }
        ToolInput::Unknown { .. } => walker.unknown(Why::Tool, Some(tool.name.as_bytes())),
        ToolInput::Malformed { why } => walker.unknown(*why, Some(tool.name.as_bytes())),
        _ => walker.unknown(Why::Newer, Some(tool.name.as_bytes())),
    }
}

/// A path as tools take it: `~` is the home folder, a wildcard is itself.
fn word(walker: &Walker<'_>, path: &RawText) -> Value {
    text_path(walker, path.bytes())
}

fn text_path(walker: &Walker<'_>, path: &[u8]) -> Value {
    let path = path.strip_prefix(b"file://").unwrap_or(path);
    if path == b"~" || path.starts_with(b"~/") {
        let mut out = walker.shell.get(b"HOME").unwrap_or(Value::Unknown(Why::NoFacts));
        out.append(&Value::text(path.get(1..).unwrap_or_default()));
        return out;
    }
    Value::text(path)
}

/// What a tool's name says that it does: the strictest of its words.
pub(crate) fn class_by_name(tool: &str) -> McpClass {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_lower = false;
    for c in tool.chars() {
        if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && was_lower) {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase();
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let reads_first = words.iter().find(|word| !word.is_empty()).is_some_and(|word| READING.contains(&word.as_str()));
    if has(DESTRUCTIVE) && !reads_first {
        McpClass::Destructive
    } else if reads_first {
        McpClass::Read
    } else if has(WRITING) {
        McpClass::Write
    } else if has(READING) {
        McpClass::Read
    } else {
        McpClass::Unknown
    }
}

fn mcp(walker: &mut Walker<'_>, server: &str, tool: &str, arguments: &[u8]) {
    let class = walker.knowledge.mcp_class(server, tool).unwrap_or_else(|| class_by_name(tool));
    walker.push(Action::CallMcp {
        server: Field::Known(RawText::from(server)),
        tool: Field::Known(RawText::from(tool)),
        class,
    });
    if class == McpClass::Destructive {
        manages(walker, server, tool, arguments, ResourceAction::Destroy);
    }
    if class == McpClass::Write {
        manages(walker, server, tool, arguments, ResourceAction::Change);
        gives_away(walker, server, tool, arguments);
    }
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(arguments) else {
        if !arguments.is_empty() {
            walker.unknown(Why::Payload, None);
        }
        return;
    };
    let mut left = MAX_VALUES;
    let content = ["content", "text", "contents", "data", "new_text", "file_text"]
        .iter()
        .find_map(|key| json.get(key))
        .and_then(|value| value.as_str())
        .map(str::to_owned);
    let mut edited = Vec::new();
    edits(&json, MAX_EDIT_DEPTH, &mut walker.replaced, &mut edited);
    let mut paths = Vec::new();
    values(walker, server, "", &json, &mut left, &mut paths);
    // A path of the server's own world (a repository's file) is not one of this machine; one that is absolute, or that
    // a file server takes, is.
    let files = ["file", "fs", "filesystem", "disk", "desktop", "commander", "editor", "serena"]
        .iter()
        .any(|word| server.to_ascii_lowercase().contains(word));
    let lower = tool.to_ascii_lowercase();
    let moves = lower.contains("move") || lower.contains("rename");
    let usable: Vec<Value> = paths
        .into_iter()
        .filter(|path| files || path.known().is_some_and(|text| matches!(text.first(), Some(b'/'))))
        .collect();
    match (class, usable.as_slice()) {
        (_, [from, to]) if moves => walker.move_to(from, to),
        (McpClass::Read, paths) => {
            for path in paths {
                walker.read(path, lower.contains("tree") || lower.contains("search"));
            }
        }
        (McpClass::Write, paths) => {
            for path in paths {
                match &content {
                    Some(content) => walker.write(path, WriteMode::Replace, &Flow::Text(content.clone().into_bytes())),
                    None if !edited.is_empty() => {
                        let new = Field::Known(RawText::new(edited.clone()));
                        walker.write_field(path, WriteMode::Edit, new, Made::Unseen);
                    }
                    None if lower.contains("dir") || lower.contains("folder") => {
                        walker.write_field(path, WriteMode::Create, Field::Known(RawText::from("")), Made::Unseen);
                    }
                    None => walker.write_field(path, WriteMode::Edit, Field::Unknown(Why::Unseen), Made::Unseen),
                }
            }
        }
        (McpClass::Destructive, paths) => {
            for path in paths {
                walker.delete(path, true, true, false);
            }
        }
        (_, paths) => {
            for path in paths {
                let found = walker.found(path, Follow::Links);
                walker.push(Action::Read { target: found.target, recursive: false });
            }
        }
    }
    walker.replaced.clear();
}

/// A message, a mail, a comment: a key in its text goes out, and so does a file that is attached.
fn gives_away(walker: &mut Walker<'_>, server: &str, tool: &str, arguments: &[u8]) {
    let words = tool.to_ascii_lowercase();
    let outward =
        ["send", "post", "mail", "message", "comment", "reply", "share", "publish", "upload", "issue", "gist"]
            .iter()
            .any(|word| words.contains(word));
    if !outward {
        return;
    }
    let mut what = Vec::new();
    if crate::readers::printed::holds_a_key(arguments) {
        what.push(Outgoing::Variable(RawText::from("a key in the text")));
    }
    let json = serde_json::from_slice::<serde_json::Value>(arguments).unwrap_or_default();
    let attached = ["attachments", "attachment", "files", "file_paths", "file_path", "file"]
        .iter()
        .filter_map(|key| json.get(*key))
        .flat_map(|value| value.as_array().map_or_else(|| vec![value], |items| items.iter().take(32).collect()));
    for path in attached.filter_map(|value| value.as_str().or_else(|| value.get("path").and_then(|path| path.as_str())))
    {
        if matches!(path.as_bytes().first(), Some(b'/' | b'~' | b'.')) {
            let path = text_path(walker, path.as_bytes());
            what.push(Outgoing::File(walker.found(&path, Follow::Links).target));
        }
    }
    if !what.is_empty() {
        walker.push(Action::Send {
            host: Field::Known(RawText::from(server)),
            url: Field::Unknown(Why::Unstated),
            method: Field::Known(RawText::from(tool)),
            what,
        });
    }
}

/// Objects within objects that an edit's texts are looked for in.
const MAX_EDIT_DEPTH: u32 = 4;

/// The old and the new texts of an edit, in the names that file servers use.
fn edits(json: &serde_json::Value, depth: u32, old: &mut Vec<u8>, new: &mut Vec<u8>) {
    if depth == 0 {
        return;
    }
    match json {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                let into = match name.as_str() {
                    "oldText" | "old_text" | "old_string" | "old_str" | "old" => &mut *old,
                    "newText" | "new_text" | "new_string" | "new_str" | "new" => &mut *new,
                    _ => {
                        edits(value, depth - 1, old, new);
                        continue;
                    }
                };
                if let Some(text) = value.as_str() {
                    into.extend_from_slice(text.as_bytes());
                    into.push(b'\n');
                }
            }
        }
        serde_json::Value::Array(items) => {
            for item in items.iter().take(MAX_VALUES) {
                edits(item, depth - 1, old, new);
            }
        }
        _ => {}
    }
}

fn values(
    walker: &mut Walker<'_>,
    server: &str,
    key: &str,
    json: &serde_json::Value,
    left: &mut usize,
    paths: &mut Vec<Value>,
) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    if *left == 0 {
        walker.unknown(Why::WorkLimit, None);
        return;
    }
    match json {
        serde_json::Value::String(text) => {
            if PATH_KEYS.contains(&key) {
                paths.push(text_path(walker, text.as_bytes()));
            } else if COMMAND_KEYS.contains(&key) {
                walker.new_shell_text(text.as_bytes(), &Flow::Inherit, Vec::new());
            } else if SQL_KEYS.contains(&key) && looks_like_sql(text) && (key == "sql" || is_statement(text)) {
                crate::readers::sql::through(walker, server, text.as_bytes());
            } else if URL_KEYS.contains(&key) && (text.starts_with("http://") || text.starts_with("https://")) {
                crate::readers::net::fetch(walker, &Value::text(text.as_bytes()), "GET", None);
            }
        }
        serde_json::Value::Array(items) => {
            let words: Option<Vec<Value>> =
                items.iter().map(|item| item.as_str().map(|text| Value::text(text.as_bytes()))).collect();
            match words {
                // A command in its words.
                Some(words) if COMMAND_KEYS.contains(&key) && words.len() > 1 => {
                    walker.deeper(|walker| walker.invoke(&words, &Flow::Inherit));
                }
                _ => {
                    for item in items {
                        values(walker, server, key, item, left, paths);
                    }
                }
            }
        }
        serde_json::Value::Object(fields) => {
            // A command and its arguments apart.
            let program = ["command", "cmd"].iter().find_map(|name| fields.get(*name)).and_then(|value| value.as_str());
            if let (Some(program), Some(serde_json::Value::Array(items))) = (program, fields.get("args"))
                && !program.contains(' ')
            {
                let mut words = vec![Value::text(program.as_bytes())];
                words.extend(items.iter().filter_map(|item| item.as_str()).map(|text| Value::text(text.as_bytes())));
                walker.deeper(|walker| walker.invoke(&words, &Flow::Inherit));
                return;
            }
            for (name, value) in fields {
                values(walker, server, &name.to_ascii_lowercase(), value, left, paths);
            }
        }
        _ => {}
    }
}

/// Kinds of services by words of their servers' names.
const SERVICES: [(&str, ResourceKind); 22] = [
    ("postgres", ResourceKind::Database),
    ("mysql", ResourceKind::Database),
    ("mongo", ResourceKind::Database),
    ("redis", ResourceKind::Database),
    ("sqlite", ResourceKind::Database),
    ("database", ResourceKind::Database),
    ("clickhouse", ResourceKind::Database),
    ("bigquery", ResourceKind::Database),
    ("snowflake", ResourceKind::Database),
    ("supabase", ResourceKind::Database),
    ("neon", ResourceKind::Database),
    ("kubernetes", ResourceKind::Kubernetes),
    ("k8s", ResourceKind::Kubernetes),
    ("kube", ResourceKind::Kubernetes),
    ("helm", ResourceKind::Kubernetes),
    ("aws", ResourceKind::Cloud),
    ("gcp", ResourceKind::Cloud),
    ("gcloud", ResourceKind::Cloud),
    ("azure", ResourceKind::Cloud),
    ("cloudflare", ResourceKind::Cloud),
    ("vercel", ResourceKind::Cloud),
    ("terraform", ResourceKind::Cloud),
];

/// What a service holds that holds all the rest.
const WHOLES: [&str; 6] = ["project", "database", "cluster", "account", "organization", "keyspace"];

/// A tool of a service that destroys or changes something: it does what a command of that service would.
fn manages(walker: &mut Walker<'_>, server: &str, tool: &str, arguments: &[u8], action: ResourceAction) {
    let (server_words, tool_words) = (server.to_ascii_lowercase(), tool.to_ascii_lowercase());
    let json = serde_json::from_slice::<serde_json::Value>(arguments).unwrap_or_default();
    let text = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| json.get(*name))
            .and_then(|value| value.as_str())
            .map_or(Field::Unknown(Why::Unstated), |text| Field::Known(RawText::from(text)))
    };
    let repository =
        ["repo", "project"].iter().any(|word| tool_words.ends_with(word)) || tool_words.contains("repository");
    let forge = ["git", "bitbucket", "gitea", "forgejo"].iter().any(|word| server_words.contains(word));
    let destroys = action == ResourceAction::Destroy;
    if destroys && repository && forge {
        walker.push(Action::ChangeHistory {
            kind: protocol::effect::HistoryKind::DeleteRepository,
            branch: Field::Unknown(Why::Unstated),
            remote: text(&["repo", "repository", "name", "project", "project_id"]),
            loses: Field::Known(true),
        });
        return;
    }
    let Some((_, kind)) = SERVICES.iter().find(|(word, _)| server_words.contains(word)) else { return };
    let scope = text(&["namespace", "database", "db", "schema", "project", "project_id", "resource_group", "account"]);
    let whole = destroys && *kind != ResourceKind::Kubernetes && WHOLES.iter().any(|word| tool_words.ends_with(word));
    walker.push(Action::Resource {
        kind: *kind,
        action,
        provider: Field::Known(RawText::from(server)),
        name: text(&[
            "name",
            "id",
            "table",
            "collection",
            "bucket",
            "resource",
            "resource_name",
            "namespace",
            "key",
            "stack",
        ]),
        scope: if whole { crate::walker::with_mark(&scope, crate::walker::EVERYTHING) } else { scope },
        host: Field::Known(RawText::from(server)),
        context: text(&["context", "environment", "env", "cluster", "profile", "workspace", "stage"]),
    });
}

fn looks_like_sql(text: &str) -> bool {
    let first =
        text.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_uppercase();
    [
        "SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "TRUNCATE", "ALTER", "CREATE", "GRANT", "REVOKE", "WITH",
        "MERGE", "REPLACE", "COPY",
    ]
    .contains(&first.as_str())
}

/// `query` may hold words that are looked for: a statement goes on as one does.
fn is_statement(text: &str) -> bool {
    const FOLLOWS: [(&str, &[&str]); 4] = [
        ("DELETE", &["FROM"]),
        (
            "DROP",
            &["TABLE", "DATABASE", "SCHEMA", "INDEX", "VIEW", "MATERIALIZED", "ROLE", "USER", "COLUMN", "FUNCTION"],
        ),
        ("TRUNCATE", &[]),
        ("ALTER", &["TABLE", "ROLE", "USER", "DATABASE", "SCHEMA", "DEFAULT", "SYSTEM", "TYPE", "VIEW", "POLICY"]),
    ];
    let mut words = text.split_whitespace().map(str::to_ascii_uppercase);
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let verb = FOLLOWS.iter().find(|(verb, _)| *verb == first);
    verb.is_none_or(|(_, next)| next.is_empty() || next.contains(&second.as_str()))
}
