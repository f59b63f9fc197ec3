//! A record from its envelope to its receipt: compressed, sealed, chained and committed to a real file, while the second
//! thread syncs and signs.

use criterion::{BatchSize, Criterion};
use protocol::record::{Audit, Correlation, Envelope, Kind, Origin, Trigger, TriggerKind};
use protocol::verdict::{Decision, Mode, Verdict};
use protocol::{Code, Phase};
use std::path::PathBuf;
use std::sync::Arc;
use taffrail_journal::{Draft, Journal, Keys, Options};
use uuid::Uuid;

/// 2026-11-24, 06:00 UTC.
const AT: i64 = 1_795_500_000_000_000;

fn envelope(number: u64) -> Envelope {
    let id = Uuid::from_u128(u128::from(number));
    Envelope {
        v: 1,
        id,
        at: "2026-11-24T06:00:00.000000Z".to_owned(),
        kind: Kind::Call,
        origin: Origin::Hook,
        event: Some("PreToolUse".to_owned()),
        phase: Some(Phase::Before),
        cwd: None,
        workspace: None,
        agent: Audit::missing("a bench"),
        trigger: Audit::Present(Trigger { uid: 1000, user: None, kind: TriggerKind::Human, asserted: true }),
        step: Audit::missing("a bench"),
        credential: Audit::missing("a bench"),
        correlation: Audit::Present(Correlation {
            workflow: "session".to_owned(),
            session: "session".to_owned(),
            turn: None,
            call: Some(format!("call-{number}")),
        }),
        rationale: Audit::missing("a bench"),
        effects: Vec::new(),
        findings: Vec::new(),
        decision: Some(Decision {
            mode: Mode::Enforce,
            raw: Verdict::default(),
            applied: Verdict::default(),
            matches: Vec::new(),
            degraded: None,
            undecided: None,
            code: Code::of(id.as_bytes()),
            repeats: None,
        }),
        gaps: Vec::new(),
        parts: Vec::new(),
        policy: None,
        detail: None,
        decided_us: None,
    }
}

/// A folder on a disk, as journals lie on one: the target folder, not `/tmp`, which may be memory.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

fn main() {
    let mut criterion = Criterion::default().without_plots().configure_from_args();
    let mut group = criterion.benchmark_group("commit");
    let line = "- step: run `make all` again, and look at what it says\n";
    for (name, content) in [("no content", None), ("16 KiB of content", Some(line.repeat((16 << 10) / line.len())))] {
        let folder = tempfile::tempdir_in(folder()).expect("a folder for the journal");
        let clock = Arc::new(|| AT);
        let opened = Journal::open(folder.path(), Keys::new([1; 32], [2; 32]), Options::new(clock));
        let journal = opened.expect("a new journal opens").journal;
        let content = content.map(|text| serde_json::json!({ "input": text }).to_string().into_bytes());
        let mut number = 0;
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || {
                    number += 1;
                    Draft::new(&envelope(number), content.clone()).expect("an envelope is JSON")
                },
                |draft| journal.append(draft, false).expect("the record is written"),
                BatchSize::SmallInput,
            );
        });
        let status = journal.status();
        assert_eq!(status.lost, 0, "{status:?}");
        journal.close();
    }
    group.finish();
}
