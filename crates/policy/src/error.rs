//! What is wrong with a bundle, said to the person who wrote it.

use miette::{Diagnostic, LabeledSpan, SourceCode};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The most problems told of one load.
pub(crate) const MAX_PROBLEMS: usize = 50;

/// A set of bundles that cannot be used. Nothing of it is: the policy in force stays.
///
/// `Display` is the first problem in the form for a terminal: file, line, what, a hint, and the line itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct LoadError {
    first: Box<Problem>,
    more: Vec<Problem>,
}

impl LoadError {
    /// `None` when there is no problem.
    pub(crate) fn of(problems: Vec<Problem>) -> Option<Self> {
        let mut problems = problems.into_iter();
        let first = Box::new(problems.next()?);
        Some(Self { first, more: problems.collect() })
    }

    /// All problems, in the order of the text, at most 50.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        std::iter::once(&*self.first).chain(&self.more)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)
    }
}

impl Diagnostic for LoadError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.first.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Diagnostic::source_code(&*self.first)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.first.labels()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.more.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}

/// One problem, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    pub(crate) file: Arc<File>,
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) label: Option<String>,
    pub(crate) hint: Option<String>,
}

/// A bundle's text under its name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: String,
    /// Empty where the text was refused for its size.
    pub(crate) text: String,
}

impl Problem {
    /// What is wrong, without file and line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The name that the file was given.
    pub fn file(&self) -> &str {
        &self.file.name
    }

    /// Counted from 1; `None` where the file as a whole is meant.
    pub fn line(&self) -> Option<usize> {
        if self.file.text.is_empty() {
            return None;
        }
        let before = self.file.text.as_bytes().get(..self.span.start)?;
        Some(before.split(|b| *b == b'\n').count())
    }

    /// Half-open byte range in the file.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The line of the problem and the columns (characters, from 0) that are meant.
    fn excerpt(&self) -> Option<(String, usize, usize)> {
        let text = &self.file.text;
        let start = text.get(..self.span.start)?.rfind('\n').map_or(0, |at| at + 1);
        let end = text.get(start..)?.find('\n').map_or(text.len(), |at| start + at);
        let line = text.get(start..end)?.trim_end();
        let from = text.get(start..self.span.start)?.chars().count();
        let upto = self.span.end.clamp(self.span.start, end);
        let width = text.get(self.span.start..upto)?.chars().count().max(1);
        // A long line is shown around the place.
        let skip = if from + width.min(40) > 70 { from.saturating_sub(20) } else { 0 };
        let shown = line.chars().skip(skip).take(72).map(|c| if c.is_control() || is_invisible(c) { '·' } else { c });
        Some((shown.collect(), from - skip, width.min(72usize.saturating_sub(from - skip)).max(1)))
    }
}

/// Characters that reorder or hide text on a screen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file.name)?;
        let line = self.line();
        if let Some(line) = line {
            write!(f, " line {line}")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, " {hint}")?;
        }
        if let (Some(line), Some((text, from, width))) = (line, self.excerpt()) {
            write!(f, "\n{line:>5} │ {text}\n      │ {:from$}{}", "", "^".repeat(width))?;
        }
        Ok(())
    }
}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.file.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = self.label.clone().unwrap_or_else(|| "here".to_owned());
        Some(Box::new(std::iter::once(LabeledSpan::new(Some(label), self.span.start, self.span.len()))))
    }
}
