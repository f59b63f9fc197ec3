//! `taffrail`: the hook that agents call, and the developer's command line.
//!
//! `taffrail hook AGENT EVENT` is matched by hand and never reaches the command line parser: start-up is its whole cost.
//! Every other command is in [`commands`]. This program judges nothing: the daemon does.

mod beside;
mod commands;
mod exit;
mod hook;

use std::process::ExitCode;

fn main() -> ExitCode {
    // Cursor runs the hooks of Claude Code's settings too, without their arguments, and takes exit 2, as of wrong usage,
    // for a deny. Its own entries judge.
    if std::env::args_os().len() == 1 && std::env::var_os("CURSOR_VERSION").is_some() {
        return hook::no_opinion(protocol::Agent::Cursor);
    }
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|command| command == "hook") {
        let mut name = || arguments.next().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (agent, event) = (name(), name());
        if !agent.starts_with('-') {
            return hook::run(&agent, &event);
        }
    }
    commands::run()
}
