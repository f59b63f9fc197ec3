//! The table of tools: what each asks for.

use super::decode::Payload;
use crate::arguments::{Args, unknown, whole};
use crate::fields::{Gaps, name};
use crate::payload::{text, word};
use protocol::call::{Dialect, Tool};
use protocol::{Phase, ToolInput, Why};
use serde_json::value::RawValue;

/// The tool that an event is about, by the name that Cursor's matchers have for it. A tool that we know, with an input
/// that we cannot read, is [`ToolInput::Malformed`]; a tool that we do not know keeps its whole input.
pub(super) fn of_event(
    event: &str,
    phase: Phase,
    payload: &Payload<'_>,
    dialect: Dialect,
    gaps: &mut Gaps,
) -> Option<Tool> {
    let (field_name, name, input) = match event {
        "beforeShellExecution" | "afterShellExecution" => {
            let shell = |command| ToolInput::Shell { command, dialect, background: false };
            ("command", "Shell".to_owned(), payload.command.and_then(text).map(shell))
        }
        "beforeMCPExecution" | "afterMCPExecution" => {
            let tool = name("tool_name", payload.tool_name, gaps).unwrap_or_default();
            let tool = tool.strip_prefix("MCP:").unwrap_or(&tool);
            ("tool_name", format!("MCP:{tool}"), mcp(tool, server(payload, gaps), payload.tool_input, gaps))
        }
        "beforeReadFile" => ("file_path", "Read".to_owned(), read(payload)),
        "beforeTabFileRead" => ("file_path", "TabRead".to_owned(), read(payload)),
        "afterFileEdit" => ("edits", "Write".to_owned(), edited(payload, gaps)),
        "afterTabFileEdit" => ("edits", "TabWrite".to_owned(), edited(payload, gaps)),
        _ => return generic(phase, payload, dialect, gaps),
    };
    let input = input.unwrap_or_else(|| {
        gaps.note(field_name, Why::Payload);
        ToolInput::Malformed { why: Why::Payload }
    });
    Some(Tool { name, input })
}

fn read(payload: &Payload<'_>) -> Option<ToolInput> {
    Some(ToolInput::Read { path: text(payload.file_path?)? })
}

fn edited(payload: &Payload<'_>, gaps: &mut Gaps) -> Option<ToolInput> {
    let path = text(payload.file_path?)?;
    Some(ToolInput::Edit { path, edits: Args { input: None, gaps }.edits("edits", payload.edits?)? })
}

/// The server's name; of versions that do not send it, what it runs as.
fn server(payload: &Payload<'_>, gaps: &mut Gaps) -> String {
    let named = name("mcp_server_name", payload.mcp_server_name, gaps);
    let named = named.or_else(|| name("url", payload.url.or(payload.mcp_server_url), gaps));
    let named = named.or_else(|| name("command", payload.command, gaps));
    named.unwrap_or_else(|| {
        gaps.note("mcp_server_name", Why::Payload);
        String::new()
    })
}

/// An MCP call. Its arguments are JSON in a string, or JSON.
fn mcp(tool: &str, server: String, input: Option<&RawValue>, gaps: &mut Gaps) -> Option<ToolInput> {
    if tool.is_empty() {
        return None;
    }
    if input.is_none() {
        gaps.note("tool_input", Why::Payload);
    }
    let arguments = input.and_then(text).unwrap_or_else(|| whole(input));
    Some(ToolInput::Mcp { server, tool: tool.to_owned(), arguments })
}

/// The events of any tool: it is named, with its input.
fn generic(phase: Phase, payload: &Payload<'_>, dialect: Dialect, gaps: &mut Gaps) -> Option<Tool> {
    let name = match name("tool_name", payload.tool_name, gaps) {
        None if phase == Phase::Unknown => return None,
        None => {
            gaps.note("tool_name", Why::Payload);
            String::new()
        }
        Some(name) => name,
    };
    let input = match name.strip_prefix("MCP:") {
        Some(tool) => {
            // What has run was judged where its server was named.
            if phase == Phase::Before {
                gaps.note("mcp_server_name", Why::Unstated);
            }
            mcp(tool, String::new(), payload.tool_input, gaps)
        }
        None => builtin(&name, payload.tool_input, dialect, gaps),
    };
    let input = input.unwrap_or_else(|| {
        gaps.note("tool_input", Why::Payload);
        ToolInput::Malformed { why: Why::Payload }
    });
    Some(Tool { name, input })
}

fn builtin(name: &str, input: Option<&RawValue>, dialect: Dialect, gaps: &mut Gaps) -> Option<ToolInput> {
    let mut args = Args { input, gaps };
    match name {
        "Shell" => args.shell(["command", "is_background"], dialect),
        "Read" => args.first(PATH, |path| ToolInput::Read { path }),
        // Names alone, as `ls` shows them.
        "List" => args.first(PATH, |path| ToolInput::Read { path }),
        "Write" => args.write(),
        "Delete" => args.first(PATH, |path| ToolInput::Delete { path }),
        "Grep" => args.search(["pattern", "file_path"]),
        "Glob" => args.search(["glob_pattern", "target_directory"]),
        "Fetch" | "WebFetch" => args.one("url", |url| ToolInput::Fetch { url }),
        "WebSearch" => args.one("search_term", |query| ToolInput::WebSearch { query }),
        "Task" => args.one("prompt", |prompt| ToolInput::Subagent { prompt }),
        "FetchMcpResource" => args.resource(),
        _ if INERT.contains(&name) => Some(ToolInput::Inert),
        _ => {
            let why = if UNSEEN.contains(&name) { Why::Unseen } else { Why::Tool };
            args.gaps.note("tool_name", why);
            Some(unknown(whole(input)))
        }
    }
}

const PATH: [&str; 2] = ["file_path", "path"];

/// Tools that touch nothing but the conversation, the agent's own lists, or the person's attention.
pub(super) const INERT: &[&str] = &[
    "AskQuestion",
    "Await",
    "CreatePlan",
    "GetMcpTools",
    "ListMcpResources",
    "ReadLints",
    "ReadTodos",
    "SwitchMode",
    "UpdateTodos",
];

/// Tools whose input tells how much they do and not what: keys typed into a running shell, clicks, a recording.
const UNSEEN: &[&str] = &["ComputerUse", "RecordScreen", "WriteShellStdin"];

impl Args<'_, '_> {
    /// A whole file, or one replacement in it.
    fn write(&mut self) -> Option<ToolInput> {
        let names = ["file_path", "path", "content", "old_string", "new_string"];
        let [file_path, path, content, old, new] = self.pick(&names)?;
        let path = text(file_path.or(path)?)?;
        Some(match content {
            Some(content) => ToolInput::Write { path, content: text(content)? },
            None => ToolInput::Edit { path, edits: vec![(text(old?)?, text(new?)?)] },
        })
    }

    /// What is put into a file is not shown.
    fn resource(&mut self) -> Option<ToolInput> {
        let [target] = self.pick(&["download_path"])?;
        if self.maybe("download_path", target, word).is_some_and(|path| !path.is_empty()) {
            self.gaps.note("tool_input.download_path", Why::Unseen);
            return Some(unknown(whole(self.input)));
        }
        self.mcp_resource()
    }
}
