//! From masks to places: members, and runs of them.

use crate::{BLOCK, Set};
use std::iter::FusedIterator;

/// So many blocks are asked about together.
const AHEAD: usize = 16;

/// The masks of a text, a few blocks at a time.
#[derive(Clone, Debug)]
struct Masks<'a> {
    set: &'a Set,
    text: &'a [u8],
    /// The first block that `known` holds.
    first: usize,
    known: [u64; AHEAD],
}

impl<'a> Masks<'a> {
    fn new(set: &'a Set, text: &'a [u8]) -> Self {
        let mut masks = Self { set, text, first: 0, known: [0; AHEAD] };
        masks.read(0);
        masks
    }

    fn read(&mut self, block: usize) {
        self.first = block;
        self.set.masks(self.text.get(block * BLOCK..).unwrap_or_default(), &mut self.known);
    }

    /// The mask of one block; 0 behind the text.
    #[inline]
    fn of(&mut self, block: usize) -> u64 {
        if let Some(mask) = block.checked_sub(self.first).and_then(|at| self.known.get(at)) {
            return *mask;
        }
        self.read(block);
        self.known[0]
    }

    fn blocks(&self) -> usize {
        self.text.len().div_ceil(BLOCK)
    }
}

fn lowest(mask: u64) -> usize {
    mask.trailing_zeros() as usize
}

/// Places of members, in order; see [`Set::positions`] and [`Set::starts`].
#[derive(Clone, Debug)]
pub struct Positions<'a> {
    masks: Masks<'a>,
    starts: bool,
    block: usize,
    blocks: usize,
    /// What is left of the current block.
    left: u64,
    /// Was the last byte of the block before a member?
    carry: u64,
}

impl<'a> Positions<'a> {
    pub(crate) fn new(set: &'a Set, text: &'a [u8], starts: bool) -> Self {
        let masks = Masks::new(set, text);
        let blocks = masks.blocks();
        let mut positions = Self { masks, starts, block: 0, blocks, left: 0, carry: 0 };
        positions.left = positions.load(0);
        positions
    }

    #[inline]
    fn load(&mut self, block: usize) -> u64 {
        let mask = self.masks.of(block);
        if !self.starts {
            return mask;
        }
        let starts = mask & !(mask << 1 | self.carry);
        self.carry = mask >> 63;
        starts
    }

    /// Passes over what lies before `from`.
    #[inline]
    pub fn skip_to(&mut self, from: usize) {
        let block = from / BLOCK;
        while self.block < block && self.block < self.blocks {
            self.block += 1;
            self.left = self.load(self.block);
        }
        if self.block == block {
            self.left &= u64::MAX << (from % BLOCK);
        }
    }
}

impl Iterator for Positions<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.left == 0 {
            if self.block + 1 >= self.blocks {
                return None;
            }
            self.block += 1;
            self.left = self.load(self.block);
        }
        let at = self.block * BLOCK + lowest(self.left);
        self.left &= self.left - 1;
        Some(at)
    }
}

impl FusedIterator for Positions<'_> {}

/// Where runs begin and end, in order; see [`Set::runs`].
#[derive(Clone, Debug)]
pub struct Runs<'a> {
    masks: Masks<'a>,
    least: usize,
    block: usize,
    blocks: usize,
    /// The masks of the current block and of the next one; members that were seen are taken out.
    here: u64,
    next: u64,
}

impl<'a> Runs<'a> {
    pub(crate) fn new(set: &'a Set, text: &'a [u8], least: usize) -> Self {
        assert!((1..=BLOCK).contains(&least), "a run is looked for in two blocks");
        let mut masks = Masks::new(set, text);
        let blocks = masks.blocks();
        let (here, next) = (masks.of(0), masks.of(1));
        Self { masks, least, block: 0, blocks, here, next }
    }

    /// A bit for each byte of the block with which so many members begin.
    #[inline]
    fn long(&self) -> u64 {
        // Most blocks of most texts have no member among their last bytes, or none at all.
        let mut both = u128::from(self.here) | u128::from(self.next) << 64;
        let mut have = 1;
        while have < self.least {
            let step = have.min(self.least - have);
            both &= both >> step;
            have += step;
        }
        u64::try_from(both & u128::from(u64::MAX)).unwrap_or_default()
    }

    #[inline]
    fn go_to(&mut self, block: usize) {
        if block == self.block + 1 {
            self.here = self.next;
        } else {
            self.here = self.masks.of(block);
        }
        self.block = block;
        self.next = self.masks.of(block + 1);
    }

    /// Goes on behind `from`, as if no byte stood before it.
    pub fn skip_to(&mut self, from: usize) {
        let block = from / BLOCK;
        if block > self.block {
            self.go_to(block);
        }
        if block == self.block {
            self.here &= u64::MAX << (from % BLOCK);
        }
    }
}

impl Iterator for Runs<'_> {
    type Item = (usize, usize);

    #[inline]
    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            if self.block >= self.blocks {
                return None;
            }
            let long = if self.here == 0 { 0 } else { self.long() };
            if long == 0 {
                self.go_to(self.block + 1);
                continue;
            }
            let first = lowest(long);
            let start = self.block * BLOCK + first;
            // The end: the first byte behind it that is no member.
            let rest = !(self.here >> first);
            let length = lowest(rest);
            if first + length < BLOCK {
                let end = start + length;
                self.here &= u64::MAX << (first + length);
                return Some((start, end));
            }
            let mut block = self.block + 1;
            let mut mask = self.next;
            while mask == u64::MAX {
                block += 1;
                mask = self.masks.of(block);
            }
            let length = lowest(!mask);
            self.go_to(block);
            self.here &= u64::MAX << length;
            return Some((start, block * BLOCK + length));
        }
    }
}

impl FusedIterator for Runs<'_> {}
