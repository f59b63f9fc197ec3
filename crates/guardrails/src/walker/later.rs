//! What is written into a file that something runs later is judged as what it is.
//!
//! The file's kind says how its text is read; what the text would do may happen, and is carried by the kind's name.

use super::Walker;
use super::objects::{self, Object, value_of};
use crate::paths::{Follow, Found};
use crate::readers::Lang;
use crate::value::{Flow, Value};
use protocol::effect::{Action, Code, ConfigKind, PersistKind};
use protocol::{Field, PathClass, RawText, Text, Why};

/// Lines of a schedule or a loader's file that are looked at.
const MAX_LINES: usize = 200;

/// Names of settings whose value is a command.
const COMMAND_NAMES: [&str; 22] = [
    "command",
    "cmd",
    "exec",
    "entry",
    "run",
    "program",
    "apikeyhelper",
    "awsauthrefresh",
    "awscredentialexport",
    "otelheadershelper",
    "notify",
    "sshcommand",
    "pager",
    "editor",
    "fsmonitor",
    "helper",
    "textconv",
    "smudge",
    "clean",
    "gpgprogram",
    "external",
    "shellcommand",
];
/// Scripts of a package that run when it is installed.
const INSTALL_SCRIPTS: [&str; 9] = [
    "preinstall",
    "install",
    "postinstall",
    "prepare",
    "preprepare",
    "postprepare",
    "prepublish",
    "prepack",
    "dependencies",
];

/// Programs that a person types a password into.
const TAKES_PASSWORDS: [&str; 9] = ["sudo", "su", "doas", "ssh", "gpg", "passwd", "login", "kinit", "pkexec"];

/// How the text of such a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A shell script, or whatever its first line says.
    Script,
    /// Variables, one a line.
    Variables,
    /// Lines with a time and a command; with an account between them, or without.
    Schedule {
        account: bool,
    },
    /// Names and values, some of them commands.
    Settings,
    /// A package's manifest.
    Manifest,
    Python,
    /// Lines that Python runs when they begin with `import`.
    PythonPaths,
    /// The path of a library a line.
    Libraries,
    /// The settings of `ssh`: a name, blanks, a value.
    SshSettings,
    /// Commands of Vim: a shell's stand behind `!`.
    Vim,
    /// Settings whose values stand in quotes, some of them commands.
    Apt,
    /// Rules for devices: what `RUN` and `PROGRAM` name is started.
    Udev,
}

impl Walker<'_> {
    /// Reads what was put into the file, when something runs that file by itself.
    pub(super) fn runs_later(&mut self, found: &Found, content: &[u8]) {
        // What such a file writes into another is not read in turn.
        if self.in_later {
            return;
        }
        let Field::Known(path) = &found.target.path else { return };
        let path = path.bytes().to_ascii_lowercase();
        let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
        let (via, form) = match found.persist {
            Some(kind) => match form(kind, &path, name) {
                Some(form) => (via(kind), form),
                None => return,
            },
            None if found.target.class.contains(PathClass::AGENT_CONFIG) => match found.what {
                Some(ConfigKind::Instructions | ConfigKind::Skills) => return,
                Some(ConfigKind::Hooks) if !name.ends_with(b".json") => ("agent-settings", Form::Script),
                _ => ("agent-settings", Form::Settings),
            },
            None if name == b"package.json" => ("package-script", Form::Manifest),
            None => return,
        };
        let content = content.get(..objects::MAX_SETTINGS).unwrap_or(content);
        self.later(via, |walker| walker.later_text(form, name, content));
    }

    /// Effects of what may run later: of those only the ones that somebody would mind.
    pub(crate) fn later(&mut self, via: &'static str, inside: impl FnOnce(&mut Self)) {
        // Many such files in one call are work like many commands.
        self.spend(8);
        if !self.step() {
            return;
        }
        let from = self.effects.len();
        let outer = std::mem::replace(&mut self.in_later, true);
        self.deeper(|walker| {
            walker.nested += 1;
            walker.carried(via, |walker| walker.maybe(inside));
            walker.nested -= 1;
        });
        self.in_later = outer;
        self.keep_from(from, is_minded);
    }

    /// Of the effects from `from` on keeps some.
    fn keep_from(&mut self, from: usize, keep: impl Fn(&Action<RawText>) -> bool) {
        let from = from.min(self.effects.len());
        let mut tail = self.effects.split_off(from);
        tail.retain(|effect| keep(&effect.action));
        self.effects.append(&mut tail);
    }

    fn later_text(&mut self, form: Form, name: &[u8], text: &[u8]) {
        match form {
            Form::Script => match Lang::of_script(&String::from_utf8_lossy(name), text) {
                Lang::Sh => self.later_shell(text),
                lang => {
                    self.code(lang, text, &Flow::Inherit, &[]);
                }
            },
            Form::Variables => {
                for line in text.split(|b| *b == b'\n').take(MAX_LINES) {
                    let line = line.trim_ascii();
                    let line = line.strip_prefix(b"export ").unwrap_or(line);
                    let Some(cut) = line.iter().position(|b| *b == b'=') else { continue };
                    let (name, value) = line.split_at(cut);
                    let value = value.get(1..).unwrap_or_default().trim_ascii();
                    let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
                    if name == b"PATH" {
                        self.path_led(&Value::text(value));
                    } else {
                        self.code_variable(name, Some(&Value::text(value)), true);
                    }
                }
            }
            Form::Schedule { account } => self.schedule(text, account),
            Form::Settings => {
                for object in objects::read(text) {
                    self.settings_commands(&object);
                }
            }
            Form::Manifest => {
                for entry in objects::read(text).iter().flatten() {
                    if INSTALL_SCRIPTS.iter().any(|script| script.as_bytes() == entry.name.as_ref()) {
                        for value in &entry.values {
                            self.new_shell_text(value, &Flow::Inherit, Vec::new());
                        }
                    }
                }
            }
            Form::Python => {
                self.code(Lang::Python, text, &Flow::Inherit, &[]);
            }
            Form::PythonPaths => {
                for line in text.split(|b| *b == b'\n').take(MAX_LINES) {
                    if line.starts_with(b"import ") || line.starts_with(b"import\t") {
                        self.code(Lang::Python, line, &Flow::Inherit, &[]);
                    }
                }
            }
            Form::SshSettings => {
                for line in text.split(|b| *b == b'\n').take(MAX_LINES) {
                    let line = line.trim_ascii();
                    let cut = line.iter().position(|b| b.is_ascii_whitespace() || *b == b'=').unwrap_or(line.len());
                    let (name, value) = line.split_at(cut);
                    let runs = ["localcommand", "proxycommand", "knownhostscommand"]
                        .iter()
                        .any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
                    if runs {
                        let value = value.trim_ascii_start();
                        self.new_shell_text(value.strip_prefix(b"=").unwrap_or(value), &Flow::Inherit, Vec::new());
                    }
                }
            }
            Form::Vim => {
                for line in text.split(|b| *b == b'\n').take(MAX_LINES) {
                    let line = line.trim_ascii();
                    if line.first() == Some(&b'"') {
                        continue;
                    }
                    let cut = line.windows(2).position(|pair| matches!(pair, [b' ' | b':' | b'|', b'!']));
                    if let Some(cut) = cut {
                        let command = line.get(cut + 2..).unwrap_or_default();
                        self.new_shell_text(command, &Flow::Inherit, Vec::new());
                    }
                }
            }
            Form::Apt => {
                let hooks = text.windows(6).any(|part| part.eq_ignore_ascii_case(b"invoke"))
                    || text.windows(12).any(|part| part.eq_ignore_ascii_case(b"pre-install-"));
                if hooks {
                    for command in text.split(|b| *b == b'"').skip(1).step_by(2).take(MAX_LINES) {
                        self.new_shell_text(command, &Flow::Inherit, Vec::new());
                    }
                }
            }
            Form::Udev => {
                let mut rest = text;
                let starts = [&b"RUN"[..], b"PROGRAM", b"IMPORT{program}"];
                for _ in 0..MAX_LINES {
                    let next = starts.iter().filter_map(|start| memchr::memmem::find(rest, start)).min();
                    let Some(at) = next else { break };
                    rest = rest.get(at + 3..).unwrap_or_default();
                    let mut parts = rest.splitn(3, |b| *b == b'"');
                    let assigns = parts.next().is_some_and(|between| between.len() < 24 && between.contains(&b'='));
                    if let (true, Some(command)) = (assigns, parts.next()) {
                        self.new_shell_text(command, &Flow::Inherit, Vec::new());
                    }
                }
            }
            Form::Libraries => {
                for line in text
                    .split(|b| b.is_ascii_whitespace() || *b == b':')
                    .filter(|line| !line.is_empty())
                    .take(MAX_LINES)
                {
                    if line.first() == Some(&b'/') {
                        self.code_variable(b"LD_PRELOAD", Some(&Value::text(line)), true);
                    }
                }
            }
        }
    }

    /// A profile or hook: its commands, what its aliases stand for, and where it leads the search for programs.
    fn later_shell(&mut self, text: &[u8]) {
        let before = self.shell.clone();
        self.shell.ended = false;
        self.shell_text(text, &Flow::Inherit);
        self.uncalled_functions();
        let after = std::mem::replace(&mut self.shell, before);
        let mut aliases: Vec<(Vec<u8>, Vec<u8>)> = after
            .aliases
            .iter()
            .filter(|(name, value)| self.shell.aliases.get(*name) != Some(*value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        aliases.sort();
        for (name, value) in aliases.into_iter().take(MAX_LINES) {
            if name.starts_with(b"taffrail") {
                let agent = Field::Known(RawText::from("taffrail"));
                self.push(Action::ConfigureAgent { agent, what: ConfigKind::OwnFiles, target: None });
            }
            let from = self.effects.len();
            self.new_shell_text(&value, &Flow::Inherit, Vec::new());
            // A short name for a command that is typed on purpose: only code from elsewhere matters.
            self.keep_from(from, |action| matches!(action, Action::Run { .. } | Action::Send { .. }));
            if TAKES_PASSWORDS.iter().any(|known| known.as_bytes() == name) {
                self.stands_in(from);
            }
        }
        for function in after.functions.keys() {
            if function.starts_with(b"taffrail") {
                let agent = Field::Known(RawText::from("taffrail"));
                self.push(Action::ConfigureAgent { agent, what: ConfigKind::OwnFiles, target: None });
            }
        }
        if let Some(path) = after.get(b"PATH")
            && self.shell.get(b"PATH").as_ref() != Some(&path)
        {
            self.path_led(&path);
        }
    }

    /// A file in the place of a program that is given passwords.
    fn stands_in(&mut self, from: usize) {
        let file = self.effects.iter().skip(from).find_map(|effect| match &effect.action {
            Action::Run { code: Code::File(target), .. } if !target.class.contains(PathClass::SYSTEM) => {
                Some(target.clone())
            }
            _ => None,
        });
        if file.is_some() {
            self.push(Action::Persist { kind: PersistKind::LoaderVariable, target: file });
        }
    }

    /// Folders for temporary files among those that are searched for programs.
    fn path_led(&mut self, path: &Value) {
        let Some(text) = path.written() else { return };
        for folder in text.split(|b| *b == b':').take(MAX_LINES) {
            if folder.contains(&b'*') || folder.first() != Some(&b'/') {
                continue;
            }
            let found = self.found(&Value::text(folder), Follow::Links);
            if found.target.class.contains(PathClass::TEMPORARY) {
                self.push(Action::Persist { kind: PersistKind::LoaderVariable, target: Some(found.target) });
            }
        }
    }

    /// `*/5 * * * * command`, `@reboot command`; with an account in the system's own tables.
    pub(crate) fn schedule(&mut self, text: &[u8], account: bool) {
        for line in text.split(|b| *b == b'\n').take(MAX_LINES) {
            let line = line.trim_ascii();
            let Some(first) = line.first().filter(|b| **b != b'#') else { continue };
            if first.is_ascii_alphabetic() {
                continue;
            }
            // Five fields of time, or one name of it.
            let skip = if *first == b'@' { 1 } else { 5 } + usize::from(account);
            let mut rest = line;
            for _ in 0..skip {
                let cut = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
                rest = rest.get(cut..).unwrap_or_default().trim_ascii_start();
            }
            self.new_shell_text(rest, &Flow::Inherit, Vec::new());
        }
    }

    /// Settings that are given as a text.
    pub(crate) fn settings_later(&mut self, text: &[u8]) {
        let text = text.get(..objects::MAX_SETTINGS).unwrap_or(text);
        self.later("agent-settings", |walker| walker.later_text(Form::Settings, b"", text));
    }

    fn settings_commands(&mut self, object: &Object<'_>) {
        let arguments = value_of(object, &["args", "arguments"]).map(|entry| &entry.values);
        for entry in object {
            let name = entry.name.to_ascii_lowercase();
            let is_list_of_words = name == b"programarguments";
            let command = is_list_of_words
                || COMMAND_NAMES.iter().any(|known| known.as_bytes() == name)
                || name.ends_with(b"command")
                || name.starts_with(b"execst")
                || matches!(name.as_slice(), b"execreload" | b"execcondition");
            if name == b"hookspath" || name == b"core.hookspath" {
                for value in &entry.values {
                    let found = self.found(&Value::text(value), Follow::Links);
                    self.push(Action::Persist { kind: PersistKind::GitHook, target: Some(found.target) });
                }
            }
            if !command {
                if let [only] = entry.values.as_slice()
                    && let Some(alias) = only.strip_prefix(b"!")
                {
                    self.new_shell_text(alias, &Flow::Inherit, Vec::new());
                }
                continue;
            }
            let words: Vec<Value> = entry.values.iter().map(|value| Value::text(value)).collect();
            match (entry.values.as_slice(), arguments) {
                ([program], Some(arguments)) if !arguments.is_empty() => {
                    let mut words = vec![Value::text(program)];
                    words.extend(arguments.iter().map(|value| Value::text(value)));
                    self.invoke(&words, &Flow::Inherit);
                }
                ([text], _) if !is_list_of_words => {
                    let start =
                        text.iter().take_while(|b| matches!(b, b'-' | b'@' | b':' | b'+' | b'!' | b'|')).count();
                    let text = text.get(start..).unwrap_or_default().trim_ascii_start().to_vec();
                    self.new_shell_text(&text, &Flow::Inherit, Vec::new());
                }
                ([], _) => {}
                _ => {
                    self.invoke(&words, &Flow::Inherit);
                }
            }
        }
    }

    /// A file of a temporary folder becomes one that runs by itself: what it holds now, and until it is moved, anyone
    /// may have written.
    pub(crate) fn moved_from_temporary(&mut self, from: &Found, to: &Found) {
        if from.target.class.contains(PathClass::TEMPORARY)
            && let Some(kind) = to.persist
            && self.made_at(from).is_none_or(|made| matches!(made, super::Made::Download(_) | super::Made::Decoded))
        {
            self.push(Action::Persist { kind, target: Some(from.target.clone()) });
        }
    }
}

/// The name under which the effects of such a file are carried.
fn via(kind: PersistKind) -> &'static str {
    match kind {
        PersistKind::Cron => "cron",
        PersistKind::Unit => "unit",
        PersistKind::ShellProfile => "shell-profile",
        PersistKind::LoginItem => "login-item",
        PersistKind::GitHook => "git-hook",
        PersistKind::EditorTask => "editor-task",
        PersistKind::LoaderVariable => "loader",
        _ => "auto-run",
    }
}

fn form(kind: PersistKind, path: &[u8], name: &[u8]) -> Option<Form> {
    let within = |folder: &str| memchr::memmem::find(path, folder.as_bytes()).is_some();
    let ends = |end: &str| name.ends_with(end.as_bytes());
    if path.starts_with(crate::windows::REGISTRY) {
        return None;
    }
    Some(match kind {
        PersistKind::ShellProfile if within("environment") => Form::Variables,
        PersistKind::ShellProfile if matches!(name, b".inputrc" | b".tmux.conf" | b"tmux.conf" | b".screenrc") => {
            return None;
        }
        PersistKind::Cron if within("/cron.d/") || ends("crontab") => Form::Schedule { account: true },
        PersistKind::Cron if within("/spool/") || within("/tabs/") => Form::Schedule { account: false },
        PersistKind::Unit if within("/apt.conf.d/") => Form::Apt,
        PersistKind::Unit if within("/udev/rules.d/") => Form::Udev,
        PersistKind::EditorTask if ends("vimrc") || ends(".exrc") || ends(".vim") => Form::Vim,
        PersistKind::Unit | PersistKind::LoginItem => {
            let settings =
                [".service", ".timer", ".socket", ".path", ".conf", ".plist", ".desktop", ".target", ".mount"];
            if settings.iter().any(|end| ends(end)) { Form::Settings } else { Form::Script }
        }
        PersistKind::GitHook => {
            let settings = ["config", ".gitconfig", ".yaml", ".yml", "hgrc", "attributes"];
            if settings.iter().any(|end| ends(end)) { Form::Settings } else { Form::Script }
        }
        PersistKind::EditorTask if ends(".json") || ends(".xml") => Form::Settings,
        PersistKind::Other if within("/.ssh/config") => Form::SshSettings,
        PersistKind::LoaderVariable if within("environment.d/") => Form::Variables,
        PersistKind::LoaderVariable if ends("ld.so.preload") => Form::Libraries,
        PersistKind::LoaderVariable if ends(".pth") => Form::PythonPaths,
        PersistKind::LoaderVariable if ends(".py") || ends(".pythonrc") => Form::Python,
        PersistKind::ShellProfile | PersistKind::Cron => Form::Script,
        PersistKind::EditorTask if name == b".envrc" || ends(".sh") => Form::Script,
        _ => return None,
    })
}

/// Within a hidden folder. Which of them are those of tools is the policy's to say.
fn lies_hidden(path: &Field<RawText>) -> bool {
    path.known().is_some_and(|path| {
        memchr::memmem::find(path.bytes(), b"/.").is_some() || path.bytes().starts_with(b"/c:/Users/Public/")
    })
}

/// `-WindowStyle Hidden`, `-EncodedCommand`.
fn is_hidden(word: &RawText) -> bool {
    let word = word.bytes().to_ascii_lowercase();
    word == b"hidden" || word.starts_with(b"-enc") || matches!(word.as_slice(), b"-e" | b"-ec")
}

/// Would somebody mind this effect of a file that runs later? What the file itself is was said already.
fn is_minded(action: &Action<RawText>) -> bool {
    match action {
        // A shell that shows no window, or hides its text.
        Action::Run { arguments, .. } if arguments.iter().filter_map(Field::known).any(is_hidden) => true,
        Action::Run { program, code, .. } => match code {
            Code::Download { .. } | Code::Decoded => true,
            Code::File(target) => {
                target.class.contains(PathClass::TEMPORARY)
                    || lies_hidden(&target.path)
                    || program.known().is_some_and(|program| {
                        let name = program.bytes().rsplit(|b| *b == b'/').next().unwrap_or_default();
                        name.len() > 2 && name.first() == Some(&b'.')
                    })
            }
            _ => false,
        },
        Action::Read { target, .. } => {
            target.class.contains(PathClass::CREDENTIAL) && !target.class.contains(PathClass::WORKSPACE)
        }
        Action::Write { target, .. } => target.class.intersects(PathClass::TAFFRAIL | PathClass::AGENT_CONFIG),
        Action::Delete { target, .. } => {
            !matches!(target.path, Field::Unknown(Why::Unstated))
                && !target.class.intersects(PathClass::TEMPORARY | PathClass::BUILD_OUTPUT | PathClass::WORKSPACE)
        }
        Action::Privilege { kind, .. } => *kind != protocol::effect::PrivilegeKind::Sudo,
        Action::Send { .. }
        | Action::ConfigureAgent { .. }
        | Action::StartAgent { .. }
        | Action::Persist { .. }
        | Action::ImpersonatePerson { .. } => true,
        Action::Listen { tunnel, .. } => *tunnel,
        _ => false,
    }
}
