//! The collector's own key: by it devices know whom they speak with, and what was acknowledged.

use crate::store::{Claim, RECEIPT_DOMAIN, Receipt};
use chain::{DeviceKey, Digest, PublicKey};
use platform::keys::{Error, Key};
use protocol::wire::{ANSWER_DOMAIN, Answer};

#[derive(Debug)]
pub(crate) struct Identity {
    key: DeviceKey,
    public: String,
}

impl Identity {
    pub(crate) fn of(seed: &Key) -> Self {
        let key = DeviceKey::from_seed(&seed.0);
        let public = key.public().to_hex();
        Self { key, public }
    }

    /// Hex of the public key.
    pub(crate) fn public(&self) -> &str {
        &self.public
    }

    pub(crate) fn key(&self) -> PublicKey {
        self.key.public()
    }

    /// An answer's body, and the hex of its signature.
    pub(crate) fn sign(&self, answer: &Answer) -> (Vec<u8>, String) {
        let body = serde_json::to_vec(answer).unwrap_or_default();
        let signature = hex::encode(self.key.sign(ANSWER_DOMAIN, &body));
        (body, signature)
    }

    /// The signature that is stored with a batch.
    pub(crate) fn receipt(&self, claim: &Claim) -> [u8; 64] {
        self.key.sign(RECEIPT_DOMAIN, &claim.bytes())
    }
}

/// Is this the collector's signature over that claim?
pub(crate) fn is_receipt(key: &PublicKey, receipt: &Receipt) -> bool {
    key.verify(RECEIPT_DOMAIN, &receipt.claim.bytes(), &receipt.signature).is_ok()
}

/// What is kept of a token's secret.
pub(crate) fn secret_digest(secret: &str) -> Digest {
    Digest::of(secret.as_bytes())
}

/// A secret of 32 random bytes, as a token carries it.
///
/// # Errors
///
/// When the system gives no random bytes.
pub(crate) fn secret() -> Result<String, Error> {
    Ok(hex::encode(platform::keys::random()?.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::wire::{REQUEST_DOMAIN, Signed};
    use serde_json::Value;

    /// Signatures of another implementation, made once.
    #[test]
    fn the_signatures_of_wire_version_1_are_what_they_were() {
        let vector: Value = serde_json::from_str(include_str!("../../tests/compat/wire-1.json")).unwrap();
        let seed =
            |name: &str| -> Key { Key(hex::decode(vector[name].as_str().unwrap()).unwrap().try_into().unwrap()) };
        let identity = Identity::of(&seed("collector_seed"));
        assert_eq!(identity.public(), vector["collector"]);
        for answer in vector["answers"].as_array().unwrap() {
            let text = answer["body"].as_str().unwrap();
            let (body, signature) = identity.sign(&serde_json::from_str(text).unwrap());
            assert_eq!(
                (String::from_utf8(body).unwrap().as_str(), signature.as_str()),
                (text, answer["signature"].as_str().unwrap())
            );
        }
        let device = DeviceKey::from_seed(&seed("device_seed").0);
        let request = &vector["request"];
        let text = |name: &str| request[name].as_str().unwrap();
        let (time_ms, collector) = (request["time_ms"].as_u64().unwrap(), identity.public());
        let signed = Signed {
            method: text("method"),
            path: text("path"),
            collector,
            encoding: text("encoding"),
            digest: text("digest"),
            time_ms,
            nonce: text("nonce"),
        };
        assert_eq!(hex::encode(device.sign(REQUEST_DOMAIN, signed.text().as_bytes())), text("signature"));
    }
}
