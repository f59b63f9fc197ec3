//! What was in the files of a place, what is in them now, and what is different.

use super::expand::Row;
use super::kept::{KeptFile, KeptFiles};
use agents::watched::{Change, Form, Print};
use platform::files;
use protocol::Agent;
use protocol::settings::{FileKind, Meaning, Scope};
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
    /// Since the file was seen before this start, and nobody watched it.
    pub(super) unwatched: bool,
}

/// The files of one place that exist.
#[derive(Debug, Default)]
pub(super) struct Files {
    seen: BTreeMap<PathBuf, Seen>,
    /// Were they looked at before?
    known: bool,
    /// What was seen of them before the start; until they are looked at.
    kept: Option<KeptFiles>,
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

impl Seen {
    /// Of a file that is not there any more.
    fn gone(row: Row) -> Self {
        let stamp = Stamp { file: (0, 0), size: 0, changed: (0, 0) };
        Self { row, stamp, settled: false, mark: 0, form: Form::default(), unreadable: None }
    }
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
    /// Of a place that was looked at before the start.
    pub(super) fn since(kept: Option<KeptFiles>) -> Self {
        Self { kept, ..Self::default() }
    }

    /// What is kept of them over a restart.
    pub(super) fn to_keep(&self, print: Print<'_>) -> KeptFiles {
        if let Some(kept) = &self.kept {
            return kept.clone();
        }
        let file = |seen: &Seen| KeptFile::new(seen.row.file, print(&seen.mark.to_be_bytes()), seen.form.prints(print));
        self.seen.iter().map(|(path, seen)| (path.clone(), file(seen))).collect()
    }

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
    pub(super) fn compare(
        &mut self,
        now: &BTreeMap<PathBuf, Row>,
        owner: Option<u32>,
        (scope, print): (Scope, Print<'_>),
    ) -> Vec<Difference> {
        let mut differences = Vec::new();
        let mut earlier = self.kept.take();
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
            let difference = match &mut earlier {
                Some(earlier) => unwatched(path, earlier.remove(path).as_ref(), &later, print),
                None => difference(path, before, &later, first),
            };
            self.seen.insert(path.clone(), later);
            differences.extend(difference);
        }
        for path in gone {
            if let Some(seen) = self.seen.remove(&path) {
                let changes = seen.form.changes(&Form::default());
                differences.push(told(path, &seen, changes, Meaning::FileRemoved, Form::default()));
            }
        }
        for (path, file) in earlier.into_iter().flatten() {
            let Some((agents, row)) = file.row(scope) else { continue };
            let seen = Seen::gone(Row { agents, file: row });
            let changes = file.things.map(|things| Form::default().changes_since(&things, print)).unwrap_or_default();
            let told = told(path, &seen, changes, Meaning::FileRemoved, Form::default());
            differences.push(Difference { unwatched: true, ..told });
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

/// Against what was kept of it. As it was found first, where that is the same.
fn unwatched(path: &Path, kept: Option<&KeptFile>, later: &Seen, print: Print<'_>) -> Option<Difference> {
    let as_found = difference(path, None, later, true);
    let Some(kept) = kept else {
        let changes = Form::default().changes(&later.form);
        let told = told(path.to_owned(), later, changes, Meaning::FileAdded, later.form.clone());
        return Some(Difference { unwatched: true, ..told });
    };
    if kept.mark == print(&later.mark.to_be_bytes()) {
        return as_found;
    }
    if later.unreadable.is_some() {
        let told = told(path.to_owned(), later, Vec::new(), Meaning::FileUnreadable, Form::default());
        return Some(Difference { unwatched: true, ..told });
    }
    let changes = kept.things.as_ref().map(|things| later.form.changes_since(things, print)).unwrap_or_default();
    // It changes all the time, by the agent's own doing.
    if later.row.file.kind == FileKind::State && changes.is_empty() {
        return as_found;
    }
    let told = told(path.to_owned(), later, changes, Meaning::FormChanged, later.form.clone());
    Some(Difference { unwatched: true, ..told })
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
    let (row, unreadable) = (seen.row.clone(), seen.unreadable.clone());
    Difference { path, row, meanings, changes, unreadable, later, unwatched: false }
}
