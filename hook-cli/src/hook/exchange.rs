//! The exchange with the daemon: one loop around `poll`.

use super::answer::{Progress, Reader};
use platform::socket::client;
use platform::streams;
use protocol::fallback::Answer;
use protocol::frame::{HEADER, Header, Hello, Kind, MAX_PAYLOAD};
use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::time::Instant;

/// All that is held of a payload: one frame's header, its body and the header of the end.
const HELD: usize = 64 * 1024;

/// How an exchange ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Answered {
        answer: Answer,
        /// Was the payload read to its end?
        drained: bool,
    },
    /// No answer, or none in time.
    Away,
    /// The payload is longer than a call may be.
    TooBig,
}

/// What is to be read from standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Open,
    /// Read to its end; the end is still to be told.
    Ended,
    /// Over, and told; or nobody is left to be told.
    Told,
}

/// An exchange that goes on.
#[derive(Debug)]
pub(super) struct Exchange {
    stream: UnixStream,
    /// Bytes on their way to the daemon, of which `sent` are gone.
    out: Vec<u8>,
    sent: usize,
    input: Input,
    /// Was standard input read to its end?
    drained: bool,
    payload: usize,
    reader: Reader,
    received: Vec<u8>,
    /// Has a daemon taken anything of what was sent?
    taken: bool,
}

impl Exchange {
    pub(super) fn new(stream: UnixStream, hello: &Hello) -> Self {
        let body = hello.encode();
        let mut out = Vec::with_capacity(HELD);
        out.extend_from_slice(&Header { kind: Kind::Hello, length: body.len() }.encode());
        out.extend_from_slice(&body);
        Self {
            stream,
            out,
            sent: 0,
            input: Input::Open,
            drained: false,
            payload: 0,
            reader: Reader::default(),
            received: Vec::with_capacity(4096),
            taken: false,
        }
    }

    /// Runs to the end. A connection that no daemon has taken by `waiting` is given up.
    pub(super) fn run(mut self, waiting: Instant, deadline: Instant) -> Outcome {
        loop {
            self.send();
            let until = if self.taken { deadline } else { waiting.min(deadline) };
            let sending = self.sent < self.out.len();
            // Standard input is looked at only when there is room for what it brings.
            let reading = self.input == Input::Open && !sending;
            let Some(ready) = streams::wait(&self.stream, sending, reading, until) else {
                // A daemon that has read everything is at work, and gets the whole time.
                self.taken = self.taken || client::unread(&self.stream).is_ok_and(|unread| unread == 0);
                if self.taken && until < deadline {
                    continue;
                }
                return Outcome::Away;
            };
            if ready.receive {
                match self.receive() {
                    Some(Progress::Done(answer)) => {
                        return Outcome::Answered { answer, drained: self.drained };
                    }
                    Some(Progress::Broken) => return Outcome::Away,
                    Some(Progress::More) | None => {}
                }
            }
            if ready.input && !self.read() {
                return Outcome::TooBig;
            }
        }
    }

    /// Sends as much as goes without waiting.
    fn send(&mut self) {
        while let Some(rest) = self.out.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match streams::send(&self.stream, rest) {
                Ok(count) => {
                    // It was full and no longer is: someone reads.
                    self.taken |= self.sent > 0;
                    self.sent += count;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    // The daemon has closed its side. What it said before that is still to be read.
                    self.input = Input::Told;
                    self.sent = self.out.len();
                }
            }
        }
        self.out.clear();
        self.sent = 0;
        if self.input == Input::Ended {
            self.input = Input::Told;
            self.out.extend_from_slice(&Header { kind: Kind::End, length: 0 }.encode());
            self.send();
        }
    }

    /// Reads from standard input what is there now, into one frame; false when the payload is too long. Reads on while
    /// more is there, so that a payload that has come whole leaves in one piece with its end.
    fn read(&mut self) -> bool {
        self.out.resize(HEADER, 0);
        let more = loop {
            match streams::read_input(&mut self.out) {
                Ok(0) => break false,
                Ok(_) if self.out.len() == self.out.capacity() => break true,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break true,
                // A standard input that cannot be read is an empty one.
                Err(_) => break false,
            }
            if !streams::input_ready() {
                break true;
            }
        };
        let length = self.out.len() - HEADER;
        self.payload += length;
        if self.payload > MAX_PAYLOAD {
            return false;
        }
        if length == 0 {
            self.out.clear();
        } else if let Some(header) = self.out.first_chunk_mut::<HEADER>() {
            *header = Header { kind: Kind::Data, length }.encode();
        }
        if !more {
            self.drained = true;
            self.input = Input::Ended;
            if self.out.capacity() - self.out.len() >= HEADER {
                self.input = Input::Told;
                self.out.extend_from_slice(&Header { kind: Kind::End, length: 0 }.encode());
            }
        }
        true
    }

    /// Receives what is there; `None` when it was nothing after all.
    fn receive(&mut self) -> Option<Progress> {
        self.received.clear();
        match streams::receive(&self.stream, &mut self.received) {
            Ok(0) => Some(Progress::Broken),
            Ok(_) => {
                self.taken = true;
                Some(self.reader.take(&self.received))
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => None,
            Err(_) => Some(Progress::Broken),
        }
    }
}
