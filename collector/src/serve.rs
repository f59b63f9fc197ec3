//! `taffrail-collector serve`: the listener, and the thread that writes.

pub(crate) mod connections;

use crate::cli;
use crate::console::Readers;
use crate::counters::Counters;
use crate::http::{App, router};
use crate::identity::Identity;
use crate::ingest::{QUEUE, Writer};
use crate::store::control::SqliteControl;
use crate::store::records::SqliteRecords;
use crate::tls::{Certificate, Files};
use anyhow::{Context, bail, ensure};
use platform::clock::SystemClock;
use platform::files;
use platform::keys::{FileKeys, KeyStore as _};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// The files of a certificate are looked at this often.
const LOOK: Duration = Duration::from_mins(1);

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
        SqliteRecords::open(&self.folder.join(RECORDS)).context("open the records")
    }

    pub(crate) fn records_to_read(&self) -> anyhow::Result<SqliteRecords> {
        SqliteRecords::open_to_read(&self.folder.join(RECORDS)).context("open the records")
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
const RECORDS: &str = "records.db";

/// Runs until it is told to end.
///
/// # Errors
///
/// What keeps it from starting.
pub(crate) async fn run(listen: SocketAddr, data: &Data, tls: Option<Files>) -> anyhow::Result<()> {
    if tls.is_none() && !listen.ip().is_loopback() {
        bail!(
            "{listen} can be reached from other machines: name a certificate with --tls-cert and --tls-key, or listen \
             on a loopback address such as 127.0.0.1:4318."
        );
    }
    let certificate = tls.map(Certificate::load).transpose().context("use the certificate")?.map(Arc::new);
    let _lock = data.lock()?;
    let (identity, counters) = (Arc::new(data.identity()?), Arc::new(Counters::default()));
    let (jobs, waiting) = mpsc::sync_channel(QUEUE);
    let writer = Writer::new(data.control()?, data.records()?, Arc::clone(&identity), Arc::clone(&counters))
        .context("settle what was begun before")?;
    let writing = std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || writer.run(&waiting))
        .context("start the writer")?;
    let readers = Readers::open(|| data.records_to_read())?;
    let app = App::new(Arc::clone(&identity), counters, Box::new(SystemClock::new()), jobs, data.control()?, readers);
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listen on {listen}"))?;
    let address = listener.local_addr().context("find the address")?;
    let scheme = if certificate.is_some() { "https" } else { "http" };
    cli::print(&format!("Listening on {scheme}://{address}"));
    tracing::info!(%address, scheme, key = identity.public(), "at work");

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let told = async {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    };
    let renewing = certificate.clone().map(|certificate| tokio::spawn(renew(certificate)));
    connections::accept(&listener, certificate.as_deref(), &router(Arc::new(app)), told).await;
    if let Some(renewing) = renewing {
        renewing.abort();
    }
    // The router is gone, and the last way to the writer with it.
    tokio::task::spawn_blocking(move || writing.join()).await.ok();
    tracing::info!("ended");
    Ok(())
}

/// Looks whether the certificate's files have changed: now and then, and when told.
async fn renew(certificate: Arc<Certificate>) {
    let Ok(mut told) = signal(SignalKind::hangup()) else { return };
    loop {
        tokio::select! { _ = told.recv() => {}, () = tokio::time::sleep(LOOK) => {} }
        let certificate = Arc::clone(&certificate);
        match tokio::task::spawn_blocking(move || certificate.renew()).await {
            Ok(Ok(true)) => tracing::info!("a new certificate is in use"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => tracing::error!(%error, "the certificate was not renewed; the one before stays in use"),
            Err(error) => tracing::error!(%error, "the certificate could not be looked at"),
        }
    }
}
