//! The finished answers for the time when no daemon gives one.

use platform::files;
use platform::names::{SYSTEM, User};
use protocol::Agent;
use protocol::fallback::{Answer, MAX_BYTES, Situation, Table};
use std::path::{Path, PathBuf};

/// The answer of the table that the daemon wrote; where there is none that reads back whole, no opinion:
/// the hook cannot know that anyone wanted to stop anything.
pub(super) fn answer(agent: &str, event: &str, situation: Situation) -> Answer {
    of(&table(), agent, event, situation)
}

/// What is said when Taffrail stands down: nothing, but for the rows that the daemon made for it.
pub(super) fn stood_down(agent: &str, event: &str) -> Answer {
    table().find(agent, event, Situation::StoodDown).cloned().unwrap_or_else(|| no_opinion(agent))
}

fn of(table: &Table, agent: &str, event: &str, situation: Situation) -> Answer {
    if let Some(answer) = table.find(agent, event, situation) {
        return answer.clone();
    }
    if !table.enforce {
        return no_opinion(agent);
    }
    // Exit 2 with text is the one failure that every agent takes for a stop.
    let stderr = match Agent::named(agent) {
        Some(known) => format!("Taffrail could not judge this call of {}, and no answer is prepared.\n", known.title()),
        None => format!("Taffrail does not know an agent named {:?}; see: taffrail --help\n", shortened(agent)),
    };
    Answer { exit: 2, stdout: Vec::new(), stderr: stderr.into_bytes() }
}

/// What this agent is told where nothing is to be said. Silence is not nothing to every agent.
pub(super) fn no_opinion(agent: &str) -> Answer {
    let stdout = Agent::named(agent).map_or(&b""[..], Agent::no_opinion);
    Answer { exit: 0, stdout: stdout.to_vec(), stderr: Vec::new() }
}

fn shortened(name: &str) -> String {
    name.chars().take(40).collect()
}

fn table() -> Table {
    let place = if let Some(owner) = SYSTEM.installation() {
        Some((SYSTEM.places().fallback(), owner))
    } else {
        let user = User::of_process();
        user.places(&SYSTEM).map(|places| (places.fallback(), user.uid))
    };
    place.and_then(|(path, owner): (PathBuf, u32)| read(&path, owner)).unwrap_or_default()
}

fn read(path: &Path, owner: u32) -> Option<Table> {
    let bytes = files::read_owned(path, MAX_BYTES as u64, &[owner, 0]).ok()?;
    Table::decode(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::fallback::Row;

    fn table(enforce: bool) -> Table {
        let answer = Answer { exit: 0, stdout: b"{\"stop\":1}".to_vec(), stderr: Vec::new() };
        let row = Row { agent: "claude-code".into(), event: "PreToolUse".into(), situation: Situation::Away, answer };
        Table { enforce, rows: vec![row], ..Table::default() }
    }

    #[test]
    fn a_prepared_answer_is_given_as_it_is() {
        let answer = of(&table(true), "claude-code", "PreToolUse", Situation::Away);
        assert_eq!((answer.exit, answer.stdout.as_slice()), (0, &b"{\"stop\":1}"[..]));
    }

    #[test]
    fn what_is_not_prepared_stops_in_enforce_and_is_silent_in_detect() {
        for (agent, event) in [("claude-code", "Stop"), ("nobody", "PreToolUse")] {
            let stopped = of(&table(true), agent, event, Situation::Away);
            assert_eq!((stopped.exit, stopped.stdout.len()), (2, 0), "{agent} {event}");
            assert_eq!(String::from_utf8(stopped.stderr).unwrap().lines().count(), 1);
            assert_eq!(of(&table(false), agent, event, Situation::Away), Answer::default());
        }
    }

    #[test]
    fn a_hostile_agent_name_is_cut_and_escaped() {
        let said = of(&table(true), &format!("\x1b[2J\n{}", "x".repeat(10_000)), "e", Situation::Away);
        assert!(said.stderr.len() < 150 && !said.stderr.contains(&0x1b));
        assert_eq!(String::from_utf8(said.stderr).unwrap().lines().count(), 1);
    }
}
