//! What was in the files of a place, what is in them now, and what is different.

use super::expand::Row;
use agents::watched::{Change, Form};
use platform::files;
use protocol::Agent;
use protocol::settings::{FileKind, Meaning};
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A file that is different. Without a meaning: as it was found first.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) path: PathBuf,
    pub(super) row: Row,
    /// Each once, the most serious first.
    pub(super) meanings: Vec<Meaning>,
    pub(super) changes: Vec<Change>,
    pub(super) unreadable: Option<String>,
    pub(super) later: Form,
}

/// The files of one place that exist.
#[derive(Debug, Default)]
pub(super) struct Files {
    seen: BTreeMap<PathBuf, Seen>,
    /// Were they looked at before?
    known: bool,
}

#[derive(Debug)]
struct Seen {
    row: Row,
    stamp: Stamp,
    /// A second write would have had another stamp.
    settled: bool,
    /// Of the content, as far as it can be read.
    mark: u64,
    /// What was in it when it could be read last.
    form: Form,
    unreadable: Option<String>,
}

/// What differs whenever somebody wrote: a look without reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    size: u64,
    changed: (i64, i64),
}

impl Stamp {
    fn of(meta: &Metadata) -> Self {
        Self { file: (meta.dev(), meta.ino()), size: meta.size(), changed: (meta.ctime(), meta.ctime_nsec()) }
    }

    /// Old enough for the next write to have another time, by the system's coarse clock.
    fn is_settled(&self) -> bool {
        const TICK_NS: i64 = 20_000_000;
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
        let seconds = now.tv_sec.saturating_sub(self.changed.0).saturating_mul(1_000_000_000);
        seconds.saturating_add(now.tv_nsec - self.changed.1) > TICK_NS
    }
}

impl Files {
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }

    /// We wrote this into a file: it is known, unless somebody else has written since.
    pub(super) fn wrote(&mut self, path: &Path, row: &Row, text: &str) {
        let Ok(meta) = std::fs::metadata(path) else { return };
        let seen = row.read(path, &meta, None, Form::default());
        if seen.mark == mark(text.as_bytes()) {
            self.seen.insert(path.to_owned(), seen);
        }
    }

    /// `owner`: only files of this user are read.
    pub(super) fn compare(&mut self, now: &BTreeMap<PathBuf, Row>, owner: Option<u32>) -> Vec<Difference> {
        let mut differences = Vec::new();
        let first = !std::mem::replace(&mut self.known, true);
        let mut gone: Vec<PathBuf> = self.seen.keys().filter(|path| !now.contains_key(*path)).cloned().collect();
        for (path, row) in now {
            let meta = match std::fs::metadata(path) {
                Ok(meta) => Some(meta),
                // A link in a circle, or a folder that may not be entered, is there and cannot be read.
                Err(error) if matches!(error.raw_os_error(), Some(code) if unreachable(code)) => {
                    std::fs::symlink_metadata(path).ok()
                }
                Err(_) => None,
            };
            let before = self.seen.get(path);
            let Some(meta) = meta else {
                gone.extend(before.is_some().then(|| path.clone()));
                continue;
            };
            let stamp = Stamp::of(&meta);
            if before.is_some_and(|seen| seen.stamp == stamp && seen.settled) {
                continue;
            }
            let kept = before.map(|seen| seen.form.clone()).unwrap_or_default();
            let later = row.read(path, &meta, owner, kept);
            let difference = difference(path, before, &later, first);
            self.seen.insert(path.clone(), later);
            differences.extend(difference);
        }
        for path in gone {
            if let Some(seen) = self.seen.remove(&path) {
                let changes = seen.form.changes(&Form::default());
                differences.push(told(path, &seen, changes, Meaning::FileRemoved, Form::default()));
            }
        }
        differences
    }
}

fn unreachable(code: i32) -> bool {
    [rustix::io::Errno::LOOP, rustix::io::Errno::ACCESS].iter().any(|errno| errno.raw_os_error() == code)
}

impl Row {
    /// `kept`: what was in it, where it cannot be read now.
    fn read(&self, path: &Path, meta: &Metadata, owner: Option<u32>, kept: Form) -> Seen {
        let stamp = Stamp::of(meta);
        let settled = stamp.is_settled();
        let (mark, read) = match files::read_linked(path, self.file.largest(), owner) {
            Ok(bytes) => {
                let agent = self.agents.first().copied().unwrap_or(Agent::ClaudeCode);
                (mark(&bytes), Form::of(agent, self.file, &bytes).map_err(|why| why.to_string()))
            }
            Err(error) => (0, Err(why(&error, self.file.largest()))),
        };
        match read {
            Ok(form) => Seen { row: self.clone(), stamp, settled, mark, form, unreadable: None },
            Err(why) => Seen { row: self.clone(), stamp, settled, mark, form: kept, unreadable: Some(why) },
        }
    }
}

fn mark(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Without the path, which the record has, masked.
fn why(error: &files::Error, limit: u64) -> String {
    match error {
        files::Error::NotRegular(_) => "it is no regular file".to_owned(),
        files::Error::TooBig { .. } => format!("it is over {limit} bytes"),
        files::Error::Owner { .. } => "it belongs to another user".to_owned(),
        files::Error::Io { source, .. } => format!("it cannot be opened ({})", source.kind()),
        _ => "it cannot be opened".to_owned(),
    }
}

fn difference(path: &Path, before: Option<&Seen>, later: &Seen, first: bool) -> Option<Difference> {
    if first {
        return Some(Difference {
            meanings: Vec::new(),
            ..told(path.to_owned(), later, Vec::new(), Meaning::FileAdded, later.form.clone())
        });
    }
    if later.unreadable.is_some() {
        if before.is_some_and(|before| before.unreadable == later.unreadable) {
            return None;
        }
        return Some(told(path.to_owned(), later, Vec::new(), Meaning::FileUnreadable, Form::default()));
    }
    let nothing = Form::default();
    let changes = before.map_or(&nothing, |before| &before.form).changes(&later.form);
    let else_ = match before {
        None => Meaning::FileAdded,
        Some(before) if before.mark == later.mark => return None,
        // It changes all the time, by the agent's own doing.
        Some(before) if later.row.file.kind == FileKind::State && before.unreadable.is_none() && changes.is_empty() => {
            return None;
        }
        Some(_) => Meaning::FormChanged,
    };
    Some(told(path.to_owned(), later, changes, else_, later.form.clone()))
}

/// `otherwise`: what it means where no single thing in it changed.
fn told(path: PathBuf, seen: &Seen, changes: Vec<Change>, otherwise: Meaning, later: Form) -> Difference {
    let mut meanings: Vec<Meaning> = changes.iter().map(|change| change.meaning).collect();
    meanings.dedup();
    if meanings.is_empty() {
        meanings.push(otherwise);
    }
    Difference { path, row: seen.row.clone(), meanings, changes, unreadable: seen.unreadable.clone(), later }
}
