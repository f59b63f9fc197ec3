//! Prompt injection: text from outside that gives orders to the agent.
//!
//! One phrase proves nothing: documentation, tests and papers are full of them. So the rule is two signals in a window of
//! 300 bytes: text speaks to a model, sets its orders aside, asks for harm, wants the person not to know, steers the use
//! of tools, or hides from the eye (`phrases`, over the words that `words` reads). What is quoted, fenced, told or taught
//! is a note, which never acts (`telling`). A few marks need no second one, because nothing harmless has them (`marks`).
//!
//! Only what comes in is looked at; in a prompt, which a person wrote, everything is a note.

mod encoded;
mod lexicon;
mod marks;
mod phrases;
mod telling;
mod words;

#[cfg(test)]
mod tests;

use lexicon::Role;
use phrases::Signal;
use protocol::finding::Confidence;
use protocol::{Direction, Finding, FindingKind, Severity};
use words::Words;

/// Two signals belong together where they stand in so many bytes.
const WINDOW: usize = 300;
/// What the weights of different signals must come to.
const NEEDED: u8 = 3;

/// A place that gives orders, before it is judged by what stands around it.
#[derive(Clone, Copy, Debug)]
struct Order {
    name: &'static str,
    start: usize,
    end: usize,
    severity: Severity,
    /// Where it speaks to the agent: the part that a quotation would have.
    lead: (usize, usize),
    /// So much talk of attacks, tests or examples makes it a note.
    bears: u8,
}

/// The parts, for measurements.
pub(super) const STAGES: [super::Stage; 4] = [
    ("marks of injection", |text| {
        let mut orders = Vec::new();
        marks::find(text, &mut orders);
        orders.len()
    }),
    ("places of phrases", |text| phrases::regions(text).iter().map(|(from, to)| to - from).sum()),
    ("phrases", |text| {
        let mut signals = Vec::new();
        for (from, to) in phrases::regions(text) {
            phrases::find(&Words::read(text, from, to), &mut signals);
        }
        signals.len()
    }),
    ("encoded orders", |text| {
        let (mut signals, mut orders) = (Vec::new(), Vec::new());
        encoded::find(text, &mut signals, &mut orders);
        signals.len() + orders.len()
    }),
];

/// Adds the orders in `text` to what was found in it.
pub(super) fn find(text: &[u8], direction: Direction, findings: &mut Vec<Finding>) {
    if !matches!(direction, Direction::Incoming | Direction::Prompt) {
        return;
    }
    let mut orders = Vec::new();
    marks::find(text, &mut orders);
    let mut signals = Vec::new();
    for (from, to) in phrases::regions(text) {
        phrases::find(&Words::read(text, from, to), &mut signals);
    }
    encoded::find(text, &mut signals, &mut orders);
    join(text, &mut signals, &mut orders);
    if orders.is_empty() {
        return;
    }
    let mut telling = telling::Telling::new(text);
    orders.sort_by_key(|order| (order.start, std::cmp::Reverse(order.severity)));
    let mut last: Option<Finding> = None;
    for order in orders {
        let told = direction == Direction::Prompt || telling.of(order.lead.0, order.lead.1) >= order.bears;
        let severity = if told { Severity::Note } else { order.severity };
        match &mut last {
            // One place is one finding.
            Some(known) if order.start < known.end => {
                known.end = known.end.max(order.end);
                if severity > known.severity {
                    known.severity = severity;
                    order.name.clone_into(&mut known.name);
                }
                continue;
            }
            _ => findings.extend(last.take()),
        }
        last = Some(Finding {
            kind: FindingKind::Injection,
            name: order.name.to_owned(),
            start: order.start,
            end: order.end,
            severity,
            confidence: if severity >= Severity::High { Confidence::High } else { Confidence::Medium },
            direction,
            random: false,
            fingerprint: None,
        });
    }
    findings.extend(last);
    findings.sort_by_key(|finding| finding.start);
}

/// Joins signals that stand near each other.
fn join(text: &[u8], signals: &mut [Signal], orders: &mut Vec<Order>) {
    signals.sort_by_key(|signal| (signal.start, std::cmp::Reverse(signal.end)));
    let mut first = 0;
    while first < signals.len() {
        let mut last = first;
        let start = signals[first].start;
        while last + 1 < signals.len() && signals[last + 1].start < start + WINDOW {
            last += 1;
        }
        match judge(text, &signals[first..=last]) {
            Some(order) => {
                // Further signals belong to it as long as they go on.
                let end = order.end;
                orders.push(order);
                while first < signals.len() && signals[first].start < end {
                    first += 1;
                }
            }
            None => first += 1,
        }
    }
}

/// Is this group of signals, the first of which must take part, an order to the agent?
fn judge(text: &[u8], group: &[Signal]) -> Option<Order> {
    let first = group.first()?;
    let strongest = |role: Role| {
        let weights = group.iter().filter(|signal| signal.role == role).map(|signal| signal.weight);
        weights.max().unwrap_or(0)
    };
    let (address, over) = (strongest(Role::Address), strongest(Role::Override));
    let (conceal, steer) = (strongest(Role::Conceal), strongest(Role::Steer));
    let (harm, configure) = (strongest(Role::Harm), strongest(Role::Configure));
    let disguised = 2 * u8::from(group.iter().any(|signal| signal.disguised && signal.role != Role::Harm));
    let leads = address + over + conceal + steer;
    let (styled, comment) = if leads + harm > 0 { marks::hides(text, first.start) } else { (0, 0) };
    // Instructions to agents, too, say what to change; only text that hides or sets orders aside makes it harm.
    let changes = if over + conceal + steer > 0 { configure } else { 0 };
    let unasked = if address + over + steer > 0 { strongest(Role::Unasked) } else { 0 };
    let sum = leads + harm.max(changes) + unasked + disguised + styled + if leads > 0 { comment } else { 0 };
    // A hidden dialog asks, too, whether to delete a file.
    let needed = if leads == 0 { NEEDED + 1 } else { NEEDED };
    if leads + styled + disguised == 0 || sum < needed {
        return None;
    }
    // "Do not show it" and the like need a firmer companion than a deed.
    if address + over + steer + styled + comment + disguised == 0 && conceal < 2 {
        return None;
    }
    // A tool's own rules for its use: "call X before this", "do not mention it".
    if over == 0
        && harm == 0
        && styled + comment == 0
        && disguised == 0
        && steer < 4
        && sum < 6
        && (address == 0 || conceal == 0)
    {
        return None;
    }
    let kinds = [address, over, conceal, steer, harm.max(changes), disguised, styled + comment];
    let kinds = kinds.iter().filter(|weight| **weight > 0).count();
    let name = if styled + comment + disguised > 0 {
        "hidden-instruction"
    } else if over > 0 {
        "instruction-override"
    } else if steer > 0 {
        "tool-steering"
    } else if conceal > 0 {
        "concealment"
    } else {
        "agent-instruction"
    };
    let leading = |signal: &&Signal| !matches!(signal.role, Role::Harm | Role::Configure | Role::Unasked);
    let lead = group.iter().find(leading).unwrap_or(first);
    let told = group.iter().any(|signal| signal.told && signal.weight == 4);
    let certain = kinds >= 3 || sum >= 8;
    Some(Order {
        name,
        start: first.start,
        end: group.iter().map(|signal| signal.end).max()?,
        severity: if certain { Severity::High } else { Severity::Medium },
        lead: (lead.start, lead.end),
        bears: match (told, certain) {
            (true, _) => 0,
            (false, true) => 4,
            (false, false) => 2,
        },
    })
}
