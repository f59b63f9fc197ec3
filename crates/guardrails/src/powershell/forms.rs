//! Cmdlets whose effects depend on blocks, objects or what comes through the pipe.

use super::bound::Bound;
use super::datum::Datum;
use super::{files, names, system, web};
use crate::paths::Follow;
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::effect::{Action, Code, Place, PrivilegeKind};
use protocol::{Field, RawText};
use std::rc::Rc;

pub(super) type Form = fn(&mut Walker<'_>, &Bound) -> Datum;

const FORMS: &[(&str, Form)] = &[
    ("foreach-object", each_object),
    ("where-object", where_object),
    ("invoke-expression", invoke_expression),
    ("invoke-command", invoke_command),
    ("start-job", start_job),
    ("start-threadjob", start_job),
    ("measure-command", start_job),
    ("register-objectevent", start_job),
    ("start-process", start_process),
    ("invoke-item", invoke_item),
    ("set-variable", set_variable),
    ("new-variable", set_variable),
    ("get-variable", get_variable),
    ("set-alias", set_alias),
    ("new-alias", set_alias),
    ("new-object", new_object),
    ("get-command", get_command),
    ("get-alias", get_command),
    ("write-output", write_output),
    ("write-host", write_output),
    ("out-null", nothing),
    ("remove-item", files::remove),
    ("clear-recyclebin", nothing),
    ("get-childitem", files::list),
    ("get-item", files::item),
    ("resolve-path", files::item),
    ("convert-path", files::item),
    ("get-content", files::content),
    ("set-content", files::write),
    ("add-content", files::write),
    ("out-file", files::export),
    ("tee-object", files::export),
    ("export-csv", files::export),
    ("export-clixml", files::export),
    ("clear-content", files::clear),
    ("clear-item", files::clear),
    ("new-item", files::new_item),
    ("copy-item", files::copy),
    ("move-item", files::copy),
    ("rename-item", files::rename),
    ("set-itemproperty", files::set_property),
    ("new-itemproperty", files::set_property),
    ("set-item", set_item),
    ("remove-itemproperty", files::remove_property),
    ("clear-itemproperty", files::remove_property),
    ("set-location", files::set_location),
    ("push-location", files::set_location),
    ("pop-location", files::pop_location),
    ("join-path", files::join_path),
    ("split-path", files::split_path),
    ("compress-archive", files::archive),
    ("expand-archive", files::archive),
    ("set-acl", files::acl),
    ("invoke-webrequest", web::request),
    ("invoke-restmethod", web::request),
    ("start-bitstransfer", web::transfer),
    ("send-mailmessage", web::mail),
    ("select-string", web::search),
    ("select-object", web::passes),
    ("sort-object", web::passes),
    ("out-string", web::passes),
    ("convertto-json", web::passes),
    ("convertto-csv", web::passes),
    ("convertto-xml", web::passes),
    ("convertto-html", web::passes),
    ("get-unique", web::passes),
    ("set-clipboard", nothing),
    ("convertto-securestring", web::passes),
    ("convertfrom-json", web::passes),
    ("convertfrom-securestring", from_secure),
    ("stop-process", system::stop_process),
    ("get-process", system::get_process),
    ("get-service", system::get_process),
    ("stop-service", system::stop_service),
    ("set-service", system::set_service),
    ("new-service", system::new_service),
    ("register-scheduledtask", system::scheduled),
    ("register-scheduledjob", system::scheduled),
    ("new-scheduledtaskaction", system::scheduled_action),
    ("set-scheduledtask", system::scheduled),
    ("set-wmiinstance", system::wmi_instance),
    ("new-ciminstance", system::wmi_instance),
    ("register-wmievent", system::wmi_instance),
    ("register-cimindicationevent", system::wmi_instance),
    ("invoke-wmimethod", system::wmi_method),
    ("invoke-cimmethod", system::wmi_method),
    ("get-wmiobject", system::wmi_object),
    ("get-ciminstance", system::wmi_object),
    ("remove-wmiobject", system::remove_wmi),
    ("remove-ciminstance", system::remove_wmi),
    ("set-executionpolicy", system::execution_policy),
    ("set-mppreference", system::defender),
    ("add-mppreference", system::defender),
    ("set-netfirewallprofile", system::firewall_profile),
    ("add-localgroupmember", system::group_member),
    ("add-adgroupmember", system::group_member),
    ("add-type", add_type),
    ("import-module", import_module),
    ("invoke-sqlcmd", sql),
    ("set-psreadlineoption", nothing),
    ("new-guid", new_guid),
    ("remove-aduser", system::remove_accounts),
    ("remove-adobject", system::remove_accounts),
    ("remove-adcomputer", system::remove_accounts),
    ("remove-mailbox", system::remove_accounts),
    ("remove-msoluser", system::remove_accounts),
    ("disable-adaccount", system::remove_accounts),
];

pub(super) fn named(name: &[u8]) -> Option<Form> {
    FORMS.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, form)| *form)
}

fn new_guid(_: &mut Walker<'_>, _: &Bound) -> Datum {
    Datum::text(super::statics::FRESH_GUID)
}

fn nothing(_: &mut Walker<'_>, _: &Bound) -> Datum {
    Datum::Null
}

/// The blocks among the arguments.
pub(super) fn blocks(bound: &Bound) -> Vec<super::ast::Block> {
    let all = bound.positional.iter().chain(bound.named.iter().filter_map(|(_, value)| value.as_ref()));
    all.filter_map(|value| if let Datum::Code(block) = value { Some(Rc::clone(block)) } else { None }).collect()
}

fn each_object(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let blocks = blocks(bound);
    if blocks.is_empty() {
        // `ForEach-Object Name`, `% FullName`, `% Delete`: a member by its name.
        let name = bound.text(&["-membername"], Some(0)).unwrap_or_default().to_ascii_lowercase();
        return match name.as_slice() {
            b"delete" | b"kill" | b"moveto" | b"terminate" => {
                walker.call_member(bound.input.clone(), &name, Vec::new())
            }
            _ => walker.member(bound.input.clone(), &name),
        };
    }
    let mut input = bound.input.clone();
    // Lines of a file are what is not known here.
    if let Datum::Text(Value::Known(text)) = &input {
        let lines: Vec<Datum> =
            text.split(|b| *b == b'\n').filter(|line| !line.is_empty()).take(24).map(Datum::text).collect();
        input = Datum::of_items(lines);
    }
    walker.each(input, |walker, item| {
        walker.set_variable(b"_", item.clone());
        walker.set_variable(b"psitem", item);
        let mut out = Vec::new();
        for block in &blocks {
            out.extend(walker.block(block).items());
        }
        Datum::of_items(out)
    })
}

fn where_object(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    walker.set_variable(b"_", bound.input.clone());
    for block in blocks(bound) {
        walker.block(&block);
    }
    match &bound.input {
        Datum::Flow(flow @ Flow::Paths { .. }) => Datum::Flow(flow.clone().filtered()),
        other => other.clone(),
    }
}

fn invoke_expression(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let code = bound.get(&["-command"], Some(0)).unwrap_or(&bound.input).clone();
    if let Some(text) = code.known() {
        walker.set_code(bound.run, Code::Inline);
        return walker.carried("invoke-expression", |walker| walker.run_datum(&Datum::text(&text), Datum::Null));
    }
    walker.run_datum(&code, Datum::Null)
}

fn invoke_command(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let host = bound.get(&["-computername", "-hostname", "-session", "-vmname"], None).map(Datum::value);
    let mut blocks: Vec<Datum> = blocks(bound).into_iter().map(Datum::Code).collect();
    if blocks.is_empty()
        && let Some(code) =
            bound.get(&["-scriptblock"], Some(usize::from(host.is_some() && bound.positional.len() > 1)))
    {
        blocks.push(code.clone());
    }
    if let Some(file) = bound.get(&["-filepath"], None).map(Datum::value) {
        let found = walker.found(&file, Follow::Links);
        walker.set_code(bound.run, Code::File(found.target));
    }
    let arguments: Vec<Datum> =
        bound.get(&["-argumentlist", "-args"], None).cloned().map(Datum::items).unwrap_or_default();
    let run = |walker: &mut Walker<'_>| {
        let mut out = Vec::new();
        for code in &blocks {
            let given = arguments.iter().cloned().map(super::bound::Given::Value).collect();
            out.extend(match code {
                Datum::Code(block) => walker.call_block(block, given, bound.input.clone()).items(),
                other => walker.run_datum(other, Datum::Null).items(),
            });
        }
        Datum::of_items(out)
    };
    match host {
        Some(host) if !host.is("localhost") && !host.is(".") => {
            let place = Place::Remote { host: host.field() };
            walker.at_place(place, |walker| walker.carried("invoke-command", |walker| run(walker)))
        }
        _ => run(walker),
    }
}

fn start_job(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    for block in blocks(bound) {
        let input = bound.input.clone();
        walker.call_block(&block, Vec::new(), input);
    }
    if let Some(file) = bound.get(&["-filepath"], None).map(Datum::value) {
        let found = walker.found(&file, Follow::Links);
        walker.set_code(bound.run, Code::File(found.target));
    }
    Datum::unknown()
}

fn start_process(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let Some(program) = bound.get(&["-filepath"], Some(0)).cloned() else { return Datum::Null };
    let mut words = Vec::new();
    program.words(&mut words);
    let place = usize::from(bound.get(&["-filepath"], None).is_none());
    match bound.get(&["-argumentlist", "-args"], Some(place)) {
        Some(Datum::Text(Value::Known(text))) => words.extend(crate::cmd::words_of(text)),
        Some(list) => {
            // Each may be several words.
            for item in list.clone().items() {
                match item.known() {
                    Some(text) => words.extend(crate::cmd::words_of(&text)),
                    None => item.words(&mut words),
                }
            }
        }
        None => {}
    }
    let elevated = bound.text(&["-verb"], None).is_some_and(|verb| verb.eq_ignore_ascii_case(b"runas"));
    walker.elevated(elevated, |walker| {
        walker.carried("start-process", |walker| walker.windows_program(&words, &Flow::Inherit));
    });
    Datum::Null
}

/// `Invoke-Item file`: opens it, or runs it.
fn invoke_item(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    for path in bound.paths(&["-path", "-literalpath"], Some(0)) {
        let runs = path.known().is_some_and(|text| {
            let lower = text.to_ascii_lowercase();
            [&b".exe"[..], b".bat", b".cmd", b".ps1", b".vbs", b".js", b".msi", b".lnk", b".hta", b".scr"]
                .iter()
                .any(|end| lower.ends_with(end))
        });
        if runs {
            walker.windows_program(&[path], &Flow::Inherit);
        }
    }
    Datum::Null
}

fn set_variable(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    if let Some(name) = bound.text(&["-name"], Some(0)) {
        let place = usize::from(bound.get(&["-name"], None).is_none());
        let value = bound.get(&["-value"], Some(place)).unwrap_or(&bound.input).clone();
        walker.set_variable(&name.to_ascii_lowercase(), value);
    }
    Datum::Null
}

fn get_variable(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    match bound.text(&["-name"], Some(0)) {
        Some(name) => walker.value_named(&name.to_ascii_lowercase()),
        None => Datum::unknown(),
    }
}

fn set_alias(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let place = usize::from(bound.get(&["-name"], None).is_none());
    if let (Some(name), Some(value)) = (bound.text(&["-name"], Some(0)), bound.text(&["-value"], Some(place))) {
        if name.to_ascii_lowercase().starts_with(b"taffrail") {
            walker.stops_us(&Field::Known(RawText::from("taffrail")));
        }
        Rc::make_mut(&mut walker.powershell.aliases).insert(name.to_ascii_lowercase(), value.to_ascii_lowercase());
    }
    Datum::Null
}

fn new_object(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let kind = bound.text(&["-typename", "-comobject"], Some(0)).unwrap_or_default().to_ascii_lowercase();
    let place = usize::from(bound.get(&["-typename", "-comobject"], None).is_none());
    let given = bound.get(&["-argumentlist", "-args"], Some(place)).cloned().map(Datum::items);
    let given = given.unwrap_or_else(|| bound.positional.get(place..).unwrap_or_default().to_vec());
    walker.made(&kind, given)
}

/// `Get-Command iex`: the command itself, to be called. A star is looked for among the aliases and cmdlets.
fn get_command(_: &mut Walker<'_>, bound: &Bound) -> Datum {
    let Some(name) = bound.text(&["-name"], Some(0)) else { return Datum::unknown() };
    let lower = name.to_ascii_lowercase();
    if !lower.iter().any(|b| matches!(b, b'*' | b'?')) {
        return Datum::text(&lower);
    }
    let known = names::FOUND_BY_STARS.iter().find(|known| crate::value::glob_match(&lower, known.as_bytes()));
    known.map_or_else(Datum::unknown, |known| Datum::text(known.as_bytes()))
}

fn write_output(_: &mut Walker<'_>, bound: &Bound) -> Datum {
    if bound.name == "write-host" {
        return Datum::Null;
    }
    match bound.get(&["-inputobject", "-object", "-message"], None) {
        Some(value) => value.clone(),
        None if bound.positional.is_empty() => bound.input.clone(),
        None => Datum::of_items(bound.positional.iter().cloned().flat_map(Datum::items).collect()),
    }
}

fn from_secure(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    if bound.has("-asplaintext") {
        walker.read(&Value::text(b"/memory/protected data"), false);
        return Datum::Flow(Flow::Secret("stored secrets"));
    }
    Datum::unknown()
}

/// Code of another language that is compiled here. What reaches into other processes is told from a helper.
fn add_type(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    const REACHES: [&str; 12] = [
        "virtualalloc",
        "writeprocessmemory",
        "createremotethread",
        "setwindowshookex",
        "getasynckeystate",
        "minidumpwritedump",
        "createthread",
        "virtualprotect",
        "openprocess",
        "sendinput",
        "keybd_event",
        "amsiscanbuffer",
    ];
    let all = bound.positional.iter().chain(bound.named.iter().filter_map(|(_, value)| value.as_ref()));
    for value in all {
        match value.known() {
            Some(text) => {
                let lower = text.to_ascii_lowercase();
                if REACHES.iter().any(|part| memchr::memmem::find(&lower, part.as_bytes()).is_some()) {
                    walker.set_code(bound.run, Code::Decoded);
                }
            }
            None => {
                if let flow @ (Flow::Download(_) | Flow::Decoded) = value.flow() {
                    walker.run_flow(crate::readers::Lang::Other, &flow, Some(bound.run), &[]);
                }
            }
        }
    }
    Datum::Null
}

fn import_module(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let given = bound.positional.first().map(Datum::flow);
    if let Some(flow @ (Flow::Download(_) | Flow::Decoded)) = given {
        walker.run_flow(crate::readers::Lang::PowerShell, &flow, Some(bound.run), &[]);
        return Datum::Null;
    }
    for path in bound.paths(&["-name", "-path"], Some(0)) {
        let file = path.written().is_some_and(|text| {
            text.iter().any(|b| matches!(b, b'/' | b'\\')) || text.ends_with(b".psm1") || text.ends_with(b".dll")
        });
        if file {
            walker.windows_module(&path, bound.run);
        }
    }
    if let flow @ (Flow::Download(_) | Flow::Decoded) = bound.input.flow() {
        walker.run_flow(crate::readers::Lang::PowerShell, &flow, Some(bound.run), &[]);
    }
    Datum::Null
}

fn sql(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let mut words = vec![Value::text(b"sqlcmd")];
    for (name, option) in [("-serverinstance", "-S"), ("-database", "-d")] {
        if let Some(value) = bound.get(&[name], None) {
            words.push(Value::text(option.as_bytes()));
            words.push(value.value());
        }
    }
    if let Some(query) = bound.get(&["-query"], Some(0)) {
        words.push(Value::text(b"-Q"));
        words.push(query.value());
    }
    walker.invoke(&words, &Flow::Inherit);
    Datum::unknown()
}

/// `Set-Item Env:X value`, `si alias:x …`, `Set-Item HKCU:\…`.
fn set_item(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let value = bound.get(&["-value"], Some(1)).unwrap_or(&bound.input).clone();
    for path in bound.paths(&["-path", "-literalpath"], Some(0)) {
        let Some(text) = path.known().map(<[u8]>::to_vec) else { continue };
        let lower = text.to_ascii_lowercase();
        let cut = lower.iter().position(|b| *b == b':').unwrap_or(0);
        let (drive, name) = (lower.get(..cut).unwrap_or_default(), lower.get(cut + 1..).unwrap_or_default());
        let name = name.strip_prefix(b"\\").or(name.strip_prefix(b"/")).unwrap_or(name).to_vec();
        match drive {
            b"env" => walker.set_windows_variable(&name, value.value()),
            b"variable" => walker.set_variable(&name, value.clone()),
            b"alias" => {
                if let Some(target) = value.known() {
                    Rc::make_mut(&mut walker.powershell.aliases).insert(name, target.to_ascii_lowercase());
                }
            }
            b"function" => {
                if let Datum::Code(block) = &value {
                    Rc::make_mut(&mut walker.powershell.functions).insert(name, Rc::clone(block));
                }
            }
            b"wsman" => {
                walker.push(Action::Privilege {
                    kind: PrivilegeKind::Policy,
                    to: Field::Known(RawText::from("setting")),
                });
            }
            _ => walker.write_key(&path, &value.flow()),
        }
    }
    Datum::Null
}

impl Walker<'_> {
    fn windows_module(&mut self, path: &Value, run: usize) {
        if crate::windows::from_network(path) {
            self.set_code(run, Code::Download { url: path.field() });
            return;
        }
        let found = self.found(path, Follow::Links);
        match self.made_at(&found).cloned() {
            Some(made) => {
                self.run_made(&made, std::slice::from_ref(path), &Flow::Inherit);
            }
            None => self.set_code(run, Code::File(found.target)),
        }
    }
}
