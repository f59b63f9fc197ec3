//! Everything that has digits: telephone, card and identity numbers, and values behind a label.

use super::context::{CARD, Context, PHONE, Reader};
use super::ids::{self, Alone, CODES, NUMBERS};
use super::phone::Phone;
use super::{Found, checks, labels};
use crate::content::bytes::{self, ALNUM, DIGITS};
use protocol::Severity;
use protocol::finding::Confidence;

/// More digits than this in one number are no number that is looked for.
const MOST: usize = 19;
/// A number is written in at most so many groups.
const GROUPS: usize = 8;
/// A word with digits in it is at most so long.
const WORD: usize = 34;

pub(super) fn find(text: &[u8], found: &mut Vec<Found>) {
    let mut reader = Reader::new(text);
    let mut digits = bytes::NUMBERS.positions(text);
    let mut at = 0;
    while let Some(digit) = digits.next() {
        at = look(text, digit, at, &mut reader, found).max(digit + 1);
        digits.skip_to(at);
    }
}

/// Looks at the word that holds the digit; gives where to go on.
fn look(text: &[u8], digit: usize, floor: usize, reader: &mut Reader<'_>, found: &mut Vec<Found>) -> usize {
    let near = text.get(floor.max(digit.saturating_sub(WORD))..digit).unwrap_or_default();
    let mut start = digit - near.iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
    let end = bytes::end_of(text, digit, ALNUM);
    start += escape(text, start, digit);
    if start > digit {
        // The digit was the escape's.
        return start.min(text.len());
    }
    if end - start > 2 * WORD || (text.get(end..).is_some_and(|rest| rest.starts_with("›".as_bytes()))) {
        // Too long, or a chip's fingerprint.
        return end;
    }
    let digits_end = bytes::end_of(text, digit, DIGITS);
    let hit = if start == digit && digits_end == end {
        digits(text, start, end, reader)
    } else {
        code(text, start, end, reader)
    };
    match hit {
        Some((one, context)) => {
            reader.found(one.end, context);
            let end = one.end;
            found.push(one);
            end
        }
        None => end,
    }
}

/// How much of the word is an escape's: `\n42`, `%2042`, `\u002242`.
fn escape(text: &[u8], start: usize, digit: usize) -> usize {
    let before = start.checked_sub(1).map(|at| text[at]);
    let word = text.get(start..start + 6).unwrap_or_default();
    match (before, word) {
        (Some(b'\\'), [b'u', ..]) if digit - start < 5 => 5,
        (Some(b'\\'), [b'n' | b't' | b'r', ..]) => 1,
        (Some(b'%'), [a, b, ..]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => 2,
        _ => 0,
    }
}

/// Groups of digits with single marks between them, from one place on.
struct Groups {
    /// Where each group ends, and how many digits there are by then.
    ends: [(usize, usize); GROUPS],
    count: usize,
    digits: [u8; MOST + 1],
}

fn groups(text: &[u8], start: usize) -> Groups {
    let mut groups = Groups { ends: [(0, 0); GROUPS], count: 0, digits: [0; MOST + 1] };
    let (mut at, mut total) = (start, 0);
    while groups.count < GROUPS {
        while let Some(byte) = text.get(at).filter(|b| b.is_ascii_digit()) {
            let Some(slot) = groups.digits.get_mut(total) else { return groups };
            *slot = byte - b'0';
            total += 1;
            at += 1;
        }
        groups.ends[groups.count] = (at, total);
        groups.count += 1;
        let mark = match text.get(at) {
            Some(b' ' | b'-' | b'.' | b'/' | b'+') => 1,
            Some(0xc2) if text.get(at + 1) == Some(&0xa0) => 2,
            Some(0xe2) if matches!(text.get(at + 1..at + 3), Some([0x80, 0x91 | 0x93 | 0xaf])) => 3,
            _ => break,
        };
        if !text.get(at + mark).is_some_and(u8::is_ascii_digit) {
            break;
        }
        at += mark;
    }
    groups
}

type Hit = (Found, Context);

/// A word of digits only, and the groups behind it.
fn digits(text: &[u8], start: usize, end: usize, reader: &mut Reader<'_>) -> Option<Hit> {
    if end - start > MOST {
        return None;
    }
    if end - start == 2
        && let Some(hit) = spaced_nino(text, start, reader)
    {
        return Some(hit);
    }
    let groups = groups(text, start);
    let total = groups.ends[groups.count.checked_sub(1)?].1;
    let plus = start.checked_sub(1).is_some_and(|at| matches!(text[at], b'+' | b'('));
    let opened = opens(text, start);
    let mut context: Option<Context> = None;
    if opened && let Some(hit) = numeric_hetu(text, start, end, reader) {
        return Some(hit);
    }
    if opened && total >= 8 {
        for at in (0..groups.count).rev() {
            let (end, count) = groups.ends[at];
            if !(8..=MOST).contains(&count) || !closes(text, end, at + 1 < groups.count) {
                continue;
            }
            let digits = groups.digits.get(..count)?;
            if let Some(hit) = numbers(text, (start, end), at + 1 < groups.count, digits, &mut context, reader) {
                return Some(hit);
            }
        }
        if let Some(hit) = suffixed(text, start, &groups, &mut context, reader) {
            return Some(hit);
        }
    }
    // `030 / 46695763`: the code of a town, parted from the number by more than one mark.
    let parted = digits_start_town(text, start, end);
    if (total >= 7 || plus || parted)
        && let Some(phone) = Phone::read(text, start)
    {
        let context = *context.get_or_insert_with(|| reader.of(phone.start, phone.end));
        if phone.holds(text, context) {
            let confidence = if context.has(PHONE) { Confidence::High } else { Confidence::Medium };
            let severity = if phone.is_fictional() { Severity::Note } else { Severity::Low };
            let one = Found { name: "phone", start: phone.start, end: phone.end, severity, confidence };
            return Some((one, context));
        }
    }
    if opened { labels::find(text, start, end, reader) } else { None }
}

/// `030 / `, `0221 - `, with more digits behind.
fn digits_start_town(text: &[u8], start: usize, end: usize) -> bool {
    text.get(start) == Some(&b'0')
        && (3..=5).contains(&(end - start))
        && matches!(text.get(end..end + 3), Some(b" / " | b" - "))
        && text.get(end + 3).is_some_and(u8::is_ascii_digit)
}

/// A number that begins here: nothing of a longer one stands before it.
fn opens(text: &[u8], start: usize) -> bool {
    let before = |back: usize| start.checked_sub(back).map(|at| text[at]);
    match before(1) {
        None => true,
        Some(b'.' | b'-' | b'/' | b'+' | b'_' | b'@' | b'$') => {
            // `.12` of a fraction, `-12` of an identifier; but a dash after a space.
            !before(2).is_some_and(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'/')
                && before(1) != Some(b'$')
                && before(1) != Some(b'.')
        }
        Some(byte) => {
            let escaped = matches!(byte, b'n' | b't' | b'r') && before(2) == Some(b'\\');
            let percent = byte.is_ascii_hexdigit() && before(3) == Some(b'%')
                || before(5) == Some(b'u') && before(6) == Some(b'\\');
            !byte.is_ascii_alphanumeric() || escaped || percent
        }
    }
}

/// A number that ends here. `inner`: a mark and more digits follow.
fn closes(text: &[u8], end: usize, inner: bool) -> bool {
    match text.get(end) {
        None | Some(b' ') => true,
        Some(_) if inner => false,
        Some(b'.' | b'-' | b'/' | b'+') => !text.get(end + 1).is_some_and(u8::is_ascii_alphanumeric),
        Some(byte) => !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'@'),
    }
}

fn shape(text: &[u8], start: usize, end: usize) -> Vec<u8> {
    let written = text.get(start..end).unwrap_or_default();
    written.iter().map(|b| if b.is_ascii_digit() { b'd' } else { *b }).collect()
}

/// Cards and identity numbers. `inner`: more groups of digits follow.
fn numbers(
    text: &[u8],
    (start, end): (usize, usize),
    inner: bool,
    digits: &[u8],
    context: &mut Option<Context>,
    reader: &mut Reader<'_>,
) -> Option<Hit> {
    if let Some(hit) = card(text, start, end, digits, context, reader) {
        return Some(hit);
    }
    // The mask of a form: `999-99-9999`, `000.000.000-00`.
    if digits.windows(2).all(|two| two[0] == two[1]) {
        return None;
    }
    let mut right = NUMBERS.iter().filter(|kind| kind.digits == digits.len() && (kind.check)(digits)).peekable();
    right.peek()?;
    let context = *context.get_or_insert_with(|| reader.of(start, end));
    let shape = shape(text, start, end);
    let named =
        |kind: &&ids::Number| context.has(kind.topics) || (digits.len() >= 10 && context.has(super::context::GENERIC));
    let formed = |kind: &&ids::Number| match kind.alone {
        Alone::Never => false,
        Alone::Shaped(shapes) => {
            !context.other && !inner && shapes.iter().any(|one| one.as_bytes() == shape) && !is_time(digits, &shape)
        }
        Alone::Always => !context.other,
    };
    let kinds: Vec<&ids::Number> = right.collect();
    let kind = kinds.iter().find(|kind| named(kind)).or_else(|| kinds.iter().find(|kind| formed(kind)))?;
    let written: Vec<u8> = digits.iter().map(|digit| b'0' + digit).collect();
    let published = ids::PUBLISHED.iter().any(|known| known.as_bytes() == written);
    let severity = if published { Severity::Note } else { kind.severity };
    let confidence = if named(kind) { Confidence::High } else { Confidence::Medium };
    Some((Found { name: kind.kind, start, end, severity, confidence }, context))
}

/// `20240115-1030`, `240115-1030`: a day and an hour, as logs and file names have them.
fn is_time(digits: &[u8], shape: &[u8]) -> bool {
    let tail = digits.get(digits.len().saturating_sub(4)..).unwrap_or_default();
    let &[a, b, c, _] = tail else { return false };
    let recent = if digits.len() == 12 { digits.starts_with(&[2, 0]) } else { matches!(digits.first(), Some(1 | 2)) };
    shape.ends_with(b"-dddd") && memchr::memchr_iter(b'-', shape).count() == 1 && recent && a * 10 + b < 24 && c < 6
}

fn card(
    text: &[u8],
    start: usize,
    end: usize,
    digits: &[u8],
    context: &mut Option<Context>,
    reader: &mut Reader<'_>,
) -> Option<Hit> {
    if digits.len() < 13 {
        return None;
    }
    ids::card_scheme(digits)?;
    let shape = shape(text, start, end);
    let grouped = shape.len() > digits.len();
    if grouped {
        let groups: Vec<usize> = shape.split(|b| *b != b'd').map(<[u8]>::len).collect();
        let fits = matches!(groups.as_slice(), [4, 4, 4, 1..=4] | [4, 6, 4 | 5] | [4, 4, 4, 4, 1..=3] | [6, 10 | 13]);
        if !fits {
            return None;
        }
    }
    if !checks::luhn(digits) {
        return None;
    }
    let context = *context.get_or_insert_with(|| reader.of(start, end));
    let named = context.has(CARD);
    let bare = matches!(digits.len(), 15 | 16) && context.topics == 0;
    if !named && (context.other || !(grouped || bare)) {
        return None;
    }
    let severity = if ids::is_test_card(digits) { Severity::Note } else { Severity::High };
    let confidence = if named || grouped { Confidence::High } else { Confidence::Medium };
    Some((Found { name: "payment-card", start, end, severity, confidence }, context))
}

/// Numbers with a letter behind them: `12345678-Z`, `131052-308T`, `12.345.678-K`.
fn suffixed(
    text: &[u8],
    start: usize,
    groups: &Groups,
    context: &mut Option<Context>,
    reader: &mut Reader<'_>,
) -> Option<Hit> {
    let found = |name, start, end, context| {
        let one = Found { name, start, end, severity: Severity::High, confidence: Confidence::Medium };
        Some((one, context))
    };
    // Chile's RUT has its check character behind the dash.
    for at in 0..groups.count {
        let (end, count) = groups.ends[at];
        if matches!(count, 7 | 8) && text.get(end) == Some(&b'-') {
            let check = *text.get(end + 1)?;
            if !closes(text, end + 2, false) {
                continue;
            }
            let written = shape(text, start, end);
            let digits = groups.digits.get(..count)?;
            let rut = matches!(written.as_slice(), b"dd.ddd.ddd" | b"d.ddd.ddd");
            if (check.is_ascii_digit() || matches!(check, b'k' | b'K')) && checks::cl_rut(digits, check) {
                let context = *context.get_or_insert_with(|| reader.of(start, end + 2));
                if (rut && !context.other) || context.has(super::context::NATIONAL) {
                    return found("cl-rut", start, end + 2, context);
                }
            }
            let mut dni: Vec<u8> = digits.iter().map(|digit| b'0' + digit).collect();
            dni.push(check.to_ascii_uppercase());
            if count == 8 && checks::es_dni(&dni) && matches!(written.as_slice(), b"dddddddd" | b"dd.ddd.ddd") {
                let context = *context.get_or_insert_with(|| reader.of(start, end + 2));
                if !context.other {
                    return found("es-dni", start, end + 2, context);
                }
            }
        }
    }
    None
}

/// A word with letters and digits.
fn code(text: &[u8], start: usize, end: usize, reader: &mut Reader<'_>) -> Option<Hit> {
    if let Some(hit) = spaced(text, start, end, reader) {
        return Some(hit);
    }
    if !opens(text, start) {
        return None;
    }
    if let Some(hit) = iban(text, start, reader) {
        return Some(hit);
    }
    let word = text.get(start..end)?;
    let closed = closes(text, end, false);
    if closed && (8..=18).contains(&word.len()) {
        let lower = word.iter().any(u8::is_ascii_lowercase);
        let mut buffer = [0; 18];
        let upper = buffer.get_mut(..word.len())?;
        upper.copy_from_slice(word);
        upper.make_ascii_uppercase();
        let upper: &[u8] = upper;
        for kind in CODES.iter().filter(|kind| (kind.lengths.0..=kind.lengths.1).contains(&word.len())) {
            if !(kind.check)(upper) {
                continue;
            }
            let context = reader.of(start, end);
            let named = context.has(kind.topics | super::context::GENERIC);
            if !named && (!kind.alone || lower || context.other) {
                continue;
            }
            let published = ids::PUBLISHED_CODES.iter().any(|known| known.as_bytes() == upper);
            let severity = if published { Severity::Note } else { kind.severity };
            let confidence = if named { Confidence::High } else { Confidence::Medium };
            return Some((Found { name: kind.kind, start, end, severity, confidence }, context));
        }
    }
    // A label's value begins with a digit or has capitals only.
    if !word[0].is_ascii_digit() && word.iter().any(u8::is_ascii_lowercase) {
        return None;
    }
    labels::find(text, start, end, reader)
}

/// Codes that are written with marks inside: NINO `AB 12 34 56 C`, HETU `131052-308T`, Hong Kong `A123456(3)`.
fn spaced(text: &[u8], start: usize, end: usize, reader: &mut Reader<'_>) -> Option<Hit> {
    let found = |name, start, end, context| {
        let one = Found { name, start, end, severity: Severity::High, confidence: Confidence::Medium };
        Some((one, context))
    };
    // The word that holds the letter: `308T` with `131052-` before it, or `131052A308T` whole.
    let from = if text.get(start..end)?.len() == 4 { start.checked_sub(7)? } else { start };
    if let Some(hetu) = text.get(from..from + 11)
        && from + 11 == end
        && opens(text, from)
        && closes(text, end, false)
        && checks::fi_hetu(&hetu.to_ascii_uppercase())
    {
        return found("fi-hetu", from, end, reader.of(from, end));
    }
    // `A123456(3)`, of Hong Kong.
    if matches!(text.get(end..end + 3), Some([b'(', b'0'..=b'9' | b'A', b')'])) && opens(text, start) {
        let mut code = text.get(start..end)?.to_vec();
        code.push(text[end + 1]);
        if checks::hk_id(&code) {
            return found("hk-id", start, end + 3, reader.of(start, end + 3));
        }
    }
    None
}

/// `151072-5170`: a HETU whose check character is a digit. Other numbers are written so: it needs its name.
fn numeric_hetu(text: &[u8], start: usize, end: usize, reader: &mut Reader<'_>) -> Option<Hit> {
    let code = text.get(start..start + 11)?;
    let behind = start + 11;
    if end != start + 6
        || !matches!(code[6], b'-' | b'+')
        || !code[7..].iter().all(u8::is_ascii_digit)
        || !closes(text, behind, false)
        || !checks::fi_hetu(code)
    {
        return None;
    }
    let context = reader.of(start, behind);
    let one = Found { name: "fi-hetu", start, end: behind, severity: Severity::High, confidence: Confidence::Medium };
    context.has(super::context::FI_ID).then_some((one, context))
}

/// `AB 12 34 56 C`: the pair of digits that begins at `start` is the first of three.
fn spaced_nino(text: &[u8], start: usize, reader: &mut Reader<'_>) -> Option<Hit> {
    let (from, end) = (start.checked_sub(3)?, start + 10);
    let written = text.get(from..end)?;
    let form = written.iter().enumerate().all(|(at, byte)| match at {
        0 | 1 | 12 => byte.is_ascii_uppercase(),
        2 | 5 | 8 | 11 => *byte == b' ' || *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let code: Vec<u8> = written.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    if !form || !checks::uk_nino(&code) || !opens(text, from) || !closes(text, end, false) {
        return None;
    }
    let one = Found { name: "uk-nino", start: from, end, severity: Severity::High, confidence: Confidence::High };
    Some((one, reader.of(from, end)))
}

/// An IBAN that begins here, in one piece or in groups of four.
fn iban(text: &[u8], start: usize, reader: &mut Reader<'_>) -> Option<Hit> {
    let head = text.get(start..start + 4)?;
    if !head[2].is_ascii_digit() || !head[3].is_ascii_digit() {
        return None;
    }
    let length = checks::iban_length(head)?;
    let mut code = Vec::with_capacity(length);
    let mut at = start;
    while code.len() < length {
        match text.get(at) {
            Some(byte) if byte.is_ascii_alphanumeric() => code.push(byte.to_ascii_uppercase()),
            Some(b' ' | b'-') if code.len() % 4 == 0 && text.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) => {}
            Some(0xc2) if text.get(at + 1) == Some(&0xa0) => at += 1,
            _ => return None,
        }
        at += 1;
    }
    if text.get(at).is_some_and(u8::is_ascii_alphanumeric) || !checks::iban(&code) {
        return None;
    }
    let published = ids::PUBLISHED_IBANS.iter().any(|known| known.as_bytes() == code);
    let severity = if published { Severity::Note } else { Severity::Medium };
    let one = Found { name: "iban", start, end: at, severity, confidence: Confidence::High };
    Some((one, reader.of(start, at)))
}
