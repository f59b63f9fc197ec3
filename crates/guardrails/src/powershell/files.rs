//! Cmdlets of files, folders and the registry.

use super::bound::{Bound, wild};
use super::datum::Datum;
use crate::paths::Follow;
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::effect::{Action, WriteMode};
use protocol::{Field, Text, Why};

const PATH: [&str; 4] = ["-path", "-literalpath", "-filepath", "-pspath"];
const FILTERS: [&str; 3] = ["-filter", "-include", "-name"];

/// The folder that a path lies in.
pub(crate) fn parent(path: &Value) -> Value {
    let cut = |text: &[u8]| {
        let end = text.iter().rposition(|b| matches!(b, b'/' | b'\\'));
        let up = text.get(..end.unwrap_or(0)).unwrap_or_default().to_vec();
        if up.is_empty() { b".".to_vec() } else { up }
    };
    match path {
        Value::Known(text) => Value::Known(cut(text)),
        Value::Pattern { glob, floating } => Value::Pattern { glob: cut(glob), floating: *floating },
        Value::Unknown(why) => Value::Unknown(*why),
    }
}

fn below(folder: &Value, name: &Value) -> Value {
    let mut out = folder.clone();
    let ends = out.written().is_some_and(|text| text.ends_with(b"/") || text.ends_with(b"\\"));
    if !ends {
        out.append(&Value::text(b"/"));
    }
    out.append(name);
    out
}

/// Paths of a cmdlet, their stars wildcards unless they are taken as they are.
fn paths(bound: &Bound) -> Vec<Value> {
    let literal = bound.get(&["-literalpath"], None).is_some();
    let all = bound.paths(&PATH, Some(0));
    if literal { all } else { all.into_iter().map(wild).collect() }
}

/// Names of files from the pipeline, and whether something has chosen among them.
fn piped(bound: &Bound) -> Option<(Vec<Value>, bool)> {
    if bound.get(&PATH, Some(0)).is_some() {
        return None;
    }
    match &bound.input {
        Datum::Flow(Flow::Paths { names, filtered }) => Some((names.clone(), *filtered)),
        Datum::Null => None,
        other => Some((other.all_words().into_iter().map(wild).collect(), false)),
    }
}

pub(super) fn remove(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let (recursive, forced) = (bound.has("-recurse"), bound.has("-force"));
    let chosen =
        FILTERS.iter().any(|name| bound.get(&[name], None).is_some()) || bound.get(&["-exclude"], None).is_some();
    let (all, filtered) = piped(bound).unwrap_or_else(|| (paths(bound), false));
    for path in all {
        // A folder that files were chosen below stands for all of them.
        let below = filtered && matches!(path, Value::Known(_));
        walker.removed(&path, recursive || below, forced, filtered || chosen);
    }
    Datum::Null
}

pub(super) fn list(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let mut folders = paths(bound);
    let drive = folders.first().and_then(Value::written).and_then(|text| text.get(..4));
    if drive.is_some_and(|drive| drive.eq_ignore_ascii_case(b"env:")) {
        return Datum::Flow(crate::readers::leaves::environment(walker));
    }
    if folders.is_empty() {
        folders.push(Value::text(b"."));
    }
    for folder in &folders {
        if walker.is_key(folder) {
            walker.read(folder, bound.has("-recurse"));
        }
    }
    let name = FILTERS
        .iter()
        .find_map(|name| bound.get(&[name], None))
        .or_else(|| bound.positional.get(1))
        .map(Datum::value)
        .map(wild);
    let chosen = name.is_some() || bound.has("-file") || bound.get(&["-exclude", "-attributes"], None).is_some();
    if bound.has("-recurse") {
        return Datum::Flow(Flow::Paths { names: folders, filtered: chosen });
    }
    let names = folders
        .iter()
        .map(|folder| match (&name, folder) {
            (None, Value::Pattern { .. }) => folder.clone(),
            (Some(name), _) => below(folder, name),
            (None, _) => below(folder, &Value::Pattern { glob: b"*".to_vec(), floating: false }),
        })
        .collect();
    Datum::Flow(Flow::Paths { names, filtered: chosen })
}

/// `Get-Item`, `Resolve-Path`: the thing itself.
pub(super) fn item(_: &mut Walker<'_>, bound: &Bound) -> Datum {
    let names = paths(bound);
    if names.is_empty() { Datum::unknown() } else { Datum::Flow(Flow::Paths { names, filtered: false }) }
}

pub(super) fn content(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let all = piped(bound).map_or_else(|| paths(bound), |(names, _)| names);
    let mut flow = Flow::Inherit;
    for path in all {
        if let Some(name) = path
            .known()
            .and_then(|text| text.get(..4).filter(|top| top.eq_ignore_ascii_case(b"env:")).and(text.get(4..)))
        {
            let name = name.to_vec();
            return Datum::Text(walker.windows_variable(&name));
        }
        flow = flow.join(walker.read_flow(&path));
    }
    Datum::of_flow(&flow)
}

/// What is written: an argument, or what comes through the pipe.
fn written(bound: &Bound) -> Flow {
    let value = bound.get(&["-value", "-inputobject"], Some(1));
    let flow = value.map_or_else(|| bound.input.flow(), Datum::flow);
    if matches!(flow, Flow::Inherit) { Flow::Text(Vec::new()) } else { flow }
}

pub(super) fn write(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let append = bound.has("-append") || bound.name == "add-content";
    let mode = if append { WriteMode::Append } else { WriteMode::Replace };
    let flow = written(bound);
    let given = bound.get(&PATH, Some(0)).map(Datum::all_words).unwrap_or_default();
    for path in given.into_iter().map(wild) {
        walker.write(&path, mode, &flow);
    }
    if bound.name == "tee-object" { bound.input.clone() } else { Datum::Null }
}

/// `Out-File`, `Tee-Object`, `Export-Csv`: what is written comes through the pipe.
pub(super) fn export(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let mode = if bound.has("-append") { WriteMode::Append } else { WriteMode::Replace };
    let given = bound.get(&["-inputobject"], None).unwrap_or(&bound.input);
    let flow = match given.flow() {
        Flow::Inherit => Flow::Output,
        flow => flow,
    };
    if bound.get(&["-variable"], None).is_none() {
        for path in bound.get(&PATH, Some(0)).map(Datum::all_words).unwrap_or_default() {
            walker.write(&path, mode, &flow);
        }
    }
    if bound.name == "tee-object" { bound.input.clone() } else { Datum::Null }
}

pub(super) fn clear(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    for path in paths(bound) {
        walker.write(&path, WriteMode::Replace, &Flow::Text(Vec::new()));
    }
    Datum::Null
}

pub(super) fn new_item(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let kind = bound.text(&["-itemtype"], None).unwrap_or_default().to_ascii_lowercase();
    let name = bound.get(&["-name"], None).map(Datum::value);
    let mut all = bound.get(&PATH, Some(0)).map(Datum::all_words).unwrap_or_default();
    if all.is_empty() {
        all.push(Value::text(b"."));
    }
    let value = bound.get(&["-value", "-target"], None);
    for path in all {
        let path = name.as_ref().map_or_else(|| path.clone(), |name| below(&path, name));
        let link = matches!(kind.as_slice(), b"symboliclink" | b"hardlink" | b"junction");
        let mode = if kind == b"directory" || link || value.is_none() { WriteMode::Create } else { WriteMode::Replace };
        let flow = match value {
            Some(_) if link => Flow::Output,
            Some(value) => value.flow(),
            None => Flow::Text(Vec::new()),
        };
        walker.write(&path, mode, &flow);
    }
    Datum::unknown()
}

pub(super) fn copy(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let moves = bound.name == "move-item";
    let (all, _) = piped(bound).unwrap_or_else(|| (paths(bound), false));
    // From the pipe, the first word is where it goes.
    let from_pipe = bound.get(&PATH, None).is_none() && !bound.input.is_null();
    let all = if from_pipe && bound.get(&["-destination"], None).is_none() { bound.input.all_words() } else { all };
    let place = if from_pipe { 0 } else { usize::from(bound.get(&PATH, None).is_none()) };
    let to = bound.get(&["-destination"], Some(place)).map_or_else(|| Value::text(b"."), Datum::value);
    let remote = bound.get(&["-tosession"], None).is_some();
    for from in all {
        if remote {
            let mut what = Vec::new();
            Datum::Flow(walker.read_flow(&from)).outgoing(&mut what);
            walker.sends(&Value::Unknown(Why::Variable), "session", what);
            continue;
        }
        let landing = walker.landing_in(&from, &to);
        if moves {
            walker.move_to(&from, &landing);
        } else {
            let recursive = bound.has("-recurse");
            if recursive {
                walker.read(&from, true);
                let files = vec![walker.found(&from, Follow::Links).target];
                walker.write(&landing, WriteMode::Replace, &Flow::Files(files));
            } else {
                let flow = walker.read_flow(&from);
                walker.write(&landing, WriteMode::Replace, &flow);
            }
        }
    }
    Datum::Null
}

pub(super) fn rename(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let (all, _) = piped(bound).unwrap_or_else(|| (paths(bound), false));
    let place = usize::from(bound.get(&PATH, None).is_none() && bound.input.is_null());
    let name = bound.get(&["-newname"], Some(place)).map_or(Value::Unknown(Why::Unstated), Datum::value);
    for from in all {
        let to = match name.known() {
            Some(text) if text.iter().any(|b| matches!(b, b'/' | b'\\')) => name.clone(),
            Some(_) => below(&parent(&from), &name),
            None => below(&parent(&from), &Value::Pattern { glob: b"*".to_vec(), floating: false }),
        };
        walker.move_to(&from, &to);
    }
    Datum::Null
}

/// `Set-ItemProperty`, `New-ItemProperty`: a value of the registry, or an attribute of a file.
pub(super) fn set_property(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let name = bound.get(&["-name"], Some(1)).map(Datum::value);
    let value = bound.get(&["-value"], Some(2)).map_or(Flow::Output, Datum::flow);
    for key in paths(bound) {
        let key = name.as_ref().map_or_else(|| key.clone(), |name| below(&key, name));
        if walker.is_key(&key) {
            walker.write_key(&key, &value);
        }
    }
    Datum::Null
}

pub(super) fn remove_property(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let name = bound.get(&["-name"], Some(1)).map(Datum::value);
    for key in paths(bound) {
        let key = name.as_ref().map_or_else(|| key.clone(), |name| below(&key, name));
        walker.removed(&key, false, true, false);
    }
    Datum::Null
}

pub(super) fn set_location(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let Some(to) = bound.get(&PATH, Some(0)).map(Datum::value) else { return Datum::Null };
    let found = walker.found(&to, Follow::Links);
    let to = match found.target.path {
        Field::Known(path) => Value::text(path.bytes()),
        _ => Value::Unknown(Why::Variable),
    };
    if bound.name == "push-location" {
        let here = walker.shell.cwd.clone();
        walker.shell.stack.push(here);
    }
    walker.shell.change_folder(to);
    Datum::Null
}

pub(super) fn pop_location(walker: &mut Walker<'_>, _: &Bound) -> Datum {
    let to = walker.shell.stack.pop().unwrap_or(Value::Unknown(Why::Variable));
    walker.shell.change_folder(to);
    Datum::Null
}

pub(super) fn join_path(_: &mut Walker<'_>, bound: &Bound) -> Datum {
    let mut out: Option<Value> = None;
    let named = [&["-path"][..], &["-childpath"], &["-additionalchildpath"]]
        .into_iter()
        .filter_map(|name| bound.get(name, None));
    for part in named.chain(&bound.positional).map(Datum::value) {
        out = Some(match out {
            None => part,
            Some(folder) => below(&folder, &part),
        });
    }
    Datum::Text(out.unwrap_or(Value::Unknown(Why::Unstated)))
}

pub(super) fn split_path(_: &mut Walker<'_>, bound: &Bound) -> Datum {
    let Some(path) = bound.paths(&PATH, Some(0)).into_iter().next() else { return Datum::unknown() };
    if bound.has("-leaf") {
        return match path.known() {
            Some(text) => Datum::text(text.rsplit(|b| matches!(b, b'/' | b'\\')).next().unwrap_or_default()),
            None => Datum::Text(path),
        };
    }
    Datum::Text(parent(&path))
}

pub(super) fn archive(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let to = bound.get(&["-destinationpath"], Some(1)).map_or_else(|| Value::text(b"."), Datum::value);
    let all = paths(bound);
    let mut files = Vec::new();
    for path in all {
        walker.read(&path, bound.name == "compress-archive");
        files.push(walker.found(&path, Follow::Links).target);
    }
    if bound.name == "compress-archive" {
        walker.write(&to, WriteMode::Replace, &Flow::Files(files));
    } else {
        walker.write(&to, WriteMode::Create, &Flow::Output);
    }
    Datum::Null
}

pub(super) fn acl(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    for path in paths(bound) {
        walker.change_mode(&path, false, &Value::Unknown(Why::Variable));
    }
    Datum::Null
}

impl Walker<'_> {
    /// A file, a folder or a key that is removed. A drive of PowerShell itself is none.
    pub(super) fn removed(&mut self, path: &Value, recursive: bool, forced: bool, filtered: bool) {
        let found = self.found(path, Follow::Entry);
        let inner = found.target.path.known().is_some_and(|path| path.bytes().starts_with(b"/drive/"));
        if !inner {
            self.delete(path, recursive, forced, filtered);
        }
    }

    /// Is it a key or a value of the registry?
    pub(crate) fn is_key(&self, word: &Value) -> bool {
        let found = self.found(word, Follow::Links);
        let key = |text: &[u8]| text.starts_with(crate::windows::REGISTRY);
        match &found.target.path {
            Field::Known(path) => key(path.bytes()),
            Field::Pattern(pattern) => key(pattern.glob.bytes()),
            Field::Unknown(_) => false,
        }
    }

    /// Writes a value of the registry: what starts by itself is judged by what it starts.
    pub(crate) fn write_key(&mut self, key: &Value, value: &Flow) {
        if !self.is_key(key) || matches!(value, Flow::Inherit) {
            return;
        }
        self.on_windows(|walker| walker.write(key, WriteMode::Edit, value));
        let found = self.found(key, Follow::Links);
        if let (Some(_), Flow::Text(text)) = (found.persist, value) {
            let text = Value::text(text);
            self.later("login-item", |walker| walker.on_windows(|walker| walker.command_line(&text)));
        }
        self.protection_key(&found, value);
    }

    /// Where a copy of `from` comes to lie: below a folder, or at the name itself.
    fn landing_in(&self, from: &Value, to: &Value) -> Value {
        let folder = to
            .written()
            .is_some_and(|text| text.ends_with(b"/") || text.ends_with(b"\\") || text == b"." || text == b"..");
        let found = self.found(to, Follow::Links);
        let is_place = found.target.class.intersects(
            protocol::PathClass::HOME_ROOT | protocol::PathClass::WORKSPACE_ROOT | protocol::PathClass::BROAD,
        ) || found.target.path.known().is_some_and(|path| {
            let path = path.bytes().to_ascii_lowercase();
            path.ends_with(b"/startup") || path.ends_with(b"/system32") || path.ends_with(b"/.ssh")
        });
        match from.known() {
            Some(text) if folder || is_place => {
                let name = text.rsplit(|b| matches!(b, b'/' | b'\\')).next().unwrap_or_default();
                below(to, &Value::text(name))
            }
            _ => to.clone(),
        }
    }

    fn protection_key(&mut self, found: &crate::paths::Found, value: &Flow) {
        let Field::Known(path) = &found.target.path else { return };
        let path = path.bytes();
        let off = [
            &b"disableantispyware"[..],
            b"disablerealtimemonitoring",
            b"disablebehaviormonitoring",
            b"enablelua",
            b"disabletaskmgr",
            b"enablescriptblocklogging",
            b"disableioavprotection",
            b"uselogoncredential",
            b"consentpromptbehavioradmin",
            b"restrictanonymous",
            b"runasppl",
            b"localaccounttokenfilterpolicy",
            b"tamperprotection",
        ];
        let named = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
        if off.contains(&named) && !matches!(value, Flow::Inherit) {
            self.push(Action::Privilege {
                kind: protocol::effect::PrivilegeKind::Policy,
                to: Field::Known(protocol::RawText::from("protection")),
            });
        }
    }
}
