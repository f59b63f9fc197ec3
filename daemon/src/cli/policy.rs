//! `taffrail policy`: what is wrong with a policy, whether its examples hold, and which rules are in force.

use super::{print, settings};
use crate::boot::Installation;
use crate::state::POLICY_BYTES;
use clap::Subcommand;
use engine::{Engine, examples};
use platform::names::Scope;
use policy::{ExampleCall, Policy, Rule, Source};
use protocol::verdict::{Layer, Mode};
use serde_json::json;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Something in the policy needs its author.
const WRONG: u8 = 1;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read a policy as the daemon would, and say what is wrong with it. Changes nothing.
    Check {
        /// The policy to read; the one in force where none is named.
        file: Option<PathBuf>,
    },
    /// Run the examples of a policy's rules, and say which do not hold.
    Test {
        /// The policy to run; the one in force where none is named.
        file: Option<PathBuf>,
    },
    /// List the rules that are in force here, of all layers together.
    Show {
        /// All layers together, as calls are judged by them.
        #[arg(long)]
        effective: bool,
        /// Print JSON for programs.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check { file } => match read(file.as_deref())? {
            Ok(read) => {
                print(&checked(&read));
                Ok(ExitCode::SUCCESS)
            }
            Err(problems) => Ok(refused(&problems)),
        },
        Command::Test { file } => match read(file.as_deref())? {
            Ok(read) => Ok(test(&read)),
            Err(problems) => Ok(refused(&problems)),
        },
        Command::Show { effective: _, json } => show(json),
    }
}

/// A policy, and which of its layers was asked about.
struct Read {
    policy: Policy,
    /// `None`: the policy in force, all of it.
    layer: Option<Layer>,
}

impl Read {
    fn asked(&self, rule: &Rule) -> bool {
        self.layer.is_none_or(|layer| rule.layer() == layer)
    }
}

/// The policy of a file on top of the built-in rules, or the one in force; or its problems, one text each.
fn read(file: Option<&Path>) -> anyhow::Result<Result<Read, Vec<String>>> {
    let installation = Installation::find(platform::names::SYSTEM.installed())?;
    let Some(file) = file else {
        return Ok(match settings(&installation) {
            Ok(settings) => Ok(Read { policy: settings.policy, layer: None }),
            Err(error) => Err(vec![format!("{error:#}")]),
        });
    };
    let bytes = platform::files::read(file, POLICY_BYTES)?;
    let layer = if installation.places.scope == Scope::System { Layer::Organisation } else { Layer::User };
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(Err(vec![format!("{name}: not UTF-8 text")])) };
    Ok(match Policy::load(&[Source { layer, name: &name, text }]) {
        Ok(policy) => Ok(Read { policy, layer: Some(layer) }),
        Err(error) => Err(error.problems().map(ToString::to_string).collect()),
    })
}

fn refused(problems: &[String]) -> ExitCode {
    for problem in problems {
        writeln!(io::stderr(), "{problem}").ok();
    }
    let of = if problems.len() == 1 { "One problem" } else { "Several problems" };
    print(&format!("{of}: nothing of this file would be used. The policy in force stays."));
    ExitCode::from(WRONG)
}

fn checked(read: &Read) -> String {
    let rules = read.policy.rules().iter().filter(|rule| read.asked(rule)).count();
    let asked = |rule: &Rule| read.asked(rule);
    let examples = read.policy.examples().filter(|(rule, _)| asked(rule)).count();
    let mut text = format!(
        "{}: {rules} {} and {examples} {}, nothing wrong.",
        read.policy.label(),
        if rules == 1 { "rule" } else { "rules" },
        if examples == 1 { "example" } else { "examples" },
    );
    for left in read.policy.left_out() {
        write!(text, "\n{} needs Taffrail {} and is left out here.", left.rule, left.requires).ok();
    }
    let without: Vec<&str> = read
        .policy
        .rules()
        .iter()
        .filter(|rule| read.asked(rule) && rule.examples().is_empty())
        .map(Rule::id)
        .collect();
    if !without.is_empty() {
        write!(text, "\nWithout an example: {}.", without.join(", ")).ok();
    }
    if examples > 0 {
        text.push_str("\nWhether the examples hold: taffrail policy test.");
    }
    text
}

fn test(read: &Read) -> ExitCode {
    let (count, failed) = examples::run(&Engine::default(), &read.policy, |rule| read.asked(rule));
    for failed in &failed {
        let examples::Failed { rule, example, said, by } = failed;
        let wants = example.verdict.as_str();
        let by = if by.is_empty() { "no rule matches".to_owned() } else { format!("by {}", by.join(", ")) };
        print(&format!(
            "{} line {}: {} wants {wants}, is {said} ({by})\n      │ {}",
            rule.bundle(),
            example.line,
            rule.id(),
            shown(&example.call)
        ));
    }
    match (count, failed.len()) {
        (0, _) => print("No rule here carries an example."),
        (_, 0) => print(&format!("{count} examples, all hold.")),
        (_, wrong) => print(&format!("{wrong} of {count} examples do not hold.")),
    }
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(WRONG) }
}

/// A call on one line.
fn shown(call: &ExampleCall) -> String {
    let text = match call {
        ExampleCall::Command(command) => command.clone(),
        ExampleCall::Read { path } => format!("read {path}"),
        ExampleCall::Write { path, .. } => format!("write {path}"),
        ExampleCall::Edit { path, .. } => format!("edit {path}"),
        ExampleCall::Fetch { url } => format!("fetch {url}"),
        ExampleCall::Mcp { server, tool, arguments } => format!("{server} · {tool} {arguments}"),
    };
    let short: String = text.chars().take(100).map(|c| if c.is_control() { '·' } else { c }).collect();
    if short.chars().count() < text.chars().count() { format!("{short}…") } else { short }
}

fn show(as_json: bool) -> anyhow::Result<ExitCode> {
    let installation = Installation::find(platform::names::SYSTEM.installed())?;
    let settings = settings(&installation)?;
    let policy = &settings.policy;
    let mut rules: Vec<&Rule> = policy.rules().iter().collect();
    rules.sort_by_key(|rule| (rule.layer(), rule.id()));
    if as_json {
        let rules: Vec<_> = rules
            .iter()
            .map(|rule| {
                json!({
                    "id": rule.id(), "layer": rule.layer(), "verdict": rule.word().as_str(), "severity": rule.severity(),
                    "trial": rule.is_on_trial(), "title": rule.title(), "file": rule.bundle(), "line": rule.line(),
                })
            })
            .collect();
        let told = json!({ "v": 1, "policy": policy.label(), "mode": settings.mode, "rules": rules });
        print(&told.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let mode = if settings.mode == Mode::Enforce { "enforce" } else { "detect: nothing is stopped" };
    let mut text = format!("{}, {} rules, mode {mode}", policy.label(), rules.len());
    let width = rules.iter().map(|rule| rule.id().len()).max().unwrap_or_default();
    let mut layer = None;
    for rule in rules {
        if layer != Some(rule.layer()) {
            layer = Some(rule.layer());
            let name = serde_json::to_value(rule.layer()).ok();
            write!(text, "\n\n{}", name.as_ref().and_then(|name| name.as_str()).unwrap_or_default()).ok();
        }
        let trial = if rule.is_on_trial() { " (on trial)" } else { "" };
        write!(text, "\n  {:width$}  {:5}  {}{trial}", rule.id(), rule.word().as_str(), rule.title()).ok();
    }
    print(&text);
    Ok(ExitCode::SUCCESS)
}
