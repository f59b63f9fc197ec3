//! The two containers that a Debian package is made of.

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder, write::GzEncoder};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use tar::{EntryType, Header};

/// A compressed tar of root's files, folders before what is in them, all of one time.
pub(super) struct Tar {
    time: u64,
    builder: tar::Builder<GzEncoder<Vec<u8>>>,
    folders: BTreeSet<String>,
}

impl Tar {
    pub(super) fn new(time: u64, level: Compression) -> Self {
        // No name and no time of its own in the head.
        let encoder = GzBuilder::new().mtime(0).write(Vec::new(), level);
        Self { time, builder: tar::Builder::new(encoder), folders: BTreeSet::new() }
    }

    /// `path` is relative to the root.
    pub(super) fn file(&mut self, path: &str, mode: u32, content: &[u8]) -> Result<()> {
        if let Some(folder) = Path::new(path).parent().and_then(Path::to_str) {
            self.folder(folder)?;
        }
        let mut header = self.header(EntryType::Regular, mode);
        header.set_size(content.len() as u64);
        self.builder.append_data(&mut header, path, content).with_context(|| format!("pack {path}"))
    }

    pub(super) fn folder(&mut self, path: &str) -> Result<()> {
        if path.is_empty() || !self.folders.insert(path.to_owned()) {
            return Ok(());
        }
        if let Some(above) = Path::new(path).parent().and_then(Path::to_str) {
            self.folder(above)?;
        }
        let mut header = self.header(EntryType::Directory, 0o755);
        self.builder.append_data(&mut header, format!("{path}/"), &[][..]).with_context(|| format!("pack {path}"))
    }

    fn header(&self, kind: EntryType, mode: u32) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(self.time);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(0);
        header
    }

    pub(super) fn end(self) -> Result<Vec<u8>> {
        Ok(self.builder.into_inner()?.finish()?)
    }
}

/// The `ar` archive around them, as deb(5) describes it.
pub(super) fn ar(time: u64, members: &[(&str, &[u8])]) -> Result<Vec<u8>> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, content) in members {
        writeln!(out, "{name:<16}{time:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, "100644", content.len())?;
        out.extend_from_slice(content);
        if content.len() % 2 == 1 {
            out.push(b'\n');
        }
    }
    Ok(out)
}
