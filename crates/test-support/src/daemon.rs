//! The real daemon in a [`Home`].

use crate::{Home, parts, until};
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

/// How long a daemon may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running `taffraild run`. Ended when dropped; its log goes to stderr when the test has failed.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    log: PathBuf,
    socket: PathBuf,
}

impl Daemon {
    /// Starts it and waits until it takes connections.
    ///
    /// # Errors
    ///
    /// When it cannot be started, ends at once, or does not listen in time; with its log.
    pub fn start(home: &Home) -> Result<Self> {
        Self::start_with(home, |_| {})
    }

    /// The same, with arguments or variables of its own.
    ///
    /// # Errors
    ///
    /// As [`Daemon::start`].
    pub fn start_with(home: &Home, prepare: impl FnOnce(&mut Command)) -> Result<Self> {
        Self::spawn(home, prepare)?.listening()
    }

    /// Starts it and does not wait: for tests about a daemon that refuses to start.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn spawn(home: &Home, prepare: impl FnOnce(&mut Command)) -> Result<Self> {
        let mut command = home.command(&home.programs()?.taffraild);
        command.arg("run");
        prepare(&mut command);
        parts::used("taffraild", env!("CARGO_PKG_VERSION"));
        Self::launch(home, &mut command)
    }

    fn launch(home: &Home, command: &mut Command) -> Result<Self> {
        let log = home.root().join("taffraild.log");
        let out = File::options().create(true).append(true).open(&log).context("open the daemon's log")?;
        let child = command.stdout(out.try_clone()?).stderr(out).spawn().context("start the daemon")?;
        Ok(Self { child, log, socket: home.socket() })
    }

    /// Waits until it takes connections.
    fn listening(mut self) -> Result<Self> {
        let connected = until("the daemon's socket", PATIENCE, || {
            if let Some(status) = self.child.try_wait()? {
                bail!("the daemon ended at once ({status})");
            }
            Ok(UnixStream::connect(&self.socket).ok())
        });
        match connected {
            Ok(_) => Ok(self),
            Err(error) => Err(error.context(self.log())),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// What it has written so far, with that of the daemons before it in the same home.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until its log holds `text`.
    ///
    /// # Errors
    ///
    /// When it has not after 20 s; with the log.
    pub fn wait_for_log(&self, text: &str) -> Result<()> {
        until(&format!("{text:?} in the log"), PATIENCE, || Ok(self.log().contains(text).then_some(())))
            .with_context(|| self.log())
    }

    /// # Errors
    ///
    /// When the process is gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("a process id")?;
        kill_process(pid, signal).context("signal the daemon")
    }

    /// Asks it to end and waits until it has.
    ///
    /// # Errors
    ///
    /// When it does not end in time; it is killed then.
    pub fn stop(mut self) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.wait().with_context(|| self.log())
    }

    /// Ends it as a power cut would.
    ///
    /// # Errors
    ///
    /// When it cannot be killed.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    ///
    /// When it has not after 20 s.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        until("the daemon's end", PATIENCE, || Ok(self.child.try_wait()?))
    }

    /// Resident memory in KiB.
    ///
    /// # Errors
    ///
    /// When the process is gone.
    pub fn rss_kib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|kib| kib.parse().ok())
            .context("find VmRSS")
    }

    /// How often its threads were given a processor until now.
    ///
    /// # Errors
    /// When the kernel does not say, or the daemon is gone.
    pub fn turns(&self) -> Result<u64> {
        let mut turns = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.pid()))? {
            let status = std::fs::read_to_string(task?.path().join("status"))?;
            let of = |line: &str| line.split_once("ctxt_switches:")?.1.trim().parse::<u64>().ok();
            turns += status.lines().filter_map(of).sum::<u64>();
        }
        Ok(turns)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) && (self.signal(Signal::TERM).is_err() || self.wait().is_err()) {
            // It did not end when asked: it must not outlive the test.
            let ended = self.child.kill().and_then(|()| self.child.wait());
            say(&format!("the daemon had to be killed: {ended:?}"));
        }
        if std::thread::panicking() {
            say(&format!("log of the daemon, {}:\n{}", self.log.display(), self.log()));
        }
    }
}

#[expect(clippy::print_stderr, reason = "the test harness shows it beside the failed test")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests;
