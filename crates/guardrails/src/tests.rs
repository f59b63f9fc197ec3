//! Commands and calls, and the effects that they must or must not have.

mod cases;
pub(crate) mod describe;
mod properties;

use crate::{Knowledge, shell_effects};
use protocol::facts::{Base, Blind};
use protocol::{AbsPath, Facts};
use std::sync::LazyLock;

pub(crate) static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(Knowledge::builtin);

pub(crate) fn base() -> Base {
    Base {
        cwd: AbsPath::normal(b"/home/ana/src/app"),
        home: Some(AbsPath::normal(b"/home/ana")),
        workspace: vec![AbsPath::normal(b"/home/ana/src/app")],
        user: Some("ana".to_owned()),
        temporary: Vec::new(),
        own_files: Vec::new(),
        case_sensitive: true,
    }
}

/// The effects of a command, nothing looked up.
pub(crate) fn analyse(command: &[u8]) -> Vec<protocol::Effect> {
    let base = base();
    shell_effects(command, Facts { base: &base, look: &Blind }, &KNOWLEDGE).effects
}

/// The same, one a line.
pub(crate) fn lines(command: &[u8]) -> Vec<String> {
    analyse(command).iter().map(describe::describe).collect()
}

/// Is there a line that holds all of these words?
pub(crate) fn has(lines: &[String], wanted: &str) -> bool {
    lines.iter().any(|line| wanted.split_whitespace().all(|word| line.split_whitespace().any(|one| one == word)))
}
