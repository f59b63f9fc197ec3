//! Putting the layers together, key by key.

use super::Origin;
use crate::keys::{Binding, Config, KEYS, Layer, Policy, PolicyFiles, Raw};
use crate::problem::Problem;
use std::path::PathBuf;

/// One file and what it says.
pub(super) type Said = (Layer, PathBuf, Raw);

/// What is in force, and where each key's value comes from. `layers`: the weaker first.
pub(super) fn resolve(layers: &[Said]) -> (Config, Vec<Origin>) {
    let mut config = Config::default();
    let mut origins = defaults(&config);
    // Destructured, so that a new key cannot be forgotten here.
    let Config {
        mode,
        mode_max,
        durable,
        journal_max,
        policies,
        input,
        output,
        prompt,
        rationale,
        collector_url,
        collector_ca,
        collector_interval,
    } = &mut config;
    let mut settled = Vec::new();
    let mut settle = |name: &'static str, from: Option<usize>| settled.extend(from.map(|from| (name, from)));
    settle("durable", strongest(layers, durable, |raw| raw.durable));
    settle("journal_max_mb", strongest(layers, journal_max, |raw| raw.journal_max_mb));
    settle("collector.url", strongest(layers, collector_url, |raw| raw.collector_url.clone()));
    settle("collector.ca_file", strongest(layers, collector_ca, |raw| raw.collector_ca.clone()));
    settle("collector.interval_s", strongest(layers, collector_interval, |raw| raw.collector_interval));
    settle("content.input", least(layers, input, |raw| raw.input));
    settle("content.output", least(layers, output, |raw| raw.output));
    settle("content.prompt", least(layers, prompt, |raw| raw.prompt));
    settle("content.rationale", least(layers, rationale, |raw| raw.rationale));
    settle("mode_max", least(layers, mode_max, |raw| raw.mode_max));
    let mut mode_from = strongest(layers, mode, |raw| raw.mode);
    if let Some((layer, ..)) = mode_from.and_then(|from| layers.get(from)) {
        // A ceiling binds what is weaker than the file that sets it.
        let above = layers.iter().position(|(above, ..)| above > layer).unwrap_or(layers.len());
        let mut most = *mode;
        let capped = least(layers.get(above..).unwrap_or_default(), &mut most, |raw| raw.mode_max);
        if most < *mode {
            *mode = most;
            mode_from = capped.map(|from| above + from);
        }
    }
    settle("mode", mode_from);
    for (at, (layer, _, raw)) in layers.iter().enumerate() {
        let Some(PolicyFiles(paths)) = raw.policy_files.clone() else { continue };
        policies.extend(paths.into_iter().map(|path| Policy { layer: *layer, path }));
        settle("policy_files", Some(at));
    }
    let now = raw_of(&config).set_keys();
    for (key, from) in settled {
        let (Some(origin), Some((layer, file, _))) =
            (origins.iter_mut().find(|origin| origin.key == key), layers.get(from))
        else {
            continue;
        };
        let value = now.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone()).unwrap_or_default();
        *origin = Origin { key, value, layer: *layer, file: Some(file.clone()) };
    }
    (config, origins)
}

/// The strongest layer's value, put into `value`, and which layer's it is.
fn strongest<T>(layers: &[Said], value: &mut T, of: impl Fn(&Raw) -> Option<T>) -> Option<usize> {
    let (from, set) = layers.iter().enumerate().rev().find_map(|(at, (.., raw))| Some((at, of(raw)?)))?;
    *value = set;
    Some(from)
}

/// The least value that any layer sets, put into `value`, and which layer's it is: the strongest of equals.
fn least<T: Ord>(layers: &[Said], value: &mut T, of: impl Fn(&Raw) -> Option<T>) -> Option<usize> {
    let all = layers.iter().enumerate().rev().filter_map(|(at, (.., raw))| Some((of(raw)?, at)));
    let (set, from) = all.min_by(|(a, _), (b, _)| a.cmp(b))?;
    *value = set;
    Some(from)
}

/// A configuration as one file would say it.
fn raw_of(config: &Config) -> Raw {
    let paths = config.policies.iter().map(|policy| policy.path.clone()).collect();
    Raw {
        mode: Some(config.mode),
        mode_max: Some(config.mode_max),
        durable: Some(config.durable),
        journal_max_mb: Some(config.journal_max),
        policy_files: Some(PolicyFiles(paths)),
        input: Some(config.input),
        output: Some(config.output),
        prompt: Some(config.prompt),
        rationale: Some(config.rationale),
        collector_url: Some(config.collector_url.clone()),
        collector_ca: Some(config.collector_ca.clone()),
        collector_interval: Some(config.collector_interval),
    }
}

fn defaults(config: &Config) -> Vec<Origin> {
    let origin = |(key, value)| Origin { key, value, layer: Layer::Default, file: None };
    raw_of(config).set_keys().into_iter().map(origin).collect()
}

/// See [`super::Loaded::overruled`].
pub(super) fn overruled(layers: &[Said], origins: &[Origin]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (layer, file, raw) in layers {
        for (name, value) in raw.set_keys() {
            let Some(origin) = origins.iter().find(|origin| origin.key == name) else { continue };
            let Some(winner) = origin.file.as_ref().filter(|winner| *winner != file) else { continue };
            let binds = KEYS.iter().any(|key| key.name == name && key.binding != Binding::Union);
            let told = *layer == Layer::User || *layer == origin.layer;
            if binds && told && value != origin.value {
                let says = format!("{name} is {value} here, and {} in {}.", origin.value, winner.display());
                problems.push(Problem::of_file(file, says, format!("{} is in force.", origin.value)));
            }
        }
    }
    problems
}
