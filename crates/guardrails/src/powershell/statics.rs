//! Members of .NET types that have effects: `[IO.File]::Delete(…)`, `[Convert]::FromBase64String(…)`.

use super::datum::{Datum, joined};
use super::operators::{cast, formatted};
use crate::readers::net;
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::effect::{Action, Code, ImpersonateKind, PrivilegeKind, WriteMode};
use protocol::{Field, RawText, Why};

/// Bytes of base64 that are decoded.
const MAX_ENCODED: usize = 64 * 1024;

/// Stands for the names that are made up on the spot.
pub(super) const FRESH_GUID: &[u8] = b"00000000-0000-4000-8000-000000000000";

impl Walker<'_> {
    /// A property of a type: `[Environment]::UserName`.
    pub(super) fn static_member(&mut self, kind: &[u8], name: &[u8]) -> Datum {
        match (kind, name) {
            (b"environment", b"currentdirectory") => Datum::Text(self.shell.cwd.clone()),
            (b"environment", b"newline") => Datum::text(b"\n"),
            (b"environment", b"username") => Datum::Text(self.windows_variable(b"USERNAME")),
            (b"environment", b"systemdirectory") => Datum::text(b"C:\\Windows\\System32"),
            (b"text.encoding", encoding) => Datum::Object([b"encoding:", encoding].concat(), Vec::new()),
            (b"string", b"empty") => Datum::text(b""),
            (b"io.path", b"directoryseparatorchar") => Datum::text(b"\\"),
            _ => Datum::Object([b"type:", kind, b".", name].concat(), Vec::new()),
        }
    }

    pub(super) fn static_call(&mut self, kind: &[u8], name: &[u8], given: &[Datum]) -> Datum {
        let first = given.first().map(Datum::value);
        let path = first.clone().unwrap_or(Value::Unknown(Why::Unstated));
        match (kind, name) {
            (_, b"new") => return self.made(kind, given.to_vec()),
            (
                b"io.file",
                b"readalltext" | b"readallbytes" | b"readalllines" | b"readlines" | b"openread" | b"opentext" | b"open",
            ) => {
                return Datum::Flow(self.read_flow(&path));
            }
            (b"io.file", b"delete") => self.delete(&path, false, true, false),
            (b"io.directory", b"delete") => {
                let recursive =
                    given.get(1).and_then(Datum::known).is_some_and(|text| text.eq_ignore_ascii_case(b"true"));
                self.delete(&path, recursive, true, false);
            }
            (b"io.file", b"writealltext" | b"writeallbytes" | b"writealllines" | b"create" | b"createtext") => {
                let flow = given.get(1).map_or(Flow::Output, Datum::flow);
                self.write(&path, WriteMode::Replace, &flow);
            }
            (b"io.file", b"appendalltext" | b"appendalllines" | b"appendtext") => {
                let flow = given.get(1).map_or(Flow::Output, Datum::flow);
                self.write(&path, WriteMode::Append, &flow);
            }
            (b"io.file" | b"io.directory", b"move") => {
                let to = given.get(1).map_or(Value::Unknown(Why::Unstated), Datum::value);
                self.move_to(&path, &to);
            }
            (b"io.file", b"copy") => {
                let flow = self.read_flow(&path);
                let to = given.get(1).map_or(Value::Unknown(Why::Unstated), Datum::value);
                self.write(&to, WriteMode::Replace, &flow);
            }
            (b"io.directory", b"createdirectory") => self.write(&path, WriteMode::Create, &Flow::Text(Vec::new())),
            (b"io.directory", b"getfiles" | b"getdirectories" | b"enumeratefiles" | b"getfilesystementries") => {
                return Datum::Flow(Flow::Paths { names: vec![path], filtered: given.len() > 1 });
            }
            (b"io.path", b"combine" | b"join") => return Datum::Text(joined(given, b"\\")),
            (b"io.path", b"gettemppath") => return Datum::Text(self.windows_variable(b"TEMP")),
            (b"io.path", b"getrandomfilename") => return Datum::text(b"random"),
            // Another one each time, and never the name of what is there.
            (b"guid", b"newguid") => return Datum::text(FRESH_GUID),
            (b"io.path", b"gettempfilename") => {
                let mut file = self.windows_variable(b"TEMP");
                file.append(&Value::text(b"/tmp.tmp"));
                return Datum::Text(file);
            }
            (b"io.path", b"getfullpath") => return Datum::Text(path),
            (b"environment", b"getfolderpath") => return Datum::Text(self.special_folder(&path)),
            (b"environment", b"getenvironmentvariable") => {
                let name = path.known().unwrap_or_default().to_vec();
                return Datum::Text(self.windows_variable(&name));
            }
            (b"environment", b"expandenvironmentvariables") => {
                let text = path.known().unwrap_or_default().to_vec();
                return Datum::Text(self.expanded(&text));
            }
            (b"environment", b"setenvironmentvariable") => {
                let scope = given.get(2).and_then(Datum::known).unwrap_or_default().to_ascii_lowercase();
                let value = given.get(1).map_or(Value::Known(Vec::new()), Datum::value);
                self.kept_variable(path.known().unwrap_or_default(), value, &scope);
            }
            (b"convert", b"frombase64string") => return decoded(given.first().unwrap_or(&Datum::Null)),
            (b"convert", b"tobase64string") => return opaque(given.first().cloned().unwrap_or_default()),
            (b"convert", b"tochar" | b"tostring") => {
                return cast(&[b"char".to_vec()], given.first().cloned().unwrap_or_default());
            }
            (b"convert", b"toint32" | b"tobyte" | b"toint64") => return number(given),
            (b"string", b"join") => {
                let between = given.first().and_then(Datum::known).unwrap_or_default();
                let items: Vec<Datum> = given.iter().skip(1).cloned().flat_map(Datum::items).collect();
                return Datum::Text(joined(&items, &between));
            }
            (b"string", b"concat") => return Datum::Text(joined(given, b"")),
            (b"string", b"format") => {
                let items = Datum::List(given.iter().skip(1).cloned().collect());
                return Datum::Text(given.first().map_or(Value::Known(Vec::new()), |form| formatted(form, &items)));
            }
            (b"array", _) => return Datum::Null,
            (b"scriptblock" | b"management.automation.scriptblock", b"create") => {
                return Datum::Object(b"scriptblock".to_vec(), given.to_vec());
            }
            (b"diagnostics.process" | b"process", b"start") => {
                return self.started(given);
            }
            (b"reflection.assembly" | b"appdomain", b"load" | b"loadfile" | b"loadfrom" | b"unsafeloadfrom") => {
                return self.loads(given.first().unwrap_or(&Datum::Null));
            }
            (b"activator", b"createinstance") => {
                return given.first().cloned().unwrap_or_default();
            }
            (b"type", b"gettypefromprogid" | b"gettypefromclsid") => {
                let kind = path.known().unwrap_or_default().to_ascii_lowercase();
                return self.made(&kind, Vec::new());
            }
            (b"windows.forms.sendkeys" | b"sendkeys", _) => {
                self.push(Action::ImpersonatePerson { kind: ImpersonateKind::Keystrokes });
            }
            (b"security.cryptography.protecteddata" | b"protecteddata", b"unprotect") => {
                self.read(&Value::text(b"/memory/protected data"), false);
                return Datum::Flow(Flow::Secret("stored secrets"));
            }
            (b"windows.security.credentials.passwordvault", _) => {
                self.read(&Value::text(b"/memory/protected data"), false);
            }
            (b"runtime.interopservices.marshal", b"copy" | b"getdelegateforfunctionpointer") => {
                self.set_last_run(Code::Decoded);
            }
            (b"runtime.interopservices.marshal", b"ptrtostringauto" | b"ptrtostringbstr" | b"securestringtobstr") => {
                return Datum::Flow(Flow::Secret("stored secrets"));
            }
            (b"microsoft.win32.registry" | b"win32.registry", b"setvalue") => {
                let mut key = path;
                key.append(&Value::text(b"\\"));
                key.append(&given.get(1).map_or(Value::Known(Vec::new()), Datum::value));
                let flow = given.get(2).map_or(Flow::Output, Datum::flow);
                self.write_key(&key, &flow);
            }
            (b"net.dns", _) => {
                let words = [Value::text(b"nslookup"), path];
                self.invoke(&words, &Flow::Inherit);
            }
            (b"io.compression.zipfile", b"extracttodirectory") => {
                self.read(&path, false);
                let to = given.get(1).map_or(Value::Unknown(Why::Unstated), Datum::value);
                self.write(&to, WriteMode::Create, &Flow::Output);
            }
            (b"io.compression.zipfile", b"createfromdirectory") => {
                self.read(&path, true);
                let to = given.get(1).map_or(Value::Unknown(Why::Unstated), Datum::value);
                let files = vec![self.found(&path, crate::paths::Follow::Links).target];
                self.write(&to, WriteMode::Replace, &Flow::Files(files));
            }
            (b"ref" | b"psobject", b"assembly" | b"gettype") => return self.internals(&path),
            _ => {}
        }
        Datum::Object([b"type:", kind, b".", name].concat(), given.to_vec())
    }

    /// A type of PowerShell's own inside, by its name: what scans scripts, what logs them.
    pub(super) fn internals(&mut self, name: &Value) -> Datum {
        let text = name.written().unwrap_or_default().to_ascii_lowercase();
        if ["amsi", "scriptblocklogging", "etwprovider", "pseventlogprovider"]
            .iter()
            .any(|part| memchr::memmem::find(&text, part.as_bytes()).is_some())
        {
            self.push(Action::Privilege {
                kind: PrivilegeKind::Policy,
                to: Field::Known(RawText::from("malware scanner")),
            });
        }
        Datum::Object(b"type:internals".to_vec(), Vec::new())
    }

    /// `[Environment]::GetFolderPath('Startup')`.
    fn special_folder(&self, name: &Value) -> Value {
        let name = name.known().unwrap_or_default().to_ascii_lowercase();
        let (variable, below): (&[u8], &str) = match name.as_slice() {
            b"startup" => (b"APPDATA", "/Microsoft/Windows/Start Menu/Programs/Startup"),
            b"commonstartup" => (b"PROGRAMDATA", "/Microsoft/Windows/Start Menu/Programs/Startup"),
            b"applicationdata" => (b"APPDATA", ""),
            b"localapplicationdata" => (b"LOCALAPPDATA", ""),
            b"commonapplicationdata" => (b"PROGRAMDATA", ""),
            b"userprofile" => (b"USERPROFILE", ""),
            b"mydocuments" | b"personal" => (b"USERPROFILE", "/Documents"),
            b"desktop" | b"desktopdirectory" => (b"USERPROFILE", "/Desktop"),
            b"mypictures" => (b"USERPROFILE", "/Pictures"),
            b"system" => (b"SYSTEMROOT", "/System32"),
            b"windows" => (b"SYSTEMROOT", ""),
            b"programfiles" => (b"PROGRAMFILES", ""),
            _ => return Value::Unknown(Why::Variable),
        };
        let mut out = self.windows_variable(variable);
        out.append(&Value::text(below.as_bytes()));
        out
    }

    /// A variable that stays for all that start later.
    pub(crate) fn kept_variable(&mut self, name: &[u8], value: Value, scope: &[u8]) {
        if matches!(scope, b"machine" | b"2" | b"user" | b"1") {
            let to = Field::Known(RawText::from("setting"));
            self.push(Action::Privilege { kind: PrivilegeKind::Policy, to });
        }
        self.set_windows_variable(name, value);
    }

    /// Code that is loaded without a file: of a download, decoded, or of a file.
    fn loads(&mut self, what: &Datum) -> Datum {
        let words = [Value::text(b"assembly")];
        match what.flow() {
            flow @ (Flow::Download(_) | Flow::Decoded | Flow::Files(_)) => {
                self.run_flow(crate::readers::Lang::Other, &flow, None, &words);
            }
            Flow::Text(text) if text.len() < 260 && !text.starts_with(b"MZ") => {
                let found = self.found(&Value::text(&text), crate::paths::Follow::Links);
                self.push_run(&words, Code::File(found.target));
            }
            Flow::Text(_) => self.push_run(&words, Code::Decoded),
            _ => self.push_run(&words, Code::Unseen(Why::Variable)),
        }
        Datum::Object(b"assembly".to_vec(), Vec::new())
    }

    pub(super) fn set_last_run(&mut self, code: Code<RawText>) {
        self.push_run(&[Value::text(b"memory")], code);
    }

    /// `[Diagnostics.Process]::Start('cmd.exe', '/c …')`.
    pub(super) fn started(&mut self, given: &[Datum]) -> Datum {
        let mut words = Vec::new();
        for (at, one) in given.iter().take(2).enumerate() {
            match (at, one.known()) {
                (1, Some(text)) => words.extend(crate::cmd::words_of(&text)),
                _ => one.words(&mut words),
            }
        }
        if words.is_empty() {
            return Datum::Null;
        }
        // A program that is given one text has it as its arguments.
        Datum::of_flow(&self.windows_program(&words, &Flow::Inherit))
    }

    /// An address that is asked for: its answer.
    pub(super) fn downloaded(&mut self, url: &Value, to: Option<&Value>) -> Datum {
        net::fetch(self, url, "GET", to);
        Datum::Flow(Flow::Download(url.clone()))
    }

    /// Text with `%NAME%` in it.
    pub(crate) fn expanded(&self, text: &[u8]) -> Value {
        let mut out = Value::Known(Vec::new());
        for (at, part) in text.split(|b| *b == b'%').enumerate() {
            if at % 2 == 0 || part.is_empty() {
                out.append(&Value::text(part));
            } else {
                out.append(&self.windows_variable(part));
            }
        }
        out
    }
}

fn number(given: &[Datum]) -> Datum {
    let base = given
        .get(1)
        .and_then(Datum::as_number)
        .and_then(|base| u32::try_from(base).ok())
        .filter(|base| (2..=36).contains(base));
    let text = given.first().and_then(Datum::known).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).trim_start_matches("0x").to_owned();
    i64::from_str_radix(&text, base.unwrap_or(10)).map_or_else(|_| Datum::unknown(), Datum::number)
}

/// What stands in base64 is bytes: text of one encoding or another.
pub(super) fn decoded(value: &Datum) -> Datum {
    match value.known() {
        Some(text) => Datum::text(&crate::content::base64(&text, MAX_ENCODED)),
        None => match value.flow() {
            Flow::Download(url) => Datum::Flow(Flow::Download(url)),
            Flow::Files(files) => Datum::Flow(Flow::Files(files)),
            _ => Datum::Flow(Flow::Decoded),
        },
    }
}

/// The same in a form that nobody reads; what it came from stays.
fn opaque(value: Datum) -> Datum {
    match value {
        Datum::Flow(flow @ (Flow::Files(_) | Flow::Secret(_) | Flow::Download(_))) => Datum::Flow(flow),
        Datum::Object(kind, made_of) => Datum::Object(kind, made_of),
        _ => Datum::Flow(Flow::Decoded),
    }
}

/// Bytes as the text that they are in UTF-16.
pub(crate) fn utf16(bytes: &[u8]) -> Vec<u8> {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|one| one.unwrap_or('\u{fffd}')).collect::<String>().into_bytes()
}
