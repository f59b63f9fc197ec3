//! The exchange with the daemon, or with the engine run once: one loop around `poll`.

use super::answer::{Progress, Reader};
use platform::socket::client;
use platform::streams;
use protocol::fallback::Answer;
use protocol::frame::{HEADER, Header, Hello, Kind, MAX_PAYLOAD};
use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::time::Instant;

/// All that is held of a payload, with the frames around it.
const HELD: usize = 64 * 1024;
/// With less room than this the buffer begins anew.
const ROOM: usize = HEADER + 1024;

/// How an exchange ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Answered {
        answer: Answer,
        /// Was the payload read to its end?
        drained: bool,
    },
    /// No answer, or none in time. The exchange where all that was sent is still held, so that it can be had again.
    Away(Option<Box<Exchange>>),
    /// The payload is longer than a call may be.
    TooBig,
}

/// What is to be read from standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Open,
    /// Read to its end, which is told.
    Ended,
    /// Nobody is left to be told.
    Unwanted,
}

/// An exchange that goes on.
#[derive(Debug)]
pub(super) struct Exchange {
    stream: UnixStream,
    /// Frames for the daemon, of which `sent` bytes are gone. What is gone stays here while there is room: a second
    /// listener may be needed.
    out: Vec<u8>,
    sent: usize,
    /// Has something that was sent been dropped from `out`?
    dropped: bool,
    input: Input,
    payload: usize,
    reader: Reader,
    received: Vec<u8>,
    /// Was there no room for more at the other end?
    full: bool,
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
            dropped: false,
            input: Input::Open,
            payload: 0,
            reader: Reader::default(),
            received: Vec::with_capacity(4096),
            full: false,
            taken: false,
        }
    }

    /// The same call for another listener, from its beginning.
    pub(super) fn again(self, stream: UnixStream) -> Self {
        let input = if self.input == Input::Ended { Input::Ended } else { Input::Open };
        Self { stream, sent: 0, input, reader: Reader::default(), full: false, taken: true, ..self }
    }

    /// Runs to the end. A connection that no daemon has taken by `waiting` is given up, and a daemon that has not
    /// answered by `share` as well, as long as the call can be had again; one that cannot is waited for until `deadline`.
    pub(super) fn run(mut self, waiting: Instant, share: Instant, deadline: Instant) -> Outcome {
        loop {
            self.send();
            let whole = if self.dropped { deadline } else { share };
            let until = if self.taken { whole } else { waiting.min(whole) };
            let sending = self.sent < self.out.len();
            // Standard input is looked at only when there is room for what it brings.
            let reading = self.input == Input::Open && !sending;
            let Some(ready) = streams::wait(&self.stream, sending, reading, until) else {
                // A daemon that has read everything is at work, and gets the whole time.
                self.taken = self.taken || client::unread(&self.stream).is_ok_and(|unread| unread == 0);
                if self.taken && until < whole {
                    continue;
                }
                return self.away();
            };
            if ready.receive {
                match self.receive() {
                    Some(Progress::Done(answer)) => {
                        let drained = self.input == Input::Ended;
                        // The process ends with the answer, and gives all of this back at once.
                        std::mem::forget(self);
                        return Outcome::Answered { answer, drained };
                    }
                    Some(Progress::Broken) => return self.away(),
                    Some(Progress::More) | None => {}
                }
            }
            if ready.input && !self.read() {
                return Outcome::TooBig;
            }
        }
    }

    fn away(self) -> Outcome {
        Outcome::Away((!self.dropped).then(|| Box::new(self)))
    }

    /// Sends as much as goes without waiting.
    fn send(&mut self) {
        while let Some(rest) = self.out.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match streams::send(&self.stream, rest) {
                Ok(count) => {
                    // It was full and no longer is: someone reads.
                    self.taken |= self.full;
                    self.sent += count;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.full = true;
                    return;
                }
                Err(_) => {
                    // The daemon has closed its side. What it said before that is still to be read.
                    self.input = Input::Unwanted;
                    self.sent = self.out.len();
                }
            }
        }
    }

    /// Reads from standard input what is there now, into one frame; false when the payload is too long. Reads on while
    /// more is there, so that a payload that has come whole leaves in one piece with its end.
    fn read(&mut self) -> bool {
        if self.out.capacity() - self.out.len() < ROOM {
            self.out.clear();
            self.sent = 0;
            self.dropped = true;
        }
        let start = self.out.len();
        self.out.resize(start + HEADER, 0);
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
        let length = self.out.len() - start - HEADER;
        self.payload += length;
        if self.payload > MAX_PAYLOAD {
            return false;
        }
        if length == 0 {
            self.out.truncate(start);
        } else if let Some(header) = self.out.get_mut(start..).and_then(|frame| frame.first_chunk_mut::<HEADER>()) {
            *header = Header { kind: Kind::Data, length }.encode();
        }
        if !more {
            self.input = Input::Ended;
            self.out.extend_from_slice(&Header { kind: Kind::End, length: 0 }.encode());
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
