//! cmd, the old shell of Windows: its own tolerant parser, and what its commands do.

mod builtins;
mod eval;
mod expand;
mod parse;

use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::Why;
use protocol::effect::Span;

impl Walker<'_> {
    /// A command of cmd in a process of its own.
    pub(crate) fn cmd(&mut self, text: &[u8], stdin: &Flow) -> Flow {
        let shell = self.shell.clone();
        self.nested += 1;
        let flow = self.cmd_text(text, stdin);
        self.nested -= 1;
        self.shell = shell;
        flow
    }

    /// The command itself: its spans are those of the input.
    pub(crate) fn cmd_input(&mut self, text: &[u8]) {
        self.span = Span { start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) };
        self.cmd_text(text, &Flow::Inherit);
    }

    fn cmd_text(&mut self, text: &[u8], stdin: &Flow) -> Flow {
        if self.nested > 0 {
            self.spend(text.len() / 8);
        }
        if !self.step() {
            self.unknown(Why::WorkLimit, None);
            return Flow::Output;
        }
        let flow = self.deeper(|walker| {
            walker.on_windows(|walker| {
                let script = parse::parse(text);
                if let Some(why) = script.gap {
                    walker.unknown(why, None);
                }
                walker.cmd_nodes(&script.nodes, stdin)
            })
        });
        flow.unwrap_or(Flow::Output)
    }
}

/// A command line in its words, as programs of Windows tell them apart.
pub(crate) fn words_of(text: &[u8]) -> Vec<Value> {
    let mut out = Vec::new();
    let mut word = Vec::new();
    let (mut quoted, mut started) = (false, false);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            // A quote that is escaped is a part of the word.
            b'"' if at > 0 && text.get(at - 1) == Some(&b'\\') && word.last() == Some(&b'\\') && quoted => {
                word.pop();
                word.push(b'"');
            }
            b'"' => {
                quoted = !quoted;
                started = true;
            }
            b' ' | b'\t' | b'\r' | b'\n' if !quoted => {
                if started {
                    out.push(Value::Known(std::mem::take(&mut word)));
                    started = false;
                }
            }
            _ => {
                word.push(byte);
                started = true;
            }
        }
        if out.len() >= 512 {
            break;
        }
    }
    if started {
        out.push(Value::Known(word));
    }
    out
}

/// Words as one command line again.
pub(crate) fn line_of(words: &[Value]) -> Vec<u8> {
    if let [Value::Known(one)] = words {
        return one.clone();
    }
    let mut out = Vec::new();
    for word in words {
        if !out.is_empty() {
            out.push(b' ');
        }
        match word.written() {
            Some(text) => {
                let quotes = text.iter().any(u8::is_ascii_whitespace) && !text.contains(&b'"');
                if quotes {
                    out.push(b'"');
                }
                out.extend_from_slice(text);
                if quotes {
                    out.push(b'"');
                }
            }
            // A variable that nobody has set.
            None => out.extend_from_slice(b"%unknown value%"),
        }
    }
    out
}

#[cfg(test)]
mod tests;
