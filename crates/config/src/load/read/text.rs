//! TOML, as in `/etc/taffrail` and a user's own file.

use super::{Taken, Value, said_text};
use crate::keys::Raw;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// # Errors
///
/// When the text is not TOML: where, and why.
pub(super) fn take(text: &str, before: &Raw) -> Result<Taken, (Range<usize>, String)> {
    let table = DeTable::parse(text).map_err(|error| {
        let says = format!("this is not TOML: {}.", error.message().trim().replace('\n', ", "));
        (error.span().unwrap_or(0..0), says)
    })?;
    let mut taken = Taken { source: text.to_owned(), ..Taken::default() };
    for (key, at, value) in flat(table.into_inner()) {
        let (span, said) = (value.span(), said(value.get_ref()));
        let value = Value { source: ValueDeserializer::from(value), said, at: Some(span) };
        taken.set(&key, Some(at), value, before, |known| known.name.to_owned());
    }
    Ok(taken)
}

/// Tables opened up: dotted key, where the key stands, value. Tables lie one deep; what lies deeper is no key of ours and
/// is named as it stands.
fn flat(table: DeTable<'_>) -> Vec<(String, Range<usize>, Spanned<DeValue<'_>>)> {
    let mut all = Vec::new();
    for (key, value) in table {
        let (at, key) = (key.span(), key.into_inner().into_owned());
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(inner) if !inner.is_empty() => {
                for (name, value) in inner {
                    all.push((format!("{key}.{}", name.get_ref()), name.span(), value));
                }
            }
            other => all.push((key, at, Spanned::new(span, other))),
        }
    }
    all
}

/// A value as a person is told of it.
fn said(value: &DeValue<'_>) -> String {
    let cut = |text: &str| text.chars().take(40).collect::<String>();
    match value {
        DeValue::String(text) => said_text(text),
        DeValue::Integer(number) => format!("the number {}", cut(number.as_str())),
        DeValue::Float(number) => format!("the number {}", cut(number.as_str())),
        DeValue::Boolean(value) => format!("{value}"),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
