//! How far a command of a cloud reaches: words of the providers, as facts. What follows from them is the policy's.

use crate::value::{Flow, Value};
use crate::walker::{Call, EVERYTHING, Walker, with_mark};
use protocol::effect::{Action, ResourceAction};
use protocol::{Field, RawText, Why};

pub(in super::super) const EVERYONE: &str = "everyone";
pub(in super::super) const ADMINISTRATOR: &str = "administrator";
pub(in super::super) const PROTECTION: &str = "protection";
/// What its users reach.
const SERVED_MARK: &str = "served";
/// More than one machine at once.
const SEVERAL: &str = "several";
const KEYS: &str = "keys";
const BACKUPS: &str = "backups";

/// Parts of words that give something to everyone.
pub(super) const TO_EVERYONE: &[&str] = &[
    "public-read",
    "publicRead",
    "allUsers",
    "AllUsers",
    "allAuthenticatedUsers",
    "AuthenticatedUsers",
    "--publicly-accessible",
    "\"Principal\":\"*\"",
    "\"Principal\": \"*\"",
    "\"AWS\":\"*\"",
    "\"AWS\": \"*\"",
    "BlockPublicAcls=false",
    "BlockPublicPolicy=false",
    "RestrictPublicBuckets=false",
    "\"BlockPublicAcls\":false",
    "\"BlockPublicAcls\": false",
    "delete-public-access-block",
    "--no-public-access-prevention",
    "--unlock-public",
    "system:unauthenticated",
    "system:anonymous",
    "system:authenticated",
    "Group=all",
    "\"Group\":\"all\"",
    "UserId=all",
];

/// An option and a value behind it, or behind `=`, that give something to everyone.
const TO_EVERYONE_BY_VALUE: &[(&str, &[&str])] = &[
    ("--principal", &["*"]),
    ("--visibility", &["public"]),
    ("--public-access", &["blob", "container"]),
    ("--allow-blob-public-access", &["true"]),
    ("--group-names", &["all"]),
    ("--attribute-value", &["all"]),
];

/// Parts of words that give all rights.
const ALL_RIGHTS: &[&str] = &[
    "AdministratorAccess",
    "IAMFullAccess",
    "roles/owner",
    "roles/iam.securityAdmin",
    "roles/resourcemanager.organizationAdmin",
    "cluster-admin",
    "system:masters",
    "\"Action\":\"*\"",
    "\"Action\": \"*\"",
    "\"Action\":[\"*\"]",
];

const ALL_RIGHTS_BY_VALUE: &[(&str, &[&str])] = &[
    ("--role", &["Owner", "owner", "User Access Administrator", "admin"]),
    ("--roles", &["roles/owner"]),
    ("--access-level", &["owner", "50"]),
    ("--group-name", &["Administrators", "Administrator", "Admins", "admins", "admin"]),
];

/// Commands, by a part of their operands, that take a guard away.
const TAKES_A_GUARD: &[(&str, &str)] = &[
    ("cloudtrail stop-logging", PROTECTION),
    ("cloudtrail delete-trail", PROTECTION),
    ("cloudtrail delete-event-data-store", PROTECTION),
    ("guardduty delete-", PROTECTION),
    ("guardduty disassociate-", PROTECTION),
    ("configservice stop-configuration-recorder", PROTECTION),
    ("configservice delete-", PROTECTION),
    ("securityhub disable-", PROTECTION),
    ("securityhub batch-disable-", PROTECTION),
    ("macie2 disable-", PROTECTION),
    ("inspector2 disable", PROTECTION),
    ("detective delete-graph", PROTECTION),
    ("access-analyzer delete-analyzer", PROTECTION),
    ("ec2 delete-flow-logs", PROTECTION),
    ("ec2 disable-ebs-encryption-by-default", PROTECTION),
    ("wafv2 delete-web-acl", PROTECTION),
    ("wafv2 disassociate-web-acl", PROTECTION),
    ("iam deactivate-mfa-device", PROTECTION),
    ("iam delete-account-password-policy", PROTECTION),
    ("organizations leave-organization", PROTECTION),
    ("organizations detach-policy", PROTECTION),
    ("kms schedule-key-deletion", KEYS),
    ("kms disable-key", KEYS),
    ("kms delete-imported-key-material", KEYS),
    ("cloudhsmv2 delete-", KEYS),
    ("guardduty stop-", PROTECTION),
    ("accessanalyzer delete-analyzer", PROTECTION),
    ("cloudwatch delete-alarms", PROTECTION),
    ("cloudwatch disable-alarm-actions", PROTECTION),
    ("s3api delete-bucket-encryption", PROTECTION),
    ("s3api delete-object-lock", PROTECTION),
    ("iam delete-virtual-mfa-device", PROTECTION),
    ("ec2 delete-snapshot", BACKUPS),
    ("ec2 deregister-image", BACKUPS),
    ("redshift delete-cluster-snapshot", BACKUPS),
    ("elasticache delete-snapshot", BACKUPS),
    ("compute snapshots delete", BACKUPS),
    ("snapshot delete", BACKUPS),
    ("snapshots delete", BACKUPS),
    ("backups delete", BACKUPS),
    ("backup delete", BACKUPS),
    ("alerting policies delete", PROTECTION),
    ("policy assignment delete", PROTECTION),
    ("org-policies delete", PROTECTION),
    ("kms keys destroy", KEYS),
    ("backup delete-", BACKUPS),
    ("rds delete-db-snapshot", BACKUPS),
    ("rds delete-db-cluster-snapshot", BACKUPS),
    ("dynamodb delete-backup", BACKUPS),
    ("logging sinks delete", PROTECTION),
    ("logging buckets delete", PROTECTION),
    ("logging logs delete", PROTECTION),
    ("kms keys versions destroy", KEYS),
    ("kms keys versions disable", KEYS),
    ("sql backups delete", BACKUPS),
    ("monitor diagnostic-settings delete", PROTECTION),
    ("monitor log-profiles delete", PROTECTION),
    ("monitor activity-log alert delete", PROTECTION),
    ("security auto-provisioning-setting update", PROTECTION),
    ("keyvault purge", KEYS),
    ("keyvault key purge", KEYS),
    ("keyvault key delete", KEYS),
    ("keyvault delete", KEYS),
    ("lock delete", PROTECTION),
    ("resource lock delete", PROTECTION),
    ("backup protection disable", BACKUPS),
    ("backup vault delete", BACKUPS),
];

/// Words that switch a guard off, in whatever command.
const SWITCHES_OFF: &[&str] = &[
    "--no-deletion-protection",
    "--no-deletion-protection-enabled",
    "--no-enable-termination-protection",
    "--no-disable-api-termination",
    "--no-enable-log-file-validation",
    "--no-enable-logging",
    "Status=Suspended",
    "PointInTimeRecoveryEnabled=false",
    "--disable-api-termination=false",
    "--no-enable-purge-protection",
    "--no-enable",
    "--backup-retention-period=0",
    "--no-backup",
    "--no-deletion-protection=true",
    "--clear-deletion-protection",
];

/// An option and a value behind it that switch a guard off.
const SWITCHES_OFF_BY_VALUE: &[(&str, &[&str])] = &[
    ("--backup-retention-period", &["0"]),
    ("--backup-retention", &["0"]),
    ("--deletion-protection", &["false", "disabled"]),
    ("--enable-deletion-protection", &["false"]),
    ("--enable-purge-protection", &["false"]),
];

/// Commands that take a whole account, project, application or cluster away.
const TAKES_ALL: &[&str] = &[
    "projects delete",
    "projects:delete",
    "project delete",
    "projects remove",
    "project rm",
    "group delete",
    "apps destroy",
    "apps:destroy",
    "apps delete",
    "app destroy",
    "app delete",
    "sites:delete",
    "organizations close-account",
    "organizations delete-organization",
    "account subscription cancel",
    "clusters delete",
    "aks delete",
    "cluster delete",
    "delete cluster",
    "eks delete-cluster",
    "resource-groups delete-group",
    "delete-user-pool",
    "delete-hosted-zone",
    "managed-zones delete",
    "dns zone delete",
    "delete-directory",
    "delete-file-system",
    "delete-db-cluster",
    "delete-replication-group",
    "delete-domain-name",
    "storage account delete",
    "sql server delete",
    "keyspaces delete",
    "dynamodb delete-table",
    "sql instances delete",
    "sql db delete",
    "spanner instances delete",
    "spanner databases delete",
    "bigtable instances delete",
    "firestore databases delete",
    "cosmosdb delete",
    "flexible-server delete",
];

/// What holds data that nothing else has: taken away past any question it is gone.
const HOLDS_DATA: &[&str] = &[
    "database",
    "databases",
    "db",
    "volume",
    "volumes",
    "bucket",
    "buckets",
    "pg",
    "postgres",
    "mysql",
    "redis",
    "d1",
    "kv",
    "r2",
    "namespace",
    "branch",
    "branches",
    "addons:destroy",
    "pg:destroy",
    "redis:destroy",
    "postgres:destroy",
    "mysql:destroy",
    "project",
    "environment",
    "organization",
    "org",
    "team",
    "sql",
    "delete-repository",
    "delete-table",
    "delete-bucket",
    "delete-volume",
    "delete-stream",
    "delete-cache-cluster",
];

/// Words that answer a question before it is asked.
const UNASKED: &[&str] = &[
    "-y",
    "--yes",
    "-f",
    "--force",
    "--confirm",
    "--skip-confirmation",
    "--skip-confirm",
    "--quiet",
    "-q",
    "--no-prompt",
    "--auto-approve",
];

/// Words by which no copy is kept.
const KEEPS_NOTHING: &[&str] =
    &["--skip-final-snapshot", "--delete-automated-backups", "--force-delete-without-recovery", "--no-final-snapshot"];

/// Changes that users see as soon as they are made.
const SERVED: &[&str] = &[
    "lambda update-function",
    "lambda publish",
    "cloudfront create-invalidation",
    "cloudfront update-distribution",
    "ecs update-service",
    "apprunner",
    "elasticbeanstalk update-environment",
    "amplify start-job",
    "run deploy",
    "run services update",
    "app deploy",
    "functions deploy",
    "webapp ",
    "functionapp ",
    "containerapp update",
    "apps update",
    "apps create-deployment",
    "secret put",
    "secret delete",
    "secret bulk",
];

/// `pscale database delete shop --force`, `fly volumes destroy vol_1 -y`.
fn takes_data_unasked(call: &Call<'_>) -> bool {
    let is = |word: &Value, names: &[&str]| names.iter().any(|name| word.is(name));
    call.operands().iter().take(4).any(|word| is(word, HOLDS_DATA)) && call.words.iter().any(|word| is(word, UNASKED))
}

pub(super) fn has_part(words: &[Value], parts: &[&str]) -> bool {
    words
        .iter()
        .filter_map(Value::written)
        .any(|text| text.len() > 3 && parts.iter().any(|part| memchr::memmem::find(text, part.as_bytes()).is_some()))
}

/// Does one of these options stand there with one of its values?
pub(super) fn has_value(words: &[Value], options: &[(&str, &[&str])]) -> bool {
    options.iter().any(|(option, values)| {
        words.iter().enumerate().any(|(at, word)| {
            let Some(text) = word.written() else { return false };
            let is = |value: &[u8]| values.iter().any(|one| value == one.as_bytes());
            if text == option.as_bytes() {
                return words.get(at + 1).and_then(Value::written).is_some_and(is);
            }
            text.strip_prefix(option.as_bytes()).and_then(|rest| rest.strip_prefix(b"=")).is_some_and(is)
        })
    })
}

fn has_word(words: &[Value], names: &[&str]) -> bool {
    words.iter().any(|word| names.iter().any(|name| word.is(name)))
}

fn switches_off(words: &[Value]) -> bool {
    let off = words.iter().filter_map(Value::written).any(|text| {
        text == b"--no-enable"
            || SWITCHES_OFF
                .iter()
                .any(|part| *part != "--no-enable" && memchr::memmem::find(text, part.as_bytes()).is_some())
    });
    off || has_value(words, SWITCHES_OFF_BY_VALUE)
}

/// A rule of a firewall that lets the whole internet in, at more than the ports of the web.
fn opens_to_all(words: &[Value]) -> bool {
    let firewall = ["ingress", "firewall", "nsg", "security-group", "security_group", "authorized-networks"];
    let all = ["0.0.0.0/0", "::/0", "--source-address-prefixes=*"];
    let any_source = has_part(words, &all)
        || has_value(
            words,
            &[
                ("--source-address-prefixes", &["*", "Internet", "0.0.0.0/0"]),
                ("--source-address-prefix", &["*", "Internet"]),
            ],
        );
    let web = |text: &[u8]| {
        let digits = text.strip_prefix(b"tcp:").unwrap_or(text);
        matches!(digits, b"80" | b"443" | b"80,443" | b"tcp:80,tcp:443")
    };
    let ports = words.iter().enumerate().filter(|(_, word)| {
        matches!(
            word.written(),
            Some(b"--port" | b"--allow" | b"--rules" | b"--destination-port-ranges" | b"--from-port")
        )
    });
    let mut ports = ports.filter_map(|(at, _)| words.get(at + 1).and_then(Value::written)).peekable();
    let given = words.iter().filter_map(Value::written).find_map(|text| {
        text.strip_prefix(b"--allow=")
            .or_else(|| text.strip_prefix(b"--rules="))
            .or_else(|| text.strip_prefix(b"--port="))
    });
    let only_web = match (ports.peek().is_some(), given) {
        (true, _) => ports.all(web),
        (false, Some(given)) => web(given),
        (false, None) => false,
    };
    any_source && has_part(words, &firewall) && !only_web
}

/// How far what a command gives reaches.
fn gives(words: &[Value]) -> Option<&'static str> {
    if has_part(words, TO_EVERYONE) || has_value(words, TO_EVERYONE_BY_VALUE) || opens_to_all(words) {
        return Some(EVERYONE);
    }
    (has_part(words, ALL_RIGHTS) || has_value(words, ALL_RIGHTS_BY_VALUE)).then_some(ADMINISTRATOR)
}

/// Does a command take several machines away: `terminate-instances i-1 i-2`, `droplet delete web-1 web-2`?
fn takes_several(call: &Call<'_>) -> bool {
    let is = |word: &Value, names: &[&str]| names.iter().any(|name| word.is(name));
    // All that bear a mark, or that a list has named.
    let by_tag = call.arguments.has(&["--tag-name", "--tag"]);
    if call.name.starts_with("aws") {
        let listed = call
            .words
            .iter()
            .any(|word| matches!(word, Value::Unknown(Why::Substitution) | Value::Pattern { floating: true, .. }));
        if listed && call.operands().get(1).is_some_and(|verb| is(verb, &["terminate-instances"])) {
            return true;
        }
        let numbers = call.words.iter().filter_map(Value::written).filter(|text| text.starts_with(b"i-")).count();
        return numbers > 1 && call.operands().get(1).is_some_and(|verb| is(verb, &["terminate-instances"]));
    }
    let machines =
        ["droplet", "droplets", "server", "servers", "instance", "instances", "vm", "vms", "linodes", "machine"];
    let verb = call.operands().iter().position(|word| is(word, &["delete", "destroy", "rm", "terminate"]));
    let Some(verb) = verb else { return false };
    call.operands().iter().take(verb).any(|word| is(word, &machines)) && (by_tag || call.operands().len() > verb + 2)
}

/// A lifecycle by which what lies there goes within a week.
pub(super) fn expires_soon(words: &[Value]) -> bool {
    words.iter().filter_map(Value::written).any(|text| {
        let plain: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let expires = memchr::memmem::find(&plain, b"\"Expiration\":{\"Days\":").map(|at| at + 21);
        let days = expires.and_then(|at| plain.get(at..)).unwrap_or_default();
        let digits = days.iter().take_while(|b| b.is_ascii_digit()).count();
        let whole = ["\"Filter\":{}", "\"Prefix\":\"\""]
            .iter()
            .any(|part| memchr::memmem::find(&plain, part.as_bytes()).is_some());
        whole && digits == 1
    })
}

/// `s3://acme-invoices`: the bucket, and not a part of it.
fn is_whole_bucket(word: &Value) -> bool {
    let bucket = word.known().and_then(|text| text.strip_prefix(b"s3://"));
    bucket.is_some_and(|bucket| !bucket.strip_suffix(b"/").unwrap_or(bucket).contains(&b'/'))
}

/// A bucket and all that it holds: `gs://acme-media/**`, `kontor:media`.
fn is_bucket_of(word: &Value, start: &str) -> bool {
    let place = word.written().and_then(|text| text.strip_prefix(start.as_bytes()));
    place.is_some_and(|place| {
        let mut parts = place.split(|b| *b == b'/').filter(|part| !part.is_empty());
        parts.next().is_some_and(|bucket| !bucket.contains(&b'*')) && parts.all(|part| part.iter().all(|b| *b == b'*'))
    })
}

/// All that a bucket or a data set holds, by other words than those of a bucket's own end.
fn empties_a_bucket(walker: &Walker<'_>, call: &Call<'_>) -> bool {
    let verb = |name: &str| call.operands().iter().take(3).any(|word| word.is(name));
    let recursive = has_word(call.words, &["-r", "-R", "--recursive", "-rf", "-fr"]);
    match call.name {
        "gsutil" | "gcloud" => verb("rm") && recursive && call.words.iter().any(|word| is_bucket_of(word, "gs://")),
        "bq" => verb("rm") && recursive,
        "aws" => {
            verb("delete-objects") && call.words.iter().any(|word| word.known().is_none()) && lists_objects(walker)
        }
        _ => false,
    }
}

/// Were the objects of a bucket listed in this call?
fn lists_objects(walker: &Walker<'_>) -> bool {
    walker.recent().any(|effect| {
        let Action::Run { arguments, .. } = &effect.action else { return false };
        arguments.iter().filter_map(Field::known).any(|word| protocol::Text::bytes(word).starts_with(b"list-object"))
    })
}

/// `rclone purge remote:bucket`, `rclone delete remote:bucket`: all of a bucket, or of a place for copies.
pub(in super::super) fn rclone_purge(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let from = walker.effects.len();
    let flow = walker.plain(call);
    let Some(text) = call.operands().first().and_then(Value::written) else { return flow };
    let Some(colon) = text.iter().position(|b| *b == b':') else { return flow };
    let place = text.get(colon + 1..).unwrap_or_default();
    let parts = place.split(|b| *b == b'/').filter(|part| !part.is_empty());
    let copies = place
        .split(|b| matches!(b, b'/' | b'-' | b'.' | b'_'))
        .any(|word| matches!(word, b"backup" | b"backups" | b"bak"));
    let chosen =
        call.has(&["--min-age", "--max-age", "--include", "--exclude", "--filter", "--min-size", "--max-size"]);
    let mark = if chosen {
        None
    } else if copies {
        Some(BACKUPS)
    } else {
        (parts.count() <= 1).then_some(EVERYTHING)
    };
    for effect in walker.effects.iter_mut().skip(from) {
        if let (Action::Resource { scope, .. }, Some(mark)) = (&mut effect.action, mark) {
            *scope = with_mark(scope, mark);
        }
    }
    flow
}

/// `s3://acme-backups/`, `gs://shop-backup`: a bucket for copies, not one file of that name in another.
fn keeps_copies(name: &Field<RawText>) -> bool {
    let Field::Known(name) = name else { return false };
    let name = protocol::Text::bytes(name);
    let Some(rest) = name.strip_prefix(b"s3://").or_else(|| name.strip_prefix(b"gs://")) else { return false };
    let bucket = rest.split(|b| *b == b'/').next().unwrap_or_default();
    bucket.split(|b| matches!(b, b'-' | b'.' | b'_')).any(|word| matches!(word, b"backup" | b"backups" | b"bak"))
}

/// The known operands as one text.
pub(super) fn spoken(operands: &[Value]) -> Vec<u8> {
    let words: Vec<&[u8]> = operands.iter().take(6).map(|word| word.written().unwrap_or(b"?")).collect();
    words.join(&b' ')
}

/// Says of the resources found from `from` on how far they reach.
pub(super) fn mark(walker: &mut Walker<'_>, call: &Call<'_>, from: usize) {
    let said = spoken(call.operands());
    let says = |part: &str| memchr::memmem::find(&said, part.as_bytes()).is_some();
    let given = gives(call.words);
    let guard = TAKES_A_GUARD
        .iter()
        .find(|(command, _)| says(command))
        .map(|(_, mark)| *mark)
        .or_else(|| switches_off(call.words).then_some(PROTECTION));
    let all =
        TAKES_ALL.iter().any(|command| says(command)) || super::has_word(call, "--all") || takes_data_unasked(call);
    let all = all || has_word(call.words, KEEPS_NOTHING) || says("s3 rb") && has_word(call.words, &["--force"]);
    let all = all || says("s3 rm") && has_word(call.words, &["--recursive"]) && call.words.iter().any(is_whole_bucket);
    let all = all || empties_a_bucket(walker, call);
    let several = takes_several(call);
    let served = SERVED.iter().any(|command| says(command));
    let key = says("keys create")
        || says("credential reset")
        || says("create-service-specific-credential")
        || says("create-login-profile")
        || says("role assignment create");
    for effect in walker.effects.iter_mut().skip(from) {
        let Action::Resource { action, scope, name, .. } = &mut effect.action else { continue };
        // Whichever a list has named: nothing about their names is open.
        if several && *action == ResourceAction::Destroy && name.known().is_none() {
            *name = Field::Known(RawText::from("**"));
        }
        // A place whose name says that copies are kept there.
        let guard = guard.or_else(|| (*action == ResourceAction::Destroy && keeps_copies(name)).then_some(BACKUPS));
        match (*action, given, guard) {
            (ResourceAction::Create | ResourceAction::Change | ResourceAction::Grant, Some(mark), _) => {
                // What is made or changed with it is given.
                *action = ResourceAction::Grant;
                *scope = with_mark(scope, mark);
            }
            (ResourceAction::Destroy, Some(EVERYONE), _) => {
                *action = ResourceAction::Grant;
                *scope = with_mark(scope, EVERYONE);
            }
            (ResourceAction::Create | ResourceAction::Change | ResourceAction::Destroy, _, Some(mark)) => {
                *action = ResourceAction::Destroy;
                *scope = with_mark(scope, mark);
            }
            (ResourceAction::Create | ResourceAction::Change, None, None) if key => *action = ResourceAction::Grant,
            (ResourceAction::Create | ResourceAction::Change, None, None) if served => {
                *action = ResourceAction::Change;
                *scope = with_mark(scope, SERVED_MARK);
            }
            (ResourceAction::Destroy, _, None) if all => *scope = with_mark(scope, EVERYTHING),
            (ResourceAction::Destroy, _, None) if several => *scope = with_mark(scope, SEVERAL),
            _ => {}
        }
    }
}
