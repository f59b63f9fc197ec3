//! Cmdlets of the system: processes, services, schedules, events, protection, accounts.

use super::bound::Bound;
use super::datum::Datum;
use super::forms::blocks;
use crate::paths::Follow;
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::effect::{Action, PersistKind, Place, PrivilegeKind, Stopped};
use protocol::{Field, RawText, Text, Why};

pub(super) fn stop_process(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    for name in bound.paths(&["-name", "-processname", "-id", "-inputobject"], Some(0)) {
        walker.stops_us(&name.field());
        walker.push(Action::Stop { what: Stopped::Process, name: name.field() });
    }
    Datum::Null
}

/// What it gives stands for processes or services of that name.
pub(super) fn get_process(_: &mut Walker<'_>, bound: &Bound) -> Datum {
    match bound.get(&["-name", "-processname", "-id", "-displayname"], Some(0)) {
        Some(names) => Datum::Flow(Flow::Paths { names: names.all_words(), filtered: false }),
        None => Datum::Flow(Flow::Paths { names: vec![Value::Unknown(Why::Variable)], filtered: true }),
    }
}

pub(super) fn stop_service(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    for name in bound.paths(&["-name", "-displayname", "-inputobject"], Some(0)) {
        walker.stop_service(&name);
    }
    Datum::Null
}

pub(super) fn set_service(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let name = bound.get(&["-name"], Some(0)).map_or_else(|| bound.input.value(), Datum::value);
    let off = bound.text(&["-startuptype"], None).is_some_and(|kind| kind.eq_ignore_ascii_case(b"disabled"))
        || bound.text(&["-status"], None).is_some_and(|kind| kind.eq_ignore_ascii_case(b"stopped"));
    if off {
        walker.stop_service(&name);
    } else {
        walker.push(Action::Privilege { kind: PrivilegeKind::Policy, to: Field::Known(RawText::from("setting")) });
    }
    Datum::Null
}

pub(super) fn new_service(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let line = bound.get(&["-binarypathname"], Some(1)).map(Datum::value);
    walker.starts_later(PersistKind::Unit, "unit", line.as_ref());
    Datum::Null
}

pub(super) fn scheduled_action(_: &mut Walker<'_>, bound: &Bound) -> Datum {
    let mut line = bound.get(&["-execute"], Some(0)).map_or(Value::Unknown(Why::Unstated), Datum::value);
    if let Some(arguments) = bound.get(&["-argument"], Some(1)) {
        line.append(&Value::text(b" "));
        line.append(&arguments.value());
    }
    Datum::Object(b"scheduled action".to_vec(), vec![Datum::Text(line)])
}

pub(super) fn scheduled(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let lines: Vec<Value> = bound
        .named
        .iter()
        .filter_map(|(_, value)| value.as_ref())
        .chain(&bound.positional)
        .chain(std::iter::once(&bound.input))
        .filter_map(|value| match value {
            Datum::Object(kind, made_of) if kind == b"scheduled action" => made_of.first().map(Datum::value),
            _ => None,
        })
        .collect();
    walker.starts_later(PersistKind::Cron, "cron", lines.first());
    for block in blocks(bound) {
        walker.later("cron", |walker| {
            walker.block(&block);
        });
    }
    Datum::unknown()
}

/// A subscription to events runs code whenever something happens, and nothing shows it.
pub(super) fn wmi_instance(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let class = bound.text(&["-class", "-classname"], Some(0)).unwrap_or_default().to_ascii_lowercase();
    let subscribes =
        ["__eventfilter", "commandlineeventconsumer", "activescripteventconsumer", "__filtertoconsumerbinding"]
            .iter()
            .any(|known| known.as_bytes() == class)
            || bound
                .text(&["-namespace"], None)
                .is_some_and(|space| space.to_ascii_lowercase().ends_with(b"subscription"));
    if subscribes {
        let found = walker.found(&Value::text(b"/wmi/subscription"), Follow::Links);
        walker.push(Action::Persist { kind: PersistKind::Other, target: Some(found.target) });
    }
    for block in blocks(bound) {
        walker.maybe(|walker| walker.block(&block));
    }
    Datum::unknown()
}

pub(super) fn wmi_method(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let class = bound.text(&["-class", "-classname", "-path"], Some(0)).unwrap_or_default().to_ascii_lowercase();
    let method = bound.text(&["-name", "-methodname"], Some(1)).unwrap_or_default().to_ascii_lowercase();
    let arguments = bound.get(&["-argumentlist", "-arguments"], Some(2)).cloned().unwrap_or_default();
    let line = match &arguments {
        Datum::Table(_) => arguments.field(b"commandline").map(Datum::value),
        other => other.clone().items().first().map(Datum::value),
    };
    let host = bound.get(&["-computername"], None).map(Datum::value);
    let act = |walker: &mut Walker<'_>| {
        if class == b"win32_process" || method == b"create" {
            if let Some(line) = &line {
                walker.command_line(line);
            }
        } else if matches!(method.as_slice(), b"win32shutdown" | b"reboot" | b"shutdown") {
            walker.push(Action::Stop { what: Stopped::Machine, name: Field::Unknown(Why::Unstated) });
        } else if class.starts_with(b"msft_mp") || class.starts_with(b"ps_mp") {
            walker.push(Action::Privilege {
                kind: PrivilegeKind::Policy,
                to: Field::Known(RawText::from("malware scanner")),
            });
        }
    };
    match host {
        Some(host) if !host.is(".") && !host.is("localhost") => {
            let place = Place::Remote { host: host.field() };
            walker.at_place(place, |walker| act(walker));
        }
        _ => act(walker),
    }
    Datum::unknown()
}

pub(super) fn wmi_object(_: &mut Walker<'_>, bound: &Bound) -> Datum {
    let class = bound.text(&["-class", "-classname"], Some(0)).unwrap_or_default().to_ascii_lowercase();
    Datum::Object([b"wmi:", class.as_slice()].concat(), Vec::new())
}

pub(super) fn remove_wmi(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let class = bound.text(&["-class", "-classname"], Some(0));
    let of_input = if let Datum::Object(kind, _) = &bound.input { kind.clone() } else { Vec::new() };
    let class = class.unwrap_or(of_input).to_ascii_lowercase();
    if memchr::memmem::find(&class, b"shadowcopy").is_some() {
        walker.shadow_copies();
    } else {
        walker.unknown(Why::Program, Some(b"remove-ciminstance"));
    }
    Datum::Null
}

pub(super) fn execution_policy(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let policy = bound.text(&["-executionpolicy"], Some(0)).unwrap_or_default().to_ascii_lowercase();
    let scope = bound.text(&["-scope"], Some(1)).unwrap_or_default().to_ascii_lowercase();
    // For as long as this process lives it changes nothing for others; what forbids more is nobody's loss.
    let closes = matches!(policy.as_slice(), b"restricted" | b"allsigned" | b"default" | b"undefined");
    if scope != b"process" && !closes {
        walker.push(Action::Privilege { kind: PrivilegeKind::Policy, to: Field::Known(RawText::from("setting")) });
    }
    Datum::Null
}

/// `-DisableRealtimeMonitoring $true`, `-ExclusionPath C:\`: what no longer is looked at.
pub(super) fn defender(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let weakens = bound.named.iter().any(|(name, value)| {
        let on = value
            .as_ref()
            .and_then(Datum::known)
            .is_none_or(|text| !text.eq_ignore_ascii_case(b"false") && text != b"0");
        (name.starts_with(b"-disable") && on)
            || name.starts_with(b"-exclusion")
            || name.starts_with(b"-excl")
            || name.starts_with(b"-attacksurface")
            || ([
                "-mapsreporting",
                "-submitsamplesconsent",
                "-puaprotection",
                "-enablecontrolledfolderaccess",
                "-enablenetworkprotection",
            ]
            .iter()
            .any(|known| known.as_bytes() == name)
                && !on_text(value.as_ref()))
            || name.ends_with(b"defaultaction")
    });
    if weakens {
        walker.push(Action::Privilege {
            kind: PrivilegeKind::Policy,
            to: Field::Known(RawText::from("malware scanner")),
        });
    }
    Datum::Null
}

fn on_text(value: Option<&Datum>) -> bool {
    value.and_then(Datum::known).is_some_and(|text| {
        let lower = text.to_ascii_lowercase();
        lower.starts_with(b"enable") || matches!(lower.as_slice(), b"true" | b"1" | b"2" | b"advanced" | b"basic")
    })
}

pub(super) fn firewall_profile(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let off = bound.text(&["-enabled"], None).is_some_and(|value| value.eq_ignore_ascii_case(b"false"));
    let to = if off { "firewall off" } else { "firewall" };
    walker.push(Action::Privilege { kind: PrivilegeKind::Policy, to: Field::Known(RawText::from(to)) });
    Datum::Null
}

pub(super) fn group_member(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let group = bound
        .get(&["-group", "-identity", "-sid", "-name"], Some(0))
        .map_or(Value::Unknown(Why::Unstated), Datum::value);
    walker.joins_group(&group);
    Datum::Null
}

/// One account, or all that a search has found.
pub(super) fn remove_accounts(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let one = bound.get(&["-identity"], Some(0)).map(Datum::as_field);
    let to = one.unwrap_or_else(|| Field::Known(RawText::from("several")));
    walker.push(Action::Privilege { kind: PrivilegeKind::Account, to });
    Datum::Null
}

impl Walker<'_> {
    /// Something that starts later by itself, and the line that it starts.
    pub(crate) fn starts_later(&mut self, kind: PersistKind, via: &'static str, line: Option<&Value>) {
        self.push(Action::Persist { kind, target: None });
        if let Some(line) = line {
            let line = line.clone();
            self.later(via, |walker| walker.on_windows(|walker| walker.command_line(&line)));
        }
    }

    /// The copies that a person would restore from.
    pub(crate) fn shadow_copies(&mut self) {
        self.push(Action::Resource {
            kind: protocol::effect::ResourceKind::Disk,
            action: protocol::effect::ResourceAction::Destroy,
            provider: Field::Known(RawText::from("windows")),
            name: Field::Known(RawText::from("shadow copies")),
            scope: Field::Known(RawText::from("backups")),
            host: Field::Unknown(Why::Unstated),
            context: Field::Unknown(Why::Unstated),
        });
    }

    /// Membership in a group; of those with all rights, or of another.
    pub(crate) fn joins_group(&mut self, group: &Value) {
        let all_rights = group.known().is_some_and(|name| {
            let lower = name.to_ascii_lowercase();
            [
                &b"administrators"[..],
                b"domain admins",
                b"enterprise admins",
                b"s-1-5-32-544",
                b"backup operators",
                b"schema admins",
                b"administratoren",
            ]
            .contains(&lower.as_slice())
        });
        let to = if all_rights { Field::Known(RawText::from("root")) } else { group.field() };
        self.push(Action::Privilege { kind: PrivilegeKind::Account, to });
    }

    pub(crate) fn stop_service(&mut self, name: &Value) {
        const GUARDS: [&str; 11] = [
            "windefend",
            "wdnissvc",
            "sense",
            "securityhealthservice",
            "mpssvc",
            "eventlog",
            "wscsvc",
            "sysmon",
            "sysmon64",
            "wdfilter",
            "vss",
        ];
        let field = name.field();
        self.stops_us(&field);
        let guards = field.known().is_some_and(|name| {
            let lower = name.bytes().to_ascii_lowercase();
            GUARDS.iter().any(|known| known.as_bytes() == lower)
        });
        if !guards {
            self.push(Action::Privilege { kind: PrivilegeKind::Policy, to: Field::Known(RawText::from("setting")) });
        }
        if guards {
            self.push(Action::Privilege { kind: PrivilegeKind::Policy, to: Field::Known(RawText::from("protection")) });
        }
        self.push(Action::Stop { what: Stopped::Service, name: field });
    }
}
