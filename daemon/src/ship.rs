//! The shipper: sends the journal on to the collector, and keeps how far it has signed.
//!
//! The journal is the queue. What is sent stays where it is: only an answer that is signed by the key of the collector
//! that this machine is enrolled with moves [`Position`], and it must name the very record that the batch ended with. An
//! answer without that proof, whatever its status, changes nothing and is told.
//!
//! Nothing is sent before it is on this machine's own disk: a record that a power cut takes back must not be known
//! elsewhere. With nothing to send there is no timer; [`pulse::Pulse`] wakes the task.

mod backoff;
mod client;
pub(crate) mod enrolment;
mod parcel;
pub(crate) mod pulse;
#[cfg(test)]
mod tests;

pub(crate) use client::enroll;

use crate::component::{Component, Stop};
use crate::events::Event;
use crate::state::State;
use backoff::Backoff;
use chain::{DeviceKey, Digest};
use client::{Client, Heard, Trouble};
use enrolment::{Enrolment, Position};
use parcel::{Limit, Parcel};
use protocol::wire::{MAX_BODY, Refusal, Says};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// A stop waits no longer than this.
const URGENT: Duration = Duration::from_secs(5);
/// A machine that is not enrolled is looked at again after this time, if anything was recorded.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// The journal signs itself so long after the last record; then there is one record more.
const SIGNED_BY_THEN: Duration = Duration::from_mins(11);

/// Where the shipper stands, for `status`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) url: Option<String>,
    pub(crate) enrolled: bool,
    /// The last record that the collector has signed for, of the journal's present chain.
    pub(crate) acknowledged: u64,
    /// Why nothing goes out, where it does not.
    pub(crate) trouble: Option<String>,
    /// Somebody answers at that address who does not show that it is the collector.
    pub(crate) unproved: bool,
    /// The collector says that there are two histories of this chain.
    pub(crate) forked: bool,
}

pub(crate) struct Shipper {
    pub(crate) state: Arc<State>,
    pub(crate) key: Arc<DeviceKey>,
}

impl Component for Shipper {
    fn name(&self) -> &'static str {
        "shipper"
    }

    fn run(self: Box<Self>, mut stop: Stop) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> {
        Box::pin(async move {
            tokio::select! {
                () = stop.wait() => Ok(()),
                result = self.ship() => result,
            }
        })
    }
}

/// What one round of sending came to.
enum Round {
    /// All of it is with the collector.
    Drained,
    /// Something is in the way: try again after this time.
    Later(Duration),
}

impl Shipper {
    async fn ship(&self) -> anyhow::Result<()> {
        let pulse = &self.state.pulse;
        loop {
            let Some(mut way) = self.way() else {
                pulse.calm();
                pulse.beaten().await;
                if self.way().is_none() {
                    sleep(LOOK_AGAIN).await;
                }
                continue;
            };
            // What was left over from the time before: some of it may be a stop.
            let mut due = Some(Instant::now() + self.interval().min(URGENT));
            loop {
                self.wait(due.take(), &mut way).await;
                pulse.calm();
                if self.way_changed(&way) || self.enrolled_anew(&way) {
                    break;
                }
                match self.round(&mut way).await? {
                    Round::Drained => way.backoff.reset(),
                    Round::Later(pause) => {
                        sleep(pause).await;
                        due = Some(Instant::now());
                    }
                }
                if self.way_changed(&way) {
                    break;
                }
            }
        }
    }

    fn interval(&self) -> Duration {
        self.state.settings().collector_interval
    }

    /// Comes back when it is time to send: at `due`, or when what was recorded has waited long enough.
    async fn wait(&self, due: Option<Instant>, way: &mut Way) {
        let pulse = &self.state.pulse;
        if let Some(due) = due {
            sleep_until(due).await;
            return;
        }
        let (_, last, _) = self.state.journal.last();
        if pulse.is_calm() {
            // The signature over what was sent last comes by itself and tells nobody.
            let unsigned = way.position.seq == last && !way.signature_last;
            let later = async {
                if unsigned {
                    sleep(SIGNED_BY_THEN).await;
                } else {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = pulse.beaten() => {}
                () = later => {
                    // Whether it came or not: nothing more comes by itself.
                    way.signature_last = true;
                    return;
                }
            }
        }
        let first = Instant::now();
        let mut urgent = None;
        loop {
            if pulse.count() >= parcel::RECORDS {
                return;
            }
            if urgent.is_none() && pulse.is_urgent() {
                urgent = Some(Instant::now() + URGENT);
            }
            let at = first + self.interval();
            let at = urgent.map_or(at, |urgent| at.min(urgent));
            tokio::select! {
                () = pulse.beaten() => {}
                () = sleep_until(at) => return,
            }
        }
    }

    /// The collector that is to be sent to; `None` where there is none.
    fn way(&self) -> Option<Way> {
        let settings = self.state.settings();
        // Here and not on a thread of its own, which would cost more memory than these two small files take time.
        let places = &self.state.places;
        let (enrolment, position) = (Enrolment::load(&places.collector()), Position::load(&places.shipped()));
        let mut standing = Standing { url: settings.collector_url.clone(), ..Standing::default() };
        let enrolment = match enrolment {
            Ok(found) => found,
            Err(error) => {
                standing.trouble = Some(format!("the enrolment cannot be read: {error}"));
                None
            }
        };
        // Nobody set an address: that of the enrolment. Set to nothing: nobody is sent to.
        let url = match (&settings.collector_url, &enrolment) {
            (Some(url), _) => Some(url.clone()),
            (None, Some(enrolment)) if !settings.collector_set => Some(enrolment.url.clone()),
            (None, _) => None,
        };
        standing.url.clone_from(&url);
        let way = match (url, enrolment) {
            (Some(url), Some(enrolment)) => match self.client(&url, &enrolment) {
                Ok(client) => {
                    let (chain, ..) = self.state.journal.last();
                    let position = position.filter(|known| known.is_of(chain, &enrolment.collector));
                    let position = position.unwrap_or_else(|| Position::start(chain, &enrolment.collector));
                    standing.enrolled = true;
                    standing.acknowledged = position.seq;
                    Some(Way {
                        url,
                        ca: settings.collector_ca.clone(),
                        enrolment,
                        client,
                        position,
                        limit: Limit::default(),
                        backoff: Backoff::default(),
                        signature_last: false,
                        gaps: 0,
                    })
                }
                Err(error) => {
                    standing.trouble = Some(error.to_string());
                    None
                }
            },
            _ => None,
        };
        self.state.shipping(|known| *known = standing);
        way
    }

    fn client(&self, url: &str, enrolment: &Enrolment) -> Result<Client, Trouble> {
        let ca = self.state.settings().collector_ca.clone().or_else(|| enrolment.ca.clone());
        Client::new(url, ca.as_deref(), &enrolment.collector, Arc::clone(&self.key))
    }

    /// Did somebody name another collector than this, none, or other certificates to trust?
    fn way_changed(&self, way: &Way) -> bool {
        let settings = self.state.settings();
        let url = settings.collector_url.as_deref();
        url.map_or(settings.collector_set, |url| url != way.url) || settings.collector_ca != way.ca
    }

    /// Was this machine enrolled with another collector, or by another name, than this?
    fn enrolled_anew(&self, way: &Way) -> bool {
        let enrolment = Enrolment::load(&self.state.places.collector());
        !enrolment.is_ok_and(|enrolment| enrolment.as_ref() == Some(&way.enrolment))
    }

    /// Sends until all is sent, or something is in the way.
    async fn round(&self, way: &mut Way) -> anyhow::Result<Round> {
        loop {
            let (chain, ..) = self.state.journal.last();
            if chain != way.position.chain {
                // The journal began anew.
                way.position = Position::start(chain, &way.enrolment.collector);
            }
            let (state, position, limit) = (Arc::clone(&self.state), way.position.clone(), way.limit);
            let read = tokio::task::spawn_blocking(move || parcel::read(&state.journal, &position, limit)).await?;
            let parcel = match read {
                Ok(Some(parcel)) => parcel,
                Ok(None) => return Ok(Round::Drained),
                Err(parcel::Error::Position) => {
                    // The collector knows what it has, and shows where the two part.
                    let seq = way.position.seq;
                    tracing::warn!(seq, "the last record that the collector signed for is not the journal's");
                    way.position = Position::start(chain, &way.enrolment.collector);
                    continue;
                }
                Err(error) => {
                    self.trouble(&format!("the journal cannot be read: {error}"));
                    return Ok(Round::Later(way.backoff.next(None)));
                }
            };
            if parcel.body.len() > MAX_BODY {
                if way.limit.lessen(&parcel, "it is larger than any collector takes") {
                    continue;
                }
                self.trouble("a record is larger than any collector takes, also without its content");
                return Ok(Round::Later(way.backoff.next(None)));
            }
            let heard = way.client.post(&parcel.body).await;
            if let Some(round) = self.heard(way, &parcel, heard).await? {
                return Ok(round);
            }
        }
    }

    /// Takes in what the collector said of a parcel. `None`: go on.
    async fn heard(
        &self,
        way: &mut Way,
        parcel: &Parcel,
        heard: Result<Heard, Trouble>,
    ) -> anyhow::Result<Option<Round>> {
        let heard = match heard {
            Ok(heard) => heard,
            Err(trouble) => {
                if let Trouble::Unproved { status } = trouble {
                    self.state.shipping(|known| known.unproved = true);
                    Event::ShipUnproved { url: &way.url, status }.emit(&self.state.health);
                    if status == 413 && way.limit.split(parcel) {
                        return Ok(None);
                    }
                }
                self.trouble(&trouble.to_string());
                return Ok(Some(Round::Later(way.backoff.next(trouble.retry_after()))));
            }
        };
        let Heard { says, retry_after, .. } = &heard;
        match says {
            Says::Stored { chain, seq, hash, forked, .. }
                if (*chain, *seq, hash) == (parcel.chain, parcel.seq, &parcel.hash.to_hex()) =>
            {
                way.position = Position {
                    chain: parcel.chain,
                    seq: parcel.seq,
                    hash: parcel.hash,
                    collector: way.enrolment.collector.clone(),
                    answer: heard.body.clone(),
                    signature: heard.signature.clone(),
                };
                let (position, path) = (way.position.clone(), self.state.places.shipped());
                if let Err(error) = tokio::task::spawn_blocking(move || position.save(&path)).await? {
                    // Sent again after a restart: that is known there.
                    tracing::warn!(%error, "how far the collector has signed could not be kept");
                }
                way.limit.grow();
                way.backoff.reset();
                way.gaps = 0;
                way.signature_last = parcel.ends_signed;
                self.state.health.shipped.fetch_add(parcel.records as u64, Relaxed);
                let (seq, forked) = (parcel.seq, *forked);
                if forked {
                    Event::ShipForked { chain: parcel.chain }.emit(&self.state.health);
                }
                self.state.shipping(|known| {
                    known.acknowledged = seq;
                    known.trouble = None;
                    known.unproved = false;
                    known.forked = forked;
                });
                Ok(None)
            }
            Says::Gap { chain, seq, hash } if *chain == parcel.chain => {
                way.gaps += 1;
                self.rewind(way, *seq, hash);
                if way.gaps > 3 {
                    self.trouble("the collector asks for the same records again and again");
                    return Ok(Some(Round::Later(way.backoff.next(None))));
                }
                Ok(None)
            }
            Says::Refused { why: Refusal::TooLarge | Refusal::Malformed, text } => {
                if way.limit.lessen(parcel, text) {
                    return Ok(None);
                }
                self.trouble(text);
                Ok(Some(Round::Later(way.backoff.next(*retry_after))))
            }
            // The client has taken over the collector's clock.
            Says::Refused { why: Refusal::Stale, .. } if way.client.retimed() => Ok(None),
            Says::Refused { text, .. } => {
                self.trouble(text);
                Ok(Some(Round::Later(way.backoff.next(*retry_after))))
            }
            _ => {
                Event::ShipUnproved { url: &way.url, status: 200 }.emit(&self.state.health);
                self.trouble("the collector signed for something that was not sent");
                Ok(Some(Round::Later(way.backoff.next(None))))
            }
        }
    }

    /// The collector does not have what lies before: back to what it has, if that is ours, or to the beginning.
    fn rewind(&self, way: &mut Way, seq: u64, hash: &str) {
        let known = Digest::from_hex(hash).ok().filter(|hash| {
            let own = self.state.journal.by_seq(seq).ok().flatten();
            own.is_some_and(|own| own.hash == *hash)
        });
        let start = Position::start(way.position.chain, &way.enrolment.collector);
        tracing::warn!(from = way.position.seq, to = seq, "the collector asks for records again");
        way.position = match known {
            Some(hash) if seq < way.position.seq => Position { seq, hash, ..start },
            _ => start,
        };
    }

    fn trouble(&self, text: &str) {
        let news = self.state.shipping(|known| {
            let news = known.trouble.as_deref() != Some(text);
            known.trouble = Some(text.to_owned());
            news
        });
        if news {
            tracing::warn!(reason = text, "records are not going out");
        }
    }
}

/// The way to one collector.
struct Way {
    url: String,
    /// What `collector.ca_file` named.
    ca: Option<PathBuf>,
    enrolment: Enrolment,
    client: Client,
    position: Position,
    limit: Limit,
    backoff: Backoff,
    /// The last record that was sent is the journal's own signature: none comes after it by itself.
    signature_last: bool,
    /// Times that records were asked for again, with nothing taken in between.
    gaps: u32,
}
