//! x86-64: sixteen look-ups in a table of sixteen bytes are one instruction, `pshufb`.

use crate::{BLOCK, Set};
use std::arch::x86_64::{
    __m128i, __m256i, _mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8,
    _mm_setzero_si128, _mm_shuffle_epi8, _mm_srli_epi16, _mm256_and_si256, _mm256_broadcastsi128_si256,
    _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_srli_epi16,
};

#[target_feature(enable = "ssse3")]
#[expect(unsafe_code, reason = "loads need a pointer")]
fn load16(bytes: &[u8; 16]) -> __m128i {
    // SAFETY: the pointer is to sixteen bytes that may be read, and the load asks for no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[expect(unsafe_code, reason = "loads need a pointer")]
fn load32(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: the pointer is to thirty-two bytes that may be read, and the load asks for no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
pub(super) fn avx2(set: &Set, blocks: &[[u8; BLOCK]], masks: &mut [u64]) {
    let low = _mm256_broadcastsi128_si256(load16(&set.low));
    let high = _mm256_broadcastsi128_si256(load16(&set.high));
    let half = _mm256_set1_epi8(15);
    for (block, mask) in blocks.iter().zip(masks) {
        let mut bits = 0u64;
        let (parts, _) = block.as_chunks::<32>();
        for (at, part) in parts.iter().enumerate() {
            let bytes = load32(part);
            let by_low = _mm256_shuffle_epi8(low, _mm256_and_si256(bytes, half));
            let by_high = _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half));
            let none = _mm256_cmpeq_epi8(_mm256_and_si256(by_low, by_high), _mm256_setzero_si256());
            bits |= u64::from(!_mm256_movemask_epi8(none).cast_unsigned()) << (32 * at);
        }
        *mask = bits;
    }
}

#[target_feature(enable = "ssse3")]
pub(super) fn ssse3(set: &Set, blocks: &[[u8; BLOCK]], masks: &mut [u64]) {
    let (low, high) = (load16(&set.low), load16(&set.high));
    let half = _mm_set1_epi8(15);
    for (block, mask) in blocks.iter().zip(masks) {
        let mut bits = 0u64;
        let (parts, _) = block.as_chunks::<16>();
        for (at, part) in parts.iter().enumerate() {
            let bytes = load16(part);
            let by_low = _mm_shuffle_epi8(low, _mm_and_si128(bytes, half));
            let by_high = _mm_shuffle_epi8(high, _mm_and_si128(_mm_srli_epi16::<4>(bytes), half));
            let none = _mm_cmpeq_epi8(_mm_and_si128(by_low, by_high), _mm_setzero_si128());
            let own = !_mm_movemask_epi8(none).cast_unsigned() & 0xffff;
            bits |= u64::from(own) << (16 * at);
        }
        *mask = bits;
    }
}
