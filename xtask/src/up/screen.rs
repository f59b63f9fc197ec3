//! What `cargo xtask up` prints.

use super::canary::{COMMAND, Canary};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// After a start.
pub(super) fn up(built: Duration, status: &Value, canary: &Canary, state: &Path) -> String {
    let stopped = if canary.raw == "ask" { "asked about" } else { "stopped" };
    let watching = status["mode"] != "enforce";
    let would = if watching { format!("would have been {stopped}") } else { stopped.to_owned() };
    let mode = if watching { "watching only" } else { "stopping what your policy stops" };
    let mut out = format!("Built in {}. Running as you, {mode}.\n\n", minutes(built));
    let mut row = |name: &str, lines: &[String]| {
        for (number, line) in lines.iter().enumerate() {
            let name = if number == 0 { name } else { "" };
            writeln!(out, "  {name:<11} {line}").ok();
        }
    };
    row("Daemon", &[format!("{}, {}", word(status, "program"), word(status, "socket"))]);
    row(
        "Canary",
        &[
            format!("asked about {COMMAND:?} through the real hook (never run):"),
            format!("{would}, {}, {}, on record as {}", canary.rule, milliseconds(canary.took), canary.code),
        ],
    );
    row("Proof", &[format!("{} (taffrail verify)", canary.proof.trim_end_matches('.'))]);
    row(
        "Everything",
        &[
            format!("lies in {};", home_relative(state)),
            "nothing leaves this machine; no agent's settings were touched".to_owned(),
        ],
    );
    out.push_str("\nTry next\n");
    out.push_str("  taffrail explain 'git push -f'     what it thinks of any command\n");
    writeln!(out, "  taffrail explain {:<18}why the canary would be stopped", canary.code).ok();
    out.push_str("\nStop it: cargo xtask down");
    out
}

/// When a daemon runs already.
pub(super) fn already(status: &Value) -> String {
    format!("Already running since {}; nothing to do.", clock(&word(status, "started")))
}

fn word(status: &Value, key: &str) -> String {
    status[key].as_str().unwrap_or("unknown").to_owned()
}

/// Local hours and minutes of a moment in RFC 3339.
fn clock(moment: &str) -> String {
    crate::run::read(Command::new("date").args(["-d", moment, "+%H:%M"])).unwrap_or_else(|_| moment.to_owned())
}

fn minutes(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn home_relative(path: &Path) -> String {
    let home = std::env::var_os("HOME").unwrap_or_default();
    match path.strip_prefix(&home) {
        Ok(rest) if !home.is_empty() => format!("~/{}", rest.display()),
        _ => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_screen_names_what_exists_and_stays_within_eighty_columns() {
        let status = json!({"program": "0.1.0", "socket": "/run/user/1000/taffrail/hook.sock", "mode": "detect"});
        let canary = Canary {
            code: "3FHT".into(),
            rule: "fs.delete-home".into(),
            raw: "block".into(),
            took: Duration::from_micros(1240),
            proof: "2 records, chain whole.".into(),
        };
        let text = up(Duration::from_secs(372), &status, &canary, Path::new("/var/lib/x/taffrail"));
        assert_eq!(
            text,
            "Built in 6 min 12 s. Running as you, watching only.\n\
             \n  Daemon      0.1.0, /run/user/1000/taffrail/hook.sock\
             \n  Canary      asked about \"rm -rf ~\" through the real hook (never run):\
             \n              would have been stopped, fs.delete-home, 1.2 ms, on record as 3FHT\
             \n  Proof       2 records, chain whole (taffrail verify)\
             \n  Everything  lies in /var/lib/x/taffrail;\
             \n              nothing leaves this machine; no agent's settings were touched\
             \n\nTry next\
             \n  taffrail explain 'git push -f'     what it thinks of any command\
             \n  taffrail explain 3FHT              why the canary would be stopped\
             \n\nStop it: cargo xtask down"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn a_second_start_says_since_when_and_that_there_is_nothing_to_do() {
        let text = already(&json!({"started": "2026-11-22T09:02:11Z"}));
        assert!(text.starts_with("Already running since ") && text.ends_with(":02; nothing to do."), "{text}");
    }
}
