//! Which parts of the tree may not answer.

use crate::files;
use protocol::AbsPath;
use std::path::Path;

/// Where file systems are mounted that wait for another machine or program. Read at start and now and then: a mount that
/// came later is looked up in place until then.
#[derive(Clone, Debug, Default)]
pub struct Mounts {
    may_hang: Vec<AbsPath>,
}

/// Kinds that wait for a network, or for a program of a user.
const MAY_HANG: [&[u8]; 13] = [
    b"nfs",
    b"nfs4",
    b"cifs",
    b"smb3",
    b"smbfs",
    b"9p",
    b"ceph",
    b"lustre",
    b"afs",
    b"glusterfs",
    b"ocfs2",
    b"autofs",
    b"fuseblk",
];

impl Mounts {
    /// By the mount table of this process; empty where there is none.
    pub fn read() -> Self {
        let table = files::read(Path::new("/proc/self/mountinfo"), 4 << 20).unwrap_or_default();
        Self::of(&table)
    }

    fn of(mountinfo: &[u8]) -> Self {
        let may_hang = mountinfo.split(|b| *b == b'\n').filter_map(|line| {
            // id parent device root mount-point options [optional…] - kind source options
            let mut fields = line.split(|b| *b == b' ');
            let point = fields.nth(4)?;
            let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
            let hangs = MAY_HANG.contains(&kind) || kind == b"fuse" || kind.starts_with(b"fuse.");
            hangs.then(|| AbsPath::normal(&unescaped(point)))
        });
        Self { may_hang: may_hang.collect() }
    }

    #[cfg(test)]
    pub(super) fn at(points: &[AbsPath]) -> Self {
        Self { may_hang: points.to_vec() }
    }

    pub(super) fn may_hang(&self, path: &AbsPath) -> bool {
        self.may_hang.iter().any(|point| path.is_within(point))
    }
}

/// Space, tab, newline and backslash stand as three octal digits.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let code = tail.first_chunk::<3>().filter(|_| *first == b'\\').and_then(|digits| {
            digits.iter().try_fold(0u8, |sum, digit| {
                let value = digit.checked_sub(b'0').filter(|value| *value < 8)?;
                sum.checked_mul(8)?.checked_add(value)
            })
        });
        if let Some(byte) = code {
            out.push(byte);
            rest = tail.get(3..).unwrap_or_default();
        } else {
            out.push(*first);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_and_user_space_file_systems_are_known_by_their_kind() {
        let mounts = Mounts::of(
            b"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
              40 22 0:40 / /home/my\\040share rw shared:7 master:1 - nfs4 server:/export rw\n\
              41 22 0:41 / /mnt/s rw - fuse.sshfs me@host: rw\n\
              broken line\n\
              42 22 0:42 / /mnt/t rw - tmpfs none rw\n",
        );
        let may_hang = |path: &str| mounts.may_hang(&AbsPath::normal(path.as_bytes()));
        assert!(may_hang("/home/my share/x") && may_hang("/mnt/s"));
        assert!(!may_hang("/home/my") && !may_hang("/mnt/t/x") && !may_hang("/mnt/sx"));
    }

    #[test]
    fn escapes_that_are_none_stay() {
        assert_eq!(unescaped(b"a\\134b\\9\\777\\"), b"a\\b\\9\\777\\");
    }
}
