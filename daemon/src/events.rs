//! Internal events: each thing that can happen to the daemon is one variant, and gives its counter and its log line
//! together. No event carries content: names, sizes, reasons and ids alone.

use crate::health::Health;
use std::sync::atomic::Ordering::Relaxed;

#[derive(Debug)]
pub(crate) enum Event<'a> {
    BadFrame { uid: u32, error: &'a protocol::frame::Error },
    CrowdedOut { uid: u32 },
    Slow { uid: u32 },
    Malformed { agent: &'a str, event: &'a str, reason: &'a str },
    TooBig { agent: &'a str, event: &'a str },
    Panicked { agent: &'a str, event: &'a str },
    Unrecorded { error: &'a str },
    PolicyLoaded { policy: &'a str },
    PolicyRefused { reason: &'a str },
    PolicyRolledBack { from: &'a str, to: &'a str },
    DropTaken { uid: u32, taken: u64 },
    SettingsChanged { agent: &'a str, meaning: &'a str },
    SettingsRepaired { agent: &'a str, attempt: u32 },
    SettingsNotRepaired { agent: &'a str, reason: &'a str },
    WatchFailing { error: &'a str },
    DropRefused { uid: u32, refused: u64, reason: &'a str },
    ShipUnproved { url: &'a str, status: u16 },
    ShipForked { chain: uuid::Uuid },
}

impl Event<'_> {
    /// Counts it and writes its line.
    pub(crate) fn emit(&self, health: &Health) {
        let counter = match self {
            Self::BadFrame { uid, error } => {
                tracing::warn!(uid, %error, "a connection broke the protocol");
                &health.bad_frames
            }
            Self::CrowdedOut { uid } => {
                tracing::warn!(uid, "an idle connection was closed to make room");
                &health.crowded_out
            }
            Self::Slow { uid } => {
                tracing::warn!(uid, "a connection took too long");
                &health.slow
            }
            Self::Malformed { agent, event, reason } => {
                tracing::warn!(agent, event, reason, "a call could not be read");
                &health.malformed
            }
            Self::TooBig { agent, event } => {
                tracing::warn!(agent, event, "a call was over 64 MiB");
                &health.too_big
            }
            Self::Panicked { agent, event } => {
                tracing::error!(agent, event, "a call could not be judged: this is a fault of ours");
                &health.panics
            }
            Self::Unrecorded { error } => {
                tracing::error!(%error, "a call was answered without a record");
                &health.unrecorded
            }
            Self::PolicyLoaded { policy } => {
                tracing::info!(policy, "policy in force");
                &health.policy_reloads
            }
            Self::PolicyRefused { reason } => {
                tracing::error!(reason, "policy refused; the last good one stays in force");
                &health.policy_refusals
            }
            Self::PolicyRolledBack { from, to } => {
                tracing::error!(from, to, "policy rolled back after three faults in five minutes");
                &health.policy_rollbacks
            }
            Self::DropTaken { uid, taken } => {
                tracing::info!(uid, taken, "calls that were judged without the daemon are on record");
                &health.dropped_taken
            }
            Self::SettingsChanged { agent, meaning } => {
                tracing::info!(agent, meaning, "an agent's settings changed");
                &health.settings_changes
            }
            Self::SettingsRepaired { agent, attempt } => {
                tracing::warn!(agent, attempt, "our entries were put back into an agent's settings");
                &health.settings_repairs
            }
            Self::SettingsNotRepaired { agent, reason } => {
                tracing::error!(agent, reason, "our entries are missing from an agent's settings");
                &health.settings_not_repaired
            }
            Self::WatchFailing { error } => {
                tracing::warn!(error, "not all folders can be watched; looking every few seconds instead");
                &health.watch_failures
            }
            Self::DropRefused { uid, refused, reason } => {
                tracing::warn!(uid, refused, reason, "a drop folder holds what is no record of a call");
                &health.dropped_refused
            }
            Self::ShipUnproved { url, status } => {
                tracing::error!(
                    url,
                    status,
                    "an answer that the collector did not sign: nothing is taken as delivered"
                );
                &health.ship_unproved
            }
            Self::ShipForked { chain } => {
                tracing::error!(%chain, "the collector has two histories of this chain: a copied key, or this machine was set back");
                &health.ship_forked
            }
        };
        counter.fetch_add(1, Relaxed);
    }
}
