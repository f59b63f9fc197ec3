//! How many tests passed, failed and were skipped, read from what nextest and libtest print.

use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Count {
    /// Sums every summary in the text.
    pub(super) fn of(text: &str) -> Self {
        let mut count = Self::default();
        for line in text.lines() {
            if let Some((_, summary)) = line.split_once("tests run: ").or_else(|| line.split_once("test run: ")) {
                count.add(summary, ',');
            } else if let Some(summary) = line.strip_prefix("test result: ") {
                let summary = summary.split_once(". ").map_or(summary, |(_, rest)| rest);
                count.add(summary, ';');
            }
        }
        count
    }

    /// "15 passed (1 slow), 1 failed, 2 timed out, 0 skipped", or "15 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out".
    fn add(&mut self, summary: &str, separator: char) {
        for part in summary.split(separator) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(word)) = (words.next().and_then(|n| n.parse::<u64>().ok()), words.next()) else {
                continue;
            };
            match word {
                "passed" => self.passed += number,
                "failed" | "timed" | "exec" => self.failed += number,
                "skipped" | "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }

    pub(super) fn text(self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Uses per part: equal lines, counted.
pub(super) fn parts(text: &str) -> BTreeMap<String, u64> {
    let mut parts = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        *parts.entry(line.to_owned()).or_default() += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runners_summaries_are_summed() {
        let text = "     Summary [ 136.4s] 17 tests run: 15 passed (1 slow), 1 failed, 1 timed out, 2 skipped\n\
                    test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.01s\n\
                    test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(Count::of(text), Count { passed: 19, failed: 4, skipped: 3 });
    }

    #[test]
    fn the_last_line_has_the_form_that_ci_reads() {
        assert_eq!(Count { passed: 7, failed: 0, skipped: 0 }.text(), "7 passed, 0 failed, 0 skipped");
    }

    #[test]
    fn a_part_is_counted_once_per_use() {
        let parts = parts("claude-code 2.1.330\ntaffraild 0.1.0\nclaude-code 2.1.330\n");
        assert_eq!(
            parts.into_iter().collect::<Vec<_>>(),
            [("claude-code 2.1.330".into(), 2), ("taffraild 0.1.0".into(), 1)]
        );
    }
}
