//! What `install` found and what it left, so that `uninstall` can give back what was there.

use super::plan::{Change, Plan};
use anyhow::Context;
use chain::Digest;
use platform::files;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const NAME: &str = "installed.json";
const VERSION: u32 = 1;
/// All settings files that we ever changed, with what they held.
const LARGEST: u64 = 64 << 20;

#[derive(Debug)]
pub(crate) struct Receipts {
    folder: PathBuf,
    kept: Kept,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    version: u32,
    files: Vec<Receipt>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Receipt {
    target: PathBuf,
    /// What we left there, as SHA-256 in hex.
    left: String,
    /// What was there before; nothing where the file was not.
    before: Option<String>,
}

impl Receipts {
    /// # Errors
    ///
    /// When the file is there and is not one of ours.
    pub(crate) fn read(state: &Path) -> anyhow::Result<Self> {
        let path = state.join(NAME);
        let kept = match files::read(&path, LARGEST) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).with_context(|| format!("{} cannot be understood", path.display()))?
            }
            Err(error) if error.is_absent() => Kept { version: VERSION, files: Vec::new() },
            Err(error) => return Err(error.into()),
        };
        Ok(Self { folder: state.to_owned(), kept })
    }

    /// No receipts, where those that there may be cannot be read.
    pub(super) fn none(state: &Path) -> Self {
        Self { folder: state.to_owned(), kept: Kept { version: VERSION, files: Vec::new() } }
    }

    /// Notes what a plan will change, before it does. A file that we changed before keeps its first receipt's text.
    ///
    /// # Errors
    ///
    /// When it cannot be written: then nothing may be changed.
    pub(super) fn note(&mut self, plan: &Plan) -> anyhow::Result<()> {
        let Change::Write(text) = &plan.change else { return Ok(()) };
        let now = plan.before.as_ref().map(|settings| settings.text.clone());
        let left = digest(text);
        match self.kept.files.iter_mut().find(|receipt| receipt.target == plan.target) {
            // Edited since: what was there before us includes those edits, and cannot be told apart any more.
            Some(receipt) if now.as_deref().map(digest).as_ref() != Some(&receipt.left) => {
                *receipt = Receipt { target: plan.target.clone(), left, before: now };
            }
            Some(receipt) => receipt.left = left,
            None => self.kept.files.push(Receipt { target: plan.target.clone(), left, before: now }),
        }
        self.write()
    }

    /// The same plan, or a better one where the file is still as we left it.
    pub(super) fn restoring(&self, plan: Plan) -> Plan {
        let Some(settings) = &plan.before else { return plan };
        let receipt = self.kept.files.iter().find(|receipt| receipt.target == plan.target);
        let Some(receipt) = receipt.filter(|receipt| receipt.left == digest(&settings.text)) else { return plan };
        let change = receipt.before.clone().map_or(Change::Remove, Change::Restore);
        Plan { change, ..plan }
    }

    /// Forgets a plan's file, and gives what was noted of it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn forget(&mut self, plan: &Plan) -> anyhow::Result<Vec<Receipt>> {
        let (gone, kept) = std::mem::take(&mut self.kept.files).into_iter().partition(|r| r.target == plan.target);
        self.kept.files = kept;
        self.write()?;
        Ok(gone)
    }

    /// Notes anew what was forgotten.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn restore(&mut self, forgotten: Vec<Receipt>) -> anyhow::Result<()> {
        self.kept.files.extend(forgotten);
        self.write()
    }

    /// Is this text exactly what we left in this file? `None`: our entries are not in it by our doing.
    pub(crate) fn left(&self, targets: &[&Path], text: Option<&str>) -> Option<bool> {
        let receipt = self.kept.files.iter().find(|receipt| targets.contains(&receipt.target.as_path()))?;
        Some(text.is_some_and(|text| digest(text) == receipt.left))
    }

    fn write(&self) -> anyhow::Result<()> {
        // A system's is made with the installation, and open to its users' hooks.
        if !self.folder.is_dir() {
            files::private_folder(&self.folder)?;
        }
        Ok(files::write_atomic(&self.folder.join(NAME), &serde_json::to_vec_pretty(&self.kept)?, 0o600)?)
    }
}

fn digest(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string()
}
