//! Requests that manage something: what an address and a method say of it.

use super::raw;
use crate::value::Value;
use crate::walker::Walker;
use protocol::effect::{Action, HistoryKind, ResourceAction, ResourceKind};
use protocol::{Field, RawText, Text, Why};

/// Interfaces by the end of their host, and whose they are.
const PROVIDERS: &[(&str, ResourceKind, &str)] = &[
    ("googleapis.com", ResourceKind::Cloud, "gcloud"),
    ("management.azure.com", ResourceKind::Cloud, "az"),
    ("graph.microsoft.com", ResourceKind::Cloud, "az"),
    ("amazonaws.com", ResourceKind::Cloud, "aws"),
    ("api.heroku.com", ResourceKind::Cloud, "heroku"),
    ("api.cloudflare.com", ResourceKind::Cloud, "cloudflare"),
    ("api.digitalocean.com", ResourceKind::Cloud, "doctl"),
    ("api.vercel.com", ResourceKind::Cloud, "vercel"),
    ("api.netlify.com", ResourceKind::Cloud, "netlify"),
    ("api.fly.io", ResourceKind::Cloud, "fly"),
    ("api.machines.dev", ResourceKind::Cloud, "fly"),
    ("api.supabase.com", ResourceKind::Cloud, "supabase"),
    ("api.hetzner.cloud", ResourceKind::Cloud, "hcloud"),
    ("api.linode.com", ResourceKind::Cloud, "linode-cli"),
    ("api.stripe.com", ResourceKind::Cloud, "stripe"),
];

/// Says what a request would do beyond that something is sent.
pub(crate) fn judge(walker: &mut Walker<'_>, method: &[u8], url: &Value, words: &[Value]) {
    let method = method.to_ascii_uppercase();
    if matches!(method.as_slice(), b"GET" | b"HEAD" | b"OPTIONS" | b"TCP" | b"SSH" | b"SCP") {
        return;
    }
    let Some(text) = url.written() else { return };
    let host = super::net::host_of(url);
    let Field::Known(name) = &host else { return };
    let name = name.bytes().to_vec();
    let ends =
        |end: &str| name.strip_suffix(end.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."));
    if ends("api.github.com") {
        return super::cloud::forge_request(walker, "github", &method, url, words);
    }
    if memchr::memmem::find(text, b"/api/v4/").is_some() {
        return super::cloud::forge_request(walker, "gitlab", &method, url, words);
    }
    let rest = memchr::memmem::find(text, b"://").map_or(text, |at| text.get(at + 3..).unwrap_or_default());
    let (authority, path) = rest.split_at(rest.iter().position(|b| *b == b'/').unwrap_or(rest.len()));
    let path = path.split(|b| *b == b'?').next().unwrap_or_default();
    let port = authority.rsplit(|b| *b == b':').next().unwrap_or_default();
    let unstated = || Field::Unknown(Why::Unstated);
    let has = |part: &[u8]| memchr::memmem::find(path, part).is_some();
    // A search index: by its port, its name or what only it has.
    let search =
        port == b"9200" || has(b"/_delete_by_query") || has(b"/_all") || has(b"/_cluster/") || has(b"/_snapshot/");
    let search = search || name.starts_with(b"es.") || name.starts_with(b"elastic") || name.starts_with(b"opensearch");
    let database = search || port == b"8123" || port == b"5984" || port == b"6333";
    let cluster = has(b"/api/v1/namespaces") || has(b"/apis/") && has(b"/namespaces/") || port == b"6443";
    let provider = PROVIDERS.iter().find(|(end, ..)| ends(end));
    let deletes = method == b"DELETE" || search && method == b"POST" && has(b"/_delete_by_query");
    let (kind, provider) = if database {
        (ResourceKind::Database, if search { "elasticsearch" } else { "http" })
    } else if cluster {
        (ResourceKind::Kubernetes, "kubernetes")
    } else if let Some((_, kind, provider)) = provider {
        (*kind, *provider)
    } else if deletes {
        // Something of somebody's own: only a policy that knows the host minds it.
        (ResourceKind::Cloud, "http")
    } else {
        return;
    };
    let everything = deletes && database && {
        let target = path.strip_prefix(b"/").unwrap_or(path);
        target == b"*" || target == b"_all" || target.starts_with(b"*/") || target.starts_with(b"_all/")
    };
    let whole = deletes && !database && provider != "http" && takes_a_whole(path);
    let action = if provider == "http" && kind == ResourceKind::Cloud {
        ResourceAction::Change
    } else if deletes {
        ResourceAction::Destroy
    } else {
        ResourceAction::Change
    };
    if !deletes && kind == ResourceKind::Database && !has(b"/_") {
        return;
    }
    // Through a proxy on this machine it is the cluster that changes.
    let host = if cluster { Field::Unknown(Why::Unstated) } else { host };
    walker.push(Action::Resource {
        kind,
        action,
        provider: Field::Known(raw(provider)),
        name: Field::Known(RawText::new(path)),
        scope: if everything || whole { Field::Known(raw(crate::walker::EVERYTHING)) } else { unstated() },
        host,
        context: unstated(),
    });
}

/// Collections of things that hold many others.
const WHOLES: [&str; 15] = [
    "namespaces",
    "zones",
    "projects",
    "clusters",
    "databases",
    "apps",
    "sites",
    "accounts",
    "organizations",
    "orgs",
    "subscriptions",
    "resourcegroups",
    "stacks",
    "teams",
    "kubernetes",
];

/// Does the path end with one of a collection: `/v4/zones/x`, `/v1/projects/x`, `/api/v1/namespaces/x`?
fn takes_a_whole(path: &[u8]) -> bool {
    let mut parts = path.rsplit(|b| *b == b'/').filter(|part| !part.is_empty());
    let (Some(_), Some(collection)) = (parts.next(), parts.next()) else { return false };
    WHOLES.iter().any(|known| collection.eq_ignore_ascii_case(known.as_bytes()))
}

/// A repository goes to a place that was named only in this call.
pub(crate) fn gives_away(walker: &mut Walker<'_>, url: &Value, all: bool) {
    let branch = if all { Field::Known(raw("everything")) } else { Field::Unknown(Why::Unstated) };
    let kind = HistoryKind::Push;
    walker.push(Action::ChangeHistory { kind, branch, remote: super::net::host_of(url), loses: Field::Known(false) });
}
