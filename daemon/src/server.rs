//! The hook socket: takes connections, keeps them in bounds, and hands each exchange to the line or to a request.

mod connection;
mod crowd;

use crate::component::{Component, Stop};
use crate::line::Line;
use crate::requests::Requests;
use crowd::Crowd;
use std::pin::Pin;
use std::sync::Arc;
use tokio::net::UnixListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Payloads over 256 KiB are taken two at a time: at most 128 MiB of them are held.
const LARGE_CALLS: usize = 2;

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) listener: UnixListener,
    pub(crate) line: Arc<Line>,
    pub(crate) requests: Arc<Requests>,
}

impl Component for Server {
    fn name(&self) -> &'static str {
        "hook socket"
    }

    fn run(self: Box<Self>, stop: Stop) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> {
        Box::pin(self.serve(stop))
    }
}

impl Server {
    async fn serve(self: Box<Self>, mut stop: Stop) -> anyhow::Result<()> {
        let Self { listener, line, requests } = *self;
        let shared = Arc::new(connection::Shared { line, requests, large: Semaphore::new(LARGE_CALLS) });
        let crowd = Arc::new(Crowd::default());
        let mut tasks = JoinSet::new();
        loop {
            let stream = tokio::select! {
                biased;
                () = stop.wait() => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        // Out of descriptors, or the peer has gone: neither may end the daemon, nor may it spin.
                        tracing::warn!(%error, "a connection was not taken");
                        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                        continue;
                    }
                },
                Some(_) = tasks.join_next(), if !tasks.is_empty() => continue,
            };
            let Ok(peer) = stream.peer_cred() else { continue };
            let Some(place) = crowd.enter(peer.uid(), &shared.line.health) else {
                // Every connection of this account is being judged right now; the hook falls back by itself.
                continue;
            };
            let shared = Arc::clone(&shared);
            let handle = tasks.spawn(async move { shared.serve(stream, peer, &place).await });
            crowd.seat(peer.uid(), handle);
        }
        drop(listener);
        // Calls under way are finished: their reads and writes have deadlines.
        while tasks.join_next().await.is_some() {}
        Ok(())
    }
}
