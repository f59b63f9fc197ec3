//! Judging: effects, findings and memory to a judgement, without regard to mode or agent.

use crate::effects;
use crate::glob::Places;
use crate::matcher::programs::Program;
use crate::matcher::{Context, Subject};
use crate::memory::{Stop, View};
use crate::policy::Policy;
use crate::rule::{ON_UNKNOWN, OnUnknown, Rule, RuleSubject, leaves_undecided};
use protocol::verdict::{Action as Answer, Notice, RuleMatch, Severity, Verdict};
use protocol::{Action, Agent, Code, Direction, EffectOf, Field, Finding, Text, Truth, Why};
use std::cmp::Reverse;
use std::sync::Arc;

/// One rule is kept for at most so many effects of one call.
const MATCHES_PER_RULE: usize = 16;

/// What is judged.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a, S> {
    pub effects: &'a [EffectOf<S>],
    pub findings: &'a [Finding],
    /// What was before; `None` where it is not at hand, which rules that ask about it take as unknown.
    pub memory: Option<View<'a>>,
    pub agent: Option<Agent>,
    /// The agent's own name of the tool.
    pub tool: Option<&'a str>,
    pub places: Places<'a>,
}

/// What the rules say of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// All matches together, those on trial and those that a person settled included.
    pub raw: Verdict,
    /// The matches that count: neither on trial nor settled.
    pub acting: Verdict,
    /// All rules that matched, the deciding one first.
    pub matches: Vec<RuleMatch>,
    /// How many of the last of `matches` do not count because a person said yes to the same rule, effect and target.
    pub settled: usize,
    /// Set where something that counts could not be understood.
    pub undecided: Option<Why>,
    /// The code of the first stop of the same effect and target in this session.
    pub repeats: Option<Code>,
    /// Something that is to be masked leaves the machine.
    pub(crate) masks_outgoing: bool,
}

impl Policy {
    /// Judges one call by all layers at once. A pure function of its input.
    pub fn judge<S: Text>(&self, input: &Input<'_, S>) -> Judgement {
        let mut found = Found::default();
        let mut cx = Context::of(input);
        for (index, effect) in input.effects.iter().enumerate() {
            cx.index = index;
            let subject = Subject::Effect(effect);
            let program = match &effect.action {
                Action::Run { program: Field::Known(program), .. } => Some(Program::new(program.bytes())),
                _ => None,
            };
            for rule in self.of_effect(effects::number(&effect.action)) {
                if let (Some(program), Some(programs)) = (program, &rule.programs)
                    && !programs.may_hold(program)
                {
                    continue;
                }
                let Some((truth, whole)) = holds(rule, &cx, &subject) else { continue };
                let answered = rule.verdict(Vec::new()).action == Answer::Ask
                    && input.memory.is_some_and(|memory| memory.answered(rule.id(), &effect.action));
                found.add(rule, (truth, whole), Some(index), None, Vec::new(), answered);
            }
            if let Some(stop) = input.memory.and_then(|memory| memory.stopped(&effect.action).cloned()) {
                self.stopped_before(&stop, index, &mut found);
            }
            if let Action::Unknown { why, .. } = &effect.action
                && leaves_undecided(*why)
            {
                found.undecided.get_or_insert(*why);
            }
        }
        for (index, finding) in input.findings.iter().enumerate() {
            // A note never acts.
            if finding.severity == Severity::Note {
                continue;
            }
            cx.index = input.effects.len();
            for rule in self.of_finding(finding.kind) {
                let Some(truth) = holds(rule, &cx, &Subject::Finding(finding)) else { continue };
                let masks = vec![finding.name.clone()];
                if !rule.trial
                    && !rule.verdict(masks.clone()).masks.is_empty()
                    && matches!(finding.direction, Direction::Outgoing | Direction::Prompt)
                {
                    found.masks_outgoing = true;
                }
                found.add(rule, truth, None, Some(index), masks, false);
            }
        }
        found.judgement(cx.why.get())
    }

    /// After a stop, the same effect on the same target is the same matter in any wording.
    fn stopped_before(&self, stop: &Stop, index: usize, found: &mut Found) {
        // A rule that a new policy no longer has stops nothing.
        let Some(rule) = self.rule(&stop.rule).filter(|rule| !rule.trial) else { return };
        if rule.verdict(Vec::new()).action == Answer::Allow {
            return;
        }
        found.repeats.push((Arc::clone(&rule.id), index, stop.code));
        let matched = found.matches.iter().any(|one| one.matched.rule == rule.id && one.matched.effect == Some(index));
        if !matched {
            found.add(rule, (Truth::Yes, false), Some(index), None, Vec::new(), false);
        }
    }
}

/// Does the rule match, how surely, and does it keep its whole verdict where that is unknown? `None`: it does not match.
///
/// Where memory is not at hand, a rule that asks about it could have matched for sure: it holds whole then, whatever it
/// says of the unknown, because whoever has the memory must never be the stricter.
fn holds<S: Text>(rule: &Rule, cx: &Context<'_, S>, subject: &Subject<'_, S>) -> Option<(Truth, bool)> {
    // This rule's own reason has to be told apart from that of a rule before.
    let before = cx.why.take();
    let truth = rule.test.holds(cx, subject, false);
    let forgotten = truth == Truth::Unknown && cx.memory.is_none() && cx.why.get() == Some(Why::NoMemory);
    cx.why.set(cx.why.get().or(before));
    let ignored = truth == Truth::Unknown && !forgotten && on_unknown(rule, subject) == OnUnknown::Ignore;
    if truth == Truth::No || ignored {
        return None;
    }
    let excepted = rule.unless.iter().any(|test| test.holds(cx, subject, true) == Truth::Yes);
    (!excepted).then_some((truth, forgotten))
}

fn on_unknown<S>(rule: &Rule, subject: &Subject<'_, S>) -> OnUnknown {
    rule.unknown.unwrap_or_else(|| match subject {
        Subject::Effect(effect) => {
            ON_UNKNOWN.get(effects::number(&effect.action)).map_or(OnUnknown::Ask, |(_, default)| *default)
        }
        Subject::Finding(_) => OnUnknown::Match,
    })
}

#[derive(Default)]
struct Found {
    matches: Vec<One>,
    undecided: Option<Why>,
    repeats: Vec<(Arc<str>, usize, Code)>,
    masks_outgoing: bool,
}

struct One {
    matched: RuleMatch,
    settled: bool,
}

impl Found {
    fn add(
        &mut self,
        rule: &Rule,
        (truth, whole): (Truth, bool),
        effect: Option<usize>,
        finding: Option<usize>,
        masks: Vec<String>,
        settled: bool,
    ) {
        if self.matches.iter().filter(|one| one.matched.rule == rule.id).count() >= MATCHES_PER_RULE {
            // The record has enough of it; a mask must not be lost.
            if let Some(one) = self.matches.iter_mut().rfind(|one| one.matched.rule == rule.id) {
                one.matched.verdict.join(&Verdict { masks: rule.verdict(masks).masks, ..Verdict::default() });
                one.settled &= settled;
            }
            return;
        }
        let mut verdict = rule.verdict(masks);
        let asks_at_most = rule.unknown.unwrap_or_else(|| default_of(rule)) != OnUnknown::Match;
        if truth == Truth::Unknown && asks_at_most && !whole {
            verdict.action = verdict.action.min(Answer::Ask);
        }
        let matched = RuleMatch {
            rule: Arc::clone(&rule.id),
            layer: rule.layer,
            verdict,
            severity: rule.severity,
            truth,
            trial: rule.trial,
            effect,
            finding,
        };
        self.matches.push(One { matched, settled });
    }

    fn judgement(mut self, why: Option<Why>) -> Judgement {
        self.matches.sort_by_key(|one| {
            let matched = &one.matched;
            (
                one.settled,
                matched.trial,
                Reverse((matched.verdict.action, !matched.verdict.masks.is_empty(), matched.verdict.notice)),
                matched.truth != Truth::Yes,
                Reverse(matched.severity),
                matched.layer,
                matched.effect,
            )
        });
        let mut judgement = Judgement { masks_outgoing: self.masks_outgoing, ..Judgement::default() };
        for one in self.matches {
            judgement.raw.join(&one.matched.verdict);
            if one.settled {
                judgement.settled += 1;
            } else if !one.matched.trial {
                judgement.acting.join(&one.matched.verdict);
                if one.matched.truth == Truth::Unknown && one.matched.verdict.action > Answer::Allow {
                    self.undecided = self.undecided.or(why);
                }
            }
            judgement.matches.push(one.matched);
        }
        if let Some(first) = judgement.matches.first().filter(|first| first.verdict.action > Answer::Allow) {
            judgement.repeats = self
                .repeats
                .iter()
                .find(|(rule, index, _)| *rule == first.rule && Some(*index) == first.effect)
                .map(|(_, _, code)| *code);
        }
        judgement.undecided = self.undecided;
        judgement
    }
}

/// For rules of several effects the most cautious of their defaults.
fn default_of(rule: &Rule) -> OnUnknown {
    match rule.subject {
        RuleSubject::Effects(set) => {
            let asks = set.numbers().filter_map(|n| ON_UNKNOWN.get(n)).any(|(_, default)| *default == OnUnknown::Ask);
            if asks { OnUnknown::Ask } else { OnUnknown::Match }
        }
        RuleSubject::Finding(_) => OnUnknown::Match,
    }
}

impl Judgement {
    /// Does anything act or speak, beside the record?
    pub fn is_silent(&self) -> bool {
        self.acting.action == Answer::Allow && self.acting.notice == Notice::None && self.acting.masks.is_empty()
    }
}

#[cfg(test)]
mod tests;
