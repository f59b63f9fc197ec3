//! `cargo xtask soak NAME`: what takes long, and the record of it.
//!
//! Each soak is one function of a scale; CI runs the same code at 1/50. A whole run writes `docs/soak/NAME.json`: commit,
//! date, machine, figures, pass lines, and the folders it speaks about with their content's ids. CI fails when a record
//! misses its pass lines and does not say `open` with a reason (then the misses are printed in each run), or when a
//! folder changed since and the record does not say `stale` with a reason.

mod kill;
mod load;
mod record;

use crate::cargo::Cargo;
use crate::run::say;
use anyhow::{Result, bail};
use clap::ValueEnum;
use record::{Bound, Figures, Record};
use std::process::ExitCode;
use test_support::{Home, Programs};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Soak {
    /// Kills the daemon 500 times under 8 callers: no answered call may be lost.
    Kill,
    /// 500 calls a second from 8 callers for 60 seconds: latency and memory.
    Load,
}

/// How much of a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Whole,
    /// 1/50: what it does must be right; how long it takes is not looked at.
    Short,
}

impl Soak {
    const ALL: [Self; 2] = [Self::Kill, Self::Load];

    fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Load => "load",
        }
    }

    /// The code whose change makes its record old.
    fn folders(self) -> &'static [&'static str] {
        match self {
            Self::Kill => &["crates/chain", "crates/journal", "daemon"],
            Self::Load => &["crates/engine", "crates/guardrails", "crates/journal", "crates/policy", "daemon"],
        }
    }

    fn bounds(self) -> &'static [(&'static str, Bound)] {
        match self {
            Self::Kill => kill::BOUNDS,
            Self::Load => load::BOUNDS,
        }
    }

    fn run(self, home: &Home, scale: Scale) -> Result<Figures> {
        match self {
            Self::Kill => kill::run(home, scale),
            Self::Load => load::run(home, scale),
        }
    }
}

pub(crate) fn soak(name: Soak) -> Result<ExitCode> {
    let programs = crate::build::shipped(&Cargo::here()?)?;
    let figures = name.run(&home(programs)?, Scale::Whole)?;
    let record = Record::new(name, figures)?;
    let broken = record.broken();
    say(&record.write()?);
    if !broken.is_empty() {
        bail!("{}", broken.join("\n"));
    }
    Ok(ExitCode::SUCCESS)
}

/// All soaks at 1/50, with the programs of the tests.
pub(crate) fn short(cargo: &Cargo) -> Result<Vec<String>> {
    let programs = Programs::at(&cargo.programs()?)?;
    let mut lines = Vec::new();
    for soak in Soak::ALL {
        let figures = soak.run(&home(programs.clone())?, Scale::Short)?;
        let bounds = soak.bounds().iter().filter(|(_, bound)| bound.always);
        let broken: Vec<String> = bounds.filter_map(|(name, bound)| bound.broken(name, &figures)).collect();
        lines.push(format!("{}: {}", soak.name(), record::line(&figures)));
        if !broken.is_empty() {
            bail!("soak {}: {}", soak.name(), broken.join("; "));
        }
    }
    Ok(lines)
}

/// The records that are committed: their age, and whether they still speak of this code.
pub(crate) fn records() -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut broken = Vec::new();
    for soak in Soak::ALL {
        match record::read(soak) {
            Ok(record) => {
                lines.push(format!("{}: {} days old, {}", soak.name(), record.age()?, record.commit));
                match record.open() {
                    // Told in every run until it is mended: a miss that is known is no surprise, and no pass.
                    Some(why) => lines.extend(record.broken().into_iter().map(|miss| format!("{miss}: open, {why}"))),
                    None => broken.extend(record.broken()),
                }
                broken.extend(record.outdated(crate::source::tree)?);
            }
            Err(error) => broken.push(format!("{error:#}: cargo xtask soak {}", soak.name())),
        }
    }
    if broken.is_empty() { Ok(lines) } else { bail!("{}\n{}", lines.join("\n"), broken.join("\n")) }
}

fn home(programs: Programs) -> Result<Home> {
    let mut home = Home::new()?;
    home.install(programs);
    home.configure("mode = \"enforce\"\n")?;
    Ok(home)
}
