//! Our own entries, put back where somebody took them out: in enforce mode, in this user's own files that `taffrail
//! install` put them in, and not for ever.

use super::look::Difference;
use crate::cli::Receipts;
use crate::events::Event;
use crate::state::State;
use crate::watching::Place;
use agents::entries;
use platform::files;
use protocol::record::{Detail, Kind};
use protocol::settings::{Meaning, Scope};
use protocol::{Agent, Mode};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// So often within this time: whoever takes them out again and again means it, or is a program that we would fight for
/// ever.
const TIMES: usize = 3;
const WITHIN: Duration = Duration::from_mins(10);
/// A file that we make is its owner's alone.
const NEW_MODE: u32 = 0o600;

#[derive(Debug, Default)]
pub(super) struct Repairs {
    /// By file, our entries as they stood there last.
    own: BTreeMap<PathBuf, Value>,
    made: BTreeMap<PathBuf, VecDeque<Duration>>,
}

/// Why our entries were not put back.
enum Left {
    /// They were taken out by us, or never put in by us.
    Meant,
    Because(String),
}

impl Repairs {
    /// A file that is in order: its entries are what is put back later.
    pub(super) fn found(&mut self, difference: &Difference) {
        match &difference.later.own {
            Some(own) => drop(self.own.insert(difference.path.clone(), own.clone())),
            None => drop(self.own.remove(&difference.path)),
        }
    }

    /// Puts our entries back into a file. What was written, if anything.
    pub(super) fn repair(&mut self, state: &State, place: &Place, difference: &Difference) -> Option<String> {
        let own = self.own.get(&difference.path).cloned()?;
        let path = &difference.path;
        let agent = difference.row.agents.first().copied().unwrap_or(Agent::ClaudeCode);
        let file = super::sealed(path, state);
        match self.put_back(state, place, difference, agent, &own) {
            Ok((attempt, whole)) => {
                Event::SettingsRepaired { agent: agent.name(), attempt }.emit(&state.health);
                state.watching.tell(|told| drop(told.missing.remove(path)));
                state.note(Kind::Configuration, Detail::SettingsRepaired { agent, file, attempt });
                Some(whole)
            }
            Err(Left::Meant) => {
                self.found(difference);
                state.watching.tell(|told| drop(told.missing.remove(path)));
                None
            }
            Err(Left::Because(reason)) => {
                Event::SettingsNotRepaired { agent: agent.name(), reason: &reason }.emit(&state.health);
                state.watching.tell(|told| drop(told.missing.insert(path.clone(), reason.clone())));
                state.note(Kind::Configuration, Detail::SettingsNotRepaired { agent, file, reason });
                None
            }
        }
    }

    fn put_back(
        &mut self,
        state: &State,
        place: &Place,
        difference: &Difference,
        agent: Agent,
        own: &Value,
    ) -> Result<(u32, String), Left> {
        let because = |why: &str| Left::Because(why.to_owned());
        let path = &difference.path;
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let text = match files::read(&target, agents::watched::LARGEST) {
            Ok(bytes) => Some(String::from_utf8(bytes).map_err(|_| because("it is not UTF-8 text"))?),
            Err(error) if error.is_absent() => None,
            Err(_) => return Err(because("it cannot be read")),
        };
        if place.scope != Scope::User || place.uid != Some(rustix::process::geteuid().as_raw()) {
            return Err(because("it is not this daemon's user's own file"));
        }
        let receipts = Receipts::read(&state.places.state).map_err(|_| because("what was installed is not known"))?;
        // `uninstall` forgets a file before it changes it, and `install` notes what it leaves before it does.
        if receipts.left(&[&target, path], text.as_deref()) != Some(false) {
            return Err(Left::Meant);
        }
        if state.settings().mode != Mode::Enforce {
            return Err(because("Taffrail is watching only"));
        }
        if difference.meanings.contains(&Meaning::FileUnreadable) {
            return Err(because("the file cannot be read"));
        }
        let made = self.made.entry(path.clone()).or_default();
        let now = state.clock.elapsed();
        while made.front().is_some_and(|at| now.saturating_sub(*at) > WITHIN) {
            made.pop_front();
        }
        if made.len() >= TIMES {
            return Err(because("they were put back three times in ten minutes and taken out again"));
        }
        let whole = entries::with_entries(agent, text.as_deref().unwrap_or_default(), own)
            .map_err(|why| because(unfit(&why)))?;
        let Some(whole) = whole else { return Err(Left::Meant) };
        let mode = mode_of(&target).unwrap_or(NEW_MODE);
        if mode & 0o200 == 0 {
            return Err(because("it is read-only"));
        }
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Left::Because(error.kind().to_string()))?;
        }
        files::write_atomic(&target, whole.as_bytes(), mode).map_err(|_| because("it cannot be written"))?;
        made.push_back(now);
        Ok((u32::try_from(made.len()).unwrap_or(u32::MAX), whole))
    }
}

/// Why a file cannot be changed, without a word of what stands in it: the reason is recorded and shown.
fn unfit(why: &entries::Unfit) -> &'static str {
    match why {
        entries::Unfit::NotJson(_) => "it is not whole JSON",
        entries::Unfit::Twice(_) => "a name is in it twice",
        _ => "its hooks are not as the agent expects them",
    }
}

fn mode_of(path: &Path) -> Option<u32> {
    std::fs::metadata(path).ok().map(|meta| meta.mode() & 0o7777)
}
