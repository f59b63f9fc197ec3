//! Three-valued fields: what is known, what is known in part, and what could not be known, with the reason.

use serde::{Deserialize, Serialize};

/// A field of an effect. Nothing is ever silently absent: what could not be worked out says why.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field<T> {
    /// Exactly this value.
    Known(T),
    /// One of a set, described by a glob: `*` stands for any run of bytes, `/` included; `?` for one byte.
    Pattern(Pattern<T>),
    /// Not known, and why.
    Unknown(Why),
}

/// A set of values as a glob over their text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern<T> {
    /// The glob, in the same kind of text as the values it stands for.
    pub glob: T,
}

impl<T> Field<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Pattern(_) | Self::Unknown(_) => None,
        }
    }

    pub fn pattern(glob: T) -> Self {
        Self::Pattern(Pattern { glob })
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// The same field with its value changed.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Known(value) => Field::Known(f(value)),
            Self::Pattern(Pattern { glob }) => Field::Pattern(Pattern { glob: f(glob) }),
            Self::Unknown(why) => Field::Unknown(why),
        }
    }

    pub fn as_ref(&self) -> Field<&T> {
        match self {
            Self::Known(value) => Field::Known(value),
            Self::Pattern(Pattern { glob }) => Field::Pattern(Pattern { glob }),
            Self::Unknown(why) => Field::Unknown(*why),
        }
    }
}

/// Why something is not known. Stored as its kebab-case name; names are never reused for another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Why {
    /// A variable whose value is not in the call.
    Variable,
    /// The output of a command.
    Substitution,
    /// Not stated: the program's own default decides.
    Unstated,
    /// Over a size limit.
    TooBig,
    /// Nested deeper than the limit.
    TooDeep,
    /// More work than one call may cost.
    WorkLimit,
    /// A look-up did not answer in time.
    Slow,
    /// No look-up is possible here (batch judging, replays).
    NoFacts,
    /// A look-up was refused: rights, or not a regular file.
    Unreadable,
    /// Text that does not parse.
    Syntax,
    /// A program that the tables do not know.
    Program,
    /// A subcommand or option that the tables do not know.
    Option,
    /// A tool that the agent's table does not know.
    Tool,
    /// An event that the agent's table does not know.
    Event,
    /// A shell or language that is not analysed.
    Language,
    /// A field of the payload that is missing or has the wrong type.
    Payload,
    /// Code that no one has shown us.
    Unseen,
    /// What happened earlier in the session is not at hand.
    NoMemory,
    /// The analysis itself failed; recorded as undecided.
    Panic,
    /// A value of a newer version than this program.
    Newer,
}

/// What a matcher says of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    pub fn of(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }

    /// Kleene's and: no beats unknown beats yes.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }

    /// Kleene's or: yes beats unknown beats no.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Unknown,
        }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}
