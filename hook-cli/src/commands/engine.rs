//! Commands that need the engine: executed by the `taffraild` that lies beside this program.

use super::fail;
use crate::beside;
use crate::exit::Exit;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

/// Replaces this process by the daemon's program, with the same arguments.
pub(super) fn run() -> ExitCode {
    match beside::program() {
        Ok(program) => {
            let error = Command::new(&program).args(std::env::args_os().skip(1)).exec();
            fail(Exit::NeedsYou, &format!("{} cannot be executed: {error}", program.display()))
        }
        Err(why) => fail(Exit::NeedsYou, &why),
    }
}
