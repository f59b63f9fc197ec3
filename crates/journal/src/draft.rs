//! What is handed in, and what is searched.

use protocol::Code;
use protocol::record::{Audit, Envelope, Kind};

/// A record before it has its place in the chain.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The envelope's exact JSON. These bytes are hashed and never serialised again.
    pub envelope: Vec<u8>,
    /// The content's JSON, where anything is kept of it.
    pub content: Option<Vec<u8>>,
    pub index: Index,
}

/// Few envelopes are longer: room for one is made at once.
const USUAL: usize = 4096;

impl Draft {
    /// Serialises an envelope, and content that is already JSON.
    ///
    /// # Errors
    ///
    /// When the envelope cannot be written as JSON.
    pub fn new(envelope: &Envelope, content: Option<Vec<u8>>) -> Result<Self, serde_json::Error> {
        let mut bytes = Vec::with_capacity(USUAL);
        serde_json::to_writer(&mut bytes, envelope)?;
        Ok(Self { envelope: bytes, content, index: Index::of(envelope) })
    }

    /// A record that another process took in. What cannot be read as an envelope is kept all the same.
    pub(crate) fn found(envelope: Vec<u8>, content: Option<Vec<u8>>) -> Self {
        let index = serde_json::from_slice(&envelope).map_or_else(|_| Index::unknown(), |read| Index::of(&read));
        Self { envelope, content, index }
    }
}

/// The columns by which a record is found again and chosen for eviction. Always made from the envelope, so that `verify`
/// can make them again and compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Milliseconds since 1970, from the envelope's `at`.
    at_ms: i64,
    kind: Kind,
    weight: Weight,
    uid: Option<u32>,
    session: Option<String>,
    call: Option<String>,
    code: Option<Code>,
}

/// How much a record is worth keeping: the strictest of what the rules said and what was answered, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    Allow = 0,
    Flag = 1,
    Alert = 2,
    Mask = 3,
    Ask = 4,
    Block = 5,
}

impl Weight {
    fn named(word: &str) -> Self {
        match word {
            "block" => Self::Block,
            "ask" => Self::Ask,
            "mask" => Self::Mask,
            "alert" => Self::Alert,
            "flag" => Self::Flag,
            _ => Self::Allow,
        }
    }
}

impl Index {
    pub fn of(envelope: &Envelope) -> Self {
        let correlation = envelope.correlation.present();
        let weight = match &envelope.decision {
            Some(decision) => Weight::named(decision.raw.word()).max(Weight::named(decision.applied.word())),
            // What is no call and no conversation is rare and tells of the guard itself.
            None if matches!(envelope.kind, Kind::Call | Kind::Session | Kind::Prompt) => Weight::Allow,
            None => Weight::Alert,
        };
        Self {
            at_ms: milliseconds(&envelope.at),
            kind: envelope.kind,
            weight,
            uid: match &envelope.trigger {
                Audit::Present(trigger) => Some(trigger.uid),
                Audit::Missing { .. } => None,
            },
            session: correlation.map(|c| c.session.clone()),
            call: correlation.and_then(|c| c.call.clone()),
            code: envelope.decision.as_ref().map(|decision| decision.code),
        }
    }

    /// Of something that is no envelope.
    fn unknown() -> Self {
        let (kind, weight) = (Kind::Newer, Weight::Alert);
        Self { at_ms: 0, kind, weight, uid: None, session: None, call: None, code: None }
    }

    pub fn at_ms(&self) -> i64 {
        self.at_ms
    }

    pub fn weight(&self) -> Weight {
        self.weight
    }

    pub(crate) fn uid(&self) -> Option<u32> {
        self.uid
    }

    pub(crate) fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    pub(crate) fn call(&self) -> Option<&str> {
        self.call.as_deref()
    }

    pub(crate) fn code(&self) -> Option<Code> {
        self.code
    }

    pub(crate) fn kind(&self) -> i64 {
        kind_number(self.kind)
    }
}

/// Kinds as the file numbers them; only added to. 7 to 9 are the journal's own (see [`crate::read::Reader::sizes`]).
pub(crate) fn kind_number(kind: Kind) -> i64 {
    match kind {
        Kind::Call => 1,
        Kind::Session => 2,
        Kind::Prompt => 3,
        Kind::Configuration => 4,
        Kind::Daemon => 5,
        Kind::Policy => 6,
        Kind::Chain => 7,
        Kind::Checkpoint => 8,
        Kind::Gap => 9,
        _ => 0,
    }
}

/// A code's four letters as one number.
pub(crate) fn code_number(code: Code) -> i64 {
    code.as_str().bytes().fold(0, |number, byte| number << 8 | i64::from(byte))
}

/// An envelope's `at` as milliseconds since 1970; 0 where it is no time.
fn milliseconds(at: &str) -> i64 {
    at.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond)
}
