//! The effects by number: rules are found by it, and sets of effects are words of bits.

use protocol::Action;
/// In the order of [`number`].
pub(crate) use protocol::effect::NAMES;

/// The number of `unknown`, and of every effect that this version does not know.
pub(crate) const UNKNOWN: usize = 21;

pub(crate) fn number<S>(action: &Action<S>) -> usize {
    match action {
        Action::Read { .. } => 0,
        Action::Write { .. } => 1,
        Action::Delete { .. } => 2,
        Action::Move { .. } => 3,
        Action::ChangeMode { .. } => 4,
        Action::Run { .. } => 5,
        Action::Fetch { .. } => 6,
        Action::Send { .. } => 7,
        Action::Listen { .. } => 8,
        Action::Stop { .. } => 9,
        Action::Privilege { .. } => 10,
        Action::Persist { .. } => 11,
        Action::ChangeHistory { .. } => 12,
        Action::Resource { .. } => 13,
        Action::Publish { .. } => 14,
        Action::InstallPackage { .. } => 15,
        Action::UseCredential { .. } => 16,
        Action::CallMcp { .. } => 17,
        Action::ConfigureAgent { .. } => 18,
        Action::StartAgent { .. } => 19,
        Action::ImpersonatePerson { .. } => 20,
        _ => UNKNOWN,
    }
}

pub(crate) fn named(name: &str) -> Option<usize> {
    NAMES.iter().position(|n| *n == name)
}

/// A set of effects, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Set(pub(crate) u32);

impl Set {
    pub(crate) const ALL: Self = Self((1 << NAMES.len()) - 1);

    /// For tables: the effects of these names. An unknown name does not compile.
    pub(crate) const fn of(names: &[&str]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < names.len() {
            let mut n = 0;
            while !same(names[i].as_bytes(), NAMES[n].as_bytes()) {
                n += 1;
            }
            bits |= 1 << n;
            i += 1;
        }
        Self(bits)
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn numbers(self) -> impl Iterator<Item = usize> {
        (0..NAMES.len()).filter(move |n| self.0 & (1 << n) != 0)
    }

    /// `"read", "write"`, for messages.
    pub(crate) fn listed(self) -> String {
        let names: Vec<String> =
            self.numbers().filter_map(|n| NAMES.get(n)).map(|name| format!("\"{name}\"")).collect();
        names.join(", ")
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
