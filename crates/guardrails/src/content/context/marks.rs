//! The literals that something may follow or precede, looked for all at once.
//!
//! Every detector that begins with a fixed text lists it here through its module's `MARKS`; one search over the text
//! finds them all, however many there are.

use super::{arguments, calls, headers, markup, phrases};
use crate::content::Hit;
use aho_corasick::packed::{MatchKind, Searcher};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// Looks at what stands around the literal from `start` to `end`; gives how far that reaches, so that the same literal
/// in there is passed over. 0: each is looked at.
pub(super) type Look = fn(text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) -> usize;

/// A literal of at least [`SHORTEST`] bytes, and what is done where it stands.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    literal: &'static str,
    look: Look,
}

/// What the one search needs to be quick.
const SHORTEST: usize = 4;

pub(super) const fn mark(literal: &'static str, look: Look) -> Mark {
    assert!(literal.len() >= SHORTEST, "too short for the search");
    Mark { literal, look }
}

/// For a look that takes in what it finds and passes over nothing.
pub(super) fn every(hits: &mut Vec<Hit>, hit: Option<Hit>) -> usize {
    hits.extend(hit);
    0
}

/// How many literals one search can take and stay quick.
const MOST: usize = 64;

const TABLES: [&[Mark]; 4] = [headers::MARKS, arguments::MARKS, phrases::MARKS, calls::MARKS];

struct Index {
    marks: Vec<Mark>,
    /// `None`: not on this machine's processor; then one after the other.
    together: Option<Searcher>,
    alone: Vec<Finder<'static>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let marks: Vec<Mark> = TABLES.into_iter().flatten().copied().collect();
    let together = aho_corasick::packed::Config::new()
        .match_kind(MatchKind::LeftmostFirst)
        .builder()
        .extend(marks.iter().map(|mark| mark.literal))
        .build();
    let alone = marks.iter().map(|mark| Finder::new(mark.literal)).collect();
    Index { marks, together, alone }
});

/// These two are too short, and stand in most texts.
static OPTION: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(" -"));
static CLOSING: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("</"));

pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>) {
    for at in OPTION.find_iter(text) {
        hits.extend(arguments::option(text, at));
    }
    for at in CLOSING.find_iter(text) {
        hits.extend(markup::element(text, at));
    }
    let index = &*INDEX;
    let mut done = [0; MOST];
    let mut look = |at: usize, start: usize| {
        let (Some(mark), Some(done)) = (index.marks.get(at), done.get_mut(at)) else { return };
        if start >= *done {
            *done = (mark.look)(text, start, start + mark.literal.len(), hits);
        }
    };
    let Some(together) = &index.together else {
        for (at, finder) in index.alone.iter().enumerate() {
            finder.find_iter(text).for_each(|start| look(at, start));
        }
        return;
    };
    let mut from = 0;
    while let Some(found) = together.find_in(text, aho_corasick::Span::from(from..text.len())) {
        look(found.pattern().as_usize(), found.start());
        from = found.start() + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{INDEX, MOST};

    #[test]
    fn one_search_takes_all_marks_and_no_mark_hides_another() {
        let index = &*INDEX;
        assert!(index.marks.len() <= MOST);
        assert!(index.together.is_some() || !cfg!(target_arch = "x86_64"));
        for mark in &index.marks {
            let others = index.marks.iter().filter(|other| other.literal.starts_with(mark.literal));
            assert_eq!(others.count(), 1, "{} begins another", mark.literal);
        }
    }
}
