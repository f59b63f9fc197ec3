use super::expand::{expand, fits};
use super::look::{Difference, Files};
use super::*;
use crate::watching::{Place, Watching};
use std::fs;
use std::os::unix::fs::symlink;

fn place(scope: Scope, base: &Path) -> Place {
    Place { scope, base: base.to_owned(), uid: Some(rustix::process::geteuid().as_raw()) }
}

fn write(base: &Path, path: &str, text: &str) {
    let path = base.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn keys() -> engine::seal::Keys {
    engine::seal::Keys { device: [7; 32], tenant: None }
}

/// What is different since the last time: file names and first meanings.
fn told(files: &mut Files, place: &Place) -> Vec<(String, Meaning)> {
    let name = |difference: &Difference| difference.path.file_name().unwrap().to_string_lossy().into_owned();
    let all = files.compare(&expand(place).files, None, (place.scope, &|bytes| kept::print(&keys(), bytes)));
    all.iter().filter_map(|difference| Some((name(difference), *difference.meanings.first()?))).collect()
}

#[test]
fn a_pattern_stands_for_names_that_begin_and_end_as_it_says() {
    for (pattern, name, expected) in [
        ("*.md", "a.md", true),
        ("*.md", ".md", true),
        ("*.md", "a.mdc", false),
        ("a*a", "a", false),
        ("*", "", true),
        ("CLAUDE.md", "CLAUDE.md", true),
        ("CLAUDE.md", "claude.md", false),
    ] {
        assert_eq!(fits(pattern, name.as_ref()), expected, "{pattern} {name}");
    }
}

#[test]
fn managed_files_are_those_below_the_root_of_the_file_system() {
    let top = tempfile::tempdir().unwrap();
    let managed = Place { uid: None, ..place(Scope::Managed, top.path()) };
    write(top.path(), "etc/claude-code/managed-settings.json", "{}");
    let mut files = Files::default();
    assert_eq!(told(&mut files, &managed), []);
    write(top.path(), "etc/claude-code/managed-settings.json", r#"{"disableAllHooks": true}"#);
    write(top.path(), "etc/claude-code/managed-settings.d/10-shop.json", r#"{"permissions": {"allow": ["Bash"]}}"#);
    write(top.path(), "etc/cursor/hooks.json", r#"{"version": 1, "hooks": {"stop": [{"command": "a"}]}}"#);
    assert_eq!(
        told(&mut files, &managed),
        [
            ("10-shop.json".to_owned(), Meaning::PermissionWidened),
            ("managed-settings.json".to_owned(), Meaning::HooksOff),
            ("hooks.json".to_owned(), Meaning::HookAdded),
        ]
    );
    assert!(!expand(&managed).blind);
    let root = Place { base: "/".into(), ..managed };
    let watched = expand(&root).folders;
    assert!(!watched.contains_key(Path::new("/")) && !watched.contains_key(Path::new("/etc")), "{watched:?}");
}

#[test]
fn what_a_link_leads_to_is_watched_where_it_lies() {
    let top = tempfile::tempdir().unwrap();
    let base = top.path().canonicalize().unwrap();
    write(&base, "dotfiles/claude.json", "{}");
    fs::create_dir_all(base.join("home/.claude")).unwrap();
    symlink(base.join("dotfiles/claude.json"), base.join("home/.claude/settings.json")).unwrap();
    let folders = expand(&place(Scope::User, &base.join("home"))).folders;
    assert_eq!(folders[&base.join("dotfiles")], ["claude.json"]);
    assert!(folders[&base.join("home")].iter().any(|name| name == ".claude"));
}

#[test]
fn another_users_file_is_not_read_by_a_daemon_that_could() {
    let top = tempfile::tempdir().unwrap();
    write(top.path(), "CLAUDE.md", "secret");
    let mut files = Files::default();
    let project = place(Scope::Project, top.path());
    assert!(
        files
            .compare(&expand(&project).files, None, (Scope::Project, &|_| 0))
            .iter()
            .all(|found| found.unreadable.is_none())
    );
    write(top.path(), "CLAUDE.md", "another secret");
    let other = rustix::process::geteuid().as_raw() + 1;
    let found = files.compare(&expand(&project).files, Some(other), (Scope::Project, &|_| 0));
    assert_eq!(found[0].meanings, [Meaning::FileUnreadable]);
    assert_eq!(found[0].unreadable.as_deref(), Some("it belongs to another user"));
}

#[test]
fn two_writes_within_one_tick_of_the_clock_are_both_seen() {
    let top = tempfile::tempdir().unwrap();
    let project = place(Scope::Project, top.path());
    let mut files = Files::default();
    assert_eq!(told(&mut files, &project), []);
    for number in 0..50 {
        write(top.path(), "CLAUDE.md", &format!("{:02}", number % 100));
        assert_eq!(told(&mut files, &project).len(), 1, "write {number}");
    }
    assert_eq!(told(&mut files, &project), []);
}

#[test]
fn without_watches_files_are_looked_at_every_two_seconds_and_more_rarely_where_that_costs() {
    assert_eq!(interval(true, Duration::from_millis(1)), POLL);
    assert_eq!(interval(true, Duration::from_millis(50)), Duration::from_secs(10));
    assert_eq!(interval(false, Duration::from_secs(1)), TICK);
    let top = tempfile::tempdir().unwrap();
    let (hint, _hints) = mpsc::channel(1);
    let mut folders = Folders::without(hint);
    assert!(!folders.follow(0, &expand(&place(Scope::Project, top.path())).folders));
    assert_eq!((folders.failing().as_deref(), folders.len()), (Some("none left"), 0));
}

#[test]
fn a_place_is_new_once_and_again_after_it_was_forgotten() {
    let watching = Watching::default();
    let project = || std::iter::once("/w".into());
    watching.meet(7, None, project());
    watching.meet(7, None, project());
    let new = watching.take_new();
    assert_eq!(new.len(), 1);
    watching.meet(7, None, project());
    assert!(watching.take_new().is_empty());
    watching.forget(&new[0]);
    watching.meet(7, None, project());
    assert_eq!(watching.take_new(), new);
}

#[test]
fn what_changed_while_nobody_watched_is_told_and_what_did_not_is_not() {
    let top = tempfile::tempdir().unwrap();
    let home = place(Scope::User, top.path());
    let settings = |text: &str| write(top.path(), ".claude/settings.json", text);
    settings(r#"{"disableAllHooks": false}"#);
    write(top.path(), ".claude/agents/a.md", "one");
    write(top.path(), ".claude/rules/same.md", "same");
    let mut files = Files::default();
    assert_eq!(told(&mut files, &home), []);
    let print = |bytes: &[u8]| kept::print(&keys(), bytes);
    let path = top.path().join("settings-seen.json");
    Kept::read(path.clone()).write(vec![(home.clone(), files.to_keep(&print))]).unwrap();
    // Nothing has changed, then something of each kind.
    let restarted = || Files::since(Kept::read(path.clone()).take(&home));
    assert_eq!(told(&mut restarted(), &home), []);
    settings(r#"{"disableAllHooks": true}"#);
    fs::remove_file(top.path().join(".claude/agents/a.md")).unwrap();
    write(top.path(), ".cursor/mcp.json", r#"{"mcpServers": {"shop": {"command": "npx"}}}"#);
    let mut files = restarted();
    let mut found = told(&mut files, &home);
    found.sort();
    let expected =
        [("a.md", Meaning::SkillRemoved), ("mcp.json", Meaning::McpServerAdded), ("settings.json", Meaning::HooksOff)];
    assert_eq!(found, expected.map(|(name, meaning)| (name.to_owned(), meaning)));
    assert_eq!(told(&mut files, &home), [], "told once");
    // Another key than the one it was kept with knows nothing of it, and a damaged file is none.
    fs::write(&path, "{").unwrap();
    assert!(Kept::read(path.clone()).take(&home).is_none());
}

#[test]
fn what_is_kept_of_settings_is_its_owners_alone_and_holds_no_text_of_them() {
    use std::os::unix::fs::MetadataExt as _;
    let top = tempfile::tempdir().unwrap();
    let home = place(Scope::User, top.path());
    write(top.path(), ".claude/settings.json", r#"{"env": {"TOKEN_NAME": "hunter2"}}"#);
    let mut files = Files::default();
    told(&mut files, &home);
    let path = top.path().join("settings-seen.json");
    Kept::read(path.clone()).write(vec![(home, files.to_keep(&|bytes| kept::print(&keys(), bytes)))]).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("settings.json") && !text.contains("hunter2") && !text.contains("TOKEN_NAME"), "{text}");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
}
