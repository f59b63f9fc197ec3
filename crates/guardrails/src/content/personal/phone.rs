//! Telephone numbers: international ones by their code, national ones by a clear shape or by what stands before them.

use super::context::{Context, PHONE};

/// A number without its plus has at most so many digits (E.164).
const MOST: usize = 15;

/// What a stretch of digits and marks could be as a telephone number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phone {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) digits: [u8; MOST],
    pub(super) count: usize,
    plus: bool,
    /// Marks between the digits: spaces, dashes, dots, parentheses, slashes.
    marks: usize,
}

impl Phone {
    fn digits(&self) -> &[u8] {
        self.digits.get(..self.count).unwrap_or_default()
    }

    /// Reads the number whose first digit stands at `first`, with the plus or parenthesis before it.
    pub(super) fn read(text: &[u8], first: usize) -> Option<Self> {
        let mut start = first;
        let before = |start: usize, back: usize| start.checked_sub(back).and_then(|at| text.get(at)).copied();
        let mut plus = false;
        if before(start, 1) == Some(b'(') {
            start -= 1;
        }
        if before(start, 1) == Some(b'+') {
            start -= 1;
            plus = true;
        } else if before(start, 1) == Some(b'B') && before(start, 2) == Some(b'2') && before(start, 3) == Some(b'%') {
            start -= 3;
            plus = true;
        }
        let mut phone = Self { start, end: first, digits: [0; MOST], count: 0, plus, marks: 0 };
        let mut at = first;
        let mut between = 0;
        while let Some(byte) = text.get(at) {
            match byte {
                b'0'..=b'9' => {
                    let slot = phone.digits.get_mut(phone.count)?;
                    *slot = byte - b'0';
                    phone.count += 1;
                    phone.end = at + 1;
                    between = 0;
                    at += 1;
                }
                b' ' | b'-' | b'.' | b'(' | b')' | b'/' if between < 3 => {
                    between += 1;
                    phone.marks += 1;
                    at += 1;
                }
                0xc2 if text.get(at + 1) == Some(&0xa0) && between < 3 => {
                    between += 1;
                    phone.marks += 1;
                    at += 2;
                }
                _ => break,
            }
        }
        phone.marks -= between;
        (phone.count >= 7).then_some(phone)
    }

    /// Is it one, in this context?
    pub(super) fn holds(&self, text: &[u8], context: Context) -> bool {
        let digits = self.digits();
        // A plus, a country's code and marks between the groups say more than a word near it.
        let clear = self.plus && self.marks > 0 && is_international(digits);
        if context.other && !context.has(PHONE) && !clear {
            return false;
        }
        if self.is_repeated() || !self.is_bounded(text) {
            return false;
        }
        let written = text.get(self.start..self.end).unwrap_or_default();
        let named = context.has(PHONE);
        let double_zero = digits.starts_with(&[0, 0]) && self.count >= 10;
        if self.plus || (double_zero && (named || self.marks > 0)) {
            let digits = if double_zero { &digits[2..] } else { digits };
            // A diff's added line begins with a plus.
            let diff = self.plus
                && self.marks == 0
                && self.start.checked_sub(1).is_none_or(|at| text[at] == b'\n')
                && !named
                && digits.len() < 11;
            let known = is_international(digits) || (named && digits.len() >= 8);
            return known && !diff && !is_free(digits);
        }
        if named {
            return (7..=MOST).contains(&self.count) && !is_date(written) && !(self.marks == 0 && self.count > 13);
        }
        has_shape(written, digits) && !self.is_dumped(text)
    }

    /// Of the numbers that are kept for films and manuals: nobody has them.
    pub(super) fn is_fictional(&self) -> bool {
        let digits = self.digits();
        let digits = digits.strip_prefix(&[0, 0]).unwrap_or(digits);
        let american = digits.strip_prefix(&[1]).filter(|rest| matches!(rest.len(), 7 | 10)).unwrap_or(digits);
        match american {
            // Nobody has the area 555, and of each exchange 555 the hundred from 0100 on is free.
            [5, 5, 5, rest @ ..] if rest.len() == 7 => return true,
            [.., 5, 5, 5, 0, 1, _, _] if matches!(american.len(), 7 | 10) => return true,
            _ => {}
        }
        let national = |code: &[u8]| {
            digits
                .strip_prefix(code)
                .map(|rest| rest.strip_prefix(&[0]).unwrap_or(rest))
                .or_else(|| digits.strip_prefix(&[0]))
        };
        let held = |code: &[u8], length: usize, starts: &[&[u8]]| {
            national(code)
                .is_some_and(|rest| rest.len() == length && starts.iter().any(|start| rest.starts_with(start)))
        };
        held(&[4, 4], 10, BRITISH) || held(&[6, 1], 9, AUSTRALIAN) || held(&[3, 3], 9, FRENCH)
    }

    /// Among the pairs of a hex dump.
    fn is_dumped(&self, text: &[u8]) -> bool {
        let pair =
            |bytes: Option<&[u8]>| matches!(bytes, Some([a, b]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
        let before = self.start.checked_sub(3).and_then(|at| text.get(at..at + 2));
        let spaced = self.start.checked_sub(1).is_some_and(|at| text[at] == b' ');
        let behind = text.get(self.end + 1..self.end + 3);
        (spaced && pair(before)) || (text.get(self.end) == Some(&b' ') && pair(behind))
    }

    fn is_repeated(&self) -> bool {
        let digits = self.digits();
        let tail = digits.get(digits.len().saturating_sub(7)..).unwrap_or_default();
        tail.windows(2).all(|two| two[0] == two[1])
            || digits.ends_with(&[0; 6])
            || matches!(digits, [1, 2, 3, 4, 5, 6, 7, ..] | [0, 1, 2, 3, 4, 5, 6, ..])
    }

    fn is_bounded(&self, text: &[u8]) -> bool {
        let before = self.start.checked_sub(1).map(|at| text[at]);
        let behind = text.get(self.end).copied();
        let escape = before.is_some_and(|b| matches!(b, b'n' | b't' | b'r'))
            && self.start.checked_sub(2).is_some_and(|at| text[at] == b'\\');
        // `4 006381 333931`: the rest of a longer number.
        let inside = before == Some(b' ')
            && self.start.checked_sub(2).is_some_and(|at| text[at].is_ascii_digit())
            && self.digits().starts_with(&[0, 0]);
        let open = escape
            || !before.is_some_and(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'#' | b'$' | b'/' | b'@')
            });
        let closed = !behind.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'@'))
            || matches!(behind, Some(b'x' | b'e'));
        open && closed && !inside
    }
}

/// Kept for drama by Ofcom, without the leading zero.
const BRITISH: &[&[u8]] = &[
    &[2, 0, 7, 9, 4, 6, 0],
    &[7, 7, 0, 0, 9, 0, 0],
    &[1, 6, 3, 2, 9, 6, 0],
    &[1, 1, 3, 4, 9, 6, 0],
    &[1, 1, 4, 4, 9, 6, 0],
    &[1, 1, 5, 4, 9, 6, 0],
    &[1, 1, 6, 4, 9, 6, 0],
    &[1, 1, 7, 4, 9, 6, 0],
    &[1, 1, 8, 4, 9, 6, 0],
    &[1, 2, 1, 4, 9, 6, 0],
    &[1, 3, 1, 4, 9, 6, 0],
    &[1, 4, 1, 4, 9, 6, 0],
    &[1, 5, 1, 4, 9, 6, 0],
    &[1, 6, 1, 4, 9, 6, 0],
    &[1, 9, 1, 4, 9, 8, 0],
    &[3, 0, 6, 9, 9, 9, 0],
];
/// Kept for drama by ACMA.
const AUSTRALIAN: &[&[u8]] =
    &[&[4, 9, 1, 5, 7, 0], &[2, 5, 5, 5, 0], &[3, 5, 5, 5, 0], &[7, 5, 5, 5, 0], &[8, 5, 5, 5, 0]];
/// Kept for films by Arcep.
const FRENCH: &[&[u8]] =
    &[&[1, 9, 9, 0, 0], &[2, 6, 1, 9, 1], &[3, 5, 3, 0, 1], &[4, 6, 5, 7, 1], &[5, 3, 6, 4, 9], &[6, 3, 9, 9, 8]];

/// Codes of countries and how many digits follow, at least and at most.
fn is_international(digits: &[u8]) -> bool {
    let code = |length: usize| digits.iter().take(length).fold(0u16, |sum, digit| sum * 10 + u16::from(*digit));
    let rest = |length: usize| digits.len().saturating_sub(length);
    if digits.first() == Some(&1) {
        return digits.len() == 11 && is_north_american(&digits[1..]);
    }
    if matches!(code(1), 7) {
        return digits.len() == 11;
    }
    match code(2) {
        49 => (6..=12).contains(&rest(2)),
        33 | 31 | 32 | 41 | 34 | 48 | 61 | 27 | 66 | 84 => (8..=10).contains(&rest(2)),
        44 | 86 | 55 | 52 | 54 | 57 | 91 | 92 | 81 | 82 | 90 => (9..=11).contains(&rest(2)),
        20 | 30 | 36 | 39 | 40 | 43 | 45 | 46 | 47 | 51 | 53 | 56 | 58 | 60 | 62 | 63 | 64 | 65 | 93 | 94 | 95 | 98 => {
            (7..=12).contains(&rest(2))
        }
        _ => match code(3) {
            211..=213
            | 216
            | 218
            | 220..=269
            | 290..=299
            | 350..=359
            | 370..=389
            | 420..=423
            | 500..=509
            | 590..=599
            | 670..=692
            | 850..=856
            | 880
            | 886
            | 960..=998 => (6..=10).contains(&rest(3)),
            _ => false,
        },
    }
}

/// Nobody's own number: whoever is called pays.
fn is_free(digits: &[u8]) -> bool {
    let free = |code: &[u8], starts: &[&[u8]]| {
        digits.strip_prefix(code).is_some_and(|rest| starts.iter().any(|start| rest.starts_with(start)))
    };
    free(&[1], &[&[8, 0, 0], &[8, 8, 8], &[8, 7, 7], &[8, 6, 6], &[8, 5, 5], &[8, 4, 4], &[8, 3, 3]])
        || free(&[4, 9], &[&[8, 0, 0], &[1, 8, 0], &[9, 0, 0]])
        || free(&[4, 4], &[&[8, 0, 0], &[8, 0, 8], &[8, 4, 5], &[8, 4, 4], &[3, 0, 0]])
        || free(&[3, 3], &[&[8, 0]])
}

/// Ten digits of the North American plan.
fn is_north_american(digits: &[u8]) -> bool {
    digits.len() == 10
        && digits[0] >= 2
        && digits[3] >= 2
        && digits[1..3] != [1, 1]
        && digits[4..6] != [1, 1]
        && !is_free(&[&[1], digits].concat())
}

/// `2024-01-15`, `15.01.2024`, perhaps with an hour.
fn is_date(written: &[u8]) -> bool {
    let shape: Vec<u8> = written.iter().take(10).map(|b| if b.is_ascii_digit() { b'd' } else { *b }).collect();
    matches!(
        shape.as_slice(),
        b"dddd-dd-dd" | b"dddd.dd.dd" | b"dddd/dd/dd" | b"dd.dd.dddd" | b"dd/dd/dddd" | b"dd-dd-dddd"
    )
}

/// National forms that hardly anything else has.
fn has_shape(written: &[u8], digits: &[u8]) -> bool {
    let shape: Vec<u8> = written.iter().map(|b| if b.is_ascii_digit() { b'd' } else { *b }).collect();
    let starts = |all: &[&[u8]]| all.iter().any(|start| digits.starts_with(start));
    match shape.as_slice() {
        // North America.
        b"(ddd) ddd-dddd" | b"(ddd)ddd-dddd" | b"ddd-ddd-dddd" => is_north_american(digits),
        b"d-ddd-ddd-dddd" | b"d (ddd) ddd-dddd" => digits[0] == 1 && is_north_american(&digits[1..]),
        // France, Switzerland, Belgium, Denmark's neighbours.
        b"dd dd dd dd dd" | b"dd.dd.dd.dd.dd" | b"dd-dd-dd-dd-dd" => digits[0] == 0 && matches!(digits[1], 1..=7 | 9),
        b"ddd ddd dd dd" => starts(&[&[0, 7], &[0, 4], &[0, 2], &[0, 3], &[0, 6]]),
        b"dddd dd dd dd" => starts(&[&[0, 4]]),
        // Britain.
        b"ddddd dddddd" => starts(&[&[0, 1], &[0, 7]]),
        b"ddd dddd dddd" => starts(&[&[0, 2], &[0, 1]]) || digits[..2] == [0, 7],
        b"dddd ddd dddd" => starts(&[&[0, 1], &[0, 7], &[0, 9]]),
        b"dddd ddd ddd" => starts(&[&[0, 4], &[0, 1, 5], &[0, 1, 6], &[0, 1, 7]]),
        b"(ddd) dddd dddd" | b"(dd) dddd dddd" | b"(dddd) dddddd" | b"(ddddd) dddddd" | b"(dddd) ddddddd"
        | b"(dddd) ddd dddd" | b"(ddd) dddddddd" | b"ddd/ddddddd" | b"ddd/dddddddd" | b"dddd/dddddd"
        | b"ddddd/dddddd" | b"ddd/dddddd" | b"dd-dddd-dddd" => digits[0] == 0,
        // Germany, Austria, the Netherlands.
        b"dddd ddddddd" | b"dddd dddddddd" | b"dddd-ddddddd" | b"dddd-dddddddd" | b"dddd/ddddddd"
        | b"dddd/dddddddd" | b"dddd ddd dd dd" | b"dddd ddd dd ddd" | b"dddd dddd ddd" | b"dddd dddd dddd" => {
            starts(&[&[0, 1, 5], &[0, 1, 6], &[0, 1, 7], &[0, 6, 6], &[0, 6, 7], &[0, 6, 9]])
        }
        b"dd-dddddddd" | b"dd dddddddd" => starts(&[&[0, 6]]),
        // Japan, Korea.
        b"ddd-dddd-dddd" => digits[0] == 0 && matches!(digits[1], 1 | 5..=9),
        // Brazil, Mexico.
        b"(dd) ddddd-dddd" | b"(dd)ddddd-dddd" | b"(dd) dddd-dddd" => true,
        _ => false,
    }
}
