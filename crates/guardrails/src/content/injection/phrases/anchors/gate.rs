//! Words by their first bytes, and which of them phrases have.

use super::super::{Alternative, TABLE};

/// A word of ASCII letters and digits: its first bytes in lower case.
#[derive(Clone, Copy)]
pub(super) struct Word {
    low: u64,
    high: u64,
    pub(super) length: usize,
}

/// The bytes of a word that are kept; most are shorter.
pub(super) const KEPT: usize = 16;

/// Letters in lower case; digits are what they are.
const LOWER: u64 = 0x2020_2020_2020_2020;
/// The bit that letters have and digits do not.
const LETTER: u64 = 0x4040_4040_4040_4040;

/// How many letters and digits stand from `start` on.
pub(super) fn length_of(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len())
}

/// The first eight bytes, and zeros where there are fewer.
#[cold]
fn padded(rest: &[u8]) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
    bytes
}

impl Word {
    #[inline]
    pub(super) fn at(text: &[u8], start: usize) -> Self {
        Self::of(text, start, length_of(text, start))
    }

    /// The first eight bytes of a word of this length, in lower case.
    #[inline]
    pub(super) fn low(text: &[u8], start: usize, length: usize) -> u64 {
        let rest = text.get(start..).unwrap_or_default();
        let first = match rest.first_chunk::<8>() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => u64::from_le_bytes(padded(rest)),
        };
        let shift = 64 - 8 * length.min(8);
        if shift == 64 { 0 } else { (first | LOWER) << shift >> shift }
    }

    #[inline]
    pub(super) fn of(text: &[u8], start: usize, length: usize) -> Self {
        let low = Self::low(text, start, length);
        let high = if length > 8 { Self::low(text, start + 8, length - 8) } else { 0 };
        Self { low, high, length }
    }

    pub(super) fn bytes(&self) -> [u8; KEPT] {
        (u128::from(self.low) | u128::from(self.high) << 64).to_le_bytes()
    }

    #[inline]
    pub(super) fn has_digit(low: u64, length: usize) -> bool {
        let shift = 64 - 8 * length.clamp(1, 8);
        (!low & LETTER) << shift != 0
    }

    /// May digits in it stand for letters?
    #[cold]
    pub(super) fn is_leet(&self) -> bool {
        let bytes = self.bytes();
        let lower = bytes.get(..self.length.min(KEPT)).unwrap_or_default();
        lower.iter().position(u8::is_ascii_digit).is_some_and(|first| {
            lower.iter().skip(first).any(u8::is_ascii_alphabetic)
                && !lower.iter().any(|b| matches!(b, b'2' | b'6' | b'8' | b'9'))
        })
    }
}

/// Refuses nearly all words that no phrase has, by their first bytes, and knows the numbers of the others.
pub(in crate::content::injection::phrases) struct Gate {
    /// One bit for each hash of a word's first eight bytes.
    whole: Vec<u64>,
    /// One bit for each hash of the first three bytes of a word that may go on and is a phrase's rarest.
    open: [u64; TABLE / 64],
    /// The same for all words that are a phrase's rarest.
    begins: [u64; TABLE / 64],
    /// The vocabulary's words of at most [`KEPT`] bytes, by a hash of them: bytes and number. Each slot is followed by
    /// those that found theirs taken; one is always free.
    numbers: Vec<(u64, u64, u16)>,
}

const BITS: usize = 1 << 16;
const SLOTS: usize = 1 << 13;

impl Gate {
    pub(in crate::content::injection::phrases) fn new() -> Self {
        Self {
            whole: vec![0; BITS / 64],
            open: [0; TABLE / 64],
            begins: [0; TABLE / 64],
            numbers: vec![(0, 0, 0); SLOTS],
        }
    }

    /// Takes note of a word that some phrase is known by.
    pub(in crate::content::injection::phrases) fn mark(&mut self, word: Alternative) {
        let length = word.text.len().min(3);
        let slot = Self::first(Word::low(word.text, 0, length));
        self.begins[slot >> 6] |= 1 << (slot & 63);
    }

    /// Takes note of a beginning of words around which a text is looked at.
    pub(in crate::content::injection::phrases) fn open(&mut self, word: Alternative) {
        let slot = Self::first(Word::low(word.text, 0, word.text.len().min(3)));
        self.open[slot >> 6] |= 1 << (slot & 63);
    }

    /// Takes note of every word that has a number.
    pub(in crate::content::injection::phrases) fn learn(&mut self, words: impl Iterator<Item = (&'static [u8], u16)>) {
        for (text, number) in words {
            let word = Word::at(text, 0);
            // What is no plain word is never asked for.
            if word.length != text.len() || word.length > KEPT {
                continue;
            }
            let bit = Self::slot(word.low);
            self.whole[bit >> 6] |= 1 << (bit & 63);
            let mut slot = Self::home(&word);
            while self.numbers[slot].2 != 0 {
                slot = (slot + 1) & (SLOTS - 1);
            }
            self.numbers[slot] = (word.low, word.high, number);
        }
    }

    #[inline]
    fn slot(key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize & (BITS - 1)
    }

    fn home(word: &Word) -> usize {
        let key = word.low ^ word.high.rotate_left(23);
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 51) as usize & (SLOTS - 1)
    }

    /// The number of a word; 0 where it has none.
    pub(super) fn number(&self, word: &Word) -> u16 {
        if word.length > KEPT {
            return 0;
        }
        let mut slot = Self::home(word);
        loop {
            let (low, high, number) = self.numbers[slot];
            if number == 0 || (low == word.low && high == word.high) {
                return number;
            }
            slot = (slot + 1) & (SLOTS - 1);
        }
    }

    /// A slot for the first three bytes of a word.
    #[inline]
    fn first(low: u64) -> usize {
        ((low & 0xff_ffff).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52) as usize & (TABLE - 1)
    }

    #[inline]
    pub(super) fn may_go_on(&self, low: u64) -> bool {
        let first = Self::first(low);
        self.open[first >> 6] >> (first & 63) & 1 == 1
    }

    /// May a word that goes on in letters outside of ASCII be a phrase's rarest?
    #[cold]
    pub(super) fn may_begin(&self, low: u64) -> bool {
        let first = Self::first(low);
        self.begins[first >> 6] >> (first & 63) & 1 == 1
    }

    #[inline]
    pub(super) fn knows(&self, low: u64) -> bool {
        let slot = Self::slot(low);
        self.whole[slot >> 6] >> (slot & 63) & 1 == 1
    }
}
