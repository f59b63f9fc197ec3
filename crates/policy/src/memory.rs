//! What happened before: a pure fold over records.
//!
//! Two things are remembered. A **session** (an agent's process, and the session id that it asserts, of one user)
//! knows what was stopped in it, what a person said yes to, and which calls are still under way. A **ledger** of one
//! user knows which paths agents made, wrote and downloaded, in whatever session.
//!
//! Memory only grows, but for what lapses by the time that is passed in (never by a clock of its own) and for what is
//! pushed out, oldest first, by the bounds; [`Memory::forgotten`] counts that. Paths are compared as they were recorded:
//! masked, which makes a path that holds a secret unknown here, never another path. At its bounds the whole (64
//! sessions, the ledgers of 8 users) may hold 6 MiB of keys and entries.

mod bounded;
pub(crate) mod in_call;
mod key;
mod ledger;
mod session;
mod time;

pub(crate) use key::target_keys;
pub(crate) use ledger::{both, is_within, real};
pub use session::Stop;

use ledger::{Change, Ledger, Pending, holds};
use protocol::effect::{Place, WriteMode};
use protocol::record::{Instance, Kind, Origin};
use protocol::verdict::{Action as Answer, Decision};
use protocol::{Action, EffectOf, Field, PathClass, Phase, Record, Text};
use session::{Session, answered_key, asked_keys};
use std::sync::Arc;

const MINUTE: i64 = 60_000_000;
/// How long a stop holds in its session.
const STOP_LASTS: i64 = 24 * 60 * MINUTE;
/// How long a person's yes holds.
const YES_LASTS: i64 = 8 * 60 * MINUTE;
/// How long a call that was allowed counts as having made its folders while no after event says so: agents report what
/// has run without waiting for us, so the next call can be here first.
const UNDER_WAY_LASTS: i64 = 10 * MINUTE;
/// How long the ledger knows a path.
const LEDGER_LASTS: i64 = 7 * 24 * 60 * MINUTE;

/// Sessions at once; then the one that was quiet longest is forgotten.
const SESSIONS: usize = 64;
/// Users at once.
const LEDGERS: usize = 8;
/// Names that one session can be known under.
const NAMES: usize = 4;
/// Effects of one call that are remembered.
pub(crate) const EFFECTS: usize = 512;

/// Who a call belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryKey {
    /// By the socket's peer credentials.
    pub uid: u32,
    /// As the agent asserts it.
    pub session: Option<Arc<str>>,
    /// The agent's process, where it could be found: proved, unlike the session.
    pub instance: Option<Instance>,
}

/// What happened before, of all users and sessions.
#[derive(Debug, Default)]
pub struct Memory {
    sessions: Vec<Session>,
    ledgers: Vec<Ledger>,
    /// No after records come: what was allowed is taken as done.
    assumes_success: bool,
    forgotten: u64,
}

/// One event, as [`Memory::note`] takes it: the parts of a record that memory is made of.
#[derive(Clone, Copy, Debug)]
pub struct Noted<'a, S> {
    pub phase: Phase,
    /// Joins before and after.
    pub call: Option<&'a str>,
    /// Of an after event: did the tool succeed, as far as is known?
    pub succeeded: Option<bool>,
    pub effects: &'a [EffectOf<S>],
    pub decision: Option<&'a Decision>,
    /// Microseconds since 1970.
    pub at: i64,
}

impl Memory {
    pub fn new() -> Self {
        Self::default()
    }

    /// A memory for callers that have no after events (batches of single commands): what was allowed counts as done.
    pub fn assuming_success() -> Self {
        Self { assumes_success: true, ..Self::default() }
    }

    /// Folds one record in. Records that are no call, or without a user, change nothing.
    pub fn apply(&mut self, record: &Record) {
        let envelope = &record.envelope;
        let (Kind::Call, Some(phase), Some(trigger)) = (envelope.kind, envelope.phase, envelope.trigger.present())
        else {
            return;
        };
        let correlation = envelope.correlation.present();
        let key = MemoryKey {
            uid: trigger.uid,
            session: correlation.map(|joined| joined.session.as_str().into()),
            instance: envelope.agent.present().and_then(|agent| agent.instance),
        };
        let newest = self.sessions.iter().map(|session| session.touched).max().unwrap_or(0);
        let event = Noted {
            phase,
            call: correlation.and_then(|joined| joined.call.as_deref()),
            succeeded: envelope.step.present().and_then(|step| step.succeeded),
            effects: &envelope.effects,
            decision: envelope.decision.as_ref(),
            at: time::micros(&envelope.at).unwrap_or(newest),
        };
        match (envelope.origin, phase) {
            // An unproved witness makes later calls more suspect, never less.
            (Origin::Fallback, Phase::Before | Phase::Permission) => {
                self.suspect(&key, &event);
            }
            (Origin::Fallback, _) => {}
            _ => self.note(&key, &event),
        }
    }

    /// Folds one event in, from a record or from a call that is not recorded.
    pub fn note<S: Text>(&mut self, key: &MemoryKey, event: &Noted<'_, S>) {
        match event.phase {
            Phase::Before | Phase::Permission => self.before(key, event),
            Phase::After => self.after(key, event, event.succeeded != Some(false)),
            Phase::Failed => self.after(key, event, false),
            _ => {}
        }
    }

    /// What matchers may ask about a call of `key`. `now`: microseconds since 1970.
    pub fn view(&self, key: &MemoryKey, now: i64) -> View<'_> {
        let of_instance = self.sessions.iter().find(|session| session.has_instance(key));
        let of_session = self
            .sessions
            .iter()
            .find(|session| session.has_session(key))
            .filter(|found| of_instance.is_none_or(|first| !std::ptr::eq(first, *found)));
        View { sessions: [of_instance, of_session], ledger: self.ledgers.iter().find(|one| one.uid == key.uid), now }
    }

    /// How many things were pushed out by the bounds.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Time of a record, as [`Memory::view`] takes it: microseconds since 1970 of an RFC 3339 time in UTC.
    pub fn micros(at: &str) -> Option<i64> {
        time::micros(at)
    }

    fn before<S: Text>(&mut self, key: &MemoryKey, event: &Noted<'_, S>) {
        let Some(decision) = self.suspect(key, event) else { return };
        let mut pending = Pending::of(event);
        if decision.applied.action == Answer::Ask {
            pending.asked = asked_keys(event, decision);
        }
        if pending.changes.is_empty() && pending.asked.is_empty() {
            return;
        }
        if self.assumes_success {
            pending.asked.clear();
            self.done(key, pending, event.at);
        } else if let Some(call) = event.call {
            let forgotten = self.session(key, event.at).pending.insert(call.as_bytes().into(), pending);
            self.forgotten += forgotten;
        }
    }

    /// What a call makes later ones more suspect by: its stop, and what it wrote and downloaded. The decision of one that
    /// goes on.
    fn suspect<'d, S: Text>(&mut self, key: &MemoryKey, event: &Noted<'d, S>) -> Option<&'d Decision> {
        let decision = event.decision.filter(|_| !event.effects.is_empty())?;
        if decision.applied.action == Answer::Block {
            let forgotten = self.session(key, event.at).stop(event, decision);
            self.forgotten += forgotten;
            return None;
        }
        let ledger = self.ledger(key.uid, event.at);
        // What a call writes that reads a credential may hold it, unless the call shows what it writes.
        let reads_secret = event.effects.iter().take(EFFECTS).any(|effect| match &effect.action {
            Action::Read { target, .. } => {
                here(effect)
                    && target.class.contains(PathClass::CREDENTIAL)
                    && !target.class.intersects(PathClass::WORKSPACE | PathClass::OTHER_PROJECT)
            }
            _ => false,
        });
        // What was written and downloaded makes later calls more suspect: it counts as soon as it may have happened.
        let mut forgotten = 0;
        for effect in event.effects.iter().take(EFFECTS) {
            match &effect.action {
                Action::Write { target, mode, content } if here(effect) && *mode != WriteMode::Create => {
                    for path in both(target) {
                        forgotten += ledger.written.insert(path.into(), event.at);
                        if reads_secret && content.known().is_none() {
                            forgotten += ledger.secrets.insert(path.into(), event.at);
                        }
                    }
                }
                Action::Fetch { to: Some(target), .. } if here(effect) => {
                    for path in both(target) {
                        forgotten += ledger.downloaded.insert(path.into(), event.at);
                    }
                }
                _ => {}
            }
        }
        self.forgotten += forgotten;
        Some(decision)
    }

    fn after<S>(&mut self, key: &MemoryKey, event: &Noted<'_, S>, well: bool) {
        let Some(call) = event.call else { return };
        let Some(at) = self.find(key) else { return };
        let Some(pending) = self.sessions.get_mut(at).and_then(|session| session.pending.remove(call.as_bytes()))
        else {
            return;
        };
        if well {
            self.done(key, pending, event.at);
        }
    }

    fn done(&mut self, key: &MemoryKey, pending: Pending, at: i64) {
        let mut forgotten = 0;
        if !pending.asked.is_empty() {
            let session = self.session(key, at);
            for asked in pending.asked {
                forgotten += session.answered.insert(asked, at);
            }
        }
        let ledger = self.ledger(key.uid, at);
        for change in pending.changes {
            forgotten += ledger.change(change, at);
        }
        self.forgotten += forgotten;
    }

    fn find(&self, key: &MemoryKey) -> Option<usize> {
        let of_instance = self.sessions.iter().position(|session| session.has_instance(key));
        of_instance.or_else(|| self.sessions.iter().position(|session| session.has_session(key)))
    }

    fn session(&mut self, key: &MemoryKey, now: i64) -> &mut Session {
        let at = self.find(key).unwrap_or_else(|| {
            if self.sessions.len() >= SESSIONS {
                self.forgotten += 1;
                let quiet = self.sessions.iter().enumerate().min_by_key(|(_, one)| one.touched).map_or(0, |(at, _)| at);
                self.sessions.swap_remove(quiet);
            }
            self.sessions.push(Session::new(key.uid));
            self.sessions.len() - 1
        });
        let taken = self.sessions.iter().enumerate().any(|(other, one)| other != at && one.has_session(key));
        // `at` was found or pushed just now.
        let session = &mut self.sessions[at];
        session.touched = session.touched.max(now);
        if let (Some(name), false) = (&key.session, taken || session.has_session(key)) {
            if session.sessions.len() == NAMES {
                session.sessions.remove(0);
            }
            session.sessions.push(Arc::clone(name));
        }
        if let (Some(instance), false) = (key.instance, session.has_instance(key)) {
            if session.instances.len() == NAMES {
                session.instances.remove(0);
            }
            session.instances.push(instance);
        }
        session
    }

    fn ledger(&mut self, uid: u32, now: i64) -> &mut Ledger {
        let at = self.ledgers.iter().position(|one| one.uid == uid).unwrap_or_else(|| {
            if self.ledgers.len() >= LEDGERS {
                self.forgotten += 1;
                let quiet = self.ledgers.iter().enumerate().min_by_key(|(_, one)| one.touched).map_or(0, |(at, _)| at);
                self.ledgers.swap_remove(quiet);
            }
            self.ledgers.push(Ledger::new(uid));
            self.ledgers.len() - 1
        });
        // `at` was found or pushed just now.
        let ledger = &mut self.ledgers[at];
        ledger.touched = ledger.touched.max(now);
        ledger
    }
}

fn here<S>(effect: &EffectOf<S>) -> bool {
    matches!(effect.head.at, Field::Known(Place::Here))
}

/// What a call can know of what was before it.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    sessions: [Option<&'a Session>; 2],
    ledger: Option<&'a Ledger>,
    now: i64,
}

impl View<'_> {
    /// Did an agent of this user make this path, or a folder above it, where nothing had been?
    pub fn made_by_agent(&self, path: &[u8]) -> bool {
        self.ledger.is_some_and(|ledger| holds(&ledger.made, path, self.now - LEDGER_LASTS)) || self.makes(path)
    }

    /// Is a call of this session under way, allowed without a question, that makes this path or a folder above it?
    fn makes(&self, path: &[u8]) -> bool {
        let calls = self.sessions.iter().flatten().flat_map(|session| session.pending.values());
        calls
            .filter(|call| call.asked.is_empty() && call.at >= self.now - UNDER_WAY_LASTS)
            .flat_map(|call| &call.changes)
            .any(|change| matches!(change, Change::Made(made) if is_within(path, made)))
    }

    /// Did an agent of this user write this file?
    pub fn written(&self, path: &[u8]) -> bool {
        let oldest = self.now - LEDGER_LASTS;
        self.ledger.is_some_and(|ledger| ledger.written.get(path).is_some_and(|at| *at >= oldest))
    }

    /// Did an agent of this user download this file, or something into this folder?
    /// Was it written by a call that read a credential?
    pub fn holds_secret(&self, path: &[u8]) -> bool {
        self.ledger.is_some_and(|ledger| holds(&ledger.secrets, path, self.now - LEDGER_LASTS))
    }

    pub fn downloaded(&self, path: &[u8]) -> bool {
        self.ledger.is_some_and(|ledger| holds(&ledger.downloaded, path, self.now - LEDGER_LASTS))
    }

    /// Was this rule's stop of this effect on this target in this session? Its first stop, if so.
    pub fn blocked_before<S: Text>(&self, rule: &str, action: &Action<S>) -> Option<&Stop> {
        self.stopped(action).filter(|stop| &*stop.rule == rule)
    }

    /// The first stop of this effect on this target, by whatever rule and wording.
    pub fn stopped<S: Text>(&self, action: &Action<S>) -> Option<&Stop> {
        let sessions = || self.sessions.iter().flatten().filter(|session| !session.stops.is_empty());
        sessions().next()?;
        let oldest = self.now - STOP_LASTS;
        let direct = target_keys(action)
            .find_map(|key| sessions().find_map(|session| session.stops.get(&key)).filter(|stop| stop.at >= oldest));
        direct.or_else(|| {
            key::folders_of_delete(action).find_map(|key| {
                sessions().find_map(|session| session.stops.get(&key)).filter(|stop| stop.subtree && stop.at >= oldest)
            })
        })
    }

    /// Did a person say yes to this rule, effect and target, lately?
    pub fn answered<S: Text>(&self, rule: &str, action: &Action<S>) -> bool {
        let sessions = || self.sessions.iter().flatten().filter(|session| !session.answered.is_empty());
        if sessions().next().is_none() {
            return false;
        }
        let oldest = self.now - YES_LASTS;
        let mut keys = target_keys(action).peekable();
        // Every target must have been answered, by its name and by where it leads.
        keys.peek().is_some()
            && keys.all(|target| {
                let key = answered_key(rule, &target);
                sessions().any(|session| session.answered.get(&key).is_some_and(|at| *at >= oldest))
            })
    }
}

#[cfg(test)]
mod tests;
