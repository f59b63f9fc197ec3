use super::*;
use crate::OnFailure;
use protocol::Text as _;
use serde_json::json;
use std::path::Path;

fn file(agent: Agent, path: &str) -> &'static WatchedFile {
    watched_files(agent).iter().find(|file| file.path == path).unwrap()
}

fn form(agent: Agent, path: &str, text: &str) -> Form {
    Form::of(agent, file(agent, path), text.as_bytes()).unwrap()
}

/// Meaning, name, before, after.
fn told(agent: Agent, path: &str, before: &str, after: &str) -> Vec<(Meaning, String, Option<String>, Option<String>)> {
    let text = |text: &RawText| text.lossy().into_owned();
    form(agent, path, before)
        .changes(&form(agent, path, after))
        .iter()
        .map(|c| (c.meaning, text(&c.name), c.before.as_ref().map(text), c.after.as_ref().map(text)))
        .collect()
}

fn meanings(agent: Agent, path: &str, before: &str, after: &str) -> Vec<Meaning> {
    told(agent, path, before, after).into_iter().map(|change| change.0).collect()
}

#[test]
fn our_hook_and_anybody_elses_are_told_apart_in_both_agents() {
    for (agent, path) in [(Agent::ClaudeCode, ".claude/settings.json"), (Agent::Cursor, ".cursor/hooks.json")] {
        let ours = crate::settings(agent, Path::new("/usr/bin/taffrail"), OnFailure::Continue).unwrap().to_string();
        assert!(form(agent, path, &ours).has_own() && form(agent, path, &ours).own.is_some());
        assert_eq!(
            form(agent, path, &ours).own.unwrap()["hooks"],
            serde_json::from_str::<Value>(&ours).unwrap()["hooks"]
        );
        let gone = meanings(agent, path, &ours, "{}");
        assert!(!gone.is_empty() && gone[0] == Meaning::OwnHookRemoved, "{gone:?}");
        let slow = ours.replacen("\"timeout\":", "\"timeout\":1", 1);
        assert_ne!(slow, ours);
        assert_eq!(meanings(agent, path, &ours, &slow), [Meaning::OwnHookChanged]);
    }
    let theirs = r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "say done"}]}]}}"#;
    let path = ".claude/settings.json";
    assert_eq!(
        told(Agent::ClaudeCode, path, "{}", theirs),
        [(Meaning::HookAdded, "Stop".to_owned(), None, Some("say done".to_owned()))]
    );
    assert_eq!(
        told(Agent::ClaudeCode, path, theirs, &theirs.replace("done", "ready")),
        [(Meaning::HookChanged, "Stop".to_owned(), Some("say done".to_owned()), Some("say ready".to_owned()))]
    );
}

#[test]
fn a_servers_values_are_compared_and_never_shown() {
    let server = |token: &str| {
        json!({"mcpServers": {"shop": {"command": "npx", "args": ["-y", "shop"], "env": {"TOKEN": token}},
               "web": {"url": format!("https://ana:{token}@example.com/mcp?key={token}"), "headers": {"X": token}}}})
        .to_string()
    };
    let changes = told(Agent::Cursor, ".cursor/mcp.json", &server("one-value"), &server("another-value"));
    assert_eq!(
        changes,
        [
            (
                Meaning::McpServerChanged,
                "shop".to_owned(),
                Some("npx -y shop (env: TOKEN)".to_owned()),
                Some("npx -y shop (env: TOKEN)".to_owned())
            ),
            (
                Meaning::McpServerChanged,
                "web".to_owned(),
                Some("https://example.com/mcp (headers: X)".to_owned()),
                Some("https://example.com/mcp (headers: X)".to_owned())
            ),
        ]
    );
    let path = ".claude/settings.json";
    let changes = told(Agent::ClaudeCode, path, r#"{"env": {"A": "1"}}"#, r#"{"env": {"A": "2"}}"#);
    assert_eq!(changes, [(Meaning::SettingChanged, "env.A".to_owned(), None, None)]);
}

#[test]
fn what_widens_comes_before_what_narrows() {
    use Meaning::{AutoApproveOn, HooksOff, PermissionNarrowed, PermissionWidened};
    let before = r#"{"permissions": {"allow": ["Bash(ls)"], "deny": ["Read(.env)"]}}"#;
    let after = r#"{"permissions": {"allow": ["Bash(*)"], "ask": ["Edit"], "defaultMode": "bypassPermissions"},
                    "disableAllHooks": true}"#;
    assert_eq!(
        meanings(Agent::ClaudeCode, ".claude/settings.json", before, after),
        [HooksOff, AutoApproveOn, PermissionWidened, PermissionWidened, PermissionNarrowed, PermissionNarrowed]
    );
}

#[test]
fn of_what_the_agent_notes_for_itself_only_servers_and_approvals_count() {
    let path = ".claude.json";
    let counts = r#"{"numStartups": 7, "projects": {"/w": {"history": ["x"]}}}"#;
    assert_eq!(meanings(Agent::ClaudeCode, path, "{}", counts), []);
    let trusts = r#"{"projects": {"/w": {"hasTrustDialogAccepted": true, "mcpServers": {"a": {"command": "b"}}}}}"#;
    assert_eq!(
        told(Agent::ClaudeCode, path, counts, trusts),
        [
            (Meaning::PermissionWidened, "trust in /w".to_owned(), None, None),
            (Meaning::McpServerAdded, "a in /w".to_owned(), None, Some("b".to_owned())),
        ]
    );
}

#[test]
fn comments_order_and_spaces_change_nothing_that_counts() {
    let path = ".claude/settings.json";
    let one = r#"{"model": "opus", "permissions": {"allow": ["A", "B"]}}"#;
    let other = "\u{feff}{ // mine\n \"permissions\": {\"allow\": [\"B\", \"A\",]},\r\n \"model\": \"opus\" }";
    assert_eq!(meanings(Agent::ClaudeCode, path, one, other), []);
}

#[test]
fn any_shape_is_read_without_a_panic_and_a_flood_is_bounded() {
    let shapes = [
        "{}",
        "{\"hooks\":1,\"permissions\":[],\"env\":[],\"mcpServers\":[1],\"autoRun\":3,\"projects\":{}}",
        "{\"hooks\":{\"a\":{},\"b\":[1,null,{\"hooks\":[1]}]},\"permissions\":{\"allow\":{\"x\":1},\"deny\":[1,[2]]}}",
    ];
    for agent in Agent::ALL {
        for file in watched_files(*agent) {
            for shape in shapes {
                Form::of(*agent, file, shape.as_bytes()).unwrap();
            }
            Form::of(*agent, file, b"\xff\xfe{").map_or_else(|why| assert_eq!(why, Unread::NotText), drop);
        }
    }
    let many: Vec<String> = (0..100_000).map(|n| format!("Bash({n})")).collect();
    let flood = form(Agent::ClaudeCode, ".claude/settings.json", &json!({"permissions": {"allow": many}}).to_string());
    assert!(flood.items.len() <= 2049, "{}", flood.items.len());
    let fewer = &many[..99_999];
    let other = form(Agent::ClaudeCode, ".claude/settings.json", &json!({"permissions": {"allow": fewer}}).to_string());
    assert_eq!(flood.changes(&other).len(), 1);
}

#[test]
fn every_watched_path_can_be_walked() {
    for agent in Agent::ALL {
        assert!(!watched_files(*agent).is_empty());
        for file in watched_files(*agent) {
            assert!(file.path.split('/').all(|part| !part.is_empty() && part.matches('*').count() <= 1), "{file:?}");
        }
    }
}

/// Half of a secret is not always seen to be one when it is masked.
#[test]
fn a_text_that_is_too_long_is_cut_between_words() {
    let settings = |command: String| json!({"hooks": {"Stop": [{"hooks": [{"type": "command", "command": command}]}]}});
    let secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    for before in [480, 500, 511] {
        let command = format!("{} {secret} tail", "x".repeat(before));
        let told = told(Agent::ClaudeCode, ".claude/settings.json", "{}", &settings(command).to_string());
        let shown = told[0].3.as_deref().unwrap();
        assert!(shown.ends_with(" …") && !shown.contains("ghp"), "{shown}");
    }
}
