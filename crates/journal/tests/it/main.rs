//! The journal from outside: its public API alone, on real files.

#![expect(clippy::unwrap_used, reason = "tests and what they share")]

mod basics;
mod compat;
mod crash;
mod damage;
mod evict;
mod full;
mod intake;
mod model;
mod recover;
mod setup;
mod verify;
