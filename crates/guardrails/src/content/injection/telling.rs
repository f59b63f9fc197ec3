//! Is an order given, or is it told of? Quotations, code fences, and talk of attacks, tests and examples around it.

use super::lexicon::DISCUSSION;
use super::words::Words;
use crate::content::bytes;

/// Looks so far before and behind for such talk.
const AROUND: usize = 400;
/// A quotation in prose or code is at most so long; what is longer is a document in a string.
const QUOTATION: usize = 260;
/// Quoted or fenced: more than any order bears.
const QUOTED: u8 = 9;

pub(super) struct Telling<'a> {
    text: &'a [u8],
    /// Where code fences begin and end, in turn.
    fences: Vec<usize>,
}

impl<'a> Telling<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        let fences = memchr::memmem::find_iter(text, b"```").collect();
        Self { text, fences }
    }

    /// How much what stands from `start` to `end` is told rather than said.
    pub(super) fn of(&mut self, start: usize, end: usize) -> u8 {
        let before = self.fences.partition_point(|at| *at < start);
        if before % 2 == 1 && before < self.fences.len() && self.fences[before] >= end {
            return QUOTED;
        }
        let (start, end) = self.said(start, end);
        if self.is_quoted(start, end) {
            return QUOTED;
        }
        self.talk(start, end)
    }

    /// What stands from `start` to `end`, without a field's name before it and without what stands behind its quotation.
    fn said(&self, start: usize, end: usize) -> (usize, usize) {
        let text = self.text.get(start..end).unwrap_or_default();
        let name = memchr::memmem::find(text, b"\":").map_or(0, |at| {
            let value = at + 2;
            value + text.get(value..).unwrap_or_default().iter().take_while(|b| matches!(b, b' ' | b'"')).count()
        });
        let said = text.get(name..).unwrap_or_default();
        let closed = said.iter().position(|b| matches!(b, b'"' | b'`')).unwrap_or(said.len());
        (start + name, start + name + closed)
    }

    fn talk(&self, start: usize, end: usize) -> u8 {
        let text = self.text;
        let words = Words::read(text, start.saturating_sub(AROUND), text.len().min(end + AROUND / 2));
        let mut seen = 0u128;
        let mut sum = 0u8;
        for word in &words.words {
            let plain = words.bytes(word);
            for (at, (stem, weight)) in DISCUSSION.iter().enumerate() {
                let fits = match stem.strip_suffix('*') {
                    Some(stem) => plain.starts_with(stem.as_bytes()),
                    None if stem.is_ascii() => plain == stem.as_bytes(),
                    None => words.plain.get(word.start..).is_some_and(|rest| rest.starts_with(stem.as_bytes())),
                };
                if fits && seen >> at & 1 == 0 {
                    seen |= 1 << at;
                    sum = sum.saturating_add(*weight);
                }
            }
        }
        let line = self.line(start);
        // A line of a regex, an assertion, a table of patterns, labelled texts or a test's result.
        let expression = [
            &b"\\s"[..],
            b"(?i",
            b".*",
            b"re.compile",
            b"|ignore",
            b"(all|",
            b"(ignore|",
            b"|any",
            b"[a-z",
            b"\"label\":",
            b"... ok",
            b"... FAILED",
            b"(all )",
            b")?(",
        ]
        .iter()
        .any(|mark| memchr::memmem::find(line, mark).is_some())
            && memchr::memmem::find(line, b"*.*").is_none();
        // The help of a program's options.
        let trimmed = line.trim_ascii_start();
        let option = trimmed.starts_with(b"--") && trimmed.get(2).is_some_and(u8::is_ascii_alphabetic);
        sum.saturating_add(if expression || option { 4 } else { 0 })
    }

    fn line(&self, at: usize) -> &'a [u8] {
        let from = at.saturating_sub(200);
        let before = self.text.get(from..at).unwrap_or_default();
        let start = memchr::memrchr(b'\n', before).map_or(from, |end| from + end + 1);
        let rest = self.text.get(at..self.text.len().min(at + 200)).unwrap_or_default();
        let end = at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.text.get(start..end).unwrap_or_default()
    }

    /// In quotation marks of prose or of code; not the value of a field of data.
    fn is_quoted(&self, start: usize, end: usize) -> bool {
        const PAIRS: [(&str, &str); 7] = [
            ("\"", "\""),
            ("`", "`"),
            ("\u{201c}", "\u{201d}"),
            ("\u{201e}", "\u{201c}"),
            ("«", "»"),
            ("「", "」"),
            ("'", "'"),
        ];
        let from = start.saturating_sub(QUOTATION);
        let before = self.text.get(from..start).unwrap_or_default();
        let paragraph = memchr::memmem::rfind(before, b"\n\n").map_or(0, |at| at + 2);
        let before = before.get(paragraph..).unwrap_or_default();
        let behind = self.text.get(end..self.text.len().min(end + QUOTATION)).unwrap_or_default();
        PAIRS.iter().any(|(open, close)| {
            let mut opens = memchr::memmem::rfind_iter(before, open.as_bytes()).filter(|at| {
                // An apostrophe opens nothing.
                *open != "'" || !at.checked_sub(1).is_some_and(|before_it| bytes::is(before[before_it], bytes::ALNUM))
            });
            let Some(opened) = opens.next() else { return false };
            // An even count before on the same line: it closed.
            let inside = before.get(opened + open.len()..).unwrap_or_default();
            if open != close && memchr::memmem::find(inside, close.as_bytes()).is_some() {
                return false;
            }
            let line = before.get(..opened).unwrap_or_default();
            let line = line.rsplit(|b| *b == b'\n').next().unwrap_or_default();
            if open == close && memchr::memmem::find_iter(line, open.as_bytes()).count() % 2 == 1 {
                return false;
            }
            let Some(closed) = memchr::memmem::find(behind, close.as_bytes()) else { return false };
            inside.len() + (end - start) + closed <= QUOTATION
                && !is_field(line, open)
                && !is_datum(line, open, behind.get(closed + close.len()..).unwrap_or_default())
        })
    }
}

/// Does what stands before the opening quotation mark make it a field's value?
fn is_field(line: &[u8], open: &str) -> bool {
    if !matches!(open, "\"" | "'") {
        return false;
    }
    let trimmed = line.trim_ascii_end();
    let spaced = trimmed.len() != line.len();
    let (last, rest) = match trimmed.split_last() {
        Some((b'\\', rest)) => (rest.last().copied(), rest.get(..rest.len().saturating_sub(1)).unwrap_or_default()),
        Some((last, rest)) => (Some(*last), rest),
        None => (None, trimmed),
    };
    match last {
        // `"body": "…"`, `'title': '…'`, `description: "…"` at a line's beginning.
        Some(b':') => {
            let key = rest.trim_ascii_end();
            let name = key.iter().rev().take_while(|b| bytes::is(**b, bytes::WORD_DOT)).count();
            matches!(key.last(), Some(b'"' | b'\''))
                || key.len() == name
                || (!spaced && key.len() > name && matches!(key[key.len() - name - 1], b'{' | b';'))
                || key
                    .get(..key.len() - name)
                    .is_some_and(|lead| lead.iter().all(|b| matches!(b, b' ' | b'\t' | b'-' | b'{' | b',')))
        }
        // A cell of comma-separated values; in brackets it is one of a list.
        Some(b',' | b';') => !spaced && !line.iter().any(|b| matches!(b, b'[' | b'(' | b'{')),
        // `alt="…"`, `description="…"`.
        Some(b'=') => !spaced,
        _ => false,
    }
}

/// Is the quotation that opens behind `line` a value of its own, as in a log, a listing, a record or a notebook's cell?
/// In prose words stand before it.
fn is_datum(line: &[u8], open: &str, behind: &[u8]) -> bool {
    if !matches!(open, "\"" | "'") {
        return false;
    }
    let before = line.trim_ascii_end();
    let spaced = before.len() != line.len();
    let ends = matches!(behind.first(), None | Some(b'\n' | b'\r' | b' ' | b';' | b'|'));
    match before.last() {
        // The line is the quotation.
        None => matches!(behind.first(), None | Some(b'\n' | b'\r' | b';')),
        // `08:01 '…'`, `"-" "…"`, `IN TXT "…"`.
        Some(b'0'..=b'9' | b'"') if spaced => ends,
        Some(b'A'..=b'Z') if spaced => {
            let word = before.iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
            ends && word >= 2 && before.iter().rev().take(word).all(|b| !b.is_ascii_lowercase())
        }
        // `echo "…"`, and one word that begins the line of an entry: `msgctxt "…"`.
        Some(b'a'..=b'z') if spaced => {
            let word = before.iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
            let last = before.get(before.len() - word..).unwrap_or_default();
            let ended = matches!(behind.first(), None | Some(b'\n' | b'\r'));
            matches!(last, b"echo" | b"printf" | b"msgctxt" | b"msgid" | b"msgstr")
                || (ended && word == before.len() && last.iter().all(u8::is_ascii_lowercase))
        }
        // `description = "…"` in a manifest.
        Some(b'=') => {
            const NAMES: [&[u8]; 10] = [
                b"description",
                b"summary",
                b"comment",
                b"note",
                b"notes",
                b"message",
                b"motd",
                b"banner",
                b"readme",
                b"title",
            ];
            let name = before.get(..before.len() - 1).unwrap_or_default().trim_ascii();
            ends && NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
        }
        // `"source":["…","…"]`.
        Some(b',' | b'[') => {
            [&b"\"source\":["[..], b"\"source\": [", b"\"enum\":[", b"\"enum\": [", b"\"lines\":["].iter().any(|list| {
                memchr::memmem::rfind(before, list)
                    .is_some_and(|at| !before.get(at + list.len()..).unwrap_or_default().contains(&b']'))
            })
        }
        _ => false,
    }
}
