//! The keys of a `match`, in one table: name, the effects that have it, and how its value is read.

use super::{FlagField, TargetTest, Test, TextField, TextTest, UserTest, Which, WordTest, names};
use crate::effects::Set;
use crate::glob::{BadGlob, Glob, MAX_GLOB, MAX_WILDCARDS, PathGlob};
use crate::read::{Keys, Problems, Value, did_you_mean, flag_of, quoted, text_of, texts_of};
use protocol::PathClass;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Deeper nesting of `all`, `any` and `not` is refused.
const MAX_DEPTH: usize = 16;
/// More conditions in one rule are refused.
const MAX_TESTS: usize = 4096;

/// Named lists: `@protected-branches`.
pub(crate) type Lists = HashMap<String, Vec<String>>;

/// What a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subjects {
    Effects(Set),
    Finding,
}

#[derive(Clone, Copy)]
enum On {
    /// Every rule.
    Any,
    Effects(Set),
    Finding,
}

impl On {
    fn fits(self, subjects: Subjects) -> bool {
        match (self, subjects) {
            (Self::Any, _) | (Self::Finding, Subjects::Finding) => true,
            (Self::Effects(own), Subjects::Effects(asked)) => own.contains(asked),
            _ => false,
        }
    }
}

struct Key {
    name: &'static str,
    on: On,
    read: fn(&mut Reader<'_>, &'static str, &Value<'_>) -> Option<Test>,
}

const fn on(names: &[&str]) -> On {
    On::Effects(Set::of(names))
}

const EVERY_EFFECT: On = On::Effects(Set::ALL);
const WITH_PATH: On =
    on(&["read", "write", "delete", "move", "change-mode", "persist", "configure-agent", "fetch", "run", "send"]);

/// Effects whose paths mean this machine, unless the rule says `at`: `/etc` in a container is another `/etc`.
const ON_THIS_MACHINE: Set = Set::of(&["read", "write", "delete", "move", "change-mode", "persist", "configure-agent"]);

macro_rules! key {
    ($name:literal, $on:expr, $read:expr) => {
        Key { name: $name, on: $on, read: $read }
    };
}

macro_rules! kinds {
    ($variant:ident) => {
        |reader, name, value| Some(Test::$variant(reader.kinds(name, value)?))
    };
}

macro_rules! text {
    ($field:ident) => {
        |reader, name, value| Some(Test::Text(TextField::$field, reader.texts(name, value, Kind::Plain)?))
    };
    ($field:ident, $kind:ident) => {
        |reader, name, value| Some(Test::Text(TextField::$field, reader.texts(name, value, Kind::$kind)?))
    };
}

macro_rules! flag {
    ($field:ident) => {
        |reader, name, value| Some(Test::Flag(FlagField::$field, flag_of(name, value, reader.problems)?))
    };
}

/// Keys about a path are read together: see [`Reader::target`].
const TARGET_KEYS: [&str; 10] = [
    "class",
    "not_class",
    "path",
    "not_path",
    "exists",
    "known",
    "made_by_agent",
    "written_by_agent",
    "downloaded",
    "holds_secret",
];

const KEYS: &[Key] = &[
    // Of every rule.
    key!("agent", On::Any, kinds!(Agent)),
    key!("agent_tool", On::Any, |r, n, v| Some(Test::AgentTool(r.texts(n, v, Kind::Plain)?))),
    // The head of every effect.
    key!("at", EVERY_EFFECT, kinds!(At)),
    key!("as", EVERY_EFFECT, |r, n, v| Some(Test::As(r.user(n, v)))),
    key!("certain", EVERY_EFFECT, |r, n, v| Some(Test::Certain(r.kind(n, v)?))),
    key!("via", EVERY_EFFECT, |r, n, v| Some(Test::Via(r.texts(n, v, Kind::LastComponent)?))),
    key!("environment", EVERY_EFFECT, |r, n, v| Some(Test::Environment(r.words(n, v)))),
    // Paths.
    key!("from", on(&["move"]), |r, n, v| r.sub_target(n, v, Which::From)),
    key!("to", on(&["move"]), |r, n, v| r.sub_target(n, v, Which::To)),
    key!("recursive", on(&["read", "delete", "change-mode", "move"]), flag!(Recursive)),
    key!("forced", on(&["delete"]), flag!(Forced)),
    key!("filtered", on(&["delete"]), flag!(Filtered)),
    key!("mode", on(&["write"]), kinds!(WriteMode)),
    key!("mode", on(&["change-mode"]), text!(Mode)),
    key!("content", on(&["write"]), text!(Content)),
    key!("content_free", on(&["write"]), |r, n, v| Some(Test::ContentFree(flag_of(n, v, r.problems)?))),
    // Programs.
    key!("program", on(&["run"]), text!(Program, LastComponent)),
    key!("argument", on(&["run", "start-agent"]), |r, n, v| Some(Test::Argument(r.texts(n, v, Kind::Plain)?))),
    key!("code", on(&["run"]), kinds!(Code)),
    key!("why", on(&["run", "unknown"]), kinds!(Why)),
    // Network.
    key!("host", on(&["fetch", "send", "resource"]), text!(Host, FoldCase)),
    key!("url", on(&["fetch", "send", "run"]), text!(Url)),
    key!("method", on(&["fetch", "send"]), text!(Method, FoldCase)),
    key!("sends", on(&["send"]), kinds!(Sends)),
    key!("variable", on(&["send"]), |r, n, v| Some(Test::Variable(r.texts(n, v, Kind::Plain)?))),
    key!("address", on(&["listen"]), text!(Address)),
    key!("tunnel", on(&["listen"]), flag!(Tunnel)),
    // Processes, rights, persistence.
    key!("what", on(&["stop"]), kinds!(Stopped)),
    key!("kind", on(&["privilege"]), kinds!(Privilege)),
    key!("to", on(&["privilege"]), text!(To)),
    key!("kind", on(&["persist"]), kinds!(Persist)),
    // Version control.
    key!("kind", on(&["change-history"]), kinds!(History)),
    key!("branch", on(&["change-history"]), text!(Branch)),
    key!("remote", on(&["change-history"]), text!(Remote)),
    key!("loses", on(&["change-history"]), flag!(Loses)),
    // Resources and packages.
    key!("kind", on(&["resource"]), kinds!(Resource)),
    key!("action", on(&["resource"]), kinds!(ResourceAction)),
    key!("provider", on(&["resource"]), text!(Provider, FoldCase)),
    key!("scope", on(&["resource"]), text!(Scope)),
    key!("context", on(&["resource"]), text!(Context)),
    key!("name", on(&["stop"]), text!(Name, LastComponent)),
    key!("name", on(&["resource", "publish", "install-package"]), text!(Name)),
    key!("registry", on(&["publish", "install-package"]), text!(Registry, FoldCase)),
    key!("version", on(&["publish", "install-package"]), text!(Version)),
    key!("public", on(&["publish"]), flag!(Public)),
    key!("locked", on(&["install-package"]), flag!(Locked)),
    // Credentials, tools, agents, persons.
    key!("kind", on(&["use-credential"]), kinds!(Credential)),
    key!("reference", on(&["use-credential"]), text!(Reference)),
    key!("server", on(&["call-mcp"]), text!(Server)),
    key!("tool", on(&["call-mcp"]), text!(Tool)),
    key!("class", on(&["call-mcp"]), kinds!(Mcp)),
    key!("what", on(&["configure-agent"]), kinds!(Config)),
    key!("target_agent", on(&["configure-agent", "start-agent"]), text!(TargetAgent)),
    key!("kind", on(&["impersonate-person"]), kinds!(Impersonate)),
    // Findings.
    key!("type", On::Finding, |r, n, v| Some(Test::Type(r.texts(n, v, Kind::Plain)?))),
    key!("severity_from", On::Finding, |r, n, v| Some(Test::SeverityFrom(r.kind(n, v)?))),
    key!("confidence_from", On::Finding, |r, n, v| Some(Test::ConfidenceFrom(r.kind(n, v)?))),
    key!("direction", On::Finding, kinds!(Direction)),
    key!("random", On::Finding, |r, n, v| Some(Test::Random(flag_of(n, v, r.problems)?))),
];

/// How a text is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    FoldCase,
    LastComponent,
}

/// Reads the `match` of one rule or exception.
pub(crate) struct Reader<'r> {
    pub(crate) problems: &'r mut Problems,
    pub(crate) lists: &'r Lists,
    pub(crate) subjects: Subjects,
    tests: usize,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(problems: &'r mut Problems, lists: &'r Lists, subjects: Subjects) -> Self {
        Self { problems, lists, subjects, tests: 0 }
    }

    /// The whole `match` table. Rules about paths speak of this machine unless they say `at`.
    pub(crate) fn whole(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Test {
        let mut tests = self.conjunction(table, span, 0);
        let says_place = mentions(table, "at", 0);
        if !says_place && let Some(place) = self.default_place() {
            tests.insert(0, place);
        }
        conjunction(tests)
    }

    /// The test of a rule without a `match`.
    pub(crate) fn default_place(&self) -> Option<Test> {
        match self.subjects {
            Subjects::Effects(set) if ON_THIS_MACHINE.contains(set) => Some(Test::MaybeHere),
            _ => None,
        }
    }

    fn conjunction(&mut self, table: &DeTable<'_>, span: Range<usize>, depth: usize) -> Vec<Test> {
        if depth > MAX_DEPTH {
            self.problems.add(span, format!("This match is nested deeper than {MAX_DEPTH} levels."), None);
            return Vec::new();
        }
        let mut tests = Vec::new();
        let mut has_target = false;
        for (key, value) in table {
            self.tests += 1;
            if self.tests > MAX_TESTS || self.problems.is_full() {
                if self.tests == MAX_TESTS + 1 {
                    self.problems.add(span, format!("This match has more than {MAX_TESTS} conditions."), None);
                }
                break;
            }
            if !self.problems.afford(1, key.span()) {
                break;
            }
            let name = key.get_ref().as_ref();
            match name {
                "all" => tests.push(Test::All(self.list(name, value, depth).into())),
                "any" => tests.push(Test::Any(self.list(name, value, depth).into())),
                "not" => match value.get_ref() {
                    DeValue::Table(inner) => {
                        let inner = self.conjunction(inner, value.span(), depth + 1);
                        tests.push(Test::Not(Box::new(conjunction(inner))));
                    }
                    _ => self.problems.wrong_type(name, value, "a table"),
                },
                _ => {
                    let known = KEYS.iter().find(|known| known.name == name && known.on.fits(self.subjects));
                    if let Some(known) = known {
                        if let Some(test) = (known.read)(self, known.name, value) {
                            tests.push(test);
                        }
                    } else if TARGET_KEYS.contains(&name) && WITH_PATH.fits(self.subjects) {
                        has_target = true;
                    } else {
                        self.unknown_key(name, key.span());
                    }
                }
            }
        }
        if has_target {
            let test = self.target(table, None);
            tests.push(Test::Target(Which::Every, Box::new(test)));
        }
        tests.sort_by_key(Test::cost);
        tests
    }

    fn list(&mut self, name: &str, value: &Value<'_>, depth: usize) -> Vec<Test> {
        let DeValue::Array(array) = value.get_ref() else {
            self.problems.wrong_type(name, value, "a list of tables");
            return Vec::new();
        };
        if array.is_empty() {
            self.problems.add(value.span(), format!("{name} is an empty list."), None);
        }
        let mut tests = Vec::new();
        for item in array {
            match item.get_ref() {
                DeValue::Table(table) => tests.push(conjunction(self.conjunction(table, item.span(), depth + 1))),
                _ => self.problems.wrong_type(name, item, "a table"),
            }
        }
        tests.sort_by_key(Test::cost);
        tests
    }

    fn unknown_key(&mut self, name: &str, span: Range<usize>) {
        let subjects = self.subjects;
        let of = match subjects {
            Subjects::Effects(set) => format!("a match on {}", set.listed()),
            Subjects::Finding => "a match on a finding".to_owned(),
        };
        let elsewhere: Vec<String> = KEYS
            .iter()
            .filter(|key| key.name == name)
            .map(|key| match key.on {
                On::Any => "every rule".to_owned(),
                On::Effects(set) => set.listed(),
                On::Finding => "findings".to_owned(),
            })
            .collect();
        let hint = if elsewhere.is_empty() {
            let own = KEYS.iter().filter(|key| key.on.fits(subjects)).map(|key| key.name);
            let target = TARGET_KEYS.iter().copied().filter(|_| WITH_PATH.fits(subjects));
            did_you_mean(name, own.chain(target).chain(["all", "any", "not"]))
        } else {
            Some(format!("It belongs to {}.", elsewhere.join(", ")))
        };
        self.problems.add_labelled(
            span,
            format!("{} is not a key of {of}.", quoted(name)),
            hint,
            Some("not a key here"),
        );
    }

    fn kind<T: DeserializeOwned>(&mut self, name: &str, value: &Value<'_>) -> Option<T> {
        let text = text_of(name, value, self.problems)?;
        self.named(name, text, value.span())
    }

    fn kinds<T: DeserializeOwned>(&mut self, name: &str, value: &Value<'_>) -> Option<Box<[T]>> {
        let texts = texts_of(name, value, self.problems);
        let kinds: Vec<T> = texts.into_iter().filter_map(|(text, span)| self.named(name, text, span)).collect();
        (!kinds.is_empty()).then(|| kinds.into())
    }

    fn named<T: DeserializeOwned>(&mut self, key: &str, text: &str, span: Range<usize>) -> Option<T> {
        match names::parse(text) {
            Ok(kind) => Some(kind),
            Err(expected) => {
                let hint = did_you_mean(text, expected.iter().copied())
                    .unwrap_or_else(|| format!("Known: {}.", expected.join(", ")));
                self.problems.add(span, format!("{} is not a value of {key}.", quoted(text)), Some(hint));
                None
            }
        }
    }

    /// The texts of a value, with `@list` replaced by what the list holds.
    fn expanded(&mut self, name: &str, value: &Value<'_>) -> Vec<(String, Range<usize>)> {
        let lists = self.lists;
        let mut out = Vec::new();
        for (text, span) in texts_of(name, value, self.problems) {
            match text.strip_prefix('@') {
                Some(list) => {
                    if let Some(entries) = lists.get(list) {
                        if self.problems.afford(entries.len(), span.clone()) {
                            out.extend(entries.iter().map(|entry| (entry.clone(), span.clone())));
                        }
                    } else {
                        let hint = did_you_mean(list, lists.keys().map(String::as_str));
                        self.problems.add(span, format!("There is no list {}.", quoted(list)), hint);
                    }
                }
                None if self.problems.afford(1, span.clone()) => out.push((text.to_owned(), span)),
                None => {}
            }
        }
        out
    }

    fn texts(&mut self, name: &str, value: &Value<'_>, kind: Kind) -> Option<TextTest> {
        let texts = self.expanded(name, value);
        let mut globs = Vec::with_capacity(texts.len());
        for (text, span) in texts {
            match Glob::text(&text, kind == Kind::FoldCase) {
                Ok(glob) => globs.push(glob),
                Err(bad) => self.bad_glob(name, bad, span),
            }
        }
        (!globs.is_empty()).then(|| TextTest { globs: globs.into(), last_component: kind == Kind::LastComponent })
    }

    fn words(&mut self, name: &str, value: &Value<'_>) -> WordTest {
        // An environment is the name of a list; `@` is understood, not needed.
        let mut texts = Vec::new();
        for (text, span) in texts_of(name, value, self.problems) {
            let list = text.strip_prefix('@').unwrap_or(text);
            if let Some(entries) = self.lists.get(list) {
                if self.problems.afford(entries.len(), span.clone()) {
                    texts.extend(entries.iter().map(|entry| (entry.clone(), span.clone())));
                }
            } else {
                let hint = did_you_mean(list, self.lists.keys().map(String::as_str))
                    .or_else(|| Some(format!("Name its words: [lists] {list} = [\"…\"].")));
                self.problems.add(
                    span,
                    format!("There is no list {} of words for this environment.", quoted(list)),
                    hint,
                );
            }
        }
        let (mut words, mut globs) = (Vec::new(), Vec::new());
        for (text, span) in texts {
            if !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
                words.push(text);
            } else {
                match Glob::text(&text, true) {
                    Ok(glob) => globs.push(glob),
                    Err(bad) => self.bad_glob(name, bad, span),
                }
            }
        }
        WordTest { words: words.into(), globs: globs.into() }
    }

    fn user(&mut self, name: &str, value: &Value<'_>) -> UserTest {
        let texts = self.expanded(name, value);
        let mut test = UserTest { caller: false, names: Box::default() };
        let mut globs = Vec::new();
        for (text, span) in texts {
            if text == "caller" {
                test.caller = true;
                continue;
            }
            match Glob::text(&text, false) {
                Ok(glob) => globs.push(glob),
                Err(bad) => self.bad_glob(name, bad, span),
            }
        }
        test.names = globs.into();
        test
    }

    fn sub_target(&mut self, name: &'static str, value: &Value<'_>, which: Which) -> Option<Test> {
        let DeValue::Table(table) = value.get_ref() else {
            self.problems.wrong_type(name, value, "a table");
            return None;
        };
        Some(Test::Target(which, Box::new(self.target(table, Some(&value.span())))))
    }

    /// Reads the keys about a path. With `alone`, the table holds nothing else.
    fn target(&mut self, table: &DeTable<'_>, alone: Option<&Range<usize>>) -> TargetTest {
        let mut keys = Keys::new("a path's match", table, alone.cloned().unwrap_or_default());
        let test = TargetTest {
            class: keys.take("class").and_then(|value| self.classes("class", value)),
            not_class: keys.take("not_class").and_then(|value| self.classes("not_class", value)),
            paths: keys.take("path").and_then(|value| self.paths("path", value)),
            not_paths: keys.take("not_path").and_then(|value| self.paths("not_path", value)),
            exists: keys.flag("exists", self.problems),
            known: keys.flag("known", self.problems),
            made_by_agent: keys.flag("made_by_agent", self.problems),
            written_by_agent: keys.flag("written_by_agent", self.problems),
            downloaded: keys.flag("downloaded", self.problems),
            holds_secret: keys.flag("holds_secret", self.problems),
        };
        if alone.is_some() {
            keys.finish(self.problems);
        }
        test
    }

    fn classes(&mut self, name: &str, value: &Value<'_>) -> Option<PathClass> {
        let mut classes = PathClass::empty();
        for (text, span) in texts_of(name, value, self.problems) {
            if let Some(class) = PathClass::named(text) {
                classes |= class;
            } else {
                let names = PathClass::NAMES.map(|(_, name)| name);
                let hint = did_you_mean(text, names).unwrap_or_else(|| format!("Known: {}.", names.join(", ")));
                self.problems.add(span, format!("{} is not a path class.", quoted(text)), Some(hint));
            }
        }
        (!classes.is_empty()).then_some(classes)
    }

    fn paths(&mut self, name: &str, value: &Value<'_>) -> Option<Box<[PathGlob]>> {
        let texts = self.expanded(name, value);
        let mut globs = Vec::with_capacity(texts.len());
        for (text, span) in texts {
            match PathGlob::parse(&text) {
                Ok(glob) => globs.push(glob),
                Err(bad) => self.bad_glob(name, bad, span),
            }
        }
        (!globs.is_empty()).then(|| globs.into())
    }

    fn bad_glob(&mut self, name: &str, bad: BadGlob, span: Range<usize>) {
        let message = match bad {
            BadGlob::Empty => format!("{name} holds an empty text: it could never match."),
            BadGlob::TooLong => format!("A glob of {name} is longer than {MAX_GLOB} bytes."),
            BadGlob::TooManyWildcards => format!("A glob of {name} has more than {MAX_WILDCARDS} wildcards."),
            BadGlob::Nul => format!("A glob of {name} holds a NUL byte."),
        };
        self.problems.add(span, message, None);
    }
}

/// Is the key anywhere in the match?
fn mentions(table: &DeTable<'_>, name: &str, depth: usize) -> bool {
    let inside = |value: &Value<'_>| match value.get_ref() {
        DeValue::Table(table) => mentions(table, name, depth + 1),
        DeValue::Array(array) => array.iter().any(|item| match item.get_ref() {
            DeValue::Table(table) => mentions(table, name, depth + 1),
            _ => false,
        }),
        _ => false,
    };
    depth <= MAX_DEPTH && (table.contains_key(name) || table.values().any(inside))
}

fn conjunction(mut tests: Vec<Test>) -> Test {
    if tests.len() == 1
        && let Some(only) = tests.pop()
    {
        return only;
    }
    Test::All(tests.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_meaning_for_each_effect() {
        for number in 0..crate::effects::NAMES.len() {
            let subjects = Subjects::Effects(Set(1 << number));
            let mut names: Vec<&str> = KEYS.iter().filter(|key| key.on.fits(subjects)).map(|key| key.name).collect();
            if WITH_PATH.fits(subjects) {
                names.extend(TARGET_KEYS);
            }
            names.sort_unstable();
            let before = names.len();
            names.dedup();
            assert_eq!(before, names.len(), "{:?}", crate::effects::NAMES.get(number));
        }
    }
}
