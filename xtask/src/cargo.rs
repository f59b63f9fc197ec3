//! Cargo, and where it puts things.

use crate::run;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace and its target folder.
pub(crate) struct Cargo {
    pub(crate) top: &'static Path,
    pub(crate) target: PathBuf,
}

impl Cargo {
    /// With the target folder that cargo itself would take.
    pub(crate) fn here() -> Result<Self> {
        let top = test_support::workspace();
        let mut command = bare(top);
        command.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]);
        let metadata: serde_json::Value = serde_json::from_str(&run::read(&mut command)?).context("read metadata")?;
        let target = metadata["target_directory"].as_str().context("metadata without a target folder")?.into();
        Ok(Self { top, target })
    }

    /// With this target folder.
    pub(crate) fn with_target(target: PathBuf) -> Self {
        Self { top: test_support::workspace(), target }
    }

    /// `cargo` with these arguments, in the workspace.
    pub(crate) fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = bare(self.top);
        command.args(arguments).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// Builds the programs as tests and `up` use them, and says where they lie.
    pub(crate) fn programs(&self) -> Result<PathBuf> {
        let packages = ["-p", "taffrail", "-p", "taffraild", "-p", "taffrail-collector"];
        run::shown(self.command(["build", "--locked", "--profile", "ci"]).args(packages))?;
        Ok(self.target.join("ci"))
    }
}

/// Cargo without what `cargo run` has set for this very program.
fn bare(top: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(top);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text.starts_with("CARGO_BIN_") {
            command.env_remove(&name);
        }
    }
    command
}

/// The target triple of this machine.
pub(crate) fn host() -> Result<String> {
    let text = run::read(Command::new("rustc").arg("-vV"))?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned).context("rustc -vV without a host")
}
