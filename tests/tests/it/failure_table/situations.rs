//! What can be away, and how it is made so.

use super::{Daemon, Home, Hook, Said};
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use test_support::{Programs, until};

/// What has to live while the calls are made.
pub(super) type Scene = Box<dyn std::any::Any>;

pub(super) struct Situation {
    pub(super) name: &'static str,
    pub(super) prepare: fn(&mut Home, &str) -> Result<Scene>,
    /// The hook where it is not started as usual.
    pub(super) within: Option<fn(&Home, &Hook<'_>) -> Result<Command>>,
    /// What is said in enforce to the dangerous and to the harmless call.
    pub(super) enforce: [Said; 2],
}

const JUDGED: [Said; 2] = [Said::Stopped, Said::GoesOn];
const UNJUDGED: [Said; 2] = [Said::Unjudged, Said::Unjudged];
const NO_OPINION: [Said; 2] = [Said::GoesOn, Said::GoesOn];

macro_rules! situation {
    ($name:literal, $prepare:expr, $enforce:expr) => {
        Situation { name: $name, prepare: $prepare, within: None, enforce: $enforce }
    };
}

pub(super) static SITUATIONS: [Situation; 21] = [
    situation!("nothing", |home, mode| Ok(Box::new(started(home, mode)?)), JUDGED),
    situation!("daemon killed", |home, mode| gone(home, mode, |_| Ok(())), JUDGED),
    situation!("daemon stopped (SIGSTOP)", stopped, JUDGED),
    situation!("daemon's socket gone", socket_gone, JUDGED),
    situation!("a socket of the same user that answers nothing", silent_socket, JUDGED),
    situation!("a socket of the same user that says yes to all (user mode)", false_socket, NO_OPINION),
    situation!("daemon and snapshot", |home, mode| gone(home, mode, |home| remove(home, "snapshot.bin")), UNJUDGED),
    situation!("daemon; an older snapshot put back", old_snapshot, UNJUDGED),
    situation!("daemon; snapshot torn", |home, mode| gone(home, mode, |home| cut(home, "snapshot.bin")), UNJUDGED),
    situation!("daemon; another device's snapshot", foreign_snapshot, UNJUDGED),
    situation!(
        "daemon; a bit of the snapshot changed",
        |home, mode| gone(home, mode, |home| flip(home, "snapshot.bin", 40)),
        UNJUDGED
    ),
    situation!(
        "daemon; snapshot of another version",
        |home, mode| gone(home, mode, |home| flip(home, "snapshot.bin", 4)),
        UNJUDGED
    ),
    situation!(
        "daemon; snapshot writable by everyone",
        |home, mode| gone(home, mode, |home| {
            let mode = std::fs::Permissions::from_mode(0o666);
            Ok(std::fs::set_permissions(home.state().join("snapshot.bin"), mode)?)
        }),
        UNJUDGED
    ),
    situation!(
        "daemon; snapshot of another user",
        |home, mode| gone(home, mode, |home| {
            Ok(std::os::unix::fs::chown(home.state().join("snapshot.bin"), Some(4242), None)?)
        }),
        UNJUDGED
    ),
    situation!("daemon and its program", |home, mode| other_program(home, mode, None), UNJUDGED),
    situation!("daemon; its program hangs", |home, mode| other_program(home, mode, Some("exec sleep 60")), UNJUDGED),
    situation!("daemon; its program is killed", |home, mode| other_program(home, mode, Some("kill -9 $$")), UNJUDGED),
    situation!(
        "daemon; its program prints nonsense",
        |home, mode| other_program(home, mode, Some("echo '{\"permission\":\"allow\"}' >&0")),
        UNJUDGED
    ),
    situation!(
        "daemon and fallback table",
        |home, mode| gone(home, mode, |home| remove(home, "fallback.bin")),
        NO_OPINION
    ),
    situation!(
        "daemon; fallback table torn",
        |home, mode| gone(home, mode, |home| cut(home, "fallback.bin")),
        NO_OPINION
    ),
    Situation {
        name: "all of it, and root says stand down",
        prepare: |home, mode| {
            home.write(home.config_file().with_file_name("policy.toml"), "no policy at all")?;
            other_program(home, mode, None)
        },
        within: Some(standing_down),
        enforce: NO_OPINION,
    },
];

fn configure(home: &Home, mode: &str) -> Result<()> {
    home.configure(&format!("mode = \"{mode}\"\n"))
}

fn started(home: &Home, mode: &str) -> Result<Daemon> {
    configure(home, mode)?;
    std::fs::create_dir_all(home.home().join("other-project/.git"))?;
    let daemon = Daemon::start(home)?;
    // It takes connections before it has published what there is to judge by.
    test_support::Wire::request(home, "status", &[])?;
    Ok(daemon)
}

/// A daemon that was killed, and then something more.
fn gone(home: &Home, mode: &str, then: impl FnOnce(&Home) -> Result<()>) -> Result<Scene> {
    started(home, mode)?.kill()?;
    then(home)?;
    Ok(Box::new(()))
}

/// It goes on when the scene ends, so that it can be told to end.
struct Asleep(Daemon);

impl Drop for Asleep {
    fn drop(&mut self) {
        self.0.signal(Signal::CONT).ok();
    }
}

fn stopped(home: &mut Home, mode: &str) -> Result<Scene> {
    let daemon = started(home, mode)?;
    daemon.signal(Signal::STOP)?;
    Ok(Box::new(Asleep(daemon)))
}

fn socket_gone(home: &mut Home, mode: &str) -> Result<Scene> {
    let daemon = started(home, mode)?;
    std::fs::remove_file(home.socket())?;
    Ok(Box::new(daemon))
}

fn planted(home: &Home, mode: &str) -> Result<UnixListener> {
    started(home, mode)?.kill()?;
    std::fs::remove_file(home.socket()).ok();
    Ok(UnixListener::bind(home.socket())?)
}

fn silent_socket(home: &mut Home, mode: &str) -> Result<Scene> {
    Ok(Box::new(planted(home, mode)?))
}

fn false_socket(home: &mut Home, mode: &str) -> Result<Scene> {
    let listener = planted(home, mode)?;
    std::thread::spawn(move || {
        // Ends with the test's process.
        while let Ok((mut stream, _)) = listener.accept() {
            let mut answer = Vec::new();
            // To Claude Code silence is no opinion, to Cursor an empty object is; its hook's name tells.
            let hello = protocol::frame::read(&mut stream, &mut answer).is_ok();
            let cursor = hello && answer.windows(6).any(|part| part == b"cursor");
            let mut frames = Vec::new();
            if cursor {
                protocol::frame::write(&mut frames, protocol::frame::Kind::Stdout, b"{}").ok();
            }
            protocol::frame::write(&mut frames, protocol::frame::Kind::Exit, &[0]).ok();
            stream.write_all(&frames).ok();
        }
    });
    Ok(Box::new(()))
}

fn remove(home: &Home, name: &str) -> Result<()> {
    Ok(std::fs::remove_file(home.state().join(name))?)
}

fn cut(home: &Home, name: &str) -> Result<()> {
    let path = home.state().join(name);
    let bytes = std::fs::read(&path)?;
    Ok(std::fs::write(&path, bytes.get(..bytes.len() / 2).context("half of it")?)?)
}

fn flip(home: &Home, name: &str, at: usize) -> Result<()> {
    let path = home.state().join(name);
    let mut bytes = std::fs::read(&path)?;
    *bytes.get_mut(at).context("a byte to change")? ^= 3;
    Ok(std::fs::write(&path, bytes)?)
}

/// The snapshot of the other mode, properly signed, from before the last change.
fn old_snapshot(home: &mut Home, mode: &str) -> Result<Scene> {
    let before = if mode == "enforce" { "detect" } else { "enforce" };
    let daemon = started(home, before)?;
    let path = home.state().join("snapshot.bin");
    let old = std::fs::read(&path)?;
    configure(home, mode)?;
    until(
        "the snapshot of the new mode",
        Duration::from_secs(40),
        || Ok((std::fs::read(&path)? != old).then_some(())),
    )?;
    let table = home.state().join("fallback.bin");
    until("its table", Duration::from_secs(20), || {
        Ok((table.metadata()?.modified()? >= path.metadata()?.modified()?).then_some(()))
    })?;
    daemon.kill()?;
    std::fs::write(&path, old)?;
    Ok(Box::new(()))
}

/// The snapshot that a daemon in another home made, whose device has another key.
fn foreign_snapshot(home: &mut Home, mode: &str) -> Result<Scene> {
    let other = Home::new()?;
    started(&other, "detect")?.kill()?;
    gone(home, mode, |home| {
        std::fs::copy(other.state().join("snapshot.bin"), home.state().join("snapshot.bin"))?;
        Ok(())
    })
}

/// The hook with another program beside it than the daemon's, or none.
fn other_program(home: &mut Home, mode: &str, script: Option<&str>) -> Result<Scene> {
    let built = Programs::built()?.clone();
    // A policy that cannot be read keeps no daemon from its start.
    started(home, mode)?.kill()?;
    let folder = home.root().join("programs");
    copied(&built.taffrail, &folder, script)?;
    home.install(Programs { taffrail: folder.join("taffrail"), taffraild: folder.join("taffraild") });
    Ok(Box::new(()))
}

/// A process of its own writes the programs: while this one held them open for writing, a child of another thread would
/// inherit the descriptor, and executing them would fail with "text file busy".
fn copied(taffrail: &std::path::Path, folder: &PathBuf, script: Option<&str>) -> Result<()> {
    let text = script.map(|script| format!("#!/bin/sh\n{script}\n")).unwrap_or_default();
    let put = r#"mkdir -p "$1" && cp "$2" "$1/taffrail" && chmod 755 "$1/taffrail" && [ -z "$3" ] ||
        { printf %s "$3" >"$1/taffraild" && chmod 755 "$1/taffraild"; }"#;
    let done = Command::new("/bin/sh").args(["-c", put, "sh"]).arg(folder).arg(taffrail).arg(text).status()?;
    ensure!(done.success() && folder.join("taffrail").is_file(), "the programs are copied");
    Ok(())
}

/// The hook where root's stand-down file is there: in a mount namespace of its own.
fn standing_down(home: &Home, call: &Hook<'_>) -> Result<Command> {
    let hook = call.command()?;
    let script = "mount -t tmpfs none /etc && mkdir /etc/taffrail && : >/etc/taffrail/stand-down && exec \"$@\"";
    let mut command = home.command("/usr/bin/unshare");
    command.args(["--mount", "--propagation", "private", "/bin/sh", "-c", script, "sh"]);
    command.arg(hook.get_program()).args(hook.get_args());
    Ok(command)
}
