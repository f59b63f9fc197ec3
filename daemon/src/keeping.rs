//! Keeping house: tells the service manager that the daemon lives, and sees to its own socket.

use crate::component::{Component, Stop};
use platform::notify::Notifier;
use platform::socket::listener::Listening;
use std::pin::Pin;
use std::time::Duration;

/// The socket's file is touched this often: cleaners of temporary folders take what looks old.
const ROUND: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub(crate) struct Keeping {
    pub(crate) listening: Listening,
    pub(crate) notifier: Notifier,
}

impl Component for Keeping {
    fn name(&self) -> &'static str {
        "housekeeping"
    }

    fn run(self: Box<Self>, mut stop: Stop) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> {
        Box::pin(async move {
            let round = self.notifier.watchdog().map_or(ROUND, |limit| (limit / 3).min(ROUND));
            loop {
                tokio::select! {
                    () = stop.wait() => return Ok(()),
                    () = tokio::time::sleep(round) => {}
                }
                if let Err(error) = self.notifier.alive() {
                    tracing::warn!(%error, "the service manager could not be told that the daemon lives");
                }
                if !self.listening.is_in_place() {
                    anyhow::bail!("the socket {} was taken away", self.listening.path().display());
                }
                touch(self.listening.path());
            }
        })
    }
}

fn touch(path: &std::path::Path) {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, utimensat};
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: now, last_modification: now };
    if let Err(error) = utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW) {
        tracing::debug!(%error, "the socket could not be touched");
    }
}
