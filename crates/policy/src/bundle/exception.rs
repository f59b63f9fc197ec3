//! Exceptions: where a rule of the own layer or of one below stays silent.

use super::{Source, is_name, plain};
use crate::read::{Keys, Problems, quoted};
use protocol::verdict::Layer;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// An exception as read. Its `match` is compiled once for each rule that it names, since the rule decides which keys
/// there are.
#[derive(Debug)]
pub(crate) struct Exception<'t> {
    pub(crate) layer: Layer,
    /// Rule ids, with their places.
    pub(crate) rules: Vec<(&'t str, Range<usize>)>,
    pub(crate) matching: &'t DeTable<'t>,
    pub(crate) span: Range<usize>,
}

pub(super) fn read<'t>(
    source: &Source<'_>,
    table: &'t DeTable<'t>,
    span: Range<usize>,
    problems: &mut Problems,
) -> Option<Exception<'t>> {
    if source.layer == Layer::Repository {
        problems.add(span, "A repository's bundle only tightens: it has no exceptions.", None);
        return None;
    }
    let mut keys = Keys::new("an exception", table, span.clone());
    let rules = keys.texts("rule", problems);
    if rules.is_empty() {
        problems.add(span.clone(), "An exception names the rules that it speaks of: rule = \"…\".", None);
    }
    for (id, span) in &rules {
        if !is_name(id) {
            problems.add(span.clone(), format!("{} is not a rule's id.", quoted(id)), None);
        }
    }
    if let Some((why, span)) = keys.needed("why", problems)
        && plain(why, 300).is_none()
    {
        problems.add(span, "why has 1 to 300 characters, without control characters.", None);
    }
    let matching = match keys.take("match").map(|value| (value, value.get_ref())) {
        Some((value, DeValue::Table(table))) => Some((table, value.span())),
        Some((value, _)) => {
            problems.wrong_type("match", value, "a table");
            None
        }
        None => {
            problems.add(span, "An exception says where it holds: match = { … }.", None);
            None
        }
    };
    keys.finish(problems);
    let (matching, span) = matching?;
    Some(Exception { layer: source.layer, rules, matching, span })
}
