//! A real coding agent against a scripted model, by `tests/real-clients`.

use crate::{Home, cache, hook, parts, workspace};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// One run of an agent in a [`Home`]: its home and work folders are that home's, so a daemon started there sees the
/// agent as its own user's.
///
/// The agent's environment is made by `real-clients`; the variables of the home, `PATH` apart, are handed on.
#[derive(Debug)]
pub struct Agent<'a> {
    home: &'a Home,
    name: &'static str,
    prefix: PathBuf,
    scenario: Result<PathBuf, String>,
    settings: Value,
    arguments: Vec<OsString>,
}

/// What `real-clients run` said.
#[derive(Debug)]
pub struct AgentRun(pub Value);

impl<'a> Agent<'a> {
    /// Claude Code, pinned; `scenario` is a name in `tests/real-clients/scenarios` or a path.
    pub fn claude_code(home: &'a Home, scenario: impl Into<PathBuf>) -> Self {
        let (name, prefix) = ("claude-code", cache::agents());
        Self { home, name, prefix, scenario: Ok(scenario.into()), settings: json!({}), arguments: Vec::new() }
    }

    /// Claude Code with a scenario made by the test: `prompt`, `files`, `turns`, `probes` as `real-clients` has them.
    pub fn claude_code_with(home: &'a Home, scenario: &Value) -> Self {
        let path = home.root().join("scenario.json");
        let written = std::fs::write(&path, scenario.to_string());
        Self { scenario: written.map(|()| path).map_err(|e| e.to_string()), ..Self::claude_code(home, "") }
    }

    /// Puts our hook on these events in the agent's user settings: the very command that an installation writes.
    ///
    /// # Errors
    ///
    /// When the programs cannot be built.
    pub fn guarded(self, events: &[&str]) -> Result<Self> {
        let taffrail = self.home.programs()?.taffrail.display().to_string();
        let hooks: Map<_, _> = events
            .iter()
            .map(|event| {
                let command = format!("'{taffrail}' hook {} {event}", self.name);
                ((*event).to_owned(), json!([{"hooks": [{"type": "command", "command": command, "timeout": 10}]}]))
            })
            .collect();
        Ok(self.settings(json!({ "hooks": hooks })))
    }

    /// Adds to the agent's user settings; objects are merged.
    #[must_use]
    pub fn settings(mut self, settings: Value) -> Self {
        merge(&mut self.settings, settings);
        self
    }

    /// Another folder of installed agents than [`cache::agents`].
    #[must_use]
    pub fn installed_in(mut self, prefix: impl Into<PathBuf>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// An argument for `real-clients run`: `--tty`, `--uid`, `--managed DIR`, ….
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Runs the agent to its end.
    ///
    /// # Errors
    ///
    /// When the agent is not installed (with the step that installs it), fails, or has not ended after two minutes.
    pub fn run(&self) -> Result<AgentRun> {
        let answer = hook::run(self.command()?, b"", Duration::from_mins(2))?;
        if answer.exit != Some(0) {
            bail!("real-clients run {}: exit {:?}\n{}", self.name, answer.exit, answer.errors());
        }
        let run = AgentRun(answer.json()?);
        // A program in the agent's place that does nothing must not pass for an agent that was stopped.
        if run.0["requests"].as_array().is_none_or(Vec::is_empty) {
            bail!("{} asked its model nothing; stderr {}, exit {}", self.name, run.0["stderr"], run.0["exit_code"]);
        }
        parts::used(self.name, run.version());
        Ok(run)
    }

    fn command(&self) -> Result<Command> {
        let prefix = &self.prefix;
        let runner = workspace().join("tests/real-clients/real-clients");
        if !prefix.join(self.name).join("node_modules").is_dir() {
            bail!(
                "{} is not installed in {}: run tests/real-clients/real-clients install {} {}",
                self.name,
                prefix.display(),
                self.name,
                prefix.display()
            );
        }
        let scenario = self.scenario.as_ref().map_err(|e| anyhow::anyhow!("write the scenario: {e}"))?;
        let mut command = Command::new(runner);
        command.args(["run", self.name]).arg(scenario).arg("--prefix").arg(prefix);
        command.arg("--dir").arg(self.home.root()).arg("--settings").arg(self.settings.to_string());
        for (name, value) in self.home.variables().iter().filter(|(name, _)| name != "PATH" && name != "HOME") {
            let mut pair = name.clone();
            pair.push("=");
            pair.push(value);
            command.arg("--env").arg(pair);
        }
        command.args(&self.arguments);
        Ok(command)
    }
}

impl AgentRun {
    /// Did the probe find its effect?
    ///
    /// # Errors
    ///
    /// When the scenario has no such probe.
    pub fn probe(&self, name: &str) -> Result<bool> {
        self.0["probes"][name].as_bool().with_context(|| format!("no probe {name} in {}", self.0["probes"]))
    }

    /// What the model was told about each tool call, in order.
    pub fn tool_results(&self) -> Vec<String> {
        let text = |result: &Value| match &result["content"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.0["tool_results"].as_array().map(|all| all.iter().map(text).collect()).unwrap_or_default()
    }

    /// With `--tty`: what stood on the screen.
    pub fn screen(&self) -> &str {
        self.0["screen"].as_str().unwrap_or_default()
    }

    /// The agent's version.
    pub fn version(&self) -> &str {
        self.0["version"].as_str().unwrap_or_default()
    }
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_merged_key_by_key() {
        let home = Home::new().unwrap();
        let agent = Agent::claude_code(&home, "bash-rm")
            .settings(json!({"hooks": {"Stop": [1]}, "model": "a"}))
            .settings(json!({"hooks": {"PreToolUse": [2]}, "model": "b"}));
        assert_eq!(agent.settings, json!({"hooks": {"Stop": [1], "PreToolUse": [2]}, "model": "b"}));
    }

    #[test]
    fn what_the_model_was_told_is_text_in_either_form() {
        let run = AgentRun(json!({"tool_results": [{"content": "a"}, {"content": [{"text": "b"}]}]}));
        assert_eq!(run.tool_results(), ["a", r#"[{"text":"b"}]"#]);
        assert!(run.probe("gone").is_err());
    }
}
