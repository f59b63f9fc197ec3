//! The tree in short, for tests: one line that a person can check against the shell's grammar.

use crate::shell::ast::{
    Assignment, Command, Join, Node, Operation, Part, Redirect, RedirectKind, RedirectTarget, Script, Value, Variable,
    Word,
};
use crate::shell::parse::parse;
use std::fmt::Write;

/// The tree of `input` in short.
pub(super) fn show(input: &str) -> String {
    script(&parse(input.as_bytes()))
}

pub(super) fn script(script: &Script) -> String {
    let mut text = String::new();
    for (index, command) in script.commands.iter().enumerate() {
        if index > 0 {
            text.push_str(match command.join {
                Join::Then => "; ",
                Join::And => " && ",
                Join::Or => " || ",
            });
        }
        text.push_str(&self::command(command));
        if command.background {
            text.push_str(" &");
        }
    }
    for gap in &script.gaps {
        write!(text, " <{:?}>", gap.why).unwrap();
    }
    text
}

fn body(inner: &Script) -> String {
    format!("[{}]", script(inner))
}

fn command(command: &Command) -> String {
    let mut text = node(&command.node);
    for redirect in &command.redirects {
        text.push(' ');
        text.push_str(&self::redirect(redirect));
    }
    text.trim_start().to_owned()
}

fn node(node: &Node) -> String {
    match node {
        Node::Simple { assignments, words: list } => {
            let mut items: Vec<String> = assignments.iter().map(assignment).collect();
            items.extend(list.iter().map(word));
            items.join(" ")
        }
        Node::Pipeline { parts, negated } => {
            let parts: Vec<String> = parts.iter().map(command).collect();
            format!("{}{}", if *negated { "! " } else { "" }, parts.join(" | "))
        }
        Node::Group(inner) => format!("group{}", body(inner)),
        Node::Subshell(inner) => format!("sub{}", body(inner)),
        Node::If { branches, otherwise } => {
            let mut text = String::from("if");
            for (condition, then) in branches {
                write!(text, "{}{}", body(condition), body(then)).unwrap();
            }
            if let Some(inner) = otherwise {
                write!(text, "else{}", body(inner)).unwrap();
            }
            text
        }
        Node::While { condition, body: inner } => format!("while{}{}", body(condition), body(inner)),
        Node::For { variable, items, body: inner } => {
            let items = items.as_ref().map_or_else(|| "*".to_owned(), |items| words(items));
            format!("for {}({items}){}", lossy(variable), body(inner))
        }
        Node::ForArithmetic { header, body: inner } => format!("for(({})){}", parts(header), body(inner)),
        Node::Case { subject, arms } => {
            let mut text = format!("case {}", word(subject));
            for (patterns, inner) in arms {
                write!(text, " ({}){}", words(patterns), body(inner)).unwrap();
            }
            text
        }
        Node::Function { name, body } => format!("fn {} {}", lossy(name), command(body)),
        Node::Test(list) => format!("[[{}]]", words(list)),
        Node::Arithmetic(list) => format!("(({}))", parts(list)),
        Node::Coprocess { name, body } => {
            format!("coproc {}:{}", lossy(name.as_deref().unwrap_or_default()), command(body))
        }
    }
}

fn assignment(assignment: &Assignment) -> String {
    let subscript = assignment.subscript.as_ref().map_or_else(String::new, |inner| format!("[{}]", word(inner)));
    let value = match &assignment.value {
        Value::Word(value) => word(value),
        Value::Array(list) => format!("({})", words(list)),
    };
    format!("{}{subscript}{}={value}", lossy(&assignment.name), if assignment.append { "+" } else { "" })
}

fn words(list: &[Word]) -> String {
    list.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &Word) -> String {
    parts(&word.parts)
}

fn parts(list: &[Part]) -> String {
    list.iter().map(part).collect()
}

fn part(part: &Part) -> String {
    match part {
        Part::Plain(text) => lossy(text),
        Part::Quoted(text) => format!("'{}'", lossy(text).replace('\n', "\\n")),
        Part::Double(inner) => format!("\"{}\"", parts(inner)),
        Part::Tilde(name) => format!("~<{}>", lossy(name)),
        Part::Variable(variable) => self::variable(variable),
        Part::Command(inner) => format!("$[{}]", script(inner)),
        Part::Process { write, script: inner } => format!("{}[{}]", if *write { '>' } else { '<' }, script(inner)),
        Part::Arithmetic(inner) => format!("$(({}))", parts(inner)),
        Part::Brace(list) => {
            format!("{{{}}}", list.iter().map(word).collect::<Vec<_>>().join("|"))
        }
        Part::Unread(why) => format!("<{why:?}>"),
    }
}

fn variable(variable: &Variable) -> String {
    let subscript = variable.subscript.as_ref().map_or_else(String::new, |inner| format!("[{}]", word(inner)));
    let name = format!("{}{subscript}", lossy(&variable.name));
    let colon = |empty_too: &bool| if *empty_too { ":" } else { "" };
    let operation = match &variable.operation {
        Operation::Plain => return format!("${name}"),
        Operation::Length => return format!("${{#{name}}}"),
        Operation::Indirect => return format!("${{!{name}}}"),
        Operation::Default { word: inner, empty_too } => format!("{}-{}", colon(empty_too), word(inner)),
        Operation::Assign { word: inner, empty_too } => format!("{}={}", colon(empty_too), word(inner)),
        Operation::Alternative { word: inner, empty_too } => format!("{}+{}", colon(empty_too), word(inner)),
        Operation::Error { word: inner, empty_too } => format!("{}?{}", colon(empty_too), word(inner)),
        Operation::Strip { pattern, back, longest } => {
            let sign = if *back { "%" } else { "#" };
            format!("{}{}", sign.repeat(1 + usize::from(*longest)), word(pattern))
        }
        Operation::Replace { pattern, with, all } => {
            format!("/{}{}/{}", if *all { "/" } else { "" }, word(pattern), word(with))
        }
        Operation::Slice { text } => format!(":{}", word(text)),
        Operation::Transform(text) => format!("@@{}", lossy(text)),
    };
    format!("${{{name}{operation}}}")
}

fn redirect(redirect: &Redirect) -> String {
    let sign = match redirect.kind {
        RedirectKind::Read => "<",
        RedirectKind::Write => ">",
        RedirectKind::Append => ">>",
        RedirectKind::ReadWrite => "<>",
        RedirectKind::WriteBoth => "&>",
        RedirectKind::AppendBoth => "&>>",
        RedirectKind::Duplicate => ">&",
        RedirectKind::HereDocument => "<<",
        RedirectKind::HereString => "<<<",
    };
    let target = match &redirect.target {
        RedirectTarget::Word(target) => word(target),
        RedirectTarget::Body(target) => format!("({})", word(target)),
    };
    format!("{}{sign}{target}", redirect.fd.map_or_else(String::new, |fd| fd.to_string()))
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
