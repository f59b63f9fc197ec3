use super::*;

fn place() -> (tempfile::TempDir, Place) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place { state: folder.path().join("state/taffrail") };
    (folder, place)
}

/// A program in the daemon's place that ignores its argument.
fn program(folder: &Path, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("taffraild");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn the_process_that_is_written_down_is_the_daemon_itself_in_a_session_of_its_own() {
    let (folder, place) = place();
    let process = start(&place, &program(folder.path(), "echo up; exec sleep 60")).unwrap();
    let started = test_support::until("the program", PATIENCE, || {
        Ok(fs::read_to_string(format!("/proc/{}/cmdline", process.pid))?.starts_with("sleep").then_some(()))
    });
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.pid)).unwrap();
    let session = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(3).unwrap().to_owned();
    assert!(!process.end(PATIENCE).unwrap());
    started.unwrap();
    assert_eq!(session, process.pid.to_string());
    assert!(tail(&place.log()).ends_with("up"));
}

#[test]
fn a_daemon_that_ends_at_once_is_told_with_the_end_of_its_log() {
    let (folder, place) = place();
    let process = start(&place, &program(folder.path(), "echo the key file is damaged; exit 1"));
    let error = match process {
        Ok(process) => {
            let started = Started { version: 1, process, taffrail: "/bin/false".into() };
            wait(&place, &started).unwrap_err()
        }
        Err(error) => error,
    };
    assert!(format!("{error:#}").contains("ended at once"), "{error:#}");
}

#[test]
fn a_note_of_a_process_that_is_gone_or_cannot_be_read_starts_nothing_twice() {
    let (_folder, place) = place();
    assert!(place.started().unwrap().is_none());
    fs::create_dir_all(&place.state).unwrap();
    fs::write(place.note(), b"{").unwrap();
    assert!(place.started().unwrap().is_none());
    let me = Process::of(std::process::id()).unwrap();
    let earlier = Process { started: me.started + 1, ..me };
    let note = serde_json::to_vec(&Started { version: 1, process: earlier, taffrail: "/x".into() }).unwrap();
    fs::write(place.note(), note).unwrap();
    assert!(!place.started().unwrap().unwrap().process.alive());
}

#[test]
fn the_canary_runs_the_command_of_a_hook_entry_with_the_path_quoted() {
    assert_eq!(
        canary::entry(Path::new("/opt/it's here/taffrail"), "PreToolUse"),
        r"'/opt/it'\''s here/taffrail' hook claude-code PreToolUse"
    );
}
