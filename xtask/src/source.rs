//! The source as git sees it, and the machine as its figures name it.

use crate::run;
use anyhow::Result;
use std::path::Path;
use std::process::Command;

fn git<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(test_support::workspace());
    command
}

/// The commit, with `+` where the tree differs from it.
pub(crate) fn commit() -> Result<String> {
    let changed = !run::read(&mut git(["status", "--porcelain", "--untracked-files=no"]))?.is_empty();
    Ok(run::read(&mut git(["rev-parse", "--short=12", "HEAD"]))? + if changed { "+" } else { "" })
}

/// The id of a folder's content at HEAD: stays the same through rebases, and is there in a shallow clone.
pub(crate) fn tree(folder: &str) -> Result<String> {
    run::read(&mut git(["rev-parse", &format!("HEAD:{folder}")]))
}

/// Today, UTC.
pub(crate) fn today() -> Result<String> {
    run::read(Command::new("date").args(["-u", "+%Y-%m-%d"]))
}

/// Days from then to now.
pub(crate) fn age_in_days(date: &str) -> Result<i64> {
    let seconds =
        |when: &str| -> Result<i64> { Ok(run::read(Command::new("date").args(["-u", "-d", when, "+%s"]))?.parse()?) };
    Ok((seconds("now")? - seconds(date)?) / 86_400)
}

/// Processor, cores, kernel: what a figure was taken on.
pub(crate) fn machine() -> Result<String> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split_once(':'));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kernel = run::read(Command::new("uname").args(["-sr"]))?;
    let model = model.map_or("unknown processor", |(_, name)| name.trim());
    Ok(format!("{model}, {cores} cores, {kernel}"))
}

/// Size in bytes.
pub(crate) fn size(path: &Path) -> Result<u64> {
    Ok(std::fs::metadata(path)?.len())
}
