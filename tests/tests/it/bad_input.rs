//! Bad input is normal input: each kind through the real hook, the real socket and the real daemon. Always a clear answer
//! in the agent's form or a clear error, nothing lost, no panic, no hang.

use anyhow::{Context, Result, ensure};
use protocol::frame::{Header, Kind};
use serde_json::json;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, Instant};
use test_support::{Answer, Daemon, Home, Hook, Wire, until};

/// A call that must be stopped: a daemon that answers it rightly is well.
fn dangerous(home: &Home) -> Hook<'_> {
    Hook::before(home, "Bash", &json!({"command": "rm -rf ~/other-project"}))
}

fn enforcing() -> Result<(Home, Daemon)> {
    let home = Home::new()?;
    home.configure("mode = \"enforce\"\n")?;
    std::fs::create_dir_all(home.home().join("other-project/.git"))?;
    let daemon = Daemon::start(&home)?;
    Ok((home, daemon))
}

/// The daemon still judges, and nothing in it has panicked.
fn still_well(home: &Home, daemon: &Daemon) -> Result<()> {
    let answer = dangerous(home).run()?;
    ensure!(answer.permission().as_deref() == Some("deny"), "{answer:?}\n{}", daemon.log());
    ensure!(!daemon.log().contains("panicked"), "{}", daemon.log());
    Ok(())
}

/// The hook ended well and said at most one JSON object.
fn well_formed(answer: &Answer) -> Result<()> {
    ensure!(answer.exit == Some(0), "{answer:?}");
    if !answer.stdout.is_empty() {
        answer.json()?;
    }
    Ok(())
}

/// A payload that is no event is stopped in enforce mode, because what it asks for is not known.
fn refused(home: &Home, payload: &[u8]) -> Result<()> {
    let answer = Hook::raw(home, "claude-code", "PreToolUse", payload).run()?;
    well_formed(&answer)?;
    ensure!(answer.permission().as_deref() == Some("deny"), "{answer:?}");
    Ok(())
}

#[test]
fn empty_stdin_gets_the_answer_for_a_malformed_call() -> Result<()> {
    let (home, daemon) = enforcing()?;
    refused(&home, b"")?;
    refused(&home, b"   \n")?;
    still_well(&home, &daemon)
}

#[test]
fn what_is_not_one_json_object_gets_the_answer_for_a_malformed_call() -> Result<()> {
    let (home, daemon) = enforcing()?;
    for payload in [&b"null"[..], b"[1]", b"{", b"{}{}", b"\"text\"", b"\0\0\0\0", b"<xml/>"] {
        refused(&home, payload)?;
    }
    still_well(&home, &daemon)
}

#[test]
fn sixty_four_megabytes_are_judged_and_more_are_refused() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let payload = |size: usize| {
        let content = "x".repeat(size);
        let path = home.home().join(".bashrc");
        json!({"session_id": "s", "cwd": home.work(), "hook_event_name": "PreToolUse", "tool_name": "Write",
               "tool_use_id": "t", "tool_input": {"file_path": path, "content": content}})
        .to_string()
    };
    let whole = Hook::raw(&home, "claude-code", "PreToolUse", payload(63 << 20)).run()?;
    ensure!(whole.permission().is_some(), "{:?}", whole.text());
    ensure!(whole.reason().is_some_and(|reason| reason.contains(".bashrc")), "{:?}", whole.text());
    let over = Hook::raw(&home, "claude-code", "PreToolUse", payload(65 << 20)).run()?;
    well_formed(&over)?;
    ensure!(over.permission().as_deref() == Some("deny"), "{:?}", over.text());
    still_well(&home, &daemon)
}

#[test]
fn invalid_utf8_does_not_hide_a_command() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let mut payload = dangerous(&home).payload().to_vec();
    let at = payload.windows(6).position(|w| w == b"rm -rf").context("the command")?;
    payload.splice(at..at, b"echo \xff\xfe; ".iter().copied());
    let answer = Hook::raw(&home, "claude-code", "PreToolUse", payload).run()?;
    ensure!(answer.permission().as_deref() == Some("deny"), "{answer:?}");
    still_well(&home, &daemon)
}

#[test]
fn a_byte_order_mark_does_not_hide_a_command() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let mut payload = b"\xef\xbb\xbf".to_vec();
    payload.extend_from_slice(dangerous(&home).payload());
    let answer = Hook::raw(&home, "claude-code", "PreToolUse", payload).run()?;
    ensure!(answer.permission().as_deref() == Some("deny"), "{answer:?}");
    still_well(&home, &daemon)
}

#[test]
fn unknown_events_tools_and_fields_are_recorded_and_do_no_harm() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let event = Hook::event(&home, "SomethingNewInSpring", &json!({"field": 1})).run()?;
    well_formed(&event)?;
    let tool = Hook::before(&home, "HologramTool", &json!({"angle": 30})).run()?;
    well_formed(&tool)?;
    let field = Hook::event(
        &home,
        "PreToolUse",
        &json!({"tool_name": "Bash", "tool_use_id": "t", "tool_input": {"command": "git status", "mood": "calm"}, "zz": {}}),
    )
    .run()?;
    ensure!(field.permission().is_none(), "{field:?}");
    still_well(&home, &daemon)
}

#[test]
fn wrong_types_are_gaps_and_never_an_allow_of_what_cannot_be_read() -> Result<()> {
    let (home, daemon) = enforcing()?;
    for input in
        [json!({"command": 7}), json!({"command": ["rm", "-rf", "~"]}), json!([]), json!("rm -rf ~"), json!(null)]
    {
        let answer = Hook::before(&home, "Bash", &input).run()?;
        well_formed(&answer)?;
        ensure!(answer.permission().is_some(), "{input}: {answer:?}");
    }
    still_well(&home, &daemon)
}

#[test]
fn ten_thousand_levels_of_json_are_refused() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let deep = format!(
        r#"{{"session_id":"s","tool_name":"Bash","tool_input":{{"command":"ls","x":{}{}}}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let answer = Hook::raw(&home, "claude-code", "PreToolUse", deep).run()?;
    well_formed(&answer)?;
    still_well(&home, &daemon)
}

#[test]
fn ten_thousand_levels_of_shell_are_not_allowed_unseen() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let command = format!("{}rm -rf ~/other-project{}", "$(".repeat(10_000), ")".repeat(10_000));
    let answer = Hook::before(&home, "Bash", &json!({"command": command})).run()?;
    well_formed(&answer)?;
    ensure!(answer.permission().is_some(), "{answer:?}");
    still_well(&home, &daemon)
}

#[test]
fn nul_bytes_and_very_long_paths_are_paths_like_others() -> Result<()> {
    let (home, daemon) = enforcing()?;
    for path in ["/tmp/a\0b".to_owned(), format!("/tmp/{}", "d/".repeat(50_000)), "x".repeat(100_000)] {
        well_formed(&Hook::before(&home, "Read", &json!({"file_path": path})).run()?)?;
        well_formed(&Hook::before(&home, "Write", &json!({"file_path": path, "content": "x"})).run()?)?;
        well_formed(&Hook::before(&home, "Bash", &json!({"command": format!("rm -rf '{path}'")})).run()?)?;
    }
    let climbing = format!("{}/{}", home.work().display(), "../".repeat(100));
    let answer = Hook::before(
        &home,
        "Bash",
        &json!({"command": format!("rm -rf {climbing}{}", home.home().display().to_string().trim_start_matches('/'))}),
    )
    .run()?;
    ensure!(answer.permission().as_deref() == Some("deny"), "{answer:?}");
    still_well(&home, &daemon)
}

#[test]
fn padding_a_command_to_a_megabyte_does_not_get_it_through() -> Result<()> {
    let (home, daemon) = enforcing()?;
    for command in [
        format!("{}\nrm -rf ~/other-project", "# padding\n".repeat(100_000)),
        format!("rm -rf ~/other-project\n{}", "true\n".repeat(200_000)),
        format!("echo '{}'; rm -rf ~/other-project", "x".repeat(1_000_000)),
    ] {
        let answer = Hook::before(&home, "Bash", &json!({"command": command})).run()?;
        well_formed(&answer)?;
        ensure!(answer.permission().is_some(), "{} bytes", command.len());
    }
    still_well(&home, &daemon)
}

#[test]
fn a_frame_that_lies_about_its_length_is_refused_and_the_connection_closed() -> Result<()> {
    let (home, daemon) = enforcing()?;
    for header in [
        [1, 2, 0, 0, 0xff, 0xff, 0xff, 0xff],
        [1, 1, 0, 0, 0, 1, 0, 1],
        [9, 1, 0, 0, 0, 0, 0, 1],
        [1, 77, 0, 0, 0, 0, 0, 0],
    ] {
        let mut wire = Wire::connect(&home)?;
        wire.bytes(&header)?;
        ensure!(wire.refused()?, "{header:?}");
    }
    // A length that is more than what follows: the peer hangs up, and that is that.
    let mut wire = Wire::connect(&home)?;
    wire.bytes(&Header { kind: Kind::Hello, length: 5000 }.encode())?;
    wire.bytes(b"short")?;
    drop(wire);
    still_well(&home, &daemon)
}

#[test]
fn garbage_instead_of_frames_is_refused() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let mut wire = Wire::connect(&home)?;
    wire.bytes(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    ensure!(wire.refused()?);
    let mut wire = Wire::connect(&home)?;
    // Data before any hello.
    wire.frame(Kind::Data, b"{}")?;
    ensure!(wire.refused()?);
    still_well(&home, &daemon)
}

#[test]
fn one_byte_a_second_holds_nobody_up() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let mut slow = Wire::connect(&home)?;
    let whole = Header { kind: Kind::Hello, length: 40 }.encode();
    let began = Instant::now();
    for byte in whole.iter().take(6) {
        if slow.bytes(&[*byte]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_secs(1));
        still_well(&home, &daemon)?;
    }
    ensure!(slow.refused()?, "the first frame must be there in five seconds");
    ensure!(began.elapsed() < Duration::from_secs(20));
    still_well(&home, &daemon)
}

#[test]
fn five_thousand_idle_connections_hold_nobody_up() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let mut idle = Vec::new();
    for n in 0..5_000 {
        match Wire::connect(&home) {
            Ok(wire) => idle.push(wire),
            // Out of descriptors on our side: enough.
            Err(_) if n > 900 => {
                idle.truncate(n - 100);
                break;
            }
            Err(error) => return Err(error),
        }
        if n % 1000 == 999 {
            still_well(&home, &daemon)?;
        }
    }
    still_well(&home, &daemon)?;
    ensure!(daemon.rss_kib()? < 100 * 1024, "{} KiB", daemon.rss_kib()?);
    Ok(())
}

#[test]
fn a_second_daemon_says_that_one_is_running_and_leaves_it_alone() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let mut second = Daemon::spawn(&home, |_| {})?;
    ensure!(!second.wait()?.success());
    ensure!(daemon.log().contains("already"), "{}", daemon.log());
    still_well(&home, &daemon)
}

mod second_user {
    use super::*;

    #[test]
    fn a_socket_planted_by_another_user_is_not_trusted() -> Result<()> {
        let home = Home::new()?;
        let folder = home.socket().parent().context("the socket's folder")?.to_owned();
        std::fs::create_dir_all(&folder)?;
        let planted = std::os::unix::net::UnixListener::bind(home.socket())?;
        std::os::unix::fs::chown(&folder, Some(4242), Some(4242))?;
        let answer = dangerous(&home).run()?;
        // Nobody to trust: the compiled-in answer is no opinion, and the planted socket was never told anything.
        ensure!(answer.exit == Some(0) && answer.stdout.is_empty(), "{answer:?}");
        planted.set_nonblocking(true)?;
        ensure!(planted.accept().is_err(), "the hook connected to a socket of another user");
        let mut daemon = Daemon::spawn(&home, |_| {})?;
        ensure!(!daemon.wait()?.success(), "the daemon must not listen in a folder of another user");
        Ok(())
    }
}

#[test]
fn a_symlinked_socket_folder_is_not_trusted() -> Result<()> {
    let home = Home::new()?;
    let folder = home.socket().parent().context("the socket's folder")?.to_owned();
    let elsewhere = home.root().join("elsewhere");
    std::fs::create_dir_all(&elsewhere)?;
    std::fs::set_permissions(&elsewhere, std::fs::Permissions::from_mode(0o700))?;
    if folder.exists() {
        std::fs::remove_dir(&folder)?;
    }
    std::fs::create_dir_all(folder.parent().context("its parent")?)?;
    symlink(&elsewhere, &folder)?;
    let planted = std::os::unix::net::UnixListener::bind(elsewhere.join(home.socket().file_name().context("name")?))?;
    planted.set_nonblocking(true)?;
    let answer = dangerous(&home).run()?;
    ensure!(answer.exit == Some(0) && answer.stdout.is_empty(), "{answer:?}");
    ensure!(planted.accept().is_err(), "the hook followed a link to the socket");
    let mut daemon = Daemon::spawn(&home, |_| {})?;
    ensure!(!daemon.wait()?.success(), "the daemon must not listen behind a link");
    Ok(())
}

#[test]
fn a_fifo_or_an_endless_file_where_a_script_should_be_is_not_waited_for() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let fifo = home.work().join("script.sh");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)?;
    symlink("/dev/zero", home.work().join("endless.sh"))?;
    symlink("loop.sh", home.work().join("loop.sh"))?;
    for script in ["script.sh", "endless.sh", "loop.sh"] {
        let answer = Hook::before(&home, "Bash", &json!({"command": format!("bash ./{script}")})).run()?;
        well_formed(&answer)?;
        ensure!(answer.elapsed < Duration::from_secs(2), "{script}: {:?}", answer.elapsed);
    }
    still_well(&home, &daemon)
}

#[test]
fn a_policy_with_an_error_on_line_17_is_refused_and_the_last_good_one_stays() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let policy = |line: &str| {
        format!(
            "[bundle]\nname = \"acme\"\nserial = 42\n\n[[rule]]\nid = \"acme.no-make\"\neffect = \"run\"\n\
             match = {{ program = \"make\" }}\nverdict = \"block\"\nseverity = \"high\"\nsay = \"No make here.\"\n\
             instead = \"Use just.\"\n\n[[rule]]\nid = \"acme.second\"\neffect = \"run\"\n{line}\n\
             match = {{ program = \"ninja\" }}\nverdict = \"block\"\nseverity = \"high\"\nsay = \"No ninja.\"\n"
        )
    };
    let file = home.config_file().with_file_name("policy.toml");
    std::fs::write(&file, policy("# fine"))?;
    let make = || -> Result<Option<String>> {
        Ok(Hook::before(&home, "Bash", &json!({"command": "make all"})).run()?.permission())
    };
    until("the policy in force", Duration::from_secs(10), || Ok(make()?.map(|_| ())))?;
    std::fs::write(&file, policy("effects = \"resource\""))?;
    daemon.wait_for_log("line 17")?;
    ensure!(make()?.as_deref() == Some("deny"), "the last good policy stays in force");
    ensure!(daemon.log().contains("Did you mean"), "{}", daemon.log());
    still_well(&home, &daemon)
}

#[test]
fn hostile_text_in_a_command_comes_back_escaped() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let answer = Hook::before(
        &home,
        "Bash",
        &json!({"command": "rm -rf ~/other-project # \u{1b}[2J\u{202e}evil\u{200b}\r\nIgnore this"}),
    )
    .run()?;
    ensure!(answer.permission().as_deref() == Some("deny"), "{answer:?}");
    for text in [answer.reason(), answer.message()].into_iter().flatten() {
        ensure!(!text.contains(['\u{1b}', '\u{202e}', '\u{200b}', '\r']), "{text:?}");
    }
    still_well(&home, &daemon)
}

#[test]
fn a_working_folder_that_is_not_utf8_is_a_folder_like_others() -> Result<()> {
    let (home, daemon) = enforcing()?;
    let odd = home.work().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    std::fs::create_dir_all(&odd)?;
    let mut command = dangerous(&home).command()?;
    command.current_dir(&odd);
    let answer = test_support::hook::run(command, dangerous(&home).payload(), Duration::from_secs(10))?;
    ensure!(answer.permission().as_deref() == Some("deny"), "{answer:?}");
    still_well(&home, &daemon)
}
