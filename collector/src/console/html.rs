//! Pages, written so that whatever an agent was made to say stays text.
//!
//! [`Html`] takes markup as `&'static str` alone: what comes from a record, a device or a person is a `&str` that lives
//! shorter, and goes through [`Html::text`], [`Html::command`] or [`Html::attribute`]. Beside the characters that mean
//! something in HTML these show those that a reader would not see: control characters, and those that hide or turn
//! around the text after them.

use std::fmt::Write as _;

/// Longer texts are cut on pages; the record has all of it.
pub(crate) const SHOWN: usize = 64 << 10;

#[derive(Debug, Default)]
pub(crate) struct Html(String);

impl Html {
    /// Markup of ours.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text of anyone.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        for c in cut(text, SHOWN).chars() {
            self.character(c, false);
        }
        self
    }

    /// A number.
    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        let digits = number.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                self.0.push(',');
            }
            self.0.push(digit);
        }
        self
    }

    /// ` name="value"`, where the value is anyone's.
    pub(crate) fn attribute(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.raw(" ").raw(name).raw("=\"");
        for c in value.chars() {
            match entity(c) {
                Some(entity) => self.0.push_str(entity),
                // Writing to a string does not fail.
                None if is_unseen(c) => write!(self.0, "\u{27e8}U+{:04X}\u{27e9}", u32::from(c)).unwrap_or_default(),
                None => self.0.push(c),
            }
        }
        self.raw("\"")
    }

    /// ` href="…"`: a path of ours with these parameters.
    pub(crate) fn link(&mut self, path: &str, parameters: &[(&str, &str)]) -> &mut Self {
        self.attribute("href", &address(path, parameters))
    }

    /// What an agent asked for, as it was typed; masked values as chips. In one line, where `line`.
    pub(crate) fn command(&mut self, text: &str, most: usize, line: bool) -> &mut Self {
        let shown = cut(text, most);
        let mut rest = shown;
        while let Some((before, chip, after)) = next_chip(rest) {
            self.characters(before, line);
            self.raw("<span class=\"chip\" title=\"A value that was masked on the device\">");
            self.text(chip).raw("</span>");
            rest = after;
        }
        self.characters(rest, line);
        if shown.len() < text.len() {
            self.raw("<span class=\"cut\"> …</span>");
        }
        self
    }

    fn characters(&mut self, text: &str, line: bool) {
        for c in text.chars() {
            self.character(c, line);
        }
    }

    fn character(&mut self, c: char, line: bool) {
        match (c, entity(c)) {
            (_, Some(entity)) => self.0.push_str(entity),
            ('\n', _) if line => self.0.push_str("<span class=\"unseen\">↵</span> "),
            (c, _) if is_unseen(c) && !matches!(c, '\n' | '\t') => {
                write!(self.0, "<span class=\"unseen\">U+{:04X}</span>", u32::from(c)).unwrap_or_default();
            }
            (c, _) => self.0.push(c),
        }
    }

    pub(crate) fn add(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// The beginning of a text, of at most so many bytes.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// A path with parameters, percent-encoded.
pub(crate) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    for (at, (name, value)) in parameters.iter().enumerate() {
        address.push(if at == 0 { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
                address.push(char::from(byte));
            } else {
                write!(address, "%{byte:02X}").unwrap_or_default();
            }
        }
    }
    address
}

fn entity(c: char) -> Option<&'static str> {
    match c {
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '&' => Some("&amp;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    }
}

/// Is it one that a reader does not see, or that changes how others are seen?
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// What stands before the first chip, the chip, and what stands after.
fn next_chip(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(start) = text.get(from..)?.find('‹').map(|at| from + at) {
        let end = text.get(start..)?.find('›').map(|at| start + at + '›'.len_utf8());
        let end = end.filter(|end| end - start <= 80)?;
        let chip = text.get(start..end)?;
        let inner = chip.trim_start_matches('‹').trim_end_matches('›');
        let fits = inner.split_once('·').is_some_and(|(kind, print)| {
            !kind.is_empty()
                && kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && print.bytes().all(|b| b.is_ascii_hexdigit())
        });
        if fits {
            return Some((text.get(..start)?, chip, text.get(end..)?));
        }
        from = start + '‹'.len_utf8();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(write: impl FnOnce(&mut Html)) -> String {
        let mut html = Html::default();
        write(&mut html);
        html.into_string()
    }

    #[test]
    fn text_of_anyone_is_no_markup() {
        let hostile = "</td><script>alert('1')</script><img src=x onerror=\"x\">&amp;";
        for shown in [
            html(|html| {
                html.text(hostile);
            }),
            html(|html| {
                html.command(hostile, 1000, true);
            }),
            html(|html| {
                html.attribute("title", hostile);
            }),
        ] {
            assert!(!shown.contains('<') && !shown.contains("\"x\"") && !shown.contains('\''), "{shown}");
        }
        let shown = html(|html| {
            html.link("/live", &[("q", "\" onclick=\"x"), ("session", "a&b=c#d")]);
        });
        assert_eq!(shown, " href=\"/live?q=%22%20onclick%3D%22x&amp;session=a%26b%3Dc%23d\"");
    }

    #[test]
    fn what_would_not_be_seen_is_shown() {
        let shown = html(|html| {
            html.command("ls\u{202e}\u{1b}[2J\u{200b}\u{e0041}\u{0}\nrm", 1000, true);
        });
        for code in ["U+202E", "U+001B", "U+200B", "U+E0041", "U+0000", "↵"] {
            assert!(shown.contains(&format!("<span class=\"unseen\">{code}</span>")), "{code}: {shown}");
        }
        let title = html(|html| {
            html.attribute("title", "a\u{202e}b\nc");
        });
        assert_eq!(title, " title=\"a⟨U+202E⟩b⟨U+000A⟩c\"");
    }

    #[test]
    fn chips_are_marked_and_what_only_begins_like_one_is_text() {
        let chips = |text: &str| {
            html(|html| {
                html.command(text, 1000, true);
            })
            .matches("class=\"chip\"")
            .count()
        };
        assert_eq!(chips("echo ‹github-token·7f3a› ‹aws-secret-key·c41d›"), 2);
        assert_eq!(chips("‹‹github-token·7f3a›"), 1);
        for none in ["‹", "‹·7f›", "‹<b>·7f›", "‹token·xyz›", "‹token 7f›", "›‹"] {
            assert_eq!(chips(none), 0, "{none}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        let shown = html(|html| {
            html.command("aé", 2, true);
        });
        assert_eq!(shown, "a<span class=\"cut\"> …</span>");
        let mut html = Html::default();
        html.number(0).raw(" ").number(999).raw(" ").number(1000).raw(" ").number(1_234_567);
        assert_eq!(html.into_string(), "0 999 1,000 1,234,567");
    }
}
