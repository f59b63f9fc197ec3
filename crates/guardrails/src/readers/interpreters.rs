//! Shells and other interpreters: where their code comes from.

use super::Lang;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::Why;
use protocol::effect::Code;

/// `sh [-c text | -s | file] [arguments]`.
pub(super) fn shell(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for option in ["--rcfile", "--init-file"] {
        if let Some(file) = call.arguments.value(&[option]) {
            walker.run_file(Lang::Sh, file, call, &[]);
        }
    }
    if call.has(&["-n"]) {
        return Flow::Output;
    }
    if call.arguments.options.iter().any(|(name, _)| name == b"-c") {
        let mut operands = call.operands().iter();
        return match operands.next() {
            Some(Value::Known(text)) => {
                walker.set_code(call.run, Code::Inline);
                // The word behind the text is `$0`.
                let positional: Vec<Value> = operands.skip(1).cloned().collect();
                walker.carried(call.name, |walker| walker.new_shell_text(text, &call.stdin, positional))
            }
            Some(value) => {
                let code = match walker.last_download() {
                    Some(url) => Code::Download { url },
                    None => Code::Unseen(if matches!(value, Value::Unknown(Why::Substitution)) {
                        Why::Substitution
                    } else {
                        Why::Variable
                    }),
                };
                walker.set_code(call.run, code);
                if let Value::Pattern { glob, .. } = value {
                    let text = glob.clone();
                    walker.carried(call.name, |walker| {
                        walker.maybe(|walker| walker.new_shell_text(&text, &call.stdin, Vec::new()))
                    });
                }
                Flow::Output
            }
            None => Flow::Output,
        };
    }
    match call.operands().split_first() {
        Some((file, arguments)) if !call.has(&["-s"]) => walker.run_file(Lang::Sh, file, call, arguments),
        _ => {
            let asks = call.has(&["-i"]) || matches!(call.stdin, Flow::Files(_) | Flow::Output | Flow::Session);
            let flow = walker.run_flow(Lang::Sh, &call.stdin, Some(call.run), &[]);
            if asks { Flow::Session } else { flow }
        }
    }
}

/// `python [-c text | -m module | file | -] [arguments]`, and the others of its kind.
pub(super) fn interpreter(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let lang = Lang::of_program(call.name);
    let inline: &[&str] = match lang {
        Lang::Python => &["-c"],
        Lang::Node => &["-e", "--eval", "-p", "--print"],
        Lang::Php => &["-r"],
        _ => &["-e", "-E"],
    };
    if lang == Lang::Php
        && let Some(address) = call.arguments.value(&["-S"])
    {
        let folder = call.arguments.value(&["-t"]).cloned().unwrap_or_else(|| Value::text(b"."));
        super::leaves::serves(walker, &folder, Some(address));
        return Flow::Output;
    }
    let mut texts = call.arguments.values(inline).peekable();
    if texts.peek().is_some() {
        let edits_in_place = matches!(lang, Lang::Perl | Lang::Ruby)
            && call.arguments.options.iter().any(|(name, _)| name.starts_with(b"-i"));
        let mut all = Vec::new();
        let mut unseen = false;
        for text in texts {
            match text {
                Value::Known(text) => {
                    all.extend_from_slice(text);
                    all.push(b'\n');
                }
                Value::Pattern { glob, .. } => {
                    all.extend_from_slice(glob);
                    all.push(b'\n');
                    unseen = true;
                }
                Value::Unknown(_) => unseen = true,
            }
        }
        let code = if unseen {
            walker.last_download().map_or(Code::Unseen(Why::Variable), |url| Code::Download { url })
        } else {
            Code::Inline
        };
        walker.set_code(call.run, code);
        walker.carried(call.name, |walker| walker.code(lang, &all, &call.stdin, &[]));
        for file in call.operands() {
            if edits_in_place {
                walker.write(file, protocol::effect::WriteMode::Edit, &Flow::Output);
            }
        }
        // Where Python looks for what it loads at each start.
        if lang == Lang::Python && memchr::memmem::find(&all, b"print(site.getusersitepackages())").is_some() {
            let folder = walker.below_home("~/.local/lib/python3/site-packages");
            return folder.known().map_or(Flow::Output, |folder| Flow::Text(folder.to_vec()));
        }
        return Flow::Output;
    }
    if let Some(module) = call.arguments.value(&["-m"]).filter(|_| lang == Lang::Python) {
        return python_module(walker, call, module);
    }
    if lang == Lang::Node {
        for option in ["-r", "--require", "--import", "--loader"] {
            for file in call.arguments.values(&[option]) {
                if file.written().is_some_and(|text| matches!(text.first(), Some(b'.' | b'/'))) {
                    walker.run_file(lang, file, call, &[]);
                }
            }
        }
        if call.has(&["-v", "--check", "--test"]) {
            return Flow::Output;
        }
        // `deno run file`, `bun run script`.
        if let Some(rest) =
            call.operands().split_first().filter(|(first, _)| matches!(call.name, "deno" | "bun") && first.is("run"))
        {
            return match rest.1.first() {
                Some(file) if file.written().is_some_and(|text| text.contains(&b'.') || text.contains(&b'/')) => {
                    if file.written().is_some_and(|text| text.starts_with(b"http://") || text.starts_with(b"https://"))
                    {
                        walker.set_code(call.run, Code::Download { url: file.field() });
                        return Flow::Output;
                    }
                    walker.run_file(lang, file, call, &[])
                }
                _ => Flow::Output,
            };
        }
    }
    if matches!(lang, Lang::Ruby | Lang::Perl | Lang::Php)
        && call.has(&["-v", "-c", "-l", "-i"])
        && call.operands().is_empty()
    {
        return Flow::Output;
    }
    match call.operands().split_first() {
        Some((file, arguments)) => {
            let flow = walker.run_file(lang, file, call, arguments);
            project_program(walker, call, file);
            flow
        }
        None => walker.run_flow(lang, &call.stdin, Some(call.run), &[]),
    }
}

/// `python manage.py flush`, `php artisan migrate`: a script that every project of its framework has.
fn project_program(walker: &mut Walker<'_>, call: &Call<'_>, file: &Value) {
    let Some(text) = file.known() else { return };
    let name = text.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let name: &[u8] = match name {
        b"manage.py" | b"artisan" | b"rails" | b"rake" => name,
        b"console" if text.ends_with(b"bin/console") => b"doctrine",
        _ => return,
    };
    let at = call.words.iter().position(|word| word == file).map_or(call.words.len(), |at| at + 1);
    let mut words = vec![Value::text(name)];
    words.extend_from_slice(call.words.get(at..).unwrap_or_default());
    walker.carried(call.name, |walker| walker.invoke(&words, &call.stdin));
}

/// `python -m module`: a module that is a program of its own name, or one that is known to be harmless.
fn python_module(walker: &mut Walker<'_>, call: &Call<'_>, module: &Value) -> Flow {
    let Some(name) = module.known() else {
        walker.set_code(call.run, Code::Unseen(Why::Variable));
        return Flow::Output;
    };
    match name {
        b"http.server" => {
            let behind = |names: &[&str]| {
                let at = call.words.iter().position(|word| names.iter().any(|name| word.is(name)))?;
                call.words.get(at + 1)
            };
            let address = behind(&["-b", "--bind"]).or_else(|| call.operands().first());
            let folder = behind(&["-d", "--directory"]).cloned().unwrap_or_else(|| Value::text(b"."));
            super::leaves::serves(walker, &folder, address);
            Flow::Output
        }
        b"pip" | b"uv" | b"pipx" | b"poetry" | b"twine" | b"pytest" | b"ansible" | b"awscli" => {
            let at =
                call.words.iter().position(|word| word.known() == Some(name)).map_or(call.words.len(), |at| at + 1);
            let mut words = vec![module.clone()];
            words.extend_from_slice(call.words.get(at..).unwrap_or_default());
            walker.carried(call.name, |walker| walker.invoke(&words, &call.stdin))
        }
        _ => Flow::Output,
    }
}

/// `awk 'program' files`: what its program starts or writes.
pub(super) fn awk(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut operands = call.operands();
    if let Some(file) = call.arguments.value(&["-f", "--file"]) {
        walker.read(file, false);
    } else if let Some((program, rest)) = operands.split_first() {
        match program {
            Value::Known(text) => walker.carried(call.name, |walker| awk_program(walker, text)),
            _ => walker.set_code(call.run, Code::Unseen(Why::Variable)),
        }
        operands = rest;
    }
    for file in operands {
        if !file.written().is_some_and(|text| text.contains(&b'=') && !text.contains(&b'/')) {
            walker.read(file, false);
        }
    }
    // A program with a pattern or a condition keeps only a part of the lines.
    let takes_all =
        call.operands().first().and_then(Value::known).is_some_and(|text| text.trim_ascii().starts_with(b"{"));
    if matches!(call.stdin, Flow::Names) && !takes_all {
        return Flow::Output;
    }
    call.stdin.clone().filtered()
}

/// `system("…")`, `"…" | getline`, `print | "…"`, `print > "…"`.
pub(super) fn awk_program(walker: &mut Walker<'_>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|b| *b == b'"') {
        let head = rest.get(..at).unwrap_or_default().trim_ascii_end();
        let tail = rest.get(at + 1..).unwrap_or_default();
        let mut end = 0;
        while let Some(b) = tail.get(end) {
            match b {
                b'\\' => end += 2,
                b'"' => break,
                _ => end += 1,
            }
        }
        let literal = tail.get(..end.min(tail.len())).unwrap_or_default().to_vec();
        let after = tail.get(end + 1..).unwrap_or_default().trim_ascii_start();
        let runs = head.ends_with(b"system(")
            || head.ends_with(b"|") && !head.ends_with(b"||")
            || (after.starts_with(b"|")
                && after.get(1..).is_some_and(|t| t.trim_ascii_start().starts_with(b"getline")));
        let writes = head.ends_with(b">") && (memchr::memmem::find(head, b"print").is_some());
        if !walker.step() {
            return;
        }
        if runs {
            // Only what awk prints into a pipe is read by what stands behind it.
            let stdin = if head.ends_with(b"|") { Flow::Output } else { Flow::Inherit };
            walker.new_shell_text(&literal, &stdin, Vec::new());
        } else if writes {
            walker.write(&Value::Known(literal), protocol::effect::WriteMode::Replace, &Flow::Output);
        }
        rest = tail.get(end + 1..).unwrap_or_default();
    }
}
