//! The commands that cmd has in itself.

use super::parse::Word;
use crate::paths::Follow;
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::effect::{Code, WriteMode};
use protocol::{Field, Text, Why};

/// A star in a word is a wildcard, in quotes as well.
pub(super) fn wild(word: Value) -> Value {
    match word {
        Value::Known(text) if text.iter().any(|b| matches!(b, b'*' | b'?')) && text.len() < 4096 => {
            Value::Pattern { glob: text, floating: false }
        }
        other => other,
    }
}

/// Options and operands of a command: `/s/q name`, `/a:h`. Options in lower case.
fn told_apart(words: &[Value]) -> (Vec<Vec<u8>>, Vec<Value>) {
    let (mut options, mut operands) = (Vec::new(), Vec::new());
    for word in words {
        match word.written() {
            Some(text) if is_option(text) => {
                options
                    .extend(text.split(|b| *b == b'/').filter(|part| !part.is_empty()).map(<[u8]>::to_ascii_lowercase));
            }
            // `/s/qC:\x`, `/qC:\x`
            Some(text)
                if matches!(text.get(..2), Some([b'/', b's' | b'q' | b'f' | b'S' | b'Q' | b'F'])) && text.len() > 3 =>
            {
                options.push(vec![text[1].to_ascii_lowercase()]);
                operands.push(Value::text(text.get(2..).unwrap_or_default()));
            }
            _ => operands.push(wild(word.clone())),
        }
    }
    (options, operands)
}

/// `/s`, `/s/q`, `/a:h`, and not a path that begins with a slash.
fn is_option(text: &[u8]) -> bool {
    let short = |part: &[u8]| {
        let name = part.split(|b| *b == b':').next().unwrap_or_default();
        !name.is_empty() && name.len() <= 2 && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
    };
    text.first() == Some(&b'/') && text.len() > 1 && text.len() < 24 && text.split(|b| *b == b'/').skip(1).all(short)
}

fn has(options: &[Vec<u8>], name: &str) -> bool {
    options.iter().any(|option| option == name.as_bytes())
}

impl Walker<'_> {
    /// A command in its words: cmd's own, or a program.
    pub(super) fn cmd_invoke(&mut self, words: &[Value], stdin: &Flow) -> Flow {
        let Some((first, rest)) = words.split_first() else { return stdin.clone() };
        if !self.step() {
            return Flow::Output;
        }
        let Some(name) = first.known().map(<[u8]>::to_ascii_lowercase) else { return self.invoke(words, stdin) };
        // Every command says by this what it is for, and does nothing else.
        if rest.iter().any(|word| word.is("/?")) {
            self.push_run(words, Code::Installed);
            return Flow::Output;
        }
        self.spend(rest.len() / 4);
        let (options, operands) = told_apart(rest);
        match name.as_slice() {
            b"set" => return self.cmd_set_variable(rest),
            b"cd" | b"chdir" | b"pushd" => {
                if let Some(to) = operands.first() {
                    if name == b"pushd" {
                        let here = self.shell.cwd.clone();
                        self.shell.stack.push(here);
                    }
                    self.cmd_folder(to);
                }
                return Flow::Inherit;
            }
            b"popd" => {
                let to = self.shell.stack.pop().unwrap_or(Value::Unknown(Why::Variable));
                self.shell.change_folder(to);
                return Flow::Inherit;
            }
            b"call" => {
                if rest.first().is_some_and(|word| word.known().is_some_and(|text| text.starts_with(b":"))) {
                    return Flow::Inherit;
                }
                // Variables are put in once more.
                let words: Vec<Value> = rest
                    .iter()
                    .map(|word| match word {
                        Value::Known(text) => self.cmd_word(text),
                        other => other.clone(),
                    })
                    .collect();
                // `call call …`: each level reads all its words once more.
                return self.deeper(|walker| walker.cmd_invoke(&words, stdin)).unwrap_or(Flow::Output);
            }
            b"start" => return self.cmd_start(rest, stdin),
            b"del" | b"erase" => {
                self.push_run(words, Code::Installed);
                let recursive = has(&options, "s");
                let forced = has(&options, "q") || has(&options, "f");
                for path in &operands {
                    self.cmd_delete(path, recursive, forced);
                }
                return Flow::Inherit;
            }
            b"rd" | b"rmdir" => {
                self.push_run(words, Code::Installed);
                for path in &operands {
                    self.delete(path, has(&options, "s"), has(&options, "q"), false);
                }
                return Flow::Inherit;
            }
            b"md" | b"mkdir" => {
                for path in &operands {
                    self.write(path, WriteMode::Create, &Flow::Text(Vec::new()));
                }
                return Flow::Inherit;
            }
            b"type" => {
                let mut flow = Flow::Inherit;
                for path in &operands {
                    flow = flow.join(self.read_flow(path));
                }
                return flow;
            }
            b"copy" | b"move" | b"ren" | b"rename" => {
                self.push_run(words, Code::Installed);
                self.cmd_copy(&name, &operands);
                return Flow::Inherit;
            }
            b"mklink" => {
                if let [link, target, ..] = operands.as_slice() {
                    self.write(link, WriteMode::Create, &Flow::Output);
                    let _ = self.found(target, Follow::Links);
                }
                return Flow::Inherit;
            }
            b"dir" => {
                let names = if operands.is_empty() {
                    vec![Value::Pattern { glob: b"*".to_vec(), floating: false }]
                } else {
                    operands
                };
                return Flow::Paths { names, filtered: false };
            }
            b"ver" | b"vol" | b"cls" | b"title" | b"prompt" | b"color" | b"pause" | b"exit" | b"goto" | b"setlocal"
            | b"endlocal" | b"shift" | b"verify" | b"break" | b"date" | b"time" | b"path" | b"else" => {
                return Flow::Inherit;
            }
            b"assoc" | b"ftype" => {
                if rest.iter().any(|word| word.written().is_some_and(|text| text.contains(&b'='))) {
                    let key = Value::text(b"HKCU\\Software\\Classes\\command");
                    self.write_key(&key, &Flow::Output);
                }
                return Flow::Inherit;
            }
            _ => {}
        }
        self.windows_program(words, stdin)
    }

    /// What is printed has its quotes.
    pub(super) fn cmd_echo(&mut self, words: &[Word]) -> Flow {
        let mut line = Value::Known(Vec::new());
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                line.append(&Value::text(b" "));
            }
            line.append(&self.cmd_word(&word.raw));
        }
        match line {
            Value::Known(text) => {
                let text = text.strip_prefix(b".").unwrap_or(&text);
                let switch = text.eq_ignore_ascii_case(b"off") || text.eq_ignore_ascii_case(b"on");
                if switch { Flow::Inherit } else { Flow::Text([text, b"\r\n"].concat()) }
            }
            Value::Pattern { glob, .. } => Flow::Part(glob),
            Value::Unknown(_) => Flow::Output,
        }
    }

    fn cmd_folder(&mut self, to: &Value) {
        let found = self.found(to, Follow::Links);
        let to = match found.target.path {
            Field::Known(path) => Value::text(path.bytes()),
            _ => Value::Unknown(Why::Variable),
        };
        self.shell.change_folder(to);
    }

    fn cmd_set_variable(&mut self, words: &[Value]) -> Flow {
        let mut line = Value::Known(Vec::new());
        let mut words = words;
        let mut asks = false;
        while let Some((first, rest)) = words.split_first() {
            match first.known() {
                Some(b"/p" | b"/P") => asks = true,
                Some(b"/a" | b"/A") => {}
                _ => break,
            }
            words = rest;
        }
        if words.is_empty() {
            return crate::readers::leaves::environment(self);
        }
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                line.append(&Value::text(b" "));
            }
            line.append(word);
        }
        let Some(text) = line.written() else { return Flow::Inherit };
        let Some(cut) = text.iter().position(|b| *b == b'=') else { return Flow::Output };
        let (name, value) = text.split_at(cut);
        let value = value.get(1..).unwrap_or_default().to_vec();
        let value = match (&line, asks) {
            (_, true) => Value::Unknown(Why::Variable),
            (Value::Known(_), false) => Value::Known(value),
            _ => Value::Pattern { glob: value, floating: false },
        };
        let name = name.to_vec();
        self.set_windows_variable(&name, value);
        Flow::Inherit
    }

    /// `start "title" /b program arguments`.
    fn cmd_start(&mut self, words: &[Value], stdin: &Flow) -> Flow {
        let mut words = words;
        let mut first = true;
        while let Some((word, rest)) = words.split_first() {
            let text = word.written().unwrap_or_default();
            let takes_value = text.eq_ignore_ascii_case(b"/d")
                || text.eq_ignore_ascii_case(b"/node")
                || text.eq_ignore_ascii_case(b"/affinity");
            let option = text.first() == Some(&b'/');
            // A title in quotes: empty, or several words.
            let title = first
                && !option
                && !rest.is_empty()
                && (text.is_empty() || (text.contains(&b' ') && !text.contains(&b'\\')));
            first = first && option;
            if takes_value {
                words = rest.get(1..).unwrap_or_default();
            } else if option || title {
                words = rest;
            } else {
                break;
            }
        }
        if words.is_empty() {
            return Flow::Inherit;
        }
        let is_url =
            words.first().and_then(Value::known).is_some_and(|text| memchr::memmem::find(text, b"://").is_some());
        if is_url {
            return Flow::Inherit;
        }
        let started = self.deeper(|walker| walker.carried("start", |walker| walker.cmd_invoke(words, stdin)));
        started.unwrap_or(Flow::Output)
    }

    /// `del name`: files of that name; with `/s` in all folders below; a folder means the files in it.
    fn cmd_delete(&mut self, path: &Value, recursive: bool, forced: bool) {
        if !recursive {
            self.delete(path, false, forced, false);
            return;
        }
        let (Some(text), false) = (path.written(), matches!(path, Value::Known(_))) else {
            self.delete(path, true, forced, false);
            return;
        };
        let cut = text.iter().rposition(|b| matches!(b, b'/' | b'\\'));
        let name = text.get(cut.map_or(0, |at| at + 1)..).unwrap_or_default();
        let all = name.iter().all(|b| matches!(b, b'*' | b'.' | b'?'));
        let folder = match cut {
            Some(cut) => Value::text(text.get(..=cut).unwrap_or_default()),
            None => Value::text(b"."),
        };
        if all {
            self.delete(path, true, forced, false);
        } else {
            self.delete(&folder, true, forced, true);
        }
    }

    fn cmd_copy(&mut self, name: &[u8], operands: &[Value]) {
        let (sources, to) = match operands {
            [] => return,
            [one] => (std::slice::from_ref(one), Value::text(b".")),
            [sources @ .., to] => (sources, to.clone()),
        };
        for from in sources {
            let to = within_folder(&to, from);
            if name == b"copy" {
                let flow = self.read_flow(from);
                self.write(&to, WriteMode::Replace, &flow);
            } else {
                let to = if name.starts_with(b"ren") {
                    let mut beside = crate::powershell::parent_of(from);
                    beside.append(&Value::text(b"\\"));
                    beside.append(&to);
                    beside
                } else {
                    to.clone()
                };
                self.move_to(from, &to);
            }
        }
    }
}

/// `folder\`: the file is put into it under its own name.
fn within_folder(to: &Value, from: &Value) -> Value {
    let folder = to.written().is_some_and(|text| matches!(text.last(), Some(b'\\' | b'/')));
    let Some(name) = from.written().and_then(|text| text.rsplit(|b| matches!(b, b'\\' | b'/' | b':')).next()) else {
        return to.clone();
    };
    let mut to = to.clone();
    if folder {
        to.append(&Value::text(name));
    }
    to
}
