//! Frames: the bytes between `taffrail` and `taffraild`.
//!
//! # Format, version 1
//!
//! ```text
//! u8 version (1)   u8 kind   u16 zero   u32 length   length bytes
//! ```
//!
//! Integers are big-endian; a frame's body is at most 64 KiB. One connection is one exchange:
//!
//! ```text
//! hook     Hello, Data*, End        →   daemon
//! command  Request, Data*, End      →   daemon
//! daemon   Stdout*, Stderr*, Exit   →   hook or command, or Refused
//! ```
//!
//! A [`Hello`] body is `u8 n` and n strings, then `u8 m` and m pairs of strings, each string `u16 length, bytes`; the n
//! strings are agent, event, version of the hook. A daemon speaks this version and the one before.

use std::io::{self, Read, Write};
use thiserror::Error;

pub const VERSION: u8 = 1;
pub const HEADER: usize = 8;
/// A frame's body is at most this long.
pub const MAX_BODY: usize = 64 * 1024;
/// A call's payload is at most this long.
pub const MAX_PAYLOAD: usize = 64 * 1024 * 1024;

/// The variables of the hook's environment that travel with a call, where set.
pub const FORWARDED: [&str; 9] = [
    "CLAUDECODE",
    "CLAUDE_PID",
    "CLAUDE_PROJECT_DIR",
    "CLAUDE_CODE_SESSION_ATTENDED",
    "CI",
    "HOME",
    "PATH",
    "TMPDIR",
    "TRACEPARENT",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Hello = 1,
    Data = 2,
    End = 3,
    Request = 4,
    Stdout = 16,
    Stderr = 17,
    /// One byte: the exit code.
    Exit = 18,
    /// A line of text for a person: why nothing was done.
    Refused = 19,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        [Self::Hello, Self::Data, Self::End, Self::Request, Self::Stdout, Self::Stderr, Self::Exit, Self::Refused]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub kind: Kind,
    /// Bytes of the body, at most [`MAX_BODY`].
    pub length: usize,
}

#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    #[error("a frame of version {0}, which this program does not speak")]
    Version(u8),
    #[error("a frame of unknown kind {0}")]
    Kind(u8),
    #[error("a frame that says it is {0} bytes long; at most 65,536 are allowed")]
    Length(u32),
    #[error("a frame with bytes where zeros belong")]
    Reserved,
    #[error("a hello that is cut short or too long")]
    Hello,
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Header {
    /// # Errors
    ///
    /// [`Error::Version`], [`Error::Kind`], [`Error::Length`] or [`Error::Reserved`]: nothing after such a header can be read.
    pub fn decode(bytes: [u8; HEADER]) -> Result<Self, Error> {
        let [version, kind, zero_a, zero_b, length @ ..] = bytes;
        if version != VERSION {
            return Err(Error::Version(version));
        }
        if zero_a != 0 || zero_b != 0 {
            return Err(Error::Reserved);
        }
        let kind = Kind::of(kind).ok_or(Error::Kind(kind))?;
        let said = u32::from_be_bytes(length);
        match usize::try_from(said) {
            Ok(length) if length <= MAX_BODY => Ok(Self { kind, length }),
            _ => Err(Error::Length(said)),
        }
    }

    pub fn encode(self) -> [u8; HEADER] {
        let [a, b, c, d] = u32::try_from(self.length).unwrap_or(u32::MAX).to_be_bytes();
        [VERSION, self.kind as u8, 0, 0, a, b, c, d]
    }
}

/// Writes one frame: header and body in one `write` where the body is small.
///
/// # Errors
///
/// Those of the writer, and [`Error::Length`] for a body over [`MAX_BODY`].
pub fn write(to: &mut impl Write, kind: Kind, body: &[u8]) -> Result<(), Error> {
    if body.len() > MAX_BODY {
        return Err(Error::Length(u32::try_from(body.len()).unwrap_or(u32::MAX)));
    }
    let header = Header { kind, length: body.len() }.encode();
    if body.len() <= 4096 {
        let mut whole = Vec::with_capacity(HEADER + body.len());
        whole.extend_from_slice(&header);
        whole.extend_from_slice(body);
        to.write_all(&whole)?;
    } else {
        to.write_all(&header)?;
        to.write_all(body)?;
    }
    Ok(())
}

/// Reads one frame into `body`, which is cleared first and never grows over [`MAX_BODY`].
///
/// # Errors
///
/// Those of the reader and of [`Header::decode`].
pub fn read(from: &mut impl Read, body: &mut Vec<u8>) -> Result<Kind, Error> {
    let mut header = [0; HEADER];
    from.read_exact(&mut header)?;
    let header = Header::decode(header)?;
    body.clear();
    body.resize(header.length, 0);
    from.read_exact(body)?;
    Ok(header.kind)
}

/// The first frame of a hook call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    pub agent: String,
    pub event: String,
    /// The hook's version.
    pub version: String,
    /// Those of [`FORWARDED`] that are set, values as bytes.
    pub environment: Vec<(String, Vec<u8>)>,
}

impl Hello {
    /// Encodes. Names are cut at 1 KiB and a variable over 6 KiB is left out, so that all fits into one frame.
    pub fn encode(&self) -> Vec<u8> {
        fn string(out: &mut Vec<u8>, bytes: &[u8]) {
            let bytes = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
            out.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or_default().to_be_bytes());
            out.extend_from_slice(bytes);
        }
        let mut out = vec![3];
        for name in [&self.agent, &self.event, &self.version] {
            string(&mut out, name.as_bytes());
        }
        let fitting: Vec<_> =
            self.environment.iter().filter(|(_, value)| value.len() <= 6 * 1024).take(FORWARDED.len()).collect();
        out.push(u8::try_from(fitting.len()).unwrap_or_default());
        for (name, value) in fitting {
            string(&mut out, name.as_bytes());
            out.extend_from_slice(&u16::try_from(value.len()).unwrap_or_default().to_be_bytes());
            out.extend_from_slice(value);
        }
        out
    }

    /// # Errors
    ///
    /// [`Error::Hello`] when the body is not a hello. More than three leading strings are read over: a newer hook may
    /// say more.
    pub fn decode(body: &[u8]) -> Result<Self, Error> {
        fn byte(rest: &mut &[u8]) -> Result<u8, Error> {
            let (first, tail) = rest.split_first().ok_or(Error::Hello)?;
            *rest = tail;
            Ok(*first)
        }
        fn string<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Error> {
            let length = u16::from_be_bytes([byte(rest)?, byte(rest)?]);
            let (taken, tail) = rest.split_at_checked(usize::from(length)).ok_or(Error::Hello)?;
            *rest = tail;
            Ok(taken)
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut rest = body;
        let mut names = Vec::new();
        for _ in 0..byte(&mut rest)? {
            names.push(text(string(&mut rest)?));
        }
        let mut names = names.into_iter();
        let (Some(agent), Some(event), Some(version)) = (names.next(), names.next(), names.next()) else {
            return Err(Error::Hello);
        };
        let mut environment = Vec::new();
        for _ in 0..byte(&mut rest)? {
            let name = text(string(&mut rest)?);
            environment.push((name, string(&mut rest)?.to_vec()));
        }
        Ok(Self { agent, event, version, environment })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_header_that_lies_about_its_length_is_refused() {
        assert!(matches!(Header::decode([1, 2, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]), Err(Error::Length(u32::MAX))));
        assert!(matches!(Header::decode([1, 2, 0, 0, 0, 1, 0, 1]), Err(Error::Length(65_537))));
        assert!(matches!(Header::decode([9, 2, 0, 0, 0, 0, 0, 1]), Err(Error::Version(9))));
        assert!(matches!(Header::decode([1, 99, 0, 0, 0, 0, 0, 1]), Err(Error::Kind(99))));
    }

    #[test]
    fn a_hello_that_is_cut_anywhere_is_refused() {
        let hello = Hello {
            agent: "claude-code".into(),
            event: "PreToolUse".into(),
            version: "0.1.0".into(),
            environment: vec![("PATH".into(), b"/bin".to_vec())],
        };
        let bytes = hello.encode();
        assert_eq!(Hello::decode(&bytes).unwrap(), hello);
        for cut in 0..bytes.len() {
            assert!(Hello::decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn frames_round_trip(body in proptest::collection::vec(any::<u8>(), 0..70_000)) {
            let mut wire = Vec::new();
            let written = write(&mut wire, Kind::Data, &body);
            prop_assert_eq!(written.is_ok(), body.len() <= MAX_BODY);
            if written.is_ok() {
                let mut back = Vec::new();
                prop_assert_eq!(read(&mut wire.as_slice(), &mut back).unwrap(), Kind::Data);
                prop_assert_eq!(back, body);
            }
        }

        #[test]
        fn no_bytes_make_a_decoder_panic(bytes: Vec<u8>) {
            Hello::decode(&bytes).ok();
            let mut body = Vec::new();
            read(&mut bytes.as_slice(), &mut body).ok();
        }
    }
}
