//! Where records get their place in the chain: quickly, into the intake, or with the whole chain in one hand.
//!
//! A call's record is placed under one short lock and written to the intake ([`Inner::take_in`]). The second thread brings
//! what has come in into the database ([`Inner::store`]), which keeps nobody from the intake. What else belongs to the
//! chain (signatures, evictions, a new chain, and whatever the intake cannot take) goes straight to the database with the
//! chain [`Held`]: nothing is placed meanwhile, and all that was placed before is stored first.
//!
//! Locks are taken in this order: writer, front, progress.

use crate::draft::{Draft, Index};
use crate::error::{Error, NotRecorded, Unfit};
use crate::evict;
use crate::intake::{self, Intake, Taken};
use crate::journal::{Inner, Options, lock};
use crate::read::{Reader, Stored};
use crate::seal::Sealer;
use crate::writer::{Head, Placed, Work, Writer, refusal, start_chain, unfit};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The end of the chain, and the records that the database does not have yet.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) head: Head,
    sealer: Arc<Sealer>,
    /// The database's, with the intake's files.
    folder: PathBuf,
    /// `None`: its files cannot be written; everything goes straight to the database.
    intake: Option<Intake>,
    /// In the order of the chain, up to `head`; all of them are in the intake. What is being stored stays here until it is:
    /// it can be asked for, and nothing is lost where storing it fails.
    pending: Vec<(Placed, Arc<Work>)>,
    /// The intake takes records.
    open: bool,
    /// It never will again.
    closed: bool,
    /// When what is pending could not be stored last, and why.
    stuck: Option<(Instant, NotRecorded)>,
    /// The database was set aside, and no new one could be started in its place yet: nothing may be written to it.
    adrift: bool,
}

/// What could not be stored is not tried again sooner: meanwhile callers are refused at once.
pub(crate) const AGAIN: Duration = Duration::from_millis(50);

impl Front {
    /// The front of a journal that was just opened. What its intake holds and its database does not is pending; what has
    /// lost its place, because one before it is gone, is given back to be placed anew.
    pub(crate) fn of(writer: &mut Writer, folder: PathBuf, options: &Options) -> (Self, Vec<Work>) {
        let stored = writer.head.seq;
        let (mut head, mut last) = (writer.head.clone(), stored);
        let (mut pending, mut adrift) = (Vec::new(), Vec::new());
        let found = intake::read(&folder, &writer.sealer);
        for Taken { seq, hash, envelope, content } in found.taken {
            if seq <= stored {
                continue;
            }
            last = seq;
            let work = Work::new(Draft::found(envelope, content));
            let next = head.then(work.digest);
            if (next.seq, next.hash) == (seq, hash) {
                pending.push((next.placed(), Arc::new(work)));
                head = next;
            } else {
                adrift.push(work);
            }
        }
        // Numbers that are nowhere, and what came after the last one.
        let mut lost = last.saturating_sub(stored).saturating_sub((pending.len() + adrift.len()) as u64);
        lost += found.torn.iter().filter(|(end, _)| *end >= last).map(|(_, after)| *after).max().unwrap_or_default();
        let unknown = found.torn.iter().filter(|(end, _)| *end == 0).map(|(_, after)| *after).max();
        lost = lost.max(unknown.unwrap_or_default());
        if lost > 0 || !adrift.is_empty() {
            tracing::error!(lost, adrift = adrift.len(), "the journal's intake does not go on where the chain ends");
        }
        if lost > 0 {
            writer.lost.add(lost, NotRecorded::Damaged);
        }
        let sealer = Arc::clone(&writer.sealer);
        let mut front = Self {
            head,
            sealer,
            folder,
            intake: None,
            pending,
            open: false,
            closed: false,
            stuck: None,
            adrift: false,
        };
        // What is adrift lies in its files until it is stored.
        if adrift.is_empty() {
            front.reopen(options);
        }
        (front, adrift)
    }

    /// What the database does not have, for one who reads this chain.
    pub(crate) fn taken(&self, chain: Uuid) -> Vec<Taken> {
        let of = self.pending.iter().filter(|(placed, _)| placed.chain == chain);
        let taken = |(placed, work): &(Placed, Arc<Work>)| Taken {
            seq: placed.seq,
            hash: placed.hash,
            envelope: work.draft.envelope.clone(),
            content: work.draft.content.clone(),
        };
        of.map(taken).collect()
    }

    /// Records that the database does not have yet.
    pub(crate) fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// The last one of them that is asked for.
    pub(crate) fn find(&self, is: impl Fn(&Placed, &Index) -> bool) -> Option<Stored> {
        let (placed, work) = self.pending.iter().rfind(|(placed, work)| is(placed, &work.draft.index))?;
        Some(Stored {
            chain: placed.chain,
            seq: placed.seq,
            digest: work.digest,
            hash: placed.hash,
            envelope: Some(work.draft.envelope.clone()),
            content: work.draft.content.clone(),
        })
    }

    /// The first one.
    pub(crate) fn first(&self, is: impl Fn(&Index) -> bool) -> Option<Stored> {
        let seq = self.pending.iter().find(|(_, work)| is(&work.draft.index))?.0.seq;
        self.find(|placed, _| placed.seq == seq)
    }

    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.open = false;
    }

    /// The next place in the chain for this record, which is in the intake then. `None`: not now.
    fn take(&mut self, work: &Work) -> Option<Placed> {
        if !self.open {
            return None;
        }
        let next = self.head.then(work.digest);
        match self.intake.as_mut()?.write(&self.sealer, next.seq, next.hash, work) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                tracing::warn!(%error, "the journal's intake cannot be written; records go straight to the database");
                self.open = false;
                return None;
            }
        }
        self.head = next;
        Some(self.head.placed())
    }

    /// What is pending, to be stored. `true`: the intake goes on in its other file; otherwise it is shut until
    /// [`Front::stored`].
    fn give(&mut self) -> (Vec<(Placed, Arc<Work>)>, bool) {
        let batch = self.pending.clone();
        let turned = batch.is_empty() || self.intake.as_mut().is_some_and(Intake::turn);
        self.open &= turned;
        (batch, turned)
    }

    /// The first `count` of what is pending are in the database, or could not be brought there.
    fn stored(&mut self, count: usize, turned: bool, done: bool) {
        if !done {
            self.open = false;
            return;
        }
        self.pending.drain(..count.min(self.pending.len()));
        if let Some(intake) = &mut self.intake {
            match intake.empty(!turned) {
                Ok(()) => self.open = !self.closed,
                Err(error) => {
                    tracing::warn!(%error, "the journal's intake cannot be emptied; records go straight to the database");
                    self.open = false;
                }
            }
        }
    }

    /// Writes what is pending to a new intake, after the old one was set aside.
    fn take_along(&mut self, sealer: &Sealer, options: &Options) -> Result<(), Error> {
        let mut intake = Intake::open(&self.folder, options.intake_bytes())?;
        intake.empty(true)?;
        for (placed, work) in &self.pending {
            if !intake.write(sealer, placed.seq, placed.hash, work)? {
                intake.turn();
                intake.write(sealer, placed.seq, placed.hash, work)?;
            }
        }
        self.intake = Some(intake);
        Ok(())
    }

    /// From here on everything goes straight to the database, until the chain was held once.
    pub(crate) fn shut(&mut self) {
        self.open = false;
    }

    /// Opens the intake, anew where need be, if nothing is pending.
    fn reopen(&mut self, options: &Options) {
        if self.intake.is_none() {
            match Intake::open(&self.folder, options.intake_bytes()) {
                Ok(intake) => self.intake = Some(intake),
                Err(error) => tracing::warn!(%error, "the journal has no intake; records go straight to the database"),
            }
        }
        if self.pending.is_empty() {
            self.stored(0, false, true);
        }
    }
}

/// The chain in one hand.
pub(crate) struct Held<'a> {
    inner: &'a Inner,
    pub(crate) writer: &'a mut Writer,
    front: &'a mut Front,
}

impl Inner {
    /// Places a record and writes it to the intake; gives it back where that is not possible now.
    pub(crate) fn take_in(&self, work: Work) -> Result<Placed, Box<Work>> {
        let mut front = lock(&self.front);
        let Some(placed) = front.take(&work) else { return Err(Box::new(work)) };
        front.pending.push((placed, Arc::new(work)));
        let mut progress = lock(&self.progress);
        let mut wake = progress.advance(&front.head, 0, &self.options);
        if !progress.urgent && front.intake.as_ref().is_some_and(Intake::fills) {
            progress.urgent = true;
            wake = true;
        }
        drop((front, progress));
        if wake {
            self.work.notify_one();
        }
        Ok(placed)
    }

    /// Brings what has come in into the database, in one transaction, while the intake goes on.
    pub(crate) fn store(&self, writer: &mut Writer) -> Result<(), Error> {
        let (batch, turned) = lock(&self.front).give();
        if batch.is_empty() {
            return Ok(());
        }
        let done = writer.store(&batch, &self.squeezer);
        lock(&self.front).stored(batch.len(), turned, done.is_ok());
        self.logged(writer);
        done
    }

    /// Does something with the chain held. `None`: the journal is closed.
    pub(crate) fn hold<T>(&self, act: impl FnOnce(&mut Held<'_>) -> T) -> Option<T> {
        let mut writer = lock(&self.writer);
        let writer = writer.as_mut()?;
        // Most of it while the intake still goes on. What cannot be stored now is tried once more below.
        if lock(&self.front).open
            && let Err(error) = self.store(writer)
        {
            tracing::debug!(%error, "what came in is not stored yet");
        }
        let mut front = lock(&self.front);
        // Whatever happens in between: nothing is placed until the chain's end was looked at again.
        front.shut();
        let mut held = Held { inner: self, writer, front: &mut front };
        let done = act(&mut held);
        held.let_go();
        Some(done)
    }

    /// Commits a record straight to the database.
    pub(crate) fn commit(&self, work: Work) -> Result<Placed, NotRecorded> {
        let placed = self.hold(|held| held.commit(&[work])).unwrap_or(Err(NotRecorded::Closed))?;
        placed.first().copied().ok_or(NotRecorded::Failed)
    }
}

impl Held<'_> {
    /// Stores what is pending.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        if self.front.adrift {
            return Err(Error::NotRecorded(NotRecorded::Damaged));
        }
        if !self.front.pending.is_empty() {
            let stored = self.writer.store(&self.front.pending, &self.inner.squeezer);
            self.front.stuck = stored.as_ref().err().map(|error| (Instant::now(), refusal(error)));
            stored?;
            self.front.pending.clear();
            self.inner.logged(self.writer);
        }
        Ok(())
    }

    /// Commits records after all that came before them, or counts them as lost. What was lost before is told first.
    pub(crate) fn commit(&mut self, batch: &[Work]) -> Result<Vec<Placed>, NotRecorded> {
        let stuck = self.front.stuck.filter(|(since, _)| since.elapsed() < AGAIN);
        let mut result = match stuck {
            Some((_, why)) => Err(why.into()),
            None => self.try_commit(batch),
        };
        if let (Err(error), None) = (&result, stuck) {
            let again = match (unfit(error), refusal(error)) {
                (Some(unfit), _) => {
                    tracing::error!(%error, "the journal's file is damaged");
                    self.start_over(unfit).map(|()| true)
                }
                // The background could not keep up: room is made here and now.
                (None, NotRecorded::Full) => self.settle_beyond().and_then(|()| self.make_room()),
                (None, _) => Ok(false),
            };
            match again {
                Ok(true) => result = self.try_commit(batch),
                Ok(false) => {}
                Err(error) => result = Err(error),
            }
        }
        match result {
            Ok(placed) => {
                self.inner.publish(self.writer);
                Ok(placed)
            }
            Err(error) => {
                let why = refusal(&error);
                if self.writer.lost.count == 0 {
                    tracing::error!(%error, "records are being lost");
                }
                self.writer.lost.add(batch.len() as u64, why);
                self.inner.count_lost(self.writer.lost.count);
                Err(why)
            }
        }
    }

    fn try_commit(&mut self, batch: &[Work]) -> Result<Vec<Placed>, Error> {
        self.settle()?;
        if batch.is_empty() && self.writer.lost.count == 0 {
            return Ok(Vec::new());
        }
        self.writer.commit(batch, &self.inner.options.clock, &self.inner.squeezer)
    }

    /// Commits a record of the journal's own, alone. Not counted as lost where that fails.
    pub(crate) fn write_own(&mut self, work: &Work) -> Result<(), Error> {
        self.settle()?;
        let squeezer = &self.inner.squeezer;
        self.writer.transact(|writer, head| writer.insert(head, work, squeezer))?;
        self.inner.publish(self.writer);
        Ok(())
    }

    /// Evicts one batch; returns how many rows lost something.
    pub(crate) fn evict(&mut self, batch: &evict::Batch) -> Result<u64, Error> {
        self.settle()?;
        let rows = evict::apply(self.writer, batch, &self.inner.options.clock, &self.inner.squeezer)?;
        self.inner.publish(self.writer);
        Ok(rows)
    }

    /// Stores what is pending, beyond the journal's bound where need be: it was answered for, and a record of an eviction
    /// comes after it in the chain.
    fn settle_beyond(&mut self) -> Result<(), Error> {
        if self.front.pending.is_empty() {
            return Ok(());
        }
        let bound = self.inner.options.database_bytes();
        self.writer.bound(bound.saturating_add(2 * self.inner.options.intake_bytes()))?;
        let settled = self.settle();
        self.writer.bound(bound)?;
        settled
    }

    /// Evicts while somebody waits. `false`: it was not the journal's own bound that was reached, or nothing is left to
    /// evict.
    fn make_room(&mut self) -> Result<bool, Error> {
        let options = &self.inner.options;
        if self.writer.used()? <= options.low_water() {
            return Ok(false);
        }
        // Little: the caller waits, and the background goes on.
        let need = options.database_bytes() / 50;
        let mut gone = 0;
        for batch in evict::plan(&self.inner.own_reader()?, need)? {
            gone += evict::apply(self.writer, &batch, &options.clock, &self.inner.squeezer)?;
        }
        Ok(gone > 0)
    }

    /// Sets a file aside that turned out to be damaged while it was in use, and starts a new chain in its place. What is
    /// pending gets a place in that. Where the new one cannot be started, the next call tries again.
    fn start_over(&mut self, why: Unfit) -> Result<(), Error> {
        let inner = self.inner;
        let mut place = lock(&inner.place);
        let mut reader = lock(&inner.reader);
        *reader = None;
        // Its files go along.
        self.front.intake = None;
        // At another try there may be nothing, or what the last one left half made.
        if !self.front.adrift || place.database.exists() {
            let path = place.set_aside(why)?;
            self.front.adrift = true;
            tracing::error!(path = %path.display(), reason = why.word(), "the journal was set aside; a new chain starts");
        }
        let lost = std::mem::take(&mut self.writer.lost);
        match start_chain(&mut place, &inner.keys, why.reason(), &inner.options.clock, &inner.squeezer, lost.clone()) {
            Ok(new) => {
                *self.writer = new;
                self.front.adrift = false;
                self.front.stuck = None;
                self.writer.bound(inner.options.database_bytes())?;
                *reader = Some(Reader::open(&place.database, Arc::clone(&self.writer.sealer))?);
                let mut head = self.writer.head.clone();
                for (placed, work) in &mut self.front.pending {
                    head = head.then(work.digest);
                    *placed = head.placed();
                }
                if let Err(error) = self.front.take_along(&self.writer.sealer, &inner.options) {
                    tracing::warn!(%error, "what is pending is in the old intake alone until it is stored");
                }
                Ok(())
            }
            Err(error) => {
                self.writer.lost = lost;
                self.front.stuck = Some((Instant::now(), refusal(&error)));
                Err(error)
            }
        }
    }

    fn let_go(self) {
        if self.front.adrift {
            // Nothing is taken in that could not be stored.
            self.front.open = false;
        } else if self.front.pending.is_empty() {
            self.front.head = self.writer.head.clone();
            self.front.sealer = Arc::clone(&self.writer.sealer);
            // What was lost is told before anything else is taken in.
            if self.writer.lost.count == 0 {
                self.front.reopen(&self.inner.options);
            }
        }
    }
}
