//! What a person was not told yet: words of stops whose answers the agent shows to nobody, as in a sub-agent.
//!
//! Kept per user and session until an answer of that session reaches the person; bounded, oldest session out. The records
//! have it all: this is only about when it is said.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

const SESSIONS: usize = 64;
/// Of one session. What does not fit is counted.
const BYTES: usize = 4096;

#[derive(Debug, Default)]
pub(crate) struct Unheard {
    sessions: Mutex<VecDeque<Session>>,
}

#[derive(Debug)]
struct Session {
    uid: u32,
    name: String,
    words: String,
    more: usize,
}

impl Unheard {
    /// Adds to what the person of this session has not been told.
    pub(crate) fn keep(&self, uid: u32, session: &str, words: &str) {
        let mut sessions = self.lock();
        if let Some(known) = sessions.iter_mut().find(|known| known.uid == uid && known.name == session) {
            if known.words.len() + words.len() > BYTES {
                known.more += 1;
            } else {
                known.words.push_str("\n\n");
                known.words.push_str(words);
            }
            return;
        }
        if sessions.len() >= SESSIONS {
            sessions.pop_front();
        }
        sessions.push_back(Session { uid, name: session.to_owned(), words: words.to_owned(), more: 0 });
    }

    /// All of it, for the answer that is about to be given; it is told once.
    pub(crate) fn take(&self, uid: u32, session: &str) -> Option<String> {
        let mut sessions = self.lock();
        let at = sessions.iter().position(|known| known.uid == uid && known.name == session)?;
        let Session { mut words, more, .. } = sessions.remove(at)?;
        if more > 0 {
            // Writing to a string does not fail.
            write!(words, "\n\nAnd {more} more like these.").ok();
        }
        Some(words)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_once_and_to_their_own_session_alone() {
        let unheard = Unheard::default();
        unheard.keep(1000, "a", "one");
        unheard.keep(1000, "a", "two");
        unheard.keep(1001, "a", "another user's");
        assert_eq!(unheard.take(1000, "b"), None);
        assert_eq!(unheard.take(1000, "a").as_deref(), Some("one\n\ntwo"));
        assert_eq!(unheard.take(1000, "a"), None);
        assert_eq!(unheard.take(1001, "a").as_deref(), Some("another user's"));
    }

    #[test]
    fn what_does_not_fit_is_counted_and_the_oldest_session_goes_first() {
        let unheard = Unheard::default();
        let long = "x".repeat(BYTES);
        for words in [&long, "a", "b"] {
            unheard.keep(0, "flood", words);
        }
        assert_eq!(unheard.take(0, "flood"), Some(format!("{long}\n\nAnd 2 more like these.")));
        for number in 0..=SESSIONS {
            unheard.keep(0, &number.to_string(), "x");
        }
        assert_eq!(unheard.take(0, "0"), None);
        assert!(unheard.take(0, "1").is_some());
    }
}
