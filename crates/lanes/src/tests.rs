//! Each way gives what a loop over the bytes gives.

use super::{BLOCK, Level, Set};
use proptest::prelude::*;

static WORD: Set = Set::new(&[(b'a', b'z'), (b'A', b'Z'), (b'0', b'9'), (b'_', b'_'), (b'-', b'-')]);
static DIGITS: Set = Set::new(&[(b'0', b'9')]);
static WIDE: Set = Set::new(&[(0x80, 0xff)]);
static MARKS: Set = Set::new(&[(b'@', b'@'), (b'=', b'='), (b':', b':'), (0x1b, 0x1b), (0xe2, 0xe2), (0, 0)]);
static ALL: Set = Set::new(&[(0, 0xff)]);
static NONE: Set = Set::new(&[]);

fn sets() -> [&'static Set; 6] {
    [&WORD, &DIGITS, &WIDE, &MARKS, &ALL, &NONE]
}

/// Bytes of which many are members: any, or letters with few others between them.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let mostly = prop_oneof![8 => b'a'..=b'z', 2 => b'0'..=b'9', 1 => any::<u8>()];
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..400),
        proptest::collection::vec(mostly, 0..400),
        (0usize..300, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]),
    ]
}

fn runs_one_by_one(set: &Set, text: &[u8], least: usize) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let length = text[at..].iter().take_while(|byte| set.has(**byte)).count();
        if length >= least {
            runs.push((at, at + length));
        }
        at += length.max(1);
    }
    runs
}

#[test]
fn a_set_holds_the_bytes_of_its_ranges_and_no_others() {
    for byte in 0..=u8::MAX {
        assert_eq!(WORD.has(byte), byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        assert_eq!(WIDE.has(byte), byte >= 0x80);
        assert!(ALL.has(byte) && !NONE.has(byte));
    }
}

#[test]
fn this_processor_has_the_level_that_was_detected() {
    assert!(Level::detected().is_here());
    assert!(Level::Table.is_here());
    let better = Level::ALL.into_iter().any(|level| level != Level::Table && level.is_here());
    assert_eq!(better, Level::detected() != Level::Table);
}

proptest! {
    #[test]
    fn every_level_gives_the_same_masks(text in texts(), extra in 0usize..3) {
        for set in sets() {
            let blocks = (text.len() / BLOCK + extra).max(1);
            let mut expected = vec![0u64; blocks];
            for (at, byte) in text.iter().enumerate().take(blocks * BLOCK) {
                expected[at / BLOCK] |= u64::from(set.has(*byte)) << (at % BLOCK);
            }
            for level in Level::ALL {
                let mut masks = vec![u64::MAX; blocks];
                set.masks_at(level, &text, &mut masks);
                prop_assert_eq!(&masks, &expected, "{:?}", level);
            }
            if let Some(block) = text.first_chunk() {
                prop_assert_eq!(set.mask(block), expected[0]);
            }
        }
    }

    #[test]
    fn positions_and_starts_are_those_of_a_loop(text in texts()) {
        for set in sets() {
            let members: Vec<usize> = (0..text.len()).filter(|at| set.has(text[*at])).collect();
            prop_assert_eq!(set.positions(&text).collect::<Vec<_>>(), members.clone());
            let starts: Vec<usize> = members.into_iter().filter(|at| *at == 0 || !set.has(text[*at - 1])).collect();
            prop_assert_eq!(set.starts(&text).collect::<Vec<_>>(), starts);
        }
    }

    #[test]
    fn runs_are_those_of_a_loop(text in texts(), least in 1usize..=BLOCK) {
        for set in sets() {
            prop_assert_eq!(set.runs(&text, least).collect::<Vec<_>>(), runs_one_by_one(set, &text, least));
        }
    }

    #[test]
    fn what_is_skipped_is_as_if_it_were_not_there(text in texts(), least in 1usize..=BLOCK, from in 0usize..400) {
        let from = from.min(text.len());
        for set in sets() {
            let mut runs = set.runs(&text, least);
            runs.skip_to(from);
            let behind: Vec<_> = runs.map(|(start, end)| (start - from, end - from)).collect();
            prop_assert_eq!(behind, runs_one_by_one(set, &text[from..], least));
            let mut positions = set.positions(&text);
            positions.skip_to(from);
            let members: Vec<usize> = (from..text.len()).filter(|at| set.has(text[*at])).collect();
            prop_assert_eq!(positions.collect::<Vec<_>>(), members);
        }
    }
}
