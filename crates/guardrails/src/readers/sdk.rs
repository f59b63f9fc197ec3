//! Scripts that manage clouds, clusters and databases by a library: which of its calls destroy.

use super::{Lang, raw};
use crate::value::Value;
use crate::walker::{EVERYTHING, Walker};
use protocol::effect::{Action, ResourceAction, ResourceKind};
use protocol::{Field, RawText, Why};

/// Parts of code that destroy, and what they destroy.
const CALLS: &[(&str, ResourceKind, &str)] = &[
    (".delete_table(", ResourceKind::Cloud, "aws"),
    (".delete_bucket(", ResourceKind::Cloud, "aws"),
    (".delete_objects(", ResourceKind::Cloud, "aws"),
    (".delete_object(", ResourceKind::Cloud, "aws"),
    (".terminate_instances(", ResourceKind::Cloud, "aws"),
    (".delete_db_instance(", ResourceKind::Cloud, "aws"),
    (".delete_db_cluster(", ResourceKind::Cloud, "aws"),
    (".delete_stack(", ResourceKind::Cloud, "aws"),
    (".delete_cluster(", ResourceKind::Cloud, "aws"),
    (".delete_function(", ResourceKind::Cloud, "aws"),
    (".delete_user(", ResourceKind::Cloud, "aws"),
    (".delete_role(", ResourceKind::Cloud, "aws"),
    (".delete_hosted_zone(", ResourceKind::Cloud, "aws"),
    (".delete_queue(", ResourceKind::Cloud, "aws"),
    (".schedule_key_deletion(", ResourceKind::Cloud, "aws"),
    (".stop_logging(", ResourceKind::Cloud, "aws"),
    (".delete_trail(", ResourceKind::Cloud, "aws"),
    (".objects.all().delete()", ResourceKind::Cloud, "aws"),
    (".object_versions.delete()", ResourceKind::Cloud, "aws"),
    ("DeleteTableCommand(", ResourceKind::Cloud, "aws"),
    ("DeleteBucketCommand(", ResourceKind::Cloud, "aws"),
    ("DeleteObjectsCommand(", ResourceKind::Cloud, "aws"),
    ("TerminateInstancesCommand(", ResourceKind::Cloud, "aws"),
    ("DeleteDBInstanceCommand(", ResourceKind::Cloud, "aws"),
    ("DeleteStackCommand(", ResourceKind::Cloud, "aws"),
    (".delete_project(", ResourceKind::Cloud, "gcloud"),
    (".resource_groups.begin_delete(", ResourceKind::Cloud, "az"),
    (".begin_delete(", ResourceKind::Cloud, "az"),
    (".delete_namespace(", ResourceKind::Kubernetes, "kubernetes"),
    (".delete_namespaced_", ResourceKind::Kubernetes, "kubernetes"),
    (".delete_collection_", ResourceKind::Kubernetes, "kubernetes"),
    (".delete_custom_resource_definition(", ResourceKind::Kubernetes, "kubernetes"),
    (".delete_node(", ResourceKind::Kubernetes, "kubernetes"),
    (".deleteNamespace(", ResourceKind::Kubernetes, "kubernetes"),
    (".deleteNamespaced", ResourceKind::Kubernetes, "kubernetes"),
    (".drop_database(", ResourceKind::Database, "mongodb"),
    (".dropDatabase(", ResourceKind::Database, "mongodb"),
    (".drop_collection(", ResourceKind::Database, "mongodb"),
    (".dropCollection(", ResourceKind::Database, "mongodb"),
    (".deleteMany({})", ResourceKind::Database, "mongodb"),
    (".delete_many({})", ResourceKind::Database, "mongodb"),
    (".deleteMany()", ResourceKind::Database, "orm"),
    (".flushall(", ResourceKind::Database, "redis"),
    (".flushdb(", ResourceKind::Database, "redis"),
    (".flushAll(", ResourceKind::Database, "redis"),
    (".drop_all(", ResourceKind::Database, "orm"),
    (".objects.all().delete(", ResourceKind::Database, "orm"),
    (".delete_all", ResourceKind::Database, "orm"),
    (".destroy_all", ResourceKind::Database, "orm"),
    (".sync({ force: true", ResourceKind::Database, "orm"),
    (".sync({force: true", ResourceKind::Database, "orm"),
    (".sync({force:true", ResourceKind::Database, "orm"),
    (".dropTable(", ResourceKind::Database, "orm"),
    (".indices.delete(", ResourceKind::Database, "elasticsearch"),
];

/// What stands for a real thing in a test.
const MOCKS: &[&str] = &[
    "moto",
    "mock_",
    "mongomock",
    "fakeredis",
    "testcontainers",
    ":memory:",
    "localstack",
    "MagicMock",
    "jest.mock",
    "nock(",
];

/// What lists all there is, so that a loop over it leaves nothing.
const LISTS: &[&str] = &[
    "list_",
    "describe_",
    "paginat",
    ".listBuckets",
    "ListBuckets",
    "ListTables",
    "DescribeInstances",
    ".listNamespace",
    ".buckets.all()",
    "instances.all()",
    "pg_tables",
    "information_schema",
    "sqlite_master",
    "show tables",
    "SHOW TABLES",
    "listCollections",
    "getCollectionNames",
    "list_collection_names",
    "listDatabases",
];

/// Words of production in a script: `PROD_DATABASE_URL`, `context='prod'`, `prod-db.internal`.
fn names_production(text: &[u8]) -> Option<Vec<u8>> {
    let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    text.split(|b| !part(*b))
        .find(|token| {
            token.len() < 100
                && token.split(|b| !b.is_ascii_alphanumeric()).any(|word| {
                    [&b"prod"[..], b"production", b"prd"].iter().any(|known| word.eq_ignore_ascii_case(known))
                })
        })
        .map(<[u8]>::to_vec)
}

/// The first address of a server in the script.
fn address(text: &[u8]) -> Field<RawText> {
    let servers = [
        &b"postgres"[..],
        b"postgresql",
        b"mysql",
        b"mongodb",
        b"mongodb+srv",
        b"redis",
        b"rediss",
        b"mariadb",
        b"mssql",
        b"clickhouse",
    ];
    for at in memchr::memmem::find_iter(text, b"://") {
        let start = text
            .get(..at)
            .unwrap_or_default()
            .iter()
            .rposition(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+')))
            .map_or(0, |at| at + 1);
        let scheme = text.get(start..at).unwrap_or_default();
        let end = text
            .iter()
            .skip(at)
            .position(|b| matches!(b, b'\'' | b'"' | b'`' | b' ' | b'\n' | b')'))
            .map_or(text.len(), |n| at + n);
        if servers.iter().any(|known| scheme.split(|b| *b == b'+').next() == Some(*known)) {
            return super::net::host_of(&Value::text(text.get(start..end).unwrap_or_default()));
        }
    }
    let named = [&b"host="[..], b"host:", b"host =", b"hostname="];
    for part in named {
        if let Some(at) = memchr::memmem::find(text, part) {
            let rest = text.get(at + part.len()..).unwrap_or_default().trim_ascii_start();
            if let Some((quote, rest)) = rest.split_first().filter(|(b, _)| matches!(b, b'\'' | b'"')) {
                let host = rest.split(|b| b == quote).next().unwrap_or_default();
                return Field::Known(RawText::new(host));
            }
        }
    }
    Field::Unknown(Why::Unstated)
}

/// Statements in string literals that a database would carry out.
fn statements(text: &[u8]) -> bool {
    let upper = text.to_ascii_uppercase();
    let starts =
        [&b"DROP TABLE"[..], b"DROP DATABASE", b"DROP SCHEMA", b"TRUNCATE TABLE", b"TRUNCATE ", b"DELETE FROM"];
    starts.iter().any(|statement| {
        memchr::memmem::find_iter(&upper, statement).any(|at| {
            let before = upper.get(..at).unwrap_or_default();
            let quoted = before.last().is_some_and(|b| matches!(b, b'\'' | b'"' | b'`' | b' ' | b'\n' | b';'));
            let called =
                [&b"EXECUTE"[..], b"QUERY", b".RAW", b".RUN", b".EXEC", b"CONN.", b".DO("].iter().any(|call| {
                    let from = at.saturating_sub(60);
                    memchr::memmem::find(upper.get(from..at).unwrap_or_default(), call).is_some()
                });
            let end = upper.iter().skip(at).position(|b| matches!(b, b'"' | b'`')).map_or(upper.len(), |n| at + n);
            let whole = *statement != b"DELETE FROM"
                || memchr::memmem::find(upper.get(at..end).unwrap_or_default(), b"WHERE").is_none();
            quoted && called && whole
        })
    })
}

/// A loop over all that lies in the home folder, and a delete of what it finds.
fn all_of_home(walker: &mut Walker<'_>, text: &[u8]) {
    let has = |part: &str| memchr::memmem::find(text, part.as_bytes()).is_some();
    let loops = [
        "Path.home().iterdir()",
        "Path.home().glob(\"*\")",
        "Path.home().glob('*')",
        "Path.home().rglob(",
        "listdir(Path.home())",
        "listdir(os.path.expanduser(\"~\"))",
        "listdir(os.path.expanduser('~'))",
        "listdir(os.environ[\"HOME\"])",
        "listdir(os.environ['HOME'])",
        "scandir(os.path.expanduser(\"~\"))",
        "scandir(os.path.expanduser('~'))",
        "walk(os.path.expanduser(\"~\"))",
        "walk(os.path.expanduser('~'))",
        "walk(Path.home())",
        "readdirSync(os.homedir())",
        "readdirSync(require('os').homedir())",
        "readdirSync(process.env.HOME)",
        "Dir.children(Dir.home)",
        "Dir.each_child(Dir.home)",
        "Dir.glob(File.expand_path('~/*'))",
        "Dir[File.expand_path('~/*')]",
    ];
    let deletes = ["rmtree(", "unlink(", "rmSync(", "os.remove(", "rm_rf", "unlinkSync(", "fs.rm(", "File.delete("];
    // A test of the name picks some of it.
    if loops.iter().any(|part| has(part)) && deletes.iter().any(|part| has(part)) {
        let mut home = walker.shell.get(b"HOME").unwrap_or(Value::Unknown(Why::NoFacts));
        home.append(&Value::Pattern { glob: b"/*".to_vec(), floating: false });
        walker.delete(&home, true, true, has(" if ") && has(".name"));
    }
}

/// What a script's calls of libraries would destroy.
pub(super) fn read(walker: &mut Walker<'_>, lang: Lang, text: &[u8]) {
    let has = |part: &str| memchr::memmem::find(text, part.as_bytes()).is_some();
    // A cheap look first: most scripts manage nothing.
    let candidates = [
        "rm",
        "unlink",
        ".d",
        ".t",
        ".s",
        ".f",
        "Command(",
        "DROP",
        "drop ",
        "TRUNCATE",
        "DELETE",
        "delete ",
        "truncate ",
        ".o",
    ];
    if !candidates.iter().any(|part| has(part)) {
        return;
    }
    all_of_home(walker, text);
    let mut found: Vec<(ResourceKind, &str)> = Vec::new();
    for (part, kind, provider) in CALLS {
        if has(part) && !found.iter().any(|(known, _)| known == kind) && fits(text, part, provider, lang) {
            found.push((*kind, provider));
        }
    }
    if !found.iter().any(|(kind, _)| *kind == ResourceKind::Database) && !has("sqlite") && statements(text) {
        found.push((ResourceKind::Database, "sql"));
    }
    if found.is_empty() || MOCKS.iter().any(|mock| has(mock)) {
        return;
    }
    let production = names_production(text);
    let all = LISTS.iter().any(|list| has(list))
        && (has("for ") || has("for(") || has("forEach") || has(".map(") || has(".each"));
    let host = address(text);
    let local_endpoint = has("endpoint_url=\"http://localhost")
        || has("endpoint_url='http://localhost")
        || has("http://localhost:4566")
        || has("http://127.0.0.1:4566");
    for (kind, provider) in found {
        let host = if local_endpoint {
            Field::Known(raw("localhost"))
        } else if kind == ResourceKind::Database {
            host.clone()
        } else {
            Field::Unknown(Why::Unstated)
        };
        walker.push(Action::Resource {
            kind,
            action: ResourceAction::Destroy,
            provider: Field::Known(raw(provider)),
            name: Field::Unknown(Why::Unstated),
            scope: if all { Field::Known(raw(EVERYTHING)) } else { Field::Unknown(Why::Unstated) },
            host,
            context: production.clone().map_or(Field::Unknown(Why::Unstated), |text| Field::Known(RawText::new(text))),
        });
    }
}

/// Names that other code has as well count only in the company of their library.
fn fits(text: &[u8], part: &str, provider: &str, lang: Lang) -> bool {
    let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    match (provider, part) {
        ("aws", part) if part.ends_with("Command(") => has("@aws-sdk"),
        ("aws", _) => has("boto") || has("aws"),
        ("az", _) => has("azure"),
        ("gcloud", _) => has("google"),
        ("kubernetes", _) => has("kubernetes") || has("k8s") || has("client."),
        ("mongodb", ".drop_database(" | ".dropDatabase(" | ".deleteMany({})" | ".delete_many({})") => true,
        ("mongodb", _) => has("mongo"),
        ("redis", _) => has("redis") || has("Redis"),
        ("elasticsearch", _) => has("lastic") || has("opensearch"),
        ("orm", ".delete_all" | ".destroy_all") => lang == Lang::Ruby,
        ("orm", ".objects.all().delete(") => !has("boto"),
        ("orm", ".deleteMany()") => has("prisma") || has("Prisma"),
        _ => true,
    }
}
