//! `taffrail log` and `tail` as a developer and an auditor use them.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use test_support::{Daemon, Home, Hook};

fn call(home: &Home, command: &str) -> Result<()> {
    Hook::before(home, "Bash", &json!({ "command": command })).run()?;
    Ok(())
}

fn lines(home: &Home, words: &[&str]) -> Result<Vec<String>> {
    let answer = home.taffrail(words)?;
    ensure!(answer.exit == Some(0), "{answer:?} {}", answer.errors());
    Ok(answer.text().lines().map(str::to_owned).collect())
}

fn objects(home: &Home, words: &[&str]) -> Result<Vec<Value>> {
    lines(home, words)?.iter().map(|line| serde_json::from_str(line).context("a line of JSON")).collect()
}

#[test]
fn what_was_recorded_is_listed_at_once_with_what_was_said_of_it() -> Result<()> {
    let home = Home::new()?;
    home.configure("mode = \"detect\"\n")?;
    let daemon = Daemon::start(&home)?;
    call(&home, "git status")?;
    call(&home, "rm -rf ~")?;
    call(&home, "echo \u{202e}\u{1b}[2K")?;
    let listed = lines(&home, &["log", "-n", "3"])?;
    let [status, stop, hidden] = listed.as_slice() else { anyhow::bail!("{listed:?}") };
    ensure!(status.ends_with("Bash  git status") && status.contains("  ran  "), "{status}");
    ensure!(stop.contains("ran (would stop)") && stop.ends_with("Bash  rm -rf ~"), "{stop}");
    ensure!(hidden.contains("\\u{202e}\\u{1b}[2K"), "{hidden}");

    let would = objects(&home, &["log", "--would", "--json"])?;
    ensure!(would.len() == 1 && would[0]["verdict"] == "block" && would[0]["applied"] == "allow", "{would:?}");
    let rules = would[0]["rules"].as_array().context("rules")?;
    ensure!(rules.contains(&json!("fs.delete-home")), "{rules:?}");
    let session = would[0]["session"].as_str().context("a session")?.to_owned();
    ensure!(objects(&home, &["log", "--json", "--session", &session])?.len() == 3);
    ensure!(lines(&home, &["log", "--session", "another"])?.is_empty());
    ensure!(lines(&home, &["log", "-n", "0"])?.is_empty());

    daemon.stop()?;
    // The same without a daemon, to the first record, and each whole.
    let all = objects(&home, &["log", "-n", "1000", "--as-sent"])?;
    ensure!(all[0]["envelope"]["kind"] == "chain" && all[0]["seq"] == 1, "{}", all[0]);
    ensure!(all.iter().any(|one| one["content"]["parts"][0]["text"] == "rm -rf ~"));
    Ok(())
}

#[test]
fn tail_shows_what_comes() -> Result<()> {
    let home = Home::new()?;
    let daemon = Daemon::start(&home)?;
    call(&home, "echo before")?;
    let mut tail = home
        .command(&home.programs()?.taffrail)
        .args(["tail", "-n", "1"])
        .stdout(Stdio::piped())
        .spawn()
        .context("start tail")?;
    let mut printed = BufReader::new(tail.stdout.take().context("its output")?).lines();
    let mut next = || printed.next().context("tail ended")?.context("read a line");
    let first = next();
    call(&home, "echo after")?;
    let second = next();
    tail.kill()?;
    tail.wait()?;
    ensure!(first?.ends_with("echo before") && second?.ends_with("echo after"));
    daemon.stop()?;
    Ok(())
}

#[test]
fn without_a_journal_it_says_so() -> Result<()> {
    let home = Home::new()?;
    let answer = home.taffrail(["log"])?;
    ensure!(answer.exit == Some(1) && answer.errors().contains("nothing has been recorded"), "{}", answer.errors());
    Ok(())
}

/// The pages in the middle of the database are overwritten, as a failing disk does.
#[test]
fn of_a_damaged_journal_what_is_still_whole_can_be_had() -> Result<()> {
    let home = Home::new()?;
    let daemon = Daemon::start(&home)?;
    for number in 0..200 {
        call(&home, &format!("echo {number}"))?;
    }
    daemon.stop()?;
    let file = home.state().join("journal/current/journal.db");
    let all = lines(&home, &["verify", "--salvage"])?;
    ensure!(all == lines(&home, &["log", "-n", "1000", "--as-sent"])?, "of a whole journal it is all of it");
    let mut bytes = std::fs::read(&file)?;
    let copy = home.root().join("journal.db");
    let (mut salvaged, mut unreadable) = (0, 0);
    for part in 2..9 {
        let from = bytes.len() / 10 * part / 4096 * 4096;
        let before: Vec<u8> = bytes.iter().skip(from).take(8192).copied().collect();
        for (byte, other) in bytes.iter_mut().skip(from).take(8192).zip(1_u8..=255) {
            *byte = other;
        }
        std::fs::write(&copy, &bytes)?;
        let said = home.taffrail(["verify", "--salvage", copy.to_str().context("text")?])?;
        let found: Vec<String> = said.text().lines().map(str::to_owned).collect();
        ensure!(found.iter().all(|line| all.contains(line)), "a record that never was");
        ensure!(said.exit == Some(1) || found.len() == all.len(), "{:?}: {}", said.exit, said.errors());
        salvaged += found.len();
        unreadable += usize::from(found.is_empty());
        for (byte, was) in bytes.iter_mut().skip(from).take(8192).zip(before) {
            *byte = was;
        }
    }
    ensure!(
        unreadable <= 2 && salvaged > 3 * all.len(),
        "{salvaged} of 7 times {}, {unreadable} not at all",
        all.len()
    );
    Ok(())
}
