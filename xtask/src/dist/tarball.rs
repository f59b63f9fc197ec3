//! What a system without a package of its own installs from: the same files, and a script that puts them in their places.

use super::archive::Tar;
use super::deb::read;
use crate::cargo;
use anyhow::Result;
use flate2::Compression;
use test_support::Programs;

/// In the source, in the archive, and its mode.
const FILES: [(&str, &str, u32); 9] = [
    ("packaging/tar/install.sh", "install.sh", 0o755),
    ("packaging/tar/uninstall.sh", "usr/share/taffrail/uninstall.sh", 0o755),
    ("packaging/deb/postinst", "usr/share/taffrail/postinst", 0o755),
    ("packaging/deb/prerm", "usr/share/taffrail/prerm", 0o755),
    ("packaging/deb/postrm", "usr/share/taffrail/postrm", 0o755),
    ("packaging/systemd/system/taffraild.service", "usr/lib/systemd/system/taffraild.service", 0o644),
    ("packaging/systemd/system/taffraild.socket", "usr/lib/systemd/system/taffraild.socket", 0o644),
    ("LICENSE-APACHE", "LICENSE-APACHE", 0o644),
    ("LICENSE-MIT", "LICENSE-MIT", 0o644),
];

/// Name of the folder in it, which is that of the file without its ending.
pub(super) fn name() -> Result<String> {
    Ok(format!("taffrail-{}-{}", env!("CARGO_PKG_VERSION"), cargo::host()?))
}

pub(super) fn build(programs: &Programs, time: u64, level: Compression) -> Result<Vec<u8>> {
    let top = name()?;
    let mut tar = Tar::new(time, level);
    for (from, to, mode) in FILES {
        tar.file(&format!("{top}/{to}"), mode, &read(&test_support::workspace().join(from))?)?;
    }
    for program in [&programs.taffrail, &programs.taffraild] {
        let to = program.file_name().unwrap_or_default().to_string_lossy();
        tar.file(&format!("{top}/usr/bin/{to}"), 0o755, &read(program)?)?;
    }
    tar.end()
}
