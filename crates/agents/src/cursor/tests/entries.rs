use super::CURSOR;
use crate::{OnFailure, Register, events, hook_entry, settings};
use std::path::Path;

#[test]
fn what_would_void_the_file_or_go_on_with_a_turn_is_never_registered() {
    for never in ["workspaceOpen", "stop"] {
        let event = events(CURSOR).iter().find(|event| event.name == never).unwrap();
        assert_eq!(event.register, Register::No);
        assert_eq!(hook_entry(CURSOR, Path::new("/usr/bin/taffrail"), never, OnFailure::Continue), None);
    }
    assert!(events(CURSOR).iter().all(|event| event.register != Register::Async), "Cursor waits for every hook");
}

#[test]
fn the_settings_are_entries_that_cursors_loader_takes() {
    let settings = settings(CURSOR, Path::new("/usr/bin/taffrail"), OnFailure::Continue).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&settings).unwrap());
    assert_eq!(settings["version"], 1);
    let registered: Vec<&str> =
        events(CURSOR).iter().filter(|event| event.register != Register::No).map(|event| event.name).collect();
    let hooks = settings["hooks"].as_object().unwrap();
    let mut names: Vec<&str> = hooks.keys().map(String::as_str).collect();
    names.sort_unstable();
    let mut expected = registered.clone();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for (event, entries) in hooks {
        let [entry] = entries.as_array().unwrap().as_slice() else { panic!("one entry for {event}") };
        assert_eq!(entry["command"], format!("/usr/bin/taffrail hook cursor {event}"));
        assert!(entry["timeout"].as_u64().unwrap() > 5, "longer than the hook itself takes");
        for name in entry.as_object().unwrap().keys() {
            assert!(["command", "timeout", "matcher"].contains(&name.as_str()), "{event} {name}");
        }
    }
}

#[test]
fn a_path_is_one_word_of_the_shell_that_runs_it_or_has_no_entry() {
    let command = |path: &str| {
        let entry = hook_entry(CURSOR, Path::new(path), "sessionStart", OnFailure::Continue)?;
        Some(entry["command"].as_str()?.strip_suffix(" hook cursor sessionStart")?.to_owned())
    };
    for (path, word) in [
        ("/usr/local/bin/taffrail", Some("/usr/local/bin/taffrail")),
        ("/opt/taff rail/taffrail", Some("'/opt/taff rail/taffrail'")),
        ("/opt/it's $HOME`x`/taffrail", Some(r"'/opt/it'\''s $HOME`x`/taffrail'")),
        (r"C:\Taffrail\taffrail.exe", Some(r"C:\Taffrail\taffrail.exe")),
        (r"C:\Program Files\It's\taffrail.exe", Some(r"'C:\Program Files\It''s\taffrail.exe'")),
        (r"\\server\share\taffrail.exe", Some(r"\\server\share\taffrail.exe")),
        // Cursor takes these for comments, and the file would end there.
        ("/opt//taffrail", None),
        ("/opt/*/taffrail", None),
        ("taffrail", None),
        ("", None),
    ] {
        assert_eq!(command(path).as_deref(), word, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_has_no_entry() {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(b"/opt/\xFF/taffrail"));
    assert_eq!(hook_entry(CURSOR, path, "preToolUse", OnFailure::Continue), None);
    assert_eq!(settings(CURSOR, path, OnFailure::Continue), None);
}

#[test]
fn a_hook_that_fails_stops_calls_only_where_it_is_told_so() {
    let path = Path::new("/usr/bin/taffrail");
    let closed = settings(CURSOR, path, OnFailure::Block).unwrap();
    for event in events(CURSOR).iter().filter(|event| event.register != Register::No) {
        let fail_closed = closed["hooks"][event.name][0].get("failClosed");
        assert_eq!(fail_closed.is_some(), event.ability.stop, "{}", event.name);
    }
    assert!(!settings(CURSOR, path, OnFailure::Continue).unwrap().to_string().contains("failClosed"));
}
