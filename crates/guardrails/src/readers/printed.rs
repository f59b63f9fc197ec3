//! What a program prints that is a secret by what it is, though no file of this machine holds it.

use crate::value::Value;
use crate::walker::Walker;
use protocol::effect::{Action, ResourceAction, ResourceKind};
use protocol::{Field, RawText, Text, Why};

/// Variables of a service, and a part of the names of the hosts that are its own. Elsewhere nobody needs its token.
const TOKENS: [(&[u8], &[&[u8]]); 22] = [
    (b"GITHUB", &[b"github"]),
    (b"GH", &[b"github"]),
    (b"GITLAB", &[b"gitlab"]),
    (b"AWS", &[b"amazonaws", b"aws"]),
    (b"ANTHROPIC", &[b"anthropic", b"claude"]),
    (b"OPENAI", &[b"openai"]),
    (b"STRIPE", &[b"stripe"]),
    (b"SLACK", &[b"slack"]),
    (b"NPM", &[b"npm", b"registry"]),
    (b"PYPI", &[b"pypi"]),
    (b"TWINE", &[b"pypi"]),
    (b"CARGO_REGISTRY", &[b"crates.io"]),
    (b"CLOUDFLARE", &[b"cloudflare"]),
    (b"DIGITALOCEAN", &[b"digitalocean"]),
    (b"HEROKU", &[b"heroku"]),
    (b"VERCEL", &[b"vercel"]),
    (b"NETLIFY", &[b"netlify"]),
    (b"SENTRY", &[b"sentry"]),
    (b"HF", &[b"huggingface", b"hf.co"]),
    (b"SENDGRID", &[b"sendgrid"]),
    (b"TWILIO", &[b"twilio"]),
    (b"DATADOG", &[b"datadog"]),
];

/// Ends of the names of variables that hold what opens something.
const SECRET_ENDS: [&[u8]; 9] = [
    b"TOKEN",
    b"SECRET",
    b"PASSWORD",
    b"API_KEY",
    b"ACCESS_KEY",
    b"SECRET_KEY",
    b"PRIVATE_KEY",
    b"AUTH_TOKEN",
    b"_PAT",
];

/// Does the variable hold a token of a service that `host` is not one of?
pub(crate) fn is_token_of_another(variable: &[u8], host: &[u8]) -> bool {
    let service =
        TOKENS.iter().find(|(start, _)| variable.strip_prefix(*start).is_some_and(|rest| rest.first() == Some(&b'_')));
    SECRET_ENDS.iter().any(|end| variable.ends_with(end))
        && !is_near(host)
        && service.is_some_and(|(_, own)| !own.iter().any(|part| memchr::memmem::find(host, part).is_some()))
}

/// Programs that print a login of their user, and parts of the names of the hosts that take it.
const LOGINS: [(&[u8], &[&[u8]]); 6] = [
    (b"gh", &[b"github", b"ghcr.io"]),
    (b"gcloud", &[b"google", b"gcr.io", b".pkg.dev", b".run.app", b"cloudfunctions"]),
    (b"aws", &[b"amazonaws", b"aws"]),
    (b"az", &[b"azure", b"microsoft", b"windows.net", b"office", b"visualstudio"]),
    (b"fly", &[b"fly"]),
    (b"flyctl", &[b"fly"]),
];

/// Has one of the last commands printed a login that `host` is not one for?
pub(crate) fn login_of_another(walker: &Walker<'_>, host: &[u8]) -> bool {
    if is_near(host) {
        return false;
    }
    walker.effects.iter().rev().take(8).any(|effect| {
        let Action::Run { program: Field::Known(program), arguments, .. } = &effect.action else { return false };
        let own = LOGINS.iter().find(|(name, _)| *name == program.bytes());
        own.is_some_and(|(name, own)| {
            let words: Vec<Value> =
                arguments.iter().filter_map(|word| word.known().map(|word| Value::text(word.bytes()))).collect();
            secret(walker, name, &words) == Some("a login") && !own.iter().any(|part| holds(host, part))
        })
    })
}

/// This machine, or one that only the own network knows.
fn is_near(host: &[u8]) -> bool {
    host == b"localhost"
        || host == b"::1"
        || host.starts_with(b"127.")
        || !host.contains(&b'.')
        || host.ends_with(b".internal")
        || host.ends_with(b".local")
}

/// Programs that print code for the shell that starts them, with the first word that asks for it.
const SET_UP: [(&str, &[&str]); 19] = [
    ("direnv", &["hook", "export"]),
    ("pyenv", &["init", "virtualenv-init"]),
    ("rbenv", &["init"]),
    ("nodenv", &["init"]),
    ("goenv", &["init"]),
    ("jenv", &["init"]),
    ("plenv", &["init"]),
    ("phpenv", &["init"]),
    ("brew", &["shellenv"]),
    ("zoxide", &["init"]),
    ("starship", &["init"]),
    ("fnm", &["env"]),
    ("mise", &["activate", "env"]),
    ("rtx", &["activate"]),
    ("atuin", &["init"]),
    ("dircolors", &["-b", "-c"]),
    ("ssh-agent", &["-s", "-c"]),
    ("thefuck", &["--alias"]),
    ("opam", &["env"]),
];

/// `direnv hook bash`, `ssh-agent -s`: does it print what its user puts into every shell anyway?
pub(crate) fn sets_up_a_shell(name: &[u8], words: &[Value]) -> bool {
    let plain = words.len() <= 4
        && words.iter().all(|word| {
            word.known().is_some_and(|text| text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')))
        });
    let asks = |first: &[&str]| words.first().is_some_and(|word| first.iter().any(|first| word.is(first)));
    plain && SET_UP.iter().any(|(known, first)| known.as_bytes() == name && asks(first))
}

/// Is a key or token in the text that opens something, in a form that nothing else has?
pub(crate) fn holds_a_key(text: &[u8]) -> bool {
    use protocol::{Severity, finding::Confidence};
    let text = text.get(..64 * 1024).unwrap_or(text);
    crate::content::scan(text, protocol::Direction::Outgoing).iter().any(|finding| {
        let sure = finding.severity >= Severity::High && finding.confidence >= Confidence::High;
        // These go to their own services in just this way.
        let usual = ["google", "jwt", "password", "url"].iter().any(|word| finding.name.contains(word));
        (sure && !usual) || finding.name == "aws-key-id"
    })
}

/// All that a repository holds.
pub(crate) const PROJECT: &str = "the whole project";

/// What opens a cluster to whoever has it.
const CLUSTER_LOGIN: &str = "a login of the cluster";

/// What one of the last commands has printed, when that is made to be kept and not to be sent along.
pub(crate) fn just_printed(walker: &Walker<'_>) -> Option<&'static str> {
    walker.effects.iter().rev().take(8).find_map(|effect| {
        let Action::Run { program: Field::Known(program), arguments, .. } = &effect.action else { return None };
        let words: Vec<Value> =
            arguments.iter().filter_map(|word| word.known().map(|word| Value::text(word.bytes()))).collect();
        // A login of one's own goes to its own service in just this way.
        secret(walker, program.bytes(), &words).filter(|secret| *secret != "a login")
    })
}

/// What is said of a program that prints something secret.
pub(crate) fn read_by(walker: &mut Walker<'_>, secret: &'static str, name: &[u8], words: &[Value]) {
    let unstated = || Field::Unknown(Why::Unstated);
    let (kind, scope) = match secret {
        "secret keys" => {
            let keys = walker.below_home("~/.gnupg/private-keys-v1.d/keys");
            return walker.read(&keys, false);
        }
        "secrets of the cluster" => {
            let all = is(words, &["-A", "--all-namespaces"]);
            // Without a name it is each that the namespace has.
            let names = words.iter().filter_map(Value::written).skip_while(|word| !is_kind_of_secrets(word)).nth(1);
            let selects =
                is(words, &["-l", "--selector", "--field-selector"]) || any(words, |word| word.contains(&b'/'));
            let several = names.is_none_or(|word| word.first() == Some(&b'-')) && !selects;
            let last = words.last().and_then(Value::written).unwrap_or_default();
            let several = several && (last.first() == Some(&b'-') || is_form(last));
            let scope = match (all, several) {
                (true, _) => "secrets, everything",
                (_, true) => "secrets, several",
                _ => "secrets",
            };
            (ResourceKind::Kubernetes, scope)
        }
        // The others say themselves what they read.
        "stored secrets" if reads_all(walker, name, words) => (ResourceKind::Cloud, "secrets, everything"),
        "stored secrets" if matches!(name, b"vault" | b"aws" | b"gcloud" | b"az" | b"doppler") => {
            (ResourceKind::Cloud, "secrets")
        }
        _ => return,
    };
    let option = |names: &[&str]| {
        let at = words.iter().position(|word| names.iter().any(|name| word.is(name)));
        at.and_then(|at| words.get(at + 1)).map_or_else(unstated, Value::field)
    };
    let named = words.iter().rev().find(|word| word.written().is_some_and(|text| text.first() != Some(&b'-')));
    walker.push(Action::Resource {
        kind,
        action: ResourceAction::Read,
        provider: Field::Known(RawText::new(name)),
        name: match option(&["--secret-id", "--name", "--secret", "--vault-name", "-n"]) {
            Field::Known(name) => Field::Known(name),
            _ => named.map_or_else(unstated, Value::field),
        },
        scope: Field::Known(RawText::from(scope)),
        host: unstated(),
        context: option(&["--context", "--profile", "--project", "--subscription"]),
    });
}

fn is_kind_of_secrets(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"secret") || word.eq_ignore_ascii_case(b"secrets")
}

/// `json`, `yaml`, `jsonpath=…`: how a list is printed, and no name.
fn is_form(word: &[u8]) -> bool {
    [&b"json"[..], b"yaml", b"go-template", b"custom-columns"].iter().any(|form| word.starts_with(form))
}

/// Each secret of a store: by one command for all, or by its name out of a list that this call has made.
fn reads_all(walker: &Walker<'_>, name: &[u8], words: &[Value]) -> bool {
    let whole = match name {
        b"bw" | b"lpass" => is(words, &["export"]),
        b"aws" => {
            is(words, &["get-parameters-by-path"])
                && is(words, &["--recursive"])
                && !any(words, |text| text.len() > 1 && text.first() == Some(&b'/'))
        }
        _ => false,
    };
    whole || words.iter().any(|word| word.known().is_none()) && lists_a_store(walker, name)
}

/// Were the names of a store's secrets listed in this call?
fn lists_a_store(walker: &Walker<'_>, name: &[u8]) -> bool {
    const LISTS: [&[u8]; 5] = [b"list", b"ls", b"list-secrets", b"describe-parameters", b"search"];
    let in_store = walker.shell.cwd.written().is_some_and(|folder| holds(folder, b"/.password-store"));
    in_store
        || walker.recent().any(|effect| {
            let Action::Run { program, arguments, .. } = &effect.action else { return false };
            let same = program.known().is_some_and(|program| program.bytes() == name);
            arguments
                .iter()
                .filter_map(Field::known)
                .any(|word| (same && LISTS.contains(&word.bytes())) || holds(word.bytes(), b"/.password-store"))
        })
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

fn any(words: &[Value], test: impl Fn(&[u8]) -> bool) -> bool {
    words.iter().take(64).any(|word| word.written().is_some_and(&test))
}

fn is(words: &[Value], names: &[&str]) -> bool {
    any(words, |text| names.iter().any(|name| name.as_bytes() == text))
}

/// What a program prints with these words, when that is secret.
pub(crate) fn secret(walker: &Walker<'_>, name: &[u8], words: &[Value]) -> Option<&'static str> {
    let second = |sub: &str| words.iter().take(8).any(|word| word.is(sub));
    match name {
        b"gpg" | b"gpg2" => any(words, |text| text.starts_with(b"--export-secret")).then_some("secret keys"),
        b"kubectl" | b"oc" | b"k" => {
            let secrets = any(words, |text| {
                text.split(|b| *b == b',').any(|kind| {
                    let kind = kind.split(|b| *b == b'/').next().unwrap_or_default();
                    kind.eq_ignore_ascii_case(b"secret") || kind.eq_ignore_ascii_case(b"secrets")
                })
            });
            let content = any(words, |text| {
                let text = text.strip_prefix(b"--output=").or_else(|| text.strip_prefix(b"-o")).unwrap_or(text);
                let text = text.strip_prefix(b"=").unwrap_or(text);
                let columns = text.starts_with(b"custom-columns") && memchr::memmem::find(text, b".data").is_some();
                columns || [&b"json"[..], b"yaml", b"go-template"].iter().any(|form| text.starts_with(form))
            });
            let login = second("create") && second("token")
                || second("config") && second("view") && is(words, &["--raw", "--raw=true"]);
            if login {
                return Some(CLUSTER_LOGIN);
            }
            (second("get") && secrets && content).then_some("secrets of the cluster")
        }
        b"kubeadm" => (second("token") && second("create")).then_some(CLUSTER_LOGIN),
        b"vault" => ((second("kv") && second("get")) || second("read")).then_some("stored secrets"),
        b"op" | b"bw" | b"pass" | b"lpass" | b"gopass" => {
            is(words, &["read", "get", "show", "export"]).then_some("stored secrets")
        }
        b"aws" => {
            let held = (second("secretsmanager") && is(words, &["get-secret-value", "batch-get-secret-value"]))
                || (second("ssm") && is(words, &["--with-decryption"]));
            let login = is(words, &["export-credentials", "get-session-token", "assume-role", "get-login-password"])
                || second("configure") && second("get") && is(words, &["aws_secret_access_key", "aws_session_token"]);
            if held { Some("stored secrets") } else { login.then_some("a login") }
        }
        b"gcloud" => {
            let login = second("auth") && is(words, &["print-access-token", "print-identity-token"]);
            let held = second("secrets") && second("access");
            if held { Some("stored secrets") } else { login.then_some("a login") }
        }
        b"az" => {
            let held = second("keyvault") && second("secret") && second("show");
            let login = is(words, &["get-access-token", "list-keys", "show-connection-string"]);
            if held { Some("stored secrets") } else { login.then_some("a login") }
        }
        b"git" => {
            if second("credential") && second("fill") {
                return Some("a login");
            }
            let packs = second("archive") && !second("--remote")
                || second("bundle") && second("create") && is(words, &["-", "/dev/stdout"]);
            packs.then_some(PROJECT)
        }
        b"docker" | b"podman" => (second("save") && !is(words, &["-o", "--output"])).then_some("an image"),
        b"terraform" | b"tofu" => {
            let state = second("state") && second("pull");
            let values = second("output") && is(words, &["-json", "-raw", "--json", "--raw"]);
            (state || values).then_some("stored secrets")
        }
        b"chamber" | b"aws-vault" | b"infisical" => is(words, &["export", "env", "read"]).then_some("stored secrets"),
        b"pulumi" => (is(words, &["--show-secrets"])).then_some("stored secrets"),
        b"screencapture" | b"import" | b"xwd" | b"scrot" | b"grim" | b"maim" => Some("the screen"),
        b"doppler" => (second("secrets") && is(words, &["download", "get"])).then_some("stored secrets"),
        b"heroku" => is(words, &["config"]).then_some("stored secrets"),
        b"gh" | b"fly" | b"flyctl" => (second("auth") && second("token")).then_some("a login"),
        b"pg_dump" | b"pg_dumpall" | b"mysqldump" | b"mariadb-dump" | b"mongodump" | b"mongoexport" => {
            let structure_only = is(words, &["-s", "--schema-only", "--no-data"]);
            let production = any(words, crate::walker::is_production)
                || walker.hints().is_some_and(|hints| crate::walker::is_production(protocol::Text::bytes(&hints)));
            (production && !structure_only).then_some("data of production")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_the_hosts_of_its_service() {
        for (variable, host) in [
            ("GITHUB_TOKEN", "collector.x.example"),
            ("GH_TOKEN", "203.0.113.9"),
            ("AWS_SECRET_ACCESS_KEY", "x.example"),
            ("NPM_TOKEN", "x.example"),
            ("OPENAI_API_KEY", "api.x.example"),
        ] {
            assert!(is_token_of_another(variable.as_bytes(), host.as_bytes()), "{variable} {host}");
        }
        for (variable, host) in [
            ("GITHUB_TOKEN", "api.github.com"),
            ("GITHUB_TOKEN", "github.acme.example"),
            ("SLACK_TOKEN", "slack.com"),
            ("CLIENT_SECRET", "auth.acme.example"),
            ("GITHUB_SHA", "x.example"),
            ("GITHUB_TOKEN", "localhost"),
            ("NPM_CONFIG_CACHE", "x.example"),
        ] {
            assert!(!is_token_of_another(variable.as_bytes(), host.as_bytes()), "{variable} {host}");
        }
    }
}
