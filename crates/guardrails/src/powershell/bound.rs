//! A cmdlet with its arguments: parameters by their full names.

use super::ast::{Expr, Word};
use super::datum::Datum;
use super::names;
use crate::knowledge::Program;
use crate::knowledge::grammar::Arguments;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};

/// One argument, evaluated.
#[derive(Debug)]
pub(super) enum Given {
    /// As it was written, with its dash.
    Parameter(Vec<u8>, Option<Datum>),
    Value(Datum),
}

#[derive(Debug, Default)]
pub(super) struct Bound {
    pub(super) name: String,
    /// Full names in lower case, with their dash.
    pub(super) named: Vec<(Vec<u8>, Option<Datum>)>,
    pub(super) positional: Vec<Datum>,
    pub(super) input: Datum,
    /// Index of its own run effect.
    pub(super) run: usize,
}

impl Bound {
    /// A named argument, or the positional one at this place.
    pub(super) fn get(&self, names: &[&str], place: Option<usize>) -> Option<&Datum> {
        let named = self.named.iter().rev().find(|(given, _)| names.iter().any(|name| name.as_bytes() == given));
        named.and_then(|(_, value)| value.as_ref()).or_else(|| self.positional.get(place?))
    }

    /// A switch that is on.
    pub(super) fn has(&self, name: &str) -> bool {
        self.named.iter().any(|(given, value)| {
            given == name.as_bytes()
                && !value
                    .as_ref()
                    .is_some_and(|value| value.known().is_some_and(|text| text.eq_ignore_ascii_case(b"false")))
        })
    }

    pub(super) fn text(&self, names: &[&str], place: Option<usize>) -> Option<Vec<u8>> {
        self.get(names, place).and_then(Datum::known)
    }

    /// Files: named, at a place, or from the pipeline.
    pub(super) fn paths(&self, names: &[&str], place: Option<usize>) -> Vec<Value> {
        let mut out = Vec::new();
        match self.get(names, place) {
            Some(given) => given.words(&mut out),
            None if !self.input.is_null() => self.input.words(&mut out),
            None => {}
        }
        out
    }
}

impl Walker<'_> {
    /// The arguments of a command, evaluated; splatted tables are parameters.
    pub(super) fn given(&mut self, words: &[Word]) -> Vec<Given> {
        let mut out = Vec::with_capacity(words.len());
        for word in words {
            match word {
                Word::Parameter(name, value) => {
                    let value = value.as_ref().map(|value| self.value_of(value));
                    out.push(Given::Parameter(name.clone(), value));
                }
                Word::Value(Expr::Splat(name)) => match self.value_named(name) {
                    Datum::Table(pairs) => {
                        for (name, value) in pairs {
                            out.push(Given::Parameter([b"-", name.as_slice()].concat(), Some(value)));
                        }
                    }
                    Datum::List(items) => out.extend(items.into_iter().map(Given::Value)),
                    other => out.push(Given::Value(other)),
                },
                Word::Value(value) => out.push(Given::Value(self.value_of(value))),
            }
        }
        out
    }

    /// Judges a cmdlet by its entry alone.
    pub(super) fn by_table(&mut self, bound: &Bound, program: &Program) -> Flow {
        let mut arguments = Arguments::default();
        for (name, value) in &bound.named {
            match value {
                None => arguments.options.push((name.clone(), None)),
                Some(value) => {
                    for word in pathlike(value.all_words()) {
                        arguments.options.push((name.clone(), Some(word)));
                    }
                }
            }
        }
        for value in &bound.positional {
            arguments.operands.extend(pathlike(value.all_words()));
        }
        // What comes through the pipe is what the first operand would be.
        let takes = program.operands.first().is_some_and(|role| *role != crate::knowledge::Role::Ignore);
        if takes && arguments.operands.is_empty() && !arguments.options.iter().any(|(_, value)| value.is_some()) {
            arguments.operands.extend(pathlike(bound.input.all_words()));
        }
        let words: Vec<Value> = arguments.operands.clone();
        let call = Call {
            name: &bound.name,
            program,
            entries: vec![program],
            words: &words,
            arguments,
            stdin: bound.input.flow(),
            run: bound.run,
        };
        match program.reader {
            Some(reader) => reader(self, &call),
            None => self.plain(&call),
        }
    }
}

/// Tells parameters from positional arguments, as the table's entry says.
pub(super) fn bind(name: &str, program: Option<&Program>, given: Vec<Given>, input: Datum) -> Bound {
    let mut bound = Bound { name: name.to_owned(), input, ..Bound::default() };
    let mut given = given.into_iter().peekable();
    while let Some(one) = given.next() {
        match one {
            Given::Value(value) => bound.positional.push(value),
            Given::Parameter(short, value) => {
                let lower = short.to_ascii_lowercase();
                let (full, takes) = parameter(program, &lower);
                let value = match value {
                    None if takes && matches!(given.peek(), Some(Given::Value(_))) => match given.next() {
                        Some(Given::Value(value)) => Some(value),
                        _ => None,
                    },
                    value => value,
                };
                bound.named.push((full, value));
            }
        }
    }
    bound
}

/// The full name of a parameter, and whether it takes a value.
fn parameter(program: Option<&Program>, given: &[u8]) -> (Vec<u8>, bool) {
    if let Some(program) = program {
        let flags = &program.flags;
        let switches =
            || [&flags.recursive, &flags.forced, &flags.dry, &flags.append, &flags.locked].into_iter().flatten();
        if switches().any(|name| name.as_bytes() == given) {
            return (given.to_vec(), false);
        }
        if program.values.iter().any(|(name, _)| name.as_bytes() == given) {
            return (given.to_vec(), true);
        }
        if !names::is_switch(given) || given.len() <= 5 {
            if let Some(name) = switches().find(|name| name.as_bytes().starts_with(given)) {
                return (name.clone().into_bytes(), false);
            }
            if let Some((name, _)) = program.values.iter().find(|(name, _)| name.as_bytes().starts_with(given)) {
                return (name.clone().into_bytes(), true);
            }
        }
    }
    (given.to_vec(), !names::is_switch(given))
}

/// Words of a cmdlet: a star in them is a wildcard, quoted or not.
pub(super) fn pathlike(words: Vec<Value>) -> Vec<Value> {
    words.into_iter().map(wild).collect()
}

pub(super) fn wild(word: Value) -> Value {
    match word {
        Value::Known(text)
            if text.iter().any(|b| matches!(b, b'*' | b'?'))
                && !text.iter().any(u8::is_ascii_whitespace)
                && memchr::memmem::find(&text, b"://").is_none()
                && text.len() < 4096 =>
        {
            Value::Pattern { glob: text, floating: false }
        }
        other => other,
    }
}
