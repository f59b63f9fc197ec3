//! Values that only their label makes personal: dates of birth, passports, licences, addresses, health records.

use super::Found;
use super::context::{
    ADDRESS, BANK, BIRTH, Context, DRIVER, ID_CARD, INSURANCE, LICENCE, PASSPORT, RECORD, Reader, STREET, Topics,
};
use crate::content::bytes::{self, ALNUM};
use protocol::Severity;
use protocol::finding::Confidence;

/// Looks at the value whose first word with a digit goes from `start` to `end`.
pub(super) fn find(text: &[u8], start: usize, end: usize, reader: &mut Reader<'_>) -> Option<(Found, Context)> {
    let (from, to) = (value_start(text, start), value_end(text, start, end));
    let form = Form::of(text.get(from..to)?);
    // A date has another number near, or is one of eight digits.
    let more = text.get(end..text.len().min(end + 16)).is_some_and(|rest| rest.iter().any(u8::is_ascii_digit));
    let date = if more || end - start == 8 { date(text, from, start) } else { None };
    // What it could be comes first: most numbers could be nothing, and words cost more to read.
    let mut possible = form.topics();
    if date.is_some() {
        possible |= BIRTH;
    }
    if may_be_address(text, start, end) {
        possible |= ADDRESS | STREET;
    }
    if possible == 0 {
        return None;
    }
    let column = reader.column(from, to);
    let context = match column {
        Some(context) => context,
        None if reader.may_be_labelled(from, possible) => reader.of(from, to),
        None => return None,
    };
    if context.other || context.topics == 0 {
        return None;
    }
    let found = |name, start, end, severity| {
        Some((Found { name, start, end, severity, confidence: Confidence::Medium }, context))
    };
    if context.has(BIRTH)
        && let Some((start, end)) = date
    {
        return found("date-of-birth", start, end, Severity::Medium);
    }
    if context.has(ADDRESS | STREET)
        && possible & ADDRESS != 0
        && let Some((start, end)) = address(text, start, context.has(STREET), column.is_some())
    {
        return found("postal-address", start, end, Severity::Low);
    }
    let is = |topics: Topics| context.has(topics) && form.topics() & topics != 0;
    if form.is_serial() && is(PASSPORT | ID_CARD) {
        return found(if context.has(PASSPORT) { "passport" } else { "identity-card" }, from, to, Severity::High);
    }
    if context.has(PASSPORT) && form.fits(6..=10, 5) {
        return found("passport", from, to, Severity::High);
    }
    if context.has(DRIVER) && is(LICENCE) {
        return found("driving-licence", from, to, Severity::High);
    }
    if context.has(ID_CARD) && form.fits(7..=12, 5) {
        return found("identity-card", from, to, Severity::High);
    }
    if is(RECORD) {
        return found("medical-record", from, to, Severity::High);
    }
    if is(INSURANCE) {
        return found("health-insurance", from, to, Severity::High);
    }
    if is(BANK) && is_account_label(text, from) {
        return found("bank-account", from, to, Severity::Medium);
    }
    None
}

/// What a value is made of.
#[derive(Clone, Copy, Debug)]
struct Form {
    digits: usize,
    letters: usize,
    /// Capitals, digits and what joins them, and no date.
    plain: bool,
    /// As German serials are written: letters and digits in any order, and no vowels.
    serial: bool,
}

impl Form {
    fn of(value: &[u8]) -> Self {
        let count = |is: fn(&u8) -> bool| value.iter().filter(|byte| is(byte)).count();
        let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase));
        let joints = count(|b| matches!(b, b'-' | b' ' | b'/' | b'.'));
        let plain = value.len() == digits + letters + joints && digits >= 2 && !is_dated(value);
        let serial = value.len() == 9 && !value.iter().any(|b| matches!(b, b'A' | b'E' | b'I' | b'O' | b'U'));
        Self { digits, letters, plain, serial }
    }

    /// So many letters and digits, and at least so many digits among them.
    fn fits(self, length: std::ops::RangeInclusive<usize>, least: usize) -> bool {
        self.plain && self.digits >= least && length.contains(&(self.digits + self.letters))
    }

    fn is_serial(self) -> bool {
        self.serial && self.letters >= 2 && self.fits(9..=9, 2)
    }

    /// The labels that could make it personal.
    fn topics(self) -> Topics {
        let forms = [
            (PASSPORT, self.is_serial() || self.fits(6..=10, 5)),
            (ID_CARD, self.is_serial() || self.fits(7..=12, 5)),
            (LICENCE | DRIVER, self.fits(5..=20, 4)),
            (RECORD, self.fits(4..=15, 4)),
            (INSURANCE, self.fits(6..=20, 5)),
            (BANK, self.letters == 0 && self.fits(7..=18, 7)),
        ];
        forms.into_iter().filter(|(_, fits)| *fits).fold(0, |all, (topics, _)| all | topics)
    }
}

/// May the number from `start` to `end` be a part of an address? A word stands beside it.
fn may_be_address(text: &[u8], start: usize, end: usize) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
    let is_gap = |byte: &u8| matches!(byte, b' ' | b',' | b'.' | b'-' | b'/' | b'#' | b'\'');
    let before = text.get(start.saturating_sub(4)..start).unwrap_or_default();
    let behind = text.get(end..text.len().min(end + 4)).unwrap_or_default();
    text.get(start).is_some_and(u8::is_ascii_digit)
        && end - start <= 6
        && (before.iter().rev().find(|byte| !is_gap(byte)).is_some_and(is_word)
            || behind.iter().find(|byte| !is_gap(byte)).is_some_and(is_word))
}

/// `account` alone is anything; an account number is a bank's.
fn is_account_label(text: &[u8], from: usize) -> bool {
    let near = text.get(from.saturating_sub(40)..from).unwrap_or_default();
    let cloud = [&b"aws"[..], b"gcp", b"azure", b"account id", b"account_id", b"accountid", b"arn:"];
    let named =
        [&b"number"[..], b"no", b"nr", b"acct", b"bank", b"nummer", b"#", b"cuenta", b"conta", b"compte", b"conto"];
    named.iter().any(|word| bytes::contains_any_case(near, word))
        && !cloud.iter().any(|word| bytes::contains_any_case(near, word))
}

/// The value may begin with letters in a word of their own or before a dash: `C01X 0T478`, `D123-456`.
fn value_start(text: &[u8], start: usize) -> usize {
    let near = text.get(start.saturating_sub(8)..start).unwrap_or_default();
    let joined = near.iter().rev().take_while(|b| b.is_ascii_uppercase() || matches!(b, b'-')).count();
    let before = start - joined;
    let glued = before.checked_sub(1).is_some_and(|at| bytes::is(text[at], ALNUM));
    if joined > 0 && !glued && text[before] != b'-' { before } else { start }
}

/// The end of a value of words in capitals and digits, joined by single spaces, dashes or slashes.
fn value_end(text: &[u8], start: usize, end: usize) -> usize {
    let limit = text.len().min(start + 32);
    let mut end = end;
    loop {
        let joint = text.get(end).is_some_and(|b| matches!(b, b'-' | b' ' | b'/' | b'.'));
        let word_end = bytes::end_of(text.get(..limit).unwrap_or_default(), end + 1, ALNUM).min(limit);
        let word = text.get(end + 1..word_end).unwrap_or_default();
        let goes_on = joint && word.iter().any(u8::is_ascii_digit) && !word.iter().any(u8::is_ascii_lowercase);
        if !goes_on {
            return end;
        }
        end = word_end;
    }
}

fn is_dated(value: &[u8]) -> bool {
    let mut shape = [0; 10];
    let length = value.len().min(10);
    for (slot, byte) in shape.iter_mut().zip(value) {
        *slot = if byte.is_ascii_digit() { b'd' } else { *byte };
    }
    matches!(
        shape.get(..length).unwrap_or_default(),
        b"dddd-dd-dd" | b"dd.dd.dddd" | b"dd/dd/dddd" | b"dd-dd-dddd" | b"dddd/dd/dd"
    )
}

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "mär", "apr", "may", "mai", "jun", "jul", "aug", "sep", "oct", "okt", "nov", "dec", "dez",
    "fév", "avr", "jui", "aoû", "déc", "ene", "abr", "ago", "set", "out", "dic", "gen", "mag", "giu", "lug", "ott",
    "fev", "maj", "cze", "lip",
];

/// A whole date from its first part on: `1987-03-12`, `12.03.1987`, `3/12/87`, `12 March 1987`, `March 12, 1987`,
/// `1987年3月12日`, `19870312`.
fn date(text: &[u8], from: usize, start: usize) -> Option<(usize, usize)> {
    let (mut room, mut count) = ([0u32; 3], 0);
    let (mut at, mut end) = (start, start);
    let mut month = false;
    // `March 12, 1987`: the name stands before the first digit.
    let near = text.get(from.saturating_sub(14)..start)?;
    let name = near
        .trim_ascii_end()
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphabetic() || **b >= 0x80 || **b == b'.')
        .count();
    let trimmed = near.trim_ascii_end().len();
    let mut begin = start;
    if name >= 3 && is_month(near.get(trimmed - name..trimmed)?) {
        month = true;
        begin = from.saturating_sub(14) + trimmed - name;
    }
    while count < 3 {
        let digits_end = bytes::end_of(text, at, bytes::DIGITS);
        let digits = text.get(at..digits_end)?;
        if digits.is_empty() || digits.len() > 8 {
            return None;
        }
        let value = digits.iter().fold(0u32, |sum, b| sum * 10 + u32::from(b - b'0'));
        if digits.len() == 8 && count == 0 && !month {
            let (year, rest) = (value / 10_000, value % 10_000);
            return (is_year(year) && super::checks::day_of(rest / 100, rest % 100)).then_some((start, digits_end));
        }
        room[count] = value;
        count += 1;
        (at, end) = (digits_end, digits_end);
        if count + usize::from(month) == 3 {
            break;
        }
        // What parts them: a mark, spaces, a month's name, the characters for year and month.
        let rest = text.get(at..text.len().min(at + 16))?;
        let gap = rest.iter().position(u8::is_ascii_digit)?;
        let between = rest.get(..gap)?;
        let mut letters = [0; 16];
        let mut length = 0;
        for byte in between.iter().filter(|b| b.is_ascii_alphabetic() || **b >= 0x80) {
            letters[length] = *byte;
            length += 1;
        }
        match letters.get(..length).unwrap_or_default() {
            b"" => {
                if between.len() > 2 {
                    return None;
                }
            }
            word if is_month(word) && !month => month = true,
            b"st" | b"nd" | b"rd" | b"th" | b"de" => {}
            word if word == "年".as_bytes()
                || word == "月".as_bytes()
                || word == "년".as_bytes()
                || word == "월".as_bytes() => {}
            _ => return None,
        }
        at += gap;
        if month && count == 2 {
            break;
        }
    }
    let sound = match (room.get(..count).unwrap_or_default(), month) {
        ([day, year], true) => (1..=31).contains(day) && is_year(*year),
        ([year, month, day], false) if *year > 99 => is_year(*year) && super::checks::day_of(*month, *day),
        ([a, b, year], false) => {
            (is_year(*year) || *year < 100) && (super::checks::day_of(*a, *b) || super::checks::day_of(*b, *a))
        }
        _ => false,
    };
    let plain = text.get(begin..end)?;
    // `1988年04月15日`: its last character belongs to it.
    let day = text.get(end..end + 3).is_some_and(|next| next == "日".as_bytes() || next == "일".as_bytes());
    let end = if day { end + 3 } else { end };
    // The first day of an epoch is nobody's birthday.
    let epoch =
        plain.starts_with(b"1970-01-01") || plain.starts_with(b"1900-01-01") || plain.starts_with(b"0001-01-01");
    (sound && !epoch).then_some((begin, end))
}

fn is_year(year: u32) -> bool {
    (1900..=2030).contains(&year)
}

fn is_month(word: &[u8]) -> bool {
    // The longest is `decembermaand`, behind a `de`.
    let mut buffer = [0; 24];
    let Some(lower) = buffer.get_mut(..word.len()).filter(|_| word.len() >= 3) else { return false };
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    let lower: &[u8] = lower;
    let rest = lower.strip_prefix(b"de").filter(|rest| rest.len() > 2 && !lower.starts_with(b"dec")).unwrap_or(lower);
    let months = |first: u8| MONTHS.iter().filter(move |month| month.as_bytes()[0] == first);
    rest.first().is_some_and(|first| months(*first).any(|month| rest.starts_with(month.as_bytes())))
}

/// Words for a way, whole or at the end of its name.
const WAYS: &[&str] = &[
    "street",
    "st",
    "road",
    "rd",
    "avenue",
    "ave",
    "lane",
    "ln",
    "drive",
    "dr",
    "boulevard",
    "blvd",
    "way",
    "court",
    "place",
    "terrace",
    "square",
    "crescent",
    "parkway",
    "pkwy",
    "highway",
    "hwy",
    "circle",
    "trail",
    "gardens",
    "grove",
    "hill",
    "mews",
    "rue",
    "allée",
    "chemin",
    "impasse",
    "quai",
    "calle",
    "avenida",
    "avda",
    "carrer",
    "paseo",
    "plaza",
    "camino",
    "via",
    "viale",
    "piazza",
    "corso",
    "vicolo",
    "largo",
    "rua",
    "travessa",
    "praça",
    "ulica",
    "ul",
    "aleja",
    "vej",
    "gade",
    "gata",
    "vägen",
    "weg",
    "platz",
    "ring",
    "damm",
    "ufer",
    "allee",
    "chaussee",
    "strasse",
    "straße",
    "str",
    "gasse",
    "kade",
    "laan",
    "plein",
    "gracht",
    "dreef",
    "apt",
    "suite",
    "flat",
];

const WAY_ENDINGS: &[&str] = &[
    "straße", "strasse", "str", "weg", "platz", "gasse", "allee", "straat", "laan", "gatan", "gata", "vägen", "vej",
    "veien", "gade", "ring", "damm", "ufer", "plein", "gracht", "katu",
];

/// What leads up to an address in a sentence.
const LEADS: &[&str] = &[
    "lives at ",
    "live at ",
    "living at ",
    "resides at ",
    "residing at ",
    "reside at ",
    "address is ",
    "moved to ",
    "deliver to ",
    "ship to ",
    "shipped to ",
    "wohnhaft in ",
    "wohnhaft ",
    "wohnt in ",
    "habite au ",
    "demeurant ",
    "vive en ",
    "reside en ",
    "abita in ",
    "mora na ",
    "woont op ",
    "delivered to ",
];

/// The address around the number at `start`: its whole field. The field follows its label, or stands in a column.
fn address(text: &[u8], start: usize, street: bool, column: bool) -> Option<(usize, usize)> {
    let ends =
        |b: &u8| matches!(b, b'"' | b'\n' | b'\r' | b'\t' | b'|' | b'<' | b'>' | b';' | b'{' | b'}' | b'=' | b'\\');
    let from = start.saturating_sub(80);
    let before = text.get(from..start)?;
    let open = before.iter().rposition(|b| ends(b) || matches!(b, b':' | b'\'' | b'(')).map_or(0, |at| at + 1);
    let mut first = from + open;
    let opener =
        before.get(..open).and_then(|head| head.iter().rev().find(|b| !matches!(b, b' ' | b'"' | b'\'' | b'\\')));
    while text.get(first).is_some_and(|b| *b == b' ') {
        first += 1;
    }
    let rest = text.get(start..text.len().min(start + 120))?;
    let mut length = rest.iter().position(|b| ends(b) || matches!(b, b'\'' | b')')).unwrap_or(rest.len());
    // A sentence ends behind a postcode or a long word, and not behind `St.`.
    let sentence = memchr::memmem::find_iter(rest.get(..length)?, b". ").find(|at| {
        let word = rest[..*at].rsplit(|b| !bytes::is(*b, ALNUM)).next().unwrap_or_default();
        word.len() > 5 || (*at > 6 && word.len() > 2 && word.iter().any(u8::is_ascii_digit))
    });
    length = sentence.unwrap_or(length);
    while length > 0 && matches!(rest[length - 1], b' ' | b',' | b'.') {
        length -= 1;
    }
    let end = start + length;
    let labelled = column || matches!(opener, Some(b':' | b'=' | b'>'));
    if !labelled {
        let lead = String::from_utf8_lossy(text.get(first..start)?).to_lowercase();
        let behind = LEADS.iter().filter_map(|words| lead.rfind(words).map(|at| at + words.len())).max()?;
        // Lower case may be of another length outside of ASCII.
        first = if lead.len() == start - first { first + behind } else { first };
    }
    let field = String::from_utf8_lossy(text.get(first..end)?).to_lowercase();
    if field.len() < 6
        || field.contains("://")
        || field.contains("0x")
        || field.contains(['@', '`', '[', '(', '_', '*', '$', '+'])
    {
        return None;
    }
    let words: Vec<&str> = field.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.len() > 14 {
        return None;
    }
    let numbered = words.iter().any(|word| word.len() <= 6 && word.starts_with(|c: char| c.is_ascii_digit()));
    let ends_way = |word: &str| WAY_ENDINGS.iter().any(|end| word.len() > end.len() + 2 && word.ends_with(end));
    let way = words.iter().any(|word| WAYS.contains(word) || ends_way(word));
    let named = words.iter().any(|word| word.len() >= 3 && word.chars().all(char::is_alphabetic));
    let asian = ['丁', '号', '區', '区', '市', '동', '路'].iter().any(|mark| field.contains(*mark));
    let holds = numbered && ((named && words.len() >= 2 && (way || (street && words.len() <= 8))) || asian);
    holds.then_some((first, end))
}
