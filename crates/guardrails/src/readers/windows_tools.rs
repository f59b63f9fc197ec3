//! Programs of Windows whose arguments no grammar tells apart: `reg add KEY /v NAME`, `schtasks /create /tr …`.

use super::net as web;
use super::{Lang, raw};
use crate::paths::Follow;
use crate::value::{Flow, Value};
use crate::walker::{Call, Made, Walker};
use protocol::effect::{
    Action, Code, CredentialKind, PersistKind, PrivilegeKind, ResourceAction, ResourceKind, Stopped, WriteMode,
};
use protocol::{Field, RawText, Why};

/// A word in lower case, a dash before an option read as a slash.
fn lower(word: &Value) -> Vec<u8> {
    let text = word.written().unwrap_or_default().to_ascii_lowercase();
    match text.as_slice() {
        [b'-', rest @ ..] if !rest.is_empty() => [b"/", rest].concat(),
        [b'/', b'/', rest @ ..] => [b"/", rest].concat(),
        _ => text,
    }
}

/// The word behind an option.
fn option<'c>(call: &'c Call<'_>, names: &[&str]) -> Option<&'c Value> {
    let at = call.words.iter().position(|word| {
        let word = lower(word);
        names.iter().any(|name| name.as_bytes() == word)
    })?;
    call.words.get(at + 1)
}

fn has(call: &Call<'_>, names: &[&str]) -> bool {
    call.words.iter().any(|word| {
        let word = lower(word);
        names.iter().any(|name| name.as_bytes() == word)
    })
}

/// Is there a word that holds this?
fn holds(call: &Call<'_>, part: &str) -> bool {
    call.words.iter().any(|word| memchr::memmem::find(&lower(word), part.as_bytes()).is_some())
}

fn policy(walker: &mut Walker<'_>, to: &str) {
    walker.push(Action::Privilege { kind: PrivilegeKind::Policy, to: Field::Known(raw(to)) });
}

pub(super) fn reg(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let verb = call.words.first().map(lower).unwrap_or_default();
    let key = call.words.get(1).cloned().unwrap_or(Value::Unknown(Why::Unstated));
    walker.on_windows(|walker| {
        let named = |name: Option<&Value>| {
            let mut key = key.clone();
            if let Some(name) = name {
                key.append(&Value::text(b"\\"));
                key.append(name);
            }
            key
        };
        match verb.as_slice() {
            b"add" | b"copy" => {
                let key = named(option(call, &["/v"]));
                let flow =
                    option(call, &["/d"]).and_then(Value::known).map_or(Flow::Output, |text| Flow::Text(text.to_vec()));
                walker.write_key(&key, &flow);
            }
            b"delete" => {
                let name = option(call, &["/v"]);
                let key = named(name);
                walker.delete(&key, name.is_none(), has(call, &["/f"]), false);
            }
            b"save" | b"export" => {
                walker.read(&key, true);
                if let Some(to) = call.words.get(2) {
                    let files = vec![walker.found(&key, Follow::Links).target];
                    walker.write(to, WriteMode::Replace, &Flow::Files(files));
                }
            }
            b"query" => {
                if holds(call, "password") || holds(call, "winlogon") {
                    walker.push(Action::UseCredential { kind: CredentialKind::Login, reference: key.field() });
                }
                walker.read(&key, has(call, &["/s"]));
            }
            b"import" | b"restore" | b"load" => {
                policy(walker, "setting");
                walker.read(call.words.last().unwrap_or(&key), false);
            }
            _ => {}
        }
    });
    Flow::Output
}

pub(super) fn schtasks(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if has(call, &["/create", "/change"]) {
        let line = option(call, &["/tr"]);
        if has(call, &["/create"]) || line.is_some() {
            walker.starts_later(PersistKind::Cron, "cron", line);
        } else if has(call, &["/disable"]) {
            walker.push(Action::Stop { what: Stopped::Service, name: task(call) });
        }
    } else if has(call, &["/delete"]) {
        walker.push(Action::Stop { what: Stopped::Service, name: task(call) });
        policy(walker, "setting");
    }
    Flow::Output
}

fn task(call: &Call<'_>) -> Field<RawText> {
    option(call, &["/tn"]).map_or(Field::Unknown(Why::Unstated), Value::field)
}

/// `sc create name binPath= "…"`.
pub(super) fn service_control(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let skip = usize::from(
        call.words.first().is_some_and(|word| word.written().is_some_and(|text| text.starts_with(b"\\\\"))),
    );
    let verb = call.words.get(skip).map(lower).unwrap_or_default();
    let name = call.words.get(skip + 1).cloned().unwrap_or(Value::Unknown(Why::Unstated));
    let line = || {
        option(call, &["binpath="]).cloned().or_else(|| {
            call.words.iter().find_map(|word| {
                let at = lower(word);
                let rest = at.strip_prefix(b"binpath=").filter(|rest| !rest.is_empty())?.len();
                let text = word.written()?;
                Some(Value::text(text.get(text.len() - rest..)?))
            })
        })
    };
    match verb.as_slice() {
        b"create" => walker.starts_later(PersistKind::Unit, "unit", line().as_ref()),
        b"config" | b"failure" | b"sdset" | b"triggerinfo" => {
            let line = line();
            if line.is_some() {
                walker.starts_later(PersistKind::Unit, "unit", line.as_ref());
            } else if has(call, &["disabled"]) || holds(call, "=disabled") {
                walker.stop_service(&name);
            } else {
                policy(walker, "setting");
            }
        }
        b"delete" => {
            walker.stop_service(&name);
            policy(walker, "setting");
        }
        b"stop" | b"pause" => walker.stop_service(&name),
        _ => {}
    }
    Flow::Output
}

pub(super) fn net(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let verb = call.words.first().map(lower).unwrap_or_default();
    let name = call.words.get(1).cloned().unwrap_or(Value::Unknown(Why::Unstated));
    match verb.as_slice() {
        b"user" | b"users" => {
            let set = call.words.get(2).is_some_and(|word| !lower(word).starts_with(b"/domain"));
            if set {
                let activates =
                    holds(call, "/active:") || has(call, &["/add", "/delete", "/del"]) || call.words.len() > 2;
                let root = name.known().is_some_and(|name| name.eq_ignore_ascii_case(b"administrator"));
                if activates {
                    let to = if root { Field::Known(raw("root")) } else { name.field() };
                    walker.push(Action::Privilege { kind: PrivilegeKind::Account, to });
                }
            }
        }
        b"localgroup" | b"group" => {
            if has(call, &["/add"]) && call.words.len() > 3 {
                walker.joins_group(&name);
            } else if has(call, &["/add", "/delete"]) {
                walker.push(Action::Privilege { kind: PrivilegeKind::Account, to: name.field() });
            }
        }
        b"stop" | b"pause" => walker.stop_service(&name),
        b"share" => {
            if let Some(folder) =
                name.known().and_then(|text| text.iter().position(|b| *b == b'=').and_then(|at| text.get(at + 1..)))
            {
                let folder = Value::text(folder);
                super::leaves::serves(walker, &folder, None);
                policy(walker, "setting");
            } else if has(call, &["/delete"]) {
                policy(walker, "setting");
            }
        }
        b"accounts" if call.words.len() > 1 => policy(walker, "setting"),
        _ => {}
    }
    Flow::Output
}

pub(super) fn wmic(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let host = call.words.iter().find_map(|word| lower(word).strip_prefix(b"/node:").map(<[u8]>::to_vec));
    let creates = has(call, &["call"]) && holds(call, "create");
    if holds(call, "shadowcopy") && has(call, &["delete"]) {
        walker.shadow_copies();
    } else if has(call, &["process"]) && creates {
        let line = call
            .words
            .iter()
            .rev()
            .find(|word| !lower(word).contains(&b'/') || word.written().is_some_and(|text| text.len() > 2));
        let line = line.cloned().unwrap_or(Value::Unknown(Why::Unstated));
        let line = match line.known() {
            // `call create "command"`, `call create("command")`
            Some(text) => {
                let cut = memchr::memchr(b'(', text).filter(|_| text.to_ascii_lowercase().starts_with(b"create"));
                let text = cut.and_then(|at| text.get(at + 1..)).unwrap_or(text);
                Value::text(text.strip_suffix(b")").unwrap_or(text).trim_ascii())
            }
            None => line,
        };
        let act = |walker: &mut Walker<'_>| {
            walker.carried("wmic", |walker| walker.on_windows(|walker| walker.command_line(&line)));
        };
        match host {
            Some(host) => {
                let place = protocol::effect::Place::Remote { host: Field::Known(RawText::new(host)) };
                walker.at_place(place, |walker| act(walker));
            }
            None => act(walker),
        }
    } else if has(call, &["process"]) && (has(call, &["delete"]) || holds(call, "terminate")) {
        walker.push(Action::Stop { what: Stopped::Process, name: Field::Unknown(Why::Unstated) });
    } else if has(call, &["product"]) && holds(call, "uninstall") {
        policy(walker, "setting");
    } else if holds(call, "subscription") || (holds(call, "eventfilter") || holds(call, "eventconsumer")) && creates {
        let found = walker.found(&Value::text(b"/wmi/subscription"), Follow::Links);
        walker.push(Action::Persist { kind: PersistKind::Other, target: Some(found.target) });
    } else if has(call, &["useraccount"]) && (has(call, &["set", "delete"]) || creates) {
        walker.push(Action::Privilege { kind: PrivilegeKind::Account, to: Field::Unknown(Why::Unstated) });
    } else if has(call, &["os"]) && (holds(call, "reboot") || holds(call, "shutdown")) {
        walker.push(Action::Stop { what: Stopped::Machine, name: Field::Unknown(Why::Unstated) });
    }
    if let Some(url) = call.words.iter().find_map(|word| {
        let text = word.written()?;
        let at = memchr::memmem::find(&text.to_ascii_lowercase(), b"/format:")?;
        memchr::memmem::find(text, b"://").and_then(|_| text.get(at + 8..))
    }) {
        let url = Value::text(url).field();
        walker.set_code(call.run, Code::Download { url });
    }
    Flow::Output
}

pub(super) fn vssadmin(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if has(call, &["delete"]) || has(call, &["resize"]) {
        walker.shadow_copies();
    }
    Flow::Output
}

pub(super) fn bcdedit(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let off = holds(call, "recoveryenabled") || holds(call, "bootstatuspolicy");
    if off {
        walker.shadow_copies();
    } else if ["/set", "/delete", "/deletevalue", "/import", "/create", "/default", "/bootsequence"]
        .iter()
        .any(|verb| has(call, &[verb]))
    {
        policy(walker, "boot");
    }
    Flow::Output
}

pub(super) fn wevtutil(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let verb = call.words.first().map(lower).unwrap_or_default();
    if matches!(verb.as_slice(), b"cl" | b"clear-log")
        || (matches!(verb.as_slice(), b"sl" | b"set-log") && holds(call, "/e:false"))
    {
        policy(walker, "audit log");
    }
    Flow::Output
}

pub(super) fn netsh(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let changes = has(call, &["set", "add", "delete", "reset", "import"]);
    if holds(call, "firewall") && changes {
        let off = (holds(call, "profile") || has(call, &["opmode"]))
            && (has(call, &["off", "disable"]) || holds(call, "=disable"));
        policy(walker, if off || has(call, &["reset"]) { "firewall off" } else { "firewall" });
    } else if holds(call, "portproxy") && changes {
        // As `ssh -R` says it: where it listens, and what it leads to.
        let part = |name: &str| {
            let found =
                call.words.iter().find_map(|word| lower(word).strip_prefix(name.as_bytes()).map(<[u8]>::to_vec));
            found.unwrap_or_default()
        };
        let parts = ["listenaddress=", "listenport=", "connectaddress=", "connectport="].map(part);
        let address = Field::Known(RawText::new(parts.join(&b':')));
        walker.push(Action::Listen { address, tunnel: true });
    } else if has(call, &["wlan"]) && holds(call, "key=clear") {
        walker.read(&Value::text(b"/memory/protected data"), false);
        return Flow::Secret("stored secrets");
    } else if holds(call, "winsock") || (has(call, &["interface"]) && changes) || (has(call, &["winhttp"]) && changes) {
        policy(walker, "setting");
    } else if holds(call, "helper") && changes {
        walker.push(Action::Persist { kind: PersistKind::LoaderVariable, target: None });
    }
    Flow::Output
}

pub(super) fn certutil(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let url = call
        .words
        .iter()
        .position(|word| word.written().is_some_and(|text| memchr::memmem::find(text, b"://").is_some()));
    if let Some(at) = url {
        let url = match call.words.get(at) {
            Some(Value::Pattern { glob, .. }) => Value::Known(glob.clone()),
            Some(url) => url.clone(),
            None => return Flow::Output,
        };
        let to = call.words.get(at + 1).cloned().or_else(|| {
            let name = url.known()?.rsplit(|b| *b == b'/').next()?;
            Some(Value::text(name))
        });
        web::fetch(walker, &url, "GET", to.as_ref());
        return Flow::Output;
    }
    let files: Vec<&Value> = call.words.iter().filter(|word| !lower(word).starts_with(b"/")).collect();
    if let [from, to, ..] = files.as_slice() {
        if has(call, &["/decode", "/decodehex"]) {
            let made = match walker.made_at(&walker.found(from, Follow::Links)) {
                Some(Made::Download(url)) => Made::Download(url.clone()),
                _ => Made::Decoded,
            };
            walker.write_field(to, WriteMode::Replace, Field::Unknown(Why::Unseen), made);
        } else if has(call, &["/encode", "/encodehex"]) {
            let flow = walker.read_flow(from);
            walker.write(to, WriteMode::Replace, &flow);
        }
    }
    if has(call, &["/addstore"]) {
        policy(walker, "trusted certificates");
    } else if has(call, &["/delstore", "/importpfx"]) {
        policy(walker, "setting");
    } else if has(call, &["/exportpfx"]) {
        walker.read(&Value::text(b"/memory/protected data"), false);
    }
    Flow::Output
}

pub(super) fn bitsadmin(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let at = call
        .words
        .iter()
        .position(|word| word.written().is_some_and(|text| memchr::memmem::find(text, b"://").is_some()));
    if let Some(at) = at
        && let Some(url) = call.words.get(at).cloned()
    {
        if has(call, &["/upload"]) {
            let what = call.words.get(at + 1).map(|file| web::file(walker, file)).unwrap_or_default();
            walker.push(Action::Send {
                host: web::host_of(&url),
                url: url.field(),
                method: Field::Known(raw("PUT")),
                what,
            });
        } else {
            web::fetch(walker, &url, "GET", call.words.get(at + 1));
        }
    }
    if has(call, &["/setnotifycmdline"]) {
        walker.push(Action::Persist { kind: PersistKind::Other, target: None });
        let words: Vec<Value> =
            call.words.iter().skip_while(|word| lower(word) != b"/setnotifycmdline").skip(2).cloned().collect();
        walker.later("auto-run", |walker| {
            walker.windows_program(&words, &Flow::Inherit);
        });
    }
    Flow::Output
}

/// `mshta`, `wscript`, `cscript`: a file, an address or the code itself.
pub(super) fn script_host(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some(file) = call
        .words
        .iter()
        .find(|word| !word.written().is_some_and(|text| text.starts_with(b"/") && !text.contains(&b'.')))
    else {
        return Flow::Output;
    };
    let text = file.written().unwrap_or_default().to_ascii_lowercase();
    let code = if text.starts_with(b"http") || text.starts_with(b"\\\\") || text.starts_with(b"script:http") {
        Code::Download { url: file.field() }
    } else if text.starts_with(b"javascript:") || text.starts_with(b"vbscript:") || text.starts_with(b"about:") {
        // It is read no further: a program that is made for this runs it.
        Code::Download { url: Field::Unknown(Why::Language) }
    } else {
        return walker.run_file(Lang::Other, file, call, &[]);
    };
    walker.set_code(call.run, code);
    Flow::Output
}

pub(super) fn rundll(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let first = call.words.first().map(lower).unwrap_or_default();
    if holds(call, "comsvcs") && (holds(call, "minidump") || holds(call, "#24") || holds(call, "#+24")) {
        walker.read(&Value::text(b"/memory/lsass"), false);
    } else if first.starts_with(b"javascript:")
        || first.starts_with(b"vbscript:")
        || holds(call, "runhtmlapplication")
        || holds(call, "http://")
        || holds(call, "https://")
    {
        walker.set_code(call.run, Code::Download { url: Field::Unknown(Why::Language) });
    } else if let Some(file) = call.words.first() {
        let text = file.written().unwrap_or_default();
        let cut = text.iter().position(|b| *b == b',').unwrap_or(text.len());
        let library = Value::text(text.get(..cut).unwrap_or_default());
        let named = library.known().is_some_and(|text| text.iter().any(|b| matches!(b, b'/' | b'\\')));
        if named {
            let from_network = library.known().is_some_and(|text| text.starts_with(b"\\\\"));
            if from_network {
                walker.set_code(call.run, Code::Download { url: library.field() });
            } else {
                return walker.run_file(Lang::Other, &library, call, &[]);
            }
        }
    }
    Flow::Output
}

pub(super) fn regsvr(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let url = call.words.iter().find_map(|word| {
        let text = word.written()?;
        let lower = text.to_ascii_lowercase();
        (memchr::memmem::find(&lower, b"://").is_some()
            || lower.starts_with(b"\\\\")
            || memchr::memmem::find(&lower, b"scrobj").is_some())
        .then(|| word.clone())
    });
    match url {
        Some(url) => walker.set_code(call.run, Code::Download { url: url.field() }),
        None => {
            if let Some(file) = call.words.iter().rev().find(|word| !lower(word).starts_with(b"/")) {
                walker.run_file(Lang::Other, file, call, &[]);
            }
        }
    }
    Flow::Output
}

pub(super) fn taskkill(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for (at, word) in call.words.iter().enumerate() {
        if matches!(lower(word).as_slice(), b"/im" | b"/pid" | b"/fi")
            && let Some(name) = call.words.get(at + 1)
        {
            let guard = name.known().is_some_and(|name| {
                let name = name.to_ascii_lowercase();
                ["msmpeng", "mssense", "sysmon", "securityhealth"]
                    .iter()
                    .any(|known| name.starts_with(known.as_bytes()))
            });
            if guard {
                policy(walker, "malware scanner");
            }
            walker.stops_us(&name.field());
            walker.push(Action::Stop { what: Stopped::Process, name: name.field() });
        }
    }
    Flow::Output
}

/// `icacls path /grant name:F /t`, `takeown /f path /r`, `cacls`.
pub(super) fn icacls(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let takes = call.name == "takeown";
    let path = if takes { option(call, &["/f"]) } else { call.words.first() };
    let changes = takes
        || ["/grant", "/deny", "/remove", "/reset", "/setowner", "/inheritance", "/restore", "/g", "/e", "/p"]
            .iter()
            .any(|verb| call.words.iter().any(|word| lower(word).starts_with(verb.as_bytes())));
    if let (Some(path), true) = (path, changes) {
        let recursive = has(call, &["/t", "/r"]);
        let everyone = holds(call, "everyone:") || holds(call, "users:(") || holds(call, "*s-1-1-0");
        let mode = if everyone { Value::text(b"a+rwx") } else { Value::Unknown(Why::Unstated) };
        walker.on_windows(|walker| walker.change_mode(path, recursive, &mode));
    }
    Flow::Output
}

pub(super) fn robocopy(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let folders: Vec<&Value> = call.words.iter().filter(|word| !lower(word).starts_with(b"/")).collect();
    let [from, to, ..] = folders.as_slice() else { return Flow::Output };
    if has(call, &["/l"]) {
        return Flow::Output;
    }
    walker.on_windows(|walker| {
        walker.read(from, true);
        let files = vec![walker.found(from, Follow::Links).target];
        // What is not in the first goes from the second.
        if has(call, &["/mir", "/purge"]) {
            walker.delete(to, true, true, false);
        }
        if has(call, &["/mov", "/move"]) {
            walker.move_to(from, to);
        }
        walker.write(to, WriteMode::Create, &Flow::Files(files));
    });
    Flow::Output
}

pub(super) fn runas(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let line = call.words.iter().find(|word| !lower(word).starts_with(b"/")).cloned();
    walker.elevated(true, |walker| {
        if let Some(line) = line {
            walker.on_windows(|walker| walker.command_line(&line));
        }
    });
    Flow::Output
}

pub(super) fn setx(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words: Vec<&Value> = call.words.iter().filter(|word| !lower(word).starts_with(b"/")).collect();
    if let [name, value, ..] = words.as_slice()
        && let Some(name) = name.known()
    {
        let scope: &[u8] = if has(call, &["/m"]) { b"machine" } else { b"user" };
        walker.kept_variable(name, (*value).clone(), scope);
    }
    Flow::Output
}

/// `forfiles /p folder /m *.log /c "cmd /c del @path"`.
pub(super) fn forfiles(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let folder = option(call, &["/p"]).cloned().unwrap_or_else(|| Value::text(b"."));
    let mask = option(call, &["/m"]).cloned();
    if let Some(line) = option(call, &["/c"]).and_then(Value::known) {
        let mut each = folder.written().unwrap_or(b"%unknown%").to_vec();
        each.extend_from_slice(b"\\");
        each.extend_from_slice(mask.as_ref().and_then(Value::written).unwrap_or(b"*"));
        let text = String::from_utf8_lossy(line)
            .replace("@path", &String::from_utf8_lossy(&each))
            .replace("@file", &String::from_utf8_lossy(&each));
        walker.carried("forfiles", |walker| walker.code(Lang::Cmd, text.as_bytes(), &Flow::Inherit, &[]));
    }
    Flow::Output
}

pub(super) fn procdump(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if holds(call, "lsass") {
        walker.read(&Value::text(b"/memory/lsass"), false);
    }
    Flow::Output
}

pub(super) fn diskpart(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let script = option(call, &["/s"]).cloned();
    let flow = match script {
        Some(file) => {
            let found = walker.found(&file, Follow::Links);
            match walker.made_at(&found) {
                Some(Made::Text(text)) => Flow::Text(text.clone()),
                _ => Flow::Output,
            }
        }
        None => call.stdin.clone(),
    };
    let harmless = match &flow {
        Flow::Text(text) => {
            let text = text.to_ascii_lowercase();
            !["clean", "format", "delete", "create", "convert", "extend", "shrink"]
                .iter()
                .any(|verb| memchr::memmem::find(&text, verb.as_bytes()).is_some())
        }
        Flow::Inherit => call.words.is_empty(),
        _ => false,
    };
    if !harmless {
        disk(walker, Field::Unknown(Why::Unstated));
    }
    Flow::Output
}

fn disk(walker: &mut Walker<'_>, name: Field<RawText>) {
    walker.push(Action::Resource {
        kind: ResourceKind::Disk,
        action: ResourceAction::Destroy,
        provider: Field::Known(raw("windows")),
        name,
        scope: Field::Unknown(Why::Unstated),
        host: Field::Unknown(Why::Unstated),
        context: Field::Unknown(Why::Unstated),
    });
}

pub(super) fn format_volume(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let volume = call.words.iter().find(|word| word.known().is_some_and(|text| text.get(1) == Some(&b':')));
    if let Some(volume) = volume {
        disk(walker, volume.field());
    }
    Flow::Output
}

pub(super) fn msiexec(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let package = option(call, &["/i", "/package", "/a"]);
    if let Some(package) = package {
        let remote = package
            .written()
            .is_some_and(|text| memchr::memmem::find(text, b"://").is_some() || text.starts_with(b"\\\\"));
        if remote {
            walker.set_code(call.run, Code::Download { url: package.field() });
        } else {
            walker.run_file(Lang::Other, package, call, &[]);
            policy(walker, "setting");
        }
    } else if has(call, &["/x", "/uninstall"]) {
        policy(walker, "setting");
    }
    Flow::Output
}

pub(super) fn cipher(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    // Overwriting what was deleted: nobody brings it back.
    if call.words.iter().any(|word| lower(word).starts_with(b"/w")) {
        disk(walker, Field::Known(raw("deleted files")));
    } else if has(call, &["/e"]) {
        policy(walker, "setting");
    }
    Flow::Output
}

pub(super) fn shutdown(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if has(call, &["/s", "/r", "/p", "/h", "/g", "/sg", "/hybrid", "/now"])
        || call.words.iter().any(|word| word.is("now"))
    {
        walker.push(Action::Stop { what: Stopped::Machine, name: Field::Unknown(Why::Unstated) });
    }
    Flow::Output
}

/// `attrib -r -s -h file`: hidden or shown; nothing is lost.
pub(super) fn attrib(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.words.iter().any(|word| word.written().is_some_and(|text| matches!(text.first(), Some(b'+' | b'-')))) {
        let recursive = has(call, &["/s"]);
        for path in call
            .words
            .iter()
            .filter(|word| !word.written().is_some_and(|text| matches!(text.first(), Some(b'+' | b'-' | b'/'))))
        {
            walker.on_windows(|walker| walker.change_mode(path, recursive, &Value::Unknown(Why::Unstated)));
        }
    }
    Flow::Output
}
