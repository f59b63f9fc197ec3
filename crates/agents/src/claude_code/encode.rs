//! A verdict becomes the JSON that Claude Code reads.
//!
//! `hookSpecificOutput.hookEventName` must be the event's own name, else the agent drops the whole answer; so it is the
//! name that the hook was called with.

use crate::fields::{Gaps, as_json, picked};
use crate::words::{ASKED, STOPPED};
use crate::{Malformed, Said};
use protocol::fallback::Answer;
use protocol::verdict::{Action, Decision};
use protocol::{Phase, ToolCall};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The whole answer. Fields that are `None` are not written; an answer without fields is empty output.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "hookSpecificOutput")]
    specific: Option<Specific<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_message: Option<&'a str>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Specific<'a> {
    hook_event_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission_decision: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission_decision_reason: Option<&'a str>,
    /// Of `PermissionRequest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Behaviour<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_tool_output: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_context: Option<&'a str>,
    /// Of a stopped prompt: keep it out of the transcript. The person gets it back in the input line (measured).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    suppress_original_prompt: bool,
}

#[derive(Debug, Serialize)]
struct Behaviour<'a> {
    behavior: &'static str,
    message: &'a str,
}

impl<'a> Output<'a> {
    /// A stop or an ask of a tool that is about to run.
    pub(super) fn permission(event: &'a str, decision: &'static str, reason: &'a str, person: Option<&'a str>) -> Self {
        Self {
            specific: Some(Specific {
                hook_event_name: event,
                permission_decision: Some(decision),
                permission_decision_reason: Some(reason),
                ..Specific::default()
            }),
            system_message: person,
            ..Self::default()
        }
    }

    /// Nothing but a line for the person.
    pub(super) fn telling(person: &'a str) -> Self {
        Self { system_message: Some(person), ..Self::default() }
    }

    pub(super) fn answer(&self) -> Answer {
        let silent = self.decision.is_none() && self.specific.is_none() && self.system_message.is_none();
        let stdout = if silent { Vec::new() } else { serde_json::to_vec(self).unwrap_or_default() };
        Answer { exit: 0, stdout, stderr: Vec::new() }
    }
}

/// See [`crate::encode`]. What the event cannot do is not written: the decision says that it was degraded.
pub(crate) fn encode(call: &ToolCall, decision: &Decision, said: &Said) -> Answer {
    let event = call.event.as_str();
    let (agent, person) = (said.agent.as_deref(), said.person.as_deref());
    let output = match (decision.applied.action, call.phase, event) {
        (Action::Block, Phase::Before, _) => Output::permission(event, "deny", agent.unwrap_or(STOPPED), person),
        (Action::Ask, Phase::Before, _) => Output::permission(event, "ask", agent.unwrap_or(ASKED), person),
        (Action::Block, Phase::Permission, _) => Output {
            specific: Some(Specific {
                hook_event_name: event,
                decision: Some(Behaviour { behavior: "deny", message: agent.unwrap_or(STOPPED) }),
                ..Specific::default()
            }),
            system_message: person,
            ..Output::default()
        },
        // The model sees nothing of a stopped prompt: the reason is for the person.
        (Action::Block, Phase::Prompt, _) => Output {
            decision: Some("block"),
            reason: Some(person.or(agent).unwrap_or(STOPPED)),
            specific: Some(Specific { hook_event_name: event, suppress_original_prompt: true, ..Specific::default() }),
            ..Output::default()
        },
        (Action::Block, _, "ConfigChange") => {
            Output { decision: Some("block"), reason: Some(person.or(agent).unwrap_or(STOPPED)), ..Output::default() }
        }
        _ => {
            let updated = said.output.as_deref().filter(|_| call.phase == Phase::After).and_then(raw);
            let context = agent.filter(|_| takes_context(call.phase));
            let specific = (updated.is_some() || context.is_some()).then(|| Specific {
                hook_event_name: event,
                updated_tool_output: updated,
                additional_context: context,
                ..Specific::default()
            });
            Output { specific, system_message: person, ..Output::default() }
        }
    };
    output.answer()
}

fn raw(json: &str) -> Option<&RawValue> {
    serde_json::from_str(json).ok()
}

fn takes_context(phase: Phase) -> bool {
    matches!(phase, Phase::Before | Phase::After | Phase::Failed | Phase::Prompt | Phase::SessionStart)
}

/// See [`crate::mask_output`]. A plain string in place of the tool's own shape is ignored by the agent (measured), so
/// the shape stays and only the texts in it change.
pub(crate) fn mask_output(
    payload: &[u8],
    mask: &mut dyn FnMut(&str) -> Option<String>,
) -> Result<Option<String>, Malformed> {
    let mut gaps = Gaps::default();
    let json = as_json(payload, &mut gaps)?;
    let [response] = picked(&json, &["tool_response"], &mut gaps)?;
    let Some(response) = response else { return Ok(None) };
    let mut response: Value = serde_json::from_str(response.get()).map_err(|e| Malformed::not_an_object(&e))?;
    Ok(crate::output::mask(&mut response, mask).then(|| response.to_string()))
}
