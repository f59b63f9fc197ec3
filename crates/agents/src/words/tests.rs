use super::*;
use protocol::effect::{
    Action as Do, Certain, Code as From, ConfigKind, Head, HistoryKind, McpClass, Outgoing, PersistKind, Place,
    PrivilegeKind, ResourceAction, ResourceKind, Span, Stopped, Target, User, WriteMode,
};
use protocol::verdict::{Mode, RuleMatch, Severity, Verdict};
use protocol::{Code, Field, PathClass, SealedText, Truth, Why};

const HOME: Option<&str> = Some("/home/ana");

fn text(text: &str) -> SealedText {
    SealedText::from_masked(text)
}

fn known(value: &str) -> Field<SealedText> {
    Field::Known(text(value))
}

fn target(path: &str, class: PathClass) -> Target<SealedText> {
    Target { path: known(path), resolved: None, class, exists: Field::Known(true) }
}

fn effect(action: Do<SealedText>) -> EffectRecord {
    EffectRecord { head: Head::here(Span::default()), action }
}

fn delete(path: &str, class: PathClass) -> EffectRecord {
    effect(Do::Delete { target: target(path, class), recursive: true, forced: true, filtered: false })
}

fn other_project() -> EffectRecord {
    delete("/home/ana/other-project", PathClass::HOME | PathClass::OTHER_PROJECT)
}

fn force_push(loses: Field<bool>) -> EffectRecord {
    effect(Do::ChangeHistory { kind: HistoryKind::ForcePush, branch: known("main"), remote: known("origin"), loses })
}

fn said_of(action: Do<SealedText>) -> String {
    what(&effect(action), HOME)
}

fn rule() -> Rule<'static> {
    Rule {
        id: "fs.delete-outside",
        layer: Layer::BuiltIn,
        say: "Files outside the project are deleted by a person.",
        instead: Some("Tell the person what can go, or delete inside this project."),
        help: Some("#ask-security"),
    }
}

fn company() -> Rule<'static> {
    Rule {
        id: "acme.prod-database",
        layer: Layer::Organisation,
        say: "Production databases are changed through migrations.",
        instead: Some("Write a migration\n  and open a pull request."),
        help: Some("#ask-security"),
    }
}

fn decision(mode: Mode, raw: Action, effect: Option<usize>) -> Decision {
    let verdict = |action| Verdict { action, ..Verdict::default() };
    Decision {
        mode,
        raw: verdict(raw),
        applied: verdict(if mode == Mode::Enforce { raw } else { Action::Allow }),
        matches: vec![RuleMatch {
            rule: "fs.delete-outside".into(),
            layer: Layer::BuiltIn,
            verdict: verdict(raw),
            severity: Severity::High,
            truth: Truth::Yes,
            trial: false,
            effect,
            finding: None,
        }],
        degraded: None,
        undecided: None,
        code: Code::parse("7QK4").unwrap(),
        repeats: None,
    }
}

fn subject<'a>(input: &'a str, effects: &'a [EffectRecord]) -> Subject<'a> {
    Subject { agent: Agent::ClaudeCode, phase: Phase::Before, label: "Command", input, effects, home: HOME }
}

fn block(input: &str, effects: &[EffectRecord], rule: &Rule<'_>) -> Said {
    compose(&subject(input, effects), &decision(Mode::Enforce, Action::Block, Some(0)), Some(rule))
}

fn narrow(text: &str) {
    for line in text.lines() {
        assert!(columns(line) <= 80, "{} columns: {line}", columns(line));
        assert_eq!(line.trim_end(), line);
    }
}

#[test]
fn the_agent_reads_what_why_instead_and_how_to_go_on() {
    let said = block("rm -rf ~/other-project", &[other_project()], &rule());
    insta::assert_snapshot!(said.agent.unwrap(), @"Stopped by Taffrail before it ran; nothing changed. It would delete ~/other-project, which lies outside this project. Built-in rule: files outside the project are deleted by a person. Instead: tell the person what can go, or delete inside this project. Please don't look for another way to the same result. If the task needs exactly this, tell the person what you wanted to run and why, and go on with the parts that don't depend on it (7QK4)");
    let said = block("rm -rf ~/other-project", &[other_project()], &company());
    insta::assert_snapshot!(said.agent.unwrap(), @"Stopped by Taffrail before it ran; nothing changed. It would delete ~/other-project, which lies outside this project. Company rule: production databases are changed through migrations. Instead: write a migration and open a pull request. Please don't look for another way to the same result. If the task needs exactly this, tell the person what you wanted to run and why, and go on with the parts that don't depend on it (7QK4)");
}

#[test]
fn the_person_reads_the_same_in_eighty_columns_and_how_to_learn_more() {
    let said = block("rm -rf ~/other-project", &[other_project()], &rule()).person.unwrap();
    narrow(&said);
    insta::assert_snapshot!(said, @r"
    Taffrail stopped a delete: ~/other-project. Nothing was changed.
      Command  rm -rf ~/other-project
      Why      Files outside the project are deleted by a person.
      Instead  Tell the person what can go, or delete inside this project.
      More     taffrail explain 7QK4      Questions: #ask-security
    ");
    let long = format!("psql -h prod-db.acme.internal -c '{}'", "DROP TABLE users; ".repeat(20));
    let said = block(&long, &[], &company()).person.unwrap();
    narrow(&said);
    insta::assert_snapshot!(said, @r"
    Taffrail stopped one command from Claude. Nothing was changed.
      Command  psql -h prod-db.acme.internal -c 'DROP TABLE users; DROP TABLE users;
               DROP TABLE users; DROP TABLE users; DROP TABLE users; DROP TABLE
               users; DROP TABLE users; DROP TABLE users; DROP TABLE users; DROP…
      Why      Production databases are changed through migrations.
      Instead  Write a migration and open a pull request.
      More     taffrail explain 7QK4      Questions: #ask-security
    ");
}

#[test]
fn a_repeated_stop_is_one_line_with_the_first_code() {
    let mut again = decision(Mode::Enforce, Action::Block, Some(0));
    again.repeats = Code::parse("2MXC");
    let effects = [other_project()];
    let said = compose(&subject("rm -rf ~/other-project", &effects), &again, Some(&rule()));
    insta::assert_snapshot!(said.agent.unwrap(), @"Still stopped, same reason as 2MXC. Trying again will not change it. Tell the person, or go on with other work");
    insta::assert_snapshot!(said.person.unwrap(), @"Taffrail stopped the same thing again (2MXC). Nothing was changed.");
}

#[test]
fn an_ask_that_became_a_stop_says_that_nobody_can_be_asked() {
    let mut decision = decision(Mode::Enforce, Action::Block, Some(0));
    decision.raw.action = Action::Ask;
    decision.degraded = Some(Degraded::AskBecameBlock);
    let effects = [force_push(Field::Known(true))];
    let said = compose(&subject("git push -f", &effects), &decision, Some(&rule()));
    insta::assert_snapshot!(said.agent.unwrap(), @"Stopped by Taffrail before it ran; nothing changed. It would force-push main to origin, which replaces commits there. Built-in rule: files outside the project are deleted by a person. A person would have to agree to it, and nobody can be asked here. Instead: tell the person what can go, or delete inside this project. Please don't look for another way to the same result. If the task needs exactly this, tell the person what you wanted to run and why, and go on with the parts that don't depend on it (7QK4)");
    insta::assert_snapshot!(said.person.unwrap(), @r"
    Taffrail stopped a force-push of main to origin. Nothing was changed.
      Command  git push -f
      Why      Files outside the project are deleted by a person.
               It would be asked first, but nobody can be asked here.
      Instead  Tell the person what can go, or delete inside this project.
      More     taffrail explain 7QK4      Questions: #ask-security
    ");
}

#[test]
fn what_no_rule_speaks_of_but_could_not_be_understood_says_so() {
    let mut decision = decision(Mode::Enforce, Action::Block, None);
    decision.matches.clear();
    decision.undecided = Some(Why::Syntax);
    let said = compose(&subject("rm ${", &[]), &decision, None);
    insta::assert_snapshot!(said.agent.unwrap(), @"Stopped by Taffrail before it ran; nothing changed. It was not understood in full (it does not parse), and what is not understood is not run without a person. Please don't look for another way to the same result. If the task needs exactly this, tell the person what you wanted to run and why, and go on with the parts that don't depend on it (7QK4)");
    insta::assert_snapshot!(said.person.unwrap(), @r"
    Taffrail stopped one command from Claude. Nothing was changed.
      Command  rm ${
      Why      Not understood in full: it does not parse.
      More     taffrail explain 7QK4
    ");
}

#[test]
fn a_question_fits_three_lines() {
    let ask = |effects: &[EffectRecord], rule: &Rule<'_>| {
        let decision = decision(Mode::Enforce, Action::Ask, Some(0));
        let said = compose(&subject("git push -f", effects), &decision, Some(rule));
        assert_eq!(said.person, None);
        let text = said.agent.unwrap();
        assert!(layout::wrapped(&text, 0).lines().count() <= 3, "{text}");
        text
    };
    insta::assert_snapshot!(ask(&[force_push(Field::Known(true))], &rule()), @"Taffrail asks before this one: it would force-push main to origin, which replaces commits there. Yes runs it; no tells Claude to stop. Safer: tell the person what can go, or delete inside this project (7QK4)");
    let long = "x".repeat(300);
    insta::assert_snapshot!(ask(&[delete(&long, PathClass::HOME)], &Rule { say: &long, instead: Some(&long), ..rule() }), @"Taffrail asks before this one. Yes runs it; no tells Claude to stop. More: taffrail explain 7QK4");
    insta::assert_snapshot!(ask(&[], &rule()), @"Taffrail asks before this one: files outside the project are deleted by a person. Yes runs it; no tells Claude to stop (7QK4)");
}

#[test]
fn detect_says_nothing_to_anyone() {
    let effects = [other_project()];
    let said = compose(&subject("rm -rf x", &effects), &decision(Mode::Detect, Action::Block, Some(0)), Some(&rule()));
    assert_eq!(said, Said::default());
}

#[test]
fn a_stopped_prompt_was_not_sent() {
    let decision = decision(Mode::Enforce, Action::Block, None);
    let subject = Subject { phase: Phase::Prompt, label: "Message", ..subject("key ‹github-token·7f3a›", &[]) };
    insta::assert_snapshot!(compose(&subject, &decision, Some(&company())).person.unwrap(), @r"
    Taffrail stopped this message. It was not sent.
      Message  key ‹github-token·7f3a›
      Why      Production databases are changed through migrations.
      Instead  Write a migration and open a pull request.
      More     taffrail explain 7QK4      Questions: #ask-security
    ");
}

#[test]
fn a_page_tells_the_whole_story_of_a_call() {
    let effects = [
        effect(Do::Run { program: known("rm"), arguments: vec![known("-rf")], code: From::Installed }),
        other_project(),
    ];
    let subject = subject("rm -rf ~/other-project", &effects);
    let rules = [rule(), company()];
    let page =
        |mode| Page { time: "09:15", cwd: Some("/home/ana/src/shop"), policy: Some("acme 42"), mode, rules: &rules };
    let stopped = explain_code(&page(Mode::Enforce), &subject, &decision(Mode::Enforce, Action::Block, Some(1)));
    narrow(&stopped);
    insta::assert_snapshot!(stopped, @r#"
    Stopped at 09:15 in ~/src/shop, Claude Code. Nothing ran.

      rm -rf ~/other-project

    What it would do
      delete   ~/other-project, outside this project

    Why it was stopped
      fs.delete-outside, built in
      "Files outside the project are deleted by a person."
      also acme.prod-database, company policy (acme 42)
      "Production databases are changed through migrations."

    What to do instead
      Tell the person what can go, or delete inside this project.
    "#);
    let detect = explain_code(&page(Mode::Detect), &subject, &decision(Mode::Detect, Action::Block, Some(1)));
    narrow(&detect);
    assert!(detect.starts_with("Would have been stopped at 09:15 in ~/src/shop, Claude Code. "), "{detect}");
    assert!(detect.contains("\n\nWhy it would have been stopped\n"));
    let mut trial = decision(Mode::Enforce, Action::Block, Some(1));
    trial.applied.action = Action::Allow;
    let trial = explain_code(&page(Mode::Enforce), &subject, &trial).replace('\n', " ");
    assert!(trial.contains("The rule is on trial, so it was let through."), "{trial}");
    let none = Page { rules: &[], ..page(Mode::Enforce) };
    insta::assert_snapshot!(explain_code(&none, &subject, &decision(Mode::Enforce, Action::Allow, None)), @r"
    Let through at 09:15 in ~/src/shop, Claude Code. No rule stops or asks about it.

      rm -rf ~/other-project

    What it would do
      delete   ~/other-project, outside this project
    ");
}

#[test]
fn a_command_is_explained_before_it_is_run() {
    let effects = [
        delete("/home/ana/src/shop/build", PathClass::HOME | PathClass::WORKSPACE | PathClass::BUILD_OUTPUT),
        effect(Do::InstallPackage {
            registry: known("npm"),
            name: Field::Unknown(Why::Unstated),
            version: Field::Unknown(Why::Unstated),
            locked: Field::Known(true),
        }),
    ];
    let allow = decision(Mode::Enforce, Action::Allow, None);
    insta::assert_snapshot!(explain_command(&subject("rm -rf build && npm ci", &effects), &allow, &[]), @r"
    Would run without a question.

      delete   ~/src/shop/build, build output
      install  a package from npm

    No rule stops or asks about it.
    ");
    let effects = [other_project()];
    let block = decision(Mode::Detect, Action::Block, Some(0));
    let page = explain_command(&subject("rm -rf ~/other-project", &effects), &block, &[rule()]);
    narrow(&page);
    insta::assert_snapshot!(page, @r#"
    Would be stopped. Watching only here, so it would run.

      delete   ~/other-project, outside this project

    fs.delete-outside, built in: "Files outside the project are deleted by a
    person." Instead: Tell the person what can go, or delete inside this project.
    "#);
}

#[test]
fn every_effect_is_a_concrete_sentence() {
    let class = PathClass::HOME;
    let unknown = || Field::Unknown(Why::Variable);
    let lines = [
        what(&other_project(), HOME),
        what(&delete("/home/ana", PathClass::HOME | PathClass::HOME_ROOT | PathClass::BROAD), HOME),
        said_of(Do::Delete {
            target: target("/home/ana", PathClass::HOME_ROOT),
            recursive: true,
            forced: false,
            filtered: true,
        }),
        said_of(Do::Delete {
            target: Target {
                path: unknown(),
                resolved: None,
                class: PathClass::empty(),
                exists: Field::Unknown(Why::Variable),
            },
            recursive: true,
            forced: true,
            filtered: false,
        }),
        said_of(Do::Delete {
            target: Target { path: Field::pattern(text("/home/ana/*")), ..target("", PathClass::HOME) },
            recursive: true,
            forced: true,
            filtered: false,
        }),
        said_of(Do::Read { target: target("/home/ana/.ssh", class | PathClass::CREDENTIAL), recursive: true }),
        said_of(Do::Write {
            target: target("/home/ana/.bashrc", class | PathClass::AUTO_RUN),
            mode: WriteMode::Replace,
            content: unknown(),
        }),
        said_of(Do::Write { target: target("/home/ana/a b", class), mode: WriteMode::Append, content: unknown() }),
        said_of(Do::Move { from: target("/home/ana/x", class), to: target("/tmp/x", PathClass::TEMPORARY) }),
        said_of(Do::ChangeMode { target: target("/etc", PathClass::SYSTEM), recursive: true, mode: known("777") }),
        said_of(Do::Run {
            program: known("make"),
            arguments: vec![known("install"), unknown()],
            code: From::Installed,
        }),
        said_of(Do::Run {
            program: known("sh"),
            arguments: vec![],
            code: From::Download { url: known("https://x.example/i.sh") },
        }),
        said_of(Do::Run { program: known("sh"), arguments: vec![], code: From::Decoded }),
        said_of(Do::Run {
            program: known("sh"),
            arguments: vec![],
            code: From::File(target("/tmp/x.sh", PathClass::TEMPORARY)),
        }),
        said_of(Do::Run { program: unknown(), arguments: vec![], code: From::Unseen(Why::Unseen) }),
        said_of(Do::Fetch {
            host: known("x.example"),
            url: known("http://x.example/f"),
            method: known("GET"),
            to: Some(target("/w/f", PathClass::WORKSPACE)),
        }),
        said_of(Do::Send {
            host: known("paste.example.net"),
            url: unknown(),
            method: known("POST"),
            what: vec![
                Outgoing::File(target("/w/.env", PathClass::WORKSPACE)),
                Outgoing::Variable(text("TOKEN")),
                Outgoing::Output,
                Outgoing::Opaque,
            ],
        }),
        said_of(Do::Listen { address: known("0.0.0.0:80"), tunnel: false }),
        said_of(Do::Stop { what: Stopped::Service, name: known("nginx") }),
        said_of(Do::Privilege { kind: PrivilegeKind::Sudo, to: known("root") }),
        said_of(Do::Persist { kind: PersistKind::Cron, target: None }),
        said_of(Do::Persist { kind: PersistKind::ShellProfile, target: Some(target("/home/ana/.zshrc", class)) }),
        what(&force_push(Field::Known(true)), HOME),
        what(&force_push(unknown().map(|_: SealedText| true)), HOME),
        said_of(Do::ChangeHistory {
            kind: HistoryKind::Push,
            branch: known("feature"),
            remote: known("origin"),
            loses: Field::Known(false),
        }),
        said_of(Do::ChangeHistory {
            kind: HistoryKind::Clean,
            branch: unknown(),
            remote: unknown(),
            loses: Field::Known(true),
        }),
        said_of(Do::Resource {
            kind: ResourceKind::Database,
            action: ResourceAction::Destroy,
            provider: known("PostgreSQL"),
            name: known("users"),
            scope: known("prod"),
            host: known("prod-db.acme.internal"),
            context: unknown(),
        }),
        said_of(Do::Publish {
            registry: known("npm"),
            name: known("shop"),
            version: known("1.0.0"),
            public: Field::Known(true),
        }),
        said_of(Do::CallMcp { server: known("marker"), tool: known("delete_marker"), class: McpClass::Destructive }),
        said_of(Do::CallMcp { server: known("marker"), tool: known("spin"), class: McpClass::Unknown }),
        said_of(Do::ConfigureAgent {
            agent: known("claude-code"),
            what: ConfigKind::Hooks,
            target: Some(target("/home/ana/.claude/settings.json", class)),
        }),
        said_of(Do::StartAgent { agent: known("claude"), arguments: vec![known("--bare")] }),
        said_of(Do::Unknown { why: Why::Syntax, what: Some(text("rm ${")) }),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    It would delete ~/other-project, which lies outside this project
    It would delete ~, which is the whole home folder
    It would delete selected files under ~, which is the whole home folder
    It would delete a path that is not known beforehand (a variable has no value here)
    It would delete everything that matches ~/*, which lies outside this project
    It would read ~/.ssh and everything in it, which holds credentials
    It would replace ~/.bashrc, which other programs run unasked
    It would add to "~/a b", which lies outside this project
    It would move ~/x to /tmp/x, which lies outside this project
    It would change the permissions of /etc and everything in it to 777, which is part of the system
    It would run make install …
    It would run code straight from https://x.example/i.sh, which nobody has looked at
    It would run code that is put together on the way and cannot be read beforehand
    It would run the code in /tmp/x.sh
    It would run code that cannot be seen (its code has not been seen)
    It would fetch http://x.example/f into /w/f
    It would send /w/.env, the variable TOKEN, what a command prints, and 1 more to paste.example.net
    It would open a port to the network on 0.0.0.0:80
    It would stop the service nginx
    It would run a command with the rights of root
    It would make something run on a timer
    It would make something run in every new shell through ~/.zshrc
    It would force-push main to origin, which replaces commits there
    It would force-push main to origin, which can replace commits there
    It would push feature to origin
    It would delete files that git does not have (git clean), which cannot be undone
    It would destroy the database users (PostgreSQL, in prod, on prod-db.acme.internal)
    It would publish shop 1.0.0 to npm, which makes it public
    It would call delete_marker of the MCP server marker, which destroys data
    It would call spin of the MCP server marker, which may do anything: its effect is not known here
    It would change the hooks of Claude Code (~/.claude/settings.json)
    It would start another agent: claude --bare
    It would do something that is not understood in full (it does not parse): rm ${
    "#);
}

#[test]
fn where_and_as_whom_are_told_when_they_are_not_here_and_the_caller() {
    let mut effect = other_project();
    effect.head.certain = Certain::May;
    effect.head.at = Field::Known(Place::Remote { host: known("db1") });
    effect.head.user = Field::Known(User::Root);
    assert_eq!(
        what(&effect, HOME),
        "It could delete ~/other-project on the host db1 as root, which lies outside this project"
    );
}

#[test]
fn a_link_is_told_with_where_it_leads() {
    let mut place = target("/w/x", PathClass::WORKSPACE | PathClass::CREDENTIAL);
    place.resolved = Some(text("/home/ana/.aws"));
    assert_eq!(
        said_of(Do::Read { target: place, recursive: false }),
        "It would read /w/x (a link to ~/.aws), which holds credentials"
    );
}

/// Text that reaches an agent never tells it a way to open what was stopped.
#[test]
fn no_text_hands_the_agent_an_exception() {
    let mut texts = Vec::new();
    let mut keep = |said: Said| texts.extend(said.agent.into_iter().chain(said.person));
    for situation in [Situation::Away, Situation::Malformed, Situation::TooBig] {
        for agent in [Agent::ClaudeCode, Agent::Cursor] {
            keep(unjudged(agent, situation, Some("#ask-security")));
        }
    }
    let effects = [other_project(), force_push(Field::Known(true))];
    for (agent, action) in
        [Agent::ClaudeCode, Agent::Cursor].into_iter().flat_map(|agent| [(agent, Action::Ask), (agent, Action::Block)])
    {
        for repeats in [None, Code::parse("2MXC")] {
            for degraded in [None, Some(Degraded::AskBecameBlock), Some(Degraded::MaskBecameBlock)] {
                for rule in [None, Some(&rule()), Some(&company())] {
                    for effect in [None, Some(0), Some(1)] {
                        let mut decision = decision(Mode::Enforce, action, effect);
                        decision.repeats = repeats;
                        decision.degraded = degraded;
                        let call = Subject { agent, ..subject("rm -rf ~/other-project", &effects) };
                        keep(compose(&call, &decision, rule));
                        let rules: Vec<Rule<'_>> = rule.into_iter().copied().collect();
                        let page = Page { time: "09:15", cwd: None, policy: None, mode: Mode::Enforce, rules: &rules };
                        keep(Said { agent: Some(explain_code(&page, &call, &decision)), ..Said::default() });
                        keep(Said { agent: Some(explain_command(&call, &decision, &rules)), ..Said::default() });
                    }
                }
            }
        }
    }
    assert!(texts.len() > 200);
    for text in texts {
        for word in ["approve", "request", "uninstall", "break-glass", "grants", "policy", "install"] {
            assert!(!text.contains(&format!("taffrail {word}")), "{word}: {text}");
        }
        assert!(!text.contains("stand-down") && !text.contains("allowlist"), "{text}");
        assert!(!text.contains('!'), "{text}");
    }
}

#[test]
fn agent_texts_are_one_line_without_a_full_stop_at_the_end() {
    let effects = [other_project()];
    for action in [Action::Ask, Action::Block] {
        let decision = decision(Mode::Enforce, action, Some(0));
        let text = compose(&subject("a\nb\u{202e}", &effects), &decision, Some(&company())).agent.unwrap();
        assert!(!text.contains('\n') && !text.ends_with('.') && text.ends_with("(7QK4)"), "{text}");
    }
}

#[test]
fn nobody_judged_it_is_said_as_our_fault() {
    let said = unjudged(Agent::ClaudeCode, Situation::Away, Some("#ask-security"));
    narrow(said.person.as_ref().unwrap());
    insta::assert_snapshot!(said.agent.unwrap(), @"Not run: the guard on this machine could not answer. The command itself was not judged. Wait for the person; trying other commands will end the same way");
    insta::assert_snapshot!(said.person.unwrap(), @r"
    Taffrail could not judge this call and your company's setting is to wait in that
    case. Nothing ran. This is our fault, not the command's.
      You      try once more.
      Help     #ask-security
    ");
}

fn cursor<'a>(input: &'a str, effects: &'a [EffectRecord]) -> Subject<'a> {
    Subject { agent: Agent::Cursor, ..subject(input, effects) }
}

#[test]
fn where_the_model_reads_along_the_person_gets_a_short_text_without_options() {
    let effects = [other_project()];
    let call = cursor("rm -rf ~/other-project", &effects);
    let mut decision = decision(Mode::Enforce, Action::Block, Some(0));
    let said = |decision: &Decision, rule: Option<&Rule<'_>>, call: &Subject<'_>| {
        let text = compose(call, decision, rule).person.unwrap();
        narrow(&text);
        text
    };
    let mut texts = vec![said(&decision, Some(&company()), &call)];
    decision.degraded = Some(Degraded::AskBecameBlock);
    texts.push(said(&decision, Some(&rule()), &call));
    decision.degraded = None;
    decision.matches[0].effect = None;
    texts.push(said(&decision, Some(&company()), &call));
    texts.push(said(&decision, Some(&company()), &Subject { phase: Phase::Prompt, ..call }));
    decision.matches.clear();
    decision.undecided = Some(Why::Tool);
    texts.push(said(&decision, None, &call));
    decision.repeats = Code::parse("2MXC");
    texts.push(said(&decision, None, &call));
    insta::assert_snapshot!(texts.join("\n\n"), @r"
    Taffrail stopped this before it ran: it would delete ~/other-project, which lies
    outside this project. Instead: write a migration and open a pull request.
    Details for you: taffrail explain 7QK4

    Taffrail stopped this before it ran: it would delete ~/other-project, which lies
    outside this project. It would be asked first, but nobody can be asked here.
    Instead: tell the person what can go, or delete inside this project.
    Details for you: taffrail explain 7QK4

    Taffrail stopped this before it ran. Company rule: production databases are
    changed through migrations. Instead: write a migration and open a pull request.
    Details for you: taffrail explain 7QK4

    Taffrail stopped this message. It was not sent. Company rule: production
    databases are changed through migrations. Instead: write a migration and open a
    pull request.
    Details for you: taffrail explain 7QK4

    Taffrail stopped this before it ran. It was not understood in full (the tool is
    not known here), and what is not understood is not run without a person.
    Details for you: taffrail explain 7QK4

    Taffrail stopped the same thing again (2MXC). Nothing was changed. Trying again
    will not change it.
    ");
}

#[test]
fn where_the_model_reads_along_nobody_is_told_to_try_again() {
    let said = unjudged(Agent::Cursor, Situation::Away, Some("#ask-security")).person.unwrap();
    narrow(&said);
    insta::assert_snapshot!(said, @r"
    Taffrail could not judge this call and your company's setting is to wait in that
    case. Nothing ran. This is our fault, not the command's.
      Help     #ask-security
    ");
}
