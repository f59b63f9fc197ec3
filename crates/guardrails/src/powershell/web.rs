//! Cmdlets that fetch and send.

use super::bound::Bound;
use super::datum::Datum;
use crate::readers::{net, printed};
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::effect::Outgoing;
use protocol::{RawText, Why};

/// Schemes that stand before an address.
fn address(value: Value) -> Value {
    match value {
        Value::Pattern { glob, .. } if memchr::memmem::find(&glob, b"://").is_some() && !glob.contains(&b'*') => {
            Value::Known(glob)
        }
        other => other,
    }
}

/// `Invoke-WebRequest`, `Invoke-RestMethod`; also with the options of curl, whose name is an alias of it.
pub(super) fn request(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let url = bound.get(&["-uri", "-url"], None).or_else(|| {
        let is_url = |one: &&Datum| one.known().is_some_and(|text| memchr::memmem::find(&text, b"://").is_some());
        bound.positional.iter().find(is_url).or(bound.positional.first())
    });
    let url = address(url.map_or_else(|| bound.input.value(), Datum::value));
    let method = bound.text(&["-method", "-x", "-custommethod"], None).map(|text| text.to_ascii_uppercase());
    let method = method.map_or_else(String::new, |text| String::from_utf8_lossy(&text).into_owned());
    let mut what = Vec::new();
    for name in ["-body", "-form", "-d", "-data"] {
        if let Some(body) = bound.get(&[name], None) {
            body.outgoing(&mut what);
        }
    }
    if bound.get(&["-body"], None).is_none()
        && matches!(method.as_str(), "POST" | "PUT" | "PATCH")
        && !bound.input.is_null()
    {
        bound.input.outgoing(&mut what);
    }
    if let Some(headers) = bound.get(&["-headers"], None) {
        let mut told = Vec::new();
        headers.outgoing(&mut told);
        what.extend(told.into_iter().filter(|one| matches!(one, Outgoing::File(_) | Outgoing::Variable(_))));
    }
    for name in ["-infile", "-f"] {
        for path in bound.get(&[name], None).map(Datum::all_words).unwrap_or_default() {
            what.extend(net::file(walker, &path));
        }
    }
    what.extend(tokens(walker, bound, &url));
    let to = bound.get(&["-outfile", "-o", "-output"], None).map(Datum::value);
    let sends = !what.is_empty() || matches!(method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE");
    if sends {
        let method = if method.is_empty() { "POST".to_owned() } else { method };
        walker.sends(&url, &method, what);
        if let Some(to) = &to {
            net::fetch(walker, &url, &method, Some(to));
        }
        return Datum::Object(b"web".to_vec(), vec![Datum::Flow(Flow::Download(url))]);
    }
    // A secret within the address goes out with it.
    if let Value::Pattern { .. } = &url {
        let read = net::from_substitution(walker);
        let told: Vec<_> = read.into_iter().filter(|one| matches!(one, Outgoing::File(_))).collect();
        if !told.is_empty() {
            walker.sends(&url, "GET", told);
        }
    }
    let method = if method.is_empty() { "GET" } else { &method };
    net::fetch(walker, &url, method, to.as_ref());
    if to.is_some() && !bound.has("-passthru") {
        Datum::Null
    } else {
        Datum::Object(b"web".to_vec(), vec![Datum::Flow(Flow::Download(url))])
    }
}

/// Tokens of other services that go out in the address or the body. Whose token is in a header is not told apart.
fn tokens(walker: &Walker<'_>, bound: &Bound, url: &Value) -> Vec<Outgoing<RawText>> {
    let unknown = |value: &Datum| {
        let mut told = Vec::new();
        value.outgoing(&mut told);
        told.iter().any(|one| matches!(one, Outgoing::Output))
    };
    let body = ["-body", "-form", "-d", "-data"].iter().filter_map(|name| bound.get(&[name], None)).any(unknown);
    if bound.get(&["-headers", "-token"], None).is_some() || !(body || url.known().is_none()) {
        return Vec::new();
    }
    let protocol::Field::Known(host) = net::host_of(url) else { return Vec::new() };
    let others = walker.unset.iter().filter(|name| printed::is_token_of_another(name, protocol::Text::bytes(&host)));
    others.map(|name| Outgoing::Variable(RawText::new(name.clone()))).collect()
}

pub(super) fn transfer(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let from = address(bound.get(&["-source"], Some(0)).map_or(Value::Unknown(Why::Unstated), Datum::value));
    let to = bound.get(&["-destination"], Some(1)).map(Datum::value);
    let upload =
        bound.text(&["-transfertype"], None).is_some_and(|kind| kind.to_ascii_lowercase().starts_with(b"upload"));
    if upload {
        let what = net::file(walker, &from);
        walker.sends(&to.unwrap_or(Value::Unknown(Why::Unstated)), "POST", what);
    } else {
        let to = to.unwrap_or_else(|| Value::text(b"download"));
        net::fetch(walker, &from, "GET", Some(&to));
    }
    Datum::Null
}

pub(super) fn mail(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let mut what = Vec::new();
    for path in bound.get(&["-attachments"], None).map(Datum::all_words).unwrap_or_default() {
        what.extend(net::file(walker, &path));
    }
    if let Some(body) = bound.get(&["-body"], None) {
        body.outgoing(&mut what);
    }
    let host = bound.get(&["-smtpserver"], None).map_or(Value::Unknown(Why::Unstated), Datum::value);
    walker.sends(&host, "mail", what);
    Datum::Null
}

/// `ConvertTo-Json`, `Out-String`, `Select-Object`: what comes through stays what it was.
pub(super) fn passes(_: &mut Walker<'_>, bound: &Bound) -> Datum {
    let given = bound.get(&["-inputobject"], None).unwrap_or(&bound.input);
    match given {
        Datum::Flow(flow @ Flow::Paths { .. }) if matches!(bound.name.as_str(), "select-object") => {
            Datum::Flow(flow.clone().filtered())
        }
        Datum::Null => bound.positional.first().cloned().unwrap_or_default(),
        other => other.clone(),
    }
}

/// `Select-String`: lines of files, or of what comes through.
pub(super) fn search(walker: &mut Walker<'_>, bound: &Bound) -> Datum {
    let place = usize::from(bound.get(&["-pattern"], None).is_none());
    let paths = bound.get(&["-path", "-literalpath"], Some(place)).map(Datum::all_words).unwrap_or_default();
    let mut flow = Flow::Inherit;
    for path in super::bound::pathlike(paths) {
        flow = flow.join(walker.read_flow(&path));
    }
    match (flow, &bound.input) {
        (Flow::Inherit, Datum::Flow(Flow::Paths { names, .. })) => {
            let mut flow = Flow::Inherit;
            for name in names.clone() {
                walker.read(&name, true);
                flow = flow.join(Flow::Files(vec![walker.found(&name, crate::paths::Follow::Links).target]));
            }
            Datum::of_flow(&flow)
        }
        (Flow::Inherit, other) => Datum::of_flow(&other.flow().filtered()),
        (flow, _) => Datum::of_flow(&flow.filtered()),
    }
}

/// A cmdlet of a cloud's module.
impl Walker<'_> {
    pub(super) fn cloud_cmdlet(&mut self, bound: &Bound, verb: &[u8], noun: &[u8], provider: &str) {
        use protocol::effect::{Action, ResourceAction, ResourceKind};
        let grants = [
            "roleassignment",
            "policy",
            "permission",
            "rolepolicy",
            "accesskey",
            "grouprole",
            "bucketacl",
            "keyvaultaccess",
        ]
        .iter()
        .any(|part| memchr::memmem::find(noun, part.as_bytes()).is_some());
        let action = match verb {
            b"remove" | b"clear" | b"reset" | b"unregister" | b"revoke" => ResourceAction::Destroy,
            b"stop" | b"restart" | b"suspend" | b"set" | b"update" | b"edit" | b"move" | b"restore" | b"disable"
            | b"enable" | b"start" | b"rename" | b"switch" | b"swap" | b"failover" | b"resize" | b"scale" => {
                if grants {
                    ResourceAction::Grant
                } else {
                    ResourceAction::Change
                }
            }
            b"new" | b"add" | b"grant" | b"register" | b"publish" | b"write" | b"copy" | b"install" | b"deploy"
            | b"import" => {
                if grants {
                    ResourceAction::Grant
                } else {
                    ResourceAction::Create
                }
            }
            b"invoke" if memchr::memmem::find(noun, b"runcommand").is_some() => ResourceAction::Change,
            _ => return,
        };
        let name = bound
            .get(
                &[
                    "-name",
                    "-resourcegroupname",
                    "-bucketname",
                    "-id",
                    "-instanceid",
                    "-dbinstanceidentifier",
                    "-vaultname",
                    "-username",
                    "-tablename",
                    "-clustername",
                    "-stackname",
                ],
                Some(0),
            )
            .map_or(protocol::Field::Unknown(Why::Unstated), Datum::as_field);
        let context = bound
            .get(
                &[
                    "-profilename",
                    "-subscription",
                    "-subscriptionid",
                    "-resourcegroupname",
                    "-environment",
                    "-region",
                    "-destinationslotname",
                    "-slot",
                ],
                None,
            )
            .map_or(protocol::Field::Unknown(Why::Unstated), Datum::as_field);
        // What holds many other things.
        let broad = ["resourcegroup", "subscription", "rolledef", "managementgroup"]
            .iter()
            .any(|part| memchr::memmem::find(noun, part.as_bytes()).is_some());
        // Each that a search has found.
        let found = matches!(name, protocol::Field::Unknown(Why::Unstated)) && !bound.input.is_null();
        let scope = match action {
            ResourceAction::Destroy if found => crate::walker::EVERYTHING,
            ResourceAction::Destroy if broad => "resource group",
            _ => "",
        };
        self.push(Action::Resource {
            kind: ResourceKind::Cloud,
            action,
            provider: protocol::Field::Known(RawText::from(provider)),
            name,
            scope: if scope.is_empty() {
                protocol::Field::Unknown(Why::Unstated)
            } else {
                protocol::Field::Known(RawText::from(scope))
            },
            host: protocol::Field::Unknown(Why::Unstated),
            context,
        });
    }
}
