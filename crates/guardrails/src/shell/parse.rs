//! Reads bash, zsh and POSIX sh into [`Script`].
//!
//! Total: every byte string gives a script. What is not grammar becomes a [`Gap`], and reading goes on behind it, so that
//! a broken line never hides the commands around it. Where shells differ, the reading that finds more commands is taken.
//!
//! Bounded: at most [`MAX_INPUT`] bytes and [`MAX_DEPTH`] levels are read, and every byte is looked at a bounded number of
//! times. The stack needed grows with depth alone; see [`STACK`].

mod arithmetic;
mod brace;
mod bytes;
mod command;
mod compound;
mod cursor;
mod dollar;
mod heredoc;
mod list;
mod quote;
mod redirect;
mod reserved;
mod test_command;
mod word;

#[cfg(test)]
mod tests;

use super::ast::{Gap, Script, Word};
use protocol::Why;
use protocol::effect::Span;

/// Bytes that one text may have; what lies beyond is a gap.
pub const MAX_INPUT: usize = 64 * 1024;
/// Levels of nesting that are read; what lies deeper is a gap.
pub const MAX_DEPTH: u16 = 64;
/// Steps that one call of the judge may spend in the parser, over all texts that share its [`Limits`].
pub const MAX_STEPS: u64 = 64 * 64 * 1024;
/// Bytes of stack that suffice for any input: to read it, copy the tree and drop it. Measured on the deepest shapes: 320 KiB
/// in a release build, between 512 KiB and 1 MiB in an unoptimised one.
pub const STACK: usize = 1024 * 1024;

/// What is left of depth and work, shared by all texts of one call.
///
/// A caller that finds a text inside a text (`sh -c '…'`) parses it between [`Limits::descend`] and [`Limits::ascend`].
#[derive(Clone, Debug)]
pub struct Limits {
    depth: u16,
    steps: u64,
    work: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(MAX_STEPS)
    }
}

impl Limits {
    /// Limits with `work` steps, a step being about one look at one byte.
    pub fn new(work: u64) -> Self {
        Self { depth: 0, steps: 0, work }
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Levels that are open.
    pub fn depth(&self) -> u16 {
        self.depth
    }

    /// One level down; `false`, and nothing changed, when the limit is reached.
    pub fn descend(&mut self) -> bool {
        if self.depth >= MAX_DEPTH {
            return false;
        }
        self.depth += 1;
        true
    }

    /// One level up.
    pub fn ascend(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn spent(&self) -> bool {
        self.steps > self.work
    }
}

/// Where a text stands in the outermost input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is a verbatim piece that begins at this byte.
    Offset(u32),
    /// It was made from these bytes (unescaped, assembled), so every span in it is this one.
    Within(Span),
}

/// The tree of `input`.
pub fn parse(input: &[u8]) -> Script {
    parse_with(input, &mut Limits::default())
}

/// The tree of `input`, with depth and work that other texts of the same call share.
pub fn parse_with(input: &[u8], limits: &mut Limits) -> Script {
    parse_within(input, Origin::Offset(0), limits)
}

/// The tree of a text that stands inside another one.
pub fn parse_within(input: &[u8], origin: Origin, limits: &mut Limits) -> Script {
    let kept = input.get(..MAX_INPUT).unwrap_or(input);
    let mut parser = Parser::new(kept, origin, limits);
    let mut script = parser.script();
    if kept.len() < input.len() {
        let span = parser.span(kept.len(), input.len());
        script.gaps.push(Gap { why: Why::TooBig, span });
    }
    script
}

/// The reading of one text: a cursor, what is still owed (bodies of here-documents), and what went wrong.
#[derive(Debug)]
struct Parser<'a, 'l> {
    src: &'a [u8],
    pos: usize,
    /// Reading stops here; lowered while a piece inside is read.
    end: usize,
    origin: Origin,
    limits: &'l mut Limits,
    /// Terminators that some open construct waits for.
    enclosing: reserved::Stops,
    /// Gaps of the open scripts, innermost last.
    gaps: Vec<Gap>,
    /// Where the innermost script's gaps begin.
    gap_base: usize,
    heredocs: heredoc::Heredocs,
    /// The target of a redirection that in some shells is an argument.
    beside: Option<Word>,
    /// Bytes that may still be looked at ahead of reading them.
    lookahead: usize,
    /// How often an unclosed quote may still be cut at its line's end to read on behind it.
    resumes: u8,
    /// A piece known to hold no line end, so that it is not searched again at each level around it.
    one_line: (usize, usize),
    /// The work limit was met: nothing more is read.
    stopped: bool,
}

impl<'a, 'l> Parser<'a, 'l> {
    fn new(src: &'a [u8], origin: Origin, limits: &'l mut Limits) -> Self {
        Self {
            src,
            pos: 0,
            end: src.len(),
            origin,
            limits,
            enclosing: reserved::Stops::NONE,
            gaps: Vec::new(),
            gap_base: 0,
            heredocs: heredoc::Heredocs::default(),
            beside: None,
            lookahead: src.len().saturating_mul(8).saturating_add(64),
            resumes: 2,
            one_line: (0, 0),
            stopped: false,
        }
    }

    /// The whole text, with the bodies of its here-documents in place.
    fn script(&mut self) -> Script {
        let mut script = self.list(reserved::Stops::NONE);
        self.close_heredocs();
        script.gaps.append(&mut self.gaps);
        self.fill_heredocs(&mut script);
        script
    }

    fn span(&self, start: usize, end: usize) -> Span {
        match self.origin {
            Origin::Offset(base) => Span {
                start: base.saturating_add(u32::try_from(start).unwrap_or(u32::MAX)),
                end: base.saturating_add(u32::try_from(end.max(start)).unwrap_or(u32::MAX)),
            },
            Origin::Within(span) => span,
        }
    }

    /// Notes what could not be read. Neighbours of one kind become one, so that gaps stay few on any input.
    fn gap(&mut self, why: Why, start: usize, end: usize) {
        const MANY: usize = 16;
        let span = self.span(start, end);
        let many = self.gaps.len() >= self.gap_base + MANY;
        if self.gaps.len() > self.gap_base
            && let Some(last) = self.gaps.last_mut()
            && last.why == why
            && (many || last.span.end >= span.start)
        {
            last.span.start = last.span.start.min(span.start);
            last.span.end = last.span.end.max(span.end);
            return;
        }
        self.gaps.push(Gap { why, span });
    }

    /// One level down; at the limit a gap at `start` and `false`.
    fn descend(&mut self, start: usize) -> bool {
        if self.limits.spent() {
            self.stop();
            return false;
        }
        if self.limits.descend() {
            return true;
        }
        self.gap(Why::TooDeep, start, self.pos.max(start));
        false
    }

    fn ascend(&mut self) {
        self.limits.ascend();
    }

    /// Ends all reading because the work limit is met.
    fn stop(&mut self) {
        if !self.stopped {
            self.stopped = true;
            self.gap(Why::WorkLimit, self.pos, self.src.len());
        }
        self.pos = self.end;
    }
}
