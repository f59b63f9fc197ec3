//! A call as it should be.

use crate::harness::{User, answer, finish, read_call, run, serve};
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

#[test]
fn the_payload_arrives_whole_and_the_answer_is_printed_as_it_is() {
    let user = User::new();
    let payload: Vec<u8> = (0..200_000u32).map(|n| (n % 251) as u8).collect();
    let daemon = serve(user.listen(), answer(b"{\"a\":\xff}", b"to stderr", 2));
    let mut hook = user.hook("PreToolUse");
    hook.env("CLAUDE_PROJECT_DIR", "/p").env("PATH", "/bin").env("SECRET_TOKEN", "x");

    let ran = run(hook, &payload);

    let call = daemon.join().unwrap();
    assert_eq!(call.payload, payload);
    assert_eq!((call.hello.agent.as_str(), call.hello.event.as_str()), ("claude-code", "PreToolUse"));
    assert_eq!(call.hello.version, env!("CARGO_PKG_VERSION"));
    let names: Vec<_> = call.hello.environment.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["CLAUDE_PROJECT_DIR", "HOME", "PATH"], "what is not on the list does not travel");
    assert_eq!(ran.output.stdout, b"{\"a\":\xff}");
    assert_eq!((ran.output.stderr.as_slice(), ran.output.status.code()), (&b"to stderr"[..], Some(2)));
}

#[test]
fn a_small_payload_leaves_in_one_frame() {
    let user = User::new();
    let daemon = serve(user.listen(), answer(b"{}", b"", 0));
    run(user.hook("PreToolUse"), b"{\"tool\":1}").says_alone("{}", 0);
    let call = daemon.join().unwrap();
    assert_eq!((call.payload.as_slice(), call.frames), (&b"{\"tool\":1}"[..], 1));
}

#[test]
fn an_empty_payload_is_a_call_without_data() {
    let user = User::new();
    let daemon = serve(user.listen(), answer(b"", b"", 0));
    run(user.hook("PreToolUse"), b"").says_alone("", 0);
    assert_eq!(daemon.join().unwrap().frames, 0);
}

#[test]
fn a_payload_that_comes_byte_by_byte_arrives_whole() {
    let user = User::new();
    let daemon = serve(user.listen(), answer(b"{}", b"", 0));
    let mut child = user.hook("PreToolUse").spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for byte in b"twenty bytes, slowly" {
        input.write_all(&[*byte]).unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(input);
    assert_eq!(finish(child).stdout, b"{}");
    assert_eq!(daemon.join().unwrap().payload, b"twenty bytes, slowly");
}

#[test]
fn an_answer_that_comes_byte_by_byte_is_printed_whole() {
    let user = User::new();
    let listener = user.listen();
    let daemon = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_call(&mut stream);
        for byte in answer(b"slowly", b"", 7) {
            stream.write_all(&[byte]).unwrap();
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    run(user.hook("PreToolUse"), b"{}").says_alone("slowly", 7);
    daemon.join().unwrap();
}

#[test]
fn a_long_answer_is_printed_whole() {
    let user = User::new();
    let long = "x".repeat(900_000);
    let daemon = serve(user.listen(), answer(long.as_bytes(), b"", 0));
    run(user.hook("PreToolUse"), b"{}").says_alone(&long, 0);
    daemon.join().unwrap();
}

#[test]
fn a_daemon_that_answers_before_the_end_is_believed_and_the_rest_is_still_taken() {
    let user = User::new();
    let listener = user.listen();
    let daemon = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(&answer(b"early", b"", 0)).unwrap();
    });
    let ran = run(user.hook("PreToolUse"), &vec![b'x'; 5_000_000]);
    ran.says_alone("early", 0);
    assert!(ran.taken, "the agent meets no closed pipe");
    daemon.join().unwrap();
}

#[test]
fn an_agent_that_does_not_read_the_answer_is_no_reason_to_die_by_a_signal() {
    let user = User::new();
    let daemon = serve(user.listen(), answer(&vec![b'x'; 500_000], b"", 0));
    let mut child = user.hook("PreToolUse").spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stdin.take());
    let output = finish(child);
    assert_eq!((output.status.signal(), output.status.code()), (None, Some(0)));
    daemon.join().unwrap();
}

#[test]
fn sixty_four_megabytes_pass_through_in_constant_memory() {
    let user = User::new();
    let peak = |size: usize| {
        std::fs::remove_dir_all(user.path("run/taffrail")).ok();
        let listener = user.listen();
        let mut child = user.hook("PreToolUse").spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut input = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || input.write_all(&vec![b'y'; size]).unwrap());
        let (mut stream, _) = listener.accept().unwrap();
        let call = read_call(&mut stream);
        assert_eq!(call.payload.len(), size);
        assert!(call.payload.iter().all(|b| *b == b'y'));
        // It waits for the answer now: the time to look at it.
        let mut text = String::new();
        std::fs::File::open(status).unwrap().read_to_string(&mut text).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        stream.write_all(&answer(b"{}", b"", 0)).unwrap();
        writer.join().unwrap();
        assert_eq!(finish(child).stdout, b"{}");
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap()
    };
    let (small, large) = (peak(1), peak(64 * 1024 * 1024));
    println!("peak: {small} KiB for one byte, {large} KiB for 64 MiB");
    assert!(large <= 3 * 1024, "{small} KiB for one byte, {large} KiB for 64 MiB");
}
