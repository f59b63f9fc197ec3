//! A program that is started to see what it says.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Agents wait longer, and people do not.
const DEADLINE: Duration = Duration::from_secs(10);
/// What is read of what it prints.
const MOST: u64 = 64 * 1024;

pub(in crate::cli) struct Said {
    pub(in crate::cli) success: bool,
    pub(in crate::cli) stdout: Vec<u8>,
    pub(in crate::cli) took: Duration,
}

/// The person's shell, as agents know it.
pub(super) fn shell_of() -> String {
    std::env::var("SHELL").ok().filter(|shell| shell.starts_with('/')).unwrap_or_else(|| "/bin/sh".to_owned())
}

/// Runs it to its end, with these bytes on stdin.
///
/// # Errors
///
/// Why there is none, as a sentence without its full stop.
pub(in crate::cli) fn ended(mut command: Command, stdin: &[u8]) -> Result<Said, String> {
    let begin = Instant::now();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("it cannot be started ({error})"))?;
    let (to, from) = (child.stdin.take(), child.stdout.take());
    let (send, printed) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(from) = from {
            from.take(MOST).read_to_end(&mut text).ok();
        }
        send.send(text).ok();
    });
    if let Some(mut to) = to {
        // Small enough for the pipe; a program that does not read it is no failure.
        to.write_all(stdin).ok();
    }
    let stdout = printed.recv_timeout(DEADLINE);
    while begin.elapsed() < DEADLINE {
        match child.try_wait() {
            Ok(Some(status)) => {
                let stdout = stdout.map_err(|_| "it does not close what it prints to".to_owned())?;
                return Ok(Said { success: status.success(), stdout, took: begin.elapsed() });
            }
            Ok(None) => std::thread::sleep(Duration::from_micros(500)),
            Err(error) => return Err(format!("it cannot be waited for ({error})")),
        }
    }
    child.kill().ok();
    child.wait().ok();
    Err(format!("it has not ended after {} s", DEADLINE.as_secs()))
}
