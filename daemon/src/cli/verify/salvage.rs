//! `taffrail verify --salvage`: of a journal that is damaged, each record that is still whole, one JSON object a line.
//!
//! A record is handed on where its parts open with this device's key, in its own place of its own chain: nobody else can
//! have made them. That none is missing is not shown by this.

use crate::cli::log::as_sent;
use anyhow::Context;
use journal::{Keys, Rows};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

/// Numbers that are passed over one by one: more than lie on a page of the database.
const NEAR: u64 = 256;
/// Numbers without any record after which nothing more is looked for.
const BARREN: u64 = 1 << 24;

/// What became of the records of a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    whole: u64,
    /// They are there and do not open, or not in full.
    damaged: u64,
    /// What could not be read at all lies between these.
    holes: u64,
}

pub(super) fn run(file: &Path, keys: &Keys) -> anyhow::Result<ExitCode> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let found = each(file, keys, &mut |line| writeln!(out, "{line}"))?;
    out.flush().ok();
    let Found { whole, damaged, holes } = found;
    writeln!(io::stderr(), "{whole} records are whole, {damaged} are damaged, and {holes} stretches cannot be read.")
        .ok();
    Ok(if damaged + holes == 0 { ExitCode::SUCCESS } else { ExitCode::from(super::TAMPERED) })
}

fn each(file: &Path, keys: &Keys, take: &mut dyn FnMut(&str) -> io::Result<()>) -> anyhow::Result<Found> {
    // What cannot be opened at all is said, and not taken for an empty one.
    drop(Rows::of_file(file, keys).context("open the journal")?);
    let mut found = Found::default();
    let (mut from, mut barren, mut skip) = (1_u64, 0_u64, 1_u64);
    loop {
        let mut failed = false;
        for row in Rows::of_file_from(file, keys, from)? {
            let Ok(checked) = row else {
                failed = true;
                break;
            };
            if barren > 0 {
                found.holes += 1;
            }
            (from, barren, skip) = (checked.stored.seq.saturating_add(1), 0, 1);
            if checked.faults.is_empty() {
                found.whole += 1;
                // A reader that has gone away has had enough.
                if take(&as_sent(&checked.stored)).is_err() {
                    return Ok(found);
                }
            } else {
                found.damaged += 1;
            }
        }
        if !failed || barren > BARREN {
            found.holes += u64::from(barren > 0);
            return Ok(found);
        }
        from = from.saturating_add(skip);
        barren += skip;
        if barren > NEAR {
            skip = (skip * 2).min(1 << 16);
        }
    }
}
