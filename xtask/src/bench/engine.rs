//! The criterion benches of the crates on the way of a call.

use crate::cargo::Cargo;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates that have benches.
const CRATES: [&str; 2] = ["taffrail-engine", "taffrail-journal"];

pub(super) fn run() -> Result<String> {
    let cargo = Cargo::here()?;
    let folder = cargo.target.join("criterion");
    if folder.exists() {
        // Figures of benches that are gone must not be taken for new ones.
        fs::remove_dir_all(&folder)?;
    }
    for name in CRATES {
        crate::run::shown(&mut cargo.command(["bench", "--locked", "-p", name]))?;
    }
    let figures = figures(&folder)?;
    if figures.is_empty() {
        bail!("no bench has left a figure in {}", folder.display());
    }
    let mut out = String::from("| bench | median |\n|---|---|\n");
    for (name, nanoseconds) in figures {
        writeln!(out, "| {name} | {} |", time(nanoseconds))?;
    }
    Ok(out)
}

/// Bench to median in nanoseconds, from criterion's `NAME/new/estimates.json`.
fn figures(folder: &Path) -> Result<BTreeMap<String, f64>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(inner) = open.pop() {
        for entry in fs::read_dir(&inner).with_context(|| format!("read {}", inner.display()))? {
            let path = entry?.path();
            if path.ends_with("new") {
                let estimates: serde_json::Value = serde_json::from_slice(&fs::read(path.join("estimates.json"))?)?;
                let median = estimates["median"]["point_estimate"].as_f64().context("an estimate without a median")?;
                let name = inner.strip_prefix(folder)?.to_string_lossy().into_owned();
                found.insert(name, median);
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
        fs::write(new.join("estimates.json"), r#"{"median":{"point_estimate":1234.5},"mean":{"point_estimate":9}}"#)
            .unwrap();
        let figures = figures(top.path()).unwrap();
        assert_eq!(
            figures.into_iter().map(|(name, n)| (name, time(n))).collect::<Vec<_>>(),
            [("decide/rm".into(), "1.2 µs".into())]
        );
    }
}
