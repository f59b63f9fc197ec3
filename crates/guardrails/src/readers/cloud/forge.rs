//! Forges: what their commands and the requests to their interfaces would do.

use super::super::raw;
use super::reach::{ADMINISTRATOR, EVERYONE, PROTECTION, has_part, has_value, mark};
use super::{At, has_word, known_or_unstated, resource, unstated};
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, HistoryKind, ResourceAction, ResourceKind};
use protocol::{Field, RawText, Why};

/// `gh repo edit --visibility public`, `gh pr merge --admin`, and what the table says of the rest.
pub(in super::super) fn forge(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let from = walker.effects.len();
    let flow = walker.hinted(None, |walker| {
        for word in call.words.iter().filter_map(Value::written) {
            walker.hint(word);
        }
        walker.subcommand(call)
    });
    if call.has(&["--admin"]) || has_word(call, "--admin") {
        walker.push(Action::Resource {
            kind: ResourceKind::Cloud,
            action: ResourceAction::Change,
            provider: Field::Known(raw(call.name)),
            name: known_or_unstated(call.operands().get(2)),
            scope: Field::Known(raw(PROTECTION)),
            host: unstated(),
            context: unstated(),
        });
    }
    let publishes = has_value(call.words, &[("--visibility", &["public"])]) || has_word(call, "--public");
    let made_here = call.operands().get(1).is_some_and(|word| word.is("create"));
    if publishes && !made_here {
        mark(walker, call, from);
    }
    flow
}

/// A request to the interface of a forge: what its address and its method say.
pub(crate) fn forge_request(walker: &mut Walker<'_>, provider: &str, method: &[u8], path: &Value, words: &[Value]) {
    let Some(text) = path.written() else {
        if method == b"DELETE" {
            resource(
                walker,
                ResourceAction::Destroy,
                At { provider, name: path.field(), host: unstated(), context: unstated() },
            );
        }
        return;
    };
    if text.ends_with(b"graphql") {
        let deletes = has_part(words, &["mutation"]) && has_part(words, &["delete", "Delete"]);
        if deletes {
            let guard = has_part(words, &["deleteBranchProtectionRule", "deleteRepositoryRuleset"]);
            walker.push(Action::Resource {
                kind: ResourceKind::Cloud,
                action: ResourceAction::Destroy,
                provider: Field::Known(raw(provider)),
                name: unstated(),
                scope: if guard { Field::Known(raw(PROTECTION)) } else { unstated() },
                host: unstated(),
                context: unstated(),
            });
        }
        return;
    }
    let text = text.split(|b| *b == b'?').next().unwrap_or_default();
    let text = memchr::memmem::find(text, b"/api/v4/")
        .map(|at| text.get(at + 8..).unwrap_or_default())
        .or_else(|| text.strip_prefix(b"https://api.github.com/"))
        .unwrap_or(text);
    let parts: Vec<&[u8]> = text.split(|b| *b == b'/').filter(|part| !part.is_empty()).collect();
    let has = |word: &[u8]| parts.contains(&word);
    let repository = match parts.as_slice() {
        [b"repos", _, _] | [b"projects" | b"groups", _] => true,
        // A GitLab project by its path.
        [b"projects", rest @ ..] => {
            rest.len() == 2 && !has(b"repository") && rest.iter().all(|part| !part.contains(&b'-'))
        }
        _ => false,
    };
    let guards = has(b"protection") || has(b"protected_branches") || has(b"rulesets") || has(b"push_rule");
    let mut push = |action, scope: Option<&str>| {
        walker.push(Action::Resource {
            kind: ResourceKind::Cloud,
            action,
            provider: Field::Known(raw(provider)),
            name: Field::Known(RawText::new(text)),
            scope: scope.map_or_else(unstated, |scope| Field::Known(raw(scope))),
            host: unstated(),
            context: unstated(),
        });
    };
    match method {
        b"DELETE" if repository => walker.push(Action::ChangeHistory {
            kind: HistoryKind::DeleteRepository,
            branch: unstated(),
            remote: Field::Known(RawText::new(text)),
            loses: Field::Known(true),
        }),
        b"DELETE" if guards => push(ResourceAction::Destroy, Some(PROTECTION)),
        b"DELETE" => push(ResourceAction::Destroy, None),
        b"PATCH" | b"PUT" | b"POST"
            if has_part(
                words,
                &[
                    "visibility=public",
                    "private=false",
                    "\"private\":false",
                    "\"private\": false",
                    "\"visibility\":\"public\"",
                    "\"visibility\": \"public\"",
                ],
            ) =>
        {
            // A repository that is made public has only its own path; a new one is a list's.
            push(ResourceAction::Grant, (repository).then_some(EVERYONE));
        }
        b"PATCH" | b"PUT" | b"POST" if guards => push(ResourceAction::Change, Some(PROTECTION)),
        b"PUT" if has(b"merge") => push(ResourceAction::Change, Some("merge")),
        // Whoever gets it has all of the repository.
        b"PUT" | b"POST" | b"PATCH"
            if has(b"transfer")
                || (has(b"collaborators") || has(b"members"))
                    && has_part(words, &["permission=admin", "access_level=50", "\"permission\":\"admin\""]) =>
        {
            push(ResourceAction::Grant, Some(ADMINISTRATOR));
        }
        b"PUT" | b"POST"
            if has(b"collaborators") || has(b"keys") || has(b"hooks") || has(b"members") || has(b"deploy_keys") =>
        {
            push(ResourceAction::Grant, None);
        }
        b"PATCH" | b"POST" if has(b"refs") && has_part(words, &["force=true", "\"force\":true", "\"force\": true"]) => {
            let at = parts.iter().position(|part| *part == b"refs").unwrap_or_default();
            let branch = parts.get(at + 2..).unwrap_or_default().join(&b'/');
            walker.push(Action::ChangeHistory {
                kind: HistoryKind::ForcePush,
                branch: Field::Known(RawText::new(branch)),
                remote: Field::Known(raw(provider)),
                loses: Field::Unknown(Why::NoFacts),
            });
        }
        _ => {}
    }
}

/// `glab api -X DELETE projects/acme%2Fshop`.
pub(in super::super) fn glab_api(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let fields = call.has(&["-f", "--raw-field", "-F", "--field", "--input"]);
    let given = call.arguments.value(&["-X", "--method"]).and_then(Value::written).map(<[u8]>::to_ascii_uppercase);
    let method = given.unwrap_or_else(|| if fields { b"POST".to_vec() } else { b"GET".to_vec() });
    let path = call.operands().first().cloned().unwrap_or(Value::Unknown(Why::Unstated));
    forge_request(walker, "gitlab", &method, &path, call.words);
    Flow::Output
}
