//! Settings: configuration and policy together, read whole or not at all.

use super::snapshot::{self, File, Snapshot};
use chain::DeviceKey;
use config::{Durable, Loaded, Loader, Sources};
use engine::parts::Levels;
use platform::files;
use platform::names::{Places, SYSTEM, Scope};
use policy::{LoadError, Policy, Source};
use protocol::fallback::{MAX_BYTES, Publication, Table};
use protocol::verdict::{Action, Layer, Mode};
use protocol::{Agent, Envelope};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// A policy file may be this long; the policy's own, lower limit is told with the file's name.
pub(crate) const POLICY_BYTES: u64 = 4 << 20;

/// The policy file that is in force without being named, beside the scope's own `config.toml`.
const POLICY: &str = "policy.toml";

/// What is in force. Never changed, only replaced.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) policy: Policy,
    pub(crate) mode: Mode,
    pub(crate) levels: Levels,
    pub(crate) max_bytes: u64,
    /// The answers for calls that cannot be judged, and for the hook when no daemon answers.
    pub(crate) fallback: Table,
    /// The address that somebody set.
    pub(crate) collector_url: Option<String>,
    /// Somebody set one, or that there is none.
    pub(crate) collector_set: bool,
    /// Certificates that are trusted for it beside the system's.
    pub(crate) collector_ca: Option<PathBuf>,
    pub(crate) collector_interval: Duration,
    durable: Durable,
    /// Where each key's value comes from.
    pub(crate) origins: Vec<config::Origin>,
    /// What is wrong in the configuration's files.
    pub(crate) problems: Vec<Problem>,
    /// What is set in them and not in force.
    pub(crate) overruled: Vec<Problem>,
    /// The policies' texts, to tell whether anything changed and to come back to.
    texts: Vec<File>,
}

/// What is wrong in a file of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// File and line.
    pub(crate) place: String,
    /// The whole text, with the line itself: for who may read the file.
    pub(crate) text: String,
}

impl Problem {
    fn of(problem: &config::Problem) -> Self {
        let line = problem.line.map(|line| format!(" line {line}")).unwrap_or_default();
        Self { place: format!("{}{line}", problem.file.display()), text: problem.to_string() }
    }
}

#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum Error {
    #[error("{0}")]
    Policy(#[from] LoadError),
    #[error("{}: {source}", path.display())]
    Read { path: PathBuf, source: files::Error },
    #[error("{}: not UTF-8 text", path.display())]
    Encoding { path: PathBuf },
}

#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum PublishError {
    #[error(transparent)]
    Table(#[from] protocol::fallback::Error),
    #[error(transparent)]
    Snapshot(#[from] snapshot::Error),
    #[error(transparent)]
    File(#[from] files::Error),
}

impl Settings {
    /// Reads everything anew.
    ///
    /// # Errors
    ///
    /// When a policy cannot be used: nothing of the new settings is, then.
    pub(crate) fn load(places: &Places) -> Result<Self, Error> {
        let loaded = configuration(places);
        let texts = texts(places, &loaded)?;
        Self::of(&loaded, texts)
    }

    /// At the start: where the policy cannot be used, the last good one, and why.
    ///
    /// # Errors
    ///
    /// When neither can be used.
    pub(crate) fn at_start(places: &Places) -> Result<(Self, Option<String>), Error> {
        match Self::load(places) {
            Ok(settings) => Ok((settings, None)),
            Err(error) => {
                let good = files::read(&good(places), 8 * POLICY_BYTES).ok();
                let texts = good.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
                Ok((Self::beside(places, texts, &error)?, Some(error.to_string())))
            }
        }
    }

    /// The configuration read anew, with the policy that is in force: a policy that cannot be used holds up no other key.
    ///
    /// # Errors
    ///
    /// When that policy cannot be used either.
    pub(crate) fn with_policy_of(&self, places: &Places, error: &Error) -> Result<Self, Error> {
        Self::beside(places, self.texts.clone(), error)
    }

    fn beside(places: &Places, texts: Vec<File>, error: &Error) -> Result<Self, Error> {
        let mut settings = Self::of(&configuration(places), texts)?;
        settings.problems.push(Problem {
            place: "a policy".to_owned(),
            text: format!("{error}\nThe last good policies stay in force."),
        });
        Ok(settings)
    }

    fn of(loaded: &Loaded, texts: Vec<File>) -> Result<Self, Error> {
        let policy = policy(&texts)?;
        let config = &loaded.config;
        // What an administrator or the user set decides; a policy may ask where nobody did.
        let mode = match loaded.origin("mode").layer {
            config::Layer::Default => policy.mode().unwrap_or(config.mode).min(config.mode_max),
            _ => config.mode,
        };
        let help = policy.bundles().iter().find_map(|bundle| bundle.help.as_deref());
        let rows = Agent::ALL.iter().flat_map(|agent| agents::fallback_rows(*agent, mode, help)).collect();
        Ok(Self {
            mode,
            levels: Levels {
                input: config.input,
                output: config.output,
                prompt: config.prompt,
                rationale: config.rationale,
            },
            max_bytes: config.journal_max.bytes(),
            fallback: Table { enforce: mode == Mode::Enforce, rows, ..Table::default() },
            collector_url: config.collector_url.get().map(str::to_owned),
            collector_set: loaded.origin("collector.url").layer != config::Layer::Default,
            collector_ca: config.collector_ca.get().map(Path::to_owned),
            collector_interval: config.collector_interval.duration(),
            durable: config.durable,
            origins: loaded.origins.clone(),
            problems: loaded.problems.iter().map(Problem::of).collect(),
            overruled: loaded.overruled.iter().map(Problem::of).collect(),
            policy,
            texts,
        })
    }

    /// Writes what the hook and the next start need: the snapshot, the fallback answers that belong to it, and the
    /// policy's texts.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub(crate) fn publish(&self, places: &Places, key: &DeviceKey) -> Result<(), PublishError> {
        // The hook of every user reads those of a system's daemon.
        let mode = if places.scope == Scope::System { 0o644 } else { 0o600 };
        let before = published_table(places).map_or(0, |table| table.published.serial);
        let published = Publication { serial: before.saturating_add(1), key: key.public().to_bytes() };
        let snapshot = Snapshot {
            mode: self.mode,
            input: self.levels.input,
            output: self.levels.output,
            prompt: self.levels.prompt,
            rationale: self.levels.rationale,
            policies: self.texts.clone(),
        };
        // In this order: a snapshot that is newer than its table can be used, an older one not.
        files::write_atomic(&places.snapshot(), &snapshot.encode(published.serial, key)?, mode)?;
        let table = Table { published, ..self.fallback.clone() };
        files::write_atomic(&places.fallback(), &table.encode()?, mode)?;
        let texts = serde_json::to_vec(&self.texts).unwrap_or_default();
        files::write_atomic(&good(places), &texts, 0o600)?;
        Ok(())
    }

    /// Name and serial of the bundle that the policy as a whole is called by.
    pub(crate) fn bundle(&self) -> (String, u64) {
        let label = self.policy.label();
        let named = label.rsplit_once(' ').and_then(|(name, serial)| Some((name.to_owned(), serial.parse().ok()?)));
        named.unwrap_or((label, 0))
    }

    /// Hex of SHA-256 over the policy files in force.
    pub(crate) fn digest(&self) -> String {
        chain::Digest::of(&serde_json::to_vec(&self.texts).unwrap_or_default()).to_hex()
    }

    /// Is everything the same as in `other`?
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        let collector =
            |of: &Self| (of.collector_url.clone(), of.collector_set, of.collector_ca.clone(), of.collector_interval);
        if (&self.origins, &self.problems, &self.overruled) != (&other.origins, &other.problems, &other.overruled) {
            return false;
        }
        (self.mode, self.levels, self.max_bytes, self.durable, &self.texts, collector(self))
            == (other.mode, other.levels, other.max_bytes, other.durable, &other.texts, collector(other))
    }

    /// Does the answer to this call wait until its record is on the disk?
    pub(crate) fn waits_for_disk(&self, envelope: &Envelope) -> bool {
        let stops = || envelope.decision.as_ref().is_some_and(|decision| decision.applied.action == Action::Block);
        match self.durable {
            Durable::None => false,
            Durable::Block => stops(),
            Durable::All => true,
        }
    }
}

/// The fallback table as it was published last, where it is whole and nobody else's.
pub(crate) fn published_table(places: &Places) -> Option<Table> {
    let bytes = files::read_owned(&places.fallback(), MAX_BYTES as u64, &owners(places)).ok()?;
    Table::decode(&bytes).ok()
}

/// Who may have written what is published: the daemon of this scope.
pub(crate) fn owners(places: &Places) -> Vec<u32> {
    match places.scope {
        // As this process sees root: what judges a call without a daemon may run in a namespace of its caller's.
        Scope::System => SYSTEM.installation().into_iter().collect(),
        Scope::User => vec![rustix::process::geteuid().as_raw(), 0],
    }
}

/// The policy of these files.
///
/// # Errors
///
/// When one of them cannot be used.
pub(crate) fn policy(texts: &[File]) -> Result<Policy, LoadError> {
    let sources: Vec<Source<'_>> =
        texts.iter().map(|text| Source { layer: text.layer, name: &text.name, text: &text.text }).collect();
    Policy::load(&sources)
}

/// The files and folders whose change means that the settings are to be read anew.
pub(super) fn watched(places: &Places) -> Vec<PathBuf> {
    let loaded = configuration(places);
    let mut all: Vec<PathBuf> = vec![places.config.clone(), beside(places)];
    all.extend(sources(places).folders().map(Path::to_owned));
    all.extend(loaded.config.policies.into_iter().map(|policy| policy.path));
    all
}

fn sources(places: &Places) -> Sources {
    Sources::of(places, rustix::process::geteuid().as_raw())
}

fn configuration(places: &Places) -> Loaded {
    let mut loader = Loader::new(sources(places), Some(places.state.join("config.good")));
    let loaded = loader.load();
    for problem in loaded.problems.iter().chain(&loaded.overruled) {
        tracing::warn!("{problem}");
    }
    loaded
}

fn beside(places: &Places) -> PathBuf {
    places.config.with_file_name(POLICY)
}

fn good(places: &Places) -> PathBuf {
    places.state.join("policy.good")
}

/// Every policy file that is in force, the named ones and the one beside the configuration.
fn texts(places: &Places, loaded: &Loaded) -> Result<Vec<File>, Error> {
    let own = match places.scope {
        Scope::System => Layer::Organisation,
        Scope::User => Layer::User,
    };
    let mut all = Vec::new();
    let unnamed = beside(places);
    match read_policy(&unnamed, own) {
        Ok(bytes) => all.push(text(own, &unnamed, bytes)?),
        Err(error) if error.is_absent() => {}
        Err(source) => return Err(Error::Read { path: unnamed, source }),
    }
    for named in &loaded.config.policies {
        let layer = if named.layer == config::Layer::User { Layer::User } else { Layer::Organisation };
        let bytes =
            read_policy(&named.path, layer).map_err(|source| Error::Read { path: named.path.clone(), source })?;
        all.push(text(layer, &named.path, bytes)?);
    }
    Ok(all)
}

/// Links are followed, as people keep such files elsewhere. Whoever could write to one of an organisation would decide for
/// everybody: what it leads to must be root's alone.
fn read_policy(path: &Path, layer: Layer) -> Result<Vec<u8>, files::Error> {
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match layer {
        Layer::Organisation => files::read_owned(&real, POLICY_BYTES, &[SYSTEM.installation().unwrap_or(SYSTEM.owner)]),
        _ => files::read(&real, POLICY_BYTES),
    }
}

fn text(layer: Layer, path: &Path, bytes: Vec<u8>) -> Result<File, Error> {
    let text = String::from_utf8(bytes).map_err(|_| Error::Encoding { path: path.to_owned() })?;
    let name = path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
    Ok(File { layer, name: name.into_owned(), text })
}
