//! The answers for when no daemon gives one.

use super::encode::Output;
use crate::fallback::rows;
use protocol::Agent;
use protocol::fallback::{Answer, Row};
use protocol::verdict::Mode;

/// See [`crate::fallback_rows`]. Only a tool that is about to run is stopped: everything else goes on, and detect
/// has no opinion at all. An event without a row of its own gets the empty one.
pub(crate) fn fallback_rows(mode: Mode, help: Option<&str>) -> Vec<Row> {
    rows(Agent::ClaudeCode, mode, help, &[("", Answer::default())], &["PreToolUse"], |event, said| {
        let reason = said.agent.as_deref().unwrap_or_default();
        Output::permission(event, "deny", reason, said.person.as_deref()).answer()
    })
}
