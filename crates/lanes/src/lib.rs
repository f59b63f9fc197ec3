//! Many bytes at once: which of them are in a [`Set`], where runs of them begin and end.
//!
//! A set of bytes is asked of 64 bytes in one step; the answer is a number with one bit for each. What reads the text
//! then goes from set bit to set bit, and bytes that are not looked for cost next to nothing.
//!
//! The processor decides how: AVX2 or SSSE3 where it has them, NEON on ARM, and a table elsewhere. All give the same
//! answer, which the tests compare on random bytes. This crate knows bytes and nothing of what they mean.
//!
//! ```
//! use taffrail_lanes::Set;
//! static DIGITS: Set = Set::new(&[(b'0', b'9')]);
//! assert_eq!(DIGITS.runs(b"a1 b22 c333", 2).collect::<Vec<_>>(), [(4, 6), (8, 11)]);
//! ```

mod fill;
mod runs;
mod set;

#[cfg(test)]
mod tests;

pub use fill::Level;
pub use runs::{Positions, Runs};
pub use set::Set;

/// So many bytes are asked about in one step, one bit of the answer for each.
pub const BLOCK: usize = 64;
