//! The whole hook process, beside `cat` and an empty static program, in turns.

use super::load::Load;
use super::spread::{Spread, median, passed};
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
use test_support::{Daemon, Home, Hook};

/// Spawns of each program per case; each of them has one of each other right beside it.
const ROUNDS: usize = 500;

struct Case {
    name: &'static str,
    tool: &'static str,
    input: Value,
    /// What the real hook must answer, so that a broken daemon is not measured.
    decision: Option<&'static str>,
    /// Each call in a session of its own: a stop that repeats an earlier one of its session is told in fewer words.
    fresh: bool,
    /// The pass line, as a multiple of `cat`.
    at_most: Option<f64>,
}

impl Case {
    fn payload(&self, home: &Home, round: usize) -> Vec<u8> {
        let mut fields = json!({ "tool_name": self.tool, "tool_input": self.input, "tool_use_id": "toolu_01" });
        if self.fresh {
            fields["session_id"] = format!("7a0f3c52-1111-4222-8333-{round:012}").into();
        }
        Hook::event(home, "PreToolUse", &fields).payload().to_vec()
    }
}

pub(super) fn run(rounds: Option<usize>) -> Result<String> {
    let cargo = Cargo::here()?;
    let programs = build::shipped(&cargo)?;
    let hook = programs.taffrail.clone();
    let scratch = cargo.target.join("bench");
    let empty = build::tiny(&scratch, "empty", include_str!("../../bench/empty.rs"))?;
    let rss = build::tiny(&scratch, "rss", include_str!("../../bench/rss.rs"))?;
    let mut home = Home::new()?;
    home.install(programs);
    home.configure("mode = \"enforce\"\n")?;
    // Agents work in a repository and say so to their hooks; a write anywhere else is asked about.
    home.set("CLAUDE_PROJECT_DIR", home.work());
    crate::run::shown(home.command("git").args(["init", "--quiet"]))?;
    let daemon = Daemon::start(&home)?;
    let cases = cases(&home);
    for case in &cases {
        judged(&home, case)?;
    }
    let load = Load::settle(rounds.is_some())?;
    let rounds = rounds.unwrap_or(ROUNDS);
    let mut out = format!("{rounds} spawns of each program per case, in turns; times in ms, payload on a pipe.\n\n");
    out += "| case | program | p50 | p95 | p99 | ÷ `cat`, median of pairs |\n|---|---|---|---|---|---|\n";
    for case in &cases {
        measure(&home, case, &hook, &empty, rounds, &mut out)?;
    }
    let line = load.line()?;
    writeln!(out, "\nHook: {} KiB on disk.", tools::kib(&hook)?)?;
    out += "Peak resident memory of one hook, KiB: ";
    let mut peaks = Vec::new();
    for (name, payload) in [
        ("`git status`", bash("git status").payload(&home, 0)),
        ("1 MB Write", write(&home, 1 << 20).payload(&home, 0)),
        ("64 MB on stdin", vec![b' '; 64 << 20]),
    ] {
        peaks.push(format!("{name} {}", peak(&home, &rss, &hook, &payload)?));
    }
    writeln!(out, "{}.", peaks.join(", "))?;
    writeln!(out, "Daemon after this bench: {} KiB resident.", daemon.rss_kib()?)?;
    daemon.stop()?;
    Ok(line + &out)
}

fn cases(home: &Home) -> [Case; 5] {
    let mut notes = String::from("cat > notes.md <<'EOF'\n");
    let mut script = String::from("bash <<'EOF'\n");
    for number in 0..198 {
        writeln!(notes, "- step {number}: run `rm -rf build` and then \"make all\" again, $HOME stays as it is").ok();
        writeln!(
            script,
            "if [ -f part{number}.log ]; then gzip -9 \"part{number}.log\" && mv part{number}.log.gz old/; fi"
        )
        .ok();
    }
    notes.push_str("EOF\n");
    script.push_str("EOF\n");
    [
        Case { name: "allow: `git status`", at_most: Some(0.95), ..bash("git status") },
        Case { name: "deny: `rm -rf ~`", decision: Some("deny"), fresh: true, at_most: Some(0.95), ..bash("rm -rf ~") },
        Case { name: "200-line heredoc into a file", at_most: Some(1.0), ..bash(&notes) },
        Case { name: "200-line heredoc into bash", ..bash(&script) },
        write(home, 1 << 20),
    ]
}

fn bash(command: &str) -> Case {
    let input = json!({ "command": command });
    Case { name: "", tool: "Bash", input, decision: None, fresh: false, at_most: None }
}

fn write(home: &Home, bytes: usize) -> Case {
    let content = "let answer = compute(input); // nothing to see\n".repeat(bytes / 47);
    let input = json!({ "file_path": home.work().join("a.rs"), "content": content });
    Case { name: "1 MB Write", tool: "Write", input, decision: None, fresh: false, at_most: None }
}

/// Is this case answered as it should be, and is a command in it read to its end? With a deletion of the home folder
/// behind it, it must be stopped.
fn judged(home: &Home, case: &Case) -> Result<()> {
    let held = |payload: Vec<u8>, wanted: Option<&str>, behind: &str| -> Result<()> {
        let answer = Hook::raw(home, "claude-code", "PreToolUse", payload).run()?;
        let said = answer.permission();
        if said.as_deref() != wanted {
            bail!("{}{behind}: the hook answered {said:?}, {:?}", case.name, answer.reason());
        }
        Ok(())
    };
    held(case.payload(home, ROUNDS), case.decision, "")?;
    match case.input["command"].as_str() {
        Some(command) => {
            let longer = bash(&format!("{command}\nrm -rf ~\n"));
            held(longer.payload(home, 0), Some("deny"), ", and then `rm -rf ~`")
        }
        None => Ok(()),
    }
}

fn measure(home: &Home, case: &Case, hook: &Path, empty: &Path, rounds: usize, out: &mut String) -> Result<()> {
    let of_hook = || {
        let mut command = home.command(hook);
        command.args(["hook", "claude-code", "PreToolUse"]);
        command
    };
    let programs: [(&str, &dyn Fn() -> Command); 3] = [
        ("taffrail hook", &of_hook),
        ("cat", &|| home.command("/bin/cat")),
        ("empty static program", &|| home.command(empty)),
    ];
    let mut times: [Vec<Duration>; 3] = Default::default();
    for round in 0..rounds {
        let payload = case.payload(home, round);
        for turn in 0..programs.len() {
            let which = (round + turn) % programs.len();
            let (Some((_, command)), Some(times)) = (programs.get(which), times.get_mut(which)) else { continue };
            times.push(spawn(command(), &payload)?);
        }
    }
    let [_, cat, _] = &times;
    let cat = cat.clone();
    let line = [case.at_most, None, None];
    for (((name, _), times), at_most) in programs.iter().zip(times).zip(line) {
        let ratio = median(times.iter().zip(&cat).map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect());
        let spread = Spread::of(times)?;
        let (p50, p95, p99) = (spread.millis(500), spread.millis(950), spread.millis(990));
        let told = at_most.map(|most| passed(ratio, most)).unwrap_or_default();
        writeln!(out, "| {} | {name} | {p50:.3} | {p95:.3} | {p99:.3} | {ratio:.2}{told} |", case.name)?;
    }
    Ok(())
}

/// One process from before its start to after its end.
fn spawn(mut command: Command, payload: &[u8]) -> Result<Duration> {
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
    Ok(took)
}

/// Peak resident memory of one call, in KiB.
fn peak(home: &Home, rss: &Path, hook: &Path, payload: &[u8]) -> Result<u64> {
    let to: PathBuf = home.root().join("peak");
    let mut command = home.command(rss);
    command.arg(&to).arg(hook).args(["hook", "claude-code", "PreToolUse"]);
    spawn(command, payload)?;
    std::fs::read_to_string(&to)?.parse().context("read the peak")
}
