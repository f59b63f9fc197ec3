use super::*;
use std::os::unix::fs::symlink;

#[test]
fn a_pipe_without_a_writer_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, Mode::RWXU, 0).unwrap();
    assert!(matches!(read(&pipe, 10), Err(Error::NotRegular(_))));
    assert!(matches!(read(Path::new("/dev/zero"), 10), Err(Error::NotRegular(_))));
    assert!(matches!(read(folder.path(), 10), Err(Error::NotRegular(_))));
}

#[test]
fn a_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    write_atomic(&file, b"x", 0o600).unwrap();
    symlink(&file, &link).unwrap();
    assert_eq!(read(&file, 1).unwrap(), b"x");
    assert!(matches!(read(&link, 1), Err(Error::NotRegular(_))));
}

#[test]
fn a_file_over_the_limit_is_refused_even_when_it_says_it_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    write_atomic(&file, b"12345", 0o600).unwrap();
    assert_eq!(read(&file, 5).unwrap(), b"12345");
    assert!(matches!(read(&file, 4), Err(Error::TooBig { .. })));
    // Files of /proc say that they are 0 bytes long.
    assert!(matches!(read(Path::new("/proc/self/status"), 4), Err(Error::TooBig { .. })));
}

#[test]
fn a_file_of_another_owner_or_open_to_others_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let me = rustix::process::geteuid().as_raw();
    let file = folder.path().join("file");
    write_atomic(&file, b"x", 0o644).unwrap();
    assert_eq!(read_owned(&file, 9, &[me]).unwrap(), b"x");
    assert!(matches!(read_owned(&file, 9, &[me + 1]), Err(Error::Owner { .. })));
    write_atomic(&file, b"x", 0o664).unwrap();
    assert!(matches!(read_owned(&file, 9, &[me]), Err(Error::Mode { mode: 0o664, .. })));
}

#[test]
fn an_atomic_write_replaces_the_content_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    write_atomic(&file, b"old", 0o600).unwrap();
    write_atomic(&file, b"new", 0o644).unwrap();
    assert_eq!(read(&file, 9).unwrap(), b"new");
    assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o7777, 0o644);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_failed_write_leaves_the_old_content() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("taken");
    std::fs::create_dir_all(target.join("not-empty")).unwrap();
    assert!(write_atomic(&target, b"x", 0o600).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
}

#[test]
fn a_private_folder_is_closed_and_a_link_in_its_place_is_refused() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("a/b");
    private_folder(&folder).unwrap();
    assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o7777, 0o700);
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    private_folder(&folder).unwrap();
    assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o7777, 0o700);

    let link = top.path().join("link");
    symlink(&folder, &link).unwrap();
    assert!(matches!(private_folder(&link), Err(Error::NotFolder(_))));
}

#[test]
fn what_lies_in_a_folder_is_read_only_where_it_is_a_file_of_its_owner_without_another_name() {
    let top = tempfile::tempdir().unwrap();
    let (path, me) = (top.path().join("theirs"), rustix::process::geteuid().as_raw());
    folder_of(&path, me).unwrap();
    folder_of(&path, me).unwrap();
    let folder = Folder::open(&path, me).unwrap();
    write_atomic(&path.join("file"), b"x", 0o600).unwrap();
    write_atomic(&path.join("large"), b"12345", 0o600).unwrap();
    symlink(path.join("file"), path.join("link")).unwrap();
    std::fs::hard_link(path.join("large"), top.path().join("elsewhere")).unwrap();
    std::fs::create_dir(path.join("folder")).unwrap();
    assert_eq!(folder.read("file".as_ref(), 1).unwrap(), b"x");
    assert!(matches!(folder.read("large".as_ref(), 9), Err(Error::Linked(_))));
    assert!(matches!(folder.read("link".as_ref(), 9), Err(Error::NotRegular(_))));
    assert!(matches!(folder.read("folder".as_ref(), 9), Err(Error::NotRegular(_))));
    std::fs::remove_file(top.path().join("elsewhere")).unwrap();
    assert!(matches!(folder.read("large".as_ref(), 4), Err(Error::TooBig { .. })));
    assert_eq!(folder.names(3).unwrap().len(), 3);
    assert_eq!(folder.names(99).unwrap().len(), 4);
    for name in ["file", "large", "link", "folder"] {
        folder.remove(name.as_ref()).unwrap();
    }
    assert!(folder.names(99).unwrap().is_empty());
}

#[test]
fn a_folder_that_is_a_link_another_users_or_open_to_all_is_not_opened() {
    let top = tempfile::tempdir().unwrap();
    let (path, me) = (top.path().join("theirs"), rustix::process::geteuid().as_raw());
    folder_of(&path, me).unwrap();
    symlink(&path, top.path().join("link")).unwrap();
    assert!(matches!(Folder::open(&top.path().join("link"), me), Err(Error::NotFolder(_))));
    assert!(matches!(folder_of(&top.path().join("link"), me), Err(Error::NotFolder(_))));
    assert!(matches!(Folder::open(&path, me + 1), Err(Error::Owner { .. })));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(Folder::open(&path, me), Err(Error::Mode { .. })));
}

#[test]
fn links_are_followed_to_a_file_of_the_owner_and_to_nothing_else() {
    let top = tempfile::tempdir().unwrap();
    let me = rustix::process::geteuid().as_raw();
    let (file, link) = (top.path().join("file"), top.path().join("link"));
    std::fs::write(&file, "text").unwrap();
    symlink("file", &link).unwrap();
    assert_eq!(read_linked(&link, 4, Some(me)).unwrap(), b"text");
    assert_eq!(read_linked(&link, 4, None).unwrap(), b"text");
    assert!(matches!(read_linked(&link, 3, None), Err(Error::TooBig { .. })));
    assert!(matches!(read_linked(&link, 4, Some(me + 1)), Err(Error::Owner { .. })));
    let pipe = top.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, Mode::from_raw_mode(0o600)).unwrap();
    assert!(matches!(read_linked(&pipe, 4, None), Err(Error::NotRegular(_))));
    symlink("round", top.path().join("round")).unwrap();
    assert!(matches!(read_linked(&top.path().join("round"), 4, None), Err(Error::Io { .. })));
}
