//! The answers for when no daemon gives one.

use super::encode::Reply;
use super::events::EVENTS;
use crate::Register;
use crate::fallback::rows;
use protocol::fallback::{Answer, Row};
use protocol::verdict::Mode;
use protocol::{Agent, Phase};

/// See [`crate::fallback_rows`]. Only what is about to run is stopped, at the events where it is judged; everything else
/// goes on, and detect has no opinion at all. Both are said: silence would be a failed hook. Cursor shows a person nothing
/// when a session starts, so that Taffrail stands down is not said there: the model alone would hear it.
pub(crate) fn fallback_rows(mode: Mode, help: Option<&str>) -> Vec<Row> {
    let goes_on = Answer { stdout: Agent::Cursor.no_opinion().to_vec(), ..Answer::default() };
    let quiet = [("", goes_on), ("beforeSubmitPrompt", Reply::prompt(true).answer())];
    let stopped: Vec<&str> = EVENTS
        .iter()
        .filter(|event| event.register == Register::Sync && event.phase == Phase::Before)
        .map(|event| event.name)
        .collect();
    rows(Agent::Cursor, mode, help, &quiet, &stopped, |event, said| Reply::deny(event, said).answer())
}
