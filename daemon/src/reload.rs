//! Hot reload: watches the folders of the policy and configuration files, and has them read anew when their content has
//! changed. Events are hints: what counts is the content, looked at 100 ms after the last hint and on a slow timer.

use crate::component::{Component, Stop};
use crate::state::State;
use notify::{RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Quiet time after a hint: editors write in several steps.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// Without hints, the files are looked at this often.
const RESCAN: Duration = Duration::from_secs(30);
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
        let paths = self.state.watched();
        // A hint that finds the channel full is one that is already there.
        let (hint, mut hints) = mpsc::channel::<()>(1);
        let watcher = watch(&paths, hint);
        let interval = match &watcher {
            Ok(_) => RESCAN,
            Err(error) => {
                tracing::warn!(%error, "no watch on the policy's folders; looking every two seconds instead");
                POLL
            }
        };
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
                () = tokio::time::sleep(interval) => {}
            }
            let now = contents(&paths);
            if now != seen {
                seen = now;
                self.reload().await?;
            }
        }
    }

    async fn reload(&self) -> anyhow::Result<()> {
        let state = Arc::clone(&self.state);
        Ok(tokio::task::spawn_blocking(move || state.reload()).await?)
    }
}

/// Watches the folder of each path, or the nearest one above that exists.
fn watch(paths: &[PathBuf], hint: mpsc::Sender<()>) -> notify::Result<notify::RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |_| {
        hint.try_send(()).ok();
    })?;
    let folders: BTreeSet<&Path> =
        paths.iter().filter_map(|path| path.ancestors().skip(1).find(|folder| folder.is_dir())).collect();
    for folder in folders {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

/// One number for the content of each file, folders by their files.
fn contents(paths: &[PathBuf]) -> Vec<u64> {
    paths
        .iter()
        .map(|path| {
            let mut hasher = DefaultHasher::new();
            let mut add = |path: &Path| {
                path.hash(&mut hasher);
                platform::files::read(path, crate::state::POLICY_BYTES).ok().hash(&mut hasher);
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
