//! Cursor: the editor, `cursor-agent`, and programs made with its SDK.
//!
//! By its documentation of autumn 2026 and the executor of `@cursor/sdk` 1.0.32, which was run to see what it makes of an
//! answer. Every answer is one JSON object with exit 0: nothing at all counts as a failed hook, and where the entry says
//! `failClosed` as a deny; what does not parse is a deny of its own; with exit 2 standard output is shown as it is.
//!
//! **No opinion is `{}`.** An object without `permission` leaves Cursor's own prompt where it is, and so does
//! `"permission": "allow"` in that executor; but of several hooks the strictest wins, so only the absent word says
//! nothing in every version. We never say allow.
//!
//! **One event judges a call.** A shell command is seen by `preToolUse` and then by `beforeShellExecution`; only the
//! second can ask, and sees what other hooks made of the command. An MCP call names its server in `beforeMCPExecution`
//! alone. `beforeReadFile` has a file's path and what the model is about to read of it. So `preToolUse` is registered for
//! the other tools, by its matcher.
//!
//! **Whom an answer reaches.** `user_message` of a stop is shown to the person and given to the model; `agent_message` goes
//! to the model, where Cursor's service runs the tool. Of an ask, `user_message` stands in the prompt. Nothing else that
//! an answer can hold is shown to a person, so an allow carries no words.

mod decode;
mod encode;
mod events;
mod fallback;
mod install;
mod tools;
mod void;
mod watched;

pub(crate) use decode::decode;
pub(crate) use encode::{encode, mask_output};
pub(crate) use events::{EVENTS, ability, reaches_person};
pub(crate) use fallback::fallback_rows;
pub(crate) use install::{CONFIG_FILES, OTHER_TOOLS, hook_entry, settings};
pub(crate) use void::void;
pub(crate) use watched::WATCHED;

#[cfg(test)]
mod checker;
#[cfg(test)]
mod tests;
