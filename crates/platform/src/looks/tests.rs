use super::*;
use std::os::unix::fs::{PermissionsExt as _, symlink};

fn path(at: &Path) -> AbsPath {
    AbsPath::normal(at.as_os_str().as_bytes())
}

fn with<T>(limits: Limits, run: impl FnOnce(&Looks<'_>) -> T) -> T {
    run(&Looks::new(&Rights::Own, &Mounts::default(), limits))
}

/// A folder whose own path holds no link.
fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    (folder, real)
}

#[test]
fn every_kind_of_thing_is_told_apart() {
    let (_held, top) = folder();
    std::fs::File::create(top.join("file")).unwrap();
    symlink("nowhere", top.join("link")).unwrap();
    let pipe = top.join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    with(Limits::default(), |looks| {
        let kind = |name: &str| looks.kind(&path(&top.join(name)));
        assert_eq!(kind("."), Field::Known(Kind::Folder));
        assert_eq!(kind("file"), Field::Known(Kind::File));
        assert_eq!(kind("link"), Field::Known(Kind::Link));
        assert_eq!(kind("pipe"), Field::Known(Kind::Other));
        assert_eq!(kind("nothing"), Field::Known(Kind::Nothing));
        assert_eq!(kind("file/below"), Field::Known(Kind::Nothing));
        assert_eq!(kind("a\0b"), Field::Unknown(Why::Unreadable));
        assert_eq!(kind(&"x".repeat(100_000)), Field::Unknown(Why::Unreadable));
    });
}

#[test]
fn links_are_followed_as_far_as_anything_exists() {
    let (_held, top) = folder();
    std::fs::create_dir_all(top.join("real/deep")).unwrap();
    symlink(top.join("real"), top.join("absolute")).unwrap();
    symlink("absolute/deep/..", top.join("relative")).unwrap();
    symlink("loop", top.join("loop")).unwrap();
    symlink("real/not-yet", top.join("dangling")).unwrap();
    with(Limits::default(), |looks| {
        let resolved = |name: &str| looks.resolve(&path(&top.join(name)));
        let real = |name: &str| Field::Known(path(&top.join(name)));
        assert_eq!(resolved("absolute/deep"), real("real/deep"));
        assert_eq!(resolved("relative/new/file"), real("real/new/file"));
        assert_eq!(resolved("dangling"), real("real/not-yet"));
        assert_eq!(resolved("loop/x"), Field::Unknown(Why::Unreadable));
        assert_eq!(looks.resolve(&AbsPath::normal(b"/")), Field::Known(AbsPath::normal(b"/")));
    });
}

#[test]
fn only_regular_files_within_the_limits_are_read() {
    let (_held, top) = folder();
    let limits = Limits { file: 4, bytes: 6, ..Limits::default() };
    for (name, content) in [("four", "1234"), ("five", "12345"), ("three", "123"), ("two", "12")] {
        files::write_atomic(&top.join(name), content.as_bytes(), 0o600).unwrap();
    }
    symlink("four", top.join("link")).unwrap();
    let pipe = top.join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    with(limits, |looks| {
        let read = |name: &str| looks.read(&path(&top.join(name))).map(|bytes| bytes.to_vec());
        assert_eq!(read("five"), Field::Unknown(Why::TooBig));
        assert_eq!(read("four"), Field::Known(b"1234".to_vec()));
        assert_eq!(read("three"), Field::Unknown(Why::WorkLimit), "two bytes are left");
        assert_eq!(read("two"), Field::Known(b"12".to_vec()));
        assert_eq!(read("link"), Field::Unknown(Why::Unreadable));
        assert_eq!(read("pipe"), Field::Unknown(Why::Unreadable));
        assert_eq!(read("none"), Field::Unknown(Why::Unreadable));
        assert_eq!(looks.read(&AbsPath::normal(b"/dev/zero")), Field::Unknown(Why::Unreadable));
    });
}

#[test]
fn one_call_sees_one_state_and_pays_once() {
    let (_held, top) = folder();
    files::write_atomic(&top.join("file"), b"old", 0o600).unwrap();
    with(Limits::default(), |looks| {
        let at = path(&top.join("file"));
        let before = looks.read(&at);
        files::write_atomic(&top.join("file"), b"new", 0o600).unwrap();
        assert_eq!(looks.read(&at), before);
        assert_eq!(looks.spent().0, 1);
    });
}

#[test]
fn past_its_limits_a_call_sees_nothing_more() {
    let slash = AbsPath::normal(b"/");
    with(Limits { count: 1, ..Limits::default() }, |looks| {
        assert_eq!(looks.kind(&slash), Field::Known(Kind::Folder));
        assert_eq!(looks.kind(&AbsPath::normal(b"/proc")), Field::Unknown(Why::WorkLimit));
        assert_eq!(looks.kind(&slash), Field::Known(Kind::Folder), "what is known stays known");
    });
    with(Limits { time: Duration::ZERO, ..Limits::default() }, |looks| {
        assert_eq!(looks.kind(&slash), Field::Unknown(Why::Slow));
    });
}

#[test]
fn the_nearest_repository_is_found_upward() {
    let (_held, top) = folder();
    std::fs::create_dir_all(top.join("repo/.git")).unwrap();
    std::fs::create_dir_all(top.join("repo/a/b")).unwrap();
    files::write_atomic(&top.join("repo/a/.git"), b"gitdir: elsewhere", 0o600).unwrap();
    with(Limits::default(), |looks| {
        assert_eq!(looks.repository(&path(&top.join("repo/a/b"))), Field::Known(Some(path(&top.join("repo/a")))));
        assert_eq!(looks.repository(&path(&top.join("repo/x/y"))), Field::Known(Some(path(&top.join("repo")))));
    });
}

#[test]
fn a_file_system_that_does_not_answer_costs_the_time_limit_and_no_more() {
    let (_held, top) = folder();
    let mounts = Mounts::at(&[path(&top)]);
    let limits = Limits { time: Duration::from_millis(60), ..Limits::default() };
    let looks = Looks::new(&Rights::Own, &mounts, limits);
    assert_eq!(looks.kind(&path(&top)), Field::Known(Kind::Folder), "one that answers is no worse for the helper");

    let start = Instant::now();
    let hung = looks.look(&path(&top), |_| std::thread::sleep(Duration::from_secs(3)));
    assert_eq!(hung, Err(Why::Slow));
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_eq!(looks.kind(&path(&top.join("x"))), Field::Unknown(Why::Slow), "nothing is left for another");
}

mod second_user {
    use super::*;

    #[test]
    fn a_root_daemon_sees_with_the_peers_rights_and_gets_its_own_back() {
        assert_eq!(rustix::process::geteuid().as_raw(), 0, "this test takes on other users' rights and runs as root");
        let (_held, top) = folder();
        std::fs::set_permissions(&top, std::fs::Permissions::from_mode(0o755)).unwrap();
        for (name, owner, group, mode) in
            [("own", 4242, 0, 0o600), ("roots", 0, 0, 0o600), ("groups", 0, 777, 0o640), ("closed", 0, 0, 0o700)]
        {
            let at = top.join(name);
            if name == "closed" {
                std::fs::create_dir(&at).unwrap();
            } else {
                files::write_atomic(&at, b"x", 0o600).unwrap();
            }
            std::os::unix::fs::chown(&at, Some(owner), Some(group)).unwrap();
            std::fs::set_permissions(&at, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let before = (rustix::process::geteuid(), rustix::process::getegid(), rustix::process::getgroups().unwrap());
        let rights = Rights::Of { uid: 4242, gid: 4242, groups: vec![777] };
        // One folder is looked up by a helper, which is started after this thread has taken on the rights.
        let mounts = Mounts::at(&[path(&top.join("closed"))]);
        let looks = Looks::new(&rights, &mounts, Limits { time: Duration::from_secs(5), ..Limits::default() });
        let read = |name: &str| looks.read(&path(&top.join(name))).map(|bytes| bytes.to_vec());

        assert_eq!(read("own"), Field::Known(b"x".to_vec()));
        assert_eq!(read("groups"), Field::Known(b"x".to_vec()));
        assert_eq!(read("roots"), Field::Unknown(Why::Unreadable));
        assert_eq!(looks.kind(&path(&top.join("closed/inside"))), Field::Unknown(Why::Unreadable));
        assert_eq!(looks.entries(&path(&top.join("closed"))), Field::Unknown(Why::Unreadable));
        let other_thread = std::thread::spawn(rustix::process::geteuid).join().unwrap();
        drop(looks);

        let after = (rustix::process::geteuid(), rustix::process::getegid(), rustix::process::getgroups().unwrap());
        assert_eq!(after, before);
        assert_eq!(files::read(&top.join("roots"), 9).unwrap(), b"x", "root reads again");
        // A thread that is started meanwhile inherits the borrowed ids; the daemon starts none while it judges.
        assert_eq!(other_thread.as_raw(), 4242);

        // The same through a helper thread.
        let mounts = Mounts::at(&[path(&top)]);
        let looks = Looks::new(&rights, &mounts, Limits { time: Duration::from_secs(5), ..Limits::default() });
        assert_eq!(looks.read(&path(&top.join("roots"))), Field::Unknown(Why::Unreadable));
        assert_eq!(rustix::process::geteuid().as_raw(), 0, "this thread has borrowed nothing");
    }
}

#[test]
fn the_rights_of_our_own_user_are_our_own() {
    let peer = crate::peer::Peer { pid: std::process::id(), uid: geteuid(), gid: 0 };
    assert_eq!(Rights::of(&peer).unwrap(), Rights::Own);
    assert!(Rights::of(&crate::peer::Peer { pid: u32::MAX, uid: geteuid() + 1, gid: 0 }).is_err());
}

fn geteuid() -> u32 {
    rustix::process::geteuid().as_raw()
}
