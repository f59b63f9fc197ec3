//! `cargo xtask bench WHAT`: takes figures and writes them into their section of `docs/budgets.md`.

mod engine;
mod hook;
mod judge;
mod section;
pub(crate) mod spread;

use anyhow::Result;
use clap::ValueEnum;
use std::process::ExitCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bench {
    /// The whole hook process beside `cat` and an empty static program.
    Hook,
    /// Decode, effects, decide, seal, commit under criterion.
    Engine,
    /// Lines a second of `taffrail judge --jsonl` on one core.
    Judge,
}

pub(crate) fn bench(what: Bench) -> Result<ExitCode> {
    let (name, body) = match what {
        Bench::Hook => ("hook", hook::run()?),
        Bench::Engine => ("engine", engine::run()?),
        Bench::Judge => ("judge", judge::run()?),
    };
    crate::run::say(&body);
    section::write(name, &body)?;
    Ok(ExitCode::SUCCESS)
}
