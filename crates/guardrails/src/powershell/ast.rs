//! The syntax tree of PowerShell, as far as effects need it.

use protocol::Why;
use protocol::effect::Span;
use std::rc::Rc;

pub(crate) type Block = Rc<Vec<Statement>>;

/// A whole text, and what of it could not be read.
#[derive(Debug)]
pub(crate) struct Script {
    pub(super) statements: Block,
    pub(super) gap: Option<Why>,
}

#[derive(Debug)]
pub(crate) enum Statement {
    /// Pipelines joined by `&&` and `||`, the first with neither.
    Chain(Vec<Pipeline>),
    Assign {
        target: Expr,
        adds: bool,
        value: Box<Statement>,
    },
    /// `if` and `switch`: any of the bodies may run.
    Branch {
        conditions: Vec<Statement>,
        bodies: Vec<Block>,
    },
    Each {
        variable: Vec<u8>,
        items: Box<Statement>,
        body: Block,
    },
    Loop {
        conditions: Vec<Statement>,
        body: Block,
    },
    Function {
        name: Vec<u8>,
        body: Block,
    },
    /// `param(…)`: names with what they are when nobody gives them.
    Parameters(Vec<(Vec<u8>, Option<Expr>)>),
    /// `try`, `catch`, `finally`.
    Try {
        body: Block,
        catches: Vec<Block>,
        last: Option<Block>,
    },
    /// `return`, `throw`, `exit`.
    Leave(Box<Statement>),
}

#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(super) elements: Vec<Element>,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(crate) enum Element {
    Command { call: Call, words: Vec<Word>, redirects: Vec<Redirect> },
    Value(Expr, Vec<Redirect>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Plain,
    /// `& name`: whatever stands there is what runs.
    Run,
    /// `. name`: in this very scope.
    Dot,
}

#[derive(Debug)]
pub(crate) enum Word {
    Value(Expr),
    /// `-Name`, `-Name:value`; the name in lower case, with its dash.
    Parameter(Vec<u8>, Option<Expr>),
}

#[derive(Debug)]
pub(crate) struct Redirect {
    pub(super) append: bool,
    /// Of the output itself, and not of errors and messages.
    pub(super) output: bool,
    pub(super) to: Expr,
}

#[derive(Debug)]
pub(crate) enum Expr {
    /// A word as it stands there, or a number.
    Bare(Vec<u8>),
    /// A text in quotes.
    Text(Vec<u8>),
    /// A text with values in it.
    Joined(Vec<Expr>),
    Variable(Vec<u8>),
    Splat(Vec<u8>),
    Type(Vec<u8>),
    Cast(Vec<Vec<u8>>, Box<Expr>),
    /// `( … )`, `$( … )`, `@( … )`.
    Group(Block),
    List(Vec<Expr>),
    Table(Vec<(Expr, Statement)>),
    Code(Block),
    Suffixed(Box<Expr>, Vec<Suffix>),
    Not(Box<Expr>),
    /// Operands of operators of the same rank, from left to right.
    Binary(Box<Expr>, Vec<(Operator, Expr)>),
    /// An operator before its operand: `-join $x`, `-split $x`.
    Unary(Operator, Box<Expr>),
}

#[derive(Debug)]
pub(crate) enum Suffix {
    Member(Expr),
    /// A call of a member with its arguments.
    Call(Expr, Vec<Expr>),
    Index(Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Times,
    Range,
    Format,
    Replace,
    Join,
    Split,
    Is,
    /// `-bxor` and its like on numbers.
    Xor,
    /// It gives a number or a truth that nothing here needs.
    Other,
}
