//! The fields of an event, read leniently: what is missing or of a wrong type is a gap in the call, never an error.

use crate::Malformed;
use crate::payload::{pick, text, word};
use protocol::call::Gap;
use protocol::{RawText, Text, Why};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Ids and names are written into records as they are; longer ones are no ids.
const LONGEST_NAME: usize = 256;
/// More gaps than this say nothing new.
const MOST_GAPS: usize = 32;

/// What of a payload was not understood, as it is read.
#[derive(Default)]
pub(crate) struct Gaps(Vec<Gap>);

impl Gaps {
    pub(crate) fn note(&mut self, field: &str, why: Why) {
        if self.0.len() < MOST_GAPS && !self.0.iter().any(|gap| gap.field == field && gap.why == why) {
            self.0.push(Gap { field: field.to_owned(), why });
        }
    }

    /// All of them, in the order in which they were met.
    pub(crate) fn into_vec(self) -> Vec<Gap> {
        self.0
    }
}

/// The payload as text: without a byte order mark, with U+FFFD in place of what is no UTF-8.
pub(crate) fn as_json<'a>(payload: &'a [u8], gaps: &mut Gaps) -> Result<Cow<'a, str>, Malformed> {
    let payload = payload.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(payload);
    if payload.iter().all(u8::is_ascii_whitespace) {
        return Err(Malformed::Empty);
    }
    let json = String::from_utf8_lossy(payload);
    if matches!(json, Cow::Owned(_)) {
        gaps.note("payload", Why::Payload);
    }
    Ok(json)
}

/// Picks `names` out of the payload's object; one that stands there twice is a gap.
pub(crate) fn picked<'j, const N: usize>(
    json: &'j str,
    names: &[&str; N],
    gaps: &mut Gaps,
) -> Result<[Option<&'j RawValue>; N], Malformed> {
    let picked = pick(json, names).map_err(|e| Malformed::not_an_object(&e))?;
    for name in picked.doubled(names) {
        gaps.note(name, Why::Payload);
    }
    Ok(picked.values)
}

/// A field that may be absent; one of a wrong type is a gap.
pub(crate) fn field<'a, T>(
    name: &str,
    value: Option<&'a RawValue>,
    read: impl Fn(&'a RawValue) -> Option<T>,
    gaps: &mut Gaps,
) -> Option<T> {
    let read = read(value?);
    if read.is_none() {
        gaps.note(name, Why::Payload);
    }
    read
}

/// An id or a name: not empty, not longer than names are.
pub(crate) fn name(field_name: &str, value: Option<&RawValue>, gaps: &mut Gaps) -> Option<String> {
    let word = field(field_name, value, word, gaps)?;
    if word.len() > LONGEST_NAME {
        gaps.note(field_name, Why::TooBig);
    }
    let word = cut(&word);
    (!word.is_empty()).then(|| word.to_owned())
}

/// At most as long as names are.
pub(crate) fn cut(word: &str) -> &str {
    word.get(..word.floor_char_boundary(LONGEST_NAME)).unwrap_or(word)
}

/// Several short fields as one text, the absent ones left out.
pub(crate) fn note(parts: &[(&str, Option<&RawValue>)], gaps: &mut Gaps) -> Option<RawText> {
    let mut out = Vec::new();
    for (name, value) in parts {
        if let Some(text) = field(name, *value, text, gaps) {
            if !out.is_empty() {
                out.push(b' ');
            }
            out.extend_from_slice(text.bytes());
        }
    }
    (!out.is_empty()).then(|| RawText::new(out))
}
