//! Reading the files and putting the layers together.

use crate::keys::{Config, KEYS, Layer, Policy, Raw, shown};
use crate::problem::{Problem, nearest};
use platform::files;
use platform::names::{Places, SYSTEM, Scope};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A configuration is a few lines; more is none.
const MAX_BYTES: u64 = 1 << 20;

/// The files of the layers.
#[derive(Clone, Debug)]
pub struct Sources {
    pub machine: PathBuf,
    pub managed: PathBuf,
    /// Who must own the two above: root.
    pub owner: u32,
    /// A user's own file and that user; absent for a system daemon.
    pub user: Option<(PathBuf, u32)>,
}

impl Sources {
    /// Those of an installation; `uid` is that of the daemon's user.
    pub fn of(places: &Places, uid: u32) -> Self {
        let system = SYSTEM.places();
        let user = (places.scope == Scope::User).then(|| (places.config.clone(), uid));
        Self { machine: system.config, managed: system.managed, owner: SYSTEM.owner, user }
    }

    /// The folders in which something may change, for a watcher.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        let files = [Some(&*self.machine), self.user.as_ref().map(|(file, _)| &**file)];
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
    /// One per key, in the order of [`KEYS`].
    pub origins: Vec<Origin>,
    pub problems: Vec<Problem>,
}

impl Loaded {
    /// Where the value of this key was set.
    ///
    /// # Panics
    ///
    /// When there is no such key in [`KEYS`].
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
        Loaded { config, origins, problems }
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

fn recall(memory: &Path) -> BTreeMap<PathBuf, Raw> {
    let me = platform::names::User::of_process().uid;
    let bytes = files::read_owned(memory, MAX_BYTES, &[me]).unwrap_or_default();
    std::str::from_utf8(&bytes).ok().and_then(|text| toml::from_str(text).ok()).unwrap_or_default()
}

/// What one file says now, its bad keys as they were before. `None` when there is no such file.
fn read(file: &Path, owners: &[u32], before: &Raw, problems: &mut Vec<Problem>) -> Option<Raw> {
    // A link is followed here: people keep such files elsewhere. What counts is who may write what it leads to.
    let bytes = match std::fs::canonicalize(file) {
        Ok(real) => files::read_owned(&real, MAX_BYTES, owners).map_err(|error| error.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => Err(error.to_string()),
    };
    let stays = if *before == Raw::default() { "Nothing of it is in use." } else { "Its last values stay in use." };
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}")));
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            problems.push(Problem::of_file(file, format!("this file is not used ({error})."), stays));
            return Some(before.clone());
        }
    };
    match DeTable::parse(&text) {
        Ok(table) => Some(take(file, &text, table.into_inner(), before, problems)),
        Err(error) => {
            let says = format!("this is not TOML: {}.", error.message().trim().replace('\n', ", "));
            problems.push(Problem::at(file, &text, error.span().unwrap_or(0..0), says, stays));
            Some(before.clone())
        }
    }
}

fn take(file: &Path, text: &str, table: DeTable<'_>, before: &Raw, problems: &mut Vec<Problem>) -> Raw {
    let mut raw = Raw::default();
    let mut bad = Vec::new();
    for (key, at, value) in flat(table) {
        let (span, found) = (value.span(), said(value.get_ref()));
        match raw.set(&key, value) {
            Some(true) => {}
            Some(false) => {
                let expects =
                    KEYS.iter().find(|known| known.name == key).map_or("another value", |known| known.expects);
                let kept = match raw.keep(&key, before) {
                    Some(last) => format!("It keeps its last value ({last})."),
                    None => "It is not in use.".to_owned(),
                };
                bad.push((span, format!("{key} is {found}, {expects} was expected."), kept));
            }
            None => {
                let name: String = key.chars().take(60).collect();
                let hint = nearest(&key, KEYS.iter().map(|known| known.name));
                let hint = hint.map(|near| format!(" Did you mean \"{near}\"?")).unwrap_or_default();
                bad.push((at, format!("{name:?} is not a key.{hint}"), "It is not in use.".to_owned()));
            }
        }
    }
    let good = raw.set_keys().len();
    let others = match good {
        0 => String::new(),
        1 => " The other key is in use.".to_owned(),
        _ => format!(" The other {good} keys are in use."),
    };
    let problem = |(span, says, kept)| Problem::at(file, text, span, says, format!("{kept}{others}"));
    problems.extend(bad.into_iter().map(problem));
    raw
}

/// Tables opened up: dotted key, where the key stands, value. Tables lie one deep; what lies deeper is no key of ours and
/// is named as it stands.
fn flat(table: DeTable<'_>) -> Vec<(String, std::ops::Range<usize>, Spanned<DeValue<'_>>)> {
    let mut all = Vec::new();
    for (key, value) in table {
        let (at, key) = (key.span(), key.into_inner().into_owned());
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(inner) if !inner.is_empty() => {
                for (name, value) in inner {
                    all.push((format!("{key}.{}", name.get_ref()), name.span(), value));
                }
            }
            other => all.push((key, at, Spanned::new(span, other))),
        }
    }
    all
}

/// A value as a person is told of it.
fn said(value: &DeValue<'_>) -> String {
    let cut = |text: &str| text.chars().take(40).collect::<String>();
    match value {
        DeValue::String(text) => format!("the text {:?}", cut(text)),
        DeValue::Integer(number) => format!("the number {}", cut(number.as_str())),
        DeValue::Float(number) => format!("the number {}", cut(number.as_str())),
        DeValue::Boolean(value) => format!("{value}"),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn resolve(layers: &[(Layer, PathBuf, Raw)]) -> (Config, Vec<Origin>) {
    let mut config = Config::default();
    let defaults = Raw {
        mode: Some(config.mode),
        durable: Some(config.durable),
        journal_max_mb: Some(config.journal_max),
        policy_files: Some(crate::keys::PolicyFiles::default()),
        input: Some(config.input),
        output: Some(config.output),
        prompt: Some(config.prompt),
        rationale: Some(config.rationale),
        collector_url: Some(config.collector_url.clone()),
        collector_interval: Some(config.collector_interval),
    };
    let mut origins: Vec<_> = defaults
        .set_keys()
        .into_iter()
        .map(|(key, value)| Origin { key, value, layer: Layer::Default, file: None })
        .collect();
    for (layer, file, raw) in layers {
        // Destructured, so that a new key cannot be forgotten here.
        let Raw {
            mode,
            durable,
            journal_max_mb,
            policy_files,
            input,
            output,
            prompt,
            rationale,
            collector_url,
            collector_interval,
        } = raw.clone();
        config.mode = mode.unwrap_or(config.mode);
        config.durable = durable.unwrap_or(config.durable);
        config.journal_max = journal_max_mb.unwrap_or(config.journal_max);
        config.input = input.unwrap_or(config.input);
        config.output = output.unwrap_or(config.output);
        config.prompt = prompt.unwrap_or(config.prompt);
        config.rationale = rationale.unwrap_or(config.rationale);
        config.collector_url = collector_url.unwrap_or(config.collector_url);
        config.collector_interval = collector_interval.unwrap_or(config.collector_interval);
        let added = policy_files.unwrap_or_default().0;
        config.policies.extend(added.into_iter().map(|path| Policy { layer: *layer, path }));
        for (key, value) in raw.set_keys() {
            if let Some(origin) = origins.iter_mut().find(|origin| origin.key == key) {
                *origin = Origin { key, value, layer: *layer, file: Some(file.clone()) };
            }
        }
    }
    if let Some(origin) = origins.iter_mut().find(|origin| origin.key == "policy_files") {
        origin.value = shown(&config.policies.iter().map(|policy| &policy.path).collect::<Vec<_>>());
    }
    (config, origins)
}

#[cfg(test)]
mod tests;
