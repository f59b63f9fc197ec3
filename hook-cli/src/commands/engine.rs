//! Commands that need the engine: executed by the `taffraild` that lies beside this program.

use super::fail;
use crate::exit::Exit;
use platform::names::DAEMON_PROGRAM;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Replaces this process by the daemon's program, with the same arguments.
pub(super) fn run() -> ExitCode {
    match beside() {
        Ok(program) => {
            let error = Command::new(&program).args(std::env::args_os().skip(1)).exec();
            fail(Exit::NeedsYou, &format!("{} cannot be executed: {error}", program.display()))
        }
        Err(why) => fail(Exit::NeedsYou, &why),
    }
}

/// The program beside this one, if nobody but root and the owner of this program can have put it there.
fn beside() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|e| format!("This program cannot find itself: {e}"))?;
    let folder = own.parent().unwrap_or(Path::new("/"));
    let program = folder.join(DAEMON_PROGRAM);
    let named = |path: &Path, error: &io::Error| format!("{}: {error}", path.display());
    let own_owner = std::fs::metadata(&own).map_err(|e| named(&own, &e))?.uid();
    let me = platform::names::User::of_process().uid;
    for path in [folder, &program] {
        let meta = std::fs::metadata(path).map_err(|e| named(path, &e))?;
        if ![0, me, own_owner].contains(&meta.uid()) {
            return Err(format!("{} belongs to user {} and is not executed.", path.display(), meta.uid()));
        }
        if meta.mode() & 0o002 != 0 {
            return Err(format!("Everyone may write to {}; it is not executed.", path.display()));
        }
    }
    Ok(program)
}
