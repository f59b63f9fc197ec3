//! `taffrail install` and `uninstall` on settings files as people have them.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use test_support::{Answer, Daemon, Home};

fn home() -> Home {
    let home = Home::new().unwrap();
    std::fs::create_dir(home.home().join(".claude")).unwrap();
    home
}

fn settings(home: &Home) -> PathBuf {
    home.home().join(".claude/settings.json")
}

fn run(home: &Home, arguments: &[&str]) -> Answer {
    home.taffrail(arguments).unwrap()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Files that `uninstall` must give back to the byte.
const PREPARED: [&str; 16] = [
    "",
    "{}",
    "{}\n",
    "{\n}\n",
    "{\n  \"model\": \"opus\"\n}\n",
    "{\n  // the best\n  \"model\": \"opus\" /* so far */\n}\n",
    "{\r\n  \"model\": \"opus\"\r\n}\r\n",
    "\u{feff}{\n  \"model\": \"opus\"\n}\n",
    "{\n\t\"model\": \"opus\",\n\t\"permissions\": {\n\t\t\"allow\": [\"Bash(ls:*)\"]\n\t}\n}",
    "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"später\":\"ünïcode 🦀\"}",
    "{\n  \"hooks\": {}\n}\n",
    "{\n  \"hooks\": {\n    \"Stop\": []\n  }\n}\n",
    "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      { \"matcher\": \"Bash\", \"hooks\": [{ \"type\": \"command\", \"command\": \"~/bin/mine\" }] }\n    ]\n  }\n}\n",
    "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      { \"hooks\": [{ \"type\": \"command\", \"command\": \"a\" }] },\n    ],\n  },\n}\n",
    "\n\n{\n\n  \"model\":\n    \"opus\"\n\n}\n\n\n",
    "{ \"hooks\": { \"SessionStart\": [ { \"hooks\": [ { \"type\": \"command\", \"command\": \"echo hi\" } ] } ] }, \"env\": { \"X\": \"1\" } }",
];

#[test]
fn what_install_did_uninstall_undoes_to_the_byte() {
    let home = home();
    for (number, before) in PREPARED.iter().enumerate() {
        std::fs::write(settings(&home), before).unwrap();
        let mode = 0o600 + u32::try_from(number % 2).unwrap() * 0o044;
        std::fs::set_permissions(settings(&home), std::fs::Permissions::from_mode(mode)).unwrap();
        let said = run(&home, &["install", "--yes"]);
        assert_eq!(said.exit, Some(0), "{before:?}: {}", said.errors());
        assert!(read(&settings(&home)).contains("PreToolUse") && read(&settings(&home)).contains("/taffrail"));
        assert_eq!(run(&home, &["install", "--yes"]).text(), "Nothing to do: our entries are there already.\n");
        let said = run(&home, &["uninstall", "--yes"]);
        assert_eq!(said.exit, Some(0), "{before:?}: {}", said.errors());
        assert_eq!(read(&settings(&home)), *before);
        assert_eq!(std::fs::metadata(settings(&home)).unwrap().permissions().mode() & 0o777, mode);
        assert!(run(&home, &["uninstall", "--yes"]).text().starts_with("Nothing to do"));
    }
}

#[test]
fn a_file_that_install_made_is_gone_after_uninstall() {
    let home = home();
    assert_eq!(run(&home, &["install", "--yes"]).exit, Some(0));
    assert_eq!(std::fs::metadata(settings(&home)).unwrap().permissions().mode() & 0o777, 0o600);
    let said = run(&home, &["uninstall", "--yes"]);
    assert!(said.text().contains("~/.claude/settings.json  is gone, as before"), "{}", said.text());
    assert!(!settings(&home).exists());
}

#[test]
fn what_was_edited_since_keeps_its_edits() {
    let home = home();
    std::fs::write(settings(&home), "{\n  \"model\": \"opus\"\n}\n").unwrap();
    run(&home, &["install", "--yes"]);
    let edited = read(&settings(&home)).replace("\"opus\"", "\"sonnet\"");
    std::fs::write(settings(&home), edited).unwrap();
    let said = run(&home, &["uninstall", "--yes"]);
    assert!(said.text().contains("your edits stay, ours are out"), "{}", said.text());
    assert_eq!(read(&settings(&home)), "{\n  \"model\": \"sonnet\"\n}\n");
}

#[test]
fn a_link_is_followed_and_stays_a_link() {
    let home = home();
    let real = home.write("dotfiles/claude.json", "{\n  \"model\": \"opus\"\n}\n").unwrap();
    symlink(&real, settings(&home)).unwrap();
    let said = run(&home, &["install", "--yes"]);
    assert!(said.text().contains("~/.claude/settings.json  → ~/dotfiles/claude.json"), "{}", said.text());
    assert!(std::fs::symlink_metadata(settings(&home)).unwrap().is_symlink());
    assert!(read(&real).contains("PreToolUse"));
    run(&home, &["uninstall", "--yes"]);
    assert_eq!(read(&real), "{\n  \"model\": \"opus\"\n}\n");
}

#[test]
fn what_cannot_be_changed_safely_is_left_as_it_is_and_says_why() {
    let cases = [
        ("{ \"model\": ", "it is not whole JSON"),
        ("{\"hooks\": []}", "hooks is not what the agent expects there"),
        ("{\"hooks\": {}, \"hooks\": {}}", "hooks is there twice"),
    ];
    let home = home();
    for (before, why) in cases {
        std::fs::write(settings(&home), before).unwrap();
        let said = run(&home, &["install", "--yes"]);
        assert_eq!(said.exit, Some(1));
        assert!(said.errors().contains(why), "{}", said.errors());
        assert_eq!(read(&settings(&home)), before);
    }
    std::fs::write(settings(&home), "{}").unwrap();
    std::fs::set_permissions(settings(&home), std::fs::Permissions::from_mode(0o400)).unwrap();
    assert!(run(&home, &["install", "--yes"]).errors().contains("is read-only and was left as it is"));
    std::fs::remove_file(settings(&home)).unwrap();
    symlink("/nonexistent/settings.json", settings(&home)).unwrap();
    assert!(run(&home, &["install", "--yes"]).errors().contains("leads nowhere"));
}

#[test]
fn without_a_terminal_nothing_is_changed_unasked() {
    let home = home();
    std::fs::write(settings(&home), "{}\n").unwrap();
    let said = run(&home, &["install"]);
    assert_eq!(said.exit, Some(1));
    assert!(said.text().contains('+') && said.text().contains("say --yes"), "{}", said.text());
    assert_eq!(read(&settings(&home)), "{}\n");
    let printed = run(&home, &["install", "--print"]);
    let entries: serde_json::Value = serde_json::from_str(printed.text().trim()).unwrap();
    assert!(entries["hooks"]["PreToolUse"].is_array());
    assert_eq!(read(&settings(&home)), "{}\n");
}

#[test]
fn the_canaries_of_all_agents_are_judged_and_harmless() {
    let home = home();
    std::fs::create_dir(home.home().join(".cursor")).unwrap();
    let daemon = Daemon::start(&home).unwrap();
    let said = run(&home, &["install", "--yes"]).text();
    assert!(said.contains("Claude Code answers (canary ") && said.contains("Cursor answers (canary "), "{said}");
    assert!(!said.contains("not running"), "{said}");
    let status = run(&home, &["status", "--json"]).json().unwrap();
    assert_eq!(status["latency"]["decide"]["count"], 2, "{status}");
    assert_eq!(status["counts"]["would_have_stopped"], 0, "{status}");
    daemon.stop().unwrap();
}

#[test]
fn where_no_agent_is_found_nothing_is_made() {
    let home = home();
    std::fs::remove_dir(home.home().join(".claude")).unwrap();
    let said = run(&home, &["install", "--yes"]);
    assert_eq!(said.exit, Some(1));
    assert!(said.errors().contains("No agent that Taffrail knows"), "{}", said.errors());
    assert!(!home.home().join(".claude").exists());
    assert_eq!(run(&home, &["install", "--agent", "hal9000", "--yes"]).exit, Some(2));
}

#[test]
fn the_settings_of_all_users_are_roots_and_need_a_daemon_for_all() {
    let home = home();
    let said = run(&home, &["install", "--scope", "managed", "--yes"]);
    assert_eq!(said.exit, Some(1));
    let why = said.errors();
    let root = rustix::process::geteuid().is_root();
    let expected = if root { "There is no Taffrail here that serves all users" } else { "run this as root" };
    assert!(why.contains(expected), "{why}");
    // Taking out needs no daemon: a state folder that is gone must not keep hooks in. It changes nothing without a yes.
    if !root {
        assert!(run(&home, &["uninstall", "--scope", "managed"]).errors().contains(expected));
    }
}
