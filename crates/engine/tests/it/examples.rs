//! The examples that the built-in rules carry: each rule stops what it says, and lets its look-alikes be.

use crate::judge::{Bench, HOME};
use policy::Example;
use protocol::verdict::Action;
use taffrail_engine::examples::{self, WORKSPACE};

#[test]
fn every_example_of_the_built_in_rules_holds() {
    let bench = Bench::new();
    let (count, failed) = examples::run(&bench.engine, &bench.policy, |_| true);
    let wrong: Vec<String> = failed
        .iter()
        .map(|failed| {
            let Example { call, verdict, line, .. } = failed.example;
            let (rule, want, by) = (failed.rule.id(), verdict.as_str(), failed.by.join(", "));
            format!("{rule}: {call:?} (line {line}) wants {want}, is {} by [{by}]", failed.said)
        })
        .collect();
    assert!(count > 300, "the built-in rules carry {count} examples");
    assert!(wrong.is_empty(), "{} of {count} examples are wrong:\n{}", wrong.len(), wrong.join("\n"));
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
