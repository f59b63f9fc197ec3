//! [`protocol::Look`] over the real file system, for one call, with the rights of whoever made the call.
//!
//! What a call may cost is bounded: [`Limits`]. Files are opened without following a final link and without blocking,
//! regular files only. Answers are cached, so that one call sees one state.
//!
//! **Time.** A look-up on a local file system runs in place; the time of all is added up, and past the limit every
//! answer is `Unknown(slow)`. One that the kernel does not come back from cannot be left again, so paths on network and
//! user-space file systems ([`Mounts`]) are looked up by a helper thread that is given up at the limit. A local path that
//! leads through a link into such a file system is the exception that remains: it waits as long as the kernel does.
//!
//! **Rights.** For the daemon's own user nothing changes. A system daemon, which is root, looks with the user, group and
//! groups of the peer: the first look-up gives this *thread* the peer's effective ids (Linux keeps them per thread), and
//! dropping the value gives root's back. The value cannot leave its thread.

mod mounts;
mod rights;

pub use mounts::Mounts;
pub use rights::Rights;

use crate::files;
use protocol::facts::{Kind, Look};
use protocol::{AbsPath, Field, Why};
use rights::Borrowed;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

/// What one call may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Look-ups that reach the file system.
    pub count: u32,
    /// Time of all look-ups.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file: 256 * 1024, bytes: 1024 * 1024, count: 512, time: Duration::from_millis(20) }
    }
}

/// Most links that one path may lead through, as in the kernel.
const MAX_LINKS: usize = 40;
/// Most names that are read of a folder.
const MAX_ENTRIES: usize = 256;
/// Most helper threads that wait for file systems which do not answer.
const MAX_HELPERS: usize = 16;

static HELPERS: AtomicUsize = AtomicUsize::new(0);

/// The look-ups of one call.
#[derive(Debug)]
pub struct Looks<'a> {
    rights: &'a Rights,
    mounts: &'a Mounts,
    limits: Limits,
    spent: Cell<Duration>,
    count: Cell<u32>,
    bytes: Cell<u64>,
    kinds: RefCell<HashMap<AbsPath, Field<Kind>>>,
    links: RefCell<HashMap<AbsPath, Field<AbsPath>>>,
    contents: RefCell<HashMap<AbsPath, Field<Arc<[u8]>>>>,
    borrowed: RefCell<Option<Borrowed>>,
}

impl<'a> Looks<'a> {
    pub fn new(rights: &'a Rights, mounts: &'a Mounts, limits: Limits) -> Self {
        Self {
            rights,
            mounts,
            limits,
            spent: Cell::default(),
            count: Cell::default(),
            bytes: Cell::default(),
            kinds: RefCell::default(),
            links: RefCell::default(),
            contents: RefCell::default(),
            borrowed: RefCell::default(),
        }
    }

    /// How many look-ups have reached the file system, and how long all took.
    pub fn spent(&self) -> (u32, Duration) {
        (self.count.get(), self.spent.get())
    }

    /// The names in a folder, at most 256 of them, in no order.
    pub fn entries(&self, folder: &AbsPath) -> Field<Vec<Vec<u8>>> {
        let names = |path: &Path| -> io::Result<Vec<Vec<u8>>> {
            std::fs::read_dir(path)?.take(MAX_ENTRIES).map(|entry| Ok(entry?.file_name().into_vec())).collect()
        };
        match self.look(folder, names) {
            Ok(Ok(names)) => Field::Known(names),
            Ok(Err(_)) => Field::Unknown(Why::Unreadable),
            Err(why) => Field::Unknown(why),
        }
    }

    /// One access to the file system, within the limits and with the peer's rights.
    fn look<T: Send + 'static>(
        &self,
        path: &AbsPath,
        access: impl FnOnce(&Path) -> T + Send + 'static,
    ) -> Result<T, Why> {
        if self.count.get() >= self.limits.count {
            return Err(Why::WorkLimit);
        }
        let left = self.limits.time.checked_sub(self.spent.get()).filter(|left| !left.is_zero()).ok_or(Why::Slow)?;
        self.count.set(self.count.get() + 1);
        let start = Instant::now();
        let found = if self.mounts.may_hang(path) {
            self.with_helper(path, left, access)
        } else {
            self.borrow_rights().map(|()| access(Path::new(OsStr::from_bytes(path.bytes()))))
        };
        self.spent.set(self.spent.get() + start.elapsed());
        found
    }

    fn borrow_rights(&self) -> Result<(), Why> {
        let mut borrowed = self.borrowed.borrow_mut();
        if borrowed.is_none() {
            // Without the peer's rights nothing is looked up at all: root sees what the peer may not.
            *borrowed = Some(Borrowed::take(self.rights).map_err(|_| Why::Unreadable)?);
        }
        Ok(())
    }

    fn with_helper<T: Send + 'static>(
        &self,
        path: &AbsPath,
        left: Duration,
        access: impl FnOnce(&Path) -> T + Send + 'static,
    ) -> Result<T, Why> {
        if HELPERS.fetch_add(1, Ordering::AcqRel) >= MAX_HELPERS {
            HELPERS.fetch_sub(1, Ordering::AcqRel);
            return Err(Why::Slow);
        }
        let (path, rights) = (path.clone(), self.rights.clone());
        let (sender, receiver) = sync_channel(1);
        let helper = std::thread::Builder::new().name("look".into()).spawn(move || {
            let found = Borrowed::take(&rights)
                .map_err(|_| Why::Unreadable)
                .map(|_held| access(Path::new(OsStr::from_bytes(path.bytes()))));
            // Nobody may be waiting any more.
            sender.send(found).ok();
            HELPERS.fetch_sub(1, Ordering::AcqRel);
        });
        if helper.is_err() {
            HELPERS.fetch_sub(1, Ordering::AcqRel);
            return Err(Why::Slow);
        }
        receiver.recv_timeout(left).unwrap_or(Err(Why::Slow))
    }

    fn link(&self, path: &AbsPath) -> Result<Vec<u8>, Why> {
        let target = self.look(path, |path| std::fs::read_link(path))?;
        target.map(|target| target.into_os_string().into_vec()).map_err(|_| Why::Unreadable)
    }

    /// Follows every link, one component at a time.
    fn follow(&self, path: &AbsPath) -> Result<AbsPath, Why> {
        let mut done = AbsPath::normal(b"/");
        let mut open: VecDeque<Vec<u8>> = path.components().map(<[u8]>::to_vec).collect();
        let mut links = 0;
        while let Some(part) = open.pop_front() {
            let next = AbsPath::resolve(&done, &part);
            if part == b".." {
                done = next;
                continue;
            }
            match self.kind(&next) {
                Field::Known(Kind::Link) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Why::Unreadable);
                    }
                    let target = self.link(&next)?;
                    if target.first() == Some(&b'/') {
                        done = AbsPath::normal(b"/");
                    }
                    for part in target.split(|b| *b == b'/').rev().filter(|part| !part.is_empty() && *part != b".") {
                        open.push_front(part.to_vec());
                    }
                }
                Field::Known(Kind::Nothing) => {
                    // Nothing can lie below nothing: the rest is added as it is.
                    done = open.iter().fold(next, |path, part| AbsPath::resolve(&path, part));
                    break;
                }
                Field::Known(_) => done = next,
                Field::Unknown(why) => return Err(why),
                Field::Pattern(_) => return Err(Why::Unreadable),
            }
        }
        Ok(done)
    }
}

/// The cached answer, or a new one.
fn cached<T: Clone>(
    cache: &RefCell<HashMap<AbsPath, Field<T>>>,
    path: &AbsPath,
    make: impl FnOnce() -> Result<T, Why>,
) -> Field<T> {
    if let Some(known) = cache.borrow().get(path) {
        return known.clone();
    }
    let made = make().map_or_else(Field::Unknown, Field::Known);
    cache.borrow_mut().insert(path.clone(), made.clone());
    made
}

impl Look for Looks<'_> {
    fn kind(&self, path: &AbsPath) -> Field<Kind> {
        cached(&self.kinds, path, || match self.look(path, |path| std::fs::symlink_metadata(path))? {
            Ok(meta) => Ok(kind(meta.file_type())),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(Kind::Nothing),
                _ => Err(Why::Unreadable),
            },
        })
    }

    fn resolve(&self, path: &AbsPath) -> Field<AbsPath> {
        cached(&self.links, path, || self.follow(path))
    }

    fn read(&self, path: &AbsPath) -> Field<Arc<[u8]>> {
        cached(&self.contents, path, || {
            let left = self.limits.bytes.saturating_sub(self.bytes.get());
            let limit = self.limits.file.min(left);
            match self.look(path, move |path| files::read(path, limit))? {
                Ok(bytes) => {
                    self.bytes.set(self.bytes.get() + bytes.len() as u64);
                    Ok(bytes.into())
                }
                Err(files::Error::TooBig { .. }) if limit < self.limits.file => Err(Why::WorkLimit),
                Err(files::Error::TooBig { .. }) => Err(Why::TooBig),
                Err(_) => Err(Why::Unreadable),
            }
        })
    }

    fn repository(&self, path: &AbsPath) -> Field<Option<AbsPath>> {
        let mut folder = Some(path.clone());
        while let Some(here) = folder {
            match self.kind(&AbsPath::resolve(&here, b".git")) {
                Field::Known(Kind::Folder | Kind::File) => return Field::Known(Some(here)),
                Field::Known(_) => {}
                Field::Unknown(why) => return Field::Unknown(why),
                Field::Pattern(_) => return Field::Unknown(Why::Unreadable),
            }
            folder = here.parent();
        }
        Field::Known(None)
    }
}

fn kind(file: std::fs::FileType) -> Kind {
    if file.is_symlink() {
        Kind::Link
    } else if file.is_dir() {
        Kind::Folder
    } else if file.is_file() {
        Kind::File
    } else {
        debug_assert!(file.is_fifo() || file.is_socket() || file.is_block_device() || file.is_char_device());
        Kind::Other
    }
}

#[cfg(test)]
mod tests;
