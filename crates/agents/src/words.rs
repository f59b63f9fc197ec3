//! What agents and people read.
//!
//! The order of thoughts is always: what happened, what it would have done, why, what to do instead, how to go on. The
//! tone is calm, the agent did it and not the person, and no sentence says more than is known. An agent is never told a
//! command that opens anything; the code at the end is the one name it gets, and `taffrail explain CODE` is for people.
//!
//! Everything quoted is masked text ([`SealedText`](protocol::SealedText)), cut at 200 bytes, with control and invisible
//! characters escaped. The texts of rules come from policies and are trusted.

mod brief;
mod doctor;
mod explain;
mod layout;
mod quote;
mod saying;
mod settings;
mod trial;

pub use doctor::{Trouble, doctor_page};
pub use explain::{Page, explain_code, explain_command};
pub use quote::quoted;
pub use saying::{what, why_words};
pub use settings::settings_change;
pub use trial::{Trial, bundle_contents, trial_page};

use layout::{Rows, columns, fits};
use protocol::fallback::Situation;
use protocol::verdict::{Action, Decision, Degraded, Layer};
use protocol::{Agent, EffectRecord, Phase, ToolInput, effect};

/// What an answer says, and to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// To the agent: the reason of a stop, or the question in the agent's own dialog.
    pub agent: Option<String>,
    /// To the person alone.
    pub person: Option<String>,
    /// A tool's masked output, as JSON in that tool's own shape: see [`crate::mask_output`].
    pub output: Option<String>,
}

/// Said when a stop comes without words of its own, so that the agent is never left without any.
pub(crate) const STOPPED: &str = "Stopped by Taffrail before it ran; nothing changed. Tell the person what you wanted to run and \
                       why, and go on with the parts that don't depend on it";
/// The same of a question.
pub(crate) const ASKED: &str = "Taffrail asks before this one";

/// The texts of the deciding rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    pub id: &'a str,
    pub layer: Layer,
    /// Why, in one sentence.
    pub say: &'a str,
    /// What to do instead.
    pub instead: Option<&'a str>,
    /// Whom to ask.
    pub help: Option<&'a str>,
}

/// What was called.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub agent: Agent,
    pub phase: Phase,
    /// What `input` is: see [`label`].
    pub label: &'static str,
    /// The command, path, address or tool that was asked for, masked.
    pub input: &'a str,
    pub effects: &'a [EffectRecord],
    /// The caller's home folder, written as `~`.
    pub home: Option<&'a str>,
}

/// The one word for what a tool takes.
pub fn label(input: &ToolInput) -> &'static str {
    match input {
        ToolInput::Shell { .. } => "Command",
        ToolInput::Read { .. } | ToolInput::Write { .. } | ToolInput::Edit { .. } | ToolInput::Delete { .. } => "File",
        ToolInput::Search { .. } | ToolInput::WebSearch { .. } => "Search",
        ToolInput::Fetch { .. } => "Address",
        ToolInput::Subagent { .. } | ToolInput::Deferred { .. } => "Prompt",
        _ => "Tool",
    }
}

/// The words of a decision. Nothing where the call goes on: also in detect mode, which only records.
pub fn compose(subject: &Subject<'_>, decision: &Decision, rule: Option<&Rule<'_>>) -> Said {
    match decision.applied.action {
        Action::Allow => Said::default(),
        Action::Ask => Said { agent: Some(ask(subject, decision, rule)), ..Said::default() },
        Action::Block => Said {
            agent: Some(to_agent(subject, decision, rule)),
            person: Some(to_person(subject, decision, rule)),
            output: None,
        },
    }
}

/// The effect that the deciding rule speaks of.
fn deciding<'a>(effects: &'a [EffectRecord], decision: &Decision) -> Option<&'a EffectRecord> {
    decision.matches.iter().find_map(|found| effects.get(found.effect?))
}

fn to_agent(subject: &Subject<'_>, decision: &Decision, rule: Option<&Rule<'_>>) -> String {
    if let Some(first) = decision.repeats {
        return format!(
            "Still stopped, same reason as {first}. Trying again will not change it. Tell the person, or go on with \
             other work"
        );
    }
    let mut text = String::from("Stopped by Taffrail before it ran; nothing changed.");
    if let Some(effect) = deciding(subject.effects, decision) {
        push(&mut text, &format!("{}.", what(effect, subject.home)));
    }
    push(&mut text, &reason(decision, rule));
    if decision.degraded == Some(Degraded::AskBecameBlock) {
        push(&mut text, "A person would have to agree to it, and nobody can be asked here.");
    }
    if let Some(instead) = rule.and_then(|rule| rule.instead) {
        push(&mut text, &format!("Instead: {}.", sentence(&uncapitalised(instead))));
    }
    push(
        &mut text,
        "Please don't look for another way to the same result. If the task needs exactly this, tell the person what \
         you wanted to run and why, and go on with the parts that don't depend on it",
    );
    push(&mut text, &format!("({})", decision.code));
    text
}

/// Whose rule, and what it says; ends in a full stop.
fn reason(decision: &Decision, rule: Option<&Rule<'_>>) -> String {
    match rule {
        Some(rule) => format!("{}: {}.", whose(rule.layer), sentence(&uncapitalised(rule.say))),
        None => format!(
            "It was not understood in full ({}), and what is not understood is not run without a person.",
            decision.undecided.map_or("the reason is not recorded", why_words)
        ),
    }
}

fn whose(layer: Layer) -> &'static str {
    match layer {
        Layer::BuiltIn => "Built-in rule",
        Layer::Organisation => "Company rule",
        Layer::Team => "Team rule",
        Layer::User => "Rule of this user",
        Layer::Repository => "Rule of this repository",
    }
}

fn to_person(subject: &Subject<'_>, decision: &Decision, rule: Option<&Rule<'_>>) -> String {
    let agent = name(subject.agent);
    if brief::wanted(subject.agent) {
        return brief::stopped(subject, decision, rule);
    }
    if let Some(first) = decision.repeats {
        return format!("Taffrail stopped the same thing again ({first}). Nothing was changed.");
    }
    let effect = deciding(subject.effects, decision);
    let mut rows = Rows::new(headline(subject, effect, agent));
    rows.row(subject.label, &quoted(subject.input));
    match rule {
        Some(rule) => rows.row("Why", &format!("{}.", sentence(rule.say))),
        None => rows.row(
            "Why",
            &format!("Not understood in full: {}.", decision.undecided.map_or("the reason is not recorded", why_words)),
        ),
    }
    if decision.degraded == Some(Degraded::AskBecameBlock) {
        rows.row("", NOBODY_TO_ASK);
    }
    if let Some(instead) = rule.and_then(|rule| rule.instead) {
        rows.row("Instead", &format!("{}.", sentence(instead)));
    }
    let more = format!("taffrail explain {}", decision.code);
    match rule.and_then(|rule| rule.help) {
        // Spaces that do not break keep the two apart.
        Some(help) => {
            let gap = "\u{a0}".repeat(6);
            rows.row("More", &format!("{more}{gap}Questions: {}", sentence(help)));
        }
        None => rows.row("More", &more),
    }
    rows.finish().replace('\u{a0}', " ")
}

/// The name that people say to the agent.
fn name(agent: Agent) -> &'static str {
    match agent {
        Agent::ClaudeCode => "Claude",
        other => other.title(),
    }
}

const NOT_SENT: &str = "Taffrail stopped this message. It was not sent.";
const NOBODY_TO_ASK: &str = "It would be asked first, but nobody can be asked here.";

/// The first line: what was stopped, as concrete as fits.
fn headline(subject: &Subject<'_>, effect: Option<&EffectRecord>, agent: &str) -> String {
    const NOTHING: &str = "Nothing was changed.";
    if subject.phase == Phase::Prompt {
        return NOT_SENT.to_owned();
    }
    let concrete = effect.and_then(|effect| {
        let object = saying::of(effect, subject.home).object;
        Some(match &effect.action {
            effect::Action::Delete { .. } => format!("Taffrail stopped a delete: {object}. {NOTHING}"),
            effect::Action::ChangeHistory { kind: effect::HistoryKind::ForcePush, .. } => {
                format!("Taffrail stopped a force-push of {object}. {NOTHING}")
            }
            effect::Action::Run { code: effect::Code::Download { .. }, .. } => {
                format!("Taffrail stopped a script that was downloaded and not looked at. {NOTHING}")
            }
            effect::Action::ConfigureAgent { what, .. } => match what {
                effect::ConfigKind::OwnFiles => format!("Taffrail stopped a change to its own files. {NOTHING}"),
                _ => format!("Taffrail stopped a change to {agent}'s own settings. {NOTHING}"),
            },
            effect::Action::Send { .. } => format!("Taffrail stopped an upload: {object}. Nothing was sent."),
            _ => return None,
        })
    });
    let thing = match subject.label {
        "Command" => "one command",
        "File" => "one file change",
        _ => "one call",
    };
    concrete
        .filter(|line| columns(line) <= layout::WIDTH)
        .unwrap_or_else(|| format!("Taffrail stopped {thing} from {agent}. {NOTHING}"))
}

/// The question in the agent's own dialog: it fits three lines of 80.
fn ask(subject: &Subject<'_>, decision: &Decision, rule: Option<&Rule<'_>>) -> String {
    const MOST: usize = 3 * layout::WIDTH - 6;
    let agent = name(subject.agent);
    let what = deciding(subject.effects, decision).map(|effect| what(effect, subject.home));
    let close = format!("Yes runs it; no tells {agent} to stop");
    let safer =
        rule.and_then(|rule| rule.instead).map(|instead| format!("Safer: {}", sentence(&uncapitalised(instead))));
    let why = rule.map_or_else(
        || format!("not understood in full ({})", decision.undecided.map_or("no reason recorded", why_words)),
        |rule| sentence(&uncapitalised(rule.say)),
    );
    // From the fullest to the shortest; the first that fits.
    let lead = "Taffrail asks before this one:";
    let mut forms = Vec::new();
    if let Some(what) = &what {
        let what = uncapitalised(what);
        if let Some(safer) = &safer {
            forms.push(format!("{lead} {what}. {close}. {safer} ({})", decision.code));
        }
        forms.push(format!("{lead} {what}. {close} ({})", decision.code));
    }
    forms.push(format!("{lead} {why}. {close} ({})", decision.code));
    forms
        .into_iter()
        .find(|form| fits(form, MOST))
        .unwrap_or_else(|| format!("Taffrail asks before this one. {close}. More: taffrail explain {}", decision.code))
}

/// The words for the person when a session starts while Taffrail stands down.
pub const STOOD_DOWN: &str =
    "Taffrail stands down on this machine (/etc/taffrail/stand-down): nothing is stopped, checked or recorded.";

/// The words for a call that nobody judged: it is our fault, and nothing ran.
pub fn unjudged(agent: Agent, situation: Situation, help: Option<&str>) -> Said {
    // Who reads along could take it for an order to go on.
    let may_retry = situation != Situation::TooBig && !brief::wanted(agent);
    let (model, person) = match situation {
        Situation::StoodDown => return Said { person: Some(STOOD_DOWN.to_owned()), ..Said::default() },
        Situation::Away => (
            "the guard on this machine could not answer. The command itself was not judged. Wait for the person; \
             trying other commands will end the same way",
            "Taffrail could not judge this call and your company's setting is to wait in that case. Nothing ran. This \
             is our fault, not the command's.",
        ),
        Situation::Malformed => (
            "the guard on this machine could not read this call. The command itself was not judged. Tell the person, \
             and go on with the parts that don't depend on it",
            "Taffrail could not read this call and your company's setting is to wait in that case. Nothing ran. This \
             is our fault, not the command's.",
        ),
        Situation::TooBig => (
            "this call is larger than the 64 MiB that the guard on this machine reads, so it was not judged. Instead: \
             write large content in parts, or make it by a script",
            "Taffrail reads calls of up to 64 MiB; this one is larger and was not judged. Nothing ran.",
        ),
    };
    let mut rows = Rows::new(layout::wrapped(person, 0));
    if may_retry {
        rows.row("You", "try once more.");
    }
    if let Some(help) = help {
        rows.row("Help", &sentence(help));
    }
    Said { agent: Some(format!("Not run: {model}")), person: Some(rows.finish()), output: None }
}

fn push(text: &mut String, more: &str) {
    text.push(' ');
    text.push_str(more);
}

/// One line without a full stop at its end: white space of policy files squeezed.
fn sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches('.').to_owned()
}

/// With a small first letter, unless the first word is a name in capitals.
fn uncapitalised(text: &str) -> String {
    let mut chars = text.trim_start().chars();
    let Some(first) = chars.next() else { return String::new() };
    if chars.clone().next().is_some_and(char::is_uppercase) {
        return text.trim_start().to_owned();
    }
    first.to_lowercase().chain(chars).collect()
}

#[cfg(test)]
mod tests;
