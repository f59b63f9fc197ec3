//! The two keys of a journal.

use crate::writer::Head;
use chain::{ChainId, Checkpoint, DeviceKey};
use protocol::record::Detail;
use zeroize::Zeroizing;

/// What seals the parts and what signs the checkpoints. Wiped when dropped; prints nothing of itself.
pub struct Keys {
    sealing: Zeroizing<[u8; 32]>,
    signing: DeviceKey,
}

impl Keys {
    /// `sealing`: for XChaCha20-Poly1305. `signing`: the device's Ed25519 secret key.
    pub fn new(sealing: [u8; 32], signing: [u8; 32]) -> Self {
        let signing = Zeroizing::new(signing);
        Self { sealing: Zeroizing::new(sealing), signing: DeviceKey::from_seed(&signing) }
    }

    pub(crate) fn sealing(&self) -> &[u8; 32] {
        &self.sealing
    }

    /// The public half of the device's key, in hex.
    pub fn device_key(&self) -> String {
        self.signing.public().to_hex()
    }

    /// The signature over everything up to `head`, as a record's detail.
    pub(crate) fn sign(&self, head: &Head) -> Detail {
        let checkpoint: Checkpoint = self.signing.checkpoint(ChainId(head.chain.into_bytes()), head.seq, head.hash);
        checkpoint.detail()
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys([redacted])")
    }
}
