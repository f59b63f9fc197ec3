//! The literal that stands behind a name: where it begins, where it ends, and how it is written.

/// A value is looked at as far as this; what is longer and has no form of its own is no password.
pub(super) const LONGEST: usize = 1024;

/// A value and how it stands in the text.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "how a value is written has independent sides")]
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) end: usize,
    /// In quotes: a literal, not an expression.
    pub(super) quoted: bool,
    /// `NAME=value` at the beginning of a line or word, without spaces: an environment file or a shell's assignment.
    pub(super) environment: bool,
    /// Alone on its line behind its name, as in YAML and INI files.
    pub(super) line: bool,
    /// Behind a comma: perhaps the next of several names.
    pub(super) listed: bool,
}

impl Value {
    pub(super) fn bytes<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// The literal that begins at `start`, without its quotes.
pub(super) fn literal(text: &[u8], start: usize, environment: bool) -> Option<Value> {
    // `b"…"`, `r'…'`, `@"…"`, `$'…'`; an f-string's braces make it a reference later.
    let mark = usize::from(
        text.get(start).is_some_and(|b| matches!(b, b'b' | b'r' | b'f' | b'u' | b'L' | b'@' | b'$'))
            && text.get(start + 1).is_some_and(|b| is_quote(*b)),
    );
    let start = start + mark;
    let escapes = count(text, start, |b| b == b'\\', 8);
    match text.get(start + escapes) {
        Some(quote) if is_quote(*quote) => {
            let inner = start + escapes + 1;
            let end = closing(text, inner, *quote, escapes);
            (end > inner).then_some(Value { start: inner, end, quoted: true, environment, line: false, listed: false })
        }
        Some(_) if escapes == 0 => {
            let end = bare_end(text, start, environment);
            (end > start).then_some(Value { start, end, quoted: false, environment, line: false, listed: false })
        }
        _ => None,
    }
}

pub(super) fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// The closing quote that fits the opening one behind `escapes` backslashes, or the end of the line or of the text.
pub(super) fn closing(text: &[u8], from: usize, quote: u8, escapes: usize) -> usize {
    let limit = text.len().min(from + LONGEST);
    let mut at = from;
    while at < limit {
        match text[at] {
            b'\n' => return at,
            b'\\' if escapes == 0 => at += 1,
            byte if byte == quote => {
                let back = text[from..at].iter().rev().take_while(|b| **b == b'\\').count();
                return at - back.min(escapes);
            }
            _ => {}
        }
        at += 1;
    }
    limit
}

/// The end of a value without quotes.
pub(super) fn bare_end(text: &[u8], start: usize, environment: bool) -> usize {
    let limit = text.len().min(start + LONGEST);
    let mut at = start;
    let mut escaped = None;
    while at < limit {
        match text[at] {
            // `t%3Dtoken:value%26x`: the separators of a text that is escaped as a whole.
            b'%' if matches!(text.get(at + 1..at + 3), Some(b"26" | b"22" | b"27" | b"3B" | b"3b" | b"20" | b"0A"))
                && *escaped.get_or_insert_with(|| is_escaped(text, start)) =>
            {
                break;
            }
            byte if byte.is_ascii_whitespace() || byte < b' ' => break,
            b'"' | b'\'' | b'`' => break,
            b'\\' if matches!(text.get(at + 1), None | Some(b'n' | b'r' | b't' | b'u' | b'\\' | b'"' | b'\'')) => break,
            b',' | b';' | b'&' | b'|' | b'<' | b'>' | b')' | b'}' | b']' if !environment => break,
            _ => at += 1,
        }
    }
    while at > start && matches!(text[at - 1], b';' | b',' | b'&' | b'|' | b')') {
        at -= 1;
    }
    at
}

/// The rest of the line from `start`, where it is one word: the whole value of a YAML or INI key, commas and all.
pub(super) fn line(text: &[u8], start: usize) -> Option<Value> {
    let rest = text.get(start..text.len().min(start + LONGEST))?;
    let first = *rest.first()?;
    if is_quote(first) || matches!(first, b'\\' | b'{' | b'[' | b'(' | b'|' | b'>' | b'$') {
        return None;
    }
    let mut length = 0;
    while let Some(byte) = rest.get(length) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`' => break,
            b'\\' if matches!(rest.get(length + 1), None | Some(b'n' | b'r' | b't' | b'u' | b'\\' | b'"')) => break,
            byte if *byte < b' ' => return None,
            _ => length += 1,
        }
    }
    let behind = rest.get(length..)?;
    let spaces = behind.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let comment = spaces > 0 && behind.get(spaces) == Some(&b'#');
    let ends = matches!(behind.get(spaces), None | Some(b'\n' | b'\r' | b'\\'))
        || (spaces == 0 && behind.first() == Some(&b'"'));
    let word = rest.get(..length)?;
    // Code ends its lines with these.
    if !(ends || comment)
        || word.last().is_none_or(|last| matches!(last, b';' | b',' | b'{' | b'(' | b')' | b']' | b'}' | b'>'))
    {
        return None;
    }
    Some(Value { start, end: start + length, quoted: false, environment: false, line: true, listed: false })
}

/// Does an escaped `=`, `:` or `"` stand shortly before, in the same word?
fn is_escaped(text: &[u8], start: usize) -> bool {
    let before = text.get(start.saturating_sub(64)..start).unwrap_or_default();
    let word = before.rsplit(|b| b.is_ascii_whitespace() || *b == b'"').next().unwrap_or_default();
    memchr::memchr_iter(b'%', word)
        .any(|at| matches!(word.get(at + 1..at + 3), Some(b"3D" | b"3d" | b"3A" | b"3a" | b"22" | b"3F" | b"3f")))
}

/// How many bytes from `from` on satisfy `holds`, at most `limit`.
pub(super) fn count(text: &[u8], from: usize, holds: impl Fn(u8) -> bool, limit: usize) -> usize {
    text.get(from..).unwrap_or_default().iter().take(limit).take_while(|b| holds(**b)).count()
}
