//! What is shown of a record: the same for pages and for `/api`.

use crate::identity::is_receipt;
use crate::store::calls::{Fate, Found, Placed};
use crate::store::{Branch, Device, Row};
use chain::{ChainId, Digest, Link, PublicKey};
use protocol::Envelope;
use protocol::call::Phase;
use protocol::record::{Content, Detail, Origin};
use protocol::verdict::{Decision, Degraded, Mode};
use protocol::wire::Standing;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// Bytes of what was asked for that a list carries.
const LISTED: usize = 2_000;
/// Something that came so much later than it happened is marked.
const LATE_MS: u64 = 60 * 60_000;

/// A moment as programs write it.
pub(crate) fn moment(ms: u64) -> String {
    let ms = i64::try_from(ms).unwrap_or_default();
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_string()
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct DeviceName {
    pub(crate) id: Uuid,
    pub(crate) name: String,
}

/// A call in a list.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Line {
    /// When the device says it happened.
    pub(crate) at: String,
    pub(crate) chain: Uuid,
    pub(crate) branch: u32,
    pub(crate) seq: u64,
    pub(crate) device: DeviceName,
    pub(crate) person: Option<String>,
    pub(crate) agent: Option<&'static str>,
    pub(crate) session: Option<String>,
    pub(crate) tool: String,
    /// What the tool was given, masked; the beginning of it.
    pub(crate) input: String,
    pub(crate) effects: Vec<&'static str>,
    pub(crate) fate: Fate,
    pub(crate) rule: Option<String>,
    pub(crate) code: Option<String>,
    /// Told without the daemon: an unproved witness.
    pub(crate) unproved: bool,
}

impl Line {
    pub(crate) fn of(found: &Found, devices: &HashMap<Uuid, Device>) -> Self {
        let name = devices.get(&found.device).map_or_else(String::new, |device| device.name.clone());
        let device = DeviceName { id: found.device, name };
        let Found { chain, branch, row, cursor, .. } = found;
        let place = (*chain, *branch, row.seq);
        Self::of_row(row, place, device).unwrap_or_else(|device| Self {
            at: moment(cursor.at_ms),
            chain: *chain,
            branch: *branch,
            seq: row.seq,
            device,
            person: None,
            agent: None,
            session: None,
            tool: String::new(),
            input: String::new(),
            effects: Vec::new(),
            fate: Fate::Ran,
            rule: None,
            code: None,
            unproved: false,
        })
    }

    fn of_row(row: &Row, (chain, branch, seq): (Uuid, u32, u64), device: DeviceName) -> Result<Self, DeviceName> {
        let Some(envelope) = row.envelope.as_deref().and_then(|text| serde_json::from_str::<Envelope>(text).ok())
        else {
            return Err(device);
        };
        let decision = envelope.decision.as_ref();
        let mut effects: Vec<&'static str> = Vec::new();
        for effect in &envelope.effects {
            let name = effect.action.name();
            if !effects.contains(&name) {
                effects.push(name);
            }
        }
        let fate = decision.map_or(Fate::Ran, Fate::of);
        let step = envelope.step.present();
        let what = if envelope.phase == Some(Phase::Before) { &["input", "prompt"][..] } else { &["output", "input"] };
        Ok(Self {
            chain,
            branch,
            seq,
            device,
            person: envelope.trigger.present().and_then(|trigger| trigger.user.clone()),
            agent: envelope.agent.present().map(|agent| agent.product.title()),
            session: envelope.correlation.present().map(|correlation| correlation.session.clone()),
            tool: step.map(|step| step.tool.clone()).or_else(|| envelope.event.clone()).unwrap_or_default(),
            input: part(row, what).map(|text| super::html::cut(&text, LISTED).to_owned()).unwrap_or_default(),
            effects,
            fate,
            rule: decision.and_then(|decision| decision.matches.first()).map(|matched| matched.rule.to_string()),
            // Of a call that simply ran there is nothing to explain.
            code: decision.filter(|_| fate > Fate::Ran).map(|decision| decision.code.as_str().to_owned()),
            unproved: envelope.origin == Origin::Fallback,
            at: envelope.at,
        })
    }
}

/// The first of these parts that is kept.
fn part(row: &Row, names: &[&str]) -> Option<String> {
    let content: Content = serde_json::from_str(row.content.as_deref()?).ok()?;
    let found = names.iter().find_map(|name| content.parts.iter().find(|part| part.name == *name));
    found.map(|part| part.text.as_str().to_owned())
}

/// One thing that a call would do, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Told {
    pub(crate) effect: String,
    pub(crate) may: bool,
    pub(crate) details: Vec<(String, String)>,
    /// So many of the same.
    pub(crate) times: usize,
}

impl Told {
    fn of(effect: &Value) -> Self {
        let text = |name: &str| effect.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut details = Vec::new();
        for (name, value) in effect.as_object().into_iter().flatten() {
            let told = match name.as_str() {
                "effect" | "certain" | "span" => None,
                // Where and as whom is told where it is not simply here.
                "at" if value["known"] == "here" => None,
                "as" if value["known"] == "caller" => None,
                _ => said(value),
            };
            details.extend(told.map(|told| (name.replace('-', " "), told)));
        }
        Self { effect: text("effect"), may: text("certain") == "may", details, times: 1 }
    }

    /// Those that follow one another and say the same are told once.
    fn all(envelope: &Envelope) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for told in envelope.effects.iter().map(|effect| Self::of(&value(effect))) {
            match all.last_mut() {
                Some(last) if (&last.effect, last.may, &last.details) == (&told.effect, told.may, &told.details) => {
                    last.times += 1;
                }
                _ => all.push(told),
            }
        }
        all
    }
}

/// A field of an effect in words; `None` where it says nothing.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Array(list) => {
            let all: Vec<String> = list.iter().filter_map(said).collect();
            (!all.is_empty()).then(|| all.join(", "))
        }
        Value::Object(fields) => {
            if let Some(known) = fields.get("known") {
                return said(known);
            }
            if let Some(pattern) = fields.get("pattern") {
                return said(pattern).map(|glob| format!("{glob} (a pattern)"));
            }
            if let Some(why) = fields.get("unknown").and_then(Value::as_str) {
                return Some(format!("not known: {}", why.replace('-', " ")));
            }
            if let Some(path) = fields.get("path").and_then(said) {
                let class = fields.get("class").and_then(said).map(|class| format!(" ({class})")).unwrap_or_default();
                let to = fields.get("resolved").and_then(said).map(|to| format!(" → {to}")).unwrap_or_default();
                return Some(format!("{path}{to}{class}"));
            }
            let all: Vec<String> =
                fields.iter().filter_map(|(name, value)| Some(format!("{name} {}", said(value)?))).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
    }
}

/// A rule that matched.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Matched {
    pub(crate) rule: String,
    pub(crate) layer: Value,
    pub(crate) severity: Value,
    pub(crate) verdict: &'static str,
    pub(crate) trial: bool,
    pub(crate) uncertain: bool,
    /// Of so many effects or findings of this call.
    pub(crate) times: usize,
}

impl Matched {
    /// Each rule once, the deciding one first.
    fn all(decision: &Decision) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for matched in &decision.matches {
            let uncertain = value(&matched.truth) == "unknown";
            let (rule, verdict) = (matched.rule.to_string(), matched.verdict.word());
            let known = all
                .iter_mut()
                .find(|known| (&known.rule, known.verdict, known.uncertain) == (&rule, verdict, uncertain));
            if let Some(known) = known {
                known.times += 1;
                continue;
            }
            let (layer, severity) = (value(&matched.layer), value(&matched.severity));
            all.push(Self { rule, layer, severity, verdict, trial: matched.trial, uncertain, times: 1 });
        }
        all
    }
}

/// What can be shown of a record's proof without reading the whole chain.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Proof {
    /// Envelope, hash and place fit one another and the record before.
    pub(crate) whole: bool,
    /// What does not fit, in words.
    pub(crate) faults: Vec<&'static str>,
    pub(crate) hash: String,
    pub(crate) previous: String,
    /// When the collector signed for it.
    pub(crate) received: Option<String>,
    /// The device signed for the chain so far with this record.
    pub(crate) signed_by: Option<u64>,
    /// There is another history of this chain.
    pub(crate) forked: bool,
}

/// One record, as far as it is told.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Call {
    pub(crate) line: Line,
    pub(crate) kind: Value,
    pub(crate) event: Option<String>,
    pub(crate) mode: Option<Mode>,
    pub(crate) degraded: Option<&'static str>,
    pub(crate) cwd: Option<String>,
    pub(crate) workspace: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) decided_us: Option<u64>,
    pub(crate) late: Option<String>,
    /// Name, length before masking, and the masked text where it is kept.
    pub(crate) parts: Vec<(String, u64, Option<String>)>,
    pub(crate) effects: Vec<Told>,
    pub(crate) rules: Vec<Matched>,
    /// Type, severity and part of what was found in the texts.
    pub(crate) findings: Vec<(String, String, String)>,
    pub(crate) proof: Proof,
    pub(crate) envelope: Option<Value>,
    /// Why there is no envelope.
    pub(crate) stub: Option<String>,
}

fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}

impl Call {
    pub(crate) fn of(
        placed: &Placed,
        place: (Uuid, u32, u64),
        device: Option<&Device>,
        branches: &[Branch],
        collector: &PublicKey,
    ) -> Self {
        let row = &placed.row;
        let parsed = row.envelope.as_deref().and_then(|text| serde_json::from_str::<Envelope>(text).ok());
        let id = placed.receipt.map_or_else(Uuid::nil, |receipt| receipt.claim.device);
        let found = Found {
            cursor: crate::store::calls::Cursor {
                at_ms: placed.receipt.map_or(0, |receipt| receipt.claim.received_ms),
                id: 0,
            },
            chain: place.0,
            branch: place.1,
            device: id,
            row: row.clone(),
        };
        let line = Line::of(&found, &device.map(|device| (id, device.clone())).into_iter().collect());
        let content: Option<Content> = row.content.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let kept = |name: &str| {
            let part = content.iter().flat_map(|content| &content.parts).find(|part| part.name == name);
            part.map(|part| part.text.as_str().to_owned())
        };
        let decision = parsed.as_ref().and_then(|envelope| envelope.decision.as_ref());
        let proof = Proof::of(placed, place, device, branches, collector, parsed.as_ref());
        let told = parsed.as_ref().and_then(|envelope| envelope.at.parse::<jiff::Timestamp>().ok());
        let told = told.and_then(|at| u64::try_from(at.as_millisecond()).ok());
        let received = placed.receipt.map(|receipt| receipt.claim.received_ms);
        let late = received.zip(told).filter(|(received, told)| received.saturating_sub(*told) > LATE_MS);
        Self {
            kind: parsed.as_ref().map_or(Value::Null, |envelope| value(&envelope.kind)),
            event: parsed.as_ref().and_then(|envelope| envelope.event.clone()),
            mode: decision.map(|decision| decision.mode),
            degraded: decision.and_then(|decision| decision.degraded).map(|degraded| match degraded {
                Degraded::AskBecameBlock => "nobody could be asked, so it was stopped",
                Degraded::CannotStop => "this event of the agent cannot stop anything",
                Degraded::MaskBecameBlock => "what goes out cannot be masked, so it was stopped",
                Degraded::CannotMask => "this event of the agent cannot change what it gets",
            }),
            cwd: parsed.as_ref().and_then(|envelope| envelope.cwd.as_ref()).map(ToString::to_string),
            workspace: parsed.as_ref().and_then(|envelope| envelope.workspace.as_ref()).map(ToString::to_string),
            policy: parsed.as_ref().and_then(|envelope| envelope.policy.clone()),
            decided_us: parsed.as_ref().and_then(|envelope| envelope.decided_us),
            late: late.map(|(received, _)| moment(received)),
            parts: parsed
                .iter()
                .flat_map(|envelope| &envelope.parts)
                .map(|head| (head.name.clone(), head.length, kept(&head.name)))
                .collect(),
            effects: parsed.as_ref().map(Told::all).unwrap_or_default(),
            rules: decision.map(Matched::all).unwrap_or_default(),
            findings: parsed
                .iter()
                .flat_map(|envelope| &envelope.findings)
                .map(|found| {
                    let finding = value(&found.finding);
                    let word = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
                    (word("type"), word("severity"), found.part.clone())
                })
                .collect(),
            proof,
            envelope: row.envelope.as_deref().and_then(|text| serde_json::from_str(text).ok()),
            stub: row.stub.clone(),
            line,
        }
    }
}

impl Proof {
    fn of(
        placed: &Placed,
        (chain, branch, seq): (Uuid, u32, u64),
        device: Option<&Device>,
        branches: &[Branch],
        collector: &PublicKey,
        envelope: Option<&Envelope>,
    ) -> Self {
        let row = &placed.row;
        let mut faults = Vec::new();
        if row.envelope.as_ref().is_some_and(|text| Digest::of(text.as_bytes()) != row.digest) {
            faults.push("the record is not the one that its digest was made of");
        }
        let link = Link { chain: ChainId(chain.into_bytes()), seq, previous: row.previous, envelope: row.digest };
        if link.hash() != row.hash {
            faults.push("its hash does not fit its place in the chain");
        }
        let own = branches.iter().find(|known| (known.chain, known.number) == (chain, branch));
        // The first of a branch follows a record of another one, which a whole check looks at.
        let first = own.is_none_or(|own| own.first == seq);
        if !first && placed.before != Some(row.previous) {
            faults.push("the record before it is missing or another one");
        }
        if let (Some(content), Some(envelope)) = (&row.content, envelope)
            && chain::check_content(&envelope.parts, content.as_bytes()).is_err()
        {
            faults.push("its content is not what the record says");
        }
        let receipt = placed.receipt.filter(|receipt| is_receipt(collector, receipt));
        if receipt.is_none() {
            faults.push("there is no signature of this collector for it");
        }
        let signed_by = placed.signed.as_ref().and_then(|(by, text)| {
            let envelope: Envelope = serde_json::from_str(text).ok()?;
            let Some(Detail::Checkpoint { seq: upto, hash, key, signature }) = envelope.detail else { return None };
            let checkpoint = chain::Checkpoint { seq: upto, hash: Digest::from_hex(&hash).ok()?, key, signature };
            (upto >= seq && checkpoint.verify(ChainId(chain.into_bytes()), &device?.key).is_ok()).then_some(*by)
        });
        Self {
            whole: faults.is_empty(),
            faults,
            hash: row.hash.to_hex(),
            previous: row.previous.to_hex(),
            received: receipt.map(|receipt| moment(receipt.claim.received_ms)),
            signed_by,
            forked: branches.iter().any(|known| known.chain == chain && known.number > 0),
        }
    }
}

/// A device in the list.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DeviceLine {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) standing: Standing,
    pub(crate) program: String,
    pub(crate) enrolled: String,
    pub(crate) seen: Option<String>,
    /// Whether something came within the last day.
    pub(crate) reported: bool,
    pub(crate) records: u64,
    /// The last record of each history, as chain and number.
    pub(crate) positions: Vec<(Uuid, u64)>,
    pub(crate) forked: bool,
    /// The first record that is there is not the chain's first.
    pub(crate) begins_late: bool,
    pub(crate) key: String,
}

impl DeviceLine {
    pub(crate) fn of(device: &Device, branches: &[Branch], seen: Option<u64>, day_ms: u64) -> Self {
        let own = || branches.iter().filter(|branch| branch.device == device.id);
        Self {
            id: device.id,
            name: device.name.clone(),
            standing: device.standing,
            program: device.program.clone(),
            enrolled: moment(device.enrolled_ms),
            seen: seen.map(moment),
            reported: seen.is_some_and(|seen| seen >= day_ms),
            records: own().map(|branch| (branch.seq + 1).saturating_sub(branch.first)).sum(),
            positions: own().map(|branch| (branch.chain, branch.seq)).collect(),
            forked: own().any(|branch| branch.number > 0),
            begins_late: own().any(|branch| branch.number == 0 && branch.first > 1),
            key: device.key.to_hex(),
        }
    }
}
