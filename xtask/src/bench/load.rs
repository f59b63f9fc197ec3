//! What else the machine did while a bench ran.

use anyhow::{Context, Result};
use std::time::{Duration, Instant};

/// Over this at the start, other work competes with what is measured.
const QUIET: f64 = 0.7;

/// The builds before a bench leave a load that falls by itself once they are done.
const PATIENCE: Duration = Duration::from_mins(2);

/// The load when a bench began to measure.
#[derive(Debug)]
pub(super) struct Load {
    before: f64,
    /// Fewer rounds than figures need.
    short: bool,
}

impl Load {
    /// Waits for a quiet machine, and not for long: a bench on a busy one says so and goes on. A short run, whose figures
    /// nobody reads, does not wait.
    pub(super) fn settle(short: bool) -> Result<Self> {
        let begin = Instant::now();
        let mut before = average()?;
        if before > QUIET && !short {
            crate::run::complain(&format!("The load is {before}; waiting for at most {} s", PATIENCE.as_secs()));
        }
        while before > QUIET && !short && begin.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_secs(1));
            before = average()?;
        }
        Ok(Self { before, short })
    }

    /// The line above a bench's figures.
    pub(super) fn line(&self) -> Result<String> {
        Ok(said(self.before, average()?, self.short))
    }
}

fn said(before: f64, after: f64, short: bool) -> String {
    let mut line = format!("Load average {before:.2} before, {after:.2} after.");
    if before > QUIET {
        line += "\n**Noisy**: other work was running.";
    }
    if short {
        line += "\n**Short**: run to see that it works; the figures are not to be read.";
    }
    line + "\n\n"
}

/// Of the last minute.
fn average() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").context("read /proc/loadavg")?;
    text.split(' ').next().unwrap_or_default().parse().context("read /proc/loadavg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_busy_machine_and_of_a_short_run_are_marked() {
        assert_eq!(said(0.2, 1.0, false), "Load average 0.20 before, 1.00 after.\n\n");
        assert!(said(0.71, 1.0, false).contains("Noisy") && !said(0.71, 1.0, false).contains("Short"));
        assert!(said(0.2, 1.0, true).contains("Short"));
    }

    #[test]
    fn a_short_run_waits_for_nobody() {
        let begin = Instant::now();
        let load = Load::settle(true).unwrap();
        assert!(begin.elapsed() < Duration::from_secs(1) && load.line().unwrap().contains("Short"));
    }
}
