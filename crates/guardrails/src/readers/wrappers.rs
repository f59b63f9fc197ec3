//! Programs that run another: as another user, with other arguments, at another place.

use super::raw;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, Code, Place, PrivilegeKind, User};
use protocol::{Field, Text, Why};

pub(super) fn sudo(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.has(&["-l", "--list", "-k", "--reset-timestamp", "-K", "--remove-timestamp", "-V"])
        && call.operands().is_empty()
    {
        return Flow::Output;
    }
    let user = match call.arguments.value(&["-u", "--user"]) {
        Some(Value::Known(name)) if name == b"root" || name == b"#0" => Field::Known(User::Root),
        Some(value) => match value.field() {
            Field::Known(name) => Field::Known(User::Named(name)),
            Field::Pattern(_) => Field::Unknown(Why::Variable),
            Field::Unknown(why) => Field::Unknown(why),
        },
        None => Field::Known(User::Root),
    };
    let to = match &user {
        Field::Known(User::Named(name)) => Field::Known(name.clone()),
        Field::Unknown(why) => Field::Unknown(*why),
        _ => Field::Known(raw("root")),
    };
    walker.push(Action::Privilege { kind: PrivilegeKind::Sudo, to });
    // The password is a person's, and the question for it as well.
    if call.has(&["-S", "--stdin"]) && !matches!(call.stdin, Flow::Inherit) || call.has(&["-A", "--askpass"]) {
        walker.push(Action::ImpersonatePerson { kind: protocol::effect::ImpersonateKind::PermissionPrompt });
    }
    if call.has(&["-e", "--edit"]) || call.name == "sudoedit" {
        walker.as_user(user, |walker| {
            for word in call.operands() {
                walker.write(word, protocol::effect::WriteMode::Edit, &Flow::Output);
            }
        });
        return Flow::Output;
    }
    let skip = call.operands().iter().take_while(|word| assignment(word).is_some()).count();
    let words = call.operands().get(skip..).unwrap_or_default();
    walker.as_user(user, |walker| {
        for word in call.operands().iter().take(skip) {
            if let Some((name, value)) = assignment(word) {
                walker.code_variable(&name, Some(&value), false);
                walker.hint_of_assignment(&name, Some(&value));
            }
        }
        if words.is_empty() {
            // A shell of that user reads what flows in.
            if call.has(&["-s", "--shell", "-i", "--login"]) {
                shell_for_a_person(walker, &call.stdin);
                return walker.run_flow(super::Lang::Sh, &call.stdin, Some(call.run), &[]);
            }
            return Flow::Output;
        }
        walker.carried(call.name, |walker| walker.invoke(words, &call.stdin))
    })
}

/// `NAME=value` as a word.
fn assignment(word: &Value) -> Option<(Vec<u8>, Value)> {
    let text = word.written()?;
    let cut = text.iter().position(|b| *b == b'=')?;
    let (name, value) = text.split_at(cut);
    let is_name = !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    is_name.then(|| (name.to_vec(), crate::knowledge::grammar::like(word, value.get(1..).unwrap_or_default())))
}

pub(super) fn su(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let name = call.operands().iter().find(|word| !word.is("-"));
    let user = match name {
        None => Field::Known(User::Root),
        Some(word) if word.is("root") => Field::Known(User::Root),
        Some(word) => match word.field() {
            Field::Known(name) => Field::Known(User::Named(name)),
            _ => Field::Unknown(Why::Variable),
        },
    };
    let to = name.map_or_else(|| Field::Known(raw("root")), Value::field);
    walker.push(Action::Privilege { kind: PrivilegeKind::Sudo, to });
    walker.as_user(user, |walker| match call.arguments.value(&["-c", "--command"]) {
        Some(Value::Known(text)) => walker.carried("su", |walker| walker.new_shell_text(text, &call.stdin, Vec::new())),
        Some(_) => {
            walker.set_code(call.run, Code::Unseen(Why::Variable));
            Flow::Output
        }
        None => {
            shell_for_a_person(walker, &call.stdin);
            walker.run_flow(super::Lang::Sh, &call.stdin, Some(call.run), &[])
        }
    })
}

/// Nothing flows in: the shell takes what is typed.
fn shell_for_a_person(walker: &mut Walker<'_>, stdin: &Flow) {
    if matches!(stdin, Flow::Inherit) {
        walker.push_run(&[Value::text(b"sh")], Code::Installed);
    }
}

pub(super) fn env(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if let Some(text) = call.arguments.value(&["-S", "--split-string"]) {
        let Value::Known(text) = text else {
            walker.set_code(call.run, Code::Unseen(Why::Variable));
            return Flow::Output;
        };
        // The text is a command's beginning; the operands are its end.
        let mut script = text.clone();
        for word in call.operands() {
            script.extend_from_slice(b" ");
            quote(word, &mut script);
        }
        return walker.carried("env", |walker| walker.new_shell_text(&script, &call.stdin, Vec::new()));
    }
    let skip = call.operands().iter().take_while(|word| assignment(word).is_some()).count();
    let words = call.operands().get(skip..).unwrap_or_default();
    let cwd = walker.shell.cwd.clone();
    if let Some(folder) = call.arguments.value(&["-C", "--chdir"]) {
        walker.shell.cwd = crate::paths::absolute(&cwd, folder);
    }
    walker.carried(call.name, |walker| {
        for word in call.operands().iter().take(skip) {
            if let Some((name, value)) = assignment(word) {
                walker.code_variable(&name, Some(&value), words.is_empty());
                walker.hint_of_assignment(&name, Some(&value));
            }
        }
    });
    let flow = if words.is_empty() {
        super::leaves::environment(walker)
    } else {
        let shell = walker.shell.clone();
        for word in call.operands().iter().take(skip) {
            if let Some((name, value)) = assignment(word) {
                walker.shell.set(&name, value);
            }
        }
        let flow = walker.carried(call.name, |walker| walker.invoke(words, &call.stdin));
        walker.shell = shell;
        flow
    };
    walker.shell.cwd = cwd;
    flow
}

/// A word as it can stand in a script.
pub(super) fn quote(word: &Value, script: &mut Vec<u8>) {
    match word.written() {
        Some(text) if word.known().is_some() => {
            script.push(b'\'');
            for byte in text {
                if *byte == b'\'' {
                    script.extend_from_slice(b"'\\''");
                } else {
                    script.push(*byte);
                }
            }
            script.push(b'\'');
        }
        Some(text) => script.extend_from_slice(text),
        None => script.extend_from_slice(b"\"$unknown\""),
    }
}

/// The words that arrive on standard input.
fn arriving(flow: &Flow, split: &dyn Fn(u8) -> bool) -> (Vec<Value>, bool) {
    match flow {
        Flow::Text(text) => {
            let words = text.split(|b| split(*b)).filter(|word| !word.is_empty());
            let unquoted = words.map(|word| {
                let word = word.strip_prefix(b"'").and_then(|w| w.strip_suffix(b"'")).unwrap_or(word);
                Value::text(word.strip_prefix(b"\"").and_then(|w| w.strip_suffix(b"\"")).unwrap_or(word))
            });
            (unquoted.take(256).collect(), false)
        }
        Flow::Paths { names, filtered } => {
            let below = names
                .iter()
                .map(|name| match name {
                    Value::Known(path) if *filtered => {
                        Value::Pattern { glob: [path.as_slice(), b"/*"].concat(), floating: false }
                    }
                    other => other.clone(),
                })
                .collect();
            (below, *filtered)
        }
        Flow::Inherit => (Vec::new(), false),
        Flow::Names => (vec![flow.word()], false),
        _ => (vec![Value::Unknown(Why::Substitution)], false),
    }
}

pub(super) fn xargs(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.operands().is_empty() {
        return Flow::Output;
    }
    let nul = call.has(&["-0", "--null"]);
    let replace = call.arguments.value(&["-I", "-J", "--replace"]);
    let lines = replace.is_some() || call.has(&["-L", "-d", "--delimiter", "-i"]);
    let split = move |b: u8| {
        if nul {
            b == 0 || b == b'\n'
        } else if lines {
            b == b'\n'
        } else {
            b.is_ascii_whitespace()
        }
    };
    let from_file = call.arguments.value(&["-a", "--arg-file"]).cloned();
    let stdin = match &from_file {
        Some(file) => walker.read_flow(file),
        None => call.stdin.clone(),
    };
    let (arriving, filtered) = arriving(&stdin, &split);
    let mark =
        if call.has(&["-i"]) { b"{}".to_vec() } else { replace.and_then(Value::known).unwrap_or_default().to_vec() };
    let from = walker.effects.len();
    let flow = walker.carried("xargs", |walker| {
        if mark.is_empty() {
            let mut words = call.operands().to_vec();
            words.extend(arriving);
            return walker.invoke(&words, &Flow::Text(Vec::new()));
        }
        let mut flow = Flow::Inherit;
        for one in arriving.iter().take(32) {
            let words: Vec<Value> = call.operands().iter().map(|word| put(word, &mark, one)).collect();
            flow = flow.join(walker.invoke(&words, &Flow::Text(Vec::new())));
        }
        flow
    });
    if filtered {
        mark_filtered(walker, from);
    }
    flow
}

/// Puts `value` in the place of `mark`.
fn put(word: &Value, mark: &[u8], value: &Value) -> Value {
    let Some(text) = word.written() else { return word.clone() };
    let like = |text: &[u8]| crate::knowledge::grammar::like(word, text);
    let mut out = Value::Known(Vec::new());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, mark) {
        out.append(&like(rest.get(..at).unwrap_or_default()));
        out.append(value);
        rest = rest.get(at + mark.len()..).unwrap_or_default();
    }
    out.append(&like(rest));
    out
}

/// The names that the last `find` of this call asked for, as files below where it looked.
pub(super) fn sought(walker: &Walker<'_>) -> Vec<Value> {
    let last = walker.recent().find_map(|effect| match &effect.action {
        Action::Run { program, arguments, .. }
            if program.known().is_some_and(|name| matches!(name.bytes(), b"find" | b"gfind" | b"bfs")) =>
        {
            Some(arguments)
        }
        _ => None,
    });
    let word = |field: &Field<protocol::RawText>| match field {
        Field::Known(text) => text.bytes().to_vec(),
        Field::Pattern(pattern) => pattern.glob.bytes().to_vec(),
        Field::Unknown(_) => Vec::new(),
    };
    let words: Vec<Vec<u8>> = last.into_iter().flatten().map(word).collect();
    let start = words.first().filter(|start| start.first() != Some(&b'-')).map_or(&b"."[..], Vec::as_slice);
    words
        .windows(2)
        .filter(|pair| matches!(pair[0].as_slice(), b"-name" | b"-iname"))
        .map(|pair| Value::Pattern { glob: [start, b"/*/", &pair[1]].concat(), floating: false })
        .take(16)
        .collect()
}

/// Deletions from here on mean only what a test has selected.
fn mark_filtered(walker: &mut Walker<'_>, from: usize) {
    for effect in walker.effects.iter_mut().skip(from) {
        if let Action::Delete { filtered, .. } = &mut effect.action {
            *filtered = true;
        }
    }
}

/// Deletions from here on reach whatever lies below.
fn mark_recursive(walker: &mut Walker<'_>, from: usize) {
    for effect in walker.effects.iter_mut().skip(from) {
        if let Action::Delete { recursive, .. } = &mut effect.action {
            *recursive = true;
        }
    }
}

pub(super) fn parallel(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.operands();
    let cut = words.iter().position(|word| word.written().is_some_and(|text| text.starts_with(b":::")));
    let (command, given) = match cut {
        Some(cut) => (words.get(..cut).unwrap_or_default(), words.get(cut + 1..).unwrap_or_default().to_vec()),
        None => (words, arriving(&call.stdin, &|b| b == b'\n').0),
    };
    walker.carried("parallel", |walker| {
        if command.is_empty() {
            // Each line is a command.
            for line in given.iter().take(32) {
                match line {
                    Value::Known(text) => drop(walker.new_shell_text(text, &Flow::Inherit, Vec::new())),
                    _ => walker.set_code(call.run, Code::Unseen(Why::Substitution)),
                }
            }
            return Flow::Output;
        }
        let has_mark =
            command.iter().any(|word| word.known().is_some_and(|text| memchr::memmem::find(text, b"{}").is_some()));
        for one in given.iter().take(32) {
            let mut words: Vec<Value> = command.iter().map(|word| put(word, b"{}", one)).collect();
            if !has_mark {
                words.push(one.clone());
            }
            // The words are joined and read by a shell.
            let mut script = Vec::new();
            for (at, word) in words.iter().enumerate() {
                if at > 0 {
                    script.push(b' ');
                }
                match word.known() {
                    Some(text) => script.extend_from_slice(text),
                    None => quote(word, &mut script),
                }
            }
            walker.new_shell_text(&script, &Flow::Inherit, Vec::new());
        }
        Flow::Output
    })
}

/// Tests of `find` that leave out a part of what lies below.
const FIND_TESTS: &[&[u8]] = &[
    b"-name",
    b"-iname",
    b"-path",
    b"-ipath",
    b"-wholename",
    b"-regex",
    b"-iregex",
    b"-mtime",
    b"-mmin",
    b"-atime",
    b"-amin",
    b"-ctime",
    b"-cmin",
    b"-newer",
    b"-size",
    b"-user",
    b"-group",
    b"-perm",
    b"-empty",
    b"-lname",
    b"-inum",
    b"-links",
    b"-uid",
    b"-gid",
    b"-nouser",
    b"-nogroup",
    b"-anewer",
    b"-cnewer",
    b"-newermt",
    b"-samefile",
    b"-used",
];

/// Words of `find` that take the next word as their value.
const FIND_VALUES: &[&[u8]] = &[
    b"-type",
    b"-xtype",
    b"-maxdepth",
    b"-mindepth",
    b"-fstype",
    b"-printf",
    b"-fprintf",
    b"-fprint",
    b"-fprint0",
    b"-fls",
    b"-regextype",
    b"-D",
];

pub(super) fn find(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words;
    let is_start =
        |word: &Value| !matches!(word.written().and_then(|text| text.first()), Some(b'-' | b'(' | b'!' | b')' | b','));
    let leading = words.iter().take_while(|word| matches!(word.written(), Some(b"-H" | b"-L" | b"-P"))).count();
    let rest = words.get(leading..).unwrap_or_default();
    let count = rest.iter().take_while(|word| is_start(word)).count();
    let mut starts = rest.get(..count).unwrap_or_default().to_vec();
    if starts.is_empty() {
        starts.push(Value::text(b"."));
    }
    let expression = rest.get(count..).unwrap_or_default();
    let filtered = expression.iter().any(|word| word.written().is_some_and(|text| FIND_TESTS.contains(&text)));
    let shallow = expression.windows(2).any(|pair| pair[0].is("-maxdepth") && pair[1].is("0"));
    // Names that the tests ask for say more than the folder.
    let names: Vec<&Value> = expression
        .windows(2)
        .filter(|pair| matches!(pair[0].written(), Some(b"-name" | b"-iname")))
        .map(|pair| &pair[1])
        .collect();
    for start in &starts {
        walker.read(start, false);
    }
    let mut at = 0;
    while let Some(word) = expression.get(at) {
        at += 1;
        let Some(text) = word.written() else { continue };
        match text {
            b"-delete" => {
                for start in &starts {
                    walker.delete(start, !shallow, false, filtered);
                }
                delete_named(walker, &starts, &names);
            }
            b"-exec" | b"-execdir" | b"-ok" | b"-okdir" => {
                let tail = expression.get(at..).unwrap_or_default();
                let end =
                    tail.iter().position(|word| matches!(word.written(), Some(b";" | b"+"))).unwrap_or(tail.len());
                let command = tail.get(..end).unwrap_or_default();
                at += end + 1;
                for start in &starts {
                    let from = walker.effects.len();
                    // With a test only some of it; without, the start point itself is the first that is found.
                    let one = match (crate::paths::absolute(&walker.shell.cwd, start), names.as_slice()) {
                        (Value::Known(path), [name]) if filtered => {
                            let name = name.written().unwrap_or(b"*");
                            Value::Pattern { glob: found_below(&path, name), floating: false }
                        }
                        (Value::Known(path), _) if filtered => {
                            Value::Pattern { glob: [path.as_slice(), b"/*"].concat(), floating: false }
                        }
                        (other, _) => other,
                    };
                    let words: Vec<Value> = command.iter().map(|word| put(word, b"{}", &one)).collect();
                    walker.carried("find", |walker| walker.invoke(&words, &Flow::Inherit));
                    if !shallow {
                        mark_recursive(walker, from);
                    }
                    if filtered {
                        mark_filtered(walker, from);
                    }
                }
            }
            b"-fprint" | b"-fprint0" | b"-fprintf" | b"-fls" => {
                if let Some(file) = expression.get(at) {
                    walker.write(file, protocol::effect::WriteMode::Replace, &Flow::Output);
                }
                at += 1;
            }
            _ if FIND_VALUES.contains(&text)
                || (FIND_TESTS.contains(&text) && !matches!(text, b"-empty" | b"-nouser" | b"-nogroup")) =>
            {
                at += 1;
            }
            _ => {}
        }
    }
    let printed = match names.as_slice() {
        [name] => starts
            .iter()
            .map(|start| match (start, name.written()) {
                (Value::Known(path), Some(name)) => Value::Pattern { glob: found_below(path, name), floating: false },
                _ => start.clone(),
            })
            .collect(),
        _ => starts,
    };
    Flow::Paths { names: printed, filtered }
}

/// What `-name` finds below a folder: at any depth.
fn found_below(path: &[u8], name: &[u8]) -> Vec<u8> {
    let between: &[u8] = if name.iter().any(|b| matches!(b, b'*' | b'?' | b'[')) { b"/*" } else { b"/*/" };
    [path.strip_suffix(b"/").unwrap_or(path), between, name].concat()
}

/// `find ~ -name '.env' -delete` deletes by that name.
fn delete_named(walker: &mut Walker<'_>, starts: &[Value], names: &[&Value]) {
    for name in names {
        let Some(name) = name.written() else { continue };
        if name.contains(&b'*') || name.contains(&b'?') {
            continue;
        }
        for start in starts {
            if let Value::Known(path) = crate::paths::absolute(&walker.shell.cwd, start) {
                let one = Value::Pattern { glob: [path.as_slice(), b"/*/", name].concat(), floating: false };
                walker.delete(&one, false, false, true);
            }
        }
    }
}

pub(super) fn fd(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words;
    let at = words.iter().position(|word| matches!(word.written(), Some(b"-x" | b"--exec" | b"-X" | b"--exec-batch")));
    let starts: Vec<Value> = call
        .operands()
        .get(1..)
        .filter(|rest| !rest.is_empty() && at.is_none())
        .map_or_else(|| vec![walker.shell.cwd.clone()], <[Value]>::to_vec);
    if let Some(at) = at {
        let command = words.get(at + 1..).unwrap_or_default();
        let one = match &walker.shell.cwd {
            Value::Known(cwd) => Value::Pattern { glob: [cwd.as_slice(), b"/*"].concat(), floating: false },
            other => other.clone(),
        };
        let has_mark = command.iter().any(|word| word.is("{}"));
        let mut words: Vec<Value> = command.iter().map(|word| put(word, b"{}", &one)).collect();
        if !has_mark {
            words.push(one);
        }
        let from = walker.effects.len();
        walker.carried("fd", |walker| walker.invoke(&words, &Flow::Text(Vec::new())));
        mark_filtered(walker, from);
        return Flow::Output;
    }
    Flow::Paths { names: starts, filtered: true }
}

pub(super) fn ssh(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some((destination, command)) = call.operands().split_first() else { return Flow::Output };
    let host = super::net::ssh_host(destination);
    if call.has(&["-R", "-L", "-D", "-w"]) {
        let address =
            call.arguments.value(&["-R", "-L", "-D", "-w"]).map_or(Field::Unknown(Why::Unstated), Value::field);
        // `-L` and `-D` listen here; the others let the far side in.
        let tunnel = call.has(&["-R", "-w"]);
        // Kept open behind this command's back.
        if tunnel && (call.name == "autossh" || call.has(&["-f"])) {
            walker.carried("daemonize", |walker| walker.push(Action::Listen { address, tunnel }));
        } else {
            walker.push(Action::Listen { address, tunnel });
        }
    }
    for option in call.arguments.values(&["-o"]) {
        if let Some(text) = option.known()
            && let Some(cut) = text.iter().position(|b| *b == b'=' || *b == b' ')
        {
            let (key, value) = text.split_at(cut);
            if key.eq_ignore_ascii_case(b"ProxyCommand") || key.eq_ignore_ascii_case(b"LocalCommand") {
                let value = value.get(1..).unwrap_or_default().to_vec();
                walker.carried("ssh", |walker| walker.new_shell_text(&value, &Flow::Inherit, Vec::new()));
            }
        }
    }
    let place = Place::Remote { host: host.clone() };
    if command.is_empty() {
        if matches!(call.stdin, Flow::Inherit) {
            return Flow::Output;
        }
        // A shell over there reads what flows in.
        let stdin = call.stdin.clone();
        return walker.at_place(place, |walker| {
            walker.carried("ssh", |walker| walker.run_flow(super::Lang::Sh, &stdin, None, &[]))
        });
    }
    if !matches!(call.stdin, Flow::Inherit | Flow::Text(_)) {
        let what = call.stdin.outgoing();
        walker.push(Action::Send { host, url: Field::Unknown(Why::Unstated), method: Field::Known(raw("ssh")), what });
    }
    // The words are joined and read by the shell over there.
    let mut script = Vec::new();
    for (at, word) in command.iter().enumerate() {
        if at > 0 {
            script.push(b' ');
        }
        match word.written() {
            Some(text) => script.extend_from_slice(text),
            None => script.extend_from_slice(b"\"$unknown\""),
        }
    }
    let stdin = call.stdin.clone();
    walker.at_place(place, |walker| walker.carried("ssh", |walker| walker.new_shell_text(&script, &stdin, Vec::new())))
}

/// `ansible hosts -m shell -a 'command'`: runs over there.
pub(super) fn ansible(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let module = call.arguments.value(&["-m", "--module-name"]).and_then(Value::known).unwrap_or(b"command");
    let module = module.rsplit(|b| *b == b'.').next().unwrap_or_default();
    let Some(text) = call.arguments.value(&["-a", "--args"]).and_then(Value::written) else { return Flow::Output };
    if !matches!(module, b"shell" | b"command" | b"raw") || call.has(&["-C", "--check"]) {
        return Flow::Output;
    }
    // The inventory says more of the place than a group's name.
    let inventory = call.arguments.value(&["-i", "--inventory"]).and_then(Value::known).unwrap_or_default();
    let hosts = call.operands().first().and_then(Value::written).unwrap_or_default();
    let host = [hosts, b" ", inventory].concat().trim_ascii().to_vec();
    let place = Place::Remote { host: Field::Known(protocol::RawText::new(host)) };
    let text = text.to_vec();
    walker.at_place(place, |walker| {
        walker.carried("ansible", |walker| walker.new_shell_text(&text, &Flow::Inherit, Vec::new()))
    })
}

pub(super) fn watch(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut script = Vec::new();
    for (at, word) in call.operands().iter().enumerate() {
        if at > 0 {
            script.push(b' ');
        }
        match word.written() {
            Some(text) => script.extend_from_slice(text),
            None => script.extend_from_slice(b"\"$unknown\""),
        }
    }
    walker.carried(call.name, |walker| walker.new_shell_text(&script, &Flow::Inherit, Vec::new()))
}

/// `busybox rm`, `toybox rm`: the operand is the program.
pub(super) fn applet(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    walker.carried(call.name, |walker| walker.invoke(call.words, &call.stdin))
}

/// `tmux send-keys 'command' Enter`, `screen -X stuff`: text that a shell will read.
pub(super) fn terminal(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let verb = call.operands().first().and_then(Value::known).unwrap_or_default();
    let keys = matches!(verb, b"send-keys" | b"send" | b"write-chars" | b"stuff") || call.has(&["-X"]);
    if keys {
        super::agents::pane_keys(walker, call);
    }
    // What such a verb is given is a command.
    let starts = ["new", "split", "respawn", "run-shell", "if-shell", "pipe-pane"]
        .iter()
        .any(|start| verb.starts_with(start.as_bytes()))
        || call.has(&["-d", "-m"]);
    for word in call.operands().iter().skip(1) {
        if let Some(text) = word.known()
            && (text.contains(&b' ') || keys)
            && (starts || walker.knowledge.program(text.split(|b| *b == b' ').next().unwrap_or_default()).is_some())
        {
            let text = text.to_vec();
            walker.carried(call.name, |walker| walker.new_shell_text(&text, &Flow::Inherit, Vec::new()));
        }
    }
    Flow::Output
}

/// `vim -c ':!command' file`: what stands behind the `!` is a shell's.
pub(super) fn editor(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let plus = call.operands().iter().filter_map(Value::known).filter_map(|word| word.strip_prefix(b"+"));
    let given = call.arguments.values(&["-c", "--cmd"]).filter_map(Value::known);
    let commands: Vec<Vec<u8>> = given
        .chain(plus)
        .filter_map(|text| memchr::memchr(b'!', text).and_then(|at| text.get(at + 1..)))
        .map(<[u8]>::to_vec)
        .filter(|command| !command.trim_ascii().is_empty())
        .collect();
    for command in commands {
        walker.carried(call.name, |walker| walker.new_shell_text(&command, &Flow::Inherit, Vec::new()));
    }
    walker.plain(call)
}
