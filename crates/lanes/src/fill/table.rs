//! Byte by byte, for processors without such instructions, and for a text's last bytes.

use crate::{BLOCK, Set};

pub(super) fn table(set: &Set, blocks: &[[u8; BLOCK]], masks: &mut [u64]) {
    for (block, mask) in blocks.iter().zip(masks) {
        *mask = bits(set, block);
    }
}

/// One bit for each of at most 64 bytes.
pub(super) fn bits(set: &Set, bytes: &[u8]) -> u64 {
    // Eight at a time: each group's answer does not wait for the one before.
    bytes.chunks(8).take(8).enumerate().fold(0, |mask, (group, bytes)| {
        let own = bytes.iter().enumerate().fold(0, |own, (at, byte)| own | set.members[usize::from(*byte)] << at);
        mask | u64::from(own) << (8 * group)
    })
}
