//! Programs that have others run later, or at every start.

use super::raw;
use crate::paths::Follow;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, PersistKind, Stopped, WriteMode};
use protocol::{Field, Why};

pub(super) fn crontab(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.has(&["-l"]) {
        return Flow::Output;
    }
    if call.has(&["-r"]) {
        walker.push(Action::Stop { what: Stopped::Service, name: Field::Known(raw("crontab")) });
        return Flow::Output;
    }
    let text = match call.operands().first() {
        Some(file) if !file.is("-") => walker.read_flow(file),
        _ => call.stdin.clone(),
    };
    if call.has(&["-e"]) || !matches!(text, Flow::Inherit) || !call.operands().is_empty() {
        walker.push(Action::Persist { kind: PersistKind::Cron, target: None });
    }
    if let Flow::Text(text) | Flow::Part(text) = text {
        walker.later("cron", |walker| walker.schedule(&text, false));
    }
    Flow::Output
}

/// `at`, `batch`: what flows in, or stands in a file, runs later.
pub(super) fn at(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.has(&["-l", "-c", "-d", "-r"]) {
        return Flow::Output;
    }
    let text = match call.arguments.value(&["-f"]) {
        Some(file) => walker.read_flow(file),
        None => call.stdin.clone(),
    };
    walker.push(Action::Persist { kind: PersistKind::Cron, target: None });
    if let Flow::Text(text) | Flow::Part(text) = text {
        walker.later("cron", |walker| {
            walker.new_shell_text(&text, &Flow::Inherit, Vec::new());
        });
    }
    Flow::Output
}

/// `systemd-run`: a command of a service of its own; with a timer it runs again and again.
pub(super) fn systemd_run(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.operands().to_vec();
    let timed = call.arguments.options.iter().any(|(name, _)| {
        name.starts_with(b"--on-") || matches!(name.as_slice(), b"--timer-property" | b"--path-property")
    });
    if timed {
        walker.push(Action::Persist { kind: PersistKind::Unit, target: None });
        walker.later("unit", |walker| {
            walker.invoke(&words, &Flow::Inherit);
        });
    }
    walker.carried(call.name, |walker| walker.invoke(&words, &call.stdin))
}

/// `code --install-extension publisher.name`: code that every window of the editor loads from then on.
pub(super) fn editor_extension(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for extension in call.arguments.values(&["--install-extension"]) {
        walker.push(Action::InstallPackage {
            registry: Field::Known(raw("editor")),
            name: extension.field(),
            version: Field::Unknown(Why::Unstated),
            locked: Field::Known(false),
        });
    }
    walker.plain(call)
}

/// `journalctl --vacuum-size=1G`: entries of the system's journal go; else it only reads.
pub(super) fn journalctl(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.arguments.options.iter().any(|(name, _)| name.starts_with(b"--vacuum-")) {
        let journal = walker.found(&Value::text(b"/var/log/journal/old"), Follow::Entry);
        walker.push(Action::Delete { target: journal.target, recursive: false, forced: false, filtered: true });
    }
    Flow::Output
}

/// Processes whose memory holds the keys of others.
const HOLD_KEYS: [&str; 12] = [
    "ssh-agent",
    "gpg-agent",
    "gnome-keyring",
    "keyring",
    "kwallet",
    "sshd",
    "keepass",
    "bitwarden",
    "1password",
    "vault",
    "lsass",
    "firefox",
];

/// `restic forget`: by a rule of how long copies are kept, or all of them.
pub(super) fn forget_copies(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let from = walker.effects.len();
    let flow = walker.plain(call);
    let none = call.arguments.value(&["--keep-last"]).is_some_and(|count| count.is("0"))
        || call.has(&["--unsafe-allow-remove-all"]);
    for effect in walker.effects.iter_mut().skip(from).filter(|_| none) {
        if let Action::Resource { action, .. } = &mut effect.action {
            *action = protocol::effect::ResourceAction::Destroy;
        }
    }
    flow
}

/// The memory of a process that holds a person's private keys.
pub(super) fn reads_keys_of(walker: &mut Walker<'_>, process: &[u8]) {
    if HOLD_KEYS.iter().any(|known| memchr::memmem::find(process, known.as_bytes()).is_some()) {
        let keys = walker.found(&walker.below_home("~/.ssh/id_ed25519"), Follow::Entry).target;
        walker.push(Action::Read { target: keys, recursive: false });
    }
}

/// `gcore pid`: what a process has in its memory becomes a file.
pub(super) fn memory_dump(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    // What `pgrep` finds stands there by its name.
    for name in call.operands().iter().filter_map(Value::known) {
        reads_keys_of(walker, name);
    }
    if let Some(to) = call.arguments.value(&["-o"]) {
        walker.write(&to.clone(), WriteMode::Replace, &Flow::Output);
    }
    Flow::Output
}
