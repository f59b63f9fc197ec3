//! One hook call: the payload to the daemon, the daemon's bytes to the agent.
//!
//! Whatever happens, the agent gets exactly one well-formed answer before its own limit: the daemon's, that of the engine
//! run once where no daemon answers, or the finished one of the fallback table. The hook knows no agent's dialect; it prints bytes that others made. Everything waits in
//! `poll` with the time that is left, so neither a writer that never closes nor a daemon that never answers can hold it;
//! that needs no second thread, whose start would cost more than all the rest of this program.

mod alone;
mod answer;
mod exchange;
mod fallback;

use exchange::{Exchange, Outcome};
use platform::names::{SYSTEM, Scope, User};
use platform::socket::client;
use platform::streams;
use protocol::fallback::{Answer, Situation};
use protocol::frame::{FORWARDED, Hello};
use std::mem::ManuallyDrop;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// No daemon has taken the connection in this time: it is away.
const WAITING: Duration = Duration::from_secs(1);
/// How long a payload that nobody wants is read, so that the agent does not meet a closed pipe.
const DRAIN: Duration = Duration::from_millis(100);

/// The time in which this event is answered: 5 s, or the agent's own limit less 300 ms.
fn limit(agent: &str, event: &str) -> Duration {
    match (agent, event) {
        // Claude Code gives a session's last hooks 1.5 s, Codex 1 s.
        ("claude-code", "SessionEnd") => Duration::from_millis(1_200),
        ("codex", "SessionEnd" | "Interrupt") => Duration::from_millis(700),
        _ => Duration::from_secs(5),
    }
}

/// Says nothing, in this agent's way.
pub(crate) fn no_opinion(agent: protocol::Agent) -> ExitCode {
    let until = Instant::now() + DRAIN;
    print(&fallback::no_opinion(agent.name()), until);
    streams::drain_input(until);
    ExitCode::SUCCESS
}

/// Answers one event.
pub(crate) fn run(agent: &str, event: &str) -> ExitCode {
    let start = Instant::now();
    if SYSTEM.stood_down() {
        print(&fallback::stood_down(agent, event), start + DRAIN);
        streams::drain_input(start + DRAIN);
        return ExitCode::SUCCESS;
    }
    answer_panics(agent.to_owned(), event.to_owned());
    let limit = limit(agent, event);
    let deadline = start + limit;
    let (answer, drained, until) = match ask(agent, event, start, limit) {
        Outcome::Answered { answer, drained } => (answer, drained, deadline),
        other => {
            let situation = if matches!(other, Outcome::TooBig) { Situation::TooBig } else { Situation::Away };
            // On a busy machine the deadline may be past by now: half an answer would be none, and go for an allow.
            (fallback::answer(agent, event, situation), false, Instant::now().max(deadline))
        }
    };
    print(&answer, until + DRAIN);
    if !drained {
        streams::drain_input(Instant::now().min(deadline) + DRAIN);
    }
    ExitCode::from(answer.exit)
}

fn ask(agent: &str, event: &str, start: Instant, limit: Duration) -> Outcome {
    let stream = connect(start + WAITING);
    // Never given back piece by piece: the process ends with the answer.
    let hello = ManuallyDrop::new(Hello {
        agent: agent.to_owned(),
        event: event.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        environment: FORWARDED
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), std::env::var_os(name)?.into_vec())))
            .collect(),
    });
    let deadline = start + limit;
    let outcome = match stream {
        // What is left of the time is for the engine alone.
        Some(stream) => Exchange::new(stream, &hello).run(start + WAITING, start + limit * 3 / 4, deadline),
        None => return alone::ask(None, &hello, deadline),
    };
    match outcome {
        Outcome::Away(Some(exchange)) => alone::ask(Some(exchange), &hello, deadline),
        other => other,
    }
}

/// The daemon of the system where one is installed, else the user's own.
fn connect(deadline: Instant) -> Option<UnixStream> {
    if let Some(owner) = SYSTEM.installation() {
        return dial(&SYSTEM.socket(), Scope::System, owner, deadline);
    }
    let user = User::of_process();
    user.sockets(&SYSTEM).find_map(|path| dial(&path, Scope::User, user.uid, deadline))
}

fn dial(path: &Path, scope: Scope, owner: u32, deadline: Instant) -> Option<UnixStream> {
    match client::connect(path, scope, owner, deadline) {
        // Whoever started us left no room: what we were given beside our own three is nothing to us.
        Err(error) if error.is_full() => {
            streams::make_room();
            client::connect(path, scope, owner, deadline).ok()
        }
        other => other.ok(),
    }
}

static ANSWERED: AtomicBool = AtomicBool::new(false);

/// Prints the answer, all of standard output before standard error. An agent that does not read is not waited for
/// longer than the deadline.
fn print(answer: &Answer, deadline: Instant) {
    if !ANSWERED.swap(true, Ordering::AcqRel) {
        streams::print(&answer.stdout, deadline);
        streams::print_error(&answer.stderr, deadline);
    }
}

/// A panic is answered like an absent daemon. Set before anything that could panic, and not by catching: this program
/// aborts on panics as it ships.
fn answer_panics(agent: String, event: String) {
    std::panic::set_hook(Box::new(move |_| {
        let answer = fallback::answer(&agent, &event, Situation::Away);
        print(&answer, Instant::now() + DRAIN);
        #[expect(clippy::exit, reason = "after a panic there is nothing to return to")]
        std::process::exit(i32::from(answer.exit));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::fallback::{Row, Table};

    #[test]
    fn a_panic_is_answered_from_the_table() {
        const INSIDE: &str = "TAFFRAIL_TEST_PANICS";
        if std::env::var_os(INSIDE).is_some() {
            answer_panics("claude-code".into(), "PreToolUse".into());
            panic!("on purpose");
        }
        let state = tempfile::tempdir().unwrap();
        let answer = Answer { exit: 3, stdout: b"{\"prepared\":1}".to_vec(), stderr: Vec::new() };
        let row = Row { agent: "claude-code".into(), event: String::new(), situation: Situation::Away, answer };
        let table = Table { enforce: true, rows: vec![row], ..Table::default() }.encode().unwrap();
        std::fs::create_dir(state.path().join("taffrail")).unwrap();
        platform::files::write_atomic(&state.path().join("taffrail/fallback.bin"), &table, 0o600).unwrap();

        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "hook::tests::a_panic_is_answered_from_the_table", "--nocapture"])
            .env(INSIDE, "1")
            .env("XDG_STATE_HOME", state.path())
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();

        assert_eq!(output.status.code(), Some(3));
        assert!(output.stdout.ends_with(b"{\"prepared\":1}"), "{:?}", String::from_utf8_lossy(&output.stdout));
        assert!(!String::from_utf8_lossy(&output.stderr).contains("on purpose"), "nothing but the answer is said");
    }
}
