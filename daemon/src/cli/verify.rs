//! `taffrail verify`: is the journal whole? Reads it beside a daemon that is at work.

mod salvage;

use super::print;
use crate::boot::{Installation, journal_keys};
use anyhow::Context;
use chain::{ChainId, Expect, PublicKey, Report};
use journal::{Checked, Rows, mark};
use platform::keys::{FileKeys, KeyStore};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// Not whole: changed, or something is missing.
const TAMPERED: u8 = 1;

pub(super) fn run(as_json: bool, salvage: bool, file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let installation = Installation::find(platform::names::SYSTEM.installed())?;
    let places = &installation.places;
    let store = FileKeys::open(places.keys()).context("open the key folder")?;
    anyhow::ensure!(store.get("journal")?.is_some(), "There is no journal here yet: nothing has been recorded.");
    let keys = journal_keys(&store)?;
    // The mark is read first: rows that are added meanwhile only lie behind it.
    let own = journal::database(&places.journal());
    if salvage {
        return salvage::run(file.unwrap_or(&own), &keys);
    }
    let mark = match file {
        None => mark::read(&places.keys().join(journal::MARK)).context("read the mark beside the keys")?,
        Some(_) => None,
    };
    let rows = Rows::of_file(file.unwrap_or(&own), &keys).context("open the journal")?;
    let chain = ChainId(rows.chain_id().into_bytes());
    let device = PublicKey::from_hex(&keys.device_key()).context("read the device's key")?;
    let tail = mark.filter(|mark| mark.chain.into_bytes() == chain.0).map(|mark| (mark.seq, mark.hash));
    let mut faults: Vec<(u64, String)> = Vec::new();
    let rows = rows.map(|row| {
        row.map(|checked: Checked| {
            let named = checked.faults.iter().map(|fault| format!("{fault:?}"));
            faults.extend(named.map(|fault| (checked.stored.seq, fault)).take(FAULTS_SHOWN));
            checked.row()
        })
    });
    let expect = Expect { chain, keys: &[device], after: None, tail, without_content: false };
    let report = chain::verify(rows, &expect).context("read the journal")?;
    let sound = report.is_sound() && faults.is_empty();
    if as_json {
        let faults: Vec<_> = faults.iter().map(|(seq, fault)| json!({ "seq": seq, "fault": fault })).collect();
        print(&json!({ "version": 1, "sound": sound, "report": report, "faults": faults }).to_string());
    } else {
        print(&page(&report, &faults, sound));
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(TAMPERED) })
}

/// Faults of one row that are kept for the report.
const FAULTS_SHOWN: usize = 4;

fn page(report: &Report, faults: &[(u64, String)], sound: bool) -> String {
    let mut text = if sound {
        format!("{} records, chain whole.", report.rows)
    } else {
        format!(
            "The chain is not whole: {} problems in {} records.",
            report.problems + faults.len() as u64,
            report.rows
        )
    };
    if report.content_removed + report.evicted > 0 {
        let removed = format!(
            "\n{} without their content and {} without details, each removal on record.",
            report.content_removed, report.evicted
        );
        text.push_str(&removed);
    }
    if let Some(problem) = &report.first_problem {
        write!(text, "\nFirst at record {}: {}.", problem.seq, name(problem.what)).ok();
    }
    if let Some((seq, fault)) = faults.first() {
        write!(text, "\nFirst at record {seq}: its stored form does not fit ({fault}).").ok();
    }
    if let (true, Some(signed)) = (sound, report.signed) {
        write!(text, "\nSigned by this device up to record {signed}.").ok();
    }
    text
}

/// A problem's stable name.
fn name(what: chain::What) -> String {
    serde_json::to_value(what).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
