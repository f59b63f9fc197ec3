//! Own health: counters and latency histograms, kept in atomics, read by `status`.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// A histogram of durations in microseconds: 16 steps to each power of two, so a quantile is at most 7 % off.
#[derive(Debug)]
pub(crate) struct Histogram {
    buckets: [AtomicU64; BUCKETS],
}

const STEPS: usize = 16;
/// Up to 2³² µs, over an hour.
const BUCKETS: usize = 33 * STEPS;

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: std::array::from_fn(|_| AtomicU64::new(0)) }
    }
}

impl Histogram {
    pub(crate) fn record(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).min(u64::from(u32::MAX));
        if let Some(bucket) = self.buckets.get(Self::bucket(micros)) {
            bucket.fetch_add(1, Relaxed);
        }
    }

    fn bucket(micros: u64) -> usize {
        let micros = usize::try_from(micros).unwrap_or(usize::MAX);
        if micros < STEPS {
            return micros;
        }
        let power = micros.ilog2() as usize;
        // The four bits after the leading one.
        let step = (micros >> (power - 4)) & (STEPS - 1);
        ((power - 3) * STEPS + step).min(BUCKETS - 1)
    }

    /// The largest value that falls into a bucket.
    fn upper(bucket: usize) -> u64 {
        if bucket < STEPS {
            return bucket as u64;
        }
        let (power, step) = (bucket / STEPS + 3, bucket % STEPS);
        ((STEPS + step + 1) as u64 * (1 << (power - 4))) - 1
    }

    pub(crate) fn summary(&self) -> Quantiles {
        let counts: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        let count: u64 = counts.iter().sum();
        let at = |thousandths: u64| {
            let wanted = (count * thousandths).div_ceil(1000).max(1);
            let mut seen = 0;
            let found = counts.iter().position(|n| {
                seen += n;
                seen >= wanted
            });
            found.map_or(0, Self::upper)
        };
        Quantiles { count, p50_us: at(500), p99_us: at(990), p999_us: at(999), max_us: at(1000) }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Quantiles {
    pub(crate) count: u64,
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
    pub(crate) p999_us: u64,
    pub(crate) max_us: u64,
}

macro_rules! counters {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
        /// What has happened since the start, counted.
        #[derive(Debug, Default)]
        pub(crate) struct Health {
            $($(#[$meta])* pub(crate) $name: AtomicU64,)+
            /// From the last byte of a call to its decision.
            pub(crate) decide: Histogram,
            /// Until the record is written.
            pub(crate) commit: Histogram,
            /// From the last byte of a call to the last byte of its answer.
            pub(crate) answer: Histogram,
        }

        #[derive(Clone, Debug, Serialize)]
        pub(crate) struct Counts { $(pub(crate) $name: u64,)+ }

        impl Health {
            pub(crate) fn counts(&self) -> Counts {
                Counts { $($name: self.$name.load(Relaxed),)+ }
            }
        }
    };
}

counters! {
    calls,
    stopped,
    asked,
    /// Stops and asks that detect mode, or an event that cannot stop, let pass.
    would_have_stopped,
    /// Calls whose payload could not be decoded.
    malformed,
    /// Calls over 64 MiB.
    too_big,
    /// Panics inside a call, caught.
    panics,
    /// Calls that were answered without a record because the journal refused.
    unrecorded,
    /// Connections that broke the protocol.
    bad_frames,
    /// Connections closed to make room.
    crowded_out,
    /// Connections that took too long.
    slow,
    /// Rounds that took records out of a user's drop folder.
    dropped_taken,
    /// Rounds that found there what is no record.
    dropped_refused,
    /// Records that the collector has signed for.
    shipped,
    /// Answers that the collector did not sign.
    ship_unproved,
    /// Answers that say that there are two histories of this chain.
    ship_forked,
    policy_reloads,
    policy_refusals,
    policy_rollbacks,
    /// Changes of agents' settings.
    settings_changes,
    /// Times that our entries were put back into them.
    settings_repairs,
    /// Times that they were not.
    settings_not_repaired,
    /// Times that folders could not be watched.
    watch_failures,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_falls_into_it_within_seven_percent() {
        for micros in (0..5_000).chain([10_000, 99_999, 1_000_000, u64::from(u32::MAX)]) {
            let upper = Histogram::upper(Histogram::bucket(micros));
            assert!(upper >= micros && upper - micros <= micros / 14 + 1, "{micros} → {upper}");
        }
    }

    #[test]
    fn quantiles_come_from_the_counts() {
        let histogram = Histogram::default();
        for micros in 1..=1000 {
            histogram.record(Duration::from_micros(micros));
        }
        let q = histogram.summary();
        assert_eq!(q.count, 1000);
        assert!((500..=540).contains(&q.p50_us), "{q:?}");
        assert!((990..=1060).contains(&q.p99_us), "{q:?}");
    }
}
