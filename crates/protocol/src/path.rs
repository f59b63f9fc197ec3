//! Paths as bytes, and the classes that rules speak of.

use crate::text::{RawText, Text};
use bitflags::bitflags;

/// An absolute path, lexically normal: no empty, `.` or `..` component, no trailing slash (but for the root itself).
/// Bytes, because a path need not be UTF-8. Raw: a path can hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AbsPath(RawText);

impl AbsPath {
    /// Joins `path` to `base` (unless it is absolute) and normalises: `..` takes away the component before it, as far
    /// as the root. Links are not followed: see [`crate::facts::Look::resolve`].
    pub fn resolve(base: &Self, path: &[u8]) -> Self {
        if path.first() == Some(&b'/') {
            Self::normal(path)
        } else {
            let mut joined = Vec::with_capacity(base.bytes().len() + 1 + path.len());
            joined.extend_from_slice(base.bytes());
            joined.push(b'/');
            joined.extend_from_slice(path);
            Self::normal(&joined)
        }
    }

    /// Normalises bytes that begin with `/`; anything else is read as if it did.
    pub fn normal(path: &[u8]) -> Self {
        let mut kept: Vec<&[u8]> = Vec::new();
        for part in path.split(|b| *b == b'/') {
            match part {
                b"" | b"." => {}
                b".." => {
                    kept.pop();
                }
                other => kept.push(other),
            }
        }
        let mut bytes = Vec::with_capacity(path.len() + 1);
        for part in &kept {
            bytes.push(b'/');
            bytes.extend_from_slice(part);
        }
        if bytes.is_empty() {
            bytes.push(b'/');
        }
        Self(RawText::new(bytes))
    }

    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    pub fn text(&self) -> &RawText {
        &self.0
    }

    pub fn into_text(self) -> RawText {
        self.0
    }

    pub fn is_root(&self) -> bool {
        self.bytes() == b"/"
    }

    /// Is this `other`, or does it lie under it?
    pub fn is_within(&self, other: &Self) -> bool {
        let (path, top) = (self.bytes(), other.bytes());
        top == b"/" || (path.starts_with(top) && (path.len() == top.len() || path.get(top.len()) == Some(&b'/')))
    }

    /// The part below `top`: empty for `top` itself, `None` when this does not lie under it.
    pub fn below(&self, top: &Self) -> Option<&[u8]> {
        if !self.is_within(top) {
            return None;
        }
        let skip = if top.is_root() { 1 } else { top.bytes().len() + 1 };
        Some(self.bytes().get(skip..).unwrap_or_default())
    }

    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let cut = self.bytes().iter().rposition(|b| *b == b'/')?;
        Some(Self::normal(self.bytes().get(..cut)?))
    }

    pub fn name(&self) -> &[u8] {
        let cut = self.bytes().iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
        self.bytes().get(cut..).unwrap_or_default()
    }

    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes().split(|b| *b == b'/').filter(|part| !part.is_empty())
    }
}

/// A path of Windows in the form of all paths: `C:\\Users\\ana` is `/c:/Users/ana`, `\\\\host\\share` is
/// `/unc/host/share`. Nothing where neither a drive nor a host stands first.
pub fn drive_path(text: &[u8]) -> Option<AbsPath> {
    let slashed = |text: &[u8]| -> Vec<u8> { text.iter().map(|b| if *b == b'\\' { b'/' } else { *b }).collect() };
    match text {
        [drive, b':', b'\\' | b'/', rest @ ..] if drive.is_ascii_alphabetic() => {
            let drive = drive.to_ascii_lowercase();
            let root = AbsPath::normal(&[b'/', drive, b':']);
            // `..` does not lead from one drive to another.
            let below = slashed(rest);
            // The system's own folders in one spelling, so that rules can name what lies in them.
            let system = below.get(..7).is_some_and(|top| top.eq_ignore_ascii_case(b"windows"));
            let below = AbsPath::normal(if system { below.to_ascii_lowercase() } else { below }.as_slice());
            if below.is_root() { Some(root) } else { Some(AbsPath::resolve(&root, below.bytes().get(1..)?)) }
        }
        [b'\\', b'\\', first, rest @ ..] if !matches!(first, b'\\' | b'.' | b'?') => {
            let below = AbsPath::normal(&slashed(&[&[*first], rest].concat()));
            Some(AbsPath::normal(&[b"/unc", below.bytes()].concat()))
        }
        _ => None,
    }
}

bitflags! {
    /// What a path is, as far as rules care. A path has every class that one of its names, or the object that it
    /// resolves to, has.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct PathClass: u32 {
        /// In the repository that the session works on, or a folder that the agent was given.
        const WORKSPACE = 1;
        /// The top folder of the workspace itself.
        const WORKSPACE_ROOT = 1 << 1;
        /// What a build makes again: `target`, `node_modules`, `dist`, caches.
        const BUILD_OUTPUT = 1 << 2;
        /// `/tmp`, `/var/tmp`, `$TMPDIR`, the agent's scratch folder.
        const TEMPORARY = 1 << 3;
        /// Under the user's home.
        const HOME = 1 << 4;
        /// The home folder itself.
        const HOME_ROOT = 1 << 5;
        /// Someone else's home.
        const OTHER_HOME = 1 << 6;
        /// In a repository or project that is not the workspace.
        const OTHER_PROJECT = 1 << 7;
        /// Part of the system: `/`, `/etc`, `/usr`, `/boot`, …
        const SYSTEM = 1 << 8;
        /// Keys, tokens, password stores, `.env` files.
        const CREDENTIAL = 1 << 9;
        /// Settings, hooks, MCP lists and instructions of an agent.
        const AGENT_CONFIG = 1 << 10;
        /// Taffrail's own programs, policy, journal and socket.
        const TAFFRAIL = 1 << 11;
        /// `.git` and its like.
        const VERSION_CONTROL = 1 << 12;
        /// A device node.
        const DEVICE = 1 << 13;
        /// Run by a harmless program, editor or agent unasked: shell profiles, git hooks, editor tasks, cron, units.
        const AUTO_RUN = 1 << 14;
        /// Personal files in the home folder's own named folders (Documents, Desktop, Pictures, …).
        const PERSONAL = 1 << 15;
        /// A root of many things: `/`, a home, a mount, the folder that holds the projects.
        const BROAD = 1 << 16;
    }
}

impl PathClass {
    /// The names used in policies and records, in order.
    pub const NAMES: [(Self, &'static str); 17] = [
        (Self::WORKSPACE, "workspace"),
        (Self::WORKSPACE_ROOT, "workspace-root"),
        (Self::BUILD_OUTPUT, "build-output"),
        (Self::TEMPORARY, "temporary"),
        (Self::HOME, "home"),
        (Self::HOME_ROOT, "home-root"),
        (Self::OTHER_HOME, "other-home"),
        (Self::OTHER_PROJECT, "other-project"),
        (Self::SYSTEM, "system"),
        (Self::CREDENTIAL, "credential"),
        (Self::AGENT_CONFIG, "agent-config"),
        (Self::TAFFRAIL, "taffrail"),
        (Self::VERSION_CONTROL, "version-control"),
        (Self::DEVICE, "device"),
        (Self::AUTO_RUN, "auto-run"),
        (Self::PERSONAL, "personal"),
        (Self::BROAD, "broad"),
    ];

    /// The class of this name, as policies write it.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| *n == name).map(|(class, _)| *class)
    }

    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(class, _)| self.contains(*class)).map(|(_, name)| name)
    }
}

/// Stored as a list of names; a name of a newer version is dropped on reading.
impl serde::Serialize for PathClass {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.names())
    }
}

impl<'de> serde::Deserialize<'de> for PathClass {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let names = Vec::<std::borrow::Cow<'de, str>>::deserialize(d)?;
        Ok(names.iter().filter_map(|name| Self::named(name)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dots_cannot_climb_over_the_root() {
        assert_eq!(AbsPath::normal(b"/a/../../etc/./passwd//").bytes(), b"/etc/passwd");
        assert_eq!(AbsPath::normal(b"/..").bytes(), b"/");
    }

    #[test]
    fn a_sibling_with_the_same_beginning_is_not_within() {
        let home = AbsPath::normal(b"/home/ana");
        assert!(!AbsPath::normal(b"/home/anabel").is_within(&home));
        assert_eq!(AbsPath::normal(b"/home/ana/x/y").below(&home), Some(&b"x/y"[..]));
        assert_eq!(home.below(&home), Some(&b""[..]));
        assert_eq!(home.below(&AbsPath::normal(b"/")), Some(&b"home/ana"[..]));
    }

    #[test]
    fn paths_of_windows_get_the_form_of_all_paths() {
        let shown = |text: &[u8]| drive_path(text).map(|path| String::from_utf8_lossy(path.bytes()).into_owned());
        assert_eq!(shown(b"C:\\Users\\ana\\.\\x\\").as_deref(), Some("/c:/Users/ana/x"));
        assert_eq!(shown(b"d:/").as_deref(), Some("/d:"));
        assert_eq!(shown(b"c:\\..\\..\\x").as_deref(), Some("/c:/x"));
        assert_eq!(shown(b"\\\\files\\share\\x").as_deref(), Some("/unc/files/share/x"));
        for text in [&b"/home"[..], b"c:", b"c:x", b"src\\x", b"\\x", b"", b"\\\\.\\disk"] {
            assert_eq!(shown(text), None);
        }
    }

    proptest! {
        #[test]
        fn normalising_is_idempotent(path: Vec<u8>) {
            let once = AbsPath::normal(&path);
            prop_assert_eq!(AbsPath::normal(once.bytes()), once);
        }
    }
}
