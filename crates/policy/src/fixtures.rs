//! Effects by hand, for the tests of this crate.

use crate::{Input, Places, View};
use protocol::effect::{Code, Head, HistoryKind, Span, Target, WriteMode};
use protocol::verdict::Ability;
use protocol::{Action, Effect, Field, PathClass, RawText, Why};

pub(crate) const INTERACTIVE: Ability = Ability { stop: true, ask: true, mask: true };
pub(crate) const HEADLESS: Ability = Ability { stop: true, ask: false, mask: true };

pub(crate) fn effect(action: Action<RawText>) -> Effect {
    Effect { head: Head::here(Span::default()), action }
}

pub(crate) fn known(text: &str) -> Field<RawText> {
    Field::Known(RawText::from(text))
}

pub(crate) fn target(path: &str, class: PathClass) -> Target<RawText> {
    Target { path: known(path), resolved: None, class, exists: Field::Unknown(Why::NoFacts) }
}

pub(crate) fn delete(path: &str, class: PathClass) -> Effect {
    effect(Action::Delete { target: target(path, class), recursive: true, forced: true, filtered: false })
}

pub(crate) fn write(path: &str, class: PathClass) -> Effect {
    let target = target(path, class);
    effect(Action::Write { target, mode: WriteMode::Replace, content: known("x") })
}

/// `mkdir`, where nothing was.
pub(crate) fn mkdir(path: &str, class: PathClass) -> Effect {
    let target = Target { exists: Field::Known(false), ..target(path, class) };
    effect(Action::Write { target, mode: WriteMode::Create, content: known("") })
}

pub(crate) fn rename(from: &str, to: &str) -> Effect {
    effect(Action::Move { from: target(from, PathClass::empty()), to: target(to, PathClass::empty()) })
}

pub(crate) fn run(program: &str, code: Code<RawText>) -> Effect {
    effect(Action::Run { program: known(program), arguments: Vec::new(), code })
}

pub(crate) fn history(kind: HistoryKind, branch: Field<RawText>) -> Effect {
    effect(Action::ChangeHistory { kind, branch, remote: known("origin"), loses: Field::Unknown(Why::NoFacts) })
}

pub(crate) fn input<'a>(effects: &'a [Effect], memory: Option<View<'a>>) -> Input<'a, RawText> {
    Input { effects, findings: &[], memory, agent: None, tool: None, places: Places::default() }
}
