//! Answers without a daemon.

use crate::harness::{SHORT, User, answer, finish, run, serve, table};
use protocol::fallback::Table;
use protocol::frame::{self, Kind};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::time::{Duration, Instant};

#[test]
fn without_a_daemon_the_table_answers_at_once() {
    let user = User::new();
    user.fallback(&table(true));
    let ran = run(user.hook("PreToolUse"), b"{}");
    ran.says_alone("{\"away\":true}", 0);
    assert!(ran.took < Duration::from_secs(1), "{:?}", ran.took);
    assert!(ran.taken);
}

#[test]
fn a_socket_that_nobody_listens_at_is_no_daemon() {
    let user = User::new();
    user.fallback(&table(true));
    drop(user.listen());
    assert!(user.socket().exists());
    run(user.hook("PreToolUse"), b"{}").says_alone("{\"away\":true}", 0);
}

#[test]
fn without_a_table_there_is_silence() {
    let user = User::new();
    run(user.hook("PreToolUse"), b"{}").says_alone("", 0);
}

#[test]
fn a_table_that_is_torn_or_not_ours_is_not_used_at_all() {
    let user = User::new();
    let file = user.path("state/taffrail/fallback.bin");
    let whole = table(true).encode().unwrap();
    let silent = |why: &str| {
        let ran = run(user.hook("PreToolUse"), b"{}");
        assert_eq!((ran.output.stdout.len(), ran.output.status.code()), (0, Some(0)), "{why}");
    };
    for cut in [0, 3, 8, whole.len() / 2, whole.len() - 1] {
        platform::files::write_atomic(&file, &whole[..cut], 0o600).unwrap();
        silent(&format!("cut at {cut}"));
    }
    let mut flipped = whole.clone();
    flipped[20] ^= 4;
    platform::files::write_atomic(&file, &flipped, 0o600).unwrap();
    silent("a flipped bit");
    platform::files::write_atomic(&file, &[whole.clone(), vec![0; 2 << 20]].concat(), 0o600).unwrap();
    silent("two megabytes");

    platform::files::write_atomic(&file, &whole, 0o600).unwrap();
    run(user.hook("PreToolUse"), b"{}").says_alone("{\"away\":true}", 0);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    silent("everyone may write to it");
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(user.path("elsewhere"), &file).unwrap();
    platform::files::write_atomic(&user.path("elsewhere"), &whole, 0o600).unwrap();
    silent("it is a link");
}

#[test]
fn an_unknown_agent_is_stopped_in_enforce_and_met_with_silence_in_detect() {
    let user = User::new();
    let nobody = || user.command(&["hook", "no-such-agent", "PreToolUse"]);
    run(nobody(), b"{}").says_alone("", 0);
    user.fallback(&table(false));
    run(nobody(), b"{}").says_alone("", 0);

    user.fallback(&table(true));
    let ran = run(nobody(), b"{}");
    ran.says("", 2);
    let stderr = String::from_utf8(ran.output.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 1);
    assert!(stderr.contains("no-such-agent"), "{stderr}");
}

#[test]
fn a_call_without_agent_or_event_is_answered_like_any_other() {
    let user = User::new();
    run(user.command(&["hook"]), b"{}").says_alone("", 0);
    user.fallback(&table(true));
    run(user.command(&["hook", "claude-code"]), b"{}").says_alone("{\"away\":true}", 0);
    run(user.command(&["hook"]), b"{}").says("", 2);
}

#[test]
fn a_refusal_is_no_answer() {
    let user = User::new();
    user.fallback(&table(true));
    let mut refused = Vec::new();
    frame::write(&mut refused, Kind::Refused, b"too many calls").unwrap();
    let daemon = serve(user.listen(), refused);
    run(user.hook("PreToolUse"), b"{}").says_alone("{\"away\":true}", 0);
    daemon.join().unwrap();
}

#[test]
fn a_payload_over_the_limit_has_an_answer_of_its_own() {
    let user = User::new();
    user.fallback(&table(true));
    let listener = user.listen();
    let daemon = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::copy(&mut stream, &mut std::io::sink()).unwrap()
    });
    let ran = run(user.hook("PreToolUse"), &vec![b'x'; 64 * 1024 * 1024 + 1]);
    ran.says_alone("{\"too-big\":true}", 0);
    assert!(daemon.join().unwrap() <= 64 * 1024 * 1024 + 100_000);
}

#[test]
fn a_daemon_that_takes_the_call_and_never_answers_costs_its_share_of_the_time_or_all_of_it_where_the_call_is_gone() {
    let user = User::new();
    user.fallback(&table(true));
    for (event, payload, least, most) in
        [(SHORT, 2, 0.85, 4.0), ("PreToolUse", 2, 3.7, 7.0), ("PreToolUse", 300_000, 4.9, 9.0)]
    {
        std::fs::remove_dir_all(user.path("run/taffrail")).ok();
        let listener = user.listen();
        let daemon = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
        });
        let ran = run(user.hook(event), &vec![b' '; payload]);
        ran.says_alone("{\"away\":true}", 0);
        let took = ran.took.as_secs_f64();
        assert!((least..most).contains(&took), "{event}, {payload} bytes: {took}");
        daemon.join().unwrap();
    }
}

#[test]
fn a_connection_that_no_daemon_takes_is_given_up_after_a_second() {
    let user = User::new();
    user.fallback(&table(true));
    let _listener = user.listen();
    let ran = run(user.hook("PreToolUse"), b"{}");
    ran.says_alone("{\"away\":true}", 0);
    let took = ran.took.as_secs_f64();
    assert!((0.9..4.0).contains(&took), "{took}");
}

#[test]
fn a_daemon_that_comes_within_the_second_is_waited_for() {
    let user = User::new();
    let listener = user.listen();
    let child = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(400));
        serve(listener, answer(b"late", b"", 0)).join().unwrap()
    });
    run(user.hook("PreToolUse"), b"{}").says_alone("late", 0);
    child.join().unwrap();
}

#[test]
fn an_agent_that_never_closes_standard_input_cannot_hold_the_hook() {
    let user = User::new();
    user.fallback(&table(true));
    let listener = user.listen();
    let daemon = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
    });
    let start = Instant::now();
    let mut child = user.hook(SHORT).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"{\"unfinished").unwrap();
    let output = finish(child);
    assert_eq!(output.stdout, b"{\"away\":true}");
    assert!(start.elapsed() < Duration::from_secs(4));
    drop(input);
    daemon.join().unwrap();
}

#[test]
fn without_a_daemon_and_without_an_end_of_input_the_answer_still_comes_at_once() {
    let user = User::new();
    user.fallback(&table(true));
    let start = Instant::now();
    let mut child = user.hook("PreToolUse").spawn().unwrap();
    let input = child.stdin.take().unwrap();
    assert_eq!(finish(child).stdout, b"{\"away\":true}");
    assert!(start.elapsed() < Duration::from_secs(2));
    drop(input);
}

#[test]
fn an_event_with_a_row_of_its_own_gets_it() {
    let user = User::new();
    let mut rows = table(true).rows;
    let mut own = rows[0].clone();
    own.event = "Stop".into();
    own.answer.stdout = b"stop".to_vec();
    rows.push(own);
    user.fallback(&Table { enforce: true, rows, ..Table::default() });
    run(user.hook("Stop"), b"{}").says_alone("stop", 0);
    run(user.hook("PreToolUse"), b"{}").says_alone("{\"away\":true}", 0);
}

mod second_user {
    use super::*;

    #[test]
    fn a_table_of_another_user_is_not_used() {
        let user = User::new();
        let file = user.path("state/taffrail/fallback.bin");
        user.fallback(&table(true));
        run(user.hook("PreToolUse"), b"{}").says_alone("{\"away\":true}", 0);
        chown(&file, Some(4242), None).unwrap();
        run(user.hook("PreToolUse"), b"{}").says_alone("", 0);
    }
}
