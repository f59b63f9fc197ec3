//! Matchers: what a rule's `match` asks of an effect or a finding, answered yes, no or unknown.

pub(crate) mod keys;
pub(crate) mod names;
pub(crate) mod programs;
mod target;

pub(crate) use target::{TargetTest, Which};

use crate::glob::{Glob, Places};
use crate::judge::Input;
use crate::memory::View;
use protocol::effect::{
    Certain, Code, ConfigKind, CredentialKind, HistoryKind, ImpersonateKind, McpClass, Outgoing, PersistKind, Place,
    PrivilegeKind, ResourceAction, ResourceKind, Stopped, User, WriteMode,
};
use protocol::finding::Confidence;
use protocol::{Action, Agent, ByteSet, Direction, EffectOf, Field, Finding, Severity, Text, Truth, Why};
use serde::Deserialize;
use std::cell::Cell;

/// What a test is put to, with all that a test may ask about.
pub(crate) struct Context<'a, S> {
    pub(crate) effects: &'a [EffectOf<S>],
    /// The effect that is judged; what stands before it in the same call has already happened then.
    pub(crate) index: usize,
    pub(crate) memory: Option<&'a View<'a>>,
    pub(crate) places: Places<'a>,
    pub(crate) agent: Option<Agent>,
    pub(crate) tool: Option<&'a str>,
    /// The reason behind the last unknown answer.
    pub(crate) why: Cell<Option<Why>>,
}

impl<'a, S> Context<'a, S> {
    /// For the first effect of a call.
    pub(crate) fn of(input: &'a Input<'a, S>) -> Self {
        Self {
            effects: input.effects,
            index: 0,
            memory: input.memory.as_ref(),
            places: input.places,
            agent: input.agent,
            tool: input.tool,
            why: Cell::new(None),
        }
    }

    fn unknown(&self, why: Why) -> Truth {
        self.why.set(Some(why));
        Truth::Unknown
    }
}

/// An effect or a finding.
pub(crate) enum Subject<'a, S> {
    Effect(&'a EffectOf<S>),
    Finding(&'a Finding),
}

/// One condition. A conjunction is sorted by cost, so that most rules say no after a comparison of two words.
#[derive(Debug)]
pub(crate) enum Test {
    All(Box<[Self]>),
    Any(Box<[Self]>),
    Not(Box<Self>),

    /// On this machine, as far as is known: what every rule about paths asks that does not say `at`.
    MaybeHere,
    At(Box<[PlaceKind]>),
    As(UserTest),
    Certain(Certain),
    Via(TextTest),
    Agent(Box<[Agent]>),
    AgentTool(TextTest),

    Target(Which, Box<TargetTest>),
    Text(TextField, TextTest),
    Argument(TextTest),
    Flag(FlagField, bool),
    WriteMode(Box<[WriteMode]>),
    ContentFree(bool),
    Code(Box<[CodeKind]>),
    Why(Box<[Why]>),
    Sends(Box<[OutgoingKind]>),
    Variable(TextTest),
    Stopped(Box<[Stopped]>),
    Privilege(Box<[PrivilegeKind]>),
    Persist(Box<[PersistKind]>),
    History(Box<[HistoryKind]>),
    Resource(Box<[ResourceKind]>),
    ResourceAction(Box<[ResourceAction]>),
    Environment(WordTest),
    Credential(Box<[CredentialKind]>),
    Mcp(Box<[McpClass]>),
    Config(Box<[ConfigKind]>),
    Impersonate(Box<[ImpersonateKind]>),

    Type(TextTest),
    SeverityFrom(Severity),
    ConfidenceFrom(Confidence),
    Direction(Box<[Direction]>),
    Random(bool),
}

/// Where an effect happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PlaceKind {
    Here,
    Container,
    Remote,
}

/// Where the code that runs came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CodeKind {
    Installed,
    File,
    Download,
    Decoded,
    Inline,
    Unseen,
}

/// What goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OutgoingKind {
    File,
    Variable,
    Output,
    Text,
    Opaque,
}

/// `as = ["root", "deploy-*"]`: `caller`, `root`, or globs over other names.
#[derive(Debug)]
pub(crate) struct UserTest {
    pub(crate) caller: bool,
    pub(crate) names: Box<[Glob]>,
}

/// Globs over a text; one must match.
#[derive(Debug)]
pub(crate) struct TextTest {
    pub(crate) globs: Box<[Glob]>,
    /// A glob without `/` speaks of the last component: `npm` is `/usr/bin/npm` too.
    pub(crate) last_component: bool,
}

/// Words (or globs) in any of several texts: `prod` is in `prod-db.acme.internal`, not in `product`.
#[derive(Debug)]
pub(crate) struct WordTest {
    pub(crate) words: Box<[String]>,
    pub(crate) globs: Box<[Glob]>,
}

/// The text fields of all effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextField {
    Content,
    Mode,
    Program,
    Host,
    Url,
    Method,
    Address,
    Name,
    To,
    Branch,
    Remote,
    Provider,
    Scope,
    Context,
    Registry,
    Version,
    Reference,
    Server,
    Tool,
    TargetAgent,
}

/// The yes-or-no fields of all effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlagField {
    Recursive,
    Forced,
    Filtered,
    Loses,
    Public,
    Locked,
    Tunnel,
}

impl Test {
    /// About how much an answer costs; conjunctions are sorted by it.
    pub(crate) fn cost(&self) -> u32 {
        match self {
            Self::All(tests) | Self::Any(tests) => tests.iter().map(Self::cost).fold(1, u32::saturating_add),
            Self::Not(test) => test.cost().saturating_add(1),
            Self::Target(_, test) => test.cost(),
            // A whole file's text: only once everything else fits.
            Self::Text(TextField::Content, test) => test.cost().saturating_add(1_000),
            Self::Text(_, test)
            | Self::Argument(test)
            | Self::Via(test)
            | Self::Variable(test)
            | Self::AgentTool(test)
            | Self::Type(test) => test.cost(),
            Self::Environment(_) => 200,
            _ => 1,
        }
    }

    /// Puts the test to a subject. Under a `not`, sets of paths are judged the other way round: only what is wholly
    /// covered counts (`negated`).
    pub(crate) fn holds<S: Text>(&self, cx: &Context<'_, S>, subject: &Subject<'_, S>, negated: bool) -> Truth {
        match self {
            Self::All(tests) => {
                let mut truth = Truth::Yes;
                for test in tests {
                    truth = truth.and(test.holds(cx, subject, negated));
                    if truth == Truth::No {
                        break;
                    }
                }
                truth
            }
            Self::Any(tests) => {
                let mut truth = Truth::No;
                for test in tests {
                    truth = truth.or(test.holds(cx, subject, negated));
                    if truth == Truth::Yes {
                        break;
                    }
                }
                truth
            }
            Self::Not(test) => !test.holds(cx, subject, !negated),
            Self::Agent(agents) => cx.agent.map_or_else(|| cx.unknown(Why::Payload), |agent| one_of(agents, agent)),
            Self::AgentTool(test) => {
                cx.tool.map_or_else(|| cx.unknown(Why::Payload), |tool| Truth::of(test.matches(tool.as_bytes())))
            }
            _ => match subject {
                Subject::Effect(effect) => self.holds_of_effect(cx, effect, negated),
                Subject::Finding(finding) => self.holds_of_finding(finding),
            },
        }
    }

    fn holds_of_finding(&self, finding: &Finding) -> Truth {
        match self {
            Self::Type(test) => Truth::of(test.matches(finding.name.as_bytes())),
            Self::SeverityFrom(least) => Truth::of(finding.severity >= *least),
            Self::ConfidenceFrom(least) => Truth::of(finding.confidence >= *least),
            Self::Direction(list) => one_of(list, finding.direction),
            Self::Random(value) => Truth::of(finding.random == *value),
            // The loader lets no other test into a finding's rule.
            _ => Truth::No,
        }
    }

    fn holds_of_effect<S: Text>(&self, cx: &Context<'_, S>, effect: &EffectOf<S>, negated: bool) -> Truth {
        let action = &effect.action;
        match self {
            Self::MaybeHere => {
                Truth::of(!matches!(effect.head.at, Field::Known(Place::Container { .. } | Place::Remote { .. })))
            }
            Self::At(places) => match &effect.head.at {
                Field::Known(place) => one_of(
                    places,
                    match place {
                        Place::Here => PlaceKind::Here,
                        Place::Container { .. } => PlaceKind::Container,
                        Place::Remote { .. } => PlaceKind::Remote,
                    },
                ),
                Field::Pattern(_) => cx.unknown(Why::Variable),
                Field::Unknown(why) => cx.unknown(*why),
            },
            Self::As(test) => match &effect.head.user {
                Field::Known(User::Caller) => Truth::of(test.caller),
                Field::Known(User::Root) => Truth::of(test.names.iter().any(|glob| glob.matches(b"root"))),
                Field::Known(User::Named(name)) => Truth::of(test.names.iter().any(|glob| glob.matches(name.bytes()))),
                Field::Pattern(_) => cx.unknown(Why::Variable),
                Field::Unknown(why) => cx.unknown(*why),
            },
            Self::Certain(certain) => Truth::of(effect.head.certain == *certain),
            Self::Via(test) => Truth::of(effect.head.via.iter().any(|program| test.matches(program.as_bytes()))),
            Self::Target(which, test) => test.holds(*which, cx, action, negated),
            Self::Text(field, test) => match field.of(action) {
                // What reaches no further than its name says nothing of a scope.
                Some(Field::Unknown(Why::Unstated)) if *field == TextField::Scope => Truth::No,
                Some(field) => test.holds(cx, field),
                None => Truth::No,
            },
            Self::Argument(test) => match action {
                Action::Run { arguments, .. } | Action::StartAgent { arguments, .. } => {
                    any(arguments.iter().map(|argument| test.holds(cx, argument)))
                }
                _ => Truth::No,
            },
            Self::Flag(field, value) => match field.of(action) {
                Some(Field::Known(is)) => Truth::of(is == *value),
                Some(Field::Unknown(why)) => cx.unknown(why),
                Some(Field::Pattern(_)) => cx.unknown(Why::Variable),
                None => Truth::No,
            },
            Self::ContentFree(value) => match action {
                Action::Write { mode: WriteMode::Create, .. } => Truth::of(*value),
                Action::Write { content: Field::Known(content), .. } => Truth::of(content.bytes().is_empty() == *value),
                Action::Write { content: Field::Unknown(why), .. } => cx.unknown(*why),
                Action::Write { .. } => cx.unknown(Why::Variable),
                _ => Truth::No,
            },
            Self::Sends(kinds) => match action {
                Action::Send { what, .. } => Truth::of(what.iter().any(|one| {
                    kinds.contains(&match one {
                        Outgoing::File(_) => OutgoingKind::File,
                        Outgoing::Variable(_) => OutgoingKind::Variable,
                        Outgoing::Output => OutgoingKind::Output,
                        Outgoing::Text(_) => OutgoingKind::Text,
                        Outgoing::Opaque => OutgoingKind::Opaque,
                    })
                })),
                _ => Truth::No,
            },
            Self::Variable(test) => match action {
                Action::Send { what, .. } => Truth::of(
                    what.iter().any(|one| matches!(one, Outgoing::Variable(name) if test.matches(name.bytes()))),
                ),
                _ => Truth::No,
            },
            Self::Environment(test) => test.holds(cx, effect),
            _ => self.holds_of_kind(action),
        }
    }

    fn holds_of_kind<S>(&self, action: &Action<S>) -> Truth {
        match (self, action) {
            (Self::WriteMode(list), Action::Write { mode, .. }) => one_of(list, *mode),
            (Self::Code(list), Action::Run { code, .. }) => one_of(
                list,
                match code {
                    Code::Installed => CodeKind::Installed,
                    Code::File(_) => CodeKind::File,
                    Code::Download { .. } => CodeKind::Download,
                    Code::Decoded => CodeKind::Decoded,
                    Code::Inline => CodeKind::Inline,
                    Code::Unseen(_) => CodeKind::Unseen,
                },
            ),
            (Self::Why(list), Action::Run { code: Code::Unseen(why), .. } | Action::Unknown { why, .. }) => {
                one_of(list, *why)
            }
            (Self::Stopped(list), Action::Stop { what, .. }) => one_of(list, *what),
            (Self::Privilege(list), Action::Privilege { kind, .. }) => one_of(list, *kind),
            (Self::Persist(list), Action::Persist { kind, .. }) => one_of(list, *kind),
            (Self::History(list), Action::ChangeHistory { kind, .. }) => one_of(list, *kind),
            (Self::Resource(list), Action::Resource { kind, .. }) => one_of(list, *kind),
            (Self::ResourceAction(list), Action::Resource { action, .. }) => one_of(list, *action),
            (Self::Credential(list), Action::UseCredential { kind, .. }) => one_of(list, *kind),
            (Self::Mcp(list), Action::CallMcp { class, .. }) => one_of(list, *class),
            (Self::Config(list), Action::ConfigureAgent { what, .. }) => one_of(list, *what),
            (Self::Impersonate(list), Action::ImpersonatePerson { kind }) => one_of(list, *kind),
            _ => Truth::No,
        }
    }
}

fn one_of<T: PartialEq + Copy>(list: &[T], value: T) -> Truth {
    Truth::of(list.contains(&value))
}

/// Kleene's or over many; no of none.
fn any(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut all = Truth::No;
    for truth in truths {
        all = all.or(truth);
        if all == Truth::Yes {
            break;
        }
    }
    all
}

impl TextTest {
    fn cost(&self) -> u32 {
        10 + u32::try_from(self.globs.len()).unwrap_or(u32::MAX).saturating_mul(2)
    }

    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let last = if self.last_component { text.rsplit(|b| *b == b'/').next().unwrap_or(text) } else { text };
        let bytes = ByteSet::of(text);
        let mut possible = self.globs.iter().filter(|glob| glob.can_match(bytes));
        possible.any(|glob| glob.matches(last) || (self.last_component && glob.matches(text)))
    }

    fn holds<S: Text>(&self, cx: &Context<'_, S>, field: &Field<S>) -> Truth {
        match field {
            Field::Known(text) => Truth::of(self.matches(text.bytes())),
            // One of a set: it may be the one that is meant.
            Field::Pattern(pattern) => {
                let glob = pattern.glob.bytes();
                let may = any(self.globs.iter().map(|own| {
                    let whole = own.meets(b"", glob);
                    if self.last_component {
                        whole.or(own.meets(b"", glob.rsplit(|b| *b == b'/').next().unwrap_or(glob)))
                    } else {
                        whole
                    }
                }));
                if may == Truth::No { Truth::No } else { cx.unknown(Why::Variable) }
            }
            Field::Unknown(why) => cx.unknown(*why),
        }
    }
}

impl WordTest {
    fn matches(&self, text: &[u8]) -> bool {
        let is = |part: &[u8]| self.words.iter().any(|word| part.eq_ignore_ascii_case(word.as_bytes()));
        let word = |part: &[u8]| {
            let bare =
                part.iter().rposition(|b| !b.is_ascii_digit()).map_or(part, |at| part.get(..=at).unwrap_or(part));
            is(part) || is(bare) || humps(bare).any(is)
        };
        text.split(|b| !b.is_ascii_alphanumeric()).any(word) || self.globs.iter().any(|glob| glob.matches(text))
    }

    /// Does a word stand in the host, context, name or scope of a resource, or in the name of the place where the
    /// effect happens? What the command does not state is the program's default, and no word of it.
    fn holds<S: Text>(&self, cx: &Context<'_, S>, effect: &EffectOf<S>) -> Truth {
        let place = match &effect.head.at {
            Field::Known(Place::Here) => Truth::No,
            Field::Known(Place::Container { name, .. } | Place::Remote { host: name }) => self.holds_of(cx, name),
            Field::Pattern(_) => cx.unknown(Why::Variable),
            Field::Unknown(why) => cx.unknown(*why),
        };
        let Action::Resource { provider: _, name, scope, host, context, .. } = &effect.action else { return place };
        any([host, context, name, scope].into_iter().map(|field| self.holds_of(cx, field))).or(place)
    }

    fn holds_of<S: Text>(&self, cx: &Context<'_, S>, field: &Field<S>) -> Truth {
        match field {
            Field::Known(text) => Truth::of(self.matches(text.bytes())),
            Field::Pattern(pattern) if self.matches(pattern.glob.bytes()) => Truth::Yes,
            Field::Pattern(_) => cx.unknown(Why::Variable),
            Field::Unknown(Why::Unstated) => Truth::No,
            Field::Unknown(why) => cx.unknown(*why),
        }
    }
}

/// The words of `ShopProd`: each begins with a capital behind a small letter.
fn humps(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.chunk_by(|a, b| !(a.is_ascii_lowercase() && b.is_ascii_uppercase()))
}

impl TextField {
    fn of<S>(self, action: &Action<S>) -> Option<&Field<S>> {
        Some(match (self, action) {
            (Self::Content, Action::Write { content, .. }) => content,
            (Self::Mode, Action::ChangeMode { mode, .. }) => mode,
            (Self::Program, Action::Run { program, .. }) => program,
            (Self::Host, Action::Fetch { host, .. } | Action::Send { host, .. } | Action::Resource { host, .. }) => {
                host
            }
            (
                Self::Url,
                Action::Fetch { url, .. } | Action::Send { url, .. } | Action::Run { code: Code::Download { url }, .. },
            ) => url,
            (Self::Method, Action::Fetch { method, .. } | Action::Send { method, .. }) => method,
            (Self::Address, Action::Listen { address, .. }) => address,
            (
                Self::Name,
                Action::Stop { name, .. }
                | Action::Resource { name, .. }
                | Action::Publish { name, .. }
                | Action::InstallPackage { name, .. },
            ) => name,
            (Self::To, Action::Privilege { to, .. }) => to,
            (Self::Branch, Action::ChangeHistory { branch, .. }) => branch,
            (Self::Remote, Action::ChangeHistory { remote, .. }) => remote,
            (Self::Provider, Action::Resource { provider, .. }) => provider,
            (Self::Scope, Action::Resource { scope, .. }) => scope,
            (Self::Context, Action::Resource { context, .. }) => context,
            (Self::Registry, Action::Publish { registry, .. } | Action::InstallPackage { registry, .. }) => registry,
            (Self::Version, Action::Publish { version, .. } | Action::InstallPackage { version, .. }) => version,
            (Self::Reference, Action::UseCredential { reference, .. }) => reference,
            (Self::Server, Action::CallMcp { server, .. }) => server,
            (Self::Tool, Action::CallMcp { tool, .. }) => tool,
            (Self::TargetAgent, Action::ConfigureAgent { agent, .. } | Action::StartAgent { agent, .. }) => agent,
            _ => return None,
        })
    }
}

impl FlagField {
    fn of<S>(self, action: &Action<S>) -> Option<Field<bool>> {
        Some(match (self, action) {
            (
                Self::Recursive,
                Action::Read { recursive, .. }
                | Action::Delete { recursive, .. }
                | Action::ChangeMode { recursive, .. },
            ) => Field::Known(*recursive),
            // A move takes everything below along.
            (Self::Recursive, Action::Move { .. }) => Field::Known(true),
            (Self::Forced, Action::Delete { forced, .. }) => Field::Known(*forced),
            (Self::Filtered, Action::Delete { filtered, .. }) => Field::Known(*filtered),
            (Self::Loses, Action::ChangeHistory { loses, .. }) => loses.clone(),
            (Self::Public, Action::Publish { public, .. }) => public.clone(),
            (Self::Locked, Action::InstallPackage { locked, .. }) => locked.clone(),
            (Self::Tunnel, Action::Listen { tunnel, .. }) => Field::Known(*tunnel),
            _ => return None,
        })
    }
}

/// The folder that every path of a pattern lies in.
pub(crate) fn pattern_folder(pattern: &[u8]) -> &[u8] {
    let first = pattern.iter().position(|b| matches!(b, b'*' | b'?')).unwrap_or(pattern.len());
    let cut = pattern.get(..first).unwrap_or_default().iter().rposition(|b| *b == b'/').unwrap_or(0);
    pattern.get(..cut).unwrap_or_default()
}

#[cfg(test)]
mod tests;
