//! One agent: its settings, the programs that they name, and whether it answers.

use super::Report;
use super::files::{File, View, find};
use super::started::{ended, shell_of};
use crate::cli::install::{canary_event, canary_payload, plan, tilde};
use agents::coverage::{self, Layer, Own, Unheard};
use agents::entries::{Shell, Start};
use agents::words::Trouble;
use agents::{Event, OnFailure, Register};
use platform::files;
use protocol::Agent;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// No program of ours is larger.
const PROGRAM: u64 = 256 << 20;

/// Checks an agent that is there: its folder is, or an administrator has set it up.
pub(super) fn check(agent: Agent, view: &View, hook: &Path, report: &mut Report) {
    let Some(path) = plan::settings_path(agent, &view.home) else { return };
    let found = find(agent, view);
    let holds_ours =
        |file: &&File| matches!(file.layer, Layer::User | Layer::Managed | Layer::Remote) && !file.own.is_empty();
    let ours: Vec<&File> = found.files.iter().filter(holds_ours).collect();
    if !path.parent().is_some_and(Path::is_dir) && ours.is_empty() {
        return;
    }
    let before = report.troubles.len();
    for (file, why) in &found.invalid {
        report.trouble(Trouble::SettingsInvalid { agent, file: file.clone(), why: why.clone() });
    }
    let heard: Vec<&File> = ours.iter().copied().filter(|file| file.unheard.is_none()).collect();
    if heard.is_empty() {
        // Where a file cannot be read, whether our entries are in it is not known.
        let unheard = ours.iter().rev().find_map(|file| unheard(agent, file));
        let removed = || Trouble::HookRemoved { agent, file: tilde(&path, &view.home) };
        return report.troubles.extend(unheard.or_else(|| found.invalid.is_empty().then(removed)));
    }
    entries(agent, &heard, hook, report);
    if view.enforce {
        closed(agent, &heard, report);
    }
    let all: Vec<&Own> = heard.iter().flat_map(|file| &file.own).collect();
    let mut programs: Vec<&str> = all.iter().map(|own| own.start.program.as_str()).collect();
    programs.sort_unstable();
    programs.dedup();
    let wrong: Vec<Trouble> = programs.iter().filter_map(|program| wrong(agent, program, hook)).collect();
    // What cannot be started, or is not ours, is not started.
    let startable = wrong.is_empty();
    report.troubles.extend(wrong);
    if report.troubles.len() == before {
        report.fine(format!("settings of {}", agent.title()));
    }
    if startable {
        canary(agent, &all, report);
    }
}

/// Why our entries of a file are not called.
fn unheard(agent: Agent, file: &File) -> Option<Trouble> {
    let (hindrance, by, managed) = file.unheard.clone()?;
    let (file, key) = (file.name.clone(), hindrance.key);
    Some(match hindrance.why {
        Unheard::Off => Trouble::HooksOff { agent, by, key, managed },
        Unheard::ManagedOnly => Trouble::ManagedHooksOnly { agent, file, by, key },
        Unheard::Outranked => Trouble::ManagedOutranked { agent, file, by, key },
    })
}

/// What is missing, narrowed, not waited for or too short, of all files that count together.
fn entries(agent: Agent, heard: &[&File], hook: &Path, report: &mut Report) {
    let all = || heard.iter().flat_map(|file| &file.own);
    let of = |event: &'static Event| all().filter(move |own| own.event.name == event.name);
    let wanted = agents::settings(agent, hook, OnFailure::Continue).map(|all| coverage::own(agent, &all));
    let wanted: Vec<&'static Event> = wanted.iter().flatten().map(|own| own.event).collect();
    // An event is named for what all of its entries share: where one of them is whole, it is covered.
    let events = |lacks: &dyn Fn(&'static Event) -> bool| -> Vec<String> {
        wanted.iter().filter(|event| lacks(event)).map(|event| event.name.to_owned()).collect()
    };
    let every = |bad: fn(&Own) -> bool| {
        let bad = move |event| of(event).next().is_some() && of(event).all(bad);
        events(&bad)
    };
    let file = heard.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ");
    let missing = events(&|event| of(event).next().is_none());
    let (narrowed, unwaited) = (every(|own| own.narrowed), every(|own| own.unwaited));
    let short = every(Own::is_short);
    let mut told = |events: Vec<String>, trouble: &dyn Fn(String, Vec<String>) -> Trouble| {
        if !events.is_empty() {
            report.trouble(trouble(file.clone(), events));
        }
    };
    told(missing, &|file, events| Trouble::HookIncomplete { agent, file, events });
    told(narrowed, &|file, events| Trouble::HookNarrowed { agent, file, events });
    told(unwaited, &|file, events| Trouble::HookUnwaited { agent, file, events });
    told(short, &|file, events| Trouble::TimeoutShort { agent, file, events });
}

/// At managed scope a hook that fails stops the call, and the agent is new enough to know that.
fn closed(agent: Agent, heard: &[&File], report: &mut Report) {
    for file in heard.iter().filter(|file| matches!(file.layer, Layer::Managed | Layer::Remote)) {
        // Of what the agent does not wait for nothing can be stopped.
        let waits = |own: &&Own| own.event.register == Register::Sync && own.event.ability.stop;
        let open = file.own.iter().filter(waits).filter(|own| !own.closed);
        let events: Vec<String> = open.map(|own| own.event.name.to_owned()).collect();
        if !events.is_empty() {
            report.trouble(Trouble::FailsOpen { agent, file: file.name.clone(), events });
        }
    }
    let managed = heard.iter().any(|file| file.layer >= Layer::Managed && file.own.iter().any(|own| own.closed));
    let Some((program, since)) = coverage::closes_since(agent).filter(|_| managed) else { return };
    let mut command = Command::new(program);
    command.arg("--version");
    // An agent that is not found here is not run by this person from here: nothing is known of its version.
    let Ok(said) = ended(command, b"") else { return };
    if let Some(version) = coverage::version(&String::from_utf8_lossy(&said.stdout)) {
        let text = |version: [u32; 3]| version.map(|number| number.to_string()).join(".");
        if version < since {
            report.trouble(Trouble::AgentTooOld { agent, version: text(version), since: text(since) });
        } else {
            report.fine(format!("{} {}", agent.title(), text(version)));
        }
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
fn canary(agent: Agent, own: &[&Own], report: &mut Report) {
    let Some(event) = canary_event(agent) else { return };
    let Some(entry) = own.iter().find(|own| own.event.name == event.name) else { return };
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
