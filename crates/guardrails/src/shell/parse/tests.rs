//! What the parser makes of each construct, and what holds for every input.

mod constructs;
mod corpus;
mod hostile;
mod show;
