//! The table of events: which of them call us, and what an answer can do there.

use crate::table::{self, DECIDES, NOTHING, STOPS, events};
use crate::{Event, Register};
use protocol::ToolCall;
use protocol::verdict::Ability;

/// Every event of Cursor 3.18. Timeouts are in seconds, and the start of the person's login shell counts: Cursor runs
/// each hook by `$SHELL -lc`. All hooks are waited for; so what only repeats is not registered.
///
/// A name that Cursor does not know voids the whole file, silently: `workspaceOpen`, which older versions lack, must
/// never be registered.
#[rustfmt::skip]
pub(crate) const EVENTS: &[Event] = events! {
    // name                phase         register timeout matcher ability  why
    "preToolUse"           Before        Sync  30 true  STOPS   "the one place where tools without a gate of their own can be stopped; an ask is taken for an allow";
    "beforeShellExecution" Before        Sync  30 false DECIDES "the gate of shell commands, as they will run; the one place where an ask is shown";
    "beforeMCPExecution"   Before        Sync  30 false STOPS   "the gate of MCP calls, the one that names the server; an ask is taken for an allow";
    "beforeReadFile"       Before        Sync  30 false STOPS   "the gate of file reads, with what the model is about to see; nothing later has it";
    "postToolUse"          After         Sync  30 false NOTHING "joins the outcome to the record; nothing can be undone any more";
    "postToolUseFailure"   Failed        Sync  30 false NOTHING "joins the failure to the record, or that the person said no";
    "beforeSubmitPrompt"   Prompt        Sync  30 false STOPS   "records that a person set the turn in motion";
    "sessionStart"         SessionStart  Sync  30 false NOTHING "fixes the session and its workspace before the first call";
    "sessionEnd"           SessionEnd    Sync  30 false NOTHING "ends the session";
    "subagentStart"        SubagentStart Sync  30 false NOTHING "joins a sub-agent's calls to their parent; its task was judged at preToolUse";
    "subagentStop"         SubagentEnd   Sync  30 false NOTHING "ends the sub-agent";

    "afterShellExecution"  After         No     0 false NOTHING "repeats what postToolUse tells, also where the person said no and nothing ran";
    "afterMCPExecution"    After         No     0 false NOTHING "repeats what postToolUse tells";
    "afterFileEdit"        After         No     0 false NOTHING "preToolUse has told what is written";
    "beforeTabFileRead"    Before        No     0 false STOPS   "completion while a person types: no agent acts, and a program started for each would be felt";
    "afterTabFileEdit"     After         No     0 false NOTHING "completion while a person types: no agent acts";
    "stop"                 TurnEnd       No     0 false NOTHING "no verdict depends on the end of a turn; an answer here could only go on with it";
    "afterAgentResponse"   Other         No     0 false NOTHING "concerns the conversation alone";
    "afterAgentThought"    Other         No     0 false NOTHING "concerns the conversation alone";
    "preCompact"           Other         No     0 false NOTHING "concerns the conversation alone";
    "workspaceOpen"        Other         No     0 false NOTHING "a version that does not know it rejects the whole file: never";
};

pub(crate) fn named(name: &str) -> Option<&'static Event> {
    table::named(EVENTS, name)
}

/// What is asked of the person in the editor's own window.
pub(super) const EDITOR: &str = "editor";
/// `cursor-agent`, at a terminal or without one.
pub(super) const CLI: &str = "cli";
/// A program made with the SDK.
pub(super) const SDK: &str = "sdk";

/// Which of Cursor's programs this is, by the form of its version: what takes the place of a permission mode, which
/// Cursor's payloads do not name. The editor counts `3.18.2` and has hooks since 1.7, `cursor-agent` has dates, and the
/// SDK calls itself 1.0.0, whatever it is.
pub(super) fn program(version: &str) -> Option<&'static str> {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (numbers.next()??, numbers.next()??);
    Some(match (major, minor) {
        (1000.., _) => CLI,
        (0, _) | (1, ..7) => SDK,
        _ => EDITOR,
    })
}

/// See [`crate::ability`]. `permission_mode` is what [`program`] made of the version.
///
/// A program made with the SDK answers an ask with yes, unseen (or, in a sandbox, with no), and what `cursor-agent` does
/// without a terminal is not known. So outside the editor an ask is offered only where a person is known to be there.
pub(crate) fn ability(event: &str, permission_mode: Option<&str>, attended: Option<bool>) -> Ability {
    let Some(event) = named(event).filter(|event| event.register == Register::Sync) else { return NOTHING };
    let shown = match (permission_mode, attended) {
        (_, Some(false)) | (Some(SDK), _) => false,
        (Some(EDITOR), _) | (_, Some(true)) => true,
        (_, None) => false,
    };
    Ability { ask: event.ability.ask && shown, ..event.ability }
}

/// See [`crate::reaches_person`]. The words of a stop are shown where it is said, in a sub-agent as well; with an allow
/// none are. So none are ever kept for later.
pub(crate) fn reaches_person(call: &ToolCall) -> bool {
    named(&call.event).is_some_and(|event| event.register == Register::Sync && event.ability.stop)
}
