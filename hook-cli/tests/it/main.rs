//! The real `taffrail` against a strict daemon of this test: every frame is checked.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod commands;
mod exchange;
mod fallback;
mod harness;
mod hostile;
mod program;
mod second_user;
