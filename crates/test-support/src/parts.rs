//! The account of what real parts a run has used: name, version, calls. `cargo xtask test` prints it at the end.

use crate::cache;
use std::fs::File;
use std::io::Write;

/// Notes one use of a real part, where `$TAFFRAIL_PARTS` names a file. One line, one write: processes may share it.
///
/// # Panics
///
/// When the file cannot be written: a use that is not counted makes the account wrong.
pub fn used(name: &str, version: &str) {
    if let Some(path) = std::env::var_os(cache::PARTS) {
        let written = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(format!("{name} {version}\n").as_bytes()));
        assert!(written.is_ok(), "note the use of {name} in {}: {written:?}", path.display());
    }
}
