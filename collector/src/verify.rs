//! `taffrail-collector verify`: is what is stored what the devices sent?
//!
//! Of every history: its chain from the first record on, by the device's key ([`chain::verify`]); its end, as `Control` has
//! it; and the collector's own signature over each batch, which also covers when it came and which contents came with it.
//! Whoever holds the collector's key and both stores can make all of it anew; against that only something that lies
//! elsewhere helps.

#[cfg(test)]
mod tests;

use crate::cli::print;
use crate::identity::is_receipt;
use crate::serve::Data;
use crate::store::{Branch, Control, Device, Error, Receipt, Records, Row, sum};
use chain::{ChainId, Expect, PublicKey, Report};
use serde::Serialize;
use serde_json::json;
use std::collections::HashMap;
use std::process::ExitCode;
use uuid::Uuid;

/// Not whole: changed, or something is missing.
const TAMPERED: u8 = 1;
/// Faults of one history that are listed.
const LISTED: usize = 20;
/// Rows that are read in one go.
const STEP: u32 = 256;

/// What is wrong beside the chain itself. Names are stable: programs read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fault {
    /// No batch was received that holds this record.
    NoReceipt,
    /// The collector did not sign this batch.
    Receipt,
    /// What came with these records, or why they are stubs, is not what was received.
    Sum,
    /// From here on there are two histories.
    Forked,
    /// Rows of a history that no device has.
    Stray,
    /// No device has the id that is noted for this history.
    NoDevice,
    /// The rows cannot be read.
    Unreadable,
}

/// What is said of one history.
#[derive(Debug, Serialize)]
pub(crate) struct Checked {
    chain: Uuid,
    branch: u32,
    device: Uuid,
    name: String,
    report: Option<Report>,
    /// With the number of the record at which each shows.
    faults: Vec<(u64, Fault)>,
}

impl Checked {
    fn is_sound(&self) -> bool {
        self.faults.is_empty() && self.report.as_ref().is_some_and(Report::is_sound)
    }
}

pub(crate) fn run(data: &Data, as_json: bool) -> anyhow::Result<ExitCode> {
    let (control, records, identity) = (data.control()?, data.records()?, data.identity()?);
    let checked = all(&control, &records, &identity.key())?;
    let sound = checked.iter().all(Checked::is_sound);
    if as_json {
        print(&json!({ "version": 1, "sound": sound, "chains": checked }).to_string());
    } else {
        page(&checked, sound);
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(TAMPERED) })
}

/// Every history that is known or of which there are rows.
///
/// # Errors
///
/// When the control store cannot be read. What is wrong with the records is in what is returned.
pub(crate) fn all(control: &impl Control, records: &impl Records, key: &PublicKey) -> Result<Vec<Checked>, Error> {
    // Heads first: rows that are added meanwhile only lie behind them.
    let branches = control.branches()?;
    let devices: HashMap<Uuid, Device> = control.devices()?.into_iter().map(|device| (device.id, device)).collect();
    let mut checked = Vec::new();
    for branch in &branches {
        checked.push(history(records, key, &branches, branch, devices.get(&branch.device)));
    }
    let known = |chain, number| branches.iter().any(|branch| (branch.chain, branch.number) == (chain, number));
    // What is claimed at this moment is not stray.
    let claimed = control.open_claims()?;
    for (chain, branch, rows) in records.held()? {
        if !known(chain, branch) && !claimed.iter().any(|claim| (claim.chain, claim.branch) == (chain, branch)) {
            let (device, name) = (Uuid::nil(), String::new());
            checked.push(Checked { chain, branch, device, name, report: None, faults: vec![(rows, Fault::Stray)] });
        }
    }
    Ok(checked)
}

fn history(
    records: &impl Records,
    key: &PublicKey,
    branches: &[Branch],
    branch: &Branch,
    device: Option<&Device>,
) -> Checked {
    let mut faults = Vec::new();
    // What was added since the head was read is the next check's.
    let rows = Rows { records, branch, next: Some(i64::MIN), step: Vec::new().into_iter() };
    let after = (branch.first > 1).then(|| parted(records, branch)).flatten();
    let keys: Vec<PublicKey> = device.map(|device| device.key).into_iter().collect();
    let expect = Expect {
        chain: ChainId(branch.chain.into_bytes()),
        keys: &keys,
        after,
        tail: Some((branch.seq, branch.hash)),
        without_content: false,
    };
    let mut receipts = Receipts::new(records, key, branch, &mut faults);
    let report = chain::verify(
        rows.map(|row| {
            row.map(|row| {
                receipts.row(&row);
                let Row { seq, previous, digest, hash, envelope, content, .. } = row;
                let [envelope, content] = [envelope, content].map(|text| text.map(String::into_bytes));
                chain::Row { seq, envelope, envelope_digest: digest, content, previous, hash }
            })
        }),
        &expect,
    );
    receipts.end();
    if device.is_none() {
        faults.push((branch.first, Fault::NoDevice));
    }
    if branch.number > 0 || branches.iter().any(|other| other.chain == branch.chain && other.number > 0) {
        let apart = branches.iter().filter(|other| other.chain == branch.chain && other.number > 0);
        faults.push((apart.map(|other| other.first).min().unwrap_or(branch.first), Fault::Forked));
    }
    if let Err(error) = &report {
        tracing::warn!(%error, "rows cannot be read");
        faults.push((branch.first, Fault::Unreadable));
    }
    faults.truncate(LISTED);
    let name = device.map(|device| device.name.clone()).unwrap_or_default();
    let (chain, number, device) = (branch.chain, branch.number, branch.device);
    Checked { chain, branch: number, device, name, report: report.ok(), faults }
}

/// The record after which a history parts from its parent.
fn parted(records: &impl Records, branch: &Branch) -> Option<(u64, chain::Digest)> {
    let first = records.rows(branch.chain, branch.number, i64::MIN, 1).ok()?;
    let previous = first.first()?.previous;
    records.find(branch.chain, branch.first - 1, &previous).ok()?.map(|_| (branch.first - 1, previous))
}

/// The rows of a history up to its head, in steps.
struct Rows<'a, R> {
    records: &'a R,
    branch: &'a Branch,
    next: Option<i64>,
    step: std::vec::IntoIter<Row>,
}

impl<R: Records> Iterator for Rows<'_, R> {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.step.next() {
                return (row.seq <= self.branch.seq).then_some(Ok(row));
            }
            let from = self.next.take()?;
            match self.records.rows(self.branch.chain, self.branch.number, from, STEP) {
                Ok(rows) => {
                    self.next = rows.last().and_then(|row| i64::try_from(row.seq).ok()?.checked_add(1));
                    self.step = rows.into_iter();
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Holds the rows against the batches that they came in.
struct Receipts<'a> {
    left: std::iter::Peekable<std::vec::IntoIter<Receipt>>,
    batch: Vec<Row>,
    head: u64,
    faults: &'a mut Vec<(u64, Fault)>,
}

impl<'a> Receipts<'a> {
    fn new(records: &impl Records, key: &PublicKey, branch: &Branch, faults: &'a mut Vec<(u64, Fault)>) -> Self {
        let found = match records.receipts(branch.chain, branch.number) {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "the batches cannot be read");
                faults.push((branch.first, Fault::Unreadable));
                Vec::new()
            }
        };
        for receipt in &found {
            let fits = is_receipt(key, receipt) && receipt.claim.device == branch.device;
            if !fits {
                faults.push((receipt.claim.first, Fault::Receipt));
            }
        }
        Self { left: found.into_iter().peekable(), batch: Vec::new(), head: branch.seq, faults }
    }

    fn row(&mut self, row: &Row) {
        while self.left.peek().is_some_and(|receipt| receipt.claim.last < row.seq) {
            self.close();
        }
        match self.left.peek() {
            Some(receipt) if receipt.claim.first <= row.seq => {
                // What is summed up: without the texts.
                let content = row.content.as_ref().map(|_| String::new());
                self.batch.push(Row { envelope: None, content, ..row.clone() });
            }
            _ => self.faults.push((row.seq, Fault::NoReceipt)),
        }
    }

    /// A batch has ended: is it the one that was signed?
    fn close(&mut self) {
        let rows = std::mem::take(&mut self.batch);
        if let Some(receipt) = self.left.next()
            && receipt.claim.first <= self.head
            && sum(&rows) != receipt.claim.sum
        {
            self.faults.push((receipt.claim.first, Fault::Sum));
        }
    }

    fn end(mut self) {
        while self.left.peek().is_some() {
            self.close();
        }
    }
}

fn page(checked: &[Checked], sound: bool) {
    let rows: u64 = checked.iter().filter_map(|one| one.report.as_ref()).map(|report| report.rows).sum();
    let histories = checked.len();
    if sound {
        print(&format!("{rows} records in {histories} chains, all whole."));
    } else {
        print(&format!("Not whole. {rows} records in {histories} chains were looked at."));
    }
    for one in checked.iter().filter(|one| !one.is_sound()) {
        let name: String = one.name.escape_debug().collect();
        print(&format!("\nDevice {} {name}, chain {}, history {}:", one.device, one.chain, one.branch));
        if let Some(problem) = one.report.as_ref().and_then(|report| report.first_problem.as_ref()) {
            print(&format!("  from record {}: {}", problem.seq, named(&problem.what)));
        }
        for (seq, fault) in &one.faults {
            print(&format!("  at record {seq}: {}", named(fault)));
        }
    }
}

/// A problem's stable name.
fn named(what: &impl Serialize) -> String {
    serde_json::to_value(what).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
