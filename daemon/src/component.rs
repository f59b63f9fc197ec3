//! The parts of the daemon that run for as long as it does.

use std::pin::Pin;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Something that runs until it is told to stop, and is waited for then.
pub(crate) trait Component: Send {
    /// The name in the log.
    fn name(&self) -> &'static str;

    /// Runs until `stop` says so. An error ends the daemon: the service manager starts it anew.
    fn run(self: Box<Self>, stop: Stop) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;
}

/// The token that is passed down to every task.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Comes back when the daemon is to stop.
    pub(crate) async fn wait(&mut self) {
        // An error means that the supervisor is gone, which is a stop as well.
        self.0.wait_for(|stop| *stop).await.ok();
    }
}

/// Owns every component and waits for all of them.
#[derive(Debug)]
pub(crate) struct Supervisor {
    stop: watch::Sender<bool>,
    tasks: Vec<(&'static str, JoinHandle<anyhow::Result<()>>)>,
}

impl Default for Supervisor {
    fn default() -> Self {
        Self { stop: watch::Sender::new(false), tasks: Vec::new() }
    }
}

impl Supervisor {
    pub(crate) fn token(&self) -> Stop {
        Stop(self.stop.subscribe())
    }

    pub(crate) fn start(&mut self, component: Box<dyn Component>) {
        let name = component.name();
        self.tasks.push((name, tokio::spawn(component.run(self.token()))));
    }

    /// Runs until `until` comes back or a component ends by itself; then stops the rest and waits for it.
    ///
    /// # Errors
    ///
    /// The first error of a component, named.
    pub(crate) async fn run(mut self, until: impl Future<Output = ()>) -> anyhow::Result<()> {
        let mut failed = None;
        {
            let any = std::future::poll_fn(|cx| {
                for (name, task) in &mut self.tasks {
                    if let std::task::Poll::Ready(ended) = Pin::new(task).poll(cx) {
                        return std::task::Poll::Ready((*name, ended));
                    }
                }
                std::task::Poll::Pending
            });
            tokio::select! {
                () = until => {}
                (name, ended) = any => {
                    failed = Some((name, ended));
                }
            }
        }
        self.stop.send_replace(true);
        let ended_already = failed.as_ref().map(|(name, _)| *name);
        let mut result = match failed {
            Some((name, ended)) => outcome(name, ended),
            None => Ok(()),
        };
        for (name, task) in self.tasks {
            if Some(name) != ended_already {
                result = result.and(outcome(name, task.await));
            }
        }
        result
    }
}

fn outcome(name: &'static str, ended: Result<anyhow::Result<()>, tokio::task::JoinError>) -> anyhow::Result<()> {
    match ended {
        Ok(result) => result.map_err(|error| error.context(format!("run the {name}"))),
        Err(error) => Err(anyhow::anyhow!("the {name} panicked: {error}")),
    }
}
