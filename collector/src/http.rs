//! What the collector answers over HTTP. [`routes::routes`] is all of it, with who may call what; [`gate`] sees to that.
//!
//! A request of a device is refused as early as can be told: headers, device and time before the body is read; signature, standing and
//! nonce before it is decompressed; its size at every step. Who has proved nothing uses up nothing that others share, but
//! for a place to send a body to.

pub(crate) mod body;
pub(crate) mod gate;
pub(crate) mod logs;
mod nonces;
mod routes;
mod signed;
#[cfg(test)]
mod tests;

pub(crate) use routes::router;

use crate::console::Readers;
use crate::console::sign_in::Failures;
use crate::counters::{Counters, count};
use crate::identity::{Identity, secret_digest};
use crate::ingest::Job;
use crate::store::control::SqliteControl;
use crate::store::{Applicant, Control as _};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use nonces::Nonces;
use platform::clock::Clock;
use protocol::wire::{Enroll, NONCE, Refusal, SIGNATURE, Says, VERSION, is_nonce};
use signed::Claimed;
use std::collections::{HashMap, HashSet};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Batches that are in memory at one time, decompressed.
const AT_ONCE: usize = 16;
/// Bodies that come in at one time, of at most 4 MiB each.
const ARRIVING: usize = 32;
/// An enrolment is a few hundred bytes.
const ENROLL_BYTES: usize = 16 << 10;
/// Names are for people; longer ones are cut.
const NAME_CHARS: usize = 100;
/// When the collector is busy, come again after so many seconds.
const LATER_S: u64 = 2;

/// What every request may use.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) identity: Arc<Identity>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) jobs: SyncSender<Job>,
    pub(crate) control: Mutex<SqliteControl>,
    /// For people's questions.
    pub(crate) readers: Readers,
    pub(crate) failures: Mutex<Failures>,
    nonces: Mutex<Nonces>,
    /// Devices whose batch is being taken.
    busy: Mutex<HashSet<Uuid>>,
    /// For bodies that nobody has proved yet, compressed; and whose they say they are.
    bodies: Semaphore,
    arriving: Mutex<HashMap<Uuid, usize>>,
    /// For batches that are proved, until they are written.
    memory: Arc<Semaphore>,
}

impl App {
    pub(crate) fn new(
        identity: Arc<Identity>,
        counters: Arc<Counters>,
        clock: Box<dyn Clock>,
        jobs: SyncSender<Job>,
        control: SqliteControl,
        readers: Readers,
    ) -> Self {
        Self {
            identity,
            counters,
            clock,
            jobs,
            control: Mutex::new(control),
            readers,
            failures: Mutex::default(),
            nonces: Mutex::default(),
            busy: Mutex::default(),
            bodies: Semaphore::new(ARRIVING),
            arriving: Mutex::default(),
            memory: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.clock.micros() / 1000
    }

    fn answer(&self, nonce: &str, status: StatusCode, says: Says) -> Response {
        let answer = protocol::wire::Answer { v: VERSION, nonce: nonce.to_owned(), time_ms: self.now_ms(), says };
        let (body, signature) = self.identity.sign(&answer);
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(signature) = HeaderValue::from_str(&signature) {
            headers.insert(SIGNATURE, signature);
        }
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(LATER_S));
        }
        response
    }

    fn refuse(&self, nonce: &str, refused: Refused) -> Response {
        count(&self.counters.refused);
        if matches!(refused.why, Refusal::Unsigned | Refusal::Signature | Refusal::Replayed) {
            count(&self.counters.unproved);
        }
        tracing::debug!(why = ?refused.why, text = refused.text, "a request is refused");
        let says = Says::Refused { why: refused.why, text: refused.text };
        self.answer(nonce, refused.status, says)
    }
}

/// Why a request goes no further.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    why: Refusal,
    text: String,
}

impl Refused {
    fn new(status: StatusCode, why: Refusal, text: impl Into<String>) -> Self {
        Self { status, why, text: text.into() }
    }

    fn busy(text: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Refusal::Busy, text)
    }
}

impl From<crate::store::Error> for Refused {
    fn from(error: crate::store::Error) -> Self {
        tracing::error!(%error, "the store does not answer");
        Self::busy("The store does not answer.")
    }
}

impl From<tokio::task::JoinError> for Refused {
    fn from(error: tokio::task::JoinError) -> Self {
        tracing::error!(%error, "a request could not be worked on: this is a fault of ours");
        Self::busy("A fault of the collector.")
    }
}

/// The nonce that an answer repeats; none where the request has none that can be read.
fn nonce(request: &Request) -> String {
    let nonce = request.headers().get(NONCE).and_then(|value| value.to_str().ok());
    nonce.filter(|nonce| is_nonce(nonce)).unwrap_or_default().to_owned()
}

async fn logs(State(app): State<Arc<App>>, request: Request) -> Response {
    count(&app.counters.requests);
    let nonce = nonce(&request);
    match logs::take(&app, request).await {
        Ok((status, says)) => app.answer(&nonce, status, says),
        Err(refused) => app.refuse(&nonce, refused),
    }
}

async fn enroll(State(app): State<Arc<App>>, request: Request) -> Response {
    count(&app.counters.requests);
    let nonce = nonce(&request);
    match let_in(&app, request).await {
        Ok(says) => {
            count(&app.counters.enrolled);
            app.answer(&nonce, StatusCode::OK, says)
        }
        Err(refused) => app.refuse(&nonce, refused),
    }
}

async fn let_in(app: &Arc<App>, request: Request) -> Result<Says, Refused> {
    let claimed = Claimed::read(&request, app.now_ms())?;
    let bytes = body::read(request.into_body(), ENROLL_BYTES).await?;
    claimed.prove(&bytes, app)?;
    let malformed = |error: serde_json::Error| {
        Refused::new(StatusCode::BAD_REQUEST, Refusal::Malformed, format!("The request cannot be read: {error}."))
    };
    let asked: Enroll = serde_json::from_slice(&bytes).map_err(malformed)?;
    let shown = |text: &str| text.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect::<String>();
    let (name, program) = (shown(&asked.name), shown(&asked.program));
    let applicant = Applicant { key: claimed.key, name, program, secret: secret_digest(&asked.secret) };
    let (app, now) = (Arc::clone(app), app.now_ms());
    let device = tokio::task::spawn_blocking(move || lock(&app.control).enroll(&applicant, now)).await??;
    let Some(device) = device else {
        let text = "The token is not known, used up or over. Make one with `taffrail-collector token`.";
        return Err(Refused::new(StatusCode::FORBIDDEN, Refusal::Token, text));
    };
    tracing::info!(device = %device.id, name = device.name, standing = ?device.standing, "a device enrols");
    Ok(Says::Enrolled { device: device.id, standing: device.standing })
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    let store = {
        let app = Arc::clone(&app);
        tokio::task::spawn_blocking(move || lock(&app.control).chain(Uuid::nil()).is_ok()).await
    };
    if store.is_ok_and(|answers| answers) {
        (StatusCode::OK, "ready\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
    }
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let mut response = Response::new(Body::from(app.counters.text()));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
