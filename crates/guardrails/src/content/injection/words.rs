//! Text as a reader sees it: lower case, look-alike letters folded, invisible ones gone, escapes decoded.

/// A word, or one character of a script without spaces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// Where it stands in [`Words::plain`].
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where it stands in the text.
    pub(super) from: usize,
    pub(super) to: usize,
    /// What parts it from the word before: 0 a space, 1 a mark or a line's end, 2 the end of a sentence or paragraph.
    pub(super) gap: u8,
    /// What stands before it calls on somebody: 1 a comma, 2 a colon, 3 an exclamation mark.
    pub(super) call: u8,
    /// It was written so that a filter would not read it.
    pub(super) disguised: bool,
}

/// The words of a piece of text.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) plain: Vec<u8>,
    pub(super) words: Vec<Word>,
}

/// The word that stands for an address.
pub(super) const URL: &[u8] = b"\x01url";

impl Words {
    /// Reads the text from `from` to `to`.
    pub(super) fn read(text: &[u8], from: usize, to: usize) -> Self {
        let mut reader = Reader { text, at: from, to, out: Self::default(), gap: 2, call: 0, open: None, ends: 0 };
        while reader.at < to {
            reader.step();
        }
        reader.close();
        reader.out.join_spaced();
        reader.out
    }

    pub(super) fn bytes(&self, word: &Word) -> &[u8] {
        self.plain.get(word.start..word.end).unwrap_or_default()
    }

    /// `i g n o r e`: single letters with one character between them are a word.
    fn join_spaced(&mut self) {
        const LEAST: usize = 5;
        let single = |word: &Word, plain: &[u8]| {
            word.end - word.start == 1 && plain.get(word.start).is_some_and(u8::is_ascii_alphabetic)
        };
        let count = self.words.iter().filter(|word| single(word, &self.plain)).count();
        if count < LEAST {
            return;
        }
        let mut joined: Vec<Word> = Vec::with_capacity(self.words.len());
        let mut at = 0;
        while at < self.words.len() {
            let mut end = at;
            while end < self.words.len()
                && single(&self.words[end], &self.plain)
                && (end == at || self.words[end].from - self.words[end - 1].to == 1)
            {
                end += 1;
            }
            if end - at < LEAST {
                end = at + 1;
                joined.push(self.words[at]);
            } else {
                let start = self.plain.len();
                for word in &self.words[at..end] {
                    let letter = self.plain[word.start];
                    self.plain.push(letter);
                }
                let (first, last) = (self.words[at], self.words[end - 1]);
                joined.push(Word {
                    start,
                    end: self.plain.len(),
                    from: first.from,
                    to: last.to,
                    gap: first.gap,
                    call: first.call,
                    disguised: true,
                });
                self.plain.push(b' ');
            }
            at = end;
        }
        self.words = joined;
    }
}

/// A word that is being read.
#[derive(Clone, Copy)]
struct Open {
    start: usize,
    from: usize,
    to: usize,
    ascii: bool,
    foreign: bool,
    styled: bool,
    digits: usize,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    to: usize,
    out: Words,
    gap: u8,
    call: u8,
    open: Option<Open>,
    /// How many lines ended since the last word.
    ends: u8,
}

impl Reader<'_> {
    fn step(&mut self) {
        let begin = self.at;
        let byte = self.text[begin];
        if byte.is_ascii_alphanumeric() {
            if self.open.is_none() && self.address(begin) {
                return;
            }
            if self.open.is_none() && self.whole(begin) {
                return;
            }
            self.at += 1;
            self.put(begin, char::from(byte.to_ascii_lowercase()), false);
            return;
        }
        match byte {
            b'\'' if self.open.is_some() && self.text.get(begin + 1).is_some_and(u8::is_ascii_alphabetic) => {
                self.at += 1;
                if self.is_article() {
                    self.close();
                }
            }
            b'\\' => self.escape(begin),
            b'&' => self.entity(begin),
            b'%' => self.percent(begin),
            b'@' if self.open.is_some() => self.mail(begin),
            0x80.. => self.wide(begin),
            _ => {
                self.at += 1;
                self.mark(char::from(byte));
            }
        }
    }

    /// `l'assistant`, `n'informez`, `all'utente`: two words.
    fn is_article(&self) -> bool {
        let word = self.open.and_then(|open| self.out.plain.get(open.start..)).unwrap_or_default();
        matches!(
            word,
            b"l" | b"d"
                | b"n"
                | b"j"
                | b"c"
                | b"s"
                | b"m"
                | b"t"
                | b"qu"
                | b"all"
                | b"dell"
                | b"nell"
                | b"sull"
                | b"dall"
                | b"un"
        )
    }

    /// A plain word of letters with a plain end, as nearly all are.
    fn whole(&mut self, begin: usize) -> bool {
        let rest = self.text.get(begin..self.to).unwrap_or_default();
        let length = rest.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rest.len());
        if length == 0 || matches!(rest.get(length), Some(b'0'..=b'9' | b'\'' | b'@' | b'&' | b'%' | b'\\' | 0x80..)) {
            return false;
        }
        let start = self.out.plain.len();
        self.out.plain.extend(rest.iter().take(length).map(u8::to_ascii_lowercase));
        let end = self.out.plain.len();
        self.out.plain.push(b' ');
        self.at = begin + length;
        self.word((start, end), (begin, self.at), false);
        true
    }

    /// A character between words.
    fn mark(&mut self, ch: char) {
        self.close();
        self.call = match ch {
            ',' | '，' | '、' => 1,
            ':' | '：' => 2,
            '!' | '！' => 3,
            _ => self.call,
        };
        match ch {
            '\n' => {
                self.ends += 1;
                self.gap = self.gap.max(if self.ends > 1 { 2 } else { 1 });
            }
            '.' | '!' | '?' => {
                // `.env`, `AGENTS.md`, `example.com` go on.
                let next = self.text.get(self.at).copied().unwrap_or(b' ');
                let ends = next.is_ascii_whitespace()
                    || matches!(next, b'"' | b'\'' | b')' | b'<' | b'\\' | b'*' | b'`' | b'-');
                self.gap = self.gap.max(if ends { 2 } else { 0 });
            }
            '。' | '！' | '？' => self.gap = 2,
            // A call's arguments are another matter than its name.
            '(' if self.at >= 2 && self.text.get(self.at - 2).is_some_and(u8::is_ascii_alphanumeric) => self.gap = 2,
            // `feat(agent): …` names a part of a program.
            ')' if self.text.get(self.at) == Some(&b':') && self.is_scope() => self.gap = 2,
            ',' | ';' | ':' | '(' | ')' | '，' | '、' | '：' | '|' | '<' | '>' | '{' | '}' => {
                self.gap = self.gap.max(1);
            }
            _ => {}
        }
    }

    /// Does what was just closed by a parenthesis begin right behind a word?
    fn is_scope(&self) -> bool {
        let before = self.text.get(self.at.saturating_sub(26)..self.at).unwrap_or_default();
        memchr::memrchr(b'(', before)
            .and_then(|open| open.checked_sub(1))
            .is_some_and(|at| before[at].is_ascii_alphanumeric())
    }

    fn put(&mut self, from: usize, ch: char, styled: bool) {
        let ascii = ch.is_ascii_alphabetic();
        let foreign = matches!(ch, '\u{370}'..='\u{52f}');
        let digit = ch.is_ascii_digit();
        let start = self.out.plain.len();
        let open = self.open.get_or_insert(Open {
            start,
            from,
            to: from,
            ascii: false,
            foreign: false,
            styled: false,
            digits: 0,
        });
        open.to = self.at;
        open.ascii |= ascii;
        open.foreign |= foreign;
        open.styled |= styled;
        open.digits += usize::from(digit);
        let mut utf8 = [0; 4];
        self.out.plain.extend_from_slice(ch.encode_utf8(&mut utf8).as_bytes());
    }

    /// Ends the open word.
    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let mut disguised = open.styled;
        if open.ascii && open.foreign {
            fold_tail(&mut self.out.plain, open.start);
            disguised = true;
        } else if open.ascii && open.digits > 0 {
            disguised |= unleet(&mut self.out.plain, open.start);
        }
        let end = self.out.plain.len();
        self.out.plain.push(b' ');
        self.word((open.start, end), (open.from, open.to), disguised);
    }

    fn word(&mut self, (start, end): (usize, usize), (from, to): (usize, usize), disguised: bool) {
        self.out.words.push(Word { start, end, from, to, gap: self.gap, call: self.call, disguised });
        (self.gap, self.call, self.ends) = (0, 0, 0);
    }

    /// `https://…` as one word.
    fn address(&mut self, begin: usize) -> bool {
        let rest = self.text.get(begin..self.to).unwrap_or_default();
        let scheme = [&b"https://"[..], b"http://", b"ftp://", b"hxxps://", b"hxxp://", b"www.", b"wss://", b"ws://"]
            .iter()
            .any(|scheme| rest.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
        if !scheme {
            return false;
        }
        let ends = |b: &u8| {
            b.is_ascii_whitespace()
                || matches!(b, b'"' | b'\'' | b'<' | b'>' | b')' | b'`' | b'\\' | b'|')
                || *b >= 0x80
        };
        // Letters that need no escape are escaped to hide them: they are read as what they say.
        let head = rest.iter().take(ESCAPES_WITHIN).position(ends).unwrap_or(ESCAPES_WITHIN.min(rest.len()));
        let escaped = rest.get(..head).and_then(escaped_run);
        // Words joined by `+` in a query are read, too.
        let spoken = memchr::memchr(b'?', rest.get(..head).unwrap_or_default())
            .filter(|query| memchr::memchr_iter(b'+', rest.get(*query..head).unwrap_or_default()).count() >= 3);
        let length = escaped.or(spoken).unwrap_or_else(|| rest.iter().position(ends).unwrap_or(rest.len()));
        self.at = begin + length;
        let start = self.out.plain.len();
        self.out.plain.extend_from_slice(URL);
        self.out.plain.push(b' ');
        self.word((start, start + URL.len()), (begin, self.at), false);
        if rest.get(length.saturating_sub(1)) == Some(&b'.') {
            self.gap = 2;
        }
        true
    }

    /// `name@host.tld` is an address, too.
    fn mail(&mut self, begin: usize) {
        let rest = self.text.get(begin + 1..self.to).unwrap_or_default();
        let length =
            rest.iter().position(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'.' | b'-')).unwrap_or(rest.len());
        let host = rest.get(..length).unwrap_or_default();
        if let (Some(open), true) = (self.open, host.contains(&b'.')) {
            self.open = None;
            self.out.plain.truncate(open.start);
            self.out.plain.extend_from_slice(URL);
            self.out.plain.push(b' ');
            self.at = begin + 1 + length;
            self.word((open.start, open.start + URL.len()), (open.from, self.at), false);
            if host.last() == Some(&b'.') {
                self.gap = 2;
            }
        } else {
            self.at += 1;
            self.mark('@');
        }
    }

    /// Escapes of JSON and source code.
    fn escape(&mut self, begin: usize) {
        match self.text.get(begin + 1) {
            Some(b'n' | b'r') => {
                self.at += 2;
                self.mark('\n');
            }
            Some(b't') => {
                self.at += 2;
                self.mark(' ');
            }
            Some(b'u') => {
                let code = self.text.get(begin + 2..begin + 6).and_then(|hex| std::str::from_utf8(hex).ok());
                if let Some(ch) = code.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32) {
                    self.at = begin + 6;
                    self.take(begin, ch);
                } else {
                    self.at += 1;
                    self.mark('\\');
                }
            }
            _ => {
                self.at += 1;
                self.mark('\\');
            }
        }
    }

    /// `&#105;`, `&#x69;`, `&nbsp;`.
    fn entity(&mut self, begin: usize) {
        let rest = self.text.get(begin + 1..self.to.min(begin + 12)).unwrap_or_default();
        let length = memchr::memchr(b';', rest);
        let name = length.and_then(|length| rest.get(..length)).unwrap_or_default();
        let code = match name {
            [b'#', b'x' | b'X', hex @ ..] => {
                std::str::from_utf8(hex).ok().and_then(|hex| u32::from_str_radix(hex, 16).ok())
            }
            [b'#', digits @ ..] => std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()),
            b"nbsp" | b"quot" | b"amp" | b"lt" | b"gt" | b"apos" => Some(u32::from(b' ')),
            _ => None,
        };
        if let Some(ch) = code.and_then(char::from_u32) {
            self.at = begin + 2 + name.len();
            self.take(begin, ch);
            if let Some(open) = &mut self.open {
                open.styled = true;
            }
        } else {
            self.at += 1;
            self.mark('&');
        }
    }

    /// `%20`.
    fn percent(&mut self, begin: usize) {
        let code = self.text.get(begin + 1..begin + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if byte < 0x80 => {
                self.at = begin + 3;
                self.take(begin, char::from(byte));
                // A letter needs no such escape.
                if byte.is_ascii_alphabetic()
                    && let Some(open) = &mut self.open
                {
                    open.styled = true;
                }
            }
            _ => {
                self.at += 1;
                self.mark('%');
            }
        }
    }

    /// A character outside of ASCII.
    fn wide(&mut self, begin: usize) {
        let rest = self.text.get(begin..self.to.min(begin + 4)).unwrap_or_default();
        let Some((ch, length)) = decode(rest) else {
            self.at += 1;
            self.mark(' ');
            return;
        };
        self.at = begin + length;
        self.take(begin, ch);
    }

    fn take(&mut self, begin: usize, ch: char) {
        match ch {
            // Invisible, or drawn over the letter before.
            '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{2064}'
            | '\u{feff}'
            | '\u{180e}'
            | '\u{300}'..='\u{36f}'
            | '\u{e0000}'..='\u{e007f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                if let Some(open) = &mut self.open
                    && !matches!(ch, '\u{300}'..='\u{36f}' | '\u{ad}')
                {
                    open.styled = true;
                }
            }
            '\u{2019}' if self.open.is_some() => {}
            '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' => {
                self.close();
                let start = self.out.plain.len();
                // No space before it where it follows at once: `ai助手`.
                let glued = self.gap == 0
                    && self.out.words.last().is_some_and(|word| word.to == begin)
                    && self.out.plain.last() == Some(&b' ');
                let start = if glued { start - 1 } else { start };
                self.out.plain.truncate(start);
                let mut utf8 = [0; 4];
                self.out.plain.extend_from_slice(ch.encode_utf8(&mut utf8).as_bytes());
                let end = self.out.plain.len();
                self.out.plain.push(b' ');
                self.word((start, end), (begin, self.at), false);
            }
            ch => match styled(ch) {
                Some(plain) => self.put(begin, plain, true),
                None if ch.is_alphanumeric() || matches!(ch, '\u{93c}' | '\u{94d}') => {
                    for lower in ch.to_lowercase() {
                        self.put(begin, unaccented(lower), false);
                    }
                }
                None => self.mark(ch),
            },
        }
    }
}

/// The first character of `bytes`, and its length.
pub(super) fn decode(bytes: &[u8]) -> Option<(char, usize)> {
    let length = match bytes.first()? {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    let ch = std::str::from_utf8(bytes.get(..length)?).ok()?.chars().next()?;
    Some((ch, length))
}

/// Escaped letters are looked for so far into an address: what follows them is read again.
const ESCAPES_WITHIN: usize = 512;

/// Where a run of escaped letters begins.
fn escaped_run(url: &[u8]) -> Option<usize> {
    const LETTERS: usize = 3;
    let letter = |run: &[u8]| matches!(run, [b'%', b'4'..=b'7', low] if low.is_ascii_hexdigit());
    url.windows(3 * LETTERS).position(|run| run.chunks_exact(3).all(letter))
}

/// Letters that are drawn like ASCII on purpose: full width, mathematical, in circles.
fn styled(ch: char) -> Option<char> {
    let code = u32::from(ch);
    let letter = |at: u32| char::from_u32(u32::from('a') + at % 26);
    match code {
        0xff21..=0xff3a => letter(code - 0xff21),
        0xff41..=0xff5a => letter(code - 0xff41),
        0x1d400..=0x1d6a3 => letter((code - 0x1d400) % 52),
        0x24b6..=0x24cf => letter(code - 0x24b6),
        0x24d0..=0x24e9 => letter(code - 0x24d0),
        0x1f130..=0x1f149 => letter(code - 0x1f130),
        0x1f170..=0x1f189 => letter(code - 0x1f170),
        _ => None,
    }
}

fn unaccented(ch: char) -> char {
    match ch {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ī' | 'ı' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ł' => 'l',
        'ğ' => 'g',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ś' | 'š' | 'ş' => 's',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

/// Replaces Cyrillic and Greek letters that look like Latin ones in what was read last.
fn fold_tail(plain: &mut Vec<u8>, start: usize) {
    let tail = String::from_utf8_lossy(plain.get(start..).unwrap_or_default()).into_owned();
    plain.truncate(start);
    for ch in tail.chars() {
        let folded = match ch {
            'а' | 'α' => 'a',
            'в' | 'β' => 'b',
            'с' | 'ϲ' => 'c',
            'ԁ' => 'd',
            'е' | 'ё' | 'ε' => 'e',
            'һ' | 'н' => 'h',
            'і' | 'ι' | 'ї' => 'i',
            'ј' => 'j',
            'к' | 'κ' => 'k',
            'ӏ' => 'l',
            'м' => 'm',
            'п' | 'η' => 'n',
            'о' | 'ο' | 'σ' => 'o',
            'р' | 'ρ' => 'p',
            'ԛ' => 'q',
            'г' => 'r',
            'ѕ' => 's',
            'т' | 'τ' => 't',
            'υ' | 'ц' => 'u',
            'ν' | 'ѵ' => 'v',
            'ѡ' | 'ω' | 'ԝ' => 'w',
            'х' | 'χ' => 'x',
            'у' | 'γ' => 'y',
            other => other,
        };
        let mut utf8 = [0; 4];
        plain.extend_from_slice(folded.encode_utf8(&mut utf8).as_bytes());
    }
}

/// `1gn0r3` is `ignore`: digits for letters, where letters stand behind them.
fn unleet(plain: &mut [u8], start: usize) -> bool {
    let Some(word) = plain.get_mut(start..) else { return false };
    let letters = word.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    let first = word.iter().position(u8::is_ascii_digit).unwrap_or(0);
    let inside = word.iter().skip(first).any(u8::is_ascii_alphabetic);
    if !inside || letters < 2 || digits > letters + 3 || word.iter().any(|b| matches!(b, b'2' | b'6' | b'8' | b'9')) {
        return false;
    }
    for byte in word.iter_mut() {
        *byte = match *byte {
            b'0' => b'o',
            b'1' => b'i',
            b'3' => b'e',
            b'4' => b'a',
            b'5' => b's',
            b'7' => b't',
            other => other,
        };
    }
    true
}
