//! Each effect in words.

use super::quote::{path, quoted};
use protocol::effect::{
    Action, Certain, Code, ConfigKind, CredentialKind, HistoryKind, ImpersonateKind, McpClass, Outgoing, PersistKind,
    Place, PrivilegeKind, ResourceAction, ResourceKind, Stopped, Target, User, WriteMode,
};
use protocol::{EffectRecord, Field, PathClass, SealedText, Why};

/// The parts of a sentence on an effect.
pub(super) struct Saying {
    /// `delete`; stands after "would".
    pub(super) verb: String,
    /// `~/other-project`.
    pub(super) object: String,
    pub(super) aside: Option<Aside>,
}

/// What is worth saying of the object.
#[derive(Clone, Copy)]
pub(super) struct Aside {
    /// After "which": `lies outside this project`.
    pub(super) clause: &'static str,
    /// On its own: `outside this project`.
    pub(super) note: &'static str,
}

const fn aside(clause: &'static str, note: &'static str) -> Aside {
    Aside { clause, note }
}

/// One effect as a sentence without its full stop: "It would delete ~/other-project, which lies outside this project".
/// `home` is the caller's home folder.
pub fn what(effect: &EffectRecord, home: Option<&str>) -> String {
    let Saying { verb, object, aside } = of(effect, home);
    let would = match effect.head.certain {
        Certain::Will => "would",
        Certain::May => "could",
    };
    let mut text = format!("It {would} {verb}");
    for part in [object.as_str(), &circumstances(effect)] {
        if !part.is_empty() {
            text.push(' ');
            text.push_str(part);
        }
    }
    if let Some(aside) = aside {
        text.push_str(", which ");
        text.push_str(aside.clause);
    }
    text
}

/// Where and as whom, where that is not here and the caller.
pub(super) fn circumstances(effect: &EffectRecord) -> String {
    let mut parts = Vec::new();
    match &effect.head.at {
        Field::Known(Place::Here) => {}
        Field::Known(Place::Container { name, .. }) => {
            parts.push(value(name).map_or("in a container".to_owned(), |name| format!("in the container {name}")));
        }
        Field::Known(Place::Remote { host }) => {
            parts.push(value(host).map_or("on another host".to_owned(), |host| format!("on the host {host}")));
        }
        Field::Pattern(_) | Field::Unknown(_) => parts.push("in a place that is not known".to_owned()),
    }
    match &effect.head.user {
        Field::Known(User::Caller) => {}
        Field::Known(User::Root) => parts.push("as root".to_owned()),
        Field::Known(User::Named(user)) => parts.push(format!("as {}", quoted(user.as_str()))),
        Field::Pattern(_) | Field::Unknown(_) => parts.push("as a user that is not known".to_owned()),
    }
    parts.join(" ")
}

pub(super) fn of(effect: &EffectRecord, home: Option<&str>) -> Saying {
    let at = |target: &Target<SealedText>| place(target, home);
    let said = |verb: &str, object: String, aside: Option<Aside>| Saying { verb: verb.to_owned(), object, aside };
    let plain = |verb: &str, object: String| said(verb, object, None);
    match &effect.action {
        Action::Read { target, recursive } => {
            let all = if *recursive { " and everything in it" } else { "" };
            said("read", format!("{}{all}", at(target)), standing(target))
        }
        Action::Write { target, mode, .. } => {
            let verb = match (mode, &target.exists) {
                (WriteMode::Append, _) => "add to",
                (WriteMode::Edit, _) => "change",
                (WriteMode::Create, _) | (WriteMode::Replace, Field::Known(false)) => "create",
                (WriteMode::Replace, Field::Known(true)) => "replace",
                (WriteMode::Replace, _) => "write",
            };
            said(verb, at(target), standing(target))
        }
        Action::Delete { target, filtered, .. } => {
            let some = if *filtered { "selected files under " } else { "" };
            said("delete", format!("{some}{}", at(target)), standing(target))
        }
        Action::Move { from, to } => {
            said("move", format!("{} to {}", at(from), at(to)), standing(from).or_else(|| standing(to)))
        }
        Action::ChangeMode { target, recursive, mode } => {
            let all = if *recursive { " and everything in it" } else { "" };
            let to = value(mode).map_or(String::new(), |mode| format!(" to {mode}"));
            said("change the permissions of", format!("{}{all}{to}", at(target)), standing(target))
        }
        Action::Run { program, arguments, code } => run(program, arguments, code, home),
        Action::Fetch { host, url, to, .. } => {
            let from = value(url).or_else(|| value(host)).unwrap_or_else(|| "an address that is not known".to_owned());
            let into = to.as_ref().map_or(String::new(), |to| format!(" into {}", at(to)));
            said("fetch", format!("{from}{into}"), to.as_ref().and_then(standing))
        }
        Action::Send { host, url, what, .. } => {
            let to = value(host).or_else(|| value(url)).unwrap_or_else(|| "an address that is not known".to_owned());
            plain("send", format!("{} to {to}", outgoing(what, home)))
        }
        Action::Listen { address, tunnel } => {
            let on = value(address).map_or(String::new(), |address| format!(" on {address}"));
            plain("open", format!("{}{on}", if *tunnel { "a tunnel to this machine" } else { "a port to the network" }))
        }
        Action::Stop { what, name } => {
            let name = value(name);
            let named = |kind: &str| name.as_ref().map_or(format!("a {kind}"), |name| format!("the {kind} {name}"));
            let object = match what {
                Stopped::Service => named("service"),
                Stopped::Machine => "this machine".to_owned(),
                _ => named("process"),
            };
            plain("stop", object)
        }
        Action::Privilege { kind, to } => privilege(*kind, value(to)),
        Action::Persist { kind, target } => persist(*kind, target.as_ref(), home),
        Action::ChangeHistory { kind, branch, remote, loses } => history(*kind, branch, remote, loses),
        Action::Resource { kind, action, provider, name, scope, host, context } => {
            resource(*kind, *action, [provider, name, scope, host, context])
        }
        Action::Publish { registry, name, version, public } => {
            let package = named_version(name, version);
            let to = value(registry).map_or(String::new(), |registry| format!(" to {registry}"));
            let all = (public == &Field::Known(true)).then(|| aside("makes it public", "public"));
            said("publish", format!("{package}{to}"), all)
        }
        Action::InstallPackage { registry, name, version, locked } => {
            let package = named_version(name, version);
            let from = value(registry).map_or(String::new(), |registry| format!(" from {registry}"));
            let loose = (locked == &Field::Known(false)).then(|| aside("no lock file names", "not in a lock file"));
            said("install", format!("{package}{from}"), loose)
        }
        Action::UseCredential { kind, reference } => {
            let what = match kind {
                CredentialKind::CloudProfile => "the cloud profile",
                CredentialKind::KubeContext => "the Kubernetes context",
                CredentialKind::GitRemote => "the login of the git remote",
                CredentialKind::KeyFingerprint => "the key",
                CredentialKind::Variable => "the variable",
                CredentialKind::McpAuth => "the login of the MCP server",
                _ => "the login",
            };
            plain("use", value(reference).map_or_else(|| what.to_owned(), |name| format!("{what} {name}")))
        }
        Action::CallMcp { server, tool, class } => {
            let tool = value(tool).unwrap_or_else(|| "a tool".to_owned());
            let server = value(server).map_or(String::new(), |server| format!(" of the MCP server {server}"));
            let class = match class {
                McpClass::Read => None,
                McpClass::Write => Some(aside("changes data", "changes data")),
                McpClass::Destructive => Some(aside("destroys data", "destroys data")),
                _ => Some(aside("may do anything: its effect is not known here", "its effect is not known here")),
            };
            said("call", format!("{tool}{server}"), class)
        }
        Action::ConfigureAgent { agent, what, target } => configure(agent, *what, target.as_ref(), home),
        Action::StartAgent { agent, arguments } => {
            let name = value(agent).unwrap_or_else(|| "an agent that is not known".to_owned());
            let with = arguments.iter().filter_map(value).collect::<Vec<_>>().join(" ");
            plain(
                "start another agent:",
                [name, with].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" "),
            )
        }
        Action::ImpersonatePerson { kind } => match kind {
            ImpersonateKind::Keystrokes => {
                plain("type into a terminal or window", "as if it were the person".to_owned())
            }
            ImpersonateKind::PermissionPrompt => {
                plain("answer a permission prompt", "in place of the person".to_owned())
            }
            _ => plain("work the screen", "as if it were the person".to_owned()),
        },
        Action::Unknown { why, what } => {
            let part = what.as_ref().map_or(String::new(), |what| format!(": {}", quoted(what.as_str())));
            plain("do something that is not understood in full", format!("({}){part}", why_words(*why)))
        }
        _ => plain("do something", "for which this version has no words".to_owned()),
    }
}

/// A path field in words, with where its links lead.
fn place(target: &Target<SealedText>, home: Option<&str>) -> String {
    let name = match &target.path {
        Field::Known(known) => path(known.as_str(), home),
        Field::Pattern(pattern) => format!("everything that matches {}", path(pattern.glob.as_str(), home)),
        Field::Unknown(why) => format!("a path that is not known beforehand ({})", why_words(*why)),
    };
    match &target.resolved {
        Some(resolved) => format!("{name} (a link to {})", path(resolved.as_str(), home)),
        None => name,
    }
}

/// What a path is, by the class that matters most.
pub(super) fn standing(target: &Target<SealedText>) -> Option<Aside> {
    const TOLD: &[(PathClass, Aside)] = &[
        (PathClass::TAFFRAIL, aside("belongs to Taffrail itself", "Taffrail's own")),
        (PathClass::AGENT_CONFIG, aside("holds an agent's own settings", "an agent's own settings")),
        (PathClass::CREDENTIAL, aside("holds credentials", "holds credentials")),
        (PathClass::AUTO_RUN, aside("other programs run unasked", "run unasked by other programs")),
        (PathClass::HOME_ROOT, aside("is the whole home folder", "the whole home folder")),
        (PathClass::DEVICE, aside("is a device", "a device")),
        (PathClass::OTHER_HOME, aside("belongs to another user", "another user's")),
        (PathClass::SYSTEM, aside("is part of the system", "part of the system")),
        (PathClass::VERSION_CONTROL, aside("holds the project's history", "the project's history")),
        (PathClass::WORKSPACE_ROOT, aside("is this whole project", "this whole project")),
        (PathClass::PERSONAL, aside("holds personal files", "personal files")),
        (PathClass::OTHER_PROJECT, aside("lies outside this project", "outside this project")),
        (PathClass::BROAD, aside("holds many other things", "holds many other things")),
    ];
    let class = target.class;
    if let Some((_, told)) = TOLD.iter().find(|(one, _)| class.contains(*one)) {
        return Some(*told);
    }
    let harmless = PathClass::WORKSPACE | PathClass::TEMPORARY | PathClass::BUILD_OUTPUT;
    (class.contains(PathClass::HOME) && !class.intersects(harmless))
        .then(|| aside("lies outside this project", "outside this project"))
}

/// What to say of a path that needs no warning, on a page that tells all.
pub(super) fn harmless(effect: &EffectRecord) -> Option<&'static str> {
    let (Action::Read { target, .. } | Action::Write { target, .. } | Action::Delete { target, .. }) = &effect.action
    else {
        return None;
    };
    let told = [
        (PathClass::BUILD_OUTPUT, "build output"),
        (PathClass::TEMPORARY, "temporary"),
        (PathClass::WORKSPACE, "in this project"),
    ];
    told.into_iter().find(|(class, _)| target.class.contains(*class)).map(|(_, note)| note)
}

fn run(
    program: &Field<SealedText>,
    arguments: &[Field<SealedText>],
    code: &Code<SealedText>,
    home: Option<&str>,
) -> Saying {
    let name = value(program);
    let (object, aside) = match code {
        Code::File(target) => (format!("the code in {}", place(target, home)), standing(target)),
        Code::Download { url } => {
            let from = value(url).map_or(String::new(), |url| format!(" from {url}"));
            (format!("code straight{from}"), Some(aside("nobody has looked at", "downloaded, not looked at")))
        }
        Code::Decoded => ("code that is put together on the way and cannot be read beforehand".to_owned(), None),
        Code::Inline => (
            name.map_or("code in the command itself".to_owned(), |name| {
                format!("code in the command itself, by {name}")
            }),
            None,
        ),
        Code::Unseen(why) => (format!("code that cannot be seen ({})", why_words(*why)), None),
        Code::Installed => {
            let Some(name) = name else {
                return Saying {
                    verb: "run".to_owned(),
                    object: "a program that is not known beforehand".to_owned(),
                    aside: None,
                };
            };
            let words: Vec<String> =
                arguments.iter().map(|argument| value(argument).unwrap_or_else(|| "…".to_owned())).collect();
            (quoted(&[name, words.join(" ")].join(" ")).trim_end().to_owned(), None)
        }
    };
    Saying { verb: "run".to_owned(), object, aside }
}

fn outgoing(what: &[Outgoing<SealedText>], home: Option<&str>) -> String {
    const SHOWN: usize = 3;
    let mut parts: Vec<String> = what
        .iter()
        .take(SHOWN)
        .map(|one| match one {
            Outgoing::File(target) => place(target, home),
            Outgoing::Variable(name) => format!("the variable {}", quoted(name.as_str())),
            Outgoing::Output => "what a command prints".to_owned(),
            Outgoing::Text(text) => format!("\"{}\"", quoted(text.as_str())),
            Outgoing::Opaque => "data that cannot be read".to_owned(),
        })
        .collect();
    if what.len() > SHOWN {
        parts.push(format!("and {} more", what.len() - SHOWN));
    }
    if parts.is_empty() { "data".to_owned() } else { parts.join(", ") }
}

fn privilege(kind: PrivilegeKind, to: Option<String>) -> Saying {
    let (verb, object) = match kind {
        PrivilegeKind::Sudo => ("run a command with the rights of", to.unwrap_or_else(|| "root".to_owned())),
        PrivilegeKind::Setuid => {
            ("let everyone run", format!("{} with its owner's rights", to.as_deref().unwrap_or("a program")))
        }
        PrivilegeKind::Capability => ("give special rights to", to.unwrap_or_else(|| "a program".to_owned())),
        PrivilegeKind::ContainerEscape => ("reach out of a container", "into this machine".to_owned()),
        PrivilegeKind::Account => ("change the account", to.unwrap_or_else(|| "of a user".to_owned())),
        PrivilegeKind::Policy => {
            ("change who may do what on this machine", to.map_or(String::new(), |to| format!("({to})")))
        }
        _ => ("gain more rights", String::new()),
    };
    Saying { verb: verb.to_owned(), object, aside: None }
}

fn persist(kind: PersistKind, target: Option<&Target<SealedText>>, home: Option<&str>) -> Saying {
    let verb = match kind {
        PersistKind::Cron => "make something run on a timer",
        PersistKind::Unit => "make something run as a service",
        PersistKind::ShellProfile => "make something run in every new shell",
        PersistKind::LoginItem => "make something run at each login",
        PersistKind::GitHook => "make something run at git commands",
        PersistKind::EditorTask => "make something run in the editor",
        PersistKind::LoaderVariable => "load code into other programs",
        PersistKind::AuthorizedKey => "let another key log in",
        _ => "make something run again later",
    };
    let object = target.map_or(String::new(), |target| format!("through {}", place(target, home)));
    Saying { verb: verb.to_owned(), object, aside: None }
}

fn history(kind: HistoryKind, branch: &Field<SealedText>, remote: &Field<SealedText>, loses: &Field<bool>) -> Saying {
    let branch = value(branch);
    let branch_or = |other: &str| branch.clone().unwrap_or_else(|| other.to_owned());
    let to = value(remote).map_or(String::new(), |remote| format!(" to {remote}"));
    let on = value(remote).map_or(String::new(), |remote| format!(" on {remote}"));
    let (verb, object) = match kind {
        HistoryKind::Commit => ("commit", branch.as_ref().map_or(String::new(), |branch| format!("to {branch}"))),
        HistoryKind::Push => ("push", format!("{}{to}", branch_or("the current branch"))),
        HistoryKind::ForcePush => ("force-push", format!("{}{to}", branch_or("the current branch"))),
        HistoryKind::Reset => ("reset", branch_or("the current branch")),
        HistoryKind::Clean => ("delete", "files that git does not have (git clean)".to_owned()),
        HistoryKind::Discard => ("throw away", "changes that are not committed".to_owned()),
        HistoryKind::DeleteBranch => ("delete", format!("the branch {}{on}", branch_or("that is not known"))),
        HistoryKind::DeleteTag => ("delete", format!("the tag {}{on}", branch_or("that is not known"))),
        HistoryKind::Rewrite => ("rewrite the history of", branch_or("the project")),
        HistoryKind::DeleteRepository => ("delete", format!("the repository {}", branch_or("itself"))),
        HistoryKind::Expire => ("remove", "what git keeps for undoing".to_owned()),
        _ => ("change", format!("the history of {}", branch_or("the project"))),
    };
    let destroys = !matches!(kind, HistoryKind::Commit | HistoryKind::Push);
    let aside = match loses {
        Field::Known(true) if kind == HistoryKind::ForcePush => {
            Some(aside("replaces commits there", "replaces commits"))
        }
        Field::Known(true) => Some(aside("cannot be undone", "cannot be undone")),
        Field::Unknown(_) if kind == HistoryKind::ForcePush => {
            Some(aside("can replace commits there", "can replace commits"))
        }
        Field::Unknown(_) if destroys => Some(aside("may not be undone", "may not be undone")),
        _ => None,
    };
    Saying { verb: verb.to_owned(), object, aside }
}

fn resource(kind: ResourceKind, action: ResourceAction, fields: [&Field<SealedText>; 5]) -> Saying {
    let verb = match action {
        ResourceAction::Read => "read",
        ResourceAction::Create => "create",
        ResourceAction::Grant => "give rights to",
        ResourceAction::Destroy => "destroy",
        _ => "change",
    };
    let thing = match kind {
        ResourceKind::Database => "database",
        ResourceKind::Cloud => "cloud resource",
        ResourceKind::Kubernetes => "Kubernetes resource",
        ResourceKind::Container => "container",
        _ => "disk",
    };
    let [provider, name, scope, host, context] = fields.map(value);
    let mut object = match name {
        Some(name) => format!("the {thing} {name}"),
        None => format!("a {thing} that is not known beforehand"),
    };
    let more = [("", provider), ("in ", scope), ("on ", host), ("context ", context)];
    let more: Vec<String> = more.into_iter().filter_map(|(word, text)| Some(format!("{word}{}", text?))).collect();
    if !more.is_empty() {
        object = format!("{object} ({})", more.join(", "));
    }
    Saying { verb: verb.to_owned(), object, aside: None }
}

fn configure(
    agent: &Field<SealedText>,
    what: ConfigKind,
    target: Option<&Target<SealedText>>,
    home: Option<&str>,
) -> Saying {
    let agent = match value(agent) {
        Some(name) => protocol::Agent::named(&name).map_or(name, |agent| agent.title().to_owned()),
        None => "an agent".to_owned(),
    };
    let thing = match what {
        ConfigKind::Settings => format!("the settings of {agent}"),
        ConfigKind::Hooks => format!("the hooks of {agent}"),
        ConfigKind::McpServers => format!("the MCP servers of {agent}"),
        ConfigKind::Permissions => format!("the permissions of {agent}"),
        ConfigKind::Instructions => format!("the instructions of {agent}"),
        ConfigKind::Skills => format!("the skills of {agent}"),
        ConfigKind::OwnFiles => "the files of Taffrail itself".to_owned(),
        _ => format!("the configuration of {agent}"),
    };
    let file = target.map_or(String::new(), |target| format!(" ({})", place(target, home)));
    Saying { verb: "change".to_owned(), object: format!("{thing}{file}"), aside: None }
}

fn named_version(name: &Field<SealedText>, version: &Field<SealedText>) -> String {
    let name = value(name).unwrap_or_else(|| "a package".to_owned());
    value(version).map_or(name.clone(), |version| format!("{name} {version}"))
}

/// A field as it may stand in a sentence; `None` when it is not known.
fn value(field: &Field<SealedText>) -> Option<String> {
    match field {
        Field::Known(text) => Some(quoted(text.as_str())),
        Field::Pattern(pattern) => Some(quoted(pattern.glob.as_str())),
        Field::Unknown(_) => None,
    }
}

/// Why something is not known, in words that fit into brackets.
pub fn why_words(why: Why) -> &'static str {
    match why {
        Why::Variable => "a variable has no value here",
        Why::Substitution => "the output of a command decides it",
        Why::Unstated => "it is not stated",
        Why::TooBig => "it is too large to be read",
        Why::TooDeep => "it is nested too deeply",
        Why::WorkLimit => "reading it would take too much work",
        Why::Slow => "a look-up took too long",
        Why::NoFacts => "nothing could be looked up",
        Why::Unreadable => "it could not be read",
        Why::Syntax => "it does not parse",
        Why::Program => "the program is not known here",
        Why::Option => "an option is not known here",
        Why::Tool => "the tool is not known here",
        Why::Event => "the event is not known here",
        Why::Language => "its language is not read here",
        Why::Payload => "a part is missing or has the wrong form",
        Why::Unseen => "its code has not been seen",
        Why::NoMemory => "what happened before is not at hand",
        Why::Panic => "the check itself failed",
        Why::Newer => "it is newer than this program",
        _ => "it could not be worked out",
    }
}
