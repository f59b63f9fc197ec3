//! JSON with comments, as settings files have it, from anybody.

use super::Unread;
use serde_json::{Map, Value};

/// Deeper nesting is nobody's settings, and would cost the parser its stack.
const DEEPEST: usize = 64;

/// The object that a file holds; an empty file holds an empty one.
///
/// # Errors
///
/// [`Unread`].
pub fn object(text: &str) -> Result<Value, Unread> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    if depth(text.as_bytes()) > DEEPEST {
        return Err(Unread::TooDeep);
    }
    // The ordinary parser is many times faster, and knows most files.
    let value: Value = serde_json::from_str(text).or_else(|_| {
        let at = |line, column| Unread::NotJson { line, column };
        jsonc_parser::cst::CstRootNode::parse(text, &crate::entries::options())
            .map_err(|error| at(error.line_display(), error.column_display()))?
            .to_serde_value()
            .ok_or_else(|| at(1, 1))
    })?;
    if value.is_object() { Ok(value) } else { Err(Unread::NotObject) }
}

/// Of a large object only what `T` has; its `Value`s are bounded in depth as all are.
pub(crate) fn notes<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Unread> {
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text))
        .map_err(|error| Unread::NotJson { line: error.line(), column: error.column() })
}

/// How deep brackets are nested, outside of strings and comments.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(byte) = text.get(at) {
                    at += if *byte == b'\\' { 2 } else { 1 };
                    if *byte == b'"' {
                        break;
                    }
                }
            }
            b'/' => {
                let rest = text.get(at..).unwrap_or_default();
                at += match rest.first() {
                    Some(b'/') => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                    Some(b'*') => memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2),
                    _ => 0,
                };
            }
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_and_comments_do_not_count_and_do_not_hide_others() {
        assert_eq!(depth(br#"{"a":["]]\"]]",[1]]} // [[["#), 3);
        assert_eq!(depth(b"/* {{{ */ [1] /* "), 1);
        assert_eq!(depth(br#"["a\\",["b"]]"#), 2);
    }

    #[test]
    fn what_is_no_object_says_why_and_nothing_of_its_content() {
        assert_eq!(object(&"[".repeat(1 << 20)).unwrap_err(), Unread::TooDeep);
        assert_eq!(object("[1]").unwrap_err(), Unread::NotObject);
        let error = object("{\n \"token\": hunter2 }").unwrap_err();
        assert!(matches!(error, Unread::NotJson { line: 2, .. }), "{error:?}");
        assert!(!error.to_string().contains("hunter2"));
        for empty in ["", " \n", "\u{feff}", "{}", "{ /* nothing */ }"] {
            assert_eq!(object(empty).unwrap(), Value::Object(Map::new()), "{empty:?}");
        }
    }
}
