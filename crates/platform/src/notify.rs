//! Telling the service manager how it goes: datagrams to `$NOTIFY_SOCKET`, as `sd_notify` sends them.

use rustix::net::{AddressFamily, SendFlags, SocketAddrUnix, SocketFlags, SocketType, sendto, socket_with};
use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Duration;

/// The line to the service manager; does nothing where there is none.
#[derive(Debug, Default)]
pub struct Notifier {
    to: Option<(OwnedFd, SocketAddrUnix)>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// By the environment of this process: `NOTIFY_SOCKET`, and `WATCHDOG_USEC` where `WATCHDOG_PID` is ours or unset.
    ///
    /// # Errors
    ///
    /// When `NOTIFY_SOCKET` is set and is no address, or no socket is to be had.
    pub fn of_process() -> io::Result<Self> {
        let watchdog = std::env::var("WATCHDOG_PID")
            .map_or(true, |pid| pid.parse() == Ok(rustix::process::getpid().as_raw_nonzero().get()))
            .then(|| std::env::var("WATCHDOG_USEC").ok()?.parse().ok().map(Duration::from_micros))
            .flatten();
        let mut notifier = match std::env::var_os("NOTIFY_SOCKET") {
            Some(address) if !address.is_empty() => Self::to(&address)?,
            _ => Self::default(),
        };
        notifier.watchdog = watchdog.filter(|interval| !interval.is_zero());
        Ok(notifier)
    }

    /// To the socket at this path, or of this abstract name where it begins with `@`.
    ///
    /// # Errors
    ///
    /// When the address is too long or of an unknown form, or no socket is to be had.
    pub fn to(address: &OsStr) -> io::Result<Self> {
        let address = match address.as_bytes() {
            [b'@', name @ ..] => SocketAddrUnix::new_abstract_name(name)?,
            [b'/', ..] => SocketAddrUnix::new(address)?,
            _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "NOTIFY_SOCKET is neither a path nor a name")),
        };
        let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
        Ok(Self { to: Some((socket, address)), watchdog: None })
    }

    /// The daemon answers calls.
    ///
    /// # Errors
    ///
    /// Those of sending; a service manager that has gone is no reason to stop.
    pub fn ready(&self) -> io::Result<()> {
        self.send("READY=1")
    }

    /// # Errors
    ///
    /// As [`Self::ready`].
    pub fn stopping(&self) -> io::Result<()> {
        self.send("STOPPING=1")
    }

    /// Still alive. To be sent at least every half of [`Self::watchdog`].
    ///
    /// # Errors
    ///
    /// As [`Self::ready`].
    pub fn alive(&self) -> io::Result<()> {
        self.send("WATCHDOG=1")
    }

    /// One line for `systemctl status`.
    ///
    /// # Errors
    ///
    /// As [`Self::ready`].
    pub fn status(&self, line: &str) -> io::Result<()> {
        self.send(&format!("STATUS={}", line.replace('\n', " ")))
    }

    /// How long the service manager waits for a sign of life.
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    fn send(&self, state: &str) -> io::Result<()> {
        let Some((socket, address)) = &self.to else { return Ok(()) };
        sendto(socket, state.as_bytes(), SendFlags::NOSIGNAL | SendFlags::DONTWAIT, address)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    fn received(socket: &UnixDatagram) -> String {
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut bytes = [0; 100];
        let count = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..count].to_vec()).unwrap()
    }

    #[test]
    fn a_service_manager_at_a_path_is_told() {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::to(path.as_os_str()).unwrap();
        notifier.ready().unwrap();
        notifier.alive().unwrap();
        notifier.status("two\nlines").unwrap();
        notifier.stopping().unwrap();
        let all: Vec<_> = (0..4).map(|_| received(&manager)).collect();
        assert_eq!(all, ["READY=1", "WATCHDOG=1", "STATUS=two lines", "STOPPING=1"]);
    }

    #[test]
    fn a_service_manager_of_an_abstract_name_is_told() {
        let name = format!("taffrail-notify-{}", std::process::id());
        let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        Notifier::to(OsStr::new(&format!("@{name}"))).unwrap().ready().unwrap();
        assert_eq!(received(&manager), "READY=1");
    }

    #[test]
    fn without_a_service_manager_nothing_is_sent_and_nothing_fails() {
        Notifier::default().ready().unwrap();
        assert!(Notifier::to(OsStr::new("relative")).is_err());
    }
}
