//! From bytes to what lies on disk, and back: compress, then seal.
//!
//! A sealed part is `form (1 byte) ‖ nonce (24) ‖ XChaCha20-Poly1305(bytes) ‖ tag (16)`. The associated data is
//! `"taffrail/part/1" ‖ chain (16) ‖ seq (8, big-endian) ‖ part (1) ‖ form (1)`, so that a part cannot be moved to another
//! row, role or chain.
//!
//! `form` is 0 for bytes as they are, 1 for one zstd frame that names its size, and 2 for such a frame made with
//! `seal/dictionary-1.txt` as its prefix. Most of an envelope is the names of its fields: with them in the dictionary it
//! takes two thirds of the time and half the room. The file is part of the format and never changes; another one would be
//! form 3.

use crate::error::Error;
use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use std::sync::{LazyLock, Mutex, PoisonError};
use uuid::Uuid;
use zeroize::Zeroizing;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// The two byte strings of a record. The number is part of the associated data and of the row id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Envelope = 0,
    Content = 1,
}

impl Part {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::Content => "content",
        }
    }
}

/// The part's number of a whole record in the intake.
const TAKEN: u8 = 2;

const DOMAIN: &[u8; 15] = b"taffrail/part/1";
const NONCE: usize = 24;
const TAG: usize = 16;

/// The largest part, before compression. A call's payload is 64 MiB at most; its JSON form can be twice as long.
pub(crate) const LARGEST: usize = 192 << 20;

/// Speed matters here: every call waits for it. Level -3 takes half the time of level 1, and a seventh more room.
const LEVEL: i32 = -3;

/// Shorter than this it wins a few dozen bytes, and takes as long as for ten times the length: the content of most
/// commands.
const WORTH_COMPRESSING: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain = 0,
    Zstd = 1,
    Dictionary = 2,
}

/// Field names and usual values of records, the most frequent last. As plain content: zstd takes it as what came before.
const DICTIONARY: &[u8] = include_bytes!("seal/dictionary-1.txt");

static ENCODER: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

/// Up to this length the dictionary wins; beyond, a part's own text does.
const SHORT: usize = 16 << 10;

/// A part ready to be sealed.
#[derive(Debug)]
pub(crate) struct Squeezed {
    form: Form,
    bytes: Vec<u8>,
}

impl Squeezed {
    /// Bytes on disk once sealed.
    pub(crate) fn sealed_len(&self) -> usize {
        1 + NONCE + self.bytes.len() + TAG
    }
}

/// Compression contexts, kept and lent out: making one costs more than a typical envelope does.
#[derive(Default)]
pub(crate) struct Squeezer {
    /// With the dictionary, and without.
    compressors: [Mutex<Vec<Compressor<'static>>>; 2],
    decompressors: [Mutex<Vec<Decompressor<'static>>>; 2],
}

/// Idle contexts that are kept; a burst of more callers makes and drops its own.
const KEPT: usize = 2;

impl std::fmt::Debug for Squeezer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Squeezer")
    }
}

impl Squeezer {
    /// Compresses where that helps. Never fails: what cannot be compressed is kept as it is.
    pub(crate) fn squeeze(&self, bytes: &[u8]) -> Squeezed {
        let form = if bytes.len() <= SHORT { Form::Dictionary } else { Form::Zstd };
        match self.compress(bytes, form) {
            Some(frame) => Squeezed { form, bytes: frame },
            None => Squeezed { form: Form::Plain, bytes: bytes.to_vec() },
        }
    }

    fn compress(&self, bytes: &[u8], form: Form) -> Option<Vec<u8>> {
        if bytes.len() < WORTH_COMPRESSING {
            return None;
        }
        let [with, without] = &self.compressors;
        let (pool, make): (_, fn() -> _) = match form {
            Form::Dictionary => (with, || Compressor::with_prepared_dictionary(&ENCODER)),
            _ => (without, || Compressor::new(LEVEL)),
        };
        let mut compressor = take(pool).map_or_else(make, Ok).ok()?;
        // A frame that needs more room than the bytes themselves is not wanted.
        let mut frame = Vec::with_capacity(bytes.len() - 1);
        let done = compressor.compress_to_buffer(bytes, &mut frame);
        give(pool, compressor);
        done.is_ok().then_some(frame)
    }

    fn expand(&self, frame: &[u8], form: Form) -> Option<Vec<u8>> {
        let [with, without] = &self.decompressors;
        let (pool, make): (_, fn() -> _) = match form {
            Form::Dictionary => (with, || Decompressor::with_prepared_dictionary(&DECODER)),
            _ => (without, Decompressor::new),
        };
        let mut decompressor = take(pool).map_or_else(make, Ok).ok()?;
        let bytes = decompressor.decompress(frame, LARGEST).ok();
        give(pool, decompressor);
        bytes
    }
}

fn take<T>(pool: &Mutex<Vec<T>>) -> Option<T> {
    pool.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn give<T>(pool: &Mutex<Vec<T>>, item: T) {
    let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
    if pool.len() < KEPT {
        pool.push(item);
    }
}

/// Seals and opens the parts of one chain, and makes its lookup keys.
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    lookup: Zeroizing<[u8; 32]>,
    chain: Uuid,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({})", self.chain)
    }
}

impl Sealer {
    pub(crate) fn new(key: &[u8; 32], chain: Uuid) -> Self {
        let lookup = Sha256::new().chain_update(b"taffrail/lookup/1").chain_update(key).finalize();
        Self { cipher: XChaCha20Poly1305::new(key.into()), lookup: Zeroizing::new(lookup.into()), chain }
    }

    pub(crate) fn chain(&self) -> Uuid {
        self.chain
    }

    pub(crate) fn seal(&self, seq: u64, part: Part, squeezed: &Squeezed) -> Result<Vec<u8>, Error> {
        self.seal_as(seq, part as u8, part.name(), squeezed)
    }

    /// Seals a record on its way to the database.
    pub(crate) fn seal_taken(&self, seq: u64, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
        self.seal_as(seq, TAKEN, "record", &Squeezed { form: Form::Plain, bytes })
    }

    pub(crate) fn open_taken(&self, seq: u64, sealed: &[u8]) -> Option<Vec<u8>> {
        let (&form, rest) = sealed.split_first()?;
        (form == Form::Plain as u8).then(|| self.decrypt(seq, TAKEN, Form::Plain, rest)).flatten()
    }

    fn seal_as(&self, seq: u64, part: u8, name: &'static str, squeezed: &Squeezed) -> Result<Vec<u8>, Error> {
        let Squeezed { form, bytes } = squeezed;
        let mut nonce = XNonce::default();
        getrandom::fill(&mut nonce).map_err(Error::Random)?;
        let mut sealed = Vec::with_capacity(squeezed.sealed_len());
        sealed.push(*form as u8);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(bytes);
        let (_, body) = sealed.split_at_mut(1 + NONCE);
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce, &self.associated(seq, part, *form), body.into())
            .map_err(|_| Error::Seal { seq, part: name })?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens a sealed part. Any changed bit, or a part from another place, is an error.
    pub(crate) fn open(&self, seq: u64, part: Part, sealed: &[u8], squeezer: &Squeezer) -> Result<Vec<u8>, Error> {
        self.try_open(seq, part, sealed, squeezer).ok_or(Error::Seal { seq, part: part.name() })
    }

    fn try_open(&self, seq: u64, part: Part, sealed: &[u8], squeezer: &Squeezer) -> Option<Vec<u8>> {
        let (&form, rest) = sealed.split_first()?;
        let form = match form {
            0 => Form::Plain,
            1 => Form::Zstd,
            2 => Form::Dictionary,
            _ => return None,
        };
        let body = self.decrypt(seq, part as u8, form, rest)?;
        match form {
            Form::Plain => Some(body),
            Form::Zstd | Form::Dictionary => squeezer.expand(&body, form),
        }
    }

    fn decrypt(&self, seq: u64, part: u8, form: Form, rest: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
        let mut body = rest.to_vec();
        self.cipher.decrypt_in_place(nonce.into(), &self.associated(seq, part, form), &mut body).ok()?;
        Some(body)
    }

    fn associated(&self, seq: u64, part: u8, form: Form) -> [u8; 41] {
        let mut out = [0; 41];
        out[..15].copy_from_slice(DOMAIN);
        out[15..31].copy_from_slice(self.chain.as_bytes());
        out[31..39].copy_from_slice(&seq.to_be_bytes());
        out[39] = part;
        out[40] = form as u8;
        out
    }

    /// The lookup key of a session, or of a call within it: 64 bits of a keyed hash, so that the file names no session
    /// and nobody can choose a collision.
    pub(crate) fn lookup(&self, session: &str, call: Option<&str>) -> i64 {
        let mut hash = Sha256::new_with_prefix(self.lookup.as_slice());
        hash.update((session.len() as u64).to_be_bytes());
        hash.update(session.as_bytes());
        if let Some(call) = call {
            hash.update(b"/");
            hash.update(call.as_bytes());
        }
        let digest: [u8; 32] = hash.finalize().into();
        let (first, _) = digest.split_at(8);
        first.iter().fold(0, |number, byte| number << 8 | i64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer() -> Sealer {
        Sealer::new(&[7; 32], Uuid::from_u128(1))
    }

    #[test]
    fn a_part_opens_as_it_was_and_text_gets_smaller() {
        let (sealer, squeezer) = (sealer(), Squeezer::default());
        for bytes in
            [Vec::new(), b"{}".to_vec(), vec![b'a'; 4096], vec![b'b'; 40_000], (0..=255).cycle().take(5000).collect()]
        {
            let squeezed = squeezer.squeeze(&bytes);
            let expected = squeezed.sealed_len();
            let sealed = sealer.seal(3, Part::Content, &squeezed).unwrap();
            assert_eq!(sealed.len(), expected);
            assert_eq!(sealer.open(3, Part::Content, &sealed, &squeezer).unwrap(), bytes);
            assert!(bytes.len() < 4096 || sealed.len() < bytes.len() / 4);
        }
    }

    #[test]
    fn the_dictionary_of_form_2_is_the_one_that_it_always_was() {
        let digest: [u8; 32] = Sha256::digest(DICTIONARY).into();
        assert_eq!(hex::encode(digest), "8c1f9f47324af220c4a0810cca850315bd295da3df89f5c9cb1ba2a7414995bd");
    }

    #[test]
    fn shortest_parts_are_kept_as_they_are_short_ones_use_the_dictionary_and_long_ones_do_not() {
        let squeezer = Squeezer::default();
        let short = br#"{"v":1,"parts":[{"name":"input","salt":"00112233445566778899aabbccddeeff","text":"ls"}]}"#;
        assert_eq!(squeezer.squeeze(short).form, Form::Plain);
        let short = short.repeat(4);
        let squeezed = squeezer.squeeze(&short);
        assert_eq!(squeezed.form, Form::Dictionary);
        assert!(squeezed.bytes.len() < short.len() * 3 / 4, "{}", squeezed.bytes.len());
        assert_eq!(squeezer.squeeze(&short.repeat(1000)).form, Form::Zstd);
    }

    #[test]
    fn random_bytes_are_kept_as_they_are() {
        let mut bytes = vec![0; 1000];
        getrandom::fill(&mut bytes).unwrap();
        let squeezed = Squeezer::default().squeeze(&bytes);
        assert_eq!(squeezed.form, Form::Plain);
        assert_eq!(squeezed.sealed_len(), 1000 + 1 + NONCE + TAG);
    }

    #[test]
    fn every_flipped_bit_of_a_sealed_part_is_found() {
        let (sealer, squeezer) = (sealer(), Squeezer::default());
        let sealed = sealer.seal(3, Part::Envelope, &squeezer.squeeze(&[b'x'; 200])).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(sealer.open(3, Part::Envelope, &changed, &squeezer).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(sealer.open(3, Part::Envelope, &sealed[..length], &squeezer).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn a_part_opens_nowhere_but_in_its_own_place() {
        let (sealer, squeezer) = (sealer(), Squeezer::default());
        let sealed = sealer.seal(3, Part::Envelope, &squeezer.squeeze(b"here")).unwrap();
        assert!(sealer.open(4, Part::Envelope, &sealed, &squeezer).is_err());
        assert!(sealer.open(3, Part::Content, &sealed, &squeezer).is_err());
        assert!(Sealer::new(&[7; 32], Uuid::from_u128(2)).open(3, Part::Envelope, &sealed, &squeezer).is_err());
        assert!(Sealer::new(&[8; 32], Uuid::from_u128(1)).open(3, Part::Envelope, &sealed, &squeezer).is_err());
    }

    #[test]
    fn lookup_keys_tell_session_and_call_apart() {
        let sealer = sealer();
        let keys = [
            sealer.lookup("ab", None),
            sealer.lookup("a", Some("b")),
            sealer.lookup("ab", Some("")),
            sealer.lookup("a/b", None),
            Sealer::new(&[8; 32], Uuid::from_u128(1)).lookup("ab", None),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[at + 1..].contains(key));
        }
        assert_eq!(sealer.lookup("ab", None), Sealer::new(&[7; 32], Uuid::from_u128(9)).lookup("ab", None));
    }
}
