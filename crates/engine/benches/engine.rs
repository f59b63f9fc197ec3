//! Effects and findings to a judgement by the builtin rules; raw texts to sealed ones.

use criterion::{BatchSize, Criterion, Throughput};
use policy::{Input, Memory, MemoryKey, Places, Policy};
use protocol::facts::{Base, Blind};
use protocol::verdict::Action;
use protocol::{AbsPath, Agent, Facts, Finding, ToolCall};
use serde_json::{Value, json};
use std::fmt::Write;
use std::hint::black_box;
use taffrail_engine::Engine;
use taffrail_engine::parts::Levels;
use taffrail_engine::seal::{Keys, seal};

fn call(engine: &Engine, tool: &str, input: &Value) -> ToolCall {
    let payload = json!({
        "session_id": "7a0f3c52-1111-4222-8333-944445555666", "cwd": "/home/ana/shop", "permission_mode": "default",
        "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input, "tool_use_id": "toolu_01",
    });
    engine
        .decode(Agent::ClaudeCode, "PreToolUse", payload.to_string().as_bytes())
        .expect("the payload is one of Claude Code's")
}

/// No token of anybody's: made here, of the form that one has.
fn token() -> String {
    let mut state = 7u64;
    let letters = (0..36).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'A' + u8::try_from((state >> 33) % 26).unwrap_or_default())
    });
    format!("gh{}_{}", 'p', letters.collect::<String>())
}

fn decide(criterion: &mut Criterion, engine: &Engine, facts: Facts<'_>) {
    let (policy, memory) = (Policy::builtin(), Memory::new());
    let key = MemoryKey { uid: 1000, session: Some("one".into()), instance: None };
    let mut many = String::new();
    for number in 0..200 {
        writeln!(many, "rm -rf build/part{number}").expect("writing to a string does not fail");
    }
    let mut group = criterion.benchmark_group("decide");
    for (name, command, wanted) in [
        ("git status", "git status", Action::Allow),
        ("rm -rf ~", "rm -rf ~", Action::Block),
        ("200 deletions", &many, Action::Allow),
    ] {
        let call = call(engine, "Bash", &json!({ "command": command }));
        let judged = engine.judge(&call, facts, &policy, Some(&memory), &key, 0);
        let findings: Vec<Finding> = judged.findings.concat();
        let decide = || {
            policy.judge(&Input {
                effects: black_box(&judged.effects),
                findings: &findings,
                memory: Some(memory.view(&key, 0)),
                agent: Some(Agent::ClaudeCode),
                tool: Some("Bash"),
                places: Places { home: facts.base.home.as_ref(), workspace: &facts.base.workspace },
            })
        };
        assert_eq!(decide().acting.action, wanted, "{name}");
        group.bench_function(name, |bencher| bencher.iter(decide));
    }
    group.finish();
}

fn sealed(criterion: &mut Criterion, engine: &Engine, facts: Facts<'_>) {
    let (policy, memory) = (Policy::builtin(), Memory::new());
    let key = MemoryKey { uid: 1000, session: Some("one".into()), instance: None };
    let keys = Keys { device: [1; 32], tenant: None };
    let line = "let answer = compute(\"input\"); // nothing to see\n";
    let content = line.repeat((1 << 20) / line.len());
    let mut group = criterion.benchmark_group("seal");
    for (name, tool, input, secrets) in [
        ("git status", "Bash", json!({ "command": "git status" }), 0),
        (
            "a token",
            "Bash",
            json!({ "command": format!("curl -H 'Authorization: Bearer {}' https://x.example", token()) }),
            1,
        ),
        ("1 MB Write", "Write", json!({ "file_path": "/home/ana/shop/a.rs", "content": content }), 0),
    ] {
        let call = call(engine, tool, &input);
        let judged = engine.judge(&call, facts, &policy, Some(&memory), &key, 0);
        assert_eq!(judged.findings.concat().len(), secrets, "{name}");
        group.throughput(Throughput::Bytes(judged.parts.iter().map(|part| part.text.len() as u64).sum()));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || judged.findings.clone(),
                |findings| {
                    let parts = black_box(&judged.parts);
                    seal(parts, findings, &judged.effects, facts.base, &Levels::default(), &keys, &mut || [0; 16])
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn main() {
    let base = Base {
        cwd: AbsPath::normal(b"/home/ana/shop"),
        home: Some(AbsPath::normal(b"/home/ana")),
        workspace: vec![AbsPath::normal(b"/home/ana/shop")],
        user: Some("ana".to_owned()),
        temporary: Vec::new(),
        own_files: Vec::new(),
        case_sensitive: true,
    };
    let facts = Facts { base: &base, look: &Blind };
    let engine = Engine::default();
    let mut criterion = Criterion::default().without_plots().configure_from_args();
    decide(&mut criterion, &engine, facts);
    sealed(&mut criterion, &engine, facts);
}
