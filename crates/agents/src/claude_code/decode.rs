//! A payload becomes a [`ToolCall`].

use super::{events, tools};
use crate::Malformed;
use crate::fields::{Gaps, as_json, cut, field, name, note, picked};
use crate::output::joined;
use crate::payload::{items, millis, pick, text, word};
use protocol::call::Subagent;
use protocol::{Agent, Phase, RawText, Text, ToolCall, Why};
use serde_json::value::RawValue;

const FIELDS: [&str; 21] = [
    "session_id",
    "cwd",
    "hook_event_name",
    "prompt_id",
    "permission_mode",
    "agent_id",
    "agent_type",
    "tool_name",
    "tool_input",
    "tool_use_id",
    "mcp_server",
    "tool_response",
    "duration_ms",
    "prompt",
    "error",
    "reason",
    "source",
    "file_path",
    "directory",
    "trigger",
    "is_interrupt",
];

pub(crate) fn decode(event: &str, payload: &[u8]) -> Result<ToolCall, Malformed> {
    let mut gaps = Gaps::default();
    let json = as_json(payload, &mut gaps)?;
    let [
        session,
        cwd,
        named,
        turn,
        mode,
        agent_id,
        agent_type,
        tool_name,
        tool_input,
        call,
        server,
        response,
        duration,
        prompt,
        error,
        reason,
        source,
        file_path,
        directory,
        trigger,
        interrupted,
    ] = picked(&json, &FIELDS, &mut gaps)?;

    let known = events::named(event);
    let phase = known.map_or(Phase::Unknown, |event| event.phase);
    if known.is_none() {
        gaps.note("event", Why::Event);
    }
    if named.and_then(word).is_none_or(|named| named != event) {
        gaps.note("hook_event_name", Why::Payload);
    }

    let session = name("session_id", session, &mut gaps);
    if session.is_none() {
        gaps.note("session_id", Why::Payload);
    }
    let cwd = field("cwd", cwd, text, &mut gaps);
    if cwd.is_none() {
        gaps.note("cwd", Why::Payload);
    }
    let subagent = name("agent_id", agent_id, &mut gaps)
        .map(|id| Subagent { id, kind: name("agent_type", agent_type, &mut gaps) });

    let has_tool = matches!(phase, Phase::Before | Phase::After | Phase::Failed | Phase::Permission);
    let tool_name = match name("tool_name", tool_name, &mut gaps) {
        None if has_tool => {
            gaps.note("tool_name", Why::Payload);
            Some(String::new())
        }
        other => other,
    };
    let rationale = tool_input.filter(|_| tool_name.as_deref().is_some_and(states_why)).and_then(rationale);
    let tool = tool_name.map(|name| {
        let server = server.and_then(|server| pick(server.get(), &["name"]).ok()?.values[0]).and_then(word);
        tools::tool(name, server.as_deref(), tool_input, &mut gaps)
    });

    let parts: &[(&str, Option<&RawValue>)] = match event {
        "SessionStart" | "UserPromptSubmit" => &[("source", source)],
        "ConfigChange" => &[("source", source), ("file_path", file_path)],
        "DirectoryAdded" => &[("source", source), ("directory", directory)],
        "InstructionsLoaded" | "FileChanged" => &[("file_path", file_path)],
        "Setup" | "PreCompact" | "PostCompact" => &[("trigger", trigger)],
        "PostToolUseFailure" => &[("error", error)],
        _ => &[("error", error), ("reason", reason)],
    };
    let note = note(parts, &mut gaps);
    if phase == Phase::Failed {
        field("is_interrupt", interrupted, crate::payload::flag, &mut gaps);
    }

    Ok(ToolCall {
        agent: Agent::ClaudeCode,
        event: cut(event).to_owned(),
        phase,
        session,
        turn: name("prompt_id", turn, &mut gaps),
        call: name("tool_use_id", call, &mut gaps),
        cwd,
        permission_mode: name("permission_mode", mode, &mut gaps),
        subagent,
        output: response
            .filter(|_| phase == Phase::After)
            .and_then(|response| output(tool.as_ref().map(|tool| tool.name.as_str()), response)),
        tool,
        prompt: field("prompt", prompt, text, &mut gaps),
        rationale,
        note,
        folders: Vec::new(),
        duration_ms: field("duration_ms", duration, millis, &mut gaps),
        gaps: gaps.into_vec(),
    })
}

/// Shell tools, monitors and sub-agents state in a few words what they are for. The other tools' inputs are not read for
/// it: they can be large.
fn states_why(tool: &str) -> bool {
    matches!(tool, "Bash" | "PowerShell" | "Monitor" | "Agent" | "Task")
}

fn rationale(input: &RawValue) -> Option<RawText> {
    let [description] = pick(input.get(), &["description"]).ok()?.values;
    text(description?).filter(|text| !text.is_empty())
}

/// What came back, as the agent's model reads it: the text alone where the tool's shape is known, else the JSON. What
/// a file tool says of its own write is left out: it repeats the input and the file.
fn output(tool: Option<&str>, response: &RawValue) -> Option<RawText> {
    const MOST_ITEMS: usize = 10_000;
    let whole = || RawText::from(response.get());
    match tool {
        Some("Write" | "Edit" | "MultiEdit" | "NotebookEdit") => None,
        Some("Bash" | "PowerShell") => Some(streams(response).unwrap_or_else(whole)),
        Some("Read") => Some(inner(response, "file", "content").unwrap_or_else(whole)),
        Some("WebFetch") => {
            Some(pick(response.get(), &["result"]).ok().and_then(|p| text(p.values[0]?)).unwrap_or_else(whole))
        }
        _ => Some(text(response).or_else(|| joined(items(response, MOST_ITEMS)?.0)).unwrap_or_else(whole)),
    }
}

/// Standard output, then standard error.
fn streams(response: &RawValue) -> Option<RawText> {
    let [out, err] = pick(response.get(), &["stdout", "stderr"]).ok()?.values;
    let (out, err) = (text(out?)?, err.and_then(text).unwrap_or_default());
    if err.is_empty() {
        return Some(out);
    }
    let mut both = out.bytes().to_vec();
    if both.last().is_some_and(|b| *b != b'\n') {
        both.push(b'\n');
    }
    both.extend_from_slice(err.bytes());
    Some(RawText::new(both))
}

fn inner(value: &RawValue, outer: &str, name: &str) -> Option<RawText> {
    let [object] = pick(value.get(), &[outer]).ok()?.values;
    let [found] = pick(object?.get(), &[name]).ok()?.values;
    text(found?)
}
