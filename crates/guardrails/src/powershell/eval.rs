//! Statements, pipelines and commands.

use super::ast::{Block, Call, Element, Expr, Pipeline, Redirect, Statement, Word};
use super::bound::{Given, bind, wild};
use super::datum::Datum;
use super::{forms, names};
use crate::knowledge::Grammar;
use crate::paths::Follow;
use crate::readers::Lang;
use crate::value::{Flow, Value};
use crate::walker::Walker;
use crate::windows;
use protocol::Why;
use protocol::effect::{Action, Code, WriteMode};
use std::rc::Rc;

/// Items of a known list that a loop is gone through with.
const MAX_ROUNDS: usize = 24;
/// What a variable may hold, as [`Datum::weight`] counts it.
const MAX_WEIGHT: usize = 4096;
/// Functions within functions.
const MAX_CALLS: usize = 24;

impl Walker<'_> {
    /// Statements one after the other; what they give.
    pub(super) fn block(&mut self, block: &Block) -> Datum {
        let mut out = Vec::new();
        for statement in block.iter() {
            if !self.step() {
                break;
            }
            let given = self.statement(statement);
            let leaves = matches!(statement, Statement::Leave(_));
            match given {
                Datum::Null => {}
                Datum::List(items) => out.extend(items),
                one => out.push(one),
            }
            if leaves {
                break;
            }
        }
        Datum::of_items(out)
    }

    pub(super) fn statements_of(&mut self, statements: &[Statement]) -> Datum {
        let mut out = Vec::new();
        for statement in statements {
            out.extend(self.statement(statement).items());
        }
        Datum::of_items(out)
    }

    fn statement(&mut self, statement: &Statement) -> Datum {
        match statement {
            Statement::Chain(pipelines) => {
                let mut out = Vec::new();
                for pipeline in pipelines {
                    out.extend(self.pipeline(pipeline).items());
                }
                Datum::of_items(out)
            }
            Statement::Assign { target, adds, value } => {
                let value = self.statement(value);
                self.assign_to(target, *adds, value);
                Datum::Null
            }
            Statement::Branch { conditions, bodies } => {
                for condition in conditions {
                    self.statement(condition);
                }
                let before = Rc::clone(&self.powershell.variables);
                let cwd = self.shell.cwd.clone();
                let mut out = Vec::new();
                for body in bodies {
                    let given = self.maybe(|walker| walker.block(body));
                    out.extend(given.items());
                }
                self.may_have_changed(&before);
                if self.shell.cwd != cwd {
                    self.shell.change_folder(Value::Unknown(Why::Variable));
                }
                Datum::of_items(out)
            }
            Statement::Each { variable, items, body } => {
                let items = self.statement(items);
                self.each(items, |walker, item| {
                    walker.set_variable(variable, item);
                    walker.block(body)
                })
            }
            Statement::Loop { conditions, body } => {
                for condition in conditions {
                    self.statement(condition);
                }
                self.block(body)
            }
            Statement::Function { name, body } => {
                Rc::make_mut(&mut self.powershell.functions).insert(name.clone(), Rc::clone(body));
                if name.starts_with(b"taffrail") {
                    self.stops_us(&protocol::Field::Known(protocol::RawText::from("taffrail")));
                }
                Datum::Null
            }
            Statement::Parameters(parameters) => {
                for (name, default) in parameters {
                    if !self.powershell.variables.contains_key(name) {
                        let value = default.as_ref().map_or_else(Datum::unknown, |value| self.value_of(value));
                        self.set_variable(name, value);
                    }
                }
                Datum::Null
            }
            Statement::Try { body, catches, last } => {
                let mut out = self.block(body).items();
                for body in catches {
                    let given = self.maybe(|walker| walker.block(body));
                    out.extend(given.items());
                }
                if let Some(body) = last {
                    self.block(body);
                }
                Datum::of_items(out)
            }
            Statement::Leave(value) => self.statement(value),
        }
    }

    /// Goes through `body` with each item, as far as they are known.
    pub(super) fn each(&mut self, items: Datum, mut body: impl FnMut(&mut Self, Datum) -> Datum) -> Datum {
        let known = !matches!(items, Datum::Text(Value::Unknown(_)) | Datum::Null);
        let items = match items {
            Datum::Null => vec![Datum::unknown()],
            other => other.items(),
        };
        let more = items.len() > MAX_ROUNDS;
        let mut out = Vec::new();
        for item in items.into_iter().take(MAX_ROUNDS) {
            if !self.step() {
                break;
            }
            let given = if known { body(self, item) } else { self.maybe(|walker| body(walker, item)) };
            out.extend(given.items());
        }
        if more {
            self.maybe(|walker| body(walker, Datum::unknown()));
        }
        Datum::of_items(out)
    }

    /// After a branch: what differs from before is not known.
    fn may_have_changed(&mut self, before: &Rc<std::collections::HashMap<Vec<u8>, Datum>>) {
        if Rc::ptr_eq(before, &self.powershell.variables) {
            return;
        }
        let variables = Rc::make_mut(&mut self.powershell.variables);
        for (name, value) in variables {
            if let (Datum::Text(now), Some(Datum::Text(then))) = (&*value, before.get(name))
                && now != then
            {
                *value = Datum::unknown();
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Datum {
        if self.nested == 0 && pipeline.span.end > 0 {
            self.span = pipeline.span;
        }
        self.unset.clear();
        let mut flow = Datum::Null;
        for element in &pipeline.elements {
            flow = match element {
                Element::Value(value, redirects) => {
                    // What an empty pipe gave before an expression is gone.
                    let value = self.value_of(value);
                    self.led_into(redirects, value)
                }
                Element::Command { call, words, redirects } => {
                    let out = self.run_command(*call, words, flow);
                    self.led_into(redirects, out)
                }
            };
        }
        flow
    }

    fn led_into(&mut self, redirects: &[Redirect], out: Datum) -> Datum {
        let mut out = out;
        for redirect in redirects {
            let to = self.value_of(&redirect.to).value();
            if to.known().is_some_and(|text| text.is_empty() || windows::is_nothing(text)) {
                if redirect.output {
                    out = Datum::Null;
                }
                continue;
            }
            let mode = if redirect.append { WriteMode::Append } else { WriteMode::Replace };
            let flow = if redirect.output { std::mem::take(&mut out).flow() } else { Flow::Output };
            let flow = if matches!(flow, Flow::Inherit) { Flow::Output } else { flow };
            self.write(&to, mode, &flow);
        }
        out
    }

    fn run_command(&mut self, call: Call, words: &[Word], input: Datum) -> Datum {
        if !self.step() {
            return Datum::unknown();
        }
        let Some((first, rest)) = words.split_first() else { return input };
        let head = match first {
            Word::Value(value) => self.value_of(value),
            Word::Parameter(name, _) => Datum::text(name),
        };
        let head = match head {
            // `& @('git', 'status')` runs the first.
            Datum::List(items) => items.into_iter().next().unwrap_or_default(),
            other => other,
        };
        match head {
            Datum::Code(block) => {
                let given = self.given(rest);
                self.call_block(&block, given, input)
            }
            Datum::Object(kind, made_of) if kind == b"scriptblock" => {
                let text = made_of.into_iter().next().unwrap_or_default();
                self.run_datum(&text, input)
            }
            Datum::Flow(Flow::Paths { names, .. }) => {
                let name = names.first().cloned().unwrap_or(Value::Unknown(Why::Substitution));
                self.file_or_program(&name, rest, &input)
            }
            Datum::Flow(flow) => {
                self.run_flow(Lang::PowerShell, &flow, None, &[]);
                Datum::unknown()
            }
            Datum::Text(Value::Known(name)) => self.named(call, &name, rest, input),
            other => {
                let mut words = vec![other.value()];
                let given = self.given(rest);
                native_words(&given, &mut words);
                Datum::of_flow(&self.invoke(&words, &input.flow()))
            }
        }
    }

    /// A command by its name: function, alias, form, cmdlet, script, program.
    fn named(&mut self, call: Call, name: &[u8], rest: &[Word], input: Datum) -> Datum {
        let lower = name.to_ascii_lowercase();
        // `Microsoft.PowerShell.Utility\Invoke-Expression`
        let base = lower.rsplit(|b| *b == b'\\').next().unwrap_or_default();
        let lower = if base.len() < lower.len()
            && names::verb_and_noun(base).is_some()
            && !lower.contains(&b':')
            && !lower.starts_with(b".")
        {
            base.to_vec()
        } else {
            lower
        };
        let mut lower = lower;
        for _ in 0..4 {
            if let Some(body) = self.powershell.functions.get(&lower).cloned() {
                return self.call_named(&lower, &body, rest, input);
            }
            let next = match self.powershell.aliases.get(&lower) {
                Some(next) => next.clone(),
                None => match names::alias(&lower) {
                    Some(next) => next.to_vec(),
                    None => break,
                },
            };
            if next == lower {
                break;
            }
            lower = next;
        }
        let is_folder = matches!(name.to_ascii_lowercase().as_slice(), b"md" | b"mkdir");
        let ending = lower.rsplit(|b| *b == b'.').next().unwrap_or_default();
        let is_path = name.iter().any(|b| matches!(b, b'/' | b'\\'));
        if (call == Call::Dot && is_path) || matches!(ending, b"ps1" | b"psm1") {
            return self.file_or_program(&Value::text(name), rest, &input);
        }
        let knowledge = self.knowledge;
        let program = knowledge.program(&lower).filter(|program| program.grammar == Grammar::Cmdlet);
        let form = forms::named(&lower);
        if program.is_none() && form.is_none() {
            if let Some((verb, noun)) = names::verb_and_noun(&lower)
                && knowledge.program(&lower).is_none()
                && windows::program_name(&lower) == lower
            {
                let (verb, noun) = (verb.to_vec(), noun.to_vec());
                return self.unknown_cmdlet(&lower, &verb, &noun, rest, input);
            }
            return self.file_or_program(&Value::text(name), rest, &input);
        }
        let given = self.given(rest);
        let run = self.effects.len();
        let mut words = vec![Value::text(&lower)];
        native_words(&given, &mut words);
        self.push_run(&words, Code::Installed);
        let shown = String::from_utf8_lossy(&lower).into_owned();
        let mut bound = bind(&shown, program, given, input);
        bound.run = run;
        if is_folder && !bound.has("-itemtype") {
            bound.named.push((b"-itemtype".to_vec(), Some(Datum::text(b"directory"))));
        }
        if bound.has("-whatif") {
            return Datum::unknown();
        }
        match (form, program) {
            (Some(form), _) => form(self, &bound),
            (None, Some(program)) => Datum::of_flow(&self.by_table(&bound, program)),
            (None, None) => Datum::Null,
        }
    }

    /// A cmdlet that no table knows: its verb and its noun say what there is to say.
    fn unknown_cmdlet(&mut self, name: &[u8], verb: &[u8], noun: &[u8], rest: &[Word], input: Datum) -> Datum {
        let given = self.given(rest);
        let run = self.effects.len();
        let mut words = vec![Value::text(name)];
        native_words(&given, &mut words);
        self.push_run(&words, Code::Installed);
        let mut bound = bind(&String::from_utf8_lossy(name), None, given, input);
        bound.run = run;
        let blocks: Vec<Block> = bound
            .positional
            .iter()
            .chain(bound.named.iter().filter_map(|(_, value)| value.as_ref()))
            .filter_map(|value| if let Datum::Code(block) = value { Some(Rc::clone(block)) } else { None })
            .collect();
        for block in blocks {
            self.maybe(|walker| walker.block(&block));
        }
        if let Some(provider) = names::provider(noun) {
            self.cloud_cmdlet(&bound, verb, noun, provider);
        } else if !names::is_harmless_verb(verb) {
            self.unknown(Why::Program, Some(name));
        }
        Datum::unknown()
    }

    /// A script or a program, by its name or its path.
    pub(super) fn file_or_program(&mut self, name: &Value, rest: &[Word], input: &Datum) -> Datum {
        let given = self.given(rest);
        let mut words = vec![name.clone()];
        native_words(&given, &mut words);
        let blocks: Vec<Block> = given
            .iter()
            .filter_map(|one| match one {
                Given::Value(Datum::Code(block)) | Given::Parameter(_, Some(Datum::Code(block))) => {
                    Some(Rc::clone(block))
                }
                _ => None,
            })
            .collect();
        // `pwsh { … }`, `powershell -Command { … }`.
        for block in blocks {
            self.block(&block);
        }
        Datum::of_flow(&self.windows_program(&words, &input.flow()))
    }

    pub(super) fn call_block(&mut self, block: &Block, given: Vec<Given>, input: Datum) -> Datum {
        let mut positional = Vec::new();
        for one in given {
            match one {
                Given::Value(value) => positional.push(value),
                Given::Parameter(name, Some(value)) => {
                    self.set_variable(name.get(1..).unwrap_or_default(), value);
                }
                Given::Parameter(..) => {}
            }
        }
        if let Some(Statement::Parameters(names)) = block.first() {
            for ((name, _), value) in names.iter().zip(&positional) {
                self.set_variable(name, value.clone());
            }
        }
        self.set_variable(b"args", Datum::List(positional));
        self.set_variable(b"input", input.clone());
        if !input.is_null() {
            self.set_variable(b"_", input);
        }
        self.deeper(|walker| walker.block(block)).unwrap_or_else(Datum::unknown)
    }

    fn call_named(&mut self, name: &[u8], body: &Block, rest: &[Word], input: Datum) -> Datum {
        if self.powershell.calling.len() >= MAX_CALLS || self.powershell.calling.iter().any(|one| one == name) {
            return Datum::unknown();
        }
        let given = self.given(rest);
        // A value behind a parameter is the parameter's.
        let bound = bind("", None, given, Datum::Null);
        let given = bound
            .named
            .into_iter()
            .map(|(name, value)| Given::Parameter(name, value.or_else(|| Some(Datum::text(b"True")))))
            .chain(bound.positional.into_iter().map(Given::Value))
            .collect();
        let before = Rc::clone(&self.powershell.variables);
        self.powershell.calling.push(name.to_vec());
        if let Some(Statement::Parameters(names)) = body.first() {
            let variables = Rc::make_mut(&mut self.powershell.variables);
            for (name, _) in names {
                variables.remove(name);
            }
        }
        let out = self.call_block(body, given, input);
        self.powershell.calling.pop();
        self.powershell.variables = before;
        out
    }

    /// Text, or whatever else it is, is run as PowerShell.
    pub(super) fn run_datum(&mut self, code: &Datum, input: Datum) -> Datum {
        match code {
            Datum::Code(block) => self.call_block(block, Vec::new(), input),
            Datum::Object(kind, made_of) if kind == b"scriptblock" => match made_of.first() {
                Some(text) => self.run_datum(text, input),
                None => Datum::Null,
            },
            Datum::Null => Datum::Null,
            other => {
                if let Some(text) = other.known() {
                    self.nested += 1;
                    let out = self.powershell_text(&text, input);
                    self.nested -= 1;
                    return out;
                }
                let flow = other.flow();
                let words = [Value::text(b"invoke-expression")];
                match (flow, self.powershell.socket.clone()) {
                    (flow @ (Flow::Download(_) | Flow::Files(_) | Flow::Decoded | Flow::Part(_)), _) => {
                        self.run_flow(Lang::PowerShell, &flow, None, &words);
                    }
                    (_, Some(host)) => self.push_run(&words, Code::Download { url: host.field() }),
                    _ => {
                        // Its program is written out; what is not known is one of its arguments.
                        if let Datum::Text(Value::Pattern { glob, floating: false }) = other
                            && glob
                                .split(|b| *b == b' ')
                                .next()
                                .is_some_and(|first| !first.contains(&b'*') && first.len() < glob.len())
                        {
                            let text = glob.clone();
                            self.nested += 1;
                            let out = self.powershell_text(&text, input);
                            self.nested -= 1;
                            return out;
                        }
                        let code =
                            self.recent_download().map_or(Code::Unseen(Why::Variable), |url| Code::Download { url });
                        self.push_run(&words, code);
                        // What is known of it is code as well.
                        if let Datum::Text(Value::Pattern { glob, .. }) = other {
                            let text = glob.clone();
                            self.nested += 1;
                            self.maybe(|walker| walker.powershell_text(&text, input));
                            self.nested -= 1;
                        }
                    }
                }
                Datum::unknown()
            }
        }
    }

    /// A download of this call whose content was changed in a way that is not followed.
    fn recent_download(&self) -> Option<protocol::Field<protocol::RawText>> {
        self.effects.iter().rev().take(8).find_map(|effect| match &effect.action {
            Action::Fetch { url, to: None, .. } => Some(url.clone()),
            _ => None,
        })
    }

    pub(super) fn value_named(&mut self, name: &[u8]) -> Datum {
        if let Some(value) = self.powershell.variables.get(name) {
            self.spend(value.weight());
            return value.clone();
        }
        if let Some(name) = name.strip_prefix(b"env:") {
            let value = self.windows_variable(name);
            if matches!(value, Value::Unknown(_)) {
                self.hint_of_variable(&name.to_ascii_uppercase());
            }
            return Datum::Text(value);
        }
        match name {
            b"null" => Datum::Null,
            b"true" | b"iswindows" => Datum::text(b"True"),
            b"false" => Datum::text(b"False"),
            b"home" => Datum::Text(self.windows_variable(b"USERPROFILE")),
            b"pwd" | b"psscriptroot" => Datum::Text(self.shell.cwd.clone()),
            b"pshome" => Datum::Text(self.windows_variable(b"PSHOME")),
            b"shellid" => Datum::text(b"Microsoft.PowerShell"),
            b"verbosepreference" | b"debugpreference" | b"informationpreference" => Datum::text(b"SilentlyContinue"),
            b"erroractionpreference" => Datum::text(b"Continue"),
            b"pid" => Datum::text(b"*"),
            b"profile" => Datum::Text(self.profile()),
            _ if name.contains(&b':') => Datum::unknown(),
            _ => {
                self.hint_of_variable(name);
                Datum::unknown()
            }
        }
    }

    /// The profile that every new shell reads.
    pub(super) fn profile(&self) -> Value {
        match self.windows_variable(b"USERPROFILE") {
            Value::Known(home) => {
                Value::Known([home.as_slice(), b"/Documents/PowerShell/Microsoft.PowerShell_profile.ps1"].concat())
            }
            other => other,
        }
    }

    pub(super) fn set_variable(&mut self, name: &[u8], value: Datum) {
        // `$a = $a, $a` doubles it each time.
        let value = if value.weight() > MAX_WEIGHT { Datum::unknown() } else { value };
        if let Some(name) = name.strip_prefix(b"env:") {
            self.set_windows_variable(name, value.value());
        } else {
            Rc::make_mut(&mut self.powershell.variables).insert(name.to_vec(), value);
        }
    }

    fn assign_to(&mut self, target: &Expr, adds: bool, value: Datum) {
        match target {
            Expr::Variable(name) => {
                let value = if adds {
                    let before = self.value_named(name);
                    self.spend(before.value().written().map_or(0, |text| text.len() / 16));
                    super::operators::sum(before, value)
                } else {
                    value
                };
                self.set_variable(name, value);
            }
            Expr::Cast(types, target) => {
                let value = super::operators::cast(types, value);
                self.assign_to(target, adds, value);
            }
            Expr::List(targets) => {
                let mut values = value.items().into_iter();
                for target in targets {
                    self.assign_to(target, adds, values.next().unwrap_or_else(Datum::unknown));
                }
            }
            // `$PSStyle.X = …`, `$rule.Enabled = …`, `[Net.ServicePointManager]::X = …`, `$table['x'] = …`
            Expr::Suffixed(base, suffixes) => self.assign_member(base, suffixes, value),
            _ => {}
        }
    }
}

/// The words of a program; a parameter is a word as it was written.
pub(super) fn native_words(given: &[Given], out: &mut Vec<Value>) {
    for one in given {
        match one {
            Given::Value(value) => {
                let from = out.len();
                value.words(out);
                for word in out.iter_mut().skip(from) {
                    let bare = matches!(word, Value::Known(_));
                    if bare {
                        *word = wild(std::mem::replace(word, Value::Unknown(Why::Unstated)));
                    }
                }
            }
            Given::Parameter(name, value) => match value {
                None => out.push(Value::text(name)),
                Some(value) => {
                    let mut word = Value::Known([name.as_slice(), b":"].concat());
                    word.append(&value.value());
                    out.push(word);
                }
            },
        }
    }
}

impl Walker<'_> {
    /// A program as the shells of Windows find it.
    pub(crate) fn windows_program(&mut self, words: &[Value], stdin: &Flow) -> Flow {
        let Some((first, rest)) = words.split_first() else { return Flow::Output };
        let Some(text) = first.known() else { return self.invoke(words, stdin) };
        let name = windows::program_name(text);
        let has_folder = text.iter().any(|b| matches!(b, b'/' | b'\\'));
        let script = match name.rsplit(|b| *b == b'.').next() {
            Some(b"ps1" | b"psm1") => Some(Lang::PowerShell),
            Some(b"vbs" | b"vbe" | b"js" | b"jse" | b"wsf" | b"hta") if has_folder || !name.starts_with(b".") => {
                Some(Lang::Other)
            }
            _ if text.to_ascii_lowercase().ends_with(b".bat")
                || (has_folder && text.to_ascii_lowercase().ends_with(b".cmd")) =>
            {
                Some(Lang::Cmd)
            }
            _ => None,
        };
        if !self.step() {
            return Flow::Output;
        }
        let found =
            (has_folder || script.is_some() || name.len() < text.len()).then(|| self.found(first, Follow::Links));
        if let Some(found) = &found
            && let Some(made) = self.made_at(found).cloned()
        {
            return self.deeper(|walker| walker.run_made(&made, words, stdin)).unwrap_or(Flow::Output);
        }
        if windows::from_network(first) {
            self.push_run(words, Code::Download { url: first.field() });
            return Flow::Output;
        }
        if let (Some(_), Some(found)) = (script, &found) {
            self.push_run(words, Code::File(found.target.clone()));
            return Flow::Output;
        }
        let knowledge = self.knowledge;
        let key = [b"win:", name.as_slice()].concat();
        let key = if knowledge.program(&key).is_some() { key } else { name };
        let mut named = vec![Value::text(key.strip_prefix(b"win:").unwrap_or(&key))];
        named.extend_from_slice(rest);
        let run = self.effects.len();
        let outside = found.filter(|found| has_folder && !found.target.class.contains(protocol::PathClass::SYSTEM));
        if outside.is_some() && knowledge.program(&key).is_none() {
            self.push_run(words, Code::Installed);
            self.carried_by_unknown(rest, stdin);
            if let Some(found) = outside {
                self.set_code(run, Code::File(found.target));
            }
            return Flow::Output;
        }
        let flow = self.deeper(|walker| walker.invoke_named(&key, &named, stdin)).unwrap_or(Flow::Output);
        if let Some(found) = outside {
            self.set_code(run, Code::File(found.target));
        }
        flow
    }
}
