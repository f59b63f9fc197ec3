//! `taffrail try` shows one stop and leaves nothing behind; `taffrail support-bundle` holds what helps and no secret.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::{Path, PathBuf};
use test_support::{Daemon, Home};

/// Every file and folder below, by name.
fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(below(&path)?);
        }
        found.push(path);
    }
    found.sort();
    Ok(found)
}

#[test]
fn a_trial_shows_one_stop_and_leaves_no_trace() -> Result<()> {
    let home = Home::new()?;
    home.write(".claude/settings.json", "{}")?;
    let before = below(&home.home())?;
    let said = home.taffrail(["try"])?;
    let page = said.text();
    ensure!(said.exit == Some(0), "{page}{}", said.errors());
    for line in [
        "Neither command was run, and no settings of yours were touched.",
        "  Asked    git status: no opinion, ",
        "  Asked    rm -rf ~: stopped, ",
        "What Claude Code reads\n  Stopped by Taffrail before it ran; nothing changed.",
        "What you read\n  Taffrail stopped a delete: ~. Nothing was changed.",
        " records, chain whole",
        "(gone now; keep it: taffrail try",
        "Guard your own agents: taffrail install",
    ] {
        ensure!(page.contains(line), "{line:?} is not in\n{page}");
    }
    ensure!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    let cache = home.home().join(".cache");
    ensure!(below(&cache.join("taffrail"))?.is_empty(), "{:?}", below(&cache)?);
    let after: Vec<PathBuf> = below(&home.home())?.into_iter().filter(|path| !path.starts_with(&cache)).collect();
    ensure!(after == before, "{after:?}");
    Ok(())
}

#[test]
fn a_trial_that_is_kept_has_its_record_and_runs_no_more() -> Result<()> {
    let home = Home::new()?;
    let said = home.taffrail(["try", "--keep"])?;
    ensure!(said.exit == Some(0), "{}{}", said.text(), said.errors());
    let kept = fs::read_dir(home.home().join(".cache/taffrail"))?.next().context("a kept home")??.path();
    let mut look = home.command(&home.programs()?.taffrail);
    look.env("XDG_STATE_HOME", kept.join("state")).args(["log", "--would", "--json"]);
    let log = test_support::hook::run(look, b"", std::time::Duration::from_secs(30))?;
    let record: Value = serde_json::from_str(log.text().trim())?;
    ensure!(record["applied"] == "block" && record["input"] == "rm -rf ~", "{record:#}");
    ensure!(said.text().contains(record["code"].as_str().context("a code")?), "{}", said.text());
    // Its daemon has ended with it: what it listened on is gone.
    let mut status = home.command(&home.programs()?.taffrail);
    status.env("XDG_STATE_HOME", kept.join("state")).arg("status");
    let status = test_support::hook::run(status, b"", std::time::Duration::from_secs(30))?;
    ensure!(status.exit == Some(3), "{}", status.text());
    Ok(())
}

/// A secret of each kind of place that a bundle looks at, made at run time.
fn secrets() -> Vec<String> {
    let random = |length: usize| -> String {
        let mut text = String::new();
        while text.len() < length {
            // Each state of the standard library's has keys of its own.
            write!(text, "{:016x}", RandomState::new().build_hasher().finish()).unwrap();
        }
        text.chars().take(length).collect()
    };
    vec![format!("ghp_{}", random(36)), format!("sk_live_{}", random(24)), format!("AKIA{}", random(16).to_uppercase())]
}

#[test]
fn a_bundle_says_first_what_is_in_it_and_holds_no_key_payload_or_secret() -> Result<()> {
    let home = Home::new()?;
    let [in_call, in_policy, in_output] = secrets().try_into().ok().context("three secrets")?;
    let rule = format!(
        "[bundle]\nname = \"acme\"\nserial = 1\n\n[[rule]]\nid = \"acme.one\"\neffect = \"delete\"\nverdict = \"ask\"\n\
         severity = \"low\"\nsay = \"Ask {in_policy} about it.\"\n"
    );
    home.write(home.config_file().with_file_name("policy.toml"), rule)?;
    home.configure("mode = \"detect\"\nno_such_key = 1\n")?;
    let daemon = Daemon::start(&home)?;
    let call = |event: &str, more: Value| {
        let mut payload = json!({
            "session_id": "s", "cwd": home.work(), "hook_event_name": event, "tool_name": "Bash", "tool_use_id": "t",
            "tool_input": { "command": format!("curl -H 'Authorization: token {in_call}' https://api.example.test") },
        });
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        home.taffrail_with(["hook", "claude-code", event], payload.to_string().as_bytes())
    };
    call("PreToolUse", json!({}))?;
    call("PostToolUse", json!({ "tool_response": { "stdout": format!("key {in_output}") } }))?;
    test_support::until("both records", std::time::Duration::from_secs(20), || {
        let log = home.taffrail(["log", "--json"])?.text();
        Ok((log.matches("\"kind\":\"call\"").count() == 2).then_some(()))
    })?;

    let folder = home.root().join("bundle");
    let asked = home.taffrail(["support-bundle", "-o", folder.to_str().context("text")?])?;
    ensure!(asked.exit == Some(1) && !folder.exists(), "written without a yes");
    ensure!(asked.text().contains("Nothing was written. Without a terminal to ask at, say --yes."), "{}", asked.text());
    let said = home.taffrail(["support-bundle", "--yes", "-o", folder.to_str().context("text")?])?;
    ensure!(said.exit == Some(0), "{}{}", said.text(), said.errors());

    let read = |name: &str| -> Result<Value> { Ok(serde_json::from_slice(&fs::read(folder.join(name))?)?) };
    let files = below(&folder)?;
    ensure!(files.len() == 7, "{files:?}");
    for file in &files {
        let name = file.file_name().and_then(|name| name.to_str()).context("a name")?;
        ensure!(said.text().contains(&format!("  {name} ")), "{name} was not said:\n{}", said.text());
        ensure!(read(name)?.get("missing").is_none(), "{name}: {}", read(name)?);
    }
    ensure!(read("status.json")?["said"]["counts"]["calls"] == 2, "{:#}", read("status.json")?);
    ensure!(read("journal.json")?["verify"]["said"]["sound"] == true);
    ensure!(read("configuration.json")?.to_string().contains("no_such_key"), "{}", read("configuration.json")?);
    ensure!(read("policy.json")?.to_string().contains("acme.one"));
    let records = read("records.json")?;
    ensure!(records.as_array().context("a list")?.iter().any(|record| record["raw"].is_string()), "{records:#}");
    ensure!(read("doctor.json")?["said"]["version"] == 1);

    let all: Vec<u8> = files.iter().map(fs::read).collect::<std::io::Result<Vec<_>>>()?.concat();
    let holds = |what: &[u8]| all.windows(what.len()).any(|window| window == what);
    for secret in [&in_call, &in_policy, &in_output] {
        ensure!(!holds(secret.as_bytes()), "{secret} is in the bundle");
    }
    ensure!(!holds(b"curl") && !holds(b"api.example.test"), "a payload is in the bundle");
    ensure!(!holds(home.home().as_os_str().as_encoded_bytes()), "the home folder's name is in the bundle");
    for key in below(&home.state().join("keys"))?.iter().filter(|path| path.is_file()) {
        let key = fs::read(key)?;
        let mut hex = String::new();
        for byte in &key {
            write!(hex, "{byte:02x}")?;
        }
        // The mark beside the keys is no key; its hash is what `verify` tells.
        ensure!(key.len() != 32 || !(holds(&key) || holds(hex.as_bytes())), "a key is in the bundle");
    }

    let again = home.taffrail(["support-bundle", "--yes", "-o", folder.to_str().context("text")?])?;
    ensure!(again.exit == Some(1) && again.errors().contains("is there already"), "{}", again.errors());
    drop(daemon);
    Ok(())
}

#[test]
fn a_bundle_of_a_machine_where_nothing_runs_says_what_is_missing() -> Result<()> {
    let home = Home::new()?;
    let folder = home.root().join("bundle");
    let said = home.taffrail(["support-bundle", "--yes", "-o", folder.to_str().context("text")?])?;
    ensure!(said.exit == Some(0), "{}{}", said.text(), said.errors());
    let records = fs::read_to_string(folder.join("records.json"))?;
    ensure!(records.contains("nothing has been recorded"), "{records}");
    let status: Value = serde_json::from_slice(&fs::read(folder.join("status.json"))?)?;
    ensure!(status["exit"] == 3 && status["said"]["state"] == "not-running", "{status:#}");
    Ok(())
}
