//! A payload of Claude Code to a `ToolCall`.

use criterion::{Criterion, Throughput};
use protocol::Agent;
use serde_json::{Value, json};
use std::hint::black_box;

fn payload(event: &str, tool: &str, input: &Value) -> Vec<u8> {
    json!({
        "session_id": "7a0f3c52-1111-4222-8333-944445555666",
        "transcript_path": "/home/ana/.claude/projects/shop/7a0f3c52.jsonl",
        "cwd": "/home/ana/shop",
        "permission_mode": "default",
        "hook_event_name": event,
        "tool_name": tool,
        "tool_input": input,
        "tool_use_id": "toolu_01",
    })
    .to_string()
    .into_bytes()
}

fn main() {
    let mut criterion = Criterion::default().without_plots().configure_from_args();
    let mut group = criterion.benchmark_group("decode");
    let line = "let answer = compute(\"input\"); // nothing to see\n";
    let cases = [
        ("git status", payload("PreToolUse", "Bash", &json!({ "command": "git status", "description": "Status" }))),
        (
            "1 MB Write",
            payload(
                "PreToolUse",
                "Write",
                &json!({ "file_path": "/home/ana/shop/a.rs", "content": line.repeat((1 << 20) / line.len()) }),
            ),
        ),
    ];
    for (name, payload) in cases {
        let decode = || taffrail_agents::decode(Agent::ClaudeCode, "PreToolUse", black_box(&payload));
        let call = decode().expect("the payload is one of Claude Code's");
        assert!(call.gaps.is_empty() && call.tool.is_some(), "{name} is not decoded whole");
        group.throughput(Throughput::Bytes(payload.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(decode));
    }
    group.finish();
}
