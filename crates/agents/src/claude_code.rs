//! Claude Code.
//!
//! Measured on 2.1.330. A stop is JSON with exit 0: exit 2 stops as well, but shows the model our whole command line.
//! No opinion is an empty standard output with exit 0. `{}` has the same effect at every event that we register; empty
//! is the shorter way to say nothing and leaves no mark in the transcript.
//!
//! Of a stop the screen shows two things, in this order: `PreToolUse:Bash says: ` with our `systemMessage`, its line ends
//! kept, and `Error: PreToolUse:Bash hook error: ` with the reason, wrapped by the agent. The model reads the second
//! alone. An ask is shown in the agent's own dialog, after `Hook PreToolUse:Bash requires confirmation for this command:`
//! and with the command above it. Asynchronous hooks were all run, each before the next call of the same conversation and before `SessionEnd`,
//! but the agent promises neither. A call that the agent itself refuses has no after event.

mod decode;
mod encode;
mod events;
mod fallback;
mod install;
mod switches;
mod tools;
mod watched;

pub(crate) use decode::decode;
pub(crate) use encode::{encode, mask_output};
pub(crate) use events::{EVENTS, ability, reaches_person};
pub(crate) use fallback::fallback_rows;
pub(crate) use install::{CONFIG_FILES, hook_entry, settings};
pub(crate) use switches::unheard;
pub(crate) use watched::WATCHED;

#[cfg(test)]
mod tests;
