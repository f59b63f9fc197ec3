//! Our hook entries in an agent's own settings file: put in and taken out as text.
//!
//! The file is the person's. Comments, order, indentation, line ends, a byte order mark, unknown keys and other people's
//! hooks stay byte for byte; only our entries come and go. A file that is not whole JSON (with comments, as editors write
//! it) is left alone.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstObject, CstObjectProp, CstRootNode};
use protocol::Agent;
use serde_json::{Map, Value};
use thiserror::Error;

/// Why a settings file is not changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unfit {
    /// With line and column.
    #[error("it is not whole JSON: {0}")]
    NotJson(String),
    #[error("{0} is not what the agent expects there")]
    Shape(String),
    #[error("{0} is there twice")]
    Twice(String),
}

const MARK: &str = "\u{feff}";
const HOOKS: &str = "hooks";

/// The file's text with exactly these entries of ours in it; what else of ours was there is gone. `None`: they are there
/// already. `wanted`: [`crate::settings`] of this agent.
///
/// # Errors
///
/// [`Unfit`], with the text unchanged.
pub fn with_entries(agent: Agent, text: &str, wanted: &Value) -> Result<Option<String>, Unfit> {
    let Some(events) = wanted.get(HOOKS).and_then(Value::as_object) else {
        return Err(Unfit::Shape(HOOKS.to_owned()));
    };
    let file = File::parse(text)?;
    if file.own(agent)? == *events {
        return Ok(None);
    }
    file.remove(agent)?;
    let hooks = file.top.object_value_or_create(HOOKS).ok_or_else(|| Unfit::Shape(HOOKS.to_owned()))?;
    for (event, groups) in events {
        let list = hooks.array_value_or_create(event).ok_or_else(|| Unfit::Shape(format!("{HOOKS}.{event}")))?;
        for group in groups.as_array().into_iter().flatten() {
            list.append(input(group));
        }
        list.ensure_multiline();
    }
    // What else the file needs to be read at all, such as a version.
    for (key, value) in wanted.as_object().into_iter().flatten().filter(|(key, _)| *key != HOOKS) {
        if file.top.get(key).is_none() {
            file.top.insert(0, key, input(value));
        }
    }
    Ok(Some(file.text()))
}

/// The file's text without our entries, and without what only they had filled. `None`: there are none.
///
/// # Errors
///
/// [`Unfit`], with the text unchanged.
pub fn without_entries(agent: Agent, text: &str) -> Result<Option<String>, Unfit> {
    let file = File::parse(text)?;
    Ok(file.remove(agent)?.then(|| file.text()))
}

/// Our entries as they stand in the file, in the form that [`with_entries`] takes. `None`: there are none.
///
/// # Errors
///
/// [`Unfit`].
pub fn own_entries(agent: Agent, text: &str) -> Result<Option<Value>, Unfit> {
    let file = File::parse(text)?;
    let own = file.own(agent)?;
    if own.is_empty() {
        return Ok(None);
    }
    let mut wanted = Map::from_iter([(HOOKS.to_owned(), Value::Object(own))]);
    if let Some(version) = file.top.get("version").and_then(|version| version.value()?.to_serde_value()) {
        wanted.insert("version".to_owned(), version);
    }
    Ok(Some(Value::Object(wanted)))
}

/// JSON with comments and trailing commas, and nothing looser.
pub(crate) fn options() -> ParseOptions {
    ParseOptions {
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        ..ParseOptions::default()
    }
}

struct File {
    marked: bool,
    root: CstRootNode,
    top: CstObject,
}

impl File {
    fn parse(text: &str) -> Result<Self, Unfit> {
        let (marked, text) = text.strip_prefix(MARK).map_or((false, text), |rest| (true, rest));
        let root = CstRootNode::parse(text, &options()).map_err(|error| Unfit::NotJson(error.to_string()))?;
        let top = root.object_value_or_create().ok_or_else(|| Unfit::Shape("the top level".to_owned()))?;
        once(&top, "")?;
        Ok(Self { marked, root, top })
    }

    fn text(&self) -> String {
        let text = self.root.to_string();
        if self.marked { format!("{MARK}{text}") } else { text }
    }

    /// The lists of hooks by event. Other shapes than the agent's are not ours to touch.
    fn lists(&self) -> Result<Vec<(String, CstArray)>, Unfit> {
        let Some(hooks) = self.top.get(HOOKS) else { return Ok(Vec::new()) };
        let hooks = hooks.object_value().ok_or_else(|| Unfit::Shape(HOOKS.to_owned()))?;
        once(&hooks, "hooks.")?;
        let lists = hooks.properties().into_iter().filter_map(|event| {
            let name = event.decoded_name()?;
            Some(event.array_value().map(|list| (name.clone(), list)).ok_or(Unfit::Shape(format!("{HOOKS}.{name}"))))
        });
        lists.collect()
    }

    /// What of ours is there: each event with our entries, in the groups that hold them. What else is in a group, or was
    /// added to the line of an entry, is not ours.
    fn own(&self, agent: Agent) -> Result<Map<String, Value>, Unfit> {
        let mut own = Map::new();
        for (event, list) in self.lists()? {
            let values = list.elements().into_iter().filter_map(|element| element.to_serde_value());
            let ours: Vec<Value> = values.filter_map(|value| ours_of(agent, value)).collect();
            if !ours.is_empty() {
                own.insert(event, Value::Array(ours));
            }
        }
        Ok(own)
    }

    /// Was there anything of ours?
    fn remove(&self, agent: Agent) -> Result<bool, Unfit> {
        let mut found = false;
        for (event, list) in self.lists()? {
            let before = list.elements().len();
            for element in list.elements() {
                found |= remove_from(agent, element);
            }
            if before > 0 && list.elements().is_empty() {
                let hooks = self.top.object_value(HOOKS);
                if let Some(property) = hooks.and_then(|hooks| hooks.get(&event)) {
                    property.remove();
                }
            }
        }
        if found
            && self.top.object_value(HOOKS).is_some_and(|hooks| hooks.properties().is_empty())
            && let Some(hooks) = self.top.get(HOOKS)
        {
            hooks.remove();
        }
        Ok(found)
    }
}

/// Is each name there once? Of two, agents take the last; whoever edits the first changes nothing.
fn once(object: &CstObject, path: &str) -> Result<(), Unfit> {
    let mut names: Vec<String> = object.properties().iter().filter_map(CstObjectProp::decoded_name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Unfit::Twice(format!("{path}{}", pair[0]))),
        None => Ok(()),
    }
}

/// Takes our entries out of one element of an event's list: the element itself, or those of the group that it is.
fn remove_from(agent: Agent, element: CstNode) -> bool {
    if element.to_serde_value().is_some_and(|value| is_ours(agent, &value)) {
        element.remove();
        return true;
    }
    let Some(group) = element.as_object().and_then(|group| group.array_value(HOOKS)) else { return false };
    let ours: Vec<CstNode> = group
        .elements()
        .into_iter()
        .filter(|entry| entry.to_serde_value().is_some_and(|value| is_ours(agent, &value)))
        .collect();
    let found = !ours.is_empty();
    for entry in ours {
        entry.remove();
    }
    if found && group.elements().is_empty() {
        element.remove();
    }
    found
}

/// An element of an event's list with our entries alone. `None`: it has none.
fn ours_of(agent: Agent, mut element: Value) -> Option<Value> {
    if let Some(group) = element.get_mut(HOOKS).and_then(Value::as_array_mut) {
        group.retain(|entry| start(agent, entry).is_some());
        return (!group.is_empty()).then_some(element);
    }
    start(agent, &element).map(|_| element)
}

/// How an agent starts the program of one of our entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    pub program: String,
    /// `None`: the agent starts the program itself, with `arguments`.
    pub shell: Option<Shell>,
    /// Of the program, or of the shell.
    pub arguments: Vec<String>,
}

/// The shell that an agent starts a line with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// `sh`, which reads no start-up file.
    Plain,
    /// The person's own, which reads those of a login.
    Login,
}

/// See [`Start`]. `None`: the entry is none of ours, or somebody added to it: what is added is not ours to start or to put
/// back.
pub fn start(agent: Agent, entry: &Value) -> Option<Start> {
    if !is_ours(agent, entry) {
        return None;
    }
    let command = entry.get("command")?.as_str()?;
    if let Some(args) = entry.get("args").and_then(Value::as_array) {
        let arguments = args.iter().map(|word| word.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
        let plain = arguments.get(2..).unwrap_or_default();
        return (plain.len() <= 1 && plain.iter().all(|event| is_event(event))).then_some(Start {
            program: command.to_owned(),
            shell: None,
            arguments,
        });
    }
    let (word, rest) = command.split_once(&format!(" hook {}", agent.name()))?;
    if !rest.is_empty() && !rest.strip_prefix(' ').is_some_and(is_event) {
        return None;
    }
    let (shell, option) = if agent == Agent::Cursor { (Shell::Login, "-lc") } else { (Shell::Plain, "-c") };
    let program = one_path(word)?;
    Some(Start { program, shell: Some(shell), arguments: vec![option.to_owned(), command.to_owned()] })
}

/// The path that a shell makes of `word`, where it makes of it one path and nothing else.
fn one_path(word: &str) -> Option<String> {
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%=:,~".contains(c);
    if let Some(inner) = word.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        // As our entries quote it.
        let mut parts = inner.split(r"'\''");
        return parts.all(|part| !part.contains('\'')).then(|| inner.replace(r"'\''", "'"));
    }
    let inner = word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let path = inner.unwrap_or(word);
    path.chars().all(|c| plain(c) || (inner.is_some() && c == ' ')).then(|| path.to_owned())
}

/// The name of an event, as all agents write it, and nothing that a shell takes for more.
fn is_event(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Does this entry start our hook for this agent, whatever else it does? In exec form (`command` and `args`), or as one line for a shell.
pub(crate) fn is_ours(agent: Agent, entry: &Value) -> bool {
    let Some(command) = entry.get("command").and_then(Value::as_str) else { return false };
    let program = |path: &str| path.trim_matches(['"', '\'']).rsplit(['/', '\\']).next().map(|name| name == "taffrail");
    match entry.get("args").and_then(Value::as_array) {
        Some(args) => {
            let said = args.iter().take(2).filter_map(Value::as_str);
            program(command) == Some(true) && said.eq(["hook", agent.name()])
        }
        None => command
            .split_once(&format!(" hook {}", agent.name()))
            .is_some_and(|(path, rest)| (rest.is_empty() || rest.starts_with(' ')) && program(path) == Some(true)),
    }
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(truth) => CstInputValue::Bool(*truth),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Value::Object(fields) => {
            CstInputValue::Object(fields.iter().map(|(name, value)| (name.clone(), input(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests;
