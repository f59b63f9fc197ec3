use super::{CURSOR, event, read};
use crate::cursor::checker::{Broken, check};
use crate::testing::{decision, said};
use crate::{Said, ability, encode, events, fallback_rows, mask_output, reaches_person};
use protocol::fallback::{Answer, Situation, Table};
use protocol::verdict::{Action, Mode};
use serde_json::{Value, json};
use std::fmt::Write;

fn answer(name: &str, action: Action, said: &Said) -> Answer {
    let call = event(name, r#""tool_name":"Shell","tool_input":{"command":"x"}"#);
    encode(&call, &decision(action), said)
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.stdout).unwrap()
}

/// Everything that can be said, to whom.
fn sayings() -> [Said; 4] {
    [
        said(),
        Said::default(),
        Said { agent: Some("x\u{1F600}\"\\\n".repeat(5_000)), ..Said::default() },
        Said { person: Some("to the person".into()), output: Some("\"masked\"".into()), agent: Some(" ".into()) },
    ]
}

#[test]
fn every_answer_keeps_every_rule() {
    let mut checked = 0;
    for known in events(CURSOR).iter().map(|event| event.name).chain(["noSuchEvent"]) {
        for action in [Action::Allow, Action::Ask, Action::Block] {
            for said in sayings() {
                let answer = answer(known, action, &said);
                let shown = String::from_utf8_lossy(&answer.stdout);
                assert_eq!(check(known, &answer), Ok(()), "{known} {action:?}: {shown}");
                checked += 1;
            }
        }
    }
    assert_eq!(checked, (events(CURSOR).len() + 1) * 3 * 4);
}

#[test]
fn the_answer_to_each_event_is_this() {
    let mut all = String::new();
    for event in events(CURSOR) {
        for (action, said) in [(Action::Allow, Said::default()), (Action::Ask, said()), (Action::Block, said())] {
            let answer = answer(event.name, action, &said);
            writeln!(all, "{} {action:?}: {}", event.name, String::from_utf8(answer.stdout).unwrap()).unwrap();
        }
    }
    insta::assert_snapshot!(all);
}

/// For each rule an answer that breaks it, of the kind that is easily written.
#[test]
fn a_wrong_answer_is_caught_by_its_rule() {
    let of = |event: &str, stdout: &str| check(event, &Answer { stdout: stdout.into(), ..Answer::default() });
    let words = r#""user_message":"u""#;
    let long = "x".repeat(10_001);
    let wrong: &[(Broken, &str, &str)] = &[
        (Broken::OneObject, "preToolUse", ""),
        (Broken::OneObject, "preToolUse", "Stopped by Taffrail"),
        (Broken::OneObject, "postToolUse", "[]"),
        (Broken::OneObject, "stop", "{}{}"),
        (Broken::OneObject, "stop", "{}\n"),
        (Broken::OneObject, "stop", "\u{feff}{}"),
        (Broken::OneObject, "beforeShellExecution", "note\n{}"),
        (Broken::Once, "preToolUse", &format!(r#"{{"permission":"ask","permission":"deny",{words}}}"#)),
        (Broken::Names, "stop", r#"{"followup_message":"go on"}"#),
        (Broken::Names, "preToolUse", r#"{"updated_input":{"command":"true"}}"#),
        (Broken::Names, "beforeReadFile", &format!(r#"{{"permission":"deny",{words},"agent_message":"a"}}"#)),
        (Broken::Names, "afterShellExecution", &format!(r#"{{"permission":"deny",{words}}}"#)),
        (Broken::Names, "beforeShellExecution", r#"{"additional_context":"x"}"#),
        (Broken::Names, "preToolUse", r#"{"hookSpecificOutput":{"permissionDecision":"deny"}}"#),
        (Broken::Names, "sessionStart", r#"{"continue":true}"#),
        (Broken::Types, "preToolUse", r#"{"permission":"deny","user_message":["u"]}"#),
        (Broken::Types, "beforeSubmitPrompt", r#"{"continue":"false","user_message":"u"}"#),
        (Broken::Types, "preToolUse", &format!(r#"{{"permission":null,{words}}}"#)),
        (Broken::Permission, "preToolUse", r#"{"permission":"allow"}"#),
        (Broken::Permission, "beforeShellExecution", r#"{"permission":"allow"}"#),
        (Broken::Permission, "preToolUse", &format!(r#"{{"permission":"ask",{words}}}"#)),
        (Broken::Permission, "beforeMCPExecution", &format!(r#"{{"permission":"ask",{words}}}"#)),
        (Broken::Permission, "beforeReadFile", &format!(r#"{{"permission":"ask",{words}}}"#)),
        (Broken::Permission, "preToolUse", &format!(r#"{{"permission":"block",{words}}}"#)),
        (Broken::UserMessage, "preToolUse", r#"{"permission":"deny"}"#),
        (Broken::UserMessage, "beforeShellExecution", r#"{"permission":"ask","user_message":" "}"#),
        (Broken::UserMessage, "preToolUse", &format!("{{{words}}}")),
        (Broken::UserMessage, "beforeSubmitPrompt", &format!(r#"{{"continue":true,{words}}}"#)),
        (Broken::UserMessage, "beforeSubmitPrompt", r#"{"continue":false}"#),
        (
            Broken::AgentMessage,
            "beforeShellExecution",
            &format!(r#"{{"permission":"ask",{words},"agent_message":"a"}}"#),
        ),
        (Broken::AgentMessage, "preToolUse", r#"{"agent_message":"a"}"#),
        (Broken::AgentMessage, "preToolUse", &format!(r#"{{"permission":"deny",{words},"agent_message":""}}"#)),
        (Broken::Continue, "beforeSubmitPrompt", "{}"),
        (Broken::Context, "sessionStart", r#"{"additional_context":" "}"#),
        (Broken::Context, "postToolUse", &format!(r#"{{"additional_context":"{long}"}}"#)),
        (Broken::McpOutput, "postToolUse", r#"{"updated_mcp_tool_output":{"text":"x"}}"#),
        (Broken::McpOutput, "postToolUse", r#"{"updated_mcp_tool_output":{"content":[7]}}"#),
    ];
    for (rule, event, stdout) in wrong {
        assert_eq!(of(event, stdout), Err(*rule), "{event} {stdout}");
    }
    let deny = format!(r#"{{"permission":"deny",{words}}}"#);
    assert_eq!(of("preToolUse", &deny), Ok(()));
    let exit = |exit, stderr: &str| Answer { exit, stdout: deny.clone().into(), stderr: stderr.into() };
    assert_eq!(check("preToolUse", &exit(2, "")), Err(Broken::Exit));
    assert_eq!(check("preToolUse", &exit(0, "no")), Err(Broken::Exit));

    let mut caught: Vec<Broken> = wrong.iter().map(|(rule, ..)| *rule).chain([Broken::Exit]).collect();
    caught.sort_unstable();
    caught.dedup();
    assert_eq!(caught.len(), Broken::McpOutput as usize + 1, "each rule has its wrong answer: {caught:?}");
}

#[test]
fn an_ask_that_cannot_be_shown_is_a_stop_and_never_an_allow() {
    for event in ["preToolUse", "beforeMCPExecution", "beforeReadFile", "beforeTabFileRead", "subagentStart"] {
        assert_eq!(json_of(&answer(event, Action::Ask, &said()))["permission"], "deny", "{event}");
    }
    assert_eq!(json_of(&answer("beforeSubmitPrompt", Action::Ask, &said()))["continue"], false);
}

#[test]
fn a_stop_without_words_still_has_a_reason() {
    for (event, names) in [
        ("preToolUse", &["user_message", "agent_message"][..]),
        ("beforeReadFile", &["user_message"]),
        ("beforeSubmitPrompt", &["user_message"]),
    ] {
        let answer = json_of(&answer(event, Action::Block, &Said::default()));
        for name in names {
            assert!(answer[name].as_str().unwrap().starts_with("Stopped by Taffrail"), "{event} {name}");
        }
    }
}

#[test]
fn context_is_cut_where_cursor_would_drop_it() {
    let context = |text: String| {
        let answer = json_of(&answer("postToolUse", Action::Allow, &Said { agent: Some(text), ..Said::default() }));
        answer["additional_context"].as_str().map(str::to_owned)
    };
    assert_eq!(context("x".repeat(10_000)).unwrap().len(), 10_000);
    assert_eq!(context("x".repeat(10_001)).unwrap().len(), 10_000);
    let faces = context(format!("x{}", "\u{1F600}".repeat(6_000))).unwrap();
    assert_eq!(faces.encode_utf16().count(), 9_999, "a pair is not cut in two");
    assert_eq!(context("  ".to_owned()), None);
}

#[test]
fn an_mcp_answer_is_masked_in_its_own_shape_and_no_other_output_can_be() {
    let output = json!({"content": [{"type": "text", "text": "key=hunter2"}], "isError": false}).to_string();
    let payload = |tool: &str, output: &Value| {
        json!({"session_id": "s", "hook_event_name": "postToolUse", "cursor_version": "3.18.2", "workspace_roots": ["/w"],
            "tool_name": tool, "tool_input": {"command": "x"}, "tool_output": output})
        .to_string()
    };
    let mut mask = |text: &str| text.contains("hunter2").then(|| text.replace("hunter2", "‹password·7f3a›"));
    for output in [Value::from(output.as_str()), serde_json::from_str(&output).unwrap()] {
        let payload = payload("MCP:x", &output);
        let masked = mask_output(CURSOR, payload.as_bytes(), &mut mask).unwrap();
        let said = Said { output: masked, ..Said::default() };
        let answer = encode(&read("postToolUse", &payload), &decision(Action::Allow), &said);
        assert_eq!(check("postToolUse", &answer), Ok(()));
        assert_eq!(
            json_of(&answer),
            json!({ "updated_mcp_tool_output":
                { "content": [{ "type": "text", "text": "key=‹password·7f3a›" }], "isError": false } })
        );
    }
    let shell = payload("Shell", &Value::from(output.as_str()));
    assert_eq!(mask_output(CURSOR, shell.as_bytes(), &mut mask), Ok(None));
    let said = Said { output: Some(output.clone()), ..Said::default() };
    assert_eq!(encode(&read("postToolUse", &shell), &decision(Action::Allow), &said).stdout, b"{}");
    let other = payload("MCP:x", &Value::from("no JSON"));
    assert!(mask_output(CURSOR, other.as_bytes(), &mut mask).is_err());
}

#[test]
fn without_a_daemon_enforce_stops_what_is_judged_and_detect_stops_nothing() {
    let rows = fallback_rows(CURSOR, Mode::Detect, Some("#ask-security"));
    let detect = Table { enforce: false, rows, ..Table::default() };
    let rows = fallback_rows(CURSOR, Mode::Enforce, Some("#ask-security"));
    let table = Table { enforce: true, rows, ..Table::default() };
    for situation in [Situation::Away, Situation::Malformed, Situation::TooBig] {
        for event in events(CURSOR).iter().map(|event| event.name).chain(["noSuchEvent"]) {
            let goes_on: &[u8] = if event == "beforeSubmitPrompt" { br#"{"continue":true}"# } else { b"{}" };
            assert_eq!(detect.find("cursor", event, situation).unwrap().stdout, goes_on, "{event}");
            assert_eq!(table.find("cursor", event, Situation::StoodDown).unwrap().stdout, goes_on, "{event}");
            let answer = table.find("cursor", event, situation).unwrap();
            assert_eq!(check(event, answer), Ok(()), "{event}");
            let stopped = ["preToolUse", "beforeShellExecution", "beforeMCPExecution", "beforeReadFile"];
            if stopped.contains(&event) {
                let said = json_of(answer);
                assert_eq!(said["permission"], "deny", "{event}");
                let person = said["user_message"].as_str().unwrap();
                assert!(person.contains("#ask-security") && !person.contains("try once more"), "{person}");
            } else {
                assert_eq!(answer.stdout, goes_on, "{event}");
            }
        }
    }
    assert_eq!(Table::decode(&table.encode().unwrap()).unwrap(), table);
}

#[test]
fn the_words_of_a_stop_are_shown_with_it_and_none_are_kept_for_later() {
    for known in events(CURSOR) {
        let shown = reaches_person(&event(known.name, r#""parent_tool_call_id":"t7""#));
        let can = ability(CURSOR, known.name, Some("editor"), Some(true));
        assert_eq!(shown, can.stop, "{}", known.name);
    }
}
