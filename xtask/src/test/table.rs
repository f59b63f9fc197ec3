//! The table of a run: step, seconds, cold or cached.

use super::Count;
use crate::run::Seen;
use std::fmt::Write;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Row {
    step: String,
    took: Duration,
    state: String,
    count: Count,
}

impl Row {
    /// A step that ran a program; `None`: it could not be run to its end.
    pub(super) fn of(step: &str, took: Duration, seen: Option<&Seen>) -> Self {
        let text = seen.map(|seen| seen.text.as_str()).unwrap_or_default();
        let mut count = Count::of(text);
        let state = match seen {
            None => "ended",
            Some(seen) if !seen.status.success() => "failed",
            Some(_) => temperature(text),
        };
        // A step that fails without a test of its own that failed counts as one.
        if matches!(state, "ended" | "failed") && count.failed == 0 {
            count.failed = 1;
        }
        Self { step: step.to_owned(), took, state: state.to_owned(), count }
    }

    /// Says that it failed, whatever its last program's status was.
    pub(super) fn mark_failed(&mut self) {
        "failed".clone_into(&mut self.state);
        self.count.failed = self.count.failed.max(1);
    }

    /// A step of our own; `state` is `failed` where it did.
    pub(super) fn plain(step: &str, took: Duration, state: &str) -> Self {
        let count = Count { failed: u64::from(state == "failed"), ..Count::default() };
        Self { step: step.to_owned(), took, state: state.to_owned(), count }
    }
}

/// `cold`: something that is not ours was compiled.
fn temperature(output: &str) -> &'static str {
    let compiled = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("Compiling ") || line.starts_with("Checking ")
    };
    let (mut any, mut foreign) = (false, false);
    for line in output.lines().filter(compiled) {
        any = true;
        foreign |= !line.trim_end().ends_with(')');
    }
    match (any, foreign) {
        (_, true) => "cold",
        (true, false) => "changed",
        (false, false) => "cached",
    }
}

#[derive(Debug, Default)]
pub(super) struct Table(Vec<Row>);

impl Table {
    pub(super) fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    pub(super) fn count(&self) -> Count {
        self.0.iter().fold(Count::default(), |all, row| all.plus(row.count))
    }

    pub(super) fn text(&self) -> String {
        let mut out = String::from("\nstep                seconds  state\n");
        for row in &self.0 {
            writeln!(out, "{:<18} {:>8.1}  {}", row.step, row.took.as_secs_f64(), row.state).ok();
        }
        let total: Duration = self.0.iter().map(|row| row.took).sum();
        writeln!(out, "{:<18} {:>8.1}", "all", total.as_secs_f64()).ok();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_cold_when_it_compiled_what_is_not_ours() {
        assert_eq!(temperature("   Compiling serde v1.0.229\n"), "cold");
        assert_eq!(temperature("    Checking taffrail v0.1.0 (/src/taffrail/hook-cli)\n"), "changed");
        assert_eq!(temperature("    Finished `ci` profile\n"), "cached");
    }

    #[test]
    fn a_failed_step_counts_even_when_no_test_of_it_did() {
        let mut table = Table::default();
        table.push(Row::plain("budgets", Duration::from_millis(1250), "failed"));
        table.push(Row::of("format", Duration::ZERO, None));
        assert_eq!(table.count(), Count { passed: 0, failed: 2, skipped: 0 });
        assert_eq!(
            table.text(),
            "\nstep                seconds  state\n\
             budgets                 1.2  failed\n\
             format                  0.0  ended\n\
             all                     1.2\n"
        );
    }
}
