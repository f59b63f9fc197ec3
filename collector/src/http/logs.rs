//! `POST /v1/logs`: one batch of a device.

use super::signed::Claimed;
use super::{App, Refused, body, lock};

use crate::ingest::{Delivery, Job, Outcome, Unfit};
use crate::store::Control as _;
use axum::extract::Request;
use axum::http::StatusCode;
use protocol::wire::otlp;
use protocol::wire::{MAX_BATCH, MAX_BODY, Refusal, Says, Standing};
use std::sync::Arc;
use std::sync::mpsc::TrySendError;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use uuid::Uuid;

/// The writer is given up after this time; what it stores then is a duplicate when it comes again.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bodies of one device that come in at one time. Two: its own, and one that somebody else sends in its name.
const OF_ONE: usize = 2;

pub(super) async fn take(app: &Arc<App>, request: Request) -> Result<(StatusCode, Says), Refused> {
    let claimed = Claimed::read(&request, app.now_ms())?;
    let device = {
        let (app, key) = (Arc::clone(app), claimed.key);
        tokio::task::spawn_blocking(move || lock(&app.control).device(&key)).await??
    };
    let device = device.ok_or_else(unknown)?;
    // Anyone who knows a device's public key comes as far as this: they take the places of that device alone.
    let arriving = Arriving::take(app, device.id)?;
    let room = app.bodies.try_acquire().map_err(|_| Refused::busy("Too many batches at once."))?;
    let bytes = body::read(request.into_body(), MAX_BODY).await?;
    let (delivery, place) = {
        let app = Arc::clone(app);
        tokio::task::spawn_blocking(move || read(&app, &claimed, &bytes)).await??
    };
    drop((arriving, room));
    let chain = delivery.chain;
    let (reply, outcome) = oneshot::channel();
    let job = Job { delivery, received_ms: app.now_ms(), reply, place: Some(place) };
    app.jobs.try_send(job).map_err(|error| match error {
        TrySendError::Full(_) => Refused::busy("Too many batches wait to be written."),
        TrySendError::Disconnected(_) => Refused::busy("The collector is ending."),
    })?;
    match tokio::time::timeout(PATIENCE, outcome).await {
        Ok(Ok(outcome)) => said(chain, outcome),
        Ok(Err(_)) => Err(Refused::busy("The collector is ending.")),
        Err(_) => Err(Refused::busy("The store is slow.")),
    }
}

fn unknown() -> Refused {
    let text = "No device has this key. Enrol it with `taffraild enroll`.";
    Refused::new(StatusCode::UNAUTHORIZED, Refusal::Unknown, text)
}

/// Proves and reads the body. Its place is held until the batch is written, whoever still waits for that.
fn read(app: &Arc<App>, claimed: &Claimed, bytes: &[u8]) -> Result<(Delivery, Held), Refused> {
    claimed.prove(bytes, app)?;
    // Once more: while the body came somebody may have revoked it.
    let device = lock(&app.control).device(&claimed.key)?.ok_or_else(unknown)?;
    // Told to the one who holds the key alone.
    match device.standing {
        Standing::Approved => {}
        Standing::Pending => {
            let text = "This device waits to be approved: `taffrail-collector devices approve`.";
            return Err(Refused::new(StatusCode::FORBIDDEN, Refusal::Pending, text));
        }
        Standing::Revoked => {
            return Err(Refused::new(StatusCode::FORBIDDEN, Refusal::Revoked, "This device was revoked."));
        }
    }
    let turn = Turn::take(app, device.id)?;
    let room = Arc::clone(&app.memory).try_acquire_owned().map_err(|_| Refused::busy("Too many batches at once."))?;
    claimed.once(app)?;
    let batch = body::decompress(bytes, &claimed.encoding, MAX_BATCH)?;
    let delivery = Delivery::read(&batch, device.id, &device.key).map_err(|unfit| match unfit {
        Unfit::Otlp(otlp::Error::TooMany(_)) => {
            Refused::new(StatusCode::PAYLOAD_TOO_LARGE, Refusal::TooLarge, unfit.to_string())
        }
        other => Refused::new(StatusCode::BAD_REQUEST, Refusal::Malformed, other.to_string()),
    })?;
    Ok((delivery, Held { _turn: turn, _room: room }))
}

fn said(chain: Uuid, outcome: Outcome) -> Result<(StatusCode, Says), Refused> {
    match outcome {
        Outcome::Stored { seq, hash, new, forked } => {
            Ok((StatusCode::OK, Says::Stored { chain, seq, hash: hash.to_hex(), new, forked }))
        }
        Outcome::Gap { seq, hash } => Ok((StatusCode::CONFLICT, Says::Gap { chain, seq, hash: hash.to_hex() })),
        Outcome::OtherDevice => {
            let text = "This chain belongs to another device.";
            Err(Refused::new(StatusCode::FORBIDDEN, Refusal::Chain, text))
        }
        Outcome::Failed => Err(Refused::busy("The batch could not be written.")),
    }
}

/// What a batch holds from its proof until it is written.
#[derive(Debug)]
pub(crate) struct Held {
    _turn: Turn,
    _room: OwnedSemaphorePermit,
}

/// A place for a body of this device that nobody has proved yet.
#[derive(Debug)]
struct Arriving {
    app: Arc<App>,
    device: Uuid,
}

impl Arriving {
    fn take(app: &Arc<App>, device: Uuid) -> Result<Self, Refused> {
        let mut arriving = lock(&app.arriving);
        let places = arriving.entry(device).or_default();
        if *places >= OF_ONE {
            let text = "Other batches of this device are arriving.";
            return Err(Refused::new(StatusCode::TOO_MANY_REQUESTS, Refusal::Busy, text));
        }
        *places += 1;
        Ok(Self { app: Arc::clone(app), device })
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let mut arriving = lock(&self.app.arriving);
        if let Some(places) = arriving.get_mut(&self.device) {
            *places -= 1;
            if *places == 0 {
                arriving.remove(&self.device);
            }
        }
    }
}

/// A device's turn: one batch of it at a time.
#[derive(Debug)]
struct Turn {
    app: Arc<App>,
    device: Uuid,
}

impl Turn {
    fn take(app: &Arc<App>, device: Uuid) -> Result<Self, Refused> {
        if lock(&app.busy).insert(device) {
            return Ok(Self { app: Arc::clone(app), device });
        }
        let text = "Another batch of this device is being taken.";
        Err(Refused::new(StatusCode::TOO_MANY_REQUESTS, Refusal::Busy, text))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.app.busy).remove(&self.device);
    }
}
