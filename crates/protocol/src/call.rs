//! Tool calls: an agent's payload in one shape for all agents.

use crate::field::Why;
use crate::text::RawText;
use serde::{Deserialize, Serialize};

/// The agents that have an adapter. The name is the one on the command line and in records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Agent {
    ClaudeCode,
    Cursor,
}

impl Agent {
    pub const ALL: &'static [Self] = &[Self::ClaudeCode, Self::Cursor];

    pub fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Cursor => "cursor",
        }
    }

    /// What is printed to this agent where nothing is to be said: by the fallback table's default row, and by a hook that
    /// has no table. Claude Code takes silence; Cursor takes it for a failed hook.
    pub fn no_opinion(self) -> &'static [u8] {
        match self {
            Self::ClaudeCode => b"",
            Self::Cursor => b"{}",
        }
    }

    /// The name as people say it.
    pub fn title(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Cursor => "Cursor",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|agent| agent.name() == name)
    }
}

/// What the moment of an event is, whatever the agent calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Phase {
    /// A tool is about to run; it can still be stopped.
    Before,
    /// A tool has run.
    After,
    /// A tool was run and failed, or was refused.
    Failed,
    /// The agent is about to ask the person for a permission.
    Permission,
    /// A person's prompt is about to be sent.
    Prompt,
    SessionStart,
    SessionEnd,
    /// The agent's turn is over.
    TurnEnd,
    SubagentStart,
    SubagentEnd,
    /// The agent's settings, instructions or folders changed.
    Configuration,
    /// Seen and recorded, without a meaning for the verdict.
    Other,
    /// An event that this version does not know.
    Unknown,
}

/// One event of an agent, decoded. Raw: never stored as it is.
#[derive(Clone, Debug)]
pub struct ToolCall {
    pub agent: Agent,
    /// The agent's own name of the event.
    pub event: String,
    pub phase: Phase,
    pub session: Option<String>,
    pub turn: Option<String>,
    /// Joins before and after.
    pub call: Option<String>,
    pub cwd: Option<RawText>,
    /// The folders that the agent says it works on, the first one first. Empty where the event does not say.
    pub folders: Vec<RawText>,
    pub permission_mode: Option<String>,
    pub subagent: Option<Subagent>,
    pub tool: Option<Tool>,
    /// What came back from the tool.
    pub output: Option<RawText>,
    /// What a person typed.
    pub prompt: Option<RawText>,
    /// The agent's stated reason, where the event has one.
    pub rationale: Option<RawText>,
    /// The error of a failed tool, the reason of an end.
    pub note: Option<RawText>,
    /// How long the tool ran, where the agent says so.
    pub duration_ms: Option<u64>,
    /// What of the payload was not understood: wrong types, missing fields, unknown tools. Never silence.
    pub gaps: Vec<Gap>,
}

impl ToolCall {
    /// A call that is about to run, as far as its tool tells; everything else is open.
    pub fn about_to_run(agent: Agent, tool: Tool) -> Self {
        Self {
            agent,
            event: "PreToolUse".to_owned(),
            phase: Phase::Before,
            session: None,
            turn: None,
            call: None,
            cwd: None,
            folders: Vec::new(),
            permission_mode: None,
            subagent: None,
            tool: Some(tool),
            output: None,
            prompt: None,
            rationale: None,
            note: None,
            duration_ms: None,
            gaps: Vec::new(),
        }
    }
}

/// Something in a payload that was not understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// A field's name or path, never its value.
    pub field: String,
    pub why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subagent {
    pub id: String,
    pub kind: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Tool {
    /// The agent's own name of the tool.
    pub name: String,
    pub input: ToolInput,
}

/// A tool's input by what it asks for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ToolInput {
    Shell {
        command: RawText,
        dialect: Dialect,
        background: bool,
    },
    Read {
        path: RawText,
    },
    Write {
        path: RawText,
        content: RawText,
    },
    /// Each pair replaces its first text by its second.
    Edit {
        path: RawText,
        edits: Vec<(RawText, RawText)>,
    },
    /// One file.
    Delete {
        path: RawText,
    },
    /// `path`: where; `None` is the working folder.
    Search {
        path: Option<RawText>,
        pattern: RawText,
    },
    Fetch {
        url: RawText,
    },
    WebSearch {
        query: RawText,
    },
    /// `arguments`: the JSON as sent.
    Mcp {
        server: String,
        tool: String,
        arguments: RawText,
    },
    Subagent {
        prompt: RawText,
    },
    /// Runs later, or elsewhere: a timer, a wake-up, a remote trigger. `text` is what it carries.
    Deferred {
        text: RawText,
    },
    /// A tool of the agent that touches nothing outside the conversation (a to-do list, a question to the person).
    Inert,
    /// A tool that the agent's table does not know; `input` is the JSON as sent.
    Unknown {
        input: RawText,
    },
    /// The input does not have the form that this tool has.
    Malformed {
        why: Why,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// bash, zsh, sh: read by one parser.
    Posix,
    PowerShell,
    Cmd,
}
