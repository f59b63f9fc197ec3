//! Values in sentences: cut, and with everything escaped that could make a screen or a reader see something else.

use std::fmt::Write;

/// Bytes of a value that are shown.
const MOST: usize = 200;

/// The value as it may stand in a sentence: at most 200 bytes of it, cut at a character, control and invisible
/// characters written as escapes.
pub fn quoted(value: &str) -> String {
    let end = value.floor_char_boundary(MOST);
    let (shown, rest) = value.split_at(end);
    let mut out = String::with_capacity(shown.len() + 4);
    for c in shown.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if hidden(c) => match write!(out, "{}", c.escape_unicode()) {
                Ok(()) | Err(_) => {}
            },
            c => out.push(c),
        }
    }
    if !rest.is_empty() {
        out.push('…');
    }
    out
}

/// Characters that a terminal does not show as themselves: controls, direction marks, zero-width characters, fillers,
/// variation selectors, tags, and spaces that are not the space.
fn hidden(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164
            | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
            | 0x1_BCA0..=0x1_BCA3 | 0x1_D173..=0x1_D17A | 0xE_0000..=0xE_0FFF)
}

/// A path as people write it: `~` for the home folder, in quotes where it has spaces.
pub(super) fn path(path: &str, home: Option<&str>) -> String {
    let home = home.map(|home| home.trim_end_matches('/')).filter(|home| !home.is_empty());
    let short = match home.and_then(|home| path.strip_prefix(home)) {
        Some("") => "~".to_owned(),
        Some(rest) if rest.starts_with('/') => quoted(&format!("~{rest}")),
        _ => quoted(path),
    };
    if short.contains(' ') { format!("\"{short}\"") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(quoted("rm \u{202e}fdp.x\u{200b}\x1b[2K\n\u{7}"), r"rm \u{202e}fdp.x\u{200b}\u{1b}[2K\n\u{7}");
        assert_eq!(quoted("a\u{a0}b\u{3000}c\u{e0041}"), r"a\u{a0}b\u{3000}c\u{e0041}");
        assert_eq!(quoted("grüße 日本 ‹token·7f3a›"), "grüße 日本 ‹token·7f3a›");
    }

    #[test]
    fn a_long_value_is_cut_at_a_character() {
        let cut = quoted(&"é".repeat(150));
        assert_eq!(cut, format!("{}…", "é".repeat(100)));
        assert_eq!(quoted(&format!("x{}", "é".repeat(150))), format!("x{}…", "é".repeat(99)));
        assert_eq!(quoted(&"a".repeat(200)), "a".repeat(200));
    }

    #[test]
    fn the_home_folder_is_a_tilde_and_a_neighbour_is_not() {
        assert_eq!(path("/home/ana", Some("/home/ana/")), "~");
        assert_eq!(path("/home/ana/x y", Some("/home/ana")), "\"~/x y\"");
        assert_eq!(path("/home/anabel", Some("/home/ana")), "/home/anabel");
        assert_eq!(path("/etc", Some("/")), "/etc");
    }
}
