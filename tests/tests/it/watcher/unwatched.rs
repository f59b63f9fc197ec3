//! What somebody did to an agent's settings while no daemon ran.

use super::*;

/// Starts again after `edit` was made without a daemon, and gives the records of it.
fn meanwhile(watched: Watched, edit: impl FnOnce(&Home) -> Result<()>, count: usize) -> Result<(Watched, Vec<Value>)> {
    let Watched { home, daemon } = watched;
    daemon.stop()?;
    edit(&home)?;
    let watched = Watched { daemon: Daemon::start(&home)?, home };
    watched.settled(2)?;
    let found = until("the records of a change", Duration::from_secs(5), || {
        let details = watched.details()?;
        Ok((details.len() >= count).then_some(details))
    })?;
    Ok((watched, found))
}

#[test]
fn a_change_made_while_no_daemon_ran_is_told_at_the_next_start_once() -> Result<()> {
    let watched = Watched::start(|_| Ok(()))?;
    let off = |home: &Home| home.write(".claude/settings.json", "{ \"disableAllHooks\": true }").map(drop);
    let (watched, found) = meanwhile(watched, off, 1)?;
    let [one] = found.as_slice() else { anyhow::bail!("{found:?}") };
    ensure!(one["meanings"] == json!(["hooks-off"]) && one["unwatched"] == true && one["by"] == "unknown", "{one:#}");
    ensure!(one["changes"][0]["name"] == "disableAllHooks", "{one:#}");
    let log = watched.home.taffrail(["log"])?.text();
    ensure!(log.contains("(while it was not watched)"), "{log}");
    // What is watched now is told as ever, and another start tells nothing anew.
    write(&watched.home.home().join(".claude/settings.json"), "{}")?;
    let later = watched.next(1, 1)?;
    ensure!(later[0]["meanings"] == json!(["hooks-on"]) && later[0].get("unwatched").is_none(), "{later:?}");
    let (watched, found) = meanwhile(watched, |_| Ok(()), 2)?;
    ensure!(found.len() == 2, "{found:?}");
    watched.quiet(2)
}

#[test]
fn our_entries_taken_out_while_no_daemon_ran_are_told_as_removed() -> Result<()> {
    let watched = Watched::start(|home| {
        let said = home.taffrail(["install", "--yes", "--agent", "claude-code"])?;
        ensure!(said.exit == Some(0), "{}", said.errors());
        Ok(())
    })?;
    let (_, found) = meanwhile(watched, |home| home.write(".claude/settings.json", "{}").map(drop), 1)?;
    ensure!(found[0]["meanings"][0] == "own-hook-removed" && found[0]["unwatched"] == true, "{found:?}");
    Ok(())
}
