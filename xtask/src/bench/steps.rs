//! The criterion benches of the crates on the way of a call, as one table.

use super::load::Load;
use crate::cargo::Cargo;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Each crate on the way of a call, and its bench.
const BENCHES: [(&str, &str); 4] = [
    ("taffrail-agents", "decode"),
    ("taffrail-guardrails", "effects"),
    ("taffrail-engine", "engine"),
    ("taffrail-journal", "commit"),
];

/// The steps in their order; each must have left a figure.
const STEPS: [&str; 5] = ["decode", "effects", "decide", "seal", "commit"];

/// Seconds for each figure of a short run.
const SHORT: [&str; 4] = ["--warm-up-time", "0.2", "--measurement-time", "0.5"];

/// Nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Estimate {
    median: f64,
    /// At 95 %.
    between: (f64, f64),
}

pub(super) fn run(rounds: Option<usize>) -> Result<String> {
    let cargo = Cargo::here()?;
    let benches = || {
        let mut command = cargo.command(["bench", "--locked"]);
        command.env_remove("CARGO_INCREMENTAL");
        for (package, bench) in BENCHES {
            command.args(["-p", package, "--bench", bench]);
        }
        command
    };
    let folder = cargo.target.join("criterion");
    if folder.exists() {
        // Figures of benches that are gone must not be taken for new ones.
        fs::remove_dir_all(&folder)?;
    }
    crate::run::shown(benches().arg("--no-run"))?;
    let load = Load::settle(rounds.is_some())?;
    let mut command = benches();
    if let Some(rounds) = rounds {
        // Criterion takes no fewer than ten.
        command.arg("--").args(SHORT).args(["--sample-size", &rounds.max(10).to_string()]);
    }
    crate::run::shown(&mut command)?;
    let line = load.line()?;
    Ok(line + &table(&figures(&folder)?)?)
}

fn table(figures: &BTreeMap<String, Estimate>) -> Result<String> {
    let mut out = String::from("| step | median | 95 % between |\n|---|---|---|\n");
    for step in STEPS {
        let of_step: Vec<_> = figures.iter().filter(|(name, _)| name.starts_with(&format!("{step}/"))).collect();
        if of_step.is_empty() {
            bail!("the bench of {step} has left no figure");
        }
        for (name, Estimate { median, between: (low, high) }) in of_step {
            writeln!(out, "| {} | {} | {} and {} |", name.replace('/', ": "), time(*median), time(*low), time(*high))?;
        }
    }
    Ok(out)
}

/// Bench to median, from criterion's `NAME/new/estimates.json`. The names are those of its folders.
fn figures(folder: &Path) -> Result<BTreeMap<String, Estimate>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(inner) = open.pop() {
        for entry in fs::read_dir(&inner).with_context(|| format!("read {}", inner.display()))? {
            let path = entry?.path();
            if path.ends_with("new") {
                let estimates: serde_json::Value = serde_json::from_slice(&fs::read(path.join("estimates.json"))?)?;
                let figure = |pointer: &str| {
                    estimates["median"].pointer(pointer).and_then(serde_json::Value::as_f64).context("no median")
                };
                let between =
                    (figure("/confidence_interval/lower_bound")?, figure("/confidence_interval/upper_bound")?);
                let name = inner.strip_prefix(folder)?.to_string_lossy().into_owned();
                found.insert(name, Estimate { median: figure("/point_estimate")?, between });
            } else if path.is_dir() {
                open.push(path);
            }
        }
    }
    Ok(found)
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.1} µs", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_read_from_what_criterion_leaves() {
        let top = tempfile::tempdir().unwrap();
        let new = top.path().join("decide/rm/new");
        fs::create_dir_all(&new).unwrap();
        let interval = r#"{"confidence_level":0.95,"lower_bound":1200,"upper_bound":1300.5}"#;
        let text = format!(r#"{{"median":{{"point_estimate":1234.5,"confidence_interval":{interval}}},"mean":{{}}}}"#);
        fs::write(new.join("estimates.json"), text).unwrap();
        let figures = figures(top.path()).unwrap();
        assert_eq!(figures["decide/rm"], Estimate { median: 1234.5, between: (1200.0, 1300.5) });
    }

    #[test]
    fn steps_stand_in_their_order_and_none_may_be_missing() {
        let estimate = Estimate { median: 1234.5, between: (900.0, 2.5e6) };
        let mut figures: BTreeMap<_, _> = STEPS.map(|step| (format!("{step}/one"), estimate)).into();
        let table = table(&figures).unwrap();
        assert!(table.contains("| decode: one | 1.2 µs | 900 ns and 2.50 ms |"), "{table}");
        assert!(table.find("decode").unwrap() < table.find("effects").unwrap());
        figures.remove("seal/one");
        assert!(super::table(&figures).unwrap_err().to_string().contains("seal"));
    }
}
