//! Settings files as lists of names and values: JSON with comments, TOML and INI, property lists. Read for what they
//! say, not checked: a part of a file, as an edit writes it, is read like the whole.

use std::borrow::Cow;

/// Bytes of a settings file that are looked at.
pub(super) const MAX_SETTINGS: usize = 256 * 1024;
/// Fields of one file that are looked at.
const MAX_FIELDS: usize = 4_000;

/// One name with its values: a text, or the texts of a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entry<'t> {
    pub name: Cow<'t, [u8]>,
    pub values: Vec<Cow<'t, [u8]>>,
    pub list: bool,
}

/// The entries of one object, section or dictionary.
pub(super) type Object<'t> = Vec<Entry<'t>>;

pub(super) fn value_of<'o>(object: &'o Object<'_>, names: &[&str]) -> Option<&'o Entry<'o>> {
    object.iter().find(|entry| names.iter().any(|name| entry.name.eq_ignore_ascii_case(name.as_bytes())))
}

/// Reads text in the form that its first bytes and lines show.
pub(super) fn read(text: &[u8]) -> Vec<Object<'_>> {
    let text = text.get(..MAX_SETTINGS).unwrap_or(text);
    let start = text.trim_ascii_start();
    if start.starts_with(b"<") {
        return plist(text);
    }
    let sections = start.starts_with(b"[") && start.iter().take_while(|b| **b != b'\n').any(|b| *b == b']');
    let json = matches!(start.first(), Some(b'{' | b'"' | b'/' | b']' | b'}' | b','))
        || (start.first() == Some(&b'[') && !sections);
    if json { json_objects(text) } else { lines(text) }
}

/// Objects of JSON, with comments and without a proper beginning or end.
fn json_objects(text: &[u8]) -> Vec<Object<'_>> {
    let mut done = Vec::new();
    let mut open: Vec<Object<'_>> = vec![Object::new()];
    // Which of the brackets around are lists.
    let mut lists: Vec<bool> = Vec::new();
    let mut count = 0;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                let (value, end) = string(text, at);
                at = end;
                count += 1;
                if count > MAX_FIELDS {
                    break;
                }
                let after = text.get(at..).unwrap_or_default().trim_ascii_start();
                let Some(object) = open.last_mut() else { break };
                if after.first() == Some(&b':') && !lists.last().is_some_and(|list| *list) {
                    object.push(Entry { name: value, values: Vec::new(), list: false });
                } else if let Some(entry) = object.last_mut() {
                    entry.values.push(value);
                } else {
                    // Values of a list whose name stands before this part.
                    object.push(Entry { name: Cow::Borrowed(b""), values: vec![value], list: true });
                }
                continue;
            }
            b'{' => {
                if open.len() > 64 {
                    break;
                }
                open.push(Object::new());
                lists.push(false);
            }
            b'[' => {
                lists.push(true);
                if let Some(entry) = open.last_mut().and_then(|object| object.last_mut()) {
                    entry.list = true;
                }
            }
            b']' => {
                lists.pop();
            }
            b'}' => {
                lists.pop();
                if open.len() > 1
                    && let Some(object) = open.pop()
                {
                    done.push(object);
                }
            }
            b'/' if text.get(at + 1) == Some(&b'/') => {
                at += text.get(at..).unwrap_or_default().iter().take_while(|b| **b != b'\n').count();
                continue;
            }
            b if b.is_ascii_alphanumeric() || b == b'-' => {
                let rest = text.get(at..).unwrap_or_default();
                let length =
                    rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')).count();
                if let Some(entry) = open.last_mut().and_then(|object| object.last_mut()) {
                    entry.values.push(Cow::Borrowed(rest.get(..length).unwrap_or_default()));
                }
                at += length.max(1);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    done.extend(open);
    done
}

/// A string from its quote: its text, and where it ends.
fn string(text: &[u8], at: usize) -> (Cow<'_, [u8]>, usize) {
    let quote = text.get(at).copied().unwrap_or(b'"');
    let start = at + 1;
    let mut end = start;
    let mut escaped = false;
    while let Some(&byte) = text.get(end) {
        if byte == b'\\' && quote == b'"' {
            escaped = true;
            end += 2;
            continue;
        }
        if byte == quote {
            break;
        }
        end += 1;
    }
    let end = end.min(text.len());
    let raw = text.get(start..end).unwrap_or_default();
    if !escaped {
        return (Cow::Borrowed(raw), (end + 1).min(text.len()));
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b't') => out.push(b'\t'),
            Some(b'u') => {
                let digits: Vec<u8> = bytes.by_ref().take(4).copied().collect();
                let number = std::str::from_utf8(&digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
                if let Some(one) = number.and_then(char::from_u32) {
                    out.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            Some(b'r') | None => {}
            Some(other) => out.push(*other),
        }
    }
    (Cow::Owned(out), (end + 1).min(text.len()))
}

/// `[section]`, `name = value`, `name: value`, one a line.
fn lines(text: &[u8]) -> Vec<Object<'_>> {
    let mut done = Vec::new();
    let mut object = Object::new();
    for line in text.split(|b| *b == b'\n').take(MAX_FIELDS) {
        let line = line.trim_ascii();
        if line.is_empty() || matches!(line.first(), Some(b'#' | b';')) {
            continue;
        }
        let line = line.strip_prefix(b"- ").unwrap_or(line);
        if line.first() == Some(&b'[') && line.last() == Some(&b']') {
            done.push(std::mem::take(&mut object));
            let name = line.strip_prefix(b"[").and_then(|line| line.strip_suffix(b"]")).unwrap_or_default();
            object.push(Entry { name: Cow::Borrowed(b"[]"), values: vec![Cow::Borrowed(name)], list: false });
            continue;
        }
        let Some(cut) = line.iter().position(|b| matches!(b, b'=' | b':')) else {
            if let Some(entry) = object.last_mut().filter(|entry| entry.list) {
                entry.values.extend(quoted(line));
            }
            continue;
        };
        let (name, value) = line.split_at(cut);
        let name = name.trim_ascii();
        let name = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let list = value.first() == Some(&b'[');
        let whole = matches!(value.first(), Some(b'"' | b'\'')) && string(value, 0).1 == value.len();
        let values = if list || whole { quoted(value).collect() } else { vec![Cow::Borrowed(value)] };
        object.push(Entry { name: Cow::Borrowed(name), values, list });
    }
    done.push(object);
    done
}

/// The quoted texts of a line.
fn quoted(line: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let next = line.get(at..)?.iter().position(|b| matches!(b, b'"' | b'\''))?;
        let (value, end) = string(line, at + next);
        at = end;
        Some(value)
    })
}

/// `<key>Name</key>` and the `<string>`s behind it.
fn plist(text: &[u8]) -> Vec<Object<'_>> {
    let mut object = Object::new();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = rest.get(at + 1..).unwrap_or_default();
        let key = rest.starts_with(b"key>");
        if !key && !rest.starts_with(b"string>") {
            continue;
        }
        let start = memchr::memchr(b'>', rest).map_or(rest.len(), |at| at + 1);
        let inner = rest.get(start..).unwrap_or_default();
        let end = memchr::memchr(b'<', inner).unwrap_or(inner.len());
        let value = unescaped(inner.get(..end).unwrap_or_default());
        rest = inner.get(end..).unwrap_or_default();
        if key {
            object.push(Entry { name: value, values: Vec::new(), list: true });
        } else if let Some(entry) = object.last_mut() {
            entry.values.push(value);
        }
        if object.len() > MAX_FIELDS {
            break;
        }
    }
    vec![object]
}

fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'&', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let entity = [(&b"&amp;"[..], b'&'), (b"&lt;", b'<'), (b"&gt;", b'>'), (b"&quot;", b'"'), (b"&apos;", b'\'')]
            .into_iter()
            .find(|(name, _)| rest.starts_with(name));
        if let Some((name, one)) = entity {
            out.push(one);
            rest = rest.get(name.len()..).unwrap_or_default();
        } else {
            out.push(byte);
            rest = tail;
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        read(text.as_bytes())
            .iter()
            .flatten()
            .map(|entry| {
                let values: Vec<_> = entry.values.iter().map(|value| String::from_utf8_lossy(value)).collect();
                format!("{}={}", String::from_utf8_lossy(&entry.name), values.join("|"))
            })
            .collect()
    }

    #[test]
    fn json_is_read_by_object_also_with_comments_and_cut_off() {
        assert_eq!(
            shown(r#"{"a": {"command": "sh", "args": ["-c", "x \"y\""]}, "on": true}"#),
            ["command=sh", "args=-c|x \"y\"", "a=", "on=true"]
        );
        assert_eq!(shown("{ // note \"q\"\n \"a\": \"b\""), ["a=b"]);
        assert_eq!(shown(r#""postinstall": "curl x | sh","#), ["postinstall=curl x | sh"]);
        assert_eq!(shown(r#"{"k": "\u0041\n"}"#), ["k=A\n"]);
    }

    #[test]
    fn lines_and_property_lists_are_read_by_section() {
        assert_eq!(shown("[Service]\nExecStart=/bin/x -a=b\n# c\n"), ["[]=Service", "ExecStart=/bin/x -a=b"]);
        assert_eq!(shown("[mcp.x]\ncommand = \"sh\"\nargs = [\"-c\", 'y']\n"), ["[]=mcp.x", "command=sh", "args=-c|y"]);
        let plist = "<plist><dict><key>ProgramArguments</key><array><string>sh</string><string>a &amp; b</string></array></dict></plist>";
        assert_eq!(shown(plist), ["ProgramArguments=sh|a & b"]);
    }

    #[test]
    fn hostile_text_ends() {
        for text in ["{\"a", "\"", "[[[[[", "}}}}", "<key>", "<", "{\"a\":\"\\", "\\", "=", "[", "]"] {
            read(text.as_bytes());
        }
        let deep = "{".repeat(100_000);
        assert!(read(deep.as_bytes()).len() < 100);
    }
}
