//! Records: what is written down of each event.
//!
//! A record is two byte strings. The **envelope** ([`Envelope`], UTF-8 JSON) is what the chain proves; its bytes are
//! never serialised again after they were hashed. The **content** ([`Content`], UTF-8 JSON) holds the masked parts with
//! their salts and can go away while the chain still proves the rest: the envelope has, for each part, its length and
//! `SHA-256(salt ‖ content)`.
//!
//! Readers take fields that they do not know; records only gain fields. `tests/compat/` holds records of each version.

use crate::call::{Agent, Gap, Phase, Subagent};
use crate::effect::EffectRecord;
use crate::finding::Finding;
use crate::settings::SettingsChanged;
use crate::text::SealedText;
use crate::verdict::Decision;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The version that this program writes.
pub const VERSION: u32 = 1;

/// A record in its place in a chain, as memory and replays read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub chain: Uuid,
    pub seq: u64,
    pub envelope: Envelope,
}

/// What the chain proves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    pub v: u32,
    /// `UUIDv7`.
    pub id: Uuid,
    /// UTC, RFC 3339 with microseconds: `2026-11-22T09:15:02.381000Z`.
    pub at: String,
    pub kind: Kind,
    pub origin: Origin,
    /// Of call, session and prompt records: the agent's own name of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The folder that the call was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<SealedText>,
    /// The first folder of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<SealedText>,

    // The six audit fields, or the reason why one is missing.
    pub agent: Audit<AgentFacts>,
    pub trigger: Audit<Trigger>,
    pub step: Audit<Step>,
    pub credential: Audit<Vec<Credential>>,
    pub correlation: Audit<Correlation>,
    pub rationale: Audit<PartRef>,

    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<EffectRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<PlacedFinding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// What of the payload was not understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartHead>,
    /// The policy that judged: `baseline 1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Of records that are no call: what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
    /// Microseconds from the last byte received to the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_us: Option<u64>,
}

impl Envelope {
    /// The record of something that is no call: told by the daemon itself.
    pub fn of_daemon(id: Uuid, at: String, kind: Kind, detail: Detail) -> Self {
        const WHY: &str = "not a call of an agent";
        Self {
            v: VERSION,
            id,
            at,
            kind,
            origin: Origin::Daemon,
            event: None,
            phase: None,
            cwd: None,
            workspace: None,
            agent: Audit::missing(WHY),
            trigger: Audit::missing(WHY),
            step: Audit::missing(WHY),
            credential: Audit::missing(WHY),
            correlation: Audit::missing(WHY),
            rationale: Audit::missing(WHY),
            effects: Vec::new(),
            findings: Vec::new(),
            decision: None,
            gaps: Vec::new(),
            parts: Vec::new(),
            policy: None,
            detail: Some(detail),
            decided_us: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    Call,
    Session,
    Prompt,
    Configuration,
    Daemon,
    Policy,
    Chain,
    Checkpoint,
    Gap,
    /// A kind of a newer version.
    #[serde(other)]
    Newer,
}

/// Who witnessed it. Only `hook` is proved by the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    Hook,
    /// Judged without the daemon and left in the user's drop folder: an unproved witness, since whoever can write there
    /// can write anything. Who wrote it is the kernel's word. Its fingerprints were made with a key that was thrown away;
    /// those of what the daemon itself had to mask again are the daemon's.
    Fallback,
    Daemon,
}

/// A field that an auditor expects: there, or missing for a stated reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audit<T> {
    Missing { missing: String },
    Present(T),
}

impl<T> Audit<T> {
    pub fn missing(why: impl Into<String>) -> Self {
        Self::Missing { missing: why.into() }
    }

    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Missing { .. } => None,
        }
    }
}

/// Which agent, as far as it can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFacts {
    pub product: Agent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The agent's process, told apart from a later one with the same number by its start time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Instance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subagent: Option<Subagent>,
    /// From the hook's parent upward, at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ancestry: Vec<Ancestor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Instance {
    pub pid: u32,
    /// Clock ticks since boot.
    pub started: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ancestor {
    pub pid: u32,
    /// The file's name alone.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<SealedText>,
}

/// Who set it in motion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// By the socket's peer credentials.
    pub uid: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    pub kind: TriggerKind,
    /// Is `kind` proved, or only what the agent says?
    pub asserted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TriggerKind {
    Human,
    Schedule,
    Ci,
    Agent,
    Unknown,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub tool: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<PartRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<PartRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeded: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Of an after record: the id of the before record of the same call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Uuid>,
}

/// A credential by reference; never its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    pub kind: String,
    pub reference: SealedText,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correlation {
    /// The inherited trace id, or the root session.
    pub workflow: String,
    pub session: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
}

/// The name of a content part of this record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartRef(pub String);

/// What the envelope says of a content part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartHead {
    /// `input`, `output`, `prompt`, `rationale`.
    pub name: String,
    pub level: Level,
    /// Bytes of the part as the agent sent it, before masking.
    pub length: u64,
    /// Of the stored text: hex of `SHA-256(salt ‖ text)`. Absent where nothing is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Where only size and digest are kept: hex of the device-keyed HMAC-SHA-256 of the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyed: Option<String>,
}

/// How much of a part is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    None,
    /// Size and keyed digest.
    Metadata,
    /// Secrets and personal data replaced by chips.
    #[default]
    Redacted,
    Full,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedFinding {
    /// The part's name.
    pub part: String,
    #[serde(flatten)]
    pub finding: Finding,
}

/// The masked parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub v: u32,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    /// 32 hex characters, random for each part of each record.
    pub salt: String,
    pub text: SealedText,
}

/// What happened, of records that are no call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Detail {
    /// The first record of a chain.
    ChainStarted {
        reason: ChainReason,
        device_key: String,
    },
    /// A call that was answered from the fallback table, because it could not be read or judged.
    NotJudged {
        reason: String,
    },
    DaemonStarted {
        version: String,
        mode: crate::verdict::Mode,
    },
    DaemonStopped {
        reason: String,
    },
    PolicyLoaded {
        bundle: String,
        serial: u64,
        /// Hex of SHA-256 over the policy files in force.
        digest: String,
    },
    PolicyRefused {
        reason: String,
    },
    PolicyRolledBack {
        from: String,
        to: String,
        reason: String,
    },
    /// Signed by the device key: everything up to `seq`, whose hash is `hash`.
    Checkpoint {
        seq: u64,
        hash: String,
        key: String,
        signature: String,
    },
    /// Content of `count` rows between `first` and `last` was taken away on purpose.
    ContentRemoved {
        first: u64,
        last: u64,
        count: u64,
        reason: String,
        /// Which rows exactly, as ascending ranges: `3-7,9`. Empty: all from `first` to `last`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        rows: String,
    },
    /// `count` whole rows between `first` and `last` were evicted; their envelope digests stay.
    Evicted {
        first: u64,
        last: u64,
        count: u64,
        reason: String,
        /// As in `ContentRemoved`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        rows: String,
    },
    /// Records that were left in a user's drop folder while no daemon answered: so many became records of this journal,
    /// so many were none that could be taken.
    Dropped {
        uid: u32,
        taken: u64,
        refused: u64,
        /// Why the first of those was refused.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// A file of an agent's settings changed.
    SettingsChanged(Box<SettingsChanged>),
    /// Our entries were put back into a settings file, for the `attempt`th time in a short while.
    SettingsRepaired {
        agent: Agent,
        file: SealedText,
        attempt: u32,
    },
    /// Our entries are not in a settings file that we put them in, and were not put back.
    SettingsNotRepaired {
        agent: Agent,
        file: SealedText,
        reason: String,
    },
    /// Events that were answered but not recorded.
    Lost {
        count: u64,
        reason: String,
    },
    #[serde(other)]
    Newer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChainReason {
    First,
    Reinstall,
    Corrupt,
    KeyRotated,
    NewerJournal,
}
