//! Reading tables of a bundle with their places, so that every mistake is told where it stands.

use crate::error::{File, MAX_PROBLEMS, Problem};
use serde_spanned::Spanned;
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// The most conditions and globs of one file.
const MAX_WORK: usize = 100_000;

pub(crate) type Value<'t> = Spanned<DeValue<'t>>;

/// Problems found in one file.
#[derive(Debug)]
pub(crate) struct Problems {
    pub(crate) file: Arc<File>,
    list: Vec<Problem>,
    /// Conditions and globs that were compiled for this file, lists written out.
    work: usize,
}

impl Problems {
    pub(crate) fn new(file: Arc<File>) -> Self {
        Self { file, list: Vec::new(), work: 0 }
    }

    pub(crate) fn add(&mut self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        self.add_labelled(span, message, hint, None);
    }

    pub(crate) fn add_labelled(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
        label: Option<&str>,
    ) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(Problem {
                file: Arc::clone(&self.file),
                span,
                message: message.into(),
                label: label.map(str::to_owned),
                hint,
            });
        }
    }

    /// Counts conditions and globs. `false` when the file has too many: a short text can name a long list often.
    pub(crate) fn afford(&mut self, more: usize, span: Range<usize>) -> bool {
        let before = self.work;
        self.work = self.work.saturating_add(more);
        if before <= MAX_WORK && self.work > MAX_WORK {
            let message = format!("With its lists written out, the bundle has more than {MAX_WORK} conditions.");
            self.add(span, message, Some("Shorten the lists, or name them in fewer rules.".to_owned()));
        }
        self.work <= MAX_WORK
    }

    /// Nothing more would be told.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= MAX_PROBLEMS
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn into_list(mut self) -> Vec<Problem> {
        self.list.sort_by_key(|problem| problem.span.start);
        self.list
    }

    pub(crate) fn wrong_type(&mut self, name: &str, value: &Value<'_>, expected: &str) {
        self.add_labelled(
            value.span(),
            format!("{name} is {}, {expected} was expected.", described(value.get_ref())),
            None,
            Some(&format!("{expected} was expected")),
        );
    }
}

/// What a value is, in words: `the text "big"`.
pub(crate) fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {}", quoted(text)),
        DeValue::Integer(number) => format!("the number {}", quoted_bare(number.as_str())),
        DeValue::Float(number) => format!("the number {}", quoted_bare(number.as_str())),
        DeValue::Boolean(value) => format!("{value}"),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// A value from the file inside a sentence: short, without control characters.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", quoted_bare(text))
}

fn quoted_bare(text: &str) -> String {
    let mut out: String = text.chars().take(60).map(|c| if c.is_control() { '·' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        out.push('…');
    }
    out
}

/// One table, key by key; what nobody asked for is a mistake.
#[derive(Debug)]
pub(crate) struct Keys<'t> {
    /// `"a rule"`, for messages.
    of: &'static str,
    table: &'t DeTable<'t>,
    span: Range<usize>,
    asked: Vec<&'static str>,
}

impl<'t> Keys<'t> {
    pub(crate) fn new(of: &'static str, table: &'t DeTable<'t>, span: Range<usize>) -> Self {
        Self { of, table, span, asked: Vec::new() }
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(crate) fn take(&mut self, name: &'static str) -> Option<&'t Value<'t>> {
        self.asked.push(name);
        self.table.get(name)
    }

    pub(crate) fn text(&mut self, name: &'static str, problems: &mut Problems) -> Option<(&'t str, Range<usize>)> {
        let value = self.take(name)?;
        let text = text_of(name, value, problems)?;
        Some((text, value.span()))
    }

    /// A text that must be there.
    pub(crate) fn needed(&mut self, name: &'static str, problems: &mut Problems) -> Option<(&'t str, Range<usize>)> {
        if !self.table.contains_key(name) {
            self.asked.push(name);
            if self.has_misspelt(name) {
                return None;
            }
            problems.add(self.span(), format!("{} needs the key \"{name}\".", capital(self.of)), None);
            return None;
        }
        self.text(name, problems)
    }

    /// Is there a key that looks like this one misspelt? Then [`Keys::finish`] tells of it, and that is enough.
    pub(crate) fn has_misspelt(&self, name: &str) -> bool {
        self.table.keys().take(64).any(|key| did_you_mean(key.get_ref(), [name]).is_some())
    }

    pub(crate) fn flag(&mut self, name: &'static str, problems: &mut Problems) -> Option<bool> {
        let value = self.take(name)?;
        flag_of(name, value, problems)
    }

    /// Text or a list of texts, each with its place.
    pub(crate) fn texts(&mut self, name: &'static str, problems: &mut Problems) -> Vec<(&'t str, Range<usize>)> {
        self.take(name).map(|value| texts_of(name, value, problems)).unwrap_or_default()
    }

    pub(crate) fn table(
        &mut self,
        name: &'static str,
        problems: &mut Problems,
    ) -> Option<(&'t DeTable<'t>, Range<usize>)> {
        let value = self.take(name)?;
        let DeValue::Table(table) = value.get_ref() else {
            problems.wrong_type(name, value, "a table");
            return None;
        };
        Some((table, value.span()))
    }

    /// The tables of `[[name]]`.
    pub(crate) fn tables(
        &mut self,
        name: &'static str,
        problems: &mut Problems,
    ) -> Vec<(&'t DeTable<'t>, Range<usize>)> {
        let Some(value) = self.take(name) else { return Vec::new() };
        let DeValue::Array(array) = value.get_ref() else {
            problems.wrong_type(name, value, &format!("a list of tables ([[{name}]])"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in array {
            match item.get_ref() {
                DeValue::Table(table) => tables.push((table, item.span())),
                _ => problems.wrong_type(name, item, "a table"),
            }
        }
        tables
    }

    /// Tells of the keys that nobody asked for.
    pub(crate) fn finish(self, problems: &mut Problems) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if problems.is_full() {
                break;
            }
            if !self.asked.contains(&name) {
                let hint = did_you_mean(name, self.asked.iter().copied());
                problems.add_labelled(
                    key.span(),
                    format!("{} is not a key of {}.", quoted(name), self.of),
                    hint,
                    Some("not a key here"),
                );
            }
        }
    }
}

pub(crate) fn text_of<'t>(name: &str, value: &'t Value<'t>, problems: &mut Problems) -> Option<&'t str> {
    if let DeValue::String(text) = value.get_ref() {
        Some(text.as_ref())
    } else {
        problems.wrong_type(name, value, "a text");
        None
    }
}

pub(crate) fn flag_of(name: &str, value: &Value<'_>, problems: &mut Problems) -> Option<bool> {
    if let DeValue::Boolean(flag) = value.get_ref() {
        Some(*flag)
    } else {
        problems.wrong_type(name, value, "true or false");
        None
    }
}

pub(crate) fn texts_of<'t>(name: &str, value: &'t Value<'t>, problems: &mut Problems) -> Vec<(&'t str, Range<usize>)> {
    match value.get_ref() {
        DeValue::String(text) => vec![(text.as_ref(), value.span())],
        DeValue::Array(array) => {
            if array.is_empty() {
                problems.add(value.span(), format!("{name} is an empty list: it could never match."), None);
            }
            array.iter().filter_map(|item| Some((text_of(name, item, problems)?, item.span()))).collect()
        }
        _ => {
            problems.wrong_type(name, value, "a text or a list of texts");
            Vec::new()
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `Did you mean "effect"?`, when one of the names is near.
pub(crate) fn did_you_mean<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    if name.len() > 64 {
        return None;
    }
    let (distance, best) = names.into_iter().take(1000).map(|other| (distance(name, other), other)).min()?;
    (distance <= 1 + name.len() / 4).then(|| format!("Did you mean \"{best}\"?"))
}

/// Edits (insert, delete, replace, swap of neighbours) between two short names.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let width = b.len() + 1;
    let mut rows: Vec<usize> = (0..width).collect();
    let mut older = vec![0; width];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; width];
        for (j, y) in b.iter().enumerate() {
            let at = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&rows, j) + usize::from(x != y)).min(at(&rows, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&older, j - 1) + 1);
            }
            if let Some(slot) = row.get_mut(j + 1) {
                *slot = best;
            }
        }
        older = std::mem::replace(&mut rows, row);
    }
    rows.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_proposed_and_a_far_one_is_not() {
        let names = ["effect", "verdict", "severity"];
        assert_eq!(did_you_mean("effects", names).as_deref(), Some("Did you mean \"effect\"?"));
        assert_eq!(did_you_mean("verdcit", names).as_deref(), Some("Did you mean \"verdict\"?"));
        assert_eq!(did_you_mean("zzz", names), None);
        assert_eq!(did_you_mean("", []), None);
    }
}
