//! Paths: from a word to a target with its classes.
//!
//! A path has the classes of its name and of what its links lead to. The place (workspace, home, temporary, …) is that
//! of the longest known root that holds it; what a file is by its name comes from `paths/marks.toml`.

mod table;

use crate::value::{Value, plain_glob};
use protocol::effect::{ConfigKind, PersistKind, Target};
use protocol::facts::Kind;
use protocol::{AbsPath, Facts, Field, PathClass, RawText, Text, Why};
pub(crate) use table::{Marks, PathTable};

/// Names of folders that a build makes again, within a project.
const BUILD_FOLDERS: &[&str] = &[
    "target",
    "node_modules",
    "dist",
    "build",
    "out",
    ".venv",
    "venv",
    "__pycache__",
    ".next",
    ".nuxt",
    ".output",
    "coverage",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".tox",
    ".nox",
    ".gradle",
    ".cache",
    ".parcel-cache",
    ".turbo",
    ".svelte-kit",
    ".angular",
    "htmlcov",
    ".nyc_output",
    "cmake-build-debug",
    "cmake-build-release",
    "bazel-out",
    "bazel-bin",
    "_build",
    ".eggs",
    ".terraform",
    "Pods",
    "DerivedData",
    ".dart_tool",
    ".stack-work",
    "dist-newstyle",
    "elm-stuff",
    "zig-cache",
    ".zig-cache",
    "zig-out",
    "bower_components",
    "storybook-static",
    ".vite",
    ".rollup.cache",
    ".expo",
    ".serverless",
    ".docusaurus",
    "test-results",
    "playwright-report",
    "obj",
    ".sass-cache",
    ".ipynb_checkpoints",
    ".hypothesis",
    ".bundle",
];

/// Top folders of the system.
const SYSTEM: &[&str] = &[
    "etc",
    "usr",
    "bin",
    "sbin",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "boot",
    "var",
    "opt",
    "root",
    "srv",
    "proc",
    "sys",
    "run",
    "System",
    "Library",
    "Applications",
    "private",
    "cores",
    "nix",
    "snap",
    "lost+found",
];

/// Where temporary files lie, beside what the facts name.
const TEMPORARY: &[&[u8]] = &[
    b"/tmp",
    b"/var/tmp",
    b"/dev/shm",
    b"/run/user",
    b"/private/tmp",
    b"/private/var/tmp",
    b"/var/folders",
    b"/private/var/folders",
];

/// Device files that take or give nothing that matters.
const HARMLESS_DEVICES: &[&[u8]] = &[
    b"/dev/null",
    b"/dev/zero",
    b"/dev/random",
    b"/dev/urandom",
    b"/dev/stdin",
    b"/dev/stdout",
    b"/dev/stderr",
    b"/dev/tty",
    b"/dev/full",
    b"/dev",
    b"/dev/ptmx",
];

/// How a path is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    /// The object that the path leads to.
    Links,
    /// The entry itself: a link is removed, not what it points at.
    Entry,
}

/// A harmless device: reading or writing it is no effect.
pub(crate) fn is_harmless_device(path: &[u8]) -> bool {
    HARMLESS_DEVICES.contains(&path) || path.starts_with(b"/dev/fd/") || path.starts_with(b"/dev/pts/")
}

/// What is known of one place, beyond the target itself.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub target: Target<RawText>,
    pub persist: Option<PersistKind>,
    pub agent: Option<usize>,
    pub what: Option<ConfigKind>,
    /// It says who may do what on this machine.
    pub policy: bool,
}

/// A path of this machine.
pub(crate) fn here(facts: &Facts<'_>, table: &PathTable, path: AbsPath, follow: Follow) -> Found {
    let marks = classify(facts, table, &path);
    let mut class = marks.class;
    let mut resolved = None;
    let led = match follow {
        Follow::Links => facts.look.resolve(&path),
        Follow::Entry => match path.parent() {
            Some(parent) => facts.look.resolve(&parent).map(|parent| AbsPath::resolve(&parent, path.name())),
            None => Field::Unknown(Why::Unstated),
        },
    };
    let mut persist = marks.persist;
    let (mut agent, mut what, mut policy) = (marks.agent, marks.what, marks.policy);
    if let Field::Known(led) = led
        && led != path
    {
        let real = classify_resolved(facts, table, &path, &led);
        class |= real.class;
        persist = persist.or(real.persist);
        agent = agent.or(real.agent);
        what = what.or(real.what);
        policy |= real.policy;
        resolved = Some(led.into_text());
    }
    let exists = match facts.look.kind(&path) {
        Field::Known(kind) => {
            if kind == Kind::Other && !is_harmless_device(path.bytes()) {
                class |= PathClass::DEVICE;
            }
            Field::Known(kind != Kind::Nothing)
        }
        Field::Pattern(_) => Field::Unknown(Why::Unreadable),
        Field::Unknown(why) => Field::Unknown(why),
    };
    Found {
        target: Target { path: Field::Known(path.into_text()), resolved, class, exists },
        persist,
        agent,
        what,
        policy,
    }
}

/// The class of what links lead to. A root that is itself reached by a link (`/tmp` on macOS) changes nothing.
fn classify_resolved(facts: &Facts<'_>, table: &PathTable, path: &AbsPath, led: &AbsPath) -> Marks {
    let base = facts.base;
    let roots = base.workspace.iter().chain(base.home.as_ref()).chain(&base.temporary);
    for root in roots {
        if let Some(below) = path.below(root)
            && let Field::Known(real) = facts.look.resolve(root)
            && *led == AbsPath::resolve(&real, below)
        {
            return Marks::default();
        }
    }
    for root in TEMPORARY {
        let root = AbsPath::normal(root);
        if let Some(below) = path.below(&root)
            && let Field::Known(real) = facts.look.resolve(&root)
            && *led == AbsPath::resolve(&real, below)
        {
            return Marks::default();
        }
    }
    classify(facts, table, led)
}

/// A path of a container or of another host: only its name speaks.
pub(crate) fn elsewhere(table: &PathTable, path: AbsPath) -> Found {
    let lower = path.bytes().to_ascii_lowercase();
    let marks = table.look_up(&lower, home_like(&lower));
    let mut class = marks.class;
    if path.is_root() {
        class |= PathClass::SYSTEM | PathClass::BROAD;
    } else if TEMPORARY.iter().any(|root| path.is_within(&AbsPath::normal(root))) {
        class |= PathClass::TEMPORARY;
    } else if path.bytes().starts_with(b"/dev/") && !is_harmless_device(path.bytes()) {
        class |= PathClass::DEVICE;
    } else if is_system(&path) {
        class |= PathClass::SYSTEM;
    }
    Found {
        target: Target {
            path: Field::Known(path.into_text()),
            resolved: None,
            class,
            exists: Field::Unknown(Why::NoFacts),
        },
        persist: marks.persist,
        agent: marks.agent,
        what: marks.what,
        policy: marks.policy,
    }
}

/// The part below what is a home folder on most systems.
fn home_like(path: &[u8]) -> Option<&[u8]> {
    for top in [&b"/home/"[..], b"/users/"] {
        if let Some(rest) = path.strip_prefix(top) {
            let cut = rest.iter().position(|b| *b == b'/')?;
            return rest.get(cut + 1..);
        }
    }
    path.strip_prefix(b"/root/")
}

/// A path of Windows: a drive stands first.
fn on_drive(path: &[u8]) -> bool {
    path.get(2) == Some(&b':') && matches!(path.get(3), None | Some(b'/'))
}

/// Folders of Windows itself and of installed programs, below a drive.
const WINDOWS: &[&str] = &[
    "windows",
    "winnt",
    "program files",
    "program files (x86)",
    "programdata",
    "$recycle.bin",
    "system volume information",
    "recovery",
    "boot",
    "efi",
    "perflogs",
    "bootmgr",
    "pagefile.sys",
    "hiberfil.sys",
];

/// A place on a drive or in the registry, outside of workspace, home and temporary folders.
fn outside_on_windows(path: &AbsPath) -> Option<PathClass> {
    let mut components = path.components();
    let first = components.next()?;
    let second = components.next().map(<[u8]>::to_ascii_lowercase);
    let below = components.count();
    if first == b"registry" {
        let hive = second.as_deref().unwrap_or_default();
        let broad = below <= 1;
        return Some(match (hive, broad) {
            (b"hkcu", false) => PathClass::empty(),
            (_, true) => PathClass::SYSTEM | PathClass::BROAD,
            (_, false) => PathClass::SYSTEM,
        });
    }
    if first == b"unc" {
        return Some(if below == 0 { PathClass::BROAD } else { PathClass::empty() });
    }
    if !on_drive(path.bytes()) {
        return None;
    }
    Some(match second.as_deref() {
        None if first == b"c:" => PathClass::SYSTEM | PathClass::BROAD,
        None => PathClass::BROAD,
        Some(b"users" | b"documents and settings") => match below {
            0 => PathClass::OTHER_HOME | PathClass::BROAD,
            _ => PathClass::OTHER_HOME,
        },
        Some(b"temp" | b"tmp") => PathClass::TEMPORARY,
        Some(name) if WINDOWS.iter().any(|known| known.as_bytes() == name) => {
            let is_temporary = path.bytes().to_ascii_lowercase().starts_with(b"/c:/windows/temp/");
            if is_temporary { PathClass::TEMPORARY } else { PathClass::SYSTEM }
        }
        Some(_) => PathClass::empty(),
    })
}

/// A path that is not known at all.
pub(crate) fn unknown(why: Why) -> Found {
    Found {
        target: Target {
            path: Field::Unknown(why),
            resolved: None,
            class: PathClass::empty(),
            exists: Field::Unknown(why),
        },
        persist: None,
        agent: None,
        what: None,
        policy: false,
    }
}

/// A set of paths: `glob` is absolute.
pub(crate) fn pattern(facts: &Facts<'_>, table: &PathTable, glob: &[u8]) -> Found {
    let glob = plain_glob(glob);
    let wild = glob.iter().position(|b| matches!(b, b'*' | b'?')).unwrap_or(glob.len());
    let cut = glob.get(..wild).unwrap_or_default().iter().rposition(|b| *b == b'/').unwrap_or(0);
    let folder = AbsPath::normal(glob.get(..=cut).unwrap_or_default());
    // Something below the folder, of no particular name, says where the pattern lies.
    let inside = AbsPath::resolve(&folder, b"\x01");
    let mut class = place(facts, &inside, false) | build_output(facts, &inside);
    let name = glob.get(glob.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1)..).unwrap_or_default();
    if cut + 1 + name.len() == glob.len() && !name.is_empty() && name.iter().all(|b| matches!(b, b'*' | b'.' | b'?')) {
        // All that a folder holds is the folder.
        class |= place(facts, &folder, false);
    } else if folder.is_root() {
        class |= PathClass::SYSTEM;
    }
    let lower = glob.to_ascii_lowercase();
    let home = facts.base.home.as_ref().map(|home| home.bytes().to_ascii_lowercase());
    let below = home.as_deref().and_then(|home| lower.strip_prefix(home)).and_then(|rest| rest.strip_prefix(b"/"));
    let marks = table.look_up_pattern(&lower, below);
    class |= marks.class;
    // `/home/a*` is the home folder, whatever else it is.
    if home.as_deref().is_some_and(|home| crate::value::glob_match(&lower, home)) {
        class |= PathClass::HOME_ROOT | PathClass::BROAD;
    }
    if lower.split(|b| *b == b'/').any(is_version_control) {
        class |= PathClass::VERSION_CONTROL;
    }
    // The shell's own pattern for every process; one whose number is in a variable is one.
    if matches!(lower.as_slice(), b"/proc/?*/environ" | b"/proc/*/environ" | b"/proc/[0-9]*/environ") {
        class |= PathClass::OTHER_HOME;
    }
    Found {
        target: Target {
            path: Field::pattern(RawText::new(glob)),
            resolved: None,
            class,
            exists: Field::Unknown(Why::Variable),
        },
        persist: marks.persist,
        agent: marks.agent,
        what: marks.what,
        policy: marks.policy,
    }
}

fn classify(facts: &Facts<'_>, table: &PathTable, path: &AbsPath) -> Marks {
    let lower = path.bytes().to_ascii_lowercase();
    let base = facts.base;
    let home = base.home.as_ref().and_then(|home| {
        let home = home.bytes();
        let same =
            lower.len() > home.len() && lower.get(..home.len()).is_some_and(|top| top.eq_ignore_ascii_case(home));
        (same && lower.get(home.len()) == Some(&b'/')).then(|| lower.get(home.len() + 1..).unwrap_or_default())
    });
    let mut marks = table.look_up(&lower, home);
    marks.class |= place(facts, path, true) | build_output(facts, path);
    if lower.split(|b| *b == b'/').any(is_version_control) {
        marks.class |= PathClass::VERSION_CONTROL;
    }
    if of_another_process(&lower) {
        marks.class |= PathClass::OTHER_HOME;
    }
    for own in &base.own_files {
        if path.is_within(own) {
            marks.class |= PathClass::TAFFRAIL;
            marks.what = Some(ConfigKind::OwnFiles);
        }
    }
    marks
}

/// `/proc/1841/environ`: what another process was started with, its keys among it.
fn of_another_process(path: &[u8]) -> bool {
    let number = path.strip_prefix(b"/proc/").and_then(|rest| rest.strip_suffix(b"/environ"));
    number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

fn is_version_control(component: &[u8]) -> bool {
    matches!(component, b".git" | b".hg" | b".svn" | b".jj" | b".bzr")
}

fn within(facts: &Facts<'_>, path: &AbsPath, root: &AbsPath) -> bool {
    if facts.base.case_sensitive {
        path.is_within(root)
    } else {
        let (path, root) = (path.bytes(), root.bytes());
        root == b"/"
            || (path.get(..root.len()).is_some_and(|top| top.eq_ignore_ascii_case(root))
                && matches!(path.get(root.len()), None | Some(b'/')))
    }
}

/// The workspaces that may count as such: never the home folder or what holds it.
fn workspaces<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a AbsPath> {
    let base = facts.base;
    base.workspace
        .iter()
        .filter(move |root| !root.is_root() && base.home.as_ref().is_none_or(|home| !home.is_within(root)))
}

/// The place of a path: the longest root that holds it decides.
fn place(facts: &Facts<'_>, path: &AbsPath, look: bool) -> PathClass {
    let base = facts.base;
    let mut best = (0, PathClass::empty());
    let mut offer = |root: &AbsPath, inside: PathClass, itself: PathClass| {
        if root.bytes().len() >= best.0 && within(facts, path, root) {
            let class = if path.bytes().len() == root.bytes().len() { inside | itself } else { inside };
            best = (root.bytes().len(), class);
        }
    };
    for root in TEMPORARY {
        if path.bytes().starts_with(root) {
            offer(&AbsPath::normal(root), PathClass::TEMPORARY, PathClass::BROAD);
        }
    }
    for root in &base.temporary {
        offer(root, PathClass::TEMPORARY, PathClass::empty());
    }
    if let Some(home) = base.home.as_ref().filter(|home| !home.is_root()) {
        offer(home, PathClass::HOME, PathClass::HOME_ROOT | PathClass::BROAD);
        // Where Windows keeps what is temporary.
        if memchr::memmem::find(path.bytes(), b"/AppData/Local/").is_some() {
            offer(&AbsPath::resolve(home, b"AppData/Local/Temp"), PathClass::TEMPORARY, PathClass::BROAD);
        }
    }
    for root in workspaces(facts) {
        offer(root, PathClass::WORKSPACE, PathClass::WORKSPACE_ROOT);
    }
    let mut class = best.1;
    if class.is_empty() {
        class = outside(facts, path);
    }
    if class.intersects(PathClass::WORKSPACE) {
        return class;
    }
    // What holds a workspace or the home folder holds many things.
    let holds = |root: &AbsPath| root.bytes().len() > path.bytes().len() && within(facts, root, path);
    if workspaces(facts).any(holds) || base.home.as_ref().is_some_and(holds) {
        class |= PathClass::BROAD;
    } else if !class.intersects(PathClass::HOME_ROOT | PathClass::TEMPORARY)
        && is_other_project(facts, path, class, look)
    {
        class |= PathClass::OTHER_PROJECT;
    }
    class
}

/// A place outside of workspace, home and temporary folders.
fn outside(facts: &Facts<'_>, path: &AbsPath) -> PathClass {
    if path.is_root() {
        return PathClass::SYSTEM | PathClass::BROAD;
    }
    if let Some(class) = outside_on_windows(path) {
        return class;
    }
    if path.bytes().starts_with(b"/dev/") || path.bytes() == b"/dev" {
        return if is_harmless_device(path.bytes()) { PathClass::empty() } else { PathClass::DEVICE };
    }
    let mut components = path.components();
    let first = components.next().unwrap_or_default();
    let below = components.count();
    if matches!(first, b"home" | b"Users") {
        return if below == 0 { PathClass::OTHER_HOME | PathClass::BROAD } else { PathClass::OTHER_HOME };
    }
    if matches!(first, b"mnt" | b"media" | b"Volumes") {
        return if below <= 1 { PathClass::BROAD } else { PathClass::empty() };
    }
    if first == b"root" {
        return PathClass::OTHER_HOME | PathClass::SYSTEM;
    }
    if is_system(path) {
        return PathClass::SYSTEM;
    }
    let beside = facts.base.home.as_ref().and_then(AbsPath::parent).filter(|parent| !parent.is_root());
    if beside.is_some_and(|beside| path.is_within(&beside)) { PathClass::OTHER_HOME } else { PathClass::empty() }
}

fn is_system(path: &AbsPath) -> bool {
    path.components().next().is_some_and(|first| SYSTEM.iter().any(|name| name.as_bytes() == first))
}

/// A repository that is not the workspace, by a look or, where none is possible, by where it lies.
fn is_other_project(facts: &Facts<'_>, path: &AbsPath, class: PathClass, look: bool) -> bool {
    if class.intersects(PathClass::SYSTEM | PathClass::DEVICE) {
        return false;
    }
    let base = facts.base;
    if look {
        match facts.look.repository(path) {
            Field::Known(Some(top)) => return base.home.as_ref() != Some(&top) && !top.is_root(),
            Field::Known(None) => return false,
            Field::Pattern(_) | Field::Unknown(_) => {}
        }
    }
    if workspaces(facts)
        .any(|root| root.parent().is_some_and(|parent| holds_projects(&parent) && path.is_within(&parent)))
    {
        return base.home.as_ref() != Some(path) && !below_home_is_hidden(base.home.as_ref(), path);
    }
    class.intersects(PathClass::HOME) && !below_home_is_hidden(base.home.as_ref(), path)
}

/// A folder with projects in it: not the root, not a drive.
fn holds_projects(folder: &AbsPath) -> bool {
    let is_drive = folder.bytes().len() == 3 && on_drive(folder.bytes());
    !folder.is_root() && !is_drive
}

/// Settings and personal folders are not projects; nor is a file that lies in the home folder itself.
fn below_home_is_hidden(home: Option<&AbsPath>, path: &AbsPath) -> bool {
    const NAMED: &[&str] = &[
        "Documents",
        "Desktop",
        "Pictures",
        "Movies",
        "Videos",
        "Music",
        "Downloads",
        "Library",
        "Public",
        "Templates",
        "Applications",
        "go",
        "bin",
        "snap",
        "Dropbox",
        "OneDrive",
        "AppData",
    ];
    let Some(below) = home.and_then(|home| path.below(home)) else { return false };
    let mut components = below.split(|b| *b == b'/').filter(|part| !part.is_empty());
    let Some(first) = components.next() else { return true };
    let alone = components.next().is_none();
    first.contains(&1)
        || first.starts_with(b".")
        || NAMED.iter().any(|name| name.as_bytes() == first)
        || (alone && first.iter().skip(1).any(|b| *b == b'.'))
}

/// In a project, below a folder that a build makes.
fn build_output(facts: &Facts<'_>, path: &AbsPath) -> PathClass {
    let is_build = |below: &[u8], skip: usize| {
        below
            .split(|b| *b == b'/')
            .filter(|part| !part.is_empty())
            .skip(skip)
            .any(|part| BUILD_FOLDERS.iter().any(|name| name.as_bytes() == part))
    };
    let deepest = workspaces(facts).filter(|root| within(facts, path, root)).max_by_key(|root| root.bytes().len());
    let found = if let Some(root) = deepest {
        is_build(path.bytes().get(root.bytes().len()..).unwrap_or_default(), 0)
    } else if let Some(below) = facts.base.home.as_ref().and_then(|home| path.below(home)) {
        !below.starts_with(b".") && is_build(below, 1)
    } else {
        false
    };
    if found { PathClass::BUILD_OUTPUT } else { PathClass::empty() }
}

/// A word that says by itself that it is a path of Windows: `C:\\x`, `\\\\host\\x`.
pub(crate) fn of_windows(word: &Value) -> Option<Value> {
    let text = word.written().filter(|text| matches!(text, [_, b':', b'\\' | b'/', ..] | [b'\\', b'\\', ..]))?;
    let path = protocol::path::drive_path(text)?.into_text().bytes().to_vec();
    Some(match word {
        Value::Pattern { .. } => Value::Pattern { glob: path, floating: false },
        _ => Value::Known(path),
    })
}

/// The absolute path that a word means, `cwd` being the working folder.
pub(crate) fn absolute(cwd: &Value, word: &Value) -> Value {
    match word {
        Value::Unknown(why) => Value::Unknown(*why),
        Value::Pattern { floating: true, .. } => Value::Unknown(Why::Variable),
        Value::Known(text) if text.first() == Some(&b'/') => {
            Value::Known(AbsPath::normal(text).into_text().bytes().to_vec())
        }
        Value::Pattern { glob, .. } if glob.first() == Some(&b'/') => {
            Value::Pattern { glob: normal_glob(glob), floating: false }
        }
        Value::Known(text) => match cwd {
            Value::Known(cwd) => Value::text(AbsPath::resolve(&AbsPath::normal(cwd), text).bytes()),
            Value::Pattern { glob, .. } => {
                let joined = [glob.as_slice(), b"/", text.as_slice()].concat();
                Value::Pattern { glob: normal_glob(&joined), floating: false }
            }
            Value::Unknown(why) => Value::Unknown(*why),
        },
        Value::Pattern { glob, .. } => match cwd {
            Value::Known(cwd) | Value::Pattern { glob: cwd, .. } => {
                let joined = [cwd.as_slice(), b"/", glob.as_slice()].concat();
                Value::Pattern { glob: normal_glob(&joined), floating: false }
            }
            Value::Unknown(why) => Value::Unknown(*why),
        },
    }
}

/// Normalises a glob; `..` behind a wildcard component takes that component away.
fn normal_glob(glob: &[u8]) -> Vec<u8> {
    AbsPath::normal(glob).bytes().to_vec()
}

#[cfg(test)]
mod tests;
