//! The forms of tokens: one row for each, and nothing that decides.
//!
//! A row says how a token begins, which characters follow, how many there usually are, and what can be checked. Names
//! of kinds are stable: policies and records use them. Keys that are public by design (`pk_live_`, `pk.`, `phc_`, a
//! Sentry DSN) have no row.

mod clouds;
mod hosts;
mod identity;
mod messages;
mod models;
mod money;
mod work;

use super::bytes::{Alphabet, WORD, WORD_DOT};
use super::check::Check::{self, Bech32, Begins, Crc62, GitHubInstallation, Mixed, Noisy};
use protocol::Severity;

/// A token has at least so many characters in its first run, its head included.
pub(super) const SHORTEST: usize = 16;

/// What tokens of one kind look like.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) kind: &'static str,
    pub(super) head: &'static str,
    /// The characters of the body; the token ends at the first that is none.
    pub(super) body: Alphabet,
    /// The body's length in bytes: shorter is no token.
    pub(super) min: usize,
    /// The body's usual length: longer is a token all the same, less surely, unless the form is strict.
    pub(super) max: usize,
    pub(super) strict: bool,
    pub(super) check: Check,
    pub(super) severity: Severity,
}

impl Form {
    /// May the head stand right behind a letter or digit (`tokenghp_…`)? Only where it is too long or too well checked
    /// to be a part of a word by chance.
    pub(super) fn glued(&self) -> bool {
        matches!(self.check, Crc62 | GitHubInstallation | Bech32(_)) || (self.head.len() >= 6 && self.head != "secret_")
    }

    const fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

const fn form(
    kind: &'static str,
    head: &'static str,
    body: Alphabet,
    (min, max): (usize, usize),
    check: Check,
) -> Form {
    Form { kind, head, body, min, max, strict: false, check, severity: Severity::High }
}

/// `<bot id>:AA…`
pub(super) static TELEGRAM: Form = form("telegram-bot-token", "", WORD, (35, 35), Begins("AA"));
/// `abc8Q~…`
pub(super) static AZURE_AD: Form = form("azure-client-secret", "", WORD_DOT, (31, 34), Mixed);
/// `<14 characters>.atlasv1.…`
pub(super) static TERRAFORM: Form = form("terraform-token", "", WORD, (60, 70), Noisy);
/// `00D…!…`
pub(super) static SALESFORCE: Form = form("salesforce-session", "", WORD_DOT, (80, 140), Mixed);

/// The tables, by what the tokens are for.
static TABLES: [&[Form]; 7] =
    [hosts::TABLE, clouds::TABLE, models::TABLE, messages::TABLE, money::TABLE, identity::TABLE, work::TABLE];

/// Every form that has a head.
pub(super) fn all() -> impl Iterator<Item = &'static Form> {
    TABLES.into_iter().flatten()
}

/// A token that is known by letters in its midst: its issuer signs what it makes.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) kind: &'static str,
    pub(super) mark: &'static str,
    /// How many base64 characters stand before the mark, and behind it without padding.
    pub(super) before: (usize, usize),
    pub(super) after: (usize, usize),
}

const fn inner(kind: &'static str, mark: &'static str, before: (usize, usize), after: (usize, usize)) -> Inner {
    Inner { kind, mark, before, after }
}

pub(super) static INNERS: &[Inner] = &[
    inner("azure-storage-key", "+ASt", (76, 76), (6, 6)),
    inner("azure-batch-key", "+ABa", (76, 76), (6, 6)),
    inner("azure-service-bus-key", "+ASb", (33, 33), (5, 6)),
    inner("azure-event-hub-key", "+AEh", (33, 33), (5, 6)),
    inner("azure-relay-key", "+ARm", (33, 33), (5, 6)),
    inner("azure-registry-key", "+ACR", (42, 42), (6, 6)),
    inner("azure-functions-key", "AzFu", (44, 44), (6, 6)),
    inner("azure-search-key", "AzSe", (42, 42), (6, 6)),
    inner("azure-cache-key", "AzCa", (33, 33), (5, 6)),
    inner("azure-cosmos-key", "ACDb", (76, 76), (6, 6)),
    inner("azure-iot-key", "AIoT", (33, 33), (5, 6)),
    inner("azure-devops-token", "AZDO", (76, 76), (4, 4)),
    inner("azure-ai-key", "JQQJ99", (52, 52), (26, 26)),
];
