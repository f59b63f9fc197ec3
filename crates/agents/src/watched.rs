//! The files that steer an agent: where they lie, and what is in them in a form that can be compared.
//!
//! What a key means to an agent is known in that agent's own module; here is what the agents share: items, how two
//! readings of a file differ, and what a difference means. Values of variables and headers are compared and never shown.

mod items;
mod json;
mod prints;

pub(crate) use items::{Items, Subject, hooks, names, servers, setting};
pub(crate) use json::notes;

use items::{Held, Key};
pub use json::object;
pub use prints::{Print, Prints};
use protocol::settings::{FileKind, Meaning, Scope};
use protocol::{Agent, RawText};
use serde_json::Value;
use std::collections::BTreeMap;
use thiserror::Error;

/// No file that a person or an agent keeps is larger; what an agent notes for itself may be.
pub const LARGEST: u64 = 1 << 20;
const LARGEST_STATE: u64 = 8 << 20;
/// Changes of one file that are listed.
pub const LISTED: usize = 32;

/// A file, or all files of a pattern, that an agent reads.
#[derive(Clone, Copy, Debug)]
pub struct WatchedFile {
    pub scope: Scope,
    /// Below the home folder, the project's top, or the root of the file system. A `*` stands for any run of characters
    /// in one name.
    pub path: &'static str,
    pub kind: FileKind,
    pub(crate) read: Read,
}

/// How a file's content becomes items.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Read {
    /// Text for the model, or a list of patterns: compared as a whole.
    Whole,
    Object(fn(&Value, &mut Items)),
    /// A large file of which little counts: only that is kept of it.
    Notes(fn(&str, &mut Items) -> Result<(), Unread>),
}

impl WatchedFile {
    /// Larger files are not read.
    pub fn largest(&self) -> u64 {
        if self.kind == FileKind::State { LARGEST_STATE } else { LARGEST }
    }
}

/// The files that this agent reads.
pub fn watched_files(agent: Agent) -> &'static [WatchedFile] {
    match agent {
        Agent::ClaudeCode => crate::claude_code::WATCHED,
        Agent::Cursor => crate::cursor::WATCHED,
        _ => &[],
    }
}

/// Why nothing can be said of what is in a file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unread {
    #[error("it is not UTF-8 text")]
    NotText,
    /// With line and column, and nothing of what stands there.
    #[error("it is not whole JSON (line {line}, column {column})")]
    NotJson { line: usize, column: usize },
    #[error("it is nested too deeply")]
    TooDeep,
    #[error("its top level is no object")]
    NotObject,
}

/// What is in a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form {
    items: BTreeMap<Key, Held>,
    /// Our entries, as they stand there: what [`crate::entries::with_entries`] puts back.
    pub own: Option<Value>,
}

impl Form {
    /// Reads a file's content.
    ///
    /// # Errors
    ///
    /// [`Unread`].
    pub fn of(agent: Agent, file: &WatchedFile, bytes: &[u8]) -> Result<Self, Unread> {
        let mut items = Items::of(agent);
        let mut own = None;
        let text = || std::str::from_utf8(bytes).map_err(|_| Unread::NotText);
        match file.read {
            Read::Whole => items.text(file.kind, bytes),
            Read::Notes(read) => read(text()?, &mut items)?,
            Read::Object(read) => {
                read(&object(text()?)?, &mut items);
                if items.has_own() {
                    own = crate::entries::own_entries(agent, text()?).unwrap_or_default();
                }
            }
        }
        Ok(Self { items: items.done(), own })
    }

    /// Are entries of ours in it?
    pub fn has_own(&self) -> bool {
        self.items.keys().any(|key| key.subject == Subject::OwnHook)
    }

    /// What became of `self` in `later`, the most serious first. Empty where nothing that counts is different.
    pub fn changes(&self, later: &Self) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        let gone = self.items.iter().filter(|(key, held)| later.items.get(key).is_none_or(|now| now.mark != held.mark));
        for (key, held) in gone {
            let after = later.items.get(key);
            changes.push(Change::of(key, Some(held), after));
        }
        for (key, held) in later.items.iter().filter(|(key, _)| !self.items.contains_key(key)) {
            changes.push(Change::of(key, None, Some(held)));
        }
        join_hooks(&mut changes);
        changes.sort_by(|a, b| a.meaning.cmp(&b.meaning).then_with(|| a.name.cmp(&b.name)));
        changes
    }
}

/// One difference. Raw: to be sealed before it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub meaning: Meaning,
    pub name: RawText,
    pub before: Option<RawText>,
    pub after: Option<RawText>,
}

impl Change {
    fn of(key: &Key, before: Option<&Held>, after: Option<&Held>) -> Self {
        let shown = |held: &Held| held.shown.clone().map(RawText::from);
        Self {
            meaning: key.subject.meaning(before.is_some(), after.is_some()),
            name: RawText::from(key.name.clone()),
            before: before.and_then(shown),
            after: after.and_then(shown),
        }
    }
}

/// One hook of an event gone and one come is one that was changed.
fn join_hooks(changes: &mut Vec<Change>) {
    let pairs = [
        (Meaning::OwnHookRemoved, Meaning::OwnHookAdded, Meaning::OwnHookChanged),
        (Meaning::HookRemoved, Meaning::HookAdded, Meaning::HookChanged),
    ];
    for (gone, come, changed) in pairs {
        let names: Vec<RawText> =
            changes.iter().filter(|change| change.meaning == gone).map(|change| change.name.clone()).collect();
        for name in names {
            let only = |meaning: Meaning| {
                let mut found =
                    changes.iter().enumerate().filter(|(_, change)| change.meaning == meaning && change.name == name);
                found.next().map(|(at, _)| at).filter(|_| found.next().is_none())
            };
            if let (Some(gone), Some(come)) = (only(gone), only(come)) {
                let after = changes.get(come).and_then(|change| change.after.clone());
                if let Some(change) = changes.get_mut(gone) {
                    (change.meaning, change.after) = (changed, after);
                }
                changes.remove(come);
            }
        }
    }
}

#[cfg(test)]
mod tests;
