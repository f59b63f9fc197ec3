//! One session of the agent in a home of its own, with the daemon beside it.

use agents::OnFailure;
use anyhow::{Context, Result, ensure};
use journal::{Keys, Rows};
use platform::keys::{FileKeys, KeyStore};
use protocol::verdict::Decision;
use protocol::{Agent as Product, Phase};
use serde_json::Value;
use std::collections::BTreeMap;
use test_support::{Agent, AgentRun, Daemon, Home};

/// What the home is set to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub(super) mode: &'static str,
    /// The agent's own permissions are switched off.
    pub(super) bypass: bool,
    /// The interactive UI on a terminal, in place of a run without a person.
    pub(super) screen: bool,
    /// A policy file beside the configuration.
    pub(super) policy: Option<&'static str>,
}

/// One tool call of the scenario, and what became of it.
#[derive(Debug)]
pub(super) struct Step {
    /// What the model says before it: `(a) Cleaning up.`
    pub(super) text: String,
    /// The agent's name of the call, which is in our record too.
    pub(super) id: String,
    /// What the model was told.
    pub(super) told: String,
    /// To the model it is a failure.
    pub(super) failed: bool,
    /// Made by a sub-agent: nothing of it is on the screen.
    pub(super) subagent: bool,
}

impl Step {
    /// `(a)` where the step destroys something.
    pub(super) fn letter(&self) -> Option<&str> {
        self.text.starts_with('(').then(|| self.text.split_whitespace().next()).flatten()
    }
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) setting: Setting,
    pub(super) home: Home,
    pub(super) daemon: Daemon,
    pub(super) run: AgentRun,
    pub(super) steps: Vec<Step>,
}

impl Session {
    /// Plays a scenario to its end, with our hook in the agent's settings.
    pub(super) fn play(scenario: &str, setting: Setting) -> Result<Self> {
        let home = Home::new()?;
        home.configure(&format!("mode = \"{}\"\n", setting.mode))?;
        if let Some(policy) = setting.policy {
            home.write(home.config_file().with_file_name("policy.toml"), policy)?;
        }
        let daemon = Daemon::start(&home)?;
        let mut agent = Agent::claude_code(&home, scenario).settings(hooks(&home)?);
        if setting.bypass {
            // The agent refuses this to root outside of a sandbox.
            agent = agent.argument("--client-arg=--dangerously-skip-permissions").argument("--env=IS_SANDBOX=1");
        }
        if setting.screen {
            agent = agent.argument("--tty");
        }
        let run = agent.run()?;
        let steps = steps(scenario, &run)?;
        Ok(Self { setting, home, daemon, run, steps })
    }

    pub(super) fn destroying(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.letter().is_some())
    }

    pub(super) fn harmless(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.letter().is_none())
    }

    /// What the model was told about the step with this letter.
    pub(super) fn told(&self, letter: &str) -> Result<&str> {
        let step = self.steps.iter().find(|step| step.letter() == Some(letter));
        step.map(|step| step.told.as_str()).with_context(|| format!("no step {letter}"))
    }

    /// What stood on the screen from this step to the next; `None` where the step is not to be found there.
    pub(super) fn shown(&self, step: &Step) -> Option<&str> {
        const SAYS: &str = "claude: ";
        let (_, from) = self.run.screen().split_once(&format!("{SAYS}{}", step.text))?;
        from.split(SAYS).next()
    }

    pub(super) fn status(&self) -> Result<Value> {
        self.home.taffrail(["status", "--json"])?.json()
    }

    /// What was recorded before each call ran, by the agent's name of the call.
    pub(super) fn decisions(&self) -> Result<BTreeMap<String, Decision>> {
        let store = FileKeys::open(self.home.state().join("keys"))?;
        let key = |name: &str| -> Result<[u8; 32]> { Ok(store.get(name)?.with_context(|| format!("key {name}"))?.0) };
        let keys = Keys::new(key("journal")?, key("device")?);
        let mut all = BTreeMap::new();
        for row in Rows::of_file(&self.home.state().join("journal/current/journal.db"), &keys)? {
            let row = row?;
            ensure!(row.faults.is_empty(), "row {}: {:?}", row.stored.seq, row.faults);
            let Some(record) = row.stored.record()? else { continue };
            if record.envelope.phase != Some(Phase::Before) {
                continue;
            }
            let call = record.envelope.correlation.present().and_then(|correlation| correlation.call.clone());
            let (call, decision) = call.zip(record.envelope.decision).context("a call's name and decision")?;
            ensure!(all.insert(call.clone(), decision).is_none(), "{call} was judged twice");
        }
        Ok(all)
    }
}

/// Our part of the agent's settings, as an installation writes it.
pub(super) fn hooks(home: &Home) -> Result<Value> {
    let taffrail = &home.programs()?.taffrail;
    agents::settings(Product::ClaudeCode, taffrail, OnFailure::Continue).context("our settings")
}

/// The scenario's calls, each with its result: a conversation's results come in the order of its turns.
fn steps(scenario: &str, run: &AgentRun) -> Result<Vec<Step>> {
    let path = test_support::workspace().join(format!("tests/real-clients/scenarios/{scenario}.json"));
    let scenario: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let whole = [scenario.clone()];
    let conversations = scenario["conversations"].as_array().map_or(&whole[..], Vec::as_slice);
    let mut steps = Vec::new();
    for conversation in conversations {
        // A scenario of one conversation leaves it without a name.
        let name = conversation["name"].as_str().unwrap_or("c0");
        let results = run.0["tool_results"].as_array().context("tool results")?;
        let mut results = results.iter().filter(|result| result["conv"] == name);
        for turn in conversation["turns"].as_array().context("turns")? {
            for _ in turn["tools"].as_array().into_iter().flatten() {
                let text = turn["text"].as_str().context("a turn's text")?;
                let result = results.next().with_context(|| format!("{text:?} has no result: {}", run.0))?;
                let id = result["id"].as_str().context("a call's name")?;
                let told = match &result["content"] {
                    Value::String(told) => told.clone(),
                    other => other.to_string(),
                };
                let failed = result["is_error"] == true;
                let subagent = name == "sub";
                steps.push(Step { text: text.to_owned(), id: id.to_owned(), told, failed, subagent });
            }
        }
    }
    Ok(steps)
}
