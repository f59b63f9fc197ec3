use super::*;
use crate::fixtures::{effect, input, known};
use crate::rule::Word;
use crate::{MAX_BYTES, MAX_MARKS, MAX_RULES};
use miette::Diagnostic;
use protocol::effect::HistoryKind;
use protocol::{Field, Why};

fn load(layer: Layer, text: &str) -> Result<Policy, LoadError> {
    Policy::load(&[Source { layer, name: "policy.toml", text }])
}

fn told(text: &str) -> String {
    load(Layer::Organisation, text).unwrap_err().to_string()
}

fn bundle(rest: &str) -> String {
    format!("[bundle]\nname = \"acme\"\nserial = 42\n{rest}")
}

fn rule(keys: &str) -> String {
    bundle(&format!("[[rule]]\nid = \"acme.x\"\nverdict = \"block\"\nseverity = \"high\"\n{keys}"))
}

#[test]
fn the_built_in_bundle_loads_and_every_rule_is_whole() {
    let policy = match Policy::load(&[]) {
        Ok(policy) => policy,
        Err(error) => panic!("{}", error.problems().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    };
    assert!(policy.rules().len() > 60);
    assert_eq!(policy.label(), "baseline 1");
    assert_eq!(policy.mode(), None);
    for rule in policy.rules() {
        let id = rule.id();
        assert!(rule.say.as_ref().is_some_and(|say| say.ends_with('.')), "{id} says why in a sentence");
        assert!(rule.title.is_some(), "{id}");
        assert!(!rule.technique().is_empty(), "{id}");
        if rule.word() >= Word::Ask && !matches!(rule.subject, RuleSubject::Finding(_)) {
            assert!(rule.instead().is_some(), "{id} says what to do instead");
        }
        for text in [rule.say(), rule.title(), rule.instead().unwrap_or_default()] {
            for word in ["taffrail approve", "taffrail request", "taffrail uninstall", "violation", "forbidden", "!"] {
                assert!(!text.contains(word), "{id}: {text}");
            }
        }
    }
}

#[test]
fn rules_that_commands_can_show_have_hits_and_look_alikes() {
    let policy = Policy::builtin();
    for rule in policy.rules() {
        let hits = rule.examples().iter().filter(|example| example.verdict != Word::Allow).count();
        let others = rule.examples().len() - hits;
        assert!(
            rule.examples().is_empty() || (hits >= 3 && others >= 3),
            "{}: {hits} hits, {others} look-alikes",
            rule.id()
        );
    }
    // Those that need a look at the machine, content or a tool of an agent are shown by the tests of the engine.
    let without: Vec<&str> = policy.rules().iter().filter(|rule| rule.examples().is_empty()).map(Rule::id).collect();
    insta::assert_debug_snapshot!(without);
}

#[test]
fn an_error_has_file_line_hint_and_the_line_itself() {
    let text = format!(
        "{}\n\n\n\n\n\n[[rule]]\nid = \"acme.x\"\neffects = \"resource\"\nverdict = \"block\"\nseverity = \"low\"\n",
        bundle("mode = \"enforce\"\nhelp = \"#ask\"\n# pad\n# pad\n")
    );
    insta::assert_snapshot!(told(&text));
}

#[test]
fn every_kind_of_mistake_is_told_with_its_place() {
    let cases = [
        ("a key of another effect", rule("effect = \"delete\"\nmatch = { branch = \"main\" }")),
        ("a key that is no key", rule("effect = \"delete\"\nmatch = { recursiv = true }")),
        ("a wrong type", rule("effect = \"delete\"\nmatch = { recursive = \"yes\" }")),
        ("an unknown effect", rule("effect = \"dellete\"")),
        ("an unknown effect of a newer version", rule("effect = \"teleport\"")),
        ("an unknown class", rule("effect = \"delete\"\nmatch = { class = \"homeroot\" }")),
        ("an unknown value", rule("effect = \"change-history\"\nmatch = { kind = \"forcepush\" }")),
        ("an unknown list", rule("effect = \"change-history\"\nmatch = { branch = \"@protected-branch\" }")),
        ("no effect", rule("")),
        ("an effect and a finding", rule("effect = \"read\"\nfinding = \"secret\"")),
        ("a mask of an effect", rule("effect = \"read\"").replace("block", "mask")),
        (
            "a doubled id",
            rule(
                "effect = \"read\"\n[[rule]]\nid = \"acme.x\"\neffect = \"read\"\nverdict = \"flag\"\nseverity = \"low\"",
            ),
        ),
        ("an id of the built-in rules", rule("effect = \"delete\"").replace("acme.x", "fs.delete-home")),
        ("a long glob", rule(&format!("effect = \"read\"\nmatch = {{ path = \"{}\" }}", "a".repeat(2000)))),
        ("a glob that explodes", rule(&format!("effect = \"read\"\nmatch = {{ path = \"{}\" }}", "*a".repeat(200)))),
        ("an empty list", rule("effect = \"read\"\nmatch = { path = [] }")),
        (
            "a contradicting example",
            rule("effect = \"read\"\n[[rule.example]]\ncommand = \"cat x\"\nverdict = \"flag\""),
        ),
        ("an example of nothing", rule("effect = \"read\"\n[[rule.example]]\nverdict = \"block\"")),
        ("control characters in a text", rule("effect = \"read\"\nsay = \"a\\u001b[31mb\"")),
        ("no bundle", "x = 1".to_owned()),
        ("not TOML", "[bundle\nname = 1".to_owned()),
        ("a serial that is no number", bundle("").replace("42", "\"big\"")),
        (
            "an exception for no rule",
            bundle("[[exception]]\nrule = \"fs.delete-hom\"\nwhy = \"x\"\nmatch = { class = \"home\" }"),
        ),
    ];
    let all: Vec<String> = cases.iter().map(|(name, text)| format!("# {name}\n{}", told(text))).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn several_mistakes_are_told_together_in_the_order_of_the_text() {
    let text = rule("effect = \"delete\"\nmatch = { recursiv = true, clas = \"home\" }\nsey = \"x\"");
    let error = load(Layer::User, &text).unwrap_err();
    let lines: Vec<_> = error.problems().map(|problem| problem.line().unwrap()).collect();
    assert_eq!(lines, [9, 9, 10]);
    assert!(error.labels().unwrap().next().is_some() && error.help().is_some());
    assert_eq!(error.related().unwrap().count(), 2);
}

#[test]
fn a_huge_bundle_is_refused_unread() {
    let big = "#".repeat(MAX_BYTES + 1);
    let error = load(Layer::Organisation, &big).unwrap_err();
    assert_eq!(error.problems().next().unwrap().line(), None);
    let many = "[[rule]]\n".repeat(MAX_RULES + 1);
    assert!(told(&many).contains("5001 rules"), "{}", told(&many));
    let marks = format!("x = [{}]", "1,".repeat(MAX_MARKS));
    assert!(told(&marks).contains("at most 100000"), "{}", told(&marks));
}

#[test]
fn depth_is_refused_and_not_run_into() {
    let deep = |open: &str, close: &str, n: usize| format!("x = {}{}", open.repeat(n), close.repeat(n));
    assert!(told(&deep("[", "]", 10_000)).contains("TOML"));
    assert!(told(&deep("{a=", "}", 10_000)).contains("TOML"));
    assert!(told(&format!("{} = 1", vec!["a"; 10_000].join("."))).contains("TOML"));
    let nested = format!("effect = \"read\"\nmatch = {}class = \"home\"{}", "{ not = ".repeat(20), "}".repeat(20));
    assert!(
        told(&rule(&nested.replacen("class", "{ class", 1).replacen("\"home\"", "\"home\" }", 1)))
            .contains("nested deeper")
    );
}

#[test]
fn a_rule_that_needs_a_newer_version_is_left_out_alone() {
    let text = rule(
        "effect = \"teleport\"\nrequires = \"99.0\"\nmatch = { warp = 9 }\n[[rule]]\nid = \"acme.y\"\neffect = \"read\"\nverdict = \"flag\"\nseverity = \"low\"",
    );
    let policy = load(Layer::Organisation, &text).unwrap();
    assert!(policy.rule("acme.x").is_none() && policy.rule("acme.y").is_some());
    assert_eq!(policy.left_out()[0].rule, "acme.x");
    assert_eq!(policy.label(), "acme 42");
}

#[test]
fn a_repository_tightens_and_has_no_text_and_no_exception() {
    assert!(load(Layer::Repository, &rule("effect = \"fetch\"")).is_ok());
    for keys in [
        "effect = \"fetch\"\nsay = \"Run this.\"",
        "effect = \"fetch\"\ninstead = \"x\"",
        "effect = \"fetch\"\ntitle = \"x\"",
    ] {
        assert!(load(Layer::Repository, &rule(keys)).unwrap_err().to_string().contains("no text of its own"));
    }
    let exception = bundle("[[exception]]\nrule = \"fs.delete-home\"\nwhy = \"x\"\nmatch = { class = \"home\" }");
    assert!(load(Layer::Repository, &exception).unwrap_err().to_string().contains("only tightens"));
    assert!(load(Layer::User, &exception).is_ok());
    let lists = bundle("[lists]\nprotected-branches = [\"nothing\"]");
    let policy = load(Layer::Repository, &lists).unwrap();
    assert_eq!(push_word(&policy, "main"), "block");
}

fn push_word(policy: &Policy, branch: &str) -> &'static str {
    let effects = [crate::fixtures::history(HistoryKind::ForcePush, known(branch))];
    policy.judge(&input(&effects, None)).raw.word()
}

#[test]
fn the_outermost_layer_answers_for_the_built_in_rules() {
    let own = bundle(
        "[lists]\nprotected-branches = [\"develop\"]\n[[exception]]\nrule = \"git.force-push\"\nwhy = \"our own branches\"\nmatch = { branch = \"wip/*\" }",
    );
    let user = Source { layer: Layer::User, name: "user.toml", text: &own };
    let alone = Policy::load(&[user]).unwrap();
    assert_eq!(push_word(&alone, "develop"), "block");
    assert_eq!(push_word(&alone, "wip/1"), "allow");
    assert_eq!(push_word(&alone, "fix"), "flag");

    let company = bundle("").replace("acme", "company");
    let company = Source { layer: Layer::Organisation, name: "company.toml", text: &company };
    let error = Policy::load(&[user, company]).unwrap_err();
    assert!(error.to_string().contains("is not a rule of this layer"), "{error}");
}

#[test]
fn an_exception_holds_only_where_it_surely_matches() {
    let text =
        bundle("[[exception]]\nrule = \"git.force-push-protected\"\nwhy = \"ours\"\nmatch = { remote = \"backup\" }");
    let policy = load(Layer::Organisation, &text).unwrap();
    let push = |remote| {
        let effects = [effect(protocol::Action::ChangeHistory {
            kind: HistoryKind::ForcePush,
            branch: known("main"),
            remote,
            loses: Field::Unknown(Why::NoFacts),
        })];
        policy.judge(&input(&effects, None)).raw.word()
    };
    assert_eq!(push(known("backup")), "allow");
    assert_eq!(push(known("origin")), "block");
    assert_eq!(push(Field::Unknown(Why::Variable)), "block");
}

#[test]
fn the_example_of_the_design_is_a_policy() {
    let text = r##"
[bundle]
name = "acme-engineering"
serial = 42
mode = "enforce"
help = "#ask-security"

[[rule]]
id = "acme.prod-database"
effect = "resource"
match = { kind = "database", action = ["change", "destroy"], environment = "production" }
verdict = "block"
severity = "high"
say = "Production databases are changed through migrations."
instead = "Write a migration and open a pull request."

[[rule.example]]
command = "psql -h prod-db.acme.internal -c 'DROP TABLE users'"
verdict = "block"
"##;
    let policy = load(Layer::Organisation, text).unwrap();
    assert_eq!(policy.mode(), Some(Mode::Enforce));
    assert_eq!(policy.label(), "acme-engineering 42");
    let rule = policy.rule("acme.prod-database").unwrap();
    assert_eq!((rule.help(), rule.line(), rule.layer()), (Some("#ask-security"), 8, Layer::Organisation));
    assert_eq!(rule.examples().len(), 1);
}

/// Texts that cost as much as a text within the limits can, and whether they are a policy.
fn costly() -> Vec<(&'static str, String, bool)> {
    let fill = |unit: &str| {
        let marks = unit.bytes().filter(|b| b"\n,=[{".contains(b)).count().max(1);
        unit.repeat(((MAX_MARKS - 100) / marks).min((MAX_BYTES - 200) / unit.len()))
    };
    let named = "[[rule]]\nid=\"r\"\neffect=\"fetch\"\nverdict=\"flag\"\nseverity=\"low\"\nmatch={host=\"@l\"}\n";
    let mut keys = String::new();
    for at in 0..MAX_MARKS / 2 {
        keys.extend(["k", &at.to_string(), "=1\n"]);
    }
    vec![
        ("keys", keys, false),
        ("tables", bundle(&fill("[[x]]\n")), false),
        ("numbers", bundle(&format!("x = [{}]", fill("1,"))), false),
        ("inline tables", bundle(&format!("x = [{}]", fill("{a=1},"))), false),
        ("one text", bundle(&format!("x = \"{}\"", "a".repeat(MAX_BYTES - 100))), false),
        ("empty rules", "[[rule]]\n".repeat(MAX_RULES), false),
        ("a long list", bundle(&format!("[lists]\nl = [{}]", fill("\"a\","))), true),
        (
            "a long list in many rules",
            bundle(&format!("[lists]\nl = [{}]\n{}", "\"a\",".repeat(30_000), named.repeat(4_000))),
            false,
        ),
        ("brackets", fill("["), false),
        ("comments", bundle(&format!("# {}", "x".repeat(MAX_BYTES - 100))), true),
    ]
}

#[test]
fn a_text_that_costs_what_the_limits_allow_is_read_or_refused_like_any_other() {
    for (name, text, fine) in costly() {
        assert!(text.len() <= MAX_BYTES, "{name}");
        let start = std::time::Instant::now();
        let loaded = load(Layer::Organisation, &text);
        // Seen with --no-capture; a figure for a person, since a time is no pass line on a shared machine.
        println!("{name}: {:?}", start.elapsed());
        assert_eq!(loaded.is_ok(), fine, "{name}: {:?}", loaded.err().map(|error| error.to_string()));
    }
}
