//! The examples that the built-in rules carry: each rule stops what it says, and lets its look-alikes be.

use crate::judge::{Bench, HOME};
use policy::{Example, Policy, Source, Word};
use protocol::verdict::{Action, Layer};
use taffrail_engine::examples::{self, WORKSPACE};

#[test]
fn every_example_of_the_built_in_rules_holds() {
    let (count, wrong) = wrong_examples(&Bench::new(), Layer::BuiltIn);
    assert!(count > 300, "the built-in rules carry {count} examples");
    assert!(wrong.is_empty(), "{} of {count} examples are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// How many examples the rules of a layer carry, and those that do not hold.
fn wrong_examples(bench: &Bench, layer: Layer) -> (usize, Vec<String>) {
    let (count, failed) = examples::run(&bench.engine, &bench.policy, |rule| rule.layer() == layer);
    let told = |failed: &examples::Failed<'_>| {
        let Example { call, verdict, line, .. } = failed.example;
        let (rule, want, by) = (failed.rule.id(), verdict.as_str(), failed.by.join(", "));
        format!("{rule}: {call:?} (line {line}) wants {want}, is {} by [{by}]", failed.said)
    };
    (count, failed.iter().map(told).collect())
}

/// Policies that companies may take as they are, each beside the built-in rules.
#[test]
fn the_documented_policies_hold_what_they_promise_and_propose_what_they_allow() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policies");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        count += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.to_str().unwrap();
        let sources = [Source { layer: Layer::Organisation, name, text: &text }];
        let bench = Bench { policy: Policy::load(&sources).unwrap(), ..Bench::new() };
        let (_, wrong) = wrong_examples(&bench, Layer::Organisation);
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
        for rule in bench.policy.rules() {
            if rule.layer() != Layer::Organisation {
                continue;
            }
            let (hits, lookalikes): (Vec<_>, Vec<_>) =
                rule.examples().iter().partition(|example| example.verdict != Word::Allow);
            assert!(hits.len() >= 3 && lookalikes.len() >= 3, "{}: too few examples", rule.id());
            for command in rule.instead().into_iter().flat_map(commands) {
                let said = bench.session(WORKSPACE, HOME, &[WORKSPACE]).command(&command);
                assert_eq!(said.action(), Action::Allow, "{}: {command:?} is {}", rule.id(), said.shown());
            }
        }
    }
    assert_eq!(count, 7, "seven wishes are documented");
}

/// A rule that acts tells the agent what to do instead, and that must not be stopped in its turn.
#[test]
fn what_a_rule_proposes_instead_is_allowed() {
    let bench = Bench::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for rule in bench.policy.rules() {
        for command in rule.instead().into_iter().flat_map(commands) {
            count += 1;
            let said = bench.session(WORKSPACE, HOME, &[WORKSPACE]).command(&command);
            if said.action() != Action::Allow {
                wrong.push(format!("{}: {command:?} is {}", rule.id(), said.shown()));
            }
        }
    }
    assert!(count > 30, "{count} commands are proposed");
    assert!(wrong.is_empty(), "{} of {count} proposals are stopped:\n{}", wrong.len(), wrong.join("\n"));
}

/// Programs that the texts of rules name.
const PROGRAMS: [&str; 17] = [
    "git",
    "find",
    "rm",
    "cp",
    "dd",
    "chmod",
    "curl",
    "head",
    "docker",
    "ssh-add",
    "cut",
    "python3",
    "terraform",
    "kubectl",
    "lsblk",
    "npm",
    "sudo",
];

/// The commands in a sentence: each from its program to the end, or to where the sentence goes on.
fn commands(text: &str) -> Vec<String> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    let mut inside = false;
    for word in text.split_whitespace() {
        let name = word.trim_end_matches([',', '.']);
        if inside && word != "and" {
            found.last_mut().expect("a command has begun").push(if word == "." { word } else { name });
        } else if PROGRAMS.contains(&name) {
            found.push(vec![name]);
            inside = true;
        } else {
            inside = false;
        }
        inside &= word != "and" && !word.ends_with(',') && (word == "." || !word.ends_with('.'));
    }
    found.into_iter().map(|words| words.join(" ")).collect()
}
