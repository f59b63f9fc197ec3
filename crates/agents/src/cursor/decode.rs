//! A payload becomes a [`ToolCall`].

use super::{events, tools};
use crate::Malformed;
use crate::fields::{Gaps, as_json, cut, field, name, note, picked};
use crate::output::joined;
use crate::payload::{flag, items, millis, pick, text, word};
use protocol::call::{Dialect, Subagent};
use protocol::{Agent, Phase, RawText, Text, ToolCall, Why};
use serde_json::value::RawValue;

macro_rules! payload {
    ($($name:ident)+) => {
        /// The fields that are read, of all events.
        pub(super) struct Payload<'a> {
            $(pub(super) $name: Option<&'a RawValue>,)+
        }

        impl<'a> Payload<'a> {
            fn read(json: &'a str, gaps: &mut Gaps) -> Result<Self, Malformed> {
                let [$($name),+] = picked(json, &[$(stringify!($name)),+], gaps)?;
                Ok(Self { $($name),+ })
            }
        }
    };
}

payload! {
    session_id conversation_id generation_id hook_event_name cursor_version workspace_roots cwd
    tool_name tool_input tool_use_id tool_output duration duration_ms is_interrupt agent_message parent_tool_call_id
    command output url mcp_server_name mcp_server_url result_json
    file_path content edits attachments prompt composer_mode text
    error_message failure_type status reason trigger
    subagent_id subagent_type tool_call_id
}

/// Folders that one window has open.
const MOST_ROOTS: usize = 64;
/// Files that go with one prompt.
const MOST_ATTACHMENTS: usize = 100;

pub(crate) fn decode(event: &str, payload: &[u8]) -> Result<ToolCall, Malformed> {
    let mut gaps = Gaps::default();
    let json = as_json(payload, &mut gaps)?;
    let payload = Payload::read(&json, &mut gaps)?;

    let known = events::named(event);
    let phase = known.map_or(Phase::Unknown, |event| event.phase);
    if known.is_none() {
        gaps.note("event", Why::Event);
    }
    if payload.hook_event_name.and_then(word).is_none_or(|named| named != event) {
        gaps.note("hook_event_name", Why::Payload);
    }
    // It says whether an ask is shown.
    let program = name("cursor_version", payload.cursor_version, &mut gaps).and_then(|v| events::program(&v));
    if program.is_none() {
        gaps.note("cursor_version", Why::Payload);
    }

    // Both are the conversation's; the second is the documented one.
    let session = name("session_id", payload.session_id, &mut gaps);
    let session = session.or_else(|| name("conversation_id", payload.conversation_id, &mut gaps));
    if session.is_none() && event != "workspaceOpen" {
        gaps.note("session_id", Why::Payload);
    }
    let has_tool = matches!(phase, Phase::Before | Phase::After | Phase::Failed);
    let folders = folders(&payload, &mut gaps);
    let root = folders.first().cloned();
    let told = field("cwd", payload.cwd, text, &mut gaps).filter(|cwd| !cwd.is_empty());
    let dialect = dialect([root.as_ref(), told.as_ref()]);
    // Where the tool does not say where it works, and several folders are open, the first is a guess.
    if told.is_none() && (root.is_none() || (has_tool && folders.len() > 1)) {
        gaps.note("cwd", if root.is_none() { Why::Payload } else { Why::Unstated });
    }
    let cwd = told.or(root);
    let tool = match phase {
        Phase::Before | Phase::After | Phase::Failed | Phase::Unknown => {
            tools::of_event(event, phase, &payload, dialect, &mut gaps)
        }
        _ => None,
    };
    let (output, failed) = output(event, tool.as_ref().map_or("", |tool| &tool.name), &payload, &mut gaps);
    let rationale = match event {
        "preToolUse" => field("agent_message", payload.agent_message, text, &mut gaps),
        "afterAgentThought" => field("text", payload.text, text, &mut gaps),
        _ => None,
    };
    let stated = || payload.tool_input.filter(|_| tool.as_ref().is_some_and(|tool| tool.name == "Task")).and_then(goal);
    let rationale = rationale.filter(|text| !text.is_empty()).or_else(stated);
    if phase == Phase::Failed {
        field("is_interrupt", payload.is_interrupt, flag, &mut gaps);
    }
    let (duration_name, duration) = match payload.duration {
        Some(ms) => ("duration", Some(ms)),
        None => ("duration_ms", payload.duration_ms),
    };
    let (call_name, call) = match phase {
        Phase::SubagentStart | Phase::SubagentEnd => ("tool_call_id", payload.tool_call_id),
        _ => ("tool_use_id", payload.tool_use_id),
    };

    Ok(ToolCall {
        agent: Agent::Cursor,
        event: cut(event).to_owned(),
        phase: if failed && phase == Phase::After { Phase::Failed } else { phase },
        session,
        turn: name("generation_id", payload.generation_id, &mut gaps),
        call: name(call_name, call, &mut gaps),
        cwd,
        folders,
        permission_mode: program.map(str::to_owned),
        subagent: subagent(phase, &payload, &mut gaps),
        tool,
        output,
        prompt: field("prompt", payload.prompt, text, &mut gaps),
        rationale,
        note: said(event, &payload, &mut gaps),
        duration_ms: field(duration_name, duration, millis, &mut gaps),
        gaps: gaps.into_vec(),
    })
}

/// The folders that the window has open. An empty one stands for none, and so do those behind what is no text.
fn folders(payload: &Payload<'_>, gaps: &mut Gaps) -> Vec<RawText> {
    let roots = field("workspace_roots", payload.workspace_roots, |roots| items(roots, MOST_ROOTS), gaps);
    let (roots, _) = roots.unwrap_or_default();
    roots.into_iter().map_while(text).filter(|root| !root.is_empty()).collect()
}

/// The language of the shell, which no payload names: on Windows, which shows in the form of paths, it is `PowerShell`.
/// The tool's own folder alone does not say it, since the model chooses that one.
fn dialect(folders: [Option<&RawText>; 2]) -> Dialect {
    let windows = |folder: &RawText| {
        let path = folder.bytes();
        match path.strip_prefix(b"/").unwrap_or(path) {
            [drive, b':', ..] => drive.is_ascii_alphabetic(),
            [b'\\', b'\\', ..] => true,
            _ => false,
        }
    };
    if folders.into_iter().flatten().any(windows) { Dialect::PowerShell } else { Dialect::Posix }
}

/// The sub-agent that an event is of. Its own events name it; a call in it names the call that started it, which is
/// [`ToolCall::call`] of its start.
fn subagent(phase: Phase, payload: &Payload<'_>, gaps: &mut Gaps) -> Option<Subagent> {
    if matches!(phase, Phase::SubagentStart | Phase::SubagentEnd) {
        let id = name("subagent_id", payload.subagent_id, gaps)?;
        return Some(Subagent { id, kind: name("subagent_type", payload.subagent_type, gaps) });
    }
    let id = name("parent_tool_call_id", payload.parent_tool_call_id, gaps)?;
    Some(Subagent { id, kind: None })
}

/// What a sub-agent is started for, in a few words.
fn goal(input: &RawValue) -> Option<RawText> {
    let [description] = pick(input.get(), &["description"]).ok()?.values;
    text(description?).filter(|text| !text.is_empty())
}

/// The short texts of an event that are neither input nor output.
fn said(event: &str, payload: &Payload<'_>, gaps: &mut Gaps) -> Option<RawText> {
    let parts: &[(&str, Option<&RawValue>)] = match event {
        "postToolUseFailure" => &[("failure_type", payload.failure_type), ("error_message", payload.error_message)],
        "sessionStart" => &[("composer_mode", payload.composer_mode)],
        "sessionEnd" => &[("reason", payload.reason), ("error_message", payload.error_message)],
        "stop" | "subagentStop" => &[("status", payload.status), ("error_message", payload.error_message)],
        "preCompact" => &[("trigger", payload.trigger)],
        "afterAgentResponse" => &[("text", payload.text)],
        "beforeSubmitPrompt" => return attached(payload, gaps),
        _ => &[],
    };
    note(parts, gaps)
}

/// The files that go with a prompt.
fn attached(payload: &Payload<'_>, gaps: &mut Gaps) -> Option<RawText> {
    let (list, more) = field("attachments", payload.attachments, |list| items(list, MOST_ATTACHMENTS), gaps)?;
    if more {
        gaps.note("attachments", Why::TooBig);
    }
    let paths: Vec<_> = list
        .into_iter()
        .map(|item| ("attachments", pick(item.get(), &["file_path"]).ok().and_then(|picked| picked.values[0])))
        .collect();
    note(&paths, gaps)
}

/// What came back, as the model reads it where the event has that, and whether it says that nothing came of it: a
/// command's exit code, or an MCP call that failed or that the person refused, comes with `postToolUse` as well.
fn output(event: &str, tool: &str, payload: &Payload<'_>, gaps: &mut Gaps) -> (Option<RawText>, bool) {
    let (field_name, value) = match event {
        "beforeReadFile" | "beforeTabFileRead" => {
            return (field("content", payload.content, text, gaps), false);
        }
        "afterShellExecution" => return (field("output", payload.output, text, gaps), false),
        "afterMCPExecution" => ("result_json", payload.result_json),
        "postToolUse" => ("tool_output", payload.tool_output),
        _ => return (None, false),
    };
    let Some(value) = value else { return (None, false) };
    // JSON in a string, or JSON.
    let whole = text(value).unwrap_or_else(|| RawText::from(value.get()));
    let json = String::from_utf8_lossy(whole.bytes());
    let read = match tool {
        "Shell" => ran(&json),
        "Read" | "Write" | "Delete" => return (None, false),
        _ if tool.starts_with("MCP:") => answered(&json),
        _ => Some((None, false)),
    };
    let Some((told, failed)) = read else {
        gaps.note(field_name, Why::Payload);
        return (Some(whole), false);
    };
    drop(json);
    (Some(told.unwrap_or(whole)), failed)
}

fn ran(json: &str) -> Option<(Option<RawText>, bool)> {
    let [output, code] = pick(json, &["output", "exitCode"]).ok()?.values;
    Some((output.and_then(text), code.is_some_and(|code| code.get() != "0")))
}

fn answered(json: &str) -> Option<(Option<RawText>, bool)> {
    const MOST_PARTS: usize = 10_000;
    let names = ["content", "isError", "error", "rejected", "permissionDenied"];
    let [content, is_error, error, rejected, denied] = pick(json, &names).ok()?.values;
    let failed = error.is_some() || [is_error, rejected, denied].into_iter().flatten().any(|said| said.get() == "true");
    let told = content.and_then(|content| items(content, MOST_PARTS)).and_then(|(parts, _)| joined(parts));
    Some((told, failed))
}
