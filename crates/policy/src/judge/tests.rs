use crate::fixtures::{
    HEADLESS, INTERACTIVE, delete, effect, history, input, known, mkdir, rename, run, target, write,
};
use crate::{Judgement, Memory, MemoryKey, Policy, Source, apply};
use protocol::effect::{
    Code as Origin, ConfigKind, HistoryKind, McpClass, Outgoing, PersistKind, Place, ResourceAction, ResourceKind,
};
use protocol::finding::Confidence;
use protocol::verdict::{Layer, Mode};
use protocol::{
    Action, Code, Direction, Effect, EffectOf, Field, Finding, FindingKind, PathClass, RawText, SealedText, Severity,
    Truth, Why,
};
use std::sync::Arc;

const PROJECT: PathClass = PathClass::WORKSPACE.union(PathClass::HOME);
const OTHER: PathClass = PathClass::OTHER_PROJECT.union(PathClass::HOME);

fn judged(effects: &[Effect]) -> Judgement {
    Policy::builtin().judge(&input(effects, Some(Memory::new().view(&nobody(), 0))))
}

fn nobody() -> MemoryKey {
    MemoryKey { uid: 1000, session: Some("s".into()), instance: None }
}

fn words(effects: &[Effect]) -> (&'static str, &'static str) {
    let code = Code::of(&[1; 16]);
    let with = |ability| apply(judged(effects), Mode::Enforce, ability, code).applied.word();
    (with(INTERACTIVE), with(HEADLESS))
}

fn fetch_to(path: &str) -> Effect {
    effect(Action::Fetch {
        host: known("x.example"),
        url: known("https://x.example/f"),
        method: known("GET"),
        to: Some(target(path, PROJECT)),
    })
}

fn download() -> Origin<RawText> {
    Origin::Download { url: known("https://x.example/i.sh") }
}

#[test]
fn what_the_first_issue_names_is_asked_about_or_stopped_and_always_stopped_in_a_headless_run() {
    let home = PathClass::HOME | PathClass::HOME_ROOT | PathClass::BROAD;
    let settings = target("/home/ana/.claude/settings.json", PathClass::HOME | PathClass::AGENT_CONFIG);
    let cases: [(&str, Vec<Effect>); 8] = [
        ("rm -rf ~/other-project", vec![delete("/home/ana/other-project", OTHER)]),
        (
            "find ~ -name '*.md' -delete",
            vec![effect(Action::Delete {
                target: target("/home/ana", home),
                recursive: true,
                forced: false,
                filtered: true,
            })],
        ),
        ("git push --force origin main", vec![history(HistoryKind::ForcePush, known("main"))]),
        ("git push --force", vec![history(HistoryKind::ForcePush, Field::Unknown(Why::Unstated))]),
        ("curl -s URL | sh", vec![run("sh", download())]),
        (
            "Write ~/.bashrc",
            vec![
                write("/home/ana/.bashrc", PathClass::HOME | PathClass::AUTO_RUN),
                effect(Action::Persist {
                    kind: PersistKind::ShellProfile,
                    target: Some(target("/home/ana/.bashrc", PathClass::HOME | PathClass::AUTO_RUN)),
                }),
            ],
        ),
        (
            "Write an agent's settings with hooks",
            vec![effect(Action::ConfigureAgent {
                agent: known("claude-code"),
                what: ConfigKind::Hooks,
                target: Some(settings),
            })],
        ),
        (
            "an MCP delete",
            vec![effect(Action::CallMcp {
                server: known("files"),
                tool: known("delete_file"),
                class: McpClass::Destructive,
            })],
        ),
    ];
    for (name, effects) in cases {
        let (interactive, headless) = words(&effects);
        assert!(matches!(interactive, "ask" | "block"), "{name}: {interactive}");
        assert_eq!(headless, "block", "{name}");
    }
}

#[test]
fn ordinary_work_is_silent() {
    let cases: [(&str, Vec<Effect>); 7] = [
        ("rm -rf ./target", vec![delete("/home/ana/src/shop/target", PROJECT | PathClass::BUILD_OUTPUT)]),
        ("rm -rf of a project's folder", vec![delete("/home/ana/src/shop/old", PROJECT)]),
        ("git push origin feature", vec![history(HistoryKind::Push, known("feature"))]),
        ("git push origin main", vec![history(HistoryKind::Push, known("main"))]),
        ("curl -s URL -o f", vec![fetch_to("/home/ana/src/shop/f"), write("/home/ana/src/shop/f", PROJECT)]),
        ("Write a source file", vec![write("/home/ana/src/shop/src/main.rs", PROJECT)]),
        ("cargo build", vec![run("cargo", Origin::Installed)]),
    ];
    for (name, effects) in cases {
        let judgement = judged(&effects);
        assert!(judgement.is_silent(), "{name}: {:?}", judgement.matches);
    }
}

#[test]
fn a_folder_that_the_agent_made_may_go_and_a_folder_that_took_in_others_may_not() {
    let made = mkdir("/home/ana/scratch", OTHER);
    let gone = delete("/home/ana/scratch", OTHER);
    assert!(judged(&[made.clone(), gone.clone()]).is_silent());
    assert_eq!(
        judged(&[made.clone(), rename("/home/ana/thesis", "/home/ana/scratch/t"), gone.clone()]).raw.word(),
        "block"
    );
    assert_eq!(judged(std::slice::from_ref(&gone)).raw.word(), "block");
    // The order decides: what is made later excuses nothing.
    assert_eq!(judged(&[gone, made]).raw.word(), "block");
}

#[test]
fn without_memory_nothing_is_excused() {
    let judgement = Policy::builtin().judge(&input(&[delete("/home/ana/other-project", OTHER)], None));
    assert_eq!(judgement.raw.word(), "block");
    assert_eq!(judgement.matches[0].truth, Truth::Unknown);
    assert_eq!(judgement.undecided, Some(Why::NoMemory));
}

#[test]
fn a_recursive_delete_of_what_cannot_be_known_asks_and_a_single_file_does_not() {
    let unknown = |recursive| {
        let target = protocol::effect::Target {
            path: Field::Unknown(Why::Variable),
            resolved: None,
            class: PathClass::empty(),
            exists: Field::Unknown(Why::Variable),
        };
        [effect(Action::Delete { target, recursive, forced: true, filtered: false })]
    };
    assert_eq!(&*judged(&unknown(true)).matches[0].rule, "fs.delete-unknown");
    assert_eq!(judged(&unknown(true)).raw.word(), "ask");
    assert!(judged(&unknown(false)).is_silent());
}

#[test]
fn not_knowing_asks_where_code_is_hidden_and_only_notes_a_program_that_is_new() {
    let unknown = |why| judged(&[effect(Action::Unknown { why, what: None })]);
    for why in [Why::TooBig, Why::TooDeep, Why::WorkLimit, Why::Language, Why::Panic, Why::Tool, Why::Payload] {
        assert_eq!(unknown(why).raw.word(), "ask", "{why:?}");
        assert_eq!(unknown(why).undecided, Some(why));
    }
    for why in [Why::Program, Why::Option] {
        assert_eq!(unknown(why).raw.word(), "flag", "{why:?}");
        assert_eq!(unknown(why).undecided, None);
    }
    assert_eq!(judged(&[run("sh", Origin::Decoded)]).raw.word(), "ask");
    assert_eq!(judged(&[run("sh", Origin::Unseen(Why::Variable))]).raw.word(), "ask");
    assert_eq!(judged(&[run("sh", Origin::Unseen(Why::NoFacts))]).raw.word(), "flag");
}

#[test]
fn every_reason_not_to_know_an_effect_is_named_by_a_rule() {
    let names = crate::matcher::names::parse::<Why>("?").unwrap_err();
    for name in names {
        let why = crate::matcher::names::parse::<Why>(name).unwrap();
        let judgement = judged(&[effect(Action::Unknown { why, what: None })]);
        assert!(!judgement.matches.is_empty(), "{name}");
        assert!(
            !judged(&[run("sh", Origin::Unseen(why))]).matches.is_empty()
                || matches!(why, Why::Program | Why::Option | Why::Tool | Why::Event | Why::Unstated),
            "{name}"
        );
    }
}

#[test]
fn paths_in_a_container_are_not_paths_of_this_machine() {
    let mut inside = delete("/etc", PathClass::SYSTEM | PathClass::BROAD);
    inside.head.at = Field::Known(Place::Container { name: known("web"), mounts: Vec::new() });
    assert!(judged(&[inside.clone()]).is_silent());
    inside.head.at = Field::Unknown(Why::Variable);
    assert_ne!(judged(&[inside]).raw.word(), "allow");
}

#[test]
fn a_production_database_is_known_by_a_word_and_not_by_a_part_of_one() {
    let drop = |host: Field<RawText>, name: &str| {
        judged(&[effect(Action::Resource {
            kind: ResourceKind::Database,
            action: ResourceAction::Destroy,
            provider: known("postgresql"),
            name: known(name),
            scope: Field::Unknown(Why::Unstated),
            host,
            context: Field::Unknown(Why::Unstated),
        })])
        .raw
        .word()
    };
    assert_eq!(drop(known("prod-db.acme.internal"), "users"), "block");
    assert_eq!(drop(known("db1.prod2.acme.internal"), "users"), "block");
    assert_eq!(drop(known("products"), "users"), "ask");
    assert_eq!(drop(Field::Unknown(Why::Unstated), "shop_test"), "allow");
    assert_eq!(drop(known("prod.acme.internal"), "shop_test"), "block");
    assert_eq!(drop(Field::pattern(RawText::from("prod-*.acme.internal")), "users"), "block");
}

#[test]
fn what_is_sent_is_judged_by_the_file() {
    let send = |path: &str, class| {
        judged(&[effect(Action::Send {
            host: known("x.example"),
            url: known("https://x.example"),
            method: known("POST"),
            what: vec![Outgoing::Text(RawText::from("a")), Outgoing::File(target(path, class))],
        })])
        .raw
        .word()
    };
    assert_eq!(send("/home/ana/src/shop/.env", PROJECT | PathClass::CREDENTIAL), "block");
    assert_eq!(send("/home/ana/src/shop/report.pdf", PROJECT), "allow");
}

#[test]
fn raw_and_sealed_effects_are_judged_alike() {
    let sealed = [EffectOf {
        head: protocol::effect::Head::here(protocol::effect::Span::default()),
        action: Action::Run {
            program: Field::Known(SealedText::from_masked("sh")),
            arguments: Vec::new(),
            code: Origin::Download { url: Field::Known(SealedText::from_masked("https://x.example/i.sh")) },
        },
    }];
    let of_record = Policy::builtin().judge(&crate::Input {
        effects: &sealed,
        findings: &[],
        memory: None,
        agent: None,
        tool: None,
        places: crate::Places::default(),
    });
    assert_eq!(of_record, judged(&[run("sh", download())]));
}

#[test]
fn all_rules_that_match_are_kept_and_the_deciding_one_is_first() {
    let judgement = judged(&[
        effect(Action::Unknown { why: Why::Program, what: None }),
        run("sh", download()),
        effect(Action::Unknown { why: Why::TooBig, what: None }),
    ]);
    let rules: Vec<&str> = judgement.matches.iter().map(|matched| &*matched.rule).collect();
    assert_eq!(rules, ["code.download-run", "unknown.limit", "unknown.program"]);
    assert_eq!(judgement.matches[0].effect, Some(1));
}

#[test]
fn a_call_with_very_many_effects_keeps_few_matches_of_one_rule() {
    let effects = vec![run("sh", download()); 5000];
    let judgement = judged(&effects);
    assert_eq!(judgement.raw.word(), "block");
    assert_eq!(judgement.matches.len(), 16);
}

#[test]
fn a_note_of_the_content_never_acts_and_a_mask_names_its_finding() {
    let text = r#"
        [bundle]
        name = "acme"
        [[rule]]
        id = "acme.mask"
        finding = "secret"
        verdict = "mask"
        severity = "high"
    "#;
    let policy = Policy::load(&[Source { layer: Layer::Organisation, name: "acme.toml", text }]).unwrap();
    let finding = |severity, direction| Finding {
        kind: FindingKind::Secret,
        name: "github-token".to_owned(),
        start: 0,
        end: 40,
        severity,
        confidence: Confidence::High,
        direction,
        random: true,
        fingerprint: None,
    };
    let judge = |finding: Finding| {
        let findings = [finding];
        let effects: [Effect; 0] = [];
        let input = crate::Input { findings: &findings, ..input(&effects, None) };
        policy.judge(&input)
    };
    assert!(judge(finding(Severity::Note, Direction::Incoming)).is_silent());
    let incoming = judge(finding(Severity::High, Direction::Incoming));
    assert_eq!(incoming.raw.masks, ["github-token"]);
    let code = Code::of(&[1; 16]);
    assert_eq!(apply(incoming, Mode::Enforce, INTERACTIVE, code).applied.word(), "mask");
    let outgoing = judge(finding(Severity::High, Direction::Outgoing));
    assert_eq!(apply(outgoing, Mode::Enforce, INTERACTIVE, code).applied.word(), "block");
}

#[test]
fn an_unknown_field_caps_a_block_at_ask_unless_the_rule_says_match() {
    let policy = |unknown: &str| {
        let text = format!(
            "[bundle]\nname = \"acme\"\n[[rule]]\nid = \"acme.hosts\"\neffect = \"fetch\"\nmatch = {{ host = \"bad.example\" }}\nverdict = \"block\"\nseverity = \"low\"\n{unknown}"
        );
        Policy::load(&[Source { layer: Layer::User, name: "u.toml", text: &text }]).unwrap()
    };
    let effects = [effect(Action::Fetch {
        host: Field::Unknown(Why::Variable),
        url: Field::Unknown(Why::Variable),
        method: known("GET"),
        to: None,
    })];
    let word = |unknown| policy(unknown).judge(&input(&effects, None)).raw.word();
    assert_eq!(word("unknown = \"ask\""), "ask");
    assert_eq!(word("unknown = \"match\""), "block");
    assert_eq!(word("unknown = \"ignore\""), "allow");
    assert_eq!(word(""), "allow");
}

#[test]
fn a_person_who_said_yes_is_not_asked_again_about_the_same() {
    let key = MemoryKey { uid: 1000, session: Some(Arc::from("s")), instance: None };
    let policy = Policy::builtin();
    let effects =
        [effect(Action::CallMcp { server: known("files"), tool: known("delete_file"), class: McpClass::Destructive })];
    let mut memory = Memory::new();
    let decision = apply(
        policy.judge(&input(&effects, Some(memory.view(&key, 0)))),
        Mode::Enforce,
        INTERACTIVE,
        Code::of(&[1; 16]),
    );
    let mut event = crate::Noted {
        phase: protocol::Phase::Before,
        call: Some("c1"),
        succeeded: None,
        effects: &effects,
        decision: Some(&decision),
        at: 0,
    };
    memory.note(&key, &event);
    assert_eq!(policy.judge(&input(&effects, Some(memory.view(&key, 1)))).acting.word(), "ask");
    event.phase = protocol::Phase::After;
    memory.note(&key, &event);
    let again = policy.judge(&input(&effects, Some(memory.view(&key, 2))));
    assert_eq!((again.raw.word(), again.acting.word(), again.settled), ("ask", "allow", 1));
    let next_day = policy.judge(&input(&effects, Some(memory.view(&key, 9 * 3_600_000_000))));
    assert_eq!(next_day.acting.word(), "ask");
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "a figure for a person")]
fn judging_an_ordinary_call_costs_little() {
    let policy = Policy::builtin();
    let memory = Memory::new();
    let key = nobody();
    let effects =
        [run("git", Origin::Installed), delete("/home/ana/src/shop/target", PROJECT | PathClass::BUILD_OUTPUT)];
    for (name, effects) in [("run", &effects[..1]), ("run and delete", &effects[..])] {
        let start = std::time::Instant::now();
        let rounds = 20_000;
        for _ in 0..rounds {
            let judgement = policy.judge(&input(effects, Some(memory.view(&key, 0))));
            assert!(judgement.is_silent());
        }
        // Seen with --no-capture.
        println!("{name}: {:.0} ns", start.elapsed().as_nanos() as f64 / f64::from(rounds));
    }
}
