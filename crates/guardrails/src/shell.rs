//! The shell: bash, zsh and POSIX sh, read by one tolerant parser.

pub mod ast;
pub mod parse;
