//! Programs made for something else that start a shell when they are told to: debuggers, editors, clients.

use super::Lang;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::Code;

/// Calls by which languages that are not read start a shell command, with the text behind them.
const STARTERS: [&str; 14] = [
    "os.execute",
    "io.popen",
    "shell-command-to-string",
    "async-shell-command",
    "shell-command",
    "start-process-shell-command",
    "call-process-shell-command",
    "system",
    "uiop:run-program",
    "run-program",
    "shell_exec",
    "sh.run",
    "shell",
    "popen",
];

/// The shell commands that a text in such a language starts: `os.execute("…")`, `(shell-command "…")`.
pub(super) fn started(walker: &mut Walker<'_>, text: &[u8]) {
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\'', rest)) {
        let open = at + found;
        let quote = text.get(open).copied().unwrap_or(b'"');
        let tail = text.get(open + 1..).unwrap_or_default();
        let Some(length) = memchr::memchr(quote, tail) else { return };
        let head = text.get(open.saturating_sub(40)..open).unwrap_or_default().trim_ascii_end();
        let head = head.strip_suffix(b"(").unwrap_or(head).trim_ascii_end();
        let begins = |name: &&str| {
            head.strip_suffix(name.as_bytes()).is_some_and(|before| {
                before.last().is_none_or(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'_' | b'-' | b'.'))
            })
        };
        if ["delete-directory", "delete-file", "os.remove", "file delete -force"].iter().any(begins) {
            let name = tail.get(..length).unwrap_or_default();
            let folder = if name.starts_with(b"~/") {
                String::from_utf8(name.to_vec()).map(|name| walker.below_home(&name)).unwrap_or(Value::text(name))
            } else {
                Value::text(name)
            };
            walker.delete(&folder, true, true, false);
        }
        if STARTERS.iter().any(begins) {
            if !walker.step() {
                return;
            }
            let command = tail.get(..length).unwrap_or_default().to_vec();
            walker.new_shell_text(&command, &Flow::Inherit, Vec::new());
        }
        at = open + length + 2;
    }
}

/// A line of such a program's own commands: what stands behind `!` or `shell` is a shell's.
fn line(walker: &mut Walker<'_>, name: &str, text: &[u8]) {
    let text = text.trim_ascii().trim_start_matches_byte(b':');
    let command = [&b"!"[..], b"shell ", b".shell ", b".system ", b"\\! "]
        .iter()
        .find_map(|start| text.strip_prefix(*start))
        .map(|command| command.strip_prefix(b"!").unwrap_or(command).trim_ascii().to_vec());
    if let Some(command) = command.filter(|command| !command.is_empty()) {
        walker.carried(name, |walker| walker.new_shell_text(&command, &Flow::Inherit, Vec::new()));
    } else if let Some(code) = text.strip_prefix(b"python ").or_else(|| text.strip_prefix(b"python3 ")) {
        let code = code.to_vec();
        walker.carried(name, |walker| walker.code(Lang::Python, &code, &Flow::Inherit, &[]));
    } else if let Some(code) = text.strip_prefix(b"call ") {
        let code = code.to_vec();
        walker.carried(name, |walker| started(walker, &code));
    }
}

trait TrimByte {
    fn trim_start_matches_byte(&self, byte: u8) -> &Self;
}

impl TrimByte for [u8] {
    fn trim_start_matches_byte(&self, byte: u8) -> &Self {
        let count = self.iter().take_while(|b| **b == byte).count();
        self.get(count..).unwrap_or_default()
    }
}

/// `gdb -ex 'shell command'`, `ed <<< '!command'`, `less -c '!command'`.
pub(super) fn own_commands(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let given: Vec<Vec<u8>> = call
        .arguments
        .values(&["-ex", "-iex", "-eval-command", "-o", "--one-line", "-c", "+"])
        .filter_map(Value::known)
        .map(<[u8]>::to_vec)
        .collect();
    for text in given {
        line(walker, call.name, &text);
    }
    if let Flow::Text(text) = &call.stdin {
        let lines: Vec<Vec<u8>> = text.split(|b| *b == b'\n').take(64).map(<[u8]>::to_vec).collect();
        for text in lines {
            line(walker, call.name, &text);
        }
    }
    reads_memory(walker, call);
    walker.plain(call)
}

/// `gdb -p $(pgrep ssh-agent)`: another process's memory, and with it the keys that it holds.
fn reads_memory(walker: &mut Walker<'_>, call: &Call<'_>) {
    if let Some(process) = call.arguments.value(&["-p", "-pid", "--pid", "--attach-pid"]).and_then(Value::known) {
        let process = process.to_vec();
        super::services::reads_keys_of(walker, &process);
    }
}

/// `emacs --batch --eval '(shell-command "…")'`, `expect -c 'spawn command'`.
pub(super) fn evaluated(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let texts: Vec<Vec<u8>> = call
        .arguments
        .values(&["--eval", "-eval", "--execute", "-e", "-c", "-E"])
        .filter_map(Value::known)
        .map(<[u8]>::to_vec)
        .collect();
    let flowing = match (&call.stdin, texts.is_empty() && call.operands().iter().all(|word| word.is("-"))) {
        (Flow::Inherit, _) | (_, false) => None,
        (flow, true) => Some(flow.clone()),
    };
    if let Some(flow) = flowing {
        return walker.run_flow(Lang::Other, &flow, Some(call.run), &[]);
    }
    if !texts.is_empty() {
        walker.set_code(call.run, Code::Inline);
    }
    for text in texts {
        walker.carried(call.name, |walker| {
            started(walker, &text);
            for part in text.split(|b| matches!(b, b'\n' | b';')) {
                let part = part.trim_ascii();
                let command = part.strip_prefix(b"spawn ").or_else(|| part.strip_prefix(b"exec "));
                if let Some(command) = command.filter(|_| walker.step()) {
                    let command = command.to_vec();
                    walker.new_shell_text(&command, &Flow::Inherit, Vec::new());
                }
            }
        });
    }
    walker.plain(call)
}
