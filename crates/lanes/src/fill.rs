//! The ways to ask 64 bytes at once.

use crate::{BLOCK, Set};
use std::sync::atomic::{AtomicU8, Ordering};

#[cfg(target_arch = "aarch64")]
mod neon;
mod table;
#[cfg(target_arch = "x86_64")]
mod x86;

/// What the processor can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// A table, byte by byte: anywhere.
    Table,
    /// 16 bytes at once, on x86-64 since 2006.
    Ssse3,
    /// 32 bytes at once, on x86-64 since 2013.
    Avx2,
    /// 16 bytes at once, on every 64-bit ARM.
    Neon,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Table, Self::Ssse3, Self::Avx2, Self::Neon];

    /// The best that this processor has; looked up once.
    #[inline]
    pub fn detected() -> Self {
        static KNOWN: AtomicU8 = AtomicU8::new(u8::MAX);
        match KNOWN.load(Ordering::Relaxed) {
            0 => Self::Table,
            1 => Self::Ssse3,
            2 => Self::Avx2,
            3 => Self::Neon,
            _ => {
                let level = Self::detect();
                KNOWN.store(level as u8, Ordering::Relaxed);
                level
            }
        }
    }

    fn detect() -> Self {
        [Self::Neon, Self::Avx2, Self::Ssse3].into_iter().find(|level| level.is_here()).unwrap_or(Self::Table)
    }

    /// Does this processor have it?
    pub fn is_here(self) -> bool {
        match self {
            Self::Table => true,
            #[cfg(target_arch = "x86_64")]
            Self::Ssse3 => std::arch::is_x86_feature_detected!("ssse3"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => std::arch::is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            _ => false,
        }
    }

    /// Itself, or the table where the processor does not have it.
    pub(crate) fn or_less(self) -> Self {
        if self.is_here() { self } else { Self::Table }
    }
}

/// Fills `masks` with a bit for each byte of `text`; `level` is one that is there.
#[expect(unsafe_code, reason = "code for a processor's own instructions is called where it was found to have them")]
pub(crate) fn fill(level: Level, set: &Set, text: &[u8], masks: &mut [u64]) {
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let whole = blocks.len().min(masks.len());
    let (of_blocks, behind) = masks.split_at_mut(whole);
    let blocks = blocks.get(..whole).unwrap_or_default();
    match level {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the level comes from `detected` or `or_less`, which found that the processor has AVX2.
        Level::Avx2 => unsafe { x86::avx2(set, blocks, of_blocks) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the level comes from `detected` or `or_less`, which found that the processor has SSSE3.
        Level::Ssse3 => unsafe { x86::ssse3(set, blocks, of_blocks) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the level comes from `detected` or `or_less`, which found that the processor has NEON.
        Level::Neon => unsafe { neon::neon(set, blocks, of_blocks) },
        _ => table::table(set, blocks, of_blocks),
    }
    let Some((last, behind)) = behind.split_first_mut() else { return };
    // The bytes behind the last whole block: few, and none of them stands beyond the text.
    *last = table::bits(set, rest);
    behind.fill(0);
}
