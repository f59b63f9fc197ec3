use super::*;
use crate::counters::Counters;
use crate::identity::Identity;
use crate::ingest::{Delivery, Job, Writer};
use crate::store::conformance::rows;
use crate::store::control::SqliteControl;
use crate::store::records::SqliteRecords;
use crate::store::{Admission, Applicant};
use chain::{DeviceKey, Digest, part_digest};
use platform::keys::Key;
use std::path::Path;
use std::sync::{Arc, mpsc};
use tempfile::TempDir;
use tokio::sync::oneshot;

const CHAIN: Uuid = Uuid::from_u128(100);

fn identity() -> Identity {
    Identity::of(&Key([5; 32]))
}

/// A device's chain of eight records, a signature among them, in four batches; and a second device's.
struct Store {
    folder: TempDir,
    devices: [Uuid; 2],
}

fn started(key: &DeviceKey) -> String {
    format!(r#"{{"detail":{{"what":"chain-started","reason":"first","device_key":"{}"}}}}"#, key.public().to_hex())
}

const SALT: &str = "000102030405060708090a0b0c0d0e0f";

fn chain_of(key: &DeviceKey, chain: Uuid) -> Vec<Row> {
    let digest = part_digest(SALT, "rm -rf").unwrap().to_hex();
    let call = format!(r#"{{"parts":[{{"name":"input","level":"redacted","length":6,"digest":"{digest}"}}]}}"#);
    let mut all = rows(chain, None, &[&started(key), &call, "{}", &call]);
    for row in all.iter_mut().filter(|row| row.envelope.as_deref() == Some(&call)) {
        row.content = Some(format!(r#"{{"v":1,"parts":[{{"name":"input","salt":"{SALT}","text":"rm -rf"}}]}}"#));
    }
    let last = &all[3];
    let checkpoint = key.checkpoint(ChainId(chain.into_bytes()), last.seq, last.hash).detail();
    let signature = format!(r#"{{"detail":{}}}"#, serde_json::to_string(&checkpoint).unwrap());
    all.extend(rows(chain, Some(&all[3]), &[&signature, "{}", "{}", "{}"]));
    all
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut control = SqliteControl::open(&folder.path().join("control")).unwrap();
        let secret = Digest([1; 32]);
        control.admit(&Admission { secret, devices: 2, until_ms: 100, approve: true }).unwrap();
        let keys = [DeviceKey::from_seed(&[1; 32]), DeviceKey::from_seed(&[2; 32])];
        let devices = keys.each_ref().map(|key| {
            let (name, program) = ("laptop".to_owned(), "0".to_owned());
            control.enroll(&Applicant { key: key.public(), name, program, secret }, 1).unwrap().unwrap().id
        });
        let store = Self { folder, devices };
        for (at, key) in keys.iter().enumerate() {
            let chain = Uuid::from_u128(CHAIN.as_u128() + at as u128);
            for rows in chain_of(key, chain).chunks(2) {
                store.deliver(chain, devices[at], rows.to_vec());
            }
        }
        store
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.folder.path()).join(name)
    }

    fn deliver(&self, chain: Uuid, device: Uuid, rows: Vec<Row>) {
        let control = SqliteControl::open(&self.path("control")).unwrap();
        let records = SqliteRecords::open(&self.path("records")).unwrap();
        let writer = Writer::new(control, records, Arc::new(identity()), Arc::<Counters>::default()).unwrap();
        let (send, jobs) = mpsc::sync_channel(1);
        let (reply, _outcome) = oneshot::channel();
        send.send(Job { delivery: Delivery { chain, device, rows }, received_ms: 7, reply, place: None }).unwrap();
        drop(send);
        writer.run(&jobs);
    }

    fn all(&self) -> Vec<Checked> {
        let control = SqliteControl::open(&self.path("control")).unwrap();
        let records = SqliteRecords::open(&self.path("records")).unwrap();
        all(&control, &records, &identity().key()).unwrap()
    }

    fn change(&self, file: &str, sql: &str) {
        rusqlite::Connection::open(self.path(file)).unwrap().execute_batch(sql).unwrap();
    }
}

type Named = (Option<(u64, String)>, Vec<(u64, Fault)>);

/// What is said of the first device's chain after a change to the records: its first problem and its faults.
fn said(sql: &str) -> Named {
    let store = Store::new();
    store.change("records", sql);
    let checked = store.all();
    assert!(!checked.iter().all(Checked::is_sound), "{sql}");
    let first = checked.into_iter().find(|one| one.chain == CHAIN).unwrap();
    let problem = first.report.and_then(|report| report.first_problem);
    (problem.map(|problem| (problem.seq, named(&problem.what))), first.faults)
}

const FIRST: &str = "chain = (SELECT min(chain) FROM records)";

#[test]
fn a_store_as_it_was_written_is_whole() {
    let store = Store::new();
    let checked = store.all();
    assert_eq!(checked.len(), 2);
    for one in &checked {
        assert!(one.is_sound(), "{one:?}");
        let report = one.report.as_ref().unwrap();
        assert_eq!((report.rows, report.whole, report.signed), (8, 8, Some(4)));
    }
    assert_eq!(checked.iter().map(|one| one.device).collect::<Vec<_>>(), store.devices);
}

#[test]
fn a_changed_byte_is_named_with_its_record() {
    for (sql, seq, what) in [
        ("UPDATE envelopes SET text = '{} ' WHERE id = 3", 3, "envelope-digest"),
        ("UPDATE contents SET text = replace(text, 'rm', 'mv') WHERE id = 2", 2, "content"),
        ("UPDATE records SET digest = zeroblob(32) WHERE id = 6", 6, "hash"),
        ("UPDATE records SET hash = zeroblob(32) WHERE id = 6", 6, "hash"),
        ("UPDATE records SET previous = zeroblob(32) WHERE id = 6", 6, "previous"),
        ("UPDATE records SET seq = 20 WHERE id = 8", 8, "tail-cut"),
    ] {
        let (problem, _) = said(sql);
        assert_eq!(problem, Some((seq, what.to_owned())), "{sql}");
    }
}

#[test]
fn a_row_that_is_removed_doubled_swapped_or_moved_is_named() {
    let (problem, faults) = said("DELETE FROM records WHERE id = 5");
    assert_eq!(problem, Some((6, "gap".into())));
    assert_eq!(faults, [(5, Fault::Sum)]);
    let doubled = "DROP INDEX records_by_place; INSERT INTO records (chain, branch, seq, previous, digest, hash) \
                   SELECT chain, branch, seq, previous, digest, hash FROM records WHERE id = 5";
    assert_eq!(said(doubled).0, Some((5, "duplicate".into())));
    let swapped = format!(
        "DROP INDEX records_by_place; UPDATE records SET seq = CASE seq WHEN 6 THEN 7 ELSE 6 END WHERE seq IN (6, 7) AND {FIRST}"
    );
    assert!(matches!(said(&swapped).0, Some((6, _))));
    let moved = "UPDATE records SET chain = (SELECT max(chain) FROM records), seq = 9 WHERE id = 8";
    assert_eq!(said(moved).0, Some((8, "tail-cut".into())));
    let (problem, faults) = said("UPDATE records SET branch = 4 WHERE id = 8");
    assert_eq!((problem, faults), (Some((8, "tail-cut".into())), vec![(7, Fault::Sum)]));
}

#[test]
fn a_cut_tail_and_a_removed_part_are_named() {
    assert_eq!(said(&format!("DELETE FROM records WHERE seq > 6 AND {FIRST}")).0, Some((7, "tail-cut".into())));
    assert_eq!(said("DELETE FROM envelopes WHERE id = 6").0, Some((6, "removed-without-record".into())));
    let (problem, faults) = said("DELETE FROM contents WHERE id = 4");
    assert_eq!((problem, faults), (Some((4, "removed-without-record".into())), vec![(3, Fault::Sum)]));
}

#[test]
fn what_the_collector_did_not_sign_is_named() {
    let (problem, faults) = said(&format!("UPDATE batches SET received = received + 1 WHERE first = 3 AND {FIRST}"));
    assert_eq!((problem, faults), (None, vec![(3, Fault::Receipt)]));
    let (problem, faults) = said(&format!("DELETE FROM batches WHERE first = 5 AND {FIRST}"));
    assert_eq!((problem, faults), (None, vec![(5, Fault::NoReceipt), (6, Fault::NoReceipt)]));
    let (problem, faults) = said("UPDATE records SET stub = 'evicted' WHERE id = 7");
    assert_eq!((problem, faults), (None, vec![(7, Fault::Sum)]));
}

#[test]
fn a_chain_that_lost_all_its_rows_and_rows_of_no_chain_are_named() {
    let (problem, _) = said(&format!("DELETE FROM records WHERE {FIRST}"));
    assert_eq!(problem, Some((1, "empty".into())));
    let store = Store::new();
    store.change("control", "DELETE FROM branches");
    let checked = store.all();
    assert_eq!(checked.len(), 2);
    assert!(checked.iter().all(|one| one.faults == [(8, Fault::Stray)]), "{checked:?}");
    let store = Store::new();
    store.change("control", "DELETE FROM devices");
    assert!(store.all().iter().all(|one| one.faults.contains(&(1, Fault::NoDevice))));
}

#[test]
fn two_histories_are_each_checked_and_told() {
    let store = Store::new();
    let key = DeviceKey::from_seed(&[1; 32]);
    let all = chain_of(&key, CHAIN);
    let apart = rows(CHAIN, Some(&all[5]), &["{}{}"]);
    store.deliver(CHAIN, store.devices[0], apart);
    let checked = store.all();
    let of: Vec<_> = checked.iter().filter(|one| one.chain == CHAIN).collect();
    assert_eq!(of.len(), 2);
    for one in of {
        assert_eq!(one.faults, [(7, Fault::Forked)]);
        assert_eq!(one.report.as_ref().unwrap().rows, if one.branch == 0 { 8 } else { 1 });
    }
    let other = checked.iter().find(|one| one.chain != CHAIN).unwrap();
    assert!(other.is_sound());
}

#[test]
fn a_store_that_another_collector_signed_is_not_believed() {
    let store = Store::new();
    let control = SqliteControl::open(&store.path("control")).unwrap();
    let records = SqliteRecords::open(&store.path("records")).unwrap();
    let other = Identity::of(&Key([6; 32]));
    let checked = all(&control, &records, &other.key()).unwrap();
    assert!(checked.iter().all(|one| one.faults.iter().all(|(_, fault)| *fault == Fault::Receipt)));
    assert!(checked.iter().all(|one| one.faults.len() == 4));
}
