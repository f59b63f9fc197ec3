//! The languages that a text of a call can be in.

use protocol::RawText;
use protocol::call::{Dialect, ToolInput};

/// What a text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Bash,
    PowerShell,
    Cmd,
    Python,
    JavaScript,
    Ruby,
    Perl,
    Php,
    Sql,
    /// Arguments of an MCP call, as they are sent.
    Json,
    Url,
    Path,
}

impl Kind {
    pub(crate) const ALL: [Self; 12] = [
        Self::Bash,
        Self::PowerShell,
        Self::Cmd,
        Self::Python,
        Self::JavaScript,
        Self::Ruby,
        Self::Perl,
        Self::Php,
        Self::Sql,
        Self::Json,
        Self::Url,
        Self::Path,
    ];

    /// What a shell hands the text to.
    fn interpreter(self) -> Option<&'static str> {
        Some(match self {
            Self::Python => "python3",
            Self::JavaScript => "node",
            Self::Ruby => "ruby",
            Self::Perl => "perl",
            Self::Php => "php",
            Self::Sql => "psql",
            _ => return None,
        })
    }

    /// A call that carries this text.
    pub(crate) fn input(self, text: &str) -> ToolInput {
        let shell =
            |command: &str, dialect| ToolInput::Shell { command: RawText::from(command), dialect, background: false };
        if let Some(program) = self.interpreter() {
            return shell(&format!("{program} <<'ENDE'\n{text}\nENDE\n"), Dialect::Posix);
        }
        match self {
            Self::PowerShell => shell(text, Dialect::PowerShell),
            Self::Cmd => shell(text, Dialect::Cmd),
            Self::Json => ToolInput::Mcp {
                server: "db".to_owned(),
                tool: "run_things".to_owned(),
                arguments: RawText::from(text),
            },
            Self::Url => ToolInput::Fetch { url: RawText::from(text) },
            Self::Path => ToolInput::Write { path: RawText::from(text), content: RawText::from("x\n") },
            _ => shell(text, Dialect::Posix),
        }
    }
}
