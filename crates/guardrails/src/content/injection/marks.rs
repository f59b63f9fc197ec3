//! Marks of injection that are no words: invisible characters, terminal escapes, a chat's own tokens, images that carry
//! data away; and places that hide text from the eye.

use super::Order;
use super::words::decode;
use crate::content::bytes::{self, ALNUM};
use aho_corasick::AhoCorasick;
use protocol::Severity;
use std::sync::LazyLock;

pub(super) fn find(text: &[u8], orders: &mut Vec<Order>) {
    invisible(text, orders);
    role_tokens(text, orders);
    exfiltration(text, orders);
}

fn order(name: &'static str, start: usize, end: usize, severity: Severity, bears: u8) -> Order {
    Order { name, start, end, severity, lead: (start, end), bears }
}

/// So many variation selectors or joiners in a row carry data.
const CARRIES: usize = 8;

/// Characters that nobody sees, and escapes that a terminal obeys.
fn invisible(text: &[u8], orders: &mut Vec<Order>) {
    let mut done = 0;
    // The lead bytes of what is looked for: general punctuation, tags and selectors beyond the first plane, ESC.
    for at in memchr::memchr3_iter(0xe2, 0xf3, 0x1b, text) {
        if at < done {
            continue;
        }
        done = match text[at] {
            0x1b => terminal(text, at, orders),
            _ => hidden(text, at, orders),
        };
    }
    for at in memchr::memchr_iter(0xef, text) {
        if at >= done && matches!(text.get(at + 1), Some(0xb8 | 0xbb)) {
            done = hidden(text, at, orders);
        }
    }
    // In JSON the escape is written.
    for at in memchr::memmem::find_iter(text, b"\\u001b[8m") {
        orders.push(order("terminal-escape", at, at + 9, Severity::Medium, 2));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unseen {
    Tag,
    Selector,
    Zero,
    Override,
    Isolate,
    No,
}

fn unseen(ch: char) -> Unseen {
    match ch {
        '\u{e0000}'..='\u{e007f}' => Unseen::Tag,
        '\u{fe00}'..='\u{fe0e}' | '\u{e0100}'..='\u{e01ef}' => Unseen::Selector,
        '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fe0f}' => Unseen::Zero,
        '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => Unseen::Override,
        '\u{2066}'..='\u{2069}' | '\u{202c}' => Unseen::Isolate,
        _ => Unseen::No,
    }
}

/// The run of unseen characters that begins at `at`; gives where it ends.
fn hidden(text: &[u8], at: usize, orders: &mut Vec<Order>) -> usize {
    let mut end = at;
    let (mut tags, mut selectors, mut zeros, mut bidi) = (0usize, 0usize, 0usize, 0usize);
    while let Some((ch, length)) = text.get(end..text.len().min(end + 4)).and_then(decode) {
        match unseen(ch) {
            Unseen::Tag => tags += 1,
            Unseen::Selector => selectors += 1,
            Unseen::Zero => zeros += 1,
            Unseen::Override => bidi += 1,
            Unseen::Isolate => {}
            Unseen::No => break,
        }
        end += length;
    }
    if end == at {
        return at + 1;
    }
    let before = text.get(at.saturating_sub(4)..at).unwrap_or_default();
    // England's flag is a black flag and tags.
    let flag = before == "\u{1f3f4}".as_bytes() && tags <= 8;
    if (tags > 0 && !flag) || selectors + zeros >= CARRIES {
        orders.push(order("invisible-text", at, end, Severity::High, 9));
    } else if bidi > 0 {
        if is_unbalanced(text, at) {
            // It hides in strings and comments of code, so no quotation excuses it.
            orders.push(order("bidirectional-control", at, end, Severity::Medium, u8::MAX));
        }
    } else if zeros > 0 && in_word(text, at, end) {
        // One may be a place where a long name may break; more take a word apart.
        let near = text.get(at.saturating_sub(80)..text.len().min(end + 80)).unwrap_or_default();
        let count = [&b"\xe2\x80\x8b"[..], b"\xe2\x80\x8c", b"\xe2\x80\x8d", b"\xe2\x81\xa0", b"\xef\xbb\xbf"]
            .iter()
            .map(|mark| memchr::memmem::find_iter(near, mark).count())
            .sum::<usize>();
        if count >= 4 {
            orders.push(order("invisible-text", at, end, Severity::Medium, 4));
        }
    }
    end
}

fn in_word(text: &[u8], start: usize, end: usize) -> bool {
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    letter(start.checked_sub(1).and_then(|at| text.get(at))) && letter(text.get(end))
}

/// An embedding or override that its line does not end, on a line that is not of a script from right to left.
fn is_unbalanced(text: &[u8], at: usize) -> bool {
    let from = at.saturating_sub(400);
    let start =
        text.get(from..at).and_then(|before| memchr::memrchr(b'\n', before)).map_or(from, |line| from + line + 1);
    let rest = text.get(at..text.len().min(at + 400)).unwrap_or_default();
    let end = at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let line = String::from_utf8_lossy(text.get(start..end).unwrap_or_default());
    let mut depth = 0i32;
    let mut right_to_left = false;
    let mut forced = false;
    for ch in line.chars() {
        match ch {
            '\u{202a}' | '\u{202b}' => depth += 1,
            '\u{202d}' | '\u{202e}' => {
                depth += 1;
                forced = true;
            }
            '\u{202c}' => depth -= 1,
            '\u{590}'..='\u{8ff}' => right_to_left = true,
            _ => {}
        }
    }
    !right_to_left && (depth > 0 || forced)
}

/// An escape sequence that hides text or writes to the clipboard; gives where it ends.
fn terminal(text: &[u8], at: usize, orders: &mut Vec<Order>) -> usize {
    let rest = text.get(at + 1..text.len().min(at + 40)).unwrap_or_default();
    if rest.starts_with(b"]52;") {
        let end = at + 1 + rest.iter().position(|b| matches!(b, 0x07 | 0x1b)).unwrap_or(rest.len());
        orders.push(order("terminal-escape", at, end, Severity::High, 9));
        return end;
    }
    let Some(parameters) = rest.strip_prefix(b"[") else { return at + 1 };
    let length = parameters.iter().take_while(|b| b.is_ascii_digit() || **b == b';').count();
    let end = at + 2 + length + 1;
    if parameters.get(length) == Some(&b'A') && rewrites(text, at, end) {
        orders.push(order("terminal-escape", at, end, Severity::Medium, 9));
    }
    if parameters.get(length) == Some(&b'm') {
        let codes: Vec<&[u8]> = parameters[..length].split(|b| *b == b';').collect();
        let extended = codes.iter().any(|code| matches!(*code, b"38" | b"48"));
        let black = codes.contains(&&b"30"[..]) && codes.contains(&&b"40"[..]);
        let conceals = codes.contains(&&b"8"[..]) && !extended;
        let followed = text.get(end).is_some_and(|b| *b >= b' ');
        if (conceals || black) && followed {
            orders.push(order("terminal-escape", at, end, Severity::Medium, 9));
        }
    }
    end
}

/// Does the escape at `at` go up to a line that warns, to write over it?
fn rewrites(text: &[u8], at: usize, end: usize) -> bool {
    const WARNS: [&[u8]; 8] =
        [b"warning", b"error", b"mismatch", b"malicious", b"untrusted", b"curl ", b"denied", b"invalid"];
    let erases = [&b"\x1b[2K"[..], b"\x1b[K", b"\x1b[J", b"\x1b[0J", b"\x1b[0K"]
        .iter()
        .any(|erase| text.get(end..).is_some_and(|rest| rest.starts_with(erase)));
    let before = text.get(at.saturating_sub(200)..at).unwrap_or_default().trim_ascii_end();
    let line = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    erases && WARNS.iter().any(|word| bytes::contains_any_case(line, word))
}

/// Tokens that part the turns of a chat, where they stand as themselves and not in code, quotation or template.
fn role_tokens(text: &[u8], orders: &mut Vec<Order>) {
    const TOKENS: [&[u8]; 27] = [
        b"<|im_start|>",
        b"<|im_end|>",
        "<\u{ff5c}User\u{ff5c}>".as_bytes(),
        "<\u{ff5c}Assistant\u{ff5c}>".as_bytes(),
        "<\u{ff5c}System\u{ff5c}>".as_bytes(),
        b"<|system|>",
        b"<|user|>",
        b"<|assistant|>",
        b"<|eot_id|>",
        b"<|start_header_id|>",
        b"<|end_of_turn|>",
        b"<|endofprompt|>",
        b"<|start|>system",
        b"<start_of_turn>",
        b"</tool_result>",
        b"<system-reminder>",
        b"</system-reminder>",
        b"</function_results>",
        b"</tool_response>",
        b"</tool_output>",
        b"</untrusted",
        b"<<SYS>>",
        b"[/INST]",
        b"</user_query>",
        b"</document_content>",
        b"<function_calls>",
        b"<user-prompt-submit",
    ];
    let mut done = 0;
    for at in memchr::memchr2_iter(b'<', b'[', text) {
        let rest = text.get(at..text.len().min(at + 24)).unwrap_or_default();
        if at < done || !matches!(rest.get(1), Some(b'|' | b'/' | b's' | b'<' | b'f' | b'u' | 0xef)) {
            continue;
        }
        let Some(token) = TOKENS.iter().find(|token| rest.starts_with(token)) else { continue };
        let end = at + token.len();
        done = end;
        let before = at.checked_sub(1).map(|before| text[before]);
        let behind = text.get(end).copied();
        let literal = matches!(before, Some(b'"' | b'\'' | b'`' | b'(' | b'{' | b'[' | b'|'))
            || matches!(behind, Some(b'"' | b'\'' | b'`' | b')' | b'}' | b',' | b'{'));
        let near = text.get(at.saturating_sub(120)..text.len().min(end + 120)).unwrap_or_default();
        let template = [
            &b"{%"[..],
            b"{{",
            b"f\"",
            b".format(",
            b"+ \"",
            b"special_token",
            b"tokenizer",
            b"token_id",
            b"chat_template",
        ]
        .iter()
        .any(|mark| memchr::memmem::find(near, mark).is_some());
        let named = text.get(at.saturating_sub(40)..at).unwrap_or_default();
        let template = template
            || [&b"such as"[..], b"token", b"delimiter"].iter().any(|mark| memchr::memmem::find(named, mark).is_some());
        // Followed by words, at once or on the next line.
        let spoken = text.get(end..text.len().min(end + 24)).unwrap_or_default().iter().any(u8::is_ascii_alphabetic);
        let severity = if literal || template || !spoken { Severity::Note } else { Severity::High };
        orders.push(order("role-token", at, end, severity, 2));
    }
}

/// Markdown and HTML images whose address carries data away as soon as they are drawn.
fn exfiltration(text: &[u8], orders: &mut Vec<Order>) {
    for at in memchr::memmem::find_iter(text, b"](") {
        let from = at.saturating_sub(160);
        let before = text.get(from..at).unwrap_or_default();
        let Some(open) = memchr::memrchr(b'[', before) else { continue };
        let image = open.checked_sub(1).is_some_and(|mark| before[mark] == b'!');
        let start = from + open - usize::from(image);
        link(text, start, at + 2, image, b")\"'\n", orders);
    }
    for at in memchr::memmem::find_iter(text, b"<img") {
        let tag = text.get(at..text.len().min(at + 300)).unwrap_or_default();
        if let Some(source) = memchr::memmem::find(tag, b"src=") {
            link(text, at, at + source + 5, true, b")\"'\n><", orders);
        }
    }
}

/// Judges one address that begins at `from` and goes on to one of `ends`.
fn link(text: &[u8], start: usize, from: usize, image: bool, ends: &[u8], orders: &mut Vec<Order>) {
    let rest = text.get(from..text.len().min(from + 2048)).unwrap_or_default();
    let length = rest.iter().position(|b| ends.contains(b)).unwrap_or(rest.len());
    let url = rest.get(..length).unwrap_or_default();
    let Some(address) = url.strip_prefix(b"https://").or_else(|| url.strip_prefix(b"http://")) else { return };
    let host = address.split(|b| matches!(b, b'/' | b'?' | b'#' | b':')).next().unwrap_or_default();
    let path = address.get(host.len()..).unwrap_or_default();
    if path.is_empty() || is_known_host(host) {
        return;
    }
    let query = memchr::memchr(b'?', path).map(|at| path.get(at..).unwrap_or_default());
    let slot = slot(path);
    let long = query.is_some_and(|query| {
        query.split(|b| matches!(b, b'&' | b'?' | b';')).any(|part| {
            let (name, value) = part.split_at(memchr::memchr(b'=', part).map_or(part.len(), |at| at + 1));
            let signed = [&b"sig"[..], b"amz", b"jwt", b"expires", b"hash", b"policy", b"key-pair", b"hmac", b"token"]
                .iter()
                .any(|word| bytes::contains_any_case(name, word));
            value.len() >= 40
                && !signed
                && value.iter().all(|b| bytes::is(*b, bytes::BASE64 | bytes::DASH | bytes::UNDERSCORE) || *b == b'%')
        })
    });
    let end = from + length;
    match (image, slot) {
        (true, Slot::Data | Slot::Any) => orders.push(order("exfiltration-link", start, end, Severity::High, 2)),
        (false, Slot::Data) => orders.push(order("exfiltration-link", start, end, Severity::Medium, 2)),
        (true, Slot::No) if long => orders.push(order("exfiltration-link", start, end, Severity::Medium, 2)),
        _ => {}
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    No,
    Any,
    /// Its name says that it is filled with what the agent knows.
    Data,
}

/// A place in the address that is to be filled in.
fn slot(path: &[u8]) -> Slot {
    const DATA: [&[u8]; 24] = [
        b"secret",
        b"token",
        b"key",
        b"password",
        b"conversation",
        b"history",
        b"prompt",
        b"data",
        b"content",
        b"context",
        b"summary",
        b"chat",
        b"env",
        b"memory",
        b"message",
        b"credential",
        b"user",
        b"email",
        b"answer",
        b"response",
        b"output",
        b"base64",
        b"encoded",
        b"file",
    ];
    const HARD: [&[u8]; 8] =
        [b"secret", b"token", b"key", b"password", b"conversation", b"history", b"prompt", b"credential"];
    let text =
        String::from_utf8_lossy(path).replace("%7B", "{").replace("%7D", "}").replace("%5B", "[").replace("%5D", "]");
    let text = text.as_bytes();
    for (open, close) in [(b'{', b'}'), (b'[', b']'), (b'<', b'>')] {
        let Some(at) = memchr::memchr(open, text) else { continue };
        let rest = text.get(at + 1..).unwrap_or_default();
        let Some(length) = memchr::memchr(close, rest) else { continue };
        let name = rest.get(..length).unwrap_or_default();
        // `{{ user.id }}` is a template's.
        if open == b'{' && rest.first() == Some(&b'{') && !HARD.iter().any(|word| bytes::contains_any_case(name, word))
        {
            continue;
        }
        if name.iter().any(|b| bytes::is(*b, ALNUM)) {
            return if DATA.iter().any(|word| bytes::contains_any_case(name, word)) { Slot::Data } else { Slot::Any };
        }
    }
    let query = memchr::memchr(b'?', text).and_then(|at| text.get(at..)).unwrap_or_default();
    // `?d=SECRET_VALUE`, `?q=YOUR_DATA`.
    let shouted = query.split(|b| matches!(b, b'&' | b'=' | b'?')).any(|part| {
        part.len() >= 4
            && part.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
            && DATA.iter().any(|word| bytes::contains_any_case(part, word))
    });
    if shouted { Slot::Data } else { Slot::No }
}

/// Hosts whose images are badges and uploads.
fn is_known_host(host: &[u8]) -> bool {
    [
        &b"shields.io"[..],
        b"github.com",
        b"githubusercontent.com",
        b"githubassets.com",
        b"gitlab.com",
        b"badge.fury.io",
        b"codecov.io",
        b"travis-ci.org",
        b"travis-ci.com",
        b"circleci.com",
        b"docs.rs",
        b"readthedocs.org",
        b"coveralls.io",
        b"sonarcloud.io",
        b"amazonaws.com",
        b"cloudfront.net",
        b"appveyor.com",
        b"opencollective.com",
        b"netlify.com",
        b"vercel.com",
        b"azure.com",
        b"visualstudio.com",
        b"googleapis.com",
        b"gravatar.com",
        b"wikimedia.org",
        b"snyk.io",
        b"bestpractices.dev",
        b"localhost",
    ]
    .iter()
    .any(|known| host.ends_with(known))
}

/// Styles under which nobody sees a text.
const STYLES: [&str; 22] = [
    "display:none",
    "display: none",
    "visibility:hidden",
    "visibility: hidden",
    "font-size:0",
    "font-size: 0",
    "font-size:1px",
    "font-size: 1px",
    "opacity:0",
    "opacity: 0",
    "color:white",
    "color: white",
    "color:#fff",
    "color: #fff",
    "left:-9999",
    "left: -9999",
    "text-indent:-9999",
    "aria-hidden=\"true\"",
    " hidden>",
    "height:0",
    "class=\"hidden\"",
    "sr-only",
];
const OPEN: &str = "<!--";
const CLOSED: &str = "-->";
/// What a text beside an image, or of a page's head, stands in.
const BESIDE: [&str; 7] = [" alt=\"", " title=\"", " alt='", "aria-label=\"", "<meta ", "![", "content=\""];

/// All of these, in this order.
static MARKUP: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let all = STYLES.into_iter().chain([OPEN, CLOSED]).chain(BESIDE);
    AhoCorasick::new(all).expect("a few short words are no problem")
});

/// Looks for markup that may hide what follows it, each byte once; [`hides`] says whether it does.
pub(super) struct Hiding<'a> {
    text: &'a [u8],
    /// How far it has looked, and where the last such markup begins.
    looked: usize,
    last: Option<usize>,
}

/// No mark is longer, nor a label.
const LONGEST_MARK: usize = 24;

impl<'a> Hiding<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, looked: 0, last: None }
    }

    /// May markup that begins at `from` or behind it hide what stands at `to`?
    pub(super) fn may_hide(&mut self, from: usize, to: usize) -> bool {
        if self.looked < to {
            let begin = self.looked.saturating_sub(LONGEST_MARK).max(from);
            let part = self.text.get(begin..to).unwrap_or_default();
            // Without any of these there is no markup, as in most prose.
            if memchr::memchr3(b'<', b'=', b'[', part).is_some() {
                let marks = MARKUP.find_iter(part).filter(|found| found.pattern().as_usize() != STYLES.len() + 1);
                let labels = LABELS.iter().flat_map(|label| memchr::memmem::find_iter(part, label));
                let last = marks.map(|found| found.start()).chain(labels).max();
                self.last = last.map(|at| begin + at).or(self.last);
            }
            self.looked = to;
        }
        self.last.is_some_and(|at| at >= from)
    }
}

/// Comments in Markdown.
const LABELS: [&[u8]; 2] = [b"[//]: #", b"[comment]: #"];

/// Does markup hide what stands at `at`: by its style (first), or as a comment or text beside an image (second)?
pub(super) fn hides(text: &[u8], at: usize) -> (u8, u8) {
    let from = at.saturating_sub(320);
    let before = text.get(from..at).unwrap_or_default();
    // Without any of these there is no markup, as nearly everywhere.
    if memchr::memchr3(b'<', b'=', b'[', before).is_none() {
        return (0, 0);
    }
    let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let (mut style, mut comment, mut last_beside) = (None, false, [None; BESIDE.len()]);
    for found in MARKUP.find_overlapping_iter(before) {
        match found.pattern().as_usize().checked_sub(STYLES.len()) {
            None => style = style.max(Some(found.start())),
            Some(0) => comment = true,
            Some(1) => comment = false,
            Some(beside) => {
                if let Some(slot) = last_beside.get_mut(beside - 2).filter(|_| found.start() >= line) {
                    *slot = Some(found.end());
                }
            }
        }
    }
    // The element has not ended since.
    let styled = style
        .and_then(|style| before.get(style..))
        .is_some_and(|since| memchr::memchr(b'{', since).is_none() && memchr::memmem::find(since, b"</").is_none());
    let open = |inside: &[u8]| memchr::memchr2(b'>', b']', inside).is_none();
    let head = before.get(line..).unwrap_or_default();
    let beside = LABELS.iter().any(|label| head.starts_with(label))
        || last_beside.iter().flatten().any(|end| before.get(*end..).is_some_and(open));
    (2 * u8::from(styled), 2 * u8::from(comment || beside))
}
