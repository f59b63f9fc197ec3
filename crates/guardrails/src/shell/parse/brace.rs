//! Brace expansion: `{a,b}` and `{1..5}`.
//!
//! While a word is read, an open brace and its commas are markers among the parts. A brace that closes with a comma in it
//! becomes one part; else its markers are ordinary text. So a word is read once, however its braces turn out.

use super::word::Builder;
use super::{MAX_DEPTH, Parser};
use crate::shell::ast::{Part, Word};
use protocol::Why;

/// Words that a sequence is expanded to at most.
const MAX_SEQUENCE: u64 = 64;

/// A brace that is open.
#[derive(Debug)]
pub(super) struct Frame {
    /// Index of its marker among the parts.
    part: usize,
    /// Where it stands.
    start: usize,
    /// Its commas: index among the parts and place.
    commas: Vec<(usize, usize)>,
}

impl Parser<'_, '_> {
    pub(super) fn open_brace(&mut self, builder: &mut Builder) {
        let start = self.pos;
        self.pos += 1;
        if self.raw(0) == Some(b'}') {
            self.pos += 1;
            builder.text.extend_from_slice(b"{}");
            return;
        }
        if builder.frames.len() >= usize::from(MAX_DEPTH) {
            self.gap(Why::TooDeep, start, self.pos);
            builder.push(Part::Unread(Why::TooDeep));
            return;
        }
        builder.flush();
        builder.marked = true;
        builder.frames.push(Frame { part: builder.parts.len(), start, commas: Vec::new() });
        builder.parts.push(Part::Plain(vec![b'{']));
    }

    pub(super) fn comma(&mut self, builder: &mut Builder) {
        builder.flush();
        let part = builder.parts.len();
        if let Some(frame) = builder.frames.last_mut() {
            frame.commas.push((part, self.pos));
        }
        builder.parts.push(Part::Plain(vec![b',']));
        self.pos += 1;
    }

    pub(super) fn close_brace(&mut self, builder: &mut Builder) {
        let end = self.pos;
        self.pos += 1;
        builder.flush();
        let Some(frame) = builder.frames.pop() else { return };
        if frame.commas.is_empty() {
            let sequence = match &builder.parts[frame.part..] {
                [_, Part::Plain(text)] => sequence(text),
                _ => None,
            };
            match sequence {
                Some(Ok(texts)) => {
                    let span = self.span(frame.start, self.pos);
                    let words = texts.into_iter().map(|text| Word { parts: vec![Part::Plain(text)], span }).collect();
                    builder.parts.truncate(frame.part);
                    builder.parts.push(Part::Brace(words));
                }
                Some(Err(why)) => {
                    builder.parts.truncate(frame.part);
                    builder.parts.push(Part::Unread(why));
                }
                None => builder.parts.push(Part::Plain(vec![b'}'])),
            }
            return;
        }
        let mut words = Vec::with_capacity(frame.commas.len() + 1);
        let mut until = end;
        for &(part, at) in frame.commas.iter().rev() {
            let mut parts = builder.parts.split_off(part);
            parts.remove(0);
            words.push(Word { parts: join_plain(parts), span: self.span(at + 1, until) });
            until = at;
        }
        let mut parts = builder.parts.split_off(frame.part);
        parts.remove(0);
        words.push(Word { parts: join_plain(parts), span: self.span(frame.start + 1, until) });
        words.reverse();
        builder.parts.push(Part::Brace(words));
    }
}

/// Neighbouring plain parts as one.
pub(super) fn join_plain(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Part::Plain(text)), Part::Plain(more)) => text.extend_from_slice(&more),
            (_, part) => joined.push(part),
        }
    }
    joined
}

/// The texts of `1..5`, `a..e` or `1..9..2`; `None` when it is no sequence, an error when it has too many.
fn sequence(text: &[u8]) -> Option<Result<Vec<Vec<u8>>, Why>> {
    const LONGEST: usize = 64;
    if text.len() > LONGEST {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let mut ends = text.split("..");
    let (first, last, step) = (ends.next()?, ends.next()?, ends.next());
    if ends.next().is_some() {
        return None;
    }
    let step = match step {
        Some(step) => step.parse::<i64>().ok()?.unsigned_abs().max(1),
        None => 1,
    };
    if let (Ok(from), Ok(to)) = (first.parse::<i64>(), last.parse::<i64>()) {
        let padded = |end: &str| end.trim_start_matches(['-', '+']).starts_with('0') && end.len() > 1;
        let width = if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 };
        return Some(
            numbers(from, to, step)
                .map(|numbers| numbers.into_iter().map(|number| format!("{number:0width$}").into_bytes()).collect()),
        );
    }
    let (&[from], &[to]) = (first.as_bytes(), last.as_bytes()) else { return None };
    if !from.is_ascii_alphabetic() || !to.is_ascii_alphabetic() {
        return None;
    }
    Some(numbers(i64::from(from), i64::from(to), step).map(|numbers| {
        numbers.into_iter().filter_map(|number| u8::try_from(number).ok()).map(|byte| vec![byte]).collect()
    }))
}

fn numbers(from: i64, to: i64, step: u64) -> Result<Vec<i64>, Why> {
    let count = from.abs_diff(to) / step;
    if count >= MAX_SEQUENCE {
        return Err(Why::TooBig);
    }
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let step = if from <= to { step } else { -step };
    let mut numbers = Vec::new();
    let mut number = from;
    for _ in 0..=count {
        numbers.push(number);
        number = number.saturating_add(step);
    }
    Ok(numbers)
}
