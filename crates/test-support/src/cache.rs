//! Where installs and homes of tests lie: `${TAFFRAIL_CACHE:-$HOME/.cache/taffrail}`, never in the clone.

use std::path::PathBuf;

/// The cache folder's variable.
pub const CACHE: &str = "TAFFRAIL_CACHE";
/// The folder with `taffrail` and `taffraild` to test; set by `cargo xtask test`, which has built them.
pub const PROGRAMS: &str = "TAFFRAIL_PROGRAMS";
/// The file that [`crate::parts::used`] writes to.
pub const PARTS: &str = "TAFFRAIL_PARTS";
/// The folder that `tests/real-clients/real-clients install AGENT DIR` filled.
pub const AGENTS: &str = "REAL_CLIENTS_DIR";

/// The cache folder; it need not exist yet.
pub fn folder() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set(CACHE)
        .or_else(|| set("HOME").map(|home| home.join(".cache/taffrail")))
        .unwrap_or_else(|| std::env::temp_dir().join("taffrail-cache"))
}

/// Where real agents are installed.
pub fn agents() -> PathBuf {
    std::env::var_os(AGENTS).map_or_else(|| folder().join("agents"), PathBuf::from)
}
