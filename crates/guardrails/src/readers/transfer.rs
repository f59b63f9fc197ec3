//! Programs that hand files to somebody else: by their own commands, by mail, by a code word.

use super::{net, raw};
use crate::paths::Follow;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, Outgoing};
use protocol::{Field, RawText, Why};

/// Lines of a client's own commands that are looked at.
const MAX_LINES: usize = 64;

fn send(walker: &mut Walker<'_>, host: Field<RawText>, method: &str, what: Vec<Outgoing<RawText>>) {
    walker.push(Action::Send { host, url: Field::Unknown(Why::Unstated), method: Field::Known(raw(method)), what });
}

/// `sftp host`, `ftp host`, `lftp host`: what flows in, a file or an option gives are its own commands.
pub(super) fn client(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let host = call.operands().first().map_or(Field::Unknown(Why::Unstated), net::host_of);
    let mut texts: Vec<Vec<u8>> =
        call.arguments.values(&["-e", "-c"]).filter_map(Value::known).map(<[u8]>::to_vec).collect();
    let batch = call.arguments.value(&["-b", "-f"]).filter(|file| !file.is("-")).cloned();
    let stdin = batch.map_or_else(|| call.stdin.clone(), |file| walker.read_flow(&file));
    match stdin {
        Flow::Text(text) => texts.push(text),
        Flow::Inherit => {}
        other => send(walker, host.clone(), "ftp", other.outgoing()),
    }
    for text in texts {
        for line in text.split(|b| matches!(b, b'\n' | b';')).take(MAX_LINES) {
            let line = line.trim_ascii();
            if let Some(command) = line.strip_prefix(b"!") {
                let command = command.to_vec();
                walker.carried(call.name, |walker| walker.new_shell_text(&command, &Flow::Inherit, Vec::new()));
                continue;
            }
            let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            let verb = words.next().unwrap_or_default();
            let mut files: Vec<&[u8]> = words.filter(|word| word.first() != Some(&b'-')).collect();
            match verb {
                // The second name is the one over there.
                b"put" | b"send" | b"append" | b"reput" => files.truncate(1),
                b"mput" => {}
                b"mirror" if line.windows(2).any(|pair| pair == b"-R") => files.truncate(1),
                _ => continue,
            }
            let what: Vec<_> = files.iter().flat_map(|name| net::file(walker, &name_of(name))).collect();
            if !what.is_empty() {
                send(walker, host.clone(), "ftp", what);
            }
        }
    }
    Flow::Output
}

fn name_of(text: &[u8]) -> Value {
    if text.iter().any(|b| matches!(b, b'*' | b'?')) {
        Value::Pattern { glob: text.to_vec(), floating: false }
    } else {
        Value::text(text)
    }
}

/// `mail -A file person`, `mutt -a file -- person`, `swaks --attach file`.
pub(super) fn mail(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut what = call.stdin.outgoing();
    let attached: Vec<Value> = call.arguments.values(&["-a", "-A", "--attach", "--body"]).cloned().collect();
    for file in attached {
        // With some of them `-a` adds a header.
        let header = file.written().is_some_and(|text| text.contains(&b':') || text.contains(&b' '));
        let file = match file.known().and_then(|text| text.strip_prefix(b"@")) {
            Some(name) => Value::text(name),
            None => file,
        };
        if !header {
            what.extend(net::file(walker, &file));
        }
    }
    let to = call.arguments.value(&["--to", "-t"]).or_else(|| call.operands().last());
    let host = to.map_or(Field::Unknown(Why::Unstated), net::host_of);
    send(walker, host, "mail", what);
    Flow::Output
}

/// `croc send file`, `wormhole send file`: whoever has the code word gets it.
pub(super) fn hand_over(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut what = call.stdin.outgoing();
    for file in call.operands() {
        walker.read(file, true);
        what.push(Outgoing::File(walker.found(file, Follow::Links).target));
    }
    send(walker, Field::Known(RawText::from(call.name)), "PUT", what);
    Flow::Output
}

/// `openssl s_client -connect host:port`: both ends of a connection.
pub(super) fn secure_client(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some(to) = call.arguments.value(&["-connect", "-host"]).cloned() else { return Flow::Output };
    let what = call.stdin.outgoing();
    // Asking for a certificate sends nothing.
    let empty = matches!(&call.stdin, Flow::Text(text) if text.trim_ascii().len() < 4 || text.trim_ascii() == b"QUIT");
    if what.is_empty() || empty {
        walker.push(Action::Fetch {
            host: net::host_of(&to),
            url: Field::Unknown(Why::Unstated),
            method: Field::Known(raw("tcp")),
            to: None,
        });
    } else {
        send(walker, net::host_of(&to), "tcp", what);
    }
    Flow::Download(to)
}

/// `tar -T list`, `rsync --files-from=list`: the names that a list holds, as far as this call has made it.
pub(super) fn listed(walker: &mut Walker<'_>, list: &Value, stdin: &Flow) -> Vec<Value> {
    let flow = if list.is("-") { stdin.clone() } else { walker.read_flow(list) };
    match flow {
        Flow::Text(text) => {
            let lines = text.split(|b| matches!(b, b'\n' | 0)).map(<[u8]>::trim_ascii);
            lines.filter(|line| !line.is_empty()).take(MAX_LINES).map(Value::text).collect()
        }
        Flow::Paths { names, .. } => names,
        // A search earlier in this call has filled it.
        _ => super::wrappers::sought(walker),
    }
}

/// `trash`, `gio trash`, `rimraf`: a folder goes with all that it holds.
pub(super) fn remove_whole(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for word in call.operands() {
        walker.delete(word, true, true, false);
    }
    Flow::Output
}
