//! Which bytes a text has: most globs say no by a byte that a text does not have, and a text meets many of them.

/// A set of bytes, in 64 classes that leave out the bit which tells a small letter from its capital.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByteSet(u64);

impl ByteSet {
    pub fn of(text: &[u8]) -> Self {
        text.iter().fold(Self::default(), |set, byte| set.with(*byte))
    }

    #[must_use]
    pub fn with(self, byte: u8) -> Self {
        Self(self.0 | 1 << ((byte & 0x1f) | (byte & 0x40) >> 1))
    }

    /// Can a text with these bytes hold all of `needed`? `false` is certain.
    pub fn may_hold(self, needed: Self) -> bool {
        needed.0 & !self.0 == 0
    }
}
