//! The command line beside the hook. Nothing here is on the path of a tool call.
//!
//! `status` and `explain CODE` ask the daemon; what needs the engine is executed by the `taffraild` that lies beside
//! this program.

mod ask;
mod engine;

use crate::exit::Exit;
use clap::{Parser, Subcommand};
use protocol::Code;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

/// Guards and records what AI coding agents do on this machine.
#[derive(Debug, Parser)]
#[command(name = "taffrail", version, disable_help_subcommand = true, color = clap::ColorChoice::Auto)]
#[command(
    after_help = "Exit codes of status and doctor: 0 healthy, 1 something needs you, 2 not enrolled though a collector is \
    set, 3 the daemon is not running. Others: 0 done, 1 failed, 2 wrong usage, 3 the daemon is not running."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer one event of an agent: payload on standard input, answer on standard output (for agents).
    Hook {
        /// The agent's name, such as claude-code.
        agent: String,
        /// The agent's own name of the event, such as `PreToolUse`.
        event: String,
    },
    /// Show whether calls are guarded, and what needs you.
    Status {
        /// Print JSON for programs.
        #[arg(long)]
        json: bool,
    },
    /// Say why a call was stopped, by its code (7QK4), or what would be said of a command.
    Explain {
        /// A code as it was shown, in capitals where it has no digit; or a command.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND|CODE")]
        what: Vec<OsString>,
    },
    /// Judge calls from standard input, one JSON object a line, without recording them.
    #[command(disable_help_flag = true)]
    Judge {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
    /// Look for secrets, personal data and instructions to a model in files, folders or lines of JSON.
    #[command(disable_help_flag = true)]
    Scan {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
    /// Put our hook entries into your agents' settings. Shows first what will change.
    #[command(disable_help_flag = true)]
    Install {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
    /// Take our hook entries out again.
    #[command(disable_help_flag = true)]
    Uninstall {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
    /// Check that agents are covered: settings, hook, daemon, policy. Changes nothing.
    #[command(disable_help_flag = true)]
    Doctor {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
    /// See one stop, in a throw-away home. Runs nothing and touches no settings of yours.
    #[command(disable_help_flag = true)]
    Try {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
    /// Write a folder for somebody who helps you: versions, status, findings. No keys, no payloads.
    #[command(disable_help_flag = true)]
    SupportBundle {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
    /// Show what was recorded, the newest last.
    #[command(disable_help_flag = true)]
    Log {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
    /// The same, and then what is recorded from here on.
    #[command(disable_help_flag = true)]
    Tail {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
    /// Check a policy, run its examples, or list the rules in force.
    #[command(disable_help_flag = true)]
    Policy {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
    /// Check that the journal is whole.
    #[command(disable_help_flag = true)]
    Verify {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
}

/// Parses the command line and runs it.
pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => {
            // Help and version are no errors and go to standard output; clap knows.
            told.print().ok();
            return ExitCode::from(u8::try_from(told.exit_code()).unwrap_or(2));
        }
    };
    match arguments.command {
        Command::Hook { agent, event } => crate::hook::run(&agent, &event),
        Command::Status { json } => ask::status(json),
        Command::Explain { what } => match code(&what) {
            Some(code) => ask::explain(code),
            None => engine::run(),
        },
        Command::Judge { .. }
        | Command::Scan { .. }
        | Command::Install { .. }
        | Command::Uninstall { .. }
        | Command::Doctor { .. }
        | Command::Try { .. }
        | Command::SupportBundle { .. }
        | Command::Log { .. }
        | Command::Tail { .. }
        | Command::Policy { .. }
        | Command::Verify { .. } => engine::run(),
    }
}

/// A code has a digit or is in capitals: `make` is a command, though its letters could be a code's.
fn code(what: &[OsString]) -> Option<Code> {
    let [one] = what else { return None };
    let text = one.to_str()?;
    let typed = text.bytes().any(|b| b.is_ascii_digit()) || !text.bytes().any(|b| b.is_ascii_lowercase());
    Code::parse(text).filter(|_| typed)
}

/// Says what went wrong, on standard error.
fn fail(exit: Exit, text: &str) -> ExitCode {
    // A reader that has gone away changes nothing about the exit code.
    writeln!(std::io::stderr(), "{text}").ok();
    exit.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_hold_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_short_command_is_not_taken_for_a_code() {
        let is_code = |text: &str| code(&[OsString::from(text)]).is_some();
        assert!(is_code("7QK4") && is_code("7qk4") && is_code("MAKE"));
        assert!(!is_code("make") && !is_code("ls") && !is_code("rm -rf /"));
        assert_eq!(code(&["7QK4".into(), "x".into()]), None);
    }
}
