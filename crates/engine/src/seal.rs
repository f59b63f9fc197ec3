//! Seal: the one way from raw text to stored text.
//!
//! Every secret and every piece of personal data becomes a chip, `‹github-token·7f3a›`: its type and four characters of
//! a keyed fingerprint. Values that look random (at least 64 bits) use the tenant's key, so that the same secret has the
//! same chip across a company; all others use a key of this device, because a short value could be guessed from a
//! fingerprint that others can compute.

use crate::parts::{ANALYSED, INPUT, Levels, Part, STORED};
use guardrails::content;
use hmac::{Hmac, KeyInit, Mac};
use protocol::facts::Base;
use protocol::record::{Audit, Content, Envelope, Level, Part as StoredPart, PartHead, PlacedFinding};
use protocol::text::lossy;
use protocol::{Effect, EffectRecord, Finding, RawText, SealedText, Text};
use sha2::{Digest, Sha256};

/// Keys of the fingerprints.
#[derive(Clone)]
pub struct Keys {
    pub device: [u8; 32],
    /// Until a device is enrolled there is no tenant, and its own key serves.
    pub tenant: Option<[u8; 32]>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys([redacted])")
    }
}

impl Keys {
    fn mac(&self, random: bool, value: &[u8]) -> [u8; 32] {
        let key = if random { self.tenant.as_ref().unwrap_or(&self.device) } else { &self.device };
        Hmac::<Sha256>::new_from_slice(key)
            .expect("HMAC takes keys of any length")
            .chain_update(value)
            .finalize()
            .into_bytes()
            .into()
    }

    /// A digest of some bytes that only this device can make: `purpose` keeps those of different places apart.
    pub fn keyed(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        let of_purpose = Self { device: self.mac(false, format!("taffrail {purpose}/1").as_bytes()), tenant: None };
        of_purpose.mac(false, bytes)
    }

    /// Four hex characters, the part of a chip that tells one secret from another.
    pub fn fingerprint(&self, finding: &Finding, value: &[u8]) -> String {
        hex::encode(self.mac(finding.random, value).get(..2).unwrap_or_default())
    }
}

/// A call's texts with their findings, and what stands in their place.
#[derive(Debug)]
pub struct Masker<'k> {
    keys: &'k Keys,
    /// Parts in which nothing was found: what an effect has of them verbatim need not be looked at again.
    clean: Vec<&'k RawText>,
    /// Values that were found anywhere in this call, longest first, and their chips: an effect's text is masked by what
    /// its surroundings told, even where the value alone would not be recognised.
    values: Vec<(RawText, String)>,
}

/// Shorter values are not looked for elsewhere: they would hit by chance.
const SEARCHED: usize = 6;

impl<'k> Masker<'k> {
    /// Takes up the findings of all parts, and sets each one's fingerprint.
    fn new<'a>(keys: &'k Keys, parts: impl Iterator<Item = (&'k RawText, &'a mut [Finding])>) -> Self {
        let mut values: Vec<(RawText, String)> = Vec::new();
        let mut clean = Vec::new();
        for (text, findings) in parts {
            if findings.is_empty() && text.len() <= ANALYSED {
                clean.push(text);
            }
            for finding in findings {
                let value = text.bytes().get(finding.start..finding.end).unwrap_or_default();
                finding.fingerprint = Some(keys.fingerprint(finding, value));
                if value.len() >= SEARCHED && content::hides(finding) {
                    values.push((RawText::new(value), chip(keys, finding, value)));
                }
            }
        }
        values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        values.dedup_by(|a, b| a.0 == b.0);
        Self { keys, clean, values }
    }

    /// The masker of one call; `findings` runs beside `parts`.
    pub(crate) fn of(parts: &[Part<'k>], findings: &mut [Vec<Finding>], keys: &'k Keys) -> Self {
        Self::new(keys, parts.iter().zip(findings).map(|(part, found)| (part.text, found.as_mut_slice())))
    }

    /// Masks a part by its own findings.
    fn part(&self, text: &RawText, findings: &[Finding]) -> SealedText {
        let keys = self.keys;
        SealedText::from_masked(content::mask(text.bytes(), findings, &mut |finding, value| chip(keys, finding, value)))
    }

    /// Masks a short text that an effect carries: first the values already found in this call, then what it holds itself.
    pub fn text(&self, text: &RawText) -> SealedText {
        let mut bytes = std::borrow::Cow::Borrowed(text.bytes());
        for (value, chip) in &self.values {
            if let Some(replaced) = replace(&bytes, value.bytes(), chip.as_bytes()) {
                bytes = std::borrow::Cow::Owned(replaced);
            }
        }
        if self.clean.iter().any(|part| holds(part.bytes(), &bytes)) {
            return SealedText::from_masked(lossy(&bytes));
        }
        let findings = content::scan(&bytes, protocol::Direction::Local);
        if findings.is_empty() {
            return SealedText::from_masked(lossy(&bytes));
        }
        self.part(&RawText::new(bytes.into_owned()), &findings)
    }

    pub fn effect(&self, effect: &Effect) -> EffectRecord {
        effect.map_text(|text| self.text(text))
    }
}

/// Does `text` stand in `part`? Where its beginning stands in too many places it may be overlooked.
fn holds(part: &[u8], text: &[u8]) -> bool {
    // A long text is not searched for whole: that reads it more often than a look at what it holds would.
    const BEGINNING: usize = 32;
    const PLACES: usize = 8;
    let Some(beginning) = text.get(..BEGINNING) else { return memchr::memmem::find(part, text).is_some() };
    let mut places = memchr::memmem::find_iter(part, beginning).take(PLACES);
    places.any(|at| part.get(at..).is_some_and(|rest| rest.starts_with(text)))
}

fn chip(keys: &Keys, finding: &Finding, value: &[u8]) -> String {
    format!("‹{}·{}›", finding.name, keys.fingerprint(finding, value))
}

/// `text` with every `from` replaced, or `None` when there is none.
fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let mut hits = memchr::memmem::find_iter(text, from).peekable();
    hits.peek()?;
    let (mut out, mut done) = (Vec::with_capacity(text.len()), 0);
    for at in hits {
        out.extend_from_slice(text.get(done..at).unwrap_or_default());
        out.extend_from_slice(to);
        done = at + from.len();
    }
    out.extend_from_slice(text.get(done..).unwrap_or_default());
    Some(out)
}

/// Masks a text that belongs to no call: a process's path, a line of configuration.
pub fn masked(text: &[u8], keys: &Keys) -> SealedText {
    Masker::new(keys, std::iter::empty()).text(&RawText::new(text))
}

/// What goes into the record of one call.
#[derive(Debug)]
pub struct Sealed {
    pub effects: Vec<EffectRecord>,
    pub findings: Vec<PlacedFinding>,
    pub heads: Vec<PartHead>,
    pub cwd: SealedText,
    pub workspace: Option<SealedText>,
    /// The tool's input as people may see it, whatever is stored of it; empty when it is too long to be shown.
    pub shown: SealedText,
    /// `None` when no part is stored.
    pub content: Option<Content>,
}

/// Seals a call: its effects, its findings and its parts.
///
/// `findings` runs beside `parts`; `salts` gives 16 random bytes for each part that is stored.
pub fn seal(
    parts: &[Part<'_>],
    mut findings: Vec<Vec<Finding>>,
    effects: &[Effect],
    base: &Base,
    levels: &Levels,
    keys: &Keys,
    salts: &mut dyn FnMut() -> [u8; 16],
) -> Sealed {
    let masker = Masker::of(parts, &mut findings, keys);
    let effects = effects.iter().map(|effect| masker.effect(effect)).collect();
    let mut sealed = Sealed {
        effects,
        findings: Vec::new(),
        heads: Vec::new(),
        cwd: masker.text(base.cwd.text()),
        workspace: base.workspace.first().map(|top| masker.text(top.text())),
        shown: SealedText::default(),
        content: None,
    };
    let mut kept = Vec::new();
    for (part, found) in parts.iter().zip(&findings) {
        let level = levels.of(part.name);
        let length = part.text.len() as u64;
        let mut head = PartHead { name: part.name.to_owned(), level, length, digest: None, keyed: None };
        let text = match level {
            Level::Full => Some(SealedText::from_masked(part.text.lossy())),
            Level::Redacted if part.text.len() <= STORED => Some(masker.part(part.text, found)),
            Level::Redacted | Level::Metadata | Level::None => None,
        };
        if part.name == INPUT {
            sealed.shown = match (&text, level) {
                (Some(text), Level::Redacted) => text.clone(),
                _ if part.text.len() <= STORED => masker.part(part.text, found),
                _ => SealedText::default(),
            };
        }
        match (text, level) {
            (Some(text), _) => {
                kept.push(stored(&mut head, text, salts()));
            }
            (None, Level::None) => {}
            (None, _) => {
                head.level = Level::Metadata;
                head.keyed = Some(hex::encode(keys.mac(false, part.text.bytes())));
            }
        }
        sealed.heads.push(head);
    }
    sealed.findings = placed(parts, findings);
    if !kept.is_empty() {
        sealed.content = Some(Content { v: protocol::record::VERSION, parts: kept });
    }
    sealed
}

/// A part as it is stored, with its digest in the envelope.
fn stored(head: &mut PartHead, text: SealedText, salt: [u8; 16]) -> StoredPart {
    let digest = Sha256::new().chain_update(salt).chain_update(text.bytes()).finalize();
    head.digest = Some(hex::encode(digest));
    StoredPart { name: head.name.clone(), salt: hex::encode(salt), text }
}

/// Seals a record anew that was sealed elsewhere, where nobody can know with what care: its texts are masked again, its
/// parts get new salts and digests, and a part without its text loses its digests.
pub fn again(
    envelope: &mut Envelope,
    content: Option<Content>,
    keys: &Keys,
    salts: &mut dyn FnMut() -> [u8; 16],
) -> Option<Content> {
    let text = |text: &mut SealedText| *text = masked(text.bytes(), keys);
    envelope.cwd.iter_mut().chain(envelope.workspace.iter_mut()).for_each(text);
    if let Audit::Present(agent) = &mut envelope.agent {
        agent.ancestry.iter_mut().filter_map(|ancestor| ancestor.executable.as_mut()).for_each(text);
    }
    if let Audit::Present(credentials) = &mut envelope.credential {
        for credential in credentials {
            text(&mut credential.reference);
        }
    }
    for effect in &mut envelope.effects {
        *effect = effect.map_text(|text| masked(text.bytes(), keys));
    }
    for head in &mut envelope.parts {
        (head.digest, head.keyed) = (None, None);
    }
    let mut parts = Vec::new();
    for part in content.into_iter().flat_map(|content| content.parts) {
        // A part that the envelope does not speak of, or a second one, is nobody's.
        let head = envelope.parts.iter_mut().find(|head| head.name == part.name && head.digest.is_none());
        let Some(head) = head else { continue };
        head.level = head.level.min(Level::Redacted);
        parts.push(stored(head, masked(part.text.bytes(), keys), salts()));
    }
    (!parts.is_empty()).then_some(Content { v: protocol::record::VERSION, parts })
}

/// The findings with the parts that hold them.
pub(crate) fn placed(parts: &[Part<'_>], findings: Vec<Vec<Finding>>) -> Vec<PlacedFinding> {
    let place = |part: &Part<'_>, finding| PlacedFinding { part: part.name.to_owned(), finding };
    parts.iter().zip(findings).flat_map(|(part, found)| found.into_iter().map(move |one| place(part, one))).collect()
}
