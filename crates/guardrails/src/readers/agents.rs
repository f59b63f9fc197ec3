//! Other agents, and keys that are typed in a person's place.

use super::raw;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, ConfigKind, ImpersonateKind};
use protocol::{Field, Text};

/// Another agent: its own flags say what it may do.
pub(super) fn agent(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let verb = call.operands().first().and_then(Value::known).unwrap_or_default();
    let arguments = call.words.iter().map(Value::field).collect();
    if matches!(verb, b"mcp") {
        let changes = call.operands().get(1).and_then(Value::known).is_some_and(|word| {
            matches!(
                word,
                b"add"
                    | b"remove"
                    | b"add-json"
                    | b"enable"
                    | b"disable"
                    | b"reset-project-choices"
                    | b"add-from-claude-desktop"
            )
        });
        if changes {
            walker.push(Action::ConfigureAgent {
                agent: Field::Known(raw(call.name)),
                what: ConfigKind::McpServers,
                target: None,
            });
            if call.operands().get(1).is_some_and(|word| word.is("add-json")) {
                for text in call.operands().iter().skip(2).filter_map(Value::known) {
                    walker.settings_later(text);
                }
            }
        }
        return Flow::Output;
    }
    if matches!(verb, b"config" | b"plugin" | b"plugins" | b"extensions" | b"hooks" | b"install") {
        let changes = call
            .operands()
            .get(1)
            .and_then(Value::known)
            .is_some_and(|word| !matches!(word, b"get" | b"list" | b"ls" | b"show"));
        if changes {
            walker.push(Action::ConfigureAgent {
                agent: Field::Known(raw(call.name)),
                what: ConfigKind::Settings,
                target: None,
            });
        }
        return Flow::Output;
    }
    if matches!(verb, b"doctor" | b"update" | b"login" | b"logout" | b"help" | b"version" | b"auth" | b"completion")
        || call.has(&["-v", "--version", "-h", "--help"])
    {
        return Flow::Output;
    }
    let what = if unguarded(walker, call) {
        Some(ConfigKind::Permissions)
    } else if call.has(&["--settings", "--mcp-config", "--setting-sources"]) {
        Some(ConfigKind::Settings)
    } else {
        None
    };
    if let Some(what) = what {
        walker.push(Action::ConfigureAgent { agent: Field::Known(raw(call.name)), what, target: None });
    }
    walker.push(Action::StartAgent { agent: Field::Known(raw(call.name)), arguments });
    Flow::Output
}

/// Is it started so that nobody is asked, or without the settings that guard it?
fn unguarded(walker: &Walker<'_>, call: &Call<'_>) -> bool {
    let open_mode = call
        .arguments
        .value(&["--permission-mode", "--approval-mode", "-a", "--ask-for-approval", "-s", "--sandbox"])
        .and_then(Value::known)
        .is_some_and(|mode| matches!(mode, b"bypassPermissions" | b"yolo" | b"never" | b"danger-full-access"));
    let open_flag = call.arguments.options.iter().any(|(name, _)| {
        name.starts_with(b"--dangerously-")
            || matches!(
                name.as_slice(),
                b"--yolo" | b"--allow-all-tools" | b"--allow-all" | b"--bare" | b"--trust-all-tools"
            )
    });
    let open_setting = call.arguments.values(&["--settings", "-c", "--config", "--setting-sources"]).any(|value| {
        value.written().is_some_and(|text| {
            ["hooks", "disableAllHooks", "bypassPermissions", "danger-full-access"]
                .iter()
                .any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
                || (text.starts_with(b"approval_policy") && text.ends_with(b"never"))
                || text.starts_with(b"approval_policy=\"never")
                || text.is_empty()
        })
    });
    let other_folder = CONFIG_FOLDERS
        .iter()
        .any(|name| walker.shell.variables.get(name.as_bytes()).is_some_and(|values| !values.is_empty()));
    open_mode || open_flag || open_setting || other_folder
}

/// Variables that lead an agent to other settings than the person's.
const CONFIG_FOLDERS: [&str; 6] = [
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "GEMINI_CLI_HOME",
    "GEMINI_CLI_SYSTEM_SETTINGS_PATH",
    "CURSOR_CONFIG_DIR",
    "COPILOT_HOME",
];

/// Keys that mean yes to whoever asks.
fn is_answer(keys: &[u8]) -> bool {
    let lower = keys.trim_ascii().to_ascii_lowercase();
    let lower =
        lower.strip_suffix(b"\\n").or(lower.strip_suffix(b"\\r")).or(lower.strip_suffix(b"^m")).unwrap_or(&lower);
    matches!(
        lower,
        b"y" | b"yes"
            | b"1"
            | b"2"
            | b"a"
            | b"allow"
            | b"approve"
            | b"accept"
            | b"ok"
            | b"enter"
            | b"return"
            | b"c-m"
            | b"kp_enter"
            | b"shift+tab"
            | b"btab"
            | b""
    )
}

/// Words by which panes, windows and sessions of agents are named.
const AGENTS: [&str; 14] = [
    "claude", "codex", "gemini", "cursor", "copilot", "aider", "opencode", "amp", "goose", "cline", "droid", "crush",
    "agent", "agents",
];

/// Does the word name an agent: a pane, a window, a session?
fn names_an_agent(word: &[u8]) -> bool {
    word.split(|b| !b.is_ascii_alphanumeric())
        .any(|part| AGENTS.iter().any(|name| part.eq_ignore_ascii_case(name.as_bytes())))
}

/// Was a session or window opened in this call? Then what asks there was started here.
fn makes_a_pane(walker: &Walker<'_>) -> bool {
    let opens = [&b"new-session"[..], b"new", b"new-window", b"neww", b"split-window", b"splitw", b"-dmS"];
    walker.recent().any(|effect| match &effect.action {
        Action::Run { program, arguments, .. } => {
            let multiplexer = program.known().is_some_and(|name| matches!(name.bytes(), b"tmux" | b"screen"));
            multiplexer && arguments.iter().any(|word| word.known().is_some_and(|word| opens.contains(&word.bytes())))
        }
        _ => false,
    })
}

/// `tmux send-keys -t pane keys…`: into whose pane, and are they an answer?
pub(super) fn pane_keys(walker: &mut Walker<'_>, call: &Call<'_>) {
    let into_agent =
        call.arguments.values(&["-t", "-S", "-s", "-p"]).any(|pane| pane.written().is_some_and(names_an_agent));
    let panes: Vec<&Value> = call.arguments.values(&["-t", "-S", "-s", "-p"]).collect();
    let keys: Vec<&[u8]> = call
        .words
        .iter()
        .filter(|word| !panes.contains(word))
        .filter_map(Value::known)
        .filter(|word| !word.starts_with(b"-") && !names_an_agent(word))
        .filter(|word| !matches!(*word, b"send-keys" | b"send" | b"stuff" | b"action" | b"write-chars"))
        .collect();
    // A word that says yes, into a pane that this call did not make: somebody is asked there.
    let says_yes = keys.iter().any(|keys| matches!(keys.trim_ascii(), b"y" | b"Y" | b"yes" | b"1" | b"2" | b"a"));
    if (into_agent || says_yes && !makes_a_pane(walker)) && !keys.is_empty() && keys.iter().all(|keys| is_answer(keys))
    {
        walker.push(Action::ImpersonatePerson { kind: ImpersonateKind::PermissionPrompt });
    }
    walker.push(Action::ImpersonatePerson { kind: ImpersonateKind::Keystrokes });
}

/// `xdotool type y`, `wtype -k Return`, `cliclick kp:return`.
pub(super) fn keystrokes(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words: Vec<&[u8]> = call.words.iter().map(|word| word.written().unwrap_or(b"*")).collect();
    let is_verb = |word: &[u8]| matches!(word, b"type" | b"key" | b"keydown");
    let prefixed = |word: &&[u8]| {
        [&b"t:"[..], b"kp:", b"str ", b"key "].iter().find_map(|prefix| word.strip_prefix(*prefix).map(<[u8]>::to_vec))
    };
    let typed: Vec<Vec<u8>> = match words.iter().rposition(|word| is_verb(word)) {
        Some(at) => {
            let behind = words.get(at + 1..).unwrap_or_default();
            behind.iter().filter(|word| word.first() != Some(&b'-')).map(|word| word.to_vec()).collect()
        }
        None if call.name == "wtype" => {
            words.iter().filter(|word| word.first() != Some(&b'-')).map(|word| word.to_vec()).collect()
        }
        None => words.iter().filter_map(prefixed).collect(),
    };
    let clicks =
        words.iter().any(|word| matches!(*word, b"click" | b"mousedown" | b"mousemove") || word.starts_with(b"c:"));
    if !typed.is_empty() {
        typed_in(walker, &typed);
    } else if clicks {
        walker.push(Action::ImpersonatePerson { kind: ImpersonateKind::Interface });
    } else if call.name == "dotool" {
        walker.push(Action::ImpersonatePerson { kind: ImpersonateKind::Keystrokes });
    }
    Flow::Output
}

fn typed_in(walker: &mut Walker<'_>, typed: &[Vec<u8>]) {
    // `28:1 28:0` is the Return key as ydotool names it.
    if typed.iter().all(|keys| is_answer(keys) || keys.starts_with(b"28:")) {
        walker.push(Action::ImpersonatePerson { kind: ImpersonateKind::PermissionPrompt });
    }
    walker.push(Action::ImpersonatePerson { kind: ImpersonateKind::Keystrokes });
}

/// `AppleScript`: keys and clicks by System Events, and shell commands in it.
pub(super) fn osascript(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut text = Vec::new();
    for word in call.arguments.values(&["-e"]) {
        text.extend_from_slice(word.written().unwrap_or_default());
        text.push(b'\n');
    }
    if let Flow::Text(code) = &call.stdin {
        text.extend_from_slice(code);
    }
    if text.is_empty() {
        walker.push(Action::ImpersonatePerson { kind: ImpersonateKind::Interface });
        return match call.operands().first() {
            Some(file) => walker.run_file(super::Lang::Other, file, call, &[]),
            None => Flow::Output,
        };
    }
    for line in literals_behind(&text, b"do shell script") {
        walker.carried("osascript", |walker| walker.new_shell_text(&line, &Flow::Inherit, Vec::new()));
    }
    if memchr::memmem::find(&text, b"System Events").is_some() {
        let mut typed = literals_behind(&text, b"keystroke");
        let codes = [&b"key code 36"[..], b"key code 76", b"keystroke return"];
        if codes.iter().any(|code| memchr::memmem::find(&text, code).is_some()) {
            typed.push(b"return".to_vec());
        }
        let consents = literals_behind(&text, b"click button").iter().any(|label| {
            let label = label.to_ascii_lowercase();
            [&b"allow"[..], b"approve", b"accept", b"always", b"yes", b"run", b"trust"]
                .iter()
                .any(|word| label.starts_with(word))
        });
        if consents {
            walker.push(Action::ImpersonatePerson { kind: ImpersonateKind::PermissionPrompt });
        }
        if typed.is_empty() {
            walker.push(Action::ImpersonatePerson { kind: ImpersonateKind::Interface });
        } else {
            typed_in(walker, &typed);
        }
    }
    Flow::Output
}

/// The quoted texts that stand right behind a word.
fn literals_behind(text: &[u8], word: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, word) {
        rest = rest.get(at + word.len()..).unwrap_or_default();
        let Some(inner) = rest.trim_ascii_start().strip_prefix(b"\"") else { continue };
        let mut literal = Vec::new();
        let mut bytes = inner.iter();
        while let Some(&byte) = bytes.next() {
            match byte {
                b'"' => break,
                b'\\' => literal.extend(bytes.next()),
                _ => literal.push(byte),
            }
        }
        out.push(literal);
        if out.len() >= 32 {
            break;
        }
    }
    out
}
