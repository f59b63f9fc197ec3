//! Every fixed name and path, in one place and for good.
//!
//! A **system installation** is there when `/var/lib/taffrail` is a folder of root: the installer makes it, and unlike
//! `/run` it outlives a restart of the machine. Beside one, the hook knows only the system's socket, answers and mode;
//! no variable, argument or file of a user chooses another.
//!
//! ```text
//! system   /run/taffrail/hook.sock   /etc/taffrail/config.toml, managed.d/*.toml   /var/lib/taffrail/
//! user     first of  $XDG_RUNTIME_DIR/taffrail/hook.sock
//!                    /run/user/UID/taffrail/hook.sock      (where /run/user/UID is the user's)
//!                    $XDG_STATE_HOME/taffrail/hook.sock    (default ~/.local/state)
//!          $XDG_CONFIG_HOME/taffrail/config.toml           $XDG_STATE_HOME/taffrail/
//!
//! in the state folder, of both:
//!   journal/   keys/   fallback.bin   snapshot.bin   dropped/UID/   policy.good   config.good   installed.json
//!   collector.json   shipped.json   settings-seen.json
//! ```
//!
//! The state folder of a system is root's and readable (0755), since hooks of every user read `fallback.bin` and what
//! they start reads `snapshot.bin`; each user's folder of `dropped/` is that user's; what is secret lies in folders of mode 0700 below it. A user's is 0700 as a whole.

use crate::account;
use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The folder name below the XDG folders.
pub const PRODUCT: &str = "taffrail";
/// The label of the service on macOS, and its preference domain.
pub const MACOS_DOMAIN: &str = "dev.taffrail.taffraild";
/// Managed policy on Windows.
pub const WINDOWS_POLICY_KEY: &str = r"HKLM\SOFTWARE\Policies\Taffrail";
/// The name of the daemon's program, beside the hook's.
pub const DAEMON_PROGRAM: &str = "taffraild";

const SOCKET: &str = "hook.sock";

/// The folders that a system installation uses, and who owns them. [`SYSTEM`] holds the real ones; tests use others.
#[derive(Clone, Copy, Debug)]
pub struct System<'a> {
    pub run: &'a str,
    pub etc: &'a str,
    pub var: &'a str,
    /// Where the system keeps each user's run-time folder, by number.
    pub run_user: &'a str,
    pub owner: u32,
}

/// Fixed at build.
pub const SYSTEM: System<'static> =
    System { run: "/run/taffrail", etc: "/etc/taffrail", var: "/var/lib/taffrail", run_user: "/run/user", owner: 0 };

impl System<'_> {
    /// Is there a system installation? One `lstat`.
    pub fn installed(&self) -> bool {
        self.installation().is_some()
    }

    /// The number that this process sees the system installation's owner by: root's, but for a user namespace in which
    /// there is no root. `None`: there is no installation.
    pub fn installation(&self) -> Option<u32> {
        let meta = std::fs::symlink_metadata(self.var).ok()?;
        (meta.is_dir() && self.owns(meta.uid())).then(|| meta.uid())
    }

    /// Is this the owner's number? A user namespace that root is not part of shows all who are not by one number. Whoever
    /// enters one must not leave the system's guard by it.
    fn owns(&self, uid: u32) -> bool {
        uid == self.owner || (self.owner == 0 && stands_for_others(uid))
    }

    pub fn socket(&self) -> PathBuf {
        Path::new(self.run).join(SOCKET)
    }

    /// The file whose presence means: no opinion on anything.
    pub fn stand_down(&self) -> PathBuf {
        Path::new(self.etc).join("stand-down")
    }

    /// Has someone with root's rights told Taffrail to stand down? One `lstat` where not.
    pub fn stood_down(&self) -> bool {
        std::fs::symlink_metadata(self.stand_down()).is_ok_and(|m| m.is_file() && self.owns(m.uid()))
    }

    /// Where the system keeps what an installed profile sets for us; only macOS has such a thing.
    pub fn managed_preferences(&self) -> Option<PathBuf> {
        let file = || Path::new("/Library/Managed Preferences").join(format!("{MACOS_DOMAIN}.plist"));
        cfg!(target_os = "macos").then(file)
    }

    pub fn places(&self) -> Places {
        let etc = Path::new(self.etc);
        Places {
            scope: Scope::System,
            config: etc.join("config.toml"),
            managed: etc.join("managed.d"),
            state: PathBuf::from(self.var),
        }
    }
}

/// Does the number stand for everybody who is not part of this process's user namespace?
fn stands_for_others(uid: u32) -> bool {
    /// What the kernel shows where nobody changed it.
    const OVERFLOW: u32 = 65_534;
    // Looked up only for that number: no call of a process outside such a namespace pays for it.
    let overflow = || std::fs::read_to_string("/proc/sys/kernel/overflowuid").ok()?.trim().parse().ok();
    uid == overflow().unwrap_or(OVERFLOW)
        && std::fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| !is_whole(&map))
}

/// Does a `uid_map` have everybody by their own number, root included?
fn is_whole(map: &str) -> bool {
    map.split_whitespace().eq(["0", "0", "4294967295"])
}

/// Whose installation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Root's: serves every user of the machine.
    System,
    /// One user's own.
    User,
}

/// Where an installation keeps its things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    pub scope: Scope,
    /// Of a system: the machine's configuration. Of a user: the user's own.
    pub config: PathBuf,
    /// A folder of `*.toml` written by an administrator; read in both scopes.
    pub managed: PathBuf,
    /// The state folder.
    pub state: PathBuf,
}

impl Places {
    pub fn journal(&self) -> PathBuf {
        self.state.join("journal")
    }

    pub fn keys(&self) -> PathBuf {
        self.state.join("keys")
    }

    pub fn fallback(&self) -> PathBuf {
        self.state.join("fallback.bin")
    }

    /// Policy, mode and levels as they are in force: from these a call is judged when no daemon answers.
    pub fn snapshot(&self) -> PathBuf {
        self.state.join("snapshot.bin")
    }

    /// The collector that this machine is enrolled with.
    pub fn collector(&self) -> PathBuf {
        self.state.join("collector.json")
    }

    /// How far that collector has signed for the journal.
    pub fn shipped(&self) -> PathBuf {
        self.state.join("shipped.json")
    }

    /// What holds the folders of [`Self::dropped`].
    pub fn all_dropped(&self) -> PathBuf {
        self.state.join("dropped")
    }

    /// Where the records of calls that were judged without a daemon wait for one; of this user.
    pub fn dropped(&self, uid: u32) -> PathBuf {
        self.all_dropped().join(uid.to_string())
    }
}

/// What a process says of its user. Variables that are not absolute paths count as unset, as the XDG rules say.
#[derive(Clone, Debug, Default)]
pub struct User {
    pub uid: u32,
    /// `$HOME`, not yet checked: see [`account::home`].
    pub home: Option<PathBuf>,
    /// `$XDG_RUNTIME_DIR`.
    pub runtime: Option<PathBuf>,
    /// `$XDG_STATE_HOME`.
    pub state: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME`.
    pub config: Option<PathBuf>,
}

/// The variables that [`User::of_process`] reads.
pub const USER_VARIABLES: [&str; 4] = ["HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"];

impl User {
    /// The user of this process: effective uid and environment.
    pub fn of_process() -> Self {
        let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        Self {
            uid: rustix::process::geteuid().as_raw(),
            home: folder("HOME"),
            runtime: folder("XDG_RUNTIME_DIR"),
            state: folder("XDG_STATE_HOME"),
            config: folder("XDG_CONFIG_HOME"),
        }
    }

    /// The sockets where a daemon of this user may listen, in the order in which the hook tries them. The daemon
    /// listens at the first.
    pub fn sockets<'a>(&'a self, system: &'a System<'_>) -> impl Iterator<Item = PathBuf> + 'a {
        let under = |folder: PathBuf| folder.join(PRODUCT).join(SOCKET);
        let runtime = self.runtime.clone().map(under);
        // Lazily: the first candidate is nearly always the one, and the others cost look-ups.
        let run_user = std::iter::once_with(move || {
            let folder = Path::new(system.run_user).join(self.uid.to_string());
            let own = std::fs::symlink_metadata(&folder).is_ok_and(|m| m.is_dir() && m.uid() == self.uid);
            let known = self.runtime.as_deref() == Some(&*folder);
            (own && !known).then(|| under(folder))
        });
        let state = std::iter::once_with(|| self.state_folder().map(|folder| folder.join(SOCKET)));
        runtime.into_iter().chain(run_user.flatten()).chain(state.flatten())
    }

    /// `$XDG_STATE_HOME/taffrail`.
    pub fn state_folder(&self) -> Option<PathBuf> {
        self.folder(self.state.as_ref(), &[".local", "state"])
    }

    /// `None` when the user has no home folder and no variables that would do instead.
    pub fn places(&self, system: &System<'_>) -> Option<Places> {
        Some(Places {
            scope: Scope::User,
            config: self.folder(self.config.as_ref(), &[".config"])?.join("config.toml"),
            managed: system.places().managed,
            state: self.state_folder()?,
        })
    }

    fn folder(&self, variable: Option<&PathBuf>, below_home: &[&str]) -> Option<PathBuf> {
        let top = variable.cloned().or_else(|| {
            let mut home = account::home(self.uid, self.home.clone())?;
            home.extend(below_home.iter().map(OsStr::new));
            Some(home)
        })?;
        Some(top.join(PRODUCT))
    }
}

#[cfg(test)]
mod tests;
