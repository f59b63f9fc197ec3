//! People who may look, and how they show that they are who they are.
//!
//! A person has a **key**, made here and printed once, which a password manager keeps; a **link** does the same once, and
//! for a few minutes. Either opens a **session**, whose secret the browser has. All three are 32 random bytes of which
//! the SHA-256 is kept: there is nothing to guess, so nothing slow stands before it.

use super::Error;
use chain::Digest;
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// Looks.
    Viewer,
    /// Looks, and lets devices in or keeps them out.
    Admin,
}

impl Role {
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Viewer => 0,
            Self::Admin => 1,
        }
    }

    pub(super) fn of(number: i64) -> Self {
        // What is not understood may do least.
        if number == 1 { Self::Admin } else { Self::Viewer }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Admin => "admin",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// Each method is one transaction; it is on disk when it returns.
pub(crate) trait People {
    /// `false`: there is somebody of that name.
    ///
    /// # Errors
    ///
    /// When the store does not answer; so of all of them.
    fn add_person(&mut self, person: &Person, key: &Digest, now_ms: u64) -> Result<bool, Error>;
    /// Ends the person's sessions and links as well. `false`: there is nobody of that name.
    fn remove_person(&mut self, name: &str) -> Result<bool, Error>;
    /// By name.
    fn people(&self) -> Result<Vec<Person>, Error>;
    /// `false`: there is nobody of that name.
    fn add_link(&mut self, name: &str, secret: &Digest, until_ms: u64) -> Result<bool, Error>;
    /// Opens a session for whoever has this key, or this link, which is used up by that. `None`: nobody has.
    fn sign_in(&mut self, by: &Digest, session: &Digest, now_ms: u64, until_ms: u64) -> Result<Option<Person>, Error>;
    /// Whose session this is, while it lasts.
    fn session(&self, session: &Digest, now_ms: u64) -> Result<Option<Person>, Error>;
    fn sign_out(&mut self, session: &Digest) -> Result<(), Error>;
}
