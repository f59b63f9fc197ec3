//! Judging without a daemon: the engine, run once by the program beside this one.
//!
//! It is spoken to like a daemon, over a socket that is its standard input, so that payload, deadline and answer are
//! kept by the one exchange that there is. It gets no environment but the variables that say where this user's things
//! lie, and beside a system installation not even those. What it leaves unanswered is answered from the table.

use super::exchange::{Exchange, Outcome};
use crate::beside;
use platform::names::{SYSTEM, USER_VARIABLES, User};
use protocol::Agent;
use protocol::frame::Hello;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Judges the call of `earlier`, an exchange that got no answer and still holds what it sent, or a call that nothing was
/// read of yet.
pub(super) fn ask(earlier: Option<Box<Exchange>>, hello: &Hello, deadline: Instant) -> Outcome {
    let Some((mut child, stream)) = start(hello) else { return Outcome::Away(None) };
    let exchange = match earlier {
        Some(earlier) => earlier.again(stream),
        None => Exchange::new(stream, hello),
    };
    let outcome = exchange.run(deadline, deadline, deadline);
    // Its record is written before its answer, so nothing is lost with it; one that hangs must not outlive the call.
    child.kill().and_then(|()| child.wait()).ok();
    outcome
}

/// `None` where there is nothing to judge by, or nothing that may be executed.
fn start(hello: &Hello) -> Option<(Child, UnixStream)> {
    Agent::named(&hello.agent)?;
    let system = SYSTEM.installed();
    let places = if system { SYSTEM.places() } else { User::of_process().places(&SYSTEM)? };
    std::fs::symlink_metadata(places.snapshot()).ok()?;
    let program = beside::program().ok()?;
    let (ours, theirs) = UnixStream::pair().ok()?;
    let mut command = Command::new(program);
    command.args(["judge", "--frames"]).env_clear().current_dir("/");
    if !system {
        command.envs(USER_VARIABLES.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))));
    }
    command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
    Some((command.spawn().ok()?, ours))
}
