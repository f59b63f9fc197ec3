//! What is said of files: a line for each finding, or one JSON document.

use super::files::{LONGEST, Looked};
use super::{fail, print};
use agents::words::quoted;
use engine::seal::Keys;
use guardrails::content;
use protocol::finding::Confidence;
use protocol::{Direction, Finding, FindingKind, Severity};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;

/// So much of the line is shown on each side of a finding.
const AROUND: usize = 32;

/// Instructions to a model are shown as far as this; secrets and personal data are never shown.
const SHOWN: usize = 80;

pub(super) struct Report {
    keys: Keys,
    json: bool,
    document: Document,
}

#[derive(Default, Serialize)]
struct Document {
    version: u32,
    findings: Vec<Row>,
    files: usize,
    bytes: u64,
    /// Binary files in folders, which are not looked at.
    binary: usize,
    /// Files of which only the first 64 MiB were looked at.
    cut: Vec<String>,
    failed: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    path: String,
    /// From 1; the column counts bytes.
    line: usize,
    column: usize,
    start: usize,
    end: usize,
    kind: FindingKind,
    #[serde(rename = "type")]
    name: String,
    severity: Severity,
    confidence: Confidence,
    preview: String,
}

impl Report {
    pub(super) fn new(keys: Keys, json: bool) -> Self {
        Self { keys, json, document: Document { version: 1, ..Document::default() } }
    }

    pub(super) fn take(&mut self, looked: Looked<'_>) {
        match looked {
            Looked::Text { path, text, cut } => {
                if cut {
                    self.document.cut.push(path.display().to_string());
                    if !self.json {
                        fail(&anyhow::anyhow!("{}: only the first {LONGEST} bytes", path.display()));
                    }
                }
                self.text(path, text);
            }
            Looked::Binary => self.document.binary += 1,
            Looked::Failed { what } => {
                if !self.json {
                    fail(&anyhow::anyhow!("{what}"));
                }
                self.document.failed.push(what);
            }
        }
    }

    fn text(&mut self, path: &Path, text: &[u8]) {
        self.document.files += 1;
        self.document.bytes += text.len() as u64;
        let findings = content::scan(text, Direction::Incoming);
        let (mut line, mut line_start, mut seen) = (1, 0, 0);
        for (at, finding) in findings.iter().enumerate() {
            let before = text.get(seen..finding.start).unwrap_or_default();
            line += memchr::memchr_iter(b'\n', before).count();
            if let Some(last) = memchr::memrchr(b'\n', before) {
                line_start = seen + last + 1;
            }
            seen = finding.start;
            let row = Row {
                path: path.display().to_string(),
                line,
                column: finding.start - line_start + 1,
                start: finding.start,
                end: finding.end,
                kind: finding.kind,
                name: finding.name.clone(),
                severity: finding.severity,
                confidence: finding.confidence,
                preview: self.preview(text, &findings, at, line_start),
            };
            if self.json {
                self.document.findings.push(row);
            } else {
                let Row { path, line, column, kind, name, severity, preview, .. } = &row;
                let path: String = path.split_inclusive('/').map(quoted).collect();
                print(&format!("{path}:{line}:{column}: {} {} {name}: {preview}", word(severity), word(kind)));
                self.document.findings.push(Row { preview: String::new(), ..row });
            }
        }
    }

    /// The finding's place in its line, with everything masked that was found near it.
    fn preview(&self, text: &[u8], findings: &[Finding], at: usize, line_start: usize) -> String {
        let Some(finding) = findings.get(at) else { return String::new() };
        let from = line_start.max(finding.start.saturating_sub(AROUND));
        let end = match finding.kind {
            FindingKind::Injection => finding.end.min(finding.start + SHOWN),
            _ => finding.end,
        };
        let rest = text.get(end..text.len().min(end + AROUND)).unwrap_or_default();
        let to = end + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let near: Vec<Finding> = findings
            .iter()
            .filter(|other| other.end > from && other.start < to)
            .map(|other| Finding {
                start: other.start.saturating_sub(from),
                end: other.end.min(to) - from,
                ..other.clone()
            })
            .collect();
        let keys = &self.keys;
        let window = text.get(from..to).unwrap_or_default();
        let masked = content::mask(window, &near, &mut |finding, value| {
            format!("‹{}·{}›", finding.name, keys.fingerprint(finding, value))
        });
        quoted(masked.trim())
    }

    /// The last lines: a summary, or the document.
    pub(super) fn end(&mut self) -> anyhow::Result<Vec<String>> {
        let document = &self.document;
        if self.json {
            return Ok(vec![serde_json::to_string(document)?]);
        }
        let notes = document.findings.iter().filter(|row| row.severity == Severity::Note).count();
        let mut text =
            format!("{} found in {} files ({} bytes)", document.findings.len() - notes, document.files, document.bytes);
        for (count, what) in [
            (notes, "notes"),
            (document.binary, "binary files left out"),
            (document.cut.len(), "files cut"),
            (document.failed.len(), "not readable"),
        ] {
            if count > 0 {
                write!(text, ", {count} {what}")?;
            }
        }
        Ok(vec![text])
    }

    /// Was everything read, and nothing found that is more than a note?
    pub(super) fn is_clean(&self) -> bool {
        self.document.failed.is_empty() && self.document.findings.iter().all(|row| row.severity == Severity::Note)
    }
}

/// An enum's own word, as JSON writes it.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
