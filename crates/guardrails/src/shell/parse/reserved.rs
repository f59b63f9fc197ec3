//! Reserved words, and which of them open constructs wait for.

use super::Parser;
use super::bytes::{self, META};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reserved {
    If,
    Then,
    Elif,
    Else,
    Fi,
    While,
    Until,
    For,
    Select,
    Foreach,
    End,
    Repeat,
    Case,
    Esac,
    In,
    Do,
    Done,
    Function,
    Coproc,
    Time,
    Not,
    OpenBrace,
    CloseBrace,
    Test,
}

/// A set of terminators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stops(u16);

impl Stops {
    pub(super) const NONE: Self = Self(0);
    pub(super) const PAREN: Self = Self(1);
    pub(super) const BRACE: Self = Self(2);
    pub(super) const THEN: Self = Self(4);
    pub(super) const ELSE: Self = Self(8);
    pub(super) const FI: Self = Self(16);
    pub(super) const DO: Self = Self(32);
    pub(super) const DONE: Self = Self(64);
    pub(super) const ESAC: Self = Self(128);
    pub(super) const ARM: Self = Self(256);
    pub(super) const END: Self = Self(512);

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Reserved {
    /// The terminator that this word is, if it is one.
    pub(super) fn closes(self) -> Option<Stops> {
        Some(match self {
            Self::Then => Stops::THEN,
            Self::Elif | Self::Else => Stops::ELSE,
            Self::Fi => Stops::FI,
            Self::Do => Stops::DO,
            Self::Done => Stops::DONE,
            Self::Esac => Stops::ESAC,
            Self::CloseBrace => Stops::BRACE,
            Self::End => Stops::END,
            _ => return None,
        })
    }

    /// Begins a compound command.
    pub(super) fn opens(self) -> bool {
        matches!(
            self,
            Self::If
                | Self::While
                | Self::Until
                | Self::For
                | Self::Select
                | Self::Case
                | Self::Function
                | Self::Coproc
                | Self::OpenBrace
                | Self::Test
        )
    }
}

const LONGEST: usize = 8;

impl Parser<'_, '_> {
    /// The reserved word at the cursor and where it ends; the cursor stays. Quoted bytes make it an ordinary word.
    pub(super) fn reserved(&mut self) -> Option<(Reserved, usize)> {
        let first = *self.src.get(self.pos)?;
        if self.pos >= self.end || !(first.is_ascii_lowercase() || matches!(first, b'!' | b'{' | b'}' | b'[' | b'\\')) {
            return None;
        }
        let mut text = [0_u8; LONGEST];
        let mut length = 0;
        let mut at = self.pos;
        while at < self.end {
            let byte = self.src[at];
            if byte == b'\\' && at + 1 < self.end && self.src[at + 1] == b'\n' {
                at += 2;
                self.limits.steps += 2;
                continue;
            }
            if bytes::is(byte, META) || (byte == b'\r' && (at + 1 >= self.end || self.src[at + 1] == b'\n')) {
                break;
            }
            if length == LONGEST || !(byte.is_ascii_lowercase() || matches!(byte, b'!' | b'{' | b'}' | b'[')) {
                return None;
            }
            text[length] = byte;
            length += 1;
            at += 1;
        }
        self.limits.steps += length as u64;
        let word = match &text[..length] {
            b"if" => Reserved::If,
            b"then" => Reserved::Then,
            b"elif" => Reserved::Elif,
            b"else" => Reserved::Else,
            b"fi" => Reserved::Fi,
            b"while" => Reserved::While,
            b"until" => Reserved::Until,
            b"for" => Reserved::For,
            b"select" => Reserved::Select,
            b"foreach" => Reserved::Foreach,
            b"end" => Reserved::End,
            b"repeat" => Reserved::Repeat,
            b"case" => Reserved::Case,
            b"esac" => Reserved::Esac,
            b"in" => Reserved::In,
            b"do" => Reserved::Do,
            b"done" => Reserved::Done,
            b"function" => Reserved::Function,
            b"coproc" => Reserved::Coproc,
            b"time" => Reserved::Time,
            b"!" => Reserved::Not,
            b"{" => Reserved::OpenBrace,
            b"}" => Reserved::CloseBrace,
            b"[[" => Reserved::Test,
            _ => return None,
        };
        Some((word, at))
    }

    /// Steps over the reserved word if it is next.
    pub(super) fn take_reserved(&mut self, wanted: Reserved) -> bool {
        match self.reserved() {
            Some((word, after)) if word == wanted => {
                self.pos = after;
                true
            }
            _ => false,
        }
    }
}
