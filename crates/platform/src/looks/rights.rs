//! The rights of another user, for one thread.

use crate::peer::{self, Peer};
use rustix::process::{Gid, Uid, getegid, geteuid, getgroups};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::io;
use std::marker::PhantomData;

/// With whose rights to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rights {
    /// This process's own.
    Own,
    /// Another user's: only root can take them on.
    Of { uid: u32, gid: u32, groups: Vec<u32> },
}

impl Rights {
    /// Those of this peer: our own where it is the same user, else its user, group and groups.
    ///
    /// # Errors
    ///
    /// When the peer is gone, so that its groups are not to be had.
    pub fn of(peer: &Peer) -> io::Result<Self> {
        if peer.uid == geteuid().as_raw() {
            return Ok(Self::Own);
        }
        let groups = peer::groups(peer.pid).ok_or(io::ErrorKind::NotFound)?;
        Ok(Self::Of { uid: peer.uid, gid: peer.gid, groups })
    }
}

/// What this thread had before; given back on drop.
#[derive(Debug)]
pub(super) struct Borrowed {
    back: Option<(Uid, Gid, Vec<Gid>)>,
    /// Not `Send`: the thread that borrowed gives back.
    here: PhantomData<*const ()>,
}

impl Borrowed {
    /// Gives this thread these effective ids. Real and saved ids stay root's: that is the way back, and it keeps the
    /// user from signalling or tracing this process meanwhile.
    pub(super) fn take(rights: &Rights) -> io::Result<Self> {
        let Rights::Of { uid, gid, groups } = rights else { return Ok(Self { back: None, here: PhantomData }) };
        if geteuid().as_raw() == *uid {
            // A helper, started by a thread that has borrowed already: it inherits, and ends with these rights.
            return Ok(Self { back: None, here: PhantomData });
        }
        let before = (geteuid(), getegid(), getgroups()?);
        let groups: Vec<Gid> = groups.iter().map(|group| Gid::from_raw(*group)).collect();
        set_thread_groups(&groups)?;
        // From here on dropping this value undoes whatever part of the change was made.
        let borrowed = Self { back: Some(before), here: PhantomData };
        set_thread_res_gid(None, Gid::from_raw(*gid), None)?;
        set_thread_res_uid(None, Uid::from_raw(*uid), None)?;
        Ok(borrowed)
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let Some((uid, gid, groups)) = self.back.take() else { return };
        // The user first: only root may set the others.
        let back = set_thread_res_uid(None, uid, None)
            .and_then(|()| set_thread_res_gid(None, gid, None))
            .and_then(|()| set_thread_groups(&groups));
        if back.is_err() {
            // A thread of the daemon with a user's rights must not go on: what it writes next would be that user's.
            std::process::abort();
        }
    }
}
