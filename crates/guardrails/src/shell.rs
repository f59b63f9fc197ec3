//! The shell: bash, zsh and POSIX sh, read by one tolerant parser.

pub mod ast;
pub(crate) mod eval;
pub mod parse;
pub(crate) mod state;
