//! Processes, told apart from later ones with the same number by their start time.

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A process that was started by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    /// Clock ticks from boot to its start.
    pub(crate) started: u64,
}

impl Process {
    /// The living process with this number.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name is in brackets and may hold anything, brackets and spaces too.
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        let state = fields.next()?;
        let started = fields.nth(18)?.parse().ok()?;
        (state != "Z" && state != "X").then_some(Self { pid, started })
    }

    pub(crate) fn alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Asks it to end, waits, and makes it end when it does not. Says whether it had to be made to.
    pub(crate) fn end(self, patience: Duration) -> Result<bool> {
        if !self.alive() {
            return Ok(false);
        }
        terminate(self.pid)?;
        let gone = || Ok((!self.alive()).then_some(()));
        if test_support::until("the process to end", patience, gone).is_ok() {
            return Ok(false);
        }
        signal(self.pid, Signal::KILL)?;
        test_support::until("the killed process to end", patience, gone)?;
        Ok(true)
    }
}

pub(crate) fn terminate(pid: u32) -> Result<()> {
    signal(pid, Signal::TERM)
}

fn signal(pid: u32, signal: Signal) -> Result<()> {
    let number = i32::try_from(pid).ok().and_then(Pid::from_raw).context("a process id")?;
    kill_process(number, signal).with_context(|| format!("signal process {pid}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_later_process_with_the_same_number_is_another_one() {
        let me = Process::of(std::process::id()).unwrap();
        assert!(me.alive());
        assert!(!Process { started: me.started + 1, ..me }.alive());
    }

    #[test]
    fn a_process_that_does_not_listen_is_made_to_end() {
        let script = "trap '' TERM; echo on; while :; do sleep 0.05; done";
        let mut child =
            Command::new("/bin/sh").args(["-c", script]).stdout(std::process::Stdio::piped()).spawn().unwrap();
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0; 3]).unwrap();
        let process = Process::of(child.id()).unwrap();
        assert!(process.end(Duration::from_millis(300)).unwrap());
        assert!(!process.alive());
        child.wait().unwrap();
    }

    #[test]
    fn a_process_that_is_gone_needs_no_end() {
        let mut child = Command::new("/bin/true").spawn().unwrap();
        let process = Process { pid: child.id(), started: 0 };
        child.wait().unwrap();
        assert!(!process.end(Duration::from_secs(1)).unwrap());
    }
}
