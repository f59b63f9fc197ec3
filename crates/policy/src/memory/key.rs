//! What "the same effect on the same target" means: a key of bytes, for effects that have a definite target.

use protocol::effect::{Code, Outgoing, Target};
use protocol::{Action, Field, Text};
use std::fmt::Write as _;

/// The keys of an effect: one, or two where a path leads to another. None where the target is not definite (a program
/// with its arguments, an unknown path): such an effect is judged each time by itself.
pub(crate) fn target_keys<S: Text>(action: &Action<S>) -> impl Iterator<Item = Box<[u8]>> + use<S> {
    let (first, second) = keys(action);
    first.into_iter().chain(second)
}

type Keys = (Option<Box<[u8]>>, Option<Box<[u8]>>);

fn keys<S: Text>(action: &Action<S>) -> Keys {
    let name = action.name();
    match action {
        Action::Read { target, .. }
        | Action::Write { target, .. }
        | Action::Delete { target, .. }
        | Action::ChangeMode { target, .. } => of_path(name, target),
        Action::Move { from, .. } => of_path(name, from),
        Action::Run { code: Code::File(target), .. } => of_path("run-file", target),
        Action::Run { code: Code::Download { url }, .. } => (of_fields("run-download", &[url]), None),
        Action::Fetch { url, .. } => (of_fields(name, &[url]), None),
        Action::Send { host, what, .. } => {
            // Only a file that goes out makes it definite: other talk with the host is another matter.
            let file = what.iter().find_map(|one| match one {
                Outgoing::File(target) => Some(&target.path),
                _ => None,
            });
            (file.and_then(|file| of_fields(name, &[host, file])), None)
        }
        Action::Stop { what, name: stopped } => (of_fields(&kind(name, what), &[stopped]), None),
        Action::Privilege { kind: of, to } => (of_fields(&kind(name, of), &[to]), None),
        Action::Persist { kind: of, target: Some(target) } => of_path(&kind(name, of), target),
        Action::ChangeHistory { kind: of, branch, remote, .. } => (of_fields(&kind(name, of), &[branch, remote]), None),
        Action::Resource { kind: of, action, provider, name: resource, scope, host, context } => {
            let what = kind(&kind(name, of), action);
            (named_resource(&what, &[provider, resource, scope, host, context]), None)
        }
        Action::Publish { registry, name: package, .. } | Action::InstallPackage { registry, name: package, .. } => {
            (of_fields(name, &[registry, package]), None)
        }
        Action::UseCredential { kind: of, reference } => (of_fields(&kind(name, of), &[reference]), None),
        Action::CallMcp { server, tool, .. } => (of_fields(name, &[server, tool]), None),
        Action::ConfigureAgent { what, target: Some(target), .. } => of_path(&kind(name, what), target),
        // A tool that is not known, by its name: asked about once, not at every call.
        Action::Unknown { why, what: Some(what) } => (Some(key(&kind(name, why), &[what.bytes()])), None),
        _ => (None, None),
    }
}

fn kind(name: &str, kind: impl std::fmt::Debug) -> String {
    let mut text = name.to_owned();
    // Writing to a String cannot fail.
    write!(text, "/{kind:?}").unwrap_or_default();
    text
}

fn of_path<S: Text>(name: &str, target: &Target<S>) -> Keys {
    let first = match &target.path {
        Field::Known(path) => Some(key(name, &[path.bytes()])),
        Field::Pattern(pattern) => Some(key(name, &[b"*", pattern.glob.bytes()])),
        Field::Unknown(_) => None,
    };
    (first, target.resolved.as_ref().map(|path| key(name, &[path.bytes()])))
}

/// All must be known; what the command leaves to a default is one value like another.
fn of_fields<S: Text>(name: &str, fields: &[&Field<S>]) -> Option<Box<[u8]>> {
    let mut parts: Vec<&[u8]> = Vec::with_capacity(fields.len());
    for field in fields {
        parts.push(match field {
            Field::Known(text) => text.bytes(),
            Field::Pattern(pattern) => pattern.glob.bytes(),
            Field::Unknown(protocol::Why::Unstated) => b"",
            Field::Unknown(_) => return None,
        });
    }
    Some(key(name, &parts))
}

/// A resource without a name is not a definite one.
fn named_resource<S: Text>(name: &str, fields: &[&Field<S>]) -> Option<Box<[u8]>> {
    if fields.get(1).is_some_and(|field| field.is_unknown()) { None } else { of_fields(name, fields) }
}

fn key(name: &str, parts: &[&[u8]]) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(name.len() + parts.iter().map(|part| part.len() + 1).sum::<usize>());
    bytes.extend_from_slice(name.as_bytes());
    for part in parts {
        bytes.push(0);
        bytes.extend_from_slice(part);
    }
    bytes.into()
}

/// The keys that a delete of each folder above would have.
pub(super) fn folders_of_delete<S: Text>(action: &Action<S>) -> impl Iterator<Item = Box<[u8]>> {
    let path = match action {
        Action::Delete { target, .. } => match (&target.resolved, &target.path) {
            (Some(path), _) | (None, Field::Known(path)) => Some(path.bytes()),
            (None, Field::Pattern(pattern)) => Some(pattern.glob.bytes()),
            (None, Field::Unknown(_)) => None,
        },
        _ => None,
    };
    let mut rest = path.unwrap_or_default();
    std::iter::from_fn(move || {
        let cut = rest.iter().rposition(|b| *b == b'/').filter(|cut| *cut > 0)?;
        rest = rest.get(..cut)?;
        Some(key("delete", &[rest]))
    })
    .take(64)
}
