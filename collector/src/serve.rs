//! `taffrail-collector serve`: the listener, its connections, and the thread that writes.

use crate::cli;
use crate::counters::Counters;
use crate::http::{App, router};
use crate::identity::Identity;
use crate::ingest::{QUEUE, Writer};
use crate::store::control::SqliteControl;
use crate::store::records::SqliteRecords;
use anyhow::{Context, bail, ensure};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use platform::clock::SystemClock;
use platform::files;
use platform::keys::{FileKeys, KeyStore as _};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Connections at one time; more wait in the system's queue.
const CONNECTIONS: usize = 1024;
/// A request's head, and the pause before the next one, may take so long.
const HEAD: Duration = Duration::from_mins(1);
/// Requests that are under way at the end may take so long.
const ENDING: Duration = Duration::from_secs(10);

/// The files of a collector.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    folder: PathBuf,
}

impl Data {
    /// # Errors
    ///
    /// When the folder is not there and cannot be made, or is another user's.
    pub(crate) fn at(folder: &Path) -> anyhow::Result<Self> {
        files::private_folder(folder).context("open the data folder")?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The folder of a collector that has been at work.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub(crate) fn existing(folder: &Path) -> anyhow::Result<Self> {
        ensure!(folder.join(CONTROL).is_file(), "{} is no data folder of a collector.", folder.display());
        Self::at(folder)
    }

    pub(crate) fn control(&self) -> anyhow::Result<SqliteControl> {
        SqliteControl::open(&self.folder.join(CONTROL)).context("open the control store")
    }

    pub(crate) fn records(&self) -> anyhow::Result<SqliteRecords> {
        SqliteRecords::open(&self.folder.join("records.db")).context("open the records")
    }

    pub(crate) fn identity(&self) -> anyhow::Result<Identity> {
        let store = FileKeys::open(self.folder.join("keys")).context("open the key folder")?;
        Ok(Identity::of(&store.get_or_create("collector")?))
    }

    /// Held for as long as this process writes records.
    fn lock(&self) -> anyhow::Result<File> {
        let path = self.folder.join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path).context("open the lock")?;
        if file.try_lock().is_err() {
            bail!("another collector is at work in {}", self.folder.display());
        }
        Ok(file)
    }
}

const CONTROL: &str = "control.db";

/// Runs until it is told to end.
///
/// # Errors
///
/// What keeps it from starting.
pub(crate) async fn run(listen: SocketAddr, data: &Data) -> anyhow::Result<()> {
    if !listen.ip().is_loopback() {
        bail!(
            "{listen} can be reached from other machines, and this version has no TLS yet. Listen on a loopback \
             address such as 127.0.0.1:4318, behind a proxy that has."
        );
    }
    let _lock = data.lock()?;
    let (identity, counters) = (Arc::new(data.identity()?), Arc::new(Counters::default()));
    let (jobs, waiting) = mpsc::sync_channel(QUEUE);
    let writer = Writer::new(data.control()?, data.records()?, Arc::clone(&identity), Arc::clone(&counters))
        .context("settle what was begun before")?;
    let writing = std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || writer.run(&waiting))
        .context("start the writer")?;
    let app = App::new(Arc::clone(&identity), counters, Box::new(SystemClock::new()), jobs, data.control()?);
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listen on {listen}"))?;
    let address = listener.local_addr().context("find the address")?;
    cli::print(&format!("Listening on http://{address}"));
    tracing::info!(%address, key = identity.public(), "at work");

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = async {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    };
    accept(&listener, &router(Arc::new(app)), told).await;
    // The router is gone, and the last way to the writer with it.
    tokio::task::spawn_blocking(move || writing.join()).await.ok();
    tracing::info!("ended");
    Ok(())
}

/// Serves connections until `told` comes back, then lets those under way finish.
async fn accept(listener: &TcpListener, router: &Router, told: impl Future<Output = ()>) {
    let (end, ending) = watch::channel(false);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
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
                Ok((stream, _)) => {
                    let connection = serve(stream, router.clone(), ending.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(place);
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

async fn serve(stream: TcpStream, router: Router, mut ending: watch::Receiver<bool>) {
    stream.set_nodelay(true).ok();
    let service = TowerToHyperService::new(router);
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
