//! What was in a settings file, without its texts: kept while nobody looks, and enough to say what has changed since.

use super::items::{Held, Key, Subject};
use super::{Change, Form, join_hooks};
use protocol::RawText;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Things of one file that are kept. Of a fuller file only that it has changed can be told.
const MOST: usize = 512;

/// A number for some bytes that nobody can work out, or work back from, without the key in it.
pub type Print<'a> = &'a dyn Fn(&[u8]) -> u64;

/// The prints of a file's things.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prints(BTreeSet<Thing>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Thing {
    subject: Subject,
    name: u64,
    part: u64,
    value: u64,
}

impl Thing {
    fn of(key: &Key, held: &Held, print: Print<'_>) -> Self {
        Self {
            subject: key.subject,
            name: print(key.name.as_bytes()),
            part: print(&key.part.to_be_bytes()),
            value: print(&held.mark.to_be_bytes()),
        }
    }

    fn place(&self) -> (Subject, u64, u64) {
        (self.subject, self.name, self.part)
    }
}

impl Form {
    /// `None`: there is too much in it.
    pub fn prints(&self, print: Print<'_>) -> Option<Prints> {
        let things = self.items.iter().map(|(key, held)| Thing::of(key, held, print));
        (self.items.len() <= MOST).then(|| Prints(things.collect()))
    }

    /// What became of `before` in this form, the most serious first. What was taken out has a name where something of the
    /// same name is still there, and its value is not known any more.
    pub fn changes_since(&self, before: &Prints, print: Print<'_>) -> Vec<Change> {
        let now: Vec<(Thing, &Key, &Held)> =
            self.items.iter().map(|(key, held)| (Thing::of(key, held, print), key, held)).collect();
        let names: BTreeMap<u64, &str> = now.iter().map(|(thing, key, _)| (thing.name, key.name.as_str())).collect();
        let then: BTreeMap<_, u64> = before.0.iter().map(|thing| (thing.place(), thing.value)).collect();
        let unseen = Held { shown: None, mark: 0 };
        let mut changes: Vec<Change> = now
            .iter()
            .filter(|(thing, ..)| then.get(&thing.place()) != Some(&thing.value))
            .map(|(thing, key, held)| Change::of(key, then.get(&thing.place()).map(|_| &unseen), Some(held)))
            .collect();
        let places: BTreeSet<_> = now.iter().map(|(thing, ..)| thing.place()).collect();
        let gone = before.0.iter().filter(|thing| !places.contains(&thing.place()));
        changes.extend(gone.map(|thing| Change {
            meaning: thing.subject.meaning(true, false),
            name: RawText::from(names.get(&thing.name).copied().unwrap_or(GONE).to_owned()),
            before: None,
            after: None,
        }));
        join_hooks(&mut changes);
        changes.sort_by(|a, b| a.meaning.cmp(&b.meaning).then_with(|| a.name.cmp(&b.name)));
        changes
    }
}

/// In place of a name that nobody knows any more.
const GONE: &str = "(no longer there)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watched::watched_files;
    use protocol::Agent;
    use protocol::settings::Meaning;
    use std::hash::{BuildHasher as _, RandomState};

    fn form(text: &str) -> Form {
        let file = watched_files(Agent::ClaudeCode).iter().find(|file| file.path == ".claude/settings.json").unwrap();
        Form::of(Agent::ClaudeCode, file, text.as_bytes()).unwrap()
    }

    /// Meanings and names of what changed between two texts, the first of which is known by its prints alone.
    fn since(before: &str, after: &str) -> Vec<(Meaning, String)> {
        let key = RandomState::new();
        let print = |bytes: &[u8]| key.hash_one(bytes);
        let kept = serde_json::to_string(&form(before).prints(&print).unwrap()).unwrap();
        let kept: Prints = serde_json::from_str(&kept).unwrap();
        let text = |text: &RawText| String::from_utf8(protocol::Text::bytes(text).to_vec()).unwrap();
        let changes = form(after).changes_since(&kept, &print);
        let seen: Vec<Meaning> = form(before).changes(&form(after)).iter().map(|change| change.meaning).collect();
        let known: Vec<Meaning> = changes.iter().map(|change| change.meaning).collect();
        assert_eq!(known, seen, "the same as with both forms in hand");
        changes.iter().map(|change| (change.meaning, text(&change.name))).collect()
    }

    const OURS: &str = r#"{"hooks":{"PreToolUse":[{"matcher":"*","hooks":[{"type":"command","command":"/opt/taffrail","args":["hook","claude-code","PreToolUse"],"timeout":10}]}]}}"#;

    #[test]
    fn what_changed_is_told_from_prints_as_from_the_texts() {
        let named = |meaning, name: &str| vec![(meaning, name.to_owned())];
        assert_eq!(since(OURS, OURS), []);
        assert_eq!(since(OURS, "{}"), named(Meaning::OwnHookRemoved, GONE));
        assert_eq!(since("{}", OURS), named(Meaning::OwnHookAdded, "PreToolUse"));
        assert_eq!(since(OURS, &OURS.replace("10}", "1}")), named(Meaning::OwnHookChanged, "PreToolUse"));
        assert_eq!(since("{}", r#"{"disableAllHooks":true}"#), named(Meaning::HooksOff, "disableAllHooks"));
        let allow = |rules: &str| format!(r#"{{"permissions":{{"allow":[{rules}]}}}}"#);
        assert_eq!(since(&allow(""), &allow("\"Bash\"")), named(Meaning::PermissionWidened, "Bash"));
        assert_eq!(since(&allow("\"Bash\""), &allow("")), named(Meaning::PermissionNarrowed, GONE));
        assert_eq!(since(r#"{"model":"a"}"#, r#"{"model":"b"}"#), named(Meaning::SettingChanged, "model"));
    }

    #[test]
    fn what_is_kept_holds_no_text_of_the_file() {
        let print = |bytes: &[u8]| RandomState::new().hash_one(bytes);
        let kept = form(&OURS.replace("/opt/taffrail", "/opt/hunter2/taffrail")).prints(&print).unwrap();
        let kept = serde_json::to_string(&kept).unwrap();
        assert!(!kept.contains("hunter2") && !kept.contains("PreToolUse"), "{kept}");
    }

    #[test]
    fn of_a_file_with_too_much_in_it_no_things_are_kept() {
        let many: Vec<String> = (0..1000).map(|number| format!("\"k{number}\":1")).collect();
        assert_eq!(form(&format!("{{{}}}", many.join(","))).prints(&|_| 0), None);
    }
}
