use super::client::{Client, Trouble};
use super::enrolment::{Enrolment, Position};
use super::parcel::{self, Limit, RECORDS};
use super::pulse::Pulse;
use chain::{DeviceKey, Digest};
use journal::{Draft, Journal, Keys, Options};
use protocol::Envelope;
use protocol::record::{Detail, Kind};
use protocol::wire::otlp::{Body, decode};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;
use uuid::Uuid;

const MOMENT: Duration = Duration::from_millis(20);

async fn wakes(pulse: &Pulse) -> bool {
    timeout(MOMENT, pulse.beaten()).await.is_ok()
}

#[tokio::test]
async fn the_first_record_a_stop_and_a_full_batch_wake_and_nothing_else_does() {
    let pulse = Pulse::default();
    assert!(!wakes(&pulse).await && pulse.is_calm());
    pulse.beat(false);
    assert!(wakes(&pulse).await && !pulse.is_urgent());
    pulse.beat(false);
    assert!(!wakes(&pulse).await);
    pulse.beat(true);
    assert!(wakes(&pulse).await && pulse.is_urgent());
    pulse.beat(true);
    assert!(!wakes(&pulse).await);
    for _ in pulse.count()..RECORDS {
        pulse.beat(false);
    }
    assert!(wakes(&pulse).await);
    pulse.calm();
    assert!(pulse.is_calm() && !pulse.is_urgent());
    pulse.beat(false);
    assert!(wakes(&pulse).await);
}

fn journal(records: usize, length: usize) -> (TempDir, Journal, Position) {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(|| 1_795_500_000_000_000);
    let journal = Journal::open(dir.path(), Keys::new([1; 32], [2; 32]), Options::new(clock)).unwrap().journal;
    for _ in 0..records {
        let at = "2026-11-24T06:15:02.381000Z".to_owned();
        let detail = Detail::DaemonStopped { reason: "x".repeat(length) };
        let envelope = Envelope::of_daemon(Uuid::now_v7(), at, Kind::Daemon, detail);
        let content = format!(r#"{{"v":1,"parts":[],"more":"{}"}}"#, "y".repeat(length));
        journal.append(Draft::new(&envelope, Some(content.into_bytes())).unwrap(), false).unwrap();
    }
    let (chain, ..) = journal.last();
    (dir, journal, Position::start(chain, ""))
}

/// Number of the record, and what goes of it: 2 all, 1 the envelope, 0 a stub.
fn sent(body: &[u8]) -> Vec<(u64, u8)> {
    let bytes = zstd::stream::decode_all(body).unwrap();
    let rows = decode(&bytes, 1000).unwrap();
    let how = |body: &Body<'_>| match body {
        Body::Whole { content: Some(_), .. } => 2,
        Body::Whole { content: None, .. } => 1,
        Body::Stub { why, .. } => {
            assert_eq!(*why, "parked");
            0
        }
    };
    rows.iter().map(|row| (row.seq, how(&row.body))).collect()
}

#[test]
fn parcels_hold_the_chain_in_order_and_each_goes_on_where_the_one_before_ended() {
    let (_dir, journal, mut position) = journal(1200, 10);
    let (mut next, mut parcels) = (1, 0);
    while let Some(parcel) = parcel::read(&journal, &position, Limit::default()).unwrap() {
        let rows = sent(&parcel.body);
        assert!(rows.len() <= RECORDS && rows.len() == parcel.records);
        for (seq, _) in rows {
            assert_eq!(seq, next);
            next += 1;
        }
        (position.seq, position.hash) = (parcel.seq, parcel.hash);
        parcels += 1;
    }
    let (_, last, hash) = journal.last();
    assert_eq!((position.seq, position.hash, next), (last, hash, last + 1));
    assert_eq!(parcels, 3);
}

#[test]
fn long_records_travel_in_parcels_of_half_a_megabyte_and_one_that_is_longer_alone() {
    let (_dir, journal, position) = journal(12, 100 << 10);
    let first = parcel::read(&journal, &position, Limit::default()).unwrap().unwrap();
    assert_eq!(first.records, 2 + 2, "two of the journal's own, and two of 200 KiB");
    let (_dir, journal, mut position) = self::journal(3, 400 << 10);
    (position.seq, position.hash) = (2, journal.by_seq(2).unwrap().unwrap().hash);
    for seq in 3..=5 {
        let parcel = parcel::read(&journal, &position, Limit::default()).unwrap().unwrap();
        assert_eq!((parcel.records, parcel.seq), (1, seq));
        (position.seq, position.hash) = (parcel.seq, parcel.hash);
    }
}

#[test]
fn what_is_refused_is_split_and_then_less_of_it_is_sent() {
    let (_dir, journal, position) = journal(6, 10);
    let mut limit = Limit::default();
    let read = |limit| parcel::read(&journal, &position, limit).unwrap().unwrap();
    for expected in [8, 4, 2, 1] {
        let parcel = read(limit);
        assert_eq!(parcel.records, expected);
        assert_eq!(limit.split(&parcel), expected > 1);
    }
    // Behind the journal's own records: one with content.
    let mut position = position.clone();
    (position.seq, position.hash) = (2, journal.by_seq(2).unwrap().unwrap().hash);
    for expected in [2, 1, 0] {
        let parcel = parcel::read(&journal, &position, limit).unwrap().unwrap();
        assert_eq!(sent(&parcel.body), [(3, expected)]);
        assert_eq!(limit.withhold(&parcel), expected > 0, "{expected}");
    }
    limit.grow();
    let parcel = parcel::read(&journal, &position, limit).unwrap().unwrap();
    assert_eq!(sent(&parcel.body), [(3, 0), (4, 2)], "the next one goes whole");
}

#[test]
fn nothing_is_read_of_a_chain_that_is_not_the_journals() {
    let (_dir, journal, position) = journal(1, 1);
    let other = Position { chain: Uuid::from_u128(1), ..position };
    assert!(matches!(parcel::read(&journal, &other, Limit::default()), Err(parcel::Error::Chain)));
}

#[test]
fn records_travel_in_the_open_on_this_machine_alone() {
    let key = Arc::new(DeviceKey::from_seed(&[1; 32]));
    let client = |url: &str| Client::new(url, None, &key.public().to_hex(), Arc::clone(&key));
    for here in ["http://127.0.0.1:4318", "http://127.9.9.9", "http://[::1]:4318/base", "http://localhost:1"] {
        assert!(client(here).is_ok(), "{here}");
    }
    for anywhere in ["https://192.0.2.1", "https://collector.example.test:4318"] {
        assert!(client(anywhere).is_ok(), "{anywhere}");
    }
    for open in ["http://192.0.2.1:4318", "http://example.test", "http://127.0.0.1.example.test"] {
        assert!(matches!(client(open), Err(Trouble::Open(_))), "{open}");
    }
    for none in ["no address", "ftp://127.0.0.1"] {
        assert!(matches!(client(none), Err(Trouble::Address(_))), "{none}");
    }
    assert!(matches!(Client::new("http://localhost", None, "00", Arc::clone(&key)), Err(Trouble::Key(_))));
}

#[test]
fn a_file_of_roots_that_cannot_be_used_is_named_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ca.pem");
    let key = Arc::new(DeviceKey::from_seed(&[1; 32]));
    let said = || match Client::new("https://192.0.2.1", Some(&path), &key.public().to_hex(), Arc::clone(&key)) {
        Err(trouble @ Trouble::Roots { .. }) => trouble.to_string(),
        other => panic!("{:?}", other.err()),
    };
    assert!(said().contains("ca.pem") && said().contains("cannot be read"), "{}", said());
    std::fs::write(&path, "no certificate").unwrap();
    assert!(said().contains("holds no certificate"), "{}", said());
}

#[test]
fn what_is_kept_of_a_collector_reads_back_and_a_torn_file_is_no_position() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("collector.json");
    assert_eq!(Enrolment::load(&path).unwrap(), None);
    let enrolment = Enrolment::new("http://127.0.0.1:1".into(), "00".into(), Uuid::from_u128(3), None);
    enrolment.save(&path).unwrap();
    assert_eq!(Enrolment::load(&path).unwrap(), Some(enrolment.clone()));
    Enrolment { v: 2, ..enrolment }.save(&path).unwrap();
    assert!(Enrolment::load(&path).is_err());

    let path = dir.path().join("shipped.json");
    let position = Position { seq: 7, hash: Digest([9; 32]), ..Position::start(Uuid::from_u128(5), "00") };
    position.save(&path).unwrap();
    assert_eq!(Position::load(&path), Some(position.clone()));
    assert!(position.is_of(Uuid::from_u128(5), "00") && !position.is_of(Uuid::from_u128(5), "01"));
    std::fs::write(&path, b"{\"chain\"").unwrap();
    assert_eq!(Position::load(&path), None);
}
