//! Programs that run a command in a container or a pod.

use super::raw;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, Place, PrivilegeKind, ResourceAction, ResourceKind};
use protocol::{Field, RawText, Text, Why};

/// `docker run [options] image [command…]`.
pub(super) fn run(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut mounts = Vec::new();
    let mut escape = call.has(&["--privileged"]);
    for volume in call.arguments.values(&["-v", "--volume"]) {
        if let Some(mount) = volume.written() {
            add_mount(walker, mount, &mut mounts, &mut escape);
        }
    }
    for mount in call.arguments.values(&["--mount"]) {
        let Some(text) = mount.written() else { continue };
        let field = |names: &[&[u8]]| {
            text.split(|b| *b == b',').find_map(|pair| {
                let cut = pair.iter().position(|b| *b == b'=')?;
                let (name, value) = pair.split_at(cut);
                names.contains(&name).then(|| value.get(1..).unwrap_or_default().to_vec())
            })
        };
        if let (Some(from), Some(to)) = (field(&[b"source", b"src"]), field(&[b"target", b"destination", b"dst"])) {
            add_mount(walker, &[from.as_slice(), b":", &to].concat(), &mut mounts, &mut escape);
        }
    }
    let shares = |names: &[&str]| call.arguments.values(names).any(|value| value.is("host"));
    escape |= shares(&["--pid"]) || shares(&["--userns"]) || shares(&["--ipc"]);
    escape |= call.arguments.values(&["--cap-add"]).any(|cap| {
        cap.written().is_some_and(|cap| {
            let cap = cap.to_ascii_uppercase();
            cap.ends_with(b"ALL")
                || cap.ends_with(b"SYS_ADMIN")
                || cap.ends_with(b"SYS_PTRACE")
                || cap.ends_with(b"SYS_MODULE")
        })
    });
    if escape {
        walker.push(Action::Privilege { kind: PrivilegeKind::ContainerEscape, to: Field::Known(raw("root")) });
    }
    let Some((image, command)) = call.operands().split_first() else { return Flow::Output };
    let name = call.arguments.value(&["--name"]).unwrap_or(image).field();
    let mut words = command.to_vec();
    if let Some(entry) = call.arguments.value(&["--entrypoint"]) {
        words.insert(0, entry.clone());
    }
    inside(walker, call, name, mounts, &words)
}

/// A folder of the host in the container; the host's root or its control socket is a way out.
fn add_mount(walker: &Walker<'_>, mount: &[u8], mounts: &mut Vec<RawText>, escape: &mut bool) {
    let mut parts = mount.split(|b| *b == b':');
    let (Some(host), Some(inside)) = (parts.next(), parts.next()) else { return };
    if !matches!(host.first(), Some(b'/' | b'.' | b'~')) {
        return;
    }
    if let Value::Known(host) = crate::paths::absolute(&walker.shell.cwd, &Value::text(host)) {
        if host == b"/"
            || host.ends_with(b"/docker.sock")
            || host.ends_with(b"/containerd.sock")
            || host == b"/etc"
            || host == b"/root"
        {
            *escape = true;
        }
        mounts.push(RawText::new([host.as_slice(), b":", inside].concat()));
    }
}

/// `docker exec [options] container command…`, `docker compose exec service command…`.
pub(super) fn exec(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some((name, command)) = call.operands().split_first() else { return Flow::Output };
    let name = match (daemon(walker, call), name.field()) {
        (Field::Known(host), Field::Known(name)) => {
            Field::Known(RawText::new([host.bytes(), b"/", name.bytes()].concat()))
        }
        (_, name) => name,
    };
    inside(walker, call, name, Vec::new(), command)
}

pub(super) fn inside(
    walker: &mut Walker<'_>,
    call: &Call<'_>,
    name: Field<RawText>,
    mounts: Vec<RawText>,
    command: &[Value],
) -> Flow {
    if command.is_empty() {
        return Flow::Output;
    }
    let folder = call.arguments.value(&["-w", "--workdir"]).cloned();
    let named = matches!(&name, Field::Known(name) if !name.bytes().is_empty());
    let name = if named { name } else { Field::Unknown(Why::Unstated) };
    walker.at_place(Place::Container { name, mounts }, |walker| {
        if let Some(folder) = folder {
            walker.shell.cwd = folder;
        }
        walker.shell.home = Some(protocol::AbsPath::normal(b"/root"));
        walker.carried(call.name, |walker| walker.invoke(command, &call.stdin))
    })
}

/// `docker compose -f file up`, of a file that this call has written: what it lets a container have of this machine.
pub(super) fn compose_up(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let files: Vec<Value> = call.arguments.values(&["-f", "--file"]).cloned().collect();
    for file in files {
        let text = match walker.made_at(&walker.found(&file, crate::paths::Follow::Links)) {
            Some(crate::walker::Made::Text(text)) => text.clone(),
            _ if file.is("-") => match &call.stdin {
                Flow::Text(text) => text.clone(),
                _ => continue,
            },
            _ => continue,
        };
        let has = |part: &str| memchr::memmem::find(&text, part.as_bytes()).is_some();
        let shares = ["privileged: true", "pid: host", "docker.sock", "SYS_ADMIN", "userns_mode: host"];
        let root = ["\"/:/", "'/:/", "- /:/", "source: /\n"];
        if shares.iter().chain(&root).any(|part| has(part)) {
            walker.push(Action::Privilege { kind: PrivilegeKind::ContainerEscape, to: Field::Known(raw("root")) });
        }
    }
    Flow::Output
}

/// A request to the control socket of containers, by its text: does the new container get this machine?
pub(super) fn asks_for_the_machine(body: &[u8]) -> bool {
    let plain: Vec<u8> = body.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    ["\"Privileged\":true", "[\"/:/", ",\"/:/", "\"PidMode\":\"host\"", "docker.sock:", "\"Source\":\"/\"", "SYS_ADMIN"]
        .iter()
        .any(|part| memchr::memmem::find(&plain, part.as_bytes()).is_some())
}

/// `docker compose down`: with `-v` the volumes go as well.
pub(super) fn compose_down(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let volumes = call.arguments.options.iter().any(|(name, _)| matches!(name.as_slice(), b"-v" | b"--volumes"));
    let action = if volumes { ResourceAction::Destroy } else { ResourceAction::Change };
    let project = call.arguments.value(&["-p", "--project-name"]).or_else(|| call.operands().first());
    container(walker, call, action, project, volumes);
    Flow::Output
}

/// `docker system prune`: with `--volumes` the data goes as well.
pub(super) fn prune(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    container(walker, call, ResourceAction::Destroy, call.operands().first(), call.has(&["--volumes"]));
    Flow::Output
}

/// `docker rm`, `docker volume rm`: of each that a list names, or of all.
pub(super) fn destroy(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let volumes = call.entries.iter().any(|entry| entry.sub_names.contains_key("prune") && entry.sub_names.len() == 3)
        && call.entries.get(1).is_some_and(|entry| entry.harmless.iter().any(|one| one == "create"));
    let volumes = volumes || call.has(&["-v", "--volumes"]);
    let all = call
        .operands()
        .iter()
        .any(|word| matches!(word.field(), Field::Pattern(pattern) if pattern.glob.bytes() == crate::value::EACH));
    let action = if volumes || all { ResourceAction::Destroy } else { ResourceAction::Change };
    container(walker, call, action, call.operands().last(), volumes);
    if all && let Some(Action::Resource { scope, .. }) = walker.effects.last_mut().map(|effect| &mut effect.action) {
        *scope = if volumes {
            Field::Known(raw("volumes, everything"))
        } else {
            Field::Known(raw(crate::walker::EVERYTHING))
        };
    }
    Flow::Output
}

/// The machine that the containers are on, where it is another.
fn daemon(walker: &Walker<'_>, call: &Call<'_>) -> Field<RawText> {
    let given = call.arguments.value(&["--context", "-H", "--host"]).cloned();
    let given = given.or_else(|| walker.shell.get(b"DOCKER_CONTEXT")).or_else(|| walker.shell.get(b"DOCKER_HOST"));
    match given {
        Some(value) if value.is("default") || value.written().is_some_and(|text| text.starts_with(b"unix:")) => {
            Field::Unknown(Why::Unstated)
        }
        Some(value) => super::net::host_of(&value),
        None => Field::Unknown(Why::Unstated),
    }
}

fn container(walker: &mut Walker<'_>, call: &Call<'_>, action: ResourceAction, name: Option<&Value>, volumes: bool) {
    let unstated = || Field::Unknown(Why::Unstated);
    // `-f docker-compose.test.yml`: a project says by its file what it is for.
    let file = call.arguments.options.iter().find(|(name, _)| matches!(name.as_slice(), b"-f" | b"--file"));
    let file = file.and_then(|(_, value)| value.as_ref()).filter(|_| call.name.contains("compose") || volumes);
    let host = daemon(walker, call);
    walker.push(Action::Resource {
        kind: ResourceKind::Container,
        action,
        provider: unstated(),
        name: name.map_or_else(unstated, Value::field),
        scope: if volumes { Field::Known(raw("volumes")) } else { unstated() },
        host,
        context: file.map_or_else(unstated, Value::field),
    });
}
