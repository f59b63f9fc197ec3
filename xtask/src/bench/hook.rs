//! The whole hook process, beside `cat` and an empty static program, in turns.

use super::spread::{Spread, median};
use crate::build;
use crate::cargo::Cargo;
use crate::tools;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use test_support::{Daemon, Home, Hook, Programs};

/// Spawns of each program per case; each of them has one of each other right beside it.
const ROUNDS: usize = 500;

struct Case {
    name: &'static str,
    payload: Vec<u8>,
    /// What the real hook must answer, so that a broken daemon is not measured.
    decision: Option<&'static str>,
}

pub(super) fn run() -> Result<String> {
    let cargo = Cargo::here()?;
    let hook = build::hook(&cargo)?;
    crate::run::shown(&mut cargo.command(["build", "--locked", "--profile", "dist", "-p", "taffraild"]))?;
    let scratch = cargo.target.join("bench");
    let empty = build::tiny(&scratch, "empty", include_str!("../../bench/empty.rs"))?;
    let rss = build::tiny(&scratch, "rss", include_str!("../../bench/rss.rs"))?;
    let mut home = Home::new()?;
    home.install(Programs::at(&cargo.target.join("dist"))?);
    home.configure("mode = \"enforce\"\n")?;
    let daemon = Daemon::start(&home)?;
    let mut out = format!("{ROUNDS} spawns of each program per case, in turns; times in ms, payload on a pipe.\n\n");
    out += "| case | program | p50 | p95 | p99 | p50 ÷ cat | median of pairs ÷ cat |\n|---|---|---|---|---|---|---|\n";
    for case in cases(&home) {
        measure(&home, &case, &hook, &empty, &mut out)?;
    }
    writeln!(out, "\nHook: {} KiB on disk.", tools::kib(&hook)?)?;
    out += "Peak resident memory of one hook, KiB: ";
    let mut peaks = Vec::new();
    for (name, payload) in [
        ("`git status`", bash(&home, "git status")),
        ("1 MB Write", write(&home, 1 << 20)),
        ("64 MB on stdin", vec![b' '; 64 << 20]),
    ] {
        peaks.push(format!("{name} {}", peak(&home, &rss, &hook, &payload)?));
    }
    writeln!(out, "{}.", peaks.join(", "))?;
    writeln!(out, "Daemon after this bench: {} KiB resident.", daemon.rss_kib()?)?;
    daemon.stop()?;
    Ok(out)
}

fn cases(home: &Home) -> [Case; 4] {
    let mut heredoc = String::from("cat > notes.md <<'EOF'\n");
    for number in 0..198 {
        writeln!(heredoc, "- step {number}: run `rm -rf build` and then \"make all\" again, $HOME stays as it is").ok();
    }
    heredoc.push_str("EOF\n");
    [
        Case { name: "allow: `git status`", payload: bash(home, "git status"), decision: None },
        Case {
            name: "deny: `rm -rf ~/other-project`",
            payload: bash(home, "rm -rf ~/other-project"),
            decision: Some("deny"),
        },
        Case { name: "200-line heredoc", payload: bash(home, &heredoc), decision: None },
        Case { name: "1 MB Write", payload: write(home, 1 << 20), decision: None },
    ]
}

fn bash(home: &Home, command: &str) -> Vec<u8> {
    Hook::before(home, "Bash", &json!({ "command": command })).payload().to_vec()
}

fn write(home: &Home, bytes: usize) -> Vec<u8> {
    let content = "let answer = compute(input); // nothing to see\n".repeat(bytes / 47);
    Hook::before(home, "Write", &json!({ "file_path": home.work().join("a.rs"), "content": content }))
        .payload()
        .to_vec()
}

fn measure(home: &Home, case: &Case, hook: &Path, empty: &Path, out: &mut String) -> Result<()> {
    let of_hook = || {
        let mut command = home.command(hook);
        command.args(["hook", "claude-code", "PreToolUse"]);
        command
    };
    let answer = spawn(of_hook(), &case.payload)?.1;
    let said = serde_json::from_slice::<Value>(&answer).unwrap_or_default();
    let decision = said.pointer("/hookSpecificOutput/permissionDecision").and_then(Value::as_str);
    if decision != case.decision {
        bail!("{}: the hook answered {decision:?}", case.name);
    }
    let programs: [(&str, &dyn Fn() -> Command); 3] = [
        ("taffrail hook", &of_hook),
        ("cat", &|| home.command("/bin/cat")),
        ("empty static program", &|| home.command(empty)),
    ];
    let mut times: [Vec<Duration>; 3] = Default::default();
    for round in 0..ROUNDS {
        for turn in 0..programs.len() {
            let which = (round + turn) % programs.len();
            let (Some((_, command)), Some(times)) = (programs.get(which), times.get_mut(which)) else { continue };
            times.push(spawn(command(), &case.payload)?.0);
        }
    }
    let [_, cat, _] = &times;
    let cat = cat.clone();
    let middle = Spread::of(cat.clone())?.millis(500);
    for ((name, _), times) in programs.iter().zip(times) {
        let pairs = times.iter().zip(&cat).map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect();
        let spread = Spread::of(times)?;
        let (p50, p95, p99) = (spread.millis(500), spread.millis(950), spread.millis(990));
        writeln!(
            out,
            "| {} | {name} | {p50:.3} | {p95:.3} | {p99:.3} | {:.2} | {:.2} |",
            case.name,
            p50 / middle,
            median(pairs)
        )?;
    }
    Ok(())
}

/// One process from before its start to after its end; what it printed.
fn spawn(mut command: Command, payload: &[u8]) -> Result<(Duration, Vec<u8>)> {
    let begin = Instant::now();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
    let (mut to, mut from) = (child.stdin.take().context("stdin")?, child.stdout.take().context("stdout")?);
    let mut answer = Vec::new();
    if payload.len() <= 32 * 1024 {
        // Fits into the pipe: no thread that would be measured as well. A program that reads nothing is no error.
        to.write_all(payload).ok();
        drop(to);
        from.read_to_end(&mut answer)?;
    } else {
        std::thread::scope(|scope| {
            scope.spawn(move || to.write_all(payload).ok());
            from.read_to_end(&mut answer)
        })?;
    }
    let status = child.wait()?;
    let took = begin.elapsed();
    if !status.success() {
        bail!("{}: {status}", crate::run::line(&command));
    }
    Ok((took, answer))
}

/// Peak resident memory of one call, in KiB.
fn peak(home: &Home, rss: &Path, hook: &Path, payload: &[u8]) -> Result<u64> {
    let to: PathBuf = home.root().join("peak");
    let mut command = home.command(rss);
    command.arg(&to).arg(hook).args(["hook", "claude-code", "PreToolUse"]);
    spawn(command, payload)?;
    std::fs::read_to_string(&to)?.parse().context("read the peak")
}
