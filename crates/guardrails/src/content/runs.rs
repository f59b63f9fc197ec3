//! Long runs of token characters, and what each of them is.

use super::Hit;
use super::bytes::{self, BASE64, WORD};
use super::check::Verdict;
use super::forms::{self, Form, INNERS, Inner};
use super::values;
use protocol::Severity;
use protocol::finding::Confidence;
use std::sync::LazyLock;

/// A run of at least so many word characters is looked at. No form has fewer in one piece.
const LONG: usize = 16;
/// A check sees at most so many bytes of a body.
const CHECKED: usize = 8192;

/// Which forms can begin with which bytes.
struct Index {
    /// One bit for each pair of bytes that a head begins with.
    pairs: Vec<u64>,
    /// The forms by the first byte of their head, the longest first.
    by_first: Vec<Vec<&'static Form>>,
    /// The forms that are known by letters in their midst, by the first of these.
    inners: Vec<Vec<&'static Inner>>,
    /// The forms whose head ends in a byte that is no word character, by that byte; looked for before a run, the longest
    /// first.
    behind: Vec<Vec<&'static Form>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index {
        pairs: vec![0; 1024],
        by_first: vec![Vec::new(); 256],
        inners: vec![Vec::new(); 256],
        behind: vec![Vec::new(); 256],
    };
    for inner in INNERS {
        let &[first, second, ..] = inner.mark.as_bytes() else { continue };
        let pair = usize::from(first) << 8 | usize::from(second);
        index.pairs[pair >> 6] |= 1 << (pair & 63);
        index.inners[usize::from(first)].push(inner);
    }
    for form in forms::all() {
        let head = form.head.as_bytes();
        let (&[first, second, ..], Some(&last)) = (head, head.last()) else { continue };
        if head.iter().all(|b| bytes::is(*b, WORD)) {
            let pair = usize::from(first) << 8 | usize::from(second);
            index.pairs[pair >> 6] |= 1 << (pair & 63);
            index.by_first[usize::from(first)].push(form);
        } else {
            index.behind[usize::from(last)].push(form);
        }
    }
    for forms in index.by_first.iter_mut().chain(&mut index.behind) {
        forms.sort_by_key(|form| std::cmp::Reverse(form.head.len()));
    }
    index
});

pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>) {
    let index = &*INDEX;
    let mut ends = Ends::default();
    let mut runs = bytes::WORDS.runs(text, LONG);
    while let Some((start, end)) = runs.next() {
        let seen = examine(index, text, start, end, &mut ends, hits);
        if seen > end {
            runs.skip_to(seen);
        }
    }
    // What is signed in its midst is base64: its runs end at each `+` and `/`, so these marks are looked for by the `+`
    // that they begin with, and from the padding behind them.
    for at in memchr::memchr2_iter(b'+', b'=', text) {
        if text[at] == b'+' {
            if text.get(at + 1) == Some(&b'A') {
                hits.extend(inner(index, text, at));
            }
        } else if let Some(mark) = at.checked_sub(10)
            && matches!(text.get(mark..mark + 2), Some(b"Az" | b"AC" | b"AI"))
        {
            hits.extend(inner(index, text, mark));
        } else if let Some(mark) = at.checked_sub(9)
            && matches!(text.get(mark..mark + 2), Some(b"Az" | b"AI"))
        {
            hits.extend(inner(index, text, mark));
        }
    }
}

/// A token that has its mark at `at`.
fn inner(index: &Index, text: &[u8], at: usize) -> Option<Hit> {
    let first = *text.get(at)?;
    index.inners[usize::from(first)].iter().find_map(|inner| {
        let behind = at + inner.mark.len();
        if text.get(at..behind)? != inner.mark.as_bytes() {
            return None;
        }
        let most = inner.before.1 + 1;
        let near = text.get(at.saturating_sub(most)..at)?;
        let before = near.iter().rev().take_while(|b| bytes::is(**b, BASE64) && **b != b'=').count();
        let body = text.get(behind..text.len().min(behind + inner.after.1 + 1))?;
        let after = body.iter().take_while(|b| bytes::is(**b, BASE64) && **b != b'=').count();
        if !(inner.before.0..=inner.before.1).contains(&before) || !(inner.after.0..=inner.after.1).contains(&after) {
            return None;
        }
        let padding = text.get(behind + after..)?.iter().take(2).take_while(|b| **b == b'=').count();
        let (start, end) = (at - before, behind + after + padding);
        values::Shape::of(text.get(start..end)?).is_random().then_some(Hit {
            kind: inner.kind,
            start,
            end,
            severity: Severity::Critical,
            confidence: Confidence::High,
        })
    })
}

/// Looks at one run; gives the end of the last hit, which may lie behind the run's end.
fn examine(index: &Index, text: &[u8], start: usize, end: usize, ends: &mut Ends, hits: &mut Vec<Hit>) -> usize {
    let mut at = start;
    if let Some(hit) = behind(index, text, start, ends) {
        at = hit.end;
        hits.push(hit);
    }
    let unescaped = start + escape_length(text, start);
    while at + forms::SHORTEST <= end {
        let (first, second) = (text[at], text[at + 1]);
        let pair = usize::from(first) << 8 | usize::from(second);
        if index.pairs[pair >> 6] >> (pair & 63) & 1 == 1 {
            let boundary = at == start || at == unescaped || matches!(text[at - 1], b'-' | b'_');
            let hit = index.by_first[usize::from(first)]
                .iter()
                .filter(|form| boundary || form.glued())
                .find_map(|form| attempt(form, text, at, at + form.head.len(), ends));
            if let Some(hit) = hit.or_else(|| inner(index, text, at)) {
                at = hit.end;
                hits.push(hit);
                continue;
            }
        }
        at += 1;
    }
    // A mark may stand nearer to the end than any head.
    let marked = |at: &usize| !index.inners[usize::from(text[*at])].is_empty();
    (at..end.saturating_sub(4)).filter(marked).find_map(|at| inner(index, text, at)).map_or(at, |hit| {
        hits.push(hit);
        hit.end
    })
}

/// How much of the run's start belongs to an escape before it: `\n`, `\u0026`, `%3D`, a colour's `[31m`.
fn escape_length(text: &[u8], start: usize) -> usize {
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    let run = text.get(start..start + 8).unwrap_or_default();
    match before {
        Some(b'\\') => match run {
            [b'u', hex @ ..] if hex.iter().take(4).all(u8::is_ascii_hexdigit) => 5,
            [b'x', hex @ ..] if hex.iter().take(2).all(u8::is_ascii_hexdigit) => 3,
            _ => 1,
        },
        Some(b'%') if run.iter().take(2).all(u8::is_ascii_hexdigit) => {
            // `%253D`: encoded twice.
            if run.starts_with(b"25") && run.get(2..4).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) {
                4
            } else {
                2
            }
        }
        Some(b'[' | b';') => {
            let digits = run.iter().take_while(|b| b.is_ascii_digit()).count();
            if run.get(digits) == Some(&b'm') { digits + 1 } else { 0 }
        }
        _ => 0,
    }
}

/// Forms whose head ends just before the run: `SG.`, `hvs.`, `ya29.`, and the two that begin with what varies.
fn behind(index: &Index, text: &[u8], start: usize, ends: &mut Ends) -> Option<Hit> {
    let last = *start.checked_sub(1).and_then(|at| text.get(at))?;
    if bytes::is(last, WORD) || matches!(last, b' ' | b'\n' | b'"' | b'\'' | b'\\') {
        return None;
    }
    let head = text.get(start.saturating_sub(24)..start)?;
    if last == b':' && text.get(start..)?.starts_with(b"AA") {
        let mut digits = head[..head.len() - 1].iter().rev().take_while(|b| b.is_ascii_digit()).count();
        // Digits of an escape do not belong to the id.
        let before = &head[..head.len() - 1 - digits];
        digits -= if before.ends_with(b"\\u") && digits > 4 {
            4
        } else if before.ends_with(b"%") && digits > 2 {
            2
        } else {
            0
        };
        if (8..=10).contains(&digits) {
            return attempt(&forms::TELEGRAM, text, start - 1 - digits, start, ends);
        }
    }
    if let [.., a, b, c, digit, b'Q', b'~'] = head
        && digit.is_ascii_digit()
        && [a, b, c].iter().all(|byte| bytes::is(**byte, forms::AZURE_AD.body))
    {
        return attempt(&forms::AZURE_AD, text, start - 6, start, ends);
    }
    if let Some(before) = head.strip_suffix(b".atlasv1.")
        && let Some(id) = before.last_chunk::<14>()
        && id.iter().all(|b| bytes::is(*b, bytes::ALNUM))
    {
        return attempt(&forms::TERRAFORM, text, start - 23, start, ends);
    }
    if last == b'!'
        && let Some(id) = head.get(..head.len() - 1).and_then(|head| head.last_chunk::<15>())
    {
        let longer = head.get(..head.len() - 16).is_some_and(|before| before.ends_with(b"00D"));
        let at = start - if longer { 19 } else { 16 };
        if (longer || id.starts_with(b"00D")) && id.iter().all(|b| bytes::is(*b, bytes::ALNUM)) {
            return attempt(&forms::SALESFORCE, text, at, start, ends);
        }
    }
    // A short first part, as of `dt0s01.ABCDEFGH.…`, is no run: its head stands before it.
    let short = if last == b'.' && head.len() >= 9 && head[..head.len() - 9].ends_with(b".") { 9 } else { 0 };
    [0, short].into_iter().find_map(|back| {
        let head = &head[..head.len() - back];
        let forms = head.last().map_or(&[][..], |last| &index.behind[usize::from(*last)]);
        forms.iter().filter(|form| head.ends_with(form.head.as_bytes())).find_map(|form| {
            let body_at = start - back;
            let at = body_at - form.head.len();
            let glued = at.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|b| bytes::is(*b, bytes::ALNUM));
            if glued && escape_before(text, at) == 0 {
                return None;
            }
            attempt(form, text, at, body_at, ends)
        })
    })
}

/// Is the alphanumeric byte before `at` the end of an escape?
fn escape_before(text: &[u8], at: usize) -> usize {
    (1..=5)
        .find(|back| {
            at.checked_sub(*back).is_some_and(|start| {
                matches!(start.checked_sub(1).and_then(|at| text.get(at)), Some(b'\\' | b'%' | b'[' | b';'))
                    && escape_length(text, start) == *back
            })
        })
        .unwrap_or(0)
}

/// Tries one form whose head begins at `at` and whose body begins at `body_at`.
fn attempt(form: &Form, text: &[u8], at: usize, body_at: usize, ends: &mut Ends) -> Option<Hit> {
    if !text.get(at..)?.starts_with(form.head.as_bytes()) {
        return None;
    }
    let mut end = ends.end_of(text, body_at, form.body);
    if end - body_at < form.min {
        return None;
    }
    if bytes::is(b'.', form.body) {
        end = body_at + text.get(body_at..end)?.iter().rposition(|b| *b != b'.')? + 1;
    }
    if bytes::is(b'%', form.body) {
        end = base64_escapes(text, body_at, end);
    }
    let body = text.get(body_at..end)?;
    let over = body.len() > form.max;
    let goes_on = text.get(end).is_some_and(|b| bytes::is(*b, bytes::ALNUM));
    if body.len() < form.min || goes_on || (over && form.strict) {
        return None;
    }
    let token = text.get(at..end.min(at + CHECKED))?;
    let verdict = form.check.judge(token, body_at - at);
    let doubtful = match verdict {
        Verdict::No => return None,
        Verdict::Doubtful | Verdict::Formed if values::is_placeholder(body) => return None,
        Verdict::Doubtful => true,
        Verdict::Proved | Verdict::Formed => false,
    };
    Some(Hit {
        kind: form.kind,
        start: at,
        end,
        severity: if doubtful { Severity::Low } else { form.severity },
        confidence: match (doubtful, over) {
            (true, _) => Confidence::Low,
            (false, true) => Confidence::Medium,
            (false, false) => Confidence::High,
        },
    })
}

/// The end of a token that may hold `%2B`, `%2F` and `%3D`: before any other escape.
fn base64_escapes(text: &[u8], from: usize, end: usize) -> usize {
    let token = text.get(from..end).unwrap_or_default();
    let other = memchr::memchr_iter(b'%', token)
        .find(|at| !matches!(token.get(at + 1..at + 3), Some(b"2B" | b"2F" | b"3D" | b"2b" | b"2f" | b"3d")));
    other.map_or(end, |at| from + at)
}

/// Where the last stretch of each alphabet ends, so that many heads in one stretch do not measure it again and again.
#[derive(Default)]
struct Ends(Vec<(bytes::Alphabet, usize, usize)>);

impl Ends {
    fn end_of(&mut self, text: &[u8], from: usize, alphabet: bytes::Alphabet) -> usize {
        let known = self.0.iter_mut().find(|(of, _, _)| *of == alphabet);
        if let Some((_, start, end)) = known {
            if !(*start..*end).contains(&from) {
                (*start, *end) = (from, bytes::end_of(text, from, alphabet));
            }
            return *end;
        }
        let end = bytes::end_of(text, from, alphabet);
        self.0.push((alphabet, from, end));
        end
    }
}
