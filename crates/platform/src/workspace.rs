//! Which folders a session works on.
//!
//! The top of the repository around the agent's working folder, with its other work trees, and the folders that the agent
//! was given; without a repository, the working folder itself. Never the home folder or anything above it, never a part
//! of the system: a repository of dotfiles in the home folder, or one made in `/etc`, does not turn all of it into a
//! project.
//!
//! A work tree says in a file where its repository lies, and the repository says where its work trees lie. Such files can
//! be written by anyone who unpacks an archive, so a folder is taken only when both say so.

use crate::looks::Looks;
use protocol::facts::{Kind, Look as _};
use protocol::{AbsPath, Field};

/// Most work trees that are added.
const MAX_TREES: usize = 32;

/// Parts of the system, with all that lies below.
const SYSTEM: [&[u8]; 13] = [
    b"/bin", b"/boot", b"/dev", b"/etc", b"/lib", b"/lib32", b"/lib64", b"/proc", b"/run", b"/sbin", b"/sys", b"/usr",
    b"/nix",
];

/// Folders that hold many things of many owners: never a workspace themselves, though what lies below may be one.
const SHARED: [&[u8]; 12] = [
    b"/home",
    b"/Users",
    b"/root",
    b"/var",
    b"/var/lib",
    b"/var/tmp",
    b"/tmp",
    b"/opt",
    b"/mnt",
    b"/media",
    b"/srv",
    b"/private",
];

/// The workspace of a session that runs in `cwd`; `given` are folders that the agent was given (such as
/// `$CLAUDE_PROJECT_DIR`). Empty where nothing qualifies.
pub fn workspace_of(looks: &Looks<'_>, cwd: &AbsPath, home: Option<&AbsPath>, given: &[AbsPath]) -> Vec<AbsPath> {
    let mut found = Vec::new();
    for start in std::iter::once(cwd).chain(given) {
        let Field::Known(start) = looks.resolve(start) else { continue };
        let top = match looks.repository(&start) {
            Field::Known(Some(top)) if qualifies(&top, home) => top,
            _ => start,
        };
        add(&mut found, top.clone(), home);
        for tree in trees(looks, &top) {
            add(&mut found, tree, home);
        }
    }
    found
}

fn add(found: &mut Vec<AbsPath>, folder: AbsPath, home: Option<&AbsPath>) {
    if found.len() < MAX_TREES && qualifies(&folder, home) && !found.iter().any(|top| folder.is_within(top)) {
        found.push(folder);
    }
}

fn qualifies(folder: &AbsPath, home: Option<&AbsPath>) -> bool {
    !folder.is_root()
        && home.is_none_or(|home| !home.is_within(folder))
        && !SHARED.contains(&folder.bytes())
        && !SYSTEM.iter().any(|top| folder.is_within(&AbsPath::normal(top)))
}

/// The other work trees of the repository whose top, or one of whose trees, is `top`.
fn trees(looks: &Looks<'_>, top: &AbsPath) -> Vec<AbsPath> {
    let git = AbsPath::resolve(top, b".git");
    match looks.kind(&git) {
        Field::Known(Kind::Folder) => linked(looks, &git),
        Field::Known(Kind::File) => of_file(looks, top, &git),
        _ => Vec::new(),
    }
}

/// The work trees that this repository knows and that know it.
fn linked(looks: &Looks<'_>, git: &AbsPath) -> Vec<AbsPath> {
    let folder = AbsPath::resolve(git, b"worktrees");
    let Field::Known(Kind::Folder) = looks.kind(&folder) else { return Vec::new() };
    let Field::Known(mut names) = looks.entries(&folder) else { return Vec::new() };
    names.sort();
    let tree = |name: Vec<u8>| {
        let entry = AbsPath::resolve(&folder, &name);
        let file = pointer(looks, &AbsPath::resolve(&entry, b"gitdir"), b"")?;
        let back = pointer(looks, &file, b"gitdir:")?;
        (file.name() == b".git" && back == entry).then(|| file.parent()).flatten()
    };
    names.into_iter().take(MAX_TREES).filter_map(tree).collect()
}

/// What belongs to a top whose `.git` is a file: a linked work tree, or a submodule.
fn of_file(looks: &Looks<'_>, top: &AbsPath, file: &AbsPath) -> Vec<AbsPath> {
    let Some(entry) = pointer(looks, file, b"gitdir:") else { return Vec::new() };
    let Some(git) = entry.parent().and_then(|folder| folder.parent()) else { return Vec::new() };
    if entry.parent().is_some_and(|folder| folder.name() == b"worktrees") && git.name() == b".git" {
        let known = pointer(looks, &AbsPath::resolve(&entry, b"gitdir"), b"").as_ref() == Some(file);
        return if known { git.parent().into_iter().chain(linked(looks, &git)).collect() } else { Vec::new() };
    }
    // A submodule lies below the repository that holds its data, in `.git/modules`.
    let outer = std::iter::successors(Some(entry), AbsPath::parent).find(|folder| folder.name() == b".git");
    let outer = outer.filter(|git| looks.kind(git) == Field::Known(Kind::Folder)).and_then(|git| git.parent());
    outer.filter(|outer| top.is_within(outer)).into_iter().collect()
}

/// The path that a one-line file holds after `prefix`, relative to the folder of the file, links followed.
fn pointer(looks: &Looks<'_>, file: &AbsPath, prefix: &[u8]) -> Option<AbsPath> {
    let Field::Known(bytes) = looks.read(file) else { return None };
    let line = bytes.trim_ascii().strip_prefix(prefix)?.trim_ascii();
    if line.is_empty() || line.contains(&b'\n') {
        return None;
    }
    let Field::Known(path) = looks.resolve(&AbsPath::resolve(&file.parent()?, line)) else { return None };
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write_atomic;
    use crate::looks::{Limits, Mounts, Rights};
    use std::fs::create_dir_all;
    use std::path::{Path, PathBuf};

    struct Tree {
        _held: tempfile::TempDir,
        top: PathBuf,
    }

    impl Tree {
        fn new() -> Self {
            let held = tempfile::tempdir().unwrap();
            let top = held.path().canonicalize().unwrap();
            Self { _held: held, top }
        }

        fn at(&self, name: &str) -> AbsPath {
            AbsPath::normal(self.top.join(name).as_os_str().as_encoded_bytes())
        }

        fn folder(&self, name: &str) {
            create_dir_all(self.top.join(name)).unwrap();
        }

        fn file(&self, name: &str, content: &str) {
            let path = self.top.join(name);
            create_dir_all(path.parent().unwrap()).unwrap();
            write_atomic(&path, content.replace("TOP", self.top.to_str().unwrap()).as_bytes(), 0o600).unwrap();
        }

        fn workspace(&self, cwd: &str, given: &[&str]) -> Vec<String> {
            let mounts = Mounts::default();
            let looks = Looks::new(&Rights::Own, &mounts, Limits::default());
            let given: Vec<_> = given.iter().map(|name| self.at(name)).collect();
            let strip = |path: &AbsPath| {
                Path::new(std::str::from_utf8(path.bytes()).unwrap()).strip_prefix(&self.top).unwrap().to_owned()
            };
            workspace_of(&looks, &self.at(cwd), Some(&self.at("home")), &given)
                .iter()
                .map(|path| strip(path).to_str().unwrap().to_owned())
                .collect()
        }
    }

    #[test]
    fn the_top_of_the_repository_is_the_workspace() {
        let tree = Tree::new();
        tree.folder("home/src/shop/.git");
        tree.folder("home/src/shop/a/b");
        assert_eq!(tree.workspace("home/src/shop/a/b", &[]), ["home/src/shop"]);
        assert_eq!(tree.workspace("home/src/shop", &["home/src/shop/a"]), ["home/src/shop"], "no folder twice");
    }

    #[test]
    fn without_a_repository_it_is_the_working_folder_and_what_was_given() {
        let tree = Tree::new();
        tree.folder("home/notes");
        tree.folder("home/other/.git");
        tree.folder("home/other/sub");
        assert_eq!(tree.workspace("home/notes", &["home/other/sub", "home"]), ["home/notes", "home/other"]);
    }

    #[test]
    fn home_and_what_lies_above_it_is_never_a_workspace() {
        let tree = Tree::new();
        tree.folder("home/.git");
        tree.folder("home/x");
        assert!(tree.workspace("home", &[]).is_empty());
        assert!(tree.workspace("", &["home"]).is_empty());
        assert_eq!(tree.workspace("home/x", &[]), ["home/x"], "dotfiles under version control");
        for system in ["/", "/etc", "/etc/x", "/usr/local", "/tmp", "/home"] {
            assert!(!qualifies(&AbsPath::normal(system.as_bytes()), None), "{system}");
        }
        assert!(qualifies(&AbsPath::normal(b"/workspace"), Some(&AbsPath::normal(b"/root"))));
    }

    #[test]
    fn work_trees_belong_to_each_other_when_both_sides_say_so() {
        let tree = Tree::new();
        tree.folder("home/main/.git");
        tree.file("home/main/.git/worktrees/fix/gitdir", "TOP/home/fix/.git\n");
        tree.file("home/fix/.git", "gitdir: TOP/home/main/.git/worktrees/fix\n");
        tree.file("home/main/.git/worktrees/liar/gitdir", "TOP/home/victim/.git\n");
        tree.folder("home/victim/.git");
        assert_eq!(tree.workspace("home/main", &[]), ["home/main", "home/fix"]);
        assert_eq!(tree.workspace("home/fix", &[]), ["home/fix", "home/main"]);

        tree.file("home/claims/.git", "gitdir: ../main/.git/worktrees/fix\n");
        assert_eq!(tree.workspace("home/claims", &[]), ["home/claims"], "the repository knows another tree");
    }

    #[test]
    fn a_submodule_belongs_to_the_repository_around_it_and_to_no_other() {
        let tree = Tree::new();
        tree.folder("home/outer/.git/modules/dep");
        tree.file("home/outer/dep/.git", "gitdir: ../.git/modules/dep\n");
        assert_eq!(tree.workspace("home/outer/dep", &[]), ["home/outer/dep", "home/outer"]);
        tree.file("home/stray/.git", "gitdir: ../outer/.git/modules/dep\n");
        assert_eq!(tree.workspace("home/stray", &[]), ["home/stray"]);
        tree.file("home/broken/.git", "gitdir:\n");
        assert_eq!(tree.workspace("home/broken", &[]), ["home/broken"]);
    }
}
