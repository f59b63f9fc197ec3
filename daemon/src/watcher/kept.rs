//! What was seen of agents' settings, kept over restarts: so that a change that nobody watched is told when they are looked
//! at again. No texts and no plain hashes: prints with this device's key.

use crate::watching::Place;
use agents::watched::{Prints, WatchedFile, watched_files};
use engine::seal::Keys;
use platform::files;
use protocol::Agent;
use protocol::settings::Scope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;
/// A larger file is none of ours.
const LARGEST: u64 = 64 << 20;
/// Over this, things are left out, and of a changed file only that it has changed is told.
const ROOM: usize = 16 << 20;
/// Places that are kept; projects that were not met again go first.
const PLACES: usize = 1024;

/// A file as it was seen last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptFile {
    /// The pattern in the agent's table that it belongs to.
    pattern: String,
    /// Of all its bytes, and of nothing where it could not be read.
    pub(super) mark: u64,
    /// `None`: too much to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) things: Option<Prints>,
}

impl KeptFile {
    pub(super) fn new(file: &WatchedFile, mark: u64, things: Option<Prints>) -> Self {
        Self { pattern: file.path.to_owned(), mark, things }
    }

    /// The agents that read it, and the row of their tables.
    pub(super) fn row(&self, scope: Scope) -> Option<(Vec<Agent>, &'static WatchedFile)> {
        let of = |agent: Agent| {
            watched_files(agent).iter().find(move |file| file.scope == scope && file.path == self.pattern)
        };
        let found: Vec<(Agent, &'static WatchedFile)> =
            Agent::ALL.iter().filter_map(|agent| Some((*agent, of(*agent)?))).collect();
        let file = found.first()?.1;
        Some((found.into_iter().map(|(agent, _)| agent).collect(), file))
    }
}

pub(super) type KeptFiles = BTreeMap<PathBuf, KeptFile>;

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    version: u32,
    places: Vec<StoredPlace>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredPlace {
    scope: Scope,
    base: PathBuf,
    uid: Option<u32>,
    files: KeptFiles,
}

/// What is kept of places that were not met since the start.
#[derive(Debug)]
pub(super) struct Kept {
    path: PathBuf,
    unmet: BTreeMap<Place, KeptFiles>,
}

impl Kept {
    /// A file that is damaged or of another version is as good as none: then nothing is compared with.
    pub(super) fn read(path: PathBuf) -> Self {
        let stored = files::read(&path, LARGEST).ok().and_then(|bytes| serde_json::from_slice::<Stored>(&bytes).ok());
        let stored = stored.filter(|stored| stored.version == VERSION);
        let place = |stored: StoredPlace| {
            let StoredPlace { scope, base, uid, files } = stored;
            (Place { scope, base, uid }, files)
        };
        Self { path, unmet: stored.map(|stored| stored.places.into_iter().map(place).collect()).unwrap_or_default() }
    }

    /// What was seen of a place before; given once.
    pub(super) fn take(&mut self, place: &Place) -> Option<KeptFiles> {
        self.unmet.remove(place)
    }

    /// What was seen of a place that is watched no more.
    pub(super) fn give_back(&mut self, place: Place, files: KeptFiles) {
        self.unmet.insert(place, files);
    }

    /// Writes what is seen of all places; `seen`: those that are watched.
    ///
    /// # Errors
    ///
    /// When it cannot be written: the next start compares with what was written before.
    pub(super) fn write(&mut self, seen: Vec<(Place, KeptFiles)>) -> Result<(), files::Error> {
        while !self.unmet.is_empty() && self.unmet.len() + seen.len() > PLACES {
            self.unmet.pop_first();
        }
        let unmet = self.unmet.iter().map(|(place, files)| (place.clone(), files.clone()));
        let mut stored = Stored { version: VERSION, places: Vec::new() };
        for (Place { scope, base, uid }, mut files) in unmet.chain(seen) {
            // A name that is no text has no form in JSON.
            files.retain(|path, _| path.to_str().is_some());
            if base.to_str().is_some() {
                stored.places.push(StoredPlace { scope, base, uid, files });
            }
        }
        let mut bytes = serde_json::to_vec(&stored).unwrap_or_default();
        if bytes.len() > ROOM {
            stored.places.iter_mut().flat_map(|place| place.files.values_mut()).for_each(|file| file.things = None);
            bytes = serde_json::to_vec(&stored).unwrap_or_default();
        }
        if bytes.len() as u64 > LARGEST || bytes.is_empty() {
            return Err(files::Error::TooBig { path: self.path.clone(), limit: LARGEST });
        }
        files::write_atomic(&self.path, &bytes, 0o600)
    }
}

/// See [`agents::watched::Print`].
pub(super) fn print(keys: &Keys, bytes: &[u8]) -> u64 {
    let mac = keys.keyed("settings", bytes);
    mac.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// Beside the daemon's other files.
pub(super) fn path(state: &Path) -> PathBuf {
    state.join("settings-seen.json")
}
