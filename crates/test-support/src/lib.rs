//! The real programs, driven by tests and benches: a temporary home, the daemon, the hook, a real agent.
//!
//! Nothing here is a double. [`Home`] is a home folder and a clean environment, [`Daemon`] the real `taffraild` in it,
//! [`Collector`] the real `taffrail-collector`,
//! [`Hook`] and [`Home::taffrail`] the real `taffrail`, [`Wire`] a client that speaks frames and can speak them badly,
//! [`Agent`] a real coding agent against a scripted model. Each is waited for by a condition with a deadline and ended
//! by its process id; what a failed test leaves behind is said on stderr and kept.
//!
//! It knows `protocol` for the frames; it knows nothing of how the programs work inside.
//!
//! ```no_run
//! use taffrail_test_support::{Daemon, Home, Hook};
//!
//! # fn main() -> anyhow::Result<()> {
//! let home = Home::new()?;
//! home.configure("mode = \"enforce\"\n")?;
//! let daemon = Daemon::start(&home)?;
//! let answer = Hook::before(&home, "Bash", &serde_json::json!({"command": "rm -rf ~/other"})).run()?;
//! assert_eq!(answer.permission().as_deref(), Some("deny"));
//! assert!(daemon.stop()?.success());
//! # Ok(())
//! # }
//! ```

pub mod agent;
pub mod cache;
pub mod collector;
pub mod daemon;
pub mod home;
pub mod hook;
pub mod parts;
pub mod programs;
pub mod wait;
pub mod wire;

pub use agent::{Agent, AgentRun};
pub use collector::Collector;
pub use daemon::Daemon;
pub use home::Home;
pub use hook::{Answer, Hook};
pub use programs::Programs;
pub use wait::until;
pub use wire::Wire;

use std::path::Path;

/// The top of the workspace that this was compiled in.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}
