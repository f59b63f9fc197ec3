//! `taffrail try`: one stop to see, in a throw-away home with a daemon of its own. The hook is called as the agent would
//! call it, by the entry that `install` wrote there; what it is asked about is never run.

use super::doctor::started::ended;
use super::install::{hook_program, tilde};
use super::print;
use crate::boot::Installation;
use agents::coverage::Own;
use agents::words::{Trial, trial_page};
use agents::{coverage, entries};
use anyhow::{Context, bail, ensure};
use platform::files;
use platform::names::User;
use protocol::Agent;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const AGENT: Agent = Agent::ClaudeCode;
const EVENT: &str = "PreToolUse";
/// Nothing is wrong with it.
const HARMLESS: &str = "git status";
/// What the built-in rules stop in every mode of asking.
const STOPPED: &str = "rm -rf ~";
/// For the daemon to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Keep the throw-away home, with its journal.
    #[arg(long)]
    keep: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    // Beside a system no daemon of a user's runs; this says so.
    Installation::find(platform::names::SYSTEM.installed())?;
    ensure!(
        !platform::names::SYSTEM.installed(),
        "This machine has a Taffrail of its own. To see what it would say of a command: taffrail explain 'rm -rf ~'"
    );
    let hook = hook_program()?;
    let home = super::install::home()?;
    let place = Place::make(&home, arguments.keep)?;
    let page = tried(&place, &hook, &home);
    let gone = place.remove();
    print(&page?);
    gone?;
    Ok(ExitCode::SUCCESS)
}

/// The throw-away folders. The socket's path has to be short, so it lies elsewhere.
struct Place {
    root: PathBuf,
    run: PathBuf,
    keep: bool,
}

impl Place {
    fn make(home: &Path, keep: bool) -> anyhow::Result<Self> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let name = uuid::Uuid::new_v4().simple().to_string();
        let name = format!("try-{}", name.get(..8).unwrap_or_default());
        let cache = absolute("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache"));
        let short = absolute("TMPDIR").filter(|path| path.as_os_str().len() <= 40).unwrap_or_else(|| "/tmp".into());
        let place =
            Self { root: cache.join("taffrail").join(&name), run: short.join(format!("taffrail-{name}")), keep };
        files::private_folder(&place.root)?;
        for folder in [place.run.clone(), place.home().join(".claude"), place.root.join("work")] {
            files::private_folder(&folder)?;
        }
        let config = place.root.join("config/taffrail");
        files::private_folder(&config)?;
        files::write_atomic(&config.join("config.toml"), b"mode = \"enforce\"\n", 0o600)?;
        Ok(place)
    }

    fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    fn user(&self) -> User {
        User {
            uid: User::of_process().uid,
            home: Some(self.home()),
            runtime: Some(self.run.clone()),
            state: Some(self.root.join("state")),
            config: Some(self.root.join("config")),
        }
    }

    /// A program in that home, and with nothing of the person's but the way to programs.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.home()).env("XDG_RUNTIME_DIR", &self.run);
        command.env("XDG_STATE_HOME", self.root.join("state")).env("XDG_CONFIG_HOME", self.root.join("config"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()));
        command.current_dir(self.root.join("work")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn remove(&self) -> anyhow::Result<()> {
        std::fs::remove_dir_all(&self.run).with_context(|| format!("remove {}", self.run.display()))?;
        if self.keep {
            return Ok(());
        }
        std::fs::remove_dir_all(&self.root).with_context(|| format!("remove {}", self.root.display()))
    }
}

/// Ends with this value, whatever became of the rest.
struct Daemon(Child);

impl Daemon {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let mut command = place.command(&std::env::current_exe()?);
        let mut daemon = Self(command.arg("run").spawn().context("start the daemon")?);
        let socket = place.user().sockets(&platform::names::SYSTEM).next().context("find a place for a socket")?;
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if std::os::unix::net::UnixStream::connect(&socket).is_ok() {
                return Ok(daemon);
            }
            if let Some(status) = daemon.0.try_wait()? {
                bail!("The daemon ended at once ({status}).");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        bail!("The daemon does not listen after {} s.", PATIENCE.as_secs())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let pid = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        }
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn tried(place: &Place, hook: &Path, home: &Path) -> anyhow::Result<String> {
    let daemon = Daemon::start(place)?;
    let installed = place.command(hook).args(["install", "--yes", "--agent", AGENT.name()]).status()?;
    ensure!(installed.success(), "Our entries could not be put into the throw-away home ({installed}).");
    let settings = files::read(&place.home().join(".claude/settings.json"), 1 << 20)?;
    let own = entries::own_entries(AGENT, &String::from_utf8(settings)?)?.context("find our entries again")?;
    let own = coverage::own(AGENT, &own);
    let entry = own.iter().find(|own| own.event.name == EVENT).context("find our entry again")?;
    // The first call of a daemon reads what later ones have at hand.
    asked(place, entry, HARMLESS)?;
    let (harmless, harmless_ms) = asked(place, entry, HARMLESS)?;
    ensure!(harmless == Value::Null, "{HARMLESS:?} was not let pass: {harmless}");
    let (stopped, stopped_ms) = asked(place, entry, STOPPED)?;
    drop(daemon);
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let answer = &stopped["hookSpecificOutput"];
    ensure!(answer["permissionDecision"] == "deny", "{STOPPED:?} was not stopped: {stopped}");
    let record = read(place, hook, &["log", "--would", "-n", "1", "--json"])?;
    let verified = read(place, hook, &["verify", "--json"])?;
    ensure!(verified["sound"] == true, "The chain of the throw-away journal is not whole: {verified}");
    Ok(trial_page(&Trial {
        agent: AGENT.title(),
        harmless: HARMLESS,
        stopped: STOPPED,
        took_ms: (harmless_ms, stopped_ms),
        to_agent: &said(&answer["permissionDecisionReason"]),
        to_person: &said(&stopped["systemMessage"]),
        code: &said(&record["code"]),
        rule: &said(&record["rules"][0]),
        records: verified["report"]["rows"].as_u64().unwrap_or_default(),
        folder: &tilde(&place.root, home),
        kept: place.keep,
    }))
}

/// What our entry answers to a call for this command, and after how many milliseconds. Nothing runs the command.
fn asked(place: &Place, entry: &Own, command: &str) -> anyhow::Result<(Value, f64)> {
    let payload = json!({
        "session_id": "taffrail-try", "cwd": place.root.join("work"), "permission_mode": "default",
        "hook_event_name": EVENT, "tool_name": "Bash", "tool_input": { "command": command },
        "tool_use_id": uuid::Uuid::new_v4().to_string(),
    });
    let mut hook = place.command(Path::new(&entry.start.program));
    hook.args(&entry.start.arguments);
    let said = ended(hook, payload.to_string().as_bytes()).map_err(|why| anyhow::anyhow!("The hook: {why}."))?;
    ensure!(said.success, "The hook ended with a failure.");
    let text = said.stdout.trim_ascii();
    let answer = if text.is_empty() { Value::Null } else { serde_json::from_slice(text).context("read the answer")? };
    Ok((answer, said.took.as_secs_f64() * 1e3))
}

/// What a command of ours says there, as JSON.
fn read(place: &Place, hook: &Path, arguments: &[&str]) -> anyhow::Result<Value> {
    let output = place.command(hook).args(arguments).stdout(Stdio::piped()).output()?;
    serde_json::from_slice(&output.stdout).with_context(|| format!("read what {} says", arguments.join(" ")))
}
