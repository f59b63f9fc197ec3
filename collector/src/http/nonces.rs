//! The nonces of the last minutes: a request that was taken once is not taken again.
//!
//! A nonce must be known for as long as its request's time would be accepted. They are kept in two generations of that
//! length; a generation that is full takes no more, and requests are told to come later. After a restart none is known: a
//! request that is repeated then is stored once all the same, since its records are there already.

use chain::PublicKey;
use protocol::wire::TIME_WINDOW_MS;
use std::collections::HashSet;

/// From the earliest moment at which a request's time is accepted to the last.
const GENERATION_MS: u64 = 2 * TIME_WINDOW_MS;
/// 32 bytes each, in two generations: about 10 MB.
const MOST: usize = 1 << 17;

#[derive(Debug, Default)]
pub(super) struct Nonces {
    now: HashSet<[u8; 32]>,
    before: HashSet<[u8; 32]>,
    began_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    New,
    Before,
    /// Too many to remember.
    Full,
}

impl Nonces {
    /// Takes note of a nonce (32 hex characters) of a device.
    pub(super) fn note(&mut self, key: &PublicKey, nonce: &str, now_ms: u64) -> Seen {
        if now_ms.abs_diff(self.began_ms) >= GENERATION_MS {
            self.before = std::mem::take(&mut self.now);
            // After so long a pause what was before is over as well.
            if now_ms.abs_diff(self.began_ms) >= 2 * GENERATION_MS {
                self.before.clear();
            }
            self.began_ms = now_ms;
        }
        let mut name = [0; 32];
        let bytes = hex::decode(nonce).unwrap_or_default();
        for (slot, byte) in name.iter_mut().zip(key.to_bytes().into_iter().take(16).chain(bytes)) {
            *slot = byte;
        }
        if self.now.contains(&name) || self.before.contains(&name) {
            return Seen::Before;
        }
        if self.now.len() >= MOST {
            return Seen::Full;
        }
        self.now.insert(name);
        Seen::New
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chain::DeviceKey;

    fn nonce(number: u32) -> String {
        format!("{number:032x}")
    }

    #[test]
    fn a_nonce_is_new_once_per_device_for_as_long_as_its_request_could_be_taken() {
        let key = |seed| DeviceKey::from_seed(&[seed; 32]).public();
        let mut nonces = Nonces::default();
        let start = 1_000_000_000;
        assert_eq!(nonces.note(&key(1), &nonce(1), start), Seen::New);
        assert_eq!(nonces.note(&key(2), &nonce(1), start), Seen::New);
        for later in [0, 1, TIME_WINDOW_MS, GENERATION_MS - 1, GENERATION_MS, GENERATION_MS + 5] {
            assert_eq!(nonces.note(&key(1), &nonce(1), start + later), Seen::Before, "{later} ms later");
        }
        assert_eq!(nonces.note(&key(1), &nonce(1), start + 10 * GENERATION_MS), Seen::New);
    }

    #[test]
    fn there_is_an_end_to_what_is_remembered() {
        let key = DeviceKey::from_seed(&[1; 32]).public();
        let mut nonces = Nonces::default();
        for number in 0..u32::try_from(MOST).unwrap() {
            assert_eq!(nonces.note(&key, &nonce(number), 5_000_000), Seen::New);
        }
        assert_eq!(nonces.note(&key, &nonce(u32::MAX), 5_000_000), Seen::Full);
        assert_eq!(nonces.note(&key, &nonce(7), 5_000_000), Seen::Before);
    }
}
