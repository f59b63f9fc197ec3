//! What earlier effects of the same call did: `mkdir x && … && rm -rf x` is one call.

use super::{EFFECTS, both, here, is_within, real};
use protocol::effect::{Certain, WriteMode};
use protocol::{Action, EffectOf, Field, Text};

/// What is asked of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Made,
    Written,
    Downloaded,
    /// Made of a credential. Within a call the effects themselves say so.
    Secret,
}

/// `None` where the call itself says nothing of the path.
pub(crate) fn answer<S: Text>(earlier: &[EffectOf<S>], ask: Ask, path: &[u8]) -> Option<bool> {
    let mut answer = None;
    for effect in earlier.iter().take(EFFECTS).filter(|effect| here(effect)) {
        match (&effect.action, ask) {
            (Action::Write { target, mode: WriteMode::Create | WriteMode::Replace, .. }, Ask::Made) => {
                if let (Some(made), Field::Known(false), Certain::Will) =
                    (real(target), &target.exists, effect.head.certain)
                    && is_within(path, made)
                {
                    answer = Some(true);
                }
            }
            // Something is put where the call is about to delete: what it was is not known to be the agent's.
            (Action::Move { to, .. }, Ask::Made) if both(to).any(|to| is_within(to, path) || is_within(path, to)) => {
                answer = Some(false);
            }
            (Action::Write { target, mode, .. }, Ask::Written)
                if *mode != WriteMode::Create && both(target).any(|written| written == path) =>
            {
                answer = Some(true);
            }
            (Action::Fetch { to: Some(target), .. }, Ask::Downloaded) if both(target).any(|to| is_within(path, to)) => {
                answer = Some(true);
            }
            _ => {}
        }
    }
    answer
}
