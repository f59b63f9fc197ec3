//! What a call would do, and what its content holds.
//!
//! Pure: no file system, network, clock or thread; whatever must be looked up comes through [`protocol::Facts`].
//!
//! ```
//! use taffrail_guardrails::{Knowledge, shell_effects};
//! # use protocol::{AbsPath, Facts, facts::{Base, Blind}};
//! # let base = Base {
//! #     cwd: AbsPath::normal(b"/home/ana/app"),
//! #     home: Some(AbsPath::normal(b"/home/ana")),
//! #     workspace: vec![AbsPath::normal(b"/home/ana/app")],
//! #     user: None,
//! #     temporary: Vec::new(),
//! #     own_files: Vec::new(),
//! #     case_sensitive: true,
//! # };
//! let knowledge = Knowledge::builtin();
//! let analysis = shell_effects(b"rm -rf ~", Facts { base: &base, look: &Blind }, &knowledge);
//! assert!(analysis.effects.iter().any(|effect| effect.action.name() == "delete"));
//! ```

mod cmd;
pub mod content;
mod knowledge;
mod paths;
mod powershell;
mod readers;
pub mod shell;
mod tools;
mod value;
mod walker;
mod windows;

pub use knowledge::{Knowledge, TableError};
use protocol::{Effect, Facts, ToolCall};
use walker::Walker;

/// What a call would do.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// In the order in which they would happen.
    pub effects: Vec<Effect>,
}

/// The effects of a tool call. An event without a tool has none.
pub fn effects(call: &ToolCall, facts: Facts<'_>, knowledge: &Knowledge) -> Analysis {
    let Some(tool) = &call.tool else { return Analysis::default() };
    let mut walker = Walker::new(facts, knowledge);
    tools::tool(&mut walker, tool);
    Analysis { effects: walker.effects }
}

/// The effects of a shell command.
pub fn shell_effects(command: &[u8], facts: Facts<'_>, knowledge: &Knowledge) -> Analysis {
    let mut walker = Walker::new(facts, knowledge);
    shell_text(&mut walker, command);
    Analysis { effects: walker.effects }
}

/// The command itself: its spans are those of the input.
fn shell_text(walker: &mut Walker<'_>, command: &[u8]) {
    let script = shell::parse::parse(command);
    walker.script(&script, &value::Flow::Inherit);
    for text in std::mem::take(&mut walker.at_exit) {
        walker.at_its_end(&text);
    }
    walker.uncalled_functions();
}

#[cfg(test)]
mod tests;
