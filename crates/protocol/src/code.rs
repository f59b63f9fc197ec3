//! The four characters by which people and agents name a call.

use serde::{Deserialize, Serialize};

/// A short name of a record, such as `7QK4`: made from its id, no two characters alike to the eye.
///
/// 28⁴ is 614,656, so codes repeat in a long log; the newest record with a code is the one that is meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code([u8; 4]);

/// Digits and capitals without 0 1 5 8 B I O S: what remains cannot be misread or misheard as another.
const ALPHABET: &[u8; 28] = b"234679ACDEFGHJKLMNPQRTUVWXYZ";

impl Code {
    /// The code of a record id (`UUIDv7`, 16 bytes): its random part decides.
    pub fn of(id: &[u8; 16]) -> Self {
        let mut number = id[8..].iter().fold(0u64, |acc, b| acc.wrapping_mul(257).wrapping_add(u64::from(*b)));
        let mut out = [0; 4];
        for slot in &mut out {
            let at = usize::try_from(number % ALPHABET.len() as u64).unwrap_or_default();
            *slot = ALPHABET.get(at).copied().unwrap_or(b'2');
            number /= ALPHABET.len() as u64;
        }
        Self(out)
    }

    /// Reads a code as a person types it: any case, spaces around it.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 4] = text.trim().to_ascii_uppercase().into_bytes().try_into().ok()?;
        bytes.iter().all(|b| ALPHABET.contains(b)).then_some(Self(bytes))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("????")
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.as_str().to_owned()
    }
}

impl TryFrom<String> for Code {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a code is four characters of 234679ACDEFGHJKLMNPQRTUVWXYZ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_in_any_case() {
        let code = Code::of(&[7; 16]);
        assert_eq!(Code::parse(&code.as_str().to_lowercase()), Some(code));
        assert_eq!(Code::parse("0O1I"), None);
        assert_eq!(Code::parse("rm -rf"), None);
    }
}
