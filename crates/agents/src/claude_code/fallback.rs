//! The answers for when no daemon gives one.

use super::encode::Output;
use crate::words;
use protocol::Agent;
use protocol::fallback::{Answer, Row, Situation};
use protocol::verdict::Mode;

/// See [`crate::fallback_rows`]. Only a tool that is about to run is stopped: everything else goes on, and detect
/// has no opinion at all. An event without a row of its own gets the empty one.
pub(crate) fn fallback_rows(mode: Mode, help: Option<&str>) -> Vec<Row> {
    let row = |event: &str, situation, answer| Row {
        agent: Agent::ClaudeCode.name().to_owned(),
        event: event.to_owned(),
        situation,
        answer,
    };
    let mut rows = Vec::new();
    for situation in [Situation::Away, Situation::Malformed, Situation::TooBig] {
        rows.push(row("", situation, Answer::default()));
        if mode == Mode::Enforce {
            let said = words::unjudged(situation, help);
            let output = Output::permission(
                "PreToolUse",
                "deny",
                said.agent.as_deref().unwrap_or_default(),
                said.person.as_deref(),
            );
            rows.push(row("PreToolUse", situation, output.answer()));
        }
    }
    rows
}
