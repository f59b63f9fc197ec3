use super::checks;
use crate::content::{hides, mask, scan};
use protocol::{Direction, FindingKind, Severity};
use serde::Deserialize;
use std::path::{Path, PathBuf};

mod values;

use values::Values;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    kind: Vec<Kind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    value: String,
    places: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    texts: Vec<String>,
}

fn corpus<T: for<'de> Deserialize<'de>>(name: &str) -> T {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/content").join(name);
    let text = std::fs::read_to_string(&path).expect("a file of the corpus can be read");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What is found above `note`.
fn found(text: &str) -> Vec<(String, String)> {
    scan(text.as_bytes(), Direction::Local)
        .into_iter()
        .filter(|one| one.kind == FindingKind::Pii && one.severity > Severity::Note)
        .map(|one| (one.name, text.get(one.start..one.end).unwrap_or_default().to_owned()))
        .collect()
}

#[test]
fn personal_data_is_found_whole_in_every_place() {
    let mut values = Values::new(1);
    let (mut count, mut missed) = (0, Vec::new());
    for kind in corpus::<Corpus>("pii.toml").kind {
        for place in &kind.places {
            for _ in 0..5 {
                count += 1;
                let value = values.make(&kind.value);
                let text = place.replace("@@", &value);
                let findings = scan(text.as_bytes(), Direction::Local);
                let at = text.find(&value).expect("the value is in the text");
                let covered = findings
                    .iter()
                    .any(|one| one.severity > Severity::Note && one.start <= at && one.end >= at + value.len());
                if !covered {
                    missed.push(format!("{}: {text:?} gives {:?}", kind.value, found(&text)));
                }
            }
        }
    }
    assert!(count >= 1000, "{count} values");
    // 98 of 100 are the least; what is missed is shown.
    assert!(missed.len() * 50 <= count, "{} of {count} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn look_alikes_stay_quiet() {
    let texts = corpus::<Texts>("pii-lookalikes.toml").texts;
    let loud: Vec<String> = texts
        .iter()
        .filter(|text| !found(text).is_empty())
        .map(|text| format!("{text:?}: {:?}", found(text)))
        .collect();
    assert!(texts.len() >= 200, "{} texts", texts.len());
    assert!(loud.len() * 100 <= texts.len(), "{} of {} are loud:\n{}", loud.len(), texts.len(), loud.join("\n"));
}

#[test]
fn masked_personal_data_is_not_found_again() {
    let mut values = Values::new(2);
    for kind in corpus::<Corpus>("pii.toml").kind {
        for place in &kind.places {
            let text = place.replace("@@", &values.make(&kind.value));
            let findings = scan(text.as_bytes(), Direction::Local);
            let masked = mask(text.as_bytes(), &findings, &mut |one, _| format!("‹{}·1a2b›", one.name));
            let again: Vec<_> = scan(masked.as_bytes(), Direction::Local).into_iter().filter(hides).collect();
            assert!(again.is_empty(), "{masked:?} gives {again:?}");
        }
    }
}

#[test]
fn a_published_number_is_a_note_and_stays_in_the_text() {
    let text = b"card 4242 4242 4242 4242, contact security@acme.net";
    let findings = scan(text, Direction::Local);
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings.iter().all(|one| one.severity == Severity::Note));
    assert_eq!(mask(text, &findings, &mut |_, _| "‹x›".into()).as_bytes(), text);
}

#[test]
fn a_changed_check_digit_is_no_identity_number() {
    let mut values = Values::new(3);
    for kind in ["iban", "fr-nir", "cn-resident-id", "mx-curp", "it-codice-fiscale", "ch-ahv", "card"] {
        let mut quiet = 0;
        for _ in 0..20 {
            let mut value = values.make(kind).into_bytes();
            let at = value.len() - 3;
            value[at] = if value[at].is_ascii_digit() { b'0' + (value[at] - b'0' + 1) % 10 } else { b'A' };
            quiet += usize::from(found(&String::from_utf8_lossy(&value)).is_empty());
        }
        assert!(quiet >= 15, "{kind}: {quiet} of 20 are quiet");
    }
}

#[test]
fn a_column_says_what_its_values_are_and_no_other_columns() {
    let table = "id,ssn,order\n1,219456789,319456789\n2,319456788,219456780";
    assert_eq!(found(table), [("us-ssn".into(), "219456789".into()), ("us-ssn".into(), "319456788".into())]);
    let insert = "INSERT INTO people (name, ssn, total) VALUES\n ('Ana', '219456789', '2124694143'),\n ('Bo', '319456789', '2124694144');";
    assert_eq!(found(insert), [("us-ssn".into(), "219456789".into()), ("us-ssn".into(), "319456789".into())]);
}

#[test]
fn the_nearest_word_decides() {
    assert_eq!(found("phone: 2124694143, order: 2124694187").len(), 1);
    assert_eq!(found("order for phone 2124694143").len(), 1);
    assert_eq!(found("publication 1234567891 of this pubic card"), []);
}

#[test]
fn a_secret_is_not_personal_data_as_well() {
    let text = "https://ana.keller:aK9mQ2xvB7tR@db.acme.net/x";
    assert!(found(text).is_empty(), "{:?}", found(text));
}

#[test]
fn work_is_linear_in_tables_digits_and_signs() {
    let pieces = [
        "1234567890,",
        "4539148803436467 ",
        "a@",
        "@@@@",
        "12 34 56 78 ",
        "1-2-3-4-5-6-7-8-9-0-",
        "(1,2,3),",
        "a@b.c",
        "DE44",
        "\n,,,1",
        "%40",
        "+49 ",
    ];
    for piece in pieces {
        let time = |bytes: usize| {
            let text = piece.repeat(bytes / piece.len());
            let start = std::time::Instant::now();
            let found = scan(text.as_bytes(), Direction::Local).len();
            (start.elapsed(), found)
        };
        let (short, _) = (0..3).map(|_| time(20_000)).min().expect("three");
        let (long, _) = (0..3).map(|_| time(640_000)).min().expect("three");
        // Thirty-two times as much: a square would be 1024.
        assert!(long < short * 300 + std::time::Duration::from_millis(50), "{piece:?}: {short:?} and {long:?}");
    }
}

#[test]
fn published_check_values_are_right() {
    let digits = |text: &str| text.bytes().map(|b| b - b'0').collect::<Vec<u8>>();
    assert!(checks::luhn(&digits("4111111111111111")));
    assert!(checks::uk_nhs(&digits("9434765919")));
    assert!(checks::de_tax(&digits("86095742719")));
    assert!(checks::nl_bsn(&digits("111222333")));
    assert!(checks::pl_pesel(&digits("44051401359")));
    assert!(checks::be_national(&digits("85073003328")));
    assert!(checks::br_cpf(&digits("11144477735")));
    assert!(checks::au_tfn(&digits("123456782")));
    assert!(checks::ca_sin(&digits("046454286")[..]) || checks::luhn(&digits("046454286")));
    assert!(checks::ch_ahv(&digits("7569217076985")));
    assert!(checks::at_svnr(&digits("1237010180")));
    assert!(checks::fi_hetu(b"131052-308T"));
    assert!(checks::es_dni(b"12345678Z"));
    assert!(checks::it_fiscal(b"RSSMRA85T10A562S"));
    assert!(checks::sg_nric(b"S1234567D"));
    assert!(checks::cn_resident(b"11010519491231002X"));
    assert!(checks::iban(b"GB82WEST12345698765432"));
    assert!(checks::hk_id(b"A1234563"));
    assert!(checks::ie_pps(b"1234567T"));
    assert!(checks::de_health(b"A123456780"));
    assert!(checks::tr_tckn(&digits("10000000146")));
    assert!(checks::cl_rut(&digits("12345678"), b'5'));
}

#[test]
fn numbers_are_found_by_what_their_own_country_calls_them() {
    for (text, value) in [
        (r#"{"personnummer":"196602198183"}"#, "196602198183"),
        (r#"{"henkilotunnus":"151072-5170"}"#, "151072-5170"),
        ("HETU 151072-5170", "151072-5170"),
        ("身份证 110105199406307066", "110105199406307066"),
        ("Krankenversichertennummer: M569514497", "M569514497"),
        ("旅券番号: TK4471902", "TK4471902"),
        ("Reisepass-Nr. KZ6VW1V29", "KZ6VW1V29"),
        ("AUSWEISNUMMER HT2N1YFY7", "HT2N1YFY7"),
        ("doğum tarihi 16.11.1963", "16.11.1963"),
        ("licence no. SNMRC703191NM9CE", "SNMRC703191NM9CE"),
        ("Tel. 030 / 46695763", "030 / 46695763"),
        ("Our office line is (713) 469-4296.", "(713) 469-4296"),
        (r"\email{ana.keller@keller.io}", "ana.keller@keller.io"),
        (r#""limit:ana.keller@keller.io:login""#, "ana.keller@keller.io"),
        ("Deliver to: 12 Mill Road, Leeds LS1 4AB. Phone follows", "12 Mill Road, Leeds LS1 4AB"),
    ] {
        let found = found(text);
        assert!(found.iter().any(|(_, one)| one == value), "{text}: {found:?}");
    }
}
