//! Decoded payloads, each as one line that shows what was made of it.

use protocol::{Agent, RawText, Text, ToolCall, ToolInput};
use std::fmt::Write;
use std::path::{Path, PathBuf};

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
        ToolInput::Delete { path } => format!("delete {}", shown(path)),
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

pub(crate) fn samples(agent: Agent) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(agent.name())
}

/// Every sample of a folder, decoded; its name begins with the event. `check` says what must hold of it.
pub(crate) fn decoded(agent: Agent, folder: &Path, check: impl Fn(&str, &ToolCall)) -> String {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    names.sort();
    let mut out = String::new();
    for path in names {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let event = name.split(['.', '-']).next().unwrap();
        let call = taffrail_agents::decode(agent, event, &std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(call.event, event);
        check(name, &call);
        writeln!(out, "{}", line(name, &call)).unwrap();
    }
    out
}

/// Decodes every beginning of these samples, and each with every byte changed in turn; says how many of them still are
/// payloads.
pub(crate) fn damaged(agent: Agent, folder: &Path, names: &[&str]) -> usize {
    let mut decoded = 0;
    for name in names {
        let whole = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
        let event = name.split(['.', '-']).next().unwrap();
        let mut check = |payload: &[u8]| {
            if let Ok(call) = taffrail_agents::decode(agent, event, payload) {
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
    decoded
}
