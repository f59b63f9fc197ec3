//! Cursor's rules for the answer to each event, as strictly as they can be read: a checker that knows nothing of how our
//! answers are made.
//!
//! Where Cursor is lenient (a key that it does not know, text around the object, an allow) this is not: such an answer
//! would be a mistake of ours, and some version would not forgive it.

use protocol::fallback::Answer;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// A rule that an answer breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Broken {
    /// The exit code is 0 and standard error is empty: at 2, standard output is shown to the person as it is.
    Exit,
    /// Exactly one JSON object, and nothing before, after or in place of it.
    OneObject,
    /// A name stands there once.
    Once,
    /// Only the names that this event's answer has; never those that change the call, go on with a turn, load plugins.
    Names,
    /// Each value has its type.
    Types,
    /// A permission is deny, or ask where Cursor asks.
    Permission,
    /// A stop and an ask have words for the person; nothing else has, since nobody would see them.
    UserMessage,
    /// Words for the model go with a deny, and are not empty.
    AgentMessage,
    /// A prompt is let go on or stopped, in so many words.
    Continue,
    /// Context is not empty and fits.
    Context,
    /// An MCP answer has the shape that Cursor reads.
    McpOutput,
}

/// The names that the answer to an event may have.
fn names(event: &str) -> &'static [&'static str] {
    match event {
        "preToolUse" => &["permission", "user_message", "agent_message", "additional_context"],
        "beforeShellExecution" | "beforeMCPExecution" => &["permission", "user_message", "agent_message"],
        "beforeReadFile" | "beforeTabFileRead" | "subagentStart" => &["permission", "user_message"],
        "beforeSubmitPrompt" => &["continue", "user_message", "additional_context"],
        "postToolUse" => &["additional_context", "updated_mcp_tool_output"],
        "postToolUseFailure" | "sessionStart" => &["additional_context"],
        _ => &[],
    }
}

pub(super) fn check(event: &str, answer: &Answer) -> Result<(), Broken> {
    if answer.exit != 0 || !answer.stderr.is_empty() {
        return Err(Broken::Exit);
    }
    if answer.stdout.first() != Some(&b'{') || answer.stdout.last() != Some(&b'}') {
        return Err(Broken::OneObject);
    }
    let fields: Fields = serde_json::from_slice(&answer.stdout)
        .map_err(|error| if error.to_string().contains(TWICE) { Broken::Once } else { Broken::OneObject })?;
    let value = |name: &str| fields.0.iter().find(|(n, _)| n == name).map(|(_, value)| value);
    let rule = |holds: bool, broken: Broken| if holds { Ok(()) } else { Err(broken) };

    rule(fields.0.iter().all(|(name, _)| names(event).contains(&name.as_str())), Broken::Names)?;
    for (name, value) in &fields.0 {
        let typed = match name.as_str() {
            "continue" => value.is_boolean(),
            "updated_mcp_tool_output" => true,
            _ => value.is_string(),
        };
        rule(typed, Broken::Types)?;
    }
    let text = |name: &str| value(name).and_then(Value::as_str);
    let said = |name: &str| text(name).is_some_and(|text| !text.trim().is_empty());

    let permission = text("permission");
    rule(
        match permission {
            None | Some("deny") => true,
            Some("ask") => event == "beforeShellExecution",
            Some(_) => false,
        },
        Broken::Permission,
    )?;
    let goes_on = value("continue").and_then(Value::as_bool);
    rule((event == "beforeSubmitPrompt") == goes_on.is_some(), Broken::Continue)?;
    let interrupts = permission.is_some() || goes_on == Some(false);
    rule(interrupts == said("user_message") && interrupts == value("user_message").is_some(), Broken::UserMessage)?;
    rule(
        value("agent_message").is_none() || (permission == Some("deny") && said("agent_message")),
        Broken::AgentMessage,
    )?;
    if let Some(context) = text("additional_context") {
        rule(said("additional_context") && context.encode_utf16().count() <= 10_000, Broken::Context)?;
    }
    if let Some(output) = value("updated_mcp_tool_output") {
        let parts = output.get("content").and_then(Value::as_array);
        let typed = |part: &Value| part.get("type").is_some_and(Value::is_string);
        rule(output.is_string() || parts.is_some_and(|parts| parts.iter().all(typed)), Broken::McpOutput)?;
    }
    Ok(())
}

const TWICE: &str = "a name stands there twice";

/// An object's fields in order; a doubled name is an error.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields: Vec<(String, Value)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if fields.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(TWICE));
                    }
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }

        reader.deserialize_map(Read)
    }
}
