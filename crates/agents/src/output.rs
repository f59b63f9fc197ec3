//! What tools gave back, in the shapes that agents share.

use crate::payload::{pick, text, word};
use protocol::{RawText, Text};
use serde_json::Value;
use serde_json::value::RawValue;

/// The texts of an MCP answer. `None` when a part is no text: then the JSON stands for itself.
pub(crate) fn joined(parts: Vec<&RawValue>) -> Option<RawText> {
    let mut out = Vec::new();
    for part in parts {
        let [kind, content] = pick(part.get(), &["type", "text"]).ok()?.values;
        if word(kind?)? != "text" {
            return None;
        }
        if !out.is_empty() {
            out.push(b'\n');
        }
        out.extend_from_slice(text(content?)?.bytes());
    }
    Some(RawText::new(out))
}

/// Passes each text of `value` through `mask`, and says whether any changed. No deeper than the reader's own limit of 128.
pub(crate) fn mask(value: &mut Value, by: &mut dyn FnMut(&str) -> Option<String>) -> bool {
    match value {
        Value::String(text) => match by(text) {
            Some(masked) => {
                *text = masked;
                true
            }
            None => false,
        },
        Value::Array(items) => items.iter_mut().map(|item| mask(item, by)).filter(|changed| *changed).count() > 0,
        Value::Object(fields) => fields.values_mut().map(|item| mask(item, by)).filter(|changed| *changed).count() > 0,
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
