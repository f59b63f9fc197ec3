//! Option grammars: words into options and operands.

use super::{Grammar, Program};
use crate::value::Value;

/// Arguments, told apart. Options keep their dashes.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    pub options: Vec<(Vec<u8>, Option<Value>)>,
    pub operands: Vec<Value>,
    /// Some word may be an option or several words: its value is not known.
    pub unclear: bool,
}

impl Arguments {
    /// Is one of these options given? A long one also by an unambiguous beginning.
    pub(crate) fn has<S: AsRef<str>>(&self, names: &[S]) -> bool {
        self.options.iter().any(|(given, _)| named(given, names))
    }

    /// The value of the last of these options.
    pub(crate) fn value<S: AsRef<str>>(&self, names: &[S]) -> Option<&Value> {
        self.options.iter().rev().find_map(|(given, value)| if named(given, names) { value.as_ref() } else { None })
    }

    pub(crate) fn values<'a, S: AsRef<str>>(&'a self, names: &'a [S]) -> impl Iterator<Item = &'a Value> {
        self.options.iter().filter(|(given, _)| named(given, names)).filter_map(|(_, value)| value.as_ref())
    }
}

fn named<S: AsRef<str>>(given: &[u8], names: &[S]) -> bool {
    names.iter().any(|name| is_option(given, name.as_ref()))
}

fn is_option(given: &[u8], name: &str) -> bool {
    let name = name.as_bytes();
    given == name || (given.len() >= 5 && given.starts_with(b"--") && name.starts_with(given))
}

/// Tells options from operands, as the last of `entries` does; the options of those around it are known as well.
/// `words` are those behind the name. `stop`: what stands behind the first operand is left as it is.
pub(crate) fn read(entries: &[&Program], words: &[Value], stop: bool) -> Arguments {
    match entries.last().map(|program| program.grammar).unwrap_or_default() {
        Grammar::Permuting => dashes(entries, words, stop),
        Grammar::FirstOperandStops => dashes(entries, words, true),
        Grammar::SingleDash | Grammar::Cmdlet => single(entries, words, stop),
        Grammar::KeyValue => pairs(words),
        Grammar::Raw => Arguments { operands: words.to_vec(), ..Arguments::default() },
    }
}

fn takes_value(entries: &[&Program], option: &[u8]) -> bool {
    entries.iter().any(|program| program.values.iter().any(|(name, _)| is_option(option, name)))
}

fn dashes(entries: &[&Program], words: &[Value], stop: bool) -> Arguments {
    let mut out = Arguments::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let Some(text) = word.written() else {
            out.unclear = true;
            out.operands.push(word.clone());
            if stop {
                break;
            }
            continue;
        };
        if text == b"--" {
            break;
        }
        if text.len() < 2 || text.first() != Some(&b'-') {
            out.operands.push(word.clone());
            if stop {
                break;
            }
            continue;
        }
        if text.starts_with(b"--") {
            if let Some(cut) = text.iter().position(|b| *b == b'=') {
                let (name, value) = text.split_at(cut);
                out.options.push((name.to_vec(), Some(like(word, value.get(1..).unwrap_or_default()))));
            } else if takes_value(entries, text) {
                out.options.push((text.to_vec(), rest.next().cloned()));
            } else {
                out.options.push((text.to_vec(), None));
            }
            continue;
        }
        // A bundle: the first that takes a value takes what remains, or the next word.
        for at in 1..text.len() {
            let option = [b'-', text[at]];
            if takes_value(entries, &option) {
                let tail = text.get(at + 1..).unwrap_or_default();
                let value = if tail.is_empty() { rest.next().cloned() } else { Some(like(word, tail)) };
                out.options.push((option.to_vec(), value));
                break;
            }
            out.options.push((option.to_vec(), None));
        }
    }
    out.operands.extend(rest.cloned());
    out
}

/// Text cut from a word: as exact as the word.
pub(crate) fn like(word: &Value, text: &[u8]) -> Value {
    match word {
        Value::Pattern { .. } if text.iter().any(|b| matches!(b, b'*' | b'?' | b'[')) => {
            Value::Pattern { glob: text.to_vec(), floating: text.first() == Some(&b'*') }
        }
        _ => Value::text(text),
    }
}

fn single(entries: &[&Program], words: &[Value], stop: bool) -> Arguments {
    let mut out = Arguments::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let Some(text) = word.written() else {
            out.unclear = true;
            out.operands.push(word.clone());
            if stop {
                break;
            }
            continue;
        };
        if text.len() < 2 || text.first() != Some(&b'-') {
            out.operands.push(word.clone());
            if stop {
                break;
            }
            continue;
        }
        let name = if text.starts_with(b"--") { text.get(1..).unwrap_or_default() } else { text };
        if let Some(cut) = name.iter().position(|b| *b == b'=') {
            let (name, value) = name.split_at(cut);
            out.options.push((name.to_vec(), Some(like(word, value.get(1..).unwrap_or_default()))));
        } else if takes_value(entries, name) {
            out.options.push((name.to_vec(), rest.next().cloned()));
        } else {
            out.options.push((name.to_vec(), None));
        }
    }
    out.operands.extend(rest.cloned());
    out
}

fn pairs(words: &[Value]) -> Arguments {
    let mut out = Arguments::default();
    for word in words {
        if let Some((name, value)) =
            word.written().and_then(|text| text.iter().position(|b| *b == b'=').map(|cut| text.split_at(cut)))
        {
            out.options.push((name.to_vec(), Some(like(word, value.get(1..).unwrap_or_default()))));
        } else {
            out.unclear |= word.known().is_none();
            out.operands.push(word.clone());
        }
    }
    out
}
