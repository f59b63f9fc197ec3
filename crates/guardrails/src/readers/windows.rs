//! The shells of Windows as programs: `powershell -c …`, `cmd /c …`.

use super::Lang;
use crate::cmd::line_of;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::Why;
use protocol::effect::Code;

/// Bytes of an encoded command that are decoded.
const MAX_ENCODED: usize = 64 * 1024;
/// Parameters of PowerShell itself that take no value, by their beginnings.
const SWITCHES: [&str; 8] = ["nop", "noni", "nol", "noe", "sta", "mta", "log", "i"];
/// And those that take one.
const VALUES: [&str; 10] = ["ex", "ep", "w", "v", "o", "ou", "in", "if", "wo", "config"];

/// `pwsh [options] [-Command text | -EncodedCommand base64 | -File file | -]`.
pub(super) fn powershell(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut words = call.words.iter();
    let mut rest: &[Value] = call.words;
    let mut encoded = None;
    let mut file = None;
    let mut code: Option<&[Value]> = None;
    while let Some(word) = words.next() {
        let behind = words.as_slice();
        let Some(text) = word.written() else {
            code = Some(rest);
            break;
        };
        let option = match text {
            [b'-', b'-', name @ ..] | [b'-' | b'/', name @ ..] if !name.is_empty() => name.to_ascii_lowercase(),
            // A dash of typography.
            [0xe2, 0x80, 0x93..=0x95, name @ ..] => name.to_ascii_lowercase(),
            _ => {
                code = Some(rest);
                break;
            }
        };
        let option = String::from_utf8_lossy(&option).into_owned();
        let begins = |names: &[&str]| names.iter().any(|name| option.starts_with(name));
        if "encodedcommand".starts_with(&option) && option != "en" || matches!(option.as_str(), "ec" | "en") {
            encoded = behind.first();
            break;
        }
        if "command".starts_with(&option) || option == "commandwithargs" || option == "cwa" {
            code = Some(behind);
            break;
        }
        if "file".starts_with(&option) {
            file = behind.split_first();
            break;
        }
        if matches!(option.as_str(), "version" | "help" | "?" | "h") && behind.is_empty() {
            return Flow::Output;
        }
        if (begins(&VALUES) && !begins(&SWITCHES)) || option.starts_with("inputf") {
            words.next();
        }
        rest = words.as_slice();
    }
    if let Some(text) = encoded {
        let Value::Known(text) = text else {
            walker.set_code(call.run, Code::Unseen(Why::Variable));
            return Flow::Output;
        };
        walker.set_code(call.run, Code::Inline);
        let bytes = crate::content::base64(text, MAX_ENCODED);
        // Two bytes a letter, where every other is nothing.
        let nothing = bytes.iter().skip(1).step_by(2).take(64).filter(|b| **b == 0).count();
        let text = if nothing * 4 > bytes.len().min(128) { crate::powershell::utf16(&bytes) } else { bytes };
        return walker.carried(call.name, |walker| walker.code(Lang::PowerShell, &text, &call.stdin, &[]));
    }
    if let Some((file, arguments)) = file {
        if file.is("-") {
            return walker.run_flow(Lang::PowerShell, &call.stdin, Some(call.run), &[]);
        }
        return script(walker, call, file, arguments);
    }
    match code {
        Some([]) | None => walker.run_flow(Lang::PowerShell, &call.stdin, Some(call.run), &[]),
        Some([one]) if one.is("-") => walker.run_flow(Lang::PowerShell, &call.stdin, Some(call.run), &[]),
        Some([first, arguments @ ..])
            if is_script(first) && !first.known().is_some_and(|text| text.contains(&b' ')) =>
        {
            script(walker, call, first, arguments)
        }
        Some(words) => given(walker, call, Lang::PowerShell, words),
    }
}

fn script(walker: &mut Walker<'_>, call: &Call<'_>, file: &Value, arguments: &[Value]) -> Flow {
    if crate::windows::from_network(file) {
        walker.set_code(call.run, Code::Download { url: file.field() });
        return Flow::Output;
    }
    walker.run_file(Lang::PowerShell, file, call, arguments)
}

fn is_script(word: &Value) -> bool {
    word.known().is_some_and(|text| text.to_ascii_lowercase().ends_with(b".ps1"))
}

/// Words that are a command's text together.
fn given(walker: &mut Walker<'_>, call: &Call<'_>, lang: Lang, words: &[Value]) -> Flow {
    if let [Value::Unknown(why)] = words {
        let code = walker.last_download().map_or(Code::Unseen(*why), |url| Code::Download { url });
        walker.set_code(call.run, code);
        return Flow::Output;
    }
    walker.set_code(call.run, Code::Inline);
    let text = if lang == Lang::PowerShell {
        // Quotes are gone: what stood in them is as it was for one word, and parts of a text for several.
        let mut text = Vec::new();
        for word in words {
            if !text.is_empty() {
                text.push(b' ');
            }
            match word.written() {
                Some(word)
                    if words.len() > 1
                        && word.iter().any(u8::is_ascii_whitespace)
                        && !word.contains(&b'\'')
                        && !word.contains(&b';')
                        && !word.contains(&b'|') =>
                {
                    text.extend_from_slice(b"'");
                    text.extend_from_slice(word);
                    text.extend_from_slice(b"'");
                }
                Some(word) => text.extend_from_slice(word),
                None => text.extend_from_slice(b"$unknown"),
            }
        }
        text
    } else {
        line_of(words)
    };
    walker.carried(call.name, |walker| walker.code(lang, &text, &call.stdin, &[]))
}

/// `cmd [/options] /c command`.
pub(super) fn cmd(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut words = call.words.iter();
    while let Some(word) = words.next() {
        let Some(text) = word.written() else { continue };
        // Two slashes: what shells that know no drives make of one.
        let option = text.strip_prefix(b"//").or(text.strip_prefix(b"/")).or(text.strip_prefix(b"-"));
        let Some(option) = option.map(<[u8]>::to_ascii_lowercase) else { continue };
        if let [b'c' | b'k' | b'r', more @ ..] = option.as_slice() {
            let behind = words.as_slice();
            if more.is_empty() {
                if behind.is_empty() {
                    break;
                }
                return given(walker, call, Lang::Cmd, behind);
            }
            // `/cdir`: no blank between them.
            let start = text.len() - more.len();
            let mut all = vec![Value::text(text.get(start..).unwrap_or_default())];
            all.extend_from_slice(behind);
            return given(walker, call, Lang::Cmd, &all);
        }
    }
    walker.run_flow(Lang::Cmd, &call.stdin, Some(call.run), &[])
}
