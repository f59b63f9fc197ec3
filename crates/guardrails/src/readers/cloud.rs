//! Clouds, hosting platforms, forges and infrastructure tools: what their commands would do, and how far it reaches.
//!
//! A scope says what a command touches beyond one thing: `everything`, `everyone` (made public), `administrator` (all
//! rights), `protection` (audit trails, alarms, deletion protection), `keys`, `backups`, `served` (what users
//! reach). The words below are facts of
//! the providers; what follows from them is the policy's.

use super::raw;
use crate::value::{Flow, Value};
use crate::walker::{Call, EVERYTHING, Walker, with_mark};
use protocol::effect::{Action, CredentialKind, HistoryKind, Outgoing, ResourceAction, ResourceKind};
use protocol::{Field, RawText, Why};

pub(super) const EVERYONE: &str = "everyone";
pub(super) const ADMINISTRATOR: &str = "administrator";
pub(super) const PROTECTION: &str = "protection";
const KEYS: &str = "keys";
const BACKUPS: &str = "backups";

/// Parts of words that give something to everyone.
const TO_EVERYONE: &[&str] = &[
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
];

fn unstated() -> Field<RawText> {
    Field::Unknown(Why::Unstated)
}

fn known_or_unstated(value: Option<&Value>) -> Field<RawText> {
    value.map_or_else(unstated, Value::field)
}

fn has_part(words: &[Value], parts: &[&str]) -> bool {
    words
        .iter()
        .filter_map(Value::written)
        .any(|text| text.len() > 3 && parts.iter().any(|part| memchr::memmem::find(text, part.as_bytes()).is_some()))
}

/// Does one of these options stand there with one of its values?
fn has_value(words: &[Value], options: &[(&str, &[&str])]) -> bool {
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

/// The known operands as one text.
fn spoken(operands: &[Value]) -> Vec<u8> {
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
        .or_else(|| has_part(call.words, SWITCHES_OFF).then_some(PROTECTION));
    let all = TAKES_ALL.iter().any(|command| says(command)) || has_word(call, "--all");
    let key = says("keys create")
        || says("credential reset")
        || says("create-service-specific-credential")
        || says("role assignment create");
    for effect in walker.effects.iter_mut().skip(from) {
        let Action::Resource { action, scope, .. } = &mut effect.action else { continue };
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
            (ResourceAction::Destroy, _, None) if all => *scope = with_mark(scope, EVERYTHING),
            _ => {}
        }
    }
}

/// What the table says of the command, and how far it reaches.
pub(super) fn cloud(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let from = walker.effects.len();
    let flow = within_options(walker, call, |walker| walker.plain(call));
    chooses(walker, call);
    if has_part(call.words, &["--linked"]) {
        link(walker, from);
    } else if call.has(&["--local"])
        || call.operands().iter().any(|word| word.is("--local"))
        || has_word(call, "--local")
    {
        local(walker, from);
    }
    mark(walker, call, from);
    // A process of its own in the application that runs there.
    if call.name == "heroku" && call.operands().first().is_some_and(|verb| verb.is("run") || verb.is("run:detached")) {
        let app = call.arguments.value(&["-a", "--app"]).map_or_else(|| Field::Known(raw("heroku")), Value::field);
        let words = call.operands().get(1..).unwrap_or_default().to_vec();
        walker.at_place(protocol::effect::Place::Remote { host: app }, |walker| {
            walker.carried(call.name, |walker| walker.invoke(&words, &call.stdin))
        });
    }
    flow
}

/// An environment may be named by an option, whatever the option is called.
fn within_options<R>(walker: &mut Walker<'_>, call: &Call<'_>, inside: impl FnOnce(&mut Walker<'_>) -> R) -> R {
    walker.hinted(None, |walker| {
        for value in call.arguments.options.iter().filter_map(|(_, value)| value.as_ref()?.written()) {
            walker.hint(value);
        }
        if call.has(&["--prod", "--production"]) {
            walker.hint(b"production");
        }
        inside(walker)
    })
}

/// `gcloud config set project x`, `az account set -s x`: where later commands of the same call act.
fn chooses(walker: &mut Walker<'_>, call: &Call<'_>) {
    let said = spoken(call.operands());
    let chosen = match said.as_slice() {
        text if text.starts_with(b"config set project") || text.starts_with(b"config configurations activate") => {
            call.operands().last()
        }
        b"account set" => call.arguments.value(&["-s", "--subscription", "-n", "--name"]),
        _ => None,
    };
    if let Some(chosen) = chosen {
        walker.push(Action::UseCredential { kind: CredentialKind::CloudProfile, reference: chosen.field() });
    }
}

fn has_word(call: &Call<'_>, text: &str) -> bool {
    call.words.iter().any(|word| word.is(text))
}

/// The copy on this machine.
fn local(walker: &mut Walker<'_>, from: usize) {
    for effect in walker.effects.iter_mut().skip(from) {
        if let Action::Resource { host, .. } = &mut effect.action {
            *host = Field::Known(raw("localhost"));
        }
    }
}

/// The project of the provider that this folder is linked to: all its data.
fn link(walker: &mut Walker<'_>, from: usize) {
    for effect in walker.effects.iter_mut().skip(from) {
        if let Action::Resource { action: ResourceAction::Destroy, scope, .. } = &mut effect.action {
            *scope = with_mark(scope, EVERYTHING);
        }
    }
}

struct At<'p> {
    provider: &'p str,
    name: Field<RawText>,
    host: Field<RawText>,
    context: Field<RawText>,
}

fn resource(walker: &mut Walker<'_>, action: ResourceAction, at: At<'_>) {
    walker.push(Action::Resource {
        kind: ResourceKind::Cloud,
        action,
        provider: Field::Known(raw(at.provider)),
        name: at.name,
        scope: unstated(),
        host: at.host,
        context: at.context,
    });
}

/// Options of `aws` that name what a command is about.
const NAMED: &[&str] = &[
    "--instance-ids",
    "--instance-id",
    "--bucket",
    "--table-name",
    "--stack-name",
    "--db-instance-identifier",
    "--db-cluster-identifier",
    "--user-name",
    "--role-name",
    "--function-name",
    "--cluster",
    "--cluster-name",
    "--service",
    "--name",
    "--secret-id",
    "--group-name",
    "--group-id",
    "--key-id",
    "--trail-name",
    "--repository-name",
    "--queue-url",
    "--topic-arn",
    "--auto-scaling-group-name",
    "--environment-name",
    "--hosted-zone-id",
    "--distribution-id",
];

/// `aws service verb`: the verb's first word says what it does.
pub(super) fn aws(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut operands = call.operands().iter();
    let service = operands.next().and_then(Value::known).unwrap_or_default().to_vec();
    let verb = operands.next().and_then(Value::known).unwrap_or_default().to_vec();
    let profile = known_or_unstated(call.arguments.value(&["--profile"]));
    if let Field::Known(_) = &profile {
        walker.push(Action::UseCredential { kind: CredentialKind::CloudProfile, reference: profile.clone() });
    }
    if call.has(&["--dry-run", "--dryrun"]) || matches!(service.as_slice(), b"help" | b"configure") || verb == b"help" {
        return Flow::Output;
    }
    let named = operands.next().or_else(|| call.arguments.value(NAMED));
    let name = known_or_unstated(named);
    let host = if call.name == "awslocal" {
        Field::Known(raw("localhost"))
    } else {
        call.arguments.value(&["--endpoint-url"]).map_or_else(unstated, super::net::host_of)
    };
    let at = At { provider: "aws", name, host, context: profile };
    if service == b"s3" {
        return s3(walker, call, &verb, at);
    }
    if matches!(service.as_slice(), b"secretsmanager" | b"ssm")
        && (verb.starts_with(b"get-secret") || verb.starts_with(b"get-parameter"))
    {
        walker.push(Action::UseCredential { kind: CredentialKind::Login, reference: at.name });
        return Flow::Output;
    }
    let word = verb.split(|b| *b == b'-').next().unwrap_or_default();
    let action = match word {
        b"delete" | b"terminate" | b"remove" | b"purge" | b"deregister" | b"destroy" | b"schedule" | b"revoke"
        | b"disable" | b"empty" | b"leave" | b"close" | b"deactivate" => ResourceAction::Destroy,
        b"attach" | b"add" | b"put" | b"create" | b"update" if service == b"iam" => ResourceAction::Grant,
        b"authorize" | b"grant" => ResourceAction::Grant,
        b"create" | b"run" | b"put" | b"import" | b"allocate" | b"register" => ResourceAction::Create,
        b"update" | b"modify" | b"stop" | b"start" | b"reboot" | b"set" | b"attach" | b"detach" | b"tag" | b"untag"
        | b"invoke" | b"send" | b"publish" | b"deploy" | b"reset" | b"restore" | b"associate" | b"disassociate"
        | b"enable" | b"cancel" | b"copy" | b"add" | b"execute" | b"batch" | b"promote" | b"failover" => {
            ResourceAction::Change
        }
        b"list" | b"describe" if !call.has(crate::walker::NARROWS) => {
            resource(walker, ResourceAction::Read, at);
            return Flow::Names;
        }
        _ => ResourceAction::Read,
    };
    let from = walker.effects.len();
    // The first person of an account: whoever has a key of it has the account.
    let whole = verb == b"create-access-key"
        && named.and_then(Value::written).is_some_and(|name| matches!(name, b"root" | b"admin" | b"administrator"))
        || verb == b"update-login-profile" && has_word(call, "root");
    within_options(walker, call, |walker| resource(walker, action, at));
    mark(walker, call, from);
    if whole && let Some(Action::Resource { scope, .. }) = walker.effects.last_mut().map(|effect| &mut effect.action) {
        *scope = with_mark(scope, ADMINISTRATOR);
    }
    Flow::Output
}

fn s3(walker: &mut Walker<'_>, call: &Call<'_>, verb: &[u8], at: At<'_>) -> Flow {
    let is_bucket = |word: &Value| word.written().is_some_and(|text| text.starts_with(b"s3://"));
    let rest = call.operands().get(2..).unwrap_or_default();
    let from = walker.effects.len();
    match verb {
        b"rm" | b"rb" => resource(walker, ResourceAction::Destroy, at),
        b"cp" | b"mv" | b"sync" => {
            let (Some(source), Some(to)) = (rest.first(), rest.get(1)) else { return Flow::Output };
            if is_bucket(to) {
                let mut what = Vec::new();
                if !is_bucket(source) && !source.is("-") {
                    walker.read(source, true);
                    what.push(Outgoing::File(walker.found(source, crate::paths::Follow::Links).target));
                } else {
                    what.push(Outgoing::Output);
                }
                walker.push(Action::Send {
                    host: Field::Known(raw("s3.amazonaws.com")),
                    url: to.field(),
                    method: Field::Known(raw("PUT")),
                    what,
                });
                if call.has(&["--delete"]) {
                    resource(walker, ResourceAction::Destroy, At { name: to.field(), ..at });
                } else if has_part(call.words, TO_EVERYONE) {
                    resource(walker, ResourceAction::Change, At { name: to.field(), ..at });
                }
            } else if is_bucket(source) {
                super::net::fetch(walker, source, "GET", Some(to));
            }
        }
        b"mb" => resource(walker, ResourceAction::Create, at),
        b"ls" => {
            resource(walker, ResourceAction::Read, at);
            return Flow::Names;
        }
        _ => resource(walker, ResourceAction::Read, at),
    }
    mark(walker, call, from);
    Flow::Output
}

/// `terraform destroy`, `terragrunt run-all apply`, `pulumi up`, `cdk deploy`, `ansible-playbook`: a whole stack is
/// changed, or taken away.
pub(super) fn stack(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let dry = ["--dry-run", "--check", "--syntax-check", "--list-hosts", "--list-tasks", "--list-tags", "-help"];
    if call.flag(|entry| &entry.flags.dry) || call.has(&dry) {
        return Flow::Output;
    }
    let mut operands = call.operands().iter().filter_map(Value::known).filter(|word| !matches!(*word, b"--" | b"run"));
    let mut verb = operands.next().unwrap_or_default();
    let together = matches!(verb, b"run-all" | b"apply-all" | b"destroy-all") || call.has(&["--all", "-all"]);
    if verb == b"run-all" {
        verb = operands.next().unwrap_or_default();
    }
    let next = operands.next().unwrap_or_default();
    let destroys = match verb {
        b"destroy" | b"destroy-all" | b"remove" | b"delete" | b"down" => true,
        b"apply" => call.has(&["-destroy", "--destroy"]),
        _ => false,
    };
    let changes = matches!(
        verb,
        b"up" | b"deploy" | b"apply" | b"apply-all" | b"update" | b"refresh" | b"import" | b"taint" | b"untaint"
    ) || call.name == "ansible-playbook";
    let narrow = call.arguments.value(&["-target", "--target", "-t", "--exclusively"]);
    let place = call.arguments.value(&[
        "-s",
        "--stack",
        "--stage",
        "-stage",
        "-chdir",
        "-var-file",
        "--var-file",
        "-i",
        "--inventory",
        "--profile",
        "--terragrunt-working-dir",
        "--working-dir",
        "--env",
        "--environment",
        "--config-env",
    ]);
    let provider = match call.name {
        "tofu" | "terragrunt" | "cdktf" => "terraform",
        other => other,
    };
    let at = At {
        provider,
        name: narrow.map_or_else(|| Field::Known(RawText::new(next)), Value::field),
        host: if call.name == "vagrant" { Field::Known(raw("localhost")) } else { unstated() },
        context: known_or_unstated(place),
    };
    let at = if matches!(&at.name, Field::Known(name) if protocol::Text::bytes(name).is_empty()) {
        At { name: unstated(), ..at }
    } else {
        at
    };
    if matches!(verb, b"state" | b"workspace" | b"stack" | b"force-unlock") {
        return state(walker, call, verb, next, at);
    }
    if !destroys && !changes {
        return Flow::Output;
    }
    // The tool itself asks nobody.
    let unasked = together
        || call.has(&[
            "-auto-approve",
            "--auto-approve",
            "-y",
            "--yes",
            "-force",
            "--force",
            "-f",
            "--no-prompts",
            "--non-interactive",
            "--terragrunt-non-interactive",
            "--skip-preview",
        ])
        || matches!(call.name, "serverless" | "sls" | "sst");
    let from = walker.effects.len();
    resource(walker, if destroys { ResourceAction::Destroy } else { ResourceAction::Change }, at);
    let whole = narrow.is_none();
    for effect in walker.effects.iter_mut().skip(from) {
        if let Action::Resource { scope, .. } = &mut effect.action
            && destroys
            && unasked
            && whole
        {
            *scope = with_mark(scope, EVERYTHING);
        }
    }
    Flow::Output
}

/// `terraform state rm`, `terraform workspace select`, `pulumi stack rm`.
fn state(walker: &mut Walker<'_>, call: &Call<'_>, noun: &[u8], verb: &[u8], at: At<'_>) -> Flow {
    let name = call.operands().get(2);
    match (noun, verb) {
        (_, b"list" | b"ls") => return Flow::Names,
        (b"workspace" | b"stack", b"select" | b"use" | b"new" | b"init") => {
            if let Some(name) = name {
                walker.push(Action::UseCredential { kind: CredentialKind::CloudProfile, reference: name.field() });
            }
        }
        (b"force-unlock", _) | (_, b"rm" | b"push" | b"delete" | b"mv" | b"replace-provider" | b"import") => {
            resource(walker, ResourceAction::Destroy, At { name: known_or_unstated(name), ..at });
        }
        _ => {}
    }
    Flow::Output
}

/// `gh repo edit --visibility public`, `gh pr merge --admin`, and what the table says of the rest.
pub(super) fn forge(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
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
pub(super) fn glab_api(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let fields = call.has(&["-f", "--raw-field", "-F", "--field", "--input"]);
    let given = call.arguments.value(&["-X", "--method"]).and_then(Value::written).map(<[u8]>::to_ascii_uppercase);
    let method = given.unwrap_or_else(|| if fields { b"POST".to_vec() } else { b"GET".to_vec() });
    let path = call.operands().first().cloned().unwrap_or(Value::Unknown(Why::Unstated));
    forge_request(walker, "gitlab", &method, &path, call.words);
    Flow::Output
}
