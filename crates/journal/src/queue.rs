//! Many callers, one writer: whoever finds the writer free commits what all of them have queued.
//!
//! A writer thread would cost every call two thread switches. Here a lone caller writes its own record and no other
//! thread is involved; under load the callers that wait are committed together by the one that leads, and the lead is
//! then handed to the first that is still waiting. Work is taken in the order in which it came.

use crate::error::NotRecorded;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// One transaction takes at most this many; the rest goes into the next.
const BATCH: usize = 256;

pub(crate) struct Queue<W, R> {
    state: Mutex<State<W, R>>,
}

struct State<W, R> {
    /// First come, first written. Bounded by the number of callers: each waits for its own.
    waiting: Vec<Arc<Slot<W, R>>>,
    /// Somebody leads.
    led: bool,
}

struct Slot<W, R> {
    phase: Mutex<Phase<W, R>>,
    changed: Condvar,
}

enum Phase<W, R> {
    Waiting(W),
    /// Still waiting, and now the one to commit.
    Leading(W),
    Taken,
    Done(Result<R, NotRecorded>),
}

impl<W, R> std::fmt::Debug for Queue<W, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Queue({} waiting)", self.len())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<W, R> Queue<W, R> {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State { waiting: Vec::new(), led: false }) }
    }

    /// Callers that wait for a leader to take their work.
    pub(crate) fn len(&self) -> usize {
        lock(&self.state).waiting.len()
    }

    /// Puts `work` in line and returns what became of it. `commit` is called by the leader with the work of all who
    /// wait, and answers one result each, in order; it is never called by two threads at once.
    pub(crate) fn run(
        &self,
        work: W,
        commit: impl FnOnce(Vec<W>) -> Vec<Result<R, NotRecorded>>,
    ) -> Result<R, NotRecorded> {
        let slot = Arc::new(Slot { phase: Mutex::new(Phase::Waiting(work)), changed: Condvar::new() });
        let leads = {
            let mut state = lock(&self.state);
            state.waiting.push(Arc::clone(&slot));
            !std::mem::replace(&mut state.led, true)
        };
        if !leads {
            let mut phase = lock(&slot.phase);
            loop {
                match &*phase {
                    Phase::Leading(_) => break,
                    Phase::Done(_) => {
                        return match std::mem::replace(&mut *phase, Phase::Taken) {
                            Phase::Done(result) => result,
                            _ => Err(NotRecorded::Failed),
                        };
                    }
                    Phase::Waiting(_) | Phase::Taken => {
                        phase = slot.changed.wait(phase).unwrap_or_else(PoisonError::into_inner);
                    }
                }
            }
        }
        // The one who leads is always the first in line, so its own work is in the batch.
        let batch: Vec<_> = {
            let mut state = lock(&self.state);
            let count = state.waiting.len().min(BATCH);
            state.waiting.drain(..count).collect()
        };
        let mut lead = Lead { queue: self, followers: batch, results: Vec::new() };
        let work = lead.take();
        lead.results = commit(work);
        lead.finish()
    }
}

/// The duty to answer everybody in the batch and to hand on the lead, also when `commit` panics.
struct Lead<'a, W, R> {
    queue: &'a Queue<W, R>,
    /// The leader's own slot is the first.
    followers: Vec<Arc<Slot<W, R>>>,
    results: Vec<Result<R, NotRecorded>>,
}

impl<W, R> Lead<'_, W, R> {
    fn take(&self) -> Vec<W> {
        let mut out = Vec::with_capacity(self.followers.len());
        for slot in &self.followers {
            match std::mem::replace(&mut *lock(&slot.phase), Phase::Taken) {
                Phase::Waiting(work) | Phase::Leading(work) => out.push(work),
                Phase::Taken | Phase::Done(_) => {}
            }
        }
        out
    }

    fn finish(mut self) -> Result<R, NotRecorded> {
        self.answer()
    }

    /// Answers the others, hands on the lead, and returns the leader's own result.
    fn answer(&mut self) -> Result<R, NotRecorded> {
        let mut results = std::mem::take(&mut self.results).into_iter();
        let mut followers = std::mem::take(&mut self.followers).into_iter();
        followers.next();
        let own = results.next().unwrap_or(Err(NotRecorded::Failed));
        self.hand_on();
        for slot in followers {
            *lock(&slot.phase) = Phase::Done(results.next().unwrap_or(Err(NotRecorded::Failed)));
            slot.changed.notify_one();
        }
        own
    }

    fn hand_on(&self) {
        let mut state = lock(&self.queue.state);
        match state.waiting.first() {
            Some(next) => {
                let mut phase = lock(&next.phase);
                *phase = match std::mem::replace(&mut *phase, Phase::Taken) {
                    Phase::Waiting(work) => Phase::Leading(work),
                    other => other,
                };
                next.changed.notify_one();
            }
            None => state.led = false,
        }
    }
}

impl<W, R> Drop for Lead<'_, W, R> {
    fn drop(&mut self) {
        if !self.followers.is_empty() {
            self.results.clear();
            drop(self.answer());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    #[test]
    fn every_caller_gets_its_own_answer_and_no_two_lead_at_once() {
        let queue = Queue::new();
        let (busy, committed) = (AtomicBool::new(false), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8u64 {
                let (queue, busy, committed) = (&queue, &busy, &committed);
                scope.spawn(move || {
                    for turn in 0..500 {
                        let work = thread * 1000 + turn;
                        let answer = queue.run(work, |batch| {
                            assert!(!busy.swap(true, Ordering::SeqCst), "two leaders");
                            let answers = batch.iter().map(|w| Ok(w * 2)).collect();
                            committed.fetch_add(batch.len() as u64, Ordering::SeqCst);
                            busy.store(false, Ordering::SeqCst);
                            answers
                        });
                        assert_eq!(answer, Ok(work * 2));
                    }
                });
            }
        });
        assert_eq!(committed.into_inner(), 4000);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_panic_in_one_commit_fails_its_batch_and_stops_nobody_else() {
        let queue: Queue<u32, u32> = Queue::new();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let queue = &queue;
                scope.spawn(move || {
                    for turn in 0..100 {
                        let outcome = catch_unwind(AssertUnwindSafe(|| {
                            queue.run(turn, |batch| {
                                assert!(!(thread == 0 && turn % 10 == 0), "a commit that panics");
                                batch.into_iter().map(Ok).collect()
                            })
                        }));
                        if let Ok(answer) = outcome {
                            assert!(answer == Ok(turn) || answer == Err(NotRecorded::Failed));
                        }
                    }
                });
            }
        });
        assert_eq!(queue.run(7, |batch| batch.into_iter().map(Ok).collect()), Ok(7));
    }
}
