//! Classes of bytes, and the alphabets that token forms are made of.

use lanes::Set;

/// A set of bytes: a union of the classes below.
pub(super) type Alphabet = u16;

const A_F: Alphabet = 1;
const G_Z: Alphabet = 1 << 1;
const A_F_UPPER: Alphabet = 1 << 2;
const G_Z_UPPER: Alphabet = 1 << 3;
const DIGIT_2_7: Alphabet = 1 << 4;
const DIGIT_REST: Alphabet = 1 << 5;
pub(super) const DASH: Alphabet = 1 << 6;
pub(super) const UNDERSCORE: Alphabet = 1 << 7;
pub(super) const DOT: Alphabet = 1 << 8;
const PLUS_SLASH: Alphabet = 1 << 9;
pub(super) const EQUALS: Alphabet = 1 << 10;
pub(super) const COLON: Alphabet = 1 << 11;
const TILDE: Alphabet = 1 << 12;
pub(super) const PERCENT: Alphabet = 1 << 13;
pub(super) const DOLLAR: Alphabet = 1 << 14;

pub(super) const DIGITS: Alphabet = DIGIT_2_7 | DIGIT_REST;
pub(super) const LOWER: Alphabet = A_F | G_Z;
pub(super) const UPPER: Alphabet = A_F_UPPER | G_Z_UPPER;
pub(super) const HEX: Alphabet = A_F | DIGITS;
pub(super) const HEX_ANY: Alphabet = HEX | A_F_UPPER;
pub(super) const BASE32: Alphabet = UPPER | DIGIT_2_7;
pub(super) const LOWER_DIGITS: Alphabet = LOWER | DIGITS;
pub(super) const UPPER_DIGITS: Alphabet = UPPER | DIGITS;
pub(super) const ALNUM: Alphabet = LOWER | UPPER | DIGITS;
/// The characters that runs are made of.
pub(super) const WORD: Alphabet = ALNUM | DASH | UNDERSCORE;
pub(super) const WORD_DOT: Alphabet = WORD | DOT;
pub(super) const BASE64: Alphabet = ALNUM | PLUS_SLASH | EQUALS;
/// Everything that a bearer token may have (RFC 6750).
pub(super) const BEARER: Alphabet = WORD | DOT | PLUS_SLASH | EQUALS | TILDE;

static CLASS: [Alphabet; 256] = {
    let mut table = [0; 256];
    let mut byte = 0usize;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256 by the loop")]
        let value = byte as u8;
        table[byte] = match value {
            b'a'..=b'f' => A_F,
            b'g'..=b'z' => G_Z,
            b'A'..=b'F' => A_F_UPPER,
            b'G'..=b'Z' => G_Z_UPPER,
            b'2'..=b'7' => DIGIT_2_7,
            b'0' | b'1' | b'8' | b'9' => DIGIT_REST,
            b'-' => DASH,
            b'_' => UNDERSCORE,
            b'.' => DOT,
            b'+' | b'/' => PLUS_SLASH,
            b'=' => EQUALS,
            b':' => COLON,
            b'~' => TILDE,
            b'%' => PERCENT,
            b'$' => DOLLAR,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// [`WORD`], [`BASE64`] and both, to be looked for 64 bytes at once.
pub(super) static WORDS: Set = Set::new(&[LOWERS, UPPERS, FIGURES, (b'-', b'-'), (b'_', b'_')]);
pub(super) static BASE64S: Set = Set::new(&[LOWERS, UPPERS, FIGURES, (b'+', b'+'), (b'/', b'/'), (b'=', b'=')]);
pub(super) static ENCODED: Set =
    Set::new(&[LOWERS, UPPERS, FIGURES, (b'-', b'-'), (b'_', b'_'), (b'+', b'+'), (b'/', b'/'), (b'=', b'=')]);
/// Digits.
pub(super) static NUMBERS: Set = Set::new(&[FIGURES]);
const LOWERS: (u8, u8) = (b'a', b'z');
const UPPERS: (u8, u8) = (b'A', b'Z');
const FIGURES: (u8, u8) = (b'0', b'9');

pub(super) fn is(byte: u8, alphabet: Alphabet) -> bool {
    CLASS[usize::from(byte)] & alphabet != 0
}

/// The end of the longest stretch from `from` that has only bytes of `alphabet`.
pub(super) fn end_of(text: &[u8], from: usize, alphabet: Alphabet) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().position(|b| !is(*b, alphabet)).unwrap_or(rest.len())
}

/// Does `needle`, which is in lower case, occur in `text` in any case?
pub(super) fn contains_any_case(text: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return true };
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), text)
        .any(|at| text.get(at..at + needle.len()).is_some_and(|window| window.eq_ignore_ascii_case(needle)))
}
