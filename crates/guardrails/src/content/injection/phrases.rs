//! Finding the lexicon's phrases in words.

use super::lexicon::{self, NEGATIONS, Role};
use super::words::{URL, Word, Words};
use std::sync::LazyLock;

mod anchors;

pub(super) use anchors::regions;

/// A phrase that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signal {
    pub(super) role: Role,
    pub(super) weight: u8,
    /// Where it stands in the text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// It tells of the deed instead of asking for it: `ignoring …`, `tells the model to ignore …`.
    pub(super) told: bool,
    pub(super) disguised: bool,
}

#[derive(Clone, Copy, Debug)]
struct Alternative {
    text: &'static [u8],
    ending: Ending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    None,
    Any,
    /// None, or -ing.
    Verb,
}

impl Alternative {
    fn of(word: &'static str) -> Self {
        let ending = match word.as_bytes().last() {
            Some(b'*') => Ending::Any,
            Some(b'+') => Ending::Verb,
            _ => Ending::None,
        };
        let text = if word == "URL" { URL } else { word.trim_end_matches(['*', '+']).as_bytes() };
        Self { text, ending }
    }

    /// Stands as it is: a word of ASCII without another ending.
    fn is_whole(self) -> bool {
        self.ending == Ending::None && self.text.is_ascii()
    }

    fn fits(self, own: &[u8]) -> bool {
        match self.ending {
            Ending::None => own == self.text,
            Ending::Any => own.starts_with(self.text),
            Ending::Verb => {
                own == self.text
                    || (own.ends_with(b"ing")
                        && own.len() <= self.text.len() + 4
                        && own.starts_with(self.text.strip_suffix(b"e").unwrap_or(self.text)))
            }
        }
    }
}

#[derive(Debug)]
struct Element {
    /// Words that stand as they are, by their numbers in the vocabulary, in order.
    whole: Vec<u16>,
    /// Words that may go on, and those of scripts without spaces.
    open: Vec<Alternative>,
    /// Which letters these begin with: a bit for the last five bits of each.
    begins: u32,
    /// The classes whose words are a choice, too: one bit for each.
    classes: u16,
    /// So many words may stand before it.
    gap: usize,
    /// What must stand before it, as in [`Word::call`].
    call: u8,
    optional: bool,
}

struct Pattern {
    role: Role,
    weight: u8,
    elements: Vec<Element>,
    /// The rarest element stands at most so many words behind the first.
    lead: usize,
    /// Which element that must stand is the least common in source: around it a text is looked at first.
    anchor: usize,
}

struct Lexicon {
    patterns: Vec<Pattern>,
    vocabulary: Vocabulary,
    /// The patterns that have a word of the vocabulary as their rarest, by its number.
    rare: Vec<Vec<u16>>,
    /// All other rarest words of patterns, by a hash of their beginning.
    open: Vec<Vec<(Alternative, u16)>>,
    /// The same for each pattern's anchor.
    anchors: Vec<Vec<u16>>,
    open_anchors: Vec<Vec<(Alternative, u16)>>,
    /// Refuses most words that are of no pattern.
    gate: anchors::Gate,
}

/// Every word that some phrase has as it stands. A word of a text is looked up once, and is a number from then on.
struct Vocabulary {
    /// By a hash of the whole word: the word and its number.
    table: Vec<Vec<(&'static [u8], u16)>>,
    /// The bits of each word's classes, by its number. 0 is no word.
    classes: Vec<u16>,
}

impl Vocabulary {
    fn new() -> Self {
        let mut vocabulary = Self { table: vec![Vec::new(); TABLE], classes: vec![0] };
        for (class, (_, words)) in lexicon::CLASSES.iter().enumerate() {
            for word in words.split('|') {
                let number = vocabulary.add(word.as_bytes());
                vocabulary.classes[usize::from(number)] |= 1 << class;
            }
        }
        vocabulary
    }

    fn add(&mut self, word: &'static [u8]) -> u16 {
        let known = self.number(word);
        if known != 0 {
            return known;
        }
        let number = u16::try_from(self.classes.len()).expect("fewer words than numbers");
        self.table[whole_hash(word)].push((word, number));
        self.classes.push(0);
        number
    }

    /// 0 for a word that no phrase has.
    fn number(&self, word: &[u8]) -> u16 {
        self.table[whole_hash(word)].iter().find(|(known, _)| *known == word).map_or(0, |(_, number)| *number)
    }
}

/// Trying one pattern at one word takes at most so many comparisons.
const STEPS: usize = 300;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let open = vec![Vec::new(); TABLE];
    let vocabulary = Vocabulary::new();
    let gate = anchors::Gate::new();
    let (anchors, open_anchors) = (Vec::new(), open.clone());
    let mut lexicon = Lexicon { patterns: Vec::new(), vocabulary, rare: Vec::new(), open, anchors, open_anchors, gate };
    for (index, phrase) in (0u16..).zip(lexicon::phrases()) {
        let (mut elements, mut gap, mut span, mut lead) = (Vec::new(), 0, 0, None);
        for part in phrase.text.split(' ') {
            if let Some(count) = part.strip_prefix('~') {
                gap = count.parse().unwrap_or(0);
                continue;
            }
            let call = match part.trim_start_matches(['!', '?']).as_bytes().first() {
                Some(b',') => 1,
                Some(b':') => 2,
                _ => 0,
            };
            let (marked, optional) = (part.starts_with('!'), part.starts_with('?'));
            let mut element =
                Element { whole: Vec::new(), open: Vec::new(), begins: 0, classes: 0, gap, call, optional };
            let mut length = 1;
            for word in part.trim_start_matches(['!', '?', ',', ':']).split('|') {
                if let Some(class) = lexicon::CLASSES.iter().position(|(name, _)| *name == word) {
                    element.classes |= 1 << class;
                    if marked {
                        for word in lexicon::CLASSES[class].1.split('|') {
                            lexicon.mark(Alternative::of(word), index);
                        }
                    }
                    continue;
                }
                let alternative = Alternative::of(word);
                if !alternative.text.is_ascii() {
                    // In a script without spaces each character is a word.
                    length = length.max(alternative.text.len() / 2);
                }
                if marked {
                    lexicon.mark(alternative, index);
                }
                if alternative.is_whole() {
                    element.whole.push(lexicon.vocabulary.add(alternative.text));
                } else {
                    element.begins |= match alternative.text.first() {
                        None => u32::MAX,
                        Some(first) if first.is_ascii() => 1 << (first & 31),
                        // Words of ASCII are none of these.
                        Some(_) => 0,
                    };
                    element.open.push(alternative);
                }
            }
            if marked {
                lead = Some(span + gap);
            }
            element.whole.sort_unstable();
            span += gap + length;
            elements.push(element);
            gap = 0;
        }
        let lead = lead.expect("every phrase has its rarest element marked");
        lexicon.patterns.push(Pattern { role: phrase.role, weight: phrase.weight, elements, lead, anchor: 0 });
    }
    lexicon.gate.learn(lexicon.vocabulary.table.iter().flatten().copied());
    anchors::choose(&mut lexicon);
    lexicon
});

const TABLE: usize = 1 << 12;

/// The bits of the first three of the lexicon's classes.
const CLASS_AI: u16 = 1;
const CLASS_AGENT: u16 = 2;
const CLASS_SECRET: u16 = 4;

/// The classes that a word belongs to.
fn classes_of(word: &[u8]) -> u16 {
    let vocabulary = &LEXICON.vocabulary;
    vocabulary.classes.get(usize::from(vocabulary.number(word))).copied().unwrap_or_default()
}

/// Does a phrase of this role alone make a text worth reading?
fn leads(role: Role) -> bool {
    !matches!(role, Role::Harm | Role::Configure | Role::Unasked)
}

/// A hash of a word's first three bytes, in lower case and with digits read as letters.
fn hash(word: &[u8]) -> usize {
    let byte = |at: usize| usize::from(word.get(at).copied().map_or(0, fold));
    (byte(0) << 7 ^ byte(1) << 4 ^ byte(2)) & (TABLE - 1)
}

/// A hash of a whole word, which is folded already.
fn whole_hash(word: &[u8]) -> usize {
    let hash = word.iter().fold(0u32, |hash, byte| (hash.rotate_left(5) ^ u32::from(*byte)).wrapping_mul(0x9e37_79b9));
    (hash >> 20) as usize & (TABLE - 1)
}

impl Lexicon {
    /// Takes note of the rarest word of a pattern.
    fn mark(&mut self, word: Alternative, pattern: u16) {
        self.gate.mark(word);
        if word.is_whole() {
            let number = usize::from(self.vocabulary.add(word.text));
            if self.rare.len() <= number {
                self.rare.resize_with(number + 1, Vec::new);
            }
            self.rare[number].push(pattern);
        } else {
            self.open[hash(word.text)].push((word, pattern));
        }
    }

    fn anchored(&self, number: u16) -> &[u16] {
        self.anchors.get(usize::from(number)).map_or(&[], Vec::as_slice)
    }

    fn rare(&self, number: u16) -> &[u16] {
        self.rare.get(usize::from(number)).map_or(&[], Vec::as_slice)
    }
}

/// One byte as a reader sees it: letters in lower case, digits as the letters that they stand for.
fn fold(byte: u8) -> u8 {
    FOLDED[usize::from(byte)]
}

static FOLDED: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256 by the loop")]
        let own = byte as u8;
        table[byte] = folded(own);
        byte += 1;
    }
    table
};

const fn folded(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte | 0x20,
        b'0' => b'o',
        b'1' => b'i',
        b'3' => b'e',
        b'4' => b'a',
        b'5' => b's',
        b'7' => b't',
        other => other,
    }
}

/// Is the word at the beginning of `rest`, its digits read as letters, the rare one of a phrase?
fn may_begin(rest: &[u8]) -> bool {
    let lexicon = &*LEXICON;
    let mut buffer = [0u8; 24];
    let mut end = 0;
    for (slot, byte) in buffer.iter_mut().zip(rest) {
        if !byte.is_ascii_alphanumeric() {
            break;
        }
        *slot = fold(*byte);
        end += 1;
    }
    let word = buffer.get(..end).unwrap_or_default();
    // Letters that are none of ASCII go on, and may look like some.
    let leading = |index: &u16| leads(lexicon.patterns[usize::from(*index)].role);
    rest.get(end).is_some_and(|b| *b >= 0x80)
        || lexicon.rare(lexicon.vocabulary.number(word)).iter().any(leading)
        || lexicon.open[hash(word)].iter().any(|(one, index)| one.fits(word) && leading(index))
}

/// Words, and each one's number in the vocabulary.
struct Read<'w> {
    words: &'w Words,
    numbers: Vec<u16>,
}

/// Finds the phrases in `words`.
pub(super) fn find(words: &Words, signals: &mut Vec<Signal>) {
    let lexicon = &*LEXICON;
    let numbers = words.words.iter().map(|word| lexicon.vocabulary.number(words.bytes(word))).collect();
    let read = Read { words, numbers };
    // Where each pattern was last tried from, so that no place is tried twice.
    let mut tried = vec![0usize; lexicon.patterns.len()];
    for (at, (word, number)) in words.words.iter().zip(&read.numbers).enumerate() {
        if word.disguised
            && let Some(squeezed) = squeezed(words, word)
        {
            signals.push(squeezed);
        }
        let open = lexicon.open[hash(words.bytes(word))].iter();
        let open = open.filter(|(alternative, _)| matches_word(words, at, *alternative).is_some());
        for index in lexicon.rare(*number).iter().chain(open.map(|(_, index)| index)) {
            let index = usize::from(*index);
            let pattern = &lexicon.patterns[index];
            let from = at.saturating_sub(pattern.lead).max(tried[index]);
            tried[index] = at + 1;
            for start in from..=at {
                let mut steps = STEPS;
                if let Some(end) = matches(&read, pattern, 0, start, &mut steps)
                    && let Some(signal) = signal(words, pattern, start, end)
                {
                    signals.push(signal);
                    break;
                }
            }
        }
    }
}

/// The signal of a pattern that matched the words from `at` to `end`, unless it is turned round or only a report.
fn signal(words: &Words, pattern: &Pattern, at: usize, end: usize) -> Option<Signal> {
    let harm = matches!(pattern.role, Role::Harm | Role::Configure);
    if (harm || pattern.role == Role::Override || pattern.weight == 4) && is_negated(words, at) {
        return None;
    }
    if is_report(words, pattern, at) || (pattern.role == Role::Conceal && is_advice(words, end)) {
        return None;
    }
    let (first, last) = (words.words.get(at)?, words.words.get(end.checked_sub(1)?)?);
    let verb = words.bytes(first);
    if harm && (verb.ends_with(b"ed") || (verb.ends_with(b"s") && !verb.ends_with(b"ss"))) {
        return None;
    }
    Some(Signal {
        role: pattern.role,
        weight: pattern.weight,
        start: first.from,
        end: last.to,
        told: pattern.role == Role::Override && is_told(words, at),
        disguised: words.words.get(at..end)?.iter().any(|word| word.disguised),
    })
}

/// Others are spoken of: `shows the message to the agent`, `the supplier shall disregard …`.
fn is_report(words: &Words, pattern: &Pattern, at: usize) -> bool {
    const MODALS: [&[u8]; 6] = [b"shall", b"will", b"must", b"should", b"does", b"did"];
    const LETTERS: [&[u8]; 8] =
        [b"message", b"messages", b"note", b"notice", b"instructions", b"request", b"warning", b"reminder"];
    let word = |back: usize| at.checked_sub(back).map(|at| words.bytes(&words.words[at])).unwrap_or_default();
    match pattern.role {
        Role::Address if LETTERS.contains(&word(0)) => matches!(word(1), b"the" | b"its" | b"their" | b"error"),
        // `Start the agent, add …` calls on nobody.
        Role::Address => {
            classes_of(word(0)) & CLASS_AGENT != 0
                && pattern.elements.iter().any(|element| element.call > 0)
                && matches!(word(1), b"the" | b"a" | b"an" | b"this" | b"that" | b"our" | b"ssh" | b"user" | b"new")
        }
        // `Ignore errors of the previous task.`
        Role::Override
            if words.words.get(at + 1).is_some_and(|next| {
                matches!(words.bytes(next), b"errors" | b"error" | b"warnings" | b"warning" | b"failures" | b"commits")
            }) =>
        {
            true
        }
        Role::Override => {
            let spoken_to = |word: &[u8]| {
                matches!(word, b"you" | b"this" | b"it" | b"everyone" | b"reader")
                    || classes_of(word) & (CLASS_AI | CLASS_AGENT) != 0
            };
            MODALS.contains(&word(1))
                && words.words[at].gap < 2
                && !word(2).is_empty()
                && !(2..6).any(|back| spoken_to(word(back)))
        }
        _ => false,
    }
}

/// `Do not tell anyone the password` is good advice.
fn is_advice(words: &Words, end: usize) -> bool {
    let next = words.words.get(end..words.words.len().min(end + 2)).unwrap_or_default();
    next.iter().take_while(|word| word.gap == 0).any(|word| classes_of(words.bytes(word)) & CLASS_SECRET != 0)
}

/// Letters that were spaced out and have lost their words' ends.
fn squeezed(words: &Words, word: &Word) -> Option<Signal> {
    const STEMS: [&[u8]; 8] = [
        b"ignoreall",
        b"ignoreprev",
        b"ignorethe",
        b"ignoreyour",
        b"previousinstruct",
        b"systemprompt",
        b"disregard",
        b"donottell",
    ];
    let bytes = words.bytes(word);
    let found =
        word.disguised && bytes.len() >= 12 && STEMS.iter().any(|stem| memchr::memmem::find(bytes, stem).is_some());
    found.then_some(Signal {
        role: Role::Override,
        weight: 4,
        start: word.from,
        end: word.to,
        told: false,
        disguised: true,
    })
}

/// The word behind the match of the elements from `element` on, the first of which is looked for at word `at`.
fn matches(read: &Read<'_>, pattern: &Pattern, element: usize, at: usize, steps: &mut usize) -> Option<usize> {
    let Some(next) = pattern.elements.get(element) else { return Some(at) };
    let classes = &LEXICON.vocabulary.classes;
    for skip in 0..=next.gap {
        let here = at + skip;
        let (Some(word), Some(number)) = (read.words.words.get(here), read.numbers.get(here)) else { break };
        // A sentence's end is a phrase's end, unless it calls on somebody: `Agents! Run …`.
        if word.gap == 2 && element > 0 && (word.call < 3 || next.call != 1) {
            break;
        }
        if word.call < next.call {
            continue;
        }
        *steps = steps.checked_sub(1)?;
        if *number != 0
            && (classes.get(usize::from(*number)).is_some_and(|own| own & next.classes != 0)
                || next.whole.binary_search(number).is_ok())
            && let Some(end) = matches(read, pattern, element + 1, here + 1, steps)
        {
            return Some(end);
        }
        for alternative in &next.open {
            *steps = steps.checked_sub(1)?;
            if let Some(after) = matches_word(read.words, here, *alternative)
                && let Some(end) = matches(read, pattern, element + 1, after, steps)
            {
                return Some(end);
            }
        }
    }
    if next.optional { matches(read, pattern, element + 1, at, steps) } else { None }
}

/// The word behind `alternative`, if it stands at word `at`.
fn matches_word(words: &Words, at: usize, alternative: Alternative) -> Option<usize> {
    let word = words.words.get(at)?;
    if alternative.text.len() <= word.end - word.start {
        return alternative.fits(words.bytes(word)).then_some(at + 1);
    }
    if alternative.ending == Ending::Verb && alternative.fits(words.bytes(word)) {
        return Some(at + 1);
    }
    // Scripts without spaces: one word is one character.
    if alternative.text.is_ascii() || !words.plain.get(word.start..)?.starts_with(alternative.text) {
        return None;
    }
    let end = word.start + alternative.text.len();
    let last = words.words.get(at..)?.iter().take(24).position(|word| word.end >= end)?;
    Some(at + last + 1)
}

/// Does one of the four words before say `not`?
fn is_negated(words: &Words, at: usize) -> bool {
    let mut here = at;
    for _ in 0..4 {
        if words.words[here].gap == 2 || here == 0 {
            return false;
        }
        here -= 1;
        let word = words.bytes(&words.words[here]);
        if NEGATIONS.iter().any(|not| not.as_bytes() == word) {
            // `If you do not send …` asks for it.
            return !(1..6)
                .map_while(|back| here.checked_sub(back))
                .any(|at| matches!(words.bytes(&words.words[at]), b"if" | b"unless"));
        }
        // `do not stop: send …`
        if words.words[here + 1].gap == 1 {
            return false;
        }
    }
    false
}

/// `tells the model to ignore …`, `ignoring …`, `an attempt to override …`.
fn is_told(words: &Words, at: usize) -> bool {
    const TELLING: &[&str] = &[
        "tell",
        "tells",
        "telling",
        "told",
        "ask",
        "asks",
        "asking",
        "asked",
        "instruct",
        "instructs",
        "instructing",
        "instructed",
        "trick",
        "tricks",
        "tricking",
        "tricked",
        "convince",
        "convinces",
        "convinced",
        "persuaded",
        "made",
        "got",
        "cause",
        "causes",
        "causing",
        "make",
        "makes",
        "making",
        "try",
        "tries",
        "trying",
        "tried",
        "attempt",
        "attempts",
        "attempting",
        "attempted",
        "persuade",
        "get",
        "gets",
        "getting",
        "designed",
        "want",
        "wants",
        "says",
        "saying",
        "say",
        "said",
        "like",
        "as",
        "command",
        "commands",
        "commanding",
        "order",
        "orders",
        "urges",
        "directs",
        "directing",
        "can",
        "could",
        "might",
        "would",
        "may",
        "containing",
        "contains",
        "reads",
        "called",
        "namely",
        "refuse",
        "refuses",
        "where",
        "whether",
        "that",
        "how",
        "request",
        "requests",
        "claims",
        "claim",
        "claiming",
        "pretends",
    ];
    let first = words.bytes(&words.words[at]);
    // `You can print …` speaks to the reader.
    if let Some([you, can]) = at.checked_sub(2).and_then(|from| words.words.get(from..at))
        && words.bytes(you) == b"you"
        && matches!(words.bytes(can), b"can" | b"could" | b"may" | b"might" | b"would")
    {
        return false;
    }
    if first.ends_with(b"ing") || (first.ends_with(b"ed") && first != b"need") || first.ends_with(b"es") {
        return true;
    }
    let mut here = at;
    let mut to = false;
    for distance in 0..6 {
        if words.words[here].gap == 2 || here == 0 {
            return false;
        }
        here -= 1;
        let word = words.bytes(&words.words[here]);
        to |= distance == 0
            && matches!(
                word,
                b"to" | b"could" | b"might" | b"can" | b"would" | b"like" | b"as" | b"may" | b"says" | b"saying"
            );
        if TELLING.iter().any(|verb| verb.as_bytes() == word) && to {
            return true;
        }
    }
    false
}
