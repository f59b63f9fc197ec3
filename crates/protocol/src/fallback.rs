//! The fallback table: finished answers for the time when no daemon gives one.
//!
//! The daemon writes it at each change of policy or mode (`fallback.bin`); the hook reads it and prints the bytes. The
//! hook knows no agent's dialect, so the answers are made by `crates/agents`.
//!
//! # Format, version 2
//!
//! ```text
//! "TAFB"  u8 version (2)  u8 mode (0 detect, 1 enforce)  u16 count  u64 serial  32 bytes, device key
//! count × { u8 length, agent · u8 length, event · u8 situation · u8 exit · u32 length, stdout · u32 length, stderr }
//! u32 CRC-32 (IEEE) of everything before it
//! ```
//!
//! Integers are big-endian. An event of length 0 stands for every event of the agent that has no row of its own. A
//! table that does not read back whole is not used at all. Version 1 had neither serial nor key, and is still read.
//!
//! Serial and key say which snapshot of the settings belongs to the table: see [`Publication`].

use thiserror::Error;

pub const MAGIC: [u8; 4] = *b"TAFB";
pub const VERSION: u8 = 2;
/// The version before, which is still read.
const BEFORE: u8 = 1;
/// A table is a few kilobytes; more is not a table.
pub const MAX_BYTES: usize = 1 << 20;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Situation {
    /// No daemon, or none that answers in time.
    Away,
    /// The payload cannot be read.
    Malformed,
    /// The payload is over 64 MiB.
    TooBig,
    /// Someone with root's rights has told Taffrail to stand down.
    StoodDown,
}

/// What was published together with a table: the settings' snapshot, from which a call is judged without a daemon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// Counts publications. A snapshot with a lower one is an old one put back.
    pub serial: u64,
    /// The device's public key (Ed25519), with which the snapshot is signed. Zeros: there is no snapshot.
    pub key: [u8; 32],
}

/// Bytes to be printed and the exit code to end with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub exit: u8,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub agent: String,
    /// Empty: every event of the agent that has no row of its own.
    pub event: String,
    pub situation: Situation,
    pub answer: Answer,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub enforce: bool,
    pub published: Publication,
    pub rows: Vec<Row>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    #[error("not a fallback table")]
    Magic,
    #[error("a fallback table of version {0}, which this program does not read")]
    Version(u8),
    #[error("the fallback table is cut short")]
    Short,
    #[error("the fallback table is damaged")]
    Checksum,
    #[error("the fallback table has an unknown situation")]
    Situation,
    #[error("a part of the fallback table is too long")]
    TooLong,
}

impl Table {
    /// The answer for this event: its own row, else the agent's row for every event.
    pub fn find(&self, agent: &str, event: &str, situation: Situation) -> Option<&Answer> {
        let of = |event: &str| {
            self.rows
                .iter()
                .find(|r| r.agent == agent && r.event == event && r.situation == situation)
                .map(|r| &r.answer)
        };
        of(event).or_else(|| of(""))
    }

    /// # Errors
    ///
    /// [`Error::TooLong`] when a name is over 255 bytes, an answer over `u32::MAX`, or there are over 65,535 rows.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        out.extend_from_slice(&MAGIC);
        out.push(VERSION);
        out.push(u8::from(self.enforce));
        out.extend_from_slice(&u16::try_from(self.rows.len()).map_err(|_| Error::TooLong)?.to_be_bytes());
        out.extend_from_slice(&self.published.serial.to_be_bytes());
        out.extend_from_slice(&self.published.key);
        for row in &self.rows {
            for name in [&row.agent, &row.event] {
                out.push(u8::try_from(name.len()).map_err(|_| Error::TooLong)?);
                out.extend_from_slice(name.as_bytes());
            }
            out.push(match row.situation {
                Situation::Away => 0,
                Situation::Malformed => 1,
                Situation::TooBig => 2,
                Situation::StoodDown => 3,
            });
            out.push(row.answer.exit);
            for bytes in [&row.answer.stdout, &row.answer.stderr] {
                out.extend_from_slice(&u32::try_from(bytes.len()).map_err(|_| Error::TooLong)?.to_be_bytes());
                out.extend_from_slice(bytes);
            }
        }
        let sum = crc32(&out);
        out.extend_from_slice(&sum.to_be_bytes());
        Ok(out)
    }

    /// # Errors
    ///
    /// Any [`enum@Error`] but `TooLong`: the bytes are no whole table of a version that this program reads.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (body, sum) = bytes.split_last_chunk::<4>().ok_or(Error::Short)?;
        let mut rest = Cursor(body);
        if rest.take(4)? != MAGIC {
            return Err(Error::Magic);
        }
        let version = rest.byte()?;
        if version != VERSION && version != BEFORE {
            return Err(Error::Version(version));
        }
        if crc32(body) != u32::from_be_bytes(*sum) {
            return Err(Error::Checksum);
        }
        let enforce = rest.byte()? == 1;
        let count = u16::from_be_bytes([rest.byte()?, rest.byte()?]);
        let published = if version == BEFORE {
            Publication::default()
        } else {
            Publication { serial: u64::from_be_bytes(rest.array()?), key: rest.array()? }
        };
        let mut rows = Vec::new();
        for _ in 0..count {
            let agent = rest.name()?;
            let event = rest.name()?;
            let situation = match rest.byte()? {
                0 => Situation::Away,
                1 => Situation::Malformed,
                2 => Situation::TooBig,
                3 => Situation::StoodDown,
                _ => return Err(Error::Situation),
            };
            let exit = rest.byte()?;
            rows.push(Row {
                agent,
                event,
                situation,
                answer: Answer { exit, stdout: rest.long()?, stderr: rest.long()? },
            });
        }
        if rest.0.is_empty() { Ok(Self { enforce, published, rows }) } else { Err(Error::Short) }
    }
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Error::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.take(N)?.try_into().map_err(|_| Error::Short)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        self.take(1)?.first().copied().ok_or(Error::Short)
    }

    fn name(&mut self) -> Result<String, Error> {
        let length = self.byte()?;
        Ok(String::from_utf8_lossy(self.take(usize::from(length))?).into_owned())
    }

    fn long(&mut self) -> Result<Vec<u8>, Error> {
        let length = u32::from_be_bytes([self.byte()?, self.byte()?, self.byte()?, self.byte()?]);
        Ok(self.take(usize::try_from(length).map_err(|_| Error::Short)?)?.to_vec())
    }
}

/// CRC-32 (IEEE 802.3), bit by bit: a few kilobytes once per policy change, and only when no daemon answers.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let answer = Answer { exit: 0, stdout: b"{}".to_vec(), stderr: Vec::new() };
        Table {
            enforce: true,
            published: Publication { serial: 7, key: [9; 32] },
            rows: vec![
                Row {
                    agent: "claude-code".into(),
                    event: String::new(),
                    situation: Situation::Away,
                    answer: Answer::default(),
                },
                Row { agent: "claude-code".into(), event: "PreToolUse".into(), situation: Situation::Away, answer },
            ],
        }
    }

    #[test]
    fn the_checksum_is_the_ieee_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_table_reads_back_and_any_cut_or_flip_is_refused() {
        let bytes = table().encode().unwrap();
        assert_eq!(Table::decode(&bytes).unwrap(), table());
        for cut in 0..bytes.len() {
            assert!(Table::decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1;
            assert!(Table::decode(&bad).is_err(), "flip at {at}");
        }
    }

    #[test]
    fn an_event_without_a_row_gets_the_agents_own() {
        let table = table();
        assert_eq!(table.find("claude-code", "PreToolUse", Situation::Away).unwrap().stdout, b"{}");
        assert!(table.find("claude-code", "Stop", Situation::Away).unwrap().stdout.is_empty());
        assert!(table.find("claude-code", "Stop", Situation::TooBig).is_none());
        assert!(table.find("cursor", "stop", Situation::Away).is_none());
    }
}
