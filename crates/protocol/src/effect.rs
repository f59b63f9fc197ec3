//! Effects: what a call would do, in one vocabulary for shell, file tools, web tools and MCP.
//!
//! Generic over the kind of text: [`Effect`] is raw and lives in memory, [`EffectRecord`] is masked and is stored.

use crate::field::{Field, Why};
use crate::path::PathClass;
use crate::text::{RawText, SealedText};
use serde::{Deserialize, Serialize};

/// An effect as analysed: raw text, never stored.
pub type Effect = EffectOf<RawText>;

/// An effect as recorded: masked text.
pub type EffectRecord = EffectOf<SealedText>;

/// One effect: the head that all kinds share, and the action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectOf<S> {
    #[serde(flatten)]
    pub head: Head<S>,
    #[serde(flatten)]
    pub action: Action<S>,
}

/// Where, as whom, how surely, by what way, and from which bytes of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head<S> {
    pub at: Field<Place<S>>,
    /// The account it runs as; `Known(User::Caller)` unless a wrapper changes it.
    #[serde(rename = "as")]
    pub user: Field<User<S>>,
    pub certain: Certain,
    /// The programs that carried it, outermost first: `["sudo", "xargs"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
    /// Bytes of the tool input's main text (the command, for shells) that say so.
    pub span: Span,
}

impl<S> Head<S> {
    /// On this host, as the caller, for sure, directly.
    pub fn here(span: Span) -> Self {
        Self {
            at: Field::Known(Place::Here),
            user: Field::Known(User::Caller),
            certain: Certain::Will,
            via: Vec::new(),
            span,
        }
    }
}

/// A half-open byte range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certain {
    /// In a branch, a function that may not be called, a loop that may be empty.
    May,
    Will,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place<S> {
    /// This machine.
    Here,
    /// A container or pod; paths in it are not paths of this machine unless mounted.
    Container { name: Field<S>, mounts: Vec<S> },
    /// Another host.
    Remote { host: Field<S> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum User<S> {
    Caller,
    Root,
    Named(S),
}

/// A path and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target<S> {
    /// Absolute and lexically normal. A pattern for globs.
    pub path: Field<S>,
    /// Where its links lead, when that is another place.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub resolved: Option<S>,
    pub class: PathClass,
    /// Does something lie there already? Told apart because making a thing and replacing a thing are judged apart.
    pub exists: Field<bool>,
}

fn none<S>() -> Option<S> {
    None
}

/// The kinds of effect and what each carries. `Debug` shows no raw text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action<S> {
    Read {
        target: Target<S>,
        recursive: bool,
    },
    Write {
        target: Target<S>,
        mode: WriteMode,
        content: Field<S>,
    },
    /// `filtered`: only what a test such as `-name '*.md'` selects below the target.
    Delete {
        target: Target<S>,
        recursive: bool,
        forced: bool,
        filtered: bool,
    },
    Move {
        from: Target<S>,
        to: Target<S>,
    },
    ChangeMode {
        target: Target<S>,
        recursive: bool,
        mode: Field<S>,
    },
    Run {
        program: Field<S>,
        arguments: Vec<Field<S>>,
        code: Code<S>,
    },
    Fetch {
        host: Field<S>,
        url: Field<S>,
        method: Field<S>,
        to: Option<Target<S>>,
    },
    Send {
        host: Field<S>,
        url: Field<S>,
        method: Field<S>,
        what: Vec<Outgoing<S>>,
    },
    Listen {
        address: Field<S>,
        tunnel: bool,
    },
    Stop {
        what: Stopped,
        name: Field<S>,
    },
    Privilege {
        kind: PrivilegeKind,
        to: Field<S>,
    },
    Persist {
        kind: PersistKind,
        target: Option<Target<S>>,
    },
    ChangeHistory {
        kind: HistoryKind,
        branch: Field<S>,
        remote: Field<S>,
        loses: Field<bool>,
    },
    Resource {
        kind: ResourceKind,
        action: ResourceAction,
        provider: Field<S>,
        name: Field<S>,
        scope: Field<S>,
        host: Field<S>,
        context: Field<S>,
    },
    Publish {
        registry: Field<S>,
        name: Field<S>,
        version: Field<S>,
        public: Field<bool>,
    },
    InstallPackage {
        registry: Field<S>,
        name: Field<S>,
        version: Field<S>,
        locked: Field<bool>,
    },
    UseCredential {
        kind: CredentialKind,
        reference: Field<S>,
    },
    CallMcp {
        server: Field<S>,
        tool: Field<S>,
        class: McpClass,
    },
    ConfigureAgent {
        agent: Field<S>,
        what: ConfigKind,
        target: Option<Target<S>>,
    },
    StartAgent {
        agent: Field<S>,
        arguments: Vec<Field<S>>,
    },
    ImpersonatePerson {
        kind: ImpersonateKind,
    },
    Unknown {
        why: Why,
        what: Option<S>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WriteMode {
    /// The whole content is new.
    Replace,
    Append,
    /// A part is changed.
    Edit,
    /// A folder, a link, an empty file.
    Create,
}

/// Where the code that runs came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code<S> {
    /// An installed program; what it does is what the tables say.
    Installed,
    /// A file, run as a program or read by an interpreter.
    File(Target<S>),
    /// Fetched in this very call: `curl … | sh`.
    Download { url: Field<S> },
    /// Decoded or assembled in this call and not readable in the input.
    Decoded,
    /// In the command itself: `sh -c '…'`, a heredoc. Its own effects are listed too.
    Inline,
    /// Not shown to us.
    Unseen(Why),
}

/// One thing that goes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outgoing<S> {
    File(Target<S>),
    Variable(S),
    /// What another command prints.
    Output,
    Text(S),
    /// Cannot be read as text: encrypted, compressed, encoded by a program.
    Opaque,
}

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident { $($variant:ident),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    )+};
}

kinds! {
    Stopped { Process, Service, Machine }
    PrivilegeKind { Sudo, Setuid, Capability, ContainerEscape, Account, Policy }
    PersistKind { Cron, Unit, ShellProfile, LoginItem, GitHook, EditorTask, LoaderVariable, AuthorizedKey, Other }
    HistoryKind { Commit, Push, ForcePush, Reset, Clean, Discard, DeleteBranch, DeleteTag, Rewrite, DeleteRepository, Expire }
    ResourceKind { Database, Cloud, Kubernetes, Container, Disk }
    ResourceAction { Read, Create, Change, Grant, Destroy }
    CredentialKind { CloudProfile, KubeContext, GitRemote, KeyFingerprint, Variable, McpAuth, Login }
    McpClass { Read, Write, Destructive, Unknown }
    ConfigKind { Settings, Hooks, McpServers, Permissions, Instructions, Skills, OwnFiles }
    ImpersonateKind { Keystrokes, Interface, PermissionPrompt }
}

/// The name of each effect.
pub const NAMES: [&str; 22] = [
    "read",
    "write",
    "delete",
    "move",
    "change-mode",
    "run",
    "fetch",
    "send",
    "listen",
    "stop",
    "privilege",
    "persist",
    "change-history",
    "resource",
    "publish",
    "install-package",
    "use-credential",
    "call-mcp",
    "configure-agent",
    "start-agent",
    "impersonate-person",
    "unknown",
];

impl<S> Action<S> {
    /// The effect's name, as policies and records write it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Read { .. } => "read",
            Self::Write { .. } => "write",
            Self::Delete { .. } => "delete",
            Self::Move { .. } => "move",
            Self::ChangeMode { .. } => "change-mode",
            Self::Run { .. } => "run",
            Self::Fetch { .. } => "fetch",
            Self::Send { .. } => "send",
            Self::Listen { .. } => "listen",
            Self::Stop { .. } => "stop",
            Self::Privilege { .. } => "privilege",
            Self::Persist { .. } => "persist",
            Self::ChangeHistory { .. } => "change-history",
            Self::Resource { .. } => "resource",
            Self::Publish { .. } => "publish",
            Self::InstallPackage { .. } => "install-package",
            Self::UseCredential { .. } => "use-credential",
            Self::CallMcp { .. } => "call-mcp",
            Self::ConfigureAgent { .. } => "configure-agent",
            Self::StartAgent { .. } => "start-agent",
            Self::ImpersonatePerson { .. } => "impersonate-person",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl<S> Target<S> {
    fn map_text<T>(&self, f: &mut impl FnMut(&S) -> T) -> Target<T> {
        Target {
            path: self.path.as_ref().map(&mut *f),
            resolved: self.resolved.as_ref().map(f),
            class: self.class,
            exists: self.exists.clone(),
        }
    }
}

impl<S> EffectOf<S> {
    /// The same effect with every text changed by `f`, in a fixed order.
    pub fn map_text<T>(&self, mut f: impl FnMut(&S) -> T) -> EffectOf<T> {
        let f = &mut f;
        EffectOf { head: self.head.map_text(f), action: self.action.map_text(f) }
    }
}

impl<S> Head<S> {
    fn map_text<T>(&self, f: &mut impl FnMut(&S) -> T) -> Head<T> {
        let at = self.at.as_ref().map(|place| match place {
            Place::Here => Place::Here,
            Place::Container { name, mounts } => {
                Place::Container { name: name.as_ref().map(&mut *f), mounts: mounts.iter().map(&mut *f).collect() }
            }
            Place::Remote { host } => Place::Remote { host: host.as_ref().map(&mut *f) },
        });
        let user = self.user.as_ref().map(|user| match user {
            User::Caller => User::Caller,
            User::Root => User::Root,
            User::Named(name) => User::Named(f(name)),
        });
        Head { at, user, certain: self.certain, via: self.via.clone(), span: self.span }
    }
}

impl<S> Action<S> {
    fn map_text<T>(&self, f: &mut impl FnMut(&S) -> T) -> Action<T> {
        // One field, one list of fields: the two shapes that most effects are made of.
        fn one<S, T>(field: &Field<S>, f: &mut impl FnMut(&S) -> T) -> Field<T> {
            field.as_ref().map(f)
        }
        fn all<S, T>(fields: &[Field<S>], f: &mut impl FnMut(&S) -> T) -> Vec<Field<T>> {
            fields.iter().map(|field| one(field, f)).collect()
        }
        match self {
            Self::Read { target, recursive } => Action::Read { target: target.map_text(f), recursive: *recursive },
            Self::Write { target, mode, content } => {
                Action::Write { target: target.map_text(f), mode: *mode, content: one(content, f) }
            }
            Self::Delete { target, recursive, forced, filtered } => Action::Delete {
                target: target.map_text(f),
                recursive: *recursive,
                forced: *forced,
                filtered: *filtered,
            },
            Self::Move { from, to } => Action::Move { from: from.map_text(f), to: to.map_text(f) },
            Self::ChangeMode { target, recursive, mode } => {
                Action::ChangeMode { target: target.map_text(f), recursive: *recursive, mode: one(mode, f) }
            }
            Self::Run { program, arguments, code } => {
                let (program, arguments) = (one(program, f), all(arguments, f));
                let code = match code {
                    Code::Installed => Code::Installed,
                    Code::File(target) => Code::File(target.map_text(f)),
                    Code::Download { url } => Code::Download { url: one(url, f) },
                    Code::Decoded => Code::Decoded,
                    Code::Inline => Code::Inline,
                    Code::Unseen(why) => Code::Unseen(*why),
                };
                Action::Run { program, arguments, code }
            }
            Self::Fetch { host, url, method, to } => Action::Fetch {
                host: one(host, f),
                url: one(url, f),
                method: one(method, f),
                to: to.as_ref().map(|to| to.map_text(f)),
            },
            Self::Send { host, url, method, what } => Action::Send {
                host: one(host, f),
                url: one(url, f),
                method: one(method, f),
                what: what
                    .iter()
                    .map(|item| match item {
                        Outgoing::File(target) => Outgoing::File(target.map_text(f)),
                        Outgoing::Variable(name) => Outgoing::Variable(f(name)),
                        Outgoing::Output => Outgoing::Output,
                        Outgoing::Text(text) => Outgoing::Text(f(text)),
                        Outgoing::Opaque => Outgoing::Opaque,
                    })
                    .collect(),
            },
            Self::Listen { address, tunnel } => Action::Listen { address: one(address, f), tunnel: *tunnel },
            Self::Stop { what, name } => Action::Stop { what: *what, name: one(name, f) },
            Self::Privilege { kind, to } => Action::Privilege { kind: *kind, to: one(to, f) },
            Self::Persist { kind, target } => {
                Action::Persist { kind: *kind, target: target.as_ref().map(|target| target.map_text(f)) }
            }
            Self::ChangeHistory { kind, branch, remote, loses } => Action::ChangeHistory {
                kind: *kind,
                branch: one(branch, f),
                remote: one(remote, f),
                loses: loses.clone(),
            },
            Self::Resource { kind, action, provider, name, scope, host, context } => Action::Resource {
                kind: *kind,
                action: *action,
                provider: one(provider, f),
                name: one(name, f),
                scope: one(scope, f),
                host: one(host, f),
                context: one(context, f),
            },
            Self::Publish { registry, name, version, public } => Action::Publish {
                registry: one(registry, f),
                name: one(name, f),
                version: one(version, f),
                public: public.clone(),
            },
            Self::InstallPackage { registry, name, version, locked } => Action::InstallPackage {
                registry: one(registry, f),
                name: one(name, f),
                version: one(version, f),
                locked: locked.clone(),
            },
            Self::UseCredential { kind, reference } => {
                Action::UseCredential { kind: *kind, reference: one(reference, f) }
            }
            Self::CallMcp { server, tool, class } => {
                Action::CallMcp { server: one(server, f), tool: one(tool, f), class: *class }
            }
            Self::ConfigureAgent { agent, what, target } => Action::ConfigureAgent {
                agent: one(agent, f),
                what: *what,
                target: target.as_ref().map(|target| target.map_text(f)),
            },
            Self::StartAgent { agent, arguments } => {
                Action::StartAgent { agent: one(agent, f), arguments: all(arguments, f) }
            }
            Self::ImpersonatePerson { kind } => Action::ImpersonatePerson { kind: *kind },
            Self::Unknown { why, what } => Action::Unknown { why: *why, what: what.as_ref().map(f) },
        }
    }
}
