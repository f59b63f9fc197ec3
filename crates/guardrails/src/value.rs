//! Text as far as the analysis knows it, and what flows through a pipe.

use protocol::effect::{Outgoing, Target};
use protocol::{Field, RawText, Why};

/// Each name of a list that leaves none out. A lone star is one name that is not known.
pub(crate) const EACH: &[u8] = b"**";

/// Bytes of a pattern that an effect may have in one of its fields.
const MAX_GLOB: usize = 1024;

/// A word after expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Known(Vec<u8>),
    /// Text with wildcards, from a shell glob or from an unknown part. `floating`: its beginning is not known, so it
    /// cannot be read as a path below the working folder.
    Pattern {
        glob: Vec<u8>,
        floating: bool,
    },
    Unknown(Why),
}

impl Value {
    pub(crate) fn text(text: &[u8]) -> Self {
        Self::Known(text.to_vec())
    }

    pub(crate) fn known(&self) -> Option<&[u8]> {
        match self {
            Self::Known(text) => Some(text),
            Self::Pattern { .. } | Self::Unknown(_) => None,
        }
    }

    /// The text as written: exact, or with its wildcards. Nothing for the unknown.
    pub(crate) fn written(&self) -> Option<&[u8]> {
        match self {
            Self::Known(text) | Self::Pattern { glob: text, floating: false } => Some(text),
            Self::Pattern { .. } | Self::Unknown(_) => None,
        }
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.known() == Some(text.as_bytes())
    }

    pub(crate) fn field(&self) -> Field<RawText> {
        match self {
            Self::Known(text) => Field::Known(RawText::new(text.clone())),
            Self::Pattern { glob, .. } => {
                let glob = plain_glob(glob);
                // It is compared with the globs of all rules.
                if glob.len() > MAX_GLOB { Field::Unknown(Why::TooBig) } else { Field::pattern(RawText::new(glob)) }
            }
            Self::Unknown(why) => Field::Unknown(*why),
        }
    }

    /// Adds `other` behind this.
    pub(crate) fn append(&mut self, other: &Self) {
        let joined = match (&mut *self, other) {
            (Self::Known(a) | Self::Pattern { glob: a, .. }, Self::Known(b))
            | (Self::Pattern { glob: a, .. }, Self::Pattern { glob: b, .. }) => {
                a.extend_from_slice(b);
                return;
            }
            (Self::Known(a), Self::Pattern { glob, floating }) => {
                let floating = *floating && a.is_empty();
                let mut text = std::mem::take(a);
                text.extend_from_slice(glob);
                Self::Pattern { glob: text, floating }
            }
            (Self::Known(a), Self::Unknown(why)) => {
                if a.is_empty() {
                    Self::Unknown(*why)
                } else {
                    let mut text = std::mem::take(a);
                    text.push(b'*');
                    Self::Pattern { glob: text, floating: false }
                }
            }
            (Self::Pattern { glob, .. }, Self::Unknown(_)) => {
                if glob.last() != Some(&b'*') {
                    glob.push(b'*');
                }
                return;
            }
            (Self::Unknown(_), Self::Known(b) | Self::Pattern { glob: b, .. }) => {
                if b.is_empty() {
                    return;
                }
                let mut text = vec![b'*'];
                text.extend_from_slice(b);
                Self::Pattern { glob: text, floating: true }
            }
            (Self::Unknown(_), Self::Unknown(_)) => return,
        };
        *self = joined;
    }
}

/// A shell glob in the form that fields have: bracket expressions become `?`.
pub(crate) fn plain_glob(glob: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(glob.len());
    let mut at = 0;
    // No bracket that opens before this place is closed within its component.
    let mut open_until = 0;
    while let Some(&byte) = glob.get(at) {
        if byte == b'[' && at >= open_until {
            let skip = usize::from(matches!(glob.get(at + 1), Some(b'!' | b'^')));
            // A `]` that stands first is a member of the set.
            let first = at + 2 + skip;
            let ends = |b: &u8| matches!(b, b']' | b'/');
            // What stands first may be a slash as well, and then there is no set.
            let slash = glob.get(at + 1..first).unwrap_or_default().contains(&b'/');
            let end = glob.get(first..).and_then(|rest| rest.iter().position(ends)).map(|end| first + end);
            match end.filter(|_| !slash) {
                Some(close) if glob.get(close) == Some(&b']') => {
                    out.push(b'?');
                    at = close + 1;
                    continue;
                }
                _ if slash => {}
                end => open_until = end.unwrap_or(glob.len()),
            }
        }
        out.push(byte);
        at += 1;
    }
    out
}

/// Does `text` match the glob, `*` and `?` standing for any bytes? Linear in the product of both lengths.
pub(crate) fn glob_match(glob: &[u8], text: &[u8]) -> bool {
    let (mut g, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match glob.get(g) {
            Some(b'*') => {
                back = Some((g, t));
                g += 1;
            }
            Some(b) if *b == b'?' || text.get(t) == Some(b) => {
                g += 1;
                t += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    g = star + 1;
                    t = from + 1;
                    back = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    glob.get(g..).unwrap_or_default().iter().all(|b| *b == b'*')
}

/// Is there a text that matches both globs?
pub(crate) fn globs_overlap(a: &[u8], b: &[u8]) -> bool {
    // What both say literally at their beginnings and at their ends must be the same; most pairs fail here.
    let wild = |byte: &u8| matches!(byte, b'*' | b'?');
    let head = a.iter().zip(b).take_while(|(x, y)| x == y && !wild(x)).count();
    let (Some(a), Some(b)) = (a.get(head..), b.get(head..)) else { return false };
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y && !wild(x)).count();
    let (Some(a), Some(b)) = (a.get(..a.len() - tail), b.get(..b.len() - tail)) else { return false };
    let differ = |x: Option<&u8>, y: Option<&u8>| matches!((x, y), (Some(x), Some(y)) if !wild(x) && !wild(y));
    if differ(a.first(), b.first()) || differ(a.last(), b.last()) {
        return false;
    }
    match (a.iter().any(wild), b.iter().any(wild)) {
        (false, false) => a == b,
        (true, false) => glob_match(a, b),
        (false, true) => glob_match(b, a),
        (true, true) => both_overlap(a, b),
    }
}

fn both_overlap(a: &[u8], b: &[u8]) -> bool {
    // Reachable positions in `b` for each prefix of `a`.
    let mut row = vec![false; b.len() + 1];
    let mut next = row.clone();
    row[0] = true;
    spread(&mut row, b);
    for &x in a {
        next.fill(false);
        if x == b'*' {
            let mut seen = false;
            for (at, slot) in next.iter_mut().enumerate() {
                seen |= row[at];
                *slot = seen;
            }
        } else {
            for (at, &y) in b.iter().enumerate() {
                if row[at] && y == b'*' {
                    next[at] = true;
                } else if row[at] && (x == b'?' || y == b'?' || x == y) {
                    next[at + 1] = true;
                }
            }
        }
        spread(&mut next, b);
        std::mem::swap(&mut row, &mut next);
    }
    row[b.len()]
}

/// A star may stand for nothing.
fn spread(row: &mut [bool], glob: &[u8]) {
    for (at, &y) in glob.iter().enumerate() {
        if row[at] && y == b'*' {
            row[at + 1] = true;
        }
    }
}

/// What comes out of a command, or goes into it.
#[derive(Clone, Debug)]
pub(crate) enum Flow {
    /// The terminal, or nothing.
    Inherit,
    /// Exactly this text.
    Text(Vec<u8>),
    /// What these files hold.
    Files(Vec<Target<RawText>>),
    /// Fetched in this call.
    Download(Value),
    /// Decoded or decrypted, and not readable here.
    Decoded,
    /// Names of files, one a line: below these places.
    Paths { names: Vec<Value>, filtered: bool },
    /// The names of all things that a program knows of: `aws s3 ls`, `kubectl get ns -o name`.
    Names,
    /// What a program prints.
    Output,
    /// What a program prints, and among it this text.
    Part(Vec<u8>),
    /// What a shell prints whose commands are not seen.
    Session,
    /// What a well-known program prints to set up a shell.
    SetUp,
    /// Secret by what it is, under this name.
    Secret(&'static str),
}

impl Flow {
    /// Two outputs, one after the other.
    pub(crate) fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Inherit, other) => other,
            (this, Self::Inherit) => this,
            (Self::Text(mut a), Self::Text(b)) => {
                a.extend_from_slice(&b);
                Self::Text(a)
            }
            (Self::Files(mut a), Self::Files(b)) => {
                a.extend(b);
                Self::Files(a)
            }
            (Self::Download(url), _) | (_, Self::Download(url)) => Self::Download(url),
            (Self::Secret(name), _) | (_, Self::Secret(name)) => Self::Secret(name),
            (Self::Decoded, _) | (_, Self::Decoded) => Self::Decoded,
            (Self::Files(files), _) | (_, Self::Files(files)) => Self::Files(files),
            (Self::Names, Self::Names) => Self::Names,
            (Self::Session, _) | (_, Self::Session) => Self::Session,
            (Self::Text(mut a) | Self::Part(mut a), Self::Text(b) | Self::Part(b)) => {
                a.extend_from_slice(&b);
                Self::Part(a)
            }
            (Self::Text(text) | Self::Part(text), _) | (_, Self::Text(text) | Self::Part(text)) => Self::Part(text),
            (Self::Paths { .. } | Self::Names | Self::Output | Self::SetUp, _) => Self::Output,
        }
    }

    /// The same after a program has changed it in a way that is not followed: what it came from stays.
    pub(crate) fn filtered(self) -> Self {
        match self {
            Self::Text(_) | Self::Part(_) | Self::SetUp => Self::Output,
            Self::Paths { names, .. } => Self::Paths { names, filtered: true },
            other => other,
        }
    }

    /// The content as a field.
    pub(crate) fn content(&self) -> Field<RawText> {
        match self {
            Self::Text(text) => Field::Known(RawText::new(text.clone())),
            Self::Inherit => Field::Unknown(Why::Unstated),
            _ => Field::Unknown(Why::Unseen),
        }
    }

    /// The text as a word: without the line ends at its end.
    pub(crate) fn word(&self) -> Value {
        match self {
            Self::Text(text) => {
                let end = text.iter().rposition(|b| *b != b'\n').map_or(0, |at| at + 1);
                Value::text(text.get(..end).unwrap_or_default())
            }
            Self::Inherit => Value::Known(Vec::new()),
            Self::Paths { names, .. } if names.len() == 1 => {
                names.first().cloned().unwrap_or(Value::Unknown(Why::Substitution))
            }
            Self::Names => Value::Pattern { glob: EACH.to_vec(), floating: true },
            _ => Value::Unknown(Why::Substitution),
        }
    }

    /// As something that leaves.
    pub(crate) fn outgoing(&self) -> Vec<Outgoing<RawText>> {
        match self {
            Self::Inherit => Vec::new(),
            Self::Text(text) => vec![Outgoing::Text(RawText::new(text.clone()))],
            Self::Files(files) => files.iter().cloned().map(Outgoing::File).collect(),
            Self::Decoded => vec![Outgoing::Opaque],
            Self::Secret(name) => vec![Outgoing::Variable(RawText::from(*name))],
            Self::Download(_)
            | Self::Paths { .. }
            | Self::Names
            | Self::Output
            | Self::Part(_)
            | Self::Session
            | Self::SetUp => vec![Outgoing::Output],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `plain_glob` says, looked up for each bracket anew.
    fn plainly(glob: &[u8]) -> Vec<u8> {
        let Some((&byte, tail)) = glob.split_first() else { return Vec::new() };
        if byte == b'[' {
            let skip = usize::from(matches!(tail.first(), Some(b'!' | b'^')));
            let close = tail.iter().skip(skip + 1).position(|b| *b == b']').map(|at| at + skip + 1);
            if let Some(close) = close.filter(|close| !tail.iter().take(*close).any(|b| *b == b'/')) {
                return [b"?", plainly(&tail[close + 1..]).as_slice()].concat();
            }
        }
        [&[byte], plainly(tail).as_slice()].concat()
    }

    #[test]
    fn sets_of_a_glob_are_found_in_one_pass_as_one_by_one() {
        let mut globs = vec![Vec::new()];
        for length in 1..=7 {
            let longer: Vec<Vec<u8>> = globs
                .iter()
                .filter(|glob: &&Vec<u8>| glob.len() + 1 == length)
                .flat_map(|glob| b"[]!/a".iter().map(move |byte| [glob.as_slice(), &[*byte]].concat()))
                .collect();
            for glob in &longer {
                assert_eq!(plain_glob(glob), plainly(glob), "{}", glob.escape_ascii());
            }
            globs = longer;
        }
    }

    #[test]
    fn the_quick_ways_of_comparing_globs_say_what_the_slow_one_says() {
        let mut globs = vec![Vec::new()];
        for length in 1..=4 {
            let longer = globs
                .iter()
                .filter(|glob| glob.len() + 1 == length)
                .flat_map(|glob: &Vec<u8>| b"ab*?".iter().map(move |byte| [glob.as_slice(), &[*byte]].concat()));
            let longer: Vec<_> = longer.collect();
            globs.extend(longer);
        }
        for a in &globs {
            for b in &globs {
                assert_eq!(globs_overlap(a, b), both_overlap(a, b), "{} {}", a.escape_ascii(), b.escape_ascii());
            }
        }
    }
}
