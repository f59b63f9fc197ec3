//! A property list, as macOS makes it of an installed profile: binary or XML, keys in `CamelCase`.
//!
//! `SettingsJson` holds a whole configuration as JSON, for consoles that know only text; keys beside it are stronger.

use super::{Bad, Taken, Value, said_text};
use crate::keys::{Key, Raw};
use plist::Value as Plist;
use serde_json::Value as Json;
use std::io::Cursor;

/// The key that holds others.
const JSON: &str = "SettingsJson";

/// # Errors
///
/// When the bytes are no property list with a dictionary at its top.
pub(super) fn take(bytes: &[u8], before: &Raw) -> Result<Taken, String> {
    let list = Plist::from_reader(Cursor::new(bytes)).map_err(|error| format!("this is no property list: {error}."))?;
    let Plist::Dictionary(mut keys) = list else { return Err("this property list is no dictionary.".to_owned()) };
    let mut taken = Taken::default();
    if let Some(settings) = keys.remove(JSON) {
        match settings.as_string().map(serde_json::from_str::<serde_json::Map<String, Json>>) {
            Some(Ok(settings)) => take_json(settings, before, &mut taken),
            Some(Err(error)) => taken.bad.push(bad(format!("{JSON} is not a JSON object: {error}."))),
            None => taken.bad.push(bad(format!("{JSON} is {}, a text was expected.", said(&json(&settings))))),
        }
    }
    for (key, value) in &keys {
        // Of a profile, not of ours.
        if key.starts_with("Payload") || key.starts_with("Pfm") {
            continue;
        }
        let value = json(value);
        let said = said(&value);
        taken.set(key, None, Value { source: value, said, at: None }, before, Key::camel);
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

fn bad(says: String) -> Bad {
    Bad { at: None, says, kept: "It is not in use.".to_owned() }
}

/// What our keys can hold; anything else becomes null, which fits none of them. Consoles send whole numbers as `real`.
fn json(value: &Plist) -> Json {
    match value {
        Plist::String(text) => Json::from(text.as_str()),
        Plist::Boolean(value) => Json::from(*value),
        Plist::Integer(number) => number.as_unsigned().map_or_else(|| Json::from(number.as_signed()), Json::from),
        Plist::Real(number) if number.fract() == 0.0 && (0.0..9e15).contains(number) =>
        {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and within bounds")]
            Json::from(*number as u64)
        }
        Plist::Real(number) => Json::from(*number),
        Plist::Array(values) => values.iter().map(json).collect(),
        _ => Json::Null,
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
