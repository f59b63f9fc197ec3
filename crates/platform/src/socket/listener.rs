//! The daemon's side: one daemon per socket, and no socket taken from under a living one.
//!
//! A lock file beside the socket is held for life, so two daemons cannot both decide that an old socket is dead. Under
//! the lock the old socket is dialled; only one that refuses is removed. A socket that the service manager holds is
//! taken as it is and never removed.

use super::{Error, client, fits};
use crate::files;
use crate::names::Scope;
use interprocess::local_socket::{GenericFilePath, ListenerOptions, ToFsName as _};
use interprocess::os::unix::local_socket::ListenerOptionsExt as _;
use interprocess::os::unix::uds_local_socket::Listener as PathListener;
use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::io::Errno;
use std::fs::{File, Permissions};
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A socket that is ours while this value lives. Dropping it removes the socket, if it is still the one we made.
#[derive(Debug)]
pub struct Listening {
    listener: UnixListener,
    path: PathBuf,
    /// Device and inode of the socket; `None` for one that the service manager holds.
    made: Option<(u64, u64)>,
    /// Held for life; the file itself stays, since removing it would let two daemons hold two locks.
    _lock: File,
}

impl Listening {
    /// Prepares the folder and listens at `path`. Of a system, the folder is 0755 and every user may connect; of a
    /// user, it is 0700.
    ///
    /// # Errors
    ///
    /// [`Error::Running`] when a daemon lives there; [`Error::Occupied`] for something that is no socket;
    /// [`Error::NotFolder`] or [`Error::Owner`] for a folder that cannot be trusted; [`Error::TooLong`];
    /// [`Error::Io`].
    pub fn at(path: &Path, scope: Scope) -> Result<Self, Error> {
        fits(path)?;
        let lock = lock(path, scope)?;
        remove_dead(path)?;
        let mode = if scope == Scope::System { 0o666 } else { 0o600 };
        let name = path.to_fs_name::<GenericFilePath>().map_err(Error::io(path))?;
        let listener: PathListener = ListenerOptions::new()
            .name(name)
            .mode(mode)
            // The name is removed by us, under the lock and by inode; the library would do it by name alone.
            .reclaim_name(false)
            .create_sync_as()
            .map_err(Error::io(path))?;
        // Binding takes the umask away from the mode, so a system's socket must be opened to all afterwards. Nobody but
        // us can have put another file here: the folder is ours and closed to writers.
        std::fs::set_permissions(path, Permissions::from_mode(mode)).map_err(Error::io(path))?;
        let meta = std::fs::symlink_metadata(path).map_err(Error::io(path))?;
        Ok(Self { listener: listener.into(), path: path.to_owned(), made: Some((meta.dev(), meta.ino())), _lock: lock })
    }

    /// Takes the socket that the service manager holds for `path`, if it holds one.
    ///
    /// # Errors
    ///
    /// [`Error::Activation`] when what was handed over is not one listening Unix socket; [`Error::Running`]; those of
    /// the folder, as [`Self::at`].
    pub fn activated(path: &Path, scope: Scope) -> Result<Option<Self>, Error> {
        let count = activation();
        match count {
            0 => Ok(None),
            1 => {
                let lock = lock(path, scope)?;
                let listener = take_activated()?;
                Ok(Some(Self { listener, path: path.to_owned(), made: None, _lock: lock }))
            }
            _ => Err(Error::Activation("more than one socket")),
        }
    }

    pub fn listener(&self) -> &UnixListener {
        &self.listener
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Does the service manager hold this socket, so that hooks wait while the daemon restarts?
    pub fn is_activated(&self) -> bool {
        self.made.is_none()
    }

    /// Is the file at our path still our socket? Cleaners of temporary folders, and people, remove it.
    pub fn is_in_place(&self) -> bool {
        let at_path = || std::fs::symlink_metadata(&self.path).ok().map(|meta| (meta.dev(), meta.ino()));
        self.made.is_none_or(|made| at_path() == Some(made))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if self.made.is_some() && self.is_in_place() {
            std::fs::remove_file(&self.path).ok();
        }
    }
}

fn lock(path: &Path, scope: Scope) -> Result<File, Error> {
    let folder = path.parent().unwrap_or(path);
    let mode = if scope == Scope::System { 0o755 } else { 0o700 };
    files::folder(folder, mode).map_err(|error| match error {
        files::Error::NotFolder(path) => Error::NotFolder(path),
        files::Error::Owner { path, owner } => Error::Owner { path, owner },
        files::Error::Io { path, source } => Error::Io { path, source },
        other => Error::Io { path: folder.to_owned(), source: std::io::Error::other(other) },
    })?;
    let file = path.with_extension("lock");
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let lock: File =
        rustix::fs::open(&file, flags, Mode::from_raw_mode(0o600)).map_err(|e| Error::io(&file)(e.into()))?.into();
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(Errno::AGAIN) => Err(Error::Running(path.to_owned())),
        Err(other) => Err(Error::io(&file)(other.into())),
    }
}

/// Removes a socket that nobody listens at. To be called under the lock.
fn remove_dead(path: &Path) -> Result<(), Error> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io(path)(error)),
        Ok(meta) if !meta.file_type().is_socket() => return Err(Error::Occupied(path.to_owned())),
        Ok(_) => {}
    }
    match client::dial(path, Instant::now()) {
        // A daemon that does not know our lock, or one with a full queue: it lives.
        Ok(_) | Err(Error::Busy(_)) => Err(Error::Running(path.to_owned())),
        Err(Error::Absent(_)) => std::fs::remove_file(path).map_err(Error::io(path)),
        Err(other) => Err(other),
    }
}

/// How many sockets the service manager says it handed to this process.
fn activation() -> u32 {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    match (number("LISTEN_PID"), number("LISTEN_FDS")) {
        (Some(pid), Some(count)) if pid == std::process::id() => count,
        _ => 0,
    }
}

fn take_activated() -> Result<UnixListener, Error> {
    /// Descriptors are handed over from this number on (`SD_LISTEN_FDS_START`).
    const FIRST: i32 = 3;
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::AcqRel) {
        return Err(Error::Activation("a socket that is already in use"));
    }
    if std::fs::symlink_metadata(format!("/proc/self/fd/{FIRST}")).is_err() {
        return Err(Error::Activation("no open socket"));
    }
    #[expect(unsafe_code, reason = "a number handed over by the service manager becomes a descriptor that we own")]
    // SAFETY: the descriptor is open (checked above); by the protocol of socket activation it is this process's to own,
    // and `TAKEN` gives it away once.
    let socket = unsafe { OwnedFd::from_raw_fd(FIRST) };
    let unix = rustix::net::sockopt::socket_domain(&socket) == Ok(rustix::net::AddressFamily::UNIX);
    if !unix || rustix::net::sockopt::socket_acceptconn(&socket) != Ok(true) {
        return Err(Error::Activation("something that is not a listening Unix socket"));
    }
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)
        .map_err(|e| Error::io(Path::new("/proc/self/fd/3"))(e.into()))?;
    Ok(socket.into())
}
