//! One agent: its settings, the program that they name, and whether it answers.

use super::Report;
use super::started::{ended, shell_of};
use crate::cli::install::{canary_event, canary_payload, plan, tilde};
use agents::entries::{self, Shell, Start};
use agents::words::Trouble;
use agents::{Event, OnFailure};
use platform::files;
use protocol::Agent;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// No program of ours is larger.
const PROGRAM: u64 = 256 << 20;

/// Checks an agent that is there: its folder is.
pub(super) fn check(agent: Agent, home: &Path, hook: &Path, report: &mut Report) {
    let Some(path) = plan::settings_path(agent, home).filter(|path| path.parent().is_some_and(Path::is_dir)) else {
        return;
    };
    let file = tilde(&path, home);
    let invalid = |why: String| Trouble::SettingsInvalid { agent, file: file.clone(), why };
    let target = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    let text = match files::read(&target, agents::watched::LARGEST).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => return report.trouble(invalid("it is not UTF-8 text".to_owned())),
        Err(error) if error.is_absent() => return report.trouble(Trouble::HookRemoved { agent, file }),
        Err(error) => return report.trouble(invalid(error.to_string())),
    };
    let own = match entries::own_entries(agent, &text) {
        Ok(Some(own)) => own,
        Ok(None) => return report.trouble(Trouble::HookRemoved { agent, file }),
        Err(why) => return report.trouble(invalid(why.to_string())),
    };
    let before = report.troubles.len();
    let found = Found::of(agent, &own);
    let wanted = agents::settings(agent, hook, OnFailure::Continue).map(|wanted| Found::of(agent, &wanted));
    let names = |events: Vec<&Event>| events.iter().map(|event| event.name.to_owned()).collect();
    let missing: Vec<&Event> = wanted.iter().flat_map(Found::events).filter(|event| !found.has(event.name)).collect();
    if !missing.is_empty() {
        report.trouble(Trouble::HookIncomplete { agent, file: file.clone(), events: names(missing) });
    }
    let short: Vec<&Event> = found.0.iter().filter(|entry| entry.is_short()).map(|entry| entry.event).collect();
    if !short.is_empty() {
        report.trouble(Trouble::TimeoutShort { agent, file: file.clone(), events: names(short) });
    }
    let mut programs: Vec<&str> = found.0.iter().map(|entry| entry.start.program.as_str()).collect();
    programs.sort_unstable();
    programs.dedup();
    report.troubles.extend(programs.iter().filter_map(|program| wrong(agent, program, hook)));
    // What cannot be started, or is not ours, is not started.
    let startable = report
        .troubles
        .iter()
        .skip(before)
        .all(|trouble| matches!(trouble, Trouble::HookIncomplete { .. } | Trouble::TimeoutShort { .. }));
    if report.troubles.len() == before {
        report.fine(format!("settings of {}", agent.title()));
    }
    if startable {
        canary(agent, &found, report);
    }
}

/// An entry of ours.
struct Entry {
    event: &'static Event,
    start: Start,
    timeout: Option<f64>,
}

impl Entry {
    fn is_short(&self) -> bool {
        self.timeout.is_some_and(|seconds| seconds < f64::from(self.event.timeout))
    }
}

/// Our entries for events that are known.
struct Found(Vec<Entry>);

impl Found {
    fn of(agent: Agent, settings: &Value) -> Self {
        let mut found = Vec::new();
        for (name, list) in settings.get("hooks").and_then(Value::as_object).into_iter().flatten() {
            let Some(event) = agents::events(agent).iter().find(|event| event.name == name) else { continue };
            for element in list.as_array().into_iter().flatten() {
                let group = element.get("hooks").and_then(Value::as_array);
                for entry in group.into_iter().flatten().chain(std::iter::once(element)) {
                    if let Some(start) = entries::start(agent, entry) {
                        found.push(Entry { event, start, timeout: entry.get("timeout").and_then(Value::as_f64) });
                    }
                }
            }
        }
        Self(found)
    }

    fn events(&self) -> impl Iterator<Item = &'static Event> {
        self.0.iter().map(|entry| entry.event)
    }

    fn has(&self, event: &str) -> bool {
        self.events().any(|known| known.name == event)
    }
}

/// What is wrong with a program as it lies there.
fn wrong(agent: Agent, program: &str, hook: &Path) -> Option<Trouble> {
    let (path, name) = (Path::new(program), program.to_owned());
    let Ok(meta) = std::fs::metadata(path) else { return Some(Trouble::ProgramMissing { agent, program: name }) };
    if meta.len() == 0 {
        return Some(Trouble::ProgramEmpty { agent, program: name });
    }
    if !meta.is_file() || meta.permissions().mode() & 0o111 == 0 {
        return Some(Trouble::ProgramNotExecutable { agent, program: name });
    }
    let other = || Trouble::ProgramOther { agent, program: program.to_owned(), ours: hook.display().to_string() };
    // A bare name is looked for by whoever starts it, and not here.
    let Some(real) = std::fs::canonicalize(path).ok().filter(|_| path.is_absolute()) else { return Some(other()) };
    let same = std::fs::canonicalize(hook).is_ok_and(|hook| hook == real)
        || matches!((files::read(&real, PROGRAM), files::read(hook, PROGRAM)), (Ok(one), Ok(other)) if one == other);
    (!same).then(other)
}

/// Starts the entry of the event that can ask, as the agent does.
fn canary(agent: Agent, found: &Found, report: &mut Report) {
    let Some(event) = canary_event(agent) else { return };
    let Some(entry) = found.0.iter().find(|entry| entry.event.name == event.name) else { return };
    let Start { program, shell, arguments } = &entry.start;
    let program = match shell {
        None => program.clone(),
        Some(Shell::Plain) => "/bin/sh".to_owned(),
        Some(Shell::Login) => shell_of(),
    };
    if *shell == Some(Shell::Login) {
        let mut alone = Command::new(&program);
        alone.args(["-lc", ":"]);
        match ended(alone, b"") {
            Ok(said) if !said.stdout.is_empty() => {
                let text = String::from_utf8_lossy(&said.stdout).trim().to_owned();
                return report.trouble(Trouble::ProfilePrints { agent, shell: program, text });
            }
            Ok(_) => report.fine(format!("login shell of {}", agent.title())),
            Err(why) => return report.trouble(Trouble::NoAnswer { agent, why }),
        }
    }
    let mut command = Command::new(&program);
    command.args(arguments);
    match ended(command, canary_payload(event).to_string().as_bytes()) {
        Ok(said) if !said.success => {
            report.trouble(Trouble::NoAnswer { agent, why: "it ends with a failure".to_owned() });
        }
        Ok(said) if is_answer(agent, &said.stdout) => {
            report.fine(format!("canary through {} ({:.1} ms)", agent.title(), said.took.as_secs_f64() * 1e3));
        }
        Ok(_) => report.trouble(Trouble::NoAnswer { agent, why: "what it prints is no answer".to_owned() }),
        Err(why) => report.trouble(Trouble::NoAnswer { agent, why }),
    }
}

/// One JSON object, or nothing where that is no opinion.
fn is_answer(agent: Agent, said: &[u8]) -> bool {
    let said = said.trim_ascii();
    said == agent.no_opinion() || serde_json::from_slice::<Value>(said).is_ok_and(|value| value.is_object())
}
