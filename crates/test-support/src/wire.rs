//! A client of the daemon's socket that speaks frames, and can speak them badly.

use crate::{Answer, Home};
use anyhow::{Context, Result, bail};
use protocol::frame::{self, Hello, Kind, MAX_BODY};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// One connection to the daemon of a home.
#[derive(Debug)]
pub struct Wire {
    stream: UnixStream,
    start: Instant,
}

impl Wire {
    /// Connects; reads and writes give up after 30 s.
    ///
    /// # Errors
    ///
    /// When nobody listens.
    pub fn connect(home: &Home) -> Result<Self> {
        let socket = home.socket();
        let stream = UnixStream::connect(&socket).with_context(|| format!("connect to {}", socket.display()))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.set_write_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream, start: Instant::now() })
    }

    /// One whole call, as the hook makes it.
    ///
    /// # Errors
    ///
    /// When the connection breaks, or the answer is not one that a hook takes.
    pub fn call(home: &Home, agent: &str, event: &str, payload: &[u8]) -> Result<Answer> {
        let mut wire = Self::connect(home)?;
        wire.hello(agent, event)?;
        for chunk in payload.chunks(MAX_BODY) {
            wire.frame(Kind::Data, chunk)?;
        }
        wire.frame(Kind::End, b"")?;
        wire.answer()
    }

    /// One command of the developer's command line, as `taffrail` asks for it.
    ///
    /// # Errors
    ///
    /// When the connection breaks, or the answer is not one that a command takes.
    pub fn request(home: &Home, command: &str, arguments: &[&str]) -> Result<Answer> {
        let mut wire = Self::connect(home)?;
        let request = serde_json::json!({ "command": command, "json": false, "arguments": arguments });
        wire.frame(Kind::Request, request.to_string().as_bytes())?;
        wire.frame(Kind::End, b"")?;
        wire.answer()
    }

    /// # Errors
    ///
    /// When it cannot be written.
    pub fn hello(&mut self, agent: &str, event: &str) -> Result<()> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let hello = Hello { agent: agent.to_owned(), event: event.to_owned(), version, environment: Vec::new() };
        self.frame(Kind::Hello, &hello.encode())
    }

    /// # Errors
    ///
    /// When it cannot be written.
    pub fn frame(&mut self, kind: Kind, body: &[u8]) -> Result<()> {
        frame::write(&mut self.stream, kind, body).context("write a frame")
    }

    /// Any bytes at all.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).context("write bytes")
    }

    /// Reads up to the exit code. A refusal comes back as exit 255 with its text in `stderr`.
    ///
    /// # Errors
    ///
    /// When the daemon hangs up first, or sends what no daemon sends.
    pub fn answer(&mut self) -> Result<Answer> {
        let mut answer = Answer { exit: None, stdout: Vec::new(), stderr: Vec::new(), elapsed: Duration::ZERO };
        let mut body = Vec::new();
        while answer.exit.is_none() {
            match frame::read(&mut self.stream, &mut body).context("read the daemon's answer")? {
                Kind::Stdout => answer.stdout.extend_from_slice(&body),
                Kind::Stderr => answer.stderr.extend_from_slice(&body),
                Kind::Exit => answer.exit = body.first().map(|code| i32::from(*code)),
                Kind::Refused => {
                    answer.stderr.extend_from_slice(&body);
                    answer.exit = Some(255);
                }
                other => bail!("the daemon sent a {other:?} frame"),
            }
        }
        answer.elapsed = self.start.elapsed();
        Ok(answer)
    }

    /// Has the daemon hung up, with no more than a line that says why?
    ///
    /// # Errors
    ///
    /// When it keeps the connection for 30 s, or sends anything but a refusal.
    pub fn refused(&mut self) -> Result<bool> {
        let mut body = Vec::new();
        match frame::read(&mut self.stream, &mut body) {
            Ok(Kind::Refused) => self.closed(),
            Ok(other) => bail!("the daemon sent a {other:?} frame"),
            Err(frame::Error::Io(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(true),
            Err(frame::Error::Io(error)) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(true),
            Err(error) => Err(error).context("wait for the daemon to hang up"),
        }
    }

    /// Has the daemon closed the connection?
    ///
    /// # Errors
    ///
    /// When it neither closed it nor sent anything in 30 s.
    pub fn closed(&mut self) -> Result<bool> {
        match self.stream.read(&mut [0; 1]) {
            Ok(count) => Ok(count == 0),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(true),
            Err(error) => Err(error).context("wait for the daemon to hang up"),
        }
    }
}
