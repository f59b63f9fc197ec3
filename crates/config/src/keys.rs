//! The keys, defined once.

use protocol::Mode;
use protocol::record::Level;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

/// Where a value comes from; the order is the strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    Default,
    User,
    Machine,
    Managed,
}

/// What a person is told of a key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As written in a file; a dot stands for a table.
    pub name: &'static str,
    /// What a value must be, as it follows "was expected".
    pub expects: &'static str,
    pub says: &'static str,
}

/// Defines `Raw` (what one file says, every key optional), `KEYS`, and how one value is taken in.
macro_rules! keys {
    ($($field:ident: $type:ty, $name:literal, $expects:literal, $says:literal;)+) => {
        /// Every key that a file may set.
        pub const KEYS: &[Key] = &[$(Key { name: $name, expects: $expects, says: $says }),+];

        /// What one file says.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct Raw {
            $(#[serde(rename = $name, default, skip_serializing_if = "Option::is_none")]
            pub(crate) $field: Option<$type>,)+
        }

        impl Raw {
            /// Takes one value in. `None`: there is no such key. `Some(false)`: the value does not fit.
            pub(crate) fn set(&mut self, key: &str, value: Spanned<DeValue<'_>>) -> Option<bool> {
                match key {
                    $($name => {
                        let value = <$type>::deserialize(ValueDeserializer::from(value)).ok();
                        let fits = value.is_some();
                        if fits {
                            self.$field = value;
                        }
                        Some(fits)
                    })+
                    _ => None,
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

keys! {
    mode: Mode, "mode", "\"detect\" or \"enforce\"",
        "What a verdict does: detect records it and lets the call run, enforce acts on it.";
    durable: Durable, "durable", "\"none\", \"block\" or \"all\"",
        "Which answers wait until their record is on the disk: none, those that stop a call, or all.";
    journal_max_mb: JournalSize, "journal_max_mb", "a number from 16 to 1048576",
        "Size of the journal, in MiB; the oldest content goes first.";
    policy_files: PolicyFiles, "policy_files", "a list of up to 32 absolute paths",
        "Policies that are judged beside the built-in one, each with the layer of the file that names it.";
    input: Level, "content.input", "\"none\", \"metadata\", \"redacted\" or \"full\"",
        "How much of what a tool is given is kept.";
    output: Level, "content.output", "\"none\", \"metadata\", \"redacted\" or \"full\"",
        "How much of what a tool gives back is kept.";
    prompt: Level, "content.prompt", "\"none\", \"metadata\", \"redacted\" or \"full\"",
        "How much of what a person types is kept.";
    rationale: Level, "content.rationale", "\"none\", \"metadata\", \"redacted\" or \"full\"",
        "How much of an agent's stated reasons is kept.";
    collector_url: CollectorUrl, "collector.url", "an address such as \"http://127.0.0.1:4318\", or \"\" for none",
        "Where the records go; where none is set, to the collector that this machine is enrolled with.";
    collector_interval: Interval, "collector.interval_s", "a number from 1 to 3600",
        "Seconds that a record waits at most for others to travel with; a stop waits 5 at most.";
}

/// What is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub mode: Mode,
    pub durable: Durable,
    pub journal_max: JournalSize,
    /// Of all layers, the weaker first.
    pub policies: Vec<Policy>,
    pub input: Level,
    pub output: Level,
    pub prompt: Level,
    pub rationale: Level,
    pub collector_url: CollectorUrl,
    pub collector_interval: Interval,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::Detect,
            durable: Durable::None,
            journal_max: JournalSize(1024),
            policies: Vec::new(),
            input: Level::Redacted,
            output: Level::Redacted,
            prompt: Level::Metadata,
            rationale: Level::Metadata,
            collector_url: CollectorUrl::default(),
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
