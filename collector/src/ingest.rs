//! From a batch as it came to rows on the disk, each once.
//!
//! [`Delivery::read`] looks at a batch by itself: every hash is right, every record follows the one before. [`Writer`] is
//! one thread that gives deliveries their place in the store, several at a time, and answers once they are on disk.

mod delivery;
mod place;
#[cfg(test)]
mod tests;

pub(crate) use delivery::{Delivery, Unfit};

use crate::counters::{Counters, add, count};
use crate::http::logs::Held;
use crate::identity::Identity;
use crate::store::{Batch, Claim, Control, Error, Records, sum};
use chain::Digest;
use place::{Place, place};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Deliveries that may wait for the writer; one more is told to come later.
pub(crate) const QUEUE: usize = 128;
/// Deliveries that are written in one go.
const GROUP: usize = 64;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it is on disk.
    Stored {
        seq: u64,
        hash: Digest,
        new: u64,
        forked: bool,
    },
    /// Nothing was taken; this is the last record that is there.
    Gap {
        seq: u64,
        hash: Digest,
    },
    OtherDevice,
    /// It could not be written.
    Failed,
}

/// A delivery on its way to the writer.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) delivery: Delivery,
    pub(crate) received_ms: u64,
    pub(crate) reply: oneshot::Sender<Outcome>,
    /// Given back once it is written.
    pub(crate) place: Option<Held>,
}

/// A reply that waits until its rows are on disk.
struct Written {
    place: Option<Held>,
    reply: oneshot::Sender<Outcome>,
    outcome: Outcome,
}

/// Owns the store for writing.
#[derive(Debug)]
pub(crate) struct Writer<C, R> {
    control: C,
    records: R,
    identity: Arc<Identity>,
    counters: Arc<Counters>,
    /// Claims may be open: the last write failed half-way, or the process before this one ended in it.
    unsettled: bool,
}

impl<C: Control, R: Records> Writer<C, R> {
    /// # Errors
    ///
    /// When what was begun before cannot be settled.
    pub(crate) fn new(control: C, records: R, identity: Arc<Identity>, counters: Arc<Counters>) -> Result<Self, Error> {
        let mut writer = Self { control, records, identity, counters, unsettled: true };
        writer.settle()?;
        Ok(writer)
    }

    /// Runs until nobody can send it anything any more.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                let Ok(job) = jobs.recv() else { return };
                waiting.push_back(job);
            }
            while waiting.len() < GROUP
                && let Ok(job) = jobs.try_recv()
            {
                waiting.push_back(job);
            }
            // One of each chain: what comes second has its place behind the first.
            let mut chains = HashSet::new();
            let (now, later) = waiting.into_iter().partition(|job: &Job| chains.insert(job.delivery.chain));
            waiting = later;
            self.group(now);
        }
    }

    fn group(&mut self, jobs: VecDeque<Job>) {
        let mut written = Vec::new();
        let mut batches = Vec::new();
        let settled = self.settle();
        for job in jobs {
            let placed = settled.as_ref().map_err(drop).and_then(|()| self.placed(job.delivery, job.received_ms));
            match placed {
                Ok((outcome, None)) => answer(job.place, job.reply, outcome),
                Ok((outcome, Some(batch))) => {
                    batches.push(batch);
                    written.push(Written { place: job.place, reply: job.reply, outcome });
                }
                Err(()) => answer(job.place, job.reply, Outcome::Failed),
            }
        }
        if let Err(error) = &settled {
            tracing::error!(%error, "what was begun before cannot be settled");
            count(&self.counters.failures);
        }
        if batches.is_empty() {
            return;
        }
        let done = self.write(&batches);
        if let Err(error) = &done {
            tracing::error!(%error, batches = batches.len(), "batches could not be written");
            count(&self.counters.failures);
        } else {
            add(&self.counters.batches, batches.len() as u64);
            add(&self.counters.records, batches.iter().map(|batch| batch.rows.len() as u64).sum());
        }
        for Written { place, reply, outcome } in written {
            answer(place, reply, if done.is_ok() { outcome } else { Outcome::Failed });
        }
    }

    /// Finds a delivery's place: what will have become of it, and what must be written for that.
    fn placed(&self, delivery: Delivery, received_ms: u64) -> Result<(Outcome, Option<Batch>), ()> {
        let Delivery { chain, device, mut rows } = delivery;
        let found = place(&self.control, &self.records, chain, device, &rows).map_err(|error| {
            tracing::error!(%error, %chain, "the place of a batch cannot be found");
            count(&self.counters.failures);
        })?;
        let Some((seq, hash)) = rows.last().map(|row| (row.seq, row.hash)) else { return Err(()) };
        let (branch, parent, from, forked) = match found {
            Place::OtherDevice => return Ok((Outcome::OtherDevice, None)),
            Place::Gap { seq, hash } => {
                count(&self.counters.gaps);
                return Ok((Outcome::Gap { seq, hash }, None));
            }
            Place::Known { forked } => {
                add(&self.counters.duplicates, rows.len() as u64);
                return Ok((Outcome::Stored { seq, hash, new: 0, forked }, None));
            }
            Place::Next { branch, parent, from, forked } => (branch, parent, from, forked),
        };
        add(&self.counters.duplicates, from as u64);
        let rows = rows.split_off(from);
        let first = rows.first().map_or(seq, |row| row.seq);
        if branch != parent && forked {
            self.tell_fork(chain, device, branch, first);
        }
        let claim = Claim { chain, branch, parent, device, first, last: seq, hash, sum: sum(&rows), received_ms };
        let outcome = Outcome::Stored { seq, hash, new: rows.len() as u64, forked };
        Ok((outcome, Some(Batch { receipt: self.identity.receipt(&claim), claim, rows })))
    }

    fn tell_fork(&self, chain: Uuid, device: Uuid, branch: u32, seq: u64) {
        let known = self.control.chain(chain).is_ok_and(|branches| branches.iter().any(|known| known.number == branch));
        if !known {
            tracing::error!(%chain, %device, seq, "a chain has two histories from here on: a copied key, or a machine that was set back");
            count(&self.counters.forks);
        }
    }

    /// Claim, write, confirm.
    fn write(&mut self, batches: &[Batch]) -> Result<(), Error> {
        let claims: Vec<Claim> = batches.iter().map(|batch| batch.claim).collect();
        self.unsettled = true;
        self.control.claim(&claims)?;
        self.records.append(batches)?;
        self.control.confirm(&claims)?;
        self.unsettled = false;
        Ok(())
    }

    /// Closes claims that were left open: confirmed where the records are there, released where they are not.
    fn settle(&mut self) -> Result<(), Error> {
        if !self.unsettled {
            return Ok(());
        }
        let (mut there, mut absent) = (Vec::new(), Vec::new());
        for claim in self.control.open_claims()? {
            if self.records.holds(&claim.digest())? { there.push(claim) } else { absent.push(claim) }
        }
        self.control.confirm(&there)?;
        self.control.release(&absent)?;
        self.unsettled = false;
        Ok(())
    }
}

/// Gives back the place first: the next batch comes with the answer.
fn answer(place: Option<Held>, reply: oneshot::Sender<Outcome>, outcome: Outcome) {
    drop(place);
    // Whoever asked may have gone; what is stored is stored.
    reply.send(outcome).ok();
}
