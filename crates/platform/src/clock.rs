//! The clock: the only place that asks what time it is.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Wall-clock and elapsed time.
pub trait Clock: Debug + Send + Sync {
    /// Microseconds since 1970 (UTC). Can jump; use [`Clock::elapsed`] for durations.
    fn micros(&self) -> u64;

    /// Time since some fixed moment; never goes back.
    fn elapsed(&self) -> Duration;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn micros(&self) -> u64 {
        #[expect(clippy::disallowed_methods, reason = "this is the clock module")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug, Default)]
pub struct FakeClock {
    micros: AtomicU64,
    elapsed: AtomicU64,
}

impl FakeClock {
    /// Starts at this many microseconds since 1970.
    pub fn at(micros: u64) -> Self {
        Self { micros: AtomicU64::new(micros), elapsed: AtomicU64::new(0) }
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(by, Ordering::Relaxed);
        self.elapsed.fetch_add(by, Ordering::Relaxed);
    }

    /// Sets the wall clock, forward or back, without time passing.
    pub fn jump(&self, micros: u64) {
        self.micros.store(micros, Ordering::Relaxed);
    }
}

impl Clock for FakeClock {
    fn micros(&self) -> u64 {
        self.micros.load(Ordering::Relaxed)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.elapsed.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_of_the_wall_clock_is_not_elapsed_time() {
        let clock = FakeClock::at(1_000);
        clock.advance(Duration::from_micros(5));
        clock.jump(3);
        assert_eq!((clock.micros(), clock.elapsed()), (3, Duration::from_micros(5)));
    }

    #[test]
    fn the_system_clock_is_past_2025() {
        assert!(SystemClock::new().micros() > 1_735_689_600_000_000);
    }
}
