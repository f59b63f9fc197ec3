//! The watches on folders, and which places an event concerns.

use super::expand::{Name, fits};
use crate::reload::reads;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::mpsc;

/// Watches of ours: the system has so many for each user, and other programs want some.
const MOST: usize = 8192;

pub(super) struct Folders {
    /// `None`: no watch can be had at all.
    watcher: Option<RecommendedWatcher>,
    shared: Arc<Shared>,
    /// Each with device and number: another folder of the same name needs another watch.
    watched: HashMap<PathBuf, (u64, u64)>,
    failed: BTreeMap<PathBuf, String>,
}

/// By folder: which places look for which names there.
type Interest = HashMap<PathBuf, Vec<(usize, Name)>>;

struct Shared {
    interest: RwLock<Interest>,
    dirty: Mutex<Dirty>,
    hint: mpsc::Sender<()>,
}

#[derive(Default)]
struct Dirty {
    places: BTreeSet<usize>,
    /// Folders that were moved or removed: their watch is gone, even where another has their number.
    stale: BTreeSet<PathBuf>,
    all: bool,
}

impl Folders {
    pub(super) fn new(hint: mpsc::Sender<()>) -> Self {
        let shared = Arc::new(Shared { interest: RwLock::default(), dirty: Mutex::default(), hint });
        let told = Arc::clone(&shared);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| told.hear(event));
        let mut folders = Self { watcher: None, shared, watched: HashMap::new(), failed: BTreeMap::new() };
        match watcher {
            Ok(watcher) => folders.watcher = Some(watcher),
            Err(error) => {
                folders.failed.insert(PathBuf::new(), error.to_string());
            }
        }
        folders
    }

    /// Without any watch, as where the system has none left.
    #[cfg(test)]
    pub(super) fn without(hint: mpsc::Sender<()>) -> Self {
        let mut folders = Self::new(hint);
        folders.watcher = None;
        folders.failed.insert(PathBuf::new(), "none left".to_owned());
        folders
    }

    pub(super) fn len(&self) -> usize {
        self.watched.len()
    }

    /// Why some folder is not watched.
    pub(super) fn failing(&self) -> Option<String> {
        self.failed.values().next().cloned()
    }

    /// The places that an event concerned since the last time; all where events were lost.
    pub(super) fn dirty(&mut self, all: impl Iterator<Item = usize>) -> BTreeSet<usize> {
        let Dirty { mut places, stale, all: lost } = std::mem::take(&mut *self.shared.dirty());
        for folder in stale {
            self.unwatch(&folder);
        }
        if lost {
            places.extend(all);
        }
        places
    }

    /// Watches these folders for this place, and none other. Is any of them watched for the first time?
    pub(super) fn follow(&mut self, place: usize, folders: &BTreeMap<PathBuf, Vec<Name>>) -> bool {
        let mut unwanted = Vec::new();
        {
            let mut interest = self.shared.interest.write().unwrap_or_else(PoisonError::into_inner);
            interest.retain(|folder, places| {
                places.retain(|(other, _)| *other != place);
                if folders.contains_key(folder) {
                    return true;
                }
                if places.is_empty() {
                    unwanted.push(folder.clone());
                }
                !places.is_empty()
            });
            for (folder, names) in folders {
                let names = names.iter().map(|name| (place, name.clone()));
                interest.entry(folder.clone()).or_insert_with(|| Vec::with_capacity(1)).extend(names);
            }
        }
        for folder in unwanted {
            self.unwatch(&folder);
            self.failed.remove(&folder);
        }
        let mut new = false;
        for folder in folders.keys() {
            new |= self.watch(folder);
        }
        new
    }

    /// Is it watched for the first time?
    fn watch(&mut self, folder: &Path) -> bool {
        let Ok(meta) = std::fs::metadata(folder) else { return false };
        let number = (meta.dev(), meta.ino());
        if self.watched.get(folder) == Some(&number) {
            return false;
        }
        self.unwatch(folder);
        let Some(watcher) = &mut self.watcher else { return false };
        if self.watched.len() >= MOST {
            self.failed.insert(folder.to_owned(), format!("over {MOST} folders"));
            return false;
        }
        match watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.failed.remove(folder);
                self.watched.insert(folder.to_owned(), number);
                true
            }
            // It has gone since.
            Err(_) if !folder.exists() => false,
            Err(error) => {
                self.failed.insert(folder.to_owned(), error.kind_text());
                false
            }
        }
    }

    fn unwatch(&mut self, folder: &Path) {
        if self.watched.remove(folder).is_some()
            && let Some(watcher) = &mut self.watcher
        {
            // The system lets go of a folder that was removed by itself.
            watcher.unwatch(folder).ok();
        }
    }
}

/// An error without the path, which may hold anything.
trait KindText {
    fn kind_text(&self) -> String;
}

impl KindText for notify::Error {
    fn kind_text(&self) -> String {
        match &self.kind {
            notify::ErrorKind::MaxFilesWatch => "the system's limit of watches is reached".to_owned(),
            notify::ErrorKind::Io(error) => error.to_string(),
            _ => "a folder cannot be watched".to_owned(),
        }
    }
}

impl Shared {
    fn dirty(&self) -> MutexGuard<'_, Dirty> {
        self.dirty.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, event: notify::Result<Event>) {
        let Ok(event) = event else { return self.lost() };
        if event.need_rescan() {
            return self.lost();
        }
        // Reading is no change: our own look at the files would bring the next one about.
        if reads(event.kind) {
            return;
        }
        let (mut places, mut stale) = (BTreeSet::new(), Vec::new());
        {
            let interest = self.interest.read().unwrap_or_else(PoisonError::into_inner);
            for path in &event.paths {
                let (parent, name) = (path.parent(), path.file_name().unwrap_or_default());
                let here = parent.and_then(|parent| interest.get(parent)).into_iter().flatten();
                let here = here.filter(|(_, pattern)| fits(pattern, name));
                places.extend(here.map(|(place, _)| *place));
                let leaves =
                    matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(notify::event::ModifyKind::Name(_)));
                if let Some(here) = interest.get(path).filter(|_| leaves) {
                    places.extend(here.iter().map(|(place, _)| *place));
                    stale.push(path.clone());
                }
            }
        }
        if !places.is_empty() {
            let mut dirty = self.dirty();
            dirty.places.append(&mut places);
            dirty.stale.extend(stale);
            drop(dirty);
            self.hint.try_send(()).ok();
        }
    }

    /// Events were lost: everything is looked at.
    fn lost(&self) {
        self.dirty().all = true;
        self.hint.try_send(()).ok();
    }
}
