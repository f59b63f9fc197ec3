use super::*;
use crate::store::conformance::{key, rows};
use crate::store::control::SqliteControl;
use crate::store::records::SqliteRecords;
use crate::store::{Receipt, Row};
use platform::keys::Key;
use protocol::wire::otlp::{self, Body, Severity};
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc;
use tempfile::TempDir;

const DEVICE: Uuid = Uuid::from_u128(1);
const CHAIN: Uuid = Uuid::from_u128(100);

fn identity() -> Arc<Identity> {
    Arc::new(Identity::of(&Key([5; 32])))
}

type SqliteWriter = Writer<SqliteControl, SqliteRecords>;

fn open(folder: &Path) -> SqliteWriter {
    let control = SqliteControl::open(&folder.join("control")).unwrap();
    let records = SqliteRecords::open(&folder.join("records")).unwrap();
    Writer::new(control, records, identity(), Arc::default()).unwrap()
}

fn deliver<C: Control, R: Records>(writer: &mut Writer<C, R>, device: Uuid, rows: &[Row]) -> Outcome {
    let (reply, mut outcome) = oneshot::channel();
    let delivery = Delivery { chain: CHAIN, device, rows: rows.to_vec() };
    writer.group(VecDeque::from([Job { delivery, received_ms: 5, reply, place: None }]));
    outcome.try_recv().unwrap()
}

fn stored(row: &Row, new: u64) -> Outcome {
    Outcome::Stored { seq: row.seq, hash: row.hash, new, forked: false }
}

fn kept(writer: &SqliteWriter, branch: u32) -> Vec<Row> {
    writer.records.rows(CHAIN, branch, i64::MIN, 1000).unwrap()
}

fn start() -> (TempDir, SqliteWriter, Vec<Row>) {
    let folder = tempfile::tempdir().unwrap();
    let writer = open(folder.path());
    (folder, writer, rows(CHAIN, None, &["a", "b", "c", "d", "e", "f"]))
}

#[test]
fn what_comes_again_or_overlaps_is_there_once() {
    let (_folder, mut writer, all) = start();
    assert_eq!(deliver(&mut writer, DEVICE, &all[..2]), stored(&all[1], 2));
    assert_eq!(deliver(&mut writer, DEVICE, &all[..2]), stored(&all[1], 0));
    assert_eq!(deliver(&mut writer, DEVICE, &all[1..2]), stored(&all[1], 0));
    assert_eq!(deliver(&mut writer, DEVICE, &all[..4]), stored(&all[3], 2));
    assert_eq!(deliver(&mut writer, DEVICE, &all[4..]), stored(&all[5], 2));
    assert_eq!(kept(&writer, 0), all);
    assert_eq!(writer.records.receipts(CHAIN, 0).unwrap().len(), 3);
}

#[test]
fn what_does_not_follow_is_asked_for_again_and_not_taken() {
    let (_folder, mut writer, all) = start();
    let nothing = Outcome::Gap { seq: 0, hash: Digest::ZERO };
    assert_eq!(deliver(&mut writer, DEVICE, &all[1..2]), nothing);
    deliver(&mut writer, DEVICE, &all[..2]);
    let gap = Outcome::Gap { seq: 2, hash: all[1].hash };
    assert_eq!(deliver(&mut writer, DEVICE, &all[3..]), gap);
    assert_eq!(kept(&writer, 0), all[..2]);
    assert_eq!(deliver(&mut writer, DEVICE, &all[2..]), stored(&all[5], 4));
}

#[test]
fn a_second_history_is_kept_beside_the_first_and_both_go_on() {
    let (_folder, mut writer, all) = start();
    deliver(&mut writer, DEVICE, &all[..3]);
    // Whoever stole the key is first with record 4.
    let stolen = rows(CHAIN, Some(&all[2]), &["x", "y"]);
    assert_eq!(deliver(&mut writer, DEVICE, &stolen), stored(&stolen[1], 2));
    let forked = |row: &Row, new| Outcome::Stored { seq: row.seq, hash: row.hash, new, forked: true };
    // The true device's batch overlaps with what is there.
    assert_eq!(deliver(&mut writer, DEVICE, &all[1..4]), forked(&all[3], 1));
    assert_eq!(deliver(&mut writer, DEVICE, &all[4..]), forked(&all[5], 2));
    assert_eq!(deliver(&mut writer, DEVICE, &all[3..]), forked(&all[5], 0));
    let more = rows(CHAIN, Some(&stolen[1]), &["z"]);
    assert_eq!(deliver(&mut writer, DEVICE, &more), forked(&more[0], 1));
    assert_eq!(kept(&writer, 1), all[3..]);
    assert_eq!(kept(&writer, 0), [&all[..3], &stolen, &more].concat());
    // And one that differs from its very first record.
    let other = rows(CHAIN, None, &["other", "start"]);
    assert_eq!(deliver(&mut writer, DEVICE, &other), forked(&other[1], 2));
    assert_eq!(kept(&writer, 2), other);
    assert_eq!(writer.counters.forks.load(std::sync::atomic::Ordering::Relaxed), 2);
}

#[test]
fn another_devices_chain_is_not_taken_from() {
    let (_folder, mut writer, all) = start();
    deliver(&mut writer, DEVICE, &all[..3]);
    assert_eq!(deliver(&mut writer, Uuid::from_u128(2), &all[3..]), Outcome::OtherDevice);
    assert_eq!(deliver(&mut writer, Uuid::from_u128(2), &all[..3]), Outcome::OtherDevice);
    assert_eq!(deliver(&mut writer, DEVICE, &all[3..]), stored(&all[5], 3));
}

#[test]
fn batches_of_one_chain_that_wait_together_are_written_in_their_order() {
    let (_folder, writer, all) = start();
    let control = writer.control.chain(CHAIN).unwrap();
    assert_eq!(control, []);
    let (send, jobs) = mpsc::sync_channel(QUEUE);
    let mut replies = Vec::new();
    for row in &all {
        let (reply, outcome) = oneshot::channel();
        let delivery = Delivery { chain: CHAIN, device: DEVICE, rows: vec![row.clone()] };
        send.send(Job { delivery, received_ms: 5, reply, place: None }).unwrap();
        replies.push(outcome);
    }
    drop(send);
    writer.run(&jobs);
    for (mut reply, row) in replies.into_iter().zip(&all) {
        assert_eq!(reply.try_recv().unwrap(), stored(row, 1));
    }
}

/// Fails at its n-th step, as a full disk or the end of the process would.
#[derive(Debug, Default)]
struct Fuse(Mutex<Option<u32>>);

impl Fuse {
    fn burn(&self) -> Result<(), Error> {
        let mut left = self.0.lock().unwrap();
        match *left {
            Some(0) => Err(Error::Damaged("nothing: this is a test")),
            Some(n) => {
                *left = Some(n - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

#[derive(Debug)]
struct Fused<T>(T, Arc<Fuse>);

impl Control for Fused<SqliteControl> {
    fn admit(&mut self, admission: &crate::store::Admission) -> Result<(), Error> {
        self.0.admit(admission)
    }
    fn enroll(
        &mut self,
        applicant: &crate::store::Applicant,
        now_ms: u64,
    ) -> Result<Option<crate::store::Device>, Error> {
        self.0.enroll(applicant, now_ms)
    }
    fn device(&self, key: &chain::PublicKey) -> Result<Option<crate::store::Device>, Error> {
        self.0.device(key)
    }
    fn devices(&self) -> Result<Vec<crate::store::Device>, Error> {
        self.0.devices()
    }
    fn set_standing(&mut self, device: Uuid, standing: protocol::wire::Standing) -> Result<bool, Error> {
        self.0.set_standing(device, standing)
    }
    fn chain(&self, chain: Uuid) -> Result<Vec<crate::store::Branch>, Error> {
        self.0.chain(chain)
    }
    fn branches(&self) -> Result<Vec<crate::store::Branch>, Error> {
        self.0.branches()
    }
    fn claim(&mut self, claims: &[Claim]) -> Result<(), Error> {
        self.1.burn()?;
        self.0.claim(claims)
    }
    fn confirm(&mut self, claims: &[Claim]) -> Result<(), Error> {
        self.1.burn()?;
        self.0.confirm(claims)
    }
    fn release(&mut self, claims: &[Claim]) -> Result<(), Error> {
        self.1.burn()?;
        self.0.release(claims)
    }
    fn open_claims(&self) -> Result<Vec<Claim>, Error> {
        self.0.open_claims()
    }
}

impl Records for Fused<SqliteRecords> {
    fn append(&mut self, batches: &[Batch]) -> Result<(), Error> {
        self.1.burn()?;
        self.0.append(batches)
    }
    fn holds(&self, batch: &Digest) -> Result<bool, Error> {
        self.0.holds(batch)
    }
    fn find(&self, chain: Uuid, seq: u64, hash: &Digest) -> Result<Option<u32>, Error> {
        self.0.find(chain, seq, hash)
    }
    fn rows(&self, chain: Uuid, branch: u32, from: i64, most: u32) -> Result<Vec<Row>, Error> {
        self.0.rows(chain, branch, from, most)
    }
    fn receipts(&self, chain: Uuid, branch: u32) -> Result<Vec<Receipt>, Error> {
        self.0.receipts(chain, branch)
    }
    fn held(&self) -> Result<Vec<(Uuid, u32, u64)>, Error> {
        self.0.held()
    }
}

#[test]
fn a_write_that_is_cut_off_anywhere_is_made_good_and_made_once() {
    let all = rows(CHAIN, None, &["a", "b", "c", "d", "e", "f"]);
    for cut in 0..4 {
        for restart in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let fuse = Arc::new(Fuse::default());
            let control = Fused(SqliteControl::open(&folder.path().join("control")).unwrap(), Arc::clone(&fuse));
            let records = Fused(SqliteRecords::open(&folder.path().join("records")).unwrap(), Arc::clone(&fuse));
            let mut writer = Writer::new(control, records, identity(), Arc::default()).unwrap();
            assert_eq!(deliver(&mut writer, DEVICE, &all[..2]), stored(&all[1], 2));
            *fuse.0.lock().unwrap() = Some(cut);
            let cut_off = deliver(&mut writer, DEVICE, &all[2..4]);
            // Claim, write, confirm: all three, or no answer that says stored.
            assert_eq!(cut_off == stored(&all[3], 2), cut == 3, "cut after {cut} steps: {cut_off:?}");
            *fuse.0.lock().unwrap() = None;
            // The device sends it once more, with what has come since.
            let (outcome, kept) = if restart {
                drop(writer);
                let mut writer = open(folder.path());
                (deliver(&mut writer, DEVICE, &all[2..]), kept(&writer, 0))
            } else {
                let outcome = deliver(&mut writer, DEVICE, &all[2..]);
                (outcome, writer.records.rows(CHAIN, 0, 0, 100).unwrap())
            };
            let Outcome::Stored { seq: 6, forked: false, .. } = outcome else { panic!("{cut} {outcome:?}") };
            assert_eq!(kept, all, "cut after {cut} steps, restarted: {restart}");
        }
    }
}

fn wire(rows: &[Row]) -> Vec<u8> {
    let row = |row: &'_ Row| -> ([u8; 32], [u8; 32]) { (row.previous.0, row.hash.0) };
    let rows: Vec<_> = rows
        .iter()
        .map(|stored| {
            let (previous, hash) = row(stored);
            let body = match &stored.envelope {
                Some(envelope) => Body::Whole { envelope, content: stored.content.as_deref() },
                None => Body::Stub { digest: stored.digest.0, why: "evicted" },
            };
            otlp::Row { chain: CHAIN, seq: stored.seq, previous, hash, time_ns: 0, severity: Severity::INFO, body }
        })
        .collect();
    otlp::encode(&rows)
}

/// A chain as a device begins it.
fn true_chain() -> Vec<Row> {
    let first =
        format!(r#"{{"detail":{{"what":"chain-started","reason":"first","device_key":"{}"}}}}"#, key(1).to_hex());
    rows(CHAIN, None, &[&first, "b", "c", "d"])
}

#[test]
fn a_batch_is_read_whole_and_refused_for_one_record_that_does_not_fit() {
    let all = true_chain();
    let read = |rows: &[Row]| Delivery::read(&wire(rows), DEVICE, &key(1));
    assert_eq!(read(&all).unwrap().rows, all);
    assert_eq!(read(&all[2..]).unwrap().rows, all[2..]);
    let mut stub = all.clone();
    (stub[2].envelope, stub[2].stub) = (None, Some("evicted".into()));
    assert_eq!(read(&stub).unwrap().rows, stub);

    assert_eq!(read(&[]), Err(Unfit::Empty));
    assert_eq!(read(&[all[0].clone(), all[2].clone()]), Err(Unfit::Order(3)));
    assert_eq!(read(&[all[1].clone(), all[1].clone()]), Err(Unfit::Order(2)));
    assert_eq!(read(&[all[1].clone(), all[0].clone()]), Err(Unfit::Order(1)));
    let changed = |change: fn(&mut Row)| {
        let mut rows = all.clone();
        change(&mut rows[1]);
        read(&rows)
    };
    assert_eq!(changed(|row| row.envelope = Some("B".into())), Err(Unfit::Hash(2)));
    assert_eq!(changed(|row| row.hash.0[0] ^= 1), Err(Unfit::Hash(2)));
    assert_eq!(changed(|row| row.previous.0[0] ^= 1), Err(Unfit::Order(2)));
    assert_eq!(changed(|row| row.seq = 0), Err(Unfit::Number(0)));
    assert_eq!(Delivery::read(&wire(&all), DEVICE, &key(2)), Err(Unfit::Start), "another device's key");
    assert_eq!(read(&rows(CHAIN, None, &["a"])), Err(Unfit::Start), "no start");
    assert!(matches!(Delivery::read(b"\xff", DEVICE, &key(1)), Err(Unfit::Otlp(_))));
}
