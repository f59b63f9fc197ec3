//! The time that a tool call takes longer with our hook than with an empty program in its place, as the real Claude Code
//! sees it.
//!
//! The agent's settings are those of an installation, but each hook on a tool event stands there twice: ours for calls
//! about one file, the empty program for calls about another (`if`, which the agent looks at before it starts a hook).
//! The scripted model asks for the two in turns, so both halves of a pair stand side by side in one session, and from
//! session to session the files change their parts. A call's time is that between the model's answer that asks for it and
//! the request that brings its result, by the clock of the model's server.

use super::load::Load;
use super::spread::{interval, median, passed};
use crate::cargo::Cargo;
use crate::{build, tools};
use agents::OnFailure;
use anyhow::{Context, Result, ensure};
use protocol::Agent as Product;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use test_support::{Agent, AgentRun, Daemon, Home, Programs};

/// Pairs of calls per tool.
const ROUNDS: usize = 500;

/// Pairs in one session: more, and each request carries a long history; fewer, and starting the agent takes all the time.
const PER_SESSION: usize = 25;

/// Milliseconds.
const AT_MOST: f64 = 2.0;

/// Events of a single tool call.
const OF_TOOLS: [&str; 3] = ["PreToolUse", "PostToolUse", "PostToolUseFailure"];

/// Session start, prompt, session end: our hook is called there as well.
const BESIDE: usize = 3;

/// Which file a call is about.
const FILES: [&str; 2] = ["a.txt", "b.txt"];

#[derive(Clone, Copy, Debug)]
enum Tool {
    Bash,
    Read,
}

/// One call with ours and one with the empty program, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pair {
    ours: f64,
    empty: f64,
}

pub(super) fn run(rounds: Option<usize>) -> Result<String> {
    let cargo = Cargo::here()?;
    let programs = build::shipped(&cargo)?;
    let empty = build::tiny(&cargo.target.join("bench"), "empty", include_str!("../../bench/empty.rs"))?;
    let version = tools::agent("claude-code", &tools::cache()?)?;
    let load = Load::settle(rounds.is_some())?;
    let rounds = rounds.unwrap_or(ROUNDS);
    let mut out = format!(
        "Claude Code {version}, sessions of at most {PER_SESSION} pairs; milliseconds from the model's answer to the next \
         request.\n\n"
    );
    out += "| tool | pairs | with our hook, p50 | with an empty program, p50 | added: median of differences | 95 % between |\n";
    out += "|---|---|---|---|---|---|\n";
    for tool in [Tool::Bash, Tool::Read] {
        let pairs = pairs(&programs, &empty, tool, rounds)?;
        let of = |figure: fn(&Pair) -> f64| pairs.iter().map(figure).collect::<Vec<f64>>();
        let added = median(of(|pair| pair.ours - pair.empty));
        let (low, high) = interval(of(|pair| pair.ours - pair.empty));
        writeln!(
            out,
            "| {tool:?} | {} | {:.1} | {:.1} | {added:.2}{} | {low:.2} and {high:.2} |",
            pairs.len(),
            median(of(|pair| pair.ours)),
            median(of(|pair| pair.empty)),
            passed(added, AT_MOST),
        )?;
    }
    Ok(load.line()? + &out)
}

/// So many pairs, in as many sessions as that takes.
fn pairs(programs: &Programs, empty: &Path, tool: Tool, count: usize) -> Result<Vec<Pair>> {
    let mut home = Home::new()?;
    home.install(programs.clone());
    home.configure("mode = \"enforce\"\n")?;
    let daemon = Daemon::start(&home)?;
    let mut pairs = Vec::with_capacity(count);
    while pairs.len() < count {
        let session = pairs.len() / PER_SESSION;
        let (wanted, swapped) = (PER_SESSION.min(count - pairs.len()), session % 2 == 1);
        let before = calls(&home)?;
        let settings = settings(&programs.taffrail, empty, tool, swapped)?;
        let run = Agent::claude_code_with(&home, &scenario(tool, wanted)).settings(settings).run()?;
        let found = timed(&run, wanted, swapped).with_context(|| format!("session {session} of {tool:?}"))?;
        // Ours was called before and after one call of each pair, and nowhere else.
        let ours = calls(&home)?.saturating_sub(before);
        let right = 2 * wanted..=2 * wanted + BESIDE;
        ensure!(right.contains(&ours), "{ours} calls reached the daemon in a session of {wanted} pairs");
        pairs.extend(found);
    }
    daemon.stop()?;
    Ok(pairs)
}

/// How many calls the daemon has taken.
fn calls(home: &Home) -> Result<usize> {
    let status = home.taffrail(["status", "--json"])?.json()?;
    Ok(usize::try_from(status["counts"]["calls"].as_u64().context("a status without its calls")?)?)
}

/// An installation's settings, with the empty program in our place for one of the files.
fn settings(taffrail: &Path, empty: &Path, tool: Tool, swapped: bool) -> Result<Value> {
    let mut settings =
        agents::settings(Product::ClaudeCode, taffrail, OnFailure::Continue).context("no settings for it")?;
    let only = |file: &str| match tool {
        Tool::Bash => format!("Bash(cat {file})"),
        Tool::Read => format!("Read(./{file})"),
    };
    let [first, second] = FILES;
    let (of_ours, of_empty) = if swapped { (second, first) } else { (first, second) };
    for event in OF_TOOLS {
        let hooks = &mut settings["hooks"][event][0]["hooks"];
        let mut ours = hooks[0].take();
        ensure!(ours["command"].is_string(), "an installation has no hook on {event}");
        let mut theirs = ours.clone();
        ours["if"] = only(of_ours).into();
        theirs["if"] = only(of_empty).into();
        theirs["command"] = empty.to_str().context("a path that is no text")?.into();
        *hooks = json!([ours, theirs]);
    }
    Ok(settings)
}

/// Which file comes first changes from pair to pair: what drifts during a session hits both alike.
fn order(pair: usize) -> [usize; 2] {
    if pair.is_multiple_of(2) { [0, 1] } else { [1, 0] }
}

/// Calls about the one and the other file in turns. The pause before each lets what is asynchronous of the call before
/// come to its end.
fn scenario(tool: Tool, pairs: usize) -> Value {
    let call = |at: usize| {
        let file = FILES.get(at).copied().unwrap_or_default();
        match tool {
            Tool::Bash => json!({ "tool": "shell", "command": format!("cat {file}") }),
            Tool::Read => json!({ "tool": "read", "path": format!("${{WORK}}/{file}") }),
        }
    };
    let mut turns: Vec<Value> =
        (0..pairs).flat_map(order).map(|at| json!({ "delay": 0.02, "tools": [call(at)] })).collect();
    turns.push(json!({ "text": "All done." }));
    let files = json!({ "a.txt": "one\n", "b.txt": "one\n" });
    json!({ "prompt": "Read the two files again and again.", "files": files, "turns": turns })
}

/// The pairs of one session. What is missing, failed or came twice makes the session worthless.
fn timed(run: &AgentRun, pairs: usize, swapped: bool) -> Result<Vec<Pair>> {
    let list = |key: &str| run.0[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let results = list("tool_results");
    let failed = results.iter().filter(|result| result["is_error"] != false).count();
    ensure!(results.len() == 2 * pairs && failed == 0, "{} calls, {failed} of them failed", results.len());
    let before = list("messages").iter().filter(|message| {
        message["subtype"] == "hook_response"
            && message["hook_event"] == "PreToolUse"
            && message["outcome"] == "success"
    });
    let before = before.count();
    ensure!(before == 2 * pairs, "{before} hooks ran before {} calls", 2 * pairs);
    // Beside the conversation the agent may ask for a title and the like.
    let turns: Vec<&Value> = list("requests").iter().filter(|request| request["conv"] == "c0").collect();
    let asked: Vec<Option<u64>> = turns.iter().map(|request| request["turn"].as_u64()).collect();
    ensure!(asked.iter().copied().eq((0..=2 * pairs as u64).map(Some)), "the model was asked for turns {asked:?}");
    let gap = |call: usize| -> Option<f64> {
        Some((turns.get(call + 1)?["t"].as_f64()? - turns.get(call)?["t_end"].as_f64()?) * 1e3)
    };
    let pair = |pair: usize| {
        let place = |file: usize| usize::from(order(pair)[0] != file);
        let (ours, empty) = (place(usize::from(swapped)), place(usize::from(!swapped)));
        Some(Pair { ours: gap(2 * pair + ours)?, empty: gap(2 * pair + empty)? })
    };
    (0..pairs).map(pair).collect::<Option<_>>().context("a request without its times")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A session of two pairs whose calls took 1, 2, 3 and 4 ms.
    fn session() -> Value {
        let result = json!({ "is_error": false });
        let hook = json!({ "subtype": "hook_response", "hook_event": "PreToolUse", "outcome": "success" });
        let request = |turn: u32, begin: f64| json!({ "conv": "c0", "turn": turn, "t": begin, "t_end": begin + 0.5 });
        json!({
            "tool_results": [result, result, result, result],
            "messages": [hook, hook, { "subtype": "init" }, hook, hook],
            "requests": [{ "conv": "side", "turn": 0 }, request(0, 10.0), request(1, 10.501), request(2, 11.003), request(3, 11.506), request(4, 12.01)],
        })
    }

    fn rounded(pairs: &[Pair]) -> Vec<(f64, f64)> {
        pairs.iter().map(|pair| (pair.ours.round(), pair.empty.round())).collect()
    }

    #[test]
    fn both_halves_of_a_pair_are_found_whatever_their_order_is() {
        let run = AgentRun(session());
        assert_eq!(rounded(&timed(&run, 2, false).unwrap()), [(1.0, 2.0), (4.0, 3.0)]);
        assert_eq!(rounded(&timed(&run, 2, true).unwrap()), [(2.0, 1.0), (3.0, 4.0)]);
    }

    #[test]
    fn a_session_with_a_failed_call_a_missing_hook_or_a_repeated_turn_is_refused() {
        for (pointer, value) in [
            ("/tool_results/1/is_error", json!(true)),
            ("/messages/0/outcome", json!("error")),
            ("/requests/4/turn", json!(2)),
            ("/requests/4/t_end", Value::Null),
        ] {
            let mut session = session();
            *session.pointer_mut(pointer).unwrap() = value;
            assert!(timed(&AgentRun(session), 2, false).is_err(), "{pointer}");
        }
    }

    #[test]
    fn the_two_programs_change_files_and_nothing_else_of_an_installation() {
        let (ours, empty) = (Path::new("/opt/taffrail"), Path::new("/opt/empty"));
        for (swapped, file) in [(false, "a.txt"), (true, "b.txt")] {
            let settings = settings(ours, empty, Tool::Bash, swapped).unwrap();
            let hooks = settings["hooks"]["PreToolUse"][0]["hooks"].as_array().unwrap();
            assert_eq!(hooks[0]["command"], "/opt/taffrail");
            assert_eq!(hooks[0]["if"], format!("Bash(cat {file})"));
            assert_eq!(hooks[1]["command"], "/opt/empty");
            assert_ne!(hooks[0]["if"], hooks[1]["if"]);
            assert_eq!((&hooks[0]["args"], hooks.len()), (&hooks[1]["args"], 2));
            assert_eq!(settings["hooks"]["SessionStart"][0]["hooks"][0]["command"], "/opt/taffrail");
        }
    }
}
