//! Rules as they are judged and told.

use crate::effects;
use crate::matcher::Test;
use crate::matcher::programs::Programs;
use protocol::verdict::{Action, Layer, Notice, Severity, Verdict};
use protocol::{FindingKind, Why};
use serde::Deserialize;
use std::sync::Arc;

/// One rule of one layer.
#[derive(Debug)]
pub struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) layer: Layer,
    /// The name of the bundle that holds it.
    pub(crate) bundle: Arc<str>,
    /// Where people ask about rules of this bundle.
    pub(crate) help: Option<Arc<str>>,
    pub(crate) line: usize,
    pub(crate) subject: RuleSubject,
    pub(crate) test: Test,
    /// The programs that it speaks of, where it is about what is run and names them.
    pub(crate) programs: Option<Programs>,
    /// Tests under which it stays silent: exceptions of a layer that may speak of it.
    pub(crate) unless: Vec<Test>,
    pub(crate) word: Word,
    pub(crate) notice: Notice,
    pub(crate) severity: Severity,
    pub(crate) title: Option<String>,
    pub(crate) say: Option<String>,
    pub(crate) instead: Option<String>,
    pub(crate) technique: Vec<String>,
    pub(crate) trial: bool,
    pub(crate) unknown: Option<OnUnknown>,
    pub(crate) examples: Vec<Example>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleSubject {
    Effects(effects::Set),
    Finding(FindingKind),
}

/// A rule's verdict in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    Allow,
    Flag,
    Alert,
    Mask,
    Ask,
    Block,
}

impl Word {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Flag => "flag",
            Self::Alert => "alert",
            Self::Mask => "mask",
            Self::Ask => "ask",
            Self::Block => "block",
        }
    }
}

/// What a rule does where a field that it asks about could not be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnknown {
    /// It counts as matched, but asks at most.
    Ask,
    /// It counts as matched.
    Match,
    /// It counts as not matched.
    Ignore,
}

impl Rule {
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn layer(&self) -> Layer {
        self.layer
    }

    /// The bundle that holds the rule.
    pub fn bundle(&self) -> &str {
        &self.bundle
    }

    /// The line in its bundle, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Where people ask about it, as the bundle says.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// What the rule says when it matches for sure.
    pub fn word(&self) -> Word {
        self.word
    }

    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What the call would do, for lists; the rule's id where it has none.
    pub fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.id)
    }

    /// Why, in one sentence.
    pub fn say(&self) -> &str {
        match (&self.say, self.layer) {
            (Some(say), _) => say,
            (None, Layer::Repository) => "This repository's own rules do not allow it.",
            (None, _) => "The policy on this machine does not allow it.",
        }
    }

    /// What to do in its place, in one sentence.
    pub fn instead(&self) -> Option<&str> {
        self.instead.as_deref()
    }

    /// Ids of ATT&CK or ATLAS techniques.
    pub fn technique(&self) -> &[String] {
        &self.technique
    }

    /// Recorded, never acts.
    pub fn is_on_trial(&self) -> bool {
        self.trial
    }

    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    pub(crate) fn verdict(&self, masks: Vec<String>) -> Verdict {
        let (action, notice) = match self.word {
            Word::Allow | Word::Mask => (Action::Allow, Notice::None),
            Word::Flag => (Action::Allow, Notice::Flag),
            Word::Alert => (Action::Allow, Notice::Alert),
            Word::Ask => (Action::Ask, Notice::None),
            Word::Block => (Action::Block, Notice::None),
        };
        Verdict {
            action,
            notice: notice.max(self.notice),
            masks: if self.word == Word::Mask { masks } else { Vec::new() },
        }
    }
}

/// A call with the verdict that its author expects. The engine runs them; this crate only holds them.
///
/// With `verdict` other than `allow` it is a *hit*: the rule is among the matches and the verdict of the whole call is
/// at least this. With `allow` it is a *look-alike*: the rule is not among the matches, and the call is neither asked
/// about nor blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub call: ExampleCall,
    /// Commands of the same session that ran before.
    pub earlier: Vec<String>,
    /// The working folder, where it is not the workspace.
    pub cwd: Option<String>,
    pub verdict: Word,
    /// The line in the bundle, from 1.
    pub line: usize,
}

/// What an example calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExampleCall {
    /// A POSIX shell command.
    Command(String),
    Read {
        path: String,
    },
    Write {
        path: String,
        content: String,
    },
    Edit {
        path: String,
        old: String,
        new: String,
    },
    Fetch {
        url: String,
    },
    /// `arguments`: JSON.
    Mcp {
        server: String,
        tool: String,
        arguments: String,
    },
}

/// The default for a rule that does not say `unknown`, by the effect that it speaks of.
///
/// Where a wrong guess lets something out or in for good (run, send, privilege, persist, configure-agent), not knowing
/// asks. Where the same action is ordinary work with most values, it does not: a rule that wants to ask there says so.
pub(crate) const ON_UNKNOWN: [(&str, OnUnknown); effects::NAMES.len()] = [
    ("read", OnUnknown::Ignore),
    ("write", OnUnknown::Ignore),
    ("delete", OnUnknown::Ignore),
    ("move", OnUnknown::Ignore),
    ("change-mode", OnUnknown::Ignore),
    ("run", OnUnknown::Ask),
    ("fetch", OnUnknown::Ignore),
    ("send", OnUnknown::Ask),
    ("listen", OnUnknown::Ignore),
    ("stop", OnUnknown::Ignore),
    ("privilege", OnUnknown::Ask),
    ("persist", OnUnknown::Ask),
    ("change-history", OnUnknown::Ask),
    ("resource", OnUnknown::Ask),
    ("publish", OnUnknown::Ask),
    ("install-package", OnUnknown::Ignore),
    ("use-credential", OnUnknown::Ignore),
    ("call-mcp", OnUnknown::Ask),
    ("configure-agent", OnUnknown::Ask),
    ("start-agent", OnUnknown::Ignore),
    ("impersonate-person", OnUnknown::Ask),
    ("unknown", OnUnknown::Match),
];

/// Is this a gap that leaves the call undecided? A program or option that the tables do not know is ordinary; what was
/// cut off, hidden or unreadable is not.
pub(crate) fn leaves_undecided(why: Why) -> bool {
    !matches!(why, Why::Program | Why::Option | Why::Unstated)
}
