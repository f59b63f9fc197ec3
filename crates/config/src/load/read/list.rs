//! A property list, as macOS makes it of an installed profile: binary or XML, keys in `CamelCase`.
//!
//! `SettingsJson` holds a whole configuration as JSON, for consoles that know only text; keys beside it are stronger.

use super::{Taken, Value, said_text};
use crate::keys::{Key, Raw};
use serde::de::{self, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use std::fmt::{self, Formatter};

/// The key that holds others.
const JSON: &str = "SettingsJson";

/// # Errors
///
/// When the bytes are no property list with a dictionary at its top.
pub(super) fn take(bytes: &[u8], before: &Raw) -> Result<Taken, String> {
    let List(mut keys) =
        plist::from_bytes(bytes).map_err(|error| format!("this is no property list of settings: {error}."))?;
    let mut taken = Taken::default();
    // A text that is broken as a whole may have held any key: what was good last stays in use.
    if let Some(at) = keys.iter().position(|(key, _)| key == JSON) {
        let (_, settings) = keys.swap_remove(at);
        let text = settings.as_str().ok_or_else(|| format!("{JSON} is {}, a text was expected.", said(&settings)))?;
        let settings = serde_json::from_str(text).map_err(|error| format!("{JSON} is not a JSON object: {error}."))?;
        take_json(settings, before, &mut taken);
    }
    for (key, value) in keys {
        // Of a profile, not of ours.
        if key.starts_with("Payload") || key.starts_with("Pfm") {
            continue;
        }
        let said = said(&value);
        taken.set(&key, None, Value { source: value, said, at: None }, before, Key::camel);
    }
    Ok(taken)
}

/// Keys as in TOML, tables open or dotted.
fn take_json(settings: serde_json::Map<String, Json>, before: &Raw, taken: &mut Taken) {
    let mut set = |key: &str, value: Json| {
        let said = said(&value);
        taken.set(key, None, Value { source: value, said, at: None }, before, |known| known.name.to_owned());
    };
    for (key, value) in settings {
        match value {
            Json::Object(inner) => {
                for (name, value) in inner {
                    set(&format!("{key}.{name}"), value);
                }
            }
            other => set(&key, other),
        }
    }
}

/// The keys of a list: single values and lists of them, in bounds. Read as they come, since a binary list may name the same
/// part many times over, and one of either form may be deeper than any stack.
struct List(Vec<(String, Json)>);

/// More keys than there are, and more values than any of them takes.
const MOST: usize = 1000;

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = List;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("a dictionary")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, Held::<false>(value))) = map.next_entry()? {
                    keys.push((key, value));
                    if keys.len() > MOST {
                        return Err(A::Error::custom("it has more keys than settings can have"));
                    }
                }
                Ok(List(keys))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// What our keys can hold; a date or bytes become null, which fits none of them.
struct Held<const IN_LIST: bool>(Json);

impl<'de, const IN_LIST: bool> Deserialize<'de> for Held<IN_LIST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One<const IN_LIST: bool>;
        impl<'de, const IN_LIST: bool> Visitor<'de> for One<IN_LIST> {
            type Value = Json;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, a truth value or a list of these")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Json, E> {
                Ok(text.into())
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
                Ok(value.into())
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Json, E> {
                Ok(number.into())
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Json, E> {
                Ok(number.into())
            }

            // Consoles send whole numbers as `real`.
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Json, E> {
                if number.fract() == 0.0 && (0.0..9e15).contains(&number) {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "whole and within bounds"
                    )]
                    return Ok((number as u64).into());
                }
                Ok(number.into())
            }

            fn visit_bytes<E: de::Error>(self, _: &[u8]) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, _: D) -> Result<Json, D::Error> {
                Ok(Json::Null)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
                if IN_LIST {
                    return Err(A::Error::custom("it holds a list within a list"));
                }
                let mut values = Vec::new();
                while let Some(Held::<true>(value)) = list.next_element()? {
                    values.push(value);
                    if values.len() > MOST {
                        return Err(A::Error::custom("a list in it is longer than settings can be"));
                    }
                }
                Ok(values.into())
            }
        }
        deserializer.deserialize_any(One::<IN_LIST>).map(Held)
    }
}

fn said(value: &Json) -> String {
    match value {
        Json::String(text) => said_text(text),
        Json::Number(number) => format!("the number {number}"),
        Json::Bool(value) => format!("{value}"),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "a table".to_owned(),
        Json::Null => "nothing that a key can hold".to_owned(),
    }
}
