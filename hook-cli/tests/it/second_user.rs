//! Beside a system installation, and when Taffrail stands down: in a mount namespace of its own, where the fixed paths
//! lead into this test's folder.

use crate::harness::{TAFFRAIL, User, answer, listen, run, serve, table};
use protocol::fallback::{Answer, Row, Situation};
use std::os::unix::fs::chown;
use std::process::{Command, Stdio};

/// Runs the hook where `/etc`, `/run` and `/var/lib` are empty but for what `lay` puts there. The test's folder is `$1`.
fn inside(user: &User, lay: &str, event: &str) -> Command {
    let script =
        format!("set -e; for d in /etc /run /var/lib; do mount -t tmpfs none $d; done; {lay}; shift; exec \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", &script, "sh"]).arg(user.top.path());
    command.args([TAFFRAIL, "hook", "claude-code", event]);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", user.path("home"));
    command.env("XDG_RUNTIME_DIR", user.path("run")).env("XDG_STATE_HOME", user.path("state"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

const INSTALLED: &str = "mkdir /var/lib/taffrail /run/taffrail";

#[test]
fn beside_a_system_only_its_socket_counts() {
    let user = User::new();
    let own = user.listen();
    let daemon = serve(listen(&user.path("system/hook.sock")), answer(b"system", b"", 0));
    let lay = format!("{INSTALLED}; mount --bind $1/system /run/taffrail");
    run(inside(&user, &lay, "PreToolUse"), b"{}").says_alone("system", 0);
    daemon.join().unwrap();

    // Without the system's daemon, the user's own is still not asked.
    user.fallback(&table(true));
    run(inside(&user, INSTALLED, "PreToolUse"), b"{}").says_alone("", 0);
    own.set_nonblocking(true).unwrap();
    assert!(own.accept().is_err(), "nobody has connected to the user's socket");
}

#[test]
fn beside_a_system_only_its_table_answers() {
    let user = User::new();
    let table = table(true).encode().unwrap();
    platform::files::write_atomic(&user.path("fallback.bin"), &table, 0o644).unwrap();
    let lay = format!("{INSTALLED}; cp $1/fallback.bin /var/lib/taffrail/");
    run(inside(&user, &lay, "PreToolUse"), b"{}").says_alone("{\"away\":true}", 0);
    // The same bytes, but another user's.
    let lay = format!("{lay}; chown 4242 /var/lib/taffrail/fallback.bin");
    run(inside(&user, &lay, "PreToolUse"), b"{}").says_alone("", 0);
}

#[test]
fn a_state_folder_of_another_user_makes_no_system() {
    let user = User::new();
    let daemon = serve(user.listen(), answer(b"own", b"", 0));
    let lay = "mkdir /var/lib/taffrail; chown 4242 /var/lib/taffrail";
    run(inside(&user, lay, "PreToolUse"), b"{}").says_alone("own", 0);
    daemon.join().unwrap();
}

#[test]
fn standing_down_comes_before_everything_else() {
    let user = User::new();
    user.fallback(&table(true));
    let listener = user.listen();
    let lay = "mkdir /etc/taffrail; touch /etc/taffrail/stand-down";
    let ran = run(inside(&user, lay, "PreToolUse"), &vec![b'x'; 1_000_000]);
    ran.says_alone("", 0);
    assert!(ran.taken);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody has connected");

    // The line that a session starts with is the one that the daemon prepared.
    let mut told = table(true);
    let answer = Answer { stdout: b"{\"stood-down\":true}".to_vec(), ..Answer::default() };
    told.rows.push(Row {
        agent: "claude-code".into(),
        event: "SessionStart".into(),
        situation: Situation::StoodDown,
        answer,
    });
    user.fallback(&told);
    run(inside(&user, lay, "SessionStart"), b"{}").says_alone("{\"stood-down\":true}", 0);
    run(inside(&user, lay, "PreToolUse"), b"{}").says_alone("", 0);
}

#[test]
fn a_stand_down_file_of_another_user_does_nothing() {
    let user = User::new();
    let daemon = serve(user.listen(), answer(b"judged", b"", 0));
    std::fs::write(user.path("stand-down"), b"").unwrap();
    chown(user.path("stand-down"), Some(4242), None).unwrap();
    let lay = "mkdir /etc/taffrail; cp -p $1/stand-down /etc/taffrail/";
    run(inside(&user, lay, "PreToolUse"), b"{}").says_alone("judged", 0);
    daemon.join().unwrap();
}
