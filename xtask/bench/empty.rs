//! The least that a program can cost: nothing, built with the hook's flags.
fn main() {}
