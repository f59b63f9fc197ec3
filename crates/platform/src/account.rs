//! Accounts by number: name and home folder, from `/etc/passwd` itself.
//!
//! `getpwuid` would load name-service plugins, which a static program must not; so the file is read. Accounts that live
//! in a directory service alone are not in it: for those, [`home`] takes `$HOME` where that folder belongs to the
//! account.

use crate::files;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A line of the account file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub uid: u32,
    pub gid: u32,
    pub name: String,
    pub home: PathBuf,
}

/// The account file is read up to this many bytes.
const MAX_BYTES: u64 = 4 << 20;

/// The account of this number, where the local file has it.
pub fn by_uid(uid: u32) -> Option<Account> {
    let bytes = files::read(Path::new("/etc/passwd"), MAX_BYTES).ok()?;
    find(&bytes, uid)
}

fn find(passwd: &[u8], uid: u32) -> Option<Account> {
    passwd.split(|b| *b == b'\n').filter_map(parse).find(|account| account.uid == uid)
}

fn parse(line: &[u8]) -> Option<Account> {
    let mut fields = line.split(|b| *b == b':');
    let name = fields.next().filter(|name| !name.is_empty() && name.first() != Some(&b'#'))?;
    let uid = number(fields.nth(1)?)?;
    let gid = number(fields.next()?)?;
    let home = fields.nth(1).filter(|home| home.first() == Some(&b'/'))?;
    Some(Account {
        uid,
        gid,
        name: String::from_utf8_lossy(name).into_owned(),
        home: PathBuf::from(OsString::from_vec(home.to_vec())),
    })
}

fn number(bytes: &[u8]) -> Option<u32> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// The home folder of this account. `variable` is `$HOME` of a process of the account: it is taken where it is an
/// absolute path to a folder that the account owns, because it is the cheaper look-up and knows directory services;
/// otherwise the account file decides. A variable that points at someone else's folder is never taken.
pub fn home(uid: u32, variable: Option<PathBuf>) -> Option<PathBuf> {
    variable
        .filter(|home| home.is_absolute() && std::fs::metadata(home).is_ok_and(|m| m.is_dir() && m.uid() == uid))
        .or_else(|| by_uid(uid).map(|account| account.home))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &[u8] = b"# comment:x:7:7::/c:\n\nroot:x:0:0:root:/root:/bin/bash\nbad:x:y:1::/bad:/bin/sh\n\
        short:x:5\nrelative:x:8:8::home:/bin/sh\nana:x:1000:1001:Ana,,,:/home/an\xe4:/bin/zsh\nlast:x:9:9::/last:";

    #[test]
    fn an_account_is_found_by_its_number_and_broken_lines_are_read_over() {
        let ana = find(PASSWD, 1000).unwrap();
        assert_eq!((ana.name.as_str(), ana.gid), ("ana", 1001));
        assert_eq!(ana.home.as_os_str().as_encoded_bytes(), b"/home/an\xe4");
        assert_eq!(find(PASSWD, 9).unwrap().home, Path::new("/last"));
        for missing in [1, 5, 7, 8] {
            assert_eq!(find(PASSWD, missing), None, "{missing}");
        }
    }

    #[test]
    fn a_home_variable_counts_only_for_the_owner_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let me = rustix::process::getuid().as_raw();
        assert_eq!(home(me, Some(folder.path().to_owned())).as_deref(), Some(folder.path()));
        assert_ne!(home(me + 1, Some(folder.path().to_owned())).as_deref(), Some(folder.path()));
        assert_eq!(home(me, Some("relative".into())), by_uid(me).map(|account| account.home));
    }
}
