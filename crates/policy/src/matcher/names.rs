//! The names of values, taken from the types themselves: what a record can hold is what a policy can say.

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, IntoDeserializer};
use std::fmt;

/// The value of this name, or all names that there are.
pub(crate) fn parse<T: DeserializeOwned>(name: &str) -> Result<T, &'static [&'static str]> {
    let text: StrDeserializer<'_, Expected> = name.into_deserializer();
    T::deserialize(text).map_err(|error| error.0)
}

/// Catches the list of names that a derived `Deserialize` knows.
#[derive(Debug)]
struct Expected(&'static [&'static str]);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Expected {}

impl de::Error for Expected {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::effect::HistoryKind;

    #[test]
    fn names_are_those_of_the_records() {
        assert_eq!(parse::<HistoryKind>("force-push"), Ok(HistoryKind::ForcePush));
        let names = parse::<HistoryKind>("forced-push").unwrap_err();
        assert_eq!(names.len(), HistoryKind::ALL.len());
        assert!(names.contains(&"delete-branch"));
    }
}
