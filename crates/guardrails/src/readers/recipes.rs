//! What a project's own files say that a word runs: recipes of make and just, scripts of a package's manifest.
//!
//! Read only where such a program is called. What is not known of a recipe is a variable that is not set: the shell's
//! reader then says what follows from that.

use super::Lang;
use crate::paths::{Follow, Found};
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Recipes that one call goes through.
const MAX_RECIPES: usize = 24;
/// Lines of a file that are read.
const MAX_LINES: usize = 2000;
/// Bytes of a value after its own variables are put in, and variables within variables.
const MAX_VALUE: usize = 4096;
const MAX_NESTING: u32 = 8;
/// Stands for what is not known.
const UNKNOWN: &str = "${unknown_to_the_recipe}";

pub(super) fn npm_run(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some((name, rest)) = call.operands().split_first() else { return Flow::Output };
    script(walker, call, name, rest)
}

pub(super) fn npm_test(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    script(walker, call, &Value::text(b"test"), &[])
}

pub(super) fn npm_start(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    script(walker, call, &Value::text(b"start"), &[])
}

pub(super) fn npm_build(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    script(walker, call, &Value::text(b"build"), &[])
}

/// A script of `package.json`, with those that run before and after it.
fn script(walker: &mut Walker<'_>, call: &Call<'_>, name: &Value, rest: &[Value]) -> Flow {
    let folder = call.arguments.value(&["--prefix", "-C", "--dir", "--cwd"]).cloned();
    let Some(name) = name.known().and_then(|name| std::str::from_utf8(name).ok()) else { return Flow::Output };
    let Some((found, text)) = first_of(walker, folder.as_ref(), &["package.json"]) else { return Flow::Output };
    let Ok(manifest) = serde_json::from_slice::<serde_json::Value>(&text) else { return Flow::Output };
    let of = |name: &str| manifest.get("scripts").and_then(|all| all.get(name)).and_then(|one| one.as_str());
    let before = of(&format!("pre{name}"));
    let after = of(&format!("post{name}"));
    let own = of(name).map(|line| {
        let mut line = line.to_owned();
        for word in rest.iter().filter(|word| !word.is("--")) {
            line.push(' ');
            line.push_str(&word.known().map_or_else(|| UNKNOWN.to_owned(), quoted));
        }
        line
    });
    let lines: Vec<String> = before.map(str::to_owned).into_iter().chain(own).chain(after.map(str::to_owned)).collect();
    in_folder(walker, folder.as_ref(), |walker| {
        walker.through_stored(&found, name, |walker| {
            walker.carried(call.name, |walker| {
                for line in lines {
                    walker.new_shell_text(line.as_bytes(), &Flow::Inherit, Vec::new());
                }
            });
        });
    });
    Flow::Output
}

/// The recipes of what `make` and `just` are asked to make.
pub(super) fn make(walker: &mut Walker<'_>, call: &Call<'_>) {
    let just = call.name == "just";
    if !just && !matches!(call.name, "make" | "gmake") {
        return;
    }
    let folder = call.arguments.value(&["-C", "--directory", "-d"]).cloned();
    let file = call.arguments.value(&["-f", "--file", "--makefile", "--justfile"]).and_then(Value::known);
    let file = file.and_then(|file| std::str::from_utf8(file).ok());
    let names: &[&str] = match (&file, just) {
        (Some(file), _) => &[*file],
        (None, true) => &["justfile", "Justfile", ".justfile"],
        (None, false) => &["Makefile", "makefile", "GNUmakefile"],
    };
    let Some((found, text)) = first_of(walker, folder.as_ref(), names) else { return };
    let Some((goals, texts)) = asked_for(call, &text) else { return };
    in_folder(walker, folder.as_ref(), |walker| {
        walker.through_stored(&found, &goals.join(" "), |walker| run_all(walker, call, &texts));
    });
}

/// `make -f -`: the recipes that flow in.
pub(super) fn given(walker: &mut Walker<'_>, call: &Call<'_>, text: &[u8]) {
    let folder = call.arguments.value(&["-C", "--directory", "-d"]).cloned();
    let Some((_, texts)) = asked_for(call, text) else { return };
    in_folder(walker, folder.as_ref(), |walker| run_all(walker, call, &texts));
}

fn run_all(walker: &mut Walker<'_>, call: &Call<'_>, texts: &[String]) {
    walker.carried(call.name, |walker| {
        for text in texts {
            let lang = if text.starts_with("#!") { Lang::of_script("", text.as_bytes()) } else { Lang::Sh };
            walker.code(lang, text.as_bytes(), &Flow::Inherit, &[]);
        }
    });
}

/// What the call's words ask for, and the text of each recipe that makes it.
fn asked_for(call: &Call<'_>, text: &[u8]) -> Option<(Vec<String>, Vec<String>)> {
    let just = call.name == "just";
    let text = std::str::from_utf8(text).ok()?;
    let mut book = if just { Book::of_just(text) } else { Book::of_make(text) };
    let mut goals = Vec::new();
    for word in call.operands() {
        let word = word.known().and_then(|word| std::str::from_utf8(word).ok())?;
        match word.split_once('=') {
            Some((name, value)) => {
                book.variables.insert(name.to_owned(), value.to_owned());
            }
            None => goals.push(word.to_owned()),
        }
    }
    // Words behind a recipe of just are its arguments, as far as they are no recipes themselves.
    if goals.is_empty() {
        goals.extend(book.first.clone());
    }
    let texts = book.texts(&goals);
    Some((goals, texts))
}

/// The first of these files that is there, in the folder at hand or the one that is named.
fn first_of(walker: &mut Walker<'_>, folder: Option<&Value>, names: &[&str]) -> Option<(Found, Arc<[u8]>)> {
    names.iter().find_map(|name| {
        let mut path = folder.cloned().unwrap_or(Value::Known(Vec::new()));
        if folder.is_some() {
            path.append(&Value::text(b"/"));
        }
        path.append(&Value::text(name.as_bytes()));
        let found = walker.found(&path, Follow::Links);
        let text = walker.stored(&found)?;
        Some((found, text))
    })
}

fn in_folder(walker: &mut Walker<'_>, folder: Option<&Value>, inside: impl FnOnce(&mut Walker<'_>)) {
    let before = walker.shell.clone();
    if let Some(folder) = folder {
        let to = crate::paths::absolute(&walker.shell.cwd, folder);
        walker.shell.change_folder(to);
    }
    inside(walker);
    walker.shell = before;
}

fn quoted(word: &[u8]) -> String {
    format!("'{}'", String::from_utf8_lossy(word).replace('\'', "'\\''"))
}

/// What a word makes, what must be made before, and the lines that do it.
#[derive(Debug, Default)]
struct Recipe {
    before: Vec<String>,
    lines: Vec<String>,
}

/// A file of recipes.
#[derive(Debug, Default)]
struct Book {
    just: bool,
    variables: HashMap<String, String>,
    recipes: HashMap<String, Recipe>,
    first: Option<String>,
}

impl Book {
    fn of_make(text: &str) -> Self {
        let mut book = Self::default();
        let mut open: Vec<String> = Vec::new();
        for line in joined(text) {
            if let Some(recipe) = line.strip_prefix('\t') {
                for target in &open {
                    book.recipes.entry(target.clone()).or_default().lines.push(recipe.to_owned());
                }
                continue;
            }
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            if let Some((name, value)) = assignment(line) {
                book.variables.insert(name.to_owned(), value.to_owned());
                open.clear();
                continue;
            }
            let Some((targets, rest)) = line.split_once(':') else { continue };
            let (before, own) = rest.split_once(';').map_or((rest, None), |(before, own)| (before, Some(own)));
            let before: Vec<String> =
                before.split_whitespace().filter(|word| *word != "|" && *word != ":").map(str::to_owned).collect();
            open = targets.split_whitespace().take(64).map(str::to_owned).collect();
            for target in &open {
                if !target.starts_with('.') && !target.contains('%') {
                    book.first.get_or_insert_with(|| target.clone());
                }
                let recipe = book.recipes.entry(target.clone()).or_default();
                recipe.before.extend(before.iter().cloned());
                recipe.lines.extend(own.map(str::to_owned));
            }
        }
        book
    }

    fn of_just(text: &str) -> Self {
        let mut book = Self { just: true, ..Self::default() };
        let mut open: Option<String> = None;
        for line in joined(text) {
            if line.starts_with([' ', '\t']) {
                if let Some(recipe) = open.as_ref().and_then(|name| book.recipes.get_mut(name)) {
                    recipe.lines.push(line.trim_start().to_owned());
                }
                continue;
            }
            let line = line.trim_end();
            if line.is_empty() {
                continue;
            }
            open = None;
            if line.starts_with(['#', '[']) {
                continue;
            }
            if let Some((name, value)) = line.split_once(":=") {
                let name = name.trim().trim_start_matches("export ").trim();
                let value = value.trim();
                let plain = value.len() > 1
                    && value.starts_with(['"', '\''])
                    && value.chars().next() == value.chars().next_back()
                    && !value.contains('+');
                if plain {
                    book.variables.insert(name.to_owned(), value.trim_matches(['"', '\'']).to_owned());
                }
                continue;
            }
            let Some((head, before)) = line.split_once(':') else { continue };
            let Some(name) = head.trim_start_matches('@').split_whitespace().next() else { continue };
            let before = before.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '&'));
            let before = before.filter(|word| !word.is_empty()).map(str::to_owned).collect();
            book.first.get_or_insert_with(|| name.to_owned());
            book.recipes.insert(name.to_owned(), Recipe { before, lines: Vec::new() });
            open = Some(name.to_owned());
        }
        book
    }

    /// The texts that making these words runs, in their order.
    fn texts(&self, goals: &[String]) -> Vec<String> {
        let mut out = Vec::new();
        let mut seen = HashSet::new();
        for goal in goals {
            self.make(goal, &mut seen, &mut out, 0);
        }
        out
    }

    fn make(&self, goal: &str, seen: &mut HashSet<String>, out: &mut Vec<String>, depth: usize) {
        let Some(recipe) = self.recipes.get(goal) else { return };
        if depth >= MAX_RECIPES || seen.len() >= MAX_RECIPES || !seen.insert(goal.to_owned()) {
            return;
        }
        for before in &recipe.before {
            let before = self.expanded(before, goal, recipe, 0);
            for one in before.split_whitespace() {
                self.make(one, seen, out, depth + 1);
            }
        }
        let lines = recipe.lines.iter().map(|line| {
            let line = if line.starts_with("#!") { line } else { line.trim_start_matches(['@', '-', '+', ' ']) };
            self.expanded(line, goal, recipe, 0)
        });
        if self.just && recipe.lines.first().is_some_and(|line| line.starts_with("#!")) {
            out.push(lines.collect::<Vec<_>>().join("\n"));
        } else {
            out.extend(lines);
        }
    }

    /// Variables of the file put in. What is not known of it is a variable of the shell that nobody has set.
    fn expanded(&self, text: &str, goal: &str, recipe: &Recipe, nesting: u32) -> String {
        if nesting >= MAX_NESTING {
            return UNKNOWN.to_owned();
        }
        let mut out = String::new();
        let mut rest = text;
        let sign = if self.just { "{{" } else { "$" };
        while let Some((head, tail)) = rest.split_once(sign) {
            out.push_str(head);
            if out.len() > MAX_VALUE {
                return UNKNOWN.to_owned();
            }
            if self.just {
                let Some((name, after)) = tail.split_once("}}") else { break };
                match self.variables.get(name.trim()) {
                    Some(value) => out.push_str(value),
                    None => out.push_str(UNKNOWN),
                }
                rest = after;
                continue;
            }
            let mut signs = tail.chars();
            let sign = signs.next();
            rest = signs.as_str();
            match sign {
                Some('$') => out.push('$'),
                Some('@') => out.push_str(goal),
                Some('<') => out.push_str(recipe.before.first().map_or(UNKNOWN, String::as_str)),
                Some('^' | '+') => out.push_str(&recipe.before.join(" ")),
                Some(open @ ('(' | '{')) => {
                    let close = if open == '(' { ')' } else { '}' };
                    let Some((name, after)) = rest.split_once(close) else { break };
                    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
                    if !plain {
                        // A function of make; what stands behind its own brackets is text again.
                        out.push_str(UNKNOWN);
                        rest = after.trim_start_matches(close);
                        continue;
                    }
                    match self.variables.get(name) {
                        Some(value) => out.push_str(&self.expanded(value, goal, recipe, nesting + 1)),
                        None if name == "MAKE" => out.push_str("make"),
                        None => {
                            out.push_str("${");
                            out.push_str(&name.replace(['-', '.'], "_"));
                            out.push('}');
                        }
                    }
                    rest = after;
                }
                _ => out.push_str(UNKNOWN),
            }
        }
        out.push_str(rest);
        if out.len() > MAX_VALUE { UNKNOWN.to_owned() } else { out }
    }
}

/// Lines, those that are continued joined.
fn joined(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines().take(MAX_LINES) {
        let (kept, continues) = line.strip_suffix('\\').map_or((line, false), |kept| (kept, true));
        match out.last_mut() {
            Some(last) if open => {
                last.push(' ');
                last.push_str(kept.trim_start());
            }
            _ => out.push(kept.to_owned()),
        }
        open = continues;
    }
    out
}

/// `NAME = value`, `NAME := value`, `NAME ?= value` of make.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end_matches(['?', ':', '+', '!']).trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    plain.then(|| (name, value.trim()))
}
