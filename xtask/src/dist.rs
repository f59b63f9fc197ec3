//! `cargo xtask dist`: packages of the programs as they ship; of the same programs the same to the byte.

mod archive;
mod deb;
mod tarball;
#[cfg(test)]
mod tests;

use crate::build;
use crate::cargo::Cargo;
use crate::run::{self, say};
use anyhow::{Context, Result};
use deb::Deb;
use std::process::{Command, ExitCode};

pub(crate) fn dist() -> Result<ExitCode> {
    let cargo = Cargo::here()?;
    let programs = build::shipped(&cargo)?;
    let (time, level) = (commit_time()?, flate2::Compression::best());
    let folder = cargo.target.join("dist");
    let packages = [
        (deb::name()?, Deb { programs: &programs, time, level }.build()?),
        (format!("{}.tar.gz", tarball::name()?), tarball::build(&programs, time, level)?),
    ];
    for (name, bytes) in &packages {
        let path = folder.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))?;
        say(&format!("{}  {} KiB", path.display(), bytes.len() / 1024));
    }
    let names = packages.iter().map(|(name, _)| name);
    let sums = run::read(Command::new("sha256sum").args(names).current_dir(&folder))?;
    std::fs::write(folder.join("SHA256SUMS"), format!("{sums}\n"))?;
    say(&sums);
    Ok(ExitCode::SUCCESS)
}

/// When the commit was made, in seconds since 1970: what is made of it is dated by it.
fn commit_time() -> Result<u64> {
    if let Ok(time) = std::env::var("SOURCE_DATE_EPOCH") {
        return time.parse().context("SOURCE_DATE_EPOCH is a number of seconds");
    }
    let top = test_support::workspace();
    let time = run::read(Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(top))?;
    time.parse().context("the time of the commit")
}
