//! Calls of libraries that reach databases, clouds and clusters.

use super::super::{Lang, sql};
use super::{Argument, literal, names};
use crate::knowledge::Sdk;
use crate::value::Value;
use crate::walker::{EVERYTHING, Walker};
use protocol::effect::{Action, ResourceAction};
use protocol::{Field, RawText, Why};

/// As much of a script's texts as is kept to say what it works with.
const MAX_CONTEXT: usize = 1_024;

/// The libraries that a script names, by their place in the table.
pub(super) fn used(walker: &Walker<'_>, text: &[u8]) -> Vec<usize> {
    let has = |mark: &String| memchr::memmem::find(text, mark.as_bytes()).is_some();
    let sdks = walker.knowledge.sdks.iter().enumerate();
    sdks.filter(|(_, sdk)| sdk.marks.iter().any(has)).map(|(at, _)| at).collect()
}

/// Texts of stand-ins that tests use: nothing real is reached through them.
const PRETENDED: [&str; 11] = [
    "(\":memory:\"",
    "(':memory:'",
    "from moto",
    "import moto",
    "mongomock",
    "fakeredis",
    "localstack",
    "@testcontainers",
    "testcontainers.",
    "pg-mem",
    "aws-sdk-client-mock",
];

/// Databases that lie elsewhere than a file.
const SERVERS: [&str; 5] = ["psycopg", "postgres", "mysql", "mssql", "oracle"];

/// What lists all there is, so that a loop over it leaves nothing.
const LISTS: [&str; 17] = [
    "new List",
    "new Describe",
    "list_",
    "describe_",
    "paginat",
    ".list",
    "ListBuckets",
    "ListTables",
    "DescribeInstances",
    ".buckets.all()",
    "instances.all()",
    "objects.all()",
    "pg_tables",
    "information_schema",
    "getCollectionNames",
    "show tables",
    "SHOW TABLES",
];

/// Does the script go through all there is? One loop over a list of everything is taken for it; that it leaves something
/// out cannot be seen.
pub(super) fn goes_through_all(text: &[u8]) -> bool {
    let has = |mark: &&str| memchr::memmem::find(text, mark.as_bytes()).is_some();
    // A call on all that a bucket holds needs no loop.
    let collections =
        ["object_versions.delete(", "object_versions.all().delete(", "objects.all().delete(", "objects.delete("];
    collections.iter().any(has)
        || LISTS.iter().any(has) && ["for ", "for(", "forEach", ".map(", ".each"].iter().any(has)
}

/// What the script says about where it works: its short texts and the names of variables. Which of these words mean
/// real users is the policy's to say.
pub(super) fn context(text: &[u8], lang: Lang) -> Vec<u8> {
    let mut out = Vec::new();
    let has = |mark: &&str| memchr::memmem::find(text, mark.as_bytes()).is_some();
    if PRETENDED.iter().any(has) {
        out.extend_from_slice(b"test");
    }
    // A database that is a file lies on this machine.
    if has(&"sqlite") && !SERVERS.iter().any(has) {
        out.extend_from_slice(b" localhost");
    }
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if out.len() > MAX_CONTEXT {
            break;
        }
        match byte {
            b'"' | b'\'' | b'`' => {
                let (inner, end) = literal(text, at, lang);
                if inner.len() <= 120 && !inner.contains(&b' ') && !inner.is_empty() {
                    out.push(b' ');
                    out.extend_from_slice(&inner);
                }
                at = end.max(at + 1);
            }
            b if b.is_ascii_uppercase() => {
                let length = text
                    .iter()
                    .skip(at)
                    .take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || **b == b'_')
                    .count();
                if length > 4 {
                    out.push(b' ');
                    out.extend_from_slice(text.get(at..at + length).unwrap_or_default());
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    out
}

/// Ruby's calls without brackets, which are no calls to the eye: `Order.destroy_all`. What `where` picked is not all.
pub(super) fn bare_calls(walker: &mut Walker<'_>, lang: Lang, text: &[u8]) {
    if lang != Lang::Ruby || walker.names.sdks.is_empty() {
        return;
    }
    for name in ["destroy_all", "delete_all"] {
        for at in memchr::memmem::find_iter(text, name.as_bytes()) {
            let before = text.get(..at).unwrap_or_default();
            let line = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
            let picks = memchr::memmem::find(line, b"where").is_some();
            let ends = text.get(at + name.len()).is_none_or(|b| !matches!(b, b'(') && !b.is_ascii_alphanumeric());
            if before.last() == Some(&b'.') && ends && !picks && walker.step() {
                call(walker, lang, &format!("x.{name}"), &[]);
            }
        }
    }
}

/// A call by its last name.
pub(super) fn call(walker: &mut Walker<'_>, lang: Lang, name: &str, arguments: &[Argument]) {
    if walker.names.sdks.is_empty() {
        return;
    }
    let last = name.rsplit(['.', ':']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
    if plain.is_empty() {
        return;
    }
    let starts = |list: &[String]| list.iter().any(|start| plain.starts_with(start.as_str()));
    let knowledge = walker.knowledge;
    let sdks: Vec<&Sdk> = walker.names.sdks.iter().filter_map(|at| knowledge.sdks.get(*at)).collect();
    for sdk in sdks {
        // A function of the language or of the script itself is no call of the library.
        let of_something = name.contains('.') || name.contains(':') || plain.ends_with("command");
        if sdk.statements.iter().any(|known| *known == plain || format!("${plain}") == *known) {
            let known = names::value(walker, lang, arguments.first());
            let text = match (&known.value, arguments.first()) {
                (Value::Known(text) | Value::Pattern { glob: text, .. }, _) => text.clone(),
                (_, Some(Argument::Other(source))) => {
                    let quote = source.iter().position(|b| matches!(b, b'"' | b'\'' | b'`'));
                    quote.map(|at| literal(source, at, lang).0).unwrap_or_default()
                }
                _ => continue,
            };
            let context = String::from_utf8_lossy(&walker.names.context).into_owned();
            sql::through(walker, &context, &text);
            return;
        }
        // What a filter selects is not everything.
        let filtered = plain.starts_with("deletemany")
            && arguments.iter().any(
                |one| !matches!(one, Argument::Other(source) if source.iter().all(|b| matches!(b, b'{' | b'}' | b' '))),
            );
        if filtered {
            continue;
        }
        let action = if starts(&sdk.grant) {
            ResourceAction::Grant
        } else if starts(&sdk.destroy) && of_something {
            ResourceAction::Destroy
        } else {
            continue;
        };
        let name = match arguments.first() {
            Some(Argument::Text(text)) => Field::Known(RawText::new(text.clone())),
            _ => Field::Known(RawText::from(last)),
        };
        walker.push(Action::Resource {
            kind: sdk.kind,
            action,
            provider: Field::Known(RawText::from(sdk.provider.as_str())),
            name,
            scope: if walker.names.everything {
                Field::Known(RawText::from(EVERYTHING))
            } else {
                Field::Unknown(Why::Unstated)
            },
            host: Field::Unknown(Why::Unstated),
            context: Field::Known(RawText::new(walker.names.context.clone())),
        });
        return;
    }
}
