//! The journal against a model of it in memory, with reopening in between.

use crate::setup::{Time, assert_whole, blocked, call, draft, keys, rows};
use proptest::prelude::*;
use std::collections::BTreeMap;
use taffrail_journal::{Journal, What};

#[derive(Clone, Debug)]
enum Step {
    Append { number: u8, content: Option<Vec<u8>>, wait: bool },
    ByCall(u8),
    ByCode(u8),
    Since,
    Sync,
    Close,
    Drop,
}

/// Number, envelope, content.
type Entry = (u8, Vec<u8>, Option<Vec<u8>>);

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (any::<u8>(), proptest::option::of(proptest::collection::vec(any::<u8>(), 0..5000)), proptest::bool::weighted(0.1))
            .prop_map(|(number, content, wait)| Step::Append { number, content, wait }),
        2 => any::<u8>().prop_map(Step::ByCall),
        2 => any::<u8>().prop_map(Step::ByCode),
        1 => Just(Step::Since),
        1 => Just(Step::Sync),
        1 => Just(Step::Close),
        1 => Just(Step::Drop),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_journal_says_what_a_map_in_memory_says(steps in proptest::collection::vec(step(), 1..60)) {
        let dir = tempfile::tempdir().unwrap();
        let open = || Journal::open(dir.path(), keys(), Time::new().options()).unwrap();
        let mut journal = open().journal;
        // By seq. The journal's own records have seqs between them.
        let mut model: BTreeMap<u64, Entry> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Append { number, content, wait } => {
                    let envelope = if number % 5 == 0 { blocked(number.into()) } else { call(number.into()) };
                    let mut draft = draft(&envelope, None);
                    draft.content.clone_from(&content);
                    let bytes = draft.envelope.clone();
                    let receipt = journal.append(draft, wait).unwrap();
                    prop_assert_eq!(receipt.synced, wait);
                    prop_assert!(model.last_key_value().is_none_or(|(last, _)| *last < receipt.seq));
                    model.insert(receipt.seq, (number, bytes, content));
                }
                Step::ByCall(number) => {
                    let found = journal.by_call("session", &format!("call-{number}")).unwrap();
                    let expected = model.iter().find(|(_, (n, ..))| *n == number);
                    prop_assert_eq!(found.as_ref().map(|f| f.seq), expected.map(|(seq, _)| *seq));
                    prop_assert_eq!(found.and_then(|f| f.content), expected.and_then(|(_, (.., c))| c.clone()));
                }
                Step::ByCode(number) => {
                    let code = call(number.into()).decision.unwrap().code;
                    let found = journal.by_code(code).unwrap();
                    let expected = model.iter().rev().find(|(_, (n, ..))| call((*n).into()).decision.unwrap().code == code);
                    prop_assert_eq!(found.map(|f| f.seq), expected.map(|(seq, _)| *seq));
                }
                Step::Since => {
                    let mut seen = Vec::new();
                    journal.records_since(1, &mut |record| seen.push(record.seq)).unwrap();
                    prop_assert_eq!(seen, (1..=journal.last().1).collect::<Vec<_>>());
                }
                Step::Sync => prop_assert!(journal.sync()),
                Step::Close | Step::Drop => {
                    if matches!(step, Step::Close) {
                        journal.close();
                    }
                    let last = journal.last();
                    drop(journal);
                    let opened = open();
                    let What::Existing { seq } = opened.what else { panic!("{:?}", opened.what) };
                    prop_assert!(seq >= last.1);
                    journal = opened.journal;
                }
            }
        }
        let rows = rows(&journal);
        assert_whole(&rows);
        for (seq, (_, envelope, content)) in model {
            let stored = &rows[usize::try_from(seq).unwrap() - 1].stored;
            prop_assert_eq!(stored.envelope.as_ref(), Some(&envelope));
            prop_assert_eq!(&stored.content, &content);
        }
    }
}
