//! The real hook, one call at a time.

use crate::{Home, parts};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// One `taffrail hook AGENT EVENT` to be run.
#[derive(Debug)]
pub struct Hook<'a> {
    home: &'a Home,
    agent: String,
    event: String,
    payload: Vec<u8>,
    variables: Vec<(OsString, OsString)>,
    program: Option<PathBuf>,
}

/// What a program printed and how it ended.
#[derive(Debug)]
pub struct Answer {
    /// `None`: by a signal.
    pub exit: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// From before the start to after the end.
    pub elapsed: Duration,
}

impl<'a> Hook<'a> {
    /// Claude Code is about to run a tool in the home's work folder.
    pub fn before(home: &'a Home, tool: &str, input: &Value) -> Self {
        Self::event(home, "PreToolUse", &json!({ "tool_name": tool, "tool_input": input, "tool_use_id": "toolu_01" }))
    }

    /// An event of Claude Code; `fields` are added to those that every event has.
    pub fn event(home: &'a Home, event: &str, fields: &Value) -> Self {
        let mut payload = json!({
            "session_id": "7a0f3c52-1111-4222-8333-944445555666",
            "transcript_path": home.home().join(".claude/projects/work/7a0f3c52.jsonl"),
            "cwd": home.work(),
            "permission_mode": "default",
            "hook_event_name": event,
        });
        if let (Some(all), Value::Object(fields)) = (payload.as_object_mut(), fields) {
            all.extend(fields.clone());
        }
        Self::raw(home, "claude-code", event, payload.to_string())
    }

    /// Any bytes for any agent and event.
    pub fn raw(home: &'a Home, agent: &str, event: &str, payload: impl Into<Vec<u8>>) -> Self {
        let (agent, event) = (agent.to_owned(), event.to_owned());
        Self { home, agent, event, payload: payload.into(), variables: Vec::new(), program: None }
    }

    #[must_use]
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Another hook program than the one just built.
    #[must_use]
    pub fn program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = Some(program.into());
        self
    }

    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The command, not started yet.
    ///
    /// # Errors
    ///
    /// When the programs cannot be built.
    pub fn command(&self) -> Result<Command> {
        let program = match &self.program {
            Some(program) => program,
            None => &self.home.programs()?.taffrail,
        };
        let mut command = self.home.command(program);
        command.args(["hook", &self.agent, &self.event]);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }

    /// # Errors
    ///
    /// When it cannot be started, or has not ended after 30 s.
    pub fn run(&self) -> Result<Answer> {
        parts::used("taffrail hook", env!("CARGO_PKG_VERSION"));
        run(self.command()?, &self.payload, Duration::from_secs(30))
    }
}

/// Runs a program to its end with these bytes on stdin; one that ends before it has read them all is no error.
///
/// # Errors
///
/// When it cannot be started, or has not ended at the deadline; it is killed then.
pub fn run(mut command: Command, stdin: &[u8], deadline: Duration) -> Result<Answer> {
    let start = Instant::now();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("start {}", command.get_program().display()))?;
    let (to, from, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (mut to, mut from, mut errors) = (to.context("stdin")?, from.context("stdout")?, errors.context("stderr")?);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A broken pipe is the program's choice; its answer says what came of it.
            to.write_all(stdin).ok();
        });
        let errors = scope.spawn(move || {
            let mut text = Vec::new();
            errors.read_to_end(&mut text).map(|_| text)
        });
        let (done, waiting) = mpsc::channel();
        let stdout = scope.spawn(move || {
            let mut text = Vec::new();
            let read = from.read_to_end(&mut text).map(|_| text);
            done.send(()).ok();
            read
        });
        let late = waiting.recv_timeout(deadline).is_err();
        if late {
            child.kill()?;
        }
        let status = child.wait()?;
        let elapsed = start.elapsed();
        if late {
            bail!("{} had not ended after {} s", command.get_program().display(), deadline.as_secs());
        }
        let joined = |thread: std::thread::ScopedJoinHandle<'_, std::io::Result<Vec<u8>>>| match thread.join() {
            Ok(read) => read.context("read what it prints"),
            Err(_) => bail!("a reader panicked"),
        };
        Ok(Answer { exit: status.code(), stdout: joined(stdout)?, stderr: joined(errors)?, elapsed })
    })
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn errors(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// # Errors
    ///
    /// When stdout is not one JSON value; with stdout and stderr.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.stdout)
            .with_context(|| format!("not JSON: {:?}, stderr {:?}", self.text(), self.errors()))
    }

    /// Claude Code's `permissionDecision`; `None` where there is no opinion.
    pub fn permission(&self) -> Option<String> {
        self.field("/hookSpecificOutput/permissionDecision")
    }

    /// What the agent is told.
    pub fn reason(&self) -> Option<String> {
        self.field("/hookSpecificOutput/permissionDecisionReason")
    }

    /// What the person is told.
    pub fn message(&self) -> Option<String> {
        self.field("/systemMessage")
    }

    fn field(&self, pointer: &str) -> Option<String> {
        self.json().ok()?.pointer(pointer)?.as_str().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_end_is_killed_at_the_deadline() {
        let mut command = Command::new("/bin/sleep");
        command.arg("60");
        let error = run(command, b"", Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("/bin/sleep had not ended"), "{error:#}");
    }

    #[test]
    fn a_program_that_reads_nothing_of_a_long_input_still_gives_its_answer() {
        let answer = run(Command::new("/bin/true"), &vec![b'x'; 1 << 20], Duration::from_secs(10)).unwrap();
        assert_eq!(answer.exit, Some(0));
    }

    #[test]
    fn an_answer_is_read_in_claude_codes_form() {
        let stdout =
            br#"{"hookSpecificOutput":{"permissionDecision":"deny","permissionDecisionReason":"why"}}"#.to_vec();
        let answer = Answer { exit: Some(0), stdout, stderr: Vec::new(), elapsed: Duration::ZERO };
        assert_eq!((answer.permission().as_deref(), answer.reason().as_deref()), (Some("deny"), Some("why")));
        assert_eq!(answer.message(), None);
    }
}
