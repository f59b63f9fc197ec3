//! PowerShell: read by a tolerant parser, walked with what its values are as far as they are known.
//!
//! Cmdlets are entries of the table of programs (`knowledge/cmdlets.toml`), with the grammar `cmdlet`; a *form* is a
//! cmdlet whose effects depend on blocks, objects or the pipeline. All else is a program, and is judged as in any shell.

mod ast;
mod bound;
mod datum;
mod eval;
mod files;
mod forms;
mod names;
mod objects;
mod operators;
mod parse;
mod statics;
mod system;
mod web;

use crate::value::{Flow, Value};
use crate::walker::Walker;
use datum::Datum;
pub(crate) use files::parent as parent_of;
use protocol::Why;
use protocol::effect::Span;
pub(crate) use statics::utf16;
use std::collections::HashMap;
use std::rc::Rc;

/// Texts that PowerShell is asked to run within one call.
const MAX_TEXTS: u32 = 200;

/// What PowerShell knows beside the environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    variables: Rc<HashMap<Vec<u8>, Datum>>,
    functions: Rc<HashMap<Vec<u8>, ast::Block>>,
    aliases: Rc<HashMap<Vec<u8>, Vec<u8>>>,
    /// Functions being called, to tell recursion.
    calling: Vec<Vec<u8>>,
    /// Another machine that is connected: what comes from it may be run.
    socket: Option<Value>,
    texts: u32,
}

impl Walker<'_> {
    /// A command of PowerShell in a process of its own: nothing of its state comes back.
    pub(crate) fn powershell(&mut self, text: &[u8], stdin: &Flow, arguments: &[Value]) -> Flow {
        let shell = self.shell.clone();
        let texts = self.powershell.texts;
        let before = std::mem::replace(&mut self.powershell, State { texts, ..State::default() });
        let named = arguments.iter().cloned().map(Datum::Text).collect();
        Rc::make_mut(&mut self.powershell.variables).insert(b"args".to_vec(), Datum::List(named));
        self.nested += 1;
        let given = Datum::of_flow(stdin);
        let out = self.powershell_text(text, given);
        self.nested -= 1;
        let texts = self.powershell.texts;
        self.powershell = State { texts, ..before };
        self.shell = shell;
        out.flow()
    }

    /// The command itself: its spans are those of the input.
    pub(crate) fn powershell_input(&mut self, text: &[u8]) {
        self.span = Span { start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) };
        self.powershell_text(text, Datum::Null);
    }

    /// A text in the scope at hand.
    fn powershell_text(&mut self, text: &[u8], input: Datum) -> Datum {
        self.powershell.texts += 1;
        if self.nested > 0 {
            self.spend(text.len() / 8);
        }
        if self.powershell.texts > MAX_TEXTS || !self.step() {
            self.unknown(Why::WorkLimit, None);
            return Datum::unknown();
        }
        let result = self.deeper(|walker| {
            walker.on_windows(|walker| {
                let script = parse::parse(text);
                if let Some(why) = script.gap {
                    walker.unknown(why, None);
                }
                walker.set_variable(b"input", input);
                walker.block(&script.statements)
            })
        });
        result.unwrap_or_else(Datum::unknown)
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::lines as lines_of;
