use super::{Follow, PathTable, here, pattern};
use protocol::facts::{Blind, Kind, Look};
use protocol::{AbsPath, Facts, Field, PathClass};
use std::sync::{Arc, LazyLock};

static TABLE: LazyLock<PathTable> =
    LazyLock::new(|| PathTable::parse(include_str!("marks.toml")).expect("the table of paths is right"));

fn class(path: &str) -> Vec<&'static str> {
    let base = crate::tests::base();
    let facts = Facts { base: &base, look: &Blind };
    here(&facts, &TABLE, AbsPath::normal(path.as_bytes()), Follow::Links).target.class.names().collect()
}

#[test]
fn a_path_has_the_classes_of_its_place_and_of_its_name() {
    let cases: &[(&str, &[&str])] = &[
        ("/", &["system", "broad"]),
        ("/home/ana", &["home", "home-root", "broad"]),
        ("/home", &["other-home", "broad"]),
        ("/home/bob/x", &["other-home"]),
        ("/home/ana/src", &["home", "broad"]),
        ("/home/ana/src/app", &["workspace", "workspace-root"]),
        ("/home/ana/src/app/src/main.rs", &["workspace"]),
        ("/home/ana/src/app/target/x", &["workspace", "build-output"]),
        ("/home/ana/src/api", &["home", "other-project"]),
        ("/home/ana/other-project", &["home", "other-project"]),
        ("/home/ana/other/node_modules", &["build-output", "home", "other-project"]),
        ("/home/ana/notes.txt", &["home"]),
        ("/home/ana/Documents/a", &["home", "personal"]),
        ("/home/ana/.cache/x", &["build-output", "home"]),
        ("/tmp/x", &["temporary"]),
        ("/tmp", &["temporary", "broad"]),
        ("/etc/passwd", &["system", "auto-run"]),
        ("/dev/sda", &["device"]),
        ("/dev/null", &[]),
        ("/opt/x", &["system"]),
        ("/mnt/disk", &["broad"]),
        ("/home/ana/src/app/.env", &["workspace", "credential"]),
        ("/home/ana/src/app/.env.example", &["workspace"]),
        ("/home/ana/.ssh/id_rsa", &["home", "credential"]),
        ("/home/ana/.ssh/id_rsa.pub", &["home"]),
        ("/home/ana/.ssh/known_hosts", &["home"]),
        ("/home/ana/src/app/.git/config", &["workspace", "version-control", "auto-run"]),
        ("/home/ana/src/app/.claude/settings.json", &["workspace", "agent-config"]),
        ("/home/ana/.claude/settings.json", &["home", "agent-config"]),
        ("/etc/taffrail/config.toml", &["system", "taffrail"]),
        ("/home/ana/.BASHRC", &["home", "auto-run"]),
    ];
    for (path, wanted) in cases {
        assert_eq!(class(path), *wanted, "{path}");
    }
}

#[test]
fn a_pattern_over_everything_in_a_folder_is_the_folder() {
    let base = crate::tests::base();
    let facts = Facts { base: &base, look: &Blind };
    let class = |glob: &str| pattern(&facts, &TABLE, glob.as_bytes()).target.class;
    assert!(class("/home/ana/*").contains(PathClass::HOME_ROOT));
    assert!(class("/*").contains(PathClass::BROAD));
    assert!(!class("/home/ana/*.md").contains(PathClass::HOME_ROOT));
    assert!(class("/home/ana/.ss?/id_rsa").contains(PathClass::CREDENTIAL));
    assert!(!class("/home/ana/src/app/*").contains(PathClass::CREDENTIAL));
    assert!(!class("/tmp/tmp.*").contains(PathClass::CREDENTIAL));
}

/// One link: `/home/ana/src/app/link` leads to the home folder.
struct Links;

impl Look for Links {
    fn kind(&self, _: &AbsPath) -> Field<Kind> {
        Field::Known(Kind::Folder)
    }

    fn resolve(&self, path: &AbsPath) -> Field<AbsPath> {
        let link = AbsPath::normal(b"/home/ana/src/app/link");
        Field::Known(match path.below(&link) {
            Some(below) => AbsPath::resolve(&AbsPath::normal(b"/home/ana"), below),
            None => path.clone(),
        })
    }

    fn read(&self, _: &AbsPath) -> Field<Arc<[u8]>> {
        Field::Unknown(protocol::Why::Unreadable)
    }

    fn repository(&self, _: &AbsPath) -> Field<Option<AbsPath>> {
        Field::Known(None)
    }
}

#[test]
fn a_link_has_the_classes_of_what_it_leads_to_but_not_when_it_is_removed_itself() {
    let base = crate::tests::base();
    let facts = Facts { base: &base, look: &Links };
    let link = AbsPath::normal(b"/home/ana/src/app/link");
    assert!(here(&facts, &TABLE, link.clone(), Follow::Links).target.class.contains(PathClass::HOME_ROOT));
    assert!(!here(&facts, &TABLE, link, Follow::Entry).target.class.contains(PathClass::HOME_ROOT));
    let below = AbsPath::normal(b"/home/ana/src/app/link/.ssh/id_rsa");
    assert!(here(&facts, &TABLE, below, Follow::Entry).target.class.contains(PathClass::CREDENTIAL));
}
