//! The walk over one call: what is known at each point, and the effects found so far.

mod files;
mod invoke;
mod later;
mod objects;
mod settings;
mod stored;
mod surroundings;

use crate::knowledge::Knowledge;
use crate::paths::{self, Follow, Found};
use crate::shell::state::Shell;
use crate::value::{Flow, Value};
pub(crate) use invoke::{Call, NARROWS, listed};
use protocol::effect::{Action, Certain, Code, Effect, Head, Outgoing, Place, Span, Target, User};
use protocol::{AbsPath, Facts, Field, PathClass, RawText, Text, Why};
use std::cell::Cell;
use std::collections::HashMap;
pub(crate) use surroundings::{EVERYTHING, Surroundings, is_production, with_mark};

/// Code within code within code: as deep as this.
const MAX_DEPTH: u32 = 48;
/// Work that one call may cost. A unit is about a quarter of a microsecond: a word, a command, a few bytes that are
/// read once more.
const MAX_WORK: u32 = 12_000;
/// Bytes of a path that cost nothing beside the word that it is.
const FREE_PATH: usize = 128;
/// Credentials that are remembered within a call.
const MAX_SECRETS: usize = 8;
/// Effects that are looked back at for what was done just before.
const MAX_RECENT: usize = 64;
/// Effects that one call may have.
const MAX_EFFECTS: usize = 1_000;

/// Bytes of a path, its dots and doubled slashes taken out: `PATH_MAX` of Linux.
pub(crate) const MAX_PATH: usize = 4096;

/// What was put into a file earlier in the same call.
#[derive(Clone, Debug)]
pub(crate) enum Made {
    Text(Vec<u8>),
    Download(Value),
    Decoded,
    /// What these files hold, changed or not.
    Files(Vec<Target<RawText>>),
    Unseen,
}

#[derive(Debug)]
pub(crate) struct Walker<'a> {
    pub facts: Facts<'a>,
    pub knowledge: &'a Knowledge,
    pub effects: Vec<Effect>,
    pub at: Field<Place<RawText>>,
    pub user: Field<User<RawText>>,
    pub certain: Certain,
    pub via: Vec<String>,
    pub span: Span,
    /// Above zero the text at hand is not the input itself: its spans say nothing.
    pub nested: u32,
    depth: u32,
    work: Cell<u32>,
    exhausted: bool,
    pub shell: Shell,
    /// What process substitutions give, by their number.
    pub descriptors: Vec<Flow>,
    pub made: HashMap<Vec<u8>, Made>,
    /// Links that this call has made: from where to where.
    pub links: Vec<(Vec<u8>, Vec<u8>)>,
    /// Folders that something was unpacked into that was fetched in this call.
    pub unpacked: Vec<(AbsPath, Value)>,
    /// Functions being called, to tell recursion.
    pub calling: Vec<Vec<u8>>,
    /// Above zero within a part of a pipeline or in the background.
    pub aside: u32,
    /// What the shell runs when it ends: with the values that its variables have then.
    pub at_exit: Vec<Vec<u8>>,
    pub surroundings: Surroundings,
    /// Credentials outside the project that were read so far: what leaves later and is not seen may hold them.
    pub secrets: Vec<Target<RawText>>,
    /// What the next push takes along that is not meant to leave.
    pub staged: Vec<Target<RawText>>,
    /// The substitutions of the command at hand: is the output of each what sets up a shell?
    pub substituted: Vec<bool>,
    /// Variables named in the command at hand whose values are not known.
    pub unset: Vec<Vec<u8>>,
    /// Descriptors that are connected with another machine.
    pub sockets: Vec<(u32, Value)>,
    /// Within a file that runs later.
    pub in_later: bool,
    /// The text that an edit takes away.
    pub replaced: Vec<u8>,
    /// Scripts of other languages that are being read, the innermost last.
    pub scripts: Vec<Vec<u8>>,
    /// What the names of the innermost script stand for.
    pub names: crate::readers::Names,
    /// Words are those of a shell of Windows: its paths, its names of programs.
    pub windows: bool,
    /// What PowerShell knows beside the environment.
    pub powershell: crate::powershell::State,
    stored: stored::Stored,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(facts: Facts<'a>, knowledge: &'a Knowledge) -> Self {
        Self {
            facts,
            knowledge,
            effects: Vec::new(),
            at: Field::Known(Place::Here),
            user: Field::Known(User::Caller),
            certain: Certain::Will,
            via: Vec::new(),
            span: Span::default(),
            nested: 0,
            depth: 0,
            work: Cell::new(0),
            exhausted: false,
            shell: Shell::new(facts.base),
            descriptors: Vec::new(),
            made: HashMap::new(),
            links: Vec::new(),
            unpacked: Vec::new(),
            calling: Vec::new(),
            aside: 0,
            at_exit: Vec::new(),
            surroundings: Surroundings::default(),
            secrets: Vec::new(),
            staged: Vec::new(),
            substituted: Vec::new(),
            unset: Vec::new(),
            sockets: Vec::new(),
            in_later: false,
            replaced: Vec::new(),
            scripts: Vec::new(),
            names: crate::readers::Names::default(),
            windows: false,
            powershell: crate::powershell::State::default(),
            stored: stored::Stored::default(),
        }
    }

    pub(crate) fn push(&mut self, mut action: Action<RawText>) {
        match &mut action {
            Action::Read { target, .. }
                if target.class.contains(PathClass::CREDENTIAL)
                    && !target.class.intersects(PathClass::WORKSPACE | PathClass::OTHER_PROJECT)
                    && self.secrets.len() < MAX_SECRETS
                    && self.is_here() =>
            {
                self.secrets.push(target.clone());
            }
            Action::Send { what, host, .. } if !self.secrets.is_empty() && !is_this_machine(host) => {
                let made = &self.made;
                let unseen = what.iter().any(|one| match one {
                    Outgoing::Output | Outgoing::Opaque => true,
                    Outgoing::File(target) => target.path.known().is_some_and(|path| {
                        matches!(made.get(path.bytes()), Some(Made::Decoded | Made::Files(_) | Made::Unseen))
                    }),
                    Outgoing::Text(_) | Outgoing::Variable(_) => false,
                });
                if unseen {
                    what.extend(self.secrets.iter().cloned().map(Outgoing::File));
                }
            }
            _ => {}
        }
        if self.effects.len() >= MAX_EFFECTS {
            self.exhaust();
            return;
        }
        let action = self.surrounded(action);
        let at = match (&action, &self.at) {
            // What a container deletes of a folder that it shares is gone here.
            (Action::Delete { target, .. }, Field::Known(Place::Container { mounts, .. }))
                if is_shared(mounts, &target.path) =>
            {
                Field::Known(Place::Here)
            }
            (_, at) => at.clone(),
        };
        self.effects.push(Effect {
            head: Head { at, user: self.user.clone(), certain: self.certain, via: self.via.clone(), span: self.span },
            action,
        });
    }

    /// Notes what a commit will hold that is not meant to be there.
    pub(crate) fn stage(&mut self, target: Target<RawText>) {
        if target.class.contains(PathClass::CREDENTIAL) && self.staged.len() < MAX_SECRETS {
            self.staged.push(target);
        }
    }

    pub(crate) fn unknown(&mut self, why: Why, what: Option<&[u8]>) {
        self.push(Action::Unknown { why, what: what.map(|text| RawText::new(cut(text))) });
    }

    /// The newest effects, as many as a look back costs nothing.
    pub(crate) fn recent(&self) -> impl Iterator<Item = &Effect> {
        self.effects.iter().rev().take(MAX_RECENT)
    }

    /// Counts work; false when there may be no more, which is said once.
    pub(crate) fn step(&mut self) -> bool {
        self.spend(1);
        if self.work.get() > MAX_WORK {
            self.exhaust();
        }
        !self.exhausted
    }

    /// Counts work that does not have to ask: whatever steps next will.
    pub(crate) fn spend(&self, work: usize) {
        self.work.set(self.work.get().saturating_add(u32::try_from(work).unwrap_or(u32::MAX)));
    }

    /// What a path costs that is longer than people's are.
    pub(crate) fn spend_path(&self, path: &[u8]) {
        self.spend(path.len().saturating_sub(FREE_PATH) / 8);
    }

    fn exhaust(&mut self) {
        if !self.exhausted {
            self.exhausted = true;
            let head = Head::here(self.span);
            self.effects.push(Effect { head, action: Action::Unknown { why: Why::WorkLimit, what: None } });
        }
    }

    /// Goes one level deeper, unless that is too deep.
    pub(crate) fn deeper<R>(&mut self, inside: impl FnOnce(&mut Self) -> R) -> Option<R> {
        if self.depth >= MAX_DEPTH {
            self.unknown(Why::TooDeep, None);
            return None;
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        Some(result)
    }

    /// What happens inside may not happen.
    pub(crate) fn maybe<R>(&mut self, inside: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.certain, Certain::May);
        let result = inside(self);
        self.certain = before;
        result
    }

    /// What happens inside is carried by this program.
    pub(crate) fn carried<R>(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> R) -> R {
        self.via.push(name.to_owned());
        let result = inside(self);
        self.via.pop();
        result
    }

    /// What happens inside happens at another place, in a shell of its own.
    pub(crate) fn at_place<R>(&mut self, place: Place<RawText>, inside: impl FnOnce(&mut Self) -> R) -> R {
        let place = self.named_place(place);
        let hint = match &place {
            Place::Remote { host: name } | Place::Container { name, .. } => {
                name.known().map(|name| name.bytes().to_vec())
            }
            Place::Here => None,
        };
        let at = std::mem::replace(&mut self.at, Field::Known(place));
        let shell = std::mem::replace(&mut self.shell, Shell::elsewhere(self.facts.base));
        let result = self.hinted(hint.as_deref(), inside);
        self.at = at;
        self.shell = shell;
        result
    }

    pub(crate) fn as_user<R>(&mut self, user: Field<User<RawText>>, inside: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.user, user);
        let result = inside(self);
        self.user = before;
        result
    }

    pub(crate) fn is_here(&self) -> bool {
        matches!(self.at, Field::Known(Place::Here))
    }

    /// Code in a text of its own: effects in it have the span of what carries it.
    pub(crate) fn shell_text(&mut self, text: &[u8], stdin: &Flow) -> Flow {
        self.nested += 1;
        self.spend(text.len() / 16);
        let flow = self.deeper(|walker| {
            if !walker.step() {
                return Flow::Output;
            }
            let script = crate::shell::parse::parse(text);
            walker.script(&script, stdin)
        });
        self.nested -= 1;
        flow.unwrap_or(Flow::Output)
    }

    /// The same in a shell of its own: nothing of its state comes back.
    pub(crate) fn new_shell_text(&mut self, text: &[u8], stdin: &Flow, positional: Vec<Value>) -> Flow {
        let before = self.shell.clone();
        self.shell.positional = positional;
        self.shell.ended = false;
        let flow = self.shell_text(text, stdin);
        self.uncalled_functions();
        self.shell = before;
        flow
    }

    /// The place that a word names.
    pub(crate) fn found(&self, word: &Value, follow: Follow) -> Found {
        if self.exhausted {
            return paths::unknown(Why::WorkLimit);
        }
        let table = &self.knowledge.paths;
        let of_windows = if self.windows { self.windows_word(word) } else { paths::of_windows(word) };
        let mut path = paths::absolute(&self.shell.cwd, of_windows.as_ref().unwrap_or(word));
        if !self.links.is_empty() {
            path = self.through_links(path);
        }
        match path {
            // No system opens it, and what is so long is compared with much.
            Value::Known(text) | Value::Pattern { glob: text, .. } if text.len() > MAX_PATH => {
                paths::unknown(Why::TooBig)
            }
            Value::Known(path) => {
                self.spend_path(&path);
                let path = AbsPath::normal(&path);
                match &self.at {
                    Field::Known(Place::Here) => paths::here(&self.facts, table, path, follow),
                    Field::Known(Place::Container { mounts, .. }) => match mounted(mounts, &path) {
                        Some(path) => paths::here(&self.facts, table, path, follow),
                        None => self.elsewhere(path),
                    },
                    _ => self.elsewhere(path),
                }
            }
            Value::Pattern { glob, .. } => {
                self.spend_path(&glob);
                let of_host = match &self.at {
                    Field::Known(Place::Container { mounts, .. }) => mounted(mounts, &AbsPath::normal(&glob)),
                    _ => None,
                };
                paths::pattern(&self.facts, table, of_host.as_ref().map_or(glob.as_slice(), AbsPath::bytes))
            }
            Value::Unknown(why) => paths::unknown(why),
        }
    }

    fn elsewhere(&self, path: AbsPath) -> Found {
        let is_home = self.shell.home.as_ref() == Some(&path);
        let mut found = paths::elsewhere(&self.knowledge.paths, path);
        if is_home {
            found.target.class |= protocol::PathClass::HOME_ROOT | protocol::PathClass::BROAD;
        }
        found
    }

    /// Where the code in a file came from that this call has not written.
    pub(crate) fn code_of_file(&self, found: &Found) -> Code<RawText> {
        match self.unpacked_from(found) {
            // Whose it is cannot even be seen by the name of the host.
            Some(url) if crate::readers::net::is_bare(url) => Code::Download { url: url.field() },
            Some(_) => Code::Unseen(Why::Unseen),
            None => Code::File(found.target.clone()),
        }
    }

    /// What runs inside knows itself by this name: `$0`.
    pub(crate) fn started_as<R>(&mut self, name: Option<&Value>, inside: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.shell.clone();
        self.shell.set(b"0", name.cloned().unwrap_or(Value::Unknown(Why::Unstated)));
        let result = inside(self);
        self.shell = before;
        result
    }

    /// Changes where the code of a run that is already listed came from.
    pub(crate) fn set_code(&mut self, run: usize, code: Code<RawText>) {
        if let Some(Effect { action: Action::Run { code: slot, .. }, .. }) = self.effects.get_mut(run) {
            *slot = code;
        }
    }
}

fn is_this_machine(host: &Field<RawText>) -> bool {
    host.known().is_some_and(|host| {
        let host = host.bytes();
        host == b"localhost" || host.starts_with(b"127.") || host == b"::1"
    })
}

/// At most as much as a person wants to read of it.
fn cut(text: &[u8]) -> &[u8] {
    text.get(..200).unwrap_or(text)
}

/// Does the path lie in a folder of this machine that a container shares?
fn is_shared(mounts: &[RawText], path: &Field<RawText>) -> bool {
    let path = match path {
        Field::Known(path) => path.bytes(),
        Field::Pattern(pattern) => pattern.glob.bytes(),
        Field::Unknown(_) => return false,
    };
    let path = AbsPath::normal(path);
    mounts.iter().any(|mount| {
        let host = mount.bytes().split(|b| *b == b':').next().unwrap_or_default();
        path.below(&AbsPath::normal(host)).is_some()
    })
}

/// The path of this machine that a container sees at `path`. Mounts are `host:container`.
fn mounted(mounts: &[RawText], path: &AbsPath) -> Option<AbsPath> {
    mounts.iter().find_map(|mount| {
        let mount = mount.bytes();
        let cut = mount.iter().position(|b| *b == b':')?;
        let (host, inside) = mount.split_at(cut);
        let inside = AbsPath::normal(inside.get(1..)?);
        let below = path.below(&inside)?;
        Some(AbsPath::resolve(&AbsPath::normal(host), below))
    })
}
