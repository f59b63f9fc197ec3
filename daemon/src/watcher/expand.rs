//! Which files of a place are there to be read, and in which folders something of them can appear.

use crate::watching::Place;
use agents::watched::{WatchedFile, watched_files};
use protocol::Agent;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Not watched: every program that starts opens something here, and each time the system would wake us.
const BUSY: [&str; 2] = ["/", "/etc"];
/// Names that are read of a folder; of them the first by name are taken, so that the same ones are each time.
const NAMES: usize = 1 << 16;
const TAKEN: usize = 1024;
/// Names that are read of all folders of one place, however many a pattern leads to.
const ALL_NAMES: usize = 1 << 18;
/// Files of one place.
const FILES: usize = 8192;

/// A file that one or more agents read.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) agents: Vec<Agent>,
    pub(super) file: &'static WatchedFile,
}

#[derive(Debug, Default)]
pub(super) struct Expansion {
    /// Those without a pattern whether they exist or not.
    pub(super) files: BTreeMap<PathBuf, Row>,
    /// Folders as they really lie, and the names that count in them.
    pub(super) folders: BTreeMap<PathBuf, Vec<Name>>,
    /// What is not there yet would appear where we do not watch.
    pub(super) blind: bool,
    pub(super) left_out: usize,
    names: usize,
    real: BTreeMap<PathBuf, Option<PathBuf>>,
}

/// A name, or a pattern of one. Few are not written in a table: those of files that links lead to.
pub(super) type Name = Cow<'static, str>;

pub(super) fn expand(place: &Place) -> Expansion {
    let mut expansion = Expansion::default();
    for agent in Agent::ALL {
        for file in watched_files(*agent).iter().filter(|file| file.scope == place.scope) {
            let parts: Vec<&'static str> = file.path.split('/').collect();
            expansion.walk(&place.base, &parts, &Row { agents: vec![*agent], file });
        }
    }
    expansion
}

impl Expansion {
    fn walk(&mut self, folder: &Path, parts: &[&'static str], row: &Row) {
        let Some((part, rest)) = parts.split_first() else { return };
        let Some(real) = self.real(folder) else { return };
        let busy = BUSY.iter().any(|busy| real == Path::new(busy));
        if !busy {
            self.counts(real.clone(), Name::Borrowed(part));
        }
        let names = if part.contains('*') { self.names(&real, part) } else { vec![part.into()] };
        for name in names {
            let path = folder.join(&name);
            if !rest.is_empty() {
                self.blind |= busy && self.real(&path).is_none();
                self.walk(&path, rest, row);
            } else if self.files.len() < FILES {
                self.file(path, row);
            } else {
                self.left_out += 1;
            }
        }
    }

    fn file(&mut self, path: PathBuf, row: &Row) {
        // What a link leads to changes elsewhere.
        if std::fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_symlink())
            && let Ok(target) = std::fs::canonicalize(&path)
            && let (Some(parent), Some(name)) = (target.parent(), target.file_name())
        {
            self.counts(parent.to_owned(), Name::Owned(name.to_string_lossy().into_owned()));
        }
        let known = self.files.entry(path).or_insert_with(|| Row { agents: Vec::new(), file: row.file });
        known.agents.extend_from_slice(&row.agents);
    }

    fn counts(&mut self, folder: PathBuf, name: Name) {
        let names = self.folders.entry(folder).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }

    /// Where a folder really lies, if it is one.
    fn real(&mut self, folder: &Path) -> Option<PathBuf> {
        if let Some(known) = self.real.get(folder) {
            return known.clone();
        }
        let real = std::fs::canonicalize(folder).ok().filter(|real| real.is_dir());
        self.real.insert(folder.to_owned(), real.clone());
        real
    }

    fn names(&mut self, folder: &Path, pattern: &str) -> Vec<std::ffi::OsString> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let room = NAMES.min(ALL_NAMES.saturating_sub(self.names));
        let mut read = 0;
        let entries = entries.take(room).inspect(|_| read += 1);
        let names = entries.flatten().map(|entry| entry.file_name());
        let mut names: Vec<_> = names.filter(|name| fits(pattern, name)).collect();
        self.names += read;
        // There may have been more.
        self.left_out += usize::from(read == room);
        names.sort_unstable();
        self.left_out += names.len().saturating_sub(TAKEN);
        names.truncate(TAKEN);
        names
    }
}

/// Does a name fit a pattern with at most one `*`?
pub(crate) fn fits(pattern: &str, name: &OsStr) -> bool {
    let name = name.as_bytes();
    match pattern.split_once('*') {
        None => name == pattern.as_bytes(),
        Some((begin, end)) => {
            name.len() >= begin.len() + end.len()
                && name.starts_with(begin.as_bytes())
                && name.ends_with(end.as_bytes())
        }
    }
}
