//! Commands as agents and people write them: valid in real bash, read without a gap, and no command that another parser
//! finds is missed.

use crate::shell::ast::{Command, Node, Operation, Part, RedirectTarget, Script, Value, Variable, Word};
use crate::shell::parse::parse;
use brush_parser::word::{WordPiece, WordPieceWithSource};
use brush_parser::{Parser, ParserOptions, ast as brush};
use std::io::Write;
use std::process::{Command as Process, Stdio};

fn corpus() -> Vec<&'static str> {
    include_str!("corpus.txt").split("\n%%\n").collect()
}

#[test]
fn every_line_is_valid_in_real_bash() {
    for input in corpus() {
        let mut bash = Process::new("bash")
            .args(["-n", "-O", "extglob"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("bash is needed for this test");
        bash.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = bash.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && errors.is_empty(), "{input}\n{errors}");
    }
}

#[test]
fn every_valid_line_is_read_without_a_gap() {
    assert!(corpus().len() >= 150, "{}", corpus().len());
    for input in corpus() {
        let script = parse(input.as_bytes());
        let mut gaps = Vec::new();
        each_script(&script, &mut |script| gaps.extend(script.gaps.iter().copied()));
        assert!(gaps.is_empty(), "{input}\n{gaps:?}\n{}", super::show::script(&script));
    }
}

#[test]
fn every_command_that_another_parser_finds_is_found() {
    let (mut compared, mut unread) = (0, Vec::new());
    for input in corpus() {
        let mut theirs = Vec::new();
        match brush_program(input) {
            Ok(program) => brush_lists(&program, &mut theirs),
            Err(_) => unread.push(input),
        }
        let mut ours = Vec::new();
        each_script(&parse(input.as_bytes()), &mut |script| {
            for command in &script.commands {
                names(input, command, &mut ours);
            }
        });
        compared += theirs.len();
        for name in theirs {
            let found = ours.iter().position(|own| *own == name);
            let Some(found) = found else { panic!("{name:?} is missed in\n{input}\nrest of ours: {ours:?}") };
            ours.swap_remove(found);
        }
    }
    assert!(compared >= 300, "only {compared} commands were compared");
    // Valid, but the other parser cannot read it.
    assert_eq!(unread, ["out=$(case $x in a) echo 1;; b) echo 2;; esac)", "select o in a b; do echo $o; break; done"]);
}

/// The program words of a command and of the parts of a pipeline, as written.
fn names(input: &str, command: &Command, names: &mut Vec<String>) {
    match &command.node {
        Node::Simple { words, .. } => {
            if let Some(word) = words.first() {
                let span = word.span.start as usize..word.span.end as usize;
                names.push(input.get(span).unwrap_or("outside").to_owned());
            }
        }
        Node::Pipeline { parts, .. } => {
            for part in parts {
                self::names(input, part, names);
            }
        }
        Node::Function { body, .. } | Node::Coprocess { body, .. } => self::names(input, body, names),
        _ => {}
    }
}

/// Visits a script and every script inside it.
pub(super) fn each_script(script: &Script, visit: &mut dyn FnMut(&Script)) {
    visit(script);
    for command in &script.commands {
        in_command(command, visit);
    }
}

fn in_command(command: &Command, visit: &mut dyn FnMut(&Script)) {
    for redirect in &command.redirects {
        let (RedirectTarget::Word(word) | RedirectTarget::Body(word)) = &redirect.target;
        in_parts(&word.parts, visit);
    }
    match &command.node {
        Node::Simple { assignments, words } => {
            for assignment in assignments {
                in_words(assignment.subscript.as_slice(), visit);
                match &assignment.value {
                    Value::Word(word) => in_parts(&word.parts, visit),
                    Value::Array(words) => in_words(words, visit),
                }
            }
            in_words(words, visit);
        }
        Node::Pipeline { parts, .. } => parts.iter().for_each(|part| in_command(part, visit)),
        Node::Group(script) | Node::Subshell(script) => each_script(script, visit),
        Node::If { branches, otherwise } => {
            for (condition, body) in branches {
                each_script(condition, visit);
                each_script(body, visit);
            }
            if let Some(script) = otherwise {
                each_script(script, visit);
            }
        }
        Node::While { condition, body } => {
            each_script(condition, visit);
            each_script(body, visit);
        }
        Node::For { items, body, .. } => {
            in_words(items.as_deref().unwrap_or_default(), visit);
            each_script(body, visit);
        }
        Node::ForArithmetic { header, body } => {
            in_parts(header, visit);
            each_script(body, visit);
        }
        Node::Case { subject, arms } => {
            in_parts(&subject.parts, visit);
            for (patterns, script) in arms {
                in_words(patterns, visit);
                each_script(script, visit);
            }
        }
        Node::Function { body, .. } | Node::Coprocess { body, .. } => in_command(body, visit),
        Node::Test(words) => in_words(words, visit),
        Node::Arithmetic(parts) => in_parts(parts, visit),
    }
}

fn in_words(words: &[Word], visit: &mut dyn FnMut(&Script)) {
    for word in words {
        in_parts(&word.parts, visit);
    }
}

fn in_parts(parts: &[Part], visit: &mut dyn FnMut(&Script)) {
    for part in parts {
        match part {
            Part::Plain(_) | Part::Quoted(_) | Part::Tilde(_) | Part::Unread(_) => {}
            Part::Double(parts) | Part::Arithmetic(parts) => in_parts(parts, visit),
            Part::Variable(variable) => in_variable(variable, visit),
            Part::Command(script) | Part::Process { script, .. } => each_script(script, visit),
            Part::Brace(words) => in_words(words, visit),
        }
    }
}

fn in_variable(variable: &Variable, visit: &mut dyn FnMut(&Script)) {
    in_words(variable.subscript.as_slice(), visit);
    match &variable.operation {
        Operation::Default { word, .. }
        | Operation::Assign { word, .. }
        | Operation::Alternative { word, .. }
        | Operation::Error { word, .. }
        | Operation::Strip { pattern: word, .. }
        | Operation::Slice { text: word } => in_parts(&word.parts, visit),
        Operation::Replace { pattern, with, .. } => {
            in_parts(&pattern.parts, visit);
            in_parts(&with.parts, visit);
        }
        Operation::Plain | Operation::Length | Operation::Indirect | Operation::Transform(_) => {}
    }
}

/// The program words that brush finds, those in substitutions included.
fn brush_lists(program: &brush::Program, names: &mut Vec<String>) {
    for list in &program.complete_commands {
        brush_list(list, names);
    }
}

/// Only ever given the fixed corpus and pieces of it, since brush hangs on some inputs.
fn brush_program(input: &str) -> Result<brush::Program, String> {
    let options = ParserOptions::default();
    Parser::new(input.as_bytes(), &options).parse_program().map_err(|error| error.to_string())
}

fn brush_list(list: &brush::CompoundList, names: &mut Vec<String>) {
    for brush::CompoundListItem(and_or, _) in &list.0 {
        for (_, pipeline) in and_or {
            for command in &pipeline.seq {
                brush_command(command, names);
            }
        }
    }
}

fn brush_command(command: &brush::Command, names: &mut Vec<String>) {
    match command {
        brush::Command::Simple(simple) => {
            if let Some(prefix) = &simple.prefix {
                brush_items(&prefix.0, names);
            }
            if let Some(word) = &simple.word_or_name {
                names.push(word.value.clone());
                brush_word(word, names);
            }
            if let Some(suffix) = &simple.suffix {
                brush_items(&suffix.0, names);
            }
        }
        brush::Command::Compound(compound, redirects) => {
            brush_compound(compound, names);
            brush_redirects(redirects.as_ref(), names);
        }
        brush::Command::Function(function) => {
            brush_compound(&function.body.0, names);
            brush_redirects(function.body.1.as_ref(), names);
        }
        brush::Command::ExtendedTest(_, redirects) => brush_redirects(redirects.as_ref(), names),
    }
}

fn brush_compound(compound: &brush::CompoundCommand, names: &mut Vec<String>) {
    use brush::CompoundCommand as Kind;
    match compound {
        Kind::Arithmetic(_) => {}
        Kind::ArithmeticForClause(clause) => brush_list(&clause.body.list, names),
        Kind::BraceGroup(group) => brush_list(&group.list, names),
        Kind::Subshell(subshell) => brush_list(&subshell.list, names),
        Kind::ForClause(clause) => {
            clause.values.iter().flatten().for_each(|word| brush_word(word, names));
            brush_list(&clause.body.list, names);
        }
        Kind::CaseClause(clause) => {
            brush_word(&clause.value, names);
            clause.cases.iter().filter_map(|case| case.cmd.as_ref()).for_each(|list| brush_list(list, names));
        }
        Kind::IfClause(clause) => {
            brush_list(&clause.condition, names);
            brush_list(&clause.then, names);
            for branch in clause.elses.iter().flatten() {
                branch.condition.iter().for_each(|list| brush_list(list, names));
                brush_list(&branch.body, names);
            }
        }
        Kind::WhileClause(clause) | Kind::UntilClause(clause) => {
            brush_list(&clause.0, names);
            brush_list(&clause.1.list, names);
        }
        Kind::Coprocess(clause) => brush_command(&clause.body, names),
    }
}

fn brush_items(items: &[brush::CommandPrefixOrSuffixItem], names: &mut Vec<String>) {
    use brush::CommandPrefixOrSuffixItem as Item;
    for item in items {
        match item {
            Item::IoRedirect(redirect) => brush_redirect(redirect, names),
            Item::Word(word) => brush_word(word, names),
            Item::AssignmentWord(assignment, _) => match &assignment.value {
                brush::AssignmentValue::Scalar(word) => brush_word(word, names),
                brush::AssignmentValue::Array(elements) => {
                    for (_, word) in elements {
                        brush_word(word, names);
                    }
                }
            },
            Item::ProcessSubstitution(_, subshell) => brush_list(&subshell.list, names),
        }
    }
}

fn brush_redirects(redirects: Option<&brush::RedirectList>, names: &mut Vec<String>) {
    for redirect in redirects.map(|list| list.0.as_slice()).unwrap_or_default() {
        brush_redirect(redirect, names);
    }
}

fn brush_redirect(redirect: &brush::IoRedirect, names: &mut Vec<String>) {
    match redirect {
        brush::IoRedirect::File(_, _, brush::IoFileRedirectTarget::ProcessSubstitution(_, subshell)) => {
            brush_list(&subshell.list, names);
        }
        brush::IoRedirect::File(..) => {}
        brush::IoRedirect::HereDocument(_, document) => {
            if document.requires_expansion {
                brush_word(&document.doc, names);
            }
        }
        brush::IoRedirect::HereString(_, word) | brush::IoRedirect::OutputAndError(word, _) => brush_word(word, names),
    }
}

fn brush_word(word: &brush::Word, names: &mut Vec<String>) {
    if let Ok(pieces) = brush_parser::word::parse(&word.value, &ParserOptions::default()) {
        brush_pieces(&pieces, names);
    }
}

fn brush_pieces(pieces: &[WordPieceWithSource], names: &mut Vec<String>) {
    for piece in pieces {
        match &piece.piece {
            WordPiece::CommandSubstitution(text) | WordPiece::BackquotedCommandSubstitution(text) => {
                if let Ok(program) = brush_program(text) {
                    brush_lists(&program, names);
                }
            }
            WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                brush_pieces(inner, names);
            }
            _ => {}
        }
    }
}
