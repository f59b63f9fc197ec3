//! Running programs and talking to the person who waits for them.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[expect(clippy::print_stdout, reason = "a command's result goes to stdout")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "trouble and progress go to stderr")]
pub(crate) fn complain(text: &str) {
    eprintln!("{text}");
}

/// Runs to the end, output shown.
pub(crate) fn shown(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("start {}", line(command)))?;
    if !status.success() {
        bail!("{}: {status}", line(command));
    }
    Ok(())
}

/// Runs to the end and gives stdout, trimmed.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("start {}", line(command)))?;
    if !output.status.success() {
        bail!("{}: {}\n{}", line(command), output.status, String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// How a program ended, with all that it printed.
pub(crate) struct Seen {
    pub(crate) status: ExitStatus,
    /// Both streams, in the order in which their lines arrived.
    pub(crate) text: String,
}

/// Runs to the end; shows each line as it comes and keeps it. At the deadline the program is asked to end and, ten
/// seconds later, made to.
pub(crate) fn teed(command: &mut Command, deadline: Instant) -> Result<Seen> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("start {}", line(command)))?;
    let kept = Arc::new(Mutex::new(String::new()));
    let readers = [
        child.stdout.take().map(|from| forward(from, Arc::clone(&kept))),
        child.stderr.take().map(|from| forward(from, Arc::clone(&kept))),
    ];
    let mut asked = None;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let now = Instant::now();
        match asked {
            None if now >= deadline => {
                complain(&format!("The time for the whole run is over; ending {}", line(command)));
                crate::process::terminate(child.id())?;
                asked = Some(now);
            }
            Some(when) if now.duration_since(when) > Duration::from_secs(10) => child.kill()?,
            _ => {}
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    for reader in readers.into_iter().flatten() {
        if reader.join().is_err() {
            bail!("a reader of {} panicked", line(command));
        }
    }
    let text = std::mem::take(&mut *kept.lock().map_err(|_| anyhow::anyhow!("a reader panicked"))?);
    if asked.is_some() {
        bail!("{} had not ended when the time for the whole run was over", line(command));
    }
    Ok(Seen { status, text })
}

fn forward(from: impl Read + Send + 'static, kept: Arc<Mutex<String>>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut bytes = Vec::new();
        while matches!(from.read_until(b'\n', &mut bytes), Ok(count) if count > 0) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            // Whoever closed our stderr does not want to see it; the step's result counts.
            std::io::stderr().write_all(text.as_bytes()).ok();
            if let Ok(mut kept) = kept.lock() {
                kept.push_str(&text);
            }
            bytes.clear();
        }
    })
}

/// The command as a person would type it, for messages.
pub(crate) fn line(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_are_kept_with_the_status() {
        let seen = teed(&mut sh("echo one; echo two >&2; exit 3"), Instant::now() + Duration::from_secs(20)).unwrap();
        assert_eq!(seen.status.code(), Some(3));
        assert!(seen.text.contains("one\n") && seen.text.contains("two\n"), "{:?}", seen.text);
    }

    #[test]
    fn a_program_that_outlives_the_run_is_ended() {
        let start = Instant::now();
        let error = teed(&mut sh("exec sleep 30"), start + Duration::from_millis(100)).err().unwrap();
        assert!(error.to_string().contains("had not ended"), "{error:#}");
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_failed_program_is_named_with_what_it_said() {
        let error = read(&mut sh("echo no such thing >&2; exit 2")).unwrap_err().to_string();
        assert!(error.contains("no such thing") && error.contains("/bin/sh -c"), "{error}");
    }
}
