//! What happens to calls while no daemon answers: the engine run once by the hook, and the records that it leaves.

use anyhow::{Context, Result, ensure};
use journal::{Keys, Rows};
use platform::keys::{FileKeys, KeyStore};
use protocol::Envelope;
use protocol::record::{Audit, Detail, Origin};
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;
use test_support::{Answer, Daemon, Home, Hook, Wire, until};

/// A home in this mode that has seen its daemon and lost it.
fn abandoned(mode: &str) -> Result<Home> {
    let home = Home::new()?;
    home.configure(&format!("mode = \"{mode}\"\n"))?;
    std::fs::create_dir_all(home.home().join("other-project/.git"))?;
    at_work(&home)?.kill()?;
    Ok(home)
}

/// A daemon that has published what there is to judge by: it takes connections before that.
fn at_work(home: &Home) -> Result<Daemon> {
    let daemon = Daemon::start(home)?;
    Wire::request(home, "status", &[])?;
    Ok(daemon)
}

fn dangerous(home: &Home) -> Hook<'_> {
    Hook::before(home, "Bash", &json!({"command": "rm -rf ~/other-project"}))
}

fn dropped(home: &Home) -> PathBuf {
    home.state().join("dropped").join(rustix::process::geteuid().as_raw().to_string())
}

fn waiting(home: &Home) -> usize {
    dropped(home).read_dir().map_or(0, Iterator::count)
}

/// Every envelope in the journal; the rows are checked on the way.
fn envelopes(home: &Home) -> Result<Vec<Envelope>> {
    let store = FileKeys::open(home.state().join("keys"))?;
    let key = |name: &str| -> Result<[u8; 32]> { Ok(store.get(name)?.with_context(|| format!("key {name}"))?.0) };
    let keys = Keys::new(key("journal")?, key("device")?);
    let mut all = Vec::new();
    for row in Rows::of_file(&home.state().join("journal/current/journal.db"), &keys)? {
        let row = row?;
        ensure!(row.faults.is_empty(), "row {}: {:?}", row.stored.seq, row.faults);
        all.extend(row.stored.record()?.map(|record| record.envelope));
    }
    Ok(all)
}

fn told(envelopes: &[Envelope]) -> (u64, u64) {
    envelopes.iter().fold((0, 0), |(all, bad), envelope| match &envelope.detail {
        Some(Detail::Dropped { taken, refused, .. }) => (all + taken, bad + refused),
        _ => (all, bad),
    })
}

/// Starts a daemon, waits until it has emptied the drop folder, and ends it.
fn taken_in(home: &Home) -> Result<Vec<Envelope>> {
    let daemon = at_work(home)?;
    until("the drop folder to be empty", Duration::from_mins(1), || Ok((waiting(home) == 0).then_some(())))
        .with_context(|| daemon.log())?;
    ensure!(daemon.stop()?.success());
    envelopes(home)
}

#[test]
fn a_call_is_judged_by_its_rule_and_not_by_the_absence_of_a_daemon() -> Result<()> {
    let home = abandoned("enforce")?;
    let answer = dangerous(&home).run()?;
    ensure!(answer.permission().as_deref() == Some("deny"), "{answer:?}");
    ensure!(answer.reason().is_some_and(|reason| reason.starts_with("Stopped by Taffrail")), "{answer:?}");
    let harmless = Hook::before(&home, "Bash", &json!({"command": "git status"})).run()?;
    ensure!(harmless.exit == Some(0) && harmless.stdout.is_empty(), "{harmless:?}");
    ensure!(waiting(&home) == 2, "{} records wait", waiting(&home));
    Ok(())
}

/// The one form that needs no hook and no frames.
#[test]
fn the_engine_answers_a_payload_on_standard_input_in_the_agents_form() -> Result<()> {
    let home = abandoned("enforce")?;
    let judge = |payload: &[u8]| {
        let mut command = home.command(&home.programs()?.taffraild);
        command.args(["judge", "claude-code", "PreToolUse"]);
        test_support::hook::run(command, payload, Duration::from_secs(20))
    };
    ensure!(judge(dangerous(&home).payload())?.permission().as_deref() == Some("deny"));
    let malformed = judge(b"{")?;
    ensure!(malformed.reason().is_some_and(|reason| reason.contains("could not read this call")), "{malformed:?}");
    let mut command = home.command(&home.programs()?.taffraild);
    command.args(["judge", "no-such-agent", "PreToolUse"]);
    let nobody = test_support::hook::run(command, b"{}", Duration::from_secs(20))?;
    ensure!(nobody.exit == Some(1) && nobody.stdout.is_empty(), "{nobody:?}");
    Ok(())
}

#[test]
fn in_detect_everything_goes_on_and_the_record_says_what_would_have_been() -> Result<()> {
    let home = abandoned("detect")?;
    let answer = dangerous(&home).run()?;
    ensure!(answer.exit == Some(0) && answer.permission().is_none(), "{answer:?}");
    let envelopes = taken_in(&home)?;
    let decision = envelopes.iter().find(|e| e.origin == Origin::Fallback).and_then(|e| e.decision.as_ref());
    let decision = decision.context("a record")?;
    ensure!(decision.raw.word() == "block" && decision.applied.word() == "allow", "{decision:?}");
    Ok(())
}

/// A payload of megabytes is judged too where no daemon is there: nothing of it is gone to one then.
#[test]
fn a_large_payload_is_judged_where_nobody_took_any_of_it() -> Result<()> {
    let home = abandoned("enforce")?;
    let command = format!("{}\nrm -rf ~/other-project", "# padding\n".repeat(400_000));
    let answer = Hook::before(&home, "Bash", &json!({"command": command})).run()?;
    ensure!(answer.permission().is_some(), "{answer:?}");
    ensure!(waiting(&home) == 1, "it was judged, and left a record");
    Ok(())
}

#[test]
fn records_wait_masked_and_the_next_daemon_takes_them_as_unproved() -> Result<()> {
    let home = abandoned("enforce")?;
    let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"); // made here, of no account
    let command = format!("curl -H 'Authorization: token {token}' https://api.github.com/user");
    Hook::before(&home, "Bash", &json!({"command": command})).run()?;
    let stopped = dangerous(&home).run()?;
    let reason = stopped.reason().context("a reason")?;
    let code = reason.rsplit_once('(').map(|(_, code)| code.trim_end_matches(')').to_owned()).context("a code")?;
    for file in dropped(&home).read_dir()? {
        let text = std::fs::read_to_string(file?.path())?;
        ensure!(!text.contains(&token), "a secret waits unmasked");
    }
    let daemon = at_work(&home)?;
    until("the drop folder to be empty", Duration::from_mins(1), || Ok((waiting(&home) == 0).then_some(())))?;
    let page = home.taffrail(["explain", &code])?;
    ensure!(page.text().contains("fs.delete-other-project"), "{page:?}");
    ensure!(daemon.stop()?.success());
    let envelopes = envelopes(&home)?;
    let witnessed: Vec<_> = envelopes.iter().filter(|e| e.origin == Origin::Fallback).collect();
    ensure!(witnessed.len() == 2 && told(&envelopes) == (2, 0), "{witnessed:?}");
    for envelope in witnessed {
        let Audit::Present(trigger) = &envelope.trigger else { anyhow::bail!("no trigger") };
        ensure!(trigger.uid == rustix::process::geteuid().as_raw() && trigger.asserted, "{trigger:?}");
    }
    let verified = home.taffrail(["verify"])?;
    ensure!(verified.exit == Some(0), "{verified:?}");
    Ok(())
}

/// What is not a record of a call, in every way that a user can think of.
#[test]
fn what_is_no_record_is_bounded_set_aside_and_told() -> Result<()> {
    let home = abandoned("enforce")?;
    dangerous(&home).run()?;
    let folder = dropped(&home);
    let real = folder.read_dir()?.next().context("a record")??.path();
    let record: Value = serde_json::from_slice(&std::fs::read(&real)?)?;
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes);
    let changed = |pointer: &str, value: Value| -> Result<Vec<u8>> {
        let mut record = record.clone();
        *record.pointer_mut(pointer).with_context(|| pointer.to_owned())? = value;
        Ok(serde_json::to_vec(&record)?)
    };
    let secret = home.home().join("secret");
    std::fs::write(&secret, "not a record")?;
    // 1 to 5: what is no file of its own.
    symlink(&secret, folder.join("link.json"))?;
    std::fs::hard_link(&secret, folder.join("hard.json"))?;
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, folder.join("pipe.json"), fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)?;
    std::fs::create_dir(folder.join("folder.json"))?;
    put("huge.json", &vec![b' '; 3 << 20])?;
    // 6 to 12: what is none that could be taken.
    put("empty.json", b"")?;
    put("garbage.json", b"\xff\xfe{{{")?;
    put("deep.json", "[".repeat(100_000).as_bytes())?;
    put("version.json", &changed("/v", json!(9))?)?;
    put("claims-the-hook.json", &changed("/envelope/origin", json!("hook"))?)?;
    put("no-time.json", &changed("/envelope/at", json!("yesterday"))?)?;
    put("other-code.json", &changed("/envelope/decision/code", json!("AAAA"))?)?;
    // And those that are taken, but not for what they say.
    let stranger = "0198c0de-0000-7000-8000-000000000001";
    put("stranger.json", &changed("/envelope/trigger/uid", json!(4242))?)?;
    std::fs::remove_file(&real)?;
    for n in 0..3000 {
        put(&format!("flood-{n}.json"), b"{}")?;
    }
    let envelopes = taken_in(&home)?;
    let (taken, refused) = told(&envelopes);
    ensure!((taken, refused) == (1, 3012), "{taken} taken, {refused} refused");
    let witnessed: Vec<_> = envelopes.iter().filter(|e| e.origin == Origin::Fallback).collect();
    ensure!(witnessed.len() == 1);
    let uid = witnessed.first().and_then(|e| e.trigger.present()).map(|trigger| trigger.uid);
    ensure!(uid == Some(rustix::process::geteuid().as_raw()), "it says {stranger} of another: {uid:?}");
    ensure!(std::fs::read_to_string(&secret)? == "not a record", "what a link led to is untouched");
    let aside = home.state().join("aside").read_dir()?.count();
    ensure!((1..=16).contains(&aside), "{aside} set aside");
    Ok(())
}

/// A text that was left unmasked, on purpose or by a fault, is masked before it is stored.
#[test]
fn an_unmasked_text_in_the_drop_folder_is_masked_on_the_way_in() -> Result<()> {
    let home = abandoned("enforce")?;
    dangerous(&home).run()?;
    let file = dropped(&home).read_dir()?.next().context("a record")??.path();
    let token = format!("ghp_{}", "z9Y8x7W6v5U4t3S2r1Q0p9O8n7M6l5K4j3I2"); // made here, of no account
    let mut record: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    record["content"]["parts"][0]["text"] = json!(format!("curl -H 'Authorization: token {token}' x.example"));
    record["envelope"]["cwd"] = json!(format!("/srv/{token}"));
    std::fs::write(&file, serde_json::to_vec(&record)?)?;
    let envelopes = taken_in(&home)?;
    let envelope = envelopes.iter().find(|e| e.origin == Origin::Fallback).context("a record")?;
    ensure!(!serde_json::to_string(envelope)?.contains(&token), "{envelope:?}");
    let verified = home.taffrail(["verify"])?;
    ensure!(verified.exit == Some(0), "{verified:?}");
    Ok(())
}

/// 0 nothing said, 1 asked, 2 stopped.
fn level(answer: &Answer) -> usize {
    match answer.permission().as_deref() {
        Some("deny") => 2,
        Some("ask") => 1,
        _ => 0,
    }
}

/// The dangerous calls of the corpus that are one command, for this home.
fn dangerous_commands(home: &Home) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let folder = test_support::workspace().join("tests/corpus/commands");
    for file in folder.read_dir()? {
        let cases: Value =
            serde_json::to_value(toml::from_str::<toml::Value>(&std::fs::read_to_string(file?.path())?)?)?;
        let cases = cases["case"].as_array().cloned().unwrap_or_default();
        // The Bash tool speaks no other shell's language.
        let dangerous = cases.iter().filter(|case| case["want"] != "allow" && case["shell"].is_null());
        let commands = dangerous.filter_map(|case| case["command"].as_str());
        all.extend(commands.map(|command| command.replace("/home/ana", &home.home().display().to_string())));
    }
    Ok(all)
}

/// Judges these commands by a daemon and then without it; gives those whose answers differ to the milder side.
fn milder_without(home: &Home, commands: &[String]) -> Result<(usize, Vec<usize>)> {
    std::fs::create_dir_all(home.home().join("shop/.git"))?;
    let payload = |n: usize, command: &str| {
        let cwd = home.home().join("shop");
        json!({"session_id": format!("s{n}"), "cwd": cwd, "hook_event_name": "PreToolUse", "tool_name": "Bash",
               "tool_use_id": format!("t{n}"), "tool_input": {"command": command}, "permission_mode": "default"})
        .to_string()
    };
    let daemon = at_work(home)?;
    let mut with = Vec::new();
    for (n, command) in commands.iter().enumerate() {
        with.push(level(&Hook::raw(home, "claude-code", "PreToolUse", payload(n, command)).run()?));
    }
    daemon.kill()?;
    let mut milder = Vec::new();
    for (n, (command, with)) in commands.iter().zip(&with).enumerate() {
        if level(&Hook::raw(home, "claude-code", "PreToolUse", payload(n, command)).run()?) < *with {
            milder.push(n);
        }
    }
    Ok((with.iter().filter(|level| **level > 0).count(), milder))
}

fn enforcing() -> Result<Home> {
    let home = Home::new()?;
    home.configure("mode = \"enforce\"\n")?;
    Ok(home)
}

/// Every other dangerous line of the corpus, by the daemon and then without it, by the real programs. The engine's own
/// test `no_call_is_judged_more_mildly_without_memory` compares all of them.
///
/// To the daemon all of them are calls of one agent's process, this test, and what was stopped once is the same matter in
/// any wording. Only the session knows that; so a line that differs is judged once more by a daemon that has seen nothing.
#[test]
fn without_the_daemon_no_dangerous_call_is_answered_more_mildly() -> Result<()> {
    let home = enforcing()?;
    let commands: Vec<String> = dangerous_commands(&home)?.into_iter().step_by(2).collect();
    ensure!(commands.len() >= 200, "{} commands", commands.len());
    let (held, differ) = milder_without(&home, &commands)?;
    ensure!(held * 10 >= commands.len() * 9, "the daemon itself holds {held} of {}", commands.len());
    ensure!(differ.len() * 50 < commands.len(), "{} of {} differ", differ.len(), commands.len());
    for n in differ {
        let fresh = enforcing()?;
        let command = dangerous_commands(&fresh)?.into_iter().step_by(2).nth(n).context("the same line")?;
        let (_, milder) = milder_without(&fresh, std::slice::from_ref(&command))?;
        ensure!(milder.is_empty(), "milder without the daemon: {command}");
    }
    Ok(())
}

/// The same user's own processes cannot make an answer milder: neither by taking the daemon's time and places, nor by
/// leaving the hook without descriptors.
#[test]
fn crowds_slow_callers_and_used_up_descriptors_make_no_answer_milder() -> Result<()> {
    let home = Home::new()?;
    home.configure("mode = \"enforce\"\n")?;
    std::fs::create_dir_all(home.home().join("other-project/.git"))?;
    let daemon = at_work(&home)?;
    let stopped = |what: &str| -> Result<()> {
        let answer = dangerous(&home).run()?;
        ensure!(answer.permission().as_deref() == Some("deny"), "{what}: {answer:?}\n{}", daemon.log());
        Ok(())
    };
    let idle: Vec<Wire> = (0..400).map(|_| Wire::connect(&home)).collect::<Result<_>>()?;
    stopped("400 idle connections")?;
    drop(idle);
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut wire = Wire::connect(&home)?;
        wire.bytes(&[1])?;
        slow.push(wire);
    }
    stopped("200 connections that send one byte")?;
    drop(slow);
    // Descriptors 0 to 2 are the hook's own. With none left not even the prepared answer can be read; what an agent is
    // started with is not the agent's to choose.
    for left in [4, 5, 6, 8, 12] {
        let hook = dangerous(&home);
        let program = &home.programs()?.taffrail;
        let mut command = home.command("/bin/sh");
        command.args(["-c", "ulimit -n \"$1\"; exec \"$2\" hook claude-code PreToolUse", "sh"]);
        command.arg(left.to_string()).arg(program);
        let answer = test_support::hook::run(command, hook.payload(), Duration::from_secs(20))?;
        ensure!(answer.permission().as_deref() == Some("deny"), "{left} descriptors: {answer:?}");
    }
    Ok(())
}

#[test]
fn a_drop_folder_with_ten_thousand_files_holds_no_call_up() -> Result<()> {
    let home = abandoned("enforce")?;
    dangerous(&home).run()?;
    let folder = dropped(&home);
    for n in 0..10_000 {
        std::fs::write(folder.join(format!("flood-{n}.json")), b"{}")?;
    }
    let daemon = at_work(&home)?;
    for _ in 0..20 {
        let answer = dangerous(&home).run()?;
        // What no daemon answers in a second is judged beside it, and that is told below.
        ensure!(answer.permission().as_deref() == Some("deny"), "{}", answer.text());
    }
    until("the first of them to be taken", Duration::from_secs(30), || Ok((waiting(&home) < 9_000).then_some(())))?;
    ensure!(daemon.stop()?.success(), "it ends while there is still much to take");
    let judged = envelopes(&home)?.iter().filter(|e| e.origin == Origin::Hook && e.decision.is_some()).count();
    ensure!(judged == 20, "{judged} of 20 calls were answered by the daemon");
    Ok(())
}
