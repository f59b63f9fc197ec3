//! Programs that change the shape of a project's database: migration tools, and what restores a dump.

use super::{Lang, raw};
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, ResourceAction, ResourceKind};
use protocol::{Field, RawText, Why};

/// Verbs after which the data is gone.
const DESTROYS: &[&str] = &[
    "reset",
    "drop",
    "clean",
    "flush",
    "dropAll",
    "drop-all",
    "drop_all",
    "reset_db",
    "db:drop",
    "db:drop:all",
    "db:drop:_unsafe",
    "db:reset",
    "db:purge",
    "db:purge:all",
    "db:truncate_all",
    "db:schema:load",
    "db:structure:load",
    "db:migrate:reset",
    "db:migrate:undo:all",
    "db:wipe",
    "db:seed:replant",
    "migrate:reset",
    "migrate:fresh",
    "migrate:refresh",
    "migrate:undo:all",
    "ecto.drop",
    "ecto.reset",
    "schema:drop",
    "schema:fresh",
    "database:drop",
    "doctrine:database:drop",
    "doctrine:schema:drop",
    "orm:schema-tool:drop",
    "migration:fresh",
    "sqlflush",
    "reset-database",
];

/// Verbs that only look, or that write files of the project.
const LOOKS: &[&str] = &[
    "status",
    "info",
    "validate",
    "generate",
    "diff",
    "pull",
    "history",
    "current",
    "check",
    "create",
    "new",
    "make",
    "format",
    "studio",
    "version",
    "list",
    "show",
    "introspect",
    "heads",
    "makemigrations",
    "showmigrations",
    "migrate:status",
    "db:migrate:status",
    "db:version",
    "migrate:make",
    "migration:create",
    "migration:generate",
    "migration:show",
    "migrate:list",
    "init",
    "help",
];

/// Verbs that change it.
const CHANGES: &[&str] = &[
    "migrate",
    "deploy",
    "push",
    "up",
    "upgrade",
    "latest",
    "update",
    "down",
    "undo",
    "revert",
    "rollback",
    "downgrade",
    "redo",
    "db:migrate",
    "db:rollback",
    "db:setup",
    "db:prepare",
    "db:seed",
    "db:create",
    "db:migrate:up",
    "db:migrate:down",
    "db:migrate:redo",
    "db:migrate:undo",
    "migrate:latest",
    "migrate:up",
    "migrate:down",
    "migrate:rollback",
    "migration:run",
    "migration:revert",
    "ecto.migrate",
    "ecto.rollback",
    "ecto.create",
    "schema:update",
    "schema:sync",
    "doctrine:migrations:migrate",
    "loaddata",
    "seed",
    "apply",
];

/// Options with which it prints what it would do.
const DRY: &[&str] =
    &["--dry-run", "--sql", "--pretend", "--plan", "--check", "--dryRun", "--noop", "--print-sql", "--dump-sql"];

/// Options that name the database.
const ADDRESSES: &[&str] = &[
    "--url",
    "-url",
    "-u",
    "--database-url",
    "--dburl",
    "--dsn",
    "-database",
    "--database",
    "-d",
    "--db-url",
    "--uri",
];

/// Variables that name it where no option does.
const VARIABLES: &[&[u8]] = &[
    b"DATABASE_URL",
    b"DB_URL",
    b"DB_HOST",
    b"FLYWAY_URL",
    b"MONGO_URL",
    b"MONGODB_URI",
    b"POSTGRES_URL",
    b"DIRECT_URL",
    b"PGHOST",
    b"SQLALCHEMY_DATABASE_URI",
];

/// Variables that name the settings, or what they are for.
const SETTINGS: &[&[u8]] = &[
    b"ALEMBIC_CONFIG",
    b"LIQUIBASE_DEFAULTS_FILE",
    b"FLYWAY_CONFIG_FILES",
    b"DJANGO_SETTINGS_MODULE",
    b"ASPNETCORE_ENVIRONMENT",
    b"DOTNET_ENVIRONMENT",
    b"ATLAS_ENV",
];

fn unstated() -> Field<RawText> {
    Field::Unknown(Why::Unstated)
}

/// Where the data lies, as far as the command says.
fn host(walker: &Walker<'_>, call: &Call<'_>) -> Field<RawText> {
    let given = call
        .arguments
        .values(ADDRESSES)
        .chain(call.operands())
        .find(|value| value.written().is_some_and(|text| memchr::memmem::find(text, b"://").is_some()))
        .cloned();
    let given = given.or_else(|| VARIABLES.iter().find_map(|name| walker.shell.get(name)));
    let host = given.as_ref().map_or_else(unstated, super::net::host_of);
    match host {
        // A file, or a variable that says where by its name.
        Field::Unknown(Why::Variable) if walker.hints().is_some() => unstated(),
        other => other,
    }
}

/// `prisma migrate reset`, `rails db:drop`, `alembic upgrade head`, `flyway -url=… clean`.
pub(super) fn migration(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.flag(|entry| &entry.flags.dry) || call.has(DRY) {
        return Flow::Output;
    }
    let operands = call.operands();
    let first = operands.first().and_then(Value::known).unwrap_or_default();
    // `rails runner 'code'`, `manage.py shell -c 'code'`, `artisan tinker --execute='code'`.
    if matches!(first, b"runner" | b"r" | b"shell" | b"tinker" | b"console" | b"c" | b"dbconsole" | b"dbshell") {
        return code(walker, call, first);
    }
    let has = |list: &[&str]| operands.iter().take(4).any(|word| list.iter().any(|verb| word.is(verb)));
    let forced = call.has(&["--force-reset", "--accept-data-loss", "--full-refresh"]);
    let environment = call
        .arguments
        .value(&[
            "--env",
            "-e",
            "--environment",
            "--settings",
            "--connection",
            "--defaults-file",
            "--defaultsFile",
            "-c",
            "--config",
        ])
        .and_then(Value::written)
        .map(<[u8]>::to_vec);
    let whole_way_down =
        has(&["base", "zero"]) || call.has(&["--all"]) && has(&["migrate:rollback", "rollback", "down"]);
    let action = if has(DESTROYS)
        || forced
        || whole_way_down && has(&["downgrade", "migrate", "migrate:rollback", "rollback", "down"])
    {
        ResourceAction::Destroy
    } else if has(LOOKS) {
        return Flow::Output;
    } else if has(CHANGES) {
        ResourceAction::Change
    } else {
        return Flow::Output;
    };
    let host = host(walker, call);
    let environment = environment.or_else(|| {
        // The settings that a variable names.
        SETTINGS.iter().find_map(|name| walker.shell.get(name)?.written().map(<[u8]>::to_vec))
    });
    let environment = environment.map(|text| [b"env=", text.as_slice()].concat());
    walker.hinted(environment.as_deref(), |walker| {
        walker.push(Action::Resource {
            kind: ResourceKind::Database,
            action,
            provider: Field::Known(raw("migrations")),
            name: operands.first().map_or_else(unstated, Value::field),
            scope: unstated(),
            host,
            context: environment.as_ref().map_or_else(unstated, |text| Field::Known(RawText::new(text.clone()))),
        });
    });
    Flow::Output
}

/// Code in the application, which has its database.
fn code(walker: &mut Walker<'_>, call: &Call<'_>, verb: &[u8]) -> Flow {
    let lang = match call.name {
        "artisan" => Lang::Php,
        "manage.py" | "django-admin" => Lang::Python,
        _ => Lang::Ruby,
    };
    let given = call.arguments.value(&["-c", "--command", "--execute"]).or_else(|| call.operands().get(1)).cloned();
    let given = given.filter(|word| !word.is("-") && !word.is("/dev/stdin"));
    let environment = call.arguments.value(&["-e", "--environment"]).and_then(Value::written).map(<[u8]>::to_vec);
    match (given, &call.stdin) {
        (Some(Value::Known(text)), _) => {
            walker.hinted(environment.as_deref(), |walker| {
                walker.carried(call.name, |walker| walker.code(lang, &text, &Flow::Inherit, &[]))
            });
        }
        (None, Flow::Text(text)) => {
            let text = text.clone();
            walker.carried(call.name, |walker| walker.code(lang, &text, &Flow::Inherit, &[]));
        }
        (None, Flow::Inherit) if verb != b"shell" || walker.hints().is_some() => {
            walker.hinted(environment.as_deref(), |walker| {
                // A person's console: whatever is typed there.
                walker.push(Action::Resource {
                    kind: ResourceKind::Database,
                    action: ResourceAction::Change,
                    provider: Field::Known(raw("migrations")),
                    name: unstated(),
                    scope: unstated(),
                    host: unstated(),
                    context: unstated(),
                });
            });
        }
        _ => {}
    }
    Flow::Output
}

/// `pg_restore`, `mongorestore`: what is there already goes first, if it says so.
pub(super) fn restore(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.has(&["--list", "--dryRun", "--version"]) || call.arguments.options.iter().any(|(name, _)| name == b"-l") {
        return Flow::Output;
    }
    let clears = call.has(&["--clean", "--drop", "--delete", "--replace"])
        || call.arguments.options.iter().any(|(name, _)| name == b"-c");
    let database = call.arguments.value(&["-d", "--dbname", "--db"]);
    let address = call
        .arguments
        .value(&["--uri"])
        .or(database)
        .filter(|value| value.written().is_some_and(|text| memchr::memmem::find(text, b"://").is_some()));
    let host = match address {
        Some(url) => super::net::host_of(url),
        None => call.arguments.value(&["-h", "--host"]).map_or_else(unstated, Value::field),
    };
    // Without a database it only prints statements.
    if call.name == "pg_restore" && database.is_none() {
        return Flow::Output;
    }
    walker.push(Action::Resource {
        kind: ResourceKind::Database,
        action: if clears { ResourceAction::Destroy } else { ResourceAction::Change },
        provider: Field::Known(raw(call.name)),
        name: database.map_or_else(unstated, Value::field),
        scope: unstated(),
        host,
        context: unstated(),
    });
    Flow::Output
}
