//! The two keys of a journal.

use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

/// What seals the parts and what signs the checkpoints. Wiped when dropped; prints nothing of itself.
pub struct Keys {
    sealing: Zeroizing<[u8; 32]>,
    signing: SigningKey,
}

impl Keys {
    /// `sealing`: for XChaCha20-Poly1305. `signing`: the device's Ed25519 secret key.
    pub fn new(sealing: [u8; 32], signing: [u8; 32]) -> Self {
        let signing = Zeroizing::new(signing);
        Self { sealing: Zeroizing::new(sealing), signing: SigningKey::from_bytes(&signing) }
    }

    pub(crate) fn sealing(&self) -> &[u8; 32] {
        &self.sealing
    }

    /// The public half of the device's key, in hex.
    pub(crate) fn device_key(&self) -> String {
        hex::encode(self.signing.verifying_key().as_bytes())
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys([redacted])")
    }
}
