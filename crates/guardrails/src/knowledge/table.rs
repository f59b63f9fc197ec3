//! The form of a table, and its check at load.

use super::Program;
use crate::readers::{Lang, Reader};
use protocol::effect::{
    ConfigKind, CredentialKind, HistoryKind, ImpersonateKind, PersistKind, PrivilegeKind, ResourceAction, ResourceKind,
    Stopped,
};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// How a program tells options from operands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Grammar {
    /// Options anywhere, short ones in bundles, `--` ends them: GNU's getopt.
    #[default]
    Permuting,
    /// Options end at the first operand: wrappers, POSIX.
    FirstOperandStops,
    /// Long names behind one dash: `-auto-approve`, `-target=x`.
    SingleDash,
    /// `if=x of=y`.
    KeyValue,
    /// A cmdlet of PowerShell: parameters by their names, which may be cut short.
    Cmdlet,
    /// The reader looks at the words itself.
    Raw,
}

/// What one argument means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Ignore,
    Read,
    ReadTree,
    Write,
    Append,
    Edit,
    Create,
    Delete,
    /// A file whose content is run.
    Source,
    /// A command in its own words, from here on.
    Run,
    /// A text in a language.
    Code(Lang),
    Fetch,
    Listen,
    /// A text that is posted somewhere.
    Send,
    /// A file whose text is posted somewhere.
    SendFile,
}

/// What a program prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Output {
    /// Something of its own.
    #[default]
    Plain,
    /// What came in, changed: `grep`, `sort`.
    Pass,
    /// What came in, or the files that it read, as they are: `cat`.
    Copy,
    /// Decoded or decrypted text.
    Decoded,
    /// Names of files below its operands.
    Paths,
}

/// What an unlisted subcommand is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Others {
    #[default]
    Unknown,
    Harmless,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Flags {
    pub recursive: Vec<String>,
    pub forced: Vec<String>,
    /// It only says what it would do.
    pub dry: Vec<String>,
    /// Appends instead of replacing.
    pub append: Vec<String>,
    /// Bound to a lock file.
    pub locked: Vec<String>,
}

/// Where an effect's field comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Unstated,
    Operand(usize),
    Last,
    /// `-n`, `--name`, else the last operand.
    Named,
    Option(Vec<String>),
    Literal(String),
}

/// An effect that an entry always has.
#[derive(Clone, Debug)]
pub(crate) enum Fixed {
    Stop {
        what: Stopped,
        name: Source,
    },
    Privilege {
        kind: PrivilegeKind,
        to: Source,
    },
    Persist {
        kind: PersistKind,
    },
    History {
        kind: HistoryKind,
        branch: Source,
        remote: Source,
        loses: Option<bool>,
    },
    Resource {
        kind: ResourceKind,
        action: ResourceAction,
        provider: Source,
        name: Source,
        scope: Source,
        host: Source,
        context: Source,
    },
    Publish {
        registry: Source,
        name: Source,
        public: Option<bool>,
    },
    Install {
        registry: Source,
        locked: bool,
    },
    Listen {
        address: Source,
        tunnel: bool,
    },
    Send {
        host: Source,
    },
    Credential {
        kind: CredentialKind,
        reference: Source,
    },
    Impersonate {
        kind: ImpersonateKind,
    },
    StartAgent {
        agent: Source,
    },
    ConfigureAgent {
        agent: Source,
        what: ConfigKind,
    },
    /// Reads a file of a place that does not change.
    Read {
        path: String,
    },
    Unseen,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    #[serde(default)]
    program: Vec<RawProgram>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProgram {
    pub names: Vec<String>,
    #[serde(default)]
    grammar: Grammar,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    options: BTreeMap<String, String>,
    #[serde(default)]
    flags: Flags,
    #[serde(default)]
    operands: Vec<String>,
    #[serde(default)]
    effects: Vec<RawFixed>,
    #[serde(default)]
    output: Output,
    reader: Option<String>,
    #[serde(default)]
    sub: Vec<RawProgram>,
    #[serde(default)]
    harmless: Vec<String>,
    #[serde(default)]
    others: Others,
    #[serde(default)]
    verbs: Vec<RawVerb>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVerb {
    starts: Vec<String>,
    #[serde(default)]
    effects: Vec<RawFixed>,
}

#[derive(Deserialize)]
#[serde(tag = "effect", rename_all = "kebab-case", deny_unknown_fields)]
enum RawFixed {
    Stop {
        what: Stopped,
        name: Option<String>,
    },
    Privilege {
        kind: PrivilegeKind,
        to: Option<String>,
    },
    Persist {
        kind: PersistKind,
    },
    ChangeHistory {
        kind: HistoryKind,
        branch: Option<String>,
        remote: Option<String>,
        loses: Option<bool>,
    },
    Resource {
        kind: ResourceKind,
        action: ResourceAction,
        provider: Option<String>,
        name: Option<String>,
        scope: Option<String>,
        host: Option<String>,
        context: Option<String>,
    },
    Publish {
        registry: Option<String>,
        name: Option<String>,
        public: Option<bool>,
    },
    InstallPackage {
        registry: Option<String>,
        #[serde(default)]
        locked: bool,
    },
    Listen {
        address: Option<String>,
        #[serde(default)]
        tunnel: bool,
    },
    Send {
        host: Option<String>,
    },
    UseCredential {
        kind: CredentialKind,
        reference: Option<String>,
    },
    ImpersonatePerson {
        kind: ImpersonateKind,
    },
    StartAgent {
        agent: Option<String>,
    },
    ConfigureAgent {
        agent: Option<String>,
        what: ConfigKind,
    },
    /// Prints what this file holds; `~/` is the home folder.
    Read {
        path: String,
    },
    /// Runs code that is not shown.
    RunUnseen,
}

pub(super) fn parse(text: &str) -> Result<Vec<RawProgram>, String> {
    toml::from_str::<RawTable>(text).map(|table| table.program).map_err(|error| error.to_string())
}

pub(super) fn build(raw: RawProgram, reader: &dyn Fn(&str) -> Option<Reader>) -> Result<Program, String> {
    if raw.names.is_empty() {
        return Err("an entry has at least one name".to_owned());
    }
    let mut values: Vec<(String, Role)> = raw.values.into_iter().map(|name| (name, Role::Ignore)).collect();
    for (names, meaning) in raw.options {
        let meaning = role(&meaning)?;
        values.extend(names.split('|').map(|name| (name.to_owned(), meaning)));
    }
    let mut many = None;
    let mut operands = Vec::with_capacity(raw.operands.len());
    for (at, text) in raw.operands.iter().enumerate() {
        let text = match text.strip_suffix("...") {
            Some(text) if many.is_none() => {
                many = Some(at);
                text
            }
            Some(_) => return Err("only one operand can take all that remain".to_owned()),
            None => text,
        };
        operands.push(role(text)?);
    }
    let found = match &raw.reader {
        Some(name) => Some(reader(name).ok_or_else(|| format!("no reader is called {name}"))?),
        None => None,
    };
    let effects = raw.effects.into_iter().map(fixed).collect::<Result<Vec<_>, _>>()?;
    let mut verbs = Vec::with_capacity(raw.verbs.len());
    for verb in raw.verbs {
        verbs.push((verb.starts, verb.effects.into_iter().map(fixed).collect::<Result<Vec<_>, _>>()?));
    }
    let quiet = effects.is_empty() && found.is_none() && operands.is_empty() && raw.sub.is_empty() && verbs.is_empty();
    let mut subs = Vec::with_capacity(raw.sub.len());
    let mut sub_names = HashMap::new();
    for sub in raw.sub {
        let names = sub.names.clone();
        for name in names {
            if sub_names.insert(name.clone(), subs.len()).is_some() {
                return Err(format!("the subcommand {name} is there twice"));
            }
        }
        subs.push(build(sub, reader)?);
    }
    Ok(Program {
        grammar: raw.grammar,
        values,
        flags: raw.flags,
        operands,
        many,
        effects,
        output: raw.output,
        reader: found,
        subs,
        sub_names,
        harmless: raw.harmless,
        others: raw.others,
        verbs,
        quiet,
    })
}

fn role(text: &str) -> Result<Role, String> {
    Ok(match text {
        "ignore" => Role::Ignore,
        "read" => Role::Read,
        "read-tree" => Role::ReadTree,
        "write" => Role::Write,
        "append" => Role::Append,
        "edit" => Role::Edit,
        "create" => Role::Create,
        "delete" => Role::Delete,
        "source" => Role::Source,
        "run" => Role::Run,
        "fetch" => Role::Fetch,
        "listen" => Role::Listen,
        "send" => Role::Send,
        "send-file" => Role::SendFile,
        other => match Lang::named(other) {
            Some(lang) => Role::Code(lang),
            None => return Err(format!("no argument can mean {other}")),
        },
    })
}

fn source(text: Option<String>) -> Result<Source, String> {
    let Some(text) = text else { return Ok(Source::Unstated) };
    if let Some(number) = text.strip_prefix("operand ") {
        return number.parse().map(Source::Operand).map_err(|_| format!("not an operand's number: {number}"));
    }
    if text == "operands" {
        return Ok(Source::Last);
    }
    if text == "name" {
        return Ok(Source::Named);
    }
    if let Some(names) = text.strip_prefix("option ") {
        return Ok(Source::Option(names.split('|').map(str::to_owned).collect()));
    }
    if let Some(literal) = text.strip_prefix('=') {
        return Ok(Source::Literal(literal.to_owned()));
    }
    Err(format!("not a source of a field: {text}"))
}

fn fixed(raw: RawFixed) -> Result<Fixed, String> {
    Ok(match raw {
        RawFixed::Stop { what, name } => Fixed::Stop { what, name: source(name)? },
        RawFixed::Privilege { kind, to } => Fixed::Privilege { kind, to: source(to)? },
        RawFixed::Persist { kind } => Fixed::Persist { kind },
        RawFixed::ChangeHistory { kind, branch, remote, loses } => {
            Fixed::History { kind, branch: source(branch)?, remote: source(remote)?, loses }
        }
        RawFixed::Resource { kind, action, provider, name, scope, host, context } => Fixed::Resource {
            kind,
            action,
            provider: source(provider)?,
            name: source(name)?,
            scope: source(scope)?,
            host: source(host)?,
            context: source(context)?,
        },
        RawFixed::Publish { registry, name, public } => {
            Fixed::Publish { registry: source(registry)?, name: source(name)?, public }
        }
        RawFixed::InstallPackage { registry, locked } => Fixed::Install { registry: source(registry)?, locked },
        RawFixed::Listen { address, tunnel } => Fixed::Listen { address: source(address)?, tunnel },
        RawFixed::Send { host } => Fixed::Send { host: source(host)? },
        RawFixed::UseCredential { kind, reference } => Fixed::Credential { kind, reference: source(reference)? },
        RawFixed::ImpersonatePerson { kind } => Fixed::Impersonate { kind },
        RawFixed::StartAgent { agent } => Fixed::StartAgent { agent: source(agent)? },
        RawFixed::ConfigureAgent { agent, what } => Fixed::ConfigureAgent { agent: source(agent)?, what },
        RawFixed::Read { path } => Fixed::Read { path },
        RawFixed::RunUnseen => Fixed::Unseen,
    })
}
