//! Every sample payload of Claude Code, decoded. `samples/claude-code/` has one of each event and tool, by the agent's
//! own types; `recorded/` what version 2.1.330 sent.

use protocol::{Agent, RawText, Text, ToolCall, ToolInput};
use std::fmt::Write;
use std::path::Path;

/// What a test may show of raw text: samples hold no secrets.
fn shown(text: &RawText) -> String {
    let text = text.lossy();
    let cut = text.floor_char_boundary(60);
    let (head, rest) = text.split_at(cut);
    format!("{head:?}{}", if rest.is_empty() { "" } else { "…" })
}

fn input(input: &ToolInput) -> String {
    match input {
        ToolInput::Shell { command, dialect, background } => {
            format!("{dialect:?}{} {}", if *background { " in the background" } else { "" }, shown(command))
        }
        ToolInput::Read { path } => format!("read {}", shown(path)),
        ToolInput::Write { path, content } => format!("write {} {}", shown(path), shown(content)),
        ToolInput::Edit { path, edits } => {
            let edits: Vec<String> = edits.iter().map(|(old, new)| format!("{}→{}", shown(old), shown(new))).collect();
            format!("edit {} {}", shown(path), edits.join(" "))
        }
        ToolInput::Search { path, pattern } => {
            format!("search {} in {}", shown(pattern), path.as_ref().map_or("the folder".into(), shown))
        }
        ToolInput::Fetch { url } => format!("fetch {}", shown(url)),
        ToolInput::WebSearch { query } => format!("web search {}", shown(query)),
        ToolInput::Mcp { server, tool, arguments } => format!("mcp {server} {tool} {}", shown(arguments)),
        ToolInput::Subagent { prompt } => format!("sub-agent {}", shown(prompt)),
        ToolInput::Deferred { text } => format!("deferred {}", shown(text)),
        ToolInput::Unknown { input } => format!("unknown {}", shown(input)),
        other => format!("{other:?}"),
    }
}

fn line(name: &str, call: &ToolCall) -> String {
    let mut out = format!("{name}: {:?}", call.phase);
    if let Some(tool) = &call.tool {
        write!(out, " | {} = {}", tool.name, input(&tool.input)).unwrap();
    }
    if let Some(subagent) = &call.subagent {
        write!(out, " | of {} ({})", subagent.id, subagent.kind.as_deref().unwrap_or("?")).unwrap();
    }
    for (what, text) in
        [("output", &call.output), ("prompt", &call.prompt), ("rationale", &call.rationale), ("note", &call.note)]
    {
        if let Some(text) = text {
            write!(out, " | {what} {}", shown(text)).unwrap();
        }
    }
    for (what, there) in [("turn", call.turn.is_some()), ("call", call.call.is_some())] {
        if there {
            write!(out, " | {what}").unwrap();
        }
    }
    if let Some(mode) = &call.permission_mode {
        write!(out, " | {mode}").unwrap();
    }
    if let Some(ms) = call.duration_ms {
        write!(out, " | {ms} ms").unwrap();
    }
    out
}

fn decoded(folder: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/claude-code").join(folder);
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    names.sort();
    let mut out = String::new();
    for path in names {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let event = name.split(['.', '-']).next().unwrap();
        let call = taffrail_agents::decode(Agent::ClaudeCode, event, &std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(call.gaps, [], "{name}");
        assert_eq!(call.event, event);
        assert!(call.session.is_some() && call.cwd.is_some(), "{name}");
        writeln!(out, "{}", line(name, &call)).unwrap();
    }
    out
}

#[test]
fn every_documented_payload_decodes_without_a_gap() {
    insta::assert_snapshot!(decoded(""));
}

#[test]
fn every_recorded_payload_decodes_without_a_gap() {
    insta::assert_snapshot!(decoded("recorded"));
}

#[test]
fn no_cut_and_no_changed_byte_makes_decoding_panic_or_forget_its_event() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/claude-code/recorded");
    let mut decoded = 0;
    for name in ["PreToolUse-Bash", "PreToolUse-mcp", "PostToolUse-Edit", "PostToolUse-mcp", "SubagentStop"] {
        let whole = std::fs::read(folder.join(name).with_extension("json")).unwrap();
        let event = name.split('-').next().unwrap();
        let mut check = |payload: &[u8]| {
            if let Ok(call) = taffrail_agents::decode(Agent::ClaudeCode, event, payload) {
                assert_eq!(call.event, event);
                decoded += 1;
            }
        };
        for at in 0..whole.len() {
            check(&whole[..at]);
            for byte in [0, b'"', b'\\', b'{', b']', 0xFF] {
                let mut changed = whole.clone();
                changed[at] = byte;
                check(&changed);
            }
        }
    }
    assert!(decoded > 1000, "{decoded}: most changes within a text leave the payload readable");
}
