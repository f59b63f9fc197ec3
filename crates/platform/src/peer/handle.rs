//! A process held by a descriptor: its number cannot be given out again unnoticed.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use rustix::time::Timespec;
use std::os::fd::OwnedFd;

/// A running process, or one that has ended since.
#[derive(Debug)]
pub struct Handle(OwnedFd);

impl Handle {
    /// The process that has this number now.
    pub fn open(pid: u32) -> Option<Self> {
        let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
        pidfd_open(pid, PidfdFlags::empty()).ok().map(Self)
    }

    /// Does it run still? As long as it does, its number is its own.
    pub fn is_running(&self) -> bool {
        let mut ends = [PollFd::new(&self.0, PollFlags::IN)];
        poll(&mut ends, Some(&Timespec::default())) == Ok(0)
    }

    /// Its parent's number. Linux before 6.13 does not tell it this way: `None`.
    pub fn parent(&self) -> Option<u32> {
        let mut info = Info { mask: WANTED, ..Info::default() };
        #[expect(unsafe_code, reason = "rustix has no safe function for PIDFD_GET_INFO")]
        // SAFETY: the opcode is made of the size of `Info`, whose layout is that of the kernel's `struct pidfd_info` of
        // 64 bytes: the kernel reads and writes no more than that.
        let done = unsafe { ioctl(&self.0, Updater::<GET_INFO, Info>::new(&mut info)) };
        done.ok().filter(|()| info.mask & WANTED != 0).map(|()| info.ppid)
    }
}

/// The parent of the process that has this number now.
pub fn parent(pid: u32) -> Option<u32> {
    Handle::open(pid).and_then(|process| process.parent()).or_else(|| super::glance(pid).map(|glance| glance.parent))
}

const GET_INFO: Opcode = opcode::read_write::<Info>(0xff, 11);
/// `PIDFD_INFO_PID`: numbers of the process and its parent.
const WANTED: u64 = 1;

/// `struct pidfd_info` as it first was (Linux 6.13); longer ones accept its length.
#[derive(Default)]
#[repr(C)]
struct Info {
    mask: u64,
    cgroup: u64,
    pid: u32,
    tgid: u32,
    ppid: u32,
    /// Real, effective, saved and file system ids of user and group.
    ids: [u32; 8],
    exit_code: i32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_process_runs_until_it_has_ended() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let handle = Handle::open(child.id()).unwrap();
        assert!(handle.is_running());
        assert_eq!(parent(child.id()), Some(std::process::id()));
        assert_eq!(handle.parent().unwrap_or_else(std::process::id), std::process::id());
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(!handle.is_running());
        assert_eq!(handle.parent(), None);
    }

    #[test]
    fn no_process_has_number_nought_or_the_largest() {
        assert!(Handle::open(0).is_none());
        assert!(Handle::open(u32::MAX).is_none());
        assert_eq!(parent(u32::MAX), None);
    }
}
