//! The Debian package of a system installation: hook, daemon, its units, and what puts the hooks in and takes them out.

use super::archive::{Tar, ar};
use crate::{cargo, run};
use anyhow::{Context, Result};
use flate2::Compression;
use std::path::Path;
use std::process::Command;
use test_support::Programs;

pub(super) struct Deb<'a> {
    pub(super) programs: &'a Programs,
    /// What everything in it is dated by, in seconds since 1970.
    pub(super) time: u64,
    pub(super) level: Compression,
}

/// What is packed as it lies in the source: where, and its mode there.
const FILES: [(&str, &str, u32); 6] = [
    ("packaging/systemd/system/taffraild.service", "usr/lib/systemd/system/taffraild.service", 0o644),
    ("packaging/systemd/system/taffraild.socket", "usr/lib/systemd/system/taffraild.socket", 0o644),
    ("packaging/deb/copyright", "usr/share/doc/taffrail/copyright", 0o644),
    ("LICENSE-APACHE", "usr/share/doc/taffrail/LICENSE-APACHE", 0o644),
    ("LICENSE-MIT", "usr/share/doc/taffrail/LICENSE-MIT", 0o644),
    ("README.md", "usr/share/doc/taffrail/README.md", 0o644),
];
/// Where administrators put settings: there from the start, so that it is watched.
const MANAGED: &str = "etc/taffrail/managed.d";
const SCRIPTS: [&str; 3] = ["postinst", "postrm", "prerm"];

/// The package's file name.
pub(super) fn name() -> Result<String> {
    Ok(format!("taffrail_{}_{}.deb", env!("CARGO_PKG_VERSION"), architecture()?))
}

impl Deb<'_> {
    pub(super) fn build(&self) -> Result<Vec<u8>> {
        let mut data = Tar::new(self.time, self.level);
        let mut bytes = 0;
        let mut pack = |to: &str, mode, content: Vec<u8>| {
            bytes += content.len();
            data.file(to, mode, &content)
        };
        pack("usr/bin/taffrail", 0o755, read(&self.programs.taffrail)?)?;
        pack("usr/bin/taffraild", 0o755, read(&self.programs.taffraild)?)?;
        for (from, to, mode) in FILES {
            pack(to, mode, read(&test_support::workspace().join(from))?)?;
        }
        data.folder(MANAGED)?;

        let source = test_support::workspace().join("packaging/deb");
        let text = String::from_utf8(read(&source.join("control"))?).context("control is text")?;
        let values = [
            ("@version@", env!("CARGO_PKG_VERSION").to_owned()),
            ("@architecture@", architecture()?.to_owned()),
            ("@size@", bytes.div_ceil(1024).to_string()),
            ("@libc@", libc(&self.programs.taffraild)?),
        ];
        let text = values.iter().fold(text, |text, (name, value)| text.replace(name, value));
        let mut control = Tar::new(self.time, self.level);
        control.file("control", 0o644, text.as_bytes())?;
        for script in SCRIPTS {
            control.file(script, 0o755, &read(&source.join(script))?)?;
        }
        let (control, data) = (control.end()?, data.end()?);
        ar(self.time, &[("debian-binary", b"2.0\n"), ("control.tar.gz", &control), ("data.tar.gz", &data)])
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("read {}", path.display()))
}

/// As Debian calls it.
pub(super) fn architecture() -> Result<&'static str> {
    let host = cargo::host()?;
    match host.split('-').next() {
        Some("x86_64") => Ok("amd64"),
        Some("aarch64") => Ok("arm64"),
        _ => anyhow::bail!("no package is made for {host} yet"),
    }
}

/// The oldest C library that has everything the program asks of it.
fn libc(program: &Path) -> Result<String> {
    let symbols = run::read(Command::new("nm").args(["--dynamic", "--undefined-only"]).arg(program))?;
    let versions = symbols
        .lines()
        .filter_map(|line| line.rsplit_once("@GLIBC_"))
        .filter_map(|(_, version)| version.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u32>>>());
    let newest = versions.max().context("the program asks for no C library")?;
    Ok(newest.iter().map(u32::to_string).collect::<Vec<_>>().join("."))
}
