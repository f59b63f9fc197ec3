//! Objects: what they are made of, and what calling their members does.

use super::ast::{Expr, Suffix};
use super::datum::Datum;
use super::operators;
use super::statics::utf16;
use crate::readers::net;
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::Why;
use protocol::effect::{Action, ImpersonateKind, Outgoing, PersistKind, PrivilegeKind, Target, WriteMode};
use protocol::{Field, PathClass, RawText};

/// Members of an entry of a folder that are names of it.
const NAMES: [&[u8]; 9] =
    [b"fullname", b"name", b"path", b"pspath", b"basename", b"directoryname", b"target", b"providerpath", b"value"];

impl Walker<'_> {
    /// `New-Object kind`, `[kind]::new(…)`.
    pub(super) fn made(&mut self, kind: &[u8], given: Vec<Datum>) -> Datum {
        let kind = kind.strip_prefix(b"system.").unwrap_or(kind).to_vec();
        if matches!(kind.as_slice(), b"net.sockets.tcpclient" | b"net.sockets.udpclient" | b"net.sockets.socket") {
            let host = given.first().map_or(Value::Unknown(Why::Unstated), Datum::value);
            let local = host.known().is_some_and(|host| host == b"localhost" || host.starts_with(b"127."));
            if !local {
                self.push(Action::Fetch {
                    host: net::host_of(&host),
                    url: host.field(),
                    method: Field::Known(RawText::from("tcp")),
                    to: None,
                });
                self.powershell.socket = Some(host);
            }
        }
        if kind == b"windows.security.credentials.passwordvault" {
            self.read(&Value::text(b"/memory/protected data"), false);
        }
        if matches!(kind.as_slice(), b"net.sockets.tcplistener" | b"net.httplistener") {
            self.push(Action::Listen { address: Field::Unknown(Why::Unstated), tunnel: false });
        }
        Datum::Object(kind, given)
    }

    pub(super) fn member(&mut self, value: Datum, name: &[u8]) -> Datum {
        match &value {
            Datum::Object(kind, _) if kind.starts_with(b"type:") => {
                let kind = kind.get(5..).unwrap_or_default().to_vec();
                self.static_member(&kind, name)
            }
            Datum::Object(kind, made_of) => match name {
                // What a web answer holds, and what a text with a download in it is.
                b"content" | b"rawcontent" | b"parsedhtml" | b"value" | b"result" | b"responsetext"
                | b"responsebody" => {
                    made_of.first().cloned().unwrap_or_else(|| Datum::Object(kind.clone(), Vec::new()))
                }
                b"statuscode" | b"headers" => Datum::unknown(),
                _ => value,
            },
            Datum::Table(_) => value.field(name).cloned().unwrap_or_else(Datum::unknown),
            Datum::Flow(Flow::Paths { names, filtered }) => {
                if NAMES.contains(&name) {
                    return value;
                }
                if matches!(name, b"parent" | b"directory" | b"root") {
                    let names = names.iter().map(super::files::parent).collect();
                    return Datum::Flow(Flow::Paths { names, filtered: *filtered });
                }
                Datum::unknown()
            }
            Datum::Flow(_) if matches!(name, b"length" | b"count" | b"statuscode") => Datum::unknown(),
            Datum::Flow(_) | Datum::Text(Value::Pattern { .. } | Value::Unknown(_)) => value,
            Datum::Text(Value::Known(text)) => match name {
                b"length" => Datum::number(i64::try_from(text.len()).unwrap_or(0)),
                // Profiles for other hosts and all users.
                b"currentuserallhosts"
                | b"currentusercurrenthost"
                | b"allusersallhosts"
                | b"allusersdeveloper"
                | b"allusersurrenthost"
                | b"path"
                | b"fullname"
                | b"providerpath"
                | b"source"
                | b"definition" => value,
                _ => Datum::unknown(),
            },
            Datum::List(items) => match name {
                b"count" | b"length" => Datum::number(i64::try_from(items.len()).unwrap_or(0)),
                _ => {
                    let items = items.clone();
                    Datum::List(items.into_iter().map(|item| self.member(item, name)).collect())
                }
            },
            _ => Datum::unknown(),
        }
    }

    pub(super) fn call_member(&mut self, value: Datum, name: &[u8], given: Vec<Datum>) -> Datum {
        if !self.step() {
            return Datum::unknown();
        }
        match &value {
            Datum::Object(kind, made_of) if kind.starts_with(b"type:") => {
                let whole = kind.get(5..).unwrap_or_default();
                // `[Ref].Assembly.GetType('…')`
                if whole == b"ref"
                    || whole.starts_with(b"ref.")
                    || whole == b"internals"
                    || whole.starts_with(b"psobject")
                {
                    let path = given.first().map_or(Value::Unknown(Why::Variable), Datum::value);
                    return self.internals(&path);
                }
                let (whole, made_of) = (whole.to_vec(), made_of.clone());
                let kept = self.static_call(&whole, name, &given);
                if made_of.is_empty() { kept } else { Datum::Object(whole, made_of) }
            }
            Datum::Object(kind, made_of) => {
                let (kind, made_of) = (kind.clone(), made_of.clone());
                self.call_object(&kind, &made_of, name, given)
            }
            Datum::Code(block) if name.starts_with(b"invoke") => {
                let block = block.clone();
                let given = given.into_iter().map(super::bound::Given::Value).collect();
                self.call_block(&block, given, Datum::Null)
            }
            Datum::Flow(Flow::Paths { names, filtered }) => {
                let (names, filtered) = (names.clone(), *filtered);
                match name {
                    b"delete" => {
                        for one in &names {
                            self.delete(one, !given.is_empty(), true, filtered);
                        }
                        Datum::Null
                    }
                    b"moveto" | b"copyto" => {
                        let to = given.first().map_or(Value::Unknown(Why::Unstated), Datum::value);
                        for one in &names {
                            if name == b"moveto" {
                                self.move_to(one, &to);
                            } else {
                                let flow = self.read_flow(one);
                                self.write(&to, WriteMode::Replace, &flow);
                            }
                        }
                        Datum::Null
                    }
                    b"foreach" | b"where" => self.each_block(value.clone(), &given),
                    _ => value,
                }
            }
            Datum::Flow(flow) => match name {
                b"kill" | b"stop" => Datum::Null,
                b"foreach" | b"where" => self.each_block(value.clone(), &given),
                _ => Datum::Flow(flow.clone()),
            },
            Datum::List(items) => match name {
                b"foreach" | b"where" => self.each_block(value.clone(), &given),
                b"invoke" => self.run_datum(&value, Datum::Null),
                _ => Datum::List(items.clone()),
            },
            Datum::Table(_) => value,
            Datum::Text(text) => match text {
                Value::Known(text) => text_call(text, name, &given),
                other => Datum::Text(other.clone()),
            },
            _ => Datum::unknown(),
        }
    }

    fn each_block(&mut self, items: Datum, given: &[Datum]) -> Datum {
        match given.first() {
            Some(Datum::Code(block)) => {
                let block = block.clone();
                self.each(items, |walker, item| {
                    walker.set_variable(b"_", item);
                    walker.block(&block)
                })
            }
            _ => items,
        }
    }

    fn call_object(&mut self, kind: &[u8], made_of: &[Datum], name: &[u8], given: Vec<Datum>) -> Datum {
        let first = given.first().map_or(Value::Unknown(Why::Unstated), Datum::value);
        let second = given.get(1).map(Datum::value);
        let keeps = || Datum::Object(kind.to_vec(), made_of.to_vec());
        match (kind, name) {
            (
                _,
                b"downloadstring"
                | b"downloaddata"
                | b"openread"
                | b"getstringasync"
                | b"getbytearrayasync"
                | b"getstreamasync"
                | b"getasync"
                | b"downloadstringtaskasync"
                | b"downloaddatataskasync",
            ) => self.downloaded(&first, None),
            (_, b"downloadfile" | b"downloadfileasync" | b"downloadfiletaskasync") => {
                self.downloaded(&first, second.as_ref());
                Datum::Null
            }
            (
                _,
                b"uploadstring"
                | b"uploaddata"
                | b"uploadvalues"
                | b"uploadfile"
                | b"postasync"
                | b"putasync"
                | b"uploadstringtaskasync",
            ) => {
                let mut what = Vec::new();
                for (at, one) in given.iter().enumerate().skip(1) {
                    // The method may stand before what is sent.
                    if at == 1 && given.len() > 2 {
                        continue;
                    }
                    if name == b"uploadfile" {
                        what.extend(net::file(self, &one.value()));
                    } else {
                        one.outgoing(&mut what);
                    }
                }
                self.sends(&first, "POST", what);
                Datum::unknown()
            }
            (_, b"open")
                if kind.contains(&b'.') && memchr::memmem::find(kind, b"xmlhttp").is_some()
                    || memchr::memmem::find(kind, b"winhttp").is_some() && name == b"open" =>
            {
                // `$x.Open('GET', url)`
                self.downloaded(&second.unwrap_or(Value::Unknown(Why::Unstated)), None)
            }
            (b"wscript.shell", b"run" | b"exec") => {
                let text = given.first().map_or(Value::Unknown(Why::Unstated), Datum::value);
                self.command_line(&text);
                Datum::Null
            }
            (b"wscript.shell", b"sendkeys") | (_, b"sendkeys" | b"sendwait") => {
                self.push(Action::ImpersonatePerson { kind: ImpersonateKind::Keystrokes });
                Datum::Null
            }
            (b"wscript.shell", b"regwrite") => {
                let flow = given.get(1).map_or(Flow::Output, Datum::flow);
                self.write_key(&first, &flow);
                Datum::Null
            }
            (b"wscript.shell", b"regdelete") => {
                self.delete(&first, true, true, false);
                Datum::Null
            }
            (b"wscript.shell", b"createshortcut") => {
                self.write(&first, WriteMode::Replace, &Flow::Output);
                keeps()
            }
            (_, b"shellexecute") => {
                let mut words = vec![first];
                if let Some(text) = given.get(1).and_then(Datum::known) {
                    words.extend(crate::cmd::words_of(&text));
                }
                let elevated =
                    given.iter().any(|one| one.known().is_some_and(|text| text.eq_ignore_ascii_case(b"runas")));
                self.elevated(elevated, |walker| {
                    walker.windows_program(&words, &Flow::Inherit);
                });
                Datum::Null
            }
            (b"scripting.filesystemobject", b"deletefolder" | b"deletefile") => {
                self.delete(&first, name == b"deletefolder", true, false);
                Datum::Null
            }
            (b"wmi:win32_process", b"create") => {
                self.command_line(&first);
                Datum::Null
            }
            (b"wmi:win32_shadowcopy", b"delete") => {
                self.shadow_copies();
                Datum::Null
            }
            (_, b"win32shutdown" | b"reboot" | b"shutdown") => {
                self.push(Action::Stop {
                    what: protocol::effect::Stopped::Machine,
                    name: Field::Unknown(Why::Unstated),
                });
                Datum::Null
            }
            (b"net.mail.smtpclient", b"send") | (_, b"sendasync") => {
                let mut what = Vec::new();
                for one in &given {
                    one.outgoing(&mut what);
                }
                let host = made_of.first().map_or(Value::Unknown(Why::Unstated), Datum::value);
                self.sends(&host, "mail", what);
                Datum::Null
            }
            (
                b"scriptblock" | b"management.automation.scriptblock" | b"powershell",
                b"invoke" | b"invokereturnasis" | b"addscript" | b"begininvoke",
            ) => match given.first().or(made_of.first()) {
                Some(text) if name == b"addscript" => Datum::Object(b"scriptblock".to_vec(), vec![text.clone()]),
                _ => match made_of.first() {
                    Some(text) => self.run_datum(text, Datum::Null),
                    None => Datum::Null,
                },
            },
            (b"type:executioncontext", _) => Datum::Object(b"scriptblock".to_vec(), given),
            (_, b"invokescript" | b"newscriptblock" | b"invokecommand") => {
                self.run_datum(given.first().unwrap_or(&Datum::Null), Datum::Null)
            }
            (_, b"getstring") if kind.starts_with(b"encoding:") => match given.first().and_then(Datum::known) {
                Some(bytes) if kind.ends_with(b"unicode") => Datum::text(&utf16(&bytes)),
                _ => given.into_iter().next().unwrap_or_default(),
            },
            (_, b"getbytes" | b"getstring") => given.into_iter().next().unwrap_or_default(),
            // A stream over a stream over a download.
            (
                _,
                b"readtoend" | b"readline" | b"getresponse" | b"getresponsestream" | b"toarray" | b"copyto"
                | b"tostring" | b"read" | b"getawaiter" | b"getresult",
            ) => {
                if memchr::memmem::find(kind, b"webrequest").is_some() || kind == b"web" {
                    return made_of.first().cloned().unwrap_or_else(Datum::unknown);
                }
                match keeps().flow() {
                    Flow::Output => Datum::unknown(),
                    flow => Datum::Flow(flow),
                }
            }
            (b"assembly", _) | (_, b"getmethod" | b"gettype" | b"getfield" | b"setvalue") => {
                let path = first.clone();
                if name == b"getfield" || name == b"gettype" {
                    self.internals(&path);
                }
                keeps()
            }
            (_, b"set_enabled" | b"registertaskdefinition" | b"registertask") => {
                self.push(Action::Persist { kind: PersistKind::Cron, target: None });
                Datum::Null
            }
            (_, b"settings" | b"add" | b"delete") if kind.starts_with(b"type:") || kind.starts_with(b"wmi:") => {
                if kind.starts_with(b"wmi:") {
                    self.unknown(Why::Program, Some(kind));
                }
                Datum::Null
            }
            _ => keeps(),
        }
    }

    /// A program and its arguments in one text, as Windows starts it.
    pub(crate) fn command_line(&mut self, text: &Value) {
        match text {
            Value::Known(text) => match self.expanded(text) {
                Value::Known(text) => {
                    let words = crate::cmd::words_of(&text);
                    self.windows_program(&words, &Flow::Inherit);
                }
                other => {
                    self.invoke(std::slice::from_ref(&other), &Flow::Inherit);
                }
            },
            other => {
                self.invoke(std::slice::from_ref(other), &Flow::Inherit);
            }
        }
    }

    /// What happens inside happens with all rights.
    pub(crate) fn elevated(&mut self, elevated: bool, inside: impl FnOnce(&mut Self)) {
        if elevated {
            self.push(Action::Privilege { kind: PrivilegeKind::Sudo, to: Field::Unknown(Why::Unstated) });
            self.as_user(Field::Known(protocol::effect::User::Root), |walker| walker.carried("runas", inside));
        } else {
            inside(self);
        }
    }

    /// `$shortcut.TargetPath = …`, `$table['x'] = …`.
    pub(super) fn assign_member(&mut self, base: &Expr, suffixes: &[Suffix], value: Datum) {
        let object = self.value_of(base);
        let Some(last) = suffixes.last() else { return };
        let name = match last {
            Suffix::Member(name) | Suffix::Index(name) => {
                self.value_of(name).known().unwrap_or_default().to_ascii_lowercase()
            }
            Suffix::Call(..) => return,
        };
        if let (Datum::Table(mut pairs), Expr::Variable(variable), 1) = (object.clone(), base, suffixes.len()) {
            pairs.retain(|(known, _)| *known != name);
            pairs.push((name, value));
            self.set_variable(variable, Datum::Table(pairs));
            return;
        }
        if let (Datum::Object(kind, mut made_of), Expr::Variable(variable)) = (object, base) {
            // What a request is given is what it is made of.
            if matches!(name.as_slice(), b"filename" | b"arguments" | b"body" | b"content") {
                made_of.push(value);
                self.set_variable(variable, Datum::Object(kind, made_of));
            }
        }
    }

    /// Sends, unless there is nothing in it that is told.
    pub(super) fn sends(&mut self, url: &Value, method: &str, what: Vec<Outgoing<RawText>>) {
        let mut what = what;
        if what.iter().any(|one| matches!(one, Outgoing::Output)) && url.known().is_some() {
            let read = net::from_substitution(self);
            what.extend(read.into_iter().filter(
                |one| matches!(one, Outgoing::File(Target { class, .. }) if class.contains(PathClass::CREDENTIAL)),
            ));
        }
        self.push(Action::Send {
            host: net::host_of(url),
            url: url.field(),
            method: Field::Known(RawText::from(method)),
            what,
        });
    }
}

/// A member of a text that is called.
fn text_call(text: &[u8], name: &[u8], given: &[Datum]) -> Datum {
    let known = |at: usize| given.get(at).and_then(Datum::known);
    let number = |at: usize| given.get(at).and_then(Datum::as_number).and_then(|number| usize::try_from(number).ok());
    match name {
        b"replace" => match (known(0), known(1)) {
            (Some(from), Some(to)) => operators::plain_replaced(text, &from, &to, false)
                .map_or_else(Datum::unknown, |text| Datum::text(&text)),
            _ => Datum::unknown(),
        },
        b"tolower" | b"tolowerinvariant" => Datum::text(&text.to_ascii_lowercase()),
        b"toupper" | b"toupperinvariant" => Datum::text(&text.to_ascii_uppercase()),
        b"trim" | b"trimstart" | b"trimend" => match known(0) {
            None => Datum::text(text.trim_ascii()),
            Some(signs) => {
                let from = text.iter().position(|b| !signs.contains(b)).unwrap_or(text.len());
                let to = text.iter().rposition(|b| !signs.contains(b)).map_or(from, |at| at + 1);
                Datum::text(text.get(from..to).unwrap_or_default())
            }
        },
        b"substring" => match (number(0), number(1)) {
            (Some(from), Some(length)) => Datum::text(text.get(from..from.saturating_add(length)).unwrap_or_default()),
            (Some(from), None) => Datum::text(text.get(from..).unwrap_or_default()),
            _ => Datum::unknown(),
        },
        b"remove" => match (number(0), number(1)) {
            (Some(from), Some(length)) => Datum::text(
                &[text.get(..from).unwrap_or_default(), text.get(from.saturating_add(length)..).unwrap_or_default()]
                    .concat(),
            ),
            (Some(from), None) => Datum::text(text.get(..from).unwrap_or_default()),
            _ => Datum::unknown(),
        },
        b"insert" => match (number(0), known(1)) {
            (Some(at), Some(more)) => Datum::text(
                &[text.get(..at).unwrap_or_default(), more.as_slice(), text.get(at..).unwrap_or_default()].concat(),
            ),
            _ => Datum::unknown(),
        },
        b"split" => match known(0) {
            Some(between) => operators::split(&Datum::text(text), &between),
            None => Datum::unknown(),
        },
        b"tochararray" | b"getenumerator" => {
            Datum::List(text.iter().take(4096).map(|byte| Datum::text(&[*byte])).collect())
        }
        b"tostring" | b"normalize" | b"clone" | b"getnewclosure" => Datum::text(text),
        // The text is what a name or a block was known by.
        b"invoke" => Datum::Object(b"scriptblock".to_vec(), vec![Datum::text(text)]),
        _ => Datum::unknown(),
    }
}
