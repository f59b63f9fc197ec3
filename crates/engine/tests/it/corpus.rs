//! The labelled corpus in `tests/corpus/commands`: what must be stopped or asked about, and what must go through.

use crate::judge::{Bench, HOME, Said, spoken, word};
use protocol::RawText;
use protocol::call::ToolInput;
use protocol::verdict::Action;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Where a case runs that does not say where.
pub(crate) const CWD: &str = "/home/ana/shop";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) family: String,
    pub(crate) case: Vec<Case>,
}

/// One call and what must be said to it. Either a `command`, or a `tool` with its input.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    command: Option<String>,
    /// Whose command it is: bash's, where nothing else is said.
    shell: Option<String>,
    tool: Option<String>,
    path: Option<String>,
    content: Option<String>,
    old: Option<String>,
    new: Option<String>,
    url: Option<String>,
    server: Option<String>,
    mcp_tool: Option<String>,
    arguments: Option<String>,
    /// Commands of the same session that ran before.
    #[serde(default)]
    earlier: Vec<String>,
    cwd: Option<String>,
    home: Option<String>,
    pub(crate) want: Want,
    why: String,
    /// The first cell of a row of `docs/known-bypasses.md`: today's answer is wrong.
    known: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Want {
    /// A person must not even be asked.
    Stop,
    Ask,
    Allow,
}

impl Want {
    pub(crate) fn action(self) -> Action {
        match self {
            Self::Stop => Action::Block,
            Self::Ask => Action::Ask,
            Self::Allow => Action::Allow,
        }
    }
}

impl Case {
    fn input(&self) -> ToolInput {
        let raw = |text: &Option<String>| RawText::from(text.as_deref().unwrap_or_default());
        match (self.command.as_deref(), self.tool.as_deref()) {
            (Some(command), None) => spoken(command, self.shell.as_deref()),
            (None, Some("read")) => ToolInput::Read { path: raw(&self.path) },
            (None, Some("write")) => ToolInput::Write { path: raw(&self.path), content: raw(&self.content) },
            (None, Some("edit")) => {
                ToolInput::Edit { path: raw(&self.path), edits: vec![(raw(&self.old), raw(&self.new))] }
            }
            (None, Some("fetch")) => ToolInput::Fetch { url: raw(&self.url) },
            (None, Some("mcp")) => ToolInput::Mcp {
                server: self.server.clone().unwrap_or_default(),
                tool: self.mcp_tool.clone().unwrap_or_default(),
                arguments: RawText::from(self.arguments.as_deref().unwrap_or("{}")),
            },
            _ => panic!("a case has a command or one of the tools: {}", self.name()),
        }
    }

    /// The call in short.
    pub(crate) fn name(&self) -> String {
        let parts = [&self.command, &self.tool, &self.path, &self.url, &self.server, &self.mcp_tool, &self.content];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// The command, and whose it is.
    pub(crate) fn spoken(&self) -> Option<(Option<&str>, &str)> {
        Some((self.shell.as_deref(), self.command.as_deref()?))
    }

    pub(crate) fn judge(&self, bench: &Bench) -> Said {
        let windows = matches!(self.shell.as_deref(), Some("powershell" | "cmd"));
        let cwd = self.cwd.as_deref().unwrap_or(if windows { "C:\\Users\\ana\\src\\shop" } else { CWD });
        let home = self.home.as_deref().unwrap_or(if windows { "C:\\Users\\ana" } else { HOME });
        // A home folder, or what holds it, is nobody's project.
        let workspace: &[&str] = if Path::new(home).starts_with(cwd) { &[] } else { &[cwd] };
        let mut session = bench.session(cwd, home, workspace);
        for earlier in &self.earlier {
            session.command(earlier);
        }
        session.judge(self.input())
    }
}

pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn files(folder: &str) -> Vec<File> {
    let folder = top().join("tests/corpus").join(folder);
    let mut paths: Vec<PathBuf> =
        folder.read_dir().expect("the corpus is there").map(|entry| entry.expect("it can be listed").path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a file of the corpus can be read");
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.into_iter().map(read).collect()
}

/// The first cells of the rows of `docs/known-bypasses.md`.
fn known_rows() -> BTreeSet<String> {
    let text = std::fs::read_to_string(top().join("docs/known-bypasses.md")).expect("the list is there");
    let rows = text.lines().filter_map(|line| line.strip_prefix('|'));
    rows.filter_map(|row| row.split('|').next()).map(|cell| cell.trim().to_owned()).collect()
}

#[derive(Default)]
struct Score {
    dangers: usize,
    /// Dangers that were stopped or asked about.
    held: usize,
    harmless: usize,
    /// Harmless calls that were stopped or asked about.
    disturbed: usize,
    /// Cases with exactly the answer that is wanted.
    exact: usize,
}

#[test]
fn the_corpus_of_commands_gets_the_answers_it_is_labelled_with() {
    let bench = Bench::new();
    let known_rows = known_rows();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for File { family, case: cases } in files("commands") {
        let score = scores.entry(family.clone()).or_default();
        for case in cases {
            assert!(!case.why.is_empty(), "{} has no reason", case.name());
            assert!(
                seen.insert(format!("{}{:?}{:?}", case.name(), case.cwd, case.shell)),
                "{} is there twice",
                case.name()
            );
            let said = case.judge(&bench);
            let (want, is) = (case.want.action(), said.action());
            if case.want == Want::Allow {
                score.harmless += 1;
                score.disturbed += usize::from(is > Action::Allow);
            } else {
                score.dangers += 1;
                score.held += usize::from(is > Action::Allow);
            }
            score.exact += usize::from(is == want);
            let row_is_there = case.known.as_ref().is_none_or(|row| known_rows.contains(row));
            assert!(row_is_there, "docs/known-bypasses.md has no row {:?}", case.known);
            if (is == want) == case.known.is_some() {
                let closed = if case.known.is_some() { " (known as wrong, and right now)" } else { "" };
                wrong.push(format!("{family}: {:?} wants {}, is {}{closed}", case.name(), word(want), said.shown()));
            }
        }
    }
    let mut report = format!("{:<24} {:>12} {:>12} {:>12}\n", "family", "held", "disturbed", "exact");
    for (family, score) in &scores {
        let held = format!("{}/{}", score.held, score.dangers);
        let disturbed = format!("{}/{}", score.disturbed, score.harmless);
        let exact = format!("{}/{}", score.exact, score.dangers + score.harmless);
        writeln!(report, "{family:<24} {held:>12} {disturbed:>12} {exact:>12}").expect("a string takes all");
    }
    println!("{report}");
    let dangers: usize = scores.values().map(|score| score.dangers).sum();
    let harmless: usize = scores.values().map(|score| score.harmless).sum();
    assert!(dangers + harmless >= 300 && harmless >= dangers, "{dangers} dangers, {harmless} harmless cases");
    assert!(wrong.is_empty(), "{report}\n{} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A developer's days: nothing is stopped, and a person is asked about almost nothing.
#[test]
fn ordinary_work_is_never_stopped_and_hardly_asked_about() {
    let bench = Bench::new();
    let mut asked = Vec::new();
    let mut stopped = Vec::new();
    let mut count = 0;
    let text = std::fs::read_to_string(top().join("tests/corpus/ordinary.txt")).expect("the corpus is there");
    let mut session = bench.session(CWD, HOME, &[CWD]);
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        count += 1;
        let command = line.replace("\\n", "\n");
        let said = session.command(&command);
        match said.action() {
            Action::Allow => {}
            Action::Ask => asked.push(format!("{line}: {}", said.shown())),
            Action::Block => stopped.push(format!("{line}: {}", said.shown())),
        }
    }
    assert!(count >= 200, "{count} commands");
    assert!(stopped.is_empty(), "{} of {count} are stopped:\n{}", stopped.len(), stopped.join("\n"));
    assert!(asked.len() <= 3, "{} of {count} are asked about:\n{}", asked.len(), asked.join("\n"));
}
