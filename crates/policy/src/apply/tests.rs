use super::*;
use protocol::verdict::{Notice, RuleMatch};

fn judgement(action: Action, masks: &[&str]) -> Judgement {
    let verdict =
        Verdict { action, notice: Notice::Flag, masks: masks.iter().map(|mask| (*mask).to_owned()).collect() };
    Judgement { raw: verdict.clone(), acting: verdict, ..Judgement::default() }
}

fn ability(letters: &str) -> Ability {
    Ability { stop: letters.contains('s'), ask: letters.contains('a'), mask: letters.contains('m') }
}

fn code() -> Code {
    Code::of(&[3; 16])
}

fn decided(action: Action, letters: &str) -> (Action, Option<Degraded>) {
    let decision = apply(judgement(action, &[]), Mode::Enforce, ability(letters), code());
    (decision.applied.action, decision.degraded)
}

#[test]
fn what_the_event_cannot_do_becomes_stricter_and_milder_only_where_nothing_can_be_stopped() {
    assert_eq!(decided(Action::Ask, "sa"), (Action::Ask, None));
    assert_eq!(decided(Action::Ask, "s"), (Action::Block, Some(Degraded::AskBecameBlock)));
    assert_eq!(decided(Action::Ask, ""), (Action::Allow, Some(Degraded::CannotStop)));
    assert_eq!(decided(Action::Block, "s"), (Action::Block, None));
    assert_eq!(decided(Action::Block, "a"), (Action::Allow, Some(Degraded::CannotStop)));
    assert_eq!(decided(Action::Allow, ""), (Action::Allow, None));
}

#[test]
fn detect_answers_allow_and_keeps_what_it_would_have_done() {
    let decision = apply(judgement(Action::Block, &["github-token"]), Mode::Detect, ability("sam"), code());
    assert_eq!(decision.raw.word(), "block");
    assert_eq!(decision.applied.word(), "flag");
    assert!(decision.applied.masks.is_empty());
    assert_eq!(decision.degraded, None);
}

#[test]
fn a_mask_of_what_leaves_becomes_a_block_and_a_mask_that_cannot_be_made_is_said() {
    let mut leaving = judgement(Action::Allow, &["github-token"]);
    leaving.masks_outgoing = true;
    let decision = apply(leaving.clone(), Mode::Enforce, ability("sam"), code());
    assert_eq!((decision.applied.action, decision.degraded), (Action::Block, Some(Degraded::MaskBecameBlock)));
    let decision = apply(leaving, Mode::Enforce, ability("m"), code());
    assert_eq!((decision.applied.action, decision.degraded), (Action::Allow, Some(Degraded::CannotStop)));

    let coming = judgement(Action::Allow, &["github-token"]);
    let decision = apply(coming.clone(), Mode::Enforce, ability("m"), code());
    assert_eq!((decision.applied.word(), decision.degraded), ("mask", None));
    let decision = apply(coming, Mode::Enforce, ability("s"), code());
    assert_eq!((decision.applied.word(), decision.degraded), ("flag", Some(Degraded::CannotMask)));
}

#[test]
fn what_is_on_trial_is_in_raw_and_never_in_the_answer() {
    let mut judgement = judgement(Action::Block, &[]);
    judgement.acting = Verdict::default();
    judgement.matches = Vec::<RuleMatch>::new();
    let decision = apply(judgement, Mode::Enforce, ability("sa"), code());
    assert_eq!((decision.raw.word(), decision.applied.word()), ("block", "allow"));
}

#[test]
fn the_answer_is_never_milder_than_the_judgement_where_the_event_can_stop() {
    for action in [Action::Allow, Action::Ask, Action::Block] {
        for letters in ["s", "sa", "sm", "sam"] {
            for outgoing in [false, true] {
                let mut judgement = judgement(action, &["github-token"]);
                judgement.masks_outgoing = outgoing;
                let decision = apply(judgement, Mode::Enforce, ability(letters), code());
                assert!(decision.applied.action >= action, "{action:?} {letters} {outgoing}");
            }
        }
    }
}
