//! The identity numbers of states, banks and card schemes: one entry each.

use super::checks;
use super::context::{
    AADHAAR, AHV, BANK, BE_ID, BR_ID, BSN, CN_ID, CPR, DE_TAX, DRIVER, EIN, ES_ID, FR_NIR, IN_PAN, INSURANCE, IT_ID,
    LICENCE, MEDICARE, MY_NUMBER, NATIONAL, NHS, NIF, NINO, NO_ID, NRIC, PESEL, PPS, RRN, SE_ID, SIN, SSN, SVNR, TFN,
    Topics, ZA_ID,
};
use protocol::Severity;

/// When a value whose check digits are right needs no word that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alone {
    /// Its check is weak, or other numbers are as long.
    Never,
    /// Where it is written in one of these shapes, `d` for a digit.
    Shaped(&'static [&'static str]),
    /// Structure and check are enough.
    Always,
}

/// A number of digits only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub(super) kind: &'static str,
    pub(super) digits: usize,
    pub(super) check: fn(&[u8]) -> bool,
    pub(super) topics: Topics,
    pub(super) alone: Alone,
    pub(super) severity: Severity,
}

const fn number(
    kind: &'static str,
    digits: usize,
    check: fn(&[u8]) -> bool,
    topics: Topics,
    alone: Alone,
    severity: Severity,
) -> Number {
    Number { kind, digits, check, topics, alone, severity }
}

use Alone::{Always, Never, Shaped};
use Severity::{High, Medium};

/// A resident number whose check character is a digit.
fn cn_resident(digits: &[u8]) -> bool {
    let written: Vec<u8> = digits.iter().map(|digit| b'0' + digit).collect();
    checks::cn_resident(&written)
}

/// By the count of their digits; where one number could be several, the first whose context or shape fits.
pub(super) const NUMBERS: &[Number] = &[
    number("au-tfn", 8, checks::au_tfn, TFN, Never, High),
    number("us-ssn", 9, checks::us_ssn, SSN, Shaped(&["ddd-dd-dddd"]), High),
    number("us-itin", 9, checks::us_itin, SSN, Shaped(&["ddd-dd-dddd"]), High),
    number("us-ein", 9, checks::us_ein, EIN, Never, Medium),
    number("us-routing-number", 9, checks::us_routing, BANK, Never, Medium),
    number("nl-bsn", 9, checks::nl_bsn, BSN, Never, High),
    number("ca-sin", 9, checks::ca_sin, SIN, Never, High),
    number("au-tfn", 9, checks::au_tfn, TFN, Never, High),
    number("pt-nif", 9, checks::pt_nif, NIF, Never, Medium),
    number("il-id", 9, checks::il_id, NATIONAL, Never, High),
    number("uk-nhs", 10, checks::uk_nhs, NHS, Never, High),
    number("se-personnummer", 10, checks::se_personal, SE_ID, Shaped(&["dddddd-dddd", "dddddd+dddd"]), High),
    number("dk-cpr", 10, checks::dk_cpr, CPR, Never, High),
    number("dk-cpr", 10, checks::dk_cpr_checked, NATIONAL, Never, High),
    number("at-svnr", 10, checks::at_svnr, SVNR, Shaped(&["dddd dddddd", "dddd-dddddd"]), High),
    number("cz-birth-number", 10, checks::cz_birth, NATIONAL, Shaped(&["dddddd/dddd"]), High),
    number("au-medicare", 10, checks::au_medicare, MEDICARE, Never, High),
    number("bg-egn", 10, checks::bg_egn, NATIONAL, Never, High),
    number("de-tax-id", 11, checks::de_tax, DE_TAX, Shaped(&["dd ddd ddd ddd"]), High),
    number("pl-pesel", 11, checks::pl_pesel, PESEL, Never, High),
    number("be-national-number", 11, checks::be_national, BE_ID, Shaped(&["dd.dd.dd-ddd.dd", "dd.dd.dd-ddd-dd"]), High),
    number("br-cpf", 11, checks::br_cpf, BR_ID, Shaped(&["ddd.ddd.ddd-dd"]), High),
    number("no-birth-number", 11, checks::no_birth, NO_ID, Always, High),
    number("ru-snils", 11, checks::ru_snils, NATIONAL, Shaped(&["ddd-ddd-ddd dd", "ddd-ddd-ddd-dd"]), High),
    number("ar-cuit", 11, checks::ar_cuit, NATIONAL, Shaped(&["dd-dddddddd-d"]), High),
    number("tr-tckn", 11, checks::tr_tckn, NATIONAL, Never, High),
    number("hr-oib", 11, checks::hr_oib, NATIONAL, Never, High),
    number("baltic-personal-code", 11, checks::baltic, NATIONAL, Never, High),
    number("in-aadhaar", 12, checks::in_aadhaar, AADHAAR, Shaped(&["dddd dddd dddd"]), High),
    number("jp-my-number", 12, checks::jp_my_number, MY_NUMBER, Never, High),
    number("se-personnummer", 12, checks::se_personal, SE_ID, Shaped(&["dddddddd-dddd", "dddddddd+dddd"]), High),
    number("ru-inn", 12, checks::ru_inn, NATIONAL, Never, Medium),
    number("my-nric", 12, checks::my_nric, NRIC | NATIONAL, Shaped(&["dddddd-dd-dddd"]), High),
    number("ch-ahv", 13, checks::ch_ahv, AHV, Always, High),
    number("za-id", 13, checks::za_id, ZA_ID | NATIONAL, Never, High),
    number("kr-rrn", 13, checks::kr_rrn, RRN, Shaped(&["dddddd-ddddddd"]), High),
    number("kr-rrn", 13, checks::kr_rrn_checked, NATIONAL, Never, High),
    number("ro-cnp", 13, checks::ro_cnp, NATIONAL, Never, High),
    number("th-id", 13, checks::th_id, NATIONAL, Shaped(&["d-dddd-ddddd-dd-d", "d dddd ddddd dd d"]), High),
    number("br-cnpj", 14, checks::br_cnpj, BR_ID, Shaped(&["dd.ddd.ddd/dddd-dd"]), Medium),
    number("cn-resident-id", 18, cn_resident, CN_ID | NATIONAL, Always, High),
    number(
        "fr-nir",
        15,
        checks::fr_nir,
        FR_NIR,
        Shaped(&["ddddddddddddddd", "ddddddddddddd dd", "d dd dd dd ddd ddd dd"]),
        High,
    ),
    number("ar-dni", 8, |digits| digits[0] != 0, ES_ID, Never, High),
    number("id-nik", 16, checks::id_nik, NATIONAL, Never, High),
    number("gr-amka", 11, checks::gr_amka, NATIONAL, Never, High),
];

/// Numbers of manuals, forms and films: nobody's.
pub(super) const PUBLISHED: &[&str] = &[
    "078051120",
    "219099999",
    "123456789",
    "987654321",
    "111223333",
    "123121234",
    "457555462",
    "111111111",
    "1234567890",
    "12345678901",
    "123456789012",
];

/// A code of letters and digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code {
    pub(super) kind: &'static str,
    pub(super) lengths: (usize, usize),
    pub(super) check: fn(&[u8]) -> bool,
    pub(super) topics: Topics,
    pub(super) alone: bool,
    pub(super) severity: Severity,
}

const fn code(
    kind: &'static str,
    lengths: (usize, usize),
    check: fn(&[u8]) -> bool,
    topics: Topics,
    alone: bool,
    severity: Severity,
) -> Code {
    Code { kind, lengths, check, topics, alone, severity }
}

pub(super) const CODES: &[Code] = &[
    code("ie-pps", (8, 9), checks::ie_pps, PPS, false, High),
    code("es-dni", (9, 9), checks::es_dni, ES_ID, true, High),
    code("sg-nric", (9, 9), checks::sg_nric, NRIC, true, High),
    code("uk-nino", (9, 9), checks::uk_nino, NINO, false, High),
    code("in-pan", (10, 10), |code| checks::in_pan(code) && code[3] == b'P', IN_PAN, true, High),
    code("in-pan", (10, 10), checks::in_pan, IN_PAN, false, Medium),
    code("tw-id", (10, 10), checks::tw_id, NATIONAL, true, High),
    code("de-health-insurance", (10, 10), checks::de_health, INSURANCE, false, High),
    code("driving-licence", (16, 16), checks::uk_driver, DRIVER | LICENCE, false, High),
    code("it-codice-fiscale", (16, 16), checks::it_fiscal, IT_ID, true, High),
    code("cn-resident-id", (18, 18), checks::cn_resident, CN_ID | NATIONAL, true, High),
    code("mx-curp", (18, 18), checks::mx_curp, NATIONAL, true, High),
];

/// Codes that stand in manuals.
pub(super) const PUBLISHED_CODES: &[&str] = &[
    "12345678Z",
    "00000000T",
    "99999999R",
    "X1234567L",
    "S1234567D",
    "ABCDE1234F",
    "ABCPE1234F",
    "RSSMRA85T10A562S",
    "AB123456C",
    "AA123456A",
    "QQ123456C",
];

/// Card schemes by the beginnings of their numbers, with the lengths that they issue.
pub(super) fn card_scheme(digits: &[u8]) -> Option<&'static str> {
    let start = |length: usize| digits.iter().take(length).fold(0u32, |sum, digit| sum * 10 + u32::from(*digit));
    let length = digits.len();
    Some(match (start(4), length) {
        (4000..=4999, 13 | 16 | 19) => "visa",
        (5100..=5599 | 2221..=2720, 16) => "mastercard",
        (3400..=3499 | 3700..=3799, 15) => "amex",
        (6011 | 6440..=6599, 16..=19) => "discover",
        (3528..=3589, 16..=19) => "jcb",
        (3000..=3059 | 3095 | 3600..=3699 | 3800..=3999, 14) => "diners",
        (6200..=6299 | 8100..=8171, 16..=19) => "unionpay",
        (5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763, 13..=19) => "maestro",
        (2200..=2204, 16..=19) => "mir",
        (6060..=6069 | 5085..=5089, 16) => "rupay",
        (6360..=6369 | 5066..=5067, 16) => "elo",
        _ => return None,
    })
}

/// Cards that payment providers publish for tests.
pub(super) fn is_test_card(digits: &[u8]) -> bool {
    const CARDS: &[&str] = &[
        "4111111111111111",
        "4242424242424242",
        "4012888888881881",
        "4000056655665556",
        "5555555555554444",
        "5105105105105100",
        "2223003122003222",
        "5200828282828210",
        "378282246310005",
        "371449635398431",
        "378734493671000",
        "6011111111111117",
        "6011000990139424",
        "6011000991300009",
        "3530111333300000",
        "3566002020360505",
        "30569309025904",
        "38520000023237",
        "3056930009020004",
        "36227206271667",
        "6200000000000005",
        "4000000000000002",
        "4222222222222",
        "4917610000000000",
        "5019717010103742",
        "6331101999990016",
        "4005519200000004",
        "4009348888881881",
        "4012000033330026",
        "4012000077777777",
        "4012000088888881",
        "4217651111111119",
        "4500600000000061",
        "5454545454545454",
        "2222400070000005",
        "4988438843884305",
        "4646464646464644",
        "5577000055770004",
        "5136333333333335",
        "4166676667666746",
        "4032036847276562",
        "4444333322221111",
        "4543474002249996",
        "5436031030606378",
        "4035501000000008",
        "4360000001000005",
        "4871049999999910",
        "5425233430109903",
        "2222420000001113",
        "2223000048410010",
        "374245455400126",
        "5610591081018250",
        "4917484589897107",
        "4001919257537193",
        "4007702835532454",
        "6362970000457013",
        "2720992593319364",
        "5185763265929860",
    ];
    let written: Vec<u8> = digits.iter().map(|digit| b'0' + digit).collect();
    let zeros = digits.windows(7).any(|window| window.iter().all(|digit| *digit == 0));
    let mut counts = [0u8; 10];
    for digit in digits {
        counts[usize::from(*digit % 10)] += 1;
    }
    let distinct = counts.iter().filter(|count| **count > 0).count();
    zeros || distinct <= 3 || CARDS.iter().any(|card| card.as_bytes() == written)
}

/// IBANs of manuals and of banks' own examples.
pub(super) const PUBLISHED_IBANS: &[&str] = &[
    "DE89370400440532013000",
    "GB82WEST12345698765432",
    "GB29NWBK60161331926819",
    "FR1420041010050500013M02606",
    "NL91ABNA0417164300",
    "CH9300762011623852957",
    "AT611904300234573201",
    "BE68539007547034",
    "ES9121000418450200051332",
    "IT60X0542811101000000123456",
    "FR7630006000011234567890189",
    "DE91100000000123456789",
    "GB33BUKB20201555555555",
    "PL61109010140000071219812874",
    "SE4550000000058398257466",
    "NO9386011117947",
    "DK5000400440116243",
    "FI2112345600000785",
    "IE29AIBK93115212345678",
    "LU280019400644750000",
    "PT50000201231234567890154",
    "CZ6508000000192000145399",
    "DE75512108001245126199",
    "DE12500105170648489890",
    "NL02ABNA0123456789",
    "ES7921000813610123456789",
    "IE64IRCE92050112345678",
];
