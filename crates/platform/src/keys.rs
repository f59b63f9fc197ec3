//! Secret keys: made once, kept apart from what they protect.

use crate::files;
use rustix::rand::{GetRandomFlags, getrandom};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use thiserror::Error;

/// A key's bytes; `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub [u8; 32]);

impl Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[key]")
    }
}

/// Why a key is not to be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    #[error("the name {0:?} cannot be that of a key")]
    Name(String),
    #[error("the key {0} is not 32 bytes long")]
    Damaged(String),
    #[error("the system gives no random bytes: {0}")]
    Random(io::Error),
    #[error(transparent)]
    File(#[from] files::Error),
}

/// A store of named keys. Names are `a-z`, `0-9`, `-` and `.`.
pub trait KeyStore: Debug + Send + Sync {
    /// # Errors
    ///
    /// Those of the store; `Ok(None)` when there is no such key.
    fn get(&self, name: &str) -> Result<Option<Key>, Error>;

    /// # Errors
    ///
    /// Those of the store.
    fn put(&self, name: &str, key: &Key) -> Result<(), Error>;

    /// The key of this name, made and stored where there is none.
    ///
    /// # Errors
    ///
    /// Those of the store, and [`Error::Random`].
    fn get_or_create(&self, name: &str) -> Result<Key, Error> {
        if let Some(key) = self.get(name)? {
            return Ok(key);
        }
        let key = random()?;
        self.put(name, &key)?;
        Ok(key)
    }
}

/// A new key of the system's random source.
///
/// # Errors
///
/// [`Error::Random`].
pub fn random() -> Result<Key, Error> {
    let mut bytes = [0; 32];
    // 32 bytes come whole or not at all: reads up to 256 bytes are never cut short.
    match getrandom(&mut bytes, GetRandomFlags::empty()) {
        Ok(32) => Ok(Key(bytes)),
        Ok(_) => Err(Error::Random(io::ErrorKind::UnexpectedEof.into())),
        Err(error) => Err(Error::Random(error.into())),
    }
}

fn checked(name: &str) -> Result<&str, Error> {
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    let fits = !name.is_empty() && name.len() <= 64 && !name.starts_with('.') && name.as_bytes().iter().all(plain);
    if fits { Ok(name) } else { Err(Error::Name(name.to_owned())) }
}

/// One file per key, 0600 in a folder of mode 0700.
#[derive(Clone, Debug)]
pub struct FileKeys {
    folder: PathBuf,
}

impl FileKeys {
    /// # Errors
    ///
    /// [`Error::File`] when the folder cannot be made, is a link, or belongs to another user.
    pub fn open(folder: PathBuf) -> Result<Self, Error> {
        files::private_folder(&folder)?;
        Ok(Self { folder })
    }
}

impl KeyStore for FileKeys {
    fn get(&self, name: &str) -> Result<Option<Key>, Error> {
        let path = self.folder.join(checked(name)?);
        let me = rustix::process::geteuid().as_raw();
        match files::read_owned(&path, 32, &[me]) {
            Ok(bytes) => bytes.try_into().map(|bytes| Some(Key(bytes))).map_err(|_| Error::Damaged(name.to_owned())),
            Err(error) if error.is_absent() => Ok(None),
            Err(files::Error::TooBig { .. }) => Err(Error::Damaged(name.to_owned())),
            Err(error) => Err(error.into()),
        }
    }

    fn put(&self, name: &str, key: &Key) -> Result<(), Error> {
        Ok(files::write_atomic(&self.folder.join(checked(name)?), &key.0, 0o600)?)
    }
}

/// Keys in memory, for tests.
#[derive(Debug, Default)]
pub struct MemoryKeys {
    keys: Mutex<BTreeMap<String, Key>>,
}

impl MemoryKeys {
    fn locked(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Key>> {
        self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl KeyStore for MemoryKeys {
    fn get(&self, name: &str) -> Result<Option<Key>, Error> {
        Ok(self.locked().get(checked(name)?).cloned())
    }

    fn put(&self, name: &str, key: &Key) -> Result<(), Error> {
        self.locked().insert(checked(name)?.to_owned(), key.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_is_made_once_and_read_back() {
        let top = tempfile::tempdir().unwrap();
        let store = FileKeys::open(top.path().join("keys")).unwrap();
        assert_eq!(store.get("journal").unwrap(), None);
        let key = store.get_or_create("journal").unwrap();
        assert_eq!(store.get_or_create("journal").unwrap(), key);
        assert_ne!(store.get_or_create("device").unwrap(), key);
        let mode = |path: &str| std::fs::metadata(top.path().join(path)).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode("keys"), mode("keys/journal")), (0o700, 0o600));
    }

    #[test]
    fn a_cut_key_is_an_error_and_not_a_new_key() {
        let top = tempfile::tempdir().unwrap();
        let store = FileKeys::open(top.path().join("keys")).unwrap();
        files::write_atomic(&top.path().join("keys/journal"), &[1; 31], 0o600).unwrap();
        assert!(matches!(store.get_or_create("journal"), Err(Error::Damaged(_))));
        files::write_atomic(&top.path().join("keys/journal"), &[1; 33], 0o600).unwrap();
        assert!(matches!(store.get_or_create("journal"), Err(Error::Damaged(_))));
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        for name in ["", "../x", "a/b", ".hidden", "A", "x\0"] {
            assert!(matches!(MemoryKeys::default().get(name), Err(Error::Name(_))), "{name:?}");
        }
    }

    #[test]
    fn a_key_does_not_print_itself() {
        assert_eq!(format!("{:?}", Key([7; 32])), "[key]");
    }
}
