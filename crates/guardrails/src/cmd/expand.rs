//! Variables within words: `%NAME%`, `%NAME:~1,3%`, `%NAME:a=b%`, `!NAME!`, `%%a`, `%~fa`, `%1`.

use crate::value::Value;
use crate::walker::Walker;
use protocol::Why;

/// Bytes of one word after its variables are put in.
const MAX_WORD: usize = 32 * 1024;

impl Walker<'_> {
    pub(super) fn cmd_word(&mut self, text: &[u8]) -> Value {
        if memchr::memchr2(b'%', b'!', text).is_none() {
            return Value::text(text);
        }
        let mut out = Value::Known(Vec::new());
        let mut rest = text;
        while let Some(at) = memchr::memchr2(b'%', b'!', rest) {
            out.append(&Value::text(rest.get(..at).unwrap_or_default()));
            let sign = rest.get(at).copied().unwrap_or(b'%');
            let tail = rest.get(at + 1..).unwrap_or_default();
            if out.written().is_some_and(|text| text.len() > MAX_WORD) {
                return Value::Unknown(Why::TooBig);
            }
            let (value, taken) = if sign == b'!' { self.delayed(tail) } else { self.percent(tail) };
            out.append(&value);
            rest = tail.get(taken..).unwrap_or_default();
        }
        out.append(&Value::text(rest));
        self.spend(out.written().map_or(0, |text| text.len() / 64));
        out
    }

    /// Behind `!`.
    fn delayed(&self, tail: &[u8]) -> (Value, usize) {
        match memchr::memchr(b'!', tail.get(..128.min(tail.len())).unwrap_or_default()) {
            Some(end) if end > 0 && self.is_set(tail.get(..end).unwrap_or_default()) => {
                (self.named_part(tail.get(..end).unwrap_or_default()), end + 1)
            }
            _ => (Value::text(b"!"), 0),
        }
    }

    /// Behind `%`: what it stands for, and how many bytes that took.
    fn percent(&self, tail: &[u8]) -> (Value, usize) {
        let key = |letter: u8| self.shell.variables.get(&[b'%', letter][..]).and_then(|values| values.first()).cloned();
        match tail {
            [b'%', rest @ ..] => match rest {
                [b'~', modified @ ..] => {
                    let flags = modified.iter().take_while(|b| b.is_ascii_alphabetic()).count();
                    let letter = flags.checked_sub(1).and_then(|at| modified.get(at)).copied().unwrap_or(b'a');
                    (key(letter).unwrap_or(Value::Unknown(Why::Variable)), 2 + flags)
                }
                [letter, ..] if letter.is_ascii_alphabetic() => match key(*letter) {
                    Some(value) => (value, 2),
                    None => (Value::text(b"%"), 1),
                },
                _ => (Value::text(b"%"), 1),
            },
            [b'*', ..] => (Value::Unknown(Why::Variable), 1),
            [b'~', modified @ ..] => {
                // `%~dp0build`: the digit ends it.
                let letters = modified.iter().take_while(|b| b.is_ascii_alphabetic()).count();
                let length = letters + usize::from(modified.get(letters).is_some_and(u8::is_ascii_digit));
                let part = modified.get(..length).unwrap_or_default();
                match part.last() {
                    // Where the script itself lies, with what ends a folder.
                    Some(b'0') => {
                        let mut folder = self.shell.cwd.clone();
                        if part.contains(&b'p') {
                            folder.append(&Value::text(b"\\"));
                        }
                        (folder, 1 + length)
                    }
                    Some(letter) if letter.is_ascii_alphabetic() => {
                        (key(*letter).unwrap_or(Value::Unknown(Why::Variable)), 1 + length)
                    }
                    _ => (Value::Unknown(Why::Variable), 1 + length),
                }
            }
            [digit, ..] if digit.is_ascii_digit() => {
                let at = usize::from(digit - b'0').checked_sub(1);
                let value = at.and_then(|at| self.shell.positional.get(at)).cloned();
                (value.unwrap_or(Value::Unknown(Why::Variable)), 1)
            }
            _ => {
                let end = memchr::memchr(b'%', tail.get(..256.min(tail.len())).unwrap_or_default());
                match (end, tail.first()) {
                    (end, Some(letter)) if letter.is_ascii_alphabetic() && key(*letter).is_some() => {
                        // `%a` of a loop at a prompt, unless a whole name stands there.
                        let named = end.map(|end| tail.get(..end).unwrap_or_default());
                        match named {
                            Some(name)
                                if name.len() > 1 && !name.iter().any(u8::is_ascii_whitespace) && self.is_set(name) =>
                            {
                                (self.named_part(name), name.len() + 1)
                            }
                            _ => (key(*letter).unwrap_or(Value::Unknown(Why::Variable)), 1),
                        }
                    }
                    (Some(end), _) if end > 0 => (self.named_part(tail.get(..end).unwrap_or_default()), end + 1),
                    _ => (Value::text(b"%"), 0),
                }
            }
        }
    }

    fn is_set(&self, name: &[u8]) -> bool {
        let name = name.split(|b| *b == b':').next().unwrap_or_default();
        !matches!(self.windows_variable(name), Value::Unknown(Why::Variable))
    }

    /// A variable, or a part of it.
    fn named_part(&self, text: &[u8]) -> Value {
        let cut = text.iter().position(|b| *b == b':');
        let Some(cut) = cut.filter(|cut| *cut > 0) else { return self.windows_variable(text) };
        let (name, change) = text.split_at(cut);
        let change = change.get(1..).unwrap_or_default();
        let value = self.windows_variable(name);
        let Value::Known(value) = value else { return value };
        if let Some(range) = change.strip_prefix(b"~") {
            let mut numbers = range
                .split(|b| *b == b',')
                .map(|part| std::str::from_utf8(part).ok().and_then(|part| part.trim().parse::<i64>().ok()));
            let length = i64::try_from(value.len()).unwrap_or(i64::MAX);
            let from = numbers.next().flatten().unwrap_or(0);
            let from = if from < 0 { (length + from).max(0) } else { from.min(length) };
            let to = match numbers.next().flatten() {
                Some(count) if count < 0 => (length + count).max(from),
                Some(count) => from.saturating_add(count).min(length),
                None => length,
            };
            let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0));
            return Value::text(value.get(from..to).unwrap_or_default());
        }
        if let Some(sign) = change.iter().position(|b| *b == b'=') {
            let (old, new) = change.split_at(sign);
            let (old, new) = (old.to_ascii_lowercase(), new.get(1..).unwrap_or_default());
            let lower = value.to_ascii_lowercase();
            let mut out = Vec::new();
            let mut at = 0;
            if !old.is_empty() {
                for found in memchr::memmem::find_iter(&lower, &old) {
                    out.extend_from_slice(value.get(at..found).unwrap_or_default());
                    out.extend_from_slice(new);
                    at = found + old.len();
                    if out.len() > MAX_WORD {
                        return Value::Unknown(Why::TooBig);
                    }
                }
            }
            out.extend_from_slice(value.get(at..).unwrap_or_default());
            return Value::Known(out);
        }
        Value::Known(value)
    }
}
