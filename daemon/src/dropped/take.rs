//! Taking the records of the drop folders into the journal, at the start and every minute.
//!
//! A record is taken as what it is: the word of an account about itself, `origin: fallback`. The account is the file's
//! owner by the kernel's word, whatever the file says. Texts are masked again, parts get new salts and digests. It makes
//! later calls more suspect and never less. A round has limits, so a hundred thousand files cost a little time each round
//! and hold up nothing; what is no record is set aside (a few, for people to look at) or removed, counted and told.

use super::{MAX_BYTES, VERSION};
use crate::component::{Component, Stop};
use crate::events::Event;
use crate::state::State;
use journal::Draft;
use platform::files::{self, Folder};
use platform::names::{Places, Scope};
use protocol::record::{Audit, Detail, Kind, Origin, Record};
use protocol::{Code, Content, Envelope};
use serde::Deserialize;
use std::ffi::OsStr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use uuid::Uuid;

/// The folders are looked at this often.
const EVERY: Duration = Duration::from_mins(1);
/// And this often while a round's limits leave something behind.
const MORE: Duration = Duration::from_secs(1);
/// Names that one round looks at in one folder, and records that it takes from there.
const NAMES: usize = 2048;
const RECORDS: u64 = 256;
/// Users whose folders one round looks at.
const USERS: usize = 1024;
/// What is set aside at most, of all users together.
const ASIDE: usize = 16;

#[derive(Debug)]
pub(crate) struct Taking {
    pub(crate) state: Arc<State>,
}

impl Component for Taking {
    fn name(&self) -> &'static str {
        "drop folders"
    }

    fn run(self: Box<Self>, mut stop: Stop) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> {
        Box::pin(async move {
            loop {
                let state = Arc::clone(&self.state);
                let more = tokio::task::spawn_blocking(move || round(&state)).await?;
                tokio::select! {
                    () = stop.wait() => return Ok(()),
                    () = tokio::time::sleep(if more { MORE } else { EVERY }) => {}
                }
            }
        })
    }
}

/// Why a file is no record that can be taken.
#[derive(Debug, Error)]
#[non_exhaustive]
enum Refusal {
    #[error("not a record of version {VERSION}: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a record of version {0}")]
    Version(u32),
    #[error("a record of something that no fallback witnesses")]
    Kind,
    #[error("a time that is none")]
    Time,
    #[error("a code that is not that of its id")]
    Code,
}

/// Why a file was not taken.
#[derive(Debug)]
enum Halt {
    Refused(String),
    /// The journal takes nothing now: the file stays for the next round.
    Journal(String),
}

#[derive(Debug, Deserialize)]
struct Arrived {
    v: u32,
    envelope: Envelope,
    #[serde(default)]
    content: Option<Content>,
}

/// Has it left something behind for the next one?
fn round(state: &State) -> bool {
    let mut more = false;
    for uid in users(&state.places) {
        match Folder::open(&state.places.dropped(uid), uid) {
            Ok(folder) => more |= of_user(state, uid, &folder),
            Err(error) if error.is_absent() => {}
            Err(error) => tell(state, uid, 0, 1, &error.to_string()),
        }
    }
    more
}

/// Whose folders there are.
fn users(places: &Places) -> Vec<u32> {
    let me = rustix::process::geteuid().as_raw();
    match places.scope {
        Scope::User => vec![me],
        Scope::System => {
            let names = Folder::open(&places.all_dropped(), me).and_then(|all| all.names(USERS)).unwrap_or_default();
            names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect()
        }
    }
}

fn of_user(state: &State, uid: u32, folder: &Folder) -> bool {
    let (mut taken, mut refused, mut first) = (0, 0, String::new());
    let mut gone = 0;
    let names = folder.names(NAMES).unwrap_or_default();
    for name in &names {
        if taken == RECORDS {
            break;
        }
        if is_unfinished(name) {
            continue;
        }
        let read = folder.read(name, MAX_BYTES as u64);
        let result = match &read {
            Ok(bytes) => take(uid, bytes, state),
            Err(files::Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => Err(Halt::Refused(error.to_string())),
        };
        match result {
            Ok(()) => taken += 1,
            Err(Halt::Refused(reason)) => {
                refused += 1;
                if first.is_empty() {
                    first = reason;
                }
                set_aside(&state.places, read.as_deref().ok());
            }
            Err(Halt::Journal(error)) => {
                tracing::warn!(error, "the journal takes nothing from the drop folders now");
                break;
            }
        }
        // One that cannot be taken away, such as a folder that is not empty, is met again and told again.
        gone += usize::from(folder.remove(name).is_ok());
    }
    tell(state, uid, taken, refused, &first);
    // What cannot be taken away waits for the slow timer.
    gone > 0 && (taken == RECORDS || names.len() == NAMES)
}

/// A file that is being written has a name of its own until it is whole.
fn is_unfinished(name: &OsStr) -> bool {
    name.as_encoded_bytes().ends_with(b".new")
}

fn tell(state: &State, uid: u32, taken: u64, refused: u64, reason: &str) {
    if taken > 0 {
        Event::DropTaken { uid, taken }.emit(&state.health);
    }
    if refused > 0 {
        Event::DropRefused { uid, refused, reason }.emit(&state.health);
    }
    if taken + refused > 0 {
        state.note(Kind::Daemon, Detail::Dropped { uid, taken, refused, reason: reason.to_owned() });
    }
}

/// Keeps a few of the files that were no records, in a folder that is the daemon's alone.
fn set_aside(places: &Places, bytes: Option<&[u8]>) {
    let (Some(bytes), aside) = (bytes, places.state.join("aside")) else { return };
    let room = files::private_folder(&aside)
        .is_ok_and(|()| std::fs::read_dir(&aside).is_ok_and(|entries| entries.take(ASIDE).count() < ASIDE));
    if room && let Err(error) = files::write_atomic(&aside.join(Uuid::new_v4().to_string()), bytes, 0o600) {
        tracing::warn!(%error, "what is no record could not be set aside");
    }
}

/// The record of a file that this user wrote, with nothing in it that only the daemon can say.
fn record(uid: u32, bytes: &[u8], state: &State) -> Result<(Envelope, Option<Content>), Halt> {
    let Arrived { v, mut envelope, content } = serde_json::from_slice(bytes).map_err(refused)?;
    if v != VERSION || envelope.v != protocol::record::VERSION {
        return Err(refused(Refusal::Version(v.max(envelope.v))));
    }
    let of_a_call = matches!(envelope.kind, Kind::Call | Kind::Session | Kind::Prompt | Kind::Configuration)
        && matches!(envelope.detail, None | Some(Detail::NotJudged { .. }));
    if !of_a_call || envelope.origin != Origin::Fallback {
        return Err(refused(Refusal::Kind));
    }
    let at: jiff::Timestamp = envelope.at.parse().map_err(|_| refused(Refusal::Time))?;
    let now = state.now();
    if at.as_microsecond() > now.at_us {
        envelope.at.clone_from(&now.at);
    }
    if envelope.decision.as_ref().is_some_and(|decision| decision.code != Code::of(envelope.id.as_bytes())) {
        return Err(refused(Refusal::Code));
    }
    match &mut envelope.trigger {
        Audit::Present(trigger) => {
            trigger.uid = uid;
            trigger.user = platform::account::by_uid(uid).map(|account| account.name);
            trigger.asserted = true;
        }
        Audit::Missing { .. } => return Err(refused(Refusal::Kind)),
    }
    let content = engine::seal::again(&mut envelope, content, &state.keys, &mut || *Uuid::new_v4().as_bytes());
    Ok((envelope, content))
}

fn take(uid: u32, bytes: &[u8], state: &State) -> Result<(), Halt> {
    let (mut envelope, content) = record(uid, bytes, state)?;
    if let Some(decision) = &mut envelope.decision {
        let known = state.journal.by_code(decision.code).map_err(|error| Halt::Journal(error.to_string()))?;
        if let Some(known) = known {
            if known.record().ok().flatten().is_some_and(|known| known.envelope.id == envelope.id) {
                // Taken before, by a daemon that died before it could take the file away.
                return Ok(());
            }
            // A code leads to one record: this one gets an id of its own.
            envelope.id = state.now().id;
            decision.code = Code::of(envelope.id.as_bytes());
        }
    }
    append(state, envelope, content.as_ref())
}

fn append(state: &State, envelope: Envelope, content: Option<&Content>) -> Result<(), Halt> {
    let content = content.map(serde_json::to_vec).transpose().map_err(refused)?;
    let draft = Draft::new(&envelope, content).map_err(refused)?;
    let receipt = state.journal.append(draft, false).map_err(|error| Halt::Journal(error.to_string()))?;
    state.written(&envelope);
    let record = Record { chain: receipt.chain, seq: receipt.seq, envelope };
    state.memory.write().unwrap_or_else(std::sync::PoisonError::into_inner).apply(&record);
    Ok(())
}

fn refused(reason: impl Into<Refusal>) -> Halt {
    Halt::Refused(reason.into().to_string())
}
