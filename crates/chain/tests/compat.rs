//! The chain as version 1 writes it, from vectors that another implementation made.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;
use std::convert::Infallible;
use taffrail_chain::{ChainId, Checkpoint, DeviceKey, Digest, Expect, Link, PublicKey, Row, part_digest, verify};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/compat/chain-1.json")).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn digest(value: &Value, name: &str) -> Digest {
    Digest::from_hex(text(value, name)).unwrap()
}

fn chain_id(vectors: &Value) -> ChainId {
    ChainId(hex::decode(text(vectors, "chain")).unwrap().try_into().unwrap())
}

fn rows(vectors: &Value) -> Vec<Row> {
    vectors["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| Row {
            seq: row["seq"].as_u64().unwrap(),
            envelope: Some(text(row, "envelope").as_bytes().to_vec()),
            envelope_digest: digest(row, "envelope_digest"),
            content: row["content"].as_str().map(|content| content.as_bytes().to_vec()),
            previous: digest(row, "previous"),
            hash: digest(row, "hash"),
        })
        .collect()
}

#[test]
fn hashes_of_version_1_are_made_again() {
    let vectors = vectors();
    for row in rows(&vectors) {
        let envelope = Digest::of(row.envelope.as_ref().unwrap());
        assert_eq!(envelope, row.envelope_digest);
        let link = Link { chain: chain_id(&vectors), seq: row.seq, previous: row.previous, envelope };
        assert_eq!(link.hash(), row.hash, "row {}", row.seq);
    }
    let part = &vectors["part"];
    assert_eq!(part_digest(text(part, "salt"), text(part, "text")).unwrap(), digest(part, "digest"));
}

#[test]
fn a_checkpoint_of_version_1_is_made_again_and_verifies() {
    let vectors = vectors();
    let seed: [u8; 32] = hex::decode(text(&vectors, "seed")).unwrap().try_into().unwrap();
    let key = DeviceKey::from_seed(&seed);
    assert_eq!(key.public().to_hex(), text(&vectors, "key"));
    let stored = &vectors["checkpoint"];
    let stored = Checkpoint {
        seq: stored["seq"].as_u64().unwrap(),
        hash: digest(stored, "hash"),
        key: text(stored, "key").to_owned(),
        signature: text(stored, "signature").to_owned(),
    };
    assert_eq!(key.checkpoint(chain_id(&vectors), stored.seq, stored.hash), stored);
    stored.verify(chain_id(&vectors), &key.public()).unwrap();
}

#[test]
fn a_chain_of_version_1_verifies() {
    let vectors = vectors();
    let keys = [PublicKey::from_hex(text(&vectors, "key")).unwrap()];
    let rows = rows(&vectors);
    let tail = rows.last().map(|row| (row.seq, row.hash));
    let expect = Expect { chain: chain_id(&vectors), keys: &keys, after: None, tail, without_content: false };
    let report = verify(rows.into_iter().map(Ok::<_, Infallible>), &expect).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.rows, report.whole, report.signed), (3, 3, Some(2)));
}

#[test]
fn keys_that_sign_anything_are_no_keys() {
    for weak in ["00".repeat(32), format!("01{}", "00".repeat(31)), "zz".repeat(32), String::new()] {
        assert!(PublicKey::from_hex(&weak).is_err(), "{weak}");
    }
}
