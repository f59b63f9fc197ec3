//! SQL and the clients that send it.

use super::raw;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, ResourceAction, ResourceKind, WriteMode};
use protocol::{Field, RawText, Why};

/// Where the statements go.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    provider: Field<RawText>,
    scope: Field<RawText>,
    host: Field<RawText>,
    context: Field<RawText>,
}

impl Default for Connection {
    fn default() -> Self {
        let unstated = Field::Unknown(Why::Unstated);
        Self { provider: unstated.clone(), scope: unstated.clone(), host: unstated.clone(), context: unstated }
    }
}

impl Connection {
    /// On a machine that this one only reaches by its network: not a socket, not a neighbour in a container's network.
    fn is_elsewhere(&self) -> bool {
        let account = self.provider.known().is_some_and(|name| protocol::Text::bytes(name) == b"snowsql");
        account
            || self.host.known().is_some_and(|host| {
                let host = protocol::Text::bytes(host);
                let local = host.starts_with(b"127.") || host.starts_with(b"/") || host.ends_with(b".docker.internal");
                !local && host.contains(&b'.')
            })
    }

    fn everything(&self) -> Self {
        Self { scope: crate::walker::with_mark(&self.scope, crate::walker::EVERYTHING), ..self.clone() }
    }
}

/// Statements that a connected server carries out: its name says where.
pub(crate) fn through(walker: &mut Walker<'_>, server: &str, text: &[u8]) {
    let to = Connection {
        provider: Field::Known(RawText::from(server)),
        host: Field::Known(RawText::from(server)),
        ..Connection::default()
    };
    statements(walker, text, &to);
}

fn resource(walker: &mut Walker<'_>, to: &Connection, action: ResourceAction, name: Field<RawText>) {
    walker.push(Action::Resource {
        kind: ResourceKind::Database,
        action,
        provider: to.provider.clone(),
        name,
        scope: to.scope.clone(),
        host: to.host.clone(),
        context: to.context.clone(),
    });
}

/// One effect for each statement.
pub(super) fn statements(walker: &mut Walker<'_>, text: &[u8], to: &Connection) {
    for statement in split(text) {
        if !walker.step() {
            return;
        }
        let words: Vec<&[u8]> = statement
            .split(|b| b.is_ascii_whitespace() || matches!(b, b'(' | b')' | b','))
            .filter(|word| !word.is_empty())
            .collect();
        let upper: Vec<Vec<u8>> = words.iter().take(64).map(|word| word.to_ascii_uppercase()).collect();
        let has = |word: &[u8]| upper.iter().any(|one| one == word);
        let Some(verb) = upper.first() else { continue };
        if let Some(command) = statement
            .strip_prefix(b"\\!")
            .or_else(|| statement.strip_prefix(b"system "))
            .or_else(|| statement.strip_prefix(b".shell "))
        {
            walker.new_shell_text(command, &Flow::Inherit, Vec::new());
            continue;
        }
        // A common table expression says what it does behind it.
        let verb: &[u8] = match verb.as_slice() {
            b"WITH" | b"EXPLAIN" => [&b"DELETE"[..], b"UPDATE", b"INSERT"]
                .into_iter()
                .find(|word| has(word) && (verb == b"WITH" || has(b"ANALYZE")))
                .unwrap_or(b"SELECT"),
            other => other,
        };
        let action = match verb {
            b"DROP" | b"TRUNCATE" => ResourceAction::Destroy,
            b"DO" if block_destroys(&statement) => ResourceAction::Destroy,
            b"DELETE" | b"UPDATE" if !has(b"WHERE") || always_true(&upper) => ResourceAction::Destroy,
            b"ALTER" if has(b"DROP") => ResourceAction::Destroy,
            b"ALTER" if matches!(upper.get(1).map(Vec::as_slice), Some(b"USER" | b"ROLE")) => ResourceAction::Grant,
            b"GRANT" | b"REVOKE" => ResourceAction::Grant,
            b"CREATE" if matches!(upper.get(1).map(Vec::as_slice), Some(b"USER" | b"ROLE")) => ResourceAction::Grant,
            b"CREATE" => ResourceAction::Create,
            b"INSERT" | b"UPDATE" | b"DELETE" | b"REPLACE" | b"MERGE" | b"ALTER" | b"UPSERT" | b"LOAD" | b"IMPORT"
            | b"RENAME" | b"CALL" | b"DO" | b"REINDEX" => ResourceAction::Change,
            b"COPY" => {
                if has(b"PROGRAM") {
                    server_program(walker, &statement, to);
                }
                if has(b"FROM") { ResourceAction::Change } else { ResourceAction::Read }
            }
            b"SELECT" | b"SHOW" | b"DESCRIBE" | b"DESC" | b"USE" | b"SET" | b"PRAGMA" | b"VALUES" | b"TABLE"
            | b"LIST" | b"BEGIN" | b"COMMIT" | b"ROLLBACK" | b"START" | b"VACUUM" | b"ANALYZE" => ResourceAction::Read,
            other if other.first().is_some_and(|b| matches!(b, b'\\' | b'.')) => ResourceAction::Read,
            _ => {
                walker.unknown(Why::Language, Some(&statement));
                continue;
            }
        };
        let name = object(&words, &upper);
        let whole = action == ResourceAction::Destroy
            && verb == b"DROP"
            && upper.get(1).is_some_and(|kind| WHOLE.contains(&kind.as_slice()));
        if whole && to.is_elsewhere() {
            resource(walker, &to.everything(), action, name);
            continue;
        }
        match (action, reach(&upper, &statement)) {
            (ResourceAction::Grant, Some(mark)) => {
                let to = Connection { scope: crate::walker::with_mark(&to.scope, mark), ..to.clone() };
                resource(walker, &to, action, name);
            }
            _ => resource(walker, to, action, name),
        }
    }
}

/// What a `DROP` takes away with all that is in it.
const WHOLE: [&[u8]; 4] = [b"DATABASE", b"SCHEMA", b"KEYSPACE", b"CATALOG"];

/// Does a block of the server's own language take tables away, whatever their names turn out to be?
fn block_destroys(statement: &[u8]) -> bool {
    let upper = statement.to_ascii_uppercase();
    let has = |word: &[u8]| memchr::memmem::find(&upper, word).is_some();
    [&b"DROP TABLE"[..], b"DROP SCHEMA", b"DROP DATABASE", b"TRUNCATE "].iter().any(|word| has(word))
        || has(b"DELETE FROM ") && !has(b" WHERE ")
}

/// Rights for everyone, or all rights for one.
fn reach(upper: &[Vec<u8>], statement: &[u8]) -> Option<&'static str> {
    let has = |word: &[u8]| upper.iter().any(|one| one.strip_suffix(b";").unwrap_or(one) == word);
    let verb = upper.first().map(Vec::as_slice).unwrap_or_default();
    if verb == b"REVOKE" {
        return None;
    }
    if has(b"TO")
        && has(b"PUBLIC")
        && (has(b"ALL") || has(b"CREATE") || has(b"INSERT") || has(b"UPDATE") || has(b"DELETE"))
    {
        return Some("everyone");
    }
    let all_of_all = has(b"ALL") && (has(b"*.*") || memchr::memmem::find(statement, b"*.*").is_some());
    (has(b"SUPERUSER") || has(b"CREATEROLE") || has(b"PG_EXECUTE_SERVER_PROGRAM") || all_of_all || has(b"SYSADMIN"))
        .then_some("administrator")
}

/// `COPY … PROGRAM 'command'`: a shell on the server runs it.
fn server_program(walker: &mut Walker<'_>, statement: &[u8], to: &Connection) {
    let command = memchr::memchr(b'\'', statement).and_then(|at| {
        let rest = statement.get(at + 1..)?;
        let end = memchr::memrchr(b'\'', rest)?;
        rest.get(..end).map(<[u8]>::to_vec)
    });
    walker.push(Action::Run {
        program: Field::Unknown(Why::Unseen),
        arguments: Vec::new(),
        code: protocol::effect::Code::Unseen(Why::Unseen),
    });
    if let Some(command) = command {
        let place = protocol::effect::Place::Remote { host: to.host.clone() };
        walker.at_place(place, |walker| walker.new_shell_text(&command, &Flow::Inherit, Vec::new()));
    }
}

/// `WHERE 1=1`, `WHERE TRUE`.
fn always_true(upper: &[Vec<u8>]) -> bool {
    let Some(at) = upper.iter().position(|word| word == b"WHERE") else { return false };
    let condition: Vec<u8> = upper.get(at + 1..).unwrap_or_default().concat();
    matches!(condition.as_slice(), b"1" | b"1=1" | b"TRUE" | b"'1'='1'" | b"1=1;")
}

/// The table or database that a statement speaks of.
fn object(words: &[&[u8]], upper: &[Vec<u8>]) -> Field<RawText> {
    const SKIPPED: &[&[u8]] = &[
        b"TABLE",
        b"DATABASE",
        b"SCHEMA",
        b"IF",
        b"EXISTS",
        b"NOT",
        b"FROM",
        b"INTO",
        b"ONLY",
        b"VIEW",
        b"INDEX",
        b"USER",
        b"ROLE",
        b"OR",
        b"REPLACE",
        b"TEMPORARY",
        b"TEMP",
        b"MATERIALIZED",
        b"UNIQUE",
        b"CONCURRENTLY",
        b"SEQUENCE",
        b"TYPE",
        b"FUNCTION",
        b"TRIGGER",
        b"COLLECTION",
        b"KEYSPACE",
    ];
    let verb = upper.first().map(Vec::as_slice).unwrap_or_default();
    let start = if matches!(verb, b"SELECT" | b"COPY") {
        upper.iter().position(|word| word == b"FROM").map(|at| at + 1)
    } else if matches!(verb, b"GRANT" | b"REVOKE") {
        upper.iter().position(|word| word == b"ON").map(|at| at + 1)
    } else {
        Some(1)
    };
    let found = start.and_then(|start| {
        words
            .iter()
            .zip(upper)
            .skip(start)
            .find(|(_, upper)| !SKIPPED.contains(&upper.as_slice()))
            .map(|(word, _)| *word)
    });
    let trimmed = found
        .map(|word| word.iter().copied().filter(|b| !matches!(b, b'"' | b'`' | b'\'' | b';')).collect::<Vec<u8>>());
    trimmed
        .filter(|word| !word.is_empty())
        .map_or(Field::Unknown(Why::Unstated), |word| Field::Known(RawText::new(word)))
}

/// Statements without comments; what is in quotes does not end one.
fn split(text: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let mut current = Vec::new();
    let mut at = 0;
    let mut quote = None;
    while let Some(&b) = text.get(at) {
        at += 1;
        if let Some(open) = quote {
            current.push(b);
            if b == open {
                quote = None;
            }
            continue;
        }
        match b {
            b'\'' | b'"' | b'`' => {
                quote = Some(b);
                current.push(b);
            }
            // `$$ … $$`, `$tag$ … $tag$`: a text, whatever stands in it.
            b'$' => {
                let rest = text.get(at..).unwrap_or_default();
                let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                current.push(b);
                if rest.get(length) == Some(&b'$') {
                    let tag = text.get(at - 1..=at + length).unwrap_or_default();
                    let body = rest.get(length + 1..).unwrap_or_default();
                    let end = memchr::memmem::find(body, tag).map_or(body.len(), |end| end + tag.len());
                    current.extend_from_slice(rest.get(..length + 1 + end).unwrap_or_default());
                    at += length + 1 + end;
                }
            }
            b'-' if text.get(at) == Some(&b'-') => {
                at = memchr::memchr(b'\n', text.get(at..).unwrap_or_default()).map_or(text.len(), |n| at + n);
            }
            b'/' if text.get(at) == Some(&b'*') => {
                at = memchr::memmem::find(text.get(at..).unwrap_or_default(), b"*/").map_or(text.len(), |n| at + n + 2);
                if !current.is_empty() {
                    current.push(b' ');
                }
            }
            // No statement begins with blanks.
            b if current.is_empty() && b.is_ascii_whitespace() => {}
            b';' => out.push(std::mem::take(&mut current)),
            b'\n' if current.first() == Some(&b'\\') => out.push(std::mem::take(&mut current)),
            _ => current.push(b),
        }
    }
    out.push(current);
    out.into_iter().map(|statement| statement.trim_ascii().to_vec()).filter(|statement| !statement.is_empty()).collect()
}

/// `psql`, `mysql`, `sqlite3` and their like.
pub(super) fn client(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let arguments = &call.arguments;
    let sqlite = matches!(call.name, "sqlite3" | "sqlite" | "duckdb");
    let stated = |names: &[&str]| arguments.value(names).map_or(Field::Unknown(Why::Unstated), Value::field);
    let mut to = Connection {
        provider: Field::Known(raw(call.name)),
        scope: stated(&["-d", "--dbname", "-D", "--database", "--db"]),
        host: stated(match call.name {
            "sqlcmd" => &["-S"],
            "snowsql" => &["-a", "--accountname"],
            _ => &["-h", "--host", "--uri"],
        }),
        context: stated(match call.name {
            "snow" => &["-c", "--connection"],
            _ => &["-U", "--username", "-u", "--user"],
        }),
    };
    if let (Field::Unknown(Why::Unstated), Some(name)) = (&to.host, host_variable(call.name))
        && let Some(host) = walker.shell.get(name)
    {
        to.host = host.field();
    }
    let mut operands = call.operands().to_vec();
    if let Some(url) = operands
        .iter()
        .chain(arguments.value(&["-d", "--dbname"]))
        .find(|word| word.written().is_some_and(|text| memchr::memmem::find(text, b"://").is_some()))
        .cloned()
    {
        to.host = super::net::host_of(&url);
        operands.retain(|word| *word != url);
    }
    // `cqlsh host port`, `sqlplus user@//host:port/service`.
    match call.name {
        "cqlsh" if matches!(to.host, Field::Unknown(_)) && !operands.is_empty() => {
            to.host = operands.remove(0).field();
            operands.retain(|word| !word.known().is_some_and(|text| text.iter().all(u8::is_ascii_digit)));
        }
        "sqlplus" => {
            let address = operands.iter().find_map(|word| {
                let text = word.known()?;
                let at = memchr::memchr(b'@', text)?;
                let place = text.get(at + 1..)?;
                let place = place.strip_prefix(b"//").unwrap_or(place);
                Some(place.split(|b| matches!(b, b':' | b'/')).next().unwrap_or_default().to_vec())
            });
            if let Some(address) = address.filter(|address| !address.is_empty()) {
                to.host = Field::Known(RawText::new(address));
            }
        }
        _ => {}
    }
    let mut file = None;
    if sqlite {
        if !operands.is_empty() {
            let database = operands.remove(0);
            // Nothing of it outlives the command.
            if database.is(":memory:")
                && matches!(call.stdin, Flow::Inherit)
                && !call.has(&["-cmd", "-init"])
                && !operands.iter().any(reaches_out)
            {
                return Flow::Output;
            }
            if database.is(":memory:") {
                to.host = Field::Known(raw("localhost"));
            } else {
                walker.read(&database, false);
                file = Some(database.clone());
            }
            to.scope = database.field();
        }
    } else if matches!(to.scope, Field::Unknown(_)) && !operands.is_empty() {
        to.scope = operands.remove(0).field();
    }
    let from = walker.effects.len();
    let mut texts: Vec<Value> = arguments
        .values(match call.name {
            // Its `-c` names a connection.
            "snow" => &["-q", "--query"],
            _ => &["-c", "--command", "-e", "--execute", "-q", "--query", "--eval", "-Q", "-cmd"],
        })
        .cloned()
        .collect();
    if sqlite || matches!(call.name, "bq" | "clickhouse-client") {
        texts.append(&mut operands);
    }
    for file in arguments.values(&["-f", "--file", "-i", "--queries-file"]) {
        flow(walker, &walker.found(file, crate::paths::Follow::Links).target.path.clone(), file, &to);
    }
    for text in &texts {
        match text {
            Value::Known(text) => statements(walker, text, &to),
            Value::Pattern { glob, .. } => {
                statements(walker, glob, &to);
            }
            Value::Unknown(why) => walker.unknown(*why, Some(call.name.as_bytes())),
        }
    }
    match &call.stdin {
        Flow::Text(text) => {
            let text = text.clone();
            statements(walker, &text, &to);
        }
        Flow::Inherit => {}
        _ => resource(walker, &to, ResourceAction::Change, Field::Unknown(Why::Unseen)),
    }
    if let Some(file) = file {
        let changes =
            walker.effects.iter().skip(from).any(
                |effect| matches!(&effect.action, Action::Resource { action, .. } if *action != ResourceAction::Read),
            );
        if changes {
            walker.write(&file, WriteMode::Edit, &Flow::Output);
        }
    }
    Flow::Output
}

/// Does a statement of a database in memory touch anything beside it?
fn reaches_out(text: &Value) -> bool {
    let Some(text) = text.known() else { return true };
    let upper = text.to_ascii_uppercase();
    text.trim_ascii_start().starts_with(b".")
        || [&b"ATTACH"[..], b"READFILE", b"WRITEFILE", b"LOAD_EXTENSION", b"EDIT(", b"VACUUM"]
            .iter()
            .any(|word| memchr::memmem::find(&upper, word).is_some())
        || memchr::memmem::find(text, b"\n.").is_some()
}

/// The variable that names the host where no option does.
fn host_variable(program: &str) -> Option<&'static [u8]> {
    match program {
        "psql" | "dropdb" | "pg_dump" | "pg_restore" => Some(b"PGHOST"),
        "mysql" | "mariadb" => Some(b"MYSQL_HOST"),
        _ => None,
    }
}

/// A file of statements: what it holds is read when it can be.
fn flow(walker: &mut Walker<'_>, _path: &Field<RawText>, file: &Value, to: &Connection) {
    match walker.read_flow(file) {
        Flow::Text(text) => statements(walker, &text, to),
        _ => resource(walker, to, ResourceAction::Change, Field::Unknown(Why::Unseen)),
    }
}

/// `redis-cli [options] COMMAND arguments`.
pub(super) fn redis(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let stated = |names: &[&str]| call.arguments.value(names).map_or(Field::Unknown(Why::Unstated), Value::field);
    let to = Connection {
        provider: Field::Known(raw("redis")),
        scope: stated(&["-n"]),
        host: call.arguments.value(&["-u"]).map_or_else(|| stated(&["-h"]), super::net::host_of),
        context: Field::Unknown(Why::Unstated),
    };
    let from_input = matches!(&call.stdin, Flow::Text(_));
    // Keys by a list of all keys: `redis-cli --scan | xargs redis-cli del`.
    let every = call
        .operands()
        .iter()
        .skip(1)
        .any(|word| matches!(word, Value::Pattern { floating: true, glob } if glob == crate::value::EACH));
    if call.has(&["--scan", "--bigkeys"])
        || call.operands().first().is_some_and(|verb| verb.is("KEYS") || verb.is("keys"))
    {
        resource(walker, &to, ResourceAction::Read, Field::Unknown(Why::Unstated));
        let narrow = call.has(&["--pattern"]) || call.operands().get(1).is_some_and(|glob| !glob.is("*"));
        return if narrow { Flow::Output } else { Flow::Names };
    }
    let mut lines: Vec<Vec<u8>> = Vec::new();
    if let Flow::Text(text) = &call.stdin {
        lines.extend(text.split(|b| *b == b'\n').map(<[u8]>::to_vec));
    }
    if !call.operands().is_empty() {
        let words: Vec<&[u8]> = call
            .operands()
            .iter()
            .map(|word| match word {
                Value::Pattern { glob, .. } => glob.as_slice(),
                other => other.written().unwrap_or(b"?"),
            })
            .collect();
        lines.push(words.join(&b' '));
    }
    if !from_input && !matches!(call.stdin, Flow::Inherit) && call.operands().is_empty() {
        resource(walker, &to, ResourceAction::Change, Field::Unknown(Why::Unseen));
    }
    for line in lines {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let Some(verb) = words.next().map(<[u8]>::to_ascii_uppercase) else { continue };
        // A server that is told to keep its data where logins or schedules stand writes itself in there.
        if verb == b"CONFIG" {
            let places = [&b"/.ssh"[..], b"authorized_keys", b"/cron", b"/etc/", b"/var/www"];
            if places.iter().any(|place| memchr::memmem::find(&line, place).is_some()) {
                let kind = protocol::effect::PersistKind::AuthorizedKey;
                walker.push(Action::Persist { kind, target: None });
            }
        }
        let name = match words.next() {
            Some(word) if every && word == crate::value::EACH => Field::pattern(RawText::new(word)),
            Some(word) => Field::Known(RawText::new(word)),
            None => Field::Unknown(Why::Unstated),
        };
        let action = match verb.as_slice() {
            // Without a host it is the one of this machine, and one of its numbered databases.
            b"FLUSHDB" if matches!(to.host, Field::Unknown(Why::Unstated)) && walker.hints().is_none() => {
                ResourceAction::Change
            }
            b"DEL" | b"UNLINK" if name.known().is_none() && matches!(name, Field::Pattern(_)) => {
                ResourceAction::Destroy
            }
            b"FLUSHALL" | b"FLUSHDB" | b"SHUTDOWN" | b"SWAPDB" => ResourceAction::Destroy,
            b"DEL" | b"UNLINK" | b"SET" | b"HSET" | b"EXPIRE" | b"LPUSH" | b"RPUSH" | b"SADD" | b"ZADD" | b"INCR"
            | b"RENAME" | b"PERSIST" | b"HDEL" | b"LPOP" | b"RPOP" | b"MSET" | b"SETEX" | b"EVAL" | b"RESTORE"
            | b"MIGRATE" | b"REPLICAOF" | b"SLAVEOF" | b"DEBUG" | b"CONFIG" | b"ACL" => ResourceAction::Change,
            _ => ResourceAction::Read,
        };
        resource(walker, &to, action, name);
    }
    Flow::Output
}

/// `mongosh URL --eval 'db.users.drop()'`.
pub(super) fn mongo(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let url = call.operands().first().cloned();
    let stated = |names: &[&str]| call.arguments.value(names).map_or(Field::Unknown(Why::Unstated), Value::field);
    let host = match &url {
        Some(url) if url.written().is_some_and(|text| memchr::memmem::find(text, b"://").is_some()) => {
            super::net::host_of(url)
        }
        _ => stated(&["--host"]),
    };
    let to = Connection {
        provider: Field::Known(raw("mongodb")),
        scope: url.as_ref().map_or(Field::Unknown(Why::Unstated), Value::field),
        host,
        context: stated(&["-u", "--username"]),
    };
    let mut texts: Vec<Value> = call.arguments.values(&["--eval"]).cloned().collect();
    match &call.stdin {
        Flow::Text(text) => texts.push(Value::Known(text.clone())),
        Flow::Inherit => {}
        _ => resource(walker, &to, ResourceAction::Change, Field::Unknown(Why::Unseen)),
    }
    for text in &texts {
        let Some(text) = text.written() else {
            walker.unknown(Why::Variable, Some(b"mongosh"));
            continue;
        };
        let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
        let action = if has(".drop(")
            || has(".dropDatabase(")
            || has(".deleteMany({})")
            || has(".remove({})")
            || has(".dropUser(")
            || has(".deleteMany( {} )")
            || has(".deleteMany()")
            || has(".dropIndexes(")
            || has("dropAllUsers")
            || has("shutdownServer(")
        {
            ResourceAction::Destroy
        } else if has("createUser(") || has("grantRoles") || has("updateUser(") {
            ResourceAction::Grant
        } else if has(".insert")
            || has(".update")
            || has(".delete")
            || has(".replace")
            || has(".remove(")
            || has(".save(")
            || has(".createIndex")
            || has(".bulkWrite")
            || has("$out")
            || has("$merge")
        {
            ResourceAction::Change
        } else {
            ResourceAction::Read
        };
        let whole = has(".dropDatabase(") && to.is_elsewhere();
        let to = if whole { to.everything() } else { to.clone() };
        resource(walker, &to, action, Field::Unknown(Why::Unstated));
    }
    Flow::Output
}

/// `dropdb [-h host] name`.
pub(super) fn drop_database(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let from = walker.effects.len();
    // One name after the other out of the server's own list.
    let lists_all = call.operands().iter().any(|word| word.known().is_none())
        && walker.recent().any(|effect| {
            let Action::Run { arguments, .. } = &effect.action else { return false };
            arguments.iter().any(|word| {
                word.known()
                    .is_some_and(|text| memchr::memmem::find(protocol::Text::bytes(text), b"pg_database").is_some())
            })
        });
    let flow = walker.plain(call);
    for effect in walker.effects.iter_mut().skip(from) {
        if let Action::Resource { host, scope, .. } = &mut effect.action {
            let to = Connection { host: host.clone(), ..Connection::default() };
            if to.is_elsewhere() || lists_all {
                *scope = crate::walker::with_mark(scope, crate::walker::EVERYTHING);
            }
        }
    }
    flow
}

/// `etcdctl del key [--prefix]`: the store of a cluster, most of the time.
pub(super) fn key_value(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.operands();
    let words =
        if words.first().is_some_and(|word| word.is("kv")) { words.get(1..).unwrap_or_default() } else { words };
    let verb = words.first().and_then(Value::known).unwrap_or_default();
    let key = words.get(1);
    let all = key.is_none_or(|key| key.is("") || key.is("/")) && call.has(&["--prefix", "--from-key", "-recurse"]);
    let action = match verb {
        b"del" | b"delete" | b"rm" | b"rmdir" => ResourceAction::Destroy,
        b"put" | b"set" | b"mk" | b"compact" | b"defrag" | b"member" => ResourceAction::Change,
        b"user" | b"role" | b"auth" => ResourceAction::Grant,
        _ => ResourceAction::Read,
    };
    let stated = |names: &[&str]| call.arguments.value(names).map_or(Field::Unknown(Why::Unstated), Value::field);
    let scope = if all { Field::Known(raw(crate::walker::EVERYTHING)) } else { Field::Unknown(Why::Unstated) };
    let to = Connection {
        provider: Field::Known(raw(if call.name == "consul" { "consul" } else { "etcd" })),
        scope,
        host: stated(&["--endpoints", "-http-addr"]),
        ..Connection::default()
    };
    resource(walker, &to, action, key.map_or(Field::Unknown(Why::Unstated), Value::field));
    Flow::Output
}

/// `kafka-topics --delete --topic x`.
pub(super) fn kafka(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let stated = |names: &[&str]| call.arguments.value(names).map_or(Field::Unknown(Why::Unstated), Value::field);
    let host = call
        .arguments
        .value(&["--bootstrap-server", "--zookeeper"])
        .map_or(Field::Unknown(Why::Unstated), super::net::host_of);
    let to = Connection { provider: Field::Known(raw("kafka")), host, ..Connection::default() };
    let action = if call.has(&["--delete"]) || call.name.starts_with("kafka-delete") {
        ResourceAction::Destroy
    } else if call.has(&["--alter", "--reset-offsets", "--create"]) {
        ResourceAction::Change
    } else {
        return Flow::Output;
    };
    resource(walker, &to, action, stated(&["--topic", "--group"]));
    Flow::Output
}
