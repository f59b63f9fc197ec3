//! The corpus in `tests/corpus/content`: recall on texts with secrets, false alarms on texts without.

use super::generate::{self, Random};
use super::{all_forms, scan};
use crate::content::bytes;
use protocol::{Direction, Severity};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct File {
    group: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    texts: Vec<String>,
}

fn groups(file: &str) -> Vec<Group> {
    let path = format!("{}/../../tests/corpus/content/{file}.toml", env!("CARGO_MANIFEST_DIR"));
    toml::from_str::<File>(&std::fs::read_to_string(path).unwrap()).unwrap().group
}

/// How often each text is made, with other values.
const ROUNDS: u64 = 5;

const WORDS: [&str; 16] = [
    "autumn", "bridge", "copper", "dragon", "ember", "falcon", "garden", "harbor", "island", "jungle", "kitten",
    "lemon", "meadow", "nectar", "orchid", "pepper",
];

fn pick<'a>(random: &mut Random, from: &[&'a str]) -> &'a str {
    from[random.below(from.len())]
}

/// As a person chooses one: a word or two, a number, perhaps a mark.
fn password(random: &mut Random, marks: &[&str]) -> String {
    let word = pick(random, &WORDS);
    let capital = word[..1].to_uppercase() + &word[1..];
    let number = 10 + random.below(9000);
    match random.below(4) {
        0 => format!("{capital}{number}{}", pick(random, marks)),
        1 => format!("{word}{}{number}", pick(random, marks)),
        2 => format!("{}{capital}{}{number}", pick(random, &WORDS), pick(random, marks)),
        _ => format!("{}{}{}", random.text(bytes::ALNUM, 6), pick(random, marks), random.text(bytes::ALNUM, 6)),
    }
}

/// As a manager makes one: each class, and marks in the midst.
fn strong(random: &mut Random, marks: &[&str]) -> String {
    let mut made = random.text(bytes::LOWER, 2) + &random.text(bytes::DIGITS, 2) + &random.text(bytes::UPPER, 2);
    for _ in 0..3 {
        made += pick(random, marks);
        made += &random.text(bytes::ALNUM, 3);
    }
    made
}

fn base64(plain: &[u8]) -> String {
    let url = generate::base64url(plain).replace('-', "+").replace('_', "/");
    let padding = "=".repeat((4 - url.len() % 4) % 4);
    url + &padding
}

fn random_base64(random: &mut Random, length: usize) -> String {
    let plain: Vec<u8> = (0..length).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
    base64(&plain)
}

fn pem(random: &mut Random) -> String {
    let lines: Vec<String> = (0..6).map(|_| random.text(bytes::ALNUM, 64)).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", lines.join("\n"))
}

fn of_kind(kind: &str, random: &mut Random) -> String {
    let forms: Vec<_> = all_forms().filter(|form| form.kind == kind).collect();
    assert!(!forms.is_empty(), "no kind is called {kind}");
    let form = forms[random.below(forms.len())];
    generate::token(form, random)
}

fn uuid(random: &mut Random) -> String {
    [8, 4, 4, 4, 12].map(|length| random.text(bytes::HEX, length)).join("-")
}

const MARKS: [&str; 7] = ["!", "#", "%", "^", "*", "-", "+"];
const SAFE: [&str; 4] = ["-", "_", ".", "~"];

/// The value that a slot stands for.
fn value(slot: &str, random: &mut Random) -> String {
    let (name, argument) = slot.split_once(':').unwrap_or((slot, ""));
    let length = argument.parse().unwrap_or(0);
    let hex = |token: &str| token.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    match name {
        "hex" => random.text(bytes::HEX, length),
        "upperhex" => random.text(bytes::HEX, length).to_uppercase(),
        "alnum" => random.text(bytes::ALNUM, length),
        "lower" => random.text(bytes::LOWER_DIGITS, length),
        "upper" => random.text(bytes::UPPER_DIGITS, length),
        "base32" => random.text(bytes::BASE32, length),
        "digits" => random.text(bytes::DIGITS, length),
        "base64" => random.text(bytes::BASE64 & !bytes::EQUALS, length),
        "base64-32" => random_base64(random, 32),
        "base64-64" => random_base64(random, 64),
        "base64-pem" => base64(pem(random).as_bytes()),
        "pem-json" => pem(random).replace('\n', "\\n"),
        "hexlines" => (0..16).map(|_| random.text(bytes::HEX, 32)).collect::<Vec<_>>().join("\n"),
        "basic" => base64(format!("ana:{}", strong(random, &MARKS)).as_bytes()),
        "password" => password(random, &["", "!", "#", "-", "_", "%"]),
        "password-plain" => password(random, &["", "-", "_", "."]),
        "strong" => strong(random, &MARKS),
        "strong-plain" => strong(random, &SAFE),
        "strong-json" => strong(random, &["<", ">", "&", "!", "#", "/"]),
        "wordpress" => (0..16)
            .map(|_| pick(random, &["!", "|", "^", "<", "~"]).to_owned() + &random.text(bytes::ALNUM, 3))
            .collect(),
        "phrase" => (0..12).map(|_| pick(random, &WORDS)).collect::<Vec<_>>().join(" "),
        "slackhook" => {
            let [team, bot] = [8, 10].map(|length| random.text(bytes::UPPER_DIGITS, length));
            format!("T{team}/B{bot}/{}", random.text(bytes::ALNUM, 24))
        }
        "uuid" | "uuid-npm" => uuid(random),
        "jwt" => generate::jwt(random),
        "kind" => of_kind(argument, random),
        "encoded" => base64(of_kind(argument, random).as_bytes()),
        "hex-encoded" => hex(&of_kind(argument, random)),
        "encoded-assignment" => {
            base64(format!("DB_PASSWORD={}\nNODE_ENV=production\n", strong(random, &MARKS)).as_bytes())
        }
        _ => panic!("no slot is called {slot}"),
    }
}

/// The text with its slots filled, and the spans of the secrets in it.
fn fill(template: &str, marks: &[&str], random: &mut Random) -> (String, Vec<(usize, usize)>) {
    let (mut text, mut spans, mut rest) = (String::new(), Vec::new(), template);
    while let Some(at) = marks.iter().filter_map(|mark| rest.find(mark)).min() {
        let end = at + rest[at..].find('}').unwrap();
        let slot = &rest[at + 2..end];
        // `#{ENV["TOKEN"]}` is Ruby's.
        if !slot.bytes().all(|b| bytes::is(b, bytes::LOWER_DIGITS | bytes::DASH | bytes::COLON)) {
            text += &rest[..at + 2];
            rest = &rest[at + 2..];
            continue;
        }
        text += &rest[..at];
        let made = value(slot, random);
        if rest.as_bytes()[at] == b'@' {
            spans.push((text.len(), text.len() + made.len()));
        }
        text += &made;
        rest = &rest[end + 1..];
    }
    (text + rest, spans)
}

/// What went wrong in which group, and how many items there were.
#[derive(Default)]
struct Tally {
    items: BTreeMap<String, (usize, usize)>,
    wrong: BTreeMap<String, (usize, String)>,
}

impl Tally {
    fn note(&mut self, group: &str, template: &str, right: bool, text: &str) {
        let (all, good) = self.items.entry(group.to_owned()).or_default();
        *all += 1;
        *good += usize::from(right);
        if !right {
            self.wrong.entry(template.to_owned()).or_insert((0, text.to_owned())).0 += 1;
        }
    }

    /// How many per mille were right, with what was not in print.
    fn per_mille(&self) -> usize {
        for (template, (count, text)) in &self.wrong {
            eprintln!("{count}x {template}\n     {text}");
        }
        for (group, (all, good)) in &self.items {
            eprintln!("{group}: {good} of {all}");
        }
        let (all, good) = self.items.values().fold((0, 0), |(a, g), (all, good)| (a + all, g + good));
        good * 1000 / all
    }
}

#[test]
fn secrets_of_the_corpus_are_masked_whole() {
    let mut tally = Tally::default();
    for group in groups("secrets") {
        for template in &group.texts {
            for seed in 1..=ROUNDS {
                let (text, spans) = fill(template, &["@{", "#{"], &mut Random::new(seed * 7919));
                assert!(!spans.is_empty(), "no secret in {template}");
                let findings = scan(text.as_bytes(), Direction::Incoming);
                let covered =
                    |at: usize| findings.iter().any(|f| f.severity > Severity::Note && (f.start..f.end).contains(&at));
                let right = spans.iter().all(|(start, end)| (*start..*end).all(covered));
                tally.note(&group.name, template, right, &text);
            }
        }
    }
    let recall = tally.per_mille();
    assert!(recall >= 970, "{recall} of 1000");
}

#[test]
fn harmless_texts_of_the_corpus_stay_quiet() {
    let mut tally = Tally::default();
    for group in groups("harmless") {
        for template in &group.texts {
            for seed in 1..=ROUNDS {
                let (text, _) = fill(template, &["#{"], &mut Random::new(seed * 7919));
                let findings = scan(text.as_bytes(), Direction::Incoming);
                let found = findings.iter().find(|f| f.severity > Severity::Note);
                let what = found.map(|f| format!("{}: {}", f.name, &text[f.start..f.end])).unwrap_or_default();
                tally.note(&group.name, template, found.is_none(), &what);
            }
        }
    }
    let quiet = tally.per_mille();
    assert!(quiet >= 985, "{quiet} of 1000");
}
