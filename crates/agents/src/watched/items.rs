//! What a settings file holds, as a flat list of things with a name.

use protocol::Agent;
use protocol::settings::{FileKind, Meaning};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};

/// Things of one file that are told apart; of a larger file the rest is one thing.
const MOST: usize = 2048;
/// Bytes of a value that are kept to be shown.
const SHOWN: usize = 512;

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Subject {
    OwnHook,
    Hook,
    /// A switch that keeps hooks from running; there while it is set.
    HooksOff,
    /// Lets calls run without a question; there while it is set.
    AutoApprove,
    /// Widens what may run.
    Allow,
    /// Narrows it.
    Limit,
    McpServer,
    Plugin,
    Skill,
    Instructions,
    Setting,
}

impl Subject {
    pub(super) fn meaning(self, before: bool, after: bool) -> Meaning {
        let (added, changed, removed) = match self {
            Self::OwnHook => (Meaning::OwnHookAdded, Meaning::OwnHookChanged, Meaning::OwnHookRemoved),
            Self::Hook => (Meaning::HookAdded, Meaning::HookChanged, Meaning::HookRemoved),
            Self::HooksOff => (Meaning::HooksOff, Meaning::HooksOff, Meaning::HooksOn),
            Self::AutoApprove => (Meaning::AutoApproveOn, Meaning::AutoApproveOn, Meaning::AutoApproveOff),
            Self::Allow => (Meaning::PermissionWidened, Meaning::PermissionWidened, Meaning::PermissionNarrowed),
            Self::Limit => (Meaning::PermissionNarrowed, Meaning::PermissionWidened, Meaning::PermissionWidened),
            Self::McpServer => (Meaning::McpServerAdded, Meaning::McpServerChanged, Meaning::McpServerRemoved),
            Self::Plugin => (Meaning::PluginAdded, Meaning::PluginChanged, Meaning::PluginRemoved),
            Self::Skill => (Meaning::SkillAdded, Meaning::SkillChanged, Meaning::SkillRemoved),
            Self::Instructions => {
                (Meaning::InstructionsAdded, Meaning::InstructionsChanged, Meaning::InstructionsRemoved)
            }
            Self::Setting => (Meaning::SettingChanged, Meaning::SettingChanged, Meaning::SettingChanged),
        };
        match (before, after) {
            (false, _) => added,
            (true, true) => changed,
            (true, false) => removed,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) subject: Subject,
    pub(super) name: String,
    /// Tells hooks of one event apart.
    pub(super) part: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    /// `None`: its value is nobody's business.
    pub(super) shown: Option<String>,
    /// Of the whole value.
    pub(super) mark: u64,
}

/// The things of one file, as they are found.
#[derive(Debug)]
pub(crate) struct Items {
    agent: Agent,
    found: BTreeMap<Key, Held>,
    rest: u64,
}

impl Items {
    pub(super) fn of(agent: Agent) -> Self {
        Self { agent, found: BTreeMap::new(), rest: 0 }
    }

    pub(super) fn has_own(&self) -> bool {
        self.found.keys().any(|key| key.subject == Subject::OwnHook)
    }

    pub(super) fn done(mut self) -> BTreeMap<Key, Held> {
        if self.rest != 0 {
            let key = Key { subject: Subject::Setting, name: "further entries".to_owned(), part: 0 };
            self.found.insert(key, Held { shown: None, mark: self.rest });
        }
        self.found
    }

    fn insert(&mut self, key: Key, held: Held) {
        if self.found.len() < MOST {
            self.found.insert(key, held);
        } else {
            // Order must not matter: what is the same set is the same rest.
            self.rest ^= mark(&(&key.name, key.part, held.mark)) | 1;
        }
    }

    /// A thing that is there once by its name; `value` is compared as a whole.
    pub(crate) fn add(&mut self, subject: Subject, name: impl Into<String>, value: &Value, shown: Option<String>) {
        let held = Held { shown: shown.map(|text| cut(&text)), mark: mark(&value.to_string()) };
        let name = name.into();
        let part = if name.len() > SHOWN { mark(&name) } else { 0 };
        self.insert(Key { subject, name: cut(&name), part }, held);
    }

    /// A whole file of text.
    pub(super) fn text(&mut self, kind: FileKind, bytes: &[u8]) {
        let (subject, name) = match kind {
            FileKind::Instructions => (Subject::Instructions, "instructions"),
            FileKind::Skill => (Subject::Skill, "skill"),
            _ => (Subject::Setting, "content"),
        };
        let held = Held { shown: Some(format!("{} bytes", bytes.len())), mark: mark(&bytes) };
        self.insert(Key { subject, name: name.to_owned(), part: 0 }, held);
    }
}

fn mark(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A text as far as it is shown. It is masked later, and half of a secret is not always seen to be one: the word that would
/// be cut goes whole.
fn cut(text: &str) -> String {
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    let shown = text.get(..text.floor_char_boundary(SHOWN)).unwrap_or_default();
    let parts = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';');
    let whole = shown.rfind(parts).and_then(|end| shown.get(..end)).unwrap_or_default();
    format!("{whole} …")
}

/// The hooks of all events: entries, or groups of entries with a matcher.
pub(crate) fn hooks(hooks: &Value, items: &mut Items) {
    for (event, list) in hooks.as_object().into_iter().flatten() {
        for element in list.as_array().into_iter().flatten() {
            match element.get("hooks").and_then(Value::as_array) {
                Some(entries) => entries.iter().for_each(|entry| hook(event, element.get("matcher"), entry, items)),
                None => hook(event, None, element, items),
            }
        }
    }
}

fn hook(event: &str, matcher: Option<&Value>, entry: &Value, items: &mut Items) {
    let own = crate::entries::is_ours(items.agent, entry);
    let part = mark(&(entry.to_string(), matcher.map(Value::to_string)));
    let subject = if own { Subject::OwnHook } else { Subject::Hook };
    items.insert(Key { subject, name: cut(event), part }, Held { shown: Some(cut(&what_runs(entry))), mark: part });
}

/// The program of a hook or a server and its arguments, or its address without what may be secret in it.
fn what_runs(entry: &Value) -> String {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    if let Some(command) = text("command") {
        let args = entry.get("args").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        return std::iter::once(command).chain(args).collect::<Vec<_>>().join(" ");
    }
    match text("url").or_else(|| text("serverUrl")) {
        Some(url) => address(url),
        None => text("type").unwrap_or("unknown").to_owned(),
    }
}

/// An address without user, password, query and fragment.
fn address(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or_default())
        }
        None => url.to_owned(),
    }
}

/// The servers of an `mcpServers` object: what starts them, and the names of what they are given.
pub(crate) fn servers(servers: &Value, place: &str, items: &mut Items) {
    for (name, entry) in servers.as_object().into_iter().flatten() {
        let mut shown = what_runs(entry);
        for key in ["env", "headers"] {
            let given: Vec<&str> = entry.get(key).and_then(Value::as_object).map(all_names).unwrap_or_default();
            if !given.is_empty() {
                shown = format!("{shown} ({key}: {})", given.join(", "));
            }
        }
        items.add(Subject::McpServer, format!("{name}{place}"), entry, Some(shown));
    }
}

fn all_names(object: &Map<String, Value>) -> Vec<&str> {
    object.keys().map(String::as_str).collect()
}

/// The texts of a list, each a thing of its own.
pub(crate) fn names(list: &Value, subject: Subject, place: &str, items: &mut Items) {
    for entry in list.as_array().into_iter().flatten() {
        let name = entry.as_str().map_or_else(|| entry.to_string(), str::to_owned);
        items.add(subject, format!("{place}{name}"), &Value::Null, None);
    }
}

/// Any other key.
pub(crate) fn setting(key: &str, value: &Value, items: &mut Items) {
    items.add(Subject::Setting, key, value, Some(value.to_string()));
}
