"""What differs between the clients: where hooks are configured, how a prompt is
passed, which variables point the client at the mock and keep it offline."""
from __future__ import annotations

import json
import shlex
from pathlib import Path

HOOK_EVENTS = {
    "claude-code": ["SessionStart", "SessionEnd", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure",
                    "PostToolBatch", "PermissionRequest", "PermissionDenied", "Notification", "Stop", "StopFailure",
                    "SubagentStart", "SubagentStop", "PreCompact", "PostCompact", "ConfigChange", "InstructionsLoaded",
                    "CwdChanged", "UserPromptExpansion", "Setup"],
    "codex": ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PermissionRequest", "Stop",
              "SubagentStart", "SubagentStop", "PreCompact", "PostCompact"],
    "gemini": ["SessionStart", "SessionEnd", "BeforeAgent", "AfterAgent", "BeforeModel", "AfterModel",
               "BeforeToolSelection", "BeforeTool", "AfterTool", "PreCompress", "Notification"],
    "copilot": ["sessionStart", "sessionEnd", "userPromptSubmitted", "preToolUse", "postToolUse", "postToolUseFailure",
                "permissionRequest", "errorOccurred", "agentStop", "subagentStart", "subagentStop", "preCompact",
                "notification"],
}
# Events whose hooks take a tool matcher.
MATCHED = {"PreToolUse", "PostToolUse", "PostToolUseFailure", "PermissionRequest", "PermissionDenied", "BeforeTool", "AfterTool"}


def write(path: Path, obj):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(obj if isinstance(obj, str) else json.dumps(obj, indent=2))


def merge(a: dict, b: dict) -> dict:
    for k, v in b.items():
        a[k] = merge(a[k], v) if isinstance(v, dict) and isinstance(a.get(k), dict) else v
    return a


def hooks_map(events, command, timeout, matcher, per_event_arg=False):
    out = {}
    for ev in events:
        h = {"type": "command", "command": f"{command} {ev}" if per_event_arg else command}
        if timeout is not None:
            h["timeout"] = int(timeout) if timeout == int(timeout) else timeout  # Codex refuses 1.0
        group = {"hooks": [h]}
        if ev in MATCHED:
            group["matcher"] = matcher
        out[ev] = [group]
    return out


class Setup:
    """Inputs: o (options), ports, paths.  Outputs: argv, env."""

    def __init__(self, client, binary: Path, home: Path, work: Path, port: int, prompt: str, o, mcp_server: Path):
        self.bin, self.home, self.work, self.port, self.prompt, self.o, self.mcp = binary, home, work, port, prompt, o, mcp_server
        self.events = o.hook_events.split(",") if o.hook_events else HOOK_EVENTS[client]
        self.env = {}
        self.argv = []
        self.stdin = ""
        getattr(self, client.replace("-", "_"))()

    # -- Claude Code -------------------------------------------------------
    def claude_code(self):
        o = self.o
        settings = {} if o.no_allow else {"permissions": {"allow": [
            "Bash", "Read", "Write", "Edit", "Agent", "WebFetch", "mcp__marker"], "additionalDirectories": [str(self.work.parent)]}}
        hooks = {"hooks": hooks_map(self.events, o.hook_command, o.hook_timeout, o.hook_matcher)} if o.hook_command else {}
        if o.hook_scope == "user":
            settings.update(hooks)
        elif o.hook_scope == "project":
            write(self.work / ".claude/settings.json", hooks)
        elif o.hook_scope == "local":
            write(self.work / ".claude/settings.local.json", hooks)
        merge(settings, json.loads(o.settings or "{}"))
        write(self.home / ".claude/settings.json", settings)
        write(self.home / ".claude.json", {
            "hasCompletedOnboarding": True, "theme": "dark", "hasSeenTasksHint": True, "numStartups": 5,
            "bypassPermissionsModeAccepted": True, "customApiKeyResponses": {"approved": ["key-for-mock-0123456789"[-20:]], "rejected": []},
            "mcpServers": {"marker": {"type": "stdio", "command": str(self.mcp), "args": []}},
            "projects": {str(self.work): {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True,
                                          "projectOnboardingSeenCount": 1, "allowedTools": []}}})
        self.env = {
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{self.port}", "ANTHROPIC_API_KEY": "key-for-mock-0123456789",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1",
            "DISABLE_ERROR_REPORTING": "1", "DISABLE_BUG_COMMAND": "1", "DISABLE_INSTALLATION_CHECKS": "1",
            "MCP_TIMEOUT": "10000"}
        if o.tty:
            # the UI starts in auto mode, which asks a classifier on the vendor's servers
            chosen = any("permission" in arg for arg in o.client_arg)
            mode = [] if chosen else ["--permission-mode", "manual"]
            self.argv = [str(self.bin), *([] if o.no_ax else ["--ax-screen-reader"]), *mode, *o.client_arg, self.prompt]
        else:
            self.argv = [str(self.bin), "-p", "--output-format", "stream-json", "--verbose", "--include-hook-events",
                         *o.client_arg, self.prompt]

    # -- Codex -------------------------------------------------------------
    def codex(self):
        o = self.o
        toml = [
            'model = "gpt-5.5"', 'model_provider = "mock"', 'check_for_update_on_startup = false',
            'approval_policy = "%s"' % ("on-request" if o.no_allow else "never"),
            'sandbox_mode = "%s"' % ("read-only" if o.no_allow else "danger-full-access"), 'web_search = "disabled"',
            '[model_providers.mock]', 'name = "mock"', f'base_url = "http://127.0.0.1:{self.port}/v1"', 'wire_api = "responses"',
            'env_key = "MOCK_KEY"', 'request_max_retries = 1', 'stream_max_retries = 1', 'supports_websockets = false',
            '[analytics]', 'enabled = false', '[feedback]', 'enabled = false',
            '[mcp_servers.marker]', f'command = "{self.mcp}"', 'args = []',
            f'[projects."{self.work}"]', 'trust_level = "trusted"', '[features]', 'hooks = true', 'apps = false', 'plugins = false',
            'remote_plugin = false', 'plugin_sharing = false']
        write(self.home / ".codex/config.toml", "\n".join(toml) + "\n" + (o.settings or ""))
        if o.hook_command:
            target = self.work if o.hook_scope == "project" else self.home
            write(target / ".codex/hooks.json", {"hooks": hooks_map(self.events, o.hook_command, o.hook_timeout, o.hook_matcher)})
        self.env = {"MOCK_KEY": "key-for-mock", "CODEX_HOME": str(self.home / ".codex")}
        trust = [] if o.no_hook_trust else ["--dangerously-bypass-hook-trust"]
        if o.tty:
            self.argv = [str(self.bin), *trust, *o.client_arg, self.prompt]
        else:
            self.argv = [str(self.bin), "exec", "--json", "--skip-git-repo-check", *trust, *o.client_arg, self.prompt]

    # -- Gemini CLI --------------------------------------------------------
    def gemini(self):
        o = self.o
        s = {"security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}},
             "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False, "disableAutoUpdate": True},
             "privacy": {"usageStatisticsEnabled": False}, "telemetry": {"enabled": False}, "ui": {"hideTips": True},
             "hooksConfig": {"enabled": True, "notifications": True},
             "mcpServers": {"marker": {"command": str(self.mcp), "args": [], "trust": True}}}
        if o.hook_command:
            hooks = {"hooks": hooks_map(self.events, o.hook_command, None if o.hook_timeout is None else int(o.hook_timeout * 1000),
                                        o.hook_matcher)}
            if o.hook_scope == "project":
                write(self.work / ".gemini/settings.json", hooks)
            else:
                s.update(hooks)
        merge(s, json.loads(o.settings or "{}"))
        write(self.home / ".gemini/settings.json", s)
        self.env = {"GEMINI_API_KEY": "key-for-mock", "GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{self.port}",
                    "GEMINI_CLI_DISABLE_AUTO_UPDATE": "1", "GEMINI_CLI_NO_RELAUNCH": "true", "GEMINI_CLI_TRUST_WORKSPACE": "true"}
        mode = "default" if o.no_allow else "yolo"
        if o.tty:
            self.argv = [str(self.bin), "-m", "gemini-2.5-flash", "--approval-mode", mode, "--screen-reader", *o.client_arg, "-i", self.prompt]
        else:
            self.argv = [str(self.bin), "-m", "gemini-2.5-flash", "--approval-mode", mode, "-o", "stream-json", *o.client_arg, "-p", self.prompt]

    # -- Copilot CLI -------------------------------------------------------
    def copilot(self):
        o = self.o
        write(self.home / ".copilot/config.json", merge({"trustedFolders": [str(self.work), str(self.work.parent)],
                                                         "trusted_folders": [str(self.work), str(self.work.parent)], "banner": "never"},
                                                        json.loads(o.settings or "{}")))
        write(self.home / ".copilot/mcp-config.json", {"mcpServers": {"marker": {
            "type": "local", "command": str(self.mcp), "args": [], "tools": ["*"]}}})
        if o.hook_command:
            hooks = {}
            for ev in self.events:
                h = {"type": "command", "bash": f"{o.hook_command} {ev}" if o.hook_event_arg else o.hook_command}
                if o.hook_timeout is not None:
                    h["timeoutSec"] = int(o.hook_timeout) if o.hook_timeout == int(o.hook_timeout) else o.hook_timeout
                hooks[ev] = [h]
            target = self.work / ".github/hooks/hooks.json" if o.hook_scope == "project" else self.home / ".copilot/hooks/hooks.json"
            write(target, {"version": 1, "hooks": hooks})
        self.env = {"COPILOT_OFFLINE": "true", "COPILOT_PROVIDER_BASE_URL": f"http://127.0.0.1:{self.port}/v1",
                    "COPILOT_PROVIDER_TYPE": "openai", "COPILOT_PROVIDER_API_KEY": "key-for-mock", "COPILOT_MODEL": "gpt-4.1",
                    "COPILOT_AUTO_UPDATE": "false", "COPILOT_HOME": str(self.home / ".copilot")}
        allow = [] if o.no_allow else ["--allow-all-tools", "--allow-all-paths"]
        if o.tty:
            self.argv = [str(self.bin), "--screen-reader", *allow, *o.client_arg, "-i", self.prompt]
        else:
            self.argv = [str(self.bin), "--output-format", "json", "--log-level", "all", "--log-dir", str(self.home / "logs"), "--stream", "on",
                         *allow, *o.client_arg, "-p", self.prompt]
