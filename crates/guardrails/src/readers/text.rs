//! Programs that make text out of text, and a few whose words need a look.

use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, Stopped};
use protocol::{Field, Text, Why};

/// Signals that end nothing.
const HARMLESS_SIGNALS: &[&str] = &["0", "CONT", "SIGCONT", "18", "WINCH", "SIGWINCH", "INFO"];

/// `kill`, `pkill`, `killall`.
pub(super) fn kill(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let lists = call.words.first().is_some_and(|word| word.is("-l") || word.is("-L") || word.is("-0"));
    let signal = call
        .arguments
        .value(&["-s", "--signal", "-n"])
        .and_then(Value::known)
        .map(|text| String::from_utf8_lossy(text).into_owned());
    if lists || signal.is_some_and(|signal| HARMLESS_SIGNALS.contains(&signal.as_str())) {
        return Flow::Output;
    }
    let mut what = Vec::new();
    for (at, word) in call.words.iter().enumerate() {
        let is_option = word.written().is_some_and(|text| text.len() > 1 && text.first() == Some(&b'-'));
        let is_value = at > 0
            && call.words.get(at - 1).is_some_and(|before| {
                matches!(before.written(), Some(b"-s" | b"--signal" | b"-n" | b"-u" | b"-U" | b"-g" | b"-P" | b"-t"))
            });
        // `kill -9 -1` ends everything that one may end.
        let everything = call.name == "kill" && word.is("-1") && at > 0;
        if (!is_option && !is_value) || everything {
            what.push(if call.name == "kill" { word.clone() } else { plainly_sought(word) });
        }
    }
    if call.name == "kill" && what.iter().any(is_open) && looks_for_us(walker) {
        let name = Field::Known(super::raw("taffrail"));
        walker.stops_us(&name);
        walker.push(Action::Stop { what: Stopped::Process, name });
    }
    for target in &what {
        let kind = if call.name == "kill" && target.is("-1") { Stopped::Machine } else { Stopped::Process };
        walker.stops_us(&target.field());
        walker.push(Action::Stop { what: kind, name: target.field() });
    }
    Flow::Output
}

/// Programs that pick a process out of all of them.
const SEEKERS: [&[u8]; 12] =
    [b"grep", b"egrep", b"rg", b"pgrep", b"pidof", b"awk", b"lsof", b"fuser", b"ss", b"systemctl", b"cat", b"head"];

/// A number that is not known, or a folder of `/proc` in its place.
fn is_open(target: &Value) -> bool {
    target.known().is_none_or(|text| text.starts_with(b"/proc"))
}

/// Was one of our processes looked for in this call?
fn looks_for_us(walker: &Walker<'_>) -> bool {
    walker.recent().any(|effect| {
        let (program, arguments) = match &effect.action {
            Action::Run { program, arguments, .. } => (program, arguments),
            // The file that its number was written into.
            Action::Read { target, .. } => {
                return target.path.known().is_some_and(|path| {
                    let name = path.bytes().rsplit(|b| *b == b'/').next().unwrap_or_default();
                    name.starts_with(b"taffrail") && name.ends_with(b".pid")
                });
            }
            _ => return false,
        };
        let seeks = program.known().is_some_and(|program| {
            let name = program.bytes().rsplit(|b| *b == b'/').next().unwrap_or_default();
            SEEKERS.contains(&name)
        });
        let names_us = |text: &protocol::RawText| holds_our_name(&without_sets_of_one(text.bytes()));
        seeks && arguments.iter().any(|word| word.known().is_some_and(names_us))
    })
}

/// `pgrep name`, `pidof name`: what it prints stands for processes of that name.
pub(super) fn pgrep(_: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.operands().is_empty() {
        return Flow::Output;
    }
    Flow::Paths { names: call.operands().iter().map(plainly_sought).collect(), filtered: false }
}

fn holds_our_name(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"taffrail").is_some()
}

/// `[n]ginx` is a search for `nginx` that does not find itself; `^nginx$` finds it as well.
fn plainly_sought(word: &Value) -> Value {
    match word {
        Value::Known(text) | Value::Pattern { glob: text, floating: false } => {
            let plain = without_sets_of_one(text);
            let plain = plain.strip_prefix(b"^").unwrap_or(&plain);
            let plain = plain.strip_suffix(b"$").unwrap_or(plain);
            if plain == text.as_slice() { word.clone() } else { crate::knowledge::grammar::like(word, plain) }
        }
        other => other.clone(),
    }
}

/// The text with each set that holds one letter as that letter.
fn without_sets_of_one(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        if let [b'[', letter, b']', after @ ..] = rest {
            out.push(*letter);
            rest = after;
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    out
}

/// The input of a filter: what flows in, or its files.
fn input(walker: &mut Walker<'_>, call: &Call<'_>, files: &[Value]) -> Flow {
    if files.is_empty() || files.iter().all(|file| file.is("-")) {
        return call.stdin.clone();
    }
    let mut flow = Flow::Inherit;
    for file in files {
        let one = walker.read_flow(file);
        flow = flow.join(one);
    }
    flow
}

pub(super) fn base64(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let files: Vec<Value> = call.operands().iter().chain(call.arguments.values(&["-i", "--input"])).cloned().collect();
    let flow = input(walker, call, &files);
    if call.has(&["-d", "-D", "--decode"]) {
        return match flow {
            Flow::Text(text) => decode64(&text).map_or(Flow::Decoded, Flow::Text),
            // Decoded it still is a secret.
            Flow::Download(_) | Flow::Inherit | Flow::Secret(_) => flow,
            _ => Flow::Decoded,
        };
    }
    match flow {
        // Encoded it still is what it was.
        Flow::Text(_) => Flow::Output,
        other => other,
    }
}

pub(super) fn decode64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for &b in text {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            b if b.is_ascii_whitespace() => continue,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(out)
}

pub(super) fn xxd(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let files = call.operands().get(..1).unwrap_or_default().to_vec();
    let flow = input(walker, call, &files);
    let reverse = call.has(&["-r", "-revert", "--revert"]);
    match flow {
        Flow::Text(text) if reverse => {
            let digits: Vec<u8> = text.iter().copied().filter(u8::is_ascii_hexdigit).collect();
            let plain =
                call.has(&["-p", "-ps", "-plain"]) || call.words.iter().any(|word| word.is("-rp") || word.is("-pr"));
            let bytes: Option<Vec<u8>> = digits
                .chunks_exact(2)
                .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
                .collect();
            match bytes {
                Some(bytes) if plain => Flow::Text(bytes),
                _ => Flow::Decoded,
            }
        }
        Flow::Text(_) => Flow::Output,
        Flow::Files(_) if reverse => Flow::Decoded,
        other => other,
    }
}

/// `openssl enc`, `openssl base64`: what goes in comes out, in other letters; only back again it cannot be followed.
pub(super) fn openssl_enc(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let flow = walker.plain(call);
    if call.has(&["-d", "-decrypt", "-verify"]) || call.has(&["-out"]) {
        return flow;
    }
    match call.arguments.value(&["-in"]) {
        Some(file) if !file.is("-") && !file.is("/dev/stdin") => {
            Flow::Files(vec![walker.found(file, crate::paths::Follow::Links).target])
        }
        _ if matches!(call.stdin, Flow::Files(_) | Flow::Secret(_)) => call.stdin.clone(),
        _ => flow,
    }
}

pub(super) fn rev(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    match input(walker, call, call.operands()) {
        Flow::Text(text) => {
            let lines: Vec<Vec<u8>> =
                text.split(|b| *b == b'\n').map(|line| line.iter().rev().copied().collect()).collect();
            Flow::Text(lines.join(&b'\n'))
        }
        other => other,
    }
}

/// `tr a-z n-za-m`: as far as both sets are plain.
pub(super) fn tr(_: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Flow::Text(text) = &call.stdin else { return call.stdin.clone().filtered() };
    let sets: Option<Vec<Vec<u8>>> = call.operands().iter().map(|word| word.written().and_then(set)).collect();
    let Some(sets) = sets else { return Flow::Decoded };
    let deletes = call.has(&["-d", "--delete"]);
    match sets.as_slice() {
        [from, ..] if deletes => Flow::Text(text.iter().copied().filter(|b| !from.contains(b)).collect()),
        [from, to] if !to.is_empty() && !call.has(&["-c", "-C", "--complement"]) => {
            let last = to.last().copied().unwrap_or_default();
            let change = |b: u8| match from.iter().position(|one| *one == b) {
                Some(at) => to.get(at).copied().unwrap_or(last),
                None => b,
            };
            Flow::Text(text.iter().map(|b| change(*b)).collect())
        }
        _ => Flow::Decoded,
    }
}

pub(super) fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let pairs = text.chunks_exact(2);
    pairs.map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())).collect()
}

fn set(text: &[u8]) -> Option<Vec<u8>> {
    match text {
        b"[:upper:]" => return Some((b'A'..=b'Z').collect()),
        b"[:lower:]" => return Some((b'a'..=b'z').collect()),
        b"[:space:]" => return Some(b" \t\n\r\x0b\x0c".to_vec()),
        b"[:digit:]" => return Some((b'0'..=b'9').collect()),
        _ => {}
    }
    if text.starts_with(b"[:") {
        return None;
    }
    let text = crate::shell::eval::unescape(text);
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&b) = text.get(at) {
        match (text.get(at + 1), text.get(at + 2)) {
            (Some(b'-'), Some(end)) if *end >= b => {
                out.extend(b..=*end);
                at += 3;
            }
            _ => {
                out.push(b);
                at += 1;
            }
        }
    }
    Some(out)
}

/// The program `echo`, where the shell's own is not reached.
pub(super) fn echo(_: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut text = Vec::new();
    for (at, word) in call.words.iter().enumerate() {
        let Some(word) = word.known() else { return Flow::Output };
        if at > 0 {
            text.push(b' ');
        }
        text.extend_from_slice(word);
    }
    text.push(b'\n');
    Flow::Text(text)
}

/// A new name below the folder for temporary files.
pub(super) fn mktemp(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let folder = call.arguments.value(&["-p", "--tmpdir"]).cloned().or_else(|| walker.shell.get(b"TMPDIR"));
    let mut name = match call.operands().first() {
        Some(template) if !call.has(&["-t"]) && call.arguments.value(&["-p", "--tmpdir"]).is_none() => template.clone(),
        Some(template) => {
            let mut path = folder.unwrap_or_else(|| Value::text(b"/tmp"));
            path.append(&Value::text(b"/"));
            path.append(template);
            path
        }
        None => {
            let mut path = folder.unwrap_or_else(|| Value::text(b"/tmp"));
            path.append(&Value::text(b"/tmp."));
            path.append(&Value::Unknown(Why::Substitution));
            path
        }
    };
    if let Value::Known(text) = &name {
        let end = text.iter().rposition(|b| *b != b'X').map_or(0, |at| at + 1);
        let mut made = Value::text(text.get(..end).unwrap_or_default());
        made.append(&Value::Unknown(Why::Substitution));
        name = made;
    }
    Flow::Paths { names: vec![name], filtered: false }
}

/// `gzip`, `gunzip` and their like: the file is replaced, unless the result goes to standard output.
pub(super) fn compress(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let packs = matches!(call.name, "gzip" | "bzip2" | "xz" | "zstd" | "lz4" | "lzma" | "pigz" | "brotli" | "pbzip2")
        && !call.has(&["-d", "--decompress", "--uncompress"]);
    if call.operands().iter().all(|file| file.is("-")) {
        return match &call.stdin {
            Flow::Inherit => Flow::Inherit,
            // Packed it still is what it was.
            Flow::Files(files) if packs => Flow::Files(files.clone()),
            Flow::Download(url) => Flow::Download(url.clone()),
            Flow::Secret(name) => Flow::Secret(name),
            _ => Flow::Decoded,
        };
    }
    let keeps = call.has(&["-c", "--stdout", "--to-stdout", "-l", "--list", "-t", "--test"]);
    let mut packed = Flow::Inherit;
    for file in call.operands() {
        if keeps {
            let one = walker.read_flow(file);
            packed = packed.join(one);
        } else {
            walker.write(file, protocol::effect::WriteMode::Edit, &Flow::Output);
            if packs {
                walker.packed_beside(file, call.name);
            }
        }
    }
    // Packed it still is what it was.
    if packs && matches!(packed, Flow::Files(_)) {
        return packed;
    }
    if keeps { Flow::Decoded } else { Flow::Output }
}

/// `jq`, `yq`: a filter and files; some options take a name and a file.
pub(super) fn jq(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut words = call.words.iter();
    let mut files = Vec::new();
    let mut has_filter = false;
    while let Some(word) = words.next() {
        let text = word.written().unwrap_or_default();
        match text {
            b"--rawfile" | b"--slurpfile" | b"--argfile" => {
                words.next();
                files.extend(words.next().cloned());
            }
            b"--arg" | b"--argjson" => {
                words.next();
                words.next();
            }
            b"-f" | b"--from-file" => {
                has_filter = true;
                if let Some(file) = words.next() {
                    walker.read(file, false);
                }
            }
            b"--indent" | b"-o" | b"--output-format" | b"-p" | b"--input-format" | b"-L" => {
                words.next();
            }
            b"--args" | b"--jsonargs" => break,
            [b'-', _, ..] => {}
            _ if !has_filter => has_filter = true,
            _ => files.push(word.clone()),
        }
    }
    let flow = if files.is_empty() { call.stdin.clone() } else { input(walker, call, &files) };
    flow.filtered()
}

/// `dirname path`, `basename path [suffix]`: of a path that is known, a text that is known.
pub(super) fn dirname(_: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some(path) = call.operands().first().and_then(Value::known) else { return Flow::Output };
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let cut = path.iter().rposition(|b| *b == b'/');
    let part = if call.name == "dirname" {
        cut.map_or(&b"."[..], |cut| path.get(..cut.max(1)).unwrap_or_default())
    } else {
        let name = path.get(cut.map_or(0, |cut| cut + 1)..).unwrap_or_default();
        let suffix = call.arguments.value(&["-s", "--suffix"]).or_else(|| call.operands().get(1));
        suffix.and_then(Value::known).and_then(|end| name.strip_suffix(end)).unwrap_or(name)
    };
    Flow::Text([part, b"\n"].concat())
}
