use super::*;
use crate::fixtures::{HEADLESS, INTERACTIVE, delete, effect, input, known, mkdir, rename, write};
use crate::{Policy, apply};
use protocol::effect::{HistoryKind, Target};
use protocol::record::Origin;
use protocol::verdict::{Ability, Mode, Verdict};
use protocol::{Code, Effect, PathClass, Why};

const HOUR: i64 = 60 * MINUTE;
const OTHER: PathClass = PathClass::OTHER_PROJECT.union(PathClass::HOME);

fn key() -> MemoryKey {
    MemoryKey { uid: 1000, session: Some("s1".into()), instance: Some(Instance { pid: 7, started: 1 }) }
}

fn allowed() -> Decision {
    Decision {
        mode: Mode::Enforce,
        raw: Verdict::default(),
        applied: Verdict::default(),
        matches: Vec::new(),
        degraded: None,
        undecided: None,
        code: Code::of(&[1; 16]),
        repeats: None,
    }
}

/// One call, before and (unless `well` is `None`) after.
fn call(memory: &mut Memory, key: &MemoryKey, effects: &[Effect], well: Option<bool>, at: i64) {
    let decision = allowed();
    let mut event =
        Noted { phase: Phase::Before, call: Some("c"), succeeded: None, effects, decision: Some(&decision), at };
    memory.note(key, &event);
    if let Some(well) = well {
        event.phase = if well { Phase::After } else { Phase::Failed };
        memory.note(key, &event);
    }
}

fn decide(memory: &mut Memory, key: &MemoryKey, effects: &[Effect], ability: Ability, at: i64) -> Decision {
    let judgement = Policy::builtin().judge(&input(effects, Some(memory.view(key, at))));
    let id = [u8::try_from(at % 251).unwrap(); 16];
    let decision = apply(judgement, Mode::Enforce, ability, Code::of(&id));
    let event =
        Noted { phase: Phase::Before, call: Some("d"), succeeded: None, effects, decision: Some(&decision), at };
    memory.note(key, &event);
    decision
}

#[test]
fn a_path_counts_as_made_when_nothing_was_there_and_the_call_ended_well() {
    let made = |exists: Field<bool>, well| {
        let mut memory = Memory::new();
        let target = Target { exists, ..crate::fixtures::target("/w/x", PathClass::empty()) };
        let effect = effect(Action::Write { target, mode: WriteMode::Create, content: known("") });
        call(&mut memory, &key(), &[effect], well, 0);
        memory.view(&key(), 0).made_by_agent(b"/w/x/below")
    };
    assert!(made(Field::Known(false), Some(true)));
    assert!(!made(Field::Known(false), Some(false)));
    assert!(!made(Field::Known(true), Some(true)));
    assert!(!made(Field::Unknown(Why::NoFacts), Some(true)));
}

#[test]
fn a_call_under_way_has_made_its_folder_until_it_fails_or_ten_minutes_have_gone() {
    let minutes = |n: i64| n * super::MINUTE;
    let mut memory = Memory::new();
    let effects = [mkdir("/w/x", PathClass::empty())];
    call(&mut memory, &key(), &effects, None, 0);
    assert!(memory.view(&key(), minutes(9)).made_by_agent(b"/w/x/below"));
    assert!(!memory.view(&key(), minutes(9)).made_by_agent(b"/w/xy"));
    assert!(!memory.view(&key(), minutes(11)).made_by_agent(b"/w/x"));
    call(&mut memory, &key(), &effects, Some(false), 0);
    assert!(!memory.view(&key(), 0).made_by_agent(b"/w/x"));
}

#[test]
fn without_after_events_the_caller_says_that_what_was_allowed_is_done() {
    let mut memory = Memory::assuming_success();
    call(&mut memory, &key(), &[mkdir("/w/x", PathClass::empty())], None, 0);
    assert!(memory.view(&key(), 0).made_by_agent(b"/w/x"));
}

#[test]
fn a_name_that_only_begins_alike_was_not_made() {
    let mut memory = Memory::new();
    call(&mut memory, &key(), &[mkdir("/w/x", PathClass::empty())], Some(true), 0);
    let view = memory.view(&key(), 0);
    assert!(!view.made_by_agent(b"/w/xy"));
    assert!(!view.made_by_agent(b"/w"));
}

#[test]
fn a_folder_stops_being_the_agents_own_when_it_goes_or_takes_in_what_was_there_before() {
    let mut memory = Memory::new();
    call(&mut memory, &key(), &[mkdir("/w/x", PathClass::empty())], Some(true), 0);
    call(&mut memory, &key(), &[rename("/home/ana/thesis", "/w/x/thesis")], Some(true), 1);
    assert!(!memory.view(&key(), 1).made_by_agent(b"/w/x"));

    call(&mut memory, &key(), &[mkdir("/w/y", PathClass::empty())], Some(true), 2);
    call(&mut memory, &key(), &[delete("/w/y", PathClass::empty())], Some(true), 3);
    assert!(!memory.view(&key(), 3).made_by_agent(b"/w/y"));
}

#[test]
fn moving_an_own_folder_onto_something_that_is_there_does_not_make_that_the_agents() {
    let mut memory = Memory::new();
    call(&mut memory, &key(), &[mkdir("/w/x", PathClass::empty())], Some(true), 0);
    call(&mut memory, &key(), &[rename("/w/x", "/home/ana/Documents")], Some(true), 1);
    assert!(!memory.view(&key(), 1).made_by_agent(b"/home/ana/Documents"));
}

#[test]
fn what_was_written_or_downloaded_counts_before_the_call_has_ended_and_for_other_sessions_too() {
    let mut memory = Memory::new();
    let fetch = effect(Action::Fetch {
        host: known("x.example"),
        url: known("https://x.example/i.sh"),
        method: known("GET"),
        to: Some(crate::fixtures::target("/w/i.sh", PathClass::empty())),
    });
    call(&mut memory, &key(), &[fetch, write("/w/run.sh", PathClass::empty())], None, 0);
    let other = MemoryKey { uid: 1000, session: Some("s2".into()), instance: None };
    let view = memory.view(&other, HOUR);
    assert!(view.downloaded(b"/w/i.sh") && view.written(b"/w/run.sh"));
    assert!(!view.downloaded(b"/w/run.sh"));
    let stranger = MemoryKey { uid: 1001, ..other };
    assert!(!memory.view(&stranger, HOUR).downloaded(b"/w/i.sh"));
}

#[test]
fn the_ledger_lapses_by_the_time_that_is_passed_in() {
    let mut memory = Memory::new();
    call(&mut memory, &key(), &[write("/w/run.sh", PathClass::empty())], None, 0);
    assert!(memory.view(&key(), 6 * 24 * HOUR).written(b"/w/run.sh"));
    assert!(!memory.view(&key(), 8 * 24 * HOUR).written(b"/w/run.sh"));
}

#[test]
fn a_repetition_names_the_code_of_the_first_stop() {
    let mut memory = Memory::new();
    let gone = [delete("/home/ana/other-project", OTHER)];
    let first = decide(&mut memory, &key(), &gone, HEADLESS, 1);
    assert_eq!(first.repeats, None);
    let second = decide(&mut memory, &key(), &gone, HEADLESS, 2);
    assert_eq!(second.repeats, Some(first.code));
    let third = decide(&mut memory, &key(), &gone, HEADLESS, 3);
    assert_eq!(third.repeats, Some(first.code));
    let tomorrow = decide(&mut memory, &key(), &gone, HEADLESS, 25 * HOUR);
    assert_eq!(tomorrow.repeats, None);
}

#[test]
fn after_a_stop_the_same_effect_on_the_same_target_is_stopped_in_any_wording() {
    let mut memory = Memory::new();
    let first = decide(&mut memory, &key(), &[delete("/home/ana/other-project", OTHER)], HEADLESS, 1);
    // File by file, not recursive: no rule would stop it by itself.
    let reworded = effect(Action::Delete {
        target: crate::fixtures::target("/home/ana/other-project/src/a.rs", PathClass::HOME),
        recursive: false,
        forced: false,
        filtered: false,
    });
    let again = decide(&mut memory, &key(), std::slice::from_ref(&reworded), HEADLESS, 2);
    assert_eq!(again.applied.word(), "block");
    assert_eq!(&*again.matches[0].rule, "fs.delete-other-project");
    assert_eq!(again.repeats, Some(first.code));
    let elsewhere = MemoryKey { uid: 1000, session: Some("s9".into()), instance: None };
    assert_eq!(decide(&mut memory, &elsewhere, &[reworded], HEADLESS, 3).applied.word(), "allow");
}

#[test]
fn a_stop_of_the_whole_project_does_not_stop_work_in_it() {
    let mut memory = Memory::new();
    let root = PathClass::WORKSPACE | PathClass::WORKSPACE_ROOT | PathClass::HOME;
    assert_eq!(decide(&mut memory, &key(), &[delete("/home/ana/src/shop", root)], HEADLESS, 1).applied.word(), "block");
    let target = delete("/home/ana/src/shop/target", PathClass::WORKSPACE | PathClass::BUILD_OUTPUT);
    assert_eq!(decide(&mut memory, &key(), &[target], HEADLESS, 2).applied.word(), "allow");
}

#[test]
fn another_kind_of_the_same_effect_is_another_matter() {
    let mut memory = Memory::new();
    let push = |kind| [crate::fixtures::history(kind, known("main"))];
    assert_eq!(decide(&mut memory, &key(), &push(HistoryKind::ForcePush), HEADLESS, 1).applied.word(), "block");
    assert_eq!(decide(&mut memory, &key(), &push(HistoryKind::Push), HEADLESS, 2).applied.word(), "allow");
}

#[test]
fn in_detect_nothing_was_stopped_and_nothing_is_remembered_as_stopped() {
    let mut memory = Memory::new();
    let effects = [delete("/home/ana/other-project", OTHER)];
    let judgement = Policy::builtin().judge(&input(&effects, Some(memory.view(&key(), 0))));
    let decision = apply(judgement, Mode::Detect, INTERACTIVE, Code::of(&[1; 16]));
    let event = Noted {
        phase: Phase::Before,
        call: None,
        succeeded: None,
        effects: &effects,
        decision: Some(&decision),
        at: 0,
    };
    memory.note(&key(), &event);
    assert!(memory.view(&key(), 1).stopped(&effects[0].action).is_none());
}

#[test]
fn a_session_is_known_by_its_process_even_under_another_name() {
    let mut memory = Memory::new();
    let gone = [delete("/home/ana/other-project", OTHER)];
    let first = decide(&mut memory, &key(), &gone, HEADLESS, 1);
    let renamed = MemoryKey { session: Some("another".into()), ..key() };
    assert_eq!(decide(&mut memory, &renamed, &gone, HEADLESS, 2).repeats, Some(first.code));
    let resumed = MemoryKey { instance: Some(Instance { pid: 8, started: 2 }), ..key() };
    assert_eq!(decide(&mut memory, &resumed, &gone, HEADLESS, 3).repeats, Some(first.code));
    let stranger = MemoryKey { uid: 1001, ..key() };
    assert_eq!(decide(&mut memory, &stranger, &gone, HEADLESS, 4).repeats, None);
}

#[test]
fn a_flood_stays_within_bounds_and_is_said() {
    let mut memory = Memory::new();
    let decision = allowed();
    for at in 0..20_000i64 {
        let session = MemoryKey {
            uid: 1000 + u32::try_from(at % 20).unwrap(),
            session: Some(format!("s{}", at % 300).into()),
            instance: None,
        };
        let effects = [
            write(&format!("/w/{at}/{}", "x".repeat(200)), PathClass::empty()),
            mkdir(&format!("/w/{at}"), PathClass::empty()),
        ];
        let call = format!("c{at}");
        let event = Noted {
            phase: Phase::Before,
            call: Some(&call),
            succeeded: None,
            effects: &effects,
            decision: Some(&decision),
            at,
        };
        memory.note(&session, &event);
    }
    assert!(memory.sessions.len() <= SESSIONS && memory.ledgers.len() <= LEDGERS);
    assert!(memory.forgotten() > 0);
    let newest = MemoryKey { uid: 1000 + 19_999 % 20, session: None, instance: None };
    let path = format!("/w/19999/{}", "x".repeat(200));
    assert!(memory.view(&newest, 20_000).written(path.as_bytes()));
}

#[test]
fn a_record_that_is_no_call_or_has_no_user_changes_nothing() {
    use protocol::record::{Audit, Envelope, Origin, VERSION};
    let envelope = Envelope {
        v: VERSION,
        id: "01938000-0000-7000-8000-000000000000".parse().unwrap(),
        at: "2026-11-22T09:15:02.381000Z".to_owned(),
        kind: Kind::Call,
        origin: Origin::Hook,
        event: None,
        phase: Some(Phase::Before),
        cwd: None,
        workspace: None,
        agent: Audit::missing("not decoded"),
        trigger: Audit::missing("no peer"),
        step: Audit::missing("not decoded"),
        credential: Audit::missing("none used"),
        correlation: Audit::missing("not decoded"),
        rationale: Audit::missing("not stated"),
        effects: Vec::new(),
        findings: Vec::new(),
        decision: Some(allowed()),
        gaps: Vec::new(),
        parts: Vec::new(),
        policy: None,
        detail: None,
        decided_us: None,
    };
    let record = Record { chain: envelope.id, seq: 1, envelope };
    let mut memory = Memory::new();
    memory.apply(&record);
    assert!(memory.sessions.is_empty() && memory.ledgers.is_empty());
}

/// A file that is made where nothing was, as a record has it.
fn made_on_record() -> protocol::EffectRecord {
    use protocol::{EffectRecord, SealedText};
    EffectRecord {
        head: protocol::effect::Head::here(protocol::effect::Span::default()),
        action: Action::Write {
            target: Target {
                path: Field::Known(SealedText::from_masked("/w/x")),
                resolved: None,
                class: PathClass::empty(),
                exists: Field::Known(false),
            },
            mode: WriteMode::Create,
            content: Field::Known(SealedText::default()),
        },
    }
}

/// One call of [`key`] on record.
fn record(origin: Origin, phase: Phase, effects: Vec<protocol::EffectRecord>, decision: Option<Decision>) -> Record {
    use protocol::Agent;
    use protocol::record::{AgentFacts, Audit, Correlation, Envelope, Trigger, TriggerKind, VERSION};
    let id = "01938000-0000-7000-8000-000000000000".parse().unwrap();
    Record {
        chain: id,
        seq: 1,
        envelope: Envelope {
            v: VERSION,
            id,
            at: "1970-01-01T00:00:01Z".to_owned(),
            kind: Kind::Call,
            origin,
            event: None,
            phase: Some(phase),
            cwd: None,
            workspace: None,
            agent: Audit::Present(AgentFacts {
                product: Agent::ClaudeCode,
                version: None,
                instance: key().instance,
                subagent: None,
                ancestry: Vec::new(),
            }),
            trigger: Audit::Present(Trigger { uid: 1000, user: None, kind: TriggerKind::Human, asserted: true }),
            step: Audit::missing("not needed"),
            credential: Audit::missing("none used"),
            correlation: Audit::Present(Correlation {
                workflow: "s1".to_owned(),
                session: "s1".to_owned(),
                turn: None,
                call: Some("c1".to_owned()),
            }),
            rationale: Audit::missing("not stated"),
            effects,
            findings: Vec::new(),
            decision,
            gaps: Vec::new(),
            parts: Vec::new(),
            policy: None,
            detail: None,
            decided_us: None,
        },
    }
}

#[test]
fn records_fold_to_what_the_live_calls_gave() {
    let mut memory = Memory::new();
    memory.apply(&record(Origin::Hook, Phase::Before, vec![made_on_record()], Some(allowed())));
    let hour = 60 * super::MINUTE;
    assert!(!memory.view(&key(), hour).made_by_agent(b"/w/x"));
    memory.apply(&record(Origin::Hook, Phase::After, Vec::new(), None));
    assert!(memory.view(&key(), hour).made_by_agent(b"/w/x"));
}

/// Anyone could have written them: that an agent made a path, or a person said yes, must be seen by the daemon itself.
#[test]
fn records_of_an_unproved_witness_make_calls_more_suspect_and_never_less() {
    let mut memory = Memory::new();
    memory.apply(&record(Origin::Fallback, Phase::Before, vec![made_on_record()], Some(allowed())));
    memory.apply(&record(Origin::Fallback, Phase::After, Vec::new(), None));
    assert!(!memory.view(&key(), 0).made_by_agent(b"/w/x"));

    let mut written = made_on_record();
    if let Action::Write { mode, .. } = &mut written.action {
        *mode = WriteMode::Replace;
    }
    memory.apply(&record(Origin::Fallback, Phase::Before, vec![written.clone()], Some(allowed())));
    assert!(memory.view(&key(), 0).written(b"/w/x"));

    let mut stop = allowed();
    stop.applied.action = Answer::Block;
    let matched = Policy::builtin().judge(&input(&[delete("/home/ana/other-project", OTHER)], None)).matches;
    stop.matches = matched.into_iter().map(|one| protocol::verdict::RuleMatch { effect: Some(0), ..one }).collect();
    memory.apply(&record(Origin::Fallback, Phase::Before, vec![written.clone()], Some(stop)));
    assert!(memory.view(&key(), 0).stopped(&written.action).is_some());
}

#[test]
fn a_tool_that_is_not_known_is_asked_about_once() {
    let mut memory = Memory::new();
    let unknown = |name: &str| [effect(Action::Unknown { why: Why::Tool, what: Some(protocol::RawText::from(name)) })];
    assert_eq!(decide(&mut memory, &key(), &unknown("NewTool"), INTERACTIVE, 1).applied.word(), "ask");
    let effects = unknown("NewTool");
    let after =
        Noted { phase: Phase::After, call: Some("d"), succeeded: Some(true), effects: &effects, decision: None, at: 2 };
    memory.note(&key(), &after);
    assert_eq!(decide(&mut memory, &key(), &unknown("NewTool"), INTERACTIVE, 3).applied.word(), "allow");
    assert_eq!(decide(&mut memory, &key(), &unknown("OtherTool"), INTERACTIVE, 4).applied.word(), "ask");
}

#[test]
fn a_folder_made_behind_a_link_is_known_by_where_it_lies() {
    let mut memory = Memory::new();
    let behind = |path: &str, real: &str, exists| Target {
        resolved: Some(protocol::RawText::from(real)),
        exists: Field::Known(exists),
        ..crate::fixtures::target(path, PathClass::empty())
    };
    let made = effect(Action::Write {
        target: behind("/tmp/x", "/private/tmp/x", false),
        mode: WriteMode::Create,
        content: known(""),
    });
    call(&mut memory, &key(), &[made], Some(true), 0);
    let view = memory.view(&key(), 0);
    assert!(view.made_by_agent(b"/private/tmp/x"));
    // The name alone may lead elsewhere by now.
    assert!(!view.made_by_agent(b"/tmp/x"));
}
