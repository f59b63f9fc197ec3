//! Names of a script: what is assigned to them, and calls on them.

use super::super::Lang;
use super::values::{self, From, Known};
use super::{Argument, PATH_METHODS, act, literal};
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::effect::{Action, Code, Outgoing, WriteMode};
use protocol::{Field, PathClass, RawText, Why};

/// The end of the expression that begins at `at`: of its line, statement or argument.
fn expression_end(text: &[u8], at: usize, lang: Lang) -> usize {
    let mut depth = 0_u32;
    let mut here = at;
    while let Some(&byte) = text.get(here) {
        match byte {
            b'"' | b'\'' | b'`' => {
                here = literal(text, here, lang).1.max(here + 1);
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' | b',' | b';' | b'\n' if depth == 0 => return here,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if here - at > 4 * 1024 {
            return here;
        }
        here += 1;
    }
    text.len()
}

/// `name = expression`, `with expression as name`, `for name in expression`: `at` stands behind a word.
pub(super) fn assigned(walker: &mut Walker<'_>, lang: Lang, text: &[u8], word: &[u8], at: usize) {
    let rest = text.get(at..).unwrap_or_default();
    if !walker.names.afford(0) {
        return;
    }
    let blanks = rest.iter().take_while(|b| **b == b' ').count();
    let behind = rest.get(blanks..).unwrap_or_default();
    match behind {
        [b'=', next, ..] if !matches!(next, b'=' | b'~' | b'>') && !word.contains(&b'.') => {
            let start = at + blanks + 1;
            let end = expression_end(text, start, lang);
            let source = text.get(start..end).unwrap_or_default();
            let known = values::evaluate(walker, lang, source, 0);
            walker.names.set(word, known);
        }
        [b'+' | b'.', b'=', ..] if !word.contains(&b'.') => {
            let start = at + blanks + 2;
            let end = expression_end(text, start, lang);
            let more = values::evaluate(walker, lang, text.get(start..end).unwrap_or_default(), 0);
            if let Some(known) = walker.names.get_mut(word) {
                known.value.append(&more.value);
                known.from.add(&more.from);
            }
        }
        _ if word == b"as" && lang == Lang::Python => {
            let length = behind.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            let line = text.get(..at).unwrap_or_default();
            let start = line.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            let line = line.get(start..line.len().saturating_sub(2)).unwrap_or_default();
            if let Some(with) = memchr::memmem::rfind(line, b"with ") {
                let known = values::evaluate(walker, lang, line.get(with + 5..).unwrap_or_default(), 0);
                walker.names.set(behind.get(..length).unwrap_or_default(), known);
            }
        }
        _ if word == b"for" => {
            let line =
                behind.get(..behind.iter().position(|b| *b == b'\n').unwrap_or(behind.len())).unwrap_or_default();
            let between = memchr::memmem::find(line, b" of ").or_else(|| memchr::memmem::find(line, b" in "));
            let Some(between) = between else { return };
            let cut = between + 4;
            let name = line.get(..between).unwrap_or_default();
            let name = name.rsplit(|b| matches!(b, b' ' | b'(' | b',')).next().unwrap_or_default();
            let source = line.get(cut..).unwrap_or_default();
            let end = expression_end(source, 0, lang);
            let source = source.get(..end).unwrap_or_default();
            let source = source.trim_ascii_end();
            let source = source.strip_suffix(b":").unwrap_or(source);
            let known = members(walker, lang, source);
            walker.names.set(name, known);
        }
        _ => {}
    }
}

/// What a loop goes through: what lies in a folder, or the values of a list.
fn members(walker: &Walker<'_>, lang: Lang, source: &[u8]) -> Known {
    for (method, alone) in [
        (&b".iterdir("[..], true),
        (b".glob(", true),
        (b".rglob(", true),
        (b"os.scandir(", false),
        (b"Dir.glob(", false),
        (b"glob.glob(", false),
    ] {
        let Some(at) = memchr::memmem::find(source, method) else { continue };
        let folder = if alone {
            source.get(..at).unwrap_or_default()
        } else {
            let open = at + method.len();
            let end = expression_end(source, open, lang);
            source.get(open..end).unwrap_or_default()
        };
        let mut known = values::evaluate(walker, lang, folder, 0);
        if known.value.written().is_some() && !known.value.written().is_some_and(|text| text.contains(&b'*')) {
            known.value.append(&Value::Pattern { glob: b"/*".to_vec(), floating: false });
        }
        return known;
    }
    if ["os.listdir(", "readdirSync(", "Dir.children(", "Dir.entries("]
        .iter()
        .any(|call| memchr::memmem::find(source, call.as_bytes()).is_some())
    {
        return Known::of(Value::Pattern { glob: b"*".to_vec(), floating: false });
    }
    let known = values::evaluate(walker, lang, source, 0);
    let each = super::literals::members(walker, lang, source);
    let each = if each.iter().all(|value| value.known().is_some()) { each } else { Vec::new() };
    Known { value: Value::Unknown(Why::Variable), each, ..known }
}

/// Everything that goes into a call beside its first argument.
pub(super) fn origin_of(walker: &Walker<'_>, lang: Lang, arguments: &[Argument]) -> From {
    let mut from = From::default();
    for argument in arguments {
        if let Argument::Other(source) = argument {
            from.add(&values::evaluate(walker, lang, source, 0).from);
        }
    }
    from
}

/// `{ |file| …` behind a file that was opened.
pub(super) fn block(walker: &mut Walker<'_>, behind: &[u8], path: &Value) {
    let behind = behind.trim_ascii_start();
    let inner = behind.strip_prefix(b"{").or_else(|| behind.strip_prefix(b"do")).unwrap_or_default().trim_ascii_start();
    let Some(inner) = inner.strip_prefix(b"|") else { return };
    let length = inner.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let name = inner.get(..length).unwrap_or_default();
    walker.names.set(name, Known { open: Some(path.clone()), ..Known::unknown() });
}

/// The value of an argument.
pub(super) fn value(walker: &Walker<'_>, lang: Lang, argument: Option<&Argument>) -> Known {
    match argument {
        Some(Argument::Text(text)) => Known::of(Value::text(text)),
        Some(Argument::Other(source)) => values::evaluate(walker, lang, source, 0),
        _ => Known::unknown(),
    }
}

/// A method of something that has a name. True when the call is dealt with.
pub(super) fn method(walker: &mut Walker<'_>, lang: Lang, name: &str, arguments: &[Argument]) -> bool {
    let Some((receiver, method)) = name.rsplit_once('.') else { return false };
    if matches!(method, "end" | "write" | "send") && walker.names.socket.is_none() {
        // `request(url).end(secret)`.
        let what = origin_of(walker, lang, arguments).outgoing(walker);
        let secret =
            what.iter().any(|one| matches!(one, Outgoing::File(file) if file.class.contains(PathClass::CREDENTIAL)));
        if secret && let Some(url) = walker.scripts.last().and_then(|script| values::fetched(script, lang)) {
            let host = super::super::net::host_of(&url);
            let method = Field::Known(super::super::raw("POST"));
            walker.push(Action::Send { host, url: url.field(), method, what });
        }
    }
    if receiver.is_empty() {
        return false;
    }
    match method {
        "connect" | "create_connection" | "createConnection" => {
            let host = match arguments {
                [Argument::Other(source), ..] | [Argument::Text(_), Argument::Other(source), ..]
                    if source.first() == Some(&b'(') =>
                {
                    source
                        .iter()
                        .position(|b| matches!(b, b'"' | b'\''))
                        .map(|at| Value::Known(literal(source, at, lang).0))
                }
                [Argument::Text(host), ..] | [_, Argument::Text(host), ..] => Some(Value::text(host)),
                _ => None,
            };
            walker.names.socket = host.or(walker.names.socket.take());
            return false;
        }
        "send" | "sendall" | "sendto" | "write" | "puts" | "end" if walker.names.socket.is_some() => {
            let from = origin_of(walker, lang, arguments);
            let what = from.outgoing(walker);
            if let (Some(host), false) = (walker.names.socket.clone(), what.is_empty()) {
                walker.push(Action::Send {
                    host: super::super::net::host_of(&host),
                    url: Field::Unknown(Why::Unstated),
                    method: Field::Known(super::super::raw("tcp")),
                    what,
                });
            }
        }
        _ => {}
    }
    if matches!(method, "write" | "writelines" | "puts" | "print" | "append")
        && let Some(known) = walker.names.get(receiver.as_bytes())
        && let Some(path) = known.open.clone()
    {
        written(walker, lang, receiver, &path, arguments);
        return true;
    }
    let known_method = PATH_METHODS.iter().find(|(known, _)| *known == method.as_bytes() && method != "write");
    let Some((_, what)) = known_method else { return false };
    let Some(known) = walker.names.get(receiver.as_bytes()) else { return false };
    let mut all = vec![match &known.value {
        Value::Known(text) => Argument::Text(text.clone()),
        Value::Pattern { .. } | Value::Unknown(_) => Argument::Other(receiver.as_bytes().to_vec()),
    }];
    all.extend(arguments.iter().cloned());
    act(walker, lang, *what, &all);
    true
}

/// Something is written into an open file: what it holds is known by it from then on.
fn written(walker: &mut Walker<'_>, lang: Lang, receiver: &str, path: &Value, arguments: &[Argument]) {
    let known = value(walker, lang, arguments.first());
    if let Some(open) = walker.names.get_mut(receiver.as_bytes()) {
        open.from.add(&known.from);
    }
    if path.written().is_none() {
        return;
    }
    let flow = content(walker, &known);
    walker.write(path, WriteMode::Append, &flow);
}

/// A value as what a file holds.
pub(super) fn content(walker: &Walker<'_>, known: &Known) -> Flow {
    match &known.value {
        Value::Known(text) => Flow::Text(text.clone()),
        Value::Pattern { glob, .. } if known.from.is_harmless() => Flow::Part(glob.clone()),
        _ => known.from.flow(walker),
    }
}

/// Perl's `open F, ">>$path"; print F "text"`, without parentheses.
pub(super) fn perl(walker: &mut Walker<'_>, name: &[u8], arguments: &[Argument]) {
    let lang = Lang::Perl;
    match (name, arguments) {
        (b"open", [Argument::Other(handle), rest @ ..]) => {
            let handle = handle.rsplit(|b| *b == b' ').next().unwrap_or_default().to_vec();
            let (mode, path) = match rest {
                [one] => {
                    let known = value(walker, lang, Some(one));
                    let text = known.value.written().unwrap_or_default().to_vec();
                    let length = text.iter().take_while(|b| matches!(b, b'>' | b'<' | b'+' | b'|' | b' ')).count();
                    let (mode, path) = text.split_at(length);
                    (mode.to_vec(), Value::text(path))
                }
                [mode, path, ..] => {
                    let mode = value(walker, lang, Some(mode)).value.written().unwrap_or_default().to_vec();
                    (mode, value(walker, lang, Some(path)).value)
                }
                [] => return,
            };
            if mode.first() == Some(&b'|') || mode.starts_with(b"-|") {
                if let Value::Known(text) = &path {
                    walker.new_shell_text(text, &Flow::Output, Vec::new());
                }
            } else if mode.contains(&b'>') {
                walker.names.set(&handle, Known { open: Some(path), ..Known::unknown() });
            } else {
                walker.read(&path, false);
            }
        }
        (b"print" | b"printf", [Argument::Other(source), ..]) => {
            let length = source
                .iter()
                .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'{' | b'}'))
                .count();
            let handle = source.get(..length).unwrap_or_default();
            let handle = handle.strip_prefix(b"{").and_then(|handle| handle.strip_suffix(b"}")).unwrap_or(handle);
            let Some(path) = walker.names.get(handle).and_then(|known| known.open.clone()) else { return };
            let known = values::evaluate(walker, lang, source.get(length..).unwrap_or_default(), 0);
            let flow = content(walker, &known);
            walker.write(&path, WriteMode::Append, &flow);
        }
        _ => {}
    }
}

/// A shell whose input and output are a connection with another machine.
pub(super) fn remote_shell(walker: &mut Walker<'_>, text: &[u8]) {
    let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    let any = |words: &[&str]| words.iter().any(|word| has(word));
    // A server that runs the lines it is sent.
    let serves =
        any(&["stream_socket_server", "socket_create_listen", "socket_accept", "TCPServer", "net.createServer"]);
    let runs_lines = any(&["shell_exec(", "system(", "execSync(", "exec(", "popen(", "passthru("])
        && any(&["fgets(", "socket_read(", "fread(", ".gets", "on('data'", "on(\"data\""]);
    if serves && runs_lines {
        let program = Field::Known(RawText::from("sh"));
        let code = Code::Download { url: Field::Unknown(Why::Variable) };
        walker.push(Action::Run { program, arguments: Vec::new(), code });
        return;
    }
    if !any(&[
        "/bin/sh",
        "/bin/bash",
        "/bin/zsh",
        "sh -i",
        "bash -i",
        "cmd.exe",
        "powershell",
        "'sh'",
        "\"sh\"",
        "\"bash\"",
        "'bash'",
    ]) {
        return;
    }
    let connects = any(&[
        "socket.socket",
        "create_connection",
        "TCPSocket",
        "IO::Socket",
        "PF_INET",
        "fsockopen",
        "stream_socket_client",
        "net.connect",
        "net.Socket",
        "require('net')",
        "require(\"net\")",
        "from 'net'",
        "node:net",
        "createConnection",
        "Deno.connect",
        "Bun.connect",
    ]);
    let joins = any(&[
        "dup2",
        "pty.spawn",
        "fileno()",
        "STDIN,\">&",
        "STDIN, \">&",
        ".pipe(",
        "proc_open",
        "<&3",
        "while(cmd=",
        "while cmd =",
        "readline",
        "IO.popen",
        "in_stream",
        "stdin=s",
        "$stdin.reopen",
        "exec sprintf",
        "shell_exec",
    ]);
    if connects && joins {
        let url = walker.names.socket.as_ref().map_or(Field::Unknown(Why::Variable), Value::field);
        walker.push(Action::Run {
            program: Field::Known(RawText::from("sh")),
            arguments: Vec::new(),
            code: Code::Download { url },
        });
    }
}

/// Where code comes from that is not a literal: by the value, or by what the script does beside.
pub(super) fn code_of(walker: &Walker<'_>, lang: Lang, argument: Option<&Argument>) -> Option<Code<RawText>> {
    let known = value(walker, lang, argument);
    if let Some(url) = &known.from.download {
        return Some(Code::Download { url: url.field() });
    }
    if known.from.decoded {
        return Some(Code::Decoded);
    }
    None
}

/// What is sent by a call: the values in its arguments.
pub(super) fn sent(walker: &Walker<'_>, lang: Lang, arguments: &[Argument]) -> Vec<Outgoing<RawText>> {
    origin_of(walker, lang, arguments).outgoing(walker)
}
