//! The table of files that matter by name, compiled for a fast look-up.

use crate::value::{glob_match, globs_overlap};
use protocol::effect::{ConfigKind, PersistKind};
use protocol::{ByteSet, PathClass};
use serde::Deserialize;
use std::collections::HashMap;

/// What the table says of a path.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Marks {
    pub class: PathClass,
    pub persist: Option<PersistKind>,
    /// An index into the table's agent names.
    pub agent: Option<usize>,
    pub what: Option<ConfigKind>,
    /// It says who may do what on this machine.
    pub policy: bool,
}

#[derive(Debug)]
pub(crate) struct PathTable {
    marks: Vec<Mark>,
    agents: Vec<String>,
    /// By the first component below home, below the root, or anywhere.
    home: Index,
    root: Index,
    anywhere: Index,
}

#[derive(Debug, Default)]
struct Index {
    /// In the table's order: where several match, the order decides what is said of a path.
    entries: Vec<Entry>,
    /// Where the entries stand whose first component is this one.
    by_first: HashMap<Vec<u8>, Vec<usize>>,
    /// The entries whose first component has a wildcard.
    loose: Vec<usize>,
}

impl Index {
    fn add(&mut self, entry: Entry) {
        let at = self.entries.len();
        match entry.components.first() {
            Some(first) if !entry.is_loose() => self.by_first.entry(first.clone()).or_default().push(at),
            _ => self.loose.push(at),
        }
        self.entries.push(entry);
    }

    fn beginning_with(&self, first: &[u8]) -> impl Iterator<Item = &Entry> {
        self.by_first.get(first).into_iter().flatten().filter_map(|at| self.entries.get(*at))
    }

    fn loose(&self) -> impl Iterator<Item = &Entry> {
        self.loose.iter().filter_map(|at| self.entries.get(*at))
    }
}

#[derive(Clone, Debug)]
struct Entry {
    mark: usize,
    /// Lower case, `**` as a last component of its own.
    components: Vec<Vec<u8>>,
    /// Of the first component: every name that it matches has these.
    needed: ByteSet,
}

impl Entry {
    fn is_loose(&self) -> bool {
        self.components.first().is_some_and(|first| first.contains(&b'*'))
    }
}

#[derive(Debug)]
struct Mark {
    class: PathClass,
    persist: Option<PersistKind>,
    agent: Option<usize>,
    what: Option<ConfigKind>,
    policy: bool,
    except: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    mark: Vec<RawMark>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMark {
    class: String,
    paths: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    persist: Option<PersistKind>,
    agent: Option<String>,
    what: Option<ConfigKind>,
    #[serde(default)]
    policy: bool,
}

impl PathTable {
    /// # Errors
    /// Text that is not TOML of the table's form, or a class that is not known.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let raw: RawTable = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut table = Self {
            marks: Vec::new(),
            agents: Vec::new(),
            home: Index::default(),
            root: Index::default(),
            anywhere: Index::default(),
        };
        for raw in raw.mark {
            let class = PathClass::named(&raw.class).ok_or_else(|| format!("no path class is called {}", raw.class))?;
            let agent = raw.agent.map(|name| {
                table.agents.iter().position(|known| *known == name).unwrap_or_else(|| {
                    table.agents.push(name);
                    table.agents.len() - 1
                })
            });
            let mark = table.marks.len();
            for path in raw.paths {
                let lower = path.to_ascii_lowercase();
                let (index, rest) = if let Some(rest) = lower.strip_prefix("~/") {
                    (&mut table.home, rest)
                } else if let Some(rest) = lower.strip_prefix('/') {
                    (&mut table.root, rest)
                } else {
                    (&mut table.anywhere, lower.as_str())
                };
                let components: Vec<Vec<u8>> = rest.split('/').map(|part| part.as_bytes().to_vec()).collect();
                let first = components.first().into_iter().flatten();
                let needed = first.filter(|b| !is_wild(**b)).fold(ByteSet::default(), |set, b| set.with(*b));
                index.add(Entry { mark, components, needed });
            }
            table.marks.push(Mark {
                class,
                persist: raw.persist,
                agent,
                what: raw.what,
                policy: raw.policy,
                except: raw.except.iter().map(|name| name.to_ascii_lowercase().into_bytes()).collect(),
            });
        }
        Ok(table)
    }

    pub(crate) fn agent(&self, index: usize) -> &str {
        self.agents.get(index).map_or("", String::as_str)
    }

    /// What is known of a path. `path` and `below_home` are in lower case; `below_home` is the part below the home
    /// folder, when it lies there.
    pub(crate) fn look_up(&self, path: &[u8], below_home: Option<&[u8]>) -> Marks {
        let mut found = Marks::default();
        let components: Vec<&[u8]> = split(path);
        if let Some(below) = below_home {
            self.anchored(&self.home, &split(below), &mut found);
        }
        self.anchored(&self.root, &components, &mut found);
        for at in 0..components.len() {
            let rest = components.get(at..).unwrap_or_default();
            let Some(first) = rest.first() else { continue };
            for entry in self.anywhere.beginning_with(first) {
                self.try_entry(entry, rest, &mut found);
            }
        }
        if let Some(name) = components.last() {
            let bytes = ByteSet::of(name);
            for entry in self.anywhere.loose().filter(|entry| bytes.may_hold(entry.needed)) {
                self.try_entry(entry, &[name], &mut found);
            }
        }
        found
    }

    fn anchored(&self, index: &Index, components: &[&[u8]], found: &mut Marks) {
        let Some(first) = components.first() else { return };
        for entry in index.beginning_with(first).chain(index.loose()) {
            self.try_entry(entry, components, found);
        }
    }

    fn try_entry(&self, entry: &Entry, components: &[&[u8]], found: &mut Marks) {
        if !matches(&entry.components, components, glob_match) {
            return;
        }
        let Some(mark) = self.marks.get(entry.mark) else { return };
        let name = components.last().copied().unwrap_or_default();
        if !mark.except.iter().any(|except| glob_match(except, name)) {
            found.add(mark);
        }
    }

    /// What a pattern may touch. Only what its own text points at: `*` alone points at nothing in particular.
    pub(crate) fn look_up_pattern(&self, glob: &[u8], below_home: Option<&[u8]>) -> Marks {
        let mut found = Marks::default();
        let components = split(glob);
        if let Some(below) = below_home {
            self.pattern_in(&self.home, &split(below), &mut found);
        }
        self.pattern_in(&self.root, &components, &mut found);
        for at in 0..components.len() {
            let rest = components.get(at..).unwrap_or_default();
            let Some(first) = rest.first() else { continue };
            let literal = first.iter().take_while(|b| !is_wild(**b)).count();
            if !first.iter().any(|b| is_wild(*b)) {
                for entry in self.anywhere.beginning_with(first) {
                    self.try_pattern(entry, rest, &mut found);
                }
            } else if literal >= 3 {
                for entry in self.anywhere.entries.iter().filter(|entry| !entry.is_loose()) {
                    self.try_pattern(entry, rest, &mut found);
                }
            }
        }
        // `*.pem` is what an entry of the same form means.
        if let Some(name) = components.last().filter(|name| name.iter().any(|b| !is_wild(*b))) {
            let name: Vec<u8> = name.iter().map(|b| if is_wild(*b) { 1 } else { *b }).collect();
            for entry in self.anywhere.loose() {
                self.try_entry(entry, &[&name], &mut found);
            }
        }
        found
    }

    fn pattern_in(&self, index: &Index, components: &[&[u8]], found: &mut Marks) {
        let Some(first) = components.first() else { return };
        if first.iter().any(|b| is_wild(*b)) {
            if first.iter().all(|b| is_wild(*b)) && components.len() == 1 {
                return;
            }
            for entry in &index.entries {
                self.try_pattern(entry, components, found);
            }
        } else {
            for entry in index.beginning_with(first).chain(index.loose()) {
                self.try_pattern(entry, components, found);
            }
        }
    }

    fn try_pattern(&self, entry: &Entry, components: &[&[u8]], found: &mut Marks) {
        let overlap = |entry: &[u8], own: &[u8]| {
            // The shell's wildcards do not match a dot at the beginning.
            let hidden = entry.first() == Some(&b'.') && own.first().is_some_and(|b| is_wild(*b));
            !hidden && globs_overlap(entry, own)
        };
        if matches(&entry.components, components, overlap)
            && let Some(mark) = self.marks.get(entry.mark)
        {
            let name = components.last().copied().unwrap_or_default();
            if !mark.except.iter().any(|except| glob_match(except, name)) {
                found.add(mark);
            }
        }
    }
}

impl Marks {
    fn add(&mut self, mark: &Mark) {
        self.class |= mark.class;
        self.persist = self.persist.or(mark.persist);
        self.agent = self.agent.or(mark.agent);
        // Later rows are the more special ones.
        self.what = mark.what.or(self.what);
        self.policy |= mark.policy;
    }
}

fn is_wild(byte: u8) -> bool {
    matches!(byte, b'*' | b'?')
}

fn split(path: &[u8]) -> Vec<&[u8]> {
    path.split(|b| *b == b'/').filter(|part| !part.is_empty()).collect()
}

fn matches(pattern: &[Vec<u8>], components: &[&[u8]], same: impl Fn(&[u8], &[u8]) -> bool) -> bool {
    let open = pattern.last().is_some_and(|last| last == b"**");
    if components.len() < pattern.len() || (components.len() > pattern.len() && !open) {
        return false;
    }
    let mut rest = components.iter();
    for (at, part) in pattern.iter().enumerate() {
        if part == b"**" && at + 1 == pattern.len() {
            return rest.next().is_some();
        }
        match rest.next() {
            Some(component) if part == component || same(part, component) => {}
            _ => return false,
        }
    }
    rest.next().is_none()
}
