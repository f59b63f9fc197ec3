//! Programs that fetch and send.

use super::raw;
use crate::value::{Flow, Value};
use crate::walker::{Call, Made, Walker};
use protocol::effect::{Action, Outgoing, WriteMode};
use protocol::{Field, RawText, Why};

/// The host of a URL, or of what stands in its place.
pub(crate) fn host_of(url: &Value) -> Field<RawText> {
    let Some(text) = url.written() else {
        return match url {
            Value::Unknown(why) => Field::Unknown(*why),
            _ => Field::Unknown(Why::Variable),
        };
    };
    let rest = memchr::memmem::find(text, b"://").map_or(text, |at| text.get(at + 3..).unwrap_or_default());
    let authority = rest.split(|b| matches!(b, b'/' | b'?' | b'#')).next().unwrap_or_default();
    let host = authority.rsplit(|b| *b == b'@').next().unwrap_or_default();
    let host = if host.first() == Some(&b'[') {
        host.split(|b| *b == b']').next().unwrap_or_default().get(1..).unwrap_or_default()
    } else {
        host.split(|b| *b == b':').next().unwrap_or_default()
    };
    let host = host.to_ascii_lowercase();
    if host.is_empty() {
        Field::Unknown(Why::Unstated)
    } else if host.contains(&b'*') {
        Field::pattern(RawText::new(host))
    } else {
        Field::Known(RawText::new(host))
    }
}

/// An address without a name, or one that anyone on the way can change.
pub(crate) fn is_bare(url: &Value) -> bool {
    let host = host_of(url);
    let number = host.known().is_some_and(|host| {
        let host = protocol::Text::bytes(host);
        !host.is_empty() && host.iter().all(|b| b.is_ascii_digit() || *b == b'.')
    });
    number || url.written().is_some_and(|text| text.starts_with(b"http://"))
}

/// A URL as a word: its wildcards are text to the programs that take it.
fn url_field(url: &Value) -> Field<RawText> {
    match url {
        Value::Pattern { glob, floating: false } if glob.contains(&b'?') && !glob.contains(&b'*') => {
            Field::Known(RawText::new(glob.clone()))
        }
        other => other.field(),
    }
}

pub(crate) fn fetch(walker: &mut Walker<'_>, url: &Value, method: &str, to: Option<&Value>) {
    let target = to.map(|to| walker.found(to, crate::paths::Follow::Links).target);
    if url.known().is_some_and(super::leaves::carries_a_secret) {
        let what = super::leaves::environment(walker).outgoing();
        send(walker, url, Field::Known(raw(method)), what);
    }
    walker.push(Action::Fetch {
        host: host_of(url),
        url: url_field(url),
        method: Field::Known(raw(method)),
        to: target,
    });
    if let Some(to) = to {
        walker.write_field(to, WriteMode::Replace, Field::Unknown(Why::Unseen), Made::Download(url.clone()));
    }
}

fn send(walker: &mut Walker<'_>, url: &Value, method: Field<RawText>, what: Vec<Outgoing<RawText>>) {
    walker.push(Action::Send { host: host_of(url), url: url_field(url), method, what });
}

/// `@file`, `-`, or the text itself.
fn data(walker: &mut Walker<'_>, value: &Value, at: bool, stdin: &Flow) -> Vec<Outgoing<RawText>> {
    match value {
        Value::Known(text) if at && text.first() == Some(&b'@') => {
            let name = text.get(1..).unwrap_or_default();
            if name == b"-" { stdin.outgoing() } else { file(walker, &Value::text(name)) }
        }
        Value::Pattern { glob, floating: false } if at && glob.first() == Some(&b'@') => {
            let name = Value::Pattern { glob: glob.get(1..).unwrap_or_default().to_vec(), floating: false };
            file(walker, &name)
        }
        Value::Known(text) => vec![Outgoing::Text(RawText::new(text.clone()))],
        Value::Unknown(Why::Substitution) => from_substitution(walker),
        Value::Pattern { .. } | Value::Unknown(_) => {
            let mut out = from_substitution(walker);
            out.push(Outgoing::Output);
            out.dedup();
            out
        }
    }
}

/// What a substitution has just read is what it sends.
pub(crate) fn from_substitution(walker: &Walker<'_>) -> Vec<Outgoing<RawText>> {
    let reads = walker.effects.iter().rev().take(8).filter_map(|effect| match &effect.action {
        Action::Read { target, .. } => Some(Outgoing::File(target.clone())),
        _ => None,
    });
    let mut out: Vec<_> = reads.collect();
    if super::leaves::printed_environment(walker) {
        out.extend(super::leaves::environment(walker).outgoing());
    }
    out.extend(super::printed::just_printed(walker).map(|secret| Outgoing::Variable(RawText::from(secret))));
    if out.is_empty() { vec![Outgoing::Output] } else { out }
}

pub(crate) fn file(walker: &mut Walker<'_>, name: &Value) -> Vec<Outgoing<RawText>> {
    match walker.read_flow(name) {
        Flow::Files(files) => files.into_iter().map(Outgoing::File).collect(),
        flow => {
            let found = walker.found(name, crate::paths::Follow::Links);
            let mut out = flow.outgoing();
            out.push(Outgoing::File(found.target));
            out
        }
    }
}

/// `gh gist create files`: they lie there for all to read.
pub(super) fn gist(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut what = call.stdin.outgoing();
    let added = call.arguments.values(&["-a", "--add"]).cloned();
    for name in call.operands().iter().cloned().chain(added) {
        if !name.is("-") {
            what.extend(file(walker, &name));
        }
    }
    let url = Value::text(b"https://gist.github.com");
    let method = if call.has(&["-p", "--public"]) { "PUBLIC" } else { "POST" };
    send(walker, &url, Field::Known(raw(method)), what);
    Flow::Output
}

pub(super) fn curl(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let arguments = &call.arguments;
    let mut urls: Vec<Value> = call.operands().to_vec();
    urls.extend(arguments.values(&["--url"]).cloned());
    if let Some(config) = arguments.value(&["-K", "--config"]) {
        walker.read(config, false);
        if urls.is_empty() {
            urls.push(Value::Unknown(Why::Unseen));
        }
    }
    let method = arguments.value(&["-X", "--request"]).map(Value::field);
    let mut what = Vec::new();
    for (name, value) in &arguments.options {
        let Some(value) = value else { continue };
        match name.as_slice() {
            b"-d" | b"--data" | b"--data-ascii" | b"--data-binary" | b"--json" => {
                what.extend(data(walker, value, true, &call.stdin));
            }
            b"--data-raw" => what.extend(data(walker, value, false, &call.stdin)),
            b"--data-urlencode" => {
                let part = value.known().and_then(|text| {
                    text.iter().position(|b| *b == b'@').map(|at| Value::text(text.get(at..).unwrap_or_default()))
                });
                what.extend(data(walker, part.as_ref().unwrap_or(value), true, &call.stdin));
            }
            b"-F" | b"--form" | b"--form-string" => {
                let part = value.written().and_then(|text| {
                    text.iter().position(|b| *b == b'=').map(|at| text.get(at + 1..).unwrap_or_default().to_vec())
                });
                let part = part.map_or_else(
                    || value.clone(),
                    |text| {
                        let text = text.split(|b| *b == b';').next().unwrap_or_default();
                        let text = match text.strip_prefix(b"<") {
                            Some(rest) => [b"@", rest].concat(),
                            None => text.to_vec(),
                        };
                        // A name with wildcards, out of a search.
                        if text.first() == Some(&b'@') && value.known().is_none() {
                            Value::Pattern { glob: text, floating: false }
                        } else {
                            Value::Known(text)
                        }
                    },
                );
                what.extend(data(walker, &part, name.as_slice() != b"--form-string", &call.stdin));
            }
            b"-T" | b"--upload-file" => {
                if value.is("-") || value.is(".") {
                    what.extend(call.stdin.outgoing());
                } else {
                    what.extend(file(walker, value));
                }
            }
            b"-b" | b"--cookie" if !value.written().is_some_and(|text| text.contains(&b'=')) => {
                walker.read(value, false);
            }
            b"-E" | b"--cert" | b"--key" | b"--cacert" => walker.read(value, false),
            b"-H" | b"--header" if value.written().is_some_and(|text| text.first() == Some(&b'@')) => {
                what.extend(data(walker, value, true, &call.stdin));
            }
            b"-H" | b"--header" if value.known().is_none() => {
                let out = from_substitution(walker);
                what.extend(out.into_iter().filter(|one| matches!(one, Outgoing::File(_))));
            }
            b"-D" | b"--dump-header" | b"-c" | b"--cookie-jar" | b"--trace" | b"--trace-ascii" | b"--stderr" => {
                walker.write(value, WriteMode::Replace, &Flow::Output);
            }
            _ => {}
        }
    }
    // Whose token is in a header is not told apart from what is in the body.
    let header = arguments.values(&["-H", "--header", "-u", "--user"]).any(|value| value.known().is_none());
    let body = ["-d", "--data", "--data-ascii", "--data-binary", "--data-raw", "--data-urlencode", "--json", "-F"];
    let body = arguments.values(&body).any(|value| value.known().is_none());
    let control = arguments.value(&["--unix-socket", "--abstract-unix-socket"]).and_then(Value::written);
    if control.is_some_and(|path| path.ends_with(b"docker.sock") || path.ends_with(b"podman.sock"))
        && what.iter().any(|one| match one {
            Outgoing::Text(text) => super::containers::asks_for_the_machine(protocol::Text::bytes(text)),
            _ => false,
        })
    {
        let kind = protocol::effect::PrivilegeKind::ContainerEscape;
        walker.push(Action::Privilege { kind, to: Field::Known(raw("root")) });
    }
    // A header that no interface takes a login in.
    let told = arguments.values(&["-H", "--header"]).any(|value| match value {
        Value::Pattern { glob, floating: false } => !takes_a_login(glob),
        _ => false,
    });
    if told || !header && (body || urls.iter().any(|url| url.known().is_none())) {
        for url in &urls {
            let host = host_of(url);
            let Field::Known(host) = &host else { continue };
            let host = protocol::Text::bytes(host);
            let tokens = walker.unset.iter().filter(|name| super::printed::is_token_of_another(name, host));
            what.extend(tokens.map(|name| Outgoing::Variable(RawText::new(name.clone()))));
            if super::printed::login_of_another(walker, host) {
                what.push(Outgoing::Variable(RawText::from("a login")));
            }
        }
    }
    let writing = match &method {
        Some(Field::Known(name)) => !matches!(protocol::Text::bytes(name), b"GET" | b"HEAD" | b"OPTIONS"),
        _ => false,
    };
    let in_query = call.has(&["-G", "--get"]);
    let sends = !what.is_empty() || writing;
    let output = arguments.value(&["-o", "--output"]).cloned();
    let remote_name = call.has(&["-O", "--remote-name", "-J", "--remote-header-name", "--remote-name-all"]);
    let folder = arguments.value(&["--output-dir"]).cloned();
    let mut flow = Flow::Inherit;
    for url in &urls {
        // A value that a substitution made goes out in the address itself.
        if matches!(url, Value::Pattern { glob, .. } if glob.contains(&b'*'))
            && url.written().is_some_and(|text| text.contains(&b'?') || text.split(|b| *b == b'/').count() > 3)
        {
            let out = from_substitution(walker);
            if out.iter().any(|one| matches!(one, Outgoing::File(_))) {
                send(walker, url, Field::Known(raw("GET")), out);
            }
        }
        if sends {
            let default = if call.has(&["-T", "--upload-file"]) {
                "PUT"
            } else if in_query {
                "GET"
            } else {
                "POST"
            };
            let verb = method.clone().unwrap_or_else(|| Field::Known(raw(default)));
            if let Field::Known(verb) = &verb {
                super::requests::judge(walker, protocol::Text::bytes(verb), url, call.words);
            }
            send(walker, url, verb, what.clone());
        }
        let mut to = output.clone();
        if to.is_none() && remote_name {
            to = Some(last_part(url));
        }
        if let (Some(folder), Some(name)) = (&folder, &mut to) {
            let mut path = folder.clone();
            path.append(&Value::text(b"/"));
            path.append(name);
            *name = path;
        }
        let to = to.filter(|to| !to.is("-") && !to.is("/dev/stdout"));
        if url.known().is_some_and(super::leaves::carries_a_secret) {
            let what = super::leaves::environment(walker).outgoing();
            send(walker, url, Field::Known(raw("GET")), what);
        }
        let verb = method
            .clone()
            .unwrap_or_else(|| Field::Known(raw(if call.has(&["-I", "--head"]) { "HEAD" } else { "GET" })));
        if !sends || to.is_some() {
            let target = to.as_ref().map(|to| walker.found(to, crate::paths::Follow::Links).target);
            walker.push(Action::Fetch { host: host_of(url), url: url_field(url), method: verb, to: target });
        }
        match to {
            Some(to) => {
                walker.write_field(&to, WriteMode::Replace, Field::Unknown(Why::Unseen), Made::Download(url.clone()));
            }
            None => flow = flow.join(Flow::Download(url.clone())),
        }
    }
    flow
}

/// Is this a header that carries a login?
fn takes_a_login(header: &[u8]) -> bool {
    let name = header.split(|b| *b == b':').next().unwrap_or_default().to_ascii_lowercase();
    ["auth", "token", "key", "cookie", "credential", "secret", "password", "signature"]
        .iter()
        .any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some())
}

/// The name that a download gets from its URL.
fn last_part(url: &Value) -> Value {
    let Some(text) = url.written() else { return Value::Unknown(Why::Unseen) };
    let text = text.split(|b| matches!(b, b'?' | b'#')).next().unwrap_or_default();
    let name = text.rsplit(|b| *b == b'/').next().unwrap_or_default();
    if name.is_empty() || name.contains(&b'*') { Value::text(b"index.html") } else { Value::text(name) }
}

/// What a substitution has put into the address itself, as far as it is a file or a login of somebody else's service.
fn carried_in(walker: &Walker<'_>, url: &Value) -> Vec<Outgoing<RawText>> {
    let open = matches!(url, Value::Pattern { glob, .. } if glob.contains(&b'*'))
        && url.written().is_some_and(|text| text.contains(&b'?') || text.split(|b| *b == b'/').count() > 3);
    if !open {
        return Vec::new();
    }
    let mut out = from_substitution(walker);
    out.retain(|one| matches!(one, Outgoing::File(_)));
    if host_of(url).known().is_some_and(|host| super::printed::login_of_another(walker, protocol::Text::bytes(host))) {
        out.push(Outgoing::Variable(RawText::from("a login")));
    }
    out
}

pub(super) fn wget(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let arguments = &call.arguments;
    let mut what = Vec::new();
    for (name, value) in &arguments.options {
        let Some(value) = value else { continue };
        match name.as_slice() {
            b"--post-data" | b"--body-data" => what.extend(data(walker, value, false, &call.stdin)),
            b"--post-file" | b"--body-file" => what.extend(file(walker, value)),
            b"-i" | b"--input-file" => walker.read(value, false),
            b"--use-askpass" => {
                if let Some(text) = value.known() {
                    walker.carried("wget", |walker| walker.new_shell_text(text, &Flow::Output, Vec::new()));
                }
            }
            _ => {}
        }
    }
    let method = arguments
        .value(&["--method"])
        .map_or_else(|| Field::Known(raw(if what.is_empty() { "GET" } else { "POST" })), Value::field);
    let output = arguments.value(&["-O", "--output-document"]);
    let folder = arguments.value(&["-P", "--directory-prefix"]);
    let mut flow = Flow::Inherit;
    for url in call.operands() {
        if !what.is_empty() {
            send(walker, url, method.clone(), what.clone());
        }
        let in_address = carried_in(walker, url);
        if !in_address.is_empty() {
            send(walker, url, Field::Known(raw("GET")), in_address);
        }
        let to_stdout = output.is_some_and(|file| file.is("-") || file.is("/dev/stdout"));
        if to_stdout {
            fetch(walker, url, "GET", None);
            flow = flow.join(Flow::Download(url.clone()));
        } else if !call.has(&["--spider"]) {
            let name = output.cloned().unwrap_or_else(|| {
                let mut path = folder.map_or_else(|| Value::text(b"."), Clone::clone);
                path.append(&Value::text(b"/"));
                path.append(&last_part(url));
                path
            });
            fetch(walker, url, "GET", Some(&name));
        } else {
            fetch(walker, url, "HEAD", None);
        }
    }
    flow
}

/// `http POST host field=value field@file < body`.
pub(super) fn httpie(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut operands = call.operands().iter().peekable();
    let verb = operands
        .peek()
        .and_then(|word| word.known())
        .filter(|word| word.iter().all(u8::is_ascii_uppercase))
        .map(<[u8]>::to_vec);
    if verb.is_some() {
        operands.next();
    }
    let Some(url) = operands.next() else { return Flow::Output };
    let mut what = call.stdin.outgoing();
    for item in operands {
        let Some(text) = item.written() else {
            what.push(Outgoing::Output);
            continue;
        };
        if let Some(at) = text.iter().position(|b| *b == b'@') {
            what.extend(file(walker, &Value::text(text.get(at + 1..).unwrap_or_default())));
        } else if text.windows(2).all(|pair| pair != b"==") && text.contains(&b'=') {
            what.push(Outgoing::Text(RawText::new(text)));
        }
    }
    let method = verb.unwrap_or_else(|| if what.is_empty() { b"GET".to_vec() } else { b"POST".to_vec() });
    if what.is_empty() && matches!(method.as_slice(), b"GET" | b"HEAD" | b"OPTIONS") {
        fetch(walker, url, &String::from_utf8_lossy(&method), None);
    } else {
        super::requests::judge(walker, &method, url, call.words);
        send(walker, url, Field::Known(RawText::new(method)), what);
    }
    Flow::Download(url.clone())
}

pub(super) fn nc(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.has(&["-z"]) {
        return Flow::Output;
    }
    let carried = call.arguments.value(&["-e", "-c", "--exec", "--sh-exec"]);
    if call.has(&["-l", "--listen"]) {
        let address = call
            .arguments
            .value(&["-p"])
            .or_else(|| call.operands().last())
            .map_or(Field::Unknown(Why::Unstated), Value::field);
        walker.push(Action::Listen { address, tunnel: carried.is_some() });
    }
    let host = call.operands().first().cloned();
    if let Some(command) = carried {
        // What the program prints goes out, what comes in steers it.
        if let Some(host) = &host {
            walker.push(Action::Send {
                host: host_of(host),
                url: Field::Unknown(Why::Unstated),
                method: Field::Known(raw("tcp")),
                what: vec![Outgoing::Output],
            });
        }
        if let Some(text) = command.known() {
            let flow = Flow::Download(host.clone().unwrap_or(Value::Unknown(Why::Unstated)));
            walker.carried("nc", |walker| walker.new_shell_text(text, &flow, Vec::new()));
        }
        return Flow::Output;
    }
    if call.has(&["-l", "--listen"]) {
        return Flow::Download(Value::Unknown(Why::Unseen));
    }
    let Some(host) = host else { return Flow::Output };
    let what = call.stdin.outgoing();
    if what.is_empty() {
        walker.push(Action::Fetch {
            host: host_of(&host),
            url: Field::Unknown(Why::Unstated),
            method: Field::Known(raw("tcp")),
            to: None,
        });
    } else {
        walker.push(Action::Send {
            host: host_of(&host),
            url: Field::Unknown(Why::Unstated),
            method: Field::Known(raw("tcp")),
            what,
        });
    }
    Flow::Download(host)
}

/// Two addresses; `EXEC:` and `SYSTEM:` run a command between them.
pub(super) fn socat(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut out = None;
    let mut commands = Vec::new();
    for address in call.operands() {
        let Some(text) = address.written() else {
            walker.unknown(Why::Variable, Some(b"socat"));
            continue;
        };
        let cut = text.iter().position(|b| *b == b':').unwrap_or(text.len());
        let (kind, rest) = text.split_at(cut);
        let rest = rest.get(1..).unwrap_or_default();
        let kind = kind.to_ascii_uppercase();
        if kind.ends_with(b"LISTEN") {
            walker.push(Action::Listen { address: Field::Known(RawText::new(rest)), tunnel: true });
            out = Some(Value::Unknown(Why::Unseen));
        } else if matches!(kind.as_slice(), b"EXEC" | b"SYSTEM" | b"SHELL") {
            commands.push(rest.split(|b| *b == b',').next().unwrap_or_default().to_vec());
        } else if kind.starts_with(b"TCP")
            || kind.starts_with(b"UDP")
            || kind.starts_with(b"OPENSSL")
            || kind.starts_with(b"SSL")
        {
            let host = Value::text(rest);
            walker.push(Action::Send {
                host: host_of(&host),
                url: Field::Unknown(Why::Unstated),
                method: Field::Known(raw("tcp")),
                what: vec![Outgoing::Output],
            });
            out = Some(host);
        } else if matches!(kind.as_slice(), b"FILE" | b"OPEN" | b"GOPEN") {
            walker.read(&Value::text(rest.split(|b| *b == b',').next().unwrap_or_default()), false);
        }
    }
    let flow = Flow::Download(out.unwrap_or(Value::Unknown(Why::Unstated)));
    for command in commands {
        walker.carried("socat", |walker| walker.new_shell_text(&command, &flow, Vec::new()));
    }
    Flow::Output
}

/// `user@host:path`: the host, when it is one.
pub(super) fn remote(word: &Value) -> Option<Field<RawText>> {
    let text = word.written()?;
    if let Some(rest) =
        [&b"rsync://"[..], b"scp://", b"sftp://", b"ssh://"].iter().find_map(|scheme| text.strip_prefix(*scheme))
    {
        return Some(host_of(&Value::text(rest)));
    }
    let cut = text.iter().position(|b| *b == b':')?;
    let head = text.get(..cut)?;
    // `:sftp,host=x:/in`: a store that only this command knows.
    if head.is_empty() && text.get(1..).is_some_and(|rest| rest.iter().take(16).any(|b| matches!(b, b',' | b':'))) {
        let host = memchr::memmem::find(text, b"host=").map(|at| text.get(at + 5..).unwrap_or_default());
        let host = host.and_then(|host| host.split(|b| matches!(b, b',' | b':' | b'/')).next());
        return Some(host.map_or(Field::Unknown(Why::Unseen), |host| Field::Known(RawText::new(host))));
    }
    if head.contains(&b'/') || head.is_empty() {
        return None;
    }
    let host = head.rsplit(|b| *b == b'@').next().unwrap_or_default();
    Some(if host.contains(&b'*') { Field::pattern(RawText::new(host)) } else { Field::Known(RawText::new(host)) })
}

pub(super) fn ssh_host(word: &Value) -> Field<RawText> {
    let Some(text) = word.written() else { return word.field() };
    let text = text.strip_prefix(b"ssh://").unwrap_or(text);
    let host = text.rsplit(|b| *b == b'@').next().unwrap_or_default();
    let host = host.split(|b| matches!(b, b':' | b'/')).next().unwrap_or_default();
    Field::Known(RawText::new(host))
}

/// Files between here and another host, either way.
pub(super) fn transfer(walker: &mut Walker<'_>, from: &[Value], to: &Value, method: &str, dry: bool) {
    let method = Field::Known(raw(method));
    let url = Field::Unknown(Why::Unstated);
    if let Some(host) = remote(to) {
        let mut what = Vec::new();
        for source in from {
            if remote(source).is_none() {
                what.extend(file(walker, source));
            } else {
                what.push(Outgoing::Output);
            }
        }
        if !dry {
            walker.push(Action::Send { host, url, method, what });
        }
        return;
    }
    for source in from {
        if let Some(host) = remote(source) {
            if !dry {
                let target = walker.found(to, crate::paths::Follow::Links).target;
                walker.push(Action::Fetch { host, url: url.clone(), method: method.clone(), to: Some(target) });
                walker.write_field(to, WriteMode::Replace, Field::Unknown(Why::Unseen), Made::Download(source.clone()));
            }
        } else {
            walker.read(source, true);
            if !dry {
                walker.write(to, WriteMode::Replace, &Flow::Output);
            }
        }
    }
}

/// `rclone copy folder remote:place`: what has a name and a colon lies at a store.
pub(super) fn rclone(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let (Some(from), Some(to)) = (call.operands().first(), call.operands().get(1)) else {
        let what = call.stdin.outgoing();
        if let (Some(to), false) = (call.operands().first(), what.is_empty()) {
            let method = Field::Known(raw("rclone"));
            walker.push(Action::Send { host: to.field(), url: Field::Unknown(Why::Unstated), method, what });
        }
        return Flow::Output;
    };
    transfer(walker, std::slice::from_ref(from), to, "rclone", call.flag(|entry| &entry.flags.dry));
    Flow::Output
}

/// `rclone sync`: what the other side has and an empty folder has not goes there: all of it.
pub(super) fn rclone_sync(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let flow = rclone(walker, call);
    let (Some(from), Some(to)) = (call.operands().first(), call.operands().get(1)) else { return flow };
    let class = walker.found(from, crate::paths::Follow::Links).target.class;
    if class.contains(protocol::PathClass::TEMPORARY) && remote(to).is_some() && !call.flag(|entry| &entry.flags.dry) {
        walker.push(Action::Resource {
            kind: protocol::effect::ResourceKind::Cloud,
            action: protocol::effect::ResourceAction::Destroy,
            provider: Field::Known(raw("rclone")),
            name: to.field(),
            scope: Field::Known(raw(crate::walker::EVERYTHING)),
            host: Field::Unknown(Why::Unstated),
            context: Field::Unknown(Why::Unstated),
        });
    }
    flow
}

pub(super) fn scp(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some((to, from)) = call.operands().split_last() else { return Flow::Output };
    if from.is_empty() {
        return Flow::Output;
    }
    transfer(walker, from, to, "scp", false);
    Flow::Output
}

/// `gh api`: a read unless a method or a field says otherwise.
pub(super) fn gh_api(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let given = call.arguments.value(&["-X", "--method"]).and_then(Value::written).map(<[u8]>::to_ascii_uppercase);
    let fields = call.has(&["-f", "--raw-field", "-F", "--field", "--input"]);
    let method = given.unwrap_or_else(|| if fields { b"POST".to_vec() } else { b"GET".to_vec() });
    let path = call.operands().first().cloned().unwrap_or(Value::Unknown(Why::Unstated));
    let host = Field::Known(raw("api.github.com"));
    if method == b"GET" || path.is("graphql") && !fields {
        walker.push(Action::Fetch { host, url: path.field(), method: Field::Known(RawText::new(method)), to: None });
        return Flow::Output;
    }
    let mut what = Vec::new();
    for value in call.arguments.values(&["-f", "--raw-field", "-F", "--field"]) {
        let part = value.known().and_then(|text| {
            text.iter().position(|b| *b == b'=').map(|at| Value::text(text.get(at + 1..).unwrap_or_default()))
        });
        what.extend(data(walker, part.as_ref().unwrap_or(value), true, &call.stdin));
    }
    super::cloud::forge_request(walker, "github", &method, &path, call.words);
    walker.push(Action::Send { host, url: path.field(), method: Field::Known(RawText::new(method)), what });
    Flow::Output
}
