//! Journals in temporary folders, and records to put in them.

use protocol::record::{Audit, Correlation, Detail, Envelope, Kind, Origin, Trigger, TriggerKind};
use protocol::verdict::{Action, Decision, Mode, Verdict};
use protocol::{Code, Phase};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use taffrail_journal::{Checked, Draft, Journal, Keys, Opened, Options};
use tempfile::TempDir;
use uuid::Uuid;

/// 2026-11-24, 06:00 UTC.
pub(crate) const START: i64 = 1_795_500_000_000_000;

/// A clock that moves only when told to, in microseconds.
#[derive(Clone)]
pub(crate) struct Time(pub(crate) Arc<AtomicI64>);

impl Time {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }

    pub(crate) fn options(&self) -> Options {
        let time = Arc::clone(&self.0);
        Options::new(Arc::new(move || time.load(Ordering::SeqCst)))
    }
}

pub(crate) fn keys() -> Keys {
    Keys::new([0x11; 32], [0x22; 32])
}

pub(crate) fn open(dir: &Path) -> Opened {
    Journal::open(dir, keys(), Time::new().options()).unwrap()
}

pub(crate) fn fresh() -> (TempDir, Journal) {
    let dir = tempfile::tempdir().unwrap();
    let opened = open(dir.path());
    (dir, opened.journal)
}

/// A call that was judged, before it ran. `number` tells them apart.
pub(crate) fn call(number: u64) -> Envelope {
    let mut id = [0; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    Envelope {
        v: 1,
        id: Uuid::from_bytes(id),
        at: at(START / 1000),
        kind: Kind::Call,
        origin: Origin::Hook,
        event: Some("PreToolUse".to_owned()),
        phase: Some(Phase::Before),
        cwd: None,
        workspace: None,
        agent: Audit::missing("a test"),
        trigger: Audit::Present(Trigger { uid: 1000, user: None, kind: TriggerKind::Human, asserted: true }),
        step: Audit::missing("a test"),
        credential: Audit::missing("a test"),
        correlation: Audit::Present(Correlation {
            workflow: "w".to_owned(),
            session: "session".to_owned(),
            turn: None,
            call: Some(format!("call-{number}")),
        }),
        rationale: Audit::missing("a test"),
        effects: Vec::new(),
        findings: Vec::new(),
        decision: Some(Decision {
            mode: Mode::Enforce,
            raw: Verdict::default(),
            applied: Verdict::default(),
            matches: Vec::new(),
            degraded: None,
            undecided: None,
            code: Code::of(&id),
            repeats: None,
        }),
        gaps: Vec::new(),
        parts: Vec::new(),
        policy: None,
        detail: None,
        decided_us: None,
    }
}

/// Milliseconds since 1970 as records write it, for times within a few days of [`START`].
pub(crate) fn at(millis: i64) -> String {
    let since = millis - START / 1000 + 6 * 3_600_000;
    let (day, rest) = (24 + since.div_euclid(86_400_000), since.rem_euclid(86_400_000));
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!("2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}000Z", rest % 1000)
}

pub(crate) fn draft(envelope: &Envelope, content: Option<&str>) -> Draft {
    Draft::new(envelope, content.map(|text| text.as_bytes().to_vec())).unwrap()
}

pub(crate) fn rows(journal: &Journal) -> Vec<Checked> {
    journal.rows().unwrap().map(Result::unwrap).collect()
}

pub(crate) fn detail(row: &Checked) -> Option<Detail> {
    row.stored.record().unwrap()?.envelope.detail
}

/// Holds every row to the chain, by the formula of the format and none of our code.
pub(crate) fn assert_whole(rows: &[Checked]) {
    let mut previous = [0; 32];
    for (at, row) in (1..).zip(rows) {
        let stored = &row.stored;
        assert_eq!(stored.seq, at);
        assert_eq!(row.faults, [], "row {at}");
        if let Some(envelope) = &stored.envelope {
            assert_eq!(<[u8; 32]>::from(Sha256::digest(envelope)), stored.digest.0, "row {at}");
        }
        let mut hash = Sha256::new();
        hash.update(b"taffrail/1");
        hash.update(stored.chain.as_bytes());
        hash.update(at.to_be_bytes());
        hash.update(previous);
        hash.update(stored.digest.0);
        previous = hash.finalize().into();
        assert_eq!(previous, stored.hash.0, "row {at}");
    }
}

pub(crate) fn blocked(number: u64) -> Envelope {
    let mut envelope = call(number);
    if let Some(decision) = &mut envelope.decision {
        decision.raw.action = Action::Block;
        decision.applied.action = Action::Block;
    }
    envelope
}

/// Text that no compressor makes much smaller.
pub(crate) fn noise(number: u64, length: usize) -> String {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'!' + u8::try_from(state >> 58).unwrap())
        })
        .collect()
}
