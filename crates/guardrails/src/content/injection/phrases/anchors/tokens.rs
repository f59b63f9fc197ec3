//! The words of a text as numbers, a few hundred at a time.

use super::super::{LEXICON, may_begin};
use super::gate::{Gate, Word};
use crate::content::injection::words::URL;
use std::ops::Range;

/// So many words are kept.
const KEPT_WORDS: usize = 512;
/// So many of them are looked at together with those on both sides, at least.
const NEAR: usize = 32;

/// A word of the text.
#[derive(Clone, Copy)]
pub(super) struct Token {
    pub(super) start: usize,
    /// Its number in the vocabulary; 0 for words of no phrase.
    pub(super) number: u16,
    /// Its first letter, in lower case.
    pub(super) first: u8,
    flags: u8,
}

/// A sentence or paragraph ends before it, or something takes a reader.
const PARTED: u8 = 1;
const UNCLEAR_BEFORE: u8 = 1 << 1;
/// It takes a reader to say what word it is.
const UNCLEAR: u8 = 1 << 2;
/// It may be the rarest word of a phrase, by its number or as one that may go on.
const RARE: u8 = 1 << 3;
const OPEN: u8 = 1 << 4;
/// Something is written here so that a filter would not read it.
const DISGUISE: u8 = 1 << 5;

impl Token {
    fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub(super) fn is_disguise(self) -> bool {
        self.has(DISGUISE)
    }

    pub(super) fn may_be_rare(self) -> bool {
        self.has(RARE | OPEN)
    }

    pub(super) fn may_go_on(self) -> bool {
        self.has(OPEN)
    }
}

/// What stands beside a word.
pub(super) enum Neighbour {
    Word(Token),
    /// Nothing that belongs to the same phrase.
    End,
    /// It takes a reader to say.
    Unknown,
}

/// The last words of the text so far.
pub(super) struct Tokens<'a> {
    text: &'a [u8],
    gate: &'static Gate,
    words: Vec<Token>,
    /// The first that was not looked at.
    next: usize,
    /// Where the last word ends, and whether it is plain letters up to there.
    end: usize,
    /// The number of an address.
    url: u16,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a [u8], gate: &'static Gate) -> Self {
        let url = LEXICON.vocabulary.number(URL);
        Self { text, gate, words: Vec::with_capacity(KEPT_WORDS), next: 0, end: 0, url }
    }

    /// Takes note of something that a filter should not read.
    pub(super) fn disguise(&mut self, at: usize) {
        self.words.push(Token { start: at, number: 0, first: 0, flags: DISGUISE | UNCLEAR | UNCLEAR_BEFORE });
    }

    /// Adds the word at `start`; gives how far it reaches where that is beyond its letters.
    #[inline]
    pub(super) fn add(&mut self, start: usize, length: usize) -> usize {
        let text = self.text;
        let mut flags = self.between(start);
        let low = Word::low(text, start, length);
        let mut number = 0;
        let mut end = start + length;
        let (known, open) = (self.gate.knows(low), self.gate.may_go_on(low));
        if known | open {
            if known {
                let word = Word::of(text, start, length);
                number = self.gate.number(&word);
                if !LEXICON.anchored(number).is_empty() {
                    flags |= RARE;
                }
            }
            if open {
                flags |= OPEN;
            }
        }
        let mut reach = 0;
        match text.get(end).copied() {
            Some(b':') if text.get(end + 1) == Some(&b'/') => {
                (number, flags, reach) = self.address(start, length, number, flags);
                end = end.max(reach);
            }
            Some(b'.') if low == WWW => {
                (number, flags, reach) = self.address(start, length, number, flags);
                end = end.max(reach);
            }
            // An address of mail, or the letters go on.
            Some(b'@') if text.get(end + 1).is_some_and(u8::is_ascii_alphanumeric) => {
                (number, flags) = (self.url, flags | UNCLEAR | RARE);
            }
            Some(b'\'') if text.get(end + 1).is_some_and(u8::is_ascii_alphabetic) => flags |= UNCLEAR,
            Some(0x80..) => {
                flags |= UNCLEAR | if self.gate.may_begin(low) { DISGUISE } else { 0 };
            }
            _ => {}
        }
        if Word::has_digit(low, length) && Word::of(text, start, length).is_leet() {
            let disguise = may_begin(text.get(start..).unwrap_or_default());
            flags |= UNCLEAR | if disguise { DISGUISE } else { 0 };
        }
        self.end = end;
        self.words.push(Token { start, number, first: low.to_le_bytes()[0], flags });
        reach
    }

    /// What phrases have for an address; how far it reaches, where that can be told without reading what is in it.
    #[cold]
    fn address(&self, start: usize, length: usize, number: u16, flags: u8) -> (u16, u8, usize) {
        match address_end(self.text, start, length) {
            Address::No => (number, flags, 0),
            Address::Unclear => (self.url, flags | UNCLEAR | RARE, 0),
            Address::To(end) => (self.url, flags & !OPEN | RARE, end),
        }
    }

    /// What parts the word at `start` from the one before.
    #[inline]
    fn between(&self, start: usize) -> u8 {
        let from = self.end;
        if from == 0 {
            return PARTED;
        }
        match self.text.get(from..start) {
            // Nearly all words are parted by one byte, or by one and a space.
            Some(&[only]) => ONE[usize::from(only)].unwrap_or_else(|| parts(self.text, from, &[only])),
            Some(&[first, b' ']) if PLAIN[usize::from(first)] => 0,
            Some(&[b'.' | b'?', b' ' | b'\n']) => PARTED,
            Some(between) => parts(self.text, from, between),
            None => UNCLEAR_BEFORE,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.words.len() >= KEPT_WORDS - 4
    }

    /// The tokens that have enough others behind them.
    pub(super) fn known(&self) -> Range<usize> {
        self.next..self.words.len() - NEAR
    }

    /// The tokens that were not looked at, at the text's end.
    pub(super) fn rest(&self) -> Range<usize> {
        self.next..self.words.len()
    }

    /// Forgets what was looked at, but for what stands before the rest.
    pub(super) fn forget(&mut self) {
        let keep = 2 * NEAR;
        let gone = self.words.len() - keep;
        self.words.copy_within(gone.., 0);
        self.words.truncate(keep);
        self.next = NEAR;
    }

    pub(super) fn at(&self, at: usize) -> Token {
        self.words[at]
    }

    /// The word behind the one at `at`.
    #[inline]
    pub(super) fn behind(&self, at: usize) -> Neighbour {
        match self.words.get(at + 1) {
            _ if self.words[at].has(UNCLEAR) => Neighbour::Unknown,
            None => Neighbour::End,
            Some(token) if token.has(UNCLEAR_BEFORE) => Neighbour::Unknown,
            Some(token) if token.has(PARTED) => Neighbour::End,
            Some(token) if token.has(UNCLEAR) => Neighbour::Unknown,
            Some(token) => Neighbour::Word(*token),
        }
    }

    /// The word before the one at `at`.
    #[inline]
    pub(super) fn before(&self, at: usize) -> Neighbour {
        let own = self.words[at];
        if own.has(UNCLEAR_BEFORE) {
            return Neighbour::Unknown;
        }
        if own.has(PARTED) {
            return Neighbour::End;
        }
        match at.checked_sub(1).map(|before| self.words[before]) {
            None => Neighbour::End,
            Some(token) if token.has(UNCLEAR) => Neighbour::Unknown,
            Some(token) => Neighbour::Word(token),
        }
    }
}

/// Bytes that part words and say no more, wherever they stand.
static PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0usize;
    while byte < 128 {
        let own = byte.to_le_bytes()[0];
        table[byte] = !matches!(own, b'\n' | b'\\' | b'.' | b'!' | b'?' | b'(' | b'&' | b'%' | b'\'' | b'@');
        byte += 1;
    }
    table
};

/// What a byte says that stands alone between two words, where that is known.
static ONE: [Option<u8>; 256] = {
    let mut table = [None; 256];
    let mut byte = 0usize;
    while byte < 128 {
        table[byte] = match byte.to_le_bytes()[0] {
            b'(' => Some(PARTED),
            // A reader joins what stands so, or takes it for an address.
            b'\'' | b'@' => Some(UNCLEAR_BEFORE | UNCLEAR),
            b'\n' | b'.' | b'?' | b'!' => Some(0),
            _ if PLAIN[byte] => Some(0),
            _ => None,
        };
        byte += 1;
    }
    table
};

/// What stands between two words: does it part phrases, or take a reader?
fn parts(text: &[u8], from: usize, between: &[u8]) -> u8 {
    let (mut ends, mut stops, mut calls) = (0, false, false);
    let mut at = 0;
    while let Some(byte) = between.get(at) {
        if PLAIN[usize::from(*byte)] {
            at += 1;
            continue;
        }
        match byte {
            b'\n' => ends += 1,
            b'\\' => match between.get(at + 1) {
                Some(b'n' | b'r') => (ends, at) = (ends + 1, at + 1),
                Some(b't') => at += 1,
                Some(b'u') => return UNCLEAR_BEFORE,
                _ => {}
            },
            b'.' | b'!' | b'?' => {
                calls |= *byte == b'!';
                let next = text.get(from + at + 1).copied().unwrap_or(b' ');
                stops |= next.is_ascii_whitespace()
                    || matches!(next, b'"' | b'\'' | b')' | b'<' | b'\\' | b'*' | b'`' | b'-');
            }
            b'(' => stops |= at == 0,
            b'&' => {
                let rest = text.get(from + at + 1..text.len().min(from + at + 12)).unwrap_or_default();
                if memchr::memchr(b';', rest).is_some() {
                    return UNCLEAR_BEFORE;
                }
            }
            b'%' => {
                let hex = text.get(from + at + 1..from + at + 3);
                if hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) {
                    return UNCLEAR_BEFORE;
                }
            }
            0x80.. => return UNCLEAR_BEFORE,
            _ => {}
        }
        at += 1;
    }
    if (stops || ends > 1) && !calls { PARTED } else { 0 }
}

/// `www`, as the beginning of an address.
const WWW: u64 = 0x77_7777;

/// An address is read so far.
const ADDRESS: usize = 1024;

/// Does a word begin an address?
enum Address {
    No,
    /// One of which something is escaped.
    Unclear,
    /// One that goes so far.
    To(usize),
}

fn address_end(text: &[u8], start: usize, length: usize) -> Address {
    if let Some([b':', b'/', b'/', ..]) = text.get(start + length..) {
        let schemes = [&b"https"[..], b"http", b"ftp", b"hxxps", b"hxxp", b"wss", b"ws"];
        let scheme = text.get(start..start + length).unwrap_or_default();
        if !schemes.iter().any(|one| scheme.eq_ignore_ascii_case(one)) {
            return Address::No;
        }
    } else if length != 3 {
        return Address::No;
    }
    let rest = text.get(start..text.len().min(start + ADDRESS)).unwrap_or_default();
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'<' | b'>' | b')' | b'`' | b'\\' | b'|');
    let end = rest.iter().position(|b| ends(b) || matches!(b, b'%' | b'+' | 0x80..)).unwrap_or(rest.len());
    if rest.get(end).is_some_and(ends) { Address::To(start + end) } else { Address::Unclear }
}
