//! Raw and sealed text: the two sides of masking.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What both kinds of text can do: be compared, byte by byte. Matchers are written against this, so that a policy
/// judges a live call and a stored record with the same code.
pub trait Text {
    /// The bytes, not necessarily UTF-8.
    fn bytes(&self) -> &[u8];

    /// The bytes as text; what is not UTF-8 is replaced by U+FFFD.
    fn lossy(&self) -> Cow<'_, str> {
        lossy(self.bytes())
    }
}

/// Bytes as text; what is not UTF-8 is replaced by U+FFFD.
///
/// Nearly all texts are UTF-8, and to see that takes a tenth of the time that the replacing reader does.
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Content as the agent sent it: may hold secrets. Lives in memory only.
///
/// It has no `Serialize` or `Display` on purpose; see the crate's invariant.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct RawText(Box<[u8]>);

impl RawText {
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into_boxed_slice())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Text for RawText {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for RawText {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl From<String> for RawText {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

/// Says that something is there and how long it is, never what.
impl std::fmt::Debug for RawText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[raw, {} bytes]", self.0.len())
    }
}

/// Masked text: safe to store, send and show. Made by the engine's `seal` alone (a test looks for other callers of
/// [`SealedText::from_masked`]), or read back from a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedText(String);

impl SealedText {
    /// Wraps text whose secrets have been replaced by chips.
    pub fn from_masked(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text for SealedText {
    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Display for SealedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
