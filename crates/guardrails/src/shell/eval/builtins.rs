//! What the shell does itself.

use crate::paths;
use crate::value::{Flow, Value};
use crate::walker::{MAX_PATH, Walker};
use protocol::effect::{Action, Code};
use protocol::{Field, Why};
use std::rc::Rc;

/// `which taffrail`: wherever it is, it is one of Taffrail's own files.
fn own_program(words: &[Value]) -> Flow {
    let own = words.iter().find_map(|word| match word.known() {
        Some(name @ (b"taffrail" | b"taffraild")) => Some(name),
        _ => None,
    });
    own.map_or(Flow::Output, |name| Flow::Text([b"/usr/local/bin/", name, b"\n"].concat()))
}

impl Walker<'_> {
    /// Walks a builtin; `None` when `name` is none.
    pub(super) fn builtin(&mut self, name: &[u8], words: &[Value], stdin: &Flow, has_here: bool) -> Option<Flow> {
        let rest = words.get(1..).unwrap_or_default();
        Some(match name {
            b":" | b"true" | b"false" | b"[" | b"test" | b"[[" | b"wait" | b"jobs" | b"bg" | b"fg" | b"break"
            | b"continue" | b"umask" | b"ulimit" | b"shopt" | b"hash" | b"history" | b"let" | b"getopts"
            | b"disown" | b"times" | b"bind" | b"complete" | b"compgen" | b"compopt" | b"enable" | b"caller"
            | b"setopt" | b"unsetopt" | b"autoload" | b"zstyle" | b"bindkey" | b"emulate" | b"rehash" | b"fc"
            | b"suspend" | b"logout" | b"help" | b"zmodload" | b"compinit" => Flow::Inherit,
            b"type" | b"which" | b"whence" | b"where" => own_program(rest),
            b"dirs" => Flow::Output,
            b"echo" => echo(rest),
            b"printf" => printf(rest),
            b"pwd" => match &self.shell.cwd {
                Value::Known(cwd) => Flow::Text([cwd.as_slice(), b"\n"].concat()),
                other => Flow::Paths { names: vec![other.clone()], filtered: false },
            },
            b"cd" | b"chdir" | b"pushd" | b"popd" => {
                self.change_folder(name, rest);
                Flow::Inherit
            }
            b"exit" | b"return" => {
                if self.calling.is_empty() {
                    self.shell.ended = true;
                }
                Flow::Inherit
            }
            b"export" | b"declare" | b"typeset" | b"local" | b"readonly" | b"integer" | b"float" => {
                self.declare(rest);
                let prints =
                    rest.is_empty() || matches!(rest, [only] if only.is("-p") || only.is("-x") || only.is("-xp"));
                if prints { crate::readers::leaves::environment(self) } else { Flow::Inherit }
            }
            b"unset" => {
                for word in rest.iter().filter_map(Value::known) {
                    self.shell.variables.insert(word.to_vec(), vec![Value::Known(Vec::new())]);
                    self.shell.functions.remove(word);
                }
                Flow::Inherit
            }
            b"set" => {
                if let Some(at) = rest.iter().position(|word| word.is("--")) {
                    self.shell.positional = rest.get(at + 1..).unwrap_or_default().to_vec();
                } else if rest
                    .first()
                    .is_some_and(|word| !matches!(word.written().and_then(|w| w.first()), Some(b'-' | b'+')))
                {
                    self.shell.positional = rest.to_vec();
                }
                if rest.is_empty() { crate::readers::leaves::environment(self) } else { Flow::Inherit }
            }
            b"shift" => {
                let count =
                    rest.first().and_then(Value::known).and_then(number).unwrap_or(1).min(self.shell.positional.len());
                self.shell.positional.drain(..count);
                Flow::Inherit
            }
            b"read" | b"mapfile" | b"readarray" => {
                self.read_variables(rest, stdin);
                Flow::Inherit
            }
            b"eval" => self.eval(rest, stdin),
            b"source" | b"." => self.source_file(rest, stdin),
            b"exec" => {
                let skip = rest.iter().take_while(|word| matches!(word.written(), Some(b"-c" | b"-l" | b"--"))).count();
                let mut rest = rest.get(skip..).unwrap_or_default();
                if rest.first().is_some_and(|word| word.is("-a")) {
                    rest = rest.get(2..).unwrap_or_default();
                }
                self.again(rest, stdin, "exec")
            }
            b"command" | b"builtin" | b"noglob" | b"nocorrect" => {
                if rest.first().is_some_and(|word| word.is("-v") || word.is("-V")) {
                    return Some(own_program(rest));
                }
                let skip = rest.iter().take_while(|word| matches!(word.written(), Some(b"-p" | b"--"))).count();
                let rest = rest.get(skip..).unwrap_or_default();
                let label = if name == b"command" { "command" } else { "builtin" };
                self.again(rest, stdin, label)
            }
            b"time" => {
                let skip =
                    rest.iter().take_while(|word| word.written().is_some_and(|text| text.starts_with(b"-"))).count();
                self.again(rest.get(skip..).unwrap_or_default(), stdin, "time")
            }
            b"trap" => {
                self.trap(rest);
                Flow::Inherit
            }
            b"alias" => {
                for word in rest {
                    if let Some(text) = word.known()
                        && let Some(cut) = text.iter().position(|b| *b == b'=')
                    {
                        let (name, value) = text.split_at(cut);
                        self.shell.aliases.insert(name.to_vec(), value.get(1..).unwrap_or_default().to_vec());
                    }
                }
                Flow::Inherit
            }
            b"unalias" => {
                for word in rest.iter().filter_map(Value::known) {
                    self.shell.aliases.remove(word);
                }
                Flow::Inherit
            }
            b"cat" if rest.is_empty() || (has_here && rest.iter().all(|word| word.is("-"))) => stdin.clone(),
            b"coproc" => self.again(rest, stdin, "coproc"),
            _ => return None,
        })
    }

    /// The rest is a command: builtins included, functions not.
    fn again(&mut self, words: &[Value], stdin: &Flow, via: &str) -> Flow {
        let Some(first) = words.first() else { return Flow::Inherit };
        self.carried(via, |walker| {
            walker
                .deeper(|walker| {
                    if let Some(name) = first.known()
                        && let Some(flow) = walker.builtin(name, words, stdin, false)
                    {
                        return flow;
                    }
                    walker.invoke(words, stdin)
                })
                .unwrap_or(Flow::Output)
        })
    }

    fn change_folder(&mut self, name: &[u8], rest: &[Value]) {
        let to = rest
            .iter()
            .find(|word| !matches!(word.written(), Some(text) if text.len() > 1 && text.first() == Some(&b'-')));
        let to = match (name, to) {
            (b"popd", _) => self.shell.stack.pop().unwrap_or(Value::Unknown(Why::Variable)),
            (b"pushd", None) => {
                let top = self.shell.stack.pop().unwrap_or(Value::Unknown(Why::Variable));
                let here = self.shell.cwd.clone();
                self.shell.stack.push(here);
                top
            }
            (_, None) => self.shell.get(b"HOME").unwrap_or(Value::Unknown(Why::NoFacts)),
            (_, Some(word)) if word.is("-") => self.shell.previous.clone(),
            (_, Some(word)) if word.is("") => self.shell.cwd.clone(),
            (_, Some(word)) => {
                if name == b"pushd" {
                    let here = self.shell.cwd.clone();
                    self.shell.stack.push(here);
                }
                paths::absolute(&self.shell.cwd, word)
            }
        };
        // The system takes no longer path; one that grows with each `cd` would cost its length each time.
        self.spend_path(to.written().unwrap_or_default());
        let to = match to.written() {
            Some(path) if path.len() > MAX_PATH => Value::Unknown(Why::TooBig),
            _ => to,
        };
        self.shell.change_folder(to);
    }

    fn declare(&mut self, words: &[Value]) {
        for word in words {
            let Some(text) = word.written() else { continue };
            if text.first() == Some(&b'-') {
                continue;
            }
            let Some(cut) = text.iter().position(|b| *b == b'=') else { continue };
            let (name, value) = text.split_at(cut);
            let name = name.strip_suffix(b"+").unwrap_or(name);
            let value = match word {
                Value::Known(_) => Value::text(value.get(1..).unwrap_or_default()),
                _ => Value::Pattern {
                    glob: value.get(1..).unwrap_or_default().to_vec(),
                    floating: value.get(1) == Some(&b'*'),
                },
            };
            // `x=*` from an unknown part is nothing that is known.
            let value = match value {
                Value::Pattern { glob, floating: true } if glob == b"*" => Value::Unknown(Why::Variable),
                other => other,
            };
            self.code_variable(name, Some(&value), true);
            self.hint_of_assignment(name, Some(&value));
            self.shell.set(name, value);
        }
    }

    fn read_variables(&mut self, words: &[Value], stdin: &Flow) {
        let mut names = Vec::new();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            match word.written() {
                Some(b"-p" | b"-n" | b"-N" | b"-t" | b"-u" | b"-d" | b"-i" | b"-C" | b"-c" | b"-O" | b"-s")
                    if word.is("-s") => {}
                Some(b"-p" | b"-n" | b"-N" | b"-t" | b"-u" | b"-d" | b"-i" | b"-C" | b"-c" | b"-O") => {
                    rest.next();
                }
                Some(text) if text.first() == Some(&b'-') => {}
                Some(text) => names.push(text.to_vec()),
                None => {}
            }
        }
        if names.is_empty() {
            names.push(b"REPLY".to_vec());
        }
        let value = match stdin {
            Flow::Text(text) => {
                let mut lines = text.split(|b| *b == b'\n').filter(|line| !line.is_empty());
                match (lines.next(), lines.next()) {
                    (Some(line), None) => Value::text(line.trim_ascii()),
                    _ => Value::Unknown(Why::Substitution),
                }
            }
            Flow::Paths { names, .. } if names.len() == 1 => match names.first() {
                Some(Value::Known(name)) => Value::Pattern { glob: [name.as_slice(), b"/*"].concat(), floating: false },
                Some(other) => other.clone(),
                None => Value::Unknown(Why::Substitution),
            },
            Flow::Names => stdin.word(),
            _ => Value::Unknown(Why::Substitution),
        };
        if let [name] = names.as_slice() {
            self.shell.set(name, value);
            return;
        }
        let words: Option<Vec<Vec<u8>>> = value
            .known()
            .map(|text| text.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).map(<[u8]>::to_vec).collect());
        let count = names.len();
        for (at, name) in names.into_iter().enumerate() {
            let one = match &words {
                Some(words) if at + 1 == count => Value::Known(words.get(at..).unwrap_or_default().join(&b' ')),
                Some(words) => Value::Known(words.get(at).cloned().unwrap_or_default()),
                None => Value::Unknown(Why::Substitution),
            };
            self.shell.set(&name, one);
        }
    }

    fn eval(&mut self, words: &[Value], stdin: &Flow) -> Flow {
        let mut text = Value::Known(Vec::new());
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                text.append(&Value::text(b" "));
            }
            text.append(word);
        }
        // All of the code is what a well-known program prints to set up a shell.
        if matches!(text, Value::Unknown(Why::Substitution)) && self.unset.is_empty() && self.substituted == [true] {
            return Flow::Inherit;
        }
        let flow = match &text {
            Value::Known(text) => {
                let text = text.clone();
                return self.carried("eval", |walker| walker.shell_text(&text, stdin));
            }
            // What of it is known is still code.
            Value::Pattern { glob, .. } => {
                let text = glob.clone();
                self.carried("eval", |walker| walker.maybe(|walker| walker.shell_text(&text, stdin)))
            }
            Value::Unknown(_) => Flow::Output,
        };
        // `eval "$(curl …)"`: the download itself is the code.
        let code = match self.last_download() {
            Some(url) => Code::Download { url },
            None => Code::Unseen(Why::Substitution),
        };
        self.push(Action::Run { program: Field::Known("eval".into()), arguments: Vec::new(), code });
        flow
    }

    /// The URL of the fetch that ran just before, in a substitution of this command.
    pub(crate) fn last_download(&self) -> Option<Field<protocol::RawText>> {
        // Its own run may already be listed behind the fetch.
        let mut recent = self.effects.iter().rev().take(3).map(|effect| &effect.action);
        match recent.find(|action| !matches!(action, Action::Run { .. })) {
            Some(Action::Fetch { url, to: None, .. }) => Some(url.clone()),
            // What a connection of this call brings.
            _ => self.sockets.last().map(|(_, address)| address.field()),
        }
    }

    fn source_file(&mut self, words: &[Value], stdin: &Flow) -> Flow {
        let Some(file) = words.first() else { return Flow::Inherit };
        let flow = self.read_flow(file);
        let positional = words.get(1..).filter(|more| !more.is_empty()).map(<[Value]>::to_vec);
        if let Some(positional) = positional {
            self.shell.positional = positional;
        }
        let code = match &flow {
            Flow::Text(text) => {
                let text = text.clone();
                return self.carried("source", |walker| walker.shell_text(&text, stdin));
            }
            Flow::Download(url) => Code::Download { url: url.field() },
            Flow::Decoded => Code::Decoded,
            Flow::Files(files) => match files.first() {
                Some(target) => Code::File(target.clone()),
                None => Code::Unseen(Why::Unseen),
            },
            _ => Code::Unseen(Why::Unseen),
        };
        let stored = matches!(code, Code::File(_)).then(|| self.found(file, paths::Follow::Links));
        self.push(Action::Run { program: Field::Known("source".into()), arguments: vec![file.field()], code });
        if let Some(found) = stored
            && let Some(text) = self.stored(&found)
        {
            let before = self.shell.functions.clone();
            self.through_stored(&found, "", |walker| {
                walker.carried("source", |walker| walker.shell_text(&text, stdin));
                // What it only defines is there to be called.
                for (name, function) in walker.shell.functions.iter() {
                    if !before.get(name).is_some_and(|known| Rc::ptr_eq(&known.body, &function.body)) {
                        function.called.set(true);
                    }
                }
            });
        }
        Flow::Output
    }

    /// Runs what a shell keeps for its end.
    pub(crate) fn at_its_end(&mut self, text: &[u8]) {
        self.carried("trap", |walker| walker.shell_text(text, &Flow::Inherit));
    }

    fn trap(&mut self, words: &[Value]) {
        let words: Vec<&Value> = words.iter().filter(|word| !word.is("--")).collect();
        let Some((action, signals)) = words.split_first() else { return };
        if signals.is_empty() || action.is("") || action.is("-") || action.is("-p") || action.is("-l") {
            return;
        }
        match action {
            Value::Known(text) => {
                let text = text.clone();
                let ends = signals.iter().all(|signal| signal.is("EXIT") || signal.is("0"));
                // What another program carries runs at another place or as another user: it is read where it stands.
                if ends && self.via.is_empty() && self.certain == protocol::effect::Certain::Will {
                    self.at_exit.push(text);
                    return;
                }
                let at_exit = signals.iter().any(|signal| signal.is("EXIT") || signal.is("0") || signal.is("DEBUG"));
                let before = self.shell.clone();
                self.carried("trap", |walker| {
                    if at_exit {
                        walker.shell_text(&text, &Flow::Inherit);
                    } else {
                        walker.maybe(|walker| walker.shell_text(&text, &Flow::Inherit));
                    }
                });
                self.shell = before;
            }
            Value::Pattern { .. } | Value::Unknown(_) => {
                let code = Code::Unseen(Why::Variable);
                self.push(Action::Run { program: Field::Known("trap".into()), arguments: Vec::new(), code });
            }
        }
    }
}

fn number(text: &[u8]) -> Option<usize> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// What `echo` prints.
fn echo(words: &[Value]) -> Flow {
    let mut escapes = false;
    let mut line_end = true;
    let mut rest = words;
    while let Some((first, more)) = rest.split_first() {
        match first.known() {
            Some(text)
                if text.len() > 1 && text.first() == Some(&b'-') && text.iter().skip(1).all(|b| b"neE".contains(b)) =>
            {
                for b in text.iter().skip(1) {
                    match b {
                        b'n' => line_end = false,
                        b'e' => escapes = true,
                        _ => escapes = false,
                    }
                }
                rest = more;
            }
            _ => break,
        }
    }
    let mut text = Vec::new();
    for (at, word) in rest.iter().enumerate() {
        let Some(word) = word.written() else { return Flow::Output };
        if at > 0 {
            text.push(b' ');
        }
        text.extend_from_slice(word);
    }
    if escapes {
        text = unescape(&text);
    }
    if line_end {
        text.push(b'\n');
    }
    Flow::Text(text)
}

/// What `printf` prints, for the plain conversions.
fn printf(words: &[Value]) -> Flow {
    let mut rest = words;
    if rest.first().is_some_and(|word| word.is("-v")) {
        return Flow::Inherit;
    }
    if rest.first().is_some_and(|word| word.is("--")) {
        rest = rest.get(1..).unwrap_or_default();
    }
    let Some((format, arguments)) = rest.split_first() else { return Flow::Inherit };
    let Some(format) = format.known() else { return Flow::Output };
    let format = unescape(format);
    let mut text = Vec::new();
    let mut arguments = arguments.iter();
    let mut rounds = 0;
    loop {
        let before = arguments.len();
        let mut bytes = format.iter();
        while let Some(byte) = bytes.next() {
            if *byte != b'%' {
                text.push(*byte);
                continue;
            }
            let mut conversion = bytes.next();
            while conversion.is_some_and(|b| b"-+ #0123456789.".contains(b)) {
                conversion = bytes.next();
            }
            match conversion {
                Some(b'%') => text.push(b'%'),
                Some(b's' | b'b' | b'q' | b'd' | b'i' | b'x' | b'c') => {
                    if let Some(word) = arguments.next() {
                        let Some(word) = word.written() else { return Flow::Output };
                        if conversion == Some(&b'b') {
                            text.extend_from_slice(&unescape(word));
                        } else {
                            text.extend_from_slice(word);
                        }
                    }
                }
                _ => return Flow::Output,
            }
        }
        rounds += 1;
        if arguments.len() == 0 || arguments.len() == before || rounds > 256 {
            break;
        }
    }
    Flow::Text(text)
}

/// Backslash escapes of `echo -e` and `printf`.
pub(crate) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some(&kind) = text.get(at) else {
            out.push(b'\\');
            break;
        };
        at += 1;
        let digits = |from: usize, radix: u32, most: usize| {
            let count = text.iter().skip(from).take(most).take_while(|b| char::from(**b).is_digit(radix)).count();
            let value = text.get(from..from + count).and_then(|digits| std::str::from_utf8(digits).ok());
            (value.and_then(|digits| u32::from_str_radix(digits, radix).ok()), count)
        };
        match kind {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'a' => out.push(7),
            b'e' | b'E' => out.push(27),
            b'\\' => out.push(b'\\'),
            b'x' | b'0'..=b'7' => {
                let (from, radix, most) = match kind {
                    b'x' => (at, 16, 2),
                    b'0' => (at, 8, 3),
                    _ => (at - 1, 8, 3),
                };
                let (value, count) = digits(from, radix, most);
                match value.and_then(|value| u8::try_from(value & 0xff).ok()) {
                    Some(value) => {
                        out.push(value);
                        at = from + count;
                    }
                    None => out.extend_from_slice(&[b'\\', kind]),
                }
            }
            other => out.extend_from_slice(&[b'\\', other]),
        }
    }
    out
}
