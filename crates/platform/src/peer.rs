//! Who is at the other end of a socket, and the processes above it.
//!
//! Names are what a process says of itself and prove nothing; what counts is the uid from the socket, and pid with
//! start time. A process number can be given out again: every fact is read between two looks at the start time, and a
//! parent that started after its child is no parent.

mod handle;

pub use handle::{Handle, parent};

use interprocess::local_socket::traits::StreamCommon as _;
use interprocess::os::unix::uds_local_socket::Stream;
use rustix::fs::{self, Mode, OFlags};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// The other end, by the kernel's word: who connected (seen from the listener) or who listens (seen from the client).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    pub pid: u32,
    pub uid: u32,
    pub gid: u32,
}

impl Peer {
    /// # Errors
    ///
    /// When the system does not say, as for a peer outside this process's view of the process table.
    pub fn of(stream: impl AsFd) -> io::Result<Self> {
        Ok(Self::of_stream(stream.as_fd().try_clone_to_owned()?.into())?.0)
    }

    /// [`Self::of`] without a copy of the file descriptor.
    ///
    /// # Errors
    ///
    /// As [`Self::of`].
    pub fn of_stream(stream: UnixStream) -> io::Result<(Self, UnixStream)> {
        let stream = Stream::from(stream);
        let creds = stream.peer_creds()?;
        let missing = || io::Error::new(io::ErrorKind::Unsupported, "the system does not say who is at the other end");
        let peer = Self {
            pid: creds.pid().and_then(|pid| u32::try_from(pid).ok()).ok_or_else(missing)?,
            uid: creds.euid().ok_or_else(missing)?,
            gid: creds.egid().ok_or_else(missing)?,
        };
        Ok((peer, UnixStream::from(OwnedFd::from(stream))))
    }
}

/// A process as `/proc` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    /// What it calls itself: at most 15 bytes, asserted.
    pub name: String,
    /// The file it runs, where we may know. Not necessarily UTF-8; ends in ` (deleted)` when the file is gone.
    pub executable: Option<PathBuf>,
    /// Clock ticks since boot.
    pub started: u64,
}

/// Most processes that [`ancestry`] goes up.
pub const MAX_ANCESTRY: usize = 8;

/// The process of this number, or `None` when it is gone.
pub fn process(pid: u32) -> Option<Process> {
    process_in(Path::new("/proc"), pid)
}

/// The process and those above it, nearest first, at most [`MAX_ANCESTRY`]. Ends before the first process.
pub fn ancestry(pid: u32) -> Vec<Process> {
    ancestry_in(Path::new("/proc"), pid)
}

/// The parent of `child` and those above it: what started the hook, since the hook itself is the peer.
pub fn ancestors(child: &Glance) -> Vec<Process> {
    above(Path::new("/proc"), child.parent, child.started)
}

/// What one look at a process tells: enough to say that it is the same one as before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Glance {
    pub pid: u32,
    pub parent: u32,
    /// What it calls itself: changes when it starts another program in its own place.
    pub name: String,
    /// Clock ticks since boot.
    pub started: u64,
}

/// One look at a process: a fraction of what [`process`] costs.
pub fn glance(pid: u32) -> Option<Glance> {
    let (name, parent, started) = stat(&Path::new("/proc").join(pid.to_string()))?;
    Some(Glance { pid, parent, name, started })
}

/// The working folder of a process, where we may know.
pub fn working_folder(pid: u32) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/cwd")).ok()
}

/// The supplementary groups of a process, where we may know.
pub fn groups(pid: u32) -> Option<Vec<u32>> {
    let status = crate::files::read(&PathBuf::from(format!("/proc/{pid}/status")), 64 * 1024).ok()?;
    let line = status.split(|b| *b == b'\n').find_map(|line| line.strip_prefix(b"Groups:"))?;
    std::str::from_utf8(line).ok()?.split_ascii_whitespace().map(|group| group.parse().ok()).collect()
}

fn process_in(proc: &Path, pid: u32) -> Option<Process> {
    let folder = proc.join(pid.to_string());
    let (name, parent, started) = stat(&folder)?;
    let executable = std::fs::read_link(folder.join("exe")).ok();
    // The same process still? Otherwise the link may be another's.
    let (_, _, again) = stat(&folder)?;
    (started == again).then_some(Process { pid, parent, name, executable, started })
}

fn ancestry_in(proc: &Path, pid: u32) -> Vec<Process> {
    let Some(first) = process_in(proc, pid) else { return Vec::new() };
    let mut line = above(proc, first.parent, first.started);
    line.insert(0, first);
    line.truncate(MAX_ANCESTRY);
    line
}

/// The process `parent` and those above it, for a child that started at `started`.
fn above(proc: &Path, mut parent: u32, mut started: u64) -> Vec<Process> {
    let mut line: Vec<Process> = Vec::new();
    while line.len() < MAX_ANCESTRY && parent > 1 {
        // A number that was given out again after the parent died belongs to a younger process.
        let Some(next) = process_in(proc, parent).filter(|next| next.started <= started) else { break };
        (parent, started) = (next.parent, next.started);
        line.push(next);
    }
    line
}

/// Name, parent and start time from `stat`. The name stands in brackets and may itself hold brackets, spaces and
/// newlines, so the fields are counted from the last bracket.
fn stat(folder: &Path) -> Option<(String, u32, u64)> {
    let mut buffer = [0; 2048];
    let bytes = read_once(&folder.join("stat"), &mut buffer)?;
    let open = bytes.iter().position(|b| *b == b'(')?;
    let close = bytes.iter().rposition(|b| *b == b')')?;
    let name = String::from_utf8_lossy(bytes.get(open + 1..close)?).into_owned();
    let mut fields = bytes.get(close + 1..)?.split(|b| *b == b' ').filter(|field| !field.is_empty());
    let parent = number(fields.nth(1)?)?.try_into().ok()?;
    let started = number(fields.nth(17)?)?;
    Some((name, parent, started))
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// A file of `/proc` that fits into the buffer, by one read: the kernel makes such a file anew at each start, and all of
/// it at once. Every call reads two of them, so the questions that [`crate::files::read`] asks first are left out.
fn read_once<'b>(path: &Path, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let file = fs::open(path, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let length = rustix::io::read(file, &mut *buffer).ok()?;
    buffer.get(..length).filter(|bytes| !bytes.is_empty() && bytes.len() < buffer.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake(proc: &Path, pid: u32, parent: u32, name: &str, started: u64) {
        let folder = proc.join(pid.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        let line = format!("{pid} ({name}) S {parent} 1 1 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 {started} 9 9");
        crate::files::write_atomic(&folder.join("stat"), line.as_bytes(), 0o600).unwrap();
    }

    #[test]
    fn both_ends_of_a_socket_know_each_other() {
        let (one, two) = UnixStream::pair().unwrap();
        let peer = Peer::of(&one).unwrap();
        assert_eq!((peer.pid, peer.uid), (std::process::id(), rustix::process::geteuid().as_raw()));
        assert_eq!(Peer::of_stream(two).unwrap().0, peer);
    }

    #[test]
    fn this_test_has_a_parent_that_started_no_later() {
        let line = ancestry(std::process::id());
        assert_eq!(line[0].pid, std::process::id());
        assert_eq!(line[0].executable, std::env::current_exe().ok());
        assert!(line.windows(2).all(|pair| pair[0].parent == pair[1].pid && pair[1].started <= pair[0].started));
    }

    #[test]
    fn a_name_full_of_brackets_does_not_shift_the_fields() {
        let proc = tempfile::tempdir().unwrap();
        fake(proc.path(), 20, 10, "a) S 1 (b\n) R 7", 500);
        fake(proc.path(), 10, 1, "sh", 400);
        let line = ancestry_in(proc.path(), 20);
        assert_eq!(line.iter().map(|p| p.pid).collect::<Vec<_>>(), [20, 10]);
        assert_eq!(line[0].name, "a) S 1 (b\n) R 7");
        assert_eq!(line[0].started, 500);
    }

    #[test]
    fn a_parent_younger_than_its_child_is_a_number_given_out_again() {
        let proc = tempfile::tempdir().unwrap();
        fake(proc.path(), 20, 10, "child", 500);
        fake(proc.path(), 10, 1, "stranger", 501);
        assert_eq!(ancestry_in(proc.path(), 20).len(), 1);
    }

    #[test]
    fn a_ring_of_processes_ends_after_eight() {
        let proc = tempfile::tempdir().unwrap();
        fake(proc.path(), 20, 10, "a", 500);
        fake(proc.path(), 10, 20, "b", 500);
        assert_eq!(ancestry_in(proc.path(), 20).len(), MAX_ANCESTRY);
    }

    #[test]
    fn a_process_that_is_gone_has_no_facts() {
        assert_eq!(process(u32::MAX), None);
        assert!(ancestry(u32::MAX).is_empty());
    }
}
