//! `taffrail doctor` is red for whatever keeps an agent from being guarded, and says what to do.

use anyhow::{Result, ensure};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use test_support::{Daemon, Home, Programs};

/// A home where both agents are covered, by a hook of its own that can be damaged.
struct Covered {
    home: Home,
    daemon: Option<Daemon>,
}

impl Covered {
    fn start() -> Result<Self> {
        let mut home = Home::new()?;
        for folder in [".claude", ".cursor", "bin"] {
            fs::create_dir(home.home().join(folder))?;
        }
        let (bin, built) = (home.home().join("bin"), home.programs()?.clone());
        fs::copy(&built.taffrail, bin.join("taffrail"))?;
        fs::copy(&built.taffraild, bin.join("taffraild"))?;
        home.install(Programs::at(&bin)?);
        let said = home.taffrail(["install", "--yes"])?;
        ensure!(said.exit == Some(0), "{}", said.errors());
        // Doctor itself is not started from what is damaged.
        home.install(built);
        let daemon = Some(Daemon::start(&home)?);
        Ok(Self { home, daemon })
    }

    fn settings(&self) -> PathBuf {
        self.home.home().join(".claude/settings.json")
    }

    fn hook(&self) -> PathBuf {
        self.home.home().join("bin/taffrail")
    }

    fn edit(&self, from: &str, to: &str) -> Result<()> {
        let text = fs::read_to_string(self.settings())?;
        ensure!(text.contains(from), "{text}");
        Ok(fs::write(self.settings(), text.replacen(from, to, 1))?)
    }

    /// The findings, which must be these, of both forms; and the page.
    fn says(&self, exit: i32, ids: &[&str]) -> Result<String> {
        let said = self.home.taffrail(["doctor", "--json"])?;
        let json: Value = said.json()?;
        let found: Vec<&str> =
            json["findings"].as_array().into_iter().flatten().filter_map(|f| f["id"].as_str()).collect();
        ensure!(found == ids && said.exit == Some(exit), "exit {:?}: {json:#}", said.exit);
        ensure!(json["version"] == 1 && json["healthy"] == ids.is_empty(), "{json:#}");
        let page = self.home.taffrail(["doctor"])?;
        ensure!(page.exit == Some(exit), "{}", page.text());
        Ok(page.text())
    }

    /// Needs a hand for this alone, and the page has this line.
    fn needs(&self, ids: &[&str], line: &str) -> Result<()> {
        let page = self.says(1, ids)?;
        ensure!(page.contains(line), "{page}");
        ensure!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
        Ok(())
    }
}

#[test]
fn where_all_is_well_it_is_said_in_few_lines() -> Result<()> {
    let covered = Covered::start()?;
    let page = covered.says(0, &[])?;
    ensure!(page.starts_with("Checked 7 things. All are fine."), "{page}");
    ensure!(page.contains("canary through Claude Code (") && page.contains("canary through Cursor ("), "{page}");
    Ok(())
}

#[test]
fn a_hook_that_was_removed_is_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    fs::write(covered.settings(), "{}")?;
    covered.needs(&["hook-removed"], "You:  taffrail install")?;
    fs::remove_file(covered.settings())?;
    covered.needs(&["hook-removed"], "No entry of ours is in ~/.claude/settings.json.")
}

#[test]
fn an_entry_that_is_missing_is_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    covered.edit("\"PreToolUse\"", "\"PreToolUses\"")?;
    covered.needs(&["hook-incomplete"], "our entries for PreToolUse are missing")
}

#[test]
fn settings_that_are_no_json_are_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    fs::write(covered.settings(), "{ \"hooks\": ")?;
    covered.needs(&["settings-invalid"], "You:  mend ~/.claude/settings.json, then: taffrail install")
}

#[test]
fn a_time_that_is_shorter_than_ours_is_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    covered.edit("\"timeout\": 10", "\"timeout\": 1")?;
    covered.needs(&["timeout-short"], "the time for PreToolUse is shorter")
}

#[test]
fn another_program_in_the_place_of_ours_is_a_finding_and_is_not_started() -> Result<()> {
    let covered = Covered::start()?;
    let trace = covered.home.root().join("was-started");
    fs::write(covered.hook(), format!("#!/bin/sh\n: > {}\n", trace.display()))?;
    covered.needs(&["program-other", "program-other"], "starts another program in place of our hook.")?;
    ensure!(!trace.exists(), "what is not ours was started");
    Ok(())
}

#[test]
fn a_program_without_the_right_to_be_executed_is_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    fs::set_permissions(covered.hook(), fs::Permissions::from_mode(0o644))?;
    covered.needs(&["program-not-executable", "program-not-executable"], "You:  chmod +x")
}

#[test]
fn a_program_that_was_emptied_or_removed_is_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    fs::write(covered.hook(), "")?;
    covered.needs(&["program-empty", "program-empty"], "You:  install Taffrail anew, then: taffrail install")?;
    fs::remove_file(covered.hook())?;
    covered.needs(&["program-missing", "program-missing"], "The hook of Cursor does not answer.")
}

#[test]
fn a_shell_profile_that_prints_is_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    covered.home.write(".profile", "echo 'Welcome back'\n")?;
    covered.needs(&["profile-prints"], "/bin/sh prints \"Welcome back\" when it starts.")
}

#[test]
fn a_daemon_that_does_not_run_is_a_finding_with_a_code_of_its_own() -> Result<()> {
    let mut covered = Covered::start()?;
    drop(covered.daemon.take());
    let page = covered.says(3, &["daemon-not-running"])?;
    ensure!(page.contains("The daemon is not running.") && page.contains("You:  taffraild run"), "{page}");
    Ok(())
}

#[test]
fn a_socket_that_others_could_take_is_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    let folder = covered.home.socket().parent().unwrap().to_owned();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777))?;
    covered.needs(&["daemon-not-trusted"], "What listens for calls is not your daemon.")
}

#[test]
fn rules_that_ask_for_a_newer_version_are_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    let rule = "[bundle]\nname = \"acme\"\nserial = 1\n\n[[rule]]\nid = \"acme.later\"\nrequires = \"99.0\"\n\
                effect = \"delete\"\nverdict = \"block\"\nsay = \"Later.\"\n";
    covered.home.write(covered.home.config_file().with_file_name("policy.toml"), rule)?;
    covered.needs(&["rules-left-out"], "They are acme.later.")
}

mod second_user {
    use super::*;
    use std::os::unix::fs::chown;

    #[test]
    fn a_daemon_of_another_user_is_a_finding() -> Result<()> {
        let covered = Covered::start()?;
        let folder = covered.home.socket().parent().unwrap().to_owned();
        chown(&folder, Some(4242), None)?;
        covered.needs(&["daemon-not-trusted"], "belongs to user 4242")
    }

    /// In a mount namespace of its own, where `/etc` has nothing but the file.
    #[test]
    fn a_file_that_says_stand_down_is_a_finding() -> Result<()> {
        let covered = Covered::start()?;
        let script = "mount -t tmpfs none /etc && mkdir /etc/taffrail && : >/etc/taffrail/stand-down && exec \"$@\"";
        let mut command = covered.home.command("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"]);
        command.arg(&covered.home.programs()?.taffrail).arg("doctor");
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let said = test_support::hook::run(command, b"", std::time::Duration::from_secs(30))?;
        ensure!(said.exit == Some(1), "{}{}", said.text(), said.errors());
        ensure!(said.text().contains("1. Taffrail is stood down: nothing is stopped or checked."), "{}", said.text());
        Ok(())
    }
}
