//! Settings: configuration and policy, read whole or not at all.

use engine::parts::Levels;
use platform::files;
use platform::names::{Places, Scope};
use policy::{Policy, Source};
use protocol::Envelope;
use protocol::Agent;
use protocol::fallback::Table;
use protocol::verdict::{Layer, Mode};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A policy file may be this long; the policy's own limit says so with its text.
pub const POLICY_BYTES: u64 = 11 << 20;
