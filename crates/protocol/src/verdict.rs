//! Verdicts: what the policy says of a call.

use crate::code::Code;
use crate::field::{Truth, Why};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// `detect` records what it would have done; `enforce` does it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    #[default]
    Detect,
    Enforce,
}

/// The action of a verdict; the order is the strictness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    #[default]
    Allow,
    Ask,
    Block,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    #[default]
    None,
    Flag,
    Alert,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Never acts.
    #[default]
    Note,
    Low,
    Medium,
    High,
    Critical,
}

/// What the rules say together: the strictest action, the loudest notice, the union of the masks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub action: Action,
    pub notice: Notice,
    /// Finding types to be masked in what the agent gets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masks: Vec<String>,
}

impl Verdict {
    /// The verdict in one word: the highest of allow, flag, alert, mask, ask, block.
    pub fn word(&self) -> &'static str {
        match (self.action, self.masks.is_empty(), self.notice) {
            (Action::Block, _, _) => "block",
            (Action::Ask, _, _) => "ask",
            (Action::Allow, false, _) => "mask",
            (Action::Allow, true, Notice::Alert) => "alert",
            (Action::Allow, true, Notice::Flag) => "flag",
            (Action::Allow, true, Notice::None) => "allow",
        }
    }

    /// Makes this at least as strict as `other` in every part.
    pub fn join(&mut self, other: &Self) {
        self.action = self.action.max(other.action);
        self.notice = self.notice.max(other.notice);
        for mask in &other.masks {
            if !self.masks.contains(mask) {
                self.masks.push(mask.clone());
            }
        }
    }
}

/// One rule that matched, kept in the record even when a stricter one decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleMatch {
    pub rule: Arc<str>,
    pub layer: Layer,
    pub verdict: Verdict,
    pub severity: Severity,
    /// `unknown`: it matched because of a field that could not be known.
    pub truth: Truth,
    /// Recorded, never acts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trial: bool,
    /// Index into the record's effects, where the rule speaks of an effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<usize>,
    /// Index into the record's findings, where the rule speaks of a finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<usize>,
}

/// Whose rule it is; later layers see only what earlier ones leave open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    BuiltIn,
    Organisation,
    Team,
    User,
    Repository,
}

/// The whole judgement of one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub mode: Mode,
    /// What the rules say.
    pub raw: Verdict,
    /// What was answered: `raw` after mode, trial and degradation.
    pub applied: Verdict,
    /// All rules that matched, the deciding one first.
    pub matches: Vec<RuleMatch>,
    /// Why `applied` differs from `raw` where the agent, not the mode, is the reason: `ask-cannot-be-shown`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<Degraded>,
    /// Set where something that counts could not be understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecided: Option<Why>,
    /// The short name of the record; printed where something was stopped or asked.
    pub code: Code,
    /// The code of the first stop of the same rule and target in this session, when this is a repetition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Code>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Degraded {
    /// The event has no way to ask, or nobody is there to answer: ask became block.
    AskBecameBlock,
    /// The event cannot stop anything: block and ask became a note.
    CannotStop,
    /// Something outgoing cannot be masked: mask became block.
    MaskBecameBlock,
    /// The event cannot change what the agent gets.
    CannotMask,
}

/// What an agent's event lets us do, at its version and in its permission mode. Worked out in `crates/agents`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ability {
    /// A block holds.
    pub stop: bool,
    /// A person is asked, and the answer holds.
    pub ask: bool,
    /// What the agent gets can be replaced.
    pub mask: bool,
}
