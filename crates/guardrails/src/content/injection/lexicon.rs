//! The phrases by which text gives orders to an agent, as patterns over words.
//!
//! A pattern is a sequence of elements. An element is a choice of words, parted by `|`; `*` at a word's end stands for
//! any ending, `+` at a verb's for the verb and its form in -ing, `~3` for up to three words of any kind, `?` before an
//! element makes it optional, `,` wants a comma, colon or exclamation mark before it, `:` a colon, `URL` is an address,
//! another word in capitals a class of words. The element with `!` is the rarest: a phrase is looked for around its words
//! alone.

mod calls;
mod classes;
mod common;
mod deeds;
mod further;
mod general;
mod languages;
mod orders;

pub(super) use classes::CLASSES;
pub(super) use common::COMMON;

/// What a phrase does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It speaks to a model or an agent.
    Address,
    /// It sets aside earlier orders, or claims a right to give new ones.
    Override,
    /// It asks for something that harms.
    Harm,
    /// It asks to change what the agent itself is told: ordinary in instructions to agents, not in text from elsewhere.
    Configure,
    /// It wants the person not to know.
    Conceal,
    /// It steers the use of tools.
    Steer,
    /// It wants nobody asked: ordinary for a program's flags, not for an order to an agent.
    Unasked,
}

/// A pattern, its role and its weight: of 3 that are needed, 4 is enough alone, 2 with another, 1 with a firmer one.
pub(super) struct Phrase {
    pub(super) role: Role,
    pub(super) weight: u8,
    pub(super) text: &'static str,
}

const fn phrase(role: Role, weight: u8, text: &'static str) -> Phrase {
    Phrase { role, weight, text }
}

/// All phrases.
pub(super) fn phrases() -> impl Iterator<Item = &'static Phrase> {
    orders::PHRASES
        .iter()
        .chain(general::PHRASES)
        .chain(calls::PHRASES)
        .chain(deeds::PHRASES)
        .chain(languages::PHRASES)
        .chain(further::PHRASES)
}

/// Words before a phrase that turn it round: `never send …`.
pub(super) const NEGATIONS: &[&str] = &[
    "not",
    "never",
    "dont",
    "cannot",
    "cant",
    "mustnt",
    "shouldnt",
    "wont",
    "doesnt",
    "didnt",
    "avoid",
    "without",
    "refuse",
    "refuses",
    "refusing",
    "prevent",
    "prevents",
    "preventing",
    "forbid",
    "forbidden",
    "prohibited",
    "nicht",
    "nie",
    "niemals",
    "kein",
    "keine",
    "ne",
    "pas",
    "jamais",
    "nunca",
    "nao",
    "non",
    "не",
    "никогда",
    "nor",
    "neither",
    "unable",
    "against",
    "blocks",
    "resist",
    "resists",
    "reject",
    "rejects",
];

/// Words that tell of injection instead of doing it, with their weight.
pub(super) const DISCUSSION: &[(&str, u8)] = &[
    ("injection*", 2),
    ("jailbreak*", 2),
    ("attacker*", 2),
    ("adversar*", 2),
    ("owasp", 2),
    ("redteam*", 2),
    ("phishing", 1),
    ("attack*", 1),
    ("malicious*", 1),
    ("exploit*", 1),
    ("vulnerab*", 1),
    ("payload*", 1),
    ("researcher*", 1),
    ("paper", 1),
    ("detect*", 1),
    ("classif*", 1),
    ("sanitiz*", 1),
    ("sanitis*", 1),
    ("guardrail*", 1),
    ("mitigat*", 1),
    ("threat*", 1),
    ("cve", 1),
    ("benchmark*", 1),
    ("dataset*", 1),
    ("fixture*", 1),
    ("assert", 2),
    ("asserts", 2),
    ("assertion", 2),
    ("assertions", 2),
    ("assertequal*", 2),
    ("assertthat*", 2),
    ("asserttrue*", 2),
    ("assertin*", 2),
    ("expect", 1),
    ("expected", 1),
    ("pytest", 1),
    ("finding", 1),
    ("findings", 1),
    ("guard", 1),
    ("severity", 1),
    ("matched", 1),
    ("cases", 1),
    ("test", 1),
    ("scenario*", 1),
    ("plant", 1),
    ("planted", 1),
    ("criterion", 1),
    ("untrusted", 1),
    ("spoof*", 1),
    ("technique*", 1),
    ("scanner*", 1),
    ("heuristic*", 1),
    ("regex*", 1),
    ("pattern*", 1),
    ("example*", 1),
    ("defens*", 1),
    ("defenc*", 1),
    ("defend*", 1),
    ("phrase*", 1),
    ("trick*", 1),
    ("hypothetical*", 1),
    ("robust*", 1),
    ("poisoning", 1),
    ("hidden", 0),
    ("angreifer*", 2),
    ("angriff*", 1),
    ("attaquant*", 2),
    ("attaque*", 1),
    ("atacante*", 2),
    ("ataque*", 1),
    ("attaccant*", 2),
    ("attacco", 1),
    ("beispiel*", 1),
    ("exemple*", 1),
    ("ejemplo*", 1),
    ("exemplo*", 1),
    ("esempio", 1),
    ("атак*", 2),
    ("злоумышленник*", 2),
    ("например", 1),
    ("攻击", 2),
    ("注入", 2),
    ("攻撃", 2),
    ("インジェクション", 2),
    ("例如", 1),
    ("例えば", 1),
    ("such", 0),
    ("eg", 1),
    ("evaluat*", 1),
    ("experiment*", 1),
    ("victim*", 1),
    ("blocked", 1),
    ("flag", 1),
    ("flagged", 1),
    ("flags", 1),
    ("refus*", 1),
    ("resist*", 1),
    ("corpus", 1),
    ("samples", 1),
    ("sample", 1),
    ("labelled", 1),
    ("labeled", 1),
    ("blog", 0),
    ("tutorial", 1),
    ("lesson", 1),
    ("slides", 1),
    ("workshop", 1),
    ("talk", 0),
    ("compromise*", 0),
    ("security", 0),
    ("awareness", 1),
];
