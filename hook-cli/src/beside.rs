//! The daemon's program, which lies beside this one: executed for what needs the engine.

use platform::names::{DAEMON_PROGRAM, User};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The program beside this one, if nobody but root and the owner of this program can have put it there.
///
/// # Errors
///
/// Why it is not to be executed, as a sentence.
pub(crate) fn program() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|e| format!("This program cannot find itself: {e}"))?;
    let folder = own.parent().unwrap_or(Path::new("/"));
    let program = folder.join(DAEMON_PROGRAM);
    let named = |path: &Path, error: &io::Error| format!("{}: {error}", path.display());
    let own_owner = std::fs::metadata(&own).map_err(|e| named(&own, &e))?.uid();
    let me = User::of_process().uid;
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
