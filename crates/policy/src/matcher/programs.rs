//! Which programs a rule about `run` can speak of at all.
//!
//! Most rules name the programs that they mean. A call runs one of them rarely, so a rule whose names leave it out is
//! passed over without a look at the rest of what it asks.

use super::{Test, TextField};
use crate::glob::Glob;

/// A set of names: it may hold more than was put in, and never less.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Programs {
    /// One bit for each hash of a whole name.
    names: [u64; 4],
    /// One bit for each byte that a name begins with, where the rest of it is open.
    beginnings: [u64; 4],
}

impl Programs {
    /// The programs without which `test` says no. `None`: it may say something else of any.
    pub(crate) fn of(test: &Test) -> Option<Self> {
        match test {
            Test::Text(TextField::Program, test) => Self::named(&test.globs),
            Test::All(tests) => tests.iter().find_map(Self::of),
            Test::Any(tests) => {
                let each = tests.iter().map(Self::of).collect::<Option<Vec<_>>>()?;
                (!each.is_empty()).then(|| each.into_iter().fold(Self::default(), Self::join))
            }
            _ => None,
        }
    }

    fn named(globs: &[Glob]) -> Option<Self> {
        let mut all = Self::default();
        for glob in globs {
            let (beginning, whole) = glob.beginning()?;
            if whole {
                set(&mut all.names, hash(last_component(beginning)));
            } else if beginning.contains(&b'/') {
                return None;
            } else {
                set(&mut all.beginnings, *beginning.first()?);
            }
        }
        Some(all)
    }

    fn join(self, other: Self) -> Self {
        let both = |a: [u64; 4], b: [u64; 4]| std::array::from_fn(|at| a[at] | b[at]);
        Self { names: both(self.names, other.names), beginnings: both(self.beginnings, other.beginnings) }
    }

    /// May the program be one of them?
    pub(crate) fn may_hold(&self, program: Program) -> bool {
        has(&self.names, program.hash) || program.first.iter().any(|first| has(&self.beginnings, *first))
    }
}

/// What is asked of a program's name or path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    hash: u8,
    /// Of its last component, and of the path: a glob may speak of either.
    first: [u8; 2],
}

impl Program {
    pub(crate) fn new(path: &[u8]) -> Self {
        let last = last_component(path);
        let first = |bytes: &[u8]| bytes.first().copied().unwrap_or_default();
        Self { hash: hash(last), first: [first(last), first(path)] }
    }
}

fn last_component(path: &[u8]) -> &[u8] {
    path.rsplit(|b| *b == b'/').next().unwrap_or(path)
}

fn hash(name: &[u8]) -> u8 {
    let hash = name.iter().fold(0u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    (hash ^ hash >> 15).to_le_bytes()[1]
}

fn set(bits: &mut [u64; 4], bit: u8) {
    bits[usize::from(bit >> 6)] |= 1 << (bit & 63);
}

fn has(bits: &[u64; 4], bit: u8) -> bool {
    bits[usize::from(bit >> 6)] >> (bit & 63) & 1 == 1
}
