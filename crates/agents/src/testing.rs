//! What the tests of all adapters need.

use crate::Said;
use protocol::call::Gap;
use protocol::verdict::{Action, Decision, Mode, Verdict};
use protocol::{Code, Why};

pub(crate) fn gap(field: &str, why: Why) -> Gap {
    Gap { field: field.to_owned(), why }
}

pub(crate) fn decision(action: Action) -> Decision {
    let verdict = Verdict { action, ..Verdict::default() };
    Decision {
        mode: Mode::Enforce,
        raw: verdict.clone(),
        applied: verdict,
        matches: Vec::new(),
        degraded: None,
        undecided: None,
        code: Code::parse("7QK4").unwrap(),
        repeats: None,
    }
}

pub(crate) fn said() -> Said {
    Said { agent: Some("to the agent".into()), person: Some("to the person".into()), output: None }
}
