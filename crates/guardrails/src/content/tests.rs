use super::check::{self, Check};
use super::forms::{self, Form, INNERS};
use super::*;
use proptest::prelude::*;

mod contexts;
mod corpus;
mod generate;

use generate::Random;

fn found(text: &[u8]) -> Vec<(String, String)> {
    scan(text, Direction::Incoming)
        .into_iter()
        .map(|f| (f.name, String::from_utf8_lossy(&text[f.start..f.end]).into_owned()))
        .collect()
}

fn masked(text: &[u8]) -> String {
    let findings = scan(text, Direction::Outgoing);
    mask(text, &findings, &mut |finding, value| format!("‹{}·{:04x}›", finding.name, check::crc32(value) & 0xffff))
}

/// A text in which a token could stand, in two halves, and whether it is one of those where it ends at a delimiter.
const AROUND: [(&str, &str); 22] = [
    ("", ""),
    ("the key is ", " and no other"),
    ("{\"text\":\"", "\"}"),
    ("{\\\"text\\\":\\\"", "\\\"}"),
    ("https://host.invalid/path?t=", "&x=1"),
    ("?t%3D", "%26x"),
    ("a,", ",b"),
    ("a; ", "; b"),
    ("(", ")"),
    ("`", "`"),
    ("'", "'"),
    ("\\n", "\\n"),
    ("\\u0026", "\\u0026"),
    ("line\r\n", "\r\nline"),
    ("<b>", "</b>"),
    ("[", "]"),
    ("{", "}"),
    ("\u{1b}[31m", "\u{1b}[0m"),
    ("ключ ", " конец"),
    ("x|", "|y"),
    ("#", "#"),
    ("\0", "\0"),
];

/// The first row of all.
fn github() -> &'static Form {
    forms::all().next().unwrap()
}

fn all_forms() -> impl Iterator<Item = &'static Form> {
    forms::all().chain([&forms::TELEGRAM, &forms::AZURE_AD, &forms::TERRAFORM, &forms::SALESFORCE])
}

#[test]
fn every_form_is_found_whole_wherever_it_stands() {
    let mut random = Random::new(1);
    for form in all_forms() {
        for (before, after) in AROUND {
            let token = generate::token(form, &mut random);
            let text = format!("{before}{token}{after}");
            assert_eq!(found(text.as_bytes()), [(form.kind.to_owned(), token.clone())], "{text:?}");
            let masked = masked(text.as_bytes());
            assert!(generate::leaks(&token, form.kind, &masked).is_none(), "{masked:?}");
            assert_eq!(found(masked.as_bytes()), [], "{masked:?}");
        }
    }
}

#[test]
fn no_form_is_found_where_its_body_is_cut_filled_or_named() {
    let mut random = Random::new(2);
    for form in forms::all() {
        let token = generate::token(form, &mut random);
        let cut = &token[..form.head.len() + 9];
        for body in
            ["x".repeat(form.min), "1234567890".repeat(form.min / 10 + 1), "your-token-goes-here-please".repeat(3)]
        {
            assert_eq!(found(format!("{}{body}", form.head).as_bytes()), [], "{}{body}", form.head);
        }
        assert_eq!(found(cut.as_bytes()), [], "{cut}");
        assert_eq!(found(format!("{}${{TOKEN_FROM_ENV}}", form.head).as_bytes()), []);
    }
}

#[test]
fn a_wrong_checksum_lowers_a_finding_and_does_not_hide_it() {
    let mut random = Random::new(3);
    for form in forms::all().filter(|form| matches!(form.check, Check::Crc62 | Check::Bech32(_))) {
        let mut token = generate::token(form, &mut random).into_bytes();
        let at = form.head.len() + 5;
        let (one, other) = if bytes::is(b'Q', form.body) { (b'Q', b'Z') } else { (b'q', b'z') };
        token[at] = if token[at] == one { other } else { one };
        let findings = scan(&token, Direction::Incoming);
        assert_eq!(findings.len(), 1, "{}", form.head);
        assert_eq!((findings[0].severity, findings[0].end), (Severity::Low, token.len()), "{}", form.head);
    }
}

#[test]
fn a_token_longer_than_usual_is_masked_to_its_end() {
    let mut random = Random::new(4);
    for form in forms::all().filter(|form| !form.strict && matches!(form.check, Check::Mixed)) {
        let token = format!("{}{}", generate::token(form, &mut random), generate::body(form, &mut random));
        let text = format!("key {token}, and");
        assert_eq!(found(text.as_bytes()), [(form.kind.to_owned(), token)]);
    }
}

#[test]
fn two_tokens_side_by_side_are_two_findings() {
    let mut random = Random::new(5);
    let (a, b) = (generate::token(github(), &mut random), generate::token(github(), &mut random));
    for between in [",", "\n", " ", "&t=", "\\n", "."] {
        assert_eq!(found(format!("{a}{between}{b}").as_bytes()).len(), 2, "{between:?}");
    }
}

#[test]
fn a_token_glued_to_a_word_is_found() {
    let mut random = Random::new(6);
    let token = generate::token(github(), &mut random);
    assert_eq!(found(format!("MYTOKEN{token}").as_bytes()), [("github-token".to_owned(), token)]);
}

#[test]
fn overlapping_findings_become_one_that_covers_both() {
    let mut random = Random::new(7);
    let token = generate::token(github(), &mut random);
    let text = format!("DB_PASSWORD='{token} and9more'");
    let masked = masked(text.as_bytes());
    assert!(!masked.contains("and9more"), "{masked}");
    assert!(masked.contains("github-token"), "{masked}");
}

#[test]
fn mask_takes_findings_in_any_order_and_out_of_range() {
    let text = b"password=aK9#mQ2x!vB7 rest";
    let mut findings = scan(text, Direction::Local);
    let mut wide = findings[0].clone();
    (wide.start, wide.end) = (20, 9_000);
    let mut reversed = findings[0].clone();
    (reversed.start, reversed.end) = (usize::MAX, 3);
    findings.insert(0, wide);
    findings.push(reversed);
    let mut chips = 0;
    let masked = mask(text, &findings, &mut |_, _| {
        chips += 1;
        "‹x›".to_owned()
    });
    assert_eq!((masked.as_str(), chips), ("password=‹x›", 1));
}

#[test]
fn injections_are_no_business_of_the_mask() {
    let mut finding = scan(b"password=aK9#mQ2x!vB7", Direction::Local).remove(0);
    finding.kind = FindingKind::Injection;
    assert_eq!(mask(b"password=aK9#mQ2x!vB7", &[finding], &mut |_, _| "‹x›".into()), "password=aK9#mQ2x!vB7");
}

#[test]
fn the_crc_and_its_letters_are_those_of_the_published_scheme() {
    assert_eq!(check::crc32(b"123456789"), 0xCBF4_3926);
    assert_eq!(&check::base62(0), b"000000");
    assert_eq!(&check::base62(61), b"00000z");
    assert_eq!(&check::base62(62 * 62), b"000100");
}

#[test]
fn a_token_known_by_letters_in_its_midst_is_found_whole_wherever_it_stands() {
    let mut random = Random::new(8);
    for form in INNERS {
        for (before, after) in AROUND.iter().filter(|(before, _)| !before.ends_with(['%', 'D', 'n', '6', 'm'])) {
            let token = generate::inner(form, &mut random);
            let text = format!("{before}{token}{after}");
            assert_eq!(found(text.as_bytes()), [(form.kind.to_owned(), token.clone())], "{text:?}");
            assert_eq!(found(text.replace(form.mark, "+AXx").as_bytes()), [], "{text:?}");
        }
    }
}

#[test]
fn no_two_rows_say_the_same_and_there_are_two_hundred_kinds() {
    let rows: Vec<_> = all_forms().collect();
    for (at, form) in rows.iter().enumerate() {
        let same = |other: &&&Form| other.head == form.head && other.body == form.body && other.min == form.min;
        assert!(form.head.is_empty() || !rows[at + 1..].iter().any(|other| same(&other)), "{} twice", form.head);
    }
    let kinds: std::collections::BTreeSet<_> = rows.iter().map(|form| form.kind).collect();
    assert!(kinds.len() >= 200, "{}", kinds.len());
}

/// The same cases in every run, also where the tests are started without cargo.
const SEED: proptest::test_runner::RngSeed = proptest::test_runner::RngSeed::Fixed(20_261_124);

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: SEED, ..ProptestConfig::default() })]

    #[test]
    fn padding_does_not_hide_a_token(
        which in 0..all_forms().count(),
        seed: u64,
        before in "[ -~\n]{0,400}",
        after in "[ -~\n]{0,400}",
        open in "[ \n\"'`,;&(=:<>|]",
        close in "[ \n\"'`,;&)\\\\]",
    ) {
        let form = all_forms().nth(which).unwrap();
        let token = generate::token(form, &mut Random::new(seed));
        let text = format!("{before}{open}{token}{close}{after}");
        let masked = masked(text.as_bytes());
        prop_assert!(generate::leaks(&token, form.kind, &masked).is_none(), "{} in {}", token, masked);
    }

    #[test]
    fn masked_text_holds_nothing_to_find(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let once = masked(&bytes);
        prop_assert_eq!(masked(once.as_bytes()), once);
    }

    #[test]
    fn masked_text_of_contexts_with_any_bytes_holds_nothing_to_find(parts in proptest::collection::vec(
        (
            proptest::sample::select(vec![
                "password=", "pwd: '", "\"secret\":\"", "s://a:", " --token ", "curl -u a:", " mysql -p", "Basic ", "Bearer ",
            ]),
            proptest::collection::vec(any::<u8>(), 0..14),
            proptest::sample::select(vec!["@h.net", "'", "\"", " ", "\n", ";", ""]),
        ),
        0..6,
    )) {
        let text: Vec<u8> = parts.into_iter().flat_map(|(a, b, c)| [a.as_bytes(), &b, c.as_bytes()].concat()).collect();
        let once = masked(&text);
        prop_assert_eq!(masked(once.as_bytes()), once);
    }

    #[test]
    fn masked_text_made_of_likely_pieces_holds_nothing_to_find(pieces in proptest::collection::vec(
        prop_oneof![
            "[A-Za-z0-9+/]{1,70}",
            "[ -~]{0,12}",
            proptest::sample::select(vec![
                "password", "=", ": ", "\"", "'", "://", "@", "Bearer ", "Basic ", "-----BEGIN PRIVATE KEY-----", "\n",
                "-----END PRIVATE KEY-----", " --token ", " -p ", "curl -u ", "ghp_", "eyJ", "sk-", ".", "api_key", "\\n",
                "secret", "token", "Authorization: ", "SG.", "=>", ":=", "\\\"", "‹password·1a2b›",
            ]).prop_map(str::to_owned),
        ],
        0..40,
    )) {
        let text = pieces.concat();
        let findings = scan(text.as_bytes(), Direction::Prompt);
        // An order to the agent may hold a secret.
        let values: Vec<_> = findings.iter().filter(|f| f.kind != protocol::FindingKind::Injection).collect();
        prop_assert!(values.windows(2).all(|pair| pair[0].end <= pair[1].start));
        prop_assert!(findings.iter().all(|f| f.start < f.end && f.end <= text.len()));
        let once = masked(text.as_bytes());
        prop_assert_eq!(masked(once.as_bytes()), once);
    }
}

/// Shapes that make a search look back or ahead from many places: for 32 times the length linear work takes 32 times as
/// long and quadratic a thousand times. The line between them leaves room for a machine that is busy.
#[test]
fn work_grows_with_the_length_of_a_text_and_no_faster() {
    for shape in [
        " is ",
        "a://",
        "ookie: ",
        "password=",
        "\"d\":\"kty",
        "</a>",
        ":1",
        "%3D",
        "&quot;",
        "eyJ",
        "A+ASt",
        "-----BEGIN ",
        "echo |-stdin",
        "\"password\",",
        "value=",
        "Bearer ",
        "-p ",
        "net user ",
        "xoxb-",
        "://a:b@",
        "\\u0022",
        "ghp_-",
    ] {
        let cost = |bytes: usize| {
            let text = shape.repeat(bytes / shape.len());
            let times = (0..3).map(|_| {
                let began = std::time::Instant::now();
                scan(text.as_bytes(), Direction::Incoming);
                began.elapsed()
            });
            times.min().unwrap().as_secs_f64()
        };
        let (small, large) = (cost(16 << 10), cost(512 << 10));
        assert!(large < small.max(0.0005) * 250.0, "{shape:?}: {small} s for 16 KiB, {large} s for 512 KiB");
    }
}
