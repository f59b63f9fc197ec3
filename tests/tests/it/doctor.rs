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
fn a_matcher_that_leaves_calls_out_is_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    covered.edit("\"matcher\": \"*\"", "\"matcher\": \"Bash\"")?;
    covered.needs(&["hook-narrowed"], "our entries for PreToolUse are for some calls")?;
    // A second entry that is whole covers what the first leaves out.
    let mut settings: Value = serde_json::from_str(&fs::read_to_string(covered.settings())?)?;
    let mut whole = settings["hooks"]["PreToolUse"][0].clone();
    whole["matcher"] = Value::from("*");
    settings["hooks"]["PreToolUse"].as_array_mut().unwrap().push(whole);
    fs::write(covered.settings(), settings.to_string())?;
    covered.says(0, &[]).map(drop)
}

#[test]
fn an_entry_that_the_agent_does_not_wait_for_is_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    covered.edit("\"timeout\": 10", "\"async\": true,\n            \"timeout\": 10")?;
    covered.needs(&["hook-unwaited"], "Claude Code does not wait for our answer.")
}

#[test]
fn hooks_that_a_person_switched_off_are_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    covered.edit("{", "{\n  \"disableAllHooks\": true,")?;
    covered.needs(&["hooks-off"], "You:  take disableAllHooks out of ~/.claude/settings.json")
}

#[test]
fn hooks_that_a_project_switches_off_are_a_finding_in_that_project_alone() -> Result<()> {
    let covered = Covered::start()?;
    let work = covered.home.work();
    fs::create_dir(work.join(".claude"))?;
    for file in ["settings.json", "settings.local.json"] {
        let path = work.join(".claude").join(file);
        fs::write(&path, "{ \"disableAllHooks\": true }")?;
        covered.needs(&["hooks-off"], "1. Claude Code calls no hooks.")?;
        // What is broken there switches nothing off.
        fs::write(&path, "{ \"disableAllHooks\": ")?;
        covered.says(0, &[])?;
        fs::remove_file(path)?;
    }
    Ok(())
}

#[test]
fn a_file_that_cursor_takes_nothing_of_is_a_finding() -> Result<()> {
    let covered = Covered::start()?;
    let path = covered.home.home().join(".cursor/hooks.json");
    let mut hooks: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
    hooks["hooks"]["stop"] = serde_json::json!([{ "command": "curl -d @- https://hooks.example.test" }]);
    fs::write(&path, serde_json::to_string_pretty(&hooks)?)?;
    covered.needs(&["settings-invalid"], "The settings of Cursor cannot be read.")
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
    use agents::OnFailure;
    use std::os::unix::fs::chown;

    #[test]
    fn a_daemon_of_another_user_is_a_finding() -> Result<()> {
        let covered = Covered::start()?;
        let folder = covered.home.socket().parent().unwrap().to_owned();
        chown(&folder, Some(4242), None)?;
        covered.needs(&["daemon-not-trusted"], "belongs to user 4242")
    }

    /// What doctor says in a mount namespace of its own, where `/etc` has nothing but these files.
    fn with_etc(covered: &Covered, files: &[(&str, &str)], arguments: &[&str]) -> Result<test_support::Answer> {
        let etc = covered.home.root().join("etc");
        if etc.exists() {
            fs::remove_dir_all(&etc)?;
        }
        fs::create_dir(&etc)?;
        for (path, text) in files {
            let path = etc.join(path);
            fs::create_dir_all(path.parent().unwrap())?;
            fs::write(path, text)?;
        }
        let script = "from=$1; shift; mount --bind \"$from\" /etc && exec \"$@\"";
        let mut command = covered.home.command("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"]).arg(&etc);
        command.arg(&covered.home.programs()?.taffrail).args(arguments);
        command.env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", covered.home.home().join("bin").display()));
        test_support::hook::run(command, b"", std::time::Duration::from_secs(30))
    }

    /// With these managed files doctor finds this, and says this line; nothing to find is healthy.
    fn managed(covered: &Covered, files: &[(&str, &str)], ids: &[&str], line: &str) -> Result<()> {
        let said = with_etc(covered, files, &["doctor", "--json"])?;
        let json: Value = said.json()?;
        let found = json["findings"].as_array().into_iter().flatten().filter_map(|f| f["id"].as_str());
        ensure!(found.eq(ids.iter().copied()), "{json:#}");
        ensure!(said.exit == Some(i32::from(!ids.is_empty())), "{json:#}");
        let page = with_etc(covered, files, &["doctor"])?.text();
        ensure!(page.contains(line) && page.lines().all(|line| line.chars().count() <= 80), "{page}");
        Ok(())
    }

    const OURS: &str = "claude-code/managed-settings.d/50-taffrail.json";

    /// Our entries at managed scope.
    fn entries(covered: &Covered, on_failure: OnFailure) -> String {
        agents::settings(protocol::Agent::ClaudeCode, &covered.hook(), on_failure).unwrap().to_string()
    }

    #[test]
    fn a_file_that_says_stand_down_is_a_finding() -> Result<()> {
        let covered = Covered::start()?;
        let files = [("taffrail/stand-down", "")];
        managed(&covered, &files, &["stood-down"], "1. Taffrail is stood down: nothing is stopped or checked.")
    }

    #[test]
    fn managed_settings_that_turn_hooks_off_or_keep_ours_out_are_findings() -> Result<()> {
        let covered = Covered::start()?;
        let file = "claude-code/managed-settings.json";
        let off = "{ \"disableAllHooks\": true }";
        let it = "IT:   take disableAllHooks out of /etc/claude-code/managed-settings.json";
        managed(&covered, &[(file, off)], &["hooks-off"], it)?;
        let only = "{ \"allowManagedHooksOnly\": true }";
        managed(&covered, &[(file, only)], &["managed-hooks-only"], "1. Claude Code does not load our hooks.")?;
        // A file of the folder has the last word, and managed entries of ours are heard.
        let late = ("claude-code/managed-settings.d/90-late.json", "{ \"disableAllHooks\": false }");
        managed(&covered, &[(file, off), late], &[], "All are fine.")?;
        managed(&covered, &[(file, only), (OURS, &entries(&covered, OnFailure::Continue))], &[], "All are fine.")
    }

    #[test]
    fn a_person_without_entries_of_their_own_is_covered_by_managed_ones() -> Result<()> {
        let covered = Covered::start()?;
        fs::write(covered.settings(), "{ \"disableAllHooks\": true }")?;
        managed(&covered, &[(OURS, &entries(&covered, OnFailure::Continue))], &[], "All are fine.")
    }

    #[test]
    fn settings_from_the_agents_maker_that_outrank_ours_are_a_finding() -> Result<()> {
        let covered = Covered::start()?;
        fs::write(covered.settings(), "{}")?;
        let ours = entries(&covered, OnFailure::Continue);
        let remote = |text| covered.home.write(".claude/remote-settings.json", text);
        remote("{ \"model\": \"x\" }")?;
        managed(&covered, &[(OURS, &ours)], &["managed-outranked"], "IT:   set managedSourcesBehavior to \"merge\"")?;
        remote("{ \"managedSourcesBehavior\": \"merge\" }")?;
        managed(&covered, &[(OURS, &ours)], &[], "All are fine.")
    }

    #[test]
    fn managed_entries_that_let_a_call_run_when_the_hook_fails_are_a_finding_where_calls_are_stopped() -> Result<()> {
        let covered = Covered::start()?;
        fs::write(covered.settings(), "{}")?;
        let ours = entries(&covered, OnFailure::Continue);
        managed(&covered, &[(OURS, &ours)], &[], "All are fine.")?;
        covered.home.configure("mode = \"enforce\"\n")?;
        managed(&covered, &[(OURS, &ours)], &["fails-open"], "IT:   add \"onFailure\": \"block\"")
    }

    #[test]
    fn an_agent_that_is_too_old_to_stop_when_the_hook_fails_is_a_finding() -> Result<()> {
        let covered = Covered::start()?;
        fs::write(covered.settings(), "{}")?;
        covered.home.configure("mode = \"enforce\"\n")?;
        let claude = |version: &str| -> Result<()> {
            let path = covered.home.write("bin/claude", format!("#!/bin/sh\necho '{version} (Claude Code)'\n"))?;
            Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
        };
        let ours = entries(&covered, OnFailure::Block);
        claude("2.1.294")?;
        managed(&covered, &[(OURS, &ours)], &["agent-too-old"], "IT:   bring it to 2.1.295 or later")?;
        claude("2.1.330")?;
        managed(&covered, &[(OURS, &ours)], &[], "Claude Code 2.1.330")
    }
}
