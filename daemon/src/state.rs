//! What the parts of the daemon share: the policy in force, the journal, the session memory, the keys.

mod settings;
pub(crate) mod snapshot;

pub(crate) use settings::{POLICY_BYTES, Problem, Settings, owners, policy, published_table};

use crate::events::Event;
use crate::health::Health;
use crate::ship::Standing;
use crate::ship::pulse::Pulse;
use crate::unheard::Unheard;
use crate::watching::Watching;
use chain::DeviceKey;
use engine::Engine;
use engine::seal::Keys;
use journal::{Draft, Journal};
use platform::clock::Clock;
use platform::names::{Places, Scope};
use platform::peer::Peer;
use policy::Memory;
use protocol::call::Gap;
use protocol::record::{AgentFacts, Audit, Detail, Kind, Origin, Trigger, TriggerKind};
use protocol::verdict::{Action, Decision, Mode, Verdict};
use protocol::{Agent, Code, Envelope, Phase, Why};
use serde::Serialize;
use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use uuid::Uuid;

/// Faults of a new policy that bring the old one back, and within what time.
const FAULTS: usize = 3;
const FAULT_WINDOW: Duration = Duration::from_mins(5);

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) engine: Engine,
    pub(crate) journal: Journal,
    pub(crate) memory: RwLock<Memory>,
    pub(crate) unheard: Unheard,
    pub(crate) watching: Watching,
    pub(crate) keys: Keys,
    /// Signs what is published for the time without this daemon.
    device: Mutex<DeviceKey>,
    pub(crate) places: Places,
    pub(crate) health: Arc<Health>,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) started_ms: i64,
    settings: RwLock<Arc<Settings>>,
    newest: Mutex<Option<Newest>>,
    trouble: Mutex<Trouble>,
    /// The users of a system daemon that have a drop folder.
    met: Mutex<HashSet<u32>>,
    /// Wakes the shipper.
    pub(crate) pulse: Pulse,
    shipping: Mutex<Standing>,
}

/// What may have to be taken back.
#[derive(Debug, Default)]
struct Trouble {
    /// The settings before the last change, and when that was.
    before: Option<(Arc<Settings>, Duration)>,
    faults: VecDeque<Duration>,
}

/// The newest judged call, for `status`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Newest {
    #[serde(skip)]
    pub(crate) uid: u32,
    pub(crate) code: Code,
    pub(crate) session: Option<String>,
    /// The rule that decided; none where nothing matched.
    pub(crate) rule: Option<Arc<str>>,
    pub(crate) raw: Action,
    pub(crate) applied: Action,
}

impl Newest {
    fn of(envelope: &Envelope) -> Option<Self> {
        let decision = envelope.decision.as_ref()?;
        Some(Self {
            uid: envelope.trigger.present()?.uid,
            code: decision.code,
            session: envelope.correlation.present().map(|correlation| correlation.session.clone()),
            rule: decision.matches.first().map(|found| Arc::clone(&found.rule)),
            raw: decision.raw.action,
            applied: decision.applied.action,
        })
    }
}

/// The name and time of one record.
#[derive(Debug)]
pub(crate) struct Now {
    pub(crate) id: Uuid,
    pub(crate) at: String,
    /// Microseconds since 1970.
    pub(crate) at_us: i64,
}

impl Now {
    pub(crate) fn of(clock: &dyn Clock) -> Self {
        let micros = clock.micros();
        let at = jiff::Timestamp::from_microsecond(i64::try_from(micros).unwrap_or(i64::MAX)).unwrap_or_default();
        let seconds = micros / 1_000_000;
        let nanos = u32::try_from(micros % 1_000_000).unwrap_or_default() * 1000;
        Self {
            id: Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos)),
            at: format!("{at:.6}"),
            at_us: i64::try_from(micros).unwrap_or(i64::MAX),
        }
    }
}

impl State {
    pub(crate) fn new(
        journal: Journal,
        memory: Memory,
        (keys, device): (Keys, DeviceKey),
        places: Places,
        health: Arc<Health>,
        clock: Box<dyn Clock>,
        settings: Settings,
    ) -> Self {
        let started_ms = i64::try_from(clock.micros() / 1000).unwrap_or(i64::MAX);
        Self {
            engine: Engine::default(),
            journal,
            memory: RwLock::new(memory),
            unheard: Unheard::default(),
            watching: Watching::default(),
            keys,
            device: Mutex::new(device),
            places,
            health,
            clock,
            started_ms,
            settings: RwLock::new(Arc::new(settings)),
            newest: Mutex::new(None),
            trouble: Mutex::default(),
            met: Mutex::default(),
            pulse: Pulse::default(),
            shipping: Mutex::default(),
        }
    }

    /// Sees to it that a user has a drop folder for the time without this daemon, where the user cannot make it.
    pub(crate) fn meet(&self, peer: &Peer) {
        const USERS: usize = 1024;
        if self.places.scope == Scope::User {
            return;
        }
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        if met.len() < USERS
            && met.insert(peer.uid)
            && let Err(error) = crate::dropped::make_folder(&self.places, peer.uid)
        {
            tracing::warn!(uid = peer.uid, %error, "no drop folder for this user");
        }
    }

    /// Takes note of a call that is on record.
    pub(crate) fn recorded(&self, envelope: &Envelope) {
        if let Some(newest) = Newest::of(envelope) {
            *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(newest);
        }
    }

    /// A record is in the journal: it may have to go to a collector.
    pub(crate) fn written(&self, envelope: &Envelope) {
        let stops = |decision: &Decision| decision.raw.action == Action::Block;
        self.pulse.beat(envelope.decision.as_ref().is_some_and(stops));
    }

    /// Changes what is said of the way to the collector.
    pub(crate) fn shipping<T>(&self, change: impl FnOnce(&mut Standing) -> T) -> T {
        change(&mut self.shipping.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The newest call of all, if it is this account's.
    pub(crate) fn newest(&self, uid: u32) -> Option<Newest> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.as_ref().filter(|newest| newest.uid == uid).cloned()
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The files whose change has the settings read anew.
    pub(crate) fn watched(&self) -> Vec<PathBuf> {
        settings::watched(&self.places)
    }

    /// A new record's id and time.
    pub(crate) fn now(&self) -> Now {
        Now::of(&*self.clock)
    }

    /// Publishes the settings in force for the time without a daemon.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub(crate) fn publish(&self) -> Result<(), settings::PublishError> {
        self.publish_these(&self.settings())
    }

    fn publish_these(&self, settings: &Settings) -> Result<(), settings::PublishError> {
        settings.publish(&self.places, &self.device.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads policy and configuration anew. Takes them only whole; what is wrong is said and changes nothing.
    pub(crate) fn reload(&self) {
        match Settings::load(&self.places) {
            Ok(new) => {
                let old = self.settings();
                if new.same_as(&old) {
                    return;
                }
                let name = new.policy.label();
                let (bundle, serial) = new.bundle();
                let detail = Detail::PolicyLoaded { bundle, serial, digest: new.digest() };
                self.take(Arc::new(new));
                // There may be another collector now.
                self.pulse.nudge();
                self.trouble.lock().unwrap_or_else(PoisonError::into_inner).before = Some((old, self.clock.elapsed()));
                Event::PolicyLoaded { policy: &name }.emit(&self.health);
                self.note(Kind::Policy, detail);
            }
            Err(error) => {
                let reason = error.to_string();
                Event::PolicyRefused { reason: &reason }.emit(&self.health);
                self.note(Kind::Policy, Detail::PolicyRefused { reason });
                let old = self.settings();
                if let Ok(new) = old.with_policy_of(&self.places, &error)
                    && !new.same_as(&old)
                {
                    self.take(Arc::new(new));
                    self.pulse.nudge();
                }
            }
        }
    }

    /// Puts settings in force, and writes the hook's fallback answers to match.
    fn take(&self, settings: Arc<Settings>) {
        if let Err(error) = self.publish_these(&settings) {
            tracing::error!(%error, "the hook's fallback answers could not be written");
        }
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// A call panicked. Three times within five minutes after a change of policy take that change back.
    pub(crate) fn fault(&self) {
        let now = self.clock.elapsed();
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.faults.push_back(now);
        while trouble.faults.front().is_some_and(|at| now.saturating_sub(*at) > FAULT_WINDOW) {
            trouble.faults.pop_front();
        }
        let changed_lately = |(_, at): &(Arc<Settings>, Duration)| now.saturating_sub(*at) <= FAULT_WINDOW;
        if trouble.faults.len() < FAULTS || !trouble.before.as_ref().is_some_and(changed_lately) {
            return;
        }
        let Some((before, _)) = trouble.before.take() else { return };
        trouble.faults.clear();
        drop(trouble);
        let (from, to) = (self.settings().policy.label(), before.policy.label());
        self.take(before);
        Event::PolicyRolledBack { from: &from, to: &to }.emit(&self.health);
        let reason = "three calls could not be judged within five minutes after the change".to_owned();
        self.note(Kind::Policy, Detail::PolicyRolledBack { from, to, reason });
    }

    /// Records something that is no call.
    pub(crate) fn note(&self, kind: Kind, detail: Detail) {
        let now = self.now();
        let envelope = Envelope::of_daemon(now.id, now.at, kind, detail);
        let written = Draft::new(&envelope, None)
            .map_err(|error| error.to_string())
            .and_then(|draft| self.journal.append(draft, false).map_err(|error| error.to_string()));
        match written {
            Ok(_) => self.written(&envelope),
            Err(error) => Event::Unrecorded { error: &error }.emit(&self.health),
        }
    }
}

/// A call that could not be judged.
#[derive(Debug)]
pub(crate) struct Undecided<'a> {
    pub(crate) agent: Agent,
    pub(crate) event: &'a str,
    pub(crate) uid: u32,
    pub(crate) why: &'a str,
    pub(crate) mode: Mode,
    pub(crate) policy: String,
    pub(crate) origin: Origin,
}

impl Undecided<'_> {
    /// Its record. What was answered is in the fallback table of that moment.
    pub(crate) fn envelope(self, now: Now) -> Envelope {
        let stops = Verdict { action: Action::Block, ..Verdict::default() };
        // A prompt or a session that could be stopped is let go on by the fallback answers: nothing has run yet.
        let is_call = agents::events(self.agent)
            .iter()
            .any(|event| event.name == self.event && matches!(event.phase, Phase::Before | Phase::Permission));
        let stopped = self.mode == Mode::Enforce && is_call && agents::ability(self.agent, self.event, None, None).stop;
        let applied = if stopped { stops.clone() } else { Verdict::default() };
        let agent =
            AgentFacts { product: self.agent, version: None, instance: None, subagent: None, ancestry: Vec::new() };
        let trigger = Trigger { uid: self.uid, user: None, kind: TriggerKind::Unknown, asserted: true };
        Envelope {
            origin: self.origin,
            event: Some(self.event.chars().take(64).collect()),
            agent: Audit::Present(agent),
            trigger: Audit::Present(trigger),
            decision: Some(Decision {
                mode: self.mode,
                raw: stops,
                applied,
                matches: Vec::new(),
                degraded: None,
                undecided: Some(Why::Payload),
                code: Code::of(now.id.as_bytes()),
                repeats: None,
            }),
            gaps: vec![Gap { field: "payload".to_owned(), why: Why::Payload }],
            policy: Some(self.policy),
            ..Envelope::of_daemon(now.id, now.at, Kind::Call, Detail::NotJudged { reason: self.why.to_owned() })
        }
    }
}
