//! Every sample payload of Claude Code, decoded. `samples/claude-code/` has one of each event and tool, by the agent's
//! own types; `recorded/` what version 2.1.330 sent.

use crate::decoded::{damaged, decoded, samples};
use protocol::{Agent, ToolCall};

const CLAUDE: Agent = Agent::ClaudeCode;

fn whole(name: &str, call: &ToolCall) {
    assert_eq!(call.gaps, [], "{name}");
    assert!(call.session.is_some() && call.cwd.is_some(), "{name}");
}

#[test]
fn every_documented_payload_decodes_without_a_gap() {
    insta::assert_snapshot!(decoded(CLAUDE, &samples(CLAUDE), whole));
}

#[test]
fn every_recorded_payload_decodes_without_a_gap() {
    insta::assert_snapshot!(decoded(CLAUDE, &samples(CLAUDE).join("recorded"), whole));
}

#[test]
fn no_cut_and_no_changed_byte_makes_decoding_panic_or_forget_its_event() {
    let names = ["PreToolUse-Bash", "PreToolUse-mcp", "PostToolUse-Edit", "PostToolUse-mcp", "SubagentStop"];
    let readable = damaged(CLAUDE, &samples(CLAUDE).join("recorded"), &names);
    assert!(readable > 1000, "{readable}: most changes within a text leave the payload readable");
}
