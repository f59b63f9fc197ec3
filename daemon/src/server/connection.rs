//! One exchange: a call or a request comes in as frames, an answer goes out as frames.

use super::crowd::Place;
use crate::events::Event;
use crate::facts::Caller;
use crate::line::Line;
use crate::requests::Requests;
use platform::peer::Peer;
use protocol::fallback::Answer;
use protocol::frame::{self, Header, Hello, Kind};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::UCred;
use tokio::sync::Semaphore;

/// The first frame must be there by then.
const FIRST_FRAME: Duration = Duration::from_secs(5);
/// The whole call must be there by then: longer than any hook waits.
const WHOLE_CALL: Duration = Duration::from_secs(30);
/// The answer must be taken by then.
const ANSWER: Duration = Duration::from_secs(10);

/// Payloads over this size are judged outside the async threads, and few at a time.
const LARGE: usize = 256 * 1024;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) line: Arc<Line>,
    pub(super) requests: Arc<Requests>,
    pub(super) large: Semaphore,
}

/// What a connection asks for.
enum Asked {
    Call { caller: Caller, payload: Vec<u8> },
    TooBig { caller: Caller },
    Request { body: Vec<u8> },
}

impl Shared {
    pub(super) async fn serve(self: Arc<Self>, stream: UnixStream, peer: UCred, place: &Place) {
        let health = &self.line.health;
        // A peer outside our view of the process table has no number; it is then nobody's child.
        let pid = peer.pid().and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0);
        let peer = Peer { pid, uid: peer.uid(), gid: peer.gid() };
        let mut stream = BufReader::with_capacity(4096, stream);
        let mut large = None;
        let asked = match tokio::time::timeout(WHOLE_CALL, self.receive(&mut stream, &peer, &mut large)).await {
            Ok(Ok(asked)) => asked,
            // The peer went away: a hook that was killed, a probe. Nothing to answer, nothing to count.
            Ok(Err(frame::Error::Io(_))) => return,
            Ok(Err(error)) => {
                Event::BadFrame { uid: peer.uid, error: &error }.emit(health);
                refuse(&mut stream, &format!("taffraild: {error}")).await;
                return;
            }
            Err(_) => {
                Event::Slow { uid: peer.uid }.emit(health);
                refuse(&mut stream, "taffraild: the call did not arrive in time").await;
                return;
            }
        };
        place.whole();
        let received = std::time::Instant::now();
        let answer = match asked {
            Asked::Call { caller, payload } if payload.len() > LARGE => {
                tokio::task::block_in_place(|| self.line.answer(&caller, &payload))
            }
            Asked::Call { caller, payload } => self.line.answer(&caller, &payload),
            Asked::TooBig { caller } => self.line.too_big(&caller),
            Asked::Request { body } => tokio::task::block_in_place(|| self.requests.answer(&peer, &body)),
        };
        drop(large);
        let bytes = encode(&answer);
        match tokio::time::timeout(ANSWER, stream.write_all(&bytes)).await {
            Ok(Ok(())) => health.answer.record(received.elapsed()),
            // The hook gave up; its record stands.
            Ok(Err(_)) => {}
            Err(_) => Event::Slow { uid: peer.uid }.emit(health),
        }
    }

    async fn receive<'s>(
        &'s self,
        stream: &mut BufReader<UnixStream>,
        peer: &Peer,
        large: &mut Option<tokio::sync::SemaphorePermit<'s>>,
    ) -> Result<Asked, frame::Error> {
        let mut first = Vec::new();
        let kind = match tokio::time::timeout(FIRST_FRAME, read_frame(stream, &mut first, 0)).await {
            Ok(kind) => kind?,
            Err(_) => return Err(frame::Error::Io(std::io::ErrorKind::TimedOut.into())),
        };
        match kind {
            Kind::Hello => {
                let caller = self.line.surroundings.meet(*peer, Hello::decode(&first)?);
                Ok(match self.rest(stream, Vec::new(), large).await? {
                    Some(payload) => Asked::Call { caller, payload },
                    None => Asked::TooBig { caller },
                })
            }
            Kind::Request => match self.rest(stream, first, large).await? {
                Some(body) => Ok(Asked::Request { body }),
                None => Err(frame::Error::Length(u32::MAX)),
            },
            other => Err(frame::Error::Kind(other as u8)),
        }
    }

    /// The data frames up to the end; `None` when there are more than 64 MiB of them. What is too much is still read,
    /// because a hook that is writing does not listen.
    async fn rest<'s>(
        &'s self,
        stream: &mut BufReader<UnixStream>,
        mut body: Vec<u8>,
        large: &mut Option<tokio::sync::SemaphorePermit<'s>>,
    ) -> Result<Option<Vec<u8>>, frame::Error> {
        let mut fits = true;
        loop {
            if !fits {
                body.clear();
            }
            let before = body.len();
            match read_frame(stream, &mut body, before).await? {
                Kind::Data => {}
                Kind::End => return Ok(fits.then_some(body)),
                other => return Err(frame::Error::Kind(other as u8)),
            }
            if body.len() > LARGE && large.is_none() {
                *large = self.large.acquire().await.ok();
            }
            if body.len() > frame::MAX_PAYLOAD {
                fits = false;
                body = Vec::new();
            }
        }
    }
}

/// Reads one frame; its body is put behind the first `keep` bytes of `body`.
async fn read_frame(stream: &mut BufReader<UnixStream>, body: &mut Vec<u8>, keep: usize) -> Result<Kind, frame::Error> {
    let mut header = [0; frame::HEADER];
    stream.read_exact(&mut header).await?;
    let header = Header::decode(header)?;
    body.resize(keep + header.length, 0);
    stream.read_exact(body.get_mut(keep..).unwrap_or_default()).await?;
    Ok(header.kind)
}

/// An answer's frames in one buffer, so that they leave in one write.
fn encode(answer: &Answer) -> Vec<u8> {
    let mut out = Vec::with_capacity(answer.stdout.len() + answer.stderr.len() + 4 * frame::HEADER);
    let mut add = |kind, body: &[u8]| {
        for chunk in body.chunks(frame::MAX_BODY) {
            out.extend_from_slice(&Header { kind, length: chunk.len() }.encode());
            out.extend_from_slice(chunk);
        }
    };
    add(Kind::Stdout, &answer.stdout);
    add(Kind::Stderr, &answer.stderr);
    add(Kind::Exit, &[answer.exit]);
    out
}

async fn refuse(stream: &mut BufReader<UnixStream>, why: &str) {
    let mut out = Header { kind: Kind::Refused, length: why.len() }.encode().to_vec();
    out.extend_from_slice(why.as_bytes());
    // The peer may be gone, or may not read: both are its own affair.
    tokio::time::timeout(Duration::from_secs(1), stream.write_all(&out)).await.ok();
}
