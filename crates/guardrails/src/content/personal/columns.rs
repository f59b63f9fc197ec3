//! Tables in text: which header stands over a value in CSV, a Markdown table or an SQL insert.

/// A table's line is looked at as far as this, and its header is looked for in so many bytes before.
const LINE: usize = 4096;
const BLOCK: usize = 64 * 1024;

/// Knows the table that the last value stood in, so that a table is read once and not for each of its values.
pub(super) struct Columns<'a> {
    text: &'a [u8],
    /// The last line looked at: where it begins, how far its delimiters are counted, and how many there are.
    line: usize,
    counted: usize,
    column: usize,
    /// The mark that parts the cells of the current table, its header's cells, and the line that they were read for.
    mark: u8,
    header: Vec<(usize, usize)>,
    known: Option<usize>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, line: usize::MAX, counted: 0, column: 0, mark: 0, header: Vec::new(), known: None }
    }

    /// The header over the value from `start` to `end`, where it is a cell of a table.
    pub(super) fn header(&mut self, start: usize, end: usize) -> Option<&'a [u8]> {
        let before = self.text.get(start.saturating_sub(4)..start)?;
        let behind = self.text.get(end..self.text.len().min(end + 4))?;
        let around = |b: &&u8| !matches!(b, b' ' | b'"' | b'\'');
        let (left, right) = (before.iter().rev().find(around).copied(), behind.iter().find(around).copied());
        let mark = [left, right].into_iter().flatten().find(|b| matches!(b, b',' | b';' | b'\t' | b'|'))?;
        self.find_table(start, mark)?;
        let &(from, to) = self.header.get(self.column)?;
        self.text.get(from..to)
    }

    /// Counts the value's column, and reads the header of its table if it is another table than the last one.
    fn find_table(&mut self, start: usize, mark: u8) -> Option<()> {
        let from = start.saturating_sub(LINE);
        let near = self.text.get(from..start)?;
        let line = match memchr::memrchr(b'\n', near) {
            Some(at) => from + at + 1,
            None if from == 0 => 0,
            None => return None,
        };
        if line != self.line || mark != self.mark || start < self.counted {
            // Nothing found is kept, too: a table without a header is walked through once.
            if let Some(cells) = self.read_header(line, mark) {
                self.header = cells;
            }
            (self.line, self.counted, self.column, self.mark) = (line, line, 0, mark);
            self.known = Some(line);
        }
        self.column += marks(self.text.get(self.counted..start)?, mark);
        self.counted = start;
        Some(())
    }

    /// The cells of the header over the line that begins at `line`; `None`: the same as over the last one.
    fn read_header(&self, line: usize, mark: u8) -> Option<Vec<(usize, usize)>> {
        let own = self.text.get(line..line_end(self.text, line)).unwrap_or_default();
        if let Some(cells) = self.insert_header(line, own) {
            return Some(cells);
        }
        let count = marks(own, mark);
        let floor = line.saturating_sub(BLOCK);
        let mut first = line;
        // Back over the lines with as many cells.
        while first > floor && count > 0 {
            if mark == self.mark && self.known == Some(first) {
                return None;
            }
            let above = self.text.get(floor..first - 1).unwrap_or_default();
            let start = memchr::memrchr(b'\n', above).map_or(floor, |at| floor + at + 1);
            if marks(self.text.get(start..first - 1).unwrap_or_default(), mark) != count {
                break;
            }
            first = start;
        }
        if first == line {
            return Some(Vec::new());
        }
        Some(cells(self.text, first, line_end(self.text, first), mark).unwrap_or_default())
    }

    /// `INSERT INTO t (a, b) VALUES` on this line or a few before it.
    fn insert_header(&self, line: usize, own: &[u8]) -> Option<Vec<(usize, usize)>> {
        let trimmed = own.trim_ascii_start();
        let insert = trimmed.get(..6).is_some_and(|head| head.eq_ignore_ascii_case(b"insert"));
        if !insert && !trimmed.starts_with(b"(") {
            return None;
        }
        let from = if insert { line } else { line.saturating_sub(LINE) };
        let near = self.text.get(from..line + own.len())?;
        let values = rfind_any_case(near, b"values")?;
        let close = memchr::memrchr(b')', near.get(..values)?)?;
        let open = memchr::memrchr(b'(', near.get(..close)?)?;
        cells(self.text, from + open + 1, from + close, b',')
    }
}

fn rfind_any_case(text: &[u8], word: &[u8]) -> Option<usize> {
    (0..text.len().saturating_sub(word.len()))
        .rev()
        .find(|at| text.get(*at..at + word.len()).is_some_and(|window| window.eq_ignore_ascii_case(word)))
}

fn line_end(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..text.len().min(from + LINE)).unwrap_or_default();
    from + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

/// How many marks stand in `line` outside of double quotes; a parenthesis of SQL begins to count anew.
fn marks(line: &[u8], mark: u8) -> usize {
    // Most lines have neither.
    if memchr::memchr2(b'"', b'(', line).is_none() {
        return memchr::memchr_iter(mark, line).count();
    }
    let (mut count, mut quoted) = (0, false);
    for byte in line {
        match byte {
            b'"' => quoted = !quoted,
            b'(' if !quoted && mark == b',' => count = 0,
            byte if *byte == mark && !quoted => count += 1,
            _ => {}
        }
    }
    count
}

/// The cells of a header: names, and no numbers among them.
fn cells(text: &[u8], from: usize, to: usize, mark: u8) -> Option<Vec<(usize, usize)>> {
    let line = text.get(from..to)?;
    let mut cells = Vec::new();
    let mut at = from;
    for cell in line.split(|b| *b == mark) {
        let names = cell.iter().filter(|b| b.is_ascii_digit()).count() <= 2 && cell.len() <= 64;
        if !names || cells.len() > 256 {
            return None;
        }
        cells.push((at, at + cell.len()));
        at += cell.len() + 1;
    }
    Some(cells)
}
