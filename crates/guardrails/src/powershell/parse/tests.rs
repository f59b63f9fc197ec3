//! The parser is total: whatever it is given, it comes to an end soon and says what it could not read.

use super::parse;
use proptest::prelude::*;
use protocol::Why;
use std::time::{Duration, Instant};

/// What people and agents write, to be cut and mixed.
const PIECES: [&str; 30] = [
    "Remove-Item -Recurse ",
    "$env:TEMP",
    "\"a $x b\"",
    "'q'",
    "{ ",
    " }",
    "( ",
    " )",
    "@{ a = 1 }",
    "@'\n",
    "\n'@",
    "@\"\n",
    "\n\"@",
    "$( ",
    "[char]65",
    "`",
    "| % { $_ }",
    "; ",
    "if ",
    "else ",
    "foreach ($a in $b) ",
    "-join ''",
    "-f 1,2",
    "<# ",
    " #>",
    "# x\n",
    "2>&1 ",
    "> out.txt ",
    "[IO.File]::Delete(",
    "switch ($x) { 1 { a } }",
];

#[test]
fn what_is_whole_is_read_without_a_gap() {
    for text in [
        "Get-ChildItem -Recurse -Filter *.log | Remove-Item -Force",
        "if ($a -eq 1) { b } elseif ($c) { d } else { e }",
        "foreach ($f in Get-ChildItem) { $f.Name }",
        "try { a } catch [System.Exception] { b } finally { c }",
        "$x = @{ a = 1; 'b c' = @(1, 2, 3) }\n$x.a",
        "switch -regex ($x) { '^a' { 1 } default { 2 } }",
        "function f { param([string]$a = 'x', $b) $a + $b }",
        "@'\nraw $x\n'@ | Set-Content x",
        "\"a $($b | % { \"c $_\" }) d\"",
        "[math]::Round(3.14159, 2)",
        "(New-Object Net.WebClient).DownloadString('x')",
        "$x[0..3] -join ''",
        "do { a } while ($b)",
        "a && b || c",
        "git log --format='%H %s' -- src\\*.cs",
        "git show HEAD@{1}",
        "& 'C:\\Program Files\\x.exe' /a:b --c=d",
        "a 2>&1 > $null",
        "New-Object Kind('a', 1)",
        "1..3 | ForEach-Object -Begin { 0 } -Process { $_ }",
        "$a = if ($b) { 1 } else { 2 }",
        "[Parameter(Mandatory)][string]$x",
        "a `\n  -b c",
        "$x?.y; $a ?? $b",
    ] {
        assert_eq!(parse(text.as_bytes()).gap, None, "{text}");
    }
}

#[test]
fn what_is_not_closed_or_too_deep_is_a_gap() {
    for (text, why) in [
        ("'a", Why::Syntax),
        ("\"a $(", Why::Syntax),
        ("}", Why::Syntax),
        (&*"(".repeat(5_000), Why::TooDeep),
        (&*"{".repeat(5_000), Why::TooDeep),
        (&*"\"$(".repeat(5_000), Why::TooDeep),
        (&*"a ".repeat(40_000), Why::TooBig),
    ] {
        assert_eq!(parse(text.as_bytes()).gap, Some(why), "{}", text.get(..20).unwrap_or(text));
    }
}

#[test]
fn hostile_texts_of_64_kib_are_read_in_linear_time() {
    let shapes = [
        "(",
        "[",
        "{",
        "@{",
        "@(",
        "$(",
        "\"$(",
        "@'\n",
        "@\"\n",
        "'",
        "\"",
        "`",
        "a|",
        "a;",
        "a&&",
        "$a.b",
        "$a[0]",
        "1+",
        ",",
        "-f ",
        "[char]",
        "!",
        "-not ",
        "a -b:",
        "<#",
        "if(",
        "switch($a){",
        "function f(",
        "try{",
        "$a=",
        "..",
        "::",
        ">",
        "2>&1 ",
        "a,",
        "$",
        "#",
        "\\",
        "\u{201c}",
        "param(",
        "%{",
        "foreach($a in ",
        "${",
        "}",
        ")",
        "]",
        "--%",
        "'a'",
        "+",
        "- ",
    ];
    for shape in shapes {
        let text = shape.repeat(64 * 1024 / shape.len());
        let half = text.as_bytes().get(..text.len() / 2).unwrap_or_default();
        let time = |text: &[u8]| {
            (0..3)
                .map(|_| {
                    let began = Instant::now();
                    parse(text);
                    began.elapsed()
                })
                .min()
                .unwrap_or_default()
        };
        let (small, large) = (time(half), time(text.as_bytes()));
        // A loaded machine is no reason to fail; what grows with the square takes far longer than that.
        assert!(large < Duration::from_secs(3), "{shape:?} takes {large:?}");
        assert!(large < small * 8 + Duration::from_millis(200), "{shape:?}: {small:?}, twice of it {large:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(text: Vec<u8>) {
        parse(&text);
    }

    #[test]
    fn pieces_in_any_order_are_read(order in proptest::collection::vec(0..PIECES.len(), 0..80), cut in 0_usize..400) {
        let text: String = order.into_iter().map(|at| PIECES[at]).collect();
        let text = text.as_bytes();
        parse(text.get(..cut).unwrap_or(text));
    }
}
