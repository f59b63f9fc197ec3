//! A daemon that lies, and one that is none of ours.

use crate::harness::{SHORT, User, answer, listen, read_call, run, serve, table};
use protocol::frame::{self, Kind};
use rustix::process::Uid;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::time::Duration;

/// The hook must not have sent a byte to this listener.
fn nothing_was_sent(listener: &UnixListener) {
    listener.set_nonblocking(true).unwrap();
    if let Ok((mut stream, _)) = listener.accept() {
        let mut bytes = Vec::new();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"", "something was sent to a stranger");
    }
}

#[test]
fn frames_that_lie_end_in_the_prepared_answer_and_nothing_else() {
    let half = {
        let whole = answer(b"never printed", b"", 0);
        whole[..whole.len() - 4].to_vec()
    };
    let mut then_refused = Vec::new();
    frame::write(&mut then_refused, Kind::Stdout, b"never printed").unwrap();
    frame::write(&mut then_refused, Kind::Refused, b"no").unwrap();
    let mut hello = Vec::new();
    frame::write(&mut hello, Kind::Hello, b"me too").unwrap();
    for (why, bytes) in [
        ("a length of four gigabytes", vec![1, 16, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]),
        ("a length over the limit", vec![1, 16, 0, 0, 0, 1, 0, 1]),
        ("an unknown kind", vec![1, 99, 0, 0, 0, 0, 0, 0]),
        ("another version", vec![9, 16, 0, 0, 0, 0, 0, 0]),
        ("a frame of the hook's", hello),
        ("an end in the middle", half),
        ("a refusal after all", then_refused),
        ("an exit without a code", vec![1, 18, 0, 0, 0, 0, 0, 0]),
        ("no word at all", Vec::new()),
        ("no frames", b"HTTP/1.1 200 OK\r\n\r\n{}".to_vec()),
    ] {
        let user = User::new();
        user.fallback(&table(true));
        let daemon = serve(user.listen(), bytes);
        let ran = run(user.hook("PreToolUse"), b"{}");
        assert_eq!(String::from_utf8_lossy(&ran.output.stdout), "{\"away\":true}", "{why}");
        assert_eq!(ran.output.status.code(), Some(0), "{why}");
        assert!(ran.took < Duration::from_secs(4), "{why}: {:?}", ran.took);
        daemon.join().unwrap();
    }
}

#[test]
fn an_endless_answer_is_given_up() {
    let user = User::new();
    user.fallback(&table(true));
    let listener = user.listen();
    let daemon = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_call(&mut stream);
        let mut piece = Vec::new();
        frame::write(&mut piece, Kind::Stdout, &vec![b'x'; 60_000]).unwrap();
        (0..10_000).take_while(|_| stream.write_all(&piece).is_ok()).count()
    });
    run(user.hook("PreToolUse"), b"{}").says_alone("{\"away\":true}", 0);
    assert!(daemon.join().unwrap() < 100);
}

#[test]
fn an_answer_that_trickles_past_the_deadline_is_given_up() {
    let user = User::new();
    user.fallback(&table(true));
    let listener = user.listen();
    let daemon = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_call(&mut stream);
        for byte in answer(&[b'x'; 100], b"", 0) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let ran = run(user.hook(SHORT), b"{}");
    ran.says_alone("{\"away\":true}", 0);
    assert!(ran.took < Duration::from_secs(4), "{:?}", ran.took);
    daemon.join().unwrap();
}

#[test]
fn a_daemon_that_dies_in_the_middle_of_a_large_payload_is_away() {
    let user = User::new();
    user.fallback(&table(true));
    let listener = user.listen();
    let daemon = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut vec![0; 1_000_000]).unwrap();
    });
    let ran = run(user.hook("PreToolUse"), &vec![b'x'; 20_000_000]);
    ran.says_alone("{\"away\":true}", 0);
    daemon.join().unwrap();
}

#[test]
fn a_socket_in_a_folder_that_others_may_enter_gets_nothing() {
    let user = User::new();
    user.fallback(&table(true));
    let listener = user.listen();
    std::fs::set_permissions(user.path("run/taffrail"), std::fs::Permissions::from_mode(0o755)).unwrap();
    run(user.hook("PreToolUse"), b"secret").says_alone("{\"away\":true}", 0);
    nothing_was_sent(&listener);
}

#[test]
fn a_socket_folder_that_is_a_link_gets_nothing() {
    let user = User::new();
    user.fallback(&table(true));
    let listener = listen(&user.path("elsewhere/taffrail/hook.sock"));
    symlink(user.path("elsewhere/taffrail"), user.path("run/taffrail")).unwrap();
    run(user.hook("PreToolUse"), b"secret").says_alone("{\"away\":true}", 0);
    nothing_was_sent(&listener);
}

#[test]
fn a_run_time_folder_with_a_path_too_long_for_a_socket_is_no_daemon() {
    let user = User::new();
    user.fallback(&table(true));
    let mut hook = user.hook("PreToolUse");
    hook.env("XDG_RUNTIME_DIR", user.path(&"x".repeat(120)));
    run(hook, b"{}").says_alone("{\"away\":true}", 0);
}

mod second_user {
    use super::*;

    #[test]
    fn a_socket_in_a_folder_of_another_user_gets_nothing() {
        let user = User::new();
        user.fallback(&table(true));
        let listener = user.listen();
        chown(user.path("run/taffrail"), Some(4242), Some(4242)).unwrap();
        run(user.hook("PreToolUse"), b"secret").says_alone("{\"away\":true}", 0);
        nothing_was_sent(&listener);
    }

    #[test]
    fn a_process_of_another_user_behind_our_own_socket_gets_nothing() {
        let user = User::new();
        user.fallback(&table(true));
        let listener = user.listen();
        // Credentials of a listening socket are those of the thread that listened last.
        let listener = std::thread::spawn(move || {
            rustix::thread::set_thread_res_uid(None, Uid::from_raw(4242), None).unwrap();
            rustix::net::listen(&listener, 8).unwrap();
            listener
        })
        .join()
        .unwrap();
        run(user.hook("PreToolUse"), b"secret").says_alone("{\"away\":true}", 0);
        nothing_was_sent(&listener);
    }

    #[test]
    fn a_planted_socket_does_not_hide_the_real_one_in_the_next_place() {
        let user = User::new();
        let planted = user.listen();
        chown(user.path("run/taffrail"), Some(4242), None).unwrap();
        let daemon = serve(listen(&user.path("state/taffrail/hook.sock")), answer(b"real", b"", 0));
        run(user.hook("PreToolUse"), b"{}").says_alone("real", 0);
        daemon.join().unwrap();
        nothing_was_sent(&planted);
    }
}
