//! `cargo xtask test`: the steps of CI in their order, as a table.

mod count;
mod table;
mod user;

use crate::cargo::Cargo;
use crate::run::{self, complain, say};
use crate::{budgets, soak, tools};
use anyhow::{Context, Result, bail};
use count::Count;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use table::{Row, Table};
use test_support::cache;

/// The whole run fails by itself after this.
const LIMIT: Duration = Duration::from_hours(1);

/// The agents that the tests run.
const AGENTS: [&str; 1] = ["claude-code"];

/// What all steps share.
struct Run {
    cargo: Cargo,
    nextest: PathBuf,
    cache: PathBuf,
    /// Uses of real parts are noted here.
    parts: PathBuf,
    deadline: Instant,
}

pub(crate) fn test(quick: bool) -> Result<ExitCode> {
    let deadline = Instant::now() + LIMIT;
    let cache = tools::cache()?;
    let parts = cache.join(format!("parts-{}", std::process::id()));
    let cargo = Cargo::with_target(tools::target(&cache)?);
    let mut table = Table::default();
    // Beside the first compile: the network and the processor do not wait for each other.
    let agents = (!quick).then(|| install_agents(cache.clone()));
    let nextest = tools::nextest(&cache)?;
    if !quick {
        tools::debian("valgrind", "valgrind", &cache)?;
        tools::debian("chromium", "chromium", &cache)?;
    }
    let run = Run { cargo, nextest, cache, parts, deadline };
    let result = steps(&run, quick, agents, &mut table);
    if let Err(error) = &result {
        complain(&format!("\n{error:#}\n"));
    }
    let account = account(&run);
    std::fs::remove_file(&run.parts).ok();
    say(&table.text());
    for line in account {
        say(&line);
    }
    let count = table.count();
    say(&count.text());
    let whole = result.is_ok() && count.failed == 0 && count.skipped == 0 && count.passed > 0;
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn steps(run: &Run, quick: bool, agents: Option<JoinHandle<Result<String>>>, table: &mut Table) -> Result<()> {
    let cargo = |arguments: &[&str]| run.cargo.command(arguments.iter().copied());
    run.step(table, "format", &mut cargo(&["fmt", "--all", "--check"]))?;
    let clippy = "clippy --workspace --all-targets --all-features --locked --profile ci -- -D warnings";
    run.compile(table, "clippy", clippy)?;
    run.compile(table, "programs", "build --workspace --bins --locked --profile ci")?;
    if let Some(agents) = agents {
        let begin = Instant::now();
        let said = agents.join().map_err(|_| anyhow::anyhow!("the installer panicked"))?;
        table.push(Row::plain("agents", begin.elapsed(), said.as_deref().unwrap_or("failed")));
        said?;
    }
    run.step(table, "tests", &mut run.nextest(quick))?;
    run.step(table, "doc tests", &mut cargo(&["test", "--workspace", "--doc", "--locked", "--profile", "ci"]))?;
    if quick {
        return Ok(());
    }
    let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--locked", "--profile", "ci"]);
    run.step(table, "documentation", doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    user::part(run, table)?;
    run.own(table, "budgets", || budgets::check(&run.cargo, &run.cache))?;
    run.own(table, "soaks, 1/50", || soak::short(&run.cargo))?;
    run.own(table, "soak records", soak::records)
}

impl Run {
    /// One program as one step.
    fn step(&self, table: &mut Table, name: &str, command: &mut Command) -> Result<()> {
        complain(&format!("\n== {name}: {}", run::line(command)));
        let begin = Instant::now();
        let seen = run::teed(command, self.deadline);
        table.push(Row::of(name, begin.elapsed(), seen.as_ref().ok()));
        let seen = seen?;
        if !seen.status.success() {
            bail!("{name} failed ({})", seen.status);
        }
        Ok(())
    }

    /// A step that compiles: where what it finds in the cache is damaged, once more from nothing.
    fn compile(&self, table: &mut Table, name: &str, line: &str) -> Result<()> {
        complain(&format!("\n== {name}: cargo {line}"));
        let begin = Instant::now();
        let mut seen = run::teed(&mut self.cargo.command(line.split(' ')), self.deadline)?;
        let ours = self.cargo.target.starts_with(&self.cache);
        if !seen.status.success() && ours && tools::damaged(&seen.text) {
            complain("The cache is damaged; building anew");
            std::fs::remove_dir_all(&self.cargo.target)?;
            seen = run::teed(&mut self.cargo.command(line.split(' ')), self.deadline)?;
        }
        table.push(Row::of(name, begin.elapsed(), Some(&seen)));
        if !seen.status.success() {
            bail!("{name} failed ({})", seen.status);
        }
        Ok(())
    }

    /// A step of our own, whose lines are shown.
    fn own(&self, table: &mut Table, name: &str, step: impl FnOnce() -> Result<Vec<String>>) -> Result<()> {
        complain(&format!("\n== {name}"));
        if Instant::now() >= self.deadline {
            bail!("no time is left for {name}");
        }
        let begin = Instant::now();
        let done = step();
        let word = if done.is_ok() { "" } else { "failed" };
        table.push(Row::plain(name, begin.elapsed(), word));
        for line in done.with_context(|| name.to_owned())? {
            complain(&line);
        }
        Ok(())
    }

    fn nextest(&self, quick: bool) -> Command {
        let mut command = Command::new(&self.nextest);
        command.args(["nextest", "run", "--workspace", "--locked", "--cargo-profile", "ci", "--profile", "ci"]);
        if quick {
            command.args(["-E", "not test(real_agents) and not test(real_browser)"]);
        }
        command.current_dir(self.cargo.top).env("CARGO_TARGET_DIR", &self.cargo.target);
        self.variables(&mut command, &self.parts);
        command
    }

    /// What tests need to know of this run.
    fn variables(&self, command: &mut Command, parts: &Path) {
        command.env(cache::PROGRAMS, self.cargo.target.join("ci"));
        command.env(cache::AGENTS, self.cache.join("agents"));
        command.env(cache::PARTS, parts);
    }
}

fn install_agents(cache: PathBuf) -> JoinHandle<Result<String>> {
    std::thread::spawn(move || {
        let versions: Result<Vec<String>> =
            AGENTS.iter().map(|name| tools::agent(name, &cache).map(|version| format!("{name} {version}"))).collect();
        versions.map(|all| all.join(", "))
    })
}

/// One line per real part: name, version, calls.
fn account(run: &Run) -> Vec<String> {
    let text = std::fs::read_to_string(&run.parts).unwrap_or_default();
    count::parts(&text).into_iter().map(|(part, calls)| format!("{part}: {calls} calls")).collect()
}
