//! Start and end of the daemon: the only place that knows every component.

use crate::component::Supervisor;
use crate::dropped::Taking;
use crate::facts::{Surroundings, absolute};
use crate::health::Health;
use crate::keeping::Keeping;
use crate::line::Line;
use crate::reload::Reload;
use crate::requests::Requests;
use crate::server::Server;
use crate::ship::Shipper;
use crate::state::{Settings, State};
use crate::watcher::Watcher;
use crate::watching::Place;
use anyhow::{Context, bail};
use engine::seal::Keys;
use journal::{Journal, Options, What};
use platform::clock::{Clock, SystemClock};
use platform::keys::{FileKeys, KeyStore};
use platform::names::{Places, SYSTEM, User};
use platform::notify::Notifier;
use platform::socket::listener::Listening;
use policy::Memory;
use protocol::Envelope;
use protocol::record::{Detail, Kind, Origin};
use protocol::settings::Scope;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// What the session memory is made of at the start: the records of this time.
const REMEMBERED_MS: i64 = 24 * 60 * 60 * 1000;

/// Where this process keeps its things, and where it listens.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) places: Places,
    pub(crate) socket: PathBuf,
}

impl Installation {
    /// The machine's own, for root where one is installed; else the user's.
    ///
    /// # Errors
    ///
    /// When a user's daemon is started beside a system one, or the user has no folder to keep things in.
    pub(crate) fn find(system: bool) -> anyhow::Result<Self> {
        if system {
            return Ok(Self { places: SYSTEM.places(), socket: SYSTEM.socket() });
        }
        if SYSTEM.installed() {
            bail!(
                "This machine has a Taffrail of its own ({}); a user's daemon does not run beside it.",
                SYSTEM.socket().display()
            );
        }
        let user = User::of_process();
        let places = user.places(&SYSTEM).context("find a home folder for this user")?;
        let socket = user.sockets(&SYSTEM).next().context("find a place for this user's socket")?;
        Ok(Self { places, socket })
    }

    /// The paths that no agent may touch.
    pub(crate) fn own_files(&self) -> Vec<protocol::AbsPath> {
        let programs = std::env::current_exe().ok();
        let beside = programs.as_ref().map(|daemon| daemon.with_file_name("taffrail"));
        let places = &self.places;
        let config = places.config.parent().map(PathBuf::from);
        let socket = self.socket.parent().map(PathBuf::from);
        let all = [Some(places.state.clone()), config, Some(places.managed.clone()), socket, programs, beside];
        all.into_iter().flatten().map(|path| absolute(&path)).collect()
    }
}

/// Runs until it is told to end.
///
/// # Errors
///
/// What keeps it from starting, or ended it.
pub(crate) async fn run(system: bool) -> anyhow::Result<()> {
    let installation = Installation::find(system)?;
    let Installation { places, socket } = &installation;
    // The lock of the socket comes first: nothing is touched beside a daemon that is at work.
    let listening = match Listening::activated(socket, places.scope)? {
        Some(listening) => listening,
        None => Listening::at(socket, places.scope)?,
    };
    let health = Arc::new(Health::default());
    let clock = SystemClock::new();
    let store = FileKeys::open(places.keys()).context("open the key folder")?;
    let (settings, refused) = Settings::at_start(places)?;
    let keys = Keys { device: store.get_or_create("fingerprint")?.0, tenant: None };
    let journal = open_journal(places, &store, settings.max_bytes)?;
    let (memory, places_seen) = remembered(&journal, &clock)?;
    let surroundings = Surroundings::new(installation.own_files(), keys.clone());
    let seed = store.get_or_create("device")?;
    let device = chain::DeviceKey::from_seed(&seed.0);
    let state = Arc::new(State::new(
        journal,
        memory,
        (keys, device),
        places.clone(),
        Arc::clone(&health),
        Box::new(clock),
        settings,
    ));
    state.watching.add(watched_at_start(installation.places.scope, places_seen));
    let mode = state.settings().mode;
    state.publish().context("write what calls are judged by without a daemon")?;
    state.note(Kind::Daemon, Detail::DaemonStarted { version: env!("CARGO_PKG_VERSION").to_owned(), mode });
    if let Some(reason) = refused {
        crate::events::Event::PolicyRefused { reason: &reason }.emit(&health);
        state.note(Kind::Policy, Detail::PolicyRefused { reason });
    }

    let line = Arc::new(Line { state: Arc::clone(&state), surroundings, health });
    let requests = Arc::new(Requests { state: Arc::clone(&state), socket: socket.clone() });
    let taken = listening.listener().try_clone().context("share the socket")?;
    taken.set_nonblocking(true)?;
    let listener = tokio::net::UnixListener::from_std(taken)?;
    let notifier = Notifier::of_process()?;
    let mut supervisor = Supervisor::default();
    supervisor.start(Box::new(Server { listener, line, requests }));
    supervisor.start(Box::new(Reload { state: Arc::clone(&state) }));
    supervisor.start(Box::new(Watcher { state: Arc::clone(&state) }));
    supervisor.start(Box::new(Taking { state: Arc::clone(&state) }));
    let key = Arc::new(chain::DeviceKey::from_seed(&seed.0));
    supervisor.start(Box::new(Shipper { state: Arc::clone(&state), key }));
    notifier.ready()?;
    tracing::info!(socket = %socket.display(), ?mode, policy = state.settings().policy.label(), "at work");
    supervisor.start(Box::new(Keeping { listening, notifier }));

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = async {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    };
    let ended = supervisor.run(told).await;
    let reason = ended.as_ref().map_or_else(|error| format!("{error:#}"), |()| "told to".to_owned());
    state.note(Kind::Daemon, Detail::DaemonStopped { reason });
    state.journal.close();
    tracing::info!("ended");
    ended
}

/// # Errors
///
/// When another process holds the journal, or it cannot be written.
fn open_journal(places: &Places, store: &FileKeys, max_bytes: u64) -> anyhow::Result<Journal> {
    let keys = journal_keys(store)?;
    let clock = SystemClock::new();
    let mut options = Options::new(Arc::new(move || i64::try_from(clock.micros()).unwrap_or(i64::MAX)));
    options.marks = Some(places.keys());
    options.max_bytes = max_bytes;
    let opened = Journal::open(&places.journal(), keys, options).context("open the journal")?;
    match opened.what {
        What::Existing { .. } => {}
        other => tracing::info!(what = ?other, "a new chain starts"),
    }
    Ok(opened.journal)
}

/// What seals the journal's parts and signs its checkpoints; made where there is none yet.
///
/// # Errors
///
/// Those of the key store.
pub(crate) fn journal_keys(store: &FileKeys) -> anyhow::Result<journal::Keys> {
    Ok(journal::Keys::new(store.get_or_create("journal")?.0, store.get_or_create("device")?.0))
}

/// The session memory and the projects that agents worked in, from the journal's last day.
fn remembered(journal: &Journal, clock: &SystemClock) -> anyhow::Result<(Memory, Vec<Place>)> {
    let mut memory = Memory::default();
    let mut projects = BTreeSet::new();
    let now = i64::try_from(clock.micros() / 1000).unwrap_or(i64::MAX);
    let replayed = journal
        .records_since(now - REMEMBERED_MS, &mut |record| {
            projects.extend(project(&record.envelope));
            memory.apply(&record);
        })
        .context("read the journal's last day")?;
    if replayed.evicted + replayed.damaged > 0 {
        tracing::warn!(replayed.evicted, replayed.damaged, "the session memory has holes");
    }
    Ok((memory, projects.into_iter().collect()))
}

/// Where a call was made. A path with something masked in it is none that can be watched; the next call from there tells.
fn project(envelope: &Envelope) -> Option<Place> {
    let base = PathBuf::from(envelope.workspace.as_ref()?.as_str());
    let uid = envelope.trigger.present()?.uid;
    (envelope.origin == Origin::Hook && base.is_dir()).then_some(Place { scope: Scope::Project, base, uid: Some(uid) })
}

/// The places whose settings are watched from the start: the managed files, the homes of the users that are known, and
/// the projects of the last day.
fn watched_at_start(whose: platform::names::Scope, projects: Vec<Place>) -> impl Iterator<Item = Place> {
    let user = User::of_process();
    let own = (whose == platform::names::Scope::User).then_some((user.uid, user.home));
    let mut users: BTreeMap<u32, Option<PathBuf>> =
        projects.iter().filter_map(|place| Some((place.uid?, None))).collect();
    users.extend(own);
    let homes = users.into_iter().filter_map(|(uid, home)| {
        let base = platform::account::home(uid, home)?;
        Some(Place { scope: Scope::User, base, uid: Some(uid) })
    });
    let managed = Place { scope: Scope::Managed, base: PathBuf::from("/"), uid: None };
    std::iter::once(managed).chain(homes).chain(projects)
}
