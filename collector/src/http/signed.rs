//! Who sent a request: what its headers claim, and the proof.

use super::nonces::Seen;
use super::{App, Refused, lock};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use chain::{Digest, PublicKey};
use protocol::wire::{DEVICE, NONCE, REQUEST_DOMAIN, Refusal, SIGNATURE, Signed, TIME, TIME_WINDOW_MS, is_nonce};

/// What a request says of itself, not proved yet.
#[derive(Debug)]
pub(super) struct Claimed {
    pub(super) key: PublicKey,
    pub(super) encoding: String,
    method: String,
    path: String,
    time_ms: u64,
    nonce: String,
    signature: [u8; 64],
}

impl Claimed {
    /// # Errors
    ///
    /// When a header is missing or unreadable, or the time is outside of the window.
    pub(super) fn read(request: &Request, now_ms: u64) -> Result<Self, Refused> {
        let headers = request.headers();
        let unsigned = |name: &str| {
            let text = format!("The header {name} is missing or cannot be read.");
            Refused::new(StatusCode::UNAUTHORIZED, Refusal::Unsigned, text)
        };
        let key = text(headers, DEVICE).and_then(|text| PublicKey::from_hex(text).ok());
        let time = text(headers, TIME).and_then(|text| text.parse().ok());
        let nonce = text(headers, NONCE).filter(|nonce| is_nonce(nonce));
        let signature = text(headers, SIGNATURE).and_then(|text| {
            let mut bytes = [0; 64];
            hex::decode_to_slice(text, &mut bytes).ok().map(|()| bytes)
        });
        let claimed = Self {
            key: key.ok_or_else(|| unsigned(DEVICE))?,
            encoding: text(headers, header::CONTENT_ENCODING.as_str()).unwrap_or("identity").to_owned(),
            method: request.method().as_str().to_owned(),
            path: request.uri().path().to_owned(),
            time_ms: time.ok_or_else(|| unsigned(TIME))?,
            nonce: nonce.ok_or_else(|| unsigned(NONCE))?.to_owned(),
            signature: signature.ok_or_else(|| unsigned(SIGNATURE))?,
        };
        if claimed.time_ms.abs_diff(now_ms) > TIME_WINDOW_MS {
            let text = "The request's time is more than five minutes off.";
            return Err(Refused::new(StatusCode::UNAUTHORIZED, Refusal::Stale, text));
        }
        Ok(claimed)
    }

    /// Holds the signature against the body as it was sent.
    ///
    /// # Errors
    ///
    /// When it does not fit.
    pub(super) fn prove(&self, body: &[u8], app: &App) -> Result<(), Refused> {
        let digest = Digest::of(body).to_hex();
        let signed = Signed {
            method: &self.method,
            path: &self.path,
            collector: app.identity.public(),
            encoding: &self.encoding,
            digest: &digest,
            time_ms: self.time_ms,
            nonce: &self.nonce,
        };
        if self.key.verify(REQUEST_DOMAIN, signed.text().as_bytes(), &self.signature).is_err() {
            let text = "The signature does not fit the request.";
            return Err(Refused::new(StatusCode::UNAUTHORIZED, Refusal::Signature, text));
        }
        Ok(())
    }

    /// Holds the nonce against those of the last minutes. For devices alone that are let in, and after the proof: what
    /// anyone could use up would keep the others out.
    ///
    /// # Errors
    ///
    /// When it was used before, or there are too many.
    pub(super) fn once(&self, app: &App) -> Result<(), Refused> {
        match lock(&app.nonces).note(&self.key, &self.nonce, app.now_ms()) {
            Seen::New => Ok(()),
            Seen::Before => Err(Refused::new(StatusCode::CONFLICT, Refusal::Replayed, "This request was made before.")),
            Seen::Full => Err(Refused::busy("Too many requests in the last minutes.")),
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
