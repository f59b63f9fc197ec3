//! What every engine behind [`Control`] and [`Records`] must do.

use super::control::SqliteControl;
use super::people::{People, Person, Role};
use super::records::SqliteRecords;
use super::{Admission, Applicant, Batch, Branch, Claim, Control, Error, Records, Row, sum};
use chain::{ChainId, DeviceKey, Digest, Link, PublicKey};
use protocol::wire::Standing;
use std::path::Path;
use uuid::Uuid;

pub(crate) fn key(seed: u8) -> PublicKey {
    DeviceKey::from_seed(&[seed; 32]).public()
}

/// Rows of a chain that follow `before`.
pub(crate) fn rows(chain: Uuid, before: Option<&Row>, envelopes: &[&str]) -> Vec<Row> {
    let (mut seq, mut previous) = before.map_or((0, Digest::ZERO), |row| (row.seq, row.hash));
    let row = |text: &&str| {
        seq += 1;
        let digest = Digest::of(text.as_bytes());
        let link = Link { chain: ChainId(chain.into_bytes()), seq, previous, envelope: digest };
        let hash = link.hash();
        let row = Row { seq, previous, digest, hash, envelope: Some((*text).to_owned()), content: None, stub: None };
        previous = hash;
        row
    };
    envelopes.iter().map(row).collect()
}

pub(crate) fn batch(chain: Uuid, (branch, parent): (u32, u32), rows: Vec<Row>) -> Batch {
    let (first, last) = (rows.first().unwrap(), rows.last().unwrap());
    let claim = Claim {
        chain,
        branch,
        parent,
        device: Uuid::from_u128(9),
        first: first.seq,
        last: last.seq,
        hash: last.hash,
        sum: sum(&rows),
        received_ms: 1_795_338_902_381,
    };
    Batch { claim, rows, receipt: [7; 64] }
}

fn applicant(seed: u8, secret: u8) -> Applicant {
    Applicant { key: key(seed), name: format!("laptop {seed}"), program: "0.1.0".into(), secret: Digest([secret; 32]) }
}

fn admission(secret: u8, devices: u32, approve: bool) -> Admission {
    Admission { secret: Digest([secret; 32]), devices, until_ms: 1000, approve }
}

fn control<C: Control>(open: impl Fn() -> C) {
    let mut control = open();
    control.admit(&admission(1, 2, false)).unwrap();
    control.admit(&admission(2, 1, true)).unwrap();
    assert!(control.admit(&admission(1, 9, true)).is_err(), "a secret is made once");

    assert_eq!(control.enroll(&applicant(1, 3), 10).unwrap(), None, "a secret that nobody made");
    assert_eq!(control.enroll(&applicant(1, 1), 1000).unwrap(), None, "a token that is over");
    let first = control.enroll(&applicant(1, 1), 10).unwrap().unwrap();
    assert_eq!((first.standing, first.enrolled_ms, first.key), (Standing::Pending, 10, key(1)));
    assert_eq!(control.enroll(&applicant(1, 1), 20).unwrap().unwrap(), first, "known, and as it was");
    let second = control.enroll(&applicant(2, 1), 11).unwrap().unwrap();
    assert_eq!(control.enroll(&applicant(3, 1), 12).unwrap(), None, "used up, though one came twice");
    let third = control.enroll(&applicant(3, 2), 12).unwrap().unwrap();
    assert_eq!(third.standing, Standing::Approved);
    drop(control);

    let mut control = open();
    assert_eq!(control.devices().unwrap(), [first.clone(), second, third]);
    assert!(control.set_standing(first.id, Standing::Revoked).unwrap());
    assert!(!control.set_standing(Uuid::nil(), Standing::Approved).unwrap());
    let known = control.device(&key(1)).unwrap().unwrap();
    assert_eq!(known.standing, Standing::Revoked);
    assert_eq!(control.enroll(&applicant(1, 1), 10).unwrap().unwrap().standing, Standing::Revoked, "revoked for good");
    assert_eq!(control.device(&key(9)).unwrap(), None);
}

fn claims<C: Control>(open: impl Fn() -> C) {
    let chain = Uuid::from_u128(5);
    let all = rows(chain, None, &["a", "b", "c", "d"]);
    let one = batch(chain, (0, 0), all[..2].to_vec()).claim;
    let two = batch(chain, (0, 0), all[2..].to_vec()).claim;
    let mut control = open();
    control.claim(&[one, two]).unwrap();
    assert_eq!(control.chain(chain).unwrap(), [], "a claim is no head");
    drop(control);

    let mut control = open();
    let mut found = control.open_claims().unwrap();
    found.sort_by_key(|claim| claim.first);
    assert_eq!(found, [one, two], "claims outlive the process");
    control.confirm(&[one]).unwrap();
    control.release(&[two]).unwrap();
    assert_eq!(control.open_claims().unwrap(), []);
    let head = |claim: &Claim| Branch {
        chain,
        number: 0,
        device: claim.device,
        parent: 0,
        first: 1,
        seq: claim.last,
        hash: claim.hash,
    };
    assert_eq!(control.chain(chain).unwrap(), [head(&one)]);
    control.claim(&[two]).unwrap();
    control.confirm(&[two]).unwrap();
    control.confirm(&[two, one]).unwrap();
    assert_eq!(control.chain(chain).unwrap(), [head(&two)], "a head never goes back");
    assert_eq!(control.branches().unwrap(), [head(&two)]);
}

fn records<R: Records>(open: impl Fn() -> R) {
    let (chain, other) = (Uuid::from_u128(5), Uuid::from_u128(6));
    let mut all = rows(chain, None, &["{\"a\":\"‹chip›\"}", "b", "c", "d"]);
    all[1].content = Some("content".into());
    all[2].envelope = None;
    all[2].stub = Some("evicted".into());
    let one = batch(chain, (0, 0), all[..2].to_vec());
    let two = batch(chain, (0, 0), all[2..].to_vec());
    let apart = batch(chain, (1, 0), rows(chain, Some(&all[1]), &["x"]));
    let others = batch(other, (0, 0), rows(other, None, &["a"]));
    let mut records = open();
    records.append(&[one.clone(), others.clone()]).unwrap();
    records.append(&[two.clone(), one.clone(), apart.clone()]).unwrap();
    drop(records);

    let mut records = open();
    assert_eq!(records.rows(chain, 0, i64::MIN, 10).unwrap(), all, "each once, and as it was");
    assert_eq!(records.rows(chain, 0, 2, 2).unwrap(), all[1..3]);
    assert_eq!(records.rows(chain, 1, 1, 10).unwrap(), apart.rows);
    assert_eq!(records.rows(other, 1, 1, 10).unwrap(), []);
    let mut held = records.held().unwrap();
    held.sort_unstable();
    assert_eq!(held, [(chain, 0, 4), (chain, 1, 1), (other, 0, 1)]);
    for batch in [&one, &two, &apart] {
        assert!(records.holds(&batch.claim.digest()).unwrap());
    }
    assert!(!records.holds(&Digest::ZERO).unwrap());
    assert_eq!(records.find(chain, 3, &all[2].hash).unwrap(), Some(0));
    assert_eq!(records.find(chain, 3, &apart.rows[0].hash).unwrap(), Some(1));
    assert_eq!(records.find(chain, 4, &all[2].hash).unwrap(), None);
    let receipts = records.receipts(chain, 0).unwrap();
    assert_eq!(receipts.iter().map(|receipt| receipt.claim).collect::<Vec<_>>(), [one.claim, two.claim]);
    assert!(receipts.iter().all(|receipt| receipt.signature == [7; 64]));

    // A place is taken once: what would take it again is refused as a whole.
    let torn = batch(chain, (0, 0), rows(chain, Some(&all[2]), &["e", "f"]));
    assert!(records.append(&[batch(other, (3, 3), rows(other, None, &["z"])), torn.clone()]).is_err());
    assert!(!records.holds(&torn.claim.digest()).unwrap());
    assert_eq!(records.rows(other, 3, 1, 10).unwrap(), [], "nor anything that was to be written with it");
}

fn people<P: People>(open: impl Fn() -> P) {
    let (key, other, link, session) = (Digest([1; 32]), Digest([2; 32]), Digest([3; 32]), Digest([4; 32]));
    let ana = Person { name: "Ana".into(), role: Role::Admin };
    let mut people = open();
    assert!(people.add_person(&ana, &key, 5).unwrap());
    assert!(
        !people.add_person(&Person { role: Role::Viewer, ..ana.clone() }, &other, 5).unwrap(),
        "a name is one's own"
    );
    assert!(people.add_link("Ana", &link, 100).unwrap() && !people.add_link("Bo", &Digest([9; 32]), 100).unwrap());
    assert_eq!(people.sign_in(&other, &session, 6, 50).unwrap(), None);
    assert_eq!(people.sign_in(&session, &session, 6, 50).unwrap(), None, "a session opens no other");
    assert_eq!(people.sign_in(&key, &session, 6, 50).unwrap(), Some(ana.clone()));
    drop(people);

    let mut people = open();
    assert_eq!(people.session(&session, 49).unwrap(), Some(ana.clone()));
    assert_eq!(people.session(&session, 50).unwrap(), None, "over");
    assert_eq!(people.session(&key, 49).unwrap(), None, "a key is no session");
    let second = Digest([5; 32]);
    assert_eq!(people.sign_in(&link, &second, 7, 50).unwrap(), Some(ana.clone()));
    assert_eq!(people.sign_in(&link, &Digest([6; 32]), 7, 50).unwrap(), None, "a link is good once");
    people.sign_out(&second).unwrap();
    assert_eq!(people.session(&second, 8).unwrap(), None);
    assert_eq!(people.people().unwrap(), [ana]);
    assert!(people.remove_person("Ana").unwrap() && !people.remove_person("Ana").unwrap());
    assert_eq!(people.session(&session, 8).unwrap(), None);
    assert_eq!(people.sign_in(&key, &session, 8, 50).unwrap(), None);
}

/// Runs the suite over engines that are opened on a folder, each time a new one.
fn conform<C: Control + People, R: Records>(
    open_control: impl Fn(&Path) -> Result<C, Error>,
    open_records: impl Fn(&Path) -> Result<R, Error>,
) {
    let folder = tempfile::tempdir().unwrap();
    control(|| open_control(&folder.path().join("1")).unwrap());
    claims(|| open_control(&folder.path().join("2")).unwrap());
    records(|| open_records(&folder.path().join("3")).unwrap());
    people(|| open_control(&folder.path().join("4")).unwrap());
}

#[test]
fn sqlite_conforms() {
    conform(SqliteControl::open, SqliteRecords::open);
}

#[test]
fn a_file_of_another_kind_or_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.db");
    drop(SqliteRecords::open(&path).unwrap());
    assert!(matches!(SqliteControl::open(&path), Err(Error::Foreign(_))));
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(SqliteRecords::open(&path), Err(Error::Newer { found: 99, .. })));
    let other = folder.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute("CREATE TABLE t (x)", []).unwrap();
    assert!(matches!(SqliteControl::open(&other), Err(Error::Foreign(_))));
}
