//! What a call would do, and what its content holds.
//!
//! Pure: no file system, network, clock or thread; whatever must be looked up comes through [`protocol::Facts`].

pub mod content;
pub mod shell;
