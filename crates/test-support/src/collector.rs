//! The real collector, with a data folder in a [`Home`].

use crate::daemon::say;
use crate::{Answer, Home, hook, parts, until};
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// A running `taffrail-collector serve`. Ended when dropped; its log goes to stderr when the test has failed.
#[derive(Debug)]
pub struct Collector<'a> {
    home: &'a Home,
    child: Child,
    scheme: String,
    address: String,
}

impl<'a> Collector<'a> {
    /// Starts it on a free port and waits until it says which.
    ///
    /// # Errors
    ///
    /// When it cannot be started, ends at once, or does not listen in time; with its log.
    pub fn start(home: &'a Home) -> Result<Self> {
        Self::start_at(home, "127.0.0.1:0")
    }

    /// The same, at an address.
    ///
    /// # Errors
    ///
    /// As [`Collector::start`].
    pub fn start_at(home: &'a Home, address: &str) -> Result<Self> {
        Self::start_with(home, address, &[])
    }

    /// The same, with more arguments.
    ///
    /// # Errors
    ///
    /// As [`Collector::start`].
    pub fn start_with(home: &'a Home, address: &str, arguments: &[&str]) -> Result<Self> {
        let said = home.root().join("collector.out");
        let out = File::create(&said).context("make the collector's output")?;
        let log = File::options().create(true).append(true).open(log_path(home)).context("open the collector's log")?;
        let mut command = home.command(home.programs()?.collector()?);
        command.args(["serve", "--listen", address, "--data"]).arg(data(home)).args(arguments);
        parts::used("taffrail-collector", env!("CARGO_PKG_VERSION"));
        let mut child = command.stdout(out).stderr(log).spawn().context("start the collector")?;
        let found = until("the collector's address", PATIENCE, || {
            if let Some(status) = child.try_wait()? {
                bail!("the collector ended at once ({status})");
            }
            let text = std::fs::read_to_string(&said)?;
            let url = text.split_once("Listening on ").and_then(|(_, rest)| rest.split_once('\n'));
            let parts = url.and_then(|(url, _)| url.split_once("://"));
            Ok(parts.map(|(scheme, address)| (scheme.to_owned(), address.to_owned())))
        });
        match found {
            Ok((scheme, address)) => Ok(Self { home, child, scheme, address }),
            Err(error) => {
                child.kill().and_then(|()| child.wait()).ok();
                Err(error.context(std::fs::read_to_string(log_path(home)).unwrap_or_default()))
            }
        }
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
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

    /// Asks it to end and waits until it has.
    ///
    /// # Errors
    ///
    /// When it does not end in time, or not in good order.
    pub fn stop(mut self) -> Result<()> {
        let status = self.end()?;
        ensure!(status.success(), "the collector ended with {status}");
        Ok(())
    }

    fn end(&mut self) -> Result<std::process::ExitStatus> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("a process id")?;
        kill_process(pid, Signal::TERM).context("signal the collector")?;
        until("the collector's end", PATIENCE, || Ok(self.child.try_wait()?))
    }
}

impl Drop for Collector<'_> {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) && self.end().is_err() {
            let ended = self.child.kill().and_then(|()| self.child.wait());
            say(&format!("the collector had to be killed: {ended:?}"));
        }
        if std::thread::panicking() {
            say(&format!(
                "log of the collector:\n{}",
                std::fs::read_to_string(log_path(self.home)).unwrap_or_default()
            ));
        }
    }
}

/// The data folder of the collector in this home.
pub fn data(home: &Home) -> PathBuf {
    home.root().join("collector")
}

fn log_path(home: &Home) -> PathBuf {
    home.root().join("collector.log")
}

/// Runs one of the collector's other commands to its end.
///
/// # Errors
///
/// When it cannot be started or does not end.
pub fn run(home: &Home, arguments: &[&str]) -> Result<Answer> {
    let mut command: Command = home.command(home.programs()?.collector()?);
    let (name, rest) = arguments.split_first().context("a command")?;
    command.arg(name).arg("--data").arg(data(home)).args(rest);
    hook::run(command, b"", Duration::from_secs(30))
}

/// Enrols this home's daemon with a token of these arguments.
///
/// # Errors
///
/// When the token cannot be made, or the device is not let in.
pub fn enroll(home: &Home, url: &str, token: &[&str]) -> Result<Answer> {
    let made = run(home, &[&["token"], token].concat())?;
    ensure!(made.exit == Some(0), "{made:?} {}", made.errors());
    let mut command = home.command(&home.programs()?.taffraild);
    command.args(["enroll", "--url", url]);
    let answer = hook::run(command, made.text().as_bytes(), Duration::from_secs(30))?;
    ensure!(answer.exit == Some(0), "{answer:?} {}", answer.errors());
    Ok(answer)
}

/// The file that holds the records.
pub fn records(home: &Home) -> PathBuf {
    Path::new(&data(home)).join("records.db")
}
