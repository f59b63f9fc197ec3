//! Sets of bytes, in the form that the processor's table look-ups take.

use crate::fill::{self, Level};
use crate::runs::{Positions, Runs};
use crate::{BLOCK, runs};

/// A set of bytes.
///
/// The sixteen rows of the table of bytes, by their upper half, have at most eight patterns between them: each pattern
/// is a bit, `low` says by a byte's lower half in which patterns it is, `high` by the upper half which pattern counts.
#[derive(Clone, Debug)]
pub struct Set {
    pub(crate) low: [u8; 16],
    pub(crate) high: [u8; 16],
    /// 1 for each member.
    pub(crate) members: [u8; 256],
}

impl Set {
    /// The bytes of these ranges, both ends included.
    ///
    /// # Panics
    ///
    /// Where the set has more than eight different rows: a set is made when the program is built, and says so then.
    pub const fn new(ranges: &[(u8, u8)]) -> Self {
        let mut members = [0u8; 256];
        let mut rows = [0u16; 16];
        let mut at = 0;
        while at < ranges.len() {
            let (first, last) = ranges[at];
            let mut byte = first as usize;
            while byte <= last as usize {
                members[byte] = 1;
                rows[byte >> 4] |= 1 << (byte & 15);
                byte += 1;
            }
            at += 1;
        }
        let (mut low, mut high) = ([0u8; 16], [0u8; 16]);
        let mut patterns = [0u16; 8];
        let mut known = 0;
        let mut row = 0;
        while row < 16 {
            if rows[row] != 0 {
                let mut pattern = 0;
                while pattern < known && patterns[pattern] != rows[row] {
                    pattern += 1;
                }
                assert!(pattern < 8, "a set has at most eight different rows");
                if pattern == known {
                    patterns[known] = rows[row];
                    known += 1;
                    let mut column = 0;
                    while column < 16 {
                        if rows[row] >> column & 1 == 1 {
                            low[column] |= 1 << pattern;
                        }
                        column += 1;
                    }
                }
                high[row] = 1 << pattern;
            }
            row += 1;
        }
        Self { low, high, members }
    }

    /// Is this byte a member?
    pub const fn has(&self, byte: u8) -> bool {
        self.members[byte as usize] == 1
    }

    /// Which of 64 bytes are members: the lowest bit stands for the first.
    pub fn mask(&self, block: &[u8; BLOCK]) -> u64 {
        let mut mask = [0];
        fill::fill(Level::detected(), self, block, &mut mask);
        mask[0]
    }

    /// Which bytes of `text` are members, 64 to a number, as far as `masks` goes; bits beyond the text's end are 0.
    pub fn masks(&self, text: &[u8], masks: &mut [u64]) {
        fill::fill(Level::detected(), self, text, masks);
    }

    /// The same in a way that the caller chooses: for tests and measurements.
    ///
    /// A level that this processor does not have is taken for the table's.
    pub fn masks_at(&self, level: Level, text: &[u8], masks: &mut [u64]) {
        fill::fill(level.or_less(), self, text, masks);
    }

    /// Where the members stand in `text`.
    pub fn positions<'a>(&'a self, text: &'a [u8]) -> Positions<'a> {
        runs::Positions::new(self, text, false)
    }

    /// Where members stand that none precedes: the first of each run.
    pub fn starts<'a>(&'a self, text: &'a [u8]) -> Positions<'a> {
        runs::Positions::new(self, text, true)
    }

    /// Where runs of at least `least` members begin and end.
    ///
    /// # Panics
    ///
    /// Where `least` is 0 or above 64.
    pub fn runs<'a>(&'a self, text: &'a [u8], least: usize) -> Runs<'a> {
        runs::Runs::new(self, text, least)
    }
}
