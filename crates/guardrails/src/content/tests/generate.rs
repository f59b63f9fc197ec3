//! Tokens made at run time, of every form: right in structure and checksum, and of no account anywhere.

use crate::content::bytes::{self, Alphabet};
use crate::content::check::{self, Check};
use crate::content::forms::{self, Form};
use crate::content::values;

/// A small generator of its own, so that a seed in a failure gives the same token again.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % limit as u64).unwrap()
    }

    pub(super) fn text(&mut self, alphabet: Alphabet, length: usize) -> String {
        let letters: Vec<u8> = (0..=127).filter(|b| bytes::is(*b, alphabet)).collect();
        (0..length).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }
}

pub(super) fn base64url(plain: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in plain.chunks(3) {
        let bits = chunk.iter().fold(0u32, |acc, b| acc << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            out.push(char::from(LETTERS[usize::try_from(bits >> (18 - 6 * at) & 63).unwrap()]));
        }
    }
    out
}

pub(super) fn jwt(random: &mut Random) -> String {
    let claims = format!("{{\"sub\":\"{}\",\"iat\":1700000000}}", random.text(bytes::HEX, 12));
    format!(
        "{}.{}.{}",
        base64url(b"{\"alg\":\"HS256\",\"typ\":\"JWT\"}"),
        base64url(claims.as_bytes()),
        random.text(bytes::ALNUM, 43)
    )
}

/// A body that the form's check accepts.
pub(super) fn body(form: &Form, random: &mut Random) -> String {
    loop {
        let made = attempt(form, random);
        let proved =
            !matches!(form.check, Check::Mixed | Check::Noisy | Check::Unchecked | Check::Parts(_) | Check::Dotted(_));
        if form.check == Check::Noisy && !values::is_noisy(made.as_bytes()) {
            continue;
        }
        if proved || (!values::is_placeholder(made.as_bytes()) && has_both(made.as_bytes())) {
            return made;
        }
    }
}

fn has_both(made: &[u8]) -> bool {
    values::is_mixed(made)
}

fn attempt(form: &Form, random: &mut Random) -> String {
    // Separators only where the form wants them; nothing that another form or a placeholder could begin with.
    let plain = form.body & bytes::ALNUM;
    let spread = form.max.min(form.min + 40) - form.min + 1;
    let length = form.min + random.below(spread);
    match form.check {
        Check::Unchecked | Check::Mixed | Check::Noisy => random.text(plain, length),
        Check::GitHubInstallation if random.below(2) == 0 => {
            format!("{}_{}", random.text(bytes::DIGITS, 7), jwt(random))
        }
        Check::Crc62 | Check::GitHubInstallation => {
            let payload = random.text(plain, 30);
            let sum = check::base62(check::crc32(payload.as_bytes()));
            payload + std::str::from_utf8(&sum).unwrap()
        }
        Check::Holds(text) | Check::MustHold(text) => {
            let side = (length.max(text.len() + 2) - text.len()) / 2 + 1;
            format!("{}{text}{}", random.text(plain, side), random.text(plain, side))
        }
        Check::Ends(text) => random.text(plain, length - text.len()) + text,
        Check::Begins(text) => text.to_owned() + &random.text(plain, length - text.len()),
        Check::Bech32(hrp) => {
            let data = random.text(bytes::UPPER_DIGITS, 400);
            let data: String =
                data.chars().filter(|c| "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".contains(*c)).take(52).collect();
            let sum = check::bech32_sum(hrp.as_bytes(), data.as_bytes());
            let token = data + &std::str::from_utf8(&sum).unwrap().to_uppercase();
            if bytes::is(b'Q', form.body) { token } else { token.to_lowercase() }
        }
        Check::Jwt => jwt(random)[3..].to_owned(),
        Check::Dotted(lengths) => {
            let mut parts: Vec<String> = lengths.iter().map(|length| random.text(plain, *length)).collect();
            let missing = form.min.saturating_sub(parts.join(".").len());
            parts.push(parts[parts.len() - 1].clone() + &random.text(plain, missing));
            parts.remove(parts.len() - 2);
            parts.join(".")
        }
        Check::Parts(lengths) => {
            let mark = if bytes::is(b'_', form.body) { "_" } else { "-" };
            lengths.iter().map(|length| random.text(plain, *length)).collect::<Vec<_>>().join(mark)
        }
        Check::Uuid => [8, 4, 4, 4, 12].map(|length| random.text(bytes::HEX, length)).join("-"),
        Check::Discord => {
            let id = random.text(bytes::DIGITS, 17);
            let first = base64url(format!("{}{id}", discord_digit(form.head)).as_bytes());
            format!("{}.{}.{}", &first[2..], random.text(bytes::ALNUM, 6), random.text(bytes::ALNUM, 38))
        }
    }
}

/// The digits that a Discord id begins with, so that its base64 begins with `head`.
fn discord_digit(head: &str) -> String {
    let candidates = (0..1000).map(|number| format!("{number:03}"));
    candidates.into_iter().find(|digits| base64url(digits.as_bytes()).starts_with(head)).unwrap()
}

pub(super) fn token(form: &Form, random: &mut Random) -> String {
    let body = body(form, random);
    if std::ptr::eq(form, &raw const forms::TELEGRAM) {
        return format!("{}:{body}", 1_000_000_000 + random.below(900_000_000));
    }
    if std::ptr::eq(form, &raw const forms::AZURE_AD) {
        return format!("{}7Q~{body}", random.text(bytes::LOWER, 3));
    }
    if std::ptr::eq(form, &raw const forms::TERRAFORM) {
        return format!("{}.atlasv1.{body}", random.text(bytes::ALNUM, 14));
    }
    if std::ptr::eq(form, &raw const forms::SALESFORCE) {
        return format!("00D{}!{body}", random.text(bytes::ALNUM, 12));
    }
    format!("{}{body}", form.head)
}

/// A token that is known by letters in its midst.
pub(super) fn inner(form: &forms::Inner, random: &mut Random) -> String {
    let before = random.text(bytes::ALNUM, form.before.0);
    let padding = "=".repeat((4 - (form.before.0 + form.mark.len() + form.after.0) % 4) % 4);
    format!("{before}{}{}{padding}", form.mark, random.text(bytes::ALNUM, form.after.0))
}

/// The first eight bytes in a row of `token` that occur in `text`; those that the chip's own name has do not count.
pub(super) fn leaks<'a>(token: &'a str, kind: &str, text: &str) -> Option<&'a str> {
    (0..=token.len().saturating_sub(8))
        .filter_map(|at| token.get(at..at + 8))
        .find(|window| text.contains(window) && !kind.contains(window))
}
