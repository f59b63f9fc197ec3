//! A daemon that nobody calls does nothing, whatever else the machine does, and still sees a change.

use anyhow::{Context as _, Result, ensure};
use std::fs;
use std::time::Duration;
use test_support::{Daemon, Home, until};

/// How often its threads were given a processor until now.
fn turns(daemon: &Daemon) -> Result<u64> {
    let mut turns = 0;
    for task in fs::read_dir(format!("/proc/{}/task", daemon.pid()))? {
        let status = fs::read_to_string(task?.path().join("status"))?;
        let of = |line: &str| line.split_once("ctxt_switches:")?.1.trim().parse::<u64>().ok();
        turns += status.lines().filter_map(of).sum::<u64>();
    }
    Ok(turns)
}

#[test]
fn a_daemon_at_rest_is_not_woken_by_what_others_read() -> Result<()> {
    let home = Home::new()?;
    home.configure("mode = \"enforce\"\n")?;
    let daemon = Daemon::start(&home)?;
    // What it does at the start, and the last look at its files.
    std::thread::sleep(Duration::from_secs(3));
    let before = turns(&daemon)?;
    for _ in 0..200 {
        // As every program does that starts.
        fs::read("/etc/passwd").context("read the accounts")?;
        std::thread::sleep(Duration::from_millis(10));
    }
    let woken = turns(&daemon)? - before;
    ensure!(woken <= 50, "woken {woken} times in two seconds");

    fs::read(home.config_file())?;
    home.configure("mode = \"detect\"\n")?;
    until("the new mode", Duration::from_secs(5), || {
        let status = home.taffrail(["status", "--json"])?.json()?;
        Ok((status["mode"] == "detect").then_some(()))
    })
}
