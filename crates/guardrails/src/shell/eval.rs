//! Walks the tree of a script and finds its effects.
//!
//! Nothing is run. A command that is certain to be reached has its effects for sure; one in a branch, behind `||`, or
//! in a function that nobody calls, may have them.

mod builtins;
pub(crate) use builtins::unescape;
mod expand;
mod redirect;

use super::ast::{Command, Join, Node, Redirect, RedirectKind, Script, Value as Assigned, Word};
use super::state::Function;
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::effect::{Action, Code, PersistKind, Stopped};
use protocol::{Field, Why};
use std::rc::Rc;

/// How many values of a loop are walked one by one.
const MAX_ROUNDS: usize = 32;

/// Variables that make a harmless program run something, and how.
const CODE_VARIABLES: &[(&str, Carries)] = &[
    ("LD_PRELOAD", Carries::Library),
    ("LD_AUDIT", Carries::Library),
    ("DYLD_INSERT_LIBRARIES", Carries::Library),
    ("BASH_ENV", Carries::File),
    ("ENV", Carries::File),
    ("PYTHONSTARTUP", Carries::File),
    ("NODE_OPTIONS", Carries::Options),
    ("PERL5OPT", Carries::Options),
    ("RUBYOPT", Carries::Options),
    ("JAVA_TOOL_OPTIONS", Carries::Options),
    ("GIT_SSH_COMMAND", Carries::Command),
    ("GIT_SSH", Carries::Command),
    ("GIT_EXTERNAL_DIFF", Carries::Command),
    ("GIT_PAGER", Carries::Command),
    ("GIT_EDITOR", Carries::Command),
    ("GIT_SEQUENCE_EDITOR", Carries::Command),
    ("GIT_ASKPASS", Carries::Command),
    ("GIT_PROXY_COMMAND", Carries::Command),
    ("SSH_ASKPASS", Carries::Command),
    ("PAGER", Carries::Command),
    ("MANPAGER", Carries::Command),
    ("EDITOR", Carries::Command),
    ("VISUAL", Carries::Command),
    ("BROWSER", Carries::Command),
    ("LESSOPEN", Carries::Command),
    ("PROMPT_COMMAND", Carries::Command),
];

#[derive(Clone, Copy)]
enum Carries {
    Library,
    File,
    /// Only `--require`, `-r`, `-M` and the like load code.
    Options,
    Command,
}

impl Walker<'_> {
    /// Walks a script; gives what it prints.
    pub(crate) fn script(&mut self, script: &Script, stdin: &Flow) -> Flow {
        for gap in &script.gaps {
            if self.nested == 0 {
                self.span = gap.span;
            }
            self.unknown(gap.why, None);
        }
        let mut out = Flow::Inherit;
        // In a list with an `||` before: what follows `&&` is not sure to be reached either.
        let mut behind_or = false;
        for command in &script.commands {
            if !self.step() || self.shell.ended {
                break;
            }
            behind_or = match command.join {
                Join::Then => false,
                Join::Or => true,
                Join::And => behind_or,
            };
            let flow = if behind_or {
                let before = self.shell.clone();
                let flow = self.maybe(|walker| walker.command(command, stdin));
                self.shell.merge(&before);
                flow
            } else {
                self.command(command, stdin)
            };
            out = out.join(flow);
        }
        out
    }

    fn command(&mut self, command: &Command, stdin: &Flow) -> Flow {
        if self.nested == 0 {
            self.span = command.span;
        }
        if command.background {
            let shell = self.shell.clone();
            self.aside += 1;
            let flow = self.redirected(command, stdin);
            self.aside -= 1;
            self.shell = shell;
            return flow;
        }
        self.redirected(command, stdin)
    }

    /// The command with its redirections: its input is settled before it is walked, its output after.
    fn redirected(&mut self, command: &Command, stdin: &Flow) -> Flow {
        if command.redirects.is_empty() {
            return self.node(&command.node, stdin, &[]);
        }
        let (input, outputs) = self.redirects(&command.redirects, stdin);
        // `$(< file)` is the file.
        if let Node::Simple { assignments, words } = &command.node
            && assignments.is_empty()
            && words.is_empty()
            && matches!(command.redirects.as_slice(), [only] if only.kind == RedirectKind::Read)
        {
            return input;
        }
        let flow = self.node(&command.node, &input, &command.redirects);
        self.write_outputs(outputs, flow)
    }

    fn node(&mut self, node: &Node, stdin: &Flow, redirects: &[Redirect]) -> Flow {
        match node {
            Node::Simple { assignments, words } => self.simple(assignments, words, stdin, redirects),
            Node::Pipeline { parts, .. } => {
                let mut flow = stdin.clone();
                for part in parts {
                    let shell = self.shell.clone();
                    self.aside += 1;
                    flow = self.command(part, &flow);
                    self.aside -= 1;
                    self.shell = shell;
                }
                flow
            }
            Node::Group(script) => self.deeper(|walker| walker.script(script, stdin)).unwrap_or(Flow::Output),
            Node::Subshell(script) => self.subshell(script, stdin),
            Node::If { branches, otherwise } => self.branches(branches, otherwise.as_ref(), stdin),
            Node::While { condition, body } => self
                .deeper(|walker| {
                    walker.script(condition, stdin);
                    walker.branch(|walker| walker.script(body, stdin))
                })
                .unwrap_or(Flow::Output),
            Node::For { variable, items, body } => {
                self.deeper(|walker| walker.for_loop(variable, items.as_deref(), body, stdin)).unwrap_or(Flow::Output)
            }
            Node::ForArithmetic { header, body } => {
                self.parts_inside(header);
                self.deeper(|walker| walker.branch(|walker| walker.script(body, stdin))).unwrap_or(Flow::Output)
            }
            Node::Case { subject, arms } => self
                .deeper(|walker| {
                    let subject = walker.single(subject);
                    walker.case(&subject, arms, stdin)
                })
                .unwrap_or(Flow::Output),
            Node::Function { name, body } => {
                let function = Function { body: Rc::new((**body).clone()), called: Rc::default() };
                self.shell.functions.insert(name.clone(), function);
                Flow::Inherit
            }
            Node::Test(words) => {
                self.words(words);
                Flow::Inherit
            }
            Node::Arithmetic(parts) => {
                self.parts_inside(parts);
                Flow::Inherit
            }
            Node::Coprocess { body, .. } => {
                let shell = self.shell.clone();
                let flow = self.deeper(|walker| walker.command(body, &Flow::Output)).unwrap_or(Flow::Output);
                self.shell = shell;
                flow
            }
        }
    }

    pub(crate) fn subshell(&mut self, script: &Script, stdin: &Flow) -> Flow {
        let shell = self.shell.clone();
        let flow = self.deeper(|walker| walker.script(script, stdin)).unwrap_or(Flow::Output);
        self.shell = shell;
        flow
    }

    /// What may happen, and the state after it may have.
    fn branch(&mut self, inside: impl FnOnce(&mut Self) -> Flow) -> Flow {
        let before = self.shell.clone();
        let flow = self.maybe(inside);
        self.shell.merge(&before);
        flow
    }

    fn branches(&mut self, branches: &[(Script, Script)], otherwise: Option<&Script>, stdin: &Flow) -> Flow {
        self.deeper(|walker| {
            let mut out = Flow::Inherit;
            let mut after: Vec<super::state::Shell> = Vec::new();
            for (at, (condition, body)) in branches.iter().enumerate() {
                if at == 0 {
                    walker.script(condition, stdin);
                } else {
                    walker.maybe(|walker| walker.script(condition, stdin));
                }
                let before = walker.shell.clone();
                let flow = if at == 0 && is_true(condition) {
                    walker.script(body, stdin)
                } else {
                    walker.maybe(|walker| walker.script(body, stdin))
                };
                out = out.join(flow);
                after.push(std::mem::replace(&mut walker.shell, before));
            }
            if let Some(otherwise) = otherwise {
                let before = walker.shell.clone();
                let flow = walker.maybe(|walker| walker.script(otherwise, stdin));
                out = out.join(flow);
                after.push(std::mem::replace(&mut walker.shell, before));
            } else {
                after.push(walker.shell.clone());
            }
            // A branch that ends the script leaves no state behind.
            let mut alive = after.into_iter().filter(|shell| !shell.ended);
            if let Some(mut first) = alive.next() {
                for other in alive {
                    first.merge(&other);
                }
                walker.shell = first;
            } else {
                walker.shell.ended = true;
            }
            out
        })
        .unwrap_or(Flow::Output)
    }

    fn for_loop(&mut self, variable: &[u8], items: Option<&[Word]>, body: &Script, stdin: &Flow) -> Flow {
        let values = match items {
            Some(items) => self.words(items),
            None => self.shell.positional.clone(),
        };
        let sure = !values.is_empty() && values.iter().all(|value| value.known().is_some());
        let rounds = if values.len() > MAX_ROUNDS { vec![Value::Unknown(Why::WorkLimit)] } else { values };
        let mut out = Flow::Inherit;
        for value in rounds {
            if !self.step() || self.shell.ended {
                break;
            }
            self.shell.set(variable, value);
            let flow = if sure { self.script(body, stdin) } else { self.branch(|walker| walker.script(body, stdin)) };
            out = out.join(flow);
        }
        out
    }

    fn case(&mut self, subject: &Value, arms: &[(Vec<Word>, Script)], stdin: &Flow) -> Flow {
        let mut out = Flow::Inherit;
        let before = self.shell.clone();
        let mut after = Vec::new();
        for (patterns, body) in arms {
            let patterns: Vec<Value> = patterns.iter().map(|pattern| self.single(pattern)).collect();
            let answer = |pattern: &Value| match (subject, pattern) {
                (Value::Known(subject), Value::Known(pattern)) => Some(subject == pattern),
                (Value::Known(subject), Value::Pattern { glob, .. }) => {
                    let plain = crate::value::plain_glob(glob);
                    let matched = crate::value::glob_match(&plain, subject);
                    // A bracket expression was widened: only its no is certain.
                    if matched && plain != *glob { None } else { Some(matched) }
                }
                _ => None,
            };
            let answers: Vec<Option<bool>> = patterns.iter().map(answer).collect();
            if answers.iter().all(|answer| *answer == Some(false)) {
                continue;
            }
            self.shell = before.clone();
            if answers.contains(&Some(true)) {
                let flow = self.script(body, stdin);
                return out.join(flow);
            }
            let flow = self.maybe(|walker| walker.script(body, stdin));
            out = out.join(flow);
            after.push(self.shell.clone());
        }
        self.shell = before;
        for other in after.into_iter().filter(|shell| !shell.ended) {
            let current = std::mem::replace(&mut self.shell, other);
            self.shell.merge(&current);
        }
        out
    }

    /// Functions that nobody called may be called later.
    pub(crate) fn uncalled_functions(&mut self) {
        let mut functions: Vec<(Vec<u8>, Function)> = self
            .shell
            .functions
            .iter()
            .filter(|(_, f)| !f.called.get())
            .map(|(name, f)| (name.clone(), f.clone()))
            .collect();
        functions.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, function) in functions {
            if function.called.get() {
                continue;
            }
            let positional = std::mem::replace(&mut self.shell.positional, vec![Value::Unknown(Why::Variable); 9]);
            self.maybe(|walker| walker.call_function(&name, &function, None, &Flow::Inherit));
            self.shell.positional = positional;
        }
    }

    fn call_function(&mut self, name: &[u8], function: &Function, arguments: Option<&[Value]>, stdin: &Flow) -> Flow {
        function.called.set(true);
        if self.calling.iter().any(|calling| calling == name) {
            if self.aside > 0 {
                // A function that starts itself beside itself fills the machine.
                let name = Field::Known(protocol::RawText::from("fork bomb"));
                self.push(Action::Stop { what: Stopped::Machine, name });
            }
            return Flow::Output;
        }
        self.calling.push(name.to_vec());
        let positional = arguments.map(|arguments| std::mem::replace(&mut self.shell.positional, arguments.to_vec()));
        let body = Rc::clone(&function.body);
        let aside = std::mem::take(&mut self.aside);
        let flow = self.deeper(|walker| walker.command(&body, stdin)).unwrap_or(Flow::Output);
        self.aside = aside;
        if let Some(positional) = positional {
            self.shell.positional = positional;
        }
        self.calling.pop();
        flow
    }

    fn simple(
        &mut self,
        assignments: &[super::ast::Assignment],
        words: &[Word],
        stdin: &Flow,
        redirects: &[Redirect],
    ) -> Flow {
        let outer = std::mem::take(&mut self.substituted);
        let flow = self.simple_in(assignments, words, stdin, redirects);
        self.substituted = outer;
        flow
    }

    fn simple_in(
        &mut self,
        assignments: &[super::ast::Assignment],
        words: &[Word],
        stdin: &Flow,
        redirects: &[Redirect],
    ) -> Flow {
        self.unset.clear();
        let mut given = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            if let Some(subscript) = &assignment.subscript {
                self.single(subscript);
            }
            let values = match &assignment.value {
                Assigned::Word(word) => vec![self.single(word)],
                Assigned::Array(words) => self.words(words),
            };
            given.push((assignment, values));
        }
        let words = self.words(words);
        for (assignment, values) in &given {
            self.code_variable(&assignment.name, values.first(), words.is_empty());
            self.hint_of_assignment(&assignment.name, values.first());
        }
        if words.is_empty() {
            for (assignment, values) in given {
                self.assign(assignment, values);
            }
            return Flow::Inherit;
        }
        let restore: Vec<_> = given
            .iter()
            .map(|(assignment, values)| {
                let name = assignment.name.clone();
                let before = self.shell.variables.insert(name.clone(), values.clone());
                (name, before)
            })
            .collect();
        let flow = self.call(&words, stdin, redirects);
        for (name, before) in restore {
            match before {
                Some(before) => self.shell.variables.insert(name, before),
                None => self.shell.variables.remove(&name),
            };
        }
        flow
    }

    fn assign(&mut self, assignment: &super::ast::Assignment, values: Vec<Value>) {
        if assignment.subscript.is_some() {
            let slot = self.shell.variables.entry(assignment.name.clone()).or_default();
            slot.extend(values);
            return;
        }
        if let (true, Assigned::Word(_)) = (assignment.append, &assignment.value) {
            let mut value = self.shell.get(&assignment.name).unwrap_or(Value::Known(Vec::new()));
            if let Some(more) = values.first() {
                value.append(more);
            }
            self.spend(value.written().map_or(0, |text| text.len() / 32));
            self.shell.set(&assignment.name, value);
            return;
        }
        match &assignment.value {
            Assigned::Word(_) => {
                self.shell.set(&assignment.name, values.into_iter().next().unwrap_or(Value::Known(Vec::new())));
            }
            Assigned::Array(_) => {
                let slot = self.shell.variables.entry(assignment.name.clone()).or_default();
                if !assignment.append {
                    slot.clear();
                }
                slot.extend(values);
            }
        }
    }

    /// A variable that makes what runs after it load or run code.
    pub(crate) fn code_variable(&mut self, name: &[u8], value: Option<&Value>, kept: bool) {
        let Some((_, carries)) = CODE_VARIABLES.iter().find(|(known, _)| known.as_bytes() == name) else { return };
        let Some(value) = value else { return };
        match carries {
            Carries::Library | Carries::File => {
                if value.is("") || value.is("/dev/null") {
                    return;
                }
                let found = self.found(value, crate::paths::Follow::Links);
                self.push(Action::Persist { kind: PersistKind::LoaderVariable, target: Some(found.target.clone()) });
                self.push_run(std::slice::from_ref(value), Code::File(found.target));
            }
            Carries::Options => {
                let loads = |text: &[u8]| {
                    [
                        &b"-r"[..],
                        b"--require",
                        b"--import",
                        b"--loader",
                        b"-M",
                        b"-javaagent",
                        b"--experimental-loader",
                        b"-agentlib",
                        b"-agentpath",
                    ]
                    .iter()
                    .any(|option| text.split(u8::is_ascii_whitespace).any(|word| word.starts_with(option)))
                };
                if value.written().is_none_or(loads) {
                    // The file that is loaded, where one is named.
                    let file = value.written().and_then(|text| {
                        text.split(|b| b.is_ascii_whitespace() || matches!(b, b'=' | b':'))
                            .find(|word| matches!(word.first(), Some(b'/' | b'~')))
                            .map(<[u8]>::to_vec)
                    });
                    let target = file.map(|file| self.found(&Value::Known(file), crate::paths::Follow::Links).target);
                    self.push(Action::Persist { kind: PersistKind::LoaderVariable, target });
                }
            }
            Carries::Command => {
                // Kept for later, or read by the program that follows.
                if let (Some(text), false) = (value.known(), kept) {
                    let text = text.to_vec();
                    let name = String::from_utf8_lossy(name).into_owned();
                    self.carried(&name, |walker| {
                        walker.maybe(|walker| walker.new_shell_text(&text, &Flow::Output, Vec::new()))
                    });
                } else if let Some(text) = value.known() {
                    let text = text.to_vec();
                    self.maybe(|walker| walker.new_shell_text(&text, &Flow::Output, Vec::new()));
                }
            }
        }
    }

    /// A command in its expanded words: function, alias, builtin or program.
    fn call(&mut self, words: &[Value], stdin: &Flow, redirects: &[Redirect]) -> Flow {
        let Some(first) = words.first() else { return Flow::Inherit };
        if let Some(name) = first.known() {
            if let Some(function) = self.shell.functions.get(name).cloned() {
                let name = name.to_vec();
                return self.call_function(&name, &function, Some(words.get(1..).unwrap_or_default()), stdin);
            }
            if !self.shell.aliases.is_empty()
                && let Some(alias) = self.shell.aliases.get(name).cloned()
                && !self.calling.contains(&name.to_vec())
            {
                self.calling.push(name.to_vec());
                let mut text = alias;
                for word in words.iter().skip(1) {
                    text.push(b' ');
                    text.extend_from_slice(word.known().unwrap_or(b"$unknown"));
                }
                let flow = self.maybe(|walker| walker.shell_text(&text, stdin));
                self.calling.pop();
                return flow;
            }
            let has_here =
                redirects.iter().any(|r| matches!(r.kind, RedirectKind::HereDocument | RedirectKind::HereString));
            if let Some(flow) = self.builtin(name, words, stdin, has_here) {
                return flow;
            }
        }
        self.invoke(words, stdin)
    }
}

/// A condition that always holds.
fn is_true(condition: &Script) -> bool {
    let [Command { node: Node::Simple { words, assignments }, .. }] = condition.commands.as_slice() else {
        return false;
    };
    let [Word { parts, .. }] = words.as_slice() else { return false };
    assignments.is_empty()
        && matches!(parts.as_slice(), [super::ast::Part::Plain(name)] if matches!(name.as_slice(), b"true" | b":"))
}
