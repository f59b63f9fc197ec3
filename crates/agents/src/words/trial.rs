//! What `taffrail try` and `taffrail support-bundle` say.

use super::layout::{Rows, wrapped};
use super::quote::quoted;
use std::fmt::Write as _;

/// What became of one stop that was tried.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    pub agent: &'a str,
    /// A command that ran, in so far as nothing was said of it.
    pub harmless: &'a str,
    pub stopped: &'a str,
    pub took_ms: (f64, f64),
    /// What the agent was told, and what the person reads.
    pub to_agent: &'a str,
    pub to_person: &'a str,
    pub code: &'a str,
    /// Which rule said so.
    pub rule: &'a str,
    pub records: u64,
    pub folder: &'a str,
    pub kept: bool,
}

/// The page of `taffrail try`.
pub fn trial_page(trial: &Trial<'_>) -> String {
    let mut page = Rows::new(
        "Tried in a throw-away home, with our hook called as the agent calls it.\n\
         Neither command was run, and no settings of yours were touched.\n"
            .to_owned(),
    );
    page.row("Asked", &format!("{}: no opinion, {:.1} ms", quoted(trial.harmless), trial.took_ms.0));
    page.row("Asked", &format!("{}: stopped, {:.1} ms", quoted(trial.stopped), trial.took_ms.1));
    let mut text = page.finish();
    write!(text, "\n\nWhat {} reads\n  {}\n\nWhat you read", trial.agent, wrapped(trial.to_agent, 2)).ok();
    for line in trial.to_person.lines() {
        write!(text, "\n  {line}").ok();
    }
    let record = format!("{}, by {}; {} records, chain whole", trial.code, trial.rule, trial.records);
    let mut rows = Rows::new(format!("{text}\n"));
    rows.row("Record", &record);
    let lies = if trial.kept { "" } else { " (gone now; keep it: taffrail try --keep)" };
    rows.row("Place", &format!("{}{lies}", quoted(trial.folder)));
    let mut text = rows.finish();
    if trial.kept {
        text.push_str("\n\nLook at it: XDG_STATE_HOME=PLACE/state taffrail log, with that place for PLACE.");
    }
    text.push_str("\n\nGuard your own agents: taffrail install");
    text
}

/// What a support bundle will hold, said before it is written.
pub fn bundle_contents<'a>(folder: &str, parts: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = format!("Will write these files into {}, and nothing else:\n", quoted(folder));
    for (name, what) in parts {
        write!(text, "\n  {name:<18} {}", wrapped(what, 21)).ok();
    }
    text.push_str(
        "\n\nNever in it: keys, payloads, texts of calls, of policies or of files. Secrets\n\
         are hidden in all of it, your home folder is written as ~. Nothing is sent.",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(kept: bool) -> Trial<'static> {
        Trial {
            agent: "Claude Code",
            harmless: "git status",
            stopped: "rm -rf ~",
            took_ms: (1.26, 1.04),
            to_agent: "Stopped by Taffrail before it ran; nothing changed. It would delete the home folder. Built-in \
                       rule: a home folder is not deleted (7QK4)",
            to_person: "Taffrail stopped one command from Claude. Nothing was changed.\n  Command  rm -rf ~",
            code: "7QK4",
            rule: "fs.delete-home",
            records: 6,
            folder: "/home/ana/.cache/taffrail/try-3f",
            kept,
        }
    }

    #[test]
    fn the_page_says_what_was_tried_what_each_reads_and_where_the_record_is() {
        insta::assert_snapshot!(trial_page(&trial(false)));
        let kept = trial_page(&trial(true));
        assert!(kept.contains("taffrail log") && !kept.contains("gone now"), "{kept}");
        assert!(kept.lines().all(|line| line.chars().count() <= 80), "{kept}");
    }

    #[test]
    fn a_bundle_says_what_is_in_it_and_what_never_is() {
        let parts =
            [("versions.json", "versions of Taffrail and of this system"), ("doctor.json", "what doctor finds")];
        let said = bundle_contents("taffrail-support-1", parts.into_iter());
        assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
        insta::assert_snapshot!(said);
    }
}
