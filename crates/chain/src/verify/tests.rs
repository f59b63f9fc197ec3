use super::*;
use crate::report::{State, Stretch};
use crate::{DeviceKey, part_digest};
use proptest::prelude::*;
use serde_json::json;
use std::convert::Infallible;

const CHAIN: ChainId = ChainId([0x11; 16]);

fn key() -> DeviceKey {
    DeviceKey::from_seed(&[0x42; 32])
}

/// Writes a chain as the journal does.
struct Writer {
    chain: ChainId,
    key: DeviceKey,
    rows: Vec<Row>,
}

impl Writer {
    fn new(chain: ChainId, key: DeviceKey) -> Self {
        let device_key = key.public().to_hex();
        let mut writer = Self { chain, key, rows: Vec::new() };
        writer.detail(&json!({"what": "chain-started", "reason": "first", "device_key": device_key}));
        writer
    }

    fn append(&mut self, envelope: Vec<u8>, content: Option<Vec<u8>>) {
        let (seq, previous) = self.rows.last().map_or((1, Digest::ZERO), |row| (row.seq + 1, row.hash));
        let envelope_digest = Digest::of(&envelope);
        let hash = Link { chain: self.chain, seq, previous, envelope: envelope_digest }.hash();
        self.rows.push(Row { seq, envelope: Some(envelope), envelope_digest, content, previous, hash });
    }

    fn detail(&mut self, detail: &serde_json::Value) {
        self.append(json!({"v": 1, "detail": detail}).to_string().into_bytes(), None);
    }

    /// A record with one content part.
    fn call(&mut self, text: &str) {
        let salt = format!("{:032x}", self.rows.len());
        let digest = part_digest(&salt, text).unwrap().to_hex();
        let envelope = json!({"v": 1, "parts": [
            {"name": "input", "level": "redacted", "length": text.len(), "digest": digest},
            {"name": "prompt", "level": "metadata", "length": 3, "keyed": "00"},
        ]});
        let content = json!({"v": 1, "parts": [{"name": "input", "salt": salt, "text": text}]});
        self.append(envelope.to_string().into_bytes(), Some(content.to_string().into_bytes()));
    }

    fn checkpoint(&mut self) {
        let last = self.rows.last().unwrap();
        let checkpoint = self.key.checkpoint(self.chain, last.seq, last.hash);
        self.detail(&serde_json::to_value(checkpoint.detail()).unwrap());
    }

    fn removed(&mut self, what: &str, first: u64, last: u64, count: u64) {
        self.detail(&json!({"what": what, "first": first, "last": last, "count": count, "reason": "room"}));
    }
}

/// Start, calls 2 to 7, checkpoint 8, calls 9 and 10, checkpoint 11.
fn sound() -> Vec<Row> {
    let mut writer = Writer::new(CHAIN, key());
    (0..6).for_each(|n| writer.call(&format!("call {n}")));
    writer.checkpoint();
    (6..8).for_each(|n| writer.call(&format!("call {n}")));
    writer.checkpoint();
    writer.rows
}

fn tail_of(rows: &[Row]) -> Option<(u64, Digest)> {
    rows.last().map(|row| (row.seq, row.hash))
}

fn check(rows: &[Row], tail: Option<(u64, Digest)>) -> Report {
    let keys = [key().public()];
    let expect = Expect { chain: CHAIN, keys: &keys, after: None, tail, without_content: false };
    verify(rows.iter().cloned().map(Ok::<_, Infallible>), &expect).unwrap()
}

/// The first problem of rows that were tampered with, against the tail of the sound chain.
fn found(rows: &[Row]) -> Option<(u64, What)> {
    check(rows, tail_of(&sound())).first_problem.map(|problem| (problem.seq, problem.what))
}

fn replace(bytes: &mut Option<Vec<u8>>, from: &str, to: &str) {
    let text = String::from_utf8(bytes.take().unwrap()).unwrap();
    assert!(text.contains(from), "{text}");
    *bytes = Some(text.replacen(from, to, 1).into_bytes());
}

/// Makes all hashes from `from` on right again, as someone would who knows the format and has no key.
fn rehash(rows: &mut [Row], from: usize) {
    for at in from..rows.len() {
        let previous = if at == 0 { Digest::ZERO } else { rows[at - 1].hash };
        let row = &mut rows[at];
        row.previous = previous;
        if let Some(envelope) = &row.envelope {
            row.envelope_digest = Digest::of(envelope);
        }
        row.hash = Link { chain: CHAIN, seq: row.seq, previous, envelope: row.envelope_digest }.hash();
    }
}

#[test]
fn a_sound_chain_is_whole_and_signed_up_to_its_last_checkpoint() {
    let rows = sound();
    let report = check(&rows, tail_of(&rows));
    assert_eq!((report.rows, report.whole, report.problems), (11, 11, 0), "{report:?}");
    assert_eq!((report.signed, report.last), (Some(10), tail_of(&rows)));
    assert!(report.is_sound() && report.stretches.is_empty());
}

#[test]
fn tampering_1_one_byte_in_an_envelope() {
    let mut rows = sound();
    replace(&mut rows[3].envelope, "redacted", "redactad");
    assert_eq!(found(&rows), Some((4, What::EnvelopeDigest)));
}

#[test]
fn tampering_2_one_byte_in_a_content() {
    let mut rows = sound();
    replace(&mut rows[3].content, "call 2", "call 3");
    assert_eq!(found(&rows), Some((4, What::Content)));
}

#[test]
fn tampering_3_one_byte_in_a_hash_or_in_what_it_joins() {
    let mut rows = sound();
    rows[3].hash.0[9] ^= 1;
    assert_eq!(found(&rows), Some((4, What::Hash)));
    let mut rows = sound();
    rows[3].previous.0[9] ^= 1;
    assert_eq!(found(&rows), Some((4, What::Previous)));
    let mut rows = sound();
    rows[3].envelope_digest.0[9] ^= 1;
    assert_eq!(found(&rows), Some((4, What::Hash)));
}

#[test]
fn tampering_4_one_byte_in_a_checkpoint() {
    let mut rows = sound();
    let signature = key().checkpoint(CHAIN, rows[6].seq, rows[6].hash).signature;
    let mut other = signature.clone();
    other.replace_range(10..11, if signature.as_bytes()[10] == b'0' { "1" } else { "0" });
    replace(&mut rows[7].envelope, &signature, &other);
    assert_eq!(found(&rows), Some((8, What::EnvelopeDigest)));
    rehash(&mut rows, 7);
    assert_eq!(check(&rows, None).first_problem, Some(Problem { seq: 8, what: What::CheckpointSignature }));
}

#[test]
fn tampering_5_another_seq() {
    let mut rows = sound();
    rows[3].seq = 40;
    assert_eq!(found(&rows).map(|(_, what)| what), Some(What::Order));
    assert!(check(&rows, None).problems >= 3, "gap, hash and order");
}

#[test]
fn tampering_6_a_row_taken_out() {
    let mut rows = sound();
    rows.remove(3);
    assert_eq!(found(&rows), Some((5, What::Gap)));
    // Closing the gap needs new seqs and hashes, and those the checkpoint does not have.
    for (row, seq) in rows.iter_mut().zip(1..) {
        row.seq = seq;
    }
    rehash(&mut rows, 0);
    assert_eq!(check(&rows, None).first_problem, Some(Problem { seq: 7, what: What::CheckpointDisagrees }));
}

#[test]
fn tampering_7_two_rows_swapped() {
    let mut rows = sound();
    rows.swap(3, 4);
    assert_eq!(found(&rows), Some((4, What::Order)));
}

#[test]
fn tampering_8_a_row_put_in() {
    let mut rows = sound();
    let mut row = rows[3].clone();
    replace(&mut row.envelope, "redacted", "full");
    (row.seq, row.previous, row.envelope_digest) = (5, rows[3].hash, Digest::of(row.envelope.as_ref().unwrap()));
    row.hash = Link { chain: CHAIN, seq: 5, previous: row.previous, envelope: row.envelope_digest }.hash();
    rows.insert(4, row);
    assert_eq!(found(&rows), Some((5, What::Duplicate)));
}

#[test]
fn tampering_9_a_row_doubled() {
    let mut rows = sound();
    rows.insert(4, rows[3].clone());
    assert_eq!(found(&rows), Some((4, What::Duplicate)));
}

#[test]
fn tampering_10_another_devices_row() {
    let mut other = Writer::new(ChainId([0x22; 16]), DeviceKey::from_seed(&[0x43; 32]));
    (0..6).for_each(|n| other.call(&format!("call {n}")));
    let mut rows = sound();
    rows[3] = other.rows[3].clone();
    assert_eq!(found(&rows), Some((4, What::Previous)));
    // A whole chain that another key signed, under our id.
    let mut other = Writer::new(CHAIN, DeviceKey::from_seed(&[0x43; 32]));
    other.call("call 0");
    other.checkpoint();
    let report = check(&other.rows, None);
    assert_eq!(report.first_problem, Some(Problem { seq: 1, what: What::UnknownKey }));
    assert_eq!(report.signed, None);
}

#[test]
fn tampering_11_the_tail_cut() {
    let rows = sound();
    for kept in 1..rows.len() {
        let seq = u64::try_from(kept).unwrap() + 1;
        assert_eq!(found(&rows[..kept]), Some((seq, What::TailCut)));
    }
    assert_eq!(found(&[]), Some((1, What::Empty)));
}

#[test]
fn tampering_12_an_older_copy_written_on() {
    let whole = sound();
    let mut older = Writer { chain: CHAIN, key: key(), rows: whole[..8].to_vec() };
    (0..4).for_each(|n| older.call(&format!("another call {n}")));
    assert_eq!(found(&older.rows), Some((11, What::TailDisagrees)));
}

#[test]
fn a_rewritten_chain_does_not_agree_with_its_checkpoint() {
    let mut rows = sound();
    replace(&mut rows[3].envelope, "redacted", "none");
    rows[3].content = None;
    rehash(&mut rows, 3);
    let report = check(&rows, None);
    assert!(report.problems >= 2, "{report:?}");
    assert_eq!(report.signed, None);
}

#[test]
fn content_and_rows_that_a_later_record_accounts_for_are_no_problem() {
    let mut writer = Writer::new(CHAIN, key());
    (0..20).for_each(|n| writer.call(&format!("call {n}")));
    writer.removed("content-removed", 2, 9, 5);
    writer.removed("evicted", 12, 13, 2);
    writer.checkpoint();
    let mut rows = writer.rows;
    for seq in [2, 3, 4, 8, 9] {
        rows[seq - 1].content = None;
    }
    for seq in [12, 13] {
        (rows[seq - 1].content, rows[seq - 1].envelope) = (None, None);
    }
    let report = check(&rows, tail_of(&rows));
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.content_removed, report.evicted, report.whole), (5, 2, rows.len() as u64 - 7));
    assert_eq!(
        report.stretches,
        [
            Stretch { first: 2, last: 4, state: State::ContentRemoved { by: 22 } },
            Stretch { first: 8, last: 9, state: State::ContentRemoved { by: 22 } },
            Stretch { first: 12, last: 13, state: State::Evicted { by: 23 } },
        ]
    );
}

#[test]
fn one_row_more_than_a_record_accounts_for_is_tampering() {
    let mut writer = Writer::new(CHAIN, key());
    (0..20).for_each(|n| writer.call(&format!("call {n}")));
    writer.removed("content-removed", 2, 9, 2);
    let mut rows = writer.rows;
    for seq in [3, 5, 7] {
        rows[seq - 1].content = None;
    }
    let report = check(&rows, None);
    assert_eq!((report.content_removed, report.missing, report.problems), (2, 1, 1), "{report:?}");
    assert_eq!(report.first_problem.map(|p| p.what), Some(What::RemovedWithoutRecord));
}

#[test]
fn an_evicted_envelope_is_not_excused_by_a_record_of_removed_content() {
    let mut writer = Writer::new(CHAIN, key());
    (0..5).for_each(|n| writer.call(&format!("call {n}")));
    writer.removed("content-removed", 2, 6, 5);
    let mut rows = writer.rows;
    (rows[2].content, rows[2].envelope) = (None, None);
    assert_eq!(check(&rows, None).first_problem, Some(Problem { seq: 3, what: What::RemovedWithoutRecord }));
}

#[test]
fn overlapping_records_account_together() {
    let mut writer = Writer::new(CHAIN, key());
    (0..20).for_each(|n| writer.call(&format!("call {n}")));
    writer.removed("content-removed", 2, 20, 3);
    writer.removed("content-removed", 4, 6, 2);
    let mut rows = writer.rows;
    for seq in [5, 6, 10, 11, 20] {
        rows[seq - 1].content = None;
    }
    let report = check(&rows, None);
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.content_removed, 5);
}

#[test]
fn a_record_cannot_account_for_itself_or_for_later_rows() {
    for (first, last, count) in [(2, 4, 3), (3, 2, 1), (0, 1, 1), (1, 1, 2), (1, 2, 0)] {
        let mut writer = Writer::new(CHAIN, key());
        writer.call("call");
        writer.call("call");
        writer.removed("evicted", first, last, count);
        assert_eq!(check(&writer.rows, None).first_problem, Some(Problem { seq: 4, what: What::RemovalRange }));
    }
}

#[test]
fn the_start_must_be_a_start_and_only_that() {
    let rows = sound();
    let mut late = rows[1..].to_vec();
    assert_eq!(check(&late, None).first_problem, Some(Problem { seq: 2, what: What::NoStart }));
    for (row, seq) in late.iter_mut().zip(1..) {
        row.seq = seq;
    }
    rehash(&mut late, 0);
    assert_eq!(check(&late, None).first_problem, Some(Problem { seq: 1, what: What::NoStart }));
    let mut evicted = rows.clone();
    evicted[0].envelope = None;
    assert_eq!(check(&evicted, None).first_problem, Some(Problem { seq: 1, what: What::NoStart }));
    let mut twice = Writer { chain: CHAIN, key: key(), rows };
    let device_key = key().public().to_hex();
    twice.detail(&json!({"what": "chain-started", "reason": "first", "device_key": device_key}));
    assert_eq!(check(&twice.rows, None).first_problem, Some(Problem { seq: 12, what: What::SecondStart }));
}

#[test]
fn a_part_of_a_chain_is_verified_behind_a_known_row() {
    let rows = sound();
    let keys = [key().public()];
    let after = Some((rows[4].seq, rows[4].hash));
    let mut expect = Expect { chain: CHAIN, keys: &keys, after, tail: tail_of(&rows), without_content: false };
    let part = || rows[5..].iter().cloned().map(Ok::<_, Infallible>);
    let report = verify(part(), &expect).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.signed, Some(10));
    expect.after = Some((rows[4].seq, Digest::ZERO));
    assert_eq!(verify(part(), &expect).unwrap().first_problem.map(|p| p.what), Some(What::Previous));
    expect.after = after;
    let none = verify(std::iter::empty::<Result<Row, Infallible>>(), &expect).unwrap();
    assert_eq!((none.first_problem.map(|p| p.what), none.last), (Some(What::TailCut), None));
}

#[test]
fn a_copy_without_contents_is_whole_where_none_were_given() {
    let mut rows = sound();
    for row in &mut rows {
        row.content = None;
    }
    let keys = [key().public()];
    let expect = Expect { chain: CHAIN, keys: &keys, after: None, tail: None, without_content: true };
    assert!(verify(rows.into_iter().map(Ok::<_, Infallible>), &expect).unwrap().is_sound());
}

#[test]
fn an_error_of_the_rows_ends_the_pass() {
    let rows = sound().into_iter().map(Ok).chain([Err("disk")]);
    let expect = Expect { chain: CHAIN, keys: &[], after: None, tail: None, without_content: false };
    assert_eq!(verify(rows, &expect), Err("disk"));
}

#[test]
fn a_checkpoint_speaks_of_a_row_in_reach_and_before_it() {
    let mut writer = Writer::new(CHAIN, key());
    let old = writer.rows[0].clone();
    (0..=WINDOW).for_each(|_| writer.append(b"{}".to_vec(), None));
    let signed = writer.key.checkpoint(CHAIN, old.seq, old.hash);
    writer.detail(&serde_json::to_value(signed.detail()).unwrap());
    let seq = writer.rows.len() as u64;
    assert_eq!(check(&writer.rows, None).first_problem, Some(Problem { seq, what: What::CheckpointDisagrees }));
}

#[test]
fn any_number_of_scattered_removals_is_matched_in_bounded_steps() {
    let mut removals = Removals::default();
    for seq in (1..200_000).step_by(2) {
        assert!(removals.absent(seq, Absence::Content));
    }
    for n in 0..1_000 {
        removals.record(Removal { by: 300_000 + n, first: 1, last: 199_999 - n, count: 100, what: Absence::Content });
    }
    let outcome = removals.resolve();
    assert_eq!((outcome.content_removed, outcome.missing), (100_000, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_appended_verifies(texts in proptest::collection::vec(".{0,40}", 0..30), every in 1..8usize) {
        let mut writer = Writer::new(CHAIN, key());
        for (at, text) in texts.iter().enumerate() {
            writer.call(text);
            if at % every == 0 {
                writer.checkpoint();
            }
        }
        let report = check(&writer.rows, tail_of(&writer.rows));
        prop_assert!(report.is_sound(), "{:?}", report);
    }

    #[test]
    fn any_changed_bit_of_any_row_is_found(row in 0..11usize, place: prop::sample::Index, bit in 0..8u8) {
        let mut rows = sound();
        let row = &mut rows[row];
        let mut seq = row.seq.to_be_bytes();
        {
            let mut bytes: Vec<&mut u8> = row.hash.0.iter_mut()
                .chain(&mut row.previous.0)
                .chain(&mut row.envelope_digest.0)
                .chain(&mut seq)
                .chain(row.envelope.iter_mut().flatten())
                .collect();
            let at = place.index(bytes.len());
            *bytes[at] ^= 1 << bit;
        }
        row.seq = u64::from_be_bytes(seq);
        prop_assert!(found(&rows).is_some());
    }

    #[test]
    fn any_changed_text_or_salt_of_a_content_is_found(row in 1..7usize, place: prop::sample::Index, bit in 0..8u8) {
        let mut rows = sound();
        let content = rows[row].content.as_mut().unwrap();
        let before: serde_json::Value = serde_json::from_slice(content).unwrap();
        let at = place.index(content.len());
        content[at] ^= 1 << bit;
        // A key that is not read, or another way to write the same text, changes nothing that was recorded.
        let same = serde_json::from_slice::<protocol::Content>(content).is_ok_and(|after| {
            after.parts == serde_json::from_value::<protocol::Content>(before).unwrap().parts
        });
        prop_assert_eq!(found(&rows).is_some(), !same);
    }
}
