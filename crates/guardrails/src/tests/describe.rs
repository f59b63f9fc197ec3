//! Effects as lines of words, for tests to look for.

use protocol::effect::{Action, Certain, Code, Outgoing, Place, Target, User};
use protocol::{Effect, Field, RawText, Text};

fn field(value: &Field<RawText>) -> String {
    match value {
        Field::Known(text) => text.lossy().into_owned(),
        Field::Pattern(pattern) => format!("~{}", pattern.glob.lossy()),
        Field::Unknown(why) => format!("?{why:?}"),
    }
}

fn target(target: &Target<RawText>) -> String {
    let classes: Vec<&str> = target.class.names().collect();
    format!("{} {}", field(&target.path), classes.join(" "))
}

fn kebab(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn flags(all: &[(bool, &str)]) -> String {
    all.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}

fn code(code: &Code<RawText>) -> String {
    match code {
        Code::Installed => "installed".to_owned(),
        Code::File(file) => format!("file {}", target(file)),
        Code::Download { url } => format!("download {}", field(url)),
        Code::Decoded => "decoded".to_owned(),
        Code::Inline => "inline".to_owned(),
        Code::Unseen(why) => format!("unseen ?{why:?}"),
    }
}

fn outgoing(one: &Outgoing<RawText>) -> String {
    match one {
        Outgoing::File(file) => format!("file {}", target(file)),
        Outgoing::Variable(name) => format!("variable {}", name.lossy()),
        Outgoing::Output => "output".to_owned(),
        Outgoing::Text(_) => "text".to_owned(),
        Outgoing::Opaque => "opaque".to_owned(),
    }
}

fn action(action: &Action<RawText>) -> String {
    match action {
        Action::Read { target: at, recursive } => format!("{} {}", target(at), flags(&[(*recursive, "recursive")])),
        Action::Write { target: at, mode, .. } => format!("{} {}", target(at), kebab(mode)),
        Action::Delete { target: at, recursive, forced, filtered } => {
            let flags = flags(&[(*recursive, "recursive"), (*forced, "forced"), (*filtered, "filtered")]);
            format!("{} {flags}", target(at))
        }
        Action::Move { from, to } => format!("{} => {}", target(from), target(to)),
        Action::ChangeMode { target: at, mode, .. } => format!("{} {}", target(at), field(mode)),
        Action::Run { program, code: from, .. } => format!("{} {}", field(program), code(from)),
        Action::Fetch { host, to, .. } => format!("{} {}", field(host), to.as_ref().map(target).unwrap_or_default()),
        Action::Send { host, what, method, .. } => {
            let what: Vec<String> = what.iter().map(outgoing).collect();
            format!("{} {} {}", field(host), field(method), what.join(" "))
        }
        Action::Listen { address, tunnel } => format!("{} {}", field(address), flags(&[(*tunnel, "tunnel")])),
        Action::Stop { what, name } => format!("{} {}", kebab(what), field(name)),
        Action::Privilege { kind, to } => format!("{} {}", kebab(kind), field(to)),
        Action::Persist { kind, target: at } => {
            format!("{} {}", kebab(kind), at.as_ref().map(target).unwrap_or_default())
        }
        Action::ChangeHistory { kind, branch, remote, .. } => {
            format!("{} {} {}", kebab(kind), field(branch), field(remote))
        }
        Action::Resource { kind, action, name, provider, context, host, scope } => {
            let fields = [provider, name, scope, host, context].map(field).join(" ");
            format!("{} {} {fields}", kebab(kind), kebab(action))
        }
        Action::Publish { registry, name, .. } => format!("{} {}", field(registry), field(name)),
        Action::InstallPackage { registry, name, version, locked } => {
            let locked = if *locked == Field::Known(true) { "locked" } else { "" };
            format!("{} {} {} {locked}", field(registry), field(name), field(version))
        }
        Action::UseCredential { kind, reference } => format!("{} {}", kebab(kind), field(reference)),
        Action::CallMcp { server, tool, class } => format!("{} {} {}", field(server), field(tool), kebab(class)),
        Action::ConfigureAgent { agent, what, .. } => format!("{} {}", field(agent), kebab(what)),
        Action::StartAgent { agent, .. } => field(agent),
        Action::ImpersonatePerson { kind } => kebab(kind),
        Action::Unknown { why, what } => {
            format!("?{why:?} {}", what.as_ref().map(|what| what.lossy().into_owned()).unwrap_or_default())
        }
        other => format!("{other:?}"),
    }
}

/// One line: the effect's name, its fields, then where, as whom, how surely and by what way.
pub(crate) fn describe(effect: &Effect) -> String {
    let mut out = vec![effect.action.name().to_owned(), action(&effect.action)];
    match &effect.head.at {
        Field::Known(Place::Here) => {}
        Field::Known(Place::Container { name, .. }) => out.push(format!("@container {}", field(name))),
        Field::Known(Place::Remote { host }) => out.push(format!("@remote {}", field(host))),
        _ => out.push("@unknown".to_owned()),
    }
    match &effect.head.user {
        Field::Known(User::Caller) => {}
        Field::Known(User::Root) => out.push("as-root".to_owned()),
        Field::Known(User::Named(name)) => out.push(format!("as-{}", name.lossy())),
        _ => out.push("as-unknown".to_owned()),
    }
    if effect.head.certain == Certain::May {
        out.push("may".to_owned());
    }
    out.extend(effect.head.via.iter().map(|via| format!("via:{via}")));
    out.join(" ")
}
