//! Where the programs under test are.

use crate::cache;
use anyhow::{Context, Result, anyhow, bail};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The programs, side by side in one folder. The collector ships apart from the other two, and may be missing.
#[derive(Clone, Debug)]
pub struct Programs {
    pub taffrail: PathBuf,
    pub taffraild: PathBuf,
}

impl Programs {
    /// The programs in `folder`.
    ///
    /// # Errors
    ///
    /// When one of them is missing.
    pub fn at(folder: &Path) -> Result<Self> {
        let programs = Self { taffrail: folder.join("taffrail"), taffraild: folder.join("taffraild") };
        for program in [&programs.taffrail, &programs.taffraild] {
            if !program.is_file() {
                bail!("{} is missing: cargo build --profile ci -p taffrail -p taffraild", program.display());
            }
        }
        Ok(programs)
    }

    /// The collector in the same folder.
    ///
    /// # Errors
    ///
    /// When it is missing.
    pub fn collector(&self) -> Result<PathBuf> {
        let program = self.taffraild.with_file_name("taffrail-collector");
        if !program.is_file() {
            bail!("{} is missing: cargo build --profile ci -p taffrail-collector", program.display());
        }
        Ok(program)
    }

    /// The programs of this workspace: those in `$TAFFRAIL_PROGRAMS`, else built with profile `ci` beside the running
    /// test, once per test run.
    ///
    /// # Errors
    ///
    /// When they are missing and cannot be built.
    pub fn built() -> Result<&'static Self> {
        static BUILT: OnceLock<Result<Programs, String>> = OnceLock::new();
        BUILT.get_or_init(|| Self::find().map_err(|e| format!("{e:#}"))).as_ref().map_err(|e| anyhow!("{e}"))
    }

    fn find() -> Result<Self> {
        if let Some(folder) = std::env::var_os(cache::PROGRAMS) {
            return Self::at(Path::new(&folder)).with_context(|| format!("look in ${}", cache::PROGRAMS));
        }
        let target = target_folder()?;
        build_once(&target)?;
        Self::at(&target.join("ci"))
    }
}

/// The target folder that the running test lies in: `TARGET/PROFILE/deps/NAME`.
fn target_folder() -> Result<PathBuf> {
    let exe = std::env::current_exe().context("find the running test")?;
    let profile = exe
        .ancestors()
        .skip(1)
        .find(|folder| !folder.ends_with("deps") && !folder.ends_with("examples"))
        .context("find the profile's folder")?;
    profile.parent().map(Path::to_owned).context("find the target folder")
}

/// Builds unless this very test run has: nextest starts one process per test and names the run in `NEXTEST_RUN_ID`.
fn build_once(target: &Path) -> Result<()> {
    fs::create_dir_all(target.join("ci"))?;
    let path = target.join("ci/programs-of-run");
    let mut lock = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
    lock.lock().with_context(|| format!("lock {}", path.display()))?;
    let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_default();
    let mut last = String::new();
    lock.read_to_string(&mut last)?;
    if !run.is_empty() && last == run {
        return Ok(());
    }
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--profile", "ci", "--locked", "-p", "taffrail", "-p", "taffraild"])
        .args(["-p", "taffrail-collector", "--target-dir"])
        .arg(target)
        .current_dir(crate::workspace())
        .output()
        .context("start cargo build")?;
    if !output.status.success() {
        bail!("build the programs:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    lock.set_len(0)?;
    lock.seek(SeekFrom::Start(0))?;
    lock.write_all(run.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_programs_is_refused_with_the_step_that_makes_them() {
        let folder = tempfile::tempdir().unwrap();
        let error = Programs::at(folder.path()).unwrap_err().to_string();
        assert!(error.contains("cargo build --profile ci -p taffrail -p taffraild"), "{error}");
    }

    #[test]
    fn the_programs_are_built_beside_the_running_test() {
        let programs = Programs::built().unwrap();
        assert_eq!(programs.taffrail.parent(), programs.taffraild.parent());
    }
}
