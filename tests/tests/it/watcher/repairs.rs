//! Our own entries are put back in enforce mode, and not for ever.

use super::{Watched, rename_in, write};
use anyhow::{Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

fn installed(mode: &str) -> Result<(Watched, PathBuf, String)> {
    let watched = Watched::start(|home| {
        home.configure(&format!("mode = {mode:?}\n"))?;
        let said = home.taffrail(["install", "--yes"])?;
        ensure!(said.exit == Some(0), "{}", said.errors());
        Ok(())
    })?;
    let path = watched.home.home().join(".claude/settings.json");
    let text = fs::read_to_string(&path)?;
    Ok((watched, path, text))
}

fn what(details: &[Value]) -> Vec<&str> {
    details.iter().filter_map(|detail| detail["what"].as_str()).collect()
}

#[test]
fn in_enforce_mode_our_entries_come_back_three_times_and_then_it_is_told() -> Result<()> {
    let (watched, path, text) = installed("enforce")?;
    let parsed = |text: &str| serde_json::from_str::<Value>(text);
    let ways: [&dyn Fn() -> Result<()>; 3] =
        [&|| write(&path, "{}"), &|| rename_in(&path, text.replace("/taffrail\"", "/elsewhere/taffrail\"")), &|| {
            Ok(fs::remove_file(&path)?)
        }];
    for (number, way) in ways.iter().enumerate() {
        way()?;
        let found = watched.next(2 * number, 2)?;
        ensure!(what(&found) == ["settings-changed", "settings-repaired"], "{found:?}");
        let meaning = found[0]["meanings"][0].as_str();
        ensure!(meaning == Some(if number == 1 { "own-hook-changed" } else { "own-hook-removed" }), "{found:?}");
        ensure!(parsed(&fs::read_to_string(&path)?)?["hooks"] == parsed(&text)?["hooks"]);
        watched.quiet(2 * number + 2)?;
    }
    write(&path, "{}")?;
    let found = watched.next(6, 2)?;
    ensure!(what(&found) == ["settings-changed", "settings-not-repaired"], "{found:?}");
    ensure!(fs::read_to_string(&path)? == "{}");
    let status = watched.home.taffrail(["status"])?;
    ensure!(status.exit == Some(1) && status.text().contains("were not put back: they were put back three"));
    // Whoever puts them in again has mended it.
    write(&path, &text)?;
    watched.next(8, 1)?;
    ensure!(watched.home.taffrail(["status"])?.exit == Some(0));
    Ok(())
}

#[test]
fn uninstall_and_install_are_not_fought() -> Result<()> {
    let (watched, path, _) = installed("enforce")?;
    let said = watched.home.taffrail(["uninstall", "--yes"])?;
    ensure!(said.exit == Some(0), "{}", said.errors());
    // Of both agents.
    let found = watched.next(0, 2)?;
    ensure!(what(&found) == ["settings-changed", "settings-changed"], "{found:?}");
    watched.quiet(2)?;
    ensure!(fs::read_to_string(&path)? == "{}");
    ensure!(watched.home.taffrail(["status"])?.exit == Some(0));
    watched.home.taffrail(["install", "--yes"])?;
    watched.next(2, 2)?;
    watched.quiet(4)
}

#[test]
fn in_detect_mode_nothing_is_put_back_and_status_says_so() -> Result<()> {
    let (watched, path, _) = installed("detect")?;
    write(&path, "{}")?;
    let found = watched.next(0, 2)?;
    ensure!(what(&found) == ["settings-changed", "settings-not-repaired"], "{found:?}");
    ensure!(fs::read_to_string(&path)? == "{}");
    let status = watched.home.taffrail(["status"])?;
    ensure!(status.exit == Some(1) && status.text().contains("Taffrail is watching only"), "{}", status.text());
    Ok(())
}
