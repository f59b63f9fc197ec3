//! A batch of records as OTLP logs: `ExportLogsServiceRequest` of OpenTelemetry's protocol, in protobuf.
//!
//! ```text
//! resource attribute   service.name = taffrail
//! scope                taffrail, version 1
//! log record           time, severity, event name taffrail.record
//!   body               string: the envelope's exact UTF-8 JSON, which is hashed and never written anew; none in a stub
//!   taffrail.chain_id  string, a UUID            taffrail.seq        int
//!   taffrail.previous  string, 64 hex            taffrail.hash       string, 64 hex
//!   taffrail.content   string, the content's JSON; absent where there is none
//!   taffrail.digest    string, 64 hex: of a stub, SHA-256 of the envelope that is not there
//!   taffrail.stub      string: of a stub, why: evicted, parked, unreadable
//! ```
//!
//! The messages that are used are few and flat, so they are read in place: nothing is copied, and the records are counted
//! before anything is made of them. Fields that are not known are skipped, as protobuf has it; of a field that is there
//! twice the last one counts.

use thiserror::Error;
use uuid::Uuid;

const CHAIN: &str = "taffrail.chain_id";
const SEQ: &str = "taffrail.seq";
const PREVIOUS: &str = "taffrail.previous";
const HASH: &str = "taffrail.hash";
const CONTENT: &str = "taffrail.content";
const DIGEST: &str = "taffrail.digest";
const STUB: &str = "taffrail.stub";
const EVENT: &str = "taffrail.record";
const SERVICE: &str = "taffrail";

/// One record on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    pub chain: Uuid,
    pub seq: u64,
    pub previous: [u8; 32],
    pub hash: [u8; 32],
    /// Nanoseconds since 1970, for back ends that know nothing of envelopes.
    pub time_ns: u64,
    pub severity: Severity,
    pub body: Body<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    Whole {
        envelope: &'a str,
        content: Option<&'a str>,
    },
    /// The envelope is not sent; the chain goes on with its digest.
    Stub {
        digest: [u8; 32],
        why: &'a str,
    },
}

/// `SeverityNumber` of OpenTelemetry; what it does not know is kept as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Severity(pub u8);

impl Severity {
    pub const INFO: Self = Self(9);
    pub const WARN: Self = Self(13);
}

/// Why bytes are no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    #[error("not protobuf")]
    Protobuf,
    #[error("over {0} records")]
    TooMany(usize),
    #[error("a record without {0}")]
    Missing(&'static str),
    #[error("a record whose {0} cannot be read")]
    Value(&'static str),
}

/// Writes a batch.
pub fn encode(rows: &[Row<'_>]) -> Vec<u8> {
    let text: usize = rows.iter().map(|row| row.body.len() + 512).sum();
    let mut logs = Vec::with_capacity(text + 128);
    bytes(&mut logs, 1, &[text_field(1, SERVICE), text_field(2, "1")].concat());
    let mut record = Vec::new();
    for row in rows {
        record.clear();
        row.write(&mut record);
        bytes(&mut logs, 2, &record);
    }
    let mut resource = Vec::new();
    attribute(&mut resource, 1, "service.name", &text_field(1, SERVICE));
    let mut all = Vec::with_capacity(logs.len() + 64);
    bytes(&mut all, 1, &resource);
    bytes(&mut all, 2, &logs);
    let mut request = Vec::with_capacity(all.len() + 8);
    bytes(&mut request, 1, &all);
    request
}

impl Body<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Whole { envelope, content } => envelope.len() + content.map_or(0, str::len),
            Self::Stub { .. } => 0,
        }
    }
}

impl Row<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        fixed64(out, 1, self.time_ns);
        varint_field(out, 2, u64::from(self.severity.0));
        if let Body::Whole { envelope, .. } = self.body {
            bytes(out, 5, &text_field(1, envelope));
        }
        let mut text = |key, value: &str| attribute(out, 6, key, &text_field(1, value));
        text(CHAIN, self.chain.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
        text(PREVIOUS, &hex::encode(self.previous));
        text(HASH, &hex::encode(self.hash));
        match self.body {
            Body::Whole { content: Some(content), .. } => text(CONTENT, content),
            Body::Whole { content: None, .. } => {}
            Body::Stub { digest, why } => {
                text(DIGEST, &hex::encode(digest));
                text(STUB, why);
            }
        }
        let mut seq = Vec::with_capacity(11);
        varint_field(&mut seq, 3, self.seq);
        attribute(out, 6, SEQ, &seq);
        bytes(out, 12, EVENT.as_bytes());
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        // The low seven bits, and the mark that more follow.
        out.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or_default());
}

fn varint_field(out: &mut Vec<u8>, field: u32, value: u64) {
    varint(out, u64::from(field << 3));
    varint(out, value);
}

fn fixed64(out: &mut Vec<u8>, field: u32, value: u64) {
    varint(out, u64::from(field << 3 | 1));
    out.extend_from_slice(&value.to_le_bytes());
}

fn bytes(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    varint(out, u64::from(field << 3 | 2));
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

fn text_field(field: u32, value: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 8);
    bytes(&mut out, field, value.as_bytes());
    out
}

/// A `KeyValue`; `value` is the inside of its `AnyValue`.
fn attribute(out: &mut Vec<u8>, field: u32, key: &str, value: &[u8]) {
    let mut pair = text_field(1, key);
    bytes(&mut pair, 2, value);
    bytes(out, field, &pair);
}

/// Reads a batch of at most `most` records.
///
/// # Errors
///
/// [`enum@Error`]: nothing of such a batch is used.
pub fn decode(request: &[u8], most: usize) -> Result<Vec<Row<'_>>, Error> {
    let mut rows = Vec::new();
    for resource in messages(request, 1) {
        for scope in messages(resource?, 2) {
            for record in messages(scope?, 2) {
                if rows.len() == most {
                    return Err(Error::TooMany(most));
                }
                rows.push(row(record?)?);
            }
        }
    }
    Ok(rows)
}

fn row(record: &[u8]) -> Result<Row<'_>, Error> {
    let mut found = Found::default();
    for field in Fields(record) {
        match field? {
            (1, Value::Fixed64(time)) => found.time_ns = time,
            (2, Value::Varint(number)) => found.severity = u8::try_from(number).unwrap_or_default(),
            (5, Value::Bytes(value)) => found.envelope = Some(text(value, "body")?),
            (6, Value::Bytes(pair)) => found.attribute(pair)?,
            _ => {}
        }
    }
    found.row()
}

#[derive(Default)]
struct Found<'a> {
    time_ns: u64,
    severity: u8,
    envelope: Option<&'a str>,
    content: Option<&'a str>,
    chain: Option<Uuid>,
    seq: Option<u64>,
    previous: Option<[u8; 32]>,
    hash: Option<[u8; 32]>,
    digest: Option<[u8; 32]>,
    stub: Option<&'a str>,
}

impl<'a> Found<'a> {
    fn attribute(&mut self, pair: &'a [u8]) -> Result<(), Error> {
        let (mut key, mut value) = (&[][..], &[][..]);
        for field in Fields(pair) {
            match field? {
                (1, Value::Bytes(bytes)) => key = bytes,
                (2, Value::Bytes(bytes)) => value = bytes,
                _ => {}
            }
        }
        match std::str::from_utf8(key).unwrap_or_default() {
            CHAIN => self.chain = Some(Uuid::try_parse(text(value, CHAIN)?).map_err(|_| Error::Value(CHAIN))?),
            SEQ => self.seq = Some(integer(value)?),
            PREVIOUS => self.previous = Some(digest(value, PREVIOUS)?),
            HASH => self.hash = Some(digest(value, HASH)?),
            DIGEST => self.digest = Some(digest(value, DIGEST)?),
            CONTENT => self.content = Some(text(value, CONTENT)?),
            STUB => self.stub = Some(text(value, STUB)?),
            _ => {}
        }
        Ok(())
    }

    fn row(self) -> Result<Row<'a>, Error> {
        let body = match (self.envelope, self.digest, self.stub) {
            (Some(envelope), ..) => Body::Whole { envelope, content: self.content },
            (None, Some(digest), Some(why)) => Body::Stub { digest, why },
            (None, ..) => return Err(Error::Missing("a body")),
        };
        Ok(Row {
            chain: self.chain.ok_or(Error::Missing(CHAIN))?,
            seq: self.seq.ok_or(Error::Missing(SEQ))?,
            previous: self.previous.ok_or(Error::Missing(PREVIOUS))?,
            hash: self.hash.ok_or(Error::Missing(HASH))?,
            time_ns: self.time_ns,
            severity: Severity(self.severity),
            body,
        })
    }
}

/// The `string_value` of an `AnyValue`.
fn text<'a>(value: &'a [u8], what: &'static str) -> Result<&'a str, Error> {
    let mut found = None;
    for field in Fields(value) {
        if let (1, Value::Bytes(bytes)) = field? {
            found = Some(bytes);
        }
    }
    found.and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or(Error::Value(what))
}

fn integer(value: &[u8]) -> Result<u64, Error> {
    let mut found = None;
    for field in Fields(value) {
        if let (3, Value::Varint(number)) = field? {
            found = Some(number);
        }
    }
    // `int_value` is signed.
    found.filter(|number| i64::try_from(*number).is_ok()).ok_or(Error::Value(SEQ))
}

fn digest(value: &[u8], what: &'static str) -> Result<[u8; 32], Error> {
    let mut digest = [0; 32];
    hex::decode_to_slice(text(value, what)?, &mut digest).map_err(|_| Error::Value(what))?;
    Ok(digest)
}

/// The messages in the repeated field `number`.
fn messages(message: &[u8], number: u32) -> impl Iterator<Item = Result<&[u8], Error>> {
    Fields(message).filter_map(move |field| match field {
        Ok((at, Value::Bytes(bytes))) if at == number => Some(Ok(bytes)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
}

/// The fields of a message, one after the other. Ends with the first error.
struct Fields<'a>(&'a [u8]);

enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Other,
}

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            // The tenth byte has room for one bit.
            if shift == 63 && *byte > 1 {
                return None;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn field(&mut self) -> Option<(u32, Value<'a>)> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).ok().filter(|number| *number > 0)?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => {
                self.take(4)?;
                Value::Other
            }
            _ => return None,
        };
        Some((number, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field().ok_or(Error::Protobuf);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}
