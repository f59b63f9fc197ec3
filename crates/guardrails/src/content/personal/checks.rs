//! Check digits: what can be said of a number without asking anyone.
//!
//! Functions over digits take their values (0 to 9), functions over codes take upper-case ASCII.

/// The card and identity number check of ISO/IEC 7812.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(*digit) << (at % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The sum of each digit times its weight.
fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}

/// The number that the digits write, by a modulus.
fn modulo(digits: &[u8], by: u64) -> u64 {
    digits.iter().fold(0, |rest, digit| (rest * 10 + u64::from(*digit)) % by)
}

/// The number that at most 18 digits write.
fn number(digits: &[u8]) -> u64 {
    digits.iter().take(18).fold(0, |sum, digit| sum * 10 + u64::from(*digit))
}

fn digit(digits: &[u8], at: usize) -> u32 {
    digits.get(at).map_or(0, |digit| u32::from(*digit))
}

fn pair(digits: &[u8], at: usize) -> u32 {
    digit(digits, at) * 10 + digit(digits, at + 1)
}

/// A day that can be: not one of a certain year.
pub(super) fn day_of(month: u32, day: u32) -> bool {
    let longest = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=longest).contains(&day)
}

fn ymd(digits: &[u8]) -> bool {
    day_of(pair(digits, 2), pair(digits, 4))
}

fn dmy(digits: &[u8]) -> bool {
    day_of(pair(digits, 2), pair(digits, 0))
}

fn mixed(digits: &[u8]) -> bool {
    digits.windows(2).any(|two| two[0] != two[1])
}

/// A number whose remaining digits, weighted, give the last by `11 - sum % 11`, where ten is no digit.
fn eleven(digits: &[u8], weights: &[u32]) -> bool {
    let sum = weighted(digits, weights) % 11;
    let check = (11 - sum) % 11;
    check < 10 && check == digit(digits, weights.len())
}

pub(super) fn us_ssn(d: &[u8]) -> bool {
    let (area, group, serial) = (number(&d[..3]), pair(d, 3), number(&d[5..9]));
    !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0
}

pub(super) fn us_itin(d: &[u8]) -> bool {
    digit(d, 0) == 9 && matches!(pair(d, 3), 50..=65 | 70..=88 | 90..=92 | 94..=99) && number(&d[5..9]) != 0
}

pub(super) fn us_ein(d: &[u8]) -> bool {
    !matches!(pair(d, 0), 0 | 7..=9 | 17..=19 | 28 | 29 | 49 | 69 | 70 | 78 | 79 | 89 | 96 | 97) && mixed(d)
}

pub(super) fn us_routing(d: &[u8]) -> bool {
    matches!(pair(d, 0), 1..=12 | 21..=32 | 61..=72)
        && weighted(d, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
        && mixed(d)
}

pub(super) fn uk_nhs(d: &[u8]) -> bool {
    mixed(d) && eleven(d, &[10, 9, 8, 7, 6, 5, 4, 3, 2])
}

/// ISO 7064, mod 11,10.
fn mod_11_10(d: &[u8]) -> bool {
    let mut product = 10;
    for digit in &d[..d.len() - 1] {
        let sum = (u32::from(*digit) + product) % 10;
        product = (if sum == 0 { 10 } else { sum } * 2) % 11;
    }
    (11 - product) % 10 == digit(d, d.len() - 1)
}

/// One digit of the first ten occurs twice or three times; the rest at most once.
pub(super) fn de_tax(d: &[u8]) -> bool {
    let mut counts = [0u8; 10];
    for digit in &d[..10] {
        counts[usize::from(*digit % 10)] += 1;
    }
    let repeated = counts.iter().filter(|count| **count > 1).count();
    digit(d, 0) != 0 && repeated == 1 && counts.iter().all(|count| *count <= 3) && mod_11_10(d)
}

pub(super) fn hr_oib(d: &[u8]) -> bool {
    mixed(d) && mod_11_10(d)
}

/// Thirteen digits and their key of two.
pub(super) fn fr_nir(d: &[u8]) -> bool {
    matches!(digit(d, 0), 1..=4 | 7 | 8)
        && matches!(pair(d, 3), 1..=12 | 20..=42 | 50..=99)
        && 97 - modulo(&d[..13], 97) == u64::from(pair(d, 13))
}

pub(super) fn nl_bsn(d: &[u8]) -> bool {
    let sum = i64::from(weighted(&d[..8], &[9, 8, 7, 6, 5, 4, 3, 2])) - i64::from(digit(d, 8));
    mixed(d) && sum % 11 == 0 && number(d) > 9_999_999
}

pub(super) fn pl_pesel(d: &[u8]) -> bool {
    let month = pair(d, 2) % 20;
    day_of(month, pair(d, 4)) && weighted(d, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

/// Ten digits, or twelve with the century; co-ordination numbers have 60 added to the day.
pub(super) fn se_personal(d: &[u8]) -> bool {
    let short = if d.len() == 12 {
        if !matches!(pair(d, 0), 18..=20) {
            return false;
        }
        &d[2..]
    } else {
        d
    };
    let day = pair(short, 4);
    day_of(pair(short, 2), if day > 60 { day - 60 } else { day }) && luhn(short)
}

pub(super) fn be_national(d: &[u8]) -> bool {
    let (base, check) = (number(&d[..9]), u64::from(pair(d, 9)));
    let month = pair(d, 2) % 20;
    (month == 0 || day_of(month, pair(d, 4).max(1)))
        && (97 - base % 97 == check || 97 - (base + 2_000_000_000) % 97 == check)
}

pub(super) fn br_cpf(d: &[u8]) -> bool {
    let check = |length: usize| {
        let top = u32::try_from(length).unwrap_or_default() + 1;
        let sum: u32 = (0..length).map(|at| digit(d, at) * (top - u32::try_from(at).unwrap_or_default())).sum();
        let rest = sum * 10 % 11 % 10;
        rest == digit(d, length)
    };
    mixed(d) && check(9) && check(10)
}

pub(super) fn br_cnpj(d: &[u8]) -> bool {
    const WEIGHTS: [u32; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let check = |length: usize| {
        let rest = weighted(&d[..length], &WEIGHTS[13 - length..]) % 11;
        (if rest < 2 { 0 } else { 11 - rest }) == digit(d, length)
    };
    mixed(d) && check(12) && check(13)
}

const VERHOEFF_D: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
const VERHOEFF_P: [[u8; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

fn verhoeff(d: &[u8]) -> bool {
    let sum = d.iter().rev().enumerate().fold(0u8, |sum, (at, digit)| {
        VERHOEFF_D[usize::from(sum)][usize::from(VERHOEFF_P[at % 8][usize::from(*digit % 10)])]
    });
    sum == 0
}

pub(super) fn in_aadhaar(d: &[u8]) -> bool {
    let palindrome = d.iter().eq(d.iter().rev());
    digit(d, 0) >= 2 && !palindrome && verhoeff(d)
}

pub(super) fn au_tfn(d: &[u8]) -> bool {
    let weights: &[u32] = if d.len() == 8 { &[10, 7, 8, 4, 6, 3, 5, 1] } else { &[1, 4, 3, 7, 5, 8, 6, 9, 10] };
    mixed(d) && weighted(d, weights).is_multiple_of(11)
}

pub(super) fn au_medicare(d: &[u8]) -> bool {
    matches!(digit(d, 0), 2..=6) && weighted(&d[..8], &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == digit(d, 8)
}

pub(super) fn ca_sin(d: &[u8]) -> bool {
    !matches!(digit(d, 0), 0 | 8) && mixed(d) && luhn(d)
}

/// The date, and the digit for century and sex; the check digit was given up in 2020.
pub(super) fn kr_rrn(d: &[u8]) -> bool {
    ymd(d) && matches!(digit(d, 6), 1..=8) && mixed(&d[6..])
}

pub(super) fn kr_rrn_checked(d: &[u8]) -> bool {
    let sum = weighted(&d[..12], &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    kr_rrn(d) && (11 - sum % 11) % 10 == digit(d, 12)
}

/// Numbers since 2007 need not pass the old check.
pub(super) fn dk_cpr(d: &[u8]) -> bool {
    dmy(d)
}

pub(super) fn dk_cpr_checked(d: &[u8]) -> bool {
    dmy(d) && weighted(d, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

pub(super) fn no_birth(d: &[u8]) -> bool {
    let day = pair(d, 0);
    day_of(pair(d, 2) % 40, if day > 40 { day - 40 } else { day })
        && eleven(d, &[3, 7, 6, 1, 8, 9, 4, 5, 2])
        && eleven(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
}

/// EAN-13 behind the country's 756.
pub(super) fn ch_ahv(d: &[u8]) -> bool {
    let sum: u32 = d.iter().enumerate().map(|(at, digit)| u32::from(*digit) * if at % 2 == 0 { 1 } else { 3 }).sum();
    d.starts_with(&[7, 5, 6]) && sum.is_multiple_of(10)
}

pub(super) fn at_svnr(d: &[u8]) -> bool {
    let sum = weighted(d, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
    digit(d, 0) != 0 && sum == digit(d, 3) && (dmy(&d[4..]) || pair(d, 6) == 13)
}

pub(super) fn pt_nif(d: &[u8]) -> bool {
    let sum = weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    let check = if sum < 2 { 0 } else { 11 - sum };
    matches!(digit(d, 0), 1..=3 | 5 | 6 | 8 | 9) && mixed(d) && check == digit(d, 8)
}

pub(super) fn jp_my_number(d: &[u8]) -> bool {
    let sum = weighted(d, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    (if sum <= 1 { 0 } else { 11 - sum }) == digit(d, 11) && mixed(d)
}

pub(super) fn za_id(d: &[u8]) -> bool {
    ymd(d) && digit(d, 10) <= 2 && luhn(d)
}

pub(super) fn tr_tckn(d: &[u8]) -> bool {
    let odd: u32 = [0, 2, 4, 6, 8].iter().map(|at| digit(d, *at)).sum();
    let even: u32 = [1, 3, 5, 7].iter().map(|at| digit(d, *at)).sum();
    let first: u32 = d.iter().take(10).map(|digit| u32::from(*digit)).sum();
    digit(d, 0) != 0 && (odd * 7 + 40 - even) % 10 == digit(d, 9) && first % 10 == digit(d, 10)
}

pub(super) fn ru_snils(d: &[u8]) -> bool {
    let sum = weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101;
    sum % 100 == pair(d, 9) && mixed(d)
}

pub(super) fn ru_inn(d: &[u8]) -> bool {
    weighted(d, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10 == digit(d, 10)
        && weighted(d, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10 == digit(d, 11)
        && mixed(d)
}

pub(super) fn cz_birth(d: &[u8]) -> bool {
    let month = pair(d, 2) % 50;
    day_of(if month > 20 { month - 20 } else { month }, pair(d, 4)) && modulo(d, 11) == 0
}

pub(super) fn ro_cnp(d: &[u8]) -> bool {
    let sum = weighted(d, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    digit(d, 0) != 0 && ymd(&d[1..]) && (if sum == 10 { 1 } else { sum }) == digit(d, 12)
}

pub(super) fn bg_egn(d: &[u8]) -> bool {
    day_of(pair(d, 2) % 20, pair(d, 4)) && weighted(d, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == digit(d, 9)
}

/// Estonia and Lithuania share their form.
pub(super) fn baltic(d: &[u8]) -> bool {
    let first = weighted(d, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let check = if first < 10 { first } else { weighted(d, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10 };
    matches!(digit(d, 0), 1..=8) && ymd(&d[1..]) && check == digit(d, 10)
}

pub(super) fn il_id(d: &[u8]) -> bool {
    mixed(d) && luhn(d)
}

pub(super) fn ar_cuit(d: &[u8]) -> bool {
    matches!(pair(d, 0), 20 | 23 | 24 | 27 | 30 | 33 | 34) && eleven(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
}

pub(super) fn th_id(d: &[u8]) -> bool {
    let sum = weighted(d, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    matches!(digit(d, 0), 1..=8) && (11 - sum) % 10 == digit(d, 12)
}

pub(super) fn my_nric(d: &[u8]) -> bool {
    ymd(d) && !matches!(pair(d, 6), 0 | 17..=20 | 69 | 70 | 73 | 80 | 81 | 94..=97)
}

/// Finland's check letters, by the remainder of 31.
const HETU: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

/// `ddmmyy`, the century's sign, three digits and a check letter.
pub(super) fn fi_hetu(code: &[u8]) -> bool {
    let digits: Vec<u8> =
        code.iter().take(10).enumerate().filter(|(at, _)| *at != 6).map(|(_, b)| b.wrapping_sub(b'0')).collect();
    digits.iter().all(|digit| *digit < 10)
        && matches!(code.get(6), Some(b'-' | b'+' | b'A'..=b'F' | b'U'..=b'Y'))
        && dmy(&digits)
        && code.get(10) == usize::try_from(number(&digits) % 31).ok().and_then(|at| HETU.get(at))
}

const DNI: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

/// Eight digits and a letter, or X, Y, Z, seven digits and a letter.
pub(super) fn es_dni(code: &[u8]) -> bool {
    let Some((letter, rest)) = code.split_last() else { return false };
    let mut digits = [0u8; 8];
    for (at, byte) in rest.iter().enumerate() {
        let value = match (at, byte) {
            (_, b'0'..=b'9') => byte - b'0',
            (0, b'X'..=b'Z') => byte - b'X',
            _ => return false,
        };
        let Some(slot) = digits.get_mut(at) else { return false };
        *slot = value;
    }
    rest.len() == 8 && usize::try_from(number(&digits) % 23).ok().and_then(|at| DNI.get(at)) == Some(letter)
}

/// Sixteen characters, the last a check letter.
pub(super) fn it_fiscal(code: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    const FORM: &[u8; 16] = b"AAAAAA99A99A999A";
    if code.len() != 16 || !matches!(code[8], b'A'..=b'E' | b'H' | b'L' | b'M' | b'P' | b'R'..=b'T') {
        return false;
    }
    // Doubles have letters for digits.
    let form = code.iter().zip(FORM).all(|(byte, form)| {
        if *form == b'A' {
            byte.is_ascii_uppercase()
        } else {
            byte.is_ascii_digit() || matches!(byte, b'L'..=b'N' | b'P'..=b'V')
        }
    });
    let value = |byte: u8| usize::from(if byte.is_ascii_digit() { byte - b'0' } else { byte.wrapping_sub(b'A') });
    let sum: usize = code[..15]
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            let value = value(*byte);
            if at % 2 == 0 { ODD.get(value).map_or(0, |odd| usize::try_from(*odd).unwrap_or_default()) } else { value }
        })
        .sum();
    form && sum % 26 == usize::from(code[15].wrapping_sub(b'A'))
}

pub(super) fn uk_nino(code: &[u8]) -> bool {
    let [first, second, digits @ .., suffix] = code else { return false };
    digits.len() == 6
        && digits.iter().all(u8::is_ascii_digit)
        && matches!(suffix, b'A'..=b'D')
        && !matches!(first, b'D' | b'F' | b'I' | b'Q' | b'U' | b'V')
        && !matches!(second, b'D' | b'F' | b'I' | b'O' | b'Q' | b'U' | b'V')
        && first.is_ascii_uppercase()
        && second.is_ascii_uppercase()
        && !matches!(&[*first, *second], b"BG" | b"GB" | b"NK" | b"KN" | b"TN" | b"NT" | b"ZZ")
}

pub(super) fn sg_nric(code: &[u8]) -> bool {
    let [first, digits @ .., letter] = code else { return false };
    if digits.len() != 7 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let values: Vec<u8> = digits.iter().map(|b| b - b'0').collect();
    let sum = usize::try_from(weighted(&values, &[2, 7, 6, 5, 4, 3, 2])).unwrap_or_default();
    let (offset, letters): (usize, &[u8; 11]) = match first {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => return letter == &b"XWUTRQPNJLK"[10 - (sum + 3) % 11],
        _ => return false,
    };
    letters[(sum + offset) % 11] == *letter
}

/// Five letters, four digits, a letter; the fourth letter says what the holder is.
pub(super) fn in_pan(code: &[u8]) -> bool {
    code.len() == 10
        && code[..5].iter().all(u8::is_ascii_uppercase)
        && code[5..9].iter().all(u8::is_ascii_digit)
        && code[9].is_ascii_uppercase()
        && matches!(code[3], b'P' | b'C' | b'H' | b'A' | b'B' | b'G' | b'J' | b'L' | b'F' | b'T')
        && code[5..9] != *b"0000"
}

/// Seven digits, a check letter and perhaps one more.
pub(super) fn ie_pps(code: &[u8]) -> bool {
    let Some(values) = code.get(..7) else { return false };
    if !values.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digits: Vec<u8> = values.iter().map(|b| b - b'0').collect();
    let extra = match code.get(8) {
        None | Some(b'W') => 0,
        Some(byte @ b'A'..=b'I') => u32::from(byte - b'A' + 1) * 9,
        Some(_) => return false,
    };
    let sum = (weighted(&digits, &[8, 7, 6, 5, 4, 3, 2]) + extra) % 23;
    let letter = if sum == 0 { b'W' } else { b'A' + sum.to_le_bytes()[0] - 1 };
    code.get(7) == Some(&letter)
}

/// Eighteen characters of ISO 7064, mod 11-2, with a date inside.
pub(super) fn cn_resident(code: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const LETTERS: &[u8; 11] = b"10X98765432";
    let Some(first) = code.get(..17) else { return false };
    if code.len() != 18 || !first.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digits: Vec<u8> = first.iter().map(|b| b - b'0').collect();
    let sum = usize::try_from(weighted(&digits, &WEIGHTS) % 11).unwrap_or_default();
    matches!(pair(&digits, 0), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
        && matches!(pair(&digits, 6), 18..=20)
        && day_of(pair(&digits, 10), pair(&digits, 12))
        && LETTERS[sum] == code[17].to_ascii_uppercase()
}

/// Eighteen characters; the last is a check digit over an alphabet with Ñ between N and O.
pub(super) fn mx_curp(code: &[u8]) -> bool {
    const FORM: &[u8; 16] = b"AAAA999999AAAAAA";
    if code.len() != 18 {
        return false;
    }
    let form = code.iter().zip(FORM).all(
        |(byte, form)| {
            if *form == b'A' { byte.is_ascii_uppercase() } else { byte.is_ascii_digit() }
        },
    );
    let digits: Vec<u8> = code[4..10].iter().map(|b| b.wrapping_sub(b'0')).collect();
    let value = |byte: u8| {
        u32::from(match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'N' => byte - b'A' + 10,
            _ => byte.wrapping_sub(b'A').wrapping_add(11),
        })
    };
    let sum: u32 = code[..17].iter().zip((2..=18u32).rev()).map(|(byte, weight)| value(*byte) * weight).sum();
    form && matches!(code[10], b'H' | b'M' | b'X')
        && ymd(&digits)
        && (10 - sum % 10) % 10 == u32::from(code[17].wrapping_sub(b'0'))
}

/// A letter, 1 or 2, and eight digits.
pub(super) fn tw_id(code: &[u8]) -> bool {
    const LETTERS: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let [first, digits @ ..] = code else { return false };
    if digits.len() != 9 || !digits.iter().all(u8::is_ascii_digit) || !matches!(digits[0], b'1' | b'2' | b'8' | b'9') {
        return false;
    }
    let Some(letter) = LETTERS.iter().position(|b| b == first) else { return false };
    let code = u32::try_from(letter).unwrap_or_default() + 10;
    let values: Vec<u8> = digits.iter().map(|b| b - b'0').collect();
    (code / 10 + code % 10 * 9 + weighted(&values, &[8, 7, 6, 5, 4, 3, 2, 1, 1])).is_multiple_of(10)
}

/// One or two letters, six digits and a check character.
pub(super) fn hk_id(code: &[u8]) -> bool {
    let letters = code.iter().take_while(|b| b.is_ascii_uppercase()).count();
    if !matches!(letters, 1 | 2)
        || code.len() != letters + 7
        || !code[letters..letters + 6].iter().all(u8::is_ascii_digit)
    {
        return false;
    }
    let value = |byte: u8| {
        u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte.wrapping_sub(b'A').wrapping_add(10) })
    };
    let blank = if letters == 1 { 36 * 9 } else { 0 };
    let sum: u32 = code.iter().rev().zip(1u32..).map(|(byte, weight)| value(*byte) * weight).sum();
    (sum + blank).is_multiple_of(11)
}

/// A German statutory health insurance number: a letter, eight digits, a check digit.
pub(super) fn de_health(code: &[u8]) -> bool {
    let [first, digits @ ..] = code else { return false };
    if digits.len() != 9 || !digits.iter().all(u8::is_ascii_digit) || !first.is_ascii_uppercase() {
        return false;
    }
    let letter = first - b'A' + 1;
    let all = [letter / 10, letter % 10].into_iter().chain(digits.iter().map(|b| b - b'0'));
    let sum: u32 = all
        .take(10)
        .enumerate()
        .map(|(at, value)| {
            let value = u32::from(value) << (at % 2);
            value / 10 + value % 10
        })
        .sum();
    sum % 10 == u32::from(digits[8] - b'0')
}

/// A British driver number: five letters of the name, six digits with the day of birth, initials, a check.
pub(super) fn uk_driver(code: &[u8]) -> bool {
    let Some((name, rest)) = code.split_at_checked(5) else { return false };
    let Some((day, tail)) = rest.split_at_checked(6) else { return false };
    let letters = name.iter().take_while(|b| b.is_ascii_uppercase()).count();
    if letters == 0 || !name[letters..].iter().all(|b| *b == b'9') || !day.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let values: Vec<u8> = day.iter().map(|b| b - b'0').collect();
    let month = pair(&values, 1);
    let initials = tail.len() == 5 && tail[..2].iter().all(|b| b.is_ascii_uppercase() || *b == b'9');
    initials && day_of(if month > 50 { month - 50 } else { month }, pair(&values, 3))
}

/// Chile: the check character of up to eight digits.
pub(super) fn cl_rut(digits: &[u8], check: u8) -> bool {
    let sum: u32 =
        digits.iter().rev().zip([2, 3, 4, 5, 6, 7, 2, 3]).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    let right = match 11 - sum % 11 {
        11 => b'0',
        10 => b'K',
        other => b'0' + other.to_le_bytes()[0],
    };
    mixed(digits) && right == check.to_ascii_uppercase()
}

/// Countries and how long their IBANs are.
const IBAN: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// How long an IBAN is that begins like `code`.
pub(super) fn iban_length(code: &[u8]) -> Option<usize> {
    let country: &[u8; 2] = code.first_chunk().filter(|country| country.iter().all(u8::is_ascii_alphabetic))?;
    IBAN.iter().find(|(of, _)| of.eq_ignore_ascii_case(country)).map(|(_, length)| *length)
}

/// Is this, without spaces and in upper case, an IBAN with the right check digits?
pub(super) fn iban(code: &[u8]) -> bool {
    let Some((head, rest)) = code.split_at_checked(4) else { return false };
    let mut sum = 0u32;
    for byte in rest.iter().chain(head) {
        sum = match byte {
            b'0'..=b'9' => sum * 10 + u32::from(byte - b'0'),
            b'A'..=b'Z' => sum * 100 + u32::from(byte - b'A') + 10,
            _ => return false,
        } % 97;
    }
    sum == 1
}

/// Indonesia: it begins with the number of a province.
pub(super) fn id_nik(digits: &[u8]) -> bool {
    digits.len() == 16 && (11..=96).contains(&(digits[0] * 10 + digits[1]))
}

/// Greece: a birth date, and Luhn's digit.
pub(super) fn gr_amka(digits: &[u8]) -> bool {
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    digits.len() == 11 && (1..=31).contains(&two(0)) && (1..=12).contains(&two(2)) && luhn(digits)
}
