//! What Taffrail needs of the operating system: fixed names and paths, sockets and their peers, files, keys, time,
//! look-ups with another user's rights.
//!
//! All unsafe code outside the SIMD masks and nearly all `cfg(target_os)` is here. Linux is built and run; what another
//! system has to bring is behind the same function names. Paths are bytes: never assumed to be UTF-8, nor to differ or
//! agree by case.
//!
//! | module | knows |
//! |---|---|
//! | [`names`] | every fixed name and path |
//! | [`account`] | account name and home folder of a uid |
//! | [`socket`] | connecting with distrust; listening without taking over what lives |
//! | [`peer`] | who is at the other end, and the processes above it |
//! | [`streams`] | standard streams and a socket, without waiting beyond a moment |
//! | [`files`] | bounded reads that cannot hang; atomic writes |
//! | [`keys`] | a store of secret keys |
//! | [`clock`] | the only clock |
//! | [`notify`] | the service manager |
//! | [`looks`] | [`protocol::Look`] over the real file system, with the peer's rights |
//! | [`workspace`] | which folders a session works on |
//!
//! The hook links this crate. It may use `names`, `socket`, `streams`, `peer`, `files` and `account`; none of them calls the name
//! service of the C library, which a static program must not.

pub mod account;
pub mod clock;
pub mod files;
pub mod keys;
pub mod looks;
pub mod names;
pub mod notify;
pub mod peer;
pub mod socket;
pub mod streams;
pub mod workspace;
