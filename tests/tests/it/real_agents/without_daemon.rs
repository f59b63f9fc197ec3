//! The real Claude Code while parts of Taffrail are away: rows of `docs/failure-table.md`.

use super::session;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::ffi::OsString;
use test_support::{Agent, AgentRun, Daemon, Home, Wire};

/// One call that destroys and one that does not.
fn scenario() -> Value {
    let shell = |text: &str, command: &str| json!({"text": text, "tools": [{"tool": "shell", "command": command}]});
    json!({
        "prompt": "Tidy up.",
        "files": {"~/other-project/notes.txt": "never pushed\n", "~/other-project/.git/HEAD": "ref: refs/heads/main\n"},
        "turns": [
            shell("The old project goes.", "rm -rf ~/other-project"),
            shell("A note of it.", "echo tidy > note.txt"),
            {"text": "All done."},
        ],
        "keys": {"claude-code": [{"screen": "All done", "give_up": 60, "send": "/exit\r", "pause": 1}]},
        "probes": {
            "project_gone": {"path_absent": "${HOME}/other-project/notes.txt"},
            "note_missing": {"path_absent": "${WORK}/note.txt"},
        },
    })
}

/// Runs the agent, its own permissions switched off, where a daemon in this mode was and is no more.
fn run(mode: &str, spoil: impl FnOnce(&Home) -> Result<()>, arguments: &[OsString]) -> Result<AgentRun> {
    let home = Home::new()?;
    home.configure(&format!("mode = \"{mode}\"\n"))?;
    let daemon = Daemon::start(&home)?;
    Wire::request(&home, "status", &[])?;
    daemon.kill()?;
    spoil(&home)?;
    let mut agent = Agent::claude_code_with(&home, &scenario())
        .settings(session::hooks(&home)?)
        .argument("--client-arg=--dangerously-skip-permissions")
        .argument("--env=IS_SANDBOX=1");
    for argument in arguments {
        agent = agent.argument(argument);
    }
    agent.run()
}

fn told(run: &AgentRun) -> Result<[String; 2]> {
    run.tool_results().try_into().map_err(|all| anyhow::anyhow!("{all:?}"))
}

#[test]
fn with_the_daemon_killed_the_rule_stops_the_call_and_the_work_goes_on() -> Result<()> {
    let run = run("enforce", |_| Ok(()), &[])?;
    let [project, _] = told(&run)?;
    ensure!(!run.probe("project_gone")? && !run.probe("note_missing")?, "{}", run.0);
    ensure!(project.contains("Stopped by Taffrail before it ran"), "{project}");
    ensure!(project.contains("which lies outside this project"), "{project}");
    Ok(())
}

#[test]
fn with_the_daemon_killed_in_detect_both_run() -> Result<()> {
    let run = run("detect", |_| Ok(()), &[])?;
    ensure!(run.probe("project_gone")? && !run.probe("note_missing")?, "{}", run.0);
    Ok(())
}

#[test]
fn without_daemon_and_snapshot_nothing_runs_and_the_model_is_told_whose_fault_it_is() -> Result<()> {
    let run = run("enforce", |home| Ok(std::fs::remove_file(home.state().join("snapshot.bin"))?), &[])?;
    ensure!(!run.probe("project_gone")? && run.probe("note_missing")?, "{}", run.0);
    for told in told(&run)? {
        ensure!(told.contains("the guard on this machine could not answer"), "{told}");
    }
    Ok(())
}

/// The way out when Taffrail itself is the outage: the daemon's program gone, the policy broken, a root's file.
#[test]
fn the_stand_down_file_brings_the_agent_back_at_once_and_the_screen_says_so() -> Result<()> {
    let etc = tempfile::tempdir()?;
    std::fs::create_dir(etc.path().join("taffrail"))?;
    std::fs::write(etc.path().join("taffrail/stand-down"), "")?;
    let mut argument = OsString::from("--etc=");
    argument.push(etc.path());
    let spoil = |home: &Home| {
        std::fs::remove_file(home.state().join("snapshot.bin"))?;
        home.write(home.config_file().with_file_name("policy.toml"), "no policy at all").map(drop)
    };
    let run = run("enforce", spoil, &[argument, "--tty".into()])?;
    ensure!(run.probe("project_gone")? && !run.probe("note_missing")?, "{}\n{}", run.0, run.screen());
    let screen = run.screen().split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(screen.contains("Taffrail stands down on this machine"), "{}", run.screen());
    Ok(())
}

/// Settings travel: with dotfiles, into containers. Where they name a hook that is not there, nobody is locked out.
#[test]
fn settings_copied_to_a_home_without_taffrail_leave_the_agent_at_work() -> Result<()> {
    let home = Home::new()?;
    let hooks =
        agents::settings(protocol::Agent::ClaudeCode, "/nowhere/taffrail".as_ref(), agents::OnFailure::Continue);
    let run = Agent::claude_code_with(&home, &scenario())
        .settings(hooks.context("our settings")?)
        .argument("--client-arg=--dangerously-skip-permissions")
        .argument("--env=IS_SANDBOX=1")
        .run()?;
    ensure!(run.probe("project_gone")? && !run.probe("note_missing")?, "{}", run.0);
    Ok(())
}
