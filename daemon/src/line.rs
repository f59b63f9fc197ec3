//! One call in the daemon: look up what is known, run the engine's line, write the record, give the answer.
//!
//! The answer leaves after the record is written, or after it is known to be lost, never before.

use crate::events::Event;
use crate::facts::{Caller, Surroundings};
use crate::health::Health;
use crate::state::{State, Undecided};
use engine::World;
use journal::Draft;
use platform::looks::{Limits, Looks};
use policy::MemoryKey;
use protocol::facts::{Blind, Look};
use protocol::fallback::{Answer, Situation};
use protocol::frame::Hello;
use protocol::record::Origin;
use protocol::verdict::{Action, Mode};
use protocol::{Agent, Envelope, Facts, Phase, Record, ToolCall};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;
use uuid::Uuid;

/// Folders of one workspace whose settings are watched.
const PROJECTS: usize = 8;

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) state: Arc<State>,
    pub(crate) surroundings: Surroundings,
    pub(crate) health: Arc<Health>,
}

impl Line {
    /// The answer to one call. A panic of the analysis is answered too. Waits for looks at the file system, which are bounded, and
    /// for the journal.
    pub(crate) fn answer(&self, caller: &Caller, payload: &[u8]) -> Answer {
        let received = Instant::now();
        let hello = &caller.hello;
        self.health.calls.fetch_add(1, Relaxed);
        self.state.meet(&caller.peer);
        let Some(agent) = Agent::named(&hello.agent) else { return self.unknown_agent(hello) };
        let judged = catch_unwind(AssertUnwindSafe(|| self.judge(agent, caller, payload, received)));
        judged.unwrap_or_else(|_| {
            Event::Panicked { agent: &hello.agent, event: &hello.event }.emit(&self.health);
            self.state.fault();
            self.instead(agent, caller, Situation::Away, "the analysis failed")
        })
    }

    /// The answer to a call that is over the size limit.
    pub(crate) fn too_big(&self, caller: &Caller) -> Answer {
        let hello = &caller.hello;
        self.health.calls.fetch_add(1, Relaxed);
        Event::TooBig { agent: &hello.agent, event: &hello.event }.emit(&self.health);
        match Agent::named(&hello.agent) {
            Some(agent) => self.instead(agent, caller, Situation::TooBig, "the payload is over 64 MiB"),
            None => self.unknown_agent(hello),
        }
    }

    fn judge(&self, agent: Agent, caller: &Caller, payload: &[u8], received: Instant) -> Answer {
        let Caller { peer, hello, rights, .. } = caller;
        let engine = &self.state.engine;
        let call = match engine.decode(agent, &hello.event, payload) {
            Ok(call) => call,
            Err(error) => {
                let reason = error.to_string();
                Event::Malformed { agent: &hello.agent, event: &hello.event, reason: &reason }.emit(&self.health);
                return self.instead(agent, caller, Situation::Malformed, &reason);
            }
        };
        let known = self.surroundings.of(caller, &call);
        let path = |path: &protocol::AbsPath| PathBuf::from(OsStr::from_bytes(path.bytes()));
        let projects = known.base.workspace.iter().take(PROJECTS).map(path);
        self.state.watching.meet(peer.uid, known.base.home.as_ref().map(path), projects);
        let key =
            MemoryKey { uid: peer.uid, session: call.session.as_deref().map(Arc::from), instance: known.instance };
        let mut witness = known.witness;
        if matches!(call.phase, Phase::After | Phase::Failed) {
            witness.before = self.before(&call);
        }
        let looks = rights.as_ref().map(|rights| Looks::new(rights, self.surroundings.mounts(), Limits::default()));
        let look: &dyn Look = looks.as_ref().map_or(&Blind, |looks| looks);
        let settings = self.state.settings();
        let session = call.session.as_deref().unwrap_or_default();
        let reaches = agents::reaches_person(&call);
        let unheard = if reaches { self.state.unheard.take(peer.uid, session) } else { None };
        let outcome = {
            let memory = self.state.memory.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            let now = self.state.now();
            engine.run(
                &call,
                witness,
                World {
                    facts: Facts { base: &known.base, look },
                    policy: &settings.policy,
                    mode: settings.mode,
                    memory: Some(&*memory),
                    key: &key,
                    levels: &settings.levels,
                    keys: &self.state.keys,
                    unheard: unheard.as_deref(),
                    id: now.id,
                    at: now.at,
                    at_us: now.at_us,
                    salts: &mut || *Uuid::new_v4().as_bytes(),
                },
            )
        };
        let decided = received.elapsed();
        self.health.decide.record(decided);
        if let Some(words) = outcome.unheard {
            self.state.unheard.keep(peer.uid, session, &words);
        }
        let mut envelope = outcome.envelope;
        envelope.decided_us = u64::try_from(decided.as_micros()).ok();
        self.count(&envelope);
        self.record(envelope, outcome.content.as_ref());
        outcome.answer
    }

    /// The record from before the call ran.
    fn before(&self, call: &ToolCall) -> Option<Uuid> {
        let stored = self.state.journal.by_call(call.session.as_deref()?, call.call.as_deref()?).ok()??;
        Some(stored.record().ok()??.envelope.id)
    }

    /// Writes the record and folds it into the memory.
    fn record(&self, envelope: Envelope, content: Option<&protocol::Content>) {
        let began = Instant::now();
        let wait = self.state.settings().waits_for_disk(&envelope);
        let written = content
            .map(serde_json::to_vec)
            .transpose()
            .and_then(|content| Draft::new(&envelope, content))
            .map_err(|error| error.to_string())
            .and_then(|draft| self.state.journal.append(draft, wait).map_err(|error| error.to_string()));
        self.health.commit.record(began.elapsed());
        self.state.watching.note(&envelope, self.state.clock.elapsed());
        // What was answered is remembered even where it could not be written.
        let (chain, seq) = match written {
            Ok(receipt) => {
                self.state.recorded(&envelope);
                self.state.written(&envelope);
                (receipt.chain, receipt.seq)
            }
            Err(error) => {
                Event::Unrecorded { error: &error }.emit(&self.health);
                (Uuid::nil(), 0)
            }
        };
        let record = Record { chain, seq, envelope };
        self.state.memory.write().unwrap_or_else(std::sync::PoisonError::into_inner).apply(&record);
    }

    fn count(&self, envelope: &Envelope) {
        let Some(decision) = &envelope.decision else { return };
        let counter = match (decision.applied.action, decision.raw.action) {
            (Action::Block, _) => &self.health.stopped,
            (Action::Ask, _) => &self.health.asked,
            (Action::Allow, Action::Allow) => return,
            (Action::Allow, _) => &self.health.would_have_stopped,
        };
        counter.fetch_add(1, Relaxed);
    }

    /// A finished answer where no call could be judged, with a record of it.
    fn instead(&self, agent: Agent, caller: &Caller, situation: Situation, why: &str) -> Answer {
        let Caller { peer, hello, .. } = caller;
        let settings = self.state.settings();
        let undecided = Undecided {
            agent,
            event: &hello.event,
            uid: peer.uid,
            why,
            mode: settings.mode,
            policy: settings.policy.label(),
            origin: Origin::Hook,
        };
        let envelope = undecided.envelope(self.state.now());
        self.record(envelope, None);
        settings.fallback.find(agent.name(), &hello.event, situation).cloned().unwrap_or_default()
    }

    /// The hook was installed for an agent that this version does not know.
    fn unknown_agent(&self, hello: &Hello) -> Answer {
        let reason = "no such agent";
        Event::Malformed { agent: "unknown", event: "unknown", reason }.emit(&self.health);
        match self.state.settings().mode {
            Mode::Detect => Answer::default(),
            Mode::Enforce => Answer {
                exit: 2,
                stdout: Vec::new(),
                stderr: format!("taffrail: no agent is called {:?}; known: {}\n", hello.agent, names()).into_bytes(),
            },
        }
    }
}

fn names() -> String {
    Agent::ALL.iter().map(|agent| agent.name()).collect::<Vec<_>>().join(", ")
}
