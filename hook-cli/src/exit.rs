//! Exit codes of the command line. `taffrail hook` ends with the code of its answer instead.

use std::process::ExitCode;

/// What a command ends with. `status`: the highest that applies wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// `status`: healthy. Others: done.
    Healthy = 0,
    /// `status`: something needs you. Others: failed, or found what it was to look for.
    NeedsYou = 1,
    /// `status`: a collector is configured and this machine is not enrolled. Others: wrong usage.
    NotEnrolled = 2,
    /// The daemon is not running, or cannot be trusted.
    NotRunning = 3,
}

impl Exit {
    /// The code that the daemon ended a command with. One that this version does not know needs a look.
    pub(crate) fn of(code: u8) -> Self {
        match code {
            0 => Self::Healthy,
            2 => Self::NotEnrolled,
            3 => Self::NotRunning,
            _ => Self::NeedsYou,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
