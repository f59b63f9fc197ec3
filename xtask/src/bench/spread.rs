//! Percentiles.

use anyhow::{Result, ensure};
use std::time::Duration;

/// Times in order, at least one.
#[derive(Debug)]
pub(crate) struct Spread(Vec<Duration>);

impl Spread {
    pub(crate) fn of(mut times: Vec<Duration>) -> Result<Self> {
        ensure!(!times.is_empty(), "nothing was measured");
        times.sort();
        Ok(Self(times))
    }

    /// The time that so many of a thousand are not above, in microseconds.
    pub(crate) fn micros(&self, per_mille: usize) -> f64 {
        self.at(per_mille).as_secs_f64() * 1e6
    }

    pub(crate) fn millis(&self, per_mille: usize) -> f64 {
        self.at(per_mille).as_secs_f64() * 1e3
    }

    fn at(&self, per_mille: usize) -> Duration {
        let rank = (self.0.len() * per_mille).div_ceil(1000).clamp(1, self.0.len());
        self.0.get(rank - 1).copied().unwrap_or_default()
    }
}

/// The middle of some figures; 0 of none.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// Between which of them the median of all that could have been measured lies, at 95 %: by their ranks, whatever their
/// distribution.
pub(crate) fn interval(mut figures: Vec<f64>) -> (f64, f64) {
    figures.sort_by(f64::total_cmp);
    let count = figures.len();
    // 1.96 standard deviations of a binomial with one half: 0.98 roots, rounded outwards.
    let reach = (count * 9604 / 10_000).isqrt() + 1;
    let at = |rank: usize| figures.get(rank.min(count.saturating_sub(1))).copied().unwrap_or_default();
    (at((count / 2).saturating_sub(reach)), at(count / 2 + reach))
}

/// How a figure stands to its pass line, to be written behind it.
pub(crate) fn passed(figure: f64, at_most: f64) -> String {
    format!(" (≤ {at_most}: {})", if figure <= at_most { "met" } else { "missed" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let spread = Spread::of((1..=1000).rev().map(Duration::from_micros).collect()).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert!(
            close(spread.micros(500), 500.0) && close(spread.micros(999), 999.0) && close(spread.micros(1000), 1000.0)
        );
        assert!(Spread::of(Vec::new()).is_err());
    }

    #[test]
    fn the_interval_of_a_median_is_around_it_and_inside_of_what_was_measured() {
        let (low, high) = interval((0..500).map(f64::from).collect());
        assert!((low - 228.0).abs() < 1e-9 && (high - 272.0).abs() < 1e-9, "{low} to {high}");
        assert_eq!(interval(vec![4.0]), (4.0, 4.0));
        assert_eq!(interval(Vec::new()), (0.0, 0.0));
    }

    #[test]
    fn a_figure_at_its_pass_line_has_met_it() {
        assert_eq!(passed(0.95, 0.95), " (≤ 0.95: met)");
        assert_eq!(passed(0.96, 0.95), " (≤ 0.95: missed)");
    }

    #[test]
    fn a_median_is_the_one_in_the_middle() {
        assert!((median(vec![3.0, 0.9, 1.1]) - 1.1).abs() < 1e-9);
    }
}
