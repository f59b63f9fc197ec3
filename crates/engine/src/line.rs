//! One call, straight through.

use crate::parts::{ANALYSED, Levels, Part, parts};
use crate::seal::{Keys, Masker, Sealed, placed, seal};
use agents::Malformed;
use agents::words::Subject;
use guardrails::{Knowledge, content};
use policy::{Input, Judgement, Memory, MemoryKey, Places, Policy};
use protocol::call::Gap;
use protocol::fallback::Answer;
use protocol::record::{
    AgentFacts, Audit, Content, Correlation, Credential, Kind, Origin, PartRef, PlacedFinding, Step, Trigger, VERSION,
};
use protocol::verdict::{Decision, Mode};
use protocol::{Action, Agent, Code, Effect, EffectRecord, Envelope, Facts, Finding, Phase, Text, ToolCall, Why};
use uuid::Uuid;

/// What is built once: the tables.
#[derive(Debug)]
pub struct Engine {
    knowledge: Knowledge,
}

/// Who stands at the other end, as far as the daemon could prove it, and what the agent's environment asserts.
#[derive(Clone, Debug)]
pub struct Witness {
    pub agent: Audit<AgentFacts>,
    pub trigger: Audit<Trigger>,
    /// The inherited trace id, 32 hex characters.
    pub trace: Option<String>,
    /// Is a person there to be asked? `None`: the agent does not say.
    pub attended: Option<bool>,
    pub origin: Origin,
    /// Of an after event: the record of the same call's before event.
    pub before: Option<Uuid>,
}

/// Everything that a call is judged by, beside its own bytes.
pub struct World<'a> {
    pub facts: Facts<'a>,
    pub policy: &'a Policy,
    pub mode: Mode,
    /// `None` where it is not at hand: what rules ask of it is unknown then.
    pub memory: Option<&'a Memory>,
    pub key: &'a MemoryKey,
    pub levels: &'a Levels,
    pub keys: &'a Keys,
    /// What the person has not been told yet of earlier calls of the session: see [`Outcome::unheard`]. Only where this
    /// answer reaches them.
    pub unheard: Option<&'a str>,
    pub id: Uuid,
    /// UTC, RFC 3339 with microseconds.
    pub at: String,
    /// The same in microseconds since 1970.
    pub at_us: i64,
    pub salts: &'a mut dyn FnMut() -> [u8; 16],
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("id", &self.id).field("at", &self.at).finish_non_exhaustive()
    }
}

/// A call analysed and judged, not yet sealed.
#[derive(Debug)]
pub struct Judged<'c> {
    pub effects: Vec<Effect>,
    pub parts: Vec<Part<'c>>,
    /// Beside `parts`.
    pub findings: Vec<Vec<Finding>>,
    pub gaps: Vec<Gap>,
    pub judgement: Judgement,
}

/// A call judged, with what may be shown of it.
#[derive(Debug)]
pub struct Assessed {
    pub decision: Decision,
    pub effects: Vec<EffectRecord>,
    pub findings: Vec<PlacedFinding>,
}

/// A call's record and answer. The answer leaves when the record is written.
#[derive(Debug)]
pub struct Outcome {
    pub envelope: Envelope,
    pub content: Option<Content>,
    pub answer: Answer,
    /// Words for the person that this answer does not bring to them, as in a sub-agent: for the next that does.
    pub unheard: Option<String>,
}

impl Default for Engine {
    fn default() -> Self {
        Self { knowledge: Knowledge::builtin() }
    }
}

impl Engine {
    /// An agent's payload as a call.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when the bytes are no event at all; the fallback table then has the answer.
    pub fn decode(&self, agent: Agent, event: &str, payload: &[u8]) -> Result<ToolCall, Malformed> {
        agents::decode(agent, event, payload)
    }

    /// Effects, findings and what the rules say of them.
    pub fn judge<'c>(
        &self,
        call: &'c ToolCall,
        facts: Facts<'_>,
        policy: &Policy,
        memory: Option<&Memory>,
        key: &MemoryKey,
        at_us: i64,
    ) -> Judged<'c> {
        let parts = parts(call);
        let mut gaps = call.gaps.clone();
        let findings: Vec<Vec<Finding>> = parts
            .iter()
            .map(|part| {
                if part.text.len() > ANALYSED {
                    gaps.push(Gap { field: part.name.to_owned(), why: Why::TooBig });
                    return Vec::new();
                }
                content::scan(part.text.bytes(), part.direction)
            })
            .collect();
        // What has run already has its effects in the record from before it ran.
        let effects = match call.phase {
            Phase::Before | Phase::Permission => guardrails::effects(call, facts, &self.knowledge).effects,
            _ => Vec::new(),
        };
        let all: Vec<Finding> = match findings.as_slice() {
            [] => Vec::new(),
            [one] => one.clone(),
            many => many.concat(),
        };
        let judgement = policy.judge(&Input {
            effects: &effects,
            findings: &all,
            memory: memory.map(|memory| memory.view(key, at_us)),
            agent: Some(call.agent),
            tool: call.tool.as_ref().map(|tool| tool.name.as_str()),
            places: Places { home: facts.base.home.as_ref(), workspace: &facts.base.workspace },
        });
        Judged { effects, parts, findings, gaps, judgement }
    }

    /// The same judgement as [`Engine::run`] makes, without a record and without an answer: for calls that nobody makes.
    pub fn assess(&self, call: &ToolCall, attended: Option<bool>, world: &World<'_>) -> Assessed {
        let mut judged = self.judge(call, world.facts, world.policy, world.memory, world.key, world.at_us);
        let code = Code::of(world.id.as_bytes());
        let ability = agents::ability(call.agent, &call.event, call.permission_mode.as_deref(), attended);
        let decision = policy::apply(judged.judgement, world.mode, ability, code);
        let masker = Masker::of(&judged.parts, &mut judged.findings, world.keys);
        let effects = judged.effects.iter().map(|effect| masker.effect(effect)).collect();
        Assessed { decision, effects, findings: placed(&judged.parts, judged.findings) }
    }

    /// The whole line for one call.
    pub fn run(&self, call: &ToolCall, witness: Witness, mut world: World<'_>) -> Outcome {
        let judged = self.judge(call, world.facts, world.policy, world.memory, world.key, world.at_us);
        let code = Code::of(world.id.as_bytes());
        let ability = agents::ability(call.agent, &call.event, call.permission_mode.as_deref(), witness.attended);
        let decision = policy::apply(judged.judgement, world.mode, ability, code);
        let sealed = seal(
            &judged.parts,
            judged.findings,
            &judged.effects,
            world.facts.base,
            world.levels,
            world.keys,
            &mut world.salts,
        );
        let (answer, unheard) = answer(call, &decision, &sealed, &world);
        let envelope = envelope(call, witness, world, decision, &sealed, judged.gaps);
        Outcome {
            envelope: Envelope { effects: sealed.effects, findings: sealed.findings, parts: sealed.heads, ..envelope },
            content: sealed.content,
            answer,
            unheard,
        }
    }
}

/// What the agent and the person are told, and what the person is still to be told.
fn answer(call: &ToolCall, decision: &Decision, sealed: &Sealed, world: &World<'_>) -> (Answer, Option<String>) {
    let home = world.facts.base.home.as_ref().map(|home| home.text().lossy());
    let subject = Subject {
        agent: call.agent,
        phase: call.phase,
        label: call.tool.as_ref().map_or("Event", |tool| agents::words::label(&tool.input)),
        input: sealed.shown.as_str(),
        effects: &sealed.effects,
        home: home.as_deref(),
    };
    let rule = decision.matches.first().and_then(|found| rule_words(world.policy, &found.rule));
    let mut said = agents::words::compose(&subject, decision, rule.as_ref());
    let unheard = if agents::reaches_person(call) {
        if let Some(earlier) = world.unheard {
            said.person = Some(said.person.map_or_else(|| earlier.to_owned(), |own| format!("{earlier}\n\n{own}")));
        }
        None
    } else {
        said.person.take()
    };
    (agents::encode(call, decision, &said), unheard)
}

/// A rule's texts.
pub fn rule_words<'p>(policy: &'p Policy, id: &str) -> Option<agents::words::Rule<'p>> {
    let rule = policy.rule(id)?;
    Some(agents::words::Rule {
        id: rule.id(),
        layer: rule.layer(),
        say: rule.say(),
        instead: rule.instead(),
        help: rule.help(),
    })
}

/// The record of a call.
fn envelope(
    call: &ToolCall,
    witness: Witness,
    world: World<'_>,
    decision: Decision,
    sealed: &Sealed,
    gaps: Vec<Gap>,
) -> Envelope {
    let part = |name: &str| {
        let there = sealed.heads.iter().any(|head| head.name == name);
        there.then(|| PartRef(name.to_owned()))
    };
    let step = match &call.tool {
        Some(tool) => Audit::Present(Step {
            tool: tool.name.clone(),
            input: part(crate::parts::INPUT),
            output: part(crate::parts::OUTPUT),
            succeeded: match call.phase {
                Phase::After => Some(true),
                Phase::Failed => Some(false),
                _ => None,
            },
            duration_ms: call.duration_ms,
            before: witness.before,
        }),
        None => Audit::missing("this event is about no tool"),
    };
    let correlation = match &call.session {
        Some(session) => Audit::Present(Correlation {
            workflow: witness.trace.unwrap_or_else(|| session.clone()),
            session: session.clone(),
            turn: call.turn.clone(),
            call: call.call.clone(),
        }),
        None => Audit::missing("the agent named no session"),
    };
    let rationale = match part(crate::parts::RATIONALE) {
        Some(part) => Audit::Present(part),
        None => Audit::missing("the agent gives no reason with this event"),
    };
    Envelope {
        v: VERSION,
        id: world.id,
        at: world.at,
        kind: match call.phase {
            Phase::Prompt => Kind::Prompt,
            Phase::Before | Phase::After | Phase::Failed | Phase::Permission => Kind::Call,
            Phase::Configuration => Kind::Configuration,
            _ => Kind::Session,
        },
        origin: witness.origin,
        event: Some(call.event.clone()),
        phase: Some(call.phase),
        cwd: Some(sealed.cwd.clone()),
        workspace: sealed.workspace.clone(),
        agent: witness.agent,
        trigger: witness.trigger,
        step,
        credential: credentials(&sealed.effects),
        correlation,
        rationale,
        effects: Vec::new(),
        findings: Vec::new(),
        decision: Some(decision),
        gaps,
        parts: Vec::new(),
        policy: Some(world.policy.label()),
        detail: None,
        decided_us: None,
    }
}

/// The credentials that the call's effects name.
fn credentials(effects: &[EffectRecord]) -> Audit<Vec<Credential>> {
    let named: Vec<Credential> = effects
        .iter()
        .filter_map(|effect| match &effect.action {
            Action::UseCredential { kind, reference } => Some(Credential {
                kind: serde_json::to_value(kind).ok()?.as_str()?.to_owned(),
                reference: reference.known().cloned()?,
            }),
            _ => None,
        })
        .collect();
    if named.is_empty() { Audit::missing("the call names no credential") } else { Audit::Present(named) }
}
