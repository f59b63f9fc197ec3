use super::*;
use crate::{OnFailure, settings};
use serde_json::json;
use std::path::Path;

const CLAUDE: Agent = Agent::ClaudeCode;

fn ours(agent: Agent, on_failure: OnFailure) -> Value {
    settings(agent, Path::new("/opt/taffrail"), on_failure).unwrap()
}

/// The entries of `event` after an edit of its first element.
fn edited(agent: Agent, event: &str, edit: impl FnOnce(&mut Value)) -> Own {
    let mut all = ours(agent, OnFailure::Continue);
    edit(&mut all["hooks"][event][0]);
    let text = all.to_string();
    let kept = entries::own_entries(agent, &text).unwrap().unwrap();
    own(agent, &kept).into_iter().find(|own| own.event.name == event).unwrap()
}

#[test]
fn what_we_write_is_neither_narrowed_nor_unwaited_nor_short() {
    for agent in Agent::ALL {
        let all = own(*agent, &ours(*agent, OnFailure::Continue));
        assert!(all.len() > 5);
        assert!(all.iter().all(|own| !own.narrowed && !own.unwaited && !own.is_short() && !own.closed), "{all:?}");
        let closed = own(*agent, &ours(*agent, OnFailure::Block));
        assert!(closed.iter().filter(|own| own.event.ability.ask).all(|own| own.closed));
    }
}

#[test]
fn a_matcher_that_leaves_calls_out_narrows_an_entry() {
    let narrowed = |matcher: Value| edited(CLAUDE, "PreToolUse", |group| group["matcher"] = matcher).narrowed;
    for all in [json!("*"), json!(""), json!(".*"), Value::Null] {
        assert!(!narrowed(all.clone()), "{all}");
    }
    for some in ["Bash", "Edit|Write", "^(?!Bash)", "mcp__.*", "("] {
        assert!(narrowed(json!(some)), "{some}");
    }
    // Where the agent matches nothing, a matcher changes nothing.
    assert!(!edited(CLAUDE, "UserPromptSubmit", |group| group["matcher"] = json!("x")).narrowed);
    let cursor =
        |event, matcher: &str| edited(Agent::Cursor, event, |entry| entry["matcher"] = json!(matcher)).narrowed;
    assert!(cursor("preToolUse", "Write") && cursor("beforeShellExecution", "^git "));
    assert!(!cursor("preToolUse", "*") && !cursor("beforeShellExecution", ""));
}

#[test]
fn a_condition_a_single_call_and_a_hook_in_the_background_are_seen() {
    let with = |key: &str, value: Value| edited(CLAUDE, "PreToolUse", |group| group["hooks"][0][key] = value);
    assert!(with("if", json!("Bash(git *)")).narrowed);
    assert!(with("once", json!(true)).narrowed && !with("once", json!(false)).narrowed);
    assert!(with("async", json!(true)).unwaited && with("asyncRewake", json!(true)).unwaited);
    // What only tells the outcome need not be waited for.
    assert!(!edited(CLAUDE, "PostToolUse", |_| ()).unwaited);
}

/// Why the hooks of the first file are not called, and the key.
fn first(files: &[(Layer, Value)]) -> Option<(Unheard, usize, &'static str)> {
    unheard(CLAUDE, files)[0].map(|found| (found.why, found.by, found.key))
}

#[test]
fn a_switch_of_a_person_or_a_project_turns_their_hooks_off_and_no_managed_ones() {
    let off = || json!({ "disableAllHooks": true });
    let found = Some((Unheard::Off, 0, "disableAllHooks"));
    assert_eq!(first(&[(Layer::User, off())]), found);
    for layer in [Layer::Project, Layer::Local] {
        let files = [(Layer::User, json!({})), (layer, off()), (Layer::Managed, json!({}))];
        assert_eq!(first(&files), Some((Unheard::Off, 1, "disableAllHooks")), "{layer:?}");
        assert_eq!(unheard(CLAUDE, &files)[2], None);
    }
    // The file that is nearer has the word.
    let files = [(Layer::User, off()), (Layer::Local, json!({ "disableAllHooks": false }))];
    assert_eq!(first(&files), None);
    assert_eq!(first(&[(Layer::User, json!({ "disableAllHooks": "true" }))]), None);
}

#[test]
fn a_managed_switch_turns_all_hooks_off_and_the_last_file_of_a_folder_counts() {
    let managed = |on: bool| (Layer::Managed, json!({ "disableAllHooks": on }));
    let files = [(Layer::User, json!({})), managed(false), managed(true)];
    let found = unheard(CLAUDE, &files);
    assert!(found.iter().all(|one| one.is_some_and(|one| one.why == Unheard::Off && one.by == 2)), "{found:?}");
    assert_eq!(first(&[(Layer::User, json!({})), managed(true), managed(false)]), None);
}

#[test]
fn where_only_managed_hooks_run_a_persons_own_do_not() {
    for (key, value) in [
        ("allowManagedHooksOnly", json!(true)),
        ("strictPluginOnlyCustomization", json!(true)),
        ("strictPluginOnlyCustomization", json!(["skills", "hooks"])),
    ] {
        let files = [(Layer::User, json!({})), (Layer::Managed, json!({ key: value }))];
        assert_eq!(first(&files), Some((Unheard::ManagedOnly, 1, key)));
        assert_eq!(unheard(CLAUDE, &files)[1], None);
    }
    let files = [(Layer::User, json!({})), (Layer::Managed, json!({ "strictPluginOnlyCustomization": ["skills"] }))];
    assert_eq!(first(&files), None);
    // In a person's own file the key has no meaning.
    assert_eq!(first(&[(Layer::User, json!({ "allowManagedHooksOnly": true }))]), None);
}

#[test]
fn settings_from_the_makers_service_take_the_place_of_the_machines() {
    let user = || (Layer::User, json!({}));
    let files =
        |remote: Value| [(Layer::Managed, json!({ "allowManagedHooksOnly": true })), (Layer::Remote, remote), user()];
    assert_eq!(first(&files(json!({ "model": "x" }))), Some((Unheard::Outranked, 1, "managedSourcesBehavior")));
    // What stands in the file that is passed over does not count.
    assert_eq!(unheard(CLAUDE, &files(json!({ "model": "x" })))[2], None);
    for quiet in [json!({}), json!({ "managedSourcesBehavior": "merge" })] {
        assert_eq!(first(&files(quiet.clone())), None, "{quiet}");
        assert_eq!(unheard(CLAUDE, &files(quiet))[2].unwrap().why, Unheard::ManagedOnly);
    }
}

#[test]
fn what_makes_cursor_take_nothing_of_a_file_is_named() {
    let with = |edit: &dyn Fn(&mut Value)| {
        let mut all = ours(Agent::Cursor, OnFailure::Continue);
        edit(&mut all);
        void(Agent::Cursor, &all).unwrap_or_default()
    };
    assert_eq!(with(&|_| ()), "");
    assert!(with(&|all| all["hooks"]["onSave"] = json!([])).contains("does not know the event onSave"));
    assert!(with(&|all| all["hooks"]["stop"] = json!([{"command": "curl https://x.test"}])).contains("a comment"));
    assert!(with(&|all| all["hooks"]["stop"] = json!([{"command": "x", "timeout": 0}])).contains("above zero"));
    assert!(with(&|all| all["hooks"]["stop"] = json!([{"matcher": "*", "hooks": []}])).contains("no command"));
    assert!(with(&|all| all["hooks"]["stop"] = json!([{"command": "x", "failClosed": 1}])).contains("truth value"));
    assert!(with(&|all| all["hooks"]["stop"] = json!({})).contains("no list"));
    assert_eq!(void(CLAUDE, &json!({ "hooks": { "onSave": 1 } })), None);
}

#[test]
fn a_version_is_three_numbers_at_the_beginning() {
    assert_eq!(version("2.1.330 (Claude Code)\n"), Some([2, 1, 330]));
    assert_eq!(version("2.1.330-beta.1"), Some([2, 1, 330]));
    for none in ["", "Claude Code 2.1", "2.1", "2.1.x", "2.1.3.4", "99999999999.1.1"] {
        assert_eq!(version(none), None, "{none}");
    }
}
