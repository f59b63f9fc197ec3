//! Content against what its envelope says of it.

use crate::digest::{Digest, NotHex, fixed};
use protocol::record::{Content, PartHead};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// Content that is not what the envelope says.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ContentError {
    #[error("the content cannot be read")]
    Unreadable,
    #[error("part {0:?} is in the envelope and not in the content")]
    Missing(String),
    #[error("part {0:?} is in the content and not, or not with a digest, in the envelope")]
    Extra(String),
    #[error("part {0:?} has another text or salt than was recorded")]
    Digest(String),
}

/// The digest of a part, as the envelope holds it: `SHA-256(salt ‖ text)`.
///
/// # Errors
///
/// [`NotHex`] when `salt` is not the hex of 16 bytes.
pub fn part_digest(salt: &str, text: &str) -> Result<Digest, NotHex> {
    let salt: [u8; 16] = fixed(salt)?;
    let mut hasher = Sha256::new_with_prefix(salt);
    hasher.update(text.as_bytes());
    Ok(Digest(hasher.finalize().into()))
}

/// Checks each part of `content` (JSON) against its head: same names, same digests, none missing, none more, none twice.
///
/// # Errors
///
/// [`ContentError`]: the first part that differs.
pub fn check_content(heads: &[PartHead], content: &[u8]) -> Result<(), ContentError> {
    let content: Content = serde_json::from_slice(content).map_err(|_| ContentError::Unreadable)?;
    for (at, part) in content.parts.iter().enumerate() {
        let extra = || ContentError::Extra(part.name.clone());
        let head = heads.iter().find(|head| head.name == part.name).ok_or_else(extra)?;
        let expected = head.digest.as_deref().ok_or_else(extra)?;
        if content.parts.iter().take(at).any(|before| before.name == part.name) {
            return Err(extra());
        }
        let digest = part_digest(&part.salt, part.text.as_str());
        if digest.ok() != Digest::from_hex(expected).ok() || Digest::from_hex(expected).is_err() {
            return Err(ContentError::Digest(part.name.clone()));
        }
    }
    let stored = heads.iter().filter(|head| head.digest.is_some());
    match stored.into_iter().find(|head| content.parts.iter().all(|part| part.name != head.name)) {
        Some(head) => Err(ContentError::Missing(head.name.clone())),
        None => Ok(()),
    }
}
