//! The cache and what is installed into it: `${TAFFRAIL_CACHE:-$HOME/.cache/taffrail}`.
//!
//! `target/` is cargo's, `agents/` npm's, `tools/` holds programs built from source, `homes/` what failed tests left.

use crate::run::{self, complain};
use crate::source;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use test_support::cache;

/// The cache stays under this.
const LIMIT: u64 = 20 << 30;

const DAY: Duration = Duration::from_hours(24);

/// The cache with its folders made, homes of failed tests of earlier runs removed, and brought under its limit.
pub(crate) fn cache() -> Result<PathBuf> {
    let folder = cache::folder();
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    forget(&folder.join("homes"), DAY)?;
    evict(&folder, LIMIT)?;
    Ok(folder)
}

/// Removes homes that failed tests left so long ago. Younger ones may be in use: two runs at once are fine.
fn forget(homes: &Path, age: Duration) -> Result<()> {
    if !homes.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(homes)? {
        let path = entry?.path();
        // One that is gone meanwhile belonged to another run.
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        if meta.modified()?.elapsed().is_ok_and(|old| old > age) {
            fs::remove_dir_all(&path).with_context(|| format!("remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Removes what was used longest ago until the rest fits. The parts of a target folder go one by one: a profile no
/// longer built is the oldest of all.
fn evict(folder: &Path, limit: u64) -> Result<()> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let inner =
            if path.ends_with("target") { fs::read_dir(&path)?.collect::<Result<Vec<_>, _>>()? } else { Vec::new() };
        if inner.is_empty() {
            parts.push(path);
        } else {
            parts.extend(inner.into_iter().map(|entry| entry.path()));
        }
    }
    let mut sized = Vec::new();
    for path in parts {
        sized.push((fs::symlink_metadata(&path)?.modified()?, weight(&path)?, path));
    }
    sized.sort();
    let mut total: u64 = sized.iter().map(|(_, weight, _)| weight).sum();
    for (_, weight, path) in sized {
        if total <= limit {
            break;
        }
        complain(&format!("The cache holds {} MiB; removing {}", total >> 20, path.display()));
        if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
            .with_context(|| format!("remove {}", path.display()))?;
        total -= weight;
    }
    Ok(())
}

/// Bytes in files at and below a path; links are not followed.
fn weight(path: &Path) -> Result<u64> {
    let meta = fs::symlink_metadata(path)?;
    if !meta.is_dir() {
        return Ok(meta.len());
    }
    let mut total = 0;
    for entry in fs::read_dir(path)? {
        total += weight(&entry?.path())?;
    }
    Ok(total)
}

/// A command that can be found, or the path it has in the cache.
pub(crate) fn found(name: &str, cache: &Path) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain([cache.join("tools/bin")]).map(|folder| folder.join(name)).find(|p| p.is_file())
}

/// cargo-nextest, built into the cache where the machine has none.
pub(crate) fn nextest(cache: &Path) -> Result<PathBuf> {
    if let Some(path) = found("cargo-nextest", cache) {
        return Ok(path);
    }
    complain("cargo-nextest is not here: building it into the cache, once");
    let root = cache.join("tools");
    run::shown(
        Command::new("cargo")
            .args(["install", "cargo-nextest", "--locked", "--root"])
            .arg(&root)
            .env_remove("CARGO_TARGET_DIR"),
    )?;
    found("cargo-nextest", cache).context("cargo install has left no cargo-nextest")
}

/// A Debian package's program, installed where the machine has none and we may.
pub(crate) fn debian(program: &str, package: &str, cache: &Path) -> Result<()> {
    if found(program, cache).is_some() {
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() {
        bail!("{program} is missing: apt-get install {package}");
    }
    let mut update = Command::new("apt-get");
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends", package]).env("DEBIAN_FRONTEND", "noninteractive");
    run::shown(update.args(["update", "--quiet"]))
        .and_then(|()| run::shown(&mut install))
        .with_context(|| format!("install {package}"))
}

/// A real agent at its pinned version, installed from npm where it is not, or where it does not start.
pub(crate) fn agent(name: &str, cache: &Path) -> Result<String> {
    let script = test_support::workspace().join("tests/real-clients/real-clients");
    let folder = cache.join("agents");
    let install = || -> Result<String> {
        let text = run::read(
            Command::new(&script).args(["install", name]).arg(&folder).env("npm_config_cache", cache.join("npm")),
        )?;
        let answer: serde_json::Value = serde_json::from_str(text.lines().last().unwrap_or_default())?;
        let version = answer["version"].as_str().context("an install without a version")?.to_owned();
        let said =
            run::read(Command::new(answer["bin"].as_str().context("an install without a program")?).arg("--version"))?;
        if !said.contains(&version) {
            bail!("{name} {version} was asked for and {said:?} is there");
        }
        Ok(version)
    };
    install()
        .or_else(|error| {
            complain(&format!("{name} in the cache is missing or damaged ({error:#}); installing it anew"));
            let old = folder.join(name);
            if old.exists() {
                fs::remove_dir_all(&old)?;
            }
            install()
        })
        .with_context(|| format!("install {name}: {} install {name} {}", script.display(), folder.display()))
}

/// The target folder of test runs: the one that is set, else in the cache, emptied when another compiler filled it.
pub(crate) fn target(cache: &Path) -> Result<PathBuf> {
    if let Some(set) = std::env::var_os("CARGO_TARGET_DIR") {
        return Ok(PathBuf::from(set));
    }
    let target = cache.join("target");
    let compiler = run::read(Command::new("rustc").arg("-vV"))?;
    let note = target.join("compiler");
    let same = fs::read_to_string(&note).is_ok_and(|known| known == compiler);
    if !same && target.exists() {
        complain("The cache was filled by another compiler; emptying it");
        fs::remove_dir_all(&target)?;
    }
    fs::create_dir_all(&target)?;
    fs::write(&note, compiler)?;
    Ok(target)
}

/// Does a failed build speak of damaged files rather than of the source?
pub(crate) fn damaged(output: &str) -> bool {
    const SIGNS: [&str; 7] = [
        "found invalid metadata files",
        "failed to parse process output",
        "failed to read cargo metadata",
        "No such file or directory (os error 2)",
        "failed to load bitcode",
        "file format not recognized",
        "file in wrong format",
    ];
    SIGNS.iter().any(|sign| output.contains(sign))
}

/// The size of a program, in KiB.
pub(crate) fn kib(path: &Path) -> Result<u64> {
    Ok(source::size(path)?.div_ceil(1024))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    fn file(path: &Path, bytes: usize, day: u64) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![0; bytes]).unwrap();
        let when = UNIX_EPOCH + Duration::from_secs(day * 86_400);
        fs::File::open(path.parent().unwrap()).unwrap().set_modified(when).unwrap();
    }

    #[test]
    fn what_was_used_longest_ago_leaves_the_cache_first_and_no_more_than_needed() {
        let cache = tempfile::tempdir().unwrap();
        let top = cache.path();
        file(&top.join("target/old/a"), 400, 1);
        file(&top.join("target/ci/a"), 400, 3);
        file(&top.join("npm/a"), 400, 2);
        evict(top, 900).unwrap();
        assert!(!top.join("target/old").exists());
        assert!(top.join("target/ci").exists() && top.join("npm").exists());
        evict(top, 500).unwrap();
        assert!(top.join("target/ci").exists() && !top.join("npm").exists());
    }

    #[test]
    fn homes_of_yesterday_go_and_those_of_a_run_beside_this_one_stay() {
        let cache = tempfile::tempdir().unwrap();
        let homes = cache.path().join("homes");
        file(&homes.join("old/a"), 1, 1);
        fs::create_dir_all(homes.join("new")).unwrap();
        forget(&homes, DAY).unwrap();
        assert!(homes.join("new").exists() && !homes.join("old").exists());
    }

    #[test]
    fn an_error_in_the_source_is_not_taken_for_a_damaged_cache() {
        assert!(damaged("error[E0786]: found invalid metadata files for crate `serde`"));
        assert!(!damaged("error[E0308]: mismatched types"));
    }
}
