//! What holds for every command.

use super::{KNOWLEDGE, base, has, lines};
use crate::effects;
use proptest::prelude::*;
use protocol::call::{Dialect, Tool, ToolInput};
use protocol::facts::Blind;
use protocol::{Agent, Facts, RawText, ToolCall};

/// Commands with the effect that must survive whatever is put around them.
const KERNELS: &[(&str, &str)] = &[
    ("rm -rf /home/ana/other", "delete /home/ana/other recursive forced"),
    ("git push --force origin main", "change-history force-push main origin"),
    ("cat /etc/shadow", "read /etc/shadow credential"),
    ("mkfs.ext4 /dev/sdb", "resource disk destroy /dev/sdb"),
    ("shutdown now", "stop machine"),
    ("touch /etc/taffrail/stand-down", "configure-agent taffrail own-files"),
];

const WRAPPERS: &[&str] = &[
    "{}",
    "sudo {}",
    "env A=1 {}",
    "nohup {}",
    "nice {}",
    "timeout 5 {}",
    "command {}",
    "exec {}",
    "setsid {}",
    "time {}",
    "sh -c '{}'",
    "bash -lc '{}'",
    "echo $({})",
    "echo `{}`",
    "( {} )",
    "{ {}; }",
    "true && {}",
    "false || {}",
    "{} &",
    "! {}",
    "if true; then {}; fi",
    "for x in 1; do {}; done",
    "while true; do {}; done",
    "f() { {}; }; f",
    "eval '{}'",
    "env -S '{}'",
    "busybox {}",
    "xargs {} < /dev/null",
    "find . -exec {} \\;",
    "cat <({})",
    "sh <<'E'\n{}\nE",
    "echo '{}' | sh",
    "printf '%s' '{}' | bash",
    "trap '{}' EXIT",
    "stdbuf -o0 {}",
    "doas {}",
    "su -c '{}'",
    "watch '{}'",
    "X=1 {}",
    "{} > /dev/null 2>&1",
    "echo hi; {}",
    "case a in a) {};; esac",
    "coproc {}",
    "unknownwrapper {}",
];

#[test]
fn wrapping_never_loses_an_effect() {
    for (command, wanted) in KERNELS {
        for wrapper in WRAPPERS {
            let wrapped = wrapper.replacen("{}", command, 1);
            let wrapped = if *wrapper == "{ {}; }" { format!("{{ {command}; }}") } else { wrapped };
            let found = lines(wrapped.as_bytes());
            assert!(has(&found, wanted), "{wrapped}\n  wanted: {wanted}\n  got: {found:#?}");
        }
    }
}

#[test]
fn wrapping_twice_never_loses_an_effect() {
    let nested = [
        "sudo sh -c '{}'",
        "nohup timeout 9 env A=1 {}",
        "sh -c \"sudo {}\"",
        "xargs sh -c '{}' < /dev/null",
        "ssh h sudo {}",
        "docker run alpine sh -c '{}'",
    ];
    for wrapper in nested {
        let wrapped = wrapper.replacen("{}", "rm -rf /etc", 1);
        assert!(has(&lines(wrapped.as_bytes()), "delete /etc recursive forced"), "{wrapped}");
    }
}

proptest! {
    #[test]
    fn quoting_styles_are_equal(word in "[a-zA-Z0-9_./-]{1,12}", style in 0..5_u8) {
        let bare = format!("rm -rf ./{word}");
        let quoted = match style {
            0 => format!("'./{word}'"),
            1 => format!("\"./{word}\""),
            2 => format!("$'./{word}'"),
            3 => format!("./{word}").chars().flat_map(|c| ['\\', c]).collect(),
            _ => format!("./\"\"{word}''"),
        };
        prop_assert_eq!(lines(bare.as_bytes()), lines(format!("rm -rf {quoted}").as_bytes()));
    }

    #[test]
    fn any_bytes_are_judged_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        lines(&bytes);
    }

    #[test]
    fn any_line_of_shell_pieces_is_judged_without_a_panic(pieces in proptest::collection::vec(prop_oneof![
        Just("rm"), Just("-rf"), Just("~"), Just("$("), Just(")"), Just("|"), Just("sh"), Just("-c"), Just("'"), Just("\""), Just("`"), Just("<<E\n"), Just("\nE\n"), Just(">"), Just("${x:-"),
        Just("}"), Just("{"), Just("f()"), Just(";"), Just("&&"), Just("for x in"), Just("do"), Just("done"), Just("xargs"), Just("find"), Just("-exec"), Just("git"), Just("push"), Just("curl"), Just("-d@"), Just("eval"), Just("*"), Just("[a"), Just("python3"), Just("docker run"), Just("ssh"), Just("sudo"), Just("tar"), Just("sed"), Just("\\"), Just("$x"), Just("{a,b}"), Just("printf %s%"), Just("awk"), Just("dd"), Just("of="),
    ], 0..40)) {
        lines(pieces.join(" ").as_bytes());
    }
}

#[test]
fn deep_and_large_input_ends_with_a_word_about_it() {
    for hostile in [
        "$(".repeat(5000),
        format!("{}rm -rf ~", "sudo ".repeat(5000)),
        format!("{}'rm -rf ~'", "sh -c ".repeat(3000)),
        "f() { f | f & }; f".repeat(200),
        format!("echo {}", "{a,b}".repeat(60)),
        format!("echo {}", "{a,b}".repeat(13_000)),
        format!("echo {}", "{1..9}".repeat(10_000)),
        format!("echo {}", "{a,{b,{c,d}}}".repeat(4000)),
        "cd a;".repeat(13_000),
        "pushd a;".repeat(8_000),
        "a=$a$a$a;".repeat(4000),
        format!("rm {}", "x ".repeat(30_000)),
        "eval eval eval ".repeat(2000),
        "for i in {1..999}; do for j in {1..999}; do rm x; done; done".to_owned(),
        format!("xargs {}", "xargs ".repeat(4000)),
    ] {
        let begin = std::time::Instant::now();
        let found = lines(hostile.as_bytes());
        assert!(found.len() < 5_000, "{} effects", found.len());
        // Some milliseconds on a quiet machine; what is not bounded takes seconds.
        assert!(begin.elapsed() < std::time::Duration::from_secs(2), "{:?}: {:.40}", begin.elapsed(), hostile);
    }
    assert!(has(&lines(format!("rm -rf {}", "{a,b}".repeat(20)).as_bytes()), "unknown ?WorkLimit"));
    let behind = lines(format!("echo {}; rm -rf ~", "{a,b}".repeat(2000)).as_bytes());
    assert!(has(&behind, "delete"), "{behind:?}");
    assert!(has(&lines(format!("{}rm -rf ~", "sudo ".repeat(5000)).as_bytes()), "unknown ?WorkLimit"));
    assert!(has(&lines(format!("{}rm -rf ~", "sudo ".repeat(100)).as_bytes()), "unknown ?TooDeep"));
}

fn judge(name: &str, input: ToolInput) -> Vec<String> {
    let base = base();
    let call = ToolCall::about_to_run(Agent::ClaudeCode, Tool { name: name.to_owned(), input });
    effects(&call, Facts { base: &base, look: &Blind }, &KNOWLEDGE)
        .effects
        .iter()
        .map(super::describe::describe)
        .collect()
}

fn mcp(server: &str, tool: &str, arguments: &str) -> Vec<String> {
    judge(
        "mcp",
        ToolInput::Mcp { server: server.to_owned(), tool: tool.to_owned(), arguments: RawText::from(arguments) },
    )
}

#[test]
fn every_tool_has_the_effects_that_the_shell_would_have() {
    let read = judge("Read", ToolInput::Read { path: RawText::from("/home/ana/.ssh/id_rsa") });
    assert!(has(&read, "read /home/ana/.ssh/id_rsa credential"), "{read:?}");
    let write = judge("Write", ToolInput::Write { path: RawText::from("~/.bashrc"), content: RawText::from("x") });
    assert!(has(&write, "persist shell-profile"), "{write:?}");
    let settings = judge(
        "Write",
        ToolInput::Write {
            path: RawText::from("/home/ana/src/app/.claude/settings.json"),
            content: RawText::from("{\"hooks\":{}}"),
        },
    );
    assert!(has(&settings, "configure-agent claude-code hooks"), "{settings:?}");
    let source = judge(
        "Write",
        ToolInput::Write {
            path: RawText::from("/home/ana/src/app/src/main.rs"),
            content: RawText::from("fn main() {}"),
        },
    );
    assert_eq!(source.len(), 1, "{source:?}");
    let shell = judge(
        "Bash",
        ToolInput::Shell { command: RawText::from("rm -rf ~"), dialect: Dialect::Posix, background: false },
    );
    assert!(has(&shell, "delete home-root"), "{shell:?}");
    assert!(has(&judge("New", ToolInput::Unknown { input: RawText::from("{}") }), "unknown ?Tool New"));
    assert!(judge("TodoWrite", ToolInput::Inert).is_empty());
    assert!(has(&mcp("files", "read_file", "{\"path\":\"/home/ana/.ssh/id_rsa\"}"), "read credential"));
    assert!(has(&mcp("filesystem", "delete_file", "{\"path\":\"/home/ana/x\"}"), "delete /home/ana/x"));
    assert!(has(&mcp("github", "delete_repository", "{}"), "call-mcp github delete_repository destructive"));
    assert!(has(&mcp("github", "listIssues", "{}"), "call-mcp read"));
    assert!(has(&mcp("github", "create_issue", "{}"), "call-mcp write"));
    assert!(has(&mcp("db", "query", "{\"sql\":\"DROP TABLE users\"}"), "resource database destroy users"));
    assert!(has(&mcp("shell", "run_command", "{\"command\":\"rm -rf ~\"}"), "delete home-root"));
    assert!(has(&mcp("x", "frob", "not json"), "unknown ?Payload"));
}
