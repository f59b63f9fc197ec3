//! Watches the settings of agents: each change of a file is one record that says what it means.
//!
//! Where the files lie and what is in them is the agents' knowledge (`agents::watched`); here is how to notice. Events are
//! hints: what counts is the content, looked at when it has been quiet for 100 ms and, in any case, on a slow timer. A
//! place (a home folder, a project, the managed files) is looked at as a whole, which is bounded work, and only where an
//! event named something that an agent reads. Files are opened as `platform::files` opens what may be hostile.

mod expand;
mod folders;
mod kept;
mod look;
mod repair;

use crate::component::{Component, Stop};
use crate::events::Event;
use crate::state::State;
use crate::watching::Place;
pub(crate) use expand::fits;
use expand::{Expansion, expand};
use folders::Folders;
use kept::Kept;
use look::{Difference, Files};
use protocol::record::{Detail, Kind};
use protocol::settings::{Meaning, Scope, SettingChange, SettingsChanged, Writer};
use repair::Repairs;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Quiet time after a hint: editors write in several steps.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// Where it does not get quiet, it is looked at after so many of them all the same.
const ROUNDS: usize = 10;
/// Places of which not all folders can be watched are looked at this often.
const TICK: Duration = Duration::from_secs(10);
/// All places, after so many ticks: what no event told.
const TICKS: u32 = 6;
/// Where watches have run out, this often.
const POLL: Duration = Duration::from_secs(2);
/// And so many times as long as the look itself takes: at most half a percent of a processor.
const SHARE: u32 = 200;
/// Projects that are watched; the longest known go first.
const PLACES: usize = 512;
/// A new watch can show new folders: those of the deepest path, and one more look.
const DEEPEST: usize = 10;

#[derive(Debug)]
pub(crate) struct Watcher {
    pub(crate) state: Arc<State>,
}

impl Component for Watcher {
    fn name(&self) -> &'static str {
        "settings watch"
    }

    fn run(self: Box<Self>, stop: Stop) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> {
        Box::pin(self.watch(stop))
    }
}

impl Watcher {
    async fn watch(self: Box<Self>, mut stop: Stop) -> anyhow::Result<()> {
        // A hint that finds the channel full is one that is already there.
        let (hint, mut hints) = mpsc::channel::<()>(1);
        let state = self.state;
        let mut eyes = Eyes::new(Arc::clone(&state), Folders::new(hint));
        // Hints that never end must not keep the slow look away.
        let mut last = tokio::time::Instant::now();
        loop {
            eyes = tokio::task::spawn_blocking(move || {
                if catch_unwind(AssertUnwindSafe(|| eyes.round())).is_err() {
                    tracing::error!("the settings of agents could not be looked at: this is a fault of ours");
                }
                eyes
            })
            .await?;
            tokio::select! {
                () = stop.wait() => {
                    tokio::task::spawn_blocking(move || eyes.keep()).await?;
                    return Ok(());
                }
                Some(()) = hints.recv() => {
                    for _ in 0..ROUNDS {
                        tokio::time::sleep(DEBOUNCE).await;
                        if hints.try_recv().is_err() { break; }
                    }
                }
                () = state.watching.wake.notified() => {}
                () = tokio::time::sleep_until(last + eyes.interval()) => {
                    last = tokio::time::Instant::now();
                    eyes.tick();
                }
            }
        }
    }
}

/// What is known of one place.
#[derive(Debug)]
struct Known {
    place: Place,
    files: Files,
    /// Not all of its folders are watched.
    blind: bool,
    left_out: usize,
}

struct Eyes {
    state: Arc<State>,
    folders: Folders,
    places: BTreeMap<usize, Known>,
    next: usize,
    repairs: Repairs,
    due: BTreeSet<usize>,
    ticks: u32,
    gone: usize,
    took: Duration,
    kept: Kept,
    /// What is kept is not what was seen last.
    stale: bool,
}

impl Eyes {
    fn new(state: Arc<State>, folders: Folders) -> Self {
        let kept = Kept::read(kept::path(&state.places.state));
        Self {
            state,
            folders,
            places: BTreeMap::new(),
            next: 0,
            repairs: Repairs::default(),
            due: BTreeSet::new(),
            ticks: 0,
            gone: 0,
            took: Duration::ZERO,
            kept,
            stale: false,
        }
    }

    fn interval(&self) -> Duration {
        interval(self.folders.failing().is_some(), self.took)
    }

    /// The timer: what no event tells of.
    fn tick(&mut self) {
        self.ticks += 1;
        self.keep();
        let all = self.ticks.is_multiple_of(TICKS) || self.folders.failing().is_some();
        self.due.extend(self.places.iter().filter(|(_, known)| all || known.blind).map(|(id, _)| *id));
    }

    fn round(&mut self) {
        let start = Instant::now();
        for place in self.state.watching.take_new() {
            self.due.insert(self.next);
            let files = Files::since(self.kept.take(&place));
            self.places.insert(self.next, Known { place, files, blind: false, left_out: 0 });
            self.next += 1;
            self.stale = true;
        }
        self.make_room();
        self.due.append(&mut self.folders.dirty(self.places.keys().copied()));
        let due = std::mem::take(&mut self.due);
        for id in &due {
            self.look(*id);
        }
        if !due.is_empty() {
            self.took = start.elapsed();
            self.tell();
        }
    }

    /// Of too many projects the one met first goes.
    fn make_room(&mut self) {
        while self.places.len() > PLACES {
            let oldest = self.places.iter().find(|(_, known)| known.place.scope == Scope::Project).map(|(id, _)| *id);
            let Some((id, known)) = oldest.and_then(|id| self.places.remove_entry(&id)) else { return };
            self.folders.follow(id, &BTreeMap::new());
            self.state.watching.forget(&known.place);
            let files = known.files.to_keep(&|bytes| kept::print(&self.state.keys, bytes));
            self.kept.give_back(known.place, files);
            self.gone += 1;
        }
    }

    /// Writes down what was seen, for the next start.
    fn keep(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let keys = self.state.keys.clone();
        let print = |bytes: &[u8]| kept::print(&keys, bytes);
        let seen = self.places.values().map(|known| (known.place.clone(), known.files.to_keep(&print)));
        if let Err(error) = self.kept.write(seen.collect()) {
            tracing::warn!(%error, "what was seen of agents' settings was not kept");
        }
    }

    fn tell(&self) {
        self.state.watching.tell(|told| {
            told.places = self.places.len();
            told.files = self.places.values().map(|known| known.files.len()).sum();
            told.folders = self.folders.len();
            told.left_out = self.gone + self.places.values().map(|known| known.left_out).sum::<usize>();
            told.polling = self.folders.failing();
        });
    }

    fn look(&mut self, id: usize) {
        let Some(known) = self.places.get_mut(&id) else { return };
        // Watched first and read then: what changes in between gives a hint.
        let mut expansion = expand(&known.place);
        let failing = self.folders.failing().is_some();
        for _ in 0..DEEPEST {
            if !self.folders.follow(id, &expansion.folders) {
                break;
            }
            expansion = expand(&known.place);
        }
        let Expansion { files, blind, left_out, .. } = expansion;
        (known.blind, known.left_out) = (blind, left_out);
        let place = known.place.clone();
        // Beside root's own files, a daemon of root's reads only what is the user's.
        let owner = place.uid.filter(|uid| *uid != rustix::process::geteuid().as_raw());
        let keys = self.state.keys.clone();
        let print = |bytes: &[u8]| kept::print(&keys, bytes);
        let differences = known.files.compare(&files, owner, (place.scope, &print));
        self.stale |= !differences.is_empty();
        for difference in differences {
            self.changed(&place, &difference);
        }
        if let (false, Some(error)) = (failing, self.folders.failing()) {
            Event::WatchFailing { error: &error }.emit(&self.state.health);
        }
    }

    fn changed(&mut self, place: &Place, difference: &Difference) {
        let Some(meaning) = difference.meanings.first() else {
            // As it was found first.
            self.repairs.found(difference);
            return;
        };
        let state = Arc::clone(&self.state);
        let file = sealed(&difference.path, &state);
        let words = agents::words::settings_change(*meaning);
        let agent = difference.row.agents.first().map_or("unknown", |agent| agent.name());
        Event::SettingsChanged { agent, meaning: words }.emit(&state.health);
        let text = |text: &protocol::RawText| engine::seal::masked(protocol::Text::bytes(text), &state.keys);
        let listed = difference.changes.iter().take(agents::watched::LISTED).map(|change| SettingChange {
            meaning: change.meaning,
            name: text(&change.name),
            before: change.before.as_ref().map(text),
            after: change.after.as_ref().map(text),
        });
        let detail = SettingsChanged {
            agents: difference.row.agents.clone(),
            kind: difference.row.file.kind,
            scope: place.scope,
            // What ran meanwhile is not known.
            by: if difference.unwatched {
                Writer::Unknown
            } else {
                state.watching.writer(&file, state.clock.elapsed())
            },
            unwatched: difference.unwatched,
            file,
            uid: place.uid,
            meanings: difference.meanings.clone(),
            changes: listed.collect(),
            more: difference.changes.len().saturating_sub(agents::watched::LISTED) as u64,
            unreadable: difference.unreadable.clone(),
        };
        state.note(Kind::Configuration, Detail::SettingsChanged(Box::new(detail)));
        let ours = [Meaning::OwnHookRemoved, Meaning::OwnHookChanged, Meaning::FileUnreadable];
        if difference.meanings.iter().any(|meaning| ours.contains(meaning)) {
            if let Some(text) = self.repairs.repair(&state, place, difference)
                && let Some(known) = self.places.values_mut().find(|known| known.place == *place)
            {
                known.files.wrote(&difference.path, &difference.row, &text);
            }
        } else {
            self.repairs.found(difference);
            state.watching.tell(|told| drop(difference.later.has_own().then(|| told.missing.remove(&difference.path))));
        }
    }
}

/// How long nobody looks when no event comes. `took`: the last look.
fn interval(failing: bool, took: Duration) -> Duration {
    if failing { POLL.max(took * SHARE) } else { TICK }
}

fn sealed(path: &Path, state: &State) -> protocol::SealedText {
    engine::seal::masked(path.as_os_str().as_encoded_bytes(), &state.keys)
}

#[cfg(test)]
mod tests;
