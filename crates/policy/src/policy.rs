//! A policy: all layers together, found by effect.

use crate::bundle::{Bundle, BundleHead, LeftOut, Parsed, Source, refused_unread};
use crate::effects;
use crate::error::{File, LoadError, Problem};
use crate::matcher::keys::{Lists, Reader, Subjects};
use crate::read::{Problems, did_you_mean, quoted};
use crate::rule::{Example, Rule, RuleSubject};
use protocol::FindingKind;
use protocol::verdict::{Layer, Mode};
use std::collections::HashMap;
use std::sync::Arc;

const BASELINE: &str = include_str!("../bundles/baseline.toml");
const BASELINE_NAME: &str = "baseline.toml";

/// The rules of all layers, checked whole.
#[derive(Debug)]
pub struct Policy {
    bundles: Vec<BundleHead>,
    rules: Vec<Rule>,
    by_id: HashMap<Arc<str>, usize>,
    /// For each effect, the rules that speak of it.
    by_effect: [Vec<usize>; effects::NAMES.len()],
    by_finding: [Vec<usize>; 3],
    left_out: Vec<LeftOut>,
}

impl Policy {
    /// The built-in rules alone.
    ///
    /// # Panics
    /// Never, as a test of this crate loads the same text.
    pub fn builtin() -> Self {
        Self::load(&[]).expect("the built-in bundle is loaded in a test")
    }

    /// The built-in rules and these bundles. The order of the sources has no meaning: the layers have.
    ///
    /// # Errors
    /// Everything that is wrong with any of the sources, at most 50 places; nothing of them is used then.
    pub fn load(sources: &[Source<'_>]) -> Result<Self, LoadError> {
        let builtin = Source { layer: Layer::BuiltIn, name: BASELINE_NAME, text: BASELINE };
        let refused: Vec<Problem> = sources.iter().filter_map(refused_unread).collect();
        if let Some(error) = LoadError::of(refused) {
            return Err(error);
        }
        let mut parsed = Vec::new();
        let mut bad = Vec::new();
        for source in std::iter::once(builtin).chain(sources.iter().copied()) {
            let file = Arc::new(File { name: source.name.to_owned(), text: source.text.to_owned() });
            match Parsed::new(source, &file) {
                Ok(one) => parsed.push((one, Problems::new(file))),
                Err(problem) => bad.push(problem),
            }
        }
        if let Some(error) = LoadError::of(bad) {
            return Err(error);
        }
        Builder::build(&mut parsed)
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.get(*self.by_id.get(id)?)
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The bundles, the built-in one first.
    pub fn bundles(&self) -> &[BundleHead] {
        &self.bundles
    }

    /// The bundle of the outermost layer, by which the policy as a whole is called: `acme-engineering 42`.
    pub fn label(&self) -> String {
        let head = self.bundles.iter().find(|head| head.layer != Layer::BuiltIn && head.layer != Layer::Repository);
        head.or(self.bundles.first()).map(|head| format!("{} {}", head.name, head.serial)).unwrap_or_default()
    }

    /// The mode that the outermost layer with an opinion asks for. A repository has none.
    pub fn mode(&self) -> Option<Mode> {
        self.bundles.iter().filter(|head| head.layer != Layer::Repository).find_map(|head| head.mode)
    }

    /// Rules that need a newer version than this and are not judged.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The examples of all rules, for whoever can run them.
    pub fn examples(&self) -> impl Iterator<Item = (&Rule, &Example)> {
        self.rules.iter().flat_map(|rule| rule.examples().iter().map(move |example| (rule, example)))
    }

    pub(crate) fn of_effect(&self, number: usize) -> impl Iterator<Item = &Rule> {
        self.by_effect.get(number).into_iter().flatten().filter_map(|at| self.rules.get(*at))
    }

    pub(crate) fn of_finding(&self, kind: FindingKind) -> impl Iterator<Item = &Rule> {
        self.by_finding.get(finding_number(kind)).into_iter().flatten().filter_map(|at| self.rules.get(*at))
    }
}

fn finding_number(kind: FindingKind) -> usize {
    match kind {
        FindingKind::Secret => 0,
        FindingKind::Pii => 1,
        FindingKind::Injection => 2,
    }
}

/// The layer that answers for the built-in rules: the outermost one that is there. Its lists and exceptions reach them;
/// those of layers within do not, so that a user cannot loosen what a company stands behind.
fn owner(layers: impl Iterator<Item = Layer>) -> Option<Layer> {
    layers.filter(|layer| !matches!(layer, Layer::BuiltIn | Layer::Repository)).min()
}

/// Does an exception of `layer` reach rules of `rule`? Its own and those below; the built-in ones by their owner.
fn reaches(layer: Layer, rule: Layer, owner: Option<Layer>) -> bool {
    match rule {
        Layer::BuiltIn => owner == Some(layer),
        rule => layer != Layer::Repository && layer <= rule,
    }
}

struct Builder;

impl Builder {
    fn build(parsed: &mut [(Parsed<'_>, Problems)]) -> Result<Policy, LoadError> {
        let owner = owner(parsed.iter().map(|(one, _)| one.source.layer));
        let own: Vec<Lists> = parsed.iter_mut().map(|(one, problems)| one.lists(problems)).collect();
        let builtin = own.first().cloned().unwrap_or_default();
        // What the owner of the built-in rules says of their lists holds for them and for everyone below.
        let mut shared = builtin;
        for (lists, (one, _)) in own.iter().zip(parsed.iter()) {
            if Some(one.source.layer) == owner {
                shared.extend(lists.iter().map(|(name, entries)| (name.clone(), entries.clone())));
            }
        }
        let lists: Vec<Lists> = own
            .into_iter()
            .zip(parsed.iter())
            .map(|(own, (one, _))| {
                let mut all = shared.clone();
                if one.source.layer != Layer::BuiltIn {
                    all.extend(own);
                }
                all
            })
            .collect();
        let mut bundles: Vec<Bundle<'_>> = Vec::new();
        let mut problems: Vec<&mut Problems> = Vec::new();
        for ((one, own_problems), lists) in parsed.iter_mut().zip(&lists) {
            bundles.push(one.read(lists, own_problems));
            problems.push(own_problems);
        }

        let mut rules: Vec<Rule> = Vec::new();
        let mut by_id: HashMap<Arc<str>, usize> = HashMap::new();
        for (bundle, problems) in bundles.iter_mut().zip(&mut problems) {
            for (rule, span) in bundle.rules.drain(..) {
                if let Some(first) = by_id.get(&rule.id).and_then(|at| rules.get(*at)) {
                    let message = format!(
                        "There is a rule {} already, in {} line {}.",
                        quoted(&rule.id),
                        first.bundle,
                        first.line
                    );
                    problems.add(span, message, None);
                } else {
                    by_id.insert(Arc::clone(&rule.id), rules.len());
                    rules.push(rule);
                }
            }
        }
        for ((bundle, problems), lists) in bundles.iter().zip(&mut problems).zip(&lists) {
            for exception in &bundle.exceptions {
                if problems.is_full() {
                    break;
                }
                for (id, span) in &exception.rules {
                    let Some(rule) = by_id.get(*id).and_then(|at| rules.get_mut(*at)) else {
                        let hint = did_you_mean(id, by_id.keys().map(AsRef::as_ref));
                        problems.add(span.clone(), format!("There is no rule {}.", quoted(id)), hint);
                        continue;
                    };
                    if !reaches(exception.layer, rule.layer, owner) {
                        let hint = Some("An exception reaches rules of its own layer and of those below.".to_owned());
                        problems.add(span.clone(), format!("{} is not a rule of this layer.", quoted(id)), hint);
                        continue;
                    }
                    let subjects = match rule.subject {
                        RuleSubject::Effects(set) => Subjects::Effects(set),
                        RuleSubject::Finding(_) => Subjects::Finding,
                    };
                    let mut reader = Reader::new(problems, lists, subjects);
                    rule.unless.push(reader.whole(exception.matching, exception.span.clone()));
                }
            }
        }
        let heads: Vec<(BundleHead, Vec<LeftOut>)> =
            bundles.into_iter().map(|bundle| (bundle.head, bundle.left_out)).collect();
        let told: Vec<Problem> = parsed
            .iter_mut()
            .flat_map(|(_, problems)| {
                let file = Arc::clone(&problems.file);
                std::mem::replace(problems, Problems::new(file)).into_list()
            })
            .collect();
        if let Some(error) = LoadError::of(told) {
            return Err(error);
        }
        Ok(Self::indexed(heads, rules, by_id))
    }

    fn indexed(heads: Vec<(BundleHead, Vec<LeftOut>)>, rules: Vec<Rule>, by_id: HashMap<Arc<str>, usize>) -> Policy {
        let mut policy = Policy {
            bundles: Vec::new(),
            rules,
            by_id,
            by_effect: std::array::from_fn(|_| Vec::new()),
            by_finding: std::array::from_fn(|_| Vec::new()),
            left_out: Vec::new(),
        };
        for (head, left_out) in heads {
            policy.bundles.push(head);
            policy.left_out.extend(left_out);
        }
        policy.bundles.sort_by_key(|head| head.layer);
        for (at, rule) in policy.rules.iter().enumerate() {
            match rule.subject {
                RuleSubject::Effects(set) => {
                    for number in set.numbers() {
                        if let Some(list) = policy.by_effect.get_mut(number) {
                            list.push(at);
                        }
                    }
                }
                RuleSubject::Finding(kind) => {
                    if let Some(list) = policy.by_finding.get_mut(finding_number(kind)) {
                        list.push(at);
                    }
                }
            }
        }
        policy
    }
}

#[cfg(test)]
mod tests;
