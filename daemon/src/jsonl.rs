//! Lines of JSON in, lines of JSON out, in order: what `judge` and `scan` have in common.

use serde::Serialize;
use serde_json::value::RawValue;
use std::io::{self, BufRead, Read, Write};

/// A line may be this long: a call's payload and what is around it.
const MAX_LINE: u64 = 80 * 1024 * 1024;

#[derive(Serialize)]
struct Refusal<'a> {
    id: &'a RawValue,
    error: String,
}

/// Gives every line that is not blank to `answer`, which writes its answer without the end of the line.
///
/// # Errors
///
/// Those of the reader and the writer; a line that cannot be answered is an answer too ([`refuse`]).
pub(crate) fn each_line<W: Write>(
    mut input: impl BufRead,
    output: &mut W,
    mut answer: impl FnMut(&[u8], &mut W) -> io::Result<()>,
) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if Read::take(&mut input, MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return output.flush();
        }
        if line.len() as u64 == MAX_LINE && line.last() != Some(&b'\n') {
            skip_line(&mut input)?;
            line.truncate(0);
            line.extend_from_slice(b"a line over 80 MiB");
        }
        let trimmed = line.trim_ascii();
        if trimmed.is_empty() {
            continue;
        }
        answer(trimmed, output)?;
        output.write_all(b"\n")?;
    }
}

/// The answer to a line that cannot be understood.
pub(crate) fn refuse(output: &mut impl Write, id: &RawValue, error: String) -> io::Result<()> {
    Ok(serde_json::to_writer(output, &Refusal { id, error })?)
}

/// Reads on to the end of a line that is too long to keep.
fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let available = input.fill_buf()?;
        let (skip, done) = match available.iter().position(|b| *b == b'\n') {
            Some(at) => (at + 1, true),
            None => (available.len(), available.is_empty()),
        };
        input.consume(skip);
        if done {
            return Ok(());
        }
    }
}
