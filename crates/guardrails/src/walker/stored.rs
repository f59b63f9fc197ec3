//! Scripts that lie on this machine: read through the facts, and judged like a text that the call itself carries.
//!
//! A file that was there before is no message of the agent: what is not known of it (a variable that its caller sets, a
//! program that no table has) is not asked about, and what cannot be read of it stays a run of that file. What it would
//! do for sure counts as in any text.

use super::{MAX_WORK, Walker};
use crate::paths::Found;
use protocol::effect::{Action, Code};
use protocol::{AbsPath, Field, PathClass, RawText, Text};
use std::sync::Arc;

/// Files that one call may have read.
const MAX_FILES: u32 = 12;
/// Bytes of one file that are read, and of all files of a call.
const MAX_FILE: usize = 32 * 1024;
const MAX_BYTES: usize = 128 * 1024;
/// Work that all files of a call may cost, beside that of its own text.
const MAX_FILE_WORK: u32 = MAX_WORK / 2;
/// Files that start one another.
const MAX_OPEN: usize = 4;

/// What reading may still cost, and which files are open.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    files: u32,
    bytes: usize,
    work: u32,
    open: Vec<Vec<u8>>,
}

impl Walker<'_> {
    /// What a file holds that this call runs. Nothing where it cannot be read, is no text, or where enough was read.
    pub(crate) fn stored(&mut self, found: &Found) -> Option<Arc<[u8]>> {
        // Installed programs are known by their names; a file of secrets is no program.
        let apart = PathClass::SYSTEM | PathClass::CREDENTIAL | PathClass::DEVICE;
        if !self.is_here() || self.exhausted || self.windows || found.target.class.intersects(apart) {
            return None;
        }
        let named = found.target.path.known()?;
        let path = AbsPath::normal(found.target.resolved.as_ref().unwrap_or(named).bytes());
        if self.stored.files >= MAX_FILES || self.stored.open.len() >= MAX_OPEN {
            return None;
        }
        self.stored.files += 1;
        let Field::Known(text) = self.facts.look.read(&path) else { return None };
        let all = self.stored.bytes.saturating_add(text.len());
        if text.len() > MAX_FILE || all > MAX_BYTES || memchr::memchr(0, &text).is_some() {
            return None;
        }
        self.stored.bytes = all;
        Some(text)
    }

    /// Goes through what such a file says, or that part of it which is called so. Nothing, and no effect, where that is
    /// being gone through already.
    pub(crate) fn through_stored<R>(
        &mut self,
        found: &Found,
        part: &str,
        inside: impl FnOnce(&mut Self) -> R,
    ) -> Option<R> {
        let part = [found.target.path.known()?.bytes(), b"\0", part.as_bytes()].concat();
        if self.exhausted || self.stored.work >= MAX_FILE_WORK || self.stored.open.contains(&part) {
            return None;
        }
        let outermost = self.stored.open.is_empty();
        let from = self.effects.len();
        // What files cost is not taken from the text of the call: a long script must not hide what follows it.
        let before = self.work.get();
        if outermost {
            self.work.set(MAX_WORK - (MAX_FILE_WORK - self.stored.work));
        }
        self.stored.open.push(part);
        let result = inside(self);
        self.stored.open.pop();
        if outermost {
            self.stored.work = MAX_FILE_WORK.saturating_sub(MAX_WORK.saturating_sub(self.work.get()));
            self.work.set(before);
            self.keep_known_harm(from);
            // Where there is still too much of anything, the next effect says so.
            self.exhausted = false;
        }
        Some(result)
    }

    /// Of the effects from `from` on keeps those that a rule could mind and whose target is known.
    fn keep_known_harm(&mut self, from: usize) {
        let mut at = 0;
        self.effects.retain(|effect| {
            at += 1;
            at <= from || (is_harmful(&effect.action) && has_known_target(&effect.action))
        });
    }
}

fn has_known_target(action: &Action<RawText>) -> bool {
    match action {
        Action::Delete { target, .. } | Action::ChangeMode { target, .. } => !matches!(target.path, Field::Unknown(_)),
        Action::Move { from, .. } => !matches!(from.path, Field::Unknown(_)),
        _ => true,
    }
}

/// Is this more than what any program does?
pub(super) fn is_harmful(action: &Action<RawText>) -> bool {
    let sensitive =
        PathClass::CREDENTIAL | PathClass::AGENT_CONFIG | PathClass::TAFFRAIL | PathClass::SYSTEM | PathClass::AUTO_RUN;
    match action {
        Action::Run { code, .. } => matches!(code, Code::Download { .. } | Code::Decoded),
        Action::Read { target, .. } => target.class.contains(PathClass::CREDENTIAL),
        Action::Write { target, .. } => target.class.intersects(sensitive),
        Action::Unknown { .. } | Action::Fetch { .. } => false,
        Action::Delete { target, .. } => !matches!(&target.path, Field::Known(path) if path.bytes().is_empty()),
        _ => true,
    }
}
