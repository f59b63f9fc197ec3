//! What is to become of one settings file.

use agents::Scope;
use agents::entries::Unfit;
use anyhow::{Context, bail};
use platform::files;
use protocol::Agent;
use similar::{ChangeTag, TextDiff};
use std::fmt::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// No person's settings are longer.
const LARGEST: u64 = 4 << 20;
/// Where a system keeps what an administrator sets for all its users.
const ADMINISTRATORS: &str = if cfg!(target_os = "macos") { "/Library/" } else { "/etc/" };

#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) agent: Agent,
    /// Where the agent looks.
    pub(super) path: PathBuf,
    /// Where the file lies, links followed.
    pub(super) target: PathBuf,
    pub(super) before: Option<Settings>,
    pub(super) change: Change,
    /// The mode of a file that is not there yet.
    pub(super) new_mode: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Settings {
    pub(in crate::cli) text: String,
    pub(super) mode: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    /// The file's new text.
    Write(String),
    /// The text that it had before us: nobody has edited it since.
    Restore(String),
    /// It was not there before us.
    Remove,
}

/// Where the agent's settings of this user lie.
pub(in crate::cli) fn settings_path(agent: Agent, home: &Path) -> Option<PathBuf> {
    let file = agents::config_files(agent).iter().find(|file| file.scope == Scope::User)?;
    let below = Path::new(file.path.strip_prefix("~/")?);
    let elsewhere = match agent {
        Agent::ClaudeCode => std::env::var_os("CLAUDE_CONFIG_DIR").map(PathBuf::from).filter(|path| path.is_absolute()),
        _ => None,
    };
    match elsewhere {
        Some(folder) => Some(folder.join(below.file_name()?)),
        None => Some(home.join(below)),
    }
}

/// Where the agent looks for what an administrator sets for every user of this machine.
pub(super) fn managed_path(agent: Agent) -> Option<PathBuf> {
    let managed = agents::config_files(agent).iter().filter(|file| file.scope == Scope::Managed);
    managed.map(|file| file.path).find(|path| path.starts_with(ADMINISTRATORS)).map(PathBuf::from)
}

/// A settings file's text and mode; `None` where there is none.
///
/// # Errors
///
/// When it is not a text file of this user's that this user may change.
pub(in crate::cli) fn read_settings(target: &Path) -> anyhow::Result<Option<Settings>> {
    let bytes = match files::read(target, LARGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.is_absent() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let meta = std::fs::metadata(target).with_context(|| format!("look at {}", target.display()))?;
    let (owner, me) = (meta.uid(), platform::names::User::of_process().uid);
    if owner != me {
        bail!("{} belongs to user {owner}; run this as that user.", target.display());
    }
    let mode = meta.permissions().mode() & 0o7777;
    if mode & 0o200 == 0 {
        bail!("{} is read-only and was left as it is. Put the lines in yourself: --print", target.display());
    }
    let text = String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("{} is not UTF-8 text", target.display()))?;
    Ok(Some(Settings { text, mode }))
}

impl Plan {
    /// # Errors
    ///
    /// When the file cannot be read, or is not what `edit` can work on. Nothing is written here.
    pub(super) fn of(
        agent: Agent,
        path: PathBuf,
        scope: Scope,
        edit: impl FnOnce(&str) -> Result<Option<String>, Unfit>,
    ) -> anyhow::Result<Self> {
        let target = match std::fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_symlink() => std::fs::canonicalize(&path)
                .with_context(|| format!("{} is a link that leads nowhere", path.display()))?,
            _ => path.clone(),
        };
        let before = read_settings(&target)?;
        let text = before.as_ref().map_or("", |settings| settings.text.as_str());
        let change = match edit(text) {
            Ok(Some(text)) => Change::Write(text),
            Ok(None) => Change::Nothing,
            Err(why) => bail!("{} was left as it is: {why}.", path.display()),
        };
        // An empty file that has just been laid out ends like other text files.
        let change = match change {
            Change::Write(text) if before.is_none() => Change::Write(text + "\n"),
            other => other,
        };
        // A person's own file can hold credentials; every user's agent reads what an administrator sets.
        let new_mode = if scope == Scope::Managed { 0o644 } else { 0o600 };
        Ok(Self { agent, path, target, before, change, new_mode })
    }

    /// The same plan; but a managed file that bears our name goes where nothing else is in it.
    pub(super) fn without_our_own(self) -> Self {
        let ours = self.path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-taffrail.json"));
        let is_empty = |text: &str| {
            serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok_and(|all| all.is_empty())
        };
        match &self.change {
            Change::Write(text) if ours && is_empty(text) => Self { change: Change::Remove, ..self },
            _ => self,
        }
    }

    fn now(&self) -> &str {
        self.before.as_ref().map_or("", |settings| settings.text.as_str())
    }

    fn after(&self) -> &str {
        match &self.change {
            Change::Nothing => self.now(),
            Change::Write(text) | Change::Restore(text) => text,
            Change::Remove => "",
        }
    }

    /// In a few words.
    pub(super) fn what(&self) -> String {
        match (&self.change, &self.before) {
            (Change::Nothing, _) => "has them already".to_owned(),
            (Change::Remove, _) => "was made by us, and goes".to_owned(),
            (Change::Write(text), None) => format!("new file, {} lines", text.lines().count()),
            _ => {
                let diff = TextDiff::from_lines(self.now(), self.after());
                let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
                match (count(ChangeTag::Insert), count(ChangeTag::Delete)) {
                    (added, 0) => format!("{added} lines added"),
                    (0, removed) => format!("{removed} lines removed"),
                    (added, removed) => format!("{added} lines added, {removed} removed"),
                }
            }
        }
    }

    /// What became of it when it was undone.
    pub(super) fn undone(&self) -> &'static str {
        match self.change {
            Change::Nothing => "is as it was",
            Change::Remove => "is gone, as before",
            Change::Restore(_) => "is as it was before, to the byte",
            Change::Write(_) => "was edited since: your edits stay, ours are out",
        }
    }

    pub(super) fn diff(&self) -> String {
        let mut text = format!("\n{}\n", self.path.display());
        let diff = TextDiff::from_lines(self.now(), self.after());
        write!(text, "{}", diff.unified_diff().context_radius(2)).ok();
        text
    }

    /// # Errors
    ///
    /// When the file is not any more what the plan was made for, or cannot be written.
    pub(super) fn carry_out(&self) -> anyhow::Result<()> {
        if self.change == Change::Nothing {
            return Ok(());
        }
        if read_settings(&self.target)? != self.before {
            bail!("{} was changed by somebody else meanwhile; run this again.", self.path.display());
        }
        if self.change == Change::Remove {
            return std::fs::remove_file(&self.target).with_context(|| format!("remove {}", self.target.display()));
        }
        if let Some(folder) = self.target.parent() {
            // Whoever may read the file must get to it, whatever mask this process was started with.
            let mode = if self.new_mode & 0o044 == 0 { 0o700 } else { 0o755 };
            make_folders(folder, mode).with_context(|| format!("make {}", folder.display()))?;
        }
        let mode = self.before.as_ref().map_or(self.new_mode, |settings| settings.mode);
        Ok(files::write_atomic(&self.target, self.after().as_bytes(), mode)?)
    }
}

/// Makes what is missing of a path of folders, each with this mode.
fn make_folders(folder: &Path, mode: u32) -> std::io::Result<()> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    for folder in missing.into_iter().rev() {
        std::fs::create_dir(folder)?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}
