//! Connections: how many at one time, of whom, and for how long without a word.
//!
//! Whoever says nothing, or says it a byte at a time, holds a place and nothing else, and loses it: the TLS handshake,
//! a request's head and the pause before the next one have deadlines, a body has one of its own. One address has at most
//! a quarter of the places, so that it cannot take all of them; this machine's own addresses are not counted, since a
//! proxy speaks from there for everyone.

use crate::tls::Certificate;
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Connections at one time; more wait in the system's queue.
const CONNECTIONS: usize = 1024;
/// Of one address that is not this machine's.
const OF_ONE: usize = CONNECTIONS / 4;
/// A handshake may take so long.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A request's head, and the pause before the next one, may take so long.
const HEAD: Duration = Duration::from_mins(1);
/// Requests that are under way at the end may take so long.
const ENDING: Duration = Duration::from_secs(10);

/// How a request came: set on each by the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    pub(crate) encrypted: bool,
}

/// Serves connections until `told` comes back, then lets those under way finish.
pub(super) async fn accept(
    listener: &TcpListener,
    certificate: Option<&Certificate>,
    router: &Router,
    told: impl Future<Output = ()>,
) {
    let (end, ending) = watch::channel(false);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let crowd = Arc::new(Crowd::default());
    let mut connections = JoinSet::new();
    tokio::pin!(told);
    loop {
        let accepted = async {
            let place = Arc::clone(&room).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        tokio::select! {
            () = &mut told => break,
            Some(_) = connections.join_next() => {}
            (place, accepted) = accepted => match accepted {
                Ok((stream, from)) => {
                    let Some(counted) = Crowd::join(&crowd, from.ip()) else {
                        tracing::warn!(address = %from.ip(), "an address has too many connections");
                        continue;
                    };
                    let peer = Peer { address: from.ip(), encrypted: certificate.is_some() };
                    let acceptor = certificate.map(Certificate::acceptor);
                    let connection = serve(stream, acceptor, peer, router.clone(), ending.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop((place, counted));
                    });
                }
                Err(error) => {
                    // Too many open files, most likely: what is open ends, and then there is room again.
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
    end.send_replace(true);
    let finish = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(ENDING, finish).await.is_err() {
        tracing::warn!("connections were cut off at the end");
    }
    connections.shutdown().await;
}

async fn serve(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    peer: Peer,
    router: Router,
    ending: watch::Receiver<bool>,
) {
    stream.set_nodelay(true).ok();
    let Some(acceptor) = acceptor else { return speak(stream, peer, router, ending).await };
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => speak(stream, peer, router, ending).await,
        Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
        Err(_) => tracing::debug!("a handshake did not come to its end in time"),
    }
}

async fn speak<S>(stream: S, peer: Peer, router: Router, mut ending: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ending = async {
        ending.wait_for(|end| *end).await.ok();
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = ending => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

/// Connections by address.
#[derive(Debug, Default)]
struct Crowd(Mutex<HashMap<IpAddr, usize>>);

impl Crowd {
    /// `None`: this address has too many.
    fn join(crowd: &Arc<Self>, address: IpAddr) -> Option<Counted> {
        let of = whose(address);
        let mut counts = crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(of).or_default();
        if *count >= OF_ONE && !of.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Counted { crowd: Arc::clone(crowd), of })
    }
}

/// One connection, while it is there.
#[derive(Debug)]
struct Counted {
    crowd: Arc<Crowd>,
    of: IpAddr,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.of);
            }
        }
    }
}

/// One household: an IPv4 address, or the half of an IPv6 address that is given out as a whole.
pub(crate) fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_a_part_of_the_places_and_gives_them_back() {
        let crowd = Arc::new(Crowd::default());
        let join = |text: &str| Crowd::join(&crowd, text.parse().unwrap());
        let held: Vec<Counted> = (0..OF_ONE).map_while(|_| join("2001:db8::1")).collect();
        assert_eq!(held.len(), OF_ONE);
        assert!(join("2001:db8::ffff:2").is_none(), "of the same network");
        assert!(join("2001:db8:0:1::1").is_some() && join("192.0.2.1").is_some());
        drop(held);
        assert!(join("2001:db8::1").is_some());
        assert!(crowd.0.lock().unwrap().is_empty());
        let own: Vec<Counted> = (0..2 * OF_ONE).map_while(|_| join("::ffff:127.0.0.1")).collect();
        assert_eq!(own.len(), 2 * OF_ONE, "a proxy on this machine speaks for everyone");
    }
}
