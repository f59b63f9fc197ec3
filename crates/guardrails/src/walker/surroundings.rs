//! What a call says about where it acts beside the command itself: the variable that an address comes from, the folder
//! of a stack, the context that was chosen a line before, the host that a command was sent to.
//!
//! A destroyed table says little when its host stands in `$PROD_DATABASE_URL`. Such words are kept, and fill the fields
//! of a resource that its own command leaves open.

use super::Walker;
use crate::value::{EACH, Value};
use protocol::effect::{Action, CredentialKind, HistoryKind, Place, ResourceAction, ResourceKind};
use protocol::{AbsPath, Field, PathClass, RawText, Text, Why};

/// What a field says that means all there is of its kind.
pub(crate) const EVERYTHING: &str = "everything";

/// Words that name a place which others use. Policies decide what follows; here they only say what is worth keeping.
const SHARED: &[&[u8]] =
    &[b"prod", b"production", b"prd", b"live", b"staging", b"stage", b"stg", b"uat", b"preprod", b"preproduction"];

/// Words that name a place of one's own.
const OWN: &[&[u8]] =
    &[b"dev", b"development", b"develop", b"test", b"tests", b"testing", b"sandbox", b"local", b"demo", b"ci", b"e2e"];

/// Ends of the names of variables that say where something goes.
const NAMES_A_PLACE: &[&[u8]] = &[
    b"ENV",
    b"PROFILE",
    b"HOST",
    b"URL",
    b"URI",
    b"DSN",
    b"CONTEXT",
    b"CLUSTER",
    b"PROJECT",
    b"STAGE",
    b"STACK",
    b"WORKSPACE",
    b"NAMESPACE",
    b"TARGET",
    b"ACCOUNT",
    b"SERVER",
    b"KUBECONFIG",
    b"SITE",
    b"APP",
    b"DATABASE",
    b"ENVIRONMENT",
    b"MODULE",
    b"VAULT",
    b"REGION",
    b"SUBSCRIPTION",
];

/// Hosts that repositories live on.
const FORGES: &[&[u8]] = &[
    b"github.com",
    b"gitlab.com",
    b"bitbucket.org",
    b"codeberg.org",
    b"dev.azure.com",
    b"ssh.dev.azure.com",
    b"git.sr.ht",
    b"gitea.com",
    b"git.heroku.com",
    b"huggingface.co",
    b"source.developers.google.com",
];

/// How many words one call keeps.
const MAX_HINTS: usize = 6;

/// What was said in this call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    hints: Vec<Vec<u8>>,
    /// The context of Kubernetes that was chosen in this call.
    cluster: Option<Field<RawText>>,
    /// Remotes that were added in this call: name and address.
    remotes: Vec<(Vec<u8>, Value)>,
    /// Working copies, made in this call, of repositories in a temporary folder: nobody else has them.
    scratch: Vec<Value>,
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|b| !b.is_ascii_alphanumeric()).map(|word| {
        let end = word.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |at| at + 1);
        word.get(..end).unwrap_or_default()
    })
}

fn has_word(text: &[u8], list: &[&[u8]]) -> bool {
    words(text).any(|word| word.len() > 1 && list.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// Does a word of it mean real users?
pub(crate) fn is_production(text: &[u8]) -> bool {
    has_word(text, &[b"prod", b"production", b"prd", b"live"])
}

/// Is this host the machine itself?
fn is_local(host: &[u8]) -> bool {
    matches!(host, b"localhost" | b"::1" | b"0.0.0.0" | b"host.docker.internal") || host.starts_with(b"127.")
}

/// A set of names that leaves none out: `**`, `s3://**`, `pod/**`.
fn is_everything(name: &Field<RawText>) -> bool {
    let Field::Pattern(pattern) = name else { return false };
    let glob = pattern.glob.bytes();
    let glob = glob.strip_suffix(b"/").unwrap_or(glob);
    let last = glob.rsplit(|b| *b == b'/').next().unwrap_or_default();
    last.ends_with(EACH) && last.iter().all(|b| matches!(b, b'*' | b'.'))
}

/// Says a word of a scope, behind what it says already.
pub(crate) fn with_mark(scope: &Field<RawText>, mark: &str) -> Field<RawText> {
    match scope {
        Field::Known(text) if !text.bytes().is_empty() => {
            Field::Known(RawText::new([text.bytes(), b", ", mark.as_bytes()].concat()))
        }
        _ => Field::Known(RawText::from(mark)),
    }
}

impl Walker<'_> {
    /// Keeps a text that names a place which others use.
    pub(crate) fn hint(&mut self, text: &[u8]) {
        if has_word(text, SHARED) {
            self.keep(text);
        }
    }

    fn keep(&mut self, text: &[u8]) {
        let hints = &mut self.surroundings.hints;
        if hints.len() < MAX_HINTS && text.len() <= 200 && !hints.iter().any(|hint| hint == text) {
            hints.push(text.to_vec());
        }
    }

    /// `NAME=value`, where the name is that of an address or an environment.
    pub(crate) fn hint_of_assignment(&mut self, name: &[u8], value: Option<&Value>) {
        let Some(text) = value.and_then(Value::written) else { return };
        if NAMES_A_PLACE.iter().any(|end| name.ends_with(end)) && has_word(text, SHARED) {
            // A password may stand in front of the host.
            let host = crate::readers::net::host_of(&Value::text(text));
            match host {
                Field::Known(host) if memchr::memmem::find(text, b"://").is_some() => {
                    let host = host.bytes().to_vec();
                    self.hint(&host);
                }
                _ => self.hint(&[name, b"=", text].concat()),
            }
        }
    }

    /// A variable that is not set here: what it holds is known by its name alone.
    pub(crate) fn hint_of_variable(&mut self, name: &[u8]) {
        if has_word(name, SHARED) || has_word(name, OWN) {
            self.keep(&[b"$", name].concat());
        }
        if self.unset.len() < MAX_HINTS && !self.unset.iter().any(|known| known == name) {
            self.unset.push(name.to_vec());
        }
    }

    /// What is said inside is not said of what comes after.
    pub(crate) fn hinted<R>(&mut self, hint: Option<&[u8]>, inside: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.surroundings.hints.len();
        if let Some(hint) = hint {
            self.hint(hint);
        }
        let result = inside(self);
        self.surroundings.hints.truncate(before);
        result
    }

    /// A remote that is added.
    pub(crate) fn adds_remote(&mut self, name: &Value, url: &Value) {
        if let Some(name) = name.known()
            && self.surroundings.remotes.len() < MAX_HINTS
        {
            self.surroundings.remotes.push((name.to_vec(), url.clone()));
        }
    }

    /// A repository is cloned.
    pub(crate) fn cloned(&mut self, from: &Value, to: &Value) {
        // What is cloned from this machine stays where it was.
        let local = from.written().is_some_and(|text| matches!(text.first(), Some(b'/' | b'.')));
        if local {
            self.begun(to);
        }
    }

    /// A repository begins at a place; among temporary files it is one to try things in.
    pub(crate) fn begun(&mut self, at: &Value) {
        let plain = at.written().is_some_and(|text| !text.is_empty());
        if self.is_here()
            && self.surroundings.scratch.len() < MAX_HINTS
            && plain
            && self.found(at, crate::paths::Follow::Links).target.class.contains(PathClass::TEMPORARY)
        {
            let mut at = crate::paths::absolute(&self.shell.cwd, at);
            if let Value::Known(path) = &at {
                at = Value::text(AbsPath::normal(path).bytes());
            }
            self.surroundings.scratch.push(at);
        }
    }

    /// Is the working folder such a copy?
    pub(crate) fn in_scratch(&self) -> bool {
        self.surroundings.scratch.contains(&self.shell.cwd)
    }

    /// The address of a remote that nobody knew before this call, on a host that is no forge.
    pub(crate) fn new_remote(&self, remote: Option<&Value>) -> Option<Value> {
        let word = remote?;
        let name = word.known()?;
        let url = match self.surroundings.remotes.iter().rev().find(|(known, _)| known == name) {
            Some((_, url)) => url.clone(),
            None if memchr::memmem::find(name, b"://").is_some() => word.clone(),
            None => return None,
        };
        let text = url.written()?;
        if !text.contains(&b':') {
            return None;
        }
        let host = match crate::readers::net::host_of(&url) {
            Field::Known(host) => host.bytes().to_vec(),
            _ => return None,
        };
        let known = FORGES.contains(&host.as_slice())
            || is_local(&host)
            || host.starts_with(b"gitlab.")
            || host.starts_with(b"github.")
            || host.starts_with(b"gitea.");
        (!known).then_some(url)
    }

    /// All that was said, as one text.
    pub(crate) fn hints(&self) -> Option<RawText> {
        (!self.surroundings.hints.is_empty()).then(|| RawText::new(self.surroundings.hints.join(&b", "[..])))
    }

    /// The part of the working folder that names an environment: `staging` of `infra/live/staging/db`. The nearest one
    /// counts, and of what lies above the project none.
    fn folder_hint(&self) -> Option<Vec<u8>> {
        let cwd = self.shell.cwd.written()?;
        let path = AbsPath::normal(cwd);
        let top = self.facts.base.workspace.iter().filter_map(|top| path.below(top)).min_by_key(|rest| rest.len());
        let below = top.unwrap_or_else(|| path.bytes());
        below
            .rsplit(|b| *b == b'/')
            .find(|part| has_word(part, SHARED) || has_word(part, OWN))
            .filter(|part| has_word(part, SHARED))
            .map(<[u8]>::to_vec)
    }

    /// Fills what the command itself leaves open.
    pub(super) fn surrounded(&mut self, mut action: Action<RawText>) -> Action<RawText> {
        match &mut action {
            Action::UseCredential { kind: CredentialKind::KubeContext, reference } => {
                if let Field::Known(text) = &*reference {
                    let text = text.bytes().to_vec();
                    self.hint(&text);
                }
                self.surroundings.cluster = Some(reference.clone());
            }
            Action::UseCredential { kind: CredentialKind::CloudProfile, reference: Field::Known(text) } => {
                let text = text.bytes().to_vec();
                self.hint(&text);
            }
            Action::Resource { kind, action, provider, name, scope, host, context } => {
                if *kind == ResourceKind::Kubernetes
                    && matches!(context, Field::Unknown(_))
                    && let Some(cluster) = &self.surroundings.cluster
                {
                    *context = cluster.clone();
                }
                if *kind == ResourceKind::Database
                    && matches!(host, Field::Unknown(Why::Unstated))
                    && provider.known().is_some_and(|name| matches!(name.bytes(), b"psql" | b"pg_restore"))
                    && let Some(value) = self.shell.get(b"PGHOST")
                {
                    *host = value.field();
                }
                let local = host.known().is_some_and(|host| is_local(host.bytes()));
                // Another machine's own address is that machine.
                if local && let Field::Known(Place::Remote { host: there }) = &self.at {
                    *host = there.clone();
                }
                let local = local && self.is_here();
                let open = if *kind == ResourceKind::Database { &mut *host } else { &mut *context };
                let elsewhere = !matches!(kind, ResourceKind::Container | ResourceKind::Disk);
                if elsewhere && !local && matches!(open, Field::Unknown(_)) {
                    let mut hints = self.hints();
                    if hints.is_none() && matches!(kind, ResourceKind::Cloud | ResourceKind::Kubernetes) {
                        hints = self.folder_hint().map(RawText::new);
                    }
                    if let Some(hints) = hints {
                        *open = Field::Known(hints);
                        // The variable that named the database has said now where it is.
                        if *kind == ResourceKind::Database && matches!(scope, Field::Unknown(Why::Variable)) {
                            *scope = Field::Unknown(Why::Unstated);
                        }
                    }
                }
                if *action == ResourceAction::Destroy && matches!(scope, Field::Unknown(_)) && is_everything(name) {
                    *scope = Field::Known(RawText::from(EVERYTHING));
                    // Each of them is meant: nothing about the name is open.
                    if let Field::Pattern(pattern) = name {
                        *name = Field::Known(pattern.glob.clone());
                    }
                }
            }
            // What was rewritten can be found by the reflog, until that goes as well.
            Action::ChangeHistory { kind: HistoryKind::Expire, branch, .. } if self.has_rewritten_or_expired() => {
                *branch = Field::Known(RawText::from(EVERYTHING));
            }
            _ => {}
        }
        action
    }

    /// First the reflog and then what only it led to: together they leave no way back.
    fn has_rewritten_or_expired(&self) -> bool {
        self.effects.iter().any(|effect| {
            matches!(
                &effect.action,
                Action::ChangeHistory {
                    kind: HistoryKind::Rewrite | HistoryKind::Expire,
                    loses: Field::Known(true),
                    ..
                }
            )
        })
    }

    /// The name of another place; a host in a variable is known by the variable.
    pub(super) fn named_place(&self, place: Place<RawText>) -> Place<RawText> {
        match place {
            Place::Remote { host: Field::Unknown(Why::Variable) } => {
                Place::Remote { host: self.hints().map_or(Field::Unknown(Why::Variable), Field::Known) }
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_an_environment_stands_alone() {
        for text in [&b"PROD_DATABASE_URL"[..], b"prod-eu-1", b"db.prod2.example", b"RAILS_ENV=production", b"live"] {
            assert!(has_word(text, SHARED), "{}", String::from_utf8_lossy(text));
        }
        for text in [&b"products"[..], b"livestream", b"stages", b"1", b"delivery"] {
            assert!(!has_word(text, SHARED), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn only_a_name_that_leaves_nothing_out_is_everything() {
        let glob = |text: &str| Field::pattern(RawText::from(text));
        for text in ["**", "s3://**", "pod/**", "s3://**/"] {
            assert!(is_everything(&glob(text)), "{text}");
        }
        for text in ["*", "s3://*", "web-**", "s3://acme-*", "s3://acme/*.log", ""] {
            assert!(!is_everything(&glob(text)), "{text}");
        }
        assert!(!is_everything(&Field::Known(RawText::from("**"))));
    }
}
