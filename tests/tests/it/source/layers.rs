//! Who may know whom: the table in `ARCHITECTURE.md` against the manifests.

use super::{quoted, read, table, top};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use std::collections::{BTreeMap, BTreeSet};

/// Outside the table: they may know everything, and nothing may know them.
const OUTSIDE: [&str; 3] = ["test-support", "tests", "xtask"];

struct Layer {
    knows: BTreeSet<String>,
    /// Crates of others that it must not reach, not even through one that it knows.
    never: Vec<String>,
}

fn allowed() -> BTreeMap<String, Layer> {
    let rows = table(&read("ARCHITECTURE.md"), "## Who may know whom");
    let layer = |row: Vec<String>| {
        let [name, knows, never] = row.as_slice() else { panic!("a row of three cells: {row:?}") };
        let layer = Layer { knows: quoted(knows).into_iter().collect(), never: quoted(never) };
        (quoted(name).into_iter().next().unwrap(), layer)
    };
    rows.into_iter().map(layer).collect()
}

fn metadata() -> Metadata {
    let options = ["--locked", "--offline", "--filter-platform", "x86_64-unknown-linux-gnu"].map(str::to_owned);
    MetadataCommand::new().current_dir(top()).other_options(options).exec().unwrap()
}

/// A package of ours by the name of its folder: `crates/chain` is `chain`, `hook-cli` is `hook-cli`.
fn ours(metadata: &Metadata) -> BTreeMap<PackageId, String> {
    let name = |id: &PackageId| {
        let manifest = &metadata[id].manifest_path;
        (id.clone(), manifest.parent().unwrap().file_name().unwrap().to_owned())
    };
    metadata.workspace_members.iter().map(name).collect()
}

/// What it depends on in shipped code: build and development dependencies apart.
fn normal(metadata: &Metadata, of: &PackageId) -> Vec<PackageId> {
    let nodes = &metadata.resolve.as_ref().unwrap().nodes;
    let node = nodes.iter().find(|node| node.id == *of).unwrap();
    let shipped = |dep: &&cargo_metadata::NodeDep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
    node.deps.iter().filter(shipped).map(|dep| dep.pkg.clone()).collect()
}

#[test]
fn every_crate_knows_exactly_those_that_the_architecture_lets_it_know() {
    let (metadata, allowed) = (metadata(), allowed());
    let ours = ours(&metadata);
    for (id, name) in ours.iter().filter(|(_, name)| !OUTSIDE.contains(&name.as_str())) {
        let knows: BTreeSet<String> = normal(&metadata, id).iter().filter_map(|dep| ours.get(dep).cloned()).collect();
        let layer = allowed.get(name).unwrap_or_else(|| panic!("{name} has no row in ARCHITECTURE.md"));
        let unallowed: Vec<_> = knows.difference(&layer.knows).collect();
        assert!(unallowed.is_empty(), "{name} knows {unallowed:?}, which its row in ARCHITECTURE.md does not allow");
        let unused: Vec<_> = layer.knows.difference(&knows).collect();
        assert!(unused.is_empty(), "ARCHITECTURE.md lets {name} know {unused:?}, and it does not");
    }
    let real: BTreeSet<_> = ours.values().collect();
    let rows: Vec<_> = allowed.keys().filter(|name| !real.contains(name)).collect();
    assert!(rows.is_empty(), "ARCHITECTURE.md has rows of crates that are not there: {rows:?}");
}

#[test]
fn no_crate_reaches_what_it_must_not_even_through_another() {
    let (metadata, allowed) = (metadata(), allowed());
    let ours = ours(&metadata);
    let mut looked = 0;
    for (id, name) in &ours {
        let Some(layer) = allowed.get(name).filter(|layer| !layer.never.is_empty()) else { continue };
        let (mut seen, mut open) = (BTreeSet::new(), vec![id.clone()]);
        while let Some(next) = open.pop() {
            if seen.insert(next.clone()) {
                open.extend(normal(&metadata, &next));
            }
        }
        let reached: BTreeSet<&str> = seen.iter().map(|id| metadata[id].name.as_str()).collect();
        for never in &layer.never {
            assert!(!reached.contains(never.as_str()), "{name} reaches {never}");
        }
        looked += 1;
    }
    assert!(looked >= 4, "only {looked} rows say what must not be reached");
}

#[test]
fn nothing_depends_on_a_program_or_on_what_stands_outside() {
    let metadata = metadata();
    let ours = ours(&metadata);
    for (id, name) in ours.iter().filter(|(_, name)| !OUTSIDE.contains(&name.as_str())) {
        for known in normal(&metadata, id).iter().filter_map(|dep| ours.get(dep)) {
            let free =
                !OUTSIDE.contains(&known.as_str()) && !["daemon", "hook-cli", "collector"].contains(&known.as_str());
            assert!(free, "{name} depends on {known}");
        }
    }
}
