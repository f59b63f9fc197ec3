//! The console: what people see of the records, as pages and as JSON under `/api/v1`.
//!
//! Pages are made here, whole, and work without a script; the script of ours brings keys and new rows. Nothing comes from
//! elsewhere, and the content security policy says so. Whoever gets here was let in by [`crate::http::gate`].

mod api;
pub(crate) mod ask;
pub(crate) mod html;
mod pages;
pub(crate) mod sign_in;
mod view;

pub(crate) use api::{api_call, api_calls, api_devices, api_overview, api_sessions, refused};
pub(crate) use pages::{approve, call, devices, forbidden, foreign, live, missing, overview, revoke, step};

use crate::http::{App, lock};
use crate::store::calls::{Calls, Counts, Fate, Filter, Placed, Questions as _};
use crate::store::records::SqliteRecords;
use crate::store::{Branch, Control as _, Device, Error};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use protocol::wire::Standing::{Approved, Pending, Revoked};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;
use view::{Call, DeviceLine, Line};

/// Questions that are answered at one time.
const READERS: usize = 4;
/// A question that has waited so long for its turn is told to come later.
const TURN: Duration = Duration::from_secs(5);
pub(crate) const DAY_MS: u64 = 24 * 60 * 60_000;
/// Rows of a list.
pub(crate) const ROWS: u32 = 100;

/// The records, opened to be read by several at a time.
#[derive(Debug)]
pub(crate) struct Readers {
    free: Mutex<Vec<SqliteRecords>>,
    turns: Semaphore,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    #[error("too many questions at once")]
    Busy,
    #[error("the store does not answer: {0}")]
    Store(#[from] Error),
    #[error("a fault of the collector")]
    Fault,
}

impl Readers {
    /// # Errors
    ///
    /// When the records cannot be opened.
    pub(crate) fn open(open: impl Fn() -> anyhow::Result<SqliteRecords>) -> anyhow::Result<Self> {
        let free: Vec<_> = (0..READERS).map(|_| open()).collect::<anyhow::Result<_>>()?;
        Ok(Self { turns: Semaphore::new(free.len()), free: Mutex::new(free) })
    }

    fn borrow(&self) -> Option<Borrowed<'_>> {
        let records = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Borrowed { readers: self, records: Some(records) })
    }
}

/// One reader, given back also when its question panics.
struct Borrowed<'a> {
    readers: &'a Readers,
    records: Option<SqliteRecords>,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        self.readers.free.lock().unwrap_or_else(PoisonError::into_inner).extend(self.records.take());
    }
}

impl App {
    /// Has a question answered on a thread that may wait for the disk.
    pub(crate) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&SqliteRecords, &Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Unanswered> {
        let turn = tokio::time::timeout(TURN, self.readers.turns.acquire()).await;
        let _turn = turn.map_err(|_| Unanswered::Busy)?.map_err(|_| Unanswered::Fault)?;
        let app = Arc::clone(self);
        let asked = tokio::task::spawn_blocking(move || {
            let reader = app.readers.borrow().ok_or(Unanswered::Fault)?;
            let records = reader.records.as_ref().ok_or(Unanswered::Fault)?;
            question(records, &app).map_err(Unanswered::Store)
        });
        asked.await.map_err(|_| Unanswered::Fault)?
    }

    fn known(&self) -> Result<(HashMap<Uuid, Device>, Vec<Branch>), Error> {
        let control = lock(&self.control);
        let devices = control.devices()?.into_iter().map(|device| (device.id, device)).collect();
        Ok((devices, control.branches()?))
    }

    fn names(&self) -> Result<HashMap<Uuid, Device>, Error> {
        Ok(lock(&self.control).devices()?.into_iter().map(|device| (device.id, device)).collect())
    }
}

/// A page of the list of calls.
#[derive(Debug)]
pub(crate) struct Listed {
    lines: Vec<Line>,
    calls: Calls,
    devices: HashMap<Uuid, Device>,
}

async fn listed(app: &Arc<App>, filter: Filter, most: u32) -> Result<Listed, Unanswered> {
    app.ask(move |records, app| {
        let mut calls = records.calls(&filter, most)?;
        let devices = app.names()?;
        let lines = calls.found.drain(..).map(|found| Line::of(&found, &devices)).collect();
        Ok(Listed { lines, calls, devices })
    })
    .await
}

/// `None`: there is no such record.
async fn told(app: &Arc<App>, place: (Uuid, u32, u64)) -> Result<Option<Call>, Unanswered> {
    app.ask(move |records, app| {
        let (chain, branch, seq) = place;
        let Some(placed): Option<Placed> = records.placed(chain, branch, seq)? else { return Ok(None) };
        let (devices, branches) = app.known()?;
        let device = placed.receipt.and_then(|receipt| devices.get(&receipt.claim.device));
        Ok(Some(Call::of(&placed, place, device, &branches, &app.identity.key())))
    })
    .await
}

async fn all_devices(app: &Arc<App>) -> Result<Vec<DeviceLine>, Unanswered> {
    app.ask(|records, app| {
        let arrivals: HashMap<Uuid, u64> = records.arrivals()?.into_iter().collect();
        let (devices, branches) = app.known()?;
        let mut of: HashMap<Uuid, Vec<Branch>> = HashMap::new();
        for branch in branches {
            of.entry(branch.device).or_default().push(branch);
        }
        let day = app.now_ms().saturating_sub(DAY_MS);
        let none = Vec::new();
        let mut lines: Vec<DeviceLine> = devices
            .values()
            .map(|device| {
                let seen = arrivals.get(&device.id).copied();
                DeviceLine::of(device, of.get(&device.id).unwrap_or(&none), seen, day)
            })
            .collect();
        lines.sort_by(|a, b| (&b.seen, &a.name, a.id).cmp(&(&a.seen, &b.name, b.id)));
        Ok(lines)
    })
    .await
}

/// The figures of the last day.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    devices: u64,
    pending: u64,
    revoked: u64,
    /// Approved, and something of them came within the day.
    reported: u64,
    /// Approved, and nothing did.
    silent: u64,
    forked: u64,
    calls: u64,
    stopped: u64,
    asked: u64,
    would_stop: u64,
    would_ask: u64,
    masked: u64,
    noted: u64,
    /// Of the last seven days, the newest first: how many calls were stopped or asked about, or would have been.
    days: Vec<u64>,
    rules: Vec<(String, u64)>,
}

async fn figures(app: &Arc<App>) -> Result<Figures, Unanswered> {
    let devices = all_devices(app).await?;
    app.ask(move |records, app| {
        let now = app.now_ms();
        let since = now.saturating_sub(DAY_MS);
        let counts: Counts = records.counts(since)?;
        let serious = |counts: &Counts| {
            [Fate::Stopped, Fate::Asked, Fate::WouldStop, Fate::WouldAsk]
                .iter()
                .map(|fate| counts.of(*fate))
                .sum::<u64>()
        };
        let mut days = Vec::new();
        let mut before = 0;
        for day in 1..=7 {
            let upto = serious(&records.counts(now.saturating_sub(day * DAY_MS))?);
            days.push(upto.saturating_sub(before));
            before = upto;
        }
        let count = |fits: &dyn Fn(&DeviceLine) -> bool| devices.iter().filter(|device| fits(device)).count() as u64;
        let standing = |wanted| move |device: &DeviceLine| device.standing == wanted;
        Ok(Figures {
            devices: devices.len() as u64,
            pending: count(&standing(Pending)),
            revoked: count(&standing(Revoked)),
            reported: count(&|device| device.standing == Approved && device.reported),
            silent: count(&|device| device.standing == Approved && !device.reported),
            forked: count(&|device| device.forked),
            calls: counts.all(),
            stopped: counts.of(Fate::Stopped),
            asked: counts.of(Fate::Asked),
            would_stop: counts.of(Fate::WouldStop),
            would_ask: counts.of(Fate::WouldAsk),
            masked: counts.of(Fate::Masked),
            noted: counts.of(Fate::Noted),
            days,
            rules: records.rules(since, 5)?,
        })
    })
    .await
}

/// What the pages are made to look and move by.
const STYLE: &str = include_str!("../console/console.css");
const SCRIPT: &str = include_str!("../console/console.js");
const ICON: &str = include_str!("../console/icon.svg");

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        // The pages name them by version.
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, text).into_response()
}

pub(crate) async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

pub(crate) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

pub(crate) async fn icon() -> Response {
    asset("image/svg+xml", ICON)
}
