//! What programs do, as data.
//!
//! A table is a TOML file of `[[program]]` entries. It has no conditions: it says which arguments exist and what each
//! one means; whatever needs more is a *reader*, a Rust function with a name. A company's own table has the same form:
//!
//! ```toml
//! [[program]]
//! names = ["deployer", "dpl"]            # by the file's name, without its folder
//! grammar = "permuting"                  # how options and operands are told apart; see `Grammar`
//! values = ["-c", "--config"]            # options that take a value which means nothing here
//! options = { "-o|--output" = "write" }  # options whose value means something; see `Role`
//! flags = { dry = ["--dry-run"] }        # recursive, forced, dry, ignored: see `Flags`
//! operands = ["ignore", "read..."]       # by position; `...` takes all that remain, names behind it count from the end
//! harmless = ["status", "list"]          # subcommands without an effect
//! output = "opaque"                      # what it prints; see `Output`
//!
//! [[program.sub]]                        # a subcommand; nests
//! names = ["destroy"]
//! effects = [{ effect = "resource", kind = "cloud", action = "destroy", name = "operand 0", context = "option --profile" }]
//! ```
//!
//! A name that begins with `win:` is that of a program of Windows whose name another program has elsewhere.
//!
//! A program that has subcommands and is given one that no entry names yields `unknown(option)`, unless it says
//! `others = "harmless"`. `effects` are had whenever the entry is reached; a `dry` flag or a help flag takes them away.
//! The sources of an effect's fields are `operand N`, `operands` (the last one), `name`
//! (`-n`, `--name`, else the last operand), `option -x|--long` and `=literal`.

pub(crate) mod grammar;
mod sdks;
mod table;

pub(crate) use sdks::Sdk;

use crate::paths::PathTable;
use crate::readers::{self, Reader};
use std::collections::HashMap;
pub(crate) use table::{Fixed, Flags, Grammar, Others, Output, Role, Source};

/// The tables, built once and passed by reference.
#[derive(Debug)]
pub struct Knowledge {
    programs: Vec<Program>,
    by_name: HashMap<String, usize>,
    pub(crate) paths: PathTable,
    /// Libraries of scripts.
    pub(crate) sdks: Vec<Sdk>,
    mcp: HashMap<String, protocol::effect::McpClass>,
}

/// One program, or one subcommand.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub grammar: Grammar,
    /// Options that take a value, and what it means.
    pub values: Vec<(String, Role)>,
    pub flags: Flags,
    pub operands: Vec<Role>,
    /// Position of the role that takes all that remain.
    pub many: Option<usize>,
    pub effects: Vec<Fixed>,
    pub output: Output,
    pub reader: Option<Reader>,
    pub subs: Vec<Program>,
    pub sub_names: HashMap<String, usize>,
    pub harmless: Vec<String>,
    pub others: Others,
    /// By the beginning of one of the first operands.
    pub verbs: Vec<(Vec<String>, Vec<Fixed>)>,
    /// No effect of its own is known, and it is known that there is none: nothing more than that it runs.
    pub quiet: bool,
}

/// A table that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    #[error("{table}: {message}")]
    Form { table: String, message: String },
    #[error("{table}: program {program}: {message}")]
    Program { table: String, program: String, message: String },
}

const TABLES: &[(&str, &str)] = &[
    ("plain", include_str!("knowledge/plain.toml")),
    ("files", include_str!("knowledge/files.toml")),
    ("system", include_str!("knowledge/system.toml")),
    ("wrappers", include_str!("knowledge/wrappers.toml")),
    ("versions", include_str!("knowledge/versions.toml")),
    ("network", include_str!("knowledge/network.toml")),
    ("packages", include_str!("knowledge/packages.toml")),
    ("cloud", include_str!("knowledge/cloud.toml")),
    ("agents", include_str!("knowledge/agents.toml")),
    ("keeping", include_str!("knowledge/keeping.toml")),
    ("windows", include_str!("knowledge/windows.toml")),
    ("cmdlets", include_str!("knowledge/cmdlets.toml")),
];

impl Knowledge {
    /// The tables that come with this version.
    ///
    /// # Panics
    /// When a table of this version is broken; a test reads them all.
    pub fn builtin() -> Self {
        let paths = PathTable::parse(include_str!("paths/marks.toml")).expect("the table of paths is read by a test");
        let mut knowledge =
            Self { programs: Vec::new(), by_name: HashMap::new(), paths, mcp: HashMap::new(), sdks: Vec::new() };
        knowledge.sdks =
            sdks::parse(include_str!("knowledge/sdks.toml")).expect("the table of libraries is read by a test");
        for (name, text) in TABLES {
            knowledge.add(name, text).expect("the tables of programs are read by a test");
        }
        knowledge
    }

    /// Adds a table. An entry replaces what was known of its names.
    ///
    /// # Errors
    /// Text that does not have the tables' form, or names a reader, a role or a source that does not exist.
    pub fn add(&mut self, table: &str, text: &str) -> Result<(), TableError> {
        let entries = table::parse(text).map_err(|message| TableError::Form { table: table.to_owned(), message })?;
        for entry in entries {
            let names = entry.names.clone();
            let first = names.first().cloned().unwrap_or_default();
            let program = table::build(entry, &readers::named).map_err(|message| TableError::Program {
                table: table.to_owned(),
                program: first,
                message,
            })?;
            self.programs.push(program);
            for name in names {
                self.by_name.insert(name, self.programs.len() - 1);
            }
        }
        Ok(())
    }

    pub(crate) fn program(&self, name: &[u8]) -> Option<&Program> {
        let name = std::str::from_utf8(name).ok()?;
        let found = self.by_name.get(name).or_else(|| self.by_name.get(without_version(name)));
        found.or_else(|| self.of_windows(name)).and_then(|at| self.programs.get(*at))
    }

    /// `reg.exe`, `FIND.EXE`: the entry of Windows' own program before that of another of the same name.
    fn of_windows(&self, name: &str) -> Option<&usize> {
        let at = name.len().checked_sub(4)?;
        let (plain, end) = (name.get(..at)?, name.get(at..)?);
        if ![".exe", ".com", ".cmd", ".bat"].iter().any(|known| end.eq_ignore_ascii_case(known)) {
            return None;
        }
        let plain = plain.to_ascii_lowercase();
        self.by_name.get(&format!("win:{plain}")).or_else(|| self.by_name.get(&plain))
    }

    /// The programs whose name matches a glob, at most `limit`.
    pub(crate) fn matching(&self, glob: &[u8], limit: usize) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .by_name
            .keys()
            .map(String::as_str)
            .filter(|name| crate::value::glob_match(glob, name.as_bytes()))
            .collect();
        names.sort_unstable();
        names.truncate(limit);
        names
    }

    /// How many programs the tables know by name.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// What a company's table says of an MCP tool: `server/tool` or `tool`.
    pub(crate) fn mcp_class(&self, server: &str, tool: &str) -> Option<protocol::effect::McpClass> {
        if self.mcp.is_empty() {
            return None;
        }
        self.mcp.get(&format!("{server}/{tool}")).or_else(|| self.mcp.get(tool)).copied()
    }
}

/// `python3.12` is `python3`, `clang-18` is `clang`.
fn without_version(name: &str) -> &str {
    let cut = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let cut = cut.strip_suffix('-').unwrap_or(cut);
    if cut.is_empty() { name } else { cut }
}

#[cfg(test)]
mod tests;
