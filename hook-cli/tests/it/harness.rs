//! A user with a home of their own, a hook call, and a daemon that takes nothing on trust.

use protocol::fallback::{Answer, Row, Situation, Table};
use protocol::frame::{self, Hello, Kind, MAX_BODY};
use std::fs::Permissions;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub(crate) const TAFFRAIL: &str = env!("CARGO_BIN_EXE_taffrail");
/// An event whose whole time is 1.2 s: what a test about waiting uses.
pub(crate) const SHORT: &str = "SessionEnd";

/// A user's folders in a temporary place, and nothing of the machine's environment.
pub(crate) struct User {
    pub(crate) top: tempfile::TempDir,
}

impl User {
    pub(crate) fn new() -> Self {
        // A socket's path has at most 107 bytes, and TMPDIR may be as long as that alone.
        let user = Self { top: tempfile::tempdir_in("/tmp").unwrap() };
        for folder in ["run", "state/taffrail", "home"] {
            std::fs::create_dir_all(user.top.path().join(folder)).unwrap();
        }
        user
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path("run/taffrail/hook.sock")
    }

    /// Listens where a user's daemon does.
    pub(crate) fn listen(&self) -> UnixListener {
        listen(&self.socket())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(TAFFRAIL);
        command.args(arguments).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("HOME", self.path("home")).env("XDG_RUNTIME_DIR", self.path("run"));
        command.env("XDG_STATE_HOME", self.path("state"));
        command
    }

    pub(crate) fn hook(&self, event: &str) -> Command {
        self.command(&["hook", "claude-code", event])
    }

    /// Writes the fallback table.
    pub(crate) fn fallback(&self, table: &Table) {
        let bytes = table.encode().unwrap();
        platform::files::write_atomic(&self.path("state/taffrail/fallback.bin"), &bytes, 0o600).unwrap();
    }
}

/// Listens at a path in a folder closed to others.
pub(crate) fn listen(socket: &Path) -> UnixListener {
    let folder = socket.parent().unwrap();
    std::fs::create_dir_all(folder).unwrap();
    std::fs::set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
    UnixListener::bind(socket).unwrap()
}

/// A table that says which situation it answers.
pub(crate) fn table(enforce: bool) -> Table {
    let row = |situation, stdout: &str| Row {
        agent: "claude-code".into(),
        event: String::new(),
        situation,
        answer: Answer { exit: 0, stdout: stdout.into(), stderr: Vec::new() },
    };
    Table {
        enforce,
        published: protocol::fallback::Publication::default(),
        rows: vec![
            row(Situation::Away, "{\"away\":true}"),
            row(Situation::Malformed, "{\"malformed\":true}"),
            row(Situation::TooBig, "{\"too-big\":true}"),
        ],
    }
}

/// What the hook sent.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) hello: Hello,
    pub(crate) payload: Vec<u8>,
    pub(crate) frames: usize,
}

/// Reads one call: hello, data, end, and nothing after it.
pub(crate) fn read_call(stream: &mut UnixStream) -> Call {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut body = Vec::new();
    assert_eq!(frame::read(stream, &mut body).unwrap(), Kind::Hello);
    let hello = Hello::decode(&body).unwrap();
    let (mut payload, mut frames) = (Vec::new(), 0);
    loop {
        match frame::read(stream, &mut body).unwrap() {
            Kind::Data => {
                assert!(!body.is_empty() && body.len() <= MAX_BODY, "a frame of {} bytes", body.len());
                payload.extend_from_slice(&body);
                frames += 1;
            }
            Kind::End => {
                assert!(body.is_empty());
                break;
            }
            other => panic!("a hook does not send {other:?}"),
        }
    }
    stream.set_nonblocking(true).unwrap();
    let after = stream.read(&mut [0; 1]).unwrap_err();
    assert_eq!(after.kind(), std::io::ErrorKind::WouldBlock, "nothing comes after the end");
    stream.set_nonblocking(false).unwrap();
    Call { hello, payload, frames }
}

pub(crate) fn answer(stdout: &[u8], stderr: &[u8], exit: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in stdout.chunks(MAX_BODY) {
        frame::write(&mut bytes, Kind::Stdout, piece).unwrap();
    }
    if !stderr.is_empty() {
        frame::write(&mut bytes, Kind::Stderr, stderr).unwrap();
    }
    frame::write(&mut bytes, Kind::Exit, &[exit]).unwrap();
    bytes
}

/// Takes one call and answers with these bytes.
pub(crate) fn serve(listener: UnixListener, bytes: Vec<u8>) -> JoinHandle<Call> {
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let call = read_call(&mut stream);
        // A hook that has given up is what some tests are about.
        stream.write_all(&bytes).ok();
        call
    })
}

/// Runs with this on standard input, closed after it.
pub(crate) fn run(mut command: Command, payload: &[u8]) -> Ran {
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let payload = payload.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&payload).is_ok());
    let output = finish(child);
    let took = start.elapsed();
    Ran { output, took, taken: writer.join().unwrap() }
}

/// Waits for the end, which has to come, and reads what is printed meanwhile.
pub(crate) fn finish(mut child: Child) -> Output {
    fn reader(from: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut from) = from {
                from.read_to_end(&mut bytes).unwrap();
            }
            bytes
        })
    }
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let limit = Instant::now() + Duration::from_secs(30);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > limit {
            child.kill().unwrap();
            panic!("the hook hangs");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) output: Output,
    pub(crate) took: Duration,
    /// Was all of standard input taken?
    pub(crate) taken: bool,
}

impl Ran {
    #[track_caller]
    pub(crate) fn says(&self, stdout: &str, exit: i32) {
        assert_eq!(
            (self.output.status.code(), String::from_utf8_lossy(&self.output.stdout).as_ref()),
            (Some(exit), stdout),
            "stderr: {}",
            String::from_utf8_lossy(&self.output.stderr)
        );
    }

    #[track_caller]
    pub(crate) fn says_alone(&self, stdout: &str, exit: i32) {
        self.says(stdout, exit);
        assert_eq!(String::from_utf8_lossy(&self.output.stderr), "");
    }
}
