use super::*;
use crate::{OnFailure, settings};
use std::path::Path;

const HOOK: &str = "/usr/bin/taffrail";

fn wanted() -> Value {
    settings(Agent::ClaudeCode, Path::new(HOOK), OnFailure::Continue).unwrap()
}

fn put_in(text: &str) -> String {
    with_entries(Agent::ClaudeCode, text, &wanted()).unwrap().unwrap()
}

fn take_out(text: &str) -> String {
    without_entries(Agent::ClaudeCode, text).unwrap().unwrap()
}

/// As an agent reads it.
fn value(text: &str) -> Value {
    let text = text.strip_prefix(MARK).unwrap_or(text);
    CstRootNode::parse(text, &ParseOptions::default()).unwrap().to_serde_value().unwrap_or_default()
}

#[test]
fn an_empty_file_gets_our_entries_and_nothing_else() {
    for text in ["", "{}", "{}\n", " \n"] {
        assert_eq!(value(&put_in(text)), wanted(), "{text:?}");
    }
}

#[test]
fn putting_in_twice_changes_nothing() {
    let once = put_in("{\n  \"model\": \"opus\"\n}\n");
    assert_eq!(with_entries(Agent::ClaudeCode, &once, &wanted()), Ok(None));
}

#[test]
fn every_line_of_a_persons_file_stays_as_it_is() {
    let files = [
        "{\n  // mine\n  \"model\": \"opus\", /* best */\n  \"permissions\": { \"allow\": [\"Bash(ls)\"] }\n}\n",
        "{\r\n\t\"env\": {\"A\": \"1\"},\r\n\t\"hooks\": {}\r\n}\r\n",
        "{\n    \"hooks\": {\n        \"PreToolUse\": [\n            {\"matcher\": \"Bash\", \"hooks\": \
         [{\"type\": \"command\", \"command\": \"~/bin/mine.sh\"}]}\n        ]\n    }\n}",
        "{\"hooks\":{\"Stop\":[{\"hooks\":[{\"type\":\"command\",\"command\":\"say done\"}]}]},\"x\":1}",
        "{\n  \"hooks\": {\n    \"Stop\": [],\n  },\n}\n",
    ];
    for before in files {
        for before in [before.to_owned(), format!("{MARK}{before}")] {
            let after = put_in(&before);
            assert_eq!(after.starts_with(MARK), before.starts_with(MARK));
            let (old, new) = (value(&before), value(&after));
            for (key, theirs) in old.as_object().unwrap().iter().filter(|(key, _)| *key != HOOKS) {
                assert_eq!(new.get(key), Some(theirs), "{before}");
            }
            for (event, groups) in old.get(HOOKS).and_then(Value::as_object).into_iter().flatten() {
                let kept = new[HOOKS][event].as_array().unwrap();
                assert!(groups.as_array().unwrap().iter().all(|group| kept.contains(group)), "{before}");
            }
            for comment in ["// mine", "/* best */"] {
                assert_eq!(before.contains(comment), after.contains(comment));
            }
            assert_eq!(value(&take_out(&after)), without_empty(&old), "{before}");
        }
    }
}

/// Taking out also removes an empty `hooks`, which says nothing.
fn without_empty(value: &Value) -> Value {
    let mut value = value.clone();
    if value[HOOKS].as_object().is_some_and(serde_json::Map::is_empty) {
        value.as_object_mut().unwrap().remove(HOOKS);
    }
    value
}

#[test]
fn line_ends_of_a_windows_file_are_kept_in_what_is_added() {
    let after = put_in("{\r\n  \"model\": \"opus\"\r\n}\r\n");
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
}

#[test]
fn entries_of_another_path_or_version_are_replaced_and_not_doubled() {
    let old = settings(Agent::ClaudeCode, Path::new("/home/ana/old dir/taffrail"), OnFailure::Continue).unwrap();
    let text = with_entries(Agent::ClaudeCode, "{}", &old).unwrap().unwrap();
    assert_eq!(value(&put_in(&text)), wanted());
}

#[test]
fn an_entry_of_ours_in_another_persons_group_goes_alone() {
    let text = r#"{"hooks":{"PreToolUse":[{"matcher":"*","hooks":[{"type":"command","command":"mine"},
        {"type":"command","command":"/opt/taffrail","args":["hook","claude-code","PreToolUse"]}]}]}}"#;
    let expected =
        serde_json::json!({"hooks":{"PreToolUse":[{"matcher":"*","hooks":[{"type":"command","command":"mine"}]}]}});
    assert_eq!(value(&take_out(text)), expected);
}

#[test]
fn what_only_looks_like_ours_is_left_alone() {
    for command in ["/opt/not-taffrail", "taffrail-notes hook claude-code Stop", "echo taffrail hook claude-codex x"] {
        let text = serde_json::json!({"hooks":{"Stop":[{"hooks":[{"type":"command","command":command}]}]}}).to_string();
        assert_eq!(without_entries(Agent::ClaudeCode, &text), Ok(None), "{command}");
    }
}

#[test]
fn a_line_for_a_shell_is_recognised_with_its_quotes() {
    for command in [
        "taffrail hook claude-code Stop",
        "'/opt/a b/taffrail' hook claude-code Stop",
        "\"/opt/taffrail\" hook claude-code Stop --x",
    ] {
        let text =
            serde_json::json!({"a":1,"hooks":{"Stop":[{"hooks":[{"type":"command","command":command}]}]}}).to_string();
        assert_eq!(value(&take_out(&text)), serde_json::json!({"a":1}), "{command}");
    }
}

#[test]
fn a_file_that_cannot_be_read_whole_is_refused() {
    let deep = "[".repeat(100_000);
    let cases = [
        "{",
        "[]",
        "{\"hooks\":[]}",
        "{\"hooks\":{\"Stop\":{}}}",
        "{\"a\":}",
        "{'a':1}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"hooks\":{},\"hooks\":{}}",
        "{\"hooks\":{\"Stop\":[],\"Stop\":[]}}",
        &deep,
    ];
    for text in cases {
        let refused = with_entries(Agent::ClaudeCode, text, &wanted());
        assert!(refused.is_err(), "{}: {refused:?}", text.get(..20).unwrap_or(text));
        assert!(without_entries(Agent::ClaudeCode, text).is_err() || !text.contains(HOOKS));
    }
}

/// What is started by `doctor`, and put back by the daemon, is our line and nothing that somebody wrote around it.
#[test]
fn a_line_with_more_in_it_is_taken_out_and_never_started_or_put_back() {
    for command in [
        "taffrail hook claude-code PreToolUse; touch x",
        "taffrail hook claude-code PreToolUse && touch x",
        "taffrail hook claude-code PreToolUse >/dev/null",
        "taffrail hook claude-code $(touch x)",
        "touch x; /usr/bin/taffrail hook claude-code PreToolUse",
        "$(touch x)/taffrail hook claude-code PreToolUse",
        "\"$(touch x)/taffrail\" hook claude-code PreToolUse",
        "'/opt/a'$(touch x)'/taffrail' hook claude-code PreToolUse",
        "`touch x`/taffrail hook claude-code PreToolUse",
    ] {
        let entry = serde_json::json!({"type": "command", "command": command});
        assert_eq!(start(Agent::ClaudeCode, &entry), None, "{command}");
        let text = serde_json::json!({"hooks":{"PreToolUse":[{"hooks":[entry]}]}}).to_string();
        assert_eq!(own_entries(Agent::ClaudeCode, &text), Ok(None), "{command}");
    }
    for (command, program) in [
        ("taffrail hook claude-code PreToolUse", "taffrail"),
        ("/usr/bin/taffrail hook claude-code", "/usr/bin/taffrail"),
        (r"'/home/o'\''neil/a b/taffrail' hook claude-code PreToolUse", "/home/o'neil/a b/taffrail"),
        ("\"/opt/a b/taffrail\" hook claude-code PreToolUse", "/opt/a b/taffrail"),
    ] {
        let entry = serde_json::json!({"type": "command", "command": command});
        assert_eq!(start(Agent::ClaudeCode, &entry).map(|start| start.program).as_deref(), Some(program), "{command}");
    }
}

#[test]
fn what_others_have_in_a_group_of_ours_is_not_ours() {
    let ours = serde_json::json!({"type": "command", "command": HOOK, "args": ["hook", "claude-code", "PreToolUse"]});
    let text = serde_json::json!({"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"theirs"}, ours]}]}});
    let own = own_entries(Agent::ClaudeCode, &text.to_string()).unwrap().unwrap();
    assert_eq!(own["hooks"]["PreToolUse"], serde_json::json!([{"hooks": [ours]}]));
}
