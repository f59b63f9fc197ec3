//! One session: what was stopped in it, what a person said yes to, what is under way.

use super::bounded::{Bounded, Weight};
use super::ledger::Pending;
use super::{MemoryKey, Noted, STOP_LASTS, target_keys};
use protocol::record::Instance;
use protocol::verdict::{Action as Answer, Decision};
use protocol::{Action, Code, PathClass, Text};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Session {
    pub(super) uid: u32,
    pub(super) sessions: Vec<Arc<str>>,
    pub(super) instances: Vec<Instance>,
    pub(super) touched: i64,
    /// By the key of effect and target.
    pub(super) stops: Bounded<Stop>,
    /// By rule, then the key of effect and target: when a person said yes.
    pub(super) answered: Bounded<i64>,
    /// By call id.
    pub(super) pending: Bounded<Pending>,
}

/// The first stop of an effect on a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    pub rule: Arc<str>,
    pub code: Code,
    /// Microseconds since 1970.
    pub(super) at: i64,
    /// What lies under the target is meant too.
    pub(super) subtree: bool,
}

impl Session {
    pub(super) fn new(uid: u32) -> Self {
        Self {
            uid,
            sessions: Vec::new(),
            instances: Vec::new(),
            touched: i64::MIN,
            stops: Bounded::new(64, 8 << 10),
            answered: Bounded::new(64, 8 << 10),
            pending: Bounded::new(16, 16 << 10),
        }
    }

    pub(super) fn has_session(&self, key: &MemoryKey) -> bool {
        self.uid == key.uid && key.session.as_ref().is_some_and(|name| self.sessions.contains(name))
    }

    pub(super) fn has_instance(&self, key: &MemoryKey) -> bool {
        self.uid == key.uid && key.instance.is_some_and(|instance| self.instances.contains(&instance))
    }

    /// Keeps the first stop of each effect and target; a repetition does not renew its code.
    pub(super) fn stop<S: Text>(&mut self, event: &Noted<'_, S>, decision: &Decision) -> u64 {
        let mut forgotten = 0;
        for matched in decision.matches.iter().filter(|one| !one.trial && one.verdict.action >= Answer::Ask) {
            let Some(effect) = matched.effect.and_then(|at| event.effects.get(at)) else { continue };
            for key in target_keys(&effect.action) {
                let fresh = self.stops.get(&key).is_none_or(|first| first.at + STOP_LASTS < event.at);
                if fresh {
                    let stop = Stop {
                        rule: Arc::clone(&matched.rule),
                        code: decision.code,
                        at: event.at,
                        subtree: means_subtree(&effect.action),
                    };
                    forgotten += self.stops.insert(key, stop);
                }
            }
        }
        forgotten
    }
}

/// A stopped delete of a folder means what lies in it too, unless it is a place in which ordinary work goes on.
fn means_subtree<S>(action: &Action<S>) -> bool {
    let ordinary = PathClass::WORKSPACE | PathClass::BROAD | PathClass::HOME_ROOT | PathClass::TEMPORARY;
    match action {
        Action::Delete { target, .. } => !target.class.intersects(ordinary),
        _ => false,
    }
}

pub(super) fn asked_keys<S: Text>(event: &Noted<'_, S>, decision: &Decision) -> Vec<Box<[u8]>> {
    let mut keys = Vec::new();
    for matched in decision.matches.iter().filter(|one| !one.trial && one.verdict.action == Answer::Ask).take(16) {
        let Some(effect) = matched.effect.and_then(|at| event.effects.get(at)) else { continue };
        keys.extend(target_keys(&effect.action).map(|target| answered_key(&matched.rule, &target)));
    }
    keys
}

pub(super) fn answered_key(rule: &str, target: &[u8]) -> Box<[u8]> {
    [rule.as_bytes(), b"\0", target].concat().into()
}

impl Weight for Stop {
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
}
