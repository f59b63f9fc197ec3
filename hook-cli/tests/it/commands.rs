//! The command line beside the hook.

use crate::harness::{TAFFRAIL, User, run};
use protocol::frame::{self, Kind};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::thread::JoinHandle;

/// Takes one request, checks its frames and answers it.
fn answers(listener: UnixListener, stdout: &'static [u8], exit: u8) -> JoinHandle<serde_json::Value> {
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut body = Vec::new();
        assert_eq!(frame::read(&mut stream, &mut body).unwrap(), Kind::Request);
        let request = serde_json::from_slice(&body).unwrap();
        assert_eq!(frame::read(&mut stream, &mut body).unwrap(), Kind::End);
        frame::write(&mut stream, Kind::Stdout, stdout).unwrap();
        frame::write(&mut stream, Kind::Exit, &[exit]).unwrap();
        stream.flush().unwrap();
        request
    })
}

#[test]
fn status_asks_the_daemon_and_ends_with_its_code() {
    let user = User::new();
    for (arguments, json, exit) in
        [(&["status"][..], false, 0), (&["status", "--json"], true, 1), (&["status"], false, 2)]
    {
        std::fs::remove_dir_all(user.path("run/taffrail")).ok();
        let daemon = answers(user.listen(), b"All is well.\n", exit);
        run(user.command(arguments), b"").says_alone("All is well.\n", i32::from(exit));
        let request = daemon.join().unwrap();
        assert_eq!(request, serde_json::json!({ "command": "status", "json": json, "arguments": [] }));
    }
}

#[test]
fn status_without_a_daemon_says_so_and_ends_with_three() {
    let user = User::new();
    let ran = run(user.command(&["status"]), b"");
    ran.says("", 3);
    assert!(String::from_utf8_lossy(&ran.output.stderr).starts_with("The daemon is not running"));
    assert!(!ran.output.stderr.contains(&0x1b), "no colour without a terminal");

    let ran = run(user.command(&["status", "--json"]), b"");
    assert_eq!(ran.output.status.code(), Some(3));
    let told: serde_json::Value = serde_json::from_slice(&ran.output.stdout).unwrap();
    assert_eq!(told["state"], "not-running");
}

#[test]
fn explain_with_a_code_asks_the_daemon() {
    let user = User::new();
    let daemon = answers(user.listen(), b"Stopped.\n", 0);
    run(user.command(&["explain", "7qk4"]), b"").says_alone("Stopped.\n", 0);
    assert_eq!(daemon.join().unwrap()["arguments"], serde_json::json!(["7QK4"]));
}

#[test]
fn wrong_usage_ends_with_two_and_help_with_nought() {
    let user = User::new();
    let ran = run(user.command(&["no-such-command"]), b"");
    ran.says("", 2);
    let help = run(user.command(&["--help"]), b"");
    assert_eq!(help.output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&help.output.stdout).contains("status"));
    assert!(!help.output.stdout.contains(&0x1b), "no colour without a terminal");
    assert_eq!(run(user.command(&["hook", "--help"]), b"").output.status.code(), Some(0));
}

/// A copy of the program, with something beside it in place of the daemon's program.
///
/// A process of its own writes both: while this one held them open for writing, a child that another test's thread forks
/// in that moment would inherit the descriptor, and executing them would fail with "text file busy".
fn installed(user: &User, beside: &str) -> Command {
    let folder = user.path("bin");
    let script = r#"mkdir -p "$1" && cp "$2" "$1/taffrail" && printf %s "$3" >"$1/taffraild" && chmod 755 "$1"/*"#;
    let put =
        Command::new("/bin/sh").args(["-c", script, "sh"]).arg(&folder).args([TAFFRAIL, beside]).status().unwrap();
    assert!(put.success());
    let like = user.command(&[]);
    let mut command = Command::new(folder.join("taffrail"));
    command.env_clear().envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    command
}

#[test]
fn what_needs_the_engine_is_executed_beside_with_the_same_arguments() {
    let user = User::new();
    let script = "#!/bin/sh\necho \"$@\"; cat; exit 7\n";
    for arguments in [
        &["judge", "--jsonl"][..],
        &["verify", "--help"],
        &["verify", "/x y"],
        &["explain", "rm", "-rf", "/"],
        &["explain", "make"],
    ] {
        let mut command = installed(&user, script);
        command.args(arguments);
        run(command, b"input").says_alone(&format!("{}\ninput", arguments.join(" ")), 7);
    }
}

mod second_user {
    use super::*;

    #[test]
    fn a_program_that_others_could_have_put_there_is_not_executed() {
        let user = User::new();
        let refused = |why: &str, change: &dyn Fn(&Path)| {
            let mut command = installed(&user, "#!/bin/sh\necho executed\n");
            change(&user.path("bin/taffraild"));
            command.args(["judge", "--jsonl"]);
            let ran = run(command, b"");
            ran.says("", 1);
            assert!(!ran.output.stderr.is_empty(), "{why}");
        };
        let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        refused("everyone may write to it", &|program| mode(program, 0o757));
        refused("it belongs to another user", &|program| std::os::unix::fs::chown(program, Some(4242), None).unwrap());
        refused("it is not there", &|program| std::fs::remove_file(program).unwrap());
        refused("everyone may write to its folder", &|program| mode(program.parent().unwrap(), 0o777));
    }
}
