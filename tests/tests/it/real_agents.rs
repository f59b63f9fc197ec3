//! The real Claude Code under guard: what destroys is stopped before it runs, with words that help; everything else runs
//! without a word from us.
//!
//! The steps are those of the scenarios `guard-session` and `guard-subagent`. A step whose text begins with a letter in
//! brackets destroys something, and its probe says whether it did. Nobody can be asked in these sessions, so what asks a
//! person is a stop there: the agent's own permissions are switched off, because it refuses (e) and (f) by itself
//! otherwise and a stop of its own could pass for one of ours, or it runs without a person.

mod expected;
mod policies;
mod session;
mod without_daemon;

use anyhow::{Context, Result, ensure};
use expected::{Wrong, wrong_in_detect, wrong_in_enforce};
use serde_json::json;
use session::{Session, Setting};
use std::collections::BTreeSet;
use test_support::{Agent, Daemon, Home};

const ENFORCE: Setting = Setting { mode: "enforce", bypass: true, screen: false, policy: None };
const DETECT: Setting = Setting { mode: "detect", ..ENFORCE };

/// Fails with everything that is wrong at once, what stood on the screen, and what the daemon said of it.
fn right(session: &Session, wrong: &[Wrong]) -> Result<()> {
    let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    ensure!(lines.is_empty(), "{}\n{}\n{}", lines.join("\n"), session.run.screen(), session.daemon.log());
    Ok(())
}

/// The steps that something is wrong with.
fn steps(wrong: &[Wrong]) -> BTreeSet<&str> {
    wrong.iter().map(|wrong| wrong.step.as_str()).collect()
}

#[test]
fn what_destroys_is_stopped_and_the_model_and_the_screen_say_what_why_and_instead() -> Result<()> {
    let session = Session::play("guard-session", Setting { screen: true, ..ENFORCE })?;
    right(&session, &wrong_in_enforce(&session)?)?;
    ensure!(session.status()?["counts"]["stopped"] == session.destroying().count(), "{}", session.status()?);

    // The code on the screen leads to the whole story.
    let code = session.told("(a)")?.rsplit_once('(').map(|(_, code)| code.trim_end_matches(')').to_owned());
    let page = session.home.taffrail(["explain", &code.context("the code")?])?.text();
    for part in ["Stopped at", "rm -rf ~/other-project", "fs.delete-other-project", "What to do instead"] {
        ensure!(page.contains(part), "{part:?} is missing:\n{page}");
    }
    Ok(())
}

/// The agent's permissions are on, and nobody is there whom our ask could be shown to.
#[test]
fn what_destroys_is_stopped_where_the_agent_runs_without_a_person() -> Result<()> {
    let session = Session::play("guard-session", Setting { bypass: false, ..ENFORCE })?;
    right(&session, &wrong_in_enforce(&session)?)
}

/// The agent shows nothing of a hook's words in a sub-agent: they come with the next answer that the person sees.
#[test]
fn what_destroys_is_stopped_in_a_sub_agent_and_the_screen_says_so_when_it_can() -> Result<()> {
    let session = Session::play("guard-subagent", Setting { screen: true, ..ENFORCE })?;
    right(&session, &wrong_in_enforce(&session)?)
}

#[test]
fn in_detect_all_runs_and_each_record_says_what_would_have_been() -> Result<()> {
    for scenario in ["guard-session", "guard-subagent"] {
        let session = Session::play(scenario, DETECT)?;
        right(&session, &wrong_in_detect(&session)?)?;
        let would = &session.status()?["counts"]["would_have_stopped"];
        ensure!(*would == session.destroying().count(), "{would} counted");
    }
    Ok(())
}

/// The dialog is the agent's own; on files it shows the change and no words of any hook, so a tool is called here.
#[test]
fn where_a_person_is_there_our_question_stands_in_the_agents_dialog_and_no_means_no() -> Result<()> {
    let home = Home::new()?;
    home.configure("mode = \"enforce\"\n")?;
    let _daemon = Daemon::start(&home)?;
    let path = "${WORK}/marker.txt";
    let call = json!({"tool": "mcp", "server": "marker", "name": "delete_marker", "input": {"path": path}});
    let scenario = json!({
        "prompt": "Delete the marker.",
        "files": {"marker.txt": "do not lose me\n"},
        "turns": [{"text": "The marker is old.", "tools": [call]}, {"text": "All done."}],
        "keys": {"claude-code": [
            {"screen": "Escape to cancel", "give_up": 40, "send": "\u{1b}", "pause": 1},
            {"screen": "Interrupted", "give_up": 20, "send": "/exit\r", "pause": 1},
        ]},
        "probes": {"marker_gone": {"path_absent": path}},
    });
    let run = Agent::claude_code_with(&home, &scenario).settings(session::hooks(&home)?).argument("--tty").run()?;
    let screen = run.screen().split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["Taffrail asks before this one: it would call delete_marker", "Yes runs it; no tells Claude to stop"] {
        ensure!(screen.contains(part), "{part:?} is missing:\n{}", run.screen());
    }
    ensure!(!run.probe("marker_gone")?, "{}", run.screen());
    Ok(())
}

/// The checks above must see a guard that stops everything: it would pass for a good one if only damage were looked at.
#[test]
fn a_guard_that_blocks_everything_fails_the_checks_of_enforce() -> Result<()> {
    let session = Session::play("guard-session", Setting { policy: Some(expected::BLOCK_EVERYTHING), ..ENFORCE })?;
    let wrong = wrong_in_enforce(&session)?;
    let harmless: BTreeSet<&str> = session.harmless().map(|step| step.text.as_str()).collect();
    ensure!(steps(&wrong).is_superset(&harmless), "not seen: {:?}", harmless.difference(&steps(&wrong)));
    Ok(())
}

/// And one that stops nothing, at every step that destroys something.
#[test]
fn a_guard_that_allows_everything_fails_the_checks_of_enforce() -> Result<()> {
    let session = Session::play("guard-session", DETECT)?;
    let wrong = wrong_in_enforce(&session)?;
    let destroying: BTreeSet<&str> = session.destroying().map(|step| step.text.as_str()).collect();
    ensure!(steps(&wrong) == destroying, "{wrong:?}");
    for step in session.destroying() {
        let probe = expected::words(step)?.probe;
        ensure!(session.run.probe(probe)?, "{probe}: something else than our guard stopped it");
    }
    Ok(())
}
