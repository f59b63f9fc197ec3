//! What `taffrail doctor` says: each finding is what, how we know, and what to do.

use super::layout::wrapped;
use super::quote::quoted;
use protocol::Agent;
use std::fmt::Write as _;

/// Something that needs a person. Paths and names are as they are on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    DaemonNotRunning {
        socket: String,
    },
    /// Somebody else listens, or could.
    DaemonNotTrusted {
        why: String,
    },
    StoodDown {
        file: String,
    },
    PolicyRefused {
        why: String,
    },
    RulesLeftOut {
        rules: Vec<String>,
    },
    HookRemoved {
        agent: Agent,
        file: String,
    },
    /// Not all of our entries are there.
    HookIncomplete {
        agent: Agent,
        file: String,
        events: Vec<String>,
    },
    /// Our entries are called for some calls alone.
    HookNarrowed {
        agent: Agent,
        file: String,
        events: Vec<String>,
    },
    /// The agent does not wait for our answer.
    HookUnwaited {
        agent: Agent,
        file: String,
        events: Vec<String>,
    },
    /// A switch keeps hooks from being called.
    HooksOff {
        agent: Agent,
        by: String,
        key: &'static str,
        managed: bool,
    },
    /// An administrator lets only managed hooks be called, and ours are not among them.
    ManagedHooksOnly {
        agent: Agent,
        file: String,
        by: String,
        key: &'static str,
    },
    /// Another managed source has taken the place of the file with our entries.
    ManagedOutranked {
        agent: Agent,
        file: String,
        by: String,
        key: &'static str,
    },
    /// Managed entries that let a call run when the hook fails.
    FailsOpen {
        agent: Agent,
        file: String,
        events: Vec<String>,
    },
    /// The agent does not know what stops a call when the hook fails.
    AgentTooOld {
        agent: Agent,
        version: String,
        since: String,
    },
    SettingsInvalid {
        agent: Agent,
        file: String,
        why: String,
    },
    ProgramMissing {
        agent: Agent,
        program: String,
    },
    ProgramEmpty {
        agent: Agent,
        program: String,
    },
    ProgramNotExecutable {
        agent: Agent,
        program: String,
    },
    ProgramOther {
        agent: Agent,
        program: String,
        ours: String,
    },
    TimeoutShort {
        agent: Agent,
        file: String,
        events: Vec<String>,
    },
    ProfilePrints {
        agent: Agent,
        shell: String,
        text: String,
    },
    NoAnswer {
        agent: Agent,
        why: String,
    },
}

/// Put our entries in anew.
const INSTALL: &str = "taffrail install";
/// See them, to put them where a program of a user's must not.
const PRINT: &str = "taffrail install --print";

impl Trouble {
    /// For programs; never changed.
    pub fn id(&self) -> &'static str {
        match self {
            Self::DaemonNotRunning { .. } => "daemon-not-running",
            Self::DaemonNotTrusted { .. } => "daemon-not-trusted",
            Self::StoodDown { .. } => "stood-down",
            Self::PolicyRefused { .. } => "policy-refused",
            Self::RulesLeftOut { .. } => "rules-left-out",
            Self::HookRemoved { .. } => "hook-removed",
            Self::HookIncomplete { .. } => "hook-incomplete",
            Self::HookNarrowed { .. } => "hook-narrowed",
            Self::HookUnwaited { .. } => "hook-unwaited",
            Self::HooksOff { .. } => "hooks-off",
            Self::ManagedHooksOnly { .. } => "managed-hooks-only",
            Self::ManagedOutranked { .. } => "managed-outranked",
            Self::FailsOpen { .. } => "fails-open",
            Self::AgentTooOld { .. } => "agent-too-old",
            Self::SettingsInvalid { .. } => "settings-invalid",
            Self::ProgramMissing { .. } => "program-missing",
            Self::ProgramEmpty { .. } => "program-empty",
            Self::ProgramNotExecutable { .. } => "program-not-executable",
            Self::ProgramOther { .. } => "program-other",
            Self::TimeoutShort { .. } => "timeout-short",
            Self::ProfilePrints { .. } => "profile-prints",
            Self::NoAnswer { .. } => "no-answer",
        }
    }

    /// The agent that it concerns.
    pub fn agent(&self) -> Option<Agent> {
        match self {
            Self::DaemonNotRunning { .. }
            | Self::DaemonNotTrusted { .. }
            | Self::StoodDown { .. }
            | Self::PolicyRefused { .. }
            | Self::RulesLeftOut { .. } => None,
            Self::HookRemoved { agent, .. }
            | Self::HookIncomplete { agent, .. }
            | Self::HookNarrowed { agent, .. }
            | Self::HookUnwaited { agent, .. }
            | Self::HooksOff { agent, .. }
            | Self::ManagedHooksOnly { agent, .. }
            | Self::ManagedOutranked { agent, .. }
            | Self::FailsOpen { agent, .. }
            | Self::AgentTooOld { agent, .. }
            | Self::SettingsInvalid { agent, .. }
            | Self::ProgramMissing { agent, .. }
            | Self::ProgramEmpty { agent, .. }
            | Self::ProgramNotExecutable { agent, .. }
            | Self::ProgramOther { agent, .. }
            | Self::TimeoutShort { agent, .. }
            | Self::ProfilePrints { agent, .. }
            | Self::NoAnswer { agent, .. } => Some(*agent),
        }
    }

    /// One sentence.
    pub fn what(&self) -> String {
        let title = self.agent().map_or("", Agent::title);
        match self {
            Self::DaemonNotRunning { .. } => "The daemon is not running.".to_owned(),
            Self::DaemonNotTrusted { .. } => "What listens for calls is not your daemon.".to_owned(),
            Self::StoodDown { .. } => "Taffrail is stood down: nothing is stopped or checked.".to_owned(),
            Self::PolicyRefused { .. } => "The policy cannot be used.".to_owned(),
            Self::RulesLeftOut { rules } => {
                format!("{} of the policy's rules are left out: this version is too old for them.", rules.len())
            }
            Self::HookRemoved { .. } => format!("{title} is not covered."),
            Self::HookIncomplete { .. } | Self::HookNarrowed { .. } => format!("{title} is covered in part."),
            Self::HooksOff { .. } => format!("{title} calls no hooks."),
            Self::ManagedHooksOnly { .. } | Self::ManagedOutranked { .. } => {
                format!("{title} does not load our hooks.")
            }
            Self::FailsOpen { .. } => format!("{title} goes on when our hook fails."),
            Self::AgentTooOld { version, .. } => {
                format!("{title} {} is too old to stop when our hook fails.", quoted(version))
            }
            Self::SettingsInvalid { .. } => format!("The settings of {title} cannot be read."),
            Self::ProgramMissing { .. }
            | Self::ProgramEmpty { .. }
            | Self::ProgramNotExecutable { .. }
            | Self::NoAnswer { .. } => format!("The hook of {title} does not answer."),
            Self::ProgramOther { .. } => format!("{title} starts another program in place of our hook."),
            Self::HookUnwaited { .. } => format!("{title} does not wait for our answer."),
            Self::TimeoutShort { .. } => format!("{title} may not wait for our answer."),
            Self::ProfilePrints { .. } => format!("Your shell prints something before the hook of {title} answers."),
        }
    }

    /// How we know.
    pub fn seen(&self) -> String {
        let title = self.agent().map_or("", Agent::title);
        match self {
            Self::DaemonNotRunning { socket } => format!(
                "Nothing listens at {}. The hook judges by its own copy of the policy, without what happened before in a session.",
                quoted(socket)
            ),
            Self::DaemonNotTrusted { why } => format!("{}.", quoted(why)),
            Self::StoodDown { file } => format!("{} is there.", quoted(file)),
            Self::PolicyRefused { why } => format!("{} The last good one stays in force.", quoted(why)),
            Self::RulesLeftOut { rules } => format!("They are {}.", quoted(&rules.join(", "))),
            Self::HookRemoved { file, .. } => format!("No entry of ours is in {}.", quoted(file)),
            Self::HookIncomplete { file, events, .. } => {
                format!("In {} our entries for {} are missing.", quoted(file), quoted(&events.join(", ")))
            }
            Self::HookNarrowed { file, events, .. } => format!(
                "In {} our entries for {} are for some calls alone: a matcher or a condition leaves the others out.",
                quoted(file),
                quoted(&events.join(", "))
            ),
            Self::HookUnwaited { file, events, .. } => format!(
                "In {} our entries for {} run in the background, where a stop comes too late.",
                quoted(file),
                quoted(&events.join(", "))
            ),
            Self::HooksOff { by, key, .. } => format!("In {} stands {key}.", quoted(by)),
            Self::ManagedHooksOnly { file, by, key, .. } => format!(
                "By {key} in {} only hooks of your organisation run, and ours are in {}.",
                quoted(by),
                quoted(file)
            ),
            Self::ManagedOutranked { file, by, .. } => format!(
                "Your organisation's settings come from {title}'s maker (kept in {}), and {title} then ignores {}.",
                quoted(by),
                quoted(file)
            ),
            Self::FailsOpen { file, events, .. } => format!(
                "In {} the entries for {} do not say that a hook which fails stops the call.",
                quoted(file),
                quoted(&events.join(", "))
            ),
            Self::AgentTooOld { since, .. } => {
                format!("It knows what our managed entries say of a hook that fails from {} on.", quoted(since))
            }
            Self::SettingsInvalid { file, why, .. } => format!("{}: {}.", quoted(file), quoted(why)),
            Self::ProgramMissing { program, .. } => format!("{} is not there.", quoted(program)),
            Self::ProgramEmpty { program, .. } => format!("{} is empty.", quoted(program)),
            Self::ProgramNotExecutable { program, .. } => format!("{} may not be executed.", quoted(program)),
            Self::ProgramOther { program, ours, .. } => {
                format!("{} is not the same program as {}.", quoted(program), quoted(ours))
            }
            Self::TimeoutShort { file, events, .. } => format!(
                "In {} the time for {} is shorter than our answer may take; when it is over the call runs.",
                quoted(file),
                quoted(&events.join(", "))
            ),
            Self::ProfilePrints { shell, text, .. } => format!(
                "{} prints {:?} when it starts. The agent takes an answer that follows other text for none.",
                quoted(shell),
                quoted(text)
            ),
            Self::NoAnswer { why, .. } => format!("Started as the agent starts it: {}.", quoted(why)),
        }
    }

    /// Who does what.
    pub fn todo(&self) -> (&'static str, String) {
        let you = |what: &str| ("You", what.to_owned());
        match self {
            Self::DaemonNotRunning { .. } => you("taffraild run"),
            Self::DaemonNotTrusted { .. } => {
                you("end that program, or close the folder to others; then start yours: taffraild run")
            }
            Self::StoodDown { .. } => ("IT", "remove that file when the reason for it is gone".to_owned()),
            Self::PolicyRefused { .. } => you("taffrail policy check FILE"),
            Self::RulesLeftOut { .. } => ("IT", "install the version that the rules ask for".to_owned()),
            Self::SettingsInvalid { file, .. } => ("You", format!("mend {}, then: {INSTALL}", quoted(file))),
            Self::ProgramNotExecutable { program, .. } => ("You", format!("chmod +x {}", quoted(program))),
            Self::ProgramEmpty { .. } | Self::ProgramMissing { .. } | Self::NoAnswer { .. } => {
                ("You", format!("install Taffrail anew, then: {INSTALL}"))
            }
            Self::HooksOff { by, key, managed, .. } => {
                (if *managed { "IT" } else { "You" }, format!("take {key} out of {}", quoted(by)))
            }
            Self::ManagedHooksOnly { by, .. } => {
                ("IT", format!("add our entries beside {}; they are: {PRINT}", quoted(by)))
            }
            Self::ManagedOutranked { key, .. } => {
                ("IT", format!("set {key} to \"merge\" there, or add our entries there; they are: {PRINT}"))
            }
            Self::FailsOpen { agent, file, .. } => {
                let field = if *agent == Agent::Cursor { "\"failClosed\": true" } else { "\"onFailure\": \"block\"" };
                ("IT", format!("add {field} to these entries of {}", quoted(file)))
            }
            Self::AgentTooOld { since, .. } => ("IT", format!("bring it to {} or later", quoted(since))),
            Self::HookRemoved { .. }
            | Self::HookIncomplete { .. }
            | Self::HookNarrowed { .. }
            | Self::HookUnwaited { .. }
            | Self::ProgramOther { .. }
            | Self::TimeoutShort { .. } => you(INSTALL),
            Self::ProfilePrints { .. } => you("[ -t 1 ] && echo …  in the file that your shell reads when it starts"),
        }
    }
}

fn are_fine(count: usize) -> String {
    match count {
        0 => "None is fine".to_owned(),
        1 => "1 is fine".to_owned(),
        several => format!("{several} are fine"),
    }
}

/// The page: what was found, each with a number; what is fine, in few lines.
pub fn doctor_page(fine: &[String], troubles: &[Trouble]) -> String {
    let all = fine.len() + troubles.len();
    let mut page = match troubles.len() {
        0 => format!("Checked {all} things. All are fine.\n"),
        1 => format!("Checked {all} things. {}, 1 needs a hand.\n", are_fine(fine.len())),
        several => format!("Checked {all} things. {}, {several} need a hand.\n", are_fine(fine.len())),
    };
    for (number, trouble) in troubles.iter().enumerate() {
        let (who, todo) = trouble.todo();
        let who = format!("{who}:");
        // Writing to a string does not fail.
        write!(page, "\n{}. {}\n   {}\n", number + 1, trouble.what(), wrapped(&trouble.seen(), 3)).ok();
        writeln!(page, "   {who:<5} {}", wrapped(&todo, 9)).ok();
    }
    if !fine.is_empty() {
        write!(page, "\nFine: {}", wrapped(&fine.join(" · "), 6)).ok();
    }
    page.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_how_we_know_and_what_to_do() {
        let troubles = [
            Trouble::HookRemoved { agent: Agent::Cursor, file: "~/.cursor/hooks.json".to_owned() },
            Trouble::StoodDown { file: "/etc/taffrail/stand-down".to_owned() },
        ];
        let fine = ["policy baseline 1".to_owned(), "canary through Claude Code (0.4 ms)".to_owned()];
        assert_eq!(
            doctor_page(&fine, &troubles),
            "Checked 4 things. 2 are fine, 2 need a hand.\n\n\
             1. Cursor is not covered.\n   No entry of ours is in ~/.cursor/hooks.json.\n   You:  taffrail install\n\n\
             2. Taffrail is stood down: nothing is stopped or checked.\n   /etc/taffrail/stand-down is there.\n   \
             IT:   remove that file when the reason for it is gone\n\n\
             Fine: policy baseline 1 · canary through Claude Code (0.4 ms)"
        );
        assert!(doctor_page(&fine[..1], &troubles).starts_with("Checked 3 things. 1 is fine, 2 need a hand.\n"));
        assert!(doctor_page(&[], &troubles[..1]).starts_with("Checked 1 things. None is fine, 1 needs a hand.\n"));
        assert_eq!(doctor_page(&fine[..1], &[]), "Checked 1 things. All are fine.\n\nFine: policy baseline 1");
    }

    #[test]
    fn what_a_profile_prints_cannot_write_to_the_screen() {
        let text = "\u{1b}[2Jhidden\u{202e}".to_owned();
        let trouble = Trouble::ProfilePrints { agent: Agent::Cursor, shell: "/bin/sh".to_owned(), text };
        let page = doctor_page(&[], &[trouble]);
        assert!(!page.contains(['\u{1b}', '\u{202e}']), "{page:?}");
    }
}
