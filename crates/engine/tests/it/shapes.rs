//! No text makes the judge slow, and none gets past it by being long.

mod kind;
mod measure;
mod named;
mod search;

use crate::corpus::files;
use kind::Kind;
use measure::Judge;
use named::named;
use policy::Judgement;
use protocol::verdict::Action;
use search::Search;
use std::time::Duration;

const KIB: usize = 1024;
/// For effects and rules of 64 KiB, in the build of the tests and on a machine that does other things as well. What grows
/// with the square of the text takes longer than this, at the latest with the constant that such code has had here.
const AT_MOST: Duration = Duration::from_millis(120);

fn is_held(judgement: &Judgement) -> bool {
    judgement.acting.action > Action::Allow
}

#[test]
fn no_named_shape_makes_a_verdict_slow() {
    let judge = Judge::new();
    let mut slow = Vec::new();
    let mut count = 0;
    for shape in named() {
        count += 1;
        let cost = judge.judged(shape.kind, &shape.text(64 * KIB), 3, AT_MOST);
        if cost > AT_MOST {
            slow.push(format!("{cost:?} {}", shape.name()));
        }
    }
    assert!(count > 500, "{count} shapes");
    assert!(slow.is_empty(), "{} are slow:\n{}", slow.len(), slow.join("\n"));
}

#[test]
fn every_language_has_a_dozen_named_shapes() {
    for kind in Kind::ALL {
        let count = named().filter(|shape| shape.kind == kind).count();
        assert!(count >= 12, "{count} of {kind:?}");
    }
}

/// The same texts in each run: what is slow is not found by luck.
#[test]
fn no_text_of_a_short_search_makes_a_verdict_slow() {
    let judge = Judge::new();
    let mut search = Search::new(7);
    for _ in 0..400 {
        let found = search.next();
        let cost = judge.judged(found.kind, &found.text(64 * KIB), 3, AT_MOST);
        assert!(cost <= AT_MOST, "{cost:?} {}", found.name());
        search.learn(&found, cost);
    }
}

#[test]
fn a_danger_behind_much_of_anything_is_held() {
    let judge = Judge::new();
    let mut past = Vec::new();
    for (kind, danger) in [
        (Kind::Bash, "\n\nrm -rf ~\n"),
        (Kind::PowerShell, "\n\nRemove-Item -Recurse -Force C:\\Users\\ana\n"),
        (Kind::Cmd, "\n\nrd /s /q C:\\Users\\ana\n"),
    ] {
        for shape in named().filter(|shape| shape.kind == kind) {
            // What is open at its end may take the danger into a text.
            let alone = format!("{}{danger}", shape.text(200));
            if !is_held(&judge.judge(kind, &alone)) {
                continue;
            }
            let hidden = format!("{}{danger}", shape.text(64 * KIB - danger.len()));
            if !is_held(&judge.judge(kind, &hidden)) {
                past.push(shape.name());
            }
        }
    }
    assert!(past.is_empty(), "{} hide a danger:\n{}", past.len(), past.join("\n"));
}

#[test]
fn a_text_that_doubles_itself_is_not_followed_without_end() {
    let judge = Judge::new();
    for text in ["$a=1; ", "$a=@{b=1}; "] {
        let text = format!("{text}{}", "$a=$a,$a; ".repeat(60));
        let cost = judge.judged(Kind::PowerShell, &text, 1, AT_MOST);
        assert!(cost <= AT_MOST, "{cost:?}");
    }
}

/// Two commands cut anywhere and put together, one of them perhaps within the other or over and over.
fn mixed(search: &mut Search, commands: &[(Kind, String)]) -> (Kind, String) {
    let (kind, first) = &commands[search.below(commands.len())];
    let (_, second) = &commands[search.below(commands.len())];
    let mut cut = |text: &str| {
        let at = search.below(text.len() + 1);
        let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let (head, tail) = text.split_at(at);
        (head.to_owned(), tail.to_owned())
    };
    let ((head, tail), (other_head, other_tail)) = (cut(first), cut(second));
    let text = match search.below(6) {
        0 => format!("{head}{other_tail}"),
        1 => format!("{head}{second}{tail}"),
        2 => format!("{head}{}{tail}", search.piece(*kind)),
        3 => format!("{other_head}{tail}{}", search.piece(*kind)),
        4 => head.repeat(1 + search.below(40)) + second,
        _ => format!("{tail}{head}"),
    };
    (*kind, text)
}

/// Commands of the corpus, cut, doubled and put into one another: whatever comes out, there is an answer.
#[test]
fn commands_of_the_corpus_cut_and_joined_get_an_answer() {
    let judge = Judge::new();
    let mut commands: Vec<(Kind, String)> = Vec::new();
    for file in files("commands") {
        for case in &file.case {
            commands.extend(case.spoken().map(|(shell, command)| {
                let kind = match shell {
                    Some("powershell") => Kind::PowerShell,
                    Some("cmd") => Kind::Cmd,
                    _ => Kind::Bash,
                };
                (kind, command.to_owned())
            }));
        }
    }
    assert!(commands.len() > 1000, "{} commands", commands.len());
    let mut search = Search::new(11);
    for _ in 0..4000 {
        let (kind, text) = mixed(&mut search, &commands);
        let cost = judge.judged(kind, &text, 3, AT_MOST);
        assert!(cost <= AT_MOST, "{cost:?} {kind:?} {text}");
    }
}
