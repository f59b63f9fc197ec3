//! The words for a person where the model reads along.
//!
//! Short, because both see it, and without any choice that only a person should have.

use super::{NOBODY_TO_ASK, NOT_SENT, Rule, Subject, deciding, layout, push, reason, sentence, uncapitalised, what};
use protocol::verdict::{Decision, Degraded};
use protocol::{Agent, Phase};

/// Does this agent's model read what its person is shown?
pub(super) fn wanted(agent: Agent) -> bool {
    agent == Agent::Cursor
}

/// A stop: what, what instead, and where to learn more.
pub(super) fn stopped(subject: &Subject<'_>, decision: &Decision, rule: Option<&Rule<'_>>) -> String {
    if let Some(first) = decision.repeats {
        let text = format!(
            "Taffrail stopped the same thing again ({first}). Nothing was changed. Trying again will not change it."
        );
        return layout::wrapped(&text, 0);
    }
    let mut text = match deciding(subject.effects, decision) {
        _ if subject.phase == Phase::Prompt => format!("{NOT_SENT} {}", reason(decision, rule)),
        Some(effect) => {
            format!("Taffrail stopped this before it ran: {}.", uncapitalised(&what(effect, subject.home)))
        }
        None => format!("Taffrail stopped this before it ran. {}", reason(decision, rule)),
    };
    if decision.degraded == Some(Degraded::AskBecameBlock) {
        push(&mut text, NOBODY_TO_ASK);
    }
    if let Some(instead) = rule.and_then(|rule| rule.instead) {
        push(&mut text, &format!("Instead: {}.", sentence(&uncapitalised(instead))));
    }
    format!("{}\nDetails for you: taffrail explain {}", layout::wrapped(&text, 0), decision.code)
}
