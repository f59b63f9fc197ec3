//! A soak's record and what it is held to.

use super::Soak;
use crate::source;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Name to figure; the unit is in the name.
pub(super) type Figures = BTreeMap<String, f64>;

/// A pass line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Bound {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at_least: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at_most: Option<f64>,
    /// Holds for a short run too: it is about what was done, not about time.
    pub(super) always: bool,
}

impl Bound {
    pub(super) const fn at_most(figure: f64) -> Self {
        Self { at_least: None, at_most: Some(figure), always: false }
    }

    /// What must be so in every run.
    pub(super) const fn exactly(figure: f64) -> Self {
        Self { at_least: Some(figure), at_most: Some(figure), always: true }
    }

    pub(super) const fn at_least(figure: f64) -> Self {
        Self { at_least: Some(figure), at_most: None, always: false }
    }

    pub(super) fn broken(&self, name: &str, figures: &Figures) -> Option<String> {
        let Some(figure) = figures.get(name) else { return Some(format!("{name} was not measured")) };
        match (self.at_least, self.at_most) {
            (_, Some(most)) if *figure > most => Some(format!("{name} is {figure:.0}, at most {most} is allowed")),
            (Some(least), _) if *figure < least => Some(format!("{name} is {figure:.0}, at least {least} is needed")),
            _ => None,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    name: String,
    pub(super) commit: String,
    date: String,
    machine: String,
    figures: Figures,
    bounds: BTreeMap<String, Bound>,
    /// Folder to the id of its content.
    folders: BTreeMap<String, String>,
    /// Why it may stand although its folders changed.
    #[serde(default)]
    stale: Option<String>,
    /// Why pass lines are missed for now. Written by a person, beside a line in docs/ROADMAP.md.
    #[serde(default)]
    open: Option<String>,
}

impl Record {
    pub(super) fn new(soak: Soak, figures: Figures) -> Result<Self> {
        let folders = soak.folders().iter().map(|folder| Ok(((*folder).to_owned(), source::tree(folder)?)));
        Ok(Self {
            version: 1,
            name: soak.name().to_owned(),
            commit: source::commit()?,
            date: source::today()?,
            machine: source::machine()?,
            figures,
            bounds: soak.bounds().iter().map(|(name, bound)| ((*name).to_owned(), *bound)).collect(),
            folders: folders.collect::<Result<_>>()?,
            stale: None,
            open: None,
        })
    }

    /// Pass lines that it misses.
    pub(super) fn broken(&self) -> Vec<String> {
        let line = |(name, bound): (&String, &Bound)| {
            Some(format!("soak {}: {}", self.name, bound.broken(name, &self.figures)?))
        };
        self.bounds.iter().filter_map(line).collect()
    }

    /// The reason why missed pass lines are known and open.
    pub(super) fn open(&self) -> Option<&str> {
        self.open.as_deref().map(str::trim).filter(|why| !why.is_empty())
    }

    /// Folders that changed since, unless it says that it is stale and why.
    pub(super) fn outdated(&self, tree: impl Fn(&str) -> Result<String>) -> Result<Vec<String>> {
        if self.stale.as_ref().is_some_and(|reason| !reason.trim().is_empty()) {
            return Ok(Vec::new());
        }
        let mut changed = Vec::new();
        for (folder, id) in &self.folders {
            if tree(folder)? != *id {
                changed.push(format!(
                    "soak {}: {folder} changed since {}; run cargo xtask soak {}, or mark docs/soak/{}.json stale with a reason",
                    self.name, self.commit, self.name, self.name
                ));
            }
        }
        Ok(changed)
    }

    pub(super) fn age(&self) -> Result<i64> {
        source::age_in_days(&self.date)
    }

    /// Writes it and gives its text.
    pub(super) fn write(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        let path = path(&self.name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, &text).with_context(|| format!("write {}", path.display()))?;
        Ok(text)
    }
}

fn path(name: &str) -> PathBuf {
    test_support::workspace().join(format!("docs/soak/{name}.json"))
}

pub(super) fn read(soak: Soak) -> Result<Record> {
    let path = path(soak.name());
    let text = std::fs::read(&path).with_context(|| format!("no record docs/soak/{}.json", soak.name()))?;
    serde_json::from_slice(&text).with_context(|| format!("read {}", path.display()))
}

/// All figures in one line.
pub(super) fn line(figures: &Figures) -> String {
    figures.iter().map(|(name, figure)| format!("{name} {figure:.0}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let figures = Figures::from([("lost".into(), 0.0), ("p50_us".into(), 80.0)]);
        let bounds = [("lost".into(), Bound::exactly(0.0)), ("p50_us".into(), Bound::at_most(100.0))].into();
        let folders = [("daemon".into(), "a1".into())].into();
        let text = |text: &str| text.to_owned();
        let (commit, date, machine) = (text("c0ffee"), text("2026-11-24"), text("here"));
        Record {
            version: 1,
            name: text("load"),
            commit,
            date,
            machine,
            figures,
            bounds,
            folders,
            stale: None,
            open: None,
        }
    }

    #[test]
    fn a_record_that_misses_a_pass_line_says_which() {
        let mut record = record();
        assert!(record.broken().is_empty());
        record.figures.insert("p50_us".into(), 101.0);
        record.figures.remove("lost");
        assert_eq!(
            record.broken(),
            ["soak load: lost was not measured", "soak load: p50_us is 101, at most 100 is allowed"]
        );
    }

    #[test]
    fn a_record_of_other_code_is_refused_unless_it_says_why_it_stands() {
        let mut record = record();
        assert!(record.outdated(|_| Ok("a1".into())).unwrap().is_empty());
        assert_eq!(record.outdated(|_| Ok("b2".into())).unwrap().len(), 1);
        record.stale = Some("  ".into());
        assert_eq!(record.outdated(|_| Ok("b2".into())).unwrap().len(), 1);
        record.stale = Some("only comments changed".into());
        assert!(record.outdated(|_| Ok("b2".into())).unwrap().is_empty());
    }

    #[test]
    fn only_a_reason_makes_a_miss_an_open_one() {
        let mut record = record();
        assert_eq!(record.open(), None);
        record.open = Some("  ".into());
        assert_eq!(record.open(), None);
        record.open = Some("the journal waits".into());
        assert_eq!(record.open(), Some("the journal waits"));
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let text = serde_json::to_string(&record()).unwrap();
        let back: Record = serde_json::from_str(&text).unwrap();
        assert_eq!((back.figures, back.bounds, back.folders), (record().figures, record().bounds, record().folders));
    }
}
