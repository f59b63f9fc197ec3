//! A table of edits over both agents.

use super::{Watched, rename_in, write};
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use test_support::Hook;

/// How it is done, where, and what the record must say first.
struct Edit {
    how: How,
    /// Below the home folder, or with `P/` below the project.
    path: &'static str,
    meaning: &'static str,
}

enum How {
    /// Written over, as `echo >` does.
    Write(&'static str),
    /// A new file in its place.
    Rename(&'static str),
    /// Added at the end.
    Append(&'static str),
    Remove,
    /// A link to a file elsewhere, which has this content.
    Link(&'static str),
    /// The file that the link leads to is changed where it lies.
    Behind(&'static str),
    /// The whole folder goes away under another name.
    MoveFolder,
    /// And comes back.
    MoveBack,
    Mode(u32),
}
use How::{Append, Behind, Link, Mode, MoveBack, MoveFolder, Remove, Rename, Write};

const fn edit(how: How, path: &'static str, meaning: &'static str) -> Edit {
    Edit { how, path, meaning }
}

const CLAUDE: &str = ".claude/settings.json";
const HOOK: &str = r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "say done"}]}]}}"#;
const OTHER_HOOK: &str = r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "say ready"}]}]}}"#;
const SERVER: &str = r#"{"mcpServers": {"shop": {"command": "npx", "args": ["shop"]}}}"#;

/// In this order, each upon what the one before it left.
#[rustfmt::skip]
const EDITS: &[Edit] = &[
    edit(Write(HOOK), CLAUDE, "hook-added"),
    edit(Rename(OTHER_HOOK), CLAUDE, "hook-changed"),
    edit(Append("\n\n"), CLAUDE, "form-changed"),
    edit(Write("{}"), CLAUDE, "hook-removed"),
    edit(Write(r#"{"disableAllHooks": true}"#), CLAUDE, "hooks-off"),
    edit(Rename("{}"), CLAUDE, "hooks-on"),
    edit(Write(r#"{"permissions": {"allow": ["Bash(*)"]}}"#), CLAUDE, "permission-widened"),
    edit(Write(r#"{"permissions": {"allow": ["Bash(*)"], "deny": ["Read(.env)"]}}"#), CLAUDE, "permission-narrowed"),
    edit(Rename(r#"{"permissions": {"deny": ["Read(.env)"], "defaultMode": "bypassPermissions"}}"#), CLAUDE, "auto-approve-on"),
    edit(Write(r#"{"permissions": {"deny": ["Read(.env)"]}}"#), CLAUDE, "auto-approve-off"),
    edit(Write(r#"{"permissions": {"#), CLAUDE, "file-unreadable"),
    edit(Write(r#"{"model": "opus", "permissions": {"deny": ["Read(.env)"]}}"#), CLAUDE, "setting-changed"),
    edit(Write(r#"{"permissions": {"deny": ["Read(.env)"]}, "model": "opus", "env": {"A": "1"}}"#), CLAUDE, "setting-changed"),
    edit(Write(r#"{"permissions": {"deny": []}, "enabledPlugins": {"a@b": true}, "model": "opus", "env": {"A": "1"}}"#), CLAUDE, "permission-widened"),
    edit(Remove, CLAUDE, "setting-changed"),
    edit(Link(HOOK), CLAUDE, "hook-added"),
    edit(Behind(OTHER_HOOK), CLAUDE, "hook-changed"),
    edit(Remove, CLAUDE, "hook-removed"),
    edit(Write(SERVER), ".claude.json", "mcp-server-added"),
    edit(Rename(r#"{"projects": {"/w": {"hasTrustDialogAccepted": true}}, "numStartups": 3}"#), ".claude.json", "permission-widened"),
    edit(Write("Be brief."), ".claude/CLAUDE.md", "instructions-added"),
    edit(Append(" Be kind."), ".claude/CLAUDE.md", "instructions-changed"),
    edit(Remove, ".claude/CLAUDE.md", "instructions-removed"),
    edit(Write("---\nname: a\n---\n"), ".claude/skills/a/SKILL.md", "skill-added"),
    edit(Rename("---\nname: b\n---\n"), ".claude/skills/a/SKILL.md", "skill-changed"),
    edit(Write("Do it."), ".claude/agents/helper.md", "skill-added"),
    edit(Write("Do it."), ".claude/commands/go.md", "skill-added"),
    edit(Remove, ".claude/commands/go.md", "skill-removed"),
    edit(Write(r#"{"plugins": {"a@b": [{"version": "1"}]}}"#), ".claude/plugins/installed_plugins.json", "plugin-added"),
    edit(Write(r#"{"plugins": {"a@b": [{"version": "2"}]}}"#), ".claude/plugins/installed_plugins.json", "plugin-changed"),
    edit(Write(HOOK), "P/.claude/settings.json", "hook-added"),
    edit(Rename(r#"{"enableAllProjectMcpServers": true}"#), "P/.claude/settings.local.json", "auto-approve-on"),
    edit(Write(SERVER), "P/.mcp.json", "mcp-server-added"),
    edit(Write(r#"{"mcpServers": {"shop": {"command": "npx", "args": ["other"]}}}"#), "P/.mcp.json", "mcp-server-changed"),
    edit(Remove, "P/.mcp.json", "mcp-server-removed"),
    edit(Write("Use tabs."), "P/CLAUDE.md", "instructions-added"),
    edit(Rename("Use spaces."), "P/CLAUDE.md", "instructions-changed"),
    edit(Write("Use spaces."), "P/AGENTS.md", "instructions-added"),
    edit(MoveFolder, "P/.claude", "hook-removed"),
    edit(MoveBack, "P/.claude", "hook-added"),
    edit(Write(r#"{"version": 1, "hooks": {"stop": [{"command": "say done"}]}}"#), ".cursor/hooks.json", "hook-added"),
    edit(Rename(r#"{"version": 1, "hooks": {"stop": [{"command": "say ready"}]}}"#), ".cursor/hooks.json", "hook-changed"),
    edit(Write("{\"version\": 1, \"hooks\": {}}"), ".cursor/hooks.json", "hook-removed"),
    edit(Rename(SERVER), ".cursor/mcp.json", "mcp-server-added"),
    edit(Write("{}"), ".cursor/mcp.json", "mcp-server-removed"),
    edit(Write(r#"{"terminalAllowlist": ["git"]}"#), ".cursor/permissions.json", "permission-widened"),
    edit(Write(r#"{"terminalAllowlist": ["git"], "autoRun": {"mode": "all"}}"#), ".cursor/permissions.json", "auto-approve-on"),
    edit(Rename(r#"{"permissions": {"allow": ["Shell(ls)"], "deny": []}}"#), ".cursor/cli-config.json", "permission-widened"),
    edit(Write("Always."), "P/.cursor/rules/style.mdc", "instructions-added"),
    edit(Append(" Never."), "P/.cursor/rules/style.mdc", "instructions-changed"),
    edit(Write("Always."), "P/.cursor/rules/deep/more.mdc", "instructions-added"),
    edit(Write(SERVER), "P/.cursor/mcp.json", "mcp-server-added"),
    edit(Write("Be brief."), "P/.cursorrules", "instructions-added"),
    edit(Remove, "P/.cursorrules", "instructions-removed"),
    edit(Write("secret/\n"), "P/.cursorignore", "setting-changed"),
    edit(Mode(0), "P/.cursorignore", "file-unreadable"),
    edit(Remove, "P/.cursorignore", "setting-changed"),
];

impl Edit {
    fn carry_out(&self, path: &Path, root: &Path) -> Result<()> {
        let elsewhere = root.join("elsewhere.json");
        let aside = |path: &Path| path.with_extension("aside");
        match self.how {
            Write(text) => write(path, text),
            Rename(text) => rename_in(path, text),
            Append(text) => {
                use std::io::Write as _;
                Ok(fs::File::options().append(true).open(path)?.write_all(text.as_bytes())?)
            }
            Remove => Ok(fs::remove_file(path)?),
            Link(text) => {
                write(&elsewhere, text)?;
                Ok(symlink(&elsewhere, path)?)
            }
            Behind(text) => write(&elsewhere, text),
            MoveFolder => Ok(fs::rename(path, aside(path))?),
            MoveBack => Ok(fs::rename(aside(path), path)?),
            Mode(mode) => {
                use std::os::unix::fs::PermissionsExt as _;
                Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
            }
        }
    }
}

#[test]
fn every_edit_is_one_record_with_its_meaning_within_two_seconds() -> Result<()> {
    // Root reads what nobody may: for it a file without any right is as before.
    let root = rustix::process::geteuid().is_root();
    let edits: Vec<&Edit> = EDITS.iter().filter(|edit| !(root && matches!(edit.how, Mode(_)))).collect();
    ensure!(edits.len() >= 40, "only {} edits", edits.len());
    let watched = Watched::start(|_| Ok(()))?;
    let mut known = watched.details()?.len();
    ensure!(known == 0, "records before any edit: {:?}", watched.details()?);
    for (number, edit) in edits.iter().enumerate() {
        let path: PathBuf = match edit.path.strip_prefix("P/") {
            Some(below) => watched.project().join(below),
            None => watched.home.home().join(edit.path),
        };
        edit.carry_out(&path, watched.home.root()).with_context(|| format!("edit {number} of {}", edit.path))?;
        // A folder holds more than one file: each has its record.
        let count = if matches!(edit.how, MoveFolder | MoveBack) { 2 } else { 1 };
        let found = watched.next(known, count).with_context(|| format!("edit {number} of {}", edit.path))?;
        let first = &found[0];
        ensure!(found.len() == count, "edit {number} of {}: {found:?}", edit.path);
        ensure!(first["meanings"][0] == edit.meaning, "edit {number} of {}: {first}", edit.path);
        ensure!(first["by"] == "unknown", "{first}");
        let file = first["file"].as_str().unwrap_or_default();
        ensure!(Path::new(file).starts_with(&path), "{file} is not {}", path.display());
        known += count;
    }
    watched.quiet(known)?;
    ensure!(watched.daemon.stop()?.success());
    Ok(())
}

#[test]
fn a_change_that_a_call_brought_about_names_the_call_and_hides_its_secrets() -> Result<()> {
    let watched = Watched::start(|_| Ok(()))?;
    let path = watched.project().join(".mcp.json");
    let token = format!("ghp_{}", "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zZ1b2C");
    let text = json!({"mcpServers": {"shop": {"command": "npx", "args": ["shop", "--token", token]}}}).to_string();
    let input = json!({"file_path": path, "content": text});
    Hook::before(&watched.home, "Write", &input).run()?;
    write(&path, &text)?;
    let found = watched.next(0, 1)?;
    ensure!(found[0]["meanings"][0] == "mcp-server-added", "{found:?}");
    let session = "7a0f3c52-1111-4222-8333-944445555666";
    ensure!(found[0]["by"]["call"]["session"] == session, "{found:?}");
    ensure!(!found[0].to_string().contains(&token) && found[0].to_string().contains('‹'), "{found:?}");

    let shown = watched.home.taffrail(["log"])?.text();
    ensure!(shown.contains("MCP server added  (by the call "), "{shown}");
    Ok(())
}
