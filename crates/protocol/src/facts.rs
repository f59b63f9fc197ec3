//! Facts: what the daemon looked up for one call. The analysers see the world through this alone.

use crate::field::Field;
use crate::path::AbsPath;
use std::sync::Arc;

/// What is given with every call, and the way to look further.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    pub base: &'a Base,
    pub look: &'a dyn Look,
}

impl std::fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Facts").field("base", self.base).finish_non_exhaustive()
    }
}

/// The facts that need no further look.
#[derive(Clone, Debug)]
pub struct Base {
    pub cwd: AbsPath,
    /// The caller's home folder: what `~` means to the agent's shell, where that folder is the caller's own.
    pub home: Option<AbsPath>,
    /// The workspace: repository top, worktrees and submodules, folders given to the agent. Never the home folder.
    /// Empty where it is not known.
    pub workspace: Vec<AbsPath>,
    /// The caller's account name.
    pub user: Option<String>,
    /// `$TMPDIR` and the agent's scratch folders, beside `/tmp` and `/var/tmp`.
    pub temporary: Vec<AbsPath>,
    /// Where Taffrail keeps its own files on this machine.
    pub own_files: Vec<AbsPath>,
    /// Do file names that differ in case name different files here?
    pub case_sensitive: bool,
}

/// Look-ups with the caller's rights. Every answer may be [`Field::Unknown`]; an implementation caches per call.
pub trait Look {
    /// What lies at this path, links not followed.
    fn kind(&self, path: &AbsPath) -> Field<Kind>;

    /// The path with all links followed: of the deepest part that exists, with the rest added.
    fn resolve(&self, path: &AbsPath) -> Field<AbsPath>;

    /// The content of a regular file of at most 256 KiB.
    fn read(&self, path: &AbsPath) -> Field<Arc<[u8]>>;

    /// The nearest folder at or above `path` that holds `.git`.
    fn repository(&self, path: &AbsPath) -> Field<Option<AbsPath>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nothing,
    File,
    Folder,
    Link,
    /// A device, a pipe, a socket.
    Other,
}

/// No look-ups: batch judging and replays. Nothing is known beyond [`Base`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Blind;

impl Look for Blind {
    fn kind(&self, _: &AbsPath) -> Field<Kind> {
        Field::Unknown(crate::Why::NoFacts)
    }

    fn resolve(&self, _: &AbsPath) -> Field<AbsPath> {
        Field::Unknown(crate::Why::NoFacts)
    }

    fn read(&self, _: &AbsPath) -> Field<Arc<[u8]>> {
        Field::Unknown(crate::Why::NoFacts)
    }

    fn repository(&self, _: &AbsPath) -> Field<Option<AbsPath>> {
        Field::Unknown(crate::Why::NoFacts)
    }
}
