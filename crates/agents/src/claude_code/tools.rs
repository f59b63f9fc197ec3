//! The table of tools: what each asks for.

use crate::arguments::{Args, unknown, whole};
use crate::fields::Gaps;
use crate::payload::{flag, pick, text, word};
use protocol::call::{Dialect, Tool};
use protocol::{RawText, ToolInput, Why};
use serde_json::value::RawValue;

/// Reads a tool call's input. A tool that we know, with an input that we cannot read, is
/// [`ToolInput::Malformed`]; a tool that we do not know keeps its whole input.
pub(super) fn tool(name: String, server: Option<&str>, input: Option<&RawValue>, gaps: &mut Gaps) -> Tool {
    let input = match name.strip_prefix("mcp__") {
        Some(rest) => mcp(rest, server, input, gaps),
        None => builtin(&name, input, gaps),
    };
    if let ToolInput::Malformed { why } = input {
        gaps.note("tool_input", why);
    }
    Tool { name, input }
}

fn builtin(name: &str, input: Option<&RawValue>, gaps: &mut Gaps) -> ToolInput {
    let mut args = Args { input, gaps };
    let read = match name {
        "Bash" => args.shell(["command", "run_in_background"], Dialect::Posix),
        "PowerShell" => args.shell(["command", "run_in_background"], Dialect::PowerShell),
        "Monitor" => args.monitor(),
        "Read" => args.one("file_path", |path| ToolInput::Read { path }),
        "LSP" => args.one("filePath", |path| ToolInput::Read { path }),
        "Write" => args.two(["file_path", "content"], |path, content| ToolInput::Write { path, content }),
        "Edit" => args.edit(),
        "MultiEdit" => args.multi_edit(),
        "NotebookEdit" => args.two(["notebook_path", "new_source"], |path, new| ToolInput::Edit {
            path,
            edits: vec![(RawText::default(), new)],
        }),
        "Glob" | "Grep" => args.search(["pattern", "path"]),
        "WebFetch" => args.one("url", |url| ToolInput::Fetch { url }),
        "WebSearch" => args.one("query", |query| ToolInput::WebSearch { query }),
        "Agent" | "Task" => args.one("prompt", |prompt| ToolInput::Subagent { prompt }),
        "Workflow" => args.first(["script", "scriptPath", "name"], |prompt| ToolInput::Subagent { prompt }),
        "CronCreate" => args.one("prompt", |text| ToolInput::Deferred { text }),
        "ScheduleWakeup" => args.wakeup(),
        "RemoteTrigger" => args.by_action("action", &["list", "get", "list_runs", "get_run_log"], |whole| {
            ToolInput::Deferred { text: whole }
        }),
        "ReadMcpResourceTool" | "ReadMcpResourceDirTool" => args.mcp_resource(),
        "Artifact" => args.by_action(
            "action",
            &["list", "list_types", "read", "status", "list_assets", "watch", "unwatch", "pin", "unpin"],
            unknown,
        ),
        "Projects" => args.by_action(
            "method",
            &["project_info", "project_read", "project_search", "project_memory_list", "project_memory_read"],
            unknown,
        ),
        "ExitWorktree" => args.exit_worktree(),
        _ if INERT.contains(&name) => Some(ToolInput::Inert),
        _ => {
            args.gaps.note("tool_name", Why::Tool);
            Some(unknown(whole(input)))
        }
    };
    read.unwrap_or(ToolInput::Malformed { why: Why::Payload })
}

/// Tools that touch nothing but the conversation, the agent's own lists, or the person's attention. Skills bring
/// instructions; what comes of these are calls of their own.
pub(super) const INERT: &[&str] = &[
    "AskUserQuestion",
    "BashOutput",
    "CronDelete",
    "CronList",
    "EnterPlanMode",
    "EnterWorktree",
    "ExitPlanMode",
    "KillBash",
    "KillShell",
    "ListAgents",
    "ListMcpResourcesTool",
    "OfferChromeSetup",
    "ProposeGoal",
    "ProposeSkills",
    "PushNotification",
    "ReadNotifications",
    "RefreshMcpTools",
    "ReportFindings",
    "SendMessage",
    "ShowOnboardingRolePicker",
    "Skill",
    "StructuredOutput",
    "TaskCreate",
    "TaskGet",
    "TaskList",
    "TaskOutput",
    "TaskStop",
    "TaskUpdate",
    "TeamCreate",
    "TeamDelete",
    "TodoRead",
    "TodoWrite",
    "ToolSearch",
];

/// `mcp__SERVER__TOOL`. The agent writes `_` for what is no letter, digit, `_` or `-` in a server's name, so the name
/// in `mcp_server` decides where it ends; without it the first `__` does.
fn mcp(rest: &str, server: Option<&str>, input: Option<&RawValue>, gaps: &mut Gaps) -> ToolInput {
    let by_name = server.and_then(|server| {
        let written: String =
            server.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' }).collect();
        Some((server, rest.strip_prefix(written.as_str())?.strip_prefix("__")?))
    });
    let Some((server, tool)) =
        by_name.or_else(|| rest.split_once("__")).filter(|(s, t)| !s.is_empty() && !t.is_empty())
    else {
        gaps.note("tool_name", Why::Tool);
        return unknown(whole(input));
    };
    if input.is_none() {
        gaps.note("tool_input", Why::Payload);
    }
    ToolInput::Mcp { server: server.to_owned(), tool: tool.to_owned(), arguments: whole(input) }
}

impl Args<'_, '_> {
    /// A command whose lines come in as events, or a web socket.
    fn monitor(&mut self) -> Option<ToolInput> {
        let [command, socket] = self.pick(&["command", "ws"])?;
        match (command, socket) {
            (Some(command), None) => {
                Some(ToolInput::Shell { command: text(command)?, dialect: Dialect::Posix, background: true })
            }
            (None, Some(socket)) => {
                let [url] = pick(socket.get(), &["url"]).ok()?.values;
                Some(ToolInput::Fetch { url: text(url?)? })
            }
            _ => None,
        }
    }

    fn edit(&mut self) -> Option<ToolInput> {
        let [path, old, new] = self.pick(&["file_path", "old_string", "new_string"])?;
        Some(ToolInput::Edit { path: text(path?)?, edits: vec![(text(old?)?, text(new?)?)] })
    }

    fn multi_edit(&mut self) -> Option<ToolInput> {
        let [path, edits] = self.pick(&["file_path", "edits"])?;
        Some(ToolInput::Edit { path: text(path?)?, edits: self.edits("tool_input.edits", edits?)? })
    }

    fn wakeup(&mut self) -> Option<ToolInput> {
        let [prompt, stop] = self.pick(&["prompt", "stop"])?;
        if self.maybe("stop", stop, flag) == Some(true) {
            return Some(ToolInput::Inert);
        }
        Some(ToolInput::Deferred { text: text(prompt?)? })
    }

    /// A tool of many actions: those in `harmless` only look, of the others the whole input is kept.
    fn by_action(
        &mut self,
        name: &'static str,
        harmless: &[&str],
        make: impl Fn(RawText) -> ToolInput,
    ) -> Option<ToolInput> {
        let [action] = self.pick(&[name])?;
        let action = self.maybe(name, action, word);
        if action.is_some_and(|action| harmless.contains(&action.as_ref())) {
            return Some(ToolInput::Inert);
        }
        Some(make(whole(self.input)))
    }

    /// The agent itself refuses to remove a worktree with work in it, unless it is told to discard that.
    fn exit_worktree(&mut self) -> Option<ToolInput> {
        let [discard] = self.pick(&["discard_changes"])?;
        let discard = self.maybe("discard_changes", discard, flag);
        Some(if discard == Some(true) { unknown(whole(self.input)) } else { ToolInput::Inert })
    }
}
