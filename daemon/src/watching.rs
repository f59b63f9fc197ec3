//! What the watcher of agents' settings shares with the line and with `status`: where agents were seen at work, which
//! calls wrote where, and what a person has to know.

use protocol::effect::{Action, EffectRecord, Target};
use protocol::record::Kind;
use protocol::settings::{Scope, Writer};
use protocol::{Code, Envelope, Phase, SealedText, verdict};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use uuid::Uuid;

/// A home folder, a project's top, or the root of the file system with the managed files.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) scope: Scope,
    pub(crate) base: PathBuf,
    /// Whose it is. `None`: managed.
    pub(crate) uid: Option<u32>,
}

impl Place {
    fn is_home_of(&self, uid: Option<u32>) -> bool {
        self.scope == Scope::User && self.uid == uid
    }
}

/// Calls that are remembered for what they wrote.
const CALLS: usize = 256;
/// Paths of one call.
const PATHS: usize = 32;
/// A change that a call brought about is seen within this time of it; longer ones are commands that run on.
const WITHIN: Duration = Duration::from_mins(2);
/// Places that wait to be looked at for the first time.
const WAITING: usize = 1024;
/// Home folders of one user: a call says where its home is, and could say another each time.
const HOMES: usize = 4;

#[derive(Debug, Default)]
pub(crate) struct Watching {
    met: Mutex<Met>,
    calls: Mutex<VecDeque<Wrote>>,
    told: Mutex<Told>,
    /// There is a new place.
    pub(crate) wake: Notify,
}

#[derive(Debug, Default)]
struct Met {
    known: HashSet<Place>,
    new: Vec<Place>,
}

#[derive(Debug)]
struct Wrote {
    at: Duration,
    id: Uuid,
    code: Option<Code>,
    session: Option<String>,
    paths: Vec<SealedText>,
}

/// What `status` says of the watch.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Told {
    pub(crate) places: usize,
    pub(crate) files: usize,
    pub(crate) folders: usize,
    /// Projects that are not watched any more, and files over the limits.
    pub(crate) left_out: usize,
    /// Why the files are looked at every few seconds instead.
    pub(crate) polling: Option<String>,
    /// Files that our entries are missing from, and why they were not put back.
    pub(crate) missing: BTreeMap<PathBuf, String>,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watching {
    /// An agent of this user was seen at work here.
    pub(crate) fn meet(&self, uid: u32, home: Option<PathBuf>, projects: impl Iterator<Item = PathBuf>) {
        let place = |scope| move |base| Place { scope, base, uid: Some(uid) };
        self.add(home.into_iter().map(place(Scope::User)).chain(projects.map(place(Scope::Project))));
    }

    pub(crate) fn add(&self, places: impl Iterator<Item = Place>) {
        let mut met = held(&self.met);
        for place in places {
            let homes = |met: &Met| met.known.iter().filter(|known| known.is_home_of(place.uid)).count();
            if met.new.len() < WAITING
                && !met.known.contains(&place)
                && !(place.is_home_of(place.uid) && homes(&met) >= HOMES)
            {
                met.known.insert(place.clone());
                met.new.push(place);
                self.wake.notify_one();
            }
        }
    }

    pub(crate) fn take_new(&self) -> Vec<Place> {
        std::mem::take(&mut held(&self.met).new)
    }

    /// It is watched no more; a call from there brings it back.
    pub(crate) fn forget(&self, place: &Place) {
        held(&self.met).known.remove(place);
    }

    /// Remembers what a call that may run writes to.
    pub(crate) fn note(&self, envelope: &Envelope, at: Duration) {
        let stopped = envelope.decision.as_ref().is_some_and(|d| d.applied.action == verdict::Action::Block);
        if envelope.kind != Kind::Call || envelope.phase != Some(Phase::Before) || stopped {
            return;
        }
        let paths: Vec<SealedText> = envelope.effects.iter().flat_map(written).take(PATHS).collect();
        if paths.is_empty() {
            return;
        }
        let mut calls = held(&self.calls);
        if calls.len() >= CALLS {
            calls.pop_front();
        }
        calls.push_back(Wrote {
            at,
            id: envelope.id,
            code: envelope.decision.as_ref().map(|decision| decision.code),
            session: envelope.correlation.present().map(|correlation| correlation.session.clone()),
            paths,
        });
    }

    /// Whose doing a change of this file is, as far as the calls tell.
    pub(crate) fn writer(&self, file: &SealedText, now: Duration) -> Writer {
        let file = Path::new(file.as_str());
        let calls = held(&self.calls);
        let wrote = calls.iter().rev().take_while(|call| now.saturating_sub(call.at) <= WITHIN);
        let mut wrote = wrote.filter(|call| call.paths.iter().any(|path| file.starts_with(path.as_str())));
        wrote.next().map_or(Writer::Unknown, |call| Writer::Call {
            id: call.id,
            code: call.code,
            session: call.session.clone(),
        })
    }

    pub(crate) fn tell(&self, change: impl FnOnce(&mut Told)) {
        change(&mut held(&self.told));
    }

    pub(crate) fn told(&self) -> Told {
        held(&self.told).clone()
    }
}

/// The paths that an effect changes something at or below.
fn written(effect: &EffectRecord) -> Vec<SealedText> {
    let paths = |target: &Target<SealedText>| -> Vec<SealedText> {
        target.path.known().into_iter().chain(target.resolved.as_ref()).cloned().collect()
    };
    match &effect.action {
        Action::Write { target, .. }
        | Action::Delete { target, .. }
        | Action::ChangeMode { target, .. }
        | Action::ConfigureAgent { target: Some(target), .. } => paths(target),
        Action::Move { from, to } => [paths(from), paths(to)].concat(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_who_names_a_new_home_with_each_call_is_watched_in_few_of_them() {
        let watching = Watching::default();
        for number in 0..1000 {
            let home = PathBuf::from(format!("/home/ana/{number}"));
            watching.meet(1000, Some(home), std::iter::once(PathBuf::from(format!("/w/{number}"))));
        }
        watching.meet(1001, Some(PathBuf::from("/home/bo")), std::iter::empty());
        let places = watching.take_new();
        let homes = |uid| places.iter().filter(|place| place.is_home_of(Some(uid))).count();
        assert_eq!((homes(1000), homes(1001)), (HOMES, 1));
        assert_eq!(places.len(), 1000 + HOMES + 1);
    }
}
