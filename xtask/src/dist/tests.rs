use super::deb::{Deb, name};
use super::tarball;
use crate::build;
use crate::cargo::Cargo;
use flate2::Compression;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use test_support::{Programs, parts};

/// The daemon of this workspace, and the hook as it ships: what a user can do to it depends on how it was linked.
fn programs(folder: &Path) -> Programs {
    let built = Programs::built().unwrap();
    let target = built.taffraild.parent().unwrap().parent().unwrap();
    let hook = build::whole_hook(&Cargo::with_target(target.to_owned())).unwrap();
    for program in [&hook, &built.taffraild] {
        let to = folder.join(program.file_name().unwrap());
        assert!(Command::new("strip").arg("-o").arg(to).arg(program).status().unwrap().success());
    }
    Programs::at(folder).unwrap()
}

fn package(folder: &Path) -> PathBuf {
    let programs = programs(folder);
    let deb = Deb { programs: &programs, time: 1_700_000_000, level: Compression::fast() };
    let path = folder.join(name().unwrap());
    std::fs::write(&path, deb.build().unwrap()).unwrap();
    path
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

#[test]
fn a_package_is_the_same_to_the_byte_when_it_is_made_again_and_dpkg_can_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = package(folder.path());
    let first = std::fs::read(&path).unwrap();
    assert!(first == std::fs::read(package(folder.path())).unwrap(), "two builds differ");
    let output = Command::new("dpkg-deb").arg("--info").arg(&path).output().unwrap();
    let info = said(&output);
    assert!(output.status.success(), "{info}");
    for line in ["Package: taffrail", "Version: 0.1.0", "Depends: libc6 (>= 2."] {
        assert!(info.contains(line), "{line} is missing in {info}");
    }
    let output = Command::new("dpkg-deb").arg("--contents").arg(&path).output().unwrap();
    let contents = said(&output);
    assert!(contents.lines().all(|line| line.contains(" root/root ") || line.contains(" 0/0 ")), "{contents}");
    for (mode, file) in [
        ("-rwxr-xr-x", "usr/bin/taffrail"),
        ("-rwxr-xr-x", "usr/bin/taffraild"),
        ("-rw-r--r--", "usr/lib/systemd/system/taffraild.socket"),
        ("drwxr-xr-x", "etc/taffrail/managed.d/"),
    ] {
        assert!(contents.lines().any(|line| line.starts_with(mode) && line.ends_with(file)), "{file}: {contents}");
    }
}

/// Runs a shell script in a namespace in which `lay` makes a copy of this machine that keeps what is written to itself.
/// Needs root, as a package manager does.
fn apart(script: &str, arguments: &[&OsStr]) -> Output {
    let script = format!("{}{script}", include_str!("tests/lay.sh"));
    Command::new("unshare")
        .args(["--mount", "--pid", "--fork", "--kill-child", "--", "/bin/sh", "-c", &script, "sh"])
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .unwrap()
}

/// Runs `script` on a copy; gives what it printed and the paths that it left changed.
fn on_a_copy(script: &str, package: &Path) -> (String, Vec<String>) {
    let output = apart(include_str!("tests/copy.sh"), &[script.as_ref(), package.as_os_str()]);
    assert!(output.status.success(), "{}\n{}", output.status, said(&output));
    let text = String::from_utf8_lossy(&output.stdout);
    let (text, left) = text.split_once("== left\n").expect("the script came to its end");
    // What the package manager itself notes.
    let own = ["/var/lib/dpkg", "/var/log/dpkg.log", "/var/cache/debconf"];
    let left = left.lines().filter(|path| !own.iter().any(|own| path.starts_with(own))).map(str::to_owned).collect();
    (text.to_owned(), left)
}

/// From nothing to watching, to enforcing, and to nothing again.
fn lives(package: &Path) {
    let (text, left) = on_a_copy(include_str!("tests/life.sh"), package);
    assert_eq!(left, Vec::<String>::new(), "{text}");
    let steps: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("== ")).collect();
    assert_eq!(steps, ["installed", "watching", "enforcing", "installed again", "removed", "purged"], "{text}");
}

#[test]
fn the_package_guards_every_user_is_told_by_one_file_to_enforce_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    parts::used("dpkg", "this machine's");
    lives(&package(folder.path()));
}

#[test]
fn so_does_the_archive_with_its_script() {
    let folder = tempfile::tempdir().unwrap();
    let archive = tarball::build(&programs(folder.path()), 1_700_000_000, Compression::fast()).unwrap();
    let path = folder.path().join("taffrail.tar.gz");
    std::fs::write(&path, archive).unwrap();
    lives(&path);
}

#[test]
fn settings_that_were_there_before_the_package_are_as_they_were_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let package = package(folder.path());
    let (text, left) = on_a_copy(include_str!("tests/neighbours.sh"), &package);
    // What the administrator wrote stays the administrator's.
    assert_eq!(
        left,
        ["/etc/claude-code/managed-settings.json", "/etc/cursor/hooks.json", "/etc/taffrail/managed.d/10-acme.toml"],
        "{text}"
    );
}

#[test]
fn the_units_hold_on_a_booted_machine_over_restarts_kills_and_a_boot() {
    let folder = tempfile::tempdir().unwrap();
    let package = package(folder.path());
    let scripts = [include_str!("tests/installed.sh"), include_str!("tests/restarted.sh")].map(OsStr::new);
    let [first, second] = scripts;
    let text = said(&apart(include_str!("tests/boot.sh"), &[first, second, package.as_os_str()]));
    parts::used("systemd", "this machine's");
    let steps: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("== ")).collect();
    assert_eq!(steps, ["installed", "enforcing", "removed and back", "pulled about", "restarted", "gone"], "{text}");
}

const HEAD: &str = "# What an ordinary user gets

On a machine where the package is installed and `mode = \"enforce\"` is set for all, one user tries to weaken the guard.
Made by `xtask/src/dist/tests.rs`, which does all of this with the real programs; `TAFFRAIL_WRITE=1` writes it anew. What
a user with a way to root can do, and one who starts the agent with file systems of their own, is in
[threat-model.md](threat-model.md).
";

#[test]
fn an_ordinary_user_cannot_weaken_the_guard_of_all_users() {
    let folder = tempfile::tempdir().unwrap();
    let package = package(folder.path());
    let (text, _) = on_a_copy(include_str!("tests/ordinary_user.sh"), &package);
    let mut page = HEAD.to_owned();
    for line in text.lines().take_while(|line| *line != "== end") {
        match (line.strip_prefix("== "), line.split_once(" | ")) {
            (Some("attempts"), _) => page += "\n| attempt | what it got |\n|---|---|\n",
            (Some("calls"), _) => page += "\n| a dangerous call, hook started | |\n|---|---|\n",
            (Some(_), _) => {}
            (None, Some((attempt, got))) => writeln!(page, "| {attempt} | {got} |").unwrap(),
            (None, None) => panic!("{line:?} is no attempt: {text}"),
        }
    }
    assert!(text.contains("\n== end\n") && !page.contains("let run"), "{text}");
    let path = test_support::workspace().join("docs/ordinary-user.md");
    if std::env::var_os("TAFFRAIL_WRITE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == page, "docs/ordinary-user.md is stale (TAFFRAIL_WRITE=1 writes it); now it is:\n{page}");
}
