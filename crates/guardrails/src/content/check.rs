//! What can be checked of a token without asking its issuer: checksums and fixed structure.

use super::bytes::{self, HEX};
use super::values;

/// How sure the structure makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// Not a token of this kind.
    No,
    /// The right form, but its checksum is wrong: a test token or one that was cut.
    Doubtful,
    /// The right form, and nothing that could be checked.
    Formed,
    /// The structure or checksum is right.
    Proved,
}

/// The check of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing but alphabet and length.
    Unchecked,
    /// The last six characters are the CRC-32 of those before, in base 62 (GitHub, npm).
    Crc62,
    /// `<app id>_<JWT>`, or the older form with a checksum (GitHub installation tokens).
    GitHubInstallation,
    /// The text usually occurs in it.
    Holds(&'static str),
    /// The text always occurs in it.
    MustHold(&'static str),
    /// Parts of word characters of exactly these lengths, joined by `_` or `-`.
    Parts(&'static [usize]),
    /// A UUID.
    Uuid,
    /// It ends in this text.
    Ends(&'static str),
    /// It begins with this text.
    Begins(&'static str),
    /// Bech32 with this human-readable part.
    Bech32(&'static str),
    /// Header and claims are JSON, and the header names an algorithm.
    Jwt,
    /// So many parts between dots, each of at least so many characters.
    Dotted(&'static [usize]),
    /// Digits and letters are mixed: an identifier made of words has the form of the token, too.
    Mixed,
    /// Mixed, with several digits and letters of both cases that change places often: no identifier is.
    Noisy,
    /// The first part, in base64, is a number (Discord).
    Discord,
}

impl Check {
    /// Judges a token whose first `head` bytes are the form's head.
    pub(super) fn judge(self, token: &[u8], head: usize) -> Verdict {
        let body = token.get(head..).unwrap_or_default();
        match self {
            Self::Unchecked => Verdict::Formed,
            Self::Crc62 => crc62(body),
            Self::GitHubInstallation => match body.iter().position(|b| *b == b'.') {
                None => crc62(body),
                Some(_) => match memchr::memmem::find(body, b"_eyJ") {
                    Some(at) => jwt(body.get(at + 1..).unwrap_or_default()).max(Verdict::Doubtful),
                    None => Verdict::Formed,
                },
            },
            Self::Holds(text) => proved_or(memchr::memmem::find(body, text.as_bytes()).is_some(), Verdict::Formed),
            Self::MustHold(text) => proved_or(memchr::memmem::find(body, text.as_bytes()).is_some(), Verdict::No),
            Self::Ends(text) => proved_or(body.ends_with(text.as_bytes()), Verdict::Formed),
            Self::Begins(text) => proved_or(body.starts_with(text.as_bytes()), Verdict::No),
            Self::Bech32(hrp) => proved_or(bech32(hrp.as_bytes(), body), Verdict::Doubtful),
            Self::Jwt => jwt(token),
            Self::Dotted(lengths) => dotted(body, lengths),
            Self::Mixed => {
                if values::is_mixed(body) {
                    Verdict::Formed
                } else {
                    Verdict::No
                }
            }
            Self::Noisy => {
                if values::is_noisy(body) {
                    Verdict::Formed
                } else {
                    Verdict::No
                }
            }
            Self::Parts(lengths) => {
                let parts = body.split(|b| matches!(b, b'_' | b'-')).map(<[u8]>::len);
                if parts.eq(lengths.iter().copied()) { Verdict::Formed } else { Verdict::No }
            }
            Self::Uuid => {
                if is_uuid(body) {
                    Verdict::Formed
                } else {
                    Verdict::No
                }
            }
            Self::Discord => discord(token),
        }
    }
}

fn proved_or(right: bool, otherwise: Verdict) -> Verdict {
    if right { Verdict::Proved } else { otherwise }
}

const CRC: [u32; 256] = {
    let mut table = [0u32; 256];
    let mut at = 0;
    while at < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256 by the loop")]
        let mut crc = at as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
};

/// CRC-32 (IEEE 802.3).
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| (crc >> 8) ^ CRC[usize::from(crc.to_le_bytes()[0] ^ byte)])
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The six base-62 characters of a CRC-32, padded with zeros.
pub(super) fn base62(mut number: u32) -> [u8; 6] {
    let mut out = [b'0'; 6];
    for slot in out.iter_mut().rev() {
        *slot = BASE62[usize::try_from(number % 62).unwrap_or_default()];
        number /= 62;
    }
    out
}

fn crc62(body: &[u8]) -> Verdict {
    match body.split_last_chunk::<6>() {
        Some((payload, sum)) if body.len() == 36 => proved_or(base62(crc32(payload)) == *sum, Verdict::Doubtful),
        // Another length is a form that we do not know yet: nothing to check it by.
        _ => Verdict::Formed,
    }
}

const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

fn bech32_step(sum: u32, value: u32) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = sum >> 25;
    let next = ((sum & 0x01ff_ffff) << 5) ^ value;
    GENERATOR.iter().enumerate().fold(
        next,
        |acc, (bit, generator)| {
            if (top >> bit) & 1 == 1 { acc ^ generator } else { acc }
        },
    )
}

fn bech32_start(hrp: &[u8]) -> u32 {
    let high = hrp.iter().fold(1, |sum, b| bech32_step(sum, u32::from(*b >> 5)));
    hrp.iter().fold(bech32_step(high, 0), |sum, b| bech32_step(sum, u32::from(*b & 31)))
}

/// Is `data` (in either case) the data part of a bech32 string with this human-readable part, in lower case?
fn bech32(hrp: &[u8], data: &[u8]) -> bool {
    let mut sum = bech32_start(hrp);
    for byte in data {
        let Some(value) = BECH32.iter().position(|b| *b == byte.to_ascii_lowercase()) else { return false };
        sum = bech32_step(sum, u32::try_from(value).unwrap_or_default());
    }
    sum == 1
}

/// The six checksum characters of a bech32 string, for tests that make one.
#[cfg(test)]
pub(super) fn bech32_sum(hrp: &[u8], data: &[u8]) -> Vec<u8> {
    let mut sum = bech32_start(hrp);
    for byte in data {
        let value = BECH32.iter().position(|b| *b == byte.to_ascii_lowercase()).unwrap();
        sum = bech32_step(sum, u32::try_from(value).unwrap());
    }
    let sum = (0..6).fold(sum, |sum, _| bech32_step(sum, 0)) ^ 1;
    (0..6).map(|at| BECH32[usize::try_from((sum >> (5 * (5 - at))) & 31).unwrap()]).collect()
}

/// Decodes base64 in either alphabet, without regard to padding; stops at the first byte that is not base64 or after
/// `limit` bytes of output.
pub(super) fn base64(text: &[u8], limit: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity((text.len() / 4 * 3 + 3).min(limit));
    let (mut bits, mut count) = (0u32, 0u32);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count).to_le_bytes()[0]);
            if out.len() >= limit {
                break;
            }
        }
    }
    out
}

fn jwt(body: &[u8]) -> Verdict {
    // A header without an end is none; and only its beginning is read.
    let Some(dot) = memchr::memchr(b'.', body) else { return Verdict::No };
    let mut parts = body.get(dot + 1..).unwrap_or_default().split(|b| *b == b'.');
    let header = base64(body.get(..dot).unwrap_or_default(), 512);
    let Some(claims) = parts.next() else { return Verdict::No };
    if !header.starts_with(b"{\"") || !has_key(&header, b"\"alg\"") {
        return Verdict::No;
    }
    // Five parts: encrypted, nothing more can be read.
    if parts.clone().count() == 3 {
        return Verdict::Proved;
    }
    let claims = base64(claims, 4096);
    if !claims.starts_with(b"{") {
        return Verdict::No;
    }
    // Documented examples, and the keys that a page hands to every visitor.
    let public = [&b"\"John Doe\""[..], b"\"1234567890\"", b"\"role\":\"anon\""];
    if public.iter().any(|text| memchr::memmem::find(&claims, text).is_some()) {
        return Verdict::No;
    }
    if parts.next().is_some_and(|signature| signature.len() >= 16) { Verdict::Proved } else { Verdict::Doubtful }
}

fn has_key(json: &[u8], key: &[u8]) -> bool {
    memchr::memmem::find(json, key).is_some()
}

fn dotted(body: &[u8], lengths: &[usize]) -> Verdict {
    let mut parts = body.split(|b| *b == b'.');
    let fits = lengths.iter().all(|length| parts.next().is_some_and(|part| part.len() >= *length));
    if fits { Verdict::Formed } else { Verdict::No }
}

fn discord(body: &[u8]) -> Verdict {
    let mut parts = body.split(|b| *b == b'.');
    let (Some(id), Some(time), Some(mac)) = (parts.next(), parts.next(), parts.next()) else { return Verdict::No };
    let id = base64(id, 32);
    let number = id.len() >= 17 && id.iter().all(u8::is_ascii_digit);
    proved_or(number && (6..=7).contains(&time.len()) && mac.len() >= 27, Verdict::No)
}

/// Is this a UUID, or a plain hexadecimal digest?
pub(super) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| {
            if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { bytes::is(byte.to_ascii_lowercase(), HEX) }
        })
}
