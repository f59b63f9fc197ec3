//! Values of scripts that are written out: coded texts, lists, and names of temporary folders.

use super::super::{Lang, text};
use super::literal;
use super::values::{closing, evaluate, split};
use crate::value::Value;
use crate::walker::Walker;
use protocol::Why;

/// Members of a list that are looked at.
const MAX_MEMBERS: usize = 16;

/// A new name below the folder for temporary files, or that folder.
pub(super) fn temporary(walker: &Walker<'_>, source: &[u8]) -> Option<Value> {
    let starts = |names: &[&str]| names.iter().any(|name| source.starts_with(name.as_bytes()));
    let folder = || walker.shell.get(b"TMPDIR").unwrap_or_else(|| Value::text(b"/tmp"));
    if matches!(source, b"os.tmpdir()" | b"tmpdir()" | b"tempfile.gettempdir()" | b"gettempdir()" | b"Dir.tmpdir") {
        return Some(folder());
    }
    let makes = starts(&[
        "tempfile.mkdtemp(",
        "tempfile.mktemp(",
        "tempfile.TemporaryDirectory(",
        "mkdtemp(",
        "TemporaryDirectory(",
        "fs.mkdtempSync(",
        "mkdtempSync(",
        "fs.promises.mkdtemp(",
        "fs.mkdtemp(",
        "Dir.mktmpdir",
        "Deno.makeTempDir",
    ]);
    // Where it is said that it shall lie elsewhere, it does.
    let elsewhere = ["dir=", "dir:"].iter().any(|word| memchr::memmem::find(source, word.as_bytes()).is_some());
    (makes && !elsewhere).then(|| {
        let mut out = folder();
        out.append(&Value::text(b"/tmp."));
        out.append(&Value::Unknown(Why::Substitution));
        out
    })
}

/// A text that is written in a code and decoded at once: `Buffer.from("…", "base64")`, `bytes.fromhex("…")`.
pub(super) fn decoded(name: &str, lang: Lang, arguments: &[u8]) -> Option<Value> {
    let last = name.rsplit(['.', ':']).next().unwrap_or_default();
    let parts = split(arguments, |source, at| source.get(at) == Some(&b','));
    let written = |part: &[u8]| {
        let part = part.trim_ascii();
        let prefix = part.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let (text, end) = literal(part, prefix, lang);
        (prefix <= 2 && end == part.len() && part.len() > prefix + 1).then_some(text)
    };
    let first = written(parts.first()?)?;
    let code = parts.get(1).and_then(|part| written(part));
    let plain = match (last, code.as_deref()) {
        ("b64decode" | "urlsafe_b64decode" | "atob" | "base64_decode" | "decode64" | "urlsafe_decode64", _)
        | ("from", Some(b"base64" | b"base64url")) => text::decode64(&first),
        ("fromhex" | "unhexlify" | "hex2bin", _) | ("from", Some(b"hex")) => text::decode_hex(&first),
        _ => None,
    };
    plain.map(Value::Known)
}

/// The members of a list that is written out: `["a", "b"]`, `%w[a b]`.
pub(super) fn members(walker: &Walker<'_>, lang: Lang, source: &[u8]) -> Vec<Value> {
    let source = source.trim_ascii();
    if let Some(words) = source.strip_prefix(b"%w").filter(|_| lang == Lang::Ruby) {
        let inner = words.get(1..words.len().saturating_sub(1)).unwrap_or_default();
        let words = inner.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        return words.take(MAX_MEMBERS).map(Value::text).collect();
    }
    let whole = matches!(source.first(), Some(b'[' | b'(')) && closing(source, 0) == Some(source.len() - 1);
    if !whole {
        return Vec::new();
    }
    let inner = source.get(1..source.len() - 1).unwrap_or_default();
    let parts = split(inner, |source, at| source.get(at) == Some(&b','));
    if parts.len() > MAX_MEMBERS {
        return Vec::new();
    }
    let values = parts.iter().filter(|part| !part.trim_ascii().is_empty());
    values.map(|part| evaluate(walker, lang, part, 1).value).collect()
}

/// The list that an expression goes through: `… for p in [a, b]`.
pub(super) fn gone_through(source: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(source, b" in [").or_else(|| memchr::memmem::find(source, b" in ("))?;
    let list = source.get(at + 4..)?;
    let end = closing(list, 0)?;
    list.get(..=end)
}

/// The words of a list: what is written out, and something that is not known in the place of a name. Without a
/// program that is written out only the texts count.
pub(super) fn words(source: &[u8], texts: &[Vec<u8>], lang: Lang) -> Vec<Value> {
    let plain = || texts.iter().map(|text| Value::text(text)).collect();
    if closing(source, 0) != Some(source.len() - 1) {
        return plain();
    }
    let inner = source.get(1..source.len() - 1).unwrap_or_default();
    let parts = split(inner, |source, at| source.get(at) == Some(&b','));
    let written = |part: &[u8]| {
        let part = part.trim_ascii();
        let (text, end) = literal(part, 0, lang);
        (matches!(part.first(), Some(b'"' | b'\'')) && end == part.len()).then_some(Value::Known(text))
    };
    if parts.len() > MAX_MEMBERS * 2 || parts.first().is_none_or(|first| written(first).is_none()) {
        return plain();
    }
    let parts = parts.iter().filter(|part| !part.trim_ascii().is_empty());
    parts.map(|part| written(part).unwrap_or(Value::Unknown(Why::Variable))).collect()
}
