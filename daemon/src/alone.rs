//! One call judged without a daemon: what the hook has run once when nobody answers it.
//!
//! As the user, by the published snapshot of policy, mode and levels, with the same engine, facts and looks as the
//! daemon. It has no keys and no memory: fingerprints are made with a key that is thrown away, and what rules ask of the
//! session is unknown and holds. So it is never milder than the daemon, but where only an earlier stop of the same
//! session would have decided. What happened is left in the user's drop folder before the answer goes out.
//!
//! It ends by itself: within a few seconds, whatever its caller does.

use crate::boot::Installation;
use crate::dropped;
use crate::facts::{Caller, Surroundings};
use crate::state::snapshot::{self, Snapshot};
use crate::state::{Now, Undecided, owners, policy, published_table};
use anyhow::{Context, bail};
use engine::parts::Levels;
use engine::seal::Keys;
use engine::{Engine, World};
use platform::clock::SystemClock;
use platform::files;
use platform::looks::{Limits, Looks};
use platform::names::{Places, SYSTEM};
use platform::peer::Peer;
use policy::{MemoryKey, Policy};
use protocol::facts::{Blind, Look};
use protocol::fallback::{Answer, Situation, Table};
use protocol::frame::{self, FORWARDED, Hello, Kind, MAX_PAYLOAD};
use protocol::record::{Level, Origin};
use protocol::verdict::Mode;
use protocol::{Agent, Content, Envelope, Facts};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;
use uuid::Uuid;

/// Longer than any hook waits. Whoever started this has gone, then.
const LIFE: Duration = Duration::from_secs(6);
/// Parsers are bounded in depth; this holds their deepest case with room to spare, whatever the caller's limits are.
const STACK: usize = 8 << 20;

/// The exit code where there is no answer: not one that an agent takes for a stop.
const NO_ANSWER: u8 = 1;

/// What a call is judged by.
#[derive(Debug)]
struct Alone {
    places: Places,
    table: Table,
    policy: Policy,
    mode: Mode,
    levels: Levels,
    surroundings: Surroundings,
    keys: Keys,
}

/// One call from frames to frames: what the hook speaks. Where there is no answer, that is said instead.
pub(crate) fn framed() -> ExitCode {
    within(LIFE, || {
        let Ok(mut stream) = io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from) else {
            return ExitCode::from(NO_ANSWER);
        };
        let answer = receive(&mut stream).and_then(|(hello, payload)| Alone::load()?.answer(hello, payload.as_deref()));
        match answer.and_then(|answer| Ok(send(&mut stream, &answer)?)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let why = format!("{error:#}");
                let short: String = why.chars().take(1000).collect();
                frame::write(&mut stream, Kind::Refused, short.as_bytes()).ok();
                ExitCode::from(NO_ANSWER)
            }
        }
    })
}

/// The same with the payload on standard input and the agent's answer on standard output: for people, and for programs
/// that speak no frames.
///
/// # Errors
///
/// When the payload cannot be read, or there is nothing to judge by.
pub(crate) fn plainly(agent: String, event: String) -> anyhow::Result<ExitCode> {
    let forwarded = FORWARDED.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var_os(name)?.into_vec())));
    let hello = Hello { agent, event, version: env!("CARGO_PKG_VERSION").to_owned(), environment: forwarded.collect() };
    let mut payload = Vec::new();
    io::stdin().lock().take(MAX_PAYLOAD as u64 + 1).read_to_end(&mut payload).context("read the payload")?;
    let answer = within(LIFE, move || {
        let payload = (payload.len() <= MAX_PAYLOAD).then_some(payload);
        Alone::load()?.answer(hello, payload.as_deref())
    })?;
    io::stdout().write_all(&answer.stdout)?;
    io::stderr().write_all(&answer.stderr)?;
    Ok(ExitCode::from(answer.exit))
}

/// Does the work on a thread with room for it, and ends the process when that takes too long.
fn within<T: Send + 'static>(life: Duration, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, waiting) = mpsc::channel();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || done.send(work()));
    match thread.map(|_| waiting.recv_timeout(life)) {
        Ok(Ok(value)) => value,
        _ =>
        {
            #[expect(clippy::exit, reason = "the thread that hangs cannot be ended, and nobody waits for it")]
            std::process::exit(i32::from(NO_ANSWER))
        }
    }
}

/// A call's first frame, and its payload; `None` where that is longer than a call may be.
fn receive(stream: &mut UnixStream) -> anyhow::Result<(Hello, Option<Vec<u8>>)> {
    let (mut body, mut payload) = (Vec::new(), Some(Vec::new()));
    if frame::read(stream, &mut body)? != Kind::Hello {
        bail!("a call begins with a hello");
    }
    let hello = Hello::decode(&body)?;
    loop {
        match frame::read(stream, &mut body)? {
            Kind::Data => {
                if let Some(payload) = &mut payload {
                    payload.extend_from_slice(&body);
                }
                payload = payload.filter(|payload| payload.len() <= MAX_PAYLOAD);
            }
            Kind::End => return Ok((hello, payload)),
            other => bail!("a {other:?} frame in a call"),
        }
    }
}

fn send(stream: &mut UnixStream, answer: &Answer) -> Result<(), frame::Error> {
    for (kind, bytes) in [(Kind::Stdout, &answer.stdout), (Kind::Stderr, &answer.stderr)] {
        for chunk in bytes.chunks(frame::MAX_BODY) {
            frame::write(stream, kind, chunk)?;
        }
    }
    frame::write(stream, Kind::Exit, &[answer.exit])
}

impl Alone {
    /// What the daemon published last. Anything that is not whole, not the daemon's or not the newest is not used.
    fn load() -> anyhow::Result<Self> {
        let installation = Installation::find(SYSTEM.installed())?;
        let places = &installation.places;
        let table = published_table(places).context("there is no whole fallback table")?;
        let bytes = files::read_owned(&places.snapshot(), snapshot::MAX_BYTES, &owners(places))?;
        let Snapshot { mode, input, output, prompt, rationale, policies } = Snapshot::decode(&bytes, &table.published)?;
        let policy = policy(&policies)?;
        let keys = Keys { device: platform::keys::random()?.0, tenant: None };
        // The drop folder never holds anything unmasked.
        let most = |level: Level| level.min(Level::Redacted);
        let levels =
            Levels { input: most(input), output: most(output), prompt: most(prompt), rationale: most(rationale) };
        let surroundings = Surroundings::new(installation.own_files(), keys.clone());
        Ok(Self { places: installation.places, table, policy, mode, levels, surroundings, keys })
    }

    fn answer(&self, hello: Hello, payload: Option<&[u8]>) -> anyhow::Result<Answer> {
        let agent = Agent::named(&hello.agent).context("no such agent")?;
        let peer = Peer {
            // The hook, which is what an agent started.
            pid: rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get().unsigned_abs()),
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
        };
        let caller = self.surroundings.meet(peer, hello);
        let (envelope, content, answer) = catch_unwind(AssertUnwindSafe(|| self.judge(agent, &caller, payload)))
            .unwrap_or_else(|_| self.instead(agent, &caller, Situation::Away, "the analysis failed"));
        // What cannot be left is lost; the answer stands all the same.
        dropped::leave(&self.places, peer.uid, &envelope, content.as_ref()).ok();
        Ok(answer)
    }

    fn judge(&self, agent: Agent, caller: &Caller, payload: Option<&[u8]>) -> (Envelope, Option<Content>, Answer) {
        let Some(payload) = payload else {
            return self.instead(agent, caller, Situation::TooBig, "the payload is over 64 MiB");
        };
        let engine = Engine::default();
        let call = match engine.decode(agent, &caller.hello.event, payload) {
            Ok(call) => call,
            Err(error) => return self.instead(agent, caller, Situation::Malformed, &error.to_string()),
        };
        let known = self.surroundings.of(caller, &call);
        let key = MemoryKey {
            uid: caller.peer.uid,
            session: call.session.as_deref().map(Arc::from),
            instance: known.instance,
        };
        let witness = engine::Witness { origin: Origin::Fallback, ..known.witness };
        let looks =
            caller.rights.as_ref().map(|rights| Looks::new(rights, self.surroundings.mounts(), Limits::default()));
        let look: &dyn Look = looks.as_ref().map_or(&Blind, |looks| looks);
        let now = Now::of(&SystemClock::new());
        let world = World {
            facts: Facts { base: &known.base, look },
            policy: &self.policy,
            mode: self.mode,
            memory: None,
            key: &key,
            levels: &self.levels,
            keys: &self.keys,
            unheard: None,
            id: now.id,
            at: now.at,
            at_us: now.at_us,
            salts: &mut || *Uuid::new_v4().as_bytes(),
        };
        let outcome = engine.run(&call, witness, world);
        (outcome.envelope, outcome.content, outcome.answer)
    }

    /// A finished answer where no call could be judged.
    fn instead(
        &self,
        agent: Agent,
        caller: &Caller,
        situation: Situation,
        why: &str,
    ) -> (Envelope, Option<Content>, Answer) {
        let event = caller.hello.event.as_str();
        let (uid, mode, policy, origin) = (caller.peer.uid, self.mode, self.policy.label(), Origin::Fallback);
        let envelope =
            Undecided { agent, event, uid, why, mode, policy, origin }.envelope(Now::of(&SystemClock::new()));
        let answer = self.table.find(agent.name(), event, situation).cloned().unwrap_or_default();
        (envelope, None, answer)
    }
}
