//! `taffrail doctor`: does what is set up really guard? Looks at settings, programs, daemon and policy, and starts the
//! configured entry as the agent does. Changes nothing.

mod agent;
mod files;
pub(super) mod started;

use super::print;
use crate::boot::Installation;
use crate::cli::install;
use crate::state::Settings;
use agents::words::{Trouble, doctor_page};
use files::View;
use platform::names::{SYSTEM, Scope, System, User};
use platform::socket::{Error, client};
use protocol::verdict::Mode;
use serde_json::json;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const VERSION: u32 = 1;
/// Exit codes, as of `status`: the highest wins.
const NEEDS_YOU: u8 = 1;
const NOT_RUNNING: u8 = 3;

/// What was found so far.
#[derive(Debug, Default)]
struct Report {
    fine: Vec<String>,
    troubles: Vec<Trouble>,
}

impl Report {
    fn fine(&mut self, what: impl Into<String>) {
        self.fine.push(what.into());
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.troubles.push(trouble);
    }

    fn exit(&self) -> u8 {
        let gone = |trouble: &Trouble| matches!(trouble, Trouble::DaemonNotRunning { .. });
        match self.troubles.as_slice() {
            [] => 0,
            troubles if troubles.iter().any(gone) => NOT_RUNNING,
            _ => NEEDS_YOU,
        }
    }
}

pub(super) fn run(as_json: bool) -> anyhow::Result<ExitCode> {
    let installation = Installation::find(SYSTEM.installed())?;
    let home = install::home()?;
    let hook = install::hook_program()?;
    let mut report = Report::default();
    stand_down(&SYSTEM, &mut report);
    daemon(&installation, &mut report);
    let enforce = policy(&installation, &mut report) == Some(Mode::Enforce);
    let view = View::of(home, std::env::current_dir().ok(), enforce);
    for agent in install::supported() {
        agent::check(agent, &view, &hook, &mut report);
    }
    if as_json {
        let findings: Vec<_> = report
            .troubles
            .iter()
            .map(|trouble| {
                let (who, todo) = trouble.todo();
                json!({
                    "id": trouble.id(), "agent": trouble.agent(), "what": trouble.what(), "seen": trouble.seen(),
                    "who": who, "do": todo,
                })
            })
            .collect();
        let healthy = findings.is_empty();
        let text = json!({ "version": VERSION, "healthy": healthy, "findings": findings, "fine": report.fine });
        print(&format!("{text:#}"));
    } else {
        print(&doctor_page(&report.fine, &report.troubles));
    }
    Ok(ExitCode::from(report.exit()))
}

fn stand_down(system: &System<'_>, report: &mut Report) {
    if system.stood_down() {
        report.trouble(Trouble::StoodDown { file: system.stand_down().display().to_string() });
    }
}

fn daemon(installation: &Installation, report: &mut Report) {
    let deadline = Instant::now() + Duration::from_secs(1);
    let user = User::of_process();
    let scope = installation.places.scope;
    let (owner, sockets) = match scope {
        Scope::System => (SYSTEM.owner, vec![installation.socket.clone()]),
        Scope::User => (user.uid, user.sockets(&SYSTEM).collect()),
    };
    let mut worst = None;
    for socket in sockets {
        match client::connect(&socket, scope, owner, deadline) {
            Ok(_) => return report.fine("daemon, its socket and its owner"),
            Err(Error::Absent(_)) => {}
            Err(other) => worst = Some(other),
        }
    }
    let socket = installation.socket.display().to_string();
    report.trouble(
        worst.map_or(Trouble::DaemonNotRunning { socket }, |why| Trouble::DaemonNotTrusted { why: why.to_string() }),
    );
}

/// The mode, where it is known.
fn policy(installation: &Installation, report: &mut Report) -> Option<Mode> {
    match Settings::load(&installation.places) {
        Ok(settings) => {
            let left_out = settings.policy.left_out();
            if left_out.is_empty() {
                report.fine(format!("policy {}", settings.policy.label()));
            } else {
                let rules = left_out.iter().map(|rule| rule.rule.clone()).collect();
                report.trouble(Trouble::RulesLeftOut { rules });
            }
            Some(settings.mode)
        }
        Err(why) => {
            report.trouble(Trouble::PolicyRefused { why: why.to_string() });
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_down_file_of_the_systems_owner_is_a_finding() {
        let etc = tempfile::tempdir().unwrap();
        let path = etc.path().to_str().unwrap();
        let owner = rustix::process::geteuid().as_raw();
        let system = System { etc: path, owner, ..SYSTEM };
        let found = || {
            let mut report = Report::default();
            stand_down(&system, &mut report);
            report
        };
        assert_eq!(found().exit(), 0);
        std::fs::write(etc.path().join("stand-down"), "").unwrap();
        assert_eq!((found().exit(), found().troubles[0].id()), (NEEDS_YOU, "stood-down"));
    }

    #[test]
    fn the_highest_exit_code_wins() {
        let mut report = Report::default();
        report.trouble(Trouble::StoodDown { file: String::new() });
        assert_eq!(report.exit(), NEEDS_YOU);
        report.trouble(Trouble::DaemonNotRunning { socket: String::new() });
        report.trouble(Trouble::PolicyRefused { why: String::new() });
        assert_eq!(report.exit(), NOT_RUNNING);
    }
}
