//! A journal that is full: what goes, what stays, and what the records say of it.

use crate::setup::{Time, assert_whole, blocked, call, detail, draft, keys, noise, rows};
use protocol::record::{Audit, Detail, Envelope};
use protocol::verdict::Action;
use std::collections::BTreeSet;
use taffrail_journal::{Checked, Journal, Options};

const BOUND: u64 = 2 << 20;

fn small(time: &Time) -> Options {
    let mut options = time.options();
    options.max_bytes = BOUND;
    options
}

fn by(mut envelope: Envelope, uid: u32, session: &str) -> Envelope {
    if let Audit::Present(trigger) = &mut envelope.trigger {
        trigger.uid = uid;
    }
    if let Audit::Present(correlation) = &mut envelope.correlation {
        session.clone_into(&mut correlation.session);
    }
    envelope
}

/// The rows that a record names.
fn named(detail: &Detail) -> Option<(bool, BTreeSet<u64>)> {
    let (content, first, last, count, rows) = match detail {
        Detail::ContentRemoved { first, last, count, rows, .. } => (true, *first, *last, *count, rows),
        Detail::Evicted { first, last, count, rows, .. } => (false, *first, *last, *count, rows),
        _ => return None,
    };
    let set: BTreeSet<u64> = if rows.is_empty() {
        (first..=last).collect()
    } else {
        rows.split(',')
            .flat_map(|range| {
                let (from, to) = range.split_once('-').unwrap_or((range, range));
                from.parse::<u64>().unwrap()..=to.parse().unwrap()
            })
            .collect()
    };
    assert_eq!((set.first(), set.last(), set.len() as u64), (Some(&first), Some(&last), count));
    Some((content, set))
}

/// Every row without a part is named by exactly one record, and nothing else is.
fn assert_accounted(rows: &[Checked], with_content: &BTreeSet<u64>) {
    let (mut content, mut envelopes) = (BTreeSet::new(), BTreeSet::new());
    for (is_content, set) in rows.iter().filter_map(detail).filter_map(|detail| named(&detail)) {
        for row in set {
            assert!(if is_content { &mut content } else { &mut envelopes }.insert(row), "row {row} is named twice");
        }
    }
    for row in rows {
        let seq = row.stored.seq;
        assert_eq!(row.stored.envelope.is_none(), envelopes.contains(&seq), "envelope of row {seq}");
        let gone = with_content.contains(&seq) && row.stored.content.is_none();
        assert_eq!(gone, content.contains(&seq), "content of row {seq}");
    }
}

#[test]
fn a_flood_takes_the_room_of_its_own_session_and_leaves_other_users_and_its_first_block_alone() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path(), keys(), small(&Time::new())).unwrap().journal;
    let mut with_content = BTreeSet::new();
    let mut append = |envelope: &Envelope, text: &str| {
        let seq = journal.append(draft(envelope, Some(text)), false).unwrap().seq;
        with_content.insert(seq);
        // The log may exceed its part of the bound for a moment, by what eviction itself writes.
        assert!(journal.status().bytes <= BOUND + BOUND / 16, "{} bytes", journal.status().bytes);
        seq
    };
    let other: Vec<u64> =
        (0..20).map(|number| append(&by(call(number), 2000, "other-user"), &noise(number, 500))).collect();
    let first_block = append(&by(blocked(50), 1000, "flood"), "first");
    for number in 100..4000 {
        append(&by(call(number), 1000, "flood"), &noise(number, 1500));
    }
    for number in 4000..8000 {
        append(&by(blocked(number), 1000, "flood"), &noise(number, 1500));
    }
    let rows = rows(&journal);
    assert_whole(&rows);
    assert_accounted(&rows, &with_content);
    let row = |seq: u64| &rows[usize::try_from(seq).unwrap() - 1].stored;
    for seq in other {
        assert!(row(seq).envelope.is_some() && row(seq).content.is_some(), "another user's row {seq}");
    }
    assert!(row(first_block).envelope.is_some(), "the first block");
    let evicted = rows.iter().filter(|row| row.stored.envelope.is_none()).count();
    assert!(evicted > 1000, "only {evicted} envelopes went");
    assert_eq!(journal.status().lost, 0);
}

#[test]
fn content_goes_before_envelopes_and_routine_before_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path(), keys(), small(&Time::new())).unwrap().journal;
    let mut with_content = BTreeSet::new();
    for number in 0..1200 {
        let envelope = if number % 10 == 0 { blocked(number) } else { call(number) };
        let envelope = by(envelope, 1000, &format!("s{}", number % 30));
        with_content.insert(journal.append(draft(&envelope, Some(&noise(number, 2000))), false).unwrap().seq);
    }
    let rows = rows(&journal);
    assert_whole(&rows);
    assert_accounted(&rows, &with_content);
    assert!(rows.iter().all(|row| row.stored.envelope.is_some()), "an envelope went while there was content");
    let of = |kept: bool, there: bool| -> Vec<u64> {
        rows.iter()
            .filter(|row| with_content.contains(&row.stored.seq) && row.stored.content.is_some() == there)
            .filter(|row| {
                let decision = row.stored.record().unwrap().unwrap().envelope.decision.unwrap();
                (decision.raw.action == Action::Block) == kept
            })
            .map(|row| row.stored.seq)
            .collect()
    };
    assert_eq!(of(true, false), [0; 0], "content of blocked calls went before that of routine ones");
    let (gone, left) = (of(false, false), of(false, true));
    assert!(gone.len() > 300, "{} contents went", gone.len());
    assert!(gone.last() < left.first(), "the oldest first");
}

#[test]
fn a_bound_that_is_reached_with_nothing_left_to_evict_refuses_and_counts() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = small(&Time::new());
    options.max_bytes = 512 << 10;
    let journal = Journal::open(dir.path(), keys(), options).unwrap().journal;
    let huge = noise(1, 700 << 10);
    assert!(journal.append(draft(&call(1), Some(&huge)), false).is_err());
    assert_eq!(journal.status().lost, 1);
    journal.append(draft(&call(2), None), false).unwrap();
    assert_eq!(journal.status().lost, 0);
    let rows = rows(&journal);
    assert_whole(&rows);
    let lost: Vec<_> = rows.iter().filter_map(detail).filter(|d| matches!(d, Detail::Lost { count: 1, .. })).collect();
    assert_eq!(lost.len(), 1);
}
