//! The switches of Claude Code that keep hooks from being called.
//!
//! By the types of its SDK and the program itself, 2.1.330: of the managed sources the highest one counts alone, unless it
//! says `managedSourcesBehavior: "merge"`; `disableAllHooks` is a scalar like others, so the highest file that has it
//! decides, but only a managed one can switch managed hooks off.

use crate::coverage::{Hindrance, Layer, Unheard};
use serde_json::Value;

const OFF: &str = "disableAllHooks";
const MANAGED_ONLY: &str = "allowManagedHooksOnly";
const PLUGINS_ONLY: &str = "strictPluginOnlyCustomization";
const BEHAVIOUR: &str = "managedSourcesBehavior";

/// See [`crate::coverage::unheard`].
pub(crate) fn unheard(files: &[(Layer, Value)]) -> Vec<Option<Hindrance>> {
    let of = |layer: Layer| files.iter().enumerate().filter(move |(_, (known, _))| *known == layer);
    let remote = of(Layer::Remote).find(|(_, (_, value))| value.as_object().is_some_and(|keys| !keys.is_empty()));
    let merged = remote.is_some_and(|(_, (_, value))| value.get(BEHAVIOUR).is_some_and(|how| how == "merge"));
    let outranked = remote.filter(|_| !merged);
    // Of the files of one source the last one counts; of two sources that are merged, the stricter.
    let managed = |holds: fn(&Value) -> Option<(bool, &'static str)>| {
        let last = |layer| {
            let mut said = of(layer).filter_map(|(at, (_, value))| holds(value).map(|(on, key)| (on, at, key)));
            said.next_back().filter(|(on, ..)| *on).map(|(_, by, key)| (by, key))
        };
        last(Layer::Remote).or_else(|| outranked.is_none().then(|| last(Layer::Managed)).flatten())
    };
    let switch = |value: &Value| Some((value.get(OFF)?.as_bool()?, OFF));
    let all_off = managed(switch);
    let managed_only = managed(|value| {
        let only = value.get(MANAGED_ONLY).and_then(Value::as_bool).map(|on| (on, MANAGED_ONLY));
        let plugins = value.get(PLUGINS_ONLY).map(|what| (is_for_hooks(what), PLUGINS_ONLY));
        only.filter(|(on, _)| *on).or_else(|| plugins.filter(|(on, _)| *on)).or(only).or(plugins)
    });
    let own_off = [Layer::Local, Layer::Project, Layer::User]
        .into_iter()
        .find_map(|layer| of(layer).find_map(|(at, (_, value))| switch(value).map(|(on, key)| (on, at, key))));
    let hindrance = |why, (by, key)| Hindrance { why, by, key };
    let off = |found| hindrance(Unheard::Off, found);
    let one = |layer: Layer| {
        if layer == Layer::Managed
            && let Some((by, _)) = outranked
        {
            return Some(hindrance(Unheard::Outranked, (by, BEHAVIOUR)));
        }
        if let Some(found) = all_off {
            return Some(off(found));
        }
        if matches!(layer, Layer::Managed | Layer::Remote) {
            return None;
        }
        managed_only
            .map(|found| hindrance(Unheard::ManagedOnly, found))
            .or_else(|| own_off.filter(|(on, ..)| *on).map(|(_, by, key)| off((by, key))))
    };
    files.iter().map(|(layer, _)| one(*layer)).collect()
}

/// `true`, or a list of the surfaces that it speaks of.
fn is_for_hooks(what: &Value) -> bool {
    match what {
        Value::Bool(on) => *on,
        Value::Array(surfaces) => surfaces.iter().any(|surface| surface == "hooks"),
        _ => false,
    }
}
