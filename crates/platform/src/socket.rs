//! The socket between hook and daemon: connecting with distrust, listening without taking over what lives.

pub mod client;
pub mod listener;

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The longest path that fits into a socket address (`sun_path` is 108 bytes with its final zero on Linux, 104 on
/// macOS).
pub const MAX_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Why there is no connection, or no listener.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{path}: the path of a socket can be {MAX_PATH} bytes long, this one has {length}", path = path.display())]
    TooLong { path: PathBuf, length: usize },
    #[error("no daemon listens at {path}", path = .0.display())]
    Absent(PathBuf),
    #[error("the daemon at {path} takes no more connections", path = .0.display())]
    Busy(PathBuf),
    #[error("{path} is not a folder (a link is not followed)", path = .0.display())]
    NotFolder(PathBuf),
    #[error("{path} belongs to user {owner}", path = path.display())]
    Owner { path: PathBuf, owner: u32 },
    #[error("others may write to {path} (mode {mode:o})", path = path.display())]
    Mode { path: PathBuf, mode: u32 },
    #[error("the process that listens at {path} belongs to user {uid}", path = path.display())]
    Stranger { path: PathBuf, uid: u32 },
    #[error("a daemon is already running at {path}", path = .0.display())]
    Running(PathBuf),
    #[error("{path} is there and is not a socket", path = .0.display())]
    Occupied(PathBuf),
    #[error("the service manager handed over {0}")]
    Activation(&'static str),
    #[error("{path}: {source}", path = path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl Error {
    /// Has this process no descriptor left?
    pub fn is_full(&self) -> bool {
        let full = |source: &io::Error| source.raw_os_error() == Some(rustix::io::Errno::MFILE.raw_os_error());
        matches!(self, Self::Io { source, .. } if full(source))
    }

    fn io(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }
}

fn fits(path: &Path) -> Result<(), Error> {
    let length = path.as_os_str().as_bytes().len();
    if length > MAX_PATH { Err(Error::TooLong { path: path.to_owned(), length }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
