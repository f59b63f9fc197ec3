//! `taffrail install` and `uninstall`: our hook entries in the agents' own settings, of this user or, by an administrator,
//! of every user of this machine.
//!
//! What will change is shown first, line by line, and nothing else changes. Links are followed, so that a file in a
//! repository of dotfiles is changed where it lies. What each file held before is kept, so that `uninstall` gives it back
//! byte for byte where nobody has edited it since; where somebody has, only our entries go.

pub(super) mod plan;
mod receipts;

use super::print;
use crate::boot::Installation;
use agents::{OnFailure, Scope, entries};
use anyhow::{Context, bail};
use plan::{Change, Plan};
use platform::names::{DAEMON_PROGRAM, User};
use protocol::Agent;
pub(crate) use receipts::Receipts;
use serde_json::json;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// Something was left as it was, and needs the person.
const NEEDS_YOU: u8 = 1;

/// What the person said on the command line.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    /// An agent, such as claude-code; every one that is found on this machine where none is named.
    #[arg(long, value_name = "AGENT", value_parser = known)]
    agent: Vec<Agent>,
    /// Your own settings, or those that an administrator sets for every user of this machine (as root).
    #[arg(long, value_name = "SCOPE", default_value = "user")]
    scope: Whose,
    /// Go on without a question.
    #[arg(long, short)]
    yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Whose {
    User,
    Managed,
}

/// Whose settings are changed, and the installation that their hooks lead to.
struct Target {
    whose: Whose,
    home: PathBuf,
    installation: Installation,
}

impl Target {
    /// # Errors
    ///
    /// When this user may not change them, or (`into`: to put entries in) no daemon serves who reads them.
    fn of(whose: Whose, into: bool) -> anyhow::Result<Self> {
        let home = home()?;
        let system = platform::names::SYSTEM.installed();
        match whose {
            Whose::User if !into => {
                // Beside a system's installation a user's own entries can still be taken out.
                let user = User::of_process();
                let places = user.places(&platform::names::SYSTEM).context("find a home folder for this user")?;
                let socket = user.sockets(&platform::names::SYSTEM).next().context("find this user's socket")?;
                Ok(Self { whose, home, installation: Installation { places, socket } })
            }
            Whose::User if system => {
                bail!("This machine has a Taffrail of its own: whoever installed it sets the hooks of all its users.")
            }
            Whose::Managed if User::of_process().uid != 0 => {
                bail!("The settings of all users are root's to change: run this as root.")
            }
            Whose::Managed if into && !system => {
                bail!("There is no Taffrail here that serves all users: {} is not there.", platform::names::SYSTEM.var)
            }
            Whose::User | Whose::Managed => {
                Ok(Self { whose, home, installation: Installation::find(whose == Whose::Managed)? })
            }
        }
    }

    fn plan(
        &self,
        agent: Agent,
        edit: impl FnOnce(&str) -> Result<Option<String>, entries::Unfit>,
    ) -> anyhow::Result<Plan> {
        let (path, scope) = match self.whose {
            Whose::User => (plan::settings_path(agent, &self.home), Scope::User),
            Whose::Managed => (plan::managed_path(agent), Scope::Managed),
        };
        Plan::of(agent, path.context("find the agent's settings")?, scope, edit)
    }

    /// What could not be done for one agent. For all users the others are served all the same, and it is told.
    ///
    /// # Errors
    ///
    /// In a user's own settings: nothing more is done then.
    fn failed(&self, error: &anyhow::Error) -> anyhow::Result<bool> {
        match self.whose {
            Whose::User => bail!("{error:#}"),
            Whose::Managed => {
                super::fail(error);
                Ok(true)
            }
        }
    }

    /// Is there a state folder, in which receipts are kept?
    fn kept(&self) -> bool {
        self.whose == Whose::User || platform::names::SYSTEM.installed()
    }

    /// The agents that were named; where none is, those whose folder is there, or all of them for every user: an agent
    /// may come later.
    fn agents(&self, named: &[Agent]) -> anyhow::Result<Vec<Agent>> {
        match self.whose {
            _ if !named.is_empty() => Ok(named.to_vec()),
            Whose::User => found(&self.home),
            Whose::Managed => Ok(supported().collect()),
        }
    }
}

fn known(name: &str) -> Result<Agent, String> {
    Agent::named(name)
        .filter(|agent| user_file(*agent).is_some())
        .ok_or_else(|| format!("known agents: {}", supported().map(Agent::name).collect::<Vec<_>>().join(", ")))
}

pub(super) fn supported() -> impl Iterator<Item = Agent> {
    Agent::ALL.iter().copied().filter(|agent| user_file(*agent).is_some())
}

/// The settings file of the user's own, as people write it.
fn user_file(agent: Agent) -> Option<&'static str> {
    agents::config_files(agent).iter().find(|file| file.scope == Scope::User).map(|file| file.path)
}

/// `print_only`: the entries on standard output, for people who put them in themselves.
pub(super) fn install(arguments: &Arguments, print_only: bool) -> anyhow::Result<ExitCode> {
    let hook = hook_program()?;
    let wanted = |agent| agents::settings(agent, &hook, OnFailure::Continue).context("write the hook's path as text");
    if print_only {
        let named = &arguments.agent;
        for agent in if named.is_empty() { found(&home()?)? } else { named.clone() } {
            print(&serde_json::to_string_pretty(&wanted(agent)?)?);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let target = Target::of(arguments.scope, true)?;
    let Target { home, installation, .. } = &target;
    let mut receipts = Receipts::read(&installation.places.state)?;
    let (mut plans, mut failed) = (Vec::new(), false);
    for agent in target.agents(&arguments.agent)? {
        let wanted = wanted(agent)?;
        match target.plan(agent, |text| entries::with_entries(agent, text, &wanted)) {
            Ok(plan) => plans.push(plan),
            Err(error) => failed |= target.failed(&error)?,
        }
    }
    if failed && plans.is_empty() {
        return Ok(ExitCode::from(NEEDS_YOU));
    }
    if plans.iter().all(|plan| matches!(plan.change, Change::Nothing)) {
        print("Nothing to do: our entries are there already.");
        return Ok(ended(failed));
    }
    print("Will change these files, and nothing else:");
    show(&plans, home);
    print(&format!("Our entries start {}.", hook.display()));
    if !agreed(arguments.yes, &plans)? {
        return Ok(ExitCode::from(NEEDS_YOU));
    }
    let mut done = Vec::new();
    for plan in plans {
        match receipts.note(&plan).and_then(|()| plan.carry_out()) {
            Ok(()) => done.push(plan),
            Err(error) => failed |= target.failed(&error)?,
        }
    }
    if done.is_empty() {
        return Ok(ended(failed));
    }
    print(&format!("\n{}", canary(&done, &hook, &target)));
    let scope = if target.whose == Whose::Managed { " --scope managed" } else { "" };
    print(&format!("Undo at any time: taffrail uninstall{scope}"));
    Ok(ended(failed))
}

fn ended(failed: bool) -> ExitCode {
    if failed { ExitCode::from(NEEDS_YOU) } else { ExitCode::SUCCESS }
}

pub(super) fn uninstall(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let target = Target::of(arguments.scope, false)?;
    let Target { home, installation, .. } = &target;
    // Without a receipt our entries go all the same, if not to the byte.
    let mut receipts = Receipts::read(&installation.places.state).or_else(|error| {
        target.failed(&error)?;
        anyhow::Ok(Receipts::none(&installation.places.state))
    })?;
    let agents: Vec<Agent> = if arguments.agent.is_empty() { supported().collect() } else { arguments.agent.clone() };
    let (mut plans, mut failed) = (Vec::new(), false);
    for agent in agents {
        match target.plan(agent, |text| entries::without_entries(agent, text)) {
            Ok(plan) => plans.push(receipts.restoring(plan.without_our_own())),
            Err(error) => failed |= target.failed(&error)?,
        }
    }
    plans.retain(|plan| !matches!(plan.change, Change::Nothing));
    if plans.is_empty() {
        let whose = if target.whose == Whose::Managed { "the administrator's" } else { "yours" };
        print(&format!("Nothing to do: no settings file of {whose} names our hook."));
        return Ok(ended(failed));
    }
    print("Will change these files, and nothing else:");
    show(&plans, home);
    if !agreed(arguments.yes, &plans)? {
        return Ok(ExitCode::from(NEEDS_YOU));
    }
    let mut done = Vec::new();
    for plan in plans {
        // Forgotten first: what is still noted is put back by a daemon in enforce mode.
        let receipt = if target.kept() { receipts.forget(&plan)? } else { Vec::new() };
        match plan.carry_out() {
            Ok(()) => done.push(plan),
            Err(error) => {
                if target.kept() {
                    receipts.restore(receipt)?;
                }
                failed |= target.failed(&error)?;
            }
        }
    }
    if done.is_empty() {
        return Ok(ended(failed));
    }
    print("\nRemoved our entries.");
    for plan in &done {
        print(&format!("  {}  {}", tilde(&plan.path, home), plan.undone()));
    }
    let state = &installation.places.state;
    if installation.places.journal().exists() {
        print(&format!("Kept: your records ({}).", tilde(state, home)));
    }
    Ok(ended(failed))
}

/// The agents whose folder is there.
fn found(home: &Path) -> anyhow::Result<Vec<Agent>> {
    let found: Vec<Agent> = supported()
        .filter(|agent| plan::settings_path(*agent, home).is_some_and(|path| path.parent().is_some_and(Path::is_dir)))
        .collect();
    if found.is_empty() {
        let looked: Vec<_> = supported().filter_map(user_file).collect();
        bail!("No agent that Taffrail knows has settings here (looked for {}). Name one: --agent", looked.join(", "));
    }
    Ok(found)
}

/// The hook that lies beside this program: what an entry will start for as long as it stands.
pub(super) fn hook_program() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("find this program")?;
    let hook = own.with_file_name("taffrail");
    if !hook.is_file() {
        bail!("{} is missing: the hook belongs beside {DAEMON_PROGRAM}.", hook.display());
    }
    Ok(hook)
}

pub(super) fn home() -> anyhow::Result<PathBuf> {
    let user = User::of_process();
    platform::account::home(user.uid, user.home).context("find your home folder")
}

fn show(plans: &[Plan], home: &Path) {
    for plan in plans {
        let link = Some(&plan.target).filter(|target| **target != plan.path);
        let link = link.map(|target| format!("  → {}", tilde(target, home))).unwrap_or_default();
        print(&format!("  {}{link}  {}", tilde(&plan.path, home), plan.what()));
    }
}

/// Asks, where there is somebody to ask.
fn agreed(yes: bool, plans: &[Plan]) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        for plan in plans {
            print(&plan.diff());
        }
        print("Nothing was changed. Without a terminal to ask at, say --yes.");
        return Ok(false);
    }
    loop {
        write!(io::stdout(), "Show the lines: d    Go on? [y/N] ")?;
        io::stdout().flush()?;
        let mut said = String::new();
        if io::stdin().lock().read_line(&mut said)? == 0 {
            return Ok(false);
        }
        match said.trim() {
            "d" => plans.iter().for_each(|plan| print(&plan.diff())),
            "y" | "Y" | "yes" => return Ok(true),
            _ => {
                print("Nothing was changed.");
                return Ok(false);
            }
        }
    }
}

/// Executes one of the entries as the agent will, with a call that asks for nothing.
fn canary(plans: &[Plan], hook: &Path, target: &Target) -> String {
    let said: Vec<String> = plans
        .iter()
        .map(|plan| match answer_of(hook, plan.agent) {
            Ok(took) => format!("{} answers (canary {:.1} ms)", plan.agent.title(), took.as_secs_f64() * 1e3),
            Err(why) => format!("{}: the hook does not answer ({why})", plan.agent.title()),
        })
        .collect();
    let mut text = format!("Done. {}.", said.join("; "));
    if std::os::unix::net::UnixStream::connect(&target.installation.socket).is_err() {
        let start = match target.whose {
            Whose::User => "taffraild run",
            Whose::Managed => "systemctl start taffraild",
        };
        text.push_str("\nThe daemon is not running, so nothing is judged or recorded yet. Start it: ");
        text.push_str(start);
    }
    text
}

/// The event of a shell command is the one that can ask.
pub(super) fn canary_event(agent: Agent) -> Option<&'static agents::Event> {
    agents::events(agent).iter().find(|event| event.ability.ask)
}

/// A call that asks for nothing.
pub(super) fn canary_payload(event: &agents::Event) -> serde_json::Value {
    // Each agent reads its own fields of these.
    json!({
        "session_id": "taffrail-canary", "conversation_id": "taffrail-canary", "generation_id": "taffrail-canary",
        "hook_event_name": event.name, "cwd": "/", "workspace_roots": ["/"], "cursor_version": "3.0.0",
        "permission_mode": "default", "tool_name": "Bash", "tool_input": { "command": "true" }, "command": "true",
        "tool_use_id": "taffrail-canary", "sandbox": false,
    })
}

const CANARY_DEADLINE: Duration = Duration::from_secs(5);

fn answer_of(hook: &Path, agent: Agent) -> anyhow::Result<Duration> {
    let event = canary_event(agent).context("no event can ask")?;
    let payload = canary_payload(event);
    let begin = Instant::now();
    let mut child = Command::new(hook)
        .args(["hook", agent.name(), event.name])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(payload.to_string().as_bytes())?;
    }
    while begin.elapsed() < CANARY_DEADLINE {
        if let Some(status) = child.try_wait()? {
            anyhow::ensure!(status.success(), "{status}");
            return Ok(begin.elapsed());
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().ok();
    child.wait().ok();
    bail!("no answer within {} s", CANARY_DEADLINE.as_secs())
}

/// A path as people write it.
pub(super) fn tilde(path: &Path, home: &Path) -> String {
    path.strip_prefix(home).map_or_else(|_| path.display().to_string(), |below| format!("~/{}", below.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supported_agent_has_a_settings_file_of_the_users_own() {
        assert!(supported().any(|agent| agent == Agent::ClaudeCode));
        assert!(known("claude-code").is_ok() && known("x").unwrap_err().contains("claude-code"));
        assert!(plan::read_settings(Path::new("/nonexistent/settings.json")).unwrap().is_none());
    }
}
