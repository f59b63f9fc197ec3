//! Frames, fallback tables and records as version 1 writes them. The files are never made again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use taffrail_protocol::fallback::{self, Answer, Publication, Situation, Table};
use taffrail_protocol::frame::{self, Header, Hello, Kind};
use taffrail_protocol::record::{Content, Detail, Envelope};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn bytes(value: &Value, name: &str) -> Vec<u8> {
    unhex(text(value, name))
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap();
    text.as_bytes().chunks(2).map(|pair| u8::try_from(digit(&pair[0]) << 4 | digit(&pair[1])).unwrap()).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn frames() -> Value {
    serde_json::from_str(include_str!("../../../tests/compat/frame-1.json")).unwrap()
}

fn records() -> Value {
    serde_json::from_str(include_str!("../../../tests/compat/record-1.json")).unwrap()
}

fn kind(name: &str) -> Kind {
    match name {
        "hello" => Kind::Hello,
        "data" => Kind::Data,
        "end" => Kind::End,
        "request" => Kind::Request,
        "stdout" => Kind::Stdout,
        "stderr" => Kind::Stderr,
        "exit" => Kind::Exit,
        "refused" => Kind::Refused,
        other => panic!("no kind {other}"),
    }
}

#[test]
fn frames_of_version_1_are_read_and_written_as_they_were() {
    for expected in list(&frames()["frames"]) {
        let (kind, body, wire) = (kind(text(expected, "kind")), bytes(expected, "body"), bytes(expected, "wire"));
        let mut read = Vec::new();
        assert_eq!(frame::read(&mut wire.as_slice(), &mut read).unwrap(), kind);
        assert_eq!(read, body);
        let mut written = Vec::new();
        frame::write(&mut written, kind, &body).unwrap();
        assert_eq!(written, wire);
    }
}

#[test]
fn hellos_of_version_1_and_of_a_newer_hook_are_read() {
    let frames = frames();
    for name in ["hello", "newer_hello"] {
        let expected = &frames[name];
        let environment = list(&expected["environment"])
            .iter()
            .map(|pair| (pair[0].as_str().unwrap().to_owned(), unhex(pair[1].as_str().unwrap())))
            .collect();
        let hello = Hello {
            agent: text(expected, "agent").to_owned(),
            event: text(expected, "event").to_owned(),
            version: text(expected, "version").to_owned(),
            environment,
        };
        assert_eq!(Hello::decode(&bytes(expected, "body")).unwrap(), hello);
        if name == "hello" {
            assert_eq!(hello.encode(), bytes(expected, "body"));
        }
    }
}

#[test]
fn headers_that_version_1_refuses_stay_refused() {
    for refused in list(&frames()["refused"]) {
        let error = Header::decode(bytes(refused, "header").try_into().unwrap()).unwrap_err();
        let why = match error {
            frame::Error::Version(_) => "version",
            frame::Error::Kind(_) => "kind",
            frame::Error::Reserved => "reserved",
            frame::Error::Length(_) => "length",
            _ => "other",
        };
        assert_eq!(why, text(refused, "why"));
    }
}

/// The table that a file beside the bytes describes.
fn described(text_of_file: &str) -> Table {
    let expected: Value = serde_json::from_str(text_of_file).unwrap();
    let rows = list(&expected["rows"])
        .iter()
        .map(|row| fallback::Row {
            agent: text(row, "agent").to_owned(),
            event: text(row, "event").to_owned(),
            situation: match text(row, "situation") {
                "away" => Situation::Away,
                "malformed" => Situation::Malformed,
                "too-big" => Situation::TooBig,
                "stood-down" => Situation::StoodDown,
                other => panic!("no situation {other}"),
            },
            answer: Answer {
                exit: u8::try_from(row["exit"].as_u64().unwrap()).unwrap(),
                stdout: text(row, "stdout").as_bytes().to_vec(),
                stderr: text(row, "stderr").as_bytes().to_vec(),
            },
        })
        .collect();
    let published = match &expected["published"] {
        Value::Null => Publication::default(),
        given => {
            Publication { serial: given["serial"].as_u64().unwrap(), key: bytes(given, "key").try_into().unwrap() }
        }
    };
    Table { enforce: expected["enforce"].as_bool().unwrap(), published, rows }
}

#[test]
fn a_fallback_table_of_version_1_is_still_read() {
    let stored = include_bytes!("../../../tests/compat/fallback-1.bin");
    let table = described(include_str!("../../../tests/compat/fallback-1.json"));
    assert_eq!(Table::decode(stored).unwrap(), table);
}

#[test]
fn a_fallback_table_of_version_2_is_read_and_written_as_it_was() {
    let stored = include_bytes!("../../../tests/compat/fallback-2.bin");
    let table = described(include_str!("../../../tests/compat/fallback-2.json"));
    assert_eq!(Table::decode(stored).unwrap(), table);
    assert_eq!(table.encode().unwrap(), stored);
}

/// Reads `value` as a `T` and writes it again: nothing may be lost, renamed or added.
fn keeps<T: DeserializeOwned + Serialize>(value: &Value) -> T {
    let read: T = serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"));
    assert_eq!(&serde_json::to_value(&read).unwrap(), value);
    read
}

#[test]
fn records_of_version_1_are_read_and_nothing_of_them_is_lost() {
    let records = records();
    for record in list(&records["records"]) {
        keeps::<Envelope>(&record["envelope"]);
        if let Some(content) = record.get("content") {
            keeps::<Content>(content);
        }
    }
    for detail in list(&records["details"]) {
        assert_ne!(keeps::<Detail>(detail), Detail::Newer);
    }
}

#[test]
fn the_stored_record_has_every_kind_of_effect() {
    let records = records();
    let envelope: Envelope = keeps(&records["records"][0]["envelope"]);
    let mut names: Vec<&str> = envelope.effects.iter().map(|effect| effect.action.name()).collect();
    names.dedup();
    assert_eq!(names.len(), 22, "{names:?}");
}

#[test]
fn fields_and_kinds_of_a_newer_version_are_read_over() {
    let mut value = records()["records"][1]["envelope"].clone();
    value["newer_field"] = serde_json::json!({"any": ["thing"]});
    value["kind"] = "newer-kind".into();
    value["detail"] = serde_json::json!({"what": "newer-detail", "more": 1});
    let envelope: Envelope = serde_json::from_value(value).unwrap();
    assert_eq!((envelope.kind, envelope.detail), (taffrail_protocol::record::Kind::Newer, Some(Detail::Newer)));
}
