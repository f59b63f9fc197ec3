use super::*;
use crate::store::conformance::{batch, rows};
use crate::store::records::SqliteRecords;
use crate::store::{Batch, Records as _};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

const CHAIN: Uuid = Uuid::from_u128(5);
/// The time of receipt of [`batch`].
const RECEIVED: u64 = 1_795_338_902_381;

/// A record of a call as devices write them, with some of its fields changed.
fn envelope(at: &str, command: &str, change: &Value) -> String {
    let all: Value = serde_json::from_str(include_str!("../../../../tests/compat/record-1.json")).unwrap();
    let mut envelope = all["records"][0]["envelope"].clone();
    envelope["at"] = json!(at);
    envelope["cwd"] = json!(command);
    for (name, value) in change.as_object().unwrap() {
        envelope[name] = value.clone();
    }
    envelope.to_string()
}

fn decision(raw: &str, applied: &str) -> Value {
    let verdict = |action: &str| json!({ "action": action, "notice": "none" });
    let matched = json!({
        "rule": format!("test.{raw}"), "layer": "built-in", "verdict": verdict(raw), "severity": "high", "truth": "yes",
    });
    json!({ "mode": "detect", "raw": verdict(raw), "applied": verdict(applied), "matches": [matched], "code": "7QK4" })
}

fn content(text: &str) -> String {
    json!({ "v": 1, "parts": [{ "name": "input", "salt": "00", "text": text }] }).to_string()
}

fn filled(envelopes: &[(String, &str)]) -> (TempDir, SqliteRecords) {
    let folder = tempfile::tempdir().unwrap();
    let mut records = SqliteRecords::open(&folder.path().join("records.db")).unwrap();
    records.append(&[of(envelopes)]).unwrap();
    (folder, records)
}

fn of(envelopes: &[(String, &str)]) -> Batch {
    let texts: Vec<&str> = envelopes.iter().map(|(envelope, _)| envelope.as_str()).collect();
    let mut rows = rows(CHAIN, None, &texts);
    for (row, (_, text)) in rows.iter_mut().zip(envelopes) {
        row.content = Some(content(text));
    }
    batch(CHAIN, (0, 0), rows)
}

fn five() -> Vec<(String, &'static str)> {
    let call = |second: u32, change: Value| envelope(&format!("2026-11-22T09:15:{second:02}.000000Z"), "/w", &change);
    vec![
        (call(1, json!({ "decision": decision("allow", "allow") })), "ls -la"),
        (call(2, json!({ "decision": decision("block", "allow") })), "rm -rf \"$HOME\""),
        (call(3, json!({ "decision": decision("ask", "ask"), "effects": [] })), "git push --force"),
        (call(4, json!({ "decision": decision("block", "block") })), "RM ‹github-token·7f3a›"),
        (call(5, json!({ "decision": decision("allow", "allow"), "phase": "after" })), "an answer"),
    ]
}

fn seqs(records: &SqliteRecords, filter: &Filter) -> Vec<u64> {
    records.calls(filter, 10).unwrap().found.iter().map(|call| call.row.seq).collect()
}

#[test]
fn calls_are_found_newest_first_by_everything_that_is_named() {
    let (_folder, records) = filled(&five());
    let find = |change: &dyn Fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        seqs(&records, &filter)
    };
    assert_eq!(find(&|_| {}), [4, 3, 2, 1], "what a call was answered with is no call of its own");
    assert_eq!(find(&|f| f.fates = vec![Fate::Stopped]), [4]);
    assert_eq!(find(&|f| f.fates = vec![Fate::WouldStop, Fate::Asked]), [3, 2]);
    assert_eq!(find(&|f| f.effect = Some("delete".into())), [4, 2, 1]);
    assert_eq!(find(&|f| f.effect = Some("del".into())), Vec::<u64>::new(), "whole names");
    assert_eq!(find(&|f| f.rule = Some("test.block".into())), [4, 2]);
    assert_eq!(find(&|f| f.text = Some("rM".into())), [4, 2]);
    assert_eq!(find(&|f| f.text = Some("\"$home\"".into())), [2], "as typed, not as stored");
    assert_eq!(find(&|f| f.text = Some("7f3a".into())), [4]);
    assert_eq!(find(&|f| f.person = Some("' OR 1=1 --".into())), Vec::<u64>::new());
    assert_eq!(find(&|f| f.person = Some("ana".into())).len(), 4);
    assert_eq!(find(&|f| f.device = Some(Uuid::from_u128(9))).len(), 4);
    assert_eq!(find(&|f| f.device = Some(Uuid::from_u128(8))).len(), 0);
    assert_eq!(
        find(&|f| (f.session, f.device, f.fates) = (Some("s-1".into()), Some(Uuid::from_u128(9)), vec![Fate::Stopped])),
        [4]
    );
    assert_eq!(find(&|f| (f.device, f.fates) = (Some(Uuid::from_u128(8)), vec![Fate::Stopped])), Vec::<u64>::new());
    assert_eq!(
        find(&|f| (f.session, f.agent, f.tool) = (Some("s-1".into()), Some("claude-code".into()), Some("Bash".into())))
            .len(),
        4
    );
}

#[test]
fn a_list_goes_on_where_it_ended_and_ends() {
    let (_folder, records) = filled(&five());
    let mut filter = Filter::default();
    let mut seen = Vec::new();
    for most in [3, 3] {
        let calls = records.calls(&filter, most).unwrap();
        seen.extend(calls.found.iter().map(|call| call.row.seq));
        filter.before = calls.next;
    }
    assert_eq!((seen, filter.before), (vec![4, 3, 2, 1], None));
}

#[test]
fn one_question_looks_through_so_many_calls_and_says_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut records = SqliteRecords::open(&folder.path().join("records.db")).unwrap();
    let one = envelope("2026-11-22T09:15:01.000000Z", "/w", &json!({ "decision": decision("allow", "allow") }));
    let count = usize::try_from(TEXT_WINDOW).unwrap() + 5;
    let mut all: Vec<(String, &str)> = vec![(one, "echo"); count];
    all[0].1 = "needle";
    records.append(&[of(&all)]).unwrap();
    let mut filter = Filter { text: Some("needle".into()), ..Filter::default() };
    let calls = records.calls(&filter, 10).unwrap();
    assert!(calls.found.is_empty() && calls.cut, "{calls:?}");
    filter.before = calls.next;
    let calls = records.calls(&filter, 10).unwrap();
    assert_eq!((calls.found.len(), calls.next, calls.cut), (1, None, false));
}

#[test]
fn figures_rules_sessions_and_arrivals_are_those_of_the_records() {
    let (_folder, records) = filled(&five());
    let counts = records.counts(0).unwrap();
    assert_eq!(counts.all(), 4);
    for (fate, count) in [(Fate::Ran, 1), (Fate::WouldStop, 1), (Fate::Asked, 1), (Fate::Stopped, 1), (Fate::Masked, 0)]
    {
        assert_eq!(counts.of(fate), count, "{fate:?}");
    }
    assert_eq!(records.counts(RECEIVED + 1).unwrap().all(), 0);
    assert_eq!(records.rules(0, 5).unwrap(), [("test.block".to_owned(), 2), ("test.ask".to_owned(), 1)]);
    let sessions = records.sessions(5).unwrap();
    assert_eq!((sessions.len(), sessions[0].calls, sessions[0].fate), (1, 4, Fate::Stopped));
    assert_eq!(records.arrivals().unwrap(), [(Uuid::from_u128(9), RECEIVED)]);
    let placed = records.placed(CHAIN, 0, 2).unwrap().unwrap();
    assert_eq!(placed.before, Some(records.placed(CHAIN, 0, 1).unwrap().unwrap().row.hash));
    assert!(placed.receipt.is_some() && records.placed(CHAIN, 0, 6).unwrap().is_none());
    assert!(records.placed(CHAIN, 1, 1).unwrap().is_none());
}

#[test]
fn a_clock_that_is_ahead_puts_nothing_above_what_comes_later_and_no_record_is_too_odd_to_list() {
    let ahead = envelope("9999-01-01T00:00:00.000000Z", "/w", &json!({ "decision": decision("allow", "allow") }));
    let odd = envelope("no time at all", "/w", &json!({}));
    let (_folder, records) = filled(&[(ahead, "ahead"), (odd, "odd"), ("not json".to_owned(), "x")]);
    let calls = records.calls(&Filter::default(), 10).unwrap();
    let times: Vec<u64> = calls.found.iter().map(|call| call.cursor.at_ms).collect();
    assert_eq!(times, [RECEIVED, 0]);
}

/// A store of the first version, as its program laid it out.
fn first_version(path: &Path, batch: &Batch) {
    let mut records = SqliteRecords::open(path).unwrap();
    records.append(std::slice::from_ref(batch)).unwrap();
    drop(records);
    let db = rusqlite::Connection::open(path).unwrap();
    db.execute_batch("DROP TABLE calls; DROP TABLE arrivals; PRAGMA user_version = 1;").unwrap();
}

#[test]
fn a_store_of_the_first_version_is_brought_up_to_date_once_with_all_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.db");
    first_version(&path, &of(&five()));
    for _ in 0..2 {
        let records = SqliteRecords::open(&path).unwrap();
        assert_eq!(seqs(&records, &Filter::default()), [4, 3, 2, 1]);
        assert_eq!(records.arrivals().unwrap(), [(Uuid::from_u128(9), RECEIVED)]);
    }
    let mut reader = SqliteRecords::open_to_read(&path).unwrap();
    let more = batch(CHAIN, (1, 0), rows(CHAIN, None, &["x"]));
    assert!(reader.append(&[more]).is_err(), "a reader writes nothing");
}
