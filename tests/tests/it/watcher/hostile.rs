//! Files as an attacker, or a broken program, leaves them.

use super::{Watched, write};
use anyhow::{Result, ensure};
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};
use test_support::{Hook, until};

#[test]
fn what_cannot_be_read_is_one_record_and_holds_nothing_up() -> Result<()> {
    let watched = Watched::start(|_| Ok(()))?;
    let home = watched.home.home();
    let large = home.join(".claude/CLAUDE.md");
    fs::File::create(&large)?.set_len(100 << 20)?;
    let deep = watched.project().join(".mcp.json");
    write(&deep, "[".repeat(900_000))?;
    let pipe = watched.project().join("CLAUDE.md");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::from_raw_mode(0o600))?;
    symlink("CLAUDE.local.md", watched.project().join("CLAUDE.local.md"))?;
    write(&watched.project().join("AGENTS.md"), b"\xff\xfe\x00")?;
    write(&home.join(".cursor/hooks.json"), b"\xff\xfe\x00")?;

    let found = watched.next(0, 6)?;
    let of = |end: &str| -> Vec<&serde_json::Value> {
        found.iter().filter(|detail| detail["file"].as_str().is_some_and(|file| file.ends_with(end))).collect()
    };
    for end in [".claude/CLAUDE.md", ".mcp.json", "work/CLAUDE.md", "CLAUDE.local.md", ".cursor/hooks.json"] {
        let told = of(end);
        ensure!(told.len() == 1 && told[0]["meanings"] == json!(["file-unreadable"]), "{end}: {told:?}");
    }
    ensure!(of("AGENTS.md").len() == 1, "{found:?}");
    // A pipe that somebody writes to is still no file, and the daemon still answers.
    ensure!(Hook::before(&watched.home, "Bash", &json!({"command": "true"})).run()?.exit == Some(0));
    watched.quiet(6)
}

#[test]
fn a_thousand_edits_at_once_are_a_thousand_records() -> Result<()> {
    let watched = Watched::start(|_| Ok(()))?;
    let commands = watched.home.home().join(".claude/commands");
    fs::create_dir_all(&commands)?;
    for number in 0..1000 {
        // Whole at once: between its making and its text a file is another one, and rightly has two records.
        super::rename_in(&commands.join(format!("{number}.md")), "Do it.")?;
    }
    let found = until("a thousand records", Duration::from_secs(10), || {
        let details = watched.details()?;
        Ok((details.len() >= 1000).then_some(details))
    })?;
    let mut files: Vec<&str> = found.iter().filter_map(|detail| detail["file"].as_str()).collect();
    files.sort_unstable();
    files.dedup();
    ensure!(files.len() == 1000 && found.len() == 1000, "{} files, {} records", files.len(), found.len());
    ensure!(found.iter().all(|detail| detail["meanings"] == json!(["skill-added"])));
    Ok(())
}

#[test]
fn a_folder_of_twenty_thousand_is_watched_as_far_as_the_limit_and_it_is_said() -> Result<()> {
    let watched = Watched::start(|home| {
        let skills = home.home().join(".claude/skills");
        fs::create_dir(&skills)?;
        (0..1_100).try_for_each(|number| fs::create_dir(skills.join(format!("{number:04}"))))?;
        // Links, because twenty thousand folders take a slow disk a minute.
        let file = home.write("file", "")?;
        (0..20_000).try_for_each(|number| Ok(fs::hard_link(&file, skills.join(format!("z{number}")))?))
    })?;
    let status = watched.status()?;
    ensure!(status["settings"]["folders"].as_u64() < Some(1_200), "{status}");
    ensure!(status["settings"]["left_out"].as_u64() > Some(0), "{status}");
    let begin = Instant::now();
    write(&watched.home.home().join(".claude/settings.json"), r#"{"disableAllHooks": true}"#)?;
    let found = watched.next(0, 1)?;
    ensure!(found[0]["meanings"][0] == "hooks-off" && begin.elapsed() < Duration::from_secs(2), "{found:?}");
    // 25 MiB are for people's folders; this is what somebody can make of it.
    ensure!(watched.daemon.rss_kib()? < 36 * 1024, "{} KiB", watched.daemon.rss_kib()?);
    Ok(())
}
