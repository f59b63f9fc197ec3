//! Credentials in calls and strings of drivers: `NetworkCredential("user", "password")`, `hash_hmac(…, "key")`,
//! `user:password@tcp(host)`, `jdbc:oracle:thin:user/password@host`, `expect "assword:"`.

use super::judge;
use super::literal::{self, LONGEST, Value};
use super::marks::{Mark, every, mark};
use super::names::{self, Name};
use crate::content::Hit;

/// The arguments of a call are looked at as far as this.
const ARGUMENTS: usize = 240;
/// A user and a password before their `@`.
const CREDENTIALS: usize = 160;

/// Calls that take a user and then a password, calls that sign with a key, how the drivers of Go write a network behind
/// the credentials, and what asks.
pub(super) const MARKS: &[Mark] = &[
    mark("Credential(", of_pair),
    mark("Credentials(", of_pair),
    mark("BasicAuth(", of_pair),
    mark("asic_auth(", of_pair),
    mark("PlainAuth(", of_pair),
    mark("PasswordAuthentication(", of_pair),
    mark(" auth=(", of_pair),
    mark("etPassword(", of_setter),
    mark("hmac(", signed),
    mark("Hmac(", signed),
    mark("hmac.new(", signed),
    mark("jwt.sign(", signed),
    mark("jwt.encode(", signed),
    mark("@tcp(", |text, start, _, hits| every(hits, driver(text, start))),
    mark("@unix(", |text, start, _, hits| every(hits, driver(text, start))),
    mark("oracle:thin:", |text, _, end, hits| every(hits, thin(text, end))),
    mark("assword:", |text, _, end, hits| every(hits, answer(text, end))),
];

fn of_pair(text: &[u8], _: usize, end: usize, hits: &mut Vec<Hit>) -> usize {
    every(hits, argument(text, end, &names::PASSWORD, 1))
}

fn of_setter(text: &[u8], _: usize, end: usize, hits: &mut Vec<Hit>) -> usize {
    every(hits, argument(text, end, &names::PASSWORD, 0))
}

fn signed(text: &[u8], _: usize, end: usize, hits: &mut Vec<Hit>) -> usize {
    every(hits, argument(text, end, &names::SIGNING, 0))
}

/// The first literal in quotes behind `skip` others that is a value of this name, among the arguments of a call.
fn argument(text: &[u8], from: usize, name: &Name, skip: usize) -> Option<Hit> {
    let limit = text.len().min(from + ARGUMENTS);
    let (mut at, mut count) = (from, 0);
    while at < limit {
        match text[at] {
            b')' | b'\n' | b';' => return None,
            // `{ uid: user.id }`: an object of its own.
            b'{' => at += 1 + memchr::memchr(b'}', text.get(at..limit)?)?,
            byte if literal::is_quote(byte) => {
                let value = literal::literal(text, at, false)?;
                if count >= skip
                    && let Some(hit) = judge::judge(text, name, Value { listed: true, ..value })
                {
                    return Some(hit);
                }
                count += 1;
                at = value.end + 1;
            }
            _ => at += 1,
        }
    }
    None
}

fn bare(start: usize, end: usize) -> Value {
    Value { start, end, quoted: true, environment: false, line: false, listed: false }
}

/// `user:password@tcp(`: what stands before the `@` at `at`.
fn driver(text: &[u8], at: usize) -> Option<Hit> {
    let near = text.get(at.saturating_sub(CREDENTIALS)..at)?;
    let open = near.iter().rposition(|b| *b <= b' ' || literal::is_quote(*b) || *b == b'=').map_or(0, |at| at + 1);
    let colon = open + memchr::memchr(b':', near.get(open..)?)?;
    judge::judge(text, &names::PASSWORD, bare(at - near.len() + colon + 1, at))
}

/// `user/password@host` of Oracle's thin driver.
fn thin(text: &[u8], from: usize) -> Option<Hit> {
    let near = text.get(from..text.len().min(from + CREDENTIALS))?;
    let word = near.get(..near.iter().position(|b| *b <= b' ' || literal::is_quote(*b)).unwrap_or(near.len()))?;
    let (slash, sign) = (memchr::memchr(b'/', word)?, memchr::memrchr(b'@', word)?);
    (slash < sign).then(|| judge::judge(text, &names::PASSWORD, bare(from + slash + 1, from + sign)))?
}

/// What a script sends when it is asked: `expect "assword:"`, then `send "…\r"`.
fn answer(text: &[u8], from: usize) -> Option<Hit> {
    let near = text.get(from..text.len().min(from + 96))?;
    let send = memchr::memmem::find(near, b"send")?;
    let quote = send + near.get(send..)?.iter().position(|b| literal::is_quote(*b))?;
    let value = literal::literal(text, from + quote, false)?;
    let written = text.get(value.start..value.end.min(value.start + LONGEST))?;
    let end = memchr::memchr(b'\\', written).map_or(value.end, |at| value.start + at);
    judge::judge(text, &names::PASSWORD, Value { end, ..value })
}
