//! A temporary home folder and the clean environment that goes with it.

use crate::{Programs, cache, hook};
use anyhow::{Context, Result};
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A user's world in a folder of its own: `home/`, `work/` (both as `tests/real-clients` lays them out) and a socket
/// folder with a short path. Removed at the end, kept when the test fails.
///
/// It lies in the cache folder, not under `/tmp`: a home below `/tmp` would be a temporary folder to the path classes.
#[derive(Debug)]
pub struct Home {
    root: TempDir,
    /// A Unix socket's path has at most 107 bytes, and `$TMPDIR` may be as long as that alone.
    run: Option<TempDir>,
    variables: Vec<(OsString, OsString)>,
    programs: Option<Programs>,
}

impl Home {
    /// A home whose `XDG_RUNTIME_DIR`, `XDG_STATE_HOME` and `XDG_CONFIG_HOME` lie in it.
    ///
    /// # Errors
    ///
    /// When the folders cannot be made.
    pub fn new() -> Result<Self> {
        let mut home = Self::without_xdg()?;
        let run = tempfile::Builder::new()
            .prefix("tf-")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in("/tmp")
            .context("make the socket folder")?;
        home.set("XDG_RUNTIME_DIR", run.path());
        home.set("XDG_STATE_HOME", home.home().join(".local/state"));
        home.set("XDG_CONFIG_HOME", home.home().join(".config"));
        home.run = Some(run);
        Ok(home)
    }

    /// A home with nothing but `HOME` and `PATH` set. Where `/run/user/UID` exists the socket lies there, beside that of
    /// a daemon the person may be running: for machines made for tests.
    ///
    /// # Errors
    ///
    /// When the folders cannot be made.
    pub fn without_xdg() -> Result<Self> {
        let base = cache::folder().join("homes");
        std::fs::create_dir_all(&base).with_context(|| format!("make {}", base.display()))?;
        let root = tempfile::Builder::new()
            .prefix("")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in(&base)
            .with_context(|| format!("make a home in {}", base.display()))?;
        let mut home = Self { root, run: None, variables: Vec::new(), programs: None };
        for folder in [home.home(), home.work()] {
            std::fs::create_dir(&folder).with_context(|| format!("make {}", folder.display()))?;
        }
        home.set("HOME", home.home());
        home.set("PATH", "/usr/local/bin:/usr/bin:/bin");
        Ok(home)
    }

    /// What holds everything of this home.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The folder that calls are made from; not in the home folder, not a repository unless a test makes it one.
    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// Where the daemon of this home listens. Without XDG variables, where `/run/user/UID` is not the user's.
    pub fn socket(&self) -> PathBuf {
        match &self.run {
            Some(run) => run.path().join("taffrail/hook.sock"),
            None => self.state().join("hook.sock"),
        }
    }

    pub fn state(&self) -> PathBuf {
        self.home().join(".local/state/taffrail")
    }

    pub fn config_file(&self) -> PathBuf {
        self.home().join(".config/taffrail/config.toml")
    }

    /// Sets a variable for every program that is started in this home.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl AsRef<OsStr>) {
        let name = name.into();
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.as_ref().to_owned()));
    }

    pub fn variables(&self) -> &[(OsString, OsString)] {
        &self.variables
    }

    /// The programs under test: those given to [`Home::install`], else [`Programs::built`].
    ///
    /// # Errors
    ///
    /// When they cannot be built.
    pub fn programs(&self) -> Result<&Programs> {
        match &self.programs {
            Some(programs) => Ok(programs),
            None => Programs::built(),
        }
    }

    /// Takes these programs from now on.
    pub fn install(&mut self, programs: Programs) {
        self.programs = Some(programs);
    }

    /// A program in this home: its environment and no other, started in `work/`, stdin closed.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.work()).stdin(Stdio::null());
        command
    }

    /// Runs `taffrail` with these arguments to its end.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or has not ended after 30 s.
    pub fn taffrail<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, arguments: I) -> Result<crate::Answer> {
        self.taffrail_with(arguments, b"")
    }

    /// The same with these bytes on stdin.
    ///
    /// # Errors
    ///
    /// As [`Home::taffrail`].
    pub fn taffrail_with<I, S>(&self, arguments: I, stdin: &[u8]) -> Result<crate::Answer>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut command = self.command(&self.programs()?.taffrail);
        command.args(arguments);
        hook::run(command, stdin, Duration::from_secs(30))
    }

    /// Writes a file below the home folder, and the folders above it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.home().join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, content).with_context(|| format!("write {}", path.display()))?;
        Ok(path)
    }

    /// Writes the daemon's configuration.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn configure(&self, toml: &str) -> Result<()> {
        self.write(self.config_file(), toml).map(drop)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.root.disable_cleanup(true);
            crate::daemon::say(&format!("kept: {}", self.root.path().display()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_in_a_home_sees_that_home_and_nothing_of_the_caller() {
        let home = Home::new().unwrap();
        let output = home.command("/usr/bin/env").output().unwrap();
        let mut names: Vec<_> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|l| l.split_once('=').unwrap().0.to_owned())
            .collect();
        names.sort();
        assert_eq!(names, ["HOME", "PATH", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME"]);
    }

    #[test]
    fn a_socket_in_a_home_can_be_bound_whatever_tmpdir_is() {
        let home = Home::new().unwrap();
        std::fs::create_dir_all(home.socket().parent().unwrap()).unwrap();
        std::os::unix::net::UnixListener::bind(home.socket()).unwrap();
    }

    #[test]
    fn a_home_goes_with_its_value() {
        let home = Home::new().unwrap();
        let root = home.root().to_owned();
        home.configure("mode = \"detect\"\n").unwrap();
        drop(home);
        assert!(!root.exists());
    }
}
