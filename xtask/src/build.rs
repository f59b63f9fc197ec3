//! `cargo xtask build`: the programs as they ship.

use crate::cargo::{self, Cargo};
use crate::run::{self, say};
use crate::source;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use test_support::Programs;

/// Looks up users, groups and hosts through code that a static glibc program loads at run time, and that another machine
/// may not have. (glibc's own loader is always linked; without these nothing calls it.)
const UNWANTED: [&str; 7] =
    ["getaddrinfo", "gethostbyname", "getpwuid", "getpwnam", "getgrnam", "getgrgid", "getservbyname"];

/// Flags that make a program static and give it a fixed address: nothing to relocate at start-up.
pub(crate) const STATIC: [&str; 4] = ["-C", "target-feature=+crt-static", "-C", "relocation-model=static"];

pub(crate) fn build() -> Result<ExitCode> {
    let programs = shipped(&Cargo::here()?)?;
    for program in [&programs.taffrail, &programs.taffraild, &programs.collector()?] {
        say(&format!("{}  {} KiB", program.display(), source::size(program)? / 1024));
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the programs as they ship, side by side in one folder.
pub(crate) fn shipped(cargo: &Cargo) -> Result<Programs> {
    let mut command = cargo.command(["build", "--locked", "--profile", "dist", "-p", "taffraild"]);
    command.args(["-p", "taffrail-collector"]);
    // Set for quick builds by people and CI alike; code built piece by piece is slower.
    run::shown(command.env_remove("CARGO_INCREMENTAL"))?;
    hook(cargo)?;
    Programs::at(&cargo.target.join("dist"))
}

/// Builds the hook alone, checks it, and says where it lies as it ships.
pub(crate) fn hook(cargo: &Cargo) -> Result<PathBuf> {
    let shipped = cargo.target.join("dist/taffrail");
    std::fs::create_dir_all(cargo.target.join("dist"))?;
    run::shown(Command::new("strip").arg("--strip-all").arg("-o").arg(&shipped).arg(whole_hook(cargo)?))?;
    Ok(shipped)
}

/// The hook with its symbols.
pub(crate) fn whole_hook(cargo: &Cargo) -> Result<PathBuf> {
    let host = cargo::host()?;
    let variable = format!("CARGO_TARGET_{}_RUSTFLAGS", host.to_uppercase().replace('-', "_"));
    // With --target the flags reach the program alone, not its build scripts. Stripped below: symbols are looked at first.
    let mut command = cargo.command(["build", "--locked", "--profile", "hook", "-p", "taffrail", "--target", &host]);
    command.env(variable, STATIC.join(" ")).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command.env_remove("CARGO_INCREMENTAL").env("CARGO_PROFILE_HOOK_STRIP", "none");
    run::shown(&mut command)?;
    let built = cargo.target.join(&host).join("hook/taffrail");
    let symbols = run::read(Command::new("nm").arg("--defined-only").arg(&built)).context("list the hook's symbols")?;
    let found = unwanted(&symbols);
    if !found.is_empty() {
        bail!("the hook contains {}: it must look up nothing by name", found.join(", "));
    }
    if !is_static(&std::fs::read(&built)?) {
        bail!("the hook is not static: {}", built.display());
    }
    Ok(built)
}

/// The symbols of `nm` that the hook must not have.
fn unwanted(symbols: &str) -> Vec<String> {
    let mut found: Vec<String> = symbols
        .lines()
        .filter_map(|line| line.rsplit(' ').next())
        .map(|name| name.trim_start_matches('_').split('@').next().unwrap_or_default())
        .filter(|name| UNWANTED.iter().any(|bad| *name == *bad || name.strip_suffix("_r") == Some(bad)))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Has this ELF file (64 bit, little endian) neither an interpreter nor a dynamic section?
fn is_static(elf: &[u8]) -> bool {
    const INTERP: u32 = 3;
    let number = |at: usize, length: usize| -> Option<u64> {
        let bytes = elf.get(at..at.checked_add(length)?)?;
        Some(bytes.iter().rev().fold(0, |all, byte| (all << 8) | u64::from(*byte)))
    };
    let headers = || -> Option<Vec<u32>> {
        let (at, size, count) = (number(0x20, 8)?, number(0x36, 2)?, number(0x38, 2)?);
        (0..count)
            .map(|i| number(usize::try_from(at + i * size).ok()?, 4).and_then(|kind| u32::try_from(kind).ok()))
            .collect()
    };
    elf.starts_with(b"\x7fELF\x02\x01") && headers().is_some_and(|kinds| !kinds.contains(&INTERP))
}

/// A tiny program of ours for the benches, with the hook's flags.
pub(crate) fn tiny(folder: &Path, name: &str, source: &str) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let (from, to) = (folder.join(format!("{name}.rs")), folder.join(name));
    std::fs::write(&from, source)?;
    let mut command = Command::new("rustc");
    command.args(["--edition", "2024", "-O", "-C", "panic=abort", "-C", "strip=symbols"]).args(STATIC);
    run::shown(command.arg("-o").arg(&to).arg(&from))?;
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups_by_name_are_found_under_their_aliases_and_nothing_else_is() {
        let symbols =
            "0 T __getaddrinfo\n0 W getpwuid_r@@GLIBC_2.2\n0 T main\n0 T taffrail_getpwuid_free\n0 t _Unwind_GetGR";
        assert_eq!(unwanted(symbols), ["getaddrinfo", "getpwuid_r"]);
    }

    #[test]
    fn a_dynamic_program_is_not_taken_for_a_static_one() {
        assert!(!is_static(&std::fs::read("/bin/sh").unwrap()));
        assert!(!is_static(b"#!/bin/sh\n"));
    }

    #[test]
    fn a_tiny_program_built_with_the_hooks_flags_is_static() {
        let folder = tempfile::tempdir().unwrap();
        let program = tiny(folder.path(), "empty", include_str!("../bench/empty.rs")).unwrap();
        assert!(is_static(&std::fs::read(&program).unwrap()));
        assert!(Command::new(program).status().unwrap().success());
    }
}
