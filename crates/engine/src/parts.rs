//! The content parts of a call: which texts are scanned, sealed and stored, under which names.

use protocol::call::{Dialect, ToolInput};
use protocol::record::Level;
use protocol::{Direction, Phase, RawText, Text, ToolCall};

/// A text over this size is not analysed: its findings are unknown, and only its size and keyed digest are kept.
/// It never makes a verdict milder, because the effects do not depend on it.
pub const ANALYSED: usize = 4 * 1024 * 1024;

/// A masked text over this size is not stored, only its size and keyed digest.
pub const STORED: usize = 1024 * 1024;

/// One text of a call.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    pub name: &'static str,
    pub text: &'a RawText,
    pub direction: Direction,
}

/// How much is kept of which part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    pub input: Level,
    pub output: Level,
    pub prompt: Level,
    pub rationale: Level,
}

impl Default for Levels {
    fn default() -> Self {
        Self { input: Level::Redacted, output: Level::Redacted, prompt: Level::Metadata, rationale: Level::Metadata }
    }
}

impl Levels {
    pub(crate) fn of(self, name: &str) -> Level {
        match name {
            OUTPUT => self.output,
            PROMPT => self.prompt,
            RATIONALE => self.rationale,
            _ => self.input,
        }
    }
}

pub const INPUT: &str = "input";
/// What a tool writes: beside `input`, which is then the path.
pub const WRITTEN: &str = "input.content";
pub const OUTPUT: &str = "output";
pub const PROMPT: &str = "prompt";
pub const RATIONALE: &str = "rationale";

/// The parts of a call, the tool's input first.
pub fn parts(call: &ToolCall) -> Vec<Part<'_>> {
    let mut parts = Vec::with_capacity(4);
    let mut add = |name, text, direction| parts.push(Part { name, text, direction });
    if let Some(tool) = &call.tool {
        match &tool.input {
            ToolInput::Shell { command, dialect: Dialect::Posix | Dialect::PowerShell | Dialect::Cmd, .. } => {
                add(INPUT, command, Direction::Local);
            }
            ToolInput::Read { path } | ToolInput::Delete { path } => add(INPUT, path, Direction::Local),
            ToolInput::Write { path, content } => {
                add(INPUT, path, Direction::Local);
                add(WRITTEN, content, Direction::Local);
            }
            ToolInput::Edit { path, edits } => {
                add(INPUT, path, Direction::Local);
                for (_, new) in edits {
                    add(WRITTEN, new, Direction::Local);
                }
            }
            ToolInput::Search { pattern, .. } => add(INPUT, pattern, Direction::Local),
            ToolInput::Fetch { url } => add(INPUT, url, Direction::Outgoing),
            ToolInput::WebSearch { query } => add(INPUT, query, Direction::Outgoing),
            ToolInput::Mcp { arguments, .. } => add(INPUT, arguments, Direction::Outgoing),
            ToolInput::Subagent { prompt } => add(INPUT, prompt, Direction::Local),
            ToolInput::Deferred { text } => add(INPUT, text, Direction::Local),
            ToolInput::Unknown { input } => add(INPUT, input, Direction::Local),
            _ => {}
        }
    }
    if let Some(output) = &call.output {
        add(OUTPUT, output, Direction::Incoming);
    }
    if let Some(prompt) = &call.prompt {
        add(PROMPT, prompt, Direction::Prompt);
    }
    if let Some(rationale) = &call.rationale {
        add(RATIONALE, rationale, Direction::Local);
    }
    if matches!(call.phase, Phase::Failed)
        && let Some(note) = &call.note
        && call.output.is_none()
        && !note.bytes().is_empty()
    {
        add(OUTPUT, note, Direction::Incoming);
    }
    parts
}
