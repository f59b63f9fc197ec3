//! Programs whose operands depend on each other: from here to there.

use crate::value::{Flow, Value};
use crate::walker::{Call, Made, Walker};
use protocol::effect::{Action, PrivilegeKind, WriteMode};
use protocol::{Field, PathClass};

const INTO: &[&str] = &["-t", "--target-directory"];

/// Sources and the place that they go to.
fn ends<'c>(call: &'c Call<'_>) -> Option<(&'c [Value], &'c Value, bool)> {
    if let Some(folder) = call.arguments.value(INTO) {
        return Some((call.operands(), folder, true));
    }
    let (to, from) = call.operands().split_last()?;
    Some((from, to, from.len() > 1))
}

/// The file that `from` becomes below or at `to`.
fn landing(walker: &Walker<'_>, from: &Value, to: &Value, into: bool) -> Value {
    let is_folder =
        into || to.written().is_some_and(|text| text.ends_with(b"/") || matches!(text, b"." | b".." | b"~")) || {
            match crate::paths::absolute(&walker.shell.cwd, to) {
                Value::Known(path) => {
                    let path = protocol::AbsPath::normal(&path);
                    Some(&path) == walker.facts.base.home.as_ref()
                        || walker.is_here()
                            && walker.facts.look.kind(&path).known() == Some(&protocol::facts::Kind::Folder)
                }
                _ => false,
            }
        };
    if !is_folder {
        return to.clone();
    }
    let Some(name) = from.written() else { return to.clone() };
    let name = name.strip_suffix(b"/").unwrap_or(name);
    let name = name.get(name.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1)..).unwrap_or_default();
    if name.is_empty() || matches!(name, b"." | b"..") {
        return to.clone();
    }
    let mut landing = to.clone();
    landing.append(&Value::text(b"/"));
    landing.append(&match from {
        Value::Pattern { .. } => Value::Pattern { glob: name.to_vec(), floating: false },
        _ => Value::text(name),
    });
    landing
}

pub(super) fn copy(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.name == "install" && call.has(&["-d", "--directory"]) {
        for folder in call.operands() {
            walker.write_field(folder, WriteMode::Create, Field::Known("".into()), Made::Unseen);
        }
        return Flow::Output;
    }
    let Some((from, to, into)) = ends(call) else { return Flow::Output };
    let recursive = call.has(&["-r", "-R", "-a", "--recursive", "--archive"]);
    let (from, to) = (from.to_vec(), to.clone());
    for source in &from {
        let flow = if source.is("/dev/stdin") { call.stdin.clone() } else { walker.read_flow(source) };
        if recursive
            && let Some(effect) = walker.effects.last_mut()
            && let Action::Read { recursive: slot, .. } = &mut effect.action
        {
            *slot = true;
        }
        let target = landing(walker, source, &to, into);
        walker.write(&target, WriteMode::Replace, &flow);
        run_from_temporary(walker, source, &target);
    }
    if let Some(mode) = call.arguments.value(&["-m", "--mode"]).filter(|_| call.name == "install") {
        setuid(walker, mode);
    }
    Flow::Output
}

pub(super) fn relocate(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some((from, to, into)) = ends(call) else { return Flow::Output };
    let (from, to) = (from.to_vec(), to.clone());
    if to.is("/dev/null") {
        for source in &from {
            walker.delete(source, true, true, false);
        }
        return Flow::Output;
    }
    for source in &from {
        let target = landing(walker, source, &to, into);
        walker.move_to(source, &target);
    }
    Flow::Output
}

pub(super) fn link(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some((from, to, into)) = ends(call) else { return Flow::Output };
    if from.is_empty() {
        return Flow::Output;
    }
    let (from, to) = (from.to_vec(), to.clone());
    for source in &from {
        // What the link leads to can be read by its new name.
        let found = walker.found(source, crate::paths::Follow::Links);
        if found.target.class.contains(PathClass::CREDENTIAL) {
            walker.read(source, false);
        }
        let target = landing(walker, source, &to, into);
        if call.has(&["-s", "--symbolic"]) {
            walker.linked(&target, source);
        }
        walker.write_field(&target, WriteMode::Create, Field::Known("".into()), Made::Unseen);
        run_from_temporary(walker, source, &target);
    }
    Flow::Output
}

/// A name of a list, as it lies below the folder that the list is about.
fn below(base: &Value, name: &Value) -> Value {
    let Some(text) = name.written() else { return name.clone() };
    let mut out = base.clone();
    if !base.written().is_some_and(|base| base.ends_with(b"/")) {
        out.append(&Value::text(b"/"));
    }
    out.append(&crate::knowledge::grammar::like(name, text.strip_prefix(b"/").unwrap_or(text)));
    out
}

/// A file of a temporary folder is put where it runs by itself.
fn run_from_temporary(walker: &mut Walker<'_>, from: &Value, to: &Value) {
    let target = walker.found(to, crate::paths::Follow::Entry);
    if target.persist.is_some() {
        let source = walker.found(from, crate::paths::Follow::Links);
        walker.moved_from_temporary(&source, &target);
    }
}

pub(super) fn dd(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if let (Some(image), Some(device)) = (call.arguments.value(&["if"]), call.arguments.value(&["of"]))
        && walker.write_image(device, image)
    {
        return Flow::Inherit;
    }
    let flow = match call.arguments.value(&["if"]) {
        Some(file) => walker.read_flow(&file.clone()),
        None => call.stdin.clone(),
    };
    if let Some(file) = call.arguments.value(&["of"]) {
        walker.write(file, WriteMode::Replace, &flow);
        return Flow::Inherit;
    }
    flow
}

pub(super) fn cat(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.operands().is_empty() {
        return call.stdin.clone();
    }
    let mut flow = Flow::Inherit;
    for file in call.operands() {
        let one = if file.is("-") { call.stdin.clone() } else { walker.read_flow(file) };
        flow = flow.join(one);
    }
    flow
}

pub(super) fn tee(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mode = if call.has(&["-a", "--append"]) { WriteMode::Append } else { WriteMode::Replace };
    for file in call.operands() {
        walker.write(file, mode, &call.stdin);
    }
    call.stdin.clone()
}

pub(super) fn tar(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    // The first word may be a bundle without a dash.
    let bundle =
        call.words.first().and_then(Value::known).filter(|word| word.first() != Some(&b'-')).unwrap_or_default();
    let has = |letter: u8, long: &str| {
        bundle.contains(&letter)
            || call
                .arguments
                .options
                .iter()
                .any(|(name, _)| name.as_slice() == [b'-', letter] || name == long.as_bytes())
    };
    let mut operands = call.operands().iter();
    if !bundle.is_empty() {
        operands.next();
    }
    let archive =
        call.arguments.value(&["-f", "--file"]).or_else(|| if bundle.contains(&b'f') { operands.next() } else { None });
    let to_command = call.arguments.values(&["--to-command", "--use-compress-program", "-I", "--checkpoint-action"]);
    for command in to_command {
        if let Some(text) = command.known() {
            // What a checkpoint starts has tar's own input, the others what is packed.
            let (text, stdin) = match text.strip_prefix(b"exec=") {
                Some(text) => (text.to_vec(), Flow::Inherit),
                None => (text.to_vec(), Flow::Output),
            };
            walker.carried("tar", |walker| walker.new_shell_text(&text, &stdin, Vec::new()));
        }
    }
    let cwd = walker.shell.cwd.clone();
    if let Some(folder) = call.arguments.value(&["-C", "--directory"]) {
        walker.shell.cwd = crate::paths::absolute(&cwd, folder);
    }
    let mut flow = Flow::Output;
    if has(b'x', "--extract") || has(b'x', "--get") {
        walker.shell.cwd = cwd.clone();
        if let Some(archive) = archive {
            walker.read(archive, false);
        }
        let fetched = match (archive, &call.stdin) {
            (None, Flow::Download(url)) => Some(url.clone()),
            (Some(archive), Flow::Download(url)) if archive.is("-") => Some(url.clone()),
            (Some(archive), _) => match walker.made_at(&walker.found(archive, crate::paths::Follow::Links)) {
                Some(Made::Download(url)) => Some(url.clone()),
                _ => None,
            },
            _ => None,
        };
        if !call.has(&["-O", "--to-stdout"]) {
            if let Some(url) = fetched.filter(|_| walker.unpacked.len() < 8) {
                let folder = call.arguments.value(&["-C", "--directory"]).cloned().unwrap_or_else(|| cwd.clone());
                if let Value::Known(folder) = crate::paths::absolute(&cwd, &folder) {
                    walker.unpacked.push((protocol::AbsPath::normal(&folder), url));
                }
            }
            let into = call.arguments.value(&["-C", "--directory"]).cloned().unwrap_or_else(|| Value::text(b"."));
            let mode = WriteMode::Create;
            walker.write_field(&into, mode, Field::Unknown(protocol::Why::Unseen), Made::Unseen);
        }
    } else if has(b'c', "--create") || has(b'r', "--append") || has(b'u', "--update") {
        let mut packed = Vec::new();
        for file in operands {
            walker.read(file, true);
            packed.push(walker.found(file, crate::paths::Follow::Links).target);
        }
        if let Some(list) = call.arguments.value(&["-T", "--files-from"]).cloned() {
            let named = super::transfer::listed(walker, &list, &call.stdin);
            for file in named {
                walker.read(&file, false);
                packed.push(walker.found(&file, crate::paths::Follow::Links).target);
            }
        }
        if call.has(&["--remove-files"]) {
            for file in call.operands() {
                walker.delete(file, true, true, false);
            }
        }
        walker.shell.cwd = cwd.clone();
        match archive {
            Some(archive) if !archive.is("-") => {
                let flow = if packed.is_empty() { Flow::Output } else { Flow::Files(packed) };
                walker.write(archive, WriteMode::Replace, &flow);
            }
            // To whom it goes gets the files.
            _ => flow = if packed.is_empty() { Flow::Decoded } else { Flow::Files(packed) },
        }
    } else if let Some(archive) = archive {
        walker.shell.cwd = cwd.clone();
        walker.read(archive, false);
    }
    walker.shell.cwd = cwd;
    flow
}

/// Programs that pack: archive first, then what goes in.
pub(super) fn archive(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut operands = call.operands().iter();
    if matches!(call.name, "7z" | "7za" | "7zz" | "ar" | "rar" | "unrar") {
        let verb = operands.next().and_then(Value::known).unwrap_or_default().to_vec();
        let Some(archive) = operands.next() else { return Flow::Output };
        if verb.first().is_some_and(|b| matches!(b, b'x' | b'e' | b'l' | b't')) {
            walker.read(archive, false);
            if matches!(verb.first(), Some(b'x' | b'e')) {
                walker.write_field(
                    &Value::text(b"."),
                    WriteMode::Create,
                    Field::Unknown(protocol::Why::Unseen),
                    Made::Unseen,
                );
            }
            return Flow::Output;
        }
        let moves = call.words.iter().any(|word| word.is("-sdel") || word.is("-df"));
        for file in operands {
            walker.read(file, true);
            if moves {
                walker.delete(file, true, true, false);
            }
        }
        walker.write(archive, WriteMode::Replace, &Flow::Decoded);
        return Flow::Output;
    }
    let Some(archive) = operands.next() else { return Flow::Output };
    let mut packed = Vec::new();
    for file in operands.clone() {
        walker.read(file, true);
        packed.push(walker.found(file, crate::paths::Follow::Links).target);
        if call.has(&["-m", "--move"]) {
            walker.delete(file, true, true, false);
        }
    }
    // The test of an archive may be any command.
    if let Some(test) = call.arguments.value(&["-TT", "--unzip-command"]).and_then(Value::known) {
        let test = test.to_vec();
        walker.carried("zip", |walker| walker.new_shell_text(&test, &Flow::Inherit, Vec::new()));
    }
    let flow = if packed.is_empty() { Flow::Decoded } else { Flow::Files(packed) };
    if archive.is("-") {
        return flow;
    }
    walker.write(archive, WriteMode::Replace, &flow);
    Flow::Output
}

pub(super) fn sed(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let in_place =
        call.arguments.options.iter().any(|(name, _)| name == b"-i" || name == b"--in-place" || (name == b"-I"));
    let mut operands = call.operands();
    let given = call.has(&["-e", "--expression", "-f", "--file"]);
    let mut scripts: Vec<Value> = call.arguments.values(&["-e", "--expression"]).cloned().collect();
    if !given && let Some((script, rest)) = operands.split_first() {
        scripts.push(script.clone());
        operands = rest;
    }
    // macOS takes the suffix of `-i` as a word of its own.
    if in_place && operands.first().is_some_and(|word| word.is("")) {
        operands = operands.get(1..).unwrap_or_default();
    }
    for script in &scripts {
        if let Some(text) = script.known() {
            sed_script(walker, text);
        }
    }
    if in_place {
        let texts: Vec<u8> = scripts.iter().filter_map(Value::known).filter_map(put_in).flatten().collect();
        let flow = if texts.is_empty() { Flow::Output } else { Flow::Part(texts) };
        for file in operands {
            walker.write(file, WriteMode::Edit, &flow);
        }
        return Flow::Output;
    }
    let mut flow = if operands.is_empty() { call.stdin.clone() } else { Flow::Inherit };
    for file in operands {
        let one = walker.read_flow(file);
        flow = flow.join(one);
    }
    match (&flow, scripts.as_slice()) {
        (Flow::Text(text), [Value::Known(script)]) => substitute(text, script).map_or(Flow::Output, Flow::Text),
        _ => flow.filtered(),
    }
}

/// The lines that a script puts into a file: `$a text`, `1i\\text`, `/x/c text`.
fn put_in(script: &[u8]) -> Option<Vec<u8>> {
    let rest = if script.first()? == &b'/' {
        let end = script.iter().skip(1).position(|b| *b == b'/')?;
        script.get(end + 2..)?
    } else {
        let length = script.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'$' | b',' | b' ')).count();
        script.get(length..)?
    };
    let [b'a' | b'i' | b'c', text @ ..] = rest.trim_ascii_start() else { return None };
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"\\").unwrap_or(text).trim_ascii_start();
    Some([text, b"\n"].concat())
}

/// The simplest scripts, `s/a/b/` and `s/a/b/g` of plain text, carried out.
fn substitute(text: &[u8], script: &[u8]) -> Option<Vec<u8>> {
    let rest = script.strip_prefix(b"s")?;
    let mark = *rest.first()?;
    let mut parts = rest.get(1..)?.split(|b| *b == mark);
    let (from, to, flags) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = |text: &[u8]| !text.iter().any(|b| b"\\.*[]^$&".contains(b));
    if parts.next().is_some() || from.is_empty() || !plain(from) || !plain(to) || !matches!(flags, b"" | b"g") {
        return None;
    }
    let mut out = Vec::new();
    for (at, line) in text.split(|b| *b == b'\n').enumerate() {
        if at > 0 {
            out.push(b'\n');
        }
        let mut rest = line;
        while let Some(found) = memchr::memmem::find(rest, from) {
            out.extend_from_slice(rest.get(..found)?);
            out.extend_from_slice(to);
            rest = rest.get(found + from.len()..)?;
            if flags.is_empty() {
                break;
            }
        }
        out.extend_from_slice(rest);
    }
    Some(out)
}

/// `e` runs a command, `w` writes a file.
fn sed_script(walker: &mut Walker<'_>, text: &[u8]) {
    for part in text.split(|b| matches!(b, b'\n' | b';')) {
        let part = part.trim_ascii_start();
        let part = part.strip_prefix(b"1").unwrap_or(part);
        if let Some(command) = part.strip_prefix(b"e ") {
            walker.new_shell_text(command, &Flow::Output, Vec::new());
        } else if let Some(file) = part.strip_prefix(b"w ") {
            walker.write(&Value::text(file.trim_ascii()), WriteMode::Replace, &Flow::Output);
        }
    }
}

pub(super) fn chmod(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    // Modes such as `-x` look like options.
    let is_mode = |word: &&Value| {
        word.written().is_some_and(|text| {
            text.len() > 1 && text.first() == Some(&b'-') && text.iter().skip(1).all(|b| b"rwxXst".contains(b))
        })
    };
    let dashed = call.words.iter().find(is_mode);
    let recursive = call.has(&["-R", "--recursive"]);
    let (mode, files) = match (dashed, call.arguments.value(&["--reference"])) {
        (Some(mode), _) => (mode.clone(), call.operands()),
        (None, Some(_)) => (Value::Unknown(protocol::Why::Unstated), call.operands()),
        (None, None) => match call.operands().split_first() {
            Some((mode, files)) => (mode.clone(), files),
            None => return Flow::Output,
        },
    };
    for file in files {
        walker.change_mode(file, recursive, &mode);
    }
    if !files.is_empty() {
        setuid(walker, &mode);
    }
    Flow::Output
}

/// A mode that lets others run a file as its owner.
pub(super) fn setuid(walker: &mut Walker<'_>, mode: &Value) {
    let Some(text) = mode.written() else { return };
    let number = text.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(text).ok()).flatten();
    let number = number.and_then(|digits| u32::from_str_radix(digits, 8).ok());
    let sets = match number {
        Some(mode) => mode & 0o6000 != 0,
        None => text.split(|b| *b == b',').any(|part| {
            let cut = part.iter().position(|b| matches!(b, b'+' | b'='));
            cut.is_some_and(|cut| part.get(cut..).unwrap_or_default().contains(&b's'))
        }),
    };
    if sets {
        walker.push(Action::Privilege { kind: PrivilegeKind::Setuid, to: Field::Unknown(protocol::Why::Unstated) });
    }
}

/// `shred`, `srm`, `wipe`: what is overwritten is gone for good, a single file like a folder.
pub(super) fn shred(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for file in call.operands() {
        walker.delete(file, true, true, false);
    }
    Flow::Output
}

/// `setfacl -R -m user:name:rwx files`: rights beside the mode.
pub(super) fn setfacl(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let rights = call.arguments.value(&["-m", "--modify", "-M", "--modify-file", "--set", "--set-file"]);
    let Some(rights) = rights.cloned() else { return Flow::Output };
    let recursive = call.has(&["-R", "--recursive"]);
    for file in call.operands() {
        walker.change_mode(file, recursive, &rights);
    }
    Flow::Output
}

pub(super) fn chown(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let files = if call.arguments.value(&["--reference"]).is_some() {
        call.operands()
    } else {
        call.operands().get(1..).unwrap_or_default()
    };
    let recursive = call.has(&["-R", "--recursive"]);
    let owner = call.operands().first().cloned().unwrap_or(Value::Unknown(protocol::Why::Unstated));
    for file in files {
        walker.change_mode(file, recursive, &owner);
    }
    Flow::Output
}

/// Made empty it has lost what it held; made longer it has not.
pub(super) fn truncate(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let grows = call
        .arguments
        .value(&["-s", "--size"])
        .and_then(Value::written)
        .is_some_and(|size| size.first() == Some(&b'+'));
    let mode = if grows { WriteMode::Append } else { WriteMode::Replace };
    for file in call.operands() {
        walker.write(file, mode, &Flow::Text(Vec::new()));
    }
    Flow::Output
}

/// Local or to another host; `--delete` removes what the source does not have.
pub(super) fn rsync(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let dry = call.has(&["-n", "--dry-run"]);
    if let Some(shell) = call.arguments.value(&["-e", "--rsh"])
        && let Some(text) = shell.known()
        && !text.starts_with(b"ssh")
    {
        let text = text.to_vec();
        walker.carried("rsync", |walker| walker.new_shell_text(&text, &Flow::Output, Vec::new()));
    }
    let Some((to, from)) = call.operands().split_last() else { return Flow::Output };
    // Only what the list names goes.
    let named = match call.arguments.value(&["--files-from"]).cloned() {
        Some(list) => super::transfer::listed(walker, &list, &call.stdin),
        None => Vec::new(),
    };
    let named: Vec<Value> = named.iter().flat_map(|name| from.iter().map(move |base| below(base, name))).collect();
    let from = if named.is_empty() { from } else { named.as_slice() };
    super::net::transfer(walker, from, to, "rsync", dry);
    if !dry
        && call.has(&["--delete", "--delete-after", "--delete-before", "--delete-excluded", "--delete-during", "--del"])
    {
        match super::net::remote(to) {
            None => walker.delete(to, true, false, true),
            // What the other machine has and this one has not goes there.
            Some(host) => {
                let path = to
                    .written()
                    .and_then(|text| text.iter().position(|b| *b == b':').and_then(|at| text.get(at + 1..)));
                let path = Value::text(path.unwrap_or_default());
                walker.at_place(protocol::effect::Place::Remote { host }, |walker| {
                    walker.delete(&path, false, false, true);
                });
            }
        }
    }
    if !dry && call.has(&["--remove-source-files"]) {
        for file in from {
            walker.delete(file, true, false, false);
        }
    }
    Flow::Output
}
