//! Clouds, hosting platforms, forges and infrastructure tools: what their commands would do, and how far it reaches.
//!
//! A scope says what a command touches beyond one thing: `everything`, `everyone` (made public), `administrator` (all
//! rights), `protection` (audit trails, alarms, deletion protection), `keys`, `backups`, `served` (what users reach).
//! What follows from it is the policy's.

mod forge;
mod reach;

use super::raw;
use crate::value::{Flow, Value};
use crate::walker::{Call, EVERYTHING, Walker, with_mark};
pub(crate) use forge::forge_request;
pub(super) use forge::{forge, glab_api};
use protocol::effect::{Action, CredentialKind, Outgoing, ResourceAction, ResourceKind};
use protocol::{Field, RawText, Why};
pub(super) use reach::{ADMINISTRATOR, EVERYONE, PROTECTION, rclone_purge};
use reach::{TO_EVERYONE, has_part, mark, spoken};

fn unstated() -> Field<RawText> {
    Field::Unknown(Why::Unstated)
}

fn known_or_unstated(value: Option<&Value>) -> Field<RawText> {
    value.map_or_else(unstated, Value::field)
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
    if call.has(&["--dry-run", "--dryrun"])
        || matches!(service.as_slice(), b"help" | b"configure")
        || verb == b"help"
        || call.operands().last().is_some_and(|word| word.is("help"))
    {
        return Flow::Output;
    }
    let named = operands.next().or_else(|| call.arguments.value(NAMED));
    let name = known_or_unstated(named);
    let host = if call.name == "awslocal" {
        Field::Known(raw("localhost"))
    } else {
        let given = call.arguments.value(&["--endpoint-url"]).cloned();
        given.or_else(|| walker.shell.get(b"AWS_ENDPOINT_URL")).as_ref().map_or_else(unstated, super::net::host_of)
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
        b"change" | b"update" | b"modify" | b"stop" | b"start" | b"reboot" | b"set" | b"attach" | b"detach"
        | b"tag" | b"untag" | b"invoke" | b"send" | b"publish" | b"deploy" | b"reset" | b"restore" | b"associate"
        | b"disassociate" | b"enable" | b"cancel" | b"copy" | b"add" | b"execute" | b"batch" | b"promote"
        | b"failover" => ResourceAction::Change,
        b"list" | b"describe" if !call.has(crate::walker::NARROWS) => {
            resource(walker, ResourceAction::Read, at);
            return Flow::Names;
        }
        _ => ResourceAction::Read,
    };
    // To nothing is an end; what expires within days is deleted.
    let action = if action == ResourceAction::Change && ends_in_words(call.words)
        || verb.starts_with(b"put-bucket-lifecycle") && reach::expires_soon(call.words)
    {
        ResourceAction::Destroy
    } else {
        action
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

/// Words by which a change leaves nothing running, or takes records away.
fn ends_in_words(words: &[Value]) -> bool {
    let zero: &[&str] = &["0"];
    reach::has_value(words, &[("--desired-count", zero), ("--desired-capacity", zero), ("--max-size", zero)])
        || has_part(words, &["\"Action\":\"DELETE\"", "\"Action\": \"DELETE\""])
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
    // Words that stand in a variable instead of the command.
    let more = [&b"TF_CLI_ARGS_apply"[..], b"TF_CLI_ARGS"].iter().any(|name| {
        let value = walker.shell.get(name);
        value.is_some_and(|value| value.written().is_some_and(|text| memchr::memmem::find(text, b"-destroy").is_some()))
    });
    let destroys = match verb {
        b"destroy" | b"destroy-all" | b"remove" | b"delete" | b"down" => true,
        b"apply" => more || call.has(&["-destroy", "--destroy"]),
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
