//! Reading one `[[rule]]`.

use super::{BundleHead, LeftOut, Lines, is_name, plain};
use crate::effects::{self, Set};
use crate::matcher::Test;
use crate::matcher::keys::{Lists, Reader, Subjects};
use crate::matcher::names;
use crate::matcher::programs::Programs;
use crate::read::{Keys, Problems, did_you_mean, quoted};
use crate::rule::{Example, ExampleCall, OnUnknown, Rule, RuleSubject, Word};
use protocol::FindingKind;
use protocol::verdict::{Layer, Notice, Severity};
use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// What reading a rule needs to know of its bundle.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) head: &'a BundleHead,
    pub(super) lists: &'a Lists,
    pub(super) lines: &'a Lines,
}

pub(super) enum Read {
    /// With the place of its id.
    Rule(Box<Rule>, Range<usize>),
    LeftOut(LeftOut),
    Bad,
}

pub(super) fn read(cx: &Reading<'_>, table: &DeTable<'_>, span: Range<usize>, problems: &mut Problems) -> Read {
    let before = problems.len();
    let mut keys = Keys::new("a rule", table, span.clone());
    let Some((id, id_span)) = keys.needed("id", problems) else { return Read::Bad };
    if !is_name(id) {
        problems.add(id_span, "A rule's id has 1 to 64 letters, digits, '-', '_' or '.'.", None);
        return Read::Bad;
    }
    if let Some((requires, span)) = keys.text("requires", problems) {
        match (version(requires), version(env!("CARGO_PKG_VERSION"))) {
            (None, _) => problems.add(span, "requires is a version, like \"0.3\".", None),
            (Some(asked), Some(own)) if asked > own => {
                return Read::LeftOut(LeftOut { rule: id.to_owned(), requires: requires.to_owned() });
            }
            _ => {}
        }
    }
    let subject = subject(&mut keys, problems);
    let word = keys.needed("verdict", problems).and_then(|(text, span)| named::<Word>("verdict", text, span, problems));
    let severity =
        keys.needed("severity", problems).and_then(|(text, span)| named::<Severity>("severity", text, span, problems));
    let notice = keys
        .text("notice", problems)
        .and_then(|(text, span)| named::<Notice>("notice", text, span, problems))
        .unwrap_or_default();
    let unknown =
        keys.text("unknown", problems).and_then(|(text, span)| named::<OnUnknown>("unknown", text, span, problems));
    let trial = keys.flag("trial", problems).unwrap_or(false);
    let title = shown(cx, &mut keys, "title", 120, problems);
    let say = shown(cx, &mut keys, "say", 300, problems);
    let instead = shown(cx, &mut keys, "instead", 300, problems);
    let technique = keys.texts("technique", problems);
    for (text, span) in &technique {
        if !is_name(text) {
            problems.add(span.clone(), format!("{} is not the id of a technique.", quoted(text)), None);
        }
    }
    if let (Some(RuleSubject::Effects(_)), Some(Word::Mask)) = (&subject, word) {
        let hint = Some("Only content can be masked: speak of a finding.".to_owned());
        problems.add(span.clone(), "A rule about an effect cannot mask.", hint);
    }
    let matching = keys.table("match", problems);
    let test = subject.map(|subject| {
        let subjects = match subject {
            RuleSubject::Effects(set) => Subjects::Effects(set),
            RuleSubject::Finding(_) => Subjects::Finding,
        };
        let mut reader = Reader::new(problems, cx.lists, subjects);
        match matching {
            Some((table, span)) => reader.whole(table, span),
            None => reader.default_place().unwrap_or(Test::All(Box::default())),
        }
    });
    let mut examples = examples(cx, &mut keys, problems);
    shorthand(cx, &mut keys, "hits", word.unwrap_or(Word::Block), &mut examples, problems);
    shorthand(cx, &mut keys, "lookalikes", Word::Allow, &mut examples, problems);
    if let Some(word) = word {
        check_examples(word, unknown, &examples, table, &span, problems);
    }
    keys.finish(problems);
    let (Some(subject), Some(test), Some(word), Some(severity)) = (subject, test, word, severity) else {
        return Read::Bad;
    };
    if problems.len() > before {
        return Read::Bad;
    }
    let rule = Rule {
        id: id.into(),
        layer: cx.head.layer,
        bundle: cx.head.name.clone(),
        help: cx.head.help.clone(),
        line: cx.lines.of(span.start),
        subject,
        programs: Programs::of(&test),
        test,
        unless: Vec::new(),
        word,
        notice,
        severity,
        title,
        say,
        instead,
        technique: technique.into_iter().map(|(text, _)| text.to_owned()).collect(),
        trial,
        unknown,
        examples,
    };
    Read::Rule(Box::new(rule), id_span)
}

/// `0.3` and `0.3.1` as numbers.
fn version(text: &str) -> Option<[u32; 3]> {
    let mut parts = [0; 3];
    let mut given = text.split('.');
    for (slot, part) in parts.iter_mut().zip(given.by_ref()) {
        *slot = part.parse().ok()?;
    }
    given.next().is_none().then_some(parts)
}

fn subject(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<RuleSubject> {
    let effects = keys.texts("effect", problems);
    let finding = keys.text("finding", problems);
    match (effects.is_empty(), finding) {
        (true, None) if keys.has_misspelt("effect") || keys.has_misspelt("finding") => None,
        (true, None) => {
            let hint = Some("Say effect = \"…\" or finding = \"…\".".to_owned());
            problems.add(keys.span(), "A rule speaks of an effect or of a finding.", hint);
            None
        }
        (false, Some((_, span))) => {
            problems.add(span, "A rule speaks of an effect or of a finding, not of both.", None);
            None
        }
        (true, Some((text, span))) => named::<FindingKind>("finding", text, span, problems).map(RuleSubject::Finding),
        (false, None) => {
            let mut set = Set(0);
            for (text, span) in effects {
                if let Some(number) = effects::named(text) {
                    set.0 |= 1 << number;
                } else {
                    let hint = did_you_mean(text, effects::NAMES).unwrap_or_else(|| {
                        "An effect of a newer version? Then say which: requires = \"…\".".to_owned()
                    });
                    problems.add(span, format!("{} is not an effect.", quoted(text)), Some(hint));
                }
            }
            (set.0 != 0).then_some(RuleSubject::Effects(set))
        }
    }
}

fn named<T: DeserializeOwned>(key: &str, text: &str, span: Range<usize>, problems: &mut Problems) -> Option<T> {
    match names::parse(text) {
        Ok(value) => Some(value),
        Err(expected) => {
            let hint = did_you_mean(text, expected.iter().copied())
                .unwrap_or_else(|| format!("Known: {}.", expected.join(", ")));
            problems.add(span, format!("{} is not a value of {key}.", quoted(text)), Some(hint));
            None
        }
    }
}

/// A text that agents and people see.
fn shown(
    cx: &Reading<'_>,
    keys: &mut Keys<'_>,
    name: &'static str,
    most: usize,
    problems: &mut Problems,
) -> Option<String> {
    let (text, span) = keys.text(name, problems)?;
    if cx.head.layer == Layer::Repository {
        let hint = Some("What an agent reads is written by your company, not by the folder it works on.".to_owned());
        problems.add(span, "A repository's rule has no text of its own.", hint);
        return None;
    }
    let plain = plain(text, most);
    if plain.is_none() {
        problems.add(span, format!("{name} has 1 to {most} characters, without control characters."), None);
    }
    plain.map(str::to_owned)
}

/// `hits = ["…"]` and `lookalikes = ["…"]`: commands in short.
fn shorthand(
    cx: &Reading<'_>,
    keys: &mut Keys<'_>,
    name: &'static str,
    verdict: Word,
    examples: &mut Vec<Example>,
    problems: &mut Problems,
) {
    for (command, span) in keys.texts(name, problems) {
        examples.push(Example {
            call: ExampleCall::Command(command.to_owned()),
            earlier: Vec::new(),
            cwd: None,
            verdict,
            line: cx.lines.of(span.start),
        });
    }
}

fn examples(cx: &Reading<'_>, keys: &mut Keys<'_>, problems: &mut Problems) -> Vec<Example> {
    let mut examples = Vec::new();
    for (table, span) in keys.tables("example", problems) {
        let line = cx.lines.of(span.start);
        let mut keys = Keys::new("an example", table, span);
        let verdict =
            keys.needed("verdict", problems).and_then(|(text, span)| named::<Word>("verdict", text, span, problems));
        let earlier = keys.texts("earlier", problems).into_iter().map(|(text, _)| text.to_owned()).collect();
        let cwd = keys.text("cwd", problems).map(|(text, _)| text.to_owned());
        let call = call(&mut keys, problems);
        keys.finish(problems);
        if let (Some(call), Some(verdict)) = (call, verdict) {
            examples.push(Example { call, earlier, cwd, verdict, line });
        }
    }
    examples
}

fn call(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<ExampleCall> {
    let command = keys.text("command", problems);
    let tool = keys.text("tool", problems);
    let (tool, span) = match (command, tool) {
        (Some((command, _)), None) => return Some(ExampleCall::Command(command.to_owned())),
        (None, Some(tool)) => tool,
        _ => {
            problems.add(keys.span(), "An example has a command or a tool.", None);
            return None;
        }
    };
    let needed = |keys: &mut Keys<'_>, name, problems: &mut Problems| {
        keys.needed(name, problems).map(|(text, _)| text.to_owned())
    };
    Some(match tool {
        "read" => ExampleCall::Read { path: needed(keys, "path", problems)? },
        "write" => {
            ExampleCall::Write { path: needed(keys, "path", problems)?, content: needed(keys, "content", problems)? }
        }
        "edit" => ExampleCall::Edit {
            path: needed(keys, "path", problems)?,
            old: needed(keys, "old", problems)?,
            new: needed(keys, "new", problems)?,
        },
        "fetch" => ExampleCall::Fetch { url: needed(keys, "url", problems)? },
        "mcp" => ExampleCall::Mcp {
            server: needed(keys, "server", problems)?,
            tool: needed(keys, "mcp_tool", problems)?,
            arguments: keys.text("arguments", problems).map_or_else(|| "{}".to_owned(), |(text, _)| text.to_owned()),
        },
        other => {
            let names = ["read", "write", "edit", "fetch", "mcp"];
            let hint = did_you_mean(other, names).unwrap_or_else(|| format!("Known: {}.", names.join(", ")));
            problems.add(span, format!("{} is not a tool of an example.", quoted(other)), Some(hint));
            return None;
        }
    })
}

/// A hit says what the rule says; `ask` also where a rule that blocks asks about what it does not know.
fn check_examples(
    word: Word,
    unknown: Option<OnUnknown>,
    examples: &[Example],
    table: &DeTable<'_>,
    span: &Range<usize>,
    problems: &mut Problems,
) {
    let asks_at_times = word == Word::Block && !matches!(unknown, Some(OnUnknown::Ignore | OnUnknown::Match));
    for (at, example) in examples.iter().enumerate() {
        let fine = example.verdict == Word::Allow
            || example.verdict == word
            || (example.verdict == Word::Ask && asks_at_times);
        if !fine {
            let place = match table.get("example").map(toml::Spanned::get_ref) {
                Some(DeValue::Array(array)) => array.get(at).map_or_else(|| span.clone(), toml::Spanned::span),
                _ => span.clone(),
            };
            let message = format!("The rule says \"{}\", its example \"{}\".", word.as_str(), example.verdict.as_str());
            problems.add(place, message, None);
        }
    }
}
