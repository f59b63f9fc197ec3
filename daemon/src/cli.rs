//! The command line of `taffraild`. People type `taffrail`; what needs the engine ends up here.

mod bundle;
mod doctor;
mod enroll;
mod explain;
mod install;
mod log;
mod policy;
mod scan;
mod trial;
mod verify;

use crate::alone;
use crate::batch::Batch;
use crate::boot::{self, Installation};
use crate::facts::absolute;
use crate::state::Settings;
use anyhow::Context;
use clap::{Parser, Subcommand};
use engine::seal::Keys;
pub(crate) use install::Receipts;
use platform::names::User;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// The Taffrail daemon.
#[derive(Debug, Parser)]
#[command(name = "taffraild", version, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge and record the calls of agents until told to end.
    Run {
        /// Serve every user of this machine (for the service manager, as root).
        #[arg(long)]
        system: bool,
    },
    /// Judge calls from standard input, one JSON object a line, without recording them; or answer one event of an agent
    /// as the hook does when no daemon answers.
    #[command(group(clap::ArgGroup::new("what").required(true).args(["jsonl", "frames", "agent"])))]
    Judge {
        /// One JSON object a line, in and out.
        #[arg(long)]
        jsonl: bool,
        /// One call as the hook hands it over, on a socket that is standard input.
        #[arg(long, hide = true)]
        frames: bool,
        /// The agent, such as claude-code; its payload is read from standard input.
        #[arg(requires = "event")]
        agent: Option<String>,
        /// The agent's own name of the event, such as `PreToolUse`.
        event: Option<String>,
    },
    /// Look for secrets, personal data and instructions to a model in files, folders or lines of JSON.
    Scan(scan::Arguments),
    /// Make this machine known to a collector, with a token from standard input.
    Enroll {
        /// The collector's address, such as `https://collector.example.org:4318`; the configured one where none is named.
        #[arg(long)]
        url: Option<String>,
        /// Certificates in PEM form that are trusted for it beside the system's, where `collector.ca_file` names none.
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
    },
    /// Say what would be said of a command.
    Explain {
        /// The command, as it would be typed.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Put our hook entries into your agents' settings. Shows first what will change.
    Install {
        #[command(flatten)]
        arguments: install::Arguments,
        /// Print the entries and change nothing.
        #[arg(long)]
        print: bool,
    },
    /// Take our hook entries out again.
    Uninstall {
        #[command(flatten)]
        arguments: install::Arguments,
    },
    /// Check that agents are covered: settings, hook, daemon, policy. Changes nothing.
    Doctor {
        /// Print JSON for programs.
        #[arg(long)]
        json: bool,
    },
    /// See one stop, in a throw-away home with a daemon of its own. Runs nothing and touches no settings of yours.
    #[command(
        after_help = "Examples:\n  taffrail try            see a stop, and what you and the agent would read\n  \
                            taffrail try --keep     keep the throw-away home, to look at its journal"
    )]
    Try(trial::Arguments),
    /// Write a folder for somebody who helps you: versions, status, findings, configuration. No keys, no payloads.
    #[command(
        after_help = "Examples:\n  taffrail support-bundle                     say what would be in it, then ask\n  \
                            taffrail support-bundle --yes -o /tmp/b     write it into /tmp/b"
    )]
    SupportBundle(bundle::Arguments),
    /// Show what was recorded, the newest last.
    Log(log::Arguments),
    /// The same, and then what is recorded from here on, until interrupted.
    Tail(log::Arguments),
    /// Check a policy, run its examples, or list the rules in force.
    Policy {
        #[command(subcommand)]
        command: policy::Command,
    },
    /// Check that the journal is whole: every record in its place, nothing changed, nothing missing.
    #[command(
        after_help = "Examples:\n  taffrail verify                                      this user's own journal\n  \
                            taffrail verify --salvage corrupt-1/journal.db       what is still whole of a damaged one\n\n\
                            Exit codes: 0 whole, 1 not whole, 2 wrong usage."
    )]
    Verify {
        /// Print JSON for programs.
        #[arg(long)]
        json: bool,
        /// Print each record that is still whole, one JSON object a line: for a journal that is damaged.
        #[arg(long, conflicts_with = "json")]
        salvage: bool,
        /// A journal's database; this user's own where none is named.
        file: Option<PathBuf>,
    },
}

impl Arguments {
    /// # Errors
    ///
    /// What kept the command from its work.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Run { system } => run(system),
            Command::Judge { agent: Some(agent), event: Some(event), .. } => alone::plainly(agent, event),
            Command::Judge { frames: true, .. } => Ok(alone::framed()),
            Command::Judge { .. } => judge(),
            Command::Scan(arguments) => scan::run(&arguments),
            Command::Enroll { url, ca } => enroll::run(url, ca),
            Command::Explain { command } => explain::run(&command.join(" ")),
            Command::Install { arguments, print } => install::install(&arguments, print),
            Command::Uninstall { arguments } => install::uninstall(&arguments),
            Command::Doctor { json } => doctor::run(json),
            Command::Try(arguments) => trial::run(&arguments),
            Command::SupportBundle(arguments) => bundle::run(&arguments),
            Command::Log(arguments) => log::run(&arguments, false),
            Command::Tail(arguments) => log::run(&arguments, true),
            Command::Policy { command } => policy::run(command),
            Command::Verify { json, salvage, file } => verify::run(json, salvage, file.as_deref()),
        }
    }
}

fn run(system: bool) -> anyhow::Result<ExitCode> {
    let level = EnvFilter::try_from_env("TAFFRAIL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).with_writer(io::stderr).with_ansi(false).init();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .thread_stack_size(STACK)
        .enable_all()
        .build()
        .context("start the runtime")?
        .block_on(boot::run(system))?;
    Ok(ExitCode::SUCCESS)
}

/// Parsers are bounded in depth; this holds their deepest case with room to spare.
const STACK: usize = 2 << 20;

/// The policy as it is in force for this user, or the built-in one where nothing else is.
fn settings(installation: &Installation) -> anyhow::Result<Settings> {
    Ok(Settings::load(&installation.places)?)
}

fn judge() -> anyhow::Result<ExitCode> {
    let installation = Installation::find(platform::names::SYSTEM.installed())?;
    let policy = settings(&installation)?.policy;
    let folder = absolute(&std::env::current_dir().context("find the working folder")?);
    let user = User::of_process();
    let home = platform::account::home(user.uid, user.home).map(|home| absolute(&home));
    // Nothing is stored: the key only has to be one that nobody else has.
    let keys = Keys { device: platform::keys::random()?.0, tenant: None };
    let output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let input = BufReader::with_capacity(1 << 16, io::stdin().lock());
    match Batch::new(policy, keys, folder, home).run(input, output) {
        // Whoever reads has enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        other => Ok(other.map(|()| ExitCode::SUCCESS)?),
    }
}

/// Prints a line of a command's answer. A reader that has gone away is no fault.
pub(crate) fn print(text: &str) {
    writeln!(io::stdout(), "{text}").ok();
}

/// Says why a command failed.
pub(crate) fn fail(error: &anyhow::Error) {
    writeln!(io::stderr(), "taffraild: {error:#}").ok();
}
