//! What a rule asks of the paths of an effect.

use super::{Context, pattern_folder};
use crate::glob::{Path, PathGlob};
use crate::memory::{in_call, real};
use protocol::effect::{Code, Outgoing, Target};
use protocol::{Action, Field, PathClass, Text, Truth, Why};

/// Which path of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Any of them.
    Every,
    /// Of a move: what is moved.
    From,
    /// Of a move: where to.
    To,
}

/// All that is asked of one path; the answers are about the same path.
#[derive(Debug, Default)]
pub(crate) struct TargetTest {
    /// At least one of these.
    pub(crate) class: Option<PathClass>,
    /// None of these.
    pub(crate) not_class: Option<PathClass>,
    pub(crate) paths: Option<Box<[PathGlob]>>,
    pub(crate) not_paths: Option<Box<[PathGlob]>>,
    pub(crate) exists: Option<bool>,
    /// Is the path known, or at least where it lies?
    pub(crate) known: Option<bool>,
    pub(crate) made_by_agent: Option<bool>,
    pub(crate) written_by_agent: Option<bool>,
    pub(crate) downloaded: Option<bool>,
    pub(crate) holds_secret: Option<bool>,
}

impl TargetTest {
    pub(crate) fn cost(&self) -> u32 {
        let globs = self.paths.iter().chain(&self.not_paths).map(|globs| globs.len()).sum::<usize>();
        let memory = [self.made_by_agent, self.written_by_agent, self.downloaded, self.holds_secret]
            .iter()
            .filter(|asked| asked.is_some())
            .count();
        2 + u32::try_from(globs * 20 + memory * 50).unwrap_or(u32::MAX)
    }

    pub(super) fn holds<S: Text>(&self, which: Which, cx: &Context<'_, S>, action: &Action<S>, negated: bool) -> Truth {
        let of = |target, recursive| self.holds_of(cx, target, recursive, negated);
        match (action, which) {
            (
                Action::Read { target, recursive }
                | Action::Delete { target, recursive, .. }
                | Action::ChangeMode { target, recursive, .. },
                _,
            ) => of(target, *recursive),
            (Action::Move { from, .. }, Which::From) => of(from, true),
            (Action::Move { to, .. }, Which::To) => of(to, false),
            (Action::Move { from, to }, Which::Every) => of(from, true).or(of(to, false)),
            (
                Action::Write { target, .. }
                | Action::Persist { target: Some(target), .. }
                | Action::ConfigureAgent { target: Some(target), .. }
                | Action::Fetch { to: Some(target), .. }
                | Action::Run { code: Code::File(target), .. },
                _,
            ) => of(target, false),
            (Action::Send { what, .. }, _) => super::any(what.iter().map(|one| match one {
                // What is sent may be a folder.
                Outgoing::File(target) => of(target, true),
                _ => Truth::No,
            })),
            _ => Truth::No,
        }
    }

    fn holds_of<S: Text>(&self, cx: &Context<'_, S>, target: &Target<S>, recursive: bool, negated: bool) -> Truth {
        let mut truth = Truth::Yes;
        if let Some(known) = self.known {
            let is_known = match &target.path {
                Field::Known(_) => true,
                // A set of paths of which it is known where they lie.
                Field::Pattern(_) => !target.class.is_empty(),
                Field::Unknown(_) => false,
            };
            truth = Truth::of(is_known == known);
        }
        if truth == Truth::No {
            return truth;
        }
        if let Some(class) = self.class {
            truth = truth.and(match (&target.path, target.class.intersects(class)) {
                (_, true) => Truth::Yes,
                (Field::Unknown(why), false) => cx.unknown(*why),
                (Field::Pattern(_), false) if target.class.is_empty() => cx.unknown(Why::Variable),
                (_, false) => Truth::No,
            });
        }
        if let Some(class) = self.not_class {
            truth = truth.and(match (&target.path, target.class.intersects(class)) {
                (_, true) => Truth::No,
                (Field::Unknown(why), false) => cx.unknown(*why),
                (_, false) => Truth::Yes,
            });
        }
        if truth == Truth::No {
            return truth;
        }
        if let Some(expected) = self.exists {
            truth = truth.and(match target.exists {
                Field::Known(exists) => Truth::of(exists == expected),
                Field::Unknown(why) => cx.unknown(why),
                Field::Pattern(_) => cx.unknown(Why::Variable),
            });
        }
        if let Some(globs) = &self.paths {
            truth = truth.and(match (truth, negated) {
                (Truth::No, _) => Truth::No,
                (_, false) => touches(cx, globs, target, recursive),
                (_, true) => covers(cx, globs, target),
            });
        }
        if let Some(globs) = &self.not_paths {
            truth = truth.and(match (truth, negated) {
                (Truth::No, _) => Truth::No,
                (_, false) => !covers(cx, globs, target),
                (_, true) => !touches(cx, globs, target, recursive),
            });
        }
        for (asked, ask) in [
            (self.made_by_agent, in_call::Ask::Made),
            (self.written_by_agent, in_call::Ask::Written),
            (self.downloaded, in_call::Ask::Downloaded),
            (self.holds_secret, in_call::Ask::Secret),
        ] {
            let (Some(expected), true) = (asked, truth != Truth::No) else { continue };
            let answer = remembered(cx, target, ask);
            truth = truth.and(if expected { answer } else { !answer });
        }
        truth
    }
}

/// Does one glob match the path, or one of its paths, or something that must lie under it? By name or by what the name
/// leads to.
fn touches<S: Text>(cx: &Context<'_, S>, globs: &[PathGlob], target: &Target<S>, recursive: bool) -> Truth {
    let known = |path: &S| {
        let path = Path::of(path.bytes());
        super::any(globs.iter().map(|glob| glob.matches(path, recursive, &cx.places)))
    };
    let by_name = match &target.path {
        Field::Known(path) => known(path),
        Field::Pattern(pattern) => {
            super::any(globs.iter().map(|glob| glob.meets(pattern.glob.bytes(), recursive, &cx.places)))
        }
        Field::Unknown(why) => return cx.unknown(*why),
    };
    let truth = by_name.or(target.resolved.as_ref().map_or(Truth::No, known));
    if truth == Truth::Unknown { cx.unknown(Why::NoFacts) } else { truth }
}

/// Does one glob match the whole of it: the path itself, or every path of the set?
fn covers<S: Text>(cx: &Context<'_, S>, globs: &[PathGlob], target: &Target<S>) -> Truth {
    let known = |path: &S| {
        let path = Path::of(path.bytes());
        super::any(globs.iter().map(|glob| glob.matches(path, false, &cx.places)))
    };
    let by_name = match &target.path {
        Field::Known(path) => known(path),
        Field::Pattern(pattern) => {
            super::any(globs.iter().map(|glob| glob.covers(pattern_folder(pattern.glob.bytes()), &cx.places)))
        }
        Field::Unknown(why) => return cx.unknown(*why),
    };
    let truth = by_name.and(target.resolved.as_ref().map_or(Truth::Yes, known));
    if truth == Truth::Unknown { cx.unknown(Why::NoFacts) } else { truth }
}

fn remembered<S: Text>(cx: &Context<'_, S>, target: &Target<S>, ask: in_call::Ask) -> Truth {
    let of_set;
    let paths: [Option<&[u8]>; 2] = match (&target.path, ask) {
        (Field::Unknown(why), _) if target.resolved.is_none() => return cx.unknown(*why),
        (Field::Pattern(pattern), _) => {
            of_set = pattern_folder(pattern.glob.bytes());
            [Some(of_set), None]
        }
        // Where a link leads decides, not the link.
        (_, in_call::Ask::Made) => [real(target), None],
        // Suspect by either name.
        _ => [target.path.known().map(Text::bytes), target.resolved.as_ref().map(Text::bytes)],
    };
    let earlier = cx.effects.get(..cx.index).unwrap_or_default();
    let mut truth = Truth::No;
    for path in paths.into_iter().flatten() {
        truth = truth.or(match (in_call::answer(earlier, ask, path), cx.memory) {
            (Some(answer), _) => Truth::of(answer),
            (None, Some(memory)) => Truth::of(match ask {
                in_call::Ask::Made => memory.made_by_agent(path),
                in_call::Ask::Written => memory.written(path),
                in_call::Ask::Downloaded => memory.downloaded(path),
                in_call::Ask::Secret => memory.holds_secret(path),
            }),
            (None, None) => cx.unknown(Why::NoMemory),
        });
    }
    truth
}
