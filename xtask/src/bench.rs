//! `cargo xtask bench WHAT`: takes figures and writes them into their section of `docs/budgets.md`.

mod agent;
mod hook;
mod judge;
mod load;
mod section;
pub(crate) mod spread;
mod steps;

use anyhow::Result;
use clap::ValueEnum;
use std::process::ExitCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bench {
    /// The whole hook process beside `cat` and an empty static program.
    Hook,
    /// The time added to one tool call, as the real Claude Code sees it.
    Agent,
    /// Decode, effects, decide, seal, commit under criterion.
    Steps,
    /// Lines a second of `taffrail judge --jsonl` on one core.
    Judge,
}

/// Takes as many rounds as the figures need, or as few as are asked for, to see that a bench works.
pub(crate) fn bench(what: Bench, rounds: Option<u32>) -> Result<ExitCode> {
    let rounds = rounds.map(usize::try_from).transpose()?;
    let (name, body) = match what {
        Bench::Hook => ("hook", hook::run(rounds)?),
        Bench::Agent => ("agent", agent::run(rounds)?),
        Bench::Steps => ("steps", steps::run(rounds)?),
        Bench::Judge => ("judge", judge::run(rounds)?),
    };
    crate::run::say(&body);
    section::write(name, &body)?;
    Ok(ExitCode::SUCCESS)
}
