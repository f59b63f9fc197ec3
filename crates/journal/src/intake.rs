//! The intake: where a record lies from its answer until the database has it.
//!
//! A transaction of the database costs more than all the rest of a call. So a record gets its place in the chain, is
//! sealed and written here with a single system call, and that is what its caller waits for; the second thread then
//! stores a whole batch in one transaction. What is written is in the operating system's hands, here as there: it
//! survives the process, and both survive a power cut once they are synced.
//!
//! There are two files, `intake-0` and `intake-1`, beside the database. Records go into one while what is in the other is
//! being stored; then that one is emptied. Numbers are big-endian:
//!
//! ```text
//! "taffrail/intake1", frames, u32 0
//! frame:   u32 length of what follows, u64 seq, form and nonce and ciphertext and tag as in the module `seal`, part 2
//! sealed:  hash (32), u32 length of the envelope, envelope, u8 1 and the content, or u8 0
//! ```
//!
//! A frame that does not open is passed over, and a `lost` record says so: either it was being written when the process
//! died, and nobody got a receipt, or it was damaged since. What comes after it gets another place in the chain.
//!
//! Only a plain file is opened: a pipe would keep the reader waiting for ever, and a link would lead the writer elsewhere.
//! Anything else is renamed.

use crate::error::Error;
use crate::seal::Sealer;
use crate::writer::Work;
use chain::Digest;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 16] = b"taffrail/intake1";
const START: u64 = MAGIC.len() as u64;
/// No file is longer.
const CAPACITY: u64 = 512 << 10;
/// What is longer goes to the database at once: writing it twice would cost more than it saves.
const LONGEST: usize = 64 << 10;

/// The two files. A file that has not been emptied takes nothing more.
#[derive(Debug)]
pub(crate) struct Intake {
    files: [Half; 2],
    current: usize,
    /// A file takes so much; beyond, callers wait for the database.
    capacity: u64,
}

#[derive(Debug)]
struct Half {
    path: PathBuf,
    file: File,
    /// Where the next frame goes.
    end: u64,
}

/// A record as it was taken in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
    pub(crate) envelope: Vec<u8>,
    pub(crate) content: Option<Vec<u8>>,
}

fn paths(folder: &Path) -> [PathBuf; 2] {
    ["intake-0", "intake-1"].map(|name| folder.join(name))
}

impl Intake {
    /// Opens the files in the database's folder, or makes them. What they hold stays until [`Intake::empty`]. `room`: what
    /// may be written to both of them.
    pub(crate) fn open(folder: &Path, room: u64) -> Result<Self, Error> {
        let open = |path: PathBuf| -> Result<Half, Error> {
            match plain(&path).and_then(|()| crate::place::private().open(&path)) {
                Ok(file) => return Ok(Half { path, file, end: CAPACITY }),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::PermissionDenied) => {
                    let aside = path.with_extension("aside");
                    tracing::error!(%error, aside = %aside.display(), "what lies in place of the journal's intake is renamed");
                    std::fs::rename(&path, &aside).map_err(Error::io(&path))?;
                }
                Err(source) => return Err(Error::io(&path)(source)),
            }
            let file = crate::place::private().create_new(true).open(&path).map_err(Error::io(&path))?;
            Ok(Half { path, file, end: CAPACITY })
        };
        let [first, second] = paths(folder);
        Ok(Self { files: [open(first)?, open(second)?], current: 0, capacity: (room / 2).min(CAPACITY) })
    }

    /// Writes a record, which is then in the operating system's hands. `false`: there is no room now.
    pub(crate) fn write(&mut self, sealer: &Sealer, seq: u64, hash: Digest, work: &Work) -> Result<bool, Error> {
        let draft = &work.draft;
        let content = draft.content.as_deref();
        let length = draft.envelope.len() + content.map_or(0, <[u8]>::len);
        let Some(half) = self.files.get_mut(self.current) else { return Ok(false) };
        if length > LONGEST || half.end + length as u64 + 128 > self.capacity {
            return Ok(false);
        }
        let mut bytes = Vec::with_capacity(length + 37);
        bytes.extend_from_slice(&hash.0);
        bytes.extend_from_slice(&word(draft.envelope.len()));
        bytes.extend_from_slice(&draft.envelope);
        bytes.push(u8::from(content.is_some()));
        bytes.extend_from_slice(content.unwrap_or_default());
        let sealed = sealer.seal_taken(seq, bytes)?;
        let mut frame = Vec::with_capacity(sealed.len() + 16);
        frame.extend_from_slice(&word(8 + sealed.len()));
        frame.extend_from_slice(&seq.to_be_bytes());
        frame.extend_from_slice(&sealed);
        let grown = frame.len() as u64;
        // What lay here before the file was emptied must not be taken for the next frame.
        frame.extend_from_slice(&[0; 4]);
        if let Err(source) = write_at(&half.file, half.end, &frame) {
            // Half of it may be there, on a full disk. What is there can be written to.
            write_at(&half.file, half.end, &[0; 4]).ok();
            return Err(Error::io(&half.path)(source));
        }
        half.end += grown;
        Ok(true)
    }

    /// Is it time to store what is here, so that the next callers find room?
    pub(crate) fn fills(&self) -> bool {
        self.files.get(self.current).is_some_and(|half| half.end > self.capacity / 2)
    }

    /// Turns to the other file, if that is empty.
    pub(crate) fn turn(&mut self) -> bool {
        let other = 1 - self.current;
        let turns = self.files.get(other).is_some_and(|half| half.end == START);
        if turns {
            self.current = other;
        }
        turns
    }

    /// Empties the file that is not written to now, or both: all that is in them is stored.
    pub(crate) fn empty(&mut self, both: bool) -> Result<(), Error> {
        let current = self.current;
        for (at, half) in self.files.iter_mut().enumerate() {
            if half.end != START && (both || at != current) {
                write_at(&half.file, 0, &[MAGIC.as_slice(), &[0; 4]].concat()).map_err(Error::io(&half.path))?;
                half.end = START;
            }
        }
        Ok(())
    }
}

fn plain(path: &Path) -> io::Result<()> {
    if std::fs::symlink_metadata(path)?.is_file() {
        Ok(())
    } else {
        Err(io::Error::new(ErrorKind::InvalidInput, "not a plain file"))
    }
}

fn word(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(unix)]
fn write_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    use std::io::{Seek as _, Write as _};
    file.seek(io::SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// What lies in the intake of a database's folder.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In the order of the chain.
    pub(crate) taken: Vec<Taken>,
    /// Of each file whose end is not readable: the last number that is (0: none), and how many frames come after it.
    pub(crate) torn: Vec<(u64, u64)>,
}

/// Reads the intake of a database's folder.
pub(crate) fn read(folder: &Path, sealer: &Sealer) -> Found {
    let mut found = Found::default();
    for path in paths(folder) {
        let mut bytes = Vec::new();
        let read = plain(&path).and_then(|()| File::open(&path)?.take(CAPACITY).read_to_end(&mut bytes));
        match &read {
            // Just made.
            Ok(0) => continue,
            Ok(_) => {}
            // A journal of an earlier version has none.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => tracing::error!(path = %path.display(), %error, "the journal's intake cannot be read"),
        }
        let known = found.taken.len();
        let frames = bytes.strip_prefix(MAGIC);
        let after =
            frames.map_or(1, |frames| frames_of(frames, sealer, &mut found.taken)).max(u64::from(read.is_err()));
        if after > 0 {
            found.torn.push((found.taken.get(known..).and_then(|of| of.last()).map_or(0, |last| last.seq), after));
        }
    }
    found.taken.sort_by_key(|taken| taken.seq);
    found.taken.dedup_by_key(|taken| taken.seq);
    found
}

/// Reads frames; returns how many come after the last that is readable. One that is cut counts.
fn frames_of(mut bytes: &[u8], sealer: &Sealer, all: &mut Vec<Taken>) -> u64 {
    let mut after = 0;
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length == 0 {
            return after;
        }
        let Some((frame, rest)) = rest.split_at_checked(length) else { break };
        match frame.split_first_chunk::<8>().and_then(|(seq, sealed)| open(*seq, sealed, sealer)) {
            Some(taken) => {
                all.push(taken);
                after = 0;
            }
            None => after += 1,
        }
        bytes = rest;
    }
    after + 1
}

fn open(seq: [u8; 8], sealed: &[u8], sealer: &Sealer) -> Option<Taken> {
    let seq = u64::from_be_bytes(seq);
    let bytes = sealer.open_taken(seq, sealed)?;
    let (hash, rest) = bytes.split_first_chunk::<32>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (envelope, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let (has, content) = rest.split_first()?;
    let content = (*has == 1).then(|| content.to_vec());
    Some(Taken { seq, hash: Digest(*hash), envelope: envelope.to_vec(), content })
}
