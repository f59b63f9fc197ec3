//! What agents of one user made, wrote and downloaded, by path.

use super::bounded::{Bounded, Weight};
use super::{EFFECTS, Noted, here};
use protocol::effect::{Certain, Target, WriteMode};
use protocol::{Action, Field, Text};

#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) uid: u32,
    pub(super) touched: i64,
    pub(super) made: Bounded<i64>,
    pub(super) written: Bounded<i64>,
    pub(super) downloaded: Bounded<i64>,
    /// What may hold a credential.
    pub(super) secrets: Bounded<i64>,
}

/// What a call will have done when it has ended well.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    pub(super) changes: Vec<Change>,
    /// Keys of what a person was asked about.
    pub(super) asked: Vec<Box<[u8]>>,
    /// When it was judged, in microseconds since 1970.
    pub(super) at: i64,
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    Made(Box<[u8]>),
    Gone(Box<[u8]>),
    Moved {
        from: Box<[u8]>,
        to: Box<[u8]>,
        /// Nothing was at `to`.
        fresh: bool,
    },
}

/// Where a target really lies: what may be deleted is decided by this.
pub(crate) fn real<S: Text>(target: &Target<S>) -> Option<&[u8]> {
    target.resolved.as_ref().or(target.path.known()).map(Text::bytes)
}

/// A target by its name and by where that leads.
pub(crate) fn both<S: Text>(target: &Target<S>) -> impl Iterator<Item = &[u8]> {
    target.path.known().into_iter().chain(&target.resolved).map(Text::bytes)
}

impl Pending {
    pub(super) fn of<S: Text>(event: &Noted<'_, S>) -> Self {
        let mut pending = Self { at: event.at, ..Self::default() };
        for effect in event.effects.iter().take(EFFECTS).filter(|effect| here(effect)) {
            match &effect.action {
                Action::Write { target, mode: WriteMode::Create | WriteMode::Replace, .. } => {
                    if let (Some(path), Field::Known(false), Certain::Will) =
                        (real(target), &target.exists, effect.head.certain)
                    {
                        pending.changes.push(Change::Made(path.into()));
                    }
                }
                Action::Delete { target, .. } => {
                    if let Some(path) = real(target) {
                        pending.changes.push(Change::Gone(path.into()));
                    }
                }
                Action::Move { from, to } => {
                    if let (Some(source), Some(place)) = (real(from), real(to)) {
                        pending.changes.push(Change::Moved {
                            from: source.into(),
                            to: place.into(),
                            fresh: to.exists == Field::Known(false) && effect.head.certain == Certain::Will,
                        });
                    }
                }
                _ => {}
            }
        }
        pending
    }
}

impl Weight for Pending {
    fn weight(&self) -> usize {
        let changes = self.changes.iter().map(|change| match change {
            Change::Made(path) | Change::Gone(path) => path.len() + 40,
            Change::Moved { from, to, .. } => from.len() + to.len() + 40,
        });
        changes.chain(self.asked.iter().map(|key| key.len() + 16)).sum()
    }
}

impl Weight for i64 {
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
}

impl Ledger {
    pub(super) fn new(uid: u32) -> Self {
        Self {
            uid,
            touched: i64::MIN,
            made: Bounded::new(2048, 192 << 10),
            written: Bounded::new(2048, 192 << 10),
            downloaded: Bounded::new(1024, 96 << 10),
            secrets: Bounded::new(256, 24 << 10),
        }
    }

    pub(super) fn change(&mut self, change: Change, at: i64) -> u64 {
        match change {
            Change::Made(path) => self.made.insert(path, at),
            Change::Gone(path) => {
                self.made.remove_where(|made| is_within(made, &path));
                0
            }
            Change::Moved { from, to, fresh } => {
                let own = holds(&self.made, &from, i64::MIN);
                self.made.remove_where(|made| is_within(made, &from));
                if own && fresh {
                    return self.made.insert(to, at);
                }
                if own {
                    return 0;
                }
                // Something that was there before lies in the agent's folder now: the folder is not its own any more.
                self.made.remove_where(|made| is_within(&to, made));
                0
            }
        }
    }
}

/// Is the path in the ledger, or a folder that holds it? Entries from before `oldest` do not count.
pub(super) fn holds(ledger: &Bounded<i64>, path: &[u8], oldest: i64) -> bool {
    let mut path = path;
    while !path.is_empty() {
        if ledger.get(path).is_some_and(|at| *at >= oldest) {
            return true;
        }
        let Some(cut) = path.iter().rposition(|b| *b == b'/') else { return false };
        path = path.get(..cut).unwrap_or_default();
    }
    false
}

pub(crate) fn is_within(path: &[u8], top: &[u8]) -> bool {
    path.starts_with(top) && (path.len() == top.len() || path.get(top.len()) == Some(&b'/'))
}
