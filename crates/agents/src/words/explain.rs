//! `taffrail explain`: the whole story of one call.

use super::layout::{Rows, wrapped};
use super::saying::{Saying, circumstances, harmless, of};
use super::{Rule, Subject, quote, quoted, sentence, why_words};
use protocol::EffectRecord;
use protocol::effect::{Action, Code};
use protocol::verdict::{self, Decision, Degraded, Layer, Mode};

/// What a page tells beside the call and the decision.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Local time: `09:15`.
    pub time: &'a str,
    /// The folder in which the agent worked.
    pub cwd: Option<&'a str>,
    /// The policy that judged: `baseline 1`.
    pub policy: Option<&'a str>,
    pub mode: Mode,
    /// The texts of the rules that matched, the deciding one first.
    pub rules: &'a [Rule<'a>],
}

/// The page of a recorded call. The last line has no line end.
pub fn explain_code(page: &Page<'_>, subject: &Subject<'_>, decision: &Decision) -> String {
    let place = page.cwd.map_or(String::new(), |cwd| format!(" in {}", quote::path(cwd, subject.home)));
    let (happened, heading, outcome) = match (decision.applied.action, decision.raw.action) {
        (verdict::Action::Block, _) => ("Stopped", "Why it was stopped", "Nothing ran."),
        (verdict::Action::Ask, _) => ("Asked", "Why it was asked", "Yes or no was said in the agent."),
        (_, verdict::Action::Block) => (
            "Would have been stopped",
            "Why it would have been stopped",
            "Taffrail was watching only, so it was let through.",
        ),
        (_, verdict::Action::Ask) => (
            "Would have been asked",
            "Why it would have been asked",
            "Taffrail was watching only, so it was let through.",
        ),
        _ => ("Let through", "Why", "No rule stops or asks about it."),
    };
    let outcome = match (page.mode, decision.degraded) {
        (_, Some(Degraded::CannotStop)) => "It had run already when the agent told us.",
        (Mode::Enforce, _) if outcome.starts_with("Taffrail was") => "The rule is on trial, so it was let through.",
        _ => outcome,
    };
    let first = format!("{happened} at {}{place}, {}. {outcome}", page.time, subject.agent.title());
    let mut parts = vec![
        wrapped(&first, 0),
        format!("  {}", wrapped(&quoted(subject.input), 2)),
        format!("What it would do{}", effects(subject)),
    ];

    let mut why = Vec::new();
    for (at, rule) in page.rules.iter().enumerate() {
        let policy = page.policy.filter(|_| rule.layer != Layer::BuiltIn);
        let policy = policy.map_or(String::new(), |policy| format!(" ({})", quoted(policy)));
        let also = if at == 0 { "" } else { "also " };
        why.push(format!("{also}{}, {}{policy}", quoted(rule.id), layer(rule.layer)));
        why.push(format!("\"{}.\"", sentence(rule.say)));
    }
    if let Some(undecided) = decision.undecided {
        why.push(format!("Not understood in full: {}.", why_words(undecided)));
    }
    if decision.degraded == Some(Degraded::AskBecameBlock) {
        why.push("A person would be asked about it, but there nobody could be asked.".to_owned());
    }
    if !why.is_empty() {
        parts.push(section(heading, &why));
    }
    if let Some(instead) = page.rules.iter().find_map(|rule| rule.instead) {
        parts.push(section("What to do instead", &[format!("{}.", sentence(instead))]));
    }
    parts.join("\n\n")
}

/// The page of a command that was not called: `taffrail explain 'rm -rf build'`. `decision` is the raw judgement.
pub fn explain_command(subject: &Subject<'_>, decision: &Decision, rules: &[Rule<'_>]) -> String {
    let first = match (decision.raw.action, decision.mode) {
        (verdict::Action::Allow, _) => "Would run without a question.",
        (verdict::Action::Ask, Mode::Enforce) => "Would ask.",
        (verdict::Action::Block, Mode::Enforce) => "Would be stopped.",
        (verdict::Action::Ask, Mode::Detect) => "Would ask. Watching only here, so it would run.",
        (verdict::Action::Block, Mode::Detect) => "Would be stopped. Watching only here, so it would run.",
    };
    let last = match (rules.first(), decision.undecided) {
        (Some(rule), _) => {
            let instead = rule.instead.map_or(String::new(), |instead| format!(" Instead: {}.", sentence(instead)));
            format!("{}, {}: \"{}.\"{instead}", quoted(rule.id), layer(rule.layer), sentence(rule.say))
        }
        (None, Some(why)) => format!("Not understood in full: {}.", why_words(why)),
        (None, None) => "No rule stops or asks about it.".to_owned(),
    };
    format!("{first}\n{}\n\n{}", effects(subject), wrapped(&last, 0))
}

fn section(title: &str, rows: &[String]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| format!("  {}", wrapped(row, 2))).collect();
    format!("{title}\n{}", rows.join("\n"))
}

/// One row an effect; programs that only carry other effects are left out.
fn effects(subject: &Subject<'_>) -> String {
    const SHOWN: usize = 12;
    let carries =
        |effect: &EffectRecord| matches!(&effect.action, Action::Run { code: Code::Installed | Code::Inline, .. });
    let all_carry = subject.effects.iter().all(carries);
    let told: Vec<&EffectRecord> = subject.effects.iter().filter(|effect| all_carry || !carries(effect)).collect();
    let mut rows = Rows::new(String::new());
    for effect in told.iter().take(SHOWN) {
        row(&mut rows, effect, subject.home);
    }
    if told.len() > SHOWN {
        rows.row("", &format!("and {} more", told.len() - SHOWN));
    }
    if told.is_empty() {
        rows.row("nothing", "that Taffrail watches");
    }
    rows.finish()
}

fn row(rows: &mut Rows, effect: &EffectRecord, home: Option<&str>) {
    let Saying { verb, object, aside } = of(effect, home);
    let label = match effect.action.name() {
        "change-mode" => "change",
        "privilege" => "rights",
        "change-history" => "history",
        "install-package" => "install",
        "use-credential" => "login",
        "call-mcp" => "call",
        "configure-agent" | "start-agent" => "agent",
        "impersonate-person" => "person",
        other => other,
    };
    let mut text = if verb == label { vec![object] } else { vec![verb, object] };
    text.push(circumstances(effect));
    text.retain(|part| !part.is_empty());
    let note = aside.map(|aside| aside.note).or_else(|| harmless(effect));
    let note = note.map_or(String::new(), |note| format!(", {note}"));
    let via = if effect.head.via.is_empty() { String::new() } else { format!(" (by {})", effect.head.via.join(", ")) };
    rows.row(label, &format!("{}{note}{}", text.join(" "), quoted(&via)));
}

fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::BuiltIn => "built in",
        Layer::Organisation => "company policy",
        Layer::Team => "team policy",
        Layer::User => "this user's policy",
        Layer::Repository => "this repository's policy",
    }
}
