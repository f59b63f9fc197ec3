//! Going through commands of cmd.

use super::parse::{For, Node, Redirect, Word};
use crate::value::{Flow, Value};
use crate::walker::Walker;
use crate::windows;
use protocol::Why;
use protocol::effect::WriteMode;

/// Items of a known set that a loop is gone through with.
const MAX_ROUNDS: usize = 24;

impl Walker<'_> {
    pub(super) fn cmd_nodes(&mut self, nodes: &[Node], stdin: &Flow) -> Flow {
        let mut out = Flow::Inherit;
        for node in nodes {
            if !self.step() {
                return Flow::Output;
            }
            out = out.join(self.cmd_node(node, stdin));
        }
        out
    }

    fn cmd_node(&mut self, node: &Node, stdin: &Flow) -> Flow {
        match node {
            Node::Command { words, redirects } => {
                let stdin = self.cmd_input_of(redirects, stdin);
                let out = self.cmd_command(words, &stdin);
                self.cmd_output(redirects, out)
            }
            Node::Group { nodes, redirects } => {
                let stdin = self.cmd_input_of(redirects, stdin);
                let out = self.cmd_nodes(nodes, &stdin);
                self.cmd_output(redirects, out)
            }
            Node::Pipe(parts) => {
                let mut flow = stdin.clone();
                for part in parts {
                    flow = self.cmd_node(part, &flow);
                }
                flow
            }
            Node::Branch(nodes) => {
                let cwd = self.shell.cwd.clone();
                let out = self.maybe(|walker| {
                    let mut out = Flow::Inherit;
                    for node in nodes {
                        out = out.join(walker.cmd_node(node, stdin));
                    }
                    out
                });
                if self.shell.cwd != cwd {
                    self.shell.change_folder(Value::Unknown(Why::Variable));
                }
                out
            }
            Node::For { kind, variable, set, body } => {
                let items = self.cmd_set(kind, set);
                let key = [b"%", variable.as_slice()].concat();
                let mut out = Flow::Inherit;
                for item in items.into_iter().take(MAX_ROUNDS) {
                    if !self.step() {
                        break;
                    }
                    self.shell.variables.insert(key.clone(), vec![item]);
                    out = out.join(self.cmd_node(body, stdin));
                }
                out
            }
        }
    }

    fn cmd_set(&mut self, kind: &For, set: &[u8]) -> Vec<Value> {
        let star = |text: Value| super::builtins::wild(text);
        match kind {
            For::Numbers => vec![Value::Pattern { glob: b"*".to_vec(), floating: false }],
            For::Lines => {
                let trimmed = set.trim_ascii();
                let quote = trimmed.first().copied().unwrap_or_default();
                let inner = trimmed.get(1..trimmed.len().saturating_sub(1)).unwrap_or_default();
                match quote {
                    b'\'' | b'`' => {
                        let flow = self.cmd(inner, &Flow::Inherit);
                        match flow {
                            Flow::Text(text) => text
                                .split(|b| *b == b'\n')
                                .map(<[u8]>::trim_ascii)
                                .filter(|line| !line.is_empty())
                                .map(Value::text)
                                .collect(),
                            Flow::Paths { names, .. } => names,
                            other => vec![other.word()],
                        }
                    }
                    b'"' => vec![Value::text(inner.split(u8::is_ascii_whitespace).next().unwrap_or_default())],
                    _ => {
                        for word in super::words_of(trimmed) {
                            let word = self.cmd_word(word.written().unwrap_or_default());
                            self.read(&word, false);
                        }
                        vec![Value::Unknown(Why::Substitution)]
                    }
                }
            }
            _ => {
                let folder = if let For::Tree(folder) = kind { Some(self.cmd_word(folder)) } else { None };
                let mut items = Vec::new();
                for word in super::words_of(set) {
                    let word = self.cmd_word(word.written().unwrap_or_default());
                    items.push(match &folder {
                        Some(folder) => {
                            let mut below = folder.clone();
                            below.append(&Value::text(b"\\"));
                            below.append(&word);
                            star(below)
                        }
                        None => star(word),
                    });
                }
                items
            }
        }
    }

    fn cmd_input_of(&mut self, redirects: &[Redirect], stdin: &Flow) -> Flow {
        let mut flow = stdin.clone();
        for redirect in redirects.iter().filter(|redirect| redirect.input) {
            let from = self.cmd_word(&redirect.to);
            if !from.known().is_some_and(windows::is_nothing) {
                flow = self.read_flow(&from);
            }
        }
        flow
    }

    fn cmd_output(&mut self, redirects: &[Redirect], out: Flow) -> Flow {
        let mut out = out;
        for redirect in redirects.iter().filter(|redirect| !redirect.input) {
            let to = self.cmd_word(&redirect.to);
            let flow = if redirect.output { std::mem::replace(&mut out, Flow::Inherit) } else { Flow::Output };
            if to.known().is_some_and(|text| windows::is_nothing(text) || text.eq_ignore_ascii_case(b"con")) {
                continue;
            }
            let mode = if redirect.append { WriteMode::Append } else { WriteMode::Replace };
            let flow = if matches!(flow, Flow::Inherit) { Flow::Text(Vec::new()) } else { flow };
            self.write(&to, mode, &flow);
        }
        out
    }

    fn cmd_command(&mut self, words: &[Word], stdin: &Flow) -> Flow {
        let Some((first, rest)) = words.split_first() else { return stdin.clone() };
        let head = self.cmd_word(&first.text);
        if head.known().is_some_and(|name| name.eq_ignore_ascii_case(b"echo")) {
            return self.cmd_echo(rest);
        }
        // A variable may hold a command with its arguments.
        let mut values = match &head {
            Value::Known(text) if !first.quoted && text.contains(&b' ') && first.text.contains(&b'%') => {
                super::words_of(text)
            }
            _ => vec![head],
        };
        for word in rest {
            self.spend(1);
            if !self.step() {
                return Flow::Output;
            }
            let value = self.cmd_word(&word.text);
            match value {
                Value::Known(text) if text.is_empty() && !word.quoted => {}
                value => values.push(value),
            }
        }
        self.cmd_invoke(&values, stdin)
    }
}
