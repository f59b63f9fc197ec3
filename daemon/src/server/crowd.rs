//! How many connections one account may hold, and which gives way.
//!
//! A hook's connection is complete within milliseconds; one that is not is idle, slow or hostile. So when an account has
//! all its places taken, its oldest connection that has not sent its whole call is closed, and the new one gets in.

use crate::events::Event;
use crate::health::Health;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::AbortHandle;

/// Connections that one account may hold.
const PER_USER: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Crowd(Mutex<HashMap<u32, VecDeque<Seat>>>);

#[derive(Debug)]
struct Seat {
    whole: Arc<AtomicBool>,
    /// Set once the task runs.
    task: Option<AbortHandle>,
}

/// One connection's place; the connection says when its call is whole.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicBool>);

impl Place {
    /// From now on this connection is judged and answered, and no longer gives way.
    pub(super) fn whole(&self) {
        self.0.store(true, Relaxed);
    }
}

impl Crowd {
    /// A place for a new connection of `uid`, or `None` when all are taken by calls under way.
    pub(super) fn enter(&self, uid: u32, health: &Health) -> Option<Place> {
        let mut crowd = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seats = crowd.entry(uid).or_default();
        if seats.len() >= PER_USER {
            seats.retain(|seat| seat.task.as_ref().is_none_or(|task| !task.is_finished()));
        }
        if seats.len() >= PER_USER {
            let at = seats.iter().position(|seat| !seat.whole.load(Relaxed))?;
            if let Some(task) = seats.remove(at).and_then(|seat| seat.task) {
                task.abort();
                Event::CrowdedOut { uid }.emit(health);
            }
        }
        let whole = Arc::new(AtomicBool::new(false));
        seats.push_back(Seat { whole: Arc::clone(&whole), task: None });
        Some(Place(whole))
    }

    /// The task of the place that was given last.
    pub(super) fn seat(&self, uid: u32, task: AbortHandle) {
        let mut crowd = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seat) = crowd.get_mut(&uid).and_then(VecDeque::back_mut) {
            seat.task = Some(task);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_connection_that_is_not_whole_gives_way() {
        let (crowd, health) = (Crowd::default(), Health::default());
        let mut tasks = tokio::task::JoinSet::new();
        let mut places = Vec::new();
        for _ in 0..PER_USER {
            places.push(crowd.enter(1000, &health).unwrap());
            crowd.seat(1000, tasks.spawn(std::future::pending::<()>()));
        }
        places[0].whole();
        assert!(crowd.enter(1000, &health).is_some());
        let ended = tasks.join_next().await.unwrap();
        assert!(ended.unwrap_err().is_cancelled());
        assert_eq!(tasks.len(), PER_USER - 1);
        // Another account has places of its own.
        assert!(crowd.enter(1001, &health).is_some());
    }

    #[tokio::test]
    async fn calls_under_way_never_give_way() {
        let (crowd, health) = (Crowd::default(), Health::default());
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..PER_USER {
            let place = crowd.enter(1000, &health).unwrap();
            crowd.seat(1000, tasks.spawn(std::future::pending::<()>()));
            place.whole();
        }
        assert!(crowd.enter(1000, &health).is_none());
    }
}
