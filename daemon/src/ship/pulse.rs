//! Tells the shipper that something was recorded, without waking it for each record.

use super::parcel::RECORDS;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use tokio::sync::Notify;

/// Counts what was recorded since it was last calm. Wakes for the first record, for the first urgent one and when there
/// is enough for a batch.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    count: AtomicUsize,
    urgent: AtomicBool,
    notify: Notify,
}

impl Pulse {
    /// Something was recorded; `urgent`: a stop, or something of the kind.
    pub(crate) fn beat(&self, urgent: bool) {
        let count = self.count.fetch_add(1, SeqCst) + 1;
        let alarm = urgent && !self.urgent.swap(true, SeqCst);
        if count == 1 || count == RECORDS || alarm {
            self.notify.notify_one();
        }
    }

    /// Has the shipper look whether there is another collector to send to.
    pub(crate) fn nudge(&self) {
        self.beat(true);
    }

    /// Comes back after the next beat that wakes, or at once where one came since the last time.
    pub(super) async fn beaten(&self) {
        self.notify.notified().await;
    }

    /// Forgets what was counted: it is being sent.
    pub(super) fn calm(&self) {
        self.urgent.store(false, SeqCst);
        self.count.store(0, SeqCst);
    }

    pub(super) fn count(&self) -> usize {
        self.count.load(SeqCst)
    }

    pub(super) fn is_calm(&self) -> bool {
        self.count() == 0
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.urgent.load(SeqCst)
    }
}
