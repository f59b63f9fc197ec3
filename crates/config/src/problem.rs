//! What is wrong in a file, said to the person who wrote it.

use miette::{Diagnostic, LabeledSpan, SourceCode};
use std::fmt::{self, Display};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One thing that is wrong in one file, and what follows from it. `Display` is the whole text, lines of at most 80
/// columns where the file's own text allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: PathBuf,
    /// From 1; absent where the file as a whole is meant.
    pub line: Option<usize>,
    /// What is wrong, without the file and the line.
    pub says: String,
    /// What holds instead.
    pub consequence: String,
    source: String,
    span: Range<usize>,
}

impl Problem {
    /// About the file as a whole.
    pub(crate) fn of_file(file: &Path, says: impl Into<String>, consequence: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            says: says.into(),
            consequence: consequence.into(),
            source: String::new(),
            span: 0..0,
        }
    }

    /// About these bytes of `source`.
    pub(crate) fn at(
        file: &Path,
        source: &str,
        span: Range<usize>,
        says: impl Into<String>,
        consequence: impl Into<String>,
    ) -> Self {
        let before = source.as_bytes().get(..span.start).unwrap_or_default();
        let line = before.split(|b| *b == b'\n').count();
        Self {
            file: file.to_owned(),
            line: Some(line),
            says: says.into(),
            consequence: consequence.into(),
            source: source.to_owned(),
            span,
        }
    }

    /// The line that is meant, with the columns of the span in it.
    fn excerpt(&self) -> Option<(usize, String, Range<usize>)> {
        const WIDTH: usize = 70;
        let line = self.line?;
        let text = self.source.lines().nth(line - 1)?;
        let start =
            self.span.start - self.source.as_bytes().get(..self.span.start)?.rsplit(|b| *b == b'\n').next()?.len();
        let column =
            |at: usize| self.source.get(start..at.clamp(start, start + text.len())).map_or(0, |s| s.chars().count());
        let from = column(self.span.start).min(WIDTH);
        let to = column(self.span.end).clamp(from + 1, WIDTH + 1);
        // What is not printable would move the marks, or the terminal.
        let shown = text.chars().take(WIDTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
        Some((line, shown, from..to))
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        writeln!(f, ": {}", self.says)?;
        if let Some((line, text, marks)) = self.excerpt() {
            writeln!(f, "{line:>5} │ {text}")?;
            writeln!(f, "      │ {}{}", " ".repeat(marks.start), "^".repeat(marks.len()))?;
        }
        write!(f, "{}", self.consequence)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(&self.consequence))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.line.map(|_| &self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.line?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, self.span.clone()))))
    }
}

/// The known name nearest to a mistyped one: at most two changes, and fewer than half its letters.
pub(crate) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|name| (distance(typed, name), name))
        .filter(|(changes, name)| *changes <= 2 && changes * 2 < name.len())
        .min()
        .map(|(_, name)| name)
}

/// Changes of one letter (put in, left out, replaced) that turn one into the other. Long names are not compared.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 64 {
        return usize::MAX / 2;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (slot, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let above = *slot;
            let here = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
            diagonal = above;
            *slot = here;
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_has_a_nearest_name_and_another_word_has_none() {
        let known = ["mode", "durable", "journal_max_mb"];
        let nearest = |typed| nearest(typed, known.into_iter());
        assert_eq!(nearest("mdoe"), None, "two changes of four letters are too many");
        assert_eq!(nearest("mod"), Some("mode"));
        assert_eq!(nearest("jurnal_maxmb"), Some("journal_max_mb"));
        assert_eq!(nearest("spool"), None);
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
    }

    #[test]
    fn marks_stand_under_what_is_meant() {
        let source = "a = 1\nö = \tbig\n";
        let at = source.find("big").unwrap();
        let problem = Problem::at(Path::new("x.toml"), source, at..at + 3, "wrong.", "Nothing changed.");
        assert_eq!(problem.to_string(), "x.toml line 2: wrong.\n    2 │ ö =  big\n      │      ^^^\nNothing changed.");
    }

    #[test]
    fn a_span_past_the_end_is_no_panic() {
        for span in [5..9, 100..200, 0..0, 4..4] {
            Problem::at(Path::new("x"), "ab\ncd", span, "s", "c").to_string();
        }
    }
}
