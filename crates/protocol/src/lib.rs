//! The nouns of Taffrail: what travels between the parts, and nothing that acts.
//!
//! Everything here is data. The crate opens no file, no socket and no clock; the frame codec works on [`std::io::Read`]
//! and [`std::io::Write`] alone. The order of the modules is the order of one tool call:
//!
//! | module | noun |
//! |---|---|
//! | [`frame`] | bytes between `taffrail` and `taffraild` |
//! | [`call`] | [`ToolCall`]: what an agent's payload says, in one shape for all agents |
//! | [`facts`] | [`Facts`]: what the daemon looked up for this call |
//! | [`effect`] | [`Effect`]: what the call would do; [`EffectRecord`]: the same, masked |
//! | [`finding`] | [`Finding`]: a secret, personal data or an injection, by byte span |
//! | [`verdict`] | [`Verdict`], [`Decision`]: what the policy says of it, raw and applied |
//! | [`record`] | [`Envelope`] and [`Content`]: what is written down |
//! | [`settings`] | what changed in an agent's settings |
//! | [`fallback`] | the finished answers for the time when no daemon is there |
//! | [`wire`] | what a device and a collector say to one another |
//!
//! **Invariant:** unmasked content is [`RawText`], which has no `Serialize` or `Display`, and a `Debug` that shows its length alone. It becomes
//! [`SealedText`] in one function, `seal` of the engine.

mod byte_set;
pub mod call;
pub mod code;
pub mod effect;
pub mod facts;
pub mod fallback;
pub mod field;
pub mod finding;
pub mod frame;
pub mod path;
pub mod record;
pub mod settings;
pub mod text;
pub mod verdict;
pub mod wire;

pub use byte_set::ByteSet;
pub use call::{Agent, Phase, ToolCall, ToolInput};
pub use code::Code;
pub use effect::{Action, Effect, EffectOf, EffectRecord};
pub use facts::{Facts, Look};
pub use field::{Field, Pattern, Truth, Why};
pub use finding::{Direction, Finding, FindingKind};
pub use path::{AbsPath, PathClass};
pub use record::{Content, Envelope, Record};
pub use text::{RawText, SealedText, Text};
pub use verdict::{Decision, Mode, Notice, RuleMatch, Severity, Verdict};
