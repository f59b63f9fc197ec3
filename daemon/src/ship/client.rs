//! Speaks with a collector: signs what is asked, believes what is signed.
//!
//! On the way there nobody reads along: over TLS, or not at all but on this machine. Who is at the other end is shown by
//! the answer's signature, whatever the certificate says; a certificate that does not hold ends the talk before that.

use chain::{CheckpointError, DeviceKey, Digest, PublicKey};
use platform::clock::{Clock as _, SystemClock};
use protocol::wire::{
    ANSWER_DOMAIN, Answer, DEVICE, ENROLL, Enroll, LOGS, NONCE, REQUEST_DOMAIN, Refusal, SIGNATURE, Says, Signed, TIME,
    Token, VERSION,
};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Response, Url};
use rustls::CertificateError;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use thiserror::Error;

const CONNECT: Duration = Duration::from_secs(5);
/// A whole request with its answer.
const WHOLE: Duration = Duration::from_secs(30);
/// A bundle of every public authority is a quarter of this.
const ROOTS_BYTES: u64 = 1 << 20;
/// An answer is a few hundred bytes.
const ANSWER_BYTES: usize = 64 << 10;
/// A collector's clock is taken over so many times before an answer is taken.
const RETIMED: u32 = 2;

#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum Trouble {
    #[error("{0} is no address of a collector")]
    Address(String),
    #[error("{0} is not on this machine: records would travel in the open; use https")]
    Open(String),
    /// The certificates that are trusted beside the system's cannot be used.
    #[error("{}, which collector.ca_file names, {why}", path.display())]
    Roots { path: PathBuf, why: String },
    #[error("the collector's certificate is not accepted: {0}")]
    Certificate(&'static str),
    #[error("the collector's key is none: {0}")]
    Key(#[from] CheckpointError),
    #[error("the collector cannot be reached: {0}")]
    Http(String),
    #[error("no random bytes: {0}")]
    Random(#[from] platform::keys::Error),
    /// Somebody answered who did not show that it is the collector.
    #[error("an answer (status {status}) that the collector did not sign: who is at that address?")]
    Unproved { status: u16 },
    #[error("the collector is busy (status {status})")]
    Busy { status: u16, after: Option<Duration> },
}

impl Trouble {
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { after, .. } => *after,
            _ => None,
        }
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        // The innermost cause says most: refused, timed out.
        let mut innermost: &(dyn std::error::Error + 'static) = &error;
        loop {
            // An I/O error hides the error that it wraps from `source`.
            let wrapped = innermost.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
            let wrapped = wrapped.map(|inner| inner as &(dyn std::error::Error + 'static));
            let Some(source) = wrapped.or_else(|| innermost.source()) else { break };
            innermost = source;
        }
        match innermost.downcast_ref::<rustls::Error>() {
            Some(rustls::Error::InvalidCertificate(why)) => Self::Certificate(refusal(why)),
            Some(rustls::Error::InvalidMessage(_)) => Self::Http("what answers there does not speak TLS".to_owned()),
            _ => Self::Http(innermost.to_string()),
        }
    }
}

/// Why a certificate is not accepted, and what can be done.
fn refusal(why: &CertificateError) -> &'static str {
    match why {
        CertificateError::UnknownIssuer => {
            "this machine does not know who issued it; name the issuer's certificate with --ca or collector.ca_file"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another name than the address has"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired, or this machine's clock is wrong"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet, or this machine's clock is wrong"
        }
        CertificateError::Revoked => "it was revoked",
        CertificateError::BadSignature => "its signature is not its issuer's",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => "it is not for a server",
        _ => "it cannot be checked",
    }
}

/// Certificates that are trusted beside the system's.
fn roots(path: &Path) -> Result<Vec<Certificate>, Trouble> {
    let told = |why: String| Trouble::Roots { path: path.to_owned(), why };
    let bytes = read_roots(path).map_err(|error| told(format!("cannot be read: {error}")))?;
    let found = Certificate::from_pem_bundle(&bytes).unwrap_or_default();
    if found.is_empty() { Err(told("holds no certificate in PEM form".to_owned())) } else { Ok(found) }
}

fn read_roots(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(ROOTS_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A proved answer.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) says: Says,
    pub(crate) retry_after: Option<Duration>,
    /// The answer's exact text, and its signature.
    pub(crate) body: String,
    pub(crate) signature: String,
}

pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    collector: PublicKey,
    key: Arc<DeviceKey>,
    clock: SystemClock,
    /// What the collector's clock is ahead of ours, in milliseconds.
    ahead_ms: AtomicI64,
    retimed: AtomicU32,
}

impl Client {
    /// # Errors
    ///
    /// When the address or the key is none, records would travel in the open, or the roots cannot be read.
    pub(crate) fn new(url: &str, ca: Option<&Path>, collector: &str, key: Arc<DeviceKey>) -> Result<Self, Trouble> {
        let parsed = Url::parse(url).map_err(|_| Trouble::Address(url.to_owned()))?;
        let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let encrypted = match parsed.scheme() {
            "https" => true,
            "http" if here => false,
            "http" => return Err(Trouble::Open(url.to_owned())),
            _ => return Err(Trouble::Address(url.to_owned())),
        };
        // The second time it is there already.
        rustls::crypto::ring::default_provider().install_default().ok();
        // Where nothing is encrypted the system's roots, several hundred kilobytes, stay unread.
        let trust = match (encrypted, ca) {
            (true, Some(path)) => reqwest::Client::builder().tls_certs_merge(roots(path)?),
            (true, None) => reqwest::Client::builder(),
            (false, _) => reqwest::Client::builder().tls_certs_only([]),
        };
        let http = trust
            .https_only(encrypted)
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .user_agent(concat!("taffraild/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            http,
            base: url.trim_end_matches('/').to_owned(),
            collector: PublicKey::from_hex(collector)?,
            key,
            clock: SystemClock::new(),
            ahead_ms: AtomicI64::new(0),
            retimed: AtomicU32::new(0),
        })
    }

    /// Sends a batch.
    ///
    /// # Errors
    ///
    /// When there is no answer, or none that the collector signed.
    pub(crate) async fn post(&self, body: &[u8]) -> Result<Heard, Trouble> {
        let heard = self.send(LOGS, "application/x-protobuf", "zstd", body).await?;
        if !matches!(heard.says, Says::Refused { why: Refusal::Stale, .. }) {
            self.retimed.store(0, Relaxed);
        }
        Ok(heard)
    }

    /// After an answer that says that our time is off: is it worth asking again at once?
    pub(crate) fn retimed(&self) -> bool {
        self.retimed.fetch_add(1, Relaxed) < RETIMED
    }

    async fn send(&self, path: &str, kind: &str, encoding: &str, body: &[u8]) -> Result<Heard, Trouble> {
        let nonce = hex::encode(platform::keys::random()?.0.split_at(16).0);
        let now = self.clock.micros() / 1000;
        let time_ms = now.saturating_add_signed(self.ahead_ms.load(Relaxed));
        let (collector, digest) = (self.collector.to_hex(), Digest::of(body).to_hex());
        let signed =
            Signed { method: "POST", path, collector: &collector, encoding, digest: &digest, time_ms, nonce: &nonce };
        let signature = hex::encode(self.key.sign(REQUEST_DOMAIN, signed.text().as_bytes()));
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .header(CONTENT_TYPE, kind)
            .header(CONTENT_ENCODING, encoding)
            .header(DEVICE, self.key.public().to_hex())
            .header(TIME, time_ms)
            .header(NONCE, &nonce)
            .header(SIGNATURE, signature)
            .body(body.to_vec());
        let heard = self.proved(request.send().await?, &nonce).await?;
        if let Says::Refused { why: Refusal::Stale, .. } = heard.0.says {
            let ahead = i64::try_from(heard.1).unwrap_or_default() - i64::try_from(now).unwrap_or_default();
            self.ahead_ms.store(ahead, Relaxed);
        }
        Ok(heard.0)
    }

    /// What was answered and by what clock, if it was the collector, and to this request.
    async fn proved(&self, mut response: Response, nonce: &str) -> Result<(Heard, u64), Trouble> {
        let status = response.status().as_u16();
        let unproved = || Trouble::Unproved { status };
        let header = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let after = header(RETRY_AFTER.as_str()).and_then(|text| text.parse().ok()).map(Duration::from_secs);
        let signature = header(SIGNATURE);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > ANSWER_BYTES {
                return Err(unproved());
            }
            body.extend_from_slice(&chunk);
        }
        let proof = signature.as_deref().and_then(|text| {
            let mut bytes = [0; 64];
            hex::decode_to_slice(text, &mut bytes).ok()?;
            self.collector.verify(ANSWER_DOMAIN, &body, &bytes).ok()
        });
        let answer = proof.and_then(|()| serde_json::from_slice::<Answer>(&body).ok());
        match answer {
            Some(Answer { v: VERSION, nonce: repeated, time_ms, says }) if repeated == nonce => {
                let (body, signature) = (String::from_utf8_lossy(&body).into_owned(), signature.unwrap_or_default());
                Ok((Heard { says, retry_after: after, body, signature }, time_ms))
            }
            // A proxy before it may say so for it: nothing is believed but that it must be asked again.
            _ if matches!(status, 429 | 502..=504) => Err(Trouble::Busy { status, after }),
            _ => Err(unproved()),
        }
    }
}

/// Enrols this machine: shows the token, proves that it holds its key, and makes sure that it speaks with the collector
/// that made the token.
///
/// # Errors
///
/// When there is no answer, or none that this collector signed.
pub(crate) async fn enroll(
    url: &str,
    ca: Option<&Path>,
    token: &Token,
    key: Arc<DeviceKey>,
    name: String,
) -> Result<Says, Trouble> {
    let client = Client::new(url, ca, &token.collector, key)?;
    let program = env!("CARGO_PKG_VERSION").to_owned();
    let asked = Enroll { v: VERSION, secret: token.secret.clone(), name, program };
    let body = serde_json::to_vec(&asked).unwrap_or_default();
    loop {
        let heard = client.send(ENROLL, "application/json", "identity", &body).await?;
        if !(matches!(heard.says, Says::Refused { why: Refusal::Stale, .. }) && client.retimed()) {
            return Ok(heard.says);
        }
    }
}
