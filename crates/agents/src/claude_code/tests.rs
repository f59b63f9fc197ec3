use crate::table::NOTHING;
use crate::testing::{decision, gap, said};
use crate::{
    Malformed, OnFailure, Register, Said, ability, decode, encode, events, fallback_rows, hook_entry, mask_output,
    settings,
};
use protocol::fallback::Situation;
use protocol::verdict::{Ability, Action, Mode};
use protocol::{Agent, Phase, Text, ToolCall, ToolInput, Why};
use serde_json::{Value, json};
use std::path::Path;

const CLAUDE: Agent = Agent::ClaudeCode;

fn read(event: &str, payload: &str) -> ToolCall {
    decode(CLAUDE, event, payload.as_bytes()).unwrap()
}

/// A call of this tool with this input, as JSON text.
fn call(tool: &str, input: &str) -> ToolCall {
    read(
        "PreToolUse",
        &format!(
            r#"{{"session_id":"s","cwd":"/w","hook_event_name":"PreToolUse","tool_name":"{tool}","tool_input":{input}}}"#
        ),
    )
}

fn input(tool: &str, input: &str) -> ToolInput {
    let call = call(tool, input);
    assert_eq!(call.gaps, [], "{tool} {input}");
    call.tool.unwrap().input
}

fn answer(event: &str, action: Action, said: &Said) -> Option<Value> {
    let payload = format!(
        r#"{{"session_id":"s","cwd":"/w","hook_event_name":"{event}","tool_name":"Bash","tool_input":{{"command":"x"}}}}"#
    );
    let answer = encode(&read(event, &payload), &decision(action), said);
    assert_eq!((answer.exit, answer.stderr.len()), (0, 0));
    (!answer.stdout.is_empty()).then(|| serde_json::from_slice(&answer.stdout).unwrap())
}

#[test]
fn empty_and_foreign_payloads_are_malformed() {
    for payload in ["", " \n\t", "\u{feff}", "\u{feff} "] {
        assert_eq!(decode(CLAUDE, "PreToolUse", payload.as_bytes()).unwrap_err(), Malformed::Empty, "{payload:?}");
    }
    for payload in ["[]", "null", "\"x\"", "{", "{}{}", "{} x", "{\"a\":\0}", "{'a':1}", "\0"] {
        let error = decode(CLAUDE, "PreToolUse", payload.as_bytes()).unwrap_err();
        assert!(matches!(error, Malformed::NotAnObject { .. }), "{payload:?}");
    }
    assert!(decode(CLAUDE, "PreToolUse", &[0xFF, 0xFE, b'{', 0, b'}', 0]).is_err());
}

#[test]
fn an_empty_object_is_a_call_full_of_gaps_and_not_silence() {
    let call = read("PreToolUse", "{}");
    assert_eq!(call.phase, Phase::Before);
    assert!(matches!(call.tool.unwrap().input, ToolInput::Unknown { .. }));
    for field in ["session_id", "cwd", "hook_event_name", "tool_name"] {
        assert!(call.gaps.contains(&gap(field, Why::Payload)), "{field}");
    }
}

#[test]
fn a_byte_order_mark_is_no_gap_and_bad_utf8_is_one() {
    let plain = r#"{"session_id":"s","cwd":"/w","hook_event_name":"Stop"}"#;
    assert_eq!(read("Stop", &format!("\u{feff}{plain}")).gaps, []);
    let bad = decode(
        CLAUDE,
        "Stop",
        &[&br#"{"session_id":"s","cwd":"/w"#[..], b"\xFF", br#"","hook_event_name":"Stop"}"#].concat(),
    );
    let bad = bad.unwrap();
    assert_eq!(bad.gaps, [gap("payload", Why::Payload)]);
    assert_eq!(bad.cwd.unwrap().lossy(), "/w\u{fffd}");
}

#[test]
fn the_command_line_decides_the_event_and_a_payload_that_disagrees_is_a_gap() {
    let call =
        read("PreToolUse", r#"{"session_id":"s","cwd":"/w","hook_event_name":"PostToolUse","tool_name":"Skill"}"#);
    assert_eq!((call.event.as_str(), call.phase), ("PreToolUse", Phase::Before));
    assert_eq!(call.gaps, [gap("hook_event_name", Why::Payload)]);
}

#[test]
fn an_unknown_event_is_decoded_as_far_as_it_goes() {
    let call = read(
        "PreDream",
        r#"{"session_id":"s","cwd":"/w","hook_event_name":"PreDream","tool_name":"Bash","tool_input":{"command":"ls"}}"#,
    );
    assert_eq!(call.phase, Phase::Unknown);
    assert_eq!(call.gaps, [gap("event", Why::Event)]);
    assert!(matches!(call.tool.unwrap().input, ToolInput::Shell { .. }));
}

#[test]
fn wrong_types_cost_a_field_and_not_the_call() {
    let call = read(
        "PreToolUse",
        r#"{"session_id":7,"cwd":["/w"],"hook_event_name":"PreToolUse","permission_mode":{},"agent_id":"a","agent_type":1,
            "tool_use_id":false,"duration_ms":"soon","prompt_id":null,"tool_name":"Bash",
            "tool_input":{"command":"ls","run_in_background":"yes"}}"#,
    );
    assert!(matches!(call.tool.unwrap().input, ToolInput::Shell { background: false, .. }));
    assert_eq!(call.subagent.unwrap().kind, None);
    let fields: Vec<&str> = call.gaps.iter().map(|gap| gap.field.as_str()).collect();
    for field in [
        "session_id",
        "cwd",
        "permission_mode",
        "agent_type",
        "tool_use_id",
        "duration_ms",
        "tool_input.run_in_background",
    ] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
}

#[test]
fn a_known_tool_with_an_input_that_cannot_be_read_is_malformed() {
    for (tool, input) in [
        ("Bash", "{}"),
        ("Bash", "null"),
        ("Bash", r#"{"command":["rm","-rf","/"]}"#),
        ("Bash", r#"{"command":7}"#),
        ("Bash", r#""rm -rf /""#),
        ("Bash", "[1]"),
        ("Write", r#"{"file_path":"/a"}"#),
        ("Edit", r#"{"file_path":"/a","old_string":"x"}"#),
        ("MultiEdit", r#"{"file_path":"/a","edits":{"old_string":"x","new_string":"y"}}"#),
        ("MultiEdit", r#"{"file_path":"/a","edits":[{"old_string":"x"}]}"#),
        ("Monitor", r#"{"description":"x","timeout_ms":1}"#),
        ("Agent", "{}"),
        ("CronCreate", "{}"),
    ] {
        let call = call(tool, input);
        assert!(matches!(call.tool.unwrap().input, ToolInput::Malformed { why: Why::Payload }), "{tool} {input}");
        assert_eq!(call.gaps, [gap("tool_input", Why::Payload)], "{tool} {input}");
    }
}

#[test]
fn a_doubled_key_is_read_as_the_agent_reads_it_and_told() {
    let call = call("Bash", r#"{"command":"ls","command":"rm -rf ~"}"#);
    let Some(ToolInput::Shell { command, .. }) = call.tool.map(|tool| tool.input) else { panic!("no shell") };
    assert_eq!(command.bytes(), b"rm -rf ~");
    assert_eq!(call.gaps, [gap("tool_input.command", Why::Payload)]);
}

#[test]
fn an_unknown_tool_keeps_its_whole_input() {
    let call = call("Teleport", r#"{"to":"/etc"}"#);
    let Some(ToolInput::Unknown { input }) = call.tool.map(|tool| tool.input) else { panic!("known") };
    assert_eq!(input.bytes(), br#"{"to":"/etc"}"#);
    assert_eq!(call.gaps, [gap("tool_name", Why::Tool)]);
}

#[test]
fn nesting_ten_thousand_deep_is_neither_a_crash_nor_an_error() {
    let bomb = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(matches!(input("mcp__a__b", &bomb), ToolInput::Mcp { .. }));
    assert!(matches!(call("Bash", &bomb).tool.unwrap().input, ToolInput::Malformed { .. }));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    assert!(matches!(call("Bash", &objects).tool.unwrap().input, ToolInput::Malformed { .. }));
    let after = format!(r#"{{"tool_name":"mcp__a__b","tool_response":{bomb}}}"#);
    assert!(read("PostToolUse", &after).output.is_some());
    assert!(mask_output(CLAUDE, after.as_bytes(), &mut |_| None).is_err());
}

#[test]
fn absurdly_long_names_are_cut_and_told() {
    let long = "x".repeat(100_000);
    let call = read(&long, &format!(r#"{{"session_id":"{long}","cwd":"/w","hook_event_name":"{long}"}}"#));
    assert_eq!((call.event.len(), call.session.unwrap().len()), (256, 256));
    assert!(call.gaps.contains(&gap("session_id", Why::TooBig)));
}

#[test]
fn every_tool_of_the_table_asks_for_what_it_does() {
    let shown = |tool: &str, json: &str| format!("{:?}", input(tool, json));
    assert_eq!(
        shown("PowerShell", r#"{"command":"ls"}"#),
        "Shell { command: [raw, 2 bytes], dialect: PowerShell, background: false }"
    );
    assert_eq!(
        shown("Monitor", r#"{"description":"d","timeout_ms":5,"command":"tail -f x"}"#),
        "Shell { command: [raw, 9 bytes], dialect: Posix, background: true }"
    );
    assert_eq!(shown("Monitor", r#"{"ws":{"url":"wss://x"}}"#), "Fetch { url: [raw, 7 bytes] }");
    assert_eq!(
        shown("MultiEdit", r#"{"file_path":"/a","edits":[{"old_string":"x","new_string":"yz"}]}"#),
        "Edit { path: [raw, 2 bytes], edits: [([raw, 1 bytes], [raw, 2 bytes])] }"
    );
    assert_eq!(shown("Grep", r#"{"pattern":"x"}"#), "Search { path: None, pattern: [raw, 1 bytes] }");
    assert_eq!(shown("Task", r#"{"prompt":"p"}"#), "Subagent { prompt: [raw, 1 bytes] }");
    assert_eq!(shown("Workflow", r#"{"name":"n","script":"abc"}"#), "Subagent { prompt: [raw, 3 bytes] }");
    assert_eq!(shown("ScheduleWakeup", r#"{"prompt":"p","delaySeconds":60}"#), "Deferred { text: [raw, 1 bytes] }");
    assert_eq!(shown("ScheduleWakeup", r#"{"stop":true}"#), "Inert");
    assert_eq!(shown("RemoteTrigger", r#"{"action":"list"}"#), "Inert");
    assert_eq!(shown("RemoteTrigger", r#"{"action":"run"}"#), "Deferred { text: [raw, 16 bytes] }");
    assert_eq!(shown("Artifact", r#"{"action":"read","url":"u"}"#), "Inert");
    assert_eq!(shown("Artifact", r#"{"file_path":"/a"}"#), "Unknown { input: [raw, 18 bytes] }");
    assert_eq!(shown("Projects", r#"{"method":"project_delete"}"#), "Unknown { input: [raw, 27 bytes] }");
    assert_eq!(shown("ExitWorktree", r#"{"action":"remove"}"#), "Inert");
    assert_eq!(
        shown("ExitWorktree", r#"{"action":"remove","discard_changes":true}"#),
        "Unknown { input: [raw, 42 bytes] }"
    );
    assert_eq!(
        shown("ReadMcpResourceTool", r#"{"server":"s","uri":"u"}"#),
        "Mcp { server: \"s\", tool: \"resources/read\", arguments: [raw, 24 bytes] }"
    );
    for tool in super::tools::INERT {
        assert_eq!(shown(tool, "{}"), "Inert", "{tool}");
    }
}

#[test]
fn an_mcp_name_is_split_where_the_servers_name_ends() {
    let split = |name: &str, server: &str| {
        let call = read(
            "PreToolUse",
            &format!(
                r#"{{"session_id":"s","cwd":"/w","hook_event_name":"PreToolUse","tool_name":"{name}","tool_input":{{}},"mcp_server":{server}}}"#
            ),
        );
        match call.tool.unwrap().input {
            ToolInput::Mcp { server, tool, .. } => (server, tool),
            other => (format!("{other:?}"), format!("{:?}", call.gaps)),
        }
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(split("mcp__github__create_issue", "null"), pair("github", "create_issue"));
    assert_eq!(split("mcp__a__b__c", r#"{"name":"a__b"}"#), pair("a__b", "c"));
    assert_eq!(split("mcp__plugin_x_y__z", r#"{"name":"plugin:x:y"}"#), pair("plugin:x:y", "z"));
    assert_eq!(split("mcp__a__b", r#"{"name":"other"}"#), pair("a", "b"));
    assert!(split("mcp__a", "null").1.contains("tool_name"));
    assert!(split("mcp____b", "null").1.contains("tool_name"));
}

#[test]
fn output_is_the_text_that_the_model_reads() {
    let output = |tool: &str, response: &str| {
        let payload = format!(r#"{{"tool_name":"{tool}","tool_input":{{}},"tool_response":{response}}}"#);
        read("PostToolUse", &payload).output.map(|text| text.lossy().into_owned())
    };
    assert_eq!(output("Bash", r#"{"stdout":"a","stderr":"b"}"#).unwrap(), "a\nb");
    assert_eq!(output("Bash", r#"{"stdout":"a\n","stderr":""}"#).unwrap(), "a\n");
    assert_eq!(output("Bash", r#"{"odd":1}"#).unwrap(), r#"{"odd":1}"#);
    assert_eq!(output("mcp__a__b", r#"[{"type":"text","text":"x"},{"type":"text","text":"y"}]"#).unwrap(), "x\ny");
    assert_eq!(output("mcp__a__b", r#""plain""#).unwrap(), "plain");
    assert_eq!(output("mcp__a__b", r#"[{"type":"image"}]"#).unwrap(), r#"[{"type":"image"}]"#);
    assert_eq!(output("Write", r#"{"content":"x"}"#), None);
}

#[test]
fn only_a_tool_that_is_about_to_run_can_be_stopped_and_asked() {
    let all = Ability { stop: true, ask: true, mask: false };
    let stop = Ability { ask: false, ..all };
    assert_eq!(ability(CLAUDE, "PreToolUse", Some("default"), Some(true)), all);
    assert_eq!(ability(CLAUDE, "PreToolUse", None, None), all);
    assert_eq!(ability(CLAUDE, "PreToolUse", Some("bypassPermissions"), Some(true)), stop);
    assert_eq!(ability(CLAUDE, "PreToolUse", Some("dontAsk"), Some(true)), stop);
    assert_eq!(ability(CLAUDE, "PreToolUse", Some("default"), Some(false)), stop);
    assert_eq!(ability(CLAUDE, "UserPromptSubmit", Some("default"), Some(true)), stop);
    for event in events(CLAUDE).iter().filter(|event| !matches!(event.name, "PreToolUse" | "UserPromptSubmit")) {
        assert_eq!(ability(CLAUDE, event.name, Some("default"), Some(true)), NOTHING, "{}", event.name);
    }
    assert_eq!(ability(CLAUDE, "NoSuchEvent", None, None), NOTHING);
}

#[test]
fn allow_is_no_opinion() {
    for event in events(CLAUDE) {
        assert_eq!(answer(event.name, Action::Allow, &Said::default()), None, "{}", event.name);
    }
}

#[test]
fn a_stop_is_the_agents_own_json() {
    assert_eq!(
        answer("PreToolUse", Action::Block, &said()).unwrap(),
        json!({
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": "to the agent",
            },
            "systemMessage": "to the person",
        })
    );
    assert_eq!(
        answer("PreToolUse", Action::Ask, &Said { person: None, ..said() }).unwrap(),
        json!({
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "ask",
                "permissionDecisionReason": "to the agent",
            },
        })
    );
    assert_eq!(
        answer("UserPromptSubmit", Action::Block, &said()).unwrap(),
        json!({
            "decision": "block",
            "reason": "to the person",
            "hookSpecificOutput": { "hookEventName": "UserPromptSubmit", "suppressOriginalPrompt": true },
        })
    );
    assert_eq!(
        answer("ConfigChange", Action::Block, &said()).unwrap(),
        json!({ "decision": "block", "reason": "to the person" })
    );
    assert_eq!(
        answer("PermissionRequest", Action::Block, &said()).unwrap(),
        json!({
            "hookSpecificOutput": {
                "hookEventName": "PermissionRequest",
                "decision": { "behavior": "deny", "message": "to the agent" },
            },
            "systemMessage": "to the person",
        })
    );
}

#[test]
fn a_stop_without_words_still_has_a_reason() {
    let answer = answer("PreToolUse", Action::Block, &Said::default()).unwrap();
    assert!(
        answer["hookSpecificOutput"]["permissionDecisionReason"].as_str().unwrap().starts_with("Stopped by Taffrail")
    );
}

#[test]
fn an_event_that_cannot_stop_never_says_deny() {
    for event in ["PostToolUse", "PostToolUseFailure", "SessionStart", "SessionEnd", "Stop", "SubagentStop", "Unheard"]
    {
        for action in [Action::Ask, Action::Block] {
            let text = answer(event, action, &said()).map_or(String::new(), |answer| answer.to_string());
            assert!(!text.contains("deny") && !text.contains("block"), "{event}: {text}");
        }
    }
}

#[test]
fn masking_keeps_the_tools_own_shape() {
    let payload = r#"{"hook_event_name":"PostToolUse","session_id":"s","cwd":"/","tool_name":"Bash","tool_input":{"command":"x"},
        "tool_response":{"stdout":"key=hunter2\n","stderr":"","interrupted":false,"isImage":false}}"#;
    let mut mask = |text: &str| text.contains("hunter2").then(|| text.replace("hunter2", "‹password·7f3a›"));
    let output = mask_output(CLAUDE, payload.as_bytes(), &mut mask).unwrap();
    let said = Said { output, ..Said::default() };
    let answer = encode(&read("PostToolUse", payload), &decision(Action::Allow), &said);
    assert_eq!(
        serde_json::from_slice::<Value>(&answer.stdout).unwrap(),
        json!({
            "hookSpecificOutput": {
                "hookEventName": "PostToolUse",
                "updatedToolOutput":
                    { "stdout": "key=‹password·7f3a›\n", "stderr": "", "interrupted": false, "isImage": false },
            },
        })
    );
    assert_eq!(mask_output(CLAUDE, payload.as_bytes(), &mut |_| None), Ok(None));
}

#[test]
fn without_a_daemon_enforce_stops_tools_and_detect_stops_nothing() {
    let silent = |row: &protocol::fallback::Row| row.situation != Situation::StoodDown || row.event.is_empty();
    for row in fallback_rows(CLAUDE, Mode::Detect, Some("#ask-security")).into_iter().filter(silent) {
        assert_eq!(row.answer, protocol::fallback::Answer::default(), "{row:?}");
    }
    let rows = fallback_rows(CLAUDE, Mode::Enforce, Some("#ask-security"));
    let table = protocol::fallback::Table { enforce: true, rows, ..Default::default() };
    for situation in [Situation::Away, Situation::Malformed, Situation::TooBig] {
        let stop = table.find("claude-code", "PreToolUse", situation).unwrap();
        let json: Value = serde_json::from_slice(&stop.stdout).unwrap();
        assert_eq!(json["hookSpecificOutput"]["permissionDecision"], "deny");
        assert_eq!(json["hookSpecificOutput"]["hookEventName"], "PreToolUse");
        let reason = json["hookSpecificOutput"]["permissionDecisionReason"].as_str().unwrap();
        assert!(reason.starts_with("Not run: ") && !reason.ends_with('.'), "{reason}");
        assert!(json["systemMessage"].as_str().unwrap().contains("#ask-security"));
        for event in ["SessionStart", "UserPromptSubmit", "PostToolUse", "Whatever"] {
            assert!(table.find("claude-code", event, situation).unwrap().stdout.is_empty());
        }
    }
    assert_eq!(protocol::fallback::Table::decode(&table.encode().unwrap()).unwrap(), table);
}

#[test]
fn standing_down_is_said_when_a_session_starts_and_never_again() {
    for mode in [Mode::Detect, Mode::Enforce] {
        let table = protocol::fallback::Table { rows: fallback_rows(CLAUDE, mode, None), ..Default::default() };
        let said = table.find("claude-code", "SessionStart", Situation::StoodDown).unwrap();
        let json: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(json, json!({ "systemMessage": crate::words::STOOD_DOWN }));
        for event in ["PreToolUse", "Stop", "Whatever"] {
            let answer = table.find("claude-code", event, Situation::StoodDown).unwrap();
            assert_eq!(*answer, protocol::fallback::Answer::default(), "{event}");
        }
    }
}

#[test]
fn what_would_replace_the_agents_own_work_is_never_registered() {
    for never in ["WorktreeCreate", "WorktreeRemove", "MessageDisplay"] {
        let event = events(CLAUDE).iter().find(|event| event.name == never).unwrap();
        assert_eq!(event.register, Register::No);
        assert_eq!(hook_entry(CLAUDE, Path::new("/usr/bin/taffrail"), never, OnFailure::Continue), None);
    }
}

#[test]
fn the_settings_call_the_hook_without_a_shell() {
    let path = Path::new("/opt/taff rail/bin/taffrail");
    let settings = settings(CLAUDE, path, OnFailure::Continue).unwrap();
    let hooks = settings["hooks"].as_object().unwrap();
    let registered: Vec<&str> =
        events(CLAUDE).iter().filter(|event| event.register != Register::No).map(|event| event.name).collect();
    assert_eq!(hooks.keys().map(String::as_str).collect::<Vec<_>>(), registered);
    assert_eq!(
        hooks["PreToolUse"],
        json!([{
            "matcher": "*",
            "hooks": [{
                "type": "command",
                "command": "/opt/taff rail/bin/taffrail",
                "args": ["hook", "claude-code", "PreToolUse"],
                "timeout": 10,
            }],
        }])
    );
    assert_eq!(hooks["PostToolUse"][0]["hooks"][0]["async"], true);
    assert_eq!(hooks["UserPromptSubmit"][0].get("matcher"), None);
}

#[test]
fn a_hook_that_fails_stops_calls_only_where_it_is_told_so() {
    let path = Path::new("/usr/bin/taffrail");
    let closed = settings(CLAUDE, path, OnFailure::Block).unwrap();
    assert_eq!(closed["hooks"]["PreToolUse"][0]["hooks"][0]["onFailure"], "block");
    assert_eq!(closed["hooks"]["SessionStart"][0]["hooks"][0].get("onFailure"), None);
    assert!(!settings(CLAUDE, path, OnFailure::Continue).unwrap().to_string().contains("onFailure"));
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_has_no_entry() {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(b"/opt/\xFF/taffrail"));
    assert_eq!(hook_entry(CLAUDE, path, "PreToolUse", OnFailure::Continue), None);
}

#[test]
fn a_stop_in_a_subagent_is_told_to_the_person_at_the_next_event_that_shows_it() {
    let seen = |event: &str, extra: &str| {
        let payload = format!(r#"{{"session_id":"s","cwd":"/w","hook_event_name":"{event}"{extra}}}"#);
        crate::reaches_person(&read(event, &payload))
    };
    assert!(seen("PreToolUse", r#","tool_name":"Skill""#));
    assert!(!seen("PreToolUse", r#","tool_name":"Skill","agent_id":"a1""#));
    assert!(seen("PreToolUse", r#","tool_name":"Skill","agent_type":"reviewer""#));
    assert!(seen("UserPromptSubmit", r#","prompt":"x""#));
    for event in ["SubagentStop", "SessionEnd", "PostToolUse", "Unheard"] {
        assert!(!seen(event, ""), "{event}");
    }
    let kept = Said { person: Some("Taffrail stopped a delete.".into()), ..Said::default() };
    assert_eq!(
        answer("UserPromptSubmit", Action::Allow, &kept).unwrap(),
        json!({ "systemMessage": "Taffrail stopped a delete." })
    );
}
