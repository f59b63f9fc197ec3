//! Tests across crates.
//!
//! `source` looks at the source itself and needs the tool chain; a module named `real_agents` runs real agents and is
//! left out of `cargo xtask test --quick`, as `real_browser` is; a module named `second_user` needs root and is left out of the part that runs
//! as an ordinary user, as `source` is.

#![expect(clippy::unwrap_used, reason = "what fails in a helper fails its test")]

mod bad_input;
mod collector;
mod console;
mod doctor;
mod failure_table;
mod harness;
mod install;
mod log;
mod policy;
mod real_agents;
mod rest;
mod source;
mod support;
mod watcher;
mod without_daemon;
