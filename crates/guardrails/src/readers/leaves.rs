//! Ways out that are no transfer by name: folders that are served, names that are looked up, texts that are posted.

use super::net;
use super::raw;
use crate::paths::Follow;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, Outgoing};
use protocol::{Field, RawText, Why};

/// Addresses that only this machine reaches.
fn is_loopback(address: &[u8]) -> bool {
    let address = memchr::memmem::find(address, b"://").map_or(address, |at| address.get(at + 3..).unwrap_or_default());
    address.starts_with(b"127.")
        || address.starts_with(b"localhost")
        || address.starts_with(b"[::1]")
        || address.starts_with(b"::1")
}

/// `python3 -m http.server`, `npx serve folder`: whoever reaches the address reads what lies in the folder.
pub(crate) fn serves(walker: &mut Walker<'_>, folder: &Value, address: Option<&Value>) {
    let field = address.map_or(Field::Unknown(Why::Unstated), Value::field);
    walker.push(Action::Listen { address: field.clone(), tunnel: false });
    if address.and_then(Value::written).is_some_and(is_loopback) {
        return;
    }
    let target = walker.found(folder, Follow::Links).target;
    walker.push(Action::Send {
        host: Field::pattern(raw("*")),
        url: field,
        method: Field::Known(raw("serve")),
        what: vec![Outgoing::File(target)],
    });
}

/// `serve`, `http-server`, `live-server`, `php -S`: a folder among the operands, or the working folder.
pub(super) fn serve(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let address = call.arguments.value(&["-a", "--address", "--host", "-H", "--bind", "-l", "--listen", "-S", "--ip"]);
    let folder = call
        .arguments
        .value(&["-t", "--root", "--path", "-d", "--directory"])
        .or_else(|| {
            call.operands().iter().rfind(|word| !word.written().is_some_and(|text| text.iter().all(u8::is_ascii_digit)))
        })
        .cloned()
        .unwrap_or_else(|| Value::text(b"."));
    serves(walker, &folder, address);
    Flow::Output
}

/// `dig`, `host`, `nslookup`, `ping`: a name with unknown parts carries them to whoever answers for the domain; a text
/// record is text from outside.
pub(super) fn resolve(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut text_record = false;
    let mut first = None;
    for word in call.words {
        if word.written().is_some_and(|text| {
            text.eq_ignore_ascii_case(b"txt")
                || text.eq_ignore_ascii_case(b"-type=txt")
                || text.eq_ignore_ascii_case(b"-q=txt")
        }) {
            text_record = true;
        }
        match word {
            Value::Pattern { glob, .. } if glob.contains(&b'.') && glob.contains(&b'*') => {
                let what = net::from_substitution(walker);
                let tells = !walker.secrets.is_empty() || what.iter().any(|one| matches!(one, Outgoing::File(_)));
                if tells {
                    walker.push(Action::Send {
                        host: net::host_of(word),
                        url: Field::Unknown(Why::Unstated),
                        method: Field::Known(raw("dns")),
                        what,
                    });
                }
            }
            Value::Known(text)
                if first.is_none() && text.contains(&b'.') && !matches!(text.first(), Some(b'-' | b'@' | b'+')) =>
            {
                first = Some(word.clone());
            }
            _ => {}
        }
    }
    if !text_record {
        return Flow::Output;
    }
    let name = first.unwrap_or(Value::Unknown(Why::Variable));
    walker.push(Action::Fetch {
        host: net::host_of(&name),
        url: name.field(),
        method: Field::Known(raw("dns")),
        to: None,
    });
    Flow::Download(name)
}

/// The value of an option that is posted: a comment's text, an issue's title.
pub(crate) fn posted(walker: &mut Walker<'_>, call: &Call<'_>, value: &Value, is_file: bool) {
    if !is_file && value.known().is_some() {
        return;
    }
    let what = if is_file {
        if value.is("-") { call.stdin.outgoing() } else { net::file(walker, value) }
    } else {
        net::from_substitution(walker)
    };
    let host = Field::Known(match call.name {
        "gh" => raw("github.com"),
        "glab" => raw("gitlab.com"),
        other => RawText::from(other),
    });
    walker.push(Action::Send { host, url: Field::Unknown(Why::Unstated), method: Field::Known(raw("POST")), what });
}

/// `git add -f file`: what a commit will hold that is not meant to be there.
pub(super) fn git_add(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.has(&["-f", "--force"]) && !call.has(&["-n", "--dry-run"]) {
        for word in call.operands() {
            let target = walker.found(word, Follow::Links).target;
            walker.stage(target);
        }
    }
    Flow::Output
}

/// The environment as a file: what `env` and `printenv` print.
pub(crate) fn environment(walker: &Walker<'_>) -> Flow {
    Flow::Files(vec![walker.found(&Value::text(b"/proc/self/environ"), Follow::Entry).target])
}

/// Has one of the last commands printed the environment whole?
pub(crate) fn printed_environment(walker: &Walker<'_>) -> bool {
    walker.effects.iter().rev().take(4).any(|effect| {
        let Action::Run { program: Field::Known(program), arguments, .. } = &effect.action else { return false };
        let name = protocol::Text::bytes(program);
        matches!(name, b"env" | b"printenv" | b"set" | b"export") && arguments.is_empty()
    })
}

/// `printenv`, alone.
pub(super) fn printenv(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.operands().is_empty() { environment(walker) } else { Flow::Output }
}

/// Does the address hold, encoded, what is written like a secret variable or a key?
pub(super) fn carries_a_secret(url: &[u8]) -> bool {
    let Some(query) = url.iter().position(|b| *b == b'?') else { return false };
    let query = url.get(query + 1..).unwrap_or_default();
    // An address that was signed names a key and does not give it away.
    let signed = [&b"X-Amz-"[..], b"Signature="].iter().any(|word| memchr::memmem::find(query, word).is_some());
    if !signed && super::printed::holds_a_key(query) {
        return true;
    }
    query.split(|b| matches!(b, b'&' | b';')).take(32).any(|pair| {
        let value = pair.splitn(2, |b| *b == b'=').nth(1).unwrap_or_default();
        if value.len() < 24 || value.len() > 64 * 1024 {
            return false;
        }
        let decoded = super::text::decode64(value).or_else(|| super::text::decode_hex(value));
        decoded.is_some_and(|text| {
            let printable = text.iter().filter(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()).count();
            printable * 10 >= text.len() * 9
                && [
                    "SECRET",
                    "TOKEN",
                    "PASSWORD",
                    "PASSWD",
                    "API_KEY",
                    "APIKEY",
                    "ACCESS_KEY",
                    "PRIVATE KEY",
                    "aws_secret",
                ]
                .iter()
                .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
        })
    })
}
