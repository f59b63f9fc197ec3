//! The answers for when no daemon gives one.

use crate::{Said, words};
use protocol::Agent;
use protocol::fallback::{Answer, Row, Situation};
use protocol::verdict::Mode;

/// The rows of one agent. `quiet`: the answers that let things go on, by event, of which the one named `""` is that of
/// every event without a row; when Taffrail stands down they are all there is. In enforce the events of `stopped` get the answer that `stop` makes.
pub(crate) fn rows(
    agent: Agent,
    mode: Mode,
    help: Option<&str>,
    quiet: &[(&str, Answer)],
    stopped: &[&str],
    stop: impl Fn(&str, &Said) -> Answer,
) -> Vec<Row> {
    let row = |event: &str, situation, answer| Row {
        agent: agent.name().to_owned(),
        event: event.to_owned(),
        situation,
        answer,
    };
    let mut rows: Vec<Row> =
        quiet.iter().map(|(event, answer)| row(event, Situation::StoodDown, answer.clone())).collect();
    for situation in [Situation::Away, Situation::Malformed, Situation::TooBig] {
        rows.extend(quiet.iter().map(|(event, answer)| row(event, situation, answer.clone())));
        if mode == Mode::Enforce {
            let said = words::unjudged(agent, situation, help);
            rows.extend(stopped.iter().map(|event| row(event, situation, stop(event, &said))));
        }
    }
    rows
}
