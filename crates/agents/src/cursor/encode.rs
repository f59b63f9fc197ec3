//! A verdict becomes the JSON that Cursor reads.

use crate::fields::{Gaps, as_json, picked};
use crate::payload::{text, word};
use crate::words::{ASKED, STOPPED};
use crate::{Malformed, Said};
use protocol::fallback::Answer;
use protocol::verdict::{Action, Decision};
use protocol::{Agent, Text, ToolCall};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// More of it than this is dropped by Cursor, in JavaScript's units of a string; with `failClosed` it blocks the call.
const LONGEST_CONTEXT: usize = 10_000;

/// The whole answer. Fields that are `None` are not written.
#[derive(Debug, Default, Serialize)]
pub(super) struct Reply<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#continue: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_context: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_mcp_tool_output: Option<&'a RawValue>,
}

impl<'a> Reply<'a> {
    /// A stop at an event that has a `permission`.
    pub(super) fn deny(event: &str, said: &'a Said) -> Self {
        let (agent, person) = words(said);
        Self {
            permission: Some("deny"),
            user_message: Some(person.or(agent).unwrap_or(STOPPED)),
            agent_message: Some(agent.unwrap_or(STOPPED)).filter(|_| hears(event)),
            ..Self::default()
        }
    }

    fn ask(said: &'a Said) -> Self {
        Self { permission: Some("ask"), user_message: Some(words(said).0.unwrap_or(ASKED)), ..Self::default() }
    }

    /// A prompt goes on, or not.
    pub(super) fn prompt(goes_on: bool) -> Self {
        Self { r#continue: Some(goes_on), ..Self::default() }
    }

    pub(super) fn answer(&self) -> Answer {
        let stdout = serde_json::to_vec(self).unwrap_or_else(|_| Agent::Cursor.no_opinion().to_vec());
        Answer { exit: 0, stdout, stderr: Vec::new() }
    }
}

/// See [`crate::encode`]. An ask where Cursor would take it for an allow is a stop: the decision has made it one already.
pub(crate) fn encode(call: &ToolCall, decision: &Decision, said: &Said) -> Answer {
    let event = call.event.as_str();
    let (agent, person) = words(said);
    let reply = match (event, decision.applied.action) {
        ("beforeShellExecution", Action::Ask) => Reply::ask(said),
        ("beforeSubmitPrompt", Action::Ask | Action::Block) => {
            Reply { user_message: Some(person.or(agent).unwrap_or(STOPPED)), ..Reply::prompt(false) }
        }
        (_, Action::Ask | Action::Block) if permits(event) => Reply::deny(event, said),
        _ => Reply {
            r#continue: (event == "beforeSubmitPrompt").then_some(true),
            additional_context: agent.filter(|_| takes_context(event)).map(short),
            updated_mcp_tool_output: said.output.as_deref().filter(|_| gives_mcp_output(call)).and_then(raw),
            ..Reply::default()
        },
    };
    reply.answer()
}

/// What is said to the agent and to the person. A blank text says nothing.
fn words(said: &Said) -> (Option<&str>, Option<&str>) {
    (filled(said.agent.as_deref()), filled(said.person.as_deref()))
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// The events that have a `permission`.
fn permits(event: &str) -> bool {
    hears(event) || matches!(event, "beforeReadFile" | "beforeTabFileRead" | "subagentStart")
}

/// Those of them that take a message for the model beside the person's.
fn hears(event: &str) -> bool {
    matches!(event, "preToolUse" | "beforeShellExecution" | "beforeMCPExecution")
}

fn takes_context(event: &str) -> bool {
    matches!(event, "sessionStart" | "beforeSubmitPrompt" | "preToolUse" | "postToolUse" | "postToolUseFailure")
}

/// The one output that Cursor lets a hook replace.
fn gives_mcp_output(call: &ToolCall) -> bool {
    call.event == "postToolUse" && call.tool.as_ref().is_some_and(|tool| tool.name.starts_with("MCP:"))
}

fn raw(json: &str) -> Option<&RawValue> {
    serde_json::from_str(json).ok()
}

/// The beginning that Cursor takes, without white space around it.
fn short(text: &str) -> &str {
    let text = text.trim();
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > LONGEST_CONTEXT
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text).trim_end()
}

/// See [`crate::mask_output`]. Only an MCP answer can be replaced, and it keeps its shape: Cursor reads the texts of its
/// `content` and makes a text of every other part.
pub(crate) fn mask_output(
    payload: &[u8],
    mask: &mut dyn FnMut(&str) -> Option<String>,
) -> Result<Option<String>, Malformed> {
    let mut gaps = Gaps::default();
    let json = as_json(payload, &mut gaps)?;
    let [tool, output] = picked(&json, &["tool_name", "tool_output"], &mut gaps)?;
    let (Some(tool), Some(output)) = (tool.and_then(word), output) else { return Ok(None) };
    if !tool.starts_with("MCP:") {
        return Ok(None);
    }
    let inner = text(output).map(|text| String::from_utf8_lossy(text.bytes()).into_owned());
    let inner = inner.unwrap_or_else(|| output.get().to_owned());
    let mut output: Value = serde_json::from_str(&inner).map_err(|e| Malformed::not_an_object(&e))?;
    Ok(crate::output::mask(&mut output, mask).then(|| output.to_string()))
}
