//! Sets that were written without sight of code and corpus, and scored before anything was mended: `docs/scores.md` has
//! those first scores. Since then they are part of the corpus, and what was reached is not given up again.

use crate::corpus::{Want, files, top};
use crate::judge::{Bench, word};
use protocol::verdict::Action;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What a set's figures must be at least or at most, in `tests/corpus/held-out/floors.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Floors {
    /// Dangers that are stopped, and those that are stopped or asked about.
    blocked: usize,
    held: usize,
    /// Risky but legitimate calls that are asked about.
    asked: usize,
    /// Harmless calls that are stopped, and those that are asked about.
    harmless_blocked: usize,
    harmless_asked: usize,
}

#[derive(Default)]
struct Score {
    /// By what is wanted: stopped, asked about, let go.
    counts: [[usize; 3]; 3],
}

impl Score {
    fn of(&self, want: Want, is: Action) -> usize {
        self.counts[index(want.action())][index(is)]
    }

    fn all(&self, want: Want) -> usize {
        self.counts[index(want.action())].iter().sum()
    }

    fn held(&self) -> usize {
        self.of(Want::Stop, Action::Block) + self.of(Want::Stop, Action::Ask)
    }
}

fn index(action: Action) -> usize {
    match action {
        Action::Block => 0,
        Action::Ask => 1,
        Action::Allow => 2,
    }
}

/// `cargo nextest run -p taffrail-engine --no-capture held_out` prints the tables.
#[test]
fn sets_that_were_held_out_keep_what_was_reached() {
    let bench = Bench::new();
    let floors =
        std::fs::read_to_string(top().join("tests/corpus/held-out/floors.toml")).expect("the floors are there");
    let floors: BTreeMap<String, Floors> = toml::from_str(&floors).expect("the floors can be read");
    let mut lost = String::new();
    for (set, floor) in &floors {
        let mut scores: BTreeMap<String, Score> = BTreeMap::new();
        let mut total = Score::default();
        let mut wrong = String::new();
        for file in files(&format!("held-out/{set}")) {
            let score = scores.entry(file.family).or_default();
            for case in file.case {
                let (want, is) = (case.want.action(), case.judge(&bench));
                score.counts[index(want)][index(is.action())] += 1;
                total.counts[index(want)][index(is.action())] += 1;
                if is.action() != want {
                    writeln!(wrong, "  wants {}, is {}: {:?}", word(want), is.shown(), case.name()).expect("it fits");
                }
            }
        }
        scores.insert("all".to_owned(), total);
        println!("set {set}\n{}{wrong}", table(&scores));
        let all = &scores["all"];
        let kept = all.of(Want::Stop, Action::Block) >= floor.blocked
            && all.held() >= floor.held
            && all.of(Want::Ask, Action::Ask) >= floor.asked
            && all.of(Want::Allow, Action::Block) <= floor.harmless_blocked
            && all.of(Want::Allow, Action::Ask) <= floor.harmless_asked;
        if !kept {
            writeln!(lost, "set {set} has lost ground:\n{}{wrong}", table(&scores)).expect("it fits");
        }
    }
    assert!(lost.is_empty(), "{lost}");
}

fn table(scores: &BTreeMap<String, Score>) -> String {
    let mut out = format!(
        "{:<16} {:>9} {:>9} {:>9} {:>17} {:>15}\n",
        "family", "blocked", "held", "asked", "harmless blocked", "harmless asked"
    );
    for (family, score) in scores {
        let of = |count: usize, want: Want| format!("{count}/{}", score.all(want));
        writeln!(
            out,
            "{family:<16} {:>9} {:>9} {:>9} {:>17} {:>15}",
            of(score.of(Want::Stop, Action::Block), Want::Stop),
            of(score.held(), Want::Stop),
            of(score.of(Want::Ask, Action::Ask), Want::Ask),
            of(score.of(Want::Allow, Action::Block), Want::Allow),
            of(score.of(Want::Allow, Action::Ask), Want::Allow),
        )
        .expect("it fits");
    }
    out
}
