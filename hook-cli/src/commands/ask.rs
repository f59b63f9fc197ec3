//! Commands that the daemon answers: a request frame, and what comes back.

use super::fail;
use crate::exit::Exit;
use platform::names::{SYSTEM, Scope, User};
use platform::socket::{Error, client};
use protocol::Code;
use protocol::frame::{self, Kind};
use serde_json::json;
use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// No answer in this time is none.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn status(as_json: bool) -> ExitCode {
    request(&json!({ "command": "status", "json": as_json, "arguments": [] }), as_json)
}

pub(super) fn explain(code: Code) -> ExitCode {
    request(&json!({ "command": "explain", "json": false, "arguments": [code.as_str()] }), false)
}

fn request(request: &serde_json::Value, as_json: bool) -> ExitCode {
    let stream = match connect() {
        Ok(stream) => stream,
        Err(why) => return not_running(&why, as_json),
    };
    match exchange(stream, request) {
        Ok(exit) => exit.into(),
        Err(why) => fail(Exit::NotRunning, &format!("The daemon was reached but did not answer: {why}")),
    }
}

fn connect() -> Result<UnixStream, Error> {
    let deadline = Instant::now() + Duration::from_secs(1);
    if let Some(owner) = SYSTEM.installation() {
        return client::connect(&SYSTEM.socket(), Scope::System, owner, deadline);
    }
    let user = User::of_process();
    let mut first = None;
    for path in user.sockets(&SYSTEM) {
        match client::connect(&path, Scope::User, user.uid, deadline) {
            Ok(stream) => return Ok(stream),
            // An absent daemon is the least telling of the reasons.
            Err(why) if first.as_ref().is_none_or(|first| matches!(first, Error::Absent(_))) => first = Some(why),
            Err(_) => {}
        }
    }
    Err(first.unwrap_or_else(|| Error::Absent(SYSTEM.socket())))
}

fn not_running(why: &Error, as_json: bool) -> ExitCode {
    if as_json {
        let told = json!({ "v": 1, "state": "not-running", "reason": why.to_string() });
        writeln!(io::stdout(), "{told}").ok();
        return Exit::NotRunning.into();
    }
    let mut text = match why {
        Error::Absent(path) => format!("The daemon is not running: nothing listens at {}.", path.display()),
        other => format!("The daemon cannot be trusted or reached: {other}."),
    };
    let places = if SYSTEM.installed() { Some(SYSTEM.places()) } else { User::of_process().places(&SYSTEM) };
    if places.is_some_and(|places| places.snapshot().exists()) {
        text.push_str(
            "\nCalls are judged by the hook's own copy of the policy; what happened in earlier calls of a\n\
             session is not considered.",
        );
    }
    fail(Exit::NotRunning, &text)
}

fn exchange(mut stream: UnixStream, request: &serde_json::Value) -> Result<Exit, frame::Error> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    frame::write(&mut stream, Kind::Request, request.to_string().as_bytes())?;
    frame::write(&mut stream, Kind::End, &[])?;
    let mut body = Vec::new();
    loop {
        match frame::read(&mut stream, &mut body)? {
            Kind::Stdout => io::stdout().write_all(&body)?,
            Kind::Stderr => io::stderr().write_all(&body)?,
            Kind::Exit => return Ok(body.first().map_or(Exit::NeedsYou, |code| Exit::of(*code))),
            Kind::Refused => {
                writeln!(io::stderr(), "{}", String::from_utf8_lossy(&body))?;
                return Ok(Exit::NeedsYou);
            }
            other => return Err(frame::Error::Kind(other as u8)),
        }
    }
}
