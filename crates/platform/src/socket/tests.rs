use super::client::connect;
use super::listener::Listening;
use super::*;
use crate::names::Scope;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn now() -> Instant {
    Instant::now()
}

#[test]
fn a_listener_of_a_user_is_closed_to_others_and_can_be_connected_to() {
    let top = tempfile::tempdir_in("/tmp").unwrap();
    let path = top.path().join("taffrail/hook.sock");
    let listening = Listening::at(&path, Scope::User).unwrap();
    connect(&path, Scope::User, me(), now()).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(path.parent().unwrap()), mode(&path)), (0o700, 0o600));
    assert!(listening.is_in_place());
    drop(listening);
    assert!(!path.exists());
    assert!(matches!(connect(&path, Scope::User, me(), now()), Err(Error::Absent(_))));
}

#[test]
fn a_listener_of_a_system_lets_everyone_connect() {
    let top = tempfile::tempdir_in("/tmp").unwrap();
    let path = top.path().join("taffrail/hook.sock");
    let _listening = Listening::at(&path, Scope::System).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(path.parent().unwrap()), mode(&path)), (0o755, 0o666));
}

#[test]
fn a_second_daemon_is_told_that_one_is_running() {
    let top = tempfile::tempdir_in("/tmp").unwrap();
    let path = top.path().join("hook.sock");
    let first = Listening::at(&path, Scope::User).unwrap();
    assert!(matches!(Listening::at(&path, Scope::User), Err(Error::Running(_))));
    connect(&path, Scope::User, me(), now()).unwrap();
    drop(first);
    Listening::at(&path, Scope::User).unwrap();
}

#[test]
fn a_socket_that_lives_without_our_lock_is_not_removed() {
    let top = tempfile::tempdir_in("/tmp").unwrap();
    let path = top.path().join("hook.sock");
    let _other = UnixListener::bind(&path).unwrap();
    assert!(matches!(Listening::at(&path, Scope::User), Err(Error::Running(_))));
    assert!(path.exists());
}

#[test]
fn a_socket_left_by_a_dead_daemon_is_replaced() {
    let top = tempfile::tempdir_in("/tmp").unwrap();
    let path = top.path().join("hook.sock");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "std leaves the file");
    let _listening = Listening::at(&path, Scope::User).unwrap();
    connect(&path, Scope::User, me(), now()).unwrap();
}

#[test]
fn a_file_in_the_sockets_place_is_left_alone() {
    let top = tempfile::tempdir_in("/tmp").unwrap();
    let path = top.path().join("hook.sock");
    std::fs::File::create(&path).unwrap();
    assert!(matches!(Listening::at(&path, Scope::User), Err(Error::Occupied(_))));
    assert!(path.exists());
}

#[test]
fn a_socket_that_someone_put_in_our_place_is_not_removed_at_the_end() {
    let top = tempfile::tempdir_in("/tmp").unwrap();
    let path = top.path().join("hook.sock");
    let listening = Listening::at(&path, Scope::User).unwrap();
    std::fs::remove_file(&path).unwrap();
    let _other = UnixListener::bind(&path).unwrap();
    assert!(!listening.is_in_place());
    drop(listening);
    assert!(path.exists());
}

#[test]
fn a_path_that_no_socket_address_can_hold_is_named_with_its_length() {
    let top = tempfile::tempdir_in("/tmp").unwrap();
    let path = top.path().join("x".repeat(100)).join("hook.sock");
    let said = Listening::at(&path, Scope::User).unwrap_err().to_string();
    assert!(said.contains("107 bytes long"), "{said}");
    assert!(matches!(connect(&path, Scope::User, me(), now()), Err(Error::TooLong { .. })));
    assert!(!path.parent().unwrap().exists(), "nothing was made");
}

#[test]
fn a_folder_behind_a_link_is_not_trusted() {
    let top = tempfile::tempdir_in("/tmp").unwrap();
    let path = top.path().join("real/hook.sock");
    let _listening = Listening::at(&path, Scope::User).unwrap();
    symlink(top.path().join("real"), top.path().join("link")).unwrap();
    let through = top.path().join("link/hook.sock");
    assert!(matches!(connect(&through, Scope::User, me(), now()), Err(Error::NotFolder(_))));
    assert!(matches!(Listening::at(&through, Scope::User), Err(Error::NotFolder(_))));
}

#[test]
fn a_folder_that_others_may_write_to_is_not_trusted() {
    let top = tempfile::tempdir_in("/tmp").unwrap();
    let path = top.path().join("taffrail/hook.sock");
    let _listening = Listening::at(&path, Scope::User).unwrap();
    let folder = path.parent().unwrap();
    for (scope, mode) in [(Scope::User, 0o750), (Scope::User, 0o701), (Scope::System, 0o775), (Scope::System, 0o757)] {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(connect(&path, scope, me(), now()), Err(Error::Mode { .. })), "{scope:?} {mode:o}");
    }
    assert!(matches!(connect(&path, Scope::System, me() + 1, now()), Err(Error::Owner { .. })));
}

mod second_user {
    use super::*;

    #[test]
    fn a_process_of_another_user_is_a_stranger() {
        // As the hook of user 4242 that finds a folder of its own in which user 0's daemon may listen, but 4243's may not.
        let top = tempfile::tempdir_in("/tmp").unwrap();
        let folder = top.path().join("taffrail");
        let path = folder.join("hook.sock");
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(me(), 0, "this test changes owners and runs as root");
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        let listen_as = |uid: u32| {
            std::fs::remove_file(&path).ok();
            let path = path.clone();
            // Credentials of a listener are those of the thread that called listen(); the thread ends, the socket stays.
            std::thread::spawn(move || {
                let listener = UnixListener::bind(path).unwrap();
                rustix::thread::set_thread_res_uid(None, rustix::process::Uid::from_raw(uid), None).unwrap();
                rustix::net::listen(&listener, 8).unwrap();
                listener
            })
            .join()
            .unwrap()
        };
        std::os::unix::fs::chown(&folder, Some(4242), None).unwrap();

        let _planted = listen_as(4243);
        assert!(matches!(connect(&path, Scope::User, 4242, now()), Err(Error::Stranger { uid: 4243, .. })));
        let _own = listen_as(4242);
        connect(&path, Scope::User, 4242, now()).unwrap();
        let _roots = listen_as(0);
        connect(&path, Scope::User, 4242, now()).unwrap();
    }
}

#[test]
fn a_full_queue_is_waited_for_until_the_deadline_and_no_longer() {
    let top = tempfile::tempdir_in("/tmp").unwrap();
    let path = top.path().join("hook.sock");
    std::fs::set_permissions(top.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let listener = UnixListener::bind(&path).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let _fills = connect(&path, Scope::User, me(), now()).unwrap();

    let start = now();
    let busy = connect(&path, Scope::User, me(), start + Duration::from_millis(80));
    assert!(matches!(busy, Err(Error::Busy(_))));
    assert!(start.elapsed() >= Duration::from_millis(80));

    let accepts = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        [listener.accept().unwrap().0, listener.accept().unwrap().0]
    });
    connect(&path, Scope::User, me(), now() + Duration::from_secs(10)).unwrap();
    accepts.join().unwrap();
}

#[test]
fn what_nobody_has_read_can_be_told_from_what_was_read() {
    use std::io::{Read as _, Write as _};
    let (mut one, mut two) = std::os::unix::net::UnixStream::pair().unwrap();
    one.write_all(b"hello").unwrap();
    assert!(client::unread(&one).unwrap() > 0);
    two.read_exact(&mut [0; 5]).unwrap();
    assert_eq!(client::unread(&one).unwrap(), 0);
}
