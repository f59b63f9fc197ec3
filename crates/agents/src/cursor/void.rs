//! What makes Cursor take no hook of a whole file, without a word.
//!
//! By the loader of `@cursor/sdk` 1.0.32: a name of an event that it does not know, a time that is not above zero, a value
//! of another type. It takes comments out before it reads, and finds them in strings as well.

use super::events::named;
use serde_json::Value;

/// See [`crate::coverage::void`].
pub(crate) fn void(settings: &Value) -> Option<String> {
    if let Some(at) = commented(settings) {
        return Some(format!("Cursor takes the // or /* in {at} for the begin of a comment, and the rest for nothing"));
    }
    let hooks = settings.get("hooks")?;
    let Some(hooks) = hooks.as_object() else { return Some("\"hooks\" is no object".to_owned()) };
    for (event, entries) in hooks {
        if named(event).is_none() {
            return Some(format!("a Cursor that does not know the event {event} takes no hook of this file"));
        }
        let Some(entries) = entries.as_array() else { return Some(format!("hooks.{event} is no list")) };
        let wrong = entries.iter().find_map(|entry| wrong(event, entry));
        if wrong.is_some() {
            return wrong;
        }
    }
    None
}

fn wrong(event: &str, entry: &Value) -> Option<String> {
    let of = |key: &str, what: &str| Some(format!("{key:?} of an entry of {event} is no {what}"));
    let text = |key: &str| entry.get(key).is_some_and(Value::is_string);
    if !entry.is_object() || !(text("command") || text("prompt")) {
        return Some(format!("an entry of {event} has no command"));
    }
    let is = |key: &str, fits: fn(&Value) -> bool| entry.get(key).is_none_or(fits);
    if !is("timeout", |value| value.as_f64().is_some_and(|seconds| seconds > 0.0)) {
        return of("timeout", "number above zero");
    }
    if !is("failClosed", Value::is_boolean) {
        return of("failClosed", "truth value");
    }
    if !is("matcher", |value| value.is_string() || value.is_null()) {
        return of("matcher", "text");
    }
    None
}

/// The key, or the event, of a string that Cursor would cut.
fn commented(value: &Value) -> Option<String> {
    let cut = |text: &str| text.contains("//") || text.contains("/*");
    let mut todo = vec![("the file".to_owned(), value)];
    while let Some((at, value)) = todo.pop() {
        match value {
            Value::String(text) if cut(text) => return Some(at),
            Value::Array(items) => todo.extend(items.iter().map(|item| (at.clone(), item))),
            Value::Object(fields) => {
                if let Some(name) = fields.keys().find(|name| cut(name)) {
                    return Some(name.clone());
                }
                todo.extend(fields.iter().map(|(name, item)| (name.clone(), item)));
            }
            _ => {}
        }
    }
    None
}
