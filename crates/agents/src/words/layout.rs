//! Lines of 80 columns.

pub(super) const WIDTH: usize = 80;
/// Where a row's text begins: two spaces, a word of up to eight letters, one space.
const INDENT: usize = 11;

/// Columns that a terminal takes for this text. Wide characters take two; combining ones are counted as one, which
/// makes a line too short and never too long.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(wide).sum()
}

fn wide(c: char) -> usize {
    match u32::from(c) {
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1_F300..=0x1_FAFF
        | 0x2_0000..=0x3_FFFD => 2,
        _ => 1,
    }
}

pub(super) fn fits(text: &str, most: usize) -> bool {
    columns(text) <= most
}

/// The text in lines of at most 80 columns, all but the first indented. A word longer than a line is broken.
pub(super) fn wrapped(text: &str, indent: usize) -> String {
    let room = WIDTH.saturating_sub(indent).max(1);
    let mut lines: Vec<String> = vec![String::new()];
    let mut used = 0;
    let mut put = |piece: &str, spaced: bool| {
        let need = columns(piece) + usize::from(spaced);
        if used > 0 && used + need > room {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if spaced && used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(piece);
            used += columns(piece);
        }
    };
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut piece = String::new();
        let mut spaced = true;
        for c in word.chars() {
            if columns(&piece) + wide(c) > room {
                put(&piece, spaced);
                piece.clear();
                spaced = false;
            }
            piece.push(c);
        }
        put(&piece, spaced);
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// A first line, then rows of a word and its text.
pub(super) struct Rows(String);

impl Rows {
    pub(super) fn new(first: String) -> Self {
        Self(first)
    }

    pub(super) fn row(&mut self, label: &str, text: &str) {
        self.0 = format!("{}\n  {label:<8} {}", self.0, wrapped(text, INDENT));
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_eighty_columns() {
        for text in
            ["a ".repeat(200), "x".repeat(500), format!("{} {}", "日".repeat(100), "y".repeat(90)), String::new()]
        {
            let mut rows = Rows::new("First.".to_owned());
            rows.row("Command", &text);
            for line in rows.finish().lines() {
                assert!(columns(line) <= WIDTH, "{line}");
            }
        }
    }

    #[test]
    fn a_broken_word_reads_back_whole() {
        let word = "x".repeat(200);
        assert_eq!(wrapped(&word, 11).replace(['\n', ' '], ""), word);
    }
}
