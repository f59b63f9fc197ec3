//! The tree that the parser makes of a command line. It keeps quoting, because quoting decides what expands, and byte
//! spans, because an effect says which bytes it came from.
//!
//! The parser is total: every input gives a [`Script`]; what could not be read is a [`Gap`] in it, and reading goes on
//! after it.

use protocol::Why;
use protocol::effect::Span;

/// A list of commands in the order in which they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    pub commands: Vec<Command>,
    pub gaps: Vec<Gap>,
}

/// What could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub why: Why,
    pub span: Span,
}

/// One command, how it is joined to the one before it, and whether it runs in the background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub join: Join,
    pub background: bool,
    pub node: Node,
    pub redirects: Vec<Redirect>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// The first, or after `;`, `&` or a line end.
    Then,
    /// After `&&`.
    And,
    /// After `||`.
    Or,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Assignments, then words; either may be empty. The first word is the program.
    Simple {
        assignments: Vec<Assignment>,
        words: Vec<Word>,
    },
    /// Two or more commands joined by `|` or `|&`; `join` of each part is `Then`. `!` and `time` before it are kept apart.
    Pipeline {
        parts: Vec<Command>,
        negated: bool,
    },
    /// `{ …; }`.
    Group(Script),
    /// `( … )`.
    Subshell(Script),
    If {
        branches: Vec<(Script, Script)>,
        otherwise: Option<Script>,
    },
    /// `while` and `until`.
    While {
        condition: Script,
        body: Script,
    },
    /// `for` and `select`; `items` is `None` for the positional parameters.
    For {
        variable: Vec<u8>,
        items: Option<Vec<Word>>,
        body: Script,
    },
    /// `for ((…; …; …))`.
    ForArithmetic {
        header: Vec<Part>,
        body: Script,
    },
    Case {
        subject: Word,
        arms: Vec<(Vec<Word>, Script)>,
    },
    /// The body runs only when the function is called.
    Function {
        name: Vec<u8>,
        body: Box<Command>,
    },
    /// `[[ … ]]`: its words, operators included.
    Test(Vec<Word>),
    /// `(( … ))`: the parts that run something (substitutions) are among them.
    Arithmetic(Vec<Part>),
    Coprocess {
        name: Option<Vec<u8>>,
        body: Box<Command>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub name: Vec<u8>,
    /// `name[subscript]=…`.
    pub subscript: Option<Word>,
    /// `+=`.
    pub append: bool,
    pub value: Value,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Word(Word),
    /// `name=( … )`; elements of the form `[key]=value` keep their text.
    Array(Vec<Word>),
}

/// A word before expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    pub parts: Vec<Part>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Unquoted text in which `*`, `?` and `[…]` are patterns. No quotes, no backslashes left.
    Plain(Vec<u8>),
    /// Text that is itself: from `'…'`, `$'…'` (escapes already decoded), a backslash, or within `"…"`.
    Quoted(Vec<u8>),
    /// `"…"` or `$"…"`: its parts are never split or globbed. An empty list is an empty word that stays.
    Double(Vec<Part>),
    /// `~` or `~name` at the beginning of a word or an assignment's value.
    Tilde(Vec<u8>),
    /// `$name`, `${…}`.
    Variable(Box<Variable>),
    /// `$(…)` and backquotes.
    Command(Script),
    /// `<(…)` (`write` is false) and `>(…)`.
    Process { write: bool, script: Script },
    /// `$((…))` and `$[…]`: only the parts inside that run or read something are kept.
    Arithmetic(Vec<Part>),
    /// `{a,b}` as alternatives; `{1..9}` is expanded up to a limit, beyond it a gap.
    Brace(Vec<Word>),
    /// Something inside the word that could not be read.
    Unread(Why),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// `name`, `1`, `@`, `*`, `?`, `#`, `$`, `!`, `-`, `_`.
    pub name: Vec<u8>,
    pub subscript: Option<Word>,
    pub operation: Operation,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `$name`, `${name}`.
    Plain,
    /// `${#name}`.
    Length,
    /// `${!name}`.
    Indirect,
    /// `:-` and `-` (`empty_too` for the form with a colon).
    Default { word: Word, empty_too: bool },
    /// `:=` and `=`.
    Assign { word: Word, empty_too: bool },
    /// `:+` and `+`.
    Alternative { word: Word, empty_too: bool },
    /// `:?` and `?`.
    Error { word: Word, empty_too: bool },
    /// `#`, `##` (`longest`), from the front; `%`, `%%` from the back.
    Strip { pattern: Word, back: bool, longest: bool },
    /// `/`, `//` (`all`), `/#`, `/%` kept in the pattern's text.
    Replace { pattern: Word, with: Word, all: bool },
    /// `:offset:length`, as written.
    Slice { text: Word },
    /// `^`, `^^`, `,`, `,,`, `@Q` and the like, as written.
    Transform(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The descriptor before the operator; `None` is the operator's own (0 or 1). `{name}>` has no number and is `None`.
    pub fd: Option<u32>,
    pub kind: RedirectKind,
    pub target: RedirectTarget,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// `<`.
    Read,
    /// `>` and `>|`.
    Write,
    /// `>>`.
    Append,
    /// `<>`.
    ReadWrite,
    /// `&>` and `>&word`: both output streams.
    WriteBoth,
    /// `&>>`.
    AppendBoth,
    /// `<&` and `>&` with a descriptor or `-`.
    Duplicate,
    /// `<<` and `<<-`: tabs already taken off.
    HereDocument,
    /// `<<<`.
    HereString,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectTarget {
    Word(Word),
    /// The body of a here-document: one `Quoted` part when the delimiter was quoted, else parts that expand.
    Body(Word),
}
