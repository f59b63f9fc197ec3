//! A map by bytes with bounds on entries and on bytes; what does not fit pushes out the oldest.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// What an entry costs beside its key, in bytes.
pub(super) trait Weight {
    fn weight(&self) -> usize;
}

/// A cost that every entry has, for the two tables that hold it.
const ENTRY: usize = 64;

#[derive(Debug)]
pub(super) struct Bounded<V> {
    entries: HashMap<Arc<[u8]>, (V, u64)>,
    /// In the order of arrival; a number that is not the entry's is left over from an entry that went or was renewed.
    order: VecDeque<(Arc<[u8]>, u64)>,
    next: u64,
    bytes: usize,
    max_entries: usize,
    max_bytes: usize,
}

impl<V: Weight> Bounded<V> {
    pub(super) fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new(), next: 0, bytes: 0, max_entries, max_bytes }
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<&V> {
        self.entries.get(key).map(|(value, _)| value)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.values().map(|(value, _)| value)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts an entry in, as the newest. Returns how many others went, or 1 when this one is too large to keep.
    pub(super) fn insert(&mut self, key: Box<[u8]>, value: V) -> u64 {
        let cost = cost(&key, &value);
        if cost > self.max_bytes {
            return 1;
        }
        self.remove(&key);
        let key: Arc<[u8]> = key.into();
        let number = self.next;
        self.next += 1;
        self.bytes += cost;
        self.entries.insert(Arc::clone(&key), (value, number));
        self.order.push_back((key, number));
        let mut gone = 0;
        while self.entries.len() > self.max_entries || self.bytes > self.max_bytes {
            let Some((oldest, number)) = self.order.pop_front() else { break };
            if self.entries.get(&oldest).is_some_and(|(_, own)| *own == number) {
                self.remove(&oldest);
                gone += 1;
            }
        }
        if self.order.len() > 2 * self.max_entries {
            let entries = &self.entries;
            self.order.retain(|(key, number)| entries.get(key).is_some_and(|(_, own)| own == number));
        }
        gone
    }

    pub(super) fn remove(&mut self, key: &[u8]) -> Option<V> {
        let (key, (value, _)) = self.entries.remove_entry(key)?;
        self.bytes = self.bytes.saturating_sub(cost(&key, &value));
        Some(value)
    }

    pub(super) fn remove_where(&mut self, mut goes: impl FnMut(&[u8]) -> bool) {
        let bytes = &mut self.bytes;
        self.entries.retain(|key, (value, _)| {
            let stays = !goes(key);
            if !stays {
                *bytes = bytes.saturating_sub(cost(key, value));
            }
            stays
        });
    }
}

fn cost<V: Weight>(key: &[u8], value: &V) -> usize {
    key.len() + value.weight() + ENTRY
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounds_hold_and_the_newest_stays(keys in prop::collection::vec("[a-f]{1,12}", 1..200)) {
            let mut map = Bounded::new(8, 700);
            for (at, key) in keys.iter().enumerate() {
                map.insert(key.as_bytes().into(), i64::try_from(at).unwrap());
                if at % 7 == 3 {
                    map.remove_where(|other| other.first() == Some(&b'a'));
                }
                prop_assert!(map.entries.len() <= 8 && map.bytes <= 700 && map.order.len() <= 17);
                let sum: usize = map.entries.iter().map(|(key, (value, _))| cost(key, value)).sum();
                prop_assert_eq!(sum, map.bytes);
                if at % 7 != 3 {
                    prop_assert!(map.get(key.as_bytes()).is_some());
                }
            }
        }
    }
}
