//! The line: one tool call from the agent's bytes to the record and the agent's answer.
//!
//! ```text
//! decode → effects + findings → decide → seal → encode
//! ```
//!
//! A pure function of the payload, the facts, the session memory, the policy and the time. The daemon calls it for a
//! live call, `taffraild judge` without a daemon, and later the collector for replays: all of them judge alike.
//! It sees no file system, network, clock or runtime.

pub mod examples;
mod line;
pub mod parts;
pub mod seal;

pub use agents::Malformed;
pub use line::{Assessed, Engine, Judged, Outcome, Witness, World, rule_words};
