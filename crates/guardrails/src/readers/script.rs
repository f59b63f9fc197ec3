//! Reads Python, JavaScript, Ruby, Perl and PHP for what is plain to see: calls with literal arguments that delete,
//! write, read, fetch, send or start a process. Everything else in them is left alone: the run itself says that the code
//! is in the command.

mod libraries;
mod literals;
mod names;
mod table;
pub(crate) mod values;
mod words;

use super::Lang;
use crate::value::{Flow, Value};
use crate::walker::{Made, Walker};
use protocol::effect::{Action, Code, Outgoing, WriteMode};
use protocol::{Field, RawText, Why};
use table::{Does, PATH_METHODS, does};

/// Calls that one script may have read.
const MAX_CALLS: usize = 400;

/// One argument.
#[derive(Clone, Debug)]
enum Argument {
    Text(Vec<u8>),
    /// `["a", "b"]`.
    List(Vec<Value>),
    /// An expression that is not read.
    Other(Vec<u8>),
}

impl Argument {
    fn value(&self) -> Value {
        match self {
            Self::Text(text) => Value::text(text),
            Self::List(_) | Self::Other(_) => Value::Unknown(Why::Variable),
        }
    }
}

pub(super) fn read(walker: &mut Walker<'_>, lang: Lang, text: &[u8]) {
    walker.deeper(|walker| {
        walker.nested += 1;
        walker.scripts.push(text.to_vec());
        let outer = std::mem::take(&mut walker.names);
        walker.names.sdks = libraries::used(walker, text);
        if !walker.names.sdks.is_empty() {
            walker.names.context = libraries::context(text, lang);
            walker.names.everything = libraries::goes_through_all(text);
        }
        calls(walker, lang, text);
        libraries::bare_calls(walker, lang, text);
        names::remote_shell(walker, text);
        walker.names = outer;
        walker.scripts.pop();
        walker.nested -= 1;
    });
}

fn is_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'$')
}

fn calls(walker: &mut Walker<'_>, lang: Lang, text: &[u8]) {
    let mut at = 0;
    let mut count = 0;
    // What the last calls gave back, by where they end: a method may follow.
    let mut receivers: Vec<(usize, Value)> = Vec::new();
    while let Some(&b) = text.get(at) {
        match b {
            b'#' if matches!(lang, Lang::Python | Lang::Ruby | Lang::Perl) || (lang == Lang::Php) => {
                at = line_end(text, at);
            }
            b'/' if matches!(lang, Lang::Node | Lang::Php) && text.get(at + 1) == Some(&b'/') => {
                at = line_end(text, at);
            }
            b'\'' | b'"' => at = literal(text, at, lang).1,
            b'`' => {
                let (inner, end) = literal(text, at, lang);
                if matches!(lang, Lang::Ruby | Lang::Perl | Lang::Php) {
                    walker.new_shell_text(&inner, &Flow::Inherit, Vec::new());
                }
                at = end;
            }
            b if is_name(b) => {
                let end = text.iter().skip(at).position(|b| !is_name(*b)).map_or(text.len(), |n| at + n);
                let name = text.get(at..end).unwrap_or_default();
                let mut open = end;
                while matches!(text.get(open), Some(b' ')) {
                    open += 1;
                }
                names::assigned(walker, lang, text, name, end);
                let statement = lang == Lang::Perl
                    && matches!(name, b"open" | b"print" | b"printf")
                    && text.get(open) != Some(&b'(');
                let bare = statement
                    || (matches!(lang, Lang::Ruby | Lang::Perl | Lang::Php)
                        && matches!(text.get(open), Some(b'"' | b'\'')));
                if text.get(open) == Some(&b'(') || bare {
                    let start = if bare { open } else { open + 1 };
                    let (arguments, close) = arguments(text, start, lang, bare);
                    // What stands inside is read once more.
                    walker.spend((close - start) / 16);
                    count += 1;
                    if count > MAX_CALLS || !walker.step() {
                        walker.unknown(Why::WorkLimit, None);
                        return;
                    }
                    if statement {
                        names::perl(walker, name, &arguments);
                        at = close;
                        continue;
                    }
                    if lang == Lang::Perl && name == b"open" {
                        names::perl(walker, name, &arguments);
                    }
                    let before = text.get(..at).unwrap_or_default().trim_ascii_end().len();
                    let receiver = receivers.iter().find(|(end, _)| *end == before).map(|(_, value)| value.clone());
                    if let Some(value) = call(walker, lang, name, &arguments, receiver)
                        && receivers.len() < MAX_CALLS
                    {
                        if lang == Lang::Ruby && writes(&arguments) {
                            names::block(walker, text.get(close..).unwrap_or_default(), &value);
                        }
                        receivers.push((close, value));
                    }
                    // What stands inside the parentheses is code as well.
                    at = if bare { close } else { open + 1 };
                } else {
                    at = end;
                }
            }
            _ => at += 1,
        }
    }
}

fn line_end(text: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', text.get(at..).unwrap_or_default()).map_or(text.len(), |n| at + n)
}

/// A string literal from its first quote: its text, and where it ends.
fn literal(text: &[u8], at: usize, lang: Lang) -> (Vec<u8>, usize) {
    let Some(&quote) = text.get(at) else { return (Vec::new(), at + 1) };
    let triple = lang == Lang::Python && text.get(at + 1) == Some(&quote) && text.get(at + 2) == Some(&quote);
    let mut out = Vec::new();
    let mut here = at + if triple { 3 } else { 1 };
    while let Some(&b) = text.get(here) {
        if b == b'\\' {
            match text.get(here + 1) {
                Some(b'n') => out.push(b'\n'),
                Some(b't') => out.push(b'\t'),
                Some(other) => out.push(*other),
                None => {}
            }
            here += 2;
            continue;
        }
        if b == quote && (!triple || (text.get(here + 1) == Some(&quote) && text.get(here + 2) == Some(&quote))) {
            return (out, here + if triple { 3 } else { 1 });
        }
        out.push(b);
        here += 1;
    }
    (out, text.len())
}

/// The arguments from behind the parenthesis, and where they end.
fn arguments(text: &[u8], start: usize, lang: Lang, bare: bool) -> (Vec<Argument>, usize) {
    let mut out = Vec::new();
    let mut at = start;
    let mut from = start;
    let mut literals: Vec<Vec<u8>> = Vec::new();
    let mut depth = 0_u32;
    let mut finish = |from: usize, to: usize, literals: &mut Vec<Vec<u8>>| {
        let source = text.get(from..to).unwrap_or_default().trim_ascii();
        if source.is_empty() {
            return;
        }
        let prefix = source.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let quoted = matches!(source.get(prefix), Some(b'"' | b'\'' | b'`')) && prefix <= 2;
        let fills: &[u8] = match (lang, source.get(prefix)) {
            (Lang::Perl | Lang::Php, Some(b'"')) => b"$",
            (Lang::Ruby, Some(b'"' | b'`')) => b"#{",
            (Lang::Node, Some(b'`')) => b"${",
            _ => b"",
        };
        let formatted = source.get(..prefix).is_some_and(|prefix| prefix.contains(&b'f'))
            || (!fills.is_empty() && memchr::memmem::find(source, fills).is_some());
        let ends = matches!(source.last(), Some(b'"' | b'\'' | b'`'));
        let one = if quoted && ends && literals.len() == 1 && !formatted {
            Argument::Text(literals.first().cloned().unwrap_or_default())
        } else if source.first() == Some(&b'[') && !literals.is_empty() {
            Argument::List(self::literals::words(source, literals, lang))
        } else {
            Argument::Other(source.to_vec())
        };
        literals.clear();
        out.push(one);
    };
    while let Some(&b) = text.get(at) {
        match b {
            b'\'' | b'"' | b'`' => {
                let (inner, end) = literal(text, at, lang);
                literals.push(inner);
                at = end;
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                if depth == 0 {
                    break;
                }
                depth -= 1;
            }
            b',' if depth == 0 => {
                finish(from, at, &mut literals);
                from = at + 1;
            }
            b';' | b'\n' if bare && depth == 0 => break,
            _ => {}
        }
        // Arguments of a size that nobody writes are not read to their end.
        if at - start > 16 * 1024 {
            break;
        }
        at += 1;
    }
    finish(from, at, &mut literals);
    (out, (at + 1).min(text.len().max(start)))
}

/// Judges a call. Gives the path that it stands for, when a method may follow.
fn call(
    walker: &mut Walker<'_>,
    lang: Lang,
    name: &[u8],
    arguments: &[Argument],
    receiver: Option<Value>,
) -> Option<Value> {
    let name = String::from_utf8_lossy(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    if matches!(
        last,
        "Path" | "PosixPath" | "Pathname.new" | "expanduser" | "join" | "resolve" | "joinpath" | "absolute"
    ) {
        if name.starts_with('.') && receiver.is_some() {
            return receiver;
        }
        return arguments.first().map(|first| home(walker, &names::value(walker, lang, Some(first)).value));
    }
    if name.starts_with('.')
        && let Some(path) = receiver
        && let Some((_, what)) = PATH_METHODS.iter().find(|(method, _)| *method == last.as_bytes())
    {
        let mut all = vec![match path {
            Value::Known(text) => Argument::Text(text),
            _ => Argument::Other(b"receiver".to_vec()),
        }];
        all.extend(arguments.iter().cloned());
        act(walker, lang, *what, &all);
        return None;
    }
    rest_of_call(walker, lang, &name, arguments);
    let opens = matches!(does(&name), Some(Does::Open)) && writes(arguments);
    opens.then(|| path(walker, lang, arguments.first()))
}

/// Is the file opened to be written?
fn writes(arguments: &[Argument]) -> bool {
    arguments.iter().skip(1).any(|one| match one {
        Argument::Text(mode) => mode.iter().any(|b| matches!(b, b'w' | b'a' | b'x' | b'>')),
        Argument::Other(source) => {
            source.starts_with(b"mode=") && source.iter().skip(5).any(|b| matches!(b, b'w' | b'a' | b'x'))
        }
        Argument::List(_) => false,
    })
}

fn rest_of_call(walker: &mut Walker<'_>, lang: Lang, name: &str, arguments: &[Argument]) {
    let last = name.rsplit('.').next().unwrap_or_default();
    libraries::call(walker, lang, name, arguments);
    if names::method(walker, lang, name, arguments) {
        return;
    }
    // `.then(eval)`: the code is what was fetched.
    let passes_on = matches!(last, "then" | "map" | "pipe")
        && arguments.iter().any(|one| matches!(one, Argument::Other(source) if matches!(source.as_slice(), b"eval" | b"Function" | b"exec")));
    if passes_on {
        evaluate(walker, lang, arguments);
        return;
    }
    let Some(what) = does(name) else { return };
    // `regex.exec("…")` and `cursor.exec` are not processes.
    if last == "exec" && name.contains('.') && !name.contains("child_process") && !name.contains("cp.") {
        return;
    }
    if last == "exec" && lang == Lang::Python {
        evaluate(walker, lang, arguments);
        return;
    }
    // A method named `open` or `unlink` of something else takes no path.
    if arguments.is_empty() {
        return;
    }
    act(walker, lang, what, arguments);
}

/// `~` as `expanduser` reads it.
fn home(walker: &Walker<'_>, path: &Value) -> Value {
    match path.known() {
        Some(text) if text == b"~" || text.starts_with(b"~/") => {
            let mut out = walker.shell.get(b"HOME").unwrap_or(Value::Unknown(Why::NoFacts));
            out.append(&Value::text(text.get(1..).unwrap_or_default()));
            out
        }
        _ => path.clone(),
    }
}

/// A path argument: a literal, or a literal within `expanduser`.
fn path(walker: &Walker<'_>, lang: Lang, argument: Option<&Argument>) -> Value {
    match argument {
        Some(Argument::Text(text)) => home(walker, &Value::text(text)),
        Some(Argument::Other(source)) => {
            let known = values::evaluate(walker, lang, source, 0);
            let floating = matches!(known.value, Value::Unknown(_) | Value::Pattern { floating: true, .. });
            if !floating && !known.value.is("") {
                return home(walker, &known.value);
            }
            let folder = memchr::memmem::find(source, b"HOME").is_some()
                || memchr::memmem::find(source, b"homedir()").is_some()
                || memchr::memmem::find(source, b"Path.home()").is_some();
            let expands = memchr::memmem::find(source, b"expanduser").is_some();
            let first = source
                .iter()
                .position(|b| matches!(b, b'"' | b'\'' | b'`'))
                .map(|at| (at, literal(source, at, Lang::Node).0));
            match first {
                Some((_, text)) if expands => home(walker, &Value::Known(text)),
                _ if folder => {
                    // The last literal is what lies below home.
                    let tail = source.iter().rposition(|b| matches!(b, b'"' | b'\'' | b'`'));
                    let below = tail.and_then(|end| {
                        let quote = *source.get(end)?;
                        let start = source.get(..end)?.iter().rposition(|b| *b == quote)?;
                        source.get(start + 1..end).map(<[u8]>::to_vec)
                    });
                    let mut out = walker.shell.get(b"HOME").unwrap_or(Value::Unknown(Why::NoFacts));
                    if let Some(below) = below.filter(|below| below != b"HOME" && !below.ends_with(b"HOME")) {
                        out.append(&Value::text(b"/"));
                        out.append(&Value::Known(below));
                    }
                    out
                }
                _ => Value::Unknown(Why::Variable),
            }
        }
        _ => Value::Unknown(Why::Variable),
    }
}

fn act(walker: &mut Walker<'_>, lang: Lang, what: Does, arguments: &[Argument]) {
    match what {
        Does::Delete { recursive } => {
            // The name that a loop gives to each member of a list.
            let each = match arguments.first() {
                Some(Argument::Other(name)) => walker.names.get(name).map(|known| known.each.clone()),
                _ => None,
            };
            for target in each.unwrap_or_default() {
                walker.delete(&home(walker, &target), recursive, true, false);
            }
            if !matches!(arguments.first(), Some(Argument::Other(name)) if walker.names.is_each(name)) {
                let target = path(walker, lang, arguments.first());
                walker.delete(&target, recursive, true, false);
            }
        }
        Does::Read => {
            let target = path(walker, lang, arguments.first());
            if target.known().is_some_and(|text| text.starts_with(b"http")) {
                super::net::fetch(walker, &target, "GET", None);
            } else {
                walker.read(&target, false);
            }
        }
        Does::Write => {
            let target = path(walker, lang, arguments.first());
            let known = names::value(walker, lang, arguments.get(1));
            let content = names::content(walker, &known);
            walker.write(&target, WriteMode::Replace, &content);
        }
        Does::FetchTo => {
            let url = names::value(walker, lang, arguments.first()).value;
            let to = arguments.get(1).map(|_| path(walker, lang, arguments.get(1)));
            super::net::fetch(walker, &url, "GET", to.as_ref());
        }
        Does::Add => {
            let target = path(walker, lang, arguments.first());
            let known = names::value(walker, lang, arguments.get(1));
            let content = names::content(walker, &known);
            walker.write(&target, WriteMode::Append, &content);
        }
        Does::Open => open(walker, lang, arguments),
        Does::Move => {
            let (from, to) = (path(walker, lang, arguments.first()), path(walker, lang, arguments.get(1)));
            walker.move_to(&from, &to);
        }
        Does::Copy => {
            let (from, to) = (path(walker, lang, arguments.first()), path(walker, lang, arguments.get(1)));
            let flow = walker.read_flow(&from);
            walker.write(&to, WriteMode::Replace, &flow);
        }
        Does::Chmod => {
            let target = path(walker, lang, arguments.first());
            let mode = arguments.get(1).map_or(Value::Unknown(Why::Unstated), mode);
            walker.change_mode(&target, false, &mode);
            super::files::setuid(walker, &mode);
        }
        Does::Shell => match arguments {
            // `system("rm", "-rf", "x")` is a program and its arguments.
            [Argument::Text(program), Argument::Text(_), ..] if matches!(lang, Lang::Ruby | Lang::Perl) => {
                let mut words = vec![Value::text(program)];
                words.extend(arguments.iter().skip(1).map(Argument::value));
                walker.invoke(&words, &Flow::Inherit);
            }
            [Argument::Text(text), ..] => {
                walker.new_shell_text(text, &Flow::Inherit, Vec::new());
            }
            [Argument::List(words), ..] => {
                walker.invoke(words, &Flow::Inherit);
            }
            _ => shell_of(walker, lang, arguments),
        },
        Does::Spawn => match arguments {
            [Argument::List(words), ..] => {
                walker.invoke(words, &Flow::Inherit);
            }
            [Argument::Text(program), Argument::List(words), ..] => {
                // `os.execvp("rm", ["rm", …])` repeats the program, `spawn("rm", […])` does not.
                let repeats = words.first().and_then(Value::known) == Some(program.as_slice());
                let mut all = if repeats { Vec::new() } else { vec![Value::text(program)] };
                all.extend(words.iter().cloned());
                walker.invoke(&all, &Flow::Inherit);
            }
            [Argument::Text(text), rest @ ..] => {
                if rest.iter().all(|one| matches!(one, Argument::Text(_))) && !rest.is_empty() {
                    let mut words = vec![Value::text(text)];
                    words.extend(rest.iter().map(Argument::value));
                    walker.invoke(&words, &Flow::Inherit);
                } else {
                    walker.new_shell_text(text, &Flow::Inherit, Vec::new());
                }
            }
            _ => shell_of(walker, lang, arguments),
        },
        Does::Fetch => {
            let Some(first) = arguments.first() else { return };
            // A method or a body makes it a sending.
            let sends = arguments.iter().skip(1).any(|one| match one {
                Argument::Other(source) => {
                    let upper = source.to_ascii_uppercase();
                    [&b"POST"[..], b"PUT", b"PATCH", b"DATA=", b"BODY"]
                        .iter()
                        .any(|word| memchr::memmem::find(&upper, word).is_some())
                }
                _ => false,
            });
            let known = names::value(walker, lang, Some(first));
            let url = known.request.clone().unwrap_or(known.value);
            // A request that carries something, or an address that holds it.
            let carried = names::sent(walker, lang, arguments);
            if sends || !carried.is_empty() {
                send(walker, &url, carried);
            } else {
                super::net::fetch(walker, &url, "GET", None);
            }
        }
        Does::Send => {
            let Some((first, rest)) = arguments.split_first() else { return };
            // What is read in the arguments is what is sent. A sending in them is found by itself, behind this one.
            for source in rest {
                if let Argument::Other(source) = source
                    && !SENDS.iter().any(|name| memchr::memmem::find(source, name.as_bytes()).is_some())
                {
                    calls(walker, lang, source);
                }
            }
            let url = names::value(walker, lang, Some(first)).value;
            let carried = names::sent(walker, lang, arguments);
            send(walker, &url, carried);
        }
        Does::Evaluate => evaluate(walker, lang, arguments),
    }
}

/// Parts of the names of calls that send.
const SENDS: [&str; 4] = ["post", "put", "patch", "fetch"];

/// `0o4755`, `04755`, `"4755"` as `chmod` takes it.
fn mode(argument: &Argument) -> Value {
    match argument {
        Argument::Text(text) => Value::text(text),
        Argument::Other(source) => {
            let digits = source.strip_prefix(b"0o").or_else(|| source.strip_prefix(b"0")).unwrap_or_default();
            let octal = !digits.is_empty() && digits.iter().all(|b| (b'0'..=b'7').contains(b));
            if octal { Value::text(digits) } else { Value::Unknown(Why::Variable) }
        }
        Argument::List(_) => Value::Unknown(Why::Variable),
    }
}

/// A shell command that is no literal: as far as it is known, and else by where it comes from.
fn shell_of(walker: &mut Walker<'_>, lang: Lang, arguments: &[Argument]) {
    let known = names::value(walker, lang, arguments.first());
    if let Value::Known(text) = &known.value {
        walker.new_shell_text(text, &Flow::Inherit, Vec::new());
        return;
    }
    if let Value::Pattern { glob, floating: false } = &known.value {
        let text = glob.clone();
        walker.maybe(|walker| walker.new_shell_text(&text, &Flow::Inherit, Vec::new()));
    }
    match names::code_of(walker, lang, arguments.first()) {
        Some(code) => {
            walker.push(Action::Run { program: Field::Known(super::raw("sh")), arguments: Vec::new(), code });
        }
        None => unseen(walker),
    }
}

fn send(walker: &mut Walker<'_>, url: &Value, carried: Vec<Outgoing<RawText>>) {
    if !carried.is_empty() {
        let host = super::net::host_of(url);
        walker.push(Action::Send { host, url: url.field(), method: Field::Known(super::raw("POST")), what: carried });
        return;
    }
    let files: Vec<Outgoing<RawText>> = walker
        .effects
        .iter()
        .rev()
        .take(8)
        .filter_map(|effect| match &effect.action {
            Action::Read { target, .. } => Some(Outgoing::File(target.clone())),
            _ => None,
        })
        .collect();
    let what = if files.is_empty() { vec![Outgoing::Output] } else { files };
    let host = super::net::host_of(url);
    walker.push(Action::Send { host, url: url.field(), method: Field::Known(super::raw("POST")), what });
}

/// `open(path, mode)`.
fn open(walker: &mut Walker<'_>, lang: Lang, arguments: &[Argument]) {
    let target = path(walker, lang, arguments.first());
    if lang == Lang::Node {
        return;
    }
    let mode = arguments.iter().skip(1).find_map(|one| match one {
        Argument::Text(mode) => Some(mode.clone()),
        Argument::Other(source) => source.strip_prefix(b"mode=").map(<[u8]>::to_vec),
        Argument::List(_) => None,
    });
    let mode = mode.unwrap_or_default();
    let has = |b: u8| mode.contains(&b);
    if has(b'w') || has(b'x') || has(b'>') && !mode.starts_with(b">>") {
        walker.write_field(&target, WriteMode::Replace, Field::Unknown(Why::Unseen), Made::Unseen);
    } else if has(b'a') || mode.starts_with(b">>") {
        walker.write_field(&target, WriteMode::Append, Field::Unknown(Why::Unseen), Made::Unseen);
    } else {
        walker.read(&target, false);
        if has(b'+') {
            walker.write_field(&target, WriteMode::Edit, Field::Unknown(Why::Unseen), Made::Unseen);
        }
    }
}

/// Text that becomes code: fetched, decoded, or written out here.
fn evaluate(walker: &mut Walker<'_>, lang: Lang, arguments: &[Argument]) {
    let code = match arguments.first() {
        Some(Argument::Text(text)) => {
            let text = text.clone();
            calls(walker, lang, &text);
            return;
        }
        Some(Argument::Other(source)) => {
            let has = |word: &[u8]| memchr::memmem::find(source, word).is_some();
            if let Some(code) = names::code_of(walker, lang, arguments.first()) {
                code
            } else if let Value::Known(text) = names::value(walker, lang, arguments.first()).value {
                calls(walker, lang, &text);
                return;
            } else if let Some(url) = walker.scripts.last().and_then(|script| values::fetched(script, lang)) {
                // Something of this script is fetched, and something that is not shown becomes code.
                Code::Download { url: url.field() }
            } else if has(b"urlopen") || has(b"requests.get") || has(b"fetch(") || has(b"http") {
                let url =
                    source.iter().position(|b| matches!(b, b'"' | b'\'' | b'`')).map(|at| literal(source, at, lang).0);
                Code::Download { url: url.map_or(Field::Unknown(Why::Variable), |url| Field::Known(RawText::new(url))) }
            } else if has(b"b64decode")
                || has(b"base64")
                || has(b"fromhex")
                || has(b"atob")
                || has(b"zlib")
                || has(b"marshal")
            {
                Code::Decoded
            } else if has(b"compile(") || has(b"open(") || has(b"read") {
                Code::Unseen(Why::Unseen)
            } else {
                return;
            }
        }
        _ => return,
    };
    walker.push(Action::Run { program: Field::Known(super::raw("eval")), arguments: Vec::new(), code });
}

fn unseen(walker: &mut Walker<'_>) {
    let code = Code::Unseen(Why::Variable);
    walker.push(Action::Run { program: Field::Unknown(Why::Variable), arguments: Vec::new(), code });
}
