use super::*;

fn user(root: &Path) -> User {
    User { uid: rustix::process::geteuid().as_raw(), home: Some(root.join("home")), ..User::default() }
}

fn folders(root: &Path) -> [String; 4] {
    ["run", "etc", "var", "run_user"].map(|name| root.join(name).to_str().unwrap().to_owned())
}

fn system(folders: &[String; 4]) -> System<'_> {
    let [run, etc, var, run_user] = folders;
    System { run, etc, var, run_user, owner: rustix::process::geteuid().as_raw() }
}

#[test]
fn the_hook_tries_three_sockets_of_a_user_in_order() {
    let root = tempfile::tempdir().unwrap();
    let folders = folders(root.path());
    let mut user = user(root.path());
    std::fs::create_dir(root.path().join("home")).unwrap();
    let run_user = root.path().join("run_user").join(user.uid.to_string());
    std::fs::create_dir_all(&run_user).unwrap();
    user.runtime = Some("/x/runtime".into());

    let found: Vec<_> = user.sockets(&system(&folders)).collect();

    assert_eq!(
        found,
        [
            PathBuf::from("/x/runtime/taffrail/hook.sock"),
            run_user.join("taffrail/hook.sock"),
            root.path().join("home/.local/state/taffrail/hook.sock"),
        ]
    );
}

#[test]
fn a_run_time_folder_of_someone_else_is_no_candidate() {
    let root = tempfile::tempdir().unwrap();
    let folders = folders(root.path());
    let mut user = user(root.path());
    user.state = Some("/x/state".into());
    user.uid += 1;
    std::fs::create_dir_all(root.path().join("run_user").join(user.uid.to_string())).unwrap();

    let found: Vec<_> = user.sockets(&system(&folders)).collect();

    assert_eq!(found, [PathBuf::from("/x/state/taffrail/hook.sock")]);
}

#[test]
fn a_home_that_belongs_to_another_account_is_not_used() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("home")).unwrap();
    let mut user = user(root.path());
    user.uid = 4_000_000_001;
    assert_eq!(user.state_folder(), None, "no such account, and the folder of $HOME is not its own");
    assert_eq!(user.places(&SYSTEM), None);
}

#[test]
fn a_system_is_installed_where_its_state_folder_is_the_owners_and_no_link() {
    let root = tempfile::tempdir().unwrap();
    let folders = folders(root.path());
    let mut system = system(&folders);
    assert!(!system.installed());

    std::fs::create_dir(root.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(root.path().join("elsewhere"), system.var).unwrap();
    assert!(!system.installed(), "a link");

    std::fs::remove_file(system.var).unwrap();
    std::fs::create_dir(system.var).unwrap();
    assert!(system.installed());
    system.owner += 1;
    assert!(!system.installed(), "of another owner");
}

#[test]
fn a_stand_down_file_of_another_owner_does_nothing() {
    let root = tempfile::tempdir().unwrap();
    let folders = folders(root.path());
    let mut system = system(&folders);
    std::fs::create_dir(system.etc).unwrap();
    assert!(!system.stood_down());
    std::fs::File::create(system.stand_down()).unwrap();
    assert!(system.stood_down());
    system.owner += 1;
    assert!(!system.stood_down());
}

#[test]
fn what_is_private_lies_in_a_folder_of_its_own() {
    let places = SYSTEM.places();
    assert_eq!(places.journal(), Path::new("/var/lib/taffrail/journal"));
    assert_eq!(places.keys(), Path::new("/var/lib/taffrail/keys"));
    assert_eq!(places.fallback(), Path::new("/var/lib/taffrail/fallback.bin"));
    assert_eq!(SYSTEM.socket(), Path::new("/run/taffrail/hook.sock"));
}

#[test]
fn a_map_of_users_is_whole_only_where_everybody_has_their_own_number() {
    assert!(is_whole("         0          0 4294967295\n"));
    for part in ["0 64018 1\n", "0 1000 1\n1 100000 65536\n", "0 0 1\n", ""] {
        assert!(!is_whole(part), "{part}");
    }
}

#[test]
fn the_number_of_others_is_no_roots_outside_of_such_a_namespace() {
    let whole = std::fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| is_whole(&map));
    assert_eq!(SYSTEM.owns(65_534), !whole);
    assert!(SYSTEM.owns(0) && !SYSTEM.owns(1000));
}
