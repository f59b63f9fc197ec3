//! Rules, layers and session memory: (effects, findings, memory, time) to a verdict with its reasons.
//!
//! It sees no file system, network or clock: texts of bundles, records and the time are handed in, and everything here
//! is a pure function of them.
//!
//! | module | does |
//! |---|---|
//! | `bundle` | reads TOML to rules, exceptions and lists, and tells all that is wrong with it, with places |
//! | `policy` | joins the layers and finds rules by effect |
//! | `matcher` | answers a rule's `match` with yes, no or unknown |
//! | `judge` | effects and findings to a [`Judgement`] |
//! | `apply` | mode and the agent's abilities to a [`protocol::Decision`] |
//! | `memory` | folds records into what later calls are judged by |
//!
//! ```
//! use taffrail_policy::{Input, Places, Policy, apply};
//! use protocol::effect::{Head, Target};
//! use protocol::verdict::{Ability, Mode};
//! use protocol::{Action, Code, EffectOf, Field, PathClass, RawText};
//!
//! let target = Target {
//!     path: Field::Known(RawText::from("/home/ana")),
//!     resolved: None,
//!     class: PathClass::HOME | PathClass::HOME_ROOT | PathClass::BROAD,
//!     exists: Field::Known(true),
//! };
//! let effects = [EffectOf {
//!     head: Head::here(Default::default()),
//!     action: Action::Delete { target, recursive: true, forced: true, filtered: false },
//! }];
//! let policy = Policy::builtin();
//! let input =
//!     Input { effects: &effects, findings: &[], memory: None, agent: None, tool: None, places: Places::default() };
//! let ability = Ability { stop: true, ask: true, mask: false };
//! let decision = apply(policy.judge(&input), Mode::Enforce, ability, Code::of(&[7; 16]));
//! assert_eq!(decision.applied.word(), "block");
//! assert_eq!(&*decision.matches[0].rule, "fs.delete-home");
//! ```

mod apply;
mod bundle;
mod effects;
mod error;
#[cfg(test)]
mod fixtures;
mod glob;
mod judge;
mod matcher;
mod memory;
mod policy;
mod read;
mod rule;

pub use apply::apply;
pub use bundle::{BundleHead, LeftOut, MAX_BYTES, MAX_MARKS, MAX_RULES, Source};
pub use error::{LoadError, Problem};
pub use glob::Places;
pub use judge::{Input, Judgement};
pub use memory::{Memory, MemoryKey, Noted, Stop, View};
pub use policy::Policy;
pub use rule::{Example, ExampleCall, OnUnknown, Rule, Word};
