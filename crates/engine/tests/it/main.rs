//! The line from a call to its verdict, with the built-in rules and nothing looked up.

#![expect(clippy::expect_used, reason = "what fails in a helper fails its test")]

mod corpus;
mod examples;
mod held_out;
mod judge;
mod shapes;
mod stored;
mod without_memory;
mod wordings;
