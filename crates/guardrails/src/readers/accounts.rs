//! Accounts, firewalls and file systems of this machine.

use super::raw;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, PrivilegeKind, ResourceAction, ResourceKind, WriteMode};
use protocol::{Field, RawText, Why};

/// Groups whose members can do everything.
const ROOT_GROUPS: &[&[u8]] = &[b"sudo", b"wheel", b"root", b"admin", b"shadow", b"disk", b"sudoers"];

/// `useradd`, `usermod`, `passwd`, `chpasswd` and their like: whose account, and does it become one with all rights?
pub(super) fn account(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.flag(|entry| &entry.flags.dry) {
        return Flow::Output;
    }
    let list = |word: &Value| {
        word.written()
            .is_some_and(|text| text.split(|b| matches!(b, b',' | b':')).any(|name| ROOT_GROUPS.contains(&name)))
    };
    let joins = call.arguments.values(&["-G", "--groups", "-g", "--gid", "-a", "--add", "--ingroup"]).any(list);
    let by_operand = match call.name {
        // `gpasswd -a user group`, `adduser user group`, `dseditgroup -o edit -a user group`.
        "gpasswd" | "dseditgroup" => call.operands().iter().any(list),
        "adduser" | "addgroup" | "deluser" => call.operands().iter().skip(1).any(list),
        _ => false,
    };
    let number = call.arguments.values(&["-u", "--uid"]).any(|value| value.is("0"));
    let names_root = call.operands().iter().any(|word| word.is("root"));
    // `passwd` without a name is the caller's own, which under `sudo` is root's.
    let own = call.name == "passwd"
        && call.operands().is_empty()
        && !matches!(walker.user, Field::Known(protocol::effect::User::Caller));
    let lines = match (&call.stdin, call.name) {
        (Flow::Text(text), "chpasswd" | "newusers") => text
            .split(|b| *b == b'\n')
            .any(|line| line.starts_with(b"root:") || memchr::memmem::find(line, b":0:").is_some()),
        _ => false,
    };
    let to = if joins || by_operand || number || names_root || own || lines {
        Field::Known(raw("root"))
    } else {
        call.operands().last().map_or(Field::Unknown(Why::Unstated), Value::field)
    };
    walker.push(Action::Privilege { kind: PrivilegeKind::Account, to });
    Flow::Output
}

/// A rule that lets something in changes a firewall; switching it off, or emptying it, takes it away.
pub(super) fn firewall(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.flag(|entry| &entry.flags.dry) {
        return Flow::Output;
    }
    let verbs: Vec<&[u8]> = call.words.iter().filter_map(Value::written).take(24).collect();
    let has = |list: &[&[u8]]| verbs.iter().any(|word| list.contains(word));
    let named = |start: &[u8]| verbs.iter().any(|word| word.starts_with(start));
    if call.name == "nft" && has(&[b"-c", b"--check"]) {
        return Flow::Output;
    }
    if matches!(verbs.first(), None | Some(&b"status" | &b"show" | &b"list" | &b"version" | &b"-v" | &b"-V")) {
        return Flow::Output;
    }
    let changes = match call.name {
        "ufw" => has(&[b"allow", b"deny", b"reject", b"limit", b"enable", b"reload", b"logging", b"delete"]),
        "firewall-cmd" => {
            named(b"--add-") || named(b"--remove-") || named(b"--reload") || named(b"--runtime-to-permanent")
        }
        "nft" => has(&[b"add", b"insert"]),
        "pfctl" => has(&[b"-e", b"-f"]),
        _ => has(&[b"-A", b"-I", b"-D", b"--append", b"--insert", b"--delete", b"-N"]),
    };
    let off: &[&[u8]] =
        &[b"disable", b"reset", b"-F", b"--flush", b"flush", b"-P", b"--policy", b"-X", b"-d", b"--panic-on"];
    // Of this one only panic takes all away: its `-P` and `-d` are something else.
    let takes_away = if call.name == "firewall-cmd" { named(b"--panic") } else { has(off) };
    let to = if changes && !takes_away { raw("firewall") } else { raw("firewall off") };
    walker.push(Action::Privilege { kind: PrivilegeKind::Policy, to: Field::Known(to) });
    Flow::Output
}

/// `mkfs` and its like: a disk, or a file that holds the image of one.
pub(super) fn make_filesystem(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.flag(|entry| &entry.flags.dry) {
        return Flow::Output;
    }
    // Volumes and pools have names of their own.
    let named = call.name.starts_with("lv") || call.name.starts_with("vg") || call.name.starts_with("pv");
    let devices: Vec<&Value> = call
        .operands()
        .iter()
        .filter(|word| word.written().is_none_or(|text| !text.iter().all(u8::is_ascii_digit) || text.is_empty()))
        .collect();
    let mut any = false;
    for device in devices {
        let path = crate::paths::absolute(&walker.shell.cwd, device);
        let is_file = !named
            && path.known().is_some_and(|path| !path.starts_with(b"/dev/"))
            && device.known().is_some_and(|text| text.contains(&b'.') || text.contains(&b'/'));
        if is_file {
            walker.write(device, WriteMode::Replace, &Flow::Output);
            any = true;
            continue;
        }
        let action = if path.known().is_some_and(is_card) { ResourceAction::Change } else { ResourceAction::Destroy };
        disk(walker, action, device.field());
        any = true;
    }
    if !any {
        disk(walker, ResourceAction::Destroy, Field::Unknown(Why::Unstated));
    }
    Flow::Output
}

/// A memory card: made to be written by whoever holds it.
fn is_card(path: &[u8]) -> bool {
    path.starts_with(b"/dev/mmcblk")
}

/// A disk that is not this machine's first: a stick, a card, a loop.
pub(crate) fn is_removable(path: &[u8]) -> bool {
    if is_card(path) || path.starts_with(b"/dev/loop") {
        return true;
    }
    let letter = path.strip_prefix(b"/dev/sd").and_then(<[u8]>::first);
    let number = path.strip_prefix(b"/dev/disk").or_else(|| path.strip_prefix(b"/dev/rdisk")).and_then(<[u8]>::first);
    letter.is_some_and(|b| (b'b'..=b'z').contains(b)) || number.is_some_and(|b| (b'2'..=b'9').contains(b))
}

fn disk(walker: &mut Walker<'_>, action: ResourceAction, name: Field<RawText>) {
    let unstated = || Field::Unknown(Why::Unstated);
    walker.push(Action::Resource {
        kind: ResourceKind::Disk,
        action,
        provider: unstated(),
        name,
        scope: unstated(),
        host: unstated(),
        context: unstated(),
    });
}
