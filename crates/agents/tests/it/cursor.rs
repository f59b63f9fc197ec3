//! Every sample payload of Cursor, decoded. `samples/cursor/` has one of each event and tool, by its documentation;
//! `recorded/` what the executor of `@cursor/sdk` 1.0.32 sent for tools that did nothing.

use crate::decoded::{damaged, decoded, samples};
use protocol::{Agent, ToolCall, Why};

const CURSOR: Agent = Agent::Cursor;

fn whole(name: &str, call: &ToolCall) {
    let gaps: Vec<(&str, Why)> = call.gaps.iter().map(|gap| (gap.field.as_str(), gap.why)).collect();
    let expected: &[(&str, Why)] = match name {
        // The generic event does not name the server; beforeMCPExecution does.
        "preToolUse.MCP" | "preToolUse-mcp_create_issue" => &[("mcp_server_name", Why::Unstated)],
        // They tell how much is done, and not what.
        "preToolUse-ComputerUse" | "preToolUse-RecordScreen" | "preToolUse-WriteShellStdin" => {
            &[("tool_name", Why::Unseen)]
        }
        _ => &[],
    };
    assert_eq!(gaps, expected, "{name}");
    assert_eq!(call.session.is_some(), name != "workspaceOpen", "{name}");
    assert!(call.cwd.is_some(), "{name}");
    assert_eq!(call.permission_mode.as_deref(), Some("editor"), "{name}");
}

#[test]
fn every_documented_payload_decodes_without_a_gap_that_is_not_the_events_own() {
    insta::assert_snapshot!(decoded(CURSOR, &samples(CURSOR), whole));
}

#[test]
fn every_recorded_payload_decodes_without_a_gap_that_is_not_the_events_own() {
    insta::assert_snapshot!(decoded(CURSOR, &samples(CURSOR).join("recorded"), whole));
}

#[test]
fn no_cut_and_no_changed_byte_makes_decoding_panic_or_forget_its_event() {
    let names =
        ["preToolUse.Write", "beforeMCPExecution", "beforeReadFile", "postToolUse", "afterTabFileEdit", "subagentStop"];
    let readable = damaged(CURSOR, &samples(CURSOR), &names);
    assert!(readable > 1000, "{readable}: most changes within a text leave the payload readable");
}
