//! Lenient reading of an agent's JSON: fields are picked out of an object by name and read one by one, so that a wrong
//! type costs one field and not the call.
//!
//! Values stay slices of the payload until they are needed. Nothing here recurses: a value nested ten thousand deep is
//! skipped by a loop and kept as the text it is.

use protocol::RawText;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The picked fields of one object, in the order in which they were asked for. Of a name that stands there twice the
/// last counts, as it does for every agent written in JavaScript, and `doubled` says so.
pub(crate) struct Picked<'a, const N: usize> {
    pub(crate) values: [Option<&'a RawValue>; N],
    doubled: u64,
}

impl<const N: usize> Picked<'_, N> {
    /// Which of the names stood there more than once?
    pub(crate) fn doubled<'n>(&self, names: &[&'n str; N]) -> impl Iterator<Item = &'n str> {
        let bits = self.doubled;
        names.iter().enumerate().filter(move |(at, _)| bits >> at & 1 == 1).map(|(_, name)| *name)
    }
}

/// Picks `names` (at most 64) out of the object that `json` is. A value of `null` counts as absent.
pub(crate) fn pick<'a, const N: usize>(json: &'a str, names: &[&str; N]) -> Result<Picked<'a, N>, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let picked = reader.deserialize_map(Pick { names })?;
    reader.end()?;
    Ok(picked)
}

struct Pick<'n, const N: usize> {
    names: &'n [&'n str; N],
}

impl<'de, const N: usize> Visitor<'de> for Pick<'_, N> {
    type Value = Picked<'de, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut picked = Picked { values: [None; N], doubled: 0 };
        while let Some(found) = map.next_key_seed(Name { names: self.names })? {
            let slot = found.and_then(|at| picked.values.get_mut(at).map(|slot| (at, slot)));
            let Some((at, slot)) = slot else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value: &'de RawValue = map.next_value()?;
            if slot.is_some() {
                picked.doubled |= 1u64.checked_shl(u32::try_from(at).map_err(A::Error::custom)?).unwrap_or(0);
            }
            *slot = (value.get() != "null").then_some(value);
        }
        Ok(picked)
    }
}

/// Reads a key as its place in the list. By bytes: a key with half a surrogate pair is no error, only unknown.
struct Name<'n> {
    names: &'n [&'n str],
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_bytes<E: Error>(self, key: &[u8]) -> Result<Self::Value, E> {
        Ok(self.names.iter().position(|name| name.as_bytes() == key))
    }
}

/// The items of an array, at most `limit`; the flag says that there were more. `None` when it is no array.
pub(crate) fn items(json: &RawValue, limit: usize) -> Option<(Vec<&RawValue>, bool)> {
    struct Items(usize);

    impl<'de> Visitor<'de> for Items {
        type Value = (Vec<&'de RawValue>, bool);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while items.len() < self.0 {
                match seq.next_element()? {
                    Some(item) => items.push(item),
                    None => return Ok((items, false)),
                }
            }
            let mut more = false;
            while seq.next_element::<IgnoredAny>()?.is_some() {
                more = true;
            }
            Ok((items, more))
        }
    }

    serde_json::Deserializer::from_str(json.get()).deserialize_seq(Items(limit)).ok()
}

/// The bytes between the quotes, when this is a string without an escape.
fn plain(value: &RawValue) -> Option<(&[u8], bool)> {
    let body = value.get().as_bytes().strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    Some((body, memchr::memchr(b'\\', body).is_some()))
}

/// A string as text; `None` when the value is no string. One copy, whatever its size.
pub(crate) fn text(value: &RawValue) -> Option<RawText> {
    let (body, escaped) = plain(value)?;
    Some(RawText::new(if escaped { unescape(body) } else { body.to_vec() }))
}

/// A short string, such as a name or an id; `None` when the value is no string.
pub(crate) fn word(value: &RawValue) -> Option<Cow<'_, str>> {
    let (body, escaped) = plain(value)?;
    if escaped {
        Some(String::from_utf8_lossy(&unescape(body)).into_owned().into())
    } else {
        Some(String::from_utf8_lossy(body))
    }
}

pub(crate) fn flag(value: &RawValue) -> Option<bool> {
    match value.get() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A number of milliseconds; a fraction is cut, what is negative or absurd is none.
pub(crate) fn millis(value: &RawValue) -> Option<u64> {
    let text = value.get();
    text.parse().ok().or_else(|| text.split_once('.').and_then(|(whole, _)| whole.parse().ok()))
}

/// The text of a JSON string whose syntax has been checked. Half a surrogate pair becomes U+FFFD, which is what the
/// agent's own runtime passes on to a program.
fn unescape(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        rest = match after {
            [_, b'u', tail @ ..] => {
                let (c, tail) = unicode(tail);
                let mut buffer = [0; 4];
                out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                tail
            }
            [_, c, tail @ ..] => {
                out.push(match c {
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => *other,
                });
                tail
            }
            _ => &[],
        };
    }
    out.extend_from_slice(rest);
    out
}

/// The character of the four hex digits at the start, taking a second escape with it where the two are a pair.
fn unicode(digits: &[u8]) -> (char, &[u8]) {
    let Some((first, rest)) = unit(digits) else { return (char::REPLACEMENT_CHARACTER, &[]) };
    if (0xD800..0xDC00).contains(&first) {
        let low = rest.strip_prefix(b"\\u").and_then(unit);
        if let Some((low @ 0xDC00..0xE000, rest)) = low {
            let code = 0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00);
            return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), rest);
        }
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), rest)
}

fn unit(digits: &[u8]) -> Option<(u32, &[u8])> {
    let (hex, rest) = digits.split_first_chunk::<4>()?;
    Some((u32::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Text;

    fn read(json: &str) -> Vec<u8> {
        let value: &RawValue = serde_json::from_str(json).unwrap();
        text(value).unwrap().bytes().to_vec()
    }

    #[test]
    fn escapes_read_as_serde_reads_them() {
        for json in [r#""plain""#, r#""a\"b\\c\/d\b\f\n\r\t""#, r#""é \u00e9 \ud83d\ude00""#, r#""""#] {
            let ours = read(json);
            assert_eq!(ours, serde_json::from_str::<String>(json).unwrap().into_bytes(), "{json}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_a_replacement_character() {
        assert_eq!(read(r#""a\ud800b""#), "a\u{fffd}b".as_bytes());
        assert_eq!(read(r#""\ud800\u0041""#), "\u{fffd}A".as_bytes());
        assert_eq!(read(r#""\udc00""#), "\u{fffd}".as_bytes());
    }

    #[test]
    fn of_a_doubled_key_the_last_counts_and_it_is_told() {
        let names = ["a", "b"];
        let picked = pick(r#"{"a":1,"x":[{}],"b":2,"a":3}"#, &names).unwrap();
        assert_eq!(picked.values[0].unwrap().get(), "3");
        assert_eq!(picked.doubled(&names).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn a_value_nested_ten_thousand_deep_is_skipped_or_kept_but_never_climbed() {
        let bomb = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let json = format!(r#"{{"skipped":{bomb},"kept":{bomb},"after":"x"}}"#);
        let picked = pick(&json, &["kept", "after"]).unwrap();
        assert_eq!(picked.values[0].unwrap().get(), bomb);
        assert_eq!(word(picked.values[1].unwrap()).unwrap(), "x");
    }

    #[test]
    fn trailing_text_and_other_types_are_errors() {
        assert!(pick(r#"{"a":1} x"#, &["a"]).is_err());
        assert!(pick("[]", &["a"]).is_err());
        assert!(pick("\"{}\"", &["a"]).is_err());
    }

    #[test]
    fn a_list_is_read_up_to_its_limit() {
        let value: &RawValue = serde_json::from_str("[1,2,3]").unwrap();
        let (some, more) = items(value, 2).unwrap();
        assert_eq!((some.len(), more), (2, true));
        assert!(!items(value, 3).unwrap().1);
    }
}
