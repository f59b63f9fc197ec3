//! What holds for every input: no panic, spans inside the text, bounded work, bounded stack.

use crate::shell::parse::{Limits, MAX_INPUT, Origin, STACK, parse, parse_within};

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
    let unoptimised = 8;
    std::thread::Builder::new()
        .stack_size(STACK * unoptimised)
        .spawn(|| {
            for shape in SHAPES {
                parse(&input(shape, MAX_INPUT));
                for other in SHAPES {
                    parse(&input(&format!("{shape}{other}"), 2048));
                }
            }
        })
        .unwrap()
        .join()
        .unwrap();
}
