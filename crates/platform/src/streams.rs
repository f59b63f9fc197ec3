//! Standard input, output and error beside one socket, never waiting beyond a moment.
//!
//! What the hook's single thread needs instead of a watchdog. Standard streams stay in their blocking mode (they are
//! shared with the agent); a read or write happens only after `poll` has said that it will not wait. Buffers are filled
//! in their spare capacity, so memory that no byte reaches is never touched.

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use rustix::stdio;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What can be done now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// The socket has something to read, or has been closed.
    pub receive: bool,
    /// Standard input has something to read, or is at its end.
    pub input: bool,
}

/// Waits until the socket can be read, or (`sending`) written, or (`input`) standard input can be read. `None` when
/// `until` has passed.
pub fn wait(socket: &UnixStream, sending: bool, input: bool, until: Instant) -> Option<Ready> {
    let events = if sending { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
    let mut fds = [PollFd::new(socket, events), PollFd::from_borrowed_fd(stdio::stdin(), PollFlags::IN)];
    let count = if input { 2 } else { 1 };
    poll_until(fds.get_mut(..count)?, until)?;
    let [first, second] = fds.map(|fd| fd.revents());
    Some(Ready {
        receive: first.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR),
        input: input && !second.is_empty(),
    })
}

/// Would [`read_input`] return at once?
pub fn input_ready() -> bool {
    let mut fds = [PollFd::from_borrowed_fd(stdio::stdin(), PollFlags::IN)];
    matches!(poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(1..))
}

/// Adds what standard input has to `buffer`, up to its capacity; 0 at the end.
///
/// # Errors
///
/// Those of reading.
pub fn read_input(buffer: &mut Vec<u8>) -> io::Result<usize> {
    Ok(rustix::io::read(stdio::stdin(), spare_capacity(buffer))?)
}

/// Reads standard input and forgets it, until its end or `until`.
pub fn drain_input(until: Instant) {
    let mut buffer = Vec::with_capacity(64 * 1024);
    loop {
        let mut fds = [PollFd::from_borrowed_fd(stdio::stdin(), PollFlags::IN)];
        if poll_until(&mut fds, until).is_none() {
            return;
        }
        buffer.clear();
        match rustix::io::read(stdio::stdin(), spare_capacity(&mut buffer)) {
            Ok(0) => return,
            Ok(_) | Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return,
        }
    }
}

/// Sends what goes without waiting.
///
/// # Errors
///
/// `WouldBlock` when nothing goes; those of a broken connection.
pub fn send(socket: &UnixStream, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::net::send(socket, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT)?)
}

/// Adds what has come to `buffer`, up to its capacity; 0 when the other end has closed.
///
/// # Errors
///
/// `WouldBlock` when nothing is there; those of a broken connection.
pub fn receive(socket: &UnixStream, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let (count, _) = rustix::net::recv(socket, spare_capacity(buffer), RecvFlags::DONTWAIT)?;
    Ok(count)
}

/// Closes every descriptor that this process was given beside standard input and output, for a process that has no other
/// open yet and cannot open one. Nothing is written to standard error from here on.
pub fn make_room() {
    /// No limit of descriptors is looked at beyond this.
    const MOST: u64 = 1 << 16;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let most = limit.maximum.unwrap_or(MOST).min(MOST);
    NO_ERRORS.store(true, Ordering::Release);
    for descriptor in 2..i32::try_from(most).unwrap_or(i32::MAX) {
        #[expect(unsafe_code, reason = "what was inherited has no owner in this program")]
        // SAFETY: the caller has opened nothing yet, so nothing in this process holds one of these.
        unsafe {
            rustix::io::close(descriptor);
        }
    }
}

static NO_ERRORS: AtomicBool = AtomicBool::new(false);

/// Writes to standard output, as long as its reader reads and `until` has not passed.
pub fn print(bytes: &[u8], until: Instant) {
    write_all(stdio::stdout(), bytes, until);
}

/// As [`print()`], to standard error.
pub fn print_error(bytes: &[u8], until: Instant) {
    if !NO_ERRORS.load(Ordering::Acquire) {
        write_all(stdio::stderr(), bytes, until);
    }
}

fn write_all(to: BorrowedFd<'_>, mut bytes: &[u8], until: Instant) {
    /// A pipe that is ready for writing takes this much without making its writer wait (`PIPE_BUF`).
    const PIECE: usize = 4096;
    while !bytes.is_empty() {
        let mut fds = [PollFd::from_borrowed_fd(to, PollFlags::OUT)];
        if poll_until(&mut fds, until).is_none() {
            return;
        }
        match rustix::io::write(to, bytes.get(..PIECE).unwrap_or(bytes)) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return,
        }
    }
}

/// `None` when `until` has passed, or the system cannot wait.
fn poll_until(fds: &mut [PollFd<'_>], until: Instant) -> Option<()> {
    loop {
        let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        let left = Timespec::try_from(left).ok()?;
        match poll(fds, Some(&left)) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Some(()),
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pipe::{PipeFlags, pipe_with};
    use std::os::fd::AsFd as _;
    use std::time::Duration;

    #[test]
    fn a_reader_that_does_not_read_is_left_at_the_deadline() {
        let (_reader, writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let start = Instant::now();
        write_all(writer.as_fd(), &vec![b'x'; 1 << 20], start + Duration::from_millis(50));
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_reader_that_has_gone_is_no_reason_to_die() {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        drop(reader);
        write_all(writer.as_fd(), b"x", Instant::now() + Duration::from_secs(5));
    }

    #[test]
    fn a_silent_socket_is_waited_for_until_the_deadline() {
        let (one, two) = UnixStream::pair().unwrap();
        let soon = Instant::now() + Duration::from_millis(30);
        assert_eq!(wait(&one, false, false, soon), None);
        assert!(Instant::now() >= soon);
        assert_eq!(wait(&one, true, false, Instant::now() + Duration::from_secs(5)), Some(Ready::default()));
        drop(two);
        let closed = wait(&one, false, false, Instant::now() + Duration::from_secs(5)).unwrap();
        assert!(closed.receive);
        assert_eq!(receive(&one, &mut Vec::with_capacity(9)).unwrap(), 0);
    }
}
