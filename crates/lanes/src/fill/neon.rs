//! 64-bit ARM: `tbl` looks sixteen bytes up in a table of sixteen.

use crate::{BLOCK, Set};
use std::arch::aarch64::{
    uint8x16_t, vandq_u8, vdupq_n_u8, vgetq_lane_u64, vld1q_u8, vpaddq_u8, vqtbl1q_u8, vreinterpretq_u64_u8,
    vshrq_n_u8, vtstq_u8,
};

#[target_feature(enable = "neon")]
#[expect(unsafe_code, reason = "loads need a pointer")]
fn load16(bytes: &[u8; 16]) -> uint8x16_t {
    // SAFETY: the pointer is to sixteen bytes that may be read, and the load asks for no alignment.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

/// The place of each byte among eight, as a bit.
const PLACES: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

#[target_feature(enable = "neon")]
pub(super) fn neon(set: &Set, blocks: &[[u8; BLOCK]], masks: &mut [u64]) {
    let (low, high, places) = (load16(&set.low), load16(&set.high), load16(&PLACES));
    let half = vdupq_n_u8(15);
    for (block, mask) in blocks.iter().zip(masks) {
        let (parts, _) = block.as_chunks::<16>();
        let member = |part: &[u8; 16]| {
            let bytes = load16(part);
            let by_low = vqtbl1q_u8(low, vandq_u8(bytes, half));
            let by_high = vqtbl1q_u8(high, vshrq_n_u8::<4>(bytes));
            vandq_u8(vtstq_u8(by_low, by_high), places)
        };
        let [first, second, third, fourth] = parts else { continue };
        // Neighbours are added three times: eight bytes with a bit each become one.
        let one = vpaddq_u8(member(first), member(second));
        let two = vpaddq_u8(member(third), member(fourth));
        let four = vpaddq_u8(one, two);
        *mask = vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(four, four)));
    }
}
