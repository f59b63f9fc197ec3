//! What holds for every input: no panic, spans inside the text, bounded work, bounded stack.

use super::corpus::each_script;
use crate::shell::parse::{Limits, MAX_DEPTH, MAX_INPUT, Origin, STACK, parse, parse_with, parse_within};
use proptest::prelude::*;
use protocol::Why;
use protocol::effect::Span;

/// Shapes that make careless parsers slow or deep. Each is repeated to the length wanted.
const SHAPES: &[&str] = &[
    "$(",
    "`",
    "((",
    "(",
    "${",
    "${${",
    "${x:-",
    "\"$(",
    "\"${x:-\"",
    "'",
    "\"",
    "$'",
    "$((",
    "$[",
    "<(",
    "{",
    "{a,",
    "{ ",
    "[[ ",
    "<<A",
    "<<A ",
    "<<A\n",
    "$(<<A\n",
    "$(cat <<A\n$(",
    "<<-A\n\t",
    "<<'A'\n",
    "<<A\\\n",
    "cat <<A | ",
    "a[",
    "a=(",
    "a[a[",
    "x[$(",
    "if ",
    "if a; then ",
    "while ",
    "for x in ",
    "for ((",
    "case x in ",
    "case x in a) ",
    "f() ",
    "function f ",
    "coproc ",
    "coproc a ",
    "! ",
    "time ",
    "repeat 2 ",
    "foreach x (",
    "a && ",
    "a | ",
    "a;",
    ";",
    ";;",
    ")",
    "}",
    "fi ",
    "done\n",
    "&",
    "|",
    "@(",
    "!(",
    "*(a|",
    "\\",
    "\\\n",
    "\\`",
    "\\\\`",
    "`\\`",
    "#",
    "\r\n",
    "\n",
    "~",
    "a=~",
    ">!",
    ">! $(",
    "> ",
    "{fd}>",
    "1",
    "1>",
    "2>&",
    "\0",
    "\u{e9}",
    "((a) ",
    "((a)) ",
    "$((a) ",
    "((('",
    "((\"",
    "(('`",
    "\"'$(`",
    "${x/",
    "${x/$(",
    "${x#${",
    "${!x:-",
    "${(",
    "${ ",
    "${|",
    "$\"",
    "<<$(",
    "<<${",
    "<<\"",
    "a\"b\n",
    "a'b\n",
    "\"`",
    "`\"",
    "$(`",
    "a@(\n",
    "[[ a =~ (",
    "[[ ( ",
    "{1..9}",
    "{a,b}",
    "{{},",
    "case $(",
    "[[ \"${x:-$(",
    "a=(\"${x:-\"$(",
    "x=\"${x#\"$(",
    "for x in $(",
];

fn input(shape: &str, length: usize) -> Vec<u8> {
    shape.bytes().cycle().take(length).collect()
}

fn steps(input: &[u8]) -> u64 {
    let mut limits = Limits::default();
    parse_within(input, Origin::Offset(0), &mut limits);
    limits.steps()
}

#[test]
fn twice_the_input_is_at_most_about_twice_the_work() {
    for shape in SHAPES {
        let half = steps(&input(shape, MAX_INPUT / 2));
        let whole = steps(&input(shape, MAX_INPUT));
        assert!(whole * 10 <= half * 22, "{shape:?}: {half} steps for half, {whole} for the whole");
    }
}

#[test]
fn any_input_fits_the_stack_that_is_promised() {
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(|| {
            for shape in SHAPES {
                let script = parse(&input(shape, MAX_INPUT));
                assert!(script.clone() == script);
                for other in SHAPES {
                    parse(&input(&format!("{shape}{other}"), 2048));
                }
            }
        })
        .unwrap()
        .join()
        .unwrap();
}

/// Every span in the tree of `input` lies in `bounds`.
fn assert_spans(input: &[u8], origin: Origin, bounds: Span) {
    let mut limits = Limits::default();
    let script = parse_within(input, origin, &mut limits);
    let inside = |span: Span| span.start <= span.end && span.start >= bounds.start && span.end <= bounds.end;
    each_script(&script, &mut |script| {
        for gap in &script.gaps {
            assert!(inside(gap.span), "gap {gap:?} of {:?}", String::from_utf8_lossy(input));
        }
        for command in &script.commands {
            assert!(inside(command.span), "command {command:?} of {:?}", String::from_utf8_lossy(input));
            for redirect in &command.redirects {
                assert!(inside(redirect.span), "redirect {redirect:?} of {:?}", String::from_utf8_lossy(input));
            }
        }
    });
    assert_eq!(limits.depth(), 0, "levels left open by {:?}", String::from_utf8_lossy(input));
}

fn bounds(from: u32, input: &[u8]) -> Span {
    Span { start: from, end: from + u32::try_from(input.len()).unwrap() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_tree_with_spans_inside_them(input in prop::collection::vec(any::<u8>(), 0..400)) {
        assert_spans(&input, Origin::Offset(0), bounds(0, &input));
        assert_spans(&input, Origin::Offset(1000), bounds(1000, &input));
        let whole = Span { start: 3, end: 9 };
        assert_spans(&input, Origin::Within(whole), whole);
    }

    #[test]
    fn any_pieces_of_shell_give_a_tree_with_spans_inside_them(
        pieces in prop::collection::vec(prop::sample::select(SHAPES), 0..60),
        words in prop::collection::vec("[a-z$ ]{0,3}", 0..60),
    ) {
        let input: String = pieces.iter().zip(words.iter()).flat_map(|(piece, word)| [*piece, word.as_str()]).collect();
        assert_spans(input.as_bytes(), Origin::Offset(0), bounds(0, input.as_bytes()));
    }

    #[test]
    fn any_pieces_of_shell_cost_a_bounded_number_of_steps_a_byte(
        pieces in prop::collection::vec(prop::sample::select(SHAPES), 1..8),
    ) {
        let unit: String = pieces.concat();
        let length = 8192;
        let a_byte = steps(&input(&unit, length)) / length as u64;
        prop_assert!(a_byte <= u64::from(MAX_DEPTH) * 4, "{unit:?}: {a_byte} steps a byte");
    }

    #[test]
    fn a_line_before_broken_syntax_is_found(
        pieces in prop::collection::vec(prop::sample::select(SHAPES), 0..20),
    ) {
        let input = format!("rm -rf x\n{}", pieces.concat());
        let script = parse(input.as_bytes());
        prop_assert_eq!(script.commands.first().map(|command| command.span), Some(Span { start: 0, end: 8 }));
    }
}

fn has_gap(input: &[u8], why: Why) -> bool {
    let mut found = false;
    each_script(&parse(input), &mut |script| found |= script.gaps.iter().any(|gap| gap.why == why));
    found
}

#[test]
fn what_is_too_deep_is_a_gap() {
    for shape in ["$(", "(", "{ ", "${x:-", "\"$(", "<(", "if ", "while ", "case x in a) ", "f() ", "coproc ", "a=("] {
        let levels = if shape == "a=(" { "a=($(".repeat(70) } else { shape.repeat(70) };
        assert!(has_gap(format!("{levels}rm").as_bytes(), Why::TooDeep), "{shape:?}");
        assert!(!has_gap(format!("{}rm", shape.repeat(20)).as_bytes(), Why::TooDeep), "{shape:?}");
    }
}

#[test]
fn commands_behind_what_is_too_deep_are_found() {
    for (open, close) in [("$(", ")"), ("(", ")"), ("{ ", "; }"), ("if a; then ", "; fi"), ("\"$(", ")\"")] {
        let input = format!("{}x{}; rm y", open.repeat(80), close.repeat(80));
        let shown = super::show::show(&input);
        assert!(shown.contains("rm y"), "{open:?}: {shown}");
    }
}

#[test]
fn what_is_too_long_is_a_gap_and_the_rest_is_read() {
    let mut input = b"rm -rf x\n".to_vec();
    input.resize(MAX_INPUT + 10, b'a');
    let script = parse(&input);
    assert_eq!(script.commands.len(), 2);
    let gap = script.gaps.last().unwrap();
    assert_eq!((gap.why, gap.span.start, gap.span.end), (Why::TooBig, 65_536, 65_546));
}

#[test]
fn work_over_the_limit_is_a_gap() {
    let mut limits = Limits::new(1000);
    let script = parse_with(&input("a;", 2000), &mut limits);
    assert!(script.gaps.iter().any(|gap| gap.why == Why::WorkLimit), "{:?}", script.gaps);
    assert!(!script.commands.is_empty());
    let script = parse_with(b"a", &mut limits);
    assert!(script.gaps.iter().any(|gap| gap.why == Why::WorkLimit), "the limit is shared: {:?}", script.gaps);
}

#[test]
fn depth_is_shared_with_texts_inside_texts() {
    let mut limits = Limits::default();
    for _ in 0..60 {
        assert!(limits.descend());
    }
    let script = parse_with(b"( ( ( ( ( (a) ) ) ) ) )", &mut limits);
    let mut deep = false;
    each_script(&script, &mut |script| deep |= script.gaps.iter().any(|gap| gap.why == Why::TooDeep));
    assert!(deep, "{script:?}");
}

#[test]
fn an_input_that_hangs_another_parser_does_not_hang_this_one() {
    parse(b"<<E$[\t\t");
    parse(b"cat <<E$[\nx\nE$[\n");
}

#[test]
fn a_copy_of_a_word_does_not_double_at_each_level() {
    parse(&input(">! $(", MAX_INPUT));
}
