//! Names that say secret: `DB_PASSWORD`, `clientSecret`, `x-api-key`.

use super::vendors::{self, Vendor};
use crate::content::bytes::{self, WORD, WORD_DOT};
use std::sync::LazyLock;

/// What kind of value a name promises; each is judged by its own measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// Chosen by a person, perhaps: short and pronounceable is possible.
    Password,
    /// A secret key: made by a machine.
    Secret,
    /// A token or API key: made by a machine, and the names are also those of harmless things.
    Token,
    /// Words from a list.
    Phrase,
}

/// A name that says secret.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    pub(super) promise: Promise,
    /// The kind of finding that a value is.
    pub(super) kind: &'static str,
    /// It begins a line or stands behind a space, with nothing of an expression before it.
    pub(super) alone: bool,
    /// It begins its line, but for a dash or `export`.
    pub(super) line: bool,
    /// Whose key it is, as far as the name says.
    pub(super) vendor: Option<&'static Vendor>,
}

/// What stands where only a password can.
pub(super) const PASSWORD: Name =
    Name { promise: Promise::Password, kind: "password", alone: true, line: false, vendor: None };

/// A password of `.netrc`, which may be an API key.
pub(super) const NETRC: Name =
    Name { promise: Promise::Password, kind: "password", alone: true, line: false, vendor: Some(&vendors::ANY) };

/// The key of a call that signs.
pub(super) const SIGNING: Name =
    Name { promise: Promise::Secret, kind: "secret-key", alone: true, line: false, vendor: None };

/// The private half of a JSON web key.
pub(super) const PRIVATE_MEMBER: Name =
    Name { promise: Promise::Token, kind: "private-jwk", alone: true, line: false, vendor: None };

/// Names are looked at as far as this.
const LONGEST: usize = 64;

/// How a name ends, in lower case without separators; what it promises, and the kind of finding.
type Ending = (&'static str, Promise, &'static str);

/// Endings of names.
const ENDINGS: &[Ending] = &[
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
    ("kennwort", Promise::Password, "password"),
    ("motdepasse", Promise::Password, "password"),
    ("contrasena", Promise::Password, "password"),
    ("wachtwoord", Promise::Password, "password"),
    ("senha", Promise::Password, "password"),
    ("storepass", Promise::Password, "password"),
    ("keypass", Promise::Password, "password"),
    ("passkey", Promise::Secret, "secret"),
    ("presharedkey", Promise::Secret, "wireguard-key"),
    ("clientkeydata", Promise::Token, "client-key"),
    ("totpsecret", Promise::Secret, "totp-seed"),
    ("otpsecret", Promise::Secret, "totp-seed"),
    ("mnemonic", Promise::Phrase, "seed-phrase"),
    ("seedphrase", Promise::Phrase, "seed-phrase"),
    ("recoveryphrase", Promise::Phrase, "seed-phrase"),
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
    ("serverkey", Promise::Token, "api-key"),
    ("adminkey", Promise::Token, "api-key"),
    ("writekey", Promise::Token, "api-key"),
    ("ingestkey", Promise::Token, "api-key"),
    ("integrationkey", Promise::Token, "api-key"),
    ("routingkey", Promise::Token, "api-key"),
    ("hmackey", Promise::Secret, "secret-key"),
    ("jwtkey", Promise::Secret, "secret-key"),
    ("sessionkey", Promise::Secret, "secret-key"),
    ("cookiekey", Promise::Secret, "secret-key"),
    ("creds", Promise::Secret, "secret"),
    ("bearer", Promise::Token, "token"),
    ("phpsessid", Promise::Token, "session-cookie"),
    ("jsessionid", Promise::Token, "session-cookie"),
    ("loggedinkey", Promise::Token, "secret-key"),
    ("noncekey", Promise::Token, "secret-key"),
    ("authsalt", Promise::Token, "secret-key"),
    ("loggedinsalt", Promise::Token, "secret-key"),
    ("noncesalt", Promise::Token, "secret-key"),
    ("token", Promise::Token, "token"),
    ("authtoken", Promise::Token, "token"),
    ("authorization", Promise::Token, "token"),
    ("auth", Promise::Token, "token"),
    ("encryption", Promise::Token, "secret-key"),
];

/// Names that are too short to be endings: they are the whole name, or its last word.
const LAST_WORDS: &[Ending] = &[
    ("pass", Promise::Password, "password"),
    ("pw", Promise::Password, "password"),
    ("psk", Promise::Password, "password"),
    ("pat", Promise::Token, "token"),
    ("jwt", Promise::Token, "token"),
];

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
    "applicationserverkey",
    "hashedsecret",
    "hashedpassword",
    "passwordhash",
    "secrethash",
    "tokenhash",
    "idempotencytoken",
];

/// Refuses most delimiters by the two bytes before them: no name that says secret ends there, nor `value`, `default`.
#[inline]
pub(super) fn may_stand_before(text: &[u8], at: usize) -> bool {
    let Some([before, last]) = at.checked_sub(2).and_then(|from| text.get(from..at)) else { return true };
    match last {
        b'_' | b'-' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
            matches!(last | 0x20, b'e' | b't') || may_end_a_name(&[*before, *last])
        }
        b']' | b'"' | b'\'' | b'`' | b'\\' => true,
        byte => byte.is_ascii_whitespace(),
    }
}

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
    if !may_end_a_name(text.get(end.checked_sub(2)?..end)?) {
        return None;
    }
    let mut start = end;
    back(&mut start, |b| bytes::is(b, WORD), LONGEST);
    // `\\nDB_PASSWORD=`: the letter belongs to the escape.
    let escaped = start.checked_sub(1).is_some_and(|before| text[before] == b'\\')
        && matches!(text.get(start), Some(b'n' | b'r' | b't'));
    start += usize::from(escaped);
    // `arn:…:secret:name`: a part of a path. `//host/:_authToken=` is npm's.
    if start.checked_sub(1).is_some_and(|before| text[before] == b':') && text.get(start) != Some(&b'_') {
        return None;
    }
    // `checksum/secret: 1f…`: what is told is not the secret.
    if text.get(start.saturating_sub(9)..start).is_some_and(|before| {
        [&b"checksum/"[..], b"digest/", b"sha256/", b"hash/"].iter().any(|word| before.ends_with(word))
    }) {
        return None;
    }
    let name = text.get(start..end)?;
    // `alias pw='pwgen'`
    if text.get(start.saturating_sub(6)..start) == Some(b"alias ") {
        return None;
    }
    // `spring.datasource.password=`: a property's name has dots.
    let mut whole = start;
    if !escaped {
        back(&mut whole, |b| bytes::is(b, WORD_DOT), LONGEST);
    }
    // `e.pass=x` in code: a property's name with dots begins its line, or follows `-D`.
    let dotted = whole < start && !text.get(whole..start).is_some_and(|head| head.starts_with(b"-D"));
    let alone = escaped || (begins_word(text, whole) && (!dotted || begins_line(text, whole)));
    let mut found = classify(name, alone).or_else(|| {
        // `fs.s3a.secret.key=`, `API key:`: the part before says what kind of key.
        let mut wide = whole;
        if whole == start {
            back(&mut wide, |b| b == b' ', 1);
            back(&mut wide, |b| b.is_ascii_alphabetic(), 12);
        }
        (wide < start).then(|| classify(text.get(wide.max(end.saturating_sub(LONGEST))..end)?, alone))?
    })?;
    found.line = found.alone && (escaped || begins_line(text, whole));
    Some(found)
}

/// The name that is `name` whole, as in `--name value`.
pub(super) fn classify(name: &[u8], alone: bool) -> Option<Name> {
    let mut buffer = [0u8; LONGEST];
    let mut length = 0;
    for byte in name.iter().filter(|b| !matches!(b, b'-' | b'_' | b'.' | b' ')) {
        *buffer.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    let plain = buffer.get(..length)?;
    // Most names end here: in nothing that says secret.
    let ending = ending(plain)
        .or_else(|| LAST_WORDS.iter().find(|(word, _, _)| is_last_word(name, word.as_bytes())))
        .map(|(_, promise, kind)| (*promise, *kind));
    if (ending.is_none() && !plain.ends_with(b"key"))
        || HARMLESS.iter().any(|ending| plain.ends_with(ending.as_bytes()))
    {
        return None;
    }
    // `FirebaseAuth`, `GoogleAuth`: a module's name, not a header's (`X-Auth`) nor a setting's.
    if let Some([first, .., before]) = name.trim_ascii_start().strip_suffix(b"Auth")
        && first.is_ascii_uppercase()
        && before.is_ascii_lowercase()
    {
        return None;
    }
    // npm's old tokens are UUIDs, and so are many API keys.
    let vendor = match vendors::named_in(plain) {
        _ if name == b"_authToken" => Some(&vendors::NPM),
        None if plain.ends_with(b"apikey") => Some(&vendors::ANY),
        vendor => vendor,
    };
    // `STRIPE_KEY`, `datadog-key`: with a vendor's name it says enough.
    let (promise, kind) = ending.or_else(|| vendor.map(|_| (Promise::Token, "api-key")))?;
    Some(Name { promise, kind, alone, line: false, vendor })
}

/// The longest ending that a name, in lower case and without separators, has.
fn ending(plain: &[u8]) -> Option<&'static Ending> {
    let last = usize::from(*plain.last()?);
    BY_LAST.get(last)?.iter().copied().find(|(ending, _, _)| plain.ends_with(ending.as_bytes()))
}

/// The endings by their last byte, the longer before the shorter.
static BY_LAST: LazyLock<Vec<Vec<&'static Ending>>> = LazyLock::new(|| {
    let mut table = vec![Vec::new(); 256];
    for ending in ENDINGS {
        table[usize::from(ending.0.as_bytes()[ending.0.len() - 1])].push(ending);
    }
    for endings in &mut table {
        endings.sort_by_key(|(ending, _, _)| std::cmp::Reverse(ending.len()));
    }
    table
});

/// Is `word` the whole name, or its last word behind a separator or a change of case?
fn is_last_word(name: &[u8], word: &[u8]) -> bool {
    let Some(at) = name.len().checked_sub(word.len()) else { return false };
    let (before, last) = name.split_at(at);
    if !last.eq_ignore_ascii_case(word) {
        return false;
    }
    match before.last() {
        None | Some(b'_' | b'-') => true,
        Some(byte) => byte.is_ascii_lowercase() && last[0].is_ascii_uppercase(),
    }
}

/// Refuses most names by their last two bytes.
fn may_end_a_name(last: &[u8]) -> bool {
    let &[a, b] = last else { return false };
    // The second of each pair stands for what may follow: passwo-rd, secr-et, tok-en, k-ey, authorizati-on, credenti-al.
    let before: &[u8] = match b | 0x20 {
        b'd' => b"rwi",
        b't' => b"reawl",
        b'e' => b"rsd",
        b'r' => b"re",
        b's' => b"sdl",
        b'k' => b"s",
        b'c' => b"i",
        b'n' => b"eo",
        b'y' => b"e",
        b'l' => b"a",
        b'h' => b"t",
        b'a' => b"thn",
        b'w' => b"p",
        _ => return false,
    };
    before.contains(&(a | 0x20))
}

fn begins_word(text: &[u8], start: usize) -> bool {
    match start.checked_sub(1).map(|before| text[before]) {
        None => true,
        Some(byte) => matches!(byte, b'\n' | b'\r' | b' ' | b'\t' | b'"' | b'\''),
    }
}

fn begins_line(text: &[u8], start: usize) -> bool {
    let near = text.get(start.saturating_sub(48)..start).unwrap_or_default();
    let line =
        near.iter().rposition(|b| matches!(b, b'\n' | b'\r')).map_or(near, |at| near.get(at + 1..).unwrap_or_default());
    let before = line.trim_ascii();
    matches!(before, b"" | b"-" | b"export" | b"\"" | b"'" | b"set" | b"+" | b">" | b"- \"")
}
