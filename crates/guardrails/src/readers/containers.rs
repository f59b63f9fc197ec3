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
    inside(walker, call, name.field(), Vec::new(), command)
}

/// `kubectl exec pod [-c container] -- command…`.
pub(super) fn kube_exec(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let cut = call.words.iter().position(|word| word.is("--"));
    let command = cut.map_or_else(
        || call.operands().get(1..).unwrap_or_default(),
        |cut| call.words.get(cut + 1..).unwrap_or_default(),
    );
    let name = call.operands().first().map_or(Field::Unknown(Why::Unstated), Value::field);
    let context = call.arguments.value(&["--context"]).map_or(Field::Unknown(Why::Unstated), Value::field);
    let scope = call.arguments.value(&["-n", "--namespace"]).map_or(Field::Unknown(Why::Unstated), Value::field);
    walker.push(Action::Resource {
        kind: ResourceKind::Kubernetes,
        action: ResourceAction::Change,
        provider: Field::Unknown(Why::Unstated),
        name: name.clone(),
        scope,
        host: Field::Unknown(Why::Unstated),
        context,
    });
    inside(walker, call, name, Vec::new(), command)
}

fn inside(
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

fn cloud(
    walker: &mut Walker<'_>,
    kind: ResourceKind,
    action: ResourceAction,
    provider: &str,
    name: Field<RawText>,
    context: Field<RawText>,
) {
    let unstated = || Field::Unknown(Why::Unstated);
    let provider = if provider.is_empty() { unstated() } else { Field::Known(raw(provider)) };
    walker.push(Action::Resource { kind, action, provider, name, scope: unstated(), host: unstated(), context });
}

/// `docker compose down`: with `-v` the volumes go as well.
pub(super) fn compose_down(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let volumes = call.arguments.options.iter().any(|(name, _)| matches!(name.as_slice(), b"-v" | b"--volumes"));
    let action = if volumes { ResourceAction::Destroy } else { ResourceAction::Change };
    container(walker, action, call.operands().first(), volumes);
    Flow::Output
}

/// `docker system prune`: with `--volumes` the data goes as well.
pub(super) fn prune(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    container(walker, ResourceAction::Destroy, call.operands().first(), call.has(&["--volumes"]));
    Flow::Output
}

fn container(walker: &mut Walker<'_>, action: ResourceAction, name: Option<&Value>, volumes: bool) {
    let unstated = || Field::Unknown(Why::Unstated);
    walker.push(Action::Resource {
        kind: ResourceKind::Container,
        action,
        provider: unstated(),
        name: name.map_or_else(unstated, Value::field),
        scope: if volumes { Field::Known(raw("volumes")) } else { unstated() },
        host: unstated(),
        context: unstated(),
    });
}

/// `apply` changes; with `-destroy` it takes away.
pub(super) fn terraform_apply(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let action = if call.has(&["-destroy"]) { ResourceAction::Destroy } else { ResourceAction::Change };
    let name = call.arguments.value(&["-target"]).map_or(Field::Unknown(Why::Unstated), Value::field);
    cloud(walker, ResourceKind::Cloud, action, "terraform", name, Field::Unknown(Why::Unstated));
    Flow::Output
}

/// `aws service verb`: the verb's first word says what it does.
pub(super) fn aws(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut operands = call.operands().iter();
    let service = operands.next().and_then(Value::known).unwrap_or_default().to_vec();
    let verb = operands.next().and_then(Value::known).unwrap_or_default().to_vec();
    let profile = call.arguments.value(&["--profile"]).map_or(Field::Unknown(Why::Unstated), Value::field);
    if let Field::Known(_) = &profile {
        walker.push(Action::UseCredential {
            kind: protocol::effect::CredentialKind::CloudProfile,
            reference: profile.clone(),
        });
    }
    if call.has(&["--dry-run", "--dryrun"]) || matches!(service.as_slice(), b"help" | b"configure") {
        return Flow::Output;
    }
    let named = [
        "--instance-ids",
        "--bucket",
        "--table-name",
        "--stack-name",
        "--db-instance-identifier",
        "--user-name",
        "--role-name",
        "--function-name",
        "--cluster",
        "--name",
        "--secret-id",
        "--group-name",
    ];
    let name =
        operands.next().or_else(|| call.arguments.value(&named)).map_or(Field::Unknown(Why::Unstated), Value::field);
    if service == b"s3" {
        return s3(walker, call, &verb, name, profile);
    }
    if matches!(service.as_slice(), b"secretsmanager" | b"ssm")
        && (verb.starts_with(b"get-secret") || verb.starts_with(b"get-parameter"))
    {
        walker.push(Action::UseCredential { kind: protocol::effect::CredentialKind::Login, reference: name });
        return Flow::Output;
    }
    let word = verb.split(|b| *b == b'-').next().unwrap_or_default();
    let action = match word {
        b"delete" | b"terminate" | b"remove" | b"purge" | b"deregister" | b"destroy" | b"schedule" | b"revoke"
        | b"disable" | b"empty" => ResourceAction::Destroy,
        b"attach" | b"add" | b"put" | b"create" | b"update" if service == b"iam" => ResourceAction::Grant,
        b"authorize" | b"grant" => ResourceAction::Grant,
        b"create" | b"run" | b"put" | b"import" | b"allocate" | b"register" => ResourceAction::Create,
        b"update" | b"modify" | b"stop" | b"start" | b"reboot" | b"set" | b"attach" | b"detach" | b"tag" | b"untag"
        | b"invoke" | b"send" | b"publish" | b"deploy" | b"reset" | b"restore" | b"associate" | b"disassociate"
        | b"enable" | b"cancel" | b"copy" | b"add" | b"execute" | b"batch" => ResourceAction::Change,
        _ => ResourceAction::Read,
    };
    cloud(walker, ResourceKind::Cloud, action, "aws", name, profile);
    Flow::Output
}

fn s3(walker: &mut Walker<'_>, call: &Call<'_>, verb: &[u8], name: Field<RawText>, profile: Field<RawText>) -> Flow {
    let is_bucket = |word: &Value| word.written().is_some_and(|text| text.starts_with(b"s3://"));
    let rest = call.operands().get(2..).unwrap_or_default();
    match verb {
        b"rm" | b"rb" => cloud(walker, ResourceKind::Cloud, ResourceAction::Destroy, "aws", name, profile),
        b"cp" | b"mv" | b"sync" => {
            let (Some(from), Some(to)) = (rest.first(), rest.get(1)) else { return Flow::Output };
            if is_bucket(to) {
                let mut what = Vec::new();
                if !is_bucket(from) && !from.is("-") {
                    walker.read(from, true);
                    what.push(protocol::effect::Outgoing::File(walker.found(from, crate::paths::Follow::Links).target));
                } else {
                    what.push(protocol::effect::Outgoing::Output);
                }
                walker.push(Action::Send {
                    host: Field::Known(raw("s3.amazonaws.com")),
                    url: to.field(),
                    method: Field::Known(raw("PUT")),
                    what,
                });
                if call.has(&["--delete"]) {
                    cloud(walker, ResourceKind::Cloud, ResourceAction::Destroy, "aws", to.field(), profile);
                }
            } else if is_bucket(from) {
                super::net::fetch(walker, from, "GET", Some(to));
            }
        }
        b"mb" => cloud(walker, ResourceKind::Cloud, ResourceAction::Create, "aws", name, profile),
        _ => cloud(walker, ResourceKind::Cloud, ResourceAction::Read, "aws", name, profile),
    }
    Flow::Output
}
