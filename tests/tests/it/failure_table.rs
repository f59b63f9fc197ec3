//! `docs/failure-table.md`: what the hook answers when parts of Taffrail are away, walked with the real programs.
//!
//! The page is written by this test with `TAFFRAIL_WRITE=1` and compared by it otherwise.

mod situations;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use situations::{SITUATIONS, Situation};
use std::fmt::Write as _;
use std::time::Duration;
use test_support::{Answer, Daemon, Home, Hook};

/// What an answer comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// No opinion: the agent goes on as without us.
    GoesOn,
    /// Stopped, by the rule that speaks of it.
    Stopped,
    /// Stopped, because nobody could judge it.
    Unjudged,
}

impl Said {
    fn word(self) -> &'static str {
        match self {
            Self::GoesOn => "goes on",
            Self::Stopped => "stopped by its rule",
            Self::Unjudged => "not run: nobody judged it",
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Agent {
    ClaudeCode,
    Cursor,
}

impl Agent {
    /// A call of a shell command.
    fn call<'a>(self, home: &'a Home, command: &str) -> Hook<'a> {
        match self {
            Self::ClaudeCode => Hook::before(home, "Bash", &json!({ "command": command })),
            Self::Cursor => {
                let payload = json!({
                    "conversation_id": "c", "generation_id": "g", "session_id": "c", "model": "m",
                    "hook_event_name": "beforeShellExecution", "cursor_version": "3.18.2",
                    "workspace_roots": [home.work()], "command": command, "cwd": "", "sandbox": false,
                });
                Hook::raw(home, "cursor", "beforeShellExecution", payload.to_string())
            }
        }
    }

    /// # Errors
    ///
    /// When the answer is not one that this agent takes.
    fn read(self, answer: &Answer) -> Result<Said> {
        ensure!(answer.exit == Some(0) && answer.stderr.is_empty(), "{answer:?}");
        let (stopped, text) = match self {
            Self::ClaudeCode if answer.stdout.is_empty() => (false, None),
            Self::ClaudeCode => (answer.permission().as_deref() == Some("deny"), answer.reason()),
            Self::Cursor => {
                let said = answer.json()?;
                let text = said["agent_message"].as_str().map(str::to_owned);
                ensure!(said.is_object(), "{said}");
                (said["permission"] == "deny", text)
            }
        };
        Ok(match (stopped, text) {
            (false, _) => Said::GoesOn,
            (true, Some(text)) if text.starts_with("Not run: ") => Said::Unjudged,
            (true, _) => Said::Stopped,
        })
    }
}

/// One cell: a dangerous and a harmless call.
fn walk(situation: &Situation, mode: &str, agent: Agent) -> Result<[Said; 2]> {
    let mut home = Home::new()?;
    let scene = (situation.prepare)(&mut home, mode).with_context(|| format!("prepare: {}", situation.name))?;
    let mut said = [Said::GoesOn; 2];
    for (said, command) in said.iter_mut().zip(["rm -rf ~/other-project", "git status"]) {
        let call = agent.call(&home, command);
        let answer = match situation.within {
            None => call.run()?,
            Some(within) => test_support::hook::run(within(&home, &call)?, call.payload(), Duration::from_secs(30))?,
        };
        ensure!(answer.elapsed < Duration::from_secs(9), "{}: {:?}", situation.name, answer.elapsed);
        *said = agent.read(&answer).with_context(|| format!("{} in {mode}, {command}", situation.name))?;
    }
    drop(scene);
    Ok(said)
}

const CELLS: [(&str, Agent); 4] = [
    ("detect", Agent::ClaudeCode),
    ("detect", Agent::Cursor),
    ("enforce", Agent::ClaudeCode),
    ("enforce", Agent::Cursor),
];

fn cell([dangerous, harmless]: [Said; 2]) -> String {
    if dangerous == harmless {
        return format!("both: {}", dangerous.word());
    }
    format!("{}; harmless: {}", dangerous.word(), harmless.word())
}

const HEAD: &str = "\
# When parts of Taffrail are away

What the hook answers to a dangerous call (`rm -rf` of another project) and to a harmless one (`git status`), as the real
programs answered it. This page is written by the test that walks it, `failure_table`, with `TAFFRAIL_WRITE=1`; the test
fails when an answer differs from the page. Every answer came in the agent's own form, within nine seconds, exit code 0.

In **detect** nothing is ever stopped, whatever is away: the rows say so, and the two columns are one where both agents
answer alike. In **enforce** a call that nobody judged does not run, as long as the table of answers is there.

A socket that the same user planted is believed in user mode, because user mode holds nothing against its own account.
Beside a system installation the socket's folder is root's and nobody else can plant one there.

| what is away | detect, Claude Code | detect, Cursor | enforce, Claude Code | enforce, Cursor |
|---|---|---|---|---|
";

mod second_user {
    use super::*;

    #[test]
    fn the_failure_table_says_what_the_programs_answer() -> Result<()> {
        let mut page = HEAD.to_owned();
        // A few at a time: some of them wait for seconds.
        for some in SITUATIONS.chunks(3) {
            for row in together(some.iter().map(|situation| move || row(situation))) {
                page.push_str(&row?);
            }
        }
        let path = test_support::workspace().join("docs/failure-table.md");
        if std::env::var_os("TAFFRAIL_WRITE").is_some() {
            std::fs::write(&path, &page)?;
        }
        let stored = std::fs::read_to_string(&path)?;
        ensure!(stored == page, "docs/failure-table.md is stale (TAFFRAIL_WRITE=1 writes it); now it is:\n{page}");
        Ok(())
    }

    /// Does all of it at once; in the order given.
    fn together<T: Send>(work: impl Iterator<Item = impl FnOnce() -> T + Send>) -> Vec<T> {
        std::thread::scope(|scope| {
            let threads: Vec<_> = work.map(|one| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    fn row(situation: &Situation) -> Result<String> {
        let mut row = format!("| {} |", situation.name);
        let cells = together(CELLS.into_iter().map(|(mode, agent)| move || walk(situation, mode, agent)));
        for ((mode, _), said) in CELLS.into_iter().zip(cells) {
            let said = said?;
            let expected = if mode == "detect" { [Said::GoesOn; 2] } else { situation.enforce };
            ensure!(said == expected, "{} in {mode}: {said:?}, expected {expected:?}", situation.name);
            write!(row, " {} |", cell(said))?;
        }
        row.push('\n');
        Ok(row)
    }
}
