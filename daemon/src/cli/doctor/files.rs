//! The settings files that have a word in which hooks an agent calls: found, read, and what they say of one another.

use crate::cli::install::{plan, tilde};
use crate::watcher::fits;
use agents::coverage::{self, Hindrance, Layer, Own};
use agents::entries;
use agents::watched::{LARGEST, WatchedFile, watched_files};
use platform::files;
use protocol::Agent;
use protocol::settings::Scope;
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Files of one folder that an agent reads all of; the first by name.
const MOST: usize = 256;

/// From where the settings are looked at.
#[derive(Debug)]
pub(super) struct View {
    pub(super) home: PathBuf,
    /// The project that the command was started in.
    pub(super) project: Option<PathBuf>,
    /// What managed files lie below.
    pub(super) root: PathBuf,
    /// Stops are wanted, so a hook that fails should not let a call run.
    pub(super) enforce: bool,
}

impl View {
    /// For a command that was started in `folder`: the repository around it, or the folder itself.
    pub(super) fn of(home: PathBuf, folder: Option<PathBuf>, enforce: bool) -> Self {
        let top = |folder: PathBuf| {
            let repository = folder.ancestors().find(|above| above.join(".git").exists()).map(Path::to_owned);
            repository.unwrap_or(folder)
        };
        let project = folder.map(top).filter(|project| *project != home && project.parent().is_some());
        Self { home, project, root: PathBuf::from("/"), enforce }
    }

    fn name(&self, path: &Path) -> String {
        tilde(path, &self.home)
    }

    fn paths(&self, agent: Agent, file: &WatchedFile) -> Vec<PathBuf> {
        let below = |base: &Path, path: &str| {
            let Some((folder, pattern)) = path.rsplit_once('/').filter(|(_, name)| name.contains('*')) else {
                return vec![base.join(path)];
            };
            let folder = base.join(folder);
            let Ok(entries) = std::fs::read_dir(&folder) else { return Vec::new() };
            let names = entries.take(1 << 16).flatten().map(|entry| entry.file_name());
            let mut names: Vec<OsString> = names.filter(|name| fits(pattern, name)).collect();
            names.sort_unstable();
            names.truncate(MOST);
            names.into_iter().map(|name| folder.join(name)).collect()
        };
        match file.scope {
            // Beside the file that holds our entries, wherever the person has told the agent to keep it.
            Scope::User => {
                let folder = plan::settings_path(agent, &self.home).and_then(|path| path.parent().map(Path::to_owned));
                folder.zip(file.path.split_once('/')).map_or_else(Vec::new, |(folder, (_, rest))| below(&folder, rest))
            }
            Scope::Project => self.project.as_deref().map_or_else(Vec::new, |project| below(project, file.path)),
            Scope::Managed => below(&self.root, file.path),
        }
    }
}

/// A settings file that is there and can be read.
#[derive(Debug)]
pub(super) struct File {
    pub(super) layer: Layer,
    pub(super) name: String,
    pub(super) own: Vec<Own>,
    /// What keeps its hooks from being called, the file that says so, and whether that is an administrator's.
    pub(super) unheard: Option<(Hindrance, String, bool)>,
}

/// The files of an agent, and those that count and cannot be read, each with why.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<File>,
    pub(super) invalid: Vec<(String, String)>,
}

pub(super) fn find(agent: Agent, view: &View) -> Found {
    let mut found = Found::default();
    let mut read = Vec::new();
    for row in watched_files(agent) {
        let Some(layer) = coverage::layer(row) else { continue };
        for path in view.paths(agent, row) {
            let name = view.name(&path);
            let target = std::fs::canonicalize(&path).unwrap_or(path);
            let text = match files::read(&target, LARGEST).map(String::from_utf8) {
                Err(error) if error.is_absent() => continue,
                Err(error) => Err(error.to_string()),
                Ok(Err(_)) => Err("it is not UTF-8 text".to_owned()),
                Ok(Ok(text)) => Ok(text),
            };
            match text.and_then(|text| understood(agent, &text)) {
                Ok((value, own)) => {
                    read.push((layer, value));
                    found.files.push(File { layer, name, own, unheard: None });
                }
                // In a project's file are no hooks of ours, and the agent says itself that it is broken.
                Err(_) if matches!(layer, Layer::Project | Layer::Local) => {}
                Err(why) => found.invalid.push((name, why)),
            }
        }
    }
    for (at, hindrance) in coverage::unheard(agent, &read).into_iter().enumerate() {
        let said = hindrance.and_then(|hindrance| {
            let by = found.files.get(hindrance.by)?;
            Some((hindrance, by.name.clone(), by.layer >= Layer::Managed))
        });
        if let Some(file) = found.files.get_mut(at) {
            file.unheard = said;
        }
    }
    found
}

/// The file's value, and our entries in it.
fn understood(agent: Agent, text: &str) -> Result<(Value, Vec<Own>), String> {
    let value = agents::watched::object(text).map_err(|why| why.to_string())?;
    let own = entries::own_entries(agent, text).map_err(|why| why.to_string())?;
    let own = own.map_or_else(Vec::new, |own| coverage::own(agent, &own));
    match coverage::void(agent, &value) {
        Some(why) => Err(why),
        None => Ok((value, own)),
    }
}
