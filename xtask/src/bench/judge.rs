//! `judge --jsonl`: lines a second on one core, and memory over a long run.

use super::load::Load;
use crate::build;
use crate::cargo::Cargo;
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A little over a million: the last look at the memory must find the program still running.
const LINES: usize = 1_020_000;

/// The memory is looked at after so many answers.
const LOOKS: [usize; 3] = [20_000, 200_000, 1_000_000];

/// The pass line, lines a second.
const AT_LEAST: f64 = 60_000.0;

/// Flat is what grows by no more than this, in KiB, from the first look to the last.
const FLAT: u64 = 1024;

pub(super) fn run(rounds: Option<usize>) -> Result<String> {
    let programs = build::shipped(&Cargo::here()?)?;
    let commands = commands(&test_support::workspace().join("tests/corpus"))?;
    let lines = rounds.map_or(LINES, |rounds| rounds * commands.len());
    let load = Load::settle(rounds.is_some())?;
    let begin = Instant::now();
    // One core: taskset binds all of the program's threads to it.
    let mut child = Command::new("taskset")
        .args(["-c", "0"])
        .arg(&programs.taffraild)
        .args(["judge", "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("start taskset (package util-linux)")?;
    let (to, from) = (child.stdin.take().context("stdin")?, child.stdout.take().context("stdout")?);
    let pid = child.id();
    let answered = std::thread::scope(|scope| {
        // When the program ends early its pipe breaks; that shows in what it has answered.
        scope.spawn(|| ask(to, &commands, lines).ok());
        read(BufReader::new(from), || rss(pid))
    });
    if answered.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    let took = begin.elapsed().as_secs_f64();
    let (answers, looks) = answered?;
    if !status.success() || answers != lines {
        bail!("judge answered {answers} of {lines} lines ({status})");
    }
    let speed = per_second(answers, took);
    let mut out = load.line()?;
    writeln!(
        out,
        "{answers} lines, the {} commands of `tests/corpus` in a mixed order, each answered once and in its turn, on one \
         core in {took:.1} s: {speed:.0} lines/s (≥ {AT_LEAST}: {}).",
        commands.len(),
        if speed >= AT_LEAST { "met" } else { "missed" }
    )?;
    out += &memory(&looks);
    Ok(out)
}

/// Every command of the corpora with its shell: those of ordinary days, and those that are stopped, asked about or let pass.
fn commands(corpus: &Path) -> Result<Vec<(String, String)>> {
    let ordinary = fs::read_to_string(corpus.join("ordinary.txt")).context("read the ordinary commands")?;
    let mut all: Vec<(String, String)> = ordinary
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| (line.replace("\\n", "\n"), "bash".to_owned()))
        .collect();
    let mut files: Vec<_> =
        fs::read_dir(corpus.join("commands"))?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    for file in files {
        let labelled: toml::Table = toml::from_str(&fs::read_to_string(&file)?)?;
        let cases = labelled.get("case").and_then(toml::Value::as_array).context("a file without cases")?;
        let text = |case: &toml::Value, key| Some(case.get(key)?.as_str()?.to_owned());
        let shell = |case| text(case, "shell").unwrap_or_else(|| "bash".to_owned());
        all.extend(cases.iter().filter_map(|case| Some((text(case, "command")?, shell(case)))));
    }
    ensure!(all.len() > 500, "the corpora hold {} commands", all.len());
    Ok(all)
}

/// So many lines, numbered from 1, in an order that is the same each time and has no pattern.
fn ask(to: impl Write, commands: &[(String, String)], lines: usize) -> Result<()> {
    let rest: Vec<String> = commands
        .iter()
        .map(|(command, shell)| {
            json!({ "command": command, "shell": shell, "cwd": "/home/ana/shop", "home": "/home/ana" }).to_string()
        })
        .collect();
    let mut to = BufWriter::with_capacity(64 * 1024, to);
    let mut state = 1u64;
    for id in 1..=lines {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(state >> 33)? % rest.len();
        let rest = rest.get(at).and_then(|rest| rest.strip_prefix('{')).context("a command's line")?;
        writeln!(to, "{{\"id\":{id},{rest}")?;
    }
    Ok(to.flush()?)
}

/// Reads the answers, each in its turn; how many there were, and the memory at each look.
fn read(mut from: impl BufRead, rss: impl Fn() -> Result<u64>) -> Result<(usize, Vec<(usize, u64)>)> {
    let (mut answers, mut looks, mut line) = (0, Vec::new(), Vec::new());
    while from.read_until(b'\n', &mut line)? > 0 {
        answers += 1;
        if !line.starts_with(format!("{{\"id\":{answers},\"verdict\":").as_bytes()) {
            bail!("line {answers} was answered with {}", String::from_utf8_lossy(&line));
        }
        if LOOKS.contains(&answers) {
            looks.push((answers, rss()?));
        }
        line.clear();
    }
    Ok((answers, looks))
}

/// What the program held at each look, and whether that is flat.
fn memory(looks: &[(usize, u64)]) -> String {
    let told: Vec<String> = looks.iter().map(|(answers, kib)| format!("{kib} KiB after {answers} lines")).collect();
    let (Some((_, first)), Some((_, last)), true) = (looks.first(), looks.last(), looks.len() == LOOKS.len()) else {
        return format!("Resident: too few lines for all looks ({}).\n", told.join(", "));
    };
    let flat = if last.saturating_sub(*first) <= FLAT { "met" } else { "missed" };
    format!("Resident: {} (grown by ≤ {FLAT} KiB: {flat}).\n", told.join(", "))
}

fn per_second(count: usize, seconds: f64) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from) / seconds
}

fn rss(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("find VmRSS")?;
    line.split_whitespace().next().context("find VmRSS")?.parse().context("read VmRSS")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(ids: impl IntoIterator<Item = usize>) -> Vec<u8> {
        ids.into_iter().flat_map(|id| format!("{{\"id\":{id},\"verdict\":\"allow\"}}\n").into_bytes()).collect()
    }

    #[test]
    fn the_corpora_are_read_and_each_line_asked_has_its_number() {
        let commands = commands(&test_support::workspace().join("tests/corpus")).unwrap();
        let mut asked = Vec::new();
        ask(&mut asked, &commands, 1000).unwrap();
        let lines: Vec<serde_json::Value> =
            asked.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        assert!(lines.iter().map(|line| line["id"].as_u64().unwrap()).eq(1..=1000));
        let different: std::collections::HashSet<_> = lines.iter().map(|line| line["command"].to_string()).collect();
        assert!(different.len() > 300, "{}", different.len());
    }

    #[test]
    fn an_answer_that_is_missing_twice_or_an_error_ends_the_bench() {
        assert_eq!(read(answers(1..=3).as_slice(), || Ok(0)).unwrap(), (3, Vec::new()));
        assert!(read(answers([1, 3]).as_slice(), || Ok(0)).is_err());
        assert!(read(answers([1, 1]).as_slice(), || Ok(0)).is_err());
        assert!(read(b"{\"id\":1,\"error\":\"no\"}\n".as_slice(), || Ok(0)).is_err());
    }

    #[test]
    fn memory_that_grows_is_not_called_flat() {
        let looks = |last: u64| [(20_000, 8000), (200_000, 8500), (1_000_000, last)];
        assert!(memory(&looks(9000)).contains("met") && memory(&looks(9025)).contains("missed"));
        assert!(memory(&[(20_000, 8000)]).contains("too few"));
    }
}
