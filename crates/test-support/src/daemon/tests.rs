use super::*;

/// A shell in the daemon's place.
fn shell(home: &Home, script: &str) -> Daemon {
    Daemon::launch(home, Command::new("/bin/sh").arg("-c").arg(script)).unwrap()
}

#[test]
fn a_daemon_that_ends_at_once_is_an_error_with_its_log() {
    let home = Home::new().unwrap();
    let error = shell(&home, "echo no such luck; exit 3").listening().unwrap_err();
    let text = format!("{error:#}");
    assert!(text.contains("ended at once (exit status: 3)") && text.contains("no such luck"), "{text}");
}

#[test]
fn a_daemon_that_is_asked_to_end_says_how_it_ended() {
    let home = Home::new().unwrap();
    let daemon = shell(&home, "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
    daemon.wait_for_log("ready").unwrap();
    assert!(daemon.rss_kib().unwrap() > 100);
    assert_eq!(daemon.stop().unwrap().code(), Some(7));
}

#[test]
fn a_daemon_does_not_outlive_its_value() {
    let home = Home::new().unwrap();
    let daemon = shell(&home, "echo ready; exec sleep 60");
    daemon.wait_for_log("ready").unwrap();
    let pid = Pid::from_raw(i32::try_from(daemon.pid()).unwrap()).unwrap();
    drop(daemon);
    assert!(rustix::process::test_kill_process(pid).is_err());
}
