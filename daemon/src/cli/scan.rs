//! `taffrail scan`: what the content engine finds in texts, files and folders. Records nothing; needs no daemon.
//!
//! ```text
//! {"id":1,"text":"…","origin":"tool-output"}
//! → {"id":1,"findings":[{"kind":"secret","type":"github-token","start":4,"end":44,"severity":"high"}]}
//! → {"id":1,"error":"…"}
//! ```
//!
//! Spans are bytes of the text in UTF-8. No answer and no preview holds a value that was found.

mod files;
mod report;

use super::{fail, print};
use crate::jsonl;
use engine::seal::Keys;
use guardrails::content;
use protocol::{Direction, FindingKind, Severity};
use report::Report;
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// What `scan` ends with. Lines of JSON end with 0 whatever they hold.
#[derive(Clone, Copy, Debug)]
enum Exit {
    /// Nothing was found that is more than a note.
    Clean = 0,
    /// Something was found, or not everything could be read.
    Found = 1,
    /// Wrong usage: no such path.
    Usage = 2,
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Texts from standard input, one JSON object a line, in and out.
    #[arg(long, conflicts_with_all = ["json", "paths", "no_ignore"])]
    jsonl: bool,
    /// Print one JSON document for programs.
    #[arg(long)]
    json: bool,
    /// Look at what ignore files name, too.
    #[arg(long)]
    no_ignore: bool,
    /// Files and folders; `-` is standard input. Of folders, what .gitignore names, .git and binary files are left out.
    #[arg(required_unless_present = "jsonl")]
    paths: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.jsonl {
        let output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let input = BufReader::with_capacity(1 << 16, io::stdin().lock());
        return match lines(input, output) {
            // Whoever reads has enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
            other => Ok(other.map(|()| ExitCode::SUCCESS)?),
        };
    }
    if let Some(missing) = arguments.paths.iter().find(|path| !files::is_there(path)) {
        fail(&anyhow::anyhow!("{}: no such file or folder", missing.display()));
        return Ok(ExitCode::from(Exit::Usage as u8));
    }
    // Chips tell one value from another within this run, and nothing beyond it.
    let keys = Keys { device: platform::keys::random()?.0, tenant: None };
    let mut report = Report::new(keys, arguments.json);
    files::each(&arguments.paths, arguments.no_ignore, &mut |read| report.take(read));
    for line in report.end()? {
        print(&line);
    }
    let exit = if report.is_clean() { Exit::Clean } else { Exit::Found };
    Ok(ExitCode::from(exit as u8))
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    origin: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a RawValue,
    findings: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    kind: FindingKind,
    #[serde(rename = "type")]
    name: Cow<'static, str>,
    start: usize,
    end: usize,
    severity: Severity,
}

/// Answers lines until the input ends.
fn lines(input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    jsonl::each_line(input, &mut output, |line, output| answer(line, output))
}

fn answer(line: &[u8], output: &mut impl Write) -> io::Result<()> {
    let utf8 = String::from_utf8_lossy(line);
    let parsed: Line<'_> = match serde_json::from_str(&utf8) {
        Ok(parsed) => parsed,
        Err(error) => return jsonl::refuse(output, RawValue::NULL, format!("not a line of JSON: {error}")),
    };
    let id = parsed.id.unwrap_or(RawValue::NULL);
    let Some(text) = parsed.text else { return jsonl::refuse(output, id, "no \"text\"".to_owned()) };
    let Ok(Bytes(text)) = serde_json::from_str(text.get()) else {
        return jsonl::refuse(output, id, "\"text\" is no string".to_owned());
    };
    let origin = parsed.origin.and_then(|origin| serde_json::from_str::<String>(origin.get()).ok());
    let findings = content::scan(&text, direction(origin.as_deref().unwrap_or_default()));
    let findings = findings
        .into_iter()
        .map(|finding| Found {
            kind: finding.kind,
            name: finding.name.into(),
            start: finding.start,
            end: finding.end,
            severity: finding.severity,
        })
        .collect();
    Ok(serde_json::to_writer(output, &Answer { id, findings })?)
}

/// Which way a text moves, by where it comes from. What is not known comes from outside: most is looked for there.
fn direction(origin: &str) -> Direction {
    match origin {
        "prompt" | "user" => Direction::Prompt,
        "outgoing" | "send" | "request" | "command" | "network" => Direction::Outgoing,
        "local" | "write" | "file-write" => Direction::Local,
        _ => Direction::Incoming,
    }
}

/// A JSON string as bytes. Half of a surrogate pair, which is no text, becomes three bytes and does not refuse the line.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Take;
        impl Visitor<'_> for Take {
            type Value = Bytes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Take)
    }
}

#[cfg(test)]
mod tests;
