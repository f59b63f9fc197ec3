//! Reading the files of all layers anew, and keeping what was good of each.

mod read;
mod resolve;

use crate::keys::{Config, Layer, Raw};
use crate::problem::Problem;
use platform::files;
use platform::names::{Places, SYSTEM, Scope};
use read::read;
use resolve::{overruled, resolve};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A configuration is a few lines; more is none.
const MAX_BYTES: u64 = 1 << 20;

/// The files of the layers.
#[derive(Clone, Debug)]
pub struct Sources {
    pub machine: PathBuf,
    pub managed: PathBuf,
    /// The property list that the system makes of an installed profile, where it has such a thing. Stronger than the
    /// files of `managed`.
    pub preferences: Option<PathBuf>,
    /// Who must own the three above: root.
    pub owner: u32,
    /// A user's own file and that user; absent for a system daemon.
    pub user: Option<(PathBuf, u32)>,
}

impl Sources {
    /// Those of an installation; `uid` is that of the daemon's user.
    pub fn of(places: &Places, uid: u32) -> Self {
        let system = SYSTEM.places();
        let user = (places.scope == Scope::User).then(|| (places.config.clone(), uid));
        let preferences = SYSTEM.managed_preferences();
        Self {
            machine: system.config,
            managed: system.managed,
            preferences,
            owner: SYSTEM.installation().unwrap_or(SYSTEM.owner),
            user,
        }
    }

    /// The folders in which something may change, for a watcher.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        let user = self.user.as_ref().map(|(file, _)| &**file);
        let files = [Some(&*self.machine), user, self.preferences.as_deref()];
        files.into_iter().flatten().filter_map(Path::parent).chain([&*self.managed])
    }
}

/// Where the value in force of one key was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    pub key: &'static str,
    /// As written in a file.
    pub value: String,
    pub layer: Layer,
    /// Absent for a default.
    pub file: Option<PathBuf>,
}

/// A configuration, whole, with its story.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub config: Config,
    /// One per key, in the order of [`crate::KEYS`].
    pub origins: Vec<Origin>,
    /// What is wrong in the files.
    pub problems: Vec<Problem>,
    /// What is right, and not in force though whoever set it may think so: by a user, where an administrator has decided;
    /// in one of several files of a layer that disagree.
    pub overruled: Vec<Problem>,
}

impl Loaded {
    /// Where the value of this key was set.
    ///
    /// # Panics
    ///
    /// When there is no such key in [`crate::KEYS`].
    pub fn origin(&self, key: &str) -> &Origin {
        self.origins.iter().find(|origin| origin.key == key).expect("every key of KEYS has an origin")
    }
}

/// Reads the files, and remembers what was good.
#[derive(Debug)]
pub struct Loader {
    sources: Sources,
    memory: Option<PathBuf>,
    /// By file: what of it was good last.
    good: BTreeMap<PathBuf, Raw>,
}

impl Loader {
    /// `memory`: a file in a private folder, in which good values outlive a restart.
    pub fn new(sources: Sources, memory: Option<PathBuf>) -> Self {
        let good = memory.as_deref().map(recall).unwrap_or_default();
        Self { sources, memory, good }
    }

    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Reads all files anew. Never fails: what cannot be used is a problem, and keeps its last good value.
    pub fn load(&mut self) -> Loaded {
        let mut problems = Vec::new();
        let mut layers = Vec::new();
        let mut good = BTreeMap::new();
        for (layer, file, owners) in self.files(&mut problems) {
            let before = self.good.get(&file).cloned().unwrap_or_default();
            let Some(raw) = read(&file, &owners, &before, &mut problems) else { continue };
            good.insert(file.clone(), raw.clone());
            layers.push((layer, file, raw));
        }
        if good != self.good {
            self.good = good;
            if let Some(problem) = self.remember() {
                problems.push(problem);
            }
        }
        let (config, origins) = resolve(&layers);
        let overruled = overruled(&layers, &origins);
        Loaded { config, origins, problems, overruled }
    }

    /// The files that there are, the weaker first, with who may own them.
    fn files(&self, problems: &mut Vec<Problem>) -> Vec<(Layer, PathBuf, Vec<u32>)> {
        let mut all = Vec::new();
        if let Some((file, uid)) = &self.sources.user {
            all.push((Layer::User, file.clone(), vec![*uid, 0]));
        }
        let owner = self.sources.owner;
        all.push((Layer::Machine, self.sources.machine.clone(), vec![owner]));
        let mut managed = Vec::new();
        match std::fs::read_dir(&self.sources.managed) {
            Ok(entries) => {
                let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
                managed.extend(paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml")));
                managed.sort();
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let says = format!("this folder cannot be read ({error}).");
                problems.push(Problem::of_file(&self.sources.managed, says, "Its last values stay in use."));
                managed.extend(self.good.keys().filter(|file| file.starts_with(&self.sources.managed)).cloned());
            }
        }
        managed.extend(self.sources.preferences.clone());
        all.extend(managed.into_iter().map(|file| (Layer::Managed, file, vec![owner])));
        all
    }

    fn remember(&self) -> Option<Problem> {
        let memory = self.memory.as_deref()?;
        let text = toml::to_string(&self.good).unwrap_or_default();
        let error = files::write_atomic(memory, text.as_bytes(), 0o600).err()?;
        let says = format!("the good values could not be kept for a restart ({error}).");
        Some(Problem::of_file(memory, says, "They are in use until then."))
    }
}

/// Key by key: another version may have written it.
fn recall(memory: &Path) -> BTreeMap<PathBuf, Raw> {
    let me = platform::names::User::of_process().uid;
    let bytes = files::read_owned(memory, MAX_BYTES, &[me]).unwrap_or_default();
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let kept: BTreeMap<PathBuf, toml::Table> = toml::from_str(text).unwrap_or_default();
    let raw = |keys: toml::Table| {
        let mut raw = Raw::default();
        for (key, value) in keys {
            raw.set(&key, value);
        }
        raw
    };
    kept.into_iter().map(|(file, keys)| (file, raw(keys))).collect()
}

#[cfg(test)]
mod tests;
