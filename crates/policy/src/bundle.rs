//! Reading one bundle: text to rules, exceptions and lists, or to all that is wrong with it.

mod exception;
mod rules;

pub(crate) use exception::Exception;

use crate::error::{File, Problem};
use crate::glob::MAX_GLOB;
use crate::matcher::keys::Lists;
use crate::read::{Keys, Problems, did_you_mean, quoted, texts_of};
use crate::rule::Rule;
use protocol::verdict::{Layer, Mode};
use serde_spanned::Spanned;
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// A larger bundle is refused before it is parsed.
pub const MAX_BYTES: usize = 2 << 20;
/// More `[[rule]]` headers are refused before the text is parsed.
pub const MAX_RULES: usize = 5_000;
/// More lines, commas, equals signs and opening brackets are refused before the text is parsed. Time and memory of the
/// parser follow their number, and refusing a text may cost at most 100 ms and 64 MiB, whatever it holds.
pub const MAX_MARKS: usize = 100_000;

/// A bundle's text and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub layer: Layer,
    /// The file's name, for messages.
    pub name: &'a str,
    pub text: &'a str,
}

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleHead {
    pub layer: Layer,
    pub name: Arc<str>,
    pub serial: u64,
    /// The mode that it asks for, where it does.
    pub mode: Option<Mode>,
    /// Where people ask about its rules.
    pub help: Option<Arc<str>>,
}

/// A rule that was left out because it needs a newer version than this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub rule: String,
    pub requires: String,
}

/// A bundle as read; the rules' matches are compiled against the lists that hold for them.
#[derive(Debug)]
pub(crate) struct Bundle<'t> {
    pub(crate) head: BundleHead,
    /// With the place of the id.
    pub(crate) rules: Vec<(Rule, Range<usize>)>,
    pub(crate) exceptions: Vec<Exception<'t>>,
    pub(crate) left_out: Vec<LeftOut>,
}

/// Refuses by size and counts alone: what would be slow to refuse later.
pub(crate) fn refused_unread(source: &Source<'_>) -> Option<Problem> {
    let problem = |text: &str, message: String, hint: &str| Problem {
        file: Arc::new(File { name: source.name.to_owned(), text: text.to_owned() }),
        span: 0..0,
        message,
        label: None,
        hint: Some(hint.to_owned()),
    };
    if source.text.len() > MAX_BYTES {
        let message = format!("The bundle has {} bytes; at most {MAX_BYTES} are read.", source.text.len());
        return Some(problem("", message, "Split it, or name lists instead of repeating them."));
    }
    let marks = source.text.bytes().filter(|b| matches!(b, b'\n' | b',' | b'=' | b'[' | b'{')).count();
    let rules = source.text.lines().filter(|line| line.trim_start().starts_with("[[rule]]")).count();
    if rules > MAX_RULES {
        let message = format!("The bundle has {rules} rules; at most {MAX_RULES} are read.");
        return Some(problem("", message, "Name lists instead of writing a rule per value."));
    }
    if marks > MAX_MARKS {
        let message = format!("The bundle has {marks} lines, keys and list entries; at most {MAX_MARKS} are read.");
        return Some(problem("", message, "Split it, or say with globs what a list spells out."));
    }
    None
}

/// The parsed text of one source, still as a table.
#[derive(Debug)]
pub(crate) struct Parsed<'a> {
    pub(crate) source: Source<'a>,
    table: Spanned<DeTable<'a>>,
}

impl<'a> Parsed<'a> {
    pub(crate) fn new(source: Source<'a>, file: &Arc<File>) -> Result<Self, Problem> {
        match DeTable::parse(source.text) {
            Ok(table) => Ok(Self { source, table }),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                let message =
                    format!("This is not TOML: {}.", error.message().trim_end_matches('.').replace('\n', ", "));
                Err(Problem { file: Arc::clone(file), span, message, label: None, hint: None })
            }
        }
    }

    /// The bundle's own lists.
    pub(crate) fn lists(&self, problems: &mut Problems) -> Lists {
        let mut lists = Lists::new();
        let Some(value) = self.table.get_ref().get("lists") else { return lists };
        let DeValue::Table(table) = value.get_ref() else {
            problems.wrong_type("lists", value, "a table");
            return lists;
        };
        for (key, value) in table {
            let mut entries = Vec::new();
            for (text, span) in texts_of(key.get_ref(), value, problems) {
                if text.is_empty() || text.len() > MAX_GLOB {
                    let message = format!("An entry of a list has 1 to {MAX_GLOB} bytes.");
                    problems.add(span, message, None);
                } else if text.starts_with('@') {
                    problems.add(span, "A list cannot hold another list.", None);
                } else {
                    entries.push(text.to_owned());
                }
            }
            lists.insert(key.get_ref().to_string(), entries);
        }
        lists
    }

    /// Everything else. `lists` are those that hold for this bundle's rules.
    pub(crate) fn read(&self, lists: &Lists, problems: &mut Problems) -> Bundle<'_> {
        let span = self.table.span();
        let mut top = Keys::new("a bundle", self.table.get_ref(), span.clone());
        let head = read_head(&mut top, &self.source, problems, span);
        top.take("lists");
        let lines = Lines::new(self.source.text);
        let cx = rules::Reading { head: &head, lists, lines: &lines };
        let (mut rules, mut left_out) = (Vec::new(), Vec::new());
        for (table, span) in top.tables("rule", problems) {
            if problems.is_full() {
                break;
            }
            match rules::read(&cx, table, span.clone(), problems) {
                rules::Read::Rule(rule, id_span) => rules.push((*rule, id_span)),
                rules::Read::LeftOut(rule) => left_out.push(rule),
                rules::Read::Bad => {}
            }
        }
        let mut exceptions = Vec::new();
        for (table, span) in top.tables("exception", problems) {
            exceptions.extend(exception::read(&self.source, table, span, problems));
        }
        top.finish(problems);
        Bundle { head, rules, exceptions, left_out }
    }
}

fn read_head(top: &mut Keys<'_>, source: &Source<'_>, problems: &mut Problems, span: Range<usize>) -> BundleHead {
    let mut head = BundleHead { layer: source.layer, name: "".into(), serial: 0, mode: None, help: None };
    let Some((table, span)) = top.table("bundle", problems) else {
        if problems.len() == 0 {
            let hint = "It begins with [bundle], name = \"…\" and serial = 1.".to_owned();
            problems.add(span.start..span.start, "The bundle needs the table [bundle].", Some(hint));
        }
        return head;
    };
    let mut keys = Keys::new("[bundle]", table, span);
    if let Some((name, span)) = keys.needed("name", problems) {
        if is_name(name) {
            head.name = name.into();
        } else {
            problems.add(span, "A bundle's name has 1 to 64 letters, digits, '-', '_' or '.'.", None);
        }
    }
    if let Some(value) = keys.take("serial") {
        let serial = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().replace('_', "").parse().ok(),
            _ => None,
        };
        match serial {
            Some(serial) => head.serial = serial,
            None => problems.wrong_type("serial", value, "a number from 0"),
        }
    }
    if let Some((mode, span)) = keys.text("mode", problems) {
        match mode {
            "detect" => head.mode = Some(Mode::Detect),
            "enforce" => head.mode = Some(Mode::Enforce),
            other => {
                let hint =
                    did_you_mean(other, ["detect", "enforce"]).unwrap_or_else(|| "Known: detect, enforce.".to_owned());
                problems.add(span, format!("{} is not a mode.", quoted(other)), Some(hint));
            }
        }
    }
    if let Some((help, span)) = keys.text("help", problems) {
        if source.layer == Layer::Repository {
            problems.add(span, "A repository's bundle has no text of its own.", None);
        } else if let Some(help) = plain(help, 120) {
            head.help = Some(help.into());
        } else {
            problems.add(span, "help has 1 to 120 characters, without control characters.", None);
        }
    }
    keys.finish(problems);
    head
}

/// Letters, digits, `-`, `_`, `.`: safe in any sentence and file name.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// A text that is shown: one line, not empty, not too long, nothing invisible.
pub(crate) fn plain(text: &str, most: usize) -> Option<&str> {
    let text = text.trim();
    let fine =
        !text.is_empty() && text.chars().count() <= most && !text.chars().any(|c| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        });
    fine.then_some(text)
}

/// Line numbers by byte offset.
#[derive(Debug)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect())
    }

    /// From 1.
    pub(crate) fn of(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}
