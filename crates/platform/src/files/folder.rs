//! A folder of another user, held open: what lies in it is reached through the descriptor, so that no part of its path
//! can be changed meanwhile, and nothing in it is followed, waited for or read without end.

use super::{Error, read_open};
use rustix::fs::{self, AtFlags, Dir, Mode, OFlags};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct Folder {
    held: OwnedFd,
    path: PathBuf,
    owner: u32,
}

impl Folder {
    /// Opens a folder that is no link, belongs to `owner` and is closed to writing by others, but for our own group: see
    /// [`super::folder_of`].
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::NotFolder`], [`Error::Owner`], [`Error::Mode`].
    pub fn open(path: &Path, owner: u32) -> Result<Self, Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let held = match fs::open(path, flags, Mode::empty()) {
            Ok(held) => held,
            Err(rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR) => return Err(Error::NotFolder(path.to_owned())),
            Err(other) => return Err(Error::io(path)(other.into())),
        };
        let stat = fs::fstat(&held).map_err(|error| Error::io(path)(error.into()))?;
        if stat.st_uid != owner {
            return Err(Error::Owner { path: path.to_owned(), owner: stat.st_uid });
        }
        let ours = stat.st_gid == rustix::process::getegid().as_raw();
        if stat.st_mode & (if ours { 0o002 } else { 0o022 }) != 0 {
            return Err(Error::Mode { path: path.to_owned(), mode: stat.st_mode & 0o7777 });
        }
        Ok(Self { held, path: path.to_owned(), owner })
    }

    /// The names in it, at most `most`, in no order.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn names(&self, most: usize) -> Result<Vec<OsString>, Error> {
        let entries = Dir::read_from(&self.held).map_err(|error| Error::io(&self.path)(error.into()))?;
        let names = entries.filter_map(|entry| match entry {
            Ok(entry) if matches!(entry.file_name().to_bytes(), b"." | b"..") => None,
            Ok(entry) => Some(Ok(OsString::from_vec(entry.file_name().to_bytes().to_vec()))),
            Err(error) => Some(Err(Error::io(&self.path)(error.into()))),
        });
        names.take(most).collect()
    }

    /// Reads a regular file of the owner's, of at most `limit` bytes, that has no other name anywhere.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::NotRegular`], [`Error::Owner`], [`Error::Linked`], [`Error::TooBig`].
    pub fn read(&self, name: &OsStr, limit: u64) -> Result<Vec<u8>, Error> {
        let path = self.path.join(name);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file: File = match fs::openat(&self.held, name, flags, Mode::empty()) {
            Ok(file) => file.into(),
            Err(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO) => return Err(Error::NotRegular(path)),
            Err(other) => return Err(Error::io(&path)(other.into())),
        };
        let meta = file.metadata().map_err(Error::io(&path))?;
        if !meta.is_file() {
            return Err(Error::NotRegular(path));
        }
        if meta.uid() != self.owner {
            return Err(Error::Owner { path, owner: meta.uid() });
        }
        if meta.nlink() > 1 {
            return Err(Error::Linked(path));
        }
        read_open(&file, &path, limit)
    }

    /// Takes a name away: a file, a link, a pipe, or a folder that is empty.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        match fs::unlinkat(&self.held, name, AtFlags::empty()) {
            Err(rustix::io::Errno::ISDIR | rustix::io::Errno::PERM) => {
                Ok(fs::unlinkat(&self.held, name, AtFlags::REMOVEDIR)?)
            }
            other => Ok(other?),
        }
    }
}
