//! The texts that paths name: files, what lies in folders, standard input.

use ignore::WalkBuilder;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Of a file at most so much is looked at.
pub(super) const LONGEST: u64 = 64 * 1024 * 1024;

/// A file of a folder is binary if a NUL stands within its first bytes.
const BINARY: usize = 8 * 1024;

/// One text, or why there is none.
pub(super) enum Looked<'a> {
    Text {
        path: &'a Path,
        text: &'a [u8],
        /// There was more than [`LONGEST`].
        cut: bool,
    },
    /// A binary file in a folder.
    Binary,
    Failed {
        what: String,
    },
}

pub(super) fn is_there(path: &Path) -> bool {
    path == Path::new("-") || path.symlink_metadata().is_ok()
}

/// Gives every text to `take`, in the order of the paths, and within a folder by name.
pub(super) fn each(paths: &[PathBuf], no_ignore: bool, take: &mut dyn FnMut(Looked<'_>)) {
    let mut buffer = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            give(path, read(io::stdin().lock(), &mut buffer), &buffer, take);
        } else if path.is_dir() {
            folder(path, no_ignore, &mut buffer, take);
        } else {
            let read = File::open(path).and_then(|file| read(file, &mut buffer));
            give(path, read, &buffer, take);
        }
    }
}

fn folder(path: &Path, no_ignore: bool, buffer: &mut Vec<u8>, take: &mut dyn FnMut(Looked<'_>)) {
    let walk = WalkBuilder::new(path)
        // `.env` is what this is for.
        .hidden(false)
        .ignore(!no_ignore)
        .git_ignore(!no_ignore)
        .git_global(!no_ignore)
        .git_exclude(!no_ignore)
        .parents(!no_ignore)
        .follow_links(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                take(Looked::Failed { what: error.to_string() });
                continue;
            }
        };
        // No links, and nothing that could block: pipes, sockets, devices.
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let read = File::open(entry.path()).and_then(|file| read(file, buffer));
        let start = buffer.get(..BINARY.min(buffer.len())).unwrap_or_default();
        if read.is_ok() && start.contains(&0) {
            take(Looked::Binary);
        } else {
            give(entry.path(), read, buffer, take);
        }
    }
}

fn give(path: &Path, read: io::Result<bool>, text: &[u8], take: &mut dyn FnMut(Looked<'_>)) {
    match read {
        Ok(cut) => take(Looked::Text { path, text, cut }),
        Err(error) => take(Looked::Failed { what: format!("{}: {error}", path.display()) }),
    }
}

/// Reads at most [`LONGEST`] bytes; says whether there were more.
fn read(from: impl Read, buffer: &mut Vec<u8>) -> io::Result<bool> {
    buffer.clear();
    from.take(LONGEST + 1).read_to_end(buffer)?;
    let cut = buffer.len() as u64 > LONGEST;
    if cut {
        buffer.pop();
    }
    Ok(cut)
}
