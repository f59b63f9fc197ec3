//! The mark: how far the chain is known to be on disk, kept beside the keys.
//!
//! The journal itself cannot tell that its tail was cut or that an older copy was put in its place; the mark can. It is
//! one file of two slots of 512 bytes. A slot is a line of text:
//!
//! ```text
//! taffrail-mark 1 CHAIN(32 hex) SEQ(20 digits) HASH(64 hex) LOST(20 digits) COUNT(20 digits) CHECK(16 hex)\n
//! ```
//!
//! padded with spaces. `COUNT` grows with each write; the slots are written in turn, so that a write that is torn by a
//! power cut leaves the other one whole. The file's blocks are allocated once: writing it needs no space on a full disk,
//! which is why it also carries `LOST`, the number of records that were refused and are not yet told of in the journal.
//! `CHECK` is the start of a SHA-256 over the rest of the line: against torn writes, not against an attacker, who would
//! have to be where the keys are.

use crate::error::Error;
use chain::Digest;
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use uuid::Uuid;

const SLOT: usize = 512;

/// What a slot says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub chain: Uuid,
    /// The last record that is known to be on disk; 0 for a chain that is just being started.
    pub seq: u64,
    pub hash: Digest,
    /// Records that were refused and that no `lost` record tells of yet.
    pub lost: u64,
}

#[derive(Debug)]
pub(crate) struct MarkFile {
    path: PathBuf,
    file: File,
    count: u64,
}

impl MarkFile {
    /// Opens or creates the file. The mark is `None` where there is none, or none that can be read.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<Mark>), Error> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(Error::io(path))?;
        let mut bytes = Vec::new();
        (&mut file).take(2 * SLOT as u64).read_to_end(&mut bytes).map_err(Error::io(path))?;
        let newest = bytes.chunks(SLOT).filter_map(read_slot).max_by_key(|(count, _)| *count);
        if bytes.len() < 2 * SLOT {
            file.set_len(0).and_then(|()| write_at(&mut file, 0, &[b' '; 2 * SLOT])).map_err(Error::io(path))?;
            if let Some(dir) = path.parent() {
                sync_dir(dir)?;
            }
        }
        let count = newest.map_or(0, |(count, _)| count);
        Ok((Self { path: path.to_owned(), file, count }, newest.map(|(_, mark)| mark)))
    }

    /// Writes the mark; it is on disk when this returns.
    pub(crate) fn write(&mut self, mark: &Mark) -> Result<(), Error> {
        self.count += 1;
        let slot = if self.count.is_multiple_of(2) { 0 } else { SLOT as u64 };
        write_at(&mut self.file, slot, &slot_text(self.count, mark))
            .and_then(|()| self.file.sync_data())
            .map_err(Error::io(&self.path))
    }

    /// Keeps a copy under another name, beside a journal that is set aside.
    pub(crate) fn copy_to(&self, path: &Path) -> Result<(), Error> {
        std::fs::copy(&self.path, path).map(|_| ()).map_err(Error::io(path))
    }
}

/// Reads a mark without opening it for writing; for `verify`.
///
/// # Errors
///
/// When the file cannot be read. `None`: it is not there, or says nothing readable.
pub fn read(path: &Path) -> Result<Option<Mark>, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(2 * SLOT as u64).read_to_end(&mut bytes).map_err(Error::io(path))?;
    Ok(bytes.chunks(SLOT).filter_map(read_slot).max_by_key(|(count, _)| *count).map(|(_, mark)| mark))
}

fn write_at(file: &mut File, at: u64, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// Makes names in a folder durable. Where folders cannot be opened (Windows), the file system sees to it.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(Error::io(dir))?;
    }
    Ok(())
}

fn check(line: &str) -> String {
    let digest = Sha256::digest(line.as_bytes());
    hex::encode(digest.get(..8).unwrap_or_default())
}

fn slot_text(count: u64, mark: &Mark) -> Vec<u8> {
    let line = format!(
        "taffrail-mark 1 {} {:020} {} {:020} {count:020}",
        mark.chain.simple(),
        mark.seq,
        mark.hash.to_hex(),
        mark.lost
    );
    let mut text = format!("{line} {}\n", check(&line)).into_bytes();
    text.resize(SLOT, b' ');
    text
}

fn read_slot(bytes: &[u8]) -> Option<(u64, Mark)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (line, _) = text.split_once('\n')?;
    let (line, sum) = line.rsplit_once(' ')?;
    if sum != check(line) {
        return None;
    }
    let mut words = line.split(' ');
    if words.next()? != "taffrail-mark" || words.next()? != "1" {
        return None;
    }
    let chain = Uuid::try_parse(words.next()?).ok()?;
    let seq = words.next()?.parse().ok()?;
    let hash = Digest::from_hex(words.next()?).ok()?;
    let lost = words.next()?.parse().ok()?;
    let count = words.next()?.parse().ok()?;
    words.next().is_none().then_some((count, Mark { chain, seq, hash, lost }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(seq: u64) -> Mark {
        Mark { chain: Uuid::from_u128(5), seq, hash: Digest([9; 32]), lost: 2 }
    }

    #[test]
    fn the_newest_mark_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mark");
        let (mut file, none) = MarkFile::open(&path).unwrap();
        assert_eq!(none, None);
        for seq in 1..=5 {
            file.write(&mark(seq)).unwrap();
            assert_eq!(read(&path).unwrap(), Some(mark(seq)));
        }
        drop(file);
        let (mut file, found) = MarkFile::open(&path).unwrap();
        assert_eq!(found, Some(mark(5)));
        file.write(&mark(6)).unwrap();
        assert_eq!(read(&path).unwrap(), Some(mark(6)));
    }

    #[test]
    fn a_write_that_is_torn_at_any_byte_leaves_the_mark_before_it() {
        let (old, new) = (slot_text(1, &mark(1)), slot_text(2, &mark(2)));
        for at in 0..SLOT {
            // Slot 0 held count 0 (spaces) and is being overwritten by count 2; slot 1 holds count 1.
            let mut bytes = new.get(..at).unwrap().to_vec();
            bytes.resize(SLOT, b' ');
            bytes.extend_from_slice(&old);
            let newest = bytes.chunks(SLOT).filter_map(read_slot).max_by_key(|(count, _)| *count).unwrap().1;
            let whole = new.iter().take(at).filter(|b| **b == b'\n').count() == 1;
            assert_eq!(newest, mark(if whole { 2 } else { 1 }), "torn at {at}");
        }
    }

    #[test]
    fn a_file_of_anything_else_is_no_mark() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mark");
        for bytes in [b"".as_slice(), b"taffrail-mark 1\n", &[0xff; 3000], &[b' '; 2 * SLOT]] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read(&path).unwrap(), None);
            let (mut file, found) = MarkFile::open(&path).unwrap();
            assert_eq!(found, None);
            file.write(&mark(3)).unwrap();
            assert_eq!(read(&path).unwrap(), Some(mark(3)));
        }
    }
}
