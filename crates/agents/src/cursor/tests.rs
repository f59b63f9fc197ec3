mod answers;
mod entries;

use crate::testing::gap;
use crate::{Malformed, ability, decode, events, mask_output};
use protocol::verdict::Ability;
use protocol::{Agent, Phase, Text, ToolCall, ToolInput, Why};
use serde_json::{Value, json};

const CURSOR: Agent = Agent::Cursor;

fn read(event: &str, payload: &str) -> ToolCall {
    decode(CURSOR, event, payload.as_bytes()).unwrap()
}

/// An event with these fields beside the common ones, as JSON text.
fn event(name: &str, fields: &str) -> ToolCall {
    let common = format!(
        r#""session_id":"s","generation_id":"g","hook_event_name":"{name}","cursor_version":"3.18.2","workspace_roots":["/w"]"#
    );
    let comma = if fields.is_empty() { "" } else { "," };
    read(name, &format!("{{{common}{comma}{fields}}}"))
}

fn call(tool: &str, input: &str) -> ToolCall {
    event("preToolUse", &format!(r#""tool_name":"{tool}","tool_input":{input}"#))
}

fn shown(call: &ToolCall) -> String {
    format!("{:?}", call.tool.as_ref().map(|tool| &tool.input).unwrap())
}

#[test]
fn empty_and_foreign_payloads_are_malformed() {
    for payload in ["", " \n\t", "\u{feff}", "\u{feff} "] {
        assert_eq!(decode(CURSOR, "preToolUse", payload.as_bytes()).unwrap_err(), Malformed::Empty, "{payload:?}");
    }
    for payload in ["[]", "null", "\"x\"", "{", "{}{}", "{} x", "{\"a\":\0}", "{'a':1}", "\0"] {
        let error = decode(CURSOR, "preToolUse", payload.as_bytes()).unwrap_err();
        assert!(matches!(error, Malformed::NotAnObject { .. }), "{payload:?}");
    }
}

#[test]
fn an_empty_object_is_a_call_full_of_gaps_and_not_silence() {
    for known in events(CURSOR).iter().filter(|event| event.phase == Phase::Before) {
        let call = read(known.name, "{}");
        assert_eq!(call.phase, Phase::Before);
        let input = call.tool.unwrap().input;
        assert!(matches!(input, ToolInput::Unknown { .. } | ToolInput::Malformed { .. }), "{} {input:?}", known.name);
        for field in ["session_id", "cwd", "hook_event_name", "cursor_version"] {
            assert!(call.gaps.contains(&gap(field, Why::Payload)), "{} {field}", known.name);
        }
    }
}

#[test]
fn wrong_types_cost_a_field_and_not_the_call() {
    let call = read(
        "beforeShellExecution",
        r#"{"session_id":7,"conversation_id":"c","generation_id":[],"hook_event_name":"beforeShellExecution","cursor_version":3,
            "workspace_roots":"/w","cwd":{},"command":"ls","tool_use_id":false,"duration":"soon","parent_tool_call_id":{}}"#,
    );
    assert_eq!(call.session.as_deref(), Some("c"), "the other name of the session stands in");
    assert!(matches!(call.tool.unwrap().input, ToolInput::Shell { .. }));
    assert_eq!((call.permission_mode, call.cwd), (None, None));
    let fields: Vec<&str> = call.gaps.iter().map(|gap| gap.field.as_str()).collect();
    for field in [
        "session_id",
        "generation_id",
        "cursor_version",
        "workspace_roots",
        "cwd",
        "tool_use_id",
        "duration",
        "parent_tool_call_id",
    ] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
}

#[test]
fn the_command_line_decides_the_event_and_a_payload_that_disagrees_is_a_gap() {
    let call = read(
        "beforeShellExecution",
        r#"{"session_id":"s","hook_event_name":"afterShellExecution","cursor_version":"3.1.0","workspace_roots":["/w"],"command":"ls"}"#,
    );
    assert_eq!((call.event.as_str(), call.phase), ("beforeShellExecution", Phase::Before));
    assert_eq!(call.gaps, [gap("hook_event_name", Why::Payload)]);
}

#[test]
fn an_unknown_event_is_decoded_as_far_as_it_goes() {
    let call = event("beforeDream", r#""tool_name":"Shell","tool_input":{"command":"ls"}"#);
    assert_eq!((call.phase, call.gaps.as_slice()), (Phase::Unknown, &[gap("event", Why::Event)][..]));
    assert!(matches!(call.tool.unwrap().input, ToolInput::Shell { .. }));
    assert!(event("afterDream", "").tool.is_none());
}

#[test]
fn a_known_tool_with_an_input_that_cannot_be_read_is_malformed() {
    for (tool, input) in [
        ("Shell", "{}"),
        ("Shell", "null"),
        ("Shell", r#"{"command":["rm","-rf","/"]}"#),
        ("Shell", r#""rm -rf /""#),
        ("Read", r#"{"file_path":7}"#),
        ("Write", r#"{"file_path":"/a"}"#),
        ("Write", r#"{"file_path":"/a","content":[1]}"#),
        ("Write", r#"{"file_path":"/a","old_string":"x"}"#),
        ("Delete", "[]"),
        ("Grep", r#"{"file_path":"/a"}"#),
        ("Task", "{}"),
        ("FetchMcpResource", r#"{"uri":"x"}"#),
    ] {
        let call = call(tool, input);
        assert!(matches!(call.tool.unwrap().input, ToolInput::Malformed { why: Why::Payload }), "{tool} {input}");
        assert_eq!(call.gaps, [gap("tool_input", Why::Payload)], "{tool} {input}");
    }
    for (name, fields, missing) in [
        ("beforeShellExecution", "", "command"),
        ("beforeShellExecution", r#""command":["rm"]"#, "command"),
        ("beforeMCPExecution", r#""tool_input":"{}","mcp_server_name":"a""#, "tool_name"),
        ("beforeReadFile", r#""content":"x""#, "file_path"),
        ("beforeTabFileRead", r#""file_path":{}"#, "file_path"),
        ("afterFileEdit", r#""file_path":"/a","edits":[{"old_string":"x"}]"#, "edits"),
        ("afterTabFileEdit", r#""file_path":"/a","edits":7"#, "edits"),
    ] {
        let call = event(name, fields);
        assert!(matches!(call.tool.unwrap().input, ToolInput::Malformed { why: Why::Payload }), "{name} {fields}");
        assert_eq!(call.gaps, [gap(missing, Why::Payload)], "{name} {fields}");
    }
}

#[test]
fn a_doubled_key_is_read_as_cursors_own_parser_reads_it_and_told() {
    let call = event("beforeShellExecution", r#""command":"ls","command":"rm -rf ~""#);
    let Some(ToolInput::Shell { command, .. }) = call.tool.map(|tool| tool.input) else { panic!("no shell") };
    assert_eq!(command.bytes(), b"rm -rf ~");
    assert_eq!(call.gaps, [gap("command", Why::Payload)]);
}

#[test]
fn nesting_ten_thousand_deep_is_neither_a_crash_nor_an_error() {
    let bomb = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let text = format!("\"{bomb}\"");
    for (name, fields) in [
        ("preToolUse", format!(r#""tool_name":"MCP:x","tool_input":{bomb}"#)),
        ("preToolUse", format!(r#""tool_name":"Shell","tool_input":{bomb}"#)),
        ("beforeMCPExecution", format!(r#""tool_name":"x","mcp_server_name":"a","tool_input":{text}"#)),
        ("beforeSubmitPrompt", format!(r#""prompt":{bomb},"attachments":[{bomb}]"#)),
        ("afterFileEdit", format!(r#""file_path":"/a","edits":{bomb}"#)),
        ("postToolUse", format!(r#""tool_name":"MCP:x","tool_input":{{}},"tool_output":{text}"#)),
        ("postToolUse", format!(r#""tool_name":"Shell","tool_input":{{"command":"x"}},"tool_output":{bomb}"#)),
        ("sessionStart", format!(r#""composer_mode":{bomb},"workspace_roots":{bomb}"#)),
    ] {
        let call = event(name, &fields);
        assert_eq!(call.event, name);
    }
    let answer = format!(r#"{{"tool_name":"MCP:x","tool_output":{text}}}"#);
    assert!(mask_output(CURSOR, answer.as_bytes(), &mut |_| None).is_err());
}

#[test]
fn absurdly_long_names_are_cut_and_told() {
    let long = "x".repeat(100_000);
    let call =
        read(&long, &format!(r#"{{"session_id":"{long}","hook_event_name":"{long}","cursor_version":"{long}"}}"#));
    assert_eq!((call.event.len(), call.session.unwrap().len()), (256, 256));
    assert!(call.gaps.contains(&gap("session_id", Why::TooBig)));
}

#[test]
fn every_tool_of_the_table_asks_for_what_it_does() {
    let shown = |tool: &str, json: &str| {
        let call = call(tool, json);
        assert_eq!(call.gaps, [], "{tool} {json}");
        shown(&call)
    };
    for (tool, json, asked) in [
        (
            "Shell",
            r#"{"command":"ls","is_background":true}"#,
            "Shell { command: [raw, 2 bytes], dialect: Posix, background: true }",
        ),
        ("Read", r#"{"path":"/a"}"#, "Read { path: [raw, 2 bytes] }"),
        ("List", r#"{"file_path":"/a","ignore":[]}"#, "Read { path: [raw, 2 bytes] }"),
        ("Write", r#"{"file_path":"/a","content":""}"#, "Write { path: [raw, 2 bytes], content: [raw, 0 bytes] }"),
        (
            "Write",
            r#"{"path":"/a","old_string":"x","new_string":"yz"}"#,
            "Edit { path: [raw, 2 bytes], edits: [([raw, 1 bytes], [raw, 2 bytes])] }",
        ),
        ("Delete", r#"{"file_path":"/a"}"#, "Delete { path: [raw, 2 bytes] }"),
        ("Grep", r#"{"pattern":"x"}"#, "Search { path: None, pattern: [raw, 1 bytes] }"),
        (
            "Glob",
            r#"{"glob_pattern":"**","target_directory":"/a"}"#,
            "Search { path: Some([raw, 2 bytes]), pattern: [raw, 2 bytes] }",
        ),
        ("WebFetch", r#"{"url":"u"}"#, "Fetch { url: [raw, 1 bytes] }"),
        ("WebSearch", r#"{"search_term":"abc"}"#, "WebSearch { query: [raw, 3 bytes] }"),
        ("Task", r#"{"prompt":"p"}"#, "Subagent { prompt: [raw, 1 bytes] }"),
        (
            "FetchMcpResource",
            r#"{"server":"s","uri":"u","download_path":""}"#,
            "Mcp { server: \"s\", tool: \"resources/read\", arguments: [raw, 43 bytes] }",
        ),
    ] {
        assert_eq!(shown(tool, json), asked, "{tool}");
    }
    for tool in super::tools::INERT {
        assert_eq!(shown(tool, "{}"), "Inert", "{tool}");
    }
}

#[test]
fn what_a_tool_hides_or_a_table_does_not_know_is_unknown_with_its_whole_input() {
    for (tool, json, told) in [
        ("Teleport", r#"{"to":"/etc"}"#, gap("tool_name", Why::Tool)),
        ("WriteShellStdin", r#"{"shell_id":3,"chars_length":9}"#, gap("tool_name", Why::Unseen)),
        ("ComputerUse", r#"{"actions_count":2}"#, gap("tool_name", Why::Unseen)),
        (
            "FetchMcpResource",
            r#"{"server":"s","uri":"u","download_path":"/home/ana/.zshrc"}"#,
            gap("tool_input.download_path", Why::Unseen),
        ),
    ] {
        let call = call(tool, json);
        assert_eq!(call.gaps, [told], "{tool}");
        let Some(ToolInput::Unknown { input }) = call.tool.map(|tool| tool.input) else { panic!("{tool} is known") };
        assert_eq!(input.lossy(), json);
    }
}

#[test]
fn an_mcp_call_has_its_server_where_the_event_names_one() {
    let of = |name: &str, fields: &str| {
        let call = event(name, fields);
        let Some(tool) = call.tool else { panic!("no tool") };
        let ToolInput::Mcp { server, tool: called, arguments } = tool.input else { panic!("no MCP call") };
        let gaps: Vec<String> = call.gaps.iter().map(|gap| format!("{} {:?}", gap.field, gap.why)).collect();
        (tool.name, format!("{server} {called} {}", arguments.lossy()), gaps.join(", "))
    };
    let told = |name: &str, rest: &str, gaps: &str| (name.to_owned(), rest.to_owned(), gaps.to_owned());
    let text = r#""tool_name":"create_issue","tool_input":"{\"a\":1}""#;
    for (server, shown) in [
        (r#","mcp_server_name":"github","command":"npx x""#, "github"),
        (r#","mcp_server_name":"linear","url":"https://mcp.linear.app/mcp""#, "linear"),
        (r#","url":"https://mcp.linear.app/mcp""#, "https://mcp.linear.app/mcp"),
        (r#","command":"npx x""#, "npx x"),
    ] {
        assert_eq!(
            of("beforeMCPExecution", &format!("{text}{server}")),
            told("MCP:create_issue", &format!("{shown} create_issue {{\"a\":1}}"), "")
        );
    }
    assert_eq!(
        of("beforeMCPExecution", r#""tool_name":"MCP:x","tool_input":{"a":[1]},"mcp_server_name":"m""#),
        told("MCP:x", "m x {\"a\":[1]}", ""),
        "a prefix that the generic events have, and arguments that are no string"
    );
    assert_eq!(of("beforeMCPExecution", text).2, "mcp_server_name Payload");
    assert_eq!(
        of("preToolUse", r#""tool_name":"MCP:x","tool_input":{"a":1}"#),
        told("MCP:x", " x {\"a\":1}", "mcp_server_name Unstated")
    );
    assert_eq!(of("postToolUse", r#""tool_name":"MCP:x","tool_input":{}"#).2, "", "what has run was judged before");
}

#[test]
fn output_is_the_text_that_the_model_reads_and_what_came_to_nothing_has_failed() {
    let of = |tool: &str, output: &Value| {
        let input = r#""tool_input":{"command":"x","file_path":"/a","url":"u"}"#;
        let call = event("postToolUse", &format!(r#""tool_name":"{tool}",{input},"tool_output":{output}"#));
        (call.phase, call.output.map(|text| text.lossy().into_owned()))
    };
    let text = |json: Value| Value::from(json.to_string());
    let ok = |out: &str| (Phase::After, Some(out.to_owned()));
    let failed = |out: &str| (Phase::Failed, Some(out.to_owned()));
    assert_eq!(of("Shell", &text(json!({"output": "a\nb", "exitCode": 0}))), ok("a\nb"));
    assert_eq!(of("Shell", &json!({"output": "a", "exitCode": 0})), ok("a"), "an object in place of its text");
    assert_eq!(of("Shell", &text(json!({"output": "no", "exitCode": 1}))), failed("no"));
    assert_eq!(of("Shell", &text(json!({"shell_id": 3, "pid": 4}))), ok(r#"{"shell_id":3,"pid":4}"#));
    assert_eq!(of("Shell", &json!("no JSON")), ok("no JSON"));
    let parts = json!([{"type": "text", "text": "x"}, {"type": "text", "text": "y"}]);
    assert_eq!(of("MCP:a", &text(json!({"content": parts, "isError": false}))), ok("x\ny"));
    assert_eq!(of("MCP:a", &text(json!({"content": parts, "isError": true}))), failed("x\ny"));
    for refused in [
        json!({"rejected": true, "reason": "no"}),
        json!({"permissionDenied": true, "error": "no"}),
        json!({"error": "gone"}),
    ] {
        assert_eq!(of("MCP:a", &text(refused.clone())), failed(&refused.to_string()));
    }
    let image = json!({"content": [{"type": "image", "data": "AAAA"}], "isError": false}).to_string();
    assert_eq!(of("MCP:a", &Value::from(image.as_str())), ok(&image));
    assert_eq!(of("Write", &text(json!({"file_path": "/a"}))), (Phase::After, None), "it repeats the input");
    assert_eq!(of("Fetch", &text(json!({"status_code": 200}))), ok(r#"{"status_code":200}"#));
}

#[test]
fn the_folder_is_the_tools_own_or_the_first_of_the_window() {
    let of = |fields: &str| {
        let payload = format!(
            r#"{{"session_id":"s","hook_event_name":"beforeShellExecution","cursor_version":"3.1.0","command":"ls",{fields}}}"#
        );
        let call = read("beforeShellExecution", &payload);
        let gaps: Vec<Why> = call.gaps.iter().filter(|gap| gap.field == "cwd").map(|gap| gap.why).collect();
        (call.cwd.map(|cwd| cwd.lossy().into_owned()).unwrap_or_default(), gaps)
    };
    assert_eq!(of(r#""cwd":"/a","workspace_roots":["/b","/c"]"#), ("/a".to_owned(), vec![]));
    assert_eq!(of(r#""cwd":"","workspace_roots":["/b"]"#), ("/b".to_owned(), vec![]));
    assert_eq!(of(r#""workspace_roots":["/b","/c"]"#), ("/b".to_owned(), vec![Why::Unstated]));
    assert_eq!(of(r#""workspace_roots":[]"#), (String::new(), vec![Why::Payload]));
    assert_eq!(of(r#""workspace_roots":[7]"#), (String::new(), vec![Why::Payload]));
}

#[test]
fn on_windows_the_shell_is_powershell_whatever_folder_the_model_names() {
    let of = |root: &str, cwd: &str| {
        let fields = format!(r#""command":"ls","workspace_roots":[{}],"cwd":{}"#, Value::from(root), Value::from(cwd));
        let payload = format!(r#"{{"hook_event_name":"beforeShellExecution","cursor_version":"3.1.0",{fields}}}"#);
        shown(&read("beforeShellExecution", &payload))
    };
    for root in [r"C:\src", "/c:/src", r"\\server\share"] {
        for cwd in ["", "/tmp", root] {
            assert!(of(root, cwd).contains("PowerShell"), "{root} {cwd}");
        }
    }
    for root in ["/home/ana", "/c/src", "relative"] {
        assert!(of(root, "").contains("Posix") && of(root, root).contains("Posix"), "{root}");
        assert!(of(root, r"C:\src").contains("PowerShell"), "{root}");
    }
}

#[test]
fn a_call_in_a_subagent_names_the_call_that_started_it() {
    let start =
        event("subagentStart", r#""subagent_id":"sa","subagent_type":"explore","tool_call_id":"t7","task":"x""#);
    assert_eq!((start.call.as_deref(), start.phase), (Some("t7"), Phase::SubagentStart));
    let of = start.subagent.unwrap();
    assert_eq!((of.id.as_str(), of.kind.as_deref()), ("sa", Some("explore")));
    let inside =
        event("preToolUse", r#""tool_name":"Read","tool_input":{"file_path":"/a"},"parent_tool_call_id":"t7""#);
    assert_eq!(inside.subagent.unwrap().id, "t7");
    assert!(event("subagentStop", "").subagent.is_none());
}

#[test]
fn which_program_it_is_shows_in_the_version() {
    let of = |version: &str| {
        let payload = format!(r#"{{"hook_event_name":"stop","cursor_version":"{version}"}}"#);
        let call = read("stop", &payload);
        let told = call.gaps.contains(&gap("cursor_version", Why::Payload));
        assert_eq!(told, call.permission_mode.is_none(), "{version}");
        call.permission_mode
    };
    for (version, program) in [
        ("3.18.2", Some("editor")),
        ("1.7.0", Some("editor")),
        ("2026.09.10-3a7f", Some("cli")),
        ("1.0.0", Some("sdk")),
        ("", None),
        ("3", None),
        ("v3.1", None),
        ("nightly", None),
    ] {
        assert_eq!(of(version).as_deref(), program, "{version:?}");
    }
}

#[test]
fn a_person_is_asked_for_shell_commands_where_the_question_is_shown() {
    let all = Ability { stop: true, ask: true, mask: false };
    let stop = Ability { ask: false, ..all };
    let shell = |mode, attended| ability(CURSOR, "beforeShellExecution", mode, attended);
    assert_eq!(shell(Some("editor"), None), all);
    assert_eq!(shell(Some("editor"), Some(true)), all);
    assert_eq!(shell(Some("editor"), Some(false)), stop);
    assert_eq!(shell(Some("cli"), Some(true)), all);
    assert_eq!(shell(Some("cli"), None), stop);
    assert_eq!(shell(None, None), stop);
    for attended in [None, Some(true), Some(false)] {
        assert_eq!(shell(Some("sdk"), attended), stop, "its answer is yes, unseen");
    }
    for event in events(CURSOR).iter().filter(|event| event.name != "beforeShellExecution") {
        let stops = ["preToolUse", "beforeMCPExecution", "beforeReadFile", "beforeSubmitPrompt"].contains(&event.name);
        let expected = if stops { stop } else { crate::table::NOTHING };
        assert_eq!(ability(CURSOR, event.name, Some("editor"), Some(true)), expected, "{}", event.name);
    }
    assert_eq!(ability(CURSOR, "noSuchEvent", Some("editor"), Some(true)), crate::table::NOTHING);
}
