//! What a value looks like: random or written by a person, a reference to a secret or its placeholder.

use super::bytes;
use super::check;
use std::sync::LazyLock;

/// Values are judged by at most so many of their first bytes: enough to tell, and bounded.
const JUDGED: usize = 160;

/// How the bytes of a value are spread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) length: usize,
    pub(super) digits: usize,
    pub(super) lowers: usize,
    pub(super) uppers: usize,
    pub(super) others: usize,
    pub(super) distinct: usize,
    /// Shannon entropy of the judged bytes, in bits per byte.
    pub(super) entropy: f64,
}

impl Shape {
    pub(super) fn of(value: &[u8]) -> Self {
        let judged = value.get(..JUDGED.min(value.len())).unwrap_or_default();
        let mut counts = [0u16; 256];
        for byte in judged {
            counts[usize::from(*byte)] += 1;
        }
        let sum = |range: std::ops::RangeInclusive<u8>| -> usize {
            range.map(|byte| usize::from(counts[usize::from(byte)])).sum()
        };
        let (digits, lowers, uppers) = (sum(b'0'..=b'9'), sum(b'a'..=b'z'), sum(b'A'..=b'Z'));
        let total = f64::from(u16::try_from(judged.len()).unwrap_or(u16::MAX)).max(1.0);
        let mut entropy = 0.0;
        let mut distinct = 0;
        for count in counts.iter().filter(|count| **count > 0) {
            let share = f64::from(*count) / total;
            entropy -= share * share.log2();
            distinct += 1;
        }
        Self {
            length: value.len(),
            digits,
            lowers,
            uppers,
            others: judged.len() - digits - lowers - uppers,
            distinct,
            entropy,
        }
    }

    pub(super) fn letters(&self) -> usize {
        self.lowers + self.uppers
    }

    /// How many of digits, lower case, upper case and other characters occur.
    pub(super) fn classes(&self) -> usize {
        [self.digits, self.lowers, self.uppers, self.others].iter().filter(|count| **count > 0).count()
    }

    /// At least 64 bits by its own distribution, and not all of one class.
    pub(super) fn is_random(&self) -> bool {
        let length = f64::from(u16::try_from(self.length.min(JUDGED)).unwrap_or(u16::MAX));
        self.entropy * length >= 64.0
            && self.letters() >= 2
            && (self.digits >= 2 || (self.lowers >= 4 && self.uppers >= 4))
    }
}

/// Words that say "put your own here", in lower case.
const PLACEHOLDER_WORDS: &[&[u8]] = &[
    b"example",
    b"placeholder",
    b"changeme",
    b"change-me",
    b"change_me",
    b"change.me",
    b"changeit",
    b"redacted",
    b"replace",
    b"dummy",
    b"sample",
    b"your-",
    b"your_",
    b"yourtoken",
    b"yourkey",
    b"yourapi",
    b"yourpass",
    b"yoursecret",
    b"my-secret",
    b"my_secret",
    b"mysecret",
    b"mypassword",
    b"insert",
    b"xxxx",
    b"****",
    b"....",
    b"----",
    b"____",
    b"0000000",
    b"foobar",
    b"foo-bar",
    b"todo",
    b"fixme",
    b"not-a-real",
    b"notareal",
    b"fake",
    b"deadbeef",
    b"lorem",
    b"goes-here",
    b"goes_here",
    b"masked",
    b"hidden",
    b"_here",
    b"-here",
    "\u{2026}".as_bytes(),
    "\u{2022}\u{2022}".as_bytes(),
];

/// Is this what documentation writes in the place of a secret?
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let judged = value.get(..JUDGED.min(value.len())).unwrap_or_default();
    let shape = Shape::of(judged);
    if judged.len() >= 8 && shape.distinct * 4 <= judged.len().min(16) {
        return true;
    }
    is_sequence(judged) || has_placeholder_word(judged)
}

/// The placeholder words by their first byte.
static WORDS_BY_FIRST: LazyLock<Vec<Vec<&'static [u8]>>> = LazyLock::new(|| {
    let mut table = vec![Vec::new(); 256];
    for word in PLACEHOLDER_WORDS {
        table[usize::from(word[0])].push(*word);
    }
    table
});

fn has_placeholder_word(judged: &[u8]) -> bool {
    let mut buffer = [0u8; JUDGED];
    let Some(lower) = buffer.get_mut(..judged.len()) else { return false };
    lower.copy_from_slice(judged);
    lower.make_ascii_lowercase();
    let table = &*WORDS_BY_FIRST;
    (0..lower.len()).any(|at| table[usize::from(lower[at])].iter().any(|word| lower[at..].starts_with(word)))
}

/// Digits and letters, or letters of both cases: what alphabets of tokens give in any length worth having.
pub(super) fn is_mixed(value: &[u8]) -> bool {
    let (mut digits, mut lowers, mut uppers) = (0, 0, 0);
    for byte in value.iter().take(JUDGED) {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'a'..=b'z' => lowers += 1,
            b'A'..=b'Z' => uppers += 1,
            _ => {}
        }
        if lowers + uppers >= 2 && (digits >= 2 || (lowers >= 4 && uppers >= 4)) {
            return true;
        }
    }
    false
}

/// Three digits, three letters of each case, and a change of class at every third byte or more.
pub(super) fn is_noisy(value: &[u8]) -> bool {
    let judged = value.get(..JUDGED.min(value.len())).unwrap_or_default();
    let shape = Shape::of(judged);
    let class = |b: &u8| (b.is_ascii_digit(), b.is_ascii_uppercase());
    let changes = judged.windows(2).filter(|pair| class(&pair[0]) != class(&pair[1])).count();
    shape.digits >= 3 && shape.lowers >= 3 && shape.uppers >= 3 && changes * 3 >= judged.len()
}

/// Short needles in short text: the first byte is looked for, then the rest is compared.
fn contains(text: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return true };
    memchr::memchr_iter(*first, text).any(|at| text.get(at..).is_some_and(|rest| rest.starts_with(needle)))
}

/// `abcdef…`, `123456789…`, `aaaa`: most neighbours differ by one step at most.
fn is_sequence(value: &[u8]) -> bool {
    if value.len() < 6 {
        return false;
    }
    let steps = value
        .windows(2)
        .filter(|pair| {
            let (a, b) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
            b.wrapping_sub(a).wrapping_add(1) <= 2 || (a == b'9' && b == b'0') || (a == b'9' && b == b'a')
        })
        .count();
    steps * 10 >= (value.len() - 1) * 7
}

/// The length of the chip that `text` begins with, `‹kind·7f3a›`, or 0: what was masked is not found again.
pub(super) fn chip_length(text: &[u8]) -> usize {
    let Some(rest) = text.strip_prefix("‹".as_bytes()) else { return 0 };
    let kind = rest.iter().take(48).take_while(|b| bytes::is(**b, bytes::LOWER_DIGITS | bytes::DASH)).count();
    let Some(rest) = rest.get(kind..).and_then(|rest| rest.strip_prefix("·".as_bytes())) else { return 0 };
    let print = rest.iter().take(16).take_while(|b| bytes::is(**b, bytes::HEX)).count();
    let closed = rest.get(print..).is_some_and(|rest| rest.starts_with("›".as_bytes()));
    if closed && kind > 0 { "‹·›".len() + kind + print } else { 0 }
}

/// Does a chip stand anywhere in `text`?
pub(super) fn has_chip(text: &[u8]) -> bool {
    memchr::memchr_iter("‹".as_bytes()[0], text).any(|at| text.get(at..).is_some_and(|rest| chip_length(rest) > 0))
}

/// Starts of expressions that name a secret and do not hold it, in lower case.
const REFERENCES: &[&[u8]] = &[
    b"op://",
    b"vault:",
    b"env:",
    b"env.",
    b"env(",
    b"ref+",
    b"secret:",
    b"secrets.",
    b"secretsmanager",
    b"keyring:",
    b"keychain:",
    b"file:",
    b"arn:",
    b"ssm:",
    b"gcp-sm:",
    b"azurekeyvault",
    b"process.env",
    b"import.meta",
    b"os.environ",
    b"os.getenv",
    b"getenv",
    b"system.getenv",
    b"env[",
    b"env!",
    b"std::env",
    b"var.",
    b"local.",
    b"data.",
    b"module.",
    b"config.",
    b"self.",
    b"this.",
    b"args.",
    b"options.",
    b"http://",
    b"https://",
    b"/",
    b"./",
    b"../",
    b"~/",
];

/// Is this a variable, a template, a path or a look-up, not a literal? A password may begin with a mark, so a mark says
/// so only where the rest reads like a name.
pub(super) fn is_reference(value: &[u8], quoted: bool) -> bool {
    let Some(first) = value.first() else { return true };
    if has_chip(value) {
        return true;
    }
    if contains(value, b"${") || contains(value, b"{{") || contains(value, b"$(") || contains(value, b"#{") {
        return true;
    }
    let rest = value.get(1..).unwrap_or_default();
    match first {
        b'<' | b'{' | b'[' | b'(' | b'%' => {
            let close = value.last().copied().unwrap_or_default();
            let closed =
                matches!((first, close), (b'<', b'>') | (b'{', b'}') | (b'[', b']') | (b'(', b')') | (b'%', b'%'));
            return closed || is_name(rest) || (!quoted && *first != b'%');
        }
        b'@' | b'!' | b'*' | b'&' => {
            let more = rest.iter().take_while(|b| *b == first).count();
            return is_name(rest.get(more..).unwrap_or_default());
        }
        b'$' => {
            // `$2b$12$…`, `$argon2id$…`: a password hash.
            return is_variable(rest)
                || rest.get(..9.min(rest.len())).is_some_and(|start| start.contains(&b'$'))
                || (!quoted && !rest.iter().any(|b| matches!(b, b'!' | b'#' | b'%' | b'^' | b'*' | b'@')));
        }
        b'/' if made_base64(value) => return false,
        _ => {}
    }
    REFERENCES.iter().any(|start| value.get(..start.len()).is_some_and(|v| v.eq_ignore_ascii_case(start)))
}

/// `generateKeyBase64`, `S3StagingLocation`: words in one, with a number here and there.
pub(super) fn is_camel(value: &[u8]) -> bool {
    if !value.iter().all(|b| bytes::is(*b, bytes::ALNUM | bytes::UNDERSCORE))
        || value.first().is_some_and(u8::is_ascii_digit)
    {
        return false;
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let starts = |pair: &[u8]| {
        (pair[1].is_ascii_uppercase() && !pair[0].is_ascii_uppercase())
            || pair[0].is_ascii_digit() != pair[1].is_ascii_digit()
    };
    let words = 1 + value.windows(2).filter(|pair| starts(pair)).count();
    if digits > 4 || digits * 4 > value.len() || words * 10 > value.len() * 3 {
        return false;
    }
    // Words can be spoken: no five consonants follow each other.
    let mut consonants = 0;
    let mut last = b'_';
    value.iter().all(|byte| {
        let new = starts(&[last, *byte]) || *byte == b'_';
        let vowel = matches!(byte | 0x20, b'a' | b'e' | b'i' | b'o' | b'u' | b'y') || byte.is_ascii_digit();
        consonants = if vowel || *byte == b'_' { 0 } else { 1 + if new { 0 } else { consonants } };
        last = *byte;
        consonants <= 4
    })
}

/// Letters, and what joins them in the names of code: no password that deserves the word.
fn is_name(rest: &[u8]) -> bool {
    rest.iter().all(|b| {
        bytes::is(*b, bytes::LOWER | bytes::UPPER | bytes::UNDERSCORE | bytes::DOT | bytes::DASH) || *b == b' '
    })
}

/// A key in base64 may begin with a slash: paths have other lengths, and dots.
fn made_base64(value: &[u8]) -> bool {
    matches!(value.len(), 40 | 43 | 44 | 64 | 86 | 88)
        && value.iter().all(|b| bytes::is(*b, bytes::BASE64))
        && is_noisy(value)
}

/// `NAME`, `name_1`, with an upper-case or underscored look: what stands behind a `$`.
fn is_variable(name: &[u8]) -> bool {
    !name.is_empty()
        && name.iter().all(|b| bytes::is(*b, bytes::ALNUM | bytes::UNDERSCORE))
        && !name.first().is_some_and(u8::is_ascii_digit)
        && (name.iter().all(|b| !b.is_ascii_lowercase()) || name.iter().all(|b| !b.is_ascii_uppercase()))
}

/// Keys that every visitor of a page gets: publishable by what they begin with.
pub(super) fn is_publishable(value: &[u8]) -> bool {
    const HEADS: [&[u8]; 11] = [
        // The keys of the emulators of storage and database, which their manuals print.
        b"Eby8vdM02xNOcqFl",
        b"C2y6yDjf5/R+ob0N",
        b"pk_live_",
        b"pk_test_",
        b"pk_prod_",
        b"pk.eyJ",
        b"sb_publishable_",
        b"phc_",
        b"FLWPUBK",
        b"live_pk_",
        b"test_pk_",
    ];
    HEADS.iter().any(|head| value.starts_with(head))
}

/// `vendors~auth.f74e62b8.js`: a file's name.
pub(super) fn is_file(value: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 12] = [
        b".js", b".mjs", b".css", b".map", b".json", b".png", b".svg", b".html", b".woff2", b".yaml", b".yml", b".toml",
    ];
    ENDINGS.iter().any(|ending| value.ends_with(ending))
        && value.iter().all(|b| bytes::is(*b, bytes::WORD_DOT) || matches!(b, b'~' | b'/' | b'@'))
}

/// Encrypted for whoever has the key: sealed secrets, eyaml, SOPS, vaults, blobs of a key service.
pub(super) fn is_sealed(value: &[u8]) -> bool {
    const HEADS: [&[u8]; 6] = [b"ENC[", b"ENC(", b"{cipher}", b"$ANSIBLE_VAULT;", b"AQICAH", b"vault:v"];
    // A sealed secret begins with the length of its session key, in base64: 512 bytes.
    let sealed = value.len() >= 300 && matches!(value, [b'A', b'g', b'A'..=b'D', ..]);
    (sealed && value.iter().all(|b| bytes::is(*b, bytes::BASE64))) || HEADS.iter().any(|head| value.starts_with(head))
}

/// Digests and identifiers that stand where a secret could.
pub(super) fn is_digest(value: &[u8]) -> bool {
    const MARKS: [&[u8]; 10] =
        [b"sha1:", b"sha256:", b"sha512:", b"sha1-", b"sha256-", b"sha384-", b"sha512-", b"md5:", b"pbkdf2", b"{SSHA"];
    check::is_uuid(value) || MARKS.iter().any(|mark| value.starts_with(mark))
}
