//! Calls as people look for them: an index beside the records, and the questions that can be asked.
//!
//! The index is written with the records, in the same transaction, and is made of them alone: lists are found by it and
//! shown from the records themselves. A page of a list is the newest calls that fit, found by looking through at most
//! [`WINDOW`] of them: a question that hardly anything fits costs no more than another, and the answer says how far it
//! has looked.

#[cfg(test)]
mod tests;

use super::{Claim, Error, Row};
use chain::Digest;
use protocol::Envelope;
use protocol::call::Phase;
use protocol::record::Kind;
use protocol::verdict::{Action, Decision, Notice};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Calls that one question looks through.
pub(crate) const WINDOW: u32 = 20_000;
/// Of those whose texts must be read for it.
pub(crate) const TEXT_WINDOW: u32 = 2_000;

/// What became of a call, in one word. The order is how much it concerns people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fate {
    /// Nothing was said of it.
    Ran,
    Noted,
    Masked,
    /// In enforce mode it would have been asked about.
    WouldAsk,
    WouldStop,
    Asked,
    Stopped,
}

impl Fate {
    pub(crate) const ALL: [Self; 7] =
        [Self::Ran, Self::Noted, Self::Masked, Self::WouldAsk, Self::WouldStop, Self::Asked, Self::Stopped];

    /// As it is stored, asked for and spelt in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Noted => "noted",
            Self::Masked => "masked",
            Self::WouldAsk => "would-ask",
            Self::WouldStop => "would-stop",
            Self::Asked => "asked",
            Self::Stopped => "stopped",
        }
    }

    pub(crate) fn of(decision: &Decision) -> Self {
        let (raw, applied) = (&decision.raw, &decision.applied);
        match (applied.action, raw.action) {
            (Action::Block, _) => Self::Stopped,
            (Action::Ask, _) => Self::Asked,
            (Action::Allow, Action::Block) => Self::WouldStop,
            (Action::Allow, Action::Ask) => Self::WouldAsk,
            _ if !applied.masks.is_empty() => Self::Masked,
            _ if applied.notice > Notice::None || raw.notice > Notice::None || !raw.masks.is_empty() => Self::Noted,
            _ => Self::Ran,
        }
    }

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Ran => 0,
            Self::Noted => 1,
            Self::Masked => 2,
            Self::WouldAsk => 3,
            Self::WouldStop => 4,
            Self::Asked => 5,
            Self::Stopped => 6,
        }
    }
}

/// What the index holds of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) at_ms: u64,
    pub(super) device: Uuid,
    pub(super) fate: Fate,
    pub(super) session: Option<String>,
    pub(super) agent: Option<&'static str>,
    pub(super) person: Option<String>,
    pub(super) tool: Option<String>,
    /// Names between spaces, each once.
    pub(super) effects: String,
    /// The rule that decided.
    pub(super) rule: Option<String>,
}

impl Entry {
    /// `None`: the record is no call. What a call was answered with is one with it, unless something was said of that.
    pub(super) fn of(row: &Row, claim: &Claim) -> Option<Self> {
        let envelope: Envelope = serde_json::from_str(row.envelope.as_deref()?).ok()?;
        let fate = envelope.decision.as_ref().map(Fate::of);
        let listed = match (envelope.kind, envelope.phase) {
            (Kind::Call, Some(Phase::Before)) => true,
            (Kind::Call | Kind::Prompt | Kind::Session, _) => fate.is_some_and(|fate| fate > Fate::Ran),
            _ => false,
        };
        if !listed {
            return None;
        }
        let mut effects = String::from(" ");
        for effect in &envelope.effects {
            let name = effect.action.name();
            if !effects.contains(&format!(" {name} ")) {
                effects.push_str(name);
                effects.push(' ');
            }
        }
        let told = envelope.at.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond);
        // A device whose clock is ahead does not stand above all others for as long.
        let at_ms = told.and_then(|ms| u64::try_from(ms).ok()).unwrap_or_default().min(claim.received_ms);
        let rule = envelope.decision.as_ref().and_then(|decision| decision.matches.first());
        Some(Self {
            at_ms,
            device: claim.device,
            fate: fate.unwrap_or(Fate::Ran),
            session: envelope.correlation.present().map(|correlation| correlation.session.clone()),
            agent: envelope.agent.present().map(|agent| agent.product.name()),
            person: envelope.trigger.present().and_then(|trigger| trigger.user.clone()),
            tool: envelope.step.present().map(|step| step.tool.clone()),
            effects,
            rule: rule.map(|matched| matched.rule.to_string()),
        })
    }
}

/// A place in the list: the calls before it are older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) at_ms: u64,
    pub(crate) id: i64,
}

/// Which calls are asked for: those that fit all that is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) device: Option<Uuid>,
    pub(crate) session: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) person: Option<String>,
    pub(crate) tool: Option<String>,
    pub(crate) effect: Option<String>,
    pub(crate) rule: Option<String>,
    /// Any of these; none: all.
    pub(crate) fates: Vec<Fate>,
    /// Somewhere in what the tool was given, small and capital letters alike.
    pub(crate) text: Option<String>,
    pub(crate) before: Option<Cursor>,
}

/// A call as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) cursor: Cursor,
    pub(crate) chain: Uuid,
    pub(crate) branch: u32,
    pub(crate) device: Uuid,
    pub(crate) row: Row,
}

/// The newest calls that fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    pub(crate) found: Vec<Found>,
    /// Older ones that fit lie, if anywhere, before this.
    pub(crate) next: Option<Cursor>,
    /// It was looked through as many as one question may, and there are more.
    pub(crate) cut: bool,
}

/// A stored record by its place, with what is around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) row: Row,
    /// The hash of the record before; `None`: there is none in this branch.
    pub(crate) before: Option<Digest>,
    pub(crate) receipt: Option<super::Receipt>,
    /// The next record in which the device signed for the chain so far, and its envelope.
    pub(crate) signed: Option<(u64, String)>,
}

/// Calls since a moment, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts([u64; 7]);

impl Counts {
    pub(crate) fn of(&self, fate: Fate) -> u64 {
        let at = usize::try_from(fate.number()).unwrap_or_default();
        self.0.get(at).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, fate: Fate, count: u64) {
        let at = usize::try_from(fate.number()).unwrap_or_default();
        if let Some(slot) = self.0.get_mut(at) {
            *slot = count;
        }
    }

    pub(crate) fn all(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// One session of an agent, as far as it lies in the newest calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Session {
    /// As the agent names it.
    #[serde(rename = "session")]
    pub(crate) id: String,
    pub(crate) device: Uuid,
    pub(crate) agent: Option<String>,
    pub(crate) person: Option<String>,
    pub(crate) first_ms: u64,
    pub(crate) last_ms: u64,
    pub(crate) calls: u64,
    /// Of all its calls the most serious.
    pub(crate) fate: Fate,
}

/// Questions about what is stored, each with an end to its work.
pub(crate) trait Questions {
    /// # Errors
    ///
    /// When the store does not answer; so of all of them.
    fn calls(&self, filter: &Filter, most: u32) -> Result<Calls, Error>;
    /// Any record by its place.
    fn placed(&self, chain: Uuid, branch: u32, seq: u64) -> Result<Option<Placed>, Error>;
    fn counts(&self, since_ms: u64) -> Result<Counts, Error>;
    /// When something of each device came last.
    fn arrivals(&self) -> Result<Vec<(Uuid, u64)>, Error>;
    /// Rules that stopped or asked, or would have, and how often; most often first.
    fn rules(&self, since_ms: u64, most: u32) -> Result<Vec<(String, u64)>, Error>;
    /// Those of the newest calls; the newest first.
    fn sessions(&self, most: u32) -> Result<Vec<Session>, Error>;
}
