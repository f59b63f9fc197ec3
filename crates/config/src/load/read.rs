//! One file: what of it can be used, and what is wrong with the rest.

mod list;
mod text;

use super::MAX_BYTES;
use crate::keys::{KEYS, Key, Raw};
use crate::problem::{Problem, nearest};
use platform::files;
use serde::Deserializer;
use std::ops::Range;
use std::path::Path;

/// What one file says now, its bad keys as they were before. `None` when there is no such file.
pub(super) fn read(file: &Path, owners: &[u32], before: &Raw, problems: &mut Vec<Problem>) -> Option<Raw> {
    // A link is followed here: people keep such files elsewhere. What counts is who may write what it leads to.
    let bytes = match std::fs::canonicalize(file) {
        Ok(real) => files::read_owned(&real, MAX_BYTES, owners).map_err(|error| error.to_string()),
        // A link that leads nowhere just now was set by somebody.
        Err(_) if std::fs::symlink_metadata(file).is_err() => return None,
        Err(error) => Err(error.to_string()),
    };
    let stays = if *before == Raw::default() { "Nothing of it is in use." } else { "Its last values stay in use." };
    let unusable = |says: String| Err(Box::new(Problem::of_file(file, says, stays)));
    let taken = match bytes {
        Err(error) => unusable(format!("this file is not used ({error}).")),
        Ok(bytes) if file.extension().is_some_and(|extension| extension == "plist") => {
            list::take(&bytes, before).or_else(unusable)
        }
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => {
                text::take(&text, before).map_err(|(at, says)| Box::new(Problem::at(file, &text, at, says, stays)))
            }
            Err(error) => unusable(format!("this file is not used (not UTF-8: {error}).")),
        },
    };
    match taken {
        Ok(Taken { raw, bad, source }) => {
            let others = match raw.set_keys().len() {
                0 => String::new(),
                1 => " The other key is in use.".to_owned(),
                good => format!(" The other {good} keys are in use."),
            };
            problems.extend(bad.into_iter().map(|Bad { at, says, kept }| {
                let consequence = format!("{kept}{others}");
                match at {
                    Some(at) => Problem::at(file, &source, at, says, consequence),
                    None => Problem::of_file(file, says, consequence),
                }
            }));
            Some(raw)
        }
        Err(problem) => {
            problems.push(*problem);
            Some(before.clone())
        }
    }
}

/// What was taken out of one file.
#[derive(Default)]
struct Taken {
    raw: Raw,
    bad: Vec<Bad>,
    /// The text that the places of `bad` are in.
    source: String,
}

/// A key that is not in use as it is written.
struct Bad {
    at: Option<Range<usize>>,
    says: String,
    kept: String,
}

/// A value, and how a person is told of it.
struct Value<D> {
    source: D,
    said: String,
    at: Option<Range<usize>>,
}

impl Taken {
    /// Takes one key in. `key` as written, which stands at `key_at`; `name` is the one that is meant.
    fn set<'de>(
        &mut self,
        key: &str,
        key_at: Option<Range<usize>>,
        value: Value<impl Deserializer<'de>>,
        before: &Raw,
        spelt: impl Fn(&Key) -> String,
    ) {
        let known = KEYS.iter().find(|known| spelt(known) == key);
        let Some(known) = known else {
            let shown: String = key.chars().take(60).collect();
            let names: Vec<String> = KEYS.iter().map(spelt).collect();
            let hint = nearest(key, names.iter().map(String::as_str));
            let hint = hint.map(|near| format!(" Did you mean \"{near}\"?")).unwrap_or_default();
            let says = format!("{shown:?} is not a key.{hint}");
            self.bad.push(Bad { at: key_at, says, kept: "It is not in use.".to_owned() });
            return;
        };
        if self.raw.set(known.name, value.source) {
            return;
        }
        let set = self.raw.set_keys().into_iter().find(|(name, _)| *name == known.name).map(|(_, value)| value);
        let kept = match set.or_else(|| self.raw.keep(known.name, before)) {
            Some(last) => format!("It keeps its last value ({last})."),
            None => "It is not in use.".to_owned(),
        };
        let says = format!("{key} is {}, {} was expected.", value.said, known.kind);
        self.bad.push(Bad { at: value.at, says, kept });
    }
}

/// A text as a person is told of it.
fn said_text(text: &str) -> String {
    format!("the text {:?}", text.chars().take(40).collect::<String>())
}
