use super::otlp::{Body, Error, Row, Severity, decode, encode};
use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn vector(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn otlp_vector() -> Value {
    vector(include_str!("../../../../tests/compat/otlp-1.json"))
}

fn digest(value: &Value) -> [u8; 32] {
    let mut digest = [0; 32];
    hex::decode_to_slice(value.as_str().unwrap(), &mut digest).unwrap();
    digest
}

fn rows(vector: &Value) -> Vec<Row<'_>> {
    let row = |row: &'_ Value| -> (u64, u64, u8) {
        let number = |name: &str| row[name].as_u64().unwrap();
        (number("seq"), number("time_ns"), u8::try_from(number("severity")).unwrap())
    };
    vector["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stored| {
            let (seq, time_ns, severity) = row(stored);
            let body = match stored["envelope"].as_str() {
                Some(envelope) => Body::Whole { envelope, content: stored["content"].as_str() },
                None => Body::Stub { digest: digest(&stored["digest"]), why: stored["stub"].as_str().unwrap() },
            };
            Row {
                chain: vector["chain"].as_str().unwrap().parse().unwrap(),
                seq,
                previous: digest(&stored["previous"]),
                hash: digest(&stored["hash"]),
                time_ns,
                severity: Severity(severity),
                body,
            }
        })
        .collect()
}

/// Made once, by Google's protobuf from OpenTelemetry's own definitions.
#[test]
fn a_batch_of_version_1_is_read_and_written_as_another_implementation_writes_it() {
    let vector = otlp_vector();
    let request = hex::decode(vector["request"].as_str().unwrap()).unwrap();
    let rows = rows(&vector);
    assert_eq!(rows.len(), 3);
    assert_eq!(decode(&request, 3).unwrap(), rows);
    assert_eq!(hex::encode(encode(&rows)), hex::encode(&request));
}

#[test]
fn a_batch_that_is_cut_anywhere_is_no_batch_of_as_many_records() {
    let request = hex::decode(otlp_vector()["request"].as_str().unwrap()).unwrap();
    for cut in 1..request.len() {
        assert_eq!(decode(&request[..cut], 3), Err(Error::Protobuf), "cut at {cut}");
    }
}

#[test]
fn records_are_counted_before_anything_is_made_of_them() {
    // Two bytes each: an empty log record.
    let mut scope = Vec::new();
    for _ in 0..50_000 {
        scope.extend_from_slice(&[0x12, 0]);
    }
    let nest = |field: u8, inner: &[u8]| {
        let mut out = vec![field << 3 | 2];
        let mut length = inner.len();
        while length >= 0x80 {
            out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        out.push(u8::try_from(length).unwrap());
        out.extend_from_slice(inner);
        out
    };
    let request = nest(1, &nest(2, &scope));
    assert_eq!(decode(&request, 1000), Err(Error::Missing("a body")));
    let vector = otlp_vector();
    let rows = rows(&vector);
    assert_eq!(decode(&encode(&rows), 2), Err(Error::TooMany(2)));
}

#[test]
fn what_a_record_must_have_is_named_when_it_is_missing() {
    let vector = otlp_vector();
    let whole = encode(&rows(&vector));
    for name in ["taffrail.chain_id", "taffrail.seq", "taffrail.previous", "taffrail.hash"] {
        let at = whole.windows(name.len()).position(|window| window == name.as_bytes()).unwrap();
        let mut other = whole.clone();
        other[at] = b'x';
        let error = decode(&other, 3).unwrap_err();
        assert!(matches!(error, Error::Missing(missing) if missing == name), "{name}: {error}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        decode(&bytes, 10).ok();
    }

    #[test]
    fn a_changed_byte_is_refused_or_shows(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let request = hex::decode(otlp_vector()["request"].as_str().unwrap()).unwrap();
        let mut other = request.clone();
        let at = at.index(other.len());
        other[at] ^= flip;
        // What is read is written again as it was read, or the change was in a field that is not used.
        if let Ok(rows) = decode(&other, 10) {
            let again = encode(&rows);
            prop_assert_eq!(decode(&again, 10).unwrap(), rows);
        }
    }

    #[test]
    fn a_record_reads_back(seq in 0..=i64::MAX.cast_unsigned(), time_ns: u64, hash: [u8; 32], envelope in ".{0,300}", content in proptest::option::of(".{0,300}"), stub: bool) {
        let body = if stub {
            Body::Stub { digest: hash, why: "evicted" }
        } else {
            Body::Whole { envelope: &envelope, content: content.as_deref() }
        };
        let row = Row { chain: Uuid::from_u128(7), seq, previous: [3; 32], hash, time_ns, severity: Severity::WARN, body };
        let rows = vec![row.clone(), row];
        let request = encode(&rows);
        prop_assert_eq!(decode(&request, 2).unwrap(), rows);
    }
}

#[test]
fn the_texts_of_version_1_are_what_they_were() {
    let vector = vector(include_str!("../../../../tests/compat/wire-1.json"));
    let request = &vector["request"];
    let text = |name: &str| request[name].as_str().unwrap();
    let signed = Signed {
        method: text("method"),
        path: text("path"),
        collector: vector["collector"].as_str().unwrap(),
        encoding: text("encoding"),
        digest: text("digest"),
        time_ms: request["time_ms"].as_u64().unwrap(),
        nonce: text("nonce"),
    };
    assert_eq!(signed.text(), text("text"));
    assert!(is_nonce(signed.nonce));
    for answer in vector["answers"].as_array().unwrap() {
        let body = answer["body"].as_str().unwrap();
        let read: Answer = serde_json::from_str(body).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), body);
    }
    let body = vector["enroll"].as_str().unwrap();
    let read: Enroll = serde_json::from_str(body).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), body);
    let token = Token::parse(vector["token"].as_str().unwrap()).unwrap();
    assert_eq!((token.collector.as_str(), &token.secret), (signed.collector, &read.secret));
    assert_eq!(token.text(), vector["token"].as_str().unwrap());
}

#[test]
fn a_token_is_read_strictly_and_hides_its_secret() {
    let text = format!("taffrail-1.{}.{}", "0a".repeat(32), "1b".repeat(32));
    let token = Token::parse(&format!("  {text}\n")).unwrap();
    assert_eq!(token.text(), text);
    assert!(!format!("{token:?}").contains("1b1b"));
    for wrong in [
        "",
        "taffrail-1..",
        "taffrail-2.x.y",
        &text.replace("0a", "0A"),
        text.trim_start_matches('t'),
        &format!("{text}00"),
    ] {
        assert_eq!(Token::parse(wrong), Err(NoToken), "{wrong:?}");
    }
    let enroll = Enroll { v: 1, secret: token.secret, name: "x".into(), program: "0".into() };
    assert!(!format!("{enroll:?}").contains("1b1b"));
}

#[test]
fn an_answer_of_a_newer_version_is_not_taken_for_one_of_ours() {
    let newer = r#"{"v":2,"nonce":"00","time_ms":1,"is":"moved","to":"x"}"#;
    assert!(serde_json::from_str::<Answer>(newer).is_err());
    let other = r#"{"v":1,"nonce":"00","time_ms":1,"is":"refused","why":"full-moon","text":""}"#;
    let read: Answer = serde_json::from_str(other).unwrap();
    assert!(matches!(read.says, Says::Refused { why: Refusal::Other, .. }));
}
