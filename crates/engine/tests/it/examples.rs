//! The examples that the built-in rules carry: each rule stops what it says, and lets its look-alikes be.

use crate::judge::{Bench, HOME, shell};
use policy::{ExampleCall, Word};
use protocol::RawText;
use protocol::call::ToolInput;
use protocol::verdict::Action;

/// Where an example runs that does not say where.
const WORKSPACE: &str = "/home/ana/src/shop";

fn input(call: &ExampleCall) -> ToolInput {
    let raw = |text: &String| RawText::from(text.as_str());
    match call {
        ExampleCall::Command(command) => shell(command),
        ExampleCall::Read { path } => ToolInput::Read { path: raw(path) },
        ExampleCall::Write { path, content } => ToolInput::Write { path: raw(path), content: raw(content) },
        ExampleCall::Edit { path, old, new } => ToolInput::Edit { path: raw(path), edits: vec![(raw(old), raw(new))] },
        ExampleCall::Fetch { url } => ToolInput::Fetch { url: raw(url) },
        ExampleCall::Mcp { server, tool, arguments } => {
            ToolInput::Mcp { server: server.clone(), tool: tool.clone(), arguments: raw(arguments) }
        }
    }
}

/// Does the verdict of the whole call say at least `word`? A rule on trial is held to what it would have said.
fn at_least(verdict: &protocol::verdict::Verdict, word: Word) -> bool {
    match word {
        Word::Allow => true,
        Word::Flag => verdict.word() != "allow",
        Word::Alert => !matches!(verdict.word(), "allow" | "flag"),
        Word::Mask => !verdict.masks.is_empty() || verdict.action > Action::Allow,
        Word::Ask => verdict.action >= Action::Ask,
        Word::Block => verdict.action == Action::Block,
    }
}

#[test]
fn every_example_of_the_built_in_rules_holds() {
    let bench = Bench::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (rule, example) in bench.policy.examples() {
        count += 1;
        let mut session = bench.session(example.cwd.as_deref().unwrap_or(WORKSPACE), HOME, &[WORKSPACE]);
        for earlier in &example.earlier {
            session.command(earlier);
        }
        let said = session.judge(input(&example.call));
        let named = said.names(rule.id());
        let right = if example.verdict == Word::Allow {
            !named && said.action() == Action::Allow
        } else {
            named && at_least(&said.judgement.raw, example.verdict)
        };
        if !right {
            let want = example.verdict.as_str();
            let line = example.line;
            wrong.push(format!("{}: {:?} (line {line}) wants {want}, is {}", rule.id(), example.call, said.shown()));
        }
    }
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
