//! The units that a package installs.

use super::{read, top};
use std::process::Command;

/// Section, key and value of each assignment.
fn assignments(unit: &str) -> Vec<(String, String, String)> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in unit.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else {
            let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("not an assignment: {line:?}"));
            found.push((section.clone(), key.to_owned(), value.to_owned()));
        }
    }
    found
}

fn value(unit: &str, section: &str, key: &str) -> Vec<String> {
    let of = |(s, k, v): (String, String, String)| (s == section && k == key).then_some(v);
    assignments(unit).into_iter().filter_map(of).collect()
}

/// systemd's own parser: an unknown key, a section in the wrong place, a path that is not absolute.
#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let folder = tempfile::tempdir().unwrap();
    // The program need not be installed for its unit to be checked.
    let program = folder.path().join("taffraild");
    std::os::unix::fs::symlink("/bin/true", &program).unwrap();
    for scope in ["system", "user"] {
        let units = folder.path().join(scope);
        std::fs::create_dir(&units).unwrap();
        for kind in ["service", "socket"] {
            let text = read(&format!("packaging/systemd/{scope}/taffraild.{kind}"));
            let text = text.replace("/usr/bin/taffraild", program.to_str().unwrap());
            std::fs::write(units.join(format!("taffraild.{kind}")), text).unwrap();
        }
        let output = Command::new("systemd-analyze")
            .args(["verify", "--man=no", &format!("--{scope}")])
            .args(["taffraild.service", "taffraild.socket"].map(|unit| units.join(unit)))
            .env("XDG_RUNTIME_DIR", folder.path())
            .output()
            .expect("systemd-analyze is missing: apt-get install systemd");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let ours: Vec<&str> = said.lines().filter(|line| line.contains("taffraild")).collect();
        assert!(output.status.success() && ours.is_empty(), "{scope}: {}\n{said}", output.status);
    }
}

/// What systemd reckons a unit could do to the machine, from 0 to 10.
#[test]
fn the_systems_unit_gives_up_what_it_does_not_use() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("taffraild.service");
    std::fs::write(&unit, read("packaging/systemd/system/taffraild.service")).unwrap();
    let output =
        Command::new("systemd-analyze").args(["security", "--offline=true", "--no-pager"]).arg(&unit).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let level =
        said.rsplit_once("taffraild.service: ").and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    let level: f64 = level.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)));
    assert!(level <= 3.1, "{said}");
}

#[test]
fn systemd_finds_what_is_wrong_with_a_unit() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("taffraild.service");
    std::fs::write(&unit, "[Service]\nExecStart=taffraild-that-is-not-there run\nRestrat=always\n").unwrap();
    let output = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("Restrat"));
}

/// The service manager holds the socket, so that hooks wait while the daemon restarts.
#[test]
fn the_socket_units_listen_where_the_hook_looks_and_everyone_may_connect_to_the_systems() {
    let system = read("packaging/systemd/system/taffraild.socket");
    assert_eq!(value(&system, "Socket", "ListenStream"), ["/run/taffrail/hook.sock"]);
    assert_eq!(value(&system, "Socket", "SocketMode"), ["0666"]);
    let user = read("packaging/systemd/user/taffraild.socket");
    assert_eq!(value(&user, "Socket", "ListenStream"), ["%t/taffrail/hook.sock"]);
    assert_eq!(value(&user, "Socket", "SocketMode"), ["0600"]);
}

#[test]
fn a_crash_leaves_no_memory_on_disk_and_a_daemon_comes_back() {
    for scope in ["system", "user"] {
        let unit = read(&format!("packaging/systemd/{scope}/taffraild.service"));
        assert_eq!(value(&unit, "Service", "LimitCORE"), ["0"], "{scope}");
        assert_eq!(value(&unit, "Service", "Type"), ["notify"], "{scope}");
        assert_eq!(value(&unit, "Service", "Restart"), ["always"], "{scope}");
    }
    assert!(top().join("packaging/README.md").is_file());
}
