//! Clusters: `kubectl` and its like, and what manifests ask for.

use super::cloud::{ADMINISTRATOR, EVERYONE, PROTECTION};
use super::raw;
use crate::value::{Flow, Value};
use crate::walker::{Call, EVERYTHING, Made, Walker, listed, with_mark};
use protocol::effect::{Action, PrivilegeKind, ResourceAction, ResourceKind};
use protocol::{Field, RawText, Text, Why};

/// Kinds that belong to the cluster and to no namespace.
const OF_THE_CLUSTER: &[&str] = &[
    "ns",
    "namespace",
    "namespaces",
    "no",
    "node",
    "nodes",
    "pv",
    "persistentvolume",
    "persistentvolumes",
    "crd",
    "crds",
    "customresourcedefinition",
    "customresourcedefinitions",
    "clusterrole",
    "clusterroles",
    "clusterrolebinding",
    "clusterrolebindings",
    "sc",
    "storageclass",
    "storageclasses",
    "apiservice",
    "apiservices",
    "validatingwebhookconfiguration",
    "validatingwebhookconfigurations",
    "mutatingwebhookconfiguration",
    "mutatingwebhookconfigurations",
    "priorityclass",
    "priorityclasses",
];

fn stated(call: &Call<'_>, names: &[&str]) -> Field<RawText> {
    call.arguments.value(names).map_or(Field::Unknown(Why::Unstated), Value::field)
}

/// Files and folders of manifests may be named after an environment.
fn within<R>(walker: &mut Walker<'_>, call: &Call<'_>, inside: impl FnOnce(&mut Walker<'_>) -> R) -> R {
    let file = call
        .arguments
        .value(&["-f", "--filename", "-k", "--kustomize", "--values", "-e", "--environment", "--kubeconfig"])
        .and_then(Value::written)
        .map(<[u8]>::to_vec);
    // What flows in was made from a folder that says the same.
    let file = match file {
        Some(file) if file == b"-" || file == b"/dev/stdin" => built_from(walker),
        file => file,
    };
    walker.hinted(file.as_deref(), inside)
}

/// The words of what built the manifests that flow in: `kustomize build overlays/prod |`.
fn built_from(walker: &Walker<'_>) -> Option<Vec<u8>> {
    walker.recent().find_map(|effect| {
        let Action::Run { program, arguments, .. } = &effect.action else { return None };
        let name = program.known()?.bytes();
        let builds =
            matches!(name, b"kustomize" | b"helm" | b"kubectl" | b"oc" | b"jsonnet" | b"ytt" | b"cat" | b"envsubst");
        let words: Vec<&[u8]> = arguments.iter().filter_map(|word| word.known().map(Text::bytes)).collect();
        (builds && !words.contains(&&b"-"[..])).then(|| words.join(&b' '))
    })
}

fn push(walker: &mut Walker<'_>, call: &Call<'_>, action: ResourceAction, mark: Option<&str>) {
    let name = call.operands().last().map_or(Field::Unknown(Why::Unstated), Value::field);
    let scope = stated(call, &["-n", "--namespace"]);
    let scope = mark.map_or(scope.clone(), |mark| with_mark(&scope, mark));
    // Each of them is meant, in each place that is gone through: nothing about their names is open.
    let all = mark == Some(EVERYTHING);
    let name = if all && name.known().is_none() { Field::Known(raw("**")) } else { name };
    let context = stated(call, &["--context", "--kube-context", "--cluster"]);
    let context = if all && context.known().is_none() { Field::Unknown(Why::Unstated) } else { context };
    within(walker, call, |walker| {
        walker.push(Action::Resource {
            kind: ResourceKind::Kubernetes,
            action,
            provider: Field::Known(raw(call.name)),
            name,
            scope,
            host: stated(call, &["-s", "--server"]),
            context,
        });
    });
}

/// Written out: `--all` is an option of its own, not the beginning of this one.
fn is_everywhere(call: &Call<'_>) -> bool {
    call.arguments.options.iter().any(|(name, _)| matches!(name.as_slice(), b"-A" | b"--all-namespaces"))
}

fn is_dry(call: &Call<'_>) -> bool {
    call.arguments.options.iter().any(|(name, value)| {
        name == b"--dry-run" && !value.as_ref().is_some_and(|value| value.is("none") || value.is("false"))
    })
}

/// Kinds that hold data.
const HOLDS_DATA: &[&str] =
    &["pvc", "persistentvolumeclaim", "persistentvolumeclaims", "pv", "persistentvolume", "persistentvolumes"];

/// Kinds that hold others, or data.
const HOLDS_ALL: &[&str] = &["ns", "namespace", "namespaces", "pv", "persistentvolume", "pvc", "persistentvolumeclaim"];

/// Kinds with which all that is in them goes.
const NAMESPACES: &[&str] = &["ns", "namespace", "namespaces", "project", "projects"];
/// How that is said of what is destroyed.
const NAMESPACE: &str = "namespace";

/// Kinds that keep others from doing harm.
const GUARDS: &[&str] = &[
    "validatingwebhookconfiguration",
    "validatingwebhookconfigurations",
    "mutatingwebhookconfiguration",
    "mutatingwebhookconfigurations",
    "validatingadmissionpolicy",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybinding",
    "podsecuritypolicy",
    "podsecuritypolicies",
    "psp",
    "clusterpolicy",
    "clusterpolicies",
    "constrainttemplate",
    "constrainttemplates",
];

/// Guards of a namespace: one of them is a change of rules, all of them are none.
const GUARDS_OF_A_NAMESPACE: &[&str] = &["networkpolicy", "networkpolicies", "netpol"];

/// `kubectl get ns -o name`, `kubectl get pvc -o name`, earlier in this call.
fn lists_the_cluster(walker: &Walker<'_>) -> bool {
    walker.recent().any(|effect| match &effect.action {
        Action::Resource { kind: ResourceKind::Kubernetes, action: ResourceAction::Read, name, .. } => {
            let mut kinds = OF_THE_CLUSTER.iter().chain(HOLDS_DATA);
            name.known().is_some_and(|name| kinds.any(|kind| kind.as_bytes() == name.bytes()))
        }
        _ => false,
    })
}

/// `kubectl get`: read, and printed for others to go through.
pub(super) fn list(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    walker.plain(call);
    listed(call, "get", call.words)
}

/// `kubectl delete`, `drain`.
pub(super) fn delete(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if is_dry(call) {
        return Flow::Output;
    }
    let kinds = call.operands().first().and_then(Value::written).unwrap_or_default();
    // `--raw /api/v1/namespaces/shop`: the whole of it, by its address.
    let by_address = {
        let mut parts = kinds.rsplit(|b| *b == b'/');
        parts.next().is_some_and(|name| !name.is_empty()) && parts.next() == Some(b"namespaces")
    };
    let of_cluster = kinds.split(|b| *b == b',').any(|kind| {
        OF_THE_CLUSTER.iter().any(|known| kind.split(|b| matches!(b, b'.' | b'/')).next() == Some(known.as_bytes()))
    });
    let all = call.has(&["--all"]);
    let everywhere = is_everywhere(call);
    let is_one_of = |list: &[&str]| {
        kinds.split(|b| *b == b',').any(|kind| {
            let kind = kind.split(|b| matches!(b, b'.' | b'/')).next().unwrap_or_default();
            list.iter().any(|known| kind.eq_ignore_ascii_case(known.as_bytes()))
        })
    };
    // Past what would still hold it back.
    let forced = call.arguments.value(&["--grace-period"]).is_some_and(|seconds| seconds.is("0"))
        && call.has(&["--force"])
        && is_one_of(HOLDS_ALL);
    // Kinds of the cluster whose names this call has listed.
    let listed = call.operands().iter().all(|word| word.known().is_none()) && lists_the_cluster(walker);
    // `--raw /api/v1/persistentvolumes`: each of a kind, by the address of their list.
    let by_list = kinds.first() == Some(&b'/') && {
        let kind = kinds.trim_ascii_end().rsplit(|b| *b == b'/').next().unwrap_or_default();
        OF_THE_CLUSTER.iter().chain(HOLDS_DATA).any(|known| known.as_bytes() == kind)
    };
    let selected = is_one_of(HOLDS_DATA) && call.has(&["-l", "--selector"]);
    let mark = (by_list
        || selected
        || all && (of_cluster || everywhere || is_one_of(HOLDS_DATA))
        || is_one_of(&["crd", "crds", "customresourcedefinition", "customresourcedefinitions"])
        || forced
        || listed)
        .then_some(EVERYTHING);
    let guards = is_one_of(GUARDS) || all && is_one_of(GUARDS_OF_A_NAMESPACE);
    let mark = mark.or_else(|| guards.then_some(PROTECTION));
    let named = call.operands().iter().all(|word| word.known().is_some());
    let mark = mark.or_else(|| (by_address || is_one_of(NAMESPACES) && named).then_some(NAMESPACE));
    push(walker, call, ResourceAction::Destroy, mark);
    Flow::Output
}

/// `kubectl scale`: to nothing is an end.
pub(super) fn scale(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if is_dry(call) {
        return Flow::Output;
    }
    let ends = call.arguments.value(&["--replicas"]).is_some_and(|count| count.is("0"));
    let everywhere = call.has(&["--all"]) && is_everywhere(call);
    let action = if ends { ResourceAction::Destroy } else { ResourceAction::Change };
    push(walker, call, action, (ends && everywhere).then_some(EVERYTHING));
    Flow::Output
}

/// `kubectl apply`, `create`, `replace`, `patch`, `run`, `set`, `helm upgrade`: with what the manifest asks for.
pub(super) fn change(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if is_dry(call) || call.flag(|entry| &entry.flags.dry) {
        return Flow::Output;
    }
    let mut texts: Vec<Vec<u8>> = call
        .arguments
        .values(&["--overrides", "-p", "--patch"])
        .filter_map(Value::written)
        .map(<[u8]>::to_vec)
        .collect();
    for file in call.arguments.values(&["-f", "--filename", "--values"]) {
        if file.is("-") || file.is("/dev/stdin") {
            if let Flow::Text(text) = &call.stdin {
                texts.push(text.clone());
            }
        } else if let Some(Made::Text(text)) = walker.made_at(&walker.found(file, crate::paths::Follow::Links)) {
            texts.push(text.clone());
        }
    }
    let words: Vec<&[u8]> = call.words.iter().filter_map(Value::written).collect();
    texts.push(words.join(&b' '));
    // What is replaced by force is deleted and made anew.
    let replaces = call.has(&["--force"]) && is_verb(walker, call, &["replace"]);
    let mut action = if call.has(&["--prune"]) || replaces { ResourceAction::Destroy } else { ResourceAction::Change };
    let mut mark = None;
    for text in &texts {
        let has = |part: &str| memchr::memmem::find(text, part.as_bytes()).is_some();
        let binds = has("RoleBinding")
            || has("rolebinding")
            || call
                .operands()
                .first()
                .is_some_and(|kind| kind.written().is_some_and(|kind| kind.ends_with(b"rolebinding")));
        if binds
            && ["system:unauthenticated", "system:anonymous", "system:authenticated", "system:serviceaccounts"]
                .iter()
                .any(|who| has(who))
            && has("cluster-admin")
        {
            (action, mark) = (ResourceAction::Grant, Some(EVERYONE));
        } else if binds && (has("cluster-admin") || has("system:masters"))
            || (has("kind: ClusterRole") || has("clusterrole")) && is_all_rights(text)
            || has("pod-security.kubernetes.io/enforce=privileged")
            || has("pod-security.kubernetes.io/enforce: privileged")
        {
            (action, mark) = (ResourceAction::Grant, Some(ADMINISTRATOR));
        } else if binds && mark.is_none() {
            action = ResourceAction::Grant;
        }
        // What a volume holds goes with the claim, from now on.
        if has("persistentVolumeReclaimPolicy") && has("Delete") && call.name != "helm" {
            (action, mark) = (ResourceAction::Destroy, Some(EVERYTHING));
        }
        if ["\"replicas\":0", "\"replicas\": 0", "replicas: 0\n"].iter().any(|part| has(part)) {
            action = ResourceAction::Destroy;
        }
        let node = [
            "privileged: true",
            "\"privileged\":true",
            "\"privileged\": true",
            "hostPID: true",
            "\"hostPID\":true",
            "\"hostPID\": true",
            "--privileged",
            "hostPID\",\"value\":true",
            "hostPID\", \"value\": true",
            "privileged\",\"value\":true",
            "privileged\", \"value\": true",
            "--profile=sysadmin",
            "--profile sysadmin",
        ];
        let mounts_root = (has("hostPath") || has("hostpath"))
            && [
                "path: /\n",
                "path: / ",
                "path: \"/\"",
                "path: '/'",
                "path: /}",
                "\"path\":\"/\"",
                "\"path\": \"/\"",
                "docker.sock",
                "containerd.sock",
            ]
            .iter()
            .any(|part| has(part));
        let debugs_node = is_verb(walker, call, &["debug"])
            && call.words.iter().any(|word| word.written().is_some_and(|text| text.starts_with(b"node/")))
            && call.words.iter().any(|word| word.is("chroot") || word.is("nsenter"));
        if node.iter().any(|part| has(part)) || mounts_root || debugs_node {
            walker.push(Action::Privilege { kind: PrivilegeKind::ContainerEscape, to: Field::Known(raw("node")) });
        }
    }
    push(walker, call, action, mark);
    // `kubectl run x --image=y -- command`, `kubectl create cronjob x … -- command`.
    let cut = call.words.iter().position(|word| word.is("--"));
    if let Some(command) = cut.and_then(|cut| call.words.get(cut + 1..)).filter(|command| !command.is_empty())
        && is_verb(walker, call, &["run", "create", "debug"])
        && !command.first().is_some_and(|word| word.is("chroot") || word.is("nsenter"))
    {
        let name = call.operands().get(1).map_or(Field::Unknown(Why::Unstated), Value::field);
        return super::containers::inside(walker, call, name, Vec::new(), command);
    }
    Flow::Output
}

/// Is this one of these subcommands?
fn is_verb(walker: &Walker<'_>, call: &Call<'_>, verbs: &[&str]) -> bool {
    let Some(Action::Run { arguments, .. }) = walker.effects.get(call.run).map(|effect| &effect.action) else {
        return false;
    };
    let named = |word: &Field<RawText>| {
        word.known().is_some_and(|word| verbs.iter().any(|verb| word.bytes() == verb.as_bytes()))
    };
    arguments.iter().take(8).any(named)
}

/// A role whose rules leave nothing out.
fn is_all_rights(text: &[u8]) -> bool {
    let has = |part: &str| memchr::memmem::find(text, part.as_bytes()).is_some();
    (has("verbs: [\"*\"]") || has("verbs: ['*']") || has("verbs:\n  - \"*\"") || has("verbs:\n      - \"*\""))
        && (has("resources: [\"*\"]") || has("resources: ['*']") || has("resources:\n  - \"*\""))
        || (has("\"verbs\":[\"*\"]") || has("\"verbs\": [\"*\"]"))
            && (has("\"resources\":[\"*\"]") || has("\"resources\": [\"*\"]"))
        || has("--verb=*") && (has("--resource=*") || has("--resource='*'"))
}

/// Programs that only look, when they run in a pod.
const LOOKS: &[&str] = &[
    "ls",
    "cat",
    "head",
    "tail",
    "env",
    "printenv",
    "ps",
    "df",
    "du",
    "id",
    "whoami",
    "date",
    "hostname",
    "uname",
    "grep",
    "find",
    "stat",
    "wc",
    "nslookup",
    "dig",
    "getent",
    "ping",
    "curl",
    "wget",
    "psql",
    "mysql",
    "redis-cli",
    "mongosh",
    "rm",
    "etcdctl",
    "test",
    "true",
    "echo",
    "pg_isready",
    "top",
    "free",
    "netstat",
    "ss",
];

/// `kubectl exec pod [-c container] -- command…`.
pub(super) fn exec(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let cut = call.words.iter().position(|word| word.is("--"));
    let command = cut.map_or_else(
        || call.operands().get(1..).unwrap_or_default(),
        |cut| call.words.get(cut + 1..).unwrap_or_default(),
    );
    let name = call.operands().first().map_or(Field::Unknown(Why::Unstated), Value::field);
    // What is known of the command is judged by itself; a shell may do anything.
    let looks = command.first().and_then(Value::known).is_some_and(|program| {
        let base = program.rsplit(|b| *b == b'/').next().unwrap_or_default();
        LOOKS.iter().any(|known| base == known.as_bytes())
    });
    let from = walker.effects.len();
    let action = if looks { ResourceAction::Read } else { ResourceAction::Change };
    let (context, scope) = (stated(call, &["--context"]), stated(call, &["-n", "--namespace"]));
    walker.push(Action::Resource {
        kind: ResourceKind::Kubernetes,
        action,
        provider: Field::Known(raw(call.name)),
        name: name.clone(),
        scope: scope.clone(),
        host: Field::Unknown(Why::Unstated),
        context,
    });
    // The pod is known by its cluster and its namespace, too.
    let context = match walker.effects.get(from).map(|effect| &effect.action) {
        Some(Action::Resource { context, .. }) => context.clone(),
        _ => Field::Unknown(Why::Unstated),
    };
    let parts: Vec<Vec<u8>> = [&context, &scope, &name]
        .into_iter()
        .filter_map(|field| field.known().map(|text| text.bytes().to_vec()))
        .collect();
    let name = if name.known().is_some() { Field::Known(RawText::new(parts.join(&b'/'))) } else { name };
    super::containers::inside(walker, call, name, Vec::new(), command)
}

/// `kubectl port-forward`, `proxy`: on this machine alone, unless an address says otherwise.
pub(super) fn forward(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let open = call
        .arguments
        .value(&["--address", "--accept-hosts"])
        .is_some_and(|address| !address.is("localhost") && !address.is("127.0.0.1") && !address.is("::1"));
    let address = call.operands().last().map_or(Field::Unknown(Why::Unstated), Value::field);
    // Everyone on the network would act with this login.
    if open && is_verb(walker, call, &["proxy"]) {
        push(walker, call, ResourceAction::Grant, Some(EVERYONE));
    }
    walker.push(Action::Listen { address, tunnel: open });
    Flow::Output
}

/// `kubeadm reset`, `k0s reset`, `k3s-uninstall.sh`: this machine leaves its cluster, with all that it held of it.
pub(super) fn node(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let leaves = call.name.ends_with("uninstall.sh")
        || call.operands().first().is_some_and(|verb| verb.is("reset") || verb.is("remove"));
    if leaves && !call.flag(|entry| &entry.flags.dry) {
        push(walker, call, ResourceAction::Destroy, Some(EVERYTHING));
    }
    Flow::Output
}

/// `kind`, `minikube`, `k3d`: clusters on this machine.
pub(super) fn local_cluster(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let deletes = call.operands().iter().take(2).any(|word| word.is("delete") || word.is("purge"));
    let carries = call.operands().first().is_some_and(|word| word.is("kubectl"));
    if carries {
        let words: Vec<Value> = call.operands().to_vec();
        return walker.hinted(None, |walker| walker.carried(call.name, |walker| walker.invoke(&words, &call.stdin)));
    }
    if !deletes {
        return Flow::Output;
    }
    let name = call.arguments.value(&["-n", "--name", "-p", "--profile"]).or_else(|| call.operands().get(2));
    let name = name.and_then(Value::known).unwrap_or(b"default");
    let context = match call.name {
        "minikube" => b"minikube".to_vec(),
        other => [other.as_bytes(), b"-", name].concat(),
    };
    walker.push(Action::Resource {
        kind: ResourceKind::Kubernetes,
        action: ResourceAction::Destroy,
        provider: Field::Known(raw(call.name)),
        name: Field::Known(RawText::new(name)),
        scope: Field::Unknown(Why::Unstated),
        host: Field::Known(raw("localhost")),
        context: Field::Known(RawText::new(context)),
    });
    Flow::Output
}
