//! The keys, defined once.

use protocol::Mode;
use protocol::record::Level;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

/// Where a value comes from; the order is the strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    Default,
    User,
    Machine,
    Managed,
}

/// What is known of a key besides its value: enough to check one, and to write profiles, templates and pages about it.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As written in TOML and JSON; a dot stands for a table.
    pub name: &'static str,
    pub kind: Kind,
    pub binding: Binding,
    pub says: &'static str,
}

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number within these bounds, both included.
    Number(u64, u64),
    /// An `http` or `https` address without a name or password in it, or nothing.
    Address,
    /// The absolute path of a file, or nothing.
    Path,
    /// At most so many absolute paths.
    Paths(usize),
}

/// How values of several layers go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// The strongest layer's value holds.
    Exact,
    /// A layer's value is the most that a weaker one may choose, in the order of the key's words.
    Ceiling,
    /// What every layer names counts.
    Union,
}

impl Key {
    /// As written in a property list or the registry: `collector.interval_s` is `CollectorIntervalS`.
    pub fn camel(&self) -> String {
        let word = |word: &str| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        };
        self.name.split(['.', '_']).filter_map(word).collect()
    }
}

/// What a value must be, as it follows "was expected".
impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Choice(words) => {
                for (at, word) in words.iter().enumerate() {
                    let before = match at {
                        0 => "",
                        at if at + 1 == words.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{before}\"{word}\"")?;
                }
                Ok(())
            }
            Self::Number(least, most) => write!(f, "a number from {least} to {most}"),
            Self::Address => f.write_str("an address such as \"https://collector.example\", or \"\" for none"),
            Self::Path => f.write_str("an absolute path, or \"\" for none"),
            Self::Paths(most) => write!(f, "a list of up to {most} absolute paths"),
        }
    }
}

/// Defines `Raw` (what one file says, every key optional), `KEYS`, and how one value is taken in.
macro_rules! keys {
    ($($field:ident: $type:ty, $name:literal, $kind:expr, $binding:ident, $says:literal;)+) => {
        /// Every key that a file may set.
        pub const KEYS: &[Key] =
            &[$(Key { name: $name, kind: $kind, binding: Binding::$binding, says: $says }),+];

        /// What one file says.
        #[derive(Clone, Debug, Default, PartialEq, Serialize)]
        pub(crate) struct Raw {
            $(#[serde(rename = $name, skip_serializing_if = "Option::is_none")]
            pub(crate) $field: Option<$type>,)+
        }

        impl Raw {
            /// Takes the value of a key of [`KEYS`] in; false where it does not fit.
            pub(crate) fn set<'de>(&mut self, key: &str, value: impl Deserializer<'de>) -> bool {
                match key {
                    $($name => {
                        let value = <$type>::deserialize(value).ok();
                        let fits = value.is_some();
                        if fits {
                            self.$field = value;
                        }
                        fits
                    })+
                    _ => false,
                }
            }

            /// Gives this key the value that it has in `from`; its text, if it has one there.
            pub(crate) fn keep(&mut self, key: &str, from: &Self) -> Option<String> {
                match key {
                    $($name => {
                        self.$field.clone_from(&from.$field);
                        self.$field.as_ref().map(shown)
                    })+
                    _ => None,
                }
            }

            /// The keys that are set, with their values as text.
            pub(crate) fn set_keys(&self) -> Vec<(&'static str, String)> {
                let mut all = Vec::new();
                $(if let Some(value) = &self.$field {
                    all.push(($name, shown(value)));
                })+
                all
            }
        }
    };
}

const MODES: Kind = Kind::Choice(&["detect", "enforce"]);
const LEVELS: Kind = Kind::Choice(&["none", "metadata", "redacted", "full"]);

keys! {
    mode: Mode, "mode", MODES, Exact,
        "What a verdict does: detect records it and lets the call run, enforce acts on it.";
    mode_max: Mode, "mode_max", MODES, Ceiling,
        "The strictest mode that a weaker layer or a policy may choose; a mode of the same layer stands.";
    durable: Durable, "durable", Kind::Choice(&["none", "block", "all"]), Exact,
        "Which answers wait until their record is on the disk: none, those that stop a call, or all.";
    journal_max_mb: JournalSize, "journal_max_mb", Kind::Number(16, 1 << 20), Exact,
        "Size of the journal, in MiB; the oldest content goes first.";
    policy_files: PolicyFiles, "policy_files", Kind::Paths(32), Union,
        "Policies that are judged beside the built-in one, each with the layer of the file that names it.";
    input: Level, "content.input", LEVELS, Ceiling,
        "How much of what a tool is given is kept.";
    output: Level, "content.output", LEVELS, Ceiling,
        "How much of what a tool gives back is kept.";
    prompt: Level, "content.prompt", LEVELS, Ceiling,
        "How much of what a person types is kept.";
    rationale: Level, "content.rationale", LEVELS, Ceiling,
        "How much of an agent's stated reasons is kept.";
    collector_url: CollectorUrl, "collector.url", Kind::Address, Exact,
        "Where the records go; where none is set, to the collector that this machine is enrolled with.";
    collector_ca: CaFile, "collector.ca_file", Kind::Path, Exact,
        "Certificates in PEM form that are trusted for the collector beside the system's; the root, not one between.";
    collector_interval: Interval, "collector.interval_s", Kind::Number(1, 3600), Exact,
        "Seconds that a record waits at most for others to travel with; a stop waits 5 at most.";
}

/// What is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub mode: Mode,
    /// What a policy may choose at most, where no layer sets a mode.
    pub mode_max: Mode,
    pub durable: Durable,
    pub journal_max: JournalSize,
    /// Of all layers, the weaker first.
    pub policies: Vec<Policy>,
    pub input: Level,
    pub output: Level,
    pub prompt: Level,
    pub rationale: Level,
    pub collector_url: CollectorUrl,
    pub collector_ca: CaFile,
    pub collector_interval: Interval,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::Detect,
            mode_max: Mode::Enforce,
            durable: Durable::None,
            journal_max: JournalSize(1024),
            policies: Vec::new(),
            input: Level::Redacted,
            output: Level::Redacted,
            prompt: Level::Metadata,
            rationale: Level::Metadata,
            collector_url: CollectorUrl::default(),
            collector_ca: CaFile::default(),
            collector_interval: Interval(30),
        }
    }
}

/// A policy file, and the layer whose configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub layer: Layer,
    pub path: PathBuf,
}

/// Which answers wait for the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Durable {
    #[default]
    None,
    Block,
    All,
}

/// In MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub struct JournalSize(u64);

impl JournalSize {
    pub fn bytes(self) -> u64 {
        self.0 << 20
    }
}

impl TryFrom<u64> for JournalSize {
    type Error = &'static str;

    fn try_from(mib: u64) -> Result<Self, Self::Error> {
        if (16..=1 << 20).contains(&mib) { Ok(Self(mib)) } else { Err("out of range") }
    }
}

/// Absolute paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<PathBuf>")]
pub struct PolicyFiles(pub Vec<PathBuf>);

impl TryFrom<Vec<PathBuf>> for PolicyFiles {
    type Error = &'static str;

    fn try_from(paths: Vec<PathBuf>) -> Result<Self, Self::Error> {
        let fit = paths.len() <= 32 && paths.iter().all(|path| path.is_absolute());
        if fit { Ok(Self(paths)) } else { Err("not absolute, or too many") }
    }
}

/// The base address of a collector, without a slash at its end. Empty: none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct CollectorUrl(String);

impl CollectorUrl {
    /// `None`: no collector is named.
    pub fn get(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|url| !url.is_empty())
    }
}

impl TryFrom<String> for CollectorUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = text.trim_end_matches('/');
        if text.is_empty() {
            return Ok(Self::default());
        }
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        // A name or password in it would be shown wherever the address is.
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '@' | '?' | '#' | '"' | '\\');
        let fits = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(plain));
        if fits && text.len() <= 1000 { Ok(Self(text.to_owned())) } else { Err("not an http or https address") }
    }
}

/// The path of a file with certificates. Empty: none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PathBuf")]
pub struct CaFile(PathBuf);

impl CaFile {
    /// `None`: no file is named.
    pub fn get(&self) -> Option<&Path> {
        Some(self.0.as_path()).filter(|path| !path.as_os_str().is_empty())
    }
}

impl TryFrom<PathBuf> for CaFile {
    type Error = &'static str;

    fn try_from(path: PathBuf) -> Result<Self, Self::Error> {
        if path.as_os_str().is_empty() || path.is_absolute() { Ok(Self(path)) } else { Err("not an absolute path") }
    }
}

/// In seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub struct Interval(u64);

impl Interval {
    pub fn duration(self) -> std::time::Duration {
        std::time::Duration::from_secs(self.0)
    }
}

impl TryFrom<u64> for Interval {
    type Error = &'static str;

    fn try_from(seconds: u64) -> Result<Self, Self::Error> {
        if (1..=3600).contains(&seconds) { Ok(Self(seconds)) } else { Err("out of range") }
    }
}

/// A value as it is written in a file.
pub(crate) fn shown<T: Serialize>(value: &T) -> String {
    toml::Value::try_from(value).map_or_else(|_| "?".to_owned(), |value| value.to_string())
}
