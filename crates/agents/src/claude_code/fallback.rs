//! The answers for when no daemon gives one.

use super::encode::Output;
use crate::fallback::rows;
use crate::words;
use protocol::Agent;
use protocol::fallback::{Answer, Row, Situation};
use protocol::verdict::Mode;

/// See [`crate::fallback_rows`]. Only a tool that is about to run is stopped: everything else goes on, and detect
/// has no opinion at all. An event without a row of its own gets the empty one. That Taffrail stands down is said to the
/// person when a session starts, in both modes.
pub(crate) fn fallback_rows(mode: Mode, help: Option<&str>) -> Vec<Row> {
    let mut all = rows(Agent::ClaudeCode, mode, help, &[("", Answer::default())], &["PreToolUse"], |event, said| {
        let reason = said.agent.as_deref().unwrap_or_default();
        Output::permission(event, "deny", reason, said.person.as_deref()).answer()
    });
    all.push(Row {
        agent: Agent::ClaudeCode.name().to_owned(),
        event: "SessionStart".to_owned(),
        situation: Situation::StoodDown,
        answer: Output::telling(words::STOOD_DOWN).answer(),
    });
    all
}
