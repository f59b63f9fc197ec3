//! One test per construct.

use super::show::show;

/// Asserts the tree in short of each input.
#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (input, expected) in cases {
        assert_eq!(&show(input), expected, "of {input:?}");
    }
}

#[test]
fn commands_are_joined_as_they_stand() {
    check(&[
        ("", ""),
        ("  \t", ""),
        ("git status", "git status"),
        ("a && b || c; d & e", "a && b || c; d &; e"),
        ("a && b & c", "a & && b &; c"),
        ("a &&\n# why\n b", "a && b"),
        ("a\nb\r\nc\r\n", "a; b; c"),
        ("a;b;", "a; b"),
        ("a&b", "a &; b"),
        ("a &| b; a &! b", "a &; b; a &; ! b"),
    ]);
}

#[test]
fn pipelines_keep_their_parts() {
    check(&[
        ("a | b |& c 2>&1 >f", "a | b 2>&1 | c 2>&1 >f"),
        ("a |\n b", "a | b"),
        ("! a | b", "! a | b"),
        ("! a", "! a"),
        ("! ! a", "a"),
        ("time -p ls; time -- ls; time ! a | b", "ls; ls; ! a | b"),
        ("a || b | c", "a || b | c"),
    ]);
}

#[test]
fn quotes_are_kept_apart_from_plain_text() {
    check(&[
        ("r''m -r\\f x; \"rm\" y; \\rm z", "r''m -r'f' x; \"'rm'\" y; 'r'm z"),
        ("a '' \"\"", "a '' \"\""),
        ("'a\nb'", "'a\\nb'"),
        ("echo \"a $b $(f \"g\") `h`\"", "echo \"'a '$b' '$[f \"'g'\"]' '$[h]\""),
        (r#"echo "a\$b\"c\\d\e""#, r#"echo "'a$b"c\d\e'""#),
        ("echo $\"x $y\"", "echo \"'x '$y\""),
        ("ec\\\nho a\\\n b \"c\\\nd\" 'e\\\nf'", "echo a b \"'cd'\" 'e\\\\nf'"),
        ("a &\\\n& b |\\\n| c $\\\n(d) <\\\n<<e", "a && b || c $[d] <<<e"),
        ("i\\\nf a; th\\\nen b; f\\\ni", "if[a][b]"),
        ("a\\", "a\\"),
    ]);
}

#[test]
fn ansi_escapes_are_decoded() {
    check(&[
        (r"echo $'a\x41\101\u0042\U00000043\e[0m'", "echo 'aAABC\u{1b}[0m'"),
        (r"$'\x72\x6d' -rf", "'rm' -rf"),
        (r"$'a\'b\\c\td\qe\?'", "'a'b\\c\td\\qe?'"),
        (r"$'rm\0hidden' x; $'rm\x00'x", "'rm' x; 'rm'x"),
        (r"$'\x{72}m' $'\cA' $'\u20ac'", "'rm' '\u{1}' '€'"),
        ("\"$'a'\"", "\"'$'a''\""),
    ]);
}

#[test]
fn a_comment_begins_only_where_a_word_may() {
    check(&[
        ("echo a#b # c; d", "echo a#b"),
        ("# a\nb", "b"),
        ("a;#b\nc", "a; c"),
        ("echo $(a # )\nb) c", "echo $[a; b] c"),
        ("echo \\#a '#b'", "echo '#'a '#b'"),
    ]);
}

#[test]
fn redirections_of_every_form_are_read() {
    check(&[
        (
            "echo a >&- b 2>&1 &>f >&g {fd}>h 3<>i >|j <<<k &>>l 1>&2 >>m <n 2>o",
            "echo a b >&- 2>&1 &>f &>g >h 3<>i >j <<<k &>>l 1>&2 >>m <n 2>o",
        ),
        (">f", ">f"),
        (">f a <g", "a >f <g"),
        ("a 2>&1- 12>x b2>y", "a b2 2>&1- 12>x >y"),
        ("diff <(a) x<(b) > >(c)", "diff <[a] x<[b] >>[c]"),
        ("{ a; } >f 2>&1", "group[a] >f 2>&1"),
        ("f() { a; } >f", "fn f group[a] >f"),
        ("a >$x >\"$y\" >&$z", "a >$x >\"$y\" &>$z"),
        ("echo >! f", "echo f >f"),
        ("echo \\2>f '2'>f", "echo '2' '2' >f >f"),
        ("a >", "a ><Syntax> <Syntax>"),
    ]);
}

#[test]
fn here_documents_find_their_commands() {
    check(&[
        ("cat <<A\nx $y\nA\nz", "cat <<('x '$y'\\n'); z"),
        ("cat <<'A'\nx $y\nA\nz", "cat <<('x $y\\n'); z"),
        ("cat <<A'B'\\C\n$y\nABC\nz", "cat <<('$y\\n'); z"),
        ("cat <<\"A B\" | sh\nx\nA B\nz", "cat <<('x\\n') | sh; z"),
        ("cat <<A <<'B' | wc; x\na $x $(y)\nA\nb $x\nB\nz", "cat <<('a '$x' '$[y]'\\n') <<('b $x\\n') | wc; x; z"),
        ("cat <<-E\n\ta\n\t\tb $x\n\tE\nz", "cat <<('a\\nb '$x'\\n'); z"),
        ("cat <<-'E'\n\ta\n\tE\nz", "cat <<('a\\n'); z"),
        ("cat <<E", "cat <<()"),
        ("cat <<E\nx", "cat <<('x')"),
        ("cat <<E\nfoo\\\nE\nrm\nE\nz", "cat <<('fooE\\nrm\\n'); z"),
        ("cat <<E\\\nF\nx\nE\\\nF\nz", "cat <<('x\\n'); z"),
        ("cat <<$'E\\x41'\nx\nEA\nz", "cat <<('x\\n'); z"),
        ("cat <<E &&\nx\nE\nz", "cat <<('x\\n') && z"),
        ("cat <<E; (\nx\nE\nz)", "cat <<('x\\n'); sub[z]"),
        ("cat <<A \"$(b\nc)\"\nbody\nA\nz", "cat \"$[b; c]\" <<('body\\n'); z"),
        ("cat << #E\nrm\n#E", "cat <<(<Syntax>); rm <Syntax>"),
        ("while a; do b <<E\nx\nE\ndone <f", "while[a][b <<('x\\n')] <f"),
        ("cat 3<<E\r\nx\r\nE\r\nz", "cat 3<<('x\r\\n'); z"),
    ]);
}

#[test]
fn here_documents_inside_substitutions_end_as_in_bash() {
    check(&[
        ("echo $(cat <<E\nfoo\nE\n) z", "echo $[cat <<('foo\\n')] z"),
        ("echo $(cat <<E\nfoo\nE)\nz", "echo $[cat <<('foo\\n')]; z"),
        ("echo $(cat <<E)\nfoo\nE\nz", "echo $[cat <<('foo\\n')]; z"),
        ("(cat <<E\nfoo\nE)\nz\nE\n)", "sub[cat <<('foo\\nE)\\nz\\n')]"),
        ("echo `cat <<E\nfoo\nE`\nz", "echo $[cat <<('foo\\n')]; z"),
        (
            "git commit -m \"$(cat <<'E'\na \"b\" `c` (d\nE\n)\"; z",
            "git commit -m \"$[cat <<('a \"b\" `c` (d\\n')]\"; z",
        ),
        ("cat <<A\n$(cat <<B\nx\nB\n)\nA\nz", "cat <<($[cat <<('x\\n')]'\\n'); z"),
    ]);
}

#[test]
fn substitutions_are_scripts() {
    check(&[
        ("`a \\`b\\``", "$[a $[b]]"),
        ("`a \\$x \\\\$y`", "$[a $x '$'y]"),
        ("\"`a \\\"b\\\"`\"", "\"$[a \"'b'\"]\""),
        ("$(a; b | c) $(<f)", "$[a; b | c] $[<f]"),
        ("$(case a in a) b;; esac) c", "$[case a (a)[b]] c"),
        ("$(echo \")\" ')' \\)) z", "$[echo \"')'\" ')' ')'] z"),
        ("${ rm x; } ${|y;}", "$[rm x] $[y]"),
        ("=ls; cat =(b)", "=ls; cat <[b]"),
    ]);
}

#[test]
fn arithmetic_is_told_from_subshells() {
    check(&[
        ("(( x = $(y) + 1 ))", "(($[y]))"),
        ("((a) | b)", "sub[sub[a] | b]"),
        ("( (a) )", "sub[sub[a]]"),
        ("echo $((1+$x*(2))) $((a) | b) $[1+$(c)]", "echo $(($x)) $[sub[a] | b] $(($[c]))"),
        ("echo \"$((1+`f`))\"", "echo \"$(($[f]))\""),
        ("((a); b", "sub[sub[a]; b <Syntax>]"),
    ]);
}

#[test]
fn parameters_keep_their_operation() {
    check(&[
        ("$x $1 $@ $? ${x} ${10} $_ $", "$x $1 $@ $? $x $10 $_ $"),
        ("${x:-a b} ${x-} ${x:=a} ${x+b} ${x:?$(y)}", "${x:-a b} ${x-} ${x:=a} ${x+b} ${x:?$[y]}"),
        ("${x#*/} ${x##a} ${x%.*} ${x%%\"b\"}", "${x#*/} ${x##a} ${x%.*} ${x%%\"'b'\"}"),
        ("${x/a/b} ${x//a} ${x/#a/$(b)} ${x//\\//_}", "${x/a/b} ${x//a/} ${x/#a/$[b]} ${x//'/'/_}"),
        ("${#x} ${#} ${#x[@]} ${#-} ${##a}", "${#x} $# ${#x[@]} ${#-} ${##a}"),
        ("${!x} ${!x*} ${!x[@]} ${!} ${!x:-$(y)}", "${!x} ${!x} ${!x[@]} $! ${!x:-$[y]}"),
        (
            "${x:1:2} ${x:$(y)} ${x^^} ${x,} ${x@Q} ${x^^$(y)}",
            "${x:1:2} ${x:$[y]} ${x@@^^} ${x@@,} ${x@@@Q} ${x:^^$[y]}",
        ),
        ("${x[1]} ${x[$(y)]} ${x[a b]:-c}", "$x[1] $x[$[y]] ${x[a b]:-c}"),
        ("\"${x:-'}'}\" \"${x#'}'}\" \"${x:-\"}\"}\"", "\"${x:-'''}''}'\" \"${x#'}'}\" \"${x:-\"'}'\"}\""),
        ("${:-rm} ${(f)x} ${${x}:-y} ${=x} $=x", "${:-rm} ${x@@(f)} ${[$x]:-y} ${x@@=} ${x@@=}"),
        ("${x!$(rm)}", "${x:!$[rm]}"),
    ]);
}

#[test]
fn braces_are_alternatives_only_where_the_shell_expands_them() {
    check(&[
        ("echo {a,b}{1..3} {x} {} {a,{b,c}} a{b,\"c,d\"}", "echo {a|b}{1|2|3} {x} {} {a|{b|c}} a{b|\"'c,d'\"}"),
        ("{1..100} {a..e..2} {01..03} {3..1} {-1..1}", "<TooBig> {a|c|e} {01|02|03} {3|2|1} {-1|0|1}"),
        ("\\{a,b} '{a,b}' {a,b {a,{b,c} {{a,b}} x{,y} }", "'{'a,b} '{a,b}' {a,b {a,{b|c} {{a|b}} x{|y} }"),
        ("x={a,b} y{a,$(b)} ${x}{a,b}", "x={a,b} y{a|$[b]} $x{a|b}"),
        ("{rm,-rf,/}", "{rm|-rf|/}"),
        ("find . -exec rm {} \\;", "find . -exec rm {} ';'"),
    ]);
}

#[test]
fn tildes_stand_at_the_beginning() {
    check(&[
        (
            "echo ~ ~/x ~root/y a~ x=~ \"~\" \\~ ~\"a\" ~+",
            "echo ~<> ~<>/x ~<root>/y a~ x=~<> \"'~'\" '~' ~\"'a'\" ~<+>",
        ),
        ("x=~root:~/y", "x=~<root>:~<>/y"),
        ("${x:-~/y}", "${x:-~<>/y}"),
        ("rm -rf ~; ls ~\n(~)", "rm -rf ~<>; ls ~<>; sub[~<>]"),
    ]);
}

#[test]
fn assignments_stand_before_the_words() {
    check(&[
        ("x=1 y+=2 z=(a b \"c d\") w[1]=3 cmd a=b", "x=1 y+=2 z=(a b \"'c d'\") w[1]=3 cmd a=b"),
        ("x=", "x="),
        ("x=$(rm y)", "x=$[rm y]"),
        ("x=(\n a # c\n [1]=b $(d)\n)", "x=(a [1]=b $[d])"),
        ("declare -a a=(1 $(b)) c", "a=(1 $[b]) declare -a c"),
        ("a[1 ]=2; a[$(b)]+=c; a[$(d)]e f", "a[1 ]=2; a[$[b]]+=c; a[$[d]]e f"),
        ("1x=2 x'y'=3", "1x=2 x'y'=3"),
    ]);
}

#[test]
fn compound_commands_are_read_whole() {
    check(&[
        ("if a; then b; elif c; then d; else e; fi >f", "if[a][b][c][d]else[e] >f"),
        ("while read x; do echo $x; done < f; until a; do b; done", "while[read x][echo $x] <f; while[a][b]"),
        ("for x in a b; do c; done; for x; do c; done; for x\ndo c; done", "for x(a b)[c]; for x(*)[c]; for x(*)[c]"),
        ("for x in $(y) {a,b} <(c); { d; }", "for x($[y] {a|b} <[c])[d]"),
        ("for ((i=0;i<$(x);i++)) { y; }; for ((;;)); do z; done", "for(($[x]))[y]; for(())[z]"),
        ("select x in a; do b; done", "for x(a)[b]"),
        ("case $x in a|b) c;; (d) e;& *) f;; esac", "case $x (a b)[c] (d)[e] (*)[f]"),
        ("case x in\n a)\n b\n ;;\n $(c)) d ;;& @(e|f)) g\nesac", "case x (a)[b] ($[c])[d] (@(e|f))[g]"),
        ("{ a; }; ( b ); {(c);}; if(a)then(b)fi", "group[a]; sub[b]; group[sub[c]]; if[sub[a]][sub[b]]"),
        ("coproc a b; coproc N { c; }; coproc { d; }", "coproc :a b; coproc N:group[c]; coproc :group[d]"),
        ("if a; then\r\n b\r\nfi\r\n", "if[a][b]"),
    ]);
}

#[test]
fn functions_are_read_in_every_spelling() {
    check(&[
        ("f() { a; }; function g { b; }; function h() (c)", "fn f group[a]; fn g group[b]; fn h sub[c]"),
        ("k () d", "fn k d"),
        ("f()\n\nfor x in a; do b; done", "fn f for x(a)[b]"),
        ("f!() { y; }; a+() { z; }", "fn f! group[y]; fn a+ group[z]"),
        ("() { a; }; function { b; }", "sub[]; group[a]; group[group[b]] <Syntax>"),
    ]);
}

#[test]
fn tests_keep_their_words() {
    check(&[
        ("[[ -f $x && ( a =~ ^(b|c)$ ) || x < y ]] && z", "[[-f $x && ( a =~ ^(b|c)$ ) || x < y]] && z"),
        ("[[ $x =~ (a b) ]] && z", "[[$x =~ (a b)]] && z"),
        ("[[ $(rm x) == @(a|b) ]]", "[[$[rm x] == @(a|b)]]"),
        ("[[ a &&\n b ]]; [[ a\n]]", "[[a && b]]; [[a]]"),
        ("[ -f x ] && test a", "[ -f x ] && test a"),
        ("[[ a\nrm x", "[[a]]; rm x <Syntax>"),
        ("[[ a ; rm x", "[[a]]; rm x <Syntax>"),
    ]);
}

#[test]
fn reserved_words_count_only_where_a_command_begins() {
    check(&[
        ("echo if then fi done } {", "echo if then fi done } {"),
        ("'if' a; \\if b; i\"f\" c", "'if' a; 'i'f b; i\"'f'\" c"),
        ("ifx; if=1; then1", "ifx; if=1; then1"),
        ("for in in in; do done; done", "for in(in)[] <Syntax>"),
        ("case in in in) a;; esac", "case in (in)[a]"),
        ("!(x); ! (x)", "! sub[x]; ! sub[x]"),
        ("echo !(a|b) @(c) ?(d e)", "echo !(a|b) @(c) ?(d e)"),
    ]);
}

#[test]
fn zsh_forms_show_their_commands() {
    check(&[
        ("repeat 3 rm x; repeat 2; do a; done", "for (3)[rm x]; for (2)[a]"),
        ("foreach x (a b); c; end; foreach a", "for x(a b)[c]; foreach a"),
        ("for x (a b) { c; }; for x y in a b; do c; done", "for x(a b)[c]; for y(a b)[c]"),
        ("{ a; } always { rm b; }", "group[group[a]; group[rm b]]"),
        ("if (a) { b; }", "if[sub[a]; group[b] <Syntax>][] <Syntax>"),
    ]);
}

#[test]
fn a_syntax_error_hides_no_command() {
    check(&[
        (") a; fi b; ;; c; & d", "a; b; c; d <Syntax> <Syntax> <Syntax> <Syntax>"),
        ("echo \"unterminated\nrm x", "echo \"'unterminated\\nrm x'\"; rm x <Syntax>"),
        ("echo 'a\nb", "echo 'a'; b <Syntax>"),
        ("echo ${x\nrm y", "echo ${x:\nrm y}; rm y <Syntax>"),
        ("if a\nrm x", "if[a; rm x][] <Syntax>"),
        ("echo a (rm x)", "echo a; sub[rm x] <Syntax>"),
        ("{ a; } b", "group[a]; b <Syntax>"),
        ("a=(\nrm x", "a=(rm x); rm x <Syntax>"),
        ("echo @(a\nrm x", "echo @(a\nrm x; rm x <Syntax>"),
        ("a | | b; && c", "a; b; c <Syntax> <Syntax>"),
        ("$(rm x", "$[rm x <Syntax>]"),
        ("if a; then ( fi; rm x )", "if[a][sub[rm x <Syntax>]] <Syntax>"),
    ]);
}
