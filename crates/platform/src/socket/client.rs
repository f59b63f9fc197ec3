//! The hook's side: nothing is sent before the folder and the process at the other end are trusted.

use super::{Error, fits};
use crate::names::Scope;
use crate::peer::Peer;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect as connect_to, socket_with};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long to wait between two tries while the daemon's queue is full.
const RETRY: Duration = Duration::from_millis(2);

/// Connects to a daemon of this scope. The stream is non-blocking.
///
/// The folder must be no link, belong to `owner` and be writable by nobody else (of a user: closed to all others); the
/// listening process must be `owner`'s or root's. `owner` is 0 for a system, else the caller's own uid. A daemon whose
/// queue of connections is full is tried until `deadline`.
///
/// # Errors
///
/// [`Error::Absent`] where nothing listens; [`Error::NotFolder`], [`Error::Owner`], [`Error::Mode`] or
/// [`Error::Stranger`] where something does that is not to be trusted; [`Error::Busy`]; [`Error::TooLong`].
pub fn connect(path: &Path, scope: Scope, owner: u32, deadline: Instant) -> Result<UnixStream, Error> {
    fits(path)?;
    if let Err(fault) = trust_folder(path, scope, owner) {
        // A folder that cannot be trusted says nothing where it holds no socket anyway.
        let empty = std::fs::symlink_metadata(path).is_err_and(|e| e.kind() == std::io::ErrorKind::NotFound);
        return Err(if empty { Error::Absent(path.to_owned()) } else { fault });
    }
    let stream = dial(path, deadline)?;
    let (peer, stream) = Peer::of_stream(stream).map_err(Error::io(path))?;
    if peer.uid != owner && peer.uid != 0 {
        return Err(Error::Stranger { path: path.to_owned(), uid: peer.uid });
    }
    Ok(stream)
}

fn trust_folder(path: &Path, scope: Scope, owner: u32) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    let meta = match std::fs::symlink_metadata(folder) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Error::Absent(path.to_owned())),
        Err(error) => return Err(Error::io(folder)(error)),
    };
    if !meta.is_dir() {
        return Err(Error::NotFolder(folder.to_owned()));
    }
    if meta.uid() != owner {
        return Err(Error::Owner { path: folder.to_owned(), owner: meta.uid() });
    }
    let closed = match scope {
        Scope::System => 0o022,
        Scope::User => 0o077,
    };
    if meta.mode() & closed != 0 {
        return Err(Error::Mode { path: folder.to_owned(), mode: meta.mode() & 0o7777 });
    }
    Ok(())
}

/// Connects without any check of who listens: for [`connect`], and for the daemon that asks whether another lives.
pub(super) fn dial(path: &Path, deadline: Instant) -> Result<UnixStream, Error> {
    let address = SocketAddrUnix::new(path).map_err(|e| Error::io(path)(e.into()))?;
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket =
        socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).map_err(|e| Error::io(path)(e.into()))?;
    loop {
        match connect_to(&socket, &address) {
            Ok(()) => return Ok(socket.into()),
            Err(Errno::NOENT | Errno::CONNREFUSED | Errno::NOTDIR) => return Err(Error::Absent(path.to_owned())),
            Err(Errno::INTR) => {}
            // The queue is full, or no daemon has come yet to the socket that the service manager holds.
            Err(Errno::AGAIN) if Instant::now() < deadline => std::thread::sleep(RETRY),
            Err(Errno::AGAIN) => return Err(Error::Busy(path.to_owned())),
            Err(other) => return Err(Error::io(path)(other.into())),
        }
    }
}

/// How much of what was sent the other end has not read yet, in bytes with the kernel's overhead; 0 when it has read
/// everything. Tells a daemon that is at work from a connection that nobody has taken.
///
/// # Errors
///
/// Those of the system.
#[cfg(target_os = "linux")]
pub fn unread(stream: impl AsFd) -> std::io::Result<u32> {
    #[expect(unsafe_code, reason = "rustix has no safe function for SIOCOUTQ")]
    // SAFETY: SIOCOUTQ (the same number as TIOCOUTQ) writes one `int` through its pointer, which is what this `Getter`
    // provides.
    let count = unsafe {
        let request = rustix::ioctl::Getter::<0x5411, std::ffi::c_int>::new();
        rustix::ioctl::ioctl(stream, request)
    }?;
    Ok(u32::try_from(count).unwrap_or_default())
}
