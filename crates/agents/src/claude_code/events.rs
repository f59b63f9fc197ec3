//! The table of events: which of them call us, and what an answer can do there.

use crate::table::{self, DECIDES, NOTHING, STOPS, events};
use crate::{Event, Register};
use protocol::verdict::Ability;
use protocol::{Phase, ToolCall};

const MASKS: Ability = Ability { stop: false, ask: false, mask: true };

/// Every event of Claude Code 2.1.330. Timeouts are in seconds; ours answers long before.
///
/// `WorktreeCreate` must never be registered: a hook there replaces the agent's own creation of worktrees.
#[rustfmt::skip]
pub(crate) const EVENTS: &[Event] = events! {
    // name              phase         register timeout matcher ability  why
    "PreToolUse"          Before        Sync  10 true  DECIDES "the one place where a call can be stopped before it runs";
    "PostToolUse"         After         Async 10 true  MASKS   "joins the outcome to the record; nothing can be undone any more";
    "PostToolUseFailure"  Failed        Async 10 true  NOTHING "joins the failure to the record";
    "PermissionDenied"    Failed        Async 10 true  NOTHING "says why a call that was let pass has no outcome: the agent's own classifier refused it";
    "UserPromptSubmit"    Prompt        Sync  10 false STOPS   "records that a person, not a timer, set the turn in motion; its answer is also where the person reads of a stop in a sub-agent";
    "SessionStart"        SessionStart  Sync  10 true  NOTHING "fixes the session and its workspace before the first call";
    "SessionEnd"          SessionEnd    Sync   3 true  NOTHING "ends the session; asynchronous hooks die with the agent";
    "SubagentStart"       SubagentStart Async 10 true  NOTHING "joins a sub-agent's calls to their parent";
    "SubagentStop"        SubagentEnd   Async 10 true  NOTHING "ends the sub-agent";
    "ConfigChange"        Configuration Async 10 true  STOPS   "records that settings with hooks or permissions changed while the agent ran";

    "PermissionRequest"   Permission    No     0 true  DECIDES "every call was judged at PreToolUse; an answer here could only widen";
    "PostToolBatch"       Other         No     0 false NOTHING "repeats what PostToolUse has told";
    "UserPromptExpansion" Prompt        No     0 true  STOPS   "UserPromptSubmit follows with the same text";
    "Setup"               Other         No     0 true  NOTHING "runs before there is a session";
    "Stop"                TurnEnd       No     0 false NOTHING "no verdict depends on the end of a turn";
    "StopFailure"         TurnEnd       No     0 true  NOTHING "no verdict depends on an error of the model's service";
    "PreCompact"          Other         No     0 true  NOTHING "concerns the conversation alone";
    "PostCompact"         Other         No     0 true  NOTHING "concerns the conversation alone";
    "PreModelSwitch"      Other         No     0 true  NOTHING "no rule speaks of models";
    "PostModelSwitch"     Other         No     0 true  NOTHING "no rule speaks of models";
    "Notification"        Other         No     0 true  NOTHING "shown to the person by the agent itself";
    "TaskCreated"         Other         No     0 false NOTHING "the agent's own to-do list";
    "TaskCompleted"       Other         No     0 false NOTHING "the agent's own to-do list";
    "TeammateIdle"        Other         No     0 false NOTHING "no call is made";
    "Elicitation"         Other         No     0 true  NOTHING "an MCP server asks the person, who sees and answers it";
    "ElicitationResult"   Other         No     0 true  NOTHING "an MCP server asks the person, who sees and answers it";
    "InstructionsLoaded"  Configuration No     0 true  NOTHING "no rule reads instructions yet; many a session";
    "CwdChanged"          Other         No     0 false NOTHING "each call names its folder";
    "FileChanged"         Other         No     0 true  NOTHING "the daemon watches files itself";
    "DirectoryAdded"      Configuration No     0 true  NOTHING "a folder added by the person; calls in it name their paths";
    "WorktreeCreate"      Other         No     0 false NOTHING "a hook here replaces the agent's own work: never";
    "WorktreeRemove"      Other         No     0 false NOTHING "a hook here replaces the agent's own work: never";
    "MessageDisplay"      Other         No     0 false NOTHING "one call for each piece of streamed text: never";
};

pub(crate) fn named(name: &str) -> Option<&'static Event> {
    table::named(EVENTS, name)
}

/// See [`crate::ability`].
///
/// - An event that is not registered, or registered without waiting, can do nothing.
/// - In `bypassPermissions` the agent drops an ask for the very paths that it protects itself (measured); in `dontAsk`
///   and without a person an ask is answered with no, and the model gets only the bare reason. There ask is not offered.
pub(crate) fn ability(event: &str, permission_mode: Option<&str>, attended: Option<bool>) -> Ability {
    let Some(event) = named(event) else { return NOTHING };
    if event.register != Register::Sync {
        return NOTHING;
    }
    let silent = matches!(permission_mode, Some("bypassPermissions" | "dontAsk")) || attended == Some(false);
    Ability { ask: event.ability.ask && !silent, ..event.ability }
}

/// See [`crate::reaches_person`]. In a sub-agent no hook's `systemMessage` is shown, at `SubagentStop` neither (measured);
/// when the sub-agent ends, a `UserPromptSubmit` of the main conversation follows, and that one's is.
pub(crate) fn reaches_person(call: &ToolCall) -> bool {
    call.subagent.is_none()
        && !matches!(call.phase, Phase::SessionEnd | Phase::SubagentStart | Phase::SubagentEnd)
        && named(&call.event).is_some_and(|event| event.register == Register::Sync)
}
