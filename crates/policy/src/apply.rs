//! From what the rules say to what is answered: mode, trial, and what the agent's event can do.

use crate::judge::Judgement;
use protocol::Code;
use protocol::verdict::{Ability, Action, Decision, Degraded, Mode, Verdict};

/// The decision on a judged call.
///
/// In detect nothing acts: the answer is allow without masks, and the notice stays, since it is for people. In enforce
/// the acting part of the judgement is answered, made stricter where the agent cannot do as much (ask becomes block
/// where nobody can be asked, a mask of something outgoing becomes block) and milder only where the event cannot stop
/// anything at all. Matches on trial and those that a person settled never act.
pub fn apply(judgement: Judgement, mode: Mode, ability: Ability, code: Code) -> Decision {
    let mut applied = Verdict { notice: judgement.acting.notice, ..Verdict::default() };
    let mut degraded = None;
    if mode == Mode::Enforce {
        let wanted = &judgement.acting;
        (applied.action, degraded) = action(wanted.action, ability);
        if !wanted.masks.is_empty() && applied.action != Action::Block {
            if judgement.masks_outgoing {
                if ability.stop {
                    applied.action = Action::Block;
                    degraded = Some(Degraded::MaskBecameBlock);
                } else {
                    degraded = Some(Degraded::CannotStop);
                }
            } else if ability.mask {
                applied.masks.clone_from(&wanted.masks);
            } else {
                degraded = degraded.or(Some(Degraded::CannotMask));
            }
        }
    }
    let repeats = judgement.repeats.filter(|_| applied.action > Action::Allow);
    Decision {
        mode,
        raw: judgement.raw,
        applied,
        matches: judgement.matches,
        degraded,
        undecided: judgement.undecided,
        code,
        repeats,
    }
}

fn action(wanted: Action, ability: Ability) -> (Action, Option<Degraded>) {
    match wanted {
        Action::Allow => (Action::Allow, None),
        Action::Ask if ability.ask => (Action::Ask, None),
        Action::Ask if ability.stop => (Action::Block, Some(Degraded::AskBecameBlock)),
        Action::Block if ability.stop => (Action::Block, None),
        Action::Ask | Action::Block => (Action::Allow, Some(Degraded::CannotStop)),
    }
}

#[cfg(test)]
mod tests;
