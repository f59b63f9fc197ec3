//! The figures that do not move with the machine's load: sizes and instruction counts, held to `xtask/budgets.toml`.

use crate::cargo::Cargo;
use crate::{build, run, tools};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use test_support::{Daemon, Home, Hook, Programs};

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    at_least: u64,
    at_most: u64,
}

type Figures = BTreeMap<String, u64>;

/// Takes the figures and compares them; gives the lines to show.
pub(crate) fn check(cargo: &Cargo, cache: &Path) -> Result<Vec<String>> {
    let budgets = std::fs::read_to_string(cargo.top.join("xtask/budgets.toml")).context("read xtask/budgets.toml")?;
    let budgets: BTreeMap<String, Budget> = toml::from_str(&budgets).context("read xtask/budgets.toml")?;
    let figures = figures(cargo, cache)?;
    let (lines, broken) = compare(&budgets, &figures);
    if broken.is_empty() {
        return Ok(lines);
    }
    bail!("{}\n{}", lines.join("\n"), broken.join("\n"))
}

fn compare(budgets: &BTreeMap<String, Budget>, figures: &Figures) -> (Vec<String>, Vec<String>) {
    let mut lines = Vec::new();
    let mut broken = Vec::new();
    for (name, figure) in figures {
        match budgets.get(name) {
            Some(budget) => {
                lines.push(format!("{name:<32} {figure:>12}  ({} to {})", budget.at_least, budget.at_most));
                if *figure > budget.at_most {
                    broken.push(format!("{name} is {figure}, over its budget of {}", budget.at_most));
                } else if *figure < budget.at_least {
                    broken.push(format!("{name} is {figure}, under {}: is the work still done?", budget.at_least));
                }
            }
            None => broken.push(format!("{name} is {figure} and has no budget: add it to xtask/budgets.toml")),
        }
    }
    broken.extend(
        budgets
            .keys()
            .filter(|name| !figures.contains_key(*name))
            .map(|name| format!("{name} has a budget and is not measured")),
    );
    (lines, broken)
}

fn figures(cargo: &Cargo, cache: &Path) -> Result<Figures> {
    tools::debian("valgrind", "valgrind", cache)?;
    let hook = build::hook(cargo)?;
    let mut figures = Figures::from([("hook-kib".to_owned(), tools::kib(&hook)?)]);
    let programs = Programs::at(&cargo.programs()?)?;
    let mut home = Home::new()?;
    home.install(programs.clone());
    home.configure("mode = \"enforce\"\n")?;
    let daemon = Daemon::start(&home)?;
    for (name, command) in [("allow", "git status"), ("deny", "rm -rf ~")] {
        let call = Hook::before(&home, "Bash", &serde_json::json!({ "command": command })).program(&hook);
        let count = instructions(&mut call.command()?, call.payload())?;
        figures.insert(format!("hook-{name}-instructions"), count);
    }
    daemon.stop()?;
    // Start-up is in both runs, so the difference is the verdicts alone.
    for (name, command) in [("simple", "git status"), ("script", SCRIPT)] {
        let of = |lines: usize| {
            let mut judge = home.command(&programs.taffraild);
            judge.args(["judge", "--jsonl"]);
            instructions(&mut judge, &jsonl(command, lines))
        };
        let (one, many) = (of(1)?, of(101)?);
        figures.insert(format!("verdict-{name}-instructions"), many.saturating_sub(one) / 100);
    }
    Ok(figures)
}

/// A script with what scripts have.
const SCRIPT: &str = "set -euo pipefail\ncd \"$(dirname \"$0\")\"\nfor f in *.log; do gzip \"$f\" || exit 1; done\n\
    cat > out.txt <<EOF\nhello $USER\nEOF\ngit add -A && git commit -m 'notes: keep rm -rf / out' || true\n\
    find . -name '*.tmp' -mtime +7 -delete\ncurl -fsS https://example.com/a.json | jq .name > name.txt\n";

/// The same command, line by line.
pub(crate) fn jsonl(command: &str, lines: usize) -> Vec<u8> {
    let mut text = String::new();
    for id in 0..lines {
        let line = serde_json::json!({"id": id.to_string(), "command": command, "cwd": "/home/ana/src/shop", "home": "/home/ana"});
        writeln!(text, "{line}").ok();
    }
    text.into_bytes()
}

/// Instructions of a whole run under callgrind.
fn instructions(command: &mut Command, stdin: &[u8]) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(command.get_program())
        .args(command.get_args());
    valgrind.env_clear();
    for (name, value) in command.get_envs() {
        valgrind.env(name, value.unwrap_or_default());
    }
    if let Some(folder) = command.get_current_dir() {
        valgrind.current_dir(folder);
    }
    valgrind.stdin(Stdio::piped());
    let answer = test_support::hook::run(valgrind, stdin, std::time::Duration::from_mins(2))?;
    let text = answer.errors();
    if answer.exit != Some(0) {
        bail!("{} under valgrind: exit {:?}\n{text}", run::line(command), answer.exit);
    }
    collected(&text).with_context(|| format!("no count in valgrind's report:\n{text}"))
}

/// "==77== Collected : 123456"
fn collected(report: &str) -> Option<u64> {
    report.lines().find_map(|line| line.split_once("Collected : "))?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_read_from_valgrinds_report() {
        assert_eq!(collected("==7== Events    : Ir\n==7== Collected : 123456\n==7==\n"), Some(123_456));
        assert_eq!(collected("==7== valgrind: no such file"), None);
    }

    #[test]
    fn too_much_too_little_unmeasured_and_unknown_figures_are_all_told() {
        let budgets = toml::from_str(
            "high = { at_least = 1, at_most = 9 }\nlow = { at_least = 5, at_most = 9 }\n\
             gone = { at_least = 1, at_most = 2 }\nfine = { at_least = 1, at_most = 9 }\n",
        )
        .unwrap();
        let figures =
            [("high", 10), ("low", 4), ("new", 1), ("fine", 9)].map(|(name, figure)| (name.to_owned(), figure)).into();
        let (lines, broken) = compare(&budgets, &figures);
        assert_eq!(lines.len(), 3);
        assert_eq!(
            broken,
            [
                "high is 10, over its budget of 9",
                "low is 4, under 5: is the work still done?",
                "new is 1 and has no budget: add it to xtask/budgets.toml",
                "gone has a budget and is not measured"
            ]
        );
    }
}
