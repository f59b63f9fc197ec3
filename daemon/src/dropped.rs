//! The drop folder: records of calls that were judged without a daemon, on their way into the journal.
//!
//! # Format, version 1
//!
//! One file a record, `UUID.json`: `{"v": 1, "envelope": …, "content": …}`, as the journal would have taken them. It is
//! sealed already; its fingerprints are made with a key that nobody has any more, so they match nothing.
//!
//! Whoever can write into the folder can write anything, so the daemon takes nothing on trust: see [`take`].

mod take;

pub(crate) use take::Taking;

use platform::files;
use platform::names::{Places, Scope};
use protocol::{Content, Envelope};
use serde::Serialize;
use std::path::Path;
use thiserror::Error;

/// The version that this program writes.
const VERSION: u32 = 1;
/// A file is at most this long. A record that would be longer goes without its content.
const MAX_BYTES: usize = 1 << 20;
/// So many records wait at most; what happens then is not recorded.
const WAITING: usize = 10_000;

/// A user's folder of a system daemon: that user's, in one that is root's. Made when the user is first met, so that it is
/// there when the daemon is not.
///
/// # Errors
///
/// When it cannot be made.
pub(crate) fn make_folder(places: &Places, uid: u32) -> Result<(), files::Error> {
    files::folder(&places.all_dropped(), 0o711)?;
    files::folder_of(&places.dropped(uid), uid)
}

#[derive(Debug, Serialize)]
struct Leaving<'a> {
    v: u32,
    envelope: &'a Envelope,
    content: Option<&'a Content>,
}

/// Why a record was not left.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum Error {
    #[error("{WAITING} records wait already")]
    Full,
    #[error("the record is over {MAX_BYTES} bytes without its content")]
    TooBig,
    #[error("the record cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    File(#[from] files::Error),
}

/// Leaves a record for the next daemon.
///
/// # Errors
///
/// Any [`enum@Error`]: nothing was left then.
pub(crate) fn leave(places: &Places, uid: u32, envelope: &Envelope, content: Option<&Content>) -> Result<(), Error> {
    let folder = places.dropped(uid);
    // Beside a system installation the daemon makes each user's folder, in one that is root's.
    if places.scope == Scope::User {
        files::private_folder(&folder)?;
    }
    if is_full(&folder) {
        return Err(Error::Full);
    }
    let mut bytes = serde_json::to_vec(&Leaving { v: VERSION, envelope, content })?;
    if bytes.len() > MAX_BYTES {
        bytes = serde_json::to_vec(&Leaving { v: VERSION, envelope, content: None })?;
    }
    if bytes.len() > MAX_BYTES {
        return Err(Error::TooBig);
    }
    Ok(files::write_atomic(&folder.join(format!("{}.json", envelope.id)), &bytes, 0o600)?)
}

fn is_full(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|entries| entries.take(WAITING).count() == WAITING)
}
