//! The address of a page: which calls it asks for.

use crate::store::calls::{Cursor, Fate, Filter};
use uuid::Uuid;

/// A query is at most so long; a value in it as well.
pub(crate) const MOST: usize = 4096;

/// Reads `name=value&…`, as forms and addresses have it.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let one = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    };
    query.split('&').filter(|pair| !pair.is_empty()).take(64).map(one).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let digit =
                    |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                if let (Some(high), Some(low)) = (digit(ahead.next()), digit(ahead.next())) {
                    bytes.push(high << 4 | low);
                    rest = ahead;
                } else {
                    bytes.push(b'%');
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What `/live` and `/api/v1/calls` are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) filter: Filter,
    /// As they are named in addresses, in a fixed order; none of them empty.
    pub(crate) parameters: Vec<(&'static str, String)>,
    /// The value that cannot be read.
    pub(crate) unreadable: Option<&'static str>,
}

pub(crate) const NAMES: [&str; 9] = ["fate", "effect", "tool", "agent", "person", "device", "session", "rule", "q"];

impl Asked {
    pub(crate) fn read(query: &str) -> Self {
        let given = pairs(query);
        let value = |name: &str| {
            let found = given.iter().rev().find(|(known, _)| known == name);
            found.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let mut asked = Self::default();
        for name in NAMES {
            let Some(value) = value(name) else { continue };
            let filter = &mut asked.filter;
            match name {
                "fate" => match fates(&value) {
                    Some(fates) => filter.fates = fates,
                    None => asked.unreadable = Some("fate"),
                },
                "device" => match value.parse::<Uuid>() {
                    Ok(id) => filter.device = Some(id),
                    Err(_) => asked.unreadable = Some("device"),
                },
                "effect" => filter.effect = Some(value.clone()),
                "tool" => filter.tool = Some(value.clone()),
                "agent" => filter.agent = Some(value.clone()),
                "person" => filter.person = Some(value.clone()),
                "session" => filter.session = Some(value.clone()),
                "rule" => filter.rule = Some(value.clone()),
                _ => filter.text = Some(value.clone()),
            }
            asked.parameters.push((name, value));
        }
        if let Some(before) = value("before") {
            asked.filter.before = cursor(&before);
            if asked.filter.before.is_none() {
                asked.unreadable = Some("before");
            }
        }
        asked
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.parameters.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The same question with one thing changed, or left out where `value` is empty.
    pub(crate) fn with<'a>(&'a self, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
        let kept = self.parameters.iter().filter(|(known, _)| *known != name);
        let mut all: Vec<(&str, &str)> = kept.map(|(name, value)| (*name, value.as_str())).collect();
        if !value.is_empty() {
            all.push((name, value));
        }
        all
    }
}

fn fates(text: &str) -> Option<Vec<Fate>> {
    // Two words that people want together.
    let several = match text {
        "would" => vec![Fate::WouldAsk, Fate::WouldStop],
        "serious" => vec![Fate::WouldAsk, Fate::WouldStop, Fate::Asked, Fate::Stopped],
        _ => Vec::new(),
    };
    if !several.is_empty() {
        return Some(several);
    }
    text.split(',').map(|name| Fate::ALL.into_iter().find(|fate| fate.name() == name)).collect()
}

pub(crate) fn shown(cursor: Cursor) -> String {
    format!("{}.{}", cursor.at_ms, cursor.id)
}

fn cursor(text: &str) -> Option<Cursor> {
    let (at, id) = text.split_once('.')?;
    Some(Cursor { at_ms: at.parse().ok()?, id: id.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_asked_and_what_it_cannot_say_is_told() {
        let asked = Asked::read("fate=would&q=rm+-rf+%22x%22&person=&junk=1&before=17.4&q=%2");
        assert_eq!(asked.filter.fates, [Fate::WouldAsk, Fate::WouldStop]);
        assert_eq!(asked.filter.before, Some(Cursor { at_ms: 17, id: 4 }));
        assert_eq!((asked.get("q"), asked.get("person"), asked.unreadable), ("%2", "", None));
        assert_eq!(asked.with("fate", ""), [("q", "%2")]);
        assert_eq!(asked.with("fate", "stopped"), [("q", "%2"), ("fate", "stopped")]);
        for (query, name) in [("fate=x", "fate"), ("device=1", "device"), ("before=x", "before"), ("fate=,", "fate")] {
            assert_eq!(Asked::read(query).unreadable, Some(name), "{query}");
        }
        assert_eq!(Asked::read("q=%C3%28%00").get("q"), "\u{fffd}(\0");
        assert_eq!(pairs(&"a=1&".repeat(1000)).len(), 64);
    }
}
