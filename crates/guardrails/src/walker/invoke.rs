//! One program with its arguments: what the tables say of it.

use super::stored::is_harmful;
use super::{Made, Walker};
use crate::knowledge::grammar::{self, Arguments};
use crate::knowledge::{Fixed, Grammar, Others, Output, Program, Role, Source};
use crate::paths::{Follow, Found};
use crate::readers;
use crate::value::{Flow, Value};
use protocol::effect::{Action, Code, ConfigKind, WriteMode};
use protocol::{Field, PathClass, RawText, Text, Why};

/// Programs that connect standard input and output with another machine.
const CONNECTORS: [&str; 12] = [
    "nc",
    "ncat",
    "netcat",
    "nc.traditional",
    "nc.openbsd",
    "telnet",
    "openssl",
    "socat",
    "curl",
    "websocat",
    "cryptcat",
    "busybox",
];

/// A program being judged, as readers see it.
#[derive(Debug)]
pub(crate) struct Call<'c> {
    pub name: &'c str,
    pub program: &'c Program,
    /// The entry and those around it, the outer first: `git`, `remote`, `add`.
    pub entries: Vec<&'c Program>,
    /// The words behind the program's or the subcommand's name.
    pub words: &'c [Value],
    pub arguments: Arguments,
    pub stdin: Flow,
    /// Index of its own run effect.
    pub run: usize,
}

impl Call<'_> {
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.arguments.has(names)
    }

    pub(crate) fn operands(&self) -> &[Value] {
        &self.arguments.operands
    }

    pub(crate) fn flag(&self, names: impl Fn(&Program) -> &[String]) -> bool {
        self.entries.iter().any(|entry| self.arguments.has(names(entry)))
    }
}

impl Walker<'_> {
    /// A command in its words, program first.
    pub(crate) fn invoke(&mut self, words: &[Value], stdin: &Flow) -> Flow {
        let Some(first) = words.first() else { return stdin.clone() };
        if !self.step() {
            return Flow::Output;
        }
        self.deeper(|walker| walker.invoke_program(first, words, stdin)).unwrap_or(Flow::Output)
    }

    fn invoke_program(&mut self, first: &Value, words: &[Value], stdin: &Flow) -> Flow {
        self.spend(words.len() / 8);
        let rest = words.get(1..).unwrap_or_default();
        let name = match first {
            Value::Known(name) => name,
            Value::Pattern { glob, floating } => return self.invoke_pattern(glob, *floating, words, stdin),
            Value::Unknown(why) => {
                let code = match (why, self.last_download()) {
                    (Why::Substitution, Some(url)) => Code::Download { url },
                    _ => Code::Unseen(*why),
                };
                self.push_run(words, code);
                self.carried_by_unknown(rest, stdin);
                return Flow::Output;
            }
        };
        if name.is_empty() {
            return Flow::Output;
        }
        if !name.contains(&b'/') {
            return self.invoke_named(name, words, stdin);
        }
        let found = self.found(first, Follow::Links);
        let base = name.get(name.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1)..).unwrap_or_default();
        if found.target.class.contains(PathClass::SYSTEM) && self.knowledge.program(base).is_some() {
            return self.invoke_named(base, words, stdin);
        }
        if let Some(flow) = self.descriptor(first) {
            return self.run_flow(readers::Lang::Sh, &flow, None, words);
        }
        let made = self.made_at(&found).cloned();
        if let Some(made) = made {
            self.run_made(&made, words, stdin)
        } else {
            // A program under its own name in the workspace (`node_modules/.bin/eslint`, `./gradlew`).
            let run = self.effects.len();
            if self.knowledge.program(base).is_some() {
                self.invoke_named(base, words, stdin);
            } else {
                self.push_run(words, Code::Installed);
                self.carried_by_unknown(rest, stdin);
            }
            let code = self.code_of_file(&found);
            self.set_code(run, code);
            self.run_stored(&found, words, stdin);
            Flow::Output
        }
    }

    /// Runs what this very call has put into a file.
    pub(crate) fn run_made(&mut self, made: &Made, words: &[Value], stdin: &Flow) -> Flow {
        let code = match made {
            Made::Text(_) => Code::Inline,
            Made::Download(url) => Code::Download { url: url.field() },
            Made::Decoded => Code::Decoded,
            Made::Files(files) => files.first().map_or(Code::Unseen(Why::Unseen), |file| Code::File(file.clone())),
            Made::Unseen => Code::Unseen(Why::Unseen),
        };
        self.push_run(words, code);
        if let Made::Text(text) = made {
            let name =
                words.first().and_then(Value::known).map(String::from_utf8_lossy).unwrap_or_default().into_owned();
            let lang = readers::Lang::of_script(&name, text);
            return self.started_as(words.first(), |walker| {
                let words = words.get(1..).unwrap_or_default();
                walker.carried(&name, |walker| walker.code(lang, text, stdin, words))
            });
        }
        Flow::Output
    }

    /// A script of this machine that is started by its path, where it can be read.
    fn run_stored(&mut self, found: &Found, words: &[Value], stdin: &Flow) {
        let Some(text) = self.stored(found) else { return };
        let name = words.first().and_then(Value::known).map(String::from_utf8_lossy).unwrap_or_default();
        let lang = readers::Lang::of_script(&name, &text);
        self.through_stored(found, "", |walker| {
            walker.started_as(words.first(), |walker| {
                let words = words.get(1..).unwrap_or_default();
                walker.carried(&name, |walker| walker.code(lang, &text, stdin, words))
            })
        });
    }

    pub(crate) fn push_run(&mut self, words: &[Value], code: Code<RawText>) {
        self.spend(words.len() / 4);
        let mut fields = words.iter().map(Value::field);
        let program = fields.next().unwrap_or(Field::Unknown(Why::Unstated));
        self.push(Action::Run { program, arguments: fields.collect(), code });
    }

    pub(crate) fn invoke_named(&mut self, name: &[u8], words: &[Value], stdin: &Flow) -> Flow {
        let knowledge = self.knowledge;
        let run = self.effects.len();
        self.push_run(words, Code::Installed);
        let rest = words.get(1..).unwrap_or_default();
        if matches!(stdin, Flow::Session) && CONNECTORS.iter().any(|known| known.as_bytes() == name) {
            // What comes from the other side steers the shell before it.
            let url = rest.iter().find(|word| word.known().is_some_and(|text| text.first() != Some(&b'-')));
            let url = url.map_or(Field::Unknown(Why::Unstated), Value::field);
            let program = Field::Known(RawText::from("sh"));
            self.push(Action::Run { program, arguments: Vec::new(), code: Code::Download { url } });
        }
        if readers::printed::sets_up_a_shell(name, rest) {
            return Flow::SetUp;
        }
        let Some(program) = knowledge.program(name) else {
            let only_asks = matches!(rest, [only] if ["--help", "--version", "-V", "-h", "help", "version"].iter().any(|ask| only.is(ask)));
            if !only_asks {
                self.unknown(Why::Program, Some(name));
                self.carried_by_unknown(rest, stdin);
            }
            return Flow::Output;
        };
        // What lists files prints those that its operands name.
        let lists = program.output == Output::Paths;
        if program.quiet && program.sub_names.is_empty() && program.harmless.is_empty() && !lists {
            return Self::output(program, &[], stdin);
        }
        let secret = readers::printed::secret(self, name, rest);
        if let Some(secret) = secret {
            readers::printed::read_by(self, secret, name, rest);
        }
        let name = String::from_utf8_lossy(name);
        let flow = self.apply(&name, vec![program], Vec::new(), rest, stdin, run);
        secret.map_or(flow, Flow::Secret)
    }

    /// Judges by the last entry.
    pub(crate) fn apply(
        &mut self,
        name: &str,
        entries: Vec<&Program>,
        outer: Vec<(Vec<u8>, Option<Value>)>,
        words: &[Value],
        stdin: &Flow,
        run: usize,
    ) -> Flow {
        let Some(program) = entries.last().copied() else { return Flow::Output };
        let has_subs = !program.sub_names.is_empty() || !program.harmless.is_empty();
        let mut arguments = grammar::read(&entries, words, has_subs);
        if program.grammar != Grammar::Raw && arguments.has(&["--help", "--version"]) {
            return Flow::Output;
        }
        arguments.options.extend(outer);
        let call = Call { name, program, entries, words, arguments, stdin: stdin.clone(), run };
        if let Some(reader) = program.reader {
            return reader(self, &call);
        }
        if has_subs { self.subcommand(&call) } else { self.plain(&call) }
    }

    /// The subcommand that the first operand names.
    pub(crate) fn subcommand(&mut self, call: &Call<'_>) -> Flow {
        let program = call.program;
        let Some((first, rest)) = call.operands().split_first() else {
            // Without a subcommand programs of this kind show their help.
            return self.plain(call);
        };
        let Some(name) = first.known() else {
            self.unknown(Why::Variable, Some(call.name.as_bytes()));
            self.plain(call);
            return Flow::Output;
        };
        let name = String::from_utf8_lossy(name);
        if let Some(sub) = program.sub_names.get(name.as_ref()).and_then(|at| program.subs.get(*at)) {
            let mut entries = call.entries.clone();
            entries.push(sub);
            return self.apply(call.name, entries, call.arguments.options.clone(), rest, &call.stdin, call.run);
        }
        if program.harmless.iter().any(|known| *known == name) {
            return listed(call, &name, rest);
        }
        if program.others == Others::Unknown {
            let what = [call.name.as_bytes(), b" ", name.as_bytes()].concat();
            self.unknown(Why::Option, Some(&what));
        }
        self.plain(call)
    }

    /// What the table alone says: roles of options and operands, and the fixed effects.
    pub(crate) fn plain(&mut self, call: &Call<'_>) -> Flow {
        let program = call.program;
        let dry = call.flag(|entry| &entry.flags.dry);
        let mut files = Vec::new();
        for (option, value) in &call.arguments.options {
            let Some(value) = value else { continue };
            let role = call.entries.iter().rev().find_map(|entry| {
                entry.values.iter().find(|(name, _)| name.as_bytes() == option.as_slice()).map(|(_, role)| *role)
            });
            if let Some(role) = role {
                self.role(call, role, std::slice::from_ref(value), dry, &mut files);
            }
        }
        let operands = call.operands();
        let (roles, count) = (&program.operands, operands.len());
        let behind = program.many.map_or(0, |many| roles.len() - many - 1);
        let mut at = 0;
        for (place, role) in roles.iter().enumerate() {
            let take =
                if program.many == Some(place) { count.saturating_sub(at + behind) } else { usize::from(at < count) };
            let taken = operands.get(at..at + take).unwrap_or_default();
            if *role == Role::Run {
                self.role(call, *role, operands.get(at..).unwrap_or_default(), dry, &mut files);
                break;
            }
            self.role(call, *role, taken, dry, &mut files);
            at += take;
        }
        if !dry {
            for effect in &program.effects {
                if let Fixed::Read { path } = effect {
                    let word = self.below_home(path);
                    self.read(&word, false);
                    files.push(word);
                } else {
                    self.fixed(call, effect);
                }
            }
            self.verbs(call);
        }
        if files.is_empty() {
            if matches!(call.stdin, Flow::Names) && narrows(call) {
                return Flow::Output;
            }
            if let Some(at) = operands.iter().take(4).position(|word| word.is("list") || word.is("ls")) {
                return listed(call, "list", operands.get(at + 1..).unwrap_or_default());
            }
            Self::output(program, operands, &call.stdin)
        } else {
            self.output_of(program, operands, files)
        }
    }

    fn verbs(&mut self, call: &Call<'_>) {
        if call.program.verbs.is_empty() {
            return;
        }
        for operand in call.operands().iter().take(5) {
            let Some(text) = operand.known() else { continue };
            let text = String::from_utf8_lossy(text);
            if READS.contains(&text.as_ref()) {
                return;
            }
            for (starts, effects) in &call.program.verbs {
                if starts.iter().any(|start| begins_with_word(&text, start)) {
                    for effect in effects {
                        self.fixed(call, effect);
                    }
                    return;
                }
            }
        }
    }

    fn role(&mut self, call: &Call<'_>, role: Role, words: &[Value], dry: bool, files: &mut Vec<Value>) {
        let recursive = call.flag(|entry| &entry.flags.recursive);
        match role {
            Role::Ignore => {}
            Role::Run => {
                if !words.is_empty() {
                    self.carried(call.name, |walker| walker.invoke(words, &call.stdin));
                }
            }
            Role::Code(lang) => {
                for word in words {
                    match word {
                        Value::Known(text) => {
                            self.carried(call.name, |walker| walker.code(lang, text, &call.stdin, &[]));
                        }
                        Value::Pattern { .. } | Value::Unknown(_) => {
                            self.set_code(call.run, Code::Unseen(Why::Variable));
                        }
                    }
                }
            }
            Role::Read | Role::ReadTree => {
                for word in words {
                    if self.descriptor(word).is_some() {
                        files.push(word.clone());
                        continue;
                    }
                    self.read(word, recursive || role == Role::ReadTree);
                    files.push(word.clone());
                }
            }
            Role::Source => {
                for word in words {
                    let found = self.found(word, Follow::Links);
                    self.set_code(call.run, Code::File(found.target));
                }
            }
            Role::Fetch => {
                for word in words {
                    readers::net::fetch(self, word, "GET", None);
                }
            }
            Role::Send | Role::SendFile => {
                for word in words {
                    readers::leaves::posted(self, call, word, role == Role::SendFile);
                }
            }
            Role::Listen => {
                for word in words {
                    self.push(Action::Listen { address: word.field(), tunnel: false });
                }
            }
            _ if dry => {}
            Role::Write => {
                let mode = if call.flag(|entry| &entry.flags.append) { WriteMode::Append } else { WriteMode::Replace };
                for word in words {
                    self.write(word, mode, &Flow::Output);
                }
            }
            Role::Append | Role::Edit | Role::Create => {
                let mode = match role {
                    Role::Append => WriteMode::Append,
                    Role::Edit => WriteMode::Edit,
                    _ => WriteMode::Create,
                };
                for word in words {
                    self.write(word, mode, &Flow::Output);
                }
            }
            Role::Delete => {
                let forced = call.flag(|entry| &entry.flags.forced);
                for word in words {
                    self.delete(word, recursive, forced, false);
                }
            }
        }
    }

    fn output(program: &Program, operands: &[Value], stdin: &Flow) -> Flow {
        match program.output {
            Output::Plain => Flow::Output,
            Output::Pass => stdin.clone().filtered(),
            Output::Copy => stdin.clone(),
            Output::Decoded => match stdin {
                Flow::Download(url) => Flow::Download(url.clone()),
                _ => Flow::Decoded,
            },
            Output::Paths => {
                let names = if operands.is_empty() {
                    vec![Value::Pattern { glob: b"*".to_vec(), floating: false }]
                } else {
                    operands.to_vec()
                };
                Flow::Paths { names, filtered: true }
            }
        }
    }

    fn output_of(&self, program: &Program, operands: &[Value], files: Vec<Value>) -> Flow {
        if program.output == Output::Paths || program.output == Output::Plain {
            return Self::output(program, operands, &Flow::Output);
        }
        let mut flow = Flow::Inherit;
        for file in files {
            let one = if let Some(flow) = self.descriptor(&file) {
                flow
            } else {
                let found = self.found(&file, Follow::Links);
                match self.made_at(&found) {
                    Some(Made::Text(text)) => Flow::Text(text.clone()),
                    Some(Made::Download(url)) => Flow::Download(url.clone()),
                    Some(Made::Decoded) => Flow::Decoded,
                    Some(Made::Files(files)) => Flow::Files([vec![found.target], files.clone()].concat()),
                    Some(Made::Unseen) | None => Flow::Files(vec![found.target]),
                }
            };
            flow = flow.join(one);
        }
        Self::output(program, operands, &flow)
    }

    pub(crate) fn source(call: &Call<'_>, source: &Source) -> Field<RawText> {
        let value = match source {
            Source::Unstated => None,
            Source::Operand(at) => call.operands().get(*at),
            Source::Last => call.operands().last(),
            Source::Named => call.arguments.value(&["-n", "--name"]).or_else(|| call.operands().last()),
            Source::Option(names) => call.arguments.value(names),
            Source::Literal(text) => return Field::Known(RawText::from(text.as_str())),
        };
        value.map_or(Field::Unknown(Why::Unstated), Value::field)
    }

    pub(crate) fn fixed(&mut self, call: &Call<'_>, effect: &Fixed) {
        let of = |source: &Source| Self::source(call, source);
        let action = match effect {
            Fixed::Stop { what, name } => {
                let name = of(name);
                self.stops_us(&name);
                Action::Stop { what: *what, name }
            }
            Fixed::Privilege { kind, to } => Action::Privilege { kind: *kind, to: of(to) },
            Fixed::Persist { kind } => Action::Persist { kind: *kind, target: None },
            Fixed::History { kind, branch, remote, loses } => Action::ChangeHistory {
                kind: *kind,
                branch: of(branch),
                remote: of(remote),
                loses: loses.map_or(Field::Unknown(Why::NoFacts), Field::Known),
            },
            Fixed::Resource { kind, action, provider, name, scope, host, context } => Action::Resource {
                kind: *kind,
                action: *action,
                provider: match of(provider) {
                    Field::Unknown(_) => Field::Known(RawText::from(call.name)),
                    known => known,
                },
                name: of(name),
                scope: of(scope),
                host: of(host),
                context: of(context),
            },
            Fixed::Publish { registry, name, public } => Action::Publish {
                registry: of(registry),
                name: of(name),
                version: Field::Unknown(Why::Unstated),
                public: public.map_or(Field::Unknown(Why::Unstated), Field::Known),
            },
            Fixed::Install { registry, locked } => {
                self.install(call, &of(registry), *locked);
                return;
            }
            Fixed::Listen { address, tunnel } => Action::Listen { address: of(address), tunnel: *tunnel },
            Fixed::Send { host } => Action::Send {
                host: of(host),
                url: Field::Unknown(Why::Unstated),
                method: Field::Unknown(Why::Unstated),
                what: call.stdin.outgoing(),
            },
            Fixed::Credential { kind, reference } => Action::UseCredential { kind: *kind, reference: of(reference) },
            Fixed::Impersonate { kind } => Action::ImpersonatePerson { kind: *kind },
            Fixed::StartAgent { agent } => Action::StartAgent {
                agent: match of(agent) {
                    Field::Unknown(_) => Field::Known(RawText::from(call.name)),
                    known => known,
                },
                arguments: call.words.iter().map(Value::field).collect(),
            },
            Fixed::ConfigureAgent { agent, what } => {
                Action::ConfigureAgent { agent: of(agent), what: *what, target: None }
            }
            Fixed::Read { path } => {
                let word = self.below_home(path);
                self.read(&word, false);
                return;
            }
            Fixed::Unseen => {
                self.set_code(call.run, Code::Unseen(Why::Unseen));
                return;
            }
        };
        self.push(action);
    }

    /// A path of a table: `~/` is the home folder.
    pub(crate) fn below_home(&self, path: &str) -> Value {
        let Some(below) = path.strip_prefix('~') else { return Value::text(path.as_bytes()) };
        let mut out = self.shell.get(b"HOME").unwrap_or(Value::Unknown(Why::NoFacts));
        out.append(&Value::text(below.as_bytes()));
        out
    }

    /// Stopping our own service is a change to ourselves.
    pub(crate) fn stops_us(&mut self, name: &Field<RawText>) {
        if name.known().is_some_and(|name| memchr::memmem::find(name.bytes(), b"taffrail").is_some()) {
            let agent = Field::Known(RawText::from("taffrail"));
            self.push(Action::ConfigureAgent { agent, what: ConfigKind::OwnFiles, target: None });
        }
    }

    /// Each operand is a package; none means what the lock file or the manifest names.
    fn install(&mut self, call: &Call<'_>, registry: &Field<RawText>, locked: bool) {
        let locked = locked || call.flag(|entry| &entry.flags.locked);
        let set = readers::packages::registry_set(self, call.name);
        let registry = set.as_ref().unwrap_or(registry);
        if call.operands().is_empty() {
            let name = Field::Unknown(Why::Unstated);
            self.push(Action::InstallPackage {
                registry: registry.clone(),
                name,
                version: Field::Unknown(Why::Unstated),
                locked: Field::Known(true),
            });
            return;
        }
        for operand in call.operands() {
            let (name, version) = readers::packages::split(operand);
            self.push(Action::InstallPackage {
                registry: registry.clone(),
                name,
                version,
                locked: Field::Known(locked),
            });
        }
    }

    /// A glob in the place of the program: whatever known program it may be.
    fn invoke_pattern(&mut self, glob: &[u8], floating: bool, words: &[Value], stdin: &Flow) -> Flow {
        self.push_run(words, Code::Unseen(Why::Variable));
        let base = glob.get(glob.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1)..).unwrap_or_default();
        let base = crate::value::plain_glob(base);
        let rest = words.get(1..).unwrap_or_default();
        if floating || base.iter().all(|b| matches!(b, b'*' | b'?')) && base.contains(&b'*') {
            self.carried_by_unknown(rest, stdin);
            return Flow::Output;
        }
        let names: Vec<String> = self.knowledge.matching(&base, 24).into_iter().map(str::to_owned).collect();
        self.maybe(|walker| {
            for name in names {
                let mut words = words.to_vec();
                if let Some(first) = words.first_mut() {
                    *first = Value::text(name.as_bytes());
                }
                let from = walker.effects.len();
                walker.deeper(|walker| walker.invoke_named(name.as_bytes(), &words, stdin));
                walker.keep_harmful(from);
            }
        });
        Flow::Output
    }

    /// A program that no table knows, with a command in its arguments: what that command would do may happen.
    pub(crate) fn carried_by_unknown(&mut self, words: &[Value], stdin: &Flow) {
        let name = "unknown";
        for (at, word) in words.iter().enumerate().take(16) {
            let Some(text) = word.known() else { continue };
            let base = text.get(text.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1)..).unwrap_or_default();
            let from = self.effects.len();
            let more = words.get(at..).unwrap_or_default();
            if more.len() > 1 && self.knowledge.program(base).is_some_and(|program| !program.quiet) {
                self.deeper(|walker| walker.carried(name, |walker| walker.maybe(|walker| walker.invoke(more, stdin))));
                self.keep_harmful(from);
                if self.effects.len() > from {
                    return;
                }
            } else if text.contains(&b' ')
                && text.len() < 4096
                && let Some(first) = text.split(|b| *b == b' ').next()
                && self.knowledge.program(first).is_some_and(|program| !program.quiet)
            {
                let text = text.to_vec();
                self.carried(name, |walker| walker.maybe(|walker| walker.new_shell_text(&text, stdin, Vec::new())));
                self.keep_harmful(from);
            }
        }
    }

    /// Of the effects from `from` on keeps those that a rule could mind.
    fn keep_harmful(&mut self, from: usize) {
        let mut at = 0;
        self.effects.retain(|effect| {
            at += 1;
            at <= from || is_harmful(&effect.action)
        });
    }
}

/// Verbs that only look: what stands behind them is a name.
const READS: &[&str] = &[
    "list", "ls", "describe", "show", "get", "status", "logs", "info", "view", "tail", "help", "version", "plan",
    "preview",
];

/// `delete` begins `delete-all` and `delete:user`, not `deleted`.
fn begins_with_word(text: &str, start: &str) -> bool {
    let Some(rest) = text.strip_prefix(start) else { return false };
    let ends = |b: Option<&u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric());
    ends(rest.as_bytes().first()) || ends(start.as_bytes().last())
}

/// Subcommands that print the names of what there is.
const LISTS: &[&str] = &["list", "ls", "get", "ps", "images", "ls-remote", "for-each-ref"];

/// Options that leave a part of a list out.
pub(crate) const NARROWS: &[&str] = &[
    "-l",
    "-f",
    "-S",
    "--selector",
    "--field-selector",
    "--filter",
    "--filters",
    "--label",
    "--state",
    "--status",
    "--search",
    "--author",
    "--merged",
    "--no-merged",
    "--contains",
    "--prefix",
    "--name-contains",
];

/// What a listing subcommand prints: the names of all there is, unless something narrows it.
pub(crate) fn listed(call: &Call<'_>, name: &str, rest: &[Value]) -> Flow {
    let all = LISTS.contains(&name) && !call.has(NARROWS);
    // What stands behind an option is its value.
    let is_option = |word: &Value| word.written().is_some_and(|text| text.first() == Some(&b'-'));
    let named = rest.iter().enumerate().filter(|(at, word)| {
        !is_option(word) && !at.checked_sub(1).and_then(|before| rest.get(before)).is_some_and(is_option)
    });
    let all = all
        && named.count() <= 1
        && !rest.iter().any(|word| word.written().is_some_and(|text| NARROWS.iter().any(|one| text == one.as_bytes())));
    if all { Flow::Names } else { Flow::Output }
}

/// Does this filter keep only a part of the lines?
fn narrows(call: &Call<'_>) -> bool {
    match call.name {
        "grep" | "egrep" | "fgrep" | "rg" | "ag" | "ack" => !call.has(&["-v", "--invert-match"]),
        "head" => true,
        "tail" => {
            !call.arguments.value(&["-n", "--lines"]).is_some_and(|n| n.written().is_some_and(|n| n.starts_with(b"+")))
        }
        "jq" | "yq" => call.operands().first().and_then(Value::written).is_none_or(|filter| {
            [&b"select("[..], b"[0]", b"limit(", b"first"]
                .iter()
                .any(|part| memchr::memmem::find(filter, part).is_some())
        }),
        _ => false,
    }
}
