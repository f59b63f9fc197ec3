//! Hot reload: watches the folders of the policy and configuration files, and has them read anew when their content has
//! changed. Events are hints: what counts is the content, looked at 100 ms after the last hint and on a slow timer.

use crate::component::{Component, Stop};
use crate::state::State;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecursiveMode, Watcher as _};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Quiet time after a hint: editors write in several steps.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// Without hints, the files are looked at this often.
const RESCAN: Duration = Duration::from_secs(30);
/// Not watched: every program that starts opens something here, and each time the system would wake us. What is made in
/// them is found by the slow look.
const BUSY: [&str; 2] = ["/", "/etc"];
/// Where no watch can be had (they are counted per user), this often.
const POLL: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Reload {
    pub(crate) state: Arc<State>,
}

impl Component for Reload {
    fn name(&self) -> &'static str {
        "policy watch"
    }

    fn run(self: Box<Self>, stop: Stop) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> {
        Box::pin(self.watch(stop))
    }
}

impl Reload {
    async fn watch(self: Box<Self>, mut stop: Stop) -> anyhow::Result<()> {
        let mut paths = self.state.watched();
        // A hint that finds the channel full is one that is already there.
        let (hint, mut hints) = mpsc::channel::<()>(1);
        let mut watch = Watch::new(hint);
        watch.follow(&paths);
        let mut seen = contents(&paths);
        // What changed between the start and the watch has given no hint.
        self.reload().await?;
        loop {
            tokio::select! {
                () = stop.wait() => return Ok(()),
                Some(()) = hints.recv() => {
                    // Wait until it is quiet, but not for ever.
                    for _ in 0..20 {
                        tokio::time::sleep(DEBOUNCE).await;
                        if hints.try_recv().is_err() { break; }
                    }
                }
                () = tokio::time::sleep(watch.interval()) => {}
            }
            loop {
                watch.follow(&paths);
                let now = contents(&paths);
                if now == seen {
                    break;
                }
                seen = now;
                self.reload().await?;
                // Other files may be named now.
                paths = self.state.watched();
            }
        }
    }

    async fn reload(&self) -> anyhow::Result<()> {
        let state = Arc::clone(&self.state);
        Ok(tokio::task::spawn_blocking(move || state.reload()).await?)
    }
}

/// The folders that are watched.
struct Watch {
    /// `None`: no watch can be had.
    watcher: Option<notify::RecommendedWatcher>,
    folders: BTreeSet<PathBuf>,
}

impl Watch {
    fn new(hint: mpsc::Sender<()>) -> Self {
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Reading is no change: our own look at the files would bring the next one about.
            if !event.is_ok_and(|event| reads(event.kind)) {
                hint.try_send(()).ok();
            }
        });
        let mut watch = Self { watcher: None, folders: BTreeSet::new() };
        match watcher {
            Ok(watcher) => watch.watcher = Some(watcher),
            Err(error) => watch.give_up(&error),
        }
        watch
    }

    /// Watches each folder and the folder of each file, or the nearest one above that exists and is not [`BUSY`].
    fn follow(&mut self, paths: &[PathBuf]) {
        let Some(watcher) = &mut self.watcher else { return };
        let nearest = |path: &PathBuf| path.ancestors().find(|folder| folder.is_dir()).map(Path::to_owned);
        let there: BTreeSet<PathBuf> = paths
            .iter()
            .filter_map(nearest)
            .filter(|folder| !BUSY.iter().any(|busy| folder == Path::new(busy)))
            .collect();
        for gone in self.folders.difference(&there) {
            // The system lets go of a folder that was removed by itself.
            watcher.unwatch(gone).ok();
        }
        let new: Vec<&PathBuf> = there.difference(&self.folders).collect();
        let failed = new.iter().find_map(|folder| watcher.watch(folder, RecursiveMode::NonRecursive).err());
        self.folders = there;
        if let Some(error) = failed {
            self.give_up(&error);
        }
    }

    fn give_up(&mut self, error: &notify::Error) {
        tracing::warn!(%error, "no watch on the policy's folders; looking every two seconds instead");
        self.watcher = None;
    }

    /// So often the files are looked at without a hint.
    fn interval(&self) -> Duration {
        if self.watcher.is_some() { RESCAN } else { POLL }
    }
}

/// Was something merely opened or read?
pub(crate) fn reads(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

/// One number for each file: its content, and whose it is and who may write to it, since that decides whether it counts.
/// Folders by their files; links by what they lead to.
fn contents(paths: &[PathBuf]) -> Vec<u64> {
    paths
        .iter()
        .map(|path| {
            let mut hasher = DefaultHasher::new();
            let mut add = |path: &Path| {
                path.hash(&mut hasher);
                let real = std::fs::canonicalize(path).ok();
                real.hash(&mut hasher);
                let Some(real) = real else { return };
                std::fs::metadata(&real).ok().map(|meta| (meta.uid(), meta.mode())).hash(&mut hasher);
                platform::files::read(&real, crate::state::POLICY_BYTES).ok().hash(&mut hasher);
            };
            match std::fs::read_dir(path) {
                Ok(entries) => {
                    let files: BTreeSet<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
                    for file in &files {
                        add(file);
                    }
                }
                Err(_) => add(path),
            }
            hasher.finish()
        })
        .collect()
}
