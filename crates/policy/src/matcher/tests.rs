use super::{Context, Subject};
use crate::fixtures::{delete, effect, known, run, target};
use crate::{Input, Places, Policy, Source};
use protocol::effect::{Certain, Code, Place, User};
use protocol::verdict::Layer;
use protocol::{AbsPath, Action, Agent, Effect, Field, PathClass, RawText, Truth, Why};

/// Does a rule with this effect and match flag the call?
fn flags(on: &str, matching: &str, effect: Effect) -> bool {
    let text = format!(
        "[bundle]\nname = \"t\"\n[[rule]]\nid = \"t\"\neffect = \"{on}\"\nverdict = \"alert\"\nseverity = \"low\"\nunknown = \"ignore\"\nmatch = {matching}"
    );
    let policy = Policy::load(&[Source { layer: Layer::User, name: "t.toml", text: &text }]).unwrap();
    let (home, workspace) = (AbsPath::normal(b"/home/ana"), [AbsPath::normal(b"/home/ana/src/shop")]);
    let effects = [effect];
    let judgement = policy.judge(&Input {
        effects: &effects,
        findings: &[],
        memory: None,
        agent: Some(Agent::ClaudeCode),
        tool: Some("Bash"),
        places: Places { home: Some(&home), workspace: &workspace },
    });
    judgement.matches.iter().any(|matched| &*matched.rule == "t")
}

fn gone(path: &str) -> Effect {
    delete(path, PathClass::HOME)
}

#[test]
fn a_path_that_is_let_off_does_not_let_its_parent_off() {
    for matching in ["{ not = { path = \"~/cache/**\" } }", "{ not_path = \"~/cache/**\" }"] {
        assert!(!flags("delete", matching, gone("/home/ana/cache/x")), "{matching}");
        assert!(flags("delete", matching, gone("/home/ana")), "{matching}");
        let set = effect(Action::Delete {
            target: protocol::effect::Target {
                path: Field::pattern(RawText::from("/home/ana/cache/*")),
                ..target("", PathClass::HOME)
            },
            recursive: true,
            forced: true,
            filtered: false,
        });
        assert!(!flags("delete", matching, set), "{matching}");
    }
}

#[test]
fn all_any_and_not_compose() {
    let matching = "{ any = [{ path = \"~/a\" }, { all = [{ path = \"~/b*\" }, { not = { path = \"~/bc\" } }] }] }";
    let hits: Vec<bool> = ["a", "b", "bc", "c"]
        .iter()
        .map(|name| {
            let one = effect(Action::Delete {
                target: target(&format!("/home/ana/{name}"), PathClass::HOME),
                recursive: false,
                forced: false,
                filtered: false,
            });
            flags("delete", matching, one)
        })
        .collect();
    assert_eq!(hits, [true, true, false, false]);
}

#[test]
fn the_head_of_an_effect_can_be_asked_about() {
    let mut one = run("rm", Code::Installed);
    one.head.via = vec!["sudo".to_owned(), "xargs".to_owned()];
    one.head.user = Field::Known(User::Root);
    one.head.certain = Certain::May;
    one.head.at = Field::Known(Place::Remote { host: known("h") });
    for (matching, expected) in [
        ("{ via = \"xargs\" }", true),
        ("{ via = \"env\" }", false),
        ("{ as = \"root\" }", true),
        ("{ as = [\"caller\", \"deploy-*\"] }", false),
        ("{ certain = \"may\" }", true),
        ("{ certain = \"will\" }", false),
        ("{ at = \"remote\" }", true),
        ("{ at = [\"here\", \"container\"] }", false),
        ("{ agent = \"claude-code\", agent_tool = \"Ba*\" }", true),
        ("{ agent_tool = \"Write\" }", false),
    ] {
        assert_eq!(flags("run", matching, one.clone()), expected, "{matching}");
    }
}

#[test]
fn a_program_is_meant_by_its_name_wherever_it_lies() {
    let one = run("/usr/local/bin/npm", Code::Installed);
    assert!(flags("run", "{ program = \"npm\" }", one.clone()));
    assert!(flags("run", "{ program = \"/usr/local/*\" }", one.clone()));
    assert!(!flags("run", "{ program = \"pm\" }", one));
}

#[test]
fn a_move_is_asked_about_by_either_end() {
    let one = effect(Action::Move {
        from: target("/home/ana/a", PathClass::PERSONAL),
        to: target("/tmp/a", PathClass::TEMPORARY),
    });
    assert!(flags("move", "{ class = \"temporary\" }", one.clone()));
    assert!(flags("move", "{ from = { class = \"personal\" }, to = { class = \"temporary\" } }", one.clone()));
    assert!(!flags("move", "{ from = { class = \"temporary\" } }", one));
}

#[test]
fn what_is_not_known_is_neither_matched_nor_let_off() {
    let unknown = effect(Action::Fetch {
        host: Field::Unknown(Why::Variable),
        url: Field::Unknown(Why::Variable),
        method: known("GET"),
        to: None,
    });
    assert!(!flags("fetch", "{ host = \"a.example\" }", unknown.clone()));
    assert!(!flags("fetch", "{ not = { host = \"a.example\" } }", unknown));
    let set = effect(Action::Fetch {
        host: Field::pattern(RawText::from("*.example")),
        url: Field::Unknown(Why::Variable),
        method: known("GET"),
        to: None,
    });
    assert!(!flags("fetch", "{ host = \"a.example\" }", set.clone()));
    assert!(flags("fetch", "{ not = { host = \"a.test\" } }", set));
}

#[test]
fn paths_below_the_workspace_are_meant_by_a_dot() {
    let one = |path: &str| effect(Action::Read { target: target(path, PathClass::WORKSPACE), recursive: false });
    assert!(flags("read", "{ path = \"./data/**\" }", one("/home/ana/src/shop/data/a.csv")));
    assert!(!flags("read", "{ path = \"./data/**\" }", one("/home/ana/src/api/data/a.csv")));
}

#[test]
fn a_program_is_named_by_its_last_component_its_path_or_a_beginning() {
    let table = [
        ("{ program = [\"npm\", \"pnpm\"] }", "npm", true),
        ("{ program = [\"npm\", \"pnpm\"] }", "/usr/bin/pnpm", true),
        ("{ program = [\"npm\", \"pnpm\"] }", "npmx", false),
        ("{ program = \"python*\" }", "python3.12", true),
        ("{ program = \"python*\" }", "/opt/python3", true),
        ("{ program = \"python*\" }", "ipython", false),
        ("{ program = \"/opt/tools/*\" }", "/opt/tools/x", true),
        ("{ program = \"/opt/tools/x\" }", "/opt/tools/x", true),
        ("{ program = \"/opt/tools/x\" }", "/usr/bin/x", false),
        ("{ program = \"*sh\" }", "/bin/bash", true),
        ("{ any = [{ program = \"git\" }, { program = \"hg\" }] }", "hg", true),
        ("{ any = [{ program = \"git\" }, { code = \"installed\" }] }", "svn", true),
        ("{ not = { program = \"git\" } }", "svn", true),
        ("{ not = { program = \"git\" } }", "git", false),
        ("{ program = \"git\", not = { program = \"git\" } }", "git", false),
    ];
    for (matching, program, hits) in table {
        assert_eq!(flags("run", matching, run(program, Code::Installed)), hits, "{matching} on {program}");
    }
}

/// A rule that is passed over because of its programs would have said no.
#[test]
fn no_rule_that_is_passed_over_could_have_matched() {
    let policy = Policy::builtin();
    let names = ["git", "bash", "/usr/bin/python3", "find", "less", "node", "kubectl", "terraform", "apt", "x", ""];
    let mut passed_over = 0;
    for name in names {
        let effects = [run(name, Code::Inline)];
        let input = Input {
            effects: &effects,
            findings: &[],
            memory: None,
            agent: Some(Agent::ClaudeCode),
            tool: Some("Bash"),
            places: Places::default(),
        };
        let cx = Context::of(&input);
        let program = super::programs::Program::new(name.as_bytes());
        for rule in policy.rules() {
            if rule.programs.is_some_and(|programs| !programs.may_hold(program)) {
                passed_over += 1;
                let truth = rule.test.holds(&cx, &Subject::Effect(&effects[0]), false);
                assert_eq!(truth, Truth::No, "{} on {name:?}", rule.id());
            }
        }
    }
    assert!(passed_over > 100, "{passed_over}");
}
