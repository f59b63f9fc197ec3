//! How long to wait after a failure: doubled each time, and at random below that, so that many machines do not come back
//! at one moment.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);
/// No collector is believed that says to come back later than this.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The pause after one more failure; at least what was asked for.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let most = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        // Full jitter, and never at once.
        let pause = (most.mul_f64(random())).max(FIRST / 10);
        match asked {
            Some(asked) => asked.min(LONGEST_ASKED) + pause.min(FIRST),
            None => pause,
        }
    }
}

/// From 0 up to 1.
fn random() -> f64 {
    let bytes = platform::keys::random().map_or([128; 32], |key| key.0);
    f64::from(u16::from_be_bytes([bytes[0], bytes[1]])) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_minutes_and_are_spread() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..40).map(|_| backoff.next(None)).collect();
        assert!(pauses[0] <= FIRST && pauses[3] <= FIRST * 8, "{pauses:?}");
        assert!(pauses.iter().all(|pause| (FIRST / 10..=LONGEST).contains(pause)));
        assert!(pauses[10..].iter().any(|pause| *pause > LONGEST / 4), "{pauses:?}");
        backoff.reset();
        assert!(backoff.next(None) <= FIRST);
    }

    #[test]
    fn what_the_collector_asks_for_is_kept_and_bounded() {
        let mut backoff = Backoff::default();
        let asked = Duration::from_secs(90);
        let pause = backoff.next(Some(asked));
        assert!(pause >= asked && pause <= asked + FIRST);
        assert!(backoff.next(Some(Duration::MAX)) <= LONGEST_ASKED + FIRST);
    }
}
