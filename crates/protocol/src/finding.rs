//! Findings: what was found in the content, by byte span. A finding never holds the value itself.

use crate::verdict::Severity;
use serde::{Deserialize, Serialize};

/// Something in a content part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub kind: FindingKind,
    /// The type within the kind: `github-token`, `private-key`, …
    #[serde(rename = "type")]
    pub name: String,
    /// Half-open byte range in the part.
    pub start: usize,
    pub end: usize,
    pub severity: Severity,
    pub confidence: Confidence,
    pub direction: Direction,
    /// Does the value look random (at least 64 bits)? Decides which key its fingerprint uses.
    pub random: bool,
    /// Four hex characters of the keyed fingerprint; set by `seal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    Secret,
    Pii,
    Injection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// Which way the content moves, seen from the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Tool output, files, pages: into the model.
    Incoming,
    /// To another host.
    Outgoing,
    /// Stays on this machine.
    Local,
    /// What a person typed.
    Prompt,
}
