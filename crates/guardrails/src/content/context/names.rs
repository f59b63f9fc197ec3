//! Names that say secret: `DB_PASSWORD`, `clientSecret`, `x-api-key`.

use crate::content::bytes::{self, WORD, WORD_DOT};

/// What kind of value a name promises; each is judged by its own measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// Chosen by a person, perhaps: short and pronounceable is possible.
    Password,
    /// A secret key: made by a machine.
    Secret,
    /// A token or API key: made by a machine, and the names are also those of harmless things.
    Token,
}

/// A name that says secret.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    pub(super) promise: Promise,
    /// The kind of finding that a value is.
    pub(super) kind: &'static str,
    /// It begins a line or stands behind a space, with nothing of an expression before it.
    pub(super) alone: bool,
    /// Part of it says Heroku, whose keys are UUIDs.
    pub(super) uuid: bool,
}

/// Names are looked at as far as this.
const LONGEST: usize = 64;

/// Endings of names in lower case without separators, the longer before the shorter.
const ENDINGS: &[(&str, Promise, &str)] = &[
    ("awssecretaccesskey", Promise::Secret, "aws-secret-key"),
    ("secretaccesskey", Promise::Secret, "aws-secret-key"),
    ("awssecretkey", Promise::Secret, "aws-secret-key"),
    ("awssessiontoken", Promise::Token, "aws-session-token"),
    ("sharedaccesskey", Promise::Token, "azure-shared-key"),
    ("accountkey", Promise::Token, "azure-storage-key"),
    ("storagekey", Promise::Token, "azure-storage-key"),
    ("password", Promise::Password, "password"),
    ("passwort", Promise::Password, "password"),
    ("passwd", Promise::Password, "password"),
    ("passphrase", Promise::Password, "password"),
    ("passcode", Promise::Password, "password"),
    ("pwd", Promise::Password, "password"),
    ("dbpass", Promise::Password, "password"),
    ("userpass", Promise::Password, "password"),
    ("adminpass", Promise::Password, "password"),
    ("rootpass", Promise::Password, "password"),
    ("smtppass", Promise::Password, "password"),
    ("mailpass", Promise::Password, "password"),
    ("mysqlpass", Promise::Password, "password"),
    ("redispass", Promise::Password, "password"),
    ("clientsecret", Promise::Secret, "client-secret"),
    ("consumersecret", Promise::Secret, "client-secret"),
    ("appsecret", Promise::Secret, "client-secret"),
    ("secretkey", Promise::Secret, "secret-key"),
    ("secretkeybase", Promise::Secret, "secret-key"),
    ("privatekey", Promise::Secret, "secret-key"),
    ("signingkey", Promise::Secret, "secret-key"),
    ("encryptionkey", Promise::Secret, "secret-key"),
    ("masterkey", Promise::Secret, "secret-key"),
    ("secret", Promise::Secret, "secret"),
    ("credential", Promise::Secret, "secret"),
    ("credentials", Promise::Secret, "secret"),
    ("apikey", Promise::Token, "api-key"),
    ("apitoken", Promise::Token, "token"),
    ("accesskey", Promise::Token, "api-key"),
    ("authkey", Promise::Token, "api-key"),
    ("servicekey", Promise::Token, "api-key"),
    ("licensekey", Promise::Token, "api-key"),
    ("subscriptionkey", Promise::Token, "api-key"),
    ("functionskey", Promise::Token, "api-key"),
    ("appkey", Promise::Token, "api-key"),
    ("token", Promise::Token, "token"),
    ("authtoken", Promise::Token, "token"),
    ("authorization", Promise::Token, "token"),
    ("auth", Promise::Token, "token"),
];

/// Whole names that are too short to be endings.
const WHOLE: &[&str] = &["pass", "pw"];

/// Endings of names that look like secrets' and are none.
const HARMLESS: &[&str] = &[
    "pagetoken",
    "nexttoken",
    "continuationtoken",
    "cancellationtoken",
    "cancellationtoken",
    "synctoken",
    "csrftoken",
    "xsrftoken",
    "unauth",
    "eostoken",
    "bostoken",
    "padtoken",
    "unktoken",
    "publictoken",
    "publickey",
    "idempotencytoken",
];

/// The name that ends before `at`, if it says secret.
pub(super) fn before(text: &[u8], at: usize) -> Option<Name> {
    let mut end = at;
    let back = |end: &mut usize, holds: fn(u8) -> bool, limit: usize| {
        for _ in 0..limit {
            match end.checked_sub(1).and_then(|before| text.get(before)) {
                Some(byte) if holds(*byte) => *end -= 1,
                _ => break,
            }
        }
    };
    back(&mut end, |b| matches!(b, b' ' | b'\t'), 16);
    // `config["password"] =`, `"password":`, `\"password\":`.
    back(&mut end, |b| b == b']', 1);
    back(&mut end, |b| matches!(b, b'"' | b'\'' | b'`'), 1);
    back(&mut end, |b| b == b'\\', 8);
    if !may_end_a_name(text.get(end.checked_sub(3)?..end)?) {
        return None;
    }
    let mut start = end;
    back(&mut start, |b| bytes::is(b, WORD), LONGEST);
    let name = text.get(start..end)?;
    // `spring.datasource.password=`: a property's name has dots.
    let mut whole = start;
    back(&mut whole, |b| bytes::is(b, WORD_DOT), LONGEST);
    classify(name, begins_word(text, whole))
}

/// The name that is `name` whole, as in `--name value`.
pub(super) fn classify(name: &[u8], alone: bool) -> Option<Name> {
    let mut buffer = [0u8; LONGEST];
    let mut length = 0;
    for byte in name.iter().filter(|b| !matches!(b, b'-' | b'_')) {
        *buffer.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    let plain = buffer.get(..length)?;
    let (promise, kind) = ENDINGS
        .iter()
        .filter(|(ending, _, _)| plain.ends_with(ending.as_bytes()))
        .max_by_key(|(ending, _, _)| ending.len())
        .map(|(_, promise, kind)| (*promise, *kind))
        .or_else(|| WHOLE.iter().any(|whole| plain == whole.as_bytes()).then_some((Promise::Password, "password")))?;
    if HARMLESS.iter().any(|ending| plain.ends_with(ending.as_bytes())) {
        return None;
    }
    Some(Name { promise, kind, alone, uuid: memchr::memmem::find(plain, b"heroku").is_some() })
}

/// Refuses most names by their last three bytes.
fn may_end_a_name(last: &[u8]) -> bool {
    let &[a, b, c] = last else { return false };
    matches!(
        (a | 0x20, b | 0x20, c | 0x20),
        (b'o', b'r', b'd' | b't')
            | (b's' | b'p', b'w', b'd')
            | (b'a', b's', b'e' | b's')
            | (b'o', b'd', b'e')
            | (b'r', b'e', b't')
            | (b'k', b'e', b'n' | b'y')
            | (b'i', b'o', b'n')
            | (b'i', b'a', b'l')
            | (b'a', b'l', b's')
            | (b'u', b't', b'h')
    ) || (matches!(b | 0x20, b'p') && matches!(c | 0x20, b'w') && !a.is_ascii_alphanumeric())
}

fn begins_word(text: &[u8], start: usize) -> bool {
    match start.checked_sub(1).map(|before| text[before]) {
        None => true,
        Some(byte) => matches!(byte, b'\n' | b'\r' | b' ' | b'\t' | b'"' | b'\''),
    }
}
