//! Configuration: which keys there are, which file set each of them, and what is wrong where.
//!
//! Layers, the weaker first; a stronger one wins, key by key:
//!
//! | layer | file | must belong to |
//! |---|---|---|
//! | default | – | – |
//! | user | `$XDG_CONFIG_HOME/taffrail/config.toml` (a user's own daemon only) | the user or root |
//! | machine | `/etc/taffrail/config.toml` | root |
//! | managed | `/etc/taffrail/managed.d/*.toml`, in the order of their names; on macOS the property list of a profile | root |
//!
//! How the values of several layers go together is each key's [`Binding`].
//! Policy files do not replace one another: those of every layer are judged, each with its layer.
//!
//! A bad key does not take a good one with it, and a bad file never stops a running daemon: what cannot be read keeps its
//! last good value, and a [`Problem`] says so. [`Loader`] remembers good values in a file, so that a restart with a
//! broken file is no way back to the defaults.
//!
//! ```
//! # use taffrail_config as config;
//! use config::{Layer, Loader, Sources};
//! let folder = tempfile::tempdir()?;
//! let machine = folder.path().join("config.toml");
//! platform::files::write_atomic(&machine, b"mode = \"enforce\"\njurnal_max_mb = 64\n", 0o600)?;
//! # let uid = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&machine)?);
//! let sources = Sources { machine, managed: folder.path().join("managed.d"), preferences: None, owner: uid, user: None };
//! let loaded = Loader::new(sources, None).load();
//! assert_eq!(loaded.config.mode, protocol::Mode::Enforce);
//! assert_eq!(loaded.origin("mode").layer, Layer::Machine);
//! assert!(loaded.problems[0].to_string().contains("Did you mean \"journal_max_mb\"?"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod keys;
mod load;
mod problem;

pub use keys::{
    Binding, CaFile, CollectorUrl, Config, Durable, Interval, JournalSize, KEYS, Key, Kind, Layer, Policy, PolicyFiles,
};
pub use load::{Loaded, Loader, Origin, Sources};
pub use problem::Problem;
