//! Claude Code.
//!
//! Measured on 2.1.330. A stop is JSON with exit 0: exit 2 stops as well, but shows the model our whole command line.
//! No opinion is an empty standard output with exit 0. `{}` has the same effect at every event that we register; empty
//! is the shorter way to say nothing and leaves no mark in the transcript.

mod decode;
mod encode;
mod events;
mod fallback;
mod install;
mod tools;

pub(crate) use decode::decode;
pub(crate) use encode::{encode, mask_output};
pub(crate) use events::{EVENTS, ability};
pub(crate) use fallback::fallback_rows;
pub(crate) use install::{CONFIG_FILES, hook_entry, settings};

#[cfg(test)]
mod tests;
