//! Reads that cannot hang or grow, and writes that are there whole or not at all.

mod folder;

pub use folder::Folder;

use rustix::fs::{self, Mode, OFlags};
use std::fs::{DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a file was not read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{path}: {source}", path = path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} is not a regular file", path = .0.display())]
    NotRegular(PathBuf),
    #[error("{path} is over {limit} bytes", path = path.display())]
    TooBig { path: PathBuf, limit: u64 },
    #[error("{path} belongs to user {owner}", path = path.display())]
    Owner { path: PathBuf, owner: u32 },
    #[error("{path} can be written to by others (mode {mode:o})", path = path.display())]
    Mode { path: PathBuf, mode: u32 },
    #[error("{path} has another name elsewhere", path = .0.display())]
    Linked(PathBuf),
    #[error("{path} is not a folder", path = .0.display())]
    NotFolder(PathBuf),
}

impl Error {
    fn io(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }

    /// Is there simply nothing at this path?
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Opens a regular file: the last component is not followed if it is a link, and a pipe or device neither blocks nor
/// is read.
///
/// # Errors
///
/// [`Error::Io`], [`Error::NotRegular`].
pub fn open(path: &Path) -> Result<File, Error> {
    // NOFOLLOW gives ELOOP for a link; NONBLOCK opens a pipe without waiting for its writer; NOCTTY takes no terminal.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file: File = match fs::open(path, flags, Mode::empty()) {
        Ok(file) => file.into(),
        Err(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO) => return Err(Error::NotRegular(path.to_owned())),
        Err(other) => return Err(Error::io(path)(other.into())),
    };
    if file.metadata().map_err(Error::io(path))?.is_file() { Ok(file) } else { Err(Error::NotRegular(path.to_owned())) }
}

/// Reads a regular file of at most `limit` bytes, as [`open`] opens it. A file that grows while it is read, or lies
/// about its size, is [`Error::TooBig`] all the same.
///
/// # Errors
///
/// [`Error::Io`], [`Error::NotRegular`], [`Error::TooBig`].
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    read_open(&open(path)?, path, limit)
}

/// [`read`], but links are followed, as whoever uses the file does. `owner`: only a file of that user's is read, wherever
/// the links lead: for a process that may read more than the user who made them.
///
/// # Errors
///
/// [`Error::Io`], [`Error::NotRegular`], [`Error::Owner`], [`Error::TooBig`].
pub fn read_linked(path: &Path, limit: u64, owner: Option<u32>) -> Result<Vec<u8>, Error> {
    // A link put there after it was resolved is not followed; a folder exchanged meanwhile is what `owner` is for.
    let target = std::fs::canonicalize(path).map_err(Error::io(path))?;
    // To open some devices is to do something with them: what is no file is seen before it is opened.
    if !std::fs::symlink_metadata(&target).map_err(Error::io(path))?.is_file() {
        return Err(Error::NotRegular(target));
    }
    let file = open(&target)?;
    let found = file.metadata().map_err(Error::io(path))?.uid();
    match owner {
        Some(owner) if owner != found => Err(Error::Owner { path: target, owner: found }),
        _ => read_open(&file, &target, limit),
    }
}

/// [`read`], and the file must belong to one of `owners` and be writable by nobody else.
///
/// # Errors
///
/// Any of [`enum@Error`].
pub fn read_owned(path: &Path, limit: u64, owners: &[u32]) -> Result<Vec<u8>, Error> {
    let file = open(path)?;
    let meta = file.metadata().map_err(Error::io(path))?;
    if !owners.contains(&meta.uid()) {
        return Err(Error::Owner { path: path.to_owned(), owner: meta.uid() });
    }
    if meta.mode() & 0o022 != 0 {
        return Err(Error::Mode { path: path.to_owned(), mode: meta.mode() & 0o7777 });
    }
    read_open(&file, path, limit)
}

fn read_open(file: &File, path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let size = file.metadata().map_err(Error::io(path))?.len();
    let too_big = || Error::TooBig { path: path.to_owned(), limit };
    if size > limit {
        return Err(too_big());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(Error::io(path))?;
    if bytes.len() as u64 > limit { Err(too_big()) } else { Ok(bytes) }
}

/// Makes sure that a private folder is there: mode 0700, this process's own, no link. Missing parents are made the
/// same way; a folder of ours that others may enter is closed.
///
/// # Errors
///
/// [`Error::Io`], [`Error::NotFolder`] for a link or a file, [`Error::Owner`].
pub fn private_folder(path: &Path) -> Result<(), Error> {
    folder(path, 0o700)
}

/// As [`private_folder`], but with this mode.
///
/// # Errors
///
/// As [`private_folder`].
pub fn folder(path: &Path, mode: u32) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(mode).create(path).or_else(|e| {
        // Recursive creation accepts a link to a folder; `symlink_metadata` below does not.
        if e.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(Error::io(path)(e)) }
    })?;
    let meta = std::fs::symlink_metadata(path).map_err(Error::io(path))?;
    if !meta.is_dir() {
        return Err(Error::NotFolder(path.to_owned()));
    }
    let me = rustix::process::geteuid().as_raw();
    if meta.uid() != me {
        return Err(Error::Owner { path: path.to_owned(), owner: meta.uid() });
    }
    if meta.mode() & 0o7777 != mode {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(Error::io(path))?;
    }
    Ok(())
}

/// Makes a folder for another user in one of ours: theirs, and of our group, which may write there as well. So it takes
/// no right over other users' files to take one away. A folder that is there already is given to them.
///
/// # Errors
///
/// [`Error::Io`], [`Error::NotFolder`] for a link or a file.
pub fn folder_of(path: &Path, uid: u32) -> Result<(), Error> {
    match DirBuilder::new().mode(0o700).create(path) {
        // While it is ours still: the mode of another's folder is not ours to set.
        Ok(()) => {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o770)).map_err(Error::io(path))?;
        }
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(Error::io(path)(error)),
        Err(_) => {}
    }
    if !std::fs::symlink_metadata(path).map_err(Error::io(path))?.is_dir() {
        return Err(Error::NotFolder(path.to_owned()));
    }
    let group = rustix::process::getegid().as_raw();
    std::os::unix::fs::lchown(path, Some(uid), Some(group)).map_err(Error::io(path))
}

/// Writes a file so that a reader, or a machine that loses power, sees the old content or the new, never a part:
/// temporary file beside it, fsync, rename, fsync of the folder. The file gets exactly this mode.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_atomic(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", rustix::process::getpid().as_raw_nonzero()));
    let temporary = parent.join(name);
    let written =
        write_new(&temporary, bytes, mode).and_then(|()| std::fs::rename(&temporary, path).map_err(Error::io(path)));
    if written.is_err() {
        std::fs::remove_file(&temporary).ok();
    }
    written?;
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(Error::io(parent))
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    // What lies there is of a process that died with our number; a link there is removed, not followed.
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(Error::io(path)(e)),
        _ => {}
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file: File =
        fs::open(path, flags, Mode::from_raw_mode(0o600)).map_err(|e| Error::io(path)(e.into()))?.into();
    file.write_all(bytes).map_err(Error::io(path))?;
    file.set_permissions(std::fs::Permissions::from_mode(mode)).map_err(Error::io(path))?;
    file.sync_all().map_err(Error::io(path))
}

#[cfg(test)]
mod tests;
